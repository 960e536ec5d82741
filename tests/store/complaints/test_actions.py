"""A corrective action has an owner and a day, is checked by the head and again by a director."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from data_contracts.contract import Problem
from kpi_app import access
from kpi_app.access import Forbidden, Identity
from kpi_app.settings import Settings
from kpi_app.store.complaints import actions
from kpi_app.store.database import Database
from kpi_app.store.proving import audit
from tests.store.complaints.test_meeting import HEAD
from tests.store.pay import BOSS, DIRECTOR_OF_SALES, HR, STAFF, office_in

DUE = date(2026, 11, 6)
OTHER = Identity(user_id=5, name="员工E2", roles=frozenset({"staff"}), person_id="E2")


@pytest.fixture
def office(settings: Settings) -> Iterator[Database]:
    made = office_in(settings)
    yield made
    made.close()


def add(db: Database, who: Identity = HEAD, **given: Any) -> int:
    asked: dict[str, Any] = {
        "store_id": "S01", "department": "销售部", "what": "交车前一天电话确认", "owner_id": "E1", "due_on": DUE,
    }  # fmt: skip
    return actions.add(db, who, **{**asked, **given})


def on(db: Database, day: str) -> Database:
    return Database(db.engine, db.home, Settings(home=db.home, as_of=day))


def state(db: Database, number: int) -> str:
    (found,) = (one for one in actions.listing(db, BOSS) if one.action_id == number)
    return found.state


@pytest.mark.both
def test_an_action_goes_from_its_owner_to_the_check_and_the_second_check(office: Database) -> None:
    number = add(office)
    assert state(office, number) == "open"
    actions.take(office, STAFF, number, "done", words="已加入交车清单")
    assert state(office, number) == "done"
    actions.take(office, HEAD, number, "check")
    assert state(office, number) == "checked"
    closed = actions.take(office, DIRECTOR_OF_SALES, number, "recheck", words="抽查三台属实")
    assert (closed.state, closed.was_in_time, len(closed.steps)) == ("closed", True, 3)
    assert (closed.week, closed.owner_name) == ("2026-W44", "员工E1")
    assert audit.listing(office, access.CONSOLE)[0]["verb"] == "action.step"


@pytest.mark.parametrize("step", ["check", "recheck"])
def test_a_check_that_fails_opens_it_again_with_its_reason(office: Database, step: str) -> None:
    number = add(office)
    actions.take(office, STAFF, number, "done")
    if step == "recheck":
        actions.take(office, HEAD, number, "check")
    who = HEAD if step == "check" else DIRECTOR_OF_SALES
    with pytest.raises(Problem, match="写明原因"):
        actions.take(office, who, number, step, is_passed=False)
    failed = actions.take(office, who, number, step, is_passed=False, words="清单没有签名")
    assert (failed.state, failed.steps[-1].words) == ("open", "清单没有签名")
    actions.take(office, STAFF, number, "done")


def test_steps_are_taken_in_turn_by_who_may(office: Database) -> None:
    number = add(office)
    with pytest.raises(Problem, match="进行中，不能检查"):
        actions.take(office, HEAD, number, "check")
    with pytest.raises(Forbidden):
        actions.take(office, OTHER, number, "done")
    actions.take(office, STAFF, number, "done")
    with pytest.raises(Forbidden):
        actions.take(office, STAFF, number, "check")
    with pytest.raises(Problem, match="有工号的账号"):
        actions.take(office, access.CONSOLE, number, "check")
    actions.take(office, DIRECTOR_OF_SALES, number, "check")
    with pytest.raises(Problem, match="检查人不能复查"):
        actions.take(office, DIRECTOR_OF_SALES, number, "recheck")
    with pytest.raises(Forbidden):
        actions.take(office, HEAD, number, "recheck")
    actions.take(office, BOSS, number, "recheck")
    with pytest.raises(Problem, match="已关闭"):
        actions.take(office, BOSS, number, "recheck")


def test_nobody_checks_their_own_action(office: Database) -> None:
    leads_himself = replace(HEAD, person_id="E1", user_id=4)
    number = add(office)
    actions.take(office, leads_himself, number, "done")
    with pytest.raises(Problem, match="不能检查自己的"):
        actions.take(office, leads_himself, number, "check")


@pytest.mark.parametrize(("today", "is_overdue", "in_time"), [("2026-11-06", False, True), ("2026-11-07", True, False)])
def test_it_is_overdue_when_the_check_has_not_passed_by_its_day(
    office: Database, today: str, is_overdue: bool, in_time: bool
) -> None:
    number = add(office)
    later = on(office, today)
    actions.take(later, STAFF, number, "done")
    assert [one.action_id for one in actions.listing(later, HEAD, overdue=True)] == ([number] if is_overdue else [])
    checked = actions.take(later, HEAD, number, "check")
    assert (checked.is_overdue, checked.was_in_time) == (False, in_time)


@pytest.mark.parametrize(
    ("who", "given", "message"),
    [
        (HEAD, {"what": " "}, "写明整改措施"),
        (HEAD, {"owner_id": "E5"}, "S01 今天没有工号 E5"),  # of the other store
        (HEAD, {"owner_id": "E99"}, "没有工号 E99"),
        (HEAD, {"due_on": date(2026, 10, 30)}, "已过"),
        (HEAD, {"cause": "天气"}, "原因 天气 无效"),
        (HEAD, {"complaint_id": "C9"}, "没有投诉编号 C9"),
        (HEAD, {"department": "售后部"}, "没有权限"),
        (HR, {}, "没有权限"),
        (STAFF, {}, "没有权限"),
        (access.CONSOLE, {}, "有工号的账号"),
    ],
)
def test_what_cannot_be_agreed_says_why(office: Database, who: Identity, given: dict[str, Any], message: str) -> None:
    with pytest.raises(Problem, match=message):
        add(office, who, **given)
    assert actions.listing(office, BOSS) == []


def test_actions_are_listed_to_who_leads_and_to_their_owner(office: Database) -> None:
    add(office, due_on=date(2026, 11, 8))
    add(office, owner_id="E2", cause="服务", complaint_id="C1", week="2026-W43")
    assert [(one.owner_id, one.week) for one in actions.listing(office, HEAD)] == [
        ("E2", "2026-W43"),
        ("E1", "2026-W44"),
    ]
    assert [one.owner_id for one in actions.listing(office, STAFF)] == ["E1"]
    assert actions.listing(office, HR) == []
    assert actions.listing(office, HEAD, state="done") == []


@pytest.mark.both
def test_the_database_keeps_actions_and_steps(office: Database) -> None:
    number = add(office)
    actions.take(office, STAFF, number, "done")
    for statement in (
        "UPDATE corrective_actions SET due_on = '2027-01-01'",
        "DELETE FROM action_steps",
        "DELETE FROM corrective_actions",
        "UPDATE action_steps SET words = 'x'",
    ):
        with pytest.raises(sa.exc.DBAPIError, match="are kept"), office.write() as conn:
            conn.execute(sa.text(statement))

"""A plan of success is agreed on by two, checked by who leads the person, and measured by its metric."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from data_contracts.contract import Problem
from kpi_app import access
from kpi_app.access import Forbidden
from kpi_app.settings import Settings
from kpi_app.store import backup, database
from kpi_app.store.database import Database
from kpi_app.store.proving import audit
from kpi_app.store.views import success
from metrics.catalogue import METRICS
from scorecards.targets import Target
from tests.store.complaints.test_actions import OTHER, on
from tests.store.complaints.test_meeting import HEAD
from tests.store.pay import BOSS, DIRECTOR_OF_SALES, HR, STAFF, office_in
from tests.store.views.test_mine import ADMIN

TODAY, DUE = date(2026, 10, 31), date(2026, 12, 31)
HEAD_OF_ALL = access.Identity(
    user_id=7, name="E1的上级", roles=frozenset({"head"}), scopes=frozenset({"store:S01"}), person_id="E1"
)


@pytest.fixture
def office(settings: Settings) -> Iterator[Database]:
    made = office_in(settings)
    yield made
    made.close()


def propose(db: Database, who: access.Identity = STAFF, **given: Any) -> int:
    asked: dict[str, Any] = {
        "person_id": "E1", "metric": "css_score", "goal": "90", "due_on": DUE, "since": date(2026, 9, 1),
        "steps": "每天复盘三通电话\n\n 邀约前看客户档案 ",
    }  # fmt: skip
    return success.add(db, who, **{**asked, **given})


def plan_of(db: Database, who: access.Identity, number: int, as_of: date = TODAY) -> success.Plan:
    (found,) = (one for one in success.listing(db, who, as_of=as_of) if one.plan_id == number)
    return found


@pytest.mark.both
def test_a_plan_goes_from_its_proposal_over_checks_to_its_end(office: Database) -> None:
    number = propose(office)
    assert plan_of(office, STAFF, number).state == "proposed"
    success.agree(office, HEAD, number)
    success.check(office, HEAD, number, words="抽听三通，有两通用了话术")
    running = plan_of(office, STAFF, number)
    assert (running.state, running.steps) == ("running", ("每天复盘三通电话", "邀约前看客户档案"))
    assert (success.value_of(running.now), running.is_reached) == (
        Fraction(90_00, 100),
        True,
    )  # five times 90; the goal is 90
    assert success.value_of(running.before) is None
    assert [(it.value, it.words, it.day) for it in running.checks] == [(90, "抽听三通，有两通用了话术", TODAY)]
    success.end(office, HEAD, number, words="达到目标")
    assert (plan_of(office, STAFF, number).state, plan_of(office, STAFF, number).ended_words) == ("ended", "达到目标")
    verbs = [one["verb"] for one in audit.listing(office, access.CONSOLE)][:4]
    assert verbs == ["success.end", "success.check", "success.agree", "success.add"]


def test_who_reads_the_audit_reads_no_plan(office: Database) -> None:
    number = propose(office)
    success.agree(office, HEAD, number)
    success.check(office, HEAD, number, words="抽听三通")
    success.end(office, HEAD, number, words="达到目标")
    seen = [one["about"] for one in audit.listing(office, ADMIN)][:4]
    hidden = {"plan_id": number, "person_id": "E1", "words": "***"}
    assert seen == [hidden, hidden, {"plan_id": number, "person_id": "E1"}, hidden]


@pytest.mark.parametrize(
    ("proposer", "no", "yes"),
    [(STAFF, STAFF, HEAD), (HEAD, HEAD, STAFF), (HEAD, DIRECTOR_OF_SALES, STAFF), (STAFF, STAFF, DIRECTOR_OF_SALES)],
)
def test_the_other_side_agrees(
    office: Database, proposer: access.Identity, no: access.Identity, yes: access.Identity
) -> None:
    number = propose(office, proposer)
    with pytest.raises(Problem, match="由对方来做"):
        success.agree(office, no, number)
    success.agree(office, yes, number)
    assert plan_of(office, HEAD, number).state == "running"
    with pytest.raises(Problem, match="由对方来做"):
        success.agree(office, yes, number)  # only once


@pytest.mark.parametrize(("who", "sees"), [(STAFF, 1), (HEAD, 1), (DIRECTOR_OF_SALES, 1), (HR, 1), (BOSS, 1),
                                           (OTHER, 0), (ADMIN, 0)])  # fmt: skip
def test_it_is_seen_by_its_person_and_by_who_may_see_their_scores(
    office: Database, who: access.Identity, sees: int
) -> None:
    propose(office)
    assert len(success.listing(office, who, as_of=TODAY)) == sees
    if not sees:
        with pytest.raises(Forbidden):
            success.listing(office, who, person_id="E1", as_of=TODAY)


def test_who_cannot_see_it_is_told_that_it_is_not_there(office: Database) -> None:
    number = propose(office)
    for step in (success.agree, lambda *given: success.end(*given, words="x")):
        with pytest.raises(Problem, match=f"没有成功计划 {number}"):
            step(office, OTHER, number)


def test_who_only_sees_scores_takes_no_step(office: Database) -> None:
    number = propose(office)
    with pytest.raises(Forbidden):
        success.agree(office, HR, number)
    with pytest.raises(Forbidden):
        propose(office, OTHER)
    with pytest.raises(Problem, match="有工号的账号"):
        propose(office, access.CONSOLE)


def test_nobody_checks_or_ends_their_own_once_it_runs(office: Database) -> None:
    number = propose(office)
    success.agree(office, HEAD, number)
    for who in (STAFF, HEAD_OF_ALL):  # even who leads the whole store
        with pytest.raises(Problem):
            success.check(office, who, number, words="很好")
        with pytest.raises(Problem):
            success.end(office, who, number, words="很好")
    assert plan_of(office, STAFF, number).may == ()
    assert plan_of(office, HEAD, number).may == ("check", "end")


@pytest.mark.parametrize("who", [STAFF, HEAD])
def test_either_side_ends_a_mere_proposal(office: Database, who: access.Identity) -> None:
    number = propose(office, HEAD)
    with pytest.raises(Problem, match="结果或原因"):
        success.end(office, who, number, words="  ")
    success.end(office, who, number, words="下月再议")
    assert plan_of(office, HEAD, number).state == "ended"


def test_a_check_needs_words_and_a_plan_that_runs(office: Database) -> None:
    number = propose(office)
    with pytest.raises(Problem):
        success.check(office, HEAD, number, words="尚未同意")
    success.agree(office, HEAD, number)
    with pytest.raises(Problem, match="看到了什么"):
        success.check(office, HEAD, number, words=" ")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"steps": " \n"}, "怎么做到"),
        ({"due_on": date(2026, 10, 30)}, "已过"),
        ({"due_on": date(2027, 9, 2)}, "最长 366 天"),  # the 367th day
        ({"metric": "no_metric"}, "可用的指标"),
        ({"goal": "90%"}, "请写成 48"),
        ({"goal": "nan"}, "请写成 48"),
        ({"goal": "-1"}, "请写成 48"),
        ({"metric": "complaint_at_fault_rate", "goal": "5"}, "请写成 24%"),
        ({"person_id": "X9"}, "任职记录"),
    ],
)
def test_what_cannot_be_measured_is_refused(office: Database, given: dict[str, Any], words: str) -> None:
    with pytest.raises(Problem, match=words):
        propose(office, HEAD, **given)
    assert success.listing(office, HEAD, as_of=TODAY) == []


def test_a_plan_may_begin_and_end_today_and_last_a_year(office: Database) -> None:
    propose(office, since=TODAY, due_on=TODAY)
    propose(office, due_on=date(2027, 9, 1))  # 366 days
    assert len(success.listing(office, STAFF, as_of=TODAY)) == 2


def test_without_rows_nothing_is_reached_and_nothing_missed(office: Database) -> None:
    number = propose(office, since=TODAY)
    plan = plan_of(office, STAFF, number)
    assert (success.value_of(plan.now), plan.is_reached) == (None, None)


@pytest.mark.parametrize(("as_of", "state", "is_check_due"), [
    (date(2026, 11, 14), "running", False),  # 14 days after it was agreed on
    (date(2026, 11, 15), "running", True),
    (DUE, "running", True),
    (date(2027, 1, 1), "over", False),
])  # fmt: skip
def test_a_running_plan_is_checked_every_two_weeks(
    office: Database, as_of: date, state: str, is_check_due: bool
) -> None:
    number = propose(office)
    success.agree(office, HEAD, number)
    seen = plan_of(office, HEAD, number, as_of)
    assert (seen.state, seen.is_check_due) == (state, is_check_due)
    success.check(on(office, "2026-11-15"), HEAD, number, words="已看")
    assert plan_of(office, HEAD, number, date(2026, 11, 29)).is_check_due is False
    assert plan_of(office, HEAD, number, date(2026, 11, 30)).is_check_due is True


@pytest.mark.parametrize(
    ("metric", "goal", "value", "is_reached"),
    [
        ("invite_to_store_rate", "0.24", Fraction(24, 100), True),
        ("invite_to_store_rate", "0.24", Fraction(2399, 10000), False),
        ("complaint_resolution_time_elapsed", "72", Fraction(72 * 3600), True),
        ("complaint_resolution_time_elapsed", "72", Fraction(72 * 3600 + 1), False),
    ],
)
def test_the_goal_is_compared_exactly_and_in_its_direction(
    metric: str, goal: str, value: Fraction, is_reached: bool
) -> None:
    target = Target(goal=Decimal(goal), floor=None, level="person")
    assert success.is_reached(METRICS[metric], value, target) is is_reached


def test_a_backup_brings_plans_and_checks_back(office: Database, tmp_path: Any) -> None:
    number = propose(office)
    success.agree(office, HEAD, number)
    success.check(office, HEAD, number, words="=1+1 已看", is_carried_out=False)
    backup.backup(office, access.CONSOLE, tmp_path / "a.zip")
    elsewhere = office.settings.model_copy(update={"home": tmp_path / "new"})
    backup.restore(elsewhere, tmp_path / "a.zip")
    restored = database.connect(elsewhere)
    assert plan_of(restored, HEAD, number) == plan_of(office, HEAD, number)
    restored.close()

"""Staff object to a line or claim what is missing; whoever ruled answers in words; nothing is lost on the way."""

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
from kpi_app.store import tables
from kpi_app.store.database import Database
from kpi_app.store.disputes import objections
from kpi_app.store.months import checklist, lines, month, month_settings
from kpi_app.store.proving import audit
from metrics.period import Period
from tests.store.pay import BOSS, DIRECTOR_OF_SALES, HR, OCTOBER, STAFF, office_in

AS_OF = date(2026, 10, 31)
NOVEMBER = Period.parse("2026-11")
OTHER = Identity(user_id=5, name="员工E2", roles=frozenset({"staff"}), person_id="E2")
HEAD = Identity(
    user_id=6,
    name="销售经理",
    roles=frozenset({"head"}),
    scopes=frozenset({"department:S01/销售部"}),
    person_id="M01",
)


ADMIN = Identity(user_id=8, name="管理员", roles=frozenset({"admin"}))


@pytest.fixture
def office(settings: Settings) -> Iterator[Database]:
    """October computed as of its last day: E1 has an award of 200 and a reduction of 80."""
    made = office_in(settings)
    month.compute(made, HR, OCTOBER, as_of=AS_OF)
    yield made
    made.close()


def on(db: Database, day: str) -> Database:
    """The same store on another day."""
    return Database(db.engine, db.home, Settings(home=db.home, as_of=day))


def disputed_in(db: Database) -> str:
    """The reduction of E1, whether or not he may see it yet."""
    return str(month.sheet(db, HR, OCTOBER).lines.filter(kind="kpi_reduction")["line_id"].item())


def line_of(db: Database, kind: str) -> str:
    own = month.own(db, STAFF, OCTOBER)
    assert own is not None
    return str(own.lines.filter(kind=kind)["line_id"].item())


def dispute(db: Database, who: Identity = STAFF, kind: str = "kpi_reduction", **given: Any) -> int:
    return objections.dispute(db, who, line_of(db, kind), **{"reason": "当日已按约定回电", **given})


def seen(db: Database, who: Identity, **given: Any) -> list[objections.Objection]:
    return objections.listing(db, who, **given)


def hand_in(db: Database, *, until: str = "locked") -> None:
    """Take October on; what is not answered yet is carried."""
    with db.read() as conn:
        waits = objections.unanswered(conn, "2026-10", "S01")
    if waits:
        checklist.answer(db, HR, OCTOBER, item="appeals_answered", choice="carry", words="等录音")
    month.submit(db, HR, OCTOBER)
    if until != "submitted":
        month.approve(db, BOSS, OCTOBER)
    if until == "locked":
        month.lock(db, HR, OCTOBER)


def statuses(db: Database) -> list[str]:
    return [state.status for state in month.status(db, HR, OCTOBER)]


@pytest.mark.both
@pytest.mark.parametrize(
    ("kind", "about", "goes_to", "routed_to"),
    [
        ("kpi_reduction", None, "ruler", "D01"),  # a ruled line: to the director of the complaint's department
        ("kpi_reduction", "rule", "hr", None),
        ("bonus", None, "head", None),  # a line from a metric: about the credit, to the head
        ("bonus", "rule", "hr", None),
    ],
)
def test_an_objection_goes_to_the_ruler_of_the_line(
    office: Database, kind: str, about: str | None, goes_to: str, routed_to: str | None
) -> None:
    number = dispute(office, kind=kind, about=about)
    assert audit.listing(office, access.CONSOLE)[0]["verb"] == "objection.raise"
    (found,) = seen(office, BOSS)
    assert (found.objection_id, found.route, found.routed_to) == (number, goes_to, routed_to)
    (own,) = seen(office, STAFF)
    assert (own.objection_id, own.route, own.routed_to) == (number, goes_to, None)  # told by post
    assert (found.state, found.department, found.is_late) == ("open", "S01/销售部", False)


def test_a_missing_piece_is_claimed_without_a_line(office: Database) -> None:
    objections.claim(office, STAFF, OCTOBER, reason="10-12 到店的一组没有算")
    objections.claim(office, STAFF, OCTOBER, reason="没有全勤奖", about="rule")
    assert [(one.line_id, one.route) for one in seen(office, STAFF)] == [(None, "hr"), (None, "head")]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"reason": "  "}, "理由"),
        ({"who": OTHER}, "自己的绩效行"),
        ({"who": HR}, "自己的绩效行"),
        ({"who": access.CONSOLE}, "自己的绩效行"),
        ({"about": "其他"}, "异议事由 其他 无效"),
        ({"kind": "bonus", "about": "ruling"}, "没有责任判定"),
    ],
)
def test_what_cannot_be_disputed_says_why(office: Database, given: dict[str, Any], message: str) -> None:
    with pytest.raises(Problem, match=message):
        dispute(office, **given)
    assert seen(office, HR) == []


def test_a_line_is_disputed_once_at_a_time(office: Database) -> None:
    number = dispute(office)
    with pytest.raises(Problem, match=f"异议 {number} 还在等待答复"):
        dispute(office)
    objections.withdraw(office, STAFF, number)
    dispute(office, reason="有通话录音")
    assert [one.state for one in seen(office, STAFF)] == ["open", "withdrawn"]


def test_only_ones_own_objection_is_withdrawn(office: Database) -> None:
    number = dispute(office)
    with pytest.raises(Problem, match="撤回自己的"):
        objections.withdraw(office, HR, number)


@pytest.mark.parametrize(
    ("today", "state"),
    # raised on Saturday 31 October: three working days are Monday, Tuesday, Wednesday 4 November
    [("2026-11-04", "open"), ("2026-11-05", "overdue")],
)
def test_an_answer_is_due_within_three_working_days(office: Database, today: str, state: str) -> None:
    dispute(office)
    (found,) = seen(on(office, today), HR)
    assert (found.answer_due, found.state) == (date(2026, 11, 4), state)
    assert len(seen(on(office, today), HR, state="overdue")) == (state == "overdue")


@pytest.mark.parametrize(
    ("kind", "about", "answers"),
    [
        ("kpi_reduction", "ruling", [DIRECTOR_OF_SALES, BOSS]),
        ("bonus", "credit", [HEAD, DIRECTOR_OF_SALES, BOSS]),
        ("bonus", "rule", [HR]),
    ],
)
def test_only_whom_it_goes_to_answers(office: Database, kind: str, about: str, answers: list[Identity]) -> None:
    number = dispute(office, kind=kind, about=about)
    for who in (HEAD, DIRECTOR_OF_SALES, BOSS, HR, STAFF, OTHER, access.CONSOLE):
        assert [one.may_answer for one in seen(office, who)] in ([], [who in answers])
        if who not in answers:
            with pytest.raises(Problem, match=r"没有权限|不能答复自己"):
                objections.answer(office, who, number, outcome="rejected", words="核对无误")
    objections.answer(office, answers[0], number, outcome="rejected", words="录音显示未回电")
    (found,) = seen(office, STAFF)
    assert (found.state, found.words, found.answered_by) == ("rejected", "录音显示未回电", None)  # told by post
    assert {one.answered_by for one in seen(office, BOSS)} == {answers[0].name}
    with pytest.raises(Problem, match="已由"):
        objections.answer(office, answers[0], number, outcome="upheld", words="再看")


def test_nobody_answers_their_own_even_with_the_right(office: Database) -> None:
    number = dispute(office)
    himself = replace(BOSS, person_id="E1", user_id=9)
    with pytest.raises(Problem, match="不能答复自己"):
        objections.answer(office, himself, number, outcome="upheld", words="同意")


def test_what_hr_objects_to_goes_to_an_approver(office: Database) -> None:
    hr_paid = replace(HR, person_id="E1", user_id=4)
    dispute(office, who=hr_paid, about="rule")
    (found,) = seen(office, BOSS)
    assert (found.route, found.may_answer) == ("approver", True)
    assert not seen(office, HR)[0].may_answer


def test_others_see_it_with_the_right_to_the_pay_and_a_head_without_amounts(office: Database) -> None:
    dispute(office, kind="bonus")
    amounts = {who.name: [one.line_fen for one in seen(office, who)] for who in (STAFF, HR, BOSS, HEAD, OTHER)}
    assert amounts == {"员工E1": [200_00], "赵人事": [200_00], "总经理": [200_00], "销售经理": [None], "员工E2": []}
    (to_head,) = seen(office, HEAD)
    assert (to_head.arithmetic, to_head.reason) == (None, "当日已按约定回电")
    (to_hr,) = seen(office, HR)
    assert to_hr.arithmetic is not None
    looks = [row for row in audit.listing(office, access.CONSOLE) if row["verb"] == "objection.read"]
    assert {row["user"] for row in looks} == {"赵人事", "总经理", "销售经理"}  # nobody is noted for their own


@pytest.mark.both
@pytest.mark.parametrize("handed_in", ["submitted", "approved"])
@pytest.mark.parametrize(("outcome", "after"), [("upheld", "open"), ("rejected", None)])
def test_an_upheld_objection_returns_the_unit_by_itself(
    office: Database, handed_in: str, outcome: str, after: str | None
) -> None:
    number = dispute(office)
    hand_in(office, until=handed_in)
    objections.answer(office, DIRECTOR_OF_SALES, number, outcome=outcome, words="录音核对过")
    assert statuses(office) == [after or handed_in, handed_in]  # the other store goes on


def test_approvals_are_void_after_an_upheld_objection(office: Database) -> None:
    number = dispute(office)
    hand_in(office, until="approved")
    objections.answer(office, DIRECTOR_OF_SALES, number, outcome="upheld", words="录音核对过")
    with pytest.raises(Problem, match="要求已审批"):
        month.lock(office, HR, OCTOBER, unit="S01")


def test_an_amendment_makes_a_line_that_names_the_disputed_one_and_counts_once_approved(office: Database) -> None:
    number = dispute(office)
    disputed = line_of(office, "kpi_reduction")
    objections.answer(office, BOSS, number, outcome="amended", words="只按下限计", amount_fen=30_00)
    (found,) = seen(office, STAFF)
    assert (found.state, found.amount_fen, found.counts_in) == ("amended", 30_00, "2026-10")
    assert found.made_line_id is not None
    month.compute(office, HR, OCTOBER, as_of=AS_OF)
    assert month.sheet(office, HR, OCTOBER).total_fen == 120_00  # not approved yet
    with pytest.raises(Problem, match="录入人不能审批"):
        lines.approve(office, BOSS, found.made_line_id)
    lines.approve(office, replace(BOSS, user_id=12, person_id="B02"), found.made_line_id)
    month.compute(office, HR, OCTOBER, as_of=AS_OF)
    sheet = month.sheet(office, HR, OCTOBER)
    made = sheet.lines.filter(line_id=found.made_line_id).row(0, named=True)
    assert (sheet.total_fen, made["corrects"], made["corrects_period"]) == (150_00, disputed, "2026-10")
    assert "只按下限计" in made["arithmetic_zh"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"outcome": "amended"}, "部分调整须写金额"),
        ({"outcome": "upheld", "amount_fen": 1}, "其他答复不写金额"),
        ({"outcome": "withdrawn"}, "withdrawn 无效"),
        ({"outcome": "rejected", "words": " "}, "写明答复"),
    ],
)
def test_an_answer_is_whole_or_refused(office: Database, given: dict[str, Any], message: str) -> None:
    number = dispute(office)
    with pytest.raises(Problem, match=message):
        objections.answer(office, DIRECTOR_OF_SALES, number, **{"words": "核对", **given})
    assert seen(office, STAFF)[0].state == "open"


def test_a_head_who_may_not_see_pay_sets_no_amount(office: Database) -> None:
    number = dispute(office, kind="bonus")
    with pytest.raises(Forbidden):
        objections.answer(office, HEAD, number, outcome="amended", words="加一组", amount_fen=60_00)
    objections.answer(office, HEAD, number, outcome="upheld", words="补导到店记录")


@pytest.mark.parametrize(("until", "is_open"), [("submitted", False), ("approved", False), ("locked", True)])
def test_the_window_closes_with_the_submission_and_opens_again_for_late_facts(
    office: Database, until: str, is_open: bool
) -> None:
    hand_in(office, until=until)
    if not is_open:
        with pytest.raises(Problem, match="不在异议期内"):
            dispute(office)
        return
    dispute(office)
    assert seen(office, STAFF)[0].is_late


def test_an_objection_stops_the_submission_until_it_is_answered_or_carried(office: Database) -> None:
    number = dispute(office)
    with pytest.raises(Problem, match="异议已答复或顺延"):
        month.submit(office, HR, OCTOBER)
    objections.answer(office, DIRECTOR_OF_SALES, number, outcome="rejected", words="录音显示未回电")
    month.submit(office, HR, OCTOBER)


def publishing(db: Database, day: str) -> Database:
    """The store on a day, with October published."""
    month_settings.set_(db, ADMIN, {"publication": "on"}, since="2026-10")
    later = on(db, "2026-11-02")
    month.compute(later, HR, OCTOBER, as_of=AS_OF)
    with pytest.raises(Problem, match="已计算，不在异议期内"):
        objections.dispute(later, STAFF, disputed_in(db), reason="还没有公示")
    month.publish(later, HR, OCTOBER)
    return on(db, day)


@pytest.mark.parametrize(
    ("today", "is_open"),
    # by the default calendar on the eighth working day after October
    [("2026-11-11", True), ("2026-11-12", False)],
)
def test_where_the_month_is_published_objections_end_on_the_calendars_day(
    office: Database, today: str, is_open: bool
) -> None:
    published = publishing(office, today)
    if not is_open:
        with pytest.raises(Problem, match="异议期到 2026-11-11 为止"):
            dispute(published)
        return
    number = dispute(published)
    objections.answer(published, DIRECTOR_OF_SALES, number, outcome="upheld", words="录音核对过")
    assert statuses(published) == ["open", "published"]


def test_the_days_of_an_answer_are_a_setting(office: Database) -> None:
    month_settings.set_(office, ADMIN, {"answer_days": "1"}, since="2026-10", store_id="S01")
    dispute(office)
    assert seen(office, STAFF)[0].answer_due == date(2026, 11, 2)


@pytest.mark.both
def test_of_a_locked_month_the_amendment_counts_in_the_next_open_one(office: Database) -> None:
    disputed = line_of(office, "kpi_reduction")
    hand_in(office)
    number = dispute(office)
    objections.answer(office, DIRECTOR_OF_SALES, number, outcome="amended", words="只按下限计", amount_fen=30_00)
    (found,) = seen(office, STAFF)
    assert (statuses(office)[0], found.counts_in) == ("locked", "2026-11")
    assert found.made_line_id is not None
    lines.approve(office, BOSS, found.made_line_id)
    november = on(office, "2026-11-30")
    month.compute(november, HR, NOVEMBER, as_of=date(2026, 11, 30))
    (row,) = month.sheet(november, HR, NOVEMBER).lines.filter(kind="manual").to_dicts()
    assert (row["amount_fen"], row["corrects"], row["corrects_period"]) == (30_00, disputed, "2026-10")
    assert month.sheet(office, HR, OCTOBER, unit="S01").total_fen == 120_00


def test_a_line_that_was_computed_anew_is_looked_up_again(office: Database) -> None:
    with pytest.raises(Problem, match="没有行号"):
        objections.dispute(office, STAFF, "0" * 16, reason="不对")


def test_what_waits_is_counted_for_the_close(office: Database) -> None:
    number = dispute(office)
    with office.read() as conn:
        assert objections.unanswered(conn, "2026-10", "S01") == [number]
        assert objections.unanswered(conn, "2026-10", "S02") == []
    objections.withdraw(office, STAFF, number)
    with office.read() as conn:
        assert objections.unanswered(conn, "2026-10", "S01") == []


@pytest.mark.both
def test_the_database_keeps_objections_and_answers_as_they_are(office: Database) -> None:
    number = dispute(office)
    objections.answer(office, DIRECTOR_OF_SALES, number, outcome="rejected", words="录音显示未回电")
    for statement in (
        "UPDATE objections SET reason = 'x'",
        "DELETE FROM objections",
        "UPDATE objection_answers SET outcome = 'upheld'",
        "DELETE FROM objection_answers",
    ):
        with pytest.raises(sa.exc.DBAPIError, match="are kept"), office.write() as conn:
            conn.execute(sa.text(statement))
    with office.read() as conn:
        assert conn.execute(sa.select(sa.func.count()).select_from(tables.objections)).scalar() == 1

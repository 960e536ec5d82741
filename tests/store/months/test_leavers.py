"""Somebody who has left keeps what they earned; a line is left out only by a clause, two approvals and a line."""

import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa

from data_contracts.contract import Problem
from kpi_app import access
from kpi_app.access import Forbidden
from kpi_app.exports.evidence import verify
from kpi_app.settings import Settings
from kpi_app.store import tables
from kpi_app.store.database import Database
from kpi_app.store.disputes import objections
from kpi_app.store.months import leavers, lines, month, month_settings
from kpi_app.store.proving import audit, evidence, proof
from kpi_app.store.rulebook import plans
from metrics.period import Period
from scorecards.guards import hold_manual
from tests.store.months.test_overtime import PER_CAR, lock, order
from tests.store.pay import BOSS, DIRECTOR_OF_SALES, HR, OCTOBER, PEOPLE, STAFF, enter, office_in

NOVEMBER, DECEMBER = Period.parse("2026-11"), Period.parse("2026-12")
CLAUSE = "劳动合同第 12 条：离职后到期的提成不再发放"
SECOND = replace(BOSS, user_id=5, name="李总监", person_id="D02", scopes=frozenset({"store:S01"}))
AUDITOR = access.Identity(user_id=9, name="管理员", roles=frozenset({"admin"}))


def left(day: str) -> list[dict[str, Any]]:
    return [{**person, "left_on": day} if person["person_id"] == "E2" else person for person in PEOPLE]


@pytest.fixture
def office(settings: Settings) -> Iterator[Database]:
    """October pays E1 two cars and E2, who left on the 31st, one; 300.00 a car."""
    made = office_in(settings)
    plans.load(made, access.CONSOLE, PER_CAR)
    month_settings.set_(made, access.CONSOLE, {"blocking": "computed_to_the_end"}, since="2026-10")
    enter(made, orders=[order("O1"), order("O2"), order("O3", "E2")], people=left("2026-10-31"))
    month.compute(made, HR, OCTOBER, as_of=OCTOBER.last)
    yield made
    made.close()


def line_of(db: Database, person_id: str, period: Period = OCTOBER) -> dict[str, Any]:
    """The one line for cars of a person."""
    (found,) = [
        line
        for line in month.sheet(db, HR, period).lines.to_dicts()
        if (line["person_id"], line["rule"]) == (person_id, "C1")
    ]
    return found


def propose(db: Database, who: access.Identity = HR, person_id: str = "E2", clause: str = CLAUSE) -> str:
    return leavers.leave_out(db, who, line_of(db, person_id)["line_id"], clause=clause)


def by_hand(db: Database) -> list[dict[str, Any]]:
    """The lines by hand of October computed now."""
    month.compute(db, HR, OCTOBER, as_of=OCTOBER.last)
    return month.sheet(db, HR, OCTOBER).lines.filter(kind="manual").to_dicts()


@pytest.mark.both
def test_a_line_is_left_out_once_two_others_have_approved_it(office: Database) -> None:
    line_id = propose(office)
    assert by_hand(office) == []
    lines.approve(office, BOSS, line_id)
    assert by_hand(office) == []  # one is not enough
    with pytest.raises(Problem, match="另一位审批人"):
        lines.approve(office, BOSS, line_id)
    with pytest.raises(Problem, match="另一位审批人"):
        lines.approve(office, replace(BOSS, user_id=77), line_id)  # a second account of the same person
    lines.approve(office, SECOND, line_id)
    (made,) = by_hand(office)
    assert (made["line_id"], made["rule"], made["amount_fen"]) == (line_id, "left_out", -300_00)
    assert made["case_id"] == line_of(office, "E2")["line_id"]
    assert made["arithmetic_zh"] == f"按约定不发，条款：{CLAUSE}：−300.00 元，赵人事 录入，总经理、李总监 审批"
    sheet = month.sheet(office, HR, OCTOBER)
    assert {person.person_id: person.total_fen for person in sheet.people}["E2"] == 0  # 300.00 − 300.00
    assert sheet.rule_name(made).zh == "离职按约定不发"
    listed = [(row["state"], row["amount_fen"]) for row in leavers.listing(office, HR, OCTOBER)]
    assert sorted(listed) == [("left_out", -300_00), ("paid", 300_00)]


@pytest.mark.both
def test_the_database_refuses_one_approval_and_the_same_person_twice(office: Database) -> None:
    line_id = propose(office)
    it = tables.manual_lines
    of_line = sa.update(it).where(it.c.line_id == line_id)
    at = office.settings.now_utc()
    first = {"first_by": 2, "first_person": "B01", "first_at": at}
    second = {"approved_by": 5, "approved_person": "D02", "approved_at": at}
    for values in (
        second,  # without a first
        {**first, **second, "approved_person": "B01"},
        {**first, **second, "approved_by": 2},
        {**first, "first_person": "H01"},  # who proposed it
        {**first, "first_person": "E2"},  # whose pay it is
        {"amount_fen": 1},
    ):
        with pytest.raises(sa.exc.IntegrityError), office.write() as conn:
            conn.execute(of_line.values(**values))
    with office.write() as conn:
        conn.execute(of_line.values(**first, **second))


def test_who_proposes_or_is_paid_does_not_approve(office: Database) -> None:
    line_id = propose(office)
    both = replace(HR, roles=frozenset({"hr", "director"}))
    with pytest.raises(Problem, match="录入人不能审批"):
        lines.approve(office, both, line_id)
    with pytest.raises(Problem, match="不能给自己"):
        lines.approve(office, replace(BOSS, person_id="E2"), line_id)
    with pytest.raises(Forbidden):
        lines.approve(office, HR, line_id)


def test_what_cannot_be_left_out_says_why(office: Database) -> None:
    with pytest.raises(Problem, match="条款"):
        propose(office, clause=" ")
    with pytest.raises(Problem, match="仍在职"):
        propose(office, person_id="E1")
    with pytest.raises(Problem, match="没有行号"):
        leavers.leave_out(office, HR, "0" * 16, clause=CLAUSE)
    for who in (STAFF, BOSS, DIRECTOR_OF_SALES):
        with pytest.raises(Forbidden):
            propose(office, who)
    with pytest.raises(Problem, match="不能给自己"):
        propose(office, replace(HR, person_id="E2"))
    line_id = propose(office)
    with pytest.raises(Problem, match="已由"):
        propose(office)
    for who in (BOSS, SECOND):
        lines.approve(office, who, line_id)
    (made,) = by_hand(office)
    with pytest.raises(Problem, match="只有应发的绩效行"):
        leavers.leave_out(office, HR, made["line_id"], clause=CLAUSE)
    month.submit(office, HR, OCTOBER)
    with pytest.raises(Problem, match="待审批"):
        propose(office)


@pytest.mark.parametrize(("last_day", "is_gone"), [("2026-11-16", True), ("2026-11-17", False)])
def test_a_leaver_holds_no_post_on_the_pay_day(office: Database, last_day: str, is_gone: bool) -> None:
    """October is paid on 17 November, the twelfth working day after it."""
    enter(office, people=left(last_day))
    assert [row["person_id"] for row in leavers.listing(office, HR, OCTOBER)] == (["E2"] if is_gone else [])


def test_a_refusal_before_the_second_approval_undoes_it_and_it_may_be_proposed_again(office: Database) -> None:
    line_id = propose(office)
    lines.approve(office, BOSS, line_id)
    lines.refuse(office, SECOND, line_id, reason="条款不适用")
    with pytest.raises(Problem, match="已由 李总监 否决"):
        lines.approve(office, replace(SECOND, user_id=6, person_id="D03"), line_id)
    assert by_hand(office) == []
    (row,) = lines.listing(office, HR, OCTOBER)
    assert (row["first_approved_by"], row["approved_by"], row["refused_by"]) == ("总经理", None, "李总监")
    assert propose(office) != line_id
    verbs = [entry["verb"] for entry in audit.listing(office, AUDITOR)]
    assert verbs.count("line.leave_out") == 2


def test_of_a_line_that_became_less_no_more_is_left_out(office: Database) -> None:
    line_id = propose(office)
    for who in (BOSS, SECOND):
        lines.approve(office, who, line_id)
    plans.load(office, access.CONSOLE, PER_CAR.replace('"300.00"', '"200.00"'))
    (made,) = by_hand(office)
    assert (made["requested_fen"], made["amount_fen"], made["lapsed_fen"]) == (-300_00, -200_00, -100_00)
    assert "所涉的行现为 200.00 元" in made["arithmetic_zh"]
    enter(office, orders=[order("O3", "E1")])  # it was never E2's
    (made,) = by_hand(office)
    assert (made["amount_fen"], made["lapsed_fen"]) == (0, -300_00)


@pytest.mark.parametrize(
    ("stands", "moved"),
    [(299_99, -299_99), (300_00, -300_00), (300_01, -300_00)],
)
def test_no_more_is_left_out_than_was_approved_or_than_stands(stands: int, moved: int) -> None:
    base = {"person_id": "E2", "period": "2026-10", "store_id": "S01", "lapsed_fen": 0, "arithmetic_zh": "",
            "arithmetic_en": "", "case_id": None}  # fmt: skip
    earned = {**base, "line_id": "a", "kind": "commission", "rule": "C1", "amount_fen": stands}
    other = {**base, "line_id": "b", "kind": "bonus", "rule": "R1", "amount_fen": 500_00}
    out = {**base, "line_id": "m", "kind": "manual", "rule": "left_out", "amount_fen": -300_00, "case_id": "a"}
    hold_manual([earned, other, out])
    assert (out["amount_fen"], out["lapsed_fen"]) == (moved, -300_00 - moved)


def test_what_was_left_out_was_never_paid_and_is_not_taken_back(office: Database, clock: list[datetime]) -> None:
    line_id = propose(office)
    for who in (BOSS, SECOND):
        lines.approve(office, who, line_id)
    lock(office)
    clock[0] += timedelta(days=20)
    gone = {"cancelled_at": "2026-11-05 10:00"}
    enter(office, orders=[order("O1", **gone), order("O3", "E2", **gone)])
    month.compute(office, HR, NOVEMBER, as_of=NOVEMBER.last)
    found = month.sheet(office, HR, NOVEMBER).lines.filter(kind="correction")
    assert found.select("person_id", "requested_fen").rows() == [("E1", -300_00)]


def test_the_leaver_may_object_and_the_month_is_proved_with_it(office: Database) -> None:
    line_id = propose(office)
    for who in (BOSS, SECOND):
        lines.approve(office, who, line_id)
    lock(office)
    person = access.Identity(user_id=12, name="员工E2", roles=frozenset({"staff"}), person_id="E2")
    number = objections.dispute(office, person, line_id, reason="合同没有这一条")
    (asked,) = objections.listing(office, HR)
    assert (asked.objection_id, asked.route, asked.line_fen) == (number, "hr", -300_00)
    pack, _ = evidence.pack(office, HR, OCTOBER)
    assert (verify(pack).altered, verify(pack).difference) == ((), None)
    with zipfile.ZipFile(BytesIO(pack)) as opened:
        assert any(CLAUSE.encode() in opened.read(name) for name in opened.namelist())
    assert proof.verify(office, AUDITOR).faults == ()


@pytest.mark.both
def test_a_locked_month_keeps_the_two_approvals(office: Database) -> None:
    line_id = propose(office)
    for who in (BOSS, SECOND):
        lines.approve(office, who, line_id)
    lock(office)
    for statement in (
        f"UPDATE manual_lines SET first_name = 'x' WHERE line_id = '{line_id}'",
        f"UPDATE manual_lines SET leaves_out = NULL WHERE line_id = '{line_id}'",
        f"DELETE FROM manual_lines WHERE line_id = '{line_id}'",
    ):
        with pytest.raises(sa.exc.DBAPIError, match="locked"), office.write() as conn:
            conn.execute(sa.text(statement))

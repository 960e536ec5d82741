"""A manual line needs a reason and somebody else's approval, and is never for oneself."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from data_contracts.contract import Problem
from kpi_app import access
from kpi_app.access import Forbidden
from kpi_app.settings import Settings
from kpi_app.store import tables
from kpi_app.store.database import Database
from kpi_app.store.months import lines, month
from kpi_app.store.rulebook import laws
from metrics.period import Period
from tests.scorecards.test_law import REGION
from tests.store.pay import BOSS, HR, OCTOBER, SHOWN, STAFF, office_in

JUNE = Period.parse("2026-06")


@pytest.fixture
def office(settings: Settings) -> Iterator[Database]:
    made = office_in(settings)
    yield made
    made.close()


def add(db: Database, who: access.Identity = HR, **given: Any) -> str:
    asked: dict[str, Any] = {"person_id": "E2", "amount_fen": 150_00, "reason": "展会支援", "evidence": SHOWN}
    return lines.add(db, who, OCTOBER, **{**asked, **given})


@pytest.mark.both
def test_a_line_waits_for_another(office: Database) -> None:
    line_id = add(office)
    assert lines.listing(office, HR, OCTOBER)[0]["approved_by"] is None
    lines.approve(office, BOSS, line_id)
    (row,) = lines.listing(office, HR, OCTOBER)
    assert row == {
        "line_id": line_id, "unit": "S01", "store_name": "东一店", "person_id": "E2", "person_name": "员工E2",
        "amount_fen": 150_00, "amount": "150.00", "reason": "展会支援", "evidence": "主管签字单",
        "entered_by": "赵人事", "approved_by": "总经理",
    }  # fmt: skip
    with pytest.raises(Problem, match="已由 总经理 审批"):
        lines.approve(office, BOSS, line_id)


def test_who_entered_it_does_not_approve_it(office: Database) -> None:
    both = replace(HR, roles=frozenset({"hr", "director"}))
    line_id = add(office, both)
    with pytest.raises(Problem, match="录入人不能审批"):
        lines.approve(office, both, line_id)


def test_nobody_enters_or_approves_a_line_of_their_own(office: Database) -> None:
    with pytest.raises(Problem, match="不能给自己"):
        add(office, person_id="H01")
    line_id = add(office, person_id="B01")
    with pytest.raises(Problem, match="不能给自己"):
        lines.approve(office, BOSS, line_id)


@pytest.mark.parametrize(
    ("given", "message"),
    [({"reason": " "}, "理由"), ({"amount_fen": 0}, "金额"), ({"person_id": "E99"}, "没有工号 E99")],
)
def test_what_cannot_be_entered_says_why(office: Database, given: dict[str, Any], message: str) -> None:
    with pytest.raises(Problem, match=message):
        add(office, **given)


def test_rights_are_asked_for(office: Database) -> None:
    for who in (STAFF, BOSS):
        with pytest.raises(Forbidden):
            add(office, who)
    line_id = add(office)
    with pytest.raises(Forbidden):
        lines.approve(office, HR, line_id)
    with pytest.raises(Problem, match="没有手工行"):
        lines.approve(office, BOSS, "0" * 16)
    assert lines.listing(office, STAFF, OCTOBER) == []
    assert len(lines.listing(office, access.CONSOLE, OCTOBER)) == 1


def test_two_lines_alike_are_two_lines(office: Database) -> None:
    assert add(office) != add(office)


def test_nothing_is_added_to_a_month_that_is_handed_in(office: Database) -> None:
    pending = add(office)
    month.compute(office, HR, OCTOBER, as_of=date(2026, 10, 31))
    month.submit(office, HR, OCTOBER)
    for deed in (lambda: add(office), lambda: lines.approve(office, BOSS, pending)):
        with pytest.raises(Problem, match="待审批"):
            deed()


@pytest.mark.both
def test_a_second_account_of_the_same_person_gets_nobody_round_the_four_eyes(office: Database) -> None:
    line_id = add(office)
    twin = replace(BOSS, user_id=77, name="赵人事二号", person_id="H01")
    with pytest.raises(Problem, match="录入人不能审批"):
        lines.approve(office, twin, line_id)
    beneficiary = replace(BOSS, user_id=78, name="员工二号", person_id="E2")
    with pytest.raises(Problem, match="不能给自己"):
        lines.approve(office, beneficiary, line_id)
    with pytest.raises(Problem, match="不能给自己"):
        lines.refuse(office, beneficiary, line_id, reason="x")
    nobody = replace(BOSS, user_id=79, name="无工号", person_id=None)
    for deed in (lambda: lines.approve(office, nobody, line_id), lambda: add(office, replace(HR, person_id=None))):
        with pytest.raises(Problem, match="须有工号"):
            deed()
    by_preparer = sa.update(tables.manual_lines).values(approved_person="H01")
    with pytest.raises(sa.exc.IntegrityError), office.write() as conn:  # and the database itself refuses it
        conn.execute(by_preparer)


def test_what_pays_hr_is_approved_by_a_director_who_is_not_hr(office: Database) -> None:
    line_id = add(office, access.CONSOLE, person_id="H01")
    colleague = replace(BOSS, user_id=80, person_id="H02", roles=frozenset({"hr", "director"}))
    with pytest.raises(Problem, match="不兼人事"):
        lines.approve(office, colleague, line_id)
    lines.approve(office, BOSS, line_id)


def test_a_refused_line_never_counts_and_stays_in_the_list(office: Database) -> None:
    line_id = add(office)
    with pytest.raises(Forbidden):
        lines.refuse(office, HR, line_id, reason="不符")
    with pytest.raises(Problem, match="理由"):
        lines.refuse(office, BOSS, line_id, reason=" ")
    lines.refuse(office, BOSS, line_id, reason="无凭据")
    for again in (
        lambda: lines.approve(office, BOSS, line_id),
        lambda: lines.refuse(office, BOSS, line_id, reason="x"),
    ):
        with pytest.raises(Problem, match="已由 总经理 否决"):
            again()
    (row,) = lines.listing(office, HR, OCTOBER)
    assert (row["refused_by"], row["refused_words"], row["approved_by"]) == ("总经理", "无凭据", None)
    month.compute(office, HR, OCTOBER, as_of=date(2026, 10, 31))
    assert month.sheet(office, HR, OCTOBER).lines.filter(kind="manual").is_empty()


@pytest.mark.parametrize(
    "shown", [lines.Evidence(), lines.Evidence(note="  "), lines.Evidence.of("", "签到.pdf", None)]
)
def test_a_line_that_nothing_shows_is_refused(office: Database, shown: lines.Evidence) -> None:
    with pytest.raises(Problem, match="凭据"):
        add(office, evidence=shown)
    assert lines.listing(office, HR, OCTOBER) == []


@pytest.mark.parametrize("shown", [lines.Evidence(note="签到表"), lines.Evidence.of("", "签到.pdf", b"abc")])
def test_a_note_or_a_file_shows_a_line(office: Database, shown: lines.Evidence) -> None:
    add(office, evidence=shown)
    (row,) = lines.listing(office, HR, OCTOBER)
    assert (row.get("evidence"), row.get("evidence_file")) == (shown.note or None, shown.file_name)


def test_evidence_is_named_and_hashed_and_stands_on_the_line(office: Database) -> None:
    proof = lines.Evidence.of("签到表", "签到.pdf", b"abc")
    line_id = add(office, evidence=proof)
    lines.approve(office, BOSS, line_id)
    (row,) = lines.listing(office, HR, OCTOBER)
    assert (row["evidence"], row["evidence_file"]) == ("签到表", "签到.pdf")
    assert row["evidence_sha256"].startswith("ba7816bf")  # SHA-256 of abc
    month.compute(office, HR, OCTOBER, as_of=date(2026, 10, 31))
    words = month.sheet(office, HR, OCTOBER).lines.filter(kind="manual")["arithmetic_zh"][0]
    assert words == "展会支援（凭据：签到表，签到.pdf）：150.00 元，赵人事 录入，总经理 审批"


def test_a_fine_is_refused_unless_the_citys_dated_profile_allows_it(office: Database) -> None:
    fines = ({"reason": "迟到罚款"}, {"reason": "迟到", "is_fine": True})
    for given in fines:
        with pytest.raises(Problem, match="不允许罚款"):
            add(office, amount_fen=-50_00, **given)
    laws.load(office, access.CONSOLE, REGION.replace('cities = ["示例市"]', 'cities = ["上海"]'))
    with pytest.raises(Problem, match="负数"):
        add(office, amount_fen=50_00, is_fine=True)
    with pytest.raises(Problem, match="不允许罚款"):
        lines.add(
            office, HR, JUNE, person_id="E2", amount_fen=-50_00, reason="罚款", evidence=SHOWN
        )  # in force from July
    line_id = add(office, amount_fen=-50_00, **fines[1])
    lines.approve(office, BOSS, line_id)
    month.compute(office, HR, OCTOBER, as_of=date(2026, 10, 31))
    fine = month.sheet(office, HR, OCTOBER).lines.filter(kind="manual").row(0, named=True)
    # Without other pay and a minimum wage it cannot be checked, so nothing is taken.
    assert (fine["rule"], fine["requested_fen"], fine["amount_fen"], fine["lapsed_fen"]) == ("fine", -50_00, 0, -50_00)

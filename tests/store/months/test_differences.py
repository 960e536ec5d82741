"""What differs between two snapshots: by person, rule and cause, and in all exactly the difference of the totals."""

from collections.abc import Iterator
from datetime import date
from importlib.resources import files

import pytest

from data_contracts.contract import Problem
from kpi_app import access
from kpi_app.settings import Settings
from kpi_app.store.database import Database
from kpi_app.store.months import differences, month
from kpi_app.store.proving import audit
from kpi_app.store.rulebook import plans
from metrics.period import Period
from scorecards.compare import Comparison
from tests.scorecards.group import answers, ruling
from tests.store.pay import HR, OCTOBER, STAFF, enter, office_in

AS_OF = date(2026, 10, 31)
PLAN = (files("scorecards") / "plans" / "satisfaction.toml").read_text(encoding="utf-8")


@pytest.fixture
def office(settings: Settings) -> Iterator[Database]:
    """October computed: E1 has an award of 200 and a reduction of 80."""
    made = office_in(settings)
    month.compute(made, HR, OCTOBER, as_of=AS_OF)
    yield made
    made.close()


def again(db: Database, **revisions: int) -> Comparison:
    month.compute(db, HR, OCTOBER, as_of=AS_OF)
    (found,) = differences.revisions(db, HR, OCTOBER, unit="S01", **revisions)
    assert sum(one.amount_fen for one in found.differences) == found.amount_fen
    return found


def shown(found: Comparison) -> list[tuple[str, str, str, int]]:
    return [(one.person_id, one.rule, one.cause, one.amount_fen) for one in found.differences]


@pytest.mark.both
def test_each_change_is_its_own_cause(office: Database) -> None:
    enter(office, complaint_rulings=[ruling("C1", "E1", 60_00)])  # 80 → 60
    enter(office, surveys=answers("E2", 90_00, on="2026-09-20"))  # a fifth questionnaire: E2 has the award too
    dearer = PLAN.replace('amount = "200.00"', 'amount = "250.00"')
    plans.load(office, access.CONSOLE, dearer)
    found = again(office)
    assert shown(found) == [
        ("E1", "R1", "rule", 50_00),
        ("E1", "R2", "ruling", 20_00),
        ("E2", "R1", "data", 250_00),
    ]
    assert (found.before, found.after, found.before_fen, found.after_fen) == (
        "2026-10 r1", "2026-10 r2", 120_00, 440_00,
    )  # fmt: skip


def test_a_rule_and_data_that_move_one_amount_are_told_apart(office: Database) -> None:
    enter(office, surveys=answers("E1", *[10_00] * 5, on="2026-09-20"))  # (90 + 10) ÷ 2 = 50 < 88
    plans.load(office, access.CONSOLE, PLAN.replace('amount = "200.00"', 'amount = "250.00"'))
    found = again(office)
    assert shown(found) == [
        ("E1", "R1", "rule", 50_00),
        ("E1", "R1", "data", -250_00),
        ("E1", "R2", "data", 80_00),  # nothing left to take it from: the reduction lapses
    ]


def test_any_two_revisions_and_two_months(office: Database) -> None:
    enter(office, complaint_rulings=[ruling("C1", "E1", 60_00)])
    again(office)
    enter(office, complaint_rulings=[ruling("C1", "E1", 70_00)])
    again(office)
    assert shown(again(office, before=1, after=3)) == [("E1", "R2", "ruling", 10_00)]
    assert shown(again(office, before=3, after=1)) == [("E1", "R2", "ruling", -10_00)]
    september = Period.parse("2026-09")
    month.compute(office, HR, september, as_of=AS_OF)
    found = differences.months(office, HR, september, OCTOBER, unit="S01")[0]
    assert (found.before_fen, found.amount_fen, shown(found)) == (
        0, 130_00, [("E1", "R1", "data", 200_00), ("E1", "R2", "ruling", -70_00)],
    )  # fmt: skip


def test_the_revisions_there_are_are_listed_with_who_made_them(office: Database) -> None:
    enter(office, complaint_rulings=[ruling("C1", "E1", 60_00)])
    found = again(office)
    newest, first = differences.versions(office, HR, OCTOBER, "S01")
    assert [(it.revision, it.total_fen, it.computed_by) for it in (first, newest)] == [
        (1, 120_00, HR.name),
        (2, 140_00, HR.name),
    ]
    assert first.as_of == AS_OF
    assert found.people["E1"]
    assert {one.rule_key for one in found.differences} <= set(found.rules)
    with pytest.raises(access.Forbidden):
        differences.versions(office, STAFF, OCTOBER, "S01")


def test_it_needs_the_right_two_revisions_and_is_noted(office: Database) -> None:
    with pytest.raises(Problem, match="没有可比较的两个版次"):
        differences.revisions(office, HR, OCTOBER)
    with pytest.raises(access.Forbidden):
        differences.revisions(office, STAFF, OCTOBER)
    enter(office, complaint_rulings=[ruling("C1", "E1", 60_00)])
    again(office)
    assert audit.listing(office, access.CONSOLE)[0]["verb"] == "month.diff"

"""Between two months the cause is read off the lines: rule, target, ruling, else the data."""

from collections.abc import Sequence
from typing import Any

import pytest

from metrics.period import Period
from scorecards.compare import Comparison, read_off
from scorecards.plan import Plan
from scorecards.rules import pay_lines
from scorecards.sheet import Sheet, build
from tests.scorecards import own_figures
from tests.scorecards.group import group
from tests.scorecards.own_figures import AS_OF, stated, task

PER_VISIT = 'shape = "per_unit"\nkind = "commission"\nmetric = "visits"\namount = "{}"\ntask = "visits"\n'
SEPTEMBER, OCTOBER = Period.parse("2026-09"), Period.parse("2026-10")


def sheet(month: Period, visits: int, *goals: Any, amount: str = "10.00", since: str = "2026-01") -> Sheet:
    text = own_figures.text(PER_VISIT.format(amount)).replace('since = "2026-01"', f'since = "{since}"')
    plan = own_figures.plans.read(text)
    return _built(plan, month, visits, goals)


def _built(plan: Plan, month: Period, visits: int, goals: Sequence[Any]) -> Sheet:
    figures = [stated("E1", "visits", visits, period=month.label)]
    facts = group([own_figures.caller()], stated_figures=figures, targets=[task(goal) for goal in goals])
    return build(pay_lines([plan], facts, month, as_of=AS_OF), [plan], facts, month, "S01", as_of=AS_OF)


def one(found: Comparison) -> tuple[str, int]:
    (difference,) = found.differences
    assert difference.amount_fen == found.amount_fen
    return difference.cause, difference.amount_fen


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (sheet(OCTOBER, 12), ("data", 20_00)),
        (sheet(OCTOBER, 10, 20), ("target", -50_00)),  # 10 ÷ 20 of the task: half
        (sheet(OCTOBER, 10, amount="12.00", since="2026-10"), ("rule", 20_00)),
        (sheet(OCTOBER, 12, 12, amount="12.00", since="2026-10"), ("rule", 44_00)),  # all of them: the rule first
    ],
    ids=["data", "target", "rule", "all"],
)
def test_the_cause_between_two_months(after: Sheet, expected: tuple[str, int]) -> None:
    assert one(read_off(sheet(SEPTEMBER, 10), after)) == expected


def test_the_same_amounts_have_no_difference() -> None:
    assert read_off(sheet(SEPTEMBER, 10), sheet(OCTOBER, 10)).differences == ()

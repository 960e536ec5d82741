"""Which target holds: the nearest level first, in force in the month, of the period's kind."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from metrics.period import Period
from scorecards.targets import PRECEDENCE, Targets
from tests.facts import facts
from tests.scorecards.group import STORES, post

PERSON = {
    "person": "E1", "team": "T01", "role": "sales_consultant", "department": "S01/销售部", "store": "S01",
    "region": "华东", "group": "group",
}  # fmt: skip


def row(level: str, goal: int, since: str = "2026-01", **more: Any) -> dict[str, Any]:
    return {"metric": "css_score", "level": level, "subject_id": PERSON[level], "since": since, "goal": goal, **more}


def goal(
    *rows: dict[str, Any], level: str = "person", grain: str = "month", month: str = "2026-10", rate: bool = True
) -> Any:
    targets = Targets(facts(stores=STORES, people=[post("E1")], targets=rows)["targets"].collect())
    found = targets.of("css_score", PERSON, level, grain, month, is_rate=rate)
    return found and (int(found.goal), found.level)


@pytest.mark.parametrize("nearest", PRECEDENCE)
def test_the_nearest_level_wins(nearest: str) -> None:
    wider = PRECEDENCE[PRECEDENCE.index(nearest) :]
    assert goal(*(row(level, 80 + n) for n, level in enumerate(wider))) == (80, nearest)


def test_a_store_looks_at_its_own_target_first_and_at_a_roles_last() -> None:
    assert goal(row("role", 90), row("store", 80), row("person", 70), level="store") == (80, "store")
    assert goal(row("role", 90), row("region", 85), level="store") == (85, "region")
    assert goal(row("role", 90), level="store") == (90, "role")


def test_the_latest_in_force_holds_and_until_is_the_first_month_without() -> None:
    rows = [row("store", 80, "2026-01", until="2026-10"), row("store", 85, "2026-09")]
    assert goal(*rows, month="2026-08") == (80, "store")
    assert goal(*rows, month="2026-09") == (85, "store")
    assert goal(rows[0], month="2026-09") == (80, "store")
    assert goal(rows[0], month="2026-10") is None
    assert goal(rows[1], month="2026-08") is None


def test_a_week_uses_its_own_target_else_the_months_for_a_rate() -> None:
    month, week = row("store", 80), row("store", 85, period_kind="week")
    assert goal(month, week, grain="week") == (85, "store")
    assert goal(month, grain="week") == (80, "store")
    assert goal(month, grain="week", rate=False) is None
    assert goal(week, grain="month") is None


def spread(weights: str | None, *periods: str) -> list[Fraction]:
    """What is due in each period of 62 a month."""
    stores = [{**STORES[0], "weekday_weights": weights}]
    rows = [{"metric": "visit_groups", "level": "store", "subject_id": "S01", "since": "2026-01", "goal": 62}]
    known = facts(stores=stores, targets=rows)
    targets = Targets(known["targets"].collect(), known["stores"].collect())
    found = [targets.of_count("visit_groups", PERSON, "person", Period.parse(label)) for label in periods]
    return [target.exact for target in found if target]


@pytest.mark.parametrize(
    ("weights", "friday", "saturday", "week"),
    [
        (None, Fraction(2), Fraction(2), Fraction(14)),  # October 2026 has 31 days: 62/31 a day
        # 22 weekdays, 5 Saturdays and 4 Sundays: 22 + 10 + 8 = 40
        ("1,1,1,1,1,2,2", Fraction(62, 40), Fraction(124, 40), Fraction(62 * 9, 40)),
        ("1，1，1，1，1，2，2", Fraction(62, 40), Fraction(124, 40), Fraction(62 * 9, 40)),
        ("1,1,1,1,1,0,0", Fraction(62, 22), Fraction(0), Fraction(62 * 5, 22)),
    ],
)
def test_a_count_is_spread_by_the_store_s_weekday_weights(
    weights: str | None, friday: Fraction, saturday: Fraction, week: Fraction
) -> None:
    assert spread(weights, "2026-10-09", "2026-10-10", "2026-W41") == [friday, saturday, week]


@pytest.mark.parametrize("weights", [None, "1,1,1,1,1,2,2", "3,1,4,1,5,9,2", "0,0,0,0,0,0,7"])
def test_the_parts_of_a_month_total_its_goal_exactly(weights: str | None) -> None:
    days = [f"2026-10-{day:02d}" for day in range(1, 32)]
    assert sum(spread(weights, *days)) == 62
    # the weeks over the month's ends have parts of two months: 2026-09-28 to 2026-11-01
    weeks = spread(weights, *(f"2026-W{week}" for week in range(40, 45)))
    beyond = spread(weights, "2026-09-28", "2026-09-29", "2026-09-30", "2026-11-01")
    assert sum(weeks) - sum(beyond) == 62


def test_goals_are_exact() -> None:
    targets = Targets(facts(stores=STORES, targets=[row("store", 0) | {"goal": "0.15"}])["targets"].collect())
    found = targets.of("css_score", PERSON, "person", "month", "2026-10", is_rate=True)
    assert found is not None
    assert found.goal == Decimal("0.15")

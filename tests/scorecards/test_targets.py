"""Which target holds: the nearest level first, in force in the month, of the period's kind."""

from decimal import Decimal
from typing import Any

import pytest

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


def test_goals_are_exact() -> None:
    targets = Targets(facts(stores=STORES, targets=[row("store", 0) | {"goal": "0.15"}])["targets"].collect())
    found = targets.of("css_score", PERSON, "person", "month", "2026-10", is_rate=True)
    assert found is not None
    assert found.goal == Decimal("0.15")

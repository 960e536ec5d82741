"""The month under way against its pace, on both sides of every edge."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from kpi_app.access import CONSOLE, Forbidden, Identity
from kpi_app.settings import Settings
from kpi_app.store.database import Database
from kpi_app.store.views import overview, pace
from kpi_app.store.views.pace import Pace
from metrics.catalogue import METRICS
from metrics.period import Period
from scorecards.targets import Target
from tests.scorecards.group import DIRECTOR, post
from tests.store.pay import enter, office_in

VISITS, RATE, HOURS = (
    METRICS[key] for key in ("visit_groups", "invite_to_store_rate", "complaint_resolution_time_elapsed")
)
TODAY = date(2026, 10, 31)
CALLS = {"role": "invite_specialist", "department": "呼叫中心"}


def goal(text: str) -> Target:
    return Target(goal=Decimal(text), floor=None, level="store")


def under_way(until: str, **given: Any) -> Pace:
    """November with 30 visits or 10 of 50 invitations so far."""
    rows = {
        VISITS.key: {"numerator": 30, "denominator": 1},
        RATE.key: {"numerator": 10, "denominator": 50},
        HOURS.key: {"numerator": 3600, "denominator": 1},
    }
    return Pace(
        month=Period.parse("2026-11"),
        days=Period.parse(f"2026-11-01..{until}"),
        same_days=Period.parse("2026-10-01..2026-10-02"),
        so_far=given.get("so_far", rows),
        before={},
        goals=given.get("goals", {VISITS.key: goal("70"), RATE.key: goal("0.24"), HOURS.key: goal("48")}),
    )


@pytest.mark.parametrize(
    ("until", "gone", "left", "share", "each"),
    [("2026-11-01", 1, 29, 3, 2), ("2026-11-15", 15, 15, 50, 3), ("2026-11-29", 29, 1, 96, 40),
     ("2026-11-30", 30, 0, 100, None)],
)  # fmt: skip
def test_every_open_day_to_come_needs_its_part_of_what_is_missing(
    until: str, gone: int, left: int, share: int, each: int | None
) -> None:
    month = under_way(until)
    assert (month.days_gone, month.days_left, month.time_gone) == (gone, left, share)
    assert (month.missing(VISITS), month.per_day(VISITS), month.task_done(VISITS)) == (40, each, 42)


def test_a_rate_misses_what_its_numerator_needs_with_the_denominator_as_it_is() -> None:
    assert under_way("2026-11-15").missing(RATE) == 2  # 12 of 50 are 24 %
    assert under_way("2026-11-15", goals={RATE.key: goal("0.20")}).missing(RATE) == 0
    assert under_way("2026-11-15").task_done(RATE) is None


def test_nothing_is_missing_where_there_is_no_goal_or_less_is_better() -> None:
    month = under_way("2026-11-15", goals={HOURS.key: goal("48")})
    assert month.missing(VISITS) is month.per_day(VISITS) is month.task_done(VISITS) is month.missing(HOURS) is None


def test_a_task_that_is_done_misses_nothing() -> None:
    month = under_way("2026-11-15", goals={VISITS.key: goal("30")})
    assert (month.missing(VISITS), month.per_day(VISITS), month.task_done(VISITS)) == (0, 0, 100)


@pytest.fixture
def office(settings: Settings) -> Iterator[Database]:
    made = office_in(settings)
    days = ["2026-08-30", "2026-08-31", "2026-09-29", "2026-09-30", "2026-10-01", "2026-10-31"]
    enter(
        made,
        people=[DIRECTOR, post("A1", team_id="T21", **CALLS)],
        invitations=[
            {"invitation_id": f"Y{day}", "customer_id": day, "store_id": "S01", "person_id": "A1",
             "invited_at": f"{day} 10:00", "purpose": "潜客"}
            for day in days
        ],
        store_visits=[
            {"visit_id": f"D{day}", "customer_id": day, "store_id": "S01", "arrived_at": f"{day} 14:00"}
            for day in days
        ],
    )  # fmt: skip
    yield made
    made.close()


@pytest.mark.parametrize(
    ("through", "same_days", "now", "then"),
    [
        (date(2026, 10, 1), "2026-09-01..2026-09-01", 1, 0),
        (date(2026, 10, 29), "2026-09-01..2026-09-29", 1, 1),
        (date(2026, 10, 30), "2026-09-01..2026-09-30", 1, 2),
        (date(2026, 10, 31), "2026-09-01..2026-09-30", 2, 2),  # September has no 31st day
    ],
)
def test_the_month_so_far_stands_beside_as_many_days_of_the_one_before(
    office: Database, through: date, same_days: str, now: int, then: int
) -> None:
    store = overview.subject_of(office, CONSOLE, "store:S01", TODAY)
    found = pace.of(office, CONSOLE, [VISITS], store, through=through)
    assert found.same_days.label == same_days
    assert (found.so_far[VISITS.key]["numerator"], found.before[VISITS.key]["numerator"]) == (now, then)


def test_another_store_is_refused(office: Database) -> None:
    store = overview.subject_of(office, CONSOLE, "store:S01", TODAY)
    other = Identity(
        user_id=9, name="head", roles=frozenset({"head"}), scopes=frozenset({"store:S02"}), person_id="M01"
    )
    with pytest.raises(Forbidden):
        pace.of(office, other, [VISITS], replace(store), through=TODAY)

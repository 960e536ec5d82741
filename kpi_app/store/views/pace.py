"""A month under way against its pace: what is there so far, what the same days of the month before had brought by then,
and the goal of the whole month.

Stores are open every day, as their opening hours say (semantics.md, Periods and time), so the same number of open days
of the month before is the same number of its days.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from math import ceil
from typing import Any

from kpi_app.access import Identity
from kpi_app.store.database import Database
from kpi_app.store.views import figures, overview
from kpi_app.store.views.overview import Subject
from metrics.kinds import COUNT, HIGHER, PERCENT, Metric
from metrics.period import Period
from scorecards.targets import Target


@dataclass(frozen=True, kw_only=True)
class Pace:
    """A subject's month up to a day. ``so_far`` and ``before`` are rows of figures by metric; ``before`` is what was
    known of ``same_days`` at the end of them."""

    month: Period
    days: Period
    same_days: Period
    so_far: Mapping[str, Mapping[str, Any]]
    before: Mapping[str, Mapping[str, Any]]
    goals: Mapping[str, Target]

    @property
    def days_gone(self) -> int:
        """The open days that are over."""
        return _length(self.days)

    @property
    def days_left(self) -> int:
        """The open days to come."""
        return _length(self.month) - self.days_gone

    @property
    def time_gone(self) -> int:
        """Percent of the month's open days that are over, rounded down."""
        return 100 * self.days_gone // _length(self.month)

    def missing(self, metric: Metric) -> int | None:
        """How many more of the count, or of a rate's numerator with the denominator as it is, the goal needs.

        None without a goal, or for a metric that more does not make better.
        """
        row, goal = self.so_far.get(metric.key), self.goals.get(metric.key)
        if row is None or goal is None or metric.better != HIGHER or not row["denominator"]:
            return None
        if metric.unit == COUNT:
            return max(0, ceil(goal.exact - Fraction(row["numerator"], row["denominator"])))
        if metric.unit == PERCENT:
            return max(0, ceil(goal.exact * int(row["denominator"])) - int(row["numerator"]))
        return None

    def per_day(self, metric: Metric) -> int | None:
        """How many of them each open day to come needs, rounded up; None without days or a goal."""
        missing = self.missing(metric)
        return None if missing is None or not self.days_left else -(-missing // self.days_left)

    def task_done(self, metric: Metric) -> int | None:
        """Percent of a count's task that is done, rounded down."""
        row, goal = self.so_far.get(metric.key), self.goals.get(metric.key)
        if row is None or goal is None or metric.unit != COUNT or not goal.exact or not row["denominator"]:
            return None
        return int(100 * int(row["numerator"]) // (goal.exact * int(row["denominator"])))


def of(db: Database, who: Identity, metrics: Sequence[Metric], subject: Subject, *, through: date) -> Pace:
    """The month of a day, up to and with it. Raises Forbidden for a subject out of reach."""
    starts_on = db.settings.month_starts_on
    month = Period.containing(through, "month", starts_on)
    days = _days(month.first, through, starts_on)
    before = month.previous()
    same_days = _days(before.first, min(before.last, before.first + (through - month.first)), starts_on)

    def measured(period: Period) -> dict[str, Mapping[str, Any]]:
        if not metrics:
            return {}
        found = figures.measure(
            db, who, metrics, [period], subject.level, subjects=[subject.subject_id], as_of=period.last
        )
        return {row["metric"]: row for row in found.to_dicts() if not row["item"]}

    return Pace(
        month=month,
        days=days,
        same_days=same_days,
        so_far=measured(days),
        before=measured(same_days),
        goals=overview.goals(db, metrics, [subject], subject.level, month)[0],
    )


def _days(first: date, last: date, month_starts_on: int) -> Period:
    return Period.parse(f"{first}..{last}", month_starts_on)


def _length(period: Period) -> int:
    return (period.last - period.first + timedelta(days=1)).days

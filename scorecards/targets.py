"""Which target holds for a subject: the nearest to it that is in force, of the period's kind.

A person's own target goes before the team's, then the role's, department's, store's, region's and group's. A wider
subject begins at its own level; it has no role, so a role's target serves it last. A week, quarter or other period
without a target of its own kind uses the month's for a rate; of a count it has the months' parts of its days, by the
weekday weights of the store, each day alike where it gives none. Weights are whole numbers and parts exact, so that
the parts of a month total its goal.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any

import polars as pl

from metrics.period import Period

PRECEDENCE = ("person", "team", "role", "department", "store", "region", "group")


@dataclass(frozen=True, kw_only=True)
class Target:
    """A goal and its floor, in the unit the metric is shown in, and the level it was set for.

    ``share`` of them is due: a count's goal of a month in a week, or of somebody who is not there every day.
    """

    goal: Decimal
    floor: Decimal | None
    level: str
    share: Fraction = Fraction(1)
    row: Mapping[str, Any] | None = field(default=None, compare=False)
    """The row of the contract it stands in, with where that was read."""

    @property
    def exact(self) -> Fraction:
        """What is due of the goal."""
        return Fraction(self.goal) * self.share

    @property
    def exact_floor(self) -> Fraction | None:
        """What is due of the floor."""
        return None if self.floor is None else Fraction(self.floor) * self.share


def precedence_of(level: str) -> tuple[str, ...]:
    """The levels a subject of ``level`` looks for its target at, nearest first."""
    if level in ("person", "team"):
        return PRECEDENCE[PRECEDENCE.index(level) :]
    return (*PRECEDENCE[PRECEDENCE.index(level) :], "role")


ALIKE = (1,) * 7
"""The weights of Monday to Sunday where a store gives none."""


class Targets:
    """All targets of a frame of the contract ``targets``, with the weekday weights of the contract ``stores``."""

    def __init__(self, targets: pl.DataFrame, stores: pl.DataFrame | None = None) -> None:
        given = [] if stores is None else stores.select("store_id", "weekday_weights").drop_nulls().rows()
        self._weights = {store_id: _weights(words) for store_id, words in given}
        self._rows: dict[tuple[str, str, str, str], list[tuple[str, str | None, Target]]] = defaultdict(list)
        for row in targets.iter_rows(named=True):
            if row["goal"] is not None:
                target = Target(goal=row["goal"], floor=row["floor"], level=row["level"], row=row)
                subject = "" if row["level"] == "group" else row["subject_id"]
                key = (row["metric"], row["level"], subject, row["period_kind"])
                self._rows[key].append(
                    (_first_month(row["since"]), row["until"] and _first_month(row["until"]), target)
                )

    def of(
        self, metric: str, subject: Mapping[str, str], level: str, grain: str, month: str, *, is_rate: bool
    ) -> Target | None:
        """The target of a subject in a period.

        ``subject`` gives its id at each level it belongs to, ``month`` the pay month that holds the period's first day.
        """
        for at in precedence_of(level):
            for kind in _kinds(grain, is_rate=is_rate):
                held = self._rows.get((metric, at, "" if at == "group" else subject.get(at, "\0"), kind), [])
                in_force = [
                    (since, target) for since, until, target in held if since <= month and (not until or month < until)
                ]
                if in_force:
                    return max(in_force, key=lambda pair: pair[0])[1]
        return None

    def of_count(self, metric: str, subject: Mapping[str, str], level: str, period: Period) -> Target | None:
        """The target of a count in a period: its own, else the months' by the weights of the days that lie in it.

        None where one of these months has no target.
        """
        first = Period.containing(period.first, "month", period.month_starts_on)
        own = self.of(metric, subject, level, period.grain, first.label, is_rate=False)
        if own is not None:
            return own
        weights = self._weights.get(subject.get("store", ""), ALIKE)
        total, nearest, month = Fraction(0), None, first
        while month.first <= period.last:
            target = self.of(metric, subject, level, "month", month.label, is_rate=False)
            if target is None:
                return None
            first_day, last_day = max(month.first, period.first), min(month.last, period.last)
            total += target.exact * Fraction(
                _weight(weights, first_day, last_day), _weight(weights, month.first, month.last)
            )
            nearest = nearest if nearest and nearest.goal else target
            month = Period.containing(month.last + timedelta(days=1), "month", period.month_starts_on)
        if nearest is None or not nearest.goal:
            return nearest
        return replace(nearest, share=total / Fraction(nearest.goal))


def _weights(words: str) -> tuple[int, ...]:
    return tuple(int(word) for word in words.replace("，", ",").split(","))


def _weight(weights: Sequence[int], first: date, last: date) -> int:
    """What the days from ``first`` to ``last`` weigh together."""
    return sum(weights[(first + timedelta(days=n)).weekday()] for n in range((last - first).days + 1))


def _kinds(grain: str, *, is_rate: bool) -> Iterator[str]:
    if grain in ("week", "month", "quarter"):
        yield grain
    if is_rate and grain != "month":
        yield "month"


@lru_cache(maxsize=1024)
def _first_month(label: str) -> str:
    """The month a target's since or until names; a quarter or year begins with its first month."""
    return Period.parse(label).first.isoformat()[:7]

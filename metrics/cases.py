"""Complaints as cases: what was ruled on them, and when they stood open too long."""

from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl
from polars import col

from metrics.credit import Facts
from metrics.events import Events, known
from metrics.limits import ALWAYS, Limit, Limits, in_force


@dataclass(frozen=True, kw_only=True)
class Verdicts(Events):
    """Rulings of one kind on valid complaints, on the day they were made, with the complaint's store and department."""

    kind: str

    @property
    def contract(self) -> str:
        """A ruling each."""
        return "complaint_rulings"

    def rows(self, facts: Facts, as_of: date, month_starts_on: int) -> pl.LazyFrame:
        """One row a ruling; person_id is the person judged."""
        cases = (
            facts["complaints"]
            .filter(col("validity") == "有效")
            .sort("complaint_id", "loop_no")
            .unique("complaint_id", keep="first", maintain_order=True)
            .select("complaint_id", "store_id", "department")
        )
        judged = known(facts, "complaint_rulings", "judged_at", as_of).filter(col("kind") == self.kind)
        return judged.join(cases, on="complaint_id")


_OVERDUE_AFTER: Final = (Limit(value=72 * 3600, since=ALWAYS, source="plan F2"),)


@dataclass(frozen=True, kw_only=True)
class OverdueComplaints(Events):
    """Stretches of days at whose end a complaint was ``after_seconds`` old or more and not satisfied."""

    after_seconds: Limits = _OVERDUE_AFTER

    @property
    def contract(self) -> str:
        """A complaint and loop each."""
        return "complaints"

    def rows(self, facts: Facts, as_of: date, month_starts_on: int) -> pl.LazyFrame:
        """One row a complaint; ``day`` to ``until``, both included."""
        limit = pl.duration(seconds=in_force(self.after_seconds, col("received_at").dt.date()))
        # At the end of a day means the midnight after it, which an age reached at midnight has reached.
        first = (col("received_at") + limit - pl.duration(microseconds=1)).dt.date()
        until = col("satisfied_at").dt.date().dt.offset_by("-1d").fill_null(date.max)
        rows = facts["complaints"].with_columns(day=first, until=until)
        return rows.filter(col("day") <= col("until"))

"""Kinds that count: rows of a base, the share of them that something is true of, stocks, and one count per another."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

import polars as pl
from polars import col

from metrics.credit import Facts
from metrics.events import Events
from metrics.kinds import START, Cohort, Metric, StockAt, base_rows, counted


@dataclass(frozen=True, kw_only=True, eq=False)
class Share(Metric):
    """Of the base rows of the period, the share that ``hit`` is true of; dated by a column, or as the events are."""

    base: str | Events
    base_where: pl.Expr
    hit: pl.Expr
    credited_to: str
    dated_by: str = "day"

    def contributions(self, facts: Facts, as_of: date, month_starts_on: int = 1) -> pl.LazyFrame:
        """One row per base row; numerator 1 where it is hit."""
        rows, contract = base_rows(facts, self.base, self.dated_by, as_of, month_starts_on)
        hit = self.hit.fill_null(False)
        return counted(
            rows.filter(self.base_where), contract, self.credited_to, numerator=hit, denominator=pl.lit(1)
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False)
class Count(Metric):
    """How many base rows the period has. None are 0 for whoever holds a post of the metric's roles."""

    base: str | Events
    base_where: pl.Expr
    credited_to: str
    dated_by: str = "day"
    min_sample_to_rank: int = 0

    @property
    def is_count(self) -> bool:
        """No rows are 0."""
        return True

    def contributions(self, facts: Facts, as_of: date, month_starts_on: int = 1) -> pl.LazyFrame:
        """One row per base row; numerator 1."""
        rows, contract = base_rows(facts, self.base, self.dated_by, as_of, month_starts_on)
        rows = rows.filter(self.base_where)
        return counted(rows, contract, self.credited_to, numerator=pl.lit(1), denominator=pl.lit(1))

    def figure(self) -> dict[str, pl.Expr]:
        """The sum, over 1."""
        return {"numerator": col("numerator").sum(), "denominator": pl.lit(1, pl.Int64), "sample": pl.len()}


@dataclass(frozen=True, kw_only=True, eq=False)
class Stock(Count):
    """How many stretches of the events hold the start of the period, or its end (or ``as_of``, if that is earlier)."""

    at: StockAt = START

    @property
    def stock_at(self) -> StockAt | None:
        """Every row is stock."""
        return self.at

    def contributions(self, facts: Facts, as_of: date, month_starts_on: int = 1) -> pl.LazyFrame:
        """One row per stretch, from ``day`` to ``until``; numerator 1."""
        rows, contract = base_rows(facts, self.base, self.dated_by, as_of, month_starts_on)
        rows = rows.filter(self.base_where)
        one = pl.lit(1)
        return counted(rows, contract, self.credited_to, numerator=one, denominator=one, until=col("until"))


@dataclass(frozen=True, kw_only=True, eq=False)
class Rate(Metric):
    """One count per another, each of its own rows: it may exceed the whole. Nothing where the second is 0."""

    of: Sequence[Count]
    per: Sequence[Count]

    @property
    def stock_at(self) -> StockAt | None:
        """Where the stocks among its parts stand."""
        return next((part.stock_at for part in (*self.of, *self.per) if part.stock_at), None)

    def contributions(self, facts: Facts, as_of: date, month_starts_on: int = 1) -> pl.LazyFrame:
        """The rows of both counts; those of the first have denominator 0, those of the second numerator 0."""
        parts = [
            part.contributions(facts, as_of, month_starts_on).with_columns(
                pl.lit(0, pl.Int64).alias(other), part=pl.lit(name)
            )
            for name, other, counts in (("of", "denominator", self.of), ("per", "numerator", self.per))
            for part in counts
        ]
        return pl.concat(parts, how="diagonal")

    def figure(self) -> dict[str, pl.Expr]:
        """Sum per sum; the sample is the second."""
        per = col("denominator").sum()
        return {
            "numerator": pl.when(per > 0).then(col("numerator").sum()),
            "denominator": pl.when(per > 0).then(per),
            "sample": per,
        }


DUE: Final = "due"
LOST: Final = "lost"
IN_PROGRESS: Final = "in_progress"


@dataclass(frozen=True, kw_only=True, eq=False)
class CohortCount(Metric):
    """How many units of a cohort are due, lost (not done when their window closed), or still in progress."""

    of: Cohort
    state: Literal["due", "lost", "in_progress"]
    min_sample_to_rank: int = 0

    @property
    def is_count(self) -> bool:
        """No rows are 0."""
        return True

    def contributions(self, facts: Facts, as_of: date, month_starts_on: int = 1) -> pl.LazyFrame:
        """One row per unit in that state; numerator 1."""
        units = self.of.contributions(facts, as_of, month_starts_on)
        is_closed = col("day").dt.offset_by(f"{self.of.days_after or 0}d") <= as_of
        if self.state == LOST:
            units = units.filter(col("numerator") == 0, is_closed)
        elif self.state == IN_PROGRESS:
            units = units.filter(col("numerator") == 0, ~is_closed)
        return units.with_columns(numerator=pl.lit(1, pl.Int64))

    def figure(self) -> dict[str, pl.Expr]:
        """The sum, over 1."""
        return {"numerator": col("numerator").sum(), "denominator": pl.lit(1, pl.Int64), "sample": pl.len()}

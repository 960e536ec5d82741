"""Kinds that count: rows of a base, the share of them that something is true of, stocks, and one count per another."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

import polars as pl
from polars import col

from metrics.credit import Facts
from metrics.events import Events
from metrics.kinds import START, Cohort, Metric, StockAt, base_rows, counted, shares_of


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
        hit, share = self.hit.fill_null(False), shares_of(self.base)[0]
        return counted(
            rows.filter(self.base_where), contract, self.credited_to, numerator=hit * share, denominator=share
        )  # fmt: skip

    @property
    def whole(self) -> int:
        """The parts of a row whose credit is split."""
        return shares_of(self.base)[1]

    def figure(self) -> dict[str, pl.Expr]:
        """The share of the parts; the sample is how many rows they are parts of."""
        sample = pl.len() if self.whole == 1 else col("key").n_unique()
        return {**super().figure(), "sample": sample}


@dataclass(frozen=True, kw_only=True, eq=False)
class Composition(Metric):
    """How the base rows are made up: for each of the ``parts``, the codes of column ``of``, its share of the rows.

    The parts are all shown, and their shares total one exactly: rows without one of these codes are left out.
    """

    base: str
    base_where: pl.Expr
    of: str
    parts: Sequence[str]
    credited_to: str
    dated_by: str

    @property
    def by_item(self) -> bool:
        """Each part is an item."""
        return True

    def contributions(self, facts: Facts, as_of: date, month_starts_on: int = 1) -> pl.LazyFrame:
        """One row per base row and part; numerator 1 where it is of the part."""
        rows, _ = base_rows(facts, self.base, self.dated_by, as_of, month_starts_on)
        parts = pl.LazyFrame({"item": list(self.parts)})
        rows = rows.filter(self.base_where, col(self.of).is_in(list(self.parts))).join(parts, how="cross")
        is_part = col(self.of) == col("item")
        one = pl.lit(1)
        return counted(
            rows, self.base, self.credited_to, numerator=is_part, denominator=one, carrying=("item",)
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
        share, whole = shares_of(self.base)
        rows = rows.filter(self.base_where)
        return counted(rows, contract, self.credited_to, numerator=share, denominator=pl.lit(whole))

    @property
    def whole(self) -> int:
        """The parts of a row whose credit is split."""
        return shares_of(self.base)[1]

    def figure(self) -> dict[str, pl.Expr]:
        """The sum, over the parts of one; the sample is how many rows they are parts of."""
        sample = pl.len() if self.whole == 1 else col("key").n_unique()
        return {
            "numerator": col("numerator").sum(),
            "denominator": pl.lit(self.whole, pl.Int64),
            "sample": sample,
        }


@dataclass(frozen=True, kw_only=True, eq=False)
class OpenCount(Count):
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
        parts = []
        for name, shown, other, counts in (
            ("of", "numerator", "denominator", self.of),
            ("per", "denominator", "numerator", self.per),
        ):
            for count in counts:
                amount = (col("numerator") * (self.whole // count.whole)).alias(shown)
                rows = count.contributions(facts, as_of, month_starts_on)
                parts.append(rows.with_columns(amount, pl.lit(0, pl.Int64).alias(other), part=pl.lit(name)))
        return pl.concat(parts, how="diagonal")

    @property
    def whole(self) -> int:
        """The parts of one, of whichever count has them split."""
        return max(count.whole for count in (*self.of, *self.per))

    def figure(self) -> dict[str, pl.Expr]:
        """Sum per sum; the sample is the second."""
        per = col("denominator").sum()
        return {
            "numerator": pl.when(per > 0).then(col("numerator").sum()),
            "denominator": pl.when(per > 0).then(per),
            "sample": per // self.whole,
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

"""Scores on 100 points, and the regional average they are held against."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Final, Literal

import polars as pl
from polars import col

from data_contracts.voice import ANY_DEPARTMENT
from metrics.credit import Facts, Level
from metrics.events import known
from metrics.kinds import Metric, counted

NATION: Final = "全国"
"""The region of the averages that a region or the group is held against."""


@dataclass(frozen=True, kw_only=True)
class RegionalAverage:
    """The published average a score is held against.

    It is that of the row's region (of the nation for a region or the group), of its department, else of any
    department, for the identical period; with ``period="quarter"``, where none is published for that, for the quarter
    that holds the period. Without an ``item`` it is that of the row's own.
    """

    contract: str
    programme: str
    item: str | None
    period: Literal["identical", "quarter"] = "identical"

    def join(self, rows: pl.LazyFrame, facts: Facts, as_of: date, level: Level) -> pl.LazyFrame:
        """Add benchmark (Int64 hundredths, null where none is known by as_of) and benchmark_published_on to rows of
        region, department, period and quarter."""
        published = facts[self.contract].filter(col("programme") == self.programme, col("published_on") <= as_of)
        if self.item is not None:
            published = published.filter(col("item") == self.item)
        of_item = [] if self.item is not None else ["item"]
        region = pl.lit(NATION) if level in ("region", "group") else col("region")
        rows = rows.with_columns(_region=region, _any=pl.lit(ANY_DEPARTMENT))
        periods = ("period",) if self.period == "identical" else ("period", "quarter")
        # The first that is found counts.
        ways = [(period, department) for period in periods for department in ("department", "_any")]
        for n, (period, department) in enumerate(ways):
            found = published.select(
                *of_item,
                _region="region",
                **{department: "department", period: "period"},
                **{f"_score_{n}": "score_hundredths", f"_published_{n}": "published_on"},
            )
            rows = rows.join(found, on=["_region", department, period, *of_item], how="left")
        return rows.with_columns(
            benchmark=pl.coalesce(f"_score_{n}" for n in range(len(ways))),
            benchmark_published_on=pl.coalesce(f"_published_{n}" for n in range(len(ways))),
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Mean(Metric):
    """The mean score of the rows, on 100 points, with the regional average of the same rows beside it.

    With ``items``, the column that names the item of a row, there is a mean of each.
    """

    base: str
    base_where: pl.Expr
    dated_by: str
    credited_to: str
    score: str
    max_score: str
    beside: RegionalAverage
    items: str | None = None

    @property
    def by_item(self) -> bool:
        """Whether each item has its own mean."""
        return self.items is not None

    def contributions(self, facts: Facts, as_of: date, month_starts_on: int = 1) -> pl.LazyFrame:
        """One row per scored base row; numerator its points in hundredths (half up), denominator 100."""
        rows = known(facts, self.base, self.dated_by, as_of).filter(self.base_where)
        hundredths = (col(self.score) * 20_000 + col(self.max_score)) // (col(self.max_score) * 2)
        if self.items is not None:
            rows = rows.with_columns(item=self.items)
        return counted(
            rows,
            self.base,
            self.credited_to,
            numerator=hundredths,
            denominator=pl.lit(100),
            carrying=("item",) if self.items is not None else (),
        )

    def compared(self, rows: pl.LazyFrame, facts: Facts, as_of: date, level: Level) -> pl.LazyFrame:
        """Each row with its own region's average."""
        return self.beside.join(rows, facts, as_of, level)


@dataclass(frozen=True, kw_only=True, eq=False)
class Gap(Metric):
    """How far a mean lies above the regional average of the same rows; null where a row has none."""

    of: Mean
    benchmark_period: Literal["identical", "quarter"] = "identical"

    @property
    def by_item(self) -> bool:
        """As the mean."""
        return self.of.by_item

    def contributions(self, facts: Facts, as_of: date, month_starts_on: int = 1) -> pl.LazyFrame:
        """The rows of the mean."""
        return self.of.contributions(facts, as_of, month_starts_on)

    def compared(self, rows: pl.LazyFrame, facts: Facts, as_of: date, level: Level) -> pl.LazyFrame:
        """Each row with the average it is held against."""
        return replace(self.of.beside, period=self.benchmark_period).join(rows, facts, as_of, level)

    def figure(self) -> dict[str, pl.Expr]:
        """Score less average, summed; nothing where an average is missing."""
        is_whole = col("benchmark").is_not_null().all()
        gap = (col("numerator") - col("benchmark")).sum()
        return {
            "numerator": pl.when(is_whole).then(gap),
            "denominator": pl.when(is_whole).then(col("denominator").sum()),
            "sample": pl.len(),
        }


@dataclass(frozen=True, kw_only=True, eq=False)
class Weakest(Gap):
    """Of the gaps of each item the lowest, with the item that has it, compared exactly (ties: the first by name)."""

    @property
    def is_single(self) -> bool:
        """The lowest is one."""
        return True

    @property
    def ranked_within(self) -> tuple[str, ...]:
        """Subjects are ranked by their weakest item, whichever it is."""
        return ()

    def chosen(self, figures: pl.LazyFrame) -> pl.LazyFrame:
        """One figure a subject and period; where no item has an average there is none, and no item."""
        exact = col("numerator").cast(pl.Int128) * 2**62 // col("denominator")
        cell = ["period_no", "subject_id"]
        lowest = (
            figures.with_columns(_exact=exact)
            .sort(*cell, "_exact", "item", nulls_last=True)
            .unique(cell, keep="first", maintain_order=True)
        )
        is_known = col("_exact").is_not_null()
        return lowest.with_columns(item=pl.when(is_known).then("item").otherwise(pl.lit(""))).drop("_exact")

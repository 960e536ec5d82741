"""Stocks, which stand from one month end to the next, and how much they grew.

A stock for any period is that of the latest month end on or before the period's last day, store by store: a store that
has not reported yet stands where it last stood, unless it has closed. Sums over stores are sums of these.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

import polars as pl
from polars import col

from data_contracts.contract import Text
from metrics import credit
from metrics.credit import Facts, Level
from metrics.kinds import Metric, counted

NOTHING_TO_DIVIDE_BY: Final = Text("分母为零", "nothing to divide by")
NO_TWO_MONTH_ENDS: Final = Text("没有可相减的两个月末", "no two month ends to compare")


@dataclass(frozen=True, kw_only=True, eq=False)
class Standing(Metric):
    """What stands at a day, whoever says so."""

    def standing(
        self, facts: Facts, ends: pl.LazyFrame, level: Level, as_of: date, month_starts_on: int
    ) -> pl.LazyFrame:
        """The rows that stand at the end of each of ``ends`` (period_no, period, quarter, end), with subject_id, day,
        numerator and denominator."""
        raise NotImplementedError

    def placed(
        self, facts: Facts, periods: pl.LazyFrame, level: Level, as_of: date, month_starts_on: int
    ) -> pl.LazyFrame:
        """What stands at the last day of each period."""
        return self.standing(facts, at(periods, col("last")), level, as_of, month_starts_on)


@dataclass(frozen=True, kw_only=True, eq=False)
class Stock(Standing):
    """An amount of the stores' month ends, or its share ``out_of`` another.

    A row counts where ``base_where`` holds and both amounts are stated: an empty cell is not zero. With
    ``outlives_store`` a closed store's stock stays, as what was done stays done.
    """

    base: str
    base_where: pl.Expr
    amount: pl.Expr
    out_of: pl.Expr | None = None
    outlives_store: bool = False

    @property
    def unknown(self) -> Text:
        """Why there is no value although rows were counted."""
        return NOTHING_TO_DIVIDE_BY

    def contributions(self, facts: Facts, as_of: date, month_starts_on: int = 1) -> pl.LazyFrame:
        """One row per store and month end, in the region the row names; the denominator of a plain amount is 1."""
        out_of = pl.lit(1) if self.out_of is None else self.out_of
        rows = facts[self.base].filter(
            col("day") <= as_of, self.base_where, self.amount.is_not_null(), out_of.is_not_null()
        )
        rows = rows.with_columns(_no_one=pl.lit(None, pl.String))
        return counted(rows, self.base, "_no_one", numerator=self.amount, denominator=out_of, carrying=("region",))

    def standing(
        self, facts: Facts, ends: pl.LazyFrame, level: Level, as_of: date, month_starts_on: int
    ) -> pl.LazyFrame:
        """Each store's latest month end, of those that were reported at all, where it counts."""
        reported = facts[self.base].filter(col("day") <= as_of).select("store_id", "day")
        latest = (
            ends.join(reported, how="cross")
            .filter(col("day") <= col("end"))
            .group_by("period_no", "period", "quarter", "end", "store_id")
            .agg(col("day").max())
        )
        if not self.outlives_store:
            closed = facts["stores"].select("store_id", "closed_on")
            month_end = (col("end") + timedelta(days=1)).dt.month_start() - timedelta(days=1)
            has_left = (col("closed_on") <= col("end")) & (col("day") < month_end)
            latest = latest.join(closed, on="store_id", how="left").filter(~has_left.fill_null(False))
        rows = credit.attach(self.contributions(facts, as_of, month_starts_on), facts, self.roles)
        return (
            rows.with_columns(subject_id=credit.subject_id(level))
            .drop_nulls("subject_id")
            .join(latest.select("period_no", "period", "quarter", "store_id", "day"), on=["store_id", "day"])
        )

    def figure(self) -> dict[str, pl.Expr]:
        """The sums; a plain amount stands over 1, and nothing is divided by zero."""
        if self.out_of is None:
            return {"numerator": col("numerator").sum(), "denominator": pl.lit(1, pl.Int64)}
        is_known = col("denominator").sum() > 0
        return {name: pl.when(is_known).then(col(name).sum()) for name in ("numerator", "denominator")}


@dataclass(frozen=True, kw_only=True, eq=False)
class Growth(Metric):
    """By how much a plain stock grew.

    ``since="period_before"``: from the end of the period before to the end of this one. ``since="first_month"``: from
    the end of the period's first month to its end, over the number of month steps between the two. Without a month end
    at both there is no figure; a subject's is the growth of its sum, so a store that joins adds what it brings.
    """

    of: Standing
    since: Literal["period_before", "first_month"]

    @property
    def unknown(self) -> Text:
        """Why there is no value although rows were counted."""
        return NO_TWO_MONTH_ENDS

    def contributions(self, facts: Facts, as_of: date, month_starts_on: int = 1) -> pl.LazyFrame:
        """The rows of the stock."""
        return self.of.contributions(facts, as_of, month_starts_on)

    def placed(
        self, facts: Facts, periods: pl.LazyFrame, level: Level, as_of: date, month_starts_on: int
    ) -> pl.LazyFrame:
        """What stood at the beginning, counted negative, and what stands at the end."""
        day = timedelta(days=1)
        into_month = timedelta(days=month_starts_on - 1)
        month_first = (col("first") - into_month).dt.month_start() + into_month
        first_month = pl.min_horizontal(month_first.dt.offset_by("1mo") - day, col("last"))
        ends = {True: col("first") - day if self.since == "period_before" else first_month, False: col("last")}
        return pl.concat(
            self.of.standing(facts, at(periods, end), level, as_of, month_starts_on).with_columns(
                is_start=pl.lit(is_start), numerator=-col("numerator") if is_start else col("numerator")
            )
            for is_start, end in ends.items()
        )

    def figure(self) -> dict[str, pl.Expr]:
        """The difference, over 1 or the month steps between the two month ends."""
        newest = col("day").filter(~col("is_start")).max()
        oldest = col("day").filter(col("is_start")).max()
        steps = _month_of(newest) - _month_of(oldest)
        is_known = (steps > 0) & col("numerator").is_not_null().all() & (col("denominator") == 1).all()
        return {
            "numerator": pl.when(is_known).then(col("numerator").sum()),
            "denominator": pl.when(is_known).then(steps if self.since == "first_month" else pl.lit(1, pl.Int64)),
            "sample": (~col("is_start")).sum().cast(pl.Int64),
        }


def at(periods: pl.LazyFrame, end: pl.Expr) -> pl.LazyFrame:
    """The ends at which ``standing`` is asked for."""
    return periods.select("period_no", "period", "quarter", end=end)


def _month_of(day: pl.Expr) -> pl.Expr:
    """A running number of a day's month."""
    return day.dt.year().cast(pl.Int64) * 12 + day.dt.month().cast(pl.Int64)

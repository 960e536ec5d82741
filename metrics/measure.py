"""measure(): the one place where counted rows become figures, for any metrics, periods and level.

Everything is integers until the last step, the division of one column by another. Ranks compare exact fractions.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta
from math import gcd
from typing import Final

import dataframely as dy
import polars as pl
from polars import col

from data_contracts.results import MetricValues
from metrics import credit
from metrics.credit import Credited, Facts, Level
from metrics.events import Remembering
from metrics.kinds import HIGHER, NEUTRAL, NO_SAMPLE, Metric
from metrics.period import Period

__all__ = ["Facts", "Level", "credited", "measure"]

# Fractions whose denominators are below 2³¹ differ by more than 2⁻⁶², so this many parts of one tell them apart.
_PARTS: Final = 2**62


def measure(
    metrics: Iterable[Metric],
    facts: Facts,
    periods: Sequence[Period],
    level: Level,
    *,
    as_of: date,
    subjects: Collection[str] | None = None,
) -> dy.DataFrame[MetricValues]:
    """The figures of every subject at a level that has counted rows, or a post of the metric's roles, in a period.

    Sorted by metric and period as they were given, then by subject and item. ``subjects`` limits what is returned;
    ranks are among all. Raises ValueError for periods of different pay calendars.
    """
    calendars = {period.month_starts_on for period in periods}
    if len(calendars) > 1:
        raise ValueError(f"periods of different pay calendars, starting on days {sorted(calendars)}")
    month_starts_on = calendars.pop() if calendars else 1
    table = _periods(periods)
    facts = Remembering.of(facts)
    # One query a metric: planned together they cost more than they share.
    figures = [
        _in_lowest_terms(
            metric,
            _figures(metric, facts, table, level, as_of, month_starts_on)
            .with_columns(metric_no=pl.lit(number))
            .collect(),
        )
        for number, metric in enumerate({metric.key: metric for metric in metrics}.values())
        if level in metric.levels
    ]
    if not figures:
        return MetricValues.create_empty()
    found = pl.concat(figures)
    if subjects is not None:
        found = found.filter(col("subject_id").is_in(list(subjects)))
    found = found.sort("metric_no", "period_no", "subject_id", "item")
    # Cast first: cast by validate, which keeps the values from before for what it refuses, takes twice as long.
    return MetricValues.validate(MetricValues.cast(found))


def credited(
    metric: Metric, facts: Facts, *, as_of: date, month_starts_on: int = 1, period: Period | None = None
) -> dy.DataFrame[Credited]:
    """Every row the metric counts, in a period or ever, with whom it counts for; sorted by day and key.

    Filter by ``credit.subject_id(level)`` for a subject. Raises ValueError for a metric with a stock and no period.
    """
    if metric.stock_at and period is None:
        raise ValueError(f"{metric.key} counts a stock, which a period has and a day has not")
    if period is None:
        rows = credit.attach(metric.contributions(facts, as_of, month_starts_on), facts, metric.roles)
    else:
        rows = metric.in_periods(facts, _periods([period]), as_of, period.month_starts_on)
    names = rows.collect_schema().names()
    rows = rows.with_columns(
        item=col("item") if "item" in names else pl.lit(""), part=col("part") if "part" in names else pl.lit("row")
    )
    # Several people may share a row, and several items count it.
    ordered = rows.sort("day", "key", "part", "item", "person_id").collect()
    nth = pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("part", "contract", "key")
    return Credited.validate(ordered.with_columns(nth=nth).select(Credited.column_names()))


def _periods(periods: Sequence[Period]) -> pl.LazyFrame:
    """period_no, period, quarter (the label of the one that holds it), first, last and the last day of the pay month
    that it ends in: one row per distinct period."""
    distinct = {period.label: period for period in periods}.values()
    quarters = [period.enclosing("quarter") for period in distinct]
    return pl.LazyFrame(
        {
            "period_no": range(len(distinct)),
            "period": [period.label for period in distinct],
            "quarter": [quarter.label if quarter else None for quarter in quarters],
            "first": [period.first for period in distinct],
            "last": [period.last for period in distinct],
            "month_last": [Period.containing(period.last, "month", period.month_starts_on).last for period in distinct],
        },
        schema={
            "period_no": pl.Int64,
            "period": pl.String,
            "quarter": pl.String,
            "first": pl.Date,
            "last": pl.Date,
            "month_last": pl.Date,
        },
    )


def _figures(
    metric: Metric, facts: Facts, periods: pl.LazyFrame, level: Level, as_of: date, month_starts_on: int
) -> pl.LazyFrame:
    cell = ["period_no", "subject_id", "item"]
    rows = metric.placed(facts, periods, level, as_of, month_starts_on)
    if not metric.by_item:
        rows = rows.with_columns(item=pl.lit(""))
    has_benchmark = col("benchmark").is_not_null().all()
    folded = (
        metric.compared(rows, facts, as_of, level)
        .group_by(cell)
        .agg(
            **{"sample": pl.len(), **metric.figure()},
            benchmark_sum=pl.when(has_benchmark).then(col("benchmark").sum()),
            benchmark_parts=col("denominator").sum(),
            benchmark_published_on=pl.when(has_benchmark).then(col("benchmark_published_on").max()),
        )
    )
    folded = metric.chosen(folded)
    idle = (
        credit.in_post(facts, metric.roles, level, periods)
        .join(folded, on=["period_no", "subject_id"], how="anti")
        .select("period_no", "subject_id", item=pl.lit(""))
    )
    everyone = pl.concat([folded.select(cell), idle])
    settles_on = col("last") + timedelta(days=metric.settles_after)
    if metric.settles_with_month:
        settles_on = pl.max_horizontal(settles_on, "month_last")
    is_zero = col("numerator").is_null() & (col("first") <= as_of) if metric.is_count else pl.lit(False)
    is_unknown = col("value").is_null()
    reason = pl.when(col("sample") == 0)
    return (
        everyone.join(folded, on=cell, how="left")
        .join(periods, on="period_no")
        .with_columns(
            numerator=pl.when(is_zero).then(pl.lit(0, pl.Int64)).otherwise("numerator"),
            denominator=pl.when(is_zero).then(pl.lit(metric.whole, pl.Int64)).otherwise("denominator"),
        )
        .with_columns(
            metric=pl.lit(metric.key),
            level=pl.lit(level),
            sample=col("sample").cast(pl.Int64).fill_null(0),
            # Column by column: dividing by a literal multiplies by its rounded reciprocal.
            value=col("numerator").cast(pl.Float64) / col("denominator").cast(pl.Float64),
            benchmark=col("benchmark_sum").cast(pl.Float64) / col("benchmark_parts").cast(pl.Float64),
            settles_on=settles_on,
            is_settled=settles_on <= as_of,
        )
        .with_columns(
            reason_zh=pl.when(is_unknown).then(reason.then(pl.lit(NO_SAMPLE.zh)).otherwise(pl.lit(metric.unknown.zh))),
            reason_en=pl.when(is_unknown).then(reason.then(pl.lit(NO_SAMPLE.en)).otherwise(pl.lit(metric.unknown.en))),
            **_ranks(metric),
        )
    )


def _ranks(metric: Metric) -> dict[str, pl.Expr]:
    """Competition ranks (1, 2, 2, 4) among a period's subjects with enough of a sample, the best first."""
    if metric.better == NEUTRAL:
        return dict.fromkeys(("rank", "ranked_of"), pl.lit(None, pl.Int64))
    wide = col("numerator").cast(pl.Int128) * pl.lit(_PARTS, pl.Int128)
    is_ranked = col("value").is_not_null() & (col("sample") >= metric.min_sample_to_rank)
    exact = pl.when(is_ranked).then(wide // col("denominator").cast(pl.Int128))
    rank = exact.rank("min", descending=metric.better == HIGHER)
    among = ["period_no", *metric.ranked_within]
    return {
        "rank": rank.over(among).cast(pl.Int64),
        "ranked_of": pl.when(is_ranked).then(exact.count().over(among).cast(pl.Int64)),
    }


def _in_lowest_terms(metric: Metric, figures: pl.DataFrame) -> pl.DataFrame:
    """Split credits are counted in parts; ``7/2`` is what somebody reads."""
    if metric.whole == 1:
        return figures
    common = [gcd(n or 0, d or 1) for n, d in figures.select("numerator", "denominator").iter_rows()]
    return figures.with_columns(col("numerator", "denominator") // pl.Series(common, dtype=pl.Int64))

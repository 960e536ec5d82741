"""Stated figures: what an office receives ready-made, as metrics of their own and beside what was computed.

A computed metric's figures may be stated under its key or with ``_published`` after it.

A stated figure never replaces a computed one. Its parts are what was stated; a value without parts stands over a power
of ten, a percentage as a fraction. It is known from its publication, or from its period's end where none is given.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import dataframely as dy
import polars as pl
from polars import col

from data_contracts.contract import Text
from data_contracts.results import LEVELS
from metrics import credit
from metrics.credit import Facts, Level
from metrics.kinds import Metric, counted
from metrics.measure import measure
from metrics.period import Period
from metrics.stocks import Standing

SOURCES_DISAGREE: Final = Text("来源不一致", "the sources disagree")

_CONTRACT: Final = "stated_figures"
_PLACES: Final = 6  # of the contract's numbers
_PUBLISHED: Final = "_published"


@dataclass(frozen=True, kw_only=True, eq=False)
class Stated(Standing):
    """The figures stated under its own key or under ``states``, at the level and of the subject that they name.

    They count for the identical period; ``stands_on`` ones, which are stocks, until the next is stated. Where two
    sources say different things there is no figure, unless ``reported_by`` names the one that is read. The sample is
    the stated one, else the number of statements.
    """

    states: str | None = None
    stands_on: bool = False
    reported_by: str | None = None

    @property
    def unknown(self) -> Text:
        """Why there is no value although rows were counted."""
        return SOURCES_DISAGREE

    def contributions(self, facts: Facts, as_of: date, month_starts_on: int = 1) -> pl.LazyFrame:
        """One row per statement, dated by the last day of the period it is about."""
        rows = self._known(facts, as_of, month_starts_on)
        subject = col("subject_id")
        level = col("level")
        rows = rows.with_columns(
            store_id=pl.when(level == "store").then(subject),
            _person=pl.when(level == "person").then(subject),
            region=pl.when(level == "region").then(subject),
        )
        return counted(
            rows,
            _CONTRACT,
            "_person",
            numerator=col("_numerator"),
            denominator=col("_denominator"),
            carrying=("region",),
        )

    def placed(
        self, facts: Facts, periods: pl.LazyFrame, level: Level, as_of: date, month_starts_on: int
    ) -> pl.LazyFrame:
        """The statements about each period, or the latest before its end."""
        if self.stands_on:
            return super().placed(facts, periods, level, as_of, month_starts_on)
        rows = self._known(facts, as_of, month_starts_on).filter(col("level") == level)
        return _one_of_each(rows.join(periods.select("period_no", "period", "quarter"), on="period"))

    def standing(
        self, facts: Facts, ends: pl.LazyFrame, level: Level, as_of: date, month_starts_on: int
    ) -> pl.LazyFrame:
        """The latest statement about each subject."""
        rows = self._known(facts, as_of, month_starts_on).filter(col("level") == level).drop("period")
        found = ends.join(rows, how="cross").filter(col("day") <= col("end")).drop("end")
        return _one_of_each(found.filter(col("day") == col("day").max().over("period_no", "subject_id")))

    def figure(self) -> dict[str, pl.Expr]:
        """What was stated."""
        return {name: col(name).first() for name in ("numerator", "denominator", "sample")}

    def _known(self, facts: Facts, as_of: date, month_starts_on: int) -> pl.LazyFrame:
        keys = [self.key] if self.states is None else [self.key, self.states]
        rows = statements(facts, keys, as_of, month_starts_on)
        return rows if self.reported_by is None else rows.filter(col("source") == self.reported_by)


class Beside(dy.Schema):
    """A stated figure beside the computed one of the same metric, level, subject and period; difference = computed less
    stated, null where nothing was computed."""

    metric = dy.String()
    level = dy.Enum(LEVELS)
    subject_id = dy.String()
    period = dy.String()
    source = dy.String()
    value = dy.Float64(nullable=True)
    numerator = dy.Int64(nullable=True)
    denominator = dy.Int64(nullable=True)
    stated_value = dy.Float64()
    stated_numerator = dy.Int64()
    stated_denominator = dy.Int64()
    stated_sample = dy.Int64(nullable=True)
    published_on = dy.Date(nullable=True)
    difference = dy.Float64(nullable=True)


def beside(
    metrics: Iterable[Metric], facts: Facts, periods: Sequence[Period], level: Level, *, as_of: date
) -> dy.DataFrame[Beside]:
    """Every figure stated about those metrics and periods at a level, with what is computed of the same.

    Sorted by metric and period as they were given, then by subject and source. Metrics of kind Stated have nothing
    computed and are left out; so are those with a figure for each of several items, which no statement names.
    """
    chosen = {metric.key: metric for metric in metrics if not isinstance(metric, Stated) and not metric.by_item}
    labels = {period.label: number for number, period in enumerate(periods)}
    month_starts_on = periods[0].month_starts_on if periods else 1
    keys = [name for key in chosen for name in (key, key + _PUBLISHED)]
    stated = (
        statements(facts, keys, as_of, month_starts_on)
        .filter(col("level") == level, col("period").is_in(list(labels)))
        .with_columns(
            metric=pl.when(col("metric").is_in(list(chosen))).then(col("metric")).otherwise(_without_suffix())
        )
    )
    computed = measure(chosen.values(), facts, periods, level, as_of=as_of).lazy()
    found = (
        stated.select(
            "metric", "subject_id", "period", "source", "sample", "published_on", "_numerator", "_denominator"
        )
        .join(
            computed.select("metric", "subject_id", "period", "value", "numerator", "denominator"),
            on=["metric", "subject_id", "period"],
            how="left",
        )
        .with_columns(
            level=pl.lit(level),
            stated_numerator="_numerator",
            stated_denominator="_denominator",
            stated_sample="sample",
            stated_value=col("_numerator").cast(pl.Float64) / col("_denominator").cast(pl.Float64),
        )
        .with_columns(
            # One division of integers: the difference of two floats would show digits that nobody stated.
            difference=_cross("numerator", "stated_denominator", "stated_numerator", "denominator").cast(pl.Float64)
            / _cross("denominator", "stated_denominator").cast(pl.Float64),
            _metric_no=col("metric").replace_strict({key: n for n, key in enumerate(chosen)}, return_dtype=pl.Int64),
            _period_no=col("period").replace_strict(labels, return_dtype=pl.Int64),
        )
        .sort("_metric_no", "_period_no", "subject_id", "source")
        .select(Beside.column_names())
        .collect()
    )
    return Beside.validate(Beside.cast(found))


def statements(facts: Facts, states: Sequence[str], as_of: date, month_starts_on: int = 1) -> pl.LazyFrame:
    """The statements about those metric keys known by as_of: the contract's rows with ``day``, the last of the period
    they are about, and their exact ``_numerator`` and ``_denominator``. The group has one name here."""
    has_parts = col("numerator").is_not_null() & col("denominator").is_not_null()
    whole = 10**_PLACES
    numerator = pl.when(has_parts).then(col("numerator")).otherwise(col("value")) * whole
    denominator = pl.when(has_parts).then(col("denominator") * whole).otherwise(pl.lit(whole))
    return (
        facts[_CONTRACT]
        .filter(col("metric").is_in(list(states)))
        .with_columns(
            day=_last_day_of(col("period"), month_starts_on),
            subject_id=pl.when(col("level") == "group").then(pl.lit(credit.GROUP)).otherwise(col("subject_id")),
            _numerator=numerator.cast(pl.Int64),
            _denominator=denominator.cast(pl.Int64),
        )
        .filter(pl.coalesce("published_on", "day") <= as_of)
        .with_columns(col("_numerator", "_denominator") // _common_power_of_ten())
    )


def _without_suffix() -> pl.Expr:
    return col("metric").str.strip_suffix(_PUBLISHED)


def _common_power_of_ten() -> pl.Expr:
    """The largest one that divides both parts."""
    powers = [10**places for places in range(_PLACES, -1, -1)]
    return pl.coalesce(
        pl.when(col("_numerator") % power == 0, col("_denominator") % power == 0).then(pl.lit(power, pl.Int64))
        for power in powers
    )


def _last_day_of(label: pl.Expr, month_starts_on: int) -> pl.Expr:
    """The last day of the (pay) month, quarter or year of that label."""
    year = label.str.slice(0, 4).cast(pl.Int32)
    part = label.str.slice(5).cast(pl.Int32, strict=False)
    month = pl.when(label.str.contains("Q")).then(part * 3).otherwise(pl.coalesce(part, 12))
    if month_starts_on == 1:
        return pl.date(year, month, 1).dt.month_end()
    return pl.date(year, month, month_starts_on - 1)


def _one_of_each(rows: pl.LazyFrame) -> pl.LazyFrame:
    """One row per subject and period; without parts where two statements are of different value."""
    cell = ["period_no", "period", "quarter", "subject_id", "day"]
    first = {name: col(name).sort_by("_denominator", "_numerator").first() for name in ("_numerator", "_denominator")}
    agree = (_cross("_numerator", "_first_denominator", "_first_numerator", "_denominator") == 0).all()
    return (
        rows.with_columns(
            _first_numerator=first["_numerator"].over(cell), _first_denominator=first["_denominator"].over(cell)
        )
        .group_by(cell)
        .agg(
            numerator=pl.when(agree).then(col("_first_numerator").first()),
            denominator=pl.when(agree).then(col("_first_denominator").first()),
            sample=pl.coalesce(col("sample").max(), pl.len().cast(pl.Int64)),
        )
    )


def _cross(a: str, b: str, *minus: str) -> pl.Expr:
    """a·b, less the product of two more columns, without overflow."""
    product = col(a).cast(pl.Int128) * col(b).cast(pl.Int128)
    if minus:
        product -= col(minus[0]).cast(pl.Int128) * col(minus[1]).cast(pl.Int128)
    return product

"""The kinds of metric. A declaration names contracts and columns; how they are counted is written here, once.

Scores and what they are held against are in scores.py.

Conventions:

- A kind's ``contributions`` are the base rows it counts, one each, with integer ``numerator`` and ``denominator``.
  ``figure`` says how the rows of a subject and period become one figure; the value is numerator / denominator.
- ``as_of`` stands for the end of that day: an event after it is not known.
- Windows are whole days, both ends included. Durations are seconds, scores hundredths of a point.
- A percentage is a fraction (0.15); ``unit`` and ``decimals`` only say how it is shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Final, Literal, get_args

import polars as pl
from polars import col

from data_contracts.catalogue import CONTRACTS
from data_contracts.contract import Text
from metrics import credit
from metrics.credit import Facts, Level

Better = Literal["higher", "lower", "neutral"]
HIGHER: Final = "higher"
LOWER: Final = "lower"
NEUTRAL: Final = "neutral"

Unit = Literal["percent", "points", "hours", "count"]
PERCENT: Final = "percent"
POINTS: Final = "points"
HOURS: Final = "hours"
COUNT: Final = "count"

MEDIAN: Final = (1, 2)
"""A quantile is a fraction of two integers; its figure is the ⌈q·n⌉-th of the n rows in order (nearest rank)."""

NO_SAMPLE: Final = Text("没有样本", "no sample")
NO_REGIONAL_AVERAGE: Final = Text("没有区域平均分", "no regional average")

_PROVENANCE: Final = ("_import_id", "_file", "_sheet", "_row")


@dataclass(frozen=True, kw_only=True, eq=False)
class Metric:
    """What every metric says about itself. ``description`` is the short text that stands beside the name.

    ``roles`` are the posts whose work it measures, ``settles_after`` the days after a period's end until its figures
    no longer move, ``min_sample_to_rank`` the rows below which a subject stands unranked. It has figures at ``levels``
    alone. ``unknown`` says why there is no value although rows were counted.
    """

    key: str
    label: Text
    description: Text
    meaning: Text
    roles: Sequence[str]
    better: Better
    unit: Unit
    decimals: int
    source: str
    settles_after: int = 0
    min_sample_to_rank: int = 1
    levels: Sequence[Level] = get_args(Level)
    unknown: Text = NO_REGIONAL_AVERAGE

    def contributions(self, facts: Facts, as_of: date, month_starts_on: int = 1) -> pl.LazyFrame:
        """The rows counted: store_id, person_id, department, day, numerator, denominator, contract, key, provenance."""
        raise NotImplementedError

    def placed(
        self, facts: Facts, periods: pl.LazyFrame, level: Level, as_of: date, month_starts_on: int
    ) -> pl.LazyFrame:
        """The counted rows, once for every period they count in, with subject_id and the period's period_no, period and
        quarter. ``periods`` has these, first and last."""
        rows = credit.attach(self.contributions(facts, as_of, month_starts_on), facts, self.roles)
        days = periods.with_columns(day=pl.date_ranges("first", "last")).explode("day")
        return (
            rows.with_columns(subject_id=credit.subject_id(level))
            .drop_nulls("subject_id")
            .join(days.select("period_no", "period", "quarter", "day"), on="day")
        )

    def compared(self, rows: pl.LazyFrame, facts: Facts, as_of: date, level: Level) -> pl.LazyFrame:
        """The rows of known periods with ``benchmark`` (Int64, over the row's denominator) and its publication."""
        return rows.with_columns(benchmark=pl.lit(None, pl.Int64), benchmark_published_on=pl.lit(None, pl.Date))

    def figure(self) -> dict[str, pl.Expr]:
        """How the compared rows of one subject and period become its numerator and denominator (and its sample, where
        that is not their number)."""
        return {"numerator": col("numerator").sum(), "denominator": col("denominator").sum()}

    def definition(self) -> str:
        """All that decides the figures, as text that is the same in every run."""
        named = {it.name: getattr(self, it.name) for it in fields(self)}
        shown = {name: it.definition() if isinstance(it, Metric) else str(it) for name, it in named.items()}
        return f"{type(self).__name__}({', '.join(f'{name}={value}' for name, value in shown.items())})"


@dataclass(frozen=True, kw_only=True, eq=False)
class Conversion(Metric):
    """Of the base rows, the share that an event followed within some days.

    Each event credits the latest base row (ties: highest key) of the same ``matched_on`` that lies strictly before it
    and at most ``within_days`` calendar days; so a base row converts at most once. A base row that was recorded after
    the event, or less than ``recorded_minutes_before`` it, earns nothing from that event but stays in the base.
    """

    base: str
    base_at: str
    base_where: pl.Expr
    credited_to: str
    event: str
    event_at: str
    matched_on: Sequence[str]
    within_days: int
    recorded_at: str
    recorded_minutes_before: int

    def contributions(self, facts: Facts, as_of: date, month_starts_on: int = 1) -> pl.LazyFrame:
        """One row per base row by its day; numerator 1 where it converted."""
        converted = self._candidates(facts, as_of).filter(col("is_credited")).select("key").unique()
        base = known(facts, self.base, self.base_at, as_of).filter(self.base_where)
        rows = counted(base, self.base, self.credited_to, numerator=pl.lit(0), denominator=pl.lit(1))
        return rows.join(converted.with_columns(hit=pl.lit(1, pl.Int64)), on="key", how="left").select(
            pl.all().exclude("hit", "numerator"), numerator=col("hit").fill_null(0)
        )

    def candidates(self, facts: Facts, as_of: date) -> pl.DataFrame:
        """For each event its base rows in the window, the credited one first, and why each other lost.

        Columns: event_key, event_at, key, base_at, person_id, is_credited, reason (credited, later_candidate,
        recorded_late, not_counted; REASONS has their words).
        """
        order = ["event_at", "event_key", "is_credited", "base_at", "key"]
        return self._candidates(facts, as_of).collect().sort(order, descending=[False, False, True, True, True])

    def _candidates(self, facts: Facts, as_of: date) -> pl.LazyFrame:
        on = list(self.matched_on)
        base = known(facts, self.base, self.base_at, as_of).select(
            *on,
            key=key_of(self.base),
            base_at=self.base_at,
            person_id=self.credited_to,
            recorded_at=self.recorded_at,
            is_counted=self.base_where.fill_null(False),
        )
        event = known(facts, self.event, self.event_at, as_of).select(
            *on, event_key=key_of(self.event), event_at=self.event_at
        )
        days = (col("event_at").dt.date() - col("base_at").dt.date()).dt.total_days()
        limit = col("event_at") - pl.duration(minutes=self.recorded_minutes_before)
        found = (
            event.join(base, on=on)
            .filter(col("event_at") > col("base_at"), days <= self.within_days)
            .with_columns(is_late=(col("recorded_at") > limit).fill_null(False))
        )
        credited = (
            found.filter(col("is_counted"), ~col("is_late"))
            .sort("event_key", "base_at", "key", descending=[False, True, True])
            .unique("event_key", keep="first", maintain_order=True)
            .select("event_key", "key", is_credited=pl.lit(True))
        )
        return found.join(credited, on=["event_key", "key"], how="left").select(
            "event_key",
            "event_at",
            "key",
            "base_at",
            "person_id",
            col("is_credited").fill_null(False),
            reason=pl.when(col("is_credited"))
            .then(pl.lit("credited"))
            .when(~col("is_counted"))
            .then(pl.lit("not_counted"))
            .when(col("is_late"))
            .then(pl.lit("recorded_late"))
            .otherwise(pl.lit("later_candidate")),
        )


REASONS: Final = {
    "credited": Text("计入", "credited"),
    "later_candidate": Text("之后还有更近的一次", "a later one took the credit"),
    "recorded_late": Text("补录:事后或临近时才录入", "recorded after the event or too shortly before it"),
    "not_counted": Text("不是有效记录", "not an effective row"),
}
"""Why a candidate won or lost."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Cohort(Metric):
    """Of the units due in a period, the share done in a window around their due day.

    A unit is all base rows of one ``once_per`` that fall due in the same (pay) month. It is dated by its earliest due
    day and belongs to that row's person (ties: lowest key). It counts as done when any of its rows was, by ``as_of``
    and not undone by then. A unit with an ``excluded_by`` mark on any row leaves the base. Due days after ``as_of``
    stay: the period is then unsettled.
    """

    base: str
    due_on: str
    once_per: Sequence[str]
    credited_to: str
    done_on: str
    undone_on: str
    excluded_by: str
    days_before: int
    days_after: int

    def contributions(self, facts: Facts, as_of: date, month_starts_on: int = 1) -> pl.LazyFrame:
        """One row per unit, standing on its earliest due row; numerator 1 where it was done."""
        due = col(self.due_on)
        next_month = (due.dt.day() >= month_starts_on) & (month_starts_on > 1)
        month = due.dt.year() * 12 + due.dt.month().cast(pl.Int32) + next_month.cast(pl.Int32)
        unit = [*self.once_per, "_month"]
        rows = facts[self.base].with_columns(day=due, _month=month, _key=key_of(self.base))
        first_due = rows.group_by(unit).agg(
            _first_due=due.min(), _is_excluded=col(self.excluded_by).is_not_null().any()
        )
        days = (col(self.done_on) - col("_first_due")).dt.total_days()
        is_done = (
            days.is_between(-self.days_before, self.days_after)
            & (col(self.done_on) <= as_of)
            & ~(col(self.undone_on) <= as_of).fill_null(False)
        )
        units = (
            rows.join(first_due, on=unit)
            .filter(~col("_is_excluded"))
            .with_columns(_done=is_done.fill_null(False).any().over(unit))
            .sort("day", "_key")
            .unique(unit, keep="first", maintain_order=True)
        )
        return counted(units, self.base, self.credited_to, numerator=col("_done"), denominator=pl.lit(1))


@dataclass(frozen=True, kw_only=True, eq=False)
class Duration(Metric):
    """How long something took: a quantile of the elapsed seconds of the rows that ended in the period."""

    base: str
    base_where: pl.Expr
    from_at: str
    to_at: str
    credited_to: str
    quantile: tuple[int, int]

    def contributions(self, facts: Facts, as_of: date, month_starts_on: int = 1) -> pl.LazyFrame:
        """One row per ended base row by the day it ended; numerator its seconds, denominator 1."""
        rows = known(facts, self.base, self.to_at, as_of).filter(self.base_where)
        seconds = (col(self.to_at) - col(self.from_at)).dt.total_seconds()
        return counted(rows, self.base, self.credited_to, numerator=seconds, denominator=pl.lit(1))

    def figure(self) -> dict[str, pl.Expr]:
        """The row at the nearest rank, over 1."""
        part, whole = self.quantile
        rank = (pl.len().cast(pl.Int64) * part + whole - 1) // whole
        return {"numerator": col("numerator").sort().get(rank - 1), "denominator": pl.lit(1, pl.Int64)}


def known(facts: Facts, contract: str, at: str, as_of: date) -> pl.LazyFrame:
    """The rows whose column says that they happened by the end of ``as_of``, with ``day`` the day they did."""
    return facts[contract].with_columns(day=col(at).cast(pl.Date)).filter(col("day") <= as_of)


def key_of(contract: str) -> pl.Expr:
    """The contract's key as one text."""
    return pl.concat_str(*(col(name).cast(pl.String) for name in CONTRACTS[contract].key), separator="/")


def counted(
    rows: pl.LazyFrame,
    contract: str,
    credited_to: str,
    *,
    numerator: pl.Expr,
    denominator: pl.Expr,
    carrying: Sequence[str] = (),
) -> pl.LazyFrame:
    """The rows as ``contributions`` hands them on; ``credited_to`` is the column that names the person, ``carrying``
    names further columns."""
    has_department = "department" in CONTRACTS[contract].cells
    return rows.select(
        "store_id",
        "day",
        *_PROVENANCE,
        person_id=credited_to,
        department=col("department") if has_department else pl.lit(None, pl.String),
        numerator=numerator.cast(pl.Int64),
        denominator=denominator.cast(pl.Int64),
        contract=pl.lit(contract),
        key=key_of(contract),
        **{name: col(name) for name in carrying},
    )

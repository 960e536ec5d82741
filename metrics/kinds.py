"""The kinds of metric. A declaration names contracts and columns; how they are counted is written once, by its kind.

Cohorts and times are here; conversions, counts, scores, stocks and stated figures in modules of these names.

Conventions:

- A kind's ``contributions`` are the base rows it counts, one each, with integer ``numerator`` and ``denominator``.
  ``figure`` says how the rows of a subject and period become one figure; the value is numerator / denominator.
- ``as_of`` stands for the end of that day: an event after it is not known.
- Windows are whole days, both ends included. Durations are seconds, scores hundredths of a point.
- A percentage is a fraction (0.15); ``unit`` and ``decimals`` only say how it is shown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, timedelta
from typing import Final, Literal, get_args

import polars as pl
from polars import col

from data_contracts.contract import Text
from metrics import credit
from metrics.credit import Facts, Level
from metrics.events import PROVENANCE, Events, key_of, known, month_no
from metrics.limits import Limits, in_force, in_force_by
from metrics.working_time import CN_WORKDAYS, ELAPSED, PAST_HOLIDAYS, Clock, calendar_version, seconds, told_until

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
P90: Final = (9, 10)

NO_SAMPLE: Final = Text("没有样本", "no sample")
NO_REGIONAL_AVERAGE: Final = Text("没有区域平均分", "no regional average")

UNKNOWN_WORKING_DAYS: Final = Text("该年调休安排未知", "make-up working days unknown")

StockAt = Literal["start", "end"]
START: Final = "start"
END: Final = "end"


@dataclass(frozen=True, kw_only=True, eq=False)
class Metric:
    """What every metric says about itself. ``description`` is the short text that stands beside the name.

    ``roles`` are the posts whose work it measures, ``settles_after`` the days after a period's end until its figures
    no longer move (or until the end of its pay month, ``settles_with_month``, where that is later),
    ``min_sample_to_rank`` the rows below which a subject stands unranked. It has figures at ``levels`` alone. A variant
    counts the same as ``variant_of`` with another choice made; it is measured where it is asked for by its key.
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
    settles_with_month: bool = False
    min_sample_to_rank: int = 1
    levels: Sequence[Level] = get_args(Level)
    variant_of: str | None = None

    @property
    def stock_at(self) -> StockAt | None:
        """At which end of a period the rows with an ``until`` count; None for a metric that has none.

        Such a row counts for every period whose end lies in its days from ``day`` to ``until``, on that end's day.
        """
        return None

    @property
    def is_count(self) -> bool:
        """Whether no rows are a figure, 0, for whoever holds a post of its roles."""
        return False

    @property
    def whole(self) -> int:
        """How many parts make one, where credit is split; its figures are in lowest terms."""
        return 1

    @property
    def by_item(self) -> bool:
        """Whether a subject has a figure for each of several items, which the rows name in ``item``."""
        return False

    @property
    def unknown(self) -> Text:
        """Why rows may have no figure."""
        return NO_REGIONAL_AVERAGE

    def contributions(self, facts: Facts, as_of: date, month_starts_on: int = 1) -> pl.LazyFrame:
        """The rows counted: store_id, person_id, department, day, numerator, denominator, contract, key, provenance."""
        raise NotImplementedError

    def placed(
        self, facts: Facts, periods: pl.LazyFrame, level: Level, as_of: date, month_starts_on: int
    ) -> pl.LazyFrame:
        """The counted rows, once for every period they count in, with subject_id and the period's period_no, period and
        quarter. ``periods`` has these, first and last."""
        rows = self.in_periods(facts, periods, as_of, month_starts_on)
        return rows.with_columns(subject_id=credit.subject_id(level)).drop_nulls("subject_id")

    def in_periods(self, facts: Facts, periods: pl.LazyFrame, as_of: date, month_starts_on: int) -> pl.LazyFrame:
        """The credited rows of each period: what happened in it, and the stock at its start or end."""
        rows = self.contributions(facts, as_of, month_starts_on)
        days = periods.with_columns(day=pl.date_ranges("first", "last")).explode("day")
        labels = ["period_no", "period", "quarter"]
        if self.stock_at is None:
            return credit.attach(rows, facts, self.roles).join(days.select(*labels, "day"), on="day")
        at = col("first") if self.stock_at == START else pl.min_horizontal("last", pl.lit(as_of))
        stock = (
            rows.filter(col("until").is_not_null())
            .join(periods.filter(col("first") <= as_of).select(*labels, at=at), how="cross")
            .filter(col("at").is_between("day", "until"))
            .with_columns(day=col("at"))
            .drop("at")
        )
        flow = rows.filter(col("until").is_null()).join(days.select(*labels, "day"), on="day")
        both = pl.concat([flow, stock.select(flow.collect_schema().names())])
        return credit.attach(both, facts, self.roles)

    def compared(self, rows: pl.LazyFrame, facts: Facts, as_of: date, level: Level) -> pl.LazyFrame:
        """The rows of known periods with ``benchmark`` (Int64, over the row's denominator) and its publication."""
        return rows.with_columns(benchmark=pl.lit(None, pl.Int64), benchmark_published_on=pl.lit(None, pl.Date))

    def figure(self) -> dict[str, pl.Expr]:
        """How the compared rows of one subject and period become its numerator, denominator and sample."""
        return {"numerator": col("numerator").sum(), "denominator": col("denominator").sum(), "sample": pl.len()}

    @property
    def is_single(self) -> bool:
        """Whether a subject has one figure in a period, which a card or rule may read."""
        return not self.by_item

    @property
    def ranked_within(self) -> Sequence[str]:
        """Beside the period, what must be the same for two figures to be ranked against each other."""
        return ("item",) if self.by_item else ()

    def chosen(self, figures: pl.LazyFrame) -> pl.LazyFrame:
        """Of the figures of each period_no, subject_id and item those that are shown."""
        return figures

    def definition(self) -> str:
        """All that decides the figures, as text that is the same in every run."""
        shown = {it.name: _definition(getattr(self, it.name)) for it in fields(self)}
        if shown.get("clock") in (CN_WORKDAYS, PAST_HOLIDAYS):
            shown["calendar"] = calendar_version()
        return f"{type(self).__name__}({', '.join(f'{name}={value}' for name, value in shown.items())})"


def _definition(value: object) -> str:
    if isinstance(value, Metric):
        return value.definition()
    if isinstance(value, tuple):
        return f"({', '.join(_definition(it) for it in value)})"
    return str(value)


@dataclass(frozen=True, kw_only=True, eq=False)
class Cohort(Metric):
    """Of the units due in a period, the share done in a window around their due day (None: without that bound).

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
    undone_on: str | None
    excluded_by: str
    days_before: int | None
    days_after: int | None

    def contributions(self, facts: Facts, as_of: date, month_starts_on: int = 1) -> pl.LazyFrame:
        """One row per unit, standing on its earliest due row; numerator 1 where it was done."""
        due = col(self.due_on)
        month = month_no(due, month_starts_on)
        unit = [*self.once_per, "_month"]
        rows = facts[self.base].with_columns(day=due, _month=month, _key=key_of(self.base))
        first_due = rows.group_by(unit).agg(
            _first_due=due.min(), _is_excluded=col(self.excluded_by).is_not_null().any()
        )
        done = col(self.done_on).cast(pl.Date)
        days = (done - col("_first_due")).dt.total_days()
        is_done = done <= as_of
        if self.days_before is not None:
            is_done &= days >= -self.days_before
        if self.days_after is not None:
            is_done &= days <= self.days_after
        if self.undone_on is not None:
            is_done &= ~(col(self.undone_on) <= as_of).fill_null(False)
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
    """How long something took: a quantile of the seconds, on ``clock``, of the rows that ended in the period.

    With ``dated_by="from"`` a row counts in the period in which it began. Where ``from_at`` is empty, ``else_from``
    stands in. What ended before it began took no time.
    """

    base: str
    base_where: pl.Expr
    from_at: str
    to_at: str
    credited_to: str
    quantile: tuple[int, int]
    else_from: str | None = None
    clock: Clock = ELAPSED
    dated_by: Literal["from", "to"] = "to"

    @property
    def unknown(self) -> Text:
        """Only time on China's working days can be unknown."""
        return UNKNOWN_WORKING_DAYS

    def contributions(self, facts: Facts, as_of: date, month_starts_on: int = 1) -> pl.LazyFrame:
        """One row per ended base row; numerator its seconds, denominator 1."""
        begun = pl.coalesce(self.from_at, self.else_from or self.from_at)
        rows = known(facts, self.base, self.to_at, as_of).filter(self.base_where, begun.is_not_null())
        timed = seconds(rows, facts, self.clock, from_at=begun, to_at=col(self.to_at), person=self.credited_to)
        if self.dated_by == "from":
            timed = timed.with_columns(day=begun.dt.date())
        took = col("_seconds").clip(lower_bound=0)
        return counted(timed, self.base, self.credited_to, numerator=took, denominator=pl.lit(1))

    def figure(self) -> dict[str, pl.Expr]:
        """The row at the nearest rank, over 1; nothing where a row's time is unknown."""
        part, whole = self.quantile
        rank = (pl.len().cast(pl.Int64) * part + whole - 1) // whole
        is_whole = col("numerator").is_not_null().all()
        return {
            "numerator": pl.when(is_whole).then(col("numerator").sort().get(rank - 1)),
            "denominator": pl.when(is_whole).then(pl.lit(1, pl.Int64)),
            "sample": pl.len(),
        }


@dataclass(frozen=True, kw_only=True, eq=False)
class Punctuality(Metric):
    """Of the rows that began in the period, the share done within a limit.

    ``limits`` are seconds on ``clock``, by the row's own day, or such for each code of ``limited_by``. A row that is
    neither done nor past its limit at the end of ``as_of`` is left out. ``done_where`` says which ends count as done.
    What is past its limit by the end of the known working calendar is late, whatever the years after it hold.
    """

    base: str
    base_where: pl.Expr
    from_at: str
    to_at: str
    credited_to: str
    limits: Limits | Mapping[str, Limits]
    done_where: pl.Expr = field(default_factory=lambda: pl.lit(True))
    else_from: str | None = None
    clock: Clock = ELAPSED
    limited_by: pl.Expr = field(default_factory=lambda: pl.lit(None, pl.String))

    @property
    def unknown(self) -> Text:
        """Only time on China's working days can be unknown."""
        return UNKNOWN_WORKING_DAYS

    def contributions(self, facts: Facts, as_of: date, month_starts_on: int = 1) -> pl.LazyFrame:
        """One row per base row that was done or is late, by the day it began; numerator 1 where it was in time."""
        begun = pl.coalesce(self.from_at, self.else_from or self.from_at)
        rows = (
            facts[self.base]
            .with_columns(day=begun.dt.date())
            .filter(col("day") <= as_of, self.base_where)
            .with_columns(_done=(col(self.to_at).dt.date() <= as_of).fill_null(False) & self.done_where.fill_null(True))
        )
        # What is undone at the end of as_of happens at that moment at the earliest.
        ended = pl.when(col("_done")).then(col(self.to_at)).otherwise(pl.lit(as_of + timedelta(days=1)))
        until = told_until(facts, self.clock)
        told = ended if until is None else pl.min_horizontal(ended, pl.lit(until))
        timed = seconds(rows, facts, self.clock, from_at=begun, to_at=told, person=self.credited_to)
        if isinstance(self.limits, Mapping):
            limit = in_force_by(self.limits, self.limited_by, col("day"))
        else:
            limit = in_force(self.limits, col("day"))
        is_late = col("_seconds") > limit
        if until is not None:
            is_late = pl.when(is_late | (ended <= until)).then(is_late)
        kept = timed.filter(col("_done") | is_late.fill_null(True))
        return counted(
            kept, self.base, self.credited_to, numerator=(~is_late).cast(pl.Int64), denominator=pl.lit(1)
        )  # fmt: skip

    def figure(self) -> dict[str, pl.Expr]:
        """The share; nothing where a row's time is unknown."""
        is_whole = col("numerator").is_not_null().all()
        return {
            "numerator": pl.when(is_whole).then(col("numerator").sum()),
            "denominator": pl.when(is_whole).then(col("denominator").sum()),
            "sample": pl.len(),
        }


def base_rows(
    facts: Facts, base: str | Events, dated_by: str, as_of: date, month_starts_on: int = 1
) -> tuple[pl.LazyFrame, str]:
    """The rows of a contract by the day of a column, or of events by their own, and the contract they belong to."""
    if isinstance(base, Events):
        return base.once(facts, as_of, month_starts_on), base.contract
    return known(facts, base, dated_by, as_of), base


def shares_of(base: str | Events) -> tuple[pl.Expr, int]:
    """Each row's share of what it stands for, and the parts that make one of these."""
    if isinstance(base, Events) and base.whole > 1:
        return col("share"), base.whole
    return pl.lit(1), 1


def counted(
    rows: pl.LazyFrame,
    contract: str,
    credited_to: str,
    *,
    numerator: pl.Expr,
    denominator: pl.Expr,
    until: pl.Expr | None = None,
    carrying: Sequence[str] = (),
) -> pl.LazyFrame:
    """The rows as ``contributions`` hands them on; ``credited_to`` is the column that names the person, ``carrying``
    names further columns. With ``until`` they are a stock: they count from ``day`` to it.
    """
    return rows.select(
        "store_id",
        "day",
        *PROVENANCE,
        person_id=credited_to,
        department=pl.coalesce(col("^department$"), pl.lit(None, pl.String)),  # none or one column
        numerator=numerator.cast(pl.Int64),
        denominator=denominator.cast(pl.Int64),
        contract=pl.lit(contract),
        key=key_of(contract),
        **({} if until is None else {"until": until}),
        **{name: col(name) for name in carrying},
    )

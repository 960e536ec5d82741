"""The closed set of rule shapes. A plan fills them in; :mod:`scorecards.rules` turns them into lines.

Every rule says who gives notice of it, from which pay month it applies, on which basis it pays and where it comes
from. Amounts are fen, factors exact fractions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import pairwise
from typing import ClassVar, Literal, get_args

from data_contracts.contract import Text
from scorecards.money import printed_plain

Basis = Literal["event", "settled_lag", "cutoff_true_up"]
MeasuredOn = Literal["person", "department", "store"]
JudgedOn = Literal["printed", "exact"]
AtAverage = Literal["not_pass", "pass"]
UnitKind = Literal["commission", "bonus"]
Charged = Literal["once", "each"]

BASES: tuple[str, ...] = get_args(Basis)


@dataclass(frozen=True, kw_only=True)
class Notice:
    """What was published to the staff, and when."""

    number: str
    published_on: date


@dataclass(frozen=True, kw_only=True)
class Stated:
    """A figure a plan reads ready-made from the contract stated_figures, of one source where it names one."""

    key: str
    name: Text
    source: str | None


@dataclass(frozen=True, kw_only=True)
class Holdback:
    """The share of an amount that is paid ``after_months`` later."""

    share: Fraction
    after_months: int


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What every rule declares; ``since`` is the first pay month of this version (``2026-10``).

    What is earned in a month is paid ``lag_months`` later, and a part of it later still where there is a holdback. An
    order or policy cancelled within ``clawback_days`` after the payment is taken back; null is the shape's own default.
    """

    CLAWBACK_DAYS: ClassVar[int] = 0

    key: str
    name: Text
    since: str
    notice: Notice
    source: str
    basis: Basis
    roles: tuple[str, ...]
    lag_months: int = 0
    holdback: Holdback | None = None
    clawback_days: int | None = None

    @property
    def takes_back_within(self) -> int:
        """The days after the payment in which a cancellation is taken back; 0 for never."""
        return self.CLAWBACK_DAYS if self.clawback_days is None else self.clawback_days

    def pays_later_than(self, earlier: "Rule | None") -> bool:
        """Whether money comes later, or may be taken back for longer, than under the version before it."""
        if earlier is None:
            return False
        held, before = self.holdback, earlier.holdback
        return (
            self.lag_months > earlier.lag_months
            or self.takes_back_within > earlier.takes_back_within
            or (
                held is not None
                and (before is None or held.share > before.share or held.after_months > before.after_months)
            )
        )


@dataclass(frozen=True, kw_only=True)
class Threshold(Rule):
    """An amount for a figure above the published average of the region, once per benchmark period.

    ``judged_on = "printed"`` compares the figure as it is printed, ``"exact"`` the exact fraction. A benchmark of the
    department goes before one without a department.
    """

    metric: str
    programme: str
    item: str
    department: str | None
    measured_on: MeasuredOn
    judged_on: JudgedOn
    at_average: AtAverage
    min_sample: int
    amount_fen: int

    def is_worse_than(self, earlier: Rule | None) -> bool:
        """Stricter than the version before it; a first version of an award is not."""
        if not isinstance(earlier, Threshold):
            return earlier is not None
        looser = ("pass", "not_pass")
        return (
            self.amount_fen < earlier.amount_fen
            or self.min_sample > earlier.min_sample
            or looser.index(self.at_average) > looser.index(earlier.at_average)
            or (self.metric, self.programme, self.item, self.department, self.measured_on, self.judged_on)
            != (
                earlier.metric,
                earlier.programme,
                earlier.item,
                earlier.department,
                earlier.measured_on,
                earlier.judged_on,
            )
            or not set(self.roles) >= set(earlier.roles)
        )


@dataclass(frozen=True, kw_only=True)
class PerCase(Rule):
    """A reduction for each complaint ruled to be the person's fault, of an amount the judge chose within the range.

    Where both ends are the same the amount is fixed: the ruling need not name it.
    """

    ruling_kind: str
    judged_by_roles: tuple[str, ...]
    min_fen: int
    max_fen: int

    @property
    def is_fixed(self) -> bool:
        return self.min_fen == self.max_fen

    def is_worse_than(self, earlier: Rule | None) -> bool:
        """Stricter than the version before it; a first reduction is stricter than none."""
        return (
            not isinstance(earlier, PerCase)
            or self.min_fen > earlier.min_fen
            or self.max_fen > earlier.max_fen
            or self.ruling_kind != earlier.ruling_kind
            or not set(self.roles) <= set(earlier.roles)
        )


@dataclass(frozen=True, kw_only=True)
class Coefficient(Rule):
    """The person's performance base times the card's score, by days in office."""

    cap: Fraction
    floor: Fraction

    def is_worse_than(self, earlier: Rule | None) -> bool:
        """Stricter than the version before it; a first version of pay is not."""
        if not isinstance(earlier, Coefficient):
            return earlier is not None
        return self.cap < earlier.cap or self.floor < earlier.floor or not set(self.roles) >= set(earlier.roles)


@dataclass(frozen=True, kw_only=True)
class Band:
    """From ``since`` (included) to before ``until`` (null: without end) a unit is worth ``amount_fen``."""

    since: Fraction
    until: Fraction | None
    amount_fen: int

    def holds(self, value: Fraction) -> bool:
        return self.since <= value and (self.until is None or value < self.until)


def bands_fault(bands: Sequence[Band]) -> Text | None:
    """The first gap or overlap between bands, or a band that holds nothing; None where they follow on each other."""
    ordered = sorted(bands, key=lambda band: band.since)
    for band in ordered:
        if band.until is not None and band.until <= band.since:
            low, high = printed_plain(100 * band.since), printed_plain(100 * band.until)
            return Text(f"分段 {low}%–{high}% 是空的", f"the band {low} %–{high} % is empty")
    for band, following in pairwise(ordered):
        since = printed_plain(100 * following.since)
        if band.until is None or band.until > following.since:
            return Text(f"分段在 {since}% 处重叠", f"two bands overlap at {since} %")
        if band.until < following.since:
            until = printed_plain(100 * band.until)
            return Text(f"{until}% 到 {since}% 之间没有分段", f"no band between {until} % and {since} %")
    return None


@dataclass(frozen=True, kw_only=True)
class PerUnit(Rule):
    """An amount for each unit of a count: ``amount_fen``, or the one of the band that ``band_metric`` lies in.

    With ``band_per`` the bands are held against ``band_metric`` per unit of that other count.
    ``task`` names a count whose target scales the amount by its attainment, at most 100 %. ``newcomer_task`` gives the
    share of the task in a newcomer's first months. ``max_fen`` is the most the line pays.
    """

    CLAWBACK_DAYS = 90

    kind: UnitKind
    metric: str
    amount_fen: int | None = None
    band_metric: str | None = None
    band_per: str | None = None
    bands: tuple[Band, ...] = ()
    task: str | None = None
    newcomer_task: tuple[Fraction, ...] = ()
    max_fen: int | None = None

    @property
    def metrics(self) -> tuple[str, ...]:
        named = (self.metric, self.band_metric, self.band_per, self.task)
        return tuple(dict.fromkeys(key for key in named if key))

    def unit_fen(self, value: Fraction | None) -> int:
        """What a unit is worth where the band's figure is ``value``; 0 below the bands and without a figure."""
        if self.amount_fen is not None:
            return self.amount_fen
        return next((band.amount_fen for band in self.bands if value is not None and band.holds(value)), 0)

    def is_worse_than(self, earlier: Rule | None) -> bool:
        """Stricter than the version before it; a first version of pay is not."""
        if not isinstance(earlier, PerUnit):
            return earlier is not None
        edges = {band.since for band in (*self.bands, *earlier.bands)}
        edges |= {band.until for band in (*self.bands, *earlier.bands) if band.until is not None}
        return (
            any(self.unit_fen(edge) < earlier.unit_fen(edge) for edge in edges or {Fraction(0)})
            or (self.metric, self.kind) != (earlier.metric, earlier.kind)
            or (bool(earlier.bands) and (self.band_metric, self.band_per) != (earlier.band_metric, earlier.band_per))
            or (self.task is not None and self.task != earlier.task)
            or self.newcomer_task != earlier.newcomer_task
            or (self.max_fen is not None and (earlier.max_fen is None or self.max_fen < earlier.max_fen))
            or not set(self.roles) >= set(earlier.roles)
        )


@dataclass(frozen=True, kw_only=True)
class Indicator:
    """A figure and the limit it must keep: at least, or at most."""

    metric: str
    limit: Fraction
    is_at_most: bool

    def is_met(self, value: Fraction) -> bool:
        return value <= self.limit if self.is_at_most else value >= self.limit


@dataclass(frozen=True, kw_only=True)
class PerIndicator(Rule):
    """An amount for each indicator met, and ``all_fen`` more when all of them are."""

    indicators: tuple[Indicator, ...]
    amount_fen: int
    all_fen: int | None

    @property
    def metrics(self) -> tuple[str, ...]:
        return tuple(indicator.metric for indicator in self.indicators)

    def is_worse_than(self, earlier: Rule | None) -> bool:
        """Stricter than the version before it; a first version of an award is not."""
        if not isinstance(earlier, PerIndicator):
            return earlier is not None
        before = {indicator.metric: indicator for indicator in earlier.indicators}
        return (
            self.amount_fen < earlier.amount_fen
            or (self.all_fen or 0) < (earlier.all_fen or 0)
            or set(self.metrics) != set(before)
            or any(
                indicator.is_at_most != before[indicator.metric].is_at_most
                or (indicator.limit < before[indicator.metric].limit) == indicator.is_at_most
                for indicator in self.indicators
                if indicator.metric in before and indicator != before[indicator.metric]
            )
            or not set(self.roles) >= set(earlier.roles)
        )


@dataclass(frozen=True, kw_only=True)
class Shortfall(Rule):
    """One reduction for a month in which the attainment of a task (a count's target) stays below ``below``."""

    task: str
    below: Fraction
    newcomer_task: tuple[Fraction, ...]
    amount_fen: int

    @property
    def metrics(self) -> tuple[str, ...]:
        return (self.task,)

    def is_worse_than(self, earlier: Rule | None) -> bool:
        """Stricter than the version before it; a first reduction is stricter than none."""
        return (
            not isinstance(earlier, Shortfall)
            or self.amount_fen > earlier.amount_fen
            or self.below > earlier.below
            or (self.task, self.newcomer_task) != (earlier.task, earlier.newcomer_task)
            or not set(self.roles) <= set(earlier.roles)
        )


@dataclass(frozen=True, kw_only=True)
class Missed(Rule):
    """A reduction for what a rate counts as missed (its denominator less its numerator), once a month or each."""

    metric: str
    charged: Charged
    amount_fen: int

    @property
    def metrics(self) -> tuple[str, ...]:
        return (self.metric,)

    def is_worse_than(self, earlier: Rule | None) -> bool:
        """Stricter than the version before it; a first reduction is stricter than none."""
        return (
            not isinstance(earlier, Missed)
            or self.amount_fen > earlier.amount_fen
            or (self.charged == "each" and earlier.charged == "once")
            or self.metric != earlier.metric
            or not set(self.roles) <= set(earlier.roles)
        )


FigureRule = PerUnit | PerIndicator | Shortfall | Missed
"""Rules that pay or charge a person on the person's own figures of a month."""

AnyRule = Threshold | PerCase | Coefficient | FigureRule

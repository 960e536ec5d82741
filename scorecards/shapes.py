"""The closed set of rule shapes. A plan fills them in; :mod:`scorecards.rules` turns them into lines.

Every rule says who gives notice of it, from which pay month it applies, on which basis it pays and where it comes
from. Amounts are fen, factors exact fractions.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from scorecards.bands import Band, band_of, probes
from scorecards.over import OverRule
from scorecards.rule import SHARED_BY, AtAverage, Charged, JudgedOn, Measured, Prorated, Rule, Ties, UnitKind


@dataclass(frozen=True, kw_only=True)
class Threshold(Measured):
    """An amount for a figure above the published average of the region, once per benchmark period.

    ``judged_on = "printed"`` compares the figure as it is printed, ``"exact"`` the exact fraction. A benchmark of the
    department goes before one without a department. Against a value instead of an average it is written with one of
    ``above``, ``at_least``, ``below`` or ``at_most``, which say what equality means, and read as ``bands`` of one.
    """

    metric: str
    programme: str
    item: str
    department: str | None
    judged_on: JudgedOn
    at_average: AtAverage
    amount_fen: int

    def is_worse_than(self, earlier: Rule | None) -> bool:
        """Stricter than the version before it; a first version of an award is not."""
        if not isinstance(earlier, Threshold):
            return earlier is not None
        looser = ("pass", "not_pass")
        return (
            self.amount_fen < earlier.amount_fen
            or looser.index(self.at_average) > looser.index(earlier.at_average)
            or (self.metric, self.programme, self.item, self.department, self.judged_on)
            != (earlier.metric, earlier.programme, earlier.item, earlier.department, earlier.judged_on)
            or self._pays_fewer(earlier)
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
    """The person's performance base times the card's score, by days in office or by days times the post's share."""

    cap: Fraction
    floor: Fraction
    prorated: Prorated = "days"

    def is_worse_than(self, earlier: Rule | None) -> bool:
        """Stricter than the version before it; a first version of pay is not."""
        if not isinstance(earlier, Coefficient):
            return earlier is not None
        return (
            self.cap < earlier.cap
            or self.floor < earlier.floor
            or self.prorated != earlier.prorated
            or not set(self.roles) >= set(earlier.roles)
        )


@dataclass(frozen=True, kw_only=True)
class Bands(Measured):
    """An amount for the month by the band a figure lies in: an award, or a reduction where the band says so.

    ``judged_on`` is ``exact`` unless the rule says ``printed``. ``per`` reads the metric per unit of another.
    """

    metric: str
    per: str | None
    bands: tuple[Band, ...]
    judged_on: JudgedOn

    @property
    def metrics(self) -> tuple[str, ...]:
        return (self.metric, self.per) if self.per else (self.metric,)

    def amount_of(self, value: Fraction) -> int:
        """What a figure is worth in fen; 0 outside of the bands."""
        band = band_of(self.bands, value)
        return band.amount_fen if band else 0

    def is_worse_than(self, earlier: Rule | None) -> bool:
        """Stricter than the version before it; a first version is where it can charge."""
        if not isinstance(earlier, Bands):
            return earlier is not None or any(band.amount_fen < 0 for band in self.bands)
        may_charge = any(band.amount_fen < 0 for band in self.bands)
        return (
            any(self.amount_of(value) < earlier.amount_of(value) for value in probes(self.bands, earlier.bands))
            or (self.metrics, self.judged_on) != (earlier.metrics, earlier.judged_on)
            or self._pays_fewer(earlier)
            or (may_charge and self._charges_more(earlier))
        )


@dataclass(frozen=True, kw_only=True)
class PerUnit(Measured):
    """An amount for each unit of a count: ``amount_fen``, or the one of the band that ``band_metric`` lies in, or
    ``rate`` of a figure in yuan. A ``kpi_reduction`` takes it away.

    With ``band_per`` the bands are held against ``band_metric`` per unit of that other count. ``tasks`` names counts
    whose targets scale the amount by their attainments, each at most 100 %. ``newcomer_task`` gives the share of the
    task in a newcomer's first months. ``max_fen`` is the most it pays: what is beyond is taken back on a line.
    """

    CLAWBACK_DAYS = 90

    kind: UnitKind
    metric: str
    amount_fen: int | None = None
    rate: Fraction | None = None
    band_metric: str | None = None
    band_per: str | None = None
    bands: tuple[Band, ...] = ()
    tasks: tuple[str, ...] = ()
    newcomer_task: tuple[Fraction, ...] = ()
    max_fen: int | None = None

    @property
    def metrics(self) -> tuple[str, ...]:
        named = (self.metric, self.band_metric, self.band_per, *self.tasks)
        return tuple(dict.fromkeys(key for key in named if key))

    def unit_fen(self, value: Fraction | None) -> Fraction:
        """What a unit is worth where the band's figure is ``value``; 0 outside of the bands and without a figure."""
        if self.rate is not None:
            return 100 * self.rate
        if self.amount_fen is not None:
            return Fraction(self.amount_fen)
        band = band_of(self.bands, value)
        return Fraction(band.amount_fen if band else 0)

    def is_worse_than(self, earlier: Rule | None) -> bool:
        """Stricter than the version before it; a first version of pay is not, a first reduction is."""
        charges = self.kind == "kpi_reduction"
        if not isinstance(earlier, PerUnit):
            return earlier is not None or charges
        for value in probes(self.bands, earlier.bands):
            now, before = self.unit_fen(value), earlier.unit_fen(value)
            if now > before if charges else now < before:
                return True
        if (self.metric, self.kind) != (earlier.metric, earlier.kind):
            return True
        if bool(earlier.bands) and (self.band_metric, self.band_per) != (earlier.band_metric, earlier.band_per):
            return True
        if charges:
            is_looser_cap = earlier.max_fen is not None and (self.max_fen is None or self.max_fen > earlier.max_fen)
            return self.tasks != earlier.tasks or is_looser_cap or self._charges_more(earlier)
        return (
            not set(self.tasks) <= set(earlier.tasks)
            or self.newcomer_task != earlier.newcomer_task
            or (self.max_fen is not None and (earlier.max_fen is None or self.max_fen < earlier.max_fen))
            or self._pays_fewer(earlier)
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
class PerIndicator(Measured):
    """An amount for each indicator met, and ``all_fen`` more when all of them are; one of the two may be left out."""

    indicators: tuple[Indicator, ...]
    amount_fen: int | None
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
            (self.amount_fen or 0) < (earlier.amount_fen or 0)
            or (self.all_fen or 0) < (earlier.all_fen or 0)
            or set(self.metrics) != set(before)
            or any(
                indicator.is_at_most != before[indicator.metric].is_at_most
                or (indicator.limit < before[indicator.metric].limit) == indicator.is_at_most
                for indicator in self.indicators
                if indicator.metric in before and indicator != before[indicator.metric]
            )
            or self._pays_fewer(earlier)
        )


@dataclass(frozen=True, kw_only=True)
class Ranked(Measured):
    """An amount for the place among all that are measured in the same ``among`` (store, region or group).

    Equal figures hold one place: ``ties = "each"`` pays each of them its amount, ``"shared"`` shares the amounts of
    the places they take up equally, to the fen. Who is below the minimum sample holds no place.
    """

    metric: str
    among: Literal["store", "region", "group"]
    places: tuple[int, ...]
    ties: Ties

    @property
    def metrics(self) -> tuple[str, ...]:
        return (self.metric,)

    def is_worse_than(self, earlier: Rule | None) -> bool:
        """Stricter than the version before it; a first version of an award is not."""
        if not isinstance(earlier, Ranked):
            return earlier is not None
        return (
            len(self.places) < len(earlier.places)
            or any(now < before for now, before in zip(self.places, earlier.places, strict=False))
            or (self.metric, self.among, self.ties) != (earlier.metric, earlier.among, earlier.ties)
            or self._pays_fewer(earlier)
        )


@dataclass(frozen=True, kw_only=True)
class Pool(Measured):
    """A fixed amount for the month of each team, department or store, shared among its members to the fen."""

    kind: Literal["bonus", "commission"]
    amount_fen: int

    @property
    def metrics(self) -> tuple[str, ...]:
        return () if self.shared_by in SHARED_BY else (self.shared_by,)

    def is_worse_than(self, earlier: Rule | None) -> bool:
        """Stricter than the version before it; a first version of an award is not."""
        if not isinstance(earlier, Pool):
            return earlier is not None
        return self.amount_fen < earlier.amount_fen or self.kind != earlier.kind or self._pays_fewer(earlier)


@dataclass(frozen=True, kw_only=True)
class Shortfall(Measured):
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
            or self._charges_more(earlier)
        )


@dataclass(frozen=True, kw_only=True)
class Missed(Measured):
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
            or self._charges_more(earlier)
        )


FigureRule = Bands | PerUnit | PerIndicator | Ranked | Pool | Shortfall | Missed
"""Rules that pay or charge on the figures of a month."""

AnyRule = Threshold | PerCase | Coefficient | FigureRule | OverRule

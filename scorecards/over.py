"""The shapes that bear on other rules of the plan: *scaled*, *cap* and *floor*."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from scorecards.bands import Band, band_of, probes
from scorecards.rule import ChargedAs, Measured, Prorated, Rule


@dataclass(frozen=True, kw_only=True)
class Scaled(Measured):
    """What a figure leaves of other rules of the plan (``over``): a gate, a ladder, or a scale by attainment.

    The share is that of the band the figure lies in, or in proportion to it: the figure over ``full`` (or the
    attainment of ``task``), at most ``cap``. What it takes or adds stands on its own line, of the kind of the lines
    it bears on, or as a ``kpi_reduction``. Where it ``counts`` it reads how many a rate's numerator holds, not the
    rate. Without a figure nothing is taken and the judgement says so.
    """

    over: tuple[str, ...]
    metric: str | None
    task: str | None
    newcomer_task: tuple[Fraction, ...]
    bands: tuple[Band, ...]
    full: Fraction | None
    cap: Fraction
    charged_as: ChargedAs
    is_counted: bool = False

    @property
    def metrics(self) -> tuple[str, ...]:
        return tuple(key for key in (self.metric, self.task) if key)

    def share_of(self, value: Fraction) -> Fraction | None:
        """What is left where the figure (or attainment) is ``value``; None outside of the bands: the whole."""
        if self.bands:
            band = band_of(self.bands, value)
            return band.worth if band else None
        return min(value / (self.full or 1), self.cap)

    def is_worse_than(self, earlier: Rule | None) -> bool:
        """Stricter than the version before it; a first one is where it can take."""
        if not isinstance(earlier, Scaled):
            return True
        values = [
            *probes(self.bands, earlier.bands),
            *(full for full in (self.full, earlier.full) if full),
            Fraction(1),
        ]
        return (
            any(_whole(self.share_of(value)) < _whole(earlier.share_of(value)) for value in values if value >= 0)
            or self.cap < earlier.cap
            or (self.metrics, self.newcomer_task, self.charged_as, self.is_counted)
            != (earlier.metrics, earlier.newcomer_task, earlier.charged_as, earlier.is_counted)
            or not set(self.over) <= set(earlier.over)
            or self._charges_more(earlier)
        )


def _whole(share: Fraction | None) -> Fraction:
    return Fraction(1) if share is None else share


@dataclass(frozen=True, kw_only=True)
class Cap(Rule):
    """The most that rules of the plan (``over``) pay a person together in a month; what is beyond is taken back on a
    line of its own."""

    over: tuple[str, ...]
    amount_fen: int
    prorated: Prorated = "whole"

    def is_worse_than(self, earlier: Rule | None) -> bool:
        """Stricter than the version before it; a first one is stricter than none."""
        return (
            not isinstance(earlier, Cap)
            or self.amount_fen < earlier.amount_fen
            or (self.over, self.prorated) != (earlier.over, earlier.prorated)
            or not set(self.roles) <= set(earlier.roles)
        )


@dataclass(frozen=True, kw_only=True)
class Floor(Rule):
    """The least that rules of the plan (``over``) pay a person together in a month; what is missing is added on a
    line of its own."""

    over: tuple[str, ...]
    amount_fen: int
    kind: Literal["bonus", "commission"]
    prorated: Prorated = "whole"

    def is_worse_than(self, earlier: Rule | None) -> bool:
        """Stricter than the version before it; a first one is not."""
        if not isinstance(earlier, Floor):
            return earlier is not None
        return (
            self.amount_fen < earlier.amount_fen
            or (self.over, self.prorated) != (earlier.over, earlier.prorated)
            or not set(self.roles) >= set(earlier.roles)
        )


OverRule = Scaled | Cap | Floor
"""Rules that add to or take from what other rules of the plan pay."""

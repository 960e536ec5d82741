"""The closed set of rule shapes. A plan fills them in; :mod:`scorecards.rules` turns them into lines.

Every rule says who gives notice of it, from which pay month it applies, on which basis it pays and where it comes
from. Amounts are fen, factors exact fractions.
"""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Literal, get_args

from data_contracts.contract import Text

Basis = Literal["event", "settled_lag", "cutoff_true_up"]
MeasuredOn = Literal["person", "department", "store"]
JudgedOn = Literal["printed", "exact"]
AtAverage = Literal["not_pass", "pass"]

BASES: tuple[str, ...] = get_args(Basis)


@dataclass(frozen=True, kw_only=True)
class Notice:
    """What was published to the staff, and when."""

    number: str
    published_on: date


@dataclass(frozen=True, kw_only=True)
class Rule:
    """What every rule declares; ``since`` is the first pay month of this version (``2026-10``)."""

    key: str
    name: Text
    since: str
    notice: Notice
    source: str
    basis: Basis
    roles: tuple[str, ...]


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
    """A reduction for each complaint ruled to be the person's fault, of an amount the judge chose within the range."""

    ruling_kind: str
    judged_by_roles: tuple[str, ...]
    min_fen: int
    max_fen: int

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


AnyRule = Threshold | PerCase | Coefficient

"""What every rule of a plan declares, and what rules that read a figure share: whose figure, who is paid, how it is
prorated. Amounts are fen, factors exact fractions."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import ClassVar, Literal, get_args

from data_contracts.contract import Text

Basis = Literal["event", "settled_lag", "cutoff_true_up"]
MeasuredOn = Literal["person", "team", "department", "store"]
PaidTo = Literal["self", "leader", "members"]
Prorated = Literal["whole", "days", "share"]
JudgedOn = Literal["printed", "exact"]
AtAverage = Literal["not_pass", "pass"]
UnitKind = Literal["commission", "bonus", "kpi_reduction"]
Charged = Literal["once", "each"]
Ties = Literal["each", "shared"]
ChargedAs = Literal["same", "kpi_reduction"]

BASES: tuple[str, ...] = get_args(Basis)
SHARED_BY = ("days", "share", "equal", "score")
"""By what members share an amount, besides a figure of their own (the key of a metric)."""


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
class Measured(Rule):
    """A rule that reads a figure: whose figure, who gets the money, and the sample below which none moves.

    ``measured_on`` is the person, or the team, department or store of the person's post. ``paid_to = "self"`` pays
    everyone of ``roles`` the whole amount; ``"leader"`` pays it once, to who held one of ``roles`` there, by days in
    office; ``"members"`` shares it among the holders of ``roles``, ``shared_by`` their days, days times the share of
    the post, equally, by their card's score or by a figure of their own. ``leader_roles`` are then paid along where
    ``leader_counts``, and protected newcomers where ``newcomers_count``. ``prorated``: an amount for a month is due
    for the days in office (``days``) or days times the share of the post (``share``), each part in the store of the
    post; what is paid by units is only placed so. Parts always total the whole, to the fen.
    """

    measured_on: MeasuredOn = "person"
    paid_to: PaidTo = "self"
    leader_roles: tuple[str, ...] = ()
    leader_counts: bool = True
    newcomers_count: bool = True
    shared_by: str = "days"
    prorated: Prorated = "whole"
    min_sample: int = 0

    def _differs_from(self, earlier: "Measured") -> bool:
        """Whether it measures others, pays others or shares otherwise: who gains, somebody else loses."""
        return (
            self.measured_on, self.paid_to, self.leader_roles, self.leader_counts, self.newcomers_count,
            self.shared_by, self.prorated,
        ) != (
            earlier.measured_on, earlier.paid_to, earlier.leader_roles, earlier.leader_counts, earlier.newcomers_count,
            earlier.shared_by, earlier.prorated,
        )  # fmt: skip

    def _pays_fewer(self, earlier: "Measured") -> bool:
        """Whether a version that pays asks for a larger sample, pays fewer roles, or pays others."""
        return (
            self.min_sample > earlier.min_sample
            or not set(self.roles) >= set(earlier.roles)
            or self._differs_from(earlier)
        )

    def _charges_more(self, earlier: "Measured") -> bool:
        """Whether a version that charges does so on a smaller sample, more roles, or others."""
        return (
            self.min_sample < earlier.min_sample
            or not set(self.roles) <= set(earlier.roles)
            or self._differs_from(earlier)
        )

"""What happened, where no single contract says it: visits, orders, prospects, tasks, cases (in modules of these names).

An ``Events`` has the rows of one contract, by their keys and provenance, with ``day`` and whatever else metrics ask of
them. Its numbers are fields, so that a plan may vary them and a definition shows them.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl
from polars import col

from data_contracts.catalogue import CONTRACTS
from metrics.credit import Facts

PROVENANCE: Final = ("_import_id", "_file", "_sheet", "_row")


@dataclass(frozen=True, kw_only=True)
class Events:
    """Rows of a contract with more known about them. ``contract`` is the one their keys belong to."""

    @property
    def contract(self) -> str:
        """The contract whose rows these are."""
        raise NotImplementedError

    @property
    def whole(self) -> int:
        """The parts that make one; where there are several the rows have ``share``, how many of them are theirs."""
        return 1

    def rows(self, facts: Facts, as_of: date, month_starts_on: int) -> pl.LazyFrame:
        """The rows known by the end of ``as_of``."""
        raise NotImplementedError

    def once(self, facts: Facts, as_of: date, month_starts_on: int) -> pl.LazyFrame:
        """The rows, worked out once for facts that remember."""
        if not isinstance(facts, Remembering):
            return self.rows(facts, as_of, month_starts_on)
        name = (repr(self), as_of, month_starts_on)
        if name not in facts.events:
            facts.events[name] = self.rows(facts, as_of, month_starts_on).collect()
        return facts.events[name].lazy()


class Remembering(dict[str, pl.LazyFrame]):
    """Facts that keep the events worked out from them: several metrics ask for the same ones."""

    def __init__(self, facts: Facts) -> None:
        super().__init__(facts)
        self.events: dict[tuple[str, date, int], pl.DataFrame] = {}

    @classmethod
    def of(cls, facts: Facts) -> "Remembering":
        """The facts themselves where they remember already."""
        return facts if isinstance(facts, cls) else cls(facts)


def known(facts: Facts, contract: str, at: str, as_of: date) -> pl.LazyFrame:
    """The rows whose column says that they happened by the end of ``as_of``, with ``day`` the day they did."""
    return facts[contract].with_columns(day=col(at).cast(pl.Date)).filter(col("day") <= as_of)


def contract_of(base: str | Events) -> str:
    """The contract that rows of a base belong to: itself, or that of the events."""
    return base.contract if isinstance(base, Events) else base


def key_of(contract: str) -> pl.Expr:
    """The contract's key as one text."""
    return pl.concat_str(*(col(name).cast(pl.String) for name in CONTRACTS[contract].key), separator="/")


def month_no(day: pl.Expr, month_starts_on: int) -> pl.Expr:
    """The pay month of a day as a number, one more for each month."""
    next_month = (day.dt.day() >= month_starts_on) & (month_starts_on > 1)
    return day.dt.year().cast(pl.Int32) * 12 + day.dt.month().cast(pl.Int32) + next_month.cast(pl.Int32)

"""Orders: when they become deals."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

import polars as pl
from polars import col

from metrics.credit import Facts
from metrics.events import Events, known


@dataclass(frozen=True, kw_only=True)
class Deals(Events):
    """Orders that came to ``event``, on its day, and were not cancelled by ``as_of``."""

    event: Literal["ordered", "invoiced", "delivered"] = "ordered"

    @property
    def contract(self) -> str:
        """An order each."""
        return "orders"

    def rows(self, facts: Facts, as_of: date, month_starts_on: int) -> pl.LazyFrame:
        """One row an order; person_id is the sales consultant."""
        is_cancelled = (col("cancelled_at").dt.date() <= as_of).fill_null(False)
        return known(facts, "orders", f"{self.event}_at", as_of).filter(~is_cancelled)

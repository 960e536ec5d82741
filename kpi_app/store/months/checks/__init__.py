"""What is checked before a unit's month is handed in, each check a function of the unit's :class:`Ground`.

A check yields the places where something is left to do, each with what it is ``about``, a sentence, and a ``mark``: an
answer given to it holds for as long as the mark stays what it was.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl
import sqlalchemy as sa

from data_contracts.contract import Text
from kpi_app.store.database import Database
from kpi_app.store.months import snapshots
from kpi_app.store.months.month_settings import MonthSettings
from kpi_app.store.months.snapshots import UnitState
from kpi_app.store.rulebook import plans
from metrics.credit import Facts
from metrics.period import Period
from scorecards.plan import Plan
from scorecards.shapes import AnyRule
from scorecards.sheet import Sheet


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where something is left to do."""

    about: str
    text: Text
    mark: str = ""


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What the checks of one unit read."""

    db: Database
    conn: sa.Connection
    period: Period
    state: UnitState
    settings: MonthSettings
    facts: Facts

    @cached_property
    def sheet(self) -> Sheet | None:
        """The unit's sheet; None before it is computed."""
        if self.state.snapshot_id is None or self.state.status == "open":
            return None
        return snapshots.sheet(self.db, self.conn, self.state.snapshot_id, self.state.status)

    @cached_property
    def plans(self) -> list[Plan]:
        """The plans in force."""
        return plans.in_force(self.db, self.conn, self.period.label, self.state.store_id)

    @cached_property
    def rules(self) -> dict[tuple[str, str], AnyRule]:
        """The rules in force, by plan and key."""
        return {(plan.key, rule.key): rule for plan in self.plans for rule in plan.rules_on(self.period.label)}

    @cached_property
    def store(self) -> Mapping[str, Any]:
        """The store's row."""
        return self.facts["stores"].filter(pl.col("store_id") == self.state.store_id).collect().row(0, named=True)

    @cached_property
    def names(self) -> dict[str, str]:
        """工号 → name, of everybody on the sheet."""
        return {person.person_id: person.person_name for person in self.sheet.people} if self.sheet else {}

    def named(self, person_id: str) -> str:
        """A person as sentences name them."""
        return f"{self.names.get(person_id, '')}（{person_id}）"

"""Everything that a snapshot was computed from, kept so that it can be computed again, also with other plans or facts.

``inputs`` only names it, for people and for the question whether anything moved; ``seals`` hash what is stored, both of
these included, so that no later hand changes it unseen.

Facts and plans are named by import and digest, lines and sheets of earlier months by their snapshots; the rest stands
in full. So a locked month comes out the same whatever was imported, loaded, locked or corrected since.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import polars as pl
import sqlalchemy as sa

from data_contracts.contract import Problem
from kpi_app.exports import given as codec
from kpi_app.store import tables
from kpi_app.store.database import Database
from kpi_app.store.months import snapshots
from kpi_app.store.months.calendar import Cutoff
from kpi_app.store.months.restated import Restated, units_of
from kpi_app.store.rulebook import plans
from metrics.credit import Facts
from metrics.period import Period
from scorecards import plan as plan_file
from scorecards import sheet as sheets
from scorecards.plan import Plan
from scorecards.rules import pay_lines
from scorecards.sheet import Sheet


@dataclass(frozen=True, kw_only=True)
class Given:
    """What a unit's sheet is computed from.

    ``lines`` is what ``pay_lines`` reads besides facts and month, ``sheet`` what ``sheet.build`` does. ``frozen`` are
    the snapshots whose lines are ``earlier``, ``previous`` is that of the month before.
    """

    period: Period
    store_id: str
    read_to: Cutoff
    facts: Facts
    lines: Mapping[str, Any]
    sheet: Mapping[str, Any]
    frozen: Sequence[int]
    previous: int | None

    @property
    def plans(self) -> Sequence[Plan]:
        """The versions in force."""
        found: Sequence[Plan] = self.lines["plans"]
        return found

    @property
    def as_of(self) -> date:
        """The day it is computed for."""
        found: date = self.lines["as_of"]
        return found

    def but(self, *, plans: Sequence[Plan] | None = None, facts: Facts | None = None) -> "Given":
        """The same with other plans, or other facts."""
        lines = self.lines if plans is None else {**self.lines, "plans": plans}
        return replace(self, lines=lines, facts=self.facts if facts is None else facts)

    def computed(self) -> Sheet:
        """The sheet that comes of it."""
        result = pay_lines(facts=self.facts, pay_month=self.period, **{**self.lines, "stores": [self.store_id]})
        return sheets.build(result, self.plans, self.facts, self.period, self.store_id, **self.sheet)


def keep(conn: sa.Connection, snapshot_id: int, it: Given) -> None:
    """Store what a snapshot was computed from, before any unit stands on it."""
    own = {name: value for name, value in it.lines.items() if name not in ("earlier", "stores")}
    own["manual"] = own["manual"].filter(pl.col("store_id") == it.store_id)
    own["corrections"] = [line for line in own["corrections"] if line["store_id"] == it.store_id]
    body = {
        "frozen": list(it.frozen),
        "previous": it.previous,
        "read_to": [it.read_to.data, it.read_to.rulings],
        "lines": own,
        "sheet": {name: value for name, value in it.sheet.items() if name not in ("previous", "inputs")},
    }
    text = json.dumps(codec.encoded(body), ensure_ascii=False, sort_keys=True)
    conn.execute(sa.insert(tables.snapshot_given).values(snapshot_id=snapshot_id, body=text))


def of_snapshot(db: Database, conn: sa.Connection, snapshot_id: int) -> Given:
    """What a snapshot was computed from. Raises Problem for one that an earlier version of the product computed."""
    period, store_id, stored = _stored(conn, snapshot_id)
    texts = plans.texts(conn, codec.digests_in(stored))
    known = {digest: plan_file.reread(text) for digest, text in texts.items()}
    body = codec.decoded(stored, known)
    previous = None if body["previous"] is None else snapshots.sheet(db, conn, body["previous"], "computed")
    return Given(
        period=Period.parse(period, db.settings.month_starts_on),
        store_id=store_id,
        read_to=Cutoff(*body["read_to"]),
        facts=_facts(db, conn, body["read_to"], body["frozen"]),
        lines={**body["lines"], "earlier": snapshots.lines(conn, body["frozen"])},
        sheet={**body["sheet"], "previous": previous, "inputs": snapshots.sheet(db, conn, snapshot_id, "open").inputs},
        frozen=body["frozen"],
        previous=body["previous"],
    )


def facts_of(db: Database, conn: sa.Connection, snapshot_id: int) -> Facts:
    """The facts that a snapshot was computed from, rulings up to their own cut-off. Raises as :func:`of_snapshot`."""
    held = dict(_stored(conn, snapshot_id)[2]["of"])
    return _facts(db, conn, *(codec.decoded(held[name], {}) for name in ("read_to", "frozen")))


def _facts(db: Database, conn: sa.Connection, read_to: Sequence[int], frozen: Sequence[int]) -> Facts:
    return Restated(db, conn, units_of(db, conn, frozen)).facts(Cutoff(*read_to).shards(conn))


def _stored(conn: sa.Connection, snapshot_id: int) -> tuple[str, str, dict[str, Any]]:
    """Month and unit of a snapshot, and the body kept for it."""
    it, unit = tables.snapshot_given.c, tables.snapshots.c
    row = conn.execute(
        sa.select(unit.period, unit.store_id, it.body)
        .outerjoin_from(tables.snapshots, tables.snapshot_given, unit.snapshot_id == it.snapshot_id)
        .where(unit.snapshot_id == snapshot_id)
    ).one()
    if row.body is None:
        raise Problem(
            f"{row.store_id} {row.period} 由较早的软件版本计算，没有留下计算依据；未封账的请重新计算。",
            f"{row.store_id} {row.period} was computed by an earlier version; compute it again where it is not locked.",
        )
    return row.period, row.store_id, json.loads(row.body)

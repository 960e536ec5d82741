"""Hashes over stored rows, which the audit keeps: a row that is changed, added or taken out later no longer fits.

They say nothing about a computation: ``inputs`` names what it stood on, ``given`` holds it, and both are sealed here.
A seal reads every column of the rows, so that no forged part of one table can be made to agree with another. Columns
that are empty are left out: one that a later version adds does not break what was sealed before.
"""

import hashlib
import json
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from kpi_app.store import tables

OF_A_UNIT = (tables.snapshots, tables.pay_lines, tables.manual_lines, tables.month_answers, tables.pay_units)
"""Tables of which a locked unit's rows never change, besides its events up to the lock."""


def of_snapshot(conn: sa.Connection, snapshot_id: int) -> str:
    """The seal of a snapshot, its lines, what it was computed from, and the months held against it."""
    parts = (
        tables.snapshots, tables.pay_lines, tables.snapshot_given, tables.snapshot_inputs, tables.month_reviews,
    )  # fmt: skip
    return _sealed(conn, [(table, table.c.snapshot_id == snapshot_id) for table in parts])


def of_locked(conn: sa.Connection, period: str, store_id: str) -> str:
    """The seal of a locked unit: its snapshots, lines and manual lines, where it stands, its events to the lock."""
    event = tables.month_events.c
    of_unit = sa.and_(event.period == period, event.store_id == store_id)
    locked = sa.select(sa.func.max(event.event_id)).where(of_unit, event.verb == "lock").scalar_subquery()
    parts = [(table, sa.and_(table.c.period == period, table.c.store_id == store_id)) for table in OF_A_UNIT]
    return _sealed(conn, [*parts, (tables.month_events, sa.and_(of_unit, event.event_id <= locked))])


def _sealed(conn: sa.Connection, parts: Iterable[tuple[sa.Table, sa.ColumnElement[bool]]]) -> str:
    sealed = hashlib.sha256()
    for table, where in parts:
        rows = sorted(_canonical(dict(row._mapping)) for row in conn.execute(sa.select(table).where(where)))
        sealed.update("\n".join([f"{table.name} {len(rows)}", *rows, ""]).encode())
    return sealed.hexdigest()


def _canonical(row: dict[str, Any]) -> str:
    known = {name: value for name, value in row.items() if value is not None}
    return json.dumps(known, ensure_ascii=False, sort_keys=True, default=lambda it: it.isoformat())

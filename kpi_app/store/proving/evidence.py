"""A month's evidence pack: what was paid, and everything it was computed from, for somebody who has no store."""

import hashlib
from dataclasses import asdict
from datetime import date
from typing import Any

import sqlalchemy as sa

from data_contracts.contract import Problem
from kpi_app import access
from kpi_app.access import Post, Right
from kpi_app.exports import evidence
from kpi_app.exports.evidence import Unit, Verdict
from kpi_app.store import tables
from kpi_app.store.database import Database
from kpi_app.store.months import snapshots
from kpi_app.store.months.units import reach
from kpi_app.store.proving import audit, given
from kpi_app.store.proving.given import Given
from kpi_app.store.rulebook import plans
from metrics.period import Period


def pack(db: Database, who: access.Identity, period: Period, *, unit: str | None = None) -> tuple[bytes, Verdict]:
    """The pack of the newest sheets of a unit, or of all in reach that have one, and what computing it again gives.

    Who holds it sees pay and bases: it needs the rights to both and to export, and is noted in the audit with the
    pack's digest.
    Raises Forbidden without them, Problem where nothing is computed.
    """
    access.require(who, Right.CONFIDENTIAL)
    with db.read() as conn:
        within = reach(db, conn, who, [Right.PAY], period, unit)
        for store_id in within:
            access.require(who, Right.EXPORT, posts=[Post(store_id=store_id)])
        units = [
            _unit(db, conn, state.snapshot_id, state.status)
            for state in snapshots.states(conn, period.label, within)
            if state.snapshot_id is not None
        ]
        if not units:
            raise Problem(
                f"{period.label} 还没有计算；请先运行 kpi month compute {period.label}。",
                f"{period.label} is not computed yet; run kpi month compute {period.label} first.",
            )
        texts = plans.texts(conn, {digest for it in units for digest in evidence.plans_of(it)})
    for is_whole in (False, True):
        made = evidence.pack(
            units,
            texts,
            month_starts_on=db.settings.month_starts_on,
            is_whole=is_whole,
        )
        verdict = evidence.verify(made)
        if verdict.is_equal:
            break  # the rows of the units' own stores are enough
    sha256 = hashlib.sha256(made).hexdigest()
    audit.seen(db, who, "evidence.export", period=period.label, unit=unit, digest=verdict.digest, sha256=sha256)
    return made, verdict


def _unit(db: Database, conn: sa.Connection, snapshot_id: int, status: str) -> Unit:
    known = given.of_snapshot(db, conn, snapshot_id)
    return Unit(
        sheet=snapshots.sheet(db, conn, snapshot_id, status),
        events=[
            {**asdict(event), "at": event.at.isoformat(timespec="seconds")}
            for event in snapshots.events(conn, snapshot_id)
        ],
        appeals=_appeals(conn, known),
        facts=known.facts,
        read=known.lines,
        built=known.sheet,
    )


def _appeals(conn: sa.Connection, known: Given) -> list[dict[str, Any]]:
    """The objections to a unit's month, each with its answer."""
    raised, answer = tables.objections, tables.objection_answers
    columns = [*raised.c, *(column for column in answer.c if column.name not in raised.c)]
    rows = conn.execute(
        sa.select(*columns)
        .outerjoin_from(raised, answer, raised.c.objection_id == answer.c.objection_id)
        .where(raised.c.period == known.period.label, raised.c.store_id == known.store_id)
        .order_by(raised.c.objection_id)
    )
    return [
        {name: value.isoformat() if isinstance(value, date) else value for name, value in row._mapping.items()}
        for row in rows
    ]

"""What differs between two snapshots of a unit's month, or between two months."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

import polars as pl
import sqlalchemy as sa

from data_contracts.contract import Problem
from kpi_app import access
from kpi_app.access import Right
from kpi_app.store import tables
from kpi_app.store.database import Database
from kpi_app.store.months import snapshots
from kpi_app.store.months.units import reach
from kpi_app.store.proving import audit, given
from metrics.period import Period
from scorecards.compare import Cause, Comparison, in_steps, read_off
from scorecards.sheet import Sheet

READ_BY: dict[Cause, str] = {"target": "targets", "ruling": "complaint_rulings", "credit": "credit_reassignments"}
"""The contract that a cause changes."""


@dataclass(frozen=True, kw_only=True)
class Version:
    """A revision of a unit's month: how it was computed, and what it came to."""

    revision: int
    as_of: date
    import_id: int
    total_fen: int
    computed_by: str
    computed_at: datetime


def versions(db: Database, who: access.Identity, period: Period, unit: str) -> list[Version]:
    """All revisions of a unit's month, the newest first. Raises Forbidden without the right to this pay."""
    with db.read() as conn:
        reach(db, conn, who, [Right.PAY], period, unit)
        it, event = tables.snapshots.c, tables.month_events.c
        rows = conn.execute(
            sa.select(it.revision, it.as_of, it.import_id, it.total_fen, event.user_name, event.at)
            .join(tables.month_events, event.snapshot_id == it.snapshot_id)
            .where(it.period == period.label, it.store_id == unit, event.verb == "compute")
            .order_by(it.revision.desc(), event.event_id)
        ).all()
    zone = db.settings.zone_info
    return [
        Version(
            revision=row.revision,
            as_of=row.as_of,
            import_id=row.import_id,
            total_fen=row.total_fen,
            computed_by=row.user_name,
            computed_at=row.at.astimezone(zone),
        )
        for row in {row.revision: row for row in rows}.values()
    ]


def revisions(
    db: Database,
    who: access.Identity,
    period: Period,
    *,
    before: int | None = None,
    after: int | None = None,
    unit: str | None = None,
) -> list[Comparison]:
    """Two revisions of the month, by unit in reach: the newest and the one before it where none are named.

    The look is noted in the audit. Raises Forbidden without the right to this pay, Problem where there are not two.
    """
    with db.read() as conn:
        found = []
        for store_id in reach(db, conn, who, [Right.PAY], period, unit):
            of_unit = _revisions(conn, period.label, store_id)
            newest = max(of_unit, default=0)
            later = newest if after is None else after
            earlier = later - 1 if before is None else before
            if earlier in of_unit and later in of_unit:
                found.append(_compared(db, conn, of_unit[earlier], of_unit[later], (earlier, later)))
    if not found:
        raise Problem(
            f"{period.label} 没有可比较的两个版次；kpi month status 列出现有的版次。",
            f"{period.label} has no two such revisions; kpi month status shows those there are.",
        )
    _note(db, who, found)
    return found


def months(
    db: Database, who: access.Identity, before: Period, after: Period, *, unit: str | None = None
) -> list[Comparison]:
    """The newest sheets of two months, by unit in reach. Noted and refused as :func:`revisions`."""
    with db.read() as conn:
        found = []
        for store_id in reach(db, conn, who, [Right.PAY], after, unit):
            pair = [_revisions(conn, period.label, store_id) for period in (before, after)]
            if all(pair):
                sheets = [_sheet(db, conn, of_month[max(of_month)], max(of_month)) for of_month in pair]
                found.append(read_off(*sheets))
    if not found:
        raise Problem(
            f"{before.label} 与 {after.label} 没有都已计算的门店。",
            f"No store has both {before.label} and {after.label} computed.",
        )
    _note(db, who, found)
    return found


def _note(db: Database, who: access.Identity, found: list[Comparison]) -> None:
    people = (one.person_id for it in found for one in it.differences)
    sheets = [f"{it.store_id} {it.before} {it.after}" for it in found]
    audit.seen_pay(db, who, "month.diff", people, sheets=sheets)


def _revisions(conn: sa.Connection, period: str, store_id: str) -> dict[int, int]:
    """Revision → snapshot_id of a unit's month."""
    it = tables.snapshots.c
    rows = conn.execute(sa.select(it.revision, it.snapshot_id).where(it.period == period, it.store_id == store_id))
    return {row.revision: row.snapshot_id for row in rows}


def _sheet(db: Database, conn: sa.Connection, snapshot_id: int, revision: int) -> Sheet:
    return replace(snapshots.sheet(db, conn, snapshot_id, "computed"), revision=revision)


def _compared(db: Database, conn: sa.Connection, before: int, after: int, numbers: tuple[int, int]) -> Comparison:
    sheets = [_sheet(db, conn, number, revision) for number, revision in zip((before, after), numbers, strict=True)]
    return in_steps(
        sheets[0], _steps(given.of_snapshot(db, conn, before), given.of_snapshot(db, conn, after)), sheets[1]
    )


def _steps(then: given.Given, now: given.Given) -> Iterator[tuple[Cause, pl.DataFrame]]:
    """The month's lines with one input after the other as it is now; what is the same takes no computing."""
    if [plan.digest for plan in then.plans] != [plan.digest for plan in now.plans]:
        then = then.but(plans=now.plans)
        yield "rule", then.computed().lines
    for cause, contract in READ_BY.items():
        rows = [it.facts[contract].collect() for it in (then, now)]
        if not rows[0].equals(rows[1]):
            then = then.but(facts={**then.facts, contract: now.facts[contract]})
            yield cause, then.computed().lines

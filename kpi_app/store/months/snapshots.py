"""Snapshots of a unit's month: what was computed once, with its lines, and who did what to it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import dataframely as dy
import polars as pl
import sqlalchemy as sa

from data_contracts.contract import Text
from data_contracts.results import PayLines
from kpi_app import access
from kpi_app.store import tables
from kpi_app.store.database import Database
from scorecards import sheet as sheets
from scorecards.money import yuan
from scorecards.rules import LINE_COLUMNS, ordered
from scorecards.sheet import STATUS_NAMES, Approval, Sheet

FROZEN = ("submitted", "approved", "locked")
STEPS = {
    "compute": Text("计算", "computed"),
    "sign_off": Text("部门签认", "signed off"),
    "publish": Text("公示", "published"),
    "submit": Text("提交审核", "submitted"),
    "return": Text("退回", "returned"),
    "approve": Text("审批通过", "approved"),
    "lock": Text("封账", "locked"),
}


@dataclass(frozen=True, kw_only=True)
class UnitState:
    """Where a pay unit stands in a month; counts and totals are of its newest snapshot, 0 before the first."""

    period: str
    store_id: str
    store_name: str
    status: str
    revision: int
    people: int
    lines: int
    total_fen: int
    as_of: date | None
    snapshot_id: int | None

    def as_json(self, lang: str) -> dict[str, Any]:
        name = STATUS_NAMES[self.status]
        return {
            "unit": self.store_id,
            "store_name": self.store_name,
            "period": self.period,
            "status": self.status,
            "status_name": name.said(lang),
            "revision": self.revision,
            "people": self.people,
            "lines": self.lines,
            "total": yuan(self.total_fen),
            "total_fen": self.total_fen,
            "as_of": None if self.as_of is None else self.as_of.isoformat(),
        }


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something done to a unit's snapshot: compute, sign_off, publish, submit, return, approve or lock.

    An approval fills ``level`` of ``levels``; where a scan of a signed print stands for it, ``file`` is the scan and
    ``recorded_by`` who handed it in, while user_name and person_id are who signed. A sign-off is of a ``department``.
    """

    verb: str
    snapshot_id: int
    user_id: int | None
    user_name: str
    person_id: str | None
    at: datetime
    words: str
    level: int | None
    levels: int | None
    department: str | None
    file: str | None
    file_sha256: str | None
    recorded_by: str | None

    @property
    def step(self) -> Text:
        """What was done, as sheets and pages call it."""
        name = STEPS[self.verb]
        if self.department:
            return Text(f"{self.department}{STEPS[self.verb].zh}", f"{self.department} {name.en}")
        if self.levels and self.levels > 1:
            return Text(
                f"{name.zh}（{self.level}/{self.levels} 级）", f"{name.en} (level {self.level} of {self.levels})"
            )
        return name

    @property
    def said(self) -> str:
        """The words, and the scan that stands for a signature."""
        if self.file is None or self.file_sha256 is None:
            return self.words
        scan = f"签字扫描件 {self.file}（sha256 {self.file_sha256[:12]}，{self.recorded_by} 登记）"
        return f"{self.words}；{scan}" if self.words else scan


def states(conn: sa.Connection, period: str, stores: Mapping[str, str]) -> list[UnitState]:
    """Where each of ``stores`` (store_id → store_name) stands in a month."""
    unit, snapshot = tables.pay_units, tables.snapshots
    joined = unit.outerjoin(snapshot, unit.c.snapshot_id == snapshot.c.snapshot_id)
    found = {
        row.store_id: row
        for row in conn.execute(
            sa.select(
                unit.c.store_id,
                unit.c.status,
                unit.c.snapshot_id,
                *(snapshot.c[name] for name in ("revision", "people", "lines", "total_fen", "as_of")),
            )
            .select_from(joined)
            .where(unit.c.period == period)
        )
    }
    made = []
    for store_id, store_name in sorted(stores.items()):
        row = found.get(store_id)
        made.append(
            UnitState(
                period=period,
                store_id=store_id,
                store_name=store_name,
                status=row.status if row else "open",
                revision=(row.revision or 0) if row else 0,
                people=(row.people or 0) if row else 0,
                lines=(row.lines or 0) if row else 0,
                total_fen=(row.total_fen or 0) if row else 0,
                as_of=row.as_of if row else None,
                snapshot_id=row.snapshot_id if row else None,
            )
        )
    return made


def status_of(conn: sa.Connection, period: str, store_id: str) -> str:
    """The status of a unit's month; open before anything was done."""
    it = tables.pay_units.c
    found: str | None = conn.execute(sa.select(it.status).where(it.period == period, it.store_id == store_id)).scalar()
    return found or "open"


def keep(conn: sa.Connection, sheet: Sheet, *, inputs_sha256: str, import_id: int) -> int:
    """Store a sheet as the unit's next revision, with its lines; its number. The unit does not point to it yet."""
    it = tables.snapshots.c
    snapshot_id = (conn.execute(sa.select(sa.func.max(it.snapshot_id))).scalar() or 0) + 1
    of_unit = sa.and_(it.period == sheet.period, it.store_id == sheet.store_id)
    revision = (conn.execute(sa.select(sa.func.max(it.revision)).where(of_unit)).scalar() or 0) + 1
    unit = {"period": sheet.period, "store_id": sheet.store_id}
    conn.execute(
        sa.insert(tables.snapshots).values(
            **unit,
            snapshot_id=snapshot_id,
            revision=revision,
            inputs_sha256=inputs_sha256,
            digest=sheet.digest,
            import_id=import_id,
            as_of=sheet.as_of,
            people=len(sheet.people),
            lines=sheet.lines.height,
            total_fen=sheet.total_fen,
            body=sheet.dump(),
        )
    )
    rows = [
        {
            **unit,
            "snapshot_id": snapshot_id,
            **{name: line[name] for name in ("line_id", "person_id", "kind", "amount_fen")},
            "body": json.dumps(line, ensure_ascii=False, sort_keys=True, default=lambda it: it.isoformat()),
        }
        for line in sheet.lines.to_dicts()
    ]
    if rows:
        conn.execute(sa.insert(tables.pay_lines), rows)
    return snapshot_id


def sheet(db: Database, conn: sa.Connection, snapshot_id: int, status: str) -> Sheet:
    """The sheet of a snapshot, with who computed, submitted, approved and locked it."""
    it = tables.snapshots.c
    row = conn.execute(sa.select(it.body, it.revision).where(it.snapshot_id == snapshot_id)).one()
    approvals = [
        Approval(
            step=event.step.zh,
            name=event.user_name,
            at=event.at.astimezone(db.settings.zone_info).strftime("%Y-%m-%d %H:%M"),
            words=event.said,
        )
        for event in events(conn, snapshot_id)
    ]
    return sheets.load(row.body, lines(conn, [snapshot_id]), status=status, revision=row.revision, approvals=approvals)


def digest_of(conn: sa.Connection, state: UnitState) -> str:
    """What the sheet of a unit's snapshot says, as a hash."""
    it = tables.snapshots.c
    found: str = conn.execute(sa.select(it.digest).where(it.snapshot_id == state.snapshot_id)).scalar_one()
    return found


def lines(conn: sa.Connection, snapshot_ids: Sequence[int]) -> dy.DataFrame[PayLines]:
    """The lines of snapshots."""
    it = tables.pay_lines.c
    bodies = conn.execute(sa.select(it.body).where(it.snapshot_id.in_(snapshot_ids))).scalars()
    text = {**LINE_COLUMNS, **dict.fromkeys(("rule_since", "benchmark_published_on", "judged_at"), pl.String())}
    rows = pl.read_ndjson("\n".join(bodies).encode(), schema=text)
    return ordered(
        rows.with_columns(
            pl.col("rule_since", "benchmark_published_on").str.to_date(),
            pl.col("judged_at").str.to_datetime(time_unit="us"),
        )
    )


def frozen(conn: sa.Connection, before: str) -> list[int]:
    """The snapshots of earlier months that are submitted, approved or locked."""
    it = tables.pay_units.c
    query = sa.select(it.snapshot_id).where(it.period < before, it.status.in_(FROZEN))
    return list(conn.execute(query.order_by(it.snapshot_id)).scalars())


def frozen_lines(conn: sa.Connection, before: str) -> pl.DataFrame:
    """Their lines: what they paid is not paid again."""
    return lines(conn, frozen(conn, before))


def events(conn: sa.Connection, snapshot_id: int) -> list[Event]:
    """What was done to a snapshot, in order."""
    it = tables.month_events.c
    columns = [it[name] for name in Event.__dataclass_fields__]
    rows = conn.execute(sa.select(*columns).where(it.snapshot_id == snapshot_id).order_by(it.event_id))
    return [Event(**row._mapping) for row in rows]


def since_last(events: Sequence[Event], verb: str) -> list[Event]:
    """What was done after the last such deed; nothing where a return followed it, or where it was never done."""
    for place in range(len(events) - 1, -1, -1):
        if events[place].verb == "return":
            return []
        if events[place].verb == verb:
            return list(events[place + 1 :])
    return []


def people(conn: sa.Connection, snapshot_id: int) -> list[dict[str, Any]]:
    """Everybody on the sheet of a snapshot, with the columns of SheetPerson."""
    it = tables.snapshots.c
    found: list[dict[str, Any]] = json.loads(
        conn.execute(sa.select(it.body).where(it.snapshot_id == snapshot_id)).scalar_one()
    )["people"]
    return found


def move(
    db: Database,
    conn: sa.Connection,
    who: access.Identity,
    verb: str,
    period: str,
    store_id: str,
    status: str,
    snapshot_id: int,
    words: str = "",
    **details: Any,
) -> None:
    """Note a step, with the further columns of month_events, and let the unit stand at ``status`` on a snapshot."""
    event, unit = tables.month_events, tables.pay_units
    event_id = (conn.execute(sa.select(sa.func.max(event.c.event_id))).scalar() or 0) + 1
    row = {
        "event_id": event_id,
        "period": period,
        "store_id": store_id,
        "snapshot_id": snapshot_id,
        "verb": verb,
        "user_id": who.user_id,
        "user_name": who.name,
        "person_id": who.person_id,
        "at": db.settings.now_utc(),
        "words": words,
        **details,
    }
    conn.execute(sa.insert(event).values(row))
    at = sa.and_(unit.c.period == period, unit.c.store_id == store_id)
    moved = conn.execute(sa.update(unit).where(at).values(status=status, snapshot_id=snapshot_id))
    if not moved.rowcount:
        conn.execute(sa.insert(unit).values(period=period, store_id=store_id, status=status, snapshot_id=snapshot_id))

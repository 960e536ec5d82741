"""What people say of their statement: agreed, agreed with a remark, or nothing, which is not consent.

It is said of one snapshot of a unit and holds for as long as the person's own lines stay as they were.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from data_contracts.contract import Problem, Text
from kpi_app import access
from kpi_app.access import Right
from kpi_app.store import tables
from kpi_app.store.database import Database
from kpi_app.store.months import month_settings
from kpi_app.store.months.units import reach
from kpi_app.store.proving import audit
from metrics.period import Period

STATES = {
    "none": Text("未回应", "no answer"),
    "agreed": Text("已确认", "agreed"),
    "remark": Text("确认并备注", "agreed with a remark"),
    "changed": Text("确认后金额有变", "changed since it was agreed"),
}
ANSWERS = ("agreed", "remark")


@dataclass(frozen=True, kw_only=True)
class Acknowledgement:
    """What a person said of their part of a unit's newest sheet; ``changed`` where it was said of other lines."""

    period: str
    store_id: str
    store_name: str
    person_id: str
    person_name: str
    state: str
    words: str
    at: datetime | None

    def as_json(self, lang: str) -> dict[str, Any]:
        name = STATES[self.state]
        return {
            "period": self.period,
            "unit": self.store_id,
            "store_name": self.store_name,
            "person_id": self.person_id,
            "person_name": self.person_name,
            "state": self.state,
            "state_name": name.said(lang),
            "words": self.words or None,
            "at": None if self.at is None else self.at.isoformat(timespec="minutes"),
        }


def acknowledge(
    db: Database, who: access.Identity, period: Period, *, answer: str = "agreed", words: str = ""
) -> list[Acknowledgement]:
    """Say of one's own statement of a month that it is right, or right with a remark; in every unit that pays one.

    Raises Problem before it is computed, and while a returned month waits to be computed again.
    """
    words = words.strip()
    if answer not in ANSWERS or (answer == "remark") != bool(words):
        raise Problem(
            "请写 agreed（确认），或 remark（确认并备注）并写明备注。",
            "Say agreed, or remark with the words of the remark.",
        )
    it = tables.acknowledgements
    with db.write() as conn:
        mine = [one for one in _statements(db, conn, period) if one.person_id == who.person_id]
        if not mine:
            raise Problem(
                f"{period.label} 没有您的绩效单，或正在重新计算；请稍后再确认。",
                f"There is no statement of yours for {period.label}, or it is being computed again.",
            )
        last = conn.execute(sa.select(sa.func.max(it.c.number))).scalar() or 0
        for number, one in enumerate(mine, start=last + 1):
            said = {"snapshot_id": one.snapshot_id, "person_id": who.person_id, "answer": answer, "words": words}
            conn.execute(sa.insert(it).values(number=number, **said, user_name=who.name, at=db.settings.now_utc()))
            audit.note(db, conn, who, "statement.acknowledge", period=period.label, unit=one.store_id, **said)
    return own(db, who, period)


def own(db: Database, who: access.Identity, period: Period) -> list[Acknowledgement]:
    """What one has said of one's own statements of a month, unit by unit; empty where there is none."""
    with db.read() as conn:
        return _said(db, conn, [one for one in _statements(db, conn, period) if one.person_id == who.person_id])


def listing(
    db: Database, who: access.Identity, period: Period, *, unit: str | None = None, state: str | None = None
) -> list[Acknowledgement]:
    """What everybody on the sheets in reach has said, those without an answer included."""
    with db.read() as conn:
        within = reach(db, conn, who, [Right.PAY], period, unit)
        found = _said(db, conn, [one for one in _statements(db, conn, period) if one.store_id in within])
    return [one for one in found if state in (None, one.state)]


@dataclass(frozen=True)
class _Statement:
    period: str
    store_id: str
    store_name: str
    snapshot_id: int
    person_id: str
    person_name: str


def _statements(db: Database, conn: sa.Connection, period: Period) -> list[_Statement]:
    """Everybody's part of the month's sheets that stand and are not held back, by unit and 工号."""
    unit, snapshot = tables.pay_units, tables.snapshots
    query = (
        sa.select(unit.c.store_id, unit.c.status, snapshot.c.snapshot_id, snapshot.c.body)
        .join(snapshot, snapshot.c.snapshot_id == unit.c.snapshot_id)
        .where(unit.c.period == period.label, unit.c.status != "open")
        .order_by(unit.c.store_id)
    )
    return [
        _Statement(
            period.label, row.store_id, person["store_name"], row.snapshot_id, person["person_id"],
            person["person_name"],
        )
        for row in conn.execute(query)
        if row.status != "computed" or not month_settings.of(conn, period.label, row.store_id).publication
        for person in sorted(json.loads(row.body)["people"], key=lambda person: str(person["person_id"]))
    ]  # fmt: skip


def _said(db: Database, conn: sa.Connection, statements: Iterable[_Statement]) -> list[Acknowledgement]:
    it, snapshot = tables.acknowledgements, tables.snapshots
    found = []
    lines = _Lines(conn)
    latest: dict[tuple[str, str, str], sa.Row[Any]] = {}
    query = sa.select(it, snapshot.c.period, snapshot.c.store_id).join(
        snapshot, snapshot.c.snapshot_id == it.c.snapshot_id
    )
    for row in conn.execute(query.order_by(it.c.number)):
        latest[row.period, row.store_id, row.person_id] = row
    for one in statements:
        said = latest.get((one.period, one.store_id, one.person_id))
        state = "none"
        if said is not None:
            now, then = (
                lines.of(snapshot_id).get(one.person_id) for snapshot_id in (one.snapshot_id, said.snapshot_id)
            )
            state = said.answer if now == then else "changed"
        found.append(
            Acknowledgement(
                period=one.period,
                store_id=one.store_id,
                store_name=one.store_name,
                person_id=one.person_id,
                person_name=one.person_name,
                state=state,
                words=said.words if said else "",
                at=said.at.astimezone(db.settings.zone_info) if said else None,
            )
        )
    return found


class _Lines:
    """Each person's lines and amounts of a snapshot, read once."""

    def __init__(self, conn: sa.Connection) -> None:
        self._conn = conn
        self._found: dict[int, Mapping[str, frozenset[tuple[str, int]]]] = {}

    def of(self, snapshot_id: int) -> Mapping[str, frozenset[tuple[str, int]]]:
        if snapshot_id not in self._found:
            it = tables.pay_lines.c
            rows = self._conn.execute(
                sa.select(it.person_id, it.line_id, it.amount_fen).where(it.snapshot_id == snapshot_id)
            )
            gathered: dict[str, set[tuple[str, int]]] = {}
            for row in rows:
                gathered.setdefault(row.person_id, set()).add((row.line_id, row.amount_fen))
            self._found[snapshot_id] = {person_id: frozenset(lines) for person_id, lines in gathered.items()}
        return self._found[snapshot_id]

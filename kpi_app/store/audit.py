"""What was done and seen, by whom: rows that are only ever added, each hashed over the one before."""

import hashlib
import json
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from kpi_app import access
from kpi_app.store import tables
from kpi_app.store.database import Database

EMPTY = "0" * 64


def note(db: Database, conn: sa.Connection, who: access.Identity, verb: str, **about: Any) -> None:
    """Add an entry, in the transaction of the deed: ``verb`` such as ``month.lock`` and what about."""
    last = conn.execute(
        sa.select(tables.audit.c.entry, tables.audit.c.sha256).order_by(tables.audit.c.entry.desc()).limit(1)
    ).one_or_none()
    entry, before = (1, EMPTY) if last is None else (last.entry + 1, last.sha256)
    row = {
        "entry": entry,
        "at": db.settings.now_utc(),
        "user_id": who.user_id,
        "user_name": who.name,
        "verb": verb,
        "about": json.dumps(about, ensure_ascii=False, sort_keys=True, default=str),
    }
    conn.execute(sa.insert(tables.audit).values(**row, sha256=_digest(before, row)))


def seen(db: Database, who: access.Identity, verb: str, **about: Any) -> None:
    """Add an entry for something that was only looked at, such as another's pay."""
    with db.write() as conn:
        note(db, conn, who, verb, **about)


def head(conn: sa.Connection) -> str:
    """The hash of the newest entry: it stands for all entries before."""
    found: str | None = conn.execute(
        sa.select(tables.audit.c.sha256).order_by(tables.audit.c.entry.desc()).limit(1)
    ).scalar()
    return found or EMPTY


def first_broken(db: Database) -> int | None:
    """The number of the first entry that was changed, or follows one that was taken out; None when all hold."""
    before = EMPTY
    with db.read() as conn:
        rows = conn.execute(sa.select(tables.audit).order_by(tables.audit.c.entry))
        for number, row in enumerate(rows, start=1):
            if row.entry != number or row.sha256 != _digest(before, dict(row._mapping)):
                return number
            before = row.sha256
    return None


def listing(db: Database, who: access.Identity, *, limit: int = 200) -> list[dict[str, Any]]:
    """The newest entries, newest first."""
    access.require(who, access.Right.AUDIT)
    with db.read() as conn:
        rows = conn.execute(sa.select(tables.audit).order_by(tables.audit.c.entry.desc()).limit(limit))
        return [
            {
                "entry": row.entry,
                "at": row.at.isoformat(timespec="seconds"),
                "user": row.user_name,
                "verb": row.verb,
                "about": json.loads(row.about),
            }
            for row in rows
        ]


def _digest(before: str, row: dict[str, Any]) -> str:
    at: datetime = row["at"]
    parts = [
        before,
        str(row["entry"]),
        at.isoformat(),
        str(row["user_id"]),
        row["user_name"],
        row["verb"],
        row["about"],
    ]
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()

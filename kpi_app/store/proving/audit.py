"""What was done and seen, by whom: rows that are only ever added, each hashed over the one before."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from kpi_app import access
from kpi_app.store import tables
from kpi_app.store.database import Database

EMPTY = "0" * 64
LOOKS = ("%.read", "%.export", "%.explain", "month.diff", "sign_in%", "sign_out")
"""Verbs that change nothing, as SQL patterns."""

HIDDEN = "***"
WORDS = frozenset({"reason", "words", "remark"})
"""What people wrote about their pay stands under these names."""


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
    conn.execute(sa.insert(tables.audit).values(**row, sha256=digest(before, row)))


def seen(db: Database, who: access.Identity, verb: str, **about: Any) -> None:
    """Add an entry for something that was only looked at, such as another's pay."""
    with db.write() as conn:
        note(db, conn, who, verb, **about)


def seen_pay(db: Database, who: access.Identity, verb: str, people: Iterable[str], **about: Any) -> None:
    """Add an entry where the pay of others than ``who`` was shown, with how many they are."""
    if others := set(people) - {who.person_id}:
        seen(db, who, verb, people=len(others), **about)


def head(conn: sa.Connection) -> str:
    """The hash of the newest entry: it stands for all entries before."""
    found: str | None = conn.execute(
        sa.select(tables.audit.c.sha256).order_by(tables.audit.c.entry.desc()).limit(1)
    ).scalar()
    return found or EMPTY


def last_deed(db: Database) -> str:
    """The hash of the newest entry of a deed: until there is another, whatever was read stands as it did."""
    it = tables.audit.c
    query = sa.select(it.sha256).where(*(~it.verb.like(look) for look in LOOKS)).order_by(it.entry.desc()).limit(1)
    with db.read() as conn:
        found: str | None = conn.execute(query).scalar()
    return found or EMPTY


def listing(
    db: Database, who: access.Identity, *, limit: int = 200, verb: str | None = None, user: str | None = None
) -> list[dict[str, Any]]:
    """The newest entries, newest first; only those of one verb or one user where it is named.

    Who may read the audit but not everybody's pay sees no amounts in it, and nothing that people wrote about theirs.
    """
    access.require(who, access.Right.AUDIT)
    sees_pay = access.may(who, access.Right.PAY)
    it = tables.audit
    query = sa.select(it).order_by(it.c.entry.desc()).limit(limit)
    query = query if verb is None else query.where(it.c.verb == verb)
    query = query if user is None else query.where(it.c.user_name == user)
    with db.read() as conn:
        return [
            {
                "entry": row.entry,
                "at": row.at.isoformat(timespec="seconds"),
                "user": row.user_name,
                "verb": row.verb,
                "about": json.loads(row.about) if sees_pay else _without_pay(json.loads(row.about)),
            }
            for row in conn.execute(query)
        ]


def choices(db: Database, who: access.Identity) -> tuple[list[str], list[str]]:
    """The verbs and the users that the entries name."""
    access.require(who, access.Right.AUDIT)
    it = tables.audit.c
    with db.read() as conn:
        verbs, users = (
            list(conn.execute(sa.select(column).distinct().order_by(column)).scalars())
            for column in (it.verb, it.user_name)
        )
    return verbs, users


def _without_pay(about: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: HIDDEN if value not in (None, "") and (name.endswith("_fen") or name in WORDS) else value
        for name, value in about.items()
    }


def digest(before: str, row: Mapping[str, Any]) -> str:
    """The hash of an entry that follows the one hashed ``before``."""
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

"""Who is signed in: a random token in the browser, its SHA-256 here, so that a copy of the database opens nothing."""

import hashlib
import secrets
from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy as sa

from kpi_app import access
from kpi_app.settings import Settings
from kpi_app.store import tables
from kpi_app.store.accounts import users
from kpi_app.store.database import Database
from kpi_app.store.proving import audit

TOKEN_BYTES = 32
STEP = timedelta(minutes=1)
"""A session is stamped as seen at most so often: a page's many requests need not all write."""


def open_(db: Database, who: access.Identity, *, address: str | None = None, is_vouched: bool = False) -> str:
    """Begin a session of a user who has just signed in; the token for the cookie. Sessions past their time go.

    ``is_vouched`` says that an identity provider or a proxy signed the user in: there is no first password to change.
    """
    assert who.user_id is not None, "the console has no sessions"
    token = secrets.token_urlsafe(TOKEN_BYTES)
    now = db.settings.now_utc()
    with db.write() as conn:
        conn.execute(sa.delete(tables.sessions).where(~_is_alive(db.settings, now)))
        conn.execute(
            sa.insert(tables.sessions).values(
                token_sha256=_hashed(token),
                user_id=who.user_id,
                opened_at=now,
                seen_at=now,
                address=address,
                is_vouched=is_vouched,
            )
        )
    return token


def resume(db: Database, token: str) -> access.Identity | None:
    """Whose session this is, with the roles of this moment; None where it never was, is over, or was ended."""
    now = db.settings.now_utc()
    it = tables.sessions.c
    with db.read() as conn:
        row = conn.execute(
            sa.select(it.user_id, it.seen_at, it.is_vouched)
            .join(tables.users, tables.users.c.user_id == it.user_id)
            .where(it.token_sha256 == _hashed(token), _is_alive(db.settings, now), ~tables.users.c.is_disabled)
        ).one_or_none()
        if row is None:
            return None
        who = users.identity(conn, row.user_id)
        if row.is_vouched:
            who = replace(who, has_first_password=False)
    if now - row.seen_at >= STEP:
        with db.write() as conn:
            conn.execute(sa.update(tables.sessions).where(it.token_sha256 == _hashed(token)).values(seen_at=now))
    return who


def holds(db: Database, token: str) -> bool:
    """Is this session still open? Asking does not prolong it: a page that nobody touches ends with its idle time."""
    it = tables.sessions.c
    alive = sa.and_(_is_alive(db.settings, db.settings.now_utc()), ~tables.users.c.is_disabled)
    open_ = sa.select(it.user_id).join(tables.users, tables.users.c.user_id == it.user_id)
    with db.read() as conn:
        return conn.execute(open_.where(it.token_sha256 == _hashed(token), alive)).first() is not None


def close(db: Database, token: str) -> None:
    """End a session: the token opens nothing any more."""
    it = tables.sessions.c
    with db.write() as conn:
        user_id = conn.execute(
            sa.delete(tables.sessions).where(it.token_sha256 == _hashed(token)).returning(it.user_id)
        ).scalar()
        if user_id is not None:
            audit.note(db, conn, users.identity(conn, user_id), "sign_out")


def _is_alive(settings: Settings, now: datetime) -> sa.ColumnElement[bool]:
    it = tables.sessions.c
    return sa.and_(
        it.seen_at > now - timedelta(minutes=settings.session_idle_minutes),
        it.opened_at > now - timedelta(hours=settings.session_hours),
    )


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()

"""A session lasts while it is used, never past its hours, and not after it was ended."""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import pytest
import sqlalchemy as sa

from kpi_app import access
from kpi_app.store import tables
from kpi_app.store.accounts import sessions, users
from kpi_app.store.database import Database


@pytest.fixture
def wang(db: Database) -> access.Identity:
    return users.add(db, access.CONSOLE, "wang", "correct horse", roles=["staff"], person_id="E001")


@pytest.mark.both
def test_the_database_holds_only_the_hash_of_the_token(db: Database, wang: access.Identity) -> None:
    token = sessions.open_(db, wang)
    assert len(token) >= 43  # 32 random bytes in base 64
    assert sessions.open_(db, wang) != token
    with db.read() as conn:
        kept = conn.execute(sa.select(tables.sessions.c.token_sha256)).scalars().all()
    assert hashlib.sha256(token.encode()).hexdigest() in kept
    assert token not in kept
    assert all(sessions.resume(db, copied) is None for copied in kept)


@pytest.mark.both
def test_idle_for_half_an_hour_is_over(db: Database, wang: access.Identity, clock: list[datetime]) -> None:
    token = sessions.open_(db, wang)
    for minutes in (29, 29, 29):  # each use begins the half hour anew
        clock[0] += timedelta(minutes=minutes)
        assert sessions.resume(db, token) == wang
    clock[0] += timedelta(minutes=30)
    assert sessions.resume(db, token) is None


@pytest.mark.both
def test_twelve_hours_are_over_however_busy(db: Database, wang: access.Identity, clock: list[datetime]) -> None:
    token = sessions.open_(db, wang)
    for _ in range(71):  # 71 · 10 min = 11 h 50 min
        clock[0] += timedelta(minutes=10)
        assert sessions.resume(db, token) == wang
    clock[0] += timedelta(minutes=10)
    assert sessions.resume(db, token) is None


@pytest.mark.both
def test_signing_out_ends_this_session_and_no_other(db: Database, wang: access.Identity) -> None:
    here, there = sessions.open_(db, wang), sessions.open_(db, wang)
    sessions.close(db, here)
    assert sessions.resume(db, here) is None  # a replayed cookie opens nothing
    assert sessions.resume(db, there) == wang
    sessions.close(db, here)  # twice does no harm


@pytest.mark.both
def test_to_ask_whether_a_session_holds_does_not_prolong_it(
    db: Database, wang: access.Identity, clock: list[datetime]
) -> None:
    token = sessions.open_(db, wang)
    for minutes in (10, 10, 9):
        clock[0] += timedelta(minutes=minutes)
        assert sessions.holds(db, token)
    clock[0] += timedelta(minutes=1)
    assert not sessions.holds(db, token)
    assert not sessions.holds(db, "x" * 43)


@pytest.mark.parametrize("how", [users.disable, partial(users.change, roles=["hr"], scopes=["group"]), users.unbind])
def test_what_changes_an_account_ends_its_sessions(
    db: Database, wang: access.Identity, how: Callable[..., None]
) -> None:
    token = sessions.open_(db, wang)
    assert sessions.holds(db, token)
    how(db, access.CONSOLE, "wang")
    assert not sessions.holds(db, token)


def test_an_unknown_token_is_nobody(db: Database, wang: access.Identity) -> None:
    assert sessions.resume(db, "") is None
    assert sessions.resume(db, "x" * 43) is None


def test_sessions_past_their_time_are_cleared_away(db: Database, wang: access.Identity, clock: list[datetime]) -> None:
    sessions.open_(db, wang)
    clock[0] += timedelta(hours=1)
    sessions.open_(db, wang)
    with db.read() as conn:
        assert conn.execute(sa.select(sa.func.count()).select_from(tables.sessions)).scalar() == 1

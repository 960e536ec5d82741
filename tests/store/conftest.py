"""Stores for tests: an empty one on SQLite, and the same on PostgreSQL where a server is found."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from kpi_app.settings import Settings
from kpi_app.store import database
from tests.store.copies import copied, server
from tests.store.office import OFFICE, bring, reading_here


class Clocked(Settings):
    """Settings whose clock a test moves."""

    def now_utc(self) -> datetime:
        return CLOCK[0]


START = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)
CLOCK = [START]


@pytest.fixture
def clock() -> Iterator[list[datetime]]:
    """The clock of the stores in this test: set ``clock[0]``, or add a timedelta to it."""
    CLOCK[0] = START
    yield CLOCK
    CLOCK[0] = START


@pytest.fixture
def quick_reading() -> Iterator[None]:
    """Files read in this process."""
    with reading_here():
        yield


def imported(settings: Settings) -> database.Database:
    """A new store into which the office's files were imported."""
    made = database.create(Clocked(home=settings.home, database_url=settings.database_url))
    bring(made, OFFICE)
    return made


@pytest.fixture
def office(settings: Settings, quick_reading: None) -> Iterator[database.Database]:
    """A store into which the office's files were imported, as import 1."""
    made = copied(settings, imported)
    yield made
    made.close()


@pytest.fixture
def settings(request: pytest.FixtureRequest, tmp_path: Path, clock: list[datetime]) -> Iterator[Settings]:
    """Settings of a store that is not made yet: SQLite, or what ``request.param`` names."""
    if getattr(request, "param", "sqlite") == "sqlite":
        yield Clocked(home=tmp_path / "home", as_of="2026-10-31")
        return
    url: str = request.getfixturevalue("postgresql")
    name = f"kpi_{tmp_path.name.lower()}_{os.urandom(4).hex()}"
    database_url = url.format(name=name)
    with server(sa.make_url(database_url)) as conn:
        conn.execute(sa.text(f'CREATE DATABASE "{name}"'))
    yield Clocked(home=tmp_path / "home", database_url=database_url, as_of="2026-10-31")
    with server(sa.make_url(database_url)) as conn:
        conn.execute(sa.text(f'DROP DATABASE "{name}" WITH (FORCE)'))


@pytest.fixture
def db(settings: Settings) -> Iterator[database.Database]:
    """A new store."""
    made = copied(settings, database.create)
    yield made
    made.close()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tests marked ``both`` run on SQLite and on PostgreSQL."""
    if metafunc.definition.get_closest_marker("both"):
        metafunc.parametrize("settings", ["sqlite", "postgresql"], indirect=True)

"""Stores for tests: an empty one on SQLite, and the same on PostgreSQL where a server is found."""

import json
import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher

from kpi_app.intake import child, read
from kpi_app.settings import Settings
from kpi_app.store import database
from kpi_app.store.accounts import users
from tests.store.office import OFFICE, bring


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


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashing that takes a millisecond instead of fifty."""
    quick = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr(users, "_hasher", quick)
    users._hash_of_nothing.cache_clear()


def _read_here(command: list[str], file: read.Incoming, limits: read.Limits) -> dict[str, Any]:
    try:
        return {"sheets": list(child.sheets(file.data, child.Limits(*json.loads(command[-1]))))}
    except child.RefusedFileError as refused:
        return {"error": refused.sentence}


@pytest.fixture
def quick_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files read in this process: their limits are not what the test is about, and a child takes half a second."""
    monkeypatch.setattr(read, "_ask", _read_here)


@pytest.fixture(scope="session")
def office_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home on SQLite with the office's files imported, to be copied."""
    home = tmp_path_factory.mktemp("office") / "home"
    made = database.create(Clocked(home=home))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(read, "_ask", _read_here)
        bring(made, OFFICE)
    made.close()
    return home


@pytest.fixture
def office(settings: Settings, office_home: Path, quick_reading: None) -> Iterator[database.Database]:
    """A store into which the office's files were imported, as import 1."""
    if settings.database_url is None:
        shutil.copytree(office_home, settings.home)
        made = database.connect(settings)
    else:
        made = database.create(settings)
        bring(made, OFFICE)
    yield made
    made.close()


@pytest.fixture
def settings(request: pytest.FixtureRequest, tmp_path: Path, clock: list[datetime]) -> Iterator[Settings]:
    """Settings of a store that is not made yet: SQLite, or what ``request.param`` names."""
    if getattr(request, "param", "sqlite") == "sqlite":
        yield Clocked(home=tmp_path / "home", as_of="2026-10-31")
        return
    url: str = request.getfixturevalue("postgresql")
    server = sa.create_engine(url.format(name="postgres"), isolation_level="AUTOCOMMIT")
    name = f"kpi_{tmp_path.name.lower()}_{os.urandom(4).hex()}"
    with server.connect() as conn:
        conn.execute(sa.text(f'CREATE DATABASE "{name}"'))
    yield Clocked(home=tmp_path / "home", database_url=url.format(name=name), as_of="2026-10-31")
    with server.connect() as conn:
        conn.execute(sa.text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    server.dispose()


@pytest.fixture
def db(settings: Settings) -> Iterator[database.Database]:
    """A new store."""
    made = database.create(settings)
    yield made
    made.close()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tests marked ``both`` run on SQLite and on PostgreSQL."""
    if metafunc.definition.get_closest_marker("both"):
        metafunc.parametrize("settings", ["sqlite", "postgresql"], indirect=True)

"""Stores that are made once in a process and copied for every test: the home, and the database on PostgreSQL."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import sqlalchemy as sa

from kpi_app.settings import Settings
from kpi_app.store import database
from kpi_app.store.database import Database

Make = Callable[[Settings], Database]


def copied(settings: Settings, make: Make) -> Database:
    """A copy, where ``settings`` say, of the store that ``make`` makes: a function, not one of a test's own."""
    if settings.database_url is None:
        shutil.copytree(_made(make), settings.home, dirs_exist_ok=True)
        return database.connect(settings)
    url = sa.make_url(settings.database_url)
    home, template = _made_on(url.set(database="postgres"), make)
    shutil.copytree(home, settings.home, dirs_exist_ok=True)
    with server(url) as conn:
        conn.execute(sa.text(f'DROP DATABASE IF EXISTS "{url.database}"'))
        conn.execute(sa.text(f'CREATE DATABASE "{url.database}" TEMPLATE "{template}"'))
    return database.connect(settings)


@contextmanager
def server(url: sa.URL) -> Iterator[sa.Connection]:
    """A connection to the server of a database, outside of any transaction."""
    engine = sa.create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as conn:
        yield conn
    engine.dispose()


@cache
def _made(make: Make) -> Path:
    home = _folder() / "home"
    make(Settings(home=home)).close()
    return home


@cache
def _made_on(url: sa.URL, make: Make) -> tuple[Path, str]:
    home, template = _folder() / "home", f"kpi_template_{os.urandom(4).hex()}"
    with server(url) as conn:
        conn.execute(sa.text(f'CREATE DATABASE "{template}"'))
    of_template = url.set(database=template).render_as_string(hide_password=False)
    make(Settings(home=home, database_url=of_template)).close()
    return home, template


def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="kpi-template-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder

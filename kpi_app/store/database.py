"""The database behind the store: SQLite in the home folder, or PostgreSQL by URL.

Every writer is alone: on SQLite by ``BEGIN IMMEDIATE``, on PostgreSQL by an advisory lock. Readers see one moment
from their first statement to their last and wait for nobody.
"""

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from data_contracts.contract import Problem, Text
from kpi_app.settings import Settings
from kpi_app.store import tables

KEY_BYTES = 32
WRITERS_LOCK = 0x6B7069  # any number that every kpi process agrees on


@dataclass(frozen=True)
class Database:
    """An open store."""

    engine: sa.Engine
    home: Path
    settings: Settings

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A connection that sees the store as it is at its first statement."""
        with self.engine.connect() as conn:
            if conn.dialect.name == "postgresql":
                conn = conn.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with conn.begin():
                yield conn

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """One transaction of the only writer: all of it is kept, or, on any error, nothing."""
        with self.engine.connect() as conn:
            conn = conn.execution_options(is_writer=True)
            with conn.begin():
                if conn.dialect.name == "postgresql":
                    conn.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": WRITERS_LOCK})
                yield conn

    @property
    def key(self) -> bytes:
        """The store's secret: phone numbers are hashed with it."""
        return (self.home / "key").read_bytes()

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()


def create(settings: Settings) -> Database:
    """Make a new store: home folder (0700), key (0600), database with all tables. Raises Problem where one is."""
    if exists(settings):
        raise Problem(
            f"{settings.home} 里已有数据；请直接使用，或把 KPI_HOME 指向新的文件夹。",
            f"{settings.home} holds a store already; use it, or point KPI_HOME to a new folder.",
        )
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    settings.home.chmod(0o700)
    key = settings.home / "key"
    if not key.exists():
        key.touch(mode=0o600)
        key.write_bytes(secrets.token_bytes(KEY_BYTES))
    if settings.database_url is None:
        sqlite_file(settings).touch(mode=0o600)
    db = Database(engine_of(settings), settings.home, settings)
    migrate(db)
    return db


def connect(settings: Settings) -> Database:
    """Open the store, bringing an older one up to date. Raises Problem where there is none or it is newer."""
    db = _opened(settings)
    if db is not None and not is_random(db.key):
        raise Problem(
            f"{settings.home / 'key'} 不是 {KEY_BYTES} 字节的随机密钥；请从备份恢复原来的密钥。",
            f"{settings.home / 'key'} is no random key of {KEY_BYTES} bytes; restore the key from a backup.",
        )
    found = None if db is None else revision(db)
    if db is None or found is None:
        raise Problem(
            f"{settings.home} 里还没有数据；请先运行 kpi init。",
            f"No store in {settings.home} yet; run kpi init first.",
        )
    if found > tables.REVISION:
        raise Problem(
            f"数据由更新的版本（{found}）写成；请升级本产品。",
            f"The store was written by a newer version ({found}); update the product.",
        )
    if found != tables.REVISION:
        migrate(db)
    return db


def is_random(key: bytes) -> bool:
    """Is it as long as a key of ours, and no zeros or repeated word that somebody put there?"""
    return len(key) >= KEY_BYTES and len(set(key)) >= KEY_BYTES // 2


def exists(settings: Settings) -> bool:
    """Is there a store for these settings?"""
    db = _opened(settings)
    if db is None:
        return False
    try:
        return revision(db) is not None
    finally:
        db.close()


def _opened(settings: Settings) -> Database | None:
    if not (settings.home / "key").is_file():
        return None
    if settings.database_url is None and not sqlite_file(settings).is_file():
        return None
    return Database(engine_of(settings), settings.home, settings)


def sqlite_file(settings: Settings) -> Path:
    """Where SQLite keeps the database."""
    return settings.home / "kpi.sqlite3"


def revision(db: Database) -> str | None:
    """The migration that the database is at; None where it has no tables."""
    with db.engine.connect() as conn:
        if not sa.inspect(conn).has_table("alembic_version"):
            return None
        found: str | None = conn.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
        return found


def ailment(db: Database) -> Text:
    """What to tell whom something went wrong for that nobody foresaw: where it lies, and who mends it."""
    try:
        found = revision(db)
    except sa.exc.DBAPIError:
        return Text("数据库没有回应；请联系管理员。", "The database does not answer; ask an administrator.")
    if found != tables.REVISION:
        return Text(
            f"数据库的版本（{found}）与运行中的程序（{tables.REVISION}）不同；请管理员重启服务。",
            f"The database ({found}) is not of the version that runs ({tables.REVISION}); "
            "an administrator should restart the service.",
        )
    at = f"{db.settings.now_local():%Y-%m-%d %H:%M:%S}"
    return Text(
        f"出错了（{at}）；请重试，仍不行请把这个时间告诉管理员，原因在服务器的日志里。",
        f"Something went wrong ({at}); try again, or tell an administrator the time: the server's log has the cause.",
    )


def migrate(db: Database) -> None:
    """Bring the tables up to :data:`tables.REVISION`, in one transaction."""
    with db.write() as conn:
        command.upgrade(migrations(conn), "head")


def migrations(conn: sa.Connection) -> Config:
    """Alembic's configuration for a connection of ours."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = conn
    return config


def engine_of(settings: Settings) -> sa.Engine:
    """The engine of these settings, with what keeps SQLite from losing writes."""
    if settings.database_url is not None:
        return sa.create_engine(settings.database_url, pool_pre_ping=True)
    engine = sa.create_engine(sa.URL.create("sqlite", database=str(sqlite_file(settings))))
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _: Any) -> None:
    connection.isolation_level = None  # the driver's own BEGIN comes too late: begin events below send it
    for pragma in (
        "busy_timeout = 30000",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "recursive_triggers = ON",  # or INSERT OR REPLACE slips past the triggers that protect a locked month
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(conn: sa.Connection) -> None:
    conn.exec_driver_sql("BEGIN IMMEDIATE" if conn.get_execution_options().get("is_writer") else "BEGIN")

"""The database keeps what was written, keeps it in its type, and lets one writer in at a time."""

import stat
import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import produce_migrations, render_python_code
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from data_contracts.contract import Problem
from kpi_app import access
from kpi_app.settings import Settings
from kpi_app.store import database, tables
from kpi_app.store.database import Database
from kpi_app.store.proving import audit


def test_home_key_and_database_are_for_their_owner_only(settings: Settings) -> None:
    db = database.create(settings)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (db.home, *db.home.iterdir())}
    assert modes["home"] == 0o700
    assert modes["key"] == modes["kpi.sqlite3"] == 0o600
    assert len(db.key) == 32


def test_a_store_is_made_once_and_then_opened(settings: Settings) -> None:
    with pytest.raises(Problem, match="kpi init"):
        database.connect(settings)
    assert not database.exists(settings)
    key = database.create(settings).key
    assert database.exists(settings)
    assert database.connect(settings).key == key
    with pytest.raises(Problem, match="已有数据"):
        database.create(settings)


def test_a_store_whose_making_was_cut_short_is_made_anew(settings: Settings) -> None:
    settings.home.mkdir()
    (settings.home / "key").write_bytes(b"k" * 32)
    database.sqlite_file(settings).touch()
    assert not database.exists(settings)
    assert database.create(settings).key == b"k" * 32


def test_a_store_of_a_newer_version_is_refused(db: Database) -> None:
    with db.write() as conn:
        conn.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Problem, match="更新的版本"):
        database.connect(db.settings)


@pytest.mark.both
def test_the_migrations_make_exactly_the_tables(db: Database) -> None:
    with db.read() as conn:
        missing = produce_migrations(MigrationContext.configure(conn), tables.metadata).upgrade_ops
    assert missing is not None
    assert missing.is_empty(), render_python_code(missing)
    with db.write() as conn:
        assert ScriptDirectory.from_config(database.migrations(conn)).get_current_head() == tables.REVISION


@pytest.mark.both
def test_migrating_twice_changes_nothing(db: Database) -> None:
    with db.write() as conn:
        command.upgrade(database.migrations(conn), "head")
    assert database.revision(db) == tables.REVISION


@pytest.mark.both
def test_a_moment_comes_back_as_the_same_moment_in_utc(db: Database) -> None:
    shanghai = datetime(2026, 10, 31, 23, 30, tzinfo=timezone(timedelta(hours=8)))
    with db.write() as conn:
        conn.execute(sa.insert(tables.login_failures).values(subject="a", failures=1, last_at=shanghai))
    with db.read() as conn:
        found = conn.execute(sa.select(tables.login_failures.c.last_at)).scalar_one()
        assert (found, found.tzinfo) == (datetime(2026, 10, 31, 15, 30, tzinfo=UTC), UTC)
        # and compares as a moment, too
        it = tables.login_failures.c
        assert conn.execute(sa.select(it.subject).where(it.last_at == shanghai)).scalar() == "a"


@pytest.mark.both
@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"subject": "a", "failures": 1, "last_at": datetime(2026, 10, 31)}, sa.exc.StatementError),  # naive
        ({"subject": "a\x00b", "failures": 1, "last_at": datetime(2026, 10, 31, tzinfo=UTC)}, Problem),  # NUL
        ({"subject": "a\udcff", "failures": 1, "last_at": datetime(2026, 10, 31, tzinfo=UTC)}, Problem),  # no UTF-8
    ],
)
def test_naive_moments_and_what_is_no_text_are_refused(
    db: Database, values: dict[str, object], error: type[Exception]
) -> None:
    with pytest.raises(error), db.write() as conn:
        conn.execute(sa.insert(tables.login_failures).values(**values))


@pytest.mark.parametrize("amount", [1.0, "1", True])
def test_money_is_whole_fen_or_refused(amount: object) -> None:
    with pytest.raises(TypeError, match="whole number of fen"):
        tables.Fen().process_bind_param(amount, None)  # type: ignore[arg-type]


@pytest.mark.both
def test_an_error_in_a_transaction_leaves_nothing(db: Database) -> None:
    def fail_after_a_note() -> None:
        with db.write() as conn:
            audit.note(db, conn, access.CONSOLE, "x")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_after_a_note()
    assert audit.listing(db, access.CONSOLE) == []


@pytest.mark.both
def test_four_writers_lose_nothing(db: Database) -> None:
    with db.write() as conn:
        conn.execute(
            sa.insert(tables.login_failures).values(subject="n", failures=0, last_at=datetime(2026, 1, 1, tzinfo=UTC))
        )
    it = tables.login_failures.c

    def count() -> None:
        for _ in range(25):
            with db.write() as conn:
                before = conn.execute(sa.select(it.failures)).scalar_one()
                conn.execute(sa.update(tables.login_failures).values(failures=before + 1))

    writers = [threading.Thread(target=count) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    with db.read() as conn:
        assert conn.execute(sa.select(it.failures)).scalar_one() == 100  # 4 · 25


@pytest.mark.both
def test_a_reader_sees_one_moment(db: Database) -> None:
    with db.read() as reader:
        assert audit.head(reader) == audit.EMPTY
        audit.seen(db, access.CONSOLE, "x")
        assert audit.head(reader) == audit.EMPTY
    with db.read() as reader:
        assert audit.head(reader) != audit.EMPTY


def test_readers_do_not_write(db: Database, tmp_path: Path) -> None:
    assert database.exists(db.settings)
    assert not database.exists(Settings(home=tmp_path / "elsewhere"))
    assert not (tmp_path / "elsewhere").exists()

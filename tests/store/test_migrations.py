"""An older store is brought up to date with its rows as they are and every guard in its place."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from alembic import command

from kpi_app.settings import Settings
from kpi_app.store import database
from kpi_app.store.database import Database

LOCKED_MONTH = """
INSERT INTO snapshots VALUES (1, '2026-09', 'S01', 1, 'i', 'd', 1, '2026-09-30', 1, 1, 120, '{}')
INSERT INTO pay_lines VALUES (1, 'l', '2026-09', 'S01', 'E1', 'bonus', 120, '{}')
INSERT INTO month_events VALUES (1, '2026-09', 'S01', 1, 'lock', 1, '赵人事', 'H01', '2026-10-05 01:00:00', '')
INSERT INTO pay_units VALUES ('2026-09', 'S01', 'locked', 1)
"""
TRIGGERS = {
    "sqlite": "SELECT name || ' ' || sql FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT tgname || ' ' || tgenabled::text FROM pg_trigger WHERE NOT tgisinternal",
}


@pytest.fixture
def old(settings: Settings) -> Iterator[Database]:
    """A store as it was before publication and levels of approval, with a locked month."""
    settings.home.mkdir(mode=0o700)
    made = Database(database.engine_of(settings), settings.home, settings)
    with made.write() as conn:
        command.upgrade(database.migrations(conn), "0002")
        for statement in LOCKED_MONTH.strip().split("\n"):
            conn.exec_driver_sql(statement)
    yield made
    made.close()


def asked(db: Database, query: str) -> list[object]:
    with db.read() as conn:
        return list(conn.execute(sa.text(query)).scalars())


@pytest.mark.both
def test_a_locked_month_comes_through_as_it_was(old: Database) -> None:
    triggers = set(asked(old, TRIGGERS[old.engine.dialect.name]))
    database.migrate(old)
    assert triggers <= set(asked(old, TRIGGERS[old.engine.dialect.name]))
    assert asked(old, "SELECT status FROM pay_units") == ["locked"]
    assert asked(old, "SELECT verb || user_name || person_id FROM month_events WHERE level IS NULL") == [
        "lock赵人事H01"
    ]
    for refused in (
        "UPDATE pay_units SET status = 'open'",
        "DELETE FROM month_events",
        "UPDATE pay_lines SET amount_fen = 1",
    ):
        with pytest.raises(sa.exc.DBAPIError, match=r"is locked|are kept"), old.write() as conn:
            conn.execute(sa.text(refused))


@pytest.mark.both
def test_a_status_nobody_knows_is_refused_as_before(old: Database) -> None:
    database.migrate(old)
    with old.write() as conn:
        conn.execute(sa.text("INSERT INTO pay_units VALUES ('2026-10', 'S01', 'published', 1)"))
    with pytest.raises(sa.exc.IntegrityError), old.write() as conn:
        conn.execute(sa.text("INSERT INTO pay_units VALUES ('2026-11', 'S01', 'paid', 1)"))
    with pytest.raises(sa.exc.IntegrityError), old.write() as conn:
        conn.execute(sa.text("INSERT INTO pay_units VALUES ('2026-11', 'S01', 'published', NULL)"))

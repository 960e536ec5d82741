"""A locked month is kept by the database itself, whoever writes to it, and locking is all or nothing."""

import random
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from data_contracts.contract import Problem
from kpi_app import access
from kpi_app.settings import Settings
from kpi_app.store import database, tables
from kpi_app.store.database import Database
from kpi_app.store.months import month
from kpi_app.store.proving import audit
from tests.store.pay import BOSS, HR, OCTOBER, office_in

ROOT = Path(__file__).resolve().parents[3]
AS_OF = date(2026, 10, 31)


@pytest.fixture
def office(settings: Settings) -> Iterator[Database]:
    made = office_in(settings)
    month.compute(made, HR, OCTOBER, as_of=AS_OF)
    month.submit(made, HR, OCTOBER)
    month.approve(made, BOSS, OCTOBER)
    yield made
    made.close()


@pytest.fixture
def locked(office: Database) -> Database:
    month.lock(office, HR, OCTOBER, unit="S01")
    return office


def refuses(db: Database, statement: str, because: str) -> None:
    with pytest.raises(sa.exc.DBAPIError, match=because), db.write() as conn:
        conn.execute(sa.text(statement))


CHANGES = """
UPDATE pay_units SET status = 'open' WHERE store_id = 'S01'
DELETE FROM pay_units WHERE store_id = 'S01'
UPDATE pay_units SET store_id = 'S09' WHERE store_id = 'S01'
UPDATE pay_lines SET amount_fen = 1 WHERE store_id = 'S01'
DELETE FROM pay_lines WHERE store_id = 'S01'
UPDATE snapshots SET total_fen = 1 WHERE store_id = 'S01'
DELETE FROM snapshots WHERE store_id = 'S01'
UPDATE month_events SET user_name = 'x' WHERE store_id = 'S01'
DELETE FROM month_events WHERE store_id = 'S01'
INSERT INTO pay_lines SELECT snapshot_id, 'n', period, store_id, person_id, kind, 1, body FROM pay_lines
INSERT INTO snapshots SELECT 99, period, store_id, 9, 'x', 'x', 1, as_of, 1, 1, 1, '' FROM snapshots LIMIT 1
INSERT INTO month_reviews SELECT snapshot_id, '2026-01' FROM pay_units WHERE store_id = 'S01'
INSERT INTO month_events SELECT 99, period, store_id, 1, 'lock', 1, 'x', 'x', at, '', {details} FROM month_events
INSERT INTO month_answers VALUES (1, '2026-10', 'S01', 'i', 'a', '', 'accept', 'w', 1, 'x', 'x', '2026-11-01 00:00:00')
INSERT INTO snapshot_inputs VALUES (1, '2026-10', 'S01', '{}')
INSERT INTO manual_lines (line_id, period, store_id, person_id, amount_fen, reason, entered_name, entered_at) \
VALUES ('m', '2026-10', 'S01', 'E1', 1, 'x', 'x', '2026-11-01 00:00:00')
"""
REPLACEMENTS = """
INSERT OR REPLACE INTO pay_units SELECT period, store_id, 'open', snapshot_id FROM pay_units
UPDATE OR REPLACE pay_units SET store_id = 'S01' WHERE store_id = 'S02'
REPLACE INTO pay_lines SELECT snapshot_id, line_id, period, store_id, person_id, kind, 1, body FROM pay_lines
UPDATE OR REPLACE pay_lines SET line_id = 'x'
REPLACE INTO snapshots SELECT snapshot_id, period, store_id, 1, 'x', 'x', 1, as_of, 1, 1, 1, '' FROM snapshots
REPLACE INTO month_events SELECT event_id, period, store_id, 1, 'lock', 1, 'x', 'x', at, '', {details} FROM month_events
"""


@pytest.mark.both
def test_the_database_refuses_to_change_a_locked_month(locked: Database) -> None:
    is_sqlite = locked.engine.dialect.name == "sqlite"
    before = month.sheet(locked, HR, OCTOBER, unit="S01")
    for statement in [*CHANGES.split("\n")[1:-1], *(REPLACEMENTS.split("\n")[1:-1] if is_sqlite else [])]:
        of_an_approval = "1, 1, NULL, NULL, NULL, NULL"
        refuses(locked, statement.replace("{details}", of_an_approval), r"is locked|are kept|is in use")
    after = month.sheet(locked, HR, OCTOBER, unit="S01")
    assert (after.digest, after.status, after.total_fen) == (before.digest, "locked", 120_00)


@pytest.mark.parametrize("settings", ["postgresql"], indirect=True)
def test_truncating_is_refused(locked: Database) -> None:
    for table in (
        "pay_units", "snapshots", "pay_lines", "month_events", "manual_lines", "plan_versions",
        "month_settings", "month_answers", "snapshot_inputs", "reminders",
    ):  # fmt: skip
        refuses(locked, f"TRUNCATE {table} CASCADE", "are kept")


@pytest.mark.both
def test_another_unit_goes_on(locked: Database) -> None:
    month.return_(locked, BOSS, OCTOBER, unit="S02", reason="再核对")
    month.compute(locked, HR, OCTOBER, unit="S02", as_of=AS_OF)
    assert [state.status for state in month.status(locked, HR, OCTOBER)] == ["locked", "computed"]


@pytest.mark.both
def test_of_eight_who_close_at_once_one_does_and_seven_are_told(office: Database) -> None:
    told: list[str] = []
    ready = threading.Barrier(8)

    def close() -> None:
        own = database.connect(office.settings)
        ready.wait()
        try:
            month.lock(own, HR, OCTOBER)
            told.append("closed")
        except Problem as problem:
            told.append(problem.text.zh)
        finally:
            own.close()

    closers = [threading.Thread(target=close) for _ in range(8)]
    for closer in closers:
        closer.start()
    for closer in closers:
        closer.join()
    assert told.count("closed") == 1
    assert sum("已封账" in it for it in told) == 7
    noted = [it["about"]["unit"] for it in audit.listing(office, access.CONSOLE) if it["verb"] == "month.lock"]
    assert sorted(noted) == ["S01", "S02"]  # one event a unit


def test_lines_that_are_not_those_approved_are_not_locked(office: Database) -> None:
    it = tables.pay_lines.c
    with office.write() as conn:
        conn.execute(sa.text("DROP TRIGGER pay_lines_keeps_update"))
        body = conn.execute(sa.select(it.body).where(it.kind == "bonus")).scalar_one()
        raised = body.replace("20000", "90000")
        conn.execute(sa.update(tables.pay_lines).where(it.kind == "bonus").values(body=raised))
    with pytest.raises(Problem, match="与审批时不一致"):
        month.lock(office, HR, OCTOBER, unit="S01")


DYING = """
import os, signal, sys
import sqlalchemy as sa
from data_contracts.contract import Problem
from kpi_app.settings import Settings
from kpi_app.store import database
from kpi_app.store.months import month
from tests.store.pay import HR, OCTOBER

db = database.connect(Settings(home=sys.argv[1]))
left = int(sys.argv[3])

def die_at_the_nth(*_):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

sa.event.listen(db.engine, sys.argv[2], die_at_the_nth)
month.lock(db, HR, OCTOBER)
"""
"""Locks the month of a home and dies at the n-th event: before or after a statement, or at the commit."""


def test_killed_at_ten_random_points_it_is_locked_or_not_and_never_between(office: Database, tmp_path: Path) -> None:
    office.close()
    statements = _statements_of_a_lock(_copy(office, tmp_path / "counted"))
    draw = random.Random(20261031)
    points = [(draw.choice(["before", "after"]), draw.randint(1, statements)) for _ in range(8)]
    deaths = [(f"{when}_cursor_execute", at) for when, at in points]
    deaths += [("commit", 1), ("checkin", 1)]  # just before the commit, just after it
    homes = [_copy(office, tmp_path / f"copy{n}") for n in range(len(deaths))]
    for pair in zip(homes[::2], homes[1::2], strict=True):  # two at a time
        children = [
            subprocess.Popen([sys.executable, "-c", DYING, home, *map(str, deaths[homes.index(home)])], cwd=ROOT)
            for home in pair
        ]
        assert [child.wait(60) for child in children] == [-signal.SIGKILL] * 2
    outcomes = []
    for home in homes:
        db = database.connect(Settings(home=home))
        found = {state.status for state in month.status(db, HR, OCTOBER)}
        assert found in ({"approved"}, {"locked"})  # both units together
        with db.read() as conn:
            count = sa.select(sa.func.count()).where(tables.month_events.c.verb == "lock")
            assert conn.execute(count).scalar() == (2 if found == {"locked"} else 0)
        assert month.sheet(db, HR, OCTOBER).total_fen == 120_00
        if found == {"approved"}:
            month.lock(db, HR, OCTOBER)  # nothing stands in the way of the next try
        outcomes.append(found)
        db.close()
    assert outcomes == [{"approved"}] * 9 + [{"locked"}]


def _copy(office: Database, home: Path) -> Path:
    shutil.copytree(office.home, home)
    return home


def _statements_of_a_lock(home: Path) -> int:
    db = database.connect(Settings(home=home))
    sent: list[object] = []
    sa.event.listen(db.engine, "before_cursor_execute", lambda *_: sent.append(_))
    month.lock(db, HR, OCTOBER)
    db.close()
    return len(sent)

"""Edits made offline, past the triggers, to a copy of the store: every one of them is found."""

import hashlib
import json
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from data_contracts.contract import Problem
from kpi_app import access
from kpi_app.settings import Settings
from kpi_app.store import database
from kpi_app.store.complaints import rulings
from kpi_app.store.database import Database
from kpi_app.store.months import month
from kpi_app.store.proving import audit, proof
from tests.store.pay import BOSS, HR, OCTOBER, office_in

AS_OF = date(2026, 10, 31)
EDITS = 200


@pytest.fixture
def locked(settings: Settings) -> Iterator[Database]:
    """A store whose October is locked in both stores, with a ruling made in the product."""
    made = office_in(settings)
    rulings.set_(made, BOSS, complaint_id="C2", person_id="E2", fault="有责", penalty_fen=60_00, note="未按约定回电")
    month.compute(made, HR, OCTOBER, as_of=AS_OF)
    month.submit(made, HR, OCTOBER)
    month.approve(made, BOSS, OCTOBER)
    month.lock(made, HR, OCTOBER)
    yield made
    made.close()


def head_of(db: Database) -> str:
    with db.read() as conn:
        return audit.head(conn)


def what(found: proof.Proof) -> set[str]:
    return {fault.what for fault in found.faults}


@pytest.mark.both
def test_an_untouched_store_holds(locked: Database) -> None:
    exported = month.sheet(locked, HR, OCTOBER).inputs["操作记录"]  # the head as the sheet ④ prints it
    month.sheet(locked, HR, OCTOBER)
    found = proof.verify(locked, access.CONSOLE, head=exported)
    assert (found.faults, found.since_head, found.head) == ((), 1, head_of(locked))


def test_it_needs_the_right_and_a_hash(locked: Database) -> None:
    with pytest.raises(access.Forbidden):
        proof.verify(locked, HR)
    with pytest.raises(Problem, match="不是操作记录的校验码"):
        proof.verify(locked, access.CONSOLE, head="abc")


def test_what_was_sealed_before_a_head_is_found_without_one(locked: Database, tmp_path: Path) -> None:
    """Row by row: each table by its own kind of fault."""
    cases = {
        "UPDATE pay_lines SET amount_fen = 1": {"snapshot", "month"},
        "UPDATE pay_lines SET body = replace(body, '20000', '90000')": {"snapshot", "month"},
        "DELETE FROM pay_lines": {"snapshot", "month"},
        "UPDATE snapshots SET total_fen = 1 WHERE snapshot_id = 1": {"snapshot", "month"},
        "UPDATE month_events SET words = '同意' WHERE verb = 'approve'": {"month"},
        "DELETE FROM month_events WHERE verb = 'submit'": {"month"},
        "UPDATE pay_units SET status = 'open'": {"month"},
        "DELETE FROM pay_units": {"month"},
        "UPDATE plan_versions SET text = text || ' '": {"plan"},
        "UPDATE plan_versions SET since = '2027-01'": {"plan"},
        "DELETE FROM plan_versions": {"plan"},
        "UPDATE manifest SET digest = 'x' WHERE contract = 'complaint_rulings' AND until_import IS NULL": {"facts"},
        "DELETE FROM manifest WHERE contract = 'complaint_rulings'": {"facts"},
        "UPDATE audit SET at = 'x' WHERE entry = 3": {"entry"},
    }
    for number, (statement, expected) in enumerate(cases.items()):
        with Tampered(
            locked, tmp_path / str(number), lambda conn, home, text=statement: conn.execute(text)
        ) as tampered:
            assert what(proof.verify(tampered, access.CONSOLE)) == expected, statement


def test_200_random_offline_edits_are_200_found(locked: Database, tmp_path: Path) -> None:
    head, draw, missed = head_of(locked), random.Random(20261031), []
    for number in range(EDITS):
        edit = draw.choice(OFFLINE)
        with Tampered(locked, tmp_path / str(number), lambda conn, home, edit=edit: edit(conn, home, draw)) as tampered:
            if not proof.verify(tampered, access.CONSOLE, head=head).faults:
                missed.append((number, edit.__name__))
        shutil.rmtree(tmp_path / str(number))
    assert missed == []


class Tampered:
    """A copy of the store after an edit made by SQLite itself, without triggers."""

    def __init__(self, db: Database, home: Path, edit: Callable[[sqlite3.Connection, Path], object]) -> None:
        shutil.copytree(db.home, home)
        with closing(sqlite3.connect(home / "kpi.sqlite3")) as conn, conn:
            conn.execute("PRAGMA synchronous = OFF")  # a copy that need not outlive the test
            for (trigger,) in conn.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                conn.execute(f"DROP TRIGGER {trigger}")
            edit(conn, home)
        settings = Settings(home=home)
        self.db = Database(database.engine_of(settings), home, settings)

    def __enter__(self) -> Database:
        return self.db

    def __exit__(self, *_: object) -> None:
        self.db.close()


# Ways to falsify. Each changes something that means something: what it writes differs from what stood there.


def a_cell_of_the_audit(conn: sqlite3.Connection, home: Path, draw: random.Random) -> None:
    entry, at = _one(conn, draw, "SELECT entry, at FROM audit")
    column, value = draw.choice(
        [
            ("user_name", "'某人'"),
            ("verb", "'x'"),
            ("about", "'{}'"),
            ("sha256", f"'{'0' * 64}'"),
            ("user_id", "99"),
            ("at", f"'{at[:18]}{(int(at[18]) + 1) % 10}{at[19:]}'"),
        ]
    )
    conn.execute(f"UPDATE audit SET {column} = {value} WHERE entry = ?", (entry,))


def an_entry_taken_out(conn: sqlite3.Connection, home: Path, draw: random.Random) -> None:
    conn.execute("DELETE FROM audit WHERE entry = ?", _one(conn, draw, "SELECT entry FROM audit"))


def entries_moved(conn: sqlite3.Connection, home: Path, draw: random.Random) -> None:
    one, other = draw.sample([entry for (entry,) in conn.execute("SELECT entry FROM audit")], 2)
    conn.execute("UPDATE audit SET entry = -1 WHERE entry = ?", (one,))
    conn.execute("UPDATE audit SET entry = ? WHERE entry = ?", (one, other))
    conn.execute("UPDATE audit SET entry = ? WHERE entry = -1", (other,))


def the_end_cut_off(conn: sqlite3.Connection, home: Path, draw: random.Random) -> None:
    conn.execute("DELETE FROM audit WHERE entry >= ?", _one(conn, draw, "SELECT entry FROM audit"))


def a_chain_made_anew(conn: sqlite3.Connection, home: Path, draw: random.Random) -> None:
    """An entry changed and everything after it hashed again: nothing within the chain shows it."""
    (changed,) = _one(conn, draw, "SELECT entry FROM audit")
    conn.execute("UPDATE audit SET user_name = user_name || '某' WHERE entry = ?", (changed,))
    _chained_again(conn)


def a_cell_of_a_line(conn: sqlite3.Connection, home: Path, draw: random.Random) -> None:
    column = draw.choice(["amount_fen = amount_fen + 1", "kind = 'manual'", "person_id = 'X'", "store_id = 'X'"])
    _change_one(conn, draw, "pay_lines", column)


def the_body_of_a_line(conn: sqlite3.Connection, home: Path, draw: random.Random) -> None:
    rowid, body = _one(conn, draw, "SELECT rowid, body FROM pay_lines")
    line = json.loads(body)
    name = draw.choice(sorted(line))
    line[name] = [line[name], 1]
    conn.execute("UPDATE pay_lines SET body = ? WHERE rowid = ?", (json.dumps(line, ensure_ascii=False), rowid))


def a_line_added_or_taken_out(conn: sqlite3.Connection, home: Path, draw: random.Random) -> None:
    if draw.random() < 0.5:
        conn.execute("DELETE FROM pay_lines WHERE rowid = ?", _one(conn, draw, "SELECT rowid FROM pay_lines"))
    else:
        conn.execute(
            "INSERT INTO pay_lines SELECT snapshot_id, 'new', period, store_id, person_id, kind, amount_fen, body "
            "FROM pay_lines LIMIT 1"
        )


def a_sheet(conn: sqlite3.Connection, home: Path, draw: random.Random) -> None:
    _change_one(conn, draw, "snapshots", draw.choice(["digest = 'x'", "total_fen = 1", "body = body || ' '"]))


def lines_with_everything_that_sums_them_up(conn: sqlite3.Connection, home: Path, draw: random.Random) -> None:
    """A line raised in its column and body, the snapshot's total with it, and the snapshot's own digest replaced."""
    rowid, snapshot_id, body = _one(conn, draw, "SELECT rowid, snapshot_id, body FROM pay_lines")
    line = json.loads(body)
    more = draw.randint(1, 100_000)
    line |= {"amount_fen": line["amount_fen"] + more, "requested_fen": line["requested_fen"] + more}
    forged = json.dumps(line, ensure_ascii=False, sort_keys=True)
    conn.execute("UPDATE pay_lines SET body = ?, amount_fen = amount_fen + ? WHERE rowid = ?", (forged, more, rowid))
    conn.execute(
        "UPDATE snapshots SET total_fen = total_fen + ?, digest = ? WHERE snapshot_id = ?",
        (more, hashlib.blake2b(forged.encode(), digest_size=16).hexdigest(), snapshot_id),
    )


def a_ruling_in_its_file(conn: sqlite3.Connection, home: Path, draw: random.Random) -> None:
    _, path = _rulings(conn, home, draw)
    _forged(path, draw).write_parquet(path)


def a_ruling_in_a_file_of_its_own_name(conn: sqlite3.Connection, home: Path, draw: random.Random) -> None:
    rowid, path = _rulings(conn, home, draw)
    forged = path.with_name("forged.parquet")
    _forged(path, draw).write_parquet(forged)
    named = hashlib.sha256(forged.read_bytes()).hexdigest()
    forged.rename(path.with_name(f"{named}.parquet"))
    conn.execute("UPDATE manifest SET digest = ? WHERE rowid = ?", (named, rowid))


def a_ruling_taken_out(conn: sqlite3.Connection, home: Path, draw: random.Random) -> None:
    rowid, path = _rulings(conn, home, draw)
    if draw.random() < 0.5:
        path.unlink()
    else:
        conn.execute("DELETE FROM manifest WHERE rowid = ?", (rowid,))


OFFLINE = [
    a_cell_of_the_audit, an_entry_taken_out, entries_moved, the_end_cut_off, a_chain_made_anew,
    a_cell_of_a_line, the_body_of_a_line, a_line_added_or_taken_out, a_sheet, lines_with_everything_that_sums_them_up,
    a_ruling_in_its_file, a_ruling_in_a_file_of_its_own_name, a_ruling_taken_out,
]  # fmt: skip


def _one(conn: sqlite3.Connection, draw: random.Random, query: str) -> tuple:  # type: ignore[type-arg]
    return draw.choice(conn.execute(query).fetchall())


def _change_one(conn: sqlite3.Connection, draw: random.Random, table: str, change: str) -> None:
    conn.execute(f"UPDATE {table} SET {change} WHERE rowid = ?", _one(conn, draw, f"SELECT rowid FROM {table}"))


def _chained_again(conn: sqlite3.Connection) -> None:
    before = audit.EMPTY
    for entry, at, *parts in conn.execute(
        "SELECT entry, at, user_id, user_name, verb, about FROM audit ORDER BY entry"
    ).fetchall():
        names = ("user_id", "user_name", "verb", "about")
        row = {"entry": entry, "at": proof._moment(at), **dict(zip(names, parts, strict=True))}
        before = audit.digest(before, row)
        conn.execute("UPDATE audit SET sha256 = ? WHERE entry = ?", (before, entry))


def _rulings(conn: sqlite3.Connection, home: Path, draw: random.Random) -> tuple[int, Path]:
    rowid, named, digest = _one(
        conn, draw, "SELECT rowid, month, digest FROM manifest WHERE contract = 'complaint_rulings'"
    )
    return rowid, home / "facts" / "complaint_rulings" / named / f"{digest}.parquet"


def _forged(path: Path, draw: random.Random) -> pl.DataFrame:
    change = draw.choice([{"penalty_fen": 10_000 + draw.randint(1, 99)}, {"fault": "无责"}, {"judged_by": "X"}])
    return pl.read_parquet(path).with_columns(**{name: pl.lit(value) for name, value in change.items()})

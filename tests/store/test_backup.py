"""A backup is whole or refused, and comes back as it was, into an empty home only."""

import json
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from data_contracts.contract import Problem
from kpi_app import access
from kpi_app.settings import Settings
from kpi_app.store import backup, database
from kpi_app.store.accounts import sessions, users
from kpi_app.store.database import Database
from kpi_app.store.proving import audit, proof
from kpi_app.store.rows import facts
from tests.store.office import LEADS, VISITS, bring, manifest

pytestmark = pytest.mark.usefixtures("quick_reading")


@pytest.fixture
def full(office: Database) -> Database:
    """The office with history, phone numbers and a user."""
    bring(office, {"线索.csv": LEADS})
    bring(office, {"到店2.csv": VISITS.replace("15:00", "16:00")})
    users.add(office, access.CONSOLE, "wang", "correct horse", roles=["admin"])
    return office


@pytest.mark.both
def test_everything_comes_back_but_sessions(full: Database, tmp_path: Path) -> None:
    token = sessions.open_(full, users.sign_in(full, "wang", "correct horse"))
    backup.backup(full, access.CONSOLE, tmp_path / "a.zip")
    assert (tmp_path / "a.zip").stat().st_mode & 0o077 == 0
    elsewhere = full.settings.model_copy(update={"home": tmp_path / "new" / "home"})
    if full.settings.database_url is not None:
        with full.write() as conn:  # the server's database is emptied, as a new one would be
            conn.execute(sa.text("DROP SCHEMA public CASCADE"))
            conn.execute(sa.text("CREATE SCHEMA public"))
        digests = None
    else:
        digests = [manifest(full, number) for number in (1, 2, 3)]
    backup.restore(elsewhere, tmp_path / "a.zip")
    restored = database.connect(elsewhere)
    assert restored.key == full.key
    assert facts.broken(restored, 1) == facts.broken(restored) == []
    assert digests in (None, [manifest(restored, number) for number in (1, 2, 3)])
    assert users.sign_in(restored, "wang", "correct horse").roles == {"admin"}
    assert sessions.resume(restored, token) is None
    assert proof.verify(restored, access.CONSOLE).faults == ()
    assert [entry["verb"] for entry in audit.listing(restored, access.CONSOLE)][:3] == ["sign_in", "restore", "backup"]
    assert restored.home.stat().st_mode & 0o077 == 0
    assert (restored.home / "key").stat().st_mode & 0o077 == 0
    restored.close()


def test_a_home_that_holds_something_is_left_alone(office: Database, tmp_path: Path) -> None:
    backup.backup(office, access.CONSOLE, tmp_path / "a.zip")
    with pytest.raises(Problem, match="不是空文件夹"):
        backup.restore(office.settings, tmp_path / "a.zip")
    with pytest.raises(Problem, match="已存在"):
        backup.backup(office, access.CONSOLE, tmp_path / "a.zip")


def test_a_damaged_fact_is_not_backed_up(office: Database, tmp_path: Path) -> None:
    next((office.home / "facts").rglob("*.parquet")).write_bytes(b"")
    with pytest.raises(Problem, match="缺失或已损坏"):
        backup.backup(office, access.CONSOLE, tmp_path / "a.zip")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home"]


def rewritten(source: Path, target: Path, change: Callable[[dict[str, bytes]], None]) -> None:
    with zipfile.ZipFile(source) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    change(entries)
    with zipfile.ZipFile(target, "w") as archive:
        for name, data in entries.items():
            archive.writestr(name, data)


def changed_byte(entries: dict[str, bytes]) -> None:
    name = next(name for name in entries if name.startswith("facts/"))
    entries[name] = entries[name][:-1] + bytes([entries[name][-1] ^ 1])


def missing_fact(entries: dict[str, bytes]) -> None:
    del entries[next(name for name in entries if name.startswith("facts/"))]


def listed(name: str) -> Callable[[dict[str, bytes]], None]:
    """Another entry, with its digest properly listed."""

    def add(entries: dict[str, bytes]) -> None:
        contents = json.loads(entries["backup.json"])
        contents["sha256"][name] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"  # of nothing
        entries[name] = b""
        entries["backup.json"] = json.dumps(contents).encode()

    return add


def other_format(entries: dict[str, bytes]) -> None:
    entries["backup.json"] = entries["backup.json"].replace(b'"format": 1', b'"format": 2')


@pytest.mark.parametrize(
    "change",
    [
        changed_byte,
        missing_fact,
        listed("../outside"),
        listed("/etc/outside"),
        listed("facts/../../outside"),
        listed("facts/stores/all/x.parquet"),
        other_format,
        lambda entries: entries.pop("backup.json"),
        lambda entries: entries.pop("key"),
    ],
)
def test_anything_but_a_whole_backup_is_refused(
    office: Database, tmp_path: Path, change: Callable[[dict[str, bytes]], None]
) -> None:
    backup.backup(office, access.CONSOLE, tmp_path / "a.zip")
    rewritten(tmp_path / "a.zip", tmp_path / "b.zip", change)
    inner = tmp_path / "deep" / "home"
    with pytest.raises(Problem, match="不是完整的备份文件"):
        backup.restore(Settings(home=inner), tmp_path / "b.zip")
    assert list(inner.parent.iterdir()) == []
    assert not (tmp_path / "outside").exists()


def test_what_is_no_backup_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"no zip")
    with pytest.raises(Problem, match="不是完整的备份文件"):
        backup.restore(Settings(home=tmp_path / "home"), tmp_path / "a.zip")
    with pytest.raises(Problem, match="不是完整的备份文件"):
        backup.restore(Settings(home=tmp_path / "home"), tmp_path / "missing.zip")


def test_the_copy_is_one_moment_of_the_database(office: Database, tmp_path: Path) -> None:
    with office.write() as conn:
        audit.note(office, conn, access.CONSOLE, "uncommitted")
        dump = backup._dump(office, tmp_path)
        with sqlite3.connect(dump) as copy:
            verbs = [verb for (verb,) in copy.execute("SELECT verb FROM audit")]
        copy.close()
    assert "uncommitted" not in verbs


def test_only_administrators_and_the_console_back_up(office: Database, tmp_path: Path) -> None:
    hr = access.Identity(user_id=2, name="hr", roles=frozenset({"hr"}), scopes=frozenset({"group"}))
    with pytest.raises(access.Forbidden):
        backup.backup(office, hr, tmp_path / "a.zip")

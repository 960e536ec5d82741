"""Whatever moment an import is killed at, the store is as before it or as after it; and two at once both land."""

import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kpi_app import access
from kpi_app.settings import Settings
from kpi_app.store import database
from kpi_app.store.database import Database
from kpi_app.store.proving import proof
from kpi_app.store.rows import facts, imports
from tests.store.office import INVITATIONS, LEADS, VISITS, bring, manifest

ROOT = Path(__file__).resolve().parents[3]
UPDATE = {
    "邀约2.csv": INVITATIONS.replace("2026-09-03", "2026-10-09").replace("Y2,", "Y5,"),
    "到店2.csv": VISITS.replace("15:00", "16:00"),
    "线索.csv": LEADS,
}


@pytest.fixture
def home(office: Database, tmp_path: Path) -> Path:
    """The home of an office, closed; beside it the files to come."""
    office.close()
    for name, text in UPDATE.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return office.home


def importing(home: Path, files: list[Path], *, dies_at: int = 0) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.store.dies", str(home), str(dies_at), *map(str, files)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_killed_at_ten_points_it_is_before_or_after(home: Path, tmp_path: Path) -> None:
    files = [tmp_path / name for name in UPDATE]
    whole = shutil.copytree(home, tmp_path / "whole")
    said, trouble = (process := importing(whole, files)).communicate()
    assert process.returncode == 0, trouble
    points = int(said)
    after = digest(whole)
    before = digest(home)
    assert before != after
    outcomes = set()
    for point in [1, points, *random.Random(20261031).sample(range(2, points), 8)]:
        copy = shutil.copytree(home, tmp_path / f"home{point}")
        process = importing(copy, files, dies_at=point)
        process.communicate()
        assert process.returncode == -signal.SIGKILL
        db = database.connect(Settings(home=copy))
        landed = len(imports.listing(db, access.CONSOLE)) == 2
        assert (manifest(db), facts.broken(db)) == (after if landed else before, [])
        assert proof.verify(db, access.CONSOLE).faults == ()
        bring(db, UPDATE)  # the next import works, and ends where an undisturbed one does
        assert manifest(db) == after
        db.close()
        outcomes.add(landed)
    assert outcomes == {True, False}  # the points lie on both sides of the transaction


def test_two_imports_at_once_both_land(home: Path, tmp_path: Path) -> None:
    first, second, third = (tmp_path / name for name in UPDATE)
    both = [importing(home, [first]), importing(home, [second, third])]
    for process in both:
        _, trouble = process.communicate()
        assert process.returncode == 0, trouble
    db = database.connect(Settings(home=home))
    now = facts.load(db)
    assert now["invitations"].sort("invitation_id").select("invitation_id").collect().to_series().to_list() == [
        "Y1",
        "Y2",
        "Y3",
        "Y5",
    ]
    assert now["store_visits"].filter(visit_id="D3").collect()["arrived_at"].item().hour == 16
    assert now["leads"].collect().height == 1
    assert [row["import_id"] for row in imports.listing(db, access.CONSOLE)] == [3, 2, 1]
    db.close()


def digest(home: Path) -> str:
    db = database.connect(Settings(home=home))
    try:
        return manifest(db)
    finally:
        db.close()

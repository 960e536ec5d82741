"""The demo as sent, re-encoded and shuffled, or as workbooks: the same figures and the same pay."""

import shutil
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from kpi_app import access
from kpi_app.settings import Settings
from kpi_app.store import database
from kpi_app.store.database import Database
from kpi_app.store.months import month
from kpi_app.store.rows import facts, imports
from kpi_app.store.rulebook import plans
from kpi_app.store.views import figures
from metrics.catalogue import METRICS
from metrics.period import Period
from tests.metrics.once import counting_once
from tests.office_files import as_workbooks, reencoded
from tests.store.office import manifest, reading_here

AS_OF = date(2026, 11, 20)
PERIODS = [Period.parse(text) for text in ("2026-10", "2026-09", "2026-W44", "2026-10-15", "2026Q3")]
LEVELS: tuple[figures.Level, ...] = ("person", "team", "department", "store", "region", "group")

Ways = dict[str, Database]


def store_with(home: Path, files: list[Path]) -> Database:
    db = database.create(Settings(home=home, as_of=AS_OF))
    incoming = [imports.Incoming(name=file.name, data=file.read_bytes()) for file in files]
    with reading_here():
        reports = imports.run(db, access.CONSOLE, incoming, on_error="skip")
    for report in reports:
        assert report.accepted + report.refused + report.ignored == report.rows, report.file
    return db


@pytest.fixture(scope="module")
def ways(tmp_path_factory: pytest.TempPathFactory, imported_home: Path) -> Ways:
    root = tmp_path_factory.mktemp("ways")
    as_sent = shutil.copytree(imported_home, root / "home as sent")
    made = {
        "as sent": database.connect(Settings(home=as_sent, as_of=AS_OF)),
        "re-encoded and shuffled": store_with(
            root / "home re-encoded", reencoded(as_sent / "files", root / "reencoded")
        ),
        "as workbooks": store_with(root / "home of workbooks", as_workbooks(as_sent / "files", root / "workbooks")),
    }
    for db in made.values():
        plans.load_shipped(db, access.CONSOLE)
    return made


def rows_of(db: Database, contract: str) -> pl.DataFrame:
    frame = facts.load(db)[contract].collect()
    kept = frame.drop(list(facts.PROVENANCE))
    return kept.sort(kept.columns)


@pytest.mark.parametrize(
    "contract", ["people", "leads", "invitations", "store_visits", "renewals", "surveys", "targets"]
)
def test_the_same_rows_are_held(ways: Ways, contract: str) -> None:
    first, *others = (rows_of(db, contract) for db in ways.values())
    assert first.height > 0
    for other in others:
        assert other.equals(first)


@pytest.fixture(scope="module")
def measured(ways: Ways) -> list[dict[str, pl.DataFrame]]:
    """Way by way, the figures of every level."""
    found = []
    for db in ways.values():
        with counting_once():
            asked = (db, access.CONSOLE, list(METRICS.values()), PERIODS)
            found.append({level: figures.measure(*asked, level, as_of=AS_OF) for level in LEVELS})
    return found


@pytest.mark.parametrize("level", LEVELS)
def test_every_figure_is_identical(measured: list[dict[str, pl.DataFrame]], level: str) -> None:
    first, *others = (figures_of[level] for figures_of in measured)
    assert first["value"].drop_nulls().len() > 0
    for other in others:
        assert other.equals(first)


def test_the_pay_is_identical(ways: Ways) -> None:
    october = Period.parse("2026-10")
    sheets = []
    for db in ways.values():
        month.compute(db, access.CONSOLE, october, as_of=AS_OF)
        lines = month.sheet(db, access.CONSOLE, october).as_json()["lines"]
        sheets.append([{name: value for name, value in line.items() if name != "evidence"} for line in lines])
    assert len(sheets[0]) > 5
    assert sheets[1] == sheets[0]
    assert sheets[2] == sheets[0]


def test_the_same_files_again_change_nothing(ways: Ways, imported_home: Path) -> None:
    db = ways["as sent"]
    before = manifest(db)
    files = [imports.Incoming(file.name, file.read_bytes()) for file in sorted((imported_home / "files").iterdir())]
    with reading_here():
        reports = imports.run(db, access.CONSOLE, files, on_error="skip")
    assert len(reports) >= len(files)
    assert manifest(db) == before
    assert [report.file for report in reports if report.unchanged != report.accepted] == []

"""What the command line writes of a month: sheets whole and in parts, pay items, statements."""

import json
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from data_contracts.contract import Problem
from kpi_app import access
from kpi_app.cli import frame
from kpi_app.settings import Settings
from kpi_app.store import database
from kpi_app.store.months import month, month_settings
from kpi_app.store.proving import audit
from tests.store.pay import HR, OCTOBER, office_in

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to write to, beside a store in which October is computed and paid in whole yuan."""
    monkeypatch.setenv("KPI_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(Settings, "now_utc", lambda _: datetime(2026, 11, 2, 1, tzinfo=UTC))
    db = office_in(Settings())
    month_settings.set_(db, access.CONSOLE, {"payout_unit": "yuan"}, since="2026-10")
    month.compute(db, HR, OCTOBER, as_of=date(2026, 10, 31))
    db.close()
    return tmp_path


def kpi(*args: str) -> None:
    done = CliRunner().invoke(frame.kpi, args, catch_exceptions=False)
    assert done.exit_code == 0, done.output


def test_a_sheet_is_written_in_parts(here: Path) -> None:
    kpi("sheet", "2026-10", "--split", "store", "-o", str(here / "10.csv"))
    assert sorted(path.name for path in here.glob("10*")) == [
        "10-S01.csv", "10-S01.csv.meta.json", "10-S02.csv", "10-S02.csv.meta.json",
    ]  # fmt: skip
    meta = json.loads((here / "10-S01.csv.meta.json").read_text(encoding="utf-8"))
    assert meta["inputs"]["S01 发放单位"] == "元"
    assert len(meta["inputs"]["操作记录"]) == 64


def test_pay_items_are_written_by_a_mapping(here: Path) -> None:
    kpi("sheet", "2026-10", "--pay-items", str(ROOT / "examples" / "pay-items.toml"), "-o", str(here / "p.csv"))
    rows = (here / "p.csv").read_text(encoding="utf-8-sig").splitlines()
    assert rows == [
        "工资月份,员工编号,员工姓名,项目代码,项目名称,金额",
        "2026-10,E1,员工E1,JX02,奖励,200.00",
        "2026-10,E1,员工E1,JX11,,-80.00",
    ]
    with pytest.raises(Problem, match="读不了文件"):
        kpi("sheet", "2026-10", "--pay-items", str(here / "none.toml"), "-o", str(here / "p.csv"))
    with pytest.raises(Problem, match="-o"):
        kpi("sheet", "2026-10", "--split", "store")


def test_statements_are_written_as_one_file_or_a_zip(here: Path) -> None:
    pytest.importorskip("typst")
    kpi("statement", "print", "2026-10", "-o", str(here / "all.pdf"))
    kpi("statement", "print", "2026-10", "--person", "E1", "-o", str(here / "E1.pdf"))
    assert (here / "all.pdf").read_bytes().startswith(b"%PDF")
    assert (here / "E1.pdf").stat().st_size < (here / "all.pdf").stat().st_size
    kpi("statement", "print", "2026-10", "--unit", "S01", "--zip", "-o", str(here / "s01"))
    with zipfile.ZipFile(here / "s01") as archive:
        assert archive.namelist() == ["2026-10-E1.pdf", "2026-10-E2.pdf"]
        assert archive.read("2026-10-E1.pdf") == (here / "E1.pdf").read_bytes()


def test_figures_written_to_a_file_are_an_export_that_the_audit_notes(here: Path) -> None:
    asked = ("measure", "--period", "2026-09", "--level", "person", "--metric", "css_score")
    kpi(*asked)
    kpi(*asked, "-o", str(here / "figures.csv"))
    assert (here / "figures.csv").read_text(encoding="utf-8-sig").count("\ncss_score,person,E") == 3
    assert (here / "figures.csv").read_text(encoding="utf-8-sig").count(",console,2026-11-02T09:00:00+08:00") == 3
    db = database.connect(Settings())
    noted = [it for it in audit.listing(db, access.CONSOLE) if it["verb"] == "figures.export"]
    db.close()
    assert [(it["user"], it["about"]["metrics"], it["about"]["level"]) for it in noted] == [
        ("console", ["css_score"], "person")
    ]

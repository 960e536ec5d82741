"""The administrator's import: what a check says of files good, bad and strange, before anything is written."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from kpi_app.access import CONSOLE
from kpi_app.intake.read import Incoming
from kpi_app.pages import imports as page
from kpi_app.settings import Settings
from kpi_app.store.database import Database
from kpi_app.store.rows import imports
from kpi_app.web import site
from kpi_app.web.visit import Visit
from tests.store.pay import HR, office_in

FILES = [
    Incoming(name="缺勤.csv", data="工号,类型,开始日期,结束日期\nE1,病假,2026-10-05,2026-10-06\n".encode()),
    Incoming(name="缺勤错.csv", data="工号,类型,开始日期,结束日期\nE2,病假,2026-13-05,2026-10-06\n".encode()),
    Incoming(name="随便.csv", data="甲,乙\n1,2\n".encode()),
]


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    settings = Settings(home=tmp_path / "home", as_of=date(2026, 11, 3))
    made = office_in(settings)
    monkeypatch.setattr(site, "settings", lambda: settings)
    yield made
    made.close()


def test_a_check_shows_the_first_rows_every_refused_cell_and_why_a_file_is_refused(office: Database) -> None:
    def script(draw, here):  # type: ignore[no-untyped-def]  # its source runs by itself
        draw(here)

    at = AppTest.from_function(script, kwargs={"draw": page.draw, "here": Visit(HR, office, "zh")}, default_timeout=30)
    at.session_state["import_result"] = (True, imports.run(office, CONSOLE, FILES, dry_run=True))
    at.run()
    assert not at.exception
    preview, errors = (one.value for one in at.dataframe)
    assert list(preview["工号"]) == ["E1"]
    assert list(errors["文件"]) == ["缺勤错.csv", "随便.csv"]
    text = "".join(one.proto.body for one in at.get("html"))
    assert "或选“跳过错行”" in text
    assert errors["原因"][1] in text

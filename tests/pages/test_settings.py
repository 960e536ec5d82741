"""The settings' page: every setting has its widget, and who approves is chosen by name, level by level."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from kpi_app.access import Identity
from kpi_app.pages import settings as page
from kpi_app.settings import Settings
from kpi_app.store import database
from kpi_app.store.database import Database
from kpi_app.store.months import month_settings
from kpi_app.store.months.month_settings import WRITTEN, MonthSettings
from kpi_app.web.visit import Visit
from tests.store.copies import copied

ADMIN = Identity(user_id=9, name="admin", roles=frozenset({"admin"}), scopes=frozenset({"group"}), person_id=None)
SINCE = "2026-11"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Database]:
    made = copied(Settings(home=tmp_path / "home", as_of=date(2026, 11, 3)), database.create)
    yield made
    made.close()


def drawn(db: Database) -> AppTest:
    def script(draw, here):  # type: ignore[no-untyped-def]  # its source runs by itself
        draw(here)

    at = AppTest.from_function(script, kwargs={"draw": page.draw, "here": Visit(ADMIN, db, "zh")}).run(timeout=30)
    assert not at.exception
    return at


def level(at: AppTest, number: int):  # type: ignore[no-untyped-def]  # AppTest's own class
    return next(one for one in at.multiselect if one.label == f"第 {number} 级审批：其中任一人")


def above(at: AppTest, number: int):  # type: ignore[no-untyped-def]  # AppTest's own class
    return next(one for one in at.number_input if one.label == f"第 {number} 级：合计超过（元）")


def saved(at: AppTest) -> str:
    next(one for one in at.button if one.label == f"从 {SINCE} 起生效").click().run(timeout=30)
    assert not at.exception
    return "".join(one.proto.body for one in at.get("html"))


def test_every_setting_has_a_widget(office: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    given, widgets = {}, page.widgets

    def seen(here: Visit, now: MonthSettings, key: str) -> dict[str, str]:
        given.update(widgets(here, now, key))
        return given

    monkeypatch.setattr(page, "widgets", seen)
    drawn(office)
    assert given == month_settings.show(office, SINCE).as_text()
    assert set(given) == set(WRITTEN)


def test_who_approves_is_chosen_by_name_and_kept_as_it_is_written(office: Database) -> None:
    at = drawn(office)
    assert [level(at, number).value for number in (1, 2, 3, 4)] == [["director"], [], [], []]
    assert {"有审批权的总监", "销售总监", "总经理"} < set(level(at, 1).options)
    level(at, 1).set_value(["sales_director", "service_director"])
    level(at, 2).set_value(["general_manager"])
    above(at, 2).set_value(50_000)
    assert "已保存 1 项" in saved(at)
    written = month_settings.show(office, SINCE).as_text()["chain"]
    assert written == "sales_director|service_director; general_manager>50000"
    assert [level(drawn(office), number).value for number in (1, 2)] == [
        ["sales_director", "service_director"],
        ["general_manager"],
    ]


def test_an_amount_of_a_level_that_nobody_fills_is_not_lost(office: Database) -> None:
    at = drawn(office)
    above(at, 2).set_value(50_000)
    assert "第 2 级没有审批人" in saved(at)
    assert above(at, 2).value == 50_000


def test_a_post_in_a_chain_that_the_office_no_longer_has_is_shown_as_it_was_written(office: Database) -> None:
    names = month_settings.approvers(office, ["gone_post"])
    assert (names["gone_post"].zh, names["director"].zh) == ("gone_post", "有审批权的总监")


@pytest.mark.parametrize("limit", [None, 1])
def test_a_chain_without_a_level_for_every_total_is_refused_and_stays_as_typed(
    office: Database, limit: int | None
) -> None:
    at = drawn(office)
    if limit is None:
        level(at, 1).set_value([])
    else:
        above(at, 1).set_value(limit)
    assert "至少一级不论金额都要审批" in saved(at)
    assert month_settings.show(office, SINCE).as_text()["chain"] == "director"
    assert (level(at, 1).value, above(at, 1).value) == (([], None) if limit is None else (["director"], limit))

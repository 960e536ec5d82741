"""The users' page: its forms are empty once they are done, and keep what was typed where they are refused."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from kpi_app.access import Identity
from kpi_app.pages import users as page
from kpi_app.settings import Settings
from kpi_app.store import database
from kpi_app.store.accounts import users
from kpi_app.store.database import Database
from kpi_app.web.visit import Visit
from tests.store.copies import copied

ADMIN = Identity(user_id=9, name="admin", roles=frozenset({"admin"}), scopes=frozenset({"group"}), person_id=None)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Database]:
    oidc = {"oidc_issuer": "https://login.example", "oidc_client_id": "kpi", "oidc_client_secret": "s" * 32}
    made = copied(Settings(home=tmp_path / "home", as_of=date(2026, 11, 3), **oidc), database.create)
    yield made
    made.close()


def drawn(db: Database) -> AppTest:
    def script(draw, here):  # type: ignore[no-untyped-def]  # its source runs by itself
        draw(here)

    return AppTest.from_function(script, kwargs={"draw": page.draw, "here": Visit(ADMIN, db, "zh")}).run(timeout=30)


def said(at: AppTest) -> str:
    assert not at.exception
    return "".join(one.proto.body for one in at.get("html"))


def field(at: AppTest, label: str):  # type: ignore[no-untyped-def]  # AppTest's own classes
    return next(one for one in (*at.text_input, *at.multiselect, *at.selectbox) if one.label == label)


def press(at: AppTest, label: str) -> AppTest:
    return next(one for one in at.button if one.label == label).click().run()


def test_the_form_of_a_new_user_keeps_what_was_refused_and_is_empty_once_it_is_done(office: Database) -> None:
    at = drawn(office)
    field(at, "用户名").input("wang li")
    field(at, "工号").input("E1")
    at = press(at, "新增")
    assert [field(at, label).value for label in ("用户名", "工号", "角色")] == ["wang li", "E1", []]
    assert users.listing(office, ADMIN) == []
    field(at, "用户名").input("wangli")
    field(at, "角色").select("员工")
    at = press(at, "新增")
    assert [one["name"] for one in users.listing(office, ADMIN)] == ["wangli"]
    assert [field(at, label).value for label in ("用户名", "工号", "角色")] == ["", "", []]
    assert "wangli" in said(at)


def test_a_binding_needs_the_id_and_its_form_is_empty_once_it_is_done(office: Database) -> None:
    users.add(office, ADMIN, "wangli", "correct horse 9", roles=["staff"], person_id="E1", scopes=[])
    at = drawn(office)
    field(at, "选择用户").select("wangli")
    at = press(at.run(), "绑定")
    assert "请填写外部账号编号。" in said(at)
    field(at, "外部账号编号").input("sub-7")
    at = press(at, "绑定")
    assert "已绑定。" in said(at)
    assert field(at, "外部账号编号").value == ""
    assert field(at, "选择用户").value == "wangli"

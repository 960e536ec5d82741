"""The screens of a month are drawn over a computed store, for who may see its pay and for who may not."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from kpi_app.access import CONSOLE, Identity
from kpi_app.pages.month import by_hand, desk, papers, pay, sign_off
from kpi_app.settings import Settings
from kpi_app.store import database
from kpi_app.store.database import Database
from kpi_app.store.months import lines, month, month_settings
from kpi_app.web import site
from kpi_app.web.visit import Visit
from tests.store.pay import BOSS, HR, OCTOBER, SHOWN, office_in

HEAD = Identity(
    user_id=5, name="周总监", roles=frozenset({"head"}), scopes=frozenset({"department:S01/销售部"}), person_id="D01"
)


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    settings = Settings(home=tmp_path / "home", as_of=date(2026, 11, 3))
    made = office_in(settings)
    monkeypatch.setattr(site, "settings", lambda: settings)
    month.compute(made, HR, OCTOBER, as_of=date(2026, 11, 3))
    lines.add(made, HR, OCTOBER, person_id="E2", amount_fen=50_00, reason="代班", evidence=SHOWN)
    yield made
    made.close()


def drawn(draw: Callable[[Visit], None], here: Visit, **query: str) -> AppTest:
    def script(draw, here):  # type: ignore[no-untyped-def]  # its source runs by itself
        draw(here)

    at = AppTest.from_function(script, kwargs={"draw": draw, "here": here}, default_timeout=30)
    for name, value in query.items():
        at.query_params[name] = value
    return at.run()


def said(at: AppTest) -> str:
    assert not at.exception
    return "".join(one.proto.body for one in at.get("html"))


@pytest.mark.parametrize(("who", "language"), [(HR, "zh"), (BOSS, "en")], ids=["hr", "boss"])
@pytest.mark.parametrize("page", [desk, pay, by_hand, papers])
def test_every_screen_is_drawn(office: Database, page: object, who: Identity, language: str) -> None:
    assert "2026-10" in said(drawn(page.draw, Visit(who, office, language)))  # type: ignore[attr-defined]


def test_the_desk_says_what_adds_up_and_what_is_left_to_do(office: Database) -> None:
    at = drawn(desk.draw, Visit(HR, office, "zh"))
    text = said(at)
    assert "校验通过：明细 ¥120.00 = 个人 ¥120.00 = 门店 ¥120.00 = 总表 ¥120.00" in text
    assert "数据截止" in text
    assert [it.label for it in at.expander if "未满足" in it.label]


def test_a_person_of_the_address_shows_every_line_with_its_reason(office: Database) -> None:
    text = said(drawn(pay.draw, Visit(HR, office, "zh"), person="E1"))
    assert "满意度达标奖" in text
    assert "有责抱怨扣减" in text
    assert "绩效扣减" in text


def test_a_head_sees_no_amount_on_the_part_to_sign(office: Database) -> None:
    text = said(drawn(sign_off.draw, Visit(HEAD, office, "zh")))
    assert "有责抱怨扣减" in text
    assert "¥" not in text
    assert "80.00" not in text


def test_a_head_reads_what_every_score_is_made_of(
    demo_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A score that cannot be checked is signed off unread."""
    shutil.copytree(demo_home, tmp_path / "home")
    settings = Settings(home=tmp_path / "home", as_of=date(2026, 11, 20))
    monkeypatch.setattr(site, "settings", lambda: settings)
    demo = database.connect(settings)
    who = replace(HEAD, scopes=frozenset({"department:S01/呼叫中心"}), person_id="E111")
    text = said(drawn(sign_off.draw, Visit(who, demo, "zh"), period="2026-10"))
    demo.close()
    assert text.count('class="kpi-case"') == text.count("目标 24%，得 ") == 4  # four people, each with the one metric
    assert "¥" not in text


def test_what_another_entered_waits_for_the_approver(office: Database) -> None:
    boss, hr = (drawn(by_hand.draw, Visit(who, office, "zh")) for who in (BOSS, HR))
    assert [it.label for it in boss.button if it.label == "审批通过"] == ["审批通过"]
    assert [it.label for it in hr.button if it.label == "审批通过"] == []


def test_the_form_of_a_manual_line_is_empty_again_and_keeps_what_was_refused(office: Database) -> None:
    """What stays in it would be entered twice."""

    def submit(at: AppTest) -> AppTest:
        return next(one for one in at.button if one.label == "提交审批").click().run()

    at = drawn(by_hand.draw, Visit(HR, office, "zh"), period="2026-10")
    next(one for one in at.selectbox if one.label == "人员").select_index(0)
    next(one for one in at.number_input if one.label == "金额（元）").set_value(20.0)
    next(one for one in at.text_area if one.label == "理由").input("展会")
    at = submit(at)
    assert "请写明凭据" in said(at)
    assert next(one for one in at.text_area if one.label == "理由").value == "展会"
    next(one for one in at.text_input if one.label == "凭据说明").input("签到表")
    at = submit(at)
    assert [row["amount_fen"] for row in lines.listing(office, HR, OCTOBER)] == [50_00, 20_00]
    assert next(one for one in at.number_input if one.label == "金额（元）").value is None
    assert next(one for one in at.text_area if one.label == "理由").value == ""
    assert next(one for one in at.text_input if one.label == "凭据说明").value == ""


def test_the_reason_of_a_return_is_asked_for_and_its_form_is_empty_the_next_time(office: Database) -> None:
    def submitted() -> None:
        month.compute(office, HR, OCTOBER, as_of=date(2026, 11, 3), unit="S01")
        month.submit(office, HR, OCTOBER, unit="S01")

    def press(at: AppTest) -> AppTest:
        return next(one for one in at.button if one.label == "确认退回").click().run()

    month_settings.set_(office, CONSOLE, {"blocking": ""}, since="2026-10")
    submitted()
    at = press(drawn(desk.draw, Visit(HR, office, "zh"), period="2026-10"))
    assert "请写明退回原因。" in said(at)
    next(one for one in at.text_input if one.label == "退回原因").input("基数有误")
    at = press(at)
    assert [it.status for it in month.status(office, HR, OCTOBER)] == ["open", "computed"]
    submitted()
    assert next(one for one in at.run().text_input if one.label == "退回原因").value == ""


def test_a_filter_that_nobody_meets_says_so(office: Database) -> None:
    draw = lambda **query: said(drawn(pay.draw, Visit(HR, office, "zh"), **query))  # noqa: E731
    words = "没有人符合所选的条件。"
    assert words not in draw(kind="bonus")
    assert words in draw(kind="bonus", state="open")

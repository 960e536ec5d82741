"""The screens say a store's name and a person's, not the codes that files know them by."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from types import ModuleType

import pytest
from streamlit.testing.v1 import AppTest

from kpi_app import access
from kpi_app.access import Identity
from kpi_app.pages import complaint_meeting, objections, plans, quality
from kpi_app.pages.month import by_hand, papers
from kpi_app.settings import Settings
from kpi_app.store.complaints import actions, questions, rulings
from kpi_app.store.database import Database
from kpi_app.store.disputes import credit
from kpi_app.store.disputes import objections as objecting
from kpi_app.store.months import lines, losses, month
from kpi_app.store.rows import quality as lists
from kpi_app.store.rulebook import plans as rulebook
from kpi_app.web import site
from kpi_app.web.visit import Visit
from tests.pages.month.test_screens import drawn, said
from tests.scorecards.group import complaint, post
from tests.store.pay import BOSS, DIRECTOR_OF_SALES, HR, OCTOBER, PEOPLE, SHOWN, STAFF, enter, office_in
from tests.store.rulebook.test_plan_versions import ADMIN, LATER

LEADER = Identity(
    user_id=8, name="周总监", roles=frozenset({"head", "director"}), scopes=frozenset({"group"}), person_id="D01"
)
OF_SALES = {"store_id": "S01", "department": "销售部"}
CODE = re.compile(r"\bS0\d\b(?!）)")
"""A store's code that does not stand in brackets behind its name."""
PERSON = re.compile(r"[EDB]\d+")
"""A person's code; the list of people without a post names them by it, for that is what the files must mend."""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A store in which something stands on every list."""
    made = office_in(Settings(home=tmp_path_factory.mktemp("names") / "home", as_of=date(2026, 11, 3)))
    returning = [
        complaint(f"C{number}", f"{day} 10:00", cause="服务")
        for number, day in enumerate(("2026-10-14", "2026-10-20", "2026-10-28"), start=7)
    ]
    called = {"customer_id": "K1", "store_id": "S01", "person_id": "E3", "purpose": "潜客"}
    enter(
        made,
        people=[*PEOPLE, post("E3", until="2026-09-01")],
        complaints=[*returning, complaint("C10", "2026-10-29 09:00", person_id="E2")],
        invitations=[{"invitation_id": "Y1", "invited_at": "2026-10-05 10:00", **called}],
        store_visits=[
            {"visit_id": "D1", "customer_id": "K1", "store_id": "S01", "arrived_at": "2026-10-08 10:00"},
        ],
    )
    month.compute(made, HR, OCTOBER, as_of=date(2026, 11, 3))
    lines.add(made, HR, OCTOBER, person_id="E2", amount_fen=50_00, reason="代班", evidence=SHOWN)
    losses.add(made, HR, OCTOBER, person_id="E3", amount_fen=90_00, reason="车漆", evidence=SHOWN)
    objecting.claim(made, STAFF, OCTOBER, reason="漏算一台")
    questions.ask(made, LEADER, words="回电了吗？", **OF_SALES)
    actions.add(made, LEADER, what="早班", owner_id="E1", due_on=date(2026, 11, 10), **OF_SALES)
    rulings.set_(made, DIRECTOR_OF_SALES, complaint_id="C9", person_id="E1", fault="无责", note="按时回电")
    credit.give(made, replace(LEADER, person_id="B01"), visit_id="D1", person_id="E2", reason="展会接待")
    rulebook.load(made, ADMIN, LATER, units=["S02"])
    yield made
    made.close()


@pytest.mark.parametrize(
    ("page", "who", "named"),
    [
        (complaint_meeting, LEADER, ["东一店 · 销售部", "东一店 · 销售部 · 员工E1", "员工E1", "员工E2"]),
        (objections, LEADER, ["员工E1 · 东一店", "员工B01", "东一店 · 到店 D1"]),
        (by_hand, BOSS, ["员工E2", "E2 · 东一店", "员工E3", "E3 · 东一店"]),
        (papers, HR, ["东一店", "北一店"]),
        (plans, HR, ["北一店"]),
        (quality, ADMIN, ["东一店（S01）"]),
    ],
    ids=["meeting", "objections", "by-hand", "papers", "plans", "quality"],
)
def test_a_screen_names_stores_and_people(
    office: Database, page: ModuleType, who: Identity, named: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site, "settings", lambda: office.settings)
    at = drawn(page.draw, Visit(who, office, "zh"))
    if page is objections:
        at = next(one for one in at.text_input if one.label == "到店编号或客户编号").input("K1").run()
    elif page is quality:
        at = at.segmented_control[0].set_value("without_post").run()
    texts = [*shown(at), *(option for box in at.selectbox for option in box.options)]
    assert [text for text in texts if CODE.search(text)] == []
    assert page is quality or [text for text in texts if PERSON.fullmatch(text)] == []
    assert [name for name in named if not any(name in text for text in texts)] == []


def test_a_topic_is_chosen_by_the_name_of_its_store(office: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site, "settings", lambda: office.settings)
    at = drawn(complaint_meeting.draw, Visit(LEADER, office, "zh"))
    (topic,) = [box for box in at.selectbox if box.label == "反复出现的问题"]
    assert topic.options == ["东一店 · 销售部 · 原因：服务"]


def test_who_was_ruled_on_stands_by_name(office: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site, "settings", lambda: office.settings)
    at = drawn(complaint_meeting.draw, Visit(LEADER, office, "zh"))
    texts = shown(next(box for box in at.selectbox if box.label == "周").select_index(0).run())
    assert texts[texts.index("按时回电") - 1] == "员工E1"


def shown(at: AppTest) -> list[str]:
    """What stands between the tags."""
    return [text.strip() for text in re.split(r"<[^>]*>", said(at)) if text.strip()]


def test_the_names_of_stores_are_read_by_who_may_import(office: Database) -> None:
    assert lists.stores(office, HR)["S01"] == "东一店"
    with pytest.raises(access.Forbidden):
        lists.stores(office, STAFF)

"""The page of the plans: for whom it says that a plan applies to them, and what its words call metrics and posts."""

import re
from collections.abc import Iterator
from datetime import date
from importlib.resources import files
from pathlib import Path

import pytest

from data_contracts.contract import Text
from kpi_app import access
from kpi_app.access import Identity
from kpi_app.pages import plans
from kpi_app.settings import Settings
from kpi_app.store.database import Database
from kpi_app.store.rulebook import plans as rulebook
from kpi_app.web import site
from kpi_app.web.visit import Visit
from scorecards import plan as plan_file
from scorecards.differences import Difference, compare
from tests.pages.month.test_screens import drawn, said
from tests.store.pay import HR, STAFF, office_in

FOLDER = files("scorecards") / "plans"
NAMES = sorted(file.name for file in FOLDER.iterdir() if file.name.endswith(".toml"))
CONSULTANT = Identity(user_id=6, name="员工E1", roles=frozenset({"hr"}), scopes=frozenset({"group"}), person_id="E1")


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """Two plans: of all who are surveyed and, loaded here, of the call centre."""
    made = office_in(Settings(home=tmp_path / "home", as_of=date(2026, 11, 3)))
    monkeypatch.setattr(site, "settings", lambda: made.settings)
    rulebook.load(made, access.CONSOLE, (FOLDER / "f1.toml").read_text(encoding="utf-8"))
    yield made
    made.close()


@pytest.mark.parametrize(
    ("who", "head", "marked"),
    [
        (STAFF, "适用于您的方案", 0),  # all that is read is one's own: there is nothing to tell apart
        (HR, "各岗位的方案", 0),
        (CONSULTANT, "各岗位的方案", 1),
    ],
    ids=["staff", "of no plan", "of one of two plans"],
)
def test_a_plan_is_said_to_apply_only_to_whom_it_pays(office: Database, who: Identity, head: str, marked: int) -> None:
    page = said(drawn(plans.draw, Visit(who, office, "zh")))
    assert head in page
    assert ("适用于您的方案" in page, page.count(">适用于您<")) == (who is STAFF, marked)


class Here:
    """A visit in one language."""

    def __init__(self, language: str) -> None:
        self.language = language

    def text(self, text):  # type: ignore[no-untyped-def]
        return text.said(self.language)


@pytest.mark.parametrize("name", NAMES)
def test_no_key_of_a_metric_or_post_is_left_in_the_words_of_a_plan(name: str) -> None:
    plan = plan_file.reread((FOLDER / name).read_text(encoding="utf-8"))
    stated = {it.key: it.name for it in plan.stated}
    words = [part for one in compare(None, plan) for part in plans.sentences_of(Here("zh"), one, stated)]
    assert words
    assert [part for part in words if re.search(r"[a-z]{2}", part)] == []


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh", ["发放对象 成员", "指标 会员数量", "分段指标除以 线索"]),
        ("en", ["paid to the members", "metric Members"]),
    ],
)
def test_a_word_that_is_no_key_stays(language: str, words: list[str]) -> None:
    one = Difference(
        where="R1", change="added", name=Text("奖", "award"), effect="better",
        words=Text("发放对象 成员；指标 members；分段指标除以 leads", "paid to the members; metric members"),
    )  # fmt: skip
    assert plans.sentences_of(Here(language), one, {"leads": Text("线索", "leads")}) == words  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("language", "words"),
    [("zh", ["指标 成交台数", "岗位 技师、邀约专员"]), ("en", ["metric Deals", "roles technician, invite specialist"])],
)
def test_posts_and_metrics_are_called_by_name(language: str, words: list[str]) -> None:
    told = Text("指标 deals；岗位 technician、invite_specialist", "metric deals; roles technician, invite_specialist")
    one = Difference(where="F1.5", change="added", name=Text("成交提成", "deals"), words=told, effect="none")
    assert plans.sentences_of(Here(language), one, {}) == words  # type: ignore[arg-type]

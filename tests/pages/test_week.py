"""The Monday page: the six things on it, what is written down, what is asked for; a click works out nothing anew."""

from base64 import b64decode
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from streamlit.testing.v1 import AppTest

from kpi_app.access import Identity
from kpi_app.pages import club, weekly_scorecard
from kpi_app.pages.week import tiles
from kpi_app.pages.week.sparks import spark
from kpi_app.settings import Settings
from kpi_app.store.database import Database
from kpi_app.store.months import month, urging
from kpi_app.store.rows import facts
from kpi_app.store.views import notes
from kpi_app.web import site
from kpi_app.web.visit import Visit
from scorecards.card import CardLine
from tests.scorecards.group import OCTOBER
from tests.scorecards.test_cards import card, plan, target
from tests.store.pay import BOSS, HR, STAFF, office_in

SALES, WEEK = "department:S01/销售部", "2026-W43"  # the last whole week before Saturday, 31 October
HEAD = Identity(
    user_id=6, name="销售经理", roles=frozenset({"head"}), scopes=frozenset({"department:S01/销售部"}), person_id="M01"
)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Database]:
    made = office_in(Settings(home=tmp_path / "home", as_of=date(2026, 10, 31)))
    yield made
    made.close()


def drawn(db: Database, who: Identity = HEAD, language: str = "zh") -> AppTest:
    def script(draw, here):  # type: ignore[no-untyped-def]  # its source runs by itself
        draw(here)

    asked = {"draw": weekly_scorecard.draw, "here": Visit(who, db, language)}
    at = AppTest.from_function(script, kwargs=asked, default_timeout=30).run()
    assert not at.exception
    return at


def said(at: AppTest) -> str:
    return "\n".join(str(it.proto.body) for it in at.get("html"))


def place_of(at: AppTest, mark: str) -> int:
    return next(n for n, it in enumerate(at.get("html")) if mark in it.proto.body)


def test_notes_of_the_week_stand_folded_beside_what_was_agreed_and_are_written_there(office: Database) -> None:
    at = drawn(office)
    assert "本周还没有记录" in said(at)
    (words,) = (it for it in at.text_area if it.label == "内容")
    words.input("周六增开早班")
    below = place_of(at, "kpi-conclusion")
    at.button[[it.label for it in at.button].index("保存")].click().run()
    assert "已记录。" in said(at)
    assert place_of(at, "kpi-conclusion") == below  # what is said had its place before, so nothing below is drawn anew
    assert next(it.value for it in at.text_area if it.label == "内容") == ""
    assert [note.words for note in notes.listing(office, HR, SALES, WEEK)] == ["周六增开早班"]
    assert "周六增开早班" in said(drawn(office))
    (folded,) = (it.label for it in at.expander if "上周定的事项" in it.label)
    assert folded == "上周定的事项 0 项，已关闭 0 项；本周记录 1 条"


def test_who_only_sees_the_scores_reads_the_notes_and_writes_none(office: Database) -> None:
    notes.write(office, HEAD, SALES, WEEK, "周六增开早班")
    page = drawn(office, HR)
    assert "写记录" not in [it.label for it in page.get("popover")]
    assert not [it for it in page.text_area if it.label == "内容"]


def test_what_one_is_asked_for_stands_under_what_waits_today(office: Database) -> None:
    assert "催办" not in [it.label.partition(" ")[0] for it in drawn(office, BOSS).button]
    month.compute(office, HR, OCTOBER, as_of=date(2026, 10, 31))
    urging.urge(office, HR, OCTOBER, unit="S01", item="other_complaints_ruled", about="C2")
    assert "催办 **1**" in [it.label for it in drawn(office, BOSS).button]


def test_a_click_works_out_nothing_anew(office: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facts, "SMALL", -1)  # every reading of facts is one of files
    at = drawn(office)
    collected: list[str] = []
    collect = pl.LazyFrame.collect

    def counting(self: pl.LazyFrame, *args: object, **named: object) -> object:
        collected.append(self.explain(optimized=False))
        return collect(self, *args, **named)

    monkeypatch.setattr(pl.LazyFrame, "collect", counting)
    before = said(at)
    at.run()
    assert said(at) == before
    assert [plan for plan in collected if "SCAN" in plan.upper() and ".parquet" in plan] == []
    notes.write(office, HEAD, SALES, WEEK, "x")  # until something is done
    at.run()
    assert [plan for plan in collected if ".parquet" in plan] != []


@pytest.mark.parametrize(
    ("roles", "who", "is_shown"),
    [
        ((), BOSS, False),  # off until it is set
        (("director",), BOSS, True),
        (("hr",), BOSS, False),
        (("hr",), HR, True),
        (("head",), HEAD, False),  # switched on, but the group is not theirs
        (("staff",), STAFF, False),
    ],
)
def test_the_clubs_page_is_switched_on_by_role(
    monkeypatch: pytest.MonkeyPatch, roles: tuple[str, ...], who: Identity, is_shown: bool
) -> None:
    monkeypatch.setattr(site, "settings", lambda: Settings(club_for=roles))
    assert club.is_for(who) is is_shown


# The line of a tile.


def picture(*values: float | None, goal: float | None = None) -> str:
    return b64decode(spark(values, goal).partition(",")[2]).decode()


def test_a_line_goes_straight_from_the_lowest_to_the_highest() -> None:
    assert 'd="M4.0,36.0 L64.0,4.0 L124.0,20.0"' in picture(0, 2, 1)
    assert '<circle cx="124.0" cy="20.0"' in picture(0, 2, 1)


def test_a_week_without_a_value_breaks_the_line_and_a_lone_one_is_a_dot() -> None:
    drawn_paths = picture(0, None, 1, 2)
    assert 'd="M4.0,36.0 h0"' in drawn_paths
    assert 'd="M84.0,20.0 L124.0,4.0"' in drawn_paths
    assert "<circle" not in picture(0, 1, None)  # the last week has none


def test_the_goal_is_dashed_and_stretches_the_scale() -> None:
    assert 'd="M4.0,4.0 L124.0,4.0"' in picture(0, 1, goal=2)
    assert 'd="M4.0,36.0 L124.0,20.0"' in picture(0, 1, goal=2)
    assert "stroke-dasharray" not in picture(0, 1)
    assert spark((None, None), 2) == ""
    assert 'd="M4.0,20.0 L124.0,20.0"' in picture(1, 1)  # nothing moves: the middle


@pytest.mark.parametrize(("visits", "words"), [(15, ""), (30, "200 in proportion, capped at 100")])
def test_beside_points_that_a_cap_made_stands_what_they_would_be(visits: int, words: str) -> None:
    rate = CardLine(metric="invite_to_store_rate", weight=100)
    scored = card(plan(rate), {rate.metric: (visits, 100)}, target(rate.metric, "0.15"))
    (line,) = tiles.card_values(Visit(HEAD, None, "en"), scored, None)["lines"]  # type: ignore[arg-type]
    assert (line["points"], line["held"]) == ("100.0", words)

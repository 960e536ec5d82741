"""One figure may veto a card; a card's cap and floor hold the whole score."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from scorecards import plan as plans
from scorecards.card import Card, CardLine, Gate, Grade, card_faults
from scorecards.cards import Scorecard, score_cards
from scorecards.dated import Dated, Version
from tests.scorecards.group import OCTOBER, group, post
from tests.scorecards.test_cards import RATE, SCORE, plan, target, values

LINE = CardLine(metric=RATE, weight=100, cap=Fraction(150))
VETO = Gate(metric=SCORE, limit=Fraction(80), is_at_most=False)


def card(figures: dict[str, tuple[int, int] | None], **more: Any) -> Scorecard:
    bare = plan(LINE)
    changed = replace(bare.cards[0].versions[0].value, **more)
    the_plan = replace(bare, cards=(Dated.of([Version(value=changed, since="2026-01", source="test")]),))
    facts = group([post("E1")], targets=[target(RATE, "0.10")])
    (found,) = score_cards([the_plan], values(figures), facts, OCTOBER, "person")
    return found


@pytest.mark.parametrize(("hundredths", "score"), [(80_00, 90), (79_99, 0)])
def test_a_broken_gate_leaves_nothing_of_the_score(hundredths: int, score: int) -> None:
    grades = (Grade(name="A", since_score=Fraction(90)), Grade(name="D", since_score=Fraction(0)))
    found = card({RATE: (9, 100), SCORE: (hundredths, 100)}, gates=(VETO,), grades=grades)
    assert found.score == score
    assert found.grade == ("A" if score else "D")
    assert bool(found.notes) == (not score)


def test_the_note_says_which_gate_and_never_shows_the_limit_for_a_miss() -> None:
    found = card({RATE: (9, 100), SCORE: (79_999, 1000)}, gates=(VETO,))
    assert found.notes[-1].zh == "一票否决：“CSS得分”79.999，要求 ≥ 80，得分至多 0 分"


@pytest.mark.parametrize(("visits", "score"), [(9, 90), (10, 50)])
def test_a_gate_from_above_is_kept_at_its_limit(visits: int, score: int) -> None:
    most = Gate(metric=RATE, limit=Fraction(9, 100), is_at_most=True, score=Fraction(50))
    assert card({RATE: (visits, 100)}, gates=(most,)).score == score


def test_a_gate_may_leave_some_points() -> None:
    assert card({RATE: (9, 100), SCORE: (70_00, 100)}, gates=(replace(VETO, score=Fraction(60)),)).score == 60
    assert card({RATE: (5, 100), SCORE: (70_00, 100)}, gates=(replace(VETO, score=Fraction(60)),)).score == 50


def test_a_gate_without_a_figure_is_not_judged_and_the_card_says_so() -> None:
    found = card({RATE: (9, 100), SCORE: None}, gates=(VETO,))
    assert found.score == 90
    assert "未判定" in found.notes[-1].zh


@pytest.mark.parametrize(("visits", "score"), [(13, 120), (12, 120), (11, 110), (4, 40), (3, 40)])
def test_cap_and_floor_hold_the_whole_score(visits: int, score: int) -> None:
    assert card({RATE: (visits, 100)}, cap=Fraction(120), floor=Fraction(40)).score == score


def test_a_gate_goes_before_the_floor() -> None:
    assert card({RATE: (9, 100), SCORE: (70_00, 100)}, gates=(VETO,), floor=Fraction(40)).score == 0


def test_grades_that_share_a_beginning_or_leave_scores_without_one_are_faults() -> None:
    base = {"role": "sales_consultant", "name": plan(LINE).name, "since": "2026-01", "lines": (LINE,)}

    def faults(*begins: int) -> list[str]:
        grades = tuple(Grade(name=str(place), since_score=Fraction(begin)) for place, begin in enumerate(begins))
        return [fault.zh for fault in card_faults(Card(**base, grades=grades))]

    assert faults(90, 0) == []
    assert faults() == []
    assert faults(90, 90, 0) == ["两个等级从同一分数起"]
    assert faults(90, 60) == ["60 分以下没有等级"]
    assert card_faults(Card(**base, cap=Fraction(50), floor=Fraction(60)))


def test_gates_and_limits_are_read_from_a_plan() -> None:
    text = """
key = "c"
name = { zh = "卡", en = "card" }
since = "2026-01"
source = "test"
notice = { number = "1", published_on = 2025-12-01 }
[[cards]]
role = "sales_consultant"
name = { zh = "卡", en = "card" }
source = "test"
cap = "120"
lines = [{ metric = "css_score", weight = 100 }]
gates = [{ metric = "complaint_resolution_time_elapsed", at_most = "72" }]
"""
    (read,) = plans.read(text).cards_on("2026-10")
    assert read.gates == (Gate(metric="complaint_resolution_time_elapsed", limit=Fraction(72), is_at_most=True),)
    assert read.cap == 120
    wrong = text.replace("complaint_resolution_time_elapsed", "complaint_resolution")
    assert any("没有指标" in finding.message.zh for finding in plans.check_text(wrong))

"""Team, department and store cards stand on their own parts, never on an average of people's figures."""

from datetime import date
from fractions import Fraction

import pytest

from metrics.credit import Level
from metrics.period import Period
from scorecards.card import CardLine
from scorecards.cards import scorecards_of
from tests.scorecards.group import OCTOBER, answers, group, post
from tests.scorecards.test_cards import SCORE, plan, target

ONE = answers("E1", 90_00, on="2026-10-15")
THREE = answers("E2", *[80_00] * 3, on="2026-10-15")
OTHER_TEAM = answers("E3", 60_00, on="2026-10-15")
PEOPLE = [post("E1"), post("E2"), post("E3", team_id="T02")]


@pytest.mark.parametrize(
    ("level", "scores"),
    [
        ("person", {"E1": 90, "E2": 80, "E3": 60}),
        ("team", {"T01": Fraction(330, 4), "T02": 60}),  # (90 + 3 · 80) ÷ 4, not 85
        ("department", {"S01/销售部": 78}),  # (90 + 3 · 80 + 60) ÷ 5
        ("store", {"S01": 78}),
    ],
)
def test_a_wider_card_recomputes_the_whole(level: Level, scores: dict[str, Fraction]) -> None:
    facts = group(PEOPLE, surveys=[*ONE, *THREE, *OTHER_TEAM], targets=[target(SCORE, 100)])
    found = scorecards_of([plan(CardLine(metric=SCORE, weight=100))], facts, OCTOBER, level, as_of=date(2026, 11, 5))
    assert {one.subject_id: one.score for one in found} == scores


def test_a_teams_week_is_held_against_its_months_target() -> None:
    facts = group(PEOPLE, surveys=ONE, targets=[target(SCORE, 100, level="team", subject_id="T01")])
    week = Period.parse("2026-W42")
    found = scorecards_of([plan(CardLine(metric=SCORE, weight=100))], facts, week, "team", as_of=date(2026, 11, 5))
    assert {one.subject_id: one.score for one in found} == {"T01": 90, "T02": None}


def test_without_any_card_nobody_is_scored() -> None:
    bare = plan(CardLine(metric=SCORE, weight=100))
    assert scorecards_of([], group(PEOPLE, surveys=ONE), OCTOBER, "person", as_of=date(2026, 11, 5)) == []
    assert bare.cards_on("2025-12") == []

"""Who is where on a day; who has left is where they were last."""

from datetime import date

import pytest

from data_contracts.contract import Problem
from kpi_app.access import Post
from kpi_app.store.accounts import posts
from tests.facts import facts

WORLD = facts(
    stores=[{"store_id": "S01", "region": "华东"}],
    people=[
        {"person_id": person, "role": "invite_specialist", "team_id": team, "department": "呼叫中心",
         "store_id": "S01", "since": since, "until": until}
        for person, team, since, until in [
            ("E1", "T1", "2026-01-01", "2026-08-01"),  # transferred on 1 August
            ("E1", "T2", "2026-08-01", None),
            ("E2", "T1", "2026-01-01", None),  # two posts at once
            ("E2", "T3", "2026-01-01", None),
            ("E3", "T1", "2025-01-01", "2026-01-01"),  # left, from T2
            ("E3", "T2", "2026-01-01", "2026-07-01"),
        ]
    ],
)  # fmt: skip


@pytest.mark.parametrize(
    ("person", "on", "teams"),
    [
        ("E1", date(2026, 7, 31), ["T1"]),
        ("E1", date(2026, 8, 1), ["T2"]),
        ("E2", date(2026, 8, 1), ["T1", "T3"]),
        ("E3", date(2026, 6, 30), ["T2"]),
        ("E3", date(2026, 12, 31), ["T2"]),
    ],
)
def test_posts_of_a_person_on_a_day(person: str, on: date, teams: list[str]) -> None:
    assert posts.posts_of(WORLD, person, on) == [Post("S01", "S01/呼叫中心", team) for team in teams]


@pytest.mark.parametrize(("person", "on"), [("E9", date(2026, 8, 1)), ("E1", date(2025, 12, 31))])
def test_nobody_there_is_said(person: str, on: date) -> None:
    with pytest.raises(Problem, match=f"没有工号 {person} 的任职记录"):
        posts.posts_of(WORLD, person, on)


def test_the_roster_holds_everybody_once_a_post() -> None:
    roster = posts.roster(WORLD, date(2026, 8, 1))
    assert roster.select("person_id", "team_id", "region").rows() == [
        ("E1", "T2", "华东"),
        ("E2", "T1", "华东"),
        ("E2", "T3", "华东"),
        ("E3", "T2", "华东"),
    ]

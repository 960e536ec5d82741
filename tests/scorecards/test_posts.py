"""Which post of a person counts on a day."""

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from scorecards.posts import Roster, person_names, store_names
from tests.facts import facts
from tests.scorecards.group import STORES, post


def roster(*people: dict[str, Any]) -> Roster:
    return Roster(facts(stores=STORES, people=people)["people"].collect())


def test_a_post_begins_on_since_and_ends_before_until_or_after_left_on() -> None:
    held = roster(post("E1", since="2026-10-02", until="2026-10-05"), post("E2", left_on="2026-10-05"))
    assert [held.on("E1", date(2026, 10, day)) is not None for day in (1, 2, 4, 5)] == [False, True, True, False]
    assert [held.on("E2", date(2026, 10, day)) is not None for day in (5, 6)] == [True, False]


def test_of_two_posts_the_larger_share_counts_then_the_earlier_then_the_team() -> None:
    held = roster(
        post("E1", team_id="T02", share_bp=4_000),
        post("E1", "invite_specialist", team_id="T01", share_bp=6_000),
        post("E2", team_id="T02", since="2025-06-01", share_bp=5_000),
        post("E2", team_id="T03", since="2025-01-01", share_bp=5_000),
        post("E3", team_id="T09"),
        post("E3", team_id="T08"),
    )
    day = date(2026, 10, 1)
    assert [held.on(person, day).team_id for person in ("E1", "E2", "E3")] == ["T01", "T03", "T08"]  # type: ignore[union-attr]
    assert held.on("E1", day, ["sales_consultant"]).team_id == "T02"  # type: ignore[union-attr]


def test_the_latest_post_of_a_period_is_that_of_its_last_day_in_office() -> None:
    held = roster(post("E1", until="2026-10-10"), post("E1", store_id="S02", since="2026-10-20", until="2026-10-25"))
    first, last = date(2026, 10, 1), date(2026, 10, 31)
    assert held.latest("E1", first, last).store_id == "S02"  # type: ignore[union-attr]
    assert held.latest("E1", first, date(2026, 10, 15)).store_id == "S01"  # type: ignore[union-attr]
    assert held.latest("E1", date(2026, 10, 10), date(2026, 10, 19)) is None
    assert held.days_by_store("E1", first, last) == {"S01": 9, "S02": 5}
    assert held.last_known("E1", date(2027, 1, 1)).store_id == "S02"  # type: ignore[union-attr]


def test_days_are_those_of_the_post_that_counts_on_each() -> None:
    held = roster(
        post("E1", since="2026-10-03", until="2026-10-12", share_bp=6_000),
        post("E1", store_id="S02", team_id="T05", since="2026-10-08", left_on="2026-10-20", share_bp=7_000),
        post("E1", team_id="T07", since="2026-10-01", until="2026-11-15", share_bp=3_000),
    )
    first, last = date(2026, 10, 2), date(2026, 10, 29)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    counting = [held.on("E1", day) for day in days]
    stores = [one.store_id for one in counting if one]
    assert held.days_by_store("E1", first, last) == {store: stores.count(store) for store in ("S01", "S02")}
    spans = held.spans("E1", first, last, ["sales_consultant"])
    assert spans == [(one, counting.count(one)) for one in dict.fromkeys(counting)]
    shares = held.spans("E1", first, last, ["sales_consultant"], by_share=True)
    active = [one for day in days for one in held.of("E1") if one.is_active(day)]
    assert shares == [(one, Fraction(active.count(one) * one.share_bp, 10_000)) for one in dict.fromkeys(active)]


def test_protection_ends_after_its_last_day() -> None:
    held = roster(post("E1", protected_until="2026-10-05"))
    assert held.is_protected("E1", date(2026, 10, 5))
    assert not held.is_protected("E1", date(2026, 10, 6))


def test_names_are_found_by_the_code_of_a_store_and_a_person() -> None:
    known = facts(stores=STORES, people=[post("E1", until="2026-03-01"), post("E1", since="2026-03-01")])
    assert (store_names(known), person_names(known)) == ({"S01": "东一店", "S02": "北一店"}, {"E1": "员工E1"})

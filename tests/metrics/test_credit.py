"""Whom a row counts for: posts by day, both sides of each date."""

from datetime import date
from typing import Any

import pytest

from metrics.credit import Level
from metrics.measure import credited, measure
from metrics.period import Period
from metrics.prospects import invite_to_store_rate
from tests.facts import facts

STORES = [{"store_id": "S01", "region": "华东"}, {"store_id": "S02", "region": "华北"}]
AS_OF = date(2026, 12, 31)


def post(person_id: str = "E1", team_id: str = "T1", **more: Any) -> dict[str, Any]:
    return {"person_id": person_id, "team_id": team_id, "person_name": "同名者", "role": "invite_specialist",
            "department": "呼叫中心", "store_id": "S01", "since": "2026-01-01", **more}  # fmt: skip


def invitations(*days: str, person_id: str = "E1", store_id: str = "S01") -> list[dict[str, Any]]:
    return [
        {"invitation_id": f"{person_id}-{day}", "customer_id": day, "store_id": store_id, "person_id": person_id,
         "invited_at": f"{day} 10:00", "purpose": "潜客"}
        for day in days
    ]  # fmt: skip


def teams(people: list[dict[str, Any]], *days: str, store_id: str = "S01") -> list[str | None]:
    built = facts(stores=STORES, people=people, invitations=invitations(*days, store_id=store_id))
    return credited(invite_to_store_rate, built, as_of=AS_OF)["team_id"].to_list()


def test_a_transfer_in_the_month_moves_the_rows_from_its_day_on() -> None:
    people = [post(team_id="T1", until="2026-10-15"), post(team_id="T2", store_id="S02", since="2026-10-15")]
    assert teams(people, "2026-10-14", "2026-10-15") == ["T1", "T2"]


def test_before_since_and_from_until_on_there_is_no_post() -> None:
    people = [post(since="2026-10-05", until="2026-10-08")]
    assert teams(people, "2026-10-04", "2026-10-05", "2026-10-07", "2026-10-08") == [None, "T1", "T1", None]


def test_a_leavers_last_day_still_counts_for_the_team() -> None:
    assert teams([post(left_on="2026-10-07")], "2026-10-07", "2026-10-08") == ["T1", None]


@pytest.mark.parametrize(
    ("one", "other", "wins"),
    [
        # the role that the metric lists comes before store and share
        ({"role": "invite_specialist", "store_id": "S02", "share_bp": 2_000}, {"role": "technician"}, "T1"),
        # of the listed ones, and of none listed, the row's store comes before the share
        ({"store_id": "S02", "share_bp": 9_000}, {"store_id": "S01", "share_bp": 1_000}, "T2"),
        ({"role": "technician", "store_id": "S02"}, {"role": "team_leader", "share_bp": 1_000}, "T2"),
        # then the largest share, the earliest since, the lowest team
        ({"share_bp": 4_000}, {"share_bp": 6_000}, "T2"),
        ({"since": "2026-02-02"}, {"since": "2026-02-01"}, "T2"),
        ({}, {}, "T1"),
    ],
)
def test_of_two_posts_one_counts(one: dict[str, Any], other: dict[str, Any], wins: str) -> None:
    people = [post(team_id="T1", **one), post(team_id="T2", **other)]
    assert teams(people, "2026-10-05") == [wins]
    assert teams(people[::-1], "2026-10-05") == [wins]


def test_two_posts_of_a_person_count_a_row_once() -> None:
    people = [post(team_id="T1", share_bp=5_000), post(team_id="T2", share_bp=5_000, role="technician")]
    built = facts(stores=STORES, people=people, invitations=invitations("2026-10-05"))
    for level in ("person", "team", "store", "group"):
        found = measure([invite_to_store_rate], built, [Period.parse("2026-10")], level, as_of=AS_OF)  # type: ignore[arg-type]
        assert found["sample"].to_list() == [1]


def test_people_of_one_name_are_two_people() -> None:
    people = [post("E1"), post("E2")]
    rows = invitations("2026-10-05", person_id="E1") + invitations("2026-10-05", "2026-10-06", person_id="E2")
    built = facts(stores=STORES, people=people, invitations=rows)
    found = measure([invite_to_store_rate], built, [Period.parse("2026-10")], "person", as_of=AS_OF)
    assert found.select("subject_id", "sample").rows() == [("E1", 1), ("E2", 2)]


def test_without_a_post_the_person_and_the_store_count_and_no_team() -> None:
    built = facts(stores=STORES, people=[post(until="2026-10-06")], invitations=invitations("2026-10-05", "2026-10-06"))

    def sample(level: Level) -> list[tuple[Any, ...]]:
        found = measure([invite_to_store_rate], built, [Period.parse("2026-10")], level, as_of=AS_OF)
        return found.select("subject_id", "sample").rows()

    assert sample("person") == [("E1", 2)]
    assert sample("team") == [("T1", 1)]
    assert sample("department") == [("S01/呼叫中心", 1)]
    assert sample("store") == [("S01", 2)]
    assert sample("region") == [("华东", 2)]
    assert sample("group") == [("group", 2)]
    rows = credited(invite_to_store_rate, built, as_of=AS_OF)
    assert rows.select("day", "has_post", "role", "department").rows() == [
        (date(2026, 10, 5), True, "invite_specialist", "呼叫中心"),
        (date(2026, 10, 6), False, None, None),
    ]


def test_store_and_region_come_from_the_row_and_the_team_from_the_post() -> None:
    built = facts(stores=STORES, people=[post()], invitations=invitations("2026-10-05", store_id="S02"))
    rows = credited(invite_to_store_rate, built, as_of=AS_OF)
    assert rows.select("store_id", "region", "team_id", "department").row(0) == ("S02", "华北", "T1", "呼叫中心")


def test_a_credited_row_says_where_it_was_read() -> None:
    built = facts(stores=STORES, people=[post()], invitations=invitations("2026-10-05", "2026-10-06"))
    rows = credited(invite_to_store_rate, built, as_of=AS_OF)
    assert rows.select("contract", "key", "_import_id", "_file", "_sheet", "_row").rows() == [
        ("invitations", "E1-2026-10-05", 1, "invitations.csv", None, 2),
        ("invitations", "E1-2026-10-06", 1, "invitations.csv", None, 3),
    ]

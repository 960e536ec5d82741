"""invite_to_store_rate: which visit credits which invitation, both sides of every edge."""

from datetime import date
from typing import Any

import pytest

from metrics.measure import measure
from metrics.period import Period
from metrics.prospects import invite_to_store_rate
from tests.facts import facts

AS_OF = date(2026, 12, 31)


def invited(at: str, **more: Any) -> dict[str, Any]:
    return {"invitation_id": "I1", "customer_id": "C1", "store_id": "S01", "person_id": "E1", "purpose": "潜客",
            "invited_at": at, **more}  # fmt: skip


def arrived(at: str, **more: Any) -> dict[str, Any]:
    return {"visit_id": "V1", "customer_id": "C1", "store_id": "S01", "arrived_at": at, **more}


def credited_to(
    invitations: list[dict[str, Any]], visits: list[dict[str, Any]], as_of: date = AS_OF
) -> tuple[list[str], int]:
    """The invitations that converted, and how many are in the base."""
    numbered = [{**it, "invitation_id": it.get("invitation_id", f"I{n}")} for n, it in enumerate(invitations, 1)]
    built = facts(invitations=numbered, store_visits=[{**it, "visit_id": f"V{n}"} for n, it in enumerate(visits, 1)])
    rows = invite_to_store_rate.contributions(built, as_of).collect()
    assert rows["denominator"].to_list() == [1] * rows.height
    return sorted(rows.filter(rows["numerator"] == 1)["key"]), rows.height


@pytest.mark.parametrize(
    ("invited_at", "arrived_at", "counts"),
    [
        ("2026-10-05 10:00", "2026-10-05 10:00", False),  # at the same moment is not after
        ("2026-10-05 10:00", "2026-10-05 10:00:01", True),
        ("2026-10-05 10:00", "2026-10-05 09:59", False),
        ("2026-10-05 10:00", "2026-10-12 23:59", True),  # the 7th calendar day, late
        ("2026-10-05 23:59", "2026-10-12 00:00", True),
        ("2026-10-05 10:00", "2026-10-13 00:00", False),  # the 8th day
        ("2026-10-05 23:59", "2026-10-13 00:00", False),
        ("2026-12-28 10:00", "2027-01-04 10:00", False),  # not yet known at the end of 2026
    ],
)
def test_a_visit_counts_after_the_invitation_until_the_7th_day(invited_at: str, arrived_at: str, counts: bool) -> None:
    assert credited_to([invited(invited_at)], [arrived(arrived_at)]) == (["I1"] if counts else [], 1)


def test_another_customer_or_store_does_not_count() -> None:
    assert credited_to([invited("2026-10-05 10:00")], [arrived("2026-10-06 10:00", customer_id="C2")]) == ([], 1)
    assert credited_to([invited("2026-10-05 10:00")], [arrived("2026-10-06 10:00", store_id="S02")]) == ([], 1)


def test_a_customer_who_comes_twice_counts_once() -> None:
    visits = [arrived("2026-10-06 10:00"), arrived("2026-10-06 15:00"), arrived("2026-10-09 10:00")]
    assert credited_to([invited("2026-10-05 10:00")], visits) == (["I1"], 1)  # 1 of 1, not 3 of 1
    two = [invited("2026-10-05 10:00", invitation_id="I1"), invited("2026-10-05 11:00", invitation_id="I2")]
    assert credited_to(two, visits) == (["I2"], 2)  # no visit falls back to the earlier one


def test_the_latest_invitation_takes_the_visit_and_of_equal_ones_the_highest_id() -> None:
    two = [invited("2026-10-05 10:00", invitation_id="I9"), invited("2026-10-06 10:00", invitation_id="I1")]
    assert credited_to(two, [arrived("2026-10-07 10:00")]) == (["I1"], 2)
    assert credited_to(two, [arrived("2026-10-06 10:00")]) == (["I9"], 2)  # the second is not before the visit
    assert credited_to(two, [arrived("2026-10-06 09:00"), arrived("2026-10-07 10:00")]) == (["I1", "I9"], 2)
    equal = [invited("2026-10-05 10:00", invitation_id=key) for key in ("I1", "I3", "I2")]
    assert credited_to(equal, [arrived("2026-10-07 10:00")]) == (["I3"], 3)


def test_an_invitation_without_effect_is_neither_counted_nor_in_the_way() -> None:
    two = [invited("2026-10-05 10:00", invitation_id="I1"),
           invited("2026-10-06 10:00", invitation_id="I2", is_effective=False)]  # fmt: skip
    assert credited_to(two, [arrived("2026-10-07 10:00")]) == (["I1"], 1)


@pytest.mark.parametrize(
    ("recorded_at", "counts"),
    [
        (None, True),
        ("2026-10-05 10:05", True),
        ("2026-10-07 09:30:00", True),  # exactly 30 minutes before the visit at 10:00
        ("2026-10-07 09:30:01", False),
        ("2026-10-07 10:00:00", False),
        ("2026-10-08 10:00:00", False),
    ],
)
def test_a_backfilled_invitation_earns_nothing_and_stays_in_the_base(recorded_at: str | None, counts: bool) -> None:
    found = credited_to([invited("2026-10-05 10:00", recorded_at=recorded_at)], [arrived("2026-10-07 10:00")])
    assert found == (["I1"] if counts else [], 1)


def test_where_the_latest_was_backfilled_the_one_before_takes_the_visit() -> None:
    two = [invited("2026-10-05 10:00", invitation_id="I1"),
           invited("2026-10-06 10:00", invitation_id="I2", recorded_at="2026-10-07 11:00")]  # fmt: skip
    assert credited_to(two, [arrived("2026-10-07 10:00")]) == (["I1"], 2)
    # It was recorded in time for the customer's next visit.
    assert credited_to(two, [arrived("2026-10-07 10:00"), arrived("2026-10-08 10:00")]) == (["I1", "I2"], 2)


def test_what_happens_after_as_of_is_not_known() -> None:
    rows = [invited("2026-10-05 10:00", invitation_id="I1"), invited("2026-10-07 10:00", invitation_id="I2")]
    visits = [arrived("2026-10-06 23:59"), arrived("2026-10-08 00:00")]
    assert credited_to(rows, visits, date(2026, 10, 5)) == ([], 1)
    assert credited_to(rows, visits, date(2026, 10, 6)) == (["I1"], 1)
    assert credited_to(rows, visits, date(2026, 10, 7)) == (["I1"], 2)
    assert credited_to(rows, visits, date(2026, 10, 8)) == (["I1", "I2"], 2)


def test_a_day_without_visits_is_0_of_n_and_the_visit_counts_on_the_invitations_day() -> None:
    built = facts(
        stores=[{"store_id": "S01", "region": "华东"}],
        invitations=[invited("2026-10-31 10:00", invitation_id=f"I{n}", customer_id=f"C{n}") for n in range(3)],
        store_visits=[arrived("2026-11-02 10:00")],
    )
    days = [Period.parse(day) for day in ("2026-10-31", "2026-11-02", "2026-10", "2026-11")]
    found = measure([invite_to_store_rate], built, days, "store", as_of=date(2026, 11, 6)).to_dicts()
    assert [(row["period"], row["numerator"], row["denominator"]) for row in found] == [
        ("2026-10-31", 1, 3),
        ("2026-10", 1, 3),  # looked up across the month's edge
    ]
    early = measure([invite_to_store_rate], built, days[:1], "store", as_of=date(2026, 11, 1)).to_dicts()[0]
    assert (early["value"], early["numerator"], early["denominator"], early["reason_zh"]) == (0.0, 0, 3, None)


def test_candidates_say_who_won_and_why_each_other_lost() -> None:
    built = facts(
        invitations=[
            invited("2026-10-01 10:00", invitation_id="I0"),  # more than 7 days before: no candidate
            invited("2026-10-04 10:00", invitation_id="I1", person_id="E1"),
            invited("2026-10-05 10:00", invitation_id="I2", person_id="E2"),
            invited("2026-10-06 10:00", invitation_id="I3", person_id="E3", recorded_at="2026-10-09 09:00"),
            invited("2026-10-07 10:00", invitation_id="I4", person_id="E4", is_effective=False),
            invited("2026-10-09 10:00", invitation_id="I5", person_id="E5"),  # after the visit: no candidate
        ],
        store_visits=[arrived("2026-10-09 08:00"), arrived("2026-10-30 08:00", visit_id="V2")],
    )
    found = invite_to_store_rate.candidates(built, AS_OF)
    assert found.select("event_key", "key", "person_id", "is_credited", "reason").rows() == [
        ("V1", "I2", "E2", True, "credited"),
        ("V1", "I4", "E4", False, "not_counted"),
        ("V1", "I3", "E3", False, "recorded_late"),
        ("V1", "I1", "E1", False, "later_candidate"),
    ]

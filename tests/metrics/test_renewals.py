"""renewal_rate: one unit per vehicle, store and month, both sides of the window."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from metrics.renewals import renewal_rate, renewals_due, renewals_in_progress, renewals_lost, renewals_quoted_rate
from tests.facts import facts

LATER = date(2027, 6, 30)


def policy(policy_id: str = "P1", **more: Any) -> dict[str, Any]:
    return {"policy_id": policy_id, "vin": "VIN1", "store_id": "S01", "person_id": "E1", "expires_on": "2026-10-15",
            **more}  # fmt: skip


def units(*policies: dict[str, Any], as_of: date = LATER, month_starts_on: int = 1) -> list[tuple[Any, ...]]:
    rows = renewal_rate.contributions(facts(renewals=policies), as_of, month_starts_on).collect().sort("key")
    return rows.select("key", pl.col("day").dt.to_string(), "person_id", "numerator", "denominator").rows()


@pytest.mark.parametrize(
    ("signed_on", "renewed"),
    [
        (None, 0),
        ("2026-07-16", 0),  # 91 days before
        ("2026-07-17", 1),  # 90 days before
        ("2026-10-15", 1),
        ("2026-11-14", 1),  # 30 days after
        ("2026-11-15", 0),  # 31 days after
    ],
)
def test_a_vehicle_is_renewed_from_90_days_before_to_30_after(signed_on: str | None, renewed: int) -> None:
    assert units(policy(signed_on=signed_on)) == [("P1", "2026-10-15", "E1", renewed, 1)]


def test_two_policies_of_a_vehicle_in_a_month_are_one_unit_of_the_earliest() -> None:
    pair = [
        policy("P2", expires_on="2026-10-20", signed_on="2026-11-14", person_id="E2"),
        policy("P1", expires_on="2026-10-15"),
    ]
    assert units(*pair) == [("P1", "2026-10-15", "E1", 1, 1)]
    # The window is the earliest's: 31 days after it is too late although 26 days after the second.
    assert units({**pair[0], "signed_on": "2026-11-15"}, pair[1]) == [("P1", "2026-10-15", "E1", 0, 1)]


def test_of_equal_days_the_lowest_policy_owns_the_unit() -> None:
    assert units(policy("P2", person_id="E2"), policy("P1", person_id="E1")) == [("P1", "2026-10-15", "E1", 0, 1)]


def test_another_store_vehicle_or_month_is_another_unit() -> None:
    found = units(
        policy("P1"),
        policy("P2", store_id="S02"),
        policy("P3", vin="VIN2"),
        policy("P4", expires_on="2026-11-01"),
        policy("P5", expires_on="2025-10-15"),
    )
    assert [key for key, *_ in found] == ["P1", "P2", "P3", "P4", "P5"]


def test_the_unit_follows_the_pay_month() -> None:
    pair = [policy("P1", expires_on="2026-10-25"), policy("P2", expires_on="2026-10-26")]
    assert [key for key, *_ in units(*pair)] == ["P1"]
    assert [key for key, *_ in units(*pair, month_starts_on=26)] == ["P1", "P2"]
    across = [policy("P1", expires_on="2026-12-26"), policy("P2", expires_on="2027-01-25")]
    assert [key for key, *_ in units(*across)] == ["P1", "P2"]
    assert [key for key, *_ in units(*across, month_starts_on=26)] == ["P1"]


def test_an_exclusion_on_any_policy_takes_the_unit_out_of_the_base() -> None:
    pair = [policy("P1", signed_on="2026-10-10"), policy("P2", expires_on="2026-10-20")]
    assert units(pair[0], {**pair[1], "exclusion": "过户"}) == []
    assert len(units(*pair)) == 1


def test_a_cancelled_renewal_counts_until_its_cancellation() -> None:
    row = policy(signed_on="2026-10-10", cancelled_on="2026-11-20")
    assert units(row, as_of=date(2026, 11, 19))[0][3] == 1
    assert units(row, as_of=date(2026, 11, 20))[0][3] == 0
    # Another policy of the unit still stands.
    assert units(row, policy("P2", signed_on="2026-10-11"), as_of=date(2026, 11, 20))[0][3] == 1


def test_a_signature_counts_from_its_day_and_a_policy_yet_to_expire_is_due() -> None:
    row = policy(signed_on="2026-10-10")
    assert units(row, as_of=date(2026, 10, 9)) == [("P1", "2026-10-15", "E1", 0, 1)]
    assert units(row, as_of=date(2026, 10, 10)) == [("P1", "2026-10-15", "E1", 1, 1)]


@pytest.mark.parametrize(
    ("quoted_at", "quoted"),
    [("2026-01-01 10:00", 1), ("2026-11-14 23:59", 1), ("2026-11-15 00:00", 0), (None, 0)],  # until 30 days after
)
def test_a_vehicle_is_quoted_until_30_days_after_its_expiry(quoted_at: str | None, quoted: int) -> None:
    rows = renewals_quoted_rate.contributions(facts(renewals=[policy(quoted_at=quoted_at)]), LATER).collect()
    assert rows["numerator"].to_list() == [quoted]


@pytest.mark.parametrize(
    ("as_of", "signed_on", "states"),
    [
        (date(2026, 11, 13), None, (1, 0, 1)),
        (date(2026, 11, 14), None, (1, 1, 0)),  # 30 days after
        (date(2026, 11, 14), "2026-11-14", (1, 0, 0)),
        (date(2026, 11, 14), "2026-11-15", (1, 1, 0)),
    ],
)
def test_what_is_not_renewed_is_in_progress_until_its_window_closes(
    as_of: date, signed_on: str | None, states: tuple[int, ...]
) -> None:
    built = facts(renewals=[policy(signed_on=signed_on)])
    counts = (renewals_due, renewals_lost, renewals_in_progress)
    assert tuple(it.contributions(built, as_of).collect()["numerator"].sum() for it in counts) == states

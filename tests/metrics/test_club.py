"""The club: what stands at a month end, what it grew by, and which stores belong in a rate."""

from datetime import date
from typing import Any

import pytest

from metrics.club import (
    CLUB,
    clubs,
    dealer_enrolment_rate,
    members,
    monthly_joins_average,
    owner_conversion_rate,
    private_owners,
    recruitment_rate,
    referral_deals,
    referral_deals_increment,
)
from metrics.credit import Level
from metrics.kinds import Metric
from metrics.measure import credited, measure
from metrics.period import Period
from tests.facts import facts

STORES = [{"store_id": store, "region": region} for store, region in (("S1", "东"), ("S2", "东"), ("S3", "西"))]
AS_OF = date(2026, 12, 31)


def month_end(month: str, store_id: str = "S1", **more: Any) -> dict[str, Any]:
    return {"month": month, "store_id": store_id, "region": "西" if store_id == "S3" else "东", "has_club": True,
            "has_full_after_sales": True, **more}  # fmt: skip


def said(
    metric: Metric, rows: list[dict[str, Any]], period: str, level: Level = "store", as_of: date = AS_OF,
    stores: Any = STORES, month_starts_on: int = 1,
) -> dict[str, tuple[int | None, int | None]]:  # fmt: skip
    """Subject → (numerator, denominator)."""
    when = Period.parse(period, month_starts_on)
    found = measure([metric], facts(stores=stores, club_snapshots=rows), [when], level, as_of=as_of)
    return {row["subject_id"]: (row["numerator"], row["denominator"]) for row in found.to_dicts()}


@pytest.mark.parametrize(
    ("period", "standing"),
    [
        ("2026-08", None),
        ("2026-09", 10),
        ("2026-09-29", None),
        ("2026-09-30", 10),
        ("2026-10-30", 10),
        ("2026-10-31", 14),
        ("2026-W43", 10),
        ("2026-W44", 14),  # 26 October to 1 November
        ("2026-10", 14),
        ("2026-11", 14),  # nothing reported since
        ("2026Q3", 10),
        ("2026", 14),
        ("2026-08..2026-09", 10),
    ],
)
def test_a_stock_is_that_of_the_latest_month_end_on_or_before_the_periods_end(
    period: str, standing: int | None
) -> None:
    rows = [month_end("2026-09", members=10), month_end("2026-10", members=14)]
    assert said(members, rows, period) == ({} if standing is None else {"S1": (standing, 1)})


@pytest.mark.parametrize(("as_of", "standing"), [(date(2026, 10, 30), 10), (date(2026, 10, 31), 14)])
def test_a_month_end_is_known_from_its_last_day(as_of: date, standing: int) -> None:
    rows = [month_end("2026-09", members=10), month_end("2026-10", members=14)]
    assert said(members, rows, "2026-10", as_of=as_of) == {"S1": (standing, 1)}


def test_a_pay_month_that_ends_on_the_25th_stands_on_the_month_end_before() -> None:
    rows = [month_end("2026-09", members=10), month_end("2026-10", members=14)]
    assert said(members, rows, "2026-10", month_starts_on=26) == {"S1": (10, 1)}


def test_a_store_that_has_not_reported_yet_stands_where_it_last_stood() -> None:
    rows = [month_end("2026-09", members=10), month_end("2026-09", "S2", members=5), month_end("2026-10", members=14)]
    assert said(members, rows, "2026-10", "region") == {"东": (14 + 5, 1)}


@pytest.mark.parametrize(
    ("closed_on", "counts"), [("2026-09-30", False), ("2026-10-31", False), ("2026-11-01", True), (None, True)]
)
def test_a_closed_stores_stock_ends_with_it_but_its_deals_were_done(closed_on: str | None, counts: bool) -> None:
    stores = [STORES[0], {**STORES[1], "closed_on": closed_on}]
    rows = [month_end("2026-10", members=14, referral_deals=3),
            month_end("2026-09", "S2", members=5, referral_deals=2)]  # fmt: skip
    assert said(members, rows, "2026-10", "group", stores=stores) == {"group": (19 if counts else 14, 1)}
    assert said(referral_deals, rows, "2026-10", "group", stores=stores) == {"group": (5, 1)}


def test_the_month_end_that_a_closed_store_reported_itself_counts_in_its_month_alone() -> None:
    stores = [{**STORES[0], "closed_on": "2026-10-30"}]
    rows = [month_end("2026-10", members=3)]
    assert said(members, rows, "2026-10", stores=stores) == {"S1": (3, 1)}
    assert said(members, rows, "2026-11-29", stores=stores) == {"S1": (3, 1)}
    assert said(members, rows, "2026-11", stores=stores) == {}


def test_rates_count_stores_with_a_club_and_sum_their_parts() -> None:
    rows = [
        month_end("2026-10", members=30, pending_members=6, private_owners=60),
        month_end("2026-10", "S2", members=9, pending_members=1, private_owners=40, has_club=False),
        month_end("2026-10", "S3", members=10, pending_members=0, private_owners=20),
    ]
    assert said(recruitment_rate, rows, "2026-10", "group") == {"group": (30 + 6 + 10 + 0, 60 + 20)}
    assert said(recruitment_rate, rows, "2026-10") == {"S1": (36, 60), "S3": (10, 20)}
    assert said(owner_conversion_rate, rows, "2026-10", "group") == {"group": (40, 80)}
    assert said(private_owners, rows, "2026-10", "group") == {"group": (80, 1)}
    assert said(clubs, rows, "2026-10", "group") == {"group": (2, 1)}
    assert said(clubs, rows, "2026-10")["S2"] == (0, 1)  # no club is a count of none, not nothing


def test_a_store_that_left_a_cell_empty_is_not_counted_as_zero() -> None:
    rows = [
        month_end("2026-10", members=30, pending_members=6, private_owners=60),
        month_end("2026-10", "S2", members=9, private_owners=40),
    ]
    assert said(recruitment_rate, rows, "2026-10", "group") == {"group": (36, 60)}
    assert said(owner_conversion_rate, rows, "2026-10", "group") == {"group": (39, 100)}
    older = [month_end("2026-09", members=8), month_end("2026-10")]
    assert said(members, older, "2026-10") == {}  # nor is an older month end brought back


def test_without_owners_there_is_no_rate() -> None:
    rows = [month_end("2026-10", members=0, pending_members=0, private_owners=0)]
    built = facts(stores=STORES, club_snapshots=rows)
    (row,) = measure([recruitment_rate], built, [Period.parse("2026-10")], "store", as_of=AS_OF).to_dicts()
    assert (row["value"], row["numerator"], row["rank"], row["reason_zh"]) == (None, None, None, "分母为零")


def test_enrolment_is_of_dealers_with_full_after_sales_in_regions_and_the_group() -> None:
    rows = [
        month_end("2026-10"),
        month_end("2026-10", "S2", has_club=False),
        month_end("2026-10", "S3", has_full_after_sales=False),
    ]
    assert said(dealer_enrolment_rate, rows, "2026-10", "region") == {"东": (1, 2)}
    assert said(dealer_enrolment_rate, rows, "2026-10", "group") == {"group": (1, 2)}
    assert said(dealer_enrolment_rate, rows, "2026-10", "store") == {}


def test_a_row_counts_for_the_region_it_names() -> None:
    rows = [month_end("2026-09", members=1, region="旧区"), month_end("2026-10", members=2)]
    assert said(members, rows, "2026-09", "region") == {"旧区": (1, 1)}
    assert said(members, rows, "2026-10", "region") == {"东": (2, 1)}


def test_equal_rates_of_different_size_share_a_rank() -> None:
    rows = [
        month_end("2026-10", members=18, private_owners=27),
        month_end("2026-10", "S2", members=12, private_owners=18),
        month_end("2026-10", "S3", members=1, private_owners=3),
    ]
    built = facts(stores=STORES, club_snapshots=rows)
    found = measure([owner_conversion_rate], built, [Period.parse("2026-10")], "store", as_of=AS_OF)
    assert found.select("rank", "ranked_of").rows() == [(1, 3), (1, 3), (3, 3)]


def test_the_increment_is_this_less_previous_and_the_first_is_nothing() -> None:
    rows = [month_end(month, referral_deals=deals) for month, deals in
            (("2026-08", 7), ("2026-09", 7), ("2026-10", 12))]  # fmt: skip
    increments = {
        period: said(referral_deals_increment, rows, period)["S1"]
        for period in ("2026-08", "2026-09", "2026-10", "2026-11", "2026-09..2026-10", "2026Q3", "2026-W44", "2026-W43")
    }
    assert increments == {
        "2026-08": (None, None),
        "2026-09": (0, 1),  # reported and the same: a real zero
        "2026-10": (5, 1),
        "2026-11": (None, None),  # not reported
        "2026-09..2026-10": (5, 1),
        "2026Q3": (None, None),  # nothing stood before July
        "2026-W44": (5, 1),  # 31 October is its Saturday
        "2026-W43": (None, None),
    }


def test_increments_add_up_when_a_store_reports_late() -> None:
    rows = [month_end(month, store, referral_deals=deals) for month, store, deals in
            (("2026-08", "S1", 1), ("2026-08", "S2", 1), ("2026-09", "S1", 3), ("2026-10", "S1", 6),
             ("2026-10", "S2", 9))]  # fmt: skip
    by_month = [said(referral_deals_increment, rows, month, "group")["group"] for month in ("2026-09", "2026-10")]
    assert by_month == [(2, 1), (3 + 8, 1)]
    assert said(referral_deals_increment, rows, "2026-09..2026-10", "group") == {"group": (13, 1)}


@pytest.mark.parametrize(
    ("period", "parts"),
    [
        ("2026-08..2026-10", (6, 2)),  # three months, two steps
        ("2026-09..2026-10", (4, 1)),
        ("2026Q3", (None, None)),  # nothing stood at the end of July
        ("2026-10", (None, None)),  # one month end is no step
        ("2026-10..2026-12", (None, None)),  # nothing after October yet
        ("2026-W44", (None, None)),
    ],
)
def test_joins_on_average_are_the_last_less_the_first_by_month_steps(
    period: str, parts: tuple[int | None, int | None]
) -> None:
    rows = [month_end(month, members=count) for month, count in (("2026-08", 10), ("2026-09", 12), ("2026-10", 16))]
    assert said(monthly_joins_average, rows, period) == {"S1": parts}


def test_a_store_that_joins_adds_its_members_to_the_groups_growth() -> None:
    rows = [month_end("2026-09", members=10), month_end("2026-10", members=12), month_end("2026-10", "S2", members=5)]
    assert said(monthly_joins_average, rows, "2026-09..2026-10", "group") == {"group": (7, 1)}
    assert said(monthly_joins_average, rows, "2026-09..2026-10") == {"S1": (2, 1), "S2": (None, None)}


@pytest.mark.parametrize("metric", CLUB, ids=lambda it: it.key)
def test_the_club_has_no_figures_of_persons_teams_or_departments(metric: Metric) -> None:
    post = {"person_id": "E1", "team_id": "T1", "role": "customer_care_director", "department": "客服部",
            "store_id": "S1", "since": "2026-01-01"}  # fmt: skip
    built = facts(stores=STORES, people=[post], club_snapshots=[month_end("2026-10", members=1)])
    for level in ("person", "team", "department"):
        assert measure([metric], built, [Period.parse("2026-10")], level, as_of=AS_OF).is_empty()  # type: ignore[arg-type]


def test_who_answers_for_a_club_that_has_not_reported_is_told_so() -> None:
    post = {"person_id": "E1", "team_id": "T1", "role": "customer_care_director", "department": "客服部",
            "store_id": "S1", "since": "2026-01-01"}  # fmt: skip
    (row,) = measure([members], facts(stores=STORES, people=[post]), [Period.parse("2026-10")], "store", as_of=AS_OF
                     ).to_dicts()  # fmt: skip
    assert (row["subject_id"], row["value"], row["sample"], row["reason_zh"]) == ("S1", None, 0, "没有样本")


def test_every_counted_row_is_found_again_where_it_was_read() -> None:
    built = facts(stores=STORES, club_snapshots=[month_end("2026-09", members=1), month_end("2026-10", members=2)])
    assert credited(members, built, as_of=AS_OF).select("day", "region", "numerator", "key", "_row").rows() == [
        (date(2026, 9, 30), "东", 1, "2026-09/S1", 2),
        (date(2026, 10, 31), "东", 2, "2026-10/S1", 3),
    ]

"""Visits, who invited them and what came of them, both sides of every edge."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from metrics.kinds import Metric
from metrics.lead_states import Leads
from metrics.measure import credited, measure
from metrics.orders import Deals
from metrics.period import Period
from metrics.prospects import (
    appointment_show_rate,
    cars_delivered,
    cars_invoiced,
    deals,
    invited_visits,
    lead_visit_rate,
    month_visit_rate,
    stock_visit_rate,
    store_close_rate,
    valid_lead_visit_rate,
    visit_groups,
)
from metrics.visits import VisitGroups
from tests.facts import facts

LATER = date(2027, 3, 31)
OCTOBER = Period.parse("2026-10")
STORES = [{"store_id": "S01", "region": "华东"}]


def invited(at: str, **more: Any) -> dict[str, Any]:
    return {"invitation_id": "I1", "customer_id": "C1", "store_id": "S01", "person_id": "E1", "purpose": "潜客",
            "invited_at": at, **more}  # fmt: skip


def arrived(at: str, visit_id: str = "V1", **more: Any) -> dict[str, Any]:
    return {"visit_id": visit_id, "customer_id": "C1", "store_id": "S01", "arrived_at": at, **more}


def ordered(at: str, **more: Any) -> dict[str, Any]:
    return {"order_id": "O1", "customer_id": "C1", "store_id": "S01", "person_id": "E9", "ordered_at": at, **more}


def parts(metric: Metric, period: Period = OCTOBER, as_of: date = LATER, **tables: Any) -> tuple[int, int] | None:
    """Numerator and denominator of the store."""
    rows = measure([metric], facts(stores=STORES, **tables), [period], "store", as_of=as_of).to_dicts()
    return (rows[0]["numerator"], rows[0]["denominator"]) if rows and rows[0]["denominator"] else None


def inviters(metric: Metric = visit_groups, **tables: Any) -> list[str | None]:
    return credited(metric, facts(stores=STORES, **tables), as_of=LATER)["person_id"].to_list()


def test_a_group_is_a_customer_a_store_and_a_day() -> None:
    visits = [
        arrived("2026-10-05 10:00", "V1"),
        arrived("2026-10-05 16:00", "V2"),
        arrived("2026-10-06 10:00", "V3"),
        arrived("2026-10-05 10:00", "V4", customer_id="C2"),
        arrived("2026-10-05 10:00", "V5", store_id="S02"),
    ]
    assert parts(visit_groups, store_visits=visits) == (3, 1)
    assert parts(visit_groups, store_visits=visits, as_of=date(2026, 10, 5)) == (2, 1)


@pytest.mark.parametrize(
    ("invited_at", "is_invited"),
    [
        ("2026-10-30 10:00", False),  # at the same moment is not before
        ("2026-10-30 09:59", True),
        ("2026-09-30 00:00", True),  # 30 days
        ("2026-09-29 23:59", False),
    ],
)
def test_an_invitation_counts_in_the_30_days_before_the_first_arrival(invited_at: str, is_invited: bool) -> None:
    visits = [arrived("2026-10-30 10:00", "V1"), arrived("2026-10-30 11:00", "V2")]
    tables: dict[str, Any] = {"store_visits": visits, "invitations": [invited(invited_at)]}
    assert inviters(**tables) == (["E1"] if is_invited else [None])
    assert parts(invited_visits, **tables) == ((1, 1) if is_invited else None)
    assert parts(visit_groups, **tables) == (1, 1)


@pytest.mark.parametrize(
    ("recorded_at", "inviter"),
    [(None, "E1"), ("2026-10-05 09:30", "E1"), ("2026-10-05 09:30:01", None), ("2026-10-05 12:00", None)],
)
def test_what_is_recorded_late_earns_nothing(recorded_at: str | None, inviter: str | None) -> None:
    visits = [arrived("2026-10-05 10:00")]
    assert inviters(store_visits=visits, invitations=[invited("2026-10-04 10:00", recorded_at=recorded_at)]) == [
        inviter
    ]
    follow_up = {"follow_up_id": "F1", "lead_id": "L1", "person_id": "E1", "is_connected": True,
                 "done_at": "2026-10-04 10:00", "recorded_at": recorded_at}  # fmt: skip
    lead = {"lead_id": "L1", "customer_id": "C1", "store_id": "S01", "received_at": "2026-10-01 10:00"}
    assert inviters(store_visits=visits, follow_ups=[follow_up], leads=[lead]) == [inviter]


def test_the_latest_contact_that_reached_the_customer_takes_the_visit() -> None:
    tables: dict[str, Any] = {
        "store_visits": [arrived("2026-10-09 10:00")],
        "leads": [{"lead_id": "L1", "customer_id": "C1", "store_id": "S01", "received_at": "2026-10-01 10:00"}],
        "invitations": [invited("2026-10-04 10:00"), invited("2026-10-08 10:00", invitation_id="I2", is_effective=False,
                                                             person_id="E7")],
        "follow_ups": [
            {"follow_up_id": "F1", "lead_id": "L1", "person_id": "E2", "is_connected": True,
             "done_at": "2026-10-05 10:00"},
            {"follow_up_id": "F2", "lead_id": "L1", "person_id": "E3", "is_connected": False,
             "done_at": "2026-10-08 10:00"},
        ],
        "call_logs": [
            {"call_id": f"H{n}", "store_id": "S01", "person_id": f"E{n}", "started_at": "2026-10-06 10:00",
             "direction": direction, "is_answered": answered, "customer_id": customer}
            for n, direction, answered, customer in (
                (4, "呼出", True, "C1"), (5, "呼出", False, "C1"), (6, "呼入", True, "C1"), (8, "呼出", True, None))
        ],
    }  # fmt: skip
    assert inviters(**tables) == ["E4"]
    found = VisitGroups().candidates(facts(**tables), LATER)
    assert found.select("contract", "key", "person_id", "reason").rows() == [
        ("call_logs", "H4", "E4", "credited"),
        ("invitations", "I2", "E7", "not_counted"),
        ("follow_ups", "F2", "E3", "not_counted"),
        ("call_logs", "H5", "E5", "not_counted"),
        ("follow_ups", "F1", "E2", "later_candidate"),
        ("invitations", "I1", "E1", "later_candidate"),
    ]
    first = VisitGroups(credit="first")
    assert inviters(replace(visit_groups, base=first), **tables) == ["E1"]
    losers = first.candidates(facts(**tables), LATER)
    assert set(losers["reason"]) == {"credited", "earlier_candidate", "not_counted"}
    tie = {**tables["call_logs"][0], "started_at": "2026-10-04 10:00"}
    assert inviters(store_visits=tables["store_visits"], invitations=tables["invitations"], call_logs=[tie]) == ["E1"]


def test_the_rate_of_the_period_is_a_flow_and_may_exceed_the_whole() -> None:
    leads = [{"lead_id": "L1", "customer_id": "C8", "store_id": "S01", "received_at": "2026-10-31 10:00"},
             {"lead_id": "L2", "customer_id": "C9", "store_id": "S01", "received_at": "2026-11-01 00:00"}]  # fmt: skip
    visits = [arrived("2026-10-05 10:00", "V1"), arrived("2026-10-06 10:00", "V2")]
    assert parts(month_visit_rate, leads=leads, store_visits=visits) == (2, 1)
    assert parts(month_visit_rate, leads=leads[1:], store_visits=visits) is None  # no leads, no rate
    assert parts(month_visit_rate, period=Period.parse("2026-11"), leads=leads, store_visits=visits) == (0, 1)


def test_the_rate_of_the_stock_counts_new_cards_and_who_was_open_at_the_start() -> None:
    leads = [
        {
            "lead_id": f"L{n}",
            "customer_id": f"C{n}",
            "store_id": "S01",
            "received_at": "2026-09-01 10:00",
            "carded_at": at,
        }
        for n, at in enumerate(["2026-09-30 10:00", "2026-10-01 00:00", "2026-10-31 23:00", "2026-11-01 00:00", None])
    ]
    assert parts(stock_visit_rate, leads=leads, store_visits=[arrived("2026-10-05 10:00")]) == (1, 3)


@pytest.mark.parametrize(
    ("arrived_at", "came"),
    [
        ("2026-10-05 09:00", 0),  # at the same moment is not after
        ("2026-10-05 09:01", 1),
        ("2026-11-04 23:59", 1),  # the 30th day
        ("2026-11-05 00:00", 0),
    ],
)
def test_a_lead_visits_within_30_days(arrived_at: str, came: int) -> None:
    lead = {"lead_id": "L1", "customer_id": "C1", "store_id": "S01", "received_at": "2026-10-05 09:00"}
    visits = [arrived(arrived_at)]
    assert parts(lead_visit_rate, leads=[lead], store_visits=visits) == (came, 1)
    assert parts(valid_lead_visit_rate, leads=[lead], store_visits=visits) is None
    assert parts(valid_lead_visit_rate, leads=[{**lead, "validity": "有效"}], store_visits=visits) == (came, 1)
    again = {**lead, "lead_id": "L2"}
    assert parts(lead_visit_rate, leads=[lead, again], store_visits=visits) == (came, 1)  # a duplicate
    every_lead = replace(lead_visit_rate, base=Leads(duplicate_within_days=()))
    # Each lead asks for itself whether its customer came.
    assert parts(every_lead, leads=[lead, again], store_visits=visits) == (2 * came, 2)


@pytest.mark.parametrize(
    ("arrived_at", "kept"),
    [
        ("2026-10-08 00:00", 1),
        ("2026-10-08 23:59", 1),
        ("2026-10-07 23:59", 0),
        ("2026-10-09 00:00", 0),
    ],
)
def test_an_appointment_is_kept_on_its_day(arrived_at: str, kept: int) -> None:
    row = invited("2026-10-05 10:00", appointment_at="2026-10-08 14:00")
    assert parts(appointment_show_rate, invitations=[row], store_visits=[arrived(arrived_at)]) == (kept, 1)
    assert parts(appointment_show_rate, invitations=[{**row, "is_effective": False}]) is None
    assert parts(appointment_show_rate, invitations=[invited("2026-10-05 10:00")]) is None


def test_an_appointment_is_due_on_its_day_and_made_before_the_visit() -> None:
    row = invited("2026-10-08 10:00", appointment_at="2026-10-08 14:00")
    assert parts(appointment_show_rate, invitations=[row], as_of=date(2026, 10, 7)) is None
    assert parts(appointment_show_rate, invitations=[row], as_of=date(2026, 10, 8)) == (0, 1)
    for at, kept in (("2026-10-08 10:00", 0), ("2026-10-08 10:01", 1)):
        assert parts(appointment_show_rate, invitations=[row], store_visits=[arrived(at)]) == (kept, 1)
    late = {**row, "recorded_at": "2026-10-08 13:31"}
    assert parts(appointment_show_rate, invitations=[late], store_visits=[arrived("2026-10-08 14:00")]) == (0, 1)


@pytest.mark.parametrize(
    ("ordered_at", "closed"),
    [
        ("2026-10-19 23:59", 0),  # the day before the visit
        ("2026-10-20 08:00", 1),
        ("2026-10-31 23:59", 1),
        ("2026-11-01 00:00", 0),  # the next month
    ],
)
def test_an_invited_visit_closes_from_its_day_to_the_end_of_its_month(ordered_at: str, closed: int) -> None:
    tables: dict[str, Any] = {"invitations": [invited("2026-10-18 10:00")], "orders": [ordered(ordered_at)],
                              "store_visits": [arrived("2026-10-20 10:00")]}  # fmt: skip
    assert parts(store_close_rate, **tables) == (closed, 1)
    walk_in = {**tables, "invitations": []}
    assert parts(store_close_rate, **walk_in) is None


def test_the_month_of_a_close_is_the_pay_month_and_settles_with_it() -> None:
    tables: dict[str, Any] = {"invitations": [invited("2026-10-18 10:00")], "orders": [ordered("2026-11-01 10:00")],
                              "store_visits": [arrived("2026-10-26 10:00")]}  # fmt: skip
    assert parts(store_close_rate, period=Period.parse("2026-11", 26), **tables) == (1, 1)
    assert parts(store_close_rate, **tables) == (0, 1)
    week = Period.parse("2026-W42")  # from 12 to 18 October
    built = facts(stores=STORES, store_visits=[arrived("2026-10-13 10:00")], invitations=[invited("2026-10-12 10:00")])
    settled = [measure([store_close_rate], built, [week], "store", as_of=date(2026, 10, day))["is_settled"].item()
               for day in (30, 31)]  # fmt: skip
    assert settled == [False, True]


@pytest.mark.parametrize(
    ("ordered_at", "inviter"),
    [
        ("2026-10-04 23:59", None),  # before the visit
        ("2026-10-05 08:00", "E1"),  # on its day
        ("2026-11-04 10:00", "E1"),  # the 30th day
        ("2026-11-05 10:00", None),
    ],
)
def test_a_deal_is_the_inviters_of_the_visit_before_it(ordered_at: str, inviter: str | None) -> None:
    tables: dict[str, Any] = {"invitations": [invited("2026-10-04 10:00")], "orders": [ordered(ordered_at)],
                              "store_visits": [arrived("2026-10-05 10:00")]}  # fmt: skip
    assert inviters(deals, **tables) == [inviter]


def test_a_deal_is_the_latest_invited_visits_and_counts_once() -> None:
    tables: dict[str, Any] = {
        "invitations": [invited("2026-10-04 10:00"), invited("2026-10-06 10:00", invitation_id="I2", person_id="E2")],
        "store_visits": [arrived("2026-10-05 10:00", "V1"), arrived("2026-10-07 10:00", "V2")],
        "orders": [ordered("2026-10-08 10:00", cancelled_at="2026-11-20 10:00")],
    }
    assert inviters(deals, **{**tables, "orders": [ordered("2026-10-08 10:00")]}) == ["E2"]
    assert parts(deals, **tables, as_of=date(2026, 11, 19)) == (1, 1)
    assert parts(deals, **tables, as_of=date(2026, 11, 20)) is None


def test_a_plan_may_count_deals_by_invoice_or_delivery() -> None:
    order = ordered("2026-10-08 10:00", invoiced_at="2026-11-08 10:00", delivered_at="2026-12-08 10:00")
    for event, month in (("ordered", "2026-10"), ("invoiced", "2026-11"), ("delivered", "2026-12")):
        metric = replace(cars_delivered, base=Deals(event=event))  # type: ignore[arg-type]
        rows = credited(metric, facts(orders=[order]), as_of=LATER)
        assert rows["day"].dt.to_string("%Y-%m").to_list() == [month]
    for named, day in ((cars_invoiced, "2026-11-08"), (cars_delivered, "2026-12-08")):
        assert [str(it) for it in credited(named, facts(orders=[order]), as_of=date.fromisoformat(day))["day"]] == [day]
    assert inviters(cars_delivered, orders=[order]) == ["E9"]

"""Leads: validity, response, follow-up, defeats and the stock of open prospects, both sides of every edge."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from metrics.follow_ups import (
    FIRST_FOLLOW_UP_PUNCTUALITY_BY_LEVEL,
    FOLLOW_UP_PUNCTUALITY_BY_LEVEL,
    first_follow_up_punctuality_elapsed,
    follow_up_punctuality,
)
from metrics.kinds import Metric
from metrics.lead_states import Leads, first_leads
from metrics.leads import (
    approved_defeats,
    cards_opened,
    defeat_rate,
    hotline_answer_rate,
    lead_close_rate,
    lead_response_punctuality_business,
    lead_response_time_business,
    leads_received,
    open_prospects,
    valid_lead_rate,
)
from metrics.limits import ALWAYS, Limit
from metrics.measure import credited, measure
from metrics.orders import Deals
from metrics.period import Period
from metrics.tasks import FollowUpTasks
from tests.facts import facts

LATER = date(2026, 12, 31)
OCTOBER = Period.parse("2026-10")
AGENT = {
    "person_id": "E1", "person_name": "邀约", "role": "invite_specialist", "team_id": "T01",
    "department": "呼叫中心", "store_id": "S01", "since": "2025-01-01",
}  # fmt: skip
STORES = [{"store_id": "S01", "region": "华东"}]


def lead(lead_id: str = "L1", **more: Any) -> dict[str, Any]:
    return {"lead_id": lead_id, "customer_id": f"C{lead_id[1:]}", "store_id": "S01", "person_id": "E1",
            "received_at": "2026-10-05 09:00", **more}  # fmt: skip


def contact(follow_up_id: str, done_at: str, **more: Any) -> dict[str, Any]:
    return {"follow_up_id": follow_up_id, "lead_id": "L1", "person_id": "E1", "done_at": done_at, **more}


def parts(metric: Metric, period: Period = OCTOBER, as_of: date = LATER, **tables: Any) -> tuple[int, int] | None:
    """Numerator and denominator of the store."""
    rows = measure([metric], facts(stores=STORES, **tables), [period], "store", as_of=as_of).to_dicts()
    return (rows[0]["numerator"], rows[0]["denominator"]) if rows and rows[0]["denominator"] else None


@pytest.mark.parametrize(
    ("validity", "validity_review", "counts"),
    [
        ("有效", None, (1, 1)),
        ("无效", None, (0, 1)),  # no review column: the mark stands
        ("无效", "通过", (0, 1)),
        ("无效", "待审", (0, 1)),
        ("无效", "拒绝", (1, 1)),
        ("待定", None, None),
        (None, None, None),
    ],
)
def test_a_judged_lead_is_valid_or_not(validity: Any, validity_review: Any, counts: Any) -> None:
    assert parts(valid_lead_rate, leads=[lead(validity=validity, validity_review=validity_review)]) == counts


@pytest.mark.parametrize(
    ("validity", "validity_review", "is_in_base"),
    [
        ("有效", None, True),
        ("无效", None, False),
        ("无效", "通过", False),
        ("无效", "待审", True),  # stays in until approved
        ("无效", "拒绝", True),
        ("待定", None, False),
    ],
)
def test_an_invalid_lead_leaves_the_base_once_approved(validity: Any, validity_review: Any, is_in_base: bool) -> None:
    found = parts(lead_close_rate, leads=[lead(validity=validity, validity_review=validity_review)])
    assert found == ((0, 1) if is_in_base else None)


# lead_close_rate


@pytest.mark.parametrize(
    ("ordered_at", "won"),
    [
        ("2026-10-05 09:00", 0),  # at the same moment is not after
        ("2026-10-05 09:00:01", 1),
        ("2026-11-04 23:59", 1),  # the 30th day
        ("2026-11-05 00:00", 0),
    ],
)
def test_a_lead_closes_within_30_days(ordered_at: str, won: int) -> None:
    order = {"order_id": "O1", "customer_id": "C1", "store_id": "S01", "person_id": "E9", "ordered_at": ordered_at}
    assert parts(lead_close_rate, leads=[lead(validity="有效")], orders=[order]) == (won, 1)


def test_an_order_counts_for_the_lead_it_names_else_for_the_latest_of_the_customer() -> None:
    leads = [
        lead("L1", validity="有效"),
        lead("L2", customer_id="C1", validity="有效", received_at="2026-10-06 09:00"),
    ]
    order = {"order_id": "O1", "customer_id": "C1", "store_id": "S01", "person_id": "E9",
             "ordered_at": "2026-10-07 10:00"}  # fmt: skip
    every_lead = replace(lead_close_rate, base=Leads(duplicate_within_days=()), event=Deals())

    def won(metric: Metric = every_lead, **more: Any) -> list[str]:
        built = facts(stores=STORES, leads=leads, orders=[{**order, **more}])
        return [row["key"] for row in credited(metric, built, as_of=LATER).to_dicts() if row["numerator"]]

    assert won() == ["L2"]
    assert won(lead_id="L1") == ["L1"]
    assert won(lead_id="L1", customer_id="C7") == ["L1"]  # by the lead alone
    assert won(lead_id="L9") == []  # the lead it names is not ours
    assert won(customer_id="C7") == won(store_id="S02") == []
    # The second is a duplicate: whatever would be its order is the first one's.
    assert won(lead_close_rate) == won(lead_close_rate, lead_id="L1") == won(lead_close_rate, lead_id="L2") == ["L1"]
    assert won(lead_close_rate, lead_id="L9") == []


@pytest.mark.parametrize(
    ("earlier", "later", "counted"),
    [
        ({}, {"received_at": "2026-10-31 23:59"}, ["L1"]),  # the 30th day
        ({}, {"received_at": "2026-11-01 00:00"}, ["L1", "L2"]),
        ({}, {"received_at": "2026-10-01 09:00"}, ["L1"]),  # at one moment the lower id goes first
        ({}, {"customer_id": "C2"}, ["L1", "L2"]),
        ({}, {"store_id": "S02"}, ["L1", "L2"]),
        ({}, {"validity": "有效"}, ["L1"]),  # the agent's own mark is not asked
        ({"validity": "无效"}, {}, ["L1", "L2"]),  # nothing repeats an invalid lead
        ({"validity": "无效", "validity_review": "待审"}, {}, ["L1"]),
        ({"validity": "无效", "validity_review": "拒绝"}, {}, ["L1"]),
    ],
)
def test_a_lead_of_the_same_customer_within_30_days_is_a_duplicate(earlier: Any, later: Any, counted: Any) -> None:
    leads = [
        lead("L1", received_at="2026-10-01 09:00", **earlier),
        lead("L2", **{"customer_id": "C1", "received_at": "2026-10-20 09:00", **later}),
    ]
    built = facts(stores=[*STORES, {"store_id": "S02", "region": "华东"}], leads=leads)
    assert sorted(credited(leads_received, built, as_of=LATER)["key"]) == counted


def test_a_third_lead_soon_after_a_duplicate_is_one_of_the_first() -> None:
    days = ["2026-10-01", "2026-10-25", "2026-11-20", "2026-12-25"]  # 24, 26 and 35 days apart
    leads = [lead(f"L{n}", customer_id="C1", received_at=f"{day} 09:00") for n, day in enumerate(days)]
    found = first_leads(facts(leads=leads)).collect().sort("lead_id").rows()
    assert found == [("L0", "L0"), ("L1", "L0"), ("L2", "L0"), ("L3", "L3")]


def test_the_window_of_duplicates_applies_by_the_later_leads_day() -> None:
    limits = (Limit(value=5, since=ALWAYS, source="test"), Limit(value=10, since=date(2026, 10, 12), source="test"))
    metric = replace(leads_received, base=Leads(duplicate_within_days=limits))
    for day, count in ((6, 1), (7, 2), (11, 2), (12, 1)):
        leads = [lead("L1", received_at="2026-10-01 09:00" if day < 12 else "2026-10-02 09:00"),
                 lead("L2", customer_id="C1", received_at=f"2026-10-{day:02} 09:00")]  # fmt: skip
        assert parts(metric, leads=leads) == (count, 1)
    assert metric.definition() != leads_received.definition()


def test_a_duplicate_leaves_every_count_of_leads() -> None:
    leads = [
        lead("L1", validity="有效", carded_at="2026-09-10", received_at="2026-09-05 09:00", lost_at="2026-10-20"),
        lead("L2", customer_id="C1", validity="有效", carded_at="2026-09-12", received_at="2026-09-06 09:00",
             lost_at="2026-10-21"),
    ]  # fmt: skip
    september = Period.parse("2026-09")
    assert parts(leads_received, september, leads=leads) == (1, 1)
    assert parts(valid_lead_rate, september, leads=leads) == (1, 1)
    assert parts(cards_opened, september, leads=leads) == (1, 1)
    assert parts(open_prospects, leads=leads) == (1, 1)
    assert parts(defeat_rate, leads=leads) == (1, 1)
    order = {"order_id": "O1", "customer_id": "C1", "store_id": "S01", "person_id": "E9", "lead_id": "L2",
             "ordered_at": "2026-09-20 10:00"}  # fmt: skip
    assert parts(open_prospects, leads=leads, orders=[order]) is None  # who ordered on the second is open on neither


@pytest.mark.parametrize(("as_of", "lost"), [(19, 0), (20, 1)])
def test_a_defeat_is_known_from_its_day(as_of: int, lost: int) -> None:
    tables = {"leads": [lead(lost_at="2026-10-20 18:00")], "people": [AGENT]}
    assert parts(approved_defeats, as_of=date(2026, 10, as_of), **tables) == (lost, 1)


@pytest.mark.parametrize(("ordered_at", "is_open"), [("2026-09-05 08:59", True), ("2026-09-05 09:00", False)])
def test_an_order_that_names_no_lead_ends_those_received_by_then(ordered_at: str, is_open: bool) -> None:
    leads = [lead(received_at="2026-09-05 09:00", carded_at="2026-09-05 10:00")]
    order = {"order_id": "O1", "customer_id": "C1", "store_id": "S01", "person_id": "E9", "ordered_at": ordered_at}
    assert parts(open_prospects, leads=leads, orders=[order]) == ((1, 1) if is_open else None)


def test_every_lead_is_answered_duplicates_too() -> None:
    leads = [lead("L1", first_contact_at="2026-10-05 09:10"), lead("L2", customer_id="C1")]
    assert parts(lead_response_punctuality_business, leads=leads) == (1, 2)


# First contact by level


@pytest.mark.parametrize(
    ("level", "first_contact_at", "in_time"),
    [
        ("H", "2026-10-06 09:00:00", 1),
        ("H", "2026-10-06 09:00:01", 0),
        ("A", "2026-10-09 09:00:00", 1),
        ("A", "2026-10-09 09:00:01", 0),
        ("B", "2026-10-12 09:00:00", 1),
        ("B", "2026-10-12 09:00:01", 0),
        ("C", "2026-10-20 09:00:00", 1),
        ("C", "2026-10-20 09:00:01", 0),
        ("N", "2026-11-04 09:00:00", 1),
        ("N", "2026-11-04 09:00:01", 0),
    ],
)
def test_a_lead_is_first_contacted_within_the_limit_of_its_level(
    level: str, first_contact_at: str, in_time: int
) -> None:
    leads = [lead(first_intent_level=level, first_contact_at=first_contact_at)]
    assert parts(first_follow_up_punctuality_elapsed, leads=leads) == (in_time, 1)
    for metric in FIRST_FOLLOW_UP_PUNCTUALITY_BY_LEVEL:
        is_own = f"_{level.lower()}_" in metric.key
        assert parts(metric, leads=leads) == ((in_time, 1) if is_own else None)


def test_the_first_level_decides_and_who_ordered_or_has_none_has_no_limit() -> None:
    late = "2026-10-07 09:00"  # 2 days
    metric = first_follow_up_punctuality_elapsed
    assert parts(metric, leads=[lead(first_intent_level="A", intent_level="H", first_contact_at=late)]) == (1, 1)
    assert parts(metric, leads=[lead(intent_level="H", first_contact_at=late)]) == (0, 1)
    assert parts(metric, leads=[lead(first_intent_level="O", first_contact_at=late)]) is None
    assert parts(metric, leads=[lead(first_contact_at=late)]) is None
    assigned = lead(first_intent_level="H", assigned_at="2026-10-06 09:00", first_contact_at=late)
    assert parts(metric, leads=[assigned]) == (1, 1)  # from the assignment


def test_what_is_neither_contacted_nor_past_its_limit_is_left_out() -> None:
    metric, leads = first_follow_up_punctuality_elapsed, [lead(first_intent_level="H")]
    assert parts(metric, as_of=date(2026, 10, 5), leads=leads) is None
    assert parts(metric, as_of=date(2026, 10, 6), leads=leads) == (0, 1)


def test_days_of_absence_stop_the_clock_of_the_first_contact() -> None:
    away = {"person_id": "E1", "kind": "病假", "from_on": "2026-10-06", "to_on": "2026-10-06"}
    metric = first_follow_up_punctuality_elapsed
    for at, in_time in (("2026-10-07 09:00:00", 1), ("2026-10-07 09:00:01", 0)):
        leads = [lead(first_intent_level="H", first_contact_at=at)]
        assert parts(metric, leads=leads, absences=[away]) == (in_time, 1)
        assert parts(metric, leads=leads) == (0, 1)


def test_a_cancelled_order_is_no_deal_from_its_cancellation() -> None:
    order = {"order_id": "O1", "customer_id": "C1", "store_id": "S01", "person_id": "E9",
             "ordered_at": "2026-10-07 10:00", "cancelled_at": "2026-10-20 10:00"}  # fmt: skip
    tables = {"leads": [lead(validity="有效")], "orders": [order]}
    assert parts(lead_close_rate, as_of=date(2026, 10, 19), **tables) == (1, 1)
    assert parts(lead_close_rate, as_of=date(2026, 10, 20), **tables) == (0, 1)


# Response


@pytest.mark.parametrize(
    ("assigned_at", "first_contact_at", "minutes", "in_time"),
    [
        ("2026-10-05 09:00", "2026-10-05 09:30", 30, 1),
        ("2026-10-05 09:00", "2026-10-05 09:30:01", 30, 0),
        ("2026-10-05 17:20", "2026-10-06 08:50", 30, 1),  # 10 minutes before closing, 20 after opening
        ("2026-10-05 17:20", "2026-10-06 08:51", 31, 0),
        ("2026-10-05 20:00", "2026-10-06 08:30", 0, 1),  # the night does not count
        ("2026-10-05 20:00", "2026-10-05 22:00", 0, 1),
        ("2026-10-03 17:30", "2026-10-05 08:30", 540, 0),  # a whole Sunday of opening
        (None, "2026-10-05 09:31", 31, 0),  # from receipt at 09:00
    ],
)
def test_a_response_is_timed_by_opening_hours(
    assigned_at: str | None, first_contact_at: str, minutes: int, in_time: int
) -> None:
    leads = [lead(assigned_at=assigned_at, first_contact_at=first_contact_at)]
    took = parts(lead_response_time_business, leads=leads)
    assert took is not None
    assert took[0] // 60 == minutes
    assert parts(lead_response_punctuality_business, leads=leads) == (in_time, 1)


def test_the_days_of_absence_do_not_run() -> None:
    leads = [lead(assigned_at="2026-10-05 17:20", first_contact_at="2026-10-08 08:50")]
    away = {"person_id": "E1", "kind": "病假", "from_on": "2026-10-06", "to_on": "2026-10-07"}
    again = {**away, "from_on": "2026-10-07"}  # a day in two absences is one day
    short = {**away, "to_on": "2026-10-06"}
    assert parts(lead_response_punctuality_business, leads=leads, absences=[away, again]) == (1, 1)
    assert parts(lead_response_punctuality_business, leads=leads, absences=[short]) == (0, 1)
    other = {**away, "person_id": "E2"}
    assert parts(lead_response_punctuality_business, leads=leads, absences=[other]) == (0, 1)


@pytest.mark.parametrize(
    ("received_at", "counts"),
    [("2026-10-05 17:00", None), ("2026-10-05 16:59:59", (0, 1))],  # 30 minutes of opening left that day, or more
)
def test_an_unanswered_lead_counts_once_its_limit_has_passed(received_at: str, counts: Any) -> None:
    tables = {"leads": [lead(received_at=received_at, first_contact_at="2026-10-09 09:00")]}
    assert parts(lead_response_punctuality_business, as_of=date(2026, 10, 5), **tables) == counts


def test_a_limit_applies_by_the_leads_own_day() -> None:
    limits = (
        Limit(value=1800, since=ALWAYS, source="test"),
        Limit(value=600, since=date(2026, 10, 6), source="test"),
    )
    stricter = replace(lead_response_punctuality_business, limits=limits)
    for day, in_time in (("2026-10-05", 1), ("2026-10-06", 0)):
        leads = [lead(received_at=f"{day} 09:00", first_contact_at=f"{day} 09:20")]
        assert parts(stricter, leads=leads) == (in_time, 1)


# Follow-up


@pytest.mark.parametrize(("level", "days"), [("H", 2), ("A", 4), ("B", 7), ("C", 15), ("O", 7), ("N", 15)])
def test_the_next_contact_is_due_after_the_levels_interval(level: str, days: int) -> None:
    metric = next(it for it in FOLLOW_UP_PUNCTUALITY_BY_LEVEL if it.key.endswith(f"_{level.lower()}"))
    for after, in_time in ((days, 1), (days + 1, 0)):
        contacts = [
            contact("F1", "2026-10-05 17:00", intent_level=level),
            contact("F2", f"2026-10-{5 + after:02} 23:59"),
        ]
        as_of = date(2026, 10, 5 + after)
        assert parts(metric, as_of=as_of, leads=[lead()], follow_ups=contacts) == (in_time, 1)
    others = [it for it in FOLLOW_UP_PUNCTUALITY_BY_LEVEL if it is not metric]
    assert [parts(it, as_of=as_of, leads=[lead()], follow_ups=contacts) for it in others] == [None] * 5


def test_an_agreed_day_comes_before_the_interval() -> None:
    first = contact("F1", "2026-10-05 10:00", intent_level="H", next_contact_at="2026-10-12 09:00")
    for day, in_time in (("2026-10-12 23:00", 1), ("2026-10-13 00:00", 0)):
        found = parts(follow_up_punctuality, as_of=date(2026, 10, 13), leads=[lead()],
                      follow_ups=[first, contact("F2", day, is_connected=False, person_id="E2")])  # fmt: skip
        assert found == (in_time, 1)


@pytest.mark.parametrize(("as_of", "counts"), [(date(2026, 10, 7), (0, 1)), (date(2026, 10, 6), None)])
def test_a_task_is_late_when_its_day_has_ended(as_of: date, counts: Any) -> None:
    contacts = [contact("F1", "2026-10-05 10:00", intent_level="H")]
    assert parts(follow_up_punctuality, as_of=as_of, leads=[lead()], follow_ups=contacts) == counts


def test_the_level_is_the_last_that_was_noted() -> None:
    contacts = [contact("F1", "2026-10-05 10:00", intent_level="B"), contact("F2", "2026-10-06 10:00")]
    assert parts(follow_up_punctuality, as_of=date(2026, 10, 12), leads=[lead(intent_level="H")],
                 follow_ups=contacts) == (1, 1)  # fmt: skip
    alone = [contact("F1", "2026-10-05 10:00")]
    by_lead = {"leads": [lead(first_intent_level="H", intent_level="B")], "follow_ups": alone}
    assert parts(follow_up_punctuality, as_of=date(2026, 10, 7), **by_lead) == (0, 1)
    assert parts(follow_up_punctuality, leads=[lead()], follow_ups=alone) is None  # no level, nothing agreed


@pytest.mark.parametrize(
    ("closed", "counts"),
    [
        ({"ordered_at": "2026-10-09 23:00"}, None),  # due on the 9th
        ({"ordered_at": "2026-10-10 00:00"}, (0, 1)),
        ({"lost_at": "2026-10-08 10:00"}, None),
        ({"lost_at": "2026-10-08 10:00", "lost_review": "待审"}, (0, 1)),
        ({"lost_at": "2026-10-08 10:00", "lost_review": "拒绝"}, (0, 1)),
        ({"lost_at": "2026-10-01 10:00", "lost_review": "通过", "lost_reviewed_at": "2026-10-09 10:00"}, None),
        ({"lost_at": "2026-10-01 10:00", "lost_review": "通过", "lost_reviewed_at": "2026-10-10 10:00"}, (0, 1)),
        ({"lost_at": "2026-10-01 10:00", "reactivated_at": "2026-10-09 10:00"}, (0, 1)),
        ({"lost_at": "2026-10-01 10:00", "reactivated_at": "2026-10-10 10:00"}, None),
        ({"validity": "无效"}, None),
        ({"validity": "无效", "validity_review": "待审"}, (0, 1)),
    ],
)
def test_there_is_no_task_once_the_lead_is_closed(closed: dict[str, Any], counts: Any) -> None:
    contacts = [contact("F1", "2026-10-05 10:00", intent_level="A")]
    assert parts(follow_up_punctuality, leads=[lead(**closed)], follow_ups=contacts) == counts


@pytest.mark.parametrize(
    ("since", "reason", "counts"),
    [
        ("2026-10-06 10:00", "转派", None),  # due on the 9th, 3 days after
        ("2026-10-05 10:00", "转派", (0, 1)),  # 4 days after
        ("2026-10-09 10:00", "离职交接", None),
        ("2026-10-10 10:00", "转派", (0, 1)),  # not yet handed over when it fell due
        ("2026-10-06 10:00", "分配", (0, 1)),  # the lead's first holder
    ],
)
def test_what_falls_due_within_3_days_after_a_hand_over_is_nobodys_lateness(
    since: str, reason: str, counts: Any
) -> None:
    tables = {
        "leads": [lead()],
        "follow_ups": [contact("F1", "2026-10-05 10:00", intent_level="A")],
        "lead_assignments": [{"lead_id": "L1", "person_id": "E2", "since": since, "reason": reason}],
    }
    assert parts(follow_up_punctuality, **tables) == counts
    done = [*tables["follow_ups"], contact("F2", "2026-10-09 18:00")]
    assert parts(follow_up_punctuality, as_of=date(2026, 10, 9), **{**tables, "follow_ups": done}) == (1, 1)


def test_a_task_is_the_holders_on_the_due_day_or_their_stand_ins() -> None:
    held = [
        {"lead_id": "L1", "person_id": "E2", "since": "2026-10-01 09:00", "until": "2026-10-04 18:00"},
        {"lead_id": "L1", "person_id": "E3", "since": "2026-10-05 09:00", "until": "2026-10-09 00:00"},
    ]
    away = {"person_id": "E3", "kind": "事假", "from_on": "2026-10-09", "to_on": "2026-10-10", "covered_by": "E4"}

    def owner(due: str, **tables: Any) -> str:
        built = facts(stores=STORES, leads=[lead()], **tables,
                      follow_ups=[contact("F1", "2026-10-02 10:00", next_contact_at=due)])  # fmt: skip
        return str(credited(follow_up_punctuality, built, as_of=LATER)["person_id"].item())

    assert owner("2026-10-09") == "E1"  # nobody assigned: the person of the contact
    assert owner("2026-10-09", lead_assignments=held) == "E3"  # until that day
    assert owner("2026-10-10", lead_assignments=held) == "E1"
    assert owner("2026-10-04", lead_assignments=held) == "E2"
    assert owner("2026-10-09", lead_assignments=held, absences=[away]) == "E4"
    assert owner("2026-10-09", lead_assignments=held, absences=[{**away, "from_on": "2026-10-10"}]) == "E3"
    for last, whose in (("2026-10-09", "E4"), ("2026-10-08", "E3")):
        spell = {**away, "from_on": "2026-10-08", "to_on": last}
        assert owner("2026-10-09", lead_assignments=held, absences=[spell]) == whose


@pytest.mark.parametrize(("next_at", "in_time"), [("2026-10-11 10:00", 1), ("2026-10-12 10:00", 0)])
def test_days_of_absence_stop_the_follow_up_clock(next_at: str, in_time: int) -> None:
    away = {"person_id": "E1", "kind": "病假", "from_on": "2026-10-08", "to_on": "2026-10-09"}
    contacts = [contact("F1", "2026-10-05 10:00", intent_level="A"), contact("F2", next_at)]  # due on the 9th
    found = parts(follow_up_punctuality, as_of=date(2026, 10, 12), leads=[lead()], follow_ups=contacts, absences=[away])
    assert found == (in_time, 1)


def test_an_interval_applies_by_the_day_of_the_contact() -> None:
    two_then_one = (
        Limit(value=2, since=ALWAYS, source="test"),
        Limit(value=1, since=date(2026, 10, 6), source="test"),
    )
    metric = replace(follow_up_punctuality, base=FollowUpTasks(interval_days={"H": two_then_one}))
    for day, in_time in ((5, 1), (6, 0)):
        contacts = [
            contact("F1", f"2026-10-{day:02} 10:00", intent_level="H"),
            contact("F2", f"2026-10-{day + 2:02} 10:00"),
        ]
        assert parts(metric, as_of=date(2026, 10, day + 2), leads=[lead()], follow_ups=contacts) == (in_time, 1)
    assert metric.definition() != follow_up_punctuality.definition()


# The stock


@pytest.mark.parametrize(
    ("more", "is_open"),
    [
        ({"carded_at": "2026-09-30 23:59"}, True),
        ({"carded_at": "2026-10-01 00:00"}, False),  # not before the first day
        ({}, False),
        ({"carded_at": "2026-09-10", "ordered_at": "2026-09-30 23:59"}, False),
        ({"carded_at": "2026-09-10", "ordered_at": "2026-10-01 00:00"}, True),
        ({"carded_at": "2026-09-10", "lost_at": "2026-09-20"}, False),
        ({"carded_at": "2026-09-10", "lost_at": "2026-09-20", "lost_review": "待审"}, True),
        ({"carded_at": "2026-09-10", "lost_at": "2026-09-20", "reactivated_at": "2026-09-30"}, True),
        ({"carded_at": "2026-09-10", "lost_at": "2026-09-20", "reactivated_at": "2026-10-01"}, False),
        ({"carded_at": "2026-09-10", "lost_at": "2026-09-20", "reactivated_at": "2026-09-20"}, False),
        ({"carded_at": "2026-09-10", "lost_at": "2026-09-20", "reactivated_at": "2026-09-25",
          "ordered_at": "2026-09-28"}, False),
        ({"carded_at": "2026-09-10", "validity": "无效"}, False),
        ({"carded_at": "2026-09-10", "validity": "无效", "validity_review": "待审"}, True),
    ],
)  # fmt: skip
def test_a_prospect_is_open_at_the_start_of_the_period(more: dict[str, Any], is_open: bool) -> None:
    counted = parts(open_prospects, leads=[lead(received_at="2026-09-01 09:00", **more)])
    assert counted == ((1, 1) if is_open else None)  # nobody holds a post here, so no row stands for 0


def test_an_order_without_a_lead_closes_what_the_customer_had_at_the_store() -> None:
    card = lead(received_at="2026-09-05 09:00", carded_at="2026-09-05 10:00")
    order = {"order_id": "O1", "customer_id": "C1", "store_id": "S01", "person_id": "E9",
             "ordered_at": "2026-09-20 10:00"}  # fmt: skip
    assert parts(open_prospects, leads=[card], orders=[order]) is None
    assert parts(open_prospects, leads=[card], orders=[{**order, "lead_id": "L7"}]) == (1, 1)
    assert parts(open_prospects, leads=[card], orders=[{**order, "store_id": "S02"}]) == (1, 1)
    assert parts(open_prospects, leads=[card], orders=[{**order, "ordered_at": "2026-09-05 08:00"}]) == (1, 1)
    assert parts(open_prospects, leads=[card], orders=[{**order, "cancelled_at": "2026-11-01 08:00"}]) == (1, 1)


def test_the_defeat_rate_is_approved_defeats_per_open_and_new_prospect() -> None:
    leads = [
        lead("L1", carded_at="2026-09-10", lost_at="2026-10-02"),
        lead("L2", carded_at="2026-09-10"),
        lead("L3", carded_at="2026-10-31"),
        lead("L4", carded_at="2026-10-05", lost_at="2026-10-20", lost_review="通过", lost_reviewed_at="2026-11-01"),
        lead("L5", carded_at="2026-11-01"),
    ]
    assert parts(defeat_rate, leads=leads) == (1, 4)
    assert parts(defeat_rate, period=Period.parse("2026-11"), leads=leads) == (1, 4)
    rows = credited(defeat_rate, facts(stores=STORES, leads=leads), as_of=LATER, period=OCTOBER)
    assert rows.select("key", "part", "day").rows() == [
        ("L1", "per", date(2026, 10, 1)),
        ("L2", "per", date(2026, 10, 1)),
        ("L1", "of", date(2026, 10, 2)),
        ("L4", "per", date(2026, 10, 5)),
        ("L3", "per", date(2026, 10, 31)),
    ]
    with pytest.raises(ValueError, match="a stock"):
        credited(defeat_rate, facts(stores=STORES, leads=leads), as_of=LATER)


def test_a_count_of_nothing_is_zero_for_who_holds_the_post_and_a_rate_of_nothing_is_not() -> None:
    post = {"person_id": "E1", "team_id": "T1", "role": "invite_specialist", "department": "呼叫中心",
            "store_id": "S01", "since": "2026-01-01"}  # fmt: skip
    tables: dict[str, Any] = {"people": [post]}
    assert parts(open_prospects, **tables) == (0, 1)
    assert parts(open_prospects, as_of=date(2026, 9, 30), **tables) is None  # a period yet to come
    assert parts(defeat_rate, **tables) is None


def test_the_hotline_counts_incoming_calls_on_the_400_line() -> None:
    call = {"store_id": "S01", "person_id": "E1", "started_at": "2026-10-05 10:00", "direction": "呼入", "line": "400"}
    calls = [
        {**call, "call_id": "H1", "is_answered": True},
        {**call, "call_id": "H2", "is_answered": False},
        {**call, "call_id": "H3", "is_answered": False, "line": "普通"},
        {**call, "call_id": "H4", "is_answered": False, "direction": "呼出"},
        {**call, "call_id": "H5", "is_answered": False, "started_at": "2026-11-01 00:00"},
    ]
    assert parts(hotline_answer_rate, call_logs=calls) == (1, 2)

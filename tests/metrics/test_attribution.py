"""Who has the credit for an arrival: the last, the first, all alike, or who holds the lead."""

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from metrics.attribution import CREDIT_NAMES, CREDITS, WHOLE, Credit
from metrics.catalogue import METRICS
from metrics.lead_states import duplicates
from metrics.measure import credited, measure
from metrics.period import Period
from metrics.prospects import CREDIT_OF, by_credit, leads_received
from metrics.visits import VisitGroups, backfilled
from tests.facts import facts

LATER = date(2026, 12, 31)
OCTOBER = Period.parse("2026-10")
STORES = [{"store_id": "S01", "region": "华东"}]
ARRIVED = [{"visit_id": "V1", "customer_id": "C1", "store_id": "S01", "arrived_at": "2026-10-09 10:00"}]
LEAD = {"lead_id": "L1", "customer_id": "C1", "store_id": "S01", "person_id": "E9", "received_at": "2026-10-01 09:00"}
ORDER = {"order_id": "O1", "customer_id": "C1", "store_id": "S01", "person_id": "E8", "ordered_at": "2026-10-10 09:00"}


def invited(at: str, person_id: str, invitation_id: str, **more: Any) -> dict[str, Any]:
    return {"invitation_id": invitation_id, "customer_id": "C1", "store_id": "S01", "person_id": person_id,
            "purpose": "潜客", "invited_at": at, **more}  # fmt: skip


THREE = [  # E1 twice, then E2
    invited("2026-10-05 10:00", "E1", "I1"),
    invited("2026-10-06 10:00", "E1", "I2"),
    invited("2026-10-07 10:00", "E2", "I3"),
]


def of_people(key: str, **tables: Any) -> dict[str, Fraction]:
    """Person → figure, of those who have any."""
    found = measure([METRICS[key]], facts(stores=STORES, **tables), [OCTOBER], "person", as_of=LATER)
    rows = found.drop_nulls("value").to_dicts()
    return {row["subject_id"]: Fraction(row["numerator"], row["denominator"]) for row in rows}


@pytest.mark.parametrize(
    ("key", "groups"),
    [
        ("visit_groups", {"E2": 1}),
        ("visit_groups_first", {"E1": 1}),
        ("visit_groups_split", {"E1": Fraction(1, 2), "E2": Fraction(1, 2)}),  # a person's second invitation adds none
        ("visit_groups_lead_owner", {"E9": 1}),
    ],
)
def test_a_visit_is_credited_to_the_last_the_first_all_alike_or_the_leads_owner(key: str, groups: Any) -> None:
    tables = {"invitations": THREE, "store_visits": ARRIVED, "leads": [LEAD]}
    assert of_people(key, **tables) == groups
    assert of_people(key.replace("visit_groups", "invited_visits"), **tables) == groups
    assert of_people(key.replace("visit_groups", "deals"), **tables, orders=[ORDER]) == groups


@pytest.mark.parametrize(
    ("key", "rates"),
    [
        ("invite_to_store_rate", {"E1": Fraction(0, 2), "E2": 1}),
        ("invite_to_store_rate_first", {"E1": Fraction(1, 2), "E2": 0}),
        ("invite_to_store_rate_split", {"E1": Fraction(1, 4), "E2": Fraction(1, 2)}),
        ("invite_to_store_rate_lead_owner", {"E9": Fraction(1, 3)}),  # the invitations are the owner's, too
    ],
)
def test_an_invitation_converts_by_the_same_credit(key: str, rates: Any) -> None:
    assert of_people(key, invitations=THREE, store_visits=ARRIVED, leads=[LEAD]) == rates


def test_an_invitation_with_parts_of_several_visits_converts_at_most_once() -> None:
    visits = [{**ARRIVED[0], "visit_id": f"V{n}", "arrived_at": f"2026-10-09 1{n}:00"} for n in range(3)]
    assert of_people("invite_to_store_rate_split", invitations=THREE[1:], store_visits=visits) == {"E1": 1, "E2": 1}


@pytest.mark.parametrize("people", [1, 2, 3, 7, 16, 17, 19])
def test_parts_total_the_whole_exactly_whatever_the_number_of_people(people: int) -> None:
    rows = [invited(f"2026-10-05 10:{n:02}", f"E{n}", f"I{n}") for n in range(people)]
    built = facts(stores=STORES, invitations=rows, store_visits=ARRIVED)
    parts = credited(METRICS["visit_groups_split"], built, as_of=LATER)
    assert parts["numerator"].sum() == WHOLE
    assert parts["numerator"].max() - parts["numerator"].min() == (0 if people <= 16 else 1)  # type: ignore[operator]
    assert parts["nth"].to_list() == list(range(1, people + 1))
    store = measure([METRICS["visit_groups_split"]], built, [OCTOBER], "store", as_of=LATER)
    assert store.select("numerator", "denominator", "sample").row(0) == (1, 1, 1)


def test_rates_of_split_credit_have_whole_denominators() -> None:
    leads = [{**LEAD, "lead_id": f"L{n}", "customer_id": f"C{n}", "person_id": "E1"} for n in range(1, 5)]
    tables = {"invitations": THREE, "store_visits": ARRIVED, "leads": leads}
    assert of_people("month_visit_rate_split", **tables) == {"E1": Fraction(1, 8)}  # half a visit per four leads
    close = measure([METRICS["store_close_rate_split"]], facts(stores=STORES, **tables, orders=[ORDER]), [OCTOBER],
                    "person", as_of=LATER)  # fmt: skip
    assert close.select("subject_id", "value", "sample").rows() == [("E1", 1.0, 1), ("E2", 1.0, 1)]


@pytest.mark.parametrize(
    ("leads", "held", "owner"),
    [
        ([], [], "E2"),  # no lead: the last
        ([{**LEAD, "person_id": None}], [], "E2"),  # nobody's
        ([{**LEAD, "received_at": "2026-10-09 10:00:00"}], [], "E9"),
        ([{**LEAD, "received_at": "2026-10-09 10:00:01"}], [], "E2"),  # not there yet
        ([{**LEAD, "store_id": "S02"}], [], "E2"),
        ([LEAD, {**LEAD, "lead_id": "L2", "person_id": "E7"}], [], "E7"),  # the latest lead
        ([LEAD], [("E6", "2026-10-09 10:00:00", None)], "E6"),
        ([LEAD], [("E6", "2026-10-09 10:00:01", None)], "E9"),
        ([LEAD], [("E6", "2026-10-02 09:00", "2026-10-09 10:00:00")], "E9"),  # until then, not including it
        ([LEAD], [("E6", "2026-10-02 09:00", "2026-10-09 10:00:01")], "E6"),
        ([LEAD], [("E6", "2026-10-02 09:00", None), ("E5", "2026-10-03 09:00", None)], "E5"),
    ],
)
def test_the_owner_is_who_holds_the_latest_lead_at_the_arrival(leads: Any, held: Any, owner: str) -> None:
    rows = [{"lead_id": "L1", "person_id": who, "since": since, "until": until} for who, since, until in held]
    tables = {"invitations": THREE, "store_visits": ARRIVED, "leads": leads, "lead_assignments": rows}
    assert of_people("visit_groups_lead_owner", **tables) == {owner: 1}


def test_a_visit_that_nobody_invited_is_not_the_leads_owners() -> None:
    assert of_people("invited_visits_lead_owner", store_visits=ARRIVED, leads=[LEAD]) == {}


def test_every_candidate_is_explained_under_every_credit() -> None:
    late = invited("2026-10-09 09:00", "E3", "I4", recorded_at="2026-10-09 09:31")
    none = invited("2026-10-09 09:10", "E4", "I5", is_effective=False)
    built = facts(stores=STORES, invitations=[*THREE, late, none], store_visits=ARRIVED, leads=[LEAD])
    found = VisitGroups().explained(built, LATER)
    assert found.select("key", *(f"reason_{credit}" for credit in CREDITS)).rows() == [
        ("I3", "credited", "earlier_candidate", "credited", "lead_owner"),
        ("I5", "not_counted", "not_counted", "not_counted", "not_counted"),
        ("I4", "recorded_late", "recorded_late", "recorded_late", "recorded_late"),
        ("I2", "later_candidate", "earlier_candidate", "credited", "lead_owner"),
        ("I1", "later_candidate", "credited", "same_person", "lead_owner"),
        ("L1", None, None, None, "credited"),
    ]
    assert found.select("share_split").to_series().to_list() == [WHOLE // 2, 0, 0, WHOLE // 2, 0, None]


def given(person_id: str, visit_id: str = "V1", decided_at: str = "2026-10-12 09:00") -> dict[str, Any]:
    return {"visit_id": visit_id, "person_id": person_id, "reason": "有录音", "decided_by": "E7",
            "decided_at": decided_at}  # fmt: skip


@pytest.mark.parametrize("credit", CREDITS)
@pytest.mark.parametrize("person_id", ["E1", "E2", "E5"])  # an earlier inviter, the last one, nobody of them
def test_whom_the_head_gives_a_visit_has_it_under_every_credit(credit: str, person_id: str) -> None:
    suffix = "" if credit == "last" else f"_{credit}"
    tables = {"invitations": THREE, "store_visits": ARRIVED, "leads": [LEAD], "orders": [ORDER],
              "credit_reassignments": [given(person_id)]}  # fmt: skip
    for key in ("visit_groups", "invited_visits", "deals"):
        assert of_people(f"{key}{suffix}", **tables) == {person_id: 1}


@pytest.mark.parametrize(
    ("person_id", "rates"),
    [
        ("E1", {"E1": Fraction(1, 2), "E2": 0, "E3": 0}),  # of two invitations the later converts
        ("E3", {"E1": 0, "E2": 0, "E3": 1}),  # recorded late, and given all the same
        ("E5", {"E1": 0, "E2": 0, "E3": 0}),  # no invitation of theirs: none converts
    ],
)
def test_a_given_visit_converts_an_invitation_of_that_person_alone(person_id: str, rates: Any) -> None:
    late = invited("2026-10-09 09:00", "E3", "I4", recorded_at="2026-10-09 11:00")
    tables = {"invitations": [*THREE, late], "store_visits": ARRIVED, "credit_reassignments": [given(person_id)]}
    assert of_people("invite_to_store_rate", **tables) == rates


def test_a_decision_stands_for_the_day_and_the_latest_one_counts() -> None:
    again = {**ARRIVED[0], "visit_id": "V2", "arrived_at": "2026-10-09 15:00"}
    next_day = {**ARRIVED[0], "visit_id": "V3", "arrived_at": "2026-10-10 00:00"}
    tables = {"invitations": THREE, "store_visits": [*ARRIVED, again, next_day]}
    second = given("E1", "V2")
    assert of_people("visit_groups", **tables, credit_reassignments=[second]) == {"E1": 1, "E2": 1}
    later = given("E5", "V1", "2026-10-12 09:00:01")
    assert of_people("visit_groups", **tables, credit_reassignments=[later, second]) == {"E2": 1, "E5": 1}


def test_a_decision_leaves_alone_what_credits_every_candidate() -> None:
    kept = [{**THREE[2], "appointment_at": "2026-10-09 00:00"}]
    tables = {"invitations": kept, "store_visits": ARRIVED, "leads": [LEAD], "credit_reassignments": [given("E5")]}
    assert of_people("appointment_show_rate", **tables) == {"E2": 1}
    assert of_people("lead_visit_rate", **tables) == {"E9": 1}


def test_a_decision_is_explained_among_the_candidates_and_ends_the_review() -> None:
    late = invited("2026-10-09 09:00", "E3", "I4", recorded_at="2026-10-09 11:00")
    built = facts(stores=STORES, invitations=[*THREE, late], store_visits=ARRIVED, leads=[LEAD],
                  credit_reassignments=[given("E3")])  # fmt: skip
    assert backfilled(built, LATER).is_empty()
    found = VisitGroups().explained(built, LATER)
    assert found.select("contract", "key", "person_id", *(f"reason_{credit}" for credit in CREDITS)).rows() == [
        ("credit_reassignments", "V1", "E3", *["reassigned"] * 4),
        *[("invitations", key, who, *["reassigned_away"] * 4) for key, who in (("I4", "E3"), ("I3", "E2"),
                                                                            ("I2", "E1"), ("I1", "E1"))],
    ]  # fmt: skip


def test_a_variant_has_a_key_a_name_and_a_definition_of_its_own() -> None:
    definitions = set()
    for key, credit in CREDIT_OF.items():
        variant = METRICS[key]
        assert variant.variant_of is not None
        assert METRICS[variant.variant_of].variant_of is None
        assert CREDIT_NAMES[credit].zh in variant.label.zh
        definitions |= {variant.definition(), METRICS[variant.variant_of].definition()}
    assert len(definitions) == len(CREDIT_OF) * 4 // 3
    credit: Credit = "first"
    with pytest.raises(ValueError, match="credits no arrival"):
        by_credit(leads_received, credit)


@pytest.mark.parametrize(
    ("recorded_at", "is_listed"),
    [(None, False), ("2026-10-09 09:30:00", False), ("2026-10-09 09:30:01", True), ("2026-10-09 11:00", True)],
)
def test_a_backfilled_invitation_is_listed_for_review(recorded_at: str | None, is_listed: bool) -> None:
    row = invited("2026-10-05 10:00", "E1", "I1", recorded_at=recorded_at)
    found = backfilled(facts(stores=STORES, invitations=[row], store_visits=ARRIVED), LATER)
    listed = [("S01", "V1", "invitations", "I1", "E1")] if is_listed else []
    assert found.select("store_id", "event_key", "contract", "key", "person_id").rows() == listed


def test_duplicate_leads_are_listed_with_the_lead_they_repeat() -> None:
    again = {**LEAD, "lead_id": "L2", "received_at": "2026-10-20 09:00", "validity": "有效"}
    found = duplicates(facts(stores=STORES, leads=[LEAD, again]), LATER)
    assert found.select("lead_id", "first_lead_id", "validity").rows() == [("L2", "L1", "有效")]
    assert duplicates(facts(stores=STORES, leads=[LEAD, again]), date(2026, 10, 19)).is_empty()

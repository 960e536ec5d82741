"""measure(): who gets a row, ranks, settlement, order, and exact division."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from data_contracts.results import MetricValues
from metrics.catalogue import METRICS
from metrics.kinds import LOWER, NEUTRAL, Metric
from metrics.measure import measure
from metrics.period import Period
from metrics.prospects import invite_to_store_rate
from metrics.renewals import renewal_rate
from tests.facts import facts

STORES = [{"store_id": "S01", "region": "华东"}]
OCTOBER = Period.parse("2026-10")
AS_OF = date(2026, 12, 31)


def post(person_id: str, **more: Any) -> dict[str, Any]:
    return {"person_id": person_id, "team_id": "T1", "role": "invite_specialist", "department": "呼叫中心",
            "store_id": "S01", "since": "2026-01-01", **more}  # fmt: skip


def conversions(**of_person: tuple[int, int]) -> dict[str, Any]:
    """Facts in which each person has that many visits of that many invitations on 5 October."""
    rows = [(person, n, n < came) for person, (came, asked) in of_person.items() for n in range(asked)]
    return facts(
        stores=STORES,
        people=[post(person) for person in of_person],
        invitations=[{"invitation_id": f"{who}-{n}", "customer_id": f"{who}-{n}", "store_id": "S01", "person_id": who,
                      "invited_at": "2026-10-05 10:00", "purpose": "潜客"} for who, n, _ in rows],
        store_visits=[{"visit_id": f"{who}-{n}", "customer_id": f"{who}-{n}", "store_id": "S01",
                       "arrived_at": "2026-10-06 10:00"} for who, n, came in rows if came],
    )  # fmt: skip


def ranks(metric: Metric, built: Any) -> dict[str, tuple[int | None, int | None]]:
    found = measure([metric], built, [OCTOBER], "person", as_of=AS_OF)
    return {row["subject_id"]: (row["rank"], row["ranked_of"]) for row in found.to_dicts()}


def test_equal_fractions_share_a_rank_and_the_next_is_skipped() -> None:
    built = conversions(A=(3, 4), B=(1, 3), C=(2, 6), D=(0, 5), E=(0, 0))
    assert ranks(invite_to_store_rate, built) == {
        "A": (1, 4),
        "B": (2, 4),
        "C": (2, 4),
        "D": (4, 4),
        "E": (None, None),  # no sample, no rank
    }
    assert ranks(replace(invite_to_store_rate, better=LOWER), built)["D"] == (1, 4)
    assert set(ranks(replace(invite_to_store_rate, better=NEUTRAL), built).values()) == {(None, None)}


def test_below_the_minimum_sample_a_person_stands_unranked() -> None:
    built = conversions(A=(1, 4), B=(3, 3), C=(1, 5))
    assert ranks(replace(invite_to_store_rate, min_sample_to_rank=4), built) == {
        "A": (1, 2),
        "B": (None, None),
        "C": (2, 2),
    }


def test_the_value_is_the_exact_quotient_in_frames_of_many_rows() -> None:
    built = conversions(A=(7, 10), B=(1, 3), C=(29, 100))
    found = measure([invite_to_store_rate], built, [OCTOBER], "person", as_of=AS_OF)
    assert found["value"].to_list() == [0.7, 1 / 3, 0.29]


def test_who_holds_a_post_of_the_metrics_roles_in_the_period_gets_a_row() -> None:
    built = facts(
        stores=STORES,
        people=[
            post("A"),
            post("B", role="technician"),
            post("C", until="2026-10-01"),
            post("D", until="2026-10-02"),
            post("E", since="2026-10-31"),
            post("F", since="2026-11-01"),
            post("G", left_on="2026-09-30"),
            post("H", left_on="2026-10-01"),
        ],
    )
    found = measure([invite_to_store_rate], built, [OCTOBER], "person", as_of=AS_OF).to_dicts()
    assert [row["subject_id"] for row in found] == ["A", "D", "E", "H"]
    for row in found:
        nothing = {"value": None, "numerator": None, "denominator": None, "sample": 0, "rank": None}
        assert {name: row[name] for name in nothing} == nothing
        assert (row["reason_zh"], row["reason_en"]) == ("没有样本", "no sample")
    levels = ("team", "department", "store", "region", "group")
    subjects = [
        measure([invite_to_store_rate], built, [OCTOBER], level, as_of=AS_OF)["subject_id"].to_list()  # type: ignore[arg-type]
        for level in levels
    ]
    assert subjects == [["T1"], ["S01/呼叫中心"], ["S01"], ["华东"], ["group"]]


@pytest.mark.parametrize(
    ("metric", "settles_on"),
    [
        ("invite_to_store_rate", date(2026, 11, 7)),
        ("lead_visit_rate", date(2026, 11, 30)),
        ("lead_close_rate", date(2026, 11, 30)),
        ("appointment_show_rate", date(2026, 10, 31)),
        ("lead_response_punctuality_business", date(2026, 11, 1)),
        ("first_follow_up_punctuality_a_elapsed", date(2026, 11, 4)),
        ("first_follow_up_punctuality_elapsed", date(2026, 11, 30)),
        ("renewal_rate", date(2026, 11, 30)),
        ("complaint_first_response_punctuality_elapsed", date(2026, 11, 1)),
        ("complaint_resolution_punctuality_elapsed", date(2026, 11, 3)),
        ("complaint_recontact_3d_rate", date(2026, 11, 3)),
        ("css_score", date(2026, 10, 31)),
    ],
)
def test_figures_settle_when_their_window_has_passed(metric: str, settles_on: date) -> None:
    role = METRICS[metric].roles[0]
    built = facts(stores=STORES, people=[post("A", role=role)])
    for as_of, is_settled in ((date.fromordinal(settles_on.toordinal() - 1), False), (settles_on, True)):
        found = measure([METRICS[metric]], built, [OCTOBER], "person", as_of=as_of).to_dicts()[0]
        assert (found["settles_on"], found["is_settled"]) == (settles_on, is_settled)


def test_rows_come_by_metric_and_period_as_asked_then_by_subject() -> None:
    built = facts(stores=STORES, people=[post("B"), post("A"), post("A", role="renewal_specialist")])
    periods = [Period.parse(text) for text in ("2026-11", "2026-W41", "2026-10", "2026-11")]
    found = measure([renewal_rate, invite_to_store_rate, renewal_rate], built, periods, "person", as_of=AS_OF)
    MetricValues.validate(found)
    assert found.select("metric", "period", "subject_id").rows() == [
        ("renewal_rate", "2026-11", "A"),
        ("renewal_rate", "2026-W41", "A"),
        ("renewal_rate", "2026-10", "A"),
        ("invite_to_store_rate", "2026-11", "A"),
        ("invite_to_store_rate", "2026-11", "B"),
        ("invite_to_store_rate", "2026-W41", "A"),
        ("invite_to_store_rate", "2026-W41", "B"),
        ("invite_to_store_rate", "2026-10", "A"),
        ("invite_to_store_rate", "2026-10", "B"),
    ]


def test_chosen_subjects_keep_their_rank_among_all() -> None:
    built = conversions(A=(3, 4), B=(1, 3))
    found = measure([invite_to_store_rate], built, [OCTOBER], "person", as_of=AS_OF, subjects={"B", "nobody"})
    assert found.select("subject_id", "rank", "ranked_of").rows() == [("B", 2, 2)]


def test_the_last_week_of_2026_holds_the_first_days_of_2027() -> None:
    days = ("2026-12-27", "2026-12-28", "2027-01-01", "2027-01-03", "2027-01-04")
    built = facts(
        stores=STORES,
        invitations=[{"invitation_id": day, "customer_id": day, "store_id": "S01", "person_id": "A", "purpose": "潜客",
                      "invited_at": f"{day} 10:00"} for day in days],
    )  # fmt: skip
    periods = [Period.parse(text) for text in ("2026-W52", "2026-W53", "2027-W01", "2026-12", "2027-01", "2027Q1")]
    found = measure([invite_to_store_rate], built, periods, "store", as_of=date(2027, 2, 1))
    assert found.select("period", "denominator").rows() == [
        ("2026-W52", 1), ("2026-W53", 3), ("2027-W01", 1), ("2026-12", 2), ("2027-01", 3), ("2027Q1", 3)]  # fmt: skip


def test_a_pay_month_from_the_26th_takes_the_days_from_there() -> None:
    days = ("2026-09-25", "2026-09-26", "2026-10-25", "2026-10-26")
    built = facts(
        stores=STORES,
        invitations=[{"invitation_id": day, "customer_id": day, "store_id": "S01", "person_id": "A", "purpose": "潜客",
                      "invited_at": f"{day} 10:00"} for day in days],
    )  # fmt: skip
    periods = [Period.parse(text, 26) for text in ("2026-09", "2026-10", "2026-11", "2026Q4")]
    found = measure([invite_to_store_rate], built, periods, "store", as_of=AS_OF)
    assert found["denominator"].to_list() == [1, 2, 1, 3]
    with pytest.raises(ValueError, match="different pay calendars"):
        measure([invite_to_store_rate], built, [periods[0], OCTOBER], "store", as_of=AS_OF)


def test_nothing_asked_is_nothing_answered() -> None:
    built = conversions(A=(1, 2))
    assert measure([], built, [OCTOBER], "person", as_of=AS_OF).is_empty()
    assert measure([invite_to_store_rate], built, [], "person", as_of=AS_OF).is_empty()

"""One's own running month: what it would pay without storing it, what counts, where one stands, and nobody else."""

from collections.abc import Iterator
from datetime import date
from fractions import Fraction

import pytest

from data_contracts.contract import Problem
from kpi_app import access
from kpi_app.settings import Settings
from kpi_app.store.database import Database
from kpi_app.store.months import month
from kpi_app.store.views import mine
from metrics.catalogue import METRICS
from tests.scorecards.group import average
from tests.store.pay import HR, OCTOBER, STAFF, enter, office_in

END = date(2026, 10, 31)
DURING = date(2026, 10, 20)
NOBODY = access.Identity(user_id=8, name="外人", roles=frozenset({"staff"}), person_id="X9")
ADMIN = access.Identity(user_id=9, name="管理员", roles=frozenset({"admin"}))


@pytest.fixture
def office(settings: Settings) -> Iterator[Database]:
    made = office_in(settings)
    yield made
    made.close()


def invitation(number: int, on: str, *, is_effective: bool = True, person_id: str = "E1") -> dict[str, object]:
    return {
        "invitation_id": f"I{number}",
        "customer_id": f"C98765000{number}",
        "purpose": "潜客",
        "store_id": "S01",
        "person_id": person_id,
        "invited_at": f"2026-10-{on} 10:00",
        "is_effective": is_effective,
    }


@pytest.mark.both
def test_the_estimate_is_what_computing_would_store_and_stores_nothing(office: Database) -> None:
    estimate = mine.running(office, STAFF, OCTOBER, as_of=END)
    assert estimate is not None
    assert month.own(office, STAFF, OCTOBER) is None
    month.compute(office, HR, OCTOBER, as_of=END)
    stored = month.own(office, STAFF, OCTOBER)
    assert stored is not None
    assert (estimate.total_fen, estimate.lines.to_dicts()) == (stored.total_fen, stored.lines.to_dicts())
    assert estimate.total_fen == 120_00  # 200 − 80


def test_the_estimate_follows_the_facts_and_holds_nobody_else(office: Database) -> None:
    before = mine.running(office, STAFF, OCTOBER, as_of=DURING)
    assert before is not None
    assert {*before.lines["person_id"], *(it.person_id for it in before.people)} == {"E1"}
    enter(office, benchmarks=[average(95_00)])  # above everybody: no award, and no performance pay to take from
    after = mine.running(office, STAFF, OCTOBER, as_of=DURING)
    assert after is not None
    assert (before.total_fen, after.total_fen) == (120_00, 0)


def test_without_a_post_there_is_nothing_and_without_a_person_it_is_said(office: Database) -> None:
    assert mine.running(office, NOBODY, OCTOBER, as_of=DURING) is None
    assert mine.so_far(office, NOBODY, OCTOBER, as_of=DURING) is None
    with pytest.raises(Problem, match="没有对应的工号"):
        mine.so_far(office, ADMIN, OCTOBER, as_of=DURING)


def test_every_row_says_whether_it_counts_and_shows_the_end_of_the_customer_only(office: Database) -> None:
    enter(
        office,
        invitations=[
            invitation(1, "05"),  # came
            invitation(2, "06"),  # did not
            invitation(3, "18"),  # may still come until the 25th
            invitation(4, "07", is_effective=False),
            invitation(5, "05", person_id="E2"),
        ],
        store_visits=[
            {"visit_id": "V1", "customer_id": "C987650001", "store_id": "S01", "arrived_at": "2026-10-08 15:00"},
        ],
    )
    found = mine.so_far(office, STAFF, OCTOBER, as_of=DURING)
    assert found is not None
    rows = found.rows["invite_to_store_rate"]
    assert {row.tail: row.state for row in rows.rows} == {
        "0001": "met", "0002": "missed", "0003": "waiting", "0004": "out"
    }  # fmt: skip
    assert next(row.why.zh for row in rows.rows if row.state == "waiting") == "10-26 前到店仍计入"
    assert found.figures["invite_to_store_rate"]["denominator"] == 3


SEVEN = {f"P{n}": Fraction(n) for n in range(7)}
EIGHT = {f"P{n}": Fraction(n) for n in range(8)}


@pytest.mark.parametrize(
    ("scores", "who", "quarter"),
    [
        (SEVEN, "P6", None),  # seven people are too few
        (EIGHT, "P7", 1),
        (EIGHT, "P6", 1),
        (EIGHT, "P5", 2),
        (EIGHT, "P0", 4),
        (dict.fromkeys(EIGHT, Fraction(5)), "P0", 1),  # all alike: all first
        (EIGHT, "P9", None),  # without a score of one's own
    ],
)
def test_a_band_is_a_quarter_among_eight_people_at_least(
    scores: dict[str, Fraction], who: str, quarter: int | None
) -> None:
    found = mine.band_of(who, scores, is_store=True)
    assert (found and found.quarter) == quarter


def test_the_way_of_one_s_own_line_names_no_other_person(office: Database) -> None:
    month.compute(office, HR, OCTOBER, as_of=END)
    own = month.own(office, STAFF, OCTOBER)
    assert own is not None
    line_id = next(row["line_id"] for row in own.lines.to_dicts() if row["rule"] == "R2")
    for lang in ("zh", "en"):
        assert "D01" not in month.explain(office, STAFF, line_id).as_text(lang)
        assert "D01" in month.explain(office, HR, line_id).as_text(lang)


def test_why_a_row_may_still_count_names_what_it_waits_for() -> None:
    row = {"day": date(2026, 10, 18)}
    visit, order, show = (METRICS[key] for key in ("invite_to_store_rate", "lead_close_rate", "appointment_show_rate"))
    assert mine.reason_of(visit, row, mine.WAITING) == ("10-26 前到店仍计入", "a visit before 10-26 still counts")
    assert mine.reason_of(order, row, mine.WAITING) == ("11-18 前下单仍计入", "an order before 11-18 still counts")
    assert mine.reason_of(show, row, mine.MISSED).zh == "当天没有到店"

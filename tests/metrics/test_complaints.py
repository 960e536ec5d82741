"""complaint_resolution_time_elapsed: which cases, how long, and which of them is the median."""

from datetime import date
from typing import Any

import pytest

from metrics.complaints import complaint_resolution_time_elapsed as resolution
from metrics.measure import measure
from metrics.period import Period
from tests.facts import facts

OCTOBER = Period.parse("2026-10")


def case(complaint_id: str, satisfied_at: str | None, **more: Any) -> dict[str, Any]:
    return {"complaint_id": complaint_id, "store_id": "S01", "department": "售后部", "handler_id": "E1",
            "received_at": "2026-10-01 00:00", "satisfied_at": satisfied_at, **more}  # fmt: skip


def figure(*cases: dict[str, Any], period: Period = OCTOBER, as_of: date = date(2026, 12, 31)) -> tuple[Any, ...]:
    built = facts(stores=[{"store_id": "S01", "region": "华东"}], complaints=cases)
    rows = measure([resolution], built, [period], "store", as_of=as_of).to_dicts()
    return tuple(rows[0][name] for name in ("value", "numerator", "denominator", "sample")) if rows else ()


@pytest.mark.parametrize(
    ("seconds", "median"),
    [([5], 5), ([9, 5], 5), ([1, 9, 5], 5), ([4, 1, 3, 2], 2), ([2, 2, 2, 8], 2), ([1, 2, 3, 4, 50], 3)],
)
def test_the_median_is_the_row_at_the_nearest_rank(seconds: list[int], median: int) -> None:
    cases = [case(f"K{n}", f"2026-10-01 00:00:{it:02}") for n, it in enumerate(seconds)]
    assert figure(*cases) == (float(median), median, 1, len(seconds))


def test_clock_time_runs_through_nights_in_whole_seconds() -> None:
    row = case("K1", "2026-10-04 09:00:01", received_at="2026-10-01 17:00:00")
    assert figure(row)[1] == 2 * 86_400 + 16 * 3_600 + 1


def test_only_valid_first_loops_that_ended_count() -> None:
    assert figure(
        case("K1", "2026-10-01 01:00"),
        case("K1", "2026-10-01 09:00", loop_no=2),
        case("K2", "2026-10-01 09:00", validity="恶意"),
        case("K3", None),
    ) == (3600.0, 3600, 1, 1)


def test_a_case_belongs_to_the_day_it_satisfied_and_is_known_from_then() -> None:
    row = case("K1", "2026-11-01 00:00:00", received_at="2026-10-31 12:00")
    assert figure(row) == ()
    assert figure(row, period=Period.parse("2026-11"))[1] == 43_200
    assert figure(row, period=Period.parse("2026-11"), as_of=date(2026, 10, 31)) == ()
    assert figure(row, period=Period.parse("2026-11"), as_of=date(2026, 11, 1))[1] == 43_200


def test_it_is_the_handlers_and_the_departments_named_on_the_row() -> None:
    built = facts(
        stores=[{"store_id": "S01", "region": "华东"}],
        people=[{"person_id": "E1", "role": "callback_agent", "department": "客服部", "store_id": "S01",
                 "team_id": "T1", "since": "2026-01-01"}],
        complaints=[case("K1", "2026-10-02 00:00", person_id="E2")],
    )  # fmt: skip
    subjects = [
        measure([resolution], built, [OCTOBER], level, as_of=date(2026, 12, 31))["subject_id"].to_list()
        for level in ("person", "team", "department")  # type: ignore[arg-type]
    ]
    assert subjects == [["E1"], ["T1"], ["S01/售后部"]]

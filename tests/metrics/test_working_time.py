"""Clock time, calendar days, opening hours and China's working days, both sides of every edge."""

from datetime import date, datetime

import polars as pl
import pytest
from polars import col

from metrics.working_time import (
    CALENDAR_DAYS,
    CN_WORKDAYS,
    DAY,
    ELAPSED,
    OPENING_HOURS,
    Clock,
    known_until,
    seconds,
    working_days_before,
)
from tests.facts import facts

STORES = [{"store_id": "S01", "region": "华东"}]  # 08:30 to 17:30
HOUR = 3600


def took(clock: Clock, begin: str, end: str, **tables: object) -> int | None:
    rows = pl.LazyFrame(
        {
            "store_id": ["S01"],
            "person_id": ["E1"],
            "a": [datetime.fromisoformat(begin)],
            "b": [datetime.fromisoformat(end)],
        }
    )
    built = facts(stores=STORES, **tables)  # type: ignore[arg-type]
    found = seconds(rows, built, clock, from_at=col("a"), to_at=col("b"), person="person_id").collect()
    assert found.columns == ["store_id", "person_id", "a", "b", "_seconds"]
    value: int | None = found["_seconds"].item()
    return value


@pytest.mark.parametrize(
    ("clock", "begin", "end", "expected"),
    [
        (ELAPSED, "2026-10-05 23:59:59", "2026-10-06 00:00:01", 2),
        (CALENDAR_DAYS, "2026-10-05 23:59", "2026-10-06 00:00", DAY),
        (CALENDAR_DAYS, "2026-10-05 00:00", "2026-10-05 23:59", 0),
        (OPENING_HOURS, "2026-10-05 08:29:59", "2026-10-05 08:30:01", 1),
        (OPENING_HOURS, "2026-10-05 17:29:59", "2026-10-05 17:30:01", 1),
        (OPENING_HOURS, "2026-10-05 17:30", "2026-10-06 08:30", 0),
        (OPENING_HOURS, "2026-10-05 00:00", "2026-10-06 00:00", 9 * HOUR),
        (OPENING_HOURS, "2026-12-31 17:00", "2027-01-01 09:00", HOUR),
        (CN_WORKDAYS, "2026-09-30 17:00", "2026-10-08 09:00", HOUR),  # 1 to 7 October are days off
        (CN_WORKDAYS, "2026-10-09 17:00", "2026-10-10 09:00", HOUR),  # the Saturday is made up for
        (CN_WORKDAYS, "2026-10-10 17:00", "2026-10-12 09:00", HOUR),  # the Sunday is not
        (CN_WORKDAYS, "2026-10-17 10:00", "2026-10-17 11:00", 0),  # another Saturday
        (CN_WORKDAYS, "2025-12-31 17:00", "2026-01-05 08:30", HOUR // 2 + 9 * HOUR),  # Sunday 4 January is made up for
        (CN_WORKDAYS, "2026-12-31 17:00", "2026-12-31 18:00", HOUR // 2),
    ],
)
def test_time_is_counted_in_whole_seconds(clock: Clock, begin: str, end: str, expected: int) -> None:
    assert took(clock, begin, end) == expected


def test_a_year_without_published_make_up_days_is_unknown() -> None:
    assert known_until(()) == 2026  # the holidays package answers 2027 too, without make-up days
    assert took(CN_WORKDAYS, "2026-12-31 17:00", "2027-01-01 09:00") is None
    assert took(CN_WORKDAYS, "2027-03-01 09:00", "2027-03-01 10:00") is None
    assert took(CN_WORKDAYS, "2007-12-31 09:00", "2008-01-02 10:00") is None
    assert took(OPENING_HOURS, "2027-03-01 09:00", "2027-03-01 10:00") == HOUR


WED, SAT = "2026-11-18", "2026-11-21"


@pytest.mark.parametrize(
    ("begin", "end", "entered", "expected"),
    [
        (WED, WED, [], HOUR),
        (WED, WED, [(WED, False)], 0),  # a day off that the package does not know
        (WED, WED, [(WED, True)], HOUR),  # what it was
        (WED, WED, [("2026-11-17", False)], HOUR),  # the day before
        (SAT, SAT, [], 0),
        (SAT, SAT, [(SAT, True)], HOUR),  # a make-up day
        ("2027-03-01", "2027-03-01", [], None),  # the year is unknown
        ("2027-03-01", "2027-03-01", [("2027-02-08", False)], None),  # days off alone do not make it known
        ("2027-03-01", "2027-03-01", [("2027-02-06", True)], HOUR),  # its make-up days do
        ("2027-02-06", "2027-02-06", [("2027-02-06", True)], HOUR),
        ("2027-02-08", "2027-02-08", [("2027-02-06", True), ("2027-02-08", False)], 0),
        ("2028-03-01", "2028-03-01", [("2027-02-06", True)], None),  # and not the year after
        ("2028-03-01", "2028-03-01", [("2028-02-05", True)], None),  # nor a later one before it
    ],
)
def test_days_entered_stand_above_the_package(
    begin: str, end: str, entered: list[tuple[str, bool]], expected: int | None
) -> None:
    days = [{"falls_on": day, "is_working": works} for day, works in entered]
    assert took(CN_WORKDAYS, f"{begin} 10:00", f"{end} 11:00", calendar_days=days) == expected
    assert took(OPENING_HOURS, f"{begin} 10:00", f"{end} 11:00", calendar_days=days) == HOUR


@pytest.mark.parametrize("clock", [OPENING_HOURS, CN_WORKDAYS])
def test_days_of_absence_stop_business_time_alone(clock: Clock) -> None:
    away = [{"person_id": "E1", "kind": "病假", "from_on": "2026-10-13", "to_on": "2026-10-14"}]
    begin, end = "2026-10-12 17:00", "2026-10-15 09:00"
    assert took(clock, begin, end) == 19 * HOUR
    assert took(clock, begin, end, absences=away) == HOUR
    assert took(clock, begin, end, absences=[{**away[0], "person_id": "E2"}]) == 19 * HOUR
    assert took(clock, begin, end, absences=[{**away[0], "from_on": "2026-10-12"}]) == HOUR // 2
    assert took(clock, "2026-10-13 10:00", "2026-10-13 11:00", absences=away) == 0
    assert took(ELAPSED, begin, end, absences=away) == 64 * HOUR


def test_the_calendar_agrees_with_the_state_councils_notice_for_2026() -> None:
    days = pl.date_range(date(2026, 1, 1), date(2026, 12, 31), eager=True).alias("day")
    before = working_days_before(col("day"), ())
    after = working_days_before(col("day").dt.offset_by("1d"), ())
    working = days.to_frame().filter(after > before)["day"].to_list()
    made_up = ["01-04", "02-14", "02-28", "05-09", "09-20", "10-10"]
    assert [f"{day:%m-%d}" for day in working if day.weekday() >= 5] == made_up
    assert len(working) == 248

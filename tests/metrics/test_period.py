"""What a period's text means, both sides of every edge."""

from datetime import date, timedelta

import pytest

from data_contracts.contract import Problem
from metrics.period import Period, PeriodError

EDGES = [
    # text, pay month starts on, first, last
    ("2026-10-05", 1, "2026-10-05", "2026-10-05"),
    ("2026-W45", 1, "2026-11-02", "2026-11-08"),
    ("2026-W01", 1, "2025-12-29", "2026-01-04"),
    ("2026-W53", 1, "2026-12-28", "2027-01-03"),
    ("2026-10", 1, "2026-10-01", "2026-10-31"),
    ("2026-02", 1, "2026-02-01", "2026-02-28"),
    ("2024-02", 1, "2024-02-01", "2024-02-29"),
    ("2026Q4", 1, "2026-10-01", "2026-12-31"),
    ("2026", 1, "2026-01-01", "2026-12-31"),
    ("2026-10", 26, "2026-09-26", "2026-10-25"),
    ("2026-01", 26, "2025-12-26", "2026-01-25"),
    ("2026-03", 26, "2026-02-26", "2026-03-25"),
    ("2026-03", 28, "2026-02-28", "2026-03-27"),
    ("2026-10", 2, "2026-09-02", "2026-10-01"),
    ("2026Q4", 26, "2026-09-26", "2026-12-25"),
    ("2026", 26, "2025-12-26", "2026-12-25"),
    ("2026-08..2026-10", 1, "2026-08-01", "2026-10-31"),
    ("2026-08..2026-10", 26, "2026-07-26", "2026-10-25"),
    ("2026-W52..2027-W01", 1, "2026-12-21", "2027-01-10"),
    ("2026-10..2026-10", 1, "2026-10-01", "2026-10-31"),
]


@pytest.mark.parametrize(("text", "starts_on", "first", "last"), EDGES)
def test_a_label_names_its_days_and_is_its_own_label(text: str, starts_on: int, first: str, last: str) -> None:
    period = Period.parse(text, starts_on)
    assert (period.first, period.last, period.label) == (date.fromisoformat(first), date.fromisoformat(last), text)


@pytest.mark.parametrize(
    "text",
    ["", "2026-13", "2026-00", "2026-02-30", "2026-W54", "2025-W53", "2026-W00", "2026Q5", "2026Q0", "0000", "26-10",
     "2026-1", "2026/10", "2026-10..2026-08", "2026-10..2026Q4", "2026-08..2026-09..2026-10", "..", "2026-10.."],
)  # fmt: skip
def test_what_names_no_period_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(PeriodError) as refused:
        Period.parse(text)
    assert "例如" in refused.value.text.zh or "请写成" in refused.value.text.zh
    assert "2026-08..2026-10" in refused.value.text.en
    assert isinstance(refused.value, Problem)
    assert isinstance(refused.value, ValueError)


@pytest.mark.parametrize("starts_on", [0, 29, 31])
def test_a_pay_month_starts_on_a_day_that_every_month_has(starts_on: int) -> None:
    with pytest.raises(PeriodError, match="1 至 28"):
        Period.parse("2026-10", starts_on)


def test_the_iso_year_of_a_day_may_be_another() -> None:
    assert Period.containing(date(2027, 1, 1), "week").label == "2026-W53"
    assert Period.containing(date(2027, 1, 3), "week").label == "2026-W53"
    assert Period.containing(date(2027, 1, 4), "week").label == "2027-W01"
    assert Period.containing(date(2024, 12, 30), "week").label == "2025-W01"


@pytest.mark.parametrize(
    ("day", "starts_on", "month", "quarter", "year"),
    [
        ("2026-10-25", 26, "2026-10", "2026Q4", "2026"),
        ("2026-10-26", 26, "2026-11", "2026Q4", "2026"),
        ("2026-09-25", 26, "2026-09", "2026Q3", "2026"),
        ("2026-09-26", 26, "2026-10", "2026Q4", "2026"),
        ("2026-12-25", 26, "2026-12", "2026Q4", "2026"),
        ("2026-12-26", 26, "2027-01", "2027Q1", "2027"),
        ("2026-12-31", 1, "2026-12", "2026Q4", "2026"),
        ("2027-01-01", 1, "2027-01", "2027Q1", "2027"),
    ],
)
def test_a_day_lies_in_its_pay_month(day: str, starts_on: int, month: str, quarter: str, year: str) -> None:
    on = date.fromisoformat(day)
    assert Period.containing(on, "month", starts_on).label == month
    assert Period.containing(on, "quarter", starts_on).label == quarter
    assert Period.containing(on, "year", starts_on).label == year


@pytest.mark.parametrize("starts_on", [1, 2, 15, 26, 28])
@pytest.mark.parametrize("grain", ["day", "week", "month", "quarter", "year"])
def test_periods_of_a_grain_follow_each_other_without_gap_or_overlap(grain: str, starts_on: int) -> None:
    day = date(2023, 12, 1)
    while day < date(2025, 3, 1):
        period = Period.containing(day, grain, starts_on)  # type: ignore[arg-type]
        assert period.first <= day <= period.last
        assert Period.parse(period.label, starts_on) == period
        assert period.previous().last == period.first - timedelta(days=1)
        day += timedelta(days=1)


def test_trailing_ends_with_the_period_itself() -> None:
    weeks = Period.parse("2027-W01").trailing(3)
    assert [week.label for week in weeks] == ["2026-W52", "2026-W53", "2027-W01"]
    months = Period.parse("2026-01", 26).trailing(2)
    assert [month.first.isoformat() for month in months] == ["2025-11-26", "2025-12-26"]


def test_the_range_before_a_range_has_as_many_periods() -> None:
    assert Period.parse("2026-08..2026-10").previous().label == "2026-05..2026-07"
    assert Period.parse("2026-10..2026-10").previous().label == "2026-09..2026-09"


@pytest.mark.parametrize(
    ("text", "starts_on", "quarter"),
    [
        ("2026-10", 1, "2026Q4"),
        ("2026-10", 26, "2026Q4"),
        ("2026-10-05", 1, "2026Q4"),
        ("2026-W45", 1, "2026Q4"),
        ("2026-W40", 1, None),  # 28 September to 4 October
        ("2026", 1, None),
    ],
)
def test_the_enclosing_quarter_holds_the_whole_period(text: str, starts_on: int, quarter: str | None) -> None:
    outer = Period.parse(text, starts_on).enclosing("quarter")
    assert (outer.label if outer else None) == quarter

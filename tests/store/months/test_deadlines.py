"""Working days are China's, with holidays and make-up days; beyond the published calendar Monday to Friday."""

from datetime import date

import pytest

from kpi_app.store.months.deadlines import is_working_day, working_days_after, working_days_between


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 10, 1), False),  # National Day
        (date(2026, 10, 8), True),
        (date(2026, 10, 10), True),  # a Saturday worked in lieu
        (date(2026, 10, 17), False),  # a Saturday
        (date(2026, 12, 31), True),  # the last day of the published calendar
        (date(2027, 3, 1), True),  # a Monday beyond it
        (date(2027, 3, 6), False),  # a Saturday beyond it
    ],
)
def test_a_day_is_worked_or_not(day: date, works: bool) -> None:
    assert is_working_day(day, ()) == works


@pytest.mark.parametrize(
    ("day", "count", "due"),
    [
        (date(2026, 10, 30), 1, date(2026, 11, 2)),  # from Friday, the first is Monday
        (date(2026, 9, 30), 3, date(2026, 10, 10)),  # 8, 9, 10 October
        (date(2026, 10, 30), 0, date(2026, 10, 30)),
        (date(2026, 12, 30), 3, date(2027, 1, 4)),  # across the end of the calendar: 31 December, then weekdays
    ],
)
def test_something_is_due_after_so_many_working_days(day: date, count: int, due: date) -> None:
    assert working_days_after(day, count, ()) == due
    assert working_days_between(day, due, ()) == count

"""Days by which something is due, counted in China's working days."""

from datetime import date, timedelta
from functools import cache

import polars as pl

from metrics.working_time import working_days_before

SATURDAY = 5


@cache
def is_working_day(day: date) -> bool:
    """Does China work on that day? Where the calendar is not published yet, Monday to Friday."""
    before = pl.select(
        working_days_before(pl.lit(day + timedelta(days=1))) - working_days_before(pl.lit(day))
    ).item()  # fmt: skip
    return day.weekday() < SATURDAY if before is None else bool(before)


def working_days_after(day: date, count: int) -> date:
    """The ``count``-th working day after a day: from Friday, the first is Monday."""
    while count:
        day += timedelta(days=1)
        count -= is_working_day(day)
    return day


def working_days_between(day: date, until: date) -> int:
    """How many working days lie after a day, up to and with another."""
    return sum(is_working_day(day + timedelta(days=n)) for n in range(1, (until - day).days + 1))

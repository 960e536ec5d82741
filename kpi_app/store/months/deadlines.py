"""Days by which something is due, counted in China's working days."""

from datetime import date, timedelta
from functools import cache

import polars as pl

from metrics.working_time import working_days_before

SATURDAY = 6


def is_working_day(day: date) -> bool:
    """Does China work on that day? Where the calendar is not published yet, Monday to Friday."""
    return day in _working_days_of(day.year)


@cache
def _working_days_of(year: int) -> frozenset[date]:
    days = pl.date_range(date(year, 1, 1), date(year, 12, 31), eager=True).alias("day")
    before = working_days_before(pl.col("day"))
    after = working_days_before(pl.col("day").dt.offset_by("1d"))
    weekday = pl.col("day").dt.weekday() < SATURDAY
    is_working = pl.coalesce((after - before).cast(pl.Boolean), weekday)
    return frozenset(pl.DataFrame(days).filter(is_working)["day"])


def working_days_after(day: date, count: int) -> date:
    """The ``count``-th working day after a day: from Friday, the first is Monday."""
    while count:
        day += timedelta(days=1)
        count -= is_working_day(day)
    return day


def working_days_between(day: date, until: date) -> int:
    """How many working days lie after a day, up to and with another."""
    return sum(is_working_day(day + timedelta(days=n)) for n in range(1, (until - day).days + 1))

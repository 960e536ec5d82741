"""Days by which something is due, in China's working days: the built-in calendar and what was entered above it."""

from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path

import polars as pl
import sqlalchemy as sa

from data_contracts.contract import contract_of
from kpi_app.store.database import Database
from kpi_app.store.rows import facts
from kpi_app.store.rows.facts import Shard
from metrics.working_time import Entered, entered_days, working_days_before

SATURDAY = 6


def entered(db: Database, conn: sa.Connection) -> Entered:
    """The days that the office has entered by now."""
    return _entered(db.home, tuple(facts.at(conn, contracts=["calendar_days"])))


@lru_cache(maxsize=8)
def _entered(home: Path, shards: tuple[Shard, ...]) -> Entered:
    return entered_days({"calendar_days": facts.scan(home, contract_of("calendar_days"), shards)})


def is_working_day(day: date, entered: Entered) -> bool:
    """Does China work on that day? Where the calendar is not published yet, Monday to Friday."""
    return day in _working_days_of(day.year, entered)


@lru_cache(maxsize=64)
def _working_days_of(year: int, entered: Entered) -> frozenset[date]:
    days = pl.date_range(date(year, 1, 1), date(year, 12, 31), eager=True).alias("day")
    before = working_days_before(pl.col("day"), entered)
    after = working_days_before(pl.col("day").dt.offset_by("1d"), entered)
    weekday = pl.col("day").dt.weekday() < SATURDAY
    is_working = pl.coalesce((after - before).cast(pl.Boolean), weekday)
    known = set(pl.DataFrame(days).filter(is_working)["day"])
    # A day that was entered holds before its year is known.
    said = {day: works for day, works in entered if day.year == year}
    return frozenset((known | {day for day, works in said.items() if works}) - {day for day in said if not said[day]})


def working_days_after(day: date, count: int, entered: Entered) -> date:
    """The ``count``-th working day after a day: from Friday, the first is Monday."""
    while count:
        day += timedelta(days=1)
        count -= is_working_day(day, entered)
    return day


def working_days_between(day: date, until: date, entered: Entered) -> int:
    """How many working days lie after a day, up to and with another."""
    return sum(is_working_day(day + timedelta(days=n), entered) for n in range(1, (until - day).days + 1))

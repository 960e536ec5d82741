"""How much time passed: by the clock, by calendar days, by a store's opening hours, by China's working days.

Business time is what of a stretch lies in the store's opening hours, every day or on working days only; it stops on
the days on which the person is absent. So does clock time while they are there, ``present``. Clock time and calendar
days stop for nothing; ``past_holidays`` are calendar days whose end, where it falls on a holiday, moves to the first
day after it. All in whole seconds.

China's working days with their make-up days are known for the years the State Council has published: from the
``holidays`` package, and above it from the facts, ``calendar_days``. The package answers later years without make-up
days and without a word, so those are unknown here until they are entered: the time is null.
"""

import hashlib
from datetime import date, datetime, time, timedelta
from functools import cache, lru_cache, partial
from typing import Final, Literal

import holidays
import polars as pl
from polars import col

from metrics.credit import Facts

Clock = Literal["elapsed", "calendar_days", "past_holidays", "present", "opening_hours", "cn_workdays"]
ELAPSED: Final = "elapsed"
CALENDAR_DAYS: Final = "calendar_days"
PAST_HOLIDAYS: Final = "past_holidays"
PRESENT: Final = "present"
OPENING_HOURS: Final = "opening_hours"
CN_WORKDAYS: Final = "cn_workdays"

DAY: Final = 86_400
"""Seconds of a day; calendar days are counted in it."""

FIRST_DAY: Final = date(2008, 1, 1)
"""The working calendar begins here: the first year of the present rules on days off in lieu."""

Entered = tuple[tuple[date, bool], ...]
"""Days in order, and whether each is worked: what the office entered above the package. A whole year counts as known
once it has a working Saturday or Sunday here or in the package."""


def entered_days(facts: Facts) -> Entered:
    """The days that were entered."""
    return tuple(facts["calendar_days"].select("falls_on", "is_working").sort("falls_on").collect().rows())


def seconds(
    rows: pl.LazyFrame, facts: Facts, clock: Clock, *, from_at: pl.Expr, to_at: pl.Expr, person: str
) -> pl.LazyFrame:
    """Add ``_seconds`` (Int64) from one moment to another to rows of store_id and the person's column.

    Null where a moment is missing, or where working days are counted outside the years that are known.
    """
    rows = rows.with_columns(_from=from_at.cast(pl.Datetime("us")), _to=to_at.cast(pl.Datetime("us")))
    if clock == ELAPSED:
        return rows.with_columns(_seconds=(col("_to") - col("_from")).dt.total_seconds()).drop("_from", "_to")
    if clock == CALENDAR_DAYS:
        days = (col("_to").dt.date() - col("_from").dt.date()).dt.total_days()
        return rows.with_columns(_seconds=days * DAY).drop("_from", "_to")
    if clock == PAST_HOLIDAYS:
        end = col("_to").dt.date()
        days = (end - col("_from").dt.date()).dt.total_days() - _days_into_holiday(end, entered_days(facts))
        return rows.with_columns(_seconds=days.clip(lower_bound=0) * DAY).drop("_from", "_to")
    if clock == PRESENT:
        timed = rows.with_columns(_opens=pl.lit(0, pl.Int64), _open_for=pl.lit(DAY, pl.Int64), _person=col(person))
    else:
        hours = facts["stores"].select(
            "store_id", _opens=_of_day("opens_at"), _open_for=_of_day("closes_at") - _of_day("opens_at")
        )
        timed = rows.join(hours, on="store_id", how="left").with_columns(_person=col(person))
    until = partial(_open_until, entered=entered_days(facts) if clock == CN_WORKDAYS else None)
    # The row order of a lazy query is not kept, so equal stretches, not numbered rows, are joined back.
    stretch = ["_person", "_from", "_to", "_opens", "_open_for"]
    away = (
        timed.select(stretch)
        .unique()
        .join(_absences(facts).rename({"person_id": "_person"}), on="_person")
        .filter(col("absent_on").is_between(col("_from").dt.date(), col("_to").dt.date()))
        .with_columns(
            _begin=pl.max_horizontal("_from", col("absent_on").cast(pl.Datetime("us"))),
            _end=pl.min_horizontal("_to", col("absent_on").dt.offset_by("1d").cast(pl.Datetime("us"))),
        )
        .with_columns(_away=until("_end") - until("_begin"))
        .group_by(stretch)
        .agg(col("_away").sum())
    )
    open_for = until("_to") - until("_from")
    return (
        timed.join(away, on=stretch, how="left")
        .with_columns(_seconds=open_for - col("_away").fill_null(0))
        .drop(*stretch, "_away")
    )


def told_until(facts: Facts, clock: Clock) -> datetime | None:
    """The last moment up to which the clock can tell the time; None for a clock that rests on no working calendar.

    A holiday at the end of the last known year ends on the day after it, if the next year does not prolong it.
    """
    if clock not in (CN_WORKDAYS, PAST_HOLIDAYS):
        return None
    last = date(known_until(entered_days(facts)), 12, 31) + timedelta(days=clock == PAST_HOLIDAYS)
    return datetime.combine(last, time.max)


def absent_days(rows: pl.LazyFrame, facts: Facts, *, after: str, until: pl.Expr, person: str) -> pl.LazyFrame:
    """Add ``_absent_days``: on how many days after one, up to another, the person was absent."""
    rows = rows.with_columns(_person=col(person), _after=col(after), _until=until)
    stretch = ["_person", "_after", "_until"]
    found = (
        rows.select(stretch)
        .unique()
        .join(_absences(facts).rename({"person_id": "_person"}), on="_person")
        .filter(col("absent_on") > col("_after"), col("absent_on") <= col("_until"))
        .group_by(stretch)
        .agg(_absent_days=pl.len().cast(pl.Int64))
    )
    return (
        rows.join(found, on=stretch, how="left")
        .with_columns(col("_absent_days").fill_null(0))
        .drop(stretch)
    )  # fmt: skip


def _absences(facts: Facts) -> pl.LazyFrame:
    """person_id and absent_on, once each however many absences cover the day."""
    days = facts["absences"].select("person_id", absent_on=pl.date_ranges("from_on", "to_on"))
    return days.explode("absent_on").unique()


def _of_day(column: str) -> pl.Expr:
    return col(column).cast(pl.Int64) // 1_000_000_000


def _open_until(moment: str, *, entered: Entered | None) -> pl.Expr:
    """Seconds of opening from some day long ago to the moment: on working days, or every day (None)."""
    day = col(moment).dt.date()
    into = (col(moment) - day.cast(pl.Datetime("us"))).dt.total_seconds()
    of_day = (into - col("_opens")).clip(0, col("_open_for"))
    if entered is None:
        return day.to_physical().cast(pl.Int64) * col("_open_for") + of_day
    before = working_days_before(day, entered)
    is_open = working_days_before(day.dt.offset_by("1d"), entered) - before
    return before * col("_open_for") + is_open * of_day


def calendar_version() -> str:
    """What the package's working calendar says, as a short text that changes when a day of it does."""
    return hashlib.sha256(repr(_cumulative(()).to_list()).encode()).hexdigest()[:12]


def working_days_before(day: pl.Expr, entered: Entered) -> pl.Expr:
    """How many working days of the calendar lie before a day; null outside the known years."""
    return _looked_up(_cumulative(entered), day)


def _days_into_holiday(day: pl.Expr, entered: Entered) -> pl.Expr:
    """How many days after the first of a holiday a day lies that is in it or ends it; 0 for every other day.

    What is due on any day of a holiday is due on the day that ends it, so all of these count as the first.
    """
    return _looked_up(_into_holidays(entered), day)


def _looked_up(table: pl.Series, day: pl.Expr) -> pl.Expr:
    place = (day - pl.lit(FIRST_DAY)).dt.total_days()
    known = pl.when(place.is_between(0, len(table) - 1)).then(place)
    return pl.lit(table).gather(known)


@lru_cache(maxsize=8)
def _cumulative(entered: Entered) -> pl.Series:
    """For each day of the calendar and the day after its last: the working days before it."""
    chinese, by_day = _package(), dict(entered)
    count, table, day = 0, [], FIRST_DAY
    last = date(known_until(entered), 12, 31)
    while day <= last:
        table.append(count)
        count += by_day[day] if day in by_day else chinese.is_working_day(day)
        day += timedelta(days=1)
    return pl.Series([*table, count], dtype=pl.Int64)


@lru_cache(maxsize=8)
def _into_holidays(entered: Entered) -> pl.Series:
    """For each day of the calendar and the day after its last: how far it is into a holiday, days off in a row of which
    one is no Saturday or Sunday; the day that ends it included."""
    works = _cumulative(entered).diff().slice(1).to_list()
    table, first = [0] * (len(works) + 1), 0
    while first < len(works):
        after = first
        while after < len(works) and not works[after]:
            after += 1
        if any((FIRST_DAY + timedelta(days=n)).weekday() < 5 for n in range(first, after)):
            table[first : after + 1] = range(after + 1 - first)
        first = after + 1
    return pl.Series(table, dtype=pl.Int64)


@cache
def _package() -> holidays.HolidayBase:
    """The package's calendar, of all the years it may be asked about."""
    return holidays.country_holidays("CN", years=range(FIRST_DAY.year, FIRST_DAY.year + 60))


def known_until(entered: Entered) -> int:
    """The last year whose make-up days are known."""
    made_up = {day.year for day in _package().weekend_workdays}
    made_up |= {day.year for day, is_working in entered if is_working and day.weekday() >= 5}
    year = FIRST_DAY.year
    while year + 1 in made_up:
        year += 1
    return year

"""Day, ISO week, pay month, quarter, year, and ranges of one of them.

Conventions: ``first`` and ``last`` are both inside the period. The label is canonical, and is what files, addresses
and stored figures say: ``2026-10-05``, ``2026-W45``, ``2026-10``, ``2026Q4``, ``2026``, ``2026-08..2026-10``.
A pay month that starts on day d > 1 runs from day d of the month before to the day before day d of its own month;
quarters are three pay months, years twelve. Weeks are ISO weeks, Monday to Sunday.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final, Literal

from data_contracts.contract import Problem

Grain = Literal["day", "week", "month", "quarter", "year", "range"]

LAST_START: Final = 28  # the last day that every month has

_MONTHS: Final = {"month": 1, "quarter": 3, "year": 12}
_SHAPES: Final[dict[Grain, re.Pattern[str]]] = {
    "day": re.compile(r"(\d{4})-(\d{2})-(\d{2})"),
    "week": re.compile(r"(\d{4})-W(\d{2})"),
    "month": re.compile(r"(\d{4})-(\d{2})"),
    "quarter": re.compile(r"(\d{4})Q([1-4])"),
    "year": re.compile(r"(\d{4})"),
}


class PeriodError(Problem, ValueError):
    """A text that names no period, said in both languages with what to write instead."""


@dataclass(frozen=True)
class Period:
    """A stretch of whole days with its canonical label; ``month_starts_on`` is the calendar it was made in."""

    grain: Grain
    first: date
    last: date
    label: str
    month_starts_on: int = field(default=1, compare=False, repr=False)

    @staticmethod
    def parse(text: str, month_starts_on: int = 1) -> "Period":
        """The period that the text names. Raises PeriodError, which says what to write."""
        ends = [_single(end.strip(), month_starts_on) for end in text.split("..")]
        if len(ends) == 1:
            return ends[0]
        if len(ends) != 2 or ends[0].grain != ends[1].grain or ends[0].first > ends[1].first:
            raise PeriodError(
                f"“{text}”不是期间范围；两端须同为日、周、月、季或年，先早后晚，例如 2026-08..2026-10。",
                f"“{text}” is no range; both ends must be days, weeks, months, quarters or years, the earlier first, "
                "such as 2026-08..2026-10.",
            )
        return _range(*ends)

    @staticmethod
    def containing(day: date, grain: Grain, month_starts_on: int = 1) -> "Period":
        """The period of that grain which the day lies in."""
        if grain == "day":
            return Period("day", day, day, day.isoformat(), month_starts_on)
        if grain == "week":
            monday = day - timedelta(days=day.weekday())
            return Period("week", monday, monday + timedelta(days=6), f"{day:%G-W%V}", month_starts_on)
        if grain == "range":
            raise ValueError("a day lies in many ranges")
        months = day.year * 12 + day.month - 1 + (1 < month_starts_on <= day.day)
        return _months(grain, months // _MONTHS[grain], month_starts_on)

    def previous(self) -> "Period":
        """The period of the same length that ends the day before this one begins."""
        if self.grain != "range":
            return Period.containing(self.first - timedelta(days=1), self.grain, self.month_starts_on)
        start, end = (_single(text, self.month_starts_on) for text in self.label.split(".."))
        newest = start.previous()
        oldest = newest
        while end != start:
            end, oldest = end.previous(), oldest.previous()
        return _range(oldest, newest)

    def trailing(self, n: int) -> list["Period"]:
        """The ``n`` periods that end with this one, oldest first."""
        found = [self]
        while len(found) < n:
            found.append(found[-1].previous())
        return found[::-1]

    def enclosing(self, grain: Grain) -> "Period | None":
        """The period of a larger grain that holds the whole of this one; None where it crosses the edge of one."""
        outer = Period.containing(self.first, grain, self.month_starts_on)
        return outer if outer.last >= self.last else None


def _single(text: str, month_starts_on: int) -> Period:
    if not 1 <= month_starts_on <= LAST_START:
        raise PeriodError(
            f"月起始日 {month_starts_on} 无效；请设为 1 至 {LAST_START}。",
            f"A pay month cannot start on day {month_starts_on}; set a day from 1 to {LAST_START}.",
        )
    for grain, shape in _SHAPES.items():
        if match := shape.fullmatch(text):
            try:
                return _READ[grain](*(int(part) for part in match.groups()), month_starts_on)
            except ValueError:
                break  # such as 2026-13, 2026-02-30 or 2026-W54
    raise PeriodError(
        f"“{text}”不是期间；请写成 2026-10-05（日）、2026-W45（周）、2026-10（月）、2026Q4（季）、2026（年），"
        "或同一类的范围 2026-08..2026-10。",
        f"“{text}” is no period; write a day 2026-10-05, a week 2026-W45, a month 2026-10, a quarter 2026Q4, "
        "a year 2026, or a range of one of them, 2026-08..2026-10.",
    )


def _day(year: int, month: int, day: int, month_starts_on: int) -> Period:
    return Period.containing(date(year, month, day), "day", month_starts_on)


def _week(year: int, week: int, month_starts_on: int) -> Period:
    return Period.containing(date.fromisocalendar(year, week, 1), "week", month_starts_on)


def _month(year: int, month: int, month_starts_on: int) -> Period:
    if not 1 <= month <= 12:
        raise ValueError(month)
    return _months("month", year * 12 + month - 1, month_starts_on)


def _quarter(year: int, quarter: int, month_starts_on: int) -> Period:
    return _months("quarter", year * 4 + quarter - 1, month_starts_on)


def _year(year: int, month_starts_on: int) -> Period:
    return _months("year", year, month_starts_on)


_READ: Final[dict[Grain, Callable[..., Period]]] = {
    "day": _day,
    "week": _week,
    "month": _month,
    "quarter": _quarter,
    "year": _year,
}


def _months(grain: Grain, ordinal: int, month_starts_on: int) -> Period:
    """The ``ordinal``-th month, quarter or year since year 0."""
    length = _MONTHS[grain]
    year, part = divmod(ordinal, 12 // length)
    label = {"month": f"{year:04}-{part + 1:02}", "quarter": f"{year:04}Q{part + 1}", "year": f"{year:04}"}[grain]
    first = _starts(ordinal * length, month_starts_on)
    last = _starts((ordinal + 1) * length, month_starts_on) - timedelta(days=1)
    return Period(grain, first, last, label, month_starts_on)


def _starts(months: int, month_starts_on: int) -> date:
    """The first day of the pay month that lies ``months`` after January of year 0."""
    year, month = divmod(months - (month_starts_on > 1), 12)
    return date(year, month + 1, month_starts_on)


def _range(start: Period, end: Period) -> Period:
    return Period("range", start.first, end.last, f"{start.label}..{end.label}", start.month_starts_on)

"""The demo group's calendar: its months, its seasons, and chance that repeats itself.

All randomness comes from :func:`chance`, and only uniform draws are used (no logarithms), so that the same seed gives
the same rows on every machine.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from random import Random

MONTHS = 15

_NEW_YEAR = {  # the first day of the Chinese year
    2023: (1, 22),
    2024: (2, 10),
    2025: (1, 29),
    2026: (2, 17),
    2027: (2, 6),
    2028: (1, 26),
    2029: (2, 13),
    2030: (2, 3),
    2031: (1, 23),
    2032: (2, 11),
}
_WEEKDAY = (0.80, 0.80, 0.85, 0.90, 1.00, 1.40, 1.25)  # a showroom lives at the weekend
_MONTH = (1.05, 0.85, 1.05, 0.95, 1.05, 1.00, 0.90, 0.90, 1.10, 1.10, 1.00, 1.15)


def month_start(as_of: date, back: int) -> date:
    """The first day of the month that lies ``back`` months before the one of ``as_of`` (negative: after it)."""
    months = as_of.year * 12 + as_of.month - 1 - back
    return date(months // 12, months % 12 + 1, 1)


def month_end(as_of: date, back: int) -> date:
    """The last day of that month."""
    return month_start(as_of, back - 1) - timedelta(days=1)


def label(day: date) -> str:
    """The month's label, ``2026-10``."""
    return f"{day:%Y-%m}"


def months(as_of: date) -> list[str]:
    """The labels of the months the demo has data for, oldest first; the last one is that of ``as_of``."""
    return [label(month_start(as_of, back)) for back in reversed(range(MONTHS))]


def days_between(first: date, last: date) -> Iterator[date]:
    """Every day from first to last, both included."""
    for step in range((last - first).days + 1):
        yield first + timedelta(days=step)


def season(day: date) -> float:
    """How busy a showroom is that day against an average one: weekday, month, quarter-end push, spring festival."""
    busy = _WEEKDAY[day.weekday()] * _MONTH[day.month - 1]
    if day.month % 3 == 0 and day.day >= 24:
        busy *= 1.3
    to_festival = (day - date(day.year, *_NEW_YEAR.get(day.year, (2, 5)))).days
    if -1 <= to_festival <= 7:
        busy *= 0.15
    elif -10 <= to_festival <= 14:
        busy *= 0.6
    return busy


def chance(seed: int, theme: str) -> Random:
    """The theme's own stream of chance, so that a change in one theme leaves the others as they were."""
    return Random(f"{seed}/{theme}")  # noqa: S311 (a demo's dice keep no secret)


def wobble(rng: Random, width: float) -> float:
    """A bell-shaped draw around 0 whose standard deviation is about 0.58 · width."""
    return width * (sum(rng.random() for _ in range(4)) - 2)


def how_many(rng: Random, mean: float) -> int:
    """A count that averages ``mean``."""
    return max(0, int(mean + wobble(rng, 1.5 * mean**0.5) + rng.random()))


def clock_on(rng: Random, day: date, first_hour: int, last_hour: int) -> datetime:
    """A moment of that day from first_hour:00:00 to last_hour:59:59."""
    return datetime.combine(day, time()) + timedelta(seconds=rng.randrange(first_hour * 3600, (last_hour + 1) * 3600))


def minutes(rng: Random, low: float, high: float) -> timedelta:
    """A span between low and high minutes, to the second."""
    return timedelta(seconds=rng.randint(int(low * 60), int(high * 60)))

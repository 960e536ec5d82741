"""A value with the pay month it applies from and where it comes from.

Plans change by months: a version applies to the pay month it names and every later one until the next version.
Months are labels (``2026-10``), so that a pay month that begins on the 26th needs no second rule.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Generic, TypeVar

T = TypeVar("T")


def month_of(label: str) -> date:
    """The first day of the month a label names. Raises ValueError for anything but ``YYYY-MM``."""
    if len(label) != 7:
        raise ValueError(f"{label!r} is not a month; write YYYY-MM")
    return date.fromisoformat(f"{label}-01")


@dataclass(frozen=True, kw_only=True)
class Version(Generic[T]):
    """``value`` from pay month ``since`` on, as decided by ``source``."""

    value: T
    since: str
    source: str


@dataclass(frozen=True)
class Dated(Generic[T]):
    """All versions of one value, earliest first. Raises ValueError where two begin in one month."""

    versions: tuple[Version[T], ...]

    @classmethod
    def of(cls, versions: Iterable[Version[T]]) -> "Dated[T]":
        ordered = tuple(sorted(versions, key=lambda version: version.since))
        for earlier, later in pairwise(ordered):
            if earlier.since == later.since:
                raise ValueError(f"two versions begin in {later.since}")
        return cls(ordered)

    def on(self, month: str) -> T | None:
        """The value that applies in that pay month; None before the first version."""
        version = self.version_on(month)
        return version.value if version else None

    def version_on(self, month: str) -> Version[T] | None:
        """The version that applies in that pay month; None before the first."""
        return next((version for version in reversed(self.versions) if version.since <= month), None)

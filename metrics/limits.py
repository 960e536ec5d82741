"""Numbers an office may change, dated: a row is judged by the value in force on its own day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import polars as pl

ALWAYS: Final = date.min
"""The ``since`` of a value that stood before any other."""


@dataclass(frozen=True, kw_only=True)
class Limit:
    """``value`` for rows of the day ``since`` and later, as said by ``source``."""

    value: int
    since: date
    source: str


Limits = Sequence[Limit]
"""The versions of one value, earliest first."""


def in_force(limits: Limits, day: pl.Expr) -> pl.Expr:
    """The value that applies on a row's day; null before the first."""
    value = pl.lit(None, pl.Int64)
    for limit in sorted(limits, key=lambda it: it.since):
        value = pl.when(day >= limit.since).then(pl.lit(limit.value, pl.Int64)).otherwise(value)
    return value


def in_force_by(limits: Mapping[str, Limits], of: pl.Expr, day: pl.Expr) -> pl.Expr:
    """The value that applies to a row's code on its day; null for a code without one."""
    value = pl.lit(None, pl.Int64)
    for code, its in limits.items():
        value = pl.when(of == code).then(in_force(its, day)).otherwise(value)
    return value

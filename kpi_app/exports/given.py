"""What a computation was given, as JSON and back: numbers that stay exact, dates, frames of lines, plans by digest.

Only the kinds of value listed here are written and read: a file from elsewhere makes no other object.
"""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, get_args, get_type_hints

import polars as pl

from data_contracts.contract import Text
from data_contracts.results import PayLines
from scorecards.plan import Plan
from scorecards.rules import LINE_COLUMNS, pay_lines
from scorecards.sheet import build


def _named(hint: Any, known: dict[str, Any]) -> dict[str, Any]:
    """The dataclasses that a type names, itself or within."""
    if is_dataclass(hint) and isinstance(hint, type) and hint is not Plan and hint.__name__ not in known:
        known[hint.__name__] = hint
        for inner in get_type_hints(hint).values():
            _named(inner, known)
    for inner in get_args(hint):
        _named(inner, known)
    return known


KINDS = {
    name: kind
    for computes in (pay_lines, build)
    for hint in get_type_hints(computes).values()
    for name, kind in _named(hint, {}).items()
}
"""The dataclasses that may be given: those that the computation's own parameters name."""


def encoded(value: Any) -> Any:
    """The value as JSON knows it. Raises TypeError for a kind that is not listed."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case datetime() | date():
            return {"$": type(value).__name__, "of": value.isoformat()}
        case Fraction() | Decimal():
            return {"$": type(value).__name__, "of": str(value)}
        case Plan():
            return {"$": "Plan", "of": value.digest}
        case Text():
            return {"$": "Text", "of": list(value)}
        case pl.DataFrame():
            return {"$": "PayLines", "of": [encoded(row) for row in value.to_dicts()]}
        case Mapping():
            return {"$": "map", "of": [[encoded(key), encoded(held)] for key, held in value.items()]}
        case tuple() | list():
            return {"$": type(value).__name__, "of": [encoded(one) for one in value]}
        case set() | frozenset():
            return {"$": "set", "of": [encoded(one) for one in sorted(value)]}
    kind = KINDS.get(type(value).__name__)
    if kind is None or type(value) is not kind:
        raise TypeError(f"{type(value)} has no place in an evidence pack")
    return {"$": kind.__name__, "of": {field.name: encoded(getattr(value, field.name)) for field in fields(kind)}}


def decoded(value: Any, plans: Mapping[str, Plan]) -> Any:
    """The value again; ``plans`` are those by digest. Raises KeyError, TypeError or ValueError for anything else."""
    if not isinstance(value, dict):
        return value
    kind, held = value["$"], value["of"]
    match kind:
        case "date":
            return date.fromisoformat(held)
        case "datetime":
            return datetime.fromisoformat(held)
        case "Fraction":
            return Fraction(held)
        case "Decimal":
            return Decimal(held)
        case "Plan":
            return plans[held]
        case "Text":
            return Text(*held)
        case "PayLines":
            rows = [decoded(row, plans) for row in held]
            return PayLines.validate(pl.DataFrame(rows, schema=LINE_COLUMNS))
        case "map":
            return {decoded(key, plans): decoded(one, plans) for key, one in held}
        case "tuple":
            return tuple(decoded(one, plans) for one in held)
        case "list":
            return [decoded(one, plans) for one in held]
        case "set":
            return frozenset(decoded(one, plans) for one in held)
    return KINDS[kind](**{name: decoded(one, plans) for name, one in held.items()})


def digests_in(value: Any) -> set[str]:
    """The digests of the plans that an encoded value names."""
    if isinstance(value, list):
        return {digest for one in value for digest in digests_in(one)}
    if not isinstance(value, dict):
        return set()
    if value["$"] == "Plan":
        return {value["of"]}
    held = value["of"]
    return digests_in(list(held.values()) if isinstance(held, dict) else held)

"""Facts from small tables: what an import would have left behind, without importing."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache
from typing import Any

import polars as pl

from data_contracts.catalogue import CONTRACTS
from data_contracts.contract import Contract

Row = Mapping[str, Any]


def facts(**tables: Sequence[Row]) -> dict[str, pl.LazyFrame]:
    """All contracts as typed frames; those not given are empty.

    Dates and times may be texts (``2026-10-05``, ``2026-10-05 09:30``). A column left out takes the contract's
    default; a required text left out takes its own name. Rows that break their contract raise.
    """
    assert tables.keys() <= CONTRACTS.keys(), f"no contracts {tables.keys() - CONTRACTS.keys()}"
    return {
        name: frame(contract, tables[name]).lazy() if tables.get(name) else _empty(name)
        for name, contract in CONTRACTS.items()
    }


@cache
def _empty(name: str) -> pl.LazyFrame:
    return frame(CONTRACTS[name], ()).lazy()


def frame(contract: Contract, rows: Sequence[Row]) -> pl.DataFrame:
    """The rows of one contract as facts."""
    schema = contract.schema.create_empty().schema
    typed = pl.DataFrame([_typed(contract, row, schema) for row in rows], schema=schema)
    contract.schema.validate(typed)
    days = [] if contract.dated_by is None else [contract.day]
    phones = [name for name, cell in contract.cells.items() if cell.kind == "phone"]  # input only, never among facts
    return typed.drop(phones).with_columns(
        *days,
        _import_id=pl.lit(1, pl.Int64),
        _file=pl.lit(f"{contract.name}.csv"),
        _sheet=pl.lit(None, pl.String),
        _row=pl.int_range(2, pl.len() + 2, dtype=pl.Int64),  # the heading is row 1
    )


def _typed(contract: Contract, row: Row, schema: Mapping[str, pl.DataType]) -> dict[str, Any]:
    assert row.keys() <= contract.cells.keys(), f"{contract.name} has no {row.keys() - contract.cells.keys()}"
    typed = {}
    for column, cell in contract.cells.items():
        value = row.get(column)
        if value is None and cell.default is not None:
            value = _DEFAULTS.get(cell.default, cell.default)
        if value is None and cell.required and cell.kind in ("text", "id"):
            value = column
        typed[column] = _value(value, schema[column])
    return typed


# The defaults as the office would write them, where the typed value is not the same text.
_DEFAULTS: Mapping[str, Any] = {"是": True, "否": False, "100%": 10_000, "100": 10_000, "1": 1}


def _value(value: Any, dtype: pl.DataType) -> Any:
    if isinstance(dtype, pl.Decimal) and value is not None:
        return Decimal(str(value))
    if not isinstance(value, str):
        return value
    if dtype == pl.Date:
        return date.fromisoformat(value)
    if isinstance(dtype, pl.Datetime):
        return datetime.fromisoformat(value)
    if dtype == pl.Time:
        return time.fromisoformat(value)
    return value

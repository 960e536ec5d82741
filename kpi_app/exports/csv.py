"""The sheet's lines as CSV: UTF-8 with BOM, one line a row, nothing a spreadsheet would execute.

The file holds no user and no time, so that the same sheet gives the same bytes; those stand in the sidecar.
"""

import csv
import io
from datetime import datetime
from typing import Any

from kpi_app.exports.detail import COLUMNS, Column, Event, events
from kpi_app.exports.tables import guarded, plain_yuan
from scorecards.sheet import Sheet


def lines_csv(sheet: Sheet) -> bytes:
    """The rows of 奖惩明细 as CSV; amounts in yuan."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([column.heading for column in COLUMNS])
    writer.writerows([[_cell(column, event) for column in COLUMNS] for event in events(sheet)])
    return text.getvalue().encode("utf-8-sig")


def _cell(column: Column, event: Event) -> Any:
    value = column.value(event)
    if value is None:
        return ""
    if column.kind == "money":
        return plain_yuan(value)
    if column.kind == "date":
        return f"{value:%Y-%m-%d}"
    return guarded(value)


def sidecar(sheet: Sheet, *, exported_by: str, exported_at: datetime) -> dict[str, Any]:
    """Who wrote the file, when, and what it holds."""
    return {
        "period": sheet.period,
        "store_id": sheet.store_id,
        "status": sheet.status,
        "revision": sheet.revision,
        "as_of": sheet.as_of.isoformat(),
        "digest": sheet.digest,
        "lines": sheet.lines.height,
        "total_fen": sheet.total_fen,
        "inputs": dict(sheet.inputs),
        "exported_by": exported_by,
        "exported_at": exported_at.isoformat(timespec="seconds"),
    }

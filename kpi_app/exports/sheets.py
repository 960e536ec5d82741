"""The payroll adjustment sheet as a file: workbook, CSV with its sidecar, or JSON."""

import json
from datetime import datetime
from pathlib import Path

from data_contracts.contract import Problem
from kpi_app.exports.csv import lines_csv, sidecar
from kpi_app.exports.xlsx import workbook
from scorecards.sheet import Sheet


def write(sheet: Sheet, file: Path, *, exported_by: str, exported_at: datetime) -> list[Path]:
    """Write .xlsx, .csv (with FILE.csv.meta.json beside it) or .json, and return what was written.

    Raises Problem for another ending.
    """
    written = as_files(sheet, file.name, exported_by=exported_by, exported_at=exported_at)
    for name, data in written.items():
        file.with_name(name).write_bytes(data)
    return [file.with_name(name) for name in written]


def as_files(sheet: Sheet, name: str, *, exported_by: str, exported_at: datetime) -> dict[str, bytes]:
    """File name → content, for the ending of ``name``. Raises Problem for one we cannot write."""
    match Path(name).suffix.lower():
        case ".xlsx":
            return {name: workbook(sheet, exported_by=exported_by, exported_at=exported_at)}
        case ".csv":
            meta = sidecar(sheet, exported_by=exported_by, exported_at=exported_at)
            return {name: lines_csv(sheet), f"{name}.meta.json": _json(meta)}
        case ".json":
            return {name: _json(sheet.as_json())}
        case ending:
            raise Problem(
                f"不支持 {ending or '没有后缀的'} 文件；绩效表请用 .xlsx、.csv 或 .json。",
                f"Cannot write {ending or 'a file without an ending'}; use .xlsx, .csv or .json for the sheet.",
            )


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()

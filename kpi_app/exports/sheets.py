"""The payroll adjustment sheet as files: workbook, CSV with its sidecar, JSON, or another payroll system's CSV."""

import json
from datetime import datetime
from pathlib import Path

from data_contracts.contract import Problem
from kpi_app.exports.csv import lines_csv, sidecar
from kpi_app.exports.pay_items import PayItems, pay_items_csv
from kpi_app.exports.xlsx import workbook
from scorecards.sheet import SPLITS, Sheet, split


def write(
    sheet: Sheet,
    file: Path,
    *,
    exported_by: str,
    exported_at: datetime,
    split_by: str | None = None,
    pay_items: PayItems | None = None,
    with_slips: bool = False,
) -> list[Path]:
    """Write the files of :func:`as_files` beside each other, and return what was written."""
    written = as_files(
        sheet,
        file.name,
        exported_by=exported_by,
        exported_at=exported_at,
        split_by=split_by,
        pay_items=pay_items,
        with_slips=with_slips,
    )
    for name, data in written.items():
        file.with_name(name).write_bytes(data)
    return [file.with_name(name) for name in written]


def as_files(
    sheet: Sheet,
    name: str,
    *,
    exported_by: str,
    exported_at: datetime,
    split_by: str | None = None,
    pay_items: PayItems | None = None,
    with_slips: bool = False,
) -> dict[str, bytes]:
    """File name → content, for the ending of ``name``: .xlsx, .csv (with NAME.csv.meta.json) or .json.

    With ``split_by`` store or department one file a part, its name after a dash; with ``pay_items`` the CSV holds pay
    items instead of lines; ``with_slips`` adds one slip a person to the workbook. Raises Problem for another ending.
    """
    if split_by is not None:
        if split_by not in SPLITS:
            raise Problem(
                f"不能按 {split_by} 拆分；可选 {'、'.join(SPLITS)}。",
                f"Cannot split by {split_by}; choose {' or '.join(SPLITS)}.",
            )
        path = Path(name)
        return {
            made: data
            for part, of_part in split(sheet, split_by).items()
            for made, data in as_files(
                of_part,
                f"{path.stem}-{_in_file_name(part)}{path.suffix}",
                exported_by=exported_by,
                exported_at=exported_at,
                pay_items=pay_items,
                with_slips=with_slips,
            ).items()
        }
    ending = Path(name).suffix.lower()
    if with_slips and ending != ".xlsx":
        raise Problem("个人条在 .xlsx 里；请改文件名。", "Slips stand in the .xlsx; change the file's name.")
    if pay_items is not None and ending != ".csv":
        raise Problem(
            "工资项文件只有 .csv 一种；请改文件名。", "Pay items are written as .csv; change the file's name."
        )
    match ending:
        case ".xlsx":
            return {name: workbook(sheet, exported_by=exported_by, exported_at=exported_at, with_slips=with_slips)}
        case ".csv":
            meta = sidecar(sheet, exported_by=exported_by, exported_at=exported_at)
            rows = lines_csv(sheet) if pay_items is None else pay_items_csv(sheet, pay_items)
            return {name: rows, f"{name}.meta.json": _json(meta)}
        case ".json":
            return {name: _json(sheet.as_json())}
        case _:
            raise Problem(
                f"不支持 {ending or '没有后缀的'} 文件；绩效表请用 .xlsx、.csv 或 .json。",
                f"Cannot write {ending or 'a file without an ending'}; use .xlsx, .csv or .json for the sheet.",
            )


def _in_file_name(part: str) -> str:
    """A part's name without what a file's name must not hold."""
    return "".join("_" if it in '\\/:*?"<>|' or not it.isprintable() else it for it in part)


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()

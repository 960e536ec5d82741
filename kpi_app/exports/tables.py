"""Figures as files: the JSON shape of ``kpi measure``, and the same rows as CSV, Parquet or XLSX.

What every written table keeps to stands here too: text that no spreadsheet executes, amounts, widths.
"""

import csv
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter

from data_contracts.contract import Problem

FIELDS = (
    "metric", "level", "subject_id", "period", "item", "value", "numerator", "denominator", "sample",
    "benchmark", "benchmark_published_on", "rank", "ranked_of", "is_settled", "settles_on", "reason",
)  # fmt: skip
BESIDE = ("metric", "level", "subject_id", "period", "source", "value", "stated_value", "difference", "published_on")
FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")


AS_TEXT = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
"""Options of a workbook in which text stays text."""


def figures_as_json(values: pl.DataFrame, lang: str) -> list[dict[str, Any]]:
    """MetricValues as the published list of records; dates as ISO text, the reason in ``lang``."""
    frame = values.rename({f"reason_{lang}": "reason"}).select(FIELDS)
    return frame.with_columns(pl.col("settles_on", "benchmark_published_on").dt.to_string()).to_dicts()


def beside_as_json(values: pl.DataFrame) -> list[dict[str, Any]]:
    """Beside as a list of records; dates as ISO text."""
    return values.select(BESIDE).with_columns(pl.col("published_on").dt.to_string()).to_dicts()


def guarded(value: Any) -> Any:
    """Text that a spreadsheet would execute gets an apostrophe before it; numbers stay numbers."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value


def plain_yuan(fen: int) -> str:
    """Fen as yuan for another program: ``-123450`` → ``-1234.50``."""
    whole, part = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{whole}.{part:02d}"


def exported_text(name: str, at: datetime) -> str:
    """Who took a file out of the app, and when, as it stands at the foot of its pages."""
    return f"{name[:40]} {at:%Y-%m-%d %H:%M}"


def footer_of(exported: str) -> str:
    """That as the foot of a workbook's page, where an ampersand would be a code."""
    return f"&R&7 {exported.replace('&', '&&')}"


def width_of(text: str) -> int:
    """How many characters wide a text is; a Chinese one is as wide as two."""
    return sum(2 if ord(it) > 0x2E80 else 1 for it in text)


def write(rows: Sequence[Mapping[str, Any]], file: Path) -> None:
    """Write records as .csv (UTF-8 with BOM), .json, .parquet or .xlsx. Raises Problem for another ending."""
    match file.suffix.lower():
        case ".json":
            file.write_text(json.dumps(rows, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        case ".parquet":
            pl.DataFrame(rows, infer_schema_length=None).write_parquet(file)
        case ".csv":
            with file.open("w", encoding="utf-8-sig", newline="") as stream:
                writer = csv.DictWriter(stream, fieldnames=list(rows[0]) if rows else list(FIELDS))
                writer.writeheader()
                writer.writerows({name: guarded(value) for name, value in row.items()} for row in rows)
        case ".xlsx":
            _write_xlsx(rows, file)
        case ending:
            raise Problem(
                f"不支持 {ending or '没有后缀的'} 文件；请用 .xlsx、.csv、.json 或 .parquet。",
                f"Cannot write {ending or 'a file without an ending'}; use .xlsx, .csv, .json or .parquet.",
            )


def _write_xlsx(rows: Sequence[Mapping[str, Any]], file: Path) -> None:
    names = list(rows[0]) if rows else list(FIELDS)
    with xlsxwriter.Workbook(str(file), AS_TEXT) as book:
        page = book.add_worksheet("figures")
        page.freeze_panes(1, 0)
        page.write_row(0, 0, names, book.add_format({"bold": True}))
        for number, row in enumerate(rows, start=1):
            for column, name in enumerate(names):
                value = row[name]
                if isinstance(value, bool):
                    page.write_boolean(number, column, value)
                elif isinstance(value, int | float):
                    page.write_number(number, column, value)
                elif value is not None:
                    page.write_string(number, column, str(value))
        page.set_column(0, len(names) - 1, 16)
        page.autofilter(0, 0, max(len(rows), 1), len(names) - 1)

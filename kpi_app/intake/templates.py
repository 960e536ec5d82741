"""A workbook for a contract: headings, rows below them or room for some, and a guide that explains each column."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import xlsxwriter

from data_contracts.contract import Cell, Contract, Kind, Text, identifier_of
from kpi_app.exports.tables import AS_TEXT, footer_of

GUIDE_SHEET: Final = "填写说明 Guide"
"""The sheet of a template that an import passes over."""

KINDS: Final[Mapping[Kind, Text]] = {
    "id": Text("编号（文本，保留前导零）", "id (text; leading zeros survive)"),
    "text": Text("文本", "text"),
    "code": Text("选项", "one of a list"),
    "at": Text("日期时间 2026-10-05 14:30", "date and time 2026-10-05 14:30"),
    "on": Text("日期 2026-10-05", "date 2026-10-05"),
    "time": Text("时刻 08:30", "time of day 08:30"),
    "yes_no": Text("是/否", "yes/no (是/否)"),
    "money": Text("金额（元，至多两位小数）", "yuan, at most two decimals"),
    "percent": Text("百分比 85% 或 0.85", "percent, 85% or 0.85"),
    "score": Text("分数", "points"),
    "integer": Text("整数", "whole number"),
    "number": Text("数字", "number"),
    "period": Text("期间 2026-10、2026Q4 或 2026", "period 2026-10, 2026Q4 or 2026"),
    "phone": Text("电话（只用于识别，不保存明文）", "telephone (only to recognise; never stored in clear)"),
}
"""How each kind of cell is described to an office."""

_NUMBER_FORMATS: Final[Mapping[Kind, str]] = {
    "at": "yyyy-mm-dd hh:mm:ss", "on": "yyyy-mm-dd", "time": "hh:mm", "money": "0.00", "percent": "0.##%",
}  # fmt: skip


def template(contract: Contract, filled: Sequence[Mapping[str, Any]] = (), *, exported: str = "") -> bytes:
    """The workbook as bytes: one sheet with headings (required ones bold) and a comment on each, one guide.

    ``filled`` are typed rows of the contract to stand in it, as an import would read them again; ``exported`` then says
    by whom and when, at the foot of the page and among the file's properties.
    """
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {**AS_TEXT, "in_memory": True})
    required = book.add_format({"bold": True, "bg_color": "#DDEBF7", "border": 1, "text_wrap": True})
    optional = book.add_format({"bg_color": "#F2F2F2", "border": 1, "text_wrap": True})
    rows = book.add_worksheet(contract.title.zh)
    rows.freeze_panes(1, 0)
    if exported:
        rows.set_footer(footer_of(exported))
        book.set_properties({"comments": exported})
    for index, (column, cell) in enumerate(contract.cells.items()):
        body = book.add_format({"num_format": _NUMBER_FORMATS.get(cell.kind, "@" if _is_texty(cell) else "General")})
        rows.set_column(index, index, max(14, 2 * len(cell.heading.zh) + 4), body)
        rows.write_string(0, index, cell.heading.zh, required if cell.required else optional)
        rows.write_comment(0, index, _comment(column, cell), {"x_scale": 2.2, "y_scale": 1.8})
        for number, row in enumerate(filled, start=1):
            _put(rows, number, index, cell, row.get(column), body)
    _guide(book, contract)
    book.close()
    return buffer.getvalue()


def write(contract: Contract, path: Path) -> None:
    """Write the template of a contract to a file."""
    path.write_bytes(template(contract))


def _put(rows: xlsxwriter.worksheet.Worksheet, number: int, index: int, cell: Cell, value: Any, body: Any) -> None:
    """One typed value, as the office writes it."""
    match cell.kind:
        case _ if value is None:
            return
        case "at" | "on" | "time":
            rows.write_datetime(number, index, value, body)
        case "money" | "score":
            rows.write_number(number, index, value / 100, body)
        case "percent":
            rows.write_number(number, index, value / 10_000, body)
        case "integer" | "number":
            rows.write_number(number, index, value, body)
        case "yes_no":
            rows.write_string(number, index, "是" if value else "否", body)
        case "code":
            rows.write_string(number, index, _in_words(value, cell.codes.get(value, ())), body)
        case _:
            rows.write_string(number, index, str(value), body)


def _in_words(code: str, aliases: Sequence[str]) -> str:
    """A code as the office calls it."""
    return aliases[0] if aliases and code.isascii() and not aliases[0].isascii() else code


def _is_texty(cell: Cell) -> bool:
    return cell.kind in ("id", "text", "code", "yes_no", "period", "phone")


def _choices(cell: Cell) -> str:
    """What may stand in a cell, in the office's words."""
    if cell.kind != "code":
        return ""
    return "/".join(_in_words(code, aliases) for code, aliases in cell.codes.items())


def _comment(column: str, cell: Cell) -> str:
    kind = KINDS[cell.kind]
    lines = [
        f"{cell.heading.zh} / {cell.heading.en} / {identifier_of(column, cell)}",
        f"{'必填 required' if cell.required else '可空 optional'}: {kind.zh} / {kind.en}",
    ]
    if choices := _choices(cell):
        lines.append(f"可填 listed: {choices}")
    if cell.default is not None:
        lines.append(f"默认 default: {cell.default}")
    if cell.also:
        lines.append(f"也认 also read: {'、'.join(cell.also)}")
    if cell.note is not None:
        lines.append(f"{cell.note.zh} / {cell.note.en}")
    return "\n".join(lines)


def _guide(book: xlsxwriter.Workbook, contract: Contract) -> None:
    guide = book.add_worksheet(GUIDE_SHEET)
    bold = book.add_format({"bold": True})
    words = ("列 Column", "Identifier", "必填 Required", "类型 Type", "示例 Example", "可填 Listed", "也认 Also read")
    for index, word in enumerate(words):
        guide.write_string(0, index, word, bold)
    for row, (column, cell) in enumerate(contract.cells.items(), start=1):
        kind = KINDS[cell.kind]
        facts = (
            f"{cell.heading.zh} {cell.heading.en}",
            identifier_of(column, cell),
            "是 yes" if cell.required else "",
            f"{kind.zh} {kind.en}",
            cell.example,
            _choices(cell),
            "、".join(cell.also),
        )
        for index, fact in enumerate(facts):
            guide.write_string(row, index, fact, bold if cell.required and index == 0 else None)
    for index, width in enumerate((34, 22, 14, 44, 24, 48, 48)):
        guide.set_column(index, index, width)
    guide.freeze_panes(1, 1)

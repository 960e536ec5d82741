"""A file as it goes back to its office: the cells that were read, with a comment on each one that was refused."""

import io
from collections.abc import Mapping, Sequence
from itertools import chain, count, groupby
from typing import NamedTuple

import xlsxwriter

from data_contracts.cells import SHOWN_CONTROLS
from data_contracts.headings import HEADING_ROWS
from kpi_app.exports.tables import AS_TEXT, footer_of, width_of
from kpi_app.intake.read import SheetRows

ONLY_SHEET = "数据"
"""What the one sheet of a text file is called."""

WIDTHS = (8, 40)
SHEET_NAME = 31


class Remark(NamedTuple):
    """What is to be said about a cell: its sheet, its row as the office counts, its heading; None where unknown."""

    sheet: str | None
    row: int | None
    column: str | None
    words: str


def copy(sheets: Sequence[SheetRows], remarks: Sequence[Remark], exported: str = "") -> bytes:
    """The workbook. Every cell is text as it was read, so that nothing becomes a formula, a link or another number.

    Each page's foot says who ``exported`` it, and when, and so do the file's properties.
    A remark without a row stands on the first cell of its sheet, one whose heading is not found on the row's first.
    """
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {**AS_TEXT, "in_memory": True})
    book.set_properties({"comments": exported})
    plain = book.add_format({"num_format": "@"})
    refused = book.add_format({"num_format": "@", "bg_color": "#FFD9B3", "border": 1, "border_color": "#B3470B"})
    for number, (sheet, name) in enumerate(zip(sheets, _names(sheets), strict=True)):
        own = [it for it in remarks if it.sheet == sheet.name or (it.sheet is None and number == 0)]
        page = book.add_worksheet(name)
        page.set_footer(footer_of(exported))
        if sheet.is_hidden:
            page.hide()
        if own:
            page.set_tab_color("#D9660F")
        rows = sheet.cells.rows()
        marked = _placed(rows, own)
        for index, width in enumerate(_widths(rows, sheet.cells.width)):
            page.set_column(index, index, width, plain)
        for row, cells in enumerate(rows):
            for column, text in enumerate(cells):
                look = refused if (row, column) in marked else plain
                if text is not None:
                    page.write_string(row, column, text, look)
                elif look is refused:
                    page.write_blank(row, column, None, look)
        for (row, column), words in marked.items():
            page.write_comment(row, column, words, {"x_scale": 2.2, "y_scale": 1.4})
    book.close()
    return buffer.getvalue()


def _placed(rows: Sequence[tuple[str | None, ...]], remarks: Sequence[Remark]) -> Mapping[tuple[int, int], str]:
    """Place → what is to be said there, several remarks below each other."""
    placed: dict[tuple[int, int], list[str]] = {}
    for row, of_row in groupby(sorted(remarks, key=lambda it: it.row or 0), key=lambda it: it.row):
        for it in of_row:
            if row is None or row > len(rows):
                placed.setdefault((0, 0), []).append(it.words)
                continue
            column = _column(rows[: min(row - 1, HEADING_ROWS)], it.column)
            if column is None:  # then the words name the column themselves
                column = next((index for index, text in enumerate(rows[row - 1]) if text), 0)
                words = f"{it.column}：{it.words}" if it.column else it.words
            else:
                words = it.words
            placed.setdefault((row - 1, column), []).append(words)
    return {place: "\n".join(words) for place, words in placed.items()}


def _column(above: Sequence[tuple[str | None, ...]], heading: str | None) -> int | None:
    """The column under a heading, the nearest one above where it stands twice."""
    for row in reversed(above):
        for index, text in enumerate(row):
            if heading is not None and text is not None and " ".join(text.split()) == heading:
                return index
    return None


def _widths(rows: Sequence[tuple[str | None, ...]], columns: int) -> list[int]:
    """Widths in characters by the first rows."""
    lengths = [max((width_of(row[index] or "") for row in rows[:HEADING_ROWS]), default=0) for index in range(columns)]
    return [min(max(length + 2, WIDTHS[0]), WIDTHS[1]) for length in lengths]


def _names(sheets: Sequence[SheetRows]) -> list[str]:
    """The sheets' names as Excel takes them, no two alike: other programs allow more, and text files have none."""
    made: list[str] = []
    for sheet in sheets:
        name = (ONLY_SHEET if sheet.name is None else sheet.name).translate(SHOWN_CONTROLS)
        name = "".join("_" if it in "[]:*?/\\\t\n\r" else it for it in name)[:SHEET_NAME].strip("'") or ONLY_SHEET
        taken = {"history", *map(str.lower, made)}
        tried = chain([name], (f"{name[: SHEET_NAME - 5]}_{number}" for number in count(2)))
        made.append(next(it for it in tried if it.lower() not in taken))
    return made

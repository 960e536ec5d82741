"""An open workbook of the sheet: its formats, its pages and how a cell of each kind is written.

Text is written as text, so that no cell executes; formulas carry their value, so that a reader that does not
recalculate shows the same.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from math import ceil
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from kpi_app.exports.tables import AS_TEXT, width_of
from scorecards.sheet import BEFORE_TAX, STATUS_NAMES, Sheet

OPTIONS = {**AS_TEXT, "in_memory": True, "default_date_format": "yyyy-mm-dd"}
FONT = "微软雅黑"
A4 = 9
A4_CHARACTERS = 112
"""So many characters of width stand beside each other on A4 landscape at full size, in whatever font replaces ours."""
PADDING = 0.75
"""Characters that each column takes beside its width."""
LINE_HEIGHT = 15  # points
DRAFT = "草 稿"
DRAFT_PICTURE = Path(__file__).parent / "draft.png"


def title_of(sheet: Sheet) -> str:
    """What a sheet is called: its month and store."""
    stores = list(dict.fromkeys(person.store_name for person in sheet.people))
    return f"绩效调整表 {sheet.period} {stores[0] if len(stores) == 1 else f'{len(stores)} 家门店'}"


def lines_in(text: str, width: float) -> int:
    """How many lines a text takes in a cell of so many characters."""
    return max(1, ceil(width_of(text) / width))


class Book:
    """The open workbook. ``made`` says who exported it, when, and the audit's head: for footers that may differ."""

    def __init__(self, book: xlsxwriter.Workbook, sheet: Sheet, made: str) -> None:
        self.book, self.sheet, self.made = book, sheet, made
        self.is_draft = sheet.status != "locked"
        self._formats: dict[tuple[tuple[str, Any], ...], Format] = {}

    def format(self, **more: Any) -> Format:
        wanted = {"font_name": FONT, "font_size": 10, "valign": "vcenter", **more}
        key = tuple(sorted(wanted.items()))
        if key not in self._formats:
            self._formats[key] = self.book.add_format(wanted)
        return self._formats[key]

    def cell_format(self, kind: str, *, is_bold: bool = False) -> Format:
        look: dict[str, Any] = {"border": 1}
        if kind in ("money", "sum", "change", "base"):
            look["num_format"] = "¥#,##0.00;-¥#,##0.00;—"
        elif kind == "factor":
            look["num_format"] = "0.0000"
        elif kind == "whole":
            look["num_format"] = "0"
        elif kind == "date":
            look["num_format"] = "yyyy-mm-dd"
        elif kind == "score":
            look |= {"num_format": "@", "align": "right"}
        elif kind == "label":
            look = {"top": 1, "bottom": 1, "num_format": "@"}  # runs on over the empty cells beside it
        else:
            look |= {"num_format": "@", "text_wrap": True}
        return self.format(**look, **({"bold": True, "bg_color": "#EDEDED"} if is_bold else {}))

    def open(
        self,
        name: str,
        widths: Sequence[float],
        heading_row: int | None,
        frozen_columns: int,
        *,
        pages_wide: int = 1,
        says_who_made_it: bool = False,
    ) -> Worksheet:
        """A page, landscape, with the title block above ``heading_row``, which repeats on every page.

        Over several ``pages_wide`` the frozen columns repeat too.
        """
        page = self.book.add_worksheet(name)
        for column, width in enumerate(widths):
            page.set_column(column, column, width)
        page.write_string(0, 0, f"{title_of(self.sheet)} {name[1:]}", self.format(bold=True, font_size=14))
        state = f"{STATUS_NAMES[self.sheet.status].zh}，第 {self.sheet.revision} 版，数据截至 {self.sheet.as_of}"
        draft = "草稿 " if self.is_draft else ""
        page.write_string(1, 0, f"{draft}{BEFORE_TAX.zh}。{state}", self.format(bold=self.is_draft))
        if heading_row is not None:
            page.freeze_panes(heading_row + 1, frozen_columns)
            page.repeat_rows(heading_row)
        page.set_landscape()
        page.set_paper(A4)
        page.fit_to_pages(pages_wide, 0)
        if pages_wide > 1:
            page.repeat_columns(0, frozen_columns - 1)
        page.set_margins(left=0.4, right=0.4, top=0.8, bottom=0.7)
        safe = f"{self.sheet.period} {name[1:]}"
        page.set_header(f"&L{safe}&C{f'&B&24{DRAFT}' if self.is_draft else ''}&R{self.sheet.digest[:12]}")
        made = f"&R&7 {self.made.replace('&', '&&')}" if says_who_made_it else ""
        page.set_footer(f"&L&8 {BEFORE_TAX.zh}&C&8 第 &P 页，共 &N 页{made}")
        page.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
        return page

    def heighten(self, page: Worksheet, row: int, cells: Iterable[tuple[str, float]]) -> None:
        """Make a row as high as the longest of its texts needs, each given with its column's width."""
        page.set_row(row, LINE_HEIGHT * max((lines_in(text, width) for text, width in cells), default=1) + 1)

    def headings(self, page: Worksheet, row: int, headings: Iterable[str]) -> None:
        look = self.format(bold=True, border=1, bg_color="#D9D9D9", align="center", text_wrap=True)
        for column, heading in enumerate(headings):
            page.write_string(row, column, heading, look)

    def put(self, page: Worksheet, row: int, column: int, kind: str, value: Any, *, is_bold: bool = False) -> None:
        look = self.cell_format(kind, is_bold=is_bold)
        if value is None or value == "":
            page.write_blank(row, column, None, look)
        elif kind in ("money", "sum", "change", "base"):
            page.write_number(row, column, value / 100, look)
        elif kind in ("whole", "factor"):
            page.write_number(row, column, value, look)
        elif kind == "date":
            page.write_datetime(row, column, date(value.year, value.month, value.day), look)
        else:
            page.write_string(row, column, str(value), look)

    def total(self, page: Worksheet, row: int, column: int, formula: str, fen: int, kind: str = "money") -> None:
        page.write_formula(row, column, formula, self.cell_format(kind, is_bold=True), fen / 100)

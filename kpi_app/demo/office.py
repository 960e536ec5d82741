"""How offices write their exports: encodings, delimiters, title rows, merged headings, totals, hands."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from itertools import groupby
from pathlib import Path

import xlsxwriter

from data_contracts.catalogue import CONTRACTS
from data_contracts.contract import Cell, identifier_of
from kpi_app.demo.roster import Row, Value
from kpi_app.exports.tables import AS_TEXT

_WIDE = str.maketrans("0123456789.", "０１２３４５６７８９．")


@dataclass(frozen=True, kw_only=True)
class Hand:
    """One office's way to write values. ``dates``: iso, slash, chinese, or cell (a real date in a workbook);
    ``money``: plain, sign (￥1,234.50) or wide (full-width digits)."""

    dates: str = "iso"
    yes: str = "是"
    no: str = "否"
    money: str = "plain"


@dataclass(frozen=True, kw_only=True)
class Planted:
    """A row that intake must refuse: where it stands, and the cell that is to blame.

    ``row`` is the row as the office sees it, ``column`` its heading, ``value`` what stands there; ``cells`` are the
    identifiers and texts that differ from the good row it was copied from.
    """

    row: int
    column: str
    value: str
    cells: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Export:
    """One file of an office: a CSV or a workbook, by its suffix.

    ``columns`` are identifiers in the office's order, ``called`` what it calls them where that is not the contract's
    own heading. Only workbooks have title rows, bands (a first heading row over a run of columns), sub-totals and a
    sheet for each value of ``sheet_by``.
    """

    file: str
    contract: str
    columns: tuple[str, ...]
    rows: list[Row]
    called: Mapping[str, str] = field(default_factory=dict)
    hand: Hand = Hand()
    encoding: str = "utf-8-sig"
    delimiter: str = ","
    titles: tuple[str, ...] = ()
    bands: tuple[tuple[str, str, str], ...] = ()
    total_of: str | None = None
    subtotal_by: str | None = None
    sheet_by: str | None = None
    planted: tuple[Planted, ...] = ()

    @property
    def cells(self) -> dict[str, Cell]:
        """Identifier → how the contract reads it."""
        return {identifier_of(column, cell): cell for column, cell in CONTRACTS[self.contract].cells.items()}

    @property
    def headings(self) -> list[str]:
        """The heading row."""
        return [self.called.get(name, self.cells[name].heading.zh) for name in self.columns]

    @property
    def first_row(self) -> int:
        """The number of the first row below the heading, as the office sees it."""
        return len(self.titles) + (2 if self.bands else 1) + 1

    def all_rows(self) -> list[Row]:
        """The rows with the planted ones at their places."""
        rows = list(self.rows)
        for planted in sorted(self.planted, key=lambda one: one.row):
            place = planted.row - self.first_row
            rows.insert(place, {**rows[place - 1], **planted.cells})
        return rows

    def write(self, folder: Path, as_of: date) -> Path:
        """Write the file into the folder."""
        path = folder / self.file
        if path.suffix == ".csv":
            path.write_bytes(self._csv())
        else:
            self._workbook(path, as_of)
        return path

    def _csv(self) -> bytes:
        cells, out = self.cells, io.StringIO()
        writer = csv.writer(out, delimiter=self.delimiter, lineterminator="\r\n")
        writer.writerow(self.headings)
        for row in self.all_rows():
            writer.writerow([written(row.get(name), cells[name], self.hand) for name in self.columns])
        return out.getvalue().encode(self.encoding)

    def _workbook(self, path: Path, as_of: date) -> None:
        with xlsxwriter.Workbook(str(path), {**AS_TEXT, "in_memory": True}) as book:
            # without this the file would carry the moment it was written
            book.set_properties({"author": "示例", "created": datetime.combine(as_of, time())})
            formats = {
                "title": book.add_format({"bold": True, "align": "center"}),
                "head": book.add_format({"bold": True, "border": 1, "align": "center"}),
                "at": book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"}),
                "on": book.add_format({"num_format": "yyyy-mm-dd"}),
                "money": book.add_format({"num_format": "#,##0.00"}),
                "percent": book.add_format({"num_format": "0%"}),
            }
            rows = self.all_rows()
            if self.sheet_by is None:
                self._sheet(book.add_worksheet(), formats, rows)
            else:
                by = self.sheet_by
                for name, part in groupby(sorted(rows, key=lambda row: str(row[by])), lambda row: str(row[by])):
                    self._sheet(book.add_worksheet(name), formats, list(part))

    def _sheet(self, sheet: xlsxwriter.worksheet.Worksheet, formats: Mapping[str, object], rows: list[Row]) -> None:
        for number, title in enumerate(self.titles):
            sheet.merge_range(number, 0, number, len(self.columns) - 1, title, formats["title"])
        self._heading(sheet, formats)
        cells, at = self.cells, self.first_row - 1
        by = self.subtotal_by
        for group, part in groupby(rows, lambda row: str(row[by]) if by else ""):
            summed = Decimal(0)
            for row in part:
                for column, name in enumerate(self.columns):
                    self._put(sheet, formats, at, column, row.get(name), cells[name])
                summed += self._amount(row)
                at += 1
            if by:
                self._total(sheet, formats, at, f"小计 {group}", summed)
                at += 1
        if self.total_of:
            self._total(sheet, formats, at, "合计", sum((self._amount(row) for row in rows), Decimal(0)))
        sheet.set_column(0, len(self.columns) - 1, 16)

    def _heading(self, sheet: xlsxwriter.worksheet.Worksheet, formats: Mapping[str, object]) -> None:
        top, headings = len(self.titles), self.headings
        if not self.bands:
            sheet.write_row(top, 0, headings, formats["head"])
            return
        banded: set[int] = set()
        for band, first, last in self.bands:
            left, right = self.columns.index(first), self.columns.index(last)
            sheet.merge_range(top, left, top, right, band, formats["head"])
            banded.update(range(left, right + 1))
        for column, heading in enumerate(headings):
            if column in banded:
                sheet.write_string(top + 1, column, heading, formats["head"])
            else:
                sheet.merge_range(top, column, top + 1, column, heading, formats["head"])

    def _amount(self, row: Row) -> Decimal:
        value = row.get(self.total_of) if self.total_of else None
        return Decimal(value) if isinstance(value, int | Decimal) else Decimal(0)

    def _total(
        self,
        sheet: xlsxwriter.worksheet.Worksheet,
        formats: Mapping[str, object],
        at: int,
        label: str,
        summed: Decimal,
    ) -> None:
        sheet.write_string(at, 0, label)
        if self.total_of:
            sheet.write_number(at, self.columns.index(self.total_of), float(summed), formats["money"])

    def _put(
        self,
        sheet: xlsxwriter.worksheet.Worksheet,
        formats: Mapping[str, object],
        at: int,
        column: int,
        value: Value,
        cell: Cell,
    ) -> None:
        if value is None:
            return
        if isinstance(value, date) and self.hand.dates == "cell":
            sheet.write_datetime(at, column, value, formats["at" if isinstance(value, datetime) else "on"])
        elif cell.kind == "money" and self.hand.money == "plain" and isinstance(value, int | Decimal):
            sheet.write_number(at, column, float(value), formats["money"])
        elif cell.kind == "percent" and isinstance(value, Decimal):
            sheet.write_number(at, column, float(value), formats["percent"])
        elif cell.kind in {"score", "integer", "number"} and isinstance(value, int | Decimal):
            sheet.write_number(at, column, float(value))
        else:
            sheet.write_string(at, column, written(value, cell, self.hand))


def written(value: Value, cell: Cell, hand: Hand) -> str:
    """The value as this hand writes it into a text cell."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return hand.yes if value else hand.no
    if isinstance(value, date):
        return _date(value, hand.dates)
    if isinstance(value, str):
        is_chinese_month = cell.kind == "period" and hand.dates == "chinese" and len(value) == 7 and value[4] == "-"
        return f"{value[:4]}年{int(value[5:])}月" if is_chinese_month else value
    if cell.kind == "money":
        plain = f"{value:.2f}"
        return {"sign": f"￥{value:,.2f}", "wide": plain.translate(_WIDE)}.get(hand.money, plain)
    if cell.kind == "percent":
        return f"{value * 100:.0f}%"
    return str(value)


def _date(value: date, dates: str) -> str:
    if dates in {"iso", "cell"}:
        return value.isoformat(sep=" ") if isinstance(value, datetime) else value.isoformat()
    clock = f" {value:%H:%M:%S}" if isinstance(value, datetime) else ""
    if dates == "slash":
        return f"{value.year}/{value.month}/{value.day}{clock}"
    return f"{value.year}年{value.month}月{value.day}日{clock}"

"""The payroll adjustment workbook: ① 签字表 ② 调整表 ③ 奖惩明细 ④ 说明与校验.

Text is written as text, so that no cell executes; formulas carry their value, so that a reader that does not
recalculate shows the same. The same sheet gives the same cells; who exported and when stands on ④ and in the footers.
"""

import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from itertools import groupby
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from kpi_app.exports.detail import COLUMNS, Column, events, role_name
from scorecards.sheet import KIND_NAMES, STATUS_NAMES, Sheet, SheetPerson

BEFORE_TAX = "税前绩效调整额，不含考勤、社保公积金、个税"
SIGNATURE_WIDTH = 16  # characters: 117 pixels, 3.1 cm
FONT = "微软雅黑"
A3, A4 = 8, 9


@dataclass(frozen=True, kw_only=True)
class PersonColumn:
    """A column of a table of persons; ``total`` columns are money and are added up."""

    heading: str
    width: float
    kind: str
    value: Callable[[SheetPerson], Any]

    @property
    def is_total(self) -> bool:
        return self.kind in ("money", "sum", "change")


def _kind_column(heading: str, kind: str) -> PersonColumn:
    return PersonColumn(heading=heading, width=12.5, kind="money", value=lambda it: it.by_kind[kind])


def _none_yet(heading: str) -> PersonColumn:
    """A column the sheet has for what no rule gives yet: nothing moved, so 0."""
    return PersonColumn(heading=heading, width=10, kind="money", value=lambda it: 0)


_KINDS = (
    _kind_column("绩效工资", "coefficient"),
    _kind_column("奖励合计", "bonus"),
    _kind_column("提成合计", "commission"),
    _kind_column("扣减合计", "kpi_reduction"),
    _kind_column("赔偿合计", "loss_compensation"),
    _kind_column("补差", "correction"),
    _kind_column("手工", "manual"),
)
_NET = PersonColumn(heading="净调整额", width=13.5, kind="sum", value=lambda it: it.total_fen)
_SIGNATURE = PersonColumn(heading="签字", width=SIGNATURE_WIDTH, kind="text", value=lambda it: "")

SIGNING = (
    PersonColumn(heading="门店", width=14, kind="text", value=lambda it: it.store_name),
    PersonColumn(heading="部门", width=10, kind="text", value=lambda it: it.department),
    PersonColumn(heading="工号", width=9, kind="text", value=lambda it: it.person_id),
    PersonColumn(heading="姓名", width=10, kind="text", value=lambda it: it.person_name),
    PersonColumn(heading="岗位", width=11, kind="text", value=lambda it: role_name(it.role)),
    *_KINDS,
    _NET,
    _SIGNATURE,
)
SUMMARY = (
    *SIGNING[:5],
    PersonColumn(heading="在岗天数", width=9, kind="whole", value=lambda it: it.days_in_office),
    PersonColumn(heading="适用方案", width=34, kind="text", value=lambda it: it.plans),
    PersonColumn(heading="绩效基数", width=12.5, kind="base", value=lambda it: it.base_fen),
    PersonColumn(heading="考核得分", width=9, kind="text", value=lambda it: it.score or "—"),
    PersonColumn(heading="绩效系数", width=9, kind="factor", value=lambda it: it.factor),
    *_KINDS,
    _none_yet("滞后发放"),
    _none_yet("预留"),
    _none_yet("尾差"),
    _NET,
    PersonColumn(heading="上月净额", width=13.5, kind="base", value=lambda it: it.previous_fen),
    PersonColumn(heading="差额", width=13.5, kind="change", value=lambda it: it.total_fen - (it.previous_fen or 0)),
    PersonColumn(heading="差额主因", width=12, kind="text", value=lambda it: it.change_cause.zh),
    PersonColumn(heading="扣减校验", width=26, kind="text", value=lambda it: it.check.zh),
    _SIGNATURE,
)


def workbook(sheet: Sheet, *, exported_by: str, exported_at: datetime) -> bytes:
    """The workbook of a sheet, as bytes."""
    out = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "default_date_format": "yyyy-mm-dd",
    }
    with xlsxwriter.Workbook(out, options) as book:
        book.set_properties({"title": _title(sheet), "created": datetime.combine(sheet.as_of, time())})
        page = _Book(book, sheet, f"{exported_by} {exported_at:%Y-%m-%d %H:%M}")
        signing = _write_signing(page)
        summary = _write_summary(page)
        detail = _write_detail(page)
        _write_notes(page, signing, summary, detail)
    return out.getvalue()


def _title(sheet: Sheet) -> str:
    stores = list(dict.fromkeys(person.store_name for person in sheet.people))
    return f"绩效调整表 {sheet.period} {stores[0] if len(stores) == 1 else f'{len(stores)} 家门店'}"


class _Book:
    """The open workbook, its formats, and how cells of each kind are written."""

    def __init__(self, book: xlsxwriter.Workbook, sheet: Sheet, exported: str) -> None:
        self.book, self.sheet, self.exported = book, sheet, exported
        self.is_draft = sheet.status != "locked"
        self._formats: dict[tuple[tuple[str, Any], ...], Format] = {}

    def format(self, **more: Any) -> Format:
        wanted = {"font_name": FONT, "font_size": 10, "valign": "vcenter", **more}
        return self._formats.setdefault(tuple(sorted(wanted.items())), self.book.add_format(wanted))

    def cell_format(self, kind: str, *, is_bold: bool = False) -> Format:
        look: dict[str, Any] = {"border": 1}
        if kind in ("money", "sum", "change", "base"):
            look["num_format"] = "¥#,##0.00;-¥#,##0.00"
        elif kind == "factor":
            look["num_format"] = "0.0000"
        elif kind == "whole":
            look["num_format"] = "0"
        elif kind == "date":
            look["num_format"] = "yyyy-mm-dd"
        elif kind == "label":
            look = {"top": 1, "bottom": 1, "num_format": "@"}  # runs on over the empty cells beside it
        else:
            look |= {"num_format": "@", "text_wrap": True}
        return self.format(**look, **({"bold": True, "bg_color": "#EDEDED"} if is_bold else {}))

    def open(
        self, name: str, widths: Sequence[float], heading_row: int, frozen_columns: int, paper: int = A4
    ) -> Worksheet:
        """A page, landscape, with the title block above ``heading_row``, which repeats on every page."""
        page = self.book.add_worksheet(name)
        for column, width in enumerate(widths):
            page.set_column(column, column, width)
        page.write_string(0, 0, f"{_title(self.sheet)} {name[1:]}", self.format(bold=True, font_size=14))
        state = f"{STATUS_NAMES[self.sheet.status].zh}，第 {self.sheet.revision} 版，数据截至 {self.sheet.as_of}"
        draft = "草稿 " if self.is_draft else ""
        page.write_string(1, 0, f"{draft}{BEFORE_TAX}。{state}", self.format(bold=self.is_draft))
        page.freeze_panes(heading_row + 1, frozen_columns)
        page.repeat_rows(heading_row)
        page.set_landscape()
        page.set_paper(paper)
        page.fit_to_pages(1, 0)
        page.set_margins(left=0.4, right=0.4, top=0.8, bottom=0.7)
        safe = f"{self.sheet.period} {name[1:]}"
        page.set_header(f"&L{safe}&C{'&B&24草 稿' if self.is_draft else ''}&R{self.sheet.digest[:12]}")
        page.set_footer(f"&L{BEFORE_TAX}&C第 &P 页，共 &N 页&R{self.exported.replace('&', '&&')}")
        page.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
        return page

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
            page.write_datetime(row, column, value.replace(hour=0, minute=0, second=0, microsecond=0), look)
        else:
            page.write_string(row, column, str(value), look)

    def total(self, page: Worksheet, row: int, column: int, formula: str, fen: int, kind: str = "money") -> None:
        page.write_formula(row, column, formula, self.cell_format(kind, is_bold=True), fen / 100)


def _write_people(
    page: _Book, on: Worksheet, columns: Sequence[PersonColumn], row: int, people: Iterable[SheetPerson]
) -> int:
    """A row per person, nets and differences as formulas; returns the row after them."""
    places = {column.heading: place for place, column in enumerate(columns)}
    first, net = places["绩效工资"], places["净调整额"]
    for person in people:
        for place, column in enumerate(columns):
            value = column.value(person)
            if column.kind == "sum":
                formula = f"=SUM({xl_rowcol_to_cell(row, first)}:{xl_rowcol_to_cell(row, net - 1)})"
                on.write_formula(row, place, formula, page.cell_format("sum"), value / 100)
            elif column.kind == "change":
                formula = f"={xl_rowcol_to_cell(row, net)}-{xl_rowcol_to_cell(row, place - 1)}"
                on.write_formula(row, place, formula, page.cell_format("change"), value / 100)
            else:
                page.put(on, row, place, column.kind, value)
        row += 1
    return row


def _totals(
    page: _Book, on: Worksheet, columns: Sequence[PersonColumn], row: int, label: str, rows: str,
    people: Sequence[SheetPerson],
) -> None:  # fmt: skip
    for place, column in enumerate(columns):
        if column.is_total:
            fen = sum(column.value(person) for person in people)
            page.total(on, row, place, f"=SUBTOTAL(9,{rows.format(xl_col_to_name(place))})", fen)
        else:
            page.put(on, row, place, "label", label if place == 0 else "", is_bold=True)


def _write_signing(page: _Book) -> str:
    """① by store and department with subtotals; returns the cell of the total."""
    heading_row = 3
    on = page.open("①签字表", [column.width for column in SIGNING], heading_row, 4)
    page.headings(on, heading_row, (column.heading for column in SIGNING))
    on.set_row(heading_row, 30)
    row = heading_row + 1
    for (store, department), group in groupby(page.sheet.people, key=lambda it: (it.store_name, it.department)):
        people = list(group)
        start = row
        row = _write_people(page, on, SIGNING, row, people)
        for signed in range(start, row):
            on.set_row(signed, 30)  # room for a signature
        _totals(page, on, SIGNING, row, f"{store} {department} 小计", _rows(start, row), people)
        row += 1
    # SUBTOTAL leaves the subtotals inside its range out.
    _totals(page, on, SIGNING, row, "合计", _rows(heading_row + 1, row), page.sheet.people)
    on.set_row(row, 24)
    on.write_string(row + 2, 0, "制表：              审核：              批准：              日期：", page.format())
    if page.is_draft:
        look = {"font": {"name": FONT, "size": 96, "bold": True, "color": "#D9D9D9"}, "align": {"horizontal": "center"}}
        for top in range(heading_row + 2, row + 1, 18):
            box = {
                **look,
                "fill": {"none": True},
                "line": {"none": True},
                "width": 520,
                "height": 170,
                "object_position": 3,
            }
            on.insert_textbox(top, 4, "草 稿", {**box, "description": "草稿"})
    return f"'①签字表'!{xl_rowcol_to_cell(row, [c.heading for c in SIGNING].index('净调整额'))}"


def _write_summary(page: _Book) -> str:
    """② one row a person, totals above the heading; returns the formula of its sum."""
    total_row, heading_row = 2, 3
    people = page.sheet.people
    on = page.open("②调整表", [column.width for column in SUMMARY], heading_row, 4, paper=A3)
    page.headings(on, heading_row, (column.heading for column in SUMMARY))
    on.set_row(heading_row, 30)
    end = _write_people(page, on, SUMMARY, heading_row + 1, people)
    _totals(page, on, SUMMARY, total_row, "合计", _rows(heading_row + 1, end), people)
    on.autofilter(heading_row, 0, max(end - 1, heading_row + 1), len(SUMMARY) - 1)
    return _sum_of("②调整表", SUMMARY, "净调整额", heading_row + 1, end)


def _write_detail(page: _Book) -> str:
    """③ one event a row in a named table, totals above the heading; returns the formula of its sum."""
    total_row, heading_row = 2, 3
    rows = list(events(page.sheet))
    on = page.open("③奖惩明细", [column.width for column in COLUMNS], heading_row, 6)
    for row, event in enumerate(rows, heading_row + 1):
        for place, column in enumerate(COLUMNS):
            page.put(on, row, place, column.kind, column.value(event))
    last = heading_row + max(len(rows), 1)
    on.add_table(
        heading_row, 0, last, len(COLUMNS) - 1,
        {
            "name": "奖惩明细",
            "style": "Table Style Light 1",
            "columns": [{"header": column.heading} for column in COLUMNS],
        },
    )  # fmt: skip
    page.headings(on, heading_row, (column.heading for column in COLUMNS))
    for place, column in enumerate(COLUMNS):
        if column.kind == "money":
            fen = sum(column.value(event) for event in rows)
            span = _rows(heading_row + 1, last + 1).format(xl_col_to_name(place))
            page.total(on, total_row, place, f"=SUBTOTAL(9,{span})", fen)
        else:
            page.put(on, total_row, place, "text", "合计" if place == 0 else "", is_bold=True)
    return _sum_of("③奖惩明细", COLUMNS, "金额", heading_row + 1, last + 1)


def _rows(start: int, end: int) -> str:
    """The rows from ``start`` to before ``end`` of a column, as ``{0}5:{0}9``; the first one where there is none."""
    return f"{{0}}{start + 1}:{{0}}{max(end, start + 1)}"


def _sum_of(page: str, columns: Sequence[PersonColumn] | Sequence[Column], heading: str, start: int, end: int) -> str:
    """The sum of a column's rows whatever is filtered."""
    place = [column.heading for column in columns].index(heading)
    return f"SUM('{page}'!{_rows(start, end).format(xl_col_to_name(place))})"


def _write_notes(page: _Book, signing: str, summary: str, detail: str) -> None:
    """④ what the sheet is, what it was computed from, whether it adds up, who signed, and why others got nothing."""
    sheet = page.sheet
    on = page.open("④说明与校验", (22, 26, 14, 80), 2, 0)
    page.headings(on, 2, ("项目", "内容", "", "说明"))
    row = 3

    def put(*cells: str) -> None:
        nonlocal row
        for column, text in enumerate(cells):
            page.put(on, row, column, "text", text)
        row += 1

    net = sheet.total_fen
    for label, cell in (("签字表合计", signing), ("调整表合计", summary), ("奖惩明细合计", detail)):
        page.put(on, row, 0, "text", label)
        page.total(on, row, 1, f"={cell}", net)
        row += 1
    page.put(on, row, 0, "text", "三处合计是否相等")
    equal = f'=IF(AND(ROUND(B{row - 2}-B{row - 1},2)=0,ROUND(B{row - 1}-B{row},2)=0),"相等","不相等")'
    on.write_formula(row, 1, equal, page.cell_format("text", is_bold=True), "相等")
    row += 1
    put("口径", "", "", BEFORE_TAX)
    put("期间", sheet.period, "", f"{sheet.first} 至 {sheet.last}")
    put("状态", STATUS_NAMES[sheet.status].zh, "", f"第 {sheet.revision} 版")
    put("数据截至", sheet.as_of.isoformat())
    put("人数", str(len(sheet.people)), "", f"{sheet.lines.height} 行")
    put("内容摘要", "", "", sheet.digest)
    for name, value in sheet.inputs.items():
        put(name, "", "", value)
    for plan in sheet.plans:
        put(
            "方案",
            plan["name"],
            plan["since"],
            f"文号 {plan['notice']}，{plan['published_on']} 公示，{plan['digest'][:16]}",
        )
    for approval in sheet.approvals:
        put(approval.step, approval.name, approval.at, approval.words)
    put("导出", page.exported)
    for kind, kind_name in KIND_NAMES.items():
        page.put(on, row, 0, "text", f"其中 {kind_name.zh}")
        page.put(on, row, 1, "money", sum(person.by_kind[kind] for person in sheet.people))
        row += 1
    for finding in sheet.findings:
        put("待核对", finding.where, "", finding.message.zh)
    names = {person.person_id: person.person_name for person in sheet.people}
    for one in sheet.judgements:
        if one.line_id is None:
            put("未发放", f"{one.person_id} {names.get(one.person_id, '')}", one.rule, one.why.zh)

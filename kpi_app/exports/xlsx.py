"""The payroll adjustment workbook: ① 签字表 (on request with ① 个人条) ② 调整表 ③ 奖惩明细 ④ 说明与校验.

The same sheet gives the same cells on ①–③; who exported it, when, and the head of the audit stand on ④ and in the
footers of ①.
"""

import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time
from itertools import groupby

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name, xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from kpi_app.exports.book import A4_CHARACTERS, DRAFT, DRAFT_PICTURE, OPTIONS, PADDING, Book, title_of
from kpi_app.exports.detail import COLUMNS, Column, events, role_name
from kpi_app.exports.people import SIGNING, SLIP, SUMMARY, PersonColumn, Row, rows_of
from kpi_app.exports.tables import exported_text
from scorecards.money import yuan
from scorecards.payout import COLUMN_NAMES
from scorecards.sheet import BEFORE_TAX, STATUS_NAMES, Sheet

SLIPS_A_PAGE = 5
AUDIT_HEAD = "操作记录"
"""What a sheet's inputs call the newest hash of the audit."""


def workbook(sheet: Sheet, *, exported_by: str, exported_at: datetime, with_slips: bool = False) -> bytes:
    """The workbook of a sheet, as bytes; ``with_slips`` with ① 个人条 behind ①, to be printed and cut apart."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, OPTIONS) as made:
        made.set_properties({"title": title_of(sheet), "created": datetime.combine(sheet.as_of, time())})
        exported = exported_text(exported_by, exported_at)
        book = Book(made, sheet, f"{exported}\n{sheet.inputs.get(AUDIT_HEAD, '')}")
        people = list(rows_of(sheet))
        signing = _write_signing(book, people)
        if with_slips:
            _write_slips(book, people)
        summary = _write_summary(book, people)
        detail = _write_detail(book)
        _write_notes(book, people, exported, {"签字表": signing, "调整表": summary, "奖惩明细": detail})
    return out.getvalue()


def _write_people(book: Book, on: Worksheet, columns: Sequence[PersonColumn], row: int, people: Iterable[Row]) -> int:
    """A row per person, nets and differences as formulas; returns the row after them."""
    places = {column.heading: place for place, column in enumerate(columns)}
    first, net = places["绩效工资"], places["净调整额"]
    for person in people:
        for place, column in enumerate(columns):
            value = column.value(person)
            if column.kind == "sum":
                formula = f"=SUM({xl_rowcol_to_cell(row, first)}:{xl_rowcol_to_cell(row, net - 1)})"
                on.write_formula(row, place, formula, book.cell_format("sum"), value / 100)
            elif column.kind == "change":
                formula = f"={xl_rowcol_to_cell(row, net)}-{xl_rowcol_to_cell(row, place - 1)}"
                on.write_formula(row, place, formula, book.cell_format("change"), value / 100)
            else:
                book.put(on, row, place, column.kind, value)
        row += 1
    return row


def _totals(
    book: Book, on: Worksheet, columns: Sequence[PersonColumn], row: int, label: str, rows: str,
    people: Sequence[Row],
) -> None:  # fmt: skip
    for place, column in enumerate(columns):
        if column.is_total:
            fen = sum(column.value(person) for person in people)
            book.total(on, row, place, f"=SUBTOTAL(9,{rows.format(xl_col_to_name(place))})", fen)
        else:
            book.put(on, row, place, "label", label if place == 0 else "", is_bold=True)


def _write_signing(book: Book, people: Sequence[Row]) -> str:
    """① by store and department with subtotals; returns the cell of the total."""
    heading_row = 3
    on = book.open("①签字表", [column.width for column in SIGNING], heading_row, 4, says_who_made_it=True)
    book.headings(on, heading_row, (column.heading for column in SIGNING))
    on.set_row(heading_row, 30)
    row = heading_row + 1
    for (store, department), group in groupby(people, key=lambda it: (it.person.store_name, it.person.department)):
        of_department = list(group)
        start = row
        row = _write_people(book, on, SIGNING, row, of_department)
        for signed in range(start, row):
            on.set_row(signed, 30)  # room for a signature
        on.set_row(row, 20)
        _totals(book, on, SIGNING, row, f"{store} {department} 小计", _rows(start, row), of_department)
        row += 1
    # SUBTOTAL leaves the subtotals inside its range out.
    _totals(book, on, SIGNING, row, "合计", _rows(heading_row + 1, row), people)
    on.set_row(row, 24)
    on.write_string(row + 2, 0, "制表：              审核：              批准：              日期：", book.format())
    if book.is_draft:
        for top in range(heading_row + 2, row + 1, 18):
            # Mostly transparent, so that every amount below it can be read.
            on.insert_image(top, 5, str(DRAFT_PICTURE), {"object_position": 3, "description": DRAFT})
    return f"'①签字表'!{xl_rowcol_to_cell(row, [column.heading for column in SIGNING].index('净调整额'))}"


def _write_slips(book: Book, people: Sequence[Row]) -> None:
    """One slip a person, to be cut apart: what ① says about them, and nobody else."""
    widths = [column.width for column in SLIP]
    on = book.open("①个人条", widths, None, 0, says_who_made_it=True)
    # Fitting to the page's width would not heed the breaks between slips.
    on.set_print_scale(int(100 * A4_CHARACTERS / (sum(widths) + PADDING * len(widths))))
    cut = book.format(bottom=3)
    row, breaks = 3, []
    for number, one in enumerate(people):
        if number and number % SLIPS_A_PAGE == 0:
            breaks.append(row)
        person = one.person
        draft = "【草稿】" if book.is_draft else ""
        post = f"{person.store_name} {person.department} {role_name(person.role)}"
        title = f"{draft}{book.sheet.period} 绩效条 {post} {person.person_name}（{person.person_id}）"
        on.write_string(row, 0, title, book.format(bold=True))
        book.headings(on, row + 1, (column.heading for column in SLIP))
        on.set_row(row + 1, 24)
        _write_people(book, on, SLIP, row + 2, [one])
        on.set_row(row + 2, 30)
        on.write_string(row + 3, 0, BEFORE_TAX.zh, book.format(font_size=9))
        on.set_row(row + 4, 8)
        on.set_row(row + 5, 10)
        for place in range(len(SLIP)):
            on.write_blank(row + 4, place, None, cut)
        row += 6
    on.set_h_pagebreaks(breaks)


def _write_summary(book: Book, people: Sequence[Row]) -> str:
    """② one row a person, totals above the heading; returns the formula of its sum."""
    total_row, heading_row = 2, 3
    on = book.open("②调整表", [column.width for column in SUMMARY], heading_row, 4, pages_wide=2)
    book.headings(on, heading_row, (column.heading for column in SUMMARY))
    on.set_row(heading_row, 30)
    end = _write_people(book, on, SUMMARY, heading_row + 1, people)
    for row, one in enumerate(people, heading_row + 1):
        texts = [(str(column.value(one) or ""), column.width) for column in SUMMARY if column.kind == "text"]
        book.heighten(on, row, texts)
    _totals(book, on, SUMMARY, total_row, "合计", _rows(heading_row + 1, end), people)
    on.autofilter(heading_row, 0, max(end - 1, heading_row + 1), len(SUMMARY) - 1)
    return _sum_of("②调整表", SUMMARY, "净调整额", heading_row + 1, end)


def _write_detail(book: Book) -> str:
    """③ one event a row in a named table, totals above the heading; returns the formula of its sum."""
    total_row, heading_row = 2, 3
    rows = list(events(book.sheet))
    on = book.open("③奖惩明细", [column.width for column in COLUMNS], heading_row, 6, pages_wide=4)
    for row, event in enumerate(rows, heading_row + 1):
        for place, column in enumerate(COLUMNS):
            book.put(on, row, place, column.kind, column.value(event))
        book.heighten(
            on, row, [(str(column.value(event) or ""), column.width) for column in COLUMNS if column.kind == "text"]
        )
    last = heading_row + max(len(rows), 1)
    on.add_table(
        heading_row, 0, last, len(COLUMNS) - 1,
        {
            "name": "奖惩明细",
            "style": "Table Style Light 1",
            "columns": [{"header": column.heading} for column in COLUMNS],
        },
    )  # fmt: skip
    book.headings(on, heading_row, (column.heading for column in COLUMNS))
    for place, column in enumerate(COLUMNS):
        if column.kind == "money":
            fen = sum(column.value(event) for event in rows)
            span = _rows(heading_row + 1, last + 1).format(xl_col_to_name(place))
            book.total(on, total_row, place, f"=SUBTOTAL(9,{span})", fen)
        else:
            book.put(on, total_row, place, "text", "合计" if place == 0 else "", is_bold=True)
    return _sum_of("③奖惩明细", COLUMNS, "金额", heading_row + 1, last + 1)


def _rows(start: int, end: int) -> str:
    """The rows from ``start`` to before ``end`` of a column, as ``{0}5:{0}9``; the first one where there is none."""
    return f"{{0}}{start + 1}:{{0}}{max(end, start + 1)}"


def _sum_of(page: str, columns: Sequence[PersonColumn] | Sequence[Column], heading: str, start: int, end: int) -> str:
    """The sum of a column's rows whatever is filtered."""
    place = [column.heading for column in columns].index(heading)
    return f"SUM('{page}'!{_rows(start, end).format(xl_col_to_name(place))})"


def _write_notes(book: Book, people: Sequence[Row], exported: str, sums: Mapping[str, str]) -> None:
    """④ what the sheet is, what it was computed from, whether it adds up, who signed, who left, who got nothing."""
    sheet = book.sheet
    widths = (16, 28, 18, 90)
    on = book.open("④说明与校验", widths, 2, 0, says_who_made_it=True)
    book.headings(on, 2, ("项目", "内容", "", "说明"))
    row = 3

    def put(*cells: str) -> None:
        nonlocal row
        for column in range(4):
            book.put(on, row, column, "text", cells[column] if column < len(cells) else "")
        book.heighten(on, row, zip(cells, widths, strict=False))
        row += 1

    def put_sum(label: str, fen: int, formula: str | None = None) -> None:
        nonlocal row
        put(label)
        if formula:
            book.total(on, row - 1, 1, f"={formula}", fen)
        else:
            book.put(on, row - 1, 1, "money", fen)

    for label, formula in sums.items():
        put_sum(f"{label}合计", sheet.total_fen, formula)
    put("三处合计是否相等")
    equal = f'=IF(AND(ROUND(B{row - 3}-B{row - 2},2)=0,ROUND(B{row - 2}-B{row - 1},2)=0),"相等","不相等")'
    on.write_formula(row - 1, 1, equal, book.cell_format("text", is_bold=True), "相等")
    put("口径", "", "", BEFORE_TAX.zh)
    put("期间", sheet.period, "", f"{sheet.first} 至 {sheet.last}")
    put("状态", STATUS_NAMES[sheet.status].zh, "", f"第 {sheet.revision} 版")
    put("数据截至", sheet.as_of.isoformat())
    put("人数", str(len(people)), "", f"{sheet.lines.height} 行")
    put("内容摘要", "", "", sheet.digest)
    for name, value in sheet.inputs.items():
        put(name, "", "", value)
    for plan in sheet.plans:
        said = f"文号 {plan['notice']}，{plan['published_on']} 公示，{plan['digest'][:16]}"
        put("方案", plan["name"], plan["since"], said)
    for approval in sheet.approvals:
        put(approval.step, approval.name, approval.at, approval.words)
    put("导出", exported)
    for column, heading in COLUMN_NAMES.items():
        put_sum(f"其中 {heading.zh}", sum(one.columns[column] for one in people))
    for one in people:
        if "无法校验" in one.person.check.zh:
            put("无法校验", f"{one.person.person_id} {one.person.person_name}", "", one.person.check.zh)
    for one in people:
        if one.person.is_leaver:
            left_on = one.person.left_on.isoformat() if one.person.left_on else ""
            parts = "；".join(f"{COLUMN_NAMES[it].zh} {yuan(fen)}" for it, fen in one.columns.items() if fen)
            said = f"净调整额 {yuan(one.person.total_fen)} 元" + (f"：{parts}" if parts else "")
            if one.outstanding_fen:
                said += f"；尚有 {yuan(one.outstanding_fen)} 元未结"
            put("离职待结", f"{one.person.person_id} {one.person.person_name}", left_on, said)
    for finding in sheet.findings:
        put("待核对", finding.where, "", finding.message.zh)
    names = {one.person.person_id: one.person.person_name for one in people}
    for judgement in sheet.judgements:
        if judgement.line_id is None:
            who = f"{judgement.person_id} {names.get(judgement.person_id, '')}"
            put("未发放", who, f"{judgement.rule} {judgement.metric_period}", judgement.why.zh)

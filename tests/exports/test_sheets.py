"""The exported sheet reads back to the same amounts, prints on A4, and executes nothing."""

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import fastexcel
import openpyxl
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_contracts.contract import Problem, Text
from data_contracts.results import LINE_KINDS
from kpi_app.exports import sheets
from kpi_app.exports.people import SIGNATURE_WIDTH, SIGNING, SUMMARY
from kpi_app.exports.tables import FORMULA_STARTS
from scorecards import sheet as pay_sheet
from scorecards.rules import PayResult, as_frame, pay_lines
from scorecards.sheet import BEFORE_TAX, Approval, Sheet
from tests.exports.pay import AS_OF, LATER, TEMPLATE, made
from tests.scorecards.group import OCTOBER, SATISFACTION, answers, average, group, post


def exported(sheet: Sheet, name: str, by: str = "hr", at: datetime = LATER) -> dict[str, bytes]:
    return sheets.as_files(sheet, name, exported_by=by, exported_at=at)


def book(sheet: Sheet, data_only: bool = True, with_slips: bool = False) -> openpyxl.Workbook:
    files = sheets.as_files(sheet, "x.xlsx", exported_by="hr", exported_at=LATER, with_slips=with_slips)
    return openpyxl.load_workbook(io.BytesIO(files["x.xlsx"]), data_only=data_only)


def fen(value: float) -> int:
    return round(value * 100)


def column(page: Any, heading: str, row: int = 4) -> list[Any]:
    """The cells below a heading."""
    place = [cell.value for cell in page[row]].index(heading) + 1
    return [page.cell(r, place).value for r in range(row + 1, page.max_row + 1)]


def test_the_workbook_has_the_four_pages() -> None:
    assert book(made()).sheetnames == ["①签字表", "②调整表", "③奖惩明细", "④说明与校验"]


def test_every_page_adds_up_to_the_fen() -> None:
    sheet = made()
    pages = book(sheet)
    assert sheet.total_fen == 120_00
    assert fen(sum(column(pages["③奖惩明细"], "金额"))) == sheet.total_fen
    assert fen(sum(column(pages["②调整表"], "净调整额"))) == sheet.total_fen
    persons = dict(zip(column(pages["②调整表"], "工号"), column(pages["②调整表"], "净调整额"), strict=True))
    assert {person: fen(net) for person, net in persons.items()} == {"007": 120_00, "E2": 0, "E3": 0, "E5": 0}
    nets = [value for value in column(pages["①签字表"], "净调整额") if value is not None]
    assert fen(nets[-1]) == sheet.total_fen  # 合计
    notes = [[cell.value for cell in row[:2]] for row in pages["④说明与校验"].iter_rows(min_row=4, max_row=7)]
    assert [fen(value) for _, value in notes[:3]] == [sheet.total_fen] * 3
    assert notes[3] == ["三处合计是否相等", "相等"]


def test_sums_are_formulas_with_their_value() -> None:
    formulas, values = book(made(), data_only=False), book(made())
    for name, heading in (("②调整表", "净调整额"), ("②调整表", "差额")):
        assert all(str(cell).startswith("=") for cell in column(formulas[name], heading))
        assert all(isinstance(cell, int | float) for cell in column(values[name], heading))
    place = [column.heading for column in SUMMARY].index("净调整额") + 1
    assert formulas["②调整表"].cell(3, place).value.startswith("=SUBTOTAL(9,")
    assert fen(values["②调整表"].cell(3, place).value) == 120_00


def test_departments_have_subtotals_in_the_signing_page() -> None:
    page = book(made())["①签字表"]
    labels = [cell.value for cell in page["A"] if cell.value and "小计" in str(cell.value)]
    assert labels == ["东一店 呼叫中心 小计", "东一店 销售部 小计", "北一店 销售部 小计"]


def test_it_prints_on_a4_landscape_with_headings_page_numbers_and_room_to_sign() -> None:
    page = book(made())["①签字表"]
    assert (page.page_setup.orientation, page.page_setup.paperSize) == ("landscape", 9)
    assert page.sheet_properties.pageSetUpPr.fitToPage
    assert page.page_setup.fitToHeight == 0  # one page wide, as long as it takes
    assert page.print_title_rows == "$4:$4"
    assert "&P" in page.oddFooter.center.text or "Page" in page.oddFooter.center.text
    assert page.freeze_panes == "E5"
    signature = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[[column.heading for column in SIGNING].index("签字")]
    pixels = page.column_dimensions[signature].width * 7 + 5
    assert pixels / 96 * 2.54 >= 2.5
    assert SIGNATURE_WIDTH == 16
    assert all(BEFORE_TAX.zh in str(one["A2"].value) for one in list(book(made()))[:3])


@pytest.mark.parametrize(
    ("name", "beside", "repeated", "last"), [("②调整表", 2, "$A:$D", "D4"), ("③奖惩明细", 4, "$A:$F", "F4")]
)
def test_what_is_wider_than_a4_prints_on_pages_beside_each_other_with_the_person_on_each(
    name: str, beside: int, repeated: str, last: str
) -> None:
    page = book(made())[name]
    assert (page.page_setup.orientation, page.page_setup.paperSize) == ("landscape", 9)
    assert (page.page_setup.fitToWidth, page.page_setup.fitToHeight) == (beside, 0)
    assert page.print_title_cols == repeated
    assert page[last].value == "姓名"


def test_a_draft_says_so_across_the_page_until_it_is_locked() -> None:
    for status, is_draft in (("computed", True), ("approved", True), ("locked", False)):
        files = zipfile.ZipFile(io.BytesIO(exported(made(status=status), "out.xlsx")["out.xlsx"]))
        drawings = [name for name in files.namelist() if name.startswith("xl/drawings/drawing")]
        assert bool(drawings) == is_draft
        assert ("草 稿" in files.read("xl/worksheets/sheet1.xml").decode()) == is_draft


def test_the_detail_is_a_named_table_with_ids_as_text_and_real_dates() -> None:
    page = book(made())["③奖惩明细"]
    (table,) = page.tables.values()
    assert table.name == "奖惩明细"
    assert table.ref == "A4:AF7"
    assert not page.merged_cells.ranges
    assert column(page, "工号") == ["007", "007", "E2"]
    assert column(page, "判定日期")[1] == datetime(2026, 10, 20)
    shown = [column(page, name)[0] for name in ("指标", "指标期间", "对标值", "对标发布日")]
    assert shown == ["CSS得分", "2026-09", "88.00 分", datetime(2026, 10, 12)]
    assert column(page, "单据号")[1] == "C1|责任|007"


def test_no_cell_executes() -> None:
    page = book(made(), data_only=False)["②调整表"]
    names = [cell for row in page.iter_rows() for cell in row if str(cell.value).startswith(("=cmd", "+86"))]
    assert len(names) == 2
    assert all(cell.data_type == "s" for cell in names)
    rows = list(csv.DictReader(io.StringIO(exported(made(), "out.csv")["out.csv"].decode("utf-8-sig"))))
    assert {row["姓名"][0] for row in rows} == {"'"}


def test_fastexcel_reads_the_same_amounts() -> None:
    data = exported(made(), "out.xlsx")["out.xlsx"]
    frame = fastexcel.read_excel(data).load_sheet("③奖惩明细", header_row=3).to_polars()
    assert fen(frame["金额"].sum()) == 120_00
    assert frame["工号"].to_list() == ["007", "007", "E2"]


def test_the_csv_has_a_bom_one_line_a_row_and_a_sidecar() -> None:
    sheet = made()
    files = exported(sheet, "out.csv", by="赵人事")
    assert files["out.csv"].startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(files["out.csv"].decode("utf-8-sig"))))
    assert [row["金额"] for row in rows] == ["200.00", "-80.00", "0.00"]
    assert [row["不再扣"] for row in rows] == ["0.00", "0.00", "-60.00"]
    meta = json.loads(files["out.csv.meta.json"])
    assert (meta["digest"], meta["total_fen"], meta["exported_by"]) == (sheet.digest, 120_00, "赵人事")
    assert "赵人事" not in files["out.csv"].decode("utf-8-sig")


def test_the_same_sheet_gives_the_same_bytes_but_for_who_and_when() -> None:
    sheet = made()
    once, again = exported(sheet, "a.xlsx")["a.xlsx"], exported(sheet, "a.xlsx")["a.xlsx"]
    assert once == again
    other = exported(sheet, "a.xlsx", by="someone", at=datetime(2027, 1, 1))["a.xlsx"]
    first, second = (openpyxl.load_workbook(io.BytesIO(data)) for data in (once, other))
    for name in first.sheetnames[:3]:
        assert [[cell.value for cell in row] for row in first[name]] == [
            [cell.value for cell in row] for row in second[name]
        ]
    assert exported(sheet, "a.csv", by="x")["a.csv"] == exported(sheet, "a.csv", by="y")["a.csv"]
    assert exported(sheet, "a.json", by="x") == exported(sheet, "a.json", by="y")


def test_json_is_the_published_shape() -> None:
    shown = json.loads(exported(made(), "out.json")["out.json"])
    assert (shown["period"], shown["total_fen"], len(shown["lines"])) == ("2026-10", 120_00, 3)


def test_files_are_written_beside_each_other_and_another_ending_is_refused(tmp_path: Path) -> None:
    written = sheets.write(made(), tmp_path / "10.csv", exported_by="hr", exported_at=LATER)
    assert [path.name for path in written] == ["10.csv", "10.csv.meta.json"]
    with pytest.raises(Problem) as caught:
        sheets.write(made(), tmp_path / "10.pdf", exported_by="hr", exported_at=LATER)
    assert isinstance(caught.value.text, Text)


def texts_of(made: openpyxl.Workbook) -> Iterator[tuple[str, Any]]:
    return ((page.title, cell) for page in made for row in page.iter_rows() for cell in row if cell.value is not None)


OURS = re.compile(
    r"=(SUM\([A-Z]+\d+:[A-Z]+\d+\)|SUBTOTAL\(9,[A-Z]+\d+:[A-Z]+\d+\)|[A-Z]+\d+-[A-Z]+\d+|'①签字表'![A-Z]+\d+"
    r"|SUM\('[②③][^']+'![A-Z]+\d+:[A-Z]+\d+\)|IF\(AND\(.*\),\"相等\",\"不相等\"\))"
)


@pytest.mark.parametrize("start", FORMULA_STARTS)
def test_whatever_an_office_types_is_text(start: str) -> None:
    payload = f"{start}1+cmd|' /C calc'!A0"
    facts = group(
        [post("007", person_name=payload), post("E5", person_name=f"{payload}2", store_id="S02")],
        surveys=answers("007", *[90_00] * 5),
        benchmarks=[average()],
        stores=[
            {"store_id": "S01", "store_name": payload, "region": "华东", "city": "上海"},
            {"store_id": "S02", "store_name": "北一店", "region": "华北", "city": "天津"},
        ],
    )
    result = pay_lines([SATISFACTION], facts, OCTOBER, as_of=AS_OF)
    plan = {"key": "satisfaction", "name": payload, "since": "2024-01", "notice": payload}
    approval = Approval(step="审批通过", name=payload, at="2026-11-06 09:30", words=payload)
    sheet = replace(
        pay_sheet.build(result, [SATISFACTION], facts, OCTOBER, "S01", as_of=AS_OF, inputs={"导入批次": payload}),
        plans=({**plan, "published_on": "2023-12-01", "digest": "0" * 64},),
        approvals=(approval,),
    )
    sheet = replace(sheet, lines=sheet.lines.with_columns(arithmetic_zh=pl.lit(payload), notice=pl.lit(payload)))
    formulas = [
        cell.value for _, cell in texts_of(book(sheet, data_only=False, with_slips=True)) if cell.data_type == "f"
    ]
    assert formulas
    assert all(OURS.fullmatch(formula) for formula in formulas)
    files = exported(sheet, "out.csv", by=payload)
    for row in csv.DictReader(io.StringIO(files["out.csv"].decode("utf-8-sig"), newline="")):
        numbers = {"应计金额", "不再扣", "顺延", "免扣", "金额"}
        assert not any(value.startswith(FORMULA_STARTS) for name, value in row.items() if name not in numbers)
        assert all(float(row[name]) is not None for name in numbers)
        assert {row["事由"], row["姓名"]} == {f"'{payload}"}


def test_a_workbook_has_no_links_no_macros_and_nothing_from_outside() -> None:
    files = zipfile.ZipFile(io.BytesIO(exported(made(), "out.xlsx")["out.xlsx"]))
    assert not [name for name in files.namelist() if "external" in name.lower() or name.endswith(".bin")]
    assert not [name for name in files.namelist() if "worksheets" in name and b"<hyperlink" in files.read(name)]
    outside = [name for name in files.namelist() if b'TargetMode="External"' in files.read(name)]
    assert outside == []


def test_there_is_a_slip_for_everyone_with_their_own_amounts_only() -> None:
    sheet = made()
    cells = [[cell.value for cell in row] for row in book(sheet, with_slips=True)["①个人条"].iter_rows()]
    places = [number for number, row in enumerate(cells) if "绩效条" in str(row[0])]
    assert len(places) == len(sheet.people)
    for place, person in zip(places, sheet.people, strict=True):
        headings, values = cells[place + 1], cells[place + 2]
        assert person.person_id in cells[place][0]
        assert fen(values[headings.index("净调整额")]) == person.total_fen
        assert cells[place + 3][0] == BEFORE_TAX.zh
        others = {one.person_id for one in sheet.people} - {person.person_id}
        assert not any(other in str(cell) for row in cells[place : place + 4] for cell in row for other in others)


def test_slips_are_added_on_request_to_a_workbook_only() -> None:
    assert book(made(), with_slips=True).sheetnames == ["①签字表", "①个人条", "②调整表", "③奖惩明细", "④说明与校验"]
    with pytest.raises(Problem, match=r"\.xlsx"):
        sheets.as_files(made(), "x.csv", exported_by="hr", exported_at=LATER, with_slips=True)


def test_slips_are_broken_between_people() -> None:
    many = [replace(made().people[0], person_id=f"E{n}", store_id="S01") for n in range(12)]
    page = book(replace(made(PayResult(lines=as_frame([])), stores=("S01",)), people=tuple(many)), with_slips=True)[
        "①个人条"
    ]
    breaks = [one.id for one in page.row_breaks.brk]
    assert len(breaks) == 2
    assert all("绩效条" in str(page.cell(row + 1, 1).value) for row in breaks)


def test_every_column_of_the_summary_stands_in_its_order() -> None:
    headings = [cell.value for cell in book(made())["②调整表"][4]]
    assert headings == [
        "门店", "部门", "工号", "姓名", "岗位", "在岗天数", "适用方案", "绩效基数", "考核得分", "绩效系数", "绩效工资",
        "奖励合计", "提成合计", "扣减合计", "赔偿合计", "补差", "手工", "滞后发放", "预留", "尾差", "净调整额",
        "上月净额", "差额", "差额主因", "扣减校验", "签字",
    ]  # fmt: skip


def test_who_when_and_the_audits_head_stand_on_the_notes_in_the_first_footers_and_the_sidecar_only() -> None:
    sheet = replace(made(), inputs={"导入批次": "6", "操作记录": "ab" * 32})
    data = sheets.as_files(sheet, "x.xlsx", exported_by="赵人事", exported_at=LATER, with_slips=True)["x.xlsx"]
    files = zipfile.ZipFile(io.BytesIO(data))
    pages = openpyxl.load_workbook(io.BytesIO(data))
    for number, page in enumerate(pages, start=1):
        parts = page.oddFooter.right.text or "", page.oddFooter.left.text, page.oddFooter.center.text
        is_signed = page.title in ("①签字表", "①个人条", "④说明与校验")
        for mark in ("赵人事", "ab" * 32, "2026-11-06 09:30"):
            assert (mark in parts[0]) == is_signed
        assert BEFORE_TAX.zh in parts[1]
        if page.title != "④说明与校验":
            cells = files.read(f"xl/worksheets/sheet{number}.xml").decode().partition("<headerFooter")[0]
            assert "赵人事" not in cells
    shown = [str(cell.value) for page, cell in texts_of(pages) if page == "④说明与校验"]
    assert any("赵人事" in cell for cell in shown)
    assert "ab" * 32 in shown
    elsewhere = [str(cell.value) for page, cell in texts_of(pages) if page != "④说明与校验"]
    assert not any("赵人事" in cell or "ab" * 32 in cell for cell in elsewhere)
    written = exported(sheet, "out.csv", by="赵人事")
    assert json.loads(written["out.csv.meta.json"])["inputs"]["操作记录"] == "ab" * 32
    assert "ab" * 32 not in written["out.csv"].decode("utf-8-sig")


def test_the_notes_list_who_left_and_what_could_not_be_checked() -> None:
    sheet = made()
    people = tuple(
        replace(person, is_leaver=True, left_on=date(2026, 10, 20), check=Text("无法校验最低工资", "cannot be checked"))
        if person.person_id == "007"
        else person
        for person in sheet.people
    )
    rows = [[cell.value for cell in row] for row in book(replace(sheet, people=people))["④说明与校验"].iter_rows()]
    (left,) = [row for row in rows if row[0] == "离职待结"]
    assert left[2:] == ["2026-10-20", "净调整额 120.00 元：奖励合计 200.00；扣减合计 −80.00"]
    assert {row[1][:3]: row[3] for row in rows if row[0] == "无法校验"} == {
        "007": "无法校验最低工资",
        "E2 ": "超出绩效 60.00 元不扣；无法校验最低工资",
    }


@pytest.mark.parametrize(
    ("by", "parts"), [("store", ["S01", "S02"]), ("department", ["S01-呼叫中心", "S01-销售部", "S02-销售部"])]
)
def test_it_is_split_on_request_and_the_files_total_the_whole(by: str, parts: list[str]) -> None:
    sheet = made()
    files = sheets.as_files(sheet, "10.csv", exported_by="hr", exported_at=LATER, split_by=by)
    assert sorted(files) == sorted(f"10-{part}.csv{end}" for part in parts for end in ("", ".meta.json"))
    meta = [json.loads(data) for name, data in files.items() if name.endswith(".json")]
    assert sum(one["total_fen"] for one in meta) == sheet.total_fen
    assert {one["inputs"]["所属整表"] for one in meta} == {sheet.digest}


def test_a_part_is_called_by_a_name_that_a_folder_takes() -> None:
    people = tuple(replace(person, department="../a:b\n") for person in made(stores=("S01",)).people)
    files = sheets.as_files(
        replace(made(stores=("S01",)), people=people),
        "10.csv",
        exported_by="hr",
        exported_at=LATER,
        split_by="department",
    )
    assert sorted(files) == ["10-S01-.._a_b_.csv", "10-S01-.._a_b_.csv.meta.json"]
    with pytest.raises(Problem, match="store、department"):
        sheets.as_files(made(), "10.csv", exported_by="hr", exported_at=LATER, split_by="team")


def test_an_empty_sheet_is_written_too() -> None:
    nothing = made(PayResult(lines=as_frame([])), stores=("S01",))
    pages = book(nothing)
    assert column(pages["③奖惩明细"], "金额") in ([], [None])
    assert book(replace(nothing, people=()))["④说明与校验"]["B7"].value == "相等"


def worth(pages: openpyxl.Workbook, page: Any, formula: str) -> float:
    """What a spreadsheet makes of one of our formulas, worked out here in plain Python."""
    if found := re.fullmatch(r"=?(SUM|SUBTOTAL)\((?:9,)?(?:'(.+)'!)?([A-Z]+\d+:[A-Z]+\d+)\)", formula):
        name, other, span = found.groups()
        on = pages[other] if other else page
        cells = [str(cell.value or 0) for row in on[span] for cell in row]
        if name == "SUBTOTAL":
            cells = [cell for cell in cells if not cell.startswith("=SUBTOTAL")]
        return sum(worth(pages, on, cell) for cell in cells)
    if found := re.fullmatch(r"=([A-Z]+\d+)-([A-Z]+\d+)", formula):
        first, second = (worth(pages, page, str(page[cell].value or 0)) for cell in found.groups())
        return first - second
    if found := re.fullmatch(r"='(.+)'!([A-Z]+\d+)", formula):
        on = pages[found[1]]
        return worth(pages, on, str(on[found[2]].value or 0))
    return float(formula)


def test_every_formula_comes_to_the_value_that_stands_in_its_cell() -> None:
    sheet = made()
    people = tuple(replace(person, previous_fen=n * 33_33) for n, person in enumerate(sheet.people))
    sheet = replace(sheet, people=people)
    formulas, values = book(sheet, data_only=False, with_slips=True), book(sheet, with_slips=True)
    found = [(page, cell) for page, cell in texts_of(formulas) if cell.data_type == "f" and "IF(" not in cell.value]
    assert len(found) > 60
    for page, cell in found:
        assert fen(worth(formulas, formulas[page], cell.value)) == fen(values[page][cell.coordinate].value), cell


MONEY = ["绩效工资", "奖励合计", "提成合计", "扣减合计", "赔偿合计", "补差", "手工", "滞后发放", "预留", "尾差"]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["007", "E2", "E5"]),
            st.sampled_from(LINE_KINDS),
            st.integers(-(10**8), 10**8),
            st.integers(0, 10**6),
            st.booleans(),
        ),
        max_size=20,
    ),
    st.sampled_from(["fen", "jiao", "yuan"]),
)
def test_lines_are_persons_are_units_are_the_sheet_are_the_file_read_back(
    drawn: list[tuple[str, str, int, int, bool]], unit: str
) -> None:
    rows = [
        {
            **TEMPLATE, "line_id": f"{n:016}", "person_id": person, "kind": kind, "requested_fen": amount + held,
            "amount_fen": amount, "carried_fen": held, "case_id": "0f" if is_later else None,
            "store_id": "S02" if person == "E5" else "S01",
        }
        for n, (person, kind, amount, held, is_later) in enumerate(drawn)
    ]  # fmt: skip
    sheet = made(PayResult(lines=as_frame(rows)), payout_unit=unit)
    total = sum(row["amount_fen"] for row in sheet.lines.to_dicts())
    assert sheet.total_fen == total == sum(person.total_fen for person in sheet.people)
    pages = book(sheet, with_slips=True)
    assert sum(fen(value) for value in column(pages["③奖惩明细"], "金额") if value is not None) == total
    nets = [fen(value) for value in column(pages["②调整表"], "净调整额")]
    assert nets == [person.total_fen for person in sheet.people]
    parts = zip(*(column(pages["②调整表"], heading) for heading in MONEY), strict=True)
    assert [sum(fen(value) for value in row) for row in parts] == nets  # the formula's own sum, beside its cached value
    first = pages["①签字表"]
    labels, signed = column(first, "门店"), column(first, "净调整额")
    subtotals = [fen(v) for label, v in zip(labels, signed, strict=True) if label and "小计" in label]
    (whole,) = [fen(value) for label, value in zip(labels, signed, strict=True) if label == "合计"]
    people = [
        fen(v) for label, v in zip(labels, signed, strict=True) if v is not None and label in ("东一店", "北一店")
    ]
    assert whole == total == sum(subtotals) == sum(people)
    slips = [[cell.value for cell in row] for row in pages["①个人条"].iter_rows()]
    place = slips[4].index("净调整额")
    assert [fen(row[place]) for above, row in pairwise(slips) if above[place] == "净调整额"] == nets
    text = exported(sheet, "out.csv")["out.csv"].decode("utf-8-sig")
    assert sum(fen(float(row["金额"])) for row in csv.DictReader(io.StringIO(text))) == total

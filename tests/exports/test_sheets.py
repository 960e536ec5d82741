"""The exported sheet reads back to the same amounts, prints on A4, and executes nothing."""

import csv
import io
import json
import zipfile
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import fastexcel
import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data_contracts.contract import Problem, Text
from data_contracts.results import LINE_KINDS
from kpi_app.exports import sheets
from kpi_app.exports.people import SIGNATURE_WIDTH, SIGNING, SUMMARY
from scorecards import sheet as pay_sheet
from scorecards.guards import performance_floor
from scorecards.rules import PayResult, as_frame, pay_lines
from scorecards.sheet import BEFORE_TAX, Sheet
from tests.scorecards.group import OCTOBER, SATISFACTION, answers, average, complaint, group, post, ruling

AS_OF = date(2026, 11, 5)
LATER = datetime(2026, 11, 6, 9, 30)
PEOPLE = [
    post("007", person_name="=cmd|' /C calc'!A0"),
    post("E2", person_name="+86 13800000000"),
    post("E3", "invite_specialist", department="呼叫中心", team_id="T02"),
    post("E5", store_id="S02"),
]
FACTS = group(
    PEOPLE,
    surveys=[*answers("007", *[90_00] * 5), *answers("E2", *[90_00] * 4)],
    benchmarks=[average()],
    complaints=[complaint("C1"), complaint("C2")],
    complaint_rulings=[ruling("C1", "007", 80_00), ruling("C2", "E2", 60_00)],
)


def made(result: PayResult | None = None, stores: tuple[str, ...] = ("S01", "S02"), status: str = "computed") -> Sheet:
    result = result or pay_lines([SATISFACTION], FACTS, OCTOBER, as_of=AS_OF)
    units = [pay_sheet.build(result, [SATISFACTION], FACTS, OCTOBER, store, as_of=AS_OF) for store in stores]
    return replace(pay_sheet.merge(units), status=status, revision=1)


def exported(sheet: Sheet, name: str, by: str = "hr", at: datetime = LATER) -> dict[str, bytes]:
    return sheets.as_files(sheet, name, exported_by=by, exported_at=at)


def book(sheet: Sheet, data_only: bool = True) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(exported(sheet, "out.xlsx")["out.xlsx"]), data_only=data_only)


def fen(value: float) -> int:
    return round(value * 100)


def column(page: Any, heading: str, row: int = 4) -> list[Any]:
    """The cells below a heading."""
    place = [cell.value for cell in page[row]].index(heading) + 1
    return [page.cell(r, place).value for r in range(row + 1, page.max_row + 1)]


def test_the_workbook_has_the_four_pages() -> None:
    assert book(made()).sheetnames == ["①签字表", "①个人条", "②调整表", "③奖惩明细", "④说明与校验"]


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
    assert table.ref == "A4:AA7"
    assert not page.merged_cells.ranges
    assert column(page, "工号") == ["007", "007", "E2"]
    assert column(page, "判定日期")[1] == datetime(2026, 10, 20)
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


def test_an_empty_sheet_is_written_too() -> None:
    nothing = made(PayResult(lines=as_frame([])), stores=("S01",))
    pages = book(nothing)
    assert column(pages["③奖惩明细"], "金额") in ([], [None])
    assert book(replace(nothing, people=()))["④说明与校验"]["B7"].value == "相等"


TEMPLATE = made().lines.to_dicts()[0]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(st.sampled_from(["007", "E2", "E5"]), st.sampled_from(LINE_KINDS), st.integers(-(10**8), 10**8)),
        max_size=20,
    )
)
def test_lines_are_persons_are_units_are_the_sheet_are_the_file_read_back(drawn: list[tuple[str, str, int]]) -> None:
    rows = [
        {
            **TEMPLATE, "line_id": f"{n:016}", "person_id": person, "kind": kind, "requested_fen": amount,
            "amount_fen": amount, "store_id": "S02" if person == "E5" else "S01",
        }
        for n, (person, kind, amount) in enumerate(drawn)
    ]  # fmt: skip
    result = PayResult(lines=as_frame(performance_floor(rows)))
    sheet = made(result)
    total = sum(row["amount_fen"] for row in result.lines.to_dicts())
    assert sheet.total_fen == total == sum(person.total_fen for person in sheet.people)
    pages = book(sheet)
    assert sum(fen(value) for value in column(pages["③奖惩明细"], "金额") if value is not None) == total
    assert sum(fen(value) for value in column(pages["②调整表"], "净调整额")) == total
    text = exported(sheet, "out.csv")["out.csv"].decode("utf-8-sig")
    assert sum(fen(float(row["金额"])) for row in csv.DictReader(io.StringIO(text))) == total

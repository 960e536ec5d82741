"""Files as offices send them, and files that nobody should send."""

import contextlib
import datetime as dt
import io
import re
import zipfile
from collections.abc import Callable, Sequence

import openpyxl
import pytest
import xlsxwriter
import xlwt
from hypothesis import given, settings
from hypothesis import strategies as st

from data_contracts import cells
from data_contracts.check import Known, check
from data_contracts.contract import Problem
from kpi_app.intake import child
from kpi_app.intake.read import Incoming, Limits, Recognised, SheetRows, read, recognised

HEADINGS = ["邀约编号", "客户编号", "门店编号", "邀约人工号", "邀约时间", "邀约类型"]
ROWS = [
    ["007", "123456789012345678", "S01", "E001", "2026-10-05 10:00:00", "潜客"],
    ["008", "C2", "S01", "E001", "2026-10-06 11:30:00", "续保"],
]
TEXT = "\n".join(",".join(row) for row in [HEADINGS, *ROWS]) + "\n"
KNOWN = Known(stores={"S01"}, people={"E001"})

Value = str | int | float | dt.datetime | dt.time | bool | None


def workbook(*sheets: tuple[str, Sequence[Sequence[Value]]], **options: object) -> bytes:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, **options})
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    clock = book.add_format({"num_format": "hh:mm"})
    for name, rows in sheets:
        sheet = book.add_worksheet(name)
        for y, row in enumerate(rows):
            for x, value in enumerate(row):
                match value:
                    case None:
                        pass
                    case dt.datetime():
                        sheet.write_datetime(y, x, value, moment)
                    case dt.time():
                        sheet.write_datetime(y, x, value, clock)
                    case str() if value.startswith("="):
                        sheet.write_formula(y, x, value)
                    case str():
                        sheet.write_string(y, x, value)
                    case _:
                        sheet.write(y, x, value)
    book.close()
    return buffer.getvalue()


def xls(rows: Sequence[Sequence[Value]], *, is_1904: bool = False) -> bytes:
    book = xlwt.Workbook()
    book.dates_1904 = is_1904
    sheet = book.add_sheet("表")
    for y, row in enumerate(rows):
        for x, value in enumerate(row):
            sheet.write(y, x, value)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def patched(data: bytes, part: str, change: Callable[[bytes], bytes]) -> bytes:
    """The workbook with one of its parts rewritten."""
    source, target = zipfile.ZipFile(io.BytesIO(data)), io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out:
        for info in source.infolist():
            text = source.read(info)
            out.writestr(info.filename, change(text) if info.filename == part else text)
    return target.getvalue()


def with_cells(body: bytes) -> bytes:
    def change(text: bytes) -> bytes:
        return re.sub(rb"<sheetData>.*</sheetData>", b"<sheetData>" + body + b"</sheetData>", text, flags=re.DOTALL)

    return patched(workbook(("S", [["a"]])), "xl/worksheets/sheet1.xml", change)


def sheet_of(data: bytes, name: str = "x.csv", limits: Limits | None = None) -> SheetRows:
    (sheet,) = read(Incoming(name, data), limits)
    return sheet


def found(data: bytes, name: str = "x.csv", contract: str | None = None) -> Recognised:
    (one,) = recognised([Incoming(name, data)], contract=contract)
    return one


def refused(data: bytes, name: str = "x.xlsx", limits: Limits | None = None) -> str:
    with pytest.raises(Problem) as problem:
        read(Incoming(name, data), limits)
    assert name in problem.value.text.zh
    assert name in problem.value.text.en
    return problem.value.text.zh


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_text_files_in_any_dress_read_the_same(encoding: str, delimiter: str, end: str) -> None:
    data = TEXT.replace(",", delimiter).replace("\n", end).encode(encoding)
    limits = child.Limits(1 << 40, 60, 1 << 30, 100, 1_000_000)
    (told,) = child.sheets(data, limits)
    assert [list(row) for row in zip(*told["columns"], strict=True)] == [HEADINGS, *ROWS]


def test_a_rare_character_needs_the_larger_chinese_code() -> None:
    assert child.decode("𠮷".encode("gb18030")) == "𠮷"
    with pytest.raises(child.Refused, match="line 2"):
        child.decode(b"ok\n\xff\xff\xff")


def test_a_line_break_in_quotes_is_one_row() -> None:
    sheet = sheet_of(b'a,b\n"x\ny",1\n\nz,2\n')
    assert sheet.cells.rows() == [("a", "b"), ("x\ny", "1"), (None, None), ("z", "2")]


def test_quotes_that_do_not_match_lose_no_row_silently() -> None:
    assert "第 2 行附近的引号不成对" in refused(b'a,b\n"x,1\ny,2\n', "x.csv")


def test_a_row_with_too_many_cells_is_refused_and_a_short_one_is_not() -> None:
    lines = TEXT.splitlines()
    data = "\n".join([lines[0] + ",备忘", lines[1] + ",,多", lines[2]]).encode()
    (table,) = found(data).tables
    checked = check(table.raw, table.contract, KNOWN, headings=table.headings)
    assert (checked.accepted.height, checked.refused, checked.rows) == (1, 1, 2)
    assert "格数多于标题行" in checked.refusals[0].reason.zh


def test_excel_says_its_separator_in_the_first_line() -> None:
    (table,) = found(("sep=;\n" + TEXT.replace(",", ";")).encode()).tables
    assert table.raw["_row"].to_list() == [3, 4]


def test_the_same_rows_from_xlsx_xls_and_csv_are_the_same() -> None:
    stamped: list[list[Value]] = [list(row) for row in ROWS]
    for row in stamped:
        row[4] = dt.datetime.fromisoformat(str(row[4]))
    style = [["示例集团邀约记录"], [], HEADINGS]
    files = [
        ("a.csv", TEXT.encode()),
        ("b.xlsx", workbook(("十月", [*style, *stamped]))),
        ("c.xls", xls([HEADINGS, *ROWS])),
        ("d.csv", workbook(("名为 csv 的工作簿", [HEADINGS, *ROWS]))),
        ("e.xls", workbook(("名为 xls 的工作簿", [HEADINGS, *ROWS]))),
        ("f.xlsx", TEXT.encode("gb18030")),
    ]
    tables = [one.tables[0] for one in recognised([Incoming(*file) for file in files])]
    frames = [check(table.raw, table.contract, KNOWN).accepted.drop("_sheet", "_row") for table in tables]
    assert all(frame.equals(frames[0]) for frame in frames)
    assert frames[0]["customer_id"].to_list() == ["123456789012345678", "C2"]
    assert tables[1].raw["_row"].to_list() == [4, 5]
    assert tables[1].raw["_sheet"].to_list() == ["十月", "十月"]


def test_rows_and_columns_in_front_of_the_table_do_not_shift_it() -> None:
    rows: list[list[Value]] = [[], [None, None, "标题"], [], [None, None, *HEADINGS], [None, None, *ROWS[0]]]
    (table,) = found(workbook(("S", rows)), "x.xlsx").tables
    assert table.raw["_row"].to_list() == [5]


def test_times_and_dates_arrive_to_the_second() -> None:
    data = workbook(("S", [[dt.time(11, 30), dt.datetime(2026, 10, 5, 9, 30, 15), 46300.395833333, True, 7]]))
    assert sheet_of(data).cells.row(0) == ("1899-12-31 11:30:00", "2026-10-05 09:30:15", "46300.395833333", "true", "7")


def test_error_cells_are_known_by_place() -> None:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer)
    sheet = book.add_worksheet()
    sheet.write_row(0, 1, ["a", "b"])
    sheet.write_formula(1, 1, "=1/0", None, "#DIV/0!")
    sheet.write_formula(1, 2, "=NA()", None, "#N/A")
    book.close()
    assert sheet_of(buffer.getvalue()).cells.rows() == [("a", "b"), ("#DIV/0!", "#N/A")]


def test_a_formula_without_a_value_is_not_blank() -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active["C3"] = "x"
    book.active["D4"] = "=C3&C3"
    book.active["C6"] = "=1+1"
    book.active["B1"] = "=2"
    buffer = io.BytesIO()
    book.save(buffer)
    empty = cells.NOT_CALCULATED
    assert sheet_of(buffer.getvalue()).cells.rows() == [
        (empty, None, None),  # B1
        (None, None, None),
        (None, "x", None),
        (None, None, empty),  # D4
        (None, None, None),
        (None, empty, None),  # C6
    ]
    assert child.NOT_CALCULATED == cells.NOT_CALCULATED


def test_a_formula_with_its_value_is_that_value() -> None:
    data = patched(
        workbook(("S", [["a", "=1+1"]])),
        "xl/worksheets/sheet1.xml",
        lambda t: t.replace(b"</f><v>0</v>", b"</f><v>2</v>"),
    )
    assert sheet_of(data).cells.row(0) == ("a", "2")


def test_a_long_number_shows_that_it_is_not_exact() -> None:
    data = workbook(("S", [["编号", "编号"], [123456789012345678, "123456789012345678"], [12345, 1]]))
    data = patched(
        data, "xl/worksheets/sheet1.xml", lambda t: t.replace(b"1.234567890123457E+17", b"123456789012345678")
    )
    assert sheet_of(data).cells.rows()[1:] == [("1.23456789012346E+17", "123456789012345678"), ("12345", "1")]


def test_a_workbook_that_counts_from_1904_is_not_read_four_years_early() -> None:
    dated: list[list[Value]] = [HEADINGS, [*ROWS[0][:4], dt.datetime(2026, 10, 5), "潜客"]]
    assert "1904" in refused(workbook(("S", dated), date_1904=True))
    assert "1904" in refused(xls([HEADINGS], is_1904=True), "x.xls")


def test_hidden_unknown_and_guide_sheets_are_left_out_and_named() -> None:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer)
    for name, rows in (("十月", [HEADINGS, *ROWS]), ("汇总", [["店", "数"], ["一店", "2"]]), ("旧", [HEADINGS, *ROWS])):
        sheet = book.add_worksheet(name)
        for y, row in enumerate(rows):
            sheet.write_row(y, 0, row)
    sheet.hide()
    book.close()
    one = found(buffer.getvalue(), "x.xlsx")
    assert [table.raw.height for table in one.tables] == [2]
    assert sorted((left.sheet, left.rows) for left in one.unread) == [("旧", 3), ("汇总", 2)]


def test_sheets_of_one_contract_are_one_table_and_other_contracts_are_others() -> None:
    visits = ["到店编号", "客户编号", "门店编号", "到店时间"]
    data = workbook(
        ("九月", [HEADINGS, ROWS[0]]),
        ("十月", [["标题"], HEADINGS, ROWS[1]]),
        ("到店", [visits, ["V1", "C1", "S01", "2026-10-07"]]),
    )
    tables = found(data, "x.xlsx").tables
    assert [(table.contract.name, table.raw.height) for table in tables] == [("invitations", 2), ("store_visits", 1)]
    assert tables[0].raw.select("_sheet", "_row").rows() == [("九月", 2), ("十月", 3)]


def test_a_sheet_that_means_to_be_the_same_but_lacks_a_column_refuses_the_file() -> None:
    lacking = [heading for heading in HEADINGS if heading != "邀约时间"]
    one = found(workbook(("九月", [HEADINGS, ROWS[0]]), ("十月", [lacking, ROWS[1][:5]])), "x.xlsx")
    assert one.tables == []
    assert "工作表“十月”" in one.errors[0].zh
    assert "“邀约时间”" in one.errors[0].zh


def test_a_missing_column_is_named_with_the_nearest() -> None:
    one = found(TEXT.replace("邀约时间", "邀约的时刻").encode())
    assert one.tables == []
    assert "“邀约时间”（最接近的列是“邀约的时刻”）" in one.errors[0].zh
    assert one.size > 0
    assert len(one.sha256) == 64


def test_as_says_what_it_is() -> None:
    assert found(TEXT.encode(), contract="invitations").tables[0].contract.name == "invitations"
    assert "按“订单”读取时缺少必填列" in found(TEXT.encode(), contract="orders").errors[0].zh
    with pytest.raises(KeyError):
        found(TEXT.encode(), contract="nothing")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "是空的"),
        (b" \n\n", "是空的"),
        (b"%PDF-1.7 x", "不是表格文件"),
        ("<html><body><table><tr><td>邀约编号</td></tr></table></body></html>".encode(), "网页格式"),
        (b"PK\x03\x04 and then nothing", "已损坏"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "已损坏"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "密码"),
    ],
)
def test_what_is_no_table_is_said_so(data: bytes, says: str) -> None:
    assert says in refused(data)


FAR = b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
REFERENCES = b"".join(b'<row r="%d"><c r="A%d" t="s"><v>0</v></c></row>' % (n, n) for n in range(1, 200_001))


def lying_count(text: bytes) -> bytes:
    return text.replace(b'uniqueCount="1"', b'uniqueCount="4294967295"')


def long_string(text: bytes) -> bytes:
    return re.sub(rb"<si>.*</si>", b"<si><t>" + b"x" * 32_000 + b"</t></si>", text)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (with_cells(FAR), "已用区域过大（1048576 行 × 16384 列）"),
        (with_cells(FAR.replace(b'"', b"'")), "无法读取"),  # past the preflight, into the limit
        (patched(workbook(("S", [["a"]])), "xl/sharedStrings.xml", lying_count), "已损坏"),
        (
            patched(
                workbook(("S", [["a"]])), "xl/sharedStrings.xml", lambda text: lying_count(text).replace(b'"', b"'")
            ),
            "无法读取",
        ),
        (patched(with_cells(REFERENCES), "xl/sharedStrings.xml", long_string), "无法读取"),  # 200,000 · 32 KB
        (
            patched(
                workbook(("S", [["a"]])), "xl/sharedStrings.xml",
                lambda text: text.replace(b"<sst", b'<!DOCTYPE sst [<!ENTITY a "b">]><sst'),
            ),
            "已损坏",
        ),
    ],
)  # fmt: skip
def test_a_crafted_workbook_ends_in_a_sentence_and_the_process_lives(data: bytes, says: str) -> None:
    assert says in refused(data)
    assert sheet_of(TEXT.encode()).cells.height == 3


@settings(max_examples=80, deadline=None)
@given(
    st.binary(max_size=300)
    | st.text(max_size=120).map(str.encode)
    | st.text(',;\t"\r\n a编', max_size=80).map(str.encode)
)
def test_whatever_bytes_come_end_as_cells_or_a_sentence(data: bytes) -> None:
    told = []
    with contextlib.suppress(child.Refused):
        told = list(child.sheets(data, child.Limits(1 << 40, 60, 1 << 20, 100, 10_000)))
    assert all(len(column) == len(sheet["widths"]) for sheet in told for column in sheet["columns"])


def test_what_inflates_without_end_is_stopped_while_it_inflates() -> None:
    data = with_cells(b" " * 3_000_000)
    assert len(data) < 20_000
    assert "数据太多" in refused(data, limits=Limits(inflated_mb=2))


def test_a_file_over_the_size_limit_is_not_even_opened() -> None:
    assert "超过 1 MB" in refused(b"a,b\n" * 300_000, "x.csv", Limits(file_mb=1))


def test_a_file_that_takes_too_long_is_given_up() -> None:
    many = "\n".join(["a,b,c"] * 400_000).encode()
    assert "无法读取" in refused(many, "x.csv", Limits(seconds=0))


def test_files_keep_their_order_and_one_bad_file_spoils_no_other() -> None:
    names = ["a.csv", "b.pdf", "c.csv"]
    found_ones = recognised([Incoming(name, b"%PDF" if name == "b.pdf" else TEXT.encode()) for name in names])
    assert [one.name for one in found_ones] == names
    assert [len(one.tables) for one in found_ones] == [1, 0, 1]
    assert recognised([]) == []


def test_sixty_thousand_rows_come_through_whole() -> None:
    lines = [f"Y{n:06},C{n % 999},S01,E001,2026-10-05 10:{n % 60:02}:00,潜客" for n in range(60_000)]
    (table,) = found((",".join(HEADINGS) + "\n" + "\n".join(lines)).encode("gb18030")).tables
    checked = check(table.raw, table.contract, KNOWN, headings=table.headings)
    assert (checked.accepted.height, checked.refused, checked.ignored) == (60_000, 0, 0)
    assert checked.accepted["_row"].to_list() == list(range(2, 60_002))


@pytest.mark.parametrize(
    ("text", "contract", "rows"),
    [
        ("门店编号,门店名称\nS01,东一店\nS02,东二店\n", "stores", 2),  # 区域 is missing: two rows are refused
        ("导出清单\n门店编号,门店名称\nS01,东一店\n\n", "stores", 1),
        ("甲,乙\n1,2\n", None, 2),  # no heading is known, so every row that is not blank counts
        ("", None, 0),
    ],
)
def test_the_rows_of_a_file_that_cannot_be_taken_are_counted(text: str, contract: str | None, rows: int) -> None:
    (found,) = recognised([Incoming("门店.csv", text.encode())])
    assert found.errors
    assert (found.contract.name if found.contract else None, found.rows) == (contract, rows)

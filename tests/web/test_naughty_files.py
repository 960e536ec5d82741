"""Whatever stands in a text column of a file is kept as the door tidies it, or refused at its row with a sentence."""

import csv
import io
import os
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count

import pytest
import xlsxwriter

from data_contracts.catalogue import CONTRACTS
from data_contracts.contract import Cell, Contract, Problem
from kpi_app import access
from kpi_app.exports.tables import AS_TEXT
from kpi_app.intake.annotated import copy
from kpi_app.intake.read import Incoming, read
from kpi_app.settings import Settings
from kpi_app.store import database
from kpi_app.store.database import Database
from kpi_app.store.rows import facts, imports, quality, returned
from kpi_app.store.rows.reports import FileReport
from tests.store.office import reading_here
from tests.web.naughty import AS_OF, NUL, TYPED

CONTROLS = tuple(text for text in (*TYPED, NUL) if any(ord(it) < 0x20 for it in text))
SHOWN = ["响␇铃␛[31m", "␛]8;;http://elsewhere.example␛\\点␛]8;;␛\\", "空␀字符"]
"""The same as a report of refusals shows them."""
TIDIED = {
    "\u202e倒着写\u202c 与 \u200f右": "\u202e倒着写\u202c 与 右",
    "零\u200b宽\ufeff度": "零宽度",
    "👩‍👩‍👧‍👦🏳️‍🌈é": "👩👩👧👦🏳️🌈é",
}
"""What the door takes out of a text: marks without width, which make two names of one."""
AS_IDS = TIDIED | {"＝1+1": "=1+1", "'; DROP TABLE users; --": "; DROP TABLE users; --", "NULL": None}
"""An id is half-width besides, Excel's apostrophe is no part of it, and NULL is none."""
OF_A_FORM = {("stores", "zone"), ("stores", "weekday_weights")}
"""Text that is refused unless it has a form: a time zone, seven weights."""
MOST = 250
"""More rows than any contract gets here."""


def free(contract: Contract) -> list[str]:
    """The columns in which an office writes what it likes."""
    return [
        name
        for name, cell in contract.cells.items()
        if cell.kind in ("id", "text") and not cell.refers and not cell.refers_by
    ]


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A store with the people and complaints that rows of other contracts name."""
    with reading_here():
        made = database.create(Settings(home=tmp_path_factory.mktemp("files") / "home", as_of=AS_OF))
        for name, key, ids in (
            ("stores", "store_id", ["S01"]),
            ("people", "person_id", [f"E{number:03}" for number in range(1, 60)]),
            ("complaints", "complaint_id", [f"TS000001-{number}" for number in range(MOST)]),
        ):
            cells = CONTRACTS[name].cells
            rows = [[one if column == key else cell.example for column, cell in cells.items()] for one in ids]
            assert brought(made, name, rows).accepted == len(ids)
        yield made
        made.close()


def brought(db: Database, name: str, rows: list[list[str]]) -> FileReport:
    """What came of a file with these rows below the contract's headings, bad ones skipped."""
    text = io.StringIO()
    csv.writer(text).writerows([[cell.heading.zh for cell in CONTRACTS[name].cells.values()], *rows])
    file = Incoming(f"{name}.csv", text.getvalue().encode())
    (report,) = imports.run(db, access.CONSOLE, [file], contract=name, on_error="skip")
    return report


def distinct(cell: Cell, number: int) -> str:
    """A value of a key column, another for every row."""
    match cell.kind:
        case "id" | "text" if cell.refers in (None, "complaints") and not cell.refers_by:
            return f"{cell.example}-{number}"
        case "on":
            return (date(2026, 1, 1) + timedelta(number)).isoformat()
        case "period":
            return f"{2000 + number // 12}-{number % 12 + 1:02}"
        case _:
            return cell.example


def rows_with(contract: Contract, column: str, texts: tuple[str, ...], numbers: Iterator[int]) -> list[list[str]]:
    """A row for each text in that column; the contract's examples in the others."""
    return [
        [
            text if name == column else distinct(cell, number) if name in contract.key else cell.example
            for name, cell in contract.cells.items()
        ]
        for text, number in zip(texts, numbers, strict=False)
    ]


WITH_TEXT = [name for name, contract in CONTRACTS.items() if free(contract)]


@pytest.mark.parametrize("name", WITH_TEXT)
def test_a_text_column_keeps_what_was_typed_and_refuses_control_characters(db: Database, name: str) -> None:
    contract, numbers = CONTRACTS[name], count()
    columns = free(contract)
    rows = [row for column in columns for row in rows_with(contract, column, (*TYPED, NUL), numbers)]
    assert len(rows) <= MOST
    report = brought(db, name, rows)
    assert report.accepted + report.refused == len(rows)
    kept = facts.load(db)[name].collect()
    for column in columns:
        cell, found = contract.cells[column], set(kept[column])
        if (name, column) in OF_A_FORM:
            assert found <= {cell.example, None}
            continue
        as_kept = AS_IDS if cell.kind == "id" else TIDIED
        wanted = {as_kept.get(text, text) for text in TYPED if text not in CONTROLS}
        if column in contract.key or cell.required:
            wanted.discard(None)
        assert wanted - found == set(), column
        refused = [it.value for it in report.errors if it.column == cell.heading.zh and "控制字符" in it.reason.zh]
        assert refused == (["响***", "␛***", "空***"] if cell.is_personal else SHOWN), column


def test_refused_cells_are_reported_as_they_were_kept(db: Database) -> None:
    contract = CONTRACTS["stores"]
    report = brought(db, "stores", rows_with(contract, "store_name", CONTROLS, count()))
    assert report.import_id is not None
    (kept,) = imports.show(db, access.CONSOLE, report.import_id)
    assert [(it.column, it.value) for it in kept.errors] == [
        (contract.cells["store_name"].heading.zh, shown) for shown in SHOWN
    ]


def test_a_heading_that_no_column_answers_to_is_named_as_it_stands(db: Database) -> None:
    headings = ["门店编号", "门店名称", "区域", "城市", *TYPED, NUL]
    text = io.StringIO()
    csv.writer(text).writerows([headings, ["S09", "新店", "华东", "上海", *"x" * len(TYPED), "x"]])
    (report,) = imports.run(db, access.CONSOLE, [Incoming("stores.csv", text.getvalue().encode())])
    (note,) = report.notes
    wanted = [text for text in TYPED if text not in CONTROLS]
    assert [it for it in wanted if " ".join(it.split()) not in note.zh] == []
    assert "空␀字符" in note.zh
    assert "\x00" not in note.zh


def workbook(sheets: dict[str, list[list[str]]]) -> bytes:
    made = io.BytesIO()
    with xlsxwriter.Workbook(made, {**AS_TEXT, "in_memory": True}) as book:
        for name, rows in sheets.items():
            page = book.add_worksheet(name)
            for number, row in enumerate(rows):
                page.write_row(number, 0, row)
    return made.getvalue()


def test_a_workbook_is_read_like_a_text_file_whatever_its_sheets_are_called(db: Database) -> None:
    contract = CONTRACTS["people"]
    headings = [cell.heading.zh for cell in contract.cells.values()]
    names = [text for text in TYPED if len(text) <= 31 and not set(text) & set("[]:*?/\\\x07'")]
    assert len(names) >= 8
    rows = rows_with(contract, "person_name", TYPED, count(1_000))
    data = workbook({name: [headings, rows[number]] for number, name in enumerate(names)} | {"坏": [headings, *rows]})
    file = Incoming(f"{TYPED[9]}.xlsx", data)
    reports = imports.run(db, access.CONSOLE, [file], on_error="skip")
    assert [(it.accepted + it.refused + it.ignored, it.refused) for it in reports] == [(len(names) + len(rows), 2)]
    assert [it.sheet for it in reports[0].errors] == ["坏", "坏"]
    back = returned.annotated(db, access.CONSOLE, file, reports, lang="zh")
    sheets = read(Incoming("back.xlsx", back))
    assert [sheet.name for sheet in sheets] == [*names, "坏"]
    column = list(contract.cells).index("person_name")
    assert [row[column] for row in sheets[-1].cells.rows()[1:]] == list(TYPED)


def test_sheets_of_other_programs_get_names_that_excel_takes() -> None:
    (sheet,) = read(Incoming("x.xlsx", workbook({"一": [["门店编号"]]})))
    names = ("'a'", "a/b", "a:b", "A", "History", "x" * 40, "x" * 41, "\x07", None, None)
    made = copy([sheet.__class__(name=name, cells=sheet.cells, widths=None) for name in names], [])
    assert [it.name for it in read(Incoming("back.xlsx", made))] == [
        "a", "a_b", "a_b_2", "A_2", "History_2", "x" * 31, f"{'x' * 26}_2", "␇", "数据", "数据_2",
    ]  # fmt: skip


def test_unknown_ids_are_listed_as_they_were_typed(db: Database) -> None:
    unknown = tuple(f"{text}?" for text in TYPED if text not in CONTROLS and len(text) < 80)
    report = brought(db, "call_logs", rows_with(CONTRACTS["call_logs"], "person_id", unknown, count(2_000)))
    assert report.refused == len(unknown)
    assert set(unknown) - {it.value for it in quality.unknown(db, access.CONSOLE)} == set()


@pytest.mark.parametrize(("name", "says"), [("空\x00.csv", "NUL"), (os.fsdecode(b"\xc3\xc5\xb5\xea.csv"), "重命名")])
def test_a_file_whose_name_is_no_text_is_refused_with_what_to_do(db: Database, name: str, says: str) -> None:
    before = len(imports.listing(db, access.CONSOLE))
    with pytest.raises(Problem, match=says):
        imports.run(
            db, access.CONSOLE, [Incoming(name, "门店编号,门店名称,区域,城市\nS01,东一店,华东,上海\n".encode())]
        )
    assert len(imports.listing(db, access.CONSOLE)) == before

"""Whatever is typed into a field comes back as it was typed, no file makes a formula or link of it, no NUL enters."""

import contextlib
import csv
import io
import json
import re
import shutil
import zipfile
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from data_contracts.contract import Problem
from kpi_app.cli import frame
from kpi_app.exports import pay_items, sheets, statement
from kpi_app.exports.tables import guarded
from kpi_app.intake.read import Incoming
from kpi_app.settings import Settings
from kpi_app.store import database
from kpi_app.store.database import Database
from kpi_app.store.months import month, statements
from kpi_app.store.rows import returned
from kpi_app.store.views import overview
from tests.store.office import reading_here
from tests.store.pay import BOSS, HR, OCTOBER
from tests.web.naughty import AS_OF, EVERYTHING, FIELDS, NAMES, NUL, TYPED, as_toml, home

AT = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """The office with everything typed into every field."""
    copied = Path(shutil.copytree(home(), tmp_path_factory.mktemp("naughty") / "home"))
    with reading_here():
        made = database.connect(Settings(home=copied, as_of=AS_OF))
        yield made
        made.close()


@pytest.mark.parametrize("name", FIELDS)
def test_what_was_typed_comes_back(db: Database, name: str) -> None:
    field = FIELDS[name]
    read = list(field.read(db))
    assert [text for text in field.texts if field.kept(text) not in read] == []


@pytest.mark.parametrize("name", [name for name, field in FIELDS.items() if field.most])
def test_what_is_too_long_is_refused_with_a_sentence(name: str) -> None:
    field = FIELDS[name]
    longer = [text for text in TYPED if text not in field.texts]
    assert longer
    for text in longer:
        with pytest.raises(Problem, match=f"最多 {field.most} 个字"):
            field.kept(text)


def test_names_come_back(db: Database) -> None:
    store = overview.subject_of(db, BOSS, "store:S01", AS_OF)
    people = overview.staff(db, BOSS, store, OCTOBER)
    names, teams = {it.name for it in people}, {it.team_name for it in people}
    assert [text for text in TYPED if text not in names or text not in teams] == []


@pytest.mark.parametrize("name", FIELDS)
def test_no_nul_enters(db: Database, name: str) -> None:
    refused = json.loads((home().parent / "refused.json").read_text(encoding="utf-8"))
    assert "NUL" in refused.get(name, "taken")
    assert [said for said in FIELDS[name].read(db) if "\x00" in str(said)] == []


@pytest.mark.parametrize("name", NAMES)
def test_what_names_nothing_known_is_refused_with_a_sentence(db: Database, name: str) -> None:
    found = []
    for text in (*TYPED, NUL):
        with contextlib.suppress(Problem):
            found.append(NAMES[name].ask(db, f"{text}?"))
    assert [it for it in found if it] == []


@pytest.mark.parametrize("text", [*TYPED, NUL])
def test_the_command_line_shows_text_as_text(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    frame.put([{"words": text}], frame.Format.table)
    shown = "".join(capsys.readouterr().out.split())
    assert "".join(frame.shown(text).split()) in shown.replace("│", "")
    assert [it for it in shown if ord(it) < 0x20] == []
    frame.put([{"words": text}], frame.Format.json)
    assert json.loads(capsys.readouterr().out) == [{"words": text}]
    frame.said.print(frame.shown(text), soft_wrap=True)
    assert capsys.readouterr().err == f"{frame.shown(text)}\n"


# Files.


def taken(db: Database, name: str, **asked: Any) -> dict[str, bytes]:
    made = month.sheet(db, HR, OCTOBER, is_export=True)
    return sheets.as_files(made, name, exported_by=TYPED[0], exported_at=AT, **asked)


WORKBOOKS: Mapping[str, Callable[[Database], dict[str, bytes]]] = {
    "whole": lambda db: taken(db, "x.xlsx", with_slips=True),
    "by department": lambda db: taken(db, "x.xlsx", split_by="department"),
    "annotated": lambda db: {
        "x.xlsx": returned.annotated(db, HR, Incoming(f"{TYPED[9]}.csv", as_csv(TYPED)), [], lang="zh")
    },
}


OWN_FORMULA = re.compile(
    r"<f>(SUM|SUBTOTAL|IF|AND|ROUND|\$?[A-Z]{1,2}\$?\d+|[\d:(),+=.!'\"&;\[\] \u2460-\u2473\u4e00-\u9fff-])+"
)
"""What the workbook adds up itself: sums of cells, named sheets and columns."""


def as_csv(cells: tuple[str, ...]) -> bytes:
    made = io.StringIO()
    csv.writer(made).writerows([["门店编号"], *([cell] for cell in cells)])
    return made.getvalue().encode()


@pytest.mark.parametrize("name", WORKBOOKS)
def test_a_workbook_has_no_formula_but_its_own_totals_and_no_link(db: Database, name: str) -> None:
    for data in WORKBOOKS[name](db).values():
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            for part in book.namelist():
                xml = book.read(part)
                formulas = re.findall(r"<f[ >][^<]*", xml.decode("utf-8", "replace"))
                assert [it for it in formulas if not OWN_FORMULA.fullmatch(it)] == [], part
                assert b"<hyperlink" not in xml, part
                assert b'TargetMode="External"' not in xml, part


def texts_of(data: bytes) -> set[str]:
    """The shared strings of a workbook, with what XML cannot hold as Excel reads it."""
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        root = ElementTree.fromstring(book.read("xl/sharedStrings.xml"))
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    whole = ("".join(part.text or "" for part in it.iter(f"{space}t")) for it in root.iter(f"{space}si"))
    return {re.sub(r"_x([0-9A-F]{4})_", lambda found: chr(int(found[1], 16)), it) for it in whole}


def test_a_workbook_holds_names_and_reasons_as_they_were_typed(db: Database) -> None:
    found = texts_of(taken(db, "x.xlsx")["x.xlsx"])
    assert [text for text in TYPED if text not in found] == []
    assert [text for text in TYPED if not any(text in it and it != text for it in found)] == []  # the reasons


def test_a_csv_guards_what_a_spreadsheet_would_execute_and_nothing_else(db: Database) -> None:
    for name, data in taken(db, "x.csv").items():
        if name.endswith(".csv"):
            cells = {cell for row in csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")) for cell in row}
            assert [text for text in TYPED if guarded(text) not in cells] == []
            assert [cell for cell in cells if cell[:1] in set("=+@＝＋＠\t\r\n")] == []
            assert [cell for cell in cells if cell.startswith("-") and not re.fullmatch(r"-\d+\.\d\d", cell)] == []


def test_pay_items_are_guarded_too(db: Database) -> None:
    headings = "\n".join(f'{as_toml(text)} = "{of}"' for text, of in zip(TYPED, pay_items.FIELDS, strict=False))
    wanted = pay_items.read(
        f'[items]\nmanual = "0001"\nbonus = "0002"\nkpi_reduction = "0003"\n'
        f'[names]\n"0001" = {as_toml(EVERYTHING)}\n[columns]\n{headings}\n'
    )
    data = taken(db, "x.csv", pay_items=wanted)["x.csv"]
    cells = {cell for row in csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")) for cell in row}
    assert [text for text in (*TYPED, EVERYTHING) if guarded(text) not in cells] == []


def test_statements_link_to_nothing(db: Database) -> None:
    made = statement.pdf(statements.export(db, HR, OCTOBER))
    assert made.startswith(b"%PDF")
    assert re.search(rb"/URI|/Launch|/JavaScript|/EmbeddedFile|/GoToR", made) is None

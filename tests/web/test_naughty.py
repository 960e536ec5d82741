"""Whatever is typed into a field comes back as it was typed, no file makes a formula or link of it, no NUL enters."""

import csv
import io
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
from kpi_app import access
from kpi_app.exports import pay_items, sheets, statement
from kpi_app.exports.tables import guarded
from kpi_app.intake.read import Incoming
from kpi_app.settings import Settings
from kpi_app.store import database
from kpi_app.store.accounts import users
from kpi_app.store.complaints import actions, questions, rulings
from kpi_app.store.database import Database
from kpi_app.store.disputes import objections
from kpi_app.store.months import lines, losses, month, statements
from kpi_app.store.proving import audit
from kpi_app.store.rows import imports, returned
from kpi_app.store.rulebook import plans
from kpi_app.store.views import overview, success
from tests.store.complaints.test_meeting import HEAD
from tests.store.conftest import _read_here
from tests.store.pay import BOSS, HR, OCTOBER, STAFF
from tests.web.naughty import AS_OF, FIELDS, NUL, TYPED, home

AT = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """The office with everything typed into every field."""
    copied = Path(shutil.copytree(home(), tmp_path_factory.mktemp("naughty") / "home"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("kpi_app.intake.read._ask", _read_here)
        made = database.connect(Settings(home=copied, as_of=AS_OF))
        yield made
        made.close()


READ: Mapping[str, Callable[[Database], list[Any]]] = {
    "measures": lambda db: [it.what for it in actions.listing(db, HEAD)],
    "steps of measures": lambda db: [step.words for it in actions.listing(db, HEAD) for step in it.steps],
    "questions": lambda db: [it.words for it in questions.listing(db, HEAD)],
    "objections": lambda db: [it.reason for it in objections.listing(db, STAFF)],
    "answers": lambda db: [it.words for it in objections.listing(db, HR)],
    "remarks": lambda db: [entry["about"].get("words") for entry in entries(db, "statement.acknowledge")],
    "plans of success": lambda db: [
        said
        for it in success.listing(db, STAFF, as_of=AS_OF)
        for said in ("\n".join(it.steps), *(check.words for check in it.checks), it.ended_words)
    ],
    "pay plans": lambda db: [it["name"] for it in plans.listing(db, access.CONSOLE)],
    "file names": lambda db: [it["files"].removesuffix(".csv") for it in imports.listing(db, access.CONSOLE)],
    "login names": lambda db: [entry["about"].get("user") for entry in entries(db, "sign_in.refused")],
    "manual lines": lambda db: [
        line[name] for line in lines.listing(db, HR, OCTOBER) for name in ("reason", "evidence")
    ],
    "losses": lambda db: [case["reason"] for case in losses.listing(db, HR)],
    "rulings": lambda db: [it[name] for it in rulings.history(db, BOSS, "C2") for name in ("note", "evidence")],
}


def entries(db: Database, verb: str) -> list[dict[str, Any]]:
    return audit.listing(db, access.CONSOLE, verb=verb, limit=1_000)


@pytest.mark.parametrize("field", FIELDS)
def test_what_was_typed_comes_back(db: Database, field: str) -> None:
    read = READ[field](db)
    as_kept = users.login_name if field == "login names" else str
    assert [text for text in TYPED if as_kept(text) not in read] == []


def test_names_come_back(db: Database) -> None:
    store = overview.subject_of(db, BOSS, "store:S01", AS_OF)
    people = overview.staff(db, BOSS, store, OCTOBER)
    names, teams = {it.name for it in people}, {it.team_name for it in people}
    assert [text for text in TYPED if text not in names or text not in teams] == []


@pytest.mark.parametrize("field", FIELDS)
def test_no_nul_enters(db: Database, field: str) -> None:
    with pytest.raises(Problem, match="NUL"):
        FIELDS[field](db, NUL)
    assert [text for text in READ[field](db) if text and "\x00" in text] == []


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
    wanted = pay_items.read('[items]\nmanual = "0001"\nbonus = "0002"\nkpi_reduction = "0003"\n')
    data = taken(db, "x.csv", pay_items=wanted)["x.csv"]
    cells = {cell for row in csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")) for cell in row}
    assert [text for text in TYPED if guarded(text) not in cells] == []


def test_statements_link_to_nothing(db: Database) -> None:
    made = statement.pdf(statements.export(db, HR, OCTOBER))
    assert made.startswith(b"%PDF")
    assert re.search(rb"/URI|/Launch|/JavaScript|/EmbeddedFile|/GoToR", made) is None

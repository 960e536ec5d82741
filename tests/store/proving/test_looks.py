"""Whatever says what others get, or lose, leaves an entry: who looked, at which month, store or complaint.

What is taken out of the app says by whom, and when.
"""

import io
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import openpyxl
import pytest

from kpi_app import access
from kpi_app.access import Identity
from kpi_app.intake.read import Incoming
from kpi_app.settings import Settings
from kpi_app.store.accounts import roster
from kpi_app.store.complaints import rulings
from kpi_app.store.database import Database
from kpi_app.store.months import checklist, leavers, lines, losses, month, standing, statements
from kpi_app.store.proving import audit
from kpi_app.store.rows import returned
from tests.store.pay import BOSS, HR, OCTOBER, SHOWN, enter, office_in

CLAUSE = {
    "person_id": "E2", "since": "2026-01-01", "contract_wage_fen": 5_000_00, "other_pay_fen": 5_000_00,
    "has_loss_clause": True,
}  # fmt: skip
MINIMUM = {"city": "上海", "since": "2026-07-01", "amount_fen": 2_490_00, "source": "示例文号"}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """October is computed; a manual line and a loss wait for their approval."""
    made = office_in(Settings(home=tmp_path_factory.mktemp("looks") / "home"))
    enter(made, pay_profiles=[CLAUSE], minimum_wages=[MINIMUM])
    month.compute(made, HR, OCTOBER, as_of=OCTOBER.last)
    lines.add(made, HR, OCTOBER, person_id="E2", amount_fen=100_00, reason="少算一单", evidence=SHOWN)
    losses.add(made, HR, OCTOBER, person_id="E2", amount_fen=2_000_00, reason="损坏展车", evidence=SHOWN)
    yield made
    made.close()


LOOKS: Mapping[str, Callable[[Database, Identity], Any]] = {
    "sheet.read": lambda db, who: month.sheet(db, who, OCTOBER, unit="S01"),
    "pay.read": lambda db, who: month.own(db, who, OCTOBER, "E2"),
    "line.read": lambda db, who: lines.listing(db, who, OCTOBER),
    "loss.read": losses.listing,
    "ruling.read": lambda db, who: rulings.history(db, who, "C1"),
    "checklist.read": lambda db, who: checklist.check(db, who, OCTOBER, unit="S01"),
    "leavers.read": lambda db, who: leavers.listing(db, who, OCTOBER, unit="S01"),
    "part.read": lambda db, who: standing.part(db, who, OCTOBER, unit="S01", department="销售部"),
}


def newest(db: Database) -> dict[str, Any]:
    return audit.listing(db, access.CONSOLE, limit=1)[0]


@pytest.mark.parametrize("verb", LOOKS)
def test_a_look_at_what_others_get_is_an_entry_with_the_name_of_who_looked(office: Database, verb: str) -> None:
    before = newest(office)["entry"]
    LOOKS[verb](office, BOSS)
    entry = newest(office)
    assert (entry["verb"], entry["user"], entry["entry"]) == (verb, BOSS.name, before + 1)


@pytest.mark.parametrize("verb", ["line.read", "loss.read", "ruling.read"])
def test_a_look_at_ones_own_is_none(office: Database, verb: str) -> None:
    whose = "E1" if verb == "ruling.read" else "E2"
    before = newest(office)["entry"]
    assert LOOKS[verb](office, Identity(user_id=9, name=whose, roles=frozenset({"staff"}), person_id=whose))
    assert newest(office)["entry"] == before


def test_a_checklist_that_says_what_nobody_gets_is_none(office: Database) -> None:
    before = newest(office)["entry"]
    assert checklist.check(office, BOSS, OCTOBER, unit="S02")
    assert newest(office)["entry"] == before


WORKBOOKS: Mapping[str, Callable[[Database, Identity], bytes]] = {
    "people": lambda db, who: roster.to_edit(db, who, "people"),
    "pay profiles": lambda db, who: roster.to_edit(db, who, "pay_profiles"),
    "a file given back": lambda db, who: returned.annotated(db, who, Incoming("x.csv", b"a\n1\n"), [], lang="zh"),
}


@pytest.mark.parametrize("kind", WORKBOOKS)
def test_a_workbook_says_who_took_it_and_when(office: Database, kind: str) -> None:
    book = openpyxl.load_workbook(io.BytesIO(WORKBOOKS[kind](office, HR)))
    exported = f"{HR.name} {office.settings.now_local():%Y-%m-%d }"
    assert exported in str(book.worksheets[0].oddFooter.right.text)
    assert exported in str(book.properties.description)


def test_a_statement_says_who_took_it_and_when(office: Database) -> None:
    exported = {one.exported[:-5] for one in statements.export(office, HR, OCTOBER)}
    assert exported == {f"{HR.name} {office.settings.now_local():%Y-%m-%d }"}

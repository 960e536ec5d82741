"""A store of data in which October 2026 can be paid: two stores, an award, a reduction, and who signs for what."""

from collections.abc import Mapping, Sequence
from typing import Any

from data_contracts.catalogue import CONTRACTS
from kpi_app import access
from kpi_app.access import Identity
from kpi_app.settings import Settings
from kpi_app.store import database
from kpi_app.store.database import Database
from kpi_app.store.months.lines import Evidence
from kpi_app.store.rows import imports
from kpi_app.store.rulebook import plans
from tests.facts import frame
from tests.scorecards.group import DIRECTOR, OCTOBER, STORES, answers, average, complaint, post, ruling
from tests.store.copies import copied

__all__ = ["BOSS", "DIRECTOR_OF_SALES", "HR", "OCTOBER", "SHOWN", "STAFF", "enter", "fill", "office_in"]

HR = Identity(user_id=1, name="赵人事", roles=frozenset({"hr"}), scopes=frozenset({"group"}), person_id="H01")
BOSS = Identity(user_id=2, name="总经理", roles=frozenset({"director"}), scopes=frozenset({"group"}), person_id="B01")
DIRECTOR_OF_SALES = Identity(
    user_id=3,
    name="周总监",
    roles=frozenset({"director"}),
    scopes=frozenset({"department:S01/销售部"}),
    person_id="D01",
)
STAFF = Identity(user_id=4, name="员工E1", roles=frozenset({"staff"}), person_id="E1")
SHOWN = Evidence(note="主管签字单")
"""What shows a manual line or a loss, where a test does not say."""

PEOPLE = [
    DIRECTOR,
    post("E1"),
    post("E2"),
    post("E5", store_id="S02"),
    post("H01", "hr_specialist", department="人事行政部", team_id="T09"),
    post("B01", "general_manager", department="管理层", team_id="T00"),
]
TABLES: dict[str, Sequence[Mapping[str, Any]]] = {
    "stores": STORES,
    "people": PEOPLE,
    "surveys": [*answers("E1", *[90_00] * 5), *answers("E2", *[90_00] * 4)],
    "benchmarks": [average()],
    "complaints": [complaint("C1"), complaint("C2")],
    "complaint_rulings": [ruling("C1", "E1", 80_00)],
}


def enter(db: Database, **tables: Sequence[Mapping[str, Any]]) -> int:
    """Let rows become facts as an import does; the number of the last import."""
    number = 0
    for name, contract in CONTRACTS.items():
        if name in tables:
            columns = contract.schema.column_names()
            made = frame(contract, tables[name]).to_dicts()
            rows = [{column: row.get(column) for column in columns} for row in made]
            with db.write() as conn:
                number = imports.entered(db, conn, access.CONSOLE, contract, rows)
    return number


def office_in(settings: Settings) -> Database:
    """A filled store: a copy of one that is filled once for all tests."""
    return copied(settings, filled)


def filled(settings: Settings) -> Database:
    """A new store with everything that October needs."""
    return fill(database.create(settings))


def fill(db: Database, **changed: Sequence[Mapping[str, Any]]) -> Database:
    """Everything that October needs, and the plan that ships."""
    enter(db, **{**TABLES, **changed})
    plans.load_shipped(db, access.CONSOLE)
    return db

"""Twelve months of two hundred people: computed again, restored from a backup, moved to PostgreSQL and computed again
there, and moved back: not a fen and not a byte of a sheet is different."""

import os
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa

from data_contracts.contract import Problem
from data_contracts.results import LINE_KINDS
from kpi_app import access
from kpi_app.settings import Settings
from kpi_app.store import backup, database, tables
from kpi_app.store.database import Database
from kpi_app.store.months import lines, losses, month, month_settings, snapshots
from kpi_app.store.proving import given, proof
from kpi_app.store.rulebook import plans
from metrics.period import Period
from tests.scorecards.group import answers, average, complaint, post, ruling
from tests.store.copies import server
from tests.store.months.test_overtime import PER_CAR, order
from tests.store.pay import BOSS, HR, SHOWN, enter

YEAR = [Period.parse(f"2026-{number:02}") for number in range(1, 13)]
DECEMBER = YEAR[-1]
STORES = {"S01": ("华东", "上海"), "S02": ("华北", "天津")}
PEOPLE = {f"E{number:03}": f"S0{number % 2 + 1}" for number in range(200)}
"""Person → store."""
WITH_A_CLAUSE = "E007"
RESTATED = ("2026-05", "2026-11")
"""The months of whose regional average another is published after they were locked."""

Sheets = dict[tuple[str, str], tuple[str, int]]
"""Month and unit → the digest of its sheet and its total in fen."""


def tables_of_the_year(random: Random) -> dict[str, list[dict[str, Any]]]:
    """What the office enters in a year: the roster, and per month surveys, deliveries, complaints and rulings."""
    made: dict[str, list[dict[str, Any]]] = {
        "stores": [
            {"store_id": store_id, "store_name": f"店{store_id}", "region": region, "city": city}
            for store_id, (region, city) in STORES.items()
        ],
        "people": [
            *(post(person_id, store_id=store_id, team_id=f"{store_id}T1") for person_id, store_id in PEOPLE.items()),
            *(post(f"D{store_id}", "sales_director", store_id=store_id, team_id="T00") for store_id in STORES),
        ],
        "pay_profiles": [
            {
                "person_id": person_id,
                "since": "2026-01-01",
                "contract_wage_fen": random.randrange(3_000_00, 6_000_00),
                "other_pay_fen": random.randrange(2_400_00, 5_000_00),
                "performance_base_fen": random.randrange(500_00, 3_000_00),
                "has_loss_clause": person_id == WITH_A_CLAUSE or random.random() < 0.8,
            }
            for person_id in PEOPLE
        ],
        "minimum_wages": [
            {"city": city, "since": "2026-01-01", "amount_fen": 2_490_00, "source": "示例"} for city in ("上海", "天津")
        ],
    }
    made["targets"] = [{"metric": "css_score", "level": "group", "subject_id": "all", "since": "2026-01", "goal": 96}]
    made |= {name: [] for name in ("surveys", "benchmarks", "orders", "complaints", "complaint_rulings")}
    for month_ in (YEAR[0].previous(), *YEAR):
        for person_id, store_id in PEOPLE.items():
            scores = [random.randrange(80_00, 100_00) for _ in range(random.choice([1, 1, 1, 1, 4, 5]))]
            made["surveys"] += answers(person_id, *scores, on=f"{month_.label}-15", store_id=store_id)
    for period in YEAR:
        before, label = period.previous().label, period.label
        for region in ("华东", "华北"):
            made["benchmarks"].append(average(random.randrange(86_00, 90_00), before, f"{label}-12", region=region))
        for person_id, store_id in PEOPLE.items():
            if random.random() < 0.5:
                made["orders"].append(order(f"O{label}{person_id}", person_id, f"{label}-20", store_id=store_id))
            if random.random() < 0.1:
                name, fen = f"C{label}{person_id}", random.randrange(50_00, 100_01)
                judged = {"judged_by": f"D{store_id}", "judged_at": f"{label}-21 10:00"}
                made["complaints"].append(complaint(name, f"{label}-03 09:00", store_id=store_id))
                made["complaint_rulings"].append(ruling(name, person_id, fen, **judged))
    return made


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """January to November locked, with corrections of what came late; December computed."""
    random = Random(2026)
    db = database.create(Settings(home=tmp_path_factory.mktemp("year") / "home", as_of=DECEMBER.last))
    enter(db, **tables_of_the_year(random))
    plans.load_shipped(db, access.CONSOLE)
    plans.load(db, access.CONSOLE, plans.shipped("performance_base"))
    plans.load(db, access.CONSOLE, PER_CAR)
    month_settings.set_(db, access.CONSOLE, {"blocking": "computed_to_the_end"}, since="2026-01")
    for period in YEAR:
        person_id = random.choice(sorted(PEOPLE))
        line_id = lines.add(db, HR, period, person_id=person_id, amount_fen=123_45, reason="展会支援", evidence=SHOWN)
        lines.approve(db, BOSS, line_id)
        if period.label == "2026-03":
            charged: dict[str, Any] = {"person_id": WITH_A_CLAUSE, "amount_fen": 2_345_67, "reason": "损坏展车"}
            losses.approve(db, BOSS, losses.add(db, HR, period, **charged, evidence=SHOWN))
        month.compute(db, HR, period, as_of=period.last)
        if period == DECEMBER:
            break
        for step, who in ((month.submit, HR), (month.approve, BOSS), (month.lock, HR)):
            step(db, who, period)
        if period.label in RESTATED:  # many awards fall
            enter(db, benchmarks=[average(95_00, period.previous().label, f"{period.label}-12")])
    yield db
    db.close()


def stored(db: Database) -> Sheets:
    """Every unit's sheet as it is kept."""
    with db.read() as conn:
        found = {(row.period, row.store_id): row for row in conn.execute(sa.select(tables.pay_units))}
        sheets = {unit: snapshots.sheet(db, conn, row.snapshot_id, row.status) for unit, row in found.items()}
    return {unit: (sheet.digest, sheet.total_fen) for unit, sheet in sheets.items()}


def computed_again(db: Database) -> Sheets:
    """The same, worked out anew from the facts, plans and earlier months each was computed from."""
    with db.read() as conn:
        units = conn.execute(sa.select(tables.pay_units)).all()
        again = {(row.period, row.store_id): given.of_snapshot(db, conn, row.snapshot_id).computed() for row in units}
    return {unit: (sheet.digest, sheet.total_fen) for unit, sheet in again.items()}


def everything(db: Database) -> dict[str, list[str]]:
    """Every row, but for who is signed in and the audit's own entry of a restore."""
    left_out = (tables.sessions, tables.audit)
    with db.read() as conn:
        return {
            table.name: sorted(map(str, conn.execute(sa.select(table))))
            for table in tables.metadata.sorted_tables
            if table not in left_out
        }


def restored(db: Database, home: Path, database_url: str | None = None) -> Database:
    """The store from a backup, elsewhere."""
    file = home.with_suffix(".zip")
    backup.backup(db, access.CONSOLE, file)
    settings = Settings(home=home, database_url=database_url, as_of=DECEMBER.last)
    backup.restore(settings, file)
    return database.connect(settings)


def stands_as(db: Database, year: Database) -> None:
    """Rows, audit, sheets and what December computes to are those of the year."""
    assert everything(db) == everything(year)
    assert proof.verify(db, access.CONSOLE).faults == ()
    assert stored(db) == stored(year)
    december_computed_again_changes_nothing(db)


def december_computed_again_changes_nothing(db: Database) -> None:
    before = everything(db)
    month.compute(db, HR, DECEMBER, as_of=DECEMBER.last)
    assert everything(db) == before


@pytest.fixture
def empty_database(postgresql: str) -> Iterator[str]:
    """The URL of a PostgreSQL database with nothing in it."""
    name = f"kpi_moved_{os.urandom(4).hex()}"
    url = postgresql.format(name=name)
    with server(sa.make_url(url)) as conn:
        conn.execute(sa.text(f"CREATE DATABASE {name}"))
    yield url
    with server(sa.make_url(url)) as conn:
        conn.execute(sa.text(f"DROP DATABASE {name} WITH (FORCE)"))


def test_the_year_is_worth_the_proof(year: Database) -> None:
    """Performance pay, awards, cars, reductions, losses, manual lines and corrections, for two hundred people."""
    with year.read() as conn:
        line = tables.pay_lines.c
        kinds = set(conn.execute(sa.select(line.kind).distinct()).scalars())
        people = conn.execute(sa.select(sa.func.count(line.person_id.distinct()))).scalar()
        paid_by_score = conn.execute(
            sa.select(sa.func.count(line.person_id.distinct())).where(line.kind == "coefficient", line.amount_fen > 0)
        ).scalar()
    assert kinds == set(LINE_KINDS)
    assert people == paid_by_score == len(PEOPLE)
    assert len(stored(year)) == len(YEAR) * len(STORES)


def test_twelve_months_come_out_the_same_again(year: Database) -> None:
    assert computed_again(year) == stored(year)
    december_computed_again_changes_nothing(year)


def test_restored_on_sqlite(year: Database, tmp_path: Path) -> None:
    elsewhere = restored(year, tmp_path / "elsewhere")
    stands_as(elsewhere, year)
    elsewhere.close()


def test_moved_to_postgresql_and_back(year: Database, tmp_path: Path, empty_database: str) -> None:
    moved = restored(year, tmp_path / "moved", empty_database)
    stands_as(moved, year)
    assert computed_again(moved) == stored(year)
    with pytest.raises(sa.exc.DatabaseError, match="locked"), moved.write() as conn:
        conn.execute(sa.update(tables.pay_units).values(status="open"))
    with pytest.raises(Problem, match="不是空的"):
        restored(year, tmp_path / "twice", empty_database)
    assert not (tmp_path / "twice").exists()
    back = restored(moved, tmp_path / "back")
    stands_as(back, year)
    back.close()
    moved.close()

"""The roster with pay: what is in force on a day, what is missing, whom it shows, and the way out and in again."""

import io
from collections.abc import Iterator
from datetime import date

import openpyxl
import pytest

from kpi_app import access
from kpi_app.intake.read import Incoming
from kpi_app.store import database
from kpi_app.store.accounts import roster
from kpi_app.store.database import Database
from kpi_app.store.proving import audit
from kpi_app.store.rows import facts, imports
from tests.store.conftest import Clocked
from tests.store.office import GROUND, bring, reading_here

PAY = (
    "工号,生效日期,合同工资,其他应发,绩效基数,有赔偿约定\n"
    "E010,2026-01-01,4500,5200,2000,是\n"
    "E010,2026-11-01,4800.50,5200,2100,是\n"
    "E011,2026-01-01,2300,3000,,否\n"
    "E020,2026-12-01,4500,5200,1800,否\n"
)
WAGES = "城市,生效日期,月最低工资,依据\n上海,2025-07-01,2700,某文\n上海,2026-11-01,2740,某文\n"
NEXT = "工号,姓名,岗位,班组编号,部门,门店编号,生效日期\nE099,新人,邀约专员,T01,呼叫中心,S01,2026-12-01\n"


def hr(scope: str) -> access.Identity:
    return access.Identity(user_id=2, name="hr", roles=frozenset({"hr"}), scopes=frozenset({scope}))


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    made = database.create(Clocked(home=tmp_path_factory.mktemp("roster") / "home", as_of=date(2026, 10, 31)))
    with reading_here():
        bring(made, {**GROUND, "薪资.csv": PAY, "最低工资.csv": WAGES, "新人.csv": NEXT})
        yield made
    made.close()


def entry(db: Database, person_id: str, on: date) -> roster.Entry:
    return next(it for it in roster.listing(db, hr("group"), on) if it.person_id == person_id)


@pytest.mark.parametrize(
    ("on", "base", "since", "changes_on", "minimum"),
    [
        (date(2026, 10, 31), 2000_00, date(2026, 1, 1), date(2026, 11, 1), 2700_00),
        (date(2026, 11, 1), 2100_00, date(2026, 11, 1), None, 2740_00),
        (date(2025, 12, 31), None, None, date(2026, 1, 1), 2700_00),
        (date(2025, 6, 30), None, None, date(2026, 1, 1), None),
    ],
)
def test_pay_and_minimum_wage_are_those_in_force_on_the_day(
    office: Database, on: date, base: int | None, since: date | None, changes_on: date | None, minimum: int | None
) -> None:
    it = entry(office, "E010", on)
    assert (it.performance_base_fen, it.profile_since, it.changes_on, it.minimum_wage_fen) == (
        base, since, changes_on, minimum,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("person_id", "on", "findings"),
    [
        ("E010", date(2026, 10, 31), []),
        ("E010", date(2025, 6, 30), ["无上海最低工资"]),
        ("E011", date(2026, 10, 31), ["无绩效基数", "合同工资低于最低工资"]),  # 2,300 < 2,700
        ("E020", date(2026, 10, 31), ["无广州最低工资"]),  # its pay profile is to come
        ("E099", date(2026, 10, 31), ["无薪资基数"]),
        ("E030", date(2026, 10, 31), []),  # has left: nothing to see to
    ],
)
def test_what_is_missing_is_said(office: Database, person_id: str, on: date, findings: list[str]) -> None:
    assert [text.zh for text in entry(office, person_id, on).findings] == findings


@pytest.mark.parametrize(
    ("person_id", "on", "state"),
    [
        ("E030", date(2026, 8, 31), "active"),
        ("E030", date(2026, 9, 1), "left"),  # until is the first day without the post
        ("E099", date(2026, 11, 30), "coming"),
        ("E099", date(2026, 12, 1), "active"),
    ],
)
def test_a_post_is_to_come_held_or_left(office: Database, person_id: str, on: date, state: str) -> None:
    assert entry(office, person_id, on).state == state


def test_hr_of_one_store_sees_that_store_and_each_look_is_noted(office: Database) -> None:
    seen = roster.listing(office, hr("store:S01"), date(2026, 10, 31))
    assert {it.store_id for it in seen} == {"S01"}
    assert [it.person_id for it in seen] == ["E010", "E011", "E099", "E011", "E030"]
    newest = audit.listing(office, access.CONSOLE)[0]
    assert (newest["verb"], newest["about"]["people"]) == ("roster.read", 4)
    assert roster.listing(office, hr("group"), date(2026, 10, 31), unit="S02")[0].person_id == "E020"
    with pytest.raises(access.Forbidden):
        roster.listing(office, hr("store:S01"), date(2026, 10, 31), unit="S02")


def test_pay_is_for_hr_alone(office: Database) -> None:
    everything = frozenset({"admin", "director", "head"})
    boss = access.Identity(user_id=3, name="boss", roles=everything, scopes=frozenset({"group"}))
    with pytest.raises(access.Forbidden, match="薪资基数"):
        roster.listing(office, boss, date(2026, 10, 31))
    with pytest.raises(access.Forbidden, match="薪资基数"):
        roster.to_edit(office, boss, "pay_profiles")


@pytest.mark.parametrize("contract", roster.EDITED)
def test_what_is_taken_out_comes_in_again_unchanged(office: Database, contract: str) -> None:
    made = roster.to_edit(office, hr("group"), contract)
    (report,) = imports.run(office, hr("group"), [Incoming("a.xlsx", made)], dry_run=True)
    rows = facts.load(office)[contract].collect().height
    assert (report.contract, report.rows, report.accepted, report.unchanged) == (contract, rows, rows, rows)


def test_only_the_own_stores_rows_are_taken_out(office: Database) -> None:
    made = roster.to_edit(office, hr("store:S01"), "pay_profiles")
    rows = list(openpyxl.load_workbook(io.BytesIO(made)).worksheets[0].iter_rows(min_row=2, values_only=True))
    assert [row[0] for row in rows] == ["E010", "E010", "E011"]
    assert rows[1][2:6] == (4800.5, 5200, 2100, "是")
    assert audit.listing(office, access.CONSOLE)[0]["verb"] == "roster.export"

"""Working days entered above the built-in calendar: an import of their own, which deadlines and metrics read."""

from datetime import date

import pytest

from data_contracts.contract import Problem
from kpi_app import access
from kpi_app.store.accounts import users
from kpi_app.store.database import Database
from kpi_app.store.months import deadlines
from kpi_app.store.proving import audit
from kpi_app.store.rows import facts, imports
from kpi_app.store.rulebook import working_days
from tests.store.office import GROUND, bring

ADMIN = access.Identity(user_id=1, name="admin", roles=frozenset({"admin"}))
OF_S01 = access.Identity(user_id=2, name="hr", roles=frozenset({"hr"}), scopes=frozenset({"store:S01"}))
OF_ALL = access.Identity(user_id=3, name="hr", roles=frozenset({"hr"}), scopes=frozenset({"group"}))
FRIDAY, SATURDAY, MONDAY = date(2027, 9, 3), date(2027, 9, 4), date(2027, 9, 6)


def due(db: Database) -> date:
    """The second working day after that Friday."""
    with db.read() as conn:
        return deadlines.working_days_after(FRIDAY, 2, deadlines.entered(db, conn))


@pytest.mark.both
def test_a_day_that_is_entered_moves_what_is_due(db: Database) -> None:
    assert due(db) == date(2027, 9, 7)
    assert working_days.last_known_year(db) == 2026
    assert working_days.set_(db, ADMIN, SATURDAY, SATURDAY, is_working=True, notice=" 某通知 ") == 1
    assert due(db) == MONDAY
    assert working_days.last_known_year(db) == 2027
    working_days.set_(db, OF_ALL, MONDAY, date(2027, 9, 8), is_working=False, notice="某通知")
    assert due(db) == date(2027, 9, 9)
    assert [(it.falls_on.day, it.is_working, it.was_working, it.notice) for it in working_days.listing(db)] == [
        (4, True, False, "某通知"),
        (6, False, True, "某通知"),
        (7, False, True, "某通知"),
        (8, False, True, "某通知"),
    ]
    noted = audit.listing(db, access.CONSOLE, verb="calendar.set")
    assert [it["about"]["import_id"] for it in noted] == [2, 1]


def test_entering_a_day_again_takes_the_former_back_and_keeps_its_history(db: Database) -> None:
    working_days.set_(db, ADMIN, MONDAY, MONDAY, is_working=False, notice="某通知")
    working_days.set_(db, ADMIN, MONDAY, MONDAY, is_working=True, notice="更正")
    assert due(db) == date(2027, 9, 7)
    assert working_days.listing(db, 2026) == []
    assert [it.notice for it in working_days.listing(db, 2027)] == ["更正"]
    assert facts.load(db, 1)["calendar_days"].collect()["notice"].to_list() == ["某通知"]


def test_a_whole_year_comes_as_a_file_and_is_undone(db: Database) -> None:
    bring(db, GROUND)
    file = "日期,是否上班,通知文号\n2027-09-04,是,某通知\n2027-09-06,否,某通知\n"
    (report,) = bring(db, {"工作日.csv": file}, who=ADMIN)
    assert (report.contract, report.accepted) == ("calendar_days", 2)
    assert due(db) == date(2027, 9, 7)  # Saturday and Tuesday
    imports.undo(db, ADMIN, 2)
    assert working_days.listing(db) == []
    assert due(db) == date(2027, 9, 7)  # Monday and Tuesday


@pytest.mark.parametrize(
    ("first", "last", "notice", "message"),
    [
        (SATURDAY, SATURDAY, " ", "文号"),
        (MONDAY, SATURDAY, "某通知", "不是一段"),
        (date(2027, 1, 1), date(2027, 2, 1), "某通知", "最多 31 天"),  # 32 days
        (date(2007, 12, 31), date(2007, 12, 31), "某通知", "不早于 2008-01-01"),
    ],
)
def test_what_cannot_be_entered_says_why(db: Database, first: date, last: date, notice: str, message: str) -> None:
    with pytest.raises(Problem, match=message):
        working_days.set_(db, ADMIN, first, last, is_working=True, notice=notice)
    assert working_days.set_(db, ADMIN, date(2027, 1, 1), date(2027, 1, 31), is_working=True, notice="某通知") == 1


def test_what_holds_for_every_store_is_not_for_one_stores_hr(db: Database) -> None:
    with pytest.raises(access.Forbidden, match="范围以外"):
        working_days.set_(db, OF_S01, SATURDAY, SATURDAY, is_working=True, notice="某通知")
    boss = users.add(db, access.CONSOLE, "boss", "long enough", roles=["director"], scopes=["group"])
    with pytest.raises(access.Forbidden, match="导入数据"):
        working_days.set_(db, boss, SATURDAY, SATURDAY, is_working=True, notice="某通知")

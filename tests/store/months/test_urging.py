"""催办: who is responsible finds what they were asked for, once a day for each matter."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest

from data_contracts.contract import Problem
from kpi_app import access
from kpi_app.access import Forbidden, Identity
from kpi_app.settings import Settings
from kpi_app.store.database import Database
from kpi_app.store.months import month, urging
from kpi_app.store.proving import audit
from metrics.period import Period
from tests.store.pay import BOSS, DIRECTOR_OF_SALES, HR, STAFF, office_in

OCTOBER = Period.parse("2026-10")
AS_OF = date(2026, 10, 31)
HEAD = Identity(
    user_id=6, name="销售经理", roles=frozenset({"head"}), scopes=frozenset({"department:S01/销售部"}), person_id="M01"
)
SERVICE = replace(DIRECTOR_OF_SALES, scopes=frozenset({"department:S01/售后部"}))


@pytest.fixture
def office(settings: Settings) -> Iterator[Database]:
    made = office_in(settings)
    month.compute(made, HR, OCTOBER, as_of=AS_OF)
    yield made
    made.close()


def on(db: Database, day: str) -> Database:
    return Database(db.engine, db.home, Settings(home=db.home, as_of=day))


def ask(db: Database, about: str = "C2", item: str = "other_complaints_ruled", who: Identity = HR) -> urging.Urging:
    return urging.urge(db, who, OCTOBER, unit="S01", item=item, about=about)


def found(db: Database, who: Identity, as_of: date = AS_OF) -> list[str]:
    return [it.about for it in urging.listing(db, who, as_of=as_of)]


@pytest.mark.both
def test_the_director_of_the_department_finds_what_hr_asked_for(office: Database) -> None:
    ask(office)
    (one,) = urging.listing(office, DIRECTOR_OF_SALES, as_of=AS_OF)
    assert (one.matter, one.about, one.department) == ("other_complaints_ruled", "2026-10/C2", "S01/销售部")
    assert "C2" in one.text.zh
    assert one.user_name == HR.name
    assert found(office, BOSS) == ["2026-10/C2"]
    assert [found(office, who) for who in (SERVICE, HEAD, STAFF, HR)] == [[], [], [], []]
    assert audit.listing(office, access.CONSOLE)[0]["verb"] == "urge"


def test_it_is_asked_for_once_a_day_and_stands_for_three(office: Database) -> None:
    ask(office)
    with pytest.raises(Problem, match="已经催办过"):
        ask(office)
    ask(on(office, "2026-11-01"))
    assert found(office, DIRECTOR_OF_SALES, date(2026, 11, 1)) == ["2026-10/C2"] * 2
    assert found(office, DIRECTOR_OF_SALES, date(2026, 11, 3)) == ["2026-10/C2"]
    assert found(office, DIRECTOR_OF_SALES, date(2026, 11, 4)) == []


def test_the_head_is_asked_to_sign_the_department_off(office: Database) -> None:
    ask(office, "销售部", "sign_offs")
    assert found(office, HEAD) == ["2026-10/销售部"]
    assert found(office, SERVICE) == []


@pytest.mark.parametrize(
    ("about", "item", "match"),
    [
        ("C1", "other_complaints_ruled", "没有待办的"),  # it is ruled
        ("C9", "other_complaints_ruled", "没有待办的"),
        ("x", "differences_looked_at", "不用催办"),  # HR's own
        ("x", "nothing", "不用催办"),
    ],
)
def test_what_nobody_else_has_to_do_is_not_asked_for(office: Database, about: str, item: str, match: str) -> None:
    with pytest.raises(Problem, match=match):
        ask(office, about, item)


def test_a_head_asks_one_of_their_own_people_who_alone_sees_it(office: Database) -> None:
    urging.urge_person(office, HEAD, "E1", words="逾期 3 条，今天跟进")
    (one,) = urging.listing(office, replace(STAFF, person_id="E1"), as_of=AS_OF)
    assert (one.matter, one.text.zh, one.user_name) == ("own", "逾期 3 条，今天跟进", "销售经理")
    assert [found(office, who) for who in (BOSS, HEAD, HR)] == [[], [], []]
    with pytest.raises(Problem, match="已经催办过"):
        urging.urge_person(office, HEAD, "E1", words="再催")


@pytest.mark.parametrize("who", [HR, STAFF, SERVICE])
def test_who_does_not_lead_a_person_asks_them_for_nothing(office: Database, who: Identity) -> None:
    with pytest.raises(Forbidden):
        urging.urge_person(office, who, "E1", words="今天跟进")


def test_who_does_not_prepare_the_month_asks_for_no_item_of_it(office: Database) -> None:
    for who in (HEAD, DIRECTOR_OF_SALES, STAFF):
        with pytest.raises(Forbidden):
            ask(office, who=who)
    with pytest.raises(Problem, match="请写明"):
        urging.urge_person(office, HEAD, "E1", words=" ")

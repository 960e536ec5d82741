"""A statement is acknowledged person by person; silence is not consent; a change of one's lines asks anew."""

from collections.abc import Iterator
from datetime import date

import pytest
import sqlalchemy as sa

from data_contracts.contract import Problem
from kpi_app import access
from kpi_app.access import Forbidden, Identity
from kpi_app.settings import Settings
from kpi_app.store.complaints import rulings
from kpi_app.store.database import Database
from kpi_app.store.disputes import acknowledgements
from kpi_app.store.months import month, month_settings
from kpi_app.store.proving import audit
from tests.store.pay import BOSS, DIRECTOR_OF_SALES, HR, OCTOBER, STAFF, office_in

AS_OF = date(2026, 10, 31)


@pytest.fixture
def office(settings: Settings) -> Iterator[Database]:
    made = office_in(settings)
    month.compute(made, HR, OCTOBER, as_of=AS_OF)
    yield made
    made.close()


def said(db: Database, who: Identity = HR) -> dict[str, str]:
    return {one.person_id: one.state for one in acknowledgements.listing(db, who, OCTOBER)}


@pytest.mark.both
def test_who_said_nothing_has_not_agreed(office: Database) -> None:
    before = said(office)
    assert before["E1"] == "none"
    acknowledgements.acknowledge(office, STAFF, OCTOBER)
    assert said(office) == {**before, "E1": "agreed"}
    (mine,) = acknowledgements.own(office, STAFF, OCTOBER)
    assert (mine.state, mine.store_id, mine.at is None) == ("agreed", "S01", False)
    assert audit.listing(office, access.CONSOLE)[0]["verb"] == "statement.acknowledge"


def test_a_remark_needs_its_words(office: Database) -> None:
    for answer, words in (("remark", " "), ("agreed", "但是"), ("disagreed", "")):
        with pytest.raises(Problem, match="确认"):
            acknowledgements.acknowledge(office, STAFF, OCTOBER, answer=answer, words=words)
    (mine,) = acknowledgements.acknowledge(office, STAFF, OCTOBER, answer="remark", words="扣减请附录音")
    assert (mine.state, mine.words) == ("remark", "扣减请附录音")
    (mine,) = acknowledgements.acknowledge(office, STAFF, OCTOBER)  # the last word counts
    assert mine.state == "agreed"


def test_it_holds_as_long_as_ones_own_lines_stay(office: Database) -> None:
    acknowledgements.acknowledge(office, STAFF, OCTOBER)
    rulings.set_(
        office, DIRECTOR_OF_SALES, complaint_id="C2", person_id="E2", fault="有责", penalty_fen=50_00, note="漏回"
    )
    month.compute(office, HR, OCTOBER, as_of=AS_OF)
    assert said(office)["E1"] == "agreed"  # another's line is another's matter
    rulings.set_(
        office, DIRECTOR_OF_SALES, complaint_id="C2", person_id="E1", fault="有责", penalty_fen=50_00, note="漏回"
    )
    month.compute(office, HR, OCTOBER, as_of=AS_OF)
    assert said(office)["E1"] == "changed"
    acknowledgements.acknowledge(office, STAFF, OCTOBER)
    assert said(office)["E1"] == "agreed"


def test_a_returned_month_is_not_acknowledged_and_a_locked_one_is(office: Database) -> None:
    month.submit(office, HR, OCTOBER)
    month.return_(office, BOSS, OCTOBER, reason="再核对")
    with pytest.raises(Problem, match="正在重新计算"):
        acknowledgements.acknowledge(office, STAFF, OCTOBER)
    month.compute(office, HR, OCTOBER, as_of=AS_OF)
    month.submit(office, HR, OCTOBER)
    month.approve(office, BOSS, OCTOBER)
    month.lock(office, HR, OCTOBER)
    acknowledgements.acknowledge(office, STAFF, OCTOBER)
    assert said(office)["E1"] == "agreed"


def test_what_is_not_published_yet_is_not_acknowledged(office: Database) -> None:
    admin = Identity(user_id=8, name="管理员", roles=frozenset({"admin"}))
    month_settings.set_(office, admin, {"publication": "on"}, since="2026-10")
    with pytest.raises(Problem, match="没有您的绩效单"):
        acknowledgements.acknowledge(office, STAFF, OCTOBER)
    month.publish(office, HR, OCTOBER)
    acknowledgements.acknowledge(office, STAFF, OCTOBER)
    assert said(office)["E1"] == "agreed"


def test_who_is_on_no_sheet_has_nothing_to_say(office: Database) -> None:
    nobody = Identity(user_id=9, name="无表", roles=frozenset({"staff"}), person_id="X9")
    for who in (nobody, access.CONSOLE):
        with pytest.raises(Problem, match="没有您的绩效单"):
            acknowledgements.acknowledge(office, who, OCTOBER)
    assert acknowledgements.own(office, nobody, OCTOBER) == []


def test_the_list_is_for_who_may_see_the_pay(office: Database) -> None:
    with pytest.raises(Forbidden):
        said(office, STAFF)
    of_s02 = Identity(
        user_id=7, name="二店人事", roles=frozenset({"hr"}), scopes=frozenset({"store:S02"}), person_id="H02"
    )
    assert set(said(office, of_s02)) < set(said(office))
    assert acknowledgements.listing(office, HR, OCTOBER, state="agreed") == []


@pytest.mark.both
def test_the_database_keeps_what_was_said(office: Database) -> None:
    acknowledgements.acknowledge(office, STAFF, OCTOBER)
    for statement in ("UPDATE acknowledgements SET answer = 'agreed'", "DELETE FROM acknowledgements"):
        with pytest.raises(sa.exc.DBAPIError, match="are kept"), office.write() as conn:
            conn.execute(sa.text(statement))

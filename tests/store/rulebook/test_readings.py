"""Staff confirm having read the plan version that applies to them; a new version asks again."""

from collections.abc import Iterator

import pytest

from data_contracts.contract import Problem
from kpi_app import access
from kpi_app.access import Forbidden
from kpi_app.settings import Settings
from kpi_app.store.database import Database
from kpi_app.store.rulebook import plans, readings
from tests.store.pay import BOSS, HR, STAFF, office_in


@pytest.fixture
def office(settings: Settings) -> Iterator[Database]:
    made = office_in(settings)
    yield made
    made.close()


@pytest.mark.both
def test_a_plan_is_read_once_by_each_whom_it_concerns(office: Database) -> None:
    (before,) = readings.mine(office, STAFF)
    assert (before.plan, before.read_at) == ("satisfaction", None)
    assert before.notice
    readings.confirm(office, STAFF, "satisfaction")
    readings.confirm(office, STAFF, "satisfaction")
    (after,) = readings.mine(office, STAFF)
    assert after.read_at is not None
    unread = {one.person_id for one in readings.listing(office, HR, unread=True)}
    assert unread == {one.person_id for one in readings.listing(office, HR)} - {"E1"}


def test_a_new_version_is_another_thing_to_read(office: Database) -> None:
    readings.confirm(office, STAFF, "satisfaction")
    text = plans.show(office, access.CONSOLE, "satisfaction")
    (first,) = readings.mine(office, STAFF)
    plans.load(office, access.CONSOLE, text + "\n# again\n")
    (second,) = readings.mine(office, STAFF)
    assert (second.since, second.read_at) == (first.since, None)
    assert second.version > first.version


def test_a_plan_that_does_not_concern_one_is_not_confirmed(office: Database) -> None:
    for who in (HR, BOSS, access.CONSOLE):
        with pytest.raises(Problem, match="不适用于您"):
            readings.confirm(office, who, "satisfaction")
    with pytest.raises(Problem, match="不适用于您"):
        readings.confirm(office, STAFF, "f9")


def test_the_list_is_for_who_may_see_the_pay(office: Database) -> None:
    with pytest.raises(Forbidden):
        readings.listing(office, STAFF)
    assert {one.store_id for one in readings.listing(office, HR)} == {"S01", "S02"}
    assert readings.listing(office, HR, key="f9") == []

"""Which verb a unit offers to whom; the verbs themselves check again."""

from datetime import date

import pytest

from kpi_app.access import Identity
from kpi_app.pages.month import steps
from kpi_app.store.months.month import UnitState
from scorecards.sheet import STATUS_NAMES


def identity(role, scope="group"):
    return Identity(user_id=1, name=role, roles=frozenset({role}), scopes=frozenset({scope}), person_id="E1")


def unit(status):
    return UnitState(
        period="2026-10",
        store_id="S01",
        store_name="示例一店",
        status=status,
        revision=1,
        people=1,
        lines=1,
        total_fen=0,
        as_of=date(2026, 11, 1),
        snapshot_id=1,
    )


@pytest.mark.parametrize(
    ("role", "offered"),
    [
        ("hr", [["compute"], ["submit", "compute"], ["submit", "return"], ["return"], ["lock", "return"], []]),
        ("director", [[], [], ["return"], ["approve", "return"], ["return"], []]),
        ("head", [[]] * 6),
        ("admin", [[]] * 6),
        ("staff", [[]] * 6),
    ],
)
def test_each_status_offers_its_next_verbs_to_whoever_has_the_right(role, offered):
    assert [steps.verbs_for(identity(role), unit(status)) for status in STATUS_NAMES] == offered


@pytest.mark.parametrize("role", ["hr", "director"])
def test_another_store_offers_nothing(role):
    assert [steps.verbs_for(identity(role, "store:S02"), unit(status)) for status in STATUS_NAMES] == [[]] * 6


@pytest.mark.parametrize(("role", "offered"), [("hr", ["publish", "compute"]), ("director", []), ("head", [])])
def test_where_a_month_is_published_that_comes_before_the_submission(role, offered):
    assert steps.verbs_for(identity(role), unit("computed"), publishes=True) == offered
    assert "publish" not in steps.verbs_for(identity(role), unit("published"), publishes=True)

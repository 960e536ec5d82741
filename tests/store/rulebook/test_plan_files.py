"""Plans that ship: loading one stays a choice, by name, for some stores or all."""

from pathlib import Path

import pytest

from data_contracts.contract import Problem
from kpi_app.cli import month as commands
from kpi_app.store.database import Database
from kpi_app.store.rulebook import plans
from scorecards import plan as plan_file
from tests.scorecards.group import STORES
from tests.store.pay import enter
from tests.store.rulebook.test_plans import ADMIN


@pytest.mark.parametrize("name", plans.shipped_names())
def test_every_plan_that_ships_loads(name: str) -> None:
    findings = plan_file.check_text(plans.shipped(name))
    assert [one for one in findings if one.severity == "error"] == []


def test_a_new_store_begins_with_the_satisfaction_plan_alone(db: Database) -> None:
    plans.load_shipped(db, ADMIN)
    assert [row["key"] for row in plans.listing(db, ADMIN)] == ["satisfaction"]


def test_a_layout_for_one_store_stands_for_the_written_version_there(db: Database) -> None:
    enter(db, stores=STORES)
    plans.load(db, ADMIN, plans.shipped("f1"))
    plans.load(db, ADMIN, plans.shipped("f1_flat"), units=["S01"])
    with db.read() as conn:
        here, there = (plans.in_force(db, conn, "2026-10", store)[0] for store in ("S01", "S02"))
    assert ("定额" in here.name.zh, "成文" in there.name.zh) == (True, True)


def test_the_command_takes_the_name_of_one_that_ships() -> None:
    assert commands.plan_text(Path("f1")) == plans.shipped("f1")
    with pytest.raises(Problem, match="f1_flat"):
        commands.plan_text(Path("f9"))

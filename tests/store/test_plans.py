"""Plans are loaded as dated versions, kept as they were, and apply from their own month on."""

import pytest

from data_contracts.contract import Problem
from kpi_app import access
from kpi_app.access import Forbidden, Identity
from kpi_app.store import plans
from kpi_app.store.database import Database
from scorecards.plan import PlanError
from tests.scorecards.group import STORES
from tests.store.pay import HR, enter

ADMIN = Identity(user_id=1, name="admin", roles=frozenset({"admin"}))
SHIPPED = plans.shipped("satisfaction")


def version(since: str, published_on: str, amount: str) -> str:
    text = SHIPPED.replace('since = "2024-01"', f'since = "{since}"').replace("2023-12-01", published_on)
    return text.replace('amount = "200.00"', f'amount = "{amount}"')


def in_force(db: Database, month: str, store_id: str | None = None) -> list[tuple[str, str]]:
    with db.read() as conn:
        return [(plan.key, plan.since) for plan in plans.in_force(db, conn, month, store_id)]


@pytest.mark.both
def test_the_latest_version_not_after_the_month_applies(db: Database) -> None:
    plans.load_shipped(db, ADMIN)
    plans.load(db, ADMIN, version("2026-10", "2026-09-10", "250.00"))
    assert in_force(db, "2023-12") == []
    assert in_force(db, "2026-09") == [("satisfaction", "2024-01")]
    assert in_force(db, "2026-10") == [("satisfaction", "2026-10")]
    assert 'amount = "250.00"' in plans.show(db, HR, "satisfaction")
    assert 'amount = "200.00"' in plans.show(db, HR, "satisfaction", since="2024-01")
    with pytest.raises(Problem, match="没有方案"):
        plans.show(db, HR, "bonus")


def test_the_same_text_again_changes_nothing(db: Database) -> None:
    plans.load_shipped(db, ADMIN)
    plans.load_shipped(db, ADMIN)
    (row,) = plans.listing(db, HR)
    assert (row["key"], row["since"], row["notice"], row["units"]) == ("satisfaction", "2024-01", "样例 2023-12", "")


def test_a_wrong_plan_is_refused_and_nothing_is_kept(db: Database) -> None:
    with pytest.raises(PlanError):
        plans.load(db, ADMIN, SHIPPED.replace("weight = 50, waits", "weight = 60, waits"))
    assert plans.listing(db, HR) == []


def test_a_stricter_version_is_held_against_the_one_it_follows(db: Database) -> None:
    plans.load_shipped(db, ADMIN)
    with pytest.raises(PlanError, match="更严"):
        plans.load(db, ADMIN, version("2026-10", "2026-10-01", "150.00"))
    plans.load(db, ADMIN, version("2026-10", "2026-09-30", "150.00"))


def test_a_store_may_have_its_own_version(db: Database) -> None:
    enter(db, stores=STORES)
    plans.load_shipped(db, ADMIN)
    plans.load(db, ADMIN, version("2026-10", "2026-09-10", "250.00"), units=["S02"])
    assert in_force(db, "2026-10", "S01") == [("satisfaction", "2024-01")]
    assert in_force(db, "2026-10", "S02") == [("satisfaction", "2026-10")]
    with pytest.raises(Problem, match="没有门店 S09"):
        plans.load(db, ADMIN, SHIPPED, units=["S09"])


def test_only_who_maintains_plans_loads_them(db: Database) -> None:
    with pytest.raises(Forbidden):
        plans.load(db, HR, SHIPPED)
    plans.load(db, access.CONSOLE, SHIPPED)

"""Plans are loaded as dated versions, kept as they were, and apply from their own month on."""

from datetime import date

import pytest
import sqlalchemy as sa

from data_contracts.contract import Problem
from kpi_app import access
from kpi_app.access import Forbidden, Identity
from kpi_app.store import tables
from kpi_app.store.database import Database
from kpi_app.store.months import month
from kpi_app.store.rulebook import plans
from scorecards.plan import PlanError
from tests.scorecards.group import STORES
from tests.store.pay import BOSS, HR, OCTOBER, enter, fill

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


def amend(db: Database, rule: str, units: list[str] | None = None, since: str = "2026-12", **changes: str) -> None:
    notice = {"notice": "2026-31", "published_on": date(2026, 11, 20)}
    plans.amend(db, ADMIN, "satisfaction", rule, changes, since=since, units=units, **notice)  # type: ignore[arg-type]


@pytest.mark.both
def test_an_amount_is_edited_as_a_new_dated_version(db: Database) -> None:
    plans.load_shipped(db, ADMIN)
    amend(db, "R1", amount="250.00")
    assert in_force(db, "2026-11") == [("satisfaction", "2024-01")]
    assert in_force(db, "2026-12") == [("satisfaction", "2026-12")]
    assert 'amount = "250.00"' in plans.show(db, HR, "satisfaction", since="2026-12")
    assert 'amount = "200.00"' in plans.show(db, HR, "satisfaction", since="2024-01")
    (row,) = [row for row in plans.listing(db, HR) if row["since"] == "2026-12"]
    assert (row["notice"], row["published_on"], row["loaded_by"]) == ("2026-31", "2026-11-20", "admin")
    assert audit_verbs(db).count("plan.load") == 2


def audit_verbs(db: Database) -> list[str]:
    with db.read() as conn:
        return list(conn.execute(sa.select(tables.audit.c.verb)).scalars())


def test_an_edit_that_would_not_load_changes_nothing(db: Database) -> None:
    plans.load_shipped(db, ADMIN)
    with pytest.raises(PlanError, match="公示日期"):
        amend(db, "R1", since="2026-11", amount="250.00")  # published on 20 November
    with pytest.raises(PlanError, match=r"下限 150\.00 高于上限 100\.00"):
        amend(db, "R2", min_amount="150.00")
    with pytest.raises(Problem, match="没有规则或记分卡 R9"):
        amend(db, "R9", amount="1")
    with pytest.raises(Problem, match="没有生效的方案 satisfaction"):
        amend(db, "R1", since="2023-01", amount="1")
    assert len(plans.listing(db, HR)) == 1


def test_an_edit_follows_the_version_of_its_own_stores(db: Database) -> None:
    enter(db, stores=STORES)
    plans.load_shipped(db, ADMIN)
    plans.load(db, ADMIN, version("2026-10", "2026-09-10", "300.00"), units=["S02"])
    amend(db, "R1", units=["S02"], amount="350.00")
    assert in_force(db, "2026-12", "S01") == [("satisfaction", "2024-01")]
    assert in_force(db, "2026-12", "S02") == [("satisfaction", "2026-12")]


def test_a_text_is_compared_with_the_version_in_force(db: Database) -> None:
    plans.load_shipped(db, ADMIN)
    found = plans.differences(db, ADMIN, version("2026-12", "2026-11-10", "150.00"))
    said = {one.where: (one.words.zh, one.effect) for one in found}
    assert said["R1"] == ("金额 200.00 元 → 150.00 元", "worse")
    assert said["R3"][1] == "better"  # the same replacement lowers a fixed reduction
    assert plans.differences(db, ADMIN, SHIPPED) == []
    assert {one.change for one in plans.differences(db, ADMIN, plans.shipped("f1"))} == {"added"}


def test_a_second_sanction_for_one_event_is_refused_in_the_same_stores_only(db: Database) -> None:
    enter(db, stores=STORES)
    plans.load(db, ADMIN, SHIPPED, units=["S01"])
    again = plans.shipped("f3_complaints")
    (found,) = plans.check(db, ADMIN, again)
    assert "判定 责任 已由 satisfaction/R2 扣减" in found.message.zh
    with pytest.raises(PlanError, match="同一事项只扣一次"):
        plans.load(db, ADMIN, again, units=["S01"])
    assert plans.check(db, ADMIN, again, units=["S02"]) == []
    plans.load(db, ADMIN, again, units=["S02"])


def test_who_loads_a_version_is_told_of_the_months_it_reaches_back_to(db: Database) -> None:
    fill(db)
    month.compute(db, HR, OCTOBER, as_of=OCTOBER.last)
    month.submit(db, HR, OCTOBER)
    month.approve(db, BOSS, OCTOBER)
    month.lock(db, HR, OCTOBER, unit="S01")  # S02 is approved, which is handed in

    def told(text: str, units: list[str] | None = None) -> str:
        return " ".join(it.message.zh for it in plans.check(db, ADMIN, text, units=units) if it.where == "since")

    october, november = (version(since, "2026-09-10", "250.00") for since in ("2026-10", "2026-11"))
    assert "已提交或已封账的 2026-10（S01、S02）：这些月份本身不变" in told(october)
    assert "2026-10（S02）" in told(october, ["S02"])
    assert told(november) == ""
    late = plans.load(db, ADMIN, october, units=["S02"])
    back = plans.reaches_back(db, ADMIN, late, units=["S02"])
    assert back is not None
    assert "2026-10 (S02); these stay as they are" in back.en
    assert "2026-10（S01）" in told(version("2026-10", "2026-09-10", "260.00"))  # S02 has its own by now
    with pytest.raises(Forbidden):
        plans.reaches_back(db, HR, late)


def test_only_who_maintains_plans_edits_and_compares_them(db: Database) -> None:
    for deed in (
        lambda: plans.check(db, HR, SHIPPED),
        lambda: plans.differences(db, HR, SHIPPED),
        lambda: plans.amend(
            db, HR, "satisfaction", "R1", {}, since="2026-12", notice="1", published_on=date(2026, 11, 1)
        ),
    ):
        with pytest.raises(Forbidden):
            deed()

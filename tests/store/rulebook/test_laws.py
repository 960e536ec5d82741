"""Law profiles are uploaded by an administrator, kept as they are, and apply from their month on."""

from typing import Any

import pytest
import sqlalchemy as sa

from data_contracts.contract import Problem
from kpi_app import access
from kpi_app.access import Forbidden
from kpi_app.store.database import Database
from kpi_app.store.proving import audit
from kpi_app.store.rulebook import laws
from scorecards.law import LawError
from tests.scorecards.test_law import REGION
from tests.store.pay import BOSS, HR

ADMIN = access.Identity(user_id=9, name="管理员", roles=frozenset({"admin"}), person_id="A01")


def test_a_store_begins_with_the_nationwide_profile(db: Database) -> None:
    (row,) = laws.listing(db, ADMIN)
    assert (row["region"], row["since"], row["loss_share"], row["fine_share"]) == ("全国", "1995-01", "20%", "")
    assert laws.show(db, ADMIN, "全国").startswith("# What the pay guards hold")


@pytest.mark.both
def test_a_version_is_loaded_once_and_kept(db: Database) -> None:
    for _ in range(2):
        assert laws.load(db, ADMIN, REGION).region == "示例市"
    later = REGION.replace("2026-07", "2027-01")
    laws.load(db, ADMIN, later)
    assert [row["since"] for row in laws.listing(db, ADMIN)] == ["1995-01", "2026-07", "2027-01"]
    assert laws.show(db, ADMIN, "示例市") == later
    assert laws.show(db, ADMIN, "示例市", since="2026-07") == REGION
    assert [entry["verb"] for entry in audit.listing(db, access.CONSOLE)] == ["law.load", "law.load"]
    for deed in ("UPDATE law_versions SET text = 'x'", "DELETE FROM law_versions"):
        with pytest.raises(sa.exc.DBAPIError, match="are kept"), db.write() as conn:
            conn.execute(sa.text(deed))


@pytest.mark.parametrize("who", [HR, BOSS])
def test_only_an_administrator_loads_one(db: Database, who: Any) -> None:
    with pytest.raises(Forbidden):
        laws.load(db, who, REGION)


def test_what_is_wrong_is_refused(db: Database) -> None:
    with pytest.raises(LawError, match="大于 0"):
        laws.load(db, ADMIN, REGION.replace("15%", "0%"))
    laws.load(db, ADMIN, REGION)
    with pytest.raises(Problem, match="已属于地区 示例市"):
        laws.load(db, ADMIN, REGION.replace('region = "示例市"', 'region = "别地"'))
    with pytest.raises(Problem, match="没有地区 别地"):
        laws.show(db, ADMIN, "别地")

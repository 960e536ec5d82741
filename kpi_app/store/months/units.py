"""Which pay units somebody reaches in a month, and whether they stand where a verb can take them on."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

import sqlalchemy as sa

from data_contracts.contract import Problem
from kpi_app import access
from kpi_app.access import Forbidden, Post, Right
from kpi_app.store.database import Database
from kpi_app.store.months import snapshots
from kpi_app.store.months.snapshots import UnitState
from kpi_app.store.rows import facts
from metrics.period import Period
from scorecards.sheet import STATUS_NAMES


def taken(
    db: Database,
    conn: sa.Connection,
    who: access.Identity,
    rights: Iterable[Right],
    period: Period,
    unit: str | None,
    wanted: Sequence[str],
) -> list[UnitState]:
    """The units in reach that stand at a wanted status. Raises Problem where there is none, naming the next step."""
    within = snapshots.states(conn, period.label, reach(db, conn, who, rights, period, unit))
    found = [state for state in within if state.status in wanted]
    if not found:
        stand = "、".join(f"{state.store_name}{STATUS_NAMES[state.status].zh}" for state in within)
        stand_en = ", ".join(f"{state.store_id} is {state.status}" for state in within)
        need = "或".join(STATUS_NAMES[status].zh for status in wanted)
        raise Problem(
            f"{period.label}：{stand}；这一步要求{need}。{_next_step(within)[0]}",
            f"{period.label}: {stand_en}; this step needs {' or '.join(wanted)}. {_next_step(within)[1]}",
        )
    return found


def _next_step(within: Sequence[UnitState]) -> tuple[str, str]:
    found = {state.status for state in within}
    if found == {"locked"}:
        return (
            "已封账的月份不再改动，更正在下一个未封账的月份补差。",
            "A locked month never changes; correct it in the next.",
        )
    if found <= {"published", "submitted", "approved"}:
        return "如需改动，请先退回。", "To change it, have it returned first."
    return "请先完成前一步。", "Do the step before it first."


def reach(
    db: Database, conn: sa.Connection, who: access.Identity, rights: Iterable[Right], period: Period, unit: str | None
) -> dict[str, str]:
    """store_id → store_name of the units ``who`` has one of the rights over. Raises Problem for an unknown unit."""
    wide = list(rights)
    rows = facts.of(db, facts.at(conn, contracts=["stores"]))["stores"].sort("store_id").collect()
    stores = {
        row["store_id"]: row["store_name"]
        for row in rows.to_dicts()
        if (row["opened_on"] is None or row["opened_on"] <= period.last)
        and (row["closed_on"] is None or row["closed_on"] >= period.first)
    }
    if not stores:
        raise Problem("还没有门店；请先导入门店。", "There are no stores yet; import them first.")
    if unit is not None and unit not in stores:
        near = get_close_matches(unit, stores, n=3, cutoff=0.3) or list(stores)
        raise Problem(f"没有门店 {unit}；可选 {'、'.join(near)}。", f"No store {unit}; there are {', '.join(near)}.")
    reached = {
        store_id: name
        for store_id, name in stores.items()
        if unit in (None, store_id) and any(access.may(who, right, posts=[Post(store_id=store_id)]) for right in wide)
    }
    if not reached:
        raise Forbidden(wide[0], who)
    return reached

"""Facts that come too late for their month: what an import says of the months that it can no longer change."""

from collections.abc import Mapping

import polars as pl
import sqlalchemy as sa

from data_contracts.contract import Contract, Text
from kpi_app.store import tables
from kpi_app.store.database import Database
from kpi_app.store.months import calendar
from kpi_app.store.months.snapshots import FROZEN
from kpi_app.store.rows import facts
from metrics.period import Period
from scorecards.sheet import STATUS_NAMES

Closed = Mapping[tuple[str, str], Text]
"""Pay month and unit → why it takes no further facts."""

PAST_CUTOFF = Text("已过数据截止", "past its data cut-off")
SHOWN = 6
"""So many units are named; the others are counted."""

WITHOUT_STORE = {"benchmarks": "published_on", "complaint_rulings": "judged_at", "calendar_days": "falls_on"}
"""Contracts whose rows name no store, and the column that says which month they bear on, in every unit."""


def closed_months(db: Database, conn: sa.Connection) -> dict[tuple[str, str], Text]:
    """The months of units that are handed in or locked, and last month's that are past their cut-off."""
    it = tables.pay_units.c
    rows = conn.execute(sa.select(it.period, it.store_id, it.status).where(it.status.in_(FROZEN)))
    found = {(row.period, row.store_id): STATUS_NAMES[row.status] for row in rows}
    last = Period.containing(db.settings.today(), "month", db.settings.month_starts_on).previous()
    stores = facts.of(db, facts.at(conn, contracts=["stores"]))["stores"].select("store_id").collect()["store_id"]
    for store_id in stores.sort():
        if (last.label, store_id) not in found and calendar.cutoff(db, conn, last, store_id).data is not None:
            found[last.label, store_id] = PAST_CUTOFF
    return found


def remark(moved: pl.DataFrame, contract: Contract, closed: Closed, month_starts_on: int) -> Text | None:
    """What to say of rows that came, changed or left in months closed to them; None where there are none."""
    places = _places(moved, contract)
    if places is None:
        return None
    found: set[tuple[str, str]] = set()
    late = []
    for day, store_id in places.select("_on", "_store").unique().rows():
        label = Period.containing(day, "month", month_starts_on).label
        units = {unit for unit in closed if unit[0] == label and store_id in (None, unit[1])}
        found |= units
        late += [(day, store_id)] if units else []
    if not late:
        return None
    at = pl.DataFrame(late, schema={"_on": pl.Date, "_store": pl.String}, orient="row")
    rows = places.join(at, on=["_on", "_store"], how="semi", nulls_equal=True).select(contract.key).n_unique()
    named = sorted(found)
    zh = "、".join(f"{label} {store_id} {closed[label, store_id].zh}" for label, store_id in named[:SHOWN])
    en = ", ".join(f"{label} {store_id} is {closed[label, store_id].en}" for label, store_id in named[:SHOWN])
    if len(named) > SHOWN:
        zh, en = f"{zh} 等 {len(named)} 个", f"{en} and {len(named) - SHOWN} more"
    return Text(
        f"其中 {rows} 行来得晚（{zh}）：这些月份不再改动，对绩效的影响在下一个未封账的月份补差",
        f"{rows} of these rows come late ({en}): those months stay, and what the rows change in pay is corrected "
        "in the next open month",
    )


def _places(moved: pl.DataFrame, contract: Contract) -> pl.DataFrame | None:
    """Day, store (null: all) and key of each row; None for contracts without a day or store."""
    if contract.name in WITHOUT_STORE:
        day, store = pl.col(WITHOUT_STORE[contract.name]).cast(pl.Date), pl.lit(None, pl.String)
    elif contract.dated_by is not None and "store_id" in moved.columns:
        day, store = pl.col("day"), pl.col("store_id")
    else:
        return None
    return moved.select(day.alias("_on"), store.alias("_store"), *contract.key).unique()

"""What is wrong or odd in the facts: ids that nobody knows, people who count without a post."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import polars as pl
from polars import col

from data_contracts.catalogue import CONTRACTS
from data_contracts.contract import Text
from kpi_app import access
from kpi_app.access import Post, Right
from kpi_app.store.database import Database
from kpi_app.store.months.checks import of_data
from kpi_app.store.rows import facts as store_facts
from kpi_app.store.rows import reach
from kpi_app.store.rows.facts import Shard
from metrics.period import Period
from scorecards.posts import store_names


@dataclass(frozen=True, kw_only=True)
class Unknown:
    """An id that rows were refused for and that is still unknown: where it stands, how often, and why."""

    contract: str
    file: str
    import_id: int
    column: str
    value: str
    row: int
    rows: int
    reason: Text


def unknown(db: Database, who: access.Identity) -> list[Unknown]:
    """The ids for which rows of the newest import of each file were refused, the most frequent first; for who is bound
    to scopes those of their own imports, as :func:`kpi_app.store.rows.ledger.show` tells refusals."""
    access.require(who, Right.IMPORT)
    with db.read() as conn:
        found = of_data.refused_references(conn)
    if reach.is_bound(who):
        own = {key: [row for row in rows if row.user_name == who.name] for key, rows in found.items()}
        found = {key: rows for key, rows in own.items() if rows}
    listed = [
        Unknown(
            contract=contract,
            file=rows[0].file,
            import_id=rows[0].import_id,
            column=column,
            value=value,
            row=rows[0].row,
            rows=len(rows),
            reason=Text(rows[0].reason_zh, rows[0].reason_en),
        )
        for (contract, column, value), rows in found.items()
    ]
    return sorted(listed, key=lambda it: (-it.rows, it.contract, it.value))


def stores(db: Database, who: access.Identity) -> dict[str, str]:
    """Store → its name, for the rows of these lists. Raises Forbidden without the right to import."""
    access.require(who, Right.IMPORT)
    return store_names(store_facts.load(db))


def without_post(db: Database, who: access.Identity, period: Period) -> pl.DataFrame:
    """People named on the period's rows on a day on which they hold no post: they count for no team.

    Columns: contract, store_id, person_id, rows, first, last (days). Whoever has scopes sees the stores in them.
    """
    access.require(who, Right.IMPORT)
    with db.read() as conn:
        shards = store_facts.at(conn)
    found = _without_post(db, tuple(shards), period.first, period.last)
    if Right.SCORES not in who.rights:  # the administrator, whose rights know no scopes
        return found
    stores = [it for it in found["store_id"].unique() if who.covers(posts=[Post(store_id=it)])]
    return found.filter(col("store_id").is_in(stores))


@lru_cache(maxsize=24)
def _without_post(db: Database, shards: tuple[Shard, ...], first: date, last: date) -> pl.DataFrame:
    rows = store_facts.of(db, shards)
    held = rows["people"].select("person_id", "since", "until", "left_on")
    parts = [part for name in CONTRACTS if (part := _named(rows, name, first, last)) is not None]
    named = pl.concat(parts)
    with_post = (
        named.join(held, on="person_id")
        .filter(
            col("since") <= col("day"),
            col("until").is_null() | (col("until") > col("day")),
            col("left_on").is_null() | (col("left_on") >= col("day")),
        )
        .select("person_id", "day")
        .unique()
    )
    return (
        named.join(with_post, on=["person_id", "day"], how="anti")
        .group_by("contract", "store_id", "person_id")
        .agg(rows=pl.len().cast(pl.Int64), first=col("day").min(), last=col("day").max())
        .sort(["rows", "contract", "store_id", "person_id"], descending=[True, False, False, False])
        .collect()
    )


def _named(rows: Mapping[str, pl.LazyFrame], name: str, first: date, last: date) -> pl.LazyFrame | None:
    """Contract, store_id, person_id and day of a dated contract's rows; a row names each of its people once."""
    contract = CONTRACTS[name]
    people = [column for column, cell in contract.cells.items() if cell.refers == "people"]
    if contract.dated_by is None or not people:
        return None
    store = col("store_id") if "store_id" in contract.cells else pl.lit("", pl.String).alias("store_id")
    return (
        rows[name]
        .filter(col("day").is_between(first, last))
        .select(store, "day", person_id=pl.concat_list(people).list.unique())
        .explode("person_id")
        .filter(col("person_id").is_not_null())
        .select(pl.lit(name).alias("contract"), "store_id", "person_id", "day")
    )

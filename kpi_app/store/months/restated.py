"""What a frozen month was paid on, held against what is known today.

A figure or ruling that a frozen month has judged stays with that month when it is restated: a regional average
published anew keeps its first publication, a ruling changed later keeps the day it was first made. What changed is
looked for only among rows that can bear on a month: those dated up to the last day it may know of.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

import polars as pl
import sqlalchemy as sa

from data_contracts.catalogue import CONTRACTS
from kpi_app.store import tables
from kpi_app.store.database import Database
from kpi_app.store.months import calendar
from kpi_app.store.months.calendar import Cutoff
from kpi_app.store.months.snapshots import FROZEN
from kpi_app.store.rows import facts
from kpi_app.store.rows.facts import Shard
from metrics.credit import Facts
from metrics.period import Period
from scorecards.causes import Source

LATE_SHARDS = ("renewals",)
"""Contracts whose rows are dated by a day that may lie after what they tell: a policy is renewed before it expires."""


@dataclass(frozen=True, kw_only=True)
class FrozenUnit:
    """A unit's month that is submitted, approved or locked, and what it was computed from."""

    period: Period
    store_id: str
    snapshot_id: int
    read_to: Cutoff
    as_of: date
    paid_on: date | None


def frozen_units(db: Database, conn: sa.Connection, before: Period) -> list[FrozenUnit]:
    """All frozen units of earlier months, the oldest first. A locked one is paid out on its calendar's pay day."""
    unit, snapshot = tables.pay_units, tables.snapshots
    rows = conn.execute(
        sa.select(unit.c.period, unit.c.store_id, unit.c.status, unit.c.snapshot_id, snapshot.c.as_of)
        .join(snapshot, unit.c.snapshot_id == snapshot.c.snapshot_id)
        .where(unit.c.period < before.label, unit.c.status.in_(FROZEN))
        .order_by(unit.c.period, unit.c.store_id)
    ).all()
    read = cutoffs(conn, [row.snapshot_id for row in rows])
    months = {row.period: Period.parse(row.period, before.month_starts_on) for row in rows}
    return [
        FrozenUnit(
            period=months[row.period],
            store_id=row.store_id,
            snapshot_id=row.snapshot_id,
            read_to=read[row.snapshot_id],
            as_of=row.as_of,
            paid_on=calendar.pay_day(db, conn, months[row.period], row.store_id) if row.status == "locked" else None,
        )
        for row in rows
    ]


def cutoffs(conn: sa.Connection, snapshot_ids: Collection[int]) -> dict[int, Cutoff]:
    """Snapshot → the imports that it was read up to: that of rulings is another where they end on a later day."""
    it, inputs = tables.snapshots.c, tables.snapshot_inputs.c
    of_rulings = sa.func.coalesce(inputs.body["rulings_import_id"].as_integer(), it.import_id)
    rows = conn.execute(
        sa.select(it.snapshot_id, it.import_id, of_rulings)
        .outerjoin_from(tables.snapshots, tables.snapshot_inputs, inputs.snapshot_id == it.snapshot_id)
        .where(it.snapshot_id.in_(snapshot_ids))
    )
    return {number: Cutoff(data, rulings) for number, data, rulings in rows}


def units_of(db: Database, conn: sa.Connection, snapshot_ids: Collection[int]) -> list[FrozenUnit]:
    """The units of snapshots that were frozen once, whatever became of them since; unpaid ones."""
    it, read = tables.snapshots.c, cutoffs(conn, snapshot_ids)
    rows = conn.execute(
        sa.select(it.period, it.store_id, it.snapshot_id, it.as_of)
        .where(it.snapshot_id.in_(snapshot_ids))
        .order_by(it.period, it.store_id)
    )
    return [
        FrozenUnit(
            period=Period.parse(row.period, db.settings.month_starts_on),
            store_id=row.store_id,
            snapshot_id=row.snapshot_id,
            read_to=read[row.snapshot_id],
            as_of=row.as_of,
            paid_on=None,
        )
        for row in rows
    ]


class Restated:
    """Facts at any import as those who judged first would date them."""

    def __init__(self, db: Database, conn: sa.Connection, frozen: Sequence[FrozenUnit]) -> None:
        self._db, self._conn, self._frozen = db, conn, frozen
        self._shards: dict[Cutoff, list[Shard]] = {}

    def shards(self, read_to: Cutoff) -> list[Shard]:
        """The shards that a snapshot read."""
        if read_to not in self._shards:
            self._shards[read_to] = read_to.shards(self._conn)
        return self._shards[read_to]

    def facts(self, shards: Sequence[Shard]) -> Facts:
        """The facts of those shards, with regional averages and rulings dated as they were first judged."""
        found = facts.of(self._db, shards)
        if not self._frozen:
            return found
        for unit in self._frozen:
            self.shards(unit.read_to)  # what is dated later on must not ask a connection that was given back

        def rulings() -> pl.LazyFrame:
            dated = _dated(found["complaint_rulings"], self._judged, "complaint_rulings")
            return dated.with_columns(day=pl.col("judged_at").dt.date())

        return found.but(
            benchmarks=lambda: _dated(found["benchmarks"], self._published, "benchmarks"), complaint_rulings=rulings
        )

    @cached_property
    def _published(self) -> pl.DataFrame:
        """Benchmark → the publication by which a frozen month judged it first."""
        found = []
        for period, read_to in dict.fromkeys((unit.period, unit.read_to) for unit in self._frozen):
            is_judged = pl.col("published_on").is_between(period.first, period.last)
            found.append(self._rows("benchmarks", read_to).filter(is_judged))
        return _first(found, "benchmarks", "published_on")

    @cached_property
    def _judged(self) -> pl.DataFrame:
        """Ruling → the moment at which a frozen month of its store had it made."""
        stores: dict[tuple[Period, Cutoff], list[str]] = {}
        for unit in self._frozen:
            stores.setdefault((unit.period, unit.read_to), []).append(unit.store_id)
        found = []
        for (period, read_to), within in stores.items():
            complaints = self._rows("complaints", read_to).filter(pl.col("store_id").is_in(within))
            rulings = self._rows("complaint_rulings", read_to).filter(
                pl.col("day").is_between(period.first, period.last)
            )
            found.append(rulings.join(complaints.select("complaint_id"), on="complaint_id", how="semi"))
        return _first(found, "complaint_rulings", "judged_at")

    def _rows(self, contract: str, read_to: Cutoff) -> pl.LazyFrame:
        return facts.scan(self._db.home, CONTRACTS[contract], self.shards(read_to))

    def changed(self, then: Sequence[Shard], now: Sequence[Shard], latest: date) -> frozenset[Source]:
        """The rows that differ between two sets of shards among those that can bear on a month known to ``latest``."""
        before, after = set(then), set(now)
        if before == after:
            return frozenset()
        differing = before ^ after
        found: set[Source] = set()
        for name, contract in CONTRACTS.items():
            months = {shard.month for shard in differing if shard.contract == name}
            if not months:
                continue
            if contract.dated_by is not None and name != "complaint_rulings":
                months = {month for month in months if name in LATE_SHARDS or month <= f"{latest:%Y-%m}"}
                old, new = (
                    facts.scan(
                        self._db.home, contract, [it for it in them if it.contract == name and it.month in months]
                    )
                    for them in (then, now)
                )
            else:
                old, new = (_known(self.facts(_only(name, them))[name], name, latest) for them in (then, now))
            found |= _differing(old, new, name)
        return frozenset(found)


def _only(contract: str, shards: Iterable[Shard]) -> list[Shard]:
    return [shard for shard in shards if shard.contract == contract]


def _first(found: Collection[pl.LazyFrame], contract: str, column: str) -> pl.DataFrame:
    """Key → the earliest value of the column."""
    key = CONTRACTS[contract].key
    rows = pl.concat([frame.select(*key, column) for frame in found]).collect()
    return rows.sort(column).unique(key, keep="first", maintain_order=True)


def _dated(rows: pl.LazyFrame, first: pl.DataFrame, contract: str) -> pl.LazyFrame:
    """Rows with the column of ``first`` as it was where their key is known there."""
    key, columns = CONTRACTS[contract].key, rows.collect_schema().names()
    (column,) = [name for name in first.columns if name not in key]
    joined = rows.join(first.lazy().rename({column: "_first"}), on=key, how="left")
    return joined.with_columns(pl.coalesce("_first", column).alias(column)).select(columns)


def _known(rows: pl.LazyFrame, contract: str, latest: date) -> pl.LazyFrame:
    """The rows of a contract that a month known to ``latest`` can have read, and what of them."""
    match contract:
        case "people":
            ends = [
                pl.when(pl.col(name) <= latest).then(pl.col(name)).alias(name) for name in ("until", "left_on")
            ]  # an end that lies later was not one yet
            return rows.filter(pl.col("since") <= latest).with_columns(ends)
        case "pay_profiles" | "minimum_wages":
            return rows.filter(pl.col("since") <= latest)
        case "absences":
            return rows.filter(pl.col("from_on") <= latest)
        case "targets":
            return rows.filter(pl.col("since") <= f"{latest + timedelta(days=31):%Y-%m}")  # whatever day months begin
        case "benchmarks":
            return rows.filter(pl.col("published_on") <= latest)
        case "complaint_rulings":
            return rows.filter(pl.col("day") <= latest)
        case _:
            return rows


def _differing(old: pl.LazyFrame, new: pl.LazyFrame, contract: str) -> set[Source]:
    values = [name for name in old.collect_schema().names() if name not in (*facts.PROVENANCE, "day")]
    key = pl.concat_str(*(pl.col(name).cast(pl.String) for name in CONTRACTS[contract].key), separator="/")
    before, after = old.select(values).collect(), new.select(values).collect()
    gone = before.join(after, on=values, how="anti", nulls_equal=True)
    come = after.join(before, on=values, how="anti", nulls_equal=True)
    return {(contract, name) for name in pl.concat([gone, come]).select(key.alias("key"))["key"].to_list()}

"""Computing a pay month: what it stands on, the units' sheets, and putting in force what came out different."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import polars as pl
import sqlalchemy as sa

from data_contracts.contract import Problem
from kpi_app import __version__, access
from kpi_app.access import Right
from kpi_app.store import tables
from kpi_app.store.database import Database
from kpi_app.store.months import calendar, lines, losses, month_settings, snapshots
from kpi_app.store.months.calendar import Cutoff
from kpi_app.store.months.overtime import Past
from kpi_app.store.months.restated import frozen_units
from kpi_app.store.months.snapshots import UnitState
from kpi_app.store.months.units import taken
from kpi_app.store.proving import audit, given, inputs, seals
from kpi_app.store.proving.given import Given
from kpi_app.store.rows import facts
from kpi_app.store.rulebook import laws, plans
from metrics.period import Period
from scorecards import sheet as sheets
from scorecards.payout import UNIT_NAMES
from scorecards.plan import Plan
from scorecards.rules import LINE_COLUMNS, pay_lines
from scorecards.sheet import Sheet

ATTEMPTS = 3
"""So often a month is computed while others may write; after that it is done with everybody else kept out."""


@dataclass(frozen=True, kw_only=True)
class Computed:
    """A unit's sheet before it is stored, the hash over all it was computed from, all that itself, and the earlier
    months held against it."""

    sheet: Sheet
    inputs_sha256: str
    given: Given
    reviewed: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What a computation stands on. ``mark`` changes with anything in it."""

    period: Period
    states: Sequence[UnitState]
    import_id: int
    cutoffs: Mapping[str, Cutoff]
    shards: Mapping[Cutoff, Sequence[facts.Shard]]
    plans: Mapping[str, Sequence[Plan]]
    mark: str

    @classmethod
    def of(
        cls,
        db: Database,
        conn: sa.Connection,
        who: access.Identity,
        period: Period,
        unit: str | None,
        wanted: Sequence[str] = ("open", "computed"),
    ) -> "Ground":
        within = taken(db, conn, who, [Right.PREPARE], period, unit, wanted)
        by_store = {state.store_id: plans.in_force(db, conn, period.label, state.store_id) for state in within}
        if not any(by_store.values()):
            raise Problem(
                f"{period.label} 没有适用的方案；请用 kpi plan load 载入。",
                f"No plan applies in {period.label}; load one with kpi plan load.",
            )
        it = tables.pay_units.c
        units = conn.execute(
            sa.select(it.period, it.store_id, it.status, it.snapshot_id).order_by(it.period, it.store_id)
        )
        cutoffs = {state.store_id: calendar.cutoff(db, conn, period, state.store_id) for state in within}
        mark = [
            facts.head(conn),
            {store: [cutoff.data, cutoff.rulings] for store, cutoff in cutoffs.items()},
            {store: [plan.digest for plan in of_store] for store, of_store in by_store.items()},
            [list(row) for row in units],
            [line["line_id"] for line in lines.approved(conn, period)],
            [law.digest for law in laws.loaded(conn)],
            repr(losses.of_month(db, conn, period)),
        ]
        return cls(
            period=period,
            states=within,
            import_id=facts.head(conn),
            cutoffs=cutoffs,
            shards={cutoff: cutoff.shards(conn) for cutoff in set(cutoffs.values())},
            plans=by_store,
            mark=json.dumps(mark, sort_keys=True),
        )

    def read_to(self, store_id: str) -> int:
        """The import that a unit's month reads up to."""
        data = self.cutoffs[store_id].data
        return self.import_id if data is None else data

    def reads(self, store_id: str) -> Cutoff:
        """The same with that of rulings, both named: what is read without an end is read up to the newest import."""
        rulings = self.cutoffs[store_id].rulings
        return Cutoff(self.read_to(store_id), self.import_id if rulings is None else rulings)


def sheets_of(db: Database, conn: sa.Connection, ground: Ground, as_of: date) -> list[Computed]:
    """The sheets of the units whose inputs differ from those of their snapshot. Units under the same plans are
    computed together."""
    period, made = ground.period, []
    manual = lines.approved(conn, period)
    before = {state.store_id: _previous(db, conn, period, state.store_id) for state in ground.states}
    units = {
        state.store_id: month_settings.of(conn, period.label, state.store_id).payout_unit for state in ground.states
    }
    named = {
        store_id: _inputs(ground, store_id, before[store_id]) | {"发放单位": UNIT_NAMES[payout_unit].zh}
        for store_id, payout_unit in units.items()
    }
    profiles, open_losses = laws.loaded(conn), losses.of_month(db, conn, period)
    frozen = frozen_units(db, conn, period)
    known = [
        as_of.isoformat(),
        [line["line_id"] for line in manual],
        [(unit.period.label, unit.store_id, unit.snapshot_id) for unit in frozen],
        db.settings.correction_months,
        [law.digest for law in profiles],
        repr(open_losses),
    ]
    hashes = {
        store_id: _sha256([of_unit, *known, inputs.metric_versions(ground.plans[store_id], period)])
        for store_id, of_unit in named.items()
    }
    moved = [
        state.store_id
        for state in ground.states
        if state.status == "open" or hashes[state.store_id] != _inputs_sha256(conn, state)
    ]
    if not moved:
        return []
    earlier = snapshots.frozen_lines(conn, period.label)
    pasts = {
        cutoff: Past(db, conn, period, frozen, earlier, shards=ground.shards[cutoff], known_by=as_of)
        for cutoff in {ground.cutoffs[store_id] for store_id in moved}
    }
    due = {
        store_id: found
        for cutoff, past in pasts.items()
        for store_id, found in past.due([it for it in moved if ground.cutoffs[it] == cutoff]).items()
    }
    together: dict[tuple[object, ...], list[str]] = {}
    for store_id in moved:
        cutoff = ground.cutoffs[store_id]
        digests = tuple(plan.digest for plan in ground.plans[store_id])
        together.setdefault((cutoff, digests, pasts[cutoff].waiting_key(period, store_id)), []).append(store_id)
    for stores in together.values():
        in_force, past = ground.plans[stores[0]], pasts[ground.cutoffs[stores[0]]]
        read: dict[str, Any] = {
            "plans": in_force,
            "as_of": as_of,
            "stores": stores,
            "manual": pl.DataFrame(manual, schema=LINE_COLUMNS),
            "earlier": earlier,
            "laws": profiles,
            "losses": open_losses,
            "corrections": [line for store_id in stores for line in due[store_id].lines],
            "origins": past.origins(period, stores[0]),
            "paid": past.paid(period, stores[0]),
        }
        standing = [line for store_id in stores for line in due[store_id].standing]
        result = pay_lines(facts=past.facts, pay_month=period, standing=standing, **read)
        found = [finding for store_id in stores for finding in due[store_id].findings]
        result = replace(result, findings=[*result.findings, *found])
        for store_id in stores:
            built: dict[str, Any] = {
                "as_of": as_of,
                "previous": before[store_id],
                "inputs": named[store_id],
                "payout_unit": units[store_id],
            }
            made.append(
                Computed(
                    sheet=sheets.build(result, in_force, past.facts, period, store_id, **built),
                    inputs_sha256=hashes[store_id],
                    given=Given(
                        period=period,
                        store_id=store_id,
                        read_to=ground.reads(store_id),
                        facts=past.facts,
                        lines=read,
                        sheet=built,
                        frozen=[unit.snapshot_id for unit in frozen],
                        previous=_previous_id(conn, period, store_id),
                    ),
                    reviewed=tuple(due[store_id].reviewed),
                )
            )
    return made


def _inputs(ground: Ground, store_id: str, before: Sheet | None) -> dict[str, str]:
    """What a unit's sheet is computed from, as page ④ names it."""
    cutoff, reads = ground.cutoffs[store_id], ground.reads(store_id)
    late = {} if cutoff.data is None else {"判定批次": str(reads.rulings)}
    return {
        "导入批次": str(reads.data),
        **late,
        "数据摘要": facts.digest_of(ground.shards[cutoff]),
        "方案版本": "、".join(f"{plan.key} {plan.since} {plan.digest[:12]}" for plan in ground.plans[store_id]),
        "软件版本": __version__,
        "上月表": before.digest if before else "",
    }


def put_in_force(
    db: Database, conn: sa.Connection, who: access.Identity, ground: Ground, made: Iterable[Computed]
) -> list[UnitState]:
    """Store what came out different; let every unit stand at computed."""
    standing = {state.store_id: state for state in ground.states}
    for computed in made:
        store_id = computed.sheet.store_id
        assert store_id is not None
        state = standing[store_id]
        snapshot_id = state.snapshot_id
        shards = ground.shards[ground.cutoffs[store_id]]
        stands_on = inputs.of(conn, ground.reads(store_id), shards, ground.plans[store_id], ground.period)
        is_same = inputs.are_same(conn, state, computed.sheet, stands_on)
        if is_same and state.status == "computed":
            continue
        if not is_same:
            snapshot_id = snapshots.keep(
                conn, computed.sheet, inputs_sha256=computed.inputs_sha256, import_id=ground.read_to(store_id)
            )
            given.keep(conn, snapshot_id, computed.given)
            inputs.keep(conn, snapshot_id, computed.sheet, stands_on)
            if computed.reviewed:
                rows = [{"snapshot_id": snapshot_id, "period": label} for label in computed.reviewed]
                conn.execute(sa.insert(tables.month_reviews), rows)
        assert snapshot_id is not None
        snapshots.move(db, conn, who, "compute", ground.period.label, store_id, "computed", snapshot_id)
        audit.note(
            db,
            conn,
            who,
            "month.compute",
            period=ground.period.label,
            unit=store_id,
            digest=computed.sheet.digest,
            inputs=computed.inputs_sha256,
            snapshot=snapshot_id,
            rows=seals.of_snapshot(conn, snapshot_id),
        )
    names = {state.store_id: state.store_name for state in ground.states}
    return snapshots.states(conn, ground.period.label, names)


def _inputs_sha256(conn: sa.Connection, state: UnitState) -> str | None:
    it = tables.snapshots.c
    found: str | None = conn.execute(sa.select(it.inputs_sha256).where(it.snapshot_id == state.snapshot_id)).scalar()
    return found


def _previous_id(conn: sa.Connection, period: Period, store_id: str) -> int | None:
    """The unit's newest snapshot of the month before."""
    it = tables.pay_units.c
    of_month = sa.and_(it.period == period.previous().label, it.store_id == store_id)
    found: int | None = conn.execute(sa.select(it.snapshot_id).where(of_month)).scalar()
    return found


def _previous(db: Database, conn: sa.Connection, period: Period, store_id: str) -> Sheet | None:
    """The unit's newest sheet of the month before."""
    snapshot_id = _previous_id(conn, period, store_id)
    return None if snapshot_id is None else snapshots.sheet(db, conn, snapshot_id, "computed")


def _sha256(value: object) -> str:
    return hashlib.sha256(json.dumps(value, ensure_ascii=False, sort_keys=True).encode()).hexdigest()

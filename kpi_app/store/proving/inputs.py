"""What a snapshot stands on, by name and digest: imports, contracts, plan and metric versions, the product's version.

It is for people to read and for versions to be compared; nothing is computed from it (that is ``given``), and it says
more than ``given`` needs: the imports' files, the contracts, the metrics' definitions.

A unit computed again gets another snapshot where its sheet says something else or it stands on other versions, and
where its snapshot was made before the month's end. Rows that change nothing on the sheet leave the snapshot as it is.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from kpi_app import __version__
from kpi_app.store import tables
from kpi_app.store.months import snapshots
from kpi_app.store.months.calendar import Cutoff
from kpi_app.store.months.snapshots import UnitState
from kpi_app.store.rows import facts
from kpi_app.store.rows.facts import Shard
from metrics.catalogue import METRICS
from metrics.period import Period
from scorecards.later import read_by
from scorecards.plan import Plan
from scorecards.sheet import Sheet

VERSIONS = ("plans", "metrics", "version")
"""What of the inputs is a version: it makes another snapshot even where the sheet says the same."""


def of(
    conn: sa.Connection, read_to: Cutoff, shards: Sequence[Shard], plans: Sequence[Plan], period: Period
) -> dict[str, Any]:
    """The inputs of a unit's month: facts up to an import (rulings up to another, where that differs), some plans."""
    assert read_to.data is not None
    assert read_to.rulings is not None
    return {
        "import_id": read_to.data,
        **({} if read_to.rulings == read_to.data else {"rulings_import_id": read_to.rulings}),
        "imports": _imports(conn, shards, max(read_to.data, read_to.rulings)),
        "contracts": {
            name: facts.digest_of(shard for shard in shards if shard.contract == name)
            for name in sorted({shard.contract for shard in shards})
        },
        "plans": {plan.key: plan.digest for plan in plans},
        "metrics": metric_versions(plans, period),
        "version": __version__,
    }


def are_same(conn: sa.Connection, state: UnitState, sheet: Sheet, now: Mapping[str, Any]) -> bool:
    """Does a unit's snapshot still say what a new computation says, and stand on the same versions?"""
    if state.snapshot_id is None or state.as_of is None or snapshots.digest_of(conn, state) != sheet.digest:
        return False
    before = of_snapshot(conn, state.snapshot_id)
    is_same_version = before is None or all(before.get(name) == now[name] for name in VERSIONS)
    return is_same_version and not state.as_of < sheet.last <= sheet.as_of


def keep(conn: sa.Connection, snapshot_id: int, sheet: Sheet, now: Mapping[str, Any]) -> None:
    """Store the inputs of a snapshot, before any unit stands on it."""
    conn.execute(
        sa.insert(tables.snapshot_inputs).values(
            snapshot_id=snapshot_id, period=sheet.period, store_id=sheet.store_id, body=dict(now)
        )
    )


def of_snapshot(conn: sa.Connection, snapshot_id: int) -> dict[str, Any] | None:
    """The inputs of a snapshot; None for one of an earlier version of the product."""
    it = tables.snapshot_inputs.c
    found: dict[str, Any] | None = conn.execute(sa.select(it.body).where(it.snapshot_id == snapshot_id)).scalar()
    return found


def _imports(conn: sa.Connection, shards: Sequence[Shard], import_id: int) -> dict[str, str]:
    """The imports that wrote some of the shards, each with one digest over the bytes of its files."""
    it, file = tables.manifest.c, tables.import_files.c
    digests = {shard.digest for shard in shards}
    entries = conn.execute(sa.select(it.digest, it.since_import).where(it.since_import <= import_id))
    wrote = {row.since_import for row in entries if row.digest in digests}
    rows = conn.execute(
        sa.select(file.import_id, file.sha256)
        .where(file.import_id <= import_id)
        .order_by(file.import_id, file.position)
    )
    of_import: dict[str, list[str]] = {}
    for row in rows:
        if row.import_id in wrote:
            of_import.setdefault(str(row.import_id), []).append(row.sha256)
    return {number: _sha256("\n".join(found)) for number, found in of_import.items()}


def metric_versions(plans: Iterable[Plan], period: Period) -> dict[str, str]:
    """Metric → the digest of its definition, for all that plans read in a month by their cards and rules."""
    in_force = list(plans)
    read = {key for plan in in_force for card in plan.cards_on(period.label) for key in card.metrics}
    for plan in in_force:
        for rule in plan.rules_on(period.label):
            read.update(read_by(rule, plan, in_force, period))
    return {key: _sha256(METRICS[key].definition()) for key in sorted(read & set(METRICS))}


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()

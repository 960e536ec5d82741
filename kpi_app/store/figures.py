"""Figures for somebody: measured once and kept, shown as far as the rights of who asks reach."""

import hashlib
import io
import json
from collections.abc import Collection, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path

import dataframely as dy
import polars as pl

import data_contracts
import metrics as metrics_package
from data_contracts.results import MetricValues
from kpi_app.access import Forbidden, Identity, Right
from kpi_app.store import facts as store_facts
from kpi_app.store import posts
from kpi_app.store.database import Database
from metrics.kinds import Metric
from metrics.measure import Facts, Level
from metrics.measure import measure as measured
from metrics.period import Period

KEPT_FILES = 2_000
"""So many stored figures are kept; beyond, the older half goes."""


def measure(
    db: Database,
    who: Identity,
    metrics: Sequence[Metric],
    periods: Sequence[Period],
    level: Level,
    *,
    subjects: Collection[str] | None = None,
    as_of: date,
) -> dy.DataFrame[MetricValues]:
    """The figures that ``who`` may see, of all subjects or of those named; ranks stay those among everybody.

    Staff see themselves; whoever has a scope sees the people, teams and departments in it, and the departments,
    stores and regions it lies in. Raises Forbidden for a subject out of reach, and where nothing is in reach.
    """
    with db.read() as conn:
        shards = store_facts.at(conn)
    facts = store_facts.of(db, shards)
    reach = in_reach(who, facts, level, as_of)
    if reach is not None and (not reach or (subjects is not None and not reach.issuperset(subjects))):
        raise Forbidden(Right.SCORES, who)
    found = _stored(db, store_facts.digest_of(shards), facts, metrics, periods, level, as_of)
    shown = reach if subjects is None else subjects
    if shown is None:
        return found
    return MetricValues.validate(found.filter(pl.col("subject_id").is_in(list(shown))))


def in_reach(who: Identity, facts: Facts, level: Level, on: date) -> frozenset[str] | None:
    """The subjects of a level whose scores ``who`` may see on a day; None for all there are."""
    own = frozenset({who.person_id} if level == "person" and who.person_id is not None else ())
    if Right.SCORES not in who.rights:
        return own
    if who.covers():
        return None
    roster = posts.roster(facts, on)
    reached = roster.filter(
        pl.Series(
            [
                who.covers(person_id=row["person_id"] if level == "person" else None, posts=[posts.post(row)])
                for row in roster.iter_rows(named=True)
            ],
            dtype=pl.Boolean,
        )
    )
    if level == "group":
        return None if reached.height else frozenset()
    return own | frozenset(reached[posts.column_of(level)].drop_nulls())


def _stored(
    db: Database,
    manifest: str,
    facts: Facts,
    metrics: Sequence[Metric],
    periods: Sequence[Period],
    level: Level,
    as_of: date,
) -> dy.DataFrame[MetricValues]:
    key = [
        _code_digest(),
        manifest,
        [metric.definition() for metric in metrics],
        [[period.label, period.month_starts_on] for period in periods],
        level,
        as_of.isoformat(),
    ]
    folder = db.home / "figures"
    path = folder / f"{hashlib.sha256(json.dumps(key).encode()).hexdigest()}.parquet"
    if path.is_file():
        return MetricValues.validate(pl.read_parquet(path), cast=True)
    found = measured(metrics, facts, periods, level, as_of=as_of)
    buffer = io.BytesIO()
    found.write_parquet(buffer)
    store_facts.durably_write(path, buffer.getvalue())
    _prune(folder)
    return found


def _prune(folder: Path) -> None:
    files = sorted(folder.glob("*.parquet"), key=lambda path: path.stat().st_mtime)
    if len(files) > KEPT_FILES:
        for path in files[: len(files) // 2]:
            path.unlink(missing_ok=True)


@lru_cache(maxsize=1)
def _code_digest() -> str:
    """A hash over the source that makes figures: a new version of the product measures anew."""
    digest = hashlib.sha256()
    for package in (data_contracts, metrics_package):
        for path in sorted(Path(package.__path__[0]).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()

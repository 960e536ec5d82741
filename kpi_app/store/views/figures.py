"""Figures for somebody: measured once and kept, shown as far as the rights of who asks reach.

They are kept as files, named by a hash over all they are measured from: a restart, another server of the same home and
the command line find them. What pages make of them is kept in memory (``kept.py``).
"""

import hashlib
import io
import json
from collections.abc import Collection, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Final

import dataframely as dy
import polars as pl

import data_contracts
import metrics as metrics_package
from data_contracts.contract import Problem
from data_contracts.results import MetricValues, some_of
from kpi_app.access import Forbidden, Identity, Right
from kpi_app.store.accounts import posts
from kpi_app.store.database import Database
from kpi_app.store.proving import audit
from kpi_app.store.rows import facts as store_facts
from kpi_app.store.rulebook import plans
from metrics import credit, stated
from metrics.catalogue import METRICS
from metrics.credit import Credited
from metrics.kinds import Metric
from metrics.measure import Facts, Level, credited
from metrics.measure import measure as measured
from metrics.period import Period
from metrics.stated import Beside
from scorecards.cards import Scorecard, score_cards

CARD_LEVELS: Final[tuple[Level, ...]] = ("person", "team", "department", "store")

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
    is_export: bool = False,
) -> dy.DataFrame[MetricValues]:
    """The figures that ``who`` may see, of all subjects or of those named; ranks stay those among everybody.

    Staff see themselves; whoever has a scope sees the people, teams and departments in it, and the departments,
    stores and regions it lies in. Raises Forbidden for a subject out of reach, and where nothing is in reach; for an
    export, which the audit notes, also without the right to take them out of the app.
    """
    with db.read() as conn:
        shards = store_facts.at(conn)
    facts = store_facts.of(db, shards)
    shown = required(who, facts, level, as_of, subjects)
    if is_export:
        _exported(db, who, facts, metrics, periods, level, shown, as_of)
    found = _stored(db, store_facts.digest_of(shards), facts, metrics, periods, level, as_of)
    if shown is None:
        return found
    return some_of(found, pl.col("subject_id").is_in(list(shown)))


def beside(
    db: Database,
    who: Identity,
    metrics: Sequence[Metric],
    periods: Sequence[Period],
    level: Level,
    *,
    subjects: Collection[str] | None = None,
    as_of: date,
    is_export: bool = False,
) -> dy.DataFrame[Beside]:
    """What was stated about those metrics from outside, beside the computed figures, of the subjects ``who`` may see.

    Raises Forbidden as :func:`measure`.
    """
    facts = store_facts.load(db)
    shown = required(who, facts, level, as_of, subjects)
    if is_export:
        _exported(db, who, facts, metrics, periods, level, shown, as_of)
    found = stated.beside(metrics, facts, periods, level, as_of=as_of)
    return found if shown is None else some_of(found, pl.col("subject_id").is_in(list(shown)))


def scorecard(db: Database, who: Identity, period: Period, subject: str, *, as_of: date) -> list[Scorecard]:
    """The cards of ``person:E001``, ``team:T01``, ``department:S01/售后部`` or ``store:S01`` in a period.

    Raises Problem for a subject that does not exist, Forbidden for one out of reach.
    """
    level, _, subject_id = subject.partition(":")
    if level not in CARD_LEVELS or not subject_id:
        raise Problem(
            f"对象 {subject} 无效；请写 person:E001、team:T01、department:S01/售后部 或 store:S01。",
            f"{subject} is no subject; write person:E001, team:T01, department:S01/售后部 or store:S01.",
        )
    facts = store_facts.load(db)
    required(who, facts, level, as_of, [subject_id])
    roster = posts.roster(facts, max(period.last, as_of))
    stores = roster.filter(pl.col(posts.column_of(level)) == subject_id)["store_id"]
    if stores.is_empty():
        raise Problem(f"没有对象 {subject}；请核对编号。", f"There is no {subject}; check the id.")
    return cards(db, who, period, level, as_of=as_of, subjects=[subject_id], store_id=stores[-1])


def cards(
    db: Database,
    who: Identity,
    period: Period,
    level: Level,
    *,
    as_of: date,
    subjects: Sequence[str],
    store_id: str | None = None,
) -> list[Scorecard]:
    """The scorecards of subjects in a period by the plans of a store (of all stores, without one).

    Raises Forbidden for a subject out of reach.
    """
    month = Period.containing(period.first, "month", period.month_starts_on).label
    with db.read() as conn:
        shards = store_facts.at(conn)
        in_force = plans.in_force(db, conn, month, store_id)
    facts = store_facts.of(db, shards)
    required(who, facts, level, as_of, subjects)
    read = {key for plan in in_force for card in plan.cards_on(month) for key in card.metrics}
    if not subjects or not read:
        return []
    of_cards = [metric for key, metric in METRICS.items() if key in read]
    values = _stored(db, store_facts.digest_of(shards), facts, of_cards, [period], level, as_of)
    return score_cards(in_force, values, facts, period, level, subjects=subjects)


def rows(
    db: Database, who: Identity, metric: Metric, level: Level, subject_id: str, period: Period, *, as_of: date
) -> dy.DataFrame[Credited]:
    """Every row that a metric counts for a subject in a period. Raises Forbidden for a subject out of reach."""
    facts = store_facts.load(db)
    required(who, facts, level, as_of, [subject_id])
    counted = credited(metric, facts, as_of=as_of, period=period)
    return some_of(counted, credit.subject_id(level) == subject_id)


def required(
    who: Identity, facts: Facts, level: Level, on: date, subjects: Collection[str] | None
) -> Collection[str] | None:
    """The subjects of those asked for (of all, without any named) that ``who`` sees; None for all there are.

    Raises Forbidden for one out of reach, and where nothing is in reach.
    """
    reach = in_reach(who, facts, level, on)
    if reach is not None and (not reach or (subjects is not None and not reach.issuperset(subjects))):
        raise Forbidden(Right.SCORES, who)
    return reach if subjects is None else subjects


def _exported(
    db: Database,
    who: Identity,
    facts: Facts,
    metrics: Sequence[Metric],
    periods: Sequence[Period],
    level: Level,
    shown: Collection[str] | None,
    as_of: date,
) -> None:
    """Note that figures leave the app. Raises Forbidden unless ``who`` may take out all that is shown to them."""
    reach = in_reach(who, facts, level, as_of, Right.EXPORT)
    if reach is not None and (shown is None or not reach.issuperset(shown)):
        raise Forbidden(Right.EXPORT, who)
    audit.seen(
        db,
        who,
        "figures.export",
        metrics=[it.key for it in metrics],
        periods=[it.label for it in periods],
        level=level,
        subjects=None if shown is None else sorted(shown),
    )


def in_reach(who: Identity, facts: Facts, level: Level, on: date, right: Right = Right.SCORES) -> frozenset[str] | None:
    """The subjects of a level that ``who`` has a right over on a day, themselves among them; None for all there are."""
    own = frozenset({who.person_id} if level == "person" and who.person_id is not None else ())
    if right not in who.rights:
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
        return MetricValues.validate(MetricValues.cast(pl.read_parquet(path)))
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

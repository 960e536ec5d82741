"""What somebody should look at before it is paid: records made after the fact, and leads that repeat others."""

from datetime import date
from functools import lru_cache
from pathlib import Path

import polars as pl

from data_contracts.catalogue import CONTRACTS
from kpi_app.access import Forbidden, Identity, Right
from kpi_app.store.database import Database
from kpi_app.store.rows import facts as store_facts
from kpi_app.store.rows.facts import Shard
from kpi_app.store.views import figures
from metrics import lead_states, visits
from metrics.credit import Facts
from metrics.period import Period


def backfilled(db: Database, who: Identity, period: Period, *, as_of: date) -> pl.DataFrame:
    """The contacts of people in reach that were recorded too late to earn the period's arrivals.

    Columns as metrics.visits.backfilled. Raises Forbidden where nobody is in reach.
    """
    with db.read() as conn:
        shards = tuple(store_facts.at(conn))
    return _in_reach(_backfilled(db.home, shards, as_of), who, store_facts.of(db, shards), period, as_of)


def duplicates(db: Database, who: Identity, period: Period, *, as_of: date) -> pl.DataFrame:
    """The period's leads of people in reach that repeat another lead of the customer, and so are not counted.

    Columns as metrics.lead_states.duplicates. Raises Forbidden where nobody is in reach.
    """
    facts = store_facts.load(db)
    return _in_reach(lead_states.duplicates(facts, as_of), who, facts, period, as_of)


@lru_cache(maxsize=8)
def _backfilled(home: Path, shards: tuple[Shard, ...], as_of: date) -> pl.DataFrame:
    facts = {name: store_facts.scan(home, contract, shards) for name, contract in CONTRACTS.items()}
    return visits.backfilled(facts, as_of)


def _in_reach(rows: pl.DataFrame, who: Identity, facts: Facts, period: Period, as_of: date) -> pl.DataFrame:
    reach = figures.in_reach(who, facts, "person", as_of)
    if reach is not None:
        if not reach:
            raise Forbidden(Right.SCORES, who)
        rows = rows.filter(pl.col("person_id").is_in(list(reach)))
    return rows.filter(pl.col("day").is_between(period.first, period.last))

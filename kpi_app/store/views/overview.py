"""What a page needs beside figures: the subjects somebody may choose, their people and goals, how fresh the data is.

Every verb reaches as far as the rights of who asks.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl
import sqlalchemy as sa

from data_contracts.contract import Text, contract_of
from kpi_app import access
from kpi_app.access import Forbidden, Identity, Post, Right
from kpi_app.store import tables
from kpi_app.store.database import Database
from kpi_app.store.rows import facts as store_facts
from kpi_app.store.rows.facts import Shard
from kpi_app.store.rulebook import plans
from kpi_app.store.views import figures
from metrics.catalogue import METRICS
from metrics.credit import GROUP, Facts, Level
from metrics.kinds import COUNT, Metric
from metrics.period import Period
from scorecards.posts import at_each_level
from scorecards.targets import Target, Targets

WHOLE_GROUP = Text("全集团", "the whole group")


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A team, department, store, region or the group, with its names and where it lies."""

    level: Level
    subject_id: str
    name: Text
    store_id: str | None = None
    department: str | None = None
    region: str | None = None

    @property
    def belongs(self) -> dict[str, str]:
        """Its id at each level it belongs to, as targets look it up."""
        wider = {"department": self.department, "store": self.store_id, "region": self.region, "group": GROUP}
        return {level: found for level, found in wider.items() if found} | {self.level: self.subject_id}


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody in a subject during a period: the post held last in it."""

    person_id: str
    name: str
    role: str
    team_id: str
    team_name: str
    department: str
    store_id: str
    region: str
    is_protected: bool
    is_leaver: bool
    absent_days: int = 0

    @property
    def belongs(self) -> dict[str, str]:
        """Their id at each level, as targets look it up."""
        return at_each_level(
            self.person_id, team_id=self.team_id, role=self.role, department=self.department, store_id=self.store_id,
            region=self.region,
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Freshness:
    """When files last came, up to which day each contract has rows, and which days of a period have none."""

    imported_at: datetime | None
    until: Mapping[str, date | None]
    missing: Mapping[str, tuple[date, ...]]


def subjects(db: Database, who: Identity, on: date) -> list[Subject]:
    """The subjects whose scorecards ``who`` may choose on a day, the widest first."""
    if Right.SCORES not in who.rights:
        return []
    posts = _posts(store_facts.load(db), on, on)
    found: dict[tuple[str, str], Subject] = {}
    if who.covers():
        found["group", GROUP] = Subject(level="group", subject_id=GROUP, name=WHOLE_GROUP)
        for region in posts["region"].drop_nulls().unique().sort():
            found["region", region] = Subject(level="region", subject_id=region, name=_same(region), region=region)
    for row in posts.sort("store_id", "department", "team_id").iter_rows(named=True):
        store, department, team = row["store_id"], f"{row['store_id']}/{row['department']}", row["team_id"]
        named = f"{row['store_name']} · {row['department']}"
        where = {"store_id": store, "region": row["region"]}
        for subject, post in (
            (Subject(level="store", subject_id=store, name=_same(row["store_name"]), **where), Post(store)),
            (
                Subject(level="department", subject_id=department, name=_same(named), department=department, **where),
                Post(store, department),
            ),
            (
                Subject(
                    level="team",
                    subject_id=team,
                    name=_same(f"{named} · {row['team_name'] or team}"),
                    department=department,
                    **where,
                ),
                Post(store, department, team),
            ),
        ):
            if who.covers(posts=[post]):
                found.setdefault((subject.level, subject.subject_id), subject)
    return sorted(found.values(), key=lambda it: _WIDEST_FIRST.index(it.level))


def subject_of(db: Database, who: Identity, key: str, on: date) -> Subject:
    """The subject of a key ``team:T01``, ``department:S01/售后部``, ``store:S01``, ``region:华东`` or
    ``group:group``.

    Raises Forbidden for one that is out of reach, whether or not it exists.
    """
    for subject in subjects(db, who, on):
        if f"{subject.level}:{subject.subject_id}" == key:
            return subject
    raise Forbidden(Right.SCORES, who)


def staff(db: Database, who: Identity, subject: Subject, period: Period) -> list[Person]:
    """The people in a subject during a period whom ``who`` may see, by 工号."""
    facts = store_facts.load(db)
    reach = figures.in_reach(who, facts, "person", period.last)
    posts = _posts(facts, period.first, period.last).filter(_in(subject))
    latest = posts.sort("person_id", "since", "share_bp").unique("person_id", keep="last", maintain_order=True)
    away = _absent_days(facts, period)
    return [
        _person(row, period.last, absent_days=away.get(row["person_id"], 0))
        for row in latest.iter_rows(named=True)
        if reach is None or row["person_id"] in reach
    ]


def myself(db: Database, who: Identity, on: date) -> Person | None:
    """Who asks, in their post on a day; None without one."""
    posts = _posts(store_facts.load(db), on, on).filter(pl.col("person_id") == (who.person_id or ""))
    return next((_person(row, on) for row in posts.sort("share_bp", "since").tail(1).to_dicts()), None)


def stores_of(db: Database, who: Identity, subject: Subject, on: date) -> list[Subject]:
    """The stores that a region or the group compares on a day."""
    return [
        it
        for it in subjects(db, who, on)
        if it.level == "store" and (subject.level == "group" or it.region == subject.subject_id)
    ]


def goals(
    db: Database, metrics: Sequence[Metric], holders: Sequence[Subject | Person], level: Level, period: Period
) -> list[dict[str, Target]]:
    """For each holder, metric → the target that holds in a period, where there is one; a count's by its days."""
    with db.read() as conn:
        targets = _targets(db.home, tuple(store_facts.at(conn, contracts=["targets", "stores"])))
    month = Period.containing(period.first, "month", period.month_starts_on).label
    return [
        {
            it.key: target
            for it in metrics
            if (
                target := targets.of_count(it.key, holder.belongs, level, period)
                if it.unit == COUNT
                else targets.of(it.key, holder.belongs, level, period.grain, month, is_rate=True)
            )
        }
        for holder in holders
    ]


@lru_cache(maxsize=8)
def _targets(home: Path, shards: tuple[Shard, ...]) -> Targets:
    return Targets(*(store_facts.scan(home, contract_of(name), shards).collect() for name in ("targets", "stores")))


MOST_METRICS = 6
"""So many metrics a page shows at once; the others are measured by asking for them."""


def in_view(
    db: Database, roles: Collection[str], holders: Sequence[tuple[Subject | Person, Level]], period: Period
) -> list[Metric]:
    """The metrics of those roles that somebody is held to: they have a goal in the period. Without any goal, the
    first of the catalogue."""
    of_roles = [
        metric
        for metric in METRICS.values()
        if set(roles).intersection(metric.roles) and metric.is_single and metric.variant_of is None
    ]
    aimed_at = {key for holder, level in holders for key in goals(db, of_roles, [holder], level, period)[0]}
    return [metric for metric in of_roles if not aimed_at or metric.key in aimed_at][:MOST_METRICS]


def freshness(
    db: Database, who: Identity, subject: Subject, contracts: Sequence[str], period: Period, *, as_of: date
) -> Freshness:
    """How fresh the rows of some dated contracts are for the stores of a subject."""
    access.require(who, Right.SCORES, posts=[Post(subject.store_id, subject.department)] if subject.store_id else ())
    facts = store_facts.load(db)
    last = min(period.last, as_of)
    wanted = [period.first + timedelta(days=n) for n in range((last - period.first).days + 1)]
    until: dict[str, date | None] = {}
    missing: dict[str, tuple[date, ...]] = {}
    for name in contracts:
        rows = facts[name].filter(pl.col("day") <= as_of)
        if subject.store_id:
            rows = rows.filter(pl.col("store_id") == subject.store_id)
        elif subject.region:
            rows = rows.join(facts["stores"].filter(pl.col("region") == subject.region), on="store_id", how="semi")
        days = set(rows.filter(pl.col("day") >= period.first).select(pl.col("day").unique()).collect()["day"])
        until[name] = rows.select(pl.col("day").max()).collect().item()
        missing[name] = tuple(day for day in wanted if day not in days)
    with db.read() as conn:
        at = conn.execute(sa.select(sa.func.max(tables.imports.c.at))).scalar()
    return Freshness(
        imported_at=None if at is None else at.astimezone(db.settings.zone_info), until=until, missing=missing
    )


def rests_on(db: Database, period: Period, store_id: str | None) -> tuple[object, ...]:
    """What the figures and cards of a period rest on: equal as long as no import and no plan in force has changed."""
    month = Period.containing(period.first, "month", period.month_starts_on).label
    with db.read() as conn:
        in_force = plans.in_force(db, conn, month, store_id)
        return (
            db.home,
            store_facts.head(conn),
            store_facts.digest_of(store_facts.at(conn)),
            *(plan.digest for plan in in_force),
        )


_WIDEST_FIRST = ("group", "region", "store", "department", "team", "person")


def _same(name: str) -> Text:
    return Text(name, name)


def _person(row: Mapping[str, Any], on: date, *, absent_days: int = 0) -> Person:
    """A post as a person of the page."""
    return Person(
        person_id=row["person_id"],
        name=row["person_name"],
        role=row["role"],
        team_id=row["team_id"],
        team_name=row["team_name"] or row["team_id"],
        department=row["department"],
        store_id=row["store_id"],
        region=row["region"],
        is_protected=row["protected_until"] is not None and on <= row["protected_until"],
        is_leaver=row["left_on"] is not None and row["left_on"] <= on,
        absent_days=absent_days,
    )


def _absent_days(facts: Facts, period: Period) -> dict[str, int]:
    """Person → the days of a period on which they were away."""
    of_period = facts["absences"].filter(pl.col("from_on") <= period.last, pl.col("to_on") >= period.first)
    days: dict[str, set[date]] = {}
    for row in of_period.select("person_id", "from_on", "to_on").collect().iter_rows(named=True):
        first, last = max(row["from_on"], period.first), min(row["to_on"], period.last)
        away = {first + timedelta(days=n) for n in range((last - first).days + 1)}
        days.setdefault(row["person_id"], set()).update(away)
    return {person_id: len(away) for person_id, away in days.items()}


def _posts(facts: Facts, first: date, last: date) -> pl.DataFrame:
    """Posts held on any day between two, with store names and regions."""
    held = (
        (pl.col("since") <= last)
        & (pl.col("until").is_null() | (pl.col("until") > first))
        & (pl.col("left_on").is_null() | (pl.col("left_on") >= first))
    )
    stores = facts["stores"].select("store_id", "store_name", "region")
    return facts["people"].filter(held).join(stores, on="store_id", how="left").collect()


def _in(subject: Subject) -> pl.Expr:
    match subject.level:
        case "group":
            return pl.lit(value=True)
        case "region":
            return pl.col("region") == subject.subject_id
        case "store":
            return pl.col("store_id") == subject.subject_id
        case "department":
            return pl.format("{}/{}", "store_id", "department") == subject.subject_id
        case _:
            return pl.col("team_id") == subject.subject_id

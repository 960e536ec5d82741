"""What a page needs beside figures: the subjects somebody may choose, their people and goals, how fresh the data is,
and the counted rows behind a figure. Every verb reaches as far as the rights of who asks."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import dataframely as dy
import polars as pl
import sqlalchemy as sa

from data_contracts.contract import Text
from kpi_app import access
from kpi_app.access import Forbidden, Identity, Post, Right
from kpi_app.store import facts as store_facts
from kpi_app.store import figures, plans, tables
from kpi_app.store.database import Database
from metrics import credit
from metrics.catalogue import METRICS
from metrics.credit import GROUP, Credited, Facts, Level
from metrics.kinds import COUNT, Metric
from metrics.measure import credited
from metrics.period import Period
from scorecards.cards import Scorecard, score_cards
from scorecards.targets import Target, Targets

WHOLE_GROUP = Text("全集团", "the whole group")


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A team, department, store or the group, with its names and where it lies."""

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

    @property
    def belongs(self) -> dict[str, str]:
        """Their id at each level, as targets look it up."""
        return {
            "person": self.person_id,
            "team": self.team_id,
            "role": self.role,
            "department": f"{self.store_id}/{self.department}",
            "store": self.store_id,
            "region": self.region,
            "group": GROUP,
        }


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
    """The subject of a key ``team:T01``, ``department:S01/售后部``, ``store:S01`` or ``group:group``.

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
    return [
        Person(
            person_id=row["person_id"],
            name=row["person_name"],
            role=row["role"],
            team_id=row["team_id"],
            team_name=row["team_name"] or row["team_id"],
            department=row["department"],
            store_id=row["store_id"],
            region=row["region"],
            is_protected=row["protected_until"] is not None and period.last <= row["protected_until"],
            is_leaver=row["left_on"] is not None and row["left_on"] <= period.last,
        )
        for row in latest.iter_rows(named=True)
        if reach is None or row["person_id"] in reach
    ]


def myself(db: Database, who: Identity, on: date) -> Person | None:
    """Who asks, in their post on a day; None without one."""
    posts = _posts(store_facts.load(db), on, on).filter(pl.col("person_id") == (who.person_id or ""))
    rows = posts.sort("share_bp", "since").tail(1).to_dicts()
    return next(
        (
            Person(
                person_id=row["person_id"],
                name=row["person_name"],
                role=row["role"],
                team_id=row["team_id"],
                team_name=row["team_name"] or row["team_id"],
                department=row["department"],
                store_id=row["store_id"],
                region=row["region"],
                is_protected=row["protected_until"] is not None and on <= row["protected_until"],
                is_leaver=False,
            )
            for row in rows
        ),
        None,
    )


def goals(
    db: Database, metrics: Sequence[Metric], holders: Sequence[Subject | Person], level: Level, period: Period
) -> list[dict[str, Target]]:
    """For each holder, metric → the target that holds in a period, where there is one."""
    targets = Targets(store_facts.load(db)["targets"].collect())
    month = Period.containing(period.first, "month", period.month_starts_on).label
    return [
        {
            it.key: target
            for it in metrics
            if (target := targets.of(it.key, holder.belongs, level, period.grain, month, is_rate=it.unit != COUNT))
        }
        for holder in holders
    ]


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
    month = Period.containing(period.first, "month", period.month_starts_on)
    with db.read() as conn:
        in_force = plans.in_force(db, conn, month.label, store_id)
    used = {line.metric for plan in in_force for card in plan.cards_on(month.label) for line in card.lines}
    read = [metric for key, metric in METRICS.items() if key in used]
    if not subjects or not read:
        return []
    values = figures.measure(db, who, read, [period], level, subjects=subjects, as_of=as_of)
    return score_cards(in_force, values, store_facts.load(db), period, level, subjects=subjects)


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
        days = set(rows.filter(pl.col("day") >= period.first).select(pl.col("day").unique()).collect()["day"])
        until[name] = rows.select(pl.col("day").max()).collect().item()
        missing[name] = tuple(day for day in wanted if day not in days)
    with db.read() as conn:
        at = conn.execute(sa.select(sa.func.max(tables.imports.c.at))).scalar()
    return Freshness(
        imported_at=None if at is None else at.astimezone(db.settings.zone_info), until=until, missing=missing
    )


def rows(
    db: Database, who: Identity, metric: Metric, level: Level, subject_id: str, period: Period, *, as_of: date
) -> dy.DataFrame[Credited]:
    """Every row that a metric counts for a subject in a period. Raises Forbidden for a subject out of reach."""
    facts = store_facts.load(db)
    reach = figures.in_reach(who, facts, level, as_of)
    if reach is not None and subject_id not in reach:
        raise Forbidden(Right.SCORES, who)
    counted = credited(metric, facts, as_of=as_of, period=period)
    mine = counted.filter(credit.subject_id(level) == subject_id)
    return Credited.validate(mine)


_WIDEST_FIRST = ("group", "region", "store", "department", "team", "person")


def _same(name: str) -> Text:
    return Text(name, name)


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
        case "store":
            return pl.col("store_id") == subject.subject_id
        case "department":
            return pl.format("{}/{}", "store_id", "department") == subject.subject_id
        case _:
            return pl.col("team_id") == subject.subject_id


def unjudged(db: Database, who: Identity, period: Period) -> pl.DataFrame:
    """The valid complaints of a month against somebody, in reach, that nobody has ruled on.

    Columns: complaint_id, store_id, department, person_id, day; the oldest first.
    """
    facts = store_facts.load(db)
    ruled = facts["complaint_rulings"].filter(pl.col("fault") != "未判定").select("complaint_id")
    open_ = (
        facts["complaints"]
        .filter(
            pl.col("loop_no") == 1,
            pl.col("validity") == "有效",
            pl.col("person_id").is_not_null(),
            pl.col("day").is_between(period.first, period.last),
        )
        .join(ruled, on="complaint_id", how="anti")
        .select("complaint_id", "store_id", "department", "person_id", "day")
        .sort("day", "complaint_id")
        .collect()
    )
    in_reach = [
        any(
            access.may(who, right, posts=[Post(row["store_id"], f"{row['store_id']}/{row['department']}")])
            for right in (Right.PAY, Right.RULE)
        )
        for row in open_.iter_rows(named=True)
    ]
    return open_.filter(pl.Series(in_reach, dtype=pl.Boolean))

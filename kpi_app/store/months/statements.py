"""Statements: what a month pays each person, with the weeks behind it, for whoever may see that pay."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import sqlalchemy as sa

from data_contracts.contract import Problem
from kpi_app import access
from kpi_app.access import Identity, Post, Right
from kpi_app.exports.tables import exported_text
from kpi_app.store import tables
from kpi_app.store.accounts import posts
from kpi_app.store.database import Database
from kpi_app.store.months import lines, month_settings, snapshots
from kpi_app.store.months.calendar import Cutoff
from kpi_app.store.months.restated import cutoffs
from kpi_app.store.proving import audit
from kpi_app.store.rows import facts
from metrics.catalogue import METRICS
from metrics.credit import Facts
from metrics.kinds import COUNT, Metric
from metrics.measure import measure
from metrics.period import Period
from scorecards import sheet as sheets
from scorecards.posts import at_each_level
from scorecards.sheet import Sheet
from scorecards.targets import Targets

WEEKS = 13
MOST_CANDIDATES = 3
"""So many metrics of a post are measured to find one that has figures."""


@dataclass(frozen=True, kw_only=True)
class Weeks:
    """A metric of somebody's post week by week, oldest first; a week without a sample has no value.

    ``goal`` is the month's, in the unit the metric is shown in.
    """

    metric: Metric
    goal: Fraction | None
    values: tuple[tuple[str, Fraction | None], ...]


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One person's part of a month's sheets (several, where they work in several units), and their weeks.

    ``exported`` says by whom and when, at the foot of its pages.
    """

    sheet: Sheet
    weeks: Weeks | None = None
    exported: str = ""

    @property
    def person_id(self) -> str:
        """Whose statement it is."""
        return self.sheet.people[0].person_id


def export(
    db: Database, who: Identity, period: Period, *, person_id: str | None = None, unit: str | None = None
) -> list[Statement]:
    """The statements of a month: of everybody whose pay ``who`` may see and oneself, or of one person.

    In the sheets' order. Where a unit publishes, one's own comes from then on. A statement is for its person, who takes
    it: others are told of by their posts, whoever exports it. The export is noted in the audit. Raises Forbidden
    without the right to see that person's pay and to export it, which one's own does not need; Problem where nothing
    is computed.
    """
    with db.write() as conn:
        if person_id is not None and person_id != who.person_id:
            rows = facts.of(db, facts.at(conn, contracts=["people", "stores"]))
            held = posts.posts_of(rows, person_id, period.last)
            for right in (Right.PAY, Right.EXPORT):
                access.require(who, right, person_id=person_id, posts=held)
        parts: dict[str, list[Sheet]] = {}
        newest: dict[str, int] = {}
        for store_id, snapshot_id, status in _snapshots(conn, period, unit):
            whole = snapshots.sheet(db, conn, snapshot_id, status)
            is_held_back = month_settings.is_held_back(conn, period.label, store_id, status)
            for part in _parts(whole, who, person_id, is_held_back=is_held_back):
                parts.setdefault(part.people[0].person_id, []).append(lines.as_told(conn, part))
                newest[part.people[0].person_id] = snapshot_id
        if not parts:
            raise Problem(
                f"{period.label} 没有您可以查看的绩效对账单；请核对月份、工号和权限，或先计算这个月。",
                f"No statement of {period.label} that you may see; check month, person and rights, or compute it.",
            )
        exported = exported_text(who.name, db.settings.now_local())
        made = {person: Statement(sheet=sheets.merge(own), exported=exported) for person, own in parts.items()}
        read = cutoffs(conn, newest.values())
        together: dict[Cutoff, list[Statement]] = {}
        for person, snapshot_id in newest.items():
            together.setdefault(read[snapshot_id], []).append(made[person])
        for read_to, statements in together.items():
            weeks = _weeks(facts.of(db, read_to.shards(conn)), statements, period)
            made |= {it.person_id: replace(it, weeks=weeks.get(it.person_id)) for it in statements}
        audit.note(
            db,
            conn,
            who,
            "statement.export",
            period=period.label,
            unit=unit,
            people=list(made),
            digests=sorted({it.sheet.digest for it in made.values()}),
        )
    return list(made.values())


def _snapshots(conn: sa.Connection, period: Period, unit: str | None) -> Sequence[tuple[str, int, str]]:
    """Unit, snapshot and status of the month's units that have one."""
    it = tables.pay_units.c
    query = sa.select(it.store_id, it.snapshot_id, it.status).where(
        it.period == period.label, it.snapshot_id.is_not(None)
    )
    if unit is not None:
        query = query.where(it.store_id == unit)
    return [(row.store_id, row.snapshot_id, row.status) for row in conn.execute(query.order_by(it.store_id))]


def _parts(whole: Sheet, who: Identity, person_id: str | None, *, is_held_back: bool) -> Iterable[Sheet]:
    """What a sheet says about each person whom ``who`` may see in it, and nobody else."""
    for person in whole.people:
        if person_id not in (None, person.person_id):
            continue
        post = Post(person.store_id, f"{person.store_id}/{person.department}")
        shown = None if is_held_back else person.person_id
        is_own = shown is not None and shown == who.person_id
        may_take = is_own or access.may(who, Right.EXPORT, person_id=shown, posts=[post])
        if may_take and access.may(who, Right.PAY, person_id=shown, posts=[post]):
            yield whole.of_person(person.person_id)


def _weeks(known: Facts, statements: Sequence[Statement], period: Period) -> Mapping[str, Weeks]:
    """Person → the weeks of the metric that says most: one of their post with a goal, else one that their lines name,
    else the first; of those the first that has any figures."""
    as_of = max(it.sheet.as_of for it in statements)
    last = Period.containing(min(period.last, as_of), "week", period.month_starts_on)
    labels = [week.label for week in last.trailing(WEEKS)]
    held = {row["person_id"]: row for row in posts.roster(known, period.last).to_dicts()}
    targets = Targets(known["targets"].collect())
    candidates: dict[str, list[tuple[Metric, Fraction | None]]] = {}
    for it in statements:
        person, named = it.sheet.people[0], set(it.sheet.lines["metric"])
        post = held.get(person.person_id, {})
        belongs = at_each_level(
            person.person_id, team_id=post.get("team_id", ""), role=person.role, department=person.department,
            store_id=person.store_id, region=post.get("region", ""),
        )  # fmt: skip
        of_post = [
            (metric, targets.of(metric.key, belongs, "person", "month", period.label, is_rate=True))
            for metric in METRICS.values()
            if person.role in metric.roles and "person" in metric.levels and metric.unit != COUNT
        ]
        of_post.sort(key=lambda pair: (pair[1] is None, pair[0].key not in named))
        best = of_post[:MOST_CANDIDATES]
        candidates[person.person_id] = [(metric, None if target is None else target.exact) for metric, target in best]
    wanted = {metric.key: metric for of_person in candidates.values() for metric, _ in of_person}
    figures = measure(wanted.values(), known, last.trailing(WEEKS), "person", as_of=as_of, subjects=list(candidates))
    values = {
        (row["subject_id"], row["metric"], row["period"]): Fraction(row["numerator"], row["denominator"])
        for row in figures.iter_rows(named=True)
        if row["denominator"]
    }
    found = {}
    for person_id, of_person in candidates.items():
        for metric, goal in of_person:
            by_week = tuple((label, values.get((person_id, metric.key, label))) for label in labels)
            if person_id not in found and any(value is not None for _, value in by_week):
                found[person_id] = Weeks(metric=metric, goal=goal, values=by_week)
    return found

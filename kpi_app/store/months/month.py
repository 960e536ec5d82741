"""The verbs of a pay month: open → computed → published → submitted → approved → locked, by unit; a unit is a store.

Publication may be switched off. A return with its reason voids what was signed off and approved and opens the unit
again. Computing anew with the same outcome keeps the snapshot, its revision and its line ids. Who signs off and who
approves is in :mod:`kpi_app.store.months.approvals`, what must be done first in
:mod:`kpi_app.store.months.checklist`. Without ``unit`` a verb takes every unit in reach that stands where it can be
taken on.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import polars as pl
import sqlalchemy as sa

from data_contracts.contract import Problem
from kpi_app import access
from kpi_app.access import Post, Right
from kpi_app.store import tables
from kpi_app.store.accounts import posts
from kpi_app.store.database import Database
from kpi_app.store.months import approvals, checklist, lines, month_settings, snapshots
from kpi_app.store.months.approvals import approve
from kpi_app.store.months.computing import ATTEMPTS, Ground, put_in_force, sheets_of
from kpi_app.store.months.snapshots import UnitState
from kpi_app.store.months.standing import SEES
from kpi_app.store.months.units import reach, taken
from kpi_app.store.proving import audit, given, seals
from kpi_app.store.rows import facts
from kpi_app.store.rulebook import plans
from metrics.period import Period
from scorecards import sheet as sheets
from scorecards.coefficient import card_behind
from scorecards.explain import Node, rivals, won_or_lost
from scorecards.explain import explain as explained
from scorecards.moves import would_differ
from scorecards.sheet import Sheet

__all__ = [
    "UnitState", "approve", "compute", "explain", "lock", "own", "publish", "return_", "sheet",
    "status", "submit",
]  # fmt: skip


def status(db: Database, who: access.Identity, period: Period, *, unit: str | None = None) -> list[UnitState]:
    """Where the units in reach stand."""
    with db.read() as conn:
        return snapshots.states(conn, period.label, reach(db, conn, who, SEES, period, unit))


def compute(
    db: Database, who: access.Identity, period: Period, *, unit: str | None = None, as_of: date
) -> list[UnitState]:
    """Compute the open and computed units in reach. What comes out the same stays the same snapshot.

    Raises Problem where none may be computed or no plan applies.
    """
    for _ in range(ATTEMPTS):
        with db.read() as conn:
            ground = Ground.of(db, conn, who, period, unit)
            made = sheets_of(db, conn, ground, as_of)
        with db.write() as conn:
            if Ground.of(db, conn, who, period, unit).mark == ground.mark:
                return put_in_force(db, conn, who, ground, made)
    with db.write() as conn:
        ground = Ground.of(db, conn, who, period, unit)
        return put_in_force(db, conn, who, ground, sheets_of(db, conn, ground, as_of))


def publish(db: Database, who: access.Identity, period: Period, *, unit: str | None = None) -> list[UnitState]:
    """Show computed units to their staff, who may object from then on.

    Raises Problem where publication is switched off, before the month's end, where data moved since, and without the
    departments' sign-offs where they are asked for.
    """
    with db.write() as conn:
        within = []
        for state in taken(db, conn, who, [Right.PREPARE], period, unit, ["computed"]):
            if month_settings.of(conn, period.label, state.store_id).publication:
                _refuse_outdated(db, conn, who, period, state)
                within.append(state)
        if not within:
            raise Problem(
                f"{period.label} 没有启用公示；计算之后直接提交审核。",
                f"{period.label} is not published; submit it once it is computed.",
            )
        checklist.refuse_while_blocked(db, conn, period, within, ["sign_offs"])
        return _step(db, conn, who, "publish", period, within, "published")


def submit(db: Database, who: access.Identity, period: Period, *, unit: str | None = None) -> list[UnitState]:
    """Hand units in for approval: computed ones, or where publication is on published ones.

    Raises Problem before the month's end, where data moved since, and while a blocking check is open.
    """
    with db.write() as conn:
        reached = taken(db, conn, who, [Right.PREPARE], period, unit, ["computed", "published"])
        within = [
            state
            for state in reached
            if state.status == "published" or not month_settings.of(conn, period.label, state.store_id).publication
        ]
        if not within:
            raise Problem(
                f"{period.label} 须先公示；请运行 kpi month publish {period.label}。",
                f"{period.label} is published first; run kpi month publish {period.label}.",
            )
        for state in within:
            _refuse_outdated(db, conn, who, period, state)
        checklist.refuse_while_blocked(db, conn, period, within)
        return _step(db, conn, who, "submit", period, within, "submitted")


def return_(
    db: Database, who: access.Identity, period: Period, *, reason: str, unit: str | None = None
) -> list[UnitState]:
    """Send published, submitted or approved units back, with the reason; sign-offs and approvals are void."""
    if not reason.strip():
        raise Problem("请写明退回原因。", "Say why the month is returned.")
    with db.write() as conn:
        wanted = ["published", "submitted", "approved"]
        within = taken(db, conn, who, [Right.APPROVE, Right.PREPARE], period, unit, wanted)
        for state in within:
            approvals.send_back(db, conn, who, state, reason.strip())
        return snapshots.states(conn, period.label, {state.store_id: state.store_name for state in within})


def lock(db: Database, who: access.Identity, period: Period, *, unit: str | None = None) -> list[UnitState]:
    """Lock approved units for good, once the stored lines are seen to be those that were approved."""
    with db.write() as conn:
        within = taken(db, conn, who, [Right.PREPARE], period, unit, ["approved"])
        for state in within:
            assert state.snapshot_id is not None
            if snapshots.sheet(db, conn, state.snapshot_id, state.status).digest != snapshots.digest_of(conn, state):
                raise Problem(
                    f"{state.store_name} {period.label} 的明细与审批时不一致，不能封账；请联系管理员核对数据库。",
                    f"{state.store_name} {period.label} does not hold the lines approved; have the database checked.",
                )
        return _step(db, conn, who, "lock", period, within, "locked")


def sheet(
    db: Database, who: access.Identity, period: Period, *, unit: str | None = None, is_export: bool = False
) -> Sheet:
    """The newest sheet of a unit, or of all units in reach that have one, as one. The look is noted in the audit.

    Raises Forbidden without the right to this pay (for an export the right to take it out of the app as well), Problem
    where nothing is computed.
    """
    with db.write() as conn:
        found = []
        within = reach(db, conn, who, [Right.PAY], period, unit)
        for store_id in within if is_export else ():
            access.require(who, Right.EXPORT, posts=[Post(store_id=store_id)])
        for state in snapshots.states(conn, period.label, within):
            if state.snapshot_id is not None:
                found.append(snapshots.sheet(db, conn, state.snapshot_id, state.status))
        if not found:
            raise Problem(
                f"{period.label} 还没有计算；请先运行 kpi month compute {period.label}。",
                f"{period.label} is not computed yet; run kpi month compute {period.label} first.",
            )
        made = sheets.merge(found)
        verb = "sheet.export" if is_export else "sheet.read"
        audit.note(db, conn, who, verb, period=period.label, unit=unit, digest=made.digest)
        return replace(made, inputs={**made.inputs, "操作记录": audit.head(conn)})


def own(db: Database, who: access.Identity, period: Period, person_id: str | None = None) -> Sheet | None:
    """One person's part of the month's newest sheets, ``who``'s own where nobody is named; None before the first.

    Where a unit publishes, one's own is seen from then on. Another's is noted in the audit. Raises Forbidden without
    the right to that person's pay.
    """
    person_id = person_id or who.person_id
    if person_id is None:
        raise Problem("这个用户没有对应的工号。", "This user is no person of the roster.")
    is_own = person_id == who.person_id
    with db.read() if is_own else db.write() as conn:
        if not is_own:
            rows = facts.of(db, facts.at(conn, contracts=["people", "stores"]))
            access.require(who, Right.PAY, person_id=person_id, posts=posts.posts_of(rows, person_id, period.last))
        it = tables.pay_units.c
        query = sa.select(it.store_id, it.snapshot_id, it.status)
        query = query.where(it.period == period.label, it.snapshot_id.is_not(None))
        of_person = [
            lines.as_told(conn, part) if is_own else part
            for row in conn.execute(query.order_by(it.store_id))
            if not (is_own and month_settings.is_held_back(conn, period.label, row.store_id, row.status))
            for part in [snapshots.sheet(db, conn, row.snapshot_id, row.status).of_person(person_id)]
            if part.people or part.judgements
        ]
        if not is_own:
            audit.note(db, conn, who, "pay.read", period=period.label, person_id=person_id)
    return sheets.merge(of_person) if of_person else None


def explain(db: Database, who: access.Identity, line_id: str) -> Node:
    """A line of any month's newest sheet, from the rule down to the rows of the files. Whoever may see nobody's pay but
    their own is told of other people by their post only.

    Raises Problem for an unknown line, Forbidden without the right to that person's pay.
    """
    line, unit = tables.pay_lines, tables.pay_units
    with db.write() as conn:
        row = conn.execute(
            sa.select(line.c.snapshot_id, line.c.person_id, line.c.store_id, unit.c.status)
            .join(unit, unit.c.snapshot_id == line.c.snapshot_id)
            .where(line.c.line_id == line_id)
        ).first()
        if row is None:
            raise Problem(
                f"没有行号 {line_id}；kpi sheet 列出各行的行号。", f"No line {line_id}; kpi sheet shows the lines' ids."
            )
        access.require(who, Right.PAY, person_id=row.person_id, posts=[Post(store_id=row.store_id)])
        made = snapshots.sheet(db, conn, row.snapshot_id, row.status)
        if row.person_id != who.person_id:
            audit.note(db, conn, who, "line.explain", line_id=line_id, person_id=row.person_id)
        known = given.facts_of(db, conn, row.snapshot_id)
        versions = plans.of_sheet(db, conn, made)
        is_own = not access.may(who, Right.PAY, posts=[Post(store_id=row.store_id)])
        if is_own:
            made = lines.as_told(conn, made.of_person(row.person_id))
    found = made.lines.row(by_predicate=pl.col("line_id") == line_id, named=True)
    month = Period.parse(made.period, db.settings.month_starts_on)
    card = card_behind(versions, known, month, found, as_of=made.as_of)
    credited = rivals(found, known, made.as_of, db.settings.month_starts_on, is_own=is_own)
    return explained(
        found,
        made,
        {**credited, **won_or_lost(card, known, made.as_of, is_own=is_own)},
        would_differ(versions, known, month, found, as_of=made.as_of),
        card,
    )


def _step(
    db: Database,
    conn: sa.Connection,
    who: access.Identity,
    verb: str,
    period: Period,
    within: Sequence[UnitState],
    status: str,
    words: str = "",
) -> list[UnitState]:
    for state in within:
        assert state.snapshot_id is not None
        snapshots.move(db, conn, who, verb, period.label, state.store_id, status, state.snapshot_id, words)
        audit.note(
            db,
            conn,
            who,
            f"month.{verb}",
            period=period.label,
            unit=state.store_id,
            revision=state.revision,
            digest=snapshots.digest_of(conn, state),
            words=words,
            **({"seal": seals.of_locked(conn, period.label, state.store_id)} if verb == "lock" else {}),
        )
    return snapshots.states(conn, period.label, {state.store_id: state.store_name for state in within})


def _refuse_outdated(db: Database, conn: sa.Connection, who: access.Identity, period: Period, state: UnitState) -> None:
    """Raise Problem where a unit was computed before the month's end, or would come out different now."""
    if state.as_of is None or state.as_of < period.last:
        raise Problem(
            f"{period.label} 只算到 {state.as_of}，月份尚未结束；请在 {period.last} 之后重新计算再提交。",
            f"{period.label} was computed as of {state.as_of}, before its end; compute it again first.",
        )
    ground = Ground.of(db, conn, who, period, state.store_id, wanted=("computed", "published"))
    if any(
        again.sheet.digest != snapshots.digest_of(conn, state) for again in sheets_of(db, conn, ground, state.as_of)
    ):
        back = "退回后" if state.status == "published" else ""
        raise Problem(
            f"{state.store_name} {period.label} 计算之后数据或方案有变；请{back}重新计算并核对后再提交。",
            f"Data or plans of {state.store_name} changed since {period.label} was computed; compute it again.",
        )

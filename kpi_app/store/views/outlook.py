"""What could be: how few more deeds move somebody up this month, and what a proposed plan would have cost."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from data_contracts.contract import Problem
from kpi_app import access
from kpi_app.access import Forbidden, Right
from kpi_app.store.accounts import posts
from kpi_app.store.database import Database
from kpi_app.store.months.units import reach
from kpi_app.store.proving import audit
from kpi_app.store.rows import facts
from kpi_app.store.rulebook import plans
from metrics.period import Period
from scorecards import moves as core
from scorecards import plan as plan_file
from scorecards.moves import Move
from scorecards.posts import Roster
from scorecards.replay import Simulation, replay

FEW = 5
"""Who may not see pay sees no group of fewer people."""


def moves(
    db: Database, who: access.Identity, period: Period, person_id: str | None = None, *, as_of: date
) -> list[Move]:
    """What moves a person up in a month that still runs, ``who`` where nobody is named; the fewest deeds first.

    Another's is noted in the audit. Raises Forbidden without the right to that person's pay.
    """
    person_id = person_id or who.person_id
    if person_id is None:
        raise Problem("这个用户没有对应的工号。", "This user is no person of the roster.")
    with db.read() as conn:
        rows = facts.of(db, facts.at(conn))
        access.require(who, Right.PAY, person_id=person_id, posts=posts.posts_of(rows, person_id, period.last))
        post = Roster(rows["people"].collect()).last_known(person_id, period.last)
        versions = plans.in_force(db, conn, period.label, post.store_id if post else None)
    found = core.moves(versions, rows, period, person_id, as_of=as_of)
    audit.seen_pay(db, who, "moves.read", [person_id], period=period.label, person_id=person_id)
    return found


def simulate(
    db: Database,
    who: access.Identity,
    toml_text: str,
    months: Sequence[Period],
    *,
    unit: str | None = None,
    as_of: date,
) -> Simulation:
    """Replay a proposed plan on past months beside the plans of today, in a store or in all in reach.

    No fact, plan or month is written; where people are shown, the look is noted in the audit. Who may load plans but
    not prepare months sees the months, and groups of at least ``FEW`` people. Raises PlanError for a plan that would
    be refused, Forbidden without either right, Problem for a month that is not over.
    """
    if not {Right.PLANS, Right.PREPARE} & who.rights:
        raise Forbidden(Right.PREPARE, who)
    for month in months:
        if month.last > as_of:
            raise Problem(
                f"{month.label} 尚未结束；请选 {as_of} 之前结束的月份。",
                f"{month.label} is not over; choose months that ended before {as_of}.",
            )
    is_shown = Right.PREPARE in who.rights
    seeing = who if is_shown else access.CONSOLE
    today = Period.containing(as_of, "month", db.settings.month_starts_on).label
    with db.read() as conn:
        stores = reach(db, conn, seeing, [Right.PREPARE], months[-1], unit)
        in_force = {store_id: plans.in_force(db, conn, today, store_id) for store_id in stores}
        key = plan_file.reread(toml_text).key
        earlier = next((plan for of_store in in_force.values() for plan in of_store if plan.key == key), None)
        proposed = plan_file.read(toml_text, extra_roles=db.settings.extra_roles, earlier=earlier)
        rows = facts.of(db, facts.at(conn))
    made = replay(proposed, in_force, rows, months, as_of=as_of, month_of_today=today)
    if is_shown:
        named = [month.label for month in months]
        audit.seen_pay(
            db, who, "plan.simulate", (it.person_id for it in made.people), months=named, sha256=proposed.digest
        )
        return made
    groups = tuple(group for group in made.groups if group.people >= FEW)
    return replace(made, people=(), groups=groups, guarded=(), unfit=())

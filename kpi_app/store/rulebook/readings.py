"""Who has read which version of a plan: a confirmation of the rules that apply, with their notice."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from data_contracts.contract import Problem, Text
from kpi_app import access
from kpi_app.access import Post, Right
from kpi_app.store import tables
from kpi_app.store.accounts.posts import everyone
from kpi_app.store.database import Database
from kpi_app.store.proving import audit
from kpi_app.store.rulebook import plans
from metrics.period import Period
from scorecards.plan import Plan
from scorecards.posts import Post as HeldPost


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A plan version that applies to a person in this pay month or the next, and when they confirmed having read it."""

    person_id: str
    person_name: str
    store_id: str
    plan: str
    name: Text
    since: str
    notice: str
    published_on: date
    version: int
    read_at: datetime | None

    def as_json(self, lang: str) -> dict[str, Any]:
        return {
            "person_id": self.person_id,
            "person_name": self.person_name,
            "unit": self.store_id,
            "plan": self.plan,
            "name": self.name.said(lang),
            "since": self.since,
            "notice": self.notice,
            "published_on": self.published_on.isoformat(),
            "read_at": None if self.read_at is None else self.read_at.isoformat(timespec="minutes"),
        }


def confirm(db: Database, who: access.Identity, key: str) -> None:
    """Confirm having read the versions of a plan that apply to oneself in this pay month and the next.

    Raises Problem where the plan does not concern who asks. Confirming again changes nothing.
    """
    it = tables.plan_readings
    with db.write() as conn:
        concerned = [one for one in _of(db, conn, [who.person_id or ""]) if one.plan == key]
        if not concerned:
            raise Problem(
                f"方案 {key} 不适用于您；请核对方案名。", f"The plan {key} does not concern you; check its name."
            )
        for one in concerned:
            if one.read_at is None:
                said = {"version": one.version, "person_id": one.person_id}
                conn.execute(sa.insert(it).values(**said, user_name=who.name, at=db.settings.now_utc()))
                audit.note(db, conn, who, "plan.read", plan=key, since=one.since, notice=one.notice, **said)


def mine(db: Database, who: access.Identity) -> list[Reading]:
    """The plan versions that apply to oneself, read or not."""
    with db.read() as conn:
        return _of(db, conn, [who.person_id or ""])


def listing(db: Database, who: access.Identity, *, key: str | None = None, unread: bool = False) -> list[Reading]:
    """Who in reach has read what applies to them, by unit and 工号. Raises Forbidden for who reaches nobody's pay."""
    if Right.PAY not in who.rights:
        raise access.Forbidden(Right.PAY, who)
    with db.read() as conn:
        found = _of(db, conn)
    return [
        one
        for one in found
        if key in (None, one.plan)
        and not (unread and one.read_at)
        and access.may(who, Right.PAY, person_id=one.person_id, posts=[Post(store_id=one.store_id)])
    ]


def _of(db: Database, conn: sa.Connection, person_ids: Sequence[str] | None = None) -> list[Reading]:
    """The versions that apply to people (to everybody), by their posts in this pay month and the next."""
    roster = everyone(db, conn)
    today = db.settings.today()
    month = Period.containing(today, "month", db.settings.month_starts_on)
    following = Period.containing(month.last + timedelta(days=1), "month", month.month_starts_on)
    in_force: dict[tuple[str, str], list[Plan]] = {}
    found: dict[tuple[int, str], Reading] = {}
    for person_id in roster.people() if person_ids is None else person_ids:
        for pay_month in (month, following):
            for post in roster.of(person_id):
                if not post.overlaps(max(pay_month.first, today), pay_month.last):
                    continue
                where = pay_month.label, post.store_id
                if where not in in_force:
                    in_force[where] = plans.in_force(db, conn, *where)
                for plan in in_force[where]:
                    if post.role in _roles(plan, pay_month.label):
                        one = _reading(db, conn, post, plan)
                        found.setdefault((one.version, person_id), one)
    return sorted(found.values(), key=lambda one: (one.store_id, one.person_id, one.plan, one.since))


def _roles(plan: Plan, month: str) -> set[str]:
    of_rules = {role for rule in plan.rules_on(month) for role in getattr(rule, "roles", ())}
    return of_rules | {card.role for card in plan.cards_on(month)}


def _reading(db: Database, conn: sa.Connection, post: HeldPost, plan: Plan) -> Reading:
    version, read = tables.plan_versions.c, tables.plan_readings.c
    number = conn.execute(
        sa.select(sa.func.max(version.version)).where(version.key == plan.key, version.sha256 == plan.digest)
    ).scalar_one()
    read_at = conn.execute(sa.select(read.at).where(read.version == number, read.person_id == post.person_id)).scalar()
    return Reading(
        person_id=post.person_id,
        person_name=post.person_name,
        store_id=post.store_id,
        plan=plan.key,
        name=plan.name,
        since=plan.since,
        notice=plan.notice.number,
        published_on=plan.notice.published_on,
        version=number,
        read_at=None if read_at is None else read_at.astimezone(db.settings.zone_info),
    )

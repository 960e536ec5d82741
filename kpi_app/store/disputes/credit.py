"""Whom a head gives the credit of an arrival: rows of credit_reassignments, entered as imports of their own.

A decision stands for the customer's day at the store, and the latest one counts. Nobody decides on a credit of their
own. A locked month that paid otherwise is corrected as after any late fact, and both sides may object to what comes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import polars as pl
import sqlalchemy as sa

from data_contracts.catalogue import CONTRACTS
from data_contracts.contract import Problem, Text, contract_of
from kpi_app import access
from kpi_app.access import Forbidden, Post, Right
from kpi_app.store.database import Database
from kpi_app.store.months import snapshots
from kpi_app.store.proving import audit
from kpi_app.store.rows import facts, imports
from metrics.attribution import REASONS
from metrics.credit import Facts
from metrics.period import Period
from metrics.visits import VisitGroups
from scorecards.posts import Roster, person_names, store_names
from scorecards.sheet import STATUS_NAMES

CONTRACT = "credit_reassignments"
MOST = 10
"""So many arrivals of one customer are looked up at once, the latest."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """What could have brought an arrival about; the person is null where ``who`` does not lead them."""

    what: Text
    key: str
    at: datetime
    person_id: str | None
    person_name: str | None
    reason: Text
    is_credited: bool

    def as_json(self, lang: str) -> dict[str, Any]:
        return {
            "what": self.what.said(lang),
            "key": self.key,
            "at": self.at.isoformat(sep=" ", timespec="minutes"),
            "person_id": self.person_id,
            "person_name": self.person_name,
            "is_credited": self.is_credited,
            "reason": self.reason.said(lang),
        }


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """A customer's day at a store by its first arrival, and everybody who could have the credit, who has it first.

    ``led`` are the people at the store on that day to whom ``who`` may give it: 工号 → name.
    """

    visit_id: str
    customer_id: str
    store_id: str
    store_name: str
    arrived_at: datetime
    candidates: tuple[Candidate, ...]
    led: Mapping[str, str]

    def as_json(self, lang: str) -> dict[str, Any]:
        return {
            "visit_id": self.visit_id,
            "customer_id": self.customer_id,
            "unit": self.store_id,
            "store_name": self.store_name,
            "arrived_at": self.arrived_at.isoformat(sep=" ", timespec="minutes"),
            "candidates": [one.as_json(lang) for one in self.candidates],
        }


@dataclass(frozen=True, kw_only=True)
class _Visit:
    """A customer's day at a store, with the candidates as the metrics find them."""

    visit_id: str
    visit_ids: frozenset[str]
    customer_id: str
    store_id: str
    arrived_at: datetime
    rows: Sequence[Mapping[str, Any]]

    @property
    def holders(self) -> set[str]:
        """Who has the credit."""
        return {row["person_id"] for row in self.rows if row["is_credited"]}


def give(db: Database, who: access.Identity, *, visit_id: str, person_id: str, reason: str) -> int:
    """Give the credit of an arrival to a person, as the head over everybody whom it leaves or reaches; the number of
    the import that holds the decision.

    Raises Forbidden for who does not lead them all, Problem without a reason, for an unknown arrival or person, for a
    credit of one's own, for who has it already, and where a month handed in for approval rests on it.
    """
    reason = reason.strip()
    if not reason:
        raise Problem("请写明改定归属的理由。", "Say why the credit goes to somebody else.")
    with db.write() as conn:
        known = facts.of(db, facts.at(conn))
        roster = Roster(known["people"].collect())
        if not roster.of(person_id):
            raise Problem(f"没有工号 {person_id}；请核对。", f"No person {person_id}; check the id.")
        visit = _by_id(known, visit_id, db.settings.today())
        on, touched = visit.arrived_at.date(), visit.holders | {person_id}
        for one in sorted(touched):
            access.require(who, Right.LEAD, posts=_posts(roster, one, on))
        if who.person_id is None or who.person_id in touched:
            raise Problem(
                "改定人须有工号，且不能改定与自己有关的归属。",
                "Who decides must be a person of the roster, and never on a credit of their own.",
            )
        if visit.holders == {person_id}:
            raise Problem(f"这次到店已经计给 {person_id}。", f"{person_id} has the credit of this arrival already.")
        month = Period.containing(on, "month", db.settings.month_starts_on).label
        places = {post.store_id for one in touched for post in _posts(roster, one, on)}
        for store_id in sorted({visit.store_id, *filter(None, places)}):
            _refuse_handed_in(conn, month, store_id)
        at = db.settings.office_moment()
        decision = {
            "visit_id": visit.visit_id,
            "person_id": person_id,
            "reason": reason,
            "decided_by": who.person_id,
            "decided_at": at,
        }
        import_id = imports.entered(db, conn, who, contract_of(CONTRACT), [decision])
        audit.note(
            db, conn, who, "credit.give", **{**decision, "decided_at": at.isoformat()}, before=sorted(visit.holders)
        )
        return import_id


def find(db: Database, who: access.Identity, asked: str) -> list[Arrival]:
    """The arrivals of a 到店编号 or 客户编号 at stores where ``who`` leads somebody, the latest first.

    Raises Forbidden for who leads nobody. Candidates whom ``who`` does not lead stay unnamed.
    """
    if Right.LEAD not in who.rights:
        raise Forbidden(Right.LEAD, who)
    known = facts.load(db)
    roster, stores, asked = Roster(known["people"].collect()), store_names(known), asked.strip()
    named = pl.any_horizontal(pl.col("visit_id", "customer_id") == asked)
    customers = set(known["store_visits"].filter(named).select("customer_id").collect()["customer_id"])
    visits = [
        visit
        for customer in sorted(customers)
        for visit in _visits(known, customer, db.settings.today())
        if customer == asked or asked in visit.visit_ids
    ]
    found = [(visit, led) for visit in visits if (led := _led_at(who, roster, visit))]
    latest = sorted(found, key=lambda it: it[0].arrived_at, reverse=True)[:MOST]
    return [
        Arrival(
            led=led,
            visit_id=visit.visit_id,
            customer_id=visit.customer_id,
            store_id=visit.store_id,
            store_name=stores.get(visit.store_id, visit.store_id),
            arrived_at=visit.arrived_at,
            candidates=tuple(_candidate(who, roster, visit, row) for row in visit.rows),
        )
        for visit, led in latest
    ]


def listing(db: Database, who: access.Identity) -> list[dict[str, Any]]:
    """The decisions in force that concern oneself or people whom ``who`` leads, the newest first. Who leads nobody is
    not told who decided."""
    known = facts.load(db)
    return _told(who, known, _decisions(known[CONTRACT], known))


def history(db: Database, who: access.Identity, visit_id: str) -> list[dict[str, Any]]:
    """Every decision ever made on an arrival's day, the newest first, as :func:`listing` shows them."""
    known = facts.load(db)
    with db.read() as conn:
        ever = facts.ever(db, conn, contract_of(CONTRACT))
    of_day = _by_id(known, visit_id, db.settings.today()).visit_ids
    return _told(who, known, _decisions(ever.filter(pl.col("visit_id").is_in(sorted(of_day))), known))


def _decisions(decisions: pl.LazyFrame, known: Facts) -> list[dict[str, Any]]:
    visits = known["store_visits"].select("visit_id", "customer_id", "store_id", "arrived_at")
    newest = ["decided_at", "_import_id", "visit_id"]
    return decisions.join(visits, on="visit_id").sort(newest, descending=True).collect().to_dicts()


def _told(who: access.Identity, known: Facts, decisions: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The decisions that are for ``who``, as lists show them."""
    roster, stores, people = Roster(known["people"].collect()), store_names(known), person_names(known)
    found = []
    for row in decisions:
        leads = access.may(who, Right.LEAD, posts=_posts(roster, row["person_id"], row["arrived_at"].date()))
        if not leads and row["person_id"] != who.person_id:
            continue
        found.append(
            {
                **{name: row[name] for name in ("visit_id", "customer_id", "person_id", "reason")},
                "person_name": people[row["person_id"]],
                "unit": row["store_id"],
                "store_name": stores.get(row["store_id"], row["store_id"]),
                "arrived_at": row["arrived_at"].isoformat(sep=" ", timespec="minutes"),
                "decided_by": row["decided_by"] if leads else None,
                "decided_name": people.get(row["decided_by"]) if leads else None,
                "decided_at": row["decided_at"].isoformat(sep=" ", timespec="minutes"),
                "import_id": row["_import_id"],
            }
        )
    return found


def _by_id(known: Facts, visit_id: str, as_of: date) -> _Visit:
    """The day that an arrival belongs to. Raises Problem for one that is not known."""
    rows = known["store_visits"].filter(pl.col("visit_id") == visit_id).select("customer_id").collect()
    for customer in rows["customer_id"]:
        for visit in _visits(known, customer, as_of):
            if visit_id in visit.visit_ids:
                return visit
    raise Problem(
        f"没有到店编号 {visit_id}；请核对，或先导入到店记录。", f"No visit {visit_id}; check the id, or import visits."
    )


def _visits(known: Facts, customer_id: str, as_of: date) -> list[_Visit]:
    """A customer's days at stores, each with its candidates."""
    own = {
        name: known[name].filter(pl.col("customer_id") == customer_id)
        for name in ("store_visits", "invitations", "leads", "call_logs")
    }
    found = VisitGroups().candidates({**known, **own}, as_of)
    by_visit: dict[str, list[dict[str, Any]]] = {}
    for row in found.to_dicts():
        by_visit.setdefault(row["event_key"], []).append(row)
    days: dict[tuple[str, date], list[dict[str, Any]]] = {}
    arrived = own["store_visits"].filter(pl.col("day") <= as_of).sort("arrived_at", "visit_id").collect()
    for row in arrived.to_dicts():
        days.setdefault((row["store_id"], row["day"]), []).append(row)
    return [
        _Visit(
            visit_id=rows[0]["visit_id"],
            visit_ids=frozenset(row["visit_id"] for row in rows),
            customer_id=customer_id,
            store_id=store_id,
            arrived_at=rows[0]["arrived_at"],
            rows=by_visit.get(rows[0]["visit_id"], []),
        )
        for (store_id, _), rows in days.items()
    ]


def _posts(roster: Roster, person_id: str, on: date) -> list[Post]:
    """A person's posts on a day, or the last held before it."""
    held = [post for post in roster.of(person_id) if post.is_active(on)]
    last = roster.last_known(person_id, on)
    return [
        Post(post.store_id, f"{post.store_id}/{post.department}", post.team_id)
        for post in held or ([last] if last else [])
    ]


def _led_at(who: access.Identity, roster: Roster, visit: _Visit) -> dict[str, str]:
    """Those with a post at the store on that day whom ``who`` leads, oneself apart: 工号 → name."""
    on = visit.arrived_at.date()
    return {
        person_id: roster.of(person_id)[0].person_name
        for person_id in roster.people()
        if person_id != who.person_id
        and any(
            post.store_id == visit.store_id and access.may(who, Right.LEAD, posts=[post])
            for post in _posts(roster, person_id, on)
        )
    }


def _candidate(who: access.Identity, roster: Roster, visit: _Visit, row: Mapping[str, Any]) -> Candidate:
    person_id = row["person_id"]
    is_led = access.may(who, Right.LEAD, posts=_posts(roster, person_id, visit.arrived_at.date()))
    posts = roster.of(person_id)
    return Candidate(
        what=CONTRACTS[row["contract"]].title,
        key=row["key"],
        at=row["base_at"],
        person_id=person_id if is_led else None,
        person_name=posts[0].person_name if is_led and posts else None,
        reason=REASONS[row["reason"]],
        is_credited=row["is_credited"],
    )


def _refuse_handed_in(conn: sa.Connection, period: str, store_id: str) -> None:
    """A locked month is corrected; one that waits for its approval must not change under the approver's eyes."""
    status = snapshots.status_of(conn, period, store_id)
    if status in ("submitted", "approved"):
        raise Problem(
            f"{store_id} {period} {STATUS_NAMES[status].zh}，归属不能再改；请先退回。",
            f"{store_id} {period} is {status}: the credit cannot change; have the month returned first.",
        )

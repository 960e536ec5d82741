"""Preparer, approver and beneficiary are three persons, and whoever signs holds the role that the level asks for.

Persons are compared by 工号, so that a second account or a second role changes nothing.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from data_contracts.contract import Problem
from kpi_app import access
from kpi_app.access import Post, Right
from kpi_app.store import tables
from kpi_app.store.accounts import users
from kpi_app.store.accounts.posts import everyone
from kpi_app.store.database import Database
from kpi_app.store.months import snapshots
from kpi_app.store.months.month_settings import Level, words_of
from kpi_app.store.months.snapshots import UnitState

PREPARING = ("compute", "publish", "submit")
"""What is done by who prepares a month."""


@dataclass(frozen=True, kw_only=True)
class Signer:
    """Who fills a level: in person, or by a signature that somebody recorded."""

    user_id: int | None
    name: str
    person_id: str
    roles: frozenset[str]


def require_role(db: Database, state: UnitState, level: Level, number: int, signer: Signer) -> None:
    """Raise Problem unless who signs holds one of the roles that a level asks for."""
    if not signer.roles.intersection(level.roles):
        needs = words_of(db, level)
        raise Problem(
            f"{state.store_name} {state.period} 的第 {number} 级须由{needs.zh}审批，{signer.name} 不是。",
            f"Level {number} of {state.store_name} {state.period} is {needs.en}'s; {signer.name} is not.",
        )


def refuse_own_work(conn: sa.Connection, signer: Signer, state: UnitState) -> None:
    """Four eyes: not by who prepared it, nor by who is paid by it, nor among HR where HR is paid by it."""
    assert state.snapshot_id is not None
    preparers = refuse_preparer(conn, state, signer.user_id, signer.person_id, signer.name)
    paid = set(snapshots.lines(conn, [state.snapshot_id])["person_id"])
    if signer.person_id in paid:
        raise Problem(
            f"{state.store_name} {state.period} 的表上有 {signer.name} 本人的绩效，不能由本人审批；请上级审批。",
            f"{signer.name} is paid by {state.store_name} {state.period} and cannot approve it; a superior must.",
        )
    if paid & preparers and "hr" in signer.roles:
        raise Problem(
            f"{state.store_name} {state.period} 的表上有编制人的绩效，须由不兼人事的总监审批。",
            f"{state.store_name} {state.period} pays who prepared it; a director who is not of HR must approve it.",
        )


def refuse_preparer(
    conn: sa.Connection, state: UnitState, user_id: int | None, person_id: str | None, name: str
) -> set[str]:
    """The persons who prepared a unit; a Problem where this one is among them, by account or by person."""
    assert state.snapshot_id is not None
    it = tables.manual_lines.c
    of_unit = sa.and_(it.period == state.period, it.store_id == state.store_id)
    entered = set(conn.execute(sa.select(it.entered_by).where(of_unit)).scalars())
    events = [event for event in snapshots.events(conn, state.snapshot_id) if event.verb in PREPARING]
    users = {event.user_id for event in events} | entered
    people = {event.person_id for event in events} | _people_of(conn, entered)
    if (user_id is not None and user_id in users) or (person_id is not None and person_id in people):
        raise Problem(
            f"{state.store_name} {state.period} 由 {name} 编制，不能由本人签认或审批；请另一位有权限的人办理。",
            f"{name} prepared {state.store_name} {state.period} and can neither sign off nor approve it.",
        )
    return {person for person in people if person is not None}


def _people_of(conn: sa.Connection, user_ids: set[int | None]) -> set[str | None]:
    it = tables.users.c
    return set(conn.execute(sa.select(it.person_id).where(it.user_id.in_(user_ids - {None}))).scalars())


def posts_of(db: Database, conn: sa.Connection, person_id: str) -> frozenset[str]:
    """The posts that a person holds today."""
    today = db.settings.today()
    return frozenset(post.role for post in everyone(db, conn).of(person_id) if post.is_active(today))


def roles_of_accounts(conn: sa.Connection, person_id: str, store_id: str) -> frozenset[str]:
    """The roles of a person's accounts that may approve this store."""
    it = tables.users.c
    found: set[str] = set()
    for user_id in conn.execute(sa.select(it.user_id).where(it.person_id == person_id, ~it.is_disabled)).scalars():
        account = users.identity(conn, user_id)
        if access.may(account, Right.APPROVE, posts=[Post(store_id=store_id)]):
            found |= account.roles
    return frozenset(found)


def name_of(db: Database, conn: sa.Connection, person_id: str) -> str:
    """What a person of the roster is called. Raises Problem for an unknown 工号."""
    posts = everyone(db, conn).of(person_id)
    if not posts:
        raise Problem(f"没有工号 {person_id}；请核对。", f"No person {person_id}; check the id.")
    return posts[0].person_name

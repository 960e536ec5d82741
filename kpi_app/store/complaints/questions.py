"""Must-ask questions: what the complaint meeting lets every survey call of a department ask."""

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from data_contracts.contract import Problem, contract_of
from data_contracts.people import DEPARTMENTS
from kpi_app import access
from kpi_app.access import Post, Right
from kpi_app.store import tables
from kpi_app.store.complaints import actions
from kpi_app.store.database import Database
from kpi_app.store.proving import audit


@dataclass(frozen=True, kw_only=True)
class Question:
    """A question that every survey call of a department must ask."""

    question_id: int
    store_id: str
    department: str
    words: str
    cause: str | None
    since: date
    made_name: str
    ended_on: date | None


def ask(
    db: Database, who: access.Identity, *, store_id: str, department: str, words: str, cause: str | None = None
) -> int:
    """Let a question be asked in every survey call of a department from today on; its number."""
    words = words.strip()
    if not words:
        raise Problem("请写明必问题。", "Say what is to be asked.")
    if department not in (*DEPARTMENTS, *db.settings.departments):
        raise Problem(f"没有部门 {department}；请核对。", f"No department {department}; check it.")
    codes = contract_of("complaints").cells["cause"].codes
    if cause is not None and cause not in codes:
        raise Problem(f"原因 {cause} 无效；请写 {'、'.join(codes)}。", f"Cause {cause}: use {', '.join(codes)}.")
    access.require(who, Right.LEAD, posts=[Post(store_id, f"{store_id}/{department}")])
    actions.require_named(who)
    it = tables.must_ask
    with db.write() as conn:
        question_id = (conn.execute(sa.select(sa.func.max(it.c.question_id))).scalar() or 0) + 1
        asked = {"store_id": store_id, "department": department, "words": words, "cause": cause}
        since = db.settings.today()
        conn.execute(
            sa.insert(it).values(question_id=question_id, **asked, since=since, made_name=who.name, ended_on=None)
        )
        audit.note(db, conn, who, "question.ask", question_id=question_id, since=since, **asked)
    return question_id


def end(db: Database, who: access.Identity, question_id: int) -> None:
    """Let a question be asked no longer."""
    it = tables.must_ask
    with db.write() as conn:
        row = conn.execute(sa.select(it).where(it.c.question_id == question_id, it.c.ended_on.is_(None))).first()
        if row is None:
            raise Problem(f"没有在问的必问题 {question_id}。", f"No question {question_id} is being asked.")
        access.require(who, Right.LEAD, posts=[Post(row.store_id, f"{row.store_id}/{row.department}")])
        actions.require_named(who)
        ended = {"ended_on": db.settings.today(), "ended_name": who.name}
        conn.execute(sa.update(it).where(it.c.question_id == question_id).values(**ended))
        audit.note(db, conn, who, "question.end", question_id=question_id)


def listing(db: Database, who: access.Identity, *, on: date | None = None) -> list[Question]:
    """The questions of the departments that ``who`` leads; with ``on`` those asked on that day."""
    it = tables.must_ask
    with db.read() as conn:
        rows = conn.execute(sa.select(it).order_by(it.c.store_id, it.c.department, it.c.question_id)).all()
    return [
        Question(**{name: getattr(row, name) for name in Question.__dataclass_fields__})
        for row in rows
        if access.may(who, Right.LEAD, posts=[Post(row.store_id, f"{row.store_id}/{row.department}")])
        and (on is None or (row.since <= on and (row.ended_on is None or row.ended_on > on)))
    ]

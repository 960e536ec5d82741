"""Objections as people see them: what they are about, where they stand, who answers, who may see which amounts."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from data_contracts.contract import Text
from kpi_app import access
from kpi_app.access import Post, Right
from kpi_app.store import tables
from kpi_app.store.accounts.posts import everyone
from kpi_app.store.database import Database
from kpi_app.store.months import lines
from kpi_app.store.proving import audit
from kpi_app.store.rows import facts
from metrics.period import Period
from scorecards.money import yuan
from scorecards.posts import Roster, store_names

ABOUT = {
    "ruling": Text("责任判定", "the ruling"),
    "credit": Text("归属或计数", "the credit or the count"),
    "rule": Text("规则或计算", "the rule or the arithmetic"),
}
ROUTES: Mapping[str, tuple[Right, Text]] = {
    "ruler": (Right.RULE, Text("部门总监", "the department's director")),
    "head": (Right.LEAD, Text("部门负责人", "the head of the department")),
    "hr": (Right.PREPARE, Text("人事", "HR")),
    "approver": (Right.APPROVE, Text("审批人", "an approver")),
}
"""Route → the right over the department or unit that its answer needs, and who that is."""
OUTCOMES = {
    "open": Text("待答复", "open"),
    "overdue": Text("逾期未答复", "overdue"),
    "upheld": Text("成立", "upheld"),
    "amended": Text("部分调整", "amended"),
    "rejected": Text("不成立", "rejected"),
    "withdrawn": Text("已撤回", "withdrawn"),
}


@dataclass(frozen=True, kw_only=True)
class Objection:
    """An objection as somebody may see it: amounts, and the arithmetic that names them, only with the right to them.

    Who objects is told by post, not by name, whom it goes to and who answered.
    """

    objection_id: int
    period: str
    store_id: str
    store_name: str
    person_id: str
    person_name: str
    line_id: str | None
    line_name: Text | None
    line_fen: int | None
    arithmetic: Text | None
    about: str
    route: str
    routed_to: str | None
    department: str
    reason: str
    is_late: bool
    raised_at: datetime
    answer_due: date
    state: str
    words: str
    answered_by: str | None
    answered_at: datetime | None
    amount_fen: int | None
    made_line_id: str | None
    counts_in: str | None
    is_mine: bool
    may_answer: bool

    def as_json(self, lang: str) -> dict[str, Any]:
        return {
            "objection": self.objection_id,
            "period": self.period,
            "unit": self.store_id,
            "store_name": self.store_name,
            "person_id": self.person_id,
            "person_name": self.person_name,
            "line_id": self.line_id,
            "line": _said(self.line_name, lang),
            "line_amount": None if self.line_fen is None else yuan(self.line_fen),
            "arithmetic": _said(self.arithmetic, lang),
            "about": _said(ABOUT[self.about], lang),
            "goes_to": _said(ROUTES[self.route][1], lang),
            "routed_to": self.routed_to,
            "department": self.department,
            "reason": self.reason,
            "is_late": self.is_late,
            "raised_at": self.raised_at.isoformat(timespec="minutes"),
            "answer_due": self.answer_due.isoformat(),
            "state": self.state,
            "state_name": _said(OUTCOMES[self.state], lang),
            "answer": self.words or None,
            "answered_by": self.answered_by,
            "answered_at": None if self.answered_at is None else self.answered_at.isoformat(timespec="minutes"),
            "amount": None if self.amount_fen is None else yuan(self.amount_fen),
            "made_line_id": self.made_line_id,
            "counts_in": self.counts_in,
            "may_answer": self.may_answer,
        }


def _said(text: Text | None, lang: str) -> str | None:
    return None if text is None else text.said(lang)


def listing(
    db: Database, who: access.Identity, *, period: Period | None = None, state: str | None = None
) -> list[Objection]:
    """The objections that ``who`` may see, the newest first: one's own, those one answers, those of whom one may see
    the pay. A look at others' is noted in the audit.
    """
    it, given, made = tables.objections, tables.objection_answers, tables.manual_lines
    query = (
        sa.select(it, *(given.c[name] for name in _OF_ANSWER), given.c.line_id.label("made_line_id"), made.c.amount_fen)
        .outerjoin(given, given.c.objection_id == it.c.objection_id)
        .outerjoin(made, made.c.line_id == given.c.line_id)
        .order_by(it.c.objection_id.desc())
    )
    if period is not None:
        query = query.where(it.c.period == period.label)
    today, zone = db.settings.today(), db.settings.zone_info
    found = []
    with db.read() as conn:
        disputed = _Disputed(conn)
        rows = facts.of(db, facts.at(conn, contracts=["people", "stores"]))
        roster, stores = Roster(rows["people"].collect()), store_names(rows)
        for row in conn.execute(query).all():
            is_mine = row.person_id == who.person_id
            may_see_pay = sees_pay(db, roster, who, row)
            is_theirs = is_answerer(who, row)
            standing = row.outcome or ("overdue" if row.answer_due < today else "open")
            if not (is_mine or may_see_pay or is_theirs) or state not in (None, standing):
                continue
            line_name, line_fen, arithmetic = disputed.of(row, is_mine=is_mine)
            posts = roster.of(row.person_id)
            found.append(
                Objection(
                    **{name: getattr(row, name) for name in _AS_STORED},
                    routed_to=None if is_mine else row.routed_to,
                    store_name=stores.get(row.store_id, row.store_id),
                    person_name=posts[0].person_name if posts else row.person_id,
                    line_name=line_name,
                    line_fen=line_fen if may_see_pay else None,
                    arithmetic=arithmetic if may_see_pay else None,
                    raised_at=row.raised_at.astimezone(zone),
                    state=standing,
                    words=row.words or "",
                    answered_by=None if is_mine else row.answered_name,
                    answered_at=None if row.answered_at is None else row.answered_at.astimezone(zone),
                    amount_fen=row.amount_fen if may_see_pay else None,
                    is_mine=is_mine,
                    may_answer=is_theirs and row.outcome is None,
                )
            )
    if others := [one.objection_id for one in found if not one.is_mine]:
        audit.seen(db, who, "objection.read", objections=others)
    return found


_OF_ANSWER = ("outcome", "words", "counts_in", "answered_name", "answered_at")
_AS_STORED = (
    "objection_id", "period", "store_id", "person_id", "line_id", "about", "route", "department",
    "reason", "is_late", "answer_due", "made_line_id", "counts_in",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Asked:
    """An objection that waits for an answer, as a list of what is to be done names it: no amount, no reason."""

    objection_id: int
    period: str
    store_id: str
    department: str
    person_id: str
    person_name: str
    about: Text
    answer_due: date


def to_answer(db: Database, who: access.Identity) -> list[Asked]:
    """The objections that ``who`` has to answer, the first due first."""
    it, given = tables.objections, tables.objection_answers
    query = (
        sa.select(it)
        .outerjoin(given, given.c.objection_id == it.c.objection_id)
        .where(given.c.objection_id.is_(None))
        .order_by(it.c.answer_due, it.c.objection_id)
    )
    with db.read() as conn:
        rows = [row for row in conn.execute(query).all() if is_answerer(who, row)]
        roster = everyone(db, conn) if rows else None
    return [
        Asked(
            **{name: getattr(row, name) for name in ("objection_id", "period", "store_id", "person_id", "answer_due")},
            department=row.department.partition("/")[2],
            person_name=posts[0].person_name if roster and (posts := roster.of(row.person_id)) else row.person_id,
            about=ABOUT[row.about],
        )
        for row in rows
    ]


def unanswered(conn: sa.Connection, period: str, store_id: str) -> list[int]:
    """The objections to a unit's month that wait for their answer."""
    it, given = tables.objections, tables.objection_answers
    query = (
        sa.select(it.c.objection_id)
        .outerjoin(given, given.c.objection_id == it.c.objection_id)
        .where(it.c.period == period, it.c.store_id == store_id, given.c.objection_id.is_(None))
    )
    return list(conn.execute(query.order_by(it.c.objection_id)).scalars())


class _Disputed:
    """The lines that objections name, with the rules' names as their snapshots keep them."""

    def __init__(self, conn: sa.Connection) -> None:
        self._conn = conn
        self._names: dict[int, dict[str, list[str]]] = {}

    def of(self, row: sa.Row[Any], *, is_mine: bool) -> tuple[Text | None, int | None, Text | None]:
        """Name, amount and arithmetic of the disputed line, as the person it pays reads it (``is_mine``) or as others
        do; nothing where something is missing."""
        if row.line_id is None:
            return None, None, None
        line, snapshot = tables.pay_lines.c, tables.snapshots.c
        if row.snapshot_id not in self._names:
            dumped = self._conn.execute(
                sa.select(snapshot.body).where(snapshot.snapshot_id == row.snapshot_id)
            ).scalar_one()
            self._names[row.snapshot_id] = json.loads(dumped)["rule_names"]
        body = json.loads(
            self._conn.execute(
                sa.select(line.body).where(line.snapshot_id == row.snapshot_id, line.line_id == row.line_id)
            ).scalar_one()
        )
        body = lines.told(self._conn, body) if is_mine else body
        name = self._names[row.snapshot_id].get(f"{body['plan']}/{body['rule']}", [body["rule"], body["rule"]])
        return Text(*name), body["amount_fen"], Text(body["arithmetic_zh"], body["arithmetic_en"])


def sees_pay(db: Database, roster: Roster, who: access.Identity, row: sa.Row[Any]) -> bool:
    """May ``who`` see the pay of the person who objects, by the unit or by the post held last in the month?"""
    month = Period.parse(row.period, month_starts_on=db.settings.month_starts_on)
    held = roster.last_known(row.person_id, month.last)
    places = [Post(held.store_id, f"{held.store_id}/{held.department}", held.team_id)] if held else []
    return access.may(who, Right.PAY, person_id=row.person_id, posts=[Post(store_id=row.store_id), *places])


def is_answerer(who: access.Identity, row: sa.Row[Any]) -> bool:
    """Does an objection go to ``who``? Never to the person who objects, nor to the console, which is nobody."""
    right, _ = ROUTES[row.route]
    store_id = row.department.partition("/")[0]
    is_of_unit = row.route in ("hr", "approver")
    place = Post(store_id=row.store_id) if is_of_unit else Post(store_id, row.department, row.team_id)
    return not who.is_console and row.person_id != who.person_id and access.may(who, right, posts=[place])

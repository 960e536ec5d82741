"""Objections: staff dispute a line of their statement (我有异议) or claim what is missing (漏算了).

An objection is about a ruling, a credit, or the rule. It goes to the ruler of that: the director over the complaint's
department, the head of the person's department, HR; HR's own to an approver. Nobody answers their own. The answer is
in words, within so many working days. What is upheld or amended opens a handed-in unit again by itself; of a locked
month nothing changes, and what comes of the objection counts in the unit's next open month.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

import polars as pl
import sqlalchemy as sa

from data_contracts.contract import Problem
from kpi_app import access
from kpi_app.access import Forbidden, Post, Right
from kpi_app.store import tables
from kpi_app.store.accounts.posts import everyone
from kpi_app.store.database import Database
from kpi_app.store.disputes.objection_list import (
    ABOUT,
    OUTCOMES,
    ROUTES,
    Objection,
    is_answerer,
    listing,
    sees_pay,
    unanswered,
)
from kpi_app.store.months import approvals, calendar, lines, month_settings, snapshots
from kpi_app.store.months.deadlines import entered, working_days_after
from kpi_app.store.proving import audit
from kpi_app.store.rows import facts
from metrics.period import Period
from scorecards.sheet import STATUS_NAMES

__all__ = [
    "ABOUT",
    "OUTCOMES",
    "ROUTES",
    "Objection",
    "answer",
    "claim",
    "dispute",
    "is_open",
    "listing",
    "unanswered",
    "withdraw",
]

ANSWERS = ("upheld", "amended", "rejected")
RETURNED = ("published", "submitted", "approved")


def dispute(db: Database, who: access.Identity, line_id: str, *, reason: str, about: str | None = None) -> int:
    """Object to a line of one's own newest statement; the objection's number.

    ``about`` says what is wrong; without it a ruled line is about the ruling, a line from a metric about the credit,
    any other about the rule. Raises Problem without a reason, for another's line, outside the window, and while an
    objection to the line waits for its answer.
    """
    line, unit = tables.pay_lines, tables.pay_units
    with db.write() as conn:
        row = conn.execute(
            sa.select(line, unit.c.status)
            .join(unit, unit.c.snapshot_id == line.c.snapshot_id)
            .where(line.c.line_id == line_id)
        ).first()
        if row is None:
            raise Problem(
                f"没有行号 {line_id}，或这一行已重新计算；请刷新后重试。",
                f"No line {line_id}, or it was computed anew; look again.",
            )
        if who.person_id is None or row.person_id != who.person_id:
            raise Problem("只能对自己的绩效行提出异议。", "You may object to lines of your own only.")
        body = json.loads(row.body)
        about = about or ("ruling" if body["ruling_id"] else "credit" if body["metric"] else "rule")
        _known_about(about)
        if about == "ruling" and not body["ruling_id"]:
            raise Problem("这一行没有责任判定；请选择归属或规则。", "No ruling stands behind this line.")
        return _raise(
            db, conn, who, row.period, row.store_id, row.snapshot_id, row.status, reason=reason, about=about, line=body
        )


def claim(
    db: Database, who: access.Identity, period: Period, *, reason: str, about: str = "credit", unit: str | None = None
) -> int:
    """Say that something is missing from one's own statement of a month; the objection's number.

    It goes to the unit of the post held last in the month unless one is named. Raises Problem as :func:`dispute`.
    """
    if about not in ("credit", "rule"):
        raise Problem("漏算请选择 credit（归属）或 rule（规则）。", "What is missing is about credit or rule.")
    with db.write() as conn:
        if who.person_id is None:
            raise Problem("这个用户没有对应的工号。", "This user is no person of the roster.")
        if unit is None:
            post = everyone(db, conn).latest(who.person_id, period.first, period.last)
            if post is None:
                raise Problem(f"{period.label} 没有您的任职记录。", f"You held no post in {period.label}.")
            unit = post.store_id
        it = tables.pay_units.c
        row = conn.execute(
            sa.select(it.snapshot_id, it.status).where(
                it.period == period.label, it.store_id == unit, it.snapshot_id.is_not(None)
            )
        ).first()
        if row is None:
            raise Problem(
                f"{unit} {period.label} 还没有计算，请在计算之后提出。",
                f"{unit} {period.label} is not computed yet; object once it is.",
            )
        return _raise(
            db, conn, who, period.label, unit, row.snapshot_id, row.status, reason=reason, about=about, line=None
        )


def _raise(
    db: Database,
    conn: sa.Connection,
    who: access.Identity,
    period: str,
    store_id: str,
    snapshot_id: int,
    status: str,
    *,
    reason: str,
    about: str,
    line: Mapping[str, Any] | None,
) -> int:
    reason = reason.strip()
    if not reason:
        raise Problem("请写明异议的理由。", "Say why you object.")
    month = Period.parse(period, month_starts_on=db.settings.month_starts_on)
    _require_window(db, conn, month, store_id, status)
    line_id = None if line is None else line["line_id"]
    it, given = tables.objections, tables.objection_answers
    waiting = conn.execute(
        sa.select(it.c.objection_id)
        .outerjoin(given, given.c.objection_id == it.c.objection_id)
        .where(it.c.line_id == line_id, it.c.person_id == who.person_id, given.c.objection_id.is_(None))
    ).scalar()
    if line_id is not None and waiting is not None:
        raise Problem(
            f"这一行的异议 {waiting} 还在等待答复。", f"Objection {waiting} to this line is not answered yet."
        )
    assert who.person_id is not None
    assert who.user_id is not None
    post = everyone(db, conn).last_known(who.person_id, month.last)
    department = f"{post.store_id}/{post.department}" if post else f"{store_id}/"
    routed_to = None
    if about == "ruling":
        assert line is not None
        route, routed_to = "ruler", line["judged_by"]
        department = _department_of_case(db, conn, line["ruling_id"], department)
    elif about == "credit":
        route = "head"
    else:
        is_hr = access.may(who, Right.PREPARE, posts=[Post(store_id=store_id)])
        route = "approver" if is_hr else "hr"
    objection_id = (conn.execute(sa.select(sa.func.max(it.c.objection_id))).scalar() or 0) + 1
    row = {
        "objection_id": objection_id,
        "period": period,
        "store_id": store_id,
        "snapshot_id": snapshot_id,
        "person_id": who.person_id,
        "line_id": line_id,
        "about": about,
        "route": route,
        "routed_to": routed_to,
        "department": department,
        "team_id": post.team_id if post and about == "credit" else None,
        "reason": reason,
        "is_late": status == "locked",
    }
    answer_days = month_settings.of(conn, period, store_id).answer_days
    due = working_days_after(db.settings.today(), answer_days, entered(db, conn))
    stamp = {"raised_by": who.user_id, "raised_name": who.name, "raised_at": db.settings.now_utc()}
    conn.execute(sa.insert(it).values(**row, **stamp, answer_due=due))
    audit.note(db, conn, who, "objection.raise", **row, answer_due=due)
    return objection_id


def answer(
    db: Database,
    who: access.Identity,
    objection_id: int,
    *,
    outcome: str,
    words: str,
    amount_fen: int | None = None,
) -> None:
    """Answer an objection in words, as whom it goes to: upheld, amended by an amount, or rejected.

    Upheld means that data or ruling are to be put right; amended makes a manual line that names the disputed one and
    counts once another has approved it. Either opens a submitted or approved unit again. Of a locked month the amount
    counts in the unit's next open month. Raises Forbidden for whom it does not go to, Problem for one's own.
    """
    words = words.strip()
    if outcome not in ANSWERS:
        raise Problem(f"答复 {outcome} 无效；请写 {'、'.join(ANSWERS)}。", f"{outcome}: answer {', '.join(ANSWERS)}.")
    if not words:
        raise Problem("请写明答复的理由。", "Answer in words.")
    if (outcome == "amended") != bool(amount_fen):
        raise Problem("部分调整须写金额，其他答复不写金额。", "Amended needs an amount; the other answers have none.")
    with db.write() as conn:
        row = _waiting(conn, objection_id)
        _require_answerer(who, row)
        status = snapshots.status_of(conn, row.period, row.store_id)
        is_moved = outcome in ("upheld", "amended")
        if is_moved and status in RETURNED:
            _reopen(db, conn, who, row)
        month = Period.parse(row.period, month_starts_on=db.settings.month_starts_on)
        counts_in = _next_open(conn, month, row.store_id) if is_moved and status == "locked" else month
        line_id = None
        if amount_fen:
            if not sees_pay(db, everyone(db, conn), who, row):
                raise Forbidden(Right.PAY, who)
            what = f"异议 {objection_id} 调整" + (f"（{row.period}）" if counts_in != month else "")
            line_id = lines.enter(
                db, conn, who, counts_in, store_id=row.store_id, person_id=row.person_id, amount_fen=amount_fen,
                reason=f"{what}：{words}",
            )  # fmt: skip
        _conclude(
            db,
            conn,
            who,
            objection_id,
            outcome,
            words,
            line_id=line_id,
            counts_in=counts_in.label if is_moved else None,
        )


def withdraw(db: Database, who: access.Identity, objection_id: int) -> None:
    """Take back one's own objection while it waits for its answer."""
    with db.write() as conn:
        row = _waiting(conn, objection_id)
        if row.person_id != who.person_id:
            raise Problem("只能撤回自己的异议。", "You may withdraw objections of your own only.")
        _conclude(db, conn, who, objection_id, "withdrawn", "")


def _conclude(
    db: Database,
    conn: sa.Connection,
    who: access.Identity,
    objection_id: int,
    outcome: str,
    words: str,
    *,
    line_id: str | None = None,
    counts_in: str | None = None,
) -> None:
    said = {
        "objection_id": objection_id,
        "outcome": outcome,
        "words": words,
        "line_id": line_id,
        "counts_in": counts_in,
    }
    conn.execute(
        sa.insert(tables.objection_answers).values(
            **said, answered_by=who.user_id, answered_name=who.name, answered_at=db.settings.now_utc()
        )
    )
    audit.note(db, conn, who, "objection.withdraw" if outcome == "withdrawn" else "objection.answer", **said)


def _reopen(db: Database, conn: sa.Connection, who: access.Identity, row: sa.Row[Any]) -> None:
    """Return the unit: its sign-offs, submission and approvals are void."""
    (state,) = snapshots.states(conn, row.period, {row.store_id: row.store_id})
    approvals.send_back(db, conn, who, state, f"异议 {row.objection_id} 成立")


def _next_open(conn: sa.Connection, month: Period, store_id: str) -> Period:
    """The first month after a locked one that is not handed in."""
    while snapshots.status_of(conn, month.label, store_id) in snapshots.FROZEN:
        month = Period.containing(month.last + timedelta(days=1), "month", month.month_starts_on)
    return month


def _waiting(conn: sa.Connection, objection_id: int) -> sa.Row[Any]:
    """An objection without an answer."""
    it, given = tables.objections, tables.objection_answers
    row = conn.execute(sa.select(it).where(it.c.objection_id == objection_id)).first()
    if row is None:
        raise Problem(f"没有异议 {objection_id}。", f"No objection {objection_id}.")
    if found := conn.execute(sa.select(given).where(given.c.objection_id == objection_id)).first():
        name = OUTCOMES[found.outcome]
        raise Problem(
            f"异议 {objection_id} 已由 {found.answered_name} 答复：{name.zh}。",
            f"{found.answered_name} answered objection {objection_id} already: {name.en}.",
        )
    return row


def _require_answerer(who: access.Identity, row: sa.Row[Any]) -> None:
    if row.person_id == who.person_id or row.raised_by == who.user_id:
        raise Problem("不能答复自己的异议。", "Nobody answers their own objection.")
    if not is_answerer(who, row):
        raise Forbidden(ROUTES[row.route][0], who)


def _require_window(db: Database, conn: sa.Connection, month: Period, store_id: str, status: str) -> None:
    """Raise Problem outside the time for objections: while published and up to the unit's day, or, where nothing is
    published, while computed; of a locked month at any time, as a late fact."""
    settings = month_settings.of(conn, month.label, store_id)
    if status == "locked" or (status == "computed" and not settings.publication):
        return
    until = calendar.day_of(settings, month, "objections_until", entered(db, conn))
    if status == "published":
        if db.settings.today() <= until:
            return
        raise Problem(
            f"{store_id} {month.label} 的异议期到 {until} 为止；封账之后仍可提出，成立的在下一个未封账的月份补差。",
            f"Objections to {store_id} {month.label} ended on {until}; once locked, they count in the next month.",
        )
    name = STATUS_NAMES[status]
    raise Problem(
        f"{store_id} {month.label} {name.zh}，不在异议期内；封账之后仍可提出，成立的在下一个未封账的月份补差。",
        f"{store_id} {month.label} is {name.en}: no time for objections; once locked, they count in the next month.",
    )


def is_open(db: Database, period: Period, store_id: str) -> bool:
    """Is it the time for objections to a unit's month?"""
    with db.read() as conn:
        try:
            _require_window(db, conn, period, store_id, snapshots.status_of(conn, period.label, store_id))
        except Problem:
            return False
    return True


def _known_about(about: str) -> None:
    if about not in ABOUT:
        raise Problem(f"异议事由 {about} 无效；请写 {'、'.join(ABOUT)}。", f"{about}: choose from {', '.join(ABOUT)}.")


def _department_of_case(db: Database, conn: sa.Connection, ruling_id: str, otherwise: str) -> str:
    """The department of the complaint that a ruling is about, as ``S01/售后部``."""
    complaint_id = ruling_id.rpartition("|")[0].rpartition("|")[0]
    rows: Iterable[dict[str, Any]] = (
        facts.of(db, facts.at(conn, contracts=["complaints"]))["complaints"]
        .filter(pl.col("complaint_id") == complaint_id, pl.col("loop_no") == 1)
        .select("store_id", "department")
        .collect()
        .to_dicts()
    )
    return next((f"{row['store_id']}/{row['department']}" for row in rows), otherwise)

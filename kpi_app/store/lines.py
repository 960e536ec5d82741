"""Manual lines: an amount with a reason that counts once somebody else has approved it."""

from typing import Any

import sqlalchemy as sa

from data_contracts.contract import Problem
from kpi_app import access
from kpi_app.access import Post, Right
from kpi_app.store import audit, facts, snapshots, tables
from kpi_app.store.database import Database
from metrics.period import Period
from scorecards.lines import line_id as identity_of
from scorecards.money import yuan
from scorecards.posts import Roster
from scorecards.sheet import STATUS_NAMES

RULE = "manual"


def add(db: Database, who: access.Identity, period: Period, *, person_id: str, amount_fen: int, reason: str) -> str:
    """Enter a line for a person, in the unit of the post held last in the month; its line_id.

    Raises Problem without a reason or amount, for oneself, for an unknown person, and once the unit is handed in.
    """
    reason = reason.strip()
    if not reason or not amount_fen:
        raise Problem("手工行要有金额和理由。", "A manual line needs an amount and a reason.")
    with db.write() as conn:
        roster = Roster(facts.of(db, facts.at(conn, contracts=["people"]))["people"].collect())
        post = roster.latest(person_id, period.first, period.last) or roster.last_known(person_id, period.last)
        if post is None:
            raise Problem(f"没有工号 {person_id}；请核对。", f"No person {person_id}; check the id.")
        access.require(who, Right.PREPARE, posts=[Post(store_id=post.store_id)])
        _refuse_beneficiary(who, person_id)
        _require_open(conn, period.label, post.store_id)
        return enter(
            db, conn, who, period, store_id=post.store_id, person_id=person_id, amount_fen=amount_fen, reason=reason
        )


def enter(
    db: Database,
    conn: sa.Connection,
    who: access.Identity,
    period: Period,
    *,
    store_id: str,
    person_id: str,
    amount_fen: int,
    reason: str,
) -> str:
    """Enter a line in the caller's transaction, once it has checked who may; the line_id."""
    it = tables.manual_lines
    now = db.settings.now_utc()
    number = conn.execute(sa.select(sa.func.count()).select_from(it)).scalar_one()
    line_id = identity_of(period.label, person_id, RULE, period.label, str(number + 1), now.isoformat())
    conn.execute(
        sa.insert(it).values(
            line_id=line_id,
            period=period.label,
            store_id=store_id,
            person_id=person_id,
            amount_fen=amount_fen,
            reason=reason,
            entered_by=who.user_id,
            entered_name=who.name,
            entered_at=now,
        )
    )
    audit.note(
        db, conn, who, "line.add", line_id=line_id, period=period.label, person_id=person_id,
        amount_fen=amount_fen, reason=reason,
    )  # fmt: skip
    return line_id


def approve(db: Database, who: access.Identity, line_id: str) -> None:
    """Let another's manual line count from the next computation on."""
    it = tables.manual_lines
    with db.write() as conn:
        row = conn.execute(sa.select(it).where(it.c.line_id == line_id)).first()
        if row is None:
            raise Problem(f"没有手工行 {line_id}。", f"No manual line {line_id}.")
        access.require(who, Right.APPROVE, posts=[Post(store_id=row.store_id)])
        _refuse_beneficiary(who, row.person_id)
        if row.entered_by == who.user_id:
            raise Problem("录入人不能审批自己的手工行；请另一位审批。", "Who entered a line cannot approve it.")
        if row.approved_by is not None:
            raise Problem(
                f"手工行 {line_id} 已由 {row.approved_name} 审批。", f"{row.approved_name} approved it already."
            )
        _require_open(conn, row.period, row.store_id)
        conn.execute(
            sa.update(it)
            .where(it.c.line_id == line_id)
            .values(approved_by=who.user_id, approved_name=who.name, approved_at=db.settings.now_utc())
        )
        audit.note(db, conn, who, "line.approve", line_id=line_id, amount_fen=row.amount_fen)


def listing(db: Database, who: access.Identity, period: Period) -> list[dict[str, Any]]:
    """A month's manual lines in reach, in the order of entering. A look at others' is noted in the audit."""
    it = tables.manual_lines
    with db.read() as conn:
        rows = conn.execute(sa.select(it).where(it.c.period == period.label).order_by(it.c.entered_at, it.c.line_id))
        found = [
            {
                "line_id": row.line_id,
                "unit": row.store_id,
                "person_id": row.person_id,
                "amount_fen": row.amount_fen,
                "amount": yuan(row.amount_fen),
                "reason": row.reason,
                "entered_by": row.entered_name,
                "approved_by": row.approved_name,
            }
            for row in rows
            if access.may(who, Right.PAY, person_id=row.person_id, posts=[Post(store_id=row.store_id)])
        ]
    audit.seen_pay(db, who, "line.read", (line["person_id"] for line in found), period=period.label)
    return found


def approved(conn: sa.Connection, period: Period) -> list[dict[str, Any]]:
    """A month's approved manual lines as rows of PayLines; one that an objection led to names the line it corrects."""
    it, answer, objection = tables.manual_lines, tables.objection_answers, tables.objections
    query = (
        sa.select(it, objection.c.line_id.label("corrects"), objection.c.period.label("corrects_period"))
        .outerjoin(answer, answer.c.line_id == it.c.line_id)
        .outerjoin(objection, objection.c.objection_id == answer.c.objection_id)
        .where(it.c.period == period.label, it.c.approved_by.is_not(None))
        .order_by(it.c.line_id)
    )
    return [_as_pay_line(row, period) for row in conn.execute(query)]


def _as_pay_line(row: sa.Row[Any], period: Period) -> dict[str, Any]:
    amount = yuan(row.amount_fen)
    empty = dict.fromkeys(
        (
            "plan", "notice", "basis", "metric", "metric_period", "value", "numerator", "denominator", "sample",
            "benchmark", "benchmark_published_on", "ruling_id", "judged_by", "judged_at",
            "case_id",
        )
    )  # fmt: skip
    return {
        **empty,
        "corrects": row.corrects,
        "corrects_period": row.corrects_period if row.corrects else None,
        "line_id": row.line_id,
        "period": row.period,
        "store_id": row.store_id,
        "person_id": row.person_id,
        "rule": RULE,
        "rule_since": period.first,
        "kind": "manual",
        "requested_fen": row.amount_fen,
        "amount_fen": row.amount_fen,
        "lapsed_fen": 0,
        "carried_fen": 0,
        "waived_fen": 0,
        "arithmetic_zh": f"{row.reason}：{amount} 元，{row.entered_name} 录入，{row.approved_name} 审批",
        "arithmetic_en": f"{row.reason}: {amount} yuan, entered by {row.entered_name}, approved by {row.approved_name}",
        "is_settled": True,
        "evidence": [],
    }


def _refuse_beneficiary(who: access.Identity, person_id: str) -> None:
    if person_id == who.person_id:
        raise Problem("不能给自己录入或审批手工行。", "Nobody enters or approves a line of their own pay.")


def _require_open(conn: sa.Connection, period: str, store_id: str) -> None:
    status = snapshots.status_of(conn, period, store_id)
    if status in snapshots.FROZEN:
        name = STATUS_NAMES[status]
        raise Problem(
            f"{store_id} {period} {name.zh}，不能再改手工行；请先退回，已封账的放到下一个月。",
            f"{store_id} {period} is {status}: have it returned first, or use the next month once it is locked.",
        )

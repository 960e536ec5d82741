"""Losses that a person is to make good: a case with its reason and evidence, approved by another, settled over months.

A case is taken from the month it names on, as far as the guards allow. What months handed in took, let lapse or
waived is settled; the rest is open, wherever the person stands next. Evidence files are not kept, only their name and
SHA-256: they stay with who entered them.
"""

import json
from typing import Any

import polars as pl
import sqlalchemy as sa

from data_contracts.contract import Problem, Text
from kpi_app import access
from kpi_app.access import Post, Right
from kpi_app.store import tables
from kpi_app.store.database import Database
from kpi_app.store.months import lines, snapshots
from kpi_app.store.proving import audit
from kpi_app.store.rows import facts
from kpi_app.store.rulebook import laws
from metrics.period import Period
from scorecards.guards import LOSS, GuardInputs, Losses
from scorecards.law import shipped
from scorecards.losses import LossCase
from scorecards.money import yuan


def add(
    db: Database,
    who: access.Identity,
    period: Period,
    *,
    person_id: str,
    amount_fen: int,
    reason: str,
    evidence: lines.Evidence,
    event: str | None = None,
) -> str:
    """Enter a loss, to be taken from ``period`` on; its case_id. ``event`` is the complaint it comes from, if any.

    Raises Problem without amount, reason or evidence, for oneself, without a loss clause in the contract, for an event
    that is sanctioned already, and once the unit's month is handed in.
    """
    if not reason.strip() or amount_fen <= 0:
        raise Problem("赔偿要有大于 0 的金额和理由。", "A loss needs an amount above 0 and a reason.")
    lines.require_shown(evidence)
    it = tables.loss_cases
    with db.write() as conn:
        post = lines.post_of(db, conn, person_id, period)
        access.require(who, Right.PREPARE, posts=[Post(store_id=post.store_id)])
        lines.require_named(who)
        lines.refuse_beneficiary(who, person_id)
        lines.require_open(conn, period.label, post.store_id)
        _refuse_without_clause(db, conn, person_id, period)
        if event:
            _refuse_second_sanction(db, conn, person_id, event)
        known = conn.execute(sa.select(sa.func.count()).where(it.c.period == period.label)).scalar_one()
        case_id = f"L{period.label}-{known + 1:03}"
        conn.execute(
            sa.insert(it).values(
                case_id=case_id,
                period=period.label,
                store_id=post.store_id,
                person_id=person_id,
                event=event or None,
                amount_fen=amount_fen,
                reason=reason.strip(),
                **lines.evidence_columns(evidence),
                **lines.entered_by(db, who),
            )
        )
        audit.note(
            db, conn, who, "loss.add", case_id=case_id, period=period.label, person_id=person_id,
            amount_fen=amount_fen, reason=reason.strip(), event=event, **lines.evidence_columns(evidence),
        )  # fmt: skip
    return case_id


def approve(db: Database, who: access.Identity, case_id: str) -> None:
    """Let another's case be taken from the next computation on."""
    it = tables.loss_cases
    with db.write() as conn:
        row = _row(conn, case_id)
        lines.require_answerable(db, conn, who, row, "赔偿")
        if row.approved_at is not None or row.ended_at is not None:
            name = row.ended_name or row.approved_name
            raise Problem(f"赔偿 {case_id} 已由 {name} 处理。", f"{name} has answered {case_id} already.")
        _refuse_without_clause(db, conn, row.person_id, Period.parse(row.period, db.settings.month_starts_on))
        if row.event:
            _refuse_second_sanction(db, conn, row.person_id, row.event, but=case_id)
        conn.execute(sa.update(it).where(it.c.case_id == case_id).values(**lines.approved_by(db, who)))
        audit.note(db, conn, who, "loss.approve", case_id=case_id, amount_fen=row.amount_fen)


def end(db: Database, who: access.Identity, case_id: str, *, reason: str) -> None:
    """Refuse a case that waits, or withdraw an approved one: what is still open is waived on a visible line."""
    if not reason.strip():
        raise Problem("请写明理由。", "Say why.")
    it = tables.loss_cases
    with db.write() as conn:
        row = _row(conn, case_id)
        lines.require_named(who)
        access.require(who, Right.APPROVE, posts=[Post(store_id=row.store_id)])
        lines.refuse_beneficiary(who, row.person_id)
        if row.ended_at is not None:
            raise Problem(
                f"赔偿 {case_id} 已由 {row.ended_name} 结束。", f"{row.ended_name} has ended {case_id} already."
            )
        conn.execute(
            sa.update(it)
            .where(it.c.case_id == case_id)
            .values(
                ended_by=who.user_id, ended_name=who.name, ended_at=db.settings.now_utc(), ended_words=reason.strip()
            )
        )
        verb = "loss.refuse" if row.approved_at is None else "loss.withdraw"
        audit.note(db, conn, who, verb, case_id=case_id, reason=reason.strip())


def listing(db: Database, who: access.Identity) -> list[dict[str, Any]]:
    """All cases in reach and what is open of each, in the order of entering.

    A look at others' is noted in the audit.
    """
    it = tables.loss_cases
    with db.read() as conn:
        settled = _settled(conn)
        stores, people = lines.names(db, conn)
        rows = conn.execute(sa.select(it).order_by(it.c.entered_at, it.c.case_id)).all()
    found = [
        {
            "case_id": row.case_id,
            "period": row.period,
            "unit": row.store_id,
            "store_name": stores.get(row.store_id, row.store_id),
            "person_id": row.person_id,
            "person_name": people.get(row.person_id, row.person_id),
            "event": row.event,
            "amount": yuan(row.amount_fen),
            "amount_fen": row.amount_fen,
            "open_fen": row.amount_fen - settled.get(row.case_id, 0) if row.approved_at else None,
            "reason": row.reason,
            **lines.evidence_json(row),
            "entered_by": row.entered_name,
            "approved_by": row.approved_name,
            "ended_by": row.ended_name,
            "ended_words": row.ended_words,
        }
        for row in rows
        if access.may(who, Right.PAY, person_id=row.person_id, posts=[Post(store_id=row.store_id)])
    ]
    audit.seen_pay(db, who, "loss.read", (case["person_id"] for case in found))
    return found


def of_month(db: Database, conn: sa.Connection, period: Period) -> Losses:
    """The approved cases that begin no later than the month, less what months handed in have settled."""
    it = tables.loss_cases
    query = sa.select(it).where(it.c.period <= period.label, it.c.approved_at.is_not(None)).order_by(it.c.case_id)
    rows = conn.execute(query).all()
    settled = _settled(conn) if rows else {}
    cases = [
        LossCase(
            case_id=row.case_id,
            person_id=row.person_id,
            event=row.event,
            reason=row.reason,
            amount_fen=row.amount_fen,
            outstanding_fen=row.amount_fen - settled.get(row.case_id, 0),
            approved_by=row.approved_person,
            approved_at=row.approved_at.astimezone(db.settings.zone_info).replace(tzinfo=None),
            words=Text(
                f"赔偿 {row.case_id} {row.reason}（{lines.signatures(row).zh}）",
                f"loss {row.case_id} {row.reason} ({lines.signatures(row).en})",
            ),
            is_withdrawn=row.ended_at is not None,
        )
        for row in rows
    ]
    taken: dict[str, int] = {}
    for line in _frozen_lines(conn) if rows else []:
        if line["period"] == period.label:
            taken[line["person_id"]] = taken.get(line["person_id"], 0) - line["amount_fen"]
    return Losses(cases=cases, taken_fen=taken)


def _settled(conn: sa.Connection) -> dict[str, int]:
    """By case what months handed in took, let lapse and waived."""
    settled: dict[str, int] = {}
    for line in _frozen_lines(conn):
        done = line["carried_fen"] - line["requested_fen"]
        settled[line["case_id"]] = settled.get(line["case_id"], 0) + done
    return settled


def _frozen_lines(conn: sa.Connection) -> list[dict[str, Any]]:
    """The lines of losses in units handed in."""
    line, unit = tables.pay_lines, tables.pay_units
    query = (
        sa.select(line.c.body)
        .join(unit, unit.c.snapshot_id == line.c.snapshot_id)
        .where(unit.c.status.in_(snapshots.FROZEN), line.c.kind == "loss_compensation")
    )
    found = [json.loads(body) for body in conn.execute(query.order_by(line.c.snapshot_id, line.c.line_id)).scalars()]
    return [body for body in found if body["rule"] == LOSS]


def _row(conn: sa.Connection, case_id: str) -> sa.Row[Any]:
    it = tables.loss_cases
    row = conn.execute(sa.select(it).where(it.c.case_id == case_id)).first()
    if row is None:
        raise Problem(f"没有赔偿 {case_id}；kpi loss list 列出全部。", f"No loss {case_id}; kpi loss list shows them.")
    return row


def _refuse_without_clause(db: Database, conn: sa.Connection, person_id: str, period: Period) -> None:
    """Without a clause there is no compensation; where there is no profile at all the guard defers it."""
    rows = facts.of(db, facts.at(conn, contracts=["pay_profiles", "minimum_wages", "stores"]))
    profile = GuardInputs.of(rows, period, [shipped(), *laws.loaded(conn)]).profiles.get(person_id)
    if profile is not None and not profile["has_loss_clause"]:
        raise Problem(
            f"{person_id} 的劳动合同没有赔偿约定，不能登记赔偿；如有约定，请先更新薪资基数。",
            f"The contract of {person_id} has no loss clause; import the pay profile if it has one.",
        )


def _refuse_second_sanction(
    db: Database, conn: sa.Connection, person_id: str, event: str, but: str | None = None
) -> None:
    """One event is sanctioned once: not where a ruling charges the person, nor where another case stands."""
    rows = facts.of(db, facts.at(conn, contracts=["complaints", "complaint_rulings"]))
    if rows["complaints"].filter(pl.col("complaint_id") == event).collect().is_empty():
        raise Problem(f"没有投诉编号 {event}；请核对。", f"No complaint {event}; check the id.")
    mine = (pl.col("complaint_id") == event, pl.col("person_id") == person_id, pl.col("fault") == "有责")
    it = tables.loss_cases.c
    twin = sa.select(it.case_id).where(it.event == event, it.person_id == person_id, it.ended_at.is_(None))
    others = [case_id for case_id in conn.execute(twin).scalars() if case_id != but]
    if others or not rows["complaint_rulings"].filter(*mine).collect().is_empty():
        what = others[0] if others else "责任判定"
        raise Problem(
            f"抱怨 {event} 对 {person_id} 已有 {what}；一事不二罚，请二者取一。",
            f"Complaint {event} has {others[0] if others else 'a ruling'} against {person_id} already: choose one.",
        )

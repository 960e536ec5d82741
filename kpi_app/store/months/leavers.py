"""The list 离职待结: what those who have left still get, what HR settles with them, and what a clause leaves out.

Who has left holds no post in the month, or none any more on the day it is paid. They keep what they earned. A line is
left out of their pay only by a clause, with two approvals and by a line of its own, so that both stand on the sheet.
"""

import json
from datetime import date
from typing import Any

import polars as pl
import sqlalchemy as sa

from data_contracts.contract import Problem, Text
from kpi_app import access
from kpi_app.access import Post, Right
from kpi_app.store import tables
from kpi_app.store.accounts.posts import everyone
from kpi_app.store.database import Database
from kpi_app.store.months import calendar, lines, snapshots
from kpi_app.store.months.units import reach
from kpi_app.store.proving import audit
from metrics.period import Period
from scorecards.guards import LEFT_OUT, PERFORMANCE_KINDS
from scorecards.money import yuan
from scorecards.overtime import has_left
from scorecards.posts import Roster

STATES = {
    "paid": Text("本月发放", "paid with this month"),
    "held": Text("预留，到期发放", "held back, paid when due"),
    "hr": Text("由人事结清，不进工资", "settled by HR, not in pay"),
    "left_out": Text("按约定不发", "left out by a clause"),
}
"""How an amount is settled → its words."""
EARNED = PERFORMANCE_KINDS | {"correction"}
"""The kinds of line that a clause may leave out."""


def leave_out(
    db: Database, who: access.Identity, line_id: str, *, clause: str, evidence: lines.Evidence | None = None
) -> str:
    """Propose to leave a line out of the pay of somebody who has left, by the clause's text; the new line's id.

    It counts once two others have approved it, and can be refused until then. Raises Problem without a clause, for a
    line that is not on a unit's newest sheet, takes away or is by hand, for somebody still in office, for a line that
    is proposed already, and once the unit is handed in.
    """
    clause = clause.strip()
    if not clause:
        raise Problem("请写明不发所依据的条款原文。", "Give the words of the clause that leaves it out.")
    line, unit, it = tables.pay_lines, tables.pay_units, tables.manual_lines
    with db.write() as conn:
        row = conn.execute(
            sa.select(line.c.body).join(unit, unit.c.snapshot_id == line.c.snapshot_id).where(line.c.line_id == line_id)
        ).first()
        if row is None:
            raise Problem(
                f"没有行号 {line_id}，或这一行已重新计算；请刷新后重试。",
                f"No line {line_id}, or it was computed anew; look again.",
            )
        named = json.loads(row.body)
        person_id, store_id = named["person_id"], named["store_id"]
        access.require(who, Right.PREPARE, posts=[Post(store_id=store_id)])
        lines.require_named(who)
        lines.refuse_beneficiary(who, person_id)
        lines.require_open(conn, named["period"], store_id)
        month = Period.parse(named["period"], db.settings.month_starts_on)
        if named["kind"] not in EARNED or named["amount_fen"] <= 0:
            raise Problem(
                "只有应发的绩效行可以按约定不发；手工行和扣减请另行更正。",
                "Only a line that pays for performance can be left out; correct the others by hand.",
            )
        if not _is_leaver(everyone(db, conn), person_id, month, calendar.pay_day(db, conn, month, store_id)):
            raise Problem(
                f"{person_id} 到发薪日仍在职；在职人员的绩效不能不发。",
                f"{person_id} holds a post on the pay day; only a leaver's pay can be left out.",
            )
        twin = sa.select(it.c.line_id).where(it.c.leaves_out == line_id, it.c.refused_at.is_(None))
        if other := conn.execute(twin).scalar():
            raise Problem(f"这一行已由 {other} 提出不发。", f"{other} proposes to leave this line out already.")
        return lines.enter(
            db, conn, who, month, store_id=store_id, person_id=person_id, amount_fen=-named["amount_fen"],
            reason=clause, evidence=evidence, leaves_out=line_id,
        )  # fmt: skip


def listing(db: Database, who: access.Identity, period: Period, *, unit: str | None = None) -> list[dict[str, Any]]:
    """Everything on the newest sheets of a month, and held back before it, of those who have left.

    The look is noted in the audit. Raises Forbidden without the right to this pay.
    """
    with db.write() as conn:
        states = snapshots.states(conn, period.label, reach(db, conn, who, [Right.PAY], period, unit))
        roster = everyone(db, conn)
        newest = [state.snapshot_id for state in states if state.snapshot_id is not None]
        names = {state.store_id: state.store_name for state in states}
        here = snapshots.lines(conn, newest).to_dicts()
        before = snapshots.frozen_lines(conn, period.label).filter(pl.col("store_id").is_in(list(names))).to_dicts()
        paid_on = {store_id: calendar.pay_day(db, conn, period, store_id) for store_id in names}
        gone = [
            line
            for line in [*before, *here]
            if _is_leaver(roster, line["person_id"], period, paid_on[line["store_id"]])
        ]
        audit.note(db, conn, who, "leavers.read", period=period.label, unit=unit)
    settled = {line["case_id"] for line in [*before, *here]}
    found = []
    for line in gone:
        if line["period"] == period.label and line["amount_fen"]:
            state = "left_out" if line["rule"] == LEFT_OUT else "paid"
            found.append(_row(line, roster, state, line["amount_fen"], names))
        if line["kind"] == "correction" and line["carried_fen"] and line["period"] == period.label:
            found.append(_row(line, roster, "hr", line["carried_fen"], names))
        if line["kind"] in PERFORMANCE_KINDS and line["carried_fen"] and line["line_id"] not in settled:
            found.append(_row(line, roster, "held", line["carried_fen"], names))
    return sorted(found, key=lambda row: (row["unit"], row["person_id"], row["period"], row["rule"], row["line_id"]))


def _is_leaver(roster: Roster, person_id: str, month: Period, paid_on: date) -> bool:
    is_there = any(post.is_active(paid_on) for post in roster.of(person_id))
    return not is_there or has_left(roster, person_id, month)


def _row(line: dict[str, Any], roster: Roster, state: str, amount_fen: int, names: dict[str, str]) -> dict[str, Any]:
    posts = roster.of(line["person_id"])
    return {
        "unit": line["store_id"],
        "store_name": names[line["store_id"]],
        "person_id": line["person_id"],
        "person_name": posts[0].person_name if posts else line["person_id"],
        "period": line["period"],
        "plan": line["plan"],
        "rule": line["rule"],
        "line_id": line["line_id"],
        "is_earned": line["kind"] in EARNED,
        "arithmetic_zh": line["arithmetic_zh"],
        "arithmetic_en": line["arithmetic_en"],
        "state": state,
        "state_zh": STATES[state].zh,
        "state_en": STATES[state].en,
        "amount_fen": amount_fen,
        "amount": yuan(amount_fen),
    }

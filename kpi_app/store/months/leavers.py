"""The list 离职待结: what those who have left still get, and what HR settles with them."""

from typing import Any

import polars as pl

from data_contracts.contract import Text
from kpi_app import access
from kpi_app.access import Right
from kpi_app.store.database import Database
from kpi_app.store.months import snapshots
from kpi_app.store.months.units import reach
from kpi_app.store.proving import audit
from kpi_app.store.rows import facts
from metrics.period import Period
from scorecards.guards import PERFORMANCE_KINDS
from scorecards.money import yuan
from scorecards.overtime import has_left
from scorecards.posts import Roster

STATES = {
    "paid": Text("本月发放", "paid with this month"),
    "held": Text("预留，到期发放", "held back, paid when due"),
    "hr": Text("由人事结清，不进工资", "settled by HR, not in pay"),
}
"""How an amount is settled → its words."""


def listing(db: Database, who: access.Identity, period: Period, *, unit: str | None = None) -> list[dict[str, Any]]:
    """Everything on the newest sheets of a month, and held back before it, of those without a post in it.

    The look is noted in the audit. Raises Forbidden without the right to this pay.
    """
    with db.write() as conn:
        states = snapshots.states(conn, period.label, reach(db, conn, who, [Right.PAY], period, unit))
        roster = Roster(facts.of(db, facts.at(conn, contracts=["people"]))["people"].collect())
        newest = [state.snapshot_id for state in states if state.snapshot_id is not None]
        names = {state.store_id: state.store_name for state in states}
        here = snapshots.lines(conn, newest).to_dicts()
        before = snapshots.frozen_lines(conn, period.label).filter(pl.col("store_id").is_in(list(names))).to_dicts()
        audit.note(db, conn, who, "leavers.read", period=period.label, unit=unit)
    gone = [line for line in [*before, *here] if has_left(roster, line["person_id"], period)]
    settled = {line["case_id"] for line in [*before, *here]}
    found = []
    for line in gone:
        if line["period"] == period.label and line["amount_fen"]:
            found.append(_row(line, roster, "paid", line["amount_fen"], names))
        if line["kind"] == "correction" and line["carried_fen"] and line["period"] == period.label:
            found.append(_row(line, roster, "hr", line["carried_fen"], names))
        if line["kind"] in PERFORMANCE_KINDS and line["carried_fen"] and line["line_id"] not in settled:
            found.append(_row(line, roster, "held", line["carried_fen"], names))
    return sorted(found, key=lambda row: (row["unit"], row["person_id"], row["period"], row["rule"], row["line_id"]))


def _row(line: dict[str, Any], roster: Roster, state: str, amount_fen: int, names: dict[str, str]) -> dict[str, Any]:
    posts = roster.of(line["person_id"])
    return {
        "unit": line["store_id"],
        "store_name": names[line["store_id"]],
        "person_id": line["person_id"],
        "person_name": posts[0].person_name if posts else line["person_id"],
        "period": line["period"],
        "rule": line["rule"],
        "line_id": line["line_id"],
        "state": state,
        "state_zh": STATES[state].zh,
        "state_en": STATES[state].en,
        "amount_fen": amount_fen,
        "amount": yuan(amount_fen),
    }

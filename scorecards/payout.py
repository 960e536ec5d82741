"""How a person's amount leaves the house: the columns its lines stand in, and the unit it is paid in.

A pay unit may pay in whole jiao or yuan. The person's total is rounded once, half away from zero, and the difference
is a line of its own (尾差), so that lines, person and sheet still add up.
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from data_contracts.contract import Text
from metrics.period import Period
from scorecards.dated import month_of
from scorecards.guards import PERFORMANCE_KINDS
from scorecards.lines import line_id
from scorecards.money import round_half_up, yuan

COLUMN_NAMES = {
    "coefficient": Text("绩效工资", "performance pay"),
    "bonus": Text("奖励合计", "bonuses"),
    "commission": Text("提成合计", "commission"),
    "kpi_reduction": Text("扣减合计", "reductions"),
    "loss_compensation": Text("赔偿合计", "loss compensation"),
    "correction": Text("补差", "corrections"),
    "manual": Text("手工", "manual"),
    "paid_later": Text("滞后发放", "paid later"),
    "held": Text("预留", "held back"),
    "rounding": Text("尾差", "rounding"),
}
"""Column of money on the sheet → its heading; they add up to 净调整额."""

UNIT_FEN = {"fen": 1, "jiao": 10, "yuan": 100}
"""Payout unit → how many fen it is."""

UNIT_NAMES = {"fen": Text("分", "fen"), "jiao": Text("角", "jiao"), "yuan": Text("元", "yuan")}

ROUNDING_RULE = "payout_rounding"
ROUNDING = Text("尾差", "rounding to the payout unit")


def columns_of(line: Mapping[str, Any]) -> dict[str, int]:
    """Column → fen of a line (a row of PayLines); together its amount.

    What an earned line carries on to a later month is 预留. What a month pays of an earlier one is 滞后发放: an earned
    line that names the original in ``case_id``.
    """
    amount, kind = line["amount_fen"], line["kind"]
    if line["rule"] == ROUNDING_RULE:
        return {"rounding": amount}
    if kind in PERFORMANCE_KINDS and line["case_id"] is not None:
        return {"paid_later": amount}
    if kind in PERFORMANCE_KINDS and line["carried_fen"] > 0:
        return {kind: amount + line["carried_fen"], "held": -line["carried_fen"]}
    return {kind: amount}


def column_totals(lines: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Every column → the fen of those lines in it."""
    totals = dict.fromkeys(COLUMN_NAMES, 0)
    for line in lines:
        for column, amount in columns_of(line).items():
            totals[column] += amount
    return totals


def rounding_line(
    lines: Iterable[Mapping[str, Any]], pay_month: Period, *, store_id: str, person_id: str, payout_unit: str
) -> dict[str, Any] | None:
    """The line 尾差 that brings one person's lines to whole payout units; None where they are."""
    total, unit = sum(line["amount_fen"] for line in lines), UNIT_FEN[payout_unit]
    paid = round_half_up(Fraction(total, unit)) * unit
    if paid == total:
        return None
    name, moved = UNIT_NAMES[payout_unit], paid - total
    return {
        "line_id": line_id(pay_month.label, person_id, ROUNDING_RULE, payout_unit, store_id),
        "period": pay_month.label,
        "store_id": store_id,
        "person_id": person_id,
        "plan": None,
        "rule": ROUNDING_RULE,
        "rule_since": month_of(pay_month.label),
        "kind": "manual",
        "requested_fen": moved,
        "amount_fen": moved,
        "lapsed_fen": 0,
        "carried_fen": 0,
        "waived_fen": 0,
        "arithmetic_zh": f"合计 {yuan(total)} 元，发放到{name.zh}，四舍五入为 {yuan(paid)} 元，差 {yuan(moved)} 元",
        "arithmetic_en": f"total {yuan(total)} yuan, in whole {name.en} {yuan(paid)} yuan, difference {yuan(moved)}",
        "is_settled": True,
        "evidence": [],
    }

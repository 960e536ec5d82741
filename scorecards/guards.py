"""What reductions may take: the performance pay of the month and not a fen more.

Coefficient, bonus and commission of one person, pay month and unit are the pool. Reductions consume it in the order
they were judged (then by line_id), never below zero; what is beyond lapses on the line, and its arithmetic says so.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from scorecards.money import yuan

PERFORMANCE_KINDS = frozenset({"coefficient", "bonus", "commission"})


def performance_floor(lines: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The pay lines (rows of PayLines) with reductions held to the pool; other lines and their order stay."""
    guarded = [dict(line) for line in lines]
    pools: dict[tuple[str, str, str], int] = defaultdict(int)
    for line in guarded:
        if line["kind"] in PERFORMANCE_KINDS:
            pools[_unit(line)] += line["amount_fen"]
    reductions = [line for line in guarded if line["kind"] == "kpi_reduction" and line["amount_fen"] < 0]
    for line in sorted(reductions, key=lambda line: (line["judged_at"] is None, line["judged_at"], line["line_id"])):
        left = max(pools[_unit(line)], 0)
        applied = min(-line["amount_fen"], left)
        lapsed = -line["amount_fen"] - applied
        pools[_unit(line)] -= applied
        if lapsed:
            line["amount_fen"] = -applied
            line["lapsed_fen"] -= lapsed
            line["arithmetic_zh"] += (
                f"；本月绩效尚余 {yuan(left)} 元可扣，扣减 {yuan(applied)} 元，超出的 {yuan(lapsed)} 元不再扣"
            )
            line["arithmetic_en"] += (
                f"; {yuan(left)} yuan of performance pay is left, {yuan(applied)} is taken and {yuan(lapsed)} lapses"
            )
    return guarded


def _unit(line: Mapping[str, Any]) -> tuple[str, str, str]:
    return line["person_id"], line["period"], line["store_id"]

"""Pay law: what reductions and lines by hand may take, and what becomes of the rest.

The order is fixed: one event is sanctioned once → reductions are held to the performance pay of the month, then
negative corrections, then negative manual lines to what is left of it → losses and allowed fines to the law profile
(losses.py). Whatever a guard does stands in the line's arithmetic, and requested = applied + lapsed + carried + waived
holds for every line.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from data_contracts.contract import Text
from metrics.period import Period
from scorecards.losses import FINE, LOSS, GuardInputs, Losses, hold_fines, loss_lines
from scorecards.money import yuan
from scorecards.posts import Roster
from scorecards.table import Finding

__all__ = ["FINE", "LOSS", "GuardInputs", "Losses", "guarded", "performance_floor", "sanctioned_once"]

PERFORMANCE_KINDS = frozenset({"coefficient", "bonus", "commission"})
LEFT_OUT = "left_out"
"""The rule of a manual line that takes out, by a clause, a line of somebody who has left, named in ``case_id``."""


def performance_floor(lines: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The pay lines (rows of PayLines) with reductions held to the pool; other lines and their order stay.

    What the cap of a reduction gives back can be taken, and no more than that: it is no pay of its own.
    """
    guarded = [dict(line) for line in lines]
    pools: dict[tuple[str, str, str], int] = defaultdict(int)
    given_back: dict[tuple[str, str, str], int] = defaultdict(int)
    for line in guarded:
        if line["kind"] == "kpi_reduction" and line["amount_fen"] > 0:
            given_back[_unit(line)] += line["amount_fen"]
            pools[_unit(line)] += line["amount_fen"]
        if line["kind"] in PERFORMANCE_KINDS:
            pools[_unit(line)] += line["amount_fen"]
    reductions = [line for line in guarded if line["kind"] == "kpi_reduction" and line["amount_fen"] < 0]
    for line in sorted(reductions, key=_order):
        left = max(pools[_unit(line)], 0)
        applied = min(-line["amount_fen"], left)
        lapsed = -line["amount_fen"] - applied
        pools[_unit(line)] -= applied
        if lapsed:
            line["amount_fen"] = -applied
            line["lapsed_fen"] -= lapsed
            back = yuan(given_back[_unit(line)])
            of_cap = Text(f"（含封顶退回 {back} 元）", f" (with {back} given back by a cap)")
            of_cap = of_cap if given_back[_unit(line)] else Text("", "")
            line["arithmetic_zh"] += (
                f"；本月绩效尚余 {yuan(left)} 元{of_cap.zh}可扣，"
                f"扣减 {yuan(applied)} 元，超出的 {yuan(lapsed)} 元不再扣"
            )
            line["arithmetic_en"] += (
                f"; {yuan(left)} yuan of performance pay{of_cap.en} is left, {yuan(applied)} is taken and "
                f"{yuan(lapsed)} lapses"
            )
    return guarded


def guarded(
    lines: Iterable[Mapping[str, Any]],
    inputs: GuardInputs,
    roster: Roster,
    pay_month: Period,
    *,
    losses: Losses,
    sanctioned: Collection[tuple[str, str]] = (),
    stores: Collection[str] | None = None,
) -> tuple[list[dict[str, Any]], list[Finding]]:
    """The lines of a month, reductions and corrections held already, after the guards of what is entered by hand, with
    a line for every open loss, and what HR must see.

    ``sanctioned`` are the persons and events that rulings stand against: a loss from such an event takes nothing.
    """
    held = [dict(line) for line in lines]
    _mark(held, inputs)
    hold_manual(held)
    taking, findings = loss_lines(held, losses, inputs, roster, pay_month, sanctioned=sanctioned, stores=stores)
    taken: dict[tuple[str, str], int] = defaultdict(int)
    for line in taking:
        taken[line["person_id"], line["store_id"]] -= line["amount_fen"]
    hold_fines(held, inputs, losses, taken)
    return [*held, *taking], findings


def sanctioned_once(
    lines: Iterable[Mapping[str, Any]], earlier: Iterable[Mapping[str, Any]] = ()
) -> list[dict[str, Any]]:
    """The lines with every later sanction of a person for the same event waived: the ruling made first stands.

    ``earlier`` are those of months handed in whose rulings still stand. The same ruling found again is no second
    sanction, but a ruling that was changed.
    """
    kept = [dict(line) for line in lines]
    first: dict[tuple[str, str, str], Mapping[str, Any]] = {}
    for line in [*sorted(earlier, key=_order), *sorted(kept, key=_order)]:
        event = _event(line)
        if event is None or line["requested_fen"] == line["waived_fen"]:
            continue
        standing = first.setdefault((line["person_id"], line["store_id"], event), line)
        if standing["ruling_id"] == line["ruling_id"]:
            continue
        assert isinstance(line, dict)
        waived = -line["amount_fen"]
        line["amount_fen"] = 0
        line["waived_fen"] -= waived
        line["arithmetic_zh"] += f"；同一事项已按 {standing['rule']} 扣减，不重复扣减，免扣 {yuan(waived)} 元"
        line["arithmetic_en"] += f"; {standing['rule']} sanctions this event already: {yuan(waived)} yuan waived"
    return kept


def hold_manual(lines: Sequence[dict[str, Any]]) -> None:
    """Hold negative manual lines to what reductions and negative corrections leave of the month's performance pay and
    manual additions: by hand nothing is taken from base pay. What is beyond lapses, and may be entered another month.

    A line that is left out of a leaver's pay is taken out as far as it still stands on the sheet.
    """
    standing = {line["line_id"]: line["amount_fen"] for line in lines}
    left: dict[tuple[str, str, str], int] = defaultdict(int)
    for line in lines:
        of_pool = line["kind"] in PERFORMANCE_KINDS or line["kind"] in ("kpi_reduction", "manual", "correction")
        if of_pool and not _takes_by_hand(line) and line["rule"] != FINE:
            left[_unit(line)] += line["amount_fen"]
    for line in sorted(filter(_takes_by_hand, lines), key=lambda line: line["line_id"]):
        room = max(left[_unit(line)], 0)
        if line["rule"] == LEFT_OUT:
            _hold_to(line, max(standing.get(line["case_id"], 0), 0))
        applied = min(-line["amount_fen"], room)
        lapsed = -line["amount_fen"] - applied
        left[_unit(line)] -= applied
        if lapsed:
            line["amount_fen"] = -applied
            line["lapsed_fen"] -= lapsed
            line["arithmetic_zh"] += f"；本月绩效尚余 {yuan(room)} 元，只扣 {yuan(applied)} 元，不从基本工资扣"
            line["arithmetic_en"] += (
                f"; {yuan(room)} yuan of performance pay is left, {yuan(applied)} is taken, none from base pay"
            )


def _hold_to(line: dict[str, Any], there: int) -> None:
    """Of a line that is left out: what it no longer comes to lapses."""
    beyond = -line["amount_fen"] - there
    if beyond > 0:
        line["amount_fen"] += beyond
        line["lapsed_fen"] -= beyond
        line["arithmetic_zh"] += f"；所涉的行现为 {yuan(there)} 元，只不发 {yuan(there)} 元"
        line["arithmetic_en"] += f"; that line comes to {yuan(there)} yuan now: no more is left out"


def _takes_by_hand(line: Mapping[str, Any]) -> bool:
    return bool(line["kind"] == "manual" and line["rule"] != FINE and line["amount_fen"] < 0)


def _mark(lines: Iterable[dict[str, Any]], inputs: GuardInputs) -> None:
    """Reductions stand where the minimum wage cannot be checked, and say so."""
    for line in lines:
        missing = inputs.missing(line["person_id"], line["store_id"])
        if missing and line["kind"] == "kpi_reduction" and line["amount_fen"] < 0:
            line["arithmetic_zh"] += f"；最低工资{missing.zh}"
            line["arithmetic_en"] += f"; the minimum wage {missing.en}"


def _event(line: Mapping[str, Any]) -> str | None:
    """The event a reduction sanctions: the complaint ruled on."""
    if line["kind"] != "kpi_reduction" or not line["ruling_id"]:
        return None
    return str(line["ruling_id"]).split("|")[0]


def _order(line: Mapping[str, Any]) -> tuple[Any, ...]:
    return line["judged_at"] is None, line["judged_at"], line["line_id"]


def _unit(line: Mapping[str, Any]) -> tuple[str, str, str]:
    return line["person_id"], line["period"], line["store_id"]

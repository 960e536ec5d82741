"""What a correction says: both sides of the sum, and why they differ."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from data_contracts.catalogue import CONTRACTS
from data_contracts.contract import Text
from metrics.period import Period
from scorecards.money import yuan

Line = Mapping[str, Any]

Source = tuple[str, str]
"""Contract and key of a row."""


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What differs between what a month was paid on and today.

    ``rows`` are those that changed, came or went, ``rules`` the rules (plan and key) in force in another version,
    ``settled`` those that had not settled then. ``other`` is what else may move an amount.
    """

    rows: frozenset[Source] = frozenset()
    rules: frozenset[tuple[str, str]] = frozenset()
    settled: frozenset[tuple[str, str]] = frozenset()
    other: tuple[Text, ...] = ()


@dataclass(frozen=True)
class Sides:
    """What a case came to: as paid, as corrected since, and as recomputed (None: it is as it was)."""

    month: Period
    was: Sequence[Line]
    fixed: Sequence[Line]
    now: Sequence[Line] | None


def words(sides: Sides, owed: int, changes: Changes) -> Text:
    """The sum of a correction and its cause."""
    month, paid, moved = sides.month.label, yuan(total(sides.was)), yuan(abs(owed))
    sign = ("补发" if owed > 0 else "扣回") if owed else "此前结转的不再扣回，"
    if sides.now is None:
        return Text(f"{month} 补差顺延：{sign} {moved} 元", f"correction of {month} carried on: {yuan(owed)} yuan")
    comes_to, then, today = yuan(total(sides.now)), _said(sides.was), _said(sides.now)
    before_zh = f"，已补差 {yuan(total(sides.fixed))} 元" if sides.fixed else ""
    before_en = f", corrected by {yuan(total(sides.fixed))} yuan" if sides.fixed else ""
    cause = _cause(sides, changes)
    return Text(
        f"{month} 重算应为 {comes_to} 元（{today.zh}），已发 {paid} 元（{then.zh}）{before_zh}，"
        f"{sign} {moved} 元；原因：{cause.zh}",
        f"{month} comes to {comes_to} yuan now ({today.en}), {paid} yuan was paid ({then.en}){before_en}: "
        f"{yuan(owed)} yuan; cause: {cause.en}",
    )


def _said(lines: Sequence[Line]) -> Text:
    if not lines:
        return Text("没有这一项", "no such line")
    return Text("；".join(it["arithmetic_zh"] for it in lines), "; ".join(it["arithmetic_en"] for it in lines))


def _cause(sides: Sides, changes: Changes) -> Text:
    """Why a case comes to something else now, in words: by its own rows where any of them changed, else by all."""
    shown = next(iter([*(sides.now or ()), *sides.was]), None) or sides.fixed[-1]
    causes = []
    if (shown["plan"], shown["rule"]) in changes.rules:
        causes.append(Text("规则变更", "the rule changed"))
    sources = _sources(sides).keys()
    own = {row for row in changes.rows if row in sources or _visit_of(row) in sources}
    contracts = {contract for contract, _ in own or (() if causes else changes.rows)}
    for contract, words_of in _NAMED.items():
        if contract in contracts:
            causes.append(words_of)
    if others := sorted(contracts - _NAMED.keys()):
        titles = [CONTRACTS[contract].title for contract in others]
        zh, en = "、".join(it.zh for it in titles), ", ".join(it.en for it in titles)
        causes.append(Text(f"数据变更（{zh}）", f"data changed ({en})"))
    if (shown["plan"], shown["rule"]) in changes.settled:
        causes.append(Text("当时为未定数，现已定", "provisional then, settled now"))
    causes = causes or list(changes.other) or [Text("上次补差后又有变化", "moved again since the last correction")]
    return Text("、".join(it.zh for it in causes), ", ".join(it.en for it in causes))


def _visit_of(row: Source) -> Source | None:
    """The arrival that a decision on its credit is about."""
    contract, key = row
    return ("store_visits", key) if contract == "credit_reassignments" else None


_NAMED = {
    "complaint_rulings": Text("判定变更", "the ruling changed"),
    "targets": Text("目标变更", "the target changed"),
    "credit_reassignments": Text("归属改定", "the credit was given to another"),
}


def _sources(sides: Sides) -> dict[Source, Mapping[str, Any]]:
    lines = [*sides.was, *sides.fixed, *(sides.now or ())]
    return {(row["contract"], row["key"]): row for line in lines for row in line["evidence"]}


def evidence(sides: Sides, changes: Changes) -> list[dict[str, Any]]:
    """The rows that changed among those either side rests on; all of them where none did."""
    rows = _sources(sides)
    changed = [dict(row) for source, row in sorted(rows.items()) if source in changes.rows]
    return changed or [dict(row) for _, row in sorted(rows.items())]


def total(lines: Iterable[Line]) -> int:
    """What lines move together, in fen."""
    return sum(line["amount_fen"] for line in lines)

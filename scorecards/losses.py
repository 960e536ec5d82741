"""Compensation of losses, and fines where a region allows them: held to the law profile, case by case, month by month.

Loss compensation needs a clause in the contract. In a month it takes at most the profile's share of the lower of
contract wage and gross, and leaves the city's minimum wage; the rest is carried until the case is settled. Gross =
other pay + performance pay − applied reductions in the unit; a negative correction or manual line lowers it, a
positive one does not raise it. Without other pay or a minimum wage nothing is taken: it cannot be checked.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Any

import polars as pl

from data_contracts.contract import Text
from metrics.credit import Facts
from metrics.period import Period
from scorecards.dated import month_of
from scorecards.law import Law, in_force, law_of
from scorecards.lines import evidence, line_id
from scorecards.money import printed_plain, yuan
from scorecards.posts import Roster
from scorecards.table import Finding, warning

LOSS, FINE = "loss", "fine"
"""The rules that lines of loss compensation and of fines name."""

IN_GROSS = frozenset({"coefficient", "bonus", "commission", "kpi_reduction"})
LOWERS_GROSS = frozenset({"correction", "manual"})


@dataclass(frozen=True, kw_only=True)
class LossCase:
    """A loss that a person is to make good, as approved. ``event`` is the complaint it comes from, if any.

    ``outstanding_fen`` is what months handed in have neither taken nor let go; ``is_withdrawn`` waives it.
    """

    case_id: str
    person_id: str
    event: str | None
    reason: str
    amount_fen: int
    outstanding_fen: int
    approved_by: str | None
    approved_at: datetime
    words: Text
    is_withdrawn: bool = False


@dataclass(frozen=True, kw_only=True)
class Losses:
    """The cases of a month, and by person what other units handed in have taken in that month already."""

    cases: Sequence[LossCase] = ()
    taken_fen: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class GuardInputs:
    """What the guards read of a pay month: pay profiles by person, minimum wages and law profiles by store."""

    profiles: Mapping[str, Mapping[str, Any]]
    minimum_wages: Mapping[str, Mapping[str, Any]]
    laws: Mapping[str, Law]

    @classmethod
    def of(cls, facts: Facts, pay_month: Period, laws: Iterable[Law]) -> "GuardInputs":
        """Those in force on the pay month's first day; of who came later, the first profile within it."""
        profiles: dict[str, Mapping[str, Any]] = {}
        rows = facts["pay_profiles"].filter(pl.col("since") <= pay_month.last).sort("since").collect().to_dicts()
        for row in rows:
            if row["since"] <= pay_month.first or row["person_id"] not in profiles:
                profiles[row["person_id"]] = row
        wages = facts["minimum_wages"].filter(pl.col("since") <= pay_month.first).sort("since").collect().to_dicts()
        by_city = {row["city"]: row for row in wages}
        cities = {row["store_id"]: row["city"] for row in facts["stores"].collect().to_dicts()}
        applying = in_force(laws, pay_month.label)
        return cls(
            profiles=profiles,
            minimum_wages={store_id: by_city[city] for store_id, city in cities.items() if city in by_city},
            laws={store_id: law for store_id, city in cities.items() if (law := law_of(applying, city))},
        )

    def missing(self, person_id: str, store_id: str) -> Text | None:
        """What the check lacks, as a sentence; None where it can be made."""
        lacks = []
        if person_id not in self.profiles:
            lacks.append(Text("其他应发", "other pay"))
        if store_id not in self.minimum_wages:
            lacks.append(Text("当地最低工资", "the city's minimum wage"))
        if store_id not in self.laws:
            lacks.append(Text("法规参数", "a law profile"))
        if not lacks:
            return None
        zh, en = "、".join(one.zh for one in lacks), " and ".join(one.en for one in lacks)
        return Text(f"无法校验：缺{zh}", f"cannot be checked: {en} not known")


@dataclass(frozen=True, kw_only=True)
class Room:
    """What may be taken from a person's pay of a month in a unit under a share, and how that was found."""

    fen: int
    words: Text

    @classmethod
    def of(
        cls,
        lines: Iterable[Mapping[str, Any]],
        profile: Mapping[str, Any],
        minimum_fen: int,
        share: Fraction,
        taken_fen: int,
    ) -> "Room":
        """``lines`` are the person's in the unit, after reductions; ``taken_fen`` was taken under the same limit."""
        held = list(lines)
        other, contract = profile["other_pay_fen"], profile["contract_wage_fen"]
        earned = sum(line["amount_fen"] for line in held if line["kind"] in IN_GROSS and line["amount_fen"] > 0)
        reduced = -sum(line["amount_fen"] for line in held if line["kind"] in IN_GROSS and line["amount_fen"] < 0)
        lowered = -min(0, sum(line["amount_fen"] for line in held if _lowers(line)))
        gross = other + earned - reduced - lowered
        base = min(contract, gross)
        by_share, above = (base * share).__floor__(), gross - minimum_fen
        room = max(0, min(by_share, above) - taken_fen)
        less = Text(f" − 补差与手工 {yuan(lowered)}", f" − corrections and manual lines {yuan(lowered)}")
        spent = Text(f"，本月已扣 {yuan(taken_fen)} 元", f", {yuan(taken_fen)} taken this month already")
        lower = Text(
            f"，与合同工资 {yuan(contract)} 元取低为 {yuan(base)} 元",
            f", the lower of it and the contract wage of {yuan(contract)} is {yuan(base)}",
        )
        percent = f"{printed_plain(share * 100)}%"
        return cls(
            fen=room,
            words=Text(
                f"应发 = 其他应发 {yuan(other)} + 绩效 {yuan(earned)} − 扣减 {yuan(reduced)}"
                f"{less.zh if lowered else ''} = {yuan(gross)} 元{lower.zh}，其 {percent} 为 {yuan(by_share)} 元；"
                f"超出最低工资 {yuan(minimum_fen)} 元的部分为 {yuan(above)} 元{spent.zh if taken_fen else ''}；"
                f"本月最多可扣 {yuan(room)} 元",
                f"gross = other pay {yuan(other)} + performance pay {yuan(earned)} − reductions {yuan(reduced)}"
                f"{less.en if lowered else ''} = {yuan(gross)} yuan{lower.en}, {percent} of that {yuan(by_share)}; "
                f"{yuan(above)} above the minimum wage of {yuan(minimum_fen)}{spent.en if taken_fen else ''}; "
                f"this month takes at most {yuan(room)}",
            ),
        )


def _lowers(line: Mapping[str, Any]) -> bool:
    return line["kind"] in LOWERS_GROSS and line["rule"] != FINE


def loss_lines(
    lines: Sequence[Mapping[str, Any]],
    losses: Losses,
    inputs: GuardInputs,
    roster: Roster,
    pay_month: Period,
    *,
    sanctioned: Collection[tuple[str, str]],
    stores: Collection[str] | None,
) -> tuple[list[dict[str, Any]], list[Finding]]:
    """A line for every case that is not settled, in the unit of the person's latest post, in order of approval.

    ``lines`` are those of the month after reductions, ``sanctioned`` the person and event of every ruling that stands.
    A person without a post in the month gives a finding for HR instead of a line.
    """
    made: list[dict[str, Any]] = []
    findings: list[Finding] = []
    taken = dict(losses.taken_fen)
    for case in sorted(losses.cases, key=lambda case: (case.approved_at, case.case_id)):
        if not case.outstanding_fen:
            continue
        post = roster.latest(case.person_id, pay_month.first, pay_month.last)
        if post is None:
            last = roster.last_known(case.person_id, pay_month.last)
            if stores is None or (last and last.store_id in stores):
                findings.append(_of_leaver(case, last.store_id if last else None))
            continue
        if stores is not None and post.store_id not in stores:
            continue
        line = _of_case(case, post.store_id, lines, inputs, pay_month, taken.get(case.person_id, 0), sanctioned)
        taken[case.person_id] = taken.get(case.person_id, 0) - line["amount_fen"]
        made.append(line)
        if (case.person_id, case.event) in sanctioned and not case.is_withdrawn:
            findings.append(_twice(case, post.store_id))
    return made, findings


def _of_case(
    case: LossCase,
    store_id: str,
    lines: Iterable[Mapping[str, Any]],
    inputs: GuardInputs,
    pay_month: Period,
    taken_fen: int,
    sanctioned: Collection[tuple[str, str]],
) -> dict[str, Any]:
    """The month's line of a case: what it takes, and where the rest goes."""
    due, law = case.outstanding_fen, inputs.laws.get(store_id)
    profile, minimum = inputs.profiles.get(case.person_id), inputs.minimum_wages.get(store_id)
    applied = lapsed = waived = 0
    if case.is_withdrawn:
        waived = due
        why = Text("赔偿已撤销，余额免扣", "the case is withdrawn, the rest is waived")
    elif missing := inputs.missing(case.person_id, store_id):
        why = Text(f"{missing.zh}，本月暂不扣赔偿", f"{missing.en}; no compensation is taken this month")
    elif (case.person_id, case.event) in sanctioned:
        why = Text("同一事项已判定有责，不得再扣赔偿，待处理", "a ruling stands for the same event: nothing is taken")
    else:
        assert profile is not None
        assert minimum is not None
        assert law is not None
        if not profile["has_loss_clause"]:
            lapsed = due
            why = Text("劳动合同没有赔偿约定，不得扣赔偿", "the contract has no loss clause: there is no compensation")
        else:
            held = [line for line in lines if (line["person_id"], line["store_id"]) == (case.person_id, store_id)]
            room = Room.of(held, profile, minimum["amount_fen"], law.loss_share, taken_fen)
            applied, why = min(due, room.fen), room.words
    carried = due - applied - lapsed - waived
    moved = Text(
        f"扣 {yuan(applied)} 元" + _part("，不再扣", lapsed) + _part("，免扣", waived) + _part("，顺延", carried),
        f"{yuan(applied)} yuan is taken"
        + _part(", lapsing", lapsed)
        + _part(", waived", waived)
        + _part(", carried", carried),
    )
    source = Text(f"（{law.loss_source}）", f" ({law.loss_source})") if law and applied else Text("", "")
    paid = case.amount_fen - due
    return {
        "line_id": line_id(pay_month.label, case.person_id, LOSS, case.case_id, store_id),
        "period": pay_month.label,
        "store_id": store_id,
        "person_id": case.person_id,
        "plan": None,
        "rule": LOSS,
        "rule_since": month_of(law.since) if law else pay_month.first,
        "notice": None,
        "basis": "event",
        "kind": "loss_compensation",
        "metric": None,
        "metric_period": None,
        "value": None,
        "numerator": None,
        "denominator": None,
        "sample": None,
        "benchmark": None,
        "benchmark_published_on": None,
        "requested_fen": -due,
        "amount_fen": -applied,
        "lapsed_fen": -lapsed,
        "carried_fen": -carried,
        "waived_fen": -waived,
        "arithmetic_zh": f"{case.words.zh}；损失 {yuan(case.amount_fen)} 元，前期已结 {yuan(paid)} 元，"
        f"待扣 {yuan(due)} 元；{why.zh}；{moved.zh}{source.zh}",
        "arithmetic_en": f"{case.words.en}; loss {yuan(case.amount_fen)} yuan, {yuan(paid)} settled before, "
        f"{yuan(due)} due; {why.en}; {moved.en}{source.en}",
        "is_settled": True,
        "ruling_id": None,
        "judged_by": case.approved_by,
        "judged_at": case.approved_at,
        "case_id": case.case_id,
        "evidence": [
            *([evidence("pay_profiles", profile)] if profile else []),
            *([evidence("minimum_wages", minimum)] if minimum else []),
        ],
    }


def _part(lead: str, fen: int) -> str:
    return f"{lead} {yuan(fen)}" if fen else ""


def _of_leaver(case: LossCase, store_id: str | None) -> Finding:
    owed = yuan(case.outstanding_fen)
    return warning(
        f"{case.person_id} {case.case_id}",
        Text(
            f"已离岗，赔偿尚余 {owed} 元，不从绩效中扣，请人事另行处理",
            f"left, and {owed} yuan of the loss are open: not taken from pay, HR has to settle it",
        ),
        store_id,
    )


def _twice(case: LossCase, store_id: str) -> Finding:
    return warning(
        f"{case.person_id} {case.case_id}",
        Text(
            f"抱怨 {case.event} 已判定本人有责，又登记了赔偿；一事不二罚，请撤销赔偿或更正判定",
            f"complaint {case.event} has a ruling and a loss case: withdraw the case or mend the ruling",
        ),
        store_id,
    )


def over_limit(paid: Iterable[Mapping[str, Any]], inputs: GuardInputs, month: Period) -> list[Finding]:
    """A finding on everyone from whose pay of a frozen month losses took more than its limit allows on wages as they
    are known today. The lines are those it paid: what later corrections take is taken from another month's wage.
    """
    by_person: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for line in paid:
        by_person.setdefault((line["person_id"], line["store_id"]), []).append(line)
    findings = []
    for (person_id, store_id), lines in sorted(by_person.items()):
        taken = -sum(line["amount_fen"] for line in lines if line["kind"] == "loss_compensation")
        law = inputs.laws.get(store_id)
        if not taken or law is None or inputs.missing(person_id, store_id):
            continue
        minimum = inputs.minimum_wages[store_id]["amount_fen"]
        room = Room.of(lines, inputs.profiles[person_id], minimum, law.loss_share, 0)
        if taken > room.fen:
            more = yuan(taken - room.fen)
            findings.append(
                warning(
                    f"{person_id} {month.label} {LOSS}",
                    Text(
                        f"{month.label} 赔偿扣了 {yuan(taken)} 元，按更正后的工资资料多扣 {more} 元（{room.words.zh}）"
                        "；请用手工行退还，未结部分另行登记",
                        f"losses took {yuan(taken)} yuan in {month.label}, {more} more than wages as corrected allow"
                        f" ({room.words.en}): pay it back by a manual line and enter what is then open anew",
                    ),
                    store_id,
                )
            )
    return findings


def hold_fines(
    lines: Sequence[dict[str, Any]], inputs: GuardInputs, losses: Losses, taken: Mapping[tuple[str, str], int]
) -> None:
    """Hold allowed fines, after losses, to the profile's share; what is beyond, and what is not allowed, lapses.

    ``taken`` is what losses took of a person in a unit: fines and losses share one limit.
    """
    spent = dict(taken)
    fines = [line for line in lines if line["rule"] == FINE and line["kind"] == "manual"]
    for line in sorted(fines, key=lambda line: line["line_id"]):
        person_id, store_id = line["person_id"], line["store_id"]
        law, missing = inputs.laws.get(store_id), inputs.missing(person_id, store_id)
        room_fen, why = 0, Text("当地法规参数不允许罚款", "no law profile allows a fine here")
        if law is not None and law.allows_fines:
            if missing:
                why = missing
            else:
                held = [one for one in lines if (one["person_id"], one["store_id"]) == (person_id, store_id)]
                before = spent.get((person_id, store_id), 0) + losses.taken_fen.get(person_id, 0)
                minimum = inputs.minimum_wages[store_id]["amount_fen"]
                room = Room.of(held, inputs.profiles[person_id], minimum, law.fine_share, before)
                room_fen, why = room.fen, Text(f"{room.words.zh}（{law.fine_source}）", room.words.en)
        applied = min(-line["amount_fen"], room_fen)
        lapsed = -line["amount_fen"] - applied
        spent[person_id, store_id] = spent.get((person_id, store_id), 0) + applied
        line["amount_fen"] = -applied
        line["lapsed_fen"] -= lapsed
        line["arithmetic_zh"] += f"；{why.zh}；扣 {yuan(applied)} 元" + _part("，不再扣", lapsed)
        line["arithmetic_en"] += f"; {why.en}; {yuan(applied)} yuan is taken" + _part(", lapsing", lapsed)

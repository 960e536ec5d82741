"""The shape *per case*: a reduction for each ruling that finds the person at fault.

It belongs to the pay month of the ruling, and to the store of the post the person held when the complaint came in. A
ruling that breaks the rule (no amount, an amount outside the range, a judge without the post) moves no money and is
listed for the close checklist.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl

from data_contracts.contract import Text
from metrics.credit import Facts
from metrics.period import Period
from scorecards.lines import Found, evidence, pay_line
from scorecards.money import yuan
from scorecards.plan import Plan
from scorecards.posts import Roster
from scorecards.shapes import PerCase
from scorecards.table import warning

LATE = "未及时处理"
"""The kind of ruling that finds a complaint not handled in time."""


def per_case_lines(plan: Plan, rule: PerCase, facts: Facts, roster: Roster, pay_month: Period, *, as_of: date) -> Found:
    """The lines of one per-case rule in a pay month, and the rulings it could not act on."""
    found = Found.nothing()
    rulings = facts["complaint_rulings"].filter(
        pl.col("kind") == rule.ruling_kind,
        pl.col("fault") == "有责",
        pl.col("judged_at").dt.date().is_between(pay_month.first, min(as_of, pay_month.last)),
    )
    complaints = {
        row["complaint_id"]: row for row in facts["complaints"].filter(pl.col("loop_no") == 1).collect().to_dicts()
    }
    for ruling in rulings.sort("complaint_id", "person_id").collect().to_dicts():
        complaint = complaints.get(ruling["complaint_id"])
        where = f"{rule.key} {ruling['complaint_id']} {ruling['person_id']}"
        if complaint is None:
            if roster.on(ruling["person_id"], ruling["judged_at"].date(), rule.roles) is None:
                continue
            lost = Text("抱怨处理表里没有这个编号，未生成扣减；请补导", "the complaint itself is missing; import it")
            found.findings.append(warning(where, lost))
            continue
        received = complaint["received_at"].date()
        post = roster.on(ruling["person_id"], received, rule.roles)
        if post is None:
            continue  # somebody else's rule: the service advisors have their own
        if fault := _fault(rule, ruling, complaint, roster):
            found.findings.append(warning(where, fault, post.store_id))
            continue
        amount = _amount(rule, ruling)
        is_waived = roster.is_protected(ruling["person_id"], received)
        found.lines.append(
            pay_line(
                plan,
                rule,
                pay_month,
                person_id=ruling["person_id"],
                store_id=post.store_id,
                kind="kpi_reduction",
                source_keys=[ruling["complaint_id"], ruling["kind"]],
                requested_fen=-amount,
                waived_fen=-amount if is_waived else 0,
                arithmetic=_arithmetic(rule, ruling, amount, is_waived=is_waived),
                evidence=[evidence("complaint_rulings", ruling), evidence("complaints", complaint)],
                sample=1,
                ruling_id=f"{ruling['complaint_id']}|{ruling['kind']}|{ruling['person_id']}",
                judged_by=ruling["judged_by"],
                judged_at=ruling["judged_at"],
            )
        )
    return found


def _fault(rule: PerCase, ruling: Mapping[str, Any], complaint: Mapping[str, Any], roster: Roster) -> Text | None:
    """Why a ruling moves no money; None where it may."""
    amount, judge = ruling["penalty_fen"], ruling["judged_by"]
    if amount is None and rule.is_fixed:
        amount = rule.min_fen
    if complaint["validity"] != "有效":
        return Text(
            f"抱怨为“{complaint['validity']}”，不计，未生成扣减",
            f"the complaint is {complaint['validity']}: it does not count",
        )
    if amount is None:
        return Text(
            "有责但没有金额，未生成扣减；请总监补填", "at fault but without an amount; the director must give it"
        )
    if rule.is_fixed and amount != rule.min_fen:
        return Text(
            f"金额 {yuan(amount)} 元与规定的 {yuan(rule.min_fen)} 元不符，未生成扣减；请总监改正",
            f"{yuan(amount)} yuan is not the fixed {yuan(rule.min_fen)} yuan; the director must correct it",
        )
    if not rule.min_fen <= amount <= rule.max_fen:
        low, high = yuan(rule.min_fen), yuan(rule.max_fen)
        return Text(
            f"金额 {yuan(amount)} 元不在 {low}–{high} 元之内，未生成扣减；请总监改正",
            f"{yuan(amount)} yuan is not within {low}–{high} yuan; the director must correct it",
        )
    if judge == ruling["person_id"]:
        return Text("判定人就是被判定人，未生成扣减", "the judge is the person judged")
    day = ruling["judged_at"].date()
    judging = [post for post in roster.of(judge) if post.is_active(day) and post.role in rule.judged_by_roles]
    if not judging:
        return Text(
            "判定人当日没有判定岗位，未生成扣减；请由总监判定",
            "the judge held no post that may judge on that day; a director must rule",
        )
    if not any(post.store_id == complaint["store_id"] for post in judging):
        return Text(
            "判定人是别的门店的总监，未生成扣减；请由本店的总监判定",
            "the judge directs another store; a director of this one must rule",
        )
    return None


def _amount(rule: PerCase, ruling: Mapping[str, Any]) -> int:
    """The amount of a ruling that may move money: the judge's, or the rule's where it is fixed."""
    return rule.min_fen if rule.is_fixed else int(ruling["penalty_fen"])


def _arithmetic(rule: PerCase, ruling: Mapping[str, Any], amount_fen: int, *, is_waived: bool) -> Text:
    amount, low, high = yuan(amount_fen), yuan(rule.min_fen), yuan(rule.max_fen)
    day = ruling["judged_at"].date()
    case = ruling["complaint_id"]
    late_zh, late_en = ("未及时处理，", "not handled in time, ") if rule.ruling_kind == LATE else ("", "")
    within_zh, within_en = (
        ("规定金额", "the rule's amount") if rule.is_fixed else (f"{low}–{high} 元之内", f"within {low}–{high}")
    )
    zh = f"抱怨 {case} 经部门总监于 {day} 判定{late_zh}有责，扣减 {amount} 元（{within_zh}）"
    en = f"complaint {case} ruled {late_en}at fault by the director on {day}: {amount} yuan ({within_en})"
    if is_waived:
        zh, en = f"{zh}；保护期内，免扣 {amount} 元", f"{en}; protected as a newcomer: {amount} yuan waived"
    return Text(zh, en)

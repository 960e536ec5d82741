"""How a pay line and a judgement are made: identity, evidence, and the columns every rule fills alike."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from data_contracts.contract import Text, contract_of
from metrics.period import Period
from scorecards.dated import month_of
from scorecards.plan import Plan
from scorecards.posts import Post
from scorecards.rule import Rule
from scorecards.table import Finding

KIND_NAMES = {
    "coefficient": Text("绩效工资", "performance pay"),
    "bonus": Text("奖励", "bonus"),
    "commission": Text("提成", "commission"),
    "kpi_reduction": Text("考核扣减", "KPI reduction"),
    "loss_compensation": Text("赔偿", "loss compensation"),
    "correction": Text("补差", "correction"),
    "manual": Text("手工", "manual"),
}
"""Kind of a line → its name on screen and paper."""


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What a rule found for a person, whether or not money moves: staff see from it why not.

    ``outcome`` is paid, not_reached, small_sample, no_figure, already_paid, no_base, no_score, not_known (no data of
    that kind), or for a reduction charged, waived or kept; ``line_id`` names the line where there is one.
    """

    person_id: str
    store_id: str
    rule: str
    metric_period: str
    outcome: str
    why: Text
    line_id: str | None = None

    def as_json(self, lang: str) -> dict[str, Any]:
        return {
            "person_id": self.person_id,
            "store_id": self.store_id,
            "rule": self.rule,
            "metric_period": self.metric_period,
            "outcome": self.outcome,
            "why": self.why.said(lang),
            "line_id": self.line_id,
        }


def judged(rule: Rule, post: Post, period: Period, outcome: str, why: Text, line_id: str | None = None) -> Judgement:
    """What a rule found for the holder of a post in a period."""
    return Judgement(
        person_id=post.person_id,
        store_id=post.store_id,
        rule=rule.key,
        metric_period=period.label,
        outcome=outcome,
        why=why,
        line_id=line_id,
    )


def distinct(*rows: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Source rows of several figures, each once, in order."""
    return list({(row["contract"], row["key"]): row for group in rows for row in group}.values())


def line_id(period: str, person_id: str, rule: str, version: str, *source_keys: str) -> str:
    """The identity of a line: the same inputs give the same 16 hex digits, on every machine."""
    named = json.dumps([period, person_id, rule, version, *source_keys], ensure_ascii=False)
    return hashlib.blake2b(named.encode(), digest_size=8).hexdigest()


def evidence(contract: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """Where a fact row came from, as a line names it."""
    key = "/".join(str(row[column]) for column in contract_of(contract).key)
    return {"contract": contract, "key": key, "file": row["_file"], "sheet": row["_sheet"], "row": row["_row"]}


def pay_line(
    plan: Plan,
    rule: Rule,
    pay_month: Period,
    *,
    person_id: str,
    store_id: str,
    kind: str,
    source_keys: Iterable[str],
    requested_fen: int,
    waived_fen: int = 0,
    arithmetic: Text,
    evidence: Iterable[Mapping[str, Any]],
    value: Fraction | None = None,
    numerator: int | None = None,
    denominator: int | None = None,
    benchmark: Fraction | None = None,
    is_settled: bool = True,
    **more: Any,
) -> dict[str, Any]:
    """One row of PayLines before the guards; what a rule does not name is null."""
    empty = dict.fromkeys(
        (
            "metric", "metric_period", "sample", "benchmark_published_on", "ruling_id", "judged_by", "judged_at",
            "corrects", "corrects_period", "case_id",
        )
    )  # fmt: skip
    return {
        "line_id": line_id(pay_month.label, person_id, f"{plan.key}/{rule.key}", rule.since, *source_keys),
        "period": pay_month.label,
        "store_id": store_id,
        "person_id": person_id,
        "plan": plan.key,
        "rule": rule.key,
        "rule_since": month_of(rule.since),
        "notice": rule.notice.number,
        "basis": rule.basis,
        "kind": kind,
        "value": None if value is None else float(value),
        "numerator": numerator,
        "denominator": denominator,
        "benchmark": None if benchmark is None else float(benchmark),
        "requested_fen": requested_fen,
        "amount_fen": requested_fen - waived_fen,
        "lapsed_fen": 0,
        "carried_fen": 0,
        "waived_fen": waived_fen,
        "arithmetic_zh": arithmetic.zh,
        "arithmetic_en": arithmetic.en,
        "is_settled": is_settled,
        "evidence": [dict(row) for row in evidence],
        **empty,
        **more,
    }


@dataclass(frozen=True, kw_only=True)
class Found:
    """What one rule gives: rows of PayLines before the guards, judgements, and findings for the close checklist."""

    lines: list[dict[str, Any]]
    judgements: list[Judgement]
    findings: list[Finding]

    @classmethod
    def nothing(cls) -> "Found":
        return cls(lines=[], judgements=[], findings=[])

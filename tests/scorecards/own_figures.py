"""A plan with one rule on stated figures, and the facts to compute it: what the tests of these shapes share."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from scorecards import plan as plans
from scorecards.plan import Plan
from scorecards.rules import PayResult, pay_lines
from tests.scorecards.group import OCTOBER, group, post

AS_OF = date(2026, 11, 5)
HEAD = """
key = "own"
name = { zh = "测试方案", en = "Test plan" }
since = "2026-01"
source = "test"
notice = { number = "1", published_on = 2025-12-01 }
stated = [
    { key = "visits", name = { zh = "到店", en = "Visits" } },
    { key = "sales", name = { zh = "成交", en = "Sales" } },
    { key = "visit_share", name = { zh = "到店率", en = "Visit rate" } },
    { key = "calls", name = { zh = "接起率", en = "Answer rate" } },
]
"""
RULE = """
[[rules]]
key = "X"
name = { zh = "测试", en = "Test" }
source = "test"
basis = "event"
roles = ["invite_specialist"]
"""


def text(*rules: str) -> str:
    return HEAD + "".join(RULE.replace('"X"', f'"X{place}"') + rule for place, rule in enumerate(rules, 1))


def plan(*rules: str) -> Plan:
    return plans.read(text(*rules))


def stated(person_id: str, metric: str, value: Any, of: Any = None, **more: Any) -> dict[str, Any]:
    """A stated figure of October: a value, or a numerator and its denominator."""
    parts = {"value": value} if of is None else {"numerator": value, "denominator": of}
    return {
        "source": "门店台账", "metric": metric, "level": "person", "subject_id": person_id, "period": "2026-10",
        **parts, **more,
    }  # fmt: skip


def task(goal: Any, subject_id: str = "E1", **more: Any) -> dict[str, Any]:
    return {"metric": "visits", "level": "person", "subject_id": subject_id, "since": "2026-01", "goal": goal, **more}


def caller(person_id: str = "E1", **more: Any) -> dict[str, Any]:
    return post(person_id, "invite_specialist", department="呼叫中心", **more)


def result(
    the_plan: Plan, *figures: Mapping[str, Any], people: list[dict[str, Any]] | None = None, **tables: Any
) -> PayResult:
    facts = group(people or [caller()], stated_figures=figures, **tables)
    return pay_lines([the_plan], facts, OCTOBER, as_of=AS_OF)


def amounts(found: PayResult) -> list[int]:
    return found.lines["amount_fen"].to_list()


def words(found: PayResult) -> list[str]:
    return [one.why.zh for one in found.judgements]

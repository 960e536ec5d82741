"""One event is sanctioned once and a performance base paid once, across the rules of a plan and the plans beside it."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from data_contracts.contract import Text
from scorecards.over import Scaled
from scorecards.shapes import AnyRule, Bands, Coefficient, Missed, PerCase, PerUnit, Shortfall
from scorecards.table import Finding, error

if TYPE_CHECKING:
    from scorecards.plan import Plan

BASE = ("绩效", "基数")
"""What a coefficient pays on: like an event that is sanctioned, it counts once."""


def place(rule: AnyRule) -> str:
    """Where a finding about a rule points."""
    return f"rules.{rule.key}@{rule.since}"


def _sanctioned(rule: AnyRule) -> Iterator[tuple[str, str]]:
    """What a rule takes money for, or pays in full once."""
    match rule:
        case PerCase():
            yield "判定", rule.ruling_kind
        case Missed():
            yield "指标", rule.metric
        case Shortfall():
            yield "任务", rule.task
        case PerUnit() if rule.kind == "kpi_reduction":
            yield "指标", rule.metric
        case Bands() if any(band.amount_fen < 0 for band in rule.bands):
            yield "指标", rule.metric
        case Scaled() if rule.charged_as == "kpi_reduction":
            yield ("任务", rule.task) if rule.task else ("指标", rule.metric or "")
        case Coefficient():
            yield BASE
        case _:
            return


def sanctioned_twice(plan: "Plan", beside: Sequence["Plan"]) -> Iterator[Finding]:
    """One event is sanctioned once: two rules on the same event for the same people refuse, in whichever plan."""
    months = sorted({version.since for dated in plan.rules for version in dated.versions})
    said = set()
    for month in months:
        others = [(other, rule) for other in beside if other.key != plan.key for rule in other.rules_on(month)]
        own = [(plan, rule) for rule in plan.rules_on(month)]
        for position, (_, rule) in enumerate(own):
            for other_plan, other in [*own[:position], *others]:
                for event in set(_sanctioned(rule)) & set(_sanctioned(other)):
                    roles = sorted(set(rule.roles) & set(other.roles))
                    pair = (rule.key, other_plan.key, other.key, event)
                    if not roles or pair in said:
                        continue
                    said.add(pair)
                    named = f"{other_plan.key}/{other.key}" if other_plan is not plan else other.key
                    what, who = f"{event[0]} {event[1]}", "、".join(roles)
                    if event == BASE:
                        yield error(
                            place(rule),
                            Text(
                                f"绩效基数已由 {named} 计发（{who}）；同一基数只计一次，请去掉其中一条",
                                f"the performance base is paid by {named} already ({', '.join(roles)})",
                            ),
                        )
                        continue
                    yield error(
                        place(rule),
                        Text(
                            f"{what} 已由 {named} 扣减（{who}）；同一事项只扣一次，请去掉其中一条",
                            f"{event[1]} is charged by {named} already ({', '.join(roles)}); one event, one sanction",
                        ),
                    )

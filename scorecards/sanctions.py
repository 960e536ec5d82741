"""One event is sanctioned once and a performance base paid once, across the rules of a plan and the plans beside it.

The same trigger twice refuses. Two triggers on the same rows may meet in one event: that is shown, with what becomes of
the second.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from data_contracts.catalogue import CONTRACTS
from data_contracts.contract import Text
from metrics.catalogue import METRICS
from metrics.counts import Rate
from metrics.events import Events
from scorecards.over import Scaled
from scorecards.shapes import AnyRule, Bands, Coefficient, Missed, PerCase, PerUnit, Shortfall
from scorecards.table import Finding, error, warning

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
                roles = sorted(set(rule.roles) & set(other.roles))
                pair = (rule.key, other_plan.key, other.key)
                if not roles or pair in said:
                    continue
                named = f"{other_plan.key}/{other.key}" if other_plan is not plan else other.key
                who = "、".join(roles)
                same = sorted(set(_sanctioned(rule)) & set(_sanctioned(other)))
                if not same and (rows := _rows_of(rule) & _rows_of(other)):
                    said.add(pair)
                    yield warning(place(rule), _on_same_rows(rule, other, named, sorted(rows), who))
                for event in same:
                    said.add(pair)
                    what = f"{event[0]} {event[1]}"
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


def contracts_of(metric: str) -> frozenset[str]:
    """The contracts whose rows a metric counts; none for what is stated or counted elsewhere."""
    found = METRICS.get(metric)
    if isinstance(found, Rate):
        return frozenset(name for part in (*found.of, *found.per) for name in contracts_of(part.key))
    base = getattr(found, "base", None)
    contract = base.contract if isinstance(base, Events) else base
    return frozenset([contract] if contract else [])


def _rows_of(rule: AnyRule) -> frozenset[str]:
    """The contracts whose rows a rule's reductions rest on."""
    rows: set[str] = set()
    for kind, key in _sanctioned(rule):
        rows |= {"complaints"} if kind == "判定" else contracts_of(key) if (kind, key) != BASE else set()
    return frozenset(rows)


def _on_same_rows(rule: AnyRule, other: AnyRule, named: str, contracts: Sequence[str], who: str) -> Text:
    """Two triggers that may be one event, and what becomes of the second: a ruling is waived, a month's figure is not
    taken apart."""
    titles = [CONTRACTS[contract].title for contract in contracts]
    zh, en = "、".join(it.zh for it in titles), ", ".join(it.en for it in titles)
    if isinstance(rule, PerCase) and isinstance(other, PerCase):
        return Text(
            f"{named} 也按{zh}的行扣减（{who}）：同一件先后两次有责时只扣先判的一次，后一次在该行写明免扣",
            f"{named} charges rows of {en} too ({who}): of two rulings in one case the one made first stands and the"
            " other is waived on its line",
        )
    return Text(
        f"{named} 也按{zh}的行扣减（{who}）：同一件事可能扣两次，按月的数不能逐件免扣；请确认两条针对的不是同一件事",
        f"{named} charges rows of {en} too ({who}): one event may be charged twice, and a month's figure cannot be"
        " waived case by case; make sure that they mean different events",
    )

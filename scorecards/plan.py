"""A pay plan: cards and rules as dated TOML, and the linter that refuses a wrong one.

A file is one version of a plan: ``key``, ``name``, ``since`` (first pay month), ``source``, a ``[notice]`` with
``number`` and ``published_on``, then ``[[cards]]`` and ``[[rules]]``. A card or rule may stand there several times with
different ``since``; each needs a source. Amounts are yuan in quotes (``"200.00"``): a binary fraction is no money.
"""

import hashlib
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

from data_contracts.contract import Problem, Text
from data_contracts.people import ROLES
from metrics.catalogue import METRICS
from metrics.kinds import COUNT, HIGHER, LOWER, NEUTRAL
from scorecards import money
from scorecards.cards import Card, card_faults
from scorecards.dated import Dated, Version, month_of
from scorecards.reading import card_of, notice_of, rule_of, stated_of
from scorecards.shapes import (
    AnyRule,
    Coefficient,
    FigureRule,
    Missed,
    Notice,
    PerCase,
    PerIndicator,
    PerUnit,
    Shortfall,
    Stated,
    Threshold,
    bands_fault,
)
from scorecards.table import Finding, Table, error, nearest, warning

__all__ = ["Finding", "Plan", "PlanError", "check", "check_text", "in_force", "known_roles", "read"]


class PlanError(Problem, ValueError):
    """A plan that does not load, with everything found wrong with it."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = list(findings)
        super().__init__(
            "方案未载入：\n" + "\n".join(f"{it.where}：{it.message.zh}" for it in self.findings),
            "The plan was not loaded:\n" + "\n".join(f"{it.where}: {it.message.en}" for it in self.findings),
        )


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One version of a plan. ``digest`` identifies the text it was read from."""

    key: str
    name: Text
    since: str
    source: str
    notice: Notice
    cards: tuple[Dated[Card], ...]
    rules: tuple[Dated[AnyRule], ...]
    digest: str
    stated: tuple[Stated, ...] = ()

    def cards_on(self, month: str) -> list[Card]:
        """The cards that apply in a pay month, in the plan's order."""
        return [card for dated in self.cards if (card := dated.on(month))]

    def rules_on(self, month: str) -> list[AnyRule]:
        """The rules that apply in a pay month, in the plan's order."""
        return [rule for dated in self.rules if (rule := dated.on(month))]


def in_force(versions: Iterable[Plan], month: str) -> list[Plan]:
    """Of each plan the version that applies in a pay month, by key."""
    latest: dict[str, Plan] = {}
    for plan in sorted(versions, key=lambda plan: plan.since):
        if plan.since <= month:
            latest[plan.key] = plan
    return [latest[key] for key in sorted(latest)]


def read(toml_text: str, *, extra_roles: Iterable[str] = (), earlier: Plan | None = None) -> Plan:
    """The plan of a TOML text. ``earlier`` is the version it follows. Raises PlanError with all findings."""
    try:
        raw = tomllib.loads(toml_text)
    except tomllib.TOMLDecodeError as fault:
        message = Text(f"不是有效的 TOML:{fault}；请按提示的行列修改", f"not valid TOML: {fault}; mend that line")
        raise PlanError([error("TOML", message)]) from None
    findings: list[Finding] = []
    plan = _plan(Table(raw, "", findings), hashlib.sha256(toml_text.encode()).hexdigest())
    # What could not be read stands there with a stand-in value; judging that as well would only confuse.
    findings = findings or check(plan, extra_roles=extra_roles, earlier=earlier)
    if any(finding.severity == "error" for finding in findings):
        raise PlanError(findings)
    return plan


def check_text(toml_text: str, *, extra_roles: Iterable[str] = (), earlier: Plan | None = None) -> list[Finding]:
    """All findings of a TOML text, whether or not it would load."""
    try:
        plan = read(toml_text, extra_roles=extra_roles, earlier=earlier)
    except PlanError as error:
        return error.findings
    return check(plan, extra_roles=extra_roles, earlier=earlier)


def check(plan: Plan, *, extra_roles: Iterable[str] = (), earlier: Plan | None = None) -> list[Finding]:
    """Everything the linter has to say about a plan; errors first."""
    findings = [
        *_check_cards(plan, extra_roles),
        *_check_rules(plan, extra_roles, earlier),
        *_check_stated(plan),
    ]
    if not plan.cards and not plan.rules:
        findings.append(warning(plan.key, Text("方案里没有记分卡也没有规则", "the plan has neither cards nor rules")))
    return sorted(findings, key=lambda finding: finding.severity)


def _unknown(where: str, what: Text, word: str, known: Iterable[str]) -> Finding:
    near = nearest(word, known)
    return error(where, Text(f"没有{what.zh} {word}{near.zh}", f"no {what.en} {word}{near.en}"))


def known_roles(extra_roles: Iterable[str] = ()) -> list[str]:
    """The role codes of the people contract and those an office added."""
    return [*ROLES, *extra_roles]


def _check_roles(where: str, roles: Iterable[str], extra_roles: Iterable[str]) -> list[Finding]:
    known = known_roles(extra_roles)
    return [_unknown(where, Text("岗位", "role"), role, known) for role in roles if role not in known]


def _check_cards(plan: Plan, extra_roles: Iterable[str]) -> list[Finding]:
    findings = []
    for dated in plan.cards:
        for version in dated.versions:
            card, where = version.value, f"cards.{version.value.role}@{version.since}"
            findings += _check_roles(where, [card.role], extra_roles)
            findings += [
                _unknown(where, Text("指标", "metric"), key, METRICS) for key in card.metrics if key not in METRICS
            ]
            findings += [error(where, fault) for fault in card_faults(card)]
            findings += _check_notice(where, version.since, plan.notice, is_worse=False)
    return findings


def _check_rules(plan: Plan, extra_roles: Iterable[str], earlier: Plan | None) -> list[Finding]:
    findings = []
    for dated in plan.rules:
        before: AnyRule | None = None
        if earlier:
            before = next(
                (rule for rule in earlier.rules_on(plan.since) if rule.key == dated.versions[0].value.key), None
            )
        for version in dated.versions:
            rule, where = version.value, f"rules.{version.value.key}@{version.since}"
            findings += _check_roles(where, rule.roles, extra_roles)
            if isinstance(rule, Threshold) and rule.metric not in METRICS:
                findings.append(_unknown(where, Text("指标", "metric"), rule.metric, METRICS))
            if isinstance(rule, PerCase):
                findings += _check_roles(where, rule.judged_by_roles, extra_roles)
                if rule.min_fen > rule.max_fen:
                    low, high = money.yuan(rule.min_fen), money.yuan(rule.max_fen)
                    findings.append(
                        error(where, Text(f"下限 {low} 高于上限 {high}", f"minimum {low} is above maximum {high}"))
                    )
            if isinstance(rule, Coefficient):
                if rule.floor > rule.cap:
                    findings.append(error(where, Text("系数下限高于上限", "the floor is above the cap")))
                carded = {card.role for card in plan.cards_on(version.since)}
                findings += [
                    warning(where, Text(f"本方案没有 {role} 的记分卡", f"this plan has no card for {role}"))
                    for role in rule.roles
                    if role not in carded
                ]
            if isinstance(rule, FigureRule):
                findings += _check_figures(where, plan, rule)
            findings += _check_later(where, rule)
            is_worse = rule != before and (rule.is_worse_than(before) or rule.pays_later_than(before))
            findings += _check_notice(where, version.since, rule.notice, is_worse=is_worse)
            before = rule
    return findings


def _check_later(where: str, rule: AnyRule) -> list[Finding]:
    """Lag, holdback and clawback are of what is earned, and what waits to settle does not wait a second time."""
    findings = []
    if isinstance(rule, PerCase | Shortfall | Missed) and (rule.lag_months or rule.holdback or rule.clawback_days):
        findings.append(
            error(
                where, Text("扣减不能滞后、预留或追回", "a reduction has no lag, holdback or clawback; leave them out")
            )
        )
    if rule.basis == "settled_lag" and rule.lag_months:
        findings.append(
            error(
                where, Text("settled_lag 已等到定数，不能再写 lag_months", "settled_lag waits already: no lag_months")
            )
        )
    return findings


def _check_figures(where: str, plan: Plan, rule: FigureRule) -> list[Finding]:
    """What a rule on a person's own figures reads, and whether its bands and limits hold together."""
    known = [*METRICS, *(stated.key for stated in plan.stated)]
    metric = Text("指标", "metric")
    findings = [_unknown(where, metric, key, known) for key in rule.metrics if key not in known]
    counts: list[str | None] = []
    steps: tuple[Fraction, ...] = ()
    if isinstance(rule, PerUnit):
        counts, steps = [rule.metric, rule.task], rule.newcomer_task
        if fault := bands_fault(rule.bands):
            findings.append(error(where, fault))
    elif isinstance(rule, Shortfall):
        counts, steps = [rule.task], rule.newcomer_task
    elif isinstance(rule, PerIndicator):
        if not rule.indicators:
            findings.append(error(where, Text("没有列出指标", "no indicators are listed")))
        if len(set(rule.metrics)) < len(rule.metrics):
            findings.append(error(where, Text("同一指标出现两次", "a metric stands there twice")))
        for one in rule.indicators:
            better = METRICS[one.metric].better if one.metric in METRICS else NEUTRAL
            if better == (HIGHER if one.is_at_most else LOWER):
                findings.append(
                    error(
                        where,
                        Text(
                            f"{one.metric} 的方向与 {'at_most' if one.is_at_most else 'at_least'} 相反",
                            f"{one.metric} is better the other way than {'at_most' if one.is_at_most else 'at_least'}",
                        ),
                    )
                )
    for key in counts:
        if key in METRICS and METRICS[key].unit != COUNT:
            findings.append(error(where, Text(f"{key} 不是数量，不能按件计", f"{key} is no count")))
    if any(not 0 <= step <= 1 for step in steps):
        findings.append(error(where, Text("新人任务比例应在 0% 与 100% 之间", "a newcomer's task is from 0 to 100 %")))
    return findings


def _check_stated(plan: Plan) -> list[Finding]:
    """A stated figure never stands for a computed one."""
    return [
        warning(
            f"stated.{stated.key}",
            Text(
                "系统已能计算此指标：按计算值计发，外部数只作对照",
                "is computed here: that pays, the stated one stands beside",
            ),
        )
        for stated in plan.stated
        if stated.key in METRICS
    ]


def _check_notice(where: str, since: str, notice: Notice, *, is_worse: bool) -> list[Finding]:
    """In force only once it was published; a stricter version from a month after its publication only."""
    first = month_of(since)
    if first < notice.published_on:
        return [
            error(
                where,
                Text(
                    f"自 {since} 起执行，但公示日期是 {notice.published_on}；请改为公示之后的月份",
                    f"applies from {since} but was published on {notice.published_on}; choose a later month",
                ),
            )
        ]
    if is_worse and first == notice.published_on:
        return [
            error(
                where,
                Text(
                    f"新规则更严，只能从公示({notice.published_on})之后的月份起执行",
                    f"a stricter rule applies from a month after its publication ({notice.published_on}) only",
                ),
            )
        ]
    return []


def _plan(table: Table, digest: str) -> Plan:
    since, source, notice = table.month("since"), table.text("source"), notice_of(table.table("notice"))
    cards = [card_of(card, since) for card in table.tables("cards")]
    rules = [rule_of(rule, since, notice) for rule in table.tables("rules")]
    plan = Plan(
        key=table.text("key"),
        name=table.label("name"),
        since=since,
        source=source,
        notice=notice,
        cards=_dated(table, "cards", [(card.role, version) for card, version in cards]),
        rules=_dated(table, "rules", [(rule.key, version) for rule, version in rules]),
        stated=tuple(stated_of(stated) for stated in table.tables("stated")),
        digest=digest,
    )
    table.finish()
    return plan


T = TypeVar("T", Card, AnyRule)


def _dated(table: Table, what: str, versions: list[tuple[str, Version[T]]]) -> tuple[Dated[T], ...]:
    by_key: dict[str, list[Version[T]]] = {}
    for key, version in versions:
        by_key.setdefault(key, []).append(version)
    dated = []
    for key, group in by_key.items():
        try:
            dated.append(Dated.of(group))
        except ValueError:
            table.refuse(f"{what}.{key}", "有两个版本从同一月份起执行", "two versions begin in the same month")
    return tuple(dated)

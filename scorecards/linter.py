"""The linter of plans: an error refuses, a warning explains with numbers. A plan is judged by itself, against the
version it follows (``earlier``), and among the plans that are in force where it will be (``beside``)."""

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from data_contracts.contract import Text
from data_contracts.people import ROLES
from metrics.catalogue import METRICS
from metrics.kinds import COUNT, HIGHER, LOWER, NEUTRAL, PERCENT
from scorecards import money
from scorecards.bands import Band, bands_fault
from scorecards.card import card_faults
from scorecards.cliffs import cliffs
from scorecards.dated import month_of
from scorecards.law import names_a_fine
from scorecards.over import Cap, OverRule, Scaled
from scorecards.reach import never_reached, reach_faults, reach_of
from scorecards.rule import SHARED_BY, Measured, Notice
from scorecards.sanctions import place, sanctioned_twice
from scorecards.shapes import (
    AnyRule,
    Bands,
    Coefficient,
    FigureRule,
    Missed,
    PerCase,
    PerIndicator,
    PerUnit,
    Pool,
    Ranked,
    Shortfall,
    Threshold,
)
from scorecards.table import Finding, error, nearest, warning

if TYPE_CHECKING:
    from scorecards.plan import Plan

METRIC = Text("指标", "metric")


def check(
    plan: "Plan", *, extra_roles: Iterable[str] = (), earlier: "Plan | None" = None, beside: Sequence["Plan"] = ()
) -> list[Finding]:
    """Everything the linter has to say about a plan; errors first."""
    findings = [
        *_check_cards(plan, extra_roles),
        *_check_rules(plan, extra_roles, earlier),
        *_check_dropped(plan, earlier),
        *sanctioned_twice(plan, beside),
        *cliffs(plan),
        *_check_stated(plan),
        *_check_single(plan),
    ]
    if not plan.cards and not plan.rules:
        findings.append(warning(plan.key, Text("方案里没有记分卡也没有规则", "the plan has neither cards nor rules")))
    return sorted(findings, key=lambda finding: finding.severity)


def known_roles(extra_roles: Iterable[str] = ()) -> list[str]:
    """The role codes of the people contract and those an office added."""
    return [*ROLES, *extra_roles]


def _unknown(where: str, what: Text, word: str, known: Iterable[str]) -> Finding:
    near = nearest(word, known)
    return error(where, Text(f"没有{what.zh} {word}{near.zh}", f"no {what.en} {word}{near.en}"))


def _check_roles(where: str, roles: Iterable[str], extra_roles: Iterable[str]) -> list[Finding]:
    known = known_roles(extra_roles)
    return [_unknown(where, Text("岗位", "role"), role, known) for role in roles if role not in known]


def _check_cards(plan: "Plan", extra_roles: Iterable[str]) -> list[Finding]:
    findings = []
    for dated in plan.cards:
        for version in dated.versions:
            card, where = version.value, f"cards.{version.value.role}@{version.since}"
            findings += _check_roles(where, [card.role], extra_roles)
            findings += [_unknown(where, METRIC, key, METRICS) for key in card.metrics if key not in METRICS]
            findings += [error(where, fault) for fault in card_faults(card)]
            for gate in card.gates:
                findings += reach_faults(where, gate.metric, gate.limit, is_at_most=gate.is_at_most)
            findings += _check_notice(where, version.since, plan.notice, is_worse=False)
    return findings


def _check_rules(plan: "Plan", extra_roles: Iterable[str], earlier: "Plan | None") -> list[Finding]:
    findings = []
    for dated in plan.rules:
        before: AnyRule | None = None
        if earlier:
            before = next(
                (rule for rule in earlier.rules_on(plan.since) if rule.key == dated.versions[0].value.key), None
            )
        for version in dated.versions:
            rule, where = version.value, place(version.value)
            findings += _check_roles(where, rule.roles, extra_roles)
            if isinstance(rule, Threshold) and rule.metric not in METRICS:
                findings.append(_unknown(where, METRIC, rule.metric, METRICS))
            if isinstance(rule, PerCase):
                findings += _check_roles(where, rule.judged_by_roles, extra_roles)
                if rule.min_fen > rule.max_fen:
                    low, high = money.yuan(rule.min_fen), money.yuan(rule.max_fen)
                    findings.append(
                        error(where, Text(f"下限 {low} 高于上限 {high}", f"minimum {low} is above maximum {high}"))
                    )
            if isinstance(rule, Coefficient):
                findings += _check_coefficient(where, plan, rule)
            if isinstance(rule, FigureRule | Scaled):
                findings += _check_figures(where, plan, rule)
            if isinstance(rule, Measured):
                findings += _check_payout(where, plan, rule, extra_roles)
            if isinstance(rule, OverRule):
                findings += _check_over(where, plan, rule)
            findings += [*_check_later(where, rule), *_check_name(where, rule)]
            is_worse = rule != before and (rule.is_worse_than(before) or rule.pays_later_than(before))
            findings += _check_notice(where, version.since, rule.notice, is_worse=is_worse)
            before = rule
    return findings


def _check_coefficient(where: str, plan: "Plan", rule: Coefficient) -> Iterator[Finding]:
    if rule.floor > rule.cap:
        yield error(where, Text("系数下限高于上限", "the floor is above the cap"))
    if rule.floor < 0:
        yield error(where, Text("系数下限不能小于 0", "the floor is not below 0"))
    carded = {card.role for card in plan.cards_on(rule.since)}
    for role in rule.roles:
        if role not in carded:
            yield warning(where, Text(f"本方案没有 {role} 的记分卡", f"this plan has no card for {role}"))


def _check_name(where: str, rule: AnyRule) -> Iterator[Finding]:
    """A disciplinary fine is no rule of a plan: where a law profile allows it, it is entered and approved by hand."""
    if any(map(names_a_fine, rule.name)):
        yield error(
            where,
            Text(
                f"规则名称“{rule.name.zh}”写成了罚款；绩效方案只能扣减绩效，当地法规允许的罚款请逐笔录入手工行",
                f"{rule.name.en} is named a disciplinary fine; a plan only lowers performance pay: where the region"
                " allows fines, enter each as a manual line",
            ),
        )


def _check_later(where: str, rule: AnyRule) -> list[Finding]:
    """Lag, holdback and clawback are of what is earned, and what waits to settle does not wait a second time."""
    findings = []
    if _only_charges(rule) and (rule.lag_months or rule.holdback or rule.clawback_days):
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


def _check_figures(where: str, plan: "Plan", rule: FigureRule | Scaled) -> list[Finding]:
    """What a rule on figures reads, whether its bands hold together, and whether its limits can be reached."""
    known = [*METRICS, *(stated.key for stated in plan.stated)]
    findings = [_unknown(where, METRIC, key, known) for key in rule.metrics if key not in known]
    counts: list[str | None] = []
    steps: tuple[Fraction, ...] = ()
    match rule:
        case PerUnit():
            counts, steps = [None if rule.rate is not None else rule.metric, *rule.tasks], rule.newcomer_task
            findings += _check_bands(where, rule.band_metric, rule.band_per, rule.bands)
        case Bands():
            findings += _check_bands(where, rule.metric, rule.per, rule.bands)
            if not rule.bands:
                findings.append(error(where, Text("没有列出分段", "no bands are listed")))
        case Scaled():
            counts, steps = [rule.task], rule.newcomer_task
            is_figure = rule.task is None and not rule.is_counted
            findings += _check_bands(where, rule.metric if is_figure else None, None, rule.bands)
            if any(not 0 <= band.worth <= 2 for band in rule.bands):
                findings.append(error(where, Text("比例应在 0% 与 200% 之间", "a share is from 0 to 200 %")))
            if rule.full is not None and rule.metric:
                findings += reach_faults(where, rule.metric, rule.full, is_at_most=False)
        case Shortfall():
            counts, steps = [rule.task], rule.newcomer_task
        case PerIndicator():
            findings += _check_indicators(where, rule)
        case Ranked() | Pool() | Missed():
            pass
    for key in counts:
        if key in METRICS and METRICS[key].unit != COUNT:
            findings.append(error(where, Text(f"{key} 不是数量，不能按件计", f"{key} is no count")))
    if any(not 0 <= step <= 1 for step in steps):
        findings.append(error(where, Text("新人任务比例应在 0% 与 100% 之间", "a newcomer's task is from 0 to 100 %")))
    return findings


def _check_indicators(where: str, rule: PerIndicator) -> Iterator[Finding]:
    if not rule.indicators:
        yield error(where, Text("没有列出指标", "no indicators are listed"))
    if len(set(rule.metrics)) < len(rule.metrics):
        yield error(where, Text("同一指标出现两次", "a metric stands there twice"))
    for one in rule.indicators:
        better = METRICS[one.metric].better if one.metric in METRICS else NEUTRAL
        if better == (HIGHER if one.is_at_most else LOWER):
            kept = "at_most" if one.is_at_most else "at_least"
            yield error(
                where,
                Text(f"{one.metric} 的方向与 {kept} 相反", f"{one.metric} is better the other way than {kept}"),
            )
        yield from reach_faults(where, one.metric, one.limit, is_at_most=one.is_at_most)


def _check_bands(where: str, metric: str | None, per: str | None, bands: Sequence[Band]) -> Iterator[Finding]:
    edges = [edge for band in bands for edge in (band.since, band.until) if edge is not None]
    is_share = METRICS[metric].unit == PERCENT if metric in METRICS and not per else all(edge <= 2 for edge in edges)
    if fault := bands_fault(bands, is_share=is_share):
        yield error(where, fault)
    if metric is None or per is not None:
        return
    _, high = reach_of(metric)
    for band in bands:
        since = band.since
        if since is not None and high is not None and (since > high or (band.is_above and since == high)):
            yield never_reached(where, metric, since, high)


def _check_payout(where: str, plan: "Plan", rule: Measured, extra_roles: Iterable[str]) -> Iterator[Finding]:
    if rule.paid_to != "self" and rule.measured_on == "person":
        yield error(
            where,
            Text(
                f'paid_to = "{rule.paid_to}" 需要 measured_on = team、department 或 store',
                f'paid_to = "{rule.paid_to}" needs measured_on = team, department or store',
            ),
        )
    if isinstance(rule, Pool) and rule.paid_to == "self":
        yield error(where, Text("奖金池要写 paid_to = leader 或 members", "a pool needs paid_to = leader or members"))
    if isinstance(rule, Scaled) and rule.paid_to != "self":
        yield error(
            where,
            Text(
                "scaled 逐人计算，不写 paid_to（金额的归属由所针对的规则决定）",
                "scaled bears on each person's lines; leave out paid_to",
            ),
        )
    yield from _check_roles(where, rule.leader_roles, extra_roles)
    known = [*SHARED_BY, *METRICS, *(stated.key for stated in plan.stated)]
    if rule.shared_by not in known:
        yield _unknown(where, Text("分摊依据", "way to share"), rule.shared_by, known)
    for key in getattr(rule, "metrics", ()):
        if key in METRICS and key != rule.shared_by and rule.measured_on not in METRICS[key].levels:
            yield error(
                where,
                Text(f"{key} 没有 {rule.measured_on} 层级的数", f"{key} has no figure at level {rule.measured_on}"),
            )


def _check_over(where: str, plan: "Plan", rule: OverRule) -> Iterator[Finding]:
    """The rules it stands over are of this plan, stand before it, pay, and pay some of the same people."""
    keys = [dated.versions[0].value.key for dated in plan.rules]
    before = keys[: keys.index(rule.key)]
    others = {other.key: other for other in plan.rules_on(rule.since)}
    for key in rule.over:
        if key not in keys:
            yield _unknown(where, Text("规则", "rule"), key, keys)
        elif key not in before:
            yield error(where, Text(f"{key} 应写在 {rule.key} 之前", f"{key} must stand before {rule.key}"))
        elif (other := others.get(key)) is not None:
            if _only_charges(other):
                yield error(where, Text(f"{key} 是扣减，不能再乘比例或封顶", f"{key} is a reduction, not pay"))
            if isinstance(other, Coefficient) and other.basis == "settled_lag":
                yield error(
                    where,
                    Text(
                        f"{key} 是 settled_lag，按更早的月份计发，{rule.key} 无法对应",
                        f"{key} is settled_lag and pays for an earlier month than {rule.key}",
                    ),
                )
            if rule.basis == "settled_lag" and other.basis != "settled_lag":
                yield error(
                    where,
                    Text(
                        f"{rule.key} 是 settled_lag，{key} 不是：两者计发的月份不同，无法对应",
                        f"{rule.key} is settled_lag and {key} is not: they pay for different months",
                    ),
                )
            if set(other.roles).isdisjoint(rule.roles):
                yield error(where, Text(f"{key} 的岗位与 {rule.key} 不相交", f"{key} pays none of {rule.key}'s roles"))
            if other.lag_months != rule.lag_months:
                yield warning(
                    where,
                    Text(
                        f"{key} 滞后 {other.lag_months} 个月发放，{rule.key} 滞后 {rule.lag_months} 个月",
                        f"{key} is paid {other.lag_months} months later, {rule.key} {rule.lag_months}",
                    ),
                )


def _only_charges(rule: AnyRule) -> bool:
    match rule:
        case PerCase() | Shortfall() | Missed():
            return True
        case PerUnit():
            return rule.kind == "kpi_reduction"
        case Bands():
            return all(band.amount_fen <= 0 for band in rule.bands)
        case Scaled():
            return rule.charged_as == "kpi_reduction"
        case _:
            return False


def _check_dropped(plan: "Plan", earlier: "Plan | None") -> Iterator[Finding]:
    """Leaving out what pays is stricter too."""
    kept = {dated.versions[0].value.key for dated in plan.rules}
    for rule in earlier.rules_on(plan.since) if earlier else []:
        if rule.key not in kept and not _only_charges(rule) and not isinstance(rule, Cap):
            yield from _check_notice(place(rule), plan.since, plan.notice, is_worse=True)


def _check_single(plan: "Plan") -> list[Finding]:
    """A metric with a figure for each of several items has none that a card or rule could read."""
    cards = [version.value for dated in plan.cards for version in dated.versions]
    rules = [version.value for dated in plan.rules for version in dated.versions]
    named = [
        *((f"cards.{card.role}", key) for card in cards for key in card.metrics),
        *((f"rules.{rule.key}", key) for rule in rules for key in _read_by(rule)),
    ]
    return [
        error(
            where,
            Text(
                f"指标 {key} 每个对象有多个数，方案不能引用",
                f"{key} has several figures for each subject, so a plan cannot read it",
            ),
        )
        for where, key in named
        if key in METRICS and not METRICS[key].is_single
    ]


def _read_by(rule: AnyRule) -> tuple[str, ...]:
    if isinstance(rule, FigureRule):
        return tuple(rule.metrics)
    return (rule.metric,) if isinstance(rule, Threshold) else ()


def _check_stated(plan: "Plan") -> list[Finding]:
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
                    f"新规则更严，只能从公示（{notice.published_on}）之后的月份起执行",
                    f"a stricter rule applies from a month after its publication ({notice.published_on}) only",
                ),
            )
        ]
    return []

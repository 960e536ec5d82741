"""The shapes *shortfall* and *missed*: one reduction for a task not reached, and one for what a rate counts as missed.

Without rows in the store there is nothing to hold against anyone. A newcomer still protected on the month's last day
is spared, on a line that shows it.
"""

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from data_contracts.contract import Text
from metrics.period import Period
from scorecards.figures import Figure, Figures
from scorecards.lines import Found, Judgement, distinct, judged, pay_line
from scorecards.money import printed_plain, yuan
from scorecards.plan import Plan
from scorecards.posts import Post
from scorecards.shapes import Missed, Shortfall
from scorecards.table import warning


def shortfall_lines(plan: Plan, rule: Shortfall, figures: Figures) -> Found:
    """The lines of one shortfall rule in a pay month, and a judgement for everyone of its roles."""
    found = Found.nothing()
    for period in figures.periods(rule):
        for post in figures.roster.holders(period.first, period.last, rule.roles):
            found.judgements.append(_of_task(plan, rule, figures, period, post, found))
    return found


def missed_lines(plan: Plan, rule: Missed, figures: Figures) -> Found:
    """The lines of one rule on what was missed in a pay month, and a judgement for everyone of its roles."""
    found = Found.nothing()
    for period in figures.periods(rule):
        for post in figures.roster.holders(period.first, period.last, rule.roles):
            found.judgements.append(_of_missed(plan, rule, figures, period, post, found))
    return found


def _of_task(plan: Plan, rule: Shortfall, figures: Figures, period: Period, post: Post, found: Found) -> Judgement:
    name = figures.name(rule.task)
    task = figures.task(rule.task, post, period, rule.newcomer_task)
    if task is None:
        missing = Text("没有任务值，未判定；请补设目标", "no task is set and none was judged; set the target")
        found.findings.append(warning(f"{rule.key} {post.person_id} {rule.task}", missing, post.store_id))
        return judged(rule, post, period, "not_known", missing)
    if not figures.is_known(rule.task, post, period):
        return judged(rule, post, period, "not_known", Text(f"没有{name.zh}的数据，不扣减", f"no figure of {name.en}"))
    shown, limit = task.as_text(rule.below), printed_plain(rule.below * 100)
    if task.attainment >= rule.below:
        return judged(
            rule, post, period, "kept", Text(f"任务达成 {shown.zh} ≥ {limit}%", f"task {shown.en} ≥ {limit} %")
        )
    arithmetic = Text(
        f"{name.zh}任务达成 {shown.zh} < {limit}%，扣减 {yuan(rule.amount_fen)} 元",
        f"task of {name.en} {shown.en} < {limit} %: {yuan(rule.amount_fen)} yuan",
    )
    return _reduce(
        plan, rule, figures, period, post, found, task.done, rule.amount_fen, arithmetic,
        rows=distinct(task.done.rows, task.rows), key=rule.task, benchmark=task.due,
    )  # fmt: skip


def _of_missed(plan: Plan, rule: Missed, figures: Figures, period: Period, post: Post, found: Found) -> Judgement:
    name = figures.name(rule.metric)
    figure = figures.of(rule.metric, post.person_id, period)
    if figure is None:
        return judged(rule, post, period, "not_known", Text(f"没有{name.zh}的数据，不扣减", f"no figure of {name.en}"))
    parts, missed = f"{figure.numerator}÷{figure.denominator}", figure.denominator - figure.numerator
    if missed <= 0:
        return judged(rule, post, period, "kept", Text(f"{name.zh} {parts}，无漏接", f"{name.en} {parts}, none missed"))
    amount = rule.amount_fen * (missed if rule.charged == "each" else 1)
    arithmetic = Text(
        f"{name.zh} {parts}，漏接 {missed} 次，"
        + (f"每次 {yuan(rule.amount_fen)} 元，" if rule.charged == "each" else "按月一次")
        + f"扣减 {yuan(amount)} 元",
        f"{name.en} {parts}, {missed} missed, "
        + (f"{yuan(rule.amount_fen)} yuan each: " if rule.charged == "each" else "charged once a month: ")
        + f"{yuan(amount)} yuan",
    )
    return _reduce(
        plan, rule, figures, period, post, found, figure, amount, arithmetic,
        rows=figure.rows, key=rule.metric, benchmark=None,
    )  # fmt: skip


def _reduce(
    plan: Plan,
    rule: Shortfall | Missed,
    figures: Figures,
    period: Period,
    post: Post,
    found: Found,
    figure: Figure,
    amount_fen: int,
    arithmetic: Text,
    *,
    rows: Iterable[Mapping[str, Any]],
    key: str,
    benchmark: Fraction | None,
) -> Judgement:
    """The line of a reduction, waived for a newcomer, and the judgement that names it."""
    is_waived = figures.roster.is_protected(post.person_id, period.last)
    if is_waived:
        arithmetic = Text(
            f"{arithmetic.zh}；保护期内，免扣 {yuan(amount_fen)} 元",
            f"{arithmetic.en}; protected as a newcomer: {yuan(amount_fen)} yuan waived",
        )
    line = pay_line(
        plan,
        rule,
        figures.pay_month,
        person_id=post.person_id,
        store_id=post.store_id,
        kind="kpi_reduction",
        source_keys=[period.label],
        requested_fen=-amount_fen,
        waived_fen=-amount_fen if is_waived else 0,
        arithmetic=arithmetic,
        evidence=rows,
        metric=key,
        metric_period=period.label,
        value=figure.value,
        numerator=figure.numerator,
        denominator=figure.denominator,
        sample=figure.sample,
        benchmark=benchmark,
        is_settled=figure.is_settled,
    )
    found.lines.append(line)
    return judged(rule, post, period, "waived" if is_waived else "charged", arithmetic, line["line_id"])

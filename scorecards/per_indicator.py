"""The shape *per indicator*: an amount for each indicator that keeps its limit, and one more when all of them do.

Indicators are judged on exact figures; one without a figure is not met, and neither are then all.
"""

from fractions import Fraction

from data_contracts.contract import Text
from metrics.period import Period
from scorecards.figures import Figure, Figures
from scorecards.lines import Found, distinct, judged, pay_line
from scorecards.money import yuan
from scorecards.plan import Plan
from scorecards.posts import Post
from scorecards.shapes import Indicator, PerIndicator


def per_indicator_lines(plan: Plan, rule: PerIndicator, figures: Figures) -> Found:
    """The lines of one indicator rule in a pay month, and a judgement for each indicator of everyone."""
    found = Found.nothing()
    for period in figures.periods(rule):
        for post in figures.roster.holders(period.first, period.last, rule.roles):
            held = [(one, figures.of(one.metric, post.person_id, period)) for one in rule.indicators]
            met = [figure for one, figure in held if figure is not None and one.is_met(figure.value)]
            for one, figure in held:
                _one(plan, rule, figures, post, period, one, figure, found)
            if rule.all_fen is not None and len(met) == len(held):
                _all(plan, rule, rule.all_fen, figures, post, period, met, found)
    return found


def _one(
    plan: Plan,
    rule: PerIndicator,
    figures: Figures,
    post: Post,
    period: Period,
    indicator: Indicator,
    figure: Figure | None,
    found: Found,
) -> None:
    name = figures.name(indicator.metric)
    if figure is None:
        why = Text(f"{name.zh}没有数据，不发放", f"{name.en} has no figure, nothing is paid")
        found.judgements.append(judged(rule, post, period, "no_figure", why))
        return
    held = figure.held_against(indicator.limit, is_at_most=indicator.is_at_most)
    if not indicator.is_met(figure.value):
        why = Text(f"{name.zh} {held}，未达标，不发放", f"{name.en} {held}, not reached, nothing is paid")
        found.judgements.append(judged(rule, post, period, "not_reached", why))
        return
    amount = yuan(rule.amount_fen)
    line = pay_line(
        plan,
        rule,
        figures.pay_month,
        person_id=post.person_id,
        store_id=post.store_id,
        kind="bonus",
        source_keys=[period.label, indicator.metric],
        requested_fen=rule.amount_fen,
        arithmetic=Text(f"{name.zh} {held}，达标奖励 {amount} 元", f"{name.en} {held}, reached: {amount} yuan"),
        evidence=figure.rows,
        metric=indicator.metric,
        metric_period=period.label,
        value=figure.value,
        numerator=figure.numerator,
        denominator=figure.denominator,
        sample=figure.sample,
        benchmark=Fraction(indicator.limit),
        is_settled=figure.is_settled,
    )
    found.lines.append(line)
    why = Text(line["arithmetic_zh"], line["arithmetic_en"])
    found.judgements.append(judged(rule, post, period, "paid", why, line["line_id"]))


def _all(
    plan: Plan,
    rule: PerIndicator,
    amount_fen: int,
    figures: Figures,
    post: Post,
    period: Period,
    met: list[Figure],
    found: Found,
) -> None:
    count, amount = len(met), yuan(amount_fen)
    line = pay_line(
        plan,
        rule,
        figures.pay_month,
        person_id=post.person_id,
        store_id=post.store_id,
        kind="bonus",
        source_keys=[period.label, "all"],
        requested_fen=amount_fen,
        arithmetic=Text(
            f"{count} 项指标全部达标，另奖 {amount} 元", f"all {count} indicators reached: {amount} yuan more"
        ),
        evidence=distinct(*(figure.rows for figure in met)),
        metric_period=period.label,
        sample=count,
        is_settled=all(figure.is_settled for figure in met),
    )
    found.lines.append(line)
    why = Text(line["arithmetic_zh"], line["arithmetic_en"])
    found.judgements.append(judged(rule, post, period, "paid", why, line["line_id"]))

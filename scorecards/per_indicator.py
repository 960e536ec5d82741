"""The shape *per indicator*: an amount for each indicator that keeps its limit, and one more when all of them do.

Indicators are judged on exact figures; one without a figure, or on too small a sample, is not met, and neither are then
all.
"""

from fractions import Fraction

from data_contracts.contract import Text
from metrics.period import Period
from scorecards.figures import Figure, Figures
from scorecards.lines import Found, distinct
from scorecards.money import yuan
from scorecards.plan import Plan
from scorecards.shapes import Indicator, PerIndicator
from scorecards.sharing import Case, Verdict, cases, columns_of, settle, too_small


def per_indicator_lines(plan: Plan, rule: PerIndicator, figures: Figures) -> Found:
    """The lines of one indicator rule in a pay month, and a judgement for each indicator of everyone."""
    found = Found.nothing()
    for period in figures.periods(rule):
        for case in cases(rule, figures, period):
            held = [(one, figures.of(one.metric, case.subject_id, period, case.level)) for one in rule.indicators]
            met = [
                figure
                for one, figure in held
                if figure is not None and one.is_met(figure.shown) and not too_small(rule, figure)
            ]
            for one, figure in held:
                verdict = _one(rule, figures, period, one, figure)
                settle(plan, rule, figures, period, case, verdict, found)
            if rule.all_fen is not None and (len(met) == len(held) or rule.amount_fen is None):
                settle(plan, rule, figures, period, case, _all(rule, rule.all_fen, period, case, met), found)
    return found


def _one(rule: PerIndicator, figures: Figures, period: Period, indicator: Indicator, figure: Figure | None) -> Verdict:
    name = figures.name(indicator.metric)
    if figure is None:
        why = Text(f"{name.zh}没有数据，不发放", f"{name.en} has no figure, nothing is paid")
        return Verdict(outcome="no_figure", why=why)
    if small := too_small(rule, figure):
        return small
    held = figure.held_against(indicator.limit, is_at_most=indicator.is_at_most)
    if not indicator.is_met(figure.shown):
        why = Text(f"{name.zh} {held}，未达标，不发放", f"{name.en} {held}, not reached, nothing is paid")
        return Verdict(outcome="not_reached", why=why)
    if rule.amount_fen is None:
        return Verdict(outcome="kept", why=Text(f"{name.zh} {held}，达标", f"{name.en} {held}, reached"))
    amount = yuan(rule.amount_fen)
    return Verdict(
        outcome="paid",
        why=Text(f"{name.zh} {held}，达标奖励 {amount} 元", f"{name.en} {held}, reached: {amount} yuan"),
        exact_fen=Fraction(rule.amount_fen),
        keys=[period.label, indicator.metric],
        evidence=figure.rows,
        columns=columns_of(figure, Fraction(indicator.limit)),
    )


def _all(rule: PerIndicator, amount_fen: int, period: Period, case: Case, met: list[Figure]) -> Verdict:
    count, of, amount = len(met), len(rule.indicators), yuan(amount_fen)
    if count < of:
        why = Text(
            f"{of} 项指标达标 {count} 项，全部达标奖不发放", f"{count} of {of} indicators reached: no award for all"
        )
        return Verdict(outcome="not_reached", why=why)
    return Verdict(
        outcome="paid",
        why=Text(f"{count} 项指标全部达标，另奖 {amount} 元", f"all {count} indicators reached: {amount} yuan more"),
        exact_fen=Fraction(amount_fen),
        keys=[period.label, "all"],
        evidence=distinct(*(figure.rows for figure in met)),
        columns={
            "metric_period": period.label,
            "sample": count,
            "is_settled": all(figure.is_settled for figure in met),
        },
    )

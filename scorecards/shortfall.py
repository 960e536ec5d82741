"""The shapes *shortfall* and *missed*: one reduction for a task not reached, and one for what a rate counts as missed.

Without rows in the store there is nothing to hold against anyone. A newcomer still protected on the month's last day
is spared, on a line that shows it.
"""

from fractions import Fraction

from data_contracts.contract import Text
from metrics.period import Period
from scorecards.figures import Figures
from scorecards.lines import Found, distinct
from scorecards.money import printed_plain, yuan
from scorecards.plan import Plan
from scorecards.shapes import Missed, Shortfall
from scorecards.sharing import Case, Verdict, cases, columns_of, settle, too_small
from scorecards.table import warning


def shortfall_lines(plan: Plan, rule: Shortfall, figures: Figures) -> Found:
    """The lines of one shortfall rule in a pay month, and a judgement for everyone of its roles."""
    found = Found.nothing()
    for period in figures.periods(rule):
        for case in cases(rule, figures, period):
            settle(plan, rule, figures, period, case, _of_task(rule, figures, period, case, found), found)
    return found


def missed_lines(plan: Plan, rule: Missed, figures: Figures) -> Found:
    """The lines of one rule on what was missed in a pay month, and a judgement for everyone of its roles."""
    found = Found.nothing()
    for period in figures.periods(rule):
        for case in cases(rule, figures, period):
            settle(plan, rule, figures, period, case, _of_missed(rule, figures, period, case), found)
    return found


def _of_task(rule: Shortfall, figures: Figures, period: Period, case: Case, found: Found) -> Verdict:
    name = figures.name(rule.task)
    task = figures.task(rule.task, case.post, period, rule.newcomer_task, case.level, case.subject_id)
    if task is None:
        missing = Text("没有任务值，未判定；请补设目标", "no task is set and none was judged; set the target")
        found.findings.append(warning(f"{rule.key} {case.subject_id} {rule.task}", missing, case.post.store_id))
        return Verdict(outcome="not_known", why=missing)
    if not figures.is_known(rule.task, case.subject_id, case.post, period, case.level):
        return Verdict(outcome="not_known", why=Text(f"没有{name.zh}的数据，不扣减", f"no figure of {name.en}"))
    if small := too_small(rule, task.done):
        return small
    shown, limit = task.as_text(rule.below), printed_plain(rule.below * 100)
    if task.attainment >= rule.below:
        why = Text(f"任务达成 {shown.zh} ≥ {limit}%", f"task {shown.en} ≥ {limit} %")
        return Verdict(outcome="kept", why=why)
    return Verdict(
        outcome="charged",
        why=Text(
            f"{name.zh}任务达成 {shown.zh} < {limit}%，扣减 {yuan(rule.amount_fen)} 元",
            f"task of {name.en} {shown.en} < {limit} %: {yuan(rule.amount_fen)} yuan",
        ),
        exact_fen=Fraction(-rule.amount_fen),
        kind="kpi_reduction",
        evidence=distinct(task.done.rows, task.rows),
        columns=columns_of(task.done, task.due),
    )


def _of_missed(rule: Missed, figures: Figures, period: Period, case: Case) -> Verdict:
    name = figures.name(rule.metric)
    figure = figures.of(rule.metric, case.subject_id, period, case.level)
    if figure is None:
        return Verdict(outcome="not_known", why=Text(f"没有{name.zh}的数据，不扣减", f"no figure of {name.en}"))
    if small := too_small(rule, figure):
        return small
    parts, missed = f"{figure.numerator}÷{figure.denominator}", figure.denominator - figure.numerator
    if missed <= 0:
        return Verdict(outcome="kept", why=Text(f"{name.zh} {parts}，无一漏", f"{name.en} {parts}, none missed"))
    word = Text("漏接", "missed") if rule.metric == "hotline_answer_rate" else Text("未做到", "not done")
    amount = rule.amount_fen * (missed if rule.charged == "each" else 1)
    arithmetic = Text(
        f"{name.zh} {parts}，{word.zh} {missed} 次，"
        + (f"每次 {yuan(rule.amount_fen)} 元，" if rule.charged == "each" else "按月一次")
        + f"扣减 {yuan(amount)} 元",
        f"{name.en} {parts}, {missed} {word.en}, "
        + (f"{yuan(rule.amount_fen)} yuan each: " if rule.charged == "each" else "charged once a month: ")
        + f"{yuan(amount)} yuan",
    )
    return Verdict(
        outcome="charged",
        why=arithmetic,
        exact_fen=Fraction(-amount),
        kind="kpi_reduction",
        is_monthly=rule.charged == "once",
        evidence=figure.rows,
        columns=columns_of(figure),
    )

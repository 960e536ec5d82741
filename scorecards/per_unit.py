"""The shape *per unit*: an amount for each unit of a count, fixed or by the band a rate lies in.

It may be scaled by the attainment of tasks, each at most 100 %. Where no task is set the amount stands unscaled and the
checklist says so: the office's omission does not shorten what was earned.
"""

from fractions import Fraction

from data_contracts.contract import Text
from metrics.period import Period
from scorecards.bands import band_of
from scorecards.figures import Figure, Figures, Task
from scorecards.lines import Found, distinct
from scorecards.money import printed_plain, round_fen, yuan
from scorecards.plan import Plan
from scorecards.shapes import PerUnit
from scorecards.sharing import Case, Verdict, cases, columns_of, settle, too_small
from scorecards.table import warning


def per_unit_lines(plan: Plan, rule: PerUnit, figures: Figures) -> Found:
    """The lines of one per-unit rule in a pay month, and a judgement for everyone of its roles."""
    found = Found.nothing()
    for period in figures.periods(rule):
        for case in cases(rule, figures, period):
            settle(plan, rule, figures, period, case, _judge(rule, figures, period, case, found), found)
    return found


def _judge(rule: PerUnit, figures: Figures, period: Period, case: Case, found: Found) -> Verdict:
    name, level = figures.name(rule.metric), case.level
    count = figures.of(rule.metric, case.subject_id, period, level)
    if not figures.is_known(rule.metric, case.subject_id, case.post, period, level):
        return Verdict(outcome="not_known", why=Text(f"没有{name.zh}的数据，不计", f"no figure of {name.en}"))
    count = count or figures.none_of(rule.metric, period)
    charges = rule.kind == "kpi_reduction"
    if count.value == 0:
        nothing = Text(f"{name.zh} 0，不计", f"{name.en} 0, nothing is {'charged' if charges else 'paid'}")
        return Verdict(outcome="kept" if charges else "not_reached", why=nothing)
    rate = figures.per(rule.band_metric, rule.band_per, case.subject_id, period, level) if rule.band_metric else None
    if small := too_small(rule, rate or count):
        return small
    unit_fen = rule.unit_fen(None if rate is None else rate.shown)
    if unit_fen == 0:
        return _below(rule, figures, rate)
    tasks = [_task(rule, key, figures, period, case, found) for key in rule.tasks]
    exact = count.value * unit_fen
    for task in tasks:
        exact *= task.capped if task else 1
    set_tasks = [task for task in tasks if task]
    rows = distinct(
        count.rows, rate.rows if rate else (), *(part for task in set_tasks for part in (task.done.rows, task.rows))
    )
    due = next((task.due for task in set_tasks if task.done.metric == rule.metric), None)
    return Verdict(
        outcome="charged" if charges else "paid",
        why=_arithmetic(rule, count, unit_fen, rate, set_tasks, exact),
        exact_fen=-exact if charges else exact,
        kind=rule.kind,
        is_monthly=False,
        max_fen=rule.max_fen,
        evidence=rows,
        columns=columns_of(count, due, rate, *(task.done for task in set_tasks)),
    )


def _task(rule: PerUnit, key: str, figures: Figures, period: Period, case: Case, found: Found) -> Task | None:
    task = figures.task(key, case.post, period, rule.newcomer_task, case.level, case.subject_id)
    if task is None:
        missing = Text("没有任务值，按 100% 计；请补设目标", "no task is set: taken as 100 %; set the target")
        found.findings.append(warning(f"{rule.key} {case.subject_id} {key}", missing, case.post.store_id))
    return task


def _below(rule: PerUnit, figures: Figures, rate: Figure | None) -> Verdict:
    """Why a unit is worth nothing: no rate, or one in no band."""
    if rate is None:
        name = figures.name(rule.band_metric or "")
        return Verdict(
            outcome="no_figure", why=Text(f"{name.zh}没有数据，不计", f"{name.en} has no figure, nothing is paid")
        )
    is_below = rule.bands[0].begins_after(rate.shown)
    held = rate.held_against((rule.bands[0].since if is_below else rule.bands[-1].until) or Fraction(0))
    return Verdict(
        outcome="not_reached", why=Text(f"{rate.name.zh} {held}，不计", f"{rate.name.en} {held}, nothing is paid")
    )


def _arithmetic(
    rule: PerUnit, count: Figure, unit_fen: Fraction, rate: Figure | None, tasks: list[Task], exact: Fraction
) -> Text:
    units = printed_plain(count.value)
    if rule.rate is not None:
        zh = f"{count.name.zh} {units} 元 × {printed_plain(100 * rule.rate)}%"
        en = f"{count.name.en} {units} yuan × {printed_plain(100 * rule.rate)} %"
    else:
        each = yuan(unit_fen.numerator)
        zh, en = f"{count.name.zh} {units} × {each} 元", f"{count.name.en} {units} × {each} yuan"
    band = band_of(rule.bands, rate.shown) if rate else None
    if rate and band:
        edge = band.since if band.since is not None else band.until
        held = rate.held_against(edge or Fraction(0), is_at_most=band.since is None)
        zh, en = f"{zh}（{rate.name.zh} {held}）", f"{en} ({rate.name.en} {held})"
    for task in tasks:
        shown = task.as_text()
        name = task.done.name if len(tasks) > 1 else Text("任务", "task")
        top_zh, top_en = ("，按 100% 计", ", taken as 100 %") if task.attainment > 1 else ("", "")
        zh, en = f"{zh} × {name.zh}达成（{shown.zh}{top_zh}）", f"{en} × {name.en} attainment ({shown.en}{top_en})"
    amount = yuan(round_fen(exact))
    if rule.kind == "kpi_reduction":
        return Text(f"{zh} = 扣减 {amount} 元", f"{en} = {amount} yuan taken")
    return Text(f"{zh} = {amount} 元", f"{en} = {amount} yuan")

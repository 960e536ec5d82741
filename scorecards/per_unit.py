"""The shape *per unit*: an amount for each unit of a count, fixed or by the band a rate lies in.

It may be scaled by the attainment of a task, at most 100 %. Where no task is set the amount stands unscaled and the
checklist says so: the office's omission does not shorten what was earned.
"""

from fractions import Fraction

from data_contracts.contract import Text
from metrics.period import Period
from scorecards.figures import Figure, Figures, Task
from scorecards.lines import Found, Judgement, distinct, judged, pay_line
from scorecards.money import printed_plain, round_fen, yuan
from scorecards.plan import Plan
from scorecards.posts import Post
from scorecards.shapes import PerUnit
from scorecards.table import warning


def per_unit_lines(plan: Plan, rule: PerUnit, figures: Figures) -> Found:
    """The lines of one per-unit rule in a pay month, and a judgement for everyone of its roles."""
    found = Found.nothing()
    for period in figures.periods(rule):
        for post in figures.roster.holders(period.first, period.last, rule.roles):
            found.judgements.append(_of_person(plan, rule, figures, period, post, found))
    return found


def _of_person(plan: Plan, rule: PerUnit, figures: Figures, period: Period, post: Post, found: Found) -> Judgement:
    name, person_id = figures.name(rule.metric), post.person_id
    count = figures.of(rule.metric, person_id, period)
    if not figures.is_known(rule.metric, post, period):
        return judged(rule, post, period, "not_known", Text(f"没有{name.zh}的数据，不计", f"no figure of {name.en}"))
    count = count or figures.none_of(rule.metric, period)
    if count.value == 0:
        return judged(rule, post, period, "not_reached", Text(f"{name.zh} 0，不计", f"{name.en} 0, nothing is paid"))
    rate = figures.per(rule.band_metric, rule.band_per, person_id, period) if rule.band_metric else None
    unit_fen = rule.unit_fen(None if rate is None else rate.value)
    if unit_fen == 0:
        return judged(rule, post, period, *_below(rule, figures, rate))
    task = figures.task(rule.task, post, period, rule.newcomer_task) if rule.task else None
    if rule.task and task is None:
        missing = Text("没有任务值，按 100% 计；请补设目标", "no task is set: taken as 100 %; set the target")
        found.findings.append(warning(f"{rule.key} {person_id} {rule.task}", missing, post.store_id))
    exact = count.value * unit_fen * (task.capped if task else 1)
    amount = round_fen(exact)
    most = rule.max_fen
    is_capped = most is not None and amount > most
    amount = round_fen(Fraction(most)) if most is not None and is_capped else amount
    line = pay_line(
        plan,
        rule,
        figures.pay_month,
        person_id=person_id,
        store_id=post.store_id,
        kind=rule.kind,
        source_keys=[period.label],
        requested_fen=amount,
        arithmetic=_arithmetic(rule, count, unit_fen, rate, task, exact, amount, is_capped=is_capped),
        evidence=distinct(
            count.rows, rate.rows if rate else (), task.done.rows if task else (), task.rows if task else ()
        ),
        metric=rule.metric,
        metric_period=period.label,
        value=count.value,
        numerator=count.numerator,
        denominator=count.denominator,
        sample=count.sample,
        benchmark=task.due if task else None,
        is_settled=count.is_settled and (rate is None or rate.is_settled) and (task is None or task.done.is_settled),
    )
    found.lines.append(line)
    why = Text(line["arithmetic_zh"], line["arithmetic_en"])
    return judged(rule, post, period, "paid", why, line["line_id"])


def _below(rule: PerUnit, figures: Figures, rate: Figure | None) -> tuple[str, Text]:
    """Why a unit is worth nothing: no rate, or one in no band."""
    if rate is None:
        key = rule.band_metric or ""
        name = figures.name(key)
        return "no_figure", Text(f"{name.zh}没有数据，不计", f"{name.en} has no figure, nothing is paid")
    begins = rule.bands[0].since if rate.value < rule.bands[0].since else rule.bands[-1].until
    held = rate.held_against(begins or Fraction(0))
    return "not_reached", Text(f"{rate.name.zh} {held}，不计", f"{rate.name.en} {held}, nothing is paid")


def _arithmetic(
    rule: PerUnit,
    count: Figure,
    unit_fen: int,
    rate: Figure | None,
    task: Task | None,
    exact: Fraction,
    amount: int,
    *,
    is_capped: bool,
) -> Text:
    units = printed_plain(count.value)
    zh = f"{count.name.zh} {units} × {yuan(unit_fen)} 元"
    en = f"{count.name.en} {units} × {yuan(unit_fen)} yuan"
    if rate:
        band = next(band for band in rule.bands if band.holds(rate.value))
        held = rate.held_against(band.since)
        zh, en = f"{zh}({rate.name.zh} {held})", f"{en} ({rate.name.en} {held})"
    if task:
        shown = task.as_text()
        top_zh, top_en = ("，按 100% 计", ", taken as 100 %") if task.attainment > 1 else ("", "")
        zh, en = f"{zh} × 任务达成 {shown.zh}{top_zh}", f"{en} × task attainment {shown.en}{top_en}"
    if is_capped:
        uncapped = yuan(round_fen(exact))
        return Text(
            f"{zh} = {uncapped} 元，封顶 {yuan(amount)} 元", f"{en} = {uncapped} yuan, capped at {yuan(amount)} yuan"
        )
    return Text(f"{zh} = {yuan(amount)} 元", f"{en} = {yuan(amount)} yuan")

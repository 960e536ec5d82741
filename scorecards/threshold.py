"""The shape *threshold*: an amount for a figure above the region's published average.

A benchmark is judged in the pay month that holds its first publication, for its own period, against everyone who held
one of the roles in it. The region is that of the store of the person's last such post there, which is also the pay
unit. What is published after ``as_of`` is not known.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import polars as pl

from data_contracts.contract import Text
from data_contracts.voice import ANY_DEPARTMENT
from metrics.catalogue import METRICS
from metrics.credit import Facts
from metrics.period import Period
from scorecards.figures import Figure, Figures
from scorecards.lines import Found, evidence
from scorecards.money import printed, printed_apart, rounded, yuan
from scorecards.plan import Plan
from scorecards.shapes import Threshold
from scorecards.sharing import Verdict, cases, columns_of, settle


def threshold_lines(plan: Plan, rule: Threshold, figures: Figures, *, earlier: pl.DataFrame | None) -> Found:
    """The lines and judgements of one threshold rule in a pay month; ``earlier`` are the lines of locked months."""
    found = Found.nothing()
    facts, pay_month, as_of = figures.facts, figures.pay_month, figures.as_of
    regions = dict(facts["stores"].select("store_id", "region").collect().iter_rows())
    benchmarks = published(rule, facts, pay_month, as_of)
    for benchmark in benchmarks:
        period = Period.parse(benchmark["period"], pay_month.month_starts_on)
        before = _paid_before(earlier, rule, period)
        for case in cases(rule, figures, period, department=rule.department):
            if regions.get(case.post.store_id) != benchmark["region"]:
                continue
            figure = figures.of(rule.metric, case.subject_id, period, case.level)
            outcome, sentence = _judge(rule, figure, benchmark, period)
            if outcome != "paid" or figure is None:
                settle(plan, rule, figures, period, case, Verdict(outcome=outcome, why=sentence), found)
                continue
            verdict = Verdict(
                outcome=outcome,
                why=sentence,
                exact_fen=Fraction(rule.amount_fen),
                # Without the department: one award a period, whichever average it was held against.
                keys=[benchmark[name] for name in ("programme", "item", "region", "period")],
                evidence=[*figure.rows, evidence("benchmarks", benchmark)],
                columns=columns_of(figure, Fraction(benchmark["score_hundredths"], 100))
                | {"benchmark_published_on": benchmark["published_on"]},
            )
            paid = Found.nothing()
            settle(plan, rule, figures, period, case, verdict, paid)
            _keep_unpaid(period, before, paid, found)
    return found


def _keep_unpaid(period: Period, before: Mapping[str, str], paid: Found, found: Found) -> None:
    """Add what was not paid to the person in a locked month yet; ``before`` is person → the month that paid."""
    found.lines.extend(line for line in paid.lines if line["person_id"] not in before)
    lines_of = {line["person_id"] for line in paid.lines}
    for judgement in paid.judgements:
        if judgement.person_id in lines_of and (month := before.get(judgement.person_id)):
            why = Text(
                f"{period.label} 的奖励已在 {month} 发放，不重复发放",
                f"the award for {period.label} was paid in {month} and is not paid again",
            )
            judgement = replace(judgement, outcome="already_paid", why=why, line_id=None)
        found.judgements.append(judgement)


def published(rule: Threshold, facts: Facts, pay_month: Period, as_of: date) -> list[Mapping[str, Any]]:
    """The benchmarks to judge in this month, one a region and period: the department's before the general one."""
    known = _known(rule, facts, min(as_of, pay_month.last))
    chosen = {(row["region"], row["period"]): row for row in known}
    due = {key: min(row["published_on"] for row in known if (row["region"], row["period"]) == key) for key in chosen}
    if rule.basis == "settled_lag":
        lag = timedelta(days=METRICS[rule.metric].settles_after)
        due = {key: max(day, Period.parse(key[1], pay_month.month_starts_on).last + lag) for key, day in due.items()}
    return [chosen[key] for key in sorted(chosen) if pay_month.first <= due[key] <= min(as_of, pay_month.last)]


def newest(rule: Threshold, facts: Facts, region: str, as_of: date) -> Mapping[str, Any] | None:
    """The benchmark of a region for the latest period that one is published for."""
    known = [row for row in _known(rule, facts, as_of) if row["region"] == region]
    return max(known, key=lambda row: Period.parse(row["period"]).last, default=None)


def _known(rule: Threshold, facts: Facts, by: date) -> list[dict[str, Any]]:
    """All that the rule may read and was published by then; the department's own last."""
    departments = [rule.department, ANY_DEPARTMENT] if rule.department else [ANY_DEPARTMENT]
    rows = (
        facts["benchmarks"]
        .filter(
            pl.col("programme") == rule.programme,
            pl.col("item") == rule.item,
            pl.col("department").is_in(departments),
            pl.col("published_on") <= by,
        )
        .collect()
        .to_dicts()
    )
    return sorted(rows, key=lambda row: departments.index(row["department"]), reverse=True)


def _judge(rule: Threshold, figure: Figure | None, benchmark: Mapping[str, Any], period: Period) -> tuple[str, Text]:
    """The outcome and its arithmetic, in both languages."""
    decimals = METRICS[rule.metric].decimals
    what = rule.programme
    if figure is None:
        return "no_figure", Text(
            f"{period.label} {what} 没有样本，不发放", f"{what} of {period.label}: no sample, nothing is paid"
        )
    exact, average = figure.value, Fraction(benchmark["score_hundredths"], 100)
    judged = rounded(exact, decimals) if rule.judged_on == "printed" else exact
    gap, takes_average = judged - average, rule.at_average == "pass"
    is_above = gap > 0 or (gap == 0 and takes_average)
    is_enough = figure.sample is not None and figure.sample >= rule.min_sample
    if is_above and is_enough:
        outcome, end = "paid", Text(f"奖励 {yuan(rule.amount_fen)} 元", f"award {yuan(rule.amount_fen)} yuan")
    elif not is_enough:
        outcome, end = "small_sample", Text("样本不足，不发放", "too small a sample, nothing is paid")
    else:
        outcome, end = "not_reached", Text("未达标，不发放", "not reached, nothing is paid")
    sign = (("≥" if takes_average else ">") if is_above else ("<" if takes_average else "≤")) + " 0"
    shown, base, more = (
        printed_apart(judged, average, decimals),
        printed(average, 2),
        printed_apart(gap, Fraction(0), 2),
    )
    sample = f"{figure.sample} {'≥' if is_enough else '<'} {rule.min_sample}"
    return outcome, Text(
        f"{what} {shown} − 区域平均分 {base} = {more} 分 {sign}，样本 {sample}，{end.zh}",
        f"{what} {shown} − regional average {base} = {more} points {sign}, sample {sample}, {end.en}",
    )


def _paid_before(earlier: pl.DataFrame | None, rule: Threshold, period: Period) -> dict[str, str]:
    """Person → the first locked month that already paid for this rule and period."""
    if earlier is None:
        return {}
    found = earlier.filter(pl.col("rule") == rule.key, pl.col("metric_period") == period.label)
    return dict(found.group_by("person_id").agg(pl.col("period").min()).iter_rows())

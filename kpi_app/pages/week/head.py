"""The first lines of the Monday page: where and when, how fresh, what is missing, and the week in a sentence."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from data_contracts.catalogue import CONTRACTS
from kpi_app.pages import sentences
from kpi_app.pages.sentences import chosen
from kpi_app.pages.week.gathering import Week
from kpi_app.web import looks
from kpi_app.web.visit import Visit
from metrics.kinds import COUNT, Metric
from metrics.period import Period

SPARSE = ("renewals", "complaints", "surveys")
"""Contracts that have no rows on many a day."""
MOST_DAYS = 5


def week_name(here: Visit, period: Period) -> str:
    """第 46 周 11-09–11-15."""
    name = here("第 {n} 周", n=sentences.week_number(period))
    running = here("（进行中）") if period.first <= here.as_of <= period.last else ""
    return f"{name} {period.first:%m-%d}–{period.last:%m-%d}{running}"


def head_values(here: Visit, week: Week) -> dict[str, Any]:
    """The line under the title: where, how many, which days, how fresh, what is missing."""
    fresh = week.fresh
    missing = [
        here("{table}缺 {days}", table=here.text(CONTRACTS[name].title), days=days_said(days))
        for name, days in fresh.missing.items()
        if days and name not in SPARSE
    ]
    at = here("还没有导入") if fresh.imported_at is None else f"{fresh.imported_at:%m-%d %H:%M}"
    many = here("{n} 家门店", n=len(week.stores)) if week.stores else here("{n} 人", n=len(week.people))
    return {
        "title": here("本周记分卡"),
        "where": here.text(week.subject.name),
        "people": many,
        "week": week_name(here, week.period),
        "as_of": here("数据截至 {day}", day=here.as_of.isoformat()),
        "imported": here("最近导入 {at}", at=at),
        "missing": missing,
    }


def days_said(days: Sequence[date]) -> str:
    """11-09、11-12, at most five of them."""
    said = "、".join(f"{day:%m-%d}" for day in days[:MOST_DAYS])
    return said + (" …" if len(days) > MOST_DAYS else "")


def conclusion_values(here: Visit, week: Week) -> dict[str, Any]:
    """The week in a sentence: the first count with a task, else the first figure; then the month beside its time."""
    counted = [it for it in week.metrics if (row := week.row(it)) and row["sample"]]
    if not counted:
        return {"sentence": here("本周没有计入的数据。"), "band": "", "also": ""}
    with_task = [it for it in counted if it.unit == COUNT and week.pace.missing(it) is not None]
    metric = (with_task or counted)[0]
    row, goal = week.row(metric), week.goals.get(metric.key)
    assert row is not None
    said = (
        task_sentence(here, week, metric)
        if with_task
        else sentences.conclusion(here, metric, row, goal, here.language) + " " + pace_sentence(here, week, metric)
    )
    rate = next((it for it in counted if it.unit != COUNT), None) if with_task else None
    also = [] if rate is None else [
        sentences.conclusion(here, rate, week.row(rate), week.goals.get(rate.key), here.language)
    ]  # fmt: skip
    if not row["is_settled"]:
        also.append(here("本周为未定数，{day} 定数。", day=f"{row['settles_on']:%m-%d}"))
    if not with_task:
        also.insert(0, so_far_sentence(here, week, metric))
    return {
        "sentence": said,
        "band": sentences.band(metric, sentences.value_of(row), goal),
        "also": " ".join(also),
    }


def task_sentence(here: Visit, week: Week, metric: Metric) -> str:
    """A count of the week, and what the month's task still needs of every open day."""
    pace, language = week.pace, here.language
    values: dict[str, object] = {
        "name": chosen(metric.label, language),
        "n": sentences.shown(metric, sentences.value_of(week.row(metric)), language),
        "task": sentences.goal_shown(metric, pace.goals[metric.key], language),
        "missing": pace.missing(metric),
        "days": pace.days_left,
        "each": pace.per_day(metric),
        "time": pace.time_gone,
        "done": pace.task_done(metric),
    }
    if not pace.missing(metric):
        return here("本周{name} {n}，已完成月任务 {task}；时间进度 {time}%，任务进度 {done}%。", **values)
    if not pace.days_left:
        return here("本周{name} {n}，月任务 {task} 差 {missing}，本月已结束；任务进度 {done}%。", **values)
    return here(
        "本周{name} {n}，距月任务 {task} 差 {missing}；剩 {days} 个营业日，每天需 {each}；"
        "时间进度 {time}%，任务进度 {done}%。",
        **values,
    )


def pace_sentence(here: Visit, week: Week, metric: Metric) -> str:
    """What a rate's month needs of every open day with the denominator as it is; nothing where that says nothing."""
    pace = week.pace
    missing, each = pace.missing(metric), pace.per_day(metric)
    if not missing or not each or metric.key not in sentences.COUNTED:
        return ""
    more = sentences.more_of(metric, missing, here.language)
    return here(
        "本月还需 {missing} {more}：剩 {days} 个营业日，每天需 {each}。", missing=missing, more=more,
        days=pace.days_left, each=each,
    )  # fmt: skip


def so_far_sentence(here: Visit, week: Week, metric: Metric) -> str:
    """The month so far beside the share of its time that is gone."""
    so_far = week.pace.so_far.get(metric.key)
    return here(
        "{month} 累计 {value}（{parts}），本月时间已过 {share}%。",
        month=week.pace.month.label,
        value=sentences.shown(metric, sentences.value_of(so_far), here.language),
        parts=looks.parts(so_far, metric.unit) if so_far else looks.NOTHING,
        share=week.pace.time_gone,
    )

"""One's own figures on the phone: bars towards the goals with the rows behind them, what is to do, the weeks."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import polars as pl
import streamlit as st

from kpi_app.pages import address, sentences
from kpi_app.store.disputes.acknowledgements import Acknowledgement
from kpi_app.store.months import urging
from kpi_app.store.rulebook.readings import Reading
from kpi_app.store.views.mine import MET, MISSED, OUT, WAITING, Band, Counted, Mine, Row, Task
from kpi_app.store.views.success import Plan
from kpi_app.web import charts, looks
from kpi_app.web.visit import Visit
from metrics.kinds import COUNT, HOURS, PERCENT, Metric
from metrics.period import Period
from scorecards.cards import Scorecard
from scorecards.targets import Target

FULL_BAR = 120
"""Percent of the goal at which a bar is full, so that 100 has room on both sides."""
MOST_TASKS = 12


def bars(here: Visit, me: Mine, period: Period) -> None:
    """The metrics of one's post in the running month against the goals, with score and band."""
    share = sentences.time_gone(period, here.as_of)
    st.html(
        looks.fragment(
            "my_figures.html",
            _=here,
            note=here("时间已过 {share}%", share=share),
            score=None if me.card is None else score_values(here, me.card),
            band="" if me.band is None else band_said(here, me.band),
            bars=[bar(here, me, metric) for metric in me.metrics],
        )
    )


def score_values(here: Visit, card: Scorecard) -> dict[str, str]:
    """The score so far, or why there is none."""
    return {
        "score": card.score_text or looks.NOTHING,
        "grade": card.grade or "",
        "settled": here("已定数") if card.is_settled else here("未定数"),
        "reason": "" if card.reason is None else here.text(card.reason),
    }


def band_said(here: Visit, band: Band) -> str:
    """The quarter among the peers, in words and without anybody's name."""
    quarters = [here("前四分之一"), here("第二个四分之一"), here("第三个四分之一"), here("后四分之一")]
    among = here("本店同岗 {n} 人", n=band.among) if band.is_store else here("各店同岗 {n} 人", n=band.among)
    return f"{quarters[band.quarter - 1]} · {among}"


def bar(here: Visit, me: Mine, metric: Metric) -> dict[str, Any]:
    """A metric as a bar towards its goal, with the rows that make it."""
    row, goal = me.figures.get(metric.key), me.goals.get(metric.key)
    value = sentences.value_of(row)
    apart = None if value is None or goal is None else sentences.distance(metric, value, goal.exact)
    share = None if value is None or goal is None else sentences.attained(metric, value, goal.exact)
    width = 0 if share is None else int(min(max(share, Fraction(0)), Fraction(FULL_BAR)) * 100 / FULL_BAR)
    return {
        "label": here.text(metric.label),
        "description": here.text(metric.description),
        "value": sentences.shown(metric, value, here.language),
        "parts": looks.parts(row, metric.unit) if row and value is not None else here("没有样本"),
        "goal": sentences.goal_shown(metric, goal, here.language) if goal else "",
        "gap": "" if apart is None else sentences.difference(here, metric, apart),
        "band": sentences.band(metric, value, goal),
        "width": width,
        "mark": 10_000 // FULL_BAR,
        "settled": settled(here, row),
        "is_settled": row is not None and row["is_settled"],
        "reason": reason(here, row) if value is None else "",
        **rows_of(here, metric, me.rows[metric.key]),
    }


def settled(here: Visit, row: Mapping[str, Any] | None) -> str:
    """已定, or until when it may still change."""
    if row is None:
        return ""
    return here("已定数") if row["is_settled"] else here("未定数 · {day} 定", day=f"{row['settles_on']:%m-%d}")


def reason(here: Visit, row: Mapping[str, Any] | None) -> str:
    """Why there is no figure."""
    if row is None or not row["reason_zh"]:
        return ""
    return str(row["reason_en"] if here.language == "en" else row["reason_zh"])


def rows_of(here: Visit, metric: Metric, counted: Counted) -> dict[str, Any]:
    """The rows as they are listed: how many count, how many don't, each with its reason."""
    names = {MET: here("计入"), WAITING: here("还可计入"), MISSED: here("未计入"), OUT: here("不在内")}
    total = sum(counted.counts.values())
    return {
        "summary": " · ".join(f"{names[state]} {n}" for state, n in counted.counts.items() if n),
        "rows": [
            {"day": f"{row.day:%m-%d}", "tail": row.tail, "state": names[row.state], "mark": row.state,
             "why": here.text(row.why), "amount": amount(here, metric, row)}
            for row in counted.rows
        ],
        "others": total - len(counted.rows),
    }  # fmt: skip


def amount(here: Visit, metric: Metric, row: Row) -> str:
    """What a row adds, where it is not a plain yes or no."""
    if row.amount is None or metric.unit in (PERCENT, COUNT):
        return ""
    if metric.unit == HOURS:
        return looks.figure(row.amount.numerator, row.amount.denominator, metric.unit, 1, here.language)
    return sentences.shown(metric, row.amount, here.language)


def to_goals(here: Visit, me: Mine) -> list[str]:
    """What would reach a goal that is not reached yet, one sentence each."""
    found = []
    for metric in me.metrics:
        row, goal = me.figures.get(metric.key), me.goals.get(metric.key)
        if row is None or goal is None or not (needed := sentences.still_needed(metric, row, goal)):
            continue
        more = sentences.more_of(metric, needed, here.language)
        found.append(
            here("再有 {needed} {more}，{name}就到 {goal}。", needed=needed, more=more, name=here.text(metric.label),
                 goal=sentences.goal_shown(metric, goal, here.language))
        )  # fmt: skip
    return found


def reaches_every_goal(me: Mine) -> bool:
    """Is every goal reached? One without a figure yet is not."""
    aims = [
        (metric, me.figures.get(metric.key), me.goals[metric.key]) for metric in me.metrics if metric.key in me.goals
    ]
    values = [(metric, sentences.value_of(row), goal) for metric, row, goal in aims]
    return bool(values) and all(
        value is not None and sentences.is_better(metric, sentences.distance(metric, value, goal.exact))
        for metric, value, goal in values
    )


# --- what is to do ---


def to_do(
    here: Visit, me: Mine | None, said: Sequence[Acknowledgement], rules: Sequence[Reading], meant: Sequence[Plan]
) -> None:
    """What one is asked for, follow-ups due today and overdue, plans not read, statement or plan of success waiting."""
    today, overdue = ((), ()) if me is None else (me.due_today, me.overdue)
    unread = [one for one in rules if one.read_at is None]
    waiting = [one for one in said if one.state in ("none", "changed")]
    proposed = [one for one in meant if "agree" in one.may]
    urged = [one for one in urging.listing(here.db, here.who, as_of=here.as_of) if one.person_id == here.who.person_id]
    st.html(
        looks.fragment(
            "my_tasks.html",
            _=here,
            groups=[
                {
                    "title": here("催办"),
                    "count": len(urged),
                    "is_late": True,
                    "tasks": [f"{one.day:%m-%d} {here.text(one.text)}" for one in urged],
                },
                {"title": here("逾期未跟进"), "count": len(overdue), "is_late": True, "tasks": tasks(here, overdue)},
                {"title": here("今天到期的跟进"), "count": len(today), "is_late": False, "tasks": tasks(here, today)},
                {
                    "title": here("未读方案"),
                    "count": len(unread),
                    "is_late": False,
                    "tasks": [f"{here.text(one.name)} {one.notice}" for one in unread],
                },
                {
                    "title": here("待确认的对账单"),
                    "count": len(waiting),
                    "is_late": False,
                    "tasks": sorted({one.period for one in waiting}),
                },
                {
                    "title": here("待我同意的成功计划"),
                    "count": len(proposed),
                    "is_late": False,
                    "tasks": [here.text(one.metric.label) for one in proposed],
                },
            ],
        )
    )


def tasks(here: Visit, due: Sequence[Task]) -> list[str]:
    """Follow-ups by the end of the lead's number."""
    shown = [
        here("线索尾号 {tail}（{level} 级，{day}）", tail=it.tail, level=it.level, day=f"{it.day:%m-%d}") for it in due
    ]
    others = [here("另有 {n} 条", n=len(shown) - MOST_TASKS)] if len(shown) > MOST_TASKS else []
    return [*shown[:MOST_TASKS], *others]


# --- the weeks ---


def trend(here: Visit, me: Mine) -> None:
    """Thirteen weeks of one metric, the one chosen."""
    named = {it.key: it for it in me.metrics if any(value is not None for _, value in me.weeks[it.key])}
    st.html(looks.fragment("title.html", title=here("13 周走势"), note=""))
    if not named:
        st.html(looks.fragment("note.html", text=here("最近 13 周没有样本。")))
        return
    names = {it: here.text(metric.label) for it, metric in named.items()}
    metric = named[
        address.select("trend", here("指标"), names, at=next(iter(named)), key="me_trend", label_visibility="collapsed")
    ]
    spec = charts.weeks(here("周"), here.text(metric.label), here("目标"), scale(metric))
    st.vega_lite_chart(
        points(here, metric, me.weeks[metric.key], me.goals.get(metric.key)), spec, width="stretch", height=190,
        theme=None, key="me_trend_chart",
    )  # fmt: skip


def scale(metric: Metric) -> str:
    """How the axis writes its numbers."""
    return "percent" if metric.unit == PERCENT else "number"


def points(
    here: Visit, metric: Metric, weeks: Sequence[tuple[Period, Fraction | None]], goal: Target | None
) -> pl.DataFrame:
    """The weeks of the line."""
    by = 3600 if metric.unit == HOURS else 1
    rows = [
        {
            "no": number,
            "period": f"{week.first:%m-%d}",
            "value": None if value is None else float(value) / by,
            "goal": None if goal is None else float(goal.goal),
            "shown": sentences.shown(metric, value, here.language),
            "goal_shown": sentences.goal_shown(metric, goal, here.language),
        }
        for number, (week, value) in enumerate(weeks)
    ]
    return pl.DataFrame(rows, schema_overrides={"value": pl.Float64, "goal": pl.Float64})

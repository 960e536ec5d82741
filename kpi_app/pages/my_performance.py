"""One's own page, made for the phone: this month so far, the last sheet, every line in plain words. Nobody else's."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import streamlit as st

from kpi_app.pages import deeds, my_say, sentences
from kpi_app.store import figures, overview
from kpi_app.store import month as months
from kpi_app.store.overview import Person
from kpi_app.web import looks
from kpi_app.web.visit import Visit
from metrics.kinds import Metric
from metrics.period import Period
from scorecards.cards import Scorecard
from scorecards.sheet import STATUS_NAMES, Sheet
from scorecards.targets import Target

SHEETS_TO_CHOOSE = 6
FULL_BAR = 120
"""Percent of the goal at which a bar is full, so that 100 has room on both sides."""


def draw(here: Visit) -> None:
    """Draw the page."""
    starts_on = here.db.settings.month_starts_on
    period = Period.containing(here.as_of, "month", starts_on)
    me = overview.myself(here.db, here.who, here.as_of)
    chosen = period.previous()
    st.html(looks.fragment("page_head.html", title=here("我的绩效"), text=who_am_i(here, me)))
    deeds.say()
    left, right = st.columns([1, 1])
    with left:
        with st.container(key="card_sheet"):
            labels = [it.label for it in period.trailing(SHEETS_TO_CHOOSE)][::-1]
            label = st.selectbox(here("月份"), labels, index=1, key="me_month")
            chosen = Period.parse(label, month_starts_on=starts_on)
            own = months.own(here.db, here.who, chosen)
            st.html(looks.fragment("my_sheet.html", _=here, **sheet_values(here, chosen, own)))
            my_say.agree(here, chosen)
        if own is not None:
            with st.container(key="card_lines"):
                my_say.lines(here, chosen, line_values(here, own))
    with right:
        with st.container(key="card_figures"):
            month_so_far(here, me, period)
        my_say.rules(here)
    st.html(looks.fragment("note.html", text=footer(here, own)))


def who_am_i(here: Visit, me: Person | None) -> str:
    """Name, post and team of who looks."""
    if me is None:
        return here("今天没有任职记录")
    post = f"{me.name} · {sentences.role_name(me.role, here.language)} · {me.team_name}"
    return f"{post} · {here('保护期')}" if me.is_protected else post


# --- the sheet ---


def sheet_values(here: Visit, period: Period, own: Sheet | None) -> dict[str, Any]:
    """The amount of a month and where its sheet stands."""
    if own is None:
        return {"title": here("{month} 绩效", month=period.label), "amount": "", "status": "", "is_locked": False,
                "note": here("{month} 还没有您的绩效金额。", month=period.label)}  # fmt: skip
    provisional = int(sum(row["amount_fen"] for row in own.lines.to_dicts() if not row["is_settled"]))
    note = here("其中未定数 {yuan}", yuan=looks.yuan(provisional)) if provisional else here("全部为已定数")
    if own.status not in ("approved", "locked"):
        note = here("尚未审批，金额可能变动") + " · " + note
    return {
        "title": here("{month} 绩效", month=period.label),
        "amount": looks.yuan(own.total_fen),
        "status": here.text(STATUS_NAMES[own.status]),
        "is_locked": own.status == "locked",
        "note": note,
    }


def line_values(here: Visit, own: Sheet) -> dict[str, Any]:
    """The month's lines, reductions first, then what was judged without money and why."""
    rows = sorted(own.lines.to_dicts(), key=lambda row: (row["amount_fen"] >= 0, row["amount_fen"], row["line_id"]))
    return {
        "lines": [line_row(here, own, row) for row in rows],
        "others": [
            {"rule": rule_of(here, own, one.rule), "period": one.metric_period, "why": here.text(one.why)}
            for one in own.judgements
            if one.line_id is None
        ],
    }


def line_row(here: Visit, own: Sheet, row: Mapping[str, Any]) -> dict[str, Any]:
    """A line: what it is called, why, how much."""
    is_reduction = row["kind"] in ("kpi_reduction", "loss_compensation")
    name = here.text(own.rule_name(row))
    return {
        "line_id": row["line_id"],
        "unit": row["store_id"],
        "is_ruled": row["judged_by"] is not None,
        "name": here("绩效扣减") + " · " + name if is_reduction else name,
        "period": row["metric_period"] or row["period"],
        "why": row["arithmetic_en"] if here.language == "en" else row["arithmetic_zh"],
        "amount": looks.yuan(row["amount_fen"], sign=True),
        "is_less": row["amount_fen"] < 0,
        "is_settled": row["is_settled"],
        "lapsed": looks.yuan(-row["lapsed_fen"]) if row["lapsed_fen"] else "",
    }


def rule_of(here: Visit, own: Sheet, key: str) -> str:
    """A rule's name by its key."""
    found = [name for it, name in own.rule_names.items() if it.rpartition("/")[2] == key]
    return here.text(found[0]) if found else key


def footer(here: Visit, own: Sheet | None) -> str:
    """As of when, by which notice, and what the amount leaves out."""
    said = [here("数据截至 {day}", day=here.as_of.isoformat())]
    if own is not None:
        plans = "、".join(own.people[0].plans.split("、")) if own.people and own.people[0].plans else ""
        said += [here("适用方案 {plans}", plans=plans)] if plans else []
    said.append(here("税前绩效调整额，不含考勤、社保公积金、个税"))
    return " · ".join(said)


# --- this month so far ---


def month_so_far(here: Visit, me: Person | None, period: Period) -> None:
    """The metrics of one's post in the running month, against the goals, and what would bring more."""
    share = sentences.time_gone(period, here.as_of)
    st.html(
        looks.fragment(
            "title.html", title=here("{month} 到今天", month=period.label), note=here("时间已过 {share}%", share=share)
        )
    )
    mine = [] if me is None else overview.in_view(here.db, {me.role}, [(me, "person")], period)
    if me is None or not mine:
        st.html(looks.fragment("note.html", text=here("您的岗位还没有指标。")))
        return
    rows = figures.measure(
        here.db, here.who, mine, [period], "person", subjects=[me.person_id], as_of=here.as_of
    ).to_dicts()
    by_metric = {row["metric"]: row for row in rows}
    goals = overview.goals(here.db, mine, [me], "person", period)[0]
    cards = figures.cards(
        here.db, here.who, period, "person", as_of=here.as_of, subjects=[me.person_id], store_id=me.store_id
    )
    st.html(
        looks.fragment(
            "my_figures.html",
            _=here,
            score=score_values(here, cards[0]) if cards else None,
            bars=[bar(here, metric, by_metric.get(metric.key), goals.get(metric.key)) for metric in mine],
            more=how_to_get_more(here, mine, by_metric, goals),
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


def bar(here: Visit, metric: Metric, row: Mapping[str, Any] | None, goal: Target | None) -> dict[str, Any]:
    """A metric as a bar towards its goal."""
    value = sentences.value_of(row)
    apart = None if value is None or goal is None else sentences.distance(metric, value, goal.exact)
    share = None if value is None or goal is None else sentences.attained(metric, value, goal.exact)
    width = 0 if share is None else int(min(max(share, Fraction(0)), Fraction(FULL_BAR)) * 100 / FULL_BAR)
    settles = ""
    if row is not None:
        settles = here("已定数") if row["is_settled"] else here("未定数 · {day} 定", day=f"{row['settles_on']:%m-%d}")
    return {
        "label": here.text(metric.label),
        "description": here.text(metric.description),
        "value": sentences.shown(metric, value, here.language),
        "parts": looks.parts(row, metric.unit) if row and value is not None else here("没有样本"),
        "goal": sentences.goal_shown(metric, goal, here.language) if goal else here("没有目标值"),
        "gap": "" if apart is None else sentences.difference(here, metric, apart),
        "band": sentences.band(metric, value, goal),
        "width": width,
        "mark": 10_000 // FULL_BAR,
        "settled": settles,
        "is_settled": row is not None and row["is_settled"],
        "reason": "" if row is None or value is not None or not row["reason_zh"]
        else row["reason_en"] if here.language == "en" else row["reason_zh"],
    }  # fmt: skip


def how_to_get_more(
    here: Visit, mine: list[Metric], rows: Mapping[str, Mapping[str, Any]], goals: Mapping[str, Target]
) -> list[str]:
    """What would reach a goal that is not reached yet, one sentence each."""
    found = []
    for metric in mine:
        row, goal = rows.get(metric.key), goals.get(metric.key)
        if row is None or goal is None or (needed := sentences.still_needed(metric, row, goal)) in (None, 0):
            continue
        more = sentences.chosen(sentences.COUNTED[metric.key], here.language)
        found.append(
            here("再有 {needed} {more}，{name}就到 {goal}。", needed=needed, more=more, name=here.text(metric.label),
                 goal=sentences.goal_shown(metric, goal, here.language))
        )  # fmt: skip
    return found

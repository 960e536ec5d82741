"""Plans of success as one sees one's own: how far, what was agreed on, what the checks said; and the form of a new one.

Nobody else is named: what the person's head said stands there as the head's.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from fractions import Fraction
from functools import partial
from typing import Any

import streamlit as st

from kpi_app.pages import deeds, sentences
from kpi_app.store.views import success
from kpi_app.store.views.overview import Person
from kpi_app.store.views.success import Check, Plan
from kpi_app.web import looks
from kpi_app.web.visit import Visit

USUAL_DAYS = 30
"""A new plan is due after so many days, where nothing else is chosen."""


def card(here: Visit, me: Person, plans: Sequence[Plan]) -> None:
    """One's own plans, each with the steps one may take, and the form to propose one."""
    st.html(looks.fragment("title.html", title=here("我的成功计划"), note=here("与负责人约定，按指标本身衡量")))
    if not plans:
        st.html(looks.fragment("note.html", text=here("还没有成功计划；可以先提出一个，由负责人同意后执行。")))
    for plan in plans:
        with st.container(gap=None):
            st.html(looks.fragment("success_plan.html", _=here, **values(here, plan, says=lambda _: here("负责人"))))
            answer(here, plan)
    with deeds.popover(here("提出成功计划"), "success_add"):
        propose(here, me.person_id, me.role)


def values(here: Visit, plan: Plan, *, says: Callable[[Check], str], name: str = "") -> dict[str, Any]:
    """A plan as its card shows it; ``says`` names who checked."""
    metric, value, before = plan.metric, success.value_of(plan.now), success.value_of(plan.before)
    shown = partial(sentences.shown, metric, language=here.language)
    share = None if value is None else sentences.attained(metric, value, plan.goal.exact)
    apart = None if value is None else sentences.distance(metric, value, plan.goal.exact)
    left = (plan.due_on - here.as_of).days
    when = here("{first} 至 {last}", first=f"{plan.since:%m-%d}", last=plan.due_on.isoformat())
    if plan.state == "running":
        when += " · " + (here("剩 {days} 天", days=left) if left else here("今天到期"))
    return {
        "name": name,
        "metric": here.text(metric.label),
        "description": here.text(metric.description),
        "state": here.text(success.STATES[plan.state]),
        "is_running": plan.state == "running",
        "goal": sentences.goal_shown(metric, plan.goal, here.language),
        "value": shown(value),
        "parts": looks.parts(plan.now, metric.unit) if plan.now and value is not None else here("没有样本"),
        "band": sentences.band(metric, value, plan.goal),
        "width": 0 if share is None else int(min(max(share, Fraction(0)), Fraction(100))),
        "gap": "" if apart is None else sentences.difference(here, metric, apart),
        "before": "" if before is None else here("此前同样天数 {value}", value=shown(before)),
        "when": when,
        "proposed": here("本人提出") if plan.is_own_proposal else here("负责人提出"),
        "steps": plan.steps,
        "check_due": here("超过 {days} 天未检查", days=success.CHECK_DAYS) if plan.is_check_due else "",
        "checks": [
            {
                "day": f"{one.day:%m-%d}",
                "who": says(one),
                "words": one.words,
                "carried": here("已落实") if one.is_carried_out else here("未落实"),
                "is_carried_out": one.is_carried_out,
                "value": "" if one.value is None else here("当时 {value}", value=shown(one.value)),
            }
            for one in reversed(plan.checks)
        ],
        "ended": here("{day} 结束：{words}", day=plan.ended_on.isoformat(), words=plan.ended_words)
        if plan.ended_on
        else "",
    }


def answer(here: Visit, plan: Plan) -> None:
    """The steps that who looks may take on a plan now."""
    if not plan.may:
        return
    with st.container(horizontal=True):
        if "agree" in plan.may and st.button(here("同意"), type="primary", key=f"success_agree_{plan.plan_id}"):
            deeds.do(here, partial(success.agree, here.db, here.who, plan.plan_id), here("已同意，计划开始执行。"))
        if "check" in plan.may:
            with deeds.form(here("检查"), f"success_check_{plan.plan_id}"):
                carried = {True: here("已落实"), False: here("未落实")}
                done = st.radio(here("落实情况"), [True, False], format_func=lambda it: carried[it], horizontal=True)
                words = st.text_area(here("看到了什么"), height=80, help=here("本人会看到这段话"))
                if st.form_submit_button(here("记下检查"), type="primary"):
                    deed = partial(success.check, here.db, here.who, plan.plan_id, words=words, is_carried_out=done)
                    deeds.do(here, deed, here("已记下检查。"))
        if "end" in plan.may:
            title = here("不同意或撤回") if plan.state == "proposed" else here("结束计划")
            with deeds.form(title, f"success_end_{plan.plan_id}"):
                words = st.text_area(here("结果或原因"), height=80)
                if st.form_submit_button(here("结束")):
                    deed = partial(success.end, here.db, here.who, plan.plan_id, words=words)
                    deeds.do(here, deed, here("计划已结束。"))


def propose(here: Visit, person_id: str, role: str) -> None:
    """The form of a new plan for a person in that post."""
    metrics = {metric.key: metric for metric in success.metrics_for({role})}
    if not metrics:
        st.html(looks.fragment("note.html", text=here("这个岗位还没有可以衡量计划的指标。")))
        return
    with st.form(f"success_add_{person_id}", border=False):
        key = st.selectbox(here("指标"), list(metrics), format_func=lambda it: here.text(metrics[it].label))
        goal = st.text_input(here("目标值"), placeholder=here("例如 24% 或 48"))
        due = st.date_input(
            here("达到日期"), value=here.as_of + timedelta(days=USUAL_DAYS), min_value=here.as_of, format="YYYY-MM-DD"
        )
        steps = st.text_area(here("怎么做到"), height=100, placeholder=here("一行一步"))
        if st.form_submit_button(here("提出计划"), type="primary"):
            deed = partial(
                success.add, here.db, here.who, person_id=person_id, metric=key, goal=goal, due_on=due, steps=steps
            )
            deeds.do(here, deed, here("计划已提出，等对方同意。"))

"""What one says of one's own statement: agreed, a remark, an objection to a line, what is missing, a rule read."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from kpi_app.pages import deeds
from kpi_app.pages.objections import values
from kpi_app.store.disputes import acknowledgements, objections
from kpi_app.store.rulebook import readings
from kpi_app.store.rulebook.readings import Reading
from kpi_app.web import looks
from kpi_app.web.visit import Visit
from metrics.period import Period


def lines(here: Visit, period: Period, shown: Mapping[str, Any]) -> None:
    """The lines of a statement, each with its objection, then what may be missing, what was objected, why not."""
    st.html(looks.fragment("title.html", title=here("本月增减"), note=""))
    if not shown["lines"]:
        st.html(looks.fragment("note.html", text=here("没有增减。")))
    mine = [one for one in objections.listing(here.db, here.who, period=period) if one.is_mine]
    waiting = {one.line_id for one in mine if one.answered_at is None}
    is_open = {unit: objections.is_open(here.db, period, unit) for unit in {row["unit"] for row in shown["lines"]}}
    for row in shown["lines"]:
        with st.container(gap=None):
            st.html(looks.fragment("my_line.html", _=here, it=row))
            if not shown["is_running"] and is_open[row["unit"]] and row["line_id"] not in waiting:
                dispute(here, row)
    if not shown["is_running"] and (not is_open or any(is_open.values())):
        claim(here, period)
    if mine:
        st.html(looks.fragment("title.html", title=here("我的异议"), note=""))
        for one in mine:
            with st.container(gap=None):
                st.html(looks.fragment("objection.html", _=here, **values(here, one) | {"answered_by": here("答复")}))
                key = f"withdraw_{one.objection_id}"
                if one.answered_at is None and st.button(here("撤回"), key=key, type="tertiary"):
                    deed = partial(objections.withdraw, here.db, here.who, one.objection_id)
                    deeds.do(here, deed, here("异议已撤回。"))
    if shown["others"]:
        st.html(looks.fragment("my_lines.html", _=here, others=shown["others"]))


def dispute(here: Visit, row: Mapping[str, Any]) -> None:
    """The form of an objection to one line."""
    choices = [it for it in objections.ABOUT if it != "ruling" or row["is_ruled"]]
    with deeds.form(here("我有异议"), f"dispute_{row['line_id']}", type="tertiary"):
        about = st.radio(here("哪里不对"), choices, format_func=partial(about_name, here))
        reason = st.text_area(here("理由"), height=80)
        if st.form_submit_button(here("提交异议"), type="primary"):
            deed = partial(objections.dispute, here.db, here.who, row["line_id"], reason=reason, about=about)
            deeds.do(here, deed, here("异议已提交，会在规定的工作日内答复。"))


def claim(here: Visit, period: Period) -> None:
    """The form that says what is missing."""
    with deeds.form(here("漏算了"), "claim"):
        about = st.radio(here("哪里不对"), ["credit", "rule"], format_func=partial(about_name, here))
        reason = st.text_area(here("漏算了什么"), height=80)
        if st.form_submit_button(here("提交异议"), type="primary"):
            deed = partial(objections.claim, here.db, here.who, period, reason=reason, about=about)
            deeds.do(here, deed, here("异议已提交，会在规定的工作日内答复。"))


def about_name(here: Visit, about: str) -> str:
    """What an objection is about, on screen."""
    return here.text(objections.ABOUT[about])


def agree(here: Visit, period: Period) -> None:
    """What was said of the statement, and the buttons to say it."""
    found = acknowledgements.own(here.db, here.who, period)
    if not found:
        return
    worst = next((one for one in found if one.state in ("none", "changed")), found[0])
    text = {
        "none": here("请核对后确认；不确认不等于同意。"),
        "changed": here("您确认之后金额有变，请再次核对。"),
        "agreed": here("您已确认。"),
        "remark": here("您已确认，备注：{words}", words=worst.words),
    }[worst.state]
    st.html(looks.fragment("note.html", text=text))
    if worst.state in ("agreed", "remark"):
        return
    with st.container(horizontal=True):
        if st.button(here("核对无误，确认"), type="primary", key=f"agree_{period.label}"):
            deed = partial(acknowledgements.acknowledge, here.db, here.who, period)
            deeds.do(here, deed, here("已确认 {month}。", month=period.label))
        with deeds.form(here("确认并备注"), "remark"):
            words = st.text_area(here("备注"), height=80)
            if st.form_submit_button(here("确认")):
                deed = partial(acknowledgements.acknowledge, here.db, here.who, period, answer="remark", words=words)
                deeds.do(here, deed, here("已确认 {month}。", month=period.label))


def rules(here: Visit, mine: Sequence[Reading]) -> None:
    """The plan versions that apply, with their notices; the unread ones with a button."""
    if not mine:
        return
    with st.container(key="card_rules"):
        st.html(looks.fragment("title.html", title=here("适用的规则"), note=""))
        for one in mine:
            read = here("{day} 已阅读", day=f"{one.read_at:%m-%d}") if one.read_at else here("未确认阅读")
            st.html(
                looks.fragment(
                    "my_rule.html",
                    name=here.text(one.name),
                    notice=here("{notice} · {day} 公布 · {since} 起适用", notice=one.notice,
                                day=one.published_on.isoformat(), since=one.since).split(" · "),
                    read=read,
                    is_read=one.read_at is not None,
                )
            )  # fmt: skip
            if one.read_at is None and st.button(here("我已阅读"), key=f"read_{one.version}"):
                deeds.do(here, partial(readings.confirm, here.db, here.who, one.plan), here("已确认阅读。"))

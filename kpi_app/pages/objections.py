"""Objections to answer, those answered before, whose an arrival is, and what people said of their statement."""

from collections import Counter
from decimal import Decimal
from functools import partial
from typing import Any

import streamlit as st

from kpi_app.access import Right
from kpi_app.pages import address, deeds
from kpi_app.store.disputes import acknowledgements, credit, objections
from kpi_app.store.disputes.credit import Arrival
from kpi_app.store.disputes.objections import Objection
from kpi_app.web import looks
from kpi_app.web.visit import Visit
from metrics.period import Period

WORDS_MAX = 500
MONTHS_TO_CHOOSE = 6
MOST = 60


def draw(here: Visit) -> None:
    """Draw the page."""
    head, controls = st.columns([4, 1], vertical_alignment="bottom")
    with controls:
        starts_on = here.db.settings.month_starts_on
        labels = [it.label for it in Period.containing(here.as_of, "month", starts_on).trailing(MONTHS_TO_CHOOSE)]
        months = {it: it for it in reversed(labels)}
        label = address.select("month", here("月份"), months, at=labels[-2], key="objections_month")
        period = Period.parse(label, month_starts_on=starts_on)
    everything = objections.listing(here.db, here.who)
    waiting = [one for one in everything if one.state in ("open", "overdue") and not one.is_mine]
    with head:
        text = here(
            "待答复 {n} 件，其中逾期 {late} 件，待我答复 {mine} 件",
            n=len(waiting),
            late=sum(one.state == "overdue" for one in waiting),
            mine=sum(one.may_answer for one in waiting),
        )
        st.html(looks.fragment("page_head.html", title=here("异议处理"), text=text))
    deeds.say()
    left, right = st.columns([3, 2])
    with left:
        with st.container(key="card_waiting"):
            st.html(looks.fragment("title.html", title=here("待答复"), note=here("逾期的在前；不能答复自己的异议")))
            if not waiting:
                st.html(looks.fragment("note.html", text=here("没有待答复的异议。")))
            for one in sorted(waiting, key=lambda it: (not it.may_answer, it.answer_due, it.objection_id)):
                with st.container(gap=None):
                    st.html(looks.fragment("objection.html", _=here, **values(here, one)))
                    if one.may_answer:
                        answer(here, one)
        done = [one for one in everything if one.answered_at and one.period == period.label and not one.is_mine]
        with st.container(key="card_answered"):
            st.html(looks.fragment("title.html", title=here("{month} 已答复", month=period.label), note=""))
            if not done:
                st.html(looks.fragment("note.html", text=here("没有已答复的异议。")))
            for one in done[:MOST]:
                st.html(looks.fragment("objection.html", _=here, **values(here, one)))
    with right:
        if Right.LEAD in here.who.rights:
            with st.container(key="card_credit"):
                credits(here)
        if Right.PAY in here.who.rights:
            with st.container(key="card_statements"):
                statements(here, period)


def values(here: Visit, one: Objection) -> dict[str, Any]:
    """An objection as a card shows it; amounts only where the verb gave them."""
    name = here("漏算了") if one.line_name is None else here.text(one.line_name)
    return {
        "title": name,
        "who": "" if one.is_mine else f"{one.person_name} · {one.store_name}",
        "period": one.period,
        "amount": "" if one.line_fen is None else looks.yuan(one.line_fen, sign=True),
        "arithmetic": "" if one.arithmetic is None else here.text(one.arithmetic),
        "about": here.text(objections.ABOUT[one.about]),
        "reason": one.reason,
        "goes_to": here.text(objections.ROUTES[one.route][1]),
        "due": here("{day} 前答复", day=f"{one.answer_due:%m-%d}") if one.answered_at is None else "",
        "state": here.text(objections.OUTCOMES[one.state]),
        "is_waiting": one.answered_at is None,
        "is_overdue": one.state == "overdue",
        "is_late": one.is_late,
        "answer": one.words,
        "answered_by": one.answered_by or "",
        "made": here("调整 {yuan}，计入 {month}，经另一人审批后生效", yuan=looks.yuan(one.amount_fen, sign=True),
                     month=one.counts_in) if one.amount_fen else "",
    }  # fmt: skip


def answer(here: Visit, one: Objection) -> None:
    """The form of an answer; a person who may not see the amounts upholds or rejects."""
    outcomes = {"upheld": here("成立"), "rejected": here("不成立")}
    if one.line_fen is not None or Right.PAY in here.who.rights:
        outcomes["amended"] = here("部分调整")
    with deeds.form(here("答复"), f"answer_{one.objection_id}"):
        outcome = st.radio(here("结论"), list(outcomes), format_func=lambda it: outcomes[it], horizontal=True)
        amount = 0.0
        if "amended" in outcomes:
            amount = st.number_input(here("调整金额（元），仅部分调整时填写"), step=10.0, value=0.0)
        words = st.text_area(here("答复理由"), height=80, help=here("本人会看到这段话"))
        st.html(looks.fragment("note.html", text=here("成立或部分调整会退回已提交的绩效月，重新计算后再提交。")))
        if st.form_submit_button(here("提交答复"), type="primary"):
            fen = int(Decimal(str(amount)) * 100) if outcome == "amended" and amount else None
            deed = partial(objections.answer, here.db, here.who, one.objection_id, outcome=outcome, words=words,
                           amount_fen=fen)  # fmt: skip
            deeds.do(here, deed, here("已答复异议 {n}。", n=one.objection_id))


def credits(here: Visit) -> None:
    """Whose an arrival is: looked up, given to somebody else, and what was decided before."""
    st.html(looks.fragment("title.html", title=here("到店归属"), note=here("须写理由；不能改定与自己有关的归属")))
    asked = st.text_input(
        here("到店编号或客户编号"), placeholder=here("编号见来店记录，回车查找"), key=f"credit_asked_{deeds.done()}",
        max_chars=60,
    )  # fmt: skip
    arrivals = credit.find(here.db, here.who, asked) if asked.strip() else []
    if asked.strip() and not arrivals:
        st.html(looks.fragment("note.html", text=here("没有这个编号的到店，或不在您负责的门店。")))
    for one in arrivals:
        with st.container(gap=None):
            st.html(looks.fragment("arrival.html", _=here, **arrival_values(here, one)))
            give(here, one)
    decisions = credit.listing(here.db, here.who)
    if decisions:
        st.html(looks.fragment("title.html", title=here("已改定"), note=here("最近的在前")))
    for row in decisions[:MOST]:
        st.html(looks.fragment("decision.html", _=here, **row))


def arrival_values(here: Visit, one: Arrival) -> dict[str, Any]:
    """An arrival with who could have its credit, as a card shows it."""
    return {
        "visit_id": one.visit_id,
        "customer_id": one.customer_id,
        "store": one.store_name,
        "at": f"{one.arrived_at:%Y-%m-%d %H:%M}",
        "candidates": [
            {
                "who": f"{it.person_name}（{it.person_id}）"
                if it.person_name
                else it.person_id or here("其他部门的人"),
                "what": f"{here.text(it.what)} {it.key} · {it.at:%m-%d %H:%M}",
                "why": here.text(it.reason),
                "is_credited": it.is_credited,
            }
            for it in one.candidates
        ],
    }


def give(here: Visit, one: Arrival) -> None:
    """The form by which an arrival is given to somebody else."""
    holders = {it.person_id for it in one.candidates if it.is_credited}
    named = {person_id: name for person_id, name in one.led.items() if person_id not in holders}
    with deeds.form(here("改定归属"), f"credit_{one.visit_id}"):
        person_id = st.selectbox(
            here("归属人"), list(named), index=None, accept_new_options=True, placeholder=here("姓名或工号"),
            format_func=lambda it: f"{named[it]}（{it}）" if it in named else it,
        )  # fmt: skip
        reason = st.text_area(here("改定理由"), height=80, max_chars=WORDS_MAX, help=here("双方都会看到这段话"))
        st.html(looks.fragment("note.html", text=here("已封账的月份不变，差额在下一个未封账的月份补差。")))
        if st.form_submit_button(here("改定"), type="primary"):
            deed = partial(credit.give, here.db, here.who, visit_id=one.visit_id,
                           person_id=(person_id or "").strip(), reason=reason)  # fmt: skip
            deeds.do(here, deed, here("归属已改定，重新计算后计入。"))


def statements(here: Visit, period: Period) -> None:
    """Who agreed to their statement, with what remark, and who said nothing."""
    found = acknowledgements.listing(here.db, here.who, period)
    counts = Counter(one.state for one in found)
    st.html(
        looks.fragment(
            "statements.html",
            _=here,
            title=here("{month} 本人确认", month=period.label),
            counts=[
                {"name": here.text(name), "count": counts[state], "is_open": state in ("none", "changed")}
                for state, name in acknowledgements.STATES.items()
            ],
            remarks=[
                {"who": f"{one.person_name} · {one.store_name}", "words": one.words}
                for one in found
                if one.state == "remark"
            ],
            silent=[
                {
                    "who": one.person_name,
                    "store": one.store_name,
                    "state": here.text(acknowledgements.STATES[one.state]),
                }
                for one in found
                if one.state in ("none", "changed")
            ],
        )
    )

"""The weekly complaint meeting: causes, what comes back, what waits for a ruling, what is open, what was agreed."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import streamlit as st

from kpi_app import access
from kpi_app.access import Post, Right
from kpi_app.pages import address, deeds
from kpi_app.pages.week.head import week_name
from kpi_app.store.complaints import actions, meeting, questions, rulings
from kpi_app.store.complaints.actions import Action
from kpi_app.store.complaints.meeting import Meeting
from kpi_app.store.views import overview
from kpi_app.store.views.overview import Subject
from kpi_app.web import looks
from kpi_app.web.visit import Visit
from metrics.period import Period

WEEKS_TO_CHOOSE = 13
DAYS_TO_DO = 7
MOST_OPEN = 30


def draw(here: Visit) -> None:
    """Draw the page."""
    departments = [one for one in overview.subjects(here.db, here.who, here.as_of) if one.level == "department"]
    head, controls = st.columns([3, 2], vertical_alignment="bottom")
    with controls:
        left, right = st.columns(2)
        with left:
            week = choose_week(here)
        with right:
            place = choose_department(here, departments)
    store_id, department = (None, None) if place is None else (place.store_id, place.subject_id.partition("/")[2])
    held = meeting.weekly(here.db, here.who, week, as_of=here.as_of, store_id=store_id, department=department)
    with head:
        st.html(looks.fragment("page_head.html", title=here("抱怨会议"), text=summary(here, held)))
    deeds.say()
    left, right = st.columns([1, 1])
    with left:
        with st.container(key="card_causes"):
            st.html(looks.fragment("meeting_causes.html", _=here, **cause_values(here, held)))
            ask(here, held)
        with st.container(key="card_open"):
            st.html(looks.fragment("meeting_open.html", _=here, **open_values(here, held)))
    with right:
        with st.container(key="card_waiting"):
            waiting(here, held)
        with st.container(key="card_actions"):
            agreed(here, held, departments)


def choose_week(here: Visit) -> Period:
    """The meeting's week; last week, which is over, at first."""
    weeks = [it.label for it in Period.containing(here.as_of, "week").trailing(WEEKS_TO_CHOOSE)][::-1]
    named = {it: week_name(here, Period.parse(it)) for it in weeks}
    return Period.parse(address.select("week", here("周"), named, at=weeks[1], key="meeting_week"))


def choose_department(here: Visit, departments: Sequence[Subject]) -> Subject | None:
    """One department or all in reach. One of the address that is out of reach is refused."""
    by_id = {it.subject_id: it for it in departments}
    asked = st.query_params.get("department")
    if asked is not None and asked not in by_id:
        overview.subject_of(here.db, here.who, f"department:{asked}", here.as_of)
    names = {"": here("全部部门")} | {key: here.text(it.name) for key, it in by_id.items()}
    return by_id.get(address.select("department", here("部门"), names, at="", key="meeting_department"))


def summary(here: Visit, held: Meeting) -> str:
    """The week in one line."""
    first, last = f"{held.week.first:%m-%d}", f"{held.week.last:%m-%d}"
    over = sum(one.is_over_limit for one in held.open)
    late = sum(one.is_overdue for one in held.actions)
    return here(
        "{first} 至 {last}：受理 {received} 件（上周 {before} 件），复访仍不满 {again} 件；"
        "未满意 {open} 件，其中超 72 小时 {over} 件；整改逾期 {late} 项。",
        first=first, last=last, received=held.received, before=held.received_before, again=held.again_unhappy,
        open=len(held.open), over=over, late=late,
    )  # fmt: skip


# --- causes, repeats, questions ---


def cause_values(here: Visit, held: Meeting) -> dict[str, Any]:
    """The Pareto, the repeats, the questions asked."""
    most = max((one.complaints for one in held.causes), default=1)
    return {
        "causes": [
            {
                "name": here.text(one.cause),
                "complaints": one.complaints,
                "width": 100 * one.complaints // most,
                "cumulative": f"{100 * one.cumulative // held.received}%",
                "before": one.before,
            }
            for one in held.causes
        ],
        "topics": [
            {
                "what": topic_name(here, one),
                "where": place_name(held, one.store_id, one.department),
                "times": here("{n} 件，{weeks} 周", n=one.complaints, weeks=one.weeks),
                "is_asked": one.is_asked,
            }
            for one in held.topics
        ],
        "questions": [
            {
                "words": one.words,
                "where": place_name(held, one.store_id, one.department),
                "since": f"{one.since:%m-%d}",
            }
            for one in held.questions
        ],
    }


def place_name(held: Meeting, store_id: str, department: str) -> str:
    """A department of a store, as the list of departments names it."""
    return f"{held.stores.get(store_id, store_id)} · {department}"


def topic_name(here: Visit, topic: meeting.Topic) -> str:
    """A repeat in words: a customer, or a cause."""
    if topic.customer_id is not None:
        return here("客户 {customer} 再次抱怨", customer=f"…{topic.customer_id[-4:]}")
    return here("原因：{cause}", cause=here.text(meeting.CAUSES.get(topic.cause or "", meeting.NO_CAUSE)))


def ask(here: Visit, held: Meeting) -> None:
    """Make a question of a topic that keeps coming back; end one."""
    topics = [one for one in held.topics if one.customer_id is None and not one.is_asked]
    with st.container(horizontal=True):
        if topics:
            with deeds.form(here("列为必问题"), "meeting_ask"):
                topic = st.selectbox(
                    here("反复出现的问题"),
                    topics,
                    format_func=lambda it: f"{place_name(held, it.store_id, it.department)} · {topic_name(here, it)}",
                )
                words = st.text_input(here("回访时必问"))
                if st.form_submit_button(here("确定"), type="primary"):
                    deed = partial(questions.ask, here.db, here.who, store_id=topic.store_id,
                                   department=topic.department, words=words, cause=topic.cause)  # fmt: skip
                    deeds.do(here, deed, here("已列为必问题。"))
        if held.questions:
            with deeds.form(here("停问"), "meeting_end"):
                question = st.selectbox(here("必问题"), held.questions, format_func=lambda it: str(it.words))
                if st.form_submit_button(here("确定")):
                    deeds.do(here, partial(questions.end, here.db, here.who, question.question_id), here("已停问。"))


# --- what is open ---


def open_values(here: Visit, held: Meeting) -> dict[str, Any]:
    """Open complaints, the oldest first, with how many there are of each age."""
    return {
        "ages": [
            {"name": here.text(name), "count": sum(one.age == name for one in held.open), "is_over": limit is None
             or limit > meeting.LIMIT_HOURS}
            for limit, name in meeting.AGES
        ],
        "open": [
            {
                "complaint_id": one.complaint_id,
                "where": place_name(held, one.store_id, one.department),
                "person": one.person_name or looks.NOTHING,
                "handler": one.handler_name or looks.NOTHING,
                "received": short(here, f"{one.received_at:%Y-%m-%d %H:%M}"),
                "age": here.text(one.age),
                "is_over": one.is_over_limit,
                "cause": here.text(meeting.CAUSES[one.cause]) if one.cause in meeting.CAUSES else looks.NOTHING,
                "is_grave": one.severity == "重大",
                "loops": here("第 {n} 轮", n=one.loops) if one.loops > 1 else "",
            }
            for one in held.open[:MOST_OPEN]
        ],
        "more": max(0, len(held.open) - MOST_OPEN),
    }  # fmt: skip


def short(here: Visit, moment: str) -> str:
    """A moment without its year where that is this one."""
    return moment.removeprefix(f"{here.as_of.year}-")


# --- rulings ---


def waiting(here: Visit, held: Meeting) -> None:
    """What nobody has ruled on, for the director to rule; what was ruled this week."""
    rows = [
        {
            "complaint_id": one["complaint_id"],
            "person": one["person_name"] or one["person_id"],
            "where": place_name(held, one["unit"], one["department"]),
            "received": short(here, one["received_at"]),
            "due": short(here, one["due"]),
            "is_overdue": one["is_overdue"],
            "days": one["working_days"],
        }
        for one in held.waiting[:MOST_OPEN]
    ]
    ruled = [
        {
            "complaint_id": one["complaint_id"],
            "person": one["person_name"] or one["person_id"],
            "fault": fault_name(here, one["fault"]),
            "penalty": looks.yuan(one["penalty_fen"]) if one["penalty_fen"] else "",
            "note": one["note"] or "",
        }
        for one in held.ruled
    ]
    st.html(looks.fragment("meeting_waiting.html", _=here, waiting=rows, count=len(held.waiting), ruled=ruled))
    mine = [one for one in held.waiting if may_rule(here.who, one)]
    if not mine:
        return
    with deeds.form(here("判定"), "meeting_rule"):
        case = st.selectbox(
            here("投诉"),
            mine,
            format_func=lambda it: f"{it['complaint_id']} · {it['person_name']} · {it['received_at'][:10]}",
        )
        fault = st.radio(here("判定结果"), ["有责", "无责"], horizontal=True, format_func=partial(fault_name, here))
        penalty = st.number_input(here("有责时的金额（元）"), min_value=0.0, step=10.0, value=0.0)
        note = st.text_area(here("判定理由"), height=80)
        evidence = st.text_input(here("证据"))
        if st.form_submit_button(here("确定"), type="primary"):
            fen = int(Decimal(str(penalty)) * 100) if fault == "有责" and penalty else None
            deed = partial(
                rulings.set_, here.db, here.who, complaint_id=case["complaint_id"], person_id=case["person_id"],
                fault=fault, penalty_fen=fen, note=note, evidence=evidence,
            )  # fmt: skip
            deeds.do(here, deed, here("{case} 已判定。", case=case["complaint_id"]))


def may_rule(who: access.Identity, case: Mapping[str, Any]) -> bool:
    """Is this case ``who``'s to rule on?"""
    place = Post(store_id=case["unit"], department=f"{case['unit']}/{case['department']}")
    return case["person_id"] != who.person_id and access.may(who, Right.RULE, posts=[place])


def fault_name(here: Visit, fault: str) -> str:
    """A finding on screen."""
    return {"有责": here("有责"), "无责": here("无责")}.get(fault, fault)


# --- corrective actions ---


def agreed(here: Visit, held: Meeting, departments: Sequence[Subject]) -> None:
    """What was agreed on and where it stands, each with the next step for who may take it."""
    note = here("责任人完成，负责人检查，总监复查")
    st.html(looks.fragment("title.html", title=here("整改事项"), note=note))
    if not held.actions:
        st.html(looks.fragment("note.html", text=here("还没有整改事项。")))
    for one in held.actions:
        with st.container(horizontal=True, horizontal_alignment="distribute", key=f"action_{one.action_id}"):
            st.html(looks.fragment("meeting_action.html", _=here, **action_values(here, held, one)), width="stretch")
            for step in one.next_steps:
                take(here, one, step)
    with deeds.popover(here("新增整改事项"), "meeting_add"):
        place = st.selectbox(
            here("部门"), departments, format_func=lambda it: here.text(it.name),
            key=f"meeting_action_department_{deeds.done()}",
        )  # fmt: skip
        if place is not None:
            add(here, held, place)


def action_values(here: Visit, held: Meeting, one: Action) -> dict[str, Any]:
    """An action's line."""
    return {
        "what": one.what,
        "who": f"{place_name(held, one.store_id, one.department)} · {one.owner_name}",
        "due": here("期限 {day}", day=f"{one.due_on:%m-%d}"),
        "state": here.text(actions.STATES[one.state]),
        "is_closed": one.state == "closed",
        "is_overdue": one.is_overdue,
        "said": f"{one.steps[-1].user_name}：{one.steps[-1].words}" if one.steps and one.steps[-1].words else "",
    }


def take(here: Visit, one: Action, step: str) -> None:
    """The next step of an action: done by a button's form, a check with its outcome."""
    names = {"done": here("完成"), "check": here("检查"), "recheck": here("复查")}
    with deeds.form(names[step], f"meeting_{step}_{one.action_id}"):
        words = st.text_input(here("说明"))
        passed = st.form_submit_button(here("完成") if step == "done" else here("通过"), type="primary")
        failed = step != "done" and st.form_submit_button(here("不通过"))
        if passed or failed:
            deed = partial(actions.take, here.db, here.who, one.action_id, step, words=words, is_passed=passed)
            deeds.do(here, deed, here("整改事项已更新。"))


def add(here: Visit, held: Meeting, place: Subject) -> None:
    """Agree on an action of a department."""
    week = Period.containing(here.as_of, "week")
    staff = overview.staff(here.db, here.who, place, week)
    names = {person.person_id: person.name for person in staff}
    with st.form("meeting_add", border=False):
        what = st.text_area(here("措施"), height=80)
        owner = st.selectbox(here("责任人"), list(names), format_func=lambda it: f"{names[it]}（{it}）")
        due = st.date_input(here("期限"), here.as_of + timedelta(days=DAYS_TO_DO))
        if st.form_submit_button(here("确定"), type="primary"):
            store_id, _, department = place.subject_id.partition("/")
            deed = partial(actions.add, here.db, here.who, store_id=store_id, department=department, what=what,
                           owner_id=owner, due_on=due, week=held.week.label)  # fmt: skip
            deeds.do(here, deed, here("整改事项已记录。"))

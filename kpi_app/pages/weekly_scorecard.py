"""The head's Monday: the week against its goals, what waits today, who needs help, and the rows behind every figure."""

from collections.abc import Sequence

import streamlit as st

from kpi_app.pages import address, deeds
from kpi_app.pages.week.agreed import agreed
from kpi_app.pages.week.gathering import gathered, quietly
from kpi_app.pages.week.head import conclusion_values, head_values, week_name
from kpi_app.pages.week.people import people_card
from kpi_app.pages.week.rows import rows_card
from kpi_app.pages.week.stores import funnel_card, stores_card
from kpi_app.pages.week.tiles import tiles
from kpi_app.pages.week.today import notices_of, today_card
from kpi_app.store.views import overview
from kpi_app.store.views.overview import Subject
from kpi_app.web import looks
from kpi_app.web.visit import Visit
from metrics.period import Period

WEEKS_TO_CHOOSE = 26


def draw(here: Visit) -> None:
    """Draw the page: what six things need on Monday at half past eight stands first, close together."""
    offered = quietly(here, "subjects", lambda: overview.subjects(here.db, here.who, here.as_of))
    if not offered:
        st.title(here("本周记分卡"))
        st.info(here("您的范围内没有可查看的小组、部门或门店；请管理员核对范围。"))
        return
    with st.container(key="week_page", gap="xsmall"):
        head, controls = st.columns([9, 7], vertical_alignment="center")
        with controls, st.container(key="week_controls"):
            subject, period = choose(here, offered)
        week = gathered(here, subject, period)
        with head:
            st.html(looks.fragment("week_head.html", _=here, **head_values(here, week)))
        deeds.say()
        st.html(looks.fragment("week_conclusion.html", _=here, **conclusion_values(here, week)))
        tiles(here, week)
        left, right = st.columns([3, 7], gap="small")
        with left:
            with st.container(key="card_today"):
                today_card(here, week)
            with st.container(key="card_agreed"):
                agreed(here, week)
            with st.container(key="card_notices"):
                st.html(looks.fragment("notices.html", _=here, title=here("需要关注"), notices=notices_of(here, week)))
        with right:
            with st.container(key="card_people"):
                if week.stores:
                    stores_card(here, week)
                else:
                    people_card(here, week)
            if week.stores:
                with st.container(key="card_funnel"):
                    funnel_card(here, week)
        with st.container(key="card_rows"):
            rows_card(here, week)


def choose(here: Visit, offered: Sequence[Subject]) -> tuple[Subject, Period]:
    """Subject and week, from the address where it names them, else the widest and the last whole week."""
    keys = [f"{it.level}:{it.subject_id}" for it in offered]
    asked = st.query_params.get("subject")
    if asked is not None and asked not in keys:
        overview.subject_of(here.db, here.who, asked, here.as_of)
    names = {key: here.text(it.name) for key, it in zip(keys, offered, strict=True)}
    weeks = Period.containing(here.as_of, "week").trailing(WEEKS_TO_CHOOSE)[::-1]
    named = {week.label: week_name(here, week) for week in weeks}
    left, right = st.columns(2)
    with left:
        key = address.select(
            "subject", here("范围"), names, at=keys[0], key="week_subject", label_visibility="collapsed"
        )
    with right:
        label = address.select(
            "week", here("周"), named, at=weeks[1].label, key="week_period", label_visibility="collapsed"
        )
    return offered[keys.index(key)], Period.parse(label)

"""The roster with pay profiles: who holds which post, what pay and minimum wage are known, and how it is changed."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

import streamlit as st

from kpi_app.pages import address, links
from kpi_app.pages.sentences import role_name
from kpi_app.store.accounts import roster
from kpi_app.store.accounts.roster import STATES, Entry
from kpi_app.web import files, looks
from kpi_app.web.visit import Visit

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = 500


def draw(here: Visit) -> None:
    """Draw the page."""
    with st.container(key="month_head"):
        head, controls = st.columns([3, 2], vertical_alignment="bottom")
        with controls:
            on = address.choice(
                "on",
                "roster_on",
                asked_day(here),
                lambda day: st.date_input(here("按哪一天"), day, format="YYYY-MM-DD", key="roster_on"),
                lambda day: None if day == here.as_of else day.isoformat(),
            )
        everybody = roster.listing(here.db, here.who, on)
        with head:
            text = here("按 {day} 有效的岗位、绩效基数、其他应发与最低工资；查看会记入操作记录", day=on.isoformat())
            st.html(looks.fragment("page_head.html", title=here("人员与薪资"), text=text))
    with st.container(key="card_roster"):
        table(here, everybody)
    with st.container(key="card_roster_change"):
        how_to_change(here, everybody)


def asked_day(here: Visit) -> date:
    """The day that the address names, else today."""
    try:
        return date.fromisoformat(st.query_params.get("on", ""))
    except ValueError:
        return here.as_of


def table(here: Visit, everybody: Sequence[Entry]) -> None:
    """The posts that the filters let through; what is missing first."""
    stores = {it.store_id: it.store_name for it in everybody}
    departments, roles = sorted({it.department for it in everybody}), sorted({it.role for it in everybody})
    findings = {text.zh: here.text(text) for it in everybody for text in it.findings}

    def several(name: str, label: str, options: Mapping[str, str], width: int, at: Sequence[str] = ()) -> list[str]:
        return address.select_several(
            name, label, options, at=at, key=f"roster_{name}", placeholder=here("全部"), width=width
        )

    with st.container(horizontal=True, key="roster_filters"):
        by_state = several("state", here("在岗情况"), {it: here.text(text) for it, text in STATES.items()},
                           at=["active", "coming"], width=240)  # fmt: skip
        by_store = several("store", here("门店"), stores, width=220)
        by_department = several("department", here("部门"), {it: it for it in departments}, width=190)
        by_role = several("role", here("岗位"), {it: role_name(it, here.language) for it in roles}, width=200)
        by_finding = several("finding", here("须处理"), findings, width=220)
    shown = [
        it
        for it in everybody
        if (not by_state or it.state in by_state)
        and (not by_store or it.store_id in by_store)
        and (not by_department or it.department in by_department)
        and (not by_role or it.role in by_role)
        and (not by_finding or {text.zh for text in it.findings} & set(by_finding))
    ]
    shown.sort(key=lambda it: not it.findings)
    people, missing = {it.person_id for it in shown}, {it.person_id for it in shown if it.findings}
    note = here("{n} 人 {posts} 个岗位，须处理 {missing} 人", n=len(people), posts=len(shown), missing=len(missing))
    st.html(looks.fragment("title.html", title=here("花名册"), note=note))
    columns = [
        {"title": here("姓名")}, {"title": here("工号")}, {"title": here("门店")}, {"title": here("部门")},
        {"title": here("岗位")}, {"title": here("班组")}, {"title": here("任职")},
        {"title": here("须处理"), "is_tag": True},
        {"title": here("绩效基数"), "is_number": True}, {"title": here("其他应发"), "is_number": True},
        {"title": here("合同工资"), "is_number": True}, {"title": here("薪资生效")},
        {"title": here("最低工资"), "is_number": True},
    ]  # fmt: skip
    rows = [row(here, it) for it in shown[:MOST_ROWS]]
    nothing = here("没有符合筛选的人员。")
    st.html(looks.fragment("listing.html", columns=columns, rows=rows, is_tall=True, nothing=nothing))
    if len(shown) > MOST_ROWS:
        st.html(looks.fragment("note.html", text=here("只显示前 {n} 行，请缩小筛选。", n=MOST_ROWS)))


def row(here: Visit, it: Entry) -> dict[str, Any]:
    """A post as a row of the table."""
    held = here("{since} 起", since=it.since.isoformat())
    if it.until is not None:
        held = here("{since} 至 {until} 前", since=it.since.isoformat(), until=it.until.isoformat())
    if it.left_on is not None:
        held += here("，{day} 离职", day=it.left_on.isoformat())
    pay = it.profile_since.isoformat() if it.profile_since else looks.NOTHING
    if it.changes_on is not None:
        pay += here("，{day} 起有新值", day=it.changes_on.isoformat())
    separator = ", " if here.language == "en" else "、"
    return {
        "cells": [
            it.person_name, it.person_id, it.store_name, it.department, role_name(it.role, here.language),
            it.team_name or it.team_id, held, separator.join(here.text(text) for text in it.findings),
            looks.yuan(it.performance_base_fen), looks.yuan(it.other_pay_fen), looks.yuan(it.contract_wage_fen),
            pay, looks.yuan(it.minimum_wage_fen),
        ],
        "is_grey": it.state == "left",
        "tag": "kpi-open",
    }  # fmt: skip


def how_to_change(here: Visit, everybody: Sequence[Entry]) -> None:
    """The files to change and import again, and what to mind with effective dates."""
    st.html(looks.fragment("title.html", title=here("怎样修改"), note=here("改动都带生效日期，旧的一行留着")))
    steps = (
        here("1. 下载要改的表，表头就是导入时认得的表头。"),
        here("2. 调薪或调岗：另加一行，写新的生效日期，不要改旧行；调岗时在旧行填失效日期（新岗位生效的那天）。"),
        here("3. 离职：在最后一个岗位填离职日期。录错才改旧行；已封账的月份不变，差额在下一个未封账的月份补差。"),
        here("4. 存盘后到“数据导入”拖入，先预检再导入；录错可在导入记录里撤销。最低工资用“最低工资”模板导入。"),
    )
    for text in steps:
        st.html(looks.fragment("note.html", text=text))
    if not everybody:
        return
    made = [
        {
            "title": title,
            "address": files.offer(here.who, f"{title}.xlsx", XLSX, partial(roster.to_edit, here.db, here.who, name)),
        }
        for name, title in (("people", here("人员任职")), ("pay_profiles", here("薪资基数")))
    ]
    st.html(looks.fragment("downloads.html", _=here, links=made))
    links.to("import", here("去数据导入"))

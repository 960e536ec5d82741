"""Users: who may sign in, with which roles and scopes; first passwords, resets, bindings."""

import secrets
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from kpi_app import access
from kpi_app.pages import deeds
from kpi_app.store.accounts import users
from kpi_app.web import looks
from kpi_app.web.visit import Visit

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Of first passwords: none that is taken for another when it is read out."""


def draw(here: Visit) -> None:
    """Draw the page."""
    everybody, places = users.listing(here.db, here.who), users.places(here.db, here.who)
    active = [it for it in everybody if not it["is_disabled"]]
    text = here("{n} 个账号可以登录，停用 {off} 个。角色决定能做什么，范围决定管到哪里；一改动，本人的登录立即结束。",
                n=len(active), off=len(everybody) - len(active))  # fmt: skip
    st.html(looks.fragment("page_head.html", title=here("用户"), text=text))
    deeds.say()
    if told := st.session_state.pop("users_password", None):
        with st.container(key="card_password"):
            st.html(looks.fragment("first_password.html", _=here, name=told[0], password=told[1]))
    with st.container(key="card_users"):
        listing(here, places, everybody)
    left, right = st.columns([1, 1])
    with left, st.container(key="card_user_add"):
        add(here, places)
    with right, st.container(key="card_user_change"):
        change(here, places, everybody)


def listing(here: Visit, places: Mapping[str, tuple[str, str]], everybody: Sequence[Mapping[str, Any]]) -> None:
    """Every user, the disabled ones last and grey."""
    st.html(looks.fragment("title.html", title=here("账号"), note=here("看得到金额的只有人事和总监；管理员看不到金额")))
    rows = [
        {
            "cells": [
                it["name"],
                "、".join(role_name(here, role) for role in it["roles"].split(",") if role),
                "、".join(scope_name(here, places, scope) for scope in it["scopes"].split(",") if scope)
                or looks.NOTHING,
                it["person_id"] or looks.NOTHING,
                state(here, it),
            ],
            "is_grey": it["is_disabled"],
            "tag": "kpi-open" if it["is_disabled"] or it["has_first_password"] else "kpi-settled",
        }
        for it in sorted(everybody, key=lambda it: (it["is_disabled"], it["name"]))
    ]
    columns = [
        {"title": here("用户名")},
        {"title": here("角色")},
        {"title": here("管理范围"), "is_words": True},
        {"title": here("工号")},
        {"title": here("账号状态"), "is_tag": True},
    ]
    st.html(looks.fragment("listing.html", columns=columns, rows=rows, is_tall=True, nothing=here("还没有用户。")))


def state(here: Visit, user: Mapping[str, Any]) -> str:
    """How a user comes in, if at all."""
    if user["is_disabled"]:
        return here("已停用")
    if user["has_first_password"]:
        return here("初始密码未改")
    return here("已绑定单点登录") if user["is_bound"] else here("正常")


def role_name(here: Visit, role: str) -> str:
    """A role as people call it."""
    return here.text(access.ROLE_NAMES[role]) if role in access.ROLE_NAMES else role


def scope_name(here: Visit, places: Mapping[str, tuple[str, str]], scope: str) -> str:
    """A scope as people call it."""
    if scope == access.GROUP:
        return here("全集团")
    store, part = places.get(scope, ("", ""))
    kind = scope.partition(":")[0]
    if kind == "team":
        return here("{store} 小组 {team}", store=store, team=part)
    return f"{store} {part}".strip() or scope


def grant(
    here: Visit, places: Mapping[str, tuple[str, str]], now: Mapping[str, Any] | None = None
) -> tuple[list[str], list[str], str | None]:
    """The widgets of roles, scopes and 工号, with what a user has now."""
    roles = st.multiselect(
        here("角色"),
        list(access.ROLES),
        default=[it for it in now["roles"].split(",") if it in access.ROLES] if now else [],
        format_func=partial(role_name, here),
    )
    held = [it for it in now["scopes"].split(",") if it] if now else []
    scopes = st.multiselect(
        here("管理范围"),
        [*places, *(it for it in held if it not in places)],
        default=held,
        format_func=partial(scope_name, here, places),
        help=here("部门负责人、人事、总监需要范围；员工只看自己，不需要。"),
    )
    person_id = st.text_input(
        here("工号"), value=(now["person_id"] or "") if now else "",
        help=here("看自己的绩效需要工号；一个工号只能有一个账号。"),
    )  # fmt: skip
    return list(roles), list(scopes), person_id.strip() or None


def add(here: Visit, places: Mapping[str, tuple[str, str]]) -> None:
    """The form of a new user; the first password is made here and shown once."""
    st.html(
        looks.fragment("title.html", title=here("新增用户"), note=here("初始密码由系统生成，只显示一次，首次登录须改"))
    )
    with st.form(f"user_add_{deeds.done()}", border=False):
        name = st.text_input(here("用户名"))
        roles, scopes, person_id = grant(here, places)
        if st.form_submit_button(here("新增"), type="primary"):
            with_password(
                here, name,
                lambda password: users.add(
                    here.db, here.who, name, password, roles=roles, person_id=person_id, scopes=scopes,
                    is_first_password=True,
                ),
            )  # fmt: skip


def change(here: Visit, places: Mapping[str, tuple[str, str]], everybody: Sequence[Mapping[str, Any]]) -> None:
    """What may be done to one user."""
    st.html(looks.fragment("title.html", title=here("修改用户"), note=here("改动后本人须重新登录")))
    names = [it["name"] for it in everybody]
    chosen = st.selectbox(here("选择用户"), names, index=None, placeholder=here("选择用户"), key="user_chosen")
    now = next((it for it in everybody if it["name"] == chosen), None)
    if now is None:
        st.html(looks.fragment("note.html", text=here("选择一个用户后，可以改角色和范围、重设密码、绑定或停用。")))
        return
    name = str(now["name"])
    with st.form(f"user_change_{name}_{deeds.done()}", border=False):
        roles, scopes, person_id = grant(here, places, now)
        if st.form_submit_button(here("保存角色与范围"), type="primary"):
            deeds.do(
                here,
                partial(users.change, here.db, here.who, name, roles=roles, person_id=person_id, scopes=scopes),
                here("已保存，本人须重新登录。"),
            )
    with st.container(horizontal=True):
        with deeds.popover(here("重设密码"), f"reset_{name}"):
            st.html(looks.fragment("note.html", text=here("原密码立即失效，新的初始密码只显示一次。")))
            if st.button(here("确认重设"), key=f"user_reset_{name}"):
                with_password(here, name, partial(users.set_password, here.db, here.who, name))
        binding(here, name)
        if now["is_disabled"]:
            with deeds.popover(here("启用"), f"enable_{name}"):
                st.html(looks.fragment("note.html", text=here("启用后用原来的密码登录，角色和范围不变。")))
                if st.button(here("确认启用"), key=f"user_enable_{name}"):
                    deeds.do(here, partial(users.enable, here.db, here.who, name), here("已启用。"))
        elif name == here.who.name:
            st.html(looks.fragment("note.html", text=here("自己的账号不能由自己停用。")))
        else:
            with deeds.popover(here("停用"), f"disable_{name}"):
                st.html(looks.fragment("note.html", text=here("停用后不能登录，已打开的页面立即结束；记录保留。")))
                if st.button(here("确认停用"), key=f"user_disable_{name}"):
                    deeds.do(here, partial(users.disable, here.db, here.who, name), here("已停用。"))


def binding(here: Visit, name: str) -> None:
    """Let an identity provider's person sign in as this user, or none any more."""
    issuer = here.db.settings.oidc_issuer
    if issuer is None:
        with deeds.popover(here("单点登录"), f"subject_{name}"):
            st.html(looks.fragment("note.html", text=here("还没有设置单点登录（KPI_OIDC_ISSUER）。")))
        return
    with deeds.form(here("单点登录"), f"subject_{name}"):
        subject = st.text_input(here("外部账号编号"), help=here("未绑定的人单点登录时，页面会显示这个编号。"))
        if st.form_submit_button(here("绑定")):
            deed = partial(users.bind, here.db, here.who, name, issuer=issuer, subject=subject.strip())
            deeds.do(here, deed, here("已绑定。"))
        if st.form_submit_button(here("解除全部绑定")):
            deeds.do(here, partial(users.unbind, here.db, here.who, name), here("已解除绑定。"))


def with_password(here: Visit, name: str, deed: Any) -> None:
    """Do something with a new first password, and show it on the next run only."""
    password = "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(3))

    def do() -> None:
        deed(password)
        st.session_state["users_password"] = users.login_name(name), password

    deeds.do(here, do, "")

"""The next verbs of a unit's month: compute, publish, submit, approve or record a scan, return, lock."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from kpi_app import access
from kpi_app.access import Post, Right
from kpi_app.pages import deeds
from kpi_app.pages.month.chosen import Chosen
from kpi_app.store.months import approvals
from kpi_app.store.months import month as months
from kpi_app.store.months.month import UnitState
from kpi_app.store.months.standing import Standing
from kpi_app.web import looks
from kpi_app.web.visit import Visit
from scorecards.sheet import STATUS_NAMES

VERBS: Mapping[str, tuple[tuple[str, Right], ...]] = {
    "open": (("compute", Right.PREPARE),),
    "computed": (("submit", Right.PREPARE), ("compute", Right.PREPARE)),
    "published": (("submit", Right.PREPARE), ("return", Right.PREPARE), ("return", Right.APPROVE)),
    "submitted": (("approve", Right.APPROVE), ("return", Right.APPROVE), ("return", Right.PREPARE)),
    "approved": (("lock", Right.PREPARE), ("return", Right.APPROVE), ("return", Right.PREPARE)),
    "locked": (),
}
"""Status → what may be done next, each by whoever has the right over the store."""

WORDS_MAX = 500
SCAN_TYPES = ["pdf", "png", "jpg", "jpeg"]


def verbs_for(who: access.Identity, state: UnitState, *, publishes: bool = False) -> list[str]:
    """What ``who`` may do next with a unit, each once; one that ``publishes`` does so before it submits.

    The verbs check again.
    """
    found = [verb for verb, right in VERBS[state.status] if _may(who, right, state)]
    if publishes and state.status == "computed":
        found = ["publish" if verb == "submit" else verb for verb in found]
    return list(dict.fromkeys(found))


def _may(who: access.Identity, right: Right, state: UnitState) -> bool:
    return access.may(who, right, posts=[Post(store_id=state.store_id)])


def names(here: Visit, status: str) -> dict[str, str]:
    """Verb → what its button says."""
    return {
        "compute": here("计算") if status == "open" else here("重新计算"),
        "publish": here("公示"),
        "submit": here("提交审核"),
        "approve": here("审批通过"),
        "return": here("退回"),
        "lock": here("封账"),
    }


def buttons(chosen: Chosen, standing: Standing) -> None:
    """The verbs of one unit, the likeliest first."""
    here, state = chosen.here, standing.state
    for number, verb in enumerate(verbs_for(here.who, state, publishes=standing.publication)):
        _button(chosen, standing, verb, is_first=number == 0)
    if state.status == "submitted" and _may(here.who, Right.PREPARE, state):
        scan(chosen, state)


def all_at_once(chosen: Chosen, standings: Sequence[Standing]) -> None:
    """One button for a verb that several units wait for."""
    here = chosen.here
    offered: dict[str, list[str]] = {}
    for it in standings:
        for verb in verbs_for(here.who, it.state, publishes=it.publication):
            if verb in ("compute", "publish", "submit") and (verb != "compute" or it.state.status == "open"):
                offered.setdefault(verb, []).append(it.state.store_name)
    for verb, stores in offered.items():
        if len(stores) > 1:
            label = here("{n} 店一起：{verb}", n=len(stores), verb=names(here, "open")[verb])
            if st.button(label, key=f"month_all_{verb}", help=looks.plain("、".join(stores))):
                _act(chosen, verb, None)


def _button(chosen: Chosen, standing: Standing, verb: str, *, is_first: bool) -> None:
    here, state = chosen.here, standing.state
    name, key = names(here, state.status)[verb], f"month_{verb}_{state.store_id}"
    match verb:
        case "return":
            with deeds.form(name, key):
                reason = st.text_input(here("退回原因"), max_chars=WORDS_MAX)
                st.html(looks.fragment("note.html", text=here("退回后签认与审批作废，原因所有人可见。")))
                if st.form_submit_button(here("确认退回")):
                    _act(chosen, verb, state, reason=reason)
        case "approve":
            with deeds.form(name, key, type="primary"):
                if said := _level(here, standing):
                    st.html(looks.fragment("note.html", text=said))
                words = st.text_input(here("审批意见（可不填）"), max_chars=WORDS_MAX)
                if st.form_submit_button(here("确认审批"), type="primary"):
                    _act(chosen, verb, state, words=words)
        case "lock":
            with deeds.popover(name, key, type="primary"):
                st.html(looks.fragment("note.html", text=here("封账后金额不再改动，更正只能在以后的月份补差。")))
                if st.button(here("确认封账"), key=key, type="primary"):
                    _act(chosen, verb, state)
        case _:
            if st.button(name, key=key, type="primary" if is_first else "secondary"):
                _act(chosen, verb, state)


def _level(here: Visit, standing: Standing) -> str:
    """Which level is next, of how many, and who fills it."""
    following = next((it for it in standing.levels if it.name is None), None)
    if following is None:
        return ""
    values = {"n": following.level, "of": len(standing.levels), "who": here.text(following.needs)}
    return here("第 {n} 级，共 {of} 级：{who}", **values)


def scan(chosen: Chosen, state: UnitState) -> None:
    """Let a scan of a signed print stand for the next level."""
    here = chosen.here
    with deeds.form(here("登记签字扫描件"), f"month_scan_{state.store_id}"):
        file = st.file_uploader(here("扫描件"), type=SCAN_TYPES)
        signer = st.text_input(here("签字人工号"), max_chars=40)
        words = st.text_input(here("说明"), max_chars=WORDS_MAX)
        st.html(
            looks.fragment("note.html", text=here("只保存文件名与 SHA-256，原件请另行存档；签字人须符合该级要求。"))
        )
        if st.form_submit_button(here("登记"), type="primary"):
            data = b"" if file is None else file.getvalue()
            deed = partial(
                approvals.record_scan,
                here.db,
                here.who,
                chosen.period,
                unit=state.store_id,
                signer=signer.strip(),
                file="" if file is None else file.name,
                data=data,
                words=words,
            )
            deeds.do(here, deed, here("{store} 的签字扫描件已登记。", store=state.store_name))


def _act(chosen: Chosen, verb: str, state: UnitState | None, **words: Any) -> None:
    """Do a verb for one unit, or for all that wait for it, and say what came of it on the next run."""
    here, unit = chosen.here, None if state is None else state.store_id
    verbs: Mapping[str, Callable[..., object]] = {
        "compute": partial(months.compute, as_of=here.as_of),
        "publish": months.publish,
        "submit": months.submit,
        "approve": months.approve,
        "return": months.return_,
        "lock": months.lock,
    }
    store = here("全部门店") if state is None else state.store_name
    done = {
        "compute": "computed", "publish": "published", "submit": "submitted", "approve": "approved", "return": "open",
        "lock": "locked",
    }  # fmt: skip
    said = here("{store} {month}：{status}", store=store, month=chosen.period.label,
                status=here.text(STATUS_NAMES[done[verb]]))  # fmt: skip
    if verb == "approve":
        said = here("{store} {month} 已记录审批。", store=store, month=chosen.period.label)
    with st.spinner(here("处理中…")):
        deeds.do(here, partial(verbs[verb], here.db, here.who, chosen.period, unit=unit, **words), said)

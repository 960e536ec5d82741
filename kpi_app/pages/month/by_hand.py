"""What is entered by hand: manual lines, losses to be made good, and what a clause leaves out of a leaver's pay, each
with a reason and another's approval."""

from collections.abc import Callable, Mapping, Sequence, Set
from decimal import Decimal
from functools import partial
from typing import Any

import streamlit as st

from kpi_app import access
from kpi_app.access import Post, Right
from kpi_app.pages import deeds
from kpi_app.pages.month.chosen import Chosen, choose
from kpi_app.store.months import leavers, lines, losses
from kpi_app.web import looks
from kpi_app.web.visit import Visit

WORDS_MAX = 500
MOST_YUAN = 1_000_000.0
EVIDENCE_TYPES = ["pdf", "png", "jpg", "jpeg", "xlsx", "docx", "zip"]


def draw(here: Visit) -> None:
    """Draw the page."""
    chosen = choose(here, here("手工与赔偿 {month}"), here("每一笔都要有理由和凭据，由另一人审批后才计入"))
    deeds.say()
    names = people(chosen)
    manual = chosen.look("manual", partial(lines.listing, here.db, here.who, chosen.period))
    cases = chosen.look("losses", partial(losses.listing, here.db, here.who))
    with st.container(key="card_manual"):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            title = here("手工行")
            st.html(looks.fragment("title.html", title=title, note=here("审批后重新计算才进入绩效表；否决的留在这里")))
            if may_enter(here):
                enter_line(chosen, names)
        listed(chosen, in_unit(chosen, manual), line_values, answer_line, here("本月没有手工行。"))
    with st.container(key="card_losses"):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            title = here("损失赔偿")
            st.html(looks.fragment("title.html", title=title, note=here("按月在法定限额内扣，扣不完的顺延")))
            if may_enter(here):
                enter_loss(chosen, names)
        listed(chosen, in_unit(chosen, cases), loss_values, answer_loss, here("没有赔偿。"))
    if Right.PAY in here.who.rights:
        draw_leavers(chosen, manual)


def in_unit(chosen: Chosen, rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Those of the chosen store."""
    return [row for row in rows if chosen.unit in (None, row["unit"])]


def may_enter(here: Visit) -> bool:
    """Does this person prepare months?"""
    return Right.PREPARE in here.who.rights


def people(chosen: Chosen) -> Mapping[str, str]:
    """工号 → name, of everybody on the month's sheets."""
    ledger = chosen.ledger()
    return {} if ledger is None else {person.person_id: person.person_name for person in ledger.sheet.people}


# --- entering ---


def who_and_why(here: Visit, names: Mapping[str, str], *, is_loss: bool) -> dict[str, Any]:
    """The fields that lines and losses share; without keys, so that they are empty again in the next form."""
    person_id = st.selectbox(
        here("人员"), list(names), index=None, accept_new_options=True,
        format_func=lambda it: f"{names[it]}（{it}）" if it in names else it, placeholder=here("姓名或工号"),
    )  # fmt: skip
    amount = st.number_input(
        here("金额（元）"), value=None, step=10.0, min_value=0.0 if is_loss else -MOST_YUAN,
        max_value=MOST_YUAN, format="%.2f",
        help=here("损失总额，按月扣") if is_loss else here("扣减填负数"),
    )  # fmt: skip
    reason = st.text_area(here("理由"), height=70, max_chars=WORDS_MAX,
                          help=here("会印在绩效表上"))  # fmt: skip
    note = st.text_input(here("凭据说明"), max_chars=WORDS_MAX)
    file = st.file_uploader(here("凭据文件"), type=EVIDENCE_TYPES,
                            help=here("只保存文件名与 SHA-256，原件请另行存档"))  # fmt: skip
    evidence = lines.Evidence.of(note, None if file is None else file.name, None if file is None else file.getvalue())
    fen = 0 if amount is None else int((Decimal(str(amount)) * 100).to_integral_value())
    return {"person_id": (person_id or "").strip(), "amount_fen": fen, "reason": reason, "evidence": evidence}


def enter_line(chosen: Chosen, names: Mapping[str, str]) -> None:
    """The form of a manual line."""
    here = chosen.here
    with deeds.form(here("新增手工行"), "enter_line", type="primary"):
        values = who_and_why(here, names, is_loss=False)
        if st.form_submit_button(here("提交审批"), type="primary"):
            deeds.do(
                here,
                partial(lines.add, here.db, here.who, chosen.period, **values),
                here("手工行已录入，待另一人审批。"),
            )


def enter_loss(chosen: Chosen, names: Mapping[str, str]) -> None:
    """The form of a loss."""
    here = chosen.here
    with deeds.form(here("登记赔偿"), "enter_loss"):
        values = who_and_why(here, names, is_loss=True)
        event = st.text_input(here("投诉编号（如由抱怨引起）"), max_chars=60)
        if st.form_submit_button(here("提交审批"), type="primary"):
            deed = partial(losses.add, here.db, here.who, chosen.period, event=event.strip() or None, **values)
            deeds.do(here, deed, here("赔偿已登记，待另一人审批。"))


# --- who has left ---


def draw_leavers(chosen: Chosen, manual: Sequence[Mapping[str, Any]]) -> None:
    """What those who have left still get, each line with what may be proposed for it."""
    here = chosen.here
    rows = chosen.look("leavers", partial(leavers.listing, here.db, here.who, chosen.period, unit=chosen.unit))
    proposed = {row["leaves_out"] for row in manual if row.get("leaves_out") and not row.get("refused_by")}
    with st.container(key="card_leavers"):
        note = here("离职人员应得的照发；不发须有条款、两人审批，在绩效表上单列一行")
        st.html(looks.fragment("title.html", title=here("离职待结"), note=note))
        if not rows:
            st.html(looks.fragment("note.html", text=here("本月没有离职待结的金额。")))
        for row in rows:
            with st.container(gap=None):
                st.html(looks.fragment("month_entry.html", _=here, **leaver_values(here, row, proposed)))
                is_to_be_paid = row["state"] == "paid" and row["amount_fen"] > 0 and row["is_earned"]
                if may_enter(here) and is_to_be_paid and row["line_id"] not in proposed:
                    propose(here, row["line_id"])


def propose(here: Visit, line_id: str) -> None:
    """The form by which a line is left out."""
    with deeds.form(here("按约定不发"), f"leave_out_{line_id}"):
        clause = st.text_area(here("条款原文"), height=90, max_chars=WORDS_MAX, help=here("会印在绩效表上"))
        note = st.text_input(here("凭据说明"), max_chars=WORDS_MAX)
        file = st.file_uploader(here("凭据文件"), type=EVIDENCE_TYPES,
                                help=here("只保存文件名与 SHA-256，原件请另行存档"))  # fmt: skip
        if st.form_submit_button(here("提交两人审批"), type="primary"):
            shown = (None, None) if file is None else (file.name, file.getvalue())
            deed = partial(leavers.leave_out, here.db, here.who, line_id, clause=clause,
                           evidence=lines.Evidence.of(note, *shown))  # fmt: skip
            deeds.do(here, deed, here("已提出，待两位审批人审批。"))


def leaver_values(here: Visit, row: Mapping[str, Any], proposed: Set[str]) -> dict[str, Any]:
    """An amount of somebody who has left, as it is listed; ``proposed`` are the lines proposed to be left out."""
    more = [row["period"], *([here("已提出按约定不发")] if row["line_id"] in proposed else [])]
    return {
        "name": row["person_name"], "person_id": row["person_id"], "store": row["store_name"],
        "reason": row["arithmetic_en"] if here.language == "en" else row["arithmetic_zh"],
        "evidence": "", "hash": "", "entered_by": "", "approved_by": "", "is_waiting": False,
        "amount": looks.yuan(row["amount_fen"], sign=True), "is_less": row["amount_fen"] < 0,
        "state": row["state_en"] if here.language == "en" else row["state_zh"], "more": more,
    }  # fmt: skip


# --- what there is ---


def listed(
    chosen: Chosen,
    rows: Sequence[Mapping[str, Any]],
    values: Callable[[Visit, Mapping[str, Any]], dict[str, Any]],
    answer: Callable[[Chosen, Mapping[str, Any]], None],
    nothing: str,
) -> None:
    """Each entry with where it stands, and what may be answered; those that wait first."""
    if not rows:
        st.html(looks.fragment("note.html", text=nothing))
    for row in sorted(rows, key=lambda it: not is_waiting(it)):
        with st.container(gap=None):
            st.html(looks.fragment("month_entry.html", _=chosen.here, **values(chosen.here, row)))
            if may_answer(chosen.here, row):
                with st.container(horizontal=True):
                    answer(chosen, row)


def is_waiting(row: Mapping[str, Any]) -> bool:
    """Has nobody answered yet?"""
    return row["approved_by"] is None and row.get("refused_by") is None and row.get("ended_by") is None


def may_answer(here: Visit, row: Mapping[str, Any]) -> bool:
    """May this person answer it, as somebody whom it does not pay? The verbs check again, who entered it too."""
    is_open = is_waiting(row) or (row.get("case_id") is not None and row.get("ended_by") is None)
    may = access.may(here.who, Right.APPROVE, posts=[Post(store_id=row["unit"])])
    return is_open and may and row["person_id"] != here.who.person_id


def entry(row: Mapping[str, Any]) -> dict[str, Any]:
    """What lines and losses show alike."""
    shown = (row.get("evidence"), row.get("evidence_file"))
    return {
        "name": row["person_name"],
        "person_id": row["person_id"],
        "store": row["store_name"],
        "reason": row["reason"],
        "evidence": "，".join(part for part in shown if part),
        "hash": (row.get("evidence_sha256") or "")[:12],
        "entered_by": row["entered_by"],
        "approved_by": row["approved_by"] or "",
        "is_waiting": is_waiting(row),
    }


def line_values(here: Visit, row: Mapping[str, Any]) -> dict[str, Any]:
    """A manual line as it is listed."""
    refused = row.get("refused_by")
    first = row.get("first_approved_by")
    waiting = here("待第二人审批") if first else here("待审批")
    more = [here("离职按约定不发，须两人审批")] if row.get("leaves_out") else []
    if first:
        more.append(here("第一位审批：{who}", who=first))
    if refused:
        more.append(here("否决：{who}，{words}", who=refused, words=row["refused_words"]))
    return entry(row) | {
        "amount": looks.yuan(row["amount_fen"], sign=True),
        "is_less": row["amount_fen"] < 0,
        "state": here("已否决") if refused else here("已审批") if row["approved_by"] else waiting,
        "more": more,
    }


def loss_values(here: Visit, row: Mapping[str, Any]) -> dict[str, Any]:
    """A loss as it is listed."""
    ended = row["ended_by"]
    state = here("已结束") if ended else here("已审批") if row["approved_by"] else here("待审批")
    more = [here("自 {month} 起", month=row["period"])]
    if row["event"]:
        more.append(here("抱怨 {event}", event=row["event"]))
    if row["open_fen"] is not None:
        more.append(here("尚未扣 {yuan}", yuan=looks.yuan(row["open_fen"])))
    if ended:
        more.append(here("结束：{who}，{words}", who=ended, words=row["ended_words"]))
    return entry(row) | {
        "amount": looks.yuan(-row["amount_fen"]), "is_less": True, "state": state, "more": more
    }  # fmt: skip


def answer_line(chosen: Chosen, row: Mapping[str, Any]) -> None:
    """Approve or refuse a manual line."""
    here, line_id = chosen.here, row["line_id"]
    if st.button(here("审批通过"), key=f"line_yes_{line_id}", type="primary"):
        deeds.do(
            here,
            partial(lines.approve, here.db, here.who, line_id),
            here("手工行已审批；所需审批齐全后，重新计算即计入。"),
        )
    with deeds.form(here("否决"), f"line_no_{line_id}"):
        reason = st.text_input(here("否决理由"), max_chars=WORDS_MAX)
        if st.form_submit_button(here("确认否决")):
            deeds.do(here, partial(lines.refuse, here.db, here.who, line_id, reason=reason), here("手工行已否决。"))


def answer_loss(chosen: Chosen, row: Mapping[str, Any]) -> None:
    """Approve, refuse or withdraw a loss."""
    here, case_id = chosen.here, row["case_id"]
    if is_waiting(row) and st.button(here("审批通过"), key=f"loss_yes_{case_id}", type="primary"):
        deeds.do(here, partial(losses.approve, here.db, here.who, case_id), here("赔偿已审批，重新计算后开始扣。"))
    name = here("否决") if is_waiting(row) else here("撤回")
    with deeds.form(name, f"loss_no_{case_id}"):
        reason = st.text_input(here("理由"), max_chars=WORDS_MAX)
        st.html(looks.fragment("note.html", text=here("撤回后尚未扣的部分免除，在绩效表上看得见。")))
        if st.form_submit_button(here("确定")):
            deeds.do(here, partial(losses.end, here.db, here.who, case_id, reason=reason), here("赔偿已结束。"))

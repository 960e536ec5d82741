"""Backups, and what was done and seen by whom, with the proof that nobody rewrote it."""

import json
import tempfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import streamlit as st

from data_contracts.contract import Text
from kpi_app.pages import address
from kpi_app.store import backup
from kpi_app.store.proving import audit, proof
from kpi_app.store.proving.proof import Proof
from kpi_app.web import files, looks
from kpi_app.web.visit import Visit

MOST_ENTRIES = 200
LAST_BACKUPS = 5
DIGITS = 12


def draw(here: Visit) -> None:
    """Draw the page."""
    text = here("备份是全部数据的一份拷贝；操作记录只增不改，每一条都由下一条锁住。")
    st.html(looks.fragment("page_head.html", title=here("备份与操作记录"), text=text))
    left, right = st.columns([1, 1])
    with left, st.container(key="card_backup", height="stretch"):
        backups(here)
    with right, st.container(key="card_proof", height="stretch"):
        verification(here)
    with st.container(key="card_audit"):
        entries(here)


def backups(here: Visit) -> None:
    """One file with everything, made when it is fetched; who fetched the last ones."""
    st.html(looks.fragment("title.html", title=here("备份"), note=here("含绩效金额与密钥，请与数据库一样妥善保管")))
    name = f"kpi-{here.db.settings.now_local():%Y%m%d-%H%M}.zip"

    def make() -> BinaryIO:
        # Once open, the file needs no name: whatever becomes of the download, nothing stays behind.
        with tempfile.TemporaryDirectory(dir=here.db.home) as folder:
            made = Path(folder) / name
            backup.backup(here.db, here.who, made)
            return made.open("rb")

    link = {"title": here("下载一份备份"), "address": files.offer(here.who, name, "application/zip", make)}
    st.html(looks.fragment("downloads.html", _=here, links=[link]))
    text = here("恢复在服务器上进行：停下服务，把 KPI_HOME 指向一个空文件夹，运行 kpi restore {file}，核对后再启动。"
                "每天定时备份请用 kpi backup。", file=name)  # fmt: skip
    st.html(looks.fragment("note.html", text=text))
    made = audit.listing(here.db, here.who, limit=LAST_BACKUPS, verb="backup")
    rows = [{"cells": [moment(here, it["at"]), it["user"], it["about"].get("file", "")]} for it in made]
    columns = [{"title": here("时间")}, {"title": here("操作人")}, {"title": here("文件"), "is_words": True}]
    st.html(looks.fragment("listing.html", columns=columns, rows=rows, nothing=here("还没有备份过，请先备份一份。")))


def verification(here: Visit) -> None:
    """The chain and what it seals worked out anew, against a head that left the store."""
    note = here("重算整条记录，以及它锁住的数据、方案、计算结果和封账")
    st.html(looks.fragment("title.html", title=here("核对操作记录"), note=note))
    head = st.text_input(
        here("上次导出的表上的校验码（可不填）"), key="audit_head", placeholder="5f1c…",
        help=here("印在每份导出的表上，64 位；填了才能发现末尾被删掉的记录。"),
    )  # fmt: skip
    if st.button(here("开始核对"), type="primary", key="audit_verify"):
        with st.spinner(here("核对中…")):
            st.session_state["audit_proof"] = proof.verify(here.db, here.who, head=head.strip().lower() or None)
    found: Proof | None = st.session_state.get("audit_proof")
    if found is not None:
        st.html(looks.fragment("proof.html", _=here, **proof_values(here, found)))


def proof_values(here: Visit, found: Proof) -> dict[str, Any]:
    """What a verification saw, in words."""
    after = "" if found.since_head is None else here("，其中 {n} 条在所填校验码之后", n=found.since_head)
    return {
        "is_whole": not found.faults,
        "text": here("{n} 条记录完整，没有被改动{after}。", n=found.entries, after=after)
        if not found.faults
        else here("发现 {n} 处与当初不一致，请停止付款并联系负责人。", n=len(found.faults)),
        "head": found.head,
        "faults": [{"where": it.where, "text": here.text(it.message)} for it in found.faults[:MOST_ENTRIES]],
    }


def entries(here: Visit) -> None:
    """The newest entries, of a kind or a user."""
    verbs, names = audit.choices(here.db, here.who)
    st.html(looks.fragment("title.html", title=here("操作记录"), note=here("最近 {n} 条", n=MOST_ENTRIES)))
    left, right, _ = st.columns([1, 1, 2])
    with left:
        kinds = {"": here("全部")} | {it: verb_name(here, it) for it in verbs}
        verb = address.select("verb", here("操作"), kinds, at="", key="audit_verb") or None
    with right:
        users = {"": here("全部")} | {it: it for it in names}
        user = address.select("user", here("操作人"), users, at="", key="audit_user") or None
    found = audit.listing(here.db, here.who, limit=MOST_ENTRIES, verb=verb, user=user)
    columns = [
        {"title": here("编号"), "is_number": True},
        {"title": here("时间")},
        {"title": here("操作人")},
        {"title": here("操作")},
        {"title": here("内容"), "is_words": True},
    ]
    rows = [
        {
            "cells": [
                it["entry"], moment(here, it["at"]), it["user"], verb_name(here, it["verb"]), about(here, it["about"])
            ]
        }
        for it in found
    ]  # fmt: skip
    nothing = here("没有这样的记录。")
    st.html(looks.fragment("listing.html", columns=columns, rows=rows, is_tall=True, nothing=nothing))


def moment(here: Visit, at: str) -> str:
    """A stamp as the office's clock shows it."""
    return f"{datetime.fromisoformat(at).astimezone(here.db.settings.zone_info):%Y-%m-%d %H:%M:%S}"


def about(here: Visit, values: Mapping[str, Any]) -> str:
    """What an entry says, on one line; hashes by their first digits."""
    return " · ".join(
        f"{here.text(ABOUT[name]) if name in ABOUT else name} {said(value)}"
        for name, value in values.items()
        if value not in (None, "", [], {})
    )


def said(value: Any) -> str:
    """A value of an entry, short."""
    if isinstance(value, str):
        is_hash = len(value) == 64 and not set(value) - set("0123456789abcdef")
        return f"{value[:DIGITS]}…" if is_hash else value
    if isinstance(value, list):
        shown = [said(it.get("file", it)) if isinstance(it, dict) else said(it) for it in value[:6]]
        return "、".join(shown) + ("…" if len(value) > len(shown) else "")
    return json.dumps(value, ensure_ascii=False)


def verb_name(here: Visit, verb: str) -> str:
    """A deed as people call it."""
    return here.text(VERBS[verb]) if verb in VERBS else verb


VERBS: Mapping[str, Text] = {
    "sign_in": Text("登录", "signed in"),
    "sign_in.refused": Text("登录失败", "sign-in refused"),
    "sign_out": Text("退出", "signed out"),
    "user.add": Text("新增用户", "added a user"),
    "user.change": Text("修改用户", "changed a user"),
    "user.disable": Text("停用用户", "disabled a user"),
    "user.enable": Text("启用用户", "enabled a user"),
    "user.password": Text("设置密码", "set a password"),
    "user.bind": Text("绑定单点登录", "bound a sign-in"),
    "user.unbind": Text("解除单点登录", "unbound sign-ins"),
    "import.file": Text("导入文件", "imported files"),
    "import.entered": Text("系统内录入", "entered rows"),
    "import.undo": Text("撤销导入", "undid an import"),
    "import.annotated": Text("下载批注副本", "took an annotated copy"),
    "plan.load": Text("载入方案", "loaded a plan"),
    "plan.read": Text("确认已读方案", "confirmed reading a plan"),
    "plan.simulate": Text("试算方案", "simulated a plan"),
    "law.load": Text("载入法规参数", "loaded a law profile"),
    "calendar.set": Text("录入工作日安排", "entered working days"),
    "month.settings": Text("修改绩效月设置", "changed the month's settings"),
    "month.compute": Text("计算绩效月", "computed a month"),
    "month.sign_off": Text("部门签认", "signed off"),
    "month.publish": Text("公示", "published"),
    "month.submit": Text("提交审核", "submitted"),
    "month.approve": Text("审批", "approved"),
    "month.return": Text("退回", "returned"),
    "month.lock": Text("封账", "locked"),
    "month.answer": Text("处理检查项", "answered a check"),
    "month.diff": Text("查看差异", "looked at differences"),
    "roster.read": Text("查看人员与薪资", "looked at the roster"),
    "roster.export": Text("导出人员与薪资", "exported the roster"),
    "sheet.read": Text("查看绩效表", "looked at a sheet"),
    "figures.export": Text("导出指标", "exported figures"),
    "sheet.export": Text("导出绩效表", "exported a sheet"),
    "statement.export": Text("导出对账单", "exported statements"),
    "statement.acknowledge": Text("确认对账单", "acknowledged a statement"),
    "evidence.export": Text("导出备查资料", "exported evidence"),
    "pay.read": Text("查看他人绩效", "looked at another's pay"),
    "part.read": Text("查看部门绩效", "looked at a department's pay"),
    "moves.read": Text("查看他人的提升建议", "looked at another's next steps"),
    "leavers.read": Text("查看离职待结", "looked at leavers"),
    "line.add": Text("录入手工行", "entered a manual line"),
    "credit.give": Text("改定到店归属", "gave an arrival's credit to another"),
    "line.leave_out": Text("提出离职按约定不发", "proposed to leave a line out of a leaver's pay"),
    "line.approve": Text("审批手工行", "approved a manual line"),
    "line.refuse": Text("否决手工行", "refused a manual line"),
    "line.read": Text("查看手工行", "looked at manual lines"),
    "line.explain": Text("查看金额来由", "looked at a line's reasons"),
    "loss.add": Text("录入赔偿", "entered a loss case"),
    "loss.approve": Text("审批赔偿", "approved a loss case"),
    "loss.refuse": Text("否决赔偿", "refused a loss case"),
    "loss.withdraw": Text("撤回赔偿", "withdrew a loss case"),
    "ruling.set": Text("判定抱怨", "ruled on a complaint"),
    "ruling.read": Text("查看判定", "looked at rulings"),
    "objection.raise": Text("提出异议", "objected"),
    "objection.answer": Text("答复异议", "answered an objection"),
    "objection.withdraw": Text("撤回异议", "withdrew an objection"),
    "objection.read": Text("查看他人异议", "looked at others' objections"),
    "action.add": Text("新增整改", "agreed an action"),
    "action.step": Text("整改进展", "moved an action on"),
    "question.ask": Text("新增必问题", "set a question"),
    "question.end": Text("停用必问题", "ended a question"),
    "success.add": Text("提出成功计划", "proposed a plan of success"),
    "success.agree": Text("同意成功计划", "agreed to a plan of success"),
    "success.check": Text("检查成功计划", "checked a plan of success"),
    "success.end": Text("结束成功计划", "ended a plan of success"),
    "remind": Text("系统提醒", "reminded"),
    "urge": Text("催办", "asked for something"),
    "week.note": Text("写周记录", "wrote a note of the week"),
    "backup": Text("备份", "made a backup"),
    "restore": Text("恢复", "restored a backup"),
}

ABOUT: Mapping[str, Text] = {
    "about": Text("对象", "about"),
    "address": Text("来自", "from"),
    "amount_fen": Text("金额（分）", "amount (fen)"),
    "as_of": Text("数据截至", "as of"),
    "case_id": Text("事项", "case"),
    "complaint_id": Text("抱怨", "complaint"),
    "department": Text("部门", "department"),
    "digest": Text("校验码", "digest"),
    "facts": Text("数据校验码", "digest of the facts"),
    "file": Text("文件", "file"),
    "files": Text("文件", "files"),
    "from": Text("从", "from"),
    "import_id": Text("导入", "import"),
    "inputs": Text("依据校验码", "digest of the inputs"),
    "key": Text("方案", "plan"),
    "kind": Text("类别", "kind"),
    "level": Text("级别", "level"),
    "line_id": Text("行号", "line"),
    "notice": Text("通知文号", "notice"),
    "people": Text("人员", "people"),
    "period": Text("月份", "month"),
    "person_id": Text("工号", "person"),
    "plan": Text("方案", "plan"),
    "plan_id": Text("成功计划", "plan of success"),
    "reason": Text("原因", "reason"),
    "region": Text("地区", "region"),
    "remarks": Text("批注数", "remarks"),
    "revision": Text("版次", "revision"),
    "roles": Text("角色", "roles"),
    "rows": Text("明细校验码", "digest of the lines"),
    "scopes": Text("范围", "scopes"),
    "seal": Text("封账校验码", "seal"),
    "sha256": Text("校验码", "digest"),
    "sheets": Text("绩效表", "sheets"),
    "since": Text("生效月份", "from"),
    "snapshot": Text("计算编号", "snapshot"),
    "subject": Text("外部账号", "subject"),
    "undoes": Text("撤销", "undoes"),
    "unit": Text("门店", "unit"),
    "until": Text("到", "until"),
    "units": Text("门店", "units"),
    "user": Text("用户", "user"),
    "values": Text("设置", "values"),
    "words": Text("说明", "words"),
}

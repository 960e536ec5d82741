"""The pay month: where each store stands, what stands in the way, the totals, everybody's lines and why, the files."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import polars as pl
import streamlit as st

from data_contracts.contract import Problem
from data_contracts.results import LINE_KINDS
from kpi_app import access
from kpi_app.access import Post, Right
from kpi_app.exports import sheets
from kpi_app.pages.sentences import role_name
from kpi_app.store import imports, rulings
from kpi_app.store import month as months
from kpi_app.store.month import UnitState
from kpi_app.web import files, looks
from kpi_app.web.visit import Visit
from metrics.period import Period
from scorecards.explain import Node
from scorecards.sheet import KIND_NAMES, STATUS_NAMES, Sheet, SheetPerson

MONTHS_TO_CHOOSE = 15
MOST_PEOPLE = 300

VERBS: Mapping[str, tuple[tuple[str, Right], ...]] = {
    "open": (("compute", Right.PREPARE),),
    "computed": (("submit", Right.PREPARE), ("compute", Right.PREPARE)),
    "published": (("submit", Right.PREPARE), ("return", Right.PREPARE), ("return", Right.APPROVE)),
    "submitted": (("approve", Right.APPROVE), ("return", Right.APPROVE), ("return", Right.PREPARE)),
    "approved": (("lock", Right.PREPARE), ("return", Right.APPROVE), ("return", Right.PREPARE)),
    "locked": (),
}
"""Status → what may be done next, each by whoever has the right over the store."""

MEDIA = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
}


def draw(here: Visit) -> None:
    """Draw the page."""
    head, controls = st.columns([3, 2], vertical_alignment="bottom")
    with controls:
        left, right = st.columns(2)
        with left:
            period = choose_month(here)
        states = months.status(here.db, here.who, period)
        with right:
            unit = choose_unit(here, states)
    shown = [state for state in states if unit in (None, state.store_id)]
    with head:
        st.html(
            looks.fragment(
                "page_head.html",
                title=here("绩效月 {month}", month=period.label),
                text=here("税前绩效调整额，不含考勤、社保公积金、个税"),
            )
        )
    if said := st.session_state.pop("month_said", None):
        (st.success if said[0] else st.error)(said[1])
    with st.container(key="card_units"):
        units(here, period, shown)
    sheet = read_sheet(here, period, unit, shown)
    left, right = st.columns([1, 1])
    with left, st.container(key="card_checklist", height="stretch"):
        checklist(here, period, shown, sheet)
    if sheet is None:
        with right, st.container(key="card_totals", height="stretch"):
            st.html(looks.fragment("title.html", title=here("金额合计"), note=""))
            st.html(
                looks.fragment("note.html", text=here("计算之后这里显示金额；计算可以反复进行，数据不变则结果不变。"))
            )
        return
    with right, st.container(key="card_totals", height="stretch"):
        totals(here, shown, sheet)
        downloads(here, period, unit)
    with st.container(key="card_people"):
        people(here, sheet)
    with st.container(key="card_lines"):
        lines(here, sheet)


def choose_month(here: Visit) -> Period:
    """The pay month, from the address where it names one, else the one before today's."""
    starts_on = here.db.settings.month_starts_on
    labels = [it.label for it in Period.containing(here.as_of, "month", starts_on).trailing(MONTHS_TO_CHOOSE)][::-1]
    asked = st.query_params.get("period")
    chosen = st.selectbox(here("月份"), labels, index=labels.index(asked) if asked in labels else 1, key="month_period")
    return Period.parse(chosen, month_starts_on=starts_on)


def choose_unit(here: Visit, states: Sequence[UnitState]) -> str | None:
    """One store or all in reach. A store of the address that is out of reach is refused by the verb it is passed to."""
    names = {state.store_id: state.store_name for state in states}
    asked = st.query_params.get("unit")
    if asked is not None and asked not in names:
        months.status(here.db, here.who, Period.containing(here.as_of, "month"), unit=asked)
    options = [None, *names]
    return st.selectbox(
        here("门店"),
        options,
        index=options.index(asked) if asked in names else 0,
        format_func=lambda it: here("全部门店") if it is None else f"{names[it]}({it})",
        key="month_unit",
    )


# --- where the units stand ---


def units(here: Visit, period: Period, states: Sequence[UnitState]) -> None:
    """Store by store: how far it is, and the next verb for who may do it."""
    st.html(looks.fragment("title.html", title=here("门店状态"), note=here("编制与审批必须是两个人；封账后不再改动")))
    for state in states:
        left, right = st.columns([5, 3], vertical_alignment="center")
        with left:
            st.html(looks.fragment("unit.html", _=here, **unit_values(here, state)))
        with right, st.container(horizontal=True, horizontal_alignment="right", key=f"verbs_{state.store_id}"):
            for number, verb in enumerate(verbs_for(here.who, state)):
                button(here, period, state, verb, is_first=number == 0)


def unit_values(here: Visit, state: UnitState) -> dict[str, Any]:
    """A store's line: its steps, counts and total."""
    reached = list(STATUS_NAMES).index(state.status)
    return {
        "store": state.store_name,
        "steps": [
            {"name": here.text(STATUS_NAMES[status]), "is_done": number < reached, "is_now": number == reached}
            for number, status in enumerate(STATUS_NAMES)
            if status != "published" or state.status == status  # a step of those who publish
        ],
        "total": looks.yuan(state.total_fen) if state.snapshot_id is not None else looks.NOTHING,
        "counts": here("{people} 人 · {lines} 行 · 第 {revision} 版", people=state.people, lines=state.lines,
                       revision=state.revision) if state.snapshot_id is not None else "",
        "as_of": here("按 {day} 的数据", day=state.as_of.isoformat()) if state.as_of else "",
    }  # fmt: skip


def verbs_for(who: access.Identity, state: UnitState) -> list[str]:
    """What ``who`` may do next with a unit, each once. The verbs check again."""
    post = [Post(store_id=state.store_id)]
    return list(dict.fromkeys(verb for verb, right in VERBS[state.status] if access.may(who, right, posts=post)))


def button(here: Visit, period: Period, state: UnitState, verb: str, *, is_first: bool) -> None:
    """The button of a verb; returning asks for the reason first."""
    names = {
        "compute": here("计算") if state.status == "open" else here("重新计算"),
        "submit": here("提交审核"),
        "approve": here("审批通过"),
        "return": here("退回"),
        "lock": here("封账"),
    }
    key = f"month_{verb}_{state.store_id}"
    if verb == "return":
        with st.popover(names[verb]):
            reason = st.text_input(here("退回原因"), key=f"{key}_reason")
            if st.button(here("确认退回"), key=key, disabled=not reason.strip()):
                act(here, period, state, verb, reason=reason)
        return
    if verb == "lock":
        with st.popover(names[verb], type="primary"):
            st.html(looks.fragment("note.html", text=here("封账后金额不再改动，更正只能在以后的月份补差。")))
            if st.button(here("确认封账"), key=key, type="primary"):
                act(here, period, state, verb)
        return
    if st.button(names[verb], key=key, type="primary" if is_first else "secondary"):
        act(here, period, state, verb)


def act(here: Visit, period: Period, state: UnitState, verb: str, *, reason: str = "") -> None:
    """Do a verb for one unit and say what came of it on the next run."""
    unit = state.store_id
    try:
        with st.spinner(here("处理中…")):
            match verb:
                case "compute":
                    moved = months.compute(here.db, here.who, period, unit=unit, as_of=here.as_of)
                case "submit":
                    moved = months.submit(here.db, here.who, period, unit=unit)
                case "approve":
                    moved = months.approve(here.db, here.who, period, unit=unit)
                case "return":
                    moved = months.return_(here.db, here.who, period, unit=unit, reason=reason)
                case _:
                    moved = months.lock(here.db, here.who, period, unit=unit)
        status = here.text(STATUS_NAMES[moved[0].status])
        st.session_state["month_said"] = True, here("{store} {month}:{status}", store=state.store_name,
                                                    month=period.label, status=status)  # fmt: skip
    except Problem as problem:
        st.session_state["month_said"] = False, here.text(problem.text)
    st.rerun()


# --- the sheet ---


def read_sheet(here: Visit, period: Period, unit: str | None, states: Sequence[UnitState]) -> Sheet | None:
    """The sheet, read once for as long as nothing moves: each reading is a line in the audit."""
    if all(state.snapshot_id is None for state in states):
        return None
    key = (here.who, period.label, unit, tuple(states))
    kept = st.session_state.get("month_sheet")
    if kept is None or kept[0] != key:
        kept = key, months.sheet(here.db, here.who, period, unit=unit)
        st.session_state["month_sheet"] = kept
    found: Sheet = kept[1]
    return found


def checklist(here: Visit, period: Period, states: Sequence[UnitState], sheet: Sheet | None) -> None:
    """What stands in the way of submitting, in words, and notes apart from it."""
    st.html(
        looks.fragment(
            "checklist.html",
            _=here,
            blocking=blocking(here, period, states, sheet),
            notes=notes(here, sheet) if sheet else [],
        )
    )


def blocking(here: Visit, period: Period, states: Sequence[UnitState], sheet: Sheet | None) -> list[str]:
    """Not computed, no benchmark, not ruled on, not settled, refused at import."""
    found = [here("{store}还没有计算", store=state.store_name) for state in states if state.status == "open"]
    found += [
        here("{store}只算到 {day}，月份尚未结束", store=state.store_name, day=state.as_of.isoformat())
        for state in states
        if state.as_of is not None and state.as_of < period.last
    ]
    if sheet is not None:
        found += [here.text(one.message) for one in sheet.findings if one.severity == "error"]
        without = [one for one in sheet.judgements if one.outcome == "no_figure"]
        for why in dict.fromkeys(one.why for one in without):
            count = sum(one.why == why for one in without)
            found.append(here("{n} 人无法判定：{why}", n=count, why=here.text(why)))
        open_lines = sheet.lines.filter(~pl.col("is_settled"))
        if open_lines.height:
            found.append(
                here(
                    "{n} 行为未定数，共 {yuan}",
                    n=open_lines.height,
                    yuan=looks.yuan(int(open_lines["amount_fen"].sum())),
                )
            )
        on_sheet = {person.person_id for person in sheet.people}
        waiting: dict[tuple[str, str], list[str]] = {}
        for one in rulings.waiting(here.db, here.who, as_of=period.last):
            if one["person_id"] in on_sheet and one["received_at"][:10] >= period.first.isoformat():
                waiting.setdefault((one["unit"], one["department"]), []).append(one["received_at"])
        for (store_id, department), days in waiting.items():
            found.append(
                here("{store} {department}有 {n} 件抱怨未判定，最早 {day}", store=store_id, department=department,
                     n=len(days), day=min(days)[5:10])
            )  # fmt: skip
    if access.may(here.who, Right.IMPORT):
        found += [
            here("导入 {n} 有 {refused} 行被退回，请在数据导入页查看", n=it["import_id"], refused=it["refused"])
            for it in imports.listing(here.db, here.who)
            if it["refused"] and it["undone_by"] is None
        ]
    return found


def notes(here: Visit, sheet: Sheet) -> list[str]:
    """What is good to know and stops nothing."""
    found = [here.text(one.message) for one in sheet.findings if one.severity != "error"]
    leavers = [person.person_name for person in sheet.people if person.is_leaver]
    if leavers:
        found.append(here("已离职，请核对结算：{names}", names="、".join(leavers)))
    nothing = [person.person_name for person in sheet.people if not person.total_fen]
    if nothing:
        found.append(here("本月无金额：{names}", names="、".join(nothing)))
    no_base = [one.person_id for one in sheet.judgements if one.outcome == "no_base"]
    if no_base:
        names = {person.person_id: person.person_name for person in sheet.people}
        found.append(here("没有绩效基数：{names}", names="、".join(names.get(it, it) for it in dict.fromkeys(no_base))))
    for check in dict.fromkeys(person.check for person in sheet.people):
        if check.en not in ("no reduction", "passed"):
            who = "、".join(person.person_name for person in sheet.people if person.check == check)
            found.append(here("{check}:{names}", check=here.text(check), names=who))
    return found


def totals(here: Visit, states: Sequence[UnitState], sheet: Sheet) -> None:
    """Sums by kind, against last month, and the equality that must hold."""
    kinds = [
        {
            "name": kind_name(here, kind),
            "lines": rows.height,
            "people": rows["person_id"].n_unique(),
            "amount": looks.yuan(int(rows["amount_fen"].sum())),
        }
        for kind in LINE_KINDS
        if (rows := sheet.lines.filter(pl.col("kind") == kind)).height
    ]
    of_lines, of_people = int(sheet.lines["amount_fen"].sum()), sum(person.total_fen for person in sheet.people)
    of_units = sum(state.total_fen for state in states)
    is_equal = of_lines == of_people == of_units == sheet.total_fen
    values = {"lines": looks.yuan(of_lines), "people": looks.yuan(of_people), "units": looks.yuan(of_units),
              "total": looks.yuan(sheet.total_fen)}  # fmt: skip
    equality = (
        here("校验通过：明细 {lines} = 个人 {people} = 门店 {units} = 总表 {total}", **values)
        if is_equal
        else here("校验不符：明细 {lines}，个人 {people}，门店 {units}，总表 {total}；请勿付款并联系管理员", **values)
    )
    before = [person.previous_fen for person in sheet.people if person.previous_fen is not None]
    st.html(
        looks.fragment(
            "totals.html",
            _=here,
            total=looks.yuan(sheet.total_fen),
            people=here("{n} 人", n=len(sheet.people)),
            before=looks.yuan(sum(before)) if before else "",
            change=looks.yuan(sheet.total_fen - sum(before), sign=True) if before else "",
            kinds=kinds,
            equality=equality,
            is_equal=is_equal,
        )
    )


def downloads(here: Visit, period: Period, unit: str | None) -> None:
    """Links to the sheet as files; each is made, and the right checked again, when it is fetched."""
    names = {"xlsx": here("签字表与调整表 XLSX"), "csv": here("明细 CSV"), "json": "JSON"}
    links = []
    for ending, title in names.items():
        file = f"{period.label}{'-' + unit if unit else ''}.{ending}"

        def make(file: str = file) -> bytes:
            sheet = months.sheet(here.db, here.who, period, unit=unit, is_export=True)
            at = here.db.settings.now_local()
            return sheets.as_files(sheet, file, exported_by=here.who.name, exported_at=at)[file]

        links.append({"title": title, "address": files.offer(here.who, file, MEDIA[ending], make), "file": file})
    st.html(looks.fragment("downloads.html", _=here, links=links))


def people(here: Visit, sheet: Sheet) -> None:
    """Everybody on the sheet, the largest difference to last month first."""
    st.html(looks.fragment("title.html", title=here("人员金额"), note=here("与上月差异最大的在前")))
    shown = list(sheet.people)
    with st.container(horizontal=True, key="month_filters"):
        departments = sorted({person.department for person in sheet.people})
        if len(departments) > 1:
            picked = st.pills(here("部门"), departments, selection_mode="multi", key="month_department")
            shown = [person for person in shown if not picked or person.department in picked]
        roles = sorted({person.role for person in sheet.people})
        if len(roles) > 1:
            name = partial(role_name, language=here.language)
            picked = st.pills(here("岗位"), roles, selection_mode="multi", format_func=name, key="month_role")
            shown = [person for person in shown if not picked or person.role in picked]
    shown.sort(key=lambda it: (-abs(change_of(it)), it.store_id, it.person_id))
    kinds = [kind for kind in LINE_KINDS if any(person.by_kind.get(kind) for person in sheet.people)]
    st.html(
        looks.fragment(
            "pay_people.html",
            _=here,
            kinds=[kind_name(here, kind) for kind in kinds],
            people=[pay_row(here, person, kinds) for person in shown[:MOST_PEOPLE]],
            total=looks.yuan(sum(person.total_fen for person in shown)),
            count=here("{n} 人", n=len(shown)),
        )
    )


def change_of(person: SheetPerson) -> int:
    """How much a person's total moved since last month; 0 where there was none."""
    return 0 if person.previous_fen is None else person.total_fen - person.previous_fen


def pay_row(here: Visit, person: SheetPerson, kinds: Sequence[str]) -> dict[str, Any]:
    """A person's line of the table."""
    has_before = person.previous_fen is not None
    return {
        "name": person.person_name,
        "person_id": person.person_id,
        "store": person.store_name,
        "post": f"{person.department} · {role_name(person.role, here.language)}",
        "is_leaver": person.is_leaver,
        "score": person.score or looks.NOTHING,
        "kinds": [looks.yuan(person.by_kind[kind]) if person.by_kind.get(kind) else looks.NOTHING for kind in kinds],
        "total": looks.yuan(person.total_fen),
        "before": looks.yuan(person.previous_fen),
        "change": looks.yuan(change_of(person), sign=True) if has_before else looks.NOTHING,
        "is_less": has_before and change_of(person) < 0,
        "cause": here.text(person.change_cause),
    }


def lines(here: Visit, sheet: Sheet) -> None:
    """One person's lines with their reasons, what was judged without money, and the tree of one line."""
    st.html(looks.fragment("title.html", title=here("个人明细"), note=here("每一行都能查到规则、数据与原始文件的行")))
    named = {person.person_id: person for person in sheet.people}
    person_id = st.selectbox(
        here("人员"),
        list(named),
        format_func=lambda it: f"{named[it].person_name}({it})· {named[it].store_name}",
        key="month_person",
    )
    if person_id not in named:
        return
    rows = sheet.lines.filter(pl.col("person_id") == person_id).sort("amount_fen").to_dicts()
    st.html(
        looks.fragment(
            "lines.html",
            _=here,
            lines=[line_row(here, sheet, row) for row in rows],
            others=[
                here.text(one.why) for one in sheet.judgements if one.person_id == person_id and one.line_id is None
            ],
        )
    )
    if rows:
        names = {row["line_id"]: f"{here.text(sheet.rule_name(row))} {looks.yuan(row['amount_fen'])}" for row in rows}
        line_id = st.selectbox(
            here("这一行怎么来的"), list(names), format_func=lambda it: names[it], index=None, key="month_line",
            placeholder=here("选择一行"),
        )  # fmt: skip
        if line_id is not None:
            st.html(looks.fragment("tree.html", node=tree(here, months.explain(here.db, here.who, line_id))))


def line_row(here: Visit, sheet: Sheet, row: Mapping[str, Any]) -> dict[str, Any]:
    """A line with its reason."""
    return {
        "kind": kind_name(here, row["kind"]),
        "rule": here.text(sheet.rule_name(row)),
        "notice": row["notice"] or "",
        "period": row["metric_period"] or row["period"],
        "reason": row["arithmetic_en"] if here.language == "en" else row["arithmetic_zh"],
        "amount": looks.yuan(row["amount_fen"], sign=True),
        "is_less": row["amount_fen"] < 0,
        "is_settled": row["is_settled"],
    }


def tree(here: Visit, node: Node) -> dict[str, Any]:
    """A node and what stands below it, in the visitor's language."""
    return {"text": here.text(node.text), "children": [tree(here, child) for child in node.children]}


def kind_name(here: Visit, kind: str) -> str:
    """A kind's name on screen, where reductions are called 绩效扣减."""
    return here("绩效扣减") if kind == "kpi_reduction" else here.text(KIND_NAMES[kind])

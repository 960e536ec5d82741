"""The month's desk: its calendar, where each store stands, what stands in the way, the totals, what moved most."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from data_contracts.contract import Problem
from data_contracts.results import LINE_KINDS
from kpi_app.pages import deeds, links
from kpi_app.pages.month import checks, steps
from kpi_app.pages.month.chosen import (
    Chosen,
    Ledger,
    cause_name,
    change_of,
    choose,
    column_name,
    kind_name,
    lines_of,
    nothing_yet,
    several,
)
from kpi_app.pages.sentences import role_name
from kpi_app.store.months import calendar, standing
from kpi_app.store.months import differences as compared
from kpi_app.store.months.calendar import Milestone
from kpi_app.store.months.standing import Standing
from kpi_app.web import looks
from kpi_app.web.visit import Visit
from scorecards.compare import CAUSES, Cause
from scorecards.payout import COLUMN_NAMES
from scorecards.sheet import STATUS_NAMES, SheetPerson

MOST_DIFFERENCES = 20
STEPS = ("computed", "signed", "published", "submitted", "approved", "locked")


def draw(here: Visit) -> None:
    """Draw the page."""
    chosen = choose(here, here("绩效月 {month}"), here("税前绩效调整额，不含考勤、社保公积金、个税"))
    deeds.say()
    with st.container(key="card_calendar"):
        st.html(looks.fragment("month_calendar.html", _=here, days=days(here, chosen.ask(calendar.of))))
    standings: Sequence[Standing] = chosen.ask(standing.matrix)
    with st.container(key="card_units"):
        units(chosen, standings)
    ledger = chosen.ledger()
    left, right = st.columns([1, 1])
    with left, st.container(key="card_checklist", height="stretch"):
        checks.draw(chosen)
    with right, st.container(key="card_totals", height="stretch"):
        if ledger is None:
            st.html(looks.fragment("title.html", title=here("金额合计"), note=""))
            nothing_yet(here)
        else:
            totals(chosen, ledger)
    if ledger is not None:
        with st.container(key="card_differences"):
            differences(chosen, ledger)


# --- the calendar ---


def days(here: Visit, milestones: Sequence[Milestone]) -> list[dict[str, Any]]:
    """Each milestone once: its day, in how many stores it is done, and how long it is for those where it is not."""
    found = []
    for key in dict.fromkeys(it.key for it in milestones):
        of_key = [it for it in milestones if it.key == key]
        open_ = [it for it in of_key if not it.is_done]
        first = min(open_ or of_key, key=lambda it: it.on)
        dates = sorted({it.on for it in of_key})
        is_past = first.is_past
        found.append(
            {
                "name": here.text(first.name),
                "on": f"{first.on:%m-%d}",
                "countdown": here.text(first.countdown),
                "done": here("{done}/{all} 店已完成", done=len(of_key) - len(open_), all=len(of_key))
                if len(open_) < len(of_key) and open_
                else "",
                "others": here("另有 {days}", days=several(here, [f"{day:%m-%d}" for day in dates if day != first.on]))
                if len(dates) > 1
                else "",
                "is_certain": first.is_certain,
                "state": "done"
                if not open_ or (is_past and key not in calendar.REACHED_WITH)
                else "late"
                if is_past
                else "ahead",
            }
        )
    following = next((it for it in found if it["state"] == "ahead"), None)
    if following:
        following["state"] = "next"
    return found


# --- where the units stand ---


def units(chosen: Chosen, standings: Sequence[Standing]) -> None:
    """Store by store: how far it is, who is next, and the next verb for who may do it."""
    here = chosen.here
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.html(
            looks.fragment("title.html", title=here("门店状态"), note=here("编制与审批必须是两个人；封账后不再改动"))
        )
        with st.container(
            horizontal=True, horizontal_alignment="right", vertical_alignment="center", width="content", key="verbs_all"
        ):
            if chosen.is_computed:
                links.to("pay", here("预览"), chosen.period, chosen.unit)
                links.to("papers", here("导出"), chosen.period, chosen.unit)
            steps.all_at_once(chosen, standings)
    for it in standings:
        with st.container(key=f"unit_{it.state.store_id}"):
            left, right = st.columns([5, 2], vertical_alignment="center")
            with left:
                st.html(looks.fragment("unit.html", _=here, **unit_values(here, it)))
            with (
                right,
                st.container(horizontal=True, horizontal_alignment="right", key=f"verbs_{it.state.store_id}"),
            ):
                steps.buttons(chosen, it)


def unit_values(here: Visit, it: Standing) -> dict[str, Any]:
    """A store's row of the matrix."""
    state = it.state
    return {
        "store": state.store_name,
        "steps": [step for name in STEPS if (step := _step(here, it, name))],
        "next": here.text(it.next),
        "total": looks.yuan(state.total_fen) if state.snapshot_id is not None else looks.NOTHING,
        "counts": here("{people} 人 · {lines} 行 · 第 {revision} 版", people=state.people, lines=state.lines,
                       revision=state.revision) if state.snapshot_id is not None else "",
        "as_of": here("按 {day} 的数据", day=state.as_of.isoformat()) if state.as_of else "",
        "status": here.text(STATUS_NAMES[state.status]),
    }  # fmt: skip


def _step(here: Visit, it: Standing, name: str) -> dict[str, Any] | None:
    """A step of a store: done, now, or still to come, with how many of its parts are filled and by whom."""
    order = list(STATUS_NAMES)
    reached = order.index(it.state.status)
    if name == "signed":
        if not it.sign_offs:
            return None
        signed = [one for one in it.sign_offs if one.name]
        who = several(here, [f"{one.department} {one.name or here('未签认')}" for one in it.sign_offs])
        return {
            "name": here("签认 {n}/{of}", n=len(signed), of=len(it.sign_offs)),
            "state": "done" if len(signed) == len(it.sign_offs) else "",
            "title": who,
        }
    if name == "published" and not it.publication and it.state.status != "published":
        return None
    said = here.text(STATUS_NAMES[name])
    title = ""
    if name == "approved" and len(it.levels) > 1:
        said = here("审批 {n}/{of}", n=sum(one.name is not None for one in it.levels), of=len(it.levels))
    if name == "approved":
        title = several(here, [f"{here.text(one.needs)} {one.name or here('待审批')}" for one in it.levels])
    place = order.index(name)
    return {"name": said, "state": "done" if place < reached else "now" if place == reached else "", "title": title}


# --- the totals ---


def totals(chosen: Chosen, ledger: Ledger) -> None:
    """Sums by column, against last month, and the equality that must hold."""
    here, sheet = chosen.here, ledger.sheet
    values = equation(chosen, ledger)
    before = [person.previous_fen for person in sheet.people if person.previous_fen is not None]
    st.html(
        looks.fragment(
            "totals.html",
            _=here,
            total=looks.yuan(sheet.total_fen),
            people=here("{n} 人", n=len(sheet.people)),
            before=looks.yuan(sum(before)) if before else "",
            change=looks.yuan(sheet.total_fen - sum(before), sign=True) if before else "",
            columns=[
                {"name": column_name(here, column), "amount": looks.yuan(ledger.columns[column]),
                 "is_less": ledger.columns[column] < 0, "is_none": not ledger.columns[column]}
                for column in COLUMN_NAMES
            ],
            kinds=[
                {"name": kind_name(here, kind), "lines": len(of_kind),
                 "people": len({line["person_id"] for line in of_kind}),
                 "amount": looks.yuan(sum(line["amount_fen"] for line in of_kind))}
                for kind in LINE_KINDS
                if (of_kind := [line for line in ledger.lines if line["kind"] == kind])
            ],
            **values,
        )
    )  # fmt: skip


def equation(chosen: Chosen, ledger: Ledger) -> dict[str, Any]:
    """Lines, people, columns, stores and sheet come to the same to the fen, in words."""
    here, sheet = chosen.here, ledger.sheet
    sums = {
        "lines": sum(line["amount_fen"] for line in ledger.lines),
        "people": sum(person.total_fen for person in sheet.people),
        "units": sum(state.total_fen for state in chosen.states),
        "total": sheet.total_fen,
    }
    is_equal = len({*sums.values(), sum(ledger.columns.values())}) == 1
    shown = {name: looks.yuan(fen) for name, fen in sums.items()}
    if is_equal:
        said = here("校验通过：明细 {lines} = 个人 {people} = 门店 {units} = 总表 {total}", **shown)
    else:
        said = here("校验不符：明细 {lines}，个人 {people}，门店 {units}，总表 {total}；请勿付款并联系管理员", **shown)
    return {"equality": said, "is_equal": is_equal}


# --- what moved most ---


def differences(chosen: Chosen, ledger: Ledger) -> None:
    """The people whose total moved most since last month, and what moved it."""
    here = chosen.here
    moved = [person for person in ledger.sheet.people if change_of(person)]
    moved.sort(key=lambda it: (-abs(change_of(it)), it.store_id, it.person_id))
    new = sum(person.previous_fen is None and bool(person.total_fen) for person in ledger.sheet.people)
    note = here("与上月相比变动最大的 {n} 人", n=min(len(moved), MOST_DIFFERENCES))
    if new:
        note += here("；另有 {n} 人上月无记录", n=new)
    reasons = causes(chosen)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.html(looks.fragment("title.html", title=here("差异最大"), note=note))
        links.to("differences", here("逐人逐规则对照"), chosen.period, chosen.unit)
    st.html(
        looks.fragment(
            "month_differences.html",
            _=here,
            people=[difference(chosen, person, reasons) for person in moved[:MOST_DIFFERENCES]],
        )
    )


def causes(chosen: Chosen) -> Mapping[tuple[str, str], Cause]:
    """Store and person → what moved most of the difference to last month, where both months are computed."""
    here = chosen.here
    try:
        found = chosen.look(
            "compared",
            partial(compared.months, here.db, here.who, chosen.period.previous(), chosen.period, unit=chosen.unit),
        )
    except Problem:
        return {}  # the first month has none before it
    largest: dict[tuple[str, str], tuple[int, Cause]] = {}
    for comparison in found:
        for one in comparison.differences:
            key = (comparison.store_id or "", one.person_id)
            if abs(one.amount_fen) > largest.get(key, (0, "data"))[0]:
                largest[key] = abs(one.amount_fen), one.cause
    return {key: cause for key, (_, cause) in largest.items()}


def difference(chosen: Chosen, person: SheetPerson, reasons: Mapping[tuple[str, str], Cause]) -> dict[str, Any]:
    """A person's row among those who moved."""
    here = chosen.here
    cause = reasons.get((person.store_id, person.person_id))
    if person.is_leaver:
        said = here("人事：已离职")
    elif person.change_cause == COLUMN_NAMES["correction"] or cause is None:
        said = ""
    else:
        said = here.text(CAUSES[cause])
    return {
        "name": person.person_name,
        "person_id": person.person_id,
        "address": lines_of(chosen, person),
        "store": person.store_name,
        "post": f"{person.department} · {role_name(person.role, here.language)}",
        "total": looks.yuan(person.total_fen),
        "before": looks.yuan(person.previous_fen),
        "change": looks.yuan(change_of(person), sign=True),
        "why": lines_of(chosen, person, "differences"),
        "is_less": change_of(person) < 0,
        "cause": " · ".join(part for part in (said, cause_name(here, person)) if part),
    }

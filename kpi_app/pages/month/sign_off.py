"""A department's part of the month, for its head to check and sign off; amounts only for who may see this pay."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import streamlit as st

from data_contracts.contract import Text
from kpi_app.pages import address, deeds
from kpi_app.pages.month.chosen import MONTHS_TO_CHOOSE
from kpi_app.pages.sentences import role_name
from kpi_app.store.months import approvals, standing
from kpi_app.store.months.month import UnitState
from kpi_app.store.months.standing import Part, PartLine, PartPerson, SignOff
from kpi_app.store.proving import audit
from kpi_app.web import looks
from kpi_app.web.visit import Visit
from metrics.period import Period
from scorecards.sheet import BEFORE_TAX, STATUS_NAMES

WORDS_MAX = 500


def draw(here: Visit) -> None:
    """Draw the page."""
    with st.container(key="month_head"):
        head, controls = st.columns([3, 2], vertical_alignment="bottom")
        with controls, st.container(horizontal=True, key="month_choice"):
            period = choose_month(here)
            with head:
                title = here("部门签认 {month}", month=period.label)
                text = here("核对本部门每个人的规则、数据和得分，无误后签认")
                st.html(looks.fragment("page_head.html", title=title, text=text))
            picked = choose_part(here, standing.parts(here.db, here.who, period))
    deeds.say()
    if picked is None:
        with st.container(key="card_part"):
            st.html(looks.fragment("note.html", text=here("这个月还没有可签认的部门；编制人计算之后这里会列出。")))
        return
    state, signed = picked
    part = read(here, period, state, signed)
    with st.container(key="card_sign"):
        st.html(looks.fragment("part_state.html", _=here, **state_values(here, state, signed, part)))
        if signed.name is None and state.status == "computed":
            sign(here, period, state, signed)
    with st.container(key="card_part"):
        st.html(
            looks.fragment(
                "part.html",
                _=here,
                shows_pay=part.shows_pay,
                before_tax=here.text(BEFORE_TAX),
                people=[person_values(here, person) for person in part.people],
            )
        )


def choose_month(here: Visit) -> Period:
    """The pay month; the one before today's at first."""
    starts_on = here.db.settings.month_starts_on
    labels = [it.label for it in Period.containing(here.as_of, "month", starts_on).trailing(MONTHS_TO_CHOOSE)][::-1]
    chosen = address.select("period", here("月份"), {it: it for it in labels}, at=labels[1], key="part_period")
    return Period.parse(chosen, month_starts_on=starts_on)


def choose_part(here: Visit, found: list[tuple[UnitState, SignOff]]) -> tuple[UnitState, SignOff] | None:
    """One of the departments that this person may sign off, those not signed yet first."""
    by_key = {f"{state.store_id}/{signed.department}": (state, signed) for state, signed in found}
    options = sorted(by_key, key=lambda it: by_key[it][1].name is not None)
    if not options:
        return None
    names = {it: f"{by_key[it][0].store_name} · {by_key[it][1].department}" for it in options}
    key = address.select("department", here("部门"), names, at=options[0], key=f"part_of_{found[0][0].period}")
    return by_key[key]


def read(here: Visit, period: Period, state: UnitState, signed: SignOff) -> Part:
    """The part, read once for as long as nothing is done: each reading is a line in the audit."""
    key = (here.who, period.label, state.store_id, signed.department, audit.last_deed(here.db))
    kept = st.session_state.get("part_read")
    if kept is None or kept[0] != key:
        made = standing.part(here.db, here.who, period, unit=state.store_id, department=signed.department)
        kept = st.session_state["part_read"] = key, made
    found: Part = kept[1]
    return found


def state_values(here: Visit, state: UnitState, signed: SignOff, part: Part) -> dict[str, Any]:
    """Where the part stands, in words."""
    if signed.name is not None:
        said = here("{who} 于 {at} 签认", who=signed.name, at=signed.at or "")
    elif state.status == "computed":
        said = here("待签认")
    else:
        said = here("未签认，{status}", status=here.text(STATUS_NAMES[state.status]))
    lines = [line for person in part.people for line in person.lines]
    return {
        "title": f"{state.store_name} · {signed.department}",
        "state": said,
        "is_signed": signed.name is not None,
        "words": signed.words,
        "counts": here(
            "{people} 人 · {lines} 行 · 其中未定 {open} 行 · 按 {day} 的数据",
            people=len(part.people),
            lines=len(lines),
            open=sum(not line.is_settled for line in lines),
            day=part.as_of.isoformat(),
        ).split(" · "),
        "total": looks.yuan(sum(person.total_fen or 0 for person in part.people)) if part.shows_pay else "",
    }  # fmt: skip


def sign(here: Visit, period: Period, state: UnitState, signed: SignOff) -> None:
    """The form of a sign-off."""
    with st.form("part_sign", border=False):
        words = st.text_input(here("核对意见（可不填）"), max_chars=WORDS_MAX)
        st.html(
            looks.fragment("note.html", text=here("有问题请先告诉编制人或提出异议，不要签认；退回或重算后须重新签认。"))
        )
        if st.form_submit_button(here("核对无误，签认"), type="primary"):
            deed = partial(approvals.sign_off, here.db, here.who, period, unit=state.store_id,
                           department=signed.department, words=words)  # fmt: skip
            deeds.do(here, deed, here("{department}已签认。", department=signed.department))


def person_values(here: Visit, person: PartPerson) -> dict[str, Any]:
    """A person with their lines; no amount where the verb gave none."""
    change = None if person.total_fen is None or person.previous_fen is None else person.total_fen - person.previous_fen
    return {
        "name": person.person_name,
        "person_id": person.person_id,
        "post": role_name(person.role, here.language),
        "days": here("在岗 {n} 天", n=person.days_in_office),
        "score": person.score or looks.NOTHING,
        "is_leaver": person.is_leaver,
        "total": "" if person.total_fen is None else looks.yuan(person.total_fen),
        "change": "" if change is None else looks.yuan(change, sign=True),
        "lines": [line_values(here, line) for line in person.lines],
        "scored": [here.text(it) for it in person.scored],
        "judged": [here.text(why) for why in person.judged],
    }


def line_values(here: Visit, line: PartLine) -> dict[str, Any]:
    """A line of a person; the arithmetic names amounts, so it stands only where they do."""
    return {
        "name": here.text(line.name),
        "kind": kind(here, line.kind),
        "period": line.period,
        "figure": line.figure,
        "is_settled": line.is_settled,
        "reason": "" if line.arithmetic is None else here.text(line.arithmetic),
        "amount": "" if line.amount_fen is None else looks.yuan(line.amount_fen, sign=True),
        "is_less": (line.amount_fen or 0) < 0,
    }


def kind(here: Visit, name: Text) -> str:
    """A kind's name on screen."""
    shown: Mapping[str, str] = {"考核扣减": here("绩效扣减")}
    return shown.get(name.zh, here.text(name))

"""What a proposed plan would have cost and paid in past months beside today's. Nothing is written."""

from collections.abc import Sequence
from typing import Any

import polars as pl
import streamlit as st

from data_contracts.people import ROLES
from kpi_app.access import Right
from kpi_app.pages import sentences
from kpi_app.store.rulebook import plan_versions
from kpi_app.store.views import outlook
from kpi_app.web import charts, looks
from kpi_app.web.visit import Visit
from metrics.period import Period
from scorecards.replay import LEFT_OUT, TENURES, UNFIT, GroupEffect, PersonEffect, Simulation, Step

MONTHS_TO_CHOOSE = 12
MONTHS_AT_FIRST = 3
MOST_PEOPLE = 15
KEPT = "simulated"


def draw(here: Visit) -> None:
    """Draw the page."""
    text = here("用过去的数据重算拟定的方案，与现行方案对比；不写入任何数据。")
    st.html(looks.fragment("page_head.html", title=here("方案试算"), text=text))
    with st.container(key="card_choose"):
        ask(here)
    made: Simulation | None = st.session_state.get(KEPT)
    if made is None:
        return
    with st.container(key="card_cost"):
        cost(here, made)
    left, right = st.columns([1, 1])
    with left, st.container(key="card_months"):
        months(here, made)
    with right, st.container(key="card_steps"):
        distribution(here, made.distribution)
    if made.people:
        left, right = st.columns([1, 1])
        with left, st.container(key="card_winners"):
            people(here, here("增加最多"), made.winners)
        with right, st.container(key="card_losers"):
            people(here, here("减少最多"), made.losers)
    with st.container(key="card_groups"):
        groups(here, made.groups)
    with st.container(key="card_guarded"):
        guarded(here, made)
    if made.unfit:
        with st.container(key="card_unfit"):
            unfit(here, made)


def ask(here: Visit) -> None:
    """Which plan, which months, which store."""
    file = st.file_uploader(here("拟定的方案文件（TOML）"), type=["toml"], key="simulate_file")
    known = plan_versions.listing(here.db, here.who, as_of=here.as_of) if Right.PLANS in here.who.rights else []
    names = {it.version: f"{here.text(it.name)} · {it.since}" for it in known}
    if not names:
        st.html(
            looks.fragment(
                "note.html", text=here("方案文件由管理员拟定：他在“方案”页下载现行版本，改好金额或门槛后发来。")
            )
        )
    if names:
        left, middle, right = st.columns([2, 1, 1], vertical_alignment="bottom")
    else:  # nothing to choose beside the months
        middle, right, left = st.columns([1, 1, 2], vertical_alignment="bottom")
    version = None
    if names and file is None:
        version = left.selectbox(
            here("或选已载入的版本"), list(names), format_func=lambda it: names[it], key="simulate_version"
        )
    last = Period.containing(here.as_of, "month", here.db.settings.month_starts_on).previous()
    labels = [it.label for it in last.trailing(MONTHS_TO_CHOOSE)]
    first = middle.selectbox(here("从"), labels, index=len(labels) - MONTHS_AT_FIRST, key="simulate_from")
    until = right.selectbox(here("到"), labels, index=len(labels) - 1, key="simulate_until")
    chosen = [label for label in labels if first <= label <= until]
    is_ready = (file is not None or version is not None) and bool(chosen)
    if st.button(here("开始试算"), type="primary", disabled=not is_ready, key="simulate_run"):
        text = (
            file.getvalue().decode("utf-8-sig", errors="replace")
            if file is not None
            else plan_versions.text(here.db, here.who, version or 0)
        )
        periods = [Period.parse(label, month_starts_on=last.month_starts_on) for label in chosen]
        st.session_state.pop(KEPT, None)
        with st.spinner(here("正在逐月重算…")):
            st.session_state[KEPT] = outlook.simulate(here.db, here.who, text, periods, as_of=here.as_of)


def cost(here: Visit, made: Simulation) -> None:
    """The totals: today's, the proposed, the difference, who gains and loses."""
    st.html(
        looks.fragment(
            "simulated.html",
            _=here,
            left_out=here.text(LEFT_OUT),
            proposed=made.proposed,
            today_plans="、".join(made.today),
            figures=[
                {"label": here("现行方案"), "value": looks.yuan(made.today_fen), "mark": ""},
                {"label": here("拟定方案"), "value": looks.yuan(made.proposed_fen), "mark": ""},
                {"label": here("差额"), "value": looks.yuan(made.difference_fen, sign=True), "mark": ""},
                {"label": here("增加"), "value": here("{n} 人", n=len(made.winners)), "mark": "good"},
                {"label": here("减少"), "value": here("{n} 人", n=len(made.losers)), "mark": "bad"},
                {"label": here("不变"), "value": here("{n} 人", n=made.unchanged), "mark": ""},
            ]
            if made.people
            else [
                {"label": here("现行方案"), "value": looks.yuan(made.today_fen), "mark": ""},
                {"label": here("拟定方案"), "value": looks.yuan(made.proposed_fen), "mark": ""},
                {"label": here("差额"), "value": looks.yuan(made.difference_fen, sign=True), "mark": ""},
            ],
        )
    )


def months(here: Visit, made: Simulation) -> None:
    """The cost of each month under both."""
    st.html(looks.fragment("title.html", title=here("逐月成本"), note=here("元")))
    sides = ((0, here("现行方案"), "today_fen"), (1, here("拟定方案"), "proposed_fen"))
    rows = [
        {"period": it.period, "no": no, "side": side, "value": getattr(it, name) / 100,
         "shown": looks.yuan(getattr(it, name))}
        for it in made.months
        for no, side, name in sides
    ]  # fmt: skip
    spec = charts.pairs(here("月份"), here("方案"), here("金额"))
    st.vega_lite_chart(pl.DataFrame(rows), spec, width="stretch", height=240, theme=None, key="simulated_months")


def distribution(here: Visit, steps: Sequence[Step]) -> None:
    """How many people change by how much."""
    st.html(looks.fragment("title.html", title=here("变动分布"), note=here("人数，按各月合计的增减（元）")))
    rows = [
        {"no": no, "step": step_name(here, it), "people": it.people, "sign": sign_of(it)} for no, it in enumerate(steps)
    ]
    spec = charts.steps(here("增减"), here("人数"))
    st.vega_lite_chart(pl.DataFrame(rows), spec, width="stretch", height=240, theme=None, key="simulated_steps")


def sign_of(step: Step) -> int:
    """Does the step hold losses, gains, or neither?"""
    if step.to_fen is not None and step.to_fen <= 0:
        return -1
    return 1 if step.from_fen is not None and step.from_fen > 0 else 0


def step_name(here: Visit, step: Step) -> str:
    """A step of the distribution in yuan."""
    match sign_of(step), step.from_fen, step.to_fen:
        case 0, _, _:
            return here("不变")
        case -1, None, int() as high:
            return f"≤ −{(1 - high) // 100:,}"
        case -1, int() as low, int() as high:
            return f"−{(1 - low) // 100:,} ~ −{(1 - high) // 100:,}"
        case _, int() as low, None:
            return f"≥ +{low // 100:,}"
        case _, int() as low, int() as high:
            return f"+{low // 100:,} ~ +{high // 100:,}"
    return ""


def people(here: Visit, title: str, found: Sequence[PersonEffect]) -> None:
    """Who gains or loses most over all months."""
    st.html(
        looks.fragment(
            "simulated_people.html",
            _=here,
            title=title,
            others=max(0, len(found) - MOST_PEOPLE),
            people=[
                {
                    "name": it.person_name,
                    "post": f"{it.store_name} · {role(here, it.role)}",
                    "today": looks.yuan(it.today_fen),
                    "proposed": looks.yuan(it.proposed_fen),
                    "difference": looks.yuan(it.difference_fen, sign=True),
                    "is_less": it.difference_fen < 0,
                }
                for it in found[:MOST_PEOPLE]
            ],
        )
    )


def groups(here: Visit, found: Sequence[GroupEffect]) -> None:
    """The effect by role, team and tenure."""
    titles = {"role": here("岗位"), "team": here("小组"), "tenure": here("司龄")}
    tenures = {name.zh: here.text(name) for _, name in TENURES}
    by: dict[str, list[dict[str, Any]]] = {}
    for it in found:
        name = {"role": role(here, it.subject), "tenure": tenures.get(it.subject, it.subject)}.get(it.by, it.subject)
        by.setdefault(titles[it.by], []).append(
            {
                "name": name,
                "people": it.people,
                "winners": it.winners,
                "losers": it.losers,
                "today": looks.yuan(it.today_fen),
                "proposed": looks.yuan(it.proposed_fen),
                "difference": looks.yuan(it.difference_fen, sign=True),
                "is_less": it.difference_fen < 0,
            }
        )
    st.html(looks.fragment("simulated_groups.html", _=here, groups=by))


def role(here: Visit, key: str) -> str:
    """A role's name on screen."""
    return sentences.role_name(key, here.language) if key in ROLES else key


def guarded(here: Visit, made: Simulation) -> None:
    """Whose reductions the guards would hold back."""
    names = {it.person_id: it.person_name for it in made.people}
    st.html(
        looks.fragment(
            "simulated_guarded.html",
            _=here,
            is_seen=bool(made.people),
            guarded=[
                {
                    "period": it.period,
                    "name": names.get(it.person_id, it.person_id),
                    "lapsed": held(it.lapsed_fen),
                    "carried": held(it.carried_fen),
                    "waived": held(it.waived_fen),
                    "today": held(it.today_fen),
                }
                for it in made.guarded
            ],
        )
    )


def unfit(here: Visit, made: Simulation) -> None:
    """What of the past months the proposed plan cannot judge."""
    rows = [{"period": it.period, "where": it.where, "why": here.text(it.message)} for it in made.unfit]
    st.html(looks.fragment("simulated_unfit.html", _=here, note=here.text(UNFIT), rows=rows))


def held(fen: int) -> str:
    """An amount that a guard holds back, without its sign."""
    return looks.yuan(abs(fen)) if fen else looks.NOTHING

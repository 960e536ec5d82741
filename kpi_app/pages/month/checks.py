"""The close checklist on the desk: what stops the submission, who mends it, what HR says to it; the rest apart."""

import re
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from kpi_app import access
from kpi_app.access import Post, Right
from kpi_app.pages import deeds, links
from kpi_app.pages.month.chosen import Chosen, several
from kpi_app.pages.month.urging import urge
from kpi_app.store.months import checklist, snapshots
from kpi_app.store.months.checklist import SHOWN, Item
from kpi_app.store.months.checks.mending import MENDING
from kpi_app.store.months.month_settings import ITEMS
from kpi_app.web import looks
from kpi_app.web.visit import Visit

WORDS_MAX = 500
COMMAND = re.compile(r"[：:]\s?kpi [a-z]+(?: [a-z-]+)?")
"""What a next step says to who works on the command line."""

MENDED_ON: Mapping[str, str] = {
    "sources_complete": "import",
    "unknown_references": "import",
    "benchmarks_present": "import",
    "figures_missing": "import",
    "minimum_wages_set": "import",
    "pay_profiles_present": "import",
    "complaints_ruled": "meeting",
    "other_complaints_ruled": "meeting",
    "manual_lines_approved": "by-hand",
    "appeals_answered": "objections",
    "differences_looked_at": "pay",
    "paid_twice": "pay",
    "provisional_figures": "pay",
    "sign_offs": "sign-off",
}
"""Item → the page on which it is mended."""


def draw(chosen: Chosen) -> None:
    """What stops the submission, what else to look at, and what is fine."""
    here = chosen.here
    found = chosen.checklist()
    by_key = {key: [it for it in found if it.key == key] for key in ITEMS}
    open_ = [key for key, of_key in by_key.items() if any(it.state == "open" for it in of_key)]
    warned = [key for key, of_key in by_key.items() if key not in open_ and any(it.places for it in of_key)]
    answered = [key for key, of_key in by_key.items() if any(it.answered for it in of_key)]
    fine = [here.text(ITEMS[key]) for key in by_key if key not in (*open_, *warned)]
    note = here("阻断 {n} 项", n=len(open_)) if open_ else here("没有阻断事项。")
    st.html(looks.fragment("title.html", title=here("提交前须处理"), note=note))
    for key in open_:
        item(chosen, key, by_key[key], is_blocking=True)
    st.html(looks.fragment("title.html", title=here("提示"), note=here("不阻断提交，共 {n} 项", n=len(warned))))
    for key in warned:
        item(chosen, key, by_key[key], is_blocking=False)
    only_answered = [key for key in answered if key not in (*open_, *warned)]
    left_behind = [row for key in only_answered for row in answers(here, by_key[key])]
    if fine or left_behind:
        passed = here("已通过 {n} 项：{names}", n=len(fine), names=several(here, fine)) if fine else ""
        st.html(looks.fragment("month_fine.html", _=here, fine=passed, answered=left_behind))


def item(chosen: Chosen, key: str, of_stores: Sequence[Item], *, is_blocking: bool) -> None:
    """One item over the chosen stores, opened on demand."""
    here = chosen.here
    count = sum(len(it.places) for it in of_stores)
    label = here("{title}：{n} 处未满足 · {by}", title=here.text(ITEMS[key]), n=count, by=here.text(MENDING[key].by))
    icon = ":material/block:" if is_blocking else ":material/info:"
    place = f"{'stop' if is_blocking else 'look'}_{key}"
    opened = st.expander(label, icon=icon, key=place, on_change="rerun", type="compact")
    if not opened.open:
        return
    with opened:
        st.html(looks.fragment("month_item.html", _=here, **values(here, key, of_stores)))
        with st.container(horizontal=True, key=f"mend_{key}"):
            if key in MENDED_ON:
                links.to(MENDED_ON[key], here("去处理"), chosen.period, chosen.unit)
            answer(chosen, key, of_stores)
            urge(chosen, key, of_stores)


def values(here: Visit, key: str, of_stores: Sequence[Item]) -> dict[str, Any]:
    """What an item says: its places by store, who mends it, what to do next, what was answered."""
    return {
        "stores": [
            {
                "name": it.store_name,
                "places": [here.text(place.text) for place in it.places[:SHOWN]],
                "more": max(0, len(it.places) - SHOWN),
            }
            for it in of_stores
            if it.places
        ],
        "by": here.text(MENDING[key].by),
        "next_step": COMMAND.sub("", here.text(MENDING[key].next_step)),
        "answered": answers(here, of_stores),
    }


def answers(here: Visit, of_stores: Sequence[Item]) -> list[dict[str, str]]:
    """What HR said to the places that are left behind."""
    names = choices(here)
    return [
        {
            "title": here.text(it.title),
            "place": f"{it.store_name}：{here.text(place.text)}",
            "said": f"{names[one.choice]} · {one.user_name}：{one.words}",
        }
        for it in of_stores
        for place, one in it.answered
    ]


def choices(here: Visit) -> dict[str, str]:
    """What may be answered → its name."""
    return {"accept": here("认可"), "carry": here("顺延到下月"), "block": here("继续阻断")}


def answer(chosen: Chosen, key: str, of_stores: Sequence[Item]) -> None:
    """Answer in words for a place of an item, or for all of a store; for who prepares the month."""
    here, offered = chosen.here, MENDING[key].choices
    frozen = {state.store_id for state in chosen.states if state.status in snapshots.FROZEN}
    mine = [
        it
        for it in of_stores
        if it.places
        and it.store_id not in frozen
        and access.may(here.who, Right.PREPARE, posts=[Post(store_id=it.store_id)])
    ]
    if not offered or not mine:
        return
    places: list[tuple[str, str | None]] = []
    shown: dict[tuple[str, str | None], str] = {}
    for it in mine:
        places.append((it.store_id, None))
        shown[places[-1]] = here("{store}：全部 {n} 处", store=it.store_name, n=len(it.places))
        for place in it.places:
            places.append((it.store_id, place.about))
            shown[places[-1]] = f"{it.store_name}：{here.text(place.text)}"
    names = choices(here)
    with deeds.form(here("答复"), f"answer_{key}"):
        about = st.selectbox(here("哪一处"), places, format_func=shown.__getitem__)
        choice = st.radio(here("答复"), offered, format_func=names.__getitem__, horizontal=True)  # fmt: skip
        words = st.text_area(here("理由"), height=80, max_chars=WORDS_MAX)
        if st.form_submit_button(here("提交答复"), type="primary") and about is not None and choice is not None:
            deed = partial(checklist.answer, here.db, here.who, chosen.period, item=key, choice=choice, words=words,
                           about=about[1], unit=about[0])  # fmt: skip
            deeds.do(here, deed, here("已答复：{title}。", title=here.text(ITEMS[key])))

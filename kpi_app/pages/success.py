"""The plans of success of those one leads: what waits for a word, how each goes, and the checks."""

import streamlit as st

from kpi_app.pages import address, deeds, my_success, sentences
from kpi_app.store.views import success
from kpi_app.web import looks
from kpi_app.web.visit import Visit

MOST = 40


def draw(here: Visit) -> None:
    """Draw the page; ``?person=`` names one of those in reach."""
    people = {one["person_id"]: one for one in success.led(here.db, here.who, here.as_of)}
    plans = [
        one
        for one in success.listing(here.db, here.who, as_of=here.as_of)
        if one.person_id != here.who.person_id
    ]  # fmt: skip
    text = here(
        "待同意 {proposed} 个，到期待总结 {over} 个，超过 {days} 天未检查 {late} 个",
        proposed=sum(one.state == "proposed" for one in plans),
        over=sum(one.state == "over" for one in plans),
        days=success.CHECK_DAYS,
        late=sum(one.is_check_due for one in plans),
    )
    st.html(looks.fragment("page_head.html", title=here("成功计划"), text=text))
    deeds.say()
    names = {one.person_id: one.person_name for one in plans} | {key: it["person_name"] for key, it in people.items()}
    titles = {"": here("全部")} | {it: f"{names[it]}（{it}）" for it in sorted(names)}
    chosen = address.select("person", here("人员"), titles, at="", key="success_person", width=320) or None
    shown = [one for one in plans if chosen in (None, one.person_id)]
    left, right = st.columns([3, 2])
    with left, st.container(key="card_plans"):
        st.html(looks.fragment("title.html", title=here("计划与检查"), note=here("等您处理的在前")))
        if not shown:
            st.html(looks.fragment("note.html", text=here("还没有成功计划。")))
        for plan in sorted(shown, key=lambda one: not one.is_check_due and "agree" not in one.may)[:MOST]:
            with st.container(gap=None):
                said = my_success.values(here, plan, says=lambda one: one.user_name, name=plan.person_name)
                st.html(looks.fragment("success_plan.html", _=here, **said))
                my_success.answer(here, plan)
    if people:
        with right, st.container(key="card_propose"):
            propose(here, people, chosen)


def propose(here: Visit, people: dict[str, dict[str, str]], chosen: str | None) -> None:
    """The form of a plan for one of those led, who agrees to it."""
    st.html(looks.fragment("title.html", title=here("提出成功计划"), note=here("由本人同意后执行")))
    ids = list(people)
    person_id = st.selectbox(
        here("为谁"),
        ids,
        index=ids.index(chosen) if chosen in ids else 0,
        format_func=lambda it: (
            f"{people[it]['person_name']} · {sentences.role_name(people[it]['role'], here.language)}"
        ),
        key=f"success_for_{chosen}",
    )
    if person_id in people:
        my_success.propose(here, person_id, people[person_id]["role"])

"""What is to be done today, each with its rows, and what to look at first, in words."""

from functools import partial

import streamlit as st

from kpi_app.access import Right
from kpi_app.pages import address, deeds, sentences
from kpi_app.pages.week.gathering import Week, quietly
from kpi_app.pages.week.people import concerns, has_sample
from kpi_app.store.months import urging
from kpi_app.store.views import attention, notes
from kpi_app.store.views.attention import Matter
from kpi_app.web import looks
from kpi_app.web.visit import Visit

LOW_SCORE = 60
"""Below this score somebody outside their protection is listed as needing attention."""
MOST_NOTICES = 6
MOST_NAMED = 3
MOST_ROWS = 300
HANDLED_AT = {"complaints": "/meeting", "rulings": "/meeting", "objections": "/objections"}
"""Matter → the page where it is dealt with."""
OPENED = "today_opened"


def today_card(here: Visit, week: Week) -> None:
    """What waits today, as buttons that open the rows."""
    subject = week.subject
    matters = quietly(
        here,
        ("today", subject),
        lambda: attention.today(here.db, here.who, subject.level, subject.subject_id, as_of=here.as_of),
    )
    st.html(looks.fragment("title.html", title=here("今天要处理"), note=here("点开看每一行")))
    for matter in matters:
        if matter.items:
            matter_row(here, matter)
    quiet = [matter for matter in matters if not matter.items]
    if quiet:
        names = sentences.listed([here.text(matter.name) for matter in quiet], here.language)
        st.html(looks.fragment("note.html", text=here("没有：{names}", names=names)))
    asked = st.query_params.get("today")
    opened = next((matter for matter in matters if matter.key == asked and matter.items), None)
    if opened is not None and st.session_state.get(OPENED) != asked:
        st.session_state[OPENED] = asked  # the next run, of another widget, must not open it again
        show = st.dialog(here.text(opened.name), width="large", on_dismiss=closed)(rows_of)
        show(here, opened)


def matter_row(here: Visit, matter: Matter) -> None:
    """A matter with its number, whose it is, and the way to its rows."""
    label = f"{here.text(matter.name)} **{len(matter.items)}**"
    if matter.late:
        label += "  " + here("其中超期 {n}", n=matter.late)
    with st.container(key=f"today_{'late' if matter.late else 'some'}_{matter.key}", gap=None):
        if st.button(label, key=f"open_{matter.key}", type="tertiary", icon=":material/chevron_right:"):
            address.keep(today=matter.key)
            st.session_state[OPENED] = None
        st.html(looks.fragment("note.html", text=summary(here, matter)))


def closed() -> None:
    """The rows were closed: the address names them no more."""
    address.keep(today=None)
    st.session_state[OPENED] = None


def summary(here: Visit, matter: Matter) -> str:
    """Whose it is, the most first."""
    named = sentences.listed([f"{name} {n}" for name, n in matter.people[:MOST_NAMED]], here.language)
    more = len(matter.people) - MOST_NAMED
    named += here(" 等 {n} 人", n=len(matter.people)) if more > 0 else ""
    return named + (
        here("；另有 {n} 项逾期 {days} 天以上", n=matter.older, days=attention.DAYS_BACK) if matter.older else ""
    )


def rows_of(here: Visit, matter: Matter) -> None:
    """The rows of a matter, of everybody or of one person."""
    people = {item.person_id: item.person_name or item.person_id for item in matter.items if item.person_id}
    counted = dict(matter.people)
    person_id = st.pills(
        here("人员"),
        list(people),
        format_func=lambda it: f"{looks.plain(people[it] or it)} {counted.get(people[it] or '', '')}",
        key=f"matter_person_{matter.key}",
    )
    items = [item for item in matter.items if person_id in (None, item.person_id)]
    if person_id is not None and matter.key in ("follow_ups", "leads"):
        urge(here, matter, person_id, len(items))
    st.html(
        looks.fragment(
            "today_items.html",
            _=here,
            items=[
                {
                    "text": here.text(item.text),
                    "name": item.person_name or "",
                    "on": f"{item.on:%m-%d}",
                    "days": here("{n} 天", n=item.days) if item.days >= 0 else "",
                    "is_late": item.is_late,
                }
                for item in items[:MOST_ROWS]
            ],
            counts_days=matter.key not in ("rulings", "objections"),
            is_due=matter.key not in ("urged", "complaints", "backfilled", "leads"),
            more=here("另有 {n} 行未列出。", n=len(items) - MOST_ROWS) if len(items) > MOST_ROWS else "",
            handled_at=HANDLED_AT.get(matter.key, ""),
        )
    )


def urge(here: Visit, matter: Matter, person_id: str, count: int) -> None:
    """Ask the chosen person for what is theirs, as who leads people."""
    if Right.LEAD not in here.who.rights or person_id == here.who.person_id:
        return
    with st.form(f"urge_{matter.key}_{person_id}", border=False):
        words = st.text_input(
            here("催办内容"),
            here("{matter} {n} 条，请今天处理", matter=here.text(matter.name), n=count),
            max_chars=notes.MOST_CHARACTERS,
        )
        if st.form_submit_button(here("催办"), icon=":material/notifications:"):
            deed = partial(urging.urge_person, here.db, here.who, person_id, words=words)
            deeds.do(here, deed, here("已催办，对方在“我的绩效”里看到。"))


def notices_of(here: Visit, week: Week) -> list[dict[str, str]]:
    """What to look at first: figures behind their goal, people with low scores or without rows, stores far behind."""
    found = []
    for metric in week.metrics:
        value, goal = sentences.value_of(week.row(metric)), week.goals.get(metric.key)
        band = sentences.band(metric, value, goal)
        if value is not None and goal is not None and band != sentences.REACHED:
            apart = sentences.difference(here, metric, sentences.distance(metric, value, goal.exact), sign=False)
            said = here("{value}，距目标 {goal} 差 {gap}", value=sentences.shown(metric, value, here.language),
                        goal=sentences.goal_shown(metric, goal, here.language), gap=apart)  # fmt: skip
            found.append({"title": here.text(metric.label), "text": said, "tag": here("落后"), "band": band})
    for person in week.people:
        card, before = week.cards.get(person.person_id), week.cards_before.get(person.person_id)
        if card is None or card.score is None or person.is_protected or not has_sample(week, person):
            continue
        if card.score < LOW_SCORE:
            twice = before is not None and before.score is not None and before.score < LOW_SCORE
            text = (
                here("得分 {score}，连续两周低于 {low}", score=card.score_text, low=LOW_SCORE)
                if twice
                else here("得分 {score}，低于 {low}", score=card.score_text, low=LOW_SCORE)
            )
            found.append({"title": person.name, "text": text, "tag": here("辅导"), "band": sentences.FAR})
    for person in week.people:
        if any(concerns(week, person, metric) for metric in week.metrics) and not has_sample(week, person):
            found.append({"title": person.name, "text": here("本周没有计入的记录"), "tag": here("无样本"), "band": ""})
    for store in week.stores:
        for metric in week.metrics:
            value = sentences.value_of(week.of_stores.get((metric.key, store.subject_id)))
            goal = week.goals_of_stores[store.subject_id].get(metric.key)
            if sentences.band(metric, value, goal) in (sentences.BEHIND, sentences.FAR):
                said = here("{name} {value}，目标 {goal}", name=here.text(metric.label),
                            value=sentences.shown(metric, value, here.language),
                            goal=sentences.goal_shown(metric, goal, here.language))  # fmt: skip
                found.append({"title": here.text(store.name), "text": said, "tag": here("落后"),
                              "band": sentences.band(metric, value, goal)})  # fmt: skip
    return found[:MOST_NOTICES]

"""What was agreed on and written down about the week: last week's actions with their completion, and the notes."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import streamlit as st

from kpi_app.access import Right
from kpi_app.pages import deeds, links
from kpi_app.pages.week.gathering import Week, quietly
from kpi_app.store.complaints import actions
from kpi_app.store.complaints.actions import Action
from kpi_app.store.views import notes
from kpi_app.store.views.notes import Note
from kpi_app.web import looks
from kpi_app.web.visit import Visit


def agreed(here: Visit, week: Week) -> None:
    """Folded, with how many are closed: the actions, then the notes, and where another is written."""
    decided = decisions_of(here, week)
    written = quietly(
        here,
        ("notes", week.subject, week.period),
        lambda: notes.listing(here.db, here.who, key_of(week), week.period.label),
    )
    done = sum(one.state == "closed" for one in decided)
    title = here("上周定的事项 {n} 项，已关闭 {done} 项；本周记录 {notes} 条", n=len(decided), done=done,
                 notes=len(written))  # fmt: skip
    with st.expander(title, expanded=False, type="compact", key="week_agreed"):
        st.html(
            looks.fragment(
                "agreed.html", _=here, decisions=decision_rows(here, decided), notes=note_rows(here, written)
            )
        )
        with st.container(horizontal=True):
            write(here, week)
            reword(here, [note for note in written if note.is_mine])
            links.to("meeting", here("更新事项"))


def key_of(week: Week) -> str:
    """The subject as addresses and notes name it."""
    return f"{week.subject.level}:{week.subject.subject_id}"


def decisions_of(here: Visit, week: Week) -> list[Action]:
    """What was agreed on last week or this one, or before and is not closed, by who leads departments."""
    if Right.LEAD not in here.who.rights or week.stores:
        return []
    subject = week.subject
    department = None if subject.department is None else subject.department.partition("/")[2]
    found = quietly(
        here,
        ("actions", subject),
        lambda: actions.listing(here.db, here.who, store_id=subject.store_id, department=department),
    )
    weeks = (week.period.previous().label, week.period.label)
    return [one for one in found if one.week in weeks or one.state != "closed"]


def decision_rows(here: Visit, decided: Sequence[Action]) -> list[dict[str, Any]]:
    """The actions, by the day they are due."""
    return [
        {
            "what": one.what,
            "owner": one.owner_name,
            "due": f"{one.due_on:%m-%d}",
            "state": here.text(actions.STATES[one.state]),
            "is_overdue": one.is_overdue,
            "is_closed": one.state == "closed",
            "words": one.steps[-1].words if one.steps else "",
        }
        for one in decided
    ]


def note_rows(here: Visit, written: Sequence[Note]) -> list[dict[str, Any]]:
    """The notes, each with what it said before."""
    return [
        {
            "words": note.words,
            "by": f"{note.user_name} · {note.wordings[-1].at:%m-%d %H:%M}",
            "earlier": [{"words": it.words, "at": f"{it.at:%m-%d %H:%M}"} for it in note.wordings[:-1]],
        }
        for note in written
    ]


def write(here: Visit, week: Week) -> None:
    """Write a note, as who leads the subject."""
    if not notes.may_write(here.who, week.subject):
        return
    with deeds.form(here("写记录"), "week_note"):
        words = st.text_area(here("内容"), height=100, max_chars=notes.MOST_CHARACTERS)
        if st.form_submit_button(here("保存"), type="primary"):
            deed = partial(notes.write, here.db, here.who, key_of(week), week.period.label, words)
            deeds.do(here, deed, here("已记录。"))


def reword(here: Visit, mine: Sequence[Note]) -> None:
    """Word one of one's own notes anew, or withdraw it."""
    if not mine:
        return
    with deeds.popover(here("修改记录"), "week_reword"):
        note = st.selectbox(
            here("哪一条"), mine, format_func=lambda it: it.words, key=f"week_reword_note_{deeds.done()}"
        )
        with st.form(f"week_reword_{note.note_id}", border=False):
            words = st.text_area(here("内容"), note.words, height=100, max_chars=notes.MOST_CHARACTERS)
            st.caption(here("清空即撤回；以前的写法都保留。"))
            if st.form_submit_button(here("保存"), type="primary"):
                deeds.do(here, partial(notes.reword, here.db, here.who, note.note_id, words), here("已修改。"))

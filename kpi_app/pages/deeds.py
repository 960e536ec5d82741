"""Doing a verb from a page: what came of it is said at the top of the next run."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from data_contracts.contract import Problem, Text
from kpi_app.web import looks
from kpi_app.web.visit import Visit

SAID, DONE = "deed_said", "deeds_done"


def do(here: Visit, deed: Callable[[], object], said: str) -> None:
    """Do something and draw the page anew; a Problem is said in place of ``said``, a Text that it gives behind it."""
    try:
        more = deed()
        st.session_state[SAID] = True, f"{said}{here.text(more)}" if isinstance(more, Text) else said
        st.session_state[DONE] = done() + 1
    except Problem as problem:
        st.session_state[SAID] = False, here.text(problem.text)
    st.rerun()


def done() -> int:
    """How many deeds were done on this visit."""
    return int(st.session_state.get(DONE, 0))


def popover(label: str, name: str, **look: Any) -> DeltaGenerator:
    """What opens at a button, and closes with the deed that is done in it; one that is refused leaves it open."""
    return st.popover(label, key=f"pop_{name}_{done()}", **look)


@contextmanager
def form(label: str, name: str, **look: Any) -> Iterator[None]:
    """A form that opens at a button: empty again when its deed is done, as it was typed when that is refused."""
    with popover(label, name, **look), st.form(f"{name}_{done()}", border=False):
        yield


def say() -> None:
    """Say what came of the last deed, once.

    Its place is there when there is nothing to say too: what stands below would be drawn anew in another place, and
    every list and form that is open on it would close.
    """
    is_done, words = st.session_state.pop(SAID, (True, ""))
    tell(words, is_done=is_done)


def tell(words: str, *, is_done: bool = False) -> None:
    """Say that something was done, or what stood in the way. It may quote what somebody typed, so it is no Markdown."""
    st.html(looks.fragment("said.html", words=words, is_done=is_done))

"""Doing a verb from a page: what came of it is said at the top of the next run."""

from collections.abc import Callable

import streamlit as st

from data_contracts.contract import Problem, Text
from kpi_app.web import looks
from kpi_app.web.visit import Visit

SAID = "deed_said"


def do(here: Visit, deed: Callable[[], object], said: str) -> None:
    """Do something and draw the page anew; a Problem is said in place of ``said``, a Text that it gives behind it."""
    try:
        more = deed()
        st.session_state[SAID] = True, f"{said}{here.text(more)}" if isinstance(more, Text) else said
    except Problem as problem:
        st.session_state[SAID] = False, here.text(problem.text)
    st.rerun()


def say() -> None:
    """Say what came of the last deed, once."""
    if said := st.session_state.pop(SAID, None):
        is_done, words = said
        tell(words, is_done=is_done)


def tell(words: str, *, is_done: bool = False) -> None:
    """Say that something was done, or what stood in the way. It may quote what somebody typed, so it is no Markdown."""
    st.html(looks.fragment("said.html", words=words, is_done=is_done))

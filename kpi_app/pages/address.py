"""The address of a page: what is chosen stands in its query, so that a colleague who may see it opens the same view."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

import streamlit as st

from kpi_app.store.views.overview import Subject
from metrics.period import Period

T = TypeVar("T")
NOTHING = "none"
"""What an address says where somebody chose nothing of what is chosen at first."""


def one(name: str, options: Sequence[str], otherwise: str) -> str:
    """The option that the address names, or another."""
    asked = st.query_params.get(name, otherwise)
    return asked if asked in options else otherwise


def several(name: str, options: Sequence[str], otherwise: Sequence[str] = ()) -> list[str]:
    """The options that the address names, divided by commas; those chosen at first where it names none."""
    asked = st.query_params.get(name)
    return list(otherwise) if asked is None else [it for it in asked.split(",") if it in options]


def keep(**chosen: str | None) -> None:
    """Let the address name what is chosen; what is empty leaves it."""
    for name, value in chosen.items():
        if value and st.query_params.get(name) != value:
            st.query_params[name] = value
        elif not value and name in st.query_params:
            del st.query_params[name]


def ahead(name: str, key: str, asked: T) -> T:
    """What a choice is going to show: as it was chosen, or ``asked`` where the address has changed without it."""
    then, shown = st.session_state.get(f"{key}_drawn", (None, None))
    if key not in st.session_state or (st.session_state[key] == shown and then != st.query_params.get(name)):
        return asked
    chosen: T = st.session_state[key]
    return chosen


def choice(name: str, key: str, asked: T, draw: Callable[[T], T], write: Callable[[T], str | None]) -> T:
    """A choice that the address names: it shows ``asked`` at first, and again when the address has changed without
    it, by the browser's back and forward; otherwise it stays as it was chosen. The address keeps it as written.
    """
    if key in st.session_state and (following := ahead(name, key, asked)) != st.session_state[key]:
        st.session_state[key] = following
    found = draw(asked)
    keep(**{name: write(found)})
    st.session_state[f"{key}_drawn"] = st.query_params.get(name), found
    return found


def select(name: str, label: str, options: Mapping[str, str], *, at: str, key: str, **look: Any) -> str:
    """A list to choose one of, option → title, as the address names it; ``at`` is chosen at first.

    An empty option stands for all, and is not named. What a browser sends without having been offered it is ``at``.
    """
    listed = list(options)

    def draw(asked: str) -> str:
        said = lambda it: options.get(it, it)  # noqa: E731
        found = st.selectbox(label, listed, index=listed.index(asked), format_func=said, key=key, **look)
        return found if found in options else at

    return choice(name, key, one(name, listed, at), draw, str)


def select_several(
    name: str, label: str, options: Mapping[str, str], *, at: Sequence[str] = (), key: str, **look: Any
) -> list[str]:
    """A list to choose some of, option → title, as the address names them; ``at`` are chosen at first."""
    listed = list(options)

    def draw(asked: list[str]) -> list[str]:
        said = lambda it: options.get(it, it)  # noqa: E731
        found = st.multiselect(label, listed, default=asked, format_func=said, key=key, **look)
        return [it for it in found if it in options]

    def write(found: list[str]) -> str:
        return "" if found == list(at) else ",".join(found) or NOTHING

    return choice(name, key, several(name, listed, at), draw, write)


def segments(name: str, label: str, options: Mapping[str, str], *, at: str, key: str, **look: Any) -> str:
    """Segments to choose one of, option → title, as the address names it; ``at``, chosen at first, is not named."""
    listed = list(options)

    def draw(asked: str) -> str:
        said = lambda it: options.get(it, it)  # noqa: E731
        found = st.segmented_control(label, listed, default=asked, format_func=said, required=True, key=key, **look)
        return found if found in options else at

    return choice(name, key, one(name, listed, at), draw, lambda found: "" if found == at else found)


def link(subject: Subject, period: Period, **chosen: str) -> str:
    """The address of a view of the Monday page, to be clicked on it."""
    return "?" + urlencode({"subject": f"{subject.level}:{subject.subject_id}", "week": period.label, **chosen})

"""The address of a page: what is chosen stands in its query, so that a colleague who may see it opens the same view."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from kpi_app.store.views.overview import Subject
from metrics.period import Period

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


def select(name: str, label: str, options: Mapping[str, str], *, at: str, key: str, **look: Any) -> str:
    """A list to choose one of, option → title, as the address names it; ``at`` is chosen at first.

    An empty option stands for all, and is not named. What a browser sends without having been offered it is ``at``.
    """
    listed = list(options)
    index = listed.index(one(name, listed, at))
    found = st.selectbox(label, listed, index=index, format_func=lambda it: options.get(it, it), key=key, **look)
    found = found if found in options else at
    keep(**{name: found})
    return found


def select_several(
    name: str, label: str, options: Mapping[str, str], *, at: Sequence[str] = (), key: str, **look: Any
) -> list[str]:
    """A list to choose some of, option → title, as the address names them; ``at`` are chosen at first."""
    default = several(name, list(options), at)
    said = lambda it: options.get(it, it)  # noqa: E731
    found = [it for it in st.multiselect(label, list(options), default=default, format_func=said, key=key, **look)
             if it in options]  # fmt: skip
    keep(**{name: "" if found == list(at) else ",".join(found) or NOTHING})
    return found


def link(subject: Subject, period: Period, **chosen: str) -> str:
    """The address of a view of the Monday page, to be clicked on it."""
    return "?" + urlencode({"subject": f"{subject.level}:{subject.subject_id}", "week": period.label, **chosen})

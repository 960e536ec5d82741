"""The address of the Monday page: what is chosen stands in its query, so that a colleague opens the same view."""

from collections.abc import Sequence
from urllib.parse import urlencode

import streamlit as st

from kpi_app.store.views.overview import Subject
from metrics.period import Period


def one(name: str, options: Sequence[str], otherwise: str) -> str:
    """The option that the address names, or another."""
    asked = st.query_params.get(name, otherwise)
    return asked if asked in options else otherwise


def several(name: str, options: Sequence[str]) -> list[str]:
    """The options that the address names, divided by commas."""
    return [it for it in st.query_params.get(name, "").split(",") if it in options]


def keep(**chosen: str | None) -> None:
    """Let the address name what is chosen; what is empty leaves it."""
    for name, value in chosen.items():
        if value and st.query_params.get(name) != value:
            st.query_params[name] = value
        elif not value and name in st.query_params:
            del st.query_params[name]


def link(subject: Subject, period: Period, **chosen: str) -> str:
    """The address of a view of the page, to be clicked on it."""
    return "?" + urlencode({"subject": f"{subject.level}:{subject.subject_id}", "week": period.label, **chosen})

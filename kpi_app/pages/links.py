"""Links from page to page, without loading the app anew."""

import streamlit as st

from metrics.period import Period

PAGES = "pages"


def to(path: str, label: str, period: Period | None = None, unit: str | None = None) -> None:
    """A link to a page that this person has in the menu; nothing where they have not."""
    page = st.session_state.get(PAGES, {}).get(path)
    if page is None:
        return
    query = {} if period is None else {"period": period.label}
    st.page_link(
        page, label=label, icon=":material/arrow_forward:", query_params=query | ({"unit": unit} if unit else {})
    )

"""One line from the rule down to the rows of the files, at an address that a colleague who may see it can open."""

import streamlit as st

from kpi_app.store.months import month as months
from kpi_app.web import looks
from kpi_app.web.visit import Visit
from scorecards.explain import Node


def draw(here: Visit) -> None:
    """Draw the page."""
    st.html(looks.fragment("page_head.html", title=here("这一行怎么来的"), text=here("规则、数字、判定与原始文件的行")))
    line_id = st.query_params.get("line", "").strip()
    if not line_id:
        with st.form("explain", border=False):
            asked = st.text_input(here("行号"), placeholder="0f3a…")
            if st.form_submit_button(here("查看"), type="primary") and asked.strip():
                st.query_params["line"] = asked.strip()
                st.rerun()
        return
    node = months.explain(here.db, here.who, line_id)
    with st.container(key="card_tree"):
        st.html(looks.fragment("explained.html", _=here, node=told(here, node), line_id=line_id))


def told(here: Visit, node: Node) -> dict[str, object]:
    """A node and what stands below it, in the visitor's language."""
    return {"text": here.text(node.text), "children": [told(here, child) for child in node.children]}

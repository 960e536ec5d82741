"""催办 on the desk: asking whoever is responsible for an open place of the checklist."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from kpi_app import access
from kpi_app.access import Post, Right
from kpi_app.pages import deeds
from kpi_app.pages.month.chosen import Chosen
from kpi_app.store.months import urging
from kpi_app.store.months.checklist import Item


def urge(chosen: Chosen, key: str, of_stores: Sequence[Item]) -> None:
    """Ask for one open place of an item that others see to, as who prepares the month."""
    here = chosen.here
    places = {
        (it.store_id, place.about): f"{it.store_name}：{here.text(place.text)}"
        for it in of_stores
        if access.may(here.who, Right.PREPARE, posts=[Post(store_id=it.store_id)])
        for place in it.places
    }
    if key not in urging.DONE_WITH or not places:
        return
    with deeds.form(here("催办"), f"urge_{key}"):
        asked = st.selectbox(here("哪一处"), list(places), format_func=places.__getitem__)
        st.caption(here("责任人在“今天要处理”里看到；同一处每天只能催办一次。"))
        if st.form_submit_button(here("催办"), type="primary", icon=":material/notifications:") and asked is not None:
            deed = partial(urging.urge, here.db, here.who, chosen.period, unit=asked[0], item=key, about=asked[1])
            deeds.do(here, deed, here("已催办。"))

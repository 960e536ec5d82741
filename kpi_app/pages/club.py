"""The owners' club, for a headquarters: the month-end tables of stores, regions and the group. Off until it is set."""

from typing import Any

import streamlit as st

from kpi_app.access import Identity, Right
from kpi_app.pages import address, sentences
from kpi_app.store.views import figures, overview
from kpi_app.store.views.overview import Subject
from kpi_app.web import looks, site
from kpi_app.web.visit import Visit
from metrics.catalogue import METRICS
from metrics.period import Period

SHOWN = tuple(
    METRICS[key]
    for key in (
        "clubs", "members", "pending_members", "private_owners", "members_per_club", "recruitment_rate",
        "owner_conversion_rate", "dealer_enrolment_rate", "referral_deals_increment",
    )
)  # fmt: skip
MONTHS_TO_CHOOSE = 13


def is_for(who: Identity) -> bool:
    """Is the club's page switched on for one of this person's roles, and is the group in their reach?"""
    return Right.SCORES in who.rights and who.covers() and bool(who.roles & set(site.settings().club_for))


def draw(here: Visit) -> None:
    """Draw the page: the group, the regions, then the stores, with what each month-end stated."""
    head, controls = st.columns([3, 1], vertical_alignment="bottom")
    months = Period.containing(here.as_of, "month", here.db.settings.month_starts_on).trailing(MONTHS_TO_CHOOSE)[::-1]
    by_label = {it.label: it for it in months[1:]}
    with controls:
        names = {it: it for it in by_label}
        chosen = by_label[address.select("month", here("月份"), names, at=months[1].label, key="club_month")]
    with head:
        st.html(
            looks.fragment("page_head.html", title=here("车友汇"), text=here("月末时点数；没有车友会的店不计车主。"))
        )
    subjects = [
        it for it in overview.subjects(here.db, here.who, here.as_of) if it.level in ("group", "region", "store")
    ]
    with st.container(key="card_club"):
        st.html(
            looks.fragment(
                "club.html",
                _=here,
                columns=[{"label": here.text(it.label), "description": here.text(it.description)} for it in SHOWN],
                rows=[row_of(here, it, chosen) for it in subjects],
            )
        )


def row_of(here: Visit, subject: Subject, period: Period) -> dict[str, Any]:
    """A subject's figures of a month-end; nothing where a metric has no such level or no snapshot."""
    metrics = [it for it in SHOWN if subject.level in it.levels]
    found = figures.measure(
        here.db, here.who, metrics, [period], subject.level, subjects=[subject.subject_id], as_of=here.as_of
    )
    values = {row["metric"]: row for row in found.to_dicts()}
    return {
        "name": here.text(subject.name),
        "level": subject.level,
        "cells": [
            {
                "value": sentences.shown(it, sentences.value_of(row := values.get(it.key)), here.language),
                "parts": looks.parts(row, it.unit) if row and it.unit == "percent" and row["denominator"] else "",
            }
            for it in SHOWN
        ],
    }

"""The stores of a region or the group compared: each metric with value, parts and rank among all stores; the funnel."""

from fractions import Fraction
from typing import Any

import streamlit as st

from kpi_app.pages import address, sentences
from kpi_app.pages.week.gathering import FUNNEL, Week
from kpi_app.store.views.overview import Subject
from kpi_app.web import looks
from kpi_app.web.visit import Visit
from metrics.kinds import COUNT, Metric


def stores_card(here: Visit, week: Week) -> None:
    """The stores, the one that needs help most first."""
    st.html(
        looks.fragment(
            "title.html", title=here("门店对比"), note=here("名次在全部有样本的门店中排；点门店看它的本周记分卡")
        )
    )
    rows = sorted((store_row(here, week, store) for store in week.stores), key=lambda row: row["order"])
    st.html(
        looks.fragment(
            "stores.html",
            _=here,
            columns=[
                {"label": here.text(metric.label), "description": here.text(metric.description)}
                for metric in week.metrics
            ],
            stores=rows,
        )
    )


def store_row(here: Visit, week: Week, store: Subject) -> dict[str, Any]:
    """A store's cells; in order of how little of its goals it reaches."""
    reached = [
        share
        for metric in week.metrics
        if (value := sentences.value_of(week.of_stores.get((metric.key, store.subject_id)))) is not None
        and (goal := week.goals_of_stores[store.subject_id].get(metric.key)) is not None
        and (share := sentences.attained(metric, value, goal.exact)) is not None
    ]
    return {
        "name": here.text(store.name),
        "region": store.region,
        "link": address.link(store, week.period),
        "cells": [store_cell(here, week, store, metric) for metric in week.metrics],
        "order": (not reached, min(reached, default=0), store.subject_id),
    }


def store_cell(here: Visit, week: Week, store: Subject, metric: Metric) -> dict[str, str]:
    """Value, parts and rank of a store's metric, with the band of its goal."""
    row = week.of_stores.get((metric.key, store.subject_id))
    value = sentences.value_of(row)
    rank = None if row is None else row["rank"]
    return {
        "value": sentences.shown(metric, value, here.language),
        "parts": here("没有样本")
        if row is None or value is None
        else ""
        if metric.unit == COUNT
        else looks.parts(row, metric.unit),
        "band": sentences.band(metric, value, week.goals_of_stores[store.subject_id].get(metric.key)),
        "rank": "" if row is None or rank is None else here("第 {n}/{of}", n=rank, of=row["ranked_of"]),
    }


def funnel_card(here: Visit, week: Week) -> None:
    """From the lead to the car in the month so far: each stage with its share of the one before, store by store."""
    days = week.pace.days
    st.html(
        looks.fragment(
            "title.html",
            title=here("漏斗"),
            note=here(
                "{first} 至 {last}，同一段日子里各环节的数量，不是同一批客户",
                first=f"{days.first:%m-%d}",
                last=f"{days.last:%m-%d}",
            ),
        )
    )
    of_all = [(here("合计"), week.subject.subject_id), *((here.text(it.name), it.subject_id) for it in week.stores)]
    st.html(
        looks.fragment(
            "funnel.html",
            _=here,
            names=[name for name, _ in of_all],
            stages=[
                {
                    "label": here.text(metric.label),
                    "description": here.text(metric.description),
                    "cells": [stage_cell(week, number, subject_id) for _, subject_id in of_all],
                }
                for number, metric in enumerate(FUNNEL)
            ],
        )
    )


def stage_cell(week: Week, number: int, subject_id: str) -> dict[str, str | int]:
    """How many, the share of the stage before, and how long the bar is beside the widest stage."""
    counts = [sentences.value_of(week.funnel.get((metric.key, subject_id))) or Fraction(0) for metric in FUNNEL]
    before = counts[number - 1] if number else None
    return {
        "count": looks.rounded(counts[number], 0),
        "share": f"{looks.rounded(100 * counts[number] / before, 0)}%" if before else "",
        "width": int(100 * counts[number] / max(counts)) if max(counts) else 0,
    }

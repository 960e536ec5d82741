"""The people of the Monday page: who needs help first, what small samples say last; as a list or as a heat map."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import streamlit as st

from kpi_app.pages import address, sentences
from kpi_app.pages.week.gathering import Week
from kpi_app.store.views.overview import Person
from kpi_app.web import looks
from kpi_app.web.visit import Visit
from metrics.kinds import COUNT, HIGHER, Metric
from scorecards.money import printed

LIST, HEAT = "list", "heat"
PROTECTED, ABSENT = "protected", "absent"
MOST_PILLS = 4


def people_card(here: Visit, week: Week) -> None:
    """The people who pass the filters, as a list or as a heat map."""
    st.html(
        looks.fragment(
            "title.html",
            title=here("人员一览"),
            note=here("需要帮助的在前，样本不足的在后；周得分只作管理参考，不计薪"),
        )
    )
    shown, view = filtered(here, week)
    measured = [person for person in shown if any(concerns(week, person, metric) for metric in week.metrics)]
    columns = [metric for metric in week.metrics if any(concerns(week, person, metric) for person in measured)]
    st.html(
        looks.fragment(
            "people.html" if view == LIST else "heat.html",
            _=here,
            columns=[
                {"label": here.text(metric.label), "description": here.text(metric.description)} for metric in columns
            ],
            people=person_rows(here, week, measured, columns),
        )
    )
    if len(measured) < len(shown):
        st.caption(here("另有 {n} 人的岗位没有指标，未列出。", n=len(shown) - len(measured)))


def filtered(here: Visit, week: Week) -> tuple[list[Person], str]:
    """The people of the chosen teams, posts and marks, and the view; all of it stands in the address."""
    names = dict(sorted({(person.team_id, person.team_name) for person in week.people}))
    roles = sorted({person.role for person in week.people})
    marks = {PROTECTED: here("保护期"), ABSENT: here("停岗或缺勤")}
    views = {LIST: here("列表"), HEAT: here("热力图")}
    with st.container(horizontal=True, key="people_filters", vertical_alignment="bottom"):
        view = address.segments("view", here("显示"), views, at=LIST, key="people_view", label_visibility="collapsed")
        fits = len(names) + len(roles) <= MOST_PILLS
        picked = {
            name: several_of(title, options, name, as_pills=fits or name == "mark")
            for name, title, options in (
                ("team", here("小组"), names),
                ("role", here("岗位"), {it: sentences.role_name(it, here.language) for it in roles}),
                ("mark", here("标记"), marks),
            )
            if name == "mark" or len(options) > 1
        }
    teams, of_roles, with_marks = (picked.get(name) or [] for name in ("team", "role", "mark"))
    shown = [
        person
        for person in week.people
        if (not teams or person.team_id in teams)
        and (not of_roles or person.role in of_roles)
        and (PROTECTED not in with_marks or person.is_protected)
        and (ABSENT not in with_marks or person.absent_days)
    ]
    return shown, view


def several_of(title: str, options: Mapping[str, str], name: str, *, as_pills: bool) -> list[str]:
    """Some of a filter's options: as pills while all filters fit into a line, else as a list to choose from."""
    key = f"people_{name}"
    if not as_pills:
        return address.select_several(
            name, title, options, key=key, placeholder=title, label_visibility="collapsed", width=190
        )

    def draw(asked: list[str]) -> list[str]:
        return st.pills(
            title,
            list(options),
            default=asked,
            format_func=lambda it: looks.plain(options.get(it, it)),
            selection_mode="multi",
            label_visibility="collapsed",
            key=key,
        )

    return address.choice(name, key, address.several(name, list(options)), draw, ",".join)


def person_rows(here: Visit, week: Week, people: Sequence[Person], columns: Sequence[Metric]) -> list[dict[str, Any]]:
    """Rows of the table, worst first; ranks are among those shown who have the same card and enough of a sample."""
    scores: dict[str, Fraction] = {}
    for person in people:
        card = week.cards.get(person.person_id)
        if card is not None and card.score is not None and has_sample(week, person):
            scores[person.person_id] = card.score
    rows = []
    for person in people:
        card, before = week.cards.get(person.person_id), week.cards_before.get(person.person_id)
        score = scores.get(person.person_id)
        moved = None if score is None or before is None or before.score is None else score - before.score
        rows.append(
            {
                "rank": "" if score is None else here("第 {n} 名", n=rank_of(week, person, score, scores)),
                "name": person.name,
                "marks": marks_of(here, person),
                "post": f"{sentences.role_name(person.role, here.language)} · {person.team_name}",
                "cells": [person_cell(here, week, person, metric) for metric in columns],
                "score": looks.NOTHING if score is None or card is None else card.score_text,
                "grade": "" if score is None or card is None else card.grade or "",
                "why": "" if card is None or score is not None or card.reason is None else here.text(card.reason),
                "weight": ""
                if score is None or card is None or card.weight_present == 100
                else here("按 {n}% 权重", n=card.weight_present),
                "moved": "" if moved is None else f"{'+' if moved > 0 else ''}{printed(moved, 1)}",
                "is_grey": not has_sample(week, person),
                "order": order(week, person, score),
            }
        )
    return sorted(rows, key=lambda row: row["order"])


def marks_of(here: Visit, person: Person) -> list[str]:
    """Protected, away, gone."""
    marks = [here("保护期")] if person.is_protected else []
    if person.absent_days:
        marks.append(here("缺勤 {n} 天", n=person.absent_days))
    return marks + ([here("已离职")] if person.is_leaver else [])


def rank_of(week: Week, person: Person, score: Fraction, scores: Mapping[str, Fraction]) -> int:
    """Competition rank by exact score among those with the same card."""
    card = week.cards[person.person_id].card.role
    return 1 + sum(it > score for other, it in scores.items() if week.cards[other].card.role == card)


def order(week: Week, person: Person, score: Fraction | None) -> tuple[int, Fraction, str]:
    """Scored ones from the lowest, then those without a card by how little of the goal they reach, then the rest."""
    if not has_sample(week, person):
        return 2, Fraction(0), person.person_id
    if score is not None:
        return 0, score, person.person_id
    shares = [
        share
        for metric in week.metrics
        if (value := sentences.value_of(week.of_people.get((metric.key, person.person_id)))) is not None
        and (goal := week.goals_of_people[person.person_id].get(metric.key)) is not None
        and (share := sentences.attained(metric, value, goal.exact)) is not None
    ]
    return 1, min(shares, default=Fraction(0)), person.person_id


def has_sample(week: Week, person: Person) -> bool:
    """Has any metric of the person's post rows enough to be ranked?"""
    return any(
        (row := week.of_people.get((metric.key, person.person_id))) is not None
        and row["value"] is not None
        and row["sample"] >= metric.min_sample_to_rank
        for metric in week.metrics
        if concerns(week, person, metric)
    )


def concerns(week: Week, person: Person, metric: Metric) -> bool:
    """Is the metric one of the person's post, or on their card?"""
    card = week.cards.get(person.person_id)
    return person.role in metric.roles or (
        card is not None and any(line.line.metric == metric.key for line in card.lines)
    )


def person_cell(here: Visit, week: Week, person: Person, metric: Metric) -> dict[str, str]:
    """Value (of its task, where there is one) and parts of a person's metric, with the band of its goal."""
    if not concerns(week, person, metric):
        return {"value": "", "parts": "", "band": "", "link": ""}
    row = week.of_people.get((metric.key, person.person_id))
    value = sentences.value_of(row)
    goal = week.goals_of_people[person.person_id].get(metric.key)
    shown = sentences.shown(metric, value, here.language)
    is_task = metric.unit == COUNT and metric.better == HIGHER and goal is not None
    return {
        "value": f"{shown}/{sentences.goal_shown(metric, goal, here.language)}" if is_task else shown,
        "parts": "" if is_task else looks.parts(row, metric.unit) if row and value is not None else here("没有样本"),
        "band": sentences.band(metric, value, goal),
        "link": address.link(week.subject, week.period, metric=metric.key, person=person.person_id),
    }

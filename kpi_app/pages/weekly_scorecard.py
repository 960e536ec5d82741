"""The head's Monday: the week against its goals, who needs help, and the rows behind every figure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import partial
from typing import Any

import polars as pl
import streamlit as st

from data_contracts.catalogue import CONTRACTS
from data_contracts.contract import Problem
from kpi_app.pages import sentences
from kpi_app.pages.sentences import chosen
from kpi_app.store import figures, overview
from kpi_app.store.overview import Freshness, Person, Subject
from kpi_app.web import charts, looks
from kpi_app.web.visit import Visit
from metrics.catalogue import METRICS
from metrics.credit import Level
from metrics.kinds import Metric
from metrics.period import Period
from scorecards.cards import Scorecard
from scorecards.money import printed
from scorecards.targets import Target

WEEKS = 13
"""So many weeks stand in a tile's line."""
WEEKS_TO_CHOOSE = 26
TILES_IN_A_ROW = 4
LOW_SCORE = 60
"""Below this score somebody outside their protection is listed as needing attention."""
MOST_NOTICES = 8

Row = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Week:
    """Everything the page shows, measured for who looks."""

    subject: Subject
    period: Period
    month: Period
    metrics: Sequence[Metric]
    figures: Mapping[tuple[str, str], Row]
    beside: Mapping[tuple[str, str], Row]
    goals: Mapping[str, Target]
    people: Sequence[Person]
    of_people: Mapping[tuple[str, str], Row]
    own_cards: Sequence[tuple[Scorecard, Scorecard | None]]
    goals_of_people: Mapping[str, Mapping[str, Target]]
    cards: Mapping[str, Scorecard]
    cards_before: Mapping[str, Scorecard]
    fresh: Freshness


def draw(here: Visit) -> None:
    """Draw the page."""
    offered = overview.subjects(here.db, here.who, here.as_of)
    if not offered:
        st.title(here("本周记分卡"))
        st.info(here("您的范围内没有可查看的小组、部门或门店；请管理员核对范围。"))
        return
    head, controls = st.columns([4, 3], vertical_alignment="bottom")
    with controls:
        subject, period = choose(here, offered)
    week = gather(here, subject, period)
    with head:
        st.html(looks.fragment("week_head.html", _=here, **head_values(here, week)))
    st.html(looks.fragment("week_conclusion.html", _=here, **conclusion_values(here, week)))
    tiles(here, week)
    table, notices = st.columns([7, 3])
    with table, st.container(key="card_people"):
        people_table(here, week)
    with notices, st.container(key="card_notices"):
        st.html(looks.fragment("notices.html", _=here, title=here("需要关注"), notices=notices_of(here, week)))
    with st.container(key="card_rows"):
        counted_rows(here, week)


def choose(here: Visit, offered: Sequence[Subject]) -> tuple[Subject, Period]:
    """Subject and week, from the address where it names them, else the widest and the last whole week."""
    keys = [f"{it.level}:{it.subject_id}" for it in offered]
    asked = st.query_params.get("subject")
    if asked is not None and asked not in keys:
        overview.subject_of(here.db, here.who, asked, here.as_of)
    names = {key: here.text(it.name) for key, it in zip(keys, offered, strict=True)}
    weeks = Period.containing(here.as_of, "week").trailing(WEEKS_TO_CHOOSE)[::-1]
    labels = [week.label for week in weeks]
    asked_week = st.query_params.get("week")
    left, right = st.columns([5, 6])
    with left:
        key = st.selectbox(
            here("范围"),
            keys,
            index=keys.index(asked) if asked else 0,
            format_func=lambda it: names[it],
            key="week_subject",
        )
    with right:
        label = st.selectbox(
            here("周"),
            labels,
            index=labels.index(asked_week) if asked_week in labels else 1,
            format_func=lambda it: week_name(here, Period.parse(it)),
            key="week_period",
        )
    return overview.subject_of(here.db, here.who, key, here.as_of), Period.parse(label)


def week_name(here: Visit, period: Period) -> str:
    """第 46 周 11-09 至 11-15."""
    name = here("第 {n} 周", n=sentences.week_number(period))
    running = here("(进行中)") if period.first <= here.as_of <= period.last else ""
    return f"{name} {period.first:%m-%d}–{period.last:%m-%d}{running}"


def one_of_each_role(people: Sequence[Person]) -> list[tuple[Person, Level]]:
    """Somebody of every role: goals are set for roles far more often than for persons."""
    return [(person, "person") for person in {person.role: person for person in people}.values()]


def gather(here: Visit, subject: Subject, period: Period) -> Week:
    """Measure what the page shows."""
    people = overview.staff(here.db, here.who, subject, period)
    roles = {person.role for person in people}
    chosen_metrics = overview.in_view(here.db, roles, [(subject, subject.level), *one_of_each_role(people)], period)
    month = Period.containing(min(period.last, here.as_of), "month", here.db.settings.month_starts_on)
    weeks = period.trailing(WEEKS)

    def measured(level: Any, periods: Sequence[Period], subjects: Sequence[str]) -> list[dict[str, Any]]:
        if not chosen_metrics or not subjects:
            return []
        found = figures.measure(here.db, here.who, chosen_metrics, periods, level, subjects=subjects, as_of=here.as_of)
        return found.to_dicts()

    own = measured(subject.level, weeks, [subject.subject_id])
    # Months of another pay calendar cannot stand in one call with weeks.
    own += measured(subject.level, [month], [subject.subject_id])
    beside: dict[tuple[str, str], Row] = {}
    for level in ("store", "region"):
        if level != subject.level and (wider := subject.belongs.get(level)):
            try:
                beside |= {(row["metric"], level): row for row in measured(level, [period], [wider])}
            except Problem:
                continue  # out of this person's reach: the tile then shows no comparison
    ids = [person.person_id for person in people]
    goals = overview.goals(here.db, chosen_metrics, [subject], subject.level, period)[0]
    of_people = overview.goals(here.db, chosen_metrics, people, "person", period)
    contracts = dict.fromkeys(name for metric in chosen_metrics for name in feeds(metric))
    return Week(
        subject=subject,
        period=period,
        month=month,
        metrics=chosen_metrics,
        figures={(row["metric"], row["period"]): row for row in own},
        beside=beside,
        goals=goals,
        people=people,
        of_people={(row["metric"], row["subject_id"]): row for row in measured("person", [period], ids)},
        goals_of_people=dict(zip(ids, of_people, strict=True)),
        own_cards=own_cards(here, subject, period),
        cards=cards_of(here, subject, period, ids),
        cards_before=cards_of(here, subject, period.previous(), ids),
        fresh=overview.freshness(here.db, here.who, subject, list(contracts), period, as_of=here.as_of),
    )


def feeds(metric: Metric) -> list[str]:
    """The dated contracts that a metric counts."""
    of = getattr(metric, "of", metric)
    return [name for name in (getattr(of, "base", None), getattr(of, "event", None)) if name is not None]


def cards_of(here: Visit, subject: Subject, period: Period, ids: Sequence[str]) -> dict[str, Scorecard]:
    """Person → card of a week."""
    found = overview.cards(
        here.db, here.who, period, "person", as_of=here.as_of, subjects=ids, store_id=subject.store_id
    )
    return {card.subject_id: card for card in found}


def own_cards(here: Visit, subject: Subject, period: Period) -> list[tuple[Scorecard, Scorecard | None]]:
    """The subject's own cards of a week, one for each post that has one, with last week's."""

    def of(week: Period) -> list[Scorecard]:
        return overview.cards(
            here.db,
            here.who,
            week,
            subject.level,
            as_of=here.as_of,
            subjects=[subject.subject_id],
            store_id=subject.store_id,
        )

    before = {card.card.role: card for card in of(period.previous())}
    return [(card, before.get(card.card.role)) for card in of(period)]


# --- head ---


def head_values(here: Visit, week: Week) -> dict[str, Any]:
    """The line under the title: where, how many, which days, how fresh, what is missing."""
    fresh = week.fresh
    missing = [
        here("{table}缺 {days}", table=here.text(CONTRACTS[name].title), days=days_said(days))
        for name, days in fresh.missing.items()
        if days and name not in ("renewals", "complaints", "surveys")
    ]
    at = here("还没有导入") if fresh.imported_at is None else f"{fresh.imported_at:%m-%d %H:%M}"
    return {
        "title": here("本周记分卡"),
        "where": here.text(week.subject.name),
        "people": here("{n} 人", n=len(week.people)),
        "week": week_name(here, week.period),
        "as_of": here("数据截至 {day}", day=here.as_of.isoformat()),
        "imported": here("最近导入 {at}", at=at),
        "missing": missing,
    }


def days_said(days: Sequence[date]) -> str:
    """11-09、11-12, at most five of them."""
    said = "、".join(f"{day:%m-%d}" for day in days[:5])
    return said + (" …" if len(days) > 5 else "")


def conclusion_values(here: Visit, week: Week) -> dict[str, Any]:
    """The week in a sentence, then the month so far beside the share of time gone."""
    counted = [it for it in week.metrics if (row := week.figures.get((it.key, week.period.label))) and row["sample"]]
    if not counted:
        return {"sentence": here("本周没有计入的数据。"), "band": "", "also": ""}
    metric = counted[0]
    row, goal = week.figures[metric.key, week.period.label], week.goals.get(metric.key)
    in_month = week.figures.get((metric.key, week.month.label))
    also = here(
        "{month} 累计 {value}({parts})，本月时间已过 {share}%。",
        month=week.month.label,
        value=sentences.shown(metric, sentences.value_of(in_month), here.language),
        parts=looks.parts(in_month, metric.unit) if in_month else looks.NOTHING,
        share=sentences.time_gone(week.month, min(here.as_of, week.month.last)),
    )
    if not row["is_settled"]:
        also = here("本周为未定数，{day} 定数。", day=f"{row['settles_on']:%m-%d}") + " " + also
    return {
        "sentence": sentences.conclusion(here, metric, row, goal, here.language),
        "band": sentences.band(metric, sentences.value_of(row), goal),
        "also": also,
    }


# --- tiles ---


def tiles(here: Visit, week: Week) -> None:
    """One tile per metric and one per card, at most four in a row."""
    drawn: list[Callable[[], None]] = [partial(metric_tile, here, week, metric) for metric in week.metrics]
    drawn += [partial(score_tile, here, card, before) for card, before in week.own_cards]
    for start in range(0, len(drawn), TILES_IN_A_ROW):
        of_row = drawn[start : start + TILES_IN_A_ROW]
        for number, (column, draw_tile) in enumerate(zip(st.columns(len(of_row)), of_row, strict=True), start):
            with column, st.container(key=f"card_tile_{number}", height="stretch"):
                draw_tile()


def metric_tile(here: Visit, week: Week, metric: Metric) -> None:
    """A metric's tile with its line over thirteen weeks."""
    st.html(looks.fragment("tile.html", _=here, **tile_values(here, week, metric)))
    points = trend_points(here, week, metric)
    if points["value"].count() > 1:
        spec = charts.trend(here("周"), chosen(metric.label, here.language), here("目标"))
        st.vega_lite_chart(points, spec, width="stretch", height=58, theme=None, key=f"trend_{metric.key}")


def score_tile(here: Visit, card: Scorecard, before: Scorecard | None) -> None:
    """The score of a subject's card, with what it stands on."""
    moved = None if card.score is None or before is None or before.score is None else card.score - before.score
    st.html(
        looks.fragment(
            "score_tile.html",
            _=here,
            label=here.text(card.card.name),
            score=card.score_text or looks.NOTHING,
            grade=card.grade or "",
            reason="" if card.reason is None else here.text(card.reason),
            moved="" if moved is None else f"{'+' if moved > 0 else ''}{printed(moved, 1)}",
            is_up=moved is not None and moved > 0,
            is_down=moved is not None and moved < 0,
            is_settled=card.is_settled,
            lines=[
                {
                    "label": here.text(line.metric.label),
                    "weight": line.line.weight,
                    "points": looks.NOTHING if line.points is None else printed(line.points, 1),
                    "reason": "" if line.reason is None else here.text(line.reason),
                }
                for line in card.lines
            ],
        )
    )


def tile_values(here: Visit, week: Week, metric: Metric) -> dict[str, Any]:
    """What a tile says."""
    row = week.figures.get((metric.key, week.period.label))
    before = sentences.value_of(week.figures.get((metric.key, week.period.previous().label)))
    value, goal = sentences.value_of(row), week.goals.get(metric.key)
    gap = None if value is None or goal is None else sentences.distance(metric, value, goal.exact)
    moved = None if value is None or before is None else sentences.change(metric, value, before)
    beside = []
    for level, name in (("store", here("门店")), ("region", here("区域"))):
        if found := week.beside.get((metric.key, level)):
            beside.append({"name": name, "value": sentences.shown(metric, sentences.value_of(found), here.language)})
    return {
        "label": here.text(metric.label),
        "description": here.text(metric.description),
        "value": sentences.shown(metric, value, here.language),
        "parts": looks.parts(row, metric.unit) if row and value is not None else here("没有样本"),
        "goal": sentences.goal_shown(metric, goal, here.language) if goal else here("没有目标值"),
        "gap": "" if gap is None else sentences.difference(here, metric, gap),
        "band": sentences.band(metric, value, goal),
        "moved": "" if moved is None else sentences.difference(here, metric, moved),
        "is_up": moved is not None and moved > 0,
        "is_down": moved is not None and moved < 0,
        "is_better": moved is not None and sentences.is_better(metric, moved),
        "settled": "" if row is None else settled(here, row),
        "is_settled": row is not None and row["is_settled"],
        "beside": beside,
    }


def settled(here: Visit, row: Row) -> str:
    """已定数, or until when it may still change."""
    if row["is_settled"]:
        return here("已定数")
    return here("未定数 · {day} 定", day=f"{row['settles_on']:%m-%d}")


def trend_points(here: Visit, week: Week, metric: Metric) -> pl.DataFrame:
    """The weeks of a tile's line."""
    goal = week.goals.get(metric.key)
    rows = []
    for number, period in enumerate(week.period.trailing(WEEKS)):
        value = sentences.value_of(week.figures.get((metric.key, period.label)))
        rows.append(
            {
                "no": number,
                "period": f"{period.first:%m-%d}–{period.last:%m-%d}",
                "value": None if value is None else float(value) / (3600 if metric.unit == "hours" else 1),
                "goal": None if goal is None else float(goal.goal),
                "shown": sentences.shown(metric, value, here.language),
                "goal_shown": sentences.goal_shown(metric, goal, here.language),
                "is_last": period == week.period,
            }
        )
    return pl.DataFrame(rows, schema_overrides={"value": pl.Float64, "goal": pl.Float64})


# --- people ---


def people_table(here: Visit, week: Week) -> None:
    """The people: the one who needs help most first, too small a sample last and grey."""
    st.html(
        looks.fragment(
            "title.html",
            title=here("人员一览"),
            note=here("需要帮助的在前，样本不足的在后；周得分只作管理参考，不计薪"),
        )
    )
    teams = sorted({(person.team_id, person.team_name) for person in week.people})
    roles = sorted({person.role for person in week.people})
    shown = list(week.people)
    with st.container(horizontal=True, key="people_filters"):
        if len(teams) > 1:
            names = dict(teams)
            picked = st.pills(
                here("小组"), list(names), selection_mode="multi", format_func=lambda it: names[it], key="people_teams"
            )
            shown = [person for person in shown if not picked or person.team_id in picked]
        if len(roles) > 1:
            picked_roles = st.pills(
                here("岗位"),
                roles,
                selection_mode="multi",
                format_func=lambda it: sentences.role_name(it, here.language),
                key="people_roles",
            )
            shown = [person for person in shown if not picked_roles or person.role in picked_roles]
    measured = [person for person in shown if any(concerns(week, person, metric) for metric in week.metrics)]
    columns = [metric for metric in week.metrics if any(concerns(week, person, metric) for person in measured)]
    st.html(
        looks.fragment(
            "people.html",
            _=here,
            columns=[here.text(metric.label) for metric in columns],
            people=person_rows(here, week, measured, columns),
        )
    )
    if len(measured) < len(shown):
        st.caption(here("另有 {n} 人的岗位没有指标，未列出。", n=len(shown) - len(measured)))


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
        marks = [here("保护期")] if person.is_protected else []
        rows.append(
            {
                "rank": "" if score is None else rank_of(week, person, score, scores),
                "name": person.name,
                "marks": marks + ([here("已离职")] if person.is_leaver else []),
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
    """Value and parts of a person's metric, with the band of its goal."""
    if not concerns(week, person, metric):
        return {"value": "", "parts": "", "band": ""}
    row = week.of_people.get((metric.key, person.person_id))
    value = sentences.value_of(row)
    goal = week.goals_of_people[person.person_id].get(metric.key)
    return {
        "value": sentences.shown(metric, value, here.language),
        "parts": looks.parts(row, metric.unit) if row and value is not None else here("没有样本"),
        "band": sentences.band(metric, value, goal),
    }


# --- what needs attention ---


def notices_of(here: Visit, week: Week) -> list[dict[str, str]]:
    """What to look at first: figures behind their goal, people with low scores, people without rows."""
    found = []
    for metric in week.metrics:
        row = week.figures.get((metric.key, week.period.label))
        value, goal = sentences.value_of(row), week.goals.get(metric.key)
        band = sentences.band(metric, value, goal)
        if value is not None and goal is not None and band != sentences.REACHED:
            apart = sentences.difference(here, metric, sentences.distance(metric, value, goal.exact), sign=False)
            said = here("{value}，距目标 {goal} 差 {gap}", value=sentences.shown(metric, value, here.language),
                        goal=sentences.goal_shown(metric, goal, here.language), gap=apart)  # fmt: skip
            found.append({"title": here.text(metric.label), "text": said, "tag": here("落后"), "band": band})
    for person in week.people:
        card, before = week.cards.get(person.person_id), week.cards_before.get(person.person_id)
        if card is None or card.score is None or person.is_protected or not has_sample(week, person):
            continue
        if card.score < LOW_SCORE:
            twice = before is not None and before.score is not None and before.score < LOW_SCORE
            text = (
                here("得分 {score}，连续两周低于 {low}", score=card.score_text, low=LOW_SCORE)
                if twice
                else here("得分 {score}，低于 {low}", score=card.score_text, low=LOW_SCORE)
            )
            found.append({"title": person.name, "text": text, "tag": here("辅导"), "band": sentences.FAR})
    for person in week.people:
        if any(concerns(week, person, metric) for metric in week.metrics) and not has_sample(week, person):
            found.append({"title": person.name, "text": here("本周没有计入的记录"), "tag": here("无样本"), "band": ""})
    return found[:MOST_NOTICES]


# --- the rows behind a figure ---


def counted_rows(here: Visit, week: Week) -> None:
    """The rows that a metric counted, for the subject or one person, with file and row."""
    st.html(looks.fragment("title.html", title=here("计入明细"), note=here("每一个数都能查到导入文件的行")))
    if not week.metrics:
        return
    left, right = st.columns([3, 2])
    with left:
        key = st.segmented_control(
            here("指标"),
            [metric.key for metric in week.metrics],
            default=week.metrics[0].key,
            format_func=lambda it: here.text(METRICS[it].label),
            required=True,
            key="rows_metric",
        )
    metric = METRICS[key or week.metrics[0].key]
    people = {person.person_id: person for person in week.people if person.role in metric.roles}
    with right:
        person_id = st.selectbox(
            here("人员"),
            [None, *people],
            format_func=lambda it: here("全部") if it is None else f"{people[it].name}({it})",
            key=f"rows_person_{metric.key}",
        )
    level, subject_id = (week.subject.level, week.subject.subject_id) if person_id is None else ("person", person_id)
    rows = overview.rows(here.db, here.who, metric, level, subject_id, week.period, as_of=here.as_of)
    st.html(
        looks.fragment(
            "note.html",
            text=here(
                "{name}：{meaning} 本周计入 {n} 行。", name=here.text(metric.label), meaning=here.text(metric.meaning),
                n=rows.height,
            ),
        )
    )  # fmt: skip
    names = {person.person_id: person.name for person in week.people}
    table = rows.select(
        pl.col("day").cast(pl.String).alias(here("日期")),
        pl.col("person_id").replace_strict(names, default=pl.col("person_id")).alias(here("姓名")),
        pl.col("numerator").alias(here("分子")),
        pl.col("denominator").alias(here("分母")),
        pl.col("contract").replace_strict(
            {name: here.text(it.title) for name, it in CONTRACTS.items()}, return_dtype=pl.String
        ).alias(here("数据表")),
        pl.col("key").alias(here("编号")),
        pl.col("_file").alias(here("文件")),
        pl.col("_row").alias(here("行")),
    )  # fmt: skip
    st.dataframe(table, hide_index=True, height=min(320, 38 + 35 * max(1, rows.height)), key="rows_table")

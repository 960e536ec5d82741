"""The tiles of the Monday page: one for each metric, one for each card of the subject."""

from typing import Any

import streamlit as st

from kpi_app.pages import sentences
from kpi_app.pages.week.gathering import WEEKS, Row, Week
from kpi_app.pages.week.sparks import spark
from kpi_app.web import looks
from kpi_app.web.visit import Visit
from metrics.kinds import COUNT, Metric
from scorecards.cards import Scorecard, in_shown_unit
from scorecards.money import printed

TILES_IN_A_ROW = 4


def tiles(here: Visit, week: Week) -> None:
    """One tile per metric, at most four in a row, then the subject's cards in a line."""
    rows = -(-len(week.metrics) // TILES_IN_A_ROW)
    in_a_row = -(-len(week.metrics) // rows) if rows else 1
    for start in range(0, len(week.metrics), in_a_row):
        of_row = week.metrics[start : start + in_a_row]
        for number, (column, metric) in enumerate(zip(st.columns(in_a_row), of_row, strict=False), start):
            with column, st.container(key=f"card_tile_{number}", height="stretch", gap="small"):
                metric_tile(here, week, metric)
    if week.own_cards:
        cards = [card_values(here, card, before) for card, before in week.own_cards]
        st.html(looks.fragment("score_line.html", _=here, cards=cards))


def metric_tile(here: Visit, week: Week, metric: Metric) -> None:
    """A metric's tile with its line over thirteen weeks, and the way to its parts."""
    st.html(looks.fragment("tile.html", _=here, **tile_values(here, week, metric)))
    st.button(
        here("看构成与明细"),
        type="tertiary",
        key=f"parts_{metric.key}",
        on_click=choose_metric,
        args=(metric.key,),
        help=here.text(metric.meaning),
    )


def choose_metric(key: str) -> None:
    """Let the parts below be those of a metric, of the whole subject."""
    st.session_state["rows_metric"] = key
    st.session_state[f"rows_person_{key}"] = None


def card_values(here: Visit, card: Scorecard, before: Scorecard | None) -> dict[str, Any]:
    """The score of a subject's card, with what it stands on."""
    moved = None if card.score is None or before is None or before.score is None else card.score - before.score
    return {
        "label": here.text(card.card.name),
        "score": card.score_text or looks.NOTHING,
        "grade": card.grade or "",
        "reason": "" if card.reason is None else here.text(card.reason),
        "moved": "" if moved is None else f"{'+' if moved > 0 else ''}{printed(moved, 1)}",
        "is_up": moved is not None and moved > 0,
        "is_down": moved is not None and moved < 0,
        "is_settled": card.is_settled,
        "lines": [
            {
                "label": here.text(line.metric.label),
                "weight": line.line.weight,
                "points": looks.NOTHING if line.points is None else printed(line.points, 1),
                "held": "" if line.held is None else here.text(line.held),
                "reason": "" if line.reason is None else here.text(line.reason),
            }
            for line in card.lines
        ],
    }


def tile_values(here: Visit, week: Week, metric: Metric) -> dict[str, Any]:
    """What a tile says."""
    row = week.row(metric)
    value, goal = sentences.value_of(row), week.goals.get(metric.key)
    gap = None if value is None or goal is None else sentences.distance(metric, value, goal.exact)
    beside = [
        {"name": name, "value": sentences.shown(metric, sentences.value_of(found), here.language)}
        for level, name in (("store", here("门店")), ("region", here("区域")))
        if (found := week.beside.get((metric.key, level)))
    ]
    return {
        "label": here.text(metric.label),
        "description": here.text(metric.description),
        "value": sentences.shown(metric, value, here.language),
        "parts": here("没有样本")
        if row is None or value is None
        else ""
        if metric.unit == COUNT
        else looks.parts(row, metric.unit),
        "goal": sentences.goal_shown(metric, goal, here.language) if goal else here("没有目标值"),
        "gap": "" if gap is None else sentences.difference(here, metric, gap),
        "band": sentences.band(metric, value, goal),
        "line": line_of(here, week, metric),
        "settled": "" if row is None else settled(here, row),
        "is_settled": row is not None and row["is_settled"],
        "beside": beside,
        "moves": [
            moved(here, metric, here("比上周"), row, week.row(metric, week.period.previous())),
            moved(
                here,
                metric,
                here("本月比上月同期"),
                week.pace.so_far.get(metric.key),
                week.pace.before.get(metric.key),
                explained=same_days(here, week, metric),
            ),
        ],
    }


def moved(
    here: Visit, metric: Metric, name: str, now: Row | None, before: Row | None, *, explained: str = ""
) -> dict[str, Any]:
    """How far a figure moved from another, for the good or the bad."""
    new, old = sentences.value_of(now), sentences.value_of(before)
    by = None if new is None or old is None else sentences.change(metric, new, old)
    return {
        "name": name,
        "said": "" if by is None else sentences.difference(here, metric, by),
        "mark": "" if by is None else "▲" if by > 0 else "▼" if by < 0 else "■",
        "is_better": by is not None and sentences.is_better(metric, by),
        "explained": explained,
    }


def same_days(here: Visit, week: Week, metric: Metric) -> str:
    """What is compared with the month before: as many open days, as known at the end of them."""
    pace = week.pace
    return here(
        "{month} 前 {n} 个营业日 {value}；{before} 前 {n} 个营业日 {old}（按当时已知）",
        month=pace.month.label,
        n=pace.days_gone,
        value=sentences.shown(metric, sentences.value_of(pace.so_far.get(metric.key)), here.language),
        before=pace.month.previous().label,
        old=sentences.shown(metric, sentences.value_of(pace.before.get(metric.key)), here.language),
    )


def settled(here: Visit, row: Row) -> str:
    """已定数, or until when it may still change."""
    if row["is_settled"]:
        return here("已定数")
    return here("未定数 · {day} 定", day=f"{row['settles_on']:%m-%d}")


def line_of(here: Visit, week: Week, metric: Metric) -> dict[str, str]:
    """The weeks of a tile's line: the picture, and the same in words."""
    weeks = week.period.trailing(WEEKS)
    values = [sentences.value_of(week.row(metric, period)) for period in weeks]
    goal = week.goals.get(metric.key)
    if sum(value is not None for value in values) < 2:
        return {"picture": "", "said": ""}
    said = [
        f"{period.first:%m-%d} {sentences.shown(metric, value, here.language)}"
        for period, value in zip(weeks, values, strict=True)
    ]
    scaled = tuple(None if value is None else float(in_shown_unit(metric, value)) for value in values)
    return {
        "picture": spark(scaled, None if goal is None else float(goal.exact)),
        "said": here("近 {n} 周：{weeks}", n=WEEKS, weeks=sentences.listed(said, here.language)),
    }

"""A small group for the tests of pay: one store in 华东, one in 华北, consultants, a director, a benchmark."""

from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

import polars as pl

from metrics.period import Period
from scorecards import plan as plans
from tests.facts import facts

OCTOBER = Period.parse("2026-10")
SATISFACTION = plans.read((files("scorecards") / "plans" / "satisfaction.toml").read_text(encoding="utf-8"))
PERFORMANCE = plans.read((files("scorecards") / "plans" / "performance_base.toml").read_text(encoding="utf-8"))

STORES = [
    {"store_id": "S01", "store_name": "东一店", "region": "华东", "city": "上海"},
    {"store_id": "S02", "store_name": "北一店", "region": "华北", "city": "天津"},
]


def post(person_id: str, role: str = "sales_consultant", **more: Any) -> dict[str, Any]:
    """A row of people, in S01's sales department since 2025 unless it says otherwise."""
    return {
        "person_id": person_id, "person_name": f"员工{person_id}", "role": role, "team_id": "T01",
        "department": "销售部", "store_id": "S01", "since": "2025-01-01", **more,
    }  # fmt: skip


DIRECTOR = post("D01", "sales_director", team_id="T00")


def answers(person_id: str, *scores: int, on: str = "2026-09-15", **more: Any) -> list[dict[str, Any]]:
    """One CSS questionnaire per score (in hundredths) of a person."""
    return [
        {
            "survey_id": f"{person_id}-{on}-{n}", "programme": "CSS", "store_id": "S01", "department": "销售部",
            "person_id": person_id, "surveyed_on": on, "item": "总分", "score_hundredths": score, **more,
        }
        for n, score in enumerate(scores)
    ]  # fmt: skip


def average(
    score: int = 88_00, period: str = "2026-09", published_on: str = "2026-10-12", **more: Any
) -> dict[str, Any]:
    """A benchmark of 华东 for any department."""
    return {
        "programme": "CSS", "item": "总分", "region": "华东", "period": period,
        "score_hundredths": score, "published_on": published_on, **more,
    }  # fmt: skip


def complaint(complaint_id: str, received_at: str = "2026-10-03 09:00", **more: Any) -> dict[str, Any]:
    """A complaint of S01's sales department."""
    return {
        "complaint_id": complaint_id, "store_id": "S01", "department": "销售部", "received_at": received_at, **more,
    }  # fmt: skip


def ruling(complaint_id: str, person_id: str, penalty_fen: int | None, **more: Any) -> dict[str, Any]:
    """A ruling at fault by the director on 20 October."""
    return {
        "complaint_id": complaint_id, "kind": "责任", "person_id": person_id, "fault": "有责",
        "penalty_fen": penalty_fen, "judged_by": "D01", "judged_at": "2026-10-20 10:00", **more,
    }  # fmt: skip


def group(people: Sequence[Mapping[str, Any]] = (), **tables: Sequence[Mapping[str, Any]]) -> dict[str, pl.LazyFrame]:
    """Facts of the two stores, the director, and what is given."""
    given: dict[str, Sequence[Mapping[str, Any]]] = {"stores": STORES, "people": [DIRECTOR, *people]}
    return facts(**given | tables)

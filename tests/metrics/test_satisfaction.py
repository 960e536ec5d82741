"""css_score and css_gap: points in hundredths, and which regional average they are held against."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from metrics.credit import Level
from metrics.measure import measure
from metrics.period import Period
from metrics.satisfaction import (
    css_gap,
    css_item_gap,
    css_item_score,
    css_score,
    css_score_published,
    css_weakest_item,
)
from metrics.stated import beside
from tests.facts import facts

STORES = [{"store_id": "S01", "region": "华东"}, {"store_id": "S02", "region": "华北"}]
OCTOBER = Period.parse("2026-10")
AS_OF = date(2026, 12, 31)


def answer(survey_id: str, score: int, **more: Any) -> dict[str, Any]:
    return {"survey_id": survey_id, "programme": "CSS", "item": "总分", "store_id": "S01", "person_id": "E1",
            "department": "销售部", "surveyed_on": "2026-10-12", "score_hundredths": score, **more}  # fmt: skip


def average(score: int, region: str = "华东", **more: Any) -> dict[str, Any]:
    return {"programme": "CSS", "item": "总分", "region": region, "period": "2026-10", "score_hundredths": score,
            "published_on": "2026-11-08", **more}  # fmt: skip


def figure(
    metric: Any, surveys: list[dict[str, Any]], benchmarks: list[dict[str, Any]], level: Level = "person",
    period: Period = OCTOBER, as_of: date = AS_OF, people: Any = (),
) -> dict[str, Any]:  # fmt: skip
    built = facts(stores=STORES, people=people, surveys=surveys, benchmarks=benchmarks)
    rows = measure([metric], built, [period], level, as_of=as_of).to_dicts()
    assert len(rows) == 1
    return rows[0]


@pytest.mark.parametrize(
    ("score", "max_score", "hundredths"),
    [
        (9_250, 10_000, 9_250),
        (100, 300, 3_333),  # 33.333…
        (200, 300, 6_667),  # 66.666…
        (1, 800, 13),  # 0.125 points rounds half up
        (3, 800, 38),  # 0.375, which half-to-even would also take up
        (5, 800, 63),  # 0.625, which half-to-even would take down
        (500, 500, 10_000),
        (0, 500, 0),
    ],
)
def test_a_questionnaire_is_held_in_hundredths_half_up(score: int, max_score: int, hundredths: int) -> None:
    found = figure(css_score, [answer("Q1", score, max_score_hundredths=max_score)], [])
    assert (found["numerator"], found["denominator"], found["sample"]) == (hundredths, 100, 1)


def test_the_score_is_the_mean_of_the_overall_scores_of_css_alone() -> None:
    found = figure(
        css_score,
        [answer("Q1", 9_000), answer("Q2", 9_101), answer("Q3", 1_000, item="环境"), answer("Q4", 0, programme="CSI"),
         answer("Q5", 0, surveyed_on="2026-11-01"), answer("Q6", 0, surveyed_on="2026-09-30")],
        [average(8_800)],
    )  # fmt: skip
    assert (found["numerator"], found["denominator"], found["sample"]) == (18_101, 200, 2)
    assert found["value"] == 90.505
    assert (found["benchmark"], found["benchmark_published_on"]) == (88.0, date(2026, 11, 8))


def test_the_gap_is_exact_where_floats_are_not() -> None:
    found = figure(css_gap, [answer("Q1", 8_930)], [average(8_800)])  # 89.3 − 88.0 is 1.2999999999999972 in floats
    assert (found["numerator"], found["denominator"], found["value"]) == (130, 100, 1.3)
    assert (found["benchmark"], found["benchmark_published_on"]) == (88.0, date(2026, 11, 8))


def test_the_departments_own_average_comes_before_the_one_for_all() -> None:
    both = [average(8_800), average(9_000, department="销售部"), average(9_900, department="售后部")]
    assert figure(css_gap, [answer("Q1", 9_100)], both)["numerator"] == 100
    assert figure(css_gap, [answer("Q1", 9_100)], both[:1])["numerator"] == 300
    assert figure(css_gap, [answer("Q1", 9_100, department=None)], both)["numerator"] == 300
    post = {"person_id": "E1", "role": "sales_consultant", "team_id": "T1", "store_id": "S01", "department": "售后部",
            "since": "2026-01-01"}  # fmt: skip
    of_post = figure(css_gap, [answer("Q1", 9_100, department=None)], both, people=[post])
    assert of_post["numerator"] == -800  # the department of the person's post


def test_a_team_holds_each_questionnaire_against_its_own_stores_region() -> None:
    posts = [
        {"person_id": person, "role": "sales_consultant", "team_id": "T1", "department": "销售部", "store_id": store,
         "since": "2026-01-01"}
        for person, store in (("E1", "S01"), ("E2", "S02"))
    ]  # fmt: skip
    surveys = [answer("Q1", 9_000), answer("Q2", 9_000, person_id="E2", store_id="S02"),
               answer("Q3", 9_000, person_id="E2", store_id="S02")]  # fmt: skip
    averages = [average(8_900), average(8_600, "华北", published_on="2026-11-10"), average(8_700, "全国")]
    found = figure(css_gap, surveys, averages, "team", people=posts)
    assert (found["numerator"], found["denominator"], found["sample"]) == (100 + 400 + 400, 300, 3)
    assert found["benchmark"] == (8_900 + 8_600 + 8_600) / 300
    assert found["benchmark_published_on"] == date(2026, 11, 10)
    nation = figure(css_gap, surveys, averages, "group", people=posts)
    assert (nation["numerator"], nation["benchmark"]) == (900, 87.0)


def test_a_region_is_held_against_the_nation() -> None:
    found = figure(css_gap, [answer("Q1", 9_000)], [average(8_900), average(8_700, "全国")], "region")
    assert (found["subject_id"], found["numerator"], found["benchmark"]) == ("华东", 300, 87.0)


def test_without_an_average_for_each_questionnaire_there_is_no_gap() -> None:
    surveys = [answer("Q1", 9_000), answer("Q2", 9_000, store_id="S02")]
    found = figure(css_gap, surveys, [average(8_900)])
    assert [found[name] for name in ("value", "numerator", "denominator", "benchmark", "sample", "rank")] == [
        None, None, None, None, 2, None]  # fmt: skip
    assert (found["reason_zh"], found["reason_en"]) == ("没有区域平均分", "no regional average")
    score = figure(css_score, surveys, [average(8_900)])
    assert (score["value"], score["benchmark"], score["reason_zh"]) == (90.0, None, None)


@pytest.mark.parametrize(("as_of", "known"), [(date(2026, 11, 7), False), (date(2026, 11, 8), True)])
def test_an_average_is_known_from_the_day_it_is_published(as_of: date, known: bool) -> None:
    found = figure(css_gap, [answer("Q1", 9_000)], [average(8_900)], as_of=as_of)
    assert (found["numerator"] == 100) is known


def test_the_average_is_that_of_the_identical_period() -> None:
    quarterly = [average(8_500, period="2026Q4")]
    assert figure(css_gap, [answer("Q1", 9_000)], quarterly)["value"] is None
    assert figure(css_gap, [answer("Q1", 9_000)], quarterly, period=Period.parse("2026Q4"))["value"] == 5.0
    assert figure(css_gap, [answer("Q1", 9_000)], [average(8_900)], period=Period.parse("2026Q4"))["value"] is None


def test_where_the_rule_says_quarter_the_enclosing_quarter_stands_in() -> None:
    gap = replace(css_gap, benchmark_period="quarter")
    quarterly = [average(8_500, period="2026Q4")]
    assert figure(gap, [answer("Q1", 9_000)], quarterly)["value"] == 5.0
    assert figure(gap, [answer("Q1", 9_000)], quarterly, period=Period.parse("2026-W42"))["value"] == 5.0
    assert figure(gap, [answer("Q1", 9_000)], [*quarterly, average(8_900)])["value"] == 1.0  # the month's own is first
    across = figure(gap, [answer("Q1", 9_000, surveyed_on="2026-10-01")], quarterly, period=Period.parse("2026-W40"))
    assert across["value"] is None  # the week of 28 September lies in two quarters


def test_other_programmes_and_items_have_averages_of_their_own() -> None:
    others = [average(8_900, programme="CSI"), average(8_900, item="环境")]
    assert figure(css_gap, [answer("Q1", 9_000)], others)["value"] is None


def test_each_item_has_its_own_gap_and_the_lowest_is_the_weakest() -> None:
    answers = [
        answer("Q1", 9_000, item="环境"), answer("Q1", 8_000, item="交车"), answer("Q1", 9_900),
        answer("Q2", 8_000, item="环境"), answer("Q2", 7_000, item="试驾"),
        answer("Q3", 1_000, item="环境", programme="CSI"),
        answer("Q4", 8_500, item="环境", person_id="E2"), answer("Q4", 8_000, item="交车", person_id="E2"),
    ]  # fmt: skip
    averages = [average(8_400, item="环境"), average(7_900, item="交车"), average(9_000)]
    built = facts(stores=STORES, surveys=answers, benchmarks=averages)
    found = measure([css_item_gap, css_weakest_item], built, [OCTOBER], "person", as_of=AS_OF)
    assert found.select("metric", "subject_id", "item", "numerator", "denominator", "rank").rows() == [
        ("css_item_gap", "E1", "交车", 100, 100, 1),
        ("css_item_gap", "E1", "环境", 600 - 400, 200, 1),
        ("css_item_gap", "E1", "试驾", None, None, None),  # no average is published for it
        ("css_item_gap", "E2", "交车", 100, 100, 1),
        ("css_item_gap", "E2", "环境", 100, 100, 1),
        # Three gaps are 1.00: of equal ones the first in order.
        ("css_weakest_item", "E1", "交车", 100, 100, 1),
        ("css_weakest_item", "E2", "交车", 100, 100, 1),
    ]
    lower = [average(8_401, item="环境"), *averages[1:]]
    again = facts(stores=STORES, surveys=answers, benchmarks=lower)
    found = measure([css_weakest_item], again, [OCTOBER], "person", as_of=AS_OF)
    assert found.select("subject_id", "item", "value").rows() == [("E1", "环境", 0.99), ("E2", "环境", 0.99)]


def test_without_any_average_there_is_no_weakest_item() -> None:
    built = facts(stores=STORES, surveys=[answer("Q1", 9_000, item="环境")], benchmarks=[average(8_400, item="交车")])
    found = measure([css_weakest_item], built, [OCTOBER], "person", as_of=AS_OF)
    assert found.select("item", "value", "sample", "reason_zh").rows() == [("", None, 1, "没有区域平均分")]


def test_an_items_score_stands_beside_its_own_average() -> None:
    answers = [answer("Q1", 9_000, item="环境"), answer("Q1", 8_000, item="交车"), answer("Q1", 9_900)]
    built = facts(stores=STORES, surveys=answers, benchmarks=[average(8_400, item="环境"), average(9_000)])
    found = measure([css_item_score], built, [OCTOBER], "person", as_of=AS_OF)
    assert found.select("item", "value", "benchmark").rows() == [("交车", 80.0, None), ("环境", 90.0, 84.0)]


def test_the_published_score_stands_beside_the_computed_one_with_the_difference() -> None:
    stated = {
        "source": "厂家",
        "level": "store",
        "subject_id": "S01",
        "period": "2026-10",
        "published_on": "2026-11-08",
    }
    built = facts(
        stores=STORES,
        surveys=[answer("Q1", 9_000)],
        stated_figures=[{**stated, "metric": "css_score", "value": "89.5", "sample": 40}],
    )
    found = measure([css_score, css_score_published], built, [OCTOBER], "store", as_of=AS_OF)
    values = found.select("metric", "value", "sample").rows()
    assert values == [("css_score", 90.0, 1), ("css_score_published", 89.5, 40)]
    rows = beside([css_score, css_score_published, css_item_gap], built, [OCTOBER], "store", as_of=AS_OF)
    assert rows.select("metric", "value", "stated_value", "difference").rows() == [("css_score", 90.0, 89.5, 0.5)]
    for day, known in ((date(2026, 11, 7), False), (date(2026, 11, 8), True)):
        found = measure([css_score_published], built, [OCTOBER], "store", as_of=day)
        assert (found.height == 1) is known

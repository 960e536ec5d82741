"""R1, the satisfaction award: +200.00 for a printed CSS score above the region's published average."""

from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl
import pytest

from metrics.period import Period
from scorecards.dated import Dated, Version
from scorecards.plan import Plan
from scorecards.rules import pay_lines
from scorecards.shapes import Threshold
from tests.scorecards.group import OCTOBER, SATISFACTION, answers, average, group, post

AS_OF = date(2026, 11, 5)


def outcome(scores: list[int], benchmark: int = 88_00, plan: Plan = SATISFACTION, **more: Any) -> tuple[str, list[int]]:
    facts = group([post("E1")], surveys=answers("E1", *scores), benchmarks=[average(benchmark, **more)])
    result = pay_lines([plan], facts, OCTOBER, as_of=AS_OF)
    return result.judgements[0].outcome, result.lines["amount_fen"].to_list()


def with_options(**options: Any) -> Plan:
    rule = next(rule for rule in SATISFACTION.rules_on("2026-10") if isinstance(rule, Threshold))
    changed = replace(rule, **options)
    return replace(SATISFACTION, rules=(Dated.of([Version(value=changed, since="2024-01", source="test")]),))


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ([88_01] * 5, ("paid", [200_00])),
        ([88_00] * 5, ("not_reached", [])),  # equal to the average is not above it
        ([87_99] * 5, ("not_reached", [])),
        ([95_00] * 4, ("small_sample", [])),  # 4 < 5
        ([88_00] * 4 + [88_02], ("not_reached", [])),  # 440.02 / 5 = 88.004, printed 88.00
        ([88_00] * 4 + [88_03], ("paid", [200_00])),  # 440.03 / 5 = 88.006, printed 88.01
        ([88_00] * 3 + [88_01] * 3, ("paid", [200_00])),  # 88.005 exactly: a half is printed 88.01
        ([], ("no_figure", [])),
    ],
)
def test_the_printed_score_must_be_above_the_average_on_five_questionnaires(
    scores: list[int], expected: tuple[str, list[int]]
) -> None:
    assert outcome(scores) == expected


def test_a_plan_may_judge_the_exact_score_or_take_the_average_as_reached() -> None:
    just_above = [88_00] * 4 + [88_02]  # 88.004
    assert outcome(just_above, plan=with_options(judged_on="exact")) == ("paid", [200_00])
    assert outcome([88_00] * 5, plan=with_options(at_average="pass")) == ("paid", [200_00])
    assert outcome([87_99] * 5, plan=with_options(at_average="pass")) == ("not_reached", [])


def test_the_arithmetic_is_a_plain_sentence_in_both_languages() -> None:
    surveys = answers("E1", *[89_00] * 5, 90_00, 90_38)  # 625.38 / 7 = 89.34
    facts = group([post("E1")], surveys=surveys, benchmarks=[average()])
    line = pay_lines([SATISFACTION], facts, OCTOBER, as_of=AS_OF).lines.row(0, named=True)
    assert line["arithmetic_zh"] == "CSS 89.34 − 区域平均分 88.00 = 1.34 分 > 0，样本 7 ≥ 5，奖励 200.00 元"
    assert line["arithmetic_en"] == (
        "CSS 89.34 − regional average 88.00 = 1.34 points > 0, sample 7 ≥ 5, award 200.00 yuan"
    )
    assert (line["numerator"], line["denominator"], line["sample"], line["benchmark"]) == (625_38, 700, 7, 88.0)


def test_why_not_is_kept_and_never_looks_like_the_threshold_it_missed() -> None:
    facts = group(
        [post("E1"), post("E2"), post("E3")],
        surveys=[*answers("E1", *[95_00] * 4), *answers("E2", *[88_00] * 5), *answers("E3", *[88_00] * 4, 87_99)],
        benchmarks=[average()],
    )
    why = {one.person_id: one.why.zh for one in pay_lines([SATISFACTION], facts, OCTOBER, as_of=AS_OF).judgements}
    assert "样本 4 < 5" in why["E1"]
    assert why["E2"] == "CSS 88.00 − 区域平均分 88.00 = 0.00 分 ≤ 0，样本 5 ≥ 5，未达标，不发放"
    exact = with_options(judged_on="exact")
    judged = {one.person_id: one.why.zh for one in pay_lines([exact], facts, OCTOBER, as_of=AS_OF).judgements}
    assert judged["E3"].startswith("CSS 87.998 − 区域平均分 88.00 = −0.002 分 ≤ 0")  # 439.99 / 5


@pytest.mark.parametrize(
    ("published_on", "as_of", "pays"),
    [
        ("2026-09-30", "2026-11-05", False),  # September's
        ("2026-10-01", "2026-11-05", True),
        ("2026-10-31", "2026-11-05", True),
        ("2026-11-01", "2026-11-05", False),  # November's
        ("2026-10-31", "2026-10-30", False),  # not published by then
    ],
)
def test_it_is_paid_in_the_month_of_publication(published_on: str, as_of: str, pays: bool) -> None:
    facts = group([post("E1")], surveys=answers("E1", *[90_00] * 5), benchmarks=[average(published_on=published_on)])
    result = pay_lines([SATISFACTION], facts, OCTOBER, as_of=date.fromisoformat(as_of))
    assert result.lines.height == int(pays)


def test_a_quarters_benchmark_reads_the_quarter_and_is_paid_once() -> None:
    surveys = [*answers("E1", 90_00, 90_00, on="2026-07-01"), *answers("E1", *[87_00] * 3, on="2026-09-30")]
    facts = group([post("E1")], surveys=surveys, benchmarks=[average(88_00, "2026Q3")])
    line = pay_lines([SATISFACTION], facts, OCTOBER, as_of=AS_OF).lines.row(0, named=True)
    assert (line["metric_period"], line["numerator"], line["denominator"]) == ("2026Q3", 441_00, 500)  # 88.20


def test_the_departments_benchmark_goes_before_the_general_one() -> None:
    both = [average(95_00), average(88_00, department="销售部"), average(70_00, department="售后部")]
    facts = group([post("E1")], surveys=answers("E1", *[90_00] * 5), benchmarks=both)
    line = pay_lines([SATISFACTION], facts, OCTOBER, as_of=AS_OF).lines.row(0, named=True)
    assert line["benchmark"] == 88.0
    assert line["evidence"][-1]["key"] == "CSS/总分/华东/销售部/2026-09"


def test_a_benchmark_that_comes_a_second_time_pays_nothing_again() -> None:
    surveys = answers("E1", *[90_00] * 5)
    first = group([post("E1")], surveys=surveys, benchmarks=[average(published_on="2026-10-12")])
    october = pay_lines([SATISFACTION], first, OCTOBER, as_of=AS_OF).lines
    restated = group([post("E1")], surveys=surveys, benchmarks=[average(87_00, published_on="2026-11-03")])
    november = pay_lines([SATISFACTION], restated, Period.parse("2026-11"), as_of=AS_OF, earlier=october)
    assert november.lines.is_empty()
    assert november.judgements[0].outcome == "already_paid"
    specific = [average(published_on="2026-10-12"), average(80_00, published_on="2026-11-03", department="销售部")]
    later = group([post("E1")], surveys=surveys, benchmarks=specific)
    assert pay_lines([SATISFACTION], later, Period.parse("2026-11"), as_of=AS_OF).lines.is_empty()


def test_only_who_held_the_post_in_the_period_in_a_store_of_the_region_is_judged() -> None:
    people = [
        post("E1", since="2026-09-30"),  # from the last day
        post("E2", since="2026-10-01"),  # a day late
        post("E3", until="2026-09-01"),  # until the day before
        post("E4", left_on="2026-09-01"),  # the first day was the last
        post("E5", "service_advisor"),
        post("E6", store_id="S02"),  # 华北
        post("E7", until="2026-09-16"),
        post("E7", store_id="S02", since="2026-09-16"),  # moved to 华北 in the period
    ]
    facts = group(people, benchmarks=[average()])
    judged = {one.person_id for one in pay_lines([SATISFACTION], facts, OCTOBER, as_of=AS_OF).judgements}
    assert judged == {"E1", "E4"}


def test_the_department_or_the_store_may_be_measured_instead() -> None:
    people = [post("E1"), post("E2"), post("E3", "service_advisor", department="售后部")]
    surveys = [
        *answers("E1", *[90_00] * 4),
        *answers("E2", *[87_00] * 2),  # department: (360 + 174) / 6 = 89.00
        *answers("E3", *[80_00] * 6, department="售后部"),  # store: (534 + 480) / 12 = 84.50
    ]
    facts = group(people, surveys=surveys, benchmarks=[average()])
    department = pay_lines([with_options(measured_on="department")], facts, OCTOBER, as_of=AS_OF).lines
    assert department["person_id"].to_list() == ["E1", "E2"]
    assert department["value"].to_list() == [89.0, 89.0]
    assert department["evidence"].list.len().to_list() == [7, 7]  # six questionnaires and the benchmark
    assert pay_lines([with_options(measured_on="store")], facts, OCTOBER, as_of=AS_OF).lines.is_empty()


def test_a_line_names_its_rows_down_to_the_file() -> None:
    facts = group([post("E1")], surveys=answers("E1", *[90_00] * 5), benchmarks=[average()])
    line = pay_lines([SATISFACTION], facts, OCTOBER, as_of=AS_OF).lines.row(0, named=True)
    assert line["evidence"][0] == {
        "contract": "surveys", "key": "E1-2026-09-15-0/总分", "file": "surveys.csv", "sheet": None, "row": 2,
    }  # fmt: skip
    assert (line["rule"], line["rule_since"], line["basis"]) == ("R1", date(2024, 1, 1), "event")


def test_the_same_inputs_give_the_same_lines_in_any_order_of_rows() -> None:
    people = [post("E1"), post("E2")]
    surveys = [*answers("E1", *[90_00] * 5), *answers("E2", *[91_00] * 5)]
    facts = group(people, surveys=surveys, benchmarks=[average()])
    shuffled = {name: frame.reverse() for name, frame in facts.items()}
    once = pay_lines([SATISFACTION], facts, OCTOBER, as_of=AS_OF).lines
    again = pay_lines([SATISFACTION], shuffled, OCTOBER, as_of=AS_OF).lines
    assert once.equals(again)
    assert once["line_id"].str.len_chars().to_list() == [16, 16]
    assert isinstance(once, pl.DataFrame)

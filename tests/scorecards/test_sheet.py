"""Lines add up to persons, units and the group, to the fen; a sheet is stored and read back unchanged."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_contracts.results import LINE_KINDS
from metrics.period import Period
from scorecards import sheet as sheets
from scorecards.explain import explain
from scorecards.guards import performance_floor
from scorecards.rules import PayResult, as_frame, pay_lines
from scorecards.sheet import Approval, Sheet
from tests.scorecards.group import OCTOBER, PERFORMANCE, SATISFACTION, answers, average, complaint, group, post, ruling

AS_OF = date(2026, 11, 5)
PLANS = [PERFORMANCE, SATISFACTION]

PEOPLE = [
    post("E1"),
    post("E2"),
    post("E3", left_on="2026-10-15"),
    post("E4", "technician", department="售后部"),
    post("E5", store_id="S02"),
]
TABLES: dict[str, Any] = {
    "surveys": [*answers("E1", *[90_00] * 5), *answers("E2", *[90_00] * 4)],
    "benchmarks": [average()],
    "complaints": [complaint("C1"), complaint("C2")],
    "complaint_rulings": [ruling("C1", "E1", 80_00), ruling("C2", "E2", 60_00)],
    "pay_profiles": [
        {
            "person_id": "E1",
            "since": "2026-01-01",
            "contract_wage_fen": 0,
            "other_pay_fen": 3000_00,
            "performance_base_fen": 2000_00,
        }
    ],
}


def sheet(store_id: str = "S01", previous: Sheet | None = None, **changed: Any) -> Sheet:
    facts = group(PEOPLE, **TABLES | changed)
    result = pay_lines(PLANS, facts, OCTOBER, as_of=AS_OF)
    return sheets.build(result, PLANS, facts, OCTOBER, store_id, as_of=AS_OF, previous=previous)


def test_everyone_a_plan_speaks_of_stands_on_the_units_sheet() -> None:
    people = {person.person_id: person for person in sheet().people}
    assert list(people) == ["E1", "E2", "E3"]  # the technician has no plan, E5 another store
    assert (people["E1"].total_fen, people["E2"].total_fen, people["E3"].total_fen) == (120_00, 0, 0)
    assert people["E1"].by_kind["bonus"] == 200_00
    assert (people["E3"].days_in_office, people["E3"].is_leaver) == (15, True)
    assert people["E1"].plans == "绩效基数方案（样例 2023-12）、满意度奖惩方案（样例 2023-12）"
    assert sheet().total_fen == 120_00


def test_the_published_shape_is_kept() -> None:
    shown = sheet().as_json("zh")
    assert {"period", "status", "revision", "total_fen", "people", "lines"} <= shown.keys()
    person = {"person_id", "person_name", "store_id", "department", "role", "total_fen", "by_kind"}
    assert person <= shown["people"][0].keys()
    line = {
        "line_id", "person_id", "rule", "rule_since", "kind", "metric", "value", "benchmark", "sample", "amount_fen",
        "arithmetic", "ruling_id", "evidence",
    }  # fmt: skip
    assert line <= shown["lines"][0].keys()
    assert shown["lines"][0]["evidence"][0].keys() == {"contract", "key", "file", "sheet", "row"}
    assert shown["people"][0]["by_kind"] == {"bonus": 200_00, "kpi_reduction": -80_00}
    assert "award 200.00 yuan" in str(sheet().as_json("en"))


def test_the_check_of_reductions_says_what_it_could_not_see() -> None:
    checks = {person.person_id: person.check.zh for person in sheet().people}
    assert checks["E1"] == "无法校验最低工资"  # no minimum wage of the city
    assert checks["E2"] == "超出绩效 60.00 元不扣；无法校验最低工资"
    assert checks["E3"] == "无扣减"
    wage = {"city": "上海", "since": "2026-07-01", "source": "文号"}
    for amount, says in ((2740_00, "通过"), (3120_01, "低于最低工资，请核对")):  # 3000 + 120
        enough = sheet(minimum_wages=[wage | {"amount_fen": amount}])
        assert enough.people[0].check.zh == says


def test_the_month_before_stands_beside_it_with_the_main_cause() -> None:
    before = sheet(complaint_rulings=[])
    now = sheet(previous=before)
    by_person = {person.person_id: person for person in now.people}
    assert (by_person["E1"].previous_fen, by_person["E1"].change_cause.zh) == (200_00, "考核扣减")
    assert by_person["E3"].change_cause.zh == "无变化"
    assert sheet().people[0].previous_fen is None


def test_a_sheet_is_stored_and_read_back_unchanged() -> None:
    made = sheet()
    approvals = (Approval(step="submit", name="赵", at="2026-11-05 10:00"),)
    back = sheets.load(made.dump(), made.lines, status="submitted", revision=3, approvals=approvals)
    assert back.lines.equals(made.lines)
    again = replace(back, status="computed", revision=0, approvals=())
    assert vars(again) | {"lines": None} == vars(made) | {"lines": None}
    assert back.digest == made.digest
    assert back.dump() == made.dump()


def test_the_digest_follows_the_content_and_not_the_standing() -> None:
    made = sheet()
    assert replace(made, status="locked", revision=9).digest == made.digest
    assert sheet(complaint_rulings=[]).digest != made.digest


def test_merged_units_add_up_and_stand_where_the_slowest_stands() -> None:
    units = [replace(sheet("S01"), status="locked", revision=2), replace(sheet("S02"), status="submitted", revision=5)]
    whole = sheets.merge(units)
    assert whole.total_fen == sum(unit.total_fen for unit in units)
    assert (whole.status, whole.revision, whole.store_id) == ("submitted", 5, None)
    assert [person.store_id for person in whole.people] == ["S01", "S01", "S01", "S02"]


def test_a_line_explains_itself_down_to_the_row() -> None:
    made = sheet()
    award, reduction = made.lines.to_dicts()[:2]
    told = explain(award, made).as_text("zh")
    for piece in (
        "员工E1（E1） R1 满意度达标奖：奖励 200.00 元",
        "文号 样例 2023-12",
        "90.00 分 = 45000 ÷ 500，样本 5",
        "区域平均分 88.00 分，2026-10-12 发布",
        "满意度调查 E1-2026-09-15-0/总分：surveys.csv 第 2 行",
    ):
        assert piece in told
    assert "判定：抱怨 C1，责任，D01 于 2026-10-20 10:00 判定" in explain(reduction, made).as_text("zh")
    lapsed = made.lines.to_dicts()[2]
    assert "应计 −60.00 = 实计 0.00 + 不再扣 −60.00" in explain(lapsed, made).as_text("zh")
    assert explain(award, made).as_json("en")["children"]


FACTS = group(PEOPLE)
TEMPLATE = sheet().lines.to_dicts()[0]
amounts = st.integers(-(10**7), 10**7)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["E1", "E2", "E5"]), st.sampled_from(LINE_KINDS), amounts), max_size=30))
def test_the_sum_of_lines_is_person_is_store_is_sheet(drawn: list[tuple[str, str, int]]) -> None:
    rows = [
        {**TEMPLATE, "line_id": f"{n:016}", "person_id": person, "kind": kind, "requested_fen": fen, "amount_fen": fen,
         "store_id": "S02" if person == "E5" else "S01"}
        for n, (person, kind, fen) in enumerate(drawn)
    ]  # fmt: skip
    result = PayResult(lines=as_frame(performance_floor(rows)))
    units = [sheets.build(result, PLANS, FACTS, OCTOBER, store, as_of=AS_OF) for store in ("S01", "S02")]
    whole = sheets.merge(units)
    assert whole.total_fen == sum(row["amount_fen"] for row in result.lines.to_dicts())
    assert whole.total_fen == sum(person.total_fen for person in whole.people) == sum(unit.total_fen for unit in units)
    for person in whole.people:
        assert person.total_fen == sum(person.by_kind.values())


def test_another_month_has_other_lines() -> None:
    facts = group(PEOPLE, **TABLES)
    assert pay_lines(PLANS, facts, Period.parse("2026-12"), as_of=date(2027, 1, 5)).lines.is_empty()


@pytest.mark.parametrize("stores", [["S01"], ["S02"], []])
def test_lines_may_be_limited_to_stores(stores: list[str]) -> None:
    facts = group(PEOPLE, **TABLES)
    limited = pay_lines(PLANS, facts, OCTOBER, as_of=AS_OF, stores=stores).lines
    assert limited.height == (3 if "S01" in stores else 0)

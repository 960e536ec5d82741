"""A person's amount is paid in whole units, and every line stands in one column, so that nothing is lost on the way."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scorecards import sheet as sheets
from scorecards.payout import COLUMN_NAMES, UNIT_FEN, column_totals, columns_of, rounding_line
from scorecards.rules import PayResult, as_frame, pay_lines
from scorecards.sheet import Sheet
from tests.scorecards.group import OCTOBER, SATISFACTION, answers, average, complaint, group, post, ruling

AS_OF = date(2026, 11, 5)
FACTS = group(
    [post("E1"), post("E2"), post("E3", department="售后部"), post("E5", store_id="S02", left_on="2026-10-20")],
    surveys=answers("E1", *[90_00] * 5),
    benchmarks=[average()],
    complaints=[complaint("C1")],
    complaint_rulings=[ruling("C1", "E1", 80_00)],
)
TEMPLATE = pay_lines([SATISFACTION], FACTS, OCTOBER, as_of=AS_OF).lines.to_dicts()[0]


def line(fen: int, person_id: str = "E1", kind: str = "bonus", carried: int = 0, **more: Any) -> dict[str, Any]:
    """A line that moves ``fen``."""
    made = {"requested_fen": fen + carried, "amount_fen": fen, "carried_fen": carried, "kind": kind}
    return {**TEMPLATE, "line_id": f"{person_id}{kind}{fen:09}{carried}", "person_id": person_id, **made, **more}


def sheet(lines: list[dict[str, Any]], payout_unit: str = "fen", store_id: str = "S01") -> Sheet:
    result = PayResult(lines=as_frame(lines))
    return sheets.build(result, [SATISFACTION], FACTS, OCTOBER, store_id, as_of=AS_OF, payout_unit=payout_unit)


@pytest.mark.parametrize(
    ("total", "unit", "paid"),
    [
        (123_45, "fen", 123_45),
        (123_44, "jiao", 123_40),
        (123_45, "jiao", 123_50),  # a half goes up
        (123_50, "jiao", 123_50),
        (149_49, "yuan", 149_00),
        (149_50, "yuan", 150_00),
        (49, "yuan", 0),
        (0, "yuan", 0),
        (-123_44, "jiao", -123_40),
        (-123_45, "jiao", -123_50),  # away from zero on both sides
    ],
)
def test_a_total_is_rounded_once_to_the_payout_unit(total: int, unit: str, paid: int) -> None:
    made = sheet([line(total)], unit)
    e1 = next(person for person in made.people if person.person_id == "E1")
    assert made.total_fen == e1.total_fen == paid
    assert made.columns_of(e1)["rounding"] == paid - total


def test_the_difference_is_a_line_with_its_arithmetic_and_the_same_id_each_time() -> None:
    made = sheet([line(100_03), line(-25_00, kind="kpi_reduction")], "jiao")
    (difference,) = [one for one in made.lines.to_dicts() if one["rule"] == "payout_rounding"]
    assert difference["arithmetic_zh"] == "合计 75.03 元，发放到角，四舍五入为 75.00 元，差 −0.03 元"
    assert made.rule_name(difference).zh == "尾差"
    assert (difference["requested_fen"], difference["amount_fen"]) == (-3, -3)
    assert made.digest == sheet([line(100_03), line(-25_00, kind="kpi_reduction")], "jiao").digest
    again = sheets.load(made.dump(), made.lines, status="computed", revision=1)
    assert again.digest == made.digest


def test_it_is_rounded_on_the_person_not_on_the_line() -> None:
    made = sheet([line(33), line(33, kind="commission"), line(50, person_id="E2")], "yuan")
    assert {person.person_id: person.total_fen for person in made.people} == {"E1": 1_00, "E2": 1_00, "E3": 0}


def test_nobody_gets_a_line_for_nothing() -> None:
    assert rounding_line([line(50_00)], OCTOBER, store_id="S01", person_id="E1", payout_unit="yuan") is None
    assert sheet([line(50_00)], "yuan").lines.height == 1


@pytest.mark.parametrize(
    ("one", "columns"),
    [
        (line(100_00), {"bonus": 100_00}),
        (line(95_00, carried=5_00), {"bonus": 100_00, "held": -5_00}),  # 95 % now
        (line(5_00, case_id="0f"), {"paid_later": 5_00}),  # and 5 % later
        (line(-50_00, kind="kpi_reduction", case_id="C1"), {"kpi_reduction": -50_00}),  # a case is no origin here
        (line(-50_00, kind="loss_compensation", carried=-20_00), {"loss_compensation": -50_00}),
        (line(7_00, kind="correction", case_id="0f"), {"correction": 7_00}),
    ],
)
def test_a_line_stands_in_its_column(one: dict[str, Any], columns: dict[str, int]) -> None:
    assert columns_of(one) == columns


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["E1", "E2", "E3"]),
            st.sampled_from(["coefficient", "bonus", "commission", "kpi_reduction", "loss_compensation", "correction"]),
            st.integers(-(10**7), 10**7),
            st.integers(0, 10**5),
            st.booleans(),
        ),
        max_size=12,
    ),
    st.sampled_from(list(UNIT_FEN)),
)
def test_columns_are_persons_are_the_sheet_whatever_is_paid(drawn: list[Any], unit: str) -> None:
    rows = [
        line(fen, person, kind, carried, line_id=f"{n:016}", case_id="0f" if is_later else None)
        for n, (person, kind, fen, carried, is_later) in enumerate(drawn)
    ]
    made = sheet(rows, unit)
    for person in made.people:
        assert sum(made.columns_of(person).values()) == person.total_fen
        assert person.total_fen % UNIT_FEN[unit] == 0
        drawn_total = sum(row["amount_fen"] for row in rows if row["person_id"] == person.person_id)
        assert 2 * abs(person.total_fen - drawn_total) <= UNIT_FEN[unit]
    assert made.total_fen == sum(person.total_fen for person in made.people)
    assert made.total_fen == sum(column_totals(made.lines.to_dicts()).values())
    assert list(column_totals([])) == list(COLUMN_NAMES)


def test_parts_by_store_and_by_department_total_the_whole() -> None:
    rows = [line(100_01), line(50_02, "E3"), line(20_03, "E5", store_id="S02"), line(-5_00, "E2", kind="kpi_reduction")]
    whole = sheets.merge([sheet(rows, store_id=store) for store in ("S01", "S02")])
    by_store, by_department = sheets.split(whole, "store"), sheets.split(whole, "department")
    assert {name: part.total_fen for name, part in by_store.items()} == {"S01": 145_03, "S02": 20_03}
    assert {name: part.total_fen for name, part in by_department.items()} == {
        "S01-售后部": 50_02,
        "S01-销售部": 95_01,
        "S02-销售部": 20_03,
    }
    for parts in (by_store, by_department):
        assert sum(part.total_fen for part in parts.values()) == whole.total_fen
        assert sorted(one for part in parts.values() for one in part.lines["line_id"]) == sorted(whole.lines["line_id"])
        assert all(part.inputs["所属整表"] == whole.digest for part in parts.values())


def test_a_part_says_nothing_of_who_is_not_in_it() -> None:
    result = pay_lines([SATISFACTION], FACTS, OCTOBER, as_of=AS_OF)
    whole = sheets.build(result, [SATISFACTION], FACTS, OCTOBER, "S01", as_of=AS_OF)
    part = sheets.split(whole, "department")["S01-售后部"]
    assert {person.person_id for person in part.people} == {"E3"}
    assert {one.person_id for one in part.judgements} <= {"E3"}
    assert "E1" not in str(part.as_json())


def test_who_left_is_kept_with_the_day_and_read_back() -> None:
    made = sheet([line(20_00, "E5", store_id="S02")], store_id="S02")
    assert (made.people[0].is_leaver, made.people[0].left_on) == (True, date(2026, 10, 20))
    again = sheets.load(made.dump(), made.lines, status="computed", revision=0)
    assert again.people == made.people
    assert replace(again, inputs=made.inputs).digest == made.digest

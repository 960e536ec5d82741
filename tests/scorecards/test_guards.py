"""Reductions take the performance pay of the person, month and unit, in the order of judgement, and no more."""

from datetime import datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from scorecards.guards import performance_floor


def line(
    line_id: str, kind: str, amount: int, day: int = 1, person_id: str = "E1", store_id: str = "S01"
) -> dict[str, Any]:
    return {
        "line_id": line_id, "kind": kind, "person_id": person_id, "period": "2026-10", "store_id": store_id,
        "requested_fen": amount, "amount_fen": amount, "lapsed_fen": 0, "carried_fen": 0, "waived_fen": 0,
        "judged_at": datetime(2026, 10, day) if kind == "kpi_reduction" else None,
        "arithmetic_zh": "", "arithmetic_en": "",
    }  # fmt: skip


def amounts(*lines: dict[str, Any]) -> dict[str, tuple[int, int]]:
    return {row["line_id"]: (row["amount_fen"], row["lapsed_fen"]) for row in performance_floor(lines)}


def test_the_earlier_ruling_takes_first_and_the_excess_lapses() -> None:
    found = amounts(
        line("a", "bonus", 120_00),
        line("b", "kpi_reduction", -80_00, day=21),
        line("c", "kpi_reduction", -60_00, day=20),
        line("d", "kpi_reduction", -50_00, day=22),
    )
    assert found["c"] == (-60_00, 0)
    assert found["b"] == (-60_00, -20_00)  # 120 − 60 left
    assert found["d"] == (0, -50_00)


def test_rulings_of_one_moment_are_taken_by_line_id() -> None:
    found = amounts(line("a", "bonus", 80_00), line("z", "kpi_reduction", -80_00), line("b", "kpi_reduction", -80_00))
    assert (found["b"], found["z"]) == ((-80_00, 0), (0, -80_00))


def test_coefficient_and_commission_are_taken_from_too_but_no_other_kind_person_or_unit() -> None:
    found = amounts(
        line("a", "coefficient", 30_00),
        line("b", "commission", 20_00),
        line("c", "manual", 500_00),
        line("d", "bonus", 500_00, person_id="E2"),
        line("e", "bonus", 500_00, store_id="S02"),
        line("f", "kpi_reduction", -100_00),
    )
    assert found["f"] == (-50_00, -50_00)


def test_the_arithmetic_says_what_lapses() -> None:
    guarded = performance_floor([line("a", "bonus", 50_00), line("b", "kpi_reduction", -80_00)])[1]
    assert guarded["arithmetic_zh"] == "；本月绩效尚余 50.00 元可扣，扣减 50.00 元，超出的 30.00 元不再扣"


kinds = st.sampled_from(["bonus", "commission", "coefficient", "kpi_reduction", "manual"])


@given(st.lists(st.tuples(kinds, st.integers(0, 50_000), st.integers(1, 28), st.sampled_from(["E1", "E2"]))))
def test_nothing_is_lost_and_performance_pay_never_falls_below_zero(drawn: list[tuple[str, int, int, str]]) -> None:
    lines = [
        line(f"{n:03}", kind, -amount if kind == "kpi_reduction" else amount, day, person)
        for n, (kind, amount, day, person) in enumerate(drawn)
    ]
    guarded = performance_floor(lines)
    for row in guarded:
        assert row["requested_fen"] == row["amount_fen"] + row["lapsed_fen"] + row["carried_fen"] + row["waived_fen"]
        assert row["amount_fen"] <= 0 if row["kind"] == "kpi_reduction" else row["lapsed_fen"] == 0
    for person in ("E1", "E2"):
        of_person = [row for row in guarded if row["person_id"] == person]
        assert sum(row["amount_fen"] for row in of_person if row["kind"] != "manual") >= 0
        # It is all taken before anything lapses.
        if any(row["lapsed_fen"] for row in of_person):
            assert sum(row["amount_fen"] for row in of_person if row["kind"] != "manual") == 0

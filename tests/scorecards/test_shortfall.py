"""Reductions on a person's own figures: a task not reached, calls missed. Spared while protected, never below zero."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scorecards.rules import PayResult
from tests.scorecards.own_figures import amounts, caller, plan, result, stated, task, words

PAYS = 'shape = "per_unit"\nkind = "commission"\nmetric = "visits"\namount = "60.00"\n'
TASK = 'shape = "shortfall"\ntask = "visits"\nbelow = "100%"\namount = "200.00"\n'
CALLS = 'shape = "missed"\nmetric = "calls"\ncharged = "once"\namount = "500.00"\n'


def reductions(found: PayResult) -> list[tuple[int, int, int]]:
    """(applied, lapsed, waived) of each."""
    lines = found.lines.filter(found.lines["kind"] == "kpi_reduction")
    return list(lines.select("amount_fen", "lapsed_fen", "waived_fen").iter_rows())


@pytest.mark.parametrize(("visits", "taken"), [(69, [(-200_00, 0, 0)]), (70, []), (71, [])])
def test_a_task_not_reached_takes_one_flat_amount(visits: int, taken: list[tuple[int, int, int]]) -> None:
    found = result(plan(PAYS, TASK), stated("E1", "visits", visits), targets=[task(70)])
    assert reductions(found) == taken
    if taken:
        line = found.lines.filter(found.lines["kind"] == "kpi_reduction").row(0, named=True)
        assert line["arithmetic_zh"] == (
            "到店任务达成 69÷70 = 98.6% < 100%，扣减 200.00 元；最低工资无法校验：缺其他应发、当地最低工资"
        )
        assert line["benchmark"] == 70


def test_without_a_task_or_a_figure_nobody_is_charged() -> None:
    no_task = result(plan(PAYS, TASK), stated("E1", "visits", 1))
    assert reductions(no_task) == []
    assert "没有任务值" in no_task.findings[0].message.zh
    no_figure = result(plan(TASK), targets=[task(70)])
    assert reductions(no_figure) == []
    assert words(no_figure) == ["没有到店的数据，不扣减"]


@pytest.mark.parametrize(
    ("answered", "charged", "taken"),
    [(20, "once", 0), (19, "once", -500_00), (18, "once", -500_00), (19, "each", -500_00), (18, "each", -1000_00)],
)
def test_a_missed_call_is_charged_once_a_month_or_each(answered: int, charged: str, taken: int) -> None:
    rules = plan(PAYS, CALLS.replace("once", charged))
    found = result(rules, stated("E1", "visits", 50), stated("E1", "calls", answered, of=20))
    assert sum(applied for applied, _, _ in reductions(found)) == taken


@pytest.mark.parametrize(
    ("protected_until", "taken"), [("2026-10-30", (-200_00, 0, 0)), ("2026-10-31", (0, 0, -200_00))]
)
def test_a_newcomer_is_spared_to_the_last_day_on_a_line_that_shows_it(
    protected_until: str, taken: tuple[int, int, int]
) -> None:
    people = [caller(protected_until=protected_until)]
    found = result(plan(PAYS, TASK), stated("E1", "visits", 10), people=people, targets=[task(70)])
    assert reductions(found) == [taken]


def test_what_is_beyond_performance_pay_lapses_and_the_line_says_so() -> None:
    found = result(plan(PAYS, CALLS), stated("E1", "visits", 5), stated("E1", "calls", 19, of=20))
    assert reductions(found) == [(-300_00, -200_00, 0)]
    assert sum(amounts(found)) == 0


@settings(max_examples=25, deadline=None)
@given(
    visits=st.integers(0, 200),
    goal=st.integers(1, 100),
    answered=st.integers(0, 5),
    is_protected=st.booleans(),
)
def test_no_month_falls_below_zero_and_no_fen_is_lost(
    visits: int, goal: int, answered: int, is_protected: bool
) -> None:
    people = [caller(protected_until="2026-12-31" if is_protected else None)]
    rules = plan(PAYS + 'task = "visits"\n', TASK, CALLS.replace("once", "each"))
    figures = [stated("E1", "visits", visits), stated("E1", "calls", answered, of=5)]
    lines = result(rules, *figures, people=people, targets=[task(goal)]).lines
    assert lines["amount_fen"].sum() >= 0
    for line in lines.to_dicts():
        assert line["requested_fen"] == sum(line[f"{part}_fen"] for part in ("amount", "lapsed", "carried", "waived"))
        assert line["amount_fen"] <= 0 if line["kind"] == "kpi_reduction" else line["amount_fen"] > 0
    paid = [line["amount_fen"] for line in lines.to_dicts() if line["kind"] == "commission"]
    exact = visits * 60_00 * min(visits, goal)  # over the goal
    assert paid == ([(2 * exact + goal) // (2 * goal)] if visits else [])

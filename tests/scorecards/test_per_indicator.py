"""An amount for each indicator met, one more for all of them; exact figures, both sides of every limit."""

import pytest

from tests.scorecards.own_figures import amounts, plan, result, stated, words

RULE = (
    'shape = "per_indicator"\namount = "100.00"\nall_amount = "50.00"\n'
    'indicators = [{ metric = "visit_share", at_least = "15%" }, { metric = "calls", at_most = "90%" }]\n'
)


@pytest.mark.parametrize(
    ("visits", "calls", "paid"),
    [
        (1500, 9000, [100_00, 100_00, 50_00]),  # both at the limit, and all of them
        (1499, 9000, [100_00]),
        (1500, 9001, [100_00]),
        (1499, 9001, []),
    ],
)
def test_each_indicator_pays_and_all_of_them_pay_more(visits: int, calls: int, paid: list[int]) -> None:
    found = result(plan(RULE), stated("E1", "visit_share", visits, of=10_000), stated("E1", "calls", calls, of=10_000))
    assert sorted(amounts(found), reverse=True) == paid


def test_one_without_a_figure_is_not_met_and_neither_are_all() -> None:
    found = result(plan(RULE), stated("E1", "visit_share", 1, of=2))
    assert amounts(found) == [100_00]
    assert words(found) == ["到店率 1÷2 = 50.0% ≥ 15%，达标奖励 100.00 元", "接起率没有数据，不发放"]


def test_a_miss_is_never_shown_as_the_limit() -> None:
    found = result(plan(RULE), stated("E1", "visit_share", 14_999, of=100_000))
    assert words(found)[0] == "到店率 14999÷100000 = 14.999% < 15%，未达标，不发放"


def test_a_line_names_its_limit_and_its_parts() -> None:
    found = result(plan(RULE), stated("E1", "visit_share", 3, of=20, sample=20))
    (line,) = found.lines.to_dicts()
    assert (line["kind"], line["metric"], line["metric_period"]) == ("bonus", "visit_share", "2026-10")
    assert (line["numerator"], line["denominator"], line["sample"], line["benchmark"]) == (3, 20, 20, 0.15)

"""Performance pay: base × score / 100, by days in office, one rounding."""

from datetime import date
from typing import Any

import pytest

from scorecards.rules import PayResult, pay_lines
from tests.scorecards.group import OCTOBER, PERFORMANCE, SATISFACTION, answers, group, post

AS_OF = date(2026, 11, 8)


def profile(since: str, base: int | None) -> dict[str, Any]:
    return {"person_id": "E1", "since": since, "contract_wage_fen": 0, "other_pay_fen": 0, "performance_base_fen": base}


def result(*people: dict[str, Any], base: int | None = 2000_00, score: int = 80_00, **more: Any) -> PayResult:
    """E1 with a CSS of ``score`` in October against a goal of 96.00: half of the weight, enough for a score."""
    tables: dict[str, Any] = {
        "surveys": answers("E1", score, on="2026-10-15"),
        "targets": [{"metric": "css_score", "level": "group", "subject_id": "all", "since": "2026-01", "goal": 96}],
        "pay_profiles": [profile("2026-01-01", base)],
    }
    facts = group(people or [post("E1")], **tables | more)
    return pay_lines([SATISFACTION, PERFORMANCE], facts, OCTOBER, as_of=AS_OF)


def test_it_is_base_times_score_rounded_once() -> None:
    found = result()  # 2000 · 80/96 = 1666.666…
    line = found.lines.row(0, named=True)
    assert (line["kind"], line["amount_fen"], line["basis"]) == ("coefficient", 1666_67, "cutoff_true_up")
    assert (
        line["arithmetic_zh"] == "绩效基数 2,000.00 元 × 得分 83.3333 ÷ 100（系数 0.833333） = 1,666.67 元；得分已定数"
    )


def test_the_months_days_in_office_count() -> None:
    line = result(post("E1", since="2026-10-17")).lines.row(0, named=True)
    assert line["amount_fen"] == 806_45  # 1666.666… · 15/31 = 806.4516
    assert "在岗 15/31 天" in line["arithmetic_zh"]
    leaver = result(post("E1", left_on="2026-10-17")).lines.row(0, named=True)
    assert leaver["amount_fen"] == 913_98  # 17/31 = 913.9785


def test_a_transfer_is_split_by_days_without_losing_a_fen() -> None:
    found = result(post("E1", until="2026-10-11"), post("E1", store_id="S02", since="2026-10-11")).lines
    assert list(found.select("store_id", "amount_fen").iter_rows()) == [("S01", 537_64), ("S02", 1129_03)]
    assert found["amount_fen"].sum() == 1666_67


@pytest.mark.parametrize(
    ("changed", "outcome"),
    [
        ({"base": None}, "no_base"),
        ({"pay_profiles": []}, "no_base"),
        ({"surveys": []}, "no_score"),
        ({"targets": []}, "no_score"),
    ],
)
def test_without_a_base_or_a_score_no_money_moves_and_the_judgement_says_why(
    changed: dict[str, Any], outcome: str
) -> None:
    found = result(**changed)
    assert found.lines.is_empty()
    assert [one.outcome for one in found.judgements] == [outcome]


def test_the_base_is_the_one_in_force_on_the_first_day_in_office() -> None:
    raised = [profile("2026-01-01", 1000_00), profile("2026-10-02", 3000_00)]
    assert result(pay_profiles=raised, score=96_00).lines["amount_fen"].to_list() == [1000_00]
    joined = result(post("E1", since="2026-10-02"), pay_profiles=raised[1:], score=96_00).lines
    assert joined["amount_fen"].to_list() == [2903_23]  # 3000 · 30/31


def test_the_factor_is_capped() -> None:
    assert result(score=100_00).lines["amount_fen"].to_list() == [2000_00]  # the card's own cap is 100

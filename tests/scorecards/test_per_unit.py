"""So much for each unit: fixed or by bands, capped, scaled by a task."""

from typing import Any

import pytest

from scorecards.money import yuan
from tests.scorecards.own_figures import amounts, caller, plan, result, stated, task, words

FIXED = 'shape = "per_unit"\nkind = "commission"\nmetric = "visits"\namount = "60.00"\n'
BANDS = (
    'shape = "per_unit"\nkind = "commission"\nmetric = "sales"\nband_metric = "visit_share"\n'
    'bands = [{ from = "30%", to = "35%", amount = "20.00" }, { from = "35%", amount = "30.00" }]\n'
)
SCALED = FIXED + 'task = "visits"\n'


def test_each_unit_pays_the_amount_and_the_line_says_all_of_it() -> None:
    found = result(plan(FIXED), stated("E1", "visits", 51, sample=51))
    (line,) = found.lines.to_dicts()
    assert (line["kind"], line["amount_fen"], line["metric"]) == ("commission", 3060_00, "visits")
    assert (line["rule"], line["rule_since"].isoformat(), line["notice"]) == ("X1", "2026-01-01", "1")
    assert (line["value"], line["numerator"], line["denominator"], line["sample"]) == (51, 51, 1, 51)
    assert line["arithmetic_zh"] == "到店 51 × 60.00 元 = 3,060.00 元"
    assert line["arithmetic_en"] == "Visits 51 × 60.00 yuan = 3,060.00 yuan"
    assert [(row["file"], row["row"]) for row in line["evidence"]] == [("stated_figures.csv", 2)]


@pytest.mark.parametrize(
    ("share", "unit"),
    [("2999", 0), ("3000", 20_00), ("3499", 20_00), ("3500", 30_00), ("9000", 30_00)],
)
def test_the_band_of_the_rate_decides_what_a_unit_is_worth(share: str, unit: int) -> None:
    found = result(plan(BANDS), stated("E1", "sales", 10), stated("E1", "visit_share", share, of=10_000))
    assert amounts(found) == ([10 * unit] if unit else [])


def test_below_the_bands_it_says_by_how_little() -> None:
    found = result(plan(BANDS), stated("E1", "sales", 10), stated("E1", "visit_share", 29_999, of=100_000))
    assert words(found) == ["到店率 29999÷100000 = 29.999% < 30%，不计"]


def test_a_rate_may_be_one_count_per_unit_of_another() -> None:
    per_visit = BANDS.replace('band_metric = "visit_share"', 'band_metric = "sales"\nband_per = "visits"')
    found = result(plan(per_visit), stated("E1", "sales", 16), stated("E1", "visits", 50))  # 32 %
    assert amounts(found) == [320_00]
    assert found.lines["arithmetic_zh"].item() == "成交 16 × 20.00 元（成交 ÷ 到店 16÷50 = 32.0% ≥ 30%） = 320.00 元"
    assert len(found.lines["evidence"].item()) == 2
    assert amounts(result(plan(per_visit), stated("E1", "sales", 16), stated("E1", "visits", 0))) == []


@pytest.mark.parametrize(("visits", "lines"), [(10, [600_00]), (11, [-20_00, 660_00])])
def test_it_pays_no_more_than_its_cap_and_a_line_shows_what_that_took(visits: int, lines: list[int]) -> None:
    found = result(plan(FIXED + 'max_amount = "640.00"\n'), stated("E1", "visits", visits))
    assert sorted(amounts(found)) == lines
    assert sum(amounts(found)) <= 640_00
    assert found.lines["requested_fen"].to_list() == found.lines["amount_fen"].to_list()
    caps = [text for text in found.lines["arithmetic_zh"] if text.startswith("封顶")]
    assert caps == (["封顶：660.00 元 > 640.00 元，本人 −20.00 元"] if visits == 11 else [])


@pytest.mark.parametrize(
    ("visits", "amount", "says"),
    [
        (51, 2229_43, "51÷70 = 72.9%"),  # 51 · 60 · 51/70 = 2229.428…
        (69, 4080_86, "69÷70 = 98.6%"),
        (70, 4200_00, "70÷70 = 100.0%"),
        (71, 4260_00, "71÷70 = 101.4%，按 100% 计"),
    ],
)
def test_a_task_scales_by_its_attainment_and_never_above_100(visits: int, amount: int, says: str) -> None:
    found = result(plan(SCALED), stated("E1", "visits", visits), targets=[task(70)])
    assert amounts(found) == [amount]
    assert f"任务达成（{says}） = {yuan(amount)} 元" in found.lines["arithmetic_zh"].item()
    assert found.lines["benchmark"].item() == 70
    assert ("targets.csv", 2) in [(row["file"], row["row"]) for row in found.lines["evidence"].item()]


def test_the_task_of_another_count_is_no_requirement_of_this_one() -> None:
    scaled = plan(SCALED.replace('metric = "visits"', 'metric = "sales"'))
    found = result(scaled, stated("E1", "visits", 35), stated("E1", "sales", 4), targets=[task(70)])
    (line,) = found.lines.to_dicts()
    assert (line["metric"], line["amount_fen"], line["benchmark"]) == ("sales", 120_00, None)  # 4 · 60 · 35/70


def test_without_a_task_nothing_is_taken_away_and_the_checklist_says_so() -> None:
    found = result(plan(SCALED), stated("E1", "visits", 10))
    assert amounts(found) == [600_00]
    assert "没有任务值" in found.findings[0].message.zh


def test_days_away_shorten_the_task() -> None:
    away = [{"person_id": "E1", "from_on": "2026-10-01", "to_on": "2026-10-10", "kind": "病假"}]
    found = result(plan(SCALED), stated("E1", "visits", 21), targets=[task(62)], absences=away)  # due 62 · 21/31 = 42
    assert amounts(found) == [630_00]
    assert "21÷（62×应在岗 21/31 天） = 50.0%" in found.lines["arithmetic_zh"].item()
    late = [caller(since="2026-10-17")]  # 15 days of 31
    assert amounts(result(plan(SCALED), stated("E1", "visits", 15), people=late, targets=[task(62)])) == [450_00]


@pytest.mark.parametrize(
    ("since", "protected_until", "amount"),
    [
        ("2026-08-31", "2026-12-31", 150_00),  # the third month: the whole task, 5 · 60 · 5/10
        ("2026-09-01", "2026-12-31", 300_00),  # the second: half of it, 5 ÷ 5
        ("2026-09-01", "2026-10-01", 300_00),  # still protected on the first day
        ("2026-09-01", "2026-09-30", 150_00),
    ],
)
def test_a_newcomer_has_a_part_of_the_task(since: str, protected_until: str, amount: int) -> None:
    steps = SCALED + 'newcomer_task = ["0%", "50%", "100%"]\n'
    people = [caller(since=since, protected_until=protected_until)]
    assert amounts(result(plan(steps), stated("E1", "visits", 5), people=people, targets=[task(10)])) == [amount]


def test_in_the_first_month_a_newcomer_owes_nothing() -> None:
    steps = SCALED + 'newcomer_task = ["0%", "50%", "100%"]\n'
    people = [caller(since="2026-10-01", protected_until="2026-12-31")]
    assert amounts(result(plan(steps), stated("E1", "visits", 5), people=people, targets=[task(10)])) == [300_00]


def test_no_figure_is_no_line_and_no_zero() -> None:
    found = result(plan(FIXED), people=[caller("E1"), caller("E2")])
    assert amounts(found) == []
    assert {one.outcome for one in found.judgements} == {"not_known"}
    assert words(result(plan(FIXED), stated("E1", "visits", 0))) == ["到店 0，不计"]


@pytest.mark.parametrize(
    ("more", "counts"),
    [
        ({"published_on": "2026-11-05"}, True),
        ({"published_on": "2026-11-06"}, False),  # as_of is 5 November
        ({"period": "2026-09"}, False),
        ({"level": "store", "subject_id": "S01"}, False),
    ],
)
def test_only_the_persons_own_published_figure_of_the_month_counts(more: dict[str, Any], counts: bool) -> None:
    assert bool(amounts(result(plan(FIXED), {**stated("E1", "visits", 5), **more}))) == counts


def test_sources_that_disagree_pay_nothing_and_are_listed() -> None:
    both = [stated("E1", "visits", 5), stated("E1", "visits", 6, source="厂家月报")]
    found = result(plan(FIXED), *both)
    assert amounts(found) == []
    assert "不一致" in found.findings[0].message.zh
    assert amounts(result(plan(FIXED), both[0], {**both[1], "value": 5})) == [300_00]


def test_the_base_and_the_premium_of_one_plan_are_no_double_payment() -> None:
    premium = FIXED.replace("60.00", "10.00")
    found = result(plan(FIXED, premium), stated("E1", "visits", 5))
    assert amounts(found) == [300_00, 50_00]
    assert found.findings == []

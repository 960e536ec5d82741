"""What the linter says about rules on a person's own figures, and which versions are the stricter ones."""

import pytest

from scorecards import plan as plans
from scorecards.shapes import PerUnit
from tests.scorecards.own_figures import plan, text

UNIT = 'shape = "per_unit"\nkind = "commission"\nmetric = "visits"\namount = "60.00"\n'
BANDS = 'shape = "per_unit"\nkind = "commission"\nmetric = "visits"\nband_metric = "visit_share"\nbands = [%s]\n'
INDICATORS = 'shape = "per_indicator"\namount = "100.00"\nindicators = [%s]\n'
SHORT = 'shape = "shortfall"\ntask = "visits"\nbelow = "100%"\namount = "200.00"\n'
MISSED = 'shape = "missed"\nmetric = "calls"\ncharged = "once"\namount = "500.00"\n'


def errors(*rules: str) -> list[str]:
    return [one.message.zh for one in plans.check_text(text(*rules)) if one.severity == "error"]


@pytest.mark.parametrize(
    ("bands", "says"),
    [
        ('{ from = "30%", to = "35%", amount = "20" }, { from = "35%", amount = "30" }', None),
        ('{ from = "35%", amount = "30" }, { from = "30%", to = "35%", amount = "20" }', None),  # in any order
        ('{ from = "30%", to = "34.9%", amount = "20" }, { from = "35%", amount = "30" }', "34.9% 到 35% 之间没有分段"),
        ('{ from = "30%", to = "35.1%", amount = "20" }, { from = "35%", amount = "30" }', "分段在 35% 处重叠"),
        ('{ from = "30%", amount = "20" }, { from = "35%", amount = "30" }', "分段在 35% 处重叠"),
        ('{ from = "30%", to = "30%", amount = "20" }', "分段 30%–30% 是空的"),
        ('{ from = 0.3, amount = "20" }', "应为引号内的百分数"),
        ('{ from = "30%", amount = "0" }', "金额应大于 0"),
    ],
)
def test_bands_follow_on_each_other(bands: str, says: str | None) -> None:
    found = errors(BANDS % bands)
    assert (found == []) if says is None else any(says in message for message in found), found


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        (UNIT.replace('"visits"', '"visit"'), "没有指标 visit，是否指 visits"),
        (UNIT + 'task = "task"\n', "没有指标 task"),
        (UNIT.replace('"visits"', '"css_score"'), "不是数量"),
        (UNIT + 'newcomer_task = ["0%", "150%"]\n', "0% 与 100% 之间"),
        (UNIT.replace('amount = "60.00"\n', ""), "缺少此项"),
        (UNIT.replace("commission", "coefficient"), "应为 commission、bonus、kpi_reduction 之一"),
        (BANDS % '{ from = "1%", amount = "1" }' + 'amount = "1"\n', "不认识的项"),
        (INDICATORS % "", "没有列出指标"),
        (INDICATORS % '{ metric = "calls", at_least = "1" }, { metric = "calls", at_most = "2" }', "出现两次"),
        (INDICATORS % '{ metric = "calls", at_least = "1", at_most = "2" }', "不认识的项"),
        (INDICATORS % '{ metric = "calls" }', "缺少此项"),
        (INDICATORS % '{ metric = "css_score", at_most = "80" }', "方向"),
        (INDICATORS % '{ metric = "complaint_resolution_time_elapsed", at_least = "72" }', "方向"),
        (SHORT.replace('"visits"', '"css_score"'), "不是数量"),
        (MISSED.replace("once", "twice"), "应为 once、each 之一"),
    ],
)
def test_what_is_wrong_is_refused(rule: str, says: str) -> None:
    found = errors(rule)
    assert any(says in message for message in found), found


def test_every_rule_needs_a_basis() -> None:
    assert "缺少此项" in "".join(
        one.message.zh for one in plans.check_text(text(UNIT).replace('basis = "event"\n', "")) if "basis" in one.where
    )


def test_a_stated_figure_that_is_computed_now_is_a_warning() -> None:
    (found,) = plans.check_text(text(UNIT).replace('key = "calls"', 'key = "css_score"'))
    assert (found.severity, found.where) == ("warning", "stated.css_score")


WORSE = [
    (UNIT, UNIT.replace("60.00", "59.99"), True),
    (UNIT, UNIT.replace("60.00", "60.01"), False),
    (UNIT, UNIT + 'task = "visits"\n', True),
    (UNIT + 'task = "visits"\n', UNIT, False),
    (UNIT, UNIT + 'max_amount = "900.00"\n', True),
    (BANDS % '{ from = "30%", amount = "20" }', BANDS % '{ from = "31%", amount = "20" }', True),
    (BANDS % '{ from = "30%", amount = "20" }', BANDS % '{ from = "29%", amount = "20" }', False),
    (
        BANDS % '{ from = "30%", amount = "20" }',
        BANDS % '{ from = "30%", to = "35%", amount = "20" }, { from = "35%", amount = "19" }',
        True,
    ),
    (INDICATORS % '{ metric = "calls", at_least = "1" }', INDICATORS % '{ metric = "calls", at_least = "2" }', True),
    (INDICATORS % '{ metric = "calls", at_least = "2" }', INDICATORS % '{ metric = "calls", at_least = "1" }', False),
    (INDICATORS % '{ metric = "calls", at_most = "2" }', INDICATORS % '{ metric = "calls", at_most = "1" }', True),
    (SHORT, SHORT.replace("200.00", "200.01"), True),
    (SHORT, SHORT.replace('"100%"', '"90%"'), False),
    (MISSED, MISSED.replace("once", "each"), True),
    (MISSED, MISSED.replace("500.00", "400.00"), False),
]


@pytest.mark.parametrize(("before", "after", "worse"), WORSE)
def test_what_counts_as_stricter(before: str, after: str, worse: bool) -> None:
    (old,), (new,) = plan(before).rules_on("2026-10"), plan(after).rules_on("2026-10")
    assert new.is_worse_than(old) == worse


def test_a_first_version_of_a_reduction_is_stricter_and_one_of_pay_is_not() -> None:
    rules = plan(UNIT, INDICATORS % '{ metric = "calls", at_least = "1" }', SHORT, MISSED).rules_on("2026-10")
    assert [rule.is_worse_than(None) for rule in rules] == [False, False, True, True]
    assert isinstance(rules[0], PerUnit)

"""What the linter finds beyond a single entry: cliffs with their numbers, limits out of reach, two sanctions."""

from importlib.resources import files

import pytest

from scorecards import plan as plans
from tests.scorecards.own_figures import plan, text

PER_VISIT = 'shape = "per_unit"\nkind = "commission"\nmetric = "visits"\namount = "%s"\n'
BY_RATE = (
    'shape = "per_unit"\nkind = "commission"\nmetric = "sales"\nband_metric = "sales"\nband_per = "visits"\n'
    'bands = [{ from = "30%", to = "35%", amount = "20" }, { from = "35%", amount = "30" }]\n'
)


def said(*rules: str, severity: str = "warning") -> list[str]:
    return [one.message.zh for one in plans.check_text(text(*rules)) if one.severity == severity]


def pay(sales: int, visits: int, each: int) -> int:
    """The two rules by hand, in yuan."""
    bonus = 30 if sales * 100 >= 35 * visits else 20 if sales * 100 >= 30 * visits else 0
    return visits * each + sales * bonus


def test_one_more_visit_that_lowers_the_pay_is_shown_with_its_numbers() -> None:
    (found,) = said(PER_VISIT % "60", BY_RATE)
    assert found.startswith(
        "断崖：多一个 visits 反而少拿。sales 4、visits 13 时 860.00 元，visits 14 时 840.00 元，少 20.00 元；"
    )
    assert (pay(4, 13, 60), pay(4, 14, 60)) == (860, 840)  # 4/13 = 30.8 %, 4/14 = 28.6 %
    falls = [
        (visits, sales)
        for visits in range(1, 14)
        for sales in range(visits + 1)
        if pay(sales, visits + 1, 60) < pay(sales, visits, 60)
    ]
    assert falls[0] == (13, 4)  # no smaller one exists


@pytest.mark.parametrize(("each", "warns"), [("30", True), ("6000", False)])
def test_no_cliff_where_the_unit_pays_more_than_the_band_takes(each: str, warns: bool) -> None:
    assert bool(said(PER_VISIT % each, BY_RATE)) == warns


def test_a_denominator_that_nobody_is_paid_for_is_no_cliff() -> None:
    assert said(BY_RATE) == []


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        (
            'shape = "per_unit"\nkind = "commission"\nmetric = "deals"\nband_metric = "deals"\n'
            'bands = [{ from = "1", to = "10", amount = "50" }, { from = "10", amount = "30" }]\n',
            ["断崖：9 个合计 450.00 元，10 个反而 300.00 元"],
        ),
        (
            'shape = "bands"\nmetric = "css_score"\nbands = [{ from = "90", to = "95", amount = "300" },'
            ' { from = "95", amount = "200" }]\n',
            ["断崖：css_score 在 95 处由 300.00 元 变为 200.00 元，指标更好反而更少"],
        ),
        (
            'shape = "bands"\nmetric = "defeat_rate"\nbands = [{ to = "50%", amount = "200" },'
            ' { from = "50%", amount = "100" }]\n',
            [],  # lower is better there
        ),
    ],
)
def test_bands_that_fall_where_the_figure_gets_better(rule: str, says: list[str]) -> None:
    assert said(rule) == says


@pytest.mark.parametrize(
    ("name", "refused"),
    [("迟到罚款", True), ("Disciplinary fine", True), ("迟到扣减", False), ("Fine work", False)],
)
def test_a_rule_named_a_fine_is_refused(name: str, refused: bool) -> None:
    named = text(BY_RATE).replace('en = "Test" }', f'en = "{name}" }}')
    found = [one.message.zh for one in plans.check_text(named) if one.severity == "error"]
    assert any("写成了罚款" in words for words in found) is refused


INDICATOR = 'shape = "per_indicator"\namount = "1"\nindicators = [{ metric = "%s", %s = "%s" }]\n'


@pytest.mark.parametrize(
    ("metric", "kept", "limit", "error", "warns"),
    [
        ("store_close_rate", "at_least", "100%", False, False),
        ("store_close_rate", "at_least", "100.1%", True, False),
        ("store_close_rate", "at_least", "0%", False, True),
        ("month_visit_rate", "at_least", "120%", False, False),  # a flow may exceed 100 %
        ("css_score", "at_least", "100", False, False),
        ("css_score", "at_least", "101", True, False),
        ("defeat_rate", "at_most", "90%", False, False),
        ("complaint_at_fault_rate", "at_most", "100%", False, True),
        ("complaint_at_fault_rate", "at_most", "-1%", True, False),
        ("css_gap", "at_least", "-1", False, False),
    ],
)
def test_limits_out_of_reach_refuse_and_those_always_kept_are_shown(
    metric: str, kept: str, limit: str, error: bool, warns: bool
) -> None:
    rule = INDICATOR % (metric, kept, limit)
    assert (bool(said(rule, severity="error")), bool(said(rule))) == (error, warns)


def test_a_band_or_a_gate_out_of_reach_refuses() -> None:
    band = 'shape = "bands"\nmetric = "store_close_rate"\nbands = [{ above = "100%", amount = "1" }]\n'
    assert said(band, severity="error") == ["store_close_rate 永远到不了 100%（极限 100%）"]
    full = 'shape = "scaled"\nover = ["X1"]\nmetric = "renewal_rate"\nfull = "110%"\n'
    assert "永远到不了 110%" in said(PER_VISIT % "1", full, severity="error")[0]
    satisfaction = (files("scorecards") / "plans" / "satisfaction.toml").read_text(encoding="utf-8")
    gate = satisfaction.replace(
        "grades", 'gates = [{ metric = "css_score", at_least = "120", score = "0" }]\ngrades', 1
    )
    refused = [one.where for one in plans.check_text(gate) if one.severity == "error"]
    assert refused == ["cards.invite_specialist@2024-01"]


MISSED = 'shape = "missed"\nmetric = "calls"\ncharged = "once"\namount = "5"\n'


@pytest.mark.parametrize(
    ("other", "charged_twice"),
    [
        (MISSED, True),
        (MISSED.replace("calls", "hotline_answer_rate"), False),
        ('shape = "per_unit"\nkind = "kpi_reduction"\nmetric = "calls"\namount = "1"\n', True),
        ('shape = "threshold"\nmetric = "calls"\nbelow = "90%"\nreduction = "1"\n', True),
        ('shape = "threshold"\nmetric = "calls"\nat_least = "90%"\namount = "1"\n', False),  # an award is no sanction
    ],
)
def test_two_sanctions_for_one_event_refuse(other: str, charged_twice: bool) -> None:
    found = said(MISSED, other, severity="error")
    assert any("同一事项只扣一次" in message for message in found) == charged_twice


PER_RULING = (
    'shape = "per_case"\nruling_kind = "%s"\njudged_by_roles = ["sales_director"]\n'
    'min_amount = "50"\nmax_amount = "100"\n'
)
ANSWERED, SETTLED, CALLS = (
    f'shape = "missed"\nmetric = "{metric}"\ncharged = "each"\namount = "5"\n'
    for metric in (
        "complaint_first_response_punctuality_elapsed",
        "complaint_resolution_punctuality_elapsed",
        "hotline_answer_rate",
    )
)


AWARDED = 'shape = "threshold"\nmetric = "complaint_resolution_punctuality_elapsed"\nat_least = "90%"\namount = "1"\n'
FIRST_STANDS = "X1 也按抱怨处理表的行扣减（invite_specialist）：同一件先后两次有责时只扣先判的一次"


@pytest.mark.parametrize(
    ("one", "other", "says"),
    [
        (PER_RULING % "责任", PER_RULING % "未及时处理", FIRST_STANDS),
        (ANSWERED, SETTLED, "X1 也按抱怨处理表的行扣减（invite_specialist）：同一件事可能扣两次，按月的数不能逐件"),
        (ANSWERED, PER_RULING % "责任", "同一件事可能扣两次"),
        (ANSWERED, CALLS, None),  # rows of another contract
        (ANSWERED, AWARDED, None),  # an award is no sanction
    ],
)
def test_two_triggers_on_the_same_rows_are_shown_with_what_becomes_of_the_second(
    one: str, other: str, says: str | None
) -> None:
    assert said(one, other, severity="error") == []
    found = [message for message in said(one, other, severity="warning") if "的行扣减" in message]
    assert len(found) == (0 if says is None else 1)
    assert says is None or says in found[0]


def test_so_are_those_of_two_plans_in_force_together() -> None:
    other = text(SETTLED).replace('key = "own"', 'key = "second"')
    (found,) = plans.check_text(other, beside=[plan(ANSWERED)])
    assert (found.severity, found.where) == ("warning", "rules.X1@2026-01")
    assert found.message.zh.startswith("own/X1 也按")
    elsewhere = other.replace('roles = ["invite_specialist"]', 'roles = ["callback_agent"]')
    assert plans.check_text(elsewhere, beside=[plan(ANSWERED)]) == []


def test_nor_may_they_come_from_two_plans_for_the_same_people() -> None:
    one = plan(MISSED)
    other = text(MISSED).replace('key = "own"', 'key = "second"')
    assert plans.check_text(other) == []
    (found,) = plans.check_text(other, beside=[one])
    assert "已由 own/X1 扣减（invite_specialist）" in found.message.zh
    elsewhere = other.replace('roles = ["invite_specialist"]', 'roles = ["callback_agent"]')
    assert plans.check_text(elsewhere, beside=[one]) == []
    newer = text(MISSED)
    assert plans.check_text(newer, beside=[one]) == []  # the same plan: it stands for the earlier version


def test_a_performance_base_is_paid_once() -> None:
    base = (files("scorecards") / "plans" / "performance_base.toml").read_text(encoding="utf-8")
    again = (files("scorecards") / "plans" / "f2_consultants.toml").read_text(encoding="utf-8")
    found = [one for one in plans.check_text(again, beside=[plans.read(base)]) if one.severity == "error"]
    assert "绩效基数已由 performance_base/performance_pay 计发（sales_consultant）" in found[0].message.zh


@pytest.mark.parametrize("left_out", ["source", "basis"])
def test_money_needs_a_source_and_a_basis(left_out: str) -> None:
    whole = text(MISSED)
    rule = whole[whole.index("[[rules]]") :]
    line = next(line for line in rule.splitlines() if line.startswith(left_out))
    found = plans.check_text(whole.replace(rule, rule.replace(line + "\n", "")))
    assert [(one.severity, one.where) for one in found] == [("error", f"rules[1].{left_out}")]

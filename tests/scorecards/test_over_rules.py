"""Gate, ladder, scale, cap and floor: what they take or add stands on a line of its own."""

from typing import Any

import pytest

from scorecards import plan as plans
from scorecards.rules import PayResult
from tests.scorecards.own_figures import caller, plan, result, stated, task, text, words

PER_VISIT = 'shape = "per_unit"\nkind = "commission"\nmetric = "visits"\namount = "10.00"\n'
PER_SALE = 'shape = "per_unit"\nkind = "bonus"\nmetric = "sales"\namount = "100.00"\n'
BOTH = 'over = ["X1", "X2"]\n'
GATE = 'shape = "scaled"\nmetric = "calls"\nbands = [{ to = "60%", share = "0%" }]\n' + BOTH


def lines(found: PayResult, rule: str) -> list[tuple[str, int]]:
    return [(row["kind"], row["amount_fen"]) for row in found.lines.to_dicts() if row["rule"] == rule]


def paid(rule: str, *figures: dict[str, Any], visits: int = 10, sales: int = 2, **more: Any) -> PayResult:
    """100.00 of commission and 200.00 of bonus, and the rule over both."""
    own = [stated("E1", "visits", visits), stated("E1", "sales", sales), *figures]
    return result(plan(PER_VISIT, PER_SALE, rule), *own, **more)


@pytest.mark.parametrize(("calls", "taken"), [(59, True), (60, False)])
def test_a_gate_takes_everything_on_lines_that_show_it(calls: int, taken: bool) -> None:
    found = paid(GATE, stated("E1", "calls", calls, of=100))
    assert lines(found, "X3") == ([("bonus", -200_00), ("commission", -100_00)] if taken else [])
    assert found.lines["amount_fen"].sum() == (0 if taken else 300_00)
    assert words(found)[-1].startswith(
        "接起率 59÷100 = 59.0% < 60%，X1、X2 合计 300.00 元按 0% 计" if taken else "接起率 60÷100"
    )
    assert found.lines["requested_fen"].sum() == found.lines["amount_fen"].sum()


def test_without_a_figure_or_below_the_sample_a_gate_takes_nothing() -> None:
    assert lines(paid(GATE), "X3") == []
    assert words(paid(GATE))[-1] == "没有接起率的数据，足额计发"
    small = paid(GATE + "min_sample = 20\n", stated("E1", "calls", 1, of=19, sample=19))
    assert lines(small, "X3") == []
    assert "样本不足" in words(small)[-1]


def test_a_ladder_charges_a_share_of_the_commission() -> None:
    ladder = (
        'shape = "scaled"\nover = ["X1"]\nmetric = "sales"\ncharged_as = "kpi_reduction"\nbands = [\n'
        '{ from = "1", to = "2", share = "95%" }, { from = "2", to = "3", share = "80%" },\n'
        '{ from = "3", share = "50%" }]\n'
    )
    for sales, charged in ((0, []), (1, [-5_00]), (2, [-20_00]), (3, [-50_00]), (4, [-50_00])):
        found = paid(ladder, sales=sales)
        assert lines(found, "X3") == [("kpi_reduction", amount) for amount in charged]
    newcomer = paid(ladder, people=[caller(protected_until="2026-10-31")])
    (line,) = [row for row in newcomer.lines.to_dicts() if row["rule"] == "X3"]
    assert (line["requested_fen"], line["amount_fen"], line["waived_fen"]) == (-20_00, 0, -20_00)


@pytest.mark.parametrize(
    ("calls", "cap", "change"),
    [
        (35, "100%", []),
        (30, "100%", [-28_57, -14_29]),  # 300 · 30/35 = 257.142…: −42.86, by 200 : 100
        (40, "100%", []),  # never above the cap
        (40, "110%", [20_00, 10_00]),  # 40/35 = 114.3 %, at most 110 %
    ],
)
def test_a_figure_scales_in_proportion_up_to_a_cap(calls: int, cap: str, change: list[int]) -> None:
    rule = f'shape = "scaled"\nmetric = "calls"\nfull = "35%"\ncap = "{cap}"\n' + BOTH
    found = paid(rule, stated("E1", "calls", calls, of=100))
    assert [amount for _, amount in lines(found, "X3")] == change


@pytest.mark.parametrize(("visits", "left"), [(59, 0), (60, 600_00)])
def test_below_a_part_of_the_task_nothing_is_left(visits: int, left: int) -> None:
    gate = 'shape = "scaled"\nover = ["X1"]\ntask = "visits"\nbands = [{ to = "60%", share = "0%" }]\n'
    found = paid(gate, visits=visits, sales=0, targets=[task(100)])
    assert found.lines["amount_fen"].sum() == left
    untold = paid(gate, visits=10, sales=0)
    assert untold.lines["amount_fen"].sum() == 100_00
    assert "请补设目标" in untold.findings[0].message.zh


def test_the_team_s_task_scales_everybody_in_it() -> None:
    rule = 'shape = "scaled"\nover = ["X1"]\ntask = "visits"\nmeasured_on = "team"\n'
    target = {"metric": "visits", "level": "team", "subject_id": "T01", "since": "2026-01", "goal": 40}
    found = paid(rule, {**stated("T01", "visits", 30), "level": "team"}, sales=0, targets=[target])
    assert lines(found, "X3") == [("commission", -25_00)]  # 30 ÷ 40
    assert words(found)[-1].startswith("T01 到店任务达成 30÷40 = 75.0%")


@pytest.mark.parametrize(("visits", "cap"), [(10, []), (11, [("bonus", -6_45), ("commission", -3_55)])])
def test_a_cap_over_several_rules_shows_what_it_takes(visits: int, cap: list[tuple[str, int]]) -> None:
    found = paid('shape = "cap"\namount = "300.00"\n' + BOTH, visits=visits)
    assert lines(found, "X3") == cap  # 310 − 300 = 10, by 200 : 110
    assert found.lines["amount_fen"].sum() == 300_00
    assert words(found)[-1].startswith("封顶：" if cap else "X1、X2 合计 300.00 元 ≤ 封顶 300.00 元")


@pytest.mark.parametrize(("sales", "floor"), [(1, [("bonus", 50_00)]), (2, [])])
def test_a_floor_adds_what_is_missing(sales: int, floor: list[tuple[str, int]]) -> None:
    found = paid('shape = "floor"\nkind = "bonus"\namount = "250.00"\n' + BOTH, sales=sales)
    assert lines(found, "X3") == floor


def test_a_floor_is_due_for_the_days_in_office_and_also_to_who_earned_nothing() -> None:
    rule = 'shape = "floor"\nkind = "bonus"\namount = "310.00"\nprorated = "days"\n' + BOTH
    found = result(plan(PER_VISIT, PER_SALE, rule), people=[caller(since="2026-10-22")])  # 10 of 31 days
    assert lines(found, "X3") == [("bonus", 100_00)]
    assert "310.00 元 × 在岗 10/31 天 = 100.00 元" in words(found)[-1]


def test_the_cap_comes_before_what_stands_after_it() -> None:
    found = result(
        plan(
            PER_VISIT,
            'shape = "cap"\namount = "100.00"\nover = ["X1"]\n',
            'shape = "scaled"\nover = ["X1", "X2"]\nmetric = "calls"\nbands = [{ to = "60%", share = "50%" }]\n',
        ),
        stated("E1", "visits", 15),
        stated("E1", "calls", 1, of=2),
    )
    assert [lines(found, key) for key in ("X1", "X2", "X3")] == [
        [("commission", 150_00)],
        [("commission", -50_00)],
        [("commission", -50_00)],  # half of 100.00
    ]


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        (GATE.replace('"X2"', '"X9"'), "没有规则 X9"),
        (GATE.replace('"X2"', '"X3"'), "X3 应写在 X3 之前"),
        (GATE.replace('"0%"', '"201%"'), "比例应在 0% 与 200% 之间"),
        (GATE + 'paid_to = "leader"\nmeasured_on = "team"\n', "scaled 逐人计算"),
        ('shape = "scaled"\nmetric = "calls"\nfull = "0%"\n' + BOTH, "应大于 0"),
        ('shape = "cap"\namount = "待定"\n' + BOTH, "金额由门店确定"),
    ],
)
def test_what_is_wrong_is_refused(rule: str, says: str) -> None:
    found = [one.message.zh for one in plans.check_text(text(PER_VISIT, PER_SALE, rule)) if one.severity == "error"]
    assert any(says in message for message in found), found


def test_nothing_stands_over_a_reduction_or_over_other_people() -> None:
    missed = 'shape = "missed"\nmetric = "calls"\ncharged = "once"\namount = "5.00"\n'
    cap = 'shape = "cap"\namount = "1.00"\nover = ["X1"]\n'
    assert "X1 是扣减" in plans.check_text(text(missed, cap))[0].message.zh
    others = text(PER_VISIT, cap).replace('roles = ["invite_specialist"]', 'roles = ["sales_consultant"]', 1)
    assert "不相交" in plans.check_text(others)[0].message.zh


def test_what_waits_to_settle_stands_over_what_waits_too() -> None:
    cap = text(PER_VISIT, 'shape = "cap"\namount = "1.00"\nover = ["X1"]\n')
    waiting = cap.replace('"event"', '"settled_lag"')
    messages = [
        one.message.zh
        for given in (cap, waiting, waiting.replace('"settled_lag"', '"event"', 1))
        for one in plans.check_text(given)
        if one.severity == "error"
    ]
    assert messages == ["X2 是 settled_lag，X1 不是：两者计发的月份不同，无法对应"]

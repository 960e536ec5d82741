"""Whom a rule measures and whom it pays: leaders, members, newcomers, days in office; shares total the whole."""

from typing import Any

import pytest

from scorecards import plan as plans
from scorecards.rules import PayResult
from tests.scorecards.own_figures import amounts, caller, plan, result, stated, text, words

TEAM = 'measured_on = "team"\n'
PER_VISIT = 'shape = "per_unit"\nkind = "commission"\nmetric = "visits"\namount = "10.00"\n' + TEAM
MEMBERS = (
    'paid_to = "members"\nleader_roles = ["team_leader"]\nleader_counts = %s\nnewcomers_count = %s\nshared_by = "%s"\n'
)
AWARD = 'shape = "threshold"\nmetric = "visits"\nat_least = "10"\namount = "100.00"\n'


def leader(person_id: str = "L1", **more: Any) -> dict[str, Any]:
    return {**caller(person_id), "role": "team_leader", **more}


def of_team(value: Any, team_id: str = "T01", metric: str = "visits") -> dict[str, Any]:
    return {**stated(team_id, metric, value), "level": "team"}


def paid(found: PayResult) -> dict[str, int]:
    return dict(zip(found.lines["person_id"], found.lines["amount_fen"], strict=True))


def members(leader_counts: bool = False, newcomers_count: bool = True, shared_by: str = "days") -> str:
    return MEMBERS % (str(leader_counts).lower(), str(newcomers_count).lower(), shared_by)


def test_the_team_is_measured_and_each_is_paid_the_whole() -> None:
    found = result(plan(AWARD + TEAM), of_team(10), people=[caller("E1"), caller("E2"), caller("E3", team_id="T02")])
    assert paid(found) == {"E1": 100_00, "E2": 100_00}
    assert words(found)[0] == "T01 到店 10 ≥ 10，奖励 100.00 元"
    assert words(found)[2] == "T02 到店没有数据，不计"


def test_the_team_is_measured_and_its_leader_is_paid_once() -> None:
    rule = AWARD.replace('"X"', '"X"') + TEAM + 'paid_to = "leader"\n'
    for_leaders = plans.read(text(rule).replace('roles = ["invite_specialist"]', 'roles = ["team_leader"]'))
    found = result(for_leaders, of_team(10), people=[caller("E1"), leader()])
    assert paid(found) == {"L1": 100_00}
    two = [leader("L1", until="2026-10-11"), leader("L2", since="2026-10-11")]  # 10 and 21 days
    found = result(for_leaders, of_team(10), people=two)
    assert paid(found) == {"L1": 32_26, "L2": 67_74}  # 100 · 10/31 = 32.258…, the rest to the fen
    assert "按在岗 10 天分摊：32.26 元" in words(found)[0]


def test_days_without_a_leader_are_not_paid_where_the_plan_prorates() -> None:
    rule = AWARD + TEAM + 'paid_to = "leader"\nprorated = "days"\n'
    for_leaders = plans.read(text(rule).replace('roles = ["invite_specialist"]', 'roles = ["team_leader"]'))
    found = result(for_leaders, of_team(10), people=[leader("L1", until="2026-10-11")])
    assert paid(found) == {"L1": 32_26}  # 100 · 10/31
    whole = plans.read(text(rule.replace("days", "whole")).replace('["invite_specialist"]', '["team_leader"]'))
    assert paid(result(whole, of_team(10), people=[leader("L1", until="2026-10-11")])) == {"L1": 100_00}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, {"E1": 34, "E2": 33, "N1": 33}),  # 100 fen among three: the first fen left over to the first
        ({"leader_counts": True}, {"E1": 25, "E2": 25, "L1": 25, "N1": 25}),
        ({"newcomers_count": False}, {"E1": 50, "E2": 50}),
        ({"leader_counts": True, "newcomers_count": False}, {"E1": 34, "E2": 33, "L1": 33}),
    ],
)
def test_members_share_and_the_plan_says_who_they_are(options: dict[str, bool], expected: dict[str, int]) -> None:
    people = [caller("E1"), caller("E2"), leader(), caller("N1", protected_until="2026-10-31")]
    rule = PER_VISIT.replace("10.00", "1.00") + members(**options)
    found = result(plan(rule), of_team(1), people=people)
    assert paid(found) == expected
    assert sum(amounts(found)) == 1_00


def test_members_share_by_their_days_in_the_team() -> None:
    people = [
        caller("E1"),  # 31 days
        caller("E2", since="2026-10-17"),  # 15 days
        caller("E3", until="2026-10-06"),  # 5 days here, 26 in the other team
        caller("E3", since="2026-10-06", team_id="T02"),
    ]
    found = result(plan(PER_VISIT + members()), of_team(10), of_team(7, "T02"), people=people)
    lines = {(row["person_id"], row["amount_fen"]) for row in found.lines.to_dicts()}
    # 100 yuan over 51 days: 60.7843, 29.4117, 9.8039, the fen left over to the largest remainder; 70 yuan to E3 alone
    assert lines == {("E1", 60_79), ("E2", 29_41), ("E3", 9_80), ("E3", 70_00)}
    assert len(set(found.lines["line_id"])) == 4


def test_members_share_by_a_figure_of_their_own_or_by_the_share_of_their_posts() -> None:
    people = [caller("E1", share_bp=5_000), caller("E2")]
    own = [stated("E1", "sales", 1), stated("E2", "sales", 2)]
    by_sales = result(plan(PER_VISIT + members(shared_by="sales")), of_team(10), *own, people=people)
    assert paid(by_sales) == {"E1": 33_33, "E2": 66_67}
    assert "按成交 2 分摊：66.67 元" in by_sales.lines["arithmetic_zh"][1]
    by_share = result(plan(PER_VISIT + members(shared_by="share")), of_team(10), people=people)
    assert paid(by_share) == {"E1": 33_33, "E2": 66_67}
    equally = result(plan(PER_VISIT + members(shared_by="equal")), of_team(10), people=people)
    assert paid(equally) == {"E1": 50_00, "E2": 50_00}


def test_who_has_no_share_gets_no_line_and_where_nobody_has_one_nothing_is_paid() -> None:
    people = [caller("E1"), caller("E2")]
    by_sales = plan(PER_VISIT + members(shared_by="sales"))
    one = result(by_sales, of_team(10), stated("E1", "sales", 3), people=people)
    assert paid(one) == {"E1": 100_00}
    assert words(one)[1].endswith("份额为 0")
    nobody = result(by_sales, of_team(10), people=people)
    assert paid(nobody) == {}
    assert "无人有份额" in words(nobody)[0]


def test_a_pool_is_shared_among_the_members_whatever_they_did() -> None:
    pool = 'shape = "pool"\nkind = "bonus"\namount = "1000.00"\nmeasured_on = "store"\n' + members(shared_by="equal")
    found = result(plan(pool), people=[caller("E1"), caller("E2"), caller("E3")])
    assert paid(found) == {"E1": 333_34, "E2": 333_33, "E3": 333_33}
    assert words(found)[0] == "S01 奖金池 1,000.00 元；平均分摊：333.34 元"


def test_a_reduction_of_the_team_spares_its_newcomers_on_a_line_that_shows_it() -> None:
    charged = AWARD.replace("amount", "reduction").replace("at_least", "below") + TEAM
    people = [caller("E1"), caller("N1", protected_until="2026-10-31")]
    found = result(plan(charged, PER_VISIT.replace(TEAM, "")), of_team(9), people=people)
    waived = {row["person_id"]: (row["requested_fen"], row["waived_fen"]) for row in found.lines.to_dicts()}
    assert waived == {"E1": (-100_00, 0), "N1": (-100_00, -100_00)}


@pytest.mark.parametrize(
    ("prorated", "expected"),
    [
        ("whole", [("S02", 100_00)]),
        ("days", [("S01", 32_26), ("S02", 48_39)]),  # 100 · 25/31 = 80.645…, 10 : 15 days
    ],
)
def test_join_and_transfer_by_days(prorated: str, expected: list[tuple[str, int]]) -> None:
    people = [
        caller("E1", since="2026-10-07", until="2026-10-17"),  # 10 days
        caller("E1", since="2026-10-17", store_id="S02", team_id="T09"),  # 15 days
    ]
    rule = AWARD + f'prorated = "{prorated}"\n'
    found = result(plan(rule), stated("E1", "visits", 10), people=people)
    assert [(row["store_id"], row["amount_fen"]) for row in found.lines.to_dicts()] == expected


def test_leaving_shortens_an_award_of_the_month_and_not_what_is_paid_by_units() -> None:
    people = [caller("E1", left_on="2026-10-15")]  # 15 of 31 days
    award = result(plan(AWARD + 'prorated = "days"\n'), stated("E1", "visits", 10), people=people)
    assert amounts(award) == [48_39]  # 100 · 15/31
    assert "在岗 15/31 天 = 48.39 元" in words(award)[0]
    units = PER_VISIT.replace(TEAM, "") + 'prorated = "days"\n'
    assert amounts(result(plan(units), stated("E1", "visits", 10), people=people)) == [100_00]


def test_two_posts_at_once_share_by_their_shares() -> None:
    people = [
        caller("E1", share_bp=7_000),
        caller("E1", share_bp=3_000, store_id="S02", team_id="T09"),
    ]
    rule = AWARD.replace("100.00", "100.01") + 'prorated = "share"\n'
    found = result(plan(rule), stated("E1", "visits", 10), people=people)
    assert [(row["store_id"], row["amount_fen"]) for row in found.lines.to_dicts()] == [("S01", 70_01), ("S02", 30_00)]
    half = [caller("E1", share_bp=5_000)]
    assert amounts(result(plan(rule), stated("E1", "visits", 10), people=half)) == [50_01]  # 50.005, a half goes up


@pytest.mark.parametrize(("sample", "outcome"), [(5, "paid"), (4, "small_sample"), (None, "small_sample")])
def test_below_the_minimum_sample_no_money_moves_and_the_judgement_says_so(sample: int | None, outcome: str) -> None:
    shapes = [
        AWARD,
        PER_VISIT.replace(TEAM, ""),
        'shape = "per_indicator"\namount = "1.00"\nindicators = [{ metric = "visits", at_least = "1" }]\n',
        'shape = "ranked"\nmetric = "visits"\namong = "store"\nplaces = ["5.00"]\nties = "each"\n',
    ]
    for shape in shapes:
        found = result(plan(shape + "min_sample = 5\n"), stated("E1", "visits", 10, sample=sample))
        assert {one.outcome for one in found.judgements} == {outcome}, shape
        assert bool(amounts(found)) == (outcome == "paid")
        assert outcome == "paid" or "< 5，样本不足" in words(found)[0]


def test_no_reduction_below_the_minimum_sample_either() -> None:
    missed = 'shape = "missed"\nmetric = "calls"\ncharged = "once"\namount = "5.00"\nmin_sample = 10\n'
    for of, outcome in ((9, "small_sample"), (10, "charged")):
        found = result(plan(missed), stated("E1", "calls", of - 1, of=of, sample=of))
        assert [one.outcome for one in found.judgements] == [outcome]


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        (AWARD + 'paid_to = "leader"\n', "需要 measured_on = team"),
        (AWARD + TEAM + 'paid_to = "members"\n', "缺少此项"),
        (AWARD + TEAM + members(shared_by="sale"), "是否指 sales"),
        (AWARD + TEAM + members().replace("team_leader", "boss"), "没有岗位 boss"),
        ('shape = "pool"\nkind = "bonus"\namount = "1"\nmeasured_on = "team"\n', "奖金池要写 paid_to"),
        (AWARD + 'above = "3"\n', "只能写一个"),
    ],
)
def test_a_payout_that_makes_no_sense_is_refused(rule: str, says: str) -> None:
    found = [one.message.zh for one in plans.check_text(text(rule)) if one.severity == "error"]
    assert any(says in message for message in found), found

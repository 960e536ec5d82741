"""What moves somebody up under every shape that pays: deeds and money where one's own can, else how far it is."""

from datetime import date
from typing import Any

import pytest

from metrics.period import Period
from scorecards import plan as plans
from scorecards.moves import Move, moves, would_differ
from scorecards.plan import Plan
from scorecards.rules import pay_lines
from tests.scorecards.group import OCTOBER, SATISFACTION, answers, average, complaint, group, post, ruling
from tests.scorecards.own_figures import HEAD, caller, plan, stated, task, text

DURING = date(2026, 10, 20)
PER_VISIT = 'shape = "per_unit"\nkind = "commission"\nmetric = "visits"\namount = "10.00"\n'
TO_MEMBERS = 'paid_to = "members"\nleader_roles = ["team_leader"]\nleader_counts = false\nnewcomers_count = true\n'


def ahead(the_plan: Plan, *figures: dict[str, Any], rule: str = "X1", **tables: Any) -> list[Move]:
    tables = {"people": [caller()], "stated_figures": figures, **tables}
    facts = group(tables.pop("people"), **tables)
    return [it for it in moves([the_plan], facts, OCTOBER, "E1", as_of=DURING) if it.rule == rule]


def said(found: list[Move]) -> list[str]:
    return [it.text.zh for it in found]


def differs(the_plan: Plan, rule: str, *figures: dict[str, Any], **tables: Any) -> list[str]:
    tables = {"people": [caller()], "stated_figures": figures, **tables}
    facts = group(tables.pop("people"), **tables)
    lines = pay_lines([the_plan], facts, OCTOBER, as_of=DURING).lines.to_dicts()
    line = next(it for it in lines if (it["rule"], it["person_id"]) == (rule, "E1"))
    return [it.zh for it in would_differ([the_plan], facts, OCTOBER, line, as_of=DURING)]


def visits(**of: int) -> list[dict[str, Any]]:
    return [stated(person_id, "visits", value) for person_id, value in of.items()]


RANKED = 'shape = "ranked"\nmetric = "visits"\namong = "store"\nplaces = ["300.00", "200.00"]\nties = "each"\n'


@pytest.mark.parametrize(
    ("own", "others", "sentences"),
    [
        (9, {"E2": 12, "E3": 10}, ["到店现第 3 名，距第 2 名差 1"]),
        (9, {"E2": 12, "E3": 12}, ["到店现第 3 名，距第 1 名差 3"]),  # two share the first, nobody is second
        (11, {"E2": 12, "E3": 10}, ["到店现第 2 名，距第 1 名差 1", "到店现第 2 名，领先第 3 名 1"]),
        (13, {"E2": 12, "E3": 10}, ["到店现第 1 名，领先第 2 名 1"]),
    ],
)
def test_a_place_depends_on_others_so_the_distance_is_said_and_no_money(
    own: int, others: dict[str, int], sentences: list[str]
) -> None:
    people = [caller(person_id) for person_id in ("E1", *others)]
    found = ahead(plan(RANKED), *visits(E1=own, **others), people=people)
    assert said(found) == sentences
    assert {(it.count, it.gain_fen) for it in found} == {(None, None)}


def test_a_pool_says_what_one_s_share_rests_on_and_no_money() -> None:
    pool = (
        'shape = "pool"\nkind = "bonus"\namount = "1000.00"\nmeasured_on = "store"\nshared_by = "visits"\n' + TO_MEMBERS
    )
    found = ahead(plan(pool), *visits(E1=3, E2=9), people=[caller(), caller("E2")])
    assert said(found) == ["全店奖金池按到店 3 分摊，占 25%，随大家而变"]
    assert found[0].gain_fen is None


def of_store(value: int) -> dict[str, Any]:
    return {**stated("S01", "visits", value), "level": "store"}


AWARD = 'shape = "threshold"\nmetric = "visits"\nat_least = "60"\namount = "100.00"\n'


def test_a_rule_on_the_store_counts_what_the_store_needs_and_pays_one_s_part() -> None:
    whole = ahead(plan(AWARD + 'measured_on = "store"\n'), of_store(58))
    assert said(whole) == ["全店再有 2 个到店，到店达到 60，+¥100"]
    part = plan(AWARD + 'measured_on = "store"\nshared_by = "equal"\n' + TO_MEMBERS)
    assert said(ahead(part, of_store(59), people=[caller(), caller("E2")])) == ["全店再有 1 个到店，到店达到 60，+¥50"]


def test_a_figure_that_no_deed_names_has_a_distance_and_no_money() -> None:
    rule = 'shape = "threshold"\nmetric = "calls"\nat_least = "90%"\namount = "100.00"\n'
    (move,) = ahead(plan(rule), stated("E1", "calls", 88, of=100))
    assert (move.text.zh, move.count, move.gain_fen) == ("接起率 88%，距 90% 差 2 个百分点", None, None)
    assert ahead(plan(rule), stated("E1", "calls", 90, of=100)) == []


@pytest.mark.parametrize(
    ("score", "sentence"), [("92.5", "到店 92.5，距 93 差 0.5"), ("90", "再有 3 个到店，到店达到 93，+¥100")]
)
def test_a_stated_number_reads_as_it_was_stated(score: str, sentence: str) -> None:
    rule = plan(AWARD.replace('"60"', '"93"'))
    assert said(ahead(rule, stated("E1", "visits", score))) == [sentence]
    facts = group([caller()], stated_figures=[stated("E1", "visits", score)])
    (judgement,) = pay_lines([rule], facts, OCTOBER, as_of=DURING).judgements
    assert judgement.why.zh == f"到店 {score} < 93，不计"


@pytest.mark.parametrize(
    ("done", "sentences"),
    [
        (57, ["再有 3 个到店，到店达到 60，+¥570（其他规则另 +¥30）"]),  # 60 % of 100: 0 % of 570 becomes all of 600
        (60, []),
    ],
)
def test_a_gate_over_other_rules(done: int, sentences: list[str]) -> None:
    bands = '[{ to = "60%", share = "0%" }, { from = "60%", share = "100%" }]'
    gate = f'shape = "scaled"\nover = ["X1"]\ntask = "visits"\nbands = {bands}\n'
    found = ahead(plan(PER_VISIT, gate), *visits(E1=done), targets=[task(100)], rule="X2")
    assert said(found) == sentences


def test_what_settles_later_says_when_it_is_paid() -> None:
    waiting = text(AWARD).replace('"event"', '"settled_lag"')
    at_once = plans.read(waiting)  # a stated figure settles at once
    assert said(ahead(at_once, *visits(E1=58))) == ["再有 2 个到店，到店达到 60，+¥100"]
    lagged = plan(AWARD + "lag_months = 1\n")
    assert said(ahead(lagged, *visits(E1=58))) == ["再有 2 个到店，到店达到 60，+¥100（2026-11 发放）"]
    computed = waiting.replace('metric = "visits"', 'metric = "invite_to_store_rate"').replace('"60"', '"50%"')
    invited = {
        "invitation_id": "I", "store_id": "S01", "person_id": "E1", "customer_id": "C", "is_effective": True,
        "invited_at": "2026-10-05 10:00", "purpose": "潜客",
    }  # fmt: skip
    found = ahead(plans.read(computed), invitations=[invited])
    assert said(found) == ["再有 1 次邀约到店，邀约到店率达到 50%，+¥100（2026-11 发放）"]  # 7 November


CARD = """
[[cards]]
role = "sales_consultant"
name = { zh = "卡", en = "Card" }
source = "test"
lines = [{ metric = "css_score", weight = 100 }]
grades = [{ name = "优", from = "95" }, { name = "良", from = "0" }]
"""
PAY = """
[[rules]]
key = "P"
shape = "coefficient"
name = { zh = "绩效工资", en = "Performance pay" }
source = "test"
basis = "event"
roles = ["sales_consultant"]
cap = "1"
floor = "0"
"""


def scored(*scores: int, card: str = CARD) -> tuple[Plan, dict[str, Any]]:
    return plans.read(HEAD + card + PAY), {
        "people": [post("E1")],
        "surveys": answers("E1", *scores, on="2026-10-10"),
        "targets": [{"metric": "css_score", "level": "group", "subject_id": "all", "since": "2026-01", "goal": 90}],
        "pay_profiles": [
            {
                "person_id": "E1", "since": "2026-01-01", "contract_wage_fen": 0, "other_pay_fen": 0,
                "performance_base_fen": 3000_00,
            }
        ],
    }  # fmt: skip


def test_the_next_grade_of_a_card_and_what_the_score_pays_then() -> None:
    the_plan, facts = scored(*[84_00] * 8)
    (move,) = ahead(the_plan, rule="P", **facts)
    # 84/90 = 93.33 → (8·84 + 100)/9 = 85.78, /90 = 95.31; 3000 · (0.953086 − 0.933333) = 59.26
    assert move.text.zh == "再有 1 份满分问卷，得分达到 95（优），+¥59.26"
    assert differs(the_plan, "P", **facts) == ["若多 1 份满分问卷，得分达到 95（优），+¥59.26"]
    there, facts = scored(*[86_00] * 8)  # 95.56
    assert ahead(there, rule="P", **facts) == []


def test_a_gate_of_a_card_that_a_deed_lifts() -> None:
    gate = 'gates = [{ metric = "css_score", at_least = "80", score = "0" }]\n'
    the_plan, facts = scored(79_00, 79_00, card=CARD + gate)
    found = ahead(the_plan, rule="P", **facts)
    # (2·79 + 100)/3 = 86, /90 = 95.56; 3000 · 0.955556 = 2,866.67: the gate and the grade are passed by the same one
    assert said(found) == ["再有 1 份满分问卷，CSS得分达到 80、得分达到 95（优），+¥2866.67"]


def test_the_average_of_the_month_is_not_known_so_the_last_one_is_named() -> None:
    scores = {"surveys": answers("E1", *[87_00] * 5, on="2026-10-05"), "benchmarks": [average(88_00)]}
    found = ahead(SATISFACTION, rule="R1", people=[post("E1")], **scores)
    assert said(found) == ["CSS得分 87，距 88 差 1 分（区域平均分，2026-09，最近发布）"]
    assert found[0].gain_fen is None
    assert ahead(SATISFACTION, rule="R1", people=[post("E1")], **{**scores, "benchmarks": [average(86_00)]}) == []


def test_what_would_have_changed_an_award_above_the_average() -> None:
    facts = group(
        [post("E1")], surveys=answers("E1", *[90_00] * 6, on="2026-09-05"), benchmarks=[average(88_00)]
    )  # 540/6; one of 100 fewer: 440/5 = 88.00, not above
    line = pay_lines([SATISFACTION], facts, OCTOBER, as_of=DURING).lines.row(0, named=True)
    assert [it.zh for it in would_differ([SATISFACTION], facts, OCTOBER, line, as_of=DURING)] == [
        "若少 1 份满分问卷，CSS得分不再超过 88，−¥200",
        "若区域平均分达到 90.00 分，不发放",  # at the average nothing is paid
    ]


def test_a_line_by_indicators_speaks_of_its_own_only() -> None:
    limits = '{ metric = "visit_share", at_least = "15%" }, { metric = "calls", at_most = "90%" }'
    rule = plan(f'shape = "per_indicator"\namount = "100.00"\nindicators = [{limits}]\n')
    calls, far = stated("E1", "calls", 2, of=3), stated("E1", "visit_share", 1, of=30)
    assert differs(rule, "X1", far, calls) == ["若接起率超过 90%（现 66.7%，相距 23.3 个百分点），金额会不同"]
    shares = stated("E1", "visit_share", 1, of=3)
    assert differs(rule, "X1", shares) == ["若到店率不再达到 15%（现 33.3%，相距 18.3 个百分点），金额会不同"]
    assert said(ahead(rule, far, calls)) == ["到店率 3.3%，距 15% 差 11.7 个百分点"]


def test_what_would_have_avoided_a_reduction() -> None:
    missed = 'shape = "missed"\nmetric = "calls"\ncharged = "%s"\namount = "20.00"\n'
    calls = stated("E1", "calls", 8, of=10)
    assert differs(plan(missed % "each"), "X1", calls) == ["若多 1 次按要求做到，+¥20"]
    assert differs(plan(missed % "once"), "X1", calls) == ["若多 2 次按要求做到，接起率达到 100%，+¥20"]
    short = 'shape = "shortfall"\ntask = "visits"\nbelow = "80%"\namount = "200.00"\nnewcomer_task = ["100%"]\n'
    assert differs(plan(short), "X1", *visits(E1=20), targets=[task(70)]) == ["若多 36 个到店，到店达到 56，+¥200"]
    taken = PER_VISIT.replace("commission", "kpi_reduction")
    assert differs(plan(taken), "X1", *visits(E1=3)) == ["若多 1 个到店，−¥10", "若少 1 个到店，+¥10"]


def test_a_ruling_a_cap_and_a_floor() -> None:
    facts = {"people": [post("E1")], "complaints": [complaint("C1")], "complaint_rulings": [ruling("C1", "E1", 80_00)]}
    line_facts = group(facts["people"], complaints=facts["complaints"], complaint_rulings=facts["complaint_rulings"])
    line = pay_lines([SATISFACTION], line_facts, OCTOBER, as_of=DURING).lines.row(0, named=True)
    differing = would_differ([SATISFACTION], line_facts, OCTOBER, line, as_of=DURING)
    assert [it.zh for it in differing] == ["若判定无责，不扣减，+¥80"]
    cap = 'shape = "cap"\nover = ["X1"]\namount = "50.00"\n'
    assert differs(plan(PER_VISIT, cap), "X2", *visits(E1=9)) == ["若 X1 合计不超过封顶 50.00 元，不扣回"]
    floor = 'shape = "floor"\nover = ["X1"]\namount = "50.00"\nkind = "bonus"\n'
    assert differs(plan(PER_VISIT, floor), "X2", *visits(E1=2)) == ["若 X1 合计达到保底 50.00 元，不补"]


def test_nothing_is_said_of_a_correction_or_a_line_of_no_rule() -> None:
    facts = group([caller()], stated_figures=visits(E1=9))
    the_plan = plan(PER_VISIT)
    line = pay_lines([the_plan], facts, OCTOBER, as_of=DURING).lines.row(0, named=True)
    assert would_differ([the_plan], facts, OCTOBER, line, as_of=DURING) != []
    for changed in ({"corrects_period": "2026-09"}, {"plan": None}, {"rule": "gone"}):
        assert would_differ([the_plan], facts, OCTOBER, line | changed, as_of=DURING) == []


def test_a_move_under_one_plan_counts_what_the_others_pay_for_it_too() -> None:
    other = plans.read(text(PER_VISIT).replace('key = "own"', 'key = "other"'))
    facts = group([caller()], stated_figures=visits(E1=59))
    (move,) = [it for it in moves([plan(AWARD), other], facts, OCTOBER, "E1", as_of=DURING) if it.plan == "own"]
    assert (move.gain_fen, move.others_fen) == (100_00, 10_00)
    assert moves([plan(AWARD)], facts, Period.parse("2026-09"), "E1", as_of=DURING) == []

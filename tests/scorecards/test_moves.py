"""How many more it takes to the next band or limit, and what they are worth: by exact numbers, and computed again."""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from importlib.resources import files
from typing import Any

import polars as pl
import pytest

from data_contracts.contract import Text
from scorecards import plan as plans
from scorecards.deeds import DEEDS, Deed, Supposed, Whose
from scorecards.edges import Edge, count_to
from scorecards.figures import Figure, Figures
from scorecards.moves import NEAR, Move, amount_of, moves, would_differ
from scorecards.plan import Plan
from scorecards.posts import Roster
from scorecards.rules import pay_lines
from tests.scorecards import own_figures
from tests.scorecards.group import OCTOBER, group
from tests.scorecards.own_figures import stated, task
from tests.scorecards.test_f1_from_rows import rows

DURING = date(2026, 10, 20)


def shipped(name: str) -> Plan:
    return plans.read((files("scorecards") / "plans" / f"{name}.toml").read_text(encoding="utf-8"))


def office(leads: int, visits: int, deals: int = 1, **more: Any) -> dict[str, pl.LazyFrame]:
    made = {**rows(leads, visits, deals), **more}
    return group(made.pop("people"), **made)


def found(the_plans: Sequence[Plan], facts: Any, rule: str) -> list[Move]:
    return [move for move in moves(the_plans, facts, OCTOBER, "E1", as_of=DURING) if move.rule == rule]


def of_rule(plan: Plan, facts: Any, rule: str) -> int:
    lines = pay_lines([plan], facts, OCTOBER, as_of=DURING).lines
    return int(lines.filter(pl.col("rule") == rule)["requested_fen"].sum())


def test_three_more_visits_reach_15_percent() -> None:
    bands = shipped("f1_bands")
    (move,) = found([bands], office(leads=340, visits=48), "F1.3")  # 48 ÷ 340 = 14.1 %, 51 ÷ 340 = 15 %
    assert move.text == (
        "再有 3 组到店，当期到店率达到 15%，+¥510（其他规则另 +¥180）",  # 51 · 10; 3 · 60 by F1.2
        "3 more visits: Visit rate of the period reaches 15%, +¥510 (other rules: +¥180)",
    )
    assert (move.count, move.gain_fen, move.others_fen) == (3, 510_00, 180_00)


@pytest.mark.parametrize(("visits", "rule_pays"), [(48, 0), (50, 0), (51, 510_00)])
def test_one_less_does_not_reach_it_and_the_gain_is_what_the_rows_themselves_give(visits: int, rule_pays: int) -> None:
    assert of_rule(shipped("f1_bands"), office(leads=340, visits=visits), "F1.3") == rule_pays


def test_at_the_edge_there_is_no_move_and_one_below_it_takes_one() -> None:
    bands = shipped("f1_bands")
    assert found([bands], office(leads=340, visits=51), "F1.3") == []
    assert [move.count for move in found([bands], office(leads=340, visits=50), "F1.3")] == [1]


def test_what_is_far_away_is_not_shown_and_a_month_that_is_over_has_none() -> None:
    bands = shipped("f1_bands")
    assert found([bands], office(leads=340, visits=40), "F1.3") == []  # 11 away
    assert [move.count for move in found([bands], office(leads=340, visits=41), "F1.3")] == [10]
    assert moves([bands], office(leads=340, visits=48), OCTOBER, "E1", as_of=OCTOBER.last) == []


def test_a_deal_more_per_visit_and_the_visits_it_takes_not_to_fall_below() -> None:
    bands = shipped("f1_bands")
    facts = office(leads=40, visits=10, deals=2)  # 2 ÷ 10 = 20 % < 22.5 %; 3 ÷ 10
    (move,) = found([bands], facts, "F1.6")
    assert (move.count, move.text.zh.split("，")[0], move.gain_fen) == (1, "再有 1 台成交", 60_00)  # 3 · 20
    assert of_rule(bands, office(leads=40, visits=10, deals=3), "F1.6") == 60_00


def test_every_move_of_the_written_plan_is_what_the_rule_gives_then_and_not_before() -> None:
    """Each by the black box: with so many deeds the rule's amount is now plus the gain, with one less it is not."""
    written = shipped("f1")
    facts = office(leads=40, visits=5, deals=1)
    roster = Roster(facts["people"].collect())
    known = Figures(facts, roster, OCTOBER, as_of=DURING, plan=written)
    found_moves = moves([written], facts, OCTOBER, "E1", as_of=DURING)
    assert {(move.rule, edge.metric) for move in found_moves for edge in move.edges} == {
        ("F1.1", "month_visit_rate"),  # 5 ÷ 40 → 6 ÷ 40 = 15 %
        ("F1.1", "store_close_rate"),  # 1 ÷ 5 → 2 ÷ 5 = 40 % ≥ 35 %
        ("F1.1", "lead_close_rate"),  # 1 ÷ 40 → 2 ÷ 40 = 5 % ≥ 4 %
        ("F1.3", "month_visit_rate"),
        ("F1.6", "deals"),  # 1 ÷ 5 → 2 ÷ 5
    }
    rules = {rule.key: rule for rule in written.rules_on("2026-10")}
    for move in found_moves:
        now, then, short = (
            amount_of(written, rules[move.rule], figures, "E1")
            for figures in (
                known,
                Supposed(known, move.whose, move.deed, move.count or 0),
                Supposed(known, move.whose, move.deed, (move.count or 0) - 1),
            )
        )
        assert then - now == move.gain_fen
        assert short < then


def test_one_deed_that_passes_two_edges_of_a_rule_is_one_sentence_with_the_sum() -> None:
    (together,) = [
        move
        for move in found([shipped("f1")], office(leads=40, visits=5), "F1.1")
        if move.count == 1 and move.deed.one == "deal"
    ]  # 1 ÷ 5 → 2 ÷ 5 = 40 % ≥ 35 %; 1 ÷ 40 → 2 ÷ 40 = 5 % ≥ 4 %
    assert together.text == (
        "再有 1 台成交，到店成交率达到 35%、线索成交率达到 4%，+¥200（其他规则另 +¥100）",
        "1 more deal: Store close rate reaches 35% and Lead close rate reaches 4%, +¥200 (other rules: +¥100)",
    )


def test_what_more_deeds_bring_names_the_edges_that_fewer_pass() -> None:
    """3 ÷ 60 = 5 % ≥ 4 % by the first deal, 4 ÷ 10 = 40 % ≥ 35 % by the second; others: 2 · 40 + 4 · 30."""
    found_moves = found([shipped("f1")], office(leads=60, visits=10, deals=2), "F1.1")
    deals = [(move.count, move.text.zh, move.gain_fen) for move in found_moves if move.deed.one == "deal"]
    assert deals == [
        (1, "再有 1 台成交，线索成交率达到 4%，+¥100（其他规则另 +¥100）", 100_00),
        (2, "再有 2 台成交，线索成交率达到 4%、到店成交率达到 35%，+¥200（其他规则另 +¥200）", 200_00),
    ]


def test_every_deed_has_its_english_for_one_and_for_several() -> None:
    for deed in DEEDS:
        assert deed.counted(1).en == f"1 more {deed.one}"
        assert deed.counted(2, is_back=True).en == f"2 fewer {deed.words.en}"
        assert deed.one != deed.words.en


def test_a_task_almost_done_is_an_edge_too() -> None:
    plan = own_figures.plan(
        'shape = "shortfall"\ntask = "visits"\nbelow = "80%"\namount = "200.00"\nnewcomer_task = ["100%"]\n'
    )
    facts = group([own_figures.caller()], stated_figures=[stated("E1", "visits", 53)], targets=[task(70)])
    (move,) = moves([plan], facts, OCTOBER, "E1", as_of=DURING)
    assert move.text.zh == "再有 3 个到店，到店达到 56，+¥200"  # 70 · 80 % = 56


BANDS = """
shape = "bands"
metric = "visits"
judged_on = "exact"
bands = [
    { upto = "10", nothing = true },
    { above = "10", to = "20", amount = "300.00" },
    { from = "20", amount = "500.00" },
]
"""


@pytest.mark.parametrize(
    ("visits", "sentence"),
    [
        (8, "再有 3 个到店，到店超过 10，+¥300"),
        (10, "再有 1 个到店，到店超过 10，+¥300"),  # 10 itself lies below
        (11, "再有 9 个到店，到店达到 20，+¥200"),
        (19, "再有 1 个到店，到店达到 20，+¥200"),
    ],
)
def test_a_band_says_which_side_its_edge_belongs_to(visits: int, sentence: str) -> None:
    facts = group([own_figures.caller()], stated_figures=[stated("E1", "visits", visits)])
    (move,) = moves([own_figures.plan(BANDS)], facts, OCTOBER, "E1", as_of=DURING)
    assert move.text.zh == sentence


def test_and_what_would_take_it_away() -> None:
    facts = group([own_figures.caller()], stated_figures=[stated("E1", "visits", 12)])
    plan = own_figures.plan(BANDS)
    line = pay_lines([plan], facts, OCTOBER, as_of=DURING).lines.row(0, named=True)
    assert [text.zh for text in would_differ([plan], facts, OCTOBER, line, as_of=DURING)] == [
        "若多 8 个到店，到店达到 20，+¥200",
        "若少 2 个到店，到店不再超过 10，−¥300",
    ]


class Calls(Figures):
    """So many calls answered of so many, of everybody in October."""

    def __init__(self, answered: int, calls: int) -> None:
        self.pay_month = OCTOBER
        self.figure = Figure(
            metric="hotline_answer_rate", name=Text("", ""), period="2026-10", numerator=answered, denominator=calls,
            sample=calls,
        )  # fmt: skip

    def of(self, *_: Any) -> Figure:
        return self.figure


def needed(edge: Edge, deed: Deed, figures: Figures) -> int | None:
    """How many deeds of one's own reach an edge."""
    post = Roster(group([own_figures.caller()])["people"].collect()).of("E1")[0]
    whose = Whose(person_id="E1", level="person", subject_id="E1", post=post, period=OCTOBER)
    return count_to(edge, deed, Supposed(figures, whose), within=NEAR)


@pytest.mark.parametrize(
    ("answered", "calls", "count"),
    [
        (8, 10, 10),  # (8 + n) ÷ (10 + n) ≥ 90 %: n = 10, both parts grow
        (9, 10, None),  # there already
        (89, 100, 10),  # 99 ÷ 110 = 90 %
    ],
)
def test_where_every_deed_adds_to_both_parts(answered: int, calls: int, count: int | None) -> None:
    edge = Edge(metric="hotline_answer_rate", per=None, limit=Fraction(9, 10))
    (deed,) = (deed for deed in DEEDS if edge.metric in deed.adds)
    assert needed(edge, deed, Calls(answered, calls)) == count


def test_a_deed_that_only_lowers_the_figure_never_reaches_it() -> None:
    edge = Edge(metric="store_close_rate", per=None, limit=Fraction(35, 100))
    visit, deal = (next(deed for deed in DEEDS if key in deed.adds) for key in ("visit_groups", "deals"))
    assert needed(edge, visit, Calls(1, 5)) is None
    assert needed(edge, deal, Calls(1, 5)) == 1  # 2 ÷ 5 = 40 %
    assert needed(Edge(metric="store_close_rate", per=None, limit=Fraction(1)), deal, Calls(1, 5)) == 4
    assert needed(Edge(metric="store_close_rate", per=None, limit=Fraction(6, 5)), deal, Calls(1, 5)) is None


def test_a_limit_from_above_is_reached_by_what_the_figure_is_taken_of() -> None:
    edge = Edge(metric="defeat_rate", per=None, limit=Fraction(9, 10), is_at_most=True)
    (deed,) = (deed for deed in DEEDS if edge.metric in deed.adds)
    assert needed(edge, deed, Calls(10, 10)) == 2  # 10 ÷ 12 = 83.3 %, 10 ÷ 11 = 90.9 %
    assert needed(edge, deed, Calls(9, 10)) is None


def test_what_would_have_changed_a_line() -> None:
    bands = shipped("f1_bands")
    facts = office(leads=340, visits=52)  # 15.3 %
    lines = pay_lines([bands], facts, OCTOBER, as_of=DURING).lines
    line = lines.row(by_predicate=pl.col("rule") == "F1.3", named=True)
    said = would_differ([bands], facts, OCTOBER, line, as_of=DURING)
    assert [text.zh for text in said] == ["若少 2 组到店，当期到店率不再达到 15%，−¥520"]
    assert of_rule(bands, office(leads=340, visits=51), "F1.3") == 510_00
    assert of_rule(bands, office(leads=340, visits=50), "F1.3") == 0

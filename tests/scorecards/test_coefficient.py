"""Performance pay: base × score / 100, by days in office, one rounding."""

from dataclasses import replace
from datetime import date
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest

from scorecards.card import Gate
from scorecards.coefficient import card_behind
from scorecards.explain import explain, won_or_lost
from scorecards.rules import PayResult, pay_lines
from scorecards.sheet import build
from tests.scorecards.group import OCTOBER, PERFORMANCE, SATISFACTION, answers, complaint, group, post

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


def invited(number: int, person_id: str, day: int, came: int | None = None) -> dict[str, Any]:
    return {
        "invitation_id": f"I{number}", "customer_id": f"C{came or number}", "store_id": "S01", "person_id": person_id,
        "invited_at": f"2026-10-{day:02} 09:00", "purpose": "到店看车",
    }  # fmt: skip


INVITED: dict[str, Any] = {
    "targets": [
        {"metric": "css_score", "level": "group", "subject_id": "all", "since": "2026-01", "goal": 96},
        {"metric": "invite_to_store_rate", "level": "group", "subject_id": "all", "since": "2026-01", "goal": "0.5"},
    ],
    # I1 brought C1; C2 came after E1's I2 and E2's later I3; nobody came after I4.
    "invitations": [invited(1, "E1", 5), invited(2, "E1", 5), invited(3, "E2", 6, came=2), invited(4, "E1", 7)],
    "store_visits": [
        {"visit_id": f"V{n}", "customer_id": f"C{n}", "store_id": "S01", "arrived_at": "2026-10-08 14:00"}
        for n in (1, 2)
    ],
}  # fmt: skip


def test_a_line_rests_on_the_base_the_targets_and_every_row_behind_the_score() -> None:
    line = result(post("E1"), post("E2"), **INVITED).lines.row(0, named=True)
    assert line["amount_fen"] == 1500_00  # css_score 80 ÷ 96, 1 ÷ 3 of 50 %: 2000 · (83.333… + 66.666…) / 2
    rows = [(row["contract"], row["key"].split("/")[0], row["row"]) for row in line["evidence"]]
    assert rows == [
        ("pay_profiles", "E1", 2),
        ("targets", "css_score", 2),
        ("targets", "invite_to_store_rate", 3),
        ("surveys", "E1-2026-10-15-0", 2),
        ("invitations", "I1", 2),
        ("invitations", "I2", 3),
        ("invitations", "I4", 5),
    ]


def test_what_the_score_leaves_out_is_no_row_of_the_line() -> None:
    without_goal = {**INVITED, "targets": INVITED["targets"][:1]}
    line = result(post("E1"), post("E2"), **without_goal).lines.row(0, named=True)
    assert {row["contract"] for row in line["evidence"]} == {"pay_profiles", "targets", "surveys"}


def test_the_rows_that_a_gate_was_judged_by_are_among_them() -> None:
    gate = Gate(metric="complaints_received", limit=Fraction(0), is_at_most=True, score=Fraction(50))
    (dated,) = [it for it in SATISFACTION.cards if it.versions[0].value.role == "sales_consultant"]
    versions = tuple(replace(it, value=replace(it.value, gates=(gate,))) for it in dated.versions)
    gated = replace(SATISFACTION, cards=(replace(dated, versions=versions),))
    tables = {
        **INVITED,
        "surveys": answers("E1", 80_00, on="2026-10-15"),
        "complaints": [complaint("C1", person_id="E1")],
    }
    tables["pay_profiles"] = [profile("2026-01-01", 2000_00)]
    found = pay_lines([gated, PERFORMANCE], group([post("E1")], **tables), OCTOBER, as_of=AS_OF)
    (line,) = found.lines.filter(kind="coefficient").to_dicts()
    assert line["amount_fen"] == 1000_00
    assert ("complaints", "C1/1") in [(row["contract"], row["key"]) for row in line["evidence"]]


def test_the_tree_shows_the_card_and_who_won_and_lost_each_arrival() -> None:
    people, tables = [post("E1"), post("E2")], INVITED | {"surveys": answers("E1", 80_00, on="2026-10-15")}
    tables["pay_profiles"] = [profile("2026-01-01", 2000_00)]
    facts = group(people, **tables)
    made = build(pay_lines([SATISFACTION, PERFORMANCE], facts, OCTOBER, as_of=AS_OF), [], facts, OCTOBER, "S01",
                 as_of=AS_OF)  # fmt: skip
    line = made.lines.filter(person_id="E1", kind="coefficient").row(0, named=True)
    card = card_behind([SATISFACTION, PERFORMANCE], facts, OCTOBER, line, as_of=AS_OF)
    tree = explain(line, made, won_or_lost(card, facts, AS_OF), card=card).as_text("zh").splitlines()
    assert tree[3:6] == [
        "├─ 得分 75：销售顾问记分卡",
        "│  ├─ CSS得分 80.00 分 = 8000 ÷ 100，样本 1；目标 96，得 83.3333 分，权重 50%",
        "│  └─ 邀约到店率 33.3% = 1 ÷ 3，样本 3；目标 50%，得 66.6667 分，权重 50%",
    ]
    below = {row.split("邀约记录 ")[1][:2]: after for row, after in pairwise(tree) if "邀约记录 I" in row}
    assert below["I1"].endswith("到店记录 V1 2026-10-08 14:00：计入")
    assert below["I2"].endswith("到店记录 V2 2026-10-08 14:00：之后还有更近的一次，计给 E2 的邀约记录 I3")
    assert "I4" not in below  # the last row has nothing below it
    own = explain(line, made, won_or_lost(card, facts, AS_OF, is_own=True), card=card).as_text("zh")
    assert "计给 他人 的邀约记录 I3" in own
    assert "E2" not in own
    bonus = {**line, "plan": "satisfaction", "rule": "R1"}
    assert card_behind([SATISFACTION, PERFORMANCE], facts, OCTOBER, bonus, as_of=AS_OF) is None


def test_the_tree_says_where_a_cap_made_the_points() -> None:
    tables = INVITED | {"surveys": answers("E1", 100_00, on="2026-10-15")}
    facts = group([post("E1")], pay_profiles=[profile("2026-01-01", 2000_00)], **tables)
    made = build(pay_lines([SATISFACTION, PERFORMANCE], facts, OCTOBER, as_of=AS_OF), [], facts, OCTOBER, "S01",
                 as_of=AS_OF)  # fmt: skip
    line = made.lines.filter(person_id="E1", kind="coefficient").row(0, named=True)
    card = card_behind([SATISFACTION, PERFORMANCE], facts, OCTOBER, line, as_of=AS_OF)
    tree = explain(line, made, card=card)
    assert "目标 96，得 100 分（按比例 104.1667 分，封顶 100 分），权重 50%" in tree.as_text("zh")
    assert "goal 96: 100 points (104.1667 in proportion, capped at 100), weight 50 %" in tree.as_text("en")

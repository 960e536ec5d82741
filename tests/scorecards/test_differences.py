"""Two versions of a plan in words, and a version made of another by changing an amount."""

from dataclasses import fields, replace
from datetime import date
from importlib.resources import files
from typing import Literal, get_args, get_origin, get_type_hints

import pytest

from data_contracts.contract import Problem
from scorecards import plan as plans
from scorecards.card import Card
from scorecards.differences import _OWN, CHOICES, LABELS, Difference, compare
from scorecards.reading import SHAPES
from scorecards.rule import Rule
from scorecards.writing import amended, to_toml

FOLDER = files("scorecards") / "plans"
NAMES = sorted(file.name for file in FOLDER.iterdir() if file.name.endswith(".toml"))
SATISFACTION = (FOLDER / "satisfaction.toml").read_text(encoding="utf-8")
F1 = (FOLDER / "f1.toml").read_text(encoding="utf-8")


def changed(text: str, key: str, **changes: str) -> tuple[plans.Plan, list[Difference]]:
    before = plans.read(text)
    new = amended(
        text,
        key,
        {path.replace("__", "."): value for path, value in changes.items()},
        since="2026-12",
        notice="2026-31",
        published_on=date(2026, 11, 20),
    )
    after = plans.read(new, earlier=before)
    return after, compare(before, after)


@pytest.mark.parametrize(
    ("text", "key", "changes", "words", "effect"),
    [
        (SATISFACTION, "R1", {"amount": "250.00"}, "金额 200.00 元 → 250.00 元", "better"),
        (
            SATISFACTION,
            "R1",
            {"amount": "150.00", "min_sample": "3"},
            "最低样本 5 → 3；金额 200.00 元 → 150.00 元",
            "mixed",
        ),
        (SATISFACTION, "R1", {"at_average": "pass"}, "等于平均时 不达标 → 达标", "better"),
        (SATISFACTION, "R2", {"max_amount": "120.00"}, "上限 100.00 元 → 120.00 元", "worse"),
        (
            F1,
            "F1.6",
            {"bands.2.amount": "35.00"},
            "分段 ≥30% 且 <35% 20.00 元、≥35% 30.00 元 → ≥30% 且 <35% 20.00 元、≥35% 35.00 元",
            "better",
        ),
        (F1, "F1.1", {"indicators.4.at_least": "16%"}, "month_visit_rate ≥ 16%", "worse"),
        (F1, "F1.7", {"charged": "each"}, "扣减次数 一次 → 每次", "worse"),
        (F1, "F1.2", {"task": ""}, "任务 visit_groups → 无", "better"),
    ],
)
def test_an_amount_or_target_changes_and_the_words_say_for_whom(
    text: str, key: str, changes: dict[str, str], words: str, effect: str
) -> None:
    after, found = changed(text, key, **{path.replace(".", "__"): value for path, value in changes.items()})
    (one,) = found
    assert (one.where, one.change, one.effect) == (key, "changed", effect)
    assert words in one.words.zh
    assert after.since == "2026-12"


def test_what_stays_keeps_its_month_and_notice_and_the_changed_rule_takes_the_new_ones() -> None:
    after, _ = changed(SATISFACTION, "R1", amount="250.00")
    rules = {rule.key: (rule.since, rule.notice.number) for rule in after.rules_on("2026-12")}
    assert rules["R1"] == ("2026-12", "2026-31")
    assert rules["R2"] == ("2024-01", "样例 2023-12")
    assert rules["R3"] == ("2026-11", "样例 2026-10")
    kept = amended(SATISFACTION, "R1", {"amount": "1"}, since="2026-12", notice="n", published_on=date(2026, 11, 1))
    assert kept.startswith("# The satisfaction plan")


def test_a_weight_of_a_card_changes() -> None:
    text = amended(
        SATISFACTION, "sales_consultant", {"lines.1.weight": "60", "lines.2.weight": "40"},
        since="2026-12", notice="n", published_on=date(2026, 11, 1),
    )  # fmt: skip
    (found,) = compare(plans.read(SATISFACTION), plans.read(text, earlier=plans.read(SATISFACTION)))
    assert (found.where, found.effect) == ("sales_consultant", "mixed")
    assert "css_score 50%、invite_to_store_rate 50% → css_score 60%、invite_to_store_rate 40%" in found.words.zh


def test_a_stricter_change_waits_for_a_month_after_its_notice() -> None:
    stricter = amended(
        SATISFACTION, "R1", {"amount": "100"}, since="2026-12", notice="n", published_on=date(2026, 12, 1)
    )
    with pytest.raises(plans.PlanError, match="更严"):
        plans.read(stricter, earlier=plans.read(SATISFACTION))


@pytest.mark.parametrize(
    ("key", "path", "value", "says"),
    [
        ("R9", "amount", "1", "没有规则或记分卡 R9"),
        ("F1.6", "bands.3.amount", "1", "没有 bands.3.amount；此处有 1、2"),
        ("F1.6", "band.1.amount", "1", "没有 band.1.amount"),
        ("F1.6", "bands", "1", "有多项"),
    ],
)
def test_what_is_not_there_is_said(key: str, path: str, value: str, says: str) -> None:
    with pytest.raises(Problem, match=says):
        amended(F1, key, {path: value}, since="2026-12", notice="n", published_on=date(2026, 11, 1))


@pytest.mark.parametrize("name", NAMES)
def test_every_plan_reads_the_same_after_it_was_written(name: str) -> None:
    import tomllib

    text = (FOLDER / name).read_text(encoding="utf-8")
    again = to_toml(tomllib.loads(text))
    assert tomllib.loads(again) == tomllib.loads(text)
    assert replace(plans.read(again), digest="") == replace(plans.read(text), digest="")
    assert compare(plans.read(text), plans.read(again)) == []


def test_rules_that_come_and_go() -> None:
    before = plans.read(F1)
    first = F1.index("[[rules]]")
    second, third = F1.index('[[rules]]\nkey = "F1.2"'), F1.index('[[rules]]\nkey = "F1.7"')
    without_award, without_charge = F1[:first] + F1[second:], F1[:third]
    assert [(one.where, one.change, one.effect) for one in compare(before, plans.read(without_award))] == [
        ("F1.1", "removed", "worse")
    ]
    assert [one.effect for one in compare(before, plans.read(without_charge))] == ["better"]
    assert [(one.where, one.effect) for one in compare(plans.read(without_charge), before)] == [("F1.7", "worse")]
    new = compare(None, before)
    assert [one.change for one in new] == ["added"] * 7
    assert new[1].words.zh == "岗位 invite_specialist；类型 提成；指标 visit_groups；金额 60.00 元；" + (
        "任务 visit_groups；新人任务 0%、50%、100%"
    )


def test_leaving_out_an_award_is_stricter_too() -> None:
    before = plans.read(F1)
    first, second = F1.index("[[rules]]"), F1.index('[[rules]]\nkey = "F1.2"')
    without = (F1[:first] + F1[second:]).replace("2026-04-15", "2026-05-01")
    found = [one for one in plans.check_text(without, earlier=before) if one.where == "rules.F1.1@2026-05"]
    assert [one.severity for one in found] == ["error"]
    assert "更严" in found[0].message.zh


def test_every_entry_of_every_shape_has_a_name_here() -> None:
    shown = {field.name for shape in (*SHAPES.values(), Rule, Card) for field in fields(shape)}
    assert shown - set(LABELS) - set(_OWN) == set()


def test_every_choice_of_every_entry_has_words_in_both_languages() -> None:
    choices = {
        field.name: set(get_args(hint))
        for shape in (*SHAPES.values(), Rule, Card)
        for field in fields(shape)
        if get_origin(hint := get_type_hints(shape)[field.name]) is Literal
    }
    assert choices.keys() >= {"basis", "kind", "paid_to", "prorated", "among", "ties"}
    assert {name: sorted(values - CHOICES.get(name, {}).keys()) for name, values in choices.items()} == {
        name: [] for name in choices
    }


def test_a_version_that_is_already_published_for_later_stays() -> None:
    text = amended(SATISFACTION, "R1", {"amount": "250"}, since="2026-12", notice="n", published_on=date(2026, 11, 1))
    after, before = plans.read(text, earlier=plans.read(SATISFACTION)), plans.read(SATISFACTION)
    for month in ("2026-12", "2027-01"):
        assert [card.lines for card in after.cards_on(month)] == [card.lines for card in before.cards_on(month)]
    assert after.cards_on("2026-12")[1].lines != after.cards_on("2027-01")[1].lines

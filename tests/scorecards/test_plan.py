"""A plan loads only when it is right, and says in both languages what is not."""

from importlib.resources import files

import pytest

from data_contracts.contract import Text
from scorecards import plan as plans
from scorecards.shapes import PerCase, Threshold
from tests.scorecards.group import PERFORMANCE, SATISFACTION

SHIPPED = (files("scorecards") / "plans" / "satisfaction.toml").read_text(encoding="utf-8")


def errors(text: str, earlier: plans.Plan | None = None) -> list[tuple[str, str]]:
    return [(one.where, one.message.zh) for one in plans.check_text(text, earlier=earlier) if one.severity == "error"]


def changed(old: str, new: str, count: int = 1) -> str:
    assert old in SHIPPED
    return SHIPPED.replace(old, new, count)


def test_the_plans_that_ship_load_and_one_word_is_said_of_two_rulings_in_one_complaint() -> None:
    assert [(one.severity, one.where) for one in plans.check(SATISFACTION)] == [
        ("warning", "rules.R3@2026-11"),
        ("warning", "rules.R4_late@2026-11"),
    ]
    assert [one.severity for one in plans.check(PERFORMANCE)] == ["warning", "warning"]  # its cards stand elsewhere
    award, reduction = SATISFACTION.rules_on("2026-10")
    assert isinstance(award, Threshold)
    assert (award.amount_fen, award.min_sample, award.at_average, award.judged_on) == (200_00, 5, "not_pass", "printed")
    assert isinstance(reduction, PerCase)
    assert (reduction.min_fen, reduction.max_fen, reduction.judged_by_roles) == (50_00, 100_00, ("sales_director",))


@pytest.mark.parametrize(
    ("old", "new", "where", "says"),
    [
        ('basis = "event"\n', "", "rules[1].basis", "缺少此项"),
        ('basis = "event"', 'basis = "events"', "rules[1].basis", "是否指 event"),
        ('source = "Source document 003, 奖罚实施(个人)"', "", "source", "缺少此项"),
        ("weight = 50, waits", "weight = 40, waits", "cards[2].lines", "权重合计 90"),
        ('metric = "css_score"\n', 'metric = "css_scores"\n', "rules.R1@2024-01", "是否指 css_score"),
        ('metric = "css_score", weight', 'metric = "css", weight', "cards.sales_consultant@2024-01", "没有指标 css"),
        ('metric = "css_score", weight', 'metric = "css_item_gap", weight', "cards.sales_consultant", "多个数"),
        ('roles = ["sales_consultant"]', 'roles = ["sales_consultent"]', "rules.R1@2024-01", "是否指 sales_consultant"),
        ('max_amount = "100.00"', 'max_amount = "40.00"', "rules.R2@2024-01", "下限 50.00 高于上限 40.00"),
        ('amount = "200.00"', "amount = 200.5", "rules[1].amount", "引号"),
        ('amount = "200.00"', 'amount = "200.005"', "rules[1].amount", "引号"),
        ('amount = "200.00"', 'amount = "-200"', "rules[1].amount", "大于 0"),
        ("min_sample = 5", "min_sample = 0", "rules[1].min_sample", "整数"),
        ("min_sample = 5", "min_samples = 5", "rules[1].min_samples", "是否指 min_sample"),
        ('since = "2024-01"', 'since = "2024-13"', "since", "不是月份"),
        ("published_on = 2023-12-01", 'published_on = "2023-12-01"', "notice.published_on", "不加引号"),
        ('key = "satisfaction"', "key = satisfaction", "TOML", "TOML"),
        ("[notice]", "[notices]", "notice", "缺少此项"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused_with_its_place_and_the_next_step(old: str, new: str, where: str, says: str) -> None:
    found = errors(changed(old, new))
    assert any(place == where and says in message for place, message in found), found


def test_a_plan_error_lists_everything_in_both_languages() -> None:
    with pytest.raises(plans.PlanError) as caught:
        plans.read(changed("min_sample = 5", "min_sample = 0").replace('at_average = "not_pass"', ""))
    assert isinstance(caught.value.text, Text)
    assert "rules[1].min_sample" in caught.value.text.zh
    assert "rules[1].at_average: missing" in caught.value.text.en


def test_no_rule_is_in_force_before_its_notice() -> None:
    assert errors(changed("published_on = 2023-12-01", "published_on = 2024-01-02"))
    assert not errors(changed("published_on = 2023-12-01", "published_on = 2023-12-31"))


def version(since: str, published_on: str, amount: str) -> str:
    """R1 once more, from ``since`` on, with its own notice."""
    rule = SHIPPED[SHIPPED.index('[[rules]]\nkey = "R1"') : SHIPPED.index('[[rules]]\nkey = "R2"')]
    own = f'since = "{since}"\nnotice = {{ number = "2", published_on = {published_on} }}\nbasis'
    return SHIPPED + rule.replace("basis", own, 1).replace('amount = "200.00"', f'amount = "{amount}"')


def test_a_stricter_version_waits_for_a_month_after_its_publication() -> None:
    assert errors(version("2026-10", "2026-10-01", "150.00"))
    assert not errors(version("2026-10", "2026-09-30", "150.00"))
    assert not errors(version("2026-10", "2026-10-01", "250.00"))  # better: from the day of its notice
    assert errors(version("2026-10", "2026-10-02", "250.00"))


def test_the_version_of_a_pay_month_applies() -> None:
    plan = plans.read(version("2026-10", "2026-09-15", "250.00"))
    amounts = {month: plan.rules_on(month)[0] for month in ("2026-09", "2026-10")}
    assert [rule.amount_fen for rule in amounts.values() if isinstance(rule, Threshold)] == [200_00, 250_00]
    assert plan.rules_on("2023-12") == []


def test_a_new_version_of_the_plan_is_compared_with_the_one_before() -> None:
    stricter = SHIPPED.replace("2024-01", "2026-10").replace("2023-12-01", "2026-10-01")
    same = [where for where, _ in errors(stricter, earlier=SATISFACTION)]
    assert same == []  # the same rules anew
    assert errors(stricter.replace('"200.00"', '"100.00"'), earlier=SATISFACTION)


def test_of_each_plan_the_latest_version_is_in_force() -> None:
    newer = plans.read(SHIPPED.replace('since = "2024-01"', 'since = "2026-10"'))
    both = [newer, SATISFACTION, PERFORMANCE]
    assert [(plan.key, plan.since) for plan in plans.in_force(both, "2026-10")] == [
        ("performance_base", "2024-01"),
        ("satisfaction", "2026-10"),
    ]
    assert plans.in_force(both, "2023-12") == []

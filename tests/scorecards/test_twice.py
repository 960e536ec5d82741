"""One event paid to one post by two plans, or again by another rule in a later month, is listed."""

from datetime import date
from typing import Any

from metrics.period import Period
from scorecards import plan as plans
from scorecards.plan import Plan
from scorecards.rules import pay_lines
from tests.scorecards.group import group, post
from tests.scorecards.own_figures import text

OCTOBER, NOVEMBER = Period.parse("2026-10"), Period.parse("2026-11")
PER_CAR = 'shape = "per_unit"\nkind = "commission"\nmetric = "cars_delivered"\namount = "300.00"\n'
ORDER = {
    "order_id": "O1", "customer_id": "K1", "store_id": "S01", "person_id": "E1", "ordered_at": "2026-10-01 10:00",
    "delivered_at": "2026-10-12 10:00",
}  # fmt: skip


def plan(key: str) -> Plan:
    sold = text(PER_CAR).replace('key = "own"', f'key = "{key}"')
    return plans.read(sold.replace('roles = ["invite_specialist"]', 'roles = ["sales_consultant"]'))


def findings(
    those: list[Plan], month: Period, standing: list[dict[str, Any]] | None = None, **order: Any
) -> list[tuple[str, str]]:
    facts = group([post("E1"), post("E2")], orders=[{**ORDER, **order}])
    found = pay_lines(those, facts, month, as_of=month.last, standing=standing or [])
    return [(one.where, one.message.zh) for one in found.findings if "重复计发" in one.message.zh]


def lines(those: list[Plan]) -> list[dict[str, Any]]:
    facts = group([post("E1"), post("E2")], orders=[ORDER])
    return pay_lines(those, facts, OCTOBER, as_of=date(2026, 10, 31)).lines.to_dicts()


def test_two_plans_in_one_month_are_listed_with_the_event() -> None:
    ((where, said),) = findings([plan("a"), plan("b")], OCTOBER)
    assert where == "orders O1"
    assert said == "订单 O1 同一岗位重复计发：2026-10 a/X1（E1）、2026-10 b/X1（E1）"
    assert findings([plan("a")], OCTOBER) == []


def test_a_figure_paid_by_two_plans_is_said_in_words() -> None:
    facts = group([post("E1"), post("E2")], orders=[ORDER])
    found = pay_lines([plan("a"), plan("b")], facts, OCTOBER, as_of=OCTOBER.last).findings
    said = [one.message for one in found if "同一事项" in one.message.zh]
    assert said == [("同一事项 cars_delivered 2026-10 有 2 笔提成", "2 times commission for cars_delivered 2026-10")]


def test_another_plan_in_a_later_month_is_listed_too_whoever_of_the_post_is_paid() -> None:
    paid = lines([plan("a")])
    for person in ("E1", "E2"):
        moved = {"delivered_at": "2026-11-03 10:00", "person_id": person}
        ((_, said),) = findings([plan("b")], NOVEMBER, paid, **moved)
        assert said == f"订单 O1 同一岗位重复计发：2026-10 a/X1（E1）、2026-11 b/X1（{person}）"
        assert findings([plan("b")], NOVEMBER, [], **moved) == []  # October was corrected: it stands no more

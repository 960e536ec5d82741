"""Plans F2 and the ladders of F3, each example worked out by hand from the published sheet."""

from fractions import Fraction
from importlib.resources import files
from typing import Any

import pytest

from scorecards import plan as plans
from scorecards.plan import Plan
from scorecards.rules import PayResult, pay_lines
from tests.scorecards.group import SATISFACTION, answers, complaint, group, post, ruling
from tests.scorecards.own_figures import AS_OF, OCTOBER, stated

CARE = post("E1", "customer_care_specialist", department="客户关系部")
PROFILE = {"contract_wage_fen": 6000_00, "other_pay_fen": 4000_00}
ADVISOR = post("E1", "service_advisor", department="售后部")


def shipped(name: str) -> Plan:
    return plans.read((files("scorecards") / "plans" / f"{name}.toml").read_text(encoding="utf-8"))


def paid(
    name: str, person: dict[str, Any], *figures: dict[str, Any], beside: Plan | None = None, **more: Any
) -> PayResult:
    facts = group([person, *more.pop("people", [])], stated_figures=list(figures), **more)
    return pay_lines([shipped(name), *([beside] if beside else [])], facts, OCTOBER, as_of=AS_OF)


def by_rule(found: PayResult, column: str = "requested_fen") -> dict[str, int]:
    totals: dict[str, int] = {}
    for row in found.lines.to_dicts():
        totals[row["rule"]] = totals.get(row["rule"], 0) + row[column]
    return totals


WORK = [
    stated("E1", "calls_connected", 120),
    stated("E1", "face_interviews", 10),
    stated("E1", "group_chats", 3),
    stated("E1", "birthday_greetings", 15),
    stated("E1", "renewals_signed", 4),
    stated("E1", "extended_warranties", 2),
    stated("E1", "etc_installed", 5),
]
FIRST = {
    "F2.1": 120_00,  # 120 · 1
    "F2.2": 60_00,  # 10 · 6
    "F2.3": 15_00,  # 3 · 5
    "F2.4": 15_00,  # 15 · 1
    "F2.5": 100_00,  # 4 · 25
    "F2.6": 200_00,  # 2 · 100
    "F2.7": 50_00,  # 5 · 10
}  # together 560.00


def test_the_first_block_pays_by_the_piece() -> None:
    assert by_rule(paid("f2", CARE, *WORK)) == FIRST


def test_the_second_block_pays_calls_and_birthdays_at_two() -> None:
    assert by_rule(paid("f2_second", CARE, *WORK)) == {**FIRST, "F2.1": 240_00, "F2.4": 30_00}


@pytest.mark.parametrize(
    ("booked", "of", "change"),
    [
        (7, 20, None),  # 35 %: the whole
        (8, 20, None),  # 40 %: at most 100 %
        (3, 10, -80_00),  # 30 ÷ 35: 560 · 6/7 = 480
        (33, 100, -32_00),  # 560 · 33/35 = 528
    ],
)
def test_the_booking_rate_scales_it_on_a_line_of_its_own(booked: int, of: int, change: int | None) -> None:
    found = by_rule(paid("f2", CARE, *WORK, stated("E1", "booking_rate", booked, of=of)))
    assert found.get("F2.8") == change
    assert sum(FIRST.values()) * min(Fraction(booked, of) / Fraction(35, 100), 1) == sum(found.values())


def case(number: int, answered: str, closed: str) -> dict[str, Any]:
    return complaint(
        f"C{number}", received_at="2026-10-05 09:00", first_contact_at=answered, satisfied_at=closed,
        closed_at=closed, handler_id="E1",
    )  # fmt: skip


def test_late_complaints_cost_each_and_a_month_without_fault_earns_both_awards() -> None:
    late = [
        case(1, "2026-10-05 10:00", "2026-10-06 09:00"),
        case(2, "2026-10-05 11:01", "2026-10-06 09:00"),  # 2 h 1 min
        case(3, "2026-10-05 11:00", "2026-10-08 09:01"),  # 72 h 1 min
    ]
    facts = {"complaints": late}
    found = by_rule(paid("f2", CARE, stated("E1", "appeals_rejected", 2), **facts))
    assert found == {"F2.9": -200_00, "F2.10": -500_00, "F2.11": -400_00}
    good = {"complaints": facts["complaints"][:1]}
    assert by_rule(paid("f2", CARE, stated("E1", "appeals_rejected", 0), **good)) == {"F2.12": 200_00, "F2.13": 100_00}
    assert by_rule(paid("f2", CARE, **good)) == {"F2.13": 100_00}  # appeals not stated: not known to be none


@pytest.mark.parametrize(
    ("name", "score", "amount"),
    [
        ("f2", "90", -200_00), ("f2", "90.01", 0), ("f2", "92.99", 0), ("f2", "93", 300_00),
        ("f2", "94.99", 300_00), ("f2", "95", 500_00),
        ("f2_second", "90", 0), ("f2_second", "90.01", 400_00), ("f2_second", "95", 400_00),
    ],
)  # fmt: skip
def test_sales_satisfaction_by_either_block(name: str, score: str, amount: int) -> None:
    (rule,) = [rule for rule in shipped(name).rules_on("2026-10") if rule.key == "F2.14"]
    assert rule.lag_months == 1  # 满意度成绩次月出
    assert getattr(rule, "amount_of")(Fraction(score)) == amount  # noqa: B009


@pytest.mark.parametrize(("score", "amount"), [("90.99", -200_00), ("91", 0), ("91.99", 0), ("92", 400_00)])
def test_service_satisfaction(score: str, amount: int) -> None:
    (rule,) = [rule for rule in shipped("f2").rules_on("2026-10") if rule.key == "F2.15"]
    assert getattr(rule, "amount_of")(Fraction(score)) == amount  # noqa: B009


def deliveries(count: int, person_id: str = "E1") -> list[dict[str, Any]]:
    return [
        {
            "order_id": f"O{person_id}{number}", "customer_id": f"C{person_id}{number}", "store_id": "S01",
            "person_id": person_id, "ordered_at": "2026-10-02 10:00", "delivered_at": "2026-10-20 10:00",
        }
        for number in range(count)
    ]  # fmt: skip


def goal(value: int, level: str = "person", subject: str = "E1") -> dict[str, Any]:
    return {"metric": "cars_delivered", "level": level, "subject_id": subject, "since": "2026-01", "goal": value}


def consultant(name: str, cars: int, *, mates: int = 0, **more: Any) -> PayResult:
    """E1 with a base of 3,000 and a card of 100, a task of 10, and a mate in the team of 20."""
    return paid(
        name,
        post("E1"),
        *more.pop("figures", []),
        beside=SATISFACTION,
        people=[post("E2")],
        orders=[*deliveries(cars), *deliveries(mates, "E2")],
        targets=[
            goal(10), goal(10, "person", "E2"), goal(20, "team", "T01"),
            {"metric": "css_score", "level": "group", "subject_id": "", "since": "2026-01", "goal": 90},
        ],
        surveys=answers("E1", *[90_00] * 5, on="2026-10-09"),
        pay_profiles=[{"person_id": "E1", "since": "2026-01-01", "performance_base_fen": 3000_00, **PROFILE}],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("cars", "at_120", "at_110"),
    [
        (9, 2700_00, 2700_00),
        (10, 3000_00, 3000_00),
        (11, 3300_00, 3300_00),
        (12, 3600_00, 3300_00),
        (13, 3600_00, 3300_00),
    ],
)
def test_completion_is_capped_at_120_and_in_some_stores_at_110(cars: int, at_120: int, at_110: int) -> None:
    assert sum(by_rule(consultant("f2_consultants", cars)).values()) == at_120
    assert sum(by_rule(consultant("f2_consultants_110", cars)).values()) == at_110


@pytest.mark.parametrize(
    ("own", "mate", "amount"),
    [
        (10, 10, 3000_00),
        (8, 10, 2160_00),  # 3000 · 18/20 · 8/10
        (10, 4, 2100_00),  # 3000 · 14/20
        (6, 14, 1800_00),  # 3000 · 20/20 · 6/10
        (5, 15, 0),  # below 60 % of the own task
    ],
)
def test_team_times_own_completion_and_nothing_below_sixty(own: int, mate: int, amount: int) -> None:
    found = consultant("f3_consultants", own, mates=mate)
    assert found.lines.filter(person_id="E1")["amount_fen"].sum() == amount


@pytest.mark.parametrize(("failures", "reduction"), [(1, None), (2, -432_00), (3, -432_00)])
def test_two_exams_failed_cost_a_fifth_of_the_months_bonus(failures: int, reduction: int | None) -> None:
    found = consultant("f3_consultants", 8, mates=10, figures=[stated("E1", "exam_failures", failures)])
    assert by_rule(found).get("F3.14") == reduction  # 2160 · 20 %


@pytest.mark.parametrize(
    ("at_fault", "amount"),
    [(0, 800_00), (1, 760_00), (2, 640_00), (3, 400_00), (4, 400_00)],  # −5 %, −20 %, −50 % of 800
)
def test_reception_pays_half_a_percent_and_complaints_take_by_the_ladder(at_fault: int, amount: int) -> None:
    cases = [complaint(f"C{number}", department="售后部") for number in range(at_fault)]
    judged = [ruling(row["complaint_id"], "E1", None, judged_by="D01") for row in cases]
    figures = [stated("E1", "service_output", 200_000), stated("E1", "cars_received", 80)]
    targets = [
        {"metric": "service_output", "level": "person", "subject_id": "E1", "since": "2026-01", "goal": 200_000},
        {"metric": "cars_received", "level": "person", "subject_id": "E1", "since": "2026-01", "goal": 100},
    ]
    found = paid("f3_reception", ADVISOR, *figures, complaints=cases, complaint_rulings=judged, targets=targets)
    assert sum(by_rule(found).values()) == amount  # 200,000 · 0.5 % · 100 % · 80 % = 800.00
    assert (
        "产值 200000 元 × 0.5% × 产值达成（200000÷200000 = 100.0%） × 接车达成（80÷100 = 80.0%）"
        in found.lines["arithmetic_zh"][0]
    )


def test_a_fine_of_twenty_to_thirty_stands_for_r2_and_never_beside_it() -> None:
    text = (files("scorecards") / "plans" / "f3_complaints.toml").read_text(encoding="utf-8")
    assert plans.check_text(text) == []
    (found,) = plans.check_text(text, beside=[SATISFACTION])
    assert found.severity == "error"
    assert found.message.zh.startswith("判定 责任 已由 satisfaction/R2 扣减（sales_consultant）")


def test_five_percent_of_after_sales_pay_is_kept() -> None:
    (rule,) = shipped("f2_aftersales").rules_on("2026-10")
    assert rule.holdback is not None
    assert (rule.holdback.share, rule.holdback.after_months) == (Fraction(1, 20), 12)


TEMPLATES = {
    "r5_r7": [f"rules[{place}].amount" for place in (1, 2, 3, 4, 5)],
    "f2_volumes": [
        "rules[1].bands[1].to", "rules[1].bands[2].from", "rules[1].bands[2].to", "rules[1].bands[3].from",
        "rules[2].amount", "rules[3].amount",
    ],
    "f3_mystery": ["rules[1].bands[1].reduction", "rules[1].bands[3].amount", "rules[1].bands[4].amount"],
}  # fmt: skip


@pytest.mark.parametrize(("name", "fields"), TEMPLATES.items())
def test_a_template_is_refused_and_names_each_field_that_the_store_must_set(name: str, fields: list[str]) -> None:
    text = (files("scorecards") / "plans" / "templates" / f"{name}.toml").read_text(encoding="utf-8")
    found = plans.check_text(text)
    assert [one.where for one in found] == fields
    assert all("由门店确定" in one.message.zh for one in found)


def test_a_template_loads_once_every_amount_is_set() -> None:
    text = (files("scorecards") / "plans" / "templates" / "r5_r7.toml").read_text(encoding="utf-8")
    assert plans.check_text(text.replace('"待定"', '"50.00"')) == []
    assert len(plans.check_text(text.replace('"待定"', '"50.00"', 4))) == 1

"""Money that comes later: lag, holdback, settled months, true-ups, cancellations; both sides of each date."""

from datetime import date
from fractions import Fraction
from importlib.resources import files
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.period import Period
from scorecards import plan as plans
from scorecards.later import Job, Knowledge, Paid, Review, cancelled_in_time, knowledge, part_due
from scorecards.plan import Plan
from scorecards.rule import Holdback
from scorecards.rules import PayResult, pay_lines
from tests.scorecards.group import SATISFACTION, answers, average, group, post
from tests.scorecards.own_figures import caller, stated, text

PERFORMANCE_TEXT, SATISFACTION_TEXT = (
    (files("scorecards") / "plans" / f"{name}.toml").read_text(encoding="utf-8")
    for name in ("performance_base", "satisfaction")
)
PER_SALE = 'shape = "per_unit"\nkind = "commission"\nmetric = "sales"\namount = "33.33"\n'
HELD = 'holdback = { share = "5%", after_months = 3 }\n'
SOLD = [stated("E1", "sales", 10), stated("E1", "sales", 7, period="2026-11")]


def month(label: str) -> Period:
    return Period.parse(label)


def result(the_plan: Plan, label: str, **more: Any) -> PayResult:
    """A month under the plan, which is in force in every month before too."""
    origins = {it.label: [the_plan] for it in month(label).trailing(13)[:-1]}
    given = {"as_of": month(label).last, "origins": origins, **more}
    people = given.pop("people", [caller()])
    return pay_lines([the_plan], group(people, stated_figures=SOLD), month(label), **given)


def paid(the_plan: Plan, label: str, **more: Any) -> list[tuple[str | None, int, int]]:
    """The month a line was earned in, what it pays, what it holds back."""
    lines = result(the_plan, label, **more).lines.to_dicts()
    return [(line["metric_period"], line["amount_fen"], line["carried_fen"]) for line in lines]


def test_a_lagged_rule_pays_so_many_months_later_and_not_in_its_own() -> None:
    lagged = plans.read(text(PER_SALE + "lag_months = 2"))
    assert paid(lagged, "2026-10") == paid(lagged, "2026-11") == []
    assert paid(lagged, "2026-12") == [("2026-10", 333_30, 0)]
    assert paid(lagged, "2027-01") == [("2026-11", 233_31, 0)]
    assert paid(lagged, "2027-02") == []


def test_a_holdback_is_paid_when_it_is_due_and_both_parts_total_the_whole() -> None:
    held = plans.read(text(PER_SALE + HELD))
    assert paid(held, "2026-10") == [
        ("2026-10", 316_64, 16_66)
    ]  # 5 % of 333.30 is 16.665: the odd half fen is paid now
    assert paid(held, "2026-12") == []
    assert paid(held, "2027-01") == [("2026-10", 16_66, 0)]
    assert paid(held, "2027-02") == [("2026-11", 11_67, 0)]


def test_lag_and_holdback_follow_on_each_other() -> None:
    both = plans.read(text(PER_SALE + "lag_months = 1\n" + HELD))
    assert paid(both, "2026-11") == [("2026-10", 316_64, 16_66)]
    assert paid(both, "2027-02") == [("2026-10", 16_66, 0)]


def test_a_line_paid_later_says_when_it_was_earned_and_what_comes_when() -> None:
    held = plans.read(text(PER_SALE + HELD))
    (first,) = result(held, "2026-10").lines.to_dicts()
    (later,) = result(held, "2027-01").lines.to_dicts()
    assert "本月发放 316.64 元，预留 5% 共 16.66 元于 2027-01 发放" in first["arithmetic_zh"]
    assert later["arithmetic_zh"].startswith("2026-10 应得，2027-01 发放：")
    assert (later["case_id"], later["period"], later["kind"]) == (first["line_id"], "2027-01", "commission")
    assert later["line_id"] != first["line_id"]


def test_the_rule_of_the_month_it_was_earned_in_says_what_is_due() -> None:
    held, plain = plans.read(text(PER_SALE + HELD)), plans.read(text(PER_SALE))
    origins = {"2026-10": [held], "2026-11": [plain]}
    facts = group([caller()], stated_figures=SOLD)
    found = pay_lines([plain], facts, month("2027-01"), as_of=date(2027, 1, 31), origins=origins)
    assert found.lines["amount_fen"].to_list() == [16_66]
    later = pay_lines([plain], facts, month("2027-02"), as_of=date(2027, 2, 28), origins=origins)
    assert later.lines.is_empty()


def test_a_leaver_keeps_lagged_pay_and_holdbacks() -> None:
    gone = [caller(left_on="2026-11-15")]
    assert paid(plans.read(text(PER_SALE + "lag_months = 2")), "2026-12", people=gone) == [("2026-10", 333_30, 0)]
    assert paid(plans.read(text(PER_SALE + HELD)), "2027-01", people=gone) == [("2026-10", 16_66, 0)]


@settings(deadline=None)
@given(st.integers(0, 10_000_000), st.fractions(Fraction(1, 100), Fraction(99, 100), max_denominator=1000))
def test_parts_total_the_amount_to_the_fen(total: int, share: Fraction) -> None:
    rule = plans.read(text(PER_SALE + HELD)).rules_on("2026-10")[0]
    held = Holdback(share=share, after_months=3)
    rule = rule.__class__(**{**rule.__dict__, "holdback": held})
    plan = plans.read(text(PER_SALE))
    line = {
        "line_id": "x", "person_id": "E1", "kind": "bonus", "requested_fen": total, "amount_fen": total,
        "carried_fen": 0, "metric_period": "2026-10", "arithmetic_zh": "", "arithmetic_en": "",
    }  # fmt: skip
    now, then = (
        part_due(
            Job(plans=[plan], plan=plan, rule=rule, origin=month("2026-10"), waited=3 * is_held, is_held_part=is_held),
            line,
            month("2027-01" if is_held else "2026-10"),
        )
        for is_held in (False, True)
    )
    assert now is not None
    later = then["amount_fen"] if then else 0
    assert now["amount_fen"] + later == total
    assert now["requested_fen"] == now["amount_fen"] + now["carried_fen"]
    assert abs(later - total * share) <= 1


SCORED = {"people": [post("E1")], "pay_profiles": [
    {"person_id": "E1", "since": "2025-01-01", "performance_base_fen": 1000_00, "other_pay_fen": 4500_00,
     "contract_wage_fen": 5000_00}
]}  # fmt: skip


@pytest.mark.parametrize(
    ("label", "as_of", "earned"),
    [
        ("2026-10", "2026-10-31", []),
        ("2026-11", "2026-11-06", []),
        ("2026-11", "2026-11-07", ["2026-10"]),  # 31 October + 7 days
        ("2026-12", "2026-12-31", ["2026-11"]),
    ],
)
def test_performance_pay_on_settled_scores_comes_in_the_month_they_settle(
    label: str, as_of: str, earned: list[str]
) -> None:
    waiting = plans.read(PERFORMANCE_TEXT.replace("cutoff_true_up", "settled_lag"))
    facts = group(
        SCORED["people"],
        pay_profiles=SCORED["pay_profiles"],
        surveys=[row for day in ("2026-10-10", "2026-11-10") for row in answers("E1", 90_00, on=day)],
        targets=[
            {"metric": "css_score", "level": "role", "subject_id": "sales_consultant", "since": "2026-01", "goal": 90}
        ],
    )
    found = pay_lines([waiting, SATISFACTION], facts, month(label), as_of=date.fromisoformat(as_of))
    lines = found.lines.filter(pl.col("kind") == "coefficient")
    assert lines["metric_period"].to_list() == earned
    assert lines["amount_fen"].to_list() == [1000_00] * len(earned)


def job(basis: str, metric: str, label: str = "2026-10", clawback: str = "") -> Job:
    rule = f'shape = "per_indicator"\namount = "1.00"\nindicators = [{{ metric = "{metric}", at_least = "50%" }}]\n'
    plan = plans.read(text(rule + clawback).replace('basis = "event"', f'basis = "{basis}"'))
    return Job(plans=[plan], plan=plan, rule=plan.rules_on(label)[0], origin=month(label))


@pytest.mark.parametrize(
    ("basis", "known_by", "counts_until"),
    [
        ("cutoff_true_up", "2026-11-06", "2026-10-31"),
        ("cutoff_true_up", "2026-11-07", "2026-11-07"),  # settled
        ("cutoff_true_up", "2026-12-31", "2026-11-07"),  # and not a day more
        ("event", "2026-12-31", "2026-10-31"),
        ("settled_lag", "2026-12-31", "2026-10-31"),
    ],
)
def test_only_a_true_up_learns_what_settled_since(basis: str, known_by: str, counts_until: str) -> None:
    found = knowledge(
        job(basis, "invite_to_store_rate"), date(2026, 10, 31), Review(known_by=date.fromisoformat(known_by))
    )
    assert found.as_of.isoformat() == counts_until
    assert found.cancelled_by == found.as_of  # an indicator is not paid by the piece


def test_what_was_computed_after_it_settled_stays_as_known_then() -> None:
    review = Review(known_by=date(2026, 12, 31))
    assert knowledge(job("cutoff_true_up", "invite_to_store_rate"), date(2026, 11, 20), review).as_of == date(
        2026, 11, 20
    )


@pytest.mark.parametrize(
    ("known_by", "paid_on", "until"),
    [
        ("2026-11-20", "2026-11-15", "2026-11-20"),
        ("2027-02-12", "2026-11-15", "2027-02-12"),
        ("2027-02-13", "2026-11-15", "2027-02-13"),  # day 90
        ("2027-02-14", "2026-11-15", "2027-02-13"),
        ("2027-02-14", None, "2027-02-14"),  # not paid out yet
    ],
)
def test_cancellations_count_until_so_many_days_after_the_payment(
    known_by: str, paid_on: str | None, until: str
) -> None:
    when = Review(known_by=date.fromisoformat(known_by), paid_on=date.fromisoformat(paid_on) if paid_on else None)
    claimed = job("event", "invite_to_store_rate", clawback="clawback = { within_days = 90 }")
    found = knowledge(claimed, date(2026, 10, 31), when)
    assert (found.as_of, found.cancelled_by.isoformat()) == (date(2026, 10, 31), until)


@pytest.mark.parametrize(
    ("cancelled", "counts_as"),
    [
        ("2026-10-31 23:00", "2026-10-31"),
        ("2026-11-01 08:00", "2026-10-31"),
        ("2026-11-20 23:59", "2026-10-31"),
        ("2026-11-21 00:00", "2026-11-21"),
    ],
)
def test_a_cancellation_in_time_counts_as_known_then(cancelled: str, counts_as: str) -> None:
    order = {
        "order_id": "O1", "customer_id": "K1", "store_id": "S01", "person_id": "E1", "ordered_at": "2026-10-01 10:00",
        "cancelled_at": cancelled,
    }  # fmt: skip
    policy = {
        "policy_id": "P1", "vin": "V1", "store_id": "S01", "person_id": "E1", "expires_on": "2026-10-20",
        "signed_on": "2026-10-10", "cancelled_on": cancelled[:10],
    }  # fmt: skip
    facts = group([post("E1")], orders=[order], renewals=[policy])
    seen = cancelled_in_time(facts, Knowledge(as_of=date(2026, 10, 31), cancelled_by=date(2026, 11, 20)))
    assert seen["orders"].collect()["cancelled_at"][0].date().isoformat() == counts_as
    assert seen["renewals"].collect()["cancelled_on"][0].isoformat() == counts_as


def test_a_holdback_knows_what_its_month_was_paid_on() -> None:
    """Stated figures of October published on 5 November: known if October was computed then, else not."""
    held = plans.read(text(PER_SALE + HELD))
    late = [stated("E1", "sales", 10, published_on="2026-11-05")]
    facts = group([caller()], stated_figures=late)
    for as_of, amounts in ((date(2026, 11, 4), []), (date(2026, 11, 5), [16_66])):
        found = pay_lines(
            [held], facts, month("2027-01"), as_of=date(2027, 1, 31), origins={"2026-10": [held]},
            paid={"2026-10": Paid(as_of=as_of)},
        )  # fmt: skip
        assert found.lines["amount_fen"].to_list() == amounts


def test_an_award_waits_for_its_figure_to_settle_too() -> None:
    """css_score settles with its month, so that the publication decides."""
    waiting = plans.read(SATISFACTION_TEXT.replace('basis = "event"', 'basis = "settled_lag"', 1))
    facts = group([post("E1")], surveys=answers("E1", *[90_00] * 5), benchmarks=[average()])
    found = pay_lines([waiting], facts, month("2026-10"), as_of=date(2026, 10, 31))
    assert found.lines["amount_fen"].to_list() == [200_00]

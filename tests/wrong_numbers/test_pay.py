"""Amounts that once came out wrong, each with the smallest group that shows it. No test of these is ever weakened."""

from datetime import date
from typing import Any

import pytest

from metrics.period import Period
from scorecards import plan as plans
from scorecards.rules import PayResult, pay_lines
from scorecards.sheet import Sheet, build
from tests.scorecards.group import OCTOBER, SATISFACTION, answers, group, post
from tests.scorecards.own_figures import amounts, caller, plan, result, stated, text
from tests.scorecards.test_coefficient import profile
from tests.scorecards.test_later import PERFORMANCE_TEXT

PER_SALE = 'shape = "per_unit"\nkind = "bonus"\nmetric = "sales"\namount = "60.00"\n'
AS_OF = date(2026, 11, 8)


def performance_pay(
    people: list[dict[str, Any]], *profiles: dict[str, Any], prorated: str = "days"
) -> tuple[PayResult, Sheet]:
    """E1 with a full score in October, so that performance pay is the base, and the sheet of S01."""
    shape = 'shape = "coefficient"\n'
    performance = plans.read(PERFORMANCE_TEXT.replace(shape, f'{shape}prorated = "{prorated}"\n'))
    facts = group(
        people,
        surveys=answers("E1", 96_00, on="2026-10-15"),
        targets=[{"metric": "css_score", "level": "group", "subject_id": "all", "since": "2026-01", "goal": 96}],
        pay_profiles=profiles,
    )
    found = pay_lines([SATISFACTION, performance], facts, OCTOBER, as_of=AS_OF)
    return found, build(found, [SATISFACTION, performance], facts, OCTOBER, "S01", as_of=AS_OF)


def test_who_comes_back_is_paid_on_the_base_of_the_return_not_on_that_of_years_ago() -> None:
    people = [post("E1", since="2024-01-01", until="2024-07-01"), post("E1", since="2026-10-17")]
    found, sheet = performance_pay(people, profile("2024-01-01", 1000_00), profile("2026-10-17", 3100_00))
    assert amounts(found) == [1500_00]  # 3100 · 15/31
    assert [person.base_fen for person in sheet.people if person.person_id == "E1"] == [3100_00]


def test_the_sheet_names_the_base_that_pays_where_a_transfer_came_with_another() -> None:
    people = [post("E1", "technician", until="2026-10-17"), post("E1", since="2026-10-17")]
    found, sheet = performance_pay(people, profile("2026-01-01", 1000_00), profile("2026-10-17", 3100_00))
    assert amounts(found) == [1500_00]
    assert [person.base_fen for person in sheet.people if person.person_id == "E1"] == [3100_00]


def test_a_share_of_the_post_that_changes_within_the_month_loses_no_part_of_it() -> None:
    people = [post("E1", until="2026-10-16"), post("E1", since="2026-10-16", share_bp=50_00)]
    found, _ = performance_pay(people, profile("2026-01-01", 3100_00), prorated="share")
    assert sorted(amounts(found)) == [800_00, 1500_00]  # 16/31 · 50 % and 15/31


def test_a_floor_by_the_share_of_the_post_reaches_both_halves_of_a_post() -> None:
    floor = 'shape = "floor"\nkind = "bonus"\namount = "310.00"\nprorated = "share"\nover = ["X1"]\n'
    halves = [caller(share_bp=50_00), caller(share_bp=50_00, team_id="T02")]
    assert amounts(result(plan(PER_SALE, floor), people=halves)) == [155_00, 155_00]


@pytest.mark.parametrize(("sales", "left"), [(0, 0), (1, 10_00), (2, 70_00)])
def test_the_cap_of_a_reduction_gives_back_no_more_than_the_reduction_took(sales: int, left: int) -> None:
    """8 times 10.00, at most 50.00: the 30.00 that the cap gives back are no pay of their own."""
    capped = 'shape = "per_unit"\nkind = "kpi_reduction"\nmetric = "visits"\namount = "10.00"\nmax_amount = "50.00"\n'
    found = result(plan(capped, PER_SALE), stated("E1", "visits", 8), stated("E1", "sales", sales))
    assert sum(amounts(found)) == left
    if not sales:
        assert "本月绩效尚余 30.00 元（含封顶退回 30.00 元）可扣" in "".join(found.lines["arithmetic_zh"])


@pytest.mark.parametrize(("protected_until", "left"), [(None, 400_00), ("2026-10-31", 600_00)])
def test_bands_that_pay_and_take_hold_back_what_they_pay_alone(protected_until: str | None, left: int) -> None:
    bands = (
        'shape = "bands"\nmetric = "visits"\nholdback = { share = "30%", after_months = 3 }\n'
        'bands = [{ to = "5", reduction = "200.00" }, { from = "5", amount = "300.00" }]\n'
    )
    people = [caller(protected_until=protected_until)]
    taken = result(plan(bands, PER_SALE), stated("E1", "visits", 4), stated("E1", "sales", 10), people=people)
    assert sum(amounts(taken)) == left
    paid = result(plan(bands, PER_SALE), stated("E1", "visits", 5), stated("E1", "sales", 10), people=people)
    assert sum(amounts(paid)) == 600_00 + 210_00
    facts = group(people, stated_figures=[stated("E1", "visits", 4)])
    origins = {"2026-10": [plan(bands)]}
    later = pay_lines([], facts, Period.parse("2027-01"), as_of=date(2027, 2, 5), origins=origins)
    assert amounts(later) == []  # nothing of the reduction is left for January


@pytest.mark.parametrize(
    ("over", "paid"),
    [
        ('shape = "cap"\namount = "60.00"\n', [100_00, -40_00]),
        ('shape = "floor"\nkind = "bonus"\namount = "150.00"\n', [50_00, 100_00]),
    ],
)
def test_a_cap_or_floor_on_settled_pay_bears_on_the_month_that_settles(over: str, paid: list[int]) -> None:
    """The 10 cars of October settle in November and pay 100.00 there."""
    per_car = 'shape = "per_unit"\nkind = "commission"\nmetric = "renewals_due"\n'
    by_rate = 'band_metric = "renewal_rate"\nbands = [{ from = "0%", amount = "10.00" }]\n'
    given = text(per_car + by_rate, over + 'over = ["X1"]\n')
    settled = plans.reread(given.replace('"event"', '"settled_lag"').replace("invite_specialist", "renewal_specialist"))
    due = [
        {"policy_id": f"P{n}", "vin": f"V{n}", "store_id": "S01", "person_id": "E1", "expires_on": "2026-10-10"}
        for n in range(10)
    ]
    left = post("E1", "renewal_specialist", left_on="2026-10-31")  # and bears on who has left since
    for person in (post("E1", "renewal_specialist"), left):
        facts = group([person], renewals=due)
        found = pay_lines([settled], facts, Period.parse("2026-11"), as_of=date(2026, 12, 5))
        assert amounts(found) == paid

"""A rule on settled figures judges, in each pay month, the months that settle in it; every month exactly once."""

from datetime import date

import pytest

from metrics.period import Period
from scorecards import plan as plans
from scorecards.figures import Figures
from scorecards.posts import Roster
from scorecards.shapes import PerIndicator
from tests.scorecards.group import group
from tests.scorecards.own_figures import text

RULE = 'shape = "per_indicator"\namount = "100.00"\nindicators = [{ metric = "%s", at_least = "50%%" }]\n'


def judged(metric: str, pay_month: str, as_of: str, basis: str = "settled_lag") -> list[str]:
    read = plans.read(text(RULE % metric).replace('basis = "event"', f'basis = "{basis}"'))
    (rule,) = read.rules_on("2026-10")
    assert isinstance(rule, PerIndicator)
    facts = group()
    roster = Roster(facts["people"].collect())
    figures = Figures(facts, roster, Period.parse(pay_month), as_of=date.fromisoformat(as_of), plan=read)
    return [period.label for period in figures.periods(rule)]


@pytest.mark.parametrize(
    ("metric", "pay_month", "months"),
    [
        ("css_score", "2026-10", ["2026-10"]),  # settles with the month
        ("invite_to_store_rate", "2026-11", ["2026-10"]),  # 7 November
        ("renewal_rate", "2026-11", ["2026-10"]),  # 30 November
        ("renewal_rate", "2026-12", ["2026-11"]),  # 30 December
        ("renewal_rate", "2027-01", ["2026-12"]),  # 30 January
        ("renewal_rate", "2027-02", []),  # January settles on 2 March
        ("renewal_rate", "2027-03", ["2027-01", "2027-02"]),  # 2 and 30 March
    ],
)
def test_a_month_is_judged_where_it_settles(metric: str, pay_month: str, months: list[str]) -> None:
    assert judged(metric, pay_month, "2027-12-31") == months


@pytest.mark.parametrize(("as_of", "months"), [("2026-11-06", []), ("2026-11-07", ["2026-10"])])
def test_not_before_the_day_it_settles(as_of: str, months: list[str]) -> None:
    assert judged("invite_to_store_rate", "2026-11", as_of) == months


def test_any_other_basis_judges_the_pay_month_itself() -> None:
    assert judged("renewal_rate", "2026-11", "2026-11-05", basis="event") == ["2026-11"]
    assert judged("renewal_rate", "2026-11", "2026-11-05", basis="cutoff_true_up") == ["2026-11"]

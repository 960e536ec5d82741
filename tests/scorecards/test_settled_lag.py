"""A rule on settled figures judges, in each pay month, the months that settle in it; every month exactly once."""

from datetime import date

import pytest

from metrics.period import Period
from scorecards import plan as plans
from scorecards.figures import Figures
from scorecards.later import settles_after
from scorecards.posts import Roster
from scorecards.shapes import PerIndicator
from tests.scorecards.group import group
from tests.scorecards.own_figures import caller, text

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


PER_UNIT = 'shape = "per_unit"\nkind = "commission"\nmetric = "%s"\namount = "10.00"\n'
SCALED = 'shape = "scaled"\nover = ["X1"]\nmetric = "%s"\nbands = [{ to = "60%%", share = "0%%" }]\n'
CAP = 'shape = "cap"\nover = ["X1"]\namount = "100.00"\n'
SHARED = (
    'shape = "pool"\nkind = "bonus"\namount = "10.00"\nmeasured_on = "store"\npaid_to = "members"\n'
    'leader_roles = ["team_leader"]\nleader_counts = false\nnewcomers_count = true\nshared_by = "%s"\n'
)


@pytest.mark.parametrize(
    ("rules", "days"),
    [
        ((PER_UNIT % "visits", SCALED % "renewal_rate"), 30),  # its own figure
        ((PER_UNIT % "renewal_rate", SCALED % "calls"), 30),  # those of the rule it scales
        ((PER_UNIT % "invite_to_store_rate", SCALED % "renewal_rate"), 30),  # the later of both
        ((PER_UNIT % "invite_to_store_rate", SCALED % "calls"), 7),
        ((PER_UNIT % "invite_to_store_rate", CAP), 7),
        ((SHARED % "days",), 0),
        ((SHARED % "renewal_rate",), 30),  # what members share it by
    ],
)
def test_a_rule_settles_with_all_that_it_reads(rules: tuple[str, ...], days: int) -> None:
    read = plans.reread(text(*rules))
    assert settles_after(read.rules_on("2026-10")[-1], read, [read], Period.parse("2026-10")) == days


def test_a_scale_judges_the_month_whose_pay_it_scales() -> None:
    """Both wait for the invitations of October: in November the scale of October bears on October's pay."""
    waiting = text(PER_UNIT % "visits", SCALED % "calls").replace('"event"', '"settled_lag"')
    read = plans.reread(
        waiting.replace('metric = "visits"', 'metric = "visits"\nband_metric = "invite_to_store_rate"').replace(
            'amount = "10.00"', 'bands = [{ from = "0%", amount = "10.00" }]'
        )
    )
    facts = group([caller()])
    figures = Figures(
        facts, Roster(facts["people"].collect()), Period.parse("2026-11"), as_of=date(2026, 11, 30), plan=read
    )
    months = {rule.key: [it.label for it in figures.periods(rule)] for rule in read.rules_on("2026-11")}  # type: ignore[arg-type]
    assert months == {"X1": ["2026-10"], "X2": ["2026-10"]}


def test_any_other_basis_judges_the_pay_month_itself() -> None:
    assert judged("renewal_rate", "2026-11", "2026-11-05", basis="event") == ["2026-11"]
    assert judged("renewal_rate", "2026-11", "2026-11-05", basis="cutoff_true_up") == ["2026-11"]

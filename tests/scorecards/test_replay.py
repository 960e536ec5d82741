"""A proposed plan on past months: what it would have cost, for whom it changes what, and who the guards would hold."""

from datetime import date
from typing import Any

import pytest

from metrics.period import Period
from scorecards import plan as plans
from scorecards.plan import Plan
from scorecards.replay import Simulation, Step, always, replay, tenure_of
from tests.scorecards import own_figures
from tests.scorecards.group import group, post
from tests.scorecards.own_figures import caller

AUGUST, SEPTEMBER = Period.parse("2026-08"), Period.parse("2026-09")
AS_OF = date(2026, 10, 20)
PER_VISIT = 'shape = "per_unit"\nkind = "commission"\nmetric = "visits"\namount = "{}"\n'
LATE = 'shape = "shortfall"\ntask = "visits"\nbelow = "80%"\namount = "500.00"\nnewcomer_task = ["100%"]\n'


def visits(person_id: str, **by_month: int) -> list[dict[str, Any]]:
    return [
        own_figures.stated(person_id, "visits", value, period=f"2026-{month[1:]}") for month, value in by_month.items()
    ]


FACTS = group(
    [
        caller("E1"),
        caller("E2", since="2026-07-15"),
        caller("E3", store_id="S02", team_id="T02"),
        post("E4", "invite_specialist", since="2023-01-01", until="2026-09-01"),
    ],
    stated_figures=[
        *visits("E1", m08=10, m09=20),
        *visits("E2", m08=1, m09=2),
        *visits("E3", m08=5, m09=5),
        *visits("E4", m08=3),
    ],
    targets=[own_figures.task(10, "E2")],
)


def proposed(*rules: str) -> Plan:
    """The plan as it would begin next year: the months replayed lie long before."""
    return plans.read(own_figures.text(*rules).replace('since = "2026-01"', 'since = "2027-01"'))


def simulated(*rules: str) -> Simulation:
    today = own_figures.plan(PER_VISIT.format("60.00"))
    return replay(
        proposed(*rules),
        {"S01": [today], "S02": [today]},
        FACTS,
        [AUGUST, SEPTEMBER],
        as_of=AS_OF,
        month_of_today="2026-10",
    )


def test_cost_by_month_and_person() -> None:
    found = simulated(PER_VISIT.format("70.00"))
    assert [(it.period, it.today_fen, it.proposed_fen) for it in found.months] == [
        ("2026-08", 1140_00, 1330_00),  # 19 visits
        ("2026-09", 1620_00, 1890_00),  # 27
    ]
    assert {it.person_id: it.difference_fen for it in found.people} == {
        "E1": 300_00, "E2": 30_00, "E3": 100_00, "E4": 30_00,
    }  # fmt: skip
    assert [it.person_id for it in found.winners] == ["E1", "E3", "E2", "E4"]
    assert (found.losers, found.unchanged, found.difference_fen) == ([], 0, 460_00)


def test_nothing_changes_under_the_plan_of_today() -> None:
    found = simulated(PER_VISIT.format("60.00"))
    assert (found.difference_fen, found.unchanged, found.winners, found.losers) == (0, 4, [], [])
    assert [step.people for step in found.distribution if step.people] == [4]


def test_winners_and_losers_by_role_team_and_tenure() -> None:
    found = simulated(PER_VISIT.format("50.00"))
    shown = {(it.by, it.subject): (it.people, it.winners, it.losers, it.difference_fen) for it in found.groups}
    assert shown == {
        ("role", "invite_specialist"): (4, 0, 4, -460_00),
        ("team", "T01"): (3, 0, 3, -360_00),
        ("team", "T02"): (1, 0, 1, -100_00),
        ("tenure", "不满半年"): (1, 0, 1, -30_00),
        ("tenure", "一至三年"): (2, 0, 2, -400_00),
        ("tenure", "三年以上"): (1, 0, 1, -30_00),
    }


def test_the_distribution_counts_everybody_once() -> None:
    found = simulated(PER_VISIT.format("50.00"))
    assert [step for step in found.distribution if step.people] == [
        Step(from_fen=-499_99, to_fen=-299_99, people=1),  # −300 is a loss of 300 or more
        Step(from_fen=-299_99, to_fen=-99_99, people=1),  # −100
        Step(from_fen=-99_99, to_fen=-99, people=2),  # −30
    ]


def test_who_would_fall_under_the_guards() -> None:
    found = simulated(PER_VISIT.format("60.00"), LATE)  # E2: 1 and 2 of 10 visits, 500 taken of 60 and of 120
    assert [(it.period, it.person_id, it.lapsed_fen, it.today_fen) for it in found.guarded] == [
        ("2026-08", "E2", -440_00, 0),
        ("2026-09", "E2", -380_00, 0),
    ]
    assert {it.person_id: it.proposed_fen for it in found.people}["E2"] == 0


def test_a_plan_that_always_was() -> None:
    plan = proposed(PER_VISIT.format("60.00"))
    assert (plan.rules_on("2026-08"), len(always(plan, "2027-01").rules_on("2026-08"))) == ([], 1)


@pytest.mark.parametrize(
    ("months", "name"), [(5, "不满半年"), (6, "半年至一年"), (11, "半年至一年"), (12, "一至三年"), (36, "三年以上")]
)
def test_tenure(months: int, name: str) -> None:
    assert tenure_of(months).zh == name

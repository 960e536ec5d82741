"""Figures, goals and limits that once came out wrong, each with the smallest case. None is ever weakened."""

from fractions import Fraction

import pytest

from data_contracts.catalogue import CONTRACTS
from kpi_app.exports.detail import COLUMNS, events
from metrics.catalogue import METRICS
from metrics.measure import measure
from metrics.period import Period
from scorecards import plan as plans
from scorecards.cards import attainment
from scorecards.explain import explain
from scorecards.rules import pay_lines
from scorecards.sheet import build
from scorecards.targets import Targets
from tests.facts import frame
from tests.scorecards.group import OCTOBER, complaint, group, post
from tests.scorecards.own_figures import AS_OF, caller, stated, text


@pytest.mark.parametrize(("contacted", "seconds"), [("10:00", 0), ("12:00", 0), ("12:01", 60)])
def test_a_lead_contacted_before_it_was_assigned_took_no_time_and_not_less(contacted: str, seconds: int) -> None:
    lead = {
        "lead_id": "L1", "store_id": "S01", "customer_id": "C1", "person_id": "E1",
        "received_at": "2026-10-05 09:00", "assigned_at": "2026-10-05 12:00",
        "first_contact_at": f"2026-10-05 {contacted}",
    }  # fmt: skip
    found = measure(
        [METRICS["lead_response_time_business"]], group([caller()], leads=[lead]), [OCTOBER], "person", as_of=AS_OF
    )
    assert found["numerator"].to_list() == [seconds]


@pytest.mark.parametrize(
    ("september", "october", "goal"),
    [(0, 31, 4), (30, 0, 3), (30, 31, 7), (0, 0, 0)],  # from 28 September: three days and four
)
def test_a_week_takes_its_days_of_both_months_also_where_one_has_no_goal(
    september: int, october: int, goal: int
) -> None:
    about = {"metric": "deals", "level": "person", "subject_id": "E1"}
    rows = [
        {**about, "since": "2026-09", "until": "2026-10", "goal": september},
        {**about, "since": "2026-10", "goal": october},
    ]
    targets = Targets(frame(CONTRACTS["targets"], rows))
    found = targets.of_count("deals", {"person": "E1"}, "person", Period.parse("2026-W40"))
    assert found is not None
    assert found.exact == goal


@pytest.mark.parametrize(("value", "cap", "points"), [(0, 80, 80), (0, 100, 100), (1, 80, 0)])
def test_a_goal_of_nothing_brings_no_more_than_the_cap(value: int, cap: int, points: int) -> None:
    metric = METRICS["complaints_received"]  # lower is better
    assert attainment(metric, Fraction(value), Fraction(0), None, Fraction(cap)) == points


def told(rule: str, role: str, **tables: list[dict[str, str]]) -> tuple[str, str, str]:
    """The tree of the one line that a rule gives E1, and figure and limit as the rows of 奖惩明细 have them."""
    plan = plans.read(text(rule).replace("invite_specialist", role))
    facts = group([post("E1", role)], **tables)
    sheet = build(pay_lines([plan], facts, OCTOBER, as_of=AS_OF), [plan], facts, OCTOBER, "S01", as_of=AS_OF)
    (event,) = events(sheet)
    shown = {column.heading: column.value(event) for column in COLUMNS}
    return explain(event.line, sheet).as_text("zh"), shown["指标值"], shown["对标值"]


def test_a_limit_in_hours_is_not_read_as_seconds() -> None:
    rule = 'shape = "bands"\nmetric = "complaint_resolution_time_elapsed"\nbands = [{ upto = "24", amount = "100.00" }]'
    case = complaint("C1", "2026-10-03 09:00", satisfied_at="2026-10-03 19:00", handler_id="E1")
    tree, figure, limit = told(rule, "customer_care_specialist", complaints=[case])
    assert "要求 24 小时" in tree
    assert (figure, limit) == ("10.0 小时", "24 小时")


HELD = 'metric = "hotline_answer_rate"\n'
CALLS = [
    {
        "call_id": f"T{n}", "store_id": "S01", "person_id": "E1", "started_at": f"2026-10-05 09:0{n}",
        "direction": "呼入", "line": "400", "is_answered": n < 4,
    }
    for n in range(5)
]  # fmt: skip


def test_a_limit_stands_in_all_its_decimals() -> None:
    rule = f'shape = "bands"\n{HELD}bands = [{{ from = "22.25%", amount = "100.00" }}]'
    tree, figure, limit = told(rule, "invite_specialist", call_logs=CALLS)
    assert "要求 22.25%" in tree  # and not 22.3 %, which it does not ask for
    assert (figure, limit) == ("80.0%", "22.25%")


def test_a_count_of_what_a_rate_holds_does_not_read_as_that_rate() -> None:
    pays = 'shape = "per_unit"\nkind = "commission"\nmetric = "visits"\namount = "10.00"\n'
    ladder = f'shape = "scaled"\nover = ["X1"]\ncounts = true\n{HELD}bands = [{{ to = "5", share = "50%" }}]\n'
    plan = plans.read(text(pays, ladder))
    facts = group([caller()], call_logs=CALLS, stated_figures=[stated("E1", "visits", 10)])
    sheet = build(pay_lines([plan], facts, OCTOBER, as_of=AS_OF), [plan], facts, OCTOBER, "S01", as_of=AS_OF)
    (line,) = [row for row in sheet.lines.to_dicts() if row["rule"] == "X2"]
    tree = explain(line, sheet).as_text("zh")
    assert line["amount_fen"] == -50_00
    assert "4 < 5" in tree
    assert "400接起率 2026-10 4 = 4 ÷ 1" in tree  # and not 400.0 %
    assert "要求 5\n" in tree

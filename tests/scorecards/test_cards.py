"""A card: weighted lines against targets, exact points, one score."""

from collections.abc import Mapping
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import polars as pl
import pytest

from data_contracts.contract import Text
from data_contracts.results import MetricValues
from metrics.catalogue import METRICS
from metrics.period import Period
from scorecards.card import Card, CardLine, Grade
from scorecards.cards import Scorecard, attainment, score_cards, scorecards_of
from scorecards.dated import Dated, Version
from scorecards.plan import Plan
from scorecards.rule import Notice
from tests.scorecards.group import OCTOBER, SATISFACTION, answers, group, post

RATE, HOURS_TAKEN, SCORE = "invite_to_store_rate", "complaint_resolution_time_elapsed", "css_score"


def plan(*lines: CardLine, role: str = "sales_consultant", grades: tuple[Grade, ...] = ()) -> Plan:
    card = Card(role=role, name=Text("卡", "card"), since="2026-01", lines=lines, grades=grades)
    return Plan(
        key="p", name=Text("方案", "plan"), since="2026-01", source="test",
        notice=Notice(number="1", published_on=date(2025, 12, 1)),
        cards=(Dated.of([Version(value=card, since="2026-01", source="test")]),), rules=(), digest="",
    )  # fmt: skip


def values(
    figures: Mapping[str, tuple[int, int] | None], period: Period = OCTOBER, subject: str = "E1"
) -> pl.DataFrame:
    rows = [
        {
            "metric": metric, "level": "person", "subject_id": subject, "period": period.label, "item": "",
            "value": None if parts is None else parts[0] / parts[1],
            "numerator": parts and parts[0], "denominator": parts and parts[1], "sample": 5 if parts else 0,
            "is_settled": True, "settles_on": period.last,
            "reason_zh": None if parts else "没有样本", "reason_en": None if parts else "no sample",
        }
        for metric, parts in figures.items()
    ]  # fmt: skip
    return MetricValues.validate(pl.DataFrame(rows, schema=MetricValues.create_empty().schema))


def target(metric: str, goal: Any, **more: Any) -> dict[str, Any]:
    return {"metric": metric, "level": "store", "subject_id": "S01", "since": "2026-01", "goal": goal, **more}


def card(
    the_plan: Plan, figures: Mapping[str, tuple[int, int] | None], *targets: Mapping[str, Any], period: Period = OCTOBER
) -> Scorecard:
    facts = group([post("E1")], targets=targets)
    (scored,) = score_cards([the_plan], values(figures, period), facts, period, "person")
    return scored


@pytest.mark.parametrize(
    ("key", "value", "goal", "floor", "points"),
    [
        (RATE, "0.15", "0.15", None, "100"),
        (RATE, "0.09", "0.15", None, "60"),
        (RATE, "0.30", "0.15", None, "100"),  # capped
        (RATE, "0.40", "0.70", "0.40", Fraction(400, 7)),  # at the floor still counts
        (RATE, "0.39", "0.70", "0.40", "0"),
        (RATE, "0.10", "0", None, None),
        (HOURS_TAKEN, "72", "72", None, "100"),
        (HOURS_TAKEN, "90", "72", None, "75"),  # 100 · (2 − 90/72)
        (HOURS_TAKEN, "144", "72", None, "0"),
        (HOURS_TAKEN, "200", "72", None, "0"),  # never below
        (HOURS_TAKEN, "90", "72", "90", "75"),  # at the floor still counts
        (HOURS_TAKEN, "91", "72", "90", "0"),  # beyond the floor
        (HOURS_TAKEN, "0", "0", None, "100"),
        (HOURS_TAKEN, "1", "0", None, "0"),
        ("css_gap", "-1", "2", None, "0"),
    ],
)
def test_points_of_a_value(key: str, value: str, goal: str, floor: str | None, points: Any) -> None:
    found = attainment(METRICS[key], Fraction(value), Fraction(goal), Fraction(floor) if floor else None, Fraction(100))
    assert found == (None if points is None else Fraction(points))


def test_a_line_may_set_its_own_cap() -> None:
    assert attainment(METRICS[RATE], Fraction(2), Fraction(1), None, Fraction(120)) == 120


@pytest.mark.parametrize(
    ("key", "value", "goal", "more", "held"),
    [
        (RATE, "0.15", "0.15", {}, None),  # 100 points of 100
        (RATE, "0.30", "0.15", {}, Text("按比例 200 分，封顶 100 分", "200 in proportion, capped at 100")),
        (RATE, "0.18", "0.15", {"cap": Fraction(120)}, None),
        (RATE, "0.21", "0.15", {"cap": Fraction(120)},
         Text("按比例 140 分，封顶 120 分", "140 in proportion, capped at 120")),
        (RATE, "0.40", "0.70", {"floor": Fraction(2, 5)}, None),
        (RATE, "0.39", "0.70", {"floor": Fraction(2, 5)},
         Text("越过底线值 40%，计 0 分", "beyond the floor of 40%: 0 points")),
        (HOURS_TAKEN, "144", "72", {}, None),  # 0 points
        (HOURS_TAKEN, "162", "72", {}, Text("按比例 −25 分，计 0 分", "−25 in proportion, counted as 0")),
        (HOURS_TAKEN, "90", "72", {"floor": Fraction(90)}, None),
        (HOURS_TAKEN, "91", "72", {"floor": Fraction(90)},
         Text("越过底线值 90，计 0 分", "beyond the floor of 90: 0 points")),
        (HOURS_TAKEN, "0", "0", {"cap": Fraction(80)},
         Text("按比例 100 分，封顶 80 分", "100 in proportion, capped at 80")),
    ],
)  # fmt: skip
def test_a_line_says_which_cap_or_floor_made_its_points(
    key: str, value: str, goal: str, more: dict[str, Any], held: Text | None
) -> None:
    exact = Fraction(value) * (3600 if key == HOURS_TAKEN else 1)
    the_plan = plan(CardLine(metric=key, weight=100, **more))
    (line,) = card(the_plan, {key: (exact.numerator, exact.denominator)}, target(key, goal)).lines
    assert (line.held, line.as_json("en")["held"]) == (held, held and held.en)


def test_the_score_is_the_weighted_sum_of_exact_points() -> None:
    the_plan = plan(CardLine(metric=RATE, weight=70), CardLine(metric=HOURS_TAKEN, weight=30))
    found = card(the_plan, {RATE: (1, 8), HOURS_TAKEN: (90 * 3600, 1)}, target(RATE, "0.15"), target(HOURS_TAKEN, "72"))
    assert found.score == Fraction(70) * Fraction(250, 3) / 100 + Fraction(75 * 30, 100)  # 58.333… + 22.5
    assert found.as_json("zh")["score"] == 80.8
    assert found.notes == ()


def test_a_missing_line_is_left_out_and_the_card_says_so() -> None:
    the_plan = plan(CardLine(metric=RATE, weight=60), CardLine(metric=SCORE, weight=40))
    found = card(the_plan, {RATE: (12, 100), SCORE: None}, target(RATE, "0.15"), target(SCORE, "88"))
    assert (found.score, found.weight_present) == (80, 60)
    assert [note.zh for note in found.notes] == [
        "“CSS得分”没有样本，未计入",
        "得分按 60% 的权重计算，其余权重按比例放大",
    ]


@pytest.mark.parametrize(("weight", "has_score"), [(50, True), (49, False)])
def test_with_less_than_half_the_weight_there_is_no_score(weight: int, has_score: bool) -> None:
    the_plan = plan(CardLine(metric=RATE, weight=weight), CardLine(metric=SCORE, weight=100 - weight))
    found = card(the_plan, {RATE: (15, 100), SCORE: None}, target(RATE, "0.15"), target(SCORE, "88"))
    assert (found.score is not None) == has_score
    assert (found.reason is None) == has_score


def test_a_line_without_a_target_is_left_out_but_shows_its_value() -> None:
    the_plan = plan(CardLine(metric=RATE, weight=60), CardLine(metric=SCORE, weight=40))
    found = card(the_plan, {RATE: (15, 100), SCORE: (450_00, 500)}, target(RATE, "0.15"))
    assert found.lines[1].reason == Text("没有目标值", "no target")
    assert found.lines[1].value == 90
    assert found.score == 100


def test_the_grade_follows_the_exact_score_and_the_text_never_hides_a_miss() -> None:
    grades = (Grade(name="A", since_score=Fraction(90)), Grade(name="B", since_score=Fraction(0)))
    the_plan = plan(CardLine(metric=RATE, weight=100), grades=grades)
    missed = card(the_plan, {RATE: (8996, 10000)}, target(RATE, "1"))  # 89.96
    assert (missed.grade, missed.score_text) == ("B", "89.96")
    reached = card(the_plan, {RATE: (9, 10)}, target(RATE, "1"))
    assert (reached.grade, reached.score_text) == ("A", "90.0")


def test_in_a_week_css_waits_for_publication_and_leaves_the_score() -> None:
    week = Period.parse("2026-W42")
    the_plan = plan(CardLine(metric=RATE, weight=60), CardLine(metric=SCORE, weight=40, waits_for_publication=True))
    figures = {RATE: (12, 100), SCORE: (450_00, 500)}
    found = card(the_plan, figures, target(RATE, "0.15"), target(SCORE, "88"), period=week)
    assert (found.lines[1].reason, found.lines[1].value) == (Text("待发布", "not yet published"), None)
    assert (found.score, found.weight_present) == (80, 60)
    assert "60%" in found.notes[-1].zh
    month = card(the_plan, figures, target(RATE, "0.15"), target(SCORE, "88"))
    assert month.weight_present == 100


def test_a_person_has_the_card_of_the_last_post_and_a_store_one_for_each_role() -> None:
    people = [
        post("E1", until="2026-10-10"),
        post("E1", "invite_specialist", since="2026-10-10", department="呼叫中心"),
        post("E2"),
        post("E3", "technician"),
    ]
    facts = group(people, surveys=answers("E2", 90_00, on="2026-10-15"))
    persons = scorecards_of([SATISFACTION], facts, OCTOBER, "person", as_of=date(2026, 11, 5))
    assert [(one.subject_id, one.card.role) for one in persons] == [
        ("E1", "invite_specialist"),
        ("E2", "sales_consultant"),
    ]
    stores = scorecards_of([SATISFACTION], facts, OCTOBER, "store", as_of=date(2026, 11, 5))
    assert [(one.subject_id, one.card.role) for one in stores] == [
        ("S01", "invite_specialist"),
        ("S01", "sales_consultant"),
    ]
    assert sum(len(one.lines) for one in stores) == 3


def test_weights_that_do_not_total_100_are_refused() -> None:
    with pytest.raises(ValueError, match="99"):
        plan(CardLine(metric=RATE, weight=99))
    with pytest.raises(ValueError, match="twice"):
        plan(CardLine(metric=RATE, weight=50), CardLine(metric=RATE, weight=50))


def test_a_card_is_settled_when_all_that_counts_is() -> None:
    the_plan = plan(CardLine(metric=RATE, weight=100))
    frame = values({RATE: (15, 100)}).with_columns(
        is_settled=False, settles_on=pl.lit(OCTOBER.last + timedelta(days=7))
    )
    (found,) = score_cards([the_plan], frame, group([post("E1")], targets=[target(RATE, "0.15")]), OCTOBER, "person")
    assert not found.is_settled


VISITS = "visit_groups"


def on_count(
    figure: int,
    goal: Any,
    period: Period = OCTOBER,
    *,
    people: Any = None,
    absences: Any = (),
    metric: str = VISITS,
    more: Any = (),
    level: str = "person",
) -> Scorecard:
    """The card of one count, due in full from E1."""
    people = people or [post("E1")]
    targets = [target(metric, goal), *more]
    facts = group(people, targets=targets, absences=absences)
    subject = "E1" if level == "person" else "S01"
    read = values({metric: (figure, 1)}, period, subject)
    if level == "store":
        read = read.with_columns(level=pl.lit("store", dtype=read.schema["level"]))
    (scored,) = score_cards([plan(CardLine(metric=metric, weight=100))], read, facts, period, level)  # type: ignore[arg-type]
    return scored


def away(first: str, last: str) -> dict[str, Any]:
    return {"person_id": "E1", "kind": "病假", "from_on": first, "to_on": last}


@pytest.mark.parametrize(
    ("absences", "due"),
    [
        ([], 31),
        ([away("2026-10-05", "2026-10-05")], 30),
        ([away("2026-09-28", "2026-10-01")], 30),  # only days of the month
        ([away("2026-10-31", "2026-11-03")], 30),
        ([away("2026-10-05", "2026-10-08"), away("2026-10-07", "2026-10-09")], 26),  # each day once
    ],
)
def test_days_of_absence_shrink_the_task_of_a_count(absences: Any, due: int) -> None:
    scored = on_count(15, 62, absences=absences)
    assert scored.score == Fraction(15 * 100 * 31, 62 * due)
    said = f"“到店组数”的目标按应在岗 {due}/31 天折算"
    assert [note.zh for note in scored.notes] == ([] if due == 31 else [said])
    assert scored.as_json("zh")["lines"][0]["goal"] == pytest.approx(62 * due / 31)


def test_days_before_the_post_shrink_the_task_too() -> None:
    scored = on_count(15, 62, people=[post("E1", since="2026-10-22")])
    assert scored.score == Fraction(15 * 100, 20)  # 10 of 31 days


def test_a_rate_a_limit_and_a_stores_goal_stay_as_they_are() -> None:
    absent = [away("2026-10-05", "2026-10-20")]
    assert on_count(1, "2", absences=absent, metric="complaints_received").score == 100
    assert on_count(31, 62, absences=absent, level="store").score == 50
    facts = group([post("E1")], targets=[target(RATE, "0.15")], absences=absent)
    on_rate = plan(CardLine(metric=RATE, weight=100))
    (scored,) = score_cards([on_rate], values({RATE: (9, 100)}), facts, OCTOBER, "person")
    assert scored.score == 60


def test_a_count_has_the_months_goal_by_the_days_of_a_week() -> None:
    assert on_count(7, 62, Period.parse("2026-W42")).score == Fraction(7 * 100, 14)  # 7 of 31 days
    assert on_count(7, 62, Period.parse("2026-W42"), absences=[away("2026-10-12", "2026-10-13")]).score == 70
    week = Period.parse("2026-W44")  # 26 October to 1 November
    november = target(VISITS, 30, since="2026-11")
    assert on_count(6, 62, week, more=[november]).score == Fraction(600, 13)  # 6 of 31 days of 62, 1 of 30 of 30
    assert on_count(10, 62, Period.parse("2026Q4"), more=[november]).score == Fraction(1000, 62 + 30 + 30)
    assert on_count(7, 62, Period.parse("2026-W42"), more=[target(VISITS, 10, period_kind="week")]).score == 70

"""Corrections equal the recomputed difference, never touch base pay, and do not depend on order or on being re-run."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.period import Period
from scorecards import plan as plans
from scorecards.causes import Changes, total
from scorecards.overtime import corrections, handed_to_hr, held_to_pay
from scorecards.posts import Roster
from scorecards.rules import pay_lines
from tests.scorecards.group import group, post
from tests.scorecards.own_figures import text

OCTOBER, NOVEMBER, DECEMBER, JANUARY = (Period.parse(it) for it in ("2026-10", "2026-11", "2026-12", "2027-01"))
STAFF = Roster(group([post("E1"), post("E2"), post("E9", left_on="2026-10-31")])["people"].collect())


def line(rule: str, amount: int, person_id: str = "E1", period: str = "2026-10", **more: Any) -> dict[str, Any]:
    return {
        "line_id": f"{period}-{person_id}-{rule}-{more.get('metric_period')}-{more.get('ruling_id')}", "period": period,
        "store_id": "S01", "person_id": person_id, "plan": "p", "rule": rule, "kind": "bonus", "metric_period": None,
        "ruling_id": None, "requested_fen": amount, "amount_fen": amount, "lapsed_fen": 0, "carried_fen": 0,
        "waived_fen": 0, "arithmetic_zh": f"{rule} {amount}", "arithmetic_en": f"{rule} {amount}", "corrects": None,
        "corrects_period": None, "evidence": [], **more,
    }  # fmt: skip


def due(
    paid: Iterable[dict[str, Any]],
    now: Iterable[dict[str, Any]] | None,
    corrected: Iterable[dict[str, Any]] = (),
    pay_month: Period = NOVEMBER,
    changes: Changes | None = None,
) -> list[dict[str, Any]]:
    return corrections(
        OCTOBER, pay_month, paid=paid, corrected=corrected, recomputed=now, changes=changes or Changes(), roster=STAFF
    )  # fmt: skip


def owed(made: Iterable[dict[str, Any]]) -> dict[tuple[str, str], int]:
    return {(it["person_id"], it["rule"]): it["requested_fen"] for it in made}


def test_a_line_that_grew_shrank_came_or_went_is_corrected_and_an_equal_one_is_not() -> None:
    paid = [line("A", 100), line("B", 100), line("C", 100), line("D", 100)]
    now = [line("A", 130), line("B", 70), line("C", 100), line("E", 50)]
    assert owed(due(paid, now)) == {("E1", "A"): 30, ("E1", "B"): -30, ("E1", "D"): -100, ("E1", "E"): 50}


def test_it_names_the_line_it_corrects_where_there_is_one() -> None:
    made = {it["rule"]: it for it in due([line("A", 100)], [line("A", 130), line("E", 50)])}
    assert (made["A"]["corrects"], made["A"]["corrects_period"], made["A"]["kind"]) == (
        line("A", 100)["line_id"], "2026-10", "correction"
    )  # fmt: skip
    assert (made["E"]["corrects"], made["E"]["corrects_period"]) == (None, "2026-10")


def test_each_period_and_each_ruling_of_a_rule_is_a_case_of_its_own() -> None:
    paid = [line("R1", 200, metric_period="2026-08"), line("R1", 200, metric_period="2026-09")]
    paid += [line("R2", -50, ruling_id="C1|E1"), line("R2", -60, ruling_id="C2|E1")]
    now = [paid[0], paid[2], line("R2", -90, ruling_id="C2|E1")]
    made = {(it["metric_period"], it["ruling_id"]): it["requested_fen"] for it in due(paid, now)}
    assert made == {("2026-09", None): -200, (None, "C2|E1"): -30}


def test_indicators_of_one_rule_and_month_are_one_correction() -> None:
    paid = [line("F1", 100, line_id=name, metric_period="2026-10") for name in "ab"]
    assert owed(due(paid, paid[:1])) == {("E1", "F1"): -100}


def test_manual_lines_losses_and_what_an_objection_amended_are_left_alone() -> None:
    by_hand = [line("manual", 500, kind="manual"), line("L", -300, kind="loss_compensation")]
    amended = line("objection", 80, period="2026-11", kind="correction", corrects_period="2026-10")
    assert due(by_hand, [], corrected=[amended], pay_month=DECEMBER) == []


def test_the_cause_is_said_by_the_rows_of_the_line() -> None:
    row = {"contract": "benchmarks", "key": "CSS", "file": "f", "sheet": None, "row": 2}
    ruled = {**row, "contract": "complaint_rulings", "key": "C1"}
    cases = (
        ([row], Changes(rows=frozenset({("benchmarks", "CSS"), ("targets", "x")})), "数据变更（区域平均分）"),
        ([ruled], Changes(rows=frozenset({("complaint_rulings", "C1")})), "判定变更"),
        ([], Changes(rows=frozenset({("targets", "x")})), "目标变更"),
        ([row], Changes(rules=frozenset({("p", "A")}), rows=frozenset({("people", "E7")})), "规则变更"),
        ([row], Changes(settled=frozenset({("p", "A")})), "当时为未定数，现已定"),
    )
    for evidence, changes, said in cases:
        (made,) = due([line("A", 100, evidence=evidence)], [line("A", 50, evidence=evidence)], changes=changes)
        assert made["arithmetic_zh"].endswith(f"扣回 0.50 元；原因：{said}"), made["arithmetic_zh"]


def test_a_negative_correction_takes_what_is_left_after_reductions_the_oldest_month_first() -> None:
    held = held_to_pay(
        [
            line("A", 300, kind="commission", period="2026-11"),
            line("R2", -100, kind="kpi_reduction", period="2026-11"),
            line("up", 50, kind="correction", period="2026-11", corrects_period="2026-10"),
            line("new", -120, kind="correction", period="2026-11", corrects_period="2026-10"),
            line("old", -200, kind="correction", period="2026-11", corrects_period="2026-09"),
            line("bare", -40, "E2", kind="correction", period="2026-11", corrects_period="2026-10"),
            line("m", 900, "E2", kind="manual", period="2026-11"),
        ]
    )
    found = {it["rule"]: (it["amount_fen"], it["carried_fen"]) for it in held}
    assert (found["old"], found["new"]) == ((-200, 0), (-50, -70))  # 300 − 100 + 50 = 250
    assert found["bare"] == (0, -40)  # what was added by hand is not performance pay


def test_what_was_carried_is_taken_up_though_nothing_changed() -> None:
    (first,) = due([line("A", 500)], [line("A", 0)])
    (first,) = held_to_pay([first])
    assert (first["amount_fen"], first["carried_fen"]) == (0, -500)
    (second,) = due([line("A", 500)], None, [first], DECEMBER)
    assert second["requested_fen"] == -500
    held = held_to_pay([second, line("A", 500, period="2026-12")])[0]
    assert due([line("A", 500)], None, [first, held], JANUARY) == []


def test_a_leaver_owes_hr_and_is_handed_over_once() -> None:
    made, findings = handed_to_hr(due([line("A", 500, "E9")], [line("A", 200, "E9")]), STAFF, NOVEMBER)
    assert [(it["requested_fen"], it["amount_fen"], it["carried_fen"]) for it in made] == [(-300, 0, -300)]
    assert [it.where for it in findings] == ["离职待结 E9 2026-10 A"]
    for now in ([line("A", 200, "E9")], None):
        assert due([line("A", 500, "E9")], now, made, DECEMBER) == []
    assert owed(due([line("A", 500, "E9")], [line("A", 100, "E9")], made, DECEMBER)) == {("E9", "A"): -100}
    back = Roster(group([post("E9", left_on="2026-10-31"), post("E9", since="2026-12-01")])["people"].collect())
    again = corrections(
        OCTOBER, DECEMBER, paid=[line("A", 500, "E9")], corrected=made, recomputed=None, changes=Changes(), roster=back
    )  # fmt: skip
    assert owed(again) == {("E9", "A"): -300}  # who comes back is asked again


def test_a_leavers_positive_correction_is_paid() -> None:
    made, findings = handed_to_hr(due([line("A", 200, "E9")], [line("A", 500, "E9")]), STAFF, NOVEMBER)
    assert ([it["amount_fen"] for it in made], findings) == ([300], [])


Amounts = dict[tuple[str, str], int]
amounts = st.dictionaries(
    st.tuples(st.sampled_from(["E1", "E2"]), st.sampled_from("ABC")), st.integers(-500, 500), max_size=6
)


def lines(of: Amounts, period: str = "2026-10") -> list[dict[str, Any]]:
    return [line(rule, amount, person, period) for (person, rule), amount in of.items()]


@settings(deadline=None)
@given(amounts, st.lists(st.tuples(st.none() | amounts, amounts), min_size=1, max_size=5), st.randoms())
def test_originals_and_corrections_total_what_the_month_comes_to(paid: Amounts, months: Any, mixed: Any) -> None:
    """Month after month the figures move (or nothing does) and some performance pay comes in: what was paid and what is
    still carried total the recomputed amount, whatever the order of rows."""
    corrected: list[dict[str, Any]] = []
    month, stands = OCTOBER, paid
    for changed, earned in months:
        month = Period.containing(month.last + timedelta(days=1), "month")
        stands = stands if changed is None else changed
        now = None if changed is None else lines(changed)
        own = [line(rule, abs(amount), person, month.label) for (person, rule), amount in earned.items()]
        made = due(lines(paid), now, corrected, month)
        shuffled = [lines(paid), now or [], list(corrected)]
        for rows in shuffled:
            mixed.shuffle(rows)
        assert made == due(shuffled[0], None if now is None else shuffled[1], shuffled[2], month)
        held = [it for it in held_to_pay([*made, *own]) if it["kind"] == "correction"]
        taken: dict[str, int] = defaultdict(int)
        for it in held:
            assert it["requested_fen"] == it["amount_fen"] + it["carried_fen"]
            assert it["carried_fen"] <= 0
            taken[it["person_id"]] += it["amount_fen"]
        for person, amount in taken.items():
            assert amount >= -sum(it["amount_fen"] for it in own if it["person_id"] == person)
        corrected += held
        for case in paid.keys() | stands.keys() | {(it["person_id"], it["rule"]) for it in corrected}:
            of_case = [it for it in corrected if (it["person_id"], it["rule"]) == case]
            carried = sum(it["carried_fen"] for it in of_case if it["period"] == month.label)
            assert paid.get(case, 0) + total(of_case) + carried == stands.get(case, 0)


def test_a_carried_amount_that_is_owed_no_more_is_closed_by_a_line_of_nothing() -> None:
    first = held_to_pay(due([line("A", 500)], [line("A", 0)]))
    (closing,) = due([line("A", 500)], [line("A", 500)], first, DECEMBER)
    assert (closing["requested_fen"], closing["carried_fen"]) == (0, 0)
    assert "此前结转的不再扣回" in closing["arithmetic_zh"]
    assert due([line("A", 500)], None, [*first, closing], JANUARY) == []


PER_CAR = 'shape = "per_unit"\nkind = "commission"\nmetric = "cars_delivered"\namount = "300.00"\n'
CARS = plans.read(text(PER_CAR).replace('roles = ["invite_specialist"]', 'roles = ["sales_consultant"]'))
sold = st.lists(
    st.tuples(st.sampled_from(["E1", "E2"]), st.integers(1, 31), st.none() | st.integers(0, 40)), max_size=5
)


def october(cars: list[tuple[str, int, int | None]]) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """October's lines over orders (seller, day of delivery, days to a cancellation), and the same counted by hand."""
    rows, by_hand = [], {"E1": 0, "E2": 0}
    for number, (seller, day, days) in enumerate(cars):
        delivered = date(2026, 10, day)
        cancelled = None if days is None else delivered + timedelta(days=days)
        rows.append(
            {
                "order_id": f"O{number}", "customer_id": f"K{number}", "store_id": "S01", "person_id": seller,
                "ordered_at": f"{delivered} 09:00", "delivered_at": f"{delivered} 10:00",
                "cancelled_at": None if cancelled is None else f"{cancelled} 12:00",
            }
        )  # fmt: skip
        by_hand[seller] += 0 if cancelled is not None and cancelled <= date(2026, 10, 31) else 300_00
    found = pay_lines([CARS], group([post("E1"), post("E2")], orders=rows), OCTOBER, as_of=date(2026, 10, 31))
    return found.lines.to_dicts(), by_hand


@settings(max_examples=15, deadline=None)
@given(sold, sold)
def test_what_cars_come_to_counted_by_hand(before: list[Any], after: list[Any]) -> None:
    (paid, hand_before), (now, hand_after) = october(before), october(after)
    made = due(paid, now)
    assert {it["person_id"]: it["requested_fen"] for it in made} == {
        person: hand_after[person] - hand_before[person]
        for person in ("E1", "E2")
        if hand_after[person] != hand_before[person]
    }

"""Whatever the team, the days and the amounts: parts total the whole, caps and floors hold, order never matters."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metrics.credit import Level
from metrics.period import Period
from scorecards.adjusting import over_lines
from scorecards.figures import Figure, Figures
from scorecards.money import round_half_up
from scorecards.over import Cap, Floor, Scaled
from scorecards.plan import Plan
from scorecards.posts import Roster
from scorecards.rules import lines_of
from tests.scorecards.group import OCTOBER
from tests.scorecards.own_figures import plan

QUIET = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
FIRST = date(2026, 10, 1)

amounts = st.integers(1, 99_999_99).map(lambda fen: f"{fen // 100}.{fen % 100:02d}")


@st.composite
def people(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Up to six people with one or two posts that begin and end anywhere around October."""
    rows = []
    for number in range(draw(st.integers(1, 6))):
        start = FIRST + timedelta(days=draw(st.integers(-40, 30)))
        change = draw(st.none() | st.integers(1, 40))
        until = start + timedelta(days=change) if change else None
        first = {
            "person_id": f"E{number}", "person_name": "示例", "role": "invite_specialist", "team_id": "T01",
            "department": "呼叫中心", "store_id": "S01", "since": start, "until": until, "left_on": None,
            "share_bp": draw(st.sampled_from([3_333, 5_000, 10_000])),
            "protected_until": draw(st.sampled_from([None, date(2026, 10, 30), date(2026, 10, 31)])),
        }  # fmt: skip
        rows.append(first)
        if until and draw(st.booleans()):
            rows.append({**first, "since": until, "until": None, "team_id": "T02", "store_id": "S02"})
    return rows


SCHEMA = dict.fromkeys(("person_id", "person_name", "role", "team_id", "department", "store_id"), pl.String) | {
    "since": pl.Date, "until": pl.Date, "left_on": pl.Date, "share_bp": pl.Int64, "protected_until": pl.Date,
}  # fmt: skip


class Given(Figures):
    """Figures by metric and subject, in place of measured ones."""

    def __init__(self, the_plan: Plan, rows: list[dict[str, Any]], held: Mapping[tuple[str, str], Fraction]) -> None:
        facts = {"stores": pl.LazyFrame({"store_id": ["S01", "S02"], "region": ["华东", "华东"]})}
        super().__init__(facts, Roster(pl.DataFrame(rows, schema=SCHEMA)), OCTOBER, as_of=OCTOBER.last, plan=the_plan)
        self._held = held

    def of(self, key: str, subject_id: str, period: Period, level: Level = "person") -> Figure | None:
        value = self._held.get((key, subject_id))
        if value is None:
            return None
        parts = {"numerator": value.numerator, "denominator": value.denominator}
        return Figure(metric=key, name=self.name(key), period=period.label, sample=1, is_stated=True, **parts)


def lines(
    rules: Sequence[str], rows: list[dict[str, Any]], held: Mapping[tuple[str, str], int | Fraction]
) -> list[dict[str, Any]]:
    """The lines of the rules, one after the other."""
    the_plan = plan(*rules)
    figures = Given(the_plan, rows, {key: Fraction(value) for key, value in held.items()})
    found: list[dict[str, Any]] = []
    for rule in the_plan.rules_on(OCTOBER.label):
        is_over = isinstance(rule, Scaled | Cap | Floor)
        found += (over_lines(the_plan, rule, figures, found) if is_over else lines_of(the_plan, rule, figures)).lines  # type: ignore[arg-type]
    return found


@QUIET
@given(
    people(),
    amounts,
    st.integers(1, 999),
    st.sampled_from(["days", "share", "equal"]),
    st.booleans(),
    st.none() | amounts,
)
def test_what_a_team_earned_is_paid_to_its_members_to_the_fen(
    rows: list[dict[str, Any]], amount: str, units: int, shared_by: str, newcomers: bool, cap: str | None
) -> None:
    rule = (
        f'shape = "per_unit"\nkind = "commission"\nmetric = "visits"\namount = "{amount}"\nmeasured_on = "team"\n'
        'paid_to = "members"\nleader_roles = ["team_leader"]\nleader_counts = false\n'
        f'newcomers_count = {str(newcomers).lower()}\nshared_by = "{shared_by}"\n'
        + (f'max_amount = "{cap}"\n' if cap else "")
    )
    held = {("visits", "T01"): units, ("visits", "T02"): units}
    found = lines([rule], rows, held)
    earned = round_half_up(units * Fraction(amount) * 100)
    whole = min(earned, round_half_up(Fraction(cap) * 100)) if cap else earned
    by_store: dict[str, int] = {}
    for line in found:
        by_store[line["store_id"]] = by_store.get(line["store_id"], 0) + line["amount_fen"]
        assert line["requested_fen"] == line["amount_fen"]
    assert all(total == whole for total in by_store.values())
    assert len({line["line_id"] for line in found}) == len(found)
    assert lines([rule], rows[::-1], held) == found


@QUIET
@given(people(), amounts, st.sampled_from(["whole", "days", "share"]))
def test_an_award_of_the_month_is_due_for_the_days_and_its_parts_total_it(
    rows: list[dict[str, Any]], amount: str, prorated: str
) -> None:
    rule = f'shape = "threshold"\nmetric = "visits"\nat_least = "1"\namount = "{amount}"\nprorated = "{prorated}"\n'
    everyone = {row["person_id"] for row in rows}
    found = lines([rule], rows, {("visits", person_id): 1 for person_id in everyone})
    for person_id in everyone:
        days = Fraction(0)
        for offset in range(31):
            day = FIRST + timedelta(days=offset)
            active = [
                row
                for row in rows
                if row["person_id"] == person_id
                and row["since"] <= day
                and (row["until"] is None or day < row["until"])
            ]
            shares = sum((Fraction(row["share_bp"], 10_000) for row in active), Fraction(0))
            days += shares if prorated == "share" else bool(active)
        due = (Fraction(1) if days else Fraction(0)) if prorated == "whole" else min(days / 31, Fraction(1))
        paid = sum(line["amount_fen"] for line in found if line["person_id"] == person_id)
        assert paid == round_half_up(Fraction(amount) * 100 * due)


@QUIET
@given(people(), amounts, amounts, amounts, st.integers(0, 50), st.integers(0, 100))
def test_gate_cap_and_floor_hold_and_every_line_balances(
    rows: list[dict[str, Any]], unit: str, most: str, least: str, units: int, rate: int
) -> None:
    over = 'over = ["X1"]\n'
    rules = [
        f'shape = "per_unit"\nkind = "commission"\nmetric = "visits"\namount = "{unit}"\nprorated = "days"\n',
        f'shape = "scaled"\nmetric = "calls"\nfull = "50%"\ncap = "120%"\n{over}',
        f'shape = "cap"\namount = "{most}"\nover = ["X1", "X2"]\n',
        f'shape = "floor"\nkind = "bonus"\namount = "{least}"\nover = ["X1", "X2", "X3"]\nprorated = "share"\n',
    ]
    everyone = sorted({row["person_id"] for row in rows})
    held = {("visits", person_id): Fraction(units) for person_id in everyone}
    held |= {("calls", person_id): Fraction(rate, 100) for person_id in everyone}
    found = lines(rules, rows, held)
    for person_id in everyone:
        own = dict.fromkeys(("X1", "X2", "X3", "X4"), 0)
        for line in (line for line in found if line["person_id"] == person_id):
            own[line["rule"]] += line["amount_fen"]
            moved = line["amount_fen"] + line["lapsed_fen"] + line["carried_fen"] + line["waived_fen"]
            assert line["requested_fen"] == moved
        if not any(own.values()):
            continue
        base = round_half_up(units * Fraction(unit) * 100)
        scaled = base + round_half_up(base * (min(Fraction(rate, 50), Fraction(6, 5)) - 1))
        assert own["X1"] in (base, 0)
        if own["X1"]:
            assert own["X1"] + own["X2"] == scaled
            assert own["X1"] + own["X2"] + own["X3"] == min(scaled, round_half_up(Fraction(most) * 100))
        assert own["X3"] <= 0 <= own["X4"]


@QUIET
@given(st.lists(st.integers(0, 4), min_size=1, max_size=7), st.lists(amounts, min_size=1, max_size=4))
def test_shared_places_pay_out_exactly_the_amounts_of_the_places_taken(figures: list[int], places: list[str]) -> None:
    shown = ", ".join(f'"{amount}"' for amount in places)
    rule = f'shape = "ranked"\nmetric = "visits"\namong = "store"\nplaces = [{shown}]\nties = "shared"\n'
    one = {
        "person_name": "示例", "role": "invite_specialist", "team_id": "T01", "department": "呼叫中心",
        "store_id": "S01", "since": FIRST, "until": None, "left_on": None, "share_bp": 10_000, "protected_until": None,
    }  # fmt: skip
    rows = [{"person_id": f"E{number}", **one} for number in range(len(figures))]
    found = lines([rule], rows, {("visits", f"E{number}"): value for number, value in enumerate(figures)})
    due = sum(round_half_up(Fraction(amount) * 100) for amount in places[: len(figures)])
    assert sum(line["amount_fen"] for line in found) == due

"""Plan F1 as it is written beside F1 as it was paid: two published sheet lines, computed by both, rule by rule.

The inputs are all that is known of the two lines. The store close rate is deals per visit group and the lead close rate
deals per lead there; the other indicators are not among them, so the written version pays none of those.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import polars as pl

from data_contracts.contract import Text
from metrics.credit import Level
from metrics.period import Period
from scorecards.figures import Figure, Figures
from scorecards.guards import performance_floor
from scorecards.lines import Judgement
from scorecards.plan import Plan
from scorecards.posts import Post, Roster
from scorecards.rules import lines_of
from scorecards.shapes import FigureRule
from scorecards.targets import Target

MONTH = Period.parse("2026-05")
ROLE = "invite_specialist"


@dataclass(frozen=True, kw_only=True)
class SheetLine:
    """What a published line was computed from, the layout it was paid by, and what was paid.

    ``task`` is the whole number of visit groups whose attainment prints as the sheet's percentage.
    """

    name: Text
    layout: str
    leads: int
    visits: int
    deals: int
    task: int
    indicators_paid: int
    paid_fen: int


SHEET_LINES = (
    SheetLine(
        name=Text("甲：定额版", "A: flat"),
        layout="f1_flat",
        leads=455,
        visits=51,
        deals=9,
        task=70,  # 51 ÷ 70 = 72.9 %
        indicators_paid=6,
        paid_fen=3820_00,
    ),
    SheetLine(
        name=Text("乙：分段版", "B: bands"),
        layout="f1_bands",
        leads=422,
        visits=71,
        deals=16,
        task=70,  # 71 ÷ 70 = 101.4 %
        indicators_paid=6,
        paid_fen=6530_00,
    ),
)
"""semantics.md, Money, Plan F1: the two re-computed lines."""


@dataclass(frozen=True, kw_only=True)
class Side:
    """What one version gives for a rule: the amount after the guards and the sentences behind it."""

    amount_fen: int
    words: tuple[Text, ...]


@dataclass(frozen=True, kw_only=True)
class Compared:
    """A rule under both versions; a side is null where that version has no such rule."""

    rule: str
    name: Text
    practised: Side | None
    written: Side | None

    @property
    def difference_fen(self) -> int:
        """Practised less written."""
        return (self.practised.amount_fen if self.practised else 0) - (self.written.amount_fen if self.written else 0)


def compare(line: SheetLine, practised: Plan, written: Plan) -> list[Compared]:
    """Every rule of either version on the inputs of the line, by rule."""
    left, right = sides(line, practised), sides(line, written)
    names = {rule.key: rule.name for plan in (practised, written) for rule in plan.rules_on(MONTH.label)}
    return [
        Compared(rule=key, name=names[key], practised=left.get(key), written=right.get(key)) for key in sorted(names)
    ]


def sides(line: SheetLine, plan: Plan) -> dict[str, Side]:
    """What each rule of a plan gives on the inputs of the line."""
    figures = _Given(line, plan)
    rows, judgements = [], list[Judgement]()
    rules = [rule for rule in plan.rules_on(MONTH.label) if isinstance(rule, FigureRule)]
    for rule in rules:
        found = lines_of(plan, rule, figures)
        rows += found.lines
        judgements += found.judgements
    guarded = performance_floor(rows)
    return {
        rule.key: Side(
            amount_fen=sum(row["amount_fen"] for row in guarded if row["rule"] == rule.key),
            words=tuple(one.why for one in judgements if one.rule == rule.key),
        )
        for rule in rules
    }


class _Given(Figures):
    """The figures of one published line in place of measured ones."""

    def __init__(self, line: SheetLine, plan: Plan) -> None:
        post = Post(
            person_id="示例", person_name="示例", role=ROLE, team_id="T01", department="呼叫中心", store_id="S01",
            since=date(2025, 1, 1), until=None, left_on=None, share_bp=10_000, protected_until=None,
        )  # fmt: skip
        roster = Roster(pl.DataFrame([vars(post)]))
        super().__init__({}, roster, MONTH, as_of=MONTH.last, plan=plan)
        self._parts: Mapping[str, tuple[int, int]] = {
            "indicators_paid": (line.indicators_paid, 1),
            "visit_groups": (line.visits, 1),
            "deals": (line.deals, 1),
            "month_visit_rate": (line.visits, line.leads),
            "store_close_rate": (line.deals, line.visits),
            "lead_close_rate": (line.deals, line.leads),
        }
        self._goal = line.task

    def of(self, key: str, subject_id: str, period: Period, level: Level = "person") -> Figure | None:
        parts = self._parts.get(key)
        if parts is None:
            return None
        return Figure(
            metric=key,
            name=self.name(key),
            period=period.label,
            numerator=parts[0],
            denominator=parts[1],
            sample=parts[1] if parts[1] != 1 else parts[0],
        )

    def _target(self, key: str, post: Post, period: Period, level: Level) -> Target | None:
        return Target(goal=Decimal(self._goal), floor=None, level="person")

    @property
    def _absences(self) -> Mapping[str, Sequence[tuple[date, date]]]:
        return {}

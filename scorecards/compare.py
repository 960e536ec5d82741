"""What differs between two sheets: by person, rule and cause, adding up to the whole difference to the fen.

Of one month computed twice the causes are told apart by computing it in steps: with the rules of the later one, then
with its targets, its rulings and its decisions on credit; what remains is the data. So each amount is what that change
alone moved, guards and all. Two different months share no inputs: there the cause is read off the lines.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import polars as pl

from data_contracts.contract import Text
from scorecards.money import yuan
from scorecards.sheet import Sheet

Cause = Literal["rule", "target", "ruling", "credit", "data"]

CAUSES: dict[Cause, Text] = {
    "rule": Text("规则变更", "rule changed"),
    "target": Text("目标变更", "target changed"),
    "ruling": Text("判定变更", "ruling changed"),
    "credit": Text("归属改定", "credit given to another"),
    "data": Text("数据变更", "data changed"),
}
"""In the order in which a month is computed in steps → their names."""

ADDED_UP = ["person_id", "plan", "rule"]


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What one cause moved of what one rule gives one person."""

    person_id: str
    plan: str | None
    rule: str
    cause: Cause
    before_fen: int
    after_fen: int

    @property
    def amount_fen(self) -> int:
        return self.after_fen - self.before_fen

    @property
    def rule_key(self) -> str:
        """The rule among all plans."""
        return f"{self.plan}/{self.rule}"


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two sheets of a unit (null: several), named by month and revision, and all that differs between them.

    ``people`` and ``rules`` are the names of those it speaks of; a rule stands under its plan and key.
    """

    store_id: str | None
    before: str
    after: str
    before_fen: int
    after_fen: int
    differences: tuple[Difference, ...]
    people: Mapping[str, str]
    rules: Mapping[str, Text]

    @property
    def amount_fen(self) -> int:
        """The whole difference; that of all differences together."""
        return self.after_fen - self.before_fen

    def of_cause(self, cause: Cause) -> int:
        """What one cause moved in all, in fen."""
        return sum(one.amount_fen for one in self.differences if one.cause == cause)

    def as_json(self, lang: str) -> dict[str, Any]:
        return {
            "unit": self.store_id,
            "before": self.before,
            "after": self.after,
            "before_fen": self.before_fen,
            "after_fen": self.after_fen,
            "amount_fen": self.amount_fen,
            "causes": {cause: amount for cause in CAUSES if (amount := self.of_cause(cause))},
            "differences": [
                {
                    **asdict(one),
                    "amount_fen": one.amount_fen,
                    "amount": yuan(one.amount_fen),
                    "cause_name": CAUSES[one.cause].said(lang),
                }
                for one in self.differences
            ],
        }


def in_steps(before: Sheet, steps: Iterable[tuple[Cause, pl.DataFrame]], after: Sheet) -> Comparison:
    """The comparison of one month computed twice; ``steps`` are its lines as each cause left them, in order.

    What is left between the last step and ``after`` is the data.
    """
    found: list[Difference] = []
    lines: pl.DataFrame = before.lines
    for cause, then in [*steps, ("data", after.lines)]:
        found += _moved(lines, then, cause)
        lines = then
    return _comparison(before, after, found)


def read_off(before: Sheet, after: Sheet) -> Comparison:
    """The comparison of two sheets by their lines alone: what is seen to differ first is the cause."""
    found = []
    for one in _moved(before.lines, after.lines, "data"):
        of_both = [_of(sheet.lines, one) for sheet in (before, after)]
        found.append(
            Difference(
                **{**asdict(one), "cause": _cause(one, of_both, [it.rule_names.keys() for it in (before, after)])}
            )
        )
    return _comparison(before, after, found)


def _comparison(before: Sheet, after: Sheet, found: Iterable[Difference]) -> Comparison:
    order = list(CAUSES)
    return Comparison(
        store_id=after.store_id,
        before=f"{before.period} r{before.revision}",
        after=f"{after.period} r{after.revision}",
        before_fen=before.total_fen,
        after_fen=after.total_fen,
        differences=tuple(
            sorted(found, key=lambda one: (one.person_id, one.plan or "", one.rule, order.index(one.cause)))
        ),
        people={person.person_id: person.person_name for sheet in (before, after) for person in sheet.people},
        rules={
            f"{line['plan']}/{line['rule']}": sheet.rule_name(line)
            for sheet in (before, after)
            for line in sheet.lines.select("plan", "rule").unique(maintain_order=True).to_dicts()
        },
    )


def _moved(before: pl.DataFrame, after: pl.DataFrame, cause: Cause) -> list[Difference]:
    """By person and rule, where the amounts are not the same."""
    sums = [
        lines.group_by(ADDED_UP).agg(pl.col("amount_fen").sum().alias(name))
        for name, lines in (("before_fen", before), ("after_fen", after))
    ]
    joined = sums[0].join(sums[1], on=ADDED_UP, how="full", coalesce=True, nulls_equal=True)
    amounts = joined.with_columns(pl.col("before_fen", "after_fen").fill_null(0))
    moved = amounts.filter(pl.col("before_fen") != pl.col("after_fen"))
    return [Difference(cause=cause, **row) for row in moved.sort(ADDED_UP).to_dicts()]


def _of(lines: pl.DataFrame, one: Difference) -> pl.DataFrame:
    is_its = (pl.col("person_id") == one.person_id) & (pl.col("rule") == one.rule) & pl.col("plan").eq_missing(one.plan)
    return lines.filter(is_its)


def _cause(one: Difference, lines: Sequence[pl.DataFrame], rules: Sequence[Iterable[str]]) -> Cause:
    before, after = lines
    named = f"{one.plan}/{one.rule}"
    if one.plan is not None and any(named not in of_sheet for of_sheet in rules):
        return "rule"
    if before.height and after.height:
        if before["rule_since"].max() != after["rule_since"].max() or set(before["notice"]) != set(after["notice"]):
            return "rule"
        required = [set(frame.filter(pl.col("benchmark_published_on").is_null())["benchmark"]) for frame in lines]
        if required[0] != required[1]:
            return "target"
    if any(frame["ruling_id"].is_not_null().any() for frame in lines):
        return "ruling"
    return "data"

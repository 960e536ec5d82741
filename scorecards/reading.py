"""Cards and rules from the tables of a plan's file. What is missing or wrong is noted there, and reading goes on."""

from collections.abc import Mapping
from typing import Any, get_args

from scorecards.cards import Card, CardLine, Gate, Grade, weights_fault
from scorecards.dated import Version
from scorecards.shapes import (
    BASES,
    AnyRule,
    AtAverage,
    Band,
    Charged,
    Coefficient,
    Holdback,
    Indicator,
    JudgedOn,
    MeasuredOn,
    Missed,
    Notice,
    PerCase,
    PerIndicator,
    PerUnit,
    Rule,
    Shortfall,
    Stated,
    Threshold,
    UnitKind,
)
from scorecards.table import Table

SHAPES: Mapping[str, type[Rule]] = {
    "threshold": Threshold,
    "per_case": PerCase,
    "coefficient": Coefficient,
    "per_unit": PerUnit,
    "per_indicator": PerIndicator,
    "shortfall": Shortfall,
    "missed": Missed,
}
"""What ``shape`` may say in a plan's file, and the rule it makes."""


def notice_of(table: Table) -> Notice:
    """What was published, and when."""
    notice = Notice(number=table.text("number"), published_on=table.day("published_on"))
    table.finish()
    return notice


def card_of(table: Table, since: str) -> tuple[Card, Version[Card]]:
    """A card and the month it applies from, the plan's unless it names its own."""
    lines = []
    for row in table.tables("lines"):
        lines.append(
            CardLine(
                metric=row.text("metric"),
                weight=row.whole("weight", low=1, high=100),
                cap=row.exact("cap", "100"),
                floor=row.exact("floor", "0") if "floor" in row.raw else None,
                waits_for_publication=row.yes_no("waits_for_publication"),
            )
        )
        row.finish()
    if fault := weights_fault(lines):
        table.refuse("lines", *fault)
        lines = [CardLine(metric="", weight=100)]
    grades = []
    for row in table.tables("grades"):
        grades.append(Grade(name=row.text("name"), since_score=row.exact("from", "0")))
        row.finish()
    gates = []
    for row in table.tables("gates"):
        held = _limit(row)
        gates.append(Gate(**held, score=row.exact("score", "0")))
        row.finish()
    card = Card(
        role=table.text("role"),
        name=table.label("name"),
        since=table.month("since", since),
        lines=tuple(lines),
        grades=tuple(sorted(grades, key=lambda grade: -grade.since_score)),
        gates=tuple(gates),
        cap=table.exact("cap", "0") if "cap" in table.raw else None,
        floor=table.exact("floor", "0") if "floor" in table.raw else None,
    )
    version = Version(value=card, since=card.since, source=table.text("source"))
    table.finish()
    return card, version


def rule_of(table: Table, plan_since: str, plan_notice: Notice) -> tuple[AnyRule, Version[AnyRule]]:
    """A rule and the month it applies from; month and notice are the plan's unless it names its own."""
    shape = table.choice("shape", SHAPES)
    common: dict[str, Any] = {
        "key": table.text("key"),
        "name": table.label("name"),
        "since": table.month("since", plan_since),
        "notice": notice_of(table.table("notice")) if "notice" in table.raw else plan_notice,
        "source": table.text("source"),
        "basis": table.choice("basis", BASES),
        "roles": table.words("roles"),
        "lag_months": table.whole("lag_months", low=0, high=12, default=0),
        "holdback": _holdback(table.table("holdback")) if "holdback" in table.raw else None,
        "clawback_days": _clawback_days(table.table("clawback")) if "clawback" in table.raw else None,
    }
    rule: AnyRule
    if shape == "threshold":
        rule = Threshold(
            **common,
            metric=table.text("metric"),
            programme=table.text("programme"),
            item=table.text("item"),
            department=table.text("department", "") or None,
            measured_on=table.choice("measured_on", get_args(MeasuredOn)),
            judged_on=table.choice("judged_on", get_args(JudgedOn)),
            at_average=table.choice("at_average", get_args(AtAverage)),
            min_sample=table.whole("min_sample", low=1, high=1_000_000),
            amount_fen=table.fen("amount"),
        )
    elif shape == "per_case":
        fixed = table.fen("amount") if "amount" in table.raw else None
        rule = PerCase(
            **common,
            ruling_kind=table.text("ruling_kind"),
            judged_by_roles=table.words("judged_by_roles"),
            min_fen=table.fen("min_amount") if fixed is None else fixed,
            max_fen=table.fen("max_amount") if fixed is None else fixed,
        )
    elif shape == "coefficient":
        rule = Coefficient(**common, cap=table.exact("cap", "1"), floor=table.exact("floor", "0"))
    elif shape == "per_unit":
        rule = _per_unit(table, common)
    elif shape == "per_indicator":
        rule = PerIndicator(
            **common,
            indicators=tuple(_indicator(row) for row in table.tables("indicators")),
            amount_fen=table.fen("amount"),
            all_fen=table.fen("all_amount") if "all_amount" in table.raw else None,
        )
    elif shape == "shortfall":
        rule = Shortfall(
            **common,
            task=table.text("task"),
            below=table.share("below"),
            newcomer_task=table.shares("newcomer_task"),
            amount_fen=table.fen("amount"),
        )
    else:
        rule = Missed(
            **common,
            metric=table.text("metric"),
            charged=table.choice("charged", get_args(Charged)),
            amount_fen=table.fen("amount"),
        )
    table.finish()
    return rule, Version(value=rule, since=rule.since, source=rule.source)


def _holdback(row: Table) -> Holdback:
    held = Holdback(share=row.share("share"), after_months=row.whole("after_months", low=1, high=24))
    if not 0 < held.share < 1:
        row.refuse("share", "预留比例应大于 0%、小于 100%", "the share held back lies between 0 and 100 %")
    row.finish()
    return held


def _clawback_days(row: Table) -> int:
    days = row.whole("within_days", low=0, high=366)
    row.finish()
    return days


def _per_unit(table: Table, common: dict[str, Any]) -> PerUnit:
    bands = []
    for row in table.tables("bands"):
        until = row.share("to") if "to" in row.raw else None
        bands.append(Band(since=row.share("from"), until=until, amount_fen=row.fen("amount")))
        row.finish()
    return PerUnit(
        **common,
        kind=table.choice("kind", get_args(UnitKind)),
        metric=table.text("metric"),
        amount_fen=None if bands else table.fen("amount"),
        band_metric=table.text("band_metric") if bands else None,
        band_per=table.text("band_per", "") or None,
        bands=tuple(sorted(bands, key=lambda band: band.since)),
        task=table.text("task", "") or None,
        newcomer_task=table.shares("newcomer_task"),
        max_fen=table.fen("max_amount") if "max_amount" in table.raw else None,
    )


def _indicator(row: Table) -> Indicator:
    found = Indicator(**_limit(row))
    row.finish()
    return found


def _limit(row: Table) -> dict[str, Any]:
    """The metric and what it must keep: ``at_least`` or ``at_most``, not both."""
    is_at_most = "at_most" in row.raw
    return {
        "metric": row.text("metric"),
        "limit": row.share("at_most" if is_at_most else "at_least"),
        "is_at_most": is_at_most,
    }


def stated_of(table: Table) -> Stated:
    """A figure that the plan reads ready-made."""
    found = Stated(key=table.text("key"), name=table.label("name"), source=table.text("source", "") or None)
    table.finish()
    return found

"""Cards and rules from the tables of a plan's file. What is missing or wrong is noted there, and reading goes on."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, get_args

from scorecards.bands import Band, in_order
from scorecards.card import Card, CardLine, Gate, Grade, weights_fault
from scorecards.dated import Version
from scorecards.over import Cap, Floor, Scaled
from scorecards.rule import (
    BASES,
    AtAverage,
    Charged,
    ChargedAs,
    Holdback,
    JudgedOn,
    MeasuredOn,
    Notice,
    PaidTo,
    Prorated,
    Rule,
    Stated,
    Ties,
    UnitKind,
)
from scorecards.shapes import (
    AnyRule,
    Bands,
    Coefficient,
    Indicator,
    Missed,
    PerCase,
    PerIndicator,
    PerUnit,
    Pool,
    Ranked,
    Shortfall,
    Threshold,
)
from scorecards.table import Table

SHAPES: Mapping[str, type[Rule]] = {
    "threshold": Threshold,
    "bands": Bands,
    "per_unit": PerUnit,
    "per_case": PerCase,
    "per_indicator": PerIndicator,
    "coefficient": Coefficient,
    "ranked": Ranked,
    "pool": Pool,
    "shortfall": Shortfall,
    "missed": Missed,
    "scaled": Scaled,
    "cap": Cap,
    "floor": Floor,
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
    rule = _READERS[shape](table, common)
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


def _measured(table: Table) -> dict[str, Any]:
    """Whose figure, who is paid, and the minimum sample; a person's own, paid to that person, unless it says more."""
    paid_to = table.choice("paid_to", get_args(PaidTo), "self")
    found = {
        "measured_on": table.choice("measured_on", get_args(MeasuredOn), "person"),
        "paid_to": paid_to,
        "prorated": table.choice("prorated", get_args(Prorated), "whole"),
        "min_sample": table.whole("min_sample", low=1, high=1_000_000, default=0),
    }
    if paid_to == "members":
        # Who shares is never left to a default: leaders and newcomers are what people argue about.
        found["leader_roles"] = table.words("leader_roles")
        found["leader_counts"] = table.decided("leader_counts")
        found["newcomers_count"] = table.decided("newcomers_count")
        found["shared_by"] = table.text("shared_by")
    return found


def _threshold(table: Table, common: dict[str, Any]) -> AnyRule:
    if not {"above", "at_least", "below", "at_most"}.isdisjoint(table.raw):
        return _against_value(table, common)
    measured = _measured(table)
    measured["measured_on"] = table.choice("measured_on", get_args(MeasuredOn))
    measured["min_sample"] = table.whole("min_sample", low=1, high=1_000_000)
    return Threshold(
        **common,
        **measured,
        metric=table.text("metric"),
        programme=table.text("programme"),
        item=table.text("item"),
        department=table.text("department", "") or None,
        judged_on=table.choice("judged_on", get_args(JudgedOn)),
        at_average=table.choice("at_average", get_args(AtAverage)),
        amount_fen=table.fen("amount"),
    )


def _against_value(table: Table, common: dict[str, Any]) -> Bands:
    """A threshold against a value: one band, whose edge says what equality means."""
    given = [key for key in ("above", "at_least", "below", "at_most") if key in table.raw]
    if len(given) > 1:
        table.refuse(given[1], f"与 {given[0]} 只能写一个", f"stands beside {given[0]}; write one of them")
    key, edge = given[0], table.share(given[0])
    is_low = key in ("above", "at_least")
    for other in given[1:]:
        table.get(other)
    reduces = "reduction" in table.raw
    band = Band(
        since=edge if is_low else None,
        until=None if is_low else edge,
        is_above=key == "above",
        is_upto=key == "at_most",
        amount_fen=-table.fen("reduction") if reduces else table.fen("amount"),
    )
    return Bands(
        **common,
        **_measured(table),
        metric=table.text("metric"),
        per=table.text("per", "") or None,
        bands=(band,),
        judged_on=table.choice("judged_on", get_args(JudgedOn), "exact"),
    )


def _bands(table: Table, common: dict[str, Any]) -> Bands:
    return Bands(
        **common,
        **_measured(table),
        metric=table.text("metric"),
        per=table.text("per", "") or None,
        bands=_band_rows(table, may_reduce=True),
        judged_on=table.choice("judged_on", get_args(JudgedOn), "exact"),
    )


def _band_rows(table: Table, *, may_reduce: bool = False, is_share: bool = False) -> tuple[Band, ...]:
    """Bands ``from`` (included) or ``above`` (not) a value ``to`` (not included) or ``upto`` (included) another."""
    bands = []
    for row in table.tables("bands"):
        low = next((key for key in ("from", "above") if key in row.raw), None)
        high = next((key for key in ("to", "upto") if key in row.raw), None)
        amount, worth = 0, Fraction(0)
        if is_share:
            worth = row.share("share")
        elif may_reduce and "reduction" in row.raw:
            amount = -row.fen("reduction")
        elif "nothing" not in row.raw or not row.yes_no("nothing"):
            amount = row.fen("amount")
        bands.append(
            Band(
                since=row.share(low) if low else None,
                until=row.share(high) if high else None,
                is_above=low == "above",
                is_upto=high == "upto",
                amount_fen=amount,
                worth=worth,
            )
        )
        row.finish()
    return in_order(bands)


def _per_case(table: Table, common: dict[str, Any]) -> PerCase:
    fixed = table.fen("amount") if "amount" in table.raw else None
    return PerCase(
        **common,
        ruling_kind=table.text("ruling_kind"),
        judged_by_roles=table.words("judged_by_roles"),
        min_fen=table.fen("min_amount") if fixed is None else fixed,
        max_fen=table.fen("max_amount") if fixed is None else fixed,
    )


def _coefficient(table: Table, common: dict[str, Any]) -> Coefficient:
    prorated = table.choice("prorated", get_args(Prorated), "days")
    return Coefficient(**common, cap=table.exact("cap", "1"), floor=table.exact("floor", "0"), prorated=prorated)


def _per_unit(table: Table, common: dict[str, Any]) -> PerUnit:
    bands = _band_rows(table)
    rate = table.share("rate") if "rate" in table.raw else None
    task = table.text("task", "")
    return PerUnit(
        **common,
        **_measured(table),
        kind=table.choice("kind", get_args(UnitKind)),
        metric=table.text("metric"),
        amount_fen=None if bands or rate is not None else table.fen("amount"),
        rate=rate,
        band_metric=table.text("band_metric") if bands else None,
        band_per=table.text("band_per", "") or None,
        bands=bands,
        tasks=(task,) if task else table.words("tasks") if "tasks" in table.raw else (),
        newcomer_task=table.shares("newcomer_task"),
        max_fen=table.fen("max_amount") if "max_amount" in table.raw else None,
    )


def _per_indicator(table: Table, common: dict[str, Any]) -> PerIndicator:
    all_fen = table.fen("all_amount") if "all_amount" in table.raw else None
    return PerIndicator(
        **common,
        **_measured(table),
        indicators=tuple(_indicator(row) for row in table.tables("indicators")),
        amount_fen=table.fen("amount") if "amount" in table.raw or all_fen is None else None,
        all_fen=all_fen,
    )


def _ranked(table: Table, common: dict[str, Any]) -> Ranked:
    words = table.words("places")
    row = Table({str(place): word for place, word in enumerate(words, 1)}, table.at("places"), table.findings)
    return Ranked(
        **common,
        **_measured(table),
        metric=table.text("metric"),
        among=table.choice("among", ("store", "region", "group")),
        places=tuple(row.fen(str(place)) for place in range(1, len(words) + 1)),
        ties=table.choice("ties", get_args(Ties)),
    )


def _pool(table: Table, common: dict[str, Any]) -> Pool:
    return Pool(
        **common,
        **_measured(table),
        kind=table.choice("kind", ("bonus", "commission")),
        amount_fen=table.fen("amount"),
    )


def _shortfall(table: Table, common: dict[str, Any]) -> Shortfall:
    return Shortfall(
        **common,
        **_measured(table),
        task=table.text("task"),
        below=table.share("below"),
        newcomer_task=table.shares("newcomer_task"),
        amount_fen=table.fen("amount"),
    )


def _missed(table: Table, common: dict[str, Any]) -> Missed:
    return Missed(
        **common,
        **_measured(table),
        metric=table.text("metric"),
        charged=table.choice("charged", get_args(Charged)),
        amount_fen=table.fen("amount"),
    )


def _scaled(table: Table, common: dict[str, Any]) -> Scaled:
    bands = _band_rows(table, is_share=True)
    task = table.text("task", "") or None
    if bands or task:
        full = None
    else:
        full = table.share("full")
        if full <= 0:
            table.refuse("full", "应大于 0", "must be above 0")
    return Scaled(
        **common,
        **_measured(table),
        over=table.words("over"),
        metric=None if task else table.text("metric"),
        task=task,
        newcomer_task=table.shares("newcomer_task"),
        bands=bands,
        full=full,
        cap=table.share("cap") if "cap" in table.raw else Fraction(1),
        charged_as=table.choice("charged_as", get_args(ChargedAs), "same"),
        is_counted=table.yes_no("counts"),
    )


def _cap(table: Table, common: dict[str, Any]) -> Cap:
    prorated = table.choice("prorated", get_args(Prorated), "whole")
    return Cap(**common, over=table.words("over"), amount_fen=table.fen("amount"), prorated=prorated)


def _floor(table: Table, common: dict[str, Any]) -> Floor:
    prorated = table.choice("prorated", get_args(Prorated), "whole")
    return Floor(
        **common,
        over=table.words("over"),
        amount_fen=table.fen("amount"),
        kind=table.choice("kind", ("bonus", "commission")),
        prorated=prorated,
    )


_READERS: Mapping[str, Callable[[Table, dict[str, Any]], AnyRule]] = {
    "threshold": _threshold,
    "bands": _bands,
    "per_unit": _per_unit,
    "per_case": _per_case,
    "per_indicator": _per_indicator,
    "coefficient": _coefficient,
    "ranked": _ranked,
    "pool": _pool,
    "shortfall": _shortfall,
    "missed": _missed,
    "scaled": _scaled,
    "cap": _cap,
    "floor": _floor,
}


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

"""Cliffs of a plan: places where one more of what it pays for lowers the pay, each with the numbers that show it.

Two kinds are searched: a band that is worth less than the one before it although the figure got better, and a count
that pays by the unit while it is the denominator of a band's rate. The second is searched over counts, every rule of
the plan on these two counts included, tasks taken as reached.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from data_contracts.contract import Text
from metrics.catalogue import METRICS
from metrics.counts import Rate
from metrics.kinds import COUNT, HIGHER, LOWER, PERCENT
from scorecards.bands import Band, band_of, in_order
from scorecards.money import printed_plain, round_fen, yuan
from scorecards.over import Scaled
from scorecards.shapes import AnyRule, Bands, PerUnit
from scorecards.table import Finding, warning

if TYPE_CHECKING:
    from scorecards.plan import Plan

SEARCHED = 200
"""Counts are searched up to this many a month."""


def cliffs(plan: "Plan") -> Iterator[Finding]:
    """A warning for each, in the plan's order."""
    for dated in plan.rules:
        for version in dated.versions:
            rule, where = version.value, f"rules.{version.value.key}@{version.since}"
            for text in _falling(rule):
                yield warning(where, text)
            for text in _diluting(plan, rule):
                yield warning(where, text)


def _falling(rule: AnyRule) -> Iterator[Text]:
    """Bands that are worth less where the figure is better."""
    match rule:
        case Bands():
            metric, worth = rule.metric, [Fraction(band.amount_fen) for band in rule.bands]
        case PerUnit() if rule.bands:
            metric, worth = rule.band_metric or "", [Fraction(band.amount_fen) for band in rule.bands]
            if rule.kind == "kpi_reduction":
                worth = [-amount for amount in worth]
        case Scaled() if rule.bands:
            # A task is better reached; of a stated figure nobody knows which way is better.
            metric, worth = rule.metric or "", [band.worth for band in rule.bands]
        case _:
            return
    if metric in METRICS:
        better = METRICS[metric].better
    elif isinstance(rule, PerUnit) or (isinstance(rule, Scaled) and rule.task):
        better = HIGHER
    else:
        return
    bands = in_order(rule.bands)
    for (band, value), (following, next_value) in pairwise(zip(bands, worth, strict=True)):
        is_fall = next_value < value if better == HIGHER else next_value > value and better == LOWER
        if is_fall and following.since is not None:
            yield _fall(rule, metric, following.since, band, following, value, next_value)


def _fall(
    rule: Bands | PerUnit | Scaled, metric: str, edge: Fraction, band: Band, following: Band, value: Fraction,
    next_value: Fraction,
) -> Text:  # fmt: skip
    is_count = metric in METRICS and METRICS[metric].unit == COUNT
    at = printed_plain(edge) if is_count or edge > 2 else f"{printed_plain(100 * edge)}%"
    if isinstance(rule, Scaled):
        before, after = f"{printed_plain(100 * value)}%", f"{printed_plain(100 * next_value)}%"
    elif isinstance(rule, PerUnit) and is_count and metric == rule.metric and edge >= 1:
        count = -(-edge.numerator // edge.denominator) + (1 if following.is_above and edge.denominator == 1 else 0)
        before, after = yuan(round_fen((count - 1) * value)), yuan(round_fen(count * next_value))
        return Text(
            f"断崖：{count - 1} 个合计 {before} 元，{count} 个反而 {after} 元",
            f"a cliff: {count - 1} pay {before} yuan, {count} pay {after} yuan",
        )
    else:
        before, after = f"{yuan(int(value))} 元", f"{yuan(int(next_value))} 元"
    return Text(
        f"断崖：{metric} 在 {at} 处由 {before} 变为 {after}，指标更好反而更少",
        f"a cliff: at {at} of {metric} {before} becomes {after} although the figure is better",
    )


def _diluting(plan: "Plan", rule: AnyRule) -> Iterator[Text]:
    """One more of the denominator's count lowers the rate out of its band by more than the unit pays."""
    ratio = _ratio(rule)
    if ratio is None or not isinstance(rule, PerUnit | Bands):
        return
    top, bottom = ratio
    together = [
        other
        for other in plan.rules_on(rule.since)
        if isinstance(other, PerUnit | Bands) and set(other.roles) & set(rule.roles) and _reads(other, top, bottom)
    ]
    is_paid = any(
        isinstance(other, PerUnit) and other.metric == bottom and other.kind != "kpi_reduction" for other in together
    )
    if not is_paid and not (bottom in METRICS and METRICS[bottom].better == HIGHER):
        return
    worst: tuple[Fraction, int, int] | None = None
    first: tuple[Fraction, int, int] | None = None
    edges = {band.since for band in rule.bands if band.since}
    for below in range(1, SEARCHED):
        for edge in sorted(edges):
            above = -(-(edge * below).numerator // (edge * below).denominator)
            lost = _pay(together, top, bottom, above, below) - _pay(together, top, bottom, above, below + 1)
            if lost > 0:
                first = first or (lost, above, below)
                worst = max(worst or (lost, above, below), (lost, above, below))
    if first is None or worst is None:
        return
    zh, en = [], []
    for lost, above, below in dict.fromkeys((first, worst)):
        before = _pay(together, top, bottom, above, below)
        zh.append(
            f"{top} {above}、{bottom} {below} 时 {yuan(round_fen(before))} 元，"
            f"{bottom} {below + 1} 时 {yuan(round_fen(before - lost))} 元，少 {yuan(round_fen(lost))} 元"
        )
        en.append(
            f"{top} {above} and {bottom} {below} pay {yuan(round_fen(before))} yuan, with {bottom} {below + 1} "
            f"{yuan(round_fen(before - lost))}, {yuan(round_fen(lost))} less"
        )
    yield Text(
        f"断崖：多一个 {bottom} 反而少拿。{'；'.join(zh)}", f"a cliff, one more {bottom} pays less: {'; '.join(en)}"
    )


def _ratio(rule: AnyRule) -> tuple[str, str] | None:
    """The two counts whose quotient the bands are held against."""
    if isinstance(rule, PerUnit) and rule.bands and rule.band_metric:
        return _parts(rule.band_metric, rule.band_per)
    if isinstance(rule, Bands):
        return _parts(rule.metric, rule.per)
    return None


def _parts(metric: str, per: str | None) -> tuple[str, str] | None:
    if per:
        return metric, per
    found = METRICS.get(metric)
    if isinstance(found, Rate) and found.unit == PERCENT and len(found.of) == len(found.per) == 1:
        return found.of[0].key, found.per[0].key
    return None


def _reads(rule: PerUnit | Bands, top: str, bottom: str) -> bool:
    """Whether the two counts are all the rule reads."""
    ratio = _ratio(rule)
    if ratio is not None and ratio != (top, bottom):
        return False
    if isinstance(rule, Bands):
        return ratio is not None or rule.metric in (top, bottom)
    if rule.bands and ratio is None and rule.band_metric not in (top, bottom):
        return False
    return rule.metric in (top, bottom)


def _pay(rules: Sequence[PerUnit | Bands], top: str, bottom: str, above: int, below: int) -> Fraction:
    """What the rules pay, in fen, for so many of the two counts."""
    held, total = {top: above, bottom: below}, Fraction(0)
    for rule in rules:
        if isinstance(rule, Bands):
            value = Fraction(above, below) if _ratio(rule) else Fraction(held[rule.metric])
            band = band_of(rule.bands, value)
            total += band.amount_fen if band else 0
            continue
        rate = None
        if rule.bands:
            rate = Fraction(above, below) if _ratio(rule) else Fraction(held[rule.band_metric or ""])
        paid = held[rule.metric] * rule.unit_fen(rate)
        if rule.max_fen is not None:
            paid = min(paid, Fraction(rule.max_fen))
        total += -paid if rule.kind == "kpi_reduction" else paid
    return total

"""When money comes: the months a pay month judges, lag and holdback, and what is learnt after the payment.

Earned in a month, paid ``lag_months`` later; of an amount held back the smaller part comes ``after_months`` after the
larger one. Both parts are made from the one rounded amount, so that they total it to the fen. A line that is paid
later keeps its kind, names the month it was earned in as ``metric_period`` and, as ``case_id``, the line that month
would have had.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl

from data_contracts.contract import Text
from metrics.catalogue import METRICS
from metrics.credit import Facts
from metrics.period import Period
from scorecards.guards import PERFORMANCE_KINDS
from scorecards.lines import line_id
from scorecards.money import Fen, printed_plain, split, yuan
from scorecards.over import Cap, Floor, Scaled
from scorecards.plan import Plan
from scorecards.rule import SHARED_BY, Holdback, Measured
from scorecards.shapes import AnyRule, Coefficient, PerCase, Threshold

LONGEST_WAIT = 36
"""Lag and holdback together: no month pays for one further back."""


@dataclass(frozen=True, kw_only=True)
class Review:
    """A month looked at again once it was paid: what settled or was cancelled by ``known_by`` counts.

    ``paid_on`` is null where the month was not paid out yet.
    """

    known_by: date
    paid_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class Paid:
    """A month as it was paid: computed ``as_of`` that day, paid out on ``paid_on``."""

    as_of: date
    paid_on: date | None = None


@dataclass(frozen=True, kw_only=True)
class Knowledge:
    """What the figures of a rule stand on: events up to ``as_of``, and cancellations up to ``cancelled_by``."""

    as_of: date
    cancelled_by: date


@dataclass(frozen=True, kw_only=True)
class Job:
    """A rule to judge for a month: the pay month itself, or an earlier one that pays ``waited`` months later."""

    plans: Sequence[Plan]
    plan: Plan
    rule: AnyRule
    origin: Period
    waited: int = 0
    is_held_part: bool = False


def settling_in(pay_month: Period, days: int, as_of: date) -> list[Period]:
    """The months whose figures settle within the pay month, ``days`` after their own end, and by ``as_of``."""
    months = [pay_month]
    while months[-1].last + timedelta(days=days) >= pay_month.first:
        months.append(months[-1].previous())
    settles = {month: month.last + timedelta(days=days) for month in reversed(months)}
    return [month for month, day in settles.items() if pay_month.first <= day <= min(pay_month.last, as_of)]


def read_by(rule: AnyRule, plan: Plan, plans: Sequence[Plan], month: Period) -> tuple[str, ...]:
    """Everything that a rule of ``plan`` reads of a month, by key: its own figures, what it shares an amount by, the
    cards of its roles where they count, and for a rule that bears on others what those read."""
    keys: list[str] = []
    match rule:
        case PerCase() | Coefficient():
            pass
        case Threshold():
            keys = [rule.metric]
        case Scaled() | Cap() | Floor():
            bearing = [other for other in plan.rules_on(month.label) if other.key in rule.over]
            keys = [key for other in bearing for key in read_by(other, plan, plans, month)]
            keys += rule.metrics if isinstance(rule, Scaled) else ()
        case _:
            keys = list(rule.metrics)
    shared_by = rule.shared_by if isinstance(rule, Measured) and rule.paid_to == "members" else "equal"
    if shared_by not in SHARED_BY:
        keys.append(shared_by)
    if isinstance(rule, Coefficient) or shared_by == "score":
        roles = {*rule.roles, *(rule.leader_roles if isinstance(rule, Measured) else ())}
        cards = [card for one in plans for card in one.cards_on(month.label) if card.role in roles]
        keys += [key for card in cards for key in card.metrics]
    return tuple(dict.fromkeys(keys))


def settles_after(rule: AnyRule, plan: Plan, plans: Sequence[Plan], month: Period) -> int:
    """The days after a month's end until nothing that the rule reads moves any more."""
    read = read_by(rule, plan, plans, month)
    return max((METRICS[key].settles_after for key in read if key in METRICS), default=0)


def knowledge(job: Job, as_of: date, review: Review | None) -> Knowledge:
    """What a rule may know of its month.

    A month that was paid knows what it knew then. In a review a ``cutoff_true_up`` rule is judged as settled once it
    is, and what was cancelled within the rule's days after the payment counts as cancelled by then.
    """
    if review is None:
        return Knowledge(as_of=as_of, cancelled_by=as_of)
    settled = job.origin.last + timedelta(days=settles_after(job.rule, job.plan, job.plans, job.origin))
    if job.rule.basis == "cutoff_true_up" and settled <= review.known_by:
        as_of = max(as_of, settled)
    days = job.rule.takes_back_within
    ends = review.known_by
    if review.paid_on is not None:
        ends = min(ends, review.paid_on + timedelta(days=days))
    return Knowledge(as_of=as_of, cancelled_by=max(as_of, ends) if days else as_of)


def cancelled_in_time(facts: Facts, what: Knowledge) -> Facts:
    """The facts in which orders and policies cancelled after ``as_of``, by ``cancelled_by``, were so on ``as_of``."""
    if what.cancelled_by <= what.as_of:
        return facts
    changed = dict(facts)
    for contract, column in (("orders", "cancelled_at"), ("renewals", "cancelled_on")):
        day = pl.col(column).cast(pl.Date)
        is_late = (day > what.as_of) & (day <= what.cancelled_by)
        kind = facts[contract].collect_schema()[column]
        as_if = pl.when(is_late).then(pl.lit(what.as_of).cast(kind)).otherwise(pl.col(column))
        changed[contract] = facts[contract].with_columns(as_if.alias(column))
    return changed


def jobs(plans: Sequence[Plan], origins: Mapping[str, Sequence[Plan]], pay_month: Period, as_of: date) -> Iterator[Job]:
    """What a pay month judges: its own rules, then what earlier months left to be paid in it.

    ``origins`` are the plans in force in earlier months; their own versions of the rules say what is due.
    """
    for plan in plans:
        for rule in plan.rules_on(pay_month.label):
            if isinstance(rule, Coefficient) and rule.basis == "settled_lag":
                for month in settling_in(pay_month, settles_after(rule, plan, plans, pay_month), as_of):
                    waited = months_between(month, pay_month)
                    yield Job(plans=plans, plan=plan, rule=rule, origin=month, waited=waited)
            elif not rule.lag_months:
                yield Job(plans=plans, plan=plan, rule=rule, origin=pay_month)
    origin = pay_month
    for waited in range(1, LONGEST_WAIT + 1):
        origin = origin.previous()
        in_force = origins.get(origin.label, ())
        for plan in in_force:
            for rule in plan.rules_on(origin.label):
                held = rule.holdback
                if rule.lag_months == waited:
                    yield Job(plans=in_force, plan=plan, rule=rule, origin=origin, waited=waited)
                if held is not None and rule.lag_months + held.after_months == waited:
                    yield Job(plans=in_force, plan=plan, rule=rule, origin=origin, waited=waited, is_held_part=True)


def waits(plan: Plan) -> bool:
    """Whether any version of any rule of the plan pays later than the month it is earned in."""
    return any(version.value.lag_months or version.value.holdback for dated in plan.rules for version in dated.versions)


def months_between(earlier: Period, later: Period) -> int:
    """How many months ``later`` comes after ``earlier``."""
    (year, month), (to_year, to_month) = ((int(part) for part in it.label.split("-")) for it in (earlier, later))
    return 12 * (to_year - year) + to_month - month


def part_due(job: Job, line: Mapping[str, Any], pay_month: Period) -> dict[str, Any] | None:
    """What of a line the pay month pays, booked in it; None where the part is nothing."""
    made = dict(line)
    held = job.rule.holdback if line["kind"] in PERFORMANCE_KINDS else None  # bands may also take: that does not wait
    now, then = _parts(made["requested_fen"], held)
    if job.is_held_part:
        if held is None or not then:
            return None
        made |= {"requested_fen": then, "amount_fen": then}
        _say(
            made,
            f"；预留的 {printed_plain(held.share * 100)}% 到期发放 {yuan(then)} 元",
            f"; the {printed_plain(held.share * 100)} % held back is due: {yuan(then)} yuan",
        )
    elif held is not None and then:
        made |= {"amount_fen": now, "carried_fen": then}
        due = after(pay_month, held.after_months).label
        _say(
            made,
            f"；本月发放 {yuan(now)} 元，预留 {printed_plain(held.share * 100)}% 共 {yuan(then)} 元于 {due} 发放",
            f"; {yuan(now)} yuan is paid now, {printed_plain(held.share * 100)} %, {yuan(then)} yuan, in {due}",
        )
    return _booked(job, made, pay_month) if job.waited else made


def _booked(job: Job, line: dict[str, Any], pay_month: Period) -> dict[str, Any]:
    """The line in the month that pays it."""
    label = job.origin.label
    part = "held" if job.is_held_part else "lagged"
    line["case_id"], line["metric_period"] = line["line_id"], line["metric_period"] or label
    line["line_id"] = line_id(
        pay_month.label, line["person_id"], f"{job.plan.key}/{job.rule.key}", job.rule.since, part, line["case_id"]
    )
    line["period"] = pay_month.label
    line["arithmetic_zh"] = f"{label} 应得，{pay_month.label} 发放：{line['arithmetic_zh']}"
    line["arithmetic_en"] = f"earned in {label}, paid in {pay_month.label}: {line['arithmetic_en']}"
    return line


def _parts(total: int, held: Holdback | None) -> tuple[int, int]:
    """What is paid first and what later."""
    if held is None or not total:
        return total, 0
    now, then = split(Fen(total), [1 - held.share, held.share])
    return now, then


def after(month: Period, months: int) -> Period:
    """The month so many months later."""
    later = month
    for _ in range(months):
        later = Period.containing(later.last + timedelta(days=1), "month", month.month_starts_on)
    return later


def _say(line: dict[str, Any], zh: str, en: str) -> None:
    words = Text(line["arithmetic_zh"] + zh, line["arithmetic_en"] + en)
    line |= {"arithmetic_zh": words.zh, "arithmetic_en": words.en}

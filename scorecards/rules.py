"""From the rules of a pay month to its lines of money, with the judgement behind each and what stood in the way."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from typing import Any

import dataframely as dy
import polars as pl

from data_contracts.results import PayLines
from metrics.credit import Facts
from metrics.events import Remembering
from metrics.period import Period
from scorecards.adjusting import over_lines
from scorecards.banded import band_lines
from scorecards.cards import Scorecard, scorecards_of
from scorecards.coefficient import coefficient_lines
from scorecards.figures import Figures
from scorecards.guards import GuardInputs, Losses, guarded, performance_floor, sanctioned_once
from scorecards.later import Job, Knowledge, Paid, Review, cancelled_in_time, jobs, knowledge, part_due
from scorecards.law import Law, shipped
from scorecards.lines import Found, Judgement
from scorecards.over import Cap, Floor, Scaled
from scorecards.overtime import held_to_pay
from scorecards.per_case import per_case_lines
from scorecards.per_indicator import per_indicator_lines
from scorecards.per_unit import per_unit_lines
from scorecards.plan import Plan
from scorecards.posts import Roster
from scorecards.ranked import pool_lines, ranked_lines
from scorecards.shapes import (
    AnyRule,
    Bands,
    Coefficient,
    Missed,
    PerCase,
    PerIndicator,
    PerUnit,
    Pool,
    Ranked,
    Shortfall,
    Threshold,
)
from scorecards.shortfall import missed_lines, shortfall_lines
from scorecards.table import Finding
from scorecards.threshold import threshold_lines
from scorecards.twice import paid_twice

NO_LOSSES = Losses()


@dataclass(frozen=True, kw_only=True)
class PayResult:
    """The lines after the guards, everyone's scorecards and judgements behind them, and what the checklist must say."""

    lines: dy.DataFrame[PayLines]
    scorecards: list[Scorecard] = field(default_factory=list)
    judgements: list[Judgement] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def pay_lines(
    plans: Sequence[Plan],
    facts: Facts,
    pay_month: Period,
    *,
    as_of: date,
    stores: Collection[str] | None = None,
    manual: pl.DataFrame | None = None,
    earlier: pl.DataFrame | None = None,
    corrections: Sequence[Mapping[str, Any]] = (),
    standing: Sequence[Mapping[str, Any]] = (),
    origins: Mapping[str, Sequence[Plan]] | None = None,
    paid: Mapping[str, Paid] | None = None,
    review: Review | None = None,
    laws: Sequence[Law] = (),
    losses: Losses = NO_LOSSES,
) -> PayResult:
    """The pay lines of a month in all units, or in ``stores``.

    ``plans`` are the versions in force. ``manual`` are approved manual lines and ``earlier`` the lines of locked
    months (both PayLines): what was paid once for a benchmark's period is not paid again. ``corrections`` of earlier
    months are paid with this one, whose lines stand as ``standing`` today. ``origins`` are the plans in force in
    earlier months (label → plans), whose lag and holdback may fall due now, and ``paid`` how those months were paid.
    With a ``review`` the month is computed as it would be today, ``as_of`` being the day it was computed then; of that
    the lines matter and no scorecards are made.
    ``laws`` are the law profiles loaded, over the one that ships; ``losses`` the cases that are to be made good.
    """
    facts = Remembering.of(facts)
    roster = Roster(facts["people"].collect())
    desk = _Desk(facts, roster, pay_month, earlier)
    rows: list[dict[str, Any]] = []
    judgements: list[Judgement] = []
    findings: list[Finding] = []
    for job in jobs(plans, origins or {}, pay_month, as_of):
        known = partial(knowledge, as_of=as_of, review=review)
        if job.is_held_part:
            before = (paid or {}).get(job.origin.label, Paid(as_of=min(as_of, job.origin.last)))
            known_by = review.known_by if review else as_of
            then = Review(known_by=known_by, paid_on=before.paid_on)
            known = partial(knowledge, as_of=before.as_of, review=then)
        found = desk.found(job, known)
        due = [part_due(job, line, pay_month) for line in found.lines]
        rows += [line for line in due if line]
        if not job.is_held_part:
            paid_as = {line["line_id"]: paid for line, paid in zip(found.lines, due, strict=True)}
            judgements += [_of_paid_line(judgement, paid_as) for judgement in found.judgements]
            findings += found.findings
    findings += desk.findings()
    findings += paid_twice(rows, standing, roster, pay_month)
    rows += manual.to_dicts() if manual is not None else []
    rows += [dict(line) for line in corrections]
    if stores is not None:
        rows = [row for row in rows if row["store_id"] in stores]
        judgements = [judgement for judgement in judgements if judgement.store_id in stores]
    lines, seen = _guarded(rows, facts, roster, pay_month, as_of, stores, earlier, laws, losses)
    findings += seen
    scorecards = [] if review else desk.scorecards(plans, pay_month, as_of)
    return PayResult(lines=lines, scorecards=scorecards, judgements=judgements, findings=findings)


def _guarded(
    rows: Sequence[Mapping[str, Any]],
    facts: Facts,
    roster: Roster,
    pay_month: Period,
    as_of: date,
    stores: Collection[str] | None,
    earlier: pl.DataFrame | None,
    laws: Sequence[Law],
    losses: Losses,
) -> tuple[dy.DataFrame[PayLines], list[Finding]]:
    """The month's rows through the guards in their order, with a line for every open loss, and what HR must see."""
    standing = facts["complaint_rulings"].filter(pl.col("fault") == "有责", pl.col("judged_at").dt.date() <= as_of)
    rulings = standing.select("complaint_id", "kind", "person_id").collect().rows()
    names = {"|".join(ruling) for ruling in rulings}
    before = [] if earlier is None else earlier.filter(pl.col("ruling_id").is_in(names)).to_dicts()
    held, findings = guarded(
        held_to_pay(performance_floor(sanctioned_once(rows, before))),
        GuardInputs.of(facts, pay_month, [shipped(), *laws]),
        roster,
        pay_month,
        losses=losses,
        sanctioned={(person_id, complaint_id) for complaint_id, _, person_id in rulings},
        stores=stores,
    )
    return as_frame(held), findings


def _of_paid_line(judgement: Judgement, paid_as: Mapping[str, Mapping[str, Any] | None]) -> Judgement:
    """The judgement with the identity that its line has in the month that pays it."""
    line = paid_as.get(judgement.line_id or "")
    return judgement if line is None else replace(judgement, line_id=line["line_id"])


LINE_COLUMNS = PayLines.create_empty().schema


class _Desk:
    """Judges rules; what several of them read is worked out once."""

    def __init__(self, facts: Facts, roster: Roster, pay_month: Period, earlier: pl.DataFrame | None) -> None:
        self._facts, self._roster, self._pay_month, self._earlier = facts, roster, pay_month, earlier
        self._known: dict[Knowledge, Facts] = {}
        self._figures: dict[tuple[str, str, Knowledge], Figures] = {}
        self._found: dict[tuple[str, str, str, Knowledge], Found] = {}
        self._scorecards: dict[tuple[tuple[str, ...], str, date], list[Scorecard]] = {}

    def scorecards(self, plans: Sequence[Plan], month: Period, as_of: date) -> list[Scorecard]:
        key = (tuple(plan.digest for plan in plans), month.label, as_of)
        if key not in self._scorecards:
            self._scorecards[key] = scorecards_of(plans, self._facts, month, "person", as_of=as_of)
        return self._scorecards[key]

    def findings(self) -> list[Finding]:
        """What the figures have to say."""
        return list(dict.fromkeys(one for figures in self._figures.values() for one in figures.findings))

    def found(self, job: Job, known: Callable[[Job], Knowledge]) -> Found:
        """The lines and judgements of a rule in the month it is judged for; ``known`` is what a rule may know of it."""
        what = known(job)
        key = (job.plan.digest, job.rule.key, job.origin.label, what)
        if key not in self._found:
            self._found[key] = self._judged(job, what, known)
        return self._found[key]

    def _judged(self, job: Job, what: Knowledge, known: Callable[[Job], Knowledge]) -> Found:
        def bearing(other: AnyRule) -> Found:
            return self.found(replace(job, rule=other, waited=0, is_held_part=False), known)

        return lines_of(job.plan, job.rule, self._figures_of(job, what), bearing=bearing, earlier=self._earlier)

    def _figures_of(self, job: Job, what: Knowledge) -> Figures:
        key = (job.plan.digest, job.origin.label, what)
        if key not in self._figures:
            if what not in self._known:
                self._known[what] = Remembering.of(cancelled_in_time(self._facts, what))
            self._figures[key] = Figures(
                self._known[what],
                self._roster,
                job.origin,
                as_of=what.as_of,
                plan=job.plan,
                plans=job.plans,
                score=lambda _: self.scorecards(job.plans, job.origin, what.as_of),
            )
        return self._figures[key]


def lines_of(
    plan: Plan,
    rule: AnyRule,
    figures: Figures,
    *,
    bearing: Callable[[AnyRule], Found] | None = None,
    earlier: pl.DataFrame | None = None,
) -> Found:
    """The lines and judgements of a rule on the figures of a month; ``earlier`` are the lines of locked months.

    ``bearing`` gives what a rule it bears on found; without it that is judged on the same figures.
    """
    match rule:
        case Threshold():
            return threshold_lines(plan, rule, figures, earlier=earlier)
        case PerCase():
            return per_case_lines(plan, rule, figures.facts, figures.roster, figures.pay_month, as_of=figures.as_of)
        case Coefficient():
            return coefficient_lines(plan, rule, figures)
        case Scaled() | Cap() | Floor():
            others = [other for other in plan.rules_on(figures.pay_month.label) if other.key in rule.over]
            borne = [bearing(other) if bearing else lines_of(plan, other, figures) for other in others]
            return over_lines(plan, rule, figures, [line for found in borne for line in found.lines])
        case Bands():
            return band_lines(plan, rule, figures)
        case Ranked():
            return ranked_lines(plan, rule, figures)
        case Pool():
            return pool_lines(plan, rule, figures)
        case PerUnit():
            return per_unit_lines(plan, rule, figures)
        case PerIndicator():
            return per_indicator_lines(plan, rule, figures)
        case Shortfall():
            return shortfall_lines(plan, rule, figures)
        case Missed():
            return missed_lines(plan, rule, figures)


def as_frame(rows: Iterable[dict[str, Any]]) -> dy.DataFrame[PayLines]:
    """Rows of PayLines as the frame, in the order a sheet lists them: unit, person, kind, rule, line_id."""
    return ordered(pl.DataFrame(list(rows), schema=LINE_COLUMNS))


def ordered(lines: pl.DataFrame) -> dy.DataFrame[PayLines]:
    """Lines as :func:`as_frame` lists them."""
    return PayLines.validate(lines.sort("store_id", "person_id", "kind", "rule", "line_id"))

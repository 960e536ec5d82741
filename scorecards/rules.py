"""From the rules of a pay month to its lines of money, with the judgement behind each and what stood in the way."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import dataframely as dy
import polars as pl

from data_contracts.contract import Text
from data_contracts.results import LINE_KINDS, PayLines
from metrics.credit import Facts
from metrics.period import Period
from scorecards.cards import Scorecard, scorecards_of
from scorecards.coefficient import coefficient_lines
from scorecards.figures import Figures
from scorecards.guards import GuardInputs, Losses, guarded
from scorecards.law import Law, shipped
from scorecards.lines import Found, Judgement
from scorecards.per_case import per_case_lines
from scorecards.per_indicator import per_indicator_lines
from scorecards.per_unit import per_unit_lines
from scorecards.plan import Plan
from scorecards.posts import Roster
from scorecards.shapes import Coefficient, FigureRule, Missed, PerCase, PerIndicator, PerUnit, Shortfall, Threshold
from scorecards.shortfall import missed_lines, shortfall_lines
from scorecards.table import Finding, warning
from scorecards.threshold import threshold_lines

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
    laws: Sequence[Law] = (),
    losses: Losses = NO_LOSSES,
) -> PayResult:
    """The pay lines of a month in all units, or in ``stores``.

    ``plans`` are the versions in force. ``manual`` are approved manual lines and ``earlier`` the lines of locked
    months (both PayLines): what was paid once for a benchmark's period is not paid again. ``laws`` are the law
    profiles loaded, over the one that ships; ``losses`` the cases that are to be made good.
    """
    roster = Roster(facts["people"].collect())
    scorecards = scorecards_of(plans, facts, pay_month, "person", as_of=as_of)
    rows: list[dict[str, Any]] = []
    judgements: list[Judgement] = []
    findings: list[Finding] = []
    for plan in plans:
        figures = Figures(facts, roster, pay_month, as_of=as_of, stated=plan.stated)
        for rule in plan.rules_on(pay_month.label):
            match rule:
                case Threshold():
                    found = threshold_lines(plan, rule, facts, roster, pay_month, as_of=as_of, earlier=earlier)
                case PerCase():
                    found = per_case_lines(plan, rule, facts, roster, pay_month, as_of=as_of)
                case Coefficient():
                    found = coefficient_lines(plan, rule, facts, roster, pay_month, scorecards)
                case PerUnit() | PerIndicator() | Shortfall() | Missed():
                    found = figure_lines(plan, rule, figures)
            rows += found.lines
            judgements += found.judgements
            findings += found.findings
        findings += figures.findings
    findings += _paid_twice(rows)
    rows += manual.to_dicts() if manual is not None else []
    if stores is not None:
        rows = [row for row in rows if row["store_id"] in stores]
        judgements = [judgement for judgement in judgements if judgement.store_id in stores]
    inputs = GuardInputs.of(facts, pay_month, [shipped(), *laws])
    standing = facts["complaint_rulings"].filter(pl.col("fault") == "有责", pl.col("judged_at").dt.date() <= as_of)
    rulings = standing.select("complaint_id", "kind", "person_id").collect().rows()
    names = {"|".join(ruling) for ruling in rulings}
    held, seen = guarded(
        rows,
        inputs,
        roster,
        pay_month,
        losses=losses,
        sanctioned={(person_id, complaint_id) for complaint_id, _, person_id in rulings},
        stores=stores,
        earlier=[] if earlier is None else earlier.filter(pl.col("ruling_id").is_in(names)).to_dicts(),
    )
    lines, findings = as_frame(held), findings + seen
    return PayResult(lines=lines, scorecards=scorecards, judgements=judgements, findings=findings)


def figure_lines(plan: Plan, rule: FigureRule, figures: Figures) -> Found:
    """The lines of a rule on a person's own figures."""
    match rule:
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
    place = {kind: n for n, kind in enumerate(LINE_KINDS)}
    ordered = sorted(
        rows, key=lambda row: (row["store_id"], row["person_id"], place[row["kind"]], row["rule"], row["line_id"])
    )
    return PayLines.validate(pl.DataFrame(ordered, schema=PayLines.create_empty().schema))


def _paid_twice(rows: Iterable[dict[str, Any]]) -> list[Finding]:
    """The same event charged twice to one person, or a figure paid by more than one plan, listed before submit.

    An event is a complaint, whatever was ruled in it; the rules of one plan may pay a figure together.
    """
    charged: Counter[tuple[str, str, str, str]] = Counter()
    paid: dict[tuple[str, str, str, str], set[str]] = defaultdict(set)
    for row in rows:
        if row["ruling_id"]:
            charged[row["person_id"], row["kind"], row["ruling_id"].split("|")[0], row["metric_period"] or ""] += 1
        elif row["kind"] != "coefficient" and row["metric"]:
            paid[row["person_id"], row["kind"], row["metric"], row["metric_period"] or ""].add(row["plan"])
    counted = [*charged.items(), *((event, len(plans)) for event, plans in paid.items())]
    return [
        warning(
            f"{person_id} {event}",
            Text(f"同一事项 {event} {period} 出现 {count} 次{kind}", f"{count} lines of {kind} for {event} {period}"),
        )
        for (person_id, kind, event, period), count in counted
        if count > 1
    ]

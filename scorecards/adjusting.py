"""The shapes that bear on other rules of the plan: *scaled* (gate, ladder, attainment), *cap* and *floor*.

Each shows on a line of its own what it takes from, or adds to, the lines of the rules it stands over: those of this pay
month that are performance pay. Its parts, by store and kind, total what it moves exactly.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from data_contracts.contract import Text
from metrics.period import Period
from scorecards.banded import held_in, held_near
from scorecards.bands import band_of
from scorecards.figures import Figures
from scorecards.guards import PERFORMANCE_KINDS
from scorecards.lines import Found, distinct, judged, pay_line
from scorecards.money import Fen, printed_plain, round_fen, split, yuan
from scorecards.over import Cap, Floor, OverRule, Scaled
from scorecards.plan import Plan
from scorecards.posts import Post
from scorecards.sharing import Verdict, columns_of, in_office, subject_of, too_small
from scorecards.table import warning

Rows = Sequence[Mapping[str, Any]]


def over_lines(plan: Plan, rule: OverRule, figures: Figures, rows: Rows) -> Found:
    """The lines of one such rule; ``rows`` are the lines that the plan's rules before it gave."""
    found = Found.nothing()
    bearing: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        if row["plan"] == plan.key and row["rule"] in rule.over and row["kind"] in PERFORMANCE_KINDS:
            bearing[row["person_id"]].append(row)
    for period in figures.periods(rule):
        for post in figures.roster.holders(period.first, period.last, rule.roles):
            own = bearing.get(post.person_id, [])
            if rule.basis == "settled_lag":
                own = [row for row in own if row["metric_period"] == period.label]
            if isinstance(rule, Scaled):
                _scale(plan, rule, figures, period, post, own, found)
            elif isinstance(rule, Cap):
                _cap(plan, rule, figures, period, post, own, found)
            else:
                _floor(plan, rule, figures, period, post, own, found)
    return found


def _scale(
    plan: Plan, rule: Scaled, figures: Figures, period: Period, post: Post, own: Rows, found: Found
) -> None:  # fmt: skip
    verdict, share = _share(rule, figures, period, post, found)
    base = sum(row["amount_fen"] for row in own)
    if share is None or share == 1 or not base:
        nothing = "" if base else "；没有所涉金额", "" if base else "; nothing it bears on"
        why = Text(verdict.why.zh + nothing[0], verdict.why.en + nothing[1])
        found.judgements.append(judged(rule, post, period, verdict.outcome, why))
        return
    change = round_fen(base * (share - 1))
    held = f"{printed_plain(100 * share)}%"
    rules = "、".join(rule.over)
    why = Text(
        f"{verdict.why.zh}，{rules} 合计 {yuan(base)} 元按 {held} 计，{yuan(change)} 元",
        f"{verdict.why.en}, {held} of {rules}, {yuan(base)} yuan in all: {yuan(change)} yuan",
    )
    kind = "kpi_reduction" if rule.charged_as == "kpi_reduction" and change < 0 else None
    _spread(plan, rule, figures, period, post, own, change, why, found, kind=kind, columns=verdict.columns,
            evidence=verdict.evidence)  # fmt: skip


def _share(rule: Scaled, figures: Figures, period: Period, post: Post, found: Found) -> tuple[Verdict, Fraction | None]:
    """What is left of the amounts, with the sentence for it; None where nothing is judged."""
    level, subject = rule.measured_on, subject_of(rule.measured_on, post)
    whose = "" if level == "person" else f"{subject} "
    if rule.task:
        name = figures.name(rule.task)
        task = figures.task(rule.task, post, period, rule.newcomer_task, level, subject)
        if task is None:
            missing = Text("没有任务值，按 100% 计；请补设目标", "no task is set: taken as 100 %; set the target")
            found.findings.append(warning(f"{rule.key} {subject} {rule.task}", missing, post.store_id))
            return Verdict(outcome="not_known", why=missing), None
        if not figures.is_known(rule.task, subject, post, period, level):
            return _unknown(name), None
        figure, value, shown = task.done, task.attainment, task.as_text(_nearest(rule, task.attainment))
        said = Text(f"{whose}{name.zh}任务达成 {shown.zh}", f"{whose}task of {name.en} {shown.en}")
        rows, benchmark = distinct(task.done.rows, task.rows), Fraction(task.due)
    else:
        metric = rule.metric or ""
        name = figures.name(metric)
        known = figures.of(metric, subject, period, level)
        if known is None:
            if not figures.is_known(metric, subject, post, period, level):
                return _unknown(name), None
            known = figures.none_of(metric, period)
        known = known.counted() if rule.is_counted else known
        figure, value, rows = known, known.shown, list(known.rows)
        benchmark = rule.full or _nearest(rule, value)
        if rule.bands:
            band = band_of(rule.bands, value)
            held = held_in(band, figure, value) if band else held_near(rule.bands, figure, value)
        else:
            full = rule.full or Fraction(1)
            held = f"{figure.as_read(full)} ÷ {figure.limit_text(full)} = {printed_plain(100 * value / full)}%"
        said = Text(f"{whose}{name.zh} {held}", f"{whose}{name.en} {held}")
    if small := too_small(rule, figure):
        return small, None
    share = rule.share_of(value)
    if not rule.bands and value / (rule.full or 1) > rule.cap:
        top = printed_plain(100 * rule.cap)
        said = Text(f"{said.zh}，按上限 {top}% 计", f"{said.en}, taken as {top} % at most")
    if share is None or share == 1:
        return Verdict(outcome="kept", why=Text(f"{said.zh}，足额计发", f"{said.en}, paid in full")), share
    return Verdict(outcome="paid", why=said, evidence=rows, columns=columns_of(figure, benchmark)), share


def _nearest(rule: Scaled, value: Fraction) -> Fraction:
    edges = [edge for band in rule.bands for edge in (band.since, band.until) if edge is not None]
    return min(edges, key=lambda edge: abs(edge - value), default=Fraction(1))


def _unknown(name: Text) -> Verdict:
    return Verdict(
        outcome="not_known", why=Text(f"没有{name.zh}的数据，足额计发", f"no figure of {name.en}: paid in full")
    )


def _cap(plan: Plan, rule: Cap, figures: Figures, period: Period, post: Post, own: Rows, found: Found) -> None:
    base = sum(row["amount_fen"] for row in own)
    _, due, words = in_office(figures.roster, post.person_id, period, rule.roles, rule.prorated)
    most = round_fen(rule.amount_fen * due)
    limit = _limit(rule.amount_fen, most, due, words)
    rules = "、".join(rule.over)
    if base <= most:
        why = Text(f"{rules} 合计 {yuan(base)} 元 ≤ 封顶 {limit.zh}", f"{rules}: {yuan(base)} ≤ cap {limit.en}")
        found.judgements.append(judged(rule, post, period, "kept", why))
        return
    why = Text(
        f"封顶：{rules} 合计 {yuan(base)} 元 > {limit.zh}，{yuan(most - base)} 元",
        f"capped: {rules}, {yuan(base)} yuan in all > {limit.en}: {yuan(most - base)} yuan",
    )
    _spread(plan, rule, figures, period, post, own, Fen(most - base), why, found)


def _floor(plan: Plan, rule: Floor, figures: Figures, period: Period, post: Post, own: Rows, found: Found) -> None:
    base = sum(row["amount_fen"] for row in own)
    shares, due, words = in_office(figures.roster, post.person_id, period, rule.roles, rule.prorated)
    least = round_fen(rule.amount_fen * due)
    limit = _limit(rule.amount_fen, least, due, words)
    rules = "、".join(rule.over)
    if base >= least:
        why = Text(f"{rules} 合计 {yuan(base)} 元 ≥ 保底 {limit.zh}", f"{rules}: {yuan(base)} ≥ floor {limit.en}")
        found.judgements.append(judged(rule, post, period, "kept", why))
        return
    why = Text(
        f"保底：{rules} 合计 {yuan(base)} 元 < {limit.zh}，补 {yuan(least - base)} 元",
        f"floor: {rules}, {yuan(base)} yuan in all < {limit.en}: {yuan(least - base)} yuan more",
    )
    missing = split(Fen(least - base), [share.weight for share in shares])
    for share, part in zip(shares, missing, strict=True):
        if part:
            place = share.post.place if rule.prorated == "share" else ()
            _add(plan, rule, figures, period, share.post, share.post.store_id, rule.kind, part, why, place, found)


def _limit(amount_fen: int, due_fen: int, due: Fraction, words: Text) -> Text:
    whole = yuan(amount_fen)
    if due == 1:
        return Text(f"{whole} 元", f"{whole} yuan")
    return Text(f"{whole} 元 × {words.zh} = {yuan(due_fen)} 元", f"{whole} yuan × {words.en} = {yuan(due_fen)} yuan")


def _spread(
    plan: Plan, rule: OverRule, figures: Figures, period: Period, post: Post, own: Rows, change: Fen, why: Text,
    found: Found, *, kind: str | None = None, columns: Mapping[str, Any] | None = None, evidence: Any = (),
) -> None:  # fmt: skip
    """The change by store and kind, in proportion to what each has; a share of less than nothing counts as none."""
    places: dict[tuple[str, str], int] = defaultdict(int)
    for row in own:
        places[row["store_id"], kind or row["kind"]] += row["amount_fen"]
    held = sorted((place, amount) for place, amount in places.items() if amount > 0)
    if not held:
        found.judgements.append(judged(rule, post, period, "kept", why))
        return
    columns = {"metric_period": period.label, **(columns or {})}
    columns["is_settled"] = columns.get("is_settled", True) and all(row["is_settled"] for row in own)
    parts = split(change, [amount for _, amount in held])
    for ((store_id, of_kind), _), part in zip(held, parts, strict=True):
        if part:
            sentence = why
            if len(held) > 1:
                sentence = Text(f"{why.zh}；{store_id} {yuan(part)} 元", f"{why.en}; {store_id} {yuan(part)} yuan")
            _add(plan, rule, figures, period, post, store_id, of_kind, part, sentence, [of_kind], found,
                 columns=columns, evidence=evidence or distinct(*(row["evidence"] for row in own)))  # fmt: skip


def _add(
    plan: Plan, rule: OverRule, figures: Figures, period: Period, post: Post, store_id: str, kind: str, part: int,
    why: Text, keys: Sequence[str], found: Found, *, columns: Mapping[str, Any] | None = None, evidence: Any = (),
) -> None:  # fmt: skip
    is_waived = kind == "kpi_reduction" and figures.roster.is_protected(post.person_id, period.last)
    if is_waived:
        why = Text(
            f"{why.zh}；保护期内，免扣 {yuan(-part)} 元",
            f"{why.en}; protected as a newcomer: {yuan(-part)} yuan waived",
        )
    line = pay_line(
        plan,
        rule,
        figures.pay_month,
        person_id=post.person_id,
        store_id=store_id,
        kind=kind,
        source_keys=[period.label, store_id, *keys],
        requested_fen=part,
        waived_fen=part if is_waived else 0,
        arithmetic=why,
        evidence=evidence,
        **(columns or {"metric_period": period.label}),
    )
    found.lines.append(line)
    outcome = "waived" if is_waived else "paid" if part > 0 else "charged"
    found.judgements.append(judged(rule, post, period, outcome, why, line["line_id"]))

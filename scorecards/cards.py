"""Scorecards: a role's weighted metrics, each against its target, as one score out of 100.

Points of a line are exact: 100 · value / goal where higher is better, 100 · (2 − value / goal) where lower is, never
below 0, at most the line's cap, and 0 beyond the target's floor. A line without a value or target is left out, the
other weights are rescaled and the card says so; with less than half of the weight there is no score. The score is shown
half-up to 0.1; the grade follows the exact score. Goals are in the unit the metric is shown in (hours, points, a rate
as a fraction).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import polars as pl

from data_contracts.contract import Text
from metrics.catalogue import METRICS
from metrics.credit import Facts, Level
from metrics.kinds import COUNT, HIGHER, HOURS, LOWER, PERCENT, Metric
from metrics.measure import measure
from metrics.period import Period
from scorecards.card import HUNDRED, Card, CardLine
from scorecards.money import printed, printed_apart, printed_plain
from scorecards.posts import Roster, absences_of
from scorecards.targets import Target, Targets

if TYPE_CHECKING:
    from scorecards.plan import Plan

SECONDS_AN_HOUR = 3600


@dataclass(frozen=True, kw_only=True)
class ScoredLine:
    """One line of a subject's card; ``points`` is null with the reason it is left out. Where a cap or floor made them,
    ``held`` says which, and what they would be in proportion."""

    line: CardLine
    metric: Metric
    value: Fraction | None
    numerator: int | None
    denominator: int | None
    sample: int
    target: Target | None
    points: Fraction | None
    is_settled: bool
    is_withheld: bool
    reason: Text | None
    note: Text | None = None
    held: Text | None = None

    def as_json(self, lang: str) -> dict[str, Any]:
        return {
            "metric": self.line.metric,
            "label": said(self.metric.label, lang),
            "weight": self.line.weight,
            "value": None if self.value is None else float(self.value),
            "numerator": self.numerator,
            "denominator": self.denominator,
            "sample": self.sample,
            "goal": None if self.target is None else float(self.target.exact),
            "goal_level": None if self.target is None else self.target.level,
            "points": None if self.points is None else float(printed(self.points, 1)),
            "held": None if self.held is None else said(self.held, lang),
            "is_settled": self.is_settled,
            "reason": None if self.reason is None else said(self.reason, lang),
        }


@dataclass(frozen=True, kw_only=True)
class Scorecard:
    """A subject's card in a period. ``score`` is exact and null with the reason; ``notes`` say what is left out."""

    card: Card
    level: str
    subject_id: str
    period: str
    lines: tuple[ScoredLine, ...]
    score: Fraction | None
    reason: Text | None
    notes: tuple[Text, ...]

    @property
    def weight_present(self) -> int:
        """The percent of the card's weight that the score stands on."""
        return sum(line.line.weight for line in self.lines if line.points is not None)

    @property
    def is_settled(self) -> bool:
        """Whether nothing that counts can still change."""
        return all(line.is_settled for line in self.lines if line.points is not None)

    @property
    def grade(self) -> str | None:
        """The name of the band that holds the exact score."""
        if self.score is None:
            return None
        return next((grade.name for grade in self.card.grades if self.score >= grade.since_score), None)

    @property
    def score_text(self) -> str | None:
        """The score at 0.1, with more decimals where it would look like a band it has not reached."""
        if self.score is None:
            return None
        missed = [grade.since_score for grade in self.card.grades if self.score < grade.since_score]
        texts = [printed_apart(self.score, threshold, 1) for threshold in missed]
        return max([printed(self.score, 1), *texts], key=len)

    def as_json(self, lang: str) -> dict[str, Any]:
        return {
            "card": self.card.role,
            "card_name": said(self.card.name, lang),
            "card_since": self.card.since,
            "level": self.level,
            "subject_id": self.subject_id,
            "period": self.period,
            "score": None if self.score is None else float(printed(self.score, 1)),
            "score_text": self.score_text,
            "grade": self.grade,
            "weight_present": self.weight_present,
            "is_settled": self.is_settled,
            "reason": None if self.reason is None else said(self.reason, lang),
            "notes": [said(note, lang) for note in self.notes],
            "lines": [line.as_json(lang) for line in self.lines],
        }


def said(text: Text, lang: str) -> str:
    """The sentence in ``zh`` or ``en``."""
    return text.said(lang)


def score_cards(
    plans: Sequence["Plan"],
    values: pl.DataFrame,
    facts: Facts,
    period: Period,
    level: Level,
    *,
    subjects: Iterable[str] | None = None,
) -> list[Scorecard]:
    """The scorecards of a period at a level, by subject, then in the plans' order.

    ``plans`` are the versions in force; ``values`` holds the figures of that period and level (MetricValues). A person
    has the card of the post that counts last in the period; a wider subject one card for each role it employs.
    """
    figures = {
        (row["metric"], row["subject_id"]): row
        for row in values.filter(pl.col("period") == period.label, pl.col("level").cast(pl.String) == level).to_dicts()
    }
    return Scoring(plans, facts, period, level).cards(figures, subjects=subjects)


class Scoring:
    """What the cards of a period at a level are scored by: the cards in force, who has them, targets and days due."""

    def __init__(self, plans: Sequence["Plan"], facts: Facts, period: Period, level: Level) -> None:
        self.period, self.level = period, level
        self._month = Period.containing(period.first, "month", period.month_starts_on).label
        self._cards = {card.role: card for plan in reversed(plans) for card in reversed(plan.cards_on(self._month))}
        self._targets = Targets(facts["targets"].collect(), facts["stores"].collect())
        self._dues = _Dues(facts, period)
        self._subjects = _subjects(facts, period, level, list(self._cards)[::-1])

    @property
    def metrics(self) -> tuple[str, ...]:
        """Every metric that a card reads."""
        return tuple(dict.fromkeys(key for card in self._cards.values() for key in card.metrics))

    def cards(
        self, figures: Mapping[tuple[str, str], Mapping[str, Any]], *, subjects: Iterable[str] | None = None
    ) -> list[Scorecard]:
        """The scorecards on these figures (metric and subject → a row of MetricValues)."""
        wanted = None if subjects is None else set(subjects)
        scored = []
        for subject_id, role, belongs in self._subjects:
            if wanted is None or subject_id in wanted:
                card = self._cards[role]
                lines = tuple(
                    _score_line(
                        line, figures.get((line.metric, subject_id)), self._targets, belongs, self.level, self.period,
                        self._month, self._dues,
                    )
                    for line in card.lines
                )  # fmt: skip
                held = {gate.metric: figures.get((gate.metric, subject_id)) for gate in card.gates}
                scored.append(_total(card, self.level, subject_id, self.period, lines, held))
        return scored


def scorecards_of(
    plans: Sequence["Plan"],
    facts: Facts,
    period: Period,
    level: Level,
    *,
    as_of: date,
    subjects: Iterable[str] | None = None,
) -> list[Scorecard]:
    """Measure what the cards of a period read, and score them."""
    month = Period.containing(period.first, "month", period.month_starts_on).label
    cards = [card for plan in plans for card in plan.cards_on(month)]
    if not cards:
        return []
    keys = {key for card in cards for key in card.metrics}
    metrics = [metric for key, metric in METRICS.items() if key in keys]
    values = measure(metrics, facts, [period], level, as_of=as_of)
    return score_cards(plans, values, facts, period, level, subjects=subjects)


def attainment(
    metric: Metric, value: Fraction, goal: Fraction, floor: Fraction | None, cap: Fraction
) -> Fraction | None:
    """Exact points of a value against a goal in the same unit; None where a goal of 0 or less has no scale."""
    if floor is not None and _is_beyond(metric, value, floor):
        return Fraction(0)
    points = _in_proportion(metric, value, goal)
    return None if points is None else min(max(points, Fraction(0)), cap)


def held_by(metric: Metric, value: Fraction, goal: Fraction, floor: Fraction | None, cap: Fraction) -> Text | None:
    """Which cap or floor made the points what they are; None where they stand in proportion to the goal."""
    if floor is not None and _is_beyond(metric, value, floor):
        shown = f"{printed_plain(100 * floor)}%" if metric.unit == PERCENT else printed_plain(floor)
        return Text(f"越过底线值 {shown}，计 0 分", f"beyond the floor of {shown}: 0 points")
    points = _in_proportion(metric, value, goal)
    if points is None:
        return None
    shown = printed_plain(points)
    if points > cap:
        most = printed_plain(cap)
        return Text(f"按比例 {shown} 分，封顶 {most} 分", f"{shown} in proportion, capped at {most}")
    if points < 0:
        return Text(f"按比例 {shown} 分，计 0 分", f"{shown} in proportion, counted as 0")
    return None


def _is_beyond(metric: Metric, value: Fraction, floor: Fraction) -> bool:
    return value > floor if metric.better == LOWER else value < floor


def _in_proportion(metric: Metric, value: Fraction, goal: Fraction) -> Fraction | None:
    """The points that neither cap nor floor holds."""
    if metric.better == LOWER:
        return HUNDRED * (2 - value / goal) if goal > 0 else Fraction(HUNDRED if value <= goal else 0)
    return HUNDRED * value / goal if goal > 0 else None


def in_shown_unit(metric: Metric, value: Fraction) -> Fraction:
    """A figure in the unit its goal is written in: seconds become hours, everything else stays."""
    return value / SECONDS_AN_HOUR if metric.unit == HOURS else value


def _subjects(
    facts: Facts, period: Period, level: str, roles: Sequence[str]
) -> list[tuple[str, str, Mapping[str, str]]]:
    """(subject, role of its card, its id at each level it belongs to), sorted by subject."""
    if not roles:
        return []  # to the roster no roles would mean any
    roster = Roster(facts["people"].collect())
    regions = dict(facts["stores"].select("store_id", "region").collect().iter_rows())
    found: dict[tuple[str, str], Mapping[str, str]] = {}
    for person_id in roster.people():
        if level == "person":
            post = roster.latest(person_id, period.first, period.last, roles)
            posts = [post] if post else []
        else:
            posts = [p for p in roster.of(person_id) if p.overlaps(period.first, period.last) and p.role in roles]
        for post in posts:
            belongs = post.belongs(regions.get(post.store_id, ""))
            kept = belongs if level == "person" else {at: belongs[at] for at in _WIDER[level]}
            found.setdefault((belongs[level], post.role), kept)
    return sorted(
        ((subject, role, belongs) for (subject, role), belongs in found.items()),
        key=lambda item: (item[0], roles.index(item[1])),
    )


_WIDER = {
    "team": ("team", "role", "department", "store", "region", "group"),
    "department": ("department", "role", "store", "region", "group"),
    "store": ("store", "role", "region", "group"),
    "region": ("region", "role", "group"),
    "group": ("group", "role"),
}


class _Dues:
    """Of how many of a period's days a person's task is due: those in a post of the role, without absences."""

    def __init__(self, facts: Facts, period: Period) -> None:
        self._roster, self._away, self._period = Roster(facts["people"].collect()), absences_of(facts), period

    def of(self, person_id: str, role: str) -> tuple[int, int]:
        """The days due, and those of the period."""
        first, last = self._period.first, self._period.last
        due = self._roster.days_due(person_id, role, first, last, self._away.get(person_id, ()))
        return due, (last - first).days + 1


def _score_line(
    line: CardLine,
    figure: Mapping[str, Any] | None,
    targets: Targets,
    belongs: Mapping[str, str],
    level: str,
    period: Period,
    month: str,
    dues: _Dues,
) -> ScoredLine:
    metric, note = METRICS[line.metric], None
    if metric.unit == COUNT:
        target = targets.of_count(line.metric, belongs, level, period)
        if target and level == "person" and metric.better == HIGHER:  # a task; a limit stays
            due, days = dues.of(belongs["person"], belongs["role"])
            if due != days:
                target = replace(target, share=target.share * Fraction(due, days))
                note = Text(
                    f"“{metric.label.zh}”的目标按应在岗 {due}/{days} 天折算",
                    f"the goal of {metric.label.en} is that of {due} of {days} days due",
                )
    else:
        target = targets.of(line.metric, belongs, level, period.grain, month, is_rate=True)
    is_withheld = line.waits_for_publication and period.grain in ("day", "week")
    value = points = reason = held = None
    if is_withheld:
        reason = Text("待发布", "not yet published")
    elif figure is None:
        reason = Text("没有样本", "no sample")
    elif figure["numerator"] is None:
        reason = Text(figure["reason_zh"], figure["reason_en"] or figure["reason_zh"])
    else:
        value = Fraction(figure["numerator"], figure["denominator"])
        if target is None:
            reason = Text("没有目标值", "no target")
        else:
            floor = line.floor if target.floor is None else target.exact_floor
            against = (metric, in_shown_unit(metric, value), target.exact, floor, line.cap)
            points, held = attainment(*against), held_by(*against)
            if points is None:
                reason = Text("目标值不大于 0，无法计算达成率", "a goal of 0 or less has no attainment")
    shown = figure if value is not None else None
    return ScoredLine(
        line=line,
        metric=metric,
        value=value,
        numerator=shown["numerator"] if shown else None,
        denominator=shown["denominator"] if shown else None,
        sample=figure["sample"] if figure and not is_withheld else 0,
        target=target,
        points=points,
        is_settled=bool(figure and figure["is_settled"]) and not is_withheld,
        is_withheld=is_withheld,
        reason=reason,
        note=note,
        held=held,
    )


def _total(
    card: Card,
    level: str,
    subject_id: str,
    period: Period,
    lines: tuple[ScoredLine, ...],
    gates: Mapping[str, Mapping[str, Any] | None],
) -> Scorecard:
    present = [line for line in lines if line.points is not None]
    weight = sum(line.line.weight for line in present)
    score = reason = None
    if 2 * weight < HUNDRED:
        reason = Text(
            f"有数据的权重只有 {weight}%，不足一半，不计总分",
            f"only {weight} % of the weight has a figure, less than half: no score",
        )
    else:
        score = (
            sum((line.points * line.line.weight for line in present if line.points is not None), Fraction(0)) / weight
        )
    notes = [
        Text(
            f"“{line.metric.label.zh}”{line.reason.zh}，未计入",
            f"{line.metric.label.en} is left out: {line.reason.en}",
        )
        for line in lines
        if line.reason
    ]
    notes_of_goals = [line.note for line in lines if line.note]
    if notes and score is not None:
        notes.append(
            Text(
                f"得分按 {weight}% 的权重计算，其余权重按比例放大",
                f"the score stands on {weight} % of the weight, rescaled",
            )
        )
    notes += notes_of_goals
    if score is not None:
        score, said_of = _held(card, score, gates)
        notes += said_of
    return Scorecard(
        card=card, level=level, subject_id=subject_id, period=period.label, lines=lines,
        score=score, reason=reason, notes=tuple(notes),
    )  # fmt: skip


def _held(card: Card, score: Fraction, gates: Mapping[str, Mapping[str, Any] | None]) -> tuple[Fraction, list[Text]]:
    """The score within the card's cap, floor and gates, and a note on each that holds it."""
    notes = []
    if card.cap is not None and score > card.cap:
        shown, score = printed_plain(card.cap), card.cap
        notes.append(Text(f"得分封顶 {shown} 分", f"the score is capped at {shown}"))
    if card.floor is not None and score < card.floor:
        shown, score = printed_plain(card.floor), card.floor
        notes.append(Text(f"得分保底 {shown} 分", f"the score is raised to its floor of {shown}"))
    for gate in card.gates:
        metric, figure = METRICS[gate.metric], gates[gate.metric]
        if figure is None or figure["numerator"] is None:
            notes.append(
                Text(
                    f"一票否决项“{metric.label.zh}”没有数据，未判定",
                    f"the gate {metric.label.en} has no figure and was not judged",
                )
            )
            continue
        value = in_shown_unit(metric, Fraction(figure["numerator"], figure["denominator"]))
        if not gate.is_kept(value):
            is_percent = metric.unit == PERCENT
            scale, mark = (100, "%") if is_percent else (1, "")
            shown = printed_apart(value * scale, gate.limit * scale, metric.decimals) + mark
            limit = ("≤ " if gate.is_at_most else "≥ ") + printed_plain(gate.limit * scale) + mark
            score, most = min(score, gate.score), printed_plain(gate.score)
            notes.append(
                Text(
                    f"一票否决：“{metric.label.zh}”{shown}，要求 {limit}，得分至多 {most} 分",
                    f"gate: {metric.label.en} is {shown}, required {limit}: the score is at most {most}",
                )
            )
    return score, notes

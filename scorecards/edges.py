"""The edges of a rule: where it would judge somebody otherwise, and how many deeds lie between.

An edge lies at a figure (a band, a limit, an average, a task), at the score of a card (a grade), or at every single
unit. How many deeds it takes is tried out on exact figures, one more at a time.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from data_contracts.contract import Text
from metrics.catalogue import METRICS
from metrics.kinds import COUNT, HOURS, LOWER, PERCENT, POINTS
from metrics.period import Period
from scorecards.banded import as_judged
from scorecards.bands import Band
from scorecards.card import Card
from scorecards.cards import Scorecard
from scorecards.deeds import Deed, Supposed, Whose
from scorecards.figures import Figure, Figures
from scorecards.money import printed, printed_apart, printed_plain
from scorecards.over import Scaled
from scorecards.shapes import AnyRule, Bands, Coefficient, Missed, PerIndicator, PerUnit, Shortfall, Threshold
from scorecards.threshold import published


@dataclass(frozen=True, kw_only=True)
class Edge:
    """A figure, or one per unit of another, and the limit at which the rule judges otherwise; the limit itself lies
    beyond it unless ``is_above`` (or for one from above ``is_below``).

    ``is_counted`` reads how many a rate's numerator holds, ``is_printed`` the figure as it is printed. One that stands
    at each unit (``is_each``) is reached by the next.
    """

    metric: str
    per: str | None
    limit: Fraction
    is_at_most: bool = False
    is_above: bool = False
    is_below: bool = False
    is_counted: bool = False
    is_printed: bool = False
    is_each: bool = False

    @property
    def keys(self) -> tuple[str, ...]:
        return (self.metric, self.per) if self.per else (self.metric,)

    def is_reached(self, now: Supposed) -> bool | None:
        """Whether the figure lies beyond; None without one."""
        value = self._value(now)
        if value is None:
            return None
        if self.is_at_most:
            return value < self.limit if self.is_below else value <= self.limit
        return value > self.limit if self.is_above else value >= self.limit

    def said(self, now: Supposed, *, is_back: bool = False) -> Text:
        """``当期到店率达到 15%``; with ``is_back`` what it says of a figure on the near side again."""
        match self.is_at_most, is_back:
            case True, False:
                reach = Text("低于", "falls below") if self.is_below else Text("降到", "falls to")
            case True, True:
                reach = Text("达到", "reaches") if self.is_below else Text("超过", "exceeds")
            case False, False:
                reach = Text("超过", "exceeds") if self.is_above else Text("达到", "reaches")
            case _:
                reach = (
                    Text("不再超过", "no longer exceeds") if self.is_above else Text("不再达到", "no longer reaches")
                )
        name, limit = self._name(now), self._text(self.limit, now)
        return Text(f"{name.zh}{reach.zh} {limit}", f"{name.en} {reach.en} {limit}")

    def gap(self, now: Supposed) -> Fraction | None:
        """How far the figure is from the limit; None without one."""
        value = self._value(now)
        return None if value is None else abs(self.limit - value)

    def apart(self, now: Supposed) -> Text | None:
        """The same in words and numbers."""
        value = self._value(now)
        if value is None:
            return None
        name, shown, limit, gap = self._beside(value, now)
        return Text(f"{name.zh} {shown}，距 {limit} 差 {gap.zh}", f"{name.en} {shown}, {gap.en} from {limit}")

    def kept(self, now: Supposed) -> Text | None:
        """How far a figure beyond the limit is from falling back, in words and numbers; None without one."""
        value = self._value(now)
        if value is None:
            return None
        _, shown, _, gap = self._beside(value, now)
        passed = self.said(now, is_back=True)
        return Text(
            f"若{passed.zh}（现 {shown}，相距 {gap.zh}），金额会不同",
            f"if {passed.en} (now {shown}, {gap.en} away), the amount changes",
        )

    def _figure(self, now: Supposed) -> Figure | None:
        figure = now.whose.figure(self.metric, now)
        if figure is not None and self.per:
            below = now.whose.figure(self.per, now)
            return figure.over(below) if below else None
        return figure.counted() if figure is not None and self.is_counted else figure

    def _value(self, now: Supposed) -> Fraction | None:
        figure = self._figure(now)
        return None if figure is None else as_judged(figure, is_printed=self.is_printed)

    def _name(self, figures: Figures) -> Text:
        name = figures.name(self.metric)
        if self.per is None:
            return name
        per = figures.name(self.per)
        return Text(f"{name.zh}÷{per.zh}", f"{name.en} ÷ {per.en}")

    def _unit(self, now: Supposed) -> str:
        figure = self._figure(now)
        if figure is not None and figure.is_rate:
            return PERCENT
        return METRICS[self.metric].unit if self.metric in METRICS and not self.is_counted else COUNT

    def _beside(self, value: Fraction, now: Supposed) -> tuple[Text, str, str, Text]:
        """The figure's name, the figure as its metric is read, the limit, and how far what is shown lies from it."""
        is_percent = self._unit(now) == PERCENT
        scale, mark = (100, "%") if is_percent else (1, "")
        reads_as_metric = self.metric in METRICS and not (self.per or self.is_counted)
        shown = value * scale
        if (shown * 10**4).denominator != 1:
            decimals = METRICS[self.metric].decimals if reads_as_metric else 1
            shown = Fraction(printed_apart(shown, self.limit * scale, decimals).replace("−", "-"))
        gap = gap_text(abs(self.limit - shown / scale), self._unit(now))
        return self._name(now), f"{printed_plain(shown)}{mark}", self._text(self.limit, now), gap

    def _text(self, value: Fraction, now: Supposed) -> str:
        return f"{printed_plain(value * 100)}%" if self._unit(now) == PERCENT else printed_plain(value)


@dataclass(frozen=True, kw_only=True)
class ScoreEdge:
    """The score from which a card has a better grade."""

    card: Card
    grade: str
    limit: Fraction

    is_each = False

    @property
    def keys(self) -> tuple[str, ...]:
        return self.card.metrics

    def is_reached(self, now: Supposed) -> bool | None:
        """Whether the score is there; None without one."""
        score = self._score(now)
        return None if score is None else score >= self.limit

    def said(self, now: Supposed, *, is_back: bool = False) -> Text:
        """``得分达到 90（优）``; with ``is_back`` what it says of a score below it again."""
        limit, grade = printed_plain(self.limit), self.grade
        if is_back:
            return Text(f"得分不再达到 {limit}（{grade}）", f"the score no longer reaches {limit} ({grade})")
        return Text(f"得分达到 {limit}（{grade}）", f"the score reaches {limit} ({grade})")

    def gap(self, now: Supposed) -> Fraction | None:
        """How far the score is from it; None without one."""
        score = self._score(now)
        return None if score is None else abs(self.limit - score)

    def apart(self, now: Supposed) -> Text | None:
        """The same in words and numbers."""
        score = self._score(now)
        if score is None:
            return None
        limit, gap = printed_plain(self.limit), gap_text(abs(self.limit - score), POINTS)
        return Text(
            f"得分 {printed_plain(score)}，距 {limit}（{self.grade}）差 {gap.zh}",
            f"the score is {printed_plain(score)}, {gap.en} from {limit} ({self.grade})",
        )

    def _score(self, now: Supposed) -> Fraction | None:
        card = card_of(now, now.whose.person_id, self.card.role)
        return card.score if card else None


AnyEdge = Edge | ScoreEdge


def gap_text(gap: Fraction, unit: str) -> Text:
    """A difference of two figures, with its unit: 0.4 个百分点."""
    scaled = gap * 100 if unit == PERCENT else gap
    shown = printed_plain(scaled) if (scaled * 10_000).denominator == 1 else printed(scaled, 2)
    words = {
        PERCENT: Text(" 个百分点", " percentage points"),
        POINTS: Text(" 分", " points"),
        HOURS: Text(" 小时", " hours"),
    }.get(unit, Text("", ""))
    return Text(shown + words.zh, shown + words.en)


def card_of(figures: Figures, person_id: str, role: str) -> Scorecard | None:
    """Somebody's card of a role in the pay month."""
    return next((it for it in figures.scorecards if (it.subject_id, it.card.role) == (person_id, role)), None)


def edges_of(rule: AnyRule, figures: Figures, whose: Whose) -> list[AnyEdge]:
    """Where a rule judges somebody otherwise, the unit it pays by included."""
    match rule:
        case Bands():
            return list(_of_bands(rule.bands, rule.metric, rule.per, is_printed=rule.judged_on == "printed"))
        case PerUnit():
            tasks = [_of_task(key, rule.newcomer_task, Fraction(1), figures, whose) for key in rule.tasks]
            bands = _of_bands(rule.bands, rule.band_metric, rule.band_per) if rule.band_metric else ()
            each = () if rule.bands else (each_of(rule.metric),)
            return [*bands, *(edge for edge in tasks if edge), *each]
        case PerIndicator():
            return [
                Edge(metric=one.metric, per=None, limit=one.limit, is_at_most=one.is_at_most) for one in rule.indicators
            ]
        case Shortfall():
            task = _of_task(rule.task, rule.newcomer_task, rule.below, figures, whose)
            return [task] if task else []
        case Missed():
            return [
                each_of(rule.metric)
                if rule.charged == "each"
                else Edge(metric=rule.metric, per=None, limit=Fraction(1))
            ]
        case Scaled():
            return list(_of_scale(rule, figures, whose))
        case Threshold():
            return [
                edge
                for average in published(rule, figures.facts, figures.pay_month, figures.as_of)
                if average["region"] == figures.region(whose.post.store_id)
                and Period.parse(average["period"], figures.pay_month.month_starts_on) == whose.period
                for edge in [average_edge(rule, Fraction(average["score_hundredths"], 100))]
            ]
        case Coefficient():
            return [edge for role in rule.roles for edge in _of_card(card_of(figures, whose.person_id, role))]
    return []


def each_of(metric: str) -> Edge:
    """An edge at each unit of a figure."""
    return Edge(metric=metric, per=None, limit=Fraction(0), is_each=True)


def average_edge(rule: Threshold, average: Fraction) -> Edge:
    """Where a figure is above an average of the region."""
    return Edge(
        metric=rule.metric, per=None, limit=average, is_above=rule.at_average == "not_pass",
        is_printed=rule.judged_on == "printed",
    )  # fmt: skip


def _of_bands(
    bands: Iterable[Band], metric: str, per: str | None, *, is_printed: bool = False, is_counted: bool = False
) -> Iterator[Edge]:
    """The edges between bands, from the side on which the figure is worse."""
    is_lower_better = metric in METRICS and METRICS[metric].better == LOWER
    for band in bands:
        if (limit := band.until if is_lower_better else band.since) is not None:
            yield Edge(
                metric=metric,
                per=per,
                limit=limit,
                is_at_most=is_lower_better,
                is_above=band.is_above and not is_lower_better,
                is_below=is_lower_better and not band.is_upto,
                is_counted=is_counted,
                is_printed=is_printed,
            )


def _of_task(
    key: str, newcomer_task: tuple[Fraction, ...], share: Fraction, figures: Figures, whose: Whose
) -> Edge | None:
    task = figures.task(key, whose.post, whose.period, newcomer_task, whose.level, whose.subject_id)
    return Edge(metric=key, per=None, limit=share * task.due) if task and task.due else None


def _of_scale(rule: Scaled, figures: Figures, whose: Whose) -> Iterator[Edge]:
    """The edges of a gate or ladder, or where a scale in proportion is full."""
    if rule.task:
        shares = [band.since for band in rule.bands if band.since is not None] or [rule.cap]
        for share in shares:
            if edge := _of_task(rule.task, rule.newcomer_task, share, figures, whose):
                yield edge
    elif rule.metric and rule.bands:
        yield from _of_bands(rule.bands, rule.metric, None, is_counted=rule.is_counted)
    elif rule.metric:
        limit = (rule.full or Fraction(1)) * rule.cap
        yield Edge(metric=rule.metric, per=None, limit=limit, is_counted=rule.is_counted)


def _of_card(scorecard: Scorecard | None) -> Iterator[AnyEdge]:
    """A card's gates and grades, and each unit of what its lines count."""
    if scorecard is None:
        return
    card = scorecard.card
    for gate in card.gates:
        yield Edge(metric=gate.metric, per=None, limit=gate.limit, is_at_most=gate.is_at_most)
    for grade in card.grades:
        yield ScoreEdge(card=card, grade=grade.name, limit=grade.since_score)
    for line in card.lines:
        yield each_of(line.metric)


def count_to(edge: AnyEdge, deed: Deed, now: Supposed, *, within: int, is_back: bool = False) -> int | None:
    """How many deeds it takes to reach an edge, or how many fewer to be no longer beyond it.

    None where it is reached (or not reached) already, where not so many do, and where the deeds are more than there are
    rows to do them on.
    """
    whose = now.whose
    if not edge.is_each and edge.is_reached(now) is not is_back:
        return None
    for count in range(1, within + 1):
        then = Supposed(now.known, whose, deed, -count if is_back else count, now.scoring)
        if not then.is_possible(edge.keys):
            return None
        reached = edge.is_reached(then)
        if edge.is_each or reached is (not is_back):
            return count
    return None

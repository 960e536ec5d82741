"""What moves somebody up: for each rule near an edge, the smallest number of deeds that reaches its next band or limit.

A deed is one more of something that can still be done before the month's end. It moves every figure that counts it,
each in its own way: one more visit adds to the visits per lead above the line only, one more call that is answered adds
above and below, one more visit lowers the deals per visit. How many it takes is worked out on exact numbers; what they
are worth is the rule computed again with the figures they lead to, less the rule as it stands.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from math import ceil, floor
from typing import Any

from data_contracts.contract import Text
from metrics.catalogue import METRICS
from metrics.counts import Rate
from metrics.credit import Facts
from metrics.kinds import COUNT
from metrics.period import Period
from scorecards.figures import Figure, Figures
from scorecards.money import printed_plain
from scorecards.plan import Plan
from scorecards.posts import Roster
from scorecards.rules import figure_lines
from scorecards.shapes import AnyRule, Bands, FigureRule, PerIndicator, PerUnit, Shortfall

NEAR = 10
"""An edge is near when at most so many deeds reach it."""

Adds = Mapping[str, tuple[int, int]]
"""Metric → what one deed adds to its numerator and to its denominator."""


@dataclass(frozen=True, kw_only=True)
class Deed:
    """One more of something, what it is called after a number, and what it adds to the figures that count it."""

    words: Text
    adds: Adds


DEEDS = (
    Deed(
        words=Text("组到店", "more visits"),
        adds={
            "visit_groups": (1, 0), "invited_visits": (1, 0), "month_visit_rate": (1, 0), "stock_visit_rate": (1, 0),
            "store_close_rate": (0, 1),
        },
    ),
    Deed(
        words=Text("台成交", "more deals"),
        adds={"deals": (1, 0), "store_close_rate": (1, 0), "lead_close_rate": (1, 0)},
    ),
    Deed(words=Text("台交车", "more cars delivered"), adds={"cars_delivered": (1, 0)}),
    Deed(words=Text("次邀约到店", "more invitations that bring a visit"), adds={"invite_to_store_rate": (1, 0)}),
    Deed(
        words=Text("条线索到店", "more leads that visit"),
        adds={"lead_visit_rate": (1, 0), "valid_lead_visit_rate": (1, 0)},
    ),
    Deed(words=Text("次预约到店", "more appointments kept"), adds={"appointment_show_rate": (1, 0)}),
    Deed(words=Text("张新建档卡", "more cards opened"), adds={"cards_opened": (1, 0), "defeat_rate": (0, 1)}),
    Deed(words=Text("个接起的来电", "more calls answered"), adds={"hotline_answer_rate": (1, 1)}),
    Deed(
        words=Text("条及时响应的线索", "more leads answered in time"),
        adds={"lead_response_punctuality_business": (1, 1)},
    ),
    Deed(words=Text("次及时跟进", "more follow-ups in time"), adds={"follow_up_punctuality": (1, 1)}),
    Deed(words=Text("台续保", "more renewals"), adds={"renewal_rate": (1, 0)}),
    Deed(words=Text("台续保报价", "more renewals quoted"), adds={"renewals_quoted_rate": (1, 0)}),
    Deed(
        words=Text("件及时处理的抱怨", "more complaints resolved in time"),
        adds={"complaint_resolution_punctuality_elapsed": (1, 1)},
    ),
    Deed(
        words=Text("件及时响应的抱怨", "more complaints answered in time"),
        adds={"complaint_first_response_punctuality_elapsed": (1, 1)},
    ),
    Deed(
        words=Text("件按期复访的抱怨", "more complaints recontacted in time"),
        adds={"complaint_recontact_3d_rate": (1, 1)},
    ),
    Deed(words=Text("份满分问卷", "more questionnaires of 100 points"), adds={"css_score": (100_00, 100)}),
)  # fmt: skip
"""What can still be done in a month. A figure that no deed names can't be moved: a median, what others state."""


@dataclass(frozen=True, kw_only=True)
class Edge:
    """A figure, or one per unit of another, and the limit at which the rule judges otherwise; the limit itself lies
    beyond it unless ``is_above``."""

    metric: str
    per: str | None
    limit: Fraction
    is_at_most: bool = False
    is_above: bool = False

    @property
    def reach(self) -> Text:
        """What the figure does there."""
        if self.is_at_most:
            return Text("降到", "falls to")
        return Text("超过", "exceeds") if self.is_above else Text("达到", "reaches")


@dataclass(frozen=True, kw_only=True)
class Move:
    """So many deeds, the edge they reach, and what that is worth.

    ``gain_fen`` is what the rule pays then, less what it pays now; ``others_fen`` the same of the other rules on
    figures, which the deeds move as well.
    """

    person_id: str
    plan: str
    rule: str
    name: Text
    count: int
    deed: Deed = field(repr=False)
    edge: Edge
    figure: Text
    limit: str
    gain_fen: int
    others_fen: int

    @property
    def text(self) -> Text:
        """As a sentence: 再有 3 组到店，到店率达到 15%，+¥510."""
        reach = self.edge.reach
        more = Text("", "")
        if self.others_fen:
            amount = signed(self.others_fen)
            more = Text(f"（其他规则另 {amount}）", f" (other rules: {amount})")
        return Text(
            f"再有 {self.count} {self.deed.words.zh}，{self.figure.zh}{reach.zh} {self.limit}，"
            f"{signed(self.gain_fen)}{more.zh}",
            f"{self.count} {self.deed.words.en}: {self.figure.en} {reach.en} {self.limit}, "
            f"{signed(self.gain_fen)}{more.en}",
        )

    def as_json(self, lang: str) -> dict[str, Any]:
        return {
            "person_id": self.person_id,
            "plan": self.plan,
            "rule": self.rule,
            "count": self.count,
            "gain_fen": self.gain_fen,
            "others_fen": self.others_fen,
            "text": self.text.en if lang == "en" else self.text.zh,
        }


def signed(amount_fen: int) -> str:
    """An amount as it moves somebody up or down: +¥510, −¥12.5."""
    return f"{'−' if amount_fen < 0 else '+'}¥{printed_plain(Fraction(abs(amount_fen), 100))}"


class Supposed(Figures):
    """The figures known, with so many deeds more (or fewer) of one person in the pay month; none is measured again."""

    def __init__(self, known: Figures, person_id: str, deed: Deed, count: int) -> None:
        self.__dict__.update(known.__dict__)
        self.findings = []
        self.person_id, self.deed, self.count = person_id, deed, count

    def of(self, key: str, person_id: str, period: Period, *level: Any) -> Figure | None:
        figure = super().of(key, person_id, period, *level)
        if person_id != self.person_id or key not in self.deed.adds or period.label != self.pay_month.label:
            return figure
        above, below = (self.count * part for part in self.deed.adds[key])
        if figure is None and key in METRICS and METRICS[key].unit != COUNT:
            return None
        figure = figure or self.none_of(key, period)
        rows = self.count if key in METRICS and (below or METRICS[key].unit == COUNT) else 0
        return replace(
            figure,
            numerator=figure.numerator + above,
            denominator=figure.denominator + below,
            sample=None if figure.sample is None else figure.sample + rows,
        )


def moves(
    plans: Sequence[Plan], facts: Facts, pay_month: Period, person_id: str, *, as_of: date, within: int = NEAR
) -> list[Move]:
    """The moves of a person in a pay month that is not over by ``as_of``, the fewest deeds first."""
    if as_of >= pay_month.last:
        return []
    roster = Roster(facts["people"].collect())
    found = []
    for plan in plans:
        figures = Figures(facts, roster, pay_month, as_of=as_of, stated=plan.stated)
        for rule in figure_rules(plan, pay_month):
            found += [
                move for move in _of_rule(plan, rule, figures, person_id, within, is_back=False) if move.gain_fen > 0
            ]
    return sorted(found, key=lambda move: (move.count, -move.gain_fen, move.plan, move.rule))


def figure_rules(plan: Plan, pay_month: Period) -> list[FigureRule]:
    """The plan's rules on people's own figures that judge the month itself."""
    return [
        rule
        for rule in plan.rules_on(pay_month.label)
        if isinstance(rule, FigureRule) and rule.measured_on == "person" and rule.basis != "settled_lag"
    ]


def would_differ(
    plans: Sequence[Plan], facts: Facts, pay_month: Period, line: Mapping[str, Any], *, as_of: date, within: int = NEAR
) -> list[Text]:
    """What would have changed a line (a row of PayLines): so many deeds more or fewer, and by how much."""
    said = []
    for plan in plans:
        if plan.key != line["plan"]:
            continue
        figures = Figures(facts, Roster(facts["people"].collect()), pay_month, as_of=as_of, stated=plan.stated)
        for rule in figure_rules(plan, pay_month):
            if rule.key == line["rule"]:
                for is_back in (False, True):
                    said += [
                        _differently(move, is_back=is_back)
                        for move in _of_rule(plan, rule, figures, line["person_id"], within, is_back=is_back)
                        if move.gain_fen and (line["metric"] == move.edge.metric or not isinstance(rule, PerIndicator))
                    ]
    return said


def _differently(move: Move, *, is_back: bool) -> Text:
    amount, reach = signed(move.gain_fen), move.edge.reach
    if is_back:
        kept = Text("不再", "no longer")
        return Text(
            f"若少 {move.count} {move.deed.words.zh}，{move.figure.zh}{kept.zh}{reach.zh} {move.limit}，{amount}",
            f"{move.count} fewer ({move.deed.words.en.removeprefix('more ')}): "
            f"{move.figure.en} {kept.en} {reach.en} {move.limit}, {amount}",
        )
    return Text(
        f"若多 {move.count} {move.deed.words.zh}，{move.figure.zh}{reach.zh} {move.limit}，{amount}",
        f"{move.count} {move.deed.words.en}: {move.figure.en} {reach.en} {move.limit}, {amount}",
    )


def _of_rule(
    plan: Plan, rule: FigureRule, figures: Figures, person_id: str, within: int, *, is_back: bool
) -> Iterator[Move]:
    """Of each figure the rule judges the nearest edge ahead (or the one just passed), by the deed that is least."""
    nearest: dict[tuple[str, str | None], Move] = {}
    now = amount_of(plan, rule, figures, person_id)
    for edge in edges_of(rule, figures, person_id):
        for deed in _deeds(edge, figures):
            count = count_to(edge, deed, figures, person_id, is_back=is_back)
            place = (edge.metric, edge.per)
            if count is None or count > within or (place in nearest and nearest[place].count <= count):
                continue
            count, then = _fewest(plan, rule, figures, person_id, deed, -count if is_back else count)
            nearest[place] = Move(
                person_id=person_id,
                plan=plan.key,
                rule=rule.key,
                name=rule.name,
                count=count,
                deed=deed,
                edge=edge,
                figure=_named(edge, figures),
                limit=_limit(edge),
                gain_fen=amount_of(plan, rule, then, person_id) - now,
                others_fen=sum(
                    amount_of(plan, other, then, person_id) - amount_of(plan, other, figures, person_id)
                    for other in figure_rules(plan, figures.pay_month)
                    if other != rule
                ),
            )
    yield from nearest.values()


def _fewest(
    plan: Plan, rule: FigureRule, figures: Figures, person_id: str, deed: Deed, count: int
) -> tuple[int, Supposed]:
    """The fewest deeds (of a negative count: fewer) that come to the same, and the figures then: a rule that judges the
    printed figure is reached before the exact one is."""
    then, step = Supposed(figures, person_id, deed, count), 1 if count > 0 else -1
    while isinstance(rule, Bands) and count != step:
        before = Supposed(figures, person_id, deed, count - step)
        if amount_of(plan, rule, before, person_id) != amount_of(plan, rule, then, person_id):
            break
        count, then = count - step, before
    return abs(count), then


def amount_of(plan: Plan, rule: FigureRule, figures: Figures, person_id: str) -> int:
    """What a rule pays somebody in fen, before the guards."""
    return sum(
        line["requested_fen"] - line["waived_fen"]
        for line in figure_lines(plan, rule, figures).lines
        if line["person_id"] == person_id
    )


def edges_of(rule: AnyRule, figures: Figures, person_id: str) -> list[Edge]:
    """The limits at which a rule judges otherwise."""
    match rule:
        case (
            Bands(metric=metric, per=per, bands=bands) | PerUnit(band_metric=str() as metric, band_per=per, bands=bands)
        ):
            return [
                Edge(metric=metric, per=per, limit=band.since, is_above=band.is_above)
                for band in bands
                if band.since is not None
            ]
        case PerIndicator(indicators=indicators):
            return [Edge(metric=one.metric, per=None, limit=one.limit, is_at_most=one.is_at_most) for one in indicators]
        case Shortfall():
            month = figures.pay_month
            post = figures.roster.latest(person_id, month.first, month.last, rule.roles)
            task = figures.task(rule.task, post, month, rule.newcomer_task) if post else None
            return [Edge(metric=rule.task, per=None, limit=rule.below * task.due)] if task and task.due else []
    return []


def count_to(edge: Edge, deed: Deed, figures: Figures, person_id: str, *, is_back: bool = False) -> int | None:
    """How many deeds it takes to reach an edge, or how many fewer to be no longer beyond it.

    None where it is reached (or not reached) already, where no number of them does, and where the deeds are more than
    there are rows to do them on.
    """
    month = figures.pay_month
    figure = figures.of(edge.metric, person_id, month)
    below = figures.of(edge.per, person_id, month) if edge.per else None
    if edge.per and (below is None or below.value == 0):
        return None
    if figure is None and (edge.metric in METRICS and METRICS[edge.metric].unit != COUNT):
        return None
    figure = figure or figures.none_of(edge.metric, month)
    part, whole = Fraction(figure.numerator), Fraction(figure.denominator)
    adds, to_whole = deed.adds.get(edge.metric, (0, 0))
    if below is not None:
        # As a figure per unit of another: both are counts, and each moves on its own.
        part, whole = figure.value, below.value
        to_whole = deed.adds.get(edge.per or "", (0, 0))[0]
    sign = -1 if edge.is_at_most else 1
    missing = sign * (edge.limit * whole - part)
    each = sign * (adds - edge.limit * to_whole)
    if each <= 0:
        return None
    is_short = missing >= 0 if edge.is_above else missing > 0
    if is_short == is_back:
        return None
    # As many as reach the limit; one more where it must be passed.
    count = ceil(abs(missing) / each) if is_back == edge.is_above else floor(abs(missing) / each) + 1
    return count if _is_possible(edge, deed, figure, -count if is_back else count) else None


def _is_possible(edge: Edge, deed: Deed, figure: Figure, count: int) -> bool:
    above, below = (count * part for part in deed.adds.get(edge.metric, (0, 0)))
    if figure.numerator + above < 0 or figure.denominator + below <= 0:
        return False
    metric = METRICS.get(edge.metric)
    is_part = metric is not None and metric.unit != COUNT and not isinstance(metric, Rate) and edge.per is None
    return not is_part or edge.metric == "css_score" or figure.numerator + above <= figure.denominator + below


def _deeds(edge: Edge, figures: Figures) -> list[Deed]:
    """The deeds that move an edge's figure; of a stated count it is one more of it."""
    known = [deed for deed in DEEDS if edge.metric in deed.adds or (edge.per or "") in deed.adds]
    if edge.metric in METRICS or known:
        return known
    name = figures.name(edge.metric)
    return [Deed(words=Text(f"个{name.zh}", f"more ({name.en})"), adds={edge.metric: (1, 0)})]


def _named(edge: Edge, figures: Figures) -> Text:
    name = figures.name(edge.metric)
    if edge.per is None:
        return name
    per = figures.name(edge.per)
    return Text(f"{name.zh}÷{per.zh}", f"{name.en} ÷ {per.en}")


def _limit(edge: Edge) -> str:
    metric = METRICS.get(edge.metric)
    is_rate = edge.per is not None or (metric is not None and metric.unit == "percent")
    return f"{printed_plain(edge.limit * 100)}%" if is_rate else printed_plain(edge.limit)

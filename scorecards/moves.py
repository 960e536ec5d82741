"""What moves somebody up: for each rule the smallest number of deeds that reaches its next band, limit or grade by the
month's end, and what it is worth; where none of one's own can, how far it is in words and numbers, without money.

What a move is worth is the rule computed again with the figures it leads to, less the rule as it stands, before the
guards. What would have changed a line comes from the same edges and sums, forward and back.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from math import ceil, floor
from typing import Any

from data_contracts.contract import Text
from metrics.catalogue import METRICS
from metrics.credit import Facts
from metrics.period import Period
from scorecards.apart import apart, deeds_of, kept
from scorecards.cards import Scorecard, Scoring
from scorecards.dated import month_of
from scorecards.deeds import NO_DEED, Deed, Supposed, Whose, figures_of_cards
from scorecards.edges import AnyEdge, Edge, count_to, edges_of
from scorecards.figures import Figures, figure_text
from scorecards.later import after, read_by, settles_after
from scorecards.money import printed_plain, rounded, yuan
from scorecards.over import Cap, Floor
from scorecards.plan import Plan
from scorecards.posts import Roster
from scorecards.rule import Measured
from scorecards.rules import lines_of
from scorecards.shapes import AnyRule, Coefficient, Missed, PerCase, PerIndicator, Pool, Ranked, Threshold
from scorecards.sharing import cases, subject_of

NEAR, FAR = 10, 200
"""An edge is near when at most so many deeds reach it; what would have changed a line may lie further away."""


@dataclass(frozen=True, kw_only=True)
class Move:
    """So many deeds, the edges they reach, and what that is worth; or only how far away it is: then there are no deeds
    and no money.

    ``gain_fen`` is what the rule pays then, less what it pays now; ``others_fen`` the same of the other rules on
    figures, which the deeds move as well."""

    person_id: str
    plan: str
    rule: str
    name: Text
    text: Text
    count: int | None = None
    gain_fen: int | None = None
    others_fen: int = 0
    whose: Whose = field(repr=False)
    deed: Deed = field(default=NO_DEED, repr=False)
    edges: tuple[AnyEdge, ...] = ()

    def as_json(self, lang: str) -> dict[str, Any]:
        return {
            "person_id": self.person_id,
            "plan": self.plan,
            "rule": self.rule,
            "count": self.count,
            "gain_fen": self.gain_fen,
            "others_fen": self.others_fen,
            "text": self.text.said(lang),
        }


def signed(amount_fen: int) -> str:
    """An amount as it moves somebody up or down: +¥510, −¥12.5."""
    return f"{'−' if amount_fen < 0 else '+'}¥{printed_plain(Fraction(abs(amount_fen), 100))}"


def moves(
    plans: Sequence[Plan], facts: Facts, pay_month: Period, person_id: str, *, as_of: date, within: int = NEAR
) -> list[Move]:
    """The moves of a person in a pay month that is not over by ``as_of``, the fewest deeds first, then distances."""
    if as_of >= pay_month.last:
        return []
    month = _Month(plans, facts, pay_month, person_id, as_of)
    found = [
        move
        for plan, rule in month.rules
        for whose in month.judged(plan, rule, pay_month)
        for move in _ahead(month, plan, rule, whose, within)
    ]
    return sorted(
        found, key=lambda it: (it.count is None, it.count or 0, -(it.gain_fen or 0), it.plan, it.rule, it.text)
    )


def would_differ(
    plans: Sequence[Plan], facts: Facts, pay_month: Period, line: Mapping[str, Any], *, as_of: date, within: int = FAR
) -> list[Text]:
    """What would have changed a line (a row of PayLines): so many deeds more or fewer, and by how much; the other
    ruling; another average; or how far away it was. Nothing for lines of no rule, and for corrections."""
    plan, rule = _rule_of(plans, line)
    if plan is None or rule is None or line["corrects_period"] is not None:
        return []
    if isinstance(rule, PerCase | Cap | Floor):
        return [_of_sum(rule, line)]
    period = Period.parse(line["metric_period"], pay_month.month_starts_on) if line["metric_period"] else pay_month
    judged_in = period if period.grain == "month" and not isinstance(rule, Threshold) else pay_month
    month = _Month(plans, facts, judged_in, line["person_id"], as_of)
    said: list[Text] = []
    for whose in month.judged(plan, rule, period):
        now = month.supposed(plan, whose)
        ways = [way for is_back in (False, True) for way in _nearest(month, plan, rule, whose, within, is_back=is_back)]
        metric = line["metric"] if isinstance(rule, PerIndicator) else None
        said += (
            [_otherwise(passed, now) for passed in _together(ways) if _is_about(rule, line, passed)]
            or apart(rule, now, metric)
            or kept(rule, now, metric)
        )
    if isinstance(rule, Threshold):
        said.append(_of_average(rule, line))
    return list(dict.fromkeys(said))


def amount_of(plan: Plan, rule: AnyRule, figures: Figures, person_id: str) -> int:
    """What a rule pays somebody in fen, before the guards."""
    return sum(
        line["requested_fen"] - line["waived_fen"]
        for line in lines_of(plan, rule, figures).lines
        if line["person_id"] == person_id
    )


class _Month:
    """The rules that speak of a person in a month and the figures they read, measured once for all of them."""

    def __init__(self, plans: Sequence[Plan], facts: Facts, month: Period, person_id: str, as_of: date) -> None:
        self.plans, self.month, self.person_id = plans, month, person_id
        people = facts["people"].collect()
        roster = Roster(people)
        self._alone = Roster(people.filter(person_id=person_id))
        roles = {post.role for post in roster.of(person_id) if post.overlaps(month.first, month.last)}
        self.rules = [(plan, rule) for plan in plans for rule in plan.rules_on(month.label) if roles & _speaks_of(rule)]
        self.scoring = Scoring(plans, facts, month, "person")
        first = (
            Figures(facts, roster, month, as_of=as_of, plan=plans[0], plans=plans, score=self._cards) if plans else None
        )
        self._figures = {plan.key: first.as_read_by(plan) for plan in plans if first}
        self._now: dict[tuple[str, str, Period], int] = {}

    def _cards(self, figures: Figures) -> Sequence[Scorecard]:
        return self.scoring.cards(figures_of_cards(figures, self.scoring, figures.roster.people()))

    def supposed(self, plan: Plan, whose: Whose, deed: Deed = NO_DEED, count: int = 0) -> Supposed:
        return Supposed(self._figures[plan.key], whose, deed, count, self.scoring)

    def judged(self, plan: Plan, rule: AnyRule, period: Period) -> Iterator[Whose]:
        """Whose figures the rule judges for the person in a period."""
        roster = self._figures[plan.key].roster
        if isinstance(rule, PerCase | Cap | Floor):
            return
        department = rule.department if isinstance(rule, Threshold) else None
        if isinstance(rule, Measured) and rule.paid_to != "self":
            for case in cases(rule, self._figures[plan.key], period, department=department):
                if any(share.post.person_id == self.person_id for share in case.shares):
                    yield Whose(
                        person_id=self.person_id, level=case.level, subject_id=case.subject_id, post=case.post,
                        period=period,
                    )  # fmt: skip
        elif post := roster.latest(self.person_id, period.first, period.last, rule.roles):
            level = rule.measured_on if isinstance(rule, Measured) else "person"
            subject_id = subject_of(level, post, department)
            yield Whose(person_id=self.person_id, level=level, subject_id=subject_id, post=post, period=period)

    def gain(self, plan: Plan, rule: AnyRule, whose: Whose, deed: Deed, count: int) -> int:
        """What the rule pays more (or less) with so many deeds."""
        if not deed.adds.keys() & set(read_by(rule, plan, self.plans, self.month)):
            return 0
        key = (plan.key, rule.key, whose.period)
        if key not in self._now:
            self._now[key] = self._amount(plan, rule, self.supposed(plan, whose))
        return self._amount(plan, rule, self.supposed(plan, whose, deed, count)) - self._now[key]

    def others(self, plan: Plan, rule: AnyRule, whose: Whose, deed: Deed, count: int) -> int:
        """What the other rules pay more then. What depends on what others do is not among them."""
        if whose.period != self.month:
            return 0
        return sum(
            self.gain(its_plan, other, whose, deed, count)
            for its_plan, other in self.rules
            if (its_plan.key, other.key) != (plan.key, rule.key) and not _depends_on_others(other)
        )

    def paid_in(self, plan: Plan, rule: AnyRule) -> str | None:
        """The pay month of what is earned now, where it is not this one."""
        paid = self.month
        if rule.basis == "settled_lag" and not isinstance(rule, Threshold):
            settled = self.month.last + timedelta(days=settles_after(rule, plan, self.plans, self.month))
            paid = Period.containing(settled, "month", self.month.month_starts_on)
        paid = after(paid, rule.lag_months)
        return None if paid == self.month else paid.label

    def _amount(self, plan: Plan, rule: AnyRule, figures: Supposed) -> int:
        bearing = [it for it in plan.rules_on(self.month.label) if it.key in getattr(rule, "over", ())]
        if not any(
            isinstance(it, Ranked) or (isinstance(it, Measured) and it.paid_to != "self") for it in [rule, *bearing]
        ):
            figures.roster = self._alone
        return amount_of(plan, rule, figures, self.person_id)


def _speaks_of(rule: AnyRule) -> set[str]:
    return {*rule.roles, *(rule.leader_roles if isinstance(rule, Measured) else ())}


def _depends_on_others(rule: AnyRule) -> bool:
    return isinstance(rule, Ranked | Pool)


def _ahead(month: _Month, plan: Plan, rule: AnyRule, whose: Whose, within: int) -> list[Move]:
    """The nearest edges ahead that pay more; where no deed leads to any, how far it is."""
    if isinstance(rule, Missed):
        return []  # what was missed stays so
    found = [way for way in _nearest(month, plan, rule, whose, within, is_up=True) if not way.edge.is_each]
    return [_move(month, plan, rule, whose, ways) for ways in _together(found)] or [
        Move(person_id=whose.person_id, plan=plan.key, rule=rule.key, name=rule.name, whose=whose, text=text)
        for text in apart(rule, month.supposed(plan, whose))
    ]


@dataclass(frozen=True, kw_only=True)
class _Way:
    """So many deeds more (with ``is_back`` fewer), the edge they pass, and what the rule pays more then."""

    count: int
    deed: Deed
    edge: AnyEdge
    gain_fen: int
    is_back: bool


def _nearest(
    month: _Month,
    plan: Plan,
    rule: AnyRule,
    whose: Whose,
    within: int,
    *,
    is_back: bool = False,
    is_up: bool = False,
) -> Iterator[_Way]:
    """Of each figure the rule judges the nearest edge ahead (or the one just passed) that changes what it pays, or with
    ``is_up`` pays more, by the deed that is least."""
    now = month.supposed(plan, whose)
    ways: dict[tuple[str, ...], list[tuple[int, AnyEdge, Deed]]] = {}
    for edge in edges_of(rule, now, whose):
        for deed in deeds_of(rule, edge, now):
            count = count_to(edge, deed, now, within=within, is_back=is_back)
            if count is not None:
                place = (*edge.keys, str(edge.is_each)) if isinstance(edge, Edge) else ("score",)
                ways.setdefault(place, []).append((count, edge, deed))
    for of_place in ways.values():
        for count, edge, deed in sorted(of_place, key=lambda way: way[0]):
            gain = month.gain(plan, rule, whose, deed, -count if is_back else count)
            if gain > 0 or (gain and not is_up):
                yield _Way(count=count, deed=deed, edge=edge, gain_fen=gain, is_back=is_back)
                break


def _together(found: Iterable[_Way]) -> list[list[_Way]]:
    """The ways by so many of the same deed, each with those that fewer of it pass: the gain is that of them all."""
    ways = sorted(found, key=lambda way: (way.is_back, way.count))
    last = {(way.deed.words, way.is_back, way.count): way for way in ways}
    return [
        [it for it in ways if (it.deed.words, it.is_back) == key[:2] and it.count <= way.count]
        for key, way in last.items()
    ]


def _passed(ways: Sequence[_Way], now: Supposed) -> Text:
    """The edges that are passed, each once: 线索成交率达到 4%、到店成交率达到 35%."""
    said = [way.edge.said(now, is_back=way.is_back) for way in ways if not way.edge.is_each]
    return Text("、".join(dict.fromkeys(it.zh for it in said)), " and ".join(dict.fromkeys(it.en for it in said)))


def _move(month: _Month, plan: Plan, rule: AnyRule, whose: Whose, ways: Sequence[_Way]) -> Move:
    way = ways[-1]
    count, deed, gain = way.count, way.deed, way.gain_fen
    others, said = month.others(plan, rule, whose, deed, count), _passed(ways, month.supposed(plan, whose))
    counted = deed.counted(count)
    more = Text("", "")
    if others:
        more = Text(f"（其他规则另 {signed(others)}）", f" (other rules: {signed(others)})")
    if label := month.paid_in(plan, rule):
        more = Text(f"{more.zh}（{label} 发放）", f"{more.en} (paid in {label})")
    return Move(
        person_id=whose.person_id,
        plan=plan.key,
        rule=rule.key,
        name=rule.name,
        text=Text(
            f"{whose.words.zh}再有 {counted.zh}，{said.zh}，{signed(gain)}{more.zh}",
            f"{whose.words.en}{counted.en}: {said.en}, {signed(gain)}{more.en}",
        ),
        count=count,
        gain_fen=gain,
        others_fen=others,
        whose=whose,
        deed=deed,
        edges=tuple(it.edge for it in ways),
    )


# --- what would have changed a line ---


def _rule_of(plans: Sequence[Plan], line: Mapping[str, Any]) -> tuple[Plan | None, AnyRule | None]:
    """The version of the rule that a line names."""
    for plan in plans:
        for dated in plan.rules:
            for version in dated.versions:
                rule = version.value
                if (plan.key, rule.key, month_of(rule.since)) == (line["plan"], line["rule"], line["rule_since"]):
                    return plan, rule
    return None, None


def _is_about(rule: AnyRule, line: Mapping[str, Any], ways: Sequence[_Way]) -> bool:
    """Whether what so many deeds pass is of this line: a rule by indicators has a line for each."""
    way = ways[-1]
    if isinstance(rule, PerIndicator):
        edges = [it.edge for it in ways if it.count == way.count]
        return line["metric"] is None or any(isinstance(it, Edge) and it.metric == line["metric"] for it in edges)
    is_said_forward = isinstance(rule, Missed) or (
        isinstance(rule, Coefficient) and all(it.edge.is_each for it in ways)
    )
    return not (way.is_back and is_said_forward)


def _of_sum(rule: PerCase | Cap | Floor, line: Mapping[str, Any]) -> Text:
    """What would have changed a line that rests on a ruling, or on what other rules pay together."""
    amount = signed(-line["requested_fen"])
    if isinstance(rule, PerCase):
        return Text(f"若判定无责，不扣减，{amount}", f"ruled not at fault, nothing would be taken: {amount}")
    others, limit = "、".join(rule.over), yuan(rule.amount_fen)
    if isinstance(rule, Cap):
        return Text(
            f"若 {others} 合计不超过封顶 {limit} 元，不扣回", f"{others} within the cap of {limit} yuan: nothing taken"
        )
    return Text(f"若 {others} 合计达到保底 {limit} 元，不补", f"{others} at the floor of {limit} yuan: nothing added")


def _of_average(rule: Threshold, line: Mapping[str, Any]) -> Text:
    """The lowest average, in hundredths as they are published, at which nothing would be paid."""
    metric, exact = METRICS[rule.metric], Fraction(line["numerator"], line["denominator"])
    judged = 100 * (rounded(exact, metric.decimals) if rule.judged_on == "printed" else exact)
    least = ceil(judged) if rule.at_average == "not_pass" else floor(judged) + 1
    shown = figure_text(metric, Fraction(least, 100))
    return Text(
        f"若区域平均分达到 {shown.zh}，不发放", f"were the regional average {shown.en} or more, nothing would be paid"
    )


def _otherwise(ways: Sequence[_Way], now: Supposed) -> Text:
    """若多 8 组到店，到店率达到 15%，+¥510."""
    way, lead, passed = ways[-1], now.whose.words, _passed(ways, now)
    counted, amount = way.deed.counted(way.count, is_back=way.is_back), signed(way.gain_fen)
    if passed.zh:
        passed = Text(f"{passed.zh}，", f"{passed.en}, ")
    more = "少" if way.is_back else "多"
    return Text(f"若{lead.zh}{more} {counted.zh}，{passed.zh}{amount}", f"{lead.en}{counted.en}: {passed.en}{amount}")

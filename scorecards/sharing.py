"""Whom a rule measures, whom it pays, and how the money of one case becomes lines that total it exactly.

A case is one figure held against the rule: of a person, or of a team, department or store. The rule's amount is
rounded once for the case; its parts go to the people it is paid to by largest remainder, so that they total the whole.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from data_contracts.contract import Text
from metrics.credit import Level
from metrics.period import Period
from scorecards.figures import Figure, Figures
from scorecards.lines import Found, judged, pay_line
from scorecards.money import Fen, printed_plain, round_fen, split, yuan
from scorecards.plan import Plan
from scorecards.posts import Post, Roster
from scorecards.rule import Measured, Prorated

NOTHING = Text("", "")


@dataclass(frozen=True, kw_only=True)
class Share:
    """A part of a case's money: to whom and in which post, with what weight, and the words for it."""

    post: Post
    weight: Fraction
    words: Text


@dataclass(frozen=True, kw_only=True)
class Case:
    """One subject of a rule in a period. ``post`` stands for it where a store, region or target is looked up.

    ``due`` is the part of a month's amount that is due (days in office), in words where it is not the whole.
    """

    level: Level
    subject_id: str
    post: Post
    shares: Sequence[Share]
    due: Fraction = Fraction(1)
    due_words: Text = NOTHING

    @property
    def is_own(self) -> bool:
        return self.level == "person"

    def named(self, text: Text) -> Text:
        """The sentence with the subject before it, where it is not the person."""
        return text if self.is_own else Text(f"{self.subject_id} {text.zh}", f"{self.subject_id} {text.en}")


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a rule found in a case: the sentence, and the signed amount where money moves.

    ``arithmetic`` ends without the amount; ``is_monthly`` amounts are due for the days in office.
    """

    outcome: str
    why: Text
    exact_fen: Fraction | None = None
    kind: str = "bonus"
    is_monthly: bool = True
    max_fen: int | None = None
    keys: Sequence[str] = ()
    evidence: Iterable[Mapping[str, Any]] = ()
    columns: Mapping[str, Any] = field(default_factory=dict)


def cases(rule: Measured, figures: Figures, period: Period, *, department: str | None = None) -> list[Case]:
    """Everyone, or every team, department or store that the rule judges in a period, by subject."""
    roster = figures.roster
    if rule.paid_to == "self":
        return [
            _of_one(rule, roster, period, post, department)
            for post in roster.holders(period.first, period.last, rule.roles)
        ]
    return _together(rule, figures, period, department)


def subject_of(level: Level, post: Post, department: str | None = None) -> str:
    """The subject a post belongs to at a level."""
    return {
        "person": post.person_id,
        "team": post.team_id,
        "department": f"{post.store_id}/{department or post.department}",
        "store": post.store_id,
    }[level]


def settle(plan: Plan, rule: Measured, figures: Figures, period: Period, case: Case, it: Verdict, found: Found) -> None:
    """Add the lines and judgements of a case to what the rule has found."""
    if it.exact_fen is None:
        for share in case.shares:
            found.judgements.append(judged(rule, share.post, period, it.outcome, case.named(it.why)))
        return
    exact = it.exact_fen * case.due if it.is_monthly else it.exact_fen
    whole = round_fen(exact)
    parts = _parted(whole, case.shares)
    if parts is None:
        why = Text(f"{it.why.zh}；无人有份额，不发放", f"{it.why.en}; nobody has a share in it, nothing is paid")
        for share in case.shares:
            found.judgements.append(judged(rule, share.post, period, "no_figure", case.named(why)))
        return
    why = it.why
    if it.is_monthly and case.due != 1:
        why = Text(
            f"{why.zh}；{case.due_words.zh} = {yuan(whole)} 元", f"{why.en}; {case.due_words.en} = {yuan(whole)} yuan"
        )
    excess = Fen(it.max_fen - abs(whole)) if it.max_fen is not None and abs(whole) > it.max_fen else Fen(0)
    taken = _parted(Fen(excess if whole > 0 else -excess), case.shares) or parts
    for share, part, less in zip(case.shares, parts, taken, strict=True):
        if part:
            _part(plan, rule, figures, period, case, it, share, part, why, found)
        else:
            nothing = Text(f"{why.zh}；份额为 0", f"{why.en}; a share of 0")
            found.judgements.append(judged(rule, share.post, period, "not_reached", case.named(nothing)))
        if excess and less and it.max_fen is not None:
            cap = Text(
                f"封顶：{yuan(abs(whole))} 元 > {yuan(it.max_fen)} 元，本人 {yuan(less)} 元",
                f"capped: {yuan(abs(whole))} yuan > {yuan(it.max_fen)} yuan, here {yuan(less)} yuan",
            )
            _line(plan, rule, figures, period, case, it, share, less, cap, ("cap",), found)


def _part(
    plan: Plan, rule: Measured, figures: Figures, period: Period, case: Case, it: Verdict, share: Share, part: int,
    why: Text, found: Found,
) -> None:  # fmt: skip
    sentence = case.named(why)
    if rule.paid_to != "self" or len(case.shares) > 1:
        sentence = Text(
            f"{sentence.zh}{share.words.zh and '；' + share.words.zh}：{yuan(part)} 元",
            f"{sentence.en}{share.words.en and '; ' + share.words.en}: {yuan(part)} yuan",
        )
    line = _line(plan, rule, figures, period, case, it, share, part, sentence, (), found)
    outcome = "waived" if line["waived_fen"] else it.outcome
    words = Text(line["arithmetic_zh"], line["arithmetic_en"])
    found.judgements.append(judged(rule, share.post, period, outcome, words, line["line_id"]))


def _line(
    plan: Plan, rule: Measured, figures: Figures, period: Period, case: Case, it: Verdict, share: Share, part: int,
    arithmetic: Text, more: tuple[str, ...], found: Found,
) -> dict[str, Any]:  # fmt: skip
    person_id = share.post.person_id
    is_waived = it.kind == "kpi_reduction" and figures.roster.is_protected(person_id, period.last)
    if is_waived:
        arithmetic = Text(
            f"{arithmetic.zh}；保护期内，免扣 {yuan(-part)} 元",
            f"{arithmetic.en}; protected as a newcomer: {yuan(-part)} yuan waived",
        )
    where: tuple[str, ...] = ()
    if rule.paid_to != "self" or rule.prorated != "whole":
        where = (case.subject_id, share.post.store_id)
    if rule.prorated == "share":
        where = (*where, *share.post.place)
    line = pay_line(
        plan,
        rule,
        figures.pay_month,
        person_id=person_id,
        store_id=share.post.store_id,
        kind=it.kind,
        source_keys=[*(it.keys or [period.label]), *where, *more],
        requested_fen=part,
        waived_fen=part if is_waived else 0,
        arithmetic=arithmetic,
        evidence=it.evidence,
        **it.columns,
    )
    found.lines.append(line)
    return line


def columns_of(figure: Figure, benchmark: Fraction | None = None, *others: Figure | None) -> dict[str, Any]:
    """The columns of a line that name its figure; settled only where all of them are."""
    return {
        "metric": figure.metric,
        "metric_period": figure.period,
        "value": figure.value,
        "numerator": figure.numerator,
        "denominator": figure.denominator,
        "sample": figure.sample,
        "benchmark": benchmark,
        "is_settled": figure.is_settled and all(other is None or other.is_settled for other in others),
    }


def too_small(rule: Measured, figure: Figure) -> Verdict | None:
    """No money moves below the rule's minimum sample, and the judgement says so; None at or above it."""
    if not rule.min_sample or (figure.sample is not None and figure.sample >= rule.min_sample):
        return None
    shown = Text("未知", "unknown") if figure.sample is None else Text(str(figure.sample), str(figure.sample))
    why = Text(
        f"{figure.name.zh}样本 {shown.zh} < {rule.min_sample}，样本不足，不计",
        f"{figure.name.en} sample {shown.en} < {rule.min_sample}, too small a sample, nothing moves",
    )
    return Verdict(outcome="small_sample", why=why)


def in_office(
    roster: Roster, person_id: str, period: Period, roles: Collection[str], prorated: Prorated
) -> tuple[list[Share], Fraction, Text]:
    """A person's posts with their weights, the part of the month that they are, and the words for it.

    The whole goes to the last post; else each part to the store of its post.
    """
    length = (period.last - period.first).days + 1
    spans = roster.spans(person_id, period.first, period.last, roles, by_share=prorated == "share")
    last = roster.latest(person_id, period.first, period.last, roles)
    if prorated == "whole" or not spans:
        return ([Share(post=last, weight=Fraction(1), words=NOTHING)] if last else []), Fraction(1), NOTHING
    by_place: dict[Any, Share] = {}
    for post, days in spans:
        place = post.store_id if prorated == "days" else post
        before = by_place[place].weight if place in by_place else Fraction(0)
        by_place[place] = Share(post=post, weight=before + days, words=NOTHING)
    total = sum((days for _, days in spans), Fraction(0))
    share = "×岗位占比" if prorated == "share" else ""
    share_en = " times share" if prorated == "share" else ""
    shares = [
        Share(
            post=one.post,
            weight=one.weight,
            words=Text(
                f"{one.post.store_id} {printed_plain(one.weight)}/{printed_plain(total)} 天{share}",
                f"{one.post.store_id} {printed_plain(one.weight)} of {printed_plain(total)} days{share_en}",
            ),
        )
        for one in by_place.values()
    ]
    words = Text(
        f"在岗{share} {printed_plain(total)}/{length} 天",
        f"{printed_plain(total)} of {length} days in office{share_en}",
    )
    return shares, min(total / length, Fraction(1)), words


def _of_one(rule: Measured, roster: Roster, period: Period, post: Post, department: str | None) -> Case:
    shares, due, words = in_office(roster, post.person_id, period, rule.roles, rule.prorated)
    return Case(
        level=rule.measured_on,
        subject_id=subject_of(rule.measured_on, post, department),
        post=post,
        shares=shares,
        due=due,
        due_words=words,
    )


def _together(rule: Measured, figures: Figures, period: Period, department: str | None) -> list[Case]:
    """One case a subject, paid to its leaders or shared among its members."""
    roster, leaders = figures.roster, set(rule.leader_roles)
    roles = set(rule.roles)
    if rule.paid_to == "members":
        roles = roles | leaders if rule.leader_counts else roles - leaders
    by_share = rule.prorated == "share" or rule.shared_by == "share"
    held: dict[str, dict[str, tuple[Post, Fraction]]] = {}
    for person_id in roster.people():
        if rule.paid_to == "members" and not rule.newcomers_count and roster.is_protected(person_id, period.last):
            continue
        for post, days in roster.spans(person_id, period.first, period.last, roles, by_share=by_share):
            members = held.setdefault(subject_of(rule.measured_on, post, department), {})
            before = members[person_id][1] if person_id in members else Fraction(0)
            members[person_id] = (post, before + days)
    length = (period.last - period.first).days + 1
    found = []
    for subject_id, members in sorted(held.items()):
        shares = [_member(rule, figures, period, post, days) for _, (post, days) in sorted(members.items())]
        covered = sum((days for _, days in members.values()), Fraction(0))
        is_part = rule.paid_to == "leader" and rule.prorated != "whole" and covered < length
        found.append(
            Case(
                level=rule.measured_on,
                subject_id=subject_id,
                post=max((post for post, _ in members.values()), key=lambda post: (post.last_day(), post.person_id)),
                shares=shares,
                due=covered / length if is_part else Fraction(1),
                due_words=Text(
                    f"负责人在岗 {printed_plain(covered)}/{length} 天",
                    f"a leader in office on {printed_plain(covered)} of {length} days",
                ),
            )
        )
    return found


def _member(rule: Measured, figures: Figures, period: Period, post: Post, days: Fraction) -> Share:
    """What a member has a share by, and the words for it."""
    shown = printed_plain(days)
    if rule.paid_to == "leader" or rule.shared_by in ("days", "share"):
        return Share(post=post, weight=days, words=Text(f"按在岗 {shown} 天分摊", f"by {shown} days in office"))
    if rule.shared_by == "equal":
        return Share(post=post, weight=Fraction(1), words=Text("平均分摊", "in equal parts"))
    if rule.shared_by == "score":
        score = figures.scores.get(post.person_id) or Fraction(0)
        words = Text(f"按得分 {printed_plain(score)} 分摊", f"by a score of {printed_plain(score)}")
        return Share(post=post, weight=score, words=words)
    figure = figures.of(rule.shared_by, post.person_id, period)
    own, name = figure.value if figure else Fraction(0), figures.name(rule.shared_by)
    words = Text(f"按{name.zh} {printed_plain(own)} 分摊", f"by {name.en} {printed_plain(own)}")
    return Share(post=post, weight=max(own, Fraction(0)), words=words)


def _parted(whole: Fen, shares: Sequence[Share]) -> list[Fen] | None:
    """The whole by weight; None where nobody has any."""
    weights = [share.weight for share in shares]
    return split(whole, weights) if any(weights) else None

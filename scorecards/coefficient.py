"""The shape *coefficient*: the performance base times the card's score, by days in office.

The base is the one in force on the person's first day in office in the pay month. A person who changed stores has a
line in each, in proportion to the days there; the parts add up to the one rounded amount. A line rests on the base, and
on the targets and rows behind the score.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

from data_contracts.contract import Text
from metrics.credit import Facts
from metrics.period import Period
from scorecards.cards import Scorecard, scorecards_of
from scorecards.figures import Figures
from scorecards.lines import Found, Judgement, distinct, evidence, pay_line
from scorecards.money import printed, printed_plain, round_fen, split, yuan
from scorecards.plan import Plan
from scorecards.shapes import Coefficient
from scorecards.sharing import in_office


def coefficient_lines(plan: Plan, rule: Coefficient, figures: Figures) -> Found:
    """The lines of one coefficient rule in a pay month, and a judgement for everyone who gets none."""
    found = Found.nothing()
    roster, pay_month = figures.roster, figures.pay_month
    cards = {card.subject_id: card for card in figures.scorecards if card.card.role in rule.roles}
    profiles = figures.facts["pay_profiles"].sort("person_id", "since").collect().to_dicts()
    for person_id in roster.people():
        shares, due, _ = in_office(roster, person_id, pay_month, rule.roles, rule.prorated)
        if not shares:
            continue
        first_day = max(pay_month.first, min(post.since for post in roster.of(person_id) if post.role in rule.roles))
        in_force = [row for row in profiles if row["person_id"] == person_id and row["since"] <= first_day]
        profile = in_force[-1] if in_force else None
        card = cards.get(person_id)
        last_store = shares[-1].post.store_id
        if card is None or card.score is None or profile is None or profile["performance_base_fen"] is None:
            outcome, why = _without(card, has_base=bool(profile and profile["performance_base_fen"] is not None))
            found.judgements.append(_judgement(rule, pay_month, person_id, last_store, outcome, why, None))
            continue
        base, length = profile["performance_base_fen"], (pay_month.last - pay_month.first).days + 1
        factor = min(max(card.score / 100, rule.floor), rule.cap)
        rests_on = distinct([evidence("pay_profiles", profile)], _behind(card, figures))
        amounts = split(round_fen(base * factor * due), [share.weight for share in shares])
        for share, amount in zip(shares, amounts, strict=True):
            store_id = share.post.store_id
            in_store = Fraction(length) if rule.prorated == "whole" else share.weight
            place = [share.post.team_id, share.post.role] if rule.prorated == "share" else []
            line = pay_line(
                plan,
                rule,
                pay_month,
                person_id=person_id,
                store_id=store_id,
                kind="coefficient",
                source_keys=[card.card.role, store_id, *place],
                requested_fen=amount,
                arithmetic=_arithmetic(card, base, factor, in_store, length, amount),
                evidence=rests_on,
                sample=None,
                value=factor,
                is_settled=card.is_settled,
            )
            found.lines.append(line)
            why = Text(line["arithmetic_zh"], line["arithmetic_en"])
            found.judgements.append(_judgement(rule, pay_month, person_id, store_id, "paid", why, line["line_id"]))
    return found


def card_behind(
    plans: Sequence[Plan], facts: Facts, pay_month: Period, line: Mapping[str, Any], *, as_of: date
) -> Scorecard | None:
    """The card whose score a line (a row of PayLines) pays by, on the facts and under the plans that it was computed
    from; None for a line that pays by no score."""
    earned = Period.parse(line["metric_period"] or pay_month.label, pay_month.month_starts_on)
    roles = {
        role
        for plan in plans
        for rule in plan.rules_on(earned.label)
        if isinstance(rule, Coefficient) and (plan.key, rule.key) == (line["plan"], line["rule"])
        for role in rule.roles
    }
    if not roles:
        return None
    cards = scorecards_of(plans, facts, earned, "person", as_of=as_of, subjects=[line["person_id"]])
    return next((card for card in cards if card.card.role in roles), None)


def _behind(card: Scorecard, figures: Figures) -> Iterator[Mapping[str, Any]]:
    """The targets and rows that the score was made of, and those that its gates were judged by."""
    scored = [line for line in card.lines if line.points is not None]
    for line in scored:
        if line.target is not None and line.target.row is not None:
            yield evidence("targets", line.target.row)
    for key in (*(line.line.metric for line in scored), *(gate.metric for gate in card.card.gates)):
        yield from figures.rows_of(key, card.subject_id, figures.pay_month)


def _judgement(
    rule: Coefficient, pay_month: Period, person_id: str, store_id: str, outcome: str, why: Text, line_id: str | None
) -> Judgement:
    return Judgement(
        person_id=person_id,
        store_id=store_id,
        rule=rule.key,
        metric_period=pay_month.label,
        outcome=outcome,
        why=why,
        line_id=line_id,
    )


def _without(card: Scorecard | None, *, has_base: bool) -> tuple[str, Text]:
    """Why there is no line."""
    if card is None:
        return "no_score", Text("没有适用的记分卡，不计绩效工资", "no card applies, no performance pay is computed")
    if card.score is None:
        why = card.reason or Text("没有得分", "no score")
        return "no_score", Text(f"{why.zh}；不计绩效工资", f"{why.en}; no performance pay is computed")
    assert not has_base
    return "no_base", Text("没有绩效基数，不计绩效工资；请人事补录", "no performance base; HR must enter one")


def _arithmetic(card: Scorecard, base: int, factor: Fraction, days: Fraction, length: int, amount: int) -> Text:
    assert card.score is not None
    score, shown = printed(card.score, 4).rstrip("0").rstrip("."), printed(factor, 6).rstrip("0").rstrip(".")
    state = Text("已定数", "settled") if card.is_settled else Text("未定数", "provisional")
    zh = f"绩效基数 {yuan(base)} 元 × 得分 {score} ÷ 100（系数 {shown}）"
    en = f"base {yuan(base)} yuan × score {score} ÷ 100 (factor {shown})"
    if days < length:
        shown = printed_plain(days)
        zh, en = f"{zh} × 在岗 {shown}/{length} 天", f"{en} × {shown} of {length} days in office"
    return Text(f"{zh} = {yuan(amount)} 元；得分{state.zh}", f"{en} = {yuan(amount)} yuan; the score is {state.en}")

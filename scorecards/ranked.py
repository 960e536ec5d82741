"""The shapes *ranked* and *pool*: amounts for places among peers, and a fixed amount that members share to the fen."""

from collections import defaultdict
from fractions import Fraction

from data_contracts.contract import Text
from metrics.catalogue import METRICS
from metrics.kinds import LOWER
from metrics.period import Period
from scorecards.figures import Figure, Figures, figure_text
from scorecards.lines import Found
from scorecards.money import Fen, printed_plain, split, yuan
from scorecards.plan import Plan
from scorecards.shapes import Pool, Ranked
from scorecards.sharing import Case, Verdict, cases, columns_of, settle, too_small


def ranked_lines(plan: Plan, rule: Ranked, figures: Figures) -> Found:
    """The lines of one rule by places in a pay month, and a judgement for everyone of its roles."""
    found = Found.nothing()
    regions = dict(figures.facts["stores"].select("store_id", "region").collect().iter_rows())
    for period in figures.periods(rule):
        peers: dict[str, list[tuple[Case, Figure]]] = defaultdict(list)
        for case in cases(rule, figures, period):
            figure = figures.of(rule.metric, case.subject_id, period, case.level)
            if figure is None:
                name = figures.name(rule.metric)
                why = Text(f"{name.zh}没有数据，不参与排名", f"{name.en} has no figure and holds no place")
                settle(plan, rule, figures, period, case, Verdict(outcome="no_figure", why=why), found)
            elif small := too_small(rule, figure):
                settle(plan, rule, figures, period, case, small, found)
            else:
                store_id = case.post.store_id
                among = {"store": store_id, "region": regions.get(store_id, ""), "group": ""}[rule.among]
                peers[among].append((case, figure))
        for _, ranked in sorted(peers.items()):
            _places(plan, rule, figures, period, ranked, found)
    return found


def _places(
    plan: Plan, rule: Ranked, figures: Figures, period: Period, ranked: list[tuple[Case, Figure]], found: Found
) -> None:
    """Competition places (1, 2, 2, 4), the best first; those on the same figure hold one place together.

    Paid each on its own a team may have several cases (its members): they hold its one place.
    """
    is_lower_better = rule.metric in METRICS and METRICS[rule.metric].better == LOWER
    by_subject: dict[str, list[tuple[Case, Figure]]] = defaultdict(list)
    for case, figure in ranked:
        by_subject[case.subject_id].append((case, figure))
    by_value: dict[Fraction, list[str]] = defaultdict(list)
    for subject_id, held in by_subject.items():
        by_value[held[0][1].value].append(subject_id)
    before = 0
    for value in sorted(by_value, reverse=not is_lower_better):
        tied = sorted(by_value[value])
        taken = [Fen(amount) for amount in rule.places[before : before + len(tied)]]
        first = rule.places[before] if before < len(rule.places) else 0
        shared = split(Fen(sum(taken)), [1] * len(tied)) if taken else [Fen(0)] * len(tied)
        for subject_id, share in zip(tied, shared, strict=True):
            amount = share if rule.ties == "shared" else first
            for case, figure in by_subject[subject_id]:
                verdict = _verdict(rule, figure, before + 1, len(by_subject), len(tied), amount)
                settle(plan, rule, figures, period, case, verdict, found)
        before += len(tied)


def _verdict(rule: Ranked, figure: Figure, place: int, count: int, tied: int, amount: int) -> Verdict:
    if figure.metric in METRICS:
        shown = figure_text(METRICS[figure.metric], figure.value)
    else:
        shown = Text(printed_plain(figure.value), printed_plain(figure.value))
    together_zh = f"(并列 {tied})" if tied > 1 else ""
    together_en = f" ({tied} tied)" if tied > 1 else ""
    zh = f"{figure.name.zh} {shown.zh}，第 {place} 名{together_zh}，共 {count}"
    en = f"{figure.name.en} {shown.en}, place {place}{together_en} of {count}"
    if amount == 0:
        return Verdict(outcome="not_reached", why=Text(f"{zh}，不发放", f"{en}, nothing is paid"))
    return Verdict(
        outcome="paid",
        why=Text(f"{zh}，奖励 {yuan(amount)} 元", f"{en}: award {yuan(amount)} yuan"),
        exact_fen=Fraction(amount),
        evidence=figure.rows,
        columns=columns_of(figure),
    )


def pool_lines(plan: Plan, rule: Pool, figures: Figures) -> Found:
    """The lines of one pool in a pay month: the whole amount of each subject, whoever shares it."""
    found = Found.nothing()
    for period in figures.periods(rule):
        for case in cases(rule, figures, period):
            amount = yuan(rule.amount_fen)
            verdict = Verdict(
                outcome="paid",
                why=Text(f"奖金池 {amount} 元", f"pool of {amount} yuan"),
                exact_fen=Fraction(rule.amount_fen),
                kind=rule.kind,
                columns={"metric_period": period.label, "is_settled": period.last <= figures.as_of},
            )
            settle(plan, rule, figures, period, case, verdict, found)
    return found

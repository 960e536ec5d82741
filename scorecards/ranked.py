"""The shapes *ranked* and *pool*: amounts for places among peers, and a fixed amount that members share to the fen."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True, kw_only=True)
class Place:
    """A place among the subjects measured in the same store, region or group: its figure, who holds it, and what each
    of them is due."""

    number: int
    of: int
    figure: Figure
    held: Sequence[tuple[Case, Figure]]
    tied: int
    amounts: Mapping[str, int]

    @property
    def most_fen(self) -> int:
        return max(self.amounts.values())


def ranked_lines(plan: Plan, rule: Ranked, figures: Figures) -> Found:
    """The lines of one rule by places in a pay month, and a judgement for everyone of its roles."""
    found = Found.nothing()
    for period in figures.periods(rule):
        for case, verdict in _without_place(rule, figures, period):
            settle(plan, rule, figures, period, case, verdict, found)
        for places in places_of(rule, figures, period):
            for place in places:
                for case, figure in place.held:
                    settle(plan, rule, figures, period, case, _verdict(place, figure, case.subject_id), found)
    return found


def _without_place(rule: Ranked, figures: Figures, period: Period) -> Iterator[tuple[Case, Verdict]]:
    for case in cases(rule, figures, period):
        figure = figures.of(rule.metric, case.subject_id, period, case.level)
        if figure is None:
            name = figures.name(rule.metric)
            why = Text(f"{name.zh}没有数据，不参与排名", f"{name.en} has no figure and holds no place")
            yield case, Verdict(outcome="no_figure", why=why)
        elif small := too_small(rule, figure):
            yield case, small


def places_of(rule: Ranked, figures: Figures, period: Period) -> list[list[Place]]:
    """The places of each store, region or the group, the best first."""
    peers: dict[str, list[tuple[Case, Figure]]] = defaultdict(list)
    for case in cases(rule, figures, period):
        figure = figures.of(rule.metric, case.subject_id, period, case.level)
        if figure is not None and not too_small(rule, figure):
            store_id = case.post.store_id
            among = {"store": store_id, "region": figures.region(store_id), "group": ""}[rule.among]
            peers[among].append((case, figure))
    return [_places(rule, ranked) for _, ranked in sorted(peers.items())]


def _places(rule: Ranked, ranked: Sequence[tuple[Case, Figure]]) -> list[Place]:
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
    before, places = 0, []
    for value in sorted(by_value, reverse=not is_lower_better):
        tied = sorted(by_value[value])
        taken = [Fen(amount) for amount in rule.places[before : before + len(tied)]]
        first = rule.places[before] if before < len(rule.places) else 0
        shared = split(Fen(sum(taken)), [1] * len(tied)) if taken else [Fen(0)] * len(tied)
        places.append(
            Place(
                number=before + 1,
                of=len(by_subject),
                figure=by_subject[tied[0]][0][1],
                held=[one for subject_id in tied for one in by_subject[subject_id]],
                tied=len(tied),
                amounts={
                    subject_id: share if rule.ties == "shared" else first
                    for subject_id, share in zip(tied, shared, strict=True)
                },
            )
        )
        before += len(tied)
    return places


def _verdict(place: Place, figure: Figure, subject_id: str) -> Verdict:
    amount, tied = place.amounts[subject_id], place.tied
    if figure.metric in METRICS:
        shown = figure_text(METRICS[figure.metric], figure.value)
    else:
        shown = Text(printed_plain(figure.value), printed_plain(figure.value))
    together_zh = f"（并列 {tied}）" if tied > 1 else ""
    together_en = f" ({tied} tied)" if tied > 1 else ""
    zh = f"{figure.name.zh} {shown.zh}，第 {place.number} 名{together_zh}，共 {place.of}"
    en = f"{figure.name.en} {shown.en}, place {place.number}{together_en} of {place.of}"
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

"""How far it is, in words and numbers and without money, where no deed of one's own leads there: a place among others,
a share of a pool, an average that is not published yet, a figure that nothing in a month moves."""

from collections.abc import Iterable
from fractions import Fraction

from data_contracts.contract import Text
from metrics.catalogue import METRICS
from metrics.kinds import COUNT
from scorecards.deeds import Deed, Supposed, deeds_for, undone
from scorecards.edges import AnyEdge, Edge, average_edge, edges_of, gap_text
from scorecards.money import printed_plain
from scorecards.ranked import places_of
from scorecards.shapes import AnyRule, Missed, Pool, Ranked, Threshold
from scorecards.sharing import cases
from scorecards.threshold import newest


def deeds_of(rule: AnyRule, edge: AnyEdge, now: Supposed) -> Iterable[Deed]:
    """The deeds that may lead to an edge of a rule."""
    return [undone(rule.metric)] if isinstance(rule, Missed) else deeds_for(edge.keys, now, now.whose)


def apart(rule: AnyRule, now: Supposed, metric: str | None = None) -> list[Text]:
    """What there is to say of a rule without money; of its limits only that of one ``metric`` where it is named."""
    lead = now.whose.words
    match rule:
        case Ranked():
            texts = _of_place(rule, now)
        case Pool():
            texts = _of_pool(rule, now)
        case Threshold():
            texts = _of_average(rule, now)
        case Missed():
            texts = []
        case _:
            unmoved = (
                edge
                for edge in edges_of(rule, now, now.whose)
                if metric in (None, *edge.keys) and not edge.is_each and edge.is_reached(now) is False
                if not deeds_of(rule, edge, now)
            )
            texts = _nearest(((edge, edge.apart(now)) for edge in unmoved), now)
    return [Text(f"{lead.zh}{text.zh}", f"{lead.en}{text.en}") for text in texts]


def kept(rule: AnyRule, now: Supposed, metric: str | None = None) -> list[Text]:
    """How far the figures that keep a limit are from no longer doing so."""
    reached = (
        edge
        for edge in edges_of(rule, now, now.whose)
        if isinstance(edge, Edge) and metric in (None, *edge.keys) and not edge.is_each and edge.is_reached(now)
    )
    return _nearest(((edge, edge.kept(now)) for edge in reached), now)


def _nearest(texts: Iterable[tuple[AnyEdge, Text | None]], now: Supposed) -> list[Text]:
    """What is said of the nearest limit of each figure."""
    gaps: dict[tuple[str, ...], list[tuple[Fraction, Text]]] = {}
    for edge, text in texts:
        gap = edge.gap(now)
        if gap is not None and text is not None:
            gaps.setdefault(edge.keys, []).append((gap, text))
    return [min(of_figure, key=lambda pair: pair[0])[1] for of_figure in gaps.values()]


def _of_average(rule: Threshold, now: Supposed) -> list[Text]:
    """How far the average is that was published last: the month's own is not known yet."""
    average = newest(rule, now.facts, now.region(now.whose.post.store_id), now.as_of)
    if average is None or edges_of(rule, now, now.whose):
        return []
    edge = average_edge(rule, Fraction(average["score_hundredths"], 100))
    text = None if edge.is_reached(now) is not False else edge.apart(now)
    if text is None:
        return []
    label = average["period"]
    return [
        Text(
            f"{text.zh}（区域平均分，{label}，最近发布）",
            f"{text.en} (regional average of {label}, the last published)",
        )
    ]


def _of_place(rule: Ranked, now: Supposed) -> list[Text]:
    """How far the next place is that pays more, and the next that pays less."""
    found = []
    for places in places_of(rule, now, now.whose.period):
        own = next((n for n, it in enumerate(places) if now.whose.subject_id in it.amounts), None)
        if own is None:
            continue
        here = places[own]
        better = next((it for it in reversed(places[:own]) if it.most_fen > here.most_fen), None)
        worse = next((it for it in places[own + 1 :] if it.most_fen < here.most_fen), None)
        unit = METRICS[rule.metric].unit if rule.metric in METRICS else COUNT
        name = here.figure.name
        at = Text(f"{name.zh}现第 {here.number} 名", f"{name.en}: place {here.number}")
        if better:
            gap = gap_text(abs(better.figure.shown - here.figure.shown), unit)
            found.append(
                Text(f"{at.zh}，距第 {better.number} 名差 {gap.zh}", f"{at.en}, {gap.en} from place {better.number}")
            )
        if worse:
            gap = gap_text(abs(worse.figure.shown - here.figure.shown), unit)
            found.append(
                Text(f"{at.zh}，领先第 {worse.number} 名 {gap.zh}", f"{at.en}, {gap.en} ahead of place {worse.number}")
            )
    return found


def _of_pool(rule: Pool, now: Supposed) -> list[Text]:
    """What one's share of a pool rests on: what it comes to depends on all who share it."""
    found = []
    for case in cases(rule, now, now.whose.period):
        whole = sum((share.weight for share in case.shares), Fraction(0))
        own = next((share for share in case.shares if share.post.person_id == now.whose.person_id), None)
        if case.subject_id == now.whose.subject_id and own and whole and len(case.shares) > 1:
            part = printed_plain(100 * own.weight / whole)
            found.append(
                Text(
                    f"奖金池{own.words.zh}，占 {part}%，随大家而变",
                    f"the pool is shared {own.words.en}: {part} % of all",
                )
            )
    return found

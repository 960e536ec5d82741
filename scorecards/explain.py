"""A line as a tree: the rule and its notice, the figure and its parts, what it was held against, the guards, and the
rows of the files it rests on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

import polars as pl

from data_contracts.catalogue import CONTRACTS
from data_contracts.contract import Text
from metrics.attribution import CREDIT_NAMES, CREDITS, LAST, REASONS, Credit, whole_of
from metrics.catalogue import METRICS
from metrics.conversions import Conversion
from metrics.credit import Facts
from metrics.events import contract_of
from metrics.kinds import PERCENT
from metrics.prospects import CREDIT_OF
from metrics.visits import InvitedDeals, VisitGroups
from scorecards.cards import Scorecard, ScoredLine, said
from scorecards.figures import COUNTED, figure_text, limit_text
from scorecards.money import printed_plain, yuan
from scorecards.per_case import LATE
from scorecards.sheet import Sheet


@dataclass(frozen=True)
class Node:
    """A sentence and what stands below it."""

    text: Text
    children: tuple["Node", ...] = ()

    def as_json(self, lang: str) -> dict[str, Any]:
        return {"text": said(self.text, lang), "children": [child.as_json(lang) for child in self.children]}

    def as_text(self, lang: str) -> str:
        """The tree as indented lines."""
        return "\n".join(self._lines(lang, "", ""))

    def _lines(self, lang: str, lead: str, below: str) -> list[str]:
        lines = [lead + said(self.text, lang)]
        for child in self.children:
            is_last = child is self.children[-1]
            lines += child._lines(lang, below + ("└─ " if is_last else "├─ "), below + ("   " if is_last else "│  "))
        return lines


Rivals = Mapping[tuple[str, str], Sequence[Text]]
"""Contract and key of a source row → everyone who could have had the credit for it, and why they had it or not; of a
row that could have had the credit for something itself, what that was and who had it."""


def rivals(
    line: Mapping[str, Any], facts: Facts, as_of: date, month_starts_on: int = 1, *, is_own: bool = False
) -> Rivals:
    """The candidates of the visits and deals that a line rests on; nothing for lines on other rows.

    ``facts`` and ``as_of`` are those the line was computed from. Told to the person it pays (``is_own``), the other
    candidates stay unnamed.
    """
    keys = {name: [row["key"] for row in line["evidence"] if row["contract"] == name] for name in _CREDITED}
    if not any(keys.values()):
        return {}
    chosen = [CREDIT_OF[key] for key in (line["metric"] or "").split("/") if key in CREDIT_OF]
    credit: Credit = chosen[0] if chosen else LAST
    visits = VisitGroups(credit=credit)
    visit_of = {("store_visits", key): key for key in keys["store_visits"]}
    if keys["orders"]:
        deals = (
            InvitedDeals(visits=visits)
            .rows(facts, as_of, month_starts_on)
            .filter(pl.col("order_id").is_in(keys["orders"]))
        )
        visit_of |= {
            ("orders", order): visit for order, visit in deals.select("order_id", "visit_key").collect().rows() if visit
        }
    candidates = visits.explained(facts, as_of).filter(pl.col("event_key").is_in(list(visit_of.values())))
    by_visit = candidates.partition_by("event_key", as_dict=True)
    named_only = line["person_id"] if is_own else None
    decisions = {row["visit_id"]: row for row in facts["credit_reassignments"].collect().to_dicts()}
    return {
        event: [_rival(row, credit, named_only, decisions) for row in by_visit[(visit,)].to_dicts()]
        for event, visit in visit_of.items()
        if (visit,) in by_visit
    }


_CREDITED = ("store_visits", "orders")


def won_or_lost(card: Scorecard | None, facts: Facts, as_of: date, *, is_own: bool = False) -> Rivals:
    """What each row behind a person's score could have had the credit for, such as the arrivals after an invitation,
    and whether it had it. Told to the person (``is_own``), the others stay unnamed."""
    found: dict[tuple[str, str], list[Text]] = {}
    scored = [line.metric for line in card.lines if line.points is not None] if card else []
    for metric in scored:
        if not isinstance(metric, Conversion) or metric.credit == "each":
            continue
        candidates = metric.candidates(facts, as_of).to_dicts()
        won_by = {row["event_key"]: row for row in candidates if row["is_credited"]}
        base, event = (CONTRACTS[contract_of(it)].title for it in (metric.base, metric.event))
        for row in candidates:
            reason, won = REASONS[row["reason"]], won_by.get(row["event_key"])
            zh, en = reason.zh, reason.en
            if won is not None and not row["is_credited"]:
                is_named = not is_own or (card is not None and won["person_id"] == card.subject_id)
                who = Text(won["person_id"], won["person_id"]) if is_named else Text("他人", "somebody else")
                zh += f"，计给 {who.zh} 的{base.zh} {won['key']}"
                en += f": that of {who.en}, {base.en} {won['key']}"
            at = f"{event.zh} {row['event_key']} {row['event_at']:%Y-%m-%d %H:%M}：{zh}"
            at_en = f"{event.en} {row['event_key']} {row['event_at']:%Y-%m-%d %H:%M}: {en}"
            found.setdefault((contract_of(metric.base), row["key"]), []).append(Text(at, at_en))
    return found


def _rival(
    row: Mapping[str, Any], credit: Credit, named_only: str | None, decisions: Mapping[str, Mapping[str, Any]]
) -> Text:
    """A candidate with its outcome, and under which other credit it would have been another; of a head's decision who
    decided and why."""
    is_named = named_only in (None, row["person_id"])
    who = Text(row["person_id"], row["person_id"]) if is_named else Text("他人", "somebody else")
    title, at, own = CONTRACTS[row["contract"]].title, f"{row['base_at']:%Y-%m-%d %H:%M}", _outcome(row, credit)
    if row["contract"] == "credit_reassignments":
        made = decisions[row["key"]]
        head = Text("部门负责人", "the head") if named_only else Text(made["decided_by"], made["decided_by"])
        return Text(
            f"{title.zh} {row['key']} → {who.zh} {at}：{own.zh}；{head.zh} 改定，理由：{made['reason']}",
            f"{title.en} {row['key']} → {who.en} {at}: {own.en}; decided by {head.en}, because: {made['reason']}",
        )
    others = [(CREDIT_NAMES[other], _outcome(row, other)) for other in CREDITS if other != credit]
    differing = [(name, outcome) for name, outcome in others if outcome != own]
    zh = "；".join(f"按{name.zh}：{outcome.zh}" for name, outcome in differing)
    en = "; ".join(f"by {name.en}: {outcome.en}" for name, outcome in differing)
    return Text(
        f"{title.zh} {row['key']} {who.zh} {at}：{own.zh}" + (f"（{zh}）" if zh else ""),
        f"{title.en} {row['key']} {who.en} {at}: {own.en}" + (f" ({en})" if en else ""),
    )


def _outcome(row: Mapping[str, Any], credit: Credit) -> Text:
    if row[f"reason_{credit}"] is None:
        return Text("不是候选", "no candidate")
    reason, share = REASONS[row[f"reason_{credit}"]], Fraction(row[f"share_{credit}"], whole_of(credit))
    return reason if share in (0, 1) else Text(f"{reason.zh} {share}", f"{reason.en} {share}")


def explain(
    line: Mapping[str, Any],
    sheet: Sheet,
    credit: Rivals | None = None,
    otherwise: Sequence[Text] = (),
    card: Scorecard | None = None,
) -> Node:
    """The tree of a line (a row of PayLines) of the sheet; ``credit`` adds the candidates of its rows, ``otherwise``
    what would have changed it, ``card`` how the score that it pays by came about."""
    name, kind = sheet.rule_name(line), sheet.kind_name(line)
    person = next((one.person_name for one in sheet.people if one.person_id == line["person_id"]), line["person_id"])
    amount = yuan(line["amount_fen"])
    return Node(
        Text(
            f"{line['period']} {person}（{line['person_id']}） {line['rule']} {name.zh}：{kind.zh} {amount} 元",
            f"{line['period']} {person} ({line['person_id']}) {line['rule']} {name.en}: {kind.en} {amount} yuan",
        ),
        tuple(
            node
            for node in (
                _rule(line),
                _corrects(line),
                _figure(line),
                _ruling(line),
                _arithmetic(line),
                _score(card),
                _moved(line),
                _otherwise(otherwise),
                _rows(line, credit or {}),
            )
            if node
        ),
    )


def _rule(line: Mapping[str, Any]) -> Node | None:
    if line["plan"] is None:
        return None
    return Node(
        Text(
            f"依据：方案 {line['plan']} 规则 {line['rule']}，"
            f"自 {line['rule_since']:%Y-%m} 起执行，文号 {line['notice']}",
            f"by plan {line['plan']} rule {line['rule']}, since {line['rule_since']:%Y-%m}, notice {line['notice']}",
        )
    )


def _corrects(line: Mapping[str, Any]) -> Node | None:
    if line["corrects_period"] is None:
        return None
    named = line["corrects"] or "—"
    return Node(
        Text(
            f"更正 {line['corrects_period']} 的行 {named}，该月本身不变",
            f"corrects line {named} of {line['corrects_period']}, which stays as it is",
        )
    )


def _figure(line: Mapping[str, Any]) -> Node | None:
    if line["metric"] is None or line["numerator"] is None:
        return None
    metric, exact = METRICS.get(line["metric"]), Fraction(line["numerator"], line["denominator"])
    plain = Text(printed_plain(exact), printed_plain(exact))
    named = METRICS.get(line["metric"].removesuffix(COUNTED))
    label = named.label if named else Text(line["metric"], line["metric"])
    value = figure_text(metric, exact) if metric else plain
    sample = "—" if line["sample"] is None else line["sample"]
    state = Text("已定数", "settled") if line["is_settled"] else Text("未定数", "provisional")
    children = []
    if line["benchmark"] is not None:
        held, published = Fraction(str(line["benchmark"])), line["benchmark_published_on"]
        words = figure_text if published else limit_text
        base = words(metric, held) if metric else Text(printed_plain(held), printed_plain(held))
        children.append(
            Node(Text(f"区域平均分 {base.zh}，{published} 发布", f"regional average {base.en}, published {published}"))
            if published
            else Node(Text(f"要求 {base.zh}", f"required {base.en}"))
        )
    return Node(
        Text(
            f"指标：{label.zh} {line['metric_period']} {value.zh}"
            f" = {line['numerator']} ÷ {line['denominator']}，样本 {sample}，{state.zh}",
            f"figure: {label.en} {line['metric_period']} {value.en}"
            f" = {line['numerator']} ÷ {line['denominator']}, sample {sample}, {state.en}",
        ),
        tuple(children),
    )


def _ruling(line: Mapping[str, Any]) -> Node | None:
    if line["ruling_id"] is None:
        return None
    at, judge = f"{line['judged_at']:%Y-%m-%d %H:%M}", line["judged_by"]
    complaint, kind, _ = line["ruling_id"].rsplit("|", 2)
    of_kind = Text(f"抱怨 {complaint}，{kind}", f"complaint {complaint}, {'late' if kind == LATE else 'fault'}")
    return Node(
        Text(
            f"判定：{of_kind.zh}，{judge or '部门总监'} 于 {at} 判定",
            f"ruling: {of_kind.en}, by {judge or 'the director'} at {at}",
        )
    )


def _arithmetic(line: Mapping[str, Any]) -> Node:
    return Node(Text(f"计算：{line['arithmetic_zh']}", f"arithmetic: {line['arithmetic_en']}"))


def _score(card: Scorecard | None) -> Node | None:
    """The lines of the card: figure, goal, points and weight, and what the score leaves out."""
    if card is None or card.score is None:
        return None
    score = printed_plain(card.score)
    return Node(
        Text(f"得分 {score}：{card.card.name.zh}", f"score {score}: {card.card.name.en}"),
        tuple(Node(text) for text in score_told(card)),
    )


def score_told(card: Scorecard) -> tuple[Text, ...]:
    """How a score came about: each of its lines with figure, goal, points and weight, and what it leaves out."""
    return (*(_scored(line) for line in card.lines if line.points is not None), *card.notes)


def _scored(line: ScoredLine) -> Text:
    assert line.value is not None
    assert line.target is not None
    assert line.points is not None
    metric, parts = line.metric, f"{line.numerator} ÷ {line.denominator}"
    value, goal, points = figure_text(metric, line.value), line.target.exact, printed_plain(line.points)
    goal_text = f"{printed_plain(100 * goal)}%" if metric.unit == PERCENT else printed_plain(goal)
    held_zh, held_en = (f"（{line.held.zh}）", f" ({line.held.en})") if line.held else ("", "")
    return Text(
        f"{metric.label.zh} {value.zh} = {parts}，样本 {line.sample}；目标 {goal_text}，"
        f"得 {points} 分{held_zh}，权重 {line.line.weight}%",
        f"{metric.label.en} {value.en} = {parts}, sample {line.sample}; goal {goal_text}: "
        f"{points} points{held_en}, weight {line.line.weight} %",
    )


def _moved(line: Mapping[str, Any]) -> Node | None:
    if line["requested_fen"] == line["amount_fen"]:
        return None
    parts = {name: yuan(line[f"{name}_fen"]) for name in ("requested", "amount", "lapsed", "carried", "waived")}
    return Node(
        Text(
            "应计 {requested} = 实计 {amount} + 不再扣 {lapsed} + 顺延 {carried} + 免扣 {waived}".format(**parts),
            "requested {requested} = applied {amount} + lapsed {lapsed} + carried {carried} + waived {waived}".format(
                **parts
            ),
        )
    )


def _otherwise(otherwise: Sequence[Text]) -> Node | None:
    """What would have changed the line."""
    if not otherwise:
        return None
    return Node(Text("怎样会不同", "what would have changed it"), tuple(Node(text) for text in otherwise))


def _rows(line: Mapping[str, Any], credit: Rivals) -> Node | None:
    if not line["evidence"]:
        return None
    rows = []
    for row in line["evidence"]:
        title = (
            CONTRACTS[row["contract"]].title if row["contract"] in CONTRACTS else Text(row["contract"], row["contract"])
        )
        sheet_zh, sheet_en = (f" 工作表 {row['sheet']}", f" sheet {row['sheet']}") if row["sheet"] else ("", "")
        rows.append(
            Node(
                Text(
                    f"{title.zh} {row['key']}：{row['file']}{sheet_zh} 第 {row['row']} 行",
                    f"{title.en} {row['key']}: {row['file']}{sheet_en} row {row['row']}",
                ),
                tuple(Node(words) for words in credit.get((row["contract"], row["key"]), ())),
            )
        )
    counted = "1 source row" if len(rows) == 1 else f"{len(rows)} source rows"
    return Node(Text(f"来源 {len(rows)} 行", counted), tuple(rows))

"""What is paid or charged twice for one event, listed before a month is handed in.

An event is a complaint, whatever was ruled in it, or a sold, visited or renewed thing: the row of the file. The rules
of one plan may pay it together in one month. Two plans, or another rule in another month, may not pay the same post
for it; earlier months count as they stand today, corrections made.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from data_contracts.catalogue import CONTRACTS
from data_contracts.contract import Text
from metrics.catalogue import METRICS
from metrics.events import Events
from metrics.kinds import COUNT
from metrics.period import Period
from scorecards.lines import KIND_NAMES
from scorecards.posts import Roster
from scorecards.table import Finding, warning

EVENTS = ("orders", "renewals", "store_visits")
"""Contracts whose rows are paid by the piece."""

Line = Mapping[str, Any]


def paid_twice(lines: Iterable[Line], standing: Iterable[Line], roster: Roster, pay_month: Period) -> list[Finding]:
    """A finding for each event that is charged or paid more than once."""
    rows = list(lines)
    return [*_in_the_month(rows), *_same_event(rows, standing, roster, pay_month)]


def _in_the_month(rows: Iterable[Line]) -> list[Finding]:
    """One complaint charged twice to a person, or one figure paid to a person by more than one plan."""
    charged: Counter[tuple[str, str, str, str]] = Counter()
    paid: dict[tuple[str, str, str, str], set[str]] = defaultdict(set)
    for row in rows:
        if row["ruling_id"]:
            charged[row["person_id"], row["kind"], row["ruling_id"].split("|")[0], row["metric_period"] or ""] += 1
        elif row["kind"] != "coefficient" and row["metric"]:
            paid[row["person_id"], row["kind"], row["metric"], row["metric_period"] or ""].add(row["plan"])
    counted = [*charged.items(), *((event, len(plans)) for event, plans in paid.items())]
    return [
        warning(
            f"{person_id} {event}",
            Text(
                f"同一事项 {' '.join([event, period]).strip()} 有 {count} 笔{KIND_NAMES[kind].zh}",
                f"{count} times {KIND_NAMES[kind].en} for {' '.join([event, period]).strip()}",
            ),
        )
        for (person_id, kind, event, period), count in counted
        if count > 1
    ]


def _same_event(rows: Iterable[Line], standing: Iterable[Line], roster: Roster, pay_month: Period) -> list[Finding]:
    """One sold, visited or renewed thing paid to the same post by two plans, or again by another rule."""
    roles: dict[tuple[str, str], str] = {}

    def role(line: Line) -> str:
        at = line["person_id"], line["period"]
        if at not in roles:
            month = Period.parse(line["period"], pay_month.month_starts_on)
            post = roster.latest(line["person_id"], month.first, month.last)
            post = post or roster.last_known(line["person_id"], month.last)
            roles[at] = post.role if post else line["person_id"]
        return roles[at]

    before: dict[tuple[str, str, str], list[Line]] = defaultdict(list)
    for line, event in _events(standing):
        before[role(line), *event].append(line)
    now: dict[tuple[str, str, str], list[Line]] = defaultdict(list)
    for line, event in _events(rows):
        now[role(line), *event].append(line)
    found = []
    for (post, contract, key), paying in sorted(now.items()):
        again = [line for line in before[post, contract, key] if any(_is_other(line, one) for one in paying)]
        if len({line["plan"] for line in paying}) > 1 or again:
            named = [*again, *paying]
            what = CONTRACTS[contract].title
            by = "、".join(f"{it['period']} {it['plan']}/{it['rule']}（{it['person_id']}）" for it in named)
            by_en = ", ".join(f"{it['period']} {it['plan']}/{it['rule']} ({it['person_id']})" for it in named)
            found.append(
                warning(
                    f"{contract} {key}",
                    Text(f"{what.zh} {key} 同一岗位重复计发：{by}", f"{what.en} {key} pays one post twice: {by_en}"),
                    paying[0]["store_id"],
                )
            )
    return found


def _is_other(earlier: Line, line: Line) -> bool:
    """Whether an earlier line paid by another rule; the parts of one amount, now and later, are one payment."""
    is_same_rule = (earlier["plan"], earlier["rule"]) == (line["plan"], line["rule"])
    return not is_same_rule and line["case_id"] is None


def _events(lines: Iterable[Line]) -> Iterable[tuple[Line, tuple[str, str]]]:
    """The lines that pay by the piece, with each thing they count."""
    for line in lines:
        contract = _counted(line["metric"])
        if contract in EVENTS and line["kind"] in ("bonus", "commission") and line["amount_fen"] > 0:
            yield from ((line, (contract, row["key"])) for row in line["evidence"] if row["contract"] == contract)


def _counted(metric: str | None) -> str | None:
    """The contract whose rows a metric counts; None for one that counts none."""
    base = getattr(METRICS[metric], "base", None) if metric in METRICS and METRICS[metric].unit == COUNT else None
    return base.contract if isinstance(base, Events) else base

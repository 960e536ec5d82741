"""Corrections (补差): what a frozen month would come to today, less what it paid, as lines of the next open month.

Compared are the lines of rules, by unit, person, rule and case (the figure's period, the ruling). What earlier
corrections moved counts as paid; what they carried does not, so that it is taken up again by itself. The recomputed
month has gone through the same guards, so that a correction equals the difference exactly. A negative one takes what
is left of the month's performance pay and carries the rest; base pay is never touched. One of somebody who has left
moves nothing: it is handed to HR, once.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from data_contracts.contract import Text
from metrics.period import Period
from scorecards.causes import Changes, Line, Sides, evidence, total, words
from scorecards.guards import LEFT_OUT, PERFORMANCE_KINDS
from scorecards.lines import line_id
from scorecards.money import yuan
from scorecards.posts import Roster
from scorecards.table import Finding, warning

COMPARED = PERFORMANCE_KINDS | {"kpi_reduction"}
"""The kinds that a rule makes; manual lines and losses are settled by hand, case by case."""

LEFT = Text("离职待结", "to be settled with a leaver")

Case = tuple[str, str, str, str, str, str]
"""Unit, person, plan, rule, the figure's period, the ruling."""


def case_of(line: Line) -> Case:
    """What a line is about, whichever version of the rule made it."""
    named = (line["store_id"], line["person_id"], line["plan"], line["rule"], line["metric_period"], line["ruling_id"])
    unit, person, plan, rule, period, ruling = (part or "" for part in named)
    return unit, person, plan, rule, period, ruling


def corrections(
    month: Period,
    pay_month: Period,
    *,
    paid: Iterable[Line],
    corrected: Iterable[Line],
    recomputed: Iterable[Line] | None,
    changes: Changes,
    roster: Roster,
) -> list[dict[str, Any]]:
    """The correction lines (rows of PayLines) that ``pay_month`` takes for a frozen ``month``, before they are held.

    ``paid`` are the month's own lines, ``corrected`` the corrections of it in frozen months, ``recomputed`` its lines
    as of today; None where nothing it rests on changed: then only what was carried is taken up. What was left out of a
    leaver's pay was never paid and is not taken back.
    """
    paid = list(paid)
    was, fixed, now = _by_case(paid), _by_case(corrected, of=month.label), _by_case(recomputed or ())
    left_out = {line["case_id"]: line["amount_fen"] for line in paid if line["rule"] == LEFT_OUT}
    made = []
    for case in sorted(was.keys() | fixed.keys() | now.keys()):
        before = sorted(fixed.get(case, ()), key=lambda line: line["period"])
        handed = _handed_over(before[-1], roster, pay_month) if before else 0
        carried = before[-1]["carried_fen"] - handed if before else 0
        if recomputed is None:
            owed = carried
        else:
            owed = total(now.get(case, ())) - total(was.get(case, ())) - total(before) - handed
            unpaid = -sum(left_out.get(line["line_id"], 0) for line in was.get(case, ()))
            owed = min(owed + unpaid, 0) if owed < 0 else owed
        if owed or carried:  # a line of nothing says that what was carried is asked no more
            sides = Sides(month, was.get(case, []), before, None if recomputed is None else now.get(case, []))
            made.append(_line(case, sides, pay_month, owed, changes))
    return made


def held_to_pay(lines: Iterable[Line]) -> list[dict[str, Any]]:
    """The lines of a month after the other guards, negative corrections held to what is left of its performance pay.

    Left is performance pay less reductions, with the positive corrections; the oldest month takes first.
    """
    held = [dict(line) for line in lines]
    left: dict[tuple[str, str], int] = defaultdict(int)
    for line in held:
        if line["kind"] in COMPARED or (line["kind"] == "correction" and line["amount_fen"] > 0):
            left[line["store_id"], line["person_id"]] += line["amount_fen"]
    negative = [line for line in held if line["kind"] == "correction" and line["amount_fen"] < 0]
    for line in sorted(negative, key=lambda line: (line["corrects_period"] or "", line["line_id"])):
        there = max(left[line["store_id"], line["person_id"]], 0)
        taken = min(-line["amount_fen"], there)
        beyond = -line["amount_fen"] - taken
        left[line["store_id"], line["person_id"]] -= taken
        if beyond:
            line["amount_fen"], line["carried_fen"] = -taken, line["carried_fen"] - beyond
            line["arithmetic_zh"] += (
                f"；本月绩效尚余 {yuan(there)} 元，扣回 {yuan(taken)} 元，"
                f"余 {yuan(beyond)} 元以后月份扣回，不动基本工资"
            )
            line["arithmetic_en"] += (
                f"; {yuan(there)} yuan of performance pay is left, {yuan(taken)} is taken and {yuan(beyond)} carried, "
                "never from base pay"
            )
    return held


def handed_to_hr(
    lines: Iterable[Line], roster: Roster, pay_month: Period
) -> tuple[list[dict[str, Any]], list[Finding]]:
    """Correction lines with those that would take from somebody who has left moving nothing, and a finding on each."""
    kept, findings = [], []
    for line in lines:
        made = dict(line)
        if line["requested_fen"] < 0 and has_left(roster, line["person_id"], pay_month):
            owed = yuan(-line["requested_fen"])
            made |= {
                "amount_fen": 0,
                "carried_fen": line["requested_fen"],
                "arithmetic_zh": f"{line['arithmetic_zh']}；本人已离职，{owed} 元不从工资扣回，列入离职待结由人事处理",
                "arithmetic_en": f"{line['arithmetic_en']}; the person has left: HR settles {owed} yuan, pay does not",
            }
            where = f"{LEFT.zh} {line['person_id']} {line['corrects_period']} {line['rule']}"
            findings.append(
                warning(
                    where,
                    Text(
                        f"已离职，应扣回 {owed} 元未进工资；请人事与本人结清",
                        f"has left: {owed} yuan to be taken back is not in pay; HR settles it with the person",
                    ),
                    line["store_id"],
                )
            )
        kept.append(made)
    return kept, findings


def has_left(roster: Roster, person_id: str, month: Period) -> bool:
    """Whether somebody holds no post in a month any more."""
    return roster.latest(person_id, month.first, month.last) is None


def _by_case(lines: Iterable[Line], of: str | None = None) -> dict[Case, list[Line]]:
    found: dict[Case, list[Line]] = defaultdict(list)
    for line in lines:
        if line["kind"] in COMPARED if of is None else line["corrects_period"] == of and _is_ours(line):
            found[case_of(line)].append(line)
    return dict(found)


def _is_ours(line: Line) -> bool:
    """Whether a correction was made here, and not by an objection upheld or by hand."""
    unit, person_id, plan, rule, period, ruling = case_of(line)
    named = ("correction", line["corrects_period"] or "", unit, period, ruling)
    return bool(line["line_id"] == line_id(line["period"], person_id, f"{plan}/{rule}", *named))


def _handed_over(last: Line, roster: Roster, pay_month: Period) -> int:
    """What HR was given to settle with somebody who has left, as far as that person has not come back."""
    then = Period.parse(last["period"], pay_month.month_starts_on)
    is_gone = has_left(roster, last["person_id"], pay_month) and has_left(roster, last["person_id"], then)
    return int(last["carried_fen"]) if is_gone else 0


def _line(case: Case, sides: Sides, pay_month: Period, owed: int, changes: Changes) -> dict[str, Any]:
    unit, person_id, plan, rule, period, ruling = case
    month = sides.month.label
    shown = next(iter([*(sides.now or ()), *sides.was]), None) or sides.fixed[-1]
    original = next(iter(sides.was), None)
    said = words(sides, owed, changes)
    return {
        **shown,
        "line_id": line_id(pay_month.label, person_id, f"{plan}/{rule}", "correction", month, unit, period, ruling),
        "period": pay_month.label,
        "kind": "correction",
        "requested_fen": owed,
        "amount_fen": owed,
        "lapsed_fen": 0,
        "carried_fen": 0,
        "waived_fen": 0,
        "arithmetic_zh": said.zh,
        "arithmetic_en": said.en,
        "corrects": original["line_id"] if original else None,
        "corrects_period": month,
        "evidence": evidence(sides, changes),
    }

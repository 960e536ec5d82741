"""What pages say about figures: gaps, changes, how far it is to the goal. Pure functions over numbers and words."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from math import ceil
from typing import Any

from data_contracts.contract import Text
from data_contracts.people import ROLES
from kpi_app.web import looks
from metrics.kinds import HIGHER, HOURS, PERCENT, POINTS, Metric
from metrics.period import Period
from scorecards.cards import in_shown_unit
from scorecards.targets import Target

Say = Callable[..., str]
"""``here('中文 {n}', n=3)``: the words in the visitor's language."""

REACHED, NEAR, BEHIND, FAR = "reached", "near", "behind", "far"
NEAR_PERCENT, BEHIND_PERCENT = 90, 70
"""From so much of the goal on a figure is near, or merely behind."""

MOST_DECIMALS = 4

COUNTED: Mapping[str, tuple[Text, Text]] = {
    "invite_to_store_rate": (Text("组到店", "more visit"), Text("组到店", "more visits")),
    "renewal_rate": (Text("台续保", "more renewal"), Text("台续保", "more renewals")),
}
"""Metric → what one more of its numerator is called, and what several are."""


def value_of(row: Mapping[str, Any] | None) -> Fraction | None:
    """The exact value of a row of figures; None where there is none."""
    if row is None or row["numerator"] is None or not row["denominator"]:
        return None
    return Fraction(row["numerator"], row["denominator"])


def shown(metric: Metric, value: Fraction | None, language: str) -> str:
    """An exact value in the metric's unit."""
    if value is None:
        return looks.NOTHING
    said = looks.figure(value.numerator, value.denominator, metric.unit, metric.decimals, language)
    return f"{said} {'points' if language == 'en' else '分'}" if metric.unit == POINTS else said


def goal_shown(metric: Metric, goal: Target | None, language: str) -> str:
    """A goal in the metric's unit, with no more decimals than it has."""
    if goal is None:
        return looks.NOTHING
    exact = goal.exact * (100 if metric.unit == PERCENT else 1)
    decimals = 0 if exact.denominator == 1 else metric.decimals
    return looks.rounded(exact, decimals) + unit_after(metric, language)


def unit_after(metric: Metric, language: str) -> str:
    """The unit that stands behind a number of the metric."""
    units = {PERCENT: ("%", "%"), HOURS: (" 小时", " h"), POINTS: (" 分", " points")}
    return units.get(metric.unit, ("", ""))[language == "en"]


def distance(metric: Metric, value: Fraction, goal: Fraction) -> Fraction:
    """Value less goal in the unit people say it in: percentage points, hours, points."""
    return (in_shown_unit(metric, value) - goal) * (100 if metric.unit == PERCENT else 1)


def difference(here: Say, metric: Metric, apart: Fraction, *, sign: bool = True) -> str:
    """A distance in words: +1.2 个百分点."""
    decimals = metric.decimals
    while apart and decimals < MOST_DECIMALS and abs(apart) * 10**decimals < Fraction(1, 2):
        decimals += 1  # a distance that is not nothing does not look like nothing
    amount = looks.rounded(abs(apart), decimals)
    mark = ("+" if apart > 0 else "−" if apart < 0 else "±") if sign else ""
    unit = {PERCENT: here("个百分点"), HOURS: here("小时"), POINTS: here("分")}.get(metric.unit, "")
    return f"{mark}{amount} {unit}".rstrip()


def change(metric: Metric, now: Fraction, before: Fraction) -> Fraction:
    """How far a value moved, in the unit people say it in."""
    return (in_shown_unit(metric, now) - in_shown_unit(metric, before)) * (100 if metric.unit == PERCENT else 1)


def is_better(metric: Metric, apart: Fraction) -> bool:
    """Is a move of that much, or a distance to the goal, on the good side (or nothing)?"""
    return apart >= 0 if metric.better == HIGHER else apart <= 0


def band(metric: Metric, value: Fraction | None, goal: Target | None) -> str:
    """How far the goal is reached, as one of four bands; empty where one of both is missing."""
    if value is None or goal is None:
        return ""
    apart = distance(metric, value, goal.exact)
    if is_better(metric, apart):
        return REACHED
    share = attained(metric, value, goal.exact)
    if share is None:
        return BEHIND
    return NEAR if share >= NEAR_PERCENT else BEHIND if share >= BEHIND_PERCENT else FAR


def attained(metric: Metric, value: Fraction, goal: Fraction) -> Fraction | None:
    """Percent of the goal reached; None where the goal gives no scale."""
    if goal <= 0:
        return None
    share = 100 * in_shown_unit(metric, value) / goal
    return share if metric.better == HIGHER else 200 - share


def still_needed(metric: Metric, row: Mapping[str, Any], goal: Target) -> int | None:
    """How many more of the numerator would reach the goal with the denominator as it is; None for other kinds."""
    if metric.unit != PERCENT or metric.better != HIGHER or metric.key not in COUNTED or not row["denominator"]:
        return None
    needed: int = ceil(goal.exact * int(row["denominator"])) - int(row["numerator"])
    return max(0, needed)


def more_of(metric: Metric, count: int, language: str) -> str:
    """What so many more of a metric's numerator are called, after the number."""
    return chosen(COUNTED[metric.key][count != 1], language)


def conclusion(here: Say, metric: Metric, row: Mapping[str, Any] | None, goal: Target | None, language: str) -> str:
    """A figure in one sentence: value with its parts, the goal, how far it is, what would close the gap."""
    name = chosen(metric.label, language)
    value = value_of(row)
    if row is None or value is None:
        return here("{name}没有样本。", name=name)
    values: dict[str, object] = {
        "name": name,
        "value": shown(metric, value, language),
        "parts": looks.parts(row, metric.unit),
    }
    if goal is None:
        return here("{name} {value}（{parts}）；没有目标值。", **values)
    apart = distance(metric, value, goal.exact)
    values |= {"goal": goal_shown(metric, goal, language), "gap": difference(here, metric, apart, sign=False)}
    if is_better(metric, apart):
        return here("{name} {value}（{parts}），达到目标 {goal}，好于目标 {gap}。", **values)
    if needed := still_needed(metric, row, goal):
        values |= {"needed": needed, "more": more_of(metric, needed, language)}
        return here("{name} {value}（{parts}），距目标 {goal} 还差 {gap}，即再有 {needed} {more}。", **values)
    return here("{name} {value}（{parts}），距目标 {goal} 还差 {gap}。", **values)


def time_gone(period: Period, on: date) -> int:
    """Percent of a period's days that are over at the end of a day."""
    days = (period.last - period.first).days + 1
    over = (on - period.first).days + 1
    return min(100, max(0, 100 * over // days))


def chosen(text: Text, language: str) -> str:
    """A core text in a language."""
    return text.said(language)


def listed(names: Sequence[str], language: str) -> str:
    """Names one after another."""
    return (", " if language == "en" else "、").join(names)


def role_name(role: str, language: str) -> str:
    """A role's name on screen."""
    return role.replace("_", " ") if language == "en" or role not in ROLES else ROLES[role][0]


def week_number(period: Period) -> int:
    """The ISO number of a week."""
    return period.first.isocalendar().week

"""A pay plan: cards and rules as dated TOML, and the linter that refuses a wrong one.

A file is one version of a plan: ``key``, ``name``, ``since`` (first pay month), ``source``, a ``[notice]`` with
``number`` and ``published_on``, then ``[[cards]]`` and ``[[rules]]``. A card or rule may stand there several times with
different ``since``; each needs a source. Amounts are yuan in quotes (``"200.00"``): a binary fraction is no money.
"""

import hashlib
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from data_contracts.contract import Problem, Text
from scorecards.card import Card
from scorecards.dated import Dated, Version
from scorecards.linter import check, known_roles
from scorecards.reading import card_of, notice_of, rule_of, stated_of
from scorecards.rule import Notice, Stated
from scorecards.shapes import AnyRule
from scorecards.table import Finding, Table, error

__all__ = ["Finding", "Plan", "PlanError", "check", "check_text", "in_force", "known_roles", "read", "reread"]


class PlanError(Problem, ValueError):
    """A plan that does not load, with everything found wrong with it."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = list(findings)
        super().__init__(
            "方案未载入：\n" + "\n".join(f"{it.where}：{it.message.zh}" for it in self.findings),
            "The plan was not loaded:\n" + "\n".join(f"{it.where}: {it.message.en}" for it in self.findings),
        )


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One version of a plan. ``digest`` identifies the text it was read from."""

    key: str
    name: Text
    since: str
    source: str
    notice: Notice
    cards: tuple[Dated[Card], ...]
    rules: tuple[Dated[AnyRule], ...]
    digest: str
    stated: tuple[Stated, ...] = ()

    def cards_on(self, month: str) -> list[Card]:
        """The cards that apply in a pay month, in the plan's order."""
        return [card for dated in self.cards if (card := dated.on(month))]

    def rules_on(self, month: str) -> list[AnyRule]:
        """The rules that apply in a pay month, in the plan's order."""
        return [rule for dated in self.rules if (rule := dated.on(month))]


def in_force(versions: Iterable[Plan], month: str) -> list[Plan]:
    """Of each plan the version that applies in a pay month, by key."""
    latest: dict[str, Plan] = {}
    for plan in sorted(versions, key=lambda plan: plan.since):
        if plan.since <= month:
            latest[plan.key] = plan
    return [latest[key] for key in sorted(latest)]


def read(
    toml_text: str,
    *,
    extra_roles: Iterable[str] = (),
    earlier: Plan | None = None,
    beside: Sequence[Plan] = (),
) -> Plan:
    """The plan of a TOML text. ``earlier`` is the version it follows, ``beside`` are the other plans in force where it
    will be. Raises PlanError with all findings."""
    plan, findings = _parsed(toml_text)
    # What could not be read stands there with a stand-in value; judging that as well would only confuse.
    findings = findings or check(plan, extra_roles=extra_roles, earlier=earlier, beside=beside)
    if any(finding.severity == "error" for finding in findings):
        raise PlanError(findings)
    return plan


def reread(toml_text: str) -> Plan:
    """The plan of a text that was read before: it was judged then, by the roles and plans of that day."""
    plan, findings = _parsed(toml_text)
    if findings:
        raise PlanError(findings)
    return plan


def _parsed(toml_text: str) -> tuple[Plan, list[Finding]]:
    """The plan and what could not be read of it. Raises PlanError for what is no TOML."""
    try:
        raw = tomllib.loads(toml_text)
    except tomllib.TOMLDecodeError as fault:
        message = Text(f"不是有效的 TOML：{fault}；请按提示的行列修改", f"not valid TOML: {fault}; mend that line")
        raise PlanError([error("TOML", message)]) from None
    if _holds_nul(raw):
        message = Text("文字里有不可见的空字符（NUL）；请删去", "the text holds a NUL character; take it out")
        raise PlanError([error("TOML", message)])
    findings: list[Finding] = []
    return _plan(Table(raw, "", findings), hashlib.sha256(toml_text.encode()).hexdigest()), findings


def _holds_nul(value: object) -> bool:
    """Does a text in what was read hold the character that no office types and no database keeps?"""
    match value:
        case str():
            return "\x00" in value
        case dict():
            return any(map(_holds_nul, value.values()))
        case list():
            return any(map(_holds_nul, value))
        case _:
            return False


def check_text(
    toml_text: str,
    *,
    extra_roles: Iterable[str] = (),
    earlier: Plan | None = None,
    beside: Sequence[Plan] = (),
) -> list[Finding]:
    """All findings of a TOML text, whether or not it would load."""
    try:
        plan = read(toml_text, extra_roles=extra_roles, earlier=earlier, beside=beside)
    except PlanError as error:
        return error.findings
    return check(plan, extra_roles=extra_roles, earlier=earlier, beside=beside)


def _plan(table: Table, digest: str) -> Plan:
    since, source, notice = table.month("since"), table.text("source"), notice_of(table.table("notice"))
    cards = [card_of(card, since) for card in table.tables("cards")]
    rules = [rule_of(rule, since, notice) for rule in table.tables("rules")]
    plan = Plan(
        key=table.text("key"),
        name=table.label("name"),
        since=since,
        source=source,
        notice=notice,
        cards=_dated(table, "cards", [(card.role, version) for card, version in cards]),
        rules=_dated(table, "rules", [(rule.key, version) for rule, version in rules]),
        stated=tuple(stated_of(stated) for stated in table.tables("stated")),
        digest=digest,
    )
    table.finish()
    return plan


T = TypeVar("T", Card, AnyRule)


def _dated(table: Table, what: str, versions: list[tuple[str, Version[T]]]) -> tuple[Dated[T], ...]:
    by_key: dict[str, list[Version[T]]] = {}
    for key, version in versions:
        by_key.setdefault(key, []).append(version)
    dated = []
    for key, group in by_key.items():
        try:
            dated.append(Dated.of(group))
        except ValueError:
            table.refuse(f"{what}.{key}", "有两个版本从同一月份起执行", "two versions begin in the same month")
    return tuple(dated)

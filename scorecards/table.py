"""Reading a TOML table of a plan: what is missing or wrong is noted as a finding, and reading goes on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from fractions import Fraction
from typing import Any, Literal

from data_contracts.contract import Text
from scorecards import money
from scorecards.dated import month_of

TO_BE_SET = "待定"
"""Stands in a template for an amount that its source does not give."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What is wrong with a plan, or with facts of a store that a rule reads: an error refuses, a warning is shown."""

    severity: Literal["error", "warning"]
    where: str
    message: Text
    store_id: str | None = None

    def as_json(self, lang: str) -> dict[str, str]:
        message = self.message.said(lang)
        return {"severity": self.severity, "where": self.where, "message": message}


def error(where: str, message: Text) -> Finding:
    """A finding that refuses."""
    return Finding(severity="error", where=where, message=message)


def warning(where: str, message: Text, store_id: str | None = None) -> Finding:
    """A finding that is shown; of one store where it is named."""
    return Finding(severity="warning", where=where, message=message, store_id=store_id)


def nearest(word: str, known: Iterable[str]) -> Text:
    """`` , did you mean …`` for the nearest known word; empty where none is near."""
    near = get_close_matches(word, list(known), n=1, cutoff=0.4)
    return Text(f"，是否指 {near[0]}", f"; did you mean {near[0]}?") if near else Text("", "")


class Table:
    """One table; each reader takes a key, notes what is wrong with it and returns a value of the right type."""

    def __init__(self, raw: Mapping[str, Any], where: str, findings: list[Finding]) -> None:
        self.raw, self.where, self.findings = raw, where, findings
        self.seen: set[str] = set()

    def at(self, key: str) -> str:
        return f"{self.where}.{key}" if self.where else key

    def refuse(self, key: str, zh: str, en: str) -> None:
        self.findings.append(error(self.at(key), Text(zh, en)))

    def get(self, key: str, *, required: bool = True) -> Any:
        self.seen.add(key)
        value = self.raw.get(key)
        if value is None and required:
            self.refuse(key, "缺少此项，请补上", "missing; add it")
        return value

    def text(self, key: str, default: str | None = None) -> str:
        value = self.get(key, required=default is None)
        if value is None:
            return default or ""
        if not isinstance(value, str) or not value.strip():
            self.refuse(key, "应为非空文字", "must be a text that is not empty")
            return ""
        return value

    def label(self, key: str) -> Text:
        value = self.get(key)
        if isinstance(value, dict) and isinstance(value.get("zh"), str) and isinstance(value.get("en"), str):
            return Text(value["zh"], value["en"])
        if value is not None:
            self.refuse(key, '应写作 { zh = "…", en = "…" }', 'write { zh = "…", en = "…" }')
        return Text("", "")

    def month(self, key: str, default: str | None = None) -> str:
        value = self.text(key, default)
        try:
            month_of(value)
        except ValueError:
            if value:
                self.refuse(key, f"{value} 不是月份，请写 2026-10", f"{value} is not a month; write 2026-10")
            return "0001-01"
        return value

    def day(self, key: str) -> date:
        value = self.get(key)
        if type(value) is date:
            return value
        if value is not None:
            self.refuse(
                key, "应为日期，例如 2026-09-15（不加引号）", "must be a date such as 2026-09-15, without quotes"
            )
        return date.min

    def whole(self, key: str, *, low: int, high: int, default: int | None = None) -> int:
        value = self.get(key, required=default is None)
        if value is None:
            return default if default is not None else low
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            self.refuse(key, f"应为 {low} 到 {high} 的整数", f"must be a whole number from {low} to {high}")
            return low
        return value

    def exact(self, key: str, default: str) -> Fraction:
        value = self.get(key, required=False)
        try:
            if isinstance(value, bool) or not isinstance(value, str | int | None):
                raise ValueError
            return Fraction(default if value is None else value)
        except (ValueError, ZeroDivisionError):
            self.refuse(key, '应为引号内的小数，例如 "1.2"', 'must be a decimal in quotes such as "1.2"')
            return Fraction(default)

    def share(self, key: str) -> Fraction:
        """A limit as it stands in a notice: a percentage (``"22.5%"``) or a plain decimal (``"2"``)."""
        value = self.get(key)
        try:
            if value is None:
                return Fraction(0)
            if value == TO_BE_SET:
                self.refuse(
                    key, "界限由门店确定：请填写并公示后再载入", "the store sets this limit: enter and publish it"
                )
                return Fraction(0)
            if not isinstance(value, str):
                raise ValueError
            return Fraction(value.removesuffix("%")) / (100 if value.endswith("%") else 1)
        except (ValueError, ZeroDivisionError):
            self.refuse(key, '应为引号内的百分数或小数，例如 "15%"', 'must be a percentage or decimal in quotes: "15%"')
            return Fraction(0)

    def shares(self, key: str) -> tuple[Fraction, ...]:
        """Shares in their order; none where the key is missing."""
        if key not in self.raw:
            return ()
        words = self.words(key)
        row = Table({str(place): word for place, word in enumerate(words, 1)}, self.at(key), self.findings)
        return tuple(row.share(str(place)) for place in range(1, len(words) + 1))

    def fen(self, key: str) -> int:
        value = self.get(key)
        try:
            if value is None:
                return 0
            if value == TO_BE_SET:
                self.refuse(
                    key, "金额由门店确定：请填写并公示后再载入", "the store sets this amount: enter and publish it"
                )
                return 0
            if isinstance(value, bool) or not isinstance(value, str | int):
                raise ValueError
            amount = money.fen(value)
        except ValueError:
            self.refuse(key, '应为引号内的元，例如 "200.00"', 'must be yuan in quotes such as "200.00"')
            return 0
        if amount <= 0:
            self.refuse(key, "金额应大于 0", "the amount must be above 0")
        return amount

    def choice(self, key: str, allowed: Iterable[str], default: str | None = None) -> Any:
        listed = list(allowed)
        value = self.text(key, default)
        if value and value not in listed:
            near = nearest(value, listed)
            choices = "、".join(listed)
            self.refuse(key, f"应为 {choices} 之一{near.zh}", f"must be one of {', '.join(listed)}{near.en}")
        return value if value in listed else listed[0]

    def words(self, key: str) -> tuple[str, ...]:
        value = self.get(key)
        if value is None:
            return ()
        if not isinstance(value, list) or not value or not all(isinstance(word, str) for word in value):
            self.refuse(key, "应为非空的文字列表", "must be a list of texts that is not empty")
            return ()
        return tuple(value)

    def yes_no(self, key: str) -> bool:
        value = self.get(key, required=False)
        if value is not None and not isinstance(value, bool):
            self.refuse(key, "应为 true 或 false", "must be true or false")
        return value is True

    def decided(self, key: str) -> bool:
        """A yes or no that must not be left out."""
        self.get(key)
        return self.yes_no(key)

    def table(self, key: str) -> "Table":
        value = self.get(key)
        if value is not None and not isinstance(value, dict):
            self.refuse(key, f"应写作 [{key}]", f"write [{key}]")
            value = None
        return Table(value or {}, self.at(key), self.findings if value is not None else [])

    def tables(self, key: str) -> list["Table"]:
        value = self.get(key, required=False)
        value = [] if value is None else value
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self.refuse(key, f"应写作 [[{key}]]", f"write [[{key}]]")
            return []
        return [Table(item, self.at(f"{key}[{place}]"), self.findings) for place, item in enumerate(value, 1)]

    def finish(self) -> None:
        for key in sorted(self.raw.keys() - self.seen):
            near = nearest(key, self.seen)
            self.refuse(key, f"不认识的项{near.zh}", f"unknown entry{near.en}")

"""A plan's text with some amounts or targets changed, as its next dated version, and TOML as plans are written.

The new text holds what is in force from the new version's first month on: what stays keeps its own month and notice,
what changes takes the new ones. Earlier months stay with the earlier text.
"""

import json
import tomllib
from collections.abc import Mapping
from copy import deepcopy
from datetime import date
from typing import Any

from data_contracts.contract import Problem
from scorecards.table import nearest

Raw = dict[str, Any]


def amended(
    text: str, key: str, changes: Mapping[str, str], *, since: str, notice: str, published_on: date
) -> str:  # fmt: skip
    """The text of a plan in which the rule (by its key) or card (by its role) has other values from ``since`` on.

    ``changes`` are entry → value as written in the file: ``amount`` → ``250.00``, ``bands.2.amount`` → ``30.00``,
    ``lines.1.weight`` → ``60``; an empty value leaves the entry out. Raises Problem for what is not there.
    """
    raw = tomllib.loads(text)
    before = deepcopy(raw)
    rules = _in_force(raw.get("rules", []), "key", before, since)
    cards = _in_force(raw.get("cards", []), "role", before, since)
    entries = {entry[name]: entry for group, name in ((cards, "role"), (rules, "key")) for entry in group}
    changed = next((entry for entry in (*rules, *cards) if key in (entry.get("key"), entry.get("role"))), None)
    if changed is None:
        near, known = nearest(key, entries), "、".join(entries)
        raise Problem(
            f"方案里没有规则或记分卡 {key}{near.zh}；有 {known}。",
            f"The plan has no rule or card {key}{near.en}; it has {', '.join(entries)}.",
        )
    for path, value in changes.items():
        _set(changed, path, value)
    changed.pop("since", None)
    changed.pop("notice", None)
    for card in cards:
        if card.get("since", since) <= since:
            card.pop("since", None)  # a card has no notice of its own: what is in force goes by the plan's
    raw |= {"since": since, "notice": {"number": notice, "published_on": published_on}}
    raw |= {"cards": cards} if cards else {}
    raw |= {"rules": rules} if rules else {}
    return _heading(text) + to_toml(raw)


def _in_force(entries: list[Raw], name: str, plan: Mapping[str, Any], since: str) -> list[Raw]:
    """Of each entry the version in force in ``since``, with its month and notice, and those that come later."""
    kept: dict[str, Raw] = {}
    later = []
    for entry in entries:
        own = {"since": entry.get("since", plan["since"]), "notice": entry.get("notice", plan["notice"])}
        if name == "role":
            own.pop("notice")
        dated = {**entry, **own}
        if own["since"] > since:
            later.append(dated)
        elif entry[name] not in kept or kept[entry[name]]["since"] < own["since"]:
            kept[entry[name]] = dated
    return [*kept.values(), *later]


def _set(entry: Raw, path: str, value: str) -> None:
    """One value, of the type that stands there now."""
    *way, last = path.split(".")
    place: Any = entry
    for step in way:
        if isinstance(place, list) and step.isdigit() and 0 < int(step) <= len(place):
            place = place[int(step) - 1]
        elif isinstance(place, dict) and step in place:
            place = place[step]
        else:
            raise _no_entry(path, place)
    if not isinstance(place, dict):
        raise _no_entry(path, place)
    if not value:
        place.pop(last, None)
    else:
        place[last] = _typed(path, place.get(last), value)


def _typed(path: str, present: Any, value: str) -> Any:
    if isinstance(present, bool):
        if value not in ("true", "false"):
            raise Problem(f"{path} 应为 true 或 false。", f"{path} must be true or false.")
        return value == "true"
    if isinstance(present, int):
        if not value.isdigit():
            raise Problem(f"{path} 应为整数。", f"{path} must be a whole number.")
        return int(value)
    if isinstance(present, list) and all(isinstance(one, str) for one in present):
        return [one.strip() for one in value.split(",")]
    if isinstance(present, list | dict):
        raise Problem(
            f"{path} 有多项，请写明是哪一项，例如 {path}.1。", f"{path} has several parts; name one: {path}.1."
        )
    return value


def _no_entry(path: str, place: Any) -> Problem:
    known = list(place) if isinstance(place, dict) else [str(number) for number in range(1, len(place) + 1)]
    return Problem(f"没有 {path}；此处有 {'、'.join(known)}。", f"No {path}; there are {', '.join(known)}.")


def _heading(text: str) -> str:
    lines = []
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        lines.append(line + "\n")
    return "".join(lines)


def to_toml(raw: Mapping[str, Any]) -> str:
    """A plan's tables as TOML, its lists of tables one after the other; ``read`` gives the same plan again."""
    plain = {name: value for name, value in raw.items() if name != "notice" and not _are_tables(value)}
    parts = ["".join(f"{name} = {_value(value)}\n" for name, value in plain.items())]
    if "notice" in raw:
        parts.append("[notice]\n" + "".join(f"{name} = {_value(value)}\n" for name, value in raw["notice"].items()))
    for name, tables in raw.items():
        if _are_tables(tables):
            parts += [
                f"[[{name}]]\n" + "".join(f"{key} = {_value(value)}\n" for key, value in table.items())
                for table in tables
            ]
    return "\n".join(parts)


def _are_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, dict) for one in value)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name} = {_value(part)}" for name, part in value.items()) + " }"
    if _are_tables(value):
        return "[\n" + "".join(f"    {_value(one)},\n" for one in value) + "]"
    if isinstance(value, list):
        return "[" + ", ".join(_value(one) for one in value) + "]"
    if isinstance(value, date):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False)

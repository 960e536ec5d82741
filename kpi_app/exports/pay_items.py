"""The sheet for another payroll system: what each person gets by that system's pay items, as CSV.

The office writes a small TOML file: which of its items each column of money becomes, and what the file's columns are
called. Every amount must find its item, so that the file adds up to the sheet.
"""

import csv
import io
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Final

from data_contracts.contract import Problem
from kpi_app.exports.people import Row, rows_of
from kpi_app.exports.tables import guarded, plain_yuan
from scorecards.payout import COLUMN_NAMES
from scorecards.sheet import Sheet

LAYOUTS = ("rows", "columns")
ENCODINGS = ("utf-8-sig", "utf-8", "gb18030")
FIELDS: Final = (
    "period",
    "store_id",
    "store_name",
    "department",
    "person_id",
    "person_name",
    "item",
    "item_name",
    "amount",
)
HEADINGS: Final = {
    "月份": "period",
    "门店": "store_id",
    "工号": "person_id",
    "姓名": "person_name",
    "工资项": "item",
    "金额": "amount",
}


@dataclass(frozen=True, kw_only=True)
class PayItems:
    """Column of money → the code of its pay item, and how the file is laid out: one item a row, or one person."""

    items: Mapping[str, str]
    names: Mapping[str, str]
    headings: Mapping[str, str]
    layout: str
    encoding: str


def read(text: str) -> PayItems:
    """The pay items of a TOML file. Raises Problem that says what is wrong with it."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        raise Problem(f"工资项对照文件不是 TOML：{wrong}。", f"The pay item file is no TOML: {wrong}.") from None
    _known(raw, ("layout", "encoding", "items", "names", "columns"), "")
    items = _texts(raw, "items")
    _known(items, COLUMN_NAMES, "items.")
    names, headings = _texts(raw, "names"), _texts(raw, "columns") or dict(HEADINGS)
    for heading, field in headings.items():
        _known({field: heading}, FIELDS, "columns.")
    layout, encoding = raw.get("layout", "rows"), raw.get("encoding", "utf-8-sig")
    for key, value, allowed in (("layout", layout, LAYOUTS), ("encoding", encoding, ENCODINGS)):
        if value not in allowed:
            raise Problem(
                f"工资项对照文件的 {key} 应为 {'、'.join(allowed)} 之一，现为 {value}。",
                f"{key} of the pay item file must be one of {', '.join(allowed)}, not {value}.",
            )
    return PayItems(items=items, names=names, headings=headings, layout=layout, encoding=encoding)


def pay_items_csv(sheet: Sheet, wanted: PayItems) -> bytes:
    """The sheet by pay items, in yuan; items that come to 0 are left out where each has a row.

    Raises Problem where an amount has no item, and for a character that the encoding does not know.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    by_person = [(row, _by_item(row, wanted)) for row in rows_of(sheet)]
    if wanted.layout == "rows":
        writer.writerow([guarded(heading) for heading in wanted.headings])
        for row, amounts in by_person:
            for item, fen in amounts.items():
                if fen:
                    known = _known_of(sheet, row) | {"item": item, "item_name": wanted.names.get(item, "")}
                    writer.writerow(
                        plain_yuan(fen) if field == "amount" else guarded(known[field])
                        for field in wanted.headings.values()
                    )
    else:
        codes = list(dict.fromkeys(wanted.items.values()))
        about = {head: it for head, it in wanted.headings.items() if it not in ("item", "item_name", "amount")}
        writer.writerow([*map(guarded, about), *(guarded(wanted.names.get(code, code)) for code in codes)])
        for row, amounts in by_person:
            known = _known_of(sheet, row)
            writer.writerow(
                [
                    *(guarded(known[field]) for field in about.values()),
                    *(plain_yuan(amounts.get(code, 0)) for code in codes),
                ]
            )
    try:
        return text.getvalue().encode(wanted.encoding)
    except UnicodeEncodeError as wrong:
        raise Problem(
            f"编码 {wanted.encoding} 没有字符 {wrong.object[wrong.start : wrong.end]}；请改用 gb18030 或 utf-8。",
            f"{wanted.encoding} has no {wrong.object[wrong.start : wrong.end]}; use gb18030 or utf-8.",
        ) from None


def _by_item(row: Row, wanted: PayItems) -> dict[str, int]:
    """Pay item → fen of one person; several columns may share an item."""
    amounts: dict[str, int] = {}
    for column, fen in row.columns.items():
        if not fen:
            continue
        if column not in wanted.items:
            name = COLUMN_NAMES[column]
            raise Problem(
                f"{name.zh}（{column}）没有对应的工资项，而 {row.person.person_id} 有 {plain_yuan(fen)} 元；"
                f"请在对照文件 [items] 里补上 {column}。",
                f"{name.en} ({column}) has no pay item and {row.person.person_id} has {plain_yuan(fen)} yuan of it; "
                f"add {column} to [items].",
            )
        code = wanted.items[column]
        amounts[code] = amounts.get(code, 0) + fen
    return amounts


def _known_of(sheet: Sheet, row: Row) -> dict[str, str]:
    person = row.person
    return {
        "period": sheet.period,
        "store_id": person.store_id,
        "store_name": person.store_name,
        "department": person.department,
        "person_id": person.person_id,
        "person_name": person.person_name,
    }


def _texts(raw: Mapping[str, Any], key: str) -> dict[str, str]:
    table = raw.get(key, {})
    if not isinstance(table, dict) or not all(isinstance(value, str) and value for value in table.values()):
        raise Problem(
            f'工资项对照文件的 [{key}] 应为一组 名称 = "文字"。', f'[{key}] of the pay item file holds name = "text".'
        )
    return table


def _known(given: Mapping[str, Any], known: Iterator[str] | Any, where: str) -> None:
    for key in given:
        if key not in known:
            near = get_close_matches(key, list(known), n=1, cutoff=0.4)
            hint = f"，是否指 {near[0]}" if near else f"；可用 {'、'.join(known)}"
            hint_en = f"; did you mean {near[0]}?" if near else f"; there are {', '.join(known)}."
            raise Problem(
                f"工资项对照文件没有 {where}{key} 这一项{hint}。", f"No {where}{key} in a pay item file{hint_en}"
            )

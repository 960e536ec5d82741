"""What is unusual in a month, in baskets: each row says who, what and how much."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import streamlit as st

from kpi_app.pages import address
from kpi_app.pages.month.chosen import Chosen, Ledger
from kpi_app.pages.sentences import role_name
from kpi_app.store.months import leavers
from kpi_app.web import looks
from kpi_app.web.visit import Visit
from scorecards.sheet import SheetPerson

CHECKED = ("no reduction", "passed")
"""What the pay guard says where there is nothing to look at."""
CANNOT_CHECK = "the minimum wage cannot be checked"
LARGE_YUAN = 2000
"""A line of so many yuan, either way, is looked at by itself."""
MOST_ROWS = 100


@dataclass(frozen=True, kw_only=True)
class Row:
    """Something in a basket."""

    name: str
    where: str
    what: str
    amount_fen: int | None = None


def draw(chosen: Chosen, ledger: Ledger) -> None:
    """The baskets with how much is in each, and what is in the one that is open."""
    here = chosen.here
    filled: Mapping[str, tuple[str, Callable[[Chosen, Ledger], list[Row]]]] = {
        "leavers": (here("离职待结"), of_leavers),
        "nothing": (here("零绩效"), of_nothing),
        "moved": (here("超上限或顺延"), of_moved),
        "wage": (here("无法校验最低工资"), of_wage),
        "base": (here("无基数"), of_base),
        "twice": (here("重复付款"), of_twice),
        "manual": (here("手工行"), partial(of_kind, kind="manual")),
        "large": (here("大额"), of_large),
        "correction": (here("补差"), partial(of_kind, kind="correction")),
    }
    found: Mapping[str, list[Row]] = chosen.look(
        "baskets", lambda: {key: rows(chosen, ledger) for key, (_, rows) in filled.items()}
    )
    st.html(looks.fragment("title.html", title=here("异常篮"), note=here("逐项核对；点开看是谁、为什么、多少")))
    first = next((it for it in filled if found[it]), "")

    def draw(asked: str) -> str:
        return (
            st.pills(
                here("异常篮"),
                list(filled),
                format_func=lambda it: f"{filled[it][0]} {len(found[it])}",
                label_visibility="collapsed",
                default=asked or None,
                key="pay_basket",
            )
            or ""
        )

    asked = address.one("basket", list(filled), first)
    key = address.choice("basket", "pay_basket", asked, draw, lambda found: "" if found == first else found)
    if not key:
        return
    rows = found[key]
    notes = {
        "large": here("单行 {n} 元及以上", n=f"{LARGE_YUAN:,}"),
        "leavers": here("本月发放、预留未到期的，以及由人事结清的"),
        "moved": here("扣减超出绩效不扣的、顺延的、免除的"),
        "twice": here("同一事项按同一规则计发多次"),
    }
    st.html(
        looks.fragment(
            "month_basket.html",
            _=here,
            note=notes.get(key, ""),
            rows=[
                {"name": it.name, "where": it.where, "what": it.what,
                 "amount": "" if it.amount_fen is None else looks.yuan(it.amount_fen, sign=True),
                 "is_less": (it.amount_fen or 0) < 0}
                for it in rows[:MOST_ROWS]
            ],
            more=max(0, len(rows) - MOST_ROWS),
        )
    )  # fmt: skip


def where(here: Visit, person: SheetPerson) -> str:
    """Where somebody stands."""
    return f"{person.store_name} · {person.department} · {role_name(person.role, here.language)}"


def of_people(chosen: Chosen, people: Iterable[SheetPerson], says: Callable[[SheetPerson], str]) -> list[Row]:
    """People with what is said of each."""
    return [
        Row(name=it.person_name, where=where(chosen.here, it), what=says(it), amount_fen=it.total_fen) for it in people
    ]


def of_lines(chosen: Chosen, ledger: Ledger, lines: Sequence[Mapping[str, Any]], said: str = "") -> list[Row]:
    """Lines with their reasons, the largest first."""
    here, made = chosen.here, []
    for line in sorted(lines, key=lambda it: -abs(it["amount_fen"])):
        person = ledger.people.get((line["store_id"], line["person_id"]))
        reason = line["arithmetic_en"] if here.language == "en" else line["arithmetic_zh"]
        made.append(
            Row(
                name=person.person_name if person else line["person_id"],
                where=where(here, person) if person else chosen.name_of(line["store_id"]),
                what=f"{here.text(ledger.sheet.rule_name(line))}：{said or reason}",
                amount_fen=line["amount_fen"],
            )
        )
    return made


def of_leavers(chosen: Chosen, ledger: Ledger) -> list[Row]:
    """What those who have left still get, and what HR settles with them."""
    here = chosen.here
    rows = leavers.listing(here.db, here.who, chosen.period, unit=chosen.unit)
    listed = [
        Row(
            name=row["person_name"],
            where=row["store_name"],
            what=f"{row['period']} {here.text(ledger.sheet.rule_name(row))} · "
            f"{row['state_en'] if here.language == 'en' else row['state_zh']}",
            amount_fen=row["amount_fen"],
        )
        for row in rows
    ]
    ids = {row["person_id"] for row in rows}
    gone = [it for it in ledger.sheet.people if it.is_leaver and it.person_id not in ids]
    return listed + of_people(chosen, gone, lambda it: here("{day} 离职，本月在岗", day=it.left_on or ""))


def of_nothing(chosen: Chosen, ledger: Ledger) -> list[Row]:
    """Who gets nothing at all, with the first reason there is."""
    here = chosen.here
    why = {
        (one.store_id, one.person_id): here.text(one.why)
        for one in reversed(ledger.sheet.judgements)
        if one.line_id is None
    }
    return of_people(
        chosen,
        [it for it in ledger.sheet.people if not it.total_fen],
        lambda it: why.get((it.store_id, it.person_id)) or here("没有金额行。"),
    )


def of_moved(chosen: Chosen, ledger: Ledger) -> list[Row]:
    """Lines of which the guards let something lapse, carried something on or waived something."""
    return of_lines(
        chosen, ledger, [it for it in ledger.lines if it["lapsed_fen"] or it["carried_fen"] or it["waived_fen"]]
    )


def of_wage(chosen: Chosen, ledger: Ledger) -> list[Row]:
    """Whose minimum wage cannot be checked, or is not reached."""
    here = chosen.here
    return of_people(
        chosen,
        [it for it in ledger.sheet.people if CANNOT_CHECK in it.check.en or "below the minimum wage" in it.check.en],
        lambda it: here.text(it.check),
    )


def of_base(chosen: Chosen, ledger: Ledger) -> list[Row]:
    """Who has no pay profile."""
    here = chosen.here
    return of_people(
        chosen, [it for it in ledger.sheet.people if it.base_fen is None], lambda _: here("没有薪资基数，请先导入")
    )


def of_twice(chosen: Chosen, ledger: Ledger) -> list[Row]:
    """What one rule pays more than once for one event."""
    return [
        Row(name=place.about.split("/")[0], where=item.store_name, what=chosen.here.text(place.text))
        for item in chosen.checklist()
        if item.key == "paid_twice"
        for place in (*item.places, *(place for place, _ in item.answered))
    ]


def of_kind(chosen: Chosen, ledger: Ledger, *, kind: str) -> list[Row]:
    """Lines of one kind."""
    return of_lines(chosen, ledger, [line for line in ledger.lines if line["kind"] == kind])


def of_large(chosen: Chosen, ledger: Ledger) -> list[Row]:
    """Lines of much money."""
    return of_lines(chosen, ledger, [line for line in ledger.lines if abs(line["amount_fen"]) >= LARGE_YUAN * 100])

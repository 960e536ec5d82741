"""Amounts line by line: everybody's totals behind filters, baskets of what is unusual, how a line came about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import streamlit as st

from data_contracts.results import LINE_KINDS
from kpi_app.pages import address, deeds
from kpi_app.pages.month import baskets
from kpi_app.pages.month.chosen import Chosen, Ledger, cause_name, change_of, choose, kind_name, lines_of, nothing_yet
from kpi_app.pages.sentences import role_name
from kpi_app.store.months import month as months
from kpi_app.web import looks
from kpi_app.web.visit import Visit
from scorecards.explain import Node
from scorecards.payout import ROUNDING_RULE
from scorecards.sheet import SheetPerson

MOST_PEOPLE = 300
SETTLED, OPEN = "settled", "open"


@dataclass(frozen=True)
class Wanted:
    """What the filters let through; nothing chosen lets everything through."""

    departments: Sequence[str] = ()
    roles: Sequence[str] = ()
    rules: Sequence[str] = ()
    kinds: Sequence[str] = ()
    states: Sequence[str] = ()

    @property
    def is_of_lines(self) -> bool:
        """Is anything asked of the lines, so that people without such a line fall away?"""
        return bool(self.rules or self.kinds or self.states)

    def lets_person(self, person: SheetPerson) -> bool:
        """Is the person among the departments and posts asked for?"""
        return (not self.departments or person.department in self.departments) and (
            not self.roles or person.role in self.roles
        )

    def lets_line(self, line: Mapping[str, Any]) -> bool:
        """Is the line among the rules, kinds and states asked for?"""
        state = SETTLED if line["is_settled"] else OPEN
        return (
            (not self.rules or rule_key(line) in self.rules)
            and (not self.kinds or line["kind"] in self.kinds)
            and (not self.states or state in self.states)
        )


def rule_key(line: Mapping[str, Any]) -> str:
    """A rule among all plans."""
    return f"{line['plan'] or ''}/{line['rule']}"


def draw(here: Visit) -> None:
    """Draw the page."""
    chosen = choose(here, here("金额明细 {month}"), here("税前绩效调整额，不含考勤、社保公积金、个税"))
    deeds.say()
    ledger = chosen.ledger()
    if ledger is None:
        nothing_yet(here)
        return
    with st.container(key="card_filters"):
        wanted = filters(here, ledger)
    with st.container(key="card_person"):
        one_person(chosen, ledger)
    with st.container(key="card_people"):
        people(chosen, ledger, wanted)
    with st.container(key="card_baskets"):
        baskets.draw(chosen, ledger)


def filters(here: Visit, ledger: Ledger) -> Wanted:
    """Department, post, rule, kind, state; the store is chosen in the head."""
    everybody, lines = ledger.sheet.people, ledger.lines
    names = {rule_key(line): here.text(ledger.sheet.rule_name(line)) for line in lines}
    states = {SETTLED: here("已定数"), OPEN: here("未定数")}
    departments, roles = sorted({it.department for it in everybody}), sorted({it.role for it in everybody})
    kinds = [kind for kind in LINE_KINDS if any(line["kind"] == kind for line in lines)]

    def several(name: str, label: str, options: Mapping[str, str], width: int) -> list[str]:
        return address.select_several(name, label, options, key=f"pay_{name}", placeholder=here("全部"), width=width)

    with st.container(horizontal=True, key="pay_filters"):
        return Wanted(
            departments=several("department", here("部门"), {it: it for it in departments}, width=190),
            roles=several("role", here("岗位"), {it: role_name(it, here.language) for it in roles}, width=190),
            rules=several("rule", here("规则"), {it: names[it] for it in sorted(names)}, width=220),
            kinds=several("kind", here("类型"), {it: kind_name(here, it) for it in kinds}, width=190),
            states=several("state", here("状态"), states, width=170),
        )  # fmt: skip


# --- everybody ---


def people(chosen: Chosen, ledger: Ledger, wanted: Wanted) -> None:
    """Everybody whom the filters let through, who moved most first."""
    here = chosen.here
    shown: list[tuple[SheetPerson, list[dict[str, Any]]]] = []
    for person in ledger.sheet.people:
        lines = [line for line in ledger.lines_of(person) if wanted.lets_line(line)]
        if wanted.lets_person(person) and (lines or not wanted.is_of_lines):
            shown.append((person, lines))
    shown.sort(key=lambda pair: (-abs(change_of(pair[0])), pair[0].store_id, pair[0].person_id))
    kinds = [kind for kind in LINE_KINDS if any(person.by_kind.get(kind) for person, _ in shown)]
    picked = sum(line["amount_fen"] for _, lines in shown for line in lines)
    st.html(
        looks.fragment(
            "pay_people.html",
            _=here,
            kinds=[kind_name(here, kind) for kind in kinds],
            people=[pay_row(chosen, person, lines, kinds) for person, lines in shown[:MOST_PEOPLE]],
            picked=looks.yuan(picked) if wanted.is_of_lines else "",
            total=looks.yuan(sum(person.total_fen for person, _ in shown)),
            count=here("{n} 人", n=len(shown)),
            more=max(0, len(shown) - MOST_PEOPLE),
        )
    )


def pay_row(
    chosen: Chosen, person: SheetPerson, lines: Sequence[Mapping[str, Any]], kinds: Sequence[str]
) -> dict[str, Any]:
    """A person's line of the table; ``lines`` are those the filters let through."""
    here, has_before = chosen.here, person.previous_fen is not None
    return {
        "name": person.person_name,
        "person_id": person.person_id,
        "address": lines_of(chosen, person),
        "store": person.store_name,
        "post": f"{person.department} · {role_name(person.role, here.language)}",
        "tags": tags(here, person, lines),
        "score": person.score or looks.NOTHING,
        "kinds": [looks.yuan(person.by_kind[kind]) if person.by_kind.get(kind) else looks.NOTHING for kind in kinds],
        "picked": looks.yuan(sum(line["amount_fen"] for line in lines)),
        "total": looks.yuan(person.total_fen),
        "before": looks.yuan(person.previous_fen),
        "change": looks.yuan(change_of(person), sign=True) if has_before else looks.NOTHING,
        "is_less": has_before and change_of(person) < 0,
        "cause": cause_name(here, person),
    }


def tags(here: Visit, person: SheetPerson, lines: Sequence[Mapping[str, Any]]) -> list[str]:
    """What is to be known of a person's amount at a glance."""
    return [
        said
        for said, holds in (
            (here("已离职"), person.is_leaver),
            (here("未定数"), any(not line["is_settled"] for line in lines)),
            (here("无基数"), person.base_fen is None),
            (here("有顺延"), any(line["carried_fen"] for line in lines)),
            (here("须核对"), person.check.en not in baskets.CHECKED),
        )
        if holds
    ]


# --- one person ---


def one_person(chosen: Chosen, ledger: Ledger) -> None:
    """One person's lines with their reasons, what was judged without money, and how each line came about."""
    here = chosen.here
    st.html(looks.fragment("title.html", title=here("个人明细"), note=here("每一行都能查到规则、数据与原始文件的行")))
    key = chosen_person(here, ledger)
    if key is None or key not in ledger.people:
        return
    person, lines = ledger.people[key], ledger.lines_of(ledger.people[key])
    st.html(looks.fragment("pay_person.html", _=here, **person_values(here, person)))
    for line in lines:
        with st.container(gap=None, key=f"line_{line['line_id']}"):
            one_line(chosen, ledger, line)
    others = [
        here.text(one.why)
        for one in ledger.sheet.judgements
        if (one.store_id, one.person_id) == key and one.line_id is None
    ]
    if others or not lines:
        st.html(looks.fragment("pay_judged.html", _=here, others=others, has_lines=bool(lines)))


def chosen_person(here: Visit, ledger: Ledger) -> tuple[str, str] | None:
    """Store and 工号 of whom the address names, or nobody."""
    options = list(ledger.people)
    asked = next((key for key in options if key[1] == st.query_params.get("person")), None)
    return address.choice(
        "person",
        "pay_person",
        asked,
        lambda at: st.selectbox(
            here("人员"),
            options,
            index=None if at is None else options.index(at),
            format_func=lambda it: f"{ledger.people[it].person_name}（{it[1]}）· {ledger.people[it].store_name}",
            placeholder=here("输入姓名或工号，或在下表点姓名"),
            label_visibility="collapsed",
            key="pay_person",
        ),
        lambda key: None if key is None else key[1],
    )


def one_line(chosen: Chosen, ledger: Ledger, line: Mapping[str, Any]) -> None:
    """A line, and on demand how it came about."""
    here, line_id = chosen.here, line["line_id"]
    st.html(looks.fragment("pay_line.html", _=here, **line_row(here, ledger, line)))
    opened = st.expander(here("怎么来的"), key=f"why_{line_id}", on_change="rerun", type="compact")
    if opened.open:
        node = chosen.look(f"why {line_id}", partial(months.explain, here.db, here.who, line_id))
        with opened:
            st.html(looks.fragment("tree.html", node=tree(here, node)))


def person_values(here: Visit, person: SheetPerson) -> dict[str, Any]:
    """A person's sums above the lines."""
    has_before = person.previous_fen is not None
    return {
        "name": person.person_name,
        "post": f"{person.store_name} · {person.department} · {role_name(person.role, here.language)}",
        "facts": [
            here("在岗 {n} 天", n=person.days_in_office),
            here("绩效基数 {yuan}", yuan=looks.yuan(person.base_fen)),
            here("得分 {score}", score=person.score or looks.NOTHING),
            here("校验：{check}", check=here.text(person.check)),
        ],
        "plans": person.plans,
        "total": looks.yuan(person.total_fen),
        "before": looks.yuan(person.previous_fen),
        "change": looks.yuan(change_of(person), sign=True) if has_before else looks.NOTHING,
    }


def line_row(here: Visit, ledger: Ledger, row: Mapping[str, Any]) -> dict[str, Any]:
    """A line with its reason, and what the guards moved of it."""
    moved = {"lapsed_fen": here("不扣"), "carried_fen": here("顺延"), "waived_fen": here("免除")}
    return {
        "kind": kind_name(here, row["kind"])
        if row["rule"] != ROUNDING_RULE
        else here.text(ledger.sheet.kind_name(row)),
        "rule": here.text(ledger.sheet.rule_name(row)),
        "notice": row["notice"] or "",
        "period": row["metric_period"] or row["period"],
        "reason": row["arithmetic_en"] if here.language == "en" else row["arithmetic_zh"],
        "amount": looks.yuan(row["amount_fen"], sign=True),
        "is_less": row["amount_fen"] < 0,
        "is_settled": row["is_settled"],
        "moved": [f"{name} {looks.yuan(row[column])}" for column, name in moved.items() if row[column]],
    }


def tree(here: Visit, node: Node) -> dict[str, Any]:
    """A node and what stands below it, in the visitor's language."""
    return {"text": here.text(node.text), "children": [tree(here, child) for child in node.children]}

"""Two sheets side by side: two months, or two revisions of one store's month, by person, rule and cause."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import streamlit as st

from kpi_app.pages import address, links
from kpi_app.pages.month.chosen import MONTHS_TO_CHOOSE, Chosen, choose
from kpi_app.store.months import differences as compared
from kpi_app.web import looks
from kpi_app.web.visit import Visit
from metrics.period import Period
from scorecards.compare import CAUSES, Comparison, Difference

MOST_ROWS = 400
MONTHS, REVISIONS = "months", "revisions"


@dataclass(frozen=True, kw_only=True)
class Row:
    """A difference with the comparison that it stands in."""

    of: Comparison
    one: Difference

    @property
    def person(self) -> str:
        """The person's name, or the 工号 of one on neither sheet."""
        return self.of.people.get(self.one.person_id, self.one.person_id)


def draw(here: Visit) -> None:
    """Draw the page."""
    chosen = choose(here, here("差异对照 {month}"), here("两张绩效表逐人、逐规则、逐原因对照；各项之和等于合计的差额"))
    with st.container(key="card_compared"):
        found = comparisons(chosen)
    if found is None:
        return
    rows = [Row(of=it, one=one) for it in found for one in it.differences]
    with st.container(key="card_sums"):
        sums(here, chosen, found)
    with st.container(key="card_rows"):
        table(here, rows)


# --- what is compared ---


def comparisons(chosen: Chosen) -> Sequence[Comparison] | None:
    """What was chosen to compare; None, with a sentence, where there is nothing to."""
    here = chosen.here
    st.html(looks.fragment("title.html", title=here("与什么对照"), note=here("查看会记入操作记录")))
    kinds = {MONTHS: here("另一个月"), REVISIONS: here("本月的两个版次")}
    with st.container(horizontal=True, vertical_alignment="bottom", key="compared_choice"):
        kind = address.segments("by", here("对照方式"), kinds, at=MONTHS, key="compared_kind")
        if kind == MONTHS:
            address.keep(before=None, after=None)
            return with_another_month(chosen)
        address.keep(against=None)
        return of_two_revisions(chosen)


def with_another_month(chosen: Chosen) -> Sequence[Comparison]:
    """Held against another month: at first the one before."""
    here, period = chosen.here, chosen.period
    labels = [it.label for it in period.previous().trailing(MONTHS_TO_CHOOSE)][::-1]
    names = {it: it for it in labels}
    label = address.select("against", here("对照月份"), names, at=labels[0], key=f"compared_month_{period.label}")
    other = Period.parse(label, month_starts_on=period.month_starts_on)
    read = partial(compared.months, here.db, here.who, other, period, unit=chosen.unit)
    found: Sequence[Comparison] = chosen.look(f"compared {label}", read)
    return found


def of_two_revisions(chosen: Chosen) -> Sequence[Comparison] | None:
    """An earlier and a later revision of one store's month: at first the newest two."""
    here = chosen.here
    units = [state.store_id for state in chosen.states if state.snapshot_id is not None]
    if len(units) != 1:
        st.html(looks.fragment("note.html", text=here("版次是各店自己的：请先在右上方选一家店。")))
        return None
    known = {str(it.revision): it for it in compared.versions(here.db, here.who, chosen.period, units[0])}
    if len(known) < 2:
        st.html(looks.fragment("note.html", text=here("这个月只计算过一个版次，没有可对照的。")))
        return None
    names = {
        number: here("第 {n} 版 · {at} {by} · {total}", n=number, at=f"{it.computed_at:%m-%d %H:%M}",
                     by=it.computed_by, total=looks.yuan(it.total_fen))
        for number, it in known.items()
    }  # fmt: skip
    newest, one_before = list(known)[:2]
    key = f"{chosen.period.label}_{units[0]}"
    before = address.select("before", here("前一版"), names, at=one_before, key=f"before_{key}")
    after = address.select("after", here("后一版"), names, at=newest, key=f"after_{key}")
    read = partial(
        compared.revisions,
        here.db, here.who, chosen.period, before=int(before), after=int(after), unit=chosen.unit,
    )  # fmt: skip
    found: Sequence[Comparison] = chosen.look(f"compared {before}..{after}", read)
    return found


# --- what came of it ---


def sums(here: Visit, chosen: Chosen, found: Sequence[Comparison]) -> None:
    """Before, after and the difference by store, and by cause."""
    whole = sum(it.amount_fen for it in found)
    adds_up = whole == sum(one.amount_fen for it in found for one in it.differences)
    note = here("各项之和 = 合计的差额 {amount}", amount=looks.yuan(whole, sign=True))
    st.html(
        looks.fragment(
            "title.html", title=here("合计"), note=note if adds_up else here("各项之和与合计不符，请联系管理员")
        )
    )
    causes = [cause for cause in CAUSES if any(it.of_cause(cause) for it in found)]
    columns = [
        {"title": here("门店")}, {"title": here("差额"), "is_number": True}, {"title": here("前"), "is_number": True},
        {"title": here("后"), "is_number": True},
        *({"title": here.text(CAUSES[cause]), "is_number": True} for cause in causes),
        {"title": here("哪两张表")},
    ]  # fmt: skip
    lines = [(chosen.name_of(it.store_id or ""), [it], pair_name(here, it)) for it in found]
    if len(found) > 1:
        lines.append((here("合计"), list(found), ""))
    rows = [
        {
            "cells": [
                name, looks.yuan(sum(it.amount_fen for it in of), sign=True),
                looks.yuan(sum(it.before_fen for it in of)), looks.yuan(sum(it.after_fen for it in of)),
                *(looks.yuan(sum(it.of_cause(cause) for it in of), sign=True) for cause in causes),
                pair,
            ]
        }
        for name, of, pair in lines
    ]  # fmt: skip
    st.html(looks.fragment("listing.html", columns=columns, rows=rows, nothing=""))


def pair_name(here: Visit, it: Comparison) -> str:
    """The two sheets, named ``2026-10 r2`` in the core, as people call them."""
    halves = [name.partition(" r") for name in (it.before, it.after)]
    return " → ".join(here("{month} 第 {n} 版", month=month, n=revision) for month, _, revision in halves)


def table(here: Visit, rows: Sequence[Row]) -> None:
    """Every difference that the filters let through, the largest first."""
    st.html(looks.fragment("title.html", title=here("逐项差额"), note=here("差额大的在前")))
    if not rows:
        st.html(looks.fragment("note.html", text=here("两张表一模一样，没有差额。")))
        return
    people = {it.one.person_id: it.person for it in rows}
    rules = {it.one.rule_key: here.text(it.of.rules[it.one.rule_key]) for it in rows if it.one.rule_key in it.of.rules}

    def several(name: str, label: str, options: Mapping[str, str], width: int) -> list[str]:
        return address.select_several(
            name, label, options, key=f"compared_{name}", placeholder=here("全部"), width=width
        )

    with st.container(horizontal=True, key="compared_filters"):
        wanted = several("person", here("人员"), {it: f"{people[it]}（{it}）" for it in sorted(people)}, width=260)
        by_rule = several("rule", here("规则"), {it: rules[it] for it in sorted(rules)}, width=260)
        by_cause = several("cause", here("原因"), {it: here.text(text) for it, text in CAUSES.items()}, width=220)
    shown = [
        it
        for it in rows
        if (not wanted or it.one.person_id in wanted)
        and (not by_rule or it.one.rule_key in by_rule)
        and (not by_cause or it.one.cause in by_cause)
    ]
    shown.sort(key=lambda it: (-abs(it.one.amount_fen), it.one.person_id, it.one.rule_key))
    columns = [
        {"title": here("姓名")}, {"title": here("差额"), "is_number": True}, {"title": here("规则"), "is_words": True},
        {"title": here("原因"), "is_tag": True}, {"title": here("前"), "is_number": True},
        {"title": here("后"), "is_number": True}, {"title": here("工号")},
    ]  # fmt: skip
    st.html(
        looks.fragment(
            "listing.html", columns=columns, rows=[cells(here, rules, it) for it in shown[:MOST_ROWS]], is_tall=True,
            nothing=here("没有符合筛选的差额。"),
        )
    )  # fmt: skip
    total = looks.yuan(sum(it.one.amount_fen for it in shown), sign=True)
    st.html(looks.fragment("note.html", text=here("显示的 {n} 项合计 {total}", n=len(shown), total=total)))
    links.to("pay", here("看每一行怎么来的"))


def cells(here: Visit, rules: Mapping[str, str], it: Row) -> dict[str, Any]:
    """A difference as a row of the table."""
    return {
        "cells": [
            it.person, looks.yuan(it.one.amount_fen, sign=True), rules.get(it.one.rule_key, it.one.rule),
            here.text(CAUSES[it.one.cause]), looks.yuan(it.one.before_fen), looks.yuan(it.one.after_fen),
            it.one.person_id,
        ]
    }  # fmt: skip

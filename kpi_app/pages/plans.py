"""The pay plans: which version is in force and what it says; who keeps them uploads, checks, compares and amends."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from typing import Any

import streamlit as st

from data_contracts.contract import Problem, Text
from data_contracts.people import ROLES
from kpi_app.access import Right
from kpi_app.pages import address, deeds, sentences
from kpi_app.store.rulebook import plan_versions, plans
from kpi_app.store.rulebook.plan_versions import Entry, PlanVersion
from kpi_app.web import files, looks
from kpi_app.web.visit import Visit
from metrics.catalogue import METRICS
from metrics.period import Period
from scorecards import plan as plan_file
from scorecards.differences import EFFECTS, LABELS, Difference

CODE = re.compile(r"(?<![a-z0-9_])(?<!the )[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
"""What may be the key of a metric or post; after an article it is a word: 发放对象 is called "the members"."""
EFFECT_MARKS = {"better": "reached", "worse": "far", "mixed": "behind", "none": "none"}


def draw(here: Visit) -> None:
    """Draw the page."""
    may_change = Right.PLANS in here.who.rights
    found = plan_versions.listing(here.db, here.who, as_of=here.as_of)
    if may_change:
        text = here("方案按生效月份成版本：新版本不改变以前的月份；金额与目标的改动也是一个新版本。")
    elif all(it.is_mine for it in found):
        text = here("适用于您的方案：从哪个月起、按哪份文号、怎么算。")
    else:
        text = here("各岗位的方案：从哪个月起、按哪份文号、怎么算。")
    st.html(looks.fragment("page_head.html", title=here("方案"), text=text))
    deeds.say()
    if not found:
        st.html(looks.fragment("note.html", text=here("没有适用于您岗位的方案；如应有，请告诉人事。")))
    chosen = choose(here, found)
    left, right = st.columns([1, 1]) if may_change else (st.container(), None)
    with left:
        if chosen is not None:
            with st.container(key="card_plan"):
                said(here, chosen, may_change=may_change)
        if found:
            with st.container(key="card_versions"):
                versions(here, found)
    if right is not None:
        with right:
            with st.container(key="card_upload"):
                upload(here)
            if chosen is not None:
                with st.container(key="card_amend"):
                    amend(here, chosen)


def choose(here: Visit, found: Sequence[PlanVersion]) -> PlanVersion | None:
    """The version that is read, from the address where it names one, else the first in force."""
    if not found:
        return None
    by_number = {it.version: it for it in found}
    standing = [it.version for it in found if it.state == "in_force"] or list(by_number)
    names = {
        str(it.version): f"{here.text(it.name)} · {it.since} · {state_name(here, it)}" for it in by_number.values()
    }
    picked = address.select("version", here("方案版本"), names, at=str(standing[0]), key="plan_version")
    return by_number[int(picked)]


def state_name(here: Visit, one: PlanVersion) -> str:
    """Whether a version is in force."""
    return {"in_force": here("执行中"), "coming": here("待执行"), "past": here("已被取代")}[one.state]


def versions(here: Visit, found: Sequence[PlanVersion]) -> None:
    """All versions, each with its month, notice and state."""
    st.html(
        looks.fragment(
            "plan_versions.html",
            _=here,
            versions=[
                {
                    "name": here.text(it.name),
                    "key": f"{it.key} · {it.loaded_by}" if it.loaded_by else "",
                    "since": it.since,
                    "notice": it.notice,
                    "published_on": it.published_on.isoformat(),
                    "units": "、".join(it.stores) or here("全部门店"),
                    "state": state_name(here, it),
                    "is_mine": it.is_mine and not all(other.is_mine for other in found),
                    "is_standing": it.state == "in_force",
                }
                for it in found
            ],
        )
    )


def said(here: Visit, one: PlanVersion, *, may_change: bool) -> None:
    """What a version says, card by card and rule by rule."""
    told = plan_versions.told(here.db, here.who, one.version, as_of=here.as_of)
    st.html(
        looks.fragment(
            "plan_words.html",
            _=here,
            title=here.text(one.name),
            note=here("{notice} · {day} 公布 · {since} 起适用", notice=one.notice, day=one.published_on.isoformat(),
                      since=one.since),
            parts=[
                {
                    "where": it.where if may_change else "",
                    "name": here.text(it.name),
                    "words": sentences_of(here, it, one.stated),
                }
                for it in told
            ],
        )
    )  # fmt: skip
    if may_change:
        file = f"{one.key}-{one.since}.toml"
        make = partial(as_file, here, one.version)
        address = files.offer(here.who, file, "application/toml; charset=utf-8", make)
        links = [{"title": here("下载方案文件"), "address": address}]
        st.html(looks.fragment("downloads.html", _=here, links=links))


def as_file(here: Visit, version: int) -> bytes:
    """A version as it was loaded."""
    return plan_versions.text(here.db, here.who, version).encode()


def sentences_of(here: Visit, one: Difference, stated: Mapping[str, Text]) -> list[str]:
    """The entries of a card or rule, one each; ``stated`` names the figures that the plan reads ready-made."""
    names = {key: here.text(name) for key, name in stated.items()}
    words = CODE.sub(lambda code: names.get(code.group()) or named(here, code.group()), here.text(one.words))
    return [part.strip() for part in re.split("；|; ", words) if part.strip()]


def named(here: Visit, code: str) -> str:
    """The name of a metric or post in place of its key; anything else as it stands."""
    if code in METRICS:
        return here.text(METRICS[code].label)
    return sentences.role_name(code, here.language) if code in ROLES else code


# --- a new version from a file ---


def upload(here: Visit) -> None:
    """A file: what the check says of it, what it changes, then load it."""
    st.html(looks.fragment("title.html", title=here("上传新版本"), note=here("先检查，再看差异，最后载入")))
    file = st.file_uploader(here("方案文件（TOML）"), type=["toml"], key=f"plan_file_{deeds.done()}")
    if file is None:
        return
    text = file.getvalue().decode("utf-8-sig", errors="replace")
    found = plans.check(here.db, here.who, text)
    findings(here, found)
    if any(it.severity == "error" for it in found):
        return
    stated = {it.key: it.name for it in plan_file.reread(text).stated}
    differences(here, plans.differences(here.db, here.who, text), stated)
    if st.button(here("载入这个版本"), type="primary", key="plan_load"):
        deeds.do(here, partial(plans.load, here.db, here.who, text), here("新版本已载入。"))


def findings(here: Visit, found: Sequence[plan_file.Finding]) -> None:
    """What the linter found: errors refuse, warnings explain."""
    rows = [
        {"where": it.where, "text": here.text(it.message), "is_error": it.severity == "error",
         "tag": here("须改正") if it.severity == "error" else here("提示")}
        for it in sorted(found, key=lambda it: it.severity != "error")
    ]  # fmt: skip
    st.html(looks.fragment("plan_findings.html", _=here, findings=rows))


def differences(here: Visit, found: Sequence[Difference], stated: Mapping[str, Text]) -> None:
    """What a text changes against the version in force."""
    changes = {"added": here("新增"), "removed": here("删去"), "changed": here("改动")}
    rows = [
        {
            "where": it.where,
            "name": here.text(it.name),
            "change": changes[it.change],
            "words": sentences_of(here, it, stated),
            "effect": here.text(EFFECTS[it.effect]),
            "mark": EFFECT_MARKS[it.effect],
        }
        for it in found
    ]
    st.html(looks.fragment("plan_differences.html", _=here, differences=rows))


# --- an amount as a new version ---


def amend(here: Visit, one: PlanVersion) -> None:
    """Another value for one amount, limit or target, as a new dated version."""
    st.html(looks.fragment("title.html", title=here("修改金额或目标"), note=here("另存为新的版本，从生效月份起执行")))
    found = plan_versions.entries(here.db, here.who, one.version)
    if not found:
        st.html(looks.fragment("note.html", text=here("这个方案没有可改的金额。")))
        return
    month = Period.containing(here.as_of, "month", here.db.settings.month_starts_on)
    following = Period.containing(month.last + timedelta(days=1), "month", month.month_starts_on)
    number = st.selectbox(
        here("改哪一项"),
        range(len(found)),
        format_func=lambda it: entry_name(here, found[it]),
        key=f"amend_entry_{one.version}",
    )
    entry = found[number]
    with st.form(f"amend_{one.version}_{number}_{deeds.done()}", border=False):
        value = st.text_input(here("新的值（现为 {value}）", value=entry.value), value=entry.value)
        left, right = st.columns(2)
        since = left.text_input(here("生效月份"), value=following.label)
        published_on = right.date_input(here("公布日期"), value=here.as_of)
        notice = st.text_input(here("文号"), placeholder=here("例如 人字〔2026〕31 号"))
        if st.form_submit_button(here("载入为新版本"), type="primary"):
            deeds.do(here, partial(saved, here, one, entry, value, since, notice, published_on), here("新版本已载入。"))


def saved(
    here: Visit, one: PlanVersion, entry: Entry, value: str, since: str, notice: str, published_on: Any
) -> Text | None:
    """Load the amended version; which months that were handed in or locked it reaches back to."""
    if not notice.strip():
        raise Problem("请写明文号。", "Give the notice's number.")
    if not isinstance(published_on, date):
        raise Problem("请选公布日期。", "Choose the day of publication.")
    loaded = plans.amend(
        here.db,
        here.who,
        one.key,
        entry.of,
        {entry.path: value.strip()},
        since=since.strip(),
        notice=notice.strip(),
        published_on=published_on,
        units=one.units or None,
    )
    return plans.reaches_back(here.db, here.who, loaded, units=one.units or None)


def entry_name(here: Visit, entry: Entry) -> str:
    """An entry as it is chosen."""
    *way, last = entry.path.split(".")
    known = LABELS.get(last) or LABELS.get(f"{last}_fen")
    label = here.text(known) if known else WORDS[last](here) if last in WORDS else last
    place = named(here, entry.metric) if entry.metric else ".".join(way)
    return " · ".join(part for part in (here.text(entry.name), place, f"{label} {entry.value}") if part)


WORDS: dict[str, Callable[[Visit], str]] = {
    "weight": lambda here: here("权重"),
    "min_amount": lambda here: here("最低金额"),
    "max_amount": lambda here: here("最高金额"),
    "from": lambda here: here("起点"),
    "until": lambda here: here("终点"),
}
"""Entries of a plan's file that have no name of their own elsewhere."""

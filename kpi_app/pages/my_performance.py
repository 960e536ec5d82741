"""One's own page, made for the phone: what the running month comes to, how to get more, every line. Nobody else's."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from kpi_app.exports import statement
from kpi_app.pages import address, deeds, my_figures, my_say, my_success, sentences
from kpi_app.store.disputes import acknowledgements
from kpi_app.store.months import statements
from kpi_app.store.rulebook import readings
from kpi_app.store.rulebook.readings import Reading
from kpi_app.store.views import mine, success
from kpi_app.store.views.mine import Mine
from kpi_app.web import files, looks
from kpi_app.web.visit import Visit
from metrics.period import Period
from scorecards.sheet import STATUS_NAMES, Sheet

SHEETS_TO_CHOOSE = 6
MOST_MOVES = 3
DONE = ("agreed", "remark")


def draw(here: Visit) -> None:
    """Draw the page."""
    period = Period.containing(here.as_of, "month", here.db.settings.month_starts_on)
    with st.spinner(here("正在汇总本月数据…")):
        me = mine.so_far(here.db, here.who, period, as_of=here.as_of)
        estimate = mine.running(here.db, here.who, period, as_of=here.as_of)
        last = mine.own(here.db, here.who, period.previous())
        said = acknowledgements.own(here.db, here.who, period.previous())
        rules = readings.mine(here.db, here.who)
    st.html(looks.fragment("page_head.html", title=here("我的绩效"), text=who_am_i(here, me)))
    deeds.say()
    meant = [] if me is None else success.listing(here.db, here.who, person_id=me.person.person_id, as_of=here.as_of)
    # On a phone the stylesheet puts the cards of both columns into the order in which people ask.
    left, right = st.columns([1, 1])
    with left:
        with st.container(key="card_hero"):
            waits = me is not None or estimate is not None
            values = hero(here, period, estimate, last, said)
            st.html(looks.fragment("my_hero.html", _=here, waits_for_more=waits, **values))
            ways = st.container()
        if me is not None and me.metrics:
            with st.container(key="card_figures"):
                my_figures.bars(here, me, period)
        if me is not None:
            with st.container(key="card_success"):
                my_success.card(here, me.person, meant)
            with st.container(key="card_trend"):
                my_figures.trend(here, me)
    with right:
        with st.container(key="card_lines"):
            statement_of(here, period, estimate, said)
        with st.container(key="card_todo"):
            my_figures.to_do(here, me, said, rules, meant)
        my_say.rules(here, rules)
    st.html(looks.fragment("note.html", text=footer(here, me, [one for one in rules if one.since <= period.label])))
    # What would bring more takes the longest to work out. The month's amount is seen before; the stylesheet keeps what
    # stands below it back until then, so that nothing moves under a thumb.
    ways.html(looks.fragment("my_more.html", _=here, **(more(here, period, me) if waits else {})))


def who_am_i(here: Visit, me: Mine | None) -> str:
    """Name, post and team of who looks."""
    if me is None:
        return here("今天没有任职记录")
    it = me.person
    post = f"{it.name} · {sentences.role_name(it.role, here.language)} · {it.team_name}"
    return f"{post} · {here('保护期')}" if it.is_protected else post


# --- the first screen ---


def hero(
    here: Visit,
    period: Period,
    estimate: Sheet | None,
    last: Sheet | None,
    said: list[acknowledgements.Acknowledgement],
) -> dict[str, Any]:
    """What the running month comes to so far, and where the last one stands."""
    before = period.previous()
    return {
        "title": here("{month}预计", month=month_name(here, period)),
        "amount": "" if estimate is None else looks.yuan(estimate.total_fen),
        "open": "" if estimate is None else here("未定 {yuan}", yuan=looks.yuan(provisional(estimate))),
        "last": last_month(here, before, last, said),
    }


def provisional(sheet: Sheet) -> int:
    """The fen that may still change."""
    return int(sum(row["amount_fen"] for row in sheet.lines.to_dicts() if not row["is_settled"]))


def last_month(
    here: Visit, before: Period, last: Sheet | None, said: list[acknowledgements.Acknowledgement]
) -> list[dict[str, str]]:
    """The last month in a line: status, amount, pay day, whether one has said that it is right."""
    name = month_name(here, before)
    if last is None:
        return [{"text": here("{month} 还没有您的绩效金额。", month=name), "mark": ""}]
    status = "settled" if last.status == "locked" else "open"
    parts = [
        {"text": name, "mark": ""},
        {"text": here.text(STATUS_NAMES[last.status]), "mark": status},
        {"text": looks.yuan(last.total_fen), "mark": "amount"},
    ]
    if day := mine.pay_day(here.db, here.who, before, as_of=here.as_of):
        parts.append({"text": here("发薪日 {day}", day=f"{day.on:%m-%d}"), "mark": ""})
    if said:
        is_done = all(one.state in DONE for one in said)
        parts.append(
            {"text": here("我已确认") if is_done else here("待我确认"), "mark": "settled" if is_done else "open"}
        )
    return parts


def month_name(here: Visit, period: Period) -> str:
    """A month as people say it."""
    return f"{period.last:%B}" if here.language == "en" else f"{period.last.month} 月"


def more(here: Visit, period: Period, me: Mine | None) -> dict[str, Any]:
    """How to get more: what moves one up in pay, else what reaches a goal; and how many days are left.

    Nothing for somebody who has neither rules nor goals.
    """
    days = (period.last - here.as_of).days
    found = [here.text(it.text) for it in mine.moves(here.db, here.who, period, as_of=here.as_of)[:MOST_MOVES]]
    if not found and me is not None:
        found = my_figures.to_goals(here, me)[:MOST_MOVES]
    if not found and (me is None or not me.goals):
        return {}
    is_reached = me is not None and my_figures.reaches_every_goal(me)
    nothing = (
        here("各项都已达到目标，保持住。") if is_reached else here("没有差几件就能多拿的规则；看下面各项还差多少。")
    )
    left = here("剩 {days} 天", days=days) if days > 0 else here("今天是最后一天")
    return {"moves": found, "nothing": nothing, "left": left}


# --- a month's lines ---


def statement_of(
    here: Visit, period: Period, estimate: Sheet | None, said: list[acknowledgements.Acknowledgement]
) -> None:
    """A month's lines with their reasons: the running one as an estimate, earlier ones with all there is to say."""
    labels = [it.label for it in period.trailing(SHEETS_TO_CHOOSE)][::-1]
    is_waiting = any(one.state not in DONE for one in said)
    names = {it: here("{month}（预计）", month=it) if it == period.label else it for it in labels}
    label = address.select("month", here("月份"), names, at=labels[int(is_waiting or estimate is None)], key="me_month")
    chosen = Period.parse(label, month_starts_on=period.month_starts_on)
    is_running = chosen.label == period.label
    own = estimate if is_running else mine.own(here.db, here.who, chosen)
    st.html(looks.fragment("my_sheet.html", _=here, **sheet_values(here, chosen, own, is_running=is_running)))
    if own is None:
        return
    if not is_running:
        my_say.agree(here, chosen)
        st.html(looks.fragment("downloads.html", _=here, links=[as_pdf(here, chosen)]))
    my_say.lines(here, chosen, line_values(here, own, is_running=is_running))


def as_pdf(here: Visit, period: Period) -> dict[str, str]:
    """The link to one's statement; the right is checked again when it is fetched."""
    file = f"{period.label}-{here.who.person_id}.pdf"

    def make() -> bytes:
        found = statements.export(here.db, here.who, period, person_id=here.who.person_id)
        return statement.pdf(found, lang=here.language)

    address = files.offer(here.who, file, "application/pdf", make)
    return {"title": here("对账单 PDF"), "address": address}


def sheet_values(here: Visit, period: Period, own: Sheet | None, *, is_running: bool) -> dict[str, Any]:
    """The amount of a month and where its sheet stands."""
    if own is None:
        return {"amount": "", "status": "", "is_locked": False,
                "note": here("{month} 还没有您的绩效金额。", month=period.label)}  # fmt: skip
    open_fen = provisional(own)
    note = here("其中未定数 {yuan}", yuan=looks.yuan(open_fen)) if open_fen else here("全部为已定数")
    if is_running:
        note = here("按今天的数据估算，月末才计算") + " · " + note
    elif own.status not in ("approved", "locked"):
        note = here("尚未审批，金额可能变动") + " · " + note
    return {
        "amount": looks.yuan(own.total_fen),
        "status": here("预计") if is_running else here.text(STATUS_NAMES[own.status]),
        "is_locked": own.status == "locked" and not is_running,
        "note": note,
    }


def line_values(here: Visit, own: Sheet, *, is_running: bool) -> dict[str, Any]:
    """The month's lines, reductions first, then what was judged without money and why."""
    rows = sorted(own.lines.to_dicts(), key=lambda row: (row["amount_fen"] >= 0, row["amount_fen"], row["line_id"]))
    return {
        "lines": [line_row(here, own, row, is_stored=not is_running) for row in rows],
        "is_running": is_running,
        "others": [
            {"rule": rule_of(here, own, one.rule), "period": one.metric_period, "why": here.text(one.why)}
            for one in own.judgements
            if one.line_id is None
        ],
    }


def line_row(here: Visit, own: Sheet, row: Mapping[str, Any], *, is_stored: bool) -> dict[str, Any]:
    """A line: what it is called, why, how much."""
    is_reduction = row["kind"] in ("kpi_reduction", "loss_compensation")
    name = here.text(own.rule_name(row))
    return {
        "line_id": row["line_id"],
        "unit": row["store_id"],
        "is_ruled": row["ruling_id"] is not None,
        "name": here("绩效扣减") + " · " + name if is_reduction else name,
        "period": row["metric_period"] or row["period"],
        "why": row["arithmetic_en"] if here.language == "en" else row["arithmetic_zh"],
        "amount": looks.yuan(row["amount_fen"], sign=True),
        "is_less": row["amount_fen"] < 0,
        "is_settled": row["is_settled"],
        "lapsed": looks.yuan(-row["lapsed_fen"]) if row["lapsed_fen"] else "",
        "explained_at": f"/explain?line={row['line_id']}" if is_stored else "",
    }


def rule_of(here: Visit, own: Sheet, key: str) -> str:
    """A rule's name by its key."""
    found = [name for it, name in own.rule_names.items() if it.rpartition("/")[2] == key]
    return here.text(found[0]) if found else key


def footer(here: Visit, me: Mine | None, rules: Sequence[Reading]) -> str:
    """As of when, by which notices, who answers and how soon, and what the amount leaves out."""
    until = here.as_of if me is None or me.data_until is None else me.data_until
    said = [here("数据截至 {day}", day=until.isoformat())]
    if rules:
        plans = (", " if here.language == "en" else "、").join(f"{here.text(one.name)} {one.notice}" for one in rules)
        said.append(here("适用方案 {plans}", plans=plans))
    if me is not None:
        superior = here("部门负责人") if me.superior is None else sentences.role_name(me.superior, here.language)
        said.append(here("直属上级：{post}", post=superior))
        said.append(here("异议 {days} 个工作日内答复", days=me.answer_days))
    said.append(here("税前绩效调整额，不含考勤、社保公积金、个税"))
    return " · ".join(said)

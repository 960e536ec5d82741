"""Settings: how a pay month is run, dated and by store; working days; the law; what the environment sets."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

import streamlit as st

from data_contracts.people import DEPARTMENTS
from kpi_app import access
from kpi_app.access import Right
from kpi_app.pages import address, deeds
from kpi_app.settings import Settings
from kpi_app.store.months import month_settings
from kpi_app.store.months.month_settings import ITEMS, WRITTEN, Level, MonthSettings
from kpi_app.store.rulebook import laws, working_days
from kpi_app.web import looks
from kpi_app.web.visit import Visit
from metrics.period import Period
from scorecards.payout import UNIT_FEN

MONTHS_AHEAD, MONTHS_BACK = 6, 3
WIDE = ("chain", "blocking")


def draw(here: Visit) -> None:
    """Draw the page."""
    access.require(here.who, Right.SETTINGS)
    text = here("改动都带生效月份，只影响以后的月份和尚未提交的月份；每次改动都记入操作记录。")
    st.html(looks.fragment("page_head.html", title=here("设置"), text=text))
    deeds.say()
    with st.container(key="card_month_settings"):
        of_month(here)
    with st.container(key="card_calendar_days"):
        calendar(here)
    with st.container(key="card_laws"):
        law_profiles(here)
    with st.container(key="card_environment"):
        environment(here)


# --- the pay month ---


def of_month(here: Visit) -> None:
    """What applies to a store from a month on, and the form that changes it."""
    st.html(looks.fragment("title.html", title=here("绩效月"), note=here("门店自己的设置优先于全部门店的设置")))
    starts_on = here.db.settings.month_starts_on
    today = Period.containing(here.as_of, "month", starts_on)
    left, right = st.columns(2)
    with left:
        units = {"": here("全部门店")}
        units |= {it: f"{name}（{it}）" for it, name in month_settings.stores(here.db, here.who).items()}
        store_id = address.select("unit", here("门店"), units, at="", key="settings_unit") or None
    with right:
        labels = [it.label for it in following(today)]
        since = address.select(
            "since", here("从哪个月起"), {it: it for it in labels}, at=labels[MONTHS_BACK], key="settings_since"
        )
    now = month_settings.show(here.db, since, store_id)
    key = f"settings_{store_id or 'all'}_{since}"
    with st.form(key, border=False):
        given = widgets(here, now, key)
        changed = {name: text for name, text in given.items() if text != WRITTEN[name].write(getattr(now, name))}
        if st.form_submit_button(here("从 {month} 起生效", month=since), type="primary"):
            if not changed:
                st.info(here("没有改动。"))
            else:
                deeds.do(
                    here,
                    partial(month_settings.set_, here.db, here.who, changed, since=since, store_id=store_id),
                    here("已保存 {n} 项，从 {month} 起生效。", n=len(changed), month=since),
                )


def following(today: Period) -> list[Period]:
    """The months from some back to some ahead of today's."""
    found = list(today.trailing(MONTHS_BACK + 1))
    while len(found) <= MONTHS_BACK + MONTHS_AHEAD:
        last = found[-1]
        found.append(Period.containing(last.last + timedelta(days=1), "month", last.month_starts_on))
    return found


def widgets(here: Visit, now: MonthSettings, key: str) -> dict[str, str]:
    """A widget for each setting with what applies now; every answer as it is written."""
    units = {"fen": here("分（0.01 元）"), "jiao": here("角（0.1 元）"), "yuan": here("元（不留角分）")}
    given: dict[str, str] = {}
    short = {
        "publication": here("先向员工公示，再提交审核"),
        "cutoff": here("数据截止之后导入的数据不进本月"),
        "payout_unit": here("每人合计发放到"),
        "blocking": here("哪些检查项未处理时不得提交"),
        "no_bands": here("哪些部门的员工不显示同岗段位"),
    }
    texts = sorted(now.as_text().items(), key=lambda it: it[0] in WIDE)
    for number, (name, text) in enumerate(texts):
        said, field = short.get(name) or here.text(WRITTEN[name].meaning), f"{key}_{name}"
        meaning = said[0].upper() + said[1:]
        if name not in WIDE and number % 2 == 0:
            columns = st.columns(2)  # row by row, so that a phone keeps the order
        with st.container() if name in WIDE else columns[number % 2]:
            match getattr(now, name):
                case bool(is_on):
                    given[name] = "on" if st.toggle(meaning, is_on, key=field) else "off"
                case int(count):
                    given[name] = str(st.number_input(meaning, 0, 100_000, count, key=field))
                case _ if name == "payout_unit":
                    options = list(UNIT_FEN)
                    unit = st.selectbox(
                        meaning, options, index=options.index(text), format_func=lambda it: units.get(it, it), key=field
                    )
                    given[name] = unit
                case _ if name == "blocking":
                    items = st.multiselect(
                        meaning,
                        list(ITEMS),
                        default=list(now.blocking),
                        format_func=partial(item_name, here),
                        key=field,
                    )
                    given[name] = WRITTEN[name].write(tuple(it for it in ITEMS if it in items))
                case _ if name == "chain":
                    given[name] = chain(here, now, field)
                case _ if name == "no_bands":
                    options = list(dict.fromkeys((*DEPARTMENTS, *here.db.settings.departments, *now.no_bands)))
                    chosen = st.multiselect(meaning, options, default=list(now.no_bands), key=field)
                    given[name] = WRITTEN[name].write(tuple(chosen))
    return given


def chain(here: Visit, now: MonthSettings, key: str) -> str:
    """The levels of approval: who may fill each, and the total above which it is asked for, as they are written."""
    there = [role for level in now.chain for role in level.roles]
    options = {it: here.text(name) for it, name in month_settings.approvers(here.db, there).items()}
    levels = []
    for number in range(month_settings.MOST_LEVELS):
        level = now.chain[number] if number < len(now.chain) else Level(roles=())
        above = None if level.above_fen is None else level.above_fen // 100
        who, limit = st.columns([3, 1])
        roles = who.multiselect(
            here("第 {n} 级审批：其中任一人", n=number + 1),
            list(options),
            default=list(level.roles),
            format_func=options.__getitem__,
            placeholder=here("没有这一级"),
            key=f"{key}_{number}",
        )
        yuan = limit.number_input(
            here("第 {n} 级：合计超过（元）", n=number + 1),
            0,
            None,
            above,
            placeholder=here("总是需要"),
            key=f"{key}_{number}_above",
        )
        if roles or yuan is not None:
            levels.append(Level(roles=tuple(roles), above_fen=None if yuan is None else yuan * 100))
    return WRITTEN["chain"].write(tuple(levels))


def item_name(here: Visit, item: str) -> str:
    """A check of the checklist as people call it."""
    return here.text(ITEMS[item]) if item in ITEMS else item


# --- working days ---


def calendar(here: Visit) -> None:
    """The days that were entered above the built-in calendar, and the form that enters more."""
    known = working_days.last_known_year(here.db)
    st.html(looks.fragment("title.html", title=here("工作日安排"), note=here("放假与调休已知到 {year} 年", year=known)))
    text = here(
        "工作日用于各类期限和按工作日计时的指标。新一年的通知公布后，请录入其中全部上班的周末和放假的工作日；在那之前，"
        "期限按周一至周五计并加 * 号，按工作日计时的指标不出数。录错的日期再录一次即可更正。"
    )
    st.html(looks.fragment("note.html", text=text))
    columns = [
        {"title": here("日期")}, {"title": here("星期")}, {"title": here("安排"), "is_tag": True},
        {"title": here("原日历")}, {"title": here("依据"), "is_words": True},
        {"title": here("导入"), "is_number": True},
    ]  # fmt: skip
    weekdays = [here("周一"), here("周二"), here("周三"), here("周四"), here("周五"), here("周六"), here("周日")]
    says = {True: here("上班"), False: here("放假")}
    days = [
        {
            "cells": [
                it.falls_on.isoformat(), weekdays[it.falls_on.weekday()], says[it.is_working], says[it.was_working],
                it.notice, str(it.import_id),
            ],
            "tag": "kpi-open" if it.is_working else "kpi-settled",
        }
        for it in reversed(working_days.listing(here.db))
    ]  # fmt: skip
    nothing = here("还没有录入过；现在只用随软件提供的日历。")
    st.html(looks.fragment("listing.html", columns=columns, rows=days, is_tall=True, nothing=nothing))
    with st.form(f"calendar_{deeds.done()}", border=False):
        first, last, kind = st.columns(3)
        begin = first.date_input(here("从"), here.as_of, format="YYYY-MM-DD")
        end = last.date_input(here("到"), here.as_of, format="YYYY-MM-DD")
        is_working = kind.segmented_control(
            here("安排"), [True, False], default=False, required=True, format_func=lambda it: says[bool(it)],
        )  # fmt: skip
        notice = st.text_input(here("通知文号"), placeholder=here("国办发明电…"))
        if st.form_submit_button(here("录入安排"), type="primary"):
            deeds.do(
                here,
                partial(working_days.set_, here.db, here.who, begin, end, is_working=bool(is_working), notice=notice),
                here("已录入 {first} 至 {last}，可在导入记录里查到。", first=begin, last=end),
            )
    st.html(looks.fragment("note.html", text=here("一整年的安排可用“数据导入”页的“工作日安排”模板一次导入。")))


# --- the law ---


def law_profiles(here: Visit) -> None:
    """Every profile in force, and a new version made from one."""
    note = here("扣减与赔偿的上限按门店所在城市取用；这是配置，不是法律意见")
    st.html(looks.fragment("title.html", title=here("法规参数"), note=note))
    listed = laws.listing(here.db, here.who)
    columns = [
        {"title": here("地区")}, {"title": here("生效月份")}, {"title": here("适用城市"), "is_words": True},
        {"title": here("赔偿上限"), "is_number": True}, {"title": here("依据"), "is_words": True},
        {"title": here("罚款"), "is_number": True}, {"title": here("载入人")},
    ]  # fmt: skip
    rows = [
        {
            "cells": [
                it["region"], it["since"], it["cities"] or looks.NOTHING, it["loss_share"],
                "；".join(one for one in (it["loss_source"], it["fine_source"]) if one),
                it["fine_share"] or here("不允许"), it["loaded_by"] or here("随软件提供"),
            ]
        }
        for it in listed
    ]  # fmt: skip
    st.html(looks.fragment("listing.html", columns=columns, rows=rows, nothing=""))
    with st.expander(here("新增或修改一个地区")):
        regions = list(dict.fromkeys(it["region"] for it in listed))
        region = st.selectbox(here("以哪个地区为底"), regions, key="law_region")
        text = laws.show(here.db, here.who, region)
        with st.form(f"law_{region}_{deeds.done()}", border=False):
            made = st.text_area(
                here("参数（TOML）：改地区名、城市、生效月份和数值，每个数值都要写依据"),
                text,
                height=320,
            )
            if st.form_submit_button(here("检查并载入"), type="primary"):
                deeds.do(here, partial(laws.load, here.db, here.who, made), here("法规参数已载入。"))


# --- the environment ---


def environment(here: Visit) -> None:
    """What was set when the product was started; secrets are not shown."""
    note = here("启动时从环境变量读入，改后须重新启动；密钥不显示")
    st.html(looks.fragment("title.html", title=here("运行设置（只读）"), note=note))
    meanings, yes_no = words(here), {"True": here("是"), "False": here("否")}
    columns = [
        {"title": here("变量")},
        {"title": here("含义"), "is_words": True},
        {"title": here("当前值"), "is_words": True},
    ]
    rows = [
        {"cells": [name, meanings.get(name, ""), yes_no.get(value, value) or looks.NOTHING], "is_grey": not was_set}
        for name, value, was_set in here.db.settings.shown()
    ]
    st.html(looks.fragment("listing.html", columns=columns, rows=rows, nothing=""))


def words(here: Visit) -> Mapping[str, str]:
    """What each setting means, in the visitor's language."""
    if here.language == "en":
        return {f"KPI_{name.upper()}": it.description or "" for name, it in Settings.model_fields.items()}
    return {f"KPI_{name.upper()}": text for name, text in MEANINGS.items()}


MEANINGS: Mapping[str, str] = {
    "home": "数据、数据库与密钥所在的文件夹",
    "database_url": "PostgreSQL 的地址；不设则用文件夹里的 SQLite",
    "zone": "办公地的时区，决定今天是哪一天",
    "as_of": "把这一天当作今天；不设则按时钟",
    "language": "没有选过语言的人看到的语言",
    "month_starts_on": "绩效月从每月几号开始",
    "correction_months": "往前几个月与今天的数据核对并补差，0 为不补",
    "host": "监听的地址",
    "port": "监听的端口",
    "hosts": "除本机外，浏览器用来访问的域名",
    "tls": "前面有代理提供 https：登录凭证只走加密连接",
    "oidc_issuer": "单点登录服务的地址；不设则没有这种登录",
    "oidc_client_id": "单点登录服务里本系统的编号",
    "oidc_client_secret": "单点登录服务给的密钥",
    "oidc_name": "单点登录按钮上的字",
    "proxy_user_header": "反向代理写入用户名的请求头；不设则不信任",
    "proxy_secret": "反向代理必须同时送来的密钥",
    "session_idle_minutes": "多少分钟没有操作就退出登录",
    "session_hours": "登录最多保持几小时",
    "parse_memory_mb": "读一个上传文件最多用多少内存（MB）",
    "parse_seconds": "读一个上传文件最多用多少秒",
    "departments": "自己增加的部门",
    "roles": "自己增加的岗位",
    "club_for": "哪些角色看得到车友汇页面；不设则没有这一页",
    "fonts": "生成 PDF 用的字体文件夹",
}

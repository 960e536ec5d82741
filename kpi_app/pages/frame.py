"""The frame around every page: name, pages this person may use, language, signing out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import streamlit as st

from data_contracts.contract import Problem
from kpi_app import access
from kpi_app.access import Right
from kpi_app.pages import (
    club,
    complaint_meeting,
    deeds,
    explain,
    imports,
    links,
    my_performance,
    objections,
    plans,
    quality,
    records,
    roster,
    settings,
    simulate,
    success,
    users,
    weekly_scorecard,
)
from kpi_app.pages.month import by_hand, desk, differences, papers, pay, sign_off
from kpi_app.store import database
from kpi_app.store.months import daily
from kpi_app.web import looks, site, visit, words
from kpi_app.web.visit import Visit


@dataclass(frozen=True)
class Page:
    """A page of the app: where it is, what it is called, under which heading of the menu who finds it."""

    path: str
    title: str
    icon: str
    draw: Callable[[Visit], None]
    is_for: Callable[[access.Identity], bool]
    group: str | None

    @property
    def is_in_menu(self) -> bool:
        """Does the menu name it? What has no heading is found by links alone."""
        return self.group is not None


WORK, MONTH, RULES, DATA, SYSTEM = "业务", "本月绩效", "规则与方案", "数据", "系统"
"""The headings of the menu, in order."""

PAGES = (
    Page(
        "week",
        "本周记分卡",
        ":material/dashboard:",
        weekly_scorecard.draw,
        lambda who: Right.SCORES in who.rights,
        WORK,
    ),
    Page(
        "meeting", "抱怨会议", ":material/groups:", complaint_meeting.draw, lambda who: Right.LEAD in who.rights, WORK
    ),
    Page("success", "成功计划", ":material/flag:", success.draw, lambda who: Right.SCORES in who.rights, WORK),
    Page("club", "车友汇", ":material/loyalty:", club.draw, club.is_for, WORK),
    Page("month", "绩效月", ":material/payments:", desk.draw, lambda who: Right.PAY in who.rights, MONTH),
    Page("pay", "金额明细", ":material/table_rows:", pay.draw, lambda who: Right.PAY in who.rights, MONTH),
    Page(
        "differences",
        "差异对照",
        ":material/compare_arrows:",
        differences.draw,
        lambda who: Right.PAY in who.rights,
        MONTH,
    ),
    Page("by-hand", "手工与赔偿", ":material/edit_note:", by_hand.draw, lambda who: Right.PAY in who.rights, MONTH),
    Page(
        "sign-off", "部门签认", ":material/fact_check:", sign_off.draw, lambda who: Right.SIGN_OFF in who.rights, MONTH
    ),
    Page(
        "objections",
        "异议处理",
        ":material/forum:",
        objections.draw,
        lambda who: bool({Right.PREPARE, Right.RULE, Right.LEAD, Right.APPROVE} & who.rights),
        MONTH,
    ),
    Page("papers", "导出与历史", ":material/folder_zip:", papers.draw, lambda who: Right.PAY in who.rights, MONTH),
    Page("me", "我的绩效", ":material/person:", my_performance.draw, lambda who: who.person_id is not None, MONTH),
    Page(
        "plans",
        "方案",
        ":material/rule:",
        plans.draw,
        lambda who: who.person_id is not None or Right.PLANS in who.rights,
        RULES,
    ),
    Page(
        "simulate",
        "方案试算",
        ":material/query_stats:",
        simulate.draw,
        lambda who: bool({Right.PLANS, Right.PREPARE} & who.rights),
        RULES,
    ),
    Page("explain", "这一行怎么来的", ":material/account_tree:", explain.draw, lambda who: True, None),
    Page("roster", "人员与薪资", ":material/badge:", roster.draw, lambda who: Right.CONFIDENTIAL in who.rights, DATA),
    Page("import", "数据导入", ":material/upload_file:", imports.draw, lambda who: Right.IMPORT in who.rights, DATA),
    Page("quality", "数据质量", ":material/rule_folder:", quality.draw, lambda who: Right.IMPORT in who.rights, DATA),
    Page("users", "用户", ":material/manage_accounts:", users.draw, lambda who: Right.USERS in who.rights, SYSTEM),
    Page("settings", "设置", ":material/tune:", settings.draw, lambda who: Right.SETTINGS in who.rights, SYSTEM),
    Page(
        "records", "备份与操作记录", ":material/history:", records.draw, lambda who: Right.AUDIT in who.rights, SYSTEM
    ),
)
"""In the order of the menu. Who prepares the month begins there, everybody else on the first page that is theirs."""

START = "start"
"""Where the root leads on from."""

FEW = 5
"""A menu of so many pages needs no headings."""


def draw() -> None:
    """Draw the frame and the chosen page."""
    st.set_page_config(page_title="车店绩效台", page_icon=str(looks.ICON), layout="wide")
    here = visit.current()
    daily.first_of_the_day(here.db)
    mine = [page for page in PAGES if page.is_in_menu and page.is_for(here.who)]
    others = [page for page in PAGES if page not in mine]
    menu = [st_page(here, page) for page in mine]
    st.session_state[links.PAGES] = {page.path: shown for page, shown in zip(mine, menu, strict=True)}
    # A page that is not for this person can be addressed, and refuses.
    start = st.Page(lambda: begin(here, mine, menu), title=here("车店绩效台"), url_path=START, default=True)
    chosen = st.navigation([start, *menu, *(st_page(here, page) for page in others)], position="hidden")
    with st.sidebar:
        sidebar(here, mine, menu)
    chosen.run()


def is_page(path: str) -> bool:
    """Does a page of ours lie at an address, whoever may open it?"""
    return path.removeprefix("/") in {"", START, *(page.path for page in PAGES)}


def st_page(here: Visit, page: Page) -> st.Page:
    """A page as Streamlit's menu wants it."""
    return st.Page(lambda: guarded(here, page), title=here(page.title), icon=page.icon, url_path=page.path)


def begin(here: Visit, mine: Sequence[Page], menu: Sequence[st.Page]) -> None:
    """From the root to where the person begins; somebody without any page is told whom to ask."""
    if menu:
        paths = [page.path for page in mine]
        st.switch_page(menu[paths.index("month") if Right.PREPARE in here.who.rights else 0])
    refusal(here)


def failed(_: Exception) -> bool:
    """Say what to do where a page failed, in place of Streamlit's words; what went wrong is in the server's log."""
    deeds.tell(words.choose(database.ailment(site.database()), visit.language()))
    return True


def guarded(here: Visit, page: Page) -> None:
    """Draw a page; a Problem is said in place of what it prevented."""
    if not page.is_for(here.who):
        refusal(here)
        return
    try:
        page.draw(here)
    except Problem as problem:
        deeds.tell(here.text(problem.text))


def refusal(here: Visit) -> None:
    """What somebody sees at an address that is not theirs."""
    text = here("您的账号没有查看这个页面的权限；如有需要，请管理员调整角色或范围。")
    st.html(looks.fragment("page_head.html", title=here("这个页面不对您开放"), text=text))


def sidebar(here: Visit, mine: Sequence[Page], menu: Sequence[st.Page]) -> None:
    """The name, the menu, who is signed in, the language, signing out."""
    st.html(looks.fragment("brand.html", _=here))
    heading = None
    for page, shown in zip(mine, menu, strict=True):
        if page.group != heading and len(mine) > FEW:
            heading = page.group
            st.html(looks.fragment("menu_heading.html", text=here(page.group or "")))
        st.page_link(shown)
    st.html(
        looks.fragment(
            "sidebar.html",
            _=here,
            name=here.who.name,
            other="zh" if here.language == "en" else "en",
            other_name="中文" if here.language == "en" else "English",
            back=address(),
        )
    )


def address() -> str:
    """Path and query of the page as the browser shows it, so that a change of language comes back to it."""
    parts = urlsplit(st.context.url or "/")
    return parts.path + (f"?{parts.query}" if parts.query else "")

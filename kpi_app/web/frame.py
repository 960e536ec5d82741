"""The frame around every page: name, pages this person may use, language, signing out."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from data_contracts.contract import Problem
from kpi_app import access
from kpi_app.access import Right
from kpi_app.pages import imports, month, my_performance, weekly_scorecard
from kpi_app.web import looks, visit
from kpi_app.web.visit import Visit


@dataclass(frozen=True)
class Page:
    """A page of the app: where it is, what it is called, who finds it in the menu."""

    path: str
    title: str
    icon: str
    draw: Callable[[Visit], None]
    is_for: Callable[[access.Identity], bool]


PAGES = (
    Page("week", "本周记分卡", ":material/dashboard:", weekly_scorecard.draw, lambda who: Right.SCORES in who.rights),
    Page("month", "绩效月", ":material/payments:", month.draw, lambda who: Right.PAY in who.rights),
    Page("me", "我的绩效", ":material/person:", my_performance.draw, lambda who: who.person_id is not None),
    Page("import", "数据导入", ":material/upload_file:", imports.draw, lambda who: Right.IMPORT in who.rights),
)
"""In the order of the menu; the first that is for a person is where that person begins."""

ROOT = "start"
"""The path that Streamlit wants for the page at the root, beside that page's own."""


def draw() -> None:
    """Draw the frame and the chosen page."""
    st.set_page_config(page_title="车店绩效台", page_icon=str(looks.ICON), layout="wide")
    here = visit.current()
    st.html(looks.style())
    mine = [page for page in PAGES if page.is_for(here.who)]
    others = [page for page in PAGES if page not in mine]
    menu = [st_page(here, page, is_first=number == 0) for number, page in enumerate(mine)]
    # The first page of the menu is at the root, whatever its path; its own address leads to it too.
    hidden = [st_page(here, page, is_first=False, is_hidden=True) for page in [*mine[:1], *others]]
    chosen = st.navigation([*menu, *hidden], position="sidebar")
    with st.sidebar:
        sidebar(here)
    chosen.run()


def st_page(here: Visit, page: Page, *, is_first: bool, is_hidden: bool = False) -> st.Page:
    """A page as Streamlit's menu wants it. A page that is not for this person can be addressed, and refuses."""
    return st.Page(
        lambda: guarded(here, page),
        title=here(page.title),
        icon=page.icon,
        url_path=ROOT if is_first else page.path,
        default=is_first,
        visibility="hidden" if is_hidden else "visible",
    )


def guarded(here: Visit, page: Page) -> None:
    """Draw a page; a Problem is said in place of what it prevented."""
    if not page.is_for(here.who):
        refusal(here)
        return
    try:
        page.draw(here)
    except Problem as problem:
        st.error(here.text(problem.text), icon=":material/block:")


def refusal(here: Visit) -> None:
    """What somebody sees at an address that is not theirs."""
    st.title(here("这个页面不对您开放"))
    st.write(here("您的账号没有查看这个页面的权限;如有需要,请管理员调整角色或范围。"))


def sidebar(here: Visit) -> None:
    """Who is signed in, the language, signing out."""
    st.html(
        looks.fragment(
            "sidebar.html",
            _=here,
            name=here.who.name,
            other="zh" if here.language == "en" else "en",
            other_name="中文" if here.language == "en" else "English",
        )
    )

"""In Chinese nothing on any page is left in English: every page is walked, and what opens on it is opened."""

import re

import pytest
from playwright.sync_api import TimeoutError

from kpi_app import demo
from kpi_app.pages import frame
from tests.browser.conftest import AT_REST
from tests.browser.test_every_page import rest
from tests.web.test_rights_matrix import WHO

pytestmark = pytest.mark.browser

NAMES = {it.name for it in demo.ACCOUNTS}
FILES = {"CSV", "TXT", "PDF", "TOML", "XLSX", "XLS", "DOCX", "PNG", "JPG", "JPEG", "ZIP"}
COMMANDS = {"kpi", "verify", "restore", "backup"}
ALLOWED = {"KPI", "Streamlit", "Ctrl", "Esc", "English", "Excel", "Vega", *FILES, *COMMANDS, *NAMES}
"""Kinds of files, commands, names of products and keys, the accounts of the demo."""
WALKERS = {
    page.path: next((name for name in ("inviter", "head", "hr", "admin", "director") if page.is_for(WHO[name])), "hr")
    for page in frame.PAGES
    if page.group
}
"""Page → whose walk it is; the dashboard under test switches the club's page on for HR."""
SENTENCE = re.compile(r"(?<![\w./:=-])[A-Za-z]{2,}(?: [A-Za-z]{2,})+(?![\w./:=-])")
WORD = re.compile(r"(?<![\w./:=-])[A-Za-z]{3,}(?![\w./:=-])")
ON_SCREEN = """
() => {
  const data = 'script, style, noscript, td, code, textarea, [role=option], [role=gridcell], '
    + '[data-testid*=Icon]';
  const pages = '[data-testid=stHtml], [data-testid=stMarkdownContainer]';
  const found = new Set();
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
  while (walk.nextNode()) {
    const node = walk.currentNode;
    const element = node.nodeType === 3 ? node.parentElement : node;
    if (!element || element.closest(data)) continue;
    const ours = element.closest(pages) ? 'page' : 'streamlit';
    if (node.nodeType === 3) { if (node.data.trim()) found.add(`${ours}\\t${node.data.trim()}`); continue; }
    for (const name of ['title', 'aria-label', 'placeholder', 'aria-roledescription', 'alt'])
      if (node.getAttribute(name)) found.add(`${ours}\\t${node.getAttribute(name)}`);
  }
  return [...found];
}
"""


def left_in_english(said):
    """The texts that hold an English sentence or, where Streamlit wrote them, a single English word."""
    found = set()
    for it in said:
        whose, _, text = it.partition("\t")
        pattern = SENTENCE if whose == "page" else WORD
        if any(set(hit.split()) - ALLOWED for hit in pattern.findall(text)):
            found.add(text)
    return found


def opened(page):
    """What stands on the page at rest, and once its lists, calendars, forms, menus and tables were opened."""
    said = set(page.evaluate(ON_SCREEN))

    def after(deed):
        page.locator(AT_REST).wait_for()
        try:
            deed()
        except TimeoutError:
            return  # covered by what was opened before, or not to be clicked now
        page.wait_for_timeout(150)
        said.update(page.evaluate(ON_SCREEN))

    main = page.locator('[data-testid="stMain"]')
    for kind in ("stSelectbox", "stMultiSelect", "stDateInput"):
        for one in main.locator(f'[data-testid="{kind}"] button, [data-testid="{kind}"] input').all()[:2]:
            after(lambda one=one: one.click(timeout=1500))
            page.keyboard.press("Escape")
    for one in main.locator('[data-testid="stPopover"] button').all()[:3]:
        after(lambda one=one: one.click(timeout=1500))
        for field in page.locator('[data-testid="stPopoverBody"] :is(textarea, input[type="text"])').all()[:2]:
            after(lambda field=field: field.press_sequentially("1", timeout=1500))
        page.keyboard.press("Escape")
    for field in main.locator(':is([data-testid="stTextInput"], [data-testid="stNumberInput"]) input').all()[:2]:
        after(lambda field=field: field.press_sequentially("1", timeout=1500))
    for table in main.locator('[data-testid="stDataFrame"]').all()[:1]:
        after(lambda table=table: table.hover(timeout=1500))
        after(lambda table=table: table.click(button="right", position={"x": 60, "y": 15}, timeout=1500))
        page.keyboard.press("Escape")
    after(lambda: page.locator('[data-testid="stMainMenu"] button').first.click(timeout=1500))
    page.keyboard.press("Escape")
    return said


@pytest.mark.parametrize("path", WALKERS)
def test_nothing_is_left_in_english(signed_in, path):
    page = signed_in(WALKERS[path])
    page.goto(f"/{path}")
    rest(page)
    said = opened(page)
    assert any("菜单" in it for it in said)
    assert left_in_english(said) == set()


def test_the_calendar_speaks_the_language_of_the_page_and_not_of_the_browser(sign_in):
    page = sign_in("hr", language="en")  # in a browser that is set to Chinese
    page.goto("/roster")
    page.locator('[data-testid="stDateInput"] button').first.click()
    page.get_by_text("Choose date, November 2026").wait_for(state="attached")


@pytest.mark.parametrize(
    ("said", "is_left"),
    [
        ("streamlit\tPress Enter to apply", True),
        ("streamlit\tUpload", True),
        ("streamlit\t每个文件不超过 200MB · CSV", False),
        ("streamlit\t下载 CSV", False),
        ("page\t导出会议图 / PDF", False),
        ("page\t没有 Such thing here", True),
        ("page\thead 没有权限", False),
        ("page\tkpi-20261122.zip", False),
    ],
)
def test_what_counts_as_english(said, is_left):
    assert bool(left_in_english({said})) is is_left


def test_the_dictionary_leaves_alone_what_people_wrote(signed_in):
    page = signed_in("admin")
    page.goto("/users")
    page.locator("h1").first.wait_for()
    shown = page.evaluate(
        """async () => {
          const at = (kind) => { const it = document.createElement('div'); it.dataset.testid = kind; return it; };
          const ours = at('stHtml'), theirs = at('stOther');
          for (const it of [ours, theirs]) { it.innerHTML = '<p title="Stop">Stop</p>'; document.body.append(it); }
          await new Promise(requestAnimationFrame);
          return [ours, theirs].map((it) => [it.innerText, it.firstChild.title]);
        }"""
    )
    assert shown == [["Stop", "Stop"], ["停止", "停止"]]

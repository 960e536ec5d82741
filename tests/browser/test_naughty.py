"""What people typed is text on every page: nothing of it runs, links or is fetched from elsewhere."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from kpi_app import access
from kpi_app.settings import PROJECT, Settings
from kpi_app.store import database
from kpi_app.store.accounts import users
from tests.browser.conftest import AT_REST, page_of, wait_for
from tests.store.complaints.test_meeting import HEAD
from tests.store.disputes.test_credit import HEAD as HEAD_OF_CALLERS
from tests.store.pay import BOSS, HR, STAFF
from tests.web.naughty import AS_OF, ELSEWHERE, TYPED, home
from tests.web.test_served import a_free_port

pytestmark = pytest.mark.browser

PASSWORD = "a-Good-password"
ACCOUNTS = {"head": HEAD, "hr": HR, "boss": BOSS, "staff": STAFF, "callers": HEAD_OF_CALLERS}
SHOWN = {
    ("head", "week?subject=department:S01/销售部&week=2026-W44"): "记录",
    ("head", "sign-off?period=2026-10"): "签认",
    ("head", "meeting?week=2026-W44"): "措施",
    ("head", "success"): "成功计划",
    ("hr", "pay?period=2026-10"): "逐项核对",
    ("hr", "by-hand?period=2026-10"): "手工",
    ("hr", "month?period=2026-10&unit=S01"): "绩效月",
    ("hr", "roster"): "人员",
    ("hr", "objections"): "异议",
    ("callers", "objections"): "归属",
    ("staff", "me?month=2026-10"): "我的成功计划",
    ("admin", "plans"): "方案",
    ("admin", "import"): "导入记录",
    ("admin", "records"): "操作记录",
    ("admin", "users"): "账号",
    ("admin", "settings"): "法规",
}
"""Account and page that show what was typed → what stands there too."""
LINKS = """() => [...document.querySelectorAll('[href], [src], [action]')].map(
  (it) => it.getAttribute('href') ?? it.getAttribute('src') ?? it.getAttribute('action'))"""
QUERIES = (
    "period", "unit", "subject", "person", "metric", "week", "month", "line", "today", "against", "by",
    "before", "after", "version", "view", "band", "store", "case", "department", "role", "rule", "kind",
    "state", "cause", "basket", "on", "list", "verb", "user", "since", "import", "trend", "finding", "team",
    "mark",
)  # fmt: skip


@pytest.fixture(scope="module")
def address(chromium, tmp_path_factory):
    copied = Path(shutil.copytree(home(), tmp_path_factory.mktemp("naughty") / "home"))
    db = database.connect(Settings(home=copied, as_of=AS_OF))
    for name, who in ACCOUNTS.items():
        users.add(
            db, access.CONSOLE, name, PASSWORD, roles=sorted(who.roles), scopes=sorted(who.scopes),
            person_id=who.person_id,
        )  # fmt: skip
    users.add(db, access.CONSOLE, "admin", PASSWORD, roles=["admin"])
    db.close()
    port = a_free_port()
    log = copied.parent / "log"
    with log.open("wb") as out:
        server = subprocess.Popen(
            [sys.executable, "-m", "kpi_app", "serve", "--port", str(port)],
            cwd=PROJECT,
            env={**os.environ, "KPI_HOME": str(copied), "KPI_AS_OF": AS_OF.isoformat()},
            stdout=out,
            stderr=out,
        )
    try:
        wait_for(f"http://127.0.0.1:{port}/login", log)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=20)


@pytest.fixture(scope="module")
def pages(browser, address):
    """The page of an account, signed in, with every address it asked for."""
    opened, contexts = {}, []

    def of(name):
        if name not in opened:
            page, asked = page_of(browser, address, name, password=PASSWORD), []
            contexts.append(page.context)
            page.on("request", lambda request: asked.append(request.url))
            page.on("dialog", lambda dialog: asked.append(f"dialog://{dialog.message}"))
            opened[name] = page, asked
        return opened[name]

    yield of
    for context in contexts:
        context.close()


def at_rest(page, path):
    page.goto(f"/{path}")
    page.locator('[data-testid="stMain"] :is(h1, [role="alert"])').first.wait_for()
    page.locator(AT_REST).wait_for()


def harm(page, asked, address):
    """What ran, what was asked of others, what leads elsewhere."""
    found = [f"asked for {it}" for it in asked if urlsplit(it).scheme not in ("data", "blob") and address not in it]
    if page.evaluate("window.ran") is not None:
        found.append("ran a script")
    links = page.evaluate(LINKS)
    found += [f"leads to {it}" for it in links if it.startswith("javascript:") or ELSEWHERE in urlsplit(it).netloc]
    return found


@pytest.mark.parametrize(("name", "path"), SHOWN)
def test_a_page_shows_what_was_typed_as_text(pages, address, name, path):
    page, asked = pages(name)
    at_rest(page, path)
    page.get_by_text(SHOWN[name, path]).first.wait_for()
    assert harm(page, asked, address) == []
    text = page.evaluate("document.body.textContent")
    seen = [it for it in TYPED if it in text]
    assert len(seen) >= 8, [it for it in TYPED if it not in text]


@pytest.mark.parametrize("path", ["week", "pay", "meeting", "explain"])
def test_an_address_is_only_text(pages, address, path):
    page, asked = pages("boss")
    everything = quote("  ".join(TYPED[5:16]))
    at_rest(page, f"{path}?{'&'.join(f'{name}={everything}' for name in QUERIES)}")
    assert harm(page, asked, address) == []

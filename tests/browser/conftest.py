"""A demo home, the served dashboard and a real browser, once for all browser tests."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from kpi_app import demo
from kpi_app.settings import PROJECT

AS_OF = date(2026, 11, 20)
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
]
START_SECONDS = 120
PHONES = ("inviter", "consultant")
AT_REST = '[data-testid="stApp"][data-test-script-state="notRunning"]'
"""The app once its script has run to the end."""
AT_WORK = '[data-test-script-state="running"], [data-test-script-state="rerunRequested"]'
"""The app while its script runs: what is there may still move, and a click may miss it."""


@pytest.fixture(scope="session")
def chromium() -> str:
    """Where a Chromium is; without one the browser tests are skipped, and say so."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("NO CHROMIUM FOUND: the browser tests did not run; install chromium (.ci/run does) and run again")
    return found


@pytest.fixture(scope="session")
def address(chromium: str, demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The dashboard over the demo group, served on a free port."""
    with served(Path(shutil.copytree(demo_home, tmp_path_factory.mktemp("browser") / "home"))) as at:
        yield at


@contextmanager
def served(home: Path) -> Iterator[str]:
    """The dashboard over a home, on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = home.parent / "serve.log"
    with log.open("wb") as out:
        server = subprocess.Popen(
            [sys.executable, "-m", "kpi_app", "serve", "--port", str(port)],
            cwd=PROJECT,
            env={**os.environ, "KPI_HOME": str(home), "KPI_AS_OF": AS_OF.isoformat(), "KPI_CLUB_FOR": "hr"},
            stdout=out,
            stderr=out,
        )
    try:
        wait_for(f"http://127.0.0.1:{port}/login", log)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=20)


def wait_for(url: str, log: Path) -> None:
    """Until the address answers."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        with suppress(OSError), urllib.request.urlopen(url, timeout=5):
            return
        time.sleep(0.3)
    raise AssertionError(f"no answer from {url}:\n{log.read_text(encoding='utf-8', errors='replace')[-3000:]}")


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator["Browser"]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=QUIET)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def sign_in(browser: "Browser", address: str) -> Iterator[Callable[..., "Page"]]:
    """``sign_in("head")`` opens a browser of its own and signs that demo account in."""
    contexts = []

    def opened(name: str, **more: Any) -> "Page":
        page = page_of(browser, address, name, **more)
        contexts.append(page.context)
        return page

    yield opened
    for context in contexts:
        context.close()


def page_of(
    browser: "Browser",
    address: str,
    name: str,
    *,
    password: str | None = None,
    language: str = "zh",
    width: int = 1440,
    height: int = 900,
) -> "Page":
    """A browser of its own in which that account is signed in: one of the demo's, where no password is given."""
    context = browser.new_context(
        base_url=address,
        viewport={"width": width, "height": height},
        timezone_id="Asia/Shanghai",
        locale="zh-CN",
    )
    context.set_default_timeout(90_000)  # a month is checked, submitted and locked while one waits
    page = context.new_page()
    page.add_locator_handler(page.locator(AT_WORK), lambda: None)  # whatever is done waits until it is over
    page.goto("/login")
    page.fill("#name", name)
    page.fill("#password", password or next(it.password for it in demo.ACCOUNTS if it.name == name))
    page.click("button[type=submit]")
    if language != "zh":
        page.goto(f"/language?to={language}&next=/")
    return page


@pytest.fixture(scope="session")
def signed_in(sign_in: Callable[..., "Page"]) -> Callable[[str], "Page"]:
    """The one page of an account that tests share, on a phone for the staff: signing in and loading cost seconds."""
    pages: dict[str, Page] = {}

    def page_of(name: str) -> "Page":
        if name not in pages:
            size = {"width": 390, "height": 844} if name in PHONES else {}
            pages[name] = sign_in(name, **size)
        return pages[name]

    return page_of


if False:  # the names in the annotations, for readers and type checkers
    from playwright.sync_api import Browser, Page

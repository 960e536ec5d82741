"""Every page's address, sent to a colleague: the same view for who may see it, a kind word for who may not."""

from urllib.parse import urlsplit

import pytest

from kpi_app.pages.frame import PAGES
from tests.browser.test_every_page import rest

pytestmark = pytest.mark.browser

REFUSED = "这个页面不对您开放"
FAILED = "请把这个时间告诉管理员"
SENT = {
    "week": ("director", "head", "/week?subject=department:S01/呼叫中心&week=2026-W45", "第 45 周"),
    "month": ("hr", "director", "/month?period=2026-09&unit=S01", "绩效月 2026-09"),
    "pay": ("hr", "director", "/pay?period=2026-10&person=E120", "E120"),
}
"""Page → who sends it, who opens it, the address, and what stands there for both."""


def opened(page, address):
    page.goto(address)
    rest(page)
    return page.locator('[data-testid="stMain"]').inner_text()


@pytest.mark.parametrize("path", SENT)
def test_the_view_in_an_address_opens_for_a_colleague(signed_in, path):
    sender, receiver, address, says = SENT[path]
    for name in (sender, receiver):
        text = opened(signed_in(name), address)
        assert says in text
        assert REFUSED not in text


@pytest.mark.parametrize("name", ["consultant", "head", "admin"])
def test_every_address_opens_or_says_kindly_that_it_is_not_for_somebody(signed_in, name):
    page = signed_in(name)
    shown, refused = set(), set()
    for path in (it.path for it in PAGES):
        text = opened(page, f"/{path}")
        assert page.locator('[data-testid="stException"]').count() == 0
        assert FAILED not in text
        (refused if REFUSED in text else shown).add(path)
        if REFUSED in text:
            assert "如有需要，请管理员调整角色或范围" in text
            assert "¥" not in text
    in_menu = {link.get_attribute("href").rpartition("/")[2] for link in page.locator(MENU).all()}
    assert shown == in_menu | {"explain"}
    assert refused


def test_what_was_done_once_is_gone_back_from_in_one_step(sign_in):
    page = sign_in("head")
    rows = page.get_by_text("本周计入")

    def stands(path, said=None):
        page.wait_for_url(lambda url: urlsplit(url).path == path)
        if said is not None:
            page.get_by_text(said, exact=True).wait_for()
        rest(page)

    opened(page, "/meeting")
    opened(page, "/week")
    first = rows.inner_text()
    page.get_by_role("button", name="看构成与明细").last.click()
    rows.filter(has_not_text=first).wait_for()
    chosen = rows.inner_text()
    page.locator(MENU, has_text="抱怨会议").click()
    stands("/meeting")
    for step, path, said in (
        (page.go_back, "/week", chosen),
        (page.go_back, "/week", first),
        (page.go_back, "/meeting", None),
        (page.go_forward, "/week", first),
        (page.go_forward, "/week", chosen),
    ):
        step()
        stands(path, said)


MENU = '[data-testid="stSidebar"] [data-testid="stPageLink-NavLink"]'

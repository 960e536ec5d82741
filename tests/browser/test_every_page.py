"""Every page of every role: a picture at both sizes, no fault for axe-core, nothing sideways, nothing moving, no error.

The pictures lie in the git-ignored folder ``.pictures/`` (page, role, language, width). In Chinese pages are opened in
a wide window, light, and made a dark phone there; in English on a light phone, and made wide and dark. Every role opens
all its pages in Chinese but those that look the same to all; in English a page is opened by the first role that has it,
for what differs there is only the words.
"""

import json
from urllib.parse import urlsplit

import httpx2 as httpx
import pytest
import sqlalchemy as sa
from axe_playwright_python.sync_playwright import Axe

from kpi_app.demo import ACCOUNTS
from kpi_app.pages.frame import PAGES
from kpi_app.settings import PROJECT, Settings
from kpi_app.store import database, tables
from kpi_app.store.rows import facts
from tests.browser.conftest import AS_OF, AT_REST

pytestmark = pytest.mark.browser

PICTURES = PROJECT / ".pictures"
WALKS = [(language, role) for language in ("zh", "en") for role in ("hr", "head", "director", "admin", "consultant")]
SAME_FOR_ALL = {"pay", "differences", "papers", "plans", "simulate", "import", "quality"}
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
SIZES = {"zh": (WIDE, PHONE), "en": (PHONE, WIDE)}
"""Language → the size that pages are opened at, in light, and the one they are brought to then, in dark."""
MOST_MOVED = 0.1
"""What the web vitals call good: the sum of all layout shifts of a page as it loads, in shares of the window."""
MOVED = """(() => {
  let moved = 0;
  const add = (shifts) => { for (const it of shifts) if (!it.hadRecentInput) moved += it.value; };
  const watcher = new PerformanceObserver((list) => add(list.getEntries()));
  watcher.observe({ type: "layout-shift", buffered: true });
  window.movedSoFar = () => { add(watcher.takeRecords()); return moved; };
})()"""
NOT_DRAWN_YET = '[data-testid="stSkeleton"], [data-stale="true"]'
ERRORS = '[data-testid="stException"], [data-testid="stAlertContentError"], .kpi-said-not'
BINARY = (".woff2", ".png", ".wasm")
SIDEWAYS = """() => {
  const main = document.querySelector('[data-testid="stMain"]') ?? document.documentElement;
  return main.scrollWidth - main.clientWidth;
}"""

COVERED = """() => {
  const isCovered = (it) => {
    const {left, top, width, height} = it.getBoundingClientRect(), x = left + width / 2, y = top + height / 2;
    if (width < 2 || x < 0 || y < 0 || x > innerWidth || y > innerHeight) return false;
    return document.elementFromPoint(x, y)?.closest('[data-testid="stHeader"]') != null;
  };
  const all = document.querySelectorAll('[data-testid="stMain"] :is(button, input)');
  return [...all].filter(isCovered).map((it) => it.ariaLabel || it.textContent);
}"""


def faults(page, *rules):
    """What axe-core calls serious or critical, as sentences; by these rules, or by all."""
    options = {"resultTypes": ["violations"]} | ({"runOnly": list(rules)} if rules else {})
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    return [
        f"{rule['id']} ({rule['impact']}): {node['html'][:240]} at {json.dumps(node['target'])[:240]}"
        for rule in page.evaluate("options => axe.run(options)", options)["violations"]
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]


def rest(page):
    """Until the page stands there whole."""
    page.locator('[data-testid="stMain"] h1').first.wait_for()
    page.locator(AT_REST).wait_for()
    page.wait_for_timeout(200)  # the browser asks for a widget's code only once its place is there
    page.locator(NOT_DRAWN_YET).first.wait_for(state="detached")
    page.locator(AT_REST).wait_for()


def look(page, name, first, then):
    """What is wrong with the page as it loaded at one size in light, and stands there at the other in dark; pictures
    kept."""
    wrong = [f"error: {box.inner_text()}" for box in page.locator(ERRORS).all()]
    if (moved := page.evaluate("movedSoFar()")) > MOST_MOVED:
        wrong.append(f"moved by {moved:.3f} while it loaded")
    for size, theme, rules in ((first, "light", ()), (then, "dark", ("color-contrast",))):
        if size is then:
            page.emulate_media(color_scheme=theme)
            page.set_viewport_size(size)
            page.wait_for_timeout(300)  # the sidebar comes or goes
        page.screenshot(path=PICTURES / f"{name}-{size['width']}.png", animations="disabled")
        wrong += faults(page, *rules)
        if size is PHONE and (wider := page.evaluate(SIDEWAYS)) > 0:
            wrong.append(f"{wider} px wider than the phone")
        if covered := page.evaluate(COVERED):
            wrong.append(f"the page's head covers {covered}")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(first)
    return wrong


@pytest.fixture(scope="module")
def seen():
    """Language → the pages opened so far."""
    PICTURES.mkdir(exist_ok=True)
    return {language: set() for language in SIZES}


@pytest.fixture(scope="module")
def asked_for():
    """Every address that the pages asked for on these walks."""
    return set()


@pytest.fixture(scope="module")
def line_of_consultant(demo_home):
    """A line of the consultant's statement, whose explanation has an address and no entry in the menu."""
    db = database.connect(Settings(home=demo_home, as_of=AS_OF))
    lines = tables.pay_lines.c
    person_id = next(it.person_id for it in ACCOUNTS if it.name == "consultant")
    asked = sa.select(lines.line_id).where(lines.person_id == person_id, lines.period == "2026-10")
    with db.read() as conn:
        line_id = conn.scalars(asked.order_by(lines.amount_fen)).first()
    db.close()
    return line_id


@pytest.mark.parametrize(("language", "role"), WALKS)
def test_every_page_can_be_read(sign_in, seen, asked_for, line_of_consultant, language, role):
    page = sign_in(role, language=language)
    page.context.on("request", lambda it: asked_for.add(it.url))
    page.context.add_init_script(MOVED)
    rest(page)
    links = page.locator('[data-testid="stSidebar"] [data-testid="stPageLink-NavLink"]')
    addresses = [link.get_attribute("href") for link in links.all()]
    assert len(addresses) > 1
    if role in ("hr", "consultant"):
        addresses.append(f"/explain?line={line_of_consultant}")
    first, then = SIZES[language]
    page.set_viewport_size(first)
    found = {}
    for address in addresses:
        name = urlsplit(address).path.rpartition("/")[2]
        if name in seen[language] and (language == "en" or name in SAME_FOR_ALL):
            continue
        page.goto(address)
        rest(page)
        found[name] = look(page, f"{name}-{role}-{language}", first, then)
    seen[language] |= found.keys()
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("on_its_way", ["what would bring more", "a widget's code"])
def test_below_the_amount_stands_nothing_that_could_still_be_moved(signed_in, on_its_way):
    page = signed_in("consultant")
    page.goto("/me")
    rest(page)
    amount, below = page.locator(".st-key-card_hero .kpi-total"), page.locator(".st-key-card_lines .kpi-score")
    assert (amount.is_visible(), below.is_visible()) == (True, True)
    page.evaluate(
        """it => it === "a widget's code"
             ? document.querySelector(".st-key-card_figures").setAttribute("data-testid", "stSkeleton")
             : document.querySelector(".kpi-known").classList.remove("kpi-known")""",
        on_its_way,
    )
    assert (amount.is_visible(), below.is_visible()) == (True, False)


def test_a_folded_part_is_open_as_far_as_it_goes_before_the_next_click(signed_in):
    page = signed_in("head")
    page.goto("/week")
    rest(page)
    opening, open_ = page.locator(".st-key-card_agreed").evaluate(
        """async card => {
             const height = () => card.querySelector("details").getBoundingClientRect().height;
             const drawn = () => new Promise(requestAnimationFrame);
             card.querySelector("summary").click();
             for (let frames = 0; frames < 5; frames++) await drawn();
             const opening = height();
             await new Promise(later => setTimeout(later, 800));
             return [opening, height()];
           }"""
    )
    assert open_ > 100  # its heading alone has less than half of that
    assert opening == open_


def test_no_page_was_left_out(seen):
    every = {page.path for page in PAGES}
    assert seen == {"zh": every, "en": every}


def test_what_was_asked_for_tells_a_stranger_and_a_colleague_nobodys_name(asked_for, address, sign_in, demo_home):
    db = database.connect(Settings(home=demo_home, as_of=AS_OF))
    names = facts.load(db)["people"].select("person_name").unique().collect()["person_name"].to_list()
    db.close()
    ours = {it for it in asked_for if it.startswith(address)}
    assert (len(names) > 50, len(ours) > 100) == (True, True)
    assert asked_for - ours - {it for it in asked_for if it.startswith(("data:", "blob:"))} == set()
    colleagues = {it["name"]: it["value"] for it in sign_in("inviter").context.cookies()}
    assert colleagues
    for cookies in ({}, colleagues):
        with httpx.Client(cookies=cookies, follow_redirects=True, timeout=60) as client:
            for it in sorted(ours):
                body = client.get(it).text if not it.endswith(BINARY) else ""
                assert [name for name in names if name in body] == [], it


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_entrance_can_be_read(signed_in, theme):
    page = signed_in("consultant")
    page.emulate_media(color_scheme=theme)
    for address in ("/login", "/password"):
        page.goto(address)
        assert page.locator("html").get_attribute("data-theme") == theme
        page.screenshot(path=PICTURES / f"{address.strip('/')}-{theme}.png")
        assert faults(page) == []

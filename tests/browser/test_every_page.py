"""Every page of every role, opened once a language: a picture at both sizes, no fault for axe-core, nothing sideways.

The pictures lie in the git-ignored folder ``.pictures/`` (role, page, language, size). A wide window is light and a
phone dark in Chinese, the other way round in English, so that all four pairs of language and theme are seen.
"""

import json

import pytest
from axe_playwright_python.sync_playwright import Axe

from kpi_app.settings import PROJECT

pytestmark = pytest.mark.browser

PICTURES = PROJECT / ".pictures"
ROLES = ("head", "director", "hr", "consultant", "admin")
THEMES = {"zh": ("light", "dark"), "en": ("dark", "light")}
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
REST = '[data-testid="stApp"][data-test-script-state="notRunning"]'
SIDEWAYS = """() => {
  const main = document.querySelector('[data-testid="stMain"]') ?? document.documentElement;
  return main.scrollWidth - main.clientWidth;
}"""

STREAMLITS_OWN: dict[str, tuple[str, ...]] = {}
"""Rule → selectors of Streamlit's own markup that no setting of ours reaches; each says why."""


def faults(page, *, only=()):
    """What axe-core calls serious or critical, as sentences."""
    options = {"resultTypes": ["violations"]} | ({"runOnly": list(only)} if only else {})
    found = Axe().run(page, options=options).response["violations"]
    return [
        f"{rule['id']} ({rule['impact']}): {node['html'][:240]} | {node['target']}"
        for rule in found
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
        if not any(part in json.dumps(node["target"]) for part in STREAMLITS_OWN.get(rule["id"], ()))
    ]


def rest(page):
    """Until the script has run to its end."""
    page.locator('[data-testid="stMain"] h1').first.wait_for()
    page.locator(REST).wait_for()


def walk(page, role, language):
    """Open every page of the menu; (page, what is wrong) of each, pictures kept."""
    wide, phone = THEMES[language]
    rest(page)
    links = page.locator('[data-testid="stSidebar"] [data-testid="stPageLink-NavLink"]')
    paths = [link.get_attribute("href") for link in links.all()]
    found = {}
    for path in paths:
        name = path.strip("/").split("/")[-1]
        page.goto(path)
        rest(page)
        wrong = found.setdefault(name, [])
        for size, theme, rules in ((WIDE, wide, ()), (PHONE, phone, ("color-contrast",))):
            page.set_viewport_size(size)
            page.emulate_media(color_scheme=theme)
            page.wait_for_timeout(400)
            picture = PICTURES / f"{role}-{name}-{language}-{size['width']}.png"
            page.screenshot(path=picture)
            wrong += faults(page, only=rules)
        wrong += [f"error: {box.inner_text()}" for box in page.locator('[data-testid="stException"]').all()]
        if (wider := page.evaluate(SIDEWAYS)) > 0:
            wrong.append(f"{wider} px wider than the phone")
        page.set_viewport_size(WIDE)
        page.emulate_media(color_scheme=wide)
    return found


@pytest.mark.parametrize("language", THEMES)
@pytest.mark.parametrize("role", ROLES)
def test_every_page_can_be_read_by_everybody(sign_in, role, language):
    PICTURES.mkdir(exist_ok=True)
    page = sign_in(role, language=language)
    found = walk(page, role, language)
    assert len(found) > 1
    assert {name: wrong for name, wrong in found.items() if wrong} == {}

"""Whatever is chosen on a page stands in its address, so that a colleague who may see it opens the same view."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from kpi_app.access import Identity
from kpi_app.pages import frame
from kpi_app.pages.frame import PAGES, Page
from kpi_app.settings import Settings
from kpi_app.store.database import Database
from kpi_app.store.months import month
from kpi_app.web import site
from kpi_app.web.visit import Visit
from tests.store.pay import HR, OCTOBER, office_in

EVERYTHING = Identity(
    user_id=9, name="总监", roles=frozenset({"director", "hr", "admin"}), scopes=frozenset({"group"}), person_id="D01"
)
OF_A_DEED = ("simulate_", "success_for_", "amend_entry_", "import_template", "user_chosen", "meeting_action_")
"""Choices that say what a deed is to be about: no view of a page."""

WITHOUT_CHOICES = ("club", "plans", "simulate", "explain", "users")
VIEWS = [(page, {}) for page in PAGES] + [
    (page, {"unit": ["S01"], "by": ["revisions"]}) for page in PAGES if page.path == "differences"
]
"""Every page, and what its address names before, where a choice is offered only then."""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    home: Path = tmp_path_factory.mktemp("links") / "home"
    made = office_in(Settings(home=home, as_of=date(2026, 11, 3)))
    month.compute(made, HR, OCTOBER, as_of=date(2026, 11, 3))
    month.compute(made, HR, OCTOBER, as_of=date(2026, 11, 2))
    yield made
    made.close()


def drawn(page: Page, office: Database, query: dict[str, list[str]]) -> AppTest:
    def script(guarded, page, here):  # type: ignore[no-untyped-def]  # its source runs by itself
        guarded(here, page)

    asked = {"guarded": frame.guarded, "page": page, "here": Visit(EVERYTHING, office, "zh")}
    at = AppTest.from_function(script, kwargs=asked, default_timeout=30)
    for name, values in query.items():
        at.query_params[name] = values
    at.run()
    assert not at.exception
    return at


def choices(at: AppTest) -> dict[str, Any]:
    """The page's choices that are no part of a form, by key."""
    found = [*at.selectbox, *at.multiselect, *at.get("button_group"), *at.date_input]
    return {
        it.key: it
        for it in found
        if it.key
        and not it.key.startswith(OF_A_DEED)
        and not it.proto.form_id
        and (isinstance(it.value, date) or len(it.options) > 1)
    }


def choose_another(one: Any) -> None:
    """Choose something that was not chosen, by its title; of days the one before."""
    if isinstance(one.value, date):
        one.set_value(one.value - timedelta(days=1)).run()
        return
    chosen = {one.options[it] for it in one.indices} if hasattr(one, "indices") else {one.options[one.index or 0]}
    other = next(it for it in reversed(one.options) if it not in chosen)
    one.set_value([other] if isinstance(one.value, list) else other)
    one.run()


@pytest.mark.parametrize(("page", "first"), VIEWS, ids=[" ".join([page.path, *first]) for page, first in VIEWS])
def test_what_is_chosen_opens_again_from_the_address_and_follows_the_browser_back(
    page: Page, first: dict[str, list[str]], office: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site, "settings", lambda: office.settings)
    found = choices(drawn(page, office, first))
    assert found or page.path in WITHOUT_CHOICES
    for key in found:
        at = drawn(page, office, first)
        before, asked = at.session_state[key], dict(at.query_params)
        choose_another(choices(at)[key])
        after = at.session_state[key]
        assert after != before
        again = drawn(page, office, at.query_params)
        assert (key, again.session_state[key]) == (key, after)
        at.query_params.clear()
        at.query_params.update(asked)
        at.run()
        assert (key, at.session_state[key]) == (key, before)

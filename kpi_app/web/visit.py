"""Who looks at this page, as its script runs: the session is looked up again on every run, never remembered."""

from dataclasses import dataclass
from datetime import date

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from data_contracts.contract import Text
from kpi_app.access import Identity
from kpi_app.store.accounts import sessions
from kpi_app.store.database import Database
from kpi_app.web import looks, site, words


@dataclass(frozen=True)
class Visit:
    """A signed-in person, the open store, the day that is today, and the language."""

    who: Identity
    db: Database
    language: str

    @property
    def as_of(self) -> date:
        """The day that figures are asked for."""
        return self.db.settings.today()

    def __call__(self, message: str, **values: object) -> str:
        """The message in the visitor's language, with its values filled in."""
        said = words.translate(message, self.language)
        return said.format(**values) if values else said

    def text(self, text: Text) -> str:
        """A core sentence in the visitor's language."""
        return words.choose(text, self.language)


def language() -> str:
    """The language of this run's browser."""
    return str(st.user.to_dict().get("language") or site.settings().language)


def current() -> Visit:
    """The visit of this run. Without a session that still holds, the page says so and leads to the login."""
    token = st.user.to_dict().get("token")
    who = sessions.resume(site.database(), str(token)) if token else None
    if who is None:
        # The websocket stays open when a session ends elsewhere; session.js sees this and goes to the login.
        st.html(looks.fragment("ended.html", text=words.translate("会话已结束，请重新登录", language())))
        st.stop()
    if run := get_script_run_ctx():
        site.opened(run.session_id, str(token))
    return Visit(who, site.database(), language())

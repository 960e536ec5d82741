"""What the web process holds once: the settings and the open store."""

from functools import cache

from kpi_app.settings import Settings
from kpi_app.store.database import Database, connect

SESSION_COOKIE = "kpi_session"
LANGUAGE_COOKIE = "kpi_language"


@cache
def settings() -> Settings:
    """The settings of this process."""
    return Settings()


@cache
def database() -> Database:
    """The open store. Raises Problem where there is none yet."""
    return connect(settings())

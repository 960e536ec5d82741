"""What the web process holds once: settings, the open store, whose the open pages are; and whom a proxy vouches for."""

import hmac
import threading
from functools import cache

from starlette.datastructures import Headers
from starlette.types import Scope

from kpi_app.access import Identity
from kpi_app.settings import Settings
from kpi_app.store.accounts.users import login_name
from kpi_app.store.database import Database, connect

SESSION_COOKIE = "kpi_session"
LANGUAGE_COOKIE = "kpi_language"
MOST_PAGES = 10_000
PROXY_SECRET_HEADER = "x-kpi-proxy-secret"  # noqa: S105 -- the name of a header, no secret


_pages: dict[str, str] = {}
_lock = threading.Lock()


@cache
def settings() -> Settings:
    """The settings of this process."""
    return Settings()


@cache
def database() -> Database:
    """The open store. Raises Problem where there is none yet."""
    return connect(settings())


@cache
def hosts() -> frozenset[str]:
    """The names by which browsers may address us, without ports."""
    it = settings()
    return frozenset({"localhost", "127.0.0.1", "::1", it.host.casefold(), *(name.casefold() for name in it.hosts)})


def is_secure(scope: Scope) -> bool:
    """Does the browser come by https, here or at the proxy before us?"""
    return settings().tls or scope.get("scheme") in ("https", "wss")


def session_cookie(scope: Scope) -> str:
    """The name of the session's cookie. By https it is one that no other host of the domain can set for this one."""
    return f"__Host-{SESSION_COOKIE}" if is_secure(scope) else SESSION_COOKIE


def opened(page: str, token: str) -> None:
    """Remember whose session an open page is, by the id that Streamlit gave it; the oldest are forgotten."""
    with _lock:
        _pages.pop(page, None)
        _pages[page] = token
        for old in list(_pages)[:-MOST_PAGES]:
            del _pages[old]


def is_page_of(page: str, token: str) -> bool:
    """Is an open page one of this session's? Files are handed in on one's own only."""
    with _lock:
        return _pages.get(page) == token


def vouched_for(headers: Headers) -> str | None:
    """Whom the reverse proxy has signed in; None where it is not believed, or names nobody."""
    it = settings()
    if it.proxy_user_header is None or it.proxy_secret is None:
        return None
    sent = headers.get(PROXY_SECRET_HEADER, "").encode("latin-1")
    if not hmac.compare_digest(sent, it.proxy_secret.get_secret_value().encode()):
        return None
    return headers.get(it.proxy_user_header) or None


def agrees(headers: Headers, who: Identity) -> bool:
    """Is the proxy's user, where it names one, the one whose session this is?"""
    named = vouched_for(headers)
    return named is None or login_name(named) == who.name

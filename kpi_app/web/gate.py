"""The gate: nothing passes without a session but what signing in needs.

A pure ASGI layer before Streamlit. It strips the identity headers that a request brings, looks the cookie's session up
in the store, and hands the token and language on in headers that only Streamlit reads (``st.user``). Requests must name
a host of ours; those that change something, and websockets, must come from our own pages. Who still has a first
password is led to choosing an own one. A websocket is closed seconds after its session
has ended, wherever that was done. Every answer carries the security headers, and pages are told their language.
"""

import asyncio
import base64
import hashlib
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from urllib.parse import quote, urlsplit

import streamlit
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request, cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kpi_app.store import database
from kpi_app.store.accounts import sessions
from kpi_app.web import entrance, site, words

TOKEN_HEADER = "x-kpi-token"  # noqa: S105 -- the name of a header, no secret
LANGUAGE_HEADER = "x-kpi-language"
OPEN_PATHS = frozenset({"/login", "/logout", "/health", "/language", "/favicon.png"})
OPEN_FOLDERS = ("/static/", "/assets/")
UNKNOWN_HOST = "这个地址没有登记；请管理员把它加入 KPI_HOSTS。\nThis address is not one of ours; see KPI_HOSTS.\n"
SIGN_IN_FOLDER = "/login/oidc/"
STREAM = "/_stcore/stream"
UPLOADS = "/_stcore/upload_file/"
"""Below it the id of a page, and that of a file on it."""
SHUT = ("/media", "/component", "/_stcore/metrics", "/_stcore/agent", "/_stcore/bidi-components", "/auth/", "/oauth2")
"""Addresses of Streamlit's that no page of ours needs: what lies there has no owner."""
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
POLICY_VIOLATION = 1008
SECONDS_BETWEEN_LOOKS = 3
"""A page that is open leaves so soon after its session has ended."""


def inline_scripts(page: bytes) -> str:
    """The scripts inside a page, as a content security policy names them: by their hashes, so that no other runs."""
    bodies = re.findall(rb"<script>(.*?)</script>", page, re.DOTALL)
    return " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(body).digest()).decode()}'" for body in bodies)


STREAMLIT_PAGE = Path(streamlit.__file__).parent / "static" / "index.html"
SHEET = Path(__file__).parent / "assets" / "public" / "pages.css"
STYLESHEET = f"/assets/{SHEET.name}?{hashlib.sha256(SHEET.read_bytes()).hexdigest()[:12]}"
"""Its address changes with its text, so that no browser shows a new version's pages in an old one's style."""
SECURITY_HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'self'; script-src 'self' {inline_scripts(STREAMLIT_PAGE.read_bytes())} 'wasm-unsafe-eval'; "
        "style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
        "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class Gate:
    """ASGI middleware; see the module."""

    def __init__(self, app: ASGIApp, *, is_page: Callable[[str], bool]) -> None:
        self.app = app
        self.is_page = is_page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, or answer it."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if scope["path"] != "/health" and not is_our_host(headers):
            await refuse(scope, receive, send, 400, UNKNOWN_HOST)
            return
        is_websocket = scope["type"] == "websocket"
        if (is_websocket or scope["method"] not in SAFE_METHODS) and not is_same_origin(scope, headers):
            await refuse(scope, receive, send, 403)
            return
        path = scope["path"]
        cookies = read_cookies(headers)
        language = cookies.get(site.LANGUAGE_COOKIE, site.settings().language)
        token = cookies.get(site.session_cookie(scope))
        is_open = not is_websocket and (path in OPEN_PATHS or path.startswith((*OPEN_FOLDERS, SIGN_IN_FOLDER)))
        if not is_open:
            who = await run_in_threadpool(sessions.resume, site.database(), token) if token else None
            if who is None or not site.agrees(headers, who):
                await turn_away(scope, receive, send, "/login")
                return
            if who.has_first_password and path != "/password":
                await turn_away(scope, receive, send, "/password")
                return
            if path.startswith(SHUT) or (is_websocket and path != STREAM):
                await refuse(scope, receive, send, 404)
                return
            if path.startswith(UPLOADS) and not site.is_page_of(path.split("/")[3], token or ""):
                await refuse(scope, receive, send, 404)
                return
            if wants_page(scope) and path != "/password" and not await run_in_threadpool(self.is_page, path):
                response = await run_in_threadpool(entrance.form_page, "no_page.html", Request(scope), status=404)
                await answer(response, scope, receive, send)
                return
            scope.setdefault("state", {})["identity"] = who
        strip = {TOKEN_HEADER.encode(), LANGUAGE_HEADER.encode()}
        if not path.startswith(OPEN_FOLDERS):
            strip.add(b"accept-encoding")  # a page is rewritten on its way out, so it must not arrive compressed
        scope = {**scope, "headers": list(own_headers(scope["headers"], strip, token, language))}
        if is_websocket and token is not None:
            await self.while_it_holds(token, scope, receive, send)
            return
        await self.app(scope, receive, PageLanguage(send, language, headers_for(scope)))

    async def while_it_holds(self, token: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a websocket until its session ends: what stands on that screen must not outlive the right to see it."""
        serving = asyncio.ensure_future(self.app(scope, receive, send))
        try:
            while not (await asyncio.wait({serving}, timeout=SECONDS_BETWEEN_LOOKS))[0]:
                if not await run_in_threadpool(sessions.holds, site.database(), token):
                    await send({"type": "websocket.close", "code": POLICY_VIOLATION})
                    return
            await serving
        finally:
            serving.cancel()


def own_headers(
    headers: Iterable[tuple[bytes, bytes]], strip: set[bytes], token: str | None, language: str
) -> Iterable[tuple[bytes, bytes]]:
    """The request's headers without any identity it claims, with the one we found."""
    yield from (pair for pair in headers if pair[0].lower() not in strip)
    if token:
        yield TOKEN_HEADER.encode(), token.encode("latin-1")
    yield LANGUAGE_HEADER.encode(), language.encode("latin-1", "ignore")


def headers_for(scope: Scope) -> dict[str, str]:
    """The security headers of an answer; what is personal is never stored on the way."""
    is_static = scope["path"].startswith(OPEN_FOLDERS)
    more = {} if is_static else {"Cache-Control": "no-store"}
    if site.is_secure(scope):
        more["Strict-Transport-Security"] = "max-age=31536000"
    return SECURITY_HEADERS | more


def read_cookies(headers: Headers) -> dict[str, str]:
    """The request's cookies, as the routes behind read them too.

    Other applications on the same host set cookies that the standard library refuses whole; ours must survive them.
    """
    return cookie_parser(headers.get("cookie", ""))


def is_same_origin(scope: Scope, headers: Headers) -> bool:
    """Does the request come from a page of ours? A browser always says where a form or websocket comes from.

    Where we are reached by https, a page of the same host by plain http may be anybody's on the way.
    """
    schemes = ("https",) if site.is_secure(scope) else ("http", "https")
    try:
        origin = urlsplit(headers.get("origin", ""))
    except ValueError:  # such as http://[
        return False
    return origin.scheme in schemes and origin.netloc == headers.get("host")


def is_our_host(headers: Headers) -> bool:
    """Is the request addressed to a name of ours? Another name may lead to us, and its pages would read ours."""
    host = headers.get("host", "")
    try:
        parts = urlsplit(f"//{host}")
        is_plain = parts.netloc == host and "@" not in host and parts.port != 0  # a name, and a number that is a port
    except ValueError:  # such as [
        return False
    return is_plain and parts.hostname in site.hosts()


def wants_page(scope: Scope) -> bool:
    """Does the request ask for a page, there or not?"""
    path = scope["path"]
    is_other = "/_stcore" in path or path.startswith(("/files", "/media", "/component"))
    return scope["type"] == "http" and scope["method"] == "GET" and not is_other


async def turn_away(scope: Scope, receive: Receive, send: Send, to: str) -> None:
    """Not yet: pages go ``to`` the login or the password and come back, the rest is refused."""
    path = scope["path"]
    if wants_page(scope):
        query = scope["query_string"].decode("latin-1")
        target = path + (f"?{query}" if query else "")
        response: Response = RedirectResponse(f"{to}?next={quote(target)}", status_code=303)
        await answer(response, scope, receive, send)
        return
    await refuse(scope, receive, send, 401 if scope["type"] == "http" else 403)


async def refuse(scope: Scope, receive: Receive, send: Send, status: int, words: str = "") -> None:
    """Answer with a status and at most a sentence; a websocket is refused before it opens."""
    if scope["type"] == "websocket":
        await receive()
        if "websocket.http.response" not in scope.get("extensions", {}):
            await send({"type": "websocket.close", "code": POLICY_VIOLATION})
            return
    await answer(PlainTextResponse(words, status_code=status), scope, receive, send)


async def answer(response: Response, scope: Scope, receive: Receive, send: Send) -> None:
    """Send a response of our own, with the security headers."""
    for name, value in headers_for(scope).items():
        response.headers[name] = value
    await response(scope, receive, send)


async def broken(request: Request, _: Exception) -> Response:
    """What somebody reads where an address of ours failed: the next step, and nothing of what went wrong."""
    language = read_cookies(request.headers).get(site.LANGUAGE_COOKIE, site.settings().language)
    text = await run_in_threadpool(database.ailment, site.database())
    return PlainTextResponse(words.choose(text, language), status_code=500, headers=headers_for(request.scope))


class PageLanguage:
    """A ``send`` that adds the security headers and tells HTML pages their language.

    Streamlit's page says ``lang="en"`` whatever it shows; screen readers and fonts go by it.
    """

    def __init__(self, send: Send, language: str, headers: dict[str, str]) -> None:
        self.send = send
        self.language = "en" if language == "en" else "zh-CN"
        self.headers = headers
        self.start: Message | None = None
        self.body = b""

    async def __call__(self, message: Message) -> None:
        """Pass a message on; a page's body is held back until it is whole."""
        if message["type"] == "http.response.start":
            found = MutableHeaders(scope=message)
            for name, value in self.headers.items():
                found[name] = value
            is_page = found.get("content-type", "").startswith("text/html") and "content-encoding" not in found
            if is_page and message["status"] == 200:
                self.start = message
                return
        elif message["type"] == "http.response.body" and self.start is not None:
            self.body += message.get("body", b"")
            if message.get("more_body"):
                return
            body = self.rewritten(self.body)
            MutableHeaders(scope=self.start)["content-length"] = str(len(body))
            await self.send(self.start)
            await self.send({"type": "http.response.body", "body": body})
            return
        await self.send(message)

    def rewritten(self, page: bytes) -> bytes:
        """The page with its language, title, our stylesheet, and our scripts, which say themselves what they are for.

        The stylesheet stands in the body: there it comes after Streamlit's own, and before anything is painted.
        """
        page = page.replace(b'<html lang="en">', f'<html lang="{self.language}">'.encode(), 1)
        # Both before anything is painted, and before Streamlit asks for the language.
        early = "".join(f'<script src="/assets/{name}.js"></script>' for name in ("language", "theme"))
        head = f"<title>车店绩效台</title>{early}"
        page = page.replace(b"<title>Streamlit</title>", head.encode(), 1)
        page = page.replace(b"<body>", f'<body><link rel="stylesheet" href="{STYLESHEET}">'.encode(), 1)
        spoken = [] if self.language == "en" else ["words"]
        scripts = ["session", "print", "files", "reach", "folds", "steps", *spoken]
        tags = "".join(f'<script src="/assets/{name}.js" defer></script>' for name in scripts)
        return page.replace(b"</body>", f"{tags}</body>".encode(), 1)

"""Our own addresses beside Streamlit's pages: signing in and out, language, health, assets, files."""

from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, select_autoescape
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from data_contracts.contract import Problem
from kpi_app.store import sessions, users
from kpi_app.web import files, site, words

ASSETS = Path(__file__).parent / "assets"
YEAR = 365 * 24 * 3600

_pages = Environment(loader=FileSystemLoader(ASSETS), autoescape=select_autoescape())


def language_of(request: Request) -> str:
    """The language asked for: in the address, else in the cookie, else the setting."""
    asked = request.query_params.get("lang") or request.cookies.get(site.LANGUAGE_COOKIE)
    return asked if asked in words.LANGUAGES else site.settings().language


def local(target: str | None) -> str:
    """An address of ours to go on to; anything that leads elsewhere becomes the start page."""
    try:
        parts = urlsplit(target or "/")
    except ValueError:  # such as //[
        return "/"
    is_ours = not parts.scheme and not parts.netloc and parts.path.startswith("/") and "\\" not in parts.path
    return (target or "/") if is_ours and not (target or "/").startswith("//") else "/"


def login_page(request: Request, *, status: int = 200, name: str = "", problem: str = "") -> Response:
    """The login form, in the visitor's language."""
    language = language_of(request)
    page = _pages.get_template("login.html").render(
        _=lambda message: words.translate(message, language),
        lang="en" if language == "en" else "zh-CN",
        other="zh" if language == "en" else "en",
        next=local(request.query_params.get("next")),
        name=name,
        problem=problem,
        accounts=demo_accounts(language),
    )
    return HTMLResponse(page, status_code=status)


def demo_accounts(language: str) -> list[dict[str, str]]:
    """The demo's accounts, where this store is a demo; nothing anywhere else."""
    from kpi_app import demo

    if not demo.is_demo(site.settings().home):
        return []
    return [
        {"name": it.name, "password": it.password, "title": words.choose(it.text, language)} for it in demo.ACCOUNTS
    ]


async def login(request: Request) -> Response:
    """``GET`` shows the form; ``POST`` signs in, begins a new session and goes on to where the visitor wanted."""
    if request.method != "POST":
        return await run_in_threadpool(login_page, request)
    form = await request.form(max_files=0, max_fields=10)
    name, password = str(form.get("name", "")), str(form.get("password", ""))
    address = request.client.host if request.client else None
    db = site.database()
    try:
        who = await run_in_threadpool(users.sign_in, db, name, password, address=address)
    except Problem as problem:
        said = words.choose(problem.text, language_of(request))
        return await run_in_threadpool(login_page, request, status=401, name=name, problem=said)
    if old := request.cookies.get(site.SESSION_COOKIE):
        await run_in_threadpool(sessions.close, db, old)
    token = await run_in_threadpool(sessions.open_, db, who, address=address)
    response = RedirectResponse(local(request.query_params.get("next")), status_code=303)
    response.set_cookie(
        site.SESSION_COOKIE,
        token,
        max_age=site.settings().session_hours * 3600,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return response


async def logout(request: Request) -> Response:
    """End the session and go to the login; a link on somebody else's page ends nothing."""
    if request.headers.get("sec-fetch-site") == "cross-site":
        return RedirectResponse("/", status_code=303)
    if token := request.cookies.get(site.SESSION_COOKIE):
        await run_in_threadpool(sessions.close, site.database(), token)
    response = RedirectResponse("/login", status_code=303)
    response.delete_cookie(site.SESSION_COOKIE, httponly=True, samesite="lax")
    return response


async def language(request: Request) -> Response:
    """Keep the language in a cookie and go back."""
    to = request.query_params.get("to")
    response = RedirectResponse(local(request.query_params.get("next")), status_code=303)
    if to in words.LANGUAGES:
        response.set_cookie(site.LANGUAGE_COOKIE, to, max_age=YEAR, httponly=True, samesite="lax")
    return response


async def health(_: Request) -> Response:
    """For a load balancer: up, and the store answers."""
    await run_in_threadpool(lambda: site.database().engine.connect().close())
    return JSONResponse({"status": "ok"})


ROUTES: list[BaseRoute] = [
    Route("/login", login, methods=["GET", "POST"]),
    Route("/logout", logout, methods=["GET", "POST"]),
    Route("/language", language),
    Route("/health", health),
    Route("/files/{token}", files.fetch),
    Mount("/assets", StaticFiles(directory=ASSETS / "public")),
]

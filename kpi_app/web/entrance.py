"""Signing in and out: the forms, the session's cookie, and where a visitor goes next."""

import re
from pathlib import Path
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, select_autoescape
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from data_contracts.contract import Problem
from kpi_app.access import Identity
from kpi_app.store.accounts import sessions, users
from kpi_app.web import site, words

ASSETS = Path(__file__).parent / "assets"

OURS = re.compile(r"/(?!/)[^\x00-\x20\x7f\\]*")

_pages = Environment(loader=FileSystemLoader(ASSETS), autoescape=select_autoescape())


def language_of(request: Request) -> str:
    """The language asked for: in the address, else in the cookie, else the setting."""
    asked = request.query_params.get("lang") or request.cookies.get(site.LANGUAGE_COOKIE)
    return asked if asked in words.LANGUAGES else site.settings().language


def local(target: str | None) -> str:
    """An address of ours to go on to; anything that may lead elsewhere, or out again, becomes the start page.

    A browser drops blanks and line ends from an address and takes a backslash for a slash: none may stand in it.
    """
    is_ours = target is not None and OURS.fullmatch(target) and target.partition("?")[0] != "/logout"
    return target if target is not None and is_ours else "/"


def form_page(
    template: str, request: Request, *, status: int = 200, problem: Problem | None = None, **values: object
) -> Response:
    """A form of ours in the visitor's language, with what stood in the way."""
    language = language_of(request)
    page = _pages.get_template(template).render(
        _=lambda message: words.translate(message, language),
        lang="en" if language == "en" else "zh-CN",
        other="zh" if language == "en" else "en",
        path=request.url.path,
        next=local(request.query_params.get("next")),
        problem=words.choose(problem.text, language) if problem else "",
        **values,
    )
    return HTMLResponse(page, status_code=status)


def login_page(request: Request, *, status: int = 200, name: str = "", problem: Problem | None = None) -> Response:
    """The login form, with the button of the office's own sign-in where the settings name one."""
    return form_page(
        "login.html",
        request,
        status=status,
        problem=problem,
        name=name,
        accounts=demo_accounts(language_of(request)),
        has_office_sign_in=site.settings().oidc_issuer is not None,
        office_sign_in=site.settings().oidc_name,
    )


def demo_accounts(language: str) -> list[dict[str, str]]:
    """The demo's accounts, where this store is a demo; nothing anywhere else."""
    from kpi_app import demo

    if not demo.is_demo(site.settings().home):
        return []
    return [
        {"name": it.name, "password": it.password, "title": words.choose(it.text, language)} for it in demo.ACCOUNTS
    ]


def address_of(request: Request) -> str | None:
    """Where the request comes from, for the audit."""
    return request.client.host if request.client else None


def is_from_elsewhere(request: Request) -> bool:
    """Did a link or picture on somebody else's page bring this request? Browsers say so, by plain http in the referer
    only."""
    if said := request.headers.get("sec-fetch-site"):
        return said in ("cross-site", "same-site")
    try:
        return urlsplit(request.headers.get("referer", "")).netloc not in ("", request.headers.get("host"))
    except ValueError:  # such as http://[
        return True


def outside(request: Request, path: str) -> str:
    """An address of ours as the browser reaches it."""
    return str(
        request.url.replace(
            scheme="https" if site.is_secure(request.scope) else "http", path=path, query="", fragment=""
        )
    )


async def begin_session(request: Request, who: Identity, response: Response, *, is_vouched: bool = False) -> Response:
    """End the browser's session before this one, begin a new one, and give the response its cookie."""
    db = site.database()
    if old := request.cookies.get(site.session_cookie(request.scope)):
        await run_in_threadpool(sessions.close, db, old)
    token = await run_in_threadpool(sessions.open_, db, who, address=address_of(request), is_vouched=is_vouched)
    response.set_cookie(
        site.session_cookie(request.scope),
        token,
        max_age=site.settings().session_hours * 3600,
        httponly=True,
        samesite="lax",
        secure=site.is_secure(request.scope),
    )
    return response


async def login(request: Request) -> Response:
    """``GET`` shows the form, or lets in whom the proxy vouches for; ``POST`` signs in with name and password."""
    target, address, db = local(request.query_params.get("next")), address_of(request), site.database()
    on = RedirectResponse(target, status_code=303)
    if request.method != "POST":
        vouched_for = site.vouched_for(request.headers)
        if vouched_for is None:
            return await run_in_threadpool(login_page, request)
        try:
            who = await run_in_threadpool(users.vouched_by_proxy, db, vouched_for, address=address)
        except Problem as problem:
            return await run_in_threadpool(login_page, request, status=403, problem=problem)
        return await begin_session(request, who, on, is_vouched=True)
    form = await request.form(max_files=0, max_fields=10)
    name, password = str(form.get("name", "")), str(form.get("password", ""))
    try:
        who = await run_in_threadpool(users.sign_in, db, name, password, address=address)
    except Problem as problem:
        status = 429 if isinstance(problem, users.TooManyAttempts) else 401
        return await run_in_threadpool(login_page, request, status=status, name=name, problem=problem)
    return await begin_session(request, who, on)


async def password(request: Request) -> Response:
    """``GET`` shows the form of a new password; ``POST`` sets it and begins a new session."""
    who: Identity = request.scope["state"]["identity"]
    problem = None
    if request.method == "POST":
        form = await request.form(max_files=0, max_fields=10)
        current, new, again = (str(form.get(field, "")) for field in ("current", "new", "again"))
        try:
            if new != again:
                raise Problem("两次输入的新密码不一致；请重新输入。", "The two new passwords differ; type them again.")
            await run_in_threadpool(users.change_password, site.database(), who, current, new)
        except Problem as found:
            problem = found
        else:
            on = RedirectResponse(local(request.query_params.get("next")), status_code=303)
            return await begin_session(request, who, on)
    return form_page(
        "password.html",
        request,
        status=400 if problem else 200,
        problem=problem,
        name=who.name,
        is_first=who.has_first_password,
        least=users.SHORTEST_PASSWORD,
    )


async def logout(request: Request) -> Response:
    """End the session and go to the login; a link on somebody else's page ends nothing."""
    if is_from_elsewhere(request):
        return RedirectResponse("/", status_code=303)
    if token := request.cookies.get(site.session_cookie(request.scope)):
        await run_in_threadpool(sessions.close, site.database(), token)
    response = RedirectResponse("/login", status_code=303)
    name = site.session_cookie(request.scope)
    response.delete_cookie(name, httponly=True, samesite="lax", secure=site.is_secure(request.scope))
    return response

"""Signing in at an OpenID Connect provider: there and back, then a session of ours.

A person is known by issuer and subject, which an administrator binds to a user; names, mail addresses and groups that
the provider sends give no right. The state of a sign-in under way lies in a short-lived signed cookie.
"""

import hashlib
import hmac
import logging
from functools import cache
from typing import Any

from authlib.integrations.starlette_client import OAuth
from starlette.concurrency import run_in_threadpool
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from data_contracts.contract import Problem
from kpi_app.store.accounts import users
from kpi_app.web import entrance, site

log = logging.getLogger(__name__)

STATE_COOKIE = "kpi_oidc"
STATE_SECONDS = 600

FAILED = Problem(
    "单点登录没有完成；请重试，仍不行请联系管理员。",
    "The sign-in was not completed; try again or ask an administrator.",
)


@cache
def provider() -> Any:
    """Authlib's client of the provider that the settings name."""
    it = site.settings()
    assert it.oidc_client_secret is not None
    return OAuth().register(
        name="office",
        client_id=it.oidc_client_id,
        client_secret=it.oidc_client_secret.get_secret_value(),
        server_metadata_url=f"{(it.oidc_issuer or '').rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={"scope": "openid", "code_challenge_method": "S256"},
    )


async def begin(request: Request) -> Response:
    """To the provider, remembering where the visitor wanted to go."""
    request.session["next"] = entrance.local(request.query_params.get("next"))
    try:
        made: Response = await provider().authorize_redirect(request, entrance.outside(request, "/login/oidc/back"))
    except Exception:  # whatever a provider says that makes no sign-in: libraries under ours raise errors of their own
        log.warning("a sign-in at the provider failed", exc_info=True)
        return await run_in_threadpool(entrance.login_page, request, status=502, problem=FAILED)
    return made


async def back(request: Request) -> Response:
    """From the provider: a session for the user bound to issuer and subject, or the reason why not."""
    target = entrance.local(request.session.pop("next", "/"))
    try:
        token = await provider().authorize_access_token(request)
        claims = token["userinfo"]
    except Exception:  # whatever a provider says that makes no sign-in: libraries under ours raise errors of their own
        log.warning("a sign-in at the provider failed", exc_info=True)
        return await run_in_threadpool(entrance.login_page, request, status=401, problem=FAILED)
    address = entrance.address_of(request)
    try:
        who = await run_in_threadpool(
            users.vouched_by_issuer, site.database(), str(claims["iss"]), str(claims["sub"]), address=address
        )
    except Problem as problem:
        return await run_in_threadpool(entrance.login_page, request, status=403, problem=problem)
    return await entrance.begin_session(request, who, RedirectResponse(target, status_code=303), is_vouched=True)


@cache
def _application() -> ASGIApp:
    key = (site.settings().home / "key").read_bytes()
    return SessionMiddleware(
        Router([Route("/", begin), Route("/back", back)]),
        secret_key=hmac.new(key, b"state of a sign-in", hashlib.sha256).hexdigest(),
        session_cookie=f"__Host-{STATE_COOKIE}" if site.settings().tls else STATE_COOKIE,
        max_age=STATE_SECONDS,
        same_site="lax",
        https_only=site.settings().tls,
    )


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """What answers below ``/login/oidc``; nothing where the settings name no provider."""
    if site.settings().oidc_issuer is None:
        await Response(status_code=404)(scope, receive, send)
        return
    await _application()(scope, receive, send)

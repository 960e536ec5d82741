"""Our own addresses beside Streamlit's pages: signing in and out, language, health, assets, files."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from kpi_app.web import entrance, files, oidc, site, words

YEAR = 365 * 24 * 3600


async def language(request: Request) -> Response:
    """Keep the language in a cookie and go back; a link on somebody else's page changes nothing."""
    to = request.query_params.get("to")
    response = RedirectResponse(entrance.local(request.query_params.get("next")), status_code=303)
    if to in words.LANGUAGES and not entrance.is_from_elsewhere(request):
        response.set_cookie(site.LANGUAGE_COOKIE, to, max_age=YEAR, httponly=True, samesite="lax")
    return response


async def health(_: Request) -> Response:
    """For a load balancer: up, and the store answers."""
    await run_in_threadpool(lambda: site.database().engine.connect().close())
    return JSONResponse({"status": "ok"})


ROUTES: list[BaseRoute] = [
    Route("/login", entrance.login, methods=["GET", "POST"]),
    Mount("/login/oidc", oidc.application),
    Route("/password", entrance.password, methods=["GET", "POST"]),
    Route("/logout", entrance.logout, methods=["GET", "POST"]),
    Route("/language", language),
    Route("/health", health),
    Route("/files/{token}", files.fetch),
    Route("/files/{token}/again", files.again, methods=["POST"]),
    Mount("/assets", StaticFiles(directory=entrance.ASSETS / "public")),
]

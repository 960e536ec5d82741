"""Files for one person: offered by a page under a random name, fetched once, made when they are fetched.

Nothing personal ever lies under Streamlit's media addresses, which anybody who knows them can read. A link that was
clicked renews itself (``assets/public/files.js``), so that a second click on the page works; whoever follows a used
address is led back to its page.
"""

import os
import secrets
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import BinaryIO
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from data_contracts.contract import Problem
from kpi_app.access import Identity
from kpi_app.web import entrance, site, words

LIFETIME = timedelta(minutes=10)
MOST_OFFERS = 5_000
CHUNK = 1 << 20

Made = bytes | BinaryIO
"""A file's content; a large one as an open file, sent a piece at a time."""


@dataclass(frozen=True)
class Offer:
    """A file that one user may fetch once, while roles and scopes are what they were when it was offered.

    ``make`` does the work as that user, so an offer must not outlive a right that the user has lost since.
    """

    who: Identity
    name: str
    media_type: str
    make: Callable[[], Made]
    until: datetime
    is_used: bool = False


_offers: dict[str, Offer] = {}
_lock = threading.Lock()


def offer(who: Identity, name: str, media_type: str, make: Callable[[], Made]) -> str:
    """The address under which ``who`` may fetch the file once within ten minutes."""
    now = site.settings().now_utc()
    token = secrets.token_urlsafe(24)
    with _lock:
        for old in [key for key, it in _offers.items() if it.until < now] or list(_offers)[:-MOST_OFFERS]:
            del _offers[old]
        _offers[token] = Offer(who, name, media_type, make, now + LIFETIME)
    return f"/files/{token}"


async def fetch(request: Request) -> Response:
    """Answer ``/files/{token}``: the same 404 for an unknown, used, expired or another's one, with the way back."""
    token = request.path_params["token"]
    with _lock:
        found = _known(request)
        if found is None or found.is_used:
            return _gone(request)
        _offers[token] = replace(found, is_used=True)
    try:
        data = await run_in_threadpool(found.make)
    except Problem as problem:
        language = request.headers.get("x-kpi-language", "zh")
        return PlainTextResponse(words.choose(problem.text, language), status_code=403)
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.name)}"}
    if isinstance(data, bytes):
        return Response(data, media_type=found.media_type, headers=headers)
    headers["Content-Length"] = str(os.fstat(data.fileno()).st_size)
    return StreamingResponse(_pieces(data), media_type=found.media_type, headers=headers)


async def again(request: Request) -> Response:
    """Answer a ``POST`` to ``/files/{token}/again``: a new address for the same file, for whom it was offered to."""
    with _lock:
        found = _known(request)
    if found is None:
        return Response(status_code=404)
    who: Identity = request.scope["state"]["identity"]
    return PlainTextResponse(offer(who, found.name, found.media_type, found.make))


def _known(request: Request) -> Offer | None:
    """The offer that the address names, used or not, where it is this user's as they are and its time is not over."""
    who: Identity = request.scope["state"]["identity"]
    found = _offers.get(request.path_params["token"])
    is_theirs = found is not None and found.who == who and found.until >= site.settings().now_utc()
    return found if is_theirs else None


def _gone(request: Request) -> Response:
    """The page that says that a link works once only, and leads back to where it was clicked."""
    came_from = request.headers.get("referer", "")
    ours = entrance.outside(request, "").rstrip("/")
    path = came_from.removeprefix(ours) if came_from.startswith(f"{ours}/") else "/"
    back = "/" if path.startswith("/files/") else entrance.local(path)
    return entrance.form_page("file_gone.html", request, status=404, back=back)


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while piece := file.read(CHUNK):
            yield piece

"""Files for one person: offered by a page under a random name, fetched once, made when they are fetched.

Nothing personal ever lies under Streamlit's media addresses, which anybody who knows them can read.
"""

import os
import secrets
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import BinaryIO
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from data_contracts.contract import Problem
from kpi_app.access import Identity
from kpi_app.web import site, words

LIFETIME = timedelta(minutes=10)
MOST_OFFERS = 5_000
CHUNK = 1 << 20

Made = bytes | BinaryIO
"""A file's content; a large one as an open file, sent a piece at a time."""


@dataclass(frozen=True)
class Offer:
    """A file that one user may fetch once; ``make`` checks the right again and does the work."""

    user_id: int | None
    name: str
    media_type: str
    make: Callable[[], Made]
    until: datetime


_offers: dict[str, Offer] = {}
_lock = threading.Lock()


def offer(who: Identity, name: str, media_type: str, make: Callable[[], Made]) -> str:
    """The address under which ``who`` may fetch the file once within ten minutes."""
    now = site.settings().now_utc()
    token = secrets.token_urlsafe(24)
    with _lock:
        for old in [key for key, it in _offers.items() if it.until < now] or list(_offers)[:-MOST_OFFERS]:
            del _offers[old]
        _offers[token] = Offer(who.user_id, name, media_type, make, now + LIFETIME)
    return f"/files/{token}"


async def fetch(request: Request) -> Response:
    """Answer ``/files/{token}``: 404 for an unknown, used, expired or another's one, whichever it is."""
    who: Identity = request.scope["state"]["identity"]
    token = request.path_params["token"]
    with _lock:
        found = _offers.get(token)
        if found is None or found.user_id != who.user_id or found.until < site.settings().now_utc():
            return PlainTextResponse("", status_code=404)
        del _offers[token]
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


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while piece := file.read(CHUNK):
            yield piece

"""Nothing answers without a session but what signing in needs; identity cannot be claimed, only proved."""

import io
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient, WebSocketDenialResponse
from starlette.websockets import WebSocket, WebSocketDisconnect

from kpi_app import access
from kpi_app.settings import Settings
from kpi_app.store import database
from kpi_app.store.accounts import users
from kpi_app.web import files, gate, site
from kpi_app.web.gate import Gate
from kpi_app.web.routes import ROUTES
from tests.store.copies import copied

HOST = "http://testserver"
PASSWORD = "a-Good-password"


async def what_streamlit_sees(request: Request) -> JSONResponse:
    return JSONResponse({"token": request.headers.getlist("x-kpi-token")})


async def page(request: Request) -> HTMLResponse:
    return HTMLResponse('<!DOCTYPE html><html lang="en"><head><title>Streamlit</title></head><body></body></html>')


async def stream(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text("open")
    async for text in websocket.iter_text():
        await websocket.send_text(text)


async def fails(request: Request) -> JSONResponse:
    raise RuntimeError("E001 ¥1,234.56")


INNER = [
    Route("/fails", fails),
    Route("/", page),
    Route("/echo", what_streamlit_sees, methods=["GET", "POST"]),
    Route("/media/x", page),
    Route("/_stcore/metrics", page),
    Route("/_stcore/upload_file/{page}/{file}", what_streamlit_sees, methods=["PUT", "DELETE"]),
    WebSocketRoute("/_stcore/stream", stream),
]


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setenv("KPI_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("KPI_HOSTS", "testserver")
    for held in (site.settings, site.database, site.hosts):
        held.cache_clear()
    db = copied(Settings(), database.create)
    for name, person in (("li", "E001"), ("wang", "E002")):
        users.add(db, access.CONSOLE, name, PASSWORD, roles=["staff"], person_id=person)
    app = Starlette(
        routes=[*ROUTES, *INNER],
        middleware=[Middleware(Gate, is_page=lambda path: path in ("/", "/echo", "/fails"))],
        exception_handlers={Exception: gate.broken},
    )
    with TestClient(app, base_url=HOST, follow_redirects=False) as made:
        yield made
    site.database().close()
    for held in (site.settings, site.database, site.hosts):
        held.cache_clear()


def sign_in(client: TestClient, name: str = "li", password: str = PASSWORD) -> int:
    return client.post("/login", data={"name": name, "password": password}, headers={"origin": HOST}).status_code


def is_turned_away(client: TestClient, cookie: str) -> bool:
    client.cookies.clear()
    return client.get("/echo", headers={"cookie": f"{site.SESSION_COOKIE}={cookie}"}).status_code == 303


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 303),
        ("/echo", 303),
        ("/media/x", 401),
        ("/_stcore/metrics", 401),
        ("/files/guessed", 401),
        ("/login", 200),
        ("/health", 200),
        ("/assets/login.css", 200),
        ("/assets/../login.html", 303),
        ("/login/x", 303),
        ("/logout", 303),
        ("/login/_stcore/metrics", 401),
        ("/favicon.ico", 303),
    ],
)
def test_without_a_session_only_the_login_answers(client: TestClient, path: str, status: int) -> None:
    assert client.get(path).status_code == status


def test_the_login_leads_back_to_where_one_wanted_to_go_and_nowhere_else(client: TestClient) -> None:
    assert client.get("/echo?period=2026-10").headers["location"] == "/login?next=/echo%3Fperiod%3D2026-10"
    for wanted, leads_to in [
        ("/echo?a=1", "/echo?a=1"),
        ("https://evil.example/", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("//[", "/"),
        (" ///evil.example", "/"),
        ("/\t//evil.example", "/"),
        ("/echo\r\nx", "/"),
        ("/logout", "/"),
    ]:
        answer = client.post(
            "/login",
            params={"next": wanted},
            data={"name": "li", "password": PASSWORD},
            headers={"origin": HOST},
        )
        assert (answer.status_code, answer.headers["location"]) == (303, leads_to)


@pytest.mark.parametrize(
    ("wanted", "leads_to"),
    [("/echo", "/echo"), (" ///evil.example", "/"), ("/\t//evil.example", "/"), ("/\n/evil.example", "/")],
)
def test_no_link_on_a_form_leads_elsewhere(client: TestClient, wanted: str, leads_to: str) -> None:
    sign_in(client)
    assert f'<a href="{leads_to}">' in client.get("/password", params={"next": wanted}).text


def test_signing_out_twice_does_not_sign_out_whoever_signs_in_next(client: TestClient) -> None:
    assert client.get("/logout").headers["location"] == "/login"


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(client: TestClient) -> None:
    answer = client.post("/login", data={"name": "li", "password": PASSWORD}, headers={"origin": HOST})
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


def test_a_wrong_password_opens_nothing(client: TestClient) -> None:
    assert sign_in(client, password="wrong-password") == 401
    assert client.get("/").status_code == 303


def test_a_claimed_identity_is_stripped(client: TestClient) -> None:
    assert sign_in(client) == 303
    cookie = client.cookies[site.SESSION_COOKIE]
    seen = client.get("/echo", headers={"X-Kpi-Token": "forged"}).json()
    assert seen == {"token": [cookie]}
    client.cookies.clear()
    assert client.get("/echo", headers={"X-Kpi-Token": cookie}).status_code == 303


@pytest.mark.parametrize("others", ["a@b=1", 'prefs={"a": 1}', "two words=1", "broken"])
def test_cookies_of_other_applications_on_the_host_disturb_nobody(client: TestClient, others: str) -> None:
    sign_in(client)
    cookie = client.cookies[site.SESSION_COOKIE]
    client.cookies.clear()
    assert client.get("/login", headers={"cookie": others}).status_code == 200
    assert client.get("/", headers={"cookie": others}).status_code == 303
    assert client.get("/", headers={"cookie": f"{others}; {site.SESSION_COOKIE}={cookie}"}).status_code == 200


@pytest.mark.parametrize(
    "origin", [None, "https://evil.example", "http://testserver.evil.example", "null", "http://[", ""]
)
def test_a_form_on_another_site_signs_nobody_in(client: TestClient, origin: str | None) -> None:
    headers = {"origin": origin} if origin else {}
    answer = client.post("/login", data={"name": "li", "password": PASSWORD}, headers=headers)
    assert answer.status_code == 403


@pytest.mark.parametrize(("is_signed_in", "origin"), [(False, HOST), (True, "https://evil.example"), (True, None)])
def test_a_websocket_needs_a_session_and_a_page_of_ours(
    client: TestClient, is_signed_in: bool, origin: str | None
) -> None:
    if is_signed_in:
        sign_in(client)
    headers = {"origin": origin} if origin else {}
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/_stcore/stream", headers=headers):
        pass


def test_a_websocket_that_is_refused_is_refused_with_the_security_headers(client: TestClient) -> None:
    with (
        pytest.raises(WebSocketDenialResponse) as refused,
        client.websocket_connect("/_stcore/stream", headers={"origin": HOST}),
    ):
        pass
    assert refused.value.status_code == 403
    assert refused.value.headers["x-frame-options"] == "DENY"
    assert refused.value.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_files_are_handed_in_on_ones_own_pages_only(client: TestClient, method: str) -> None:
    sign_in(client, "wang")
    site.opened("page of wang's", client.cookies[site.SESSION_COOKIE])
    sign_in(client)
    site.opened("page of li's", client.cookies[site.SESSION_COOKIE])
    for page, status in (("page of li's", 200), ("page of wang's", 404), ("guessed", 404), ("", 404)):
        address = f"/_stcore/upload_file/{page}/1"
        assert client.request(method, address, headers={"origin": HOST}).status_code == status


def test_the_oldest_pages_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site, "MOST_PAGES", 2)
    for page in ("a", "b", "a", "c"):
        site.opened(page, "token")
    assert [site.is_page_of(page, "token") for page in ("a", "b", "c")] == [True, False, True]
    assert not site.is_page_of("a", "")


def test_there_is_one_websocket(client: TestClient) -> None:
    sign_in(client)
    with (
        pytest.raises(WebSocketDenialResponse) as refused,
        client.websocket_connect("/week/_stcore/stream", headers={"origin": HOST}),
    ):
        pass
    assert (refused.value.status_code, refused.value.headers["x-frame-options"]) == (404, "DENY")


@pytest.mark.parametrize("path", ["/media/x", "/_stcore/metrics", "/_stcore/agent/openapi.json", "/auth/login"])
def test_what_streamlit_answers_without_asking_whose_it_is_is_shut_for_everybody(client: TestClient, path: str) -> None:
    sign_in(client)
    assert client.get(path).status_code == 404


def test_a_websocket_of_our_own_page_opens(client: TestClient) -> None:
    sign_in(client)
    with client.websocket_connect("/_stcore/stream", headers={"origin": HOST}) as socket:
        assert socket.receive_text() == "open"


def test_a_websocket_is_closed_once_its_session_has_ended_elsewhere(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "SECONDS_BETWEEN_LOOKS", 0.01)
    sign_in(client)
    with client.websocket_connect("/_stcore/stream", headers={"origin": HOST}) as socket:
        assert socket.receive_text() == "open"
        time.sleep(0.1)  # looked at several times, and left open
        socket.send_text("still here")
        assert socket.receive_text() == "still here"
        users.disable(site.database(), access.CONSOLE, "li")
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_text()
    assert closed.value.code == 1008


def test_a_cookie_opens_nothing_after_signing_out(client: TestClient) -> None:
    sign_in(client)
    cookie = client.cookies[site.SESSION_COOKIE]
    assert client.get("/echo").status_code == 200
    client.get("/logout")
    assert is_turned_away(client, cookie)


@pytest.mark.parametrize("where", ["cross-site", "same-site"])
def test_a_link_on_another_site_neither_signs_out_nor_changes_the_language(client: TestClient, where: str) -> None:
    sign_in(client)
    client.get("/logout", headers={"sec-fetch-site": where})
    assert client.get("/echo").status_code == 200
    assert "set-cookie" not in client.get("/language?to=en", headers={"sec-fetch-site": where}).headers
    assert "set-cookie" in client.get("/language?to=en", headers={"sec-fetch-site": "same-origin"}).headers
    client.get("/logout", headers={"sec-fetch-site": "same-origin"})
    assert client.get("/echo").status_code == 303


@pytest.mark.parametrize(
    ("referer", "is_signed_out"),
    [(f"{HOST}/week", True), ("", True), ("http://evil.example/", False), ("http://[", False)],
)
def test_by_plain_http_the_referer_says_whose_link_it_is(client: TestClient, referer: str, is_signed_out: bool) -> None:
    sign_in(client)
    client.get("/logout", headers={"referer": referer})
    assert client.get("/echo").status_code == (303 if is_signed_out else 200)


def test_a_new_login_ends_the_session_before_it(client: TestClient) -> None:
    sign_in(client)
    first = client.cookies[site.SESSION_COOKIE]
    sign_in(client)
    assert client.cookies[site.SESSION_COOKIE] != first
    assert is_turned_away(client, first)


def test_a_file_is_fetched_once_and_by_its_owner_only(client: TestClient) -> None:
    sign_in(client)
    li = users.sign_in(site.database(), "li", PASSWORD)
    wang = users.sign_in(site.database(), "wang", PASSWORD)
    mine = files.offer(li, "十月.csv", "text/csv", lambda: b"mine")
    others = files.offer(wang, "十月.csv", "text/csv", lambda: b"others")
    assert client.get(others).status_code == 404
    answer = client.get(mine)
    assert (answer.content, answer.headers["cache-control"]) == (b"mine", "no-store")
    assert client.get(mine).status_code == 404


def test_a_file_offered_before_a_role_was_taken_away_is_gone_after_it(client: TestClient) -> None:
    def as_now() -> access.Identity:
        return users.sign_in(site.database(), "li", PASSWORD)

    users.change(site.database(), access.CONSOLE, "li", roles=["hr"], person_id="E001", scopes=["store:S01"])
    sign_in(client)
    as_hr = files.offer(as_now(), "十月.csv", "text/csv", lambda: b"everybody's")
    users.change(site.database(), access.CONSOLE, "li", roles=["hr"], person_id="E001", scopes=["store:S02"])
    sign_in(client)
    assert client.get(as_hr).status_code == 404
    assert client.post(f"{as_hr}/again", headers={"origin": HOST}).status_code == 404
    assert client.get(files.offer(as_now(), "十月.csv", "text/csv", lambda: b"S02's")).content == b"S02's"


def test_a_large_file_is_sent_a_piece_at_a_time_and_closed(client: TestClient, tmp_path: Path) -> None:
    asked: list[int] = []

    class Counted(io.FileIO):
        def read(self, size: int | None = -1) -> bytes:
            asked.append(-1 if size is None else size)
            return super().read(size) or b""

    (tmp_path / "备份.zip").write_bytes(b"x" * (2 * files.CHUNK + 1))
    opened = Counted(tmp_path / "备份.zip")
    sign_in(client)
    li = users.sign_in(site.database(), "li", PASSWORD)
    answer = client.get(files.offer(li, "备份.zip", "application/zip", lambda: opened))  # type: ignore[arg-type, return-value]
    assert answer.content == b"x" * (2 * files.CHUNK + 1)
    assert answer.headers["content-length"] == str(2 * files.CHUNK + 1)
    assert (answer.headers["cache-control"], opened.closed) == ("no-store", True)
    assert set(asked) == {files.CHUNK}


@pytest.mark.parametrize(
    ("came_from", "back"),
    [
        (f"{HOST}/papers?period=2026-10", "/papers?period=2026-10"),
        ("http://elsewhere/papers", "/"),
        (f"{HOST}//elsewhere", "/"),
        (f"{HOST}/files/x", "/"),
        ('http://testserver/"><script>', "/&#34;&gt;&lt;script&gt;"),
        ("http://[", "/"),
        (None, "/"),
    ],
)
def test_a_used_link_says_so_and_leads_back_to_its_page(client: TestClient, came_from: str | None, back: str) -> None:
    sign_in(client)
    mine = files.offer(users.sign_in(site.database(), "li", PASSWORD), "十月.csv", "text/csv", lambda: b"mine")
    client.get(mine)
    answer = client.get(mine, headers={"Referer": came_from} if came_from else {})
    assert (answer.status_code, answer.headers["cache-control"]) == (404, "no-store")
    assert "这个链接已经用过或已过期，请回到页面重新下载。" in answer.text
    assert f'<a href="{back}">回到页面</a>' in answer.text


def test_a_used_link_is_renewed_for_its_owner_and_from_our_pages_only(client: TestClient) -> None:
    sign_in(client)
    mine = files.offer(users.sign_in(site.database(), "li", PASSWORD), "十月.csv", "text/csv", lambda: b"mine")
    others = files.offer(users.sign_in(site.database(), "wang", PASSWORD), "十月.csv", "text/csv", lambda: b"others")
    client.get(mine)
    ours = {"Origin": HOST}
    for address, headers, status in (
        (mine, {}, 403),
        (mine, {"Origin": "http://elsewhere"}, 403),
        (others, ours, 404),
        ("/files/guessed", ours, 404),
    ):
        assert client.post(f"{address}/again", headers=headers).status_code == status
    assert client.get(f"{mine}/again", headers=ours).status_code == 405
    renewed = client.post(f"{mine}/again", headers=ours).text
    assert renewed != mine
    assert client.get(renewed).content == b"mine"
    assert [client.get(address).status_code for address in (mine, renewed)] == [404, 404]


def test_a_page_says_its_language_and_is_guarded_by_headers(client: TestClient) -> None:
    sign_in(client)
    answer = client.get("/")
    assert '<html lang="zh-CN">' in answer.text
    assert "words.js" in answer.text
    assert answer.headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    client.get("/language?to=en&next=/")
    english = client.get("/").text
    assert '<html lang="en">' in english
    assert "words.js" not in english


@pytest.mark.parametrize(
    ("language", "says"), [("zh", "请把这个时间告诉管理员"), ("en", "tell an administrator the time")]
)
def test_an_address_that_fails_says_what_to_do_and_nothing_of_what_went_wrong(
    client: TestClient, language: str, says: str
) -> None:
    sign_in(client)
    client.get(f"/language?to={language}")
    answer = TestClient(client.app, base_url=HOST, cookies=client.cookies, raise_server_exceptions=False).get("/fails")
    assert answer.status_code == 500
    assert says in answer.text
    assert "E001" not in answer.text
    assert "RuntimeError" not in answer.text
    assert (answer.headers["cache-control"], answer.headers["x-frame-options"]) == ("no-store", "DENY")


def test_a_database_of_another_version_beside_the_running_program_is_told_as_such(client: TestClient) -> None:
    with site.database().write() as conn:
        conn.execute(sa.text("UPDATE alembic_version SET version_num = '0001'"))
    said = database.ailment(site.database())
    assert "0001" in said.zh
    assert "请管理员重启服务" in said.zh
    assert "restart the service" in said.en


@pytest.mark.parametrize(
    ("language", "says"), [("zh", "没有这个页面"), ("en", "There is no such page")], ids=["zh", "en"]
)
@pytest.mark.parametrize("path", ["/no-such-page", "/a/b/c", "/echo/"])
def test_an_address_without_a_page_says_so_and_leads_back(
    client: TestClient, path: str, language: str, says: str
) -> None:
    assert client.get(path).headers["location"] == f"/login?next={path}"
    sign_in(client)
    client.cookies.set(site.LANGUAGE_COOKIE, language)
    answer = client.get(path)
    assert (answer.status_code, says in answer.text, 'href="/"' in answer.text) == (404, True, True)
    assert answer.headers["x-frame-options"] == "DENY"
    assert client.get("/echo").status_code == 200

"""The app as every command really serves it, tried from outside: Streamlit's own addresses and websocket too."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2 as httpx
import pytest
import sqlalchemy as sa
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from kpi_app import access
from kpi_app.settings import PROJECT, Settings
from kpi_app.store import database
from kpi_app.store.accounts import users
from kpi_app.web import gate, site

PASSWORD = "a-Good-password"
COMMANDS = {
    "kpi serve": ["-m", "kpi_app", "serve", "--port"],
    "streamlit run": ["-m", "streamlit", "run", "streamlit_app.py", "--server.port"],
    "uvicorn": ["-m", "uvicorn", "streamlit_app:app", "--port"],
}


def a_free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        port: int = held.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made: Path = tmp_path_factory.mktemp("served") / "home"
    db = database.create(Settings(home=made))
    for name, person in (("li", "E001"), ("wang", "E002")):
        users.add(db, access.CONSOLE, name, PASSWORD, roles=["staff"], person_id=person)
    db.close()
    return made


@pytest.fixture(scope="module", params=COMMANDS)
def address(request: pytest.FixtureRequest, home: Path) -> Iterator[str]:
    port = a_free_port()
    with (home.parent / "log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, *COMMANDS[request.param], str(port)],
            cwd=PROJECT,
            env=os.environ | {"KPI_HOME": str(home)},
            stdout=log,
            stderr=log,
        )
    at = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            # A server that has ended is not to be mistaken for whatever else answers on its port.
            assert server.poll() is None, (home.parent / "log").read_text()
            try:
                if httpx.get(f"{at}/health").status_code == 200:
                    break
            except httpx.TransportError:
                time.sleep(0.1)
        yield at
    finally:
        server.terminate()
        server.wait(20)


def sign_in(address: str, name: str = "li") -> dict[str, str]:
    form = {"name": name, "password": PASSWORD}
    answer = httpx.post(f"{address}/login", data=form, headers={"Origin": address})
    assert answer.status_code == 303
    return {site.SESSION_COOKIE: answer.cookies[site.SESSION_COOKIE]}


def get(address: str, path: str, cookies: dict[str, str]) -> httpx.Response:
    with httpx.Client(cookies=cookies) as client:
        return client.get(address + path)


def stream(address: str, cookies: dict[str, str], *, origin: str | None = None, resumes: str = "") -> ClientConnection:
    """The page's websocket, as the browser opens it; ``resumes`` claims a session of Streamlit's."""
    return connect(
        f"{address.replace('http', 'ws', 1)}/_stcore/stream",
        additional_headers={"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())},
        origin=origin or address,  # type: ignore[arg-type]
        subprotocols=["streamlit", "-", *([resumes] if resumes else [])],  # type: ignore[list-item]
        proxy=None,
    )


def run_page(socket: ClientConnection) -> tuple[str, bytes]:
    """Run the script as the browser does; Streamlit's session id and everything it draws."""
    ask = BackMsg()
    ask.rerun_script.page_name = "me"
    socket.send(ask.SerializeToString())
    session, drawn = "", b""
    while True:
        data = socket.recv(timeout=60)
        assert isinstance(data, bytes)
        message = ForwardMsg.FromString(data)
        drawn += data
        match message.WhichOneof("type"):
            case "new_session":
                session = message.new_session.initialize.session_id
            case "script_finished":
                return session, drawn


def drain(socket: ClientConnection, *, seconds: float) -> None:
    """Read what comes until nothing has come for so long."""
    while True:
        socket.recv(timeout=seconds)


def is_refused(address: str, cookies: dict[str, str], *, origin: str | None = None) -> bool:
    try:
        stream(address, cookies, origin=origin).close()
    except InvalidStatus as refused:
        return refused.response.status_code == 403
    return False


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 303),
        ("/week", 303),
        ("/no-such-page", 303),
        ("/auth/login", 303),
        ("/oauth2callback", 303),
        ("/media/0.csv", 401),
        ("/component/x/index.html", 401),
        ("/_stcore/health", 401),
        ("/_stcore/metrics", 401),
        ("/_stcore/host-config", 401),
        ("/_stcore/agent/openapi.json", 401),
        ("/_stcore/upload_file/a/b", 401),
        ("/files/guessed", 401),
        ("/login", 200),
        ("/health", 200),
        ("/assets/login.css", 200),
        ("/static/%2e%2e/_stcore/metrics", 400),
    ],
)
def test_a_stranger_reaches_the_login_and_nothing_else(address: str, path: str, status: int) -> None:
    assert httpx.get(address + path).status_code == status


def test_a_stranger_opens_no_websocket(address: str) -> None:
    assert is_refused(address, {})
    assert is_refused(address, {site.SESSION_COOKIE: "guessed"})


def test_a_websocket_of_another_site_is_refused_even_with_the_cookie(address: str) -> None:
    assert is_refused(address, sign_in(address), origin="https://evil.example")


def test_a_claimed_identity_opens_nothing(address: str) -> None:
    token = sign_in(address)[site.SESSION_COOKIE]
    assert httpx.get(f"{address}/", headers={"X-Kpi-Token": token}).status_code == 303


def test_where_no_page_lies_nobody_finds_one(address: str) -> None:
    with httpx.Client(base_url=address, cookies=sign_in(address)) as client:
        found = {path: client.get(path).status_code for path in ("/", "/week", "/no-such-page", "/a/b/c")}
    assert found == {"/": 200, "/week": 200, "/no-such-page": 404, "/a/b/c": 404}


def test_a_page_is_drawn_for_whom_the_cookie_is(address: str) -> None:
    with stream(address, sign_in(address, "wang")) as socket:
        _, drawn = run_page(socket)
    assert b"<p>wang</p>" in drawn


def test_another_persons_running_page_is_not_joined(address: str) -> None:
    with stream(address, sign_in(address, "wang")) as socket:
        others, _ = run_page(socket)
    with stream(address, sign_in(address, "li"), resumes=others) as socket:
        mine, drawn = run_page(socket)
    assert mine != others
    assert b"<p>li</p>" in drawn
    assert b"<p>wang</p>" not in drawn


def test_an_open_page_shows_nothing_more_once_its_session_has_ended(address: str) -> None:
    cookies = sign_in(address)
    with stream(address, cookies) as socket:
        assert b"<p>li</p>" in run_page(socket)[1]
        get(address, "/logout", cookies)
        _, drawn = run_page(socket)
    assert "会话已结束".encode() in drawn
    assert b"<p>li</p>" not in drawn


def test_a_page_that_fails_says_what_to_do_and_nothing_of_what_went_wrong(address: str, home: Path) -> None:
    db = database.connect(Settings(home=home))
    with stream(address, sign_in(address)) as socket:
        with db.write() as conn:
            conn.execute(sa.text("ALTER TABLE snapshots RENAME TO snapshots_elsewhere"))
        try:
            _, drawn = run_page(socket)
        finally:
            with db.write() as conn:
                conn.execute(sa.text("ALTER TABLE snapshots_elsewhere RENAME TO snapshots"))
            db.close()
    assert "请把这个时间告诉管理员".encode() in drawn
    for word in (b"snapshots", b"Traceback", b"SELECT", b"Streamlit Cloud"):
        assert word not in drawn


def test_an_open_page_is_cut_off_within_seconds_of_signing_out_elsewhere(address: str) -> None:
    cookies = sign_in(address)
    with stream(address, cookies) as socket:
        run_page(socket)
        get(address, "/logout", cookies)
        with pytest.raises(ConnectionClosed) as cut:
            drain(socket, seconds=gate.SECONDS_BETWEEN_LOOKS + 2)  # and no message is sent to it
    assert cut.value.rcvd is not None
    assert cut.value.rcvd.code == gate.POLICY_VIOLATION


def test_the_cookie_opens_nothing_after_signing_out(address: str) -> None:
    cookies = sign_in(address)
    assert get(address, "/", cookies).status_code == 200
    get(address, "/logout", cookies)
    assert get(address, "/", cookies).status_code == 303
    assert is_refused(address, cookies)


def test_no_page_of_another_site_may_talk_to_ours(address: str) -> None:
    assert get(address, "/_stcore/host-config", sign_in(address)).json()["allowedOrigins"] == []


def test_the_script_inside_the_page_is_one_the_policy_names(address: str) -> None:
    policy = get(address, "/", sign_in(address)).headers["content-security-policy"]
    scripts = next(part for part in policy.split("; ") if part.startswith("script-src"))
    assert "'sha256-" in scripts
    assert "'unsafe-inline'" not in scripts
    assert "'unsafe-eval'" not in scripts


@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_starts_it_with_a_secret_that_anybody_could_guess(command: str, tmp_path: Path) -> None:
    database.create(Settings(home=tmp_path / "home")).close()
    refused = subprocess.run(
        [sys.executable, *COMMANDS[command], str(a_free_port())],
        cwd=PROJECT,
        env=os.environ | {"KPI_HOME": str(tmp_path / "home"), "KPI_PROXY_SECRET": "changeme"},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert refused.returncode != 0
    assert "KPI_PROXY_SECRET" in (refused.stdout + refused.stderr).decode()

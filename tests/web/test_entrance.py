"""First passwords are changed, a proxy is believed only with its secret, an identity provider only for bound users."""

import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx2 as httpx
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from data_contracts.contract import Problem
from kpi_app import access
from kpi_app.settings import Settings
from kpi_app.store import database
from kpi_app.store.accounts import users
from kpi_app.store.proving import audit
from kpi_app.web import oidc, site
from kpi_app.web.gate import Gate
from kpi_app.web.routes import ROUTES
from tests.store.copies import copied

HOST = "http://localhost"
FIRST, OWN = "first-Password-1", "my-own-Password-2"
SECRET = "0123456789abcdef0123456789abcdef"


async def page(request: Request) -> PlainTextResponse:
    return PlainTextResponse(request.scope["state"]["identity"].name)


Open = Callable[..., TestClient]


def forget() -> None:
    for held in (site.settings, site.database, site.hosts, oidc.provider, oidc._application):
        held.cache_clear()


@pytest.fixture
def open_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Serves a new store under the settings given; li still has a first password, wang does not."""
    made: list[TestClient] = []

    def start(base: str = HOST, **given: str) -> TestClient:
        for name, value in {"home": str(tmp_path / "home"), **given}.items():
            monkeypatch.setenv(f"KPI_{name.upper()}", value)
        forget()
        db = copied(Settings(), database.create)
        users.add(db, access.CONSOLE, "li", FIRST, roles=["staff"], person_id="E001", is_first_password=True)
        users.add(db, access.CONSOLE, "wang", OWN, roles=["staff"], person_id="E002")
        db.close()
        routes = [*ROUTES, Route("/", page), Route("/week", page)]
        app = Starlette(routes=routes, middleware=[Middleware(Gate, is_page=lambda path: path in ("/", "/week"))])
        client = TestClient(app, base_url=base, follow_redirects=False)
        client.__enter__()
        made.append(client)
        return client

    yield start
    for client in made:
        client.__exit__(None, None, None)
    site.database().close()
    forget()


def sign_in(client: TestClient, name: str, password: str) -> int:
    form = {"name": name, "password": password}
    return client.post("/login", data=form, headers={"origin": str(client.base_url).rstrip("/")}).status_code


def choose(client: TestClient, current: str, new: str, again: str | None = None) -> httpx.Response:
    form = {"current": current, "new": new, "again": again or new}
    return client.post("/password?next=/week", data=form, headers={"origin": HOST})  # type: ignore[return-value]


def test_a_first_password_opens_no_page_until_an_own_one_is_chosen(open_site: Open) -> None:
    client = open_site()
    assert sign_in(client, "li", FIRST) == 303
    assert client.get("/week").headers["location"] == "/password?next=/week"
    assert client.get("/files/x").status_code == 401
    assert "初始密码" in client.get("/password").text
    old = client.cookies[site.SESSION_COOKIE]
    assert choose(client, FIRST, OWN).headers["location"] == "/week"
    assert client.get("/week").text == "li"
    assert client.cookies[site.SESSION_COOKIE] != old
    client.cookies.clear()
    assert sign_in(client, "li", FIRST) == 401
    assert sign_in(client, "li", OWN) == 303
    assert client.get("/week").text == "li"


@pytest.mark.parametrize(
    ("current", "new", "again", "says"),
    [
        ("wrong-Password-9", OWN, OWN, "用户名或密码不对"),
        (FIRST, OWN, "another-Password", "不一致"),
        (FIRST, FIRST, FIRST, "与原密码相同"),
        (FIRST, "short-7", "short-7", "至少 8 位"),
    ],
)
def test_a_password_that_cannot_be_is_refused_with_its_reason(
    open_site: Open, current: str, new: str, again: str, says: str
) -> None:
    client = open_site()
    sign_in(client, "li", FIRST)
    refused = choose(client, current, new, again)
    assert refused.status_code == 400
    assert says in refused.text
    assert client.get("/week").status_code == 303


def test_a_password_that_an_administrator_resets_is_a_first_one_again(open_site: Open) -> None:
    client = open_site()
    users.set_password(site.database(), access.CONSOLE, "wang", FIRST)
    sign_in(client, "wang", FIRST)
    assert client.get("/week").headers["location"] == "/password?next=/week"


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("localhost:8501", 200),
        ("127.0.0.1:8501", 200),
        ("[::1]:8501", 200),
        ("KPI.example.cn", 200),
        ("kpi.example.cn.evil.test", 400),
        ("evil.test", 400),
        ("evil.test@localhost", 400),
        ("localhost/.evil.test", 400),
        ("localhost#evil.test", 400),
        ("localhost:99999", 400),
        ("localhost:x", 400),
        ("[", 400),
        ("", 400),
    ],
)
def test_only_names_of_ours_are_answered(open_site: Open, host: str, status: int) -> None:
    client = open_site(hosts="kpi.example.cn")
    assert client.get("/login", headers={"host": host}).status_code == status


def test_a_load_balancer_asks_for_health_by_any_name(open_site: Open) -> None:
    assert open_site().get("/health", headers={"host": "10.0.0.7"}).status_code == 200


@pytest.mark.parametrize(
    ("base", "tls", "is_secure"), [(HOST, "0", False), (HOST, "1", True), ("https://localhost", "0", True)]
)
def test_the_cookie_is_secure_where_tls_is_on(open_site: Open, base: str, tls: str, is_secure: bool) -> None:
    client = open_site(base, tls=tls)
    origin = base.replace("http:", "https:") if is_secure else base
    answer = client.post("/login", data={"name": "wang", "password": OWN}, headers={"origin": origin})
    assert ("secure" in answer.headers["set-cookie"].lower()) is is_secure


def test_by_https_another_host_of_the_domain_cannot_give_a_session_of_its_own(open_site: Open) -> None:
    client = open_site("https://localhost", tls="1")
    assert sign_in(client, "wang", OWN) == 303
    name = f"__Host-{site.SESSION_COOKIE}"
    token = client.cookies[name]
    client.cookies.clear()
    for given, status in ((site.SESSION_COOKIE, 303), (name, 200)):
        assert client.get("/week", headers={"cookie": f"{given}={token}"}).status_code == status


@pytest.mark.parametrize(
    ("tls", "origin", "status"),
    [
        ("1", "https://localhost", 303),
        ("1", "http://localhost", 403),
        ("0", "http://localhost", 303),
        ("0", "https://localhost", 303),  # a proxy ends https, and nobody said so in the settings
        ("0", "ftp://localhost", 403),
    ],
)
def test_a_form_of_a_page_by_plain_http_is_not_ours_where_we_are_reached_by_https(
    open_site: Open, tls: str, origin: str, status: int
) -> None:
    form = {"name": "wang", "password": OWN}
    assert open_site(tls=tls).post("/login", data=form, headers={"origin": origin}).status_code == status


def test_who_guesses_on_is_told_how_long_to_wait(open_site: Open) -> None:
    client = open_site()
    free = users.FREE_FAILURES["name"]
    assert [sign_in(client, "wang", f"wrong-{number}") for number in range(free + 1)] == [401] * free + [429]
    refused = client.post("/login", data={"name": "wang", "password": OWN}, headers={"origin": HOST})
    assert (refused.status_code, "秒后再试" in refused.text) == (429, True)


@pytest.mark.parametrize(("tls", "is_told"), [("0", False), ("1", True)])
def test_where_a_proxy_ends_https_browsers_are_told_to_stay_with_it(open_site: Open, tls: str, is_told: bool) -> None:
    assert ("strict-transport-security" in open_site(tls=tls).get("/login").headers) is is_told


# A reverse proxy's header.

PROXY = {"proxy_user_header": "X-Forwarded-User", "proxy_secret": SECRET}


@pytest.mark.parametrize(
    ("settings", "headers", "status"),
    [
        ({}, {"X-Forwarded-User": "wang", "X-Kpi-Proxy-Secret": SECRET}, 200),  # off by default: the form
        (PROXY, {"X-Forwarded-User": "wang"}, 200),
        (PROXY, {"X-Forwarded-User": "wang", "X-Kpi-Proxy-Secret": SECRET[:-1]}, 200),
        (PROXY, {"X-Forwarded-User": "wang", "X-Kpi-Proxy-Secret": SECRET}, 303),
        (PROXY, {"X-Forwarded-User": "nobody", "X-Kpi-Proxy-Secret": SECRET}, 403),
    ],
)
def test_a_proxy_is_believed_only_with_its_secret(
    open_site: Open, settings: dict[str, str], headers: dict[str, str], status: int
) -> None:
    client = open_site(**settings)
    assert client.get("/login?next=/week", headers=headers).status_code == status
    assert client.get("/week", headers=headers).status_code == (200 if status == 303 else 303)


def test_a_session_does_not_outlive_the_proxys_user(open_site: Open) -> None:
    client = open_site(**PROXY)
    by = {"X-Kpi-Proxy-Secret": SECRET}
    client.get("/login", headers=by | {"X-Forwarded-User": "WANG "})
    assert client.get("/week", headers=by | {"X-Forwarded-User": "wang"}).text == "wang"
    assert client.get("/week", headers=by | {"X-Forwarded-User": "li"}).status_code == 303


def test_whom_a_proxy_vouches_for_has_no_first_password_to_change(open_site: Open) -> None:
    client = open_site(**PROXY)
    by = {"X-Kpi-Proxy-Secret": SECRET, "X-Forwarded-User": "li"}
    client.get("/login", headers=by)
    assert client.get("/week", headers=by).text == "li"


@pytest.mark.parametrize(
    "given",
    [
        {"proxy_user_header": "X-Forwarded-User"},
        {"proxy_secret": SECRET[:31]},
        {"proxy_secret": "x" * 64},
        {"oidc_issuer": "https://id.example.cn"},
        {"oidc_issuer": "https://id.example.cn", "oidc_client_id": "kpi"},
    ],
)
def test_no_start_with_half_a_sign_in_or_a_plain_secret(given: dict[str, str]) -> None:
    with pytest.raises(Problem, match="设置有误"):
        Settings(**given)  # type: ignore[arg-type]


@pytest.mark.parametrize("key", [b"changeme", b"changeme" * 4, bytes(32), bytes(range(31))])
def test_no_start_with_a_short_or_made_up_key(tmp_path: Path, key: bytes) -> None:
    settings = Settings(home=tmp_path / "home")
    copied(settings, database.create).close()
    (settings.home / "key").write_bytes(key)
    with pytest.raises(Problem, match="32 字节"):
        database.connect(settings)


# An identity provider.


of_a_provider = pytest.mark.filterwarnings(
    "ignore::DeprecationWarning:authlib", "ignore::DeprecationWarning:oidc_provider_mock"
)
"""The provider of the tests reads a module that its own library has renamed."""


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """A provider of OpenID Connect on this machine: whoever is named to it has signed in there."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # it reads a module that its own library has renamed
        import oidc_provider_mock

        with oidc_provider_mock.run_server_in_thread() as server:
            yield f"http://localhost:{server.server_port}"


def office(issuer: str) -> dict[str, str]:
    return {"oidc_issuer": issuer, "oidc_client_id": "kpi", "oidc_client_secret": "told-by-the-provider"}


def signed_in_at(issuer_page: str, subject: str) -> str:
    """The address that the provider sends the browser back to."""
    answer = httpx.post(issuer_page, data={"sub": subject})
    assert answer.status_code == 302
    back = urlsplit(answer.headers["location"])
    return f"{back.path}?{back.query}"


@of_a_provider
def test_a_bound_person_of_the_provider_gets_a_session_and_goes_on(open_site: Open, issuer: str) -> None:
    client = open_site(**office(issuer))
    users.bind(site.database(), access.CONSOLE, "li", issuer=issuer, subject="7f3a")
    assert "/login/oidc/?next=/week" in client.get("/login?next=/week").text
    out = client.get("/login/oidc/?next=/week")
    assert out.status_code == 302
    assert parse_qs(urlsplit(out.headers["location"]).query)["redirect_uri"] == [f"{HOST}/login/oidc/back"]
    back = client.get(signed_in_at(out.headers["location"], "7f3a"))
    assert (back.status_code, back.headers["location"]) == (303, "/week")
    assert client.get("/week").text == "li"  # and no first password stands in the way: the provider vouches
    newest = audit.listing(site.database(), access.CONSOLE, limit=1)[0]
    assert (newest["verb"], newest["about"]["subject"]) == ("sign_in", "7f3a")


@of_a_provider
def test_by_https_no_other_host_of_the_domain_can_begin_a_sign_in_for_this_browser(
    open_site: Open, issuer: str
) -> None:
    client = open_site("https://localhost", tls="1", **office(issuer))
    users.bind(site.database(), access.CONSOLE, "li", issuer=issuer, subject="7f3a")
    out = client.get("/login/oidc/?next=/week")
    state = out.headers["set-cookie"]
    assert state.startswith(f"__Host-{oidc.STATE_COOKIE}=")
    assert {"path=/", "secure", "httponly", "samesite=lax"} <= {it.strip().lower() for it in state.split(";")}
    assert client.get(signed_in_at(out.headers["location"], "7f3a")).headers["location"] == "/week"
    assert client.get("/week").text == "li"


@of_a_provider
def test_an_unbound_person_is_told_the_id_for_the_administrator(open_site: Open, issuer: str) -> None:
    client = open_site(**office(issuer))
    users.bind(site.database(), access.CONSOLE, "li", issuer="http://another.test", subject="stranger")
    out = client.get("/login/oidc/")
    refused = client.get(signed_in_at(out.headers["location"], "stranger"))
    assert refused.status_code == 403
    assert "stranger" in refused.text
    assert client.get("/week").status_code == 303


@of_a_provider
def test_a_disabled_user_does_not_come_in_by_the_provider(open_site: Open, issuer: str) -> None:
    client = open_site(**office(issuer))
    users.bind(site.database(), access.CONSOLE, "li", issuer=issuer, subject="7f3a")
    users.disable(site.database(), access.CONSOLE, "li")
    out = client.get("/login/oidc/")
    assert client.get(signed_in_at(out.headers["location"], "7f3a")).status_code == 403


@of_a_provider
def test_an_answer_that_this_browser_did_not_ask_for_opens_nothing(open_site: Open, issuer: str) -> None:
    client = open_site(**office(issuer))
    users.bind(site.database(), access.CONSOLE, "li", issuer=issuer, subject="7f3a")
    back = signed_in_at(client.get("/login/oidc/").headers["location"], "7f3a")
    client.cookies.clear()
    assert client.get(back).status_code == 401
    assert client.get("/login/oidc/back?error=access_denied&state=x").status_code == 401
    assert client.get("/week").status_code == 303


OWN_KEY, OTHER_KEY = (RSAKey.generate_key(2048, {"kid": "1"}) for _ in range(2))


@of_a_provider
@pytest.mark.filterwarnings("ignore:JWS algorithm:joserfc.errors.SecurityWarning")
@pytest.mark.parametrize(
    ("alg", "key", "changed", "status"),
    [
        ("RS256", OWN_KEY, {}, 303),
        ("RS256", OTHER_KEY, {}, 401),
        ("HS256", OctKey.import_key("told-by-the-provider"), {}, 401),
        ("none", OWN_KEY, {}, 401),
        ("RS256", OWN_KEY, {"aud": "another-application"}, 401),
        ("RS256", OWN_KEY, {"iss": "http://another.test"}, 401),
        ("RS256", OWN_KEY, {"nonce": "of another sign-in"}, 401),
        ("RS256", OWN_KEY, {"nonce": None}, 401),
        ("RS256", OWN_KEY, {"exp": -600, "iat": -1200}, 401),
        ("RS256", OWN_KEY, {"sub": None}, 401),
        ("RS256", OWN_KEY, {"sub": "somebody"}, 403),
    ],
)
def test_only_a_token_that_the_provider_signed_for_this_sign_in_opens_a_session(
    open_site: Open,
    issuer: str,
    monkeypatch: pytest.MonkeyPatch,
    alg: str,
    key: RSAKey | OctKey,
    changed: dict[str, str | int | None],
    status: int,
) -> None:
    client = open_site(**office(issuer))
    users.bind(site.database(), access.CONSOLE, "li", issuer=issuer, subject="7f3a")
    asked = parse_qs(urlsplit(client.get("/login/oidc/").headers["location"]).query)
    claims = {"iss": issuer, "aud": "kpi", "sub": "7f3a", "iat": 0, "exp": 600, "nonce": asked["nonce"][0]} | changed
    claims = {name: value for name, value in claims.items() if value is not None}
    now = int(time.time())
    claims |= {name: now + value for name, value in claims.items() if isinstance(value, int)}
    forged = jwt.encode({"alg": alg, "kid": "1"}, claims, key, algorithms=[alg])

    async def keys(*_: object, **__: object) -> dict[str, object]:
        return {"keys": [OWN_KEY.as_dict(private=False)]}

    async def token(*_: object, **__: object) -> dict[str, str]:
        return {"token_type": "Bearer", "access_token": "x", "id_token": forged}

    monkeypatch.setattr(oidc.provider(), "fetch_jwk_set", keys)
    monkeypatch.setattr(oidc.provider(), "fetch_access_token", token)
    back = f"/login/oidc/back?code=x&state={asked['state'][0]}"
    assert client.get(back).status_code == status
    assert client.get("/week").status_code == (200 if status == 303 else 303)


@of_a_provider
@pytest.mark.parametrize(("as_set", "as_bound"), [("/", "/"), ("/", ""), ("", "/")])
def test_a_slash_at_the_end_of_the_providers_address_makes_no_difference(
    open_site: Open, issuer: str, as_set: str, as_bound: str
) -> None:
    client = open_site(**office(issuer + as_set))
    users.bind(site.database(), access.CONSOLE, "li", issuer=issuer + as_bound, subject="7f3a")
    out = client.get("/login/oidc/")
    assert client.get(signed_in_at(out.headers["location"], "7f3a")).status_code == 303
    with pytest.raises(Problem, match="另一个用户"):
        users.bind(site.database(), access.CONSOLE, "wang", issuer=issuer, subject="7f3a")


def test_a_provider_out_of_reach_leaves_the_form_and_a_sentence(open_site: Open) -> None:
    client = open_site(**office("http://localhost:9"))
    failed = client.get("/login/oidc/")
    assert failed.status_code == 502
    assert "单点登录没有完成" in failed.text


def test_without_a_provider_in_the_settings_there_is_no_such_address(open_site: Open) -> None:
    client = open_site()
    assert client.get("/login/oidc/").status_code == 404
    assert "/login/oidc/" not in client.get("/login").text


def test_an_id_belongs_to_one_user(open_site: Open, issuer: str) -> None:
    open_site()
    users.bind(site.database(), access.CONSOLE, "li", issuer=issuer, subject="7f3a")
    with pytest.raises(Problem, match="另一个用户"):
        users.bind(site.database(), access.CONSOLE, "wang", issuer=issuer, subject="7f3a")
    users.unbind(site.database(), access.CONSOLE, "li")
    users.bind(site.database(), access.CONSOLE, "wang", issuer=issuer, subject="7f3a")
    assert users.vouched_by_issuer(site.database(), issuer, "7f3a").name == "wang"

"""Nobody is shown what is not theirs: every account × every page × every way to ask for it, on one served demo.

What must not appear are markers of people out of reach: their names, their 工号, their amounts, looked for in the very
bytes that the websocket, the file route or an export gives. Pages come from the frame and the parameters of addresses
from the pages' own code, so that a new page or parameter is tried without being named here.
"""

import io
import json
import os
import re
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2 as httpx
import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

import kpi_app
from data_contracts.contract import Problem
from kpi_app import access, demo
from kpi_app.access import Forbidden, Identity, Post, Right
from kpi_app.exports import sheets, tables
from kpi_app.intake.read import Incoming
from kpi_app.pages import frame
from kpi_app.settings import PROJECT, Settings
from kpi_app.store import backup, database
from kpi_app.store.accounts import roster, users
from kpi_app.store.database import Database
from kpi_app.store.disputes import credit
from kpi_app.store.months import leavers, month, statements
from kpi_app.store.proving import audit, evidence
from kpi_app.store.rows import facts, imports, returned
from kpi_app.store.rulebook import laws
from kpi_app.store.views import figures, success
from kpi_app.web import looks, site
from metrics.catalogue import METRICS
from metrics.period import Period
from scorecards.posts import Roster
from tests.web.test_served import a_free_port

AS_OF = date(2026, 11, 20)
LOCKED, COMPUTED = Period.parse("2026-09"), Period.parse("2026-10")
SECONDS = 90
FAILED = "请把这个时间告诉管理员"
EARLY = 2  # a run that ends because it asks for another
BUTTONS = {"button", "menu_button", "download_button"}
NAMES = tuple(it.name for it in demo.ACCOUNTS)


def who_is(account: demo.Account) -> Identity:
    return Identity(
        user_id=1,
        name=account.name,
        roles=frozenset(account.roles),
        scopes=frozenset(account.scopes),
        person_id=account.person_id,
    )


WHO: Mapping[str, Identity] = {it.name: who_is(it) for it in demo.ACCOUNTS}
PAGES = tuple(page.path for page in frame.PAGES)
OPEN = {(name, page.path) for name, who in WHO.items() for page in frame.PAGES if page.is_for(who)}

HAN = r"[\u3400-\u9fff\U00020000-\U0003ffff]+"
YUAN = r"¥[\d,]+\.\d\d"
ESCAPED = re.compile(r"(?:\\u[0-9a-f]{4})+")
OBJECTS = ("E208", "S03", "person:E208", "E112", "S01", "department:S02/呼叫中心", "store:S03", "team:T14", "2026-09")
"""People, stores, departments, teams and a month: of each account some are out of reach."""
TRIED = {"period": "2026-09", "month": "2026-09", "unit": "S03", "store": "S03", "subject": "person:E208"}
"""Parameters whose meaning is known are tried with what they mean, the others with a person."""


def parameters() -> list[str]:
    """The names that the pages read from their addresses."""
    found = set()
    for source in (Path(kpi_app.__file__).parent / "pages").rglob("*.py"):
        found |= set(re.findall(r'query_params(?:\.get\(|\.get_all\(|\[)\s*"(\w+)"', source.read_text("utf-8")))
    return sorted(found | {"person", "line", "against"})


def parameters_of_the_week() -> list[str]:
    """The names that the Monday page reads from its address, through its own helpers."""
    sources = [(Path(kpi_app.__file__).parent / "pages" / "weekly_scorecard.py")]
    sources += (Path(kpi_app.__file__).parent / "pages" / "week").glob("*.py")
    found = set[str]()
    for source in sources:
        found |= named_in(source)
    assert {"week", "person", "metric"} <= found
    return sorted(found)


def named_in(source: Path) -> set[str]:
    """The names that a page reads through the helpers of addresses."""
    return set(re.findall(r'address\.\w+\(\s*"(\w+)"', source.read_text("utf-8")))


def queries() -> list[tuple[str, str, str]]:
    """Account, page, query: one by one where the page is open, all at once where it is not."""
    of_pages = set[str]().union(*map(named_in, (Path(kpi_app.__file__).parent / "pages").rglob("*.py")))
    every = "&".join(f"{name}={quote(TRIED.get(name, OBJECTS[0]))}" for name in sorted(of_pages | set(parameters())))
    single = [f"{name}={quote(TRIED.get(name, OBJECTS[0]))}" for name in parameters()]
    at_once = "&".join(f"{name}={quote(TRIED.get(name, OBJECTS[0]))}" for name in parameters_of_the_week())
    weekly = [(name, "week", f"subject={quote(OBJECTS[5])}&{at_once}") for name in NAMES]
    return weekly + [
        (name, page, query)
        for name in NAMES
        for page in PAGES
        for query in ([*single, every] if (name, page) in OPEN else [every])
    ]


def turns() -> list[tuple[str, str, int]]:
    """Account, page, and which object the first widget is said to be; the next widget is the next object."""
    return [
        (name, page, turn) for name in NAMES for page in PAGES for turn in ((0, 1, 4) if (name, page) in OPEN else (0,))
    ]


@dataclass(kw_only=True)
class Secrets:
    """What an account must not be shown: names, 工号 and amounts of people out of reach."""

    names: frozenset[str]
    ids: frozenset[str]
    amounts: frozenset[str]

    def __post_init__(self) -> None:
        assert all(re.fullmatch(HAN, it) for it in self.names)
        assert all(re.fullmatch(YUAN, it) for it in self.amounts)

    def leaks(self, drawn: bytes) -> list[str]:
        """The markers that stand in what was drawn, whether plain or escaped as in JSON."""
        plain = re.sub(rb"/files/[\w-]+", b"", drawn).decode(errors="replace")
        text = plain + "\n" + ESCAPED.sub(lambda it: json.loads(f'"{it[0]}"'), plain)
        found = set(re.findall(r"(?<![A-Za-z0-9_-])E\d{3}(?![A-Za-z0-9_-])", plain)) & self.ids
        found |= set(re.findall(YUAN, text)) & self.amounts
        lengths = {len(it) for it in self.names}
        for run in set(re.findall(HAN, text)):
            found |= {run[at : at + most] for at in range(len(run)) for most in lengths} & self.names
        return sorted(found)


@dataclass(kw_only=True)
class Drawn:
    """What one run of a page sent: its bytes, its widgets as kind and id, the files it offered."""

    data: bytes = b""
    widgets: dict[str, str] = field(default_factory=dict)
    files: tuple[str, ...] = ()


@dataclass(kw_only=True)
class Browser:
    """An account that is signed in, with one websocket."""

    address: str
    cookies: dict[str, str]
    socket: ClientConnection

    def run(self, page: str, query: str = "", widgets: Sequence[tuple[str, str, Any]] = ()) -> Drawn:
        """Run a page with a query and with widget states as id, field and value, whether it has such widgets or not."""
        ask = BackMsg()
        ask.rerun_script.page_name = page
        ask.rerun_script.query_string = query
        for widget_id, kind, value in widgets:
            state = ask.rerun_script.widget_states.widgets.add(id=widget_id)
            if kind == "string_array_value":
                state.string_array_value.data.extend(value)
            else:
                setattr(state, kind, value)
        self.socket.send(ask.SerializeToString())
        drawn = Drawn()
        while True:
            data = self.socket.recv(timeout=SECONDS)
            assert isinstance(data, bytes)
            drawn.data += data
            message = ForwardMsg.FromString(data)
            match message.WhichOneof("type"):
                case "delta" if message.delta.WhichOneof("type") == "new_element":
                    element = message.delta.new_element
                    kind = element.WhichOneof("type") or ""
                    if widget_id := getattr(getattr(element, kind, None), "id", ""):
                        drawn.widgets[widget_id] = kind
                case "script_finished" if message.script_finished != EARLY:
                    drawn.files = tuple(
                        dict.fromkeys(it.decode() for it in re.findall(rb"/files/[\w-]{20,}", drawn.data))
                    )
                    return drawn


@pytest.fixture(scope="module")
def home(demo_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo, in which people of every store have a plan of success."""
    copied = Path(shutil.copytree(demo_home, tmp_path_factory.mktemp("matrix") / "home"))
    made = database.connect(Settings(home=copied, as_of=AS_OF))
    for person_id in ("E112", "E120", "E208"):
        own = Identity(user_id=1, name=person_id, roles=frozenset({"staff"}), person_id=person_id)
        (metric, *_) = success.metrics_for({Roster(facts.load(made)["people"].collect()).on(person_id, AS_OF).role})
        goal = "50%" if metric.unit == "percent" else "50"
        success.add(made, own, person_id=person_id, metric=metric.key, goal=goal, due_on=AS_OF, steps=person_id)
    made.close()
    return copied


@pytest.fixture(scope="module")
def db(home: Path) -> Iterator[Database]:
    made = database.connect(Settings(home=home, as_of=AS_OF))
    yield made
    made.close()


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[str]:
    port = a_free_port()
    with (home.parent / "log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "kpi_app", "serve", "--port", str(port)],
            cwd=PROJECT,
            env=os.environ | {"KPI_HOME": str(home), "KPI_AS_OF": AS_OF.isoformat()},
            stdout=log,
            stderr=log,
        )
    at = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            assert server.poll() is None, (home.parent / "log").read_text()
            with suppress(httpx.TransportError):
                if httpx.get(f"{at}/health").status_code == 200:
                    break
            time.sleep(0.1)
        yield at
    finally:
        server.terminate()
        server.wait(20)


@pytest.fixture(scope="module")
def browsers(address: str) -> Iterator[dict[str, Browser]]:
    """Everybody, signed in."""
    with ExitStack() as stack:
        made = {}
        for account in demo.ACCOUNTS:
            form = {"name": account.name, "password": account.password}
            answer = httpx.post(f"{address}/login", data=form, headers={"Origin": address})
            cookies = {site.SESSION_COOKIE: answer.cookies[site.SESSION_COOKIE]}
            socket = connect(
                f"{address.replace('http', 'ws', 1)}/_stcore/stream",
                additional_headers={"Cookie": f"{site.SESSION_COOKIE}={cookies[site.SESSION_COOKIE]}"},
                origin=address,  # type: ignore[arg-type]
                subprotocols=["streamlit", "-"],  # type: ignore[list-item]
                proxy=None,
                max_size=None,
            )
            made[account.name] = Browser(address=address, cookies=cookies, socket=stack.enter_context(socket))
        yield made


@pytest.fixture(scope="module")
def first(browsers: dict[str, Browser]) -> dict[tuple[str, str], Drawn]:
    """What every account is shown on every page, asked for by its plain address."""
    return {(name, page): browsers[name].run(page) for name in NAMES for page in PAGES}


@pytest.fixture(scope="module")
def secrets(db: Database) -> dict[str, Secrets]:
    """Account → what it must not be shown, worked out from the store and the scopes."""
    people = facts.load(db)["people"].select("person_id", "person_name", "store_id", "department", "team_id").collect()
    posts: dict[str, list[Post]] = {}
    names = dict(zip(people["person_id"], people["person_name"], strict=True))
    for row in people.iter_rows(named=True):
        department = f"{row['store_id']}/{row['department']}"
        posts.setdefault(row["person_id"], []).append(Post(row["store_id"], department, row["team_id"]))
    amounts: dict[str, set[str]] = {}
    for period in (LOCKED, COMPUTED):
        sheet = month.sheet(db, access.CONSOLE, period)
        paid = [(person.person_id, person.total_fen) for person in sheet.people]
        for person_id, fen in [*paid, *sheet.lines.select("person_id", "amount_fen").iter_rows()]:
            if fen % 1000:  # a round sum says nothing about whose it is
                amounts.setdefault(person_id, set()).add(looks.yuan(abs(fen)))
    return {name: secrets_of(who, posts, names, amounts) for name, who in WHO.items()}


def secrets_of(
    who: Identity, posts: Mapping[str, list[Post]], names: Mapping[str, str], amounts: Mapping[str, set[str]]
) -> Secrets:
    near = {it for it in posts if it == who.person_id or who.covers(person_id=it, posts=posts[it])}
    paid = {it for it in posts if access.may(who, Right.PAY, person_id=it, posts=posts[it])}
    far = set() if Right.USERS in who.rights else set(posts) - near  # accounts and the audit name people by their 工号
    shown = set[str]().union(*(amounts.get(it, set()) for it in paid))
    return Secrets(
        names=frozenset(names[it] for it in set(posts) - near) - {names[it] for it in near},
        ids=frozenset(far),
        amounts=frozenset(set[str]().union(*(amounts.get(it, set()) for it in set(posts) - paid)) - shown),
    )


# The markers themselves.


def test_who_may_see_everything_does_see_what_others_must_not(
    first: dict[tuple[str, str], Drawn], secrets: dict[str, Secrets]
) -> None:
    assert secrets["hr"] == Secrets(names=frozenset(), ids=frozenset(), amounts=frozenset())
    seen = secrets["inviter"].leaks(first["hr", "pay"].data)
    assert sum(it.startswith("¥") for it in seen) > 20
    assert sum(it.startswith("E") for it in seen) > 20
    assert sum(not it.startswith(("¥", "E")) for it in seen) > 20


def test_a_marker_is_found_however_it_is_written() -> None:
    hidden = Secrets(names=frozenset({"林文辰"}), ids=frozenset({"E208"}), amounts=frozenset({"¥1,234.56"}))
    assert hidden.leaks("<b>林文辰</b>（E208） ¥1,234.56".encode()) == ["E208", "¥1,234.56", "林文辰"]
    assert hidden.leaks(json.dumps({"title": "林文辰 ¥1,234.56"}).encode()) == ["¥1,234.56", "林文辰"]
    assert hidden.leaks(b"/files/aE208-bbbbbbbbbbbbbbbbbbbb E2081 XE208") == []


# By address, by query.


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("name", NAMES)
def test_by_address(name: str, page: str, first: dict[tuple[str, str], Drawn], secrets: dict[str, Secrets]) -> None:
    drawn = first[name, page].data
    assert ("这个页面不对您开放".encode() in drawn) is ((name, page) not in OPEN)
    assert secrets[name].leaks(drawn) == []


@pytest.mark.parametrize(("name", "page", "query"), queries())
def test_by_query(name: str, page: str, query: str, browsers: dict[str, Browser], secrets: dict[str, Secrets]) -> None:
    drawn = browsers[name].run(page, query).data
    assert FAILED.encode() not in drawn
    shown = secrets[name].leaks(drawn)
    # What one has asked for oneself may stand in the answer that refuses it.
    assert [it for it in shown if it not in query] == []


@pytest.mark.parametrize("page", PAGES)
def test_by_no_session_at_all(page: str, address: str) -> None:
    answer = httpx.get(f"{address}/{page}?unit=S01")
    assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/login")
    with pytest.raises(InvalidStatus):
        connect(f"{address.replace('http', 'ws', 1)}/_stcore/stream", origin=address, proxy=None)  # type: ignore[arg-type]


# By a forged websocket message: values outside the options, widgets of others, edits of tables, buttons of others.


@pytest.mark.parametrize(("name", "page", "turn"), turns())
def test_by_widget_value(
    name: str,
    page: str,
    turn: int,
    first: dict[tuple[str, str], Drawn],
    browsers: dict[str, Browser],
    secrets: dict[str, Secrets],
) -> None:
    states = forged(everybodys(first, page), turn)
    drawn = browsers[name].run(page, widgets=states).data
    assert FAILED.encode() not in drawn
    assert secrets[name].leaks(drawn) == []


def everybodys(first: Mapping[tuple[str, str], Drawn], page: str) -> dict[str, str]:
    """The widgets of a page, whoever is shown them."""
    return {key: kind for name in NAMES for key, kind in first[name, page].widgets.items()}


def forged(shown: Mapping[str, str], turn: int) -> list[tuple[str, str, Any]]:
    """A state for each widget that takes a value: what it should not be."""
    states: list[tuple[str, str, Any]] = []
    for number, (widget_id, kind) in enumerate(sorted(shown.items())):
        value = OBJECTS[(turn + number) % len(OBJECTS)]
        match kind:
            case "selectbox" | "radio" | "text_input" | "text_area":
                states.append((widget_id, "string_value", value))
            case "multiselect" | "button_group":
                states.append((widget_id, "string_array_value", [value]))
            case "dataframe" | "vega_lite_chart":
                edits = {"edited_rows": {"0": {"0": value}}, "added_rows": [{"0": value}], "deleted_rows": [1]}
                states.append((widget_id, "string_value", json.dumps(edits | {"selection": {"rows": [0, 99]}})))
            case "checkbox":
                states.append((widget_id, "bool_value", True))
            case "number_input":
                states.append((widget_id, "double_value", -1.0))
    return states


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("name", NAMES)
def test_by_anothers_buttons(
    name: str,
    page: str,
    first: dict[tuple[str, str], Drawn],
    browsers: dict[str, Browser],
    secrets: dict[str, Secrets],
    db: Database,
) -> None:
    mine = first[name, page].widgets
    buttons = {key: kind for key, kind in everybodys(first, page).items() if kind in BUTTONS and key not in mine}
    before = audit.listing(db, access.CONSOLE, limit=1)[0]["entry"]
    drawn = browsers[name].run(page, widgets=[(key, "trigger_value", True) for key in buttons])
    assert secrets[name].leaks(drawn.data) == []
    assert deeds_of(db, name, before) == []


def deeds_of(db: Database, name: str, since: int) -> list[str]:
    """What an account did after an entry of the audit, looks and sign-ins aside."""
    entries = audit.listing(db, access.CONSOLE, limit=100)
    assert entries[-1]["entry"] <= since  # all that came after it are among these
    done = [it["verb"] for it in entries if it["entry"] > since and it["user"] == name]
    return [verb for verb in done if not verb.endswith((".read", "sign_in", ".diff", ".explain"))]


# By the file route.


@pytest.mark.parametrize("name", NAMES)
def test_by_a_file_that_another_was_offered(
    name: str, browsers: dict[str, Browser], first: dict[tuple[str, str], Drawn]
) -> None:
    tried = [address for (owner, _), drawn in first.items() if owner != name for address in drawn.files]
    assert len(tried) > 5
    with httpx.Client(cookies=browsers[name].cookies, base_url=browsers[name].address) as mine:
        for address in tried:
            assert mine.get(address).status_code == 404


def test_by_a_file_that_anybody_was_offered_without_a_session(
    address: str, first: dict[tuple[str, str], Drawn]
) -> None:
    tried = [file for drawn in first.values() for file in drawn.files]
    assert len(tried) > 5
    with httpx.Client(base_url=address) as nobodys:
        for file in tried:
            assert nobodys.get(file).status_code == 401


# By the verbs that write files.

Taken = Callable[[Database, Identity], bytes]


def of_sheet(unit: str | None, period: Period, db: Database, who: Identity) -> bytes:
    made = month.sheet(db, who, period, unit=unit, is_export=True)
    files = sheets.as_files(made, "x.csv", exported_by=who.name, exported_at=db.settings.now_local())
    return files["x.csv"]


def of_statements(unit: str | None, person_id: str | None, db: Database, who: Identity) -> bytes:
    made = statements.export(db, who, LOCKED, unit=unit, person_id=person_id)
    return json.dumps([[it.person_name for it in one.sheet.people] + [one.person_id] for one in made]).encode()


def of_pack(unit: str | None, db: Database, who: Identity) -> bytes:
    if access.may(who, Right.CONFIDENTIAL) and (unit is None or access.may(who, Right.EXPORT, posts=[Post(unit)])):
        return b""  # theirs to take, and long in the making
    return evidence.pack(db, who, LOCKED, unit=unit)[0]


def of_returned(db: Database, who: Identity) -> bytes:
    return returned.annotated(db, who, Incoming("x.csv", "门店编号\nS01\n".encode()), [], lang="zh")


def of_backup(folder: Path, db: Database, who: Identity) -> bytes:
    if Right.BACKUP not in who.rights:
        backup.backup(db, who, folder / "backup.zip")
    return b""


def of_listing(listing: Callable[..., Any], db: Database, who: Identity) -> bytes:
    return json.dumps(listing(db, who), ensure_ascii=False, default=str).encode()


def of_roster(unit: str | None, db: Database, who: Identity) -> bytes:
    listed = roster.listing(db, who, AS_OF, unit=unit)
    return json.dumps([it.as_json("zh") for it in listed], ensure_ascii=False).encode()


def of_contract(contract: str, db: Database, who: Identity) -> bytes:
    with zipfile.ZipFile(io.BytesIO(roster.to_edit(db, who, contract))) as archive:
        return archive.read("xl/sharedStrings.xml")


def of_figures(level: figures.Level, db: Database, who: Identity) -> bytes:
    metrics = [METRICS["css_score"], METRICS["invite_to_store_rate"]]
    found = figures.measure(db, who, metrics, [COMPUTED], level, as_of=AS_OF, is_export=True)
    return json.dumps(tables.figures_as_json(found, "zh"), ensure_ascii=False).encode()


def of_plans(db: Database, who: Identity) -> bytes:
    found = success.listing(db, who, as_of=AS_OF)
    return json.dumps([one.as_json("zh") for one in found], ensure_ascii=False).encode()


def of_leavers(unit: str | None, db: Database, who: Identity) -> bytes:
    return json.dumps(leavers.listing(db, who, COMPUTED, unit=unit), ensure_ascii=False).encode()


def of_arrivals(db: Database, who: Identity) -> bytes:
    """The newest arrival of every store, with who could have its credit and whom one may give it."""
    newest = facts.load(db)["store_visits"].sort("arrived_at", "visit_id").unique("store_id", keep="last").collect()
    found = [one for visit_id in newest["visit_id"].sort() for one in credit.find(db, who, visit_id)]
    return json.dumps([{**one.as_json("zh"), **one.led} for one in found], ensure_ascii=False).encode()


UNITS = (None, "S01", "S02", "S03")
VERBS: Mapping[str, tuple[Right, Taken]] = {
    **{f"sheet {u} {p.label}": (Right.EXPORT, partial(of_sheet, u, p)) for u in UNITS for p in (LOCKED, COMPUTED)},
    **{f"statements {u}": (Right.EXPORT, partial(of_statements, u, None)) for u in UNITS},
    **{f"statement {p}": (Right.EXPORT, partial(of_statements, None, p)) for p in ("E112", "E120", "E208")},
    **{f"evidence {u}": (Right.EXPORT, partial(of_pack, u)) for u in UNITS},
    **{f"figures {level}": (Right.EXPORT, partial(of_figures, level)) for level in ("person", "team", "store")},
    "plans of success": (Right.SCORES, of_plans),
    **{f"leavers {u}": (Right.PAY, partial(of_leavers, u)) for u in UNITS},
    "arrivals": (Right.LEAD, of_arrivals),
    "annotated copy": (Right.IMPORT, of_returned),
    "imports": (Right.IMPORT, partial(of_listing, imports.listing)),
    **{f"roster {u}": (Right.CONFIDENTIAL, partial(of_roster, u)) for u in UNITS},
    **{f"{c} to edit": (Right.CONFIDENTIAL, partial(of_contract, c)) for c in roster.EDITED},
    "audit": (Right.AUDIT, partial(of_listing, audit.listing)),
    "users": (Right.USERS, partial(of_listing, users.listing)),
    "laws": (Right.SETTINGS, partial(of_listing, laws.listing)),
}
PUBLIC = {"laws"}
OWN = {"plans of success", "figures person"}  # everybody has their own


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("name", NAMES)
def test_by_an_export(name: str, verb: str, db: Database, secrets: dict[str, Secrets]) -> None:
    right, taken = VERBS[verb]
    account = next(it for it in demo.ACCOUNTS if it.name == name)
    who = users.sign_in(db, name, account.password)
    try:
        data = taken(db, who)
    except Problem:
        assert name != "hr" or right is not Right.EXPORT  # who prepares all stores takes everything
        return
    assert right in who.rights or verb in PUBLIC | OWN or verb.startswith("statement")
    plain = Secrets(names=secrets[name].names, ids=secrets[name].ids, amounts=frozenset())
    assert plain.leaks(data) == []


def test_by_a_backup(db: Database, tmp_path: Path) -> None:
    for name, who in WHO.items():
        if name != "admin":
            with pytest.raises(Forbidden):
                of_backup(tmp_path, db, who)


def test_the_matrix_has_three_hundred_fields_at_least() -> None:
    by_button = by_address = len(NAMES) * len(PAGES)
    assert by_address + len(queries()) + len(turns()) + by_button + len(NAMES) * (1 + len(VERBS)) > 300

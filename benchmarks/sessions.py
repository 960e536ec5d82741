"""The pages as browsers ask for them: how long each page's script runs, and what 50 people at once wait.

    python3 dev.py bench --sessions [HOME]     # on a demo that is there, or on one of its own

A server of its own on 127.0.0.1, websocket clients speaking Streamlit's protocol: sign in, open a page, then choose
another week, month or metric a few times, as people do, some seconds apart. First one visitor alone opens every page,
then all of them come at once. Seconds are from the message sent to the last one that the page's script answers with.
Bounded: so many visitors, so many steps, and a limit on every wait.
"""

import asyncio
import os
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx2 as httpx
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

from kpi_app import demo
from kpi_app.pages.frame import PAGES
from kpi_app.web import site

ROOT = Path(__file__).resolve().parents[1]
AS_OF = "2026-11-20"
VISITORS = (("consultant", "me", 14), ("inviter", "me", 12), ("head", "week", 12), ("hr", "month", 6),
            ("director", "week", 4), ("hr2", "month", 2))  # fmt: skip
STEPS, THINKS = 6, (4.0, 12.0)
"""How often each visitor chooses something, and how many seconds there are between."""
ALONE = ("consultant", "head", "hr", "director", "admin")
"""Who opens the pages alone: each page is timed for the first of them that it is open to."""
WARM_RUNS = 7
LIMIT = 60.0
REFUSED = "这个页面不对您开放"
NOBODYS = "users"
"""A page that only the administrator may open."""


@dataclass
class Visitor:
    """One browser: its websocket and the choices its page offers."""

    name: str
    cookie: str
    socket: ClientConnection
    choices: dict[str, tuple[str, list[str]]] = field(default_factory=dict)
    page: str = ""
    query: str = ""
    is_refused: bool = False

    async def open(self, page: str) -> float:
        """Go to a page; the seconds until it stands there."""
        self.page, self.query, self.is_refused = page, "", False
        return await self.run()

    async def choose(self, number: int) -> float:
        """Choose another option of the page's first selection that has more than one."""
        offered = [(key, it) for key, it in self.choices.items() if len(it[1]) > 1]
        if not offered:
            return await self.run()
        key, (_, options) = offered[0]
        return await self.run({key: options[number % min(len(options), 6)]})

    async def run(self, chosen: dict[str, str] | None = None) -> float:
        """Have the page's script run, and wait for its end."""
        ask = BackMsg()
        ask.rerun_script.page_name = self.page
        ask.rerun_script.query_string = self.query
        for key, (value, _) in self.choices.items() if chosen is not None else ():
            ask.rerun_script.widget_states.widgets.add(id=key, string_value=(chosen or {}).get(key, value))
        self.choices, start = {}, time.perf_counter()
        await self.socket.send(ask.SerializeToString())
        while True:
            data = await asyncio.wait_for(self.socket.recv(), LIMIT)
            message = ForwardMsg.FromString(data)
            match message.WhichOneof("type"):
                case "delta":
                    self.take(message.delta)
                case "page_info_changed":
                    self.query = message.page_info_changed.query_string
                case "script_finished" if message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
                    return time.perf_counter() - start

    def take(self, delta: Delta) -> None:
        """Note what can be chosen; what went wrong is an error."""
        element = delta.new_element
        match element.WhichOneof("type"):
            case "selectbox":
                it = element.selectbox
                value = it.raw_value if it.set_value else it.options[it.default] if it.HasField("default") else ""
                self.choices[it.id] = (value, list(it.options))
            case "html":
                self.is_refused |= REFUSED in element.html.body
            case "exception":
                raise RuntimeError(f"{self.name} {self.page}: {element.exception.message}")


async def visitor(address: str, name: str, cookie: str) -> Visitor:
    """A signed-in browser with its websocket open."""
    opened = await connect(
        f"{address.replace('http', 'ws', 1)}/_stcore/stream",
        additional_headers={"Cookie": f"{site.SESSION_COOKIE}={cookie}"},
        origin=address,
        subprotocols=["streamlit", "-"],
        max_size=None,
        open_timeout=LIMIT,
        proxy=None,
    )
    return Visitor(name, cookie, opened)


def sign_in(address: str, name: str) -> str:
    """The cookie of a new session of a demo account."""
    password = next(it.password for it in demo.ACCOUNTS if it.name == name)
    answer = httpx.post(
        f"{address}/login", data={"name": name, "password": password}, headers={"Origin": address}, timeout=LIMIT
    )
    return answer.cookies[site.SESSION_COOKIE]


async def every_page(address: str, server: int) -> dict[str, tuple[str, float, float, float]]:
    """Page → who opened it, seconds of the first time, median seconds and processor seconds of the later ones."""
    found: dict[str, tuple[str, float, float, float]] = {}
    for name in ALONE:
        who = await visitor(address, name, sign_in(address, name))
        await who.open(NOBODYS if name != "admin" else "week")
        if not who.is_refused:
            raise RuntimeError(f"{name} was not refused: a page that is not theirs would be timed as if it were")
        for page in PAGES:
            if page.path in found:
                continue
            first = await who.open(page.path)
            if who.is_refused:
                continue
            used = processor_seconds(server)
            warm = statistics.median([await who.run({}) for _ in range(WARM_RUNS)])
            found[page.path] = name, first, warm, (processor_seconds(server) - used) / WARM_RUNS
        await who.socket.close()
    return found


async def one_of_many(address: str, name: str, page: str, cookie: str, seed: int) -> tuple[list[float], list[str]]:
    """One visitor's seconds of every step, and what went wrong."""
    drawn, seconds, wrong = random.Random(seed), [], []
    await asyncio.sleep(drawn.uniform(0, THINKS[1]))
    try:
        who = await visitor(address, name, cookie)
        seconds.append(await who.open(page))
        for step in range(STEPS):
            await asyncio.sleep(drawn.uniform(*THINKS))
            seconds.append(await who.choose(seed + step))
        await who.socket.close()
    except Exception as error:  # whatever it is, it is counted
        wrong.append(f"{name} {page}: {type(error).__name__} {error}")
    return seconds, wrong


async def all_at_once(address: str) -> tuple[list[float], list[str]]:
    """Everybody's seconds and errors."""
    people = [(name, page) for name, page, many in VISITORS for _ in range(many)]
    cookies = [await asyncio.to_thread(sign_in, address, name) for name, _ in people]
    found = await asyncio.gather(
        *(
            one_of_many(address, name, page, cookie, seed)
            for seed, ((name, page), cookie) in enumerate(zip(people, cookies, strict=True))
        )
    )
    return [one for seconds, _ in found for one in seconds], [one for _, wrong in found for one in wrong]


def processor_seconds(pid: int) -> float:
    """The processor's time that a process has had so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def p95(seconds: list[float]) -> float:
    """Nineteen of twenty are no slower."""
    return sorted(seconds)[int(0.95 * len(seconds))]


def measure(home: Path) -> None:
    """Serve the store in ``home`` and print both tables."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    start = time.perf_counter()
    server = subprocess.Popen(
        [sys.executable, "-m", "kpi_app", "serve", "--port", str(port)],
        cwd=ROOT,
        env={**os.environ, "KPI_HOME": str(home), "KPI_AS_OF": AS_OF},
        stdout=subprocess.DEVNULL,
    )
    try:
        while True:
            try:
                httpx.get(f"{address}/health", timeout=5)
                break
            except httpx.TransportError:
                if server.poll() is not None or time.perf_counter() - start > LIMIT:
                    sys.exit("the server does not start")
                time.sleep(0.05)
        print(f"server answers after {time.perf_counter() - start:.1f} s\n")
        print(f"{'page':14}{'by':12}{'first':>10}{'warm median':>14}{'processor':>12}")
        pages = asyncio.run(every_page(address, server.pid))
        for page, (name, first, warm, used) in sorted(pages.items(), key=lambda it: -it[1][2]):
            print(f"{page:14}{name:12}{1000 * first:7.0f} ms{1000 * warm:11.0f} ms{1000 * used:9.0f} ms")
        used, began = processor_seconds(server.pid), time.perf_counter()
        seconds, wrong = asyncio.run(all_at_once(address))
        used, wall = processor_seconds(server.pid) - used, time.perf_counter() - began
        many = sum(count for *_, count in VISITORS)
        print(f"\n{many} sessions at once, {len(seconds)} steps in {wall:.0f} s, errors {len(wrong)}")
        median, last, slowest = (1000 * it for it in (statistics.median(seconds), p95(seconds), max(seconds)))
        print(f"median {median:.0f} ms, P95 {last:.0f} ms, slowest {slowest:.0f} ms")
        print(f"processor {1000 * used / len(seconds):.0f} ms a step, {used / wall:.2f} cores", *wrong, sep="\n")
    finally:
        server.terminate()
        server.wait(timeout=20)


def main() -> None:
    """On the store that is named, copied so that it stays as it is, or on a demo made for this."""
    given = [Path(it) for it in sys.argv[1:] if not it.startswith("--")]
    with tempfile.TemporaryDirectory() as place:
        home = Path(place) / "home"
        if given:
            shutil.copytree(given[0], home)
        else:
            subprocess.run(
                [sys.executable, "-m", "kpi_app", "demo", "--no-serve"],
                cwd=ROOT, env={**os.environ, "KPI_HOME": str(home)}, stdout=subprocess.DEVNULL, check=True,
            )  # fmt: skip
        measure(home)


if __name__ == "__main__":
    main()

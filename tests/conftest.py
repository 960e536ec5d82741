"""CI runs everything: there a skipped test is a failure. ``KPI_SOAK=1`` runs ten times the generated cases.

What is dear and only read is made once for all processes of a run. The longest files come first, so that none is left
for the end, when the other processes have nothing more to do.

In CI the cases of hypothesis are the same from run to run; the soak draws new ones. ``KPI_SOAK_CASES`` makes the soak
shorter or longer than its 1,000 times.
"""

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import hypothesis
import pytest
from argon2 import PasswordHasher

from kpi_app import access, demo
from kpi_app.settings import Settings
from kpi_app.store import database
from kpi_app.store.accounts import users
from kpi_app.store.rows import imports
from tests.store.office import reading_here

AS_OF = date(2026, 11, 20)
LONGEST = (
    "web/test_rights_matrix.py",
    "month_end/test_three_ways.py",
    "month_end/test_moved.py",
    "browser/test_every_page.py",
    "browser/test_main_paths.py",
    "browser/test_own_words.py",
    "browser/test_addresses.py",
    "browser/test_pages.py",
    "browser/test_naughty.py",
    "month_end/test_state_machine.py",
    "month_end/test_every_fen.py",
    "metrics/test_demo_recounted.py",
    "metrics/test_measure_recounted.py",
)
"""The longest files of tests, in the order they are begun: first what makes the stores that others wait for."""

hypothesis.settings.register_profile(
    "ci",
    max_examples=100,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.register_profile(
    "soak",
    hypothesis.settings.get_profile("ci"),
    max_examples=int(os.environ.get("KPI_SOAK_CASES", "1000")),
    derandomize=False,
    print_blob=True,
)
hypothesis.settings.load_profile("soak" if os.environ.get("KPI_SOAK") else "ci")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    place = {here / name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path, len(place)))


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Hashing that takes a millisecond instead of fifty; what is hashed says so itself, and is verified by it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(users, "_hasher", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
        users._hash_of_nothing.cache_clear()
        yield
    users._hash_of_nothing.cache_clear()


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """A folder for all processes of this run: the first that asks makes it while the others wait."""
    own = factory.getbasetemp()
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / name
    ready = folder.with_suffix(".ready")
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not ready.exists():
            make(folder)
            ready.touch()
    return folder


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo group as of 2026-11-20; copy it before anything is written."""
    return made_once(
        tmp_path_factory, "demo", lambda home: demo.prepare(Settings(home=home, as_of=AS_OF), say=lambda text: None)
    )


@pytest.fixture(scope="session")
def imported_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home into which the files of the demo group were imported and no more; copy it before anything is written.
    The files are in its folder ``files``."""

    def make(home: Path) -> None:
        db = database.create(Settings(home=home, as_of=AS_OF))
        files = demo.write_files(home / "files", as_of=AS_OF)
        incoming = [imports.Incoming(name=file.name, data=file.read_bytes()) for file in files]
        with reading_here():
            reports = imports.run(db, access.CONSOLE, incoming, on_error="skip")
        for report in reports:
            assert report.accepted + report.refused + report.ignored == report.rows, report.file
        db.close()

    return made_once(tmp_path_factory, "imported", make)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The URL of a PostgreSQL server of our own, without the database's name."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda it: int(it.parent.name))
    on_path = shutil.which("initdb")
    if not (found or on_path):
        pytest.skip("no PostgreSQL server here: apt-get install postgresql")
    programs = found[-1] if found else Path(str(on_path)).resolve().parent
    with tempfile.TemporaryDirectory(prefix="kpi-pg-") as folder:
        as_somebody: list[str] = []
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            shutil.chown(folder, "nobody")
            as_somebody = ["setpriv", "--reuid=nobody", "--clear-groups"]
        run = lambda *args: subprocess.run([*as_somebody, *args], check=True, capture_output=True, cwd=folder)  # noqa: E731
        run(programs / "initdb", "-D", f"{folder}/data", "-U", "kpi", "-A", "trust", "-E", "UTF8", "--no-sync")
        options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
        server = (programs / "pg_ctl", "-D", f"{folder}/data", "-w")
        run(*server, "-o", options, "-l", f"{folder}/log", "start")
        try:
            yield f"postgresql+psycopg://kpi@/{{name}}?host={folder}"
        finally:
            run(*server, "-m", "immediate", "stop")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for report in terminalreporter.stats.get("skipped", []):
        terminalreporter.write_line(f"NOT RUN HERE: {report.nodeid}: {report.longrepr[-1]}", yellow=True, bold=True)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if not os.environ.get("KPI_TESTS_MUST_NOT_SKIP"):
        return
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED

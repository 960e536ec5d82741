"""CI runs everything: there a skipped test is a failure. ``KPI_SOAK=1`` runs ten times the generated cases.

In CI the cases of hypothesis are the same from run to run; the soak draws new ones. ``KPI_SOAK_CASES`` makes the soak
shorter or longer than its 1,000 times.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import hypothesis
import pytest

from kpi_app import demo
from kpi_app.settings import Settings

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


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo group as of 2026-11-20, made once for all tests; copy it before anything is written."""
    home = tmp_path_factory.mktemp("demo") / "home"
    demo.prepare(Settings(home=home, as_of=date(2026, 11, 20)), say=lambda text: None)
    return home


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

"""CI runs everything: there a skipped test is a failure. ``KPI_SOAK=1`` runs ten times the generated cases.

In CI the cases of hypothesis are the same from run to run; the soak draws new ones.
"""

import os
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
    "soak", hypothesis.settings.get_profile("ci"), max_examples=1_000, derandomize=False, print_blob=True
)
hypothesis.settings.load_profile("soak" if os.environ.get("KPI_SOAK") else "ci")


@pytest.fixture(scope="session")
def demo_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo group as of 2026-11-20, made once for all tests; copy it before anything is written."""
    home = tmp_path_factory.mktemp("demo") / "home"
    demo.prepare(Settings(home=home, as_of=date(2026, 11, 20)), say=lambda text: None)
    return home


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

"""CI runs everything: there a skipped test is a failure. ``KPI_SOAK=1`` runs ten times the generated cases.

In CI the cases of hypothesis are the same from run to run; the soak draws new ones.
"""

import os

import hypothesis
import pytest

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

"""Every command says what it does and shows an example."""

from pathlib import Path

import pytest
import typer

from kpi_app import reference
from kpi_app.cli import frame

ROOT = Path(__file__).resolve().parents[2]


def leaves(command: object, path: str = "kpi") -> list[tuple[str, str]]:
    children = getattr(command, "commands", None)
    if children is None:
        return [(path, getattr(command, "help", None) or "")]
    return [leaf for name, child in children.items() for leaf in leaves(child, f"{path} {name}")]


COMMANDS = leaves(typer.main.get_command(frame.kpi))


@pytest.mark.parametrize(("path", "help_text"), COMMANDS, ids=[path for path, _ in COMMANDS])
def test_every_command_has_help_with_an_example(path: str, help_text: str) -> None:
    assert "Example: kpi " in help_text
    assert path.split()[1] in help_text.split("Example:")[1]


def test_global_options_may_stand_anywhere() -> None:
    assert frame.globals_first(["month", "status", "2026-10", "--user", "hr", "--as-of=2026-11-01"]) == [
        "--user", "hr", "--as-of=2026-11-01", "month", "status", "2026-10",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["contracts.md", "metrics.md", "commands.md", "settings.md", "plans.md", "plan-f1.md"])
def test_the_reference_is_what_the_code_says(name: str) -> None:
    written = ROOT / "docs" / "reference" / name
    assert written.read_text(encoding="utf-8") == reference.pages()[name]

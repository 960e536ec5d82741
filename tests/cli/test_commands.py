"""Every command says what it does and shows an example."""

from datetime import date
from pathlib import Path

import pytest
import typer

from data_contracts.contract import Problem
from kpi_app import reference
from kpi_app.cli import frame, language_of, main
from kpi_app.cli.figures import level_of
from kpi_app.cli.month import fen, plan_text
from kpi_app.cli.outlook import months_in
from kpi_app.settings import Settings

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


@pytest.mark.parametrize(("text", "expected"), [("150.50", 15_050), ("-0.01", -1), ("80", 8_000)])
def test_an_amount_is_read_to_the_fen(text: str, expected: int) -> None:
    assert fen(text) == expected


@pytest.mark.parametrize("text", ["150.505", "abc", "", "NaN", "Infinity"])
def test_what_is_no_amount_is_answered_with_what_to_write(text: str) -> None:
    with pytest.raises(Problem, match=r"至多两位小数，例如 150.50"):
        fen(text)


def test_a_day_that_is_none_is_answered_with_what_to_write() -> None:
    assert frame.day_of("2026-11-06") == date(2026, 11, 6)
    with pytest.raises(Problem, match="请写成 2026-11-06"):
        frame.day_of("2026-11-31")


def test_a_level_that_is_none_is_answered_with_those_there_are() -> None:
    assert level_of("team") == "team"
    with pytest.raises(Problem, match="可选 person、team、department、store、region、group"):
        level_of("squad")


def test_a_file_that_is_no_text_is_a_sentence(tmp_path: Path) -> None:
    plan = tmp_path / "plan.toml"
    plan.write_bytes("名称".encode("gb18030"))
    with pytest.raises(Problem, match=r"读不了文件 .*plan\.toml"):
        plan_text(plan)


def test_a_wrong_setting_is_a_sentence(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("KPI_PROXY_USER_HEADER", "X-Forwarded-User")
    monkeypatch.setattr("sys.argv", ["kpi", "user", "list"])
    with pytest.raises(SystemExit, match="1"):
        main()
    said = capsys.readouterr().err
    assert said.startswith("设置有误：KPI_PROXY_USER_HEADER needs KPI_PROXY_SECRET")
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("args", "language"),
    [(["--lang", "en", "docs"], "en"), (["--lang=en", "docs"], "en"), (["docs"], "zh"), (["docs", "--lang"], "")],
)
def test_a_problem_is_said_in_the_language_asked_for(args: list[str], language: str) -> None:
    assert language_of(args) == language


@pytest.mark.parametrize(
    ("text", "expected"),
    [("2026-09", ["2026-09"]), ("2026-11..2027-01", ["2026-11", "2026-12", "2027-01"])],
)
def test_months_are_named_one_by_one_or_as_a_range(text: str, expected: list[str]) -> None:
    run = frame.Run(settings=Settings(), user=None, lang="zh")
    assert [month.label for month in months_in(run, text)] == expected


@pytest.mark.parametrize("text", ["2026-10..2026-09", "2026Q3", "2026Q1..2026Q2", "2026-10..", "x"])
def test_what_is_no_range_of_months_is_answered_with_what_to_write(text: str) -> None:
    with pytest.raises(Problem, match="2026-10"):
        months_in(frame.Run(settings=Settings(), user=None, lang="zh"), text)


@pytest.mark.parametrize("text", ["[bold]粗[/bold] [/]", "[link=http://example.invalid]点[/link]", ":smile: 100"])
def test_what_somebody_typed_is_said_as_it_stands(text: str) -> None:
    with frame.said.capture() as heard:
        frame.said.print(text)
        frame.said.print(text, style="yellow")
    assert heard.get() == f"{text}\n{text}\n"

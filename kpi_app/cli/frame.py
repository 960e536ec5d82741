"""What every command shares: who runs it and when, how it prints, how it says what went wrong."""

import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from data_contracts.cells import SHOWN_CONTROLS
from data_contracts.contract import Problem, Text
from kpi_app import access
from kpi_app.settings import Settings
from kpi_app.store.accounts import users
from kpi_app.store.database import Database, connect


class Format(StrEnum):
    """How a command answers: a table for people, JSON for programs."""

    table = "table"
    json = "json"


FormatOption = Annotated[Format, typer.Option("--format", help="table for people, json for programs")]
GLOBAL_OPTIONS = ("--user", "--as-of", "--lang")

kpi = typer.Typer(
    name="kpi",
    help="车店绩效台: from the raw export to the payroll sheet.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
AS_TEXT: Mapping[str, Any] = {"markup": False, "emoji": False, "highlight": False}
"""Options of a console on which what somebody typed is text: no colour, no sign, no link."""
said = Console(stderr=True, **AS_TEXT)


@dataclass
class Run:
    """One run of the command: the settings, who runs it, and on which day."""

    settings: Settings
    user: str | None
    lang: str

    @cached_property
    def db(self) -> Database:
        """The store; a Problem says how to make one where there is none."""
        return connect(self.settings)

    @cached_property
    def who(self) -> access.Identity:
        """The named user, once the password is right; the console's operator where none is named."""
        if self.user is None:
            return access.CONSOLE
        return users.sign_in(self.db, self.user, password_of(self.user))

    @property
    def as_of(self) -> date:
        """The day that is taken as today."""
        return self.settings.today()

    def text(self, text: Text) -> str:
        """The sentence in the language asked for."""
        return text.said(self.lang)


def password_of(user: str) -> str:
    """``KPI_PASSWORD`` or a prompt."""
    return os.environ.get("KPI_PASSWORD") or typer.prompt(f"Password of {user}", hide_input=True, err=True)


@kpi.callback()
def start(
    ctx: typer.Context,
    user: Annotated[
        str | None, typer.Option(help="who runs this; the password comes from KPI_PASSWORD or a prompt")
    ] = None,
    as_of: Annotated[str | None, typer.Option(help="take this day as today, YYYY-MM-DD")] = None,
    lang: Annotated[str | None, typer.Option(help="zh or en")] = None,
) -> None:
    """车店绩效台: from the raw export to the payroll sheet."""
    given: dict[str, Any] = {"as_of": as_of} if as_of else {}
    settings = Settings(**given)
    ctx.obj = Run(settings=settings, user=user, lang=lang or settings.language)


def globals_first(args: Sequence[str]) -> list[str]:
    """The arguments with the global options moved to the front, wherever they stood."""
    moved: list[str] = []
    kept: list[str] = []
    rest = iter(args)
    for arg in rest:
        if arg == "--":
            kept += [arg, *rest]
        elif arg in GLOBAL_OPTIONS:
            moved += [arg, *([value] if (value := next(rest, None)) is not None else [])]
        elif arg.startswith(tuple(f"{option}=" for option in GLOBAL_OPTIONS)):
            moved.append(arg)
        else:
            kept.append(arg)
    return moved + kept


def text_of(file: Path) -> str:
    """A file's text. Raises Problem where there is none."""
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as wrong:
        raise Problem(f"读不了文件 {file}：{wrong}。", f"Cannot read {file}: {wrong}.") from None


def day_of(text: str) -> date:
    """A day as YYYY-MM-DD; a Problem for anything else."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Problem(f"{text} 不是日期；请写成 2026-11-06。", f"{text} is no day; write 2026-11-06.") from None


def put(rows: Sequence[Mapping[str, Any]], output: Format, columns: Iterable[str] | None = None) -> None:
    """Write the rows as they were asked for; a table shows ``columns`` alone."""
    put_json(rows) if output is Format.json else put_table(rows, columns)


def put_json(value: object) -> None:
    """Write one JSON document to standard output."""
    json.dump(value, sys.stdout, ensure_ascii=False, indent=2, default=str)
    sys.stdout.write("\n")


def put_table(rows: Sequence[Mapping[str, Any]], columns: Iterable[str] | None = None) -> None:
    """Write a table of those fields, by default of all that the rows have; numbers stand right."""
    fields = list(columns) if columns is not None else list(dict.fromkeys(name for row in rows for name in row))
    table = Table(show_edge=False, header_style="bold")
    for field in fields:
        is_number = all(isinstance(row.get(field), int | float | None) for row in rows)
        table.add_column(field, justify="right" if is_number and rows else "left", overflow="fold")
    for row in rows:
        table.add_row(*(cell(row.get(field)) for field in fields))
    Console(width=None if sys.stdout.isatty() else 160, **AS_TEXT).print(table)


def cell(value: Any) -> str:
    """A value as a table shows it; nothing is an em dash."""
    if value is None:
        return "—"
    if isinstance(value, bool):
        return "√" if value else "×"
    if isinstance(value, float):
        return f"{value:.4f}"
    return shown(str(value))


def shown(text: str) -> str:
    """Text for a terminal, which control characters would steer: their pictures stand for them."""
    return text.translate(SHOWN_CONTROLS)

"""The reference pages, written from the code: contracts, metrics, commands, settings."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import typer

from data_contracts.catalogue import CONTRACTS
from data_contracts.contract import identifier_of
from kpi_app.settings import Settings
from metrics.catalogue import METRICS


def pages() -> dict[str, str]:
    """File name → Markdown, for every reference page."""
    return {
        "contracts.md": "\n".join(_contracts()),
        "metrics.md": "\n".join(_metrics()),
        "commands.md": "\n".join(_commands()),
        "settings.md": "\n".join(_settings()),
    }


def write(folder: Path) -> list[Path]:
    """Write the pages into ``folder`` and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")
    return sorted(folder / name for name in pages())


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(headings)} |"
    yield f"|{'---|' * len(headings)}"
    for row in rows:
        cells = (cell.replace("|", "\\|").replace("\n", " ") for cell in row)
        yield f"| {' | '.join(cells)} |"
    yield ""


def _contracts() -> Iterator[str]:
    yield "# Contracts\n"
    yield "Required columns carry an asterisk; a heading may be the Chinese one, the identifier or an alias.\n"
    for contract in CONTRACTS.values():
        yield f"## {contract.title.zh} `{contract.name}`\n"
        yield f"{(contract.schema.__doc__ or '').strip()}\n"
        dated = f", placed in its month by `{contract.dated_by}`" if contract.dated_by else ""
        yield f"Key: {', '.join(f'`{name}`' for name in contract.key)}{dated}.\n"
        rows = [
            (
                f"`{identifier_of(column, cell)}`{' *' if cell.required else ''}",
                cell.heading.zh,
                cell.kind,
                " ".join(cell.also),
                " ".join(cell.codes),
            )
            for column, cell in contract.cells.items()
        ]
        yield from _table(("identifier", "heading", "kind", "also", "codes"), rows)


def _metrics() -> Iterator[str]:
    yield "# Metrics\n"
    for metric in METRICS.values():
        yield f"## {metric.label.zh} `{metric.key}`\n"
        yield f"{metric.label.en}. {metric.meaning.en}\n"
        yield f"{metric.meaning.zh}\n"
        rows = [
            ("shown beside the name", metric.description.zh),
            ("better", str(metric.better)),
            ("unit, decimals", f"{metric.unit}, {metric.decimals}"),
            ("settles after", f"{metric.settles_after} days"),
            ("roles", ", ".join(metric.roles)),
            ("source", metric.source),
        ]
        yield from _table(("", ""), rows)


def _commands() -> Iterator[str]:
    from kpi_app.cli import frame

    yield "# Commands\n"
    yield "Global options, anywhere on the line: `--user NAME`, `--as-of DATE`, `--lang zh|en`.\n"
    yield from _command(typer.main.get_command(frame.kpi), "kpi")


def _command(command: object, path: str) -> Iterator[str]:
    children = getattr(command, "commands", None)
    if children is None:
        yield f"## `{path}`\n"
        yield f"{getattr(command, 'help', '')}\n"
        return
    for name, child in children.items():
        yield from _command(child, f"{path} {name}")


def _settings() -> Iterator[str]:
    yield "# Settings\n"
    yield "Read once from the environment.\n"
    rows = [
        (f"`KPI_{name.upper()}`", str(field.default), field.description or "")
        for name, field in Settings.model_fields.items()
    ]
    yield from _table(("variable", "default", "meaning"), rows)

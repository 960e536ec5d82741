"""Files in, raw rows out: each file is opened in a limited process of its own, then its contracts are recognised."""

import hashlib
import os
import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import polars as pl

from data_contracts.catalogue import CONTRACTS
from data_contracts.contract import Contract, Problem, Text
from data_contracts.headings import HEADING_ROWS, Match, NoMatch, recognise, table
from kpi_app import limited
from kpi_app.intake.templates import GUIDE_SHEET


class Incoming(NamedTuple):
    """A file as it came: its name and its bytes."""

    name: str
    data: bytes


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What reading one file may cost."""

    memory_mb: int = 1024
    seconds: int = 60
    file_mb: int = 100
    inflated_mb: int = 600
    entries: int = 5_000
    cells: int = 20_000_000


@dataclass(frozen=True, kw_only=True)
class SheetRows:
    """All cells of one sheet as text, from its first row: String columns "0", "1", …; null where blank.

    ``name`` is null for a text file, whose ``widths`` are the cells of each row; a workbook has none.
    """

    name: str | None
    cells: pl.DataFrame
    widths: Sequence[int] | None
    is_hidden: bool = False

    def filled(self, first: int = 0) -> int:
        """How many rows from index ``first`` on are not blank."""
        if not self.cells.width:
            return 0
        return self.cells.slice(first).filter(pl.any_horizontal(pl.all().str.strip_chars() != "")).height


@dataclass(frozen=True, kw_only=True)
class Unread:
    """A sheet of a workbook that was left out: its rows that are not blank, and why."""

    sheet: str | None
    rows: int
    reason: Text


@dataclass(frozen=True, kw_only=True)
class Table:
    """The rows of one contract in one file, ready for ``data_contracts.check.check``.

    ``headings`` gives the office's words by sheet and column, ``unknown`` the headings that no column answers to.
    """

    contract: Contract
    raw: pl.DataFrame
    headings: Mapping[str | None, Mapping[str, str]]
    unknown: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Recognised:
    """What one file holds. With ``errors`` nothing of it may be imported, ``tables`` is empty, ``rows`` are those that
    were present below the headings and ``contract`` is what the file plainly meant to be."""

    name: str
    size: int
    sha256: str
    tables: list[Table] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    errors: list[Text] = field(default_factory=list)
    rows: int = 0
    contract: Contract | None = None


def read(file: Incoming, limits: Limits | None = None) -> list[SheetRows]:
    """Open one file in a child process. Raises Problem, whatever goes wrong in there."""
    limits = limits or Limits()
    if len(file.data) > limits.file_mb << 20:
        raise Problem(
            f"文件“{file.name}”超过 {limits.file_mb} MB；请按月拆分后分别导入",
            f'file "{file.name}" is larger than {limits.file_mb} MB; split it by month and import the parts',
        )
    bounds = [limits.memory_mb << 20, limits.seconds, limits.inflated_mb << 20, limits.entries, limits.cells]
    try:
        answer = _ask(bounds, file.data, limits)
    except (subprocess.SubprocessError, ValueError) as error:
        raise Problem(
            f"文件“{file.name}”无法读取：可能已损坏，或超出 {limits.memory_mb} MB 内存、{limits.seconds} 秒的限制；"
            "请在 Excel 中另存为 xlsx 或按月拆分后重试",
            f'file "{file.name}" could not be read: it may be damaged, or exceed {limits.memory_mb} MB of memory or '
            f"{limits.seconds} seconds; save it as xlsx in Excel, or split it by month, and try again",
        ) from error
    if "error" in answer:
        zh, en = answer["error"]
        raise Problem(f"文件“{file.name}”{zh}", f'file "{file.name}" {en}')
    return [_sheet(told) for told in answer["sheets"]]


def _ask(bounds: Sequence[int], data: bytes, limits: Limits) -> dict[str, Any]:
    return limited.ask("kpi_app.intake.child", bounds, data, seconds=limits.seconds)


def _sheet(told: Mapping[str, Any]) -> SheetRows:
    columns = {str(index): values for index, values in enumerate(told["columns"])}
    cells = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
    return SheetRows(name=told["name"], cells=cells, widths=told["widths"], is_hidden=told["is_hidden"])


def recognised(
    files: Sequence[Incoming], *, contract: str | None = None, limits: Limits | None = None
) -> list[Recognised]:
    """What each file holds, in the order given.

    Args:
        files: names and bytes.
        contract: the contract's name where the office says it (``--as``); recognised from the headings otherwise.
        limits: what one file may cost.

    Raises KeyError for an unknown contract.
    """
    wanted = [CONTRACTS[contract]] if contract is not None else list(CONTRACTS.values())
    with ThreadPoolExecutor(max_workers=max(1, min(len(files), os.cpu_count() or 1))) as pool:
        return list(pool.map(lambda file: _recognised(file, wanted, limits), files))


def _recognised(file: Incoming, wanted: Sequence[Contract], limits: Limits | None) -> Recognised:
    found = Recognised(name=file.name, size=len(file.data), sha256=hashlib.sha256(file.data).hexdigest())
    try:
        sheets = read(file, limits)
    except Problem as problem:
        found.errors.append(problem.text)
        return found
    taken: list[tuple[Match, str | None, pl.DataFrame]] = []
    failed: list[tuple[SheetRows, NoMatch]] = []
    for sheet in sheets:
        if sheet.name == GUIDE_SHEET:
            continue  # the guide of our own template holds examples, never rows
        if sheet.is_hidden:
            reason = Text("隐藏的工作表不导入", "hidden sheets are not imported")
            found.unread.append(Unread(sheet=sheet.name, rows=sheet.filled(), reason=reason))
            continue
        match = recognise(sheet.cells.head(HEADING_ROWS + 1).rows(), wanted, hints=f"{file.name} {sheet.name or ''}")
        raw = table(sheet.cells, match, sheet=sheet.name, widths=sheet.widths) if isinstance(match, Match) else match
        if isinstance(match, Match) and isinstance(raw, pl.DataFrame):
            taken.append((match, sheet.name, raw))
        elif isinstance(raw, NoMatch):
            failed.append((sheet, raw))
    _judge(found, taken, failed)
    if found.errors:
        meant = [match.contract for match, _, _ in taken] + [miss.contract for _, miss in failed if miss.contract]
        return replace(
            found,
            rows=sum(raw.height for _, _, raw in taken) + sum(sheet.filled(miss.first) for sheet, miss in failed),
            contract=meant[0] if meant else None,
        )
    found.tables.extend(_tables(taken))
    return found


def _judge(
    found: Recognised,
    taken: Sequence[tuple[Match, str | None, pl.DataFrame]],
    failed: Sequence[tuple[SheetRows, NoMatch]],
) -> None:
    """A sheet that means to be what another sheet of the file is, or a file of which nothing is recognised, refuses
    the file; any other sheet is left out and named."""
    meant = {match.contract.name for match, _, _ in taken}
    for sheet, miss in failed:
        if meant and (miss.contract is None or miss.contract.name not in meant):
            if sheet.filled():
                found.unread.append(Unread(sheet=sheet.name, rows=sheet.filled(), reason=miss.reason))
            continue
        if not meant and miss.contract is None and any(other.contract is not None for _, other in failed):
            continue  # the sheet that comes close says more
        place_zh = f"工作表“{sheet.name}”" if sheet.name else ""
        place_en = f', sheet "{sheet.name}"' if sheet.name else ""
        found.errors.append(
            Text(
                f"文件“{found.name}”{place_zh}{miss.sentence.zh}", f'file "{found.name}"{place_en}: {miss.sentence.en}'
            )
        )
    if not taken and not found.errors:
        found.errors.append(Text(f"文件“{found.name}”里没有数据", f'there is nothing to import in file "{found.name}"'))


def _tables(taken: Sequence[tuple[Match, str | None, pl.DataFrame]]) -> list[Table]:
    names = dict.fromkeys(match.contract.name for match, _, _ in taken)
    tables = []
    for name in names:
        parts = [part for part in taken if part[0].contract.name == name]
        tables.append(
            Table(
                contract=parts[0][0].contract,
                raw=pl.concat([raw for _, _, raw in parts], how="diagonal"),
                headings={sheet: match.headings for match, sheet, _ in parts},
                unknown=list(dict.fromkeys(heading for match, _, _ in parts for heading in match.unknown)),
            )
        )
    return tables

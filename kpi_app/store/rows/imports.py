"""Files become facts: one call is one import is one transaction.

Each file is read and recognised in a limited process, checked, and merged by key into the months it touches. With
``on_error="refuse"`` a file with a bad row is refused whole while the good files of the same call go in; its report
says so. Reading and merging happen before the transaction; if another import got in between, merging is done again
on what that one left.
"""

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from dataclasses import replace as with_
from datetime import datetime
from typing import Any, Literal, NamedTuple

import polars as pl
import sqlalchemy as sa

from data_contracts.catalogue import CONTRACTS
from data_contracts.check import Checked, Headings, Known, Refusal, check
from data_contracts.contract import Contract, Problem, Text
from kpi_app import access
from kpi_app.access import Right
from kpi_app.intake.read import Incoming, Limits, recognised
from kpi_app.store import tables
from kpi_app.store.database import Database
from kpi_app.store.rows import contacts, facts, lateness, ledger, reach
from kpi_app.store.rows.facts import Shard
from kpi_app.store.rows.ledger import listing, show, undo
from kpi_app.store.rows.merging import Merged, Months
from kpi_app.store.rows.reports import Error, FileReport

__all__ = ["FileReport", "Incoming", "entered", "listing", "run", "show", "undo"]

OnError = Literal["refuse", "skip"]
Progress = Callable[[float, Text], None]
ENTERED = "车店绩效台"
"""The file that rows made inside the product come from."""

READING = 0.5
"""The share of an import's time that goes into reading files, roughly."""

FIRST_ROWS = 5

ATTEMPTS = 3
"""So often an import is merged while others may write; after that it is done with everybody else kept out."""


class Table(NamedTuple):
    """The rows of one contract in one file, as raw text; ``position`` is the place of its report in the list."""

    position: int
    contract: Contract
    raw: pl.DataFrame
    headings: Headings


@dataclass(kw_only=True)
class Ground:
    """What an import stands on: the newest import before it, the files that make up the facts then, closed months."""

    base: int
    shards: Sequence[Shard]
    newest: Mapping[tuple[int, str], datetime]
    closed: lateness.Closed


def run(
    db: Database,
    who: access.Identity,
    files: Sequence[Incoming],
    *,
    contract: str | None = None,
    dry_run: bool = False,
    on_error: OnError = "refuse",
    replace: bool = False,
    progress: Progress = lambda share, text: None,
) -> list[FileReport]:
    """Take in files, in the order that their contracts need. One report per file and contract, in the order given.

    Args:
        contract: take every file as this contract instead of recognising it.
        dry_run: check and report, change nothing.
        on_error: refuse a file with a bad row, or skip the row.
        replace: a file is everything there is of its stores and months; what it does not hold leaves.
        progress: told the share done and what is being done.

    Raises Forbidden without the right to import, Problem for an unknown contract and a name that is no text.
    """
    access.require(who, Right.IMPORT)
    if contract is not None and contract not in CONTRACTS:
        raise Problem(f"没有名为 {contract} 的数据表；kpi contracts 列出全部。", f"There is no contract {contract}.")
    for file in files:
        tables.require_text(file.name)
    progress(0.0, Text("读取文件", "reading files"))
    read, blank = _read(db, files, contract)
    for table in read:
        if table.contract.is_confidential and not access.may(who, Right.CONFIDENTIAL):
            blank[table.position].rows = table.raw.height
            blank[table.position].refuse(NOT_HR)

    def plan(ground: Ground) -> ledger.Plan:
        made = ledger.Plan(base=ground.base, reports=deepcopy(blank))
        allowed = [table for table in read if not made.reports[table.position].is_refused]
        _merge(db, who, ground, made, allowed, on_error=on_error, replace=replace, dry_run=dry_run, progress=progress)
        return made

    if dry_run:
        with db.read() as conn:
            ground = _ground(db, conn)
        return plan(ground).reports
    made = _commit(db, who, plan)
    facts.collect(db)
    progress(1.0, Text("完成", "done"))
    return made.reports


def entered(
    db: Database, conn: sa.Connection, who: access.Identity, contract: Contract, rows: Sequence[Mapping[str, Any]]
) -> int:
    """Take in rows made inside the product, such as rulings, in the caller's transaction; the import's number.

    ``rows`` map every column of the contract to its typed value. A row the contract refuses raises: whoever made it
    should have asked first. What somebody typed is text, here as in the database.
    """
    for value in (value for row in rows for value in row.values() if isinstance(value, str)):
        tables.require_text(value)
    typed = contract.schema.validate(pl.DataFrame(list(rows), schema=contract.schema.create_empty().schema))
    made = ledger.Plan(
        base=facts.head(conn),
        reports=[FileReport(file=ENTERED, contract=contract.name, rows=typed.height, accepted=typed.height)],
    )
    placed = typed.with_columns(pl.lit(None, pl.String).alias("_sheet"), pl.int_range(1, pl.len() + 1).alias("_row"))
    months = Months(db.home, contract, facts.at(conn, contracts=[contract.name]))
    months.merge(_as_facts(placed, contract, made.import_id, ENTERED))
    made.shards[contract.name] = months.keep()
    ledger.record(db, conn, who, "entered", made)
    return made.import_id


HAS_BAD_ROWS = Text(
    "有不合格的行，整个文件未导入；改正后重新导入，或选“跳过错行”（命令行 --on-error skip）",
    "has bad rows, so nothing of it was imported; correct them and import again, or skip bad rows (--on-error skip)",
)
NOT_WHOLE = Text(
    "有不合格的行，不能作为整表替换，整个文件未导入；请改正后重新导入",
    "has bad rows and cannot stand for everything there is, so nothing of it was imported; correct them first",
)
OUT_OF_REACH = Text("这一行不属于您管理范围内的门店或人员", "this row is of no store or person in your scope")
WITHIN_REACH = Text(
    "请删去这一行，或由集团人事或管理员导入", "leave it out, or have group HR or an administrator import it"
)
ALL_OUT_OF_REACH = Error(
    reason=Text("整表替换会移除您管理范围以外的行", "as a full extract it would remove rows outside your scope"),
    remedy=Text("请不用整表替换，或由集团人事或管理员导入", "import it without replacing, or have group HR import it"),
)
CORRECT_THE_FILE = Text("请改正文件后重新导入", "correct the file and import it again")
NOT_HR = Error(
    reason=Text("薪资数据只能由人事导入", "pay data can be imported by HR only"),
    remedy=Text("请由人事账号导入，整个文件未导入", "have HR import it; nothing of the file was imported"),
)


def _read(db: Database, files: Sequence[Incoming], contract: str | None) -> tuple[list[Table], list[FileReport]]:
    """The tables in the files, and a report for each of them and for each file that has none."""
    limits = Limits(memory_mb=db.settings.parse_memory_mb, seconds=db.settings.parse_seconds)
    read: list[Table] = []
    blank: list[FileReport] = []
    for found in recognised(files, contract=contract, limits=limits):
        left_out = [
            Text(
                f"工作表“{sheet.sheet}”的 {sheet.rows} 行没有读取：{sheet.reason.zh}",
                f'the {sheet.rows} rows of sheet "{sheet.sheet}" were not read: {sheet.reason.en}',
            )
            for sheet in found.unread
        ]
        for table in found.tables:
            read.append(Table(len(blank), table.contract, table.raw, table.headings))
            blank.append(
                FileReport(file=found.name, bytes=found.size, sha256=found.sha256, contract=table.contract.name)
            )
            blank[-1].notes += left_out
            if table.unknown:
                unused = "、".join(table.unknown)
                blank[-1].notes.append(Text(f"没有用到的列：{unused}", f"columns not used: {unused}"))
        if not found.tables:
            meant = found.contract.name if found.contract else None
            blank.append(
                FileReport(
                    file=found.name,
                    bytes=found.size,
                    sha256=found.sha256,
                    contract=meant,
                    rows=found.rows,
                    notes=left_out,
                )
            )
            blank[-1].refuse(*(Error(reason=error, remedy=CORRECT_THE_FILE) for error in found.errors))
    return read, blank


def _merge(
    db: Database,
    who: access.Identity,
    ground: Ground,
    made: ledger.Plan,
    read: Sequence[Table],
    *,
    on_error: OnError,
    replace: bool,
    dry_run: bool,
    progress: Progress,
) -> None:
    """Check every table and merge what is accepted, contract by contract in the catalogue's order."""
    months = {
        name: Months(db.home, contract, [shard for shard in ground.shards if shard.contract == name])
        for name, contract in CONTRACTS.items()
    }
    newest = dict(ground.newest)
    for position, contract in enumerate(CONTRACTS.values()):
        of_contract = [table for table in read if table.contract is contract]
        if not of_contract:
            continue
        progress(READING + (1 - READING) * position / len(CONTRACTS), contract.title)
        accepted: list[tuple[FileReport, pl.DataFrame]] = []
        for table, found in _checked(db, of_contract, months):
            checked = _within_reach(db, who, table, found, months)
            report = made.reports[table.position]
            report.import_id = None if dry_run else made.import_id
            report.rows, report.ignored, report.refused = checked.rows, checked.ignored, checked.refused
            report.errors += [Error(**vars(refusal)) for refusal in checked.refusals]
            if checked.refusals and (replace or on_error == "refuse"):
                report.refuse()
                report.notes.append(HAS_BAD_ROWS if on_error == "refuse" else NOT_WHOLE)
                continue
            new = _as_facts(checked.accepted, contract, made.import_id, report.file)
            if replace and _takes_from_others(db, who, contract, new, months):
                report.refuse(ALL_OUT_OF_REACH)
                continue
            report.accepted = checked.accepted.height
            report.first_rows = _first_rows(checked.accepted, contract) if dry_run else None
            if contract.dated_by is not None:
                report.newest = new.select(
                    pl.col(contract.dated_by if _is_moment(contract) else "day").max().cast(pl.Datetime("us"))
                ).item()
            made.contacts += contacts.of(checked.accepted, contract, db.key)
            accepted.append((report, new))
        # The older file first, whatever order they were given in, so that the newer one's rows stay.
        for report, new in sorted(accepted, key=lambda pair: str(pair[0].newest or "")):
            merged = months[contract.name].merge(new, replace=replace)
            report.unchanged = merged.unchanged
            report.notes += _remarks(report, merged, newest)
            late = lateness.remark(merged.moved, contract, ground.closed, db.settings.month_starts_on)
            report.notes += [late] if late else []
            if report.newest is not None:
                newest[made.import_id, report.file] = report.newest
        if not dry_run:
            made.shards[contract.name] = months[contract.name].keep()


def _first_rows(accepted: pl.DataFrame, contract: Contract) -> pl.DataFrame:
    """The first accepted rows under the contract's identifiers, without what is personal."""
    shown = [name for name, cell in contract.cells.items() if not cell.is_personal]
    return accepted.head(FIRST_ROWS).select(shown)


def _checked(db: Database, of_contract: Sequence[Table], months: Mapping[str, Months]) -> list[tuple[Table, Checked]]:
    """Each table checked against what is on record by now; a person may be named in another file of people."""
    contract = of_contract[0].contract
    known = Known(
        stores=_ids(months["stores"]),
        people=_ids(months["people"]),
        complaints=_ids(months["complaints"]) if contract.name == "complaint_rulings" else frozenset(),
        codes={
            "department": dict.fromkeys(db.settings.departments, ()),
            "role": {code: (name,) for code, name in db.settings.extra_roles.items()},
        },
    )
    while True:
        checks = [(table, check(table.raw, contract, known, headings=table.headings)) for table in of_contract]
        if contract.name != "people" or len(of_contract) == 1:
            return checks
        whole = [checked.accepted for _, checked in checks if not checked.refusals]
        people = frozenset(known.people).union(*(rows["person_id"].to_list() for rows in whole))
        if people == known.people:
            return checks
        known = with_(known, people=people)


def _within_reach(
    db: Database, who: access.Identity, table: Table, checked: Checked, months: Mapping[str, Months]
) -> Checked:
    """What was checked, without the rows that are, or on record are, of places beyond the scopes of ``who``."""
    contract = table.contract
    if not reach.is_limited(who, contract):
        return checked
    known, today = {name: of.rows() for name, of in months.items()}, db.settings.today()
    key = contract.key
    held = known[contract.name].join(checked.accepted.lazy().select(key), on=key, how="semi").collect()
    others = held.filter(reach.outside(who, contract, held, known, today)).select(key)
    judged = (
        checked.accepted.with_columns(_is_outside=reach.outside(who, contract, checked.accepted, known, today))
        .join(others.with_columns(_is_held=True), on=key, how="left", maintain_order="left")
        .with_columns(_is_outside=pl.col("_is_outside") | pl.col("_is_held").fill_null(False))
        .drop("_is_held")
    )
    refused = judged.filter("_is_outside")
    column = reach.blamed(contract)
    refusals = [
        Refusal(
            sheet=row["_sheet"],
            row=row["_row"],
            column=table.headings.get(row["_sheet"], {}).get(column, contract.cells[column].heading.zh),
            value=str(row[column]),
            reason=OUT_OF_REACH,
            remedy=WITHIN_REACH,
        )
        for row in refused.iter_rows(named=True)
    ]
    return with_(
        checked,
        accepted=judged.filter(~pl.col("_is_outside")).drop("_is_outside"),
        refusals=sorted([*checked.refusals, *refusals], key=lambda it: (it.sheet or "", it.row)),
        refused=checked.refused + refused.height,
    )


def _takes_from_others(
    db: Database, who: access.Identity, contract: Contract, new: pl.DataFrame, months: Mapping[str, Months]
) -> bool:
    """Would a full extract remove rows beyond the scopes of ``who``?"""
    leaving = months[contract.name].leaving(new)
    known = {name: of.rows() for name, of in months.items()}
    return bool(reach.outside(who, contract, leaving, known, db.settings.today()).any())


def _ids(months: Months) -> frozenset[str]:
    return frozenset(months.rows().select(pl.col(months.contract.key[0]).unique()).collect().to_series())


def _is_moment(contract: Contract) -> bool:
    return contract.dated_by is not None and contract.cells[contract.dated_by].kind == "at"


def _as_facts(accepted: pl.DataFrame, contract: Contract, import_id: int, file: str) -> pl.DataFrame:
    """Accepted rows as facts: dated, with where they came from, without what is kept apart."""
    placed = accepted.with_columns(
        pl.lit(import_id, pl.Int64).alias("_import_id"),
        pl.lit(file, pl.String).alias("_file"),
        *([contract.day] if contract.dated_by is not None else []),
    )
    return placed.select(pl.col(name).cast(kind) for name, kind in facts.schema_of(contract).items())


def _remarks(report: FileReport, merged: Merged, newest: Mapping[tuple[int, str], datetime]) -> list[Text]:
    remarks = []
    if merged.left:
        remarks.append(
            Text(
                f"整表替换：同一门店和月份中，本文件没有的 {merged.left} 行已移除",
                f"full extract: {merged.left} rows of its stores and months that it does not hold were removed",
            )
        )
    met = [(newest[source], source[1]) for source in merged.overlapped if source in newest]
    if report.newest is not None and met and max(met)[0] > report.newest:
        last, file = max(met)
        remarks.append(
            Text(
                f"本文件的数据到 {report.newest:%Y-%m-%d}，旧于已导入的 {file}（到 {last:%Y-%m-%d}）；"
                f"重叠处有 {merged.updated} 行改成了本文件的内容，如非本意请撤销本次导入",
                f"This file ends on {report.newest:%Y-%m-%d} and is older than {file} (to {last:%Y-%m-%d}) imported "
                f"before; {merged.updated} overlapping rows now read as here: undo the import if that was not meant",
            )
        )
    return remarks


def _ground(db: Database, conn: sa.Connection) -> Ground:
    it = tables.import_files.c
    dated = sa.select(it.import_id, it.file, sa.func.max(it.newest)).where(it.newest.is_not(None))
    return Ground(
        base=facts.head(conn),
        shards=facts.at(conn),
        newest={(number, file): last for number, file, last in conn.execute(dated.group_by(it.import_id, it.file))},
        closed=lateness.closed_months(db, conn),
    )


def _commit(db: Database, who: access.Identity, plan: Callable[[Ground], ledger.Plan]) -> ledger.Plan:
    """ledger.Plan on what is there, and put it in force if nothing has been imported meanwhile; else once more."""
    for _ in range(ATTEMPTS):
        with db.read() as conn:
            ground = _ground(db, conn)
        made = plan(ground)
        with db.write() as conn:
            if facts.head(conn) == made.base:
                ledger.record(db, conn, who, "file", made)
                return made
    with db.write() as conn:
        made = plan(_ground(db, conn))
        ledger.record(db, conn, who, "file", made)
    return made

"""Commands of intake: contracts, import, imports, roster."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import Progress

from data_contracts.catalogue import CONTRACTS
from data_contracts.contract import Problem, contract_of, identifier_of
from kpi_app.cli.frame import Format, FormatOption, Run, day_of, put, put_json, put_table, said
from kpi_app.cli.month import Unit
from kpi_app.intake import templates
from kpi_app.store.accounts import roster as rosters
from kpi_app.store.rows import imports
from scorecards.money import yuan


class OnError(StrEnum):
    """What happens to a file with bad rows."""

    refuse = "refuse"
    skip = "skip"


class Edited(StrEnum):
    """What of the roster is taken out, changed and imported again."""

    people = "people"
    pay_profiles = "pay_profiles"


def contracts(
    ctx: typer.Context,
    name: Annotated[str | None, typer.Argument(help="one contract; all are listed without it")] = None,
    template: Annotated[Path | None, typer.Option(help="write an empty workbook with headings and examples")] = None,
    output: FormatOption = Format.table,
) -> None:
    """List the contracts, show one, or write its empty workbook.

    Example: kpi contracts invitations --template 邀约记录.xlsx
    """
    run: Run = ctx.obj
    if name is None:
        listed = [
            {"name": it.name, "title": run.text(it.title), "key": ", ".join(it.key), "dated_by": it.dated_by}
            for it in CONTRACTS.values()
        ]
        if output is Format.json:
            return put_json(listed)
        return put_table(listed, {"name": "contract", "title": "title", "key": "key", "dated_by": "dated by"})
    if name not in CONTRACTS:
        raise Problem(
            f"没有名为 {name} 的数据表；kpi contracts 列出全部。", f"There is no contract {name}; see kpi contracts."
        )
    contract = contract_of(name)
    if template is not None:
        templates.write(contract, template)
        return said.print(f"{template}")
    rows: list[dict[str, Any]] = [
        {
            "identifier": identifier_of(column, it),
            "heading": it.heading.zh,
            "meaning": it.heading.en,
            "kind": it.kind,
            "required": it.required,
            "key": column in contract.key,
            "also": list(it.also),
            "codes": list(it.codes),
        }
        for column, it in contract.cells.items()
    ]
    if output is Format.json:
        return put_json({"name": contract.name, "title": contract.title.zh, "columns": rows})
    shown = [{**row, "also": " ".join(row["also"]), "codes": " ".join(row["codes"])} for row in rows]
    return put_table(shown, ("identifier", "heading", "kind", "required", "key", "also", "codes"))


def import_(
    ctx: typer.Context,
    files: Annotated[list[Path], typer.Argument(help="CSV, XLSX or XLS files, in any order")],
    contract: Annotated[str | None, typer.Option("--as", help="take every file as this contract")] = None,
    dry_run: Annotated[bool, typer.Option(help="check and report, change nothing")] = False,
    on_error: Annotated[OnError, typer.Option(help="refuse a file with a bad row, or skip the row")] = OnError.refuse,
    replace: Annotated[bool, typer.Option(help="the file is everything of its stores and months")] = False,
    output: FormatOption = Format.table,
) -> None:
    """Check files against their contracts and take in what is right.

    Exit code 1 when a file was refused. Example: kpi import 邀约.xlsx 到店.csv --on-error skip
    """
    run: Run = ctx.obj
    if missing := [str(file) for file in files if not file.is_file()]:
        raise Problem(f"找不到文件 {'、'.join(missing)}。", f"No such file: {', '.join(missing)}.")
    incoming = [imports.Incoming(name=file.name, data=file.read_bytes()) for file in files]
    with Progress(console=said, transient=True) as bar:
        task = bar.add_task("import", total=1)
        reports = imports.run(
            run.db,
            run.who,
            incoming,
            contract=contract,
            dry_run=dry_run,
            on_error=on_error.value,
            replace=replace,
            progress=lambda share, text: bar.update(task, completed=share, description=run.text(text)),
        )
    if output is Format.json:
        put_json([report.as_json(run.lang) for report in reports])
    else:
        counts = ("file", "contract", "rows", "accepted", "unchanged", "refused", "ignored", "import_id")
        put_table([report.as_json(run.lang) for report in reports], counts)
        for report in reports:
            shown = report.as_json(run.lang)
            for note in shown["notes"]:
                said.print(f"{report.file}: {note}", style="yellow")
            if shown["errors"]:
                said.print(f"\n{report.file}", style="bold")
                put_table(shown["errors"], ("sheet", "row", "column", "value", "reason", "remedy"))
    if any(report.is_refused for report in reports):
        raise typer.Exit(1)


imports_app = typer.Typer(help="The ledger of imports: list, show, undo.", no_args_is_help=True)


@imports_app.command("list")
def imports_list(ctx: typer.Context, output: FormatOption = Format.table) -> None:
    """List what was imported, newest first. Example: kpi imports list"""
    run: Run = ctx.obj
    rows = imports.listing(run.db, run.who)
    columns = ("import_id", "kind", "at", "user", "files", "rows", "accepted", "unchanged", "refused", "ignored")
    put(rows, output, columns)


@imports_app.command("show")
def imports_show(ctx: typer.Context, import_id: int, output: FormatOption = Format.table) -> None:
    """Show one import with its files and refusals. Example: kpi imports show 3"""
    run: Run = ctx.obj
    reports = [report.as_json(run.lang) for report in imports.show(run.db, run.who, import_id)]
    if output is Format.json:
        return put_json(reports)
    counts = ("file", "contract", "rows", "accepted", "unchanged", "refused", "ignored")
    put_table(reports, counts)
    for report in reports:
        for note in report["notes"]:
            said.print(f"{report['file']}: {note}", style="yellow")
    errors = [{"file": report["file"], **error} for report in reports for error in report["errors"]]
    return put_table(errors, ("file", "sheet", "row", "column", "value", "reason", "remedy"))


@imports_app.command("undo")
def imports_undo(ctx: typer.Context, import_id: int) -> None:
    """Take an import back, as long as no locked month used it. Example: kpi imports undo 3"""
    run: Run = ctx.obj
    undone_by = imports.undo(run.db, run.who, import_id)
    said.print(f"{import_id} → {undone_by}")


def roster(
    ctx: typer.Context,
    unit: Unit = None,
    on: Annotated[str | None, typer.Option(help="as it stands on this day; default today")] = None,
    contract: Annotated[
        Edited | None, typer.Option("--as", help="write what can be changed and imported again")
    ] = None,
    file: Annotated[Path | None, typer.Option(help="the workbook to write it to")] = None,
    output: FormatOption = Format.table,
) -> None:
    """List who holds which post, with performance base, other pay, contract wage and minimum wage, or take it to edit.

    Example: kpi --user hr roster --unit S01 --as pay_profiles --file 薪资基数.xlsx
    """
    run: Run = ctx.obj
    if (contract is None) != (file is None):
        raise Problem("--as 与 --file 要一起写。", "--as and --file go together.")
    if contract is not None and file is not None:
        file.write_bytes(rosters.to_edit(run.db, run.who, contract.value, unit=unit))
        return said.print(str(file))
    listed = rosters.listing(run.db, run.who, run.as_of if on is None else day_of(on), unit=unit)
    rows = [it.as_json(run.lang) for it in listed]
    if output is Format.json:
        return put_json(rows)
    money = ("performance_base", "other_pay", "contract_wage", "minimum_wage")
    shown = [
        {**row, **{name: None if row[f"{name}_fen"] is None else yuan(row[f"{name}_fen"]) for name in money}}
        | {"findings": ", ".join(row["findings"])}
        for row in rows
    ]
    columns = (
        "person_id",
        "person_name",
        "store_id",
        "department",
        "role",
        "since",
        "until",
        "state",
        *money,
        "findings",
    )
    return put_table(shown, columns)


def add_to(kpi: typer.Typer) -> None:
    """Add these commands to the tree."""
    kpi.command("contracts")(contracts)
    kpi.command("import")(import_)
    kpi.add_typer(imports_app, name="imports")
    kpi.command("roster")(roster)

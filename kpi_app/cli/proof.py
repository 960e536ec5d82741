"""Commands that prove: audit."""

from typing import Annotated

import typer

from kpi_app.cli.frame import Format, FormatOption, Run, put_json, put_table, said
from kpi_app.store import audit, proof

audit_app = typer.Typer(help="What was done and seen, by whom, and that nobody rewrote it.", no_args_is_help=True)


@audit_app.command("list")
def audit_list(
    ctx: typer.Context,
    limit: Annotated[int, typer.Option(help="so many of the newest entries", min=1)] = 200,
    output: FormatOption = Format.table,
) -> None:
    """List the newest entries of the audit. Example: kpi audit list --limit 50"""
    run: Run = ctx.obj
    rows = audit.listing(run.db, run.who, limit=limit)
    put_json(rows) if output is Format.json else put_table(rows, {key: key for key in (rows[0] if rows else {})})


@audit_app.command("verify")
def audit_verify(
    ctx: typer.Context,
    head: Annotated[
        str | None, typer.Option(help="the head hash of the last exported sheet: finds what was cut off or made anew")
    ] = None,
    output: FormatOption = Format.table,
) -> None:
    """Look for any edit, reordering or truncation of the audit and of what it sealed; exit code 1 where there is one.

    Locked months, snapshots, lines, plans and the files of facts with the rulings are sealed in it.
    Example: kpi audit verify --head 5f1c…
    """
    run: Run = ctx.obj
    found = proof.verify(run.db, run.who, head=head).as_json(run.lang)
    if output is Format.json:
        put_json(found)
    else:
        put_table(found["faults"], {key: key for key in ("what", "where", "message")})
        said.print(f"{found['entries']} {found['head']}", markup=False)
    if found["faults"]:
        raise typer.Exit(1)


def add_to(kpi: typer.Typer) -> None:
    """Add these commands to the tree."""
    kpi.add_typer(audit_app, name="audit")

"""Commands that prove: audit, evidence, verify."""

from pathlib import Path
from typing import Annotated

import typer

from data_contracts.contract import Problem, Text
from kpi_app.cli.frame import Format, FormatOption, Run, put, put_json, put_table, said
from kpi_app.cli.month import Month, Unit, pay_month
from kpi_app.exports import foreign
from kpi_app.exports.evidence import Verdict
from kpi_app.store.proving import audit, proof
from kpi_app.store.proving import evidence as packs
from scorecards.money import yuan

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
    put(rows, output)


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
        put_table(found["faults"], ("what", "where", "message"))
        said.print(f"{found['entries']} {found['head']}")
    if found["faults"]:
        raise typer.Exit(1)


def evidence(
    ctx: typer.Context,
    period: Month,
    out: Annotated[Path, typer.Option("-o", help="write this file")],
    unit: Unit = None,
) -> None:
    """Write a month's evidence pack: sheet, lines, plans, metrics, rulings, roster, targets and every row it rests on.

    It holds pay: keep it as safe as the store. Example: kpi --user hr evidence 2026-10 -o pack.zip
    """
    run: Run = ctx.obj
    made, verdict = packs.pack(run.db, run.who, pay_month(run, period), unit=unit)
    out.write_bytes(made)
    report(run, verdict, Format.table)


def verify(ctx: typer.Context, pack: Path, output: FormatOption = Format.table) -> None:
    """Compute the month of an evidence pack again, from the pack alone, and say whether it is equal; 1 where it is not.

    It needs no store. The digest is the one that the audit noted at the export. Example: kpi verify pack.zip
    """
    run: Run = ctx.obj
    if not pack.is_file():
        raise Problem(f"没有文件 {pack}。", f"There is no file {pack}.")
    verdict = foreign.verify(pack.read_bytes())
    report(run, verdict, output)
    if not verdict.is_equal:
        raise typer.Exit(1)


def report(run: Run, verdict: Verdict, output: Format) -> None:
    """Print what was found."""
    shown = verdict.as_json(run.lang)
    if output is Format.json:
        return put_json(shown)
    for name in verdict.altered:
        said.print(run.text(Text(f"文件被改动：{name}", f"altered: {name}")))
    if verdict.difference is not None:
        said.print(run.text(verdict.difference.text))
    for note in shown["notes"]:
        said.print(note)
    end = Text("一致", "equal") if verdict.is_equal else Text("不一致", "not equal")
    total = f"{verdict.period} {'、'.join(verdict.units)} {verdict.lines} {yuan(verdict.total_fen)}"
    return said.print(f"{run.text(end)} {total} {verdict.digest}")


def add_to(kpi: typer.Typer) -> None:
    """Add these commands to the tree."""
    kpi.command("evidence")(evidence)
    kpi.command("verify")(verify)
    kpi.add_typer(audit_app, name="audit")

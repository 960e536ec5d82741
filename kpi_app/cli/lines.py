"""Commands of what is entered by hand and of pay law: line, loss, law."""

from pathlib import Path
from typing import Annotated

import typer

from data_contracts.contract import Problem
from kpi_app.cli.frame import Format, FormatOption, Run, put, said, text_of
from kpi_app.cli.month import Month, fen, pay_month
from kpi_app.store.months import leavers, lines, losses
from kpi_app.store.rulebook import laws
from scorecards import law as profiles

Person = Annotated[str, typer.Option(help="工号")]
Note = Annotated[str, typer.Option(help="what shows it, in words")]
Proof = Annotated[Path | None, typer.Option(help="a file that shows it; its name and SHA-256 are kept, not the file")]
Why = Annotated[str, typer.Option(help="why; it stays with the entry")]

line_app = typer.Typer(help="Manual lines, each with a reason and another's approval.", no_args_is_help=True)
loss_app = typer.Typer(help="Losses that a person is to make good, settled over months.", no_args_is_help=True)
law_app = typer.Typer(help="Law profiles: what deductions are held to, by region, with sources.", no_args_is_help=True)


def evidence_of(note: str, file: Path | None) -> lines.Evidence:
    """The evidence that the options name. Raises Problem for a file that is not there."""
    if file is None:
        return lines.Evidence.of(note)
    if not file.is_file():
        raise Problem(f"没有文件 {file}。", f"No file {file}.")
    return lines.Evidence.of(note, file.name, file.read_bytes())


@line_app.command("add")
def line_add(
    ctx: typer.Context,
    period: Month,
    person: Person,
    amount: Annotated[str, typer.Option(help="yuan; negative takes away")],
    reason: Annotated[str, typer.Option(help="why; it stands on the sheet")],
    evidence: Note = "",
    evidence_file: Proof = None,
    fine: Annotated[
        bool, typer.Option("--fine", help="a disciplinary fine: refused unless the store's law profile allows it")
    ] = False,
) -> None:
    """Add a manual line; it counts once somebody else approves it.

    Example: kpi --user hr line add 2026-10 --person E010 --amount 150 --reason 展会支援 --evidence 签到表
    """
    run: Run = ctx.obj
    line_id = lines.add(
        run.db,
        run.who,
        pay_month(run, period),
        person_id=person,
        amount_fen=fen(amount),
        reason=reason,
        evidence=evidence_of(evidence, evidence_file),
        is_fine=fine,
    )
    typer.echo(line_id)


@line_app.command("leave-out")
def line_leave_out(
    ctx: typer.Context,
    line_id: Annotated[str, typer.Argument(help="the line to leave out, as kpi month leavers names it")],
    clause: Annotated[str, typer.Option(help="the clause that leaves it out, word for word; it stands on the sheet")],
    evidence: Note = "",
    evidence_file: Proof = None,
) -> None:
    """Propose to leave a line out of a leaver's pay; it counts once two others have approved it.

    Example: kpi --user hr line leave-out 0f3a… --clause '劳动合同第 12 条：离职后不再发放预留奖金'
    """
    run: Run = ctx.obj
    typer.echo(
        leavers.leave_out(run.db, run.who, line_id, clause=clause, evidence=evidence_of(evidence, evidence_file))
    )


@line_app.command("approve")
def line_approve(ctx: typer.Context, line_id: str) -> None:
    """Approve another's manual line; what leaves something out takes two.

    Example: kpi --user director line approve 0f3a…
    """
    run: Run = ctx.obj
    lines.approve(run.db, run.who, line_id)
    said.print(line_id)


@line_app.command("refuse")
def line_refuse(ctx: typer.Context, line_id: str, reason: Why) -> None:
    """Refuse a manual line that waits. Example: kpi --user director line refuse 0f3a… --reason 无凭据"""
    run: Run = ctx.obj
    lines.refuse(run.db, run.who, line_id, reason=reason)
    said.print(line_id)


@line_app.command("list")
def line_list(ctx: typer.Context, period: Month, output: FormatOption = Format.table) -> None:
    """List a month's manual lines and who approved or refused them. Example: kpi line list 2026-10"""
    run: Run = ctx.obj
    rows = lines.listing(run.db, run.who, pay_month(run, period))
    put(rows, output)


@loss_app.command("add")
def loss_add(
    ctx: typer.Context,
    period: Month,
    person: Person,
    amount: Annotated[str, typer.Option(help="yuan, the whole loss")],
    reason: Annotated[str, typer.Option(help="why; it stands on the sheet")],
    complaint: Annotated[str | None, typer.Option(help="投诉编号 that the loss comes from, if any")] = None,
    evidence: Note = "",
    evidence_file: Proof = None,
) -> None:
    """Enter a loss to be taken from that month on, once somebody else approves it; prints its number.

    Example: kpi --user hr loss add 2026-10 --person E010 --amount 2000 --reason 损坏展车 --evidence 定损单
    """
    run: Run = ctx.obj
    case_id = losses.add(
        run.db,
        run.who,
        pay_month(run, period),
        person_id=person,
        amount_fen=fen(amount),
        reason=reason,
        event=complaint,
        evidence=evidence_of(evidence, evidence_file),
    )
    typer.echo(case_id)


@loss_app.command("approve")
def loss_approve(ctx: typer.Context, case_id: str) -> None:
    """Approve another's case. Example: kpi --user director loss approve L2026-10-001"""
    run: Run = ctx.obj
    losses.approve(run.db, run.who, case_id)
    said.print(case_id)


@loss_app.command("end")
def loss_end(ctx: typer.Context, case_id: str, reason: Why) -> None:
    """Refuse a case that waits, or withdraw an approved one; what is open is waived on a visible line.

    Example: kpi --user director loss end L2026-10-001 --reason 保险已赔付
    """
    run: Run = ctx.obj
    losses.end(run.db, run.who, case_id, reason=reason)
    said.print(case_id)


@loss_app.command("list")
def loss_list(ctx: typer.Context, output: FormatOption = Format.table) -> None:
    """List the cases and what is open of each. Example: kpi loss list"""
    run: Run = ctx.obj
    rows = losses.listing(run.db, run.who)
    put(rows, output)


@law_app.command("list")
def law_list(ctx: typer.Context, output: FormatOption = Format.table) -> None:
    """List the law profile that ships and all versions loaded. Example: kpi law list"""
    run: Run = ctx.obj
    rows = laws.listing(run.db, run.who)
    put(rows, output)


@law_app.command("show")
def law_show(
    ctx: typer.Context,
    region: Annotated[str, typer.Argument(help="the region, 全国 by default")] = profiles.NATIONWIDE,
    since: Annotated[str | None, typer.Option(help="the version of that month; default the latest")] = None,
) -> None:
    """Print a region's profile, a file to edit and load again. Example: kpi law show 全国"""
    run: Run = ctx.obj
    typer.echo(laws.show(run.db, run.who, region, since=since))


@law_app.command("check")
def law_check(ctx: typer.Context, file: Path, output: FormatOption = Format.table) -> None:
    """Check a profile's file; exit code 1 when it would be refused. Example: kpi law check guangdong.toml"""
    run: Run = ctx.obj
    findings = [finding.as_json(run.lang) for finding in profiles.check_text(text_of(file))]
    put(findings, output, ("severity", "where", "message"))
    if any(finding["severity"] == "error" for finding in findings):
        raise typer.Exit(1)


@law_app.command("load")
def law_load(ctx: typer.Context, file: Path) -> None:
    """Load a region's profile; it applies from its own month on. Example: kpi --user admin law load guangdong.toml"""
    run: Run = ctx.obj
    loaded = laws.load(run.db, run.who, text_of(file))
    said.print(f"{loaded.region} {loaded.since}")


def add_to(kpi: typer.Typer) -> None:
    """Add these commands to the tree."""
    kpi.add_typer(line_app, name="line")
    kpi.add_typer(loss_app, name="loss")
    kpi.add_typer(law_app, name="law")

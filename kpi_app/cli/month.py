"""Commands of pay: plan, the month's steps, ruling, explain."""

from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer

from data_contracts.contract import Problem
from kpi_app.cli.frame import Format, FormatOption, Run, day_of, put, put_json, put_table, said, shown, text_of
from kpi_app.store.complaints import rulings
from kpi_app.store.months import differences
from kpi_app.store.months import month as months
from kpi_app.store.rulebook import plans
from metrics.period import Period
from scorecards import money
from scorecards import plan as plan_file
from scorecards.money import yuan

Unit = Annotated[str | None, typer.Option(help="one pay unit (a store); default all")]
Month = Annotated[str, typer.Argument(help="the pay month, 2026-10")]

plan_app = typer.Typer(help="Pay plans and cards, as dated TOML.", no_args_is_help=True)
month_app = typer.Typer(
    help="The pay month: status, compute, sign-off, publish, submit, return, approve, lock.", no_args_is_help=True
)
ruling_app = typer.Typer(help="Complaint rulings: who was at fault, and what it costs.", no_args_is_help=True)


def pay_month(run: Run, text: str) -> Period:
    """The pay month of that label; a Problem for anything that is not a month."""
    period = Period.parse(text, month_starts_on=run.settings.month_starts_on)
    if period.grain != "month":
        raise Problem(f"{text} 不是月份；请写成 2026-10。", f"{text} is not a month; write 2026-10.")
    return period


def fen(text: str) -> int:
    """An amount in yuan as fen; a Problem for what is no amount or finer than a fen."""
    try:
        return money.fen(Decimal(text))
    except (ArithmeticError, ValueError):
        raise Problem(
            f"{text} 不是金额；请写成元，至多两位小数，例如 150.50。",
            f"{text} is no amount; write yuan with at most two decimals, such as 150.50.",
        ) from None


def plan_text(file: Path) -> str:
    """The file's text, or that of the plan of that name which ships."""
    if not file.exists():
        names = [*plans.shipped_names(), *plans.template_names()]
        if str(file) in names:
            return plans.shipped(str(file))
        raise Problem(
            f"没有文件 {file}；随附的方案有 {'、'.join(names)}。",
            f"No file {file}; the plans that ship are {', '.join(names)}.",
        )
    return text_of(file)


@plan_app.command("check")
def plan_check(
    ctx: typer.Context,
    file: Path,
    loaded: Annotated[bool, typer.Option(help="also against what is loaded: the version in force, the others")] = False,
    unit: Annotated[list[str] | None, typer.Option(help="with --loaded: for these stores; default all")] = None,
    output: FormatOption = Format.table,
) -> None:
    """Check a plan file, or one that ships; exit code 1 when it would be refused.

    Example: kpi plan check plan.toml, or kpi plan check plan.toml --loaded --unit S01
    """
    run: Run = ctx.obj
    text = plan_text(file)
    found = plans.check(run.db, run.who, text, units=unit or None) if loaded else plan_file.check_text(text)
    findings = [finding.as_json(run.lang) for finding in found]
    put(findings, output, ("severity", "where", "message"))
    if any(finding["severity"] == "error" for finding in findings):
        raise typer.Exit(1)


@plan_app.command("diff")
def plan_diff(
    ctx: typer.Context,
    file: Path,
    unit: Annotated[list[str] | None, typer.Option(help="only these stores; default all")] = None,
    output: FormatOption = Format.table,
) -> None:
    """Say what a plan file would change against the version in force, and for whom that is better or stricter.

    Example: kpi plan diff plan.toml
    """
    run: Run = ctx.obj
    found = plans.differences(run.db, run.who, plan_text(file), units=unit or None)
    rows = [difference.as_json(run.lang) for difference in found]
    put(rows, output, ("where", "change", "name", "words", "effect_words"))


@plan_app.command("set")
def plan_set(
    ctx: typer.Context,
    key: Annotated[str, typer.Argument(help="the plan")],
    rule: Annotated[str, typer.Argument(help="the rule's key, or the card's role")],
    changes: Annotated[list[str], typer.Argument(help="entry=value, as in the file; bands.2.amount=30.00")],
    since: Annotated[str, typer.Option(help="the first pay month of the new version, 2026-12")],
    notice: Annotated[str, typer.Option(help="the notice's number")],
    published: Annotated[str, typer.Option(help="the day the notice was published, 2026-11-15")],
    unit: Annotated[list[str] | None, typer.Option(help="only these stores; default all")] = None,
) -> None:
    """Change amounts or targets of a rule or card as a new dated version of its plan.

    Example: kpi plan set satisfaction R1 amount=250.00 --since 2026-12 --notice 2026-31 --published 2026-11-20
    """
    run: Run = ctx.obj
    if wrong := [change for change in changes if "=" not in change]:
        raise Problem(f"{wrong[0]} 应写作 项=值。", f"{wrong[0]}: write entry=value.")
    loaded = plans.amend(
        run.db,
        run.who,
        key,
        rule,
        dict(change.split("=", 1) for change in changes),
        since=since,
        notice=notice,
        published_on=day_of(published),
        units=unit or None,
    )
    told_of_load(run, loaded, unit)


@plan_app.command("load")
def plan_load(
    ctx: typer.Context,
    file: Path,
    unit: Annotated[list[str] | None, typer.Option(help="only these stores; default all")] = None,
) -> None:
    """Load a plan version; it applies from its own month on. FILE may name one that ships.

    Example: kpi plan load plan.toml, or kpi plan load f1_flat --unit S01
    """
    run: Run = ctx.obj
    loaded = plans.load(run.db, run.who, plan_text(file), units=unit or None)
    told_of_load(run, loaded, unit)


def told_of_load(run: Run, loaded: plan_file.Plan, unit: list[str] | None) -> None:
    """Print what was loaded, and which months that were handed in or locked it reaches back to."""
    said.print(f"{loaded.key} {loaded.since}")
    if back := plans.reaches_back(run.db, run.who, loaded, units=unit or None):
        said.print(back.said(run.lang), style="yellow")


@plan_app.command("show")
def plan_show(ctx: typer.Context, key: str, since: str | None = None) -> None:
    """Print a loaded plan's file. Example: kpi plan show satisfaction"""
    run: Run = ctx.obj
    typer.echo(plans.show(run.db, run.who, key, since=since))


@plan_app.command("list")
def plan_list(ctx: typer.Context, output: FormatOption = Format.table) -> None:
    """List the plans and their versions. Example: kpi plan list"""
    run: Run = ctx.obj
    rows = plans.listing(run.db, run.who)
    put(rows, output)


@month_app.command("compute")
def month_compute(ctx: typer.Context, period: Month, unit: Unit = None, output: FormatOption = Format.table) -> None:
    """Compute the month's lines; with unchanged inputs nothing changes. Example: kpi month compute 2026-10"""
    run: Run = ctx.obj
    report(run, months.compute(run.db, run.who, pay_month(run, period), unit=unit, as_of=run.as_of), output)


@month_app.command("submit")
def month_submit(ctx: typer.Context, period: Month, unit: Unit = None, output: FormatOption = Format.table) -> None:
    """Hand the computed month in for approval. Example: kpi --user hr month submit 2026-10"""
    run: Run = ctx.obj
    report(run, months.submit(run.db, run.who, pay_month(run, period), unit=unit), output)


@month_app.command("return")
def month_return(
    ctx: typer.Context,
    period: Month,
    reason: Annotated[str, typer.Option(help="why; everybody sees it")],
    unit: Unit = None,
    output: FormatOption = Format.table,
) -> None:
    """Send the month back with a reason; approvals are void. Example: kpi month return 2026-10 --reason 漏算一单"""
    run: Run = ctx.obj
    report(run, months.return_(run.db, run.who, pay_month(run, period), reason=reason, unit=unit), output)


@month_app.command("approve")
def month_approve(
    ctx: typer.Context,
    period: Month,
    unit: Unit = None,
    words: Annotated[str, typer.Option(help="what the approver says")] = "",
    level: Annotated[int | None, typer.Option(help="the level of the chain; default the next")] = None,
    output: FormatOption = Format.table,
) -> None:
    """Approve a submitted month that another prepared. Example: kpi --user director month approve 2026-10"""
    run: Run = ctx.obj
    report(run, months.approve(run.db, run.who, pay_month(run, period), unit=unit, words=words, level=level), output)


@month_app.command("lock")
def month_lock(ctx: typer.Context, period: Month, unit: Unit = None, output: FormatOption = Format.table) -> None:
    """Lock an approved month for good. Example: kpi --user hr month lock 2026-10"""
    run: Run = ctx.obj
    report(run, months.lock(run.db, run.who, pay_month(run, period), unit=unit), output)


@month_app.command("diff")
def month_diff(
    ctx: typer.Context,
    period: Month,
    before: Annotated[int | None, typer.Option("--from", help="a revision; default the one before")] = None,
    after: Annotated[int | None, typer.Option("--to", help="a revision; default the newest")] = None,
    against: Annotated[str | None, typer.Option(help="another month, in place of revisions")] = None,
    unit: Unit = None,
    output: FormatOption = Format.table,
) -> None:
    """Show what differs between two revisions, or from another month, by person, rule and cause.

    Example: kpi --user hr month diff 2026-10 --from 1 --to 2
    """
    run: Run = ctx.obj
    month = pay_month(run, period)
    if against is None:
        found = differences.revisions(run.db, run.who, month, before=before, after=after, unit=unit)
    else:
        found = differences.months(run.db, run.who, pay_month(run, against), month, unit=unit)
    shown = [comparison.as_json(run.lang) for comparison in found]
    if output is Format.json:
        return put_json(shown)
    for one in shown:
        put_table(one["differences"], ("person_id", "plan", "rule", "cause_name", "amount"))
        said.print(f"{one['unit']} {one['before']} → {one['after']}: {yuan(one['amount_fen'])}")
    return None


def report(run: Run, states: list[months.UnitState], output: Format) -> None:
    """Print the state of the pay units."""
    rows = [state.as_json(run.lang) for state in states]
    put(rows, output, ("unit", "period", "status", "revision", "people", "lines", "total"))


@ruling_app.command("set")
def ruling_set(
    ctx: typer.Context,
    complaint: Annotated[str, typer.Option(help="投诉编号")],
    person: Annotated[str, typer.Option(help="工号 of the person judged")],
    fault: Annotated[str, typer.Option(help="有责, 无责 or 未判定")],
    note: Annotated[str, typer.Option(help="the reason in words")],
    penalty: Annotated[str | None, typer.Option(help="yuan, within the rule's range")] = None,
    kind: Annotated[str, typer.Option(help="责任 or 未及时处理")] = "责任",
    evidence: Annotated[str, typer.Option(help="what shows it")] = "",
) -> None:
    """Rule on a complaint, as a director of its department; ruling again makes a new version.

    Example: kpi --user director ruling set --complaint C001 --person E010 --fault 有责 --penalty 80 --note 未按约定回电
    """
    run: Run = ctx.obj
    rulings.set_(
        run.db,
        run.who,
        complaint_id=complaint,
        person_id=person,
        fault=fault,
        penalty_fen=None if penalty is None else fen(penalty),
        kind=kind,
        evidence=evidence,
        note=note,
    )
    said.print(f"{complaint} {person}: {fault}")


@ruling_app.command("list")
def ruling_list(
    ctx: typer.Context,
    period: Annotated[str | None, typer.Option(help="only this pay month")] = None,
    output: FormatOption = Format.table,
) -> None:
    """List rulings. Example: kpi ruling list --period 2026-10"""
    run: Run = ctx.obj
    when = None if period is None else pay_month(run, period)
    rows = rulings.listing(run.db, run.who, when)
    put(rows, output)


@ruling_app.command("waiting")
def ruling_waiting(
    ctx: typer.Context,
    overdue: Annotated[bool, typer.Option(help="only those past the working days a ruling may take")] = False,
    output: FormatOption = Format.table,
) -> None:
    """List the complaints that nobody has ruled on yet. Example: kpi ruling waiting --overdue"""
    run: Run = ctx.obj
    rows = [row for row in rulings.waiting(run.db, run.who, as_of=run.as_of) if row["is_overdue"] or not overdue]
    put(rows, output)


@ruling_app.command("history")
def ruling_history(ctx: typer.Context, complaint: str, output: FormatOption = Format.table) -> None:
    """List every version of the rulings on a complaint. Example: kpi ruling history TS000001"""
    run: Run = ctx.obj
    rows = rulings.history(run.db, run.who, complaint)
    put(rows, output)


def explain(ctx: typer.Context, line_id: str, output: FormatOption = Format.table) -> None:
    """Explain a line of the sheet, from the rule down to the rows of the files.

    Example: kpi --user hr explain 0f3a9c…
    """
    run: Run = ctx.obj
    tree = months.explain(run.db, run.who, line_id)
    if output is Format.json:
        return put_json(tree.as_json(run.lang))
    return typer.echo(shown(tree.as_text(run.lang)))


def add_to(kpi: typer.Typer) -> None:
    """Add these commands to the tree."""
    kpi.add_typer(plan_app, name="plan")
    kpi.add_typer(ruling_app, name="ruling")
    kpi.command("explain")(explain)

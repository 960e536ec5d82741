"""Commands of the month besides its plain steps: settings, calendar, checklist, sign-offs, scans, history, leavers."""

from pathlib import Path
from typing import Annotated

import typer

from kpi_app import access
from kpi_app.cli.frame import Format, FormatOption, Run, put, put_json, put_table, said
from kpi_app.cli.month import Month, Unit, month_app, pay_month, report
from kpi_app.store.months import approvals, calendar, checklist, daily, leavers, month_settings, standing
from kpi_app.store.months import month as months
from scorecards.money import yuan


@month_app.command("status")
def month_status(ctx: typer.Context, period: Month, unit: Unit = None, output: FormatOption = Format.table) -> None:
    """Show where each pay unit stands: sign-offs, levels of approval, who is next. Example: kpi month status 2026-10"""
    run: Run = ctx.obj
    rows = [it.as_json(run.lang) for it in standing.matrix(run.db, run.who, pay_month(run, period), unit=unit)]
    if output is Format.json:
        return put_json(rows)
    shown = [
        {
            **row,
            "signed off": _of(row["sign_offs"]),
            "approved": _of(row["levels"]),
        }
        for row in rows
    ]
    columns = (
        "unit", "period", "status", "revision", "people", "lines", "total", "signed off", "approved", "next",
    )  # fmt: skip
    return put_table(shown, columns)


def _of(steps: list[dict[str, object]]) -> str:
    """How many of the steps are done."""
    return f"{sum(step['name'] is not None for step in steps)}/{len(steps)}" if steps else "—"


@month_app.command("publish")
def month_publish(ctx: typer.Context, period: Month, unit: Unit = None, output: FormatOption = Format.table) -> None:
    """Show the computed month to the staff, who may object. Example: kpi --user hr month publish 2026-10"""
    run: Run = ctx.obj
    report(run, months.publish(run.db, run.who, pay_month(run, period), unit=unit), output)


@month_app.command("sign-off")
def month_sign_off(
    ctx: typer.Context,
    period: Month,
    unit: Unit = None,
    department: Annotated[str | None, typer.Option(help="one department; default all you may sign off")] = None,
    words: Annotated[str, typer.Option(help="what its head says")] = "",
    output: FormatOption = Format.table,
) -> None:
    """Sign off a department's part of the computed month, as its head.

    Example: kpi --user head month sign-off 2026-10 --unit S01 --department 销售部
    """
    run: Run = ctx.obj
    period_ = pay_month(run, period)
    report(run, approvals.sign_off(run.db, run.who, period_, unit=unit, department=department, words=words), output)


@month_app.command("part")
def month_part(
    ctx: typer.Context,
    period: Month,
    unit: Annotated[str, typer.Option(help="the store")],
    department: Annotated[str, typer.Option(help="the department to check")],
    output: FormatOption = Format.table,
) -> None:
    """Show a department's part of the sheet to its head, to be checked before signing it off.

    Example: kpi --user head month part 2026-10 --unit S01 --department 销售部
    """
    run: Run = ctx.obj
    shown = standing.part(run.db, run.who, pay_month(run, period), unit=unit, department=department).as_json(run.lang)
    if output is Format.json:
        return put_json(shown)
    people = [
        {
            **person,
            "rules": "、".join(line["name"] for line in person["lines"]),
            "yuan": None if person["total_fen"] is None else yuan(person["total_fen"]),
        }
        for person in shown["people"]
    ]
    return put_table(people, ("person_id", "person_name", "role", "score", "rules", "yuan"))


@month_app.command("scan")
def month_scan(
    ctx: typer.Context,
    period: Month,
    unit: Annotated[str, typer.Option(help="the store")],
    signer: Annotated[str, typer.Option(help="工号 of who signed the print")],
    file: Annotated[Path, typer.Option(help="the scan; its name and SHA-256 are kept", exists=True, dir_okay=False)],
    words: Annotated[str, typer.Option(help="what it is")],
    level: Annotated[int | None, typer.Option(help="the level it fills; default the next")] = None,
    output: FormatOption = Format.table,
) -> None:
    """Let a scan of a signed print stand for the next level of approval.

    Example: kpi --user hr month scan 2026-10 --unit S01 --signer E101 --file 签字表.pdf --words 总经理签字原件存人事
    """
    run: Run = ctx.obj
    report(
        run,
        approvals.record_scan(
            run.db, run.who, pay_month(run, period), unit=unit, signer=signer, file=file.name,
            data=file.read_bytes(), words=words, level=level,
        ),
        output,
    )  # fmt: skip


@month_app.command("check")
def month_check(
    ctx: typer.Context,
    period: Month,
    unit: Unit = None,
    output: FormatOption = Format.table,
) -> None:
    """Show the close checklist: what is left to do, who mends it; exit code 1 while something blocks.

    Example: kpi month check 2026-10
    """
    run: Run = ctx.obj
    rows = [item.as_json(run.lang) for item in checklist.check(run.db, run.who, pay_month(run, period), unit=unit)]
    if output is Format.json:
        put_json(rows)
    else:
        shown = [
            {**row, "about": example["about"], "place": example["text"]}
            for row in rows
            for example in row["examples"] or [{"about": None, "text": None}]
        ]
        columns = ("unit", "key", "title", "state", "count", "about", "place", "mended_by", "next_step")
        put_table(shown, columns)
    if any(row["state"] == "open" for row in rows):
        raise typer.Exit(1)


@month_app.command("answer")
def month_answer(
    ctx: typer.Context,
    period: Month,
    item: Annotated[str, typer.Option(help="the key of the checklist's item")],
    choice: Annotated[str, typer.Option(help="accept, carry or block")],
    words: Annotated[str, typer.Option(help="why; it is kept with the month")],
    about: Annotated[str | None, typer.Option(help="one place of the item; default all that are open")] = None,
    unit: Unit = None,
) -> None:
    """Answer for an item of the checklist: accept it, carry it into the next month, or let it block.

    Example: kpi --user hr month answer 2026-10 --item complaints_ruled --about C002 --choice carry --words 等厂家鉴定
    """
    run: Run = ctx.obj
    count = checklist.answer(
        run.db, run.who, pay_month(run, period), item=item, choice=choice, words=words, about=about, unit=unit
    )
    said.print(f"{item}: {count}")


@month_app.command("calendar")
def month_calendar(ctx: typer.Context, period: Month, unit: Unit = None, output: FormatOption = Format.table) -> None:
    """Show the month's calendar and how many working days are left. Example: kpi month calendar 2026-10"""
    run: Run = ctx.obj
    rows = [it.as_json(run.lang) for it in calendar.of(run.db, run.who, pay_month(run, period), unit=unit)]
    put(rows, output, ("unit", "milestone", "name", "on", "countdown"))


@month_app.command("tick")
def month_tick(ctx: typer.Context, output: FormatOption = Format.table) -> None:
    """Do what the calendar says is due today: remind, publish; again on the same day it does nothing more.

    Run it from cron every morning. Example: kpi month tick
    """
    run: Run = ctx.obj
    access.require(run.who, access.Right.PREPARE)
    rows = [it.as_json(run.lang) for it in daily.tick(run.db)]
    put(rows, output, ("unit", "deed", "text"))


@month_app.command("reminders")
def month_reminders(ctx: typer.Context, output: FormatOption = Format.table) -> None:
    """List the reminders in reach, newest first. Example: kpi --user director month reminders"""
    run: Run = ctx.obj
    rows = [it.as_json(run.lang) for it in daily.reminders(run.db, run.who)]
    put(rows, output, ("at", "unit", "text"))


@month_app.command("settings")
def month_settings_(
    ctx: typer.Context,
    period: Month,
    change: Annotated[list[str] | None, typer.Option("--set", help="name=value, from this month on")] = None,
    unit: Unit = None,
    output: FormatOption = Format.table,
) -> None:
    """Show how the house runs a month, or change it from that month on, for all stores or one.

    Example: kpi month settings 2026-11 --set publication=on --set "chain=sales_director; general_manager>50000"
    """
    run: Run = ctx.obj
    label = pay_month(run, period).label
    if change:
        values = dict(pair.partition("=")[::2] for pair in change)
        found = month_settings.set_(run.db, run.who, values, since=label, store_id=unit)
    else:
        found = month_settings.show(run.db, label, unit)
    pick = 1 if run.lang == "en" else 0
    rows = [
        {"name": name, "value": text, "meaning": month_settings.WRITTEN[name].meaning[pick]}
        for name, text in found.as_text().items()
    ]
    put(rows, output, ("name", "value", "meaning"))


@month_app.command("history")
def month_history(ctx: typer.Context, unit: Unit = None, output: FormatOption = Format.table) -> None:
    """List the months there are, with the hashes of their sheets and inputs. Example: kpi month history --unit S01"""
    run: Run = ctx.obj
    rows = standing.history(run.db, run.who, unit=unit)
    if output is Format.json:
        return put_json(rows)
    shown = [{**row, "total": yuan(row["total_fen"])} for row in rows]
    columns = ("period", "unit", "status", "revision", "total", "digest", "import_id", "locked_by", "locked_at")
    return put_table(shown, columns)


@month_app.command("leavers")
def month_leavers(ctx: typer.Context, period: Month, unit: Unit = None, output: FormatOption = Format.table) -> None:
    """List 离职待结: what those who have left still get, and what HR settles. Example: kpi month leavers 2026-11"""
    run: Run = ctx.obj
    rows = leavers.listing(run.db, run.who, pay_month(run, period), unit=unit)
    if output is Format.json:
        return put_json(rows)
    shown = [{**row, "settled": row[f"state_{run.lang}"]} for row in rows]
    columns = ("unit", "person_id", "person_name", "period", "rule", "line_id", "amount", "settled")
    return put_table(shown, columns)


def add_to(kpi: typer.Typer) -> None:
    """Add the commands of the month, its steps included, to the tree."""
    kpi.add_typer(month_app, name="month")

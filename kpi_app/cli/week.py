"""Commands of a head's week: notes, and asking others for what is to be done."""

from typing import Annotated

import typer

from kpi_app.cli.frame import Format, FormatOption, Run, put, put_json, put_table
from kpi_app.cli.month import Month, pay_month
from kpi_app.store.months import urging
from kpi_app.store.views import notes

week_app = typer.Typer(help="What is written down about a week of a team, department or store.", no_args_is_help=True)
urge_app = typer.Typer(help="Asking whoever is responsible for what is still to be done.", no_args_is_help=True)

Subject = Annotated[str, typer.Option(help="team:T01, department:S01/售后部, store:S01, region:华东 or group:group")]
Week = Annotated[str, typer.Option(help="the week, 2026-W46")]


@week_app.command("note")
def week_note(
    ctx: typer.Context, subject: Subject, week: Week, words: Annotated[str, typer.Argument(help="what it says")]
) -> None:
    """Write a note about a week, as who leads the subject; prints its number.

    Example: kpi --user head week note --subject department:S01/呼叫中心 --week 2026-W46 周六增开早班
    """
    run: Run = ctx.obj
    typer.echo(notes.write(run.db, run.who, subject, week, words))


@week_app.command("reword")
def week_reword(
    ctx: typer.Context,
    note: Annotated[int, typer.Argument(help="its number")],
    words: Annotated[str, typer.Argument(help="what it says now; empty withdraws it")],
) -> None:
    """Word one's own note anew, or withdraw it; its former wordings stay.

    Example: kpi --user head week reword 3 周日也增开早班
    """
    run: Run = ctx.obj
    notes.reword(run.db, run.who, note, words)


@week_app.command("notes")
def week_notes(ctx: typer.Context, subject: Subject, week: Week, output: FormatOption = Format.table) -> None:
    """List the notes of a week with their former wordings.

    Example: kpi --user head week notes --subject department:S01/呼叫中心 --week 2026-W46
    """
    run: Run = ctx.obj
    rows = [it.as_json() for it in notes.listing(run.db, run.who, subject, week)]
    if output is Format.json:
        return put_json(rows)
    return put_table(
        [{**row, "earlier": " / ".join(it["words"] for it in row["earlier"])} for row in rows],
        ("note", "by", "at", "words", "earlier"),
    )


@urge_app.command("item")
def urge_item(
    ctx: typer.Context,
    period: Month,
    unit: Annotated[str, typer.Option(help="the store")],
    item: Annotated[str, typer.Option(help=f"{', '.join(urging.DONE_WITH)}")],
    about: Annotated[str, typer.Option(help="which of its places: the complaint, the objection, the department")],
) -> None:
    """Ask whoever is responsible for an open place of a month's checklist, once a day.

    Example: kpi --user hr urge item 2026-10 --unit S01 --item sign_offs --about 销售部
    """
    run: Run = ctx.obj
    urging.urge(run.db, run.who, pay_month(run, period), unit=unit, item=item, about=about)


@urge_app.command("person")
def urge_person(
    ctx: typer.Context,
    person: Annotated[str, typer.Argument(help="工号")],
    words: Annotated[str, typer.Option(help="what is asked for")],
) -> None:
    """Ask one of the people one leads for something overdue, once a day.

    Example: kpi --user head urge person E113 --words 逾期未跟进34条，今天下班前跟进
    """
    run: Run = ctx.obj
    urging.urge_person(run.db, run.who, person, words=words)


@urge_app.command("list")
def urge_list(ctx: typer.Context, output: FormatOption = Format.table) -> None:
    """List what one was asked to do in the last days, the newest first. Example: kpi --user director urge list"""
    run: Run = ctx.obj
    rows = [it.as_json(run.lang) for it in urging.listing(run.db, run.who, as_of=run.as_of)]
    put(rows, output, ("day", "matter", "about", "store_id", "department", "text", "user_name"))


def add_to(kpi: typer.Typer) -> None:
    """Add these commands to the tree."""
    kpi.add_typer(week_app, name="week")
    kpi.add_typer(urge_app, name="urge")

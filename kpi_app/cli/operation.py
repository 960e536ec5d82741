"""Commands that run the product: init, demo, serve, user, workdays, backup, restore, docs."""

import os
import secrets
from pathlib import Path
from typing import Annotated

import typer

from data_contracts.contract import Problem, Text
from kpi_app.cli.frame import Format, FormatOption, Run, day_of, put, put_json, put_table, said
from kpi_app.store import backup as backups
from kpi_app.store import database
from kpi_app.store.accounts import users
from kpi_app.store.rulebook import plans, working_days

workdays_app = typer.Typer(help="China's working days, as entered above the built-in calendar.", no_args_is_help=True)
user_app = typer.Typer(help="Who may sign in, with which roles and scopes.", no_args_is_help=True)


def init(
    ctx: typer.Context,
    admin: Annotated[str, typer.Option(help="login name of the first administrator")] = "admin",
) -> None:
    """Make a new store with its first administrator and the plans that ship.

    The password comes from KPI_PASSWORD; without it one is made and shown once. Example: kpi init --admin admin
    """
    run: Run = ctx.obj
    password = os.environ.get("KPI_PASSWORD") or secrets.token_urlsafe(12)
    db = database.create(run.settings)
    users.add(db, run.who, admin, password, roles=["admin"], is_first_password="KPI_PASSWORD" not in os.environ)
    plans.load_shipped(db, run.who)
    said.print(f"{run.settings.home}")
    if "KPI_PASSWORD" not in os.environ:
        said.print(f"{admin} / {password}")


def serve(
    ctx: typer.Context,
    host: Annotated[str | None, typer.Option(help="address to listen on")] = None,
    port: Annotated[int | None, typer.Option(help="port to listen on")] = None,
) -> None:
    """Open the dashboard.

    Example: kpi serve --port 8501
    """
    from kpi_app.web import serving

    run: Run = ctx.obj
    _ = run.db
    serving.serve(run.settings, host=host or run.settings.host, port=port or run.settings.port)


def demo(
    ctx: typer.Context,
    serve_after: Annotated[bool, typer.Option("--serve/--no-serve", help="open the dashboard afterwards")] = True,
    files: Annotated[Path | None, typer.Option(help="only write the export files into this folder")] = None,
) -> None:
    """Make a demo group, import its files, compute its months, and open the dashboard.

    A second run keeps everything. Example: kpi demo --no-serve
    """
    from kpi_app import demo as demo_group

    run: Run = ctx.obj
    if files is not None:
        for path in demo_group.write_files(files, as_of=run.as_of):
            said.print(str(path))
        return
    demo_group.prepare(run.settings, say=lambda text: said.print(run.text(text)))
    if serve_after:
        serve(ctx)


@user_app.command("add")
def user_add(
    ctx: typer.Context,
    name: str,
    role: Annotated[list[str], typer.Option(help="staff, head, hr, director or admin; may be repeated")],
    person: Annotated[str | None, typer.Option(help="工号 of this user")] = None,
    scope: Annotated[
        list[str] | None,
        typer.Option(help="store:S01, department:S01/售后部, team:T01, group; HR and directors without one: group"),
    ] = None,
) -> None:
    """Add a user; the password comes from KPI_NEW_PASSWORD or a prompt (without --user also from KPI_PASSWORD).

    Example: kpi --user admin user add wang --role head --person E001 --scope team:T01
    """
    run: Run = ctx.obj
    scopes = scope or (["group"] if {"hr", "director"} & set(role) else [])
    users.add(
        run.db,
        run.who,
        name,
        new_password(run, name),
        roles=role,
        person_id=person,
        scopes=scopes,
        is_first_password=True,
    )
    said.print(f"{name}: {', '.join([*role, *scopes])}")


@user_app.command("change")
def user_change(
    ctx: typer.Context,
    name: str,
    role: Annotated[list[str], typer.Option(help="the roles from now on; may be repeated")],
    person: Annotated[str | None, typer.Option(help="工号 of this user")] = None,
    scope: Annotated[list[str] | None, typer.Option(help="the scopes from now on; may be repeated")] = None,
) -> None:
    """Give a user other roles and scopes, and end the user's sessions.

    Example: kpi user change wang --role head --person E001 --scope department:S01/售后部
    """
    run: Run = ctx.obj
    users.change(run.db, run.who, name, roles=role, person_id=person, scopes=scope or ())
    said.print(f"{name}: {', '.join([*role, *(scope or ())])}")


@user_app.command("bind")
def user_bind(
    ctx: typer.Context,
    name: str,
    subject: Annotated[str, typer.Option(help="the id that the provider gives this person")],
    issuer: Annotated[str | None, typer.Option(help="the provider; by default that of KPI_OIDC_ISSUER")] = None,
) -> None:
    """Let a person of an identity provider sign in as this user.

    Example: kpi user bind wang --subject 8a7b6c
    """
    run: Run = ctx.obj
    given = issuer or run.settings.oidc_issuer
    if given is None:
        raise Problem("请加 --issuer，或设置 KPI_OIDC_ISSUER。", "Name the provider: --issuer, or set KPI_OIDC_ISSUER.")
    users.bind(run.db, run.who, name, issuer=given, subject=subject)
    said.print(f"{name}: {given} {subject}")


@user_app.command("unbind")
def user_unbind(ctx: typer.Context, name: str) -> None:
    """Take all sign-ins of identity providers from a user. Example: kpi user unbind wang"""
    run: Run = ctx.obj
    users.unbind(run.db, run.who, name)
    said.print(name)


@user_app.command("list")
def user_list(ctx: typer.Context, output: FormatOption = Format.table) -> None:
    """List the users. Example: kpi user list"""
    run: Run = ctx.obj
    rows = users.listing(run.db, run.who)
    put(rows, output)


@user_app.command("disable")
def user_disable(ctx: typer.Context, name: str) -> None:
    """Disable a user and end the user's sessions. Example: kpi user disable wang"""
    run: Run = ctx.obj
    users.disable(run.db, run.who, name)
    said.print(name)


@user_app.command("enable")
def user_enable(ctx: typer.Context, name: str) -> None:
    """Let a disabled user sign in again. Example: kpi user enable wang"""
    run: Run = ctx.obj
    users.enable(run.db, run.who, name)
    said.print(name)


@user_app.command("password")
def user_password(ctx: typer.Context, name: str) -> None:
    """Set a password (KPI_NEW_PASSWORD or a prompt) and end the user's sessions. Example: kpi user password wang"""
    run: Run = ctx.obj
    users.set_password(run.db, run.who, name, new_password(run, name))
    said.print(name)


@workdays_app.command("show")
def workdays_show(
    ctx: typer.Context,
    year: Annotated[int | None, typer.Argument(help="one year; all without it")] = None,
    output: FormatOption = Format.table,
) -> None:
    """Show the days that were entered above the built-in calendar, and until when it is known.

    Example: kpi workdays show 2027
    """
    run: Run = ctx.obj
    days = working_days.listing(run.db, year)
    known = working_days.last_known_year(run.db)
    if output is Format.json:
        return put_json({"known_until": known, "days": [it.as_json() for it in days]})
    put_table([it.as_json() for it in days], ("falls_on", "is_working", "was_working", "notice"))
    return said.print(run.text(Text(f"调休安排已知到 {known} 年", f"make-up days are known until {known}")))


@workdays_app.command("set")
def workdays_set(
    ctx: typer.Context,
    first: Annotated[str, typer.Argument(help="the day, or the first of them: 2027-02-06")],
    notice: Annotated[str, typer.Option(help="the notice that says so")],
    last: Annotated[str | None, typer.Option("--until", help="the last of them")] = None,
    is_working: Annotated[bool, typer.Option("--working/--off", help="worked, or a day off")] = False,
) -> None:
    """Say that days are worked or off, as a notice of the State Council has it; `kpi import` takes a whole year's file.

    Example: kpi workdays set 2027-02-06 --working --notice 国办发明电〔2026〕1号
    """
    run: Run = ctx.obj
    days = [day_of(text) for text in (first, last or first)]
    made = working_days.set_(run.db, run.who, days[0], days[1], is_working=is_working, notice=notice)
    said.print(str(made))


def new_password(run: Run, name: str) -> str:
    """``KPI_NEW_PASSWORD``, ``KPI_PASSWORD`` where it is not the caller's own, else asked twice."""
    given = os.environ.get("KPI_NEW_PASSWORD") or (os.environ.get("KPI_PASSWORD") if run.user is None else None)
    return given or typer.prompt(f"New password of {name}", hide_input=True, confirmation_prompt=True, err=True)


def backup(ctx: typer.Context, file: Path) -> None:
    """Write everything into one file, which comes back on SQLite and on PostgreSQL.

    Example: kpi backup kpi-2026-10.zip
    """
    run: Run = ctx.obj
    backups.backup(run.db, run.who, file)
    said.print(str(file))


def restore(ctx: typer.Context, file: Path) -> None:
    """Restore a backup into an empty KPI_HOME, and into the empty database of KPI_DATABASE_URL where that is set.

    Made on SQLite or on PostgreSQL, it comes back on either: this is also how a store moves from one to the other.

    Example: kpi restore kpi-2026-10.zip
    """
    run: Run = ctx.obj
    backups.restore(run.settings, file)
    said.print(str(run.settings.home))


def docs(folder: Annotated[Path, typer.Argument(help="where to write")] = Path("docs/reference")) -> None:
    """Write the reference of contracts, metrics, commands and settings from the code.

    Example: kpi docs docs/reference
    """
    from kpi_app import reference

    for path in reference.write(folder):
        said.print(str(path))


def add_to(kpi: typer.Typer) -> None:
    """Add these commands to the tree."""
    for command in (init, demo, serve, backup, restore, docs):
        kpi.command(command.__name__)(command)
    kpi.add_typer(user_app, name="user")
    kpi.add_typer(workdays_app, name="workdays")

"""Commands of what could be: moves, simulate."""

from pathlib import Path
from typing import Annotated

import typer

from kpi_app.cli.frame import Format, FormatOption, Run, put, put_json, put_table, said
from kpi_app.cli.month import Month, Unit, pay_month, plan_text
from kpi_app.store.views import outlook
from metrics.period import Period
from scorecards.money import yuan
from scorecards.replay import LEFT_OUT, TENURES, UNFIT


def moves(
    ctx: typer.Context,
    period: Month,
    person: Annotated[str | None, typer.Option(help="工号; default oneself")] = None,
    output: FormatOption = Format.table,
) -> None:
    """Show how few more visits, deals or calls reach the next band or limit by the month's end.

    Example: kpi --user hr moves 2026-11 --person E010
    """
    run: Run = ctx.obj
    found = outlook.moves(run.db, run.who, pay_month(run, period), person, as_of=run.as_of)
    rows = [move.as_json(run.lang) for move in found]
    put(rows, output, ("plan", "rule", "text"))


def simulate(
    ctx: typer.Context,
    plan: Annotated[Path, typer.Argument(help="a plan file, or the name of one that ships")],
    months: Annotated[str, typer.Option(help="past months, 2026-04..2026-09")],
    unit: Unit = None,
    output: FormatOption = Format.table,
) -> None:
    """Replay a proposed plan on past months beside today's; no month, plan or fact is written.

    Example: kpi --user hr simulate plan.toml --months 2026-04..2026-09
    """
    run: Run = ctx.obj
    made = outlook.simulate(run.db, run.who, plan_text(plan), months_in(run, months), unit=unit, as_of=run.as_of)
    if output is Format.json:
        return put_json(made.as_json())
    money = ("today", "proposed", "difference")
    tenures = {name.zh: run.text(name) for _, name in TENURES}
    held = ("lapsed", "carried", "waived", "today")
    for found, names, amounts in (
        (made.months, ("period",), money),
        (made.groups, ("by", "subject", "people", "winners", "losers"), money),
        ((*made.winners, *made.losers), ("person_id", "person_name", "role", "team_id", "tenure_months"), money),
        (made.distribution, ("people",), ("from", "to")),
        (made.guarded, ("period", "person_id"), held),
    ):
        shown = [
            {name: tenures.get(value := getattr(row, name), value) for name in names}
            | {name: None if (fen := getattr(row, f"{name}_fen")) is None else yuan(fen) for name in amounts}
            for row in found
        ]
        if shown:
            put_table(shown)
    if made.unfit:
        said.print(run.text(UNFIT))
        put_table([{"period": it.period, "where": it.where, "message": run.text(it.message)} for it in made.unfit])
    said.print(f"{made.proposed} / {'、'.join(made.today)}: {yuan(made.today_fen)} → {yuan(made.proposed_fen)}")
    return said.print(run.text(LEFT_OUT))


def months_in(run: Run, text: str) -> list[Period]:
    """The months of ``2026-04..2026-09``, or the one month. Raises Problem for anything else."""
    asked = Period.parse(text, run.settings.month_starts_on)
    months = [pay_month(run, text.rpartition("..")[2].strip())]
    while months[0].first > asked.first:
        months.insert(0, months[0].previous())
    return months


def add_to(kpi: typer.Typer) -> None:
    """Add these commands to the tree."""
    kpi.command("moves")(moves)
    kpi.command("simulate")(simulate)

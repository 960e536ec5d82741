"""Commands of personal plans of success: success add, agree, check, end, list."""

from typing import Annotated

import typer

from kpi_app.cli.frame import Format, FormatOption, Run, day_of, put, said
from kpi_app.store.views import success

success_app = typer.Typer(help="Personal plans of success and their checks.", no_args_is_help=True)

SHOWN = ("plan", "person_name", "metric_name", "goal", "value", "due_on", "state_name", "is_reached", "checks",
         "last_words")  # fmt: skip


@success_app.command("add")
def success_add(
    ctx: typer.Context,
    metric: Annotated[str, typer.Option(help="the metric's key, as in the reference")],
    goal: Annotated[str, typer.Option(help="what is to be reached, in the metric's unit: 24%, 48")],
    due: Annotated[str, typer.Option(help="by which day, YYYY-MM-DD")],
    step: Annotated[list[str], typer.Option(help="how it is to be reached; may be given several times")],
    person: Annotated[str | None, typer.Option(help="工号 of somebody you lead; default yourself")] = None,
    since: Annotated[str | None, typer.Option(help="the first day that counts; default today")] = None,
) -> None:
    """Propose a plan; the other side agrees to it.

    Example: kpi --user inviter success add --metric visit_groups --goal 48 --due 2026-12-31 --step 每天复盘三通电话
    """
    run: Run = ctx.obj
    typer.echo(
        success.add(
            run.db,
            run.who,
            person_id=person or run.who.person_id or "",
            metric=metric,
            goal=goal,
            due_on=day_of(due),
            steps="\n".join(step),
            since=None if since is None else day_of(since),
        )
    )


@success_app.command("agree")
def success_agree(ctx: typer.Context, plan: int) -> None:
    """Agree to a plan that the other side proposed. Example: kpi --user head success agree 1"""
    run: Run = ctx.obj
    success.agree(run.db, run.who, plan)
    said.print(f"{plan}: {run.text(success.STATES['running'])}")


@success_app.command("check")
def success_check(
    ctx: typer.Context,
    plan: int,
    words: Annotated[str, typer.Option(help="what was seen")],
    failed: Annotated[bool, typer.Option("--failed", help="it is not carried out")] = False,
) -> None:
    """Check how a plan is carried out. Example: kpi --user head success check 1 --words 本周抽听三通，有预约话术"""
    run: Run = ctx.obj
    success.check(run.db, run.who, plan, words=words, is_carried_out=not failed)
    said.print(str(plan))


@success_app.command("end")
def success_end(
    ctx: typer.Context, plan: int, words: Annotated[str, typer.Option(help="how it ended, or why")]
) -> None:
    """End a plan. Example: kpi --user head success end 1 --words 已达到目标"""
    run: Run = ctx.obj
    success.end(run.db, run.who, plan, words=words)
    said.print(f"{plan}: {run.text(success.STATES['ended'])}")


@success_app.command("list")
def success_list(
    ctx: typer.Context,
    person: Annotated[str | None, typer.Option(help="工号; default everybody in reach")] = None,
    state: Annotated[str | None, typer.Option(help="proposed, running, over or ended; default all")] = None,
    output: FormatOption = Format.table,
) -> None:
    """List plans in reach with how far they have come. Example: kpi --user head success list --state running"""
    run: Run = ctx.obj
    found = success.listing(run.db, run.who, person_id=person, state=state, as_of=run.as_of)
    put([one.as_json(run.lang) for one in found], output, SHOWN)


def add_to(kpi: typer.Typer) -> None:
    """Add these commands to the tree."""
    kpi.add_typer(success_app, name="success")

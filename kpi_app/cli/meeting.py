"""Commands of the complaint meeting: meeting, action, question."""

from typing import Annotated, Any

import typer

from kpi_app.cli.frame import Format, FormatOption, Run, day_of, put, put_json, put_table, said
from kpi_app.store.complaints import actions, questions
from kpi_app.store.complaints import meeting as meetings
from metrics.period import Period

action_app = typer.Typer(help="Corrective actions, with owner, day, check and second check.", no_args_is_help=True)
question_app = typer.Typer(help="Questions that every survey call must ask.", no_args_is_help=True)

Unit = Annotated[str | None, typer.Option(help="one store; default all in reach")]
Department = Annotated[str | None, typer.Option(help="one department, 销售部; default all in reach")]
Store = Annotated[str, typer.Option("--unit", help="the store")]
OfDepartment = Annotated[str, typer.Option("--department", help="its department, 销售部")]
Cause = Annotated[str | None, typer.Option(help="服务, 用户 or 产品")]


def meeting(
    ctx: typer.Context,
    week: Annotated[str, typer.Argument(help="the week, 2026-W44")],
    unit: Unit = None,
    department: Department = None,
    output: FormatOption = Format.table,
) -> None:
    """What the complaint meeting of a week has on its table.

    Example: kpi --user director meeting 2026-W44 --unit S01 --department 销售部
    """
    run: Run = ctx.obj
    held = meetings.weekly(
        run.db, run.who, Period.parse(week), as_of=run.as_of, store_id=unit, department=department
    ).as_json(run.lang)
    if output is Format.json:
        return put_json(held)
    parts: dict[str, tuple[str, ...]] = {
        "causes": ("cause", "complaints", "cumulative", "before"),
        "topics": ("store_id", "department", "cause", "customer_id", "complaints", "weeks", "is_asked"),
        "open": ("complaint_id", "department", "person_name", "handler_name", "received_at", "age", "is_over_limit",
                 "cause", "loops", "is_ruled"),
        "waiting": ("complaint_id", "department", "person_name", "received_at", "due", "is_overdue"),
        "ruled": ("complaint_id", "department", "person_id", "fault", "penalty_fen", "judged_at", "note"),
        "questions": ("question_id", "store_id", "department", "words", "since"),
        "actions": SHOWN,
    }  # fmt: skip
    typer.echo(
        f"{held['week']} {held['first']}..{held['last']} | received {held['received']}, the week before "
        f"{held['received_before']}, not counted {held['not_counted']}, unhappy again {held['again_unhappy']}"
    )
    for part, columns in parts.items():
        typer.echo(f"\n{part}: {len(held[part])}")
        if held[part]:
            put_table(held[part], columns)
    return None


SHOWN = (
    "action",
    "unit",
    "department",
    "week",
    "what",
    "owner_name",
    "due_on",
    "state_name",
    "is_overdue",
    "last_words",
)


@action_app.command("add")
def action_add(
    ctx: typer.Context,
    unit: Store,
    department: OfDepartment,
    what: Annotated[str, typer.Option(help="what is to be done")],
    owner: Annotated[str, typer.Option(help="工号 of who does it")],
    due: Annotated[str, typer.Option(help="by which day, YYYY-MM-DD")],
    week: Annotated[str | None, typer.Option(help="the meeting's week; default this one")] = None,
    cause: Cause = None,
    complaint: Annotated[str | None, typer.Option(help="投诉编号 it goes back to")] = None,
) -> None:
    """Agree on a corrective action.

    Example: kpi --user head action add --unit S01 --department 销售部 --what 交车前确认 --owner E120 --due 2026-11-06
    """
    run: Run = ctx.obj
    typer.echo(
        actions.add(
            run.db,
            run.who,
            store_id=unit,
            department=department,
            what=what,
            owner_id=owner,
            due_on=day_of(due),
            week=week,
            cause=cause,
            complaint_id=complaint,
        )
    )


Words = Annotated[str, typer.Option(help="what was seen or done")]
Failed = Annotated[bool, typer.Option("--failed", help="the check failed: the action is open again")]


@action_app.command("done")
def action_done(ctx: typer.Context, action: int, words: Words = "") -> None:
    """Say that an action is done. Example: kpi --user consultant action done 2 --words 已加入交车清单"""
    step(ctx, action, "done", words)


@action_app.command("check")
def action_check(ctx: typer.Context, action: int, words: Words = "", failed: Failed = False) -> None:
    """Check an action that is done, as the head. Example: kpi --user head action check 2 --failed --words 没有签名"""
    step(ctx, action, "check", words, is_passed=not failed)


@action_app.command("recheck")
def action_recheck(ctx: typer.Context, action: int, words: Words = "", failed: Failed = False) -> None:
    """Check again, as a director who did not check. Example: kpi --user director action recheck 2 --words 抽查属实"""
    step(ctx, action, "recheck", words, is_passed=not failed)


def step(ctx: typer.Context, action: int, name: str, words: str, *, is_passed: bool = True) -> None:
    """Take a step and say where the action stands."""
    run: Run = ctx.obj
    stands = actions.take(run.db, run.who, action, name, words=words, is_passed=is_passed)
    said.print(f"{action}: {run.text(actions.STATES[stands.state])}")


@action_app.command("list")
def action_list(
    ctx: typer.Context,
    unit: Unit = None,
    department: Department = None,
    state: Annotated[str | None, typer.Option(help="open, done, checked or closed; default all")] = None,
    overdue: Annotated[bool, typer.Option(help="only what is overdue")] = False,
    output: FormatOption = Format.table,
) -> None:
    """List corrective actions by the day they are due. Example: kpi action list --overdue"""
    run: Run = ctx.obj
    found = actions.listing(run.db, run.who, store_id=unit, department=department, state=state, overdue=overdue)
    rows = [one.as_json(run.lang) for one in found]
    put(rows, output, SHOWN)


@question_app.command("ask")
def question_ask(
    ctx: typer.Context,
    words: Annotated[str, typer.Argument(help="the question")],
    unit: Store,
    department: OfDepartment,
    cause: Cause = None,
) -> None:
    """Let every survey call of a department ask a question.

    Example: kpi --user director question ask 顾问是否按约定回电？ --unit S01 --department 销售部 --cause 服务
    """
    run: Run = ctx.obj
    typer.echo(questions.ask(run.db, run.who, store_id=unit, department=department, words=words, cause=cause))


@question_app.command("end")
def question_end(ctx: typer.Context, question: int) -> None:
    """Let a question be asked no longer. Example: kpi --user director question end 1"""
    run: Run = ctx.obj
    questions.end(run.db, run.who, question)
    said.print(str(question))


@question_app.command("list")
def question_list(ctx: typer.Context, output: FormatOption = Format.table) -> None:
    """List the questions asked now and before. Example: kpi question list"""
    run: Run = ctx.obj
    kept = ("question_id", "store_id", "department", "words", "cause", "since", "ended_on", "made_name")
    rows: list[dict[str, Any]] = [
        {name: getattr(one, name) for name in kept} for one in questions.listing(run.db, run.who)
    ]
    put(rows, output, kept)


def add_to(kpi: typer.Typer) -> None:
    """Add these commands to the tree."""
    kpi.command("meeting")(meeting)
    kpi.add_typer(action_app, name="action")
    kpi.add_typer(question_app, name="question")

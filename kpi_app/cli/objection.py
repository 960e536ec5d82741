"""Commands for what staff say, and for a head's word on whose an arrival is: objection, credit, statement, reading."""

from typing import Annotated

import typer

from kpi_app.cli.frame import Format, FormatOption, Run, put, put_json, put_table, said
from kpi_app.cli.month import Month, Unit, fen, pay_month
from kpi_app.store.disputes import acknowledgements, credit, objections
from kpi_app.store.rulebook import readings

objection_app = typer.Typer(help="Objections of staff to lines of their pay, and the answers.", no_args_is_help=True)
credit_app = typer.Typer(help="Whose an arrival is, as a head of department decides it.", no_args_is_help=True)
statement_app = typer.Typer(help="Statements of a month, and what staff say of theirs.", no_args_is_help=True)
reading_app = typer.Typer(help="Who has read the plan version that applies to them.", no_args_is_help=True)

Number = Annotated[int, typer.Argument(help="the objection's number")]
Visit = Annotated[str, typer.Argument(help="到店编号 of the arrival")]


@objection_app.command("raise")
def objection_raise(
    ctx: typer.Context,
    line_id: str,
    reason: Annotated[str, typer.Option(help="what is wrong with the line")],
    about: Annotated[str | None, typer.Option(help="ruling, credit or rule; by default what the line rests on")] = None,
) -> None:
    """Object to a line of one's own pay. Example: kpi --user inviter objection raise 0f3a… --reason 当日已回电"""
    run: Run = ctx.obj
    typer.echo(objections.dispute(run.db, run.who, line_id, reason=reason, about=about))


@objection_app.command("claim")
def objection_claim(
    ctx: typer.Context,
    period: Month,
    reason: Annotated[str, typer.Option(help="what is missing")],
    about: Annotated[str, typer.Option(help="credit or rule")] = "credit",
    unit: Unit = None,
) -> None:
    """Say that something is missing. Example: kpi --user inviter objection claim 2026-10 --reason 漏算10-12一组到店"""
    run: Run = ctx.obj
    typer.echo(objections.claim(run.db, run.who, pay_month(run, period), reason=reason, about=about, unit=unit))


@objection_app.command("answer")
def objection_answer(
    ctx: typer.Context,
    number: Number,
    outcome: Annotated[str, typer.Option(help="upheld, amended or rejected")],
    words: Annotated[str, typer.Option(help="the answer; the person reads it")],
    amount: Annotated[str | None, typer.Option(help="yuan, for amended; negative takes away")] = None,
) -> None:
    """Answer an objection that goes to you; upheld or amended opens a submitted or approved month again.

    Example: kpi --user director objection answer 3 --outcome amended --amount 30 --words 按下限计
    """
    run: Run = ctx.obj
    given = None if amount is None else fen(amount)
    objections.answer(run.db, run.who, number, outcome=outcome, words=words, amount_fen=given)
    said.print(f"{number}: {outcome}")


@objection_app.command("withdraw")
def objection_withdraw(ctx: typer.Context, number: Number) -> None:
    """Take back one's own objection. Example: kpi --user inviter objection withdraw 3"""
    run: Run = ctx.obj
    objections.withdraw(run.db, run.who, number)
    said.print(f"{number}: withdrawn")


@objection_app.command("list")
def objection_list(
    ctx: typer.Context,
    period: Annotated[str | None, typer.Option(help="only this pay month")] = None,
    state: Annotated[
        str | None, typer.Option(help="open, overdue, upheld, amended, rejected or withdrawn; default all")
    ] = None,
    output: FormatOption = Format.table,
) -> None:
    """List objections in reach and their answers. Example: kpi --user hr objection list --state overdue"""
    run: Run = ctx.obj
    when = None if period is None else pay_month(run, period)
    rows = [one.as_json(run.lang) for one in objections.listing(run.db, run.who, period=when, state=state)]
    shown = ("objection", "period", "unit", "person_name", "line", "line_amount", "reason", "goes_to", "answer_due",
             "state_name", "answer")  # fmt: skip
    put(rows, output, shown)


@statement_app.command("acknowledge")
def statement_acknowledge(
    ctx: typer.Context,
    period: Month,
    remark: Annotated[str, typer.Option(help="agree with this remark")] = "",
) -> None:
    """Agree to one's own statement of a month. Example: kpi --user inviter statement acknowledge 2026-10"""
    run: Run = ctx.obj
    answer = "remark" if remark.strip() else "agreed"
    for one in acknowledgements.acknowledge(run.db, run.who, pay_month(run, period), answer=answer, words=remark):
        said.print(f"{one.store_id} {one.period}: {one.state}")


@statement_app.command("list")
def statement_list(
    ctx: typer.Context,
    period: Month,
    unit: Unit = None,
    state: Annotated[str | None, typer.Option(help="agreed, remark, changed or none; default all")] = None,
    output: FormatOption = Format.table,
) -> None:
    """List who agreed and who said nothing, which is not consent. Example: kpi statement list 2026-10 --state none"""
    run: Run = ctx.obj
    found = acknowledgements.listing(run.db, run.who, pay_month(run, period), unit=unit, state=state)
    rows = [one.as_json(run.lang) for one in found]
    put(rows, output, ("unit", "person_id", "person_name", "state_name", "words", "at"))


@reading_app.command("confirm")
def reading_confirm(ctx: typer.Context, plan: str) -> None:
    """Confirm having read a plan that applies to you. Example: kpi --user inviter reading confirm satisfaction"""
    run: Run = ctx.obj
    readings.confirm(run.db, run.who, plan)
    said.print(plan)


@reading_app.command("list")
def reading_list(
    ctx: typer.Context,
    plan: Annotated[str | None, typer.Option(help="only this plan")] = None,
    unread: Annotated[bool, typer.Option(help="only who has not read it")] = False,
    mine: Annotated[bool, typer.Option(help="one's own plans")] = False,
    output: FormatOption = Format.table,
) -> None:
    """List who has read the plan versions that apply. Example: kpi reading list --plan satisfaction --unread"""
    run: Run = ctx.obj
    found = readings.mine(run.db, run.who) if mine else readings.listing(run.db, run.who, key=plan, unread=unread)
    rows = [one.as_json(run.lang) for one in found]
    shown = ("unit", "person_id", "person_name", "plan", "since", "notice", "published_on", "read_at")
    put(rows, output, shown)


@credit_app.command("find")
def credit_find(
    ctx: typer.Context,
    asked: Annotated[str, typer.Argument(help="到店编号, or 客户编号 for the customer's last arrivals")],
    output: FormatOption = Format.table,
) -> None:
    """Show who could have the credit of an arrival, and who has it. Example: kpi --user head credit find DD000001"""
    run: Run = ctx.obj
    found = [one.as_json(run.lang) for one in credit.find(run.db, run.who, asked)]
    if output is Format.json:
        return put_json(found)
    rows = [{**one, **candidate} for one in found for candidate in one["candidates"] or [{}]]
    columns = ("visit_id", "customer_id", "arrived_at", "what", "key", "person_id", "person_name", "at", "reason")
    return put_table(rows, columns)


@credit_app.command("give")
def credit_give(
    ctx: typer.Context,
    visit_id: Visit,
    to: Annotated[str, typer.Option(help="工号 of who gets the credit")],
    reason: Annotated[str, typer.Option(help="why; both sides read it")],
) -> None:
    """Give the credit of an arrival to somebody else; prints the number of the import that holds it.

    Example: kpi --user head credit give DD000001 --to E113 --reason 电话邀约未录入，有通话录音
    """
    run: Run = ctx.obj
    typer.echo(credit.give(run.db, run.who, visit_id=visit_id, person_id=to, reason=reason))


@credit_app.command("list")
def credit_list(ctx: typer.Context, output: FormatOption = Format.table) -> None:
    """List the decisions in force. Example: kpi --user head credit list"""
    run: Run = ctx.obj
    put(credit.listing(run.db, run.who), output)


@credit_app.command("history")
def credit_history(ctx: typer.Context, visit_id: Visit, output: FormatOption = Format.table) -> None:
    """List every decision made on an arrival. Example: kpi --user head credit history DD000001"""
    run: Run = ctx.obj
    put(credit.history(run.db, run.who, visit_id), output)


def add_to(kpi: typer.Typer) -> None:
    """Add these commands to the tree."""
    kpi.add_typer(objection_app, name="objection")
    kpi.add_typer(credit_app, name="credit")
    kpi.add_typer(statement_app, name="statement")
    kpi.add_typer(reading_app, name="reading")

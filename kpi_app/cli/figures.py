"""Commands of figures: metrics, measure, scorecard, review, today."""

from pathlib import Path
from typing import Annotated, Any, Literal, cast, get_args

import polars.selectors as cs
import typer

from data_contracts.contract import Problem
from kpi_app.cli.frame import Format, FormatOption, Run, put, put_json, put_table, said
from kpi_app.exports import tables
from kpi_app.store.views import attention, figures
from kpi_app.store.views import review as listings
from metrics import catalogue
from metrics.credit import Level
from metrics.period import Period


def level_of(text: str) -> Level:
    """A level, checked. Raises Problem for an unknown one."""
    levels = get_args(Level)
    if text not in levels:
        raise Problem(
            f"没有层级 {text}；可选 {'、'.join(levels)}。", f"No level {text}; choose from {', '.join(levels)}."
        )
    return cast(Level, text)


def metrics(
    ctx: typer.Context,
    key: Annotated[str | None, typer.Argument(help="one metric; all are listed without it")] = None,
    output: FormatOption = Format.table,
) -> None:
    """List the metrics or explain one.

    Example: kpi metrics invite_to_store_rate
    """
    run: Run = ctx.obj
    chosen = list(catalogue.METRICS.values()) if key is None else [catalogue.find(key)]
    rows: list[dict[str, Any]] = [
        {
            "key": it.key,
            "label": run.text(it.label),
            "description": run.text(it.description),
            "meaning": run.text(it.meaning),
            "unit": it.unit,
            "better": it.better,
            "settles_after_days": it.settles_after,
            "roles": list(it.roles),
            "source": it.source,
            "variant_of": it.variant_of,
        }
        for it in chosen
    ]
    if output is Format.json:
        return put_json(rows)
    if key is None:
        return put_table(rows, ("key", "label", "description", "unit", "better"))
    return put_table([{"field": name, "value": value} for name, value in rows[0].items()])


def measure(
    ctx: typer.Context,
    period: Annotated[str, typer.Option(help="2026-10-05, 2026-W45, 2026-10, 2026Q4, 2026, or A..B of one grain")],
    level: Annotated[str, typer.Option(help="person, team, department, store, region or group")],
    metric: Annotated[
        list[str] | None, typer.Option(help="one metric; may be repeated; default all but variants")
    ] = None,
    subject: Annotated[list[str] | None, typer.Option(help="only this subject; may be repeated")] = None,
    beside: Annotated[bool, typer.Option("--beside", help="figures stated from outside, beside the computed")] = False,
    out: Annotated[Path | None, typer.Option("-o", help="write FILE.csv, .json, .parquet or .xlsx")] = None,
    output: FormatOption = Format.table,
) -> None:
    """Measure metrics for a period at a level, or lay stated figures beside the computed ones.

    Writing others' figures to a file is an export: it needs the right, and the audit notes it.
    Example: kpi measure --period 2026-10 --level team --metric invite_to_store_rate
    """
    run: Run = ctx.obj
    at = level_of(level)
    chosen = [catalogue.find(key) for key in metric or ()] or [
        it for it in catalogue.METRICS.values() if it.variant_of is None
    ]
    when = Period.parse(period, month_starts_on=run.settings.month_starts_on)
    if beside:
        rows = tables.beside_as_json(
            figures.beside(
                run.db, run.who, chosen, [when], at, subjects=subject, as_of=run.as_of, is_export=out is not None
            )
        )
    else:
        frame = figures.measure(
            run.db, run.who, chosen, [when], at, subjects=subject or None, as_of=run.as_of, is_export=out is not None
        )
        rows = tables.figures_as_json(frame, run.lang)
    if out is not None:
        made = {"exported_by": run.who.name, "exported_at": run.settings.now_local().isoformat(timespec="seconds")}
        tables.write([{**row, **made} for row in rows], out)
        return said.print(str(out))
    if output is Format.json:
        return put_json(rows)
    if beside:
        return put_table(rows, tables.BESIDE)
    columns = (
        "metric",
        "subject_id",
        "period",
        "item",
        "value",
        "numerator",
        "denominator",
        "sample",
        "benchmark",
        "rank",
    )
    return put_table(rows, (*columns, "ranked_of", "is_settled", "settles_on", "reason"))


def scorecard(
    ctx: typer.Context,
    period: Annotated[str, typer.Option(help="a week 2026-W45 or month 2026-10")],
    subject: Annotated[str, typer.Option(help="person:E001, team:T01, department:S01/售后部 or store:S01")],
    output: FormatOption = Format.table,
) -> None:
    """Show a subject's scorecard.

    Example: kpi scorecard --period 2026-W45 --subject person:E001
    """
    run: Run = ctx.obj
    when = Period.parse(period, month_starts_on=run.settings.month_starts_on)
    cards = figures.scorecard(run.db, run.who, when, subject, as_of=run.as_of)
    shown = [card.as_json(run.lang) for card in cards]
    if output is Format.json:
        return put_json(shown)
    for card in shown:
        put_table(card["lines"])
        said.print(f"{card['card']}: {card['score'] if card['score'] is not None else card['reason']}")
    return None


def review(
    ctx: typer.Context,
    period: Annotated[str, typer.Option(help="2026-10-05, 2026-W45, 2026-10, 2026Q4, 2026, or A..B of one grain")],
    what: Annotated[Literal["backfilled", "duplicates"], typer.Option(help="backfilled or duplicates")] = "backfilled",
    output: FormatOption = Format.table,
) -> None:
    """List contacts recorded too late to earn an arrival, or leads that repeat another.

    Example: kpi review --period 2026-10 --what duplicates
    """
    run: Run = ctx.obj
    when = Period.parse(period, month_starts_on=run.settings.month_starts_on)
    listed = (listings.backfilled if what == "backfilled" else listings.duplicates)(
        run.db, run.who, when, as_of=run.as_of
    )
    rows = listed.with_columns(cs.temporal().dt.to_string()).to_dicts()
    return put(rows, output, listed.columns)


def today(
    ctx: typer.Context,
    subject: Annotated[
        str, typer.Argument(help="person:E001, team:T01, department:S01/售后部, store:S01, group:group")
    ],
    output: FormatOption = Format.table,
) -> None:
    """List what waits today: follow-ups and answers due, complaints, rulings, suspicious records, objections.

    Example: kpi --user head today department:S01/呼叫中心
    """
    run: Run = ctx.obj
    level, _, subject_id = subject.partition(":")
    matters = [
        matter.as_json(run.lang)
        for matter in attention.today(run.db, run.who, level_of(level), subject_id, as_of=run.as_of)
    ]
    if output is Format.json:
        return put_json(matters)
    rows = [{"matter": matter["name"], **item} for matter in matters for item in matter["items"]]
    put_table(rows, ("matter", "text", "person_name", "on", "days", "is_late"))
    for matter in matters:
        said.print(f"{matter['name']}: {matter['count']}, late {matter['late']}, older {matter['older']}")
    return None


def add_to(kpi: typer.Typer) -> None:
    """Add these commands to the tree."""
    kpi.command("metrics")(metrics)
    kpi.command("measure")(measure)
    kpi.command("scorecard")(scorecard)
    kpi.command("review")(review)
    kpi.command("today")(today)

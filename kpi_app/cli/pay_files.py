"""Commands that write a month's files: the sheet, whole, in parts or by pay items, and people's statements."""

from pathlib import Path
from typing import Annotated, Any

import typer

from data_contracts.contract import Problem, Text
from kpi_app.cli.frame import Format, FormatOption, Run, put_json, put_table, said, text_of
from kpi_app.cli.month import Month, Unit, pay_month
from kpi_app.cli.objection import statement_app
from kpi_app.exports import pay_items, sheets
from kpi_app.exports import statement as statement_file
from kpi_app.store.months import month as months
from kpi_app.store.months import statements
from scorecards.money import yuan


def sheet(
    ctx: typer.Context,
    period: Month,
    unit: Unit = None,
    out: Annotated[Path | None, typer.Option("-o", help="write FILE.xlsx, .csv or .json")] = None,
    split: Annotated[str | None, typer.Option(help="one file a store or department, beside each other")] = None,
    slips: Annotated[bool, typer.Option("--slips", help="also one slip a person, behind page ① of FILE.xlsx")] = False,
    items: Annotated[
        Path | None, typer.Option("--pay-items", help="write FILE.csv by the pay items that this TOML file maps")
    ] = None,
    output: FormatOption = Format.table,
) -> None:
    """Show or write the payroll adjustment sheet.

    Example: kpi --user hr sheet 2026-10 --unit S01 --slips -o 2026-10.xlsx,
    or kpi sheet 2026-10 --split department -o 10.xlsx, or kpi sheet 2026-10 --pay-items items.toml -o payroll.csv
    """
    run: Run = ctx.obj
    if out is None and (split or items or slips):
        raise Problem("请用 -o 写明文件名。", "Name the file with -o.")
    wanted = None if items is None else pay_items.read(text_of(items))
    made = months.sheet(run.db, run.who, pay_month(run, period), unit=unit, is_export=out is not None)
    if out is not None:
        written = sheets.write(
            made,
            out,
            exported_by=run.who.name,
            exported_at=run.settings.now_local(),
            split_by=split,
            pay_items=wanted,
            with_slips=slips,
        )
        return said.print("\n".join(str(path) for path in written), soft_wrap=True)
    shown: dict[str, Any] = made.as_json(run.lang)
    if output is Format.json:
        return put_json(shown)
    people = [{**person, "yuan": yuan(person["total_fen"])} for person in shown["people"]]
    put_table(people, ("person_id", "person_name", "store_id", "department", "role", "yuan"))
    return said.print(f"{shown['period']} {shown['status']}: {yuan(shown['total_fen'])}")


@statement_app.command("print")
def statement_print(
    ctx: typer.Context,
    period: Month,
    out: Annotated[Path, typer.Option("-o", help="write FILE.pdf, or FILE.zip with a PDF a person")],
    person: Annotated[
        str | None, typer.Option(help="one person's 工号; default everybody whose pay you may see")
    ] = None,
    unit: Unit = None,
    is_zip: Annotated[bool, typer.Option("--zip", help="a zip with a PDF a person, whatever FILE ends in")] = False,
) -> None:
    """Write people's statements of a month as PDF: amounts, reasons, weeks, and where to sign.

    Example: kpi --user hr statement print 2026-10 --unit S01 -o 2026-10.pdf,
    or kpi statement print 2026-10 --person E001 -o E001.pdf
    """
    run: Run = ctx.obj
    made = statements.export(run.db, run.who, pay_month(run, period), person_id=person, unit=unit)
    fonts = run.settings.fonts
    write = statement_file.archive if is_zip or out.suffix.lower() == ".zip" else statement_file.pdf
    out.write_bytes(write(made, lang=run.lang, fonts=fonts))
    if missing := sorted(statement_file.unprintable(made, lang=run.lang, fonts=fonts)):
        shown = "、".join(f"{it}（U+{ord(it):04X}）" if it.isprintable() else f"U+{ord(it):04X}" for it in missing)
        said.print(
            run.text(
                Text(
                    f"字体里没有 {shown}，已印成编码；请安装 fonts-noto-cjk、fonts-hanazono 后重新生成。",
                    f"No font has {shown}; their numbers are printed. Install fonts-noto-cjk and fonts-hanazono.",
                )
            ),
        )
    said.print(f"{out} ({len(made)})")


def add_to(kpi: typer.Typer) -> None:
    """Add these commands to the tree."""
    kpi.command("sheet")(sheet)

"""The reference pages, written from the code: contracts, metrics, commands, settings, rights, plans."""

from collections.abc import Iterator, Sequence
from inspect import cleandoc
from pathlib import Path

import typer

from data_contracts.catalogue import CONTRACTS
from data_contracts.contract import identifier_of
from kpi_app import access
from kpi_app.settings import Settings
from kpi_app.store.months import month_settings
from kpi_app.store.months.checks.mending import MENDING
from kpi_app.store.rulebook import plans
from metrics.catalogue import METRICS
from scorecards import plan as plan_file
from scorecards import practised
from scorecards.money import yuan
from scorecards.reading import SHAPES
from scorecards.rule import Measured


def pages() -> dict[str, str]:
    """File name → Markdown, for every reference page."""
    return {
        "contracts.md": "\n".join(_contracts()),
        "metrics.md": "\n".join(_metrics()),
        "commands.md": "\n".join(_commands()),
        "settings.md": "\n".join(_settings()),
        "rights.md": "\n".join(_rights()),
        "plans.md": "\n".join(_plans()),
        "plan-f1.md": "\n".join(_plan_f1()),
    }


def write(folder: Path) -> list[Path]:
    """Write the pages into ``folder`` and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")
    return sorted(folder / name for name in pages())


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(headings)} |"
    yield f"|{'---|' * len(headings)}"
    for row in rows:
        cells = (cell.replace("|", "\\|").replace("\n", " ") for cell in row)
        yield f"| {' | '.join(cells)} |"
    yield ""


def _contracts() -> Iterator[str]:
    yield "# Contracts\n"
    yield "Required columns carry an asterisk; a heading may be the Chinese one, the identifier or an alias.\n"
    for contract in CONTRACTS.values():
        yield f"## {contract.title.zh} `{contract.name}`\n"
        yield f"{cleandoc(contract.schema.__doc__ or '')}\n"
        dated = f", placed in its month by `{contract.dated_by}`" if contract.dated_by else ""
        yield f"Key: {', '.join(f'`{name}`' for name in contract.key)}{dated}.\n"
        rows = [
            (
                f"`{identifier_of(column, cell)}`{' *' if cell.required else ''}",
                cell.heading.zh,
                cell.kind,
                " ".join(cell.also),
                " ".join(cell.codes),
            )
            for column, cell in contract.cells.items()
        ]
        yield from _table(("identifier", "heading", "kind", "also", "codes"), rows)


def _metrics() -> Iterator[str]:
    yield "# Metrics\n"
    for metric in METRICS.values():
        yield f"## {metric.label.zh} `{metric.key}`\n"
        yield f"{metric.label.en}. {metric.meaning.en}\n"
        yield f"{metric.meaning.zh}\n"
        rows = [
            ("shown beside the name", metric.description.zh),
            ("better", str(metric.better)),
            ("unit, decimals", f"{metric.unit}, {metric.decimals}"),
            ("settles after", f"{metric.settles_after} days"),
            ("roles", ", ".join(metric.roles)),
            ("source", metric.source),
        ]
        yield from _table(("", ""), rows)


def _commands() -> Iterator[str]:
    from kpi_app.cli import frame

    yield "# Commands\n"
    yield "Global options, anywhere on the line: `--user NAME`, `--as-of DATE`, `--lang zh|en`.\n"
    yield from _command(typer.main.get_command(frame.kpi), "kpi")


def _plans() -> Iterator[str]:
    yield "# Plans that ship\n"
    yield (
        "`kpi init` loads `satisfaction`; any other is loaded by its name (`kpi plan load f1`), for some stores with "
        "`--unit`. Plans of one key stand for each other: a store is paid by one of them. `kpi plan check` says what "
        "is wrong with a text, `kpi plan diff` what it would change, and `kpi plan set` makes the next dated version "
        "by changing an amount or target.\n"
    )
    yield "## The shapes a rule may take\n"
    shapes = [(f"`{name}`", " ".join((shape.__doc__ or "").split())) for name, shape in SHAPES.items()]
    yield from _table(("shape", "what it pays or charges"), shapes)
    yield "## Who is measured, who is paid\n"
    yield f"{cleandoc(Measured.__doc__ or '')}\n"
    yield (
        "What a gate, scale, cap or floor takes or adds, and what `max_amount` takes, stands on a line of its own, "
        "whose requested amount is that difference; the lines it bears on stay as they were earned. So requested = "
        "applied + lapsed + carried + waived holds on every line, and the lines total what is paid.\n"
    )
    for name in plans.shipped_names():
        plan = plan_file.read(plans.shipped(name))
        yield f"## {plan.name.zh} `{name}`\n"
        yield f"{plan.name.en}. Key `{plan.key}`, from {plan.since}, notice {plan.notice.number}. {plan.source}\n"
        rules = [version.value for dated in plan.rules for version in dated.versions]
        rows = [
            (f"`{rule.key}`", rule.name.zh, rule.name.en, rule.since, rule.basis, " ".join(rule.roles), rule.source)
            for rule in rules
        ]
        yield from _table(("rule", "规则", "name", "since", "basis", "roles", "source"), rows)
    yield "## Templates\n"
    yield (
        "Refused until the store has set what their source leaves open (待定), each with its own notice. R8, the score "
        "of the callbacks, is a line of the consultant's card; R9 is the pay month itself.\n"
    )
    left_open = [
        (f"`{name}`", finding.where, finding.message.zh, finding.message.en)
        for name in plans.template_names()
        for finding in plan_file.check_text(plans.shipped(name))
    ]
    yield from _table(("template", "entry", "待定", "to be set"), left_open)


def _plan_f1() -> Iterator[str]:
    yield "# Plan F1: as written and as paid\n"
    yield (
        "Two lines of a published sheet, computed by the layout they were paid by and by the written version, rule by "
        "rule. The inputs are all that is known of them: of the seven indicators only three can be worked out (store "
        "close rate = deals ÷ visit groups, lead close rate = deals ÷ leads), so the written version cannot pay the "
        "other four here (400 yuan at most) nor the award for all seven. The sheet states the task as attainment: 70 "
        "visit groups is the only whole task that prints both 72.9 % and 101 %.\n"
    )
    written = plan_file.read(plans.shipped("f1"))
    for line in practised.SHEET_LINES:
        layout = plan_file.read(plans.shipped(line.layout))
        compared = practised.compare(line, layout, written)
        yield f"## {line.name.zh} / {line.name.en}\n"
        yield (
            f"{line.leads} leads, {line.visits} visit groups, {line.deals} deals, task {line.task} visit groups, "
            f"{line.indicators_paid} indicators paid as the sheet states.\n"
        )
        rows = [
            (
                f"{one.rule} {one.name.zh}",
                _amount(one.practised),
                _amount(one.written),
                yuan(one.difference_fen),
                _words(one.practised),
                _words(one.written),
            )
            for one in compared
        ]
        paid, due = (sum(side.amount_fen for side in of if side) for of in _columns(compared))
        rows.append(("合计 total", yuan(paid), yuan(due), yuan(paid - due), "", ""))
        headings = ("规则", "实发 paid", "成文 written", "差 difference", "实发算式", "成文算式")
        yield from _table(headings, rows)


def _columns(
    compared: Sequence[practised.Compared],
) -> tuple[list[practised.Side | None], list[practised.Side | None]]:
    return [one.practised for one in compared], [one.written for one in compared]


def _amount(side: practised.Side | None) -> str:
    return "—" if side is None else yuan(side.amount_fen)


def _words(side: practised.Side | None) -> str:
    return "无此规则" if side is None else "<br>".join(words.zh for words in side.words)


def _command(command: object, path: str) -> Iterator[str]:
    children = getattr(command, "commands", None)
    if children is None:
        yield f"## `{path}`\n"
        yield f"{getattr(command, 'help', '')}\n"
        return
    for name, child in children.items():
        yield from _command(child, f"{path} {name}")


def _rights() -> Iterator[str]:
    yield "# Roles and rights\n"
    yield (
        "A role gives rights; a right marked with an asterisk reaches as far as the user's scopes (`store:S01`, "
        "`department:S01/售后部`, `team:T01`, `person:E001`, `group`), the others hold for the whole store.\n"
    )
    yield (
        "Everybody sees their own scores and pay, and takes their own statement with them. The operator of the command "
        "line without `--user` has every right but signing off, approving and ruling, which need a named person.\n"
    )
    rows = [
        (
            f"`{right}`{' *' if right in access.SCOPED else ''}",
            name.zh,
            name.en,
            *("✓" if right in rights else "" for rights in access.ROLES.values()),
        )
        for right, name in access.NAMES.items()
    ]
    yield from _table(("right", "权限", "to", *access.ROLES), rows)


def _settings() -> Iterator[str]:
    yield "# Settings\n"
    yield "Read once from the environment.\n"
    rows = [
        (f"`KPI_{name.upper()}`", str(field.default), field.description or "")
        for name, field in Settings.model_fields.items()
    ]
    yield from _table(("variable", "default", "meaning"), rows)
    yield "## The pay month\n"
    yield (
        "Kept in the store, dated by pay month, for all stores or one: "
        "`kpi month settings 2026-11 --set publication=on --unit S01`.\n"
    )
    defaults = month_settings.MonthSettings().as_text()
    written = [(f"`{name}`", defaults[name], it.meaning.zh, it.meaning.en) for name, it in
               month_settings.WRITTEN.items()]  # fmt: skip
    yield from _table(("name", "default", "意思", "meaning"), written)
    yield "## What is checked before a month is handed in\n"
    items = [
        (f"`{key}`", month_settings.ITEMS[key].zh, " ".join((it.check.__doc__ or "").split()), it.by.en,
         ", ".join(it.choices))
        for key, it in MENDING.items()
    ]  # fmt: skip
    yield from _table(("item", "检查项", "holds when", "mended by", "answers"), items)

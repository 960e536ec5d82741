"""The ``kpi`` command: every verb of the product, for people and for programs.

One module per theme adds its commands to the tree; ``main`` runs it.
"""

import sys
from collections.abc import Sequence
from itertools import pairwise

from data_contracts.contract import Problem
from kpi_app.cli import (
    figures,
    frame,
    intake,
    lines,
    meeting,
    month,
    month_life,
    objection,
    operation,
    outlook,
    pay_files,
    proof,
    success,
    week,
)
from kpi_app.settings import Settings

for theme in (
    operation,
    intake,
    figures,
    month_life,
    month,
    pay_files,
    lines,
    objection,
    meeting,
    outlook,
    proof,
    success,
    week,
):
    theme.add_to(frame.kpi)


def main() -> None:
    """Run the command line; ``--user``, ``--as-of`` and ``--lang`` may stand anywhere in it.

    A Problem becomes its sentence on standard error and exit code 1.
    """
    args = frame.globals_first(sys.argv[1:])
    try:
        frame.kpi(args=args, prog_name="kpi")
    except Problem as problem:
        frame.said.print(frame.shown(problem.text.said(language_of(args))), style="red")
        sys.exit(1)


def language_of(args: Sequence[str]) -> str:
    """The language that the arguments ask for, else that of the settings; they may be what is wrong."""
    for arg, following in pairwise([*args, ""]):
        if arg == "--lang":
            return following
        if arg.startswith("--lang="):
            return arg.removeprefix("--lang=")
    try:
        return Settings().language
    except Problem:
        return "zh"

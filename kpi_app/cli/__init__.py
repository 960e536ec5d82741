"""The ``kpi`` command: every verb of the product, for people and for programs.

One module per theme adds its commands to the tree; ``main`` runs it.
"""

import sys

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
    week,
)
from kpi_app.settings import Settings

for theme in (operation, intake, figures, month_life, month, pay_files, lines, objection, meeting, outlook, proof, week):
    theme.add_to(frame.kpi)


def main() -> None:
    """Run the command line; ``--user``, ``--as-of`` and ``--lang`` may stand anywhere in it.

    A Problem becomes its sentence on standard error and exit code 1.
    """
    args = frame.globals_first(sys.argv[1:])
    try:
        frame.kpi(args=args, prog_name="kpi")
    except Problem as problem:
        lang = args[args.index("--lang") + 1] if "--lang" in args else Settings().language
        frame.said.print(problem.text.en if lang == "en" else problem.text.zh, style="red", markup=False)
        sys.exit(1)

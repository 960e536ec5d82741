"""``python -m kpi_app`` is the ``kpi`` command."""

from kpi_app.cli import main

main()

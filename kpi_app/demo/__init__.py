"""A demo group: three stores of an invented dealer group, and the files their offices export.

Nothing in it is real; the same ``as_of`` and seed always give the same files.
"""

from collections.abc import Callable
from datetime import date
from pathlib import Path

from data_contracts.contract import Text
from kpi_app.demo import setup
from kpi_app.demo.accounts import ACCOUNTS, Account
from kpi_app.demo.days import MONTHS, months
from kpi_app.demo.files import exports
from kpi_app.demo.office import Planted
from kpi_app.demo.planted import PLANTED
from kpi_app.demo.setup import is_demo
from kpi_app.settings import Settings

__all__ = ["ACCOUNTS", "MONTHS", "PLANTED", "SEED", "Account", "Planted", "is_demo", "months", "prepare", "write_files"]

SEED = 20_260


def write_files(folder: Path, *, as_of: date, seed: int = SEED) -> list[Path]:
    """Write the export files of the demo group as they stand on ``as_of``; returns them in the order written.

    Data covers :data:`MONTHS` months up to that day. The rows of :data:`PLANTED` are meant to be refused.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return [export.write(folder, as_of) for export in exports(as_of, seed)]


def prepare(settings: Settings, *, say: Callable[[Text], None]) -> None:
    """Make the demo's store in ``settings.home``, or find it ready; ``say`` is told each step and the accounts."""
    setup.prepare(settings, lambda folder: write_files(folder, as_of=settings.today()), say)

"""The demo group's figures agree exactly with the recount in plain Python: every metric, level and grain."""

from collections.abc import Iterator, Mapping
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any, get_args

import polars as pl
import pytest

from data_contracts.catalogue import CONTRACTS
from kpi_app.settings import Settings
from kpi_app.store import database
from kpi_app.store.rows import facts as store_facts
from metrics.catalogue import METRICS
from metrics.credit import Facts, Level
from metrics.measure import measure
from metrics.period import Period
from tests.metrics import recount
from tests.metrics.once import counting_once
from tests.metrics.recount_prospects import World

AS_OF = date(2026, 11, 20)
PERIODS = [
    Period.parse(text)
    for text in ("2026-10-05", "2026-11-20", "2026-W45", "2026-10", "2026-11", "2026Q3", "2026", "2026-08..2026-10")
]


@pytest.fixture(scope="module")
def imported(imported_home: Path) -> Iterator[Facts]:
    """The facts that the demo group's own files leave behind."""
    db = database.connect(Settings(home=imported_home, as_of=AS_OF))
    yield store_facts.load(db)
    db.close()


@pytest.fixture(scope="module")
def world(imported: Facts) -> World:
    return World({name: imported[name].collect().to_dicts() for name in CONTRACTS})


@pytest.fixture(scope="module")
def once() -> Mapping[Any, Any]:
    return {}


@pytest.fixture(scope="module")
def measured(imported: Facts) -> Mapping[Level, pl.DataFrame]:
    with counting_once():
        return {level: measure(METRICS.values(), imported, PERIODS, level, as_of=AS_OF) for level in get_args(Level)}


@pytest.mark.parametrize("level", get_args(Level))
def test_every_figure_of_the_demo_agrees(
    measured: Mapping[Level, pl.DataFrame], world: World, once: dict[Any, Any], level: Level
) -> None:
    found = measured[level]
    said = {(row["metric"], row["period"], row["subject_id"], row["item"]): row for row in found.to_dicts()}
    expected = {
        (metric, *cell): figure
        for metric in METRICS
        for cell, figure in recount.figures(metric, world, PERIODS, level, AS_OF, once).items()
    }
    assert said.keys() == expected.keys()
    for cell, figure in expected.items():
        value = Fraction(figure["numerator"], figure["denominator"]) if figure["denominator"] else None
        figure["value"] = None if value is None else float(value)
        figure["benchmark"] = None if figure["benchmark"] is None else float(figure["benchmark"])
        assert {name: said[cell][name] for name in figure} == figure, cell
    if level == "store":  # the demo has something of nearly everything
        measured = {metric for (metric, *_), row in said.items() if row["value"] is not None}
        missing = {key for key, metric in METRICS.items() if level in metric.levels} - measured
        assert {key for key in missing if not key.endswith("_published")} == {"follow_up_punctuality_o"}

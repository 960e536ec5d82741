"""Metrics measured at one level after the other, as quickly as at one."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import polars as pl
import pytest

from metrics.credit import Facts
from metrics.kinds import Metric


@contextmanager
def counting_once() -> Iterator[None]:
    """Within, and for one set of facts, the credited rows of a metric and its periods are worked out once: what counts
    does not depend on the level, which only says for whom."""
    count, found = Metric.in_periods, {}

    def kept(metric: Metric, facts: Facts, periods: pl.LazyFrame, as_of: date, month_starts_on: int) -> pl.LazyFrame:
        asked: Any = (metric, tuple(periods.collect().rows()), as_of, month_starts_on)
        if asked not in found:
            found[asked] = count(metric, facts, periods, as_of, month_starts_on).collect()
        return found[asked].lazy()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Metric, "in_periods", kept)
        yield

"""What decides a figure is in its definition, so that stored figures of another definition are not read."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest

from metrics import working_time
from metrics.catalogue import METRICS
from metrics.limits import ALWAYS, Limit

WORKDAYS = METRICS["complaint_resolution_time_cn_workdays_business"]
ELAPSED = METRICS["complaint_resolution_time_elapsed"]


@pytest.fixture
def calendar() -> Iterator[None]:
    """The built-in calendar is made anew, before and after."""
    working_time._package.cache_clear()
    yield working_time._cumulative.cache_clear()
    working_time._package.cache_clear()
    working_time._cumulative.cache_clear()


@pytest.mark.usefixtures("calendar")
def test_a_changed_working_day_of_the_package_changes_the_metrics_that_count_working_days() -> None:
    """What is entered above it is a fact, and stands in the digest of the facts."""
    before, elapsed = WORKDAYS.definition(), ELAPSED.definition()
    working_time._package()[date(2026, 11, 18)] = "test"  # a Wednesday off
    working_time._cumulative.cache_clear()
    assert WORKDAYS.definition() != before
    assert ELAPSED.definition() == elapsed
    working_time._package().pop(date(2026, 11, 18))
    working_time._cumulative.cache_clear()
    assert WORKDAYS.definition() == before


def test_no_two_metrics_have_one_definition_and_it_is_the_same_every_time() -> None:
    definitions = {metric.definition() for metric in METRICS.values()}
    assert len(definitions) == len(METRICS)
    assert definitions == {metric.definition() for metric in METRICS.values()}


def test_a_changed_limit_changes_the_definition() -> None:
    metric = METRICS["first_follow_up_punctuality_h_elapsed"]
    other = replace(metric, limits={"H": (Limit(value=48 * 3600, since=ALWAYS, source="test"),)})  # type: ignore[call-arg]
    assert other.definition() != metric.definition()

"""Every metric is declared in full, on columns that exist, and found by its key."""

from dataclasses import replace

import pytest

from data_contracts.catalogue import CONTRACTS
from data_contracts.contract import Problem
from data_contracts.people import ROLES
from metrics.attribution import REASONS
from metrics.catalogue import METRICS, UnknownMetric, find
from metrics.conversions import Conversion
from metrics.counts import Composition, Count, Share
from metrics.events import Events
from metrics.kinds import Cohort, Duration, Metric, Punctuality
from metrics.prospects import invite_to_store_rate
from metrics.satisfaction import css_gap
from metrics.scores import Mean


@pytest.mark.parametrize("metric", METRICS.values(), ids=list(METRICS))
def test_a_metric_says_everything_in_both_languages(metric: Metric) -> None:
    for text in (metric.label, metric.description, metric.meaning):
        assert text.zh
        assert text.en
        assert text.zh != text.en
    assert metric.source
    assert metric.roles
    assert set(metric.roles) <= ROLES.keys()


@pytest.mark.parametrize("metric", METRICS.values(), ids=list(METRICS))
def test_a_metric_reads_columns_that_its_contract_has(metric: Metric) -> None:
    match metric:
        case Conversion():
            columns = {metric.base_at, metric.credited_to, metric.recorded_at, metric.after, metric.named_by}
            columns |= {*metric.matched_on}
            event = metric.event.contract if isinstance(metric.event, Events) else metric.event
            assert {*metric.matched_on, metric.event_at} <= CONTRACTS[event].cells.keys()
        case Cohort():
            columns = {metric.due_on, *metric.once_per, metric.done_on, metric.undone_on, metric.excluded_by}
        case Duration() | Punctuality():
            columns = {metric.from_at, metric.else_from, metric.to_at, metric.credited_to}
        case Share(base=str()) | Count(base=str()) | Composition():
            columns = {metric.dated_by, metric.credited_to}
        case Mean():
            columns = {metric.dated_by, metric.credited_to, metric.score, metric.max_score}
        case _:
            return
    base = metric.base.contract if isinstance(metric.base, Events) else metric.base
    assert {*columns, "store_id"} - {None} <= CONTRACTS[base].cells.keys()


def test_a_metric_is_found_by_its_key_or_the_only_key_that_starts_so() -> None:
    assert find("css_gap") is METRICS["css_gap"]
    assert find("invite") is METRICS["invite_to_store_rate"]


@pytest.mark.parametrize(
    ("key", "near"),
    [("css", ["css_score", "css_gap"]), ("invite_to_shop_rate", ["invite_to_store_rate"]), ("", list(METRICS))],
)
def test_an_unknown_key_is_answered_with_the_nearest(key: str, near: list[str]) -> None:
    with pytest.raises(UnknownMetric) as unknown:
        find(key)
    assert isinstance(unknown.value, Problem)
    for known in near:
        assert known in unknown.value.text.zh
        assert known in unknown.value.text.en


def test_a_definition_changes_with_what_decides_the_figures_and_with_nothing_else() -> None:
    for metric in METRICS.values():
        assert metric.definition() == replace(metric).definition()
        assert " at 0x" not in metric.definition()
    assert replace(invite_to_store_rate, within_days=8).definition() != invite_to_store_rate.definition()
    assert replace(css_gap, benchmark_period="quarter").definition() != css_gap.definition()
    other = replace(invite_to_store_rate, base_where=~invite_to_store_rate.base_where)
    assert other.definition() != invite_to_store_rate.definition()


def test_every_reason_of_a_candidate_has_words() -> None:
    assert REASONS.keys() == {
        "credited", "reassigned", "later_candidate", "earlier_candidate", "same_person", "lead_owner",
        "reassigned_away", "recorded_late", "not_counted",
    }  # fmt: skip

"""All metrics, in reading order, and how to find one by its key."""

from difflib import get_close_matches

from data_contracts.contract import Problem
from metrics.club import CLUB
from metrics.complaints import complaint_resolution_time_elapsed
from metrics.kinds import Metric
from metrics.prospects import invite_to_store_rate
from metrics.renewals import renewal_rate
from metrics.satisfaction import css_gap, css_score

METRICS: dict[str, Metric] = {
    metric.key: metric
    for metric in (invite_to_store_rate, renewal_rate, complaint_resolution_time_elapsed, css_score, css_gap, *CLUB)
}
"""Metric key → metric."""


class UnknownMetric(Problem, LookupError):
    """A key that names no metric, or several; says which ones are near."""


def find(key: str) -> Metric:
    """The metric of that key or of the only key that starts so. Raises UnknownMetric with the nearest keys."""
    if key in METRICS:
        return METRICS[key]
    starting = [known for known in METRICS if key and known.startswith(key)]
    if len(starting) == 1:
        return METRICS[starting[0]]
    near = starting or get_close_matches(key, METRICS, cutoff=0.4) or list(METRICS)
    raise UnknownMetric(
        f"没有指标“{key}”;是否指 {'、'.join(near)}?kpi metrics 列出全部指标。",
        f"No metric “{key}”; did you mean {', '.join(near)}? kpi metrics lists them all.",
    )

"""Whether a limit can be reached: the least and the most a figure can be."""

from collections.abc import Iterator
from fractions import Fraction

from data_contracts.contract import Text
from metrics.catalogue import METRICS
from metrics.conversions import Conversion
from metrics.counts import Share
from metrics.kinds import PERCENT, POINTS, Cohort, Punctuality
from metrics.scores import Gap
from scorecards import money
from scorecards.table import Finding, error, warning


def reach_of(metric: str) -> tuple[Fraction | None, Fraction | None]:
    """The least and the most a figure can be, in the unit limits are written in; null: without end."""
    found = METRICS.get(metric)
    if found is None or isinstance(found, Gap):
        return None, None
    if isinstance(found, Conversion | Cohort | Punctuality | Share):
        return Fraction(0), Fraction(1)
    if found.unit == POINTS:
        return Fraction(0), Fraction(100)
    return Fraction(0), None


def reach_faults(where: str, metric: str, limit: Fraction, *, is_at_most: bool) -> Iterator[Finding]:
    """A limit nobody can reach refuses; one that everybody keeps is shown."""
    low, high = reach_of(metric)
    if is_at_most:
        if low is not None and limit < low:
            yield never_reached(where, metric, limit, low)
        elif high is not None and limit >= high:
            yield _always(where, metric, limit)
    elif high is not None and limit > high:
        yield never_reached(where, metric, limit, high)
    elif low is not None and limit <= low:
        yield _always(where, metric, limit)


def _limit_text(metric: str, limit: Fraction) -> str:
    is_rate = metric in METRICS and METRICS[metric].unit == PERCENT
    return f"{money.printed_plain(100 * limit)}%" if is_rate else money.printed_plain(limit)


def never_reached(where: str, metric: str, limit: Fraction, end: Fraction) -> Finding:
    """What refuses a limit beyond the end of a figure."""
    wanted, most = _limit_text(metric, limit), _limit_text(metric, end)
    return error(
        where,
        Text(f"{metric} 永远到不了 {wanted}（极限 {most}）", f"{metric} never reaches {wanted}, {most} is the end"),
    )


def _always(where: str, metric: str, limit: Fraction) -> Finding:
    wanted = _limit_text(metric, limit)
    return warning(where, Text(f"{metric} 总能满足 {wanted}，此条件不起作用", f"{metric} always keeps {wanted}"))

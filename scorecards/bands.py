"""Bands of a figure: each is worth so much, they follow on each other without gap or overlap, and every edge says
which side it belongs to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from data_contracts.contract import Text
from scorecards.money import printed_plain


@dataclass(frozen=True, kw_only=True)
class Band:
    """From ``since`` (null: without beginning) to ``until`` (null: without end) it is worth ``amount_fen``.

    ``since`` belongs to the band unless ``is_above``, ``until`` does not unless ``is_upto``. What a band is worth is
    fen, or for a scale a share (``worth``).
    """

    since: Fraction | None
    until: Fraction | None
    amount_fen: int = 0
    is_above: bool = False
    is_upto: bool = False
    worth: Fraction = Fraction(0)

    def holds(self, value: Fraction) -> bool:
        return not self.begins_after(value) and not self.ends_before(value)

    def begins_after(self, value: Fraction) -> bool:
        """Whether ``value`` lies below the band."""
        return self.since is not None and (value <= self.since if self.is_above else value < self.since)

    def ends_before(self, value: Fraction) -> bool:
        """Whether ``value`` lies above the band."""
        return self.until is not None and (value > self.until if self.is_upto else value >= self.until)


def in_order(bands: Iterable[Band]) -> tuple[Band, ...]:
    """By where they begin."""
    return tuple(
        sorted(bands, key=lambda band: (band.since is not None, band.since or Fraction(0), band.is_above, band.is_upto))
    )


def band_of(bands: Iterable[Band], value: Fraction | None) -> Band | None:
    """The band a value lies in; None outside of all, and without a value."""
    return None if value is None else next((band for band in bands if band.holds(value)), None)


def probes(*groups: Iterable[Band]) -> list[Fraction]:
    """Values on every edge, between any two and beyond the last: what bands are worth anywhere shows on them."""
    edges = sorted(
        {edge for bands in groups for band in bands for edge in (band.since, band.until) if edge is not None}
    )
    if not edges:
        return [Fraction(0)]
    between = [(low + high) / 2 for low, high in pairwise(edges)]
    return sorted([edges[0] - 1, *edges, *between, edges[-1] + 1])


def bands_fault(bands: Sequence[Band], *, is_share: bool = True, may_have_gaps: bool = False) -> Text | None:
    """The first gap or overlap between bands, or a band that holds nothing; None where they follow on each other."""
    ordered = in_order(bands)
    for band in ordered:
        if band.since is None or band.until is None or band.since < band.until:
            continue
        if band.since == band.until and band.is_upto and not band.is_above:
            continue  # exactly one value
        low, high = _edge(band.since, is_share), _edge(band.until, is_share)
        return Text(f"分段 {low}–{high} 是空的", f"the band {low}–{high} is empty")
    for band, following in pairwise(ordered):
        if band.until is None or following.since is None or band.until > following.since:
            at = _edge(following.since if following.since is not None else band.until or Fraction(0), is_share)
            return Text(f"分段在 {at} 处重叠", f"two bands overlap at {at}")
        low, high = _edge(band.until, is_share), _edge(following.since, is_share)
        if band.until < following.since and not may_have_gaps:
            return Text(f"{low} 到 {high} 之间没有分段", f"no band between {low} and {high}")
        if band.until == following.since and band.is_upto and not following.is_above:
            return Text(f"分段在 {high} 处重叠", f"two bands overlap at {high}")
        if band.until == following.since and not band.is_upto and following.is_above and not may_have_gaps:
            return Text(f"{high} 本身不在任何分段", f"{high} itself lies in no band")
    return None


def _edge(value: Fraction, is_share: bool) -> str:
    return f"{printed_plain(100 * value)}%" if is_share else printed_plain(value)

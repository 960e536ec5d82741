"""A value applies from its month until the next version."""

from datetime import date

import pytest

from scorecards.dated import Dated, Version, month_of


def amounts(*pairs: tuple[str, int]) -> Dated[int]:
    return Dated.of([Version(value=value, since=since, source="notice 1") for since, value in pairs])


def test_each_version_applies_from_its_month_to_the_next() -> None:
    dated = amounts(("2026-10", 250), ("2026-01", 200))
    assert [dated.on(month) for month in ("2025-12", "2026-01", "2026-09", "2026-10", "2027-01")] == [
        None, 200, 200, 250, 250,
    ]  # fmt: skip
    version = dated.version_on("2026-09")
    assert version is not None
    assert (version.since, version.source) == ("2026-01", "notice 1")


def test_two_versions_of_one_month_are_refused() -> None:
    with pytest.raises(ValueError, match="2026-01"):
        amounts(("2026-01", 1), ("2026-01", 2))


def test_a_month_is_written_with_four_and_two_digits() -> None:
    assert month_of("2026-10") == date(2026, 10, 1)
    for text in ("2026-1", "2026-13", "2026-10-01", "2026Q4"):
        with pytest.raises(ValueError, match=r".+"):
            month_of(text)

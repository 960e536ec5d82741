"""Money is integer fen, rounded once, half away from zero; a split loses nothing."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorecards import money
from scorecards.money import Fen


@pytest.mark.parametrize(
    ("exact", "whole"),
    [("0.5", 1), ("1.5", 2), ("2.5", 3), ("-0.5", -1), ("0.49", 0), ("7", 7)],
)
def test_a_half_goes_away_from_zero(exact: str, whole: int) -> None:
    assert money.round_half_up(Fraction(exact)) == whole


def test_the_published_table_prints_81_3_for_81_25() -> None:
    assert money.printed(Fraction("81.25"), 1) == "81.3"
    assert money.printed(Fraction("-0.05"), 1) == "−0.1"
    assert money.printed(Fraction("0.004"), 2) == "0.00"
    assert money.printed(Fraction(7), 0) == "7"


def test_a_figure_that_missed_a_threshold_never_looks_equal_to_it() -> None:
    assert money.printed_apart(Fraction("14.956"), Fraction(15), 1) == "14.96"
    assert money.printed_apart(Fraction(51, 341) * 100, Fraction(15), 1) == "14.96"  # 51 ÷ 341 = 14.956 %
    assert money.printed_apart(Fraction(15), Fraction(15), 1) == "15.0"
    assert money.printed_apart(Fraction("14.2"), Fraction(15), 1) == "14.2"


def test_yuan_in_and_out() -> None:
    assert money.fen("200.00") == 200_00
    assert money.fen("-0.5") == -50
    assert money.yuan(-123_456_05) == "−123,456.05"
    assert money.yuan(5) == "0.05"
    with pytest.raises(ValueError, match="part of a fen"):
        money.fen("0.005")


def test_a_split_gives_the_fen_left_over_to_the_largest_remainders() -> None:
    assert money.split(Fen(100_00), [1, 1, 1]) == [33_34, 33_33, 33_33]
    assert money.split(Fen(-100), [1, 2]) == [-33, -67]
    assert money.split(Fen(0), [0, 5]) == [0, 0]
    with pytest.raises(ValueError, match="positive"):
        money.split(Fen(1), [0, 0])


@given(st.integers(-(10**9), 10**9), st.lists(st.integers(0, 10**6), min_size=1).filter(any))
def test_the_parts_of_a_split_add_up_and_are_within_a_fen(total: int, shares: list[int]) -> None:
    parts = money.split(Fen(total), shares)
    assert sum(parts) == total
    for part, share in zip(parts, shares, strict=True):
        assert abs(part - Fraction(total * share, sum(shares))) < 1

"""Money and the one rounding.

Money is integer fen. What a rule computes stays an exact fraction until it becomes a line; there it is rounded once,
half away from zero, which is how people round by hand.
"""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import NewType

Fen = NewType("Fen", int)


def round_half_up(exact: Fraction) -> int:
    """The nearest whole number; a half goes away from zero (0.5 → 1, −0.5 → −1)."""
    whole = (2 * abs(exact.numerator) + exact.denominator) // (2 * exact.denominator)
    return whole if exact >= 0 else -whole


def rounded(exact: Fraction, decimals: int) -> Fraction:
    """``exact`` at so many decimals, a half away from zero: 81.25 at one decimal is 81.3."""
    return Fraction(round_half_up(exact * 10**decimals), 10**decimals)


def printed(exact: Fraction, decimals: int) -> str:
    """``exact`` as people read it, at so many decimals."""
    scaled = round_half_up(exact * 10**decimals)
    digits = f"{abs(scaled):0{decimals + 1}d}"
    sign = "−" if scaled < 0 else ""
    return sign + (f"{digits[:-decimals]}.{digits[-decimals:]}" if decimals else digits)


def printed_apart(exact: Fraction, threshold: Fraction, decimals: int) -> str:
    """``exact`` with as many more decimals as it takes not to look like the threshold it is not equal to."""
    while exact != threshold and rounded(exact, decimals) == rounded(threshold, decimals):
        decimals += 1
    return printed(exact, decimals)


def printed_plain(exact: Fraction) -> str:
    """``exact`` with as few decimals as say it, at most 4: 15, 22.5."""
    text = printed(exact, 4)
    return text.rstrip("0").rstrip(".")


def fen(yuan: str | int | Decimal) -> Fen:
    """Yuan as written (``"200.00"``) in fen. Raises ValueError for a part of a fen or what is not a number."""
    exact = Fraction(yuan) * 100
    if exact.denominator != 1:
        raise ValueError(f"{yuan} yuan has a part of a fen")
    return Fen(exact.numerator)


def round_fen(exact_fen: Fraction) -> Fen:
    """The one rounding of an exact amount, in fen."""
    return Fen(round_half_up(exact_fen))


def yuan(amount: int) -> str:
    """Fen as yuan with separators: ``-123450`` → ``−1,234.50``."""
    whole, part = divmod(abs(amount), 100)
    return f"{'−' if amount < 0 else ''}{whole:,}.{part:02d}"


def split(total: Fen, shares: Sequence[int | Fraction]) -> list[Fen]:
    """``total`` in proportion to ``shares``, to the fen, losing nothing.

    Each part is rounded down; the fen left over go to the largest remainders, the earliest of equals first.
    Raises ValueError without a positive share.
    """
    weight = sum(shares, Fraction(0))
    if weight <= 0 or min(shares) < 0:
        raise ValueError("shares must not be negative and at least one must be positive")
    sign = -1 if total < 0 else 1
    exact = [Fraction(abs(total)) * share / weight for share in shares]
    parts = [part.numerator // part.denominator for part in exact]
    by_remainder = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))
    for i in by_remainder[: abs(total) - sum(parts)]:
        parts[i] += 1
    return [Fen(sign * part) for part in parts]

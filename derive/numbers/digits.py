"""Numbers as a counterexample shows them: as many digits as tell its two sides apart, each of them certain.

    1/3 and 2/3                     1/3 and 2/3
    pi and 22/7, as intervals       3.1416 and 3.1429
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import floor, log10

from derive.numbers.intervals import Interval


def written_entry(name: str, at: Sequence[object]) -> str:
    """An entry as it is written: y[1, 2]."""
    return f"{name}[{', '.join(map(str, at))}]" if at else name


def ends_of(value: Fraction | Interval) -> tuple[Fraction, Fraction]:
    """The ends of an interval; a fraction is both its ends."""
    return (value, value) if isinstance(value, Fraction) else (value.low, value.high)


def written_sides(left: Fraction | Interval, right: Fraction | Interval) -> tuple[str, str] | None:
    """Both sides with as many digits as show that they differ, every digit certain; None where the intervals are too wide."""
    ends = ends_of(left), ends_of(right)
    largest = max(abs(end) for pair in ends for end in pair)
    magnitude = _magnitude(largest)
    for digits in range(5, 300):
        places = digits - 1 - magnitude
        rounded = [(_rounded(low, places), _rounded(high, places)) for low, high in ends]
        (left_low, left_high), (right_low, right_high) = rounded
        if left_low == left_high and right_low == right_high and left_low != right_low:
            together = isinstance(left, Interval) or isinstance(right, Interval)
            texts = [
                (_exact(side, together) if isinstance(side, Fraction) else None) or _decimal(low, places)
                for side, (low, _) in zip((left, right), rounded, strict=True)
            ]
            return texts[0], texts[1]
    return None


def differ(left: Fraction | Interval, right: Fraction | Interval) -> bool:
    """Whether two enclosures have nothing in common, and can be written so that it is seen."""
    (low, high), (other_low, other_high) = ends_of(left), ends_of(right)
    return (high < other_low or other_high < low) and written_sides(left, right) is not None


def _exact(value: Fraction, as_decimal: bool) -> str | None:
    """All of a rational number: beside a decimal number as one if it has an end, else as a quotient; None if that is long."""
    text = str(value)
    if as_decimal:
        ending = next((places for places in range(100) if 10**places % value.denominator == 0), None)
        text = text if ending is None else _decimal(int(value * 10**ending), ending)
    return text if len(text) <= 100 else None


def _magnitude(value: Fraction) -> int:
    """The exponent of ten of the first digit, or thereabouts."""
    if value == 0:
        return 0
    bits = value.numerator.bit_length() - value.denominator.bit_length()
    return floor(log10(value)) if abs(bits) < 900 else int(bits * log10(2))


def _rounded(value: Fraction, places: int) -> int:
    return round(value * Fraction(10) ** places)


def _decimal(value: int, places: int) -> str:
    """The decimal number value/10**places."""
    digits = str(abs(value))
    sign = "-" if value < 0 else ""
    if places <= 0 or places > 20 + len(digits):
        return f"{sign}{digits}e{-places}" if places else sign + digits
    digits = digits.rjust(places + 1, "0")
    return f"{sign}{digits[:-places]}.{digits[-places:]}"

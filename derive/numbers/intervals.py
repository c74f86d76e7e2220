"""Intervals: numbers known to lie between two ends, so that what is said of them is a proof and not a rounding.

    ln(5) at 53 bits      lies in [1.6094379124341002, 1.6094379124341006]
    ln(5) - 1.6094        lies in an interval without 0, so ln(5) and 1.6094 differ

Every operation returns an interval that contains all results for members of its operands (Moore, *Interval Analysis*, 1966).
Sums, products and quotients are rounded outwards by mpmath. The elementary functions are rounded outwards too, and then
widened by some units in the last place, so that nothing rests on the last bits of a series. What is not defined for
every member, such as a quotient by an interval that contains 0, raises `Undefined`.

mpmath is imported on first use. The precision belongs to each interval and not to a global context, so threads do not meet.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cache
from typing import Any

HUGE = 17  # an exponential of 2**17 or more, and a sine of it, is not worth its digits


class Undefined(ArithmeticError):
    """A value that does not exist at this point, or cannot be shown to exist with these bits."""


@cache
def _libmp() -> Any:
    import mpmath.libmp

    return mpmath.libmp


class Interval:
    """All real numbers from `low` to `high`; `ends` are the two as raw mpmath numbers."""

    __slots__ = ("ends", "precision")

    def __init__(self, ends: tuple[Any, Any], precision: int) -> None:
        self.ends = ends
        self.precision = precision

    @classmethod
    def around(cls, value: Fraction | int, precision: int) -> Interval:
        """The narrowest interval around the rational number `value`."""
        mp, p, q = _libmp(), value.numerator, value.denominator
        return cls((mp.from_rational(p, q, precision, "f"), mp.from_rational(p, q, precision, "c")), precision)

    @property
    def low(self) -> Fraction:
        """The lower end, exactly."""
        return Fraction(*map(int, _libmp().to_rational(self.ends[0])))

    @property
    def high(self) -> Fraction:
        """The upper end, exactly."""
        return Fraction(*map(int, _libmp().to_rational(self.ends[1])))

    def signs(self) -> tuple[int, int]:
        """The signs of the two ends."""
        mp = _libmp()
        return mp.mpf_sign(self.ends[0]), mp.mpf_sign(self.ends[1])

    def _of(self, other: Interval | Fraction | int) -> tuple[Any, Any]:
        if isinstance(other, Interval):
            return other.ends
        return Interval.around(other, self.precision).ends

    def __add__(self, other: Any) -> Interval:
        if not isinstance(other, Interval | Fraction | int):
            return NotImplemented
        return Interval(_libmp().mpi_add(self.ends, self._of(other), self.precision), self.precision)

    def __sub__(self, other: Any) -> Interval:
        if not isinstance(other, Interval | Fraction | int):
            return NotImplemented
        return Interval(_libmp().mpi_sub(self.ends, self._of(other), self.precision), self.precision)

    def __mul__(self, other: Any) -> Interval:
        if not isinstance(other, Interval | Fraction | int):
            return NotImplemented
        return Interval(_libmp().mpi_mul(self.ends, self._of(other), self.precision), self.precision)

    def __truediv__(self, other: Any) -> Interval:
        if not isinstance(other, Interval | Fraction | int):
            return NotImplemented
        return _divide(self.ends, self._of(other), self.precision)

    def __rtruediv__(self, other: Fraction | int) -> Interval:
        return _divide(self._of(other), self.ends, self.precision)

    def __rsub__(self, other: Fraction | int) -> Interval:
        return -self + other

    def __neg__(self) -> Interval:
        return Interval(_libmp().mpi_neg(self.ends), self.precision)

    __radd__ = __add__
    __rmul__ = __mul__

    def __repr__(self) -> str:
        return f"[{float(self.low)!r}, {float(self.high)!r}]"


def _divide(numerator: tuple[Any, Any], denominator: tuple[Any, Any], precision: int) -> Interval:
    mp = _libmp()
    if mp.mpf_sign(denominator[0]) <= 0 <= mp.mpf_sign(denominator[1]):
        raise Undefined("division by what may be 0")
    return Interval(mp.mpi_div(numerator, denominator, precision), precision)


def _widened(ends: tuple[Any, Any], precision: int) -> Interval:
    """The interval a little larger than `ends`: by 2**8 units in the last place of the larger end."""
    mp = _libmp()
    margin = mp.mpf_shift(mp.mpi_abs(ends)[1], 8 - precision)
    return Interval((mp.mpf_sub(ends[0], margin, precision, "f"), mp.mpf_add(ends[1], margin, precision, "c")), precision)


def _moderate(x: Interval) -> None:
    for _, mantissa, exponent, bits in x.ends:
        if mantissa and exponent + bits > HUGE:
            raise Undefined("the argument is too large")


def exp(x: Interval) -> Interval:
    """Its exponential, which grows with x."""
    _moderate(x)
    result = _widened(_libmp().mpi_exp(x.ends, x.precision), x.precision)
    if result.signs()[0] <= 0:
        raise Undefined("more bits are needed")
    return result


def ln(x: Interval) -> Interval:
    """Its natural logarithm, which grows with x > 0."""
    if x.signs()[0] <= 0:
        raise Undefined("the logarithm of what may not be positive")
    return _widened(_libmp().mpi_log(x.ends, x.precision), x.precision)


def sqrt(x: Interval) -> Interval:
    """Its square root, which grows with x >= 0."""
    if x.signs()[0] < 0:
        raise Undefined("the square root of what may be negative")
    return Interval(_libmp().mpi_sqrt(x.ends, x.precision), x.precision)


def _wave(name: str) -> Callable[[Interval], Interval]:
    def wave(x: Interval) -> Interval:
        # From the middle: sine and cosine change no faster than their argument.
        _moderate(x)
        mp, precision = _libmp(), x.precision
        middle = mp.mpi_mid(x.ends, precision + 2)
        above, below = mp.mpf_sub(x.ends[1], middle), mp.mpf_sub(middle, x.ends[0])
        reach = above if mp.mpf_ge(above, below) else below
        value = getattr(mp, name)(middle, precision)
        # Close to a zero the error is small beside 1, not beside the value.
        error = mp.mpf_add(reach, mp.mpf_shift(mp.fone, 8 - precision), precision, "c")
        return Interval((mp.mpf_sub(value, error, precision, "f"), mp.mpf_add(value, error, precision, "c")), precision)

    return wave


def erf(x: Interval) -> Interval:
    """The error function, by 2/sqrt(pi) exp(-x^2) sum 2^n x^(2n+1) / (1 3 5 … (2n+1)), whose terms have one sign (DLMF 7.6.2).

    Once 2x^2/(2n+3) is below 1/2 for every member of x, what is left out is no more than the last term taken in.
    """
    _moderate(x)
    square = x * x
    bound = int(abs(square.high)) + 1
    if bound > 1000:
        raise Undefined("the argument is too large")
    term = total = x
    for n in range(1, 4 * bound + x.precision + 2):
        term = term * square * Fraction(2, 2 * n + 1)
        total = total + term
    last = max(abs(term.low), abs(term.high))
    rest = Interval.around(last, x.precision)
    total = Interval(((total - rest).ends[0], (total + rest).ends[1]), x.precision)
    return 2 * total * exp(-square) / sqrt(pi(x.precision))


def pi(precision: int) -> Interval:
    """The circle's number."""
    mp = _libmp()
    return _widened((mp.mpf_pi(precision, "f"), mp.mpf_pi(precision, "c")), precision)


def maximum(x: Interval, y: Interval) -> Interval:
    """The larger of the two."""
    mp = _libmp()
    larger = tuple(a if mp.mpf_ge(a, b) else b for a, b in zip(x.ends, y.ends, strict=True))
    return Interval((larger[0], larger[1]), x.precision)


def absolute(x: Interval) -> Interval:
    """Its absolute value."""
    return Interval(_libmp().mpi_abs(x.ends, x.precision), x.precision)


def minimum(x: Interval, y: Interval) -> Interval:
    """The smaller of the two."""
    return -maximum(-x, -y)


sin = _wave("mpf_sin")
cos = _wave("mpf_cos")


def monotone(
    of: Callable[[Any, Any, int], Any], inside: Callable[[Interval], bool], falls: bool = False, near_zero: bool = True
) -> Callable[[Interval], Interval]:
    """A function that rises, or falls, all over its domain: from its values at the two ends of x.

    `of(libmp, end, bits)` is mpmath's value, `inside` says whether all of x lies in the domain. The result is widened by 2**8
    units in the last place; by as many of 1 too, unless mpmath's values are right in relation to themselves `near_zero`.
    """

    def enclosed(x: Interval) -> Interval:
        if not inside(x):
            raise Undefined("an argument that may lie outside of the domain")
        _moderate(x)
        mp = _libmp()
        low, high = (of(mp, end, x.precision + 32) for end in x.ends)
        ends = (high, low) if falls else (low, high)
        found = _widened(ends, x.precision)
        return found if near_zero else found + _about_nothing(x.precision)

    return enclosed


def _about_nothing(precision: int) -> Interval:
    """What is within 2**8 units in the last place of 1 about 0."""
    mp = _libmp()
    margin = mp.mpf_shift(mp.fone, 8 - precision)
    return Interval((mp.mpf_neg(margin), margin), precision)


def _is_sine(x: Interval) -> bool:
    return x.low >= -1 and x.high <= 1


def _is_positive(x: Interval) -> bool:
    return x.signs()[0] > 0


arcsin = monotone(lambda mp, x, bits: mp.mpf_asin(x, bits, "n"), _is_sine)
arccos = monotone(lambda mp, x, bits: mp.mpf_acos(x, bits, "n"), _is_sine, falls=True)
arctan = monotone(lambda mp, x, bits: mp.mpf_atan(x, bits, "n"), lambda x: True)
digamma = monotone(lambda mp, x, bits: mp.mpf_psi0(x, bits, "n"), _is_positive, near_zero=False)
trigamma = monotone(lambda mp, x, bits: mp.mpf_psi(1, x, bits, "n"), _is_positive, falls=True, near_zero=False)

_rising = monotone(lambda mp, x, bits: mp.mpf_loggamma(x, bits, "n"), _is_positive, near_zero=False)
_falling = monotone(lambda mp, x, bits: mp.mpf_loggamma(x, bits, "n"), _is_positive, falls=True, near_zero=False)


def lgamma(x: Interval) -> Interval:
    """The logarithm of the gamma function, of x > 0. It falls to about -0.121486 at about 1.461632, and rises from there."""
    if x.high <= Fraction("1.4616"):
        return _falling(x)
    if x.low >= Fraction("1.4617"):
        return _rising(x)
    mp = _libmp()
    tops = (_rising(Interval((end, end), x.precision)).ends[1] for end in x.ends)
    left, right = tops
    bottom = Interval.around(Fraction("-0.12149"), x.precision)
    return Interval((bottom.ends[0], left if mp.mpf_ge(left, right) else right), x.precision)

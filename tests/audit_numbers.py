"""Numbers for the audit: exact rationals, balls, and series in an infinitesimal, so that a derivative is seen from both sides.

    Fraction(2, 3)        exact
    Real(v, e)            a number within e of v, both in units of 2^-BITS: the result of exp, ln, a root …
    Series(level, …)      sum of c[q]*h^q for an infinitesimal h > 0, q rational: 1/h, sqrt(h), 3 + 2*h - h^2 + …

The coefficients of a series are rationals, balls, or series of a lower level; an infinitesimal of a higher level is smaller
than every power of those below. So `if(x = 0, 0, 1/x)` at x = 0 + h is 1/h, and abs(x) at 0 - h is h: what holds around a point
is not taken from what holds at it.

Guarantee: what is called different is different (balls that have nothing in common). A ball that holds 0 and is narrower
than 2^-SURE counts as 0; a wider one raises `Doubt`, as does a series of which the terms that are kept do not tell.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import Any

import mpmath

BITS = 240  # of a ball, after the point
SURE = 140  # a ball around 0 that is as narrow as 2^-SURE is 0
TINY = 60  # a number below 2^(TINY - BITS) is not told from 0, and not used
LONGEST = 2000  # bits of an exact number; a longer one becomes a ball
HUGEST = 4000  # bits of a ball before the point
_ONE = 1 << BITS


class Undefined(Exception):
    """There is no value: 1/0, ln(-1), the derivative of abs at 0."""


class Doubt(Exception):
    """Whether there is a value, or which, cannot be told."""


class Real:
    """A ball."""

    __slots__ = ("e", "v")

    def __init__(self, v: int, e: int) -> None:
        self.v, self.e = v, e
        if v.bit_length() > HUGEST:
            raise Doubt("a number too large")

    def __add__(self, other: Any) -> Any:
        if isinstance(other, Series):
            return NotImplemented
        other = real(other)
        return Real(self.v + other.v, self.e + other.e)

    def __mul__(self, other: Any) -> Any:
        if isinstance(other, Series):
            return NotImplemented
        if other == 0:
            return Fraction(0)
        other = real(other)
        error = (abs(self.v) * other.e + abs(other.v) * self.e + self.e * other.e >> BITS) + 2
        product = self.v * other.v >> BITS
        if product.bit_length() < TINY and abs(self.v) > self.e and abs(other.v) > other.e:
            raise Doubt("a number too small")
        return Real(product, error)

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self) -> Real:
        return Real(-self.v, self.e)

    def __float__(self) -> float:
        try:
            return self.v / _ONE
        except OverflowError:
            return float("inf") if self.v > 0 else float("-inf")


def real(value: Any) -> Real:
    """A rational number as a ball."""
    if isinstance(value, Real):
        return value
    value = Fraction(value)
    return Real((value.numerator << BITS) // value.denominator, 0 if value.denominator == 1 else 1)


def between(a: Fraction, b: Fraction) -> Real:
    """The ball from one rational number to another."""
    middle = real((a + b) / 2)
    return Real(middle.v, middle.e + int(abs(b - a) / 2 * _ONE) + 1)


def exact(value: Fraction) -> Any:
    """The number itself, or a ball if it is long."""
    long = value.numerator.bit_length() + value.denominator.bit_length() > LONGEST
    return real(value) if long else value


# --- series ----------------------------------------------------------------------------------------------------------


class Series:
    """Terms by exponent, none of them 0, known below the exponent `top` (all of them where it is None)."""

    __slots__ = ("level", "terms", "top")

    order = 4  # how many exponents beyond the least are kept
    bordered: set[int]  # levels whose infinitesimal met a zero of a divisor, a root or a border

    def __init__(self, level: int, terms: dict[Any, Any], top: Any = None) -> None:
        self.level = level
        kept = {q: c for q, c in terms.items() if (top is None or q < top) and not is_zero(c)}
        if len(kept) > 1:
            last = min(kept) + Series.order
            if max(kept) >= last and (top is None or top > last):
                top = last
                kept = {q: c for q, c in kept.items() if q < last}
        self.terms, self.top = kept, top

    def __add__(self, other: Any) -> Series:
        if not isinstance(other, Series) or other.level < self.level:
            other = Series(self.level, {0: other})
        elif other.level > self.level:
            return other + self
        terms = dict(self.terms)
        for q, c in other.terms.items():
            terms[q] = terms[q] + c if q in terms else c
        return Series(self.level, terms, least(self.top, other.top))

    def __mul__(self, other: Any) -> Series:
        if not isinstance(other, Series) or other.level < self.level:
            if is_zero(other):
                return Series(self.level, {})
            return Series(self.level, {q: c * other for q, c in self.terms.items()}, self.top)
        if other.level > self.level:
            return other * self
        terms: dict[Any, Any] = {}
        for q, c in self.terms.items():
            for r, d in other.terms.items():
                terms[q + r] = terms[q + r] + c * d if q + r in terms else c * d
        return Series(self.level, terms, least(_beyond(self, other), _beyond(other, self)))

    __radd__, __rmul__ = __add__, __mul__

    def __neg__(self) -> Series:
        return Series(self.level, {q: -c for q, c in self.terms.items()}, self.top)

    def lead(self) -> Any:
        """The least exponent. Raises where the terms kept are all 0 and there may be others."""
        if self.terms:
            return min(self.terms)
        if self.top is not None:
            raise Doubt("all terms kept are 0")
        return None

    def border(self) -> None:
        """Remember that this infinitesimal is at a border."""
        Series.bordered.add(self.level)


Series.bordered = set()


def least(a: Any, b: Any) -> Any:
    """The lesser of two ends, None being none."""
    return b if a is None else a if b is None else min(a, b)


def _beyond(a: Series, b: Series) -> Any:
    """Where the product is no longer known because a is not: nowhere, if b is 0."""
    if a.top is None or (not b.terms and b.top is None):
        return None
    return a.top + (min(b.terms) if b.terms else b.top)


def _ratio(value: Series, lead: Any) -> Series:
    """u of value = c*h^lead*(1 + u)."""
    inverse_ = inverse(value.terms[lead])
    terms = {q - lead: c * inverse_ for q, c in value.terms.items() if q != lead}
    return Series(value.level, terms, None if value.top is None else value.top - lead)


def _composed(u: Series, coefficients: Any) -> Any:
    """sum of coefficients(k)*u^k, u being infinitesimal."""
    if not u.terms and u.top is None:
        return coefficients(0)
    step = min(u.terms) if u.terms else u.top
    total: Any = Series(u.level, {0: coefficients(0)})
    power_: Any = Series(u.level, {0: Fraction(1)})
    k = 0
    while step * k < Series.order:
        k += 1
        power_ = power_ * u
        total = total + power_ * coefficients(k)
    return Series(u.level, total.terms, least(total.top, step * (k + 1)))


# --- what is computed of numbers -------------------------------------------------------------------------------------


def is_zero(value: Any) -> bool:
    """Whether a number is 0; for a ball, as far as it is narrow."""
    if isinstance(value, Series):
        return not value.terms and value.top is None
    if isinstance(value, Real):
        return abs(value.v) <= value.e and value.e < 1 << BITS - SURE
    return bool(value == 0)


def sign(value: Any) -> int:
    """The sign of a number; of a series, that of its leading term."""
    if isinstance(value, Series):
        lead = value.lead()
        if lead != 0:
            if lead is not None:
                value.border()
            return 0 if lead is None else sign(value.terms[lead])
        return sign(value.terms[lead])
    if isinstance(value, Real):
        if abs(value.v) > value.e:
            return 1 if value.v > 0 else -1
        if value.e >= 1 << BITS - SURE:
            raise Doubt("a sign that rounding hides")
        return 0
    return (value > 0) - (value < 0)


def inverse(value: Any) -> Any:
    """1/value."""
    if isinstance(value, Series):
        lead = value.lead()
        if lead is None:
            raise Undefined("1/0")
        if lead != 0:
            value.border()
        u = _ratio(value, lead)
        geometric = _composed(u, lambda k: Fraction((-1) ** k))
        return geometric * Series(value.level, {-lead: inverse(value.terms[lead])})
    if sign(value) == 0:
        raise Undefined("1/0")
    if isinstance(value, Real):
        inverse_ = (_ONE << BITS) // value.v
        below = abs(value.v) - value.e
        return Real(inverse_, (abs(inverse_) * value.e) // below + 2)
    return 1 / value


def whole_power(value: Any, exponent: int) -> Any:
    """value^exponent; value^0 is 1."""
    if exponent < 0:
        return whole_power(inverse(value), -exponent)
    if isinstance(value, Fraction):
        if exponent * (value.numerator.bit_length() + value.denominator.bit_length()) > LONGEST:
            value = real(value)
        else:
            return value**exponent
    result: Any = Fraction(1)
    while exponent:
        if exponent & 1:
            result = result * value
        exponent >>= 1
        if exponent:
            value = value * value
    return result


def root_power(value: Any, exponent: Fraction) -> Any:
    """value^exponent for a fraction: value >= 0, and > 0 where the exponent is negative."""
    s = sign(value)
    if s < 0:
        raise Undefined("a root of a negative number")
    if s == 0:
        if exponent < 0:
            raise Undefined("1/0")
        return value * 0 if isinstance(value, Series) else Fraction(0)
    if isinstance(value, Series):
        lead = value.lead()
        if lead != 0:
            value.border()
        u = _ratio(value, lead)
        binomial = _composed(u, lambda k: _choose(exponent, k))
        shift = lead * exponent
        shift = int(shift) if shift == int(shift) else shift
        return binomial * Series(value.level, {shift: root_power(value.terms[lead], exponent)})
    if isinstance(value, Fraction):
        root = _rational_root(value, exponent.denominator)
        if root is not None:
            return whole_power(root, exponent.numerator)
    return apply("exp", apply("ln", value) * exponent)


@cache
def _choose(n: Fraction, k: int) -> Fraction:
    return Fraction(1) if k == 0 else _choose(n, k - 1) * (n - k + 1) / k


def _rational_root(value: Fraction, degree: int) -> Fraction | None:
    parts = []
    for part in (value.numerator, value.denominator):
        with mpmath.workprec(part.bit_length() + 40):
            near = int(mpmath.nint(mpmath.root(part, degree)))
        if near**degree != part:
            return None
        parts.append(near)
    return Fraction(parts[0], parts[1])


_KNOWN = {("exp", 0): 1, ("ln", 1): 0, ("sin", 0): 0, ("cos", 0): 1, ("erf", 0): 0, ("arctan", 0): 0}


def apply(name: str, value: Any) -> Any:
    """exp, ln, sin, cos, erf or arctan."""
    if isinstance(value, Series):
        return _apply_series(name, value)
    if isinstance(value, Fraction) and (name, value) in _KNOWN:
        return Fraction(_KNOWN[name, value])
    if name == "ln" and sign(value) <= 0:
        raise Undefined("the logarithm of what is not positive")
    return _ball(name, real(value))


def _ball(name: str, value: Real) -> Real:
    v, e = value.v, value.e
    if name == "exp" and v > 2000 << BITS:
        raise Doubt("a number too large")
    with mpmath.workprec(BITS + 40 + max(0, v.bit_length() - BITS) * (2 if name != "exp" else 1)):
        x = mpmath.mpf(v) / _ONE
        found = getattr(mpmath, {"ln": "log", "arctan": "atan"}.get(name, name))(x)
        result = int(mpmath.floor(found * _ONE))
    if name == "exp":
        if result.bit_length() < TINY:
            raise Doubt("a number too small")
        return Real(result, 2 * (abs(result) * e >> BITS) + e * (result < _ONE) + 3)
    if name == "ln":
        return Real(result, (e << BITS) // max(1, abs(v) - e) + 3)
    return Real(result, 2 * e + 3)


def _apply_series(name: str, value: Series) -> Any:
    lead = value.lead()
    level = value.level
    if lead is not None and lead < 0:
        value.border()
        if name == "exp" and sign(value.terms[lead]) < 0:
            return Series(level, {}, Series.order)  # flat: smaller than every power
        raise Doubt(f"{name} of what grows beyond all bounds")
    start = value.terms.get(0, Fraction(0))
    if value.top is not None and value.top <= 0:
        raise Doubt("too few terms")
    u = Series(level, {q: c for q, c in value.terms.items() if q != 0}, value.top)
    if name == "ln":
        if lead != 0:
            value.border()
            if lead is None or sign(value.terms[lead]) < 0:
                raise Undefined("the logarithm of what is not positive")
            raise Doubt("the logarithm of an infinitesimal")
        begin, u = apply("ln", start), u * inverse(start)
        return _composed(u, lambda k: begin if k == 0 else Fraction((-1) ** (k + 1), k))
    if name == "exp":
        return _composed(u, lambda k: _factorial(k)) * apply("exp", start)
    if name == "erf":
        return _composed(u, _erf_coefficients(start))
    if name == "arctan":
        return _composed(u, _arctan_coefficients(start))
    s, c = apply("sin", start), apply("cos", start)
    cycle = (s, c, -s, -c) if name == "sin" else (c, -s, -c, s)
    return _composed(u, lambda k: cycle[k % 4] * _factorial(k))


@cache
def _factorial(k: int) -> Fraction:
    return Fraction(1) if k == 0 else _factorial(k - 1) / k


def _erf_coefficients(x: Any) -> Any:
    """Those of the powers of u in erf(x + u), by the derivatives of exp(-x^2): g'' = -2*x*g' - 2*g and so on."""
    slopes = [apply("exp", -(x * x)) * inverse(root_power(pi(), Fraction(1, 2))) * Fraction(2)]

    def coefficient(k: int) -> Any:
        if k == 0:
            return apply("erf", x)
        while len(slopes) < k:
            n = len(slopes) - 1
            further = x * slopes[n] * Fraction(-2)
            slopes.append(further + slopes[n - 1] * Fraction(-2 * n) if n else further)
        return slopes[k - 1] * _factorial(k)

    return coefficient


def _arctan_coefficients(x: Any) -> Any:
    """Those of the powers of u in arctan(x + u), by those of g = 1/(1 + (x + u)^2): (1 + x^2)*g[k] = -2*x*g[k-1] - g[k-2]."""
    scale = inverse(x * x + Fraction(1))
    slopes = [scale]

    def coefficient(k: int) -> Any:
        if k == 0:
            return apply("arctan", x)
        while len(slopes) < k:
            before = slopes[-2] if len(slopes) > 1 else Fraction(0)
            slopes.append((x * slopes[-1] * Fraction(-2) + -before) * scale)
        return slopes[k - 1] * Fraction(1, k)

    return coefficient


@cache
def pi() -> Real:
    """The number pi."""
    with mpmath.workprec(BITS + 40):
        return Real(int(mpmath.pi * _ONE), 2)

"""The sign of a term without names, indices or sizes, from its value: a rational number, or an interval that holds it.

    exp(1) - 1       lies in an interval above 0, so exp(1) - 1 > 0

The intervals are mpmath's, which round outwards. Nothing is said of a value that is closer to 0 than half of the bits tell.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import Any

from derive.floor.functions import TABLE
from derive.floor.terms import Add, Apply, Div, Mul, Neg, Number, Pow, Term, rational

BITS = 200
LARGEST_POWER = 4096  # bits of an exact power
LARGEST_ARGUMENT = 10_000  # of an exponential
MPMATH = {"exp": "exp", "ln": "log", "sqrt": "sqrt", "sin": "sin", "cos": "cos"}
"""What mpmath encloses itself; any other function is enclosed by what it means."""


def is_sure(term: Term, relation: str) -> bool:
    """Whether the value of a term certainly stands in `relation` (>, >=, !=) to 0."""
    try:
        low, high = ends_of(enclosure(term))
    except ArithmeticError:
        return False
    return {">": low > 0, ">=": low >= 0, "!=": low > 0 or high < 0}.get(relation, False)


def ends_of(value: Any) -> tuple[Fraction, Fraction]:
    """Two numbers between which a value lies."""
    if isinstance(value, Fraction):
        return value, value
    margin = Fraction(1, 2 ** (BITS // 2))
    low, high = (_exactly(end) for end in (value.a, value.b))
    return low - margin, high + margin


def enclosure(term: Term) -> Any:
    """A rational number or an interval that holds the value of a closed term. `ArithmeticError` where it need not have one."""
    match term:
        case Number(value):
            return value
        case Neg(inner):
            return -enclosure(inner)
        case Add((first, *others)):
            total = enclosure(first)
            for part in others:
                total = _both(total, enclosure(part), lambda a, b: a + b)
            return total
        case Mul((first, *others)):
            product = enclosure(first)
            for factor in others:
                product = _both(product, enclosure(factor), lambda a, b: a * b)
            return product
        case Div(above, below):
            return _both(enclosure(above), _nonzero(enclosure(below)), lambda a, b: a / b)
        case Pow(base, exponent):
            return _power(enclosure(base), exponent)
        case Apply("abs", (inner,)):
            return abs(enclosure(inner))
        case Apply("pi", ()):
            return +_context().pi
        case Apply(name, (inner,)) if name in MPMATH:
            return _applied(name, _interval(enclosure(inner)))
        case Apply(name, arguments) if (means := TABLE[name].means) is not None:
            return enclosure(means(*arguments))
    raise ArithmeticError(f"not a closed term: {term!r}")


def _applied(name: str, inside: Any) -> Any:
    low, high = ends_of(inside)
    if (name == "ln" and low <= 0) or (name == "sqrt" and low < 0):
        raise ArithmeticError("an argument that may lie outside of the domain")
    if max(abs(low), abs(high)) > LARGEST_ARGUMENT and name != "ln":
        raise ArithmeticError("the argument is too large")
    return getattr(_context(), MPMATH[name])(inside)


def _power(base: Any, exponent: Term) -> Any:
    known = rational(exponent)
    if known is not None and known.denominator == 1:
        if abs(known) * (base.numerator.bit_length() if isinstance(base, Fraction) else 1) > LARGEST_POWER:
            raise ArithmeticError("the power is too large")
        product: Any = Fraction(1)
        for _ in range(abs(int(known))):
            product = _both(product, base, lambda a, b: a * b)
        return product if known >= 0 else _both(Fraction(1), _nonzero(product), lambda a, b: a / b)
    # Of a base that may be 0 it is not asked: a root of 0 is 0, and no sign is read off that.
    higher = _both(enclosure(exponent), _applied("ln", _interval(base)), lambda a, b: a * b)
    return _applied("exp", _interval(higher))


def _both(left: Any, right: Any, of: Any) -> Any:
    """What an operation makes of two values: exact where both are."""
    if isinstance(left, Fraction) and isinstance(right, Fraction):
        return of(left, right)
    return of(_interval(left), _interval(right))


def _nonzero(value: Any) -> Any:
    low, high = ends_of(value)
    if low <= 0 <= high:
        raise ArithmeticError("a quotient by what may be 0")
    return value


def _interval(value: Any) -> Any:
    if not isinstance(value, Fraction):
        return value
    return _context().mpf(value.numerator) / _context().mpf(value.denominator)


def _exactly(end: Any) -> Fraction:
    sign, mantissa, exponent, _ = end._mpi_[0]
    if not mantissa and exponent:
        raise ArithmeticError("an end that is no number")
    value = Fraction(int(mantissa)) * Fraction(2) ** int(exponent)
    return -value if sign else value


@cache
def _context() -> Any:
    from mpmath.ctx_iv import MPIntervalContext  # most conditions do without it

    context = MPIntervalContext()
    context.prec = BITS
    return context

"""The sign of a term without names, indices or sizes, from an interval in which its value lies.

    exp(1) - 1       lies in an interval above 0, so exp(1) - 1 > 0

The intervals are mpmath's, which round outwards. Nothing is said of a value that is closer to 0 than half of the bits tell.
"""

from __future__ import annotations

import operator
from fractions import Fraction
from functools import cache, reduce
from typing import Any

from derive.floor.functions import TABLE
from derive.floor.terms import Add, Apply, Div, Mul, Neg, Number, Pow, Term, rational

BITS = 200
LARGEST = 10_000  # of a whole exponent, and of the argument of what is not a logarithm
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
    margin = Fraction(1, 2 ** (BITS // 2))
    return _exactly(value.a) - margin, _exactly(value.b) + margin


def enclosure(term: Term) -> Any:
    """An interval that holds the value of a closed term. `ArithmeticError` where it need not have one."""
    match term:
        case Number(value):
            return _context().mpf(value.numerator) / _context().mpf(value.denominator)
        case Neg(inner):
            return -enclosure(inner)
        case Add(parts) | Mul(parts):
            return reduce(operator.add if isinstance(term, Add) else operator.mul, map(enclosure, parts))
        case Div(above, below):
            return enclosure(above) / _nonzero(enclosure(below))
        case Pow(base, exponent):
            return _power(enclosure(base), exponent)
        case Apply("abs", (inner,)):
            return abs(enclosure(inner))
        case Apply("pi", ()):
            return +_context().pi
        case Apply(name, (inner,)) if name in MPMATH:
            return _applied(name, enclosure(inner))
        case Apply(name, arguments) if (means := TABLE[name].means) is not None:
            return enclosure(means(*arguments))
    raise ArithmeticError(f"not a closed term: {term!r}")


def _applied(name: str, inside: Any) -> Any:
    low, high = ends_of(inside)
    if (name == "ln" and low <= 0) or (name == "sqrt" and low < 0):
        raise ArithmeticError("an argument that may lie outside of the domain")
    if max(abs(low), abs(high)) > LARGEST and name != "ln":
        raise ArithmeticError("the argument is too large")
    return getattr(_context(), MPMATH[name])(inside)


def _power(base: Any, exponent: Term) -> Any:
    whole = rational(exponent)
    if whole is None or whole.denominator != 1:
        # Of a base that may be 0 it is not asked: a root of 0 is 0, and no sign is read off that.
        return _applied("exp", enclosure(exponent) * _applied("ln", base))
    if abs(whole) > LARGEST:
        raise ArithmeticError("the power is too large")
    return (base if whole >= 0 else 1 / _nonzero(base)) ** abs(int(whole))


def _nonzero(value: Any) -> Any:
    low, high = ends_of(value)
    if low <= 0 <= high:
        raise ArithmeticError("a quotient by what may be 0")
    return value


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

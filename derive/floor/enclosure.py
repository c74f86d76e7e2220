"""The value of a term without names, indices or sizes: a rational number, or an interval that is sure to hold it.

    exp(1) - 1       lies in an interval above 0, so exp(1) - 1 > 0

What has no value, or is not seen to have one with these bits, raises `Undefined`.
"""

from __future__ import annotations

from fractions import Fraction

from derive.floor.functions import TABLE
from derive.floor.intervals import Interval, Undefined, exp, ln
from derive.floor.terms import Add, Apply, Div, Mul, Neg, Number, Pow, Term, rational

Value = Fraction | Interval
BITS = 200
LARGEST_POWER = 4096  # bits of an exact power


def is_sure(term: Term, relation: str) -> bool:
    """Whether the value of a term certainly stands in `relation` (>, >=, !=) to 0."""
    try:
        value = enclosure(term)
    except ArithmeticError:
        return False
    low, high = (value, value) if isinstance(value, Fraction) else (value.low, value.high)
    return {">": low > 0, ">=": low >= 0, "!=": low > 0 or high < 0}.get(relation, False)


def enclosure(term: Term) -> Value:
    """The value of a closed term; see the module."""
    match term:
        case Number(value):
            return value
        case Neg(inner):
            return -enclosure(inner)
        case Add(terms):
            total = enclosure(terms[0])
            for part in terms[1:]:
                total = total + enclosure(part)
            return total
        case Mul(factors):
            product = enclosure(factors[0])
            for factor in factors[1:]:
                product = product * enclosure(factor)
            return product
        case Div(above, below):
            return enclosure(above) / enclosure(below)
        case Pow(base, exponent):
            return _power(enclosure(base), exponent)
        case Apply(name, arguments):
            row = TABLE[name]
            if row.interval is not None:
                return row.interval(*(_interval(enclosure(argument)) for argument in arguments) if arguments else (BITS,))
            if row.means is not None:
                return enclosure(row.means(arguments))
    raise Undefined(f"not a closed term: {term!r}")


def _power(base: Value, exponent: Term) -> Value:
    known = rational(exponent)
    if known is not None and known.denominator == 1:
        if abs(known) * (base.numerator.bit_length() if isinstance(base, Fraction) else 1) > LARGEST_POWER:
            raise Undefined("the power is too large")
        product: Value = Fraction(1)
        for _ in range(abs(int(known))):
            product = product * base
        return product if known >= 0 else 1 / product
    # Of a base that may be 0 it is not asked: a root of 0 is 0, and no sign is read off that.
    return exp(_interval(enclosure(exponent)) * ln(_interval(base)))


def _interval(value: Value) -> Interval:
    return value if isinstance(value, Interval) else Interval.around(value, BITS)

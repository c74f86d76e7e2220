"""A decimal number that stands for something exact.

    -ln(0.2) = 1.6094       ln(5)
    1/3 = 0.333             1/3
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import e, log, pi, sqrt

from derive.diagnosis.line import Line
from derive.diagnosis.places import Candidate
from derive.engine.writing import scaled
from derive.floor.terms import ONE, TWO, Div, Term, apply, mul, number, rational

_CONSTANTS: tuple[tuple[float, Term], ...] = (
    (pi, apply("pi")),
    (e, apply("exp", ONE)),
    (log(2), apply("ln", TWO)),
    (log(10), apply("ln", number(10))),
    (sqrt(2), apply("sqrt", TWO)),
    (sqrt(3), apply("sqrt", number(3))),
    (sqrt(pi), apply("sqrt", apply("pi"))),
    (sqrt(2 * pi), apply("sqrt", mul(TWO, apply("pi")))),
)


def rounded(line: Line) -> Iterator[Candidate]:
    """A decimal number that stands for something exact."""
    for place in line.places:
        value = rational(place.term)
        digits = None if value is None else _decimals(value)
        if value is None or digits is None or digits < 2:
            continue
        unit = Fraction(1, 10**digits)
        if place.parent is None and not line.names:
            yield line.at(place, line.left, unit=str(unit))
        for below in range(1, 60):
            near = Fraction(round(value * below), below)
            if near != value and abs(near - value) < unit:
                yield line.at(place, number(near), unit=str(unit))
        for constant, term in _CONSTANTS:
            for scale in (Fraction(1), Fraction(1, 2), Fraction(2)):
                exact = scaled(term, scale)
                if abs(Fraction(constant) * scale - value) < unit:
                    yield line.at(place, exact, unit=str(unit))
                if abs(1 / (Fraction(constant) * scale) - value) < unit:
                    yield line.at(place, Div(ONE, exact), unit=str(unit))


def _decimals(value: Fraction) -> int | None:
    """How many decimals a number is written with; None for what has no last decimal."""
    return next((n for n in range(1, 20) if 10**n % value.denominator == 0), None) if value.denominator > 1 else None

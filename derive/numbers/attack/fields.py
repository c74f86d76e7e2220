"""The numbers that an attack computes with: floats, which are quick, or numbers of many digits.

    FLOATS        find what is suspicious
    Digits(n)     tell whether it is so, for terms with n derivatives inside each other

Nothing here is taken from the proof. What has no value is nan.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cached_property
from typing import Any


class Field:
    """Floats: numbers, functions, what counts as nothing, and how far a difference quotient goes."""

    nan: Any = math.nan
    tiny: Any = 1e-13  # a divisor so small is taken for rounding
    noise: tuple[Any, ...] = (1e-2, 1e-2, 1e-1)  # of a difference quotient, by the derivatives inside it
    leap: Any = 1e-3  # how far a step may lead for one look to be enough
    settled: Any = math.inf  # how far two quotients may be apart, as a part of the slope, for their limit to be told
    steps: tuple[Any, ...] = (2.0**-14, 2.0**-8, 2.0**-5)

    def number(self, value: Fraction) -> Any:
        """A rational number."""
        return value.numerator / value.denominator

    @cached_property
    def functions(self) -> Mapping[str, Callable[..., Any]]:
        """The functions of the table by name, each of numbers for which it has a value, else nan."""
        return _functions(self.nan, math.exp, math.log, math.sqrt, math.sin, math.cos, math.erf, math.pi, 600)


class Digits(Field):
    """Numbers of so many digits that what differs in them differs; for terms with `nesting` derivatives inside each other."""

    def __init__(self, nesting: int) -> None:
        from mpmath import MPContext

        self.context = MPContext()
        deepest = 80 * 4 ** max(nesting - 1, 0)
        self.context.prec = 3 * deepest + 280
        power = self.context.ldexp
        self.nan = self.context.nan
        self.tiny = power(1, -2 * deepest - 200)
        exponents = [80 * 4 ** (nesting - 1 - inside) for inside in range(nesting)]
        self.steps = tuple(power(1, -e) for e in exponents)
        self.noise = (power(1, -20),) * len(exponents)
        self.leap = -1
        self.settled = power(1, -33)

    def number(self, value: Fraction) -> Any:
        """A rational number."""
        return self.context.mpf(value.numerator) / value.denominator

    @cached_property
    def functions(self) -> Mapping[str, Callable[..., Any]]:
        """As of floats."""
        c = self.context
        return _functions(self.nan, c.exp, c.log, c.sqrt, c.sin, c.cos, c.erf, +c.pi, 1_000_000)


def _functions(
    nan: Any, exp: Any, ln: Any, sqrt: Any, sin: Any, cos: Any, erf: Any, pi: Any, largest: int
) -> Mapping[str, Callable[..., Any]]:
    def bounded(x: Any) -> Any:
        if x >= largest:
            raise OverflowError("too large for floats")
        return exp(x)

    def quotient(x: Any, y: Any) -> Any:
        return x / y if y else nan

    def logarithm(x: Any) -> Any:
        return ln(x) if x > 0 else nan

    def tanh(x: Any) -> Any:
        return 1 - 2 / (1 + bounded(2 * x))

    return {
        "exp": bounded,
        "ln": logarithm,
        "log": lambda x, b: quotient(logarithm(x), logarithm(b)),
        "sqrt": lambda x: sqrt(x) if x >= 0 else 0 * x if x > -1e-13 else nan,
        "sin": lambda x: sin(x) if abs(x) < 1e15 else nan,
        "cos": lambda x: cos(x) if abs(x) < 1e15 else nan,
        "tan": lambda x: quotient(sin(x), cos(x)) if abs(x) < 1e15 else nan,
        "sinh": lambda x: (bounded(x) - bounded(-x)) / 2,
        "cosh": lambda x: (bounded(x) + bounded(-x)) / 2,
        "tanh": tanh,
        "sigmoid": lambda x: 1 / (1 + bounded(-x)),
        "softplus": lambda x: logarithm(1 + bounded(x)),
        "erf": lambda x: erf(x) if x == x else nan,
        "abs": abs,
        "max": lambda x, y: (x if x >= y else y) if x == x and y == y else nan,
        "min": lambda x, y: (y if x >= y else x) if x == x and y == y else nan,
        "pi": lambda: pi,
    }


FLOATS = Field()

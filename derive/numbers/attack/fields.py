"""The numbers that an attack computes with: floats, which are quick, or numbers of many digits.

    FLOATS        find what is suspicious
    Digits(n)     tell whether it is so, for terms with n derivatives inside each other

Nothing here is taken from the proof: of the table of functions, only the values in numbers are. What has no value is nan.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cached_property
from typing import Any

from derive.floor.functions import TABLE

MOST_BITS = 100_000  # of a number before the point: an exponential or angle of one takes as many digits
LOOKED_AT = tuple(map(Fraction, ("-7/3", "-1", "-1/2", "0", "1/3", "1/2", "1", "3/2", "2", "10/3", "4", "25/4")))
"""Arguments at which a function is looked at to see whether it is positive, and so no border. Nothing is proved by that."""


class Field:
    """Floats: numbers, functions, what counts as nothing, and how far a difference quotient goes."""

    nan: Any = math.nan
    tiny: Any = 1e-13  # a divisor so small is taken for rounding
    noise: tuple[Any, ...] = (1e-2, 1e-2, 1e-1)  # of a difference quotient, by the derivatives inside it
    leap: Any = 1e-3  # how far a step may lead for one look to be enough
    settled: Any = math.inf  # how far two quotients may be apart, as a part of the slope, for their limit to be told
    steps: tuple[Any, ...] = (2.0**-14, 2.0**-8, 2.0**-5)
    largest: Any = None  # beyond which digits may be lost
    cost: int = 0  # units of work for the value of a function

    def number(self, value: Fraction) -> Any:
        """A rational number; nan where it is too large to be one of these."""
        try:
            return value.numerator / value.denominator
        except OverflowError:
            return self.nan

    @cached_property
    def functions(self) -> Mapping[str, Callable[..., Any]]:
        """The functions of the table by name, each of numbers for which it has a value, else nan."""
        return _functions(_Library(math, self.nan, 600))

    @cached_property
    def positive(self) -> Mapping[str, bool]:
        """The functions of one argument that are positive of positive ones, as far as seen; of each, whether of all."""
        found = {}
        for name, function in self._of(1):
            values = [(x, function(self.number(x))) for x in LOOKED_AT]
            if all(value > 0 for x, value in values if x > 0):
                found[name] = all(value > 0 for _, value in values)
        return found

    @cached_property
    def borders(self) -> Mapping[str, tuple[int, ...]]:
        """Where a function has a value, and a kink or an end: at -1, 0 or 1, or 0 for two arguments that are equal."""
        found = {name: tuple(at for at in (-1, 0, 1) if self._is_border(function, at)) for name, function in self._of(1)}
        found |= {name: (0,) for name, function in self._of(2) if self._is_border(lambda x, f=function: f(x, 2), 2)}
        return {name: places for name, places in found.items() if places}

    def _of(self, arity: int) -> list[tuple[str, Callable[..., Any]]]:
        return [(name, function) for name, function in self.functions.items() if TABLE[name].arity == arity]

    @staticmethod
    def _is_border(function: Callable[..., Any], at: int) -> bool:
        step = 2.0**-20
        left, here, right = (function(at + n * step) for n in (-1, 0, 1))
        return here == here and not abs(right + left - 2 * here) <= step / 64


class Digits(Field):
    """Numbers of so many digits that what differs in them differs; for terms with `nesting` derivatives inside each other.

    With `times` as many digits, what is so large that digits beside it may be lost raises `OverflowError`.
    """

    def __init__(self, nesting: int, times: int = 1) -> None:
        from mpmath import MPContext

        self.context = MPContext()
        # Each derivative divides by its step, and the error of what is inside of it must be small beside that.
        exponents = [80 * (nesting - inside) for inside in range(nesting)]
        deepest = max(exponents, default=80)
        self.context.prec = (sum(exponents or [80]) + 2 * deepest + 280) * times
        self.cost = (self.context.prec // 600) ** 2
        power = self.context.ldexp
        self.largest = power(1, self.context.prec // 2) if times > 1 else None
        self.nan = self.context.nan
        self.tiny = power(1, -2 * deepest - 200)
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
        return _functions(_Library(self.context, self.nan, 1_000_000, self.context.ldexp(1, MOST_BITS)))


class _Library:
    """The functions of numbers by the names that mpmath gives them, of `source` or else of mpmath's floats.

    Those that stand here keep away from rounding: what is too large raises `OverflowError`, and what has no value is nan.
    """

    def __init__(self, source: Any, nan: Any, largest: int, most: Any = math.inf) -> None:
        exp, ln, sqrt, sin, cos, tan = (getattr(source, name) for name in ("exp", "log", "sqrt", "sin", "cos", "tan"))

        def bounded(x: Any) -> Any:
            if x >= largest:
                raise OverflowError("too large for floats")
            return exp(x)

        self.source, self.nan, self.pi = source, nan, +source.pi
        self.exp = bounded
        self.most = most
        self.log = lambda x: ln(x) if x > 0 else nan
        self.sqrt = lambda x: sqrt(x) if x >= 0 else 0 * x if x > -1e-13 else nan
        self.sin, self.cos, self.tan = map(self._of_angle, (sin, cos, tan))

    def _of_angle(self, function: Callable[[Any], Any]) -> Callable[[Any], Any]:
        nan = self.nan
        return lambda x: function(x) if abs(x) < 1e15 else nan

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.source, name, None)
        if found is None:
            from mpmath import fp

            found = getattr(fp, name)
        setattr(self, name, found)
        return found


def _functions(library: _Library) -> Mapping[str, Callable[..., Any]]:
    return {name: _told(row.value, library) for name, row in TABLE.items()}


def _told(value: Callable[..., Any], library: _Library) -> Callable[..., Any]:
    """A function of the table, nan where it has no value: where it fails, is not finite or not real."""
    nan = library.nan

    def told(*arguments: Any) -> Any:
        for argument in arguments:
            if argument != argument:
                return nan
            if abs(argument) > library.most:
                raise OverflowError("too large for so many digits")
        try:
            found = value(library, *arguments)
            return found if found - found == 0 and not hasattr(found, "_mpc_") and not isinstance(found, complex) else nan
        except (ValueError, ZeroDivisionError):
            return nan

    return told


FLOATS = Field()

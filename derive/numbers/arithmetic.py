"""The numbers in which terms are evaluated: floats, exact and inexact ones mixed, intervals, and dual numbers over each.

`FLOATS` is fast, and finds candidates. `MIXED` is exact where everything is rational and a float elsewhere, so an equality
that it confirms holds. `Enclosures` is exact where everything is rational and an interval elsewhere, so whatever it says is
proved. What a function is worth in each is told by its row in the table of functions.

A dual number is value + slope*d, where d is a new number with d^2 = 0 (Clifford, 1873):

    (3 + 1*d)*(3 + 1*d) = 9 + 6*d        the derivative of x^2 at 3 is 6
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any, Protocol

from derive.floor.functions import TABLE
from derive.numbers import intervals
from derive.numbers.intervals import Interval, Undefined

Value = Any
"""A number of the arithmetic in use, or a `Dual` of such."""

# --- dual numbers ----------------------------------------------------------------------------------------------------


class Dual:
    """value + slope*d for the infinitesimal d of this level; both parts may hold infinitesimals of lower levels.

    A slope of 0 is kept: a value that was moved must not pass for a constant, or abs(x^2) would seem smooth at 0.
    """

    __slots__ = ("level", "slope", "value")

    def __init__(self, level: int, value: Value, slope: Value) -> None:
        self.level = level
        self.value = value
        self.slope = slope

    def __add__(self, other: Value) -> Dual:
        if isinstance(other, Dual):
            if other.level > self.level:
                return Dual(other.level, self + other.value, other.slope)
            if other.level == self.level:
                return Dual(self.level, self.value + other.value, self.slope + other.slope)
        return Dual(self.level, self.value + other, self.slope)

    def __mul__(self, other: Value) -> Dual:
        if isinstance(other, Dual):
            if other.level > self.level:
                return Dual(other.level, self * other.value, self * other.slope)
            if other.level == self.level:
                return Dual(self.level, self.value * other.value, self.value * other.slope + self.slope * other.value)
        return Dual(self.level, self.value * other, self.slope * other)

    def __neg__(self) -> Dual:
        return Dual(self.level, -self.value, -self.slope)

    def __sub__(self, other: Value) -> Value:
        return self + -other

    def __rsub__(self, other: Value) -> Value:
        return -self + other

    def __truediv__(self, other: Value) -> Value:
        if isinstance(other, Dual):
            return self * other.reciprocal()
        return Dual(self.level, self.value / other, self.slope / other)

    def __rtruediv__(self, other: Value) -> Value:
        return self.reciprocal() * other

    def reciprocal(self) -> Dual:
        """One divided by this number."""
        inverse = 1 / self.value
        return Dual(self.level, inverse, -(self.slope * inverse * inverse))

    __radd__ = __add__
    __rmul__ = __mul__


def at_rest(value: Value) -> Value:
    """The value without its infinitesimals."""
    while isinstance(value, Dual):
        value = value.value
    return value


# --- arithmetics -----------------------------------------------------------------------------------------------------


class Arithmetic(Protocol):
    """The numbers in which terms are evaluated."""

    def number(self, value: Fraction) -> Value:
        """A rational number."""

    def function(self, name: str, arguments: tuple[Value, ...]) -> Value:
        """A function that is enclosed by itself; raises `Undefined` outside its domain."""

    def signs(self, value: Value) -> tuple[int, int]:
        """Between which signs the sign of `value` lies."""


class _Machine:
    """The functions of floats by mpmath's names, as the rows of the table use them: those of `math`, else mpmath's own."""

    nan = math.nan

    def __getattr__(self, name: str) -> Any:
        found = getattr(math, name, None)
        if found is None:
            from mpmath import fp

            found = getattr(fp, name)
        setattr(self, name, found)
        return found


MACHINE = _Machine()


def machine_value(name: str, *arguments: float) -> float:
    """The value of a function of the table, in floats; raises `Undefined` where it has none."""
    try:
        value = TABLE[name].value(MACHINE, *arguments)
    except ValueError as problem:
        raise Undefined(f"{name} outside its domain") from problem
    if isinstance(value, complex) or value != value:
        raise Undefined(f"{name} outside its domain")
    return float(value)


def sign_of(value: Any) -> int:
    """1, 0 or -1."""
    return int(value > 0) - int(value < 0)


class _Floats:
    def number(self, value: Fraction) -> float:
        try:
            return float(value)
        except OverflowError as problem:
            raise Undefined("a number is too large for floats") from problem

    def function(self, name: str, arguments: tuple[Value, ...]) -> float:
        return machine_value(name, *arguments)

    def signs(self, value: Value) -> tuple[int, int]:
        return sign_of(value), sign_of(value)


class _Mixed:
    def number(self, value: Fraction) -> Fraction:
        return value

    def function(self, name: str, arguments: tuple[Value, ...]) -> Value:
        exact = _exactly(name, arguments)
        return machine_value(name, *arguments) if exact is None else exact

    def signs(self, value: Value) -> tuple[int, int]:
        doubt = 1e-9 if isinstance(value, float) else 0
        return sign_of(value - doubt), sign_of(value + doubt)


class Enclosures:
    """Rational numbers, and intervals of `precision` bits around all others."""

    def __init__(self, precision: int) -> None:
        self.precision = precision

    def number(self, value: Fraction) -> Fraction:
        """A rational number, itself."""
        return value

    def function(self, name: str, arguments: tuple[Value, ...]) -> Value:
        """The value, exact where it is known to be rational."""
        exact = _exactly(name, arguments)
        if exact is not None:
            return exact
        enclosed = getattr(intervals, TABLE[name].interval)
        if not arguments:
            return enclosed(self.precision)
        return enclosed(*(a if isinstance(a, Interval) else Interval.around(a, self.precision) for a in arguments))

    def signs(self, value: Value) -> tuple[int, int]:
        """The signs of the two ends."""
        return (sign_of(value), sign_of(value)) if isinstance(value, Fraction) else value.signs()


FLOATS, MIXED = _Floats(), _Mixed()


def _exactly(name: str, arguments: tuple[Value, ...]) -> Fraction | None:
    """The value where it is rational for a reason: never by rounding."""
    if not arguments or not all(type(a) is Fraction for a in arguments):
        return None
    return TABLE[name].exact(*arguments)

"""The value of an expression at a point: exact, or in balls; every derivative from both sides.

    diff(abs(x), x) at x = 0      abs(0 + h) = h, abs(0 - h) = h: the slopes are 1 and -1, so there is no value
    diff(x^2*v, x) at x = 0       with v = if(x = 0, 0, 1/x): 0, h and -h, so it is 1

The body of a derivative is evaluated at x + h for an infinitesimal h > 0. Where no zero of a divisor, of a root or of a choice
is met on the way, it is analytic there, and the coefficient of h is the derivative. Otherwise it is evaluated at x and at x - h
too: the derivative exists where both sides have a value, begin at the value at x itself, and have one slope.
"""

from __future__ import annotations

from itertools import count
from typing import Any

import audit_numbers as numbers
from audit_numbers import Doubt, Series, Undefined
from audit_terms import Node, Symbol, holds

_levels = count(1)


class _Near:
    """A point, or a point near another one: `symbol` is moved by `way` times the infinitesimal of `level`."""

    def __init__(self, parent: _Near | None, symbol: Symbol | None = None, way: int = 0) -> None:
        self.parent, self.symbol, self.way = parent, symbol, way
        self.level = next(_levels) if parent else 0
        self.memo: dict[Node, Any] = {}
        self.beside: dict[Any, _Near] = {}

    def towards(self, symbol: Symbol, way: int) -> _Near:
        found = self.beside.get((symbol, way))
        if found is None:
            found = self.beside[symbol, way] = _Near(self, symbol, way)
        return found


class Evaluation:
    """Values at one point: `values` are those of the symbols; a symbol without one is what a derivative moves, and 0."""

    def __init__(self, values: dict[Symbol, Any]) -> None:
        self.values = values
        self.root = _Near(None)

    def value(self, node: Node) -> Any:
        """The value; raises `Undefined` or `Doubt`."""
        return self._value(node, self.root)

    def _value(self, node: Node, near: _Near) -> Any:
        while near.parent is not None and near.symbol not in node.symbols:
            near = near.parent
        found = near.memo.get(node)
        if found is None:
            try:
                found = self._computed(node, near)
            except (Undefined, Doubt) as problem:
                found = problem
            near.memo[node] = found
        if isinstance(found, Undefined | Doubt):
            raise found
        return found

    def _computed(self, node: Node, near: _Near) -> Any:
        parts, data = node.parts, node.data
        match node.kind:
            case "number":
                return numbers.exact(data)
            case "symbol":
                if near.parent is None:
                    return self.values.get(data, numbers.Fraction(0))
                return self._value(node, near.parent) + Series(near.level, {1: numbers.Fraction(near.way)})
            case "add":
                total = self._value(parts[0], near)
                for part in parts[1:]:
                    total = total + self._value(part, near)
                return numbers.exact(total) if type(total) is numbers.Fraction else total
            case "mul":
                product = self._value(parts[0], near)
                for part in parts[1:]:
                    product = product * self._value(part, near)
                return numbers.exact(product) if type(product) is numbers.Fraction else product
            case "power" | "power?" | "power!":
                base = self._value(parts[0], near)
                if node.kind == "power?" and data <= 0 and numbers.is_zero(base) and data == 0:
                    raise Doubt("0^0 by a difference")
                if node.kind == "power!" and numbers.sign(base) <= 0:
                    raise Doubt("a power of what is not positive")
                return numbers.whole_power(base, int(data)) if data.denominator == 1 else numbers.root_power(base, data)
            case "raise":
                base, exponent = self._value(parts[0], near), self._value(parts[1], near)
                if numbers.sign(base) <= 0:
                    raise Undefined("a power of what is not positive")
                return numbers.apply("exp", exponent * numbers.apply("ln", base))
            case "exp" | "ln" | "sin" | "cos" | "erf" | "arctan":
                return numbers.apply(node.kind, self._value(parts[0], near))
            case "pi":
                return numbers.pi()
            case "choice":
                chosen = holds(data, numbers.sign(self._value(parts[0], near)))
                return self._value(parts[1] if chosen else parts[2], near)
            case "derive":
                return self._slope(parts[0], data, near)
        raise Undefined("nothing there")

    def _slope(self, body: Node, symbol: Symbol, near: _Near) -> Any:
        ahead = near.towards(symbol, 1)
        right = self._value(body, ahead)
        if symbol in body.symbols and ahead.level not in Series.bordered:
            return _coefficient(right, ahead.level, 1)
        at = self._value(body, near)
        if symbol not in body.symbols:
            return at * 0
        behind = near.towards(symbol, -1)
        left = self._value(body, behind)
        slopes = []
        for value, level in ((right, ahead.level), (left, behind.level)):
            exponents = value.terms if isinstance(value, Series) and value.level == level else {}
            if any(q < 0 or 0 < q < 1 for q in exponents):
                raise Undefined("no slope")
            if numbers.sign(_coefficient(value, level, 0) + -at) != 0:
                raise Undefined("a jump")
            slopes.append(_coefficient(value, level, 1))
        if numbers.sign(slopes[0] + slopes[1]) != 0:
            raise Undefined("a kink")
        return slopes[0]


def _coefficient(value: Any, level: int, exponent: int) -> Any:
    if not isinstance(value, Series) or value.level != level:
        return value if exponent == 0 else numbers.Fraction(0)
    if value.top is not None and value.top <= exponent:
        raise Doubt("too few terms")
    return value.terms.get(exponent, numbers.Fraction(0))

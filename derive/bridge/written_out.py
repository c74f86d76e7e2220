"""The second witness: a term written out entry by entry at a small size, for SymPy to differentiate.

    diff(sum(x[i]^2, i), x[k]), n = 2, k = 1      x0**2 + x1**2, differentiated by x0
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

from derive.bridge.code import number_to_sympy, power_to_sympy
from derive.bridge.differences import extent, whole, with_moved
from derive.bridge.to_sympy import function_to_sympy
from derive.bridge.unfold import unfold
from derive.errors import CallError, LimitError
from derive.floor import terms as t
from derive.floor.conditions import is_about_indices
from derive.floor.theory import Theory
from derive.numbers.evaluate import position

SYMPY_TERMS = 2000  # of the loss written out


class WrittenOut:
    """A term at given sizes as a SymPy expression in plain symbols, one for each entry: `symbols`, by name and place."""

    def __init__(self, theory: Theory, sizes: Mapping[str, int]) -> None:
        self.theory = theory
        self.sizes = sizes
        self.symbols: dict[tuple[str, tuple[int, ...]], Any] = {}
        self.counter = itertools.count()
        self.terms = 0

    def value(self, term: t.Term, at: Mapping[t.Index, int]) -> Any:
        import sympy

        self.terms += 1
        if self.terms > SYMPY_TERMS:
            raise LimitError("too-large", "written out, the loss is too large for a second opinion by SymPy")
        match term:
            case t.Number(value):
                return number_to_sympy(value)
            case t.Size(name):
                return sympy.Integer(self.sizes[name])
            case t.Ordinal(place):
                return sympy.Integer(self.place(place, at))
            case t.Entry(name, indices):
                return self.entry(name, tuple(self.place(index, at) for index in indices))
            case t.Add(terms):
                return sympy.Add(*(self.value(each, at) for each in terms))
            case t.Mul(factors):
                return sympy.Mul(*(self.value(each, at) for each in factors))
            case t.Neg(inner):
                return sympy.Mul(sympy.S.NegativeOne, self.value(inner, at))
            case t.Div(a, b):
                return sympy.Mul(self.value(a, at), power_to_sympy(self.value(b, at), sympy.S.NegativeOne))
            case t.Pow(a, b):
                return power_to_sympy(self.value(a, at), self.value(b, at))
            case t.Apply(function, arguments):
                return function_to_sympy(function, arguments, lambda each: self.value(each, at))
            case t.Sum(index, excluded, body):
                return sympy.Add(*self.values(index, excluded, body, at))
            case t.Prod(index, excluded, body):
                return sympy.Mul(*self.values(index, excluded, body, at))
            case t.Max(index, excluded, body) | t.Min(index, excluded, body):
                values = self.values(index, excluded, body, at)
                return (sympy.Max if isinstance(term, t.Max) else sympy.Min)(*values) if values else sympy.nan
            case t.Delta(left, right):
                return sympy.Integer(int(self.place(left, at) == self.place(right, at)))
            case t.If(t.Comparison(left, relation, right), then, otherwise) if is_about_indices(term.condition):
                equal = self.place(left, at) == self.place(right, at)
                return self.value(then if equal == (relation == "=") else otherwise, at)
            case t.If(t.Comparison(left, relation, right), then, otherwise):
                compare = {"=": sympy.Eq, "!=": sympy.Ne, ">": sympy.Gt, ">=": sympy.Ge}[relation]
                condition = compare(self.value(left, at), self.value(right, at))
                return sympy.Piecewise((self.value(then, at), condition), (self.value(otherwise, at), True))
            case t.Diff(body, by) if by.name in self.theory.unknowns:
                return sympy.diff(self.value(body, at), self.value(by, at))
            case t.Diff(body, by):
                return self.by_node(body, by, at)
        raise CallError("not-numeric", f"a {type(term).__name__.lower()} has no value")

    def by_node(self, body: t.Term, by: t.Entry, at: Mapping[t.Index, int]) -> Any:
        """The derivative by a defined entry: its entries are symbols as long as it is taken, and their values after that."""
        import sympy

        inner = WrittenOut(with_moved(by.name, self.theory), self.sizes)
        inner.symbols, inner.counter = self.symbols, self.counter
        slope = sympy.diff(inner.value(body, at), inner.value(by, at))
        self.terms += inner.terms
        nodes = {place: symbol for (name, place), symbol in self.symbols.items() if name == by.name}
        for place in nodes:
            del self.symbols[by.name, place]
        values = {}
        for place, symbol in nodes.items():
            node = unfold(t.Entry(by.name, tuple(t.number(each + 1) for each in place)), self.theory)
            values[symbol] = self.value(node, {})
        return slope.subs(values)

    def values(self, index: t.Index, excluded: tuple[t.Term, ...], body: t.Term, at: Mapping[t.Index, int]) -> list[Any]:
        without = {self.place(other, at) for other in excluded}
        places = (place for place in range(1, extent(index.range, self.sizes) + 1) if place not in without)
        return [self.value(body, {**at, index: place}) for place in places]

    def place(self, index: t.Term, at: Mapping[t.Index, int]) -> int:
        match index:
            case t.Index():
                return at[index]
            case t.Size(name):
                return self.sizes[name]
            case t.Affine():
                return position(index, lambda part: self.place(part, at))
        return whole(index)

    def entry(self, name: str, place: tuple[int, ...]) -> Any:
        """An entry, which is 0 where a computed index lies beyond its range."""
        import sympy

        extents = (extent(each, self.sizes) for each in self.theory.ranges(name))
        if any(not 1 <= at <= length for at, length in zip(place, extents, strict=True)):
            return sympy.S.Zero
        return self.symbol(name, tuple(at - 1 for at in place))

    def symbol(self, name: str, place: tuple[int, ...]) -> Any:
        import sympy

        if (name, place) not in self.symbols:
            positive = True if self.theory.unknowns[name].relation == ">" else None
            self.symbols[name, place] = sympy.Symbol(f"x{next(self.counter)}", real=True, positive=positive)
        return self.symbols[name, place]

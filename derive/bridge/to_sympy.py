"""Terms as SymPy expressions, object by object.

    x, eps > 0             Symbol("x", real=True), Symbol("eps", positive=True)
    a size, an index       Symbol("H", integer=True, positive=True)
    Z[i]                   IndexedBase("Z", shape=(H,), real=True)[i], counted from 1 as in the language
    sum(Z[i], i)           Sum(Z[i], (i, 1, H))
    sum(Z[i], i != k)      Sum(Piecewise((0, Eq(i, k)), (Z[i], True)), (i, 1, H))
    max(x[i], i: 3)        Max(Max(x[1], x[2]), x[3]); over a range that is no number there is none
    x[t + a - 1]           Piecewise((x[t + a - 1], …), (0, True)), the condition being that the index lies in its range
    delta(i, k)            KroneckerDelta(i, k)
    if(i = k, a, b)        Piecewise((a, Eq(i, k)), (b, True))
    diff(f, Z[k])          Derivative(f, Z[k]), with f unfolded
    f(x), L of all Z       Function("f")(x), Function("L")(IndexedBase("Z", …))
    f'(x^2)                Subs(Derivative(Function("f")(t), t), t, x**2)

An excluded index becomes a choice, and not a difference of sums, because the body need not be defined there. A defined name
that is not unfolded is a symbol like any other, and SymPy takes its derivatives for 0: unfold what is to be differentiated.
Every bound index gets a name of its own, since SymPy confuses a bound index with a free one of the same name when it
differentiates.

No text is parsed: names become the names of symbols, and nothing is run.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from derive.bridge.unfold import unfold
from derive.engine.letters import fresh
from derive.engine.measure import size
from derive.errors import CallError, KernelError, LimitError
from derive.floor import terms as t
from derive.floor.functions import TABLE
from derive.floor.ranges import write_out
from derive.floor.subscripts import inside
from derive.floor.theory import Theory
from derive.limits import MOST_FOR_SYMPY

EXACT_BITS = 4096
_ASSUMED = {">": {"positive": True}, ">=": {"nonnegative": True}, "!=": {"nonzero": True, "real": True}, None: {"real": True}}


def to_sympy(term: t.Term, theory: Theory, unfolded: bool = False) -> Any:
    """`term` as a SymPy expression; with `unfolded`, every defined name is replaced by its expression first.

    Fails with `LimitError` where the term is too large.
    """
    try:
        if unfolded:
            term = unfold(term, theory)
        if size(term) > MOST_FOR_SYMPY:
            raise LimitError("too-large", f"the expression has {size(term)} parts: {MOST_FOR_SYMPY} is the limit")
        return _ToSympy(theory).value(term, t.free_indices(term))
    except RecursionError as error:
        raise LimitError("too-large", "the expression is nested too deeply") from error


class _ToSympy:
    """SymPy expressions under the declarations of `theory`."""

    def __init__(self, theory: Theory) -> None:
        self.theory = theory

    def value(self, term: t.Term, scope: frozenset[t.Index]) -> Any:
        """`term`, whose bound indices are to avoid the names in `scope`."""
        import sympy

        match term:
            case t.Number(value):
                return sympy.Rational(value.numerator, value.denominator)
            case t.Size(name) | t.Index(name, _):
                return sympy.Symbol(name, integer=True, positive=True)
            case t.Ordinal(place):
                return self.value(place, scope)
            case t.Entry(name, ()) if name in self.theory.functions:
                return sympy.Function(name, real=True)(*map(self.array, self.theory.functions[name].of))
            case t.Entry(name, ()):
                return sympy.Symbol(name, **self.assumed(name))
            case t.Affine(parts, factors, offset):
                return sympy.Add(offset, *(f * self.value(part, scope) for f, part in zip(factors, parts, strict=True)))
            case t.Entry(name, indices):
                return self.entry(name, indices, scope)
            case t.Call(name, arguments):
                function = sympy.Function(t.declared_name(name), real=True)
                values = [self.value(each, scope) for each in arguments]
                return _partial_derivative(function, values, t.partials(name)) if t.partials(name) else function(*values)
            case t.Apply(function, arguments):
                return function_to_sympy(function, arguments, lambda each: self.value(each, scope))
            case t.Add(terms):
                return sympy.Add(*(self.value(each, scope) for each in terms))
            case t.Mul(factors):
                return sympy.Mul(*(self.value(each, scope) for each in factors))
            case t.Neg(inner):
                return sympy.Mul(sympy.S.NegativeOne, self.value(inner, scope))
            case t.Div(a, b):
                return sympy.Mul(self.value(a, scope), _power(self.value(b, scope), sympy.S.NegativeOne))
            case t.Pow(a, b):
                return _power(self.value(a, scope), self.value(b, scope))
            case t.Sum():
                return self.binder(term, sympy.Sum, sympy.S.Zero, scope)
            case t.Prod():
                return self.binder(term, sympy.Product, sympy.S.One, scope)
            case t.Max() | t.Min():
                return self.extreme(term, scope)
            case t.Delta(left, right):
                return sympy.KroneckerDelta(self.value(left, scope), self.value(right, scope))
            case t.If(condition, then, otherwise):
                chosen = self.comparison(condition, scope)
                return sympy.Piecewise((self.value(then, scope), chosen), (self.value(otherwise, scope), True))
            case t.Comparison():
                return self.comparison(term, scope)
            case t.Diff(body, by):
                # Unfolded down to the variable, lest the derivative be taken for 0.
                plain = unfold(body, self.theory, frozenset((by.name,)))
                for name in sorted(t.entry_names(plain) & self.theory.functions.keys()):
                    hidden = sorted(self.theory.definitions.keys() & set(self.theory.functions[name].of) - {by.name})
                    if hidden:
                        raise CallError("not-in-sympy", f"SymPy cannot be told that {name} depends on {by.name} by {hidden[0]}")
                if size(plain) > MOST_FOR_SYMPY:
                    raise LimitError("too-large", "the derivative's body, definitions unfolded, is too large")
                return sympy.Derivative(self.value(plain, scope | t.free_indices(by)), self.value(by, scope))
        raise TypeError(f"not a term: {term!r}")

    def entry(self, name: str, indices: tuple[t.Term, ...], scope: frozenset[t.Index]) -> Any:
        """An entry; at a computed index that may lie beyond its range, where it is 0, a choice."""
        import sympy

        within = []
        for index, extent in zip(indices, self.theory.ranges(name), strict=True):
            if isinstance(index, t.Affine) and not inside(index, extent, self.theory.sizes):
                place = self.value(index, scope)
                within += [place >= 1, place <= self.value(extent, scope)]
        found = self.array(name)[tuple(self.value(index, scope) for index in indices)]
        return sympy.Piecewise((found, sympy.And(*within)), (sympy.S.Zero, True)) if within else found

    def binder(self, term: t.Sum | t.Prod, constructor: Any, fill: Any, scope: frozenset[t.Index]) -> Any:
        import sympy

        index = fresh(term.index, scope)
        body = t.substitute(term.body, {term.index: index}) if index != term.index else term.body
        inside = scope | {index}
        value = self.value(body, inside)
        variable = self.value(index, inside)
        for other in term.excluded:
            value = sympy.Piecewise((fill, sympy.Eq(variable, self.value(other, scope))), (value, True))
        return constructor(value, (variable, 1, self.value(index.range, scope)))

    def extreme(self, term: t.Max | t.Min, scope: frozenset[t.Index]) -> Any:
        """The greatest or least of a few values: SymPy has none over an index."""
        try:
            values, _ = write_out(term, None, self.theory)
        except KernelError as error:
            word = type(term).__name__.lower()
            raise CallError("not-in-sympy", f"SymPy has no {word} over an index", "give it a range that is a number") from error
        return self.value(values, scope)

    def comparison(self, term: t.Comparison, scope: frozenset[t.Index]) -> Any:
        import sympy

        compare = {"=": sympy.Eq, "!=": sympy.Ne, ">": sympy.Gt, ">=": sympy.Ge}[term.relation]
        return compare(self.value(term.left, scope), self.value(term.right, scope))

    def array(self, name: str) -> Any:
        import sympy

        shape = tuple(self.value(extent, frozenset()) for extent in self.theory.ranges(name))
        return sympy.IndexedBase(name, shape=shape, **self.assumed(name))

    def assumed(self, name: str) -> dict[str, bool]:
        unknown = self.theory.unknowns.get(name)
        return _ASSUMED[unknown.relation if unknown else None]


def function_to_sympy(function: str, arguments: tuple[t.Term, ...], value: Callable[[t.Term], Any]) -> Any:
    """A function of the table: SymPy's, else what it means, else a function of which SymPy knows nothing."""
    import sympy

    row = TABLE[function]
    constructor = getattr(sympy, row.sympy) if row.sympy else None
    if constructor is None and row.means is not None:
        return value(row.means(*arguments))
    if constructor is None:
        constructor = sympy.Function(row.name, real=True)
    return constructor(*map(value, arguments)) if row.arity else constructor


def _partial_derivative(function: Any, values: list[Any], by: tuple[int, ...]) -> Any:
    """The derivative of `function` by its arguments of the numbers `by`, at `values`."""
    import sympy

    moved = {position: sympy.Dummy(f"t{position}", real=True) for position in dict.fromkeys(by)}
    formal = [moved.get(position, value) for position, value in enumerate(values, start=1)]
    derivative = sympy.Derivative(function(*formal), *(moved[position] for position in by))
    return sympy.Subs(derivative, tuple(moved.values()), tuple(values[position - 1] for position in moved))


def _power(base: Any, exponent: Any) -> Any:
    import sympy

    huge = base.is_Rational and exponent.is_Rational and max(abs(base.p), base.q).bit_length() * abs(exponent.p) > EXACT_BITS
    return sympy.Pow(base, exponent, evaluate=not huge)

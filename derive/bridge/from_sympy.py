"""SymPy expressions as terms: the way back from `to_sympy`, and what people write likewise.

    Sum(Z[i], (i, 1, H))     sum(Z[i], i)
    Derivative(f, x)         diff(f, x)

SymPy simplifies as it builds (`x/x` becomes 1), so the way back leads to an equal term where both are defined, not to the same.
No text is parsed, and nothing is run.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from derive.errors import CallError, LimitError
from derive.floor import terms as t
from derive.floor.functions import TABLE
from derive.floor.theory import Theory


def from_sympy(expression: Any, theory: Theory | None = None) -> t.Term:
    """A SymPy expression as a term: what `to_sympy` writes, and what people write likewise.

    The range of an index is read from the limits of its sum, the shape of the arrays in which it stands, its `Idx`, or the
    theory. Fails with `CallError` where it cannot be told, and for everything that the language has no word for.
    """
    import sympy

    if not isinstance(expression, sympy.Basic):
        kind = type(expression).__name__
        raise CallError("not-in-language", f"expected a SymPy expression, not {kind}", "text is not read as SymPy")
    try:
        return _FromSympy(expression, theory or Theory()).term(expression)
    except RecursionError as error:
        raise LimitError("too-large", "the expression is nested too deeply") from error


def _unary() -> Iterator[tuple[tuple[Any, Any], str]]:
    """How SymPy builds each function of one argument, by its class and what stands before the argument: polygamma(0, x)."""
    import sympy

    x = sympy.Dummy(real=True)
    for row in TABLE.values():
        if row.arity == 1 and row.sympy:
            built = getattr(sympy, row.sympy)(x)
            if built.args[-1] == x:
                yield (built.func, built.args[:-1]), row.name


class _FromSympy:
    """The way back for one expression: what its symbols are, and how far its indices run."""

    def __init__(self, expression: Any, theory: Theory) -> None:
        import sympy

        self.theory = theory
        self.functions = dict(_unary())
        # What is a size, and what the free indices run over, shows in the limits and shapes of the whole expression.
        extents = [limit[2] for each in expression.atoms(sympy.Sum, sympy.Product) for limit in each.limits if len(limit) == 3]
        arrays = list(expression.atoms(sympy.Indexed))
        deltas = expression.atoms(sympy.KroneckerDelta)
        places = [limit[0] for each in expression.atoms(sympy.Sum, sympy.Product) for limit in each.limits]
        places += [index for array in arrays for index in array.indices]
        places += [index for delta in deltas for index in delta.args[:2]]
        self.places = {index for index in places if isinstance(index, sympy.Symbol | sympy.Idx)}
        names: dict[str, Any] = {}
        for symbol in expression.atoms(sympy.Symbol):
            if names.setdefault(symbol.name, symbol) != symbol:
                raise CallError("not-in-language", f"two different symbols are called {symbol.name}", "rename one of them")
        for array in arrays:
            extents.extend(array.base.shape or ())
        for index in expression.atoms(sympy.Idx):
            extents.append(index.upper)
        self.sizes = {extent for extent in extents if isinstance(extent, sympy.Symbol)}
        self.fixed: dict[Any, t.Index] = dict(self.declared(expression))
        self.ranges: dict[Any, t.Term] = {index: i.range for index, i in self.fixed.items()}
        for array in arrays:
            for index, extent in zip(array.indices, self.shape(array), strict=True):
                if extent is not None and index in self.places:
                    self.ranges.setdefault(index, extent)
        for index in expression.atoms(sympy.Idx):
            if index.upper is not None and index.lower == 1:
                self.ranges.setdefault(index, self.extent(index.upper))
        self.share(expression)

    def declared(self, expression: Any) -> list[tuple[Any, t.Index]]:
        found = self.theory.indices
        return [(each, found[each.name]) for each in expression.free_symbols if getattr(each, "name", None) in found]

    def share(self, expression: Any) -> None:
        """Indices that are compared with each other have the same range."""
        import sympy

        bound = {
            limit[0]: self.extent(limit[2])
            for each in expression.atoms(sympy.Sum, sympy.Product)
            for limit in each.limits
            if len(limit) == 3
        }
        pairs = [each.args[:2] for each in expression.atoms(sympy.KroneckerDelta, sympy.Eq, sympy.Ne)]
        pairs += [(other, one) for one, other in pairs]
        found = -1
        while found != len(self.ranges):
            found = len(self.ranges)
            for one, other in pairs:
                known = self.ranges.get(one, bound.get(one))
                if known is not None and isinstance(other, sympy.Symbol) and other not in bound:
                    self.ranges.setdefault(other, known)

    def shape(self, array: Any) -> list[t.Term | None]:
        name = str(array.base.label)
        try:
            declared: tuple[t.Term | None, ...] = self.theory.ranges(name)
        except KeyError:
            shape = array.base.shape
            declared = tuple(self.extent(extent) for extent in shape) if shape else (None,) * len(array.indices)
        if len(declared) != len(array.indices):
            raise CallError("not-in-language", f"{name} has {len(declared)} indices, not {len(array.indices)}")
        return list(declared)

    def extent(self, extent: Any) -> t.Term:
        import sympy

        if isinstance(extent, sympy.Integer) and extent >= 1:
            return t.number(int(extent))
        if isinstance(extent, sympy.Symbol) and extent not in self.places:
            return t.Size(extent.name)
        raise CallError("not-in-language", f"a range ends in a whole number or a size, not in {extent}")

    def term(self, it: Any) -> t.Term:
        import sympy

        match it:
            case sympy.Rational():
                return t.number(Fraction(int(it.p), int(it.q)))
            case sympy.Float() if it.is_finite:
                return t.number(str(it))
            case sympy.Symbol() | sympy.Idx() if it in self.places:
                raise CallError("not-in-language", f"the index {it.name} stands as a number, and in the language it is none")
            case sympy.Symbol() if it.is_real is False:
                raise CallError("not-in-language", f"the symbol {it.name} is not real")
            case sympy.Symbol() if it.name in self.theory.sizes or it in self.sizes:
                return t.Size(it.name)
            case sympy.Symbol():
                return t.Entry(it.name, ())
            case sympy.Indexed():
                return t.Entry(str(it.base.label), tuple(self.index(index) for index in it.indices))
            case sympy.Add():
                return t.add(*map(self.term, it.as_ordered_terms()))
            case sympy.Mul():
                return self.product(it)
            case sympy.Pow():
                return self.power(it.base, it.exp)
            case sympy.Sum():
                return self.binder(it, t.Sum, sympy.S.Zero)
            case sympy.Product():
                return self.binder(it, t.Prod, sympy.S.One)
            case sympy.KroneckerDelta():
                return t.Delta(self.index(it.args[0]), self.index(it.args[1]))
            case sympy.Piecewise():
                return self.piecewise(it)
            case sympy.Derivative():
                return self.derivative(it)
            case sympy.Subs():
                return self.derivative_at(it.expr, list(it.variables), list(it.point))
            case sympy.Max() | sympy.Min():
                first, *others = (self.term(each) for each in sorted(it.args, key=sympy.default_sort_key))
                for other in others:
                    first = t.apply("max" if isinstance(it, sympy.Max) else "min", first, other)
                return first
        if it is sympy.pi:
            return t.apply("pi")
        if it is sympy.E:
            return t.apply("exp", t.ONE)
        if isinstance(it, sympy.core.function.AppliedUndef):
            if it.args and all(isinstance(each, sympy.IndexedBase) for each in it.args):
                return t.Entry(it.func.__name__, ())  # of all entries of its arrays
            return t.Call(it.func.__name__, tuple(map(self.term, it.args)))
        if it.args and (it.func, it.args[:-1]) in self.functions:
            return t.apply(self.functions[it.func, it.args[:-1]], self.term(it.args[-1]))
        raise CallError("not-in-language", f"the language has no {it.func.__name__}")

    def index(self, index: Any) -> t.Term:
        if index.is_Integer and index >= 1:
            return t.number(int(index))
        if index in self.ranges:
            return self.fixed.get(index) or t.Index(index.name, self.ranges[index])
        raise CallError("not-in-language", f"the range of the index {index} cannot be told", "give the array a shape")

    def product(self, it: Any) -> t.Term:
        above: list[t.Term] = []
        below: list[t.Term] = []
        coefficient, factors = it.as_coeff_mul()
        for factor in factors:
            base, exponent = factor.as_base_exp()
            if exponent.is_Rational and exponent < 0 and factor.is_Pow:
                below.append(self.power(base, -exponent))
            else:
                above.append(self.term(factor))
        if not coefficient.is_Rational:
            above.insert(0, self.term(coefficient))
            coefficient = coefficient.__class__(1)
        if abs(coefficient.p) != 1:
            above.insert(0, t.number(abs(int(coefficient.p))))
        if coefficient.q != 1:
            below.insert(0, t.number(int(coefficient.q)))
        value = t.div(t.mul(*above), t.mul(*below))
        return t.neg(value) if coefficient < 0 else value

    def power(self, base: Any, exponent: Any) -> t.Term:
        import sympy

        if base is sympy.E:
            return t.apply("exp", self.term(exponent))
        if exponent.is_Rational and exponent < 0:
            return t.div(t.ONE, self.power(base, -exponent))
        if exponent == sympy.S.Half:
            return t.apply("sqrt", self.term(base))
        return t.power(self.term(base), t.TWO if exponent == 2 else self.term(exponent))

    def binder(self, it: Any, constructor: type[t.Sum] | type[t.Prod], fill: Any) -> t.Term:
        import sympy

        before, fixed = dict(self.ranges), self.fixed
        for variable, *limits in it.limits:
            if len(limits) != 2 or limits[0] != 1:
                raise CallError("not-in-language", f"a sum runs from 1 to a size, and {variable} does not")
            self.ranges[variable] = self.extent(limits[1])
            self.fixed = {index: declared for index, declared in self.fixed.items() if index != variable}
        body = it.function
        excluded: list[t.Term] = []
        innermost = it.limits[0][0]
        while isinstance(body, sympy.Piecewise) and len(body.args) == 2:
            (value, condition), (otherwise, rest) = body.args
            if value != fill or rest is not sympy.true or not isinstance(condition, sympy.Eq):
                break
            if innermost not in condition.args:
                break
            other = condition.args[1] if condition.args[0] == innermost else condition.args[0]
            excluded.append(self.index(other))
            body = otherwise
        term = self.term(body)
        for position, (variable, *_) in enumerate(it.limits):
            index = t.Index(variable.name, self.ranges[variable])
            term = constructor(index, () if position else tuple(excluded), term)
        self.ranges, self.fixed = before, fixed
        return term

    def piecewise(self, it: Any) -> t.Term:
        cases: list[Any] = []
        for value, condition in it.args:
            cases.append((value, condition))
            if self.always(condition):
                break
        *cases, (otherwise, rest) = cases
        if not self.always(rest):
            raise CallError("not-in-language", "a choice needs a value for all other cases")
        term = self.term(otherwise)
        for value, condition in reversed(cases):
            term = t.If(self.comparison(condition), self.term(value), term)
        return term

    def always(self, condition: Any) -> bool:
        """Whether the condition says no more than that indices lie in their ranges, as SymPy's `doit` likes to."""
        import sympy

        match condition:
            case sympy.true:
                return True
            case sympy.And():
                return all(map(self.always, condition.args))
            case sympy.Ge() | sympy.Le():
                low, high = condition.args if isinstance(condition, sympy.Le) else condition.args[::-1]
                if high in self.ranges and low == 1:
                    return True
                return low in self.ranges and self.ranges[low] == self.extent(high)
        return False

    def comparison(self, condition: Any) -> t.Comparison:
        import sympy

        relations = {sympy.Eq: "=", sympy.Ne: "!=", sympy.Gt: ">", sympy.Ge: ">=", sympy.Lt: ">", sympy.Le: ">="}
        if condition.func not in relations:
            raise CallError("not-in-language", f"a choice is by one relation, not by {condition.func.__name__}")
        left, right = condition.args
        if condition.func in (sympy.Lt, sympy.Le):
            left, right = right, left
        side = self.index if left in self.ranges or right in self.ranges else self.term
        return t.Comparison(side(left), relations[condition.func], side(right))

    def derivative_at(self, derivative: Any, variables: list[Any], point: list[Any]) -> t.Term:
        """f'(u): the derivative of a function by some of its arguments, each a variable of its own, at a point."""
        import sympy

        if isinstance(derivative, sympy.Derivative) and isinstance(derivative.expr, sympy.core.function.AppliedUndef):
            formal, counts = derivative.expr.args, derivative.variable_count
            others = [each for each in formal if each not in variables]
            plain = all(formal.count(each) == 1 and not any(other.has(each) for other in others) for each in variables)
            if plain and all(each in variables and count.is_Integer for each, count in counts):
                by = tuple(formal.index(each) + 1 for each, count in counts for _ in range(int(count)))
                values = tuple(self.term(point[variables.index(each)] if each in variables else each) for each in formal)
                return t.Call(t.derivative_name(derivative.expr.func.__name__, by, len(formal)), values)
        raise CallError("not-in-language", f"the language has no value of {derivative} at a point")

    def derivative(self, it: Any) -> t.Term:
        import sympy

        if not all(isinstance(each, sympy.Symbol | sympy.Indexed) for each in it.variables):
            return self.derivative_at(it, list(it.variables), list(it.variables))  # SymPy's f'(g(x)) is by g(x)
        term = self.term(it.expr)
        for variable, count in it.variable_count:
            by = self.term(variable)
            if not isinstance(by, t.Entry) or not count.is_Integer:
                raise CallError("not-in-language", f"the language has no derivative by {variable}")
            for _ in range(int(count)):
                term = t.Diff(term, by)
        return term

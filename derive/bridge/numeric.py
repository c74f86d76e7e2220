"""A term as a NumPy function, compiled by SymPy's `lambdify` and written over whole arrays.

Every index, free or bound, is laid on an axis, and every entry becomes a view of its array on those axes, so that what
stands between entries is elementwise, and a sum is a reduction of one axis. The code does not grow with the number of classes:

    -sum(y[i]*ln(O[i]), i)     i on axis 0        -total(x0*(x1 - logsumexp(x1, 0, n)), 0, n)
    sum(W[k, j]*x[j], j)       k on 0, j on 1     total(x0*x1, 1, n), with x0 of shape (m, n), x1 of shape (1, n)
    delta(i, k)                i on 0, k on 1     the identity matrix

SymPy and NumPy are loaded when a function is built, not before.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from derive.bridge.code import VALUED, compiled, number_to_sympy, power_to_sympy
from derive.bridge.extents import extent, extents
from derive.bridge.leaves import (
    Axis,
    Computed,
    Equality,
    Extent,
    Leaf,
    Place,
    Position,
    View,
    described,
    placed_index,
    places_of,
)
from derive.bridge.stable import stable
from derive.bridge.unfold import unfold
from derive.engine.measure import size
from derive.errors import CallError, LimitError
from derive.floor import terms as t
from derive.floor.functions import TABLE, Power, power_kind
from derive.floor.signs import INTRINSIC
from derive.floor.theory import Theory
from derive.limits import MOST_FOR_NUMPY

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True)
class NumpyFunction:
    """A compiled term. Called with the arrays by name, it returns an array with one axis for each of `indices`.

    `source` is the code that `lambdify` wrote, after a comment for each of its symbols. A size is read from the shapes of the
    arrays, or given in `sizes`. Fails with `CallError` where an array is missing, or its shape is not the declared one.
    """

    indices: tuple[t.Index, ...]
    names: frozenset[str]
    source: str
    leaves: tuple[Leaf, ...] = field(repr=False)
    rank: int = field(repr=False)
    ranges: dict[str, tuple[t.Term, ...]] = field(repr=False)
    code: Callable[..., Any] = field(repr=False)

    def __call__(self, values: Mapping[str, ArrayLike], sizes: Mapping[str, int] | None = None) -> NDArray[Any]:
        import numpy as np

        arrays = {name: np.asarray(values[name], dtype=float) for name in values if name in self.ranges}
        extents = self.extents(arrays, sizes or {})
        for name in sorted(self.names - arrays.keys()):
            raise CallError("missing-array", f"there is no value for {name}", f"pass it by name: {{{name!r}: …}}")
        with np.errstate(all="ignore"):
            result = self.code(*(self._leaf(leaf, arrays, extents) for leaf in self.leaves))
        shape = self.shape(extents)
        if np.ndim(result):
            result = np.reshape(result, np.shape(result)[: len(shape)])
        return np.array(np.broadcast_to(result, shape), dtype=float)

    def extents(self, arrays: Mapping[str, NDArray[Any]], sizes: Mapping[str, int]) -> dict[str, int]:
        """The sizes, with those that the shapes of the arrays tell."""
        return extents(((name, array.shape) for name, array in arrays.items()), self.ranges, sizes)

    def shape(self, extents: Mapping[str, int]) -> tuple[int, ...]:
        """The lengths of the axes of the result. Fails with `CallError` where a size is not known."""
        return tuple(extent(index.range, extents) for index in self.indices)

    def cells(self, sizes: Mapping[str, int]) -> int:
        """How many entries the largest array of a call has at most."""
        longest = [1] * self.rank
        for leaf in self.leaves:
            for place in places_of(leaf):
                for axis in (place,) if isinstance(place, Axis) else place.axes if isinstance(place, Computed) else ():
                    longest[axis.number] = max(longest[axis.number], extent(axis.range, sizes))
        return math.prod(longest)

    def _leaf(self, leaf: Leaf, arrays: Mapping[str, NDArray[Any]], extents: Mapping[str, int]) -> Any:
        import numpy as np

        match leaf:
            case Extent(size):
                return float(extent(size, extents))
            case Position(place):
                return np.asarray(self._positions(place, extents), dtype=float)
            case Equality(left, right, mask):
                equal = self._positions(left, extents) == self._positions(right, extents)
                return equal if mask else np.asarray(equal, dtype=float)
            case View(name, places):
                array = arrays[name]
                if any(isinstance(place, Computed) for place in places):
                    return self._taken(array, [self._positions(place, extents) for place in places])
                for place, length in zip(places, array.shape, strict=True):
                    if isinstance(place, int) and not 1 <= place <= length:
                        raise CallError("no-such-entry", f"{name} has the indices 1 to {length}, and not {place}")
                entries = array[tuple(place - 1 if isinstance(place, int) else slice(None) for place in places)]
                return self._laid(entries, [place.number for place in places if isinstance(place, Axis)])

    def _positions(self, place: Place, extents: Mapping[str, int]) -> Any:
        """The values of an index, laid on its axes."""
        import numpy as np

        match place:
            case Axis(number, range):
                return self._laid(np.arange(1, extent(range, extents) + 1), [number])
            case Computed(pairs, offset):
                parts = (
                    (factor, self._positions(part, extents) if isinstance(part, Axis) else extent(part, extents))
                    for factor, part in pairs
                )
                return sum((factor * part for factor, part in parts), np.asarray(offset))
        return place

    @staticmethod
    def _taken(array: NDArray[Any], positions: list[Any]) -> Any:
        """The entries of an array at computed indices, 0 where one of them lies beyond its range."""
        import numpy as np

        within = np.asarray(True)
        nearest = []
        for position, length in zip(positions, array.shape, strict=True):
            within = within & (position >= 1) & (position <= length)
            nearest.append(np.clip(position, 1, length) - 1)
        return np.where(within, array[tuple(nearest)], 0.0)

    def _laid(self, array: NDArray[Any], axes: list[int]) -> Any:
        """`array` with its axes moved to the places `axes`; where two are the same, its diagonal."""
        import numpy as np

        if axes != sorted(set(axes)):
            array = np.einsum(array, axes, sorted(set(axes)))
        if not axes:
            return array
        return array[tuple(slice(None) if axis in axes else None for axis in range(self.rank))]


def to_numpy(term: t.Term, theory: Theory, indices: tuple[t.Index, ...] | None = None) -> NumpyFunction:
    """`term` as a function of the arrays in it, definitions unfolded; its result has one axis for each of `indices`.

    Where `indices` are not given they are the free indices of the term, in the order in which they stand in it. Fails with
    `CallError` where the term contains a derivative that is not evaluated, or a function of which nothing is known; with
    `LimitError` where it is nested too deeply, or grows too large.
    """
    import inspect

    try:
        plain = stable(unfold(term, theory), theory)
        if size(plain) > MOST_FOR_NUMPY:
            raise LimitError("too-large", f"unfolded, the expression has {size(plain)} parts: {MOST_FOR_NUMPY} is the limit")
        if indices is None:
            free = t.free_indices(term)
            indices = tuple(dict.fromkeys(part for part in t.subterms(term) if isinstance(part, t.Index) and part in free))
        arrays = _Arrays()
        expression = arrays.value(plain, {index: Axis(axis, index.range) for axis, index in enumerate(indices)})
        code = compiled(list(arrays.symbols.values()), expression)
    except (RecursionError, OverflowError) as error:
        raise LimitError("too-large", "the expression is too large to be computed with") from error
    ranges = {name: unknown.ranges for name, unknown in theory.unknowns.items()}
    names = frozenset(leaf.name for leaf in arrays.symbols if isinstance(leaf, View))
    for name in sorted(names - ranges.keys()):
        if name in theory.functions:
            raise CallError("not-numeric", f"nothing is known of the function {name}, so it has no values")
        raise CallError("not-declared", f"{name} is not declared")
    notes = "".join(f"# {symbol} = {described(leaf, indices)}\n" for leaf, symbol in arrays.symbols.items())
    source = notes + inspect.getsource(code).replace("_lambdifygenerated", "f")
    return NumpyFunction(indices, names, source, tuple(arrays.symbols), max(arrays.rank, len(indices)), ranges, code)


class _Arrays:
    """The translation of a term into a SymPy expression over whole arrays; `symbols` are its leaves."""

    def __init__(self) -> None:
        self.symbols: dict[Leaf, Any] = {}
        self.rank = 0
        self.done: dict[Any, Any] = {}

    def value(self, term: t.Term, axes: Mapping[t.Index, Axis]) -> Any:
        """`term` with its free indices on `axes`."""
        key = term, frozenset((index, axes.get(index)) for index in t.free_indices(term))
        if key not in self.done:
            self.done[key] = self._value(term, axes)
        return self.done[key]

    def _value(self, term: t.Term, axes: Mapping[t.Index, Axis]) -> Any:
        import sympy

        match term:
            case t.Number(value):
                return number_to_sympy(value)
            case t.Size():
                return self.leaf(Extent(term))
            case t.Ordinal(place):
                return self.leaf(Position(placed_index(place, axes)))
            case t.Entry(name, indices):
                return self.leaf(View(name, tuple(placed_index(index, axes) for index in indices)))
            case t.Add(terms):
                return sympy.Add(*(self.value(each, axes) for each in terms))
            case t.Mul(factors):
                return sympy.Mul(*(self.value(each, axes) for each in factors))
            case t.Neg(inner):
                return sympy.Mul(sympy.S.NegativeOne, self.value(inner, axes))
            case t.Div(a, b):
                return sympy.Mul(self.value(a, axes), power_to_sympy(self.value(b, axes), sympy.S.NegativeOne))
            case t.Pow(a, b):
                return self.power(a, b, axes)
            case t.Apply("ln", (t.Sum(index, _, t.Apply("exp", (inside,))) as total,)):
                return self.reduce("logsumexp", total, index, inside, axes)
            case t.Apply("ln", (t.Add(terms),)) if all(isinstance(each, t.Apply) and each.function == "exp" for each in terms):
                first, *others = (self.value(each.arguments[0], axes) for each in terms if isinstance(each, t.Apply))
                for other in others:
                    first = _function("logaddexp")(first, other)
                return first
            case t.Apply(function, arguments):
                return self.apply(function, arguments, axes)
            case t.Sum(index, _, body):
                return self.reduce("total", term, index, body, axes)
            case t.Prod(index, _, body):
                return self.reduce("product", term, index, body, axes)
            case t.Max(index, _, body):
                return self.reduce("greatest", term, index, body, axes)
            case t.Min(index, _, body):
                return self.reduce("least", term, index, body, axes)
            case t.Delta(left, right):
                return self.equality(placed_index(left, axes), placed_index(right, axes), mask=False)
            case t.If(condition, then, otherwise):
                return self.choice(condition, self.value(then, axes), self.value(otherwise, axes), axes)
            case t.Diff():
                raise CallError("not-numeric", "a derivative that is not evaluated has no value", "compute it first")
            case t.Call(name, _):
                message = f"nothing is known of the function {t.declared_name(name)}, so it has no values"
                raise CallError("not-numeric", message)
        raise CallError("not-numeric", f"a {type(term).__name__.lower()} is not a number")

    def power(self, base: t.Term, exponent: t.Term, axes: Mapping[t.Index, Axis]) -> Any:
        """The power, which is no number where `^` has no value: NumPy would take (-2)^y for any y that happens to be whole."""
        values = self.value(base, axes), self.value(exponent, axes)
        guard = {Power.WHOLE: "nonzero_power", Power.REAL: "positive_power"}.get(power_kind(exponent))
        if guard is None or t.rational(exponent) is not None or INTRINSIC.sign(base).relation == ">":
            return power_to_sympy(*values)
        return _function(guard)(*values)

    def leaf(self, leaf: Leaf) -> Any:
        import sympy

        if leaf not in self.symbols:
            self.symbols[leaf] = sympy.Symbol(f"x{len(self.symbols)}", real=True)
        return self.symbols[leaf]

    def apply(self, function: str, arguments: tuple[t.Term, ...], axes: Mapping[t.Index, Axis]) -> Any:
        import sympy

        row = TABLE[function]
        if row.means is not None and not row.numpy:
            return self.value(row.means(*arguments), axes)
        values = [self.value(argument, axes) for argument in arguments]
        if row.numpy:
            return _function(row.numpy)(*values)
        if row.name in VALUED:
            return _function(row.name)(*values)
        constructor = getattr(sympy, row.sympy)
        return constructor(*values) if row.arity else constructor

    def reduce(self, name: str, binder: t.Binder, index: t.Index, body: t.Term, axes: Mapping[t.Index, Axis]) -> Any:
        # The least axis that is free inside: sums that stand beside each other share theirs, and equal sums are one.
        taken = {axes[other].number for other in t.free_indices(binder) if other in axes}
        axis = Axis(next(number for number in range(len(taken) + 1) if number not in taken), index.range)
        self.rank = max(self.rank, axis.number + 1)
        inside = self.value(body, {**axes, index: axis})
        masks = [self.equality(axis, placed_index(other, axes), mask=True) for other in binder.excluded]
        return _function(name)(inside, axis.number, self.value(index.range, axes), *masks)

    def equality(self, left: Place, right: Place, *, mask: bool) -> Any:
        import sympy

        if left == right:
            return sympy.S.One
        if isinstance(left, int) and isinstance(right, int):
            return sympy.S.Zero
        return self.leaf(Equality(left, right, mask))

    def choice(self, condition: t.Comparison, then: Any, otherwise: Any, axes: Mapping[t.Index, Axis]) -> Any:
        left, relation, right = condition.left, condition.relation, condition.right
        if isinstance(left, t.Index) or isinstance(right, t.Index):
            equal = self.equality(placed_index(left, axes), placed_index(right, axes), mask=True)
            return _function("where")(equal, then, otherwise) if relation == "=" else _function("where")(equal, otherwise, then)
        compare = {"=": "equal", "!=": "not_equal", ">": "greater", ">=": "greater_equal"}[relation]
        return _function("where")(_function(compare)(self.value(left, axes), self.value(right, axes)), then, otherwise)


def _function(name: str) -> Any:
    import sympy

    return sympy.Function(name, real=True)

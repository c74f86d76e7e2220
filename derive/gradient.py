"""The gradient that a theorem states, as a NumPy function of its arrays, and the theorem itself as an equation of SymPy.

    diff(E, Z[k]) = O[k] - y[k]     gradient(Z=[…], y=[…])      an array with the shape of Z
    diff(O[i], Z[k]) = …            jacobian(Z=[…])             an array with axes i and k, in this order
    diff(f, x) = …                  slope(x=[…])                leading axes are a batch: f'(x) for every x
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from derive.bridge.arrays import ArrayFunction, as_numbers, to_arrays
from derive.bridge.extents import extents as known_extents
from derive.bridge.numeric import NumpyFunction, to_numpy
from derive.bridge.supposed import Check, Supposed, Values, checks, precision_of
from derive.bridge.to_sympy import to_sympy
from derive.bridge.unfold import unfold
from derive.checking.instances import instance, length, main_theorem, speaks_of, stated_gradient
from derive.checking.verdicts import Report, TheoremResult
from derive.errors import CallError
from derive.floor.conditions import opened_up
from derive.floor.terms import ONE, ZERO, Comparison, Diff, Entry, If, Index, Size, by_name, free_indices, local, mul, subterms
from derive.floor.theory import Theory
from derive.held import is_held
from derive.language import write_term
from derive.language.conditions import write_condition
from derive.shelf import near

if TYPE_CHECKING:
    from numpy.typing import NDArray

CHECK = "check"
"""What a call says beside its arrays, where nothing is declared by that name."""


@dataclass(frozen=True)
class GradientFunction:
    """A gradient as a function of arrays, which are given by name: `gradient(Z=…, y=…)`.

    `arguments` are the arrays that it needs, `indices` the axes of its result: first the free indices of what is
    differentiated, and those declared by `index o: K`, then those of the entry differentiated by. An array may have axes before
    those that are declared: they are a batch, broadcast between the arrays, and stand first in the result. A size is read from
    the shapes, or given by name (`n=3`). An index given by name (`k=2`, counted from 1 as in the language) picks that entry,
    and its axis is left out.

    Numbers keep their type: of arrays of float32 the result is one, else it is of float64. It is nan at entries of which the
    theorem does not speak (`for i != k`).

    What is supposed is checked first, since the numbers would not be the gradient where it is not so: the signs and sizes that
    are declared (`variable s > 0`, `size n >= 2`), what is assumed (that `y` sums to 1) and given, and what the proof leaves
    open (`x != 0`). Equalities hold up to rounding, in the precision of the arrays that are given. What cannot be computed is
    passed over: assumptions `for all x`, and those about functions that are only declared, about derivatives, and about arrays
    that are not given. With `check=False`, here or for `lambdify`, nothing is checked.

    Fails with `CallError` where an array is missing or unknown, its shape does not fit, or what is supposed is not so: with
    both sides of what that is, and the element of the batch.
    """

    theorem: str
    arguments: tuple[str, ...]
    indices: tuple[str, ...]
    source: str = field(repr=False)
    _theory: Theory = field(repr=False)
    _value: ArrayFunction | NumpyFunction = field(repr=False)
    _stated: ArrayFunction | NumpyFunction | None = field(repr=False)
    _proved: TheoremResult = field(repr=False)
    _checked: bool = field(default=True, repr=False)

    def __call__(self, **values: Any) -> NDArray[Any]:
        import numpy as np

        check = self._checked
        if CHECK not in {*self._theory.unknowns, *self._theory.sizes, *self.indices}:
            check = bool(values.pop(CHECK, check))
        arrays = as_numbers({name: value for name, value in values.items() if name in self._theory.unknowns})
        sizes = {name: _whole(name, value) for name, value in values.items() if name in self._theory.sizes}
        places = {name: _whole(name, value) for name, value in values.items() if name in self.indices}
        for name in values:
            if name not in arrays and name not in sizes and name not in places:
                raise CallError("no-such-name", f"{name} is no array, size or index of {self.theorem}", self._usage())
        for name in self.arguments:
            if name not in arrays:
                raise CallError("missing-array", f"there is no value for {name}", self._usage())
        batch = {name: self._leading(name, array) for name, array in arrays.items()}
        try:
            shape = np.broadcast_shapes(*batch.values())
        except ValueError as error:
            said = ", ".join(f"{name} {leading}" for name, leading in batch.items() if leading)
            raise CallError("wrong-shape", f"the leading axes do not fit together: {said}") from error
        shapes = {name: array.shape[len(batch[name]) :] for name, array in arrays.items()}
        extents = known_extents(shapes.items(), self._value.ranges, sizes)
        for name, most in zip(self.indices, self._value.shape(extents), strict=True):
            if not 1 <= places.get(name, 1) <= max(most, 1):
                raise CallError("no-such-entry", f"{name} runs from 1 to {most}, and is not {places[name]}")
        if check and 0 not in shape:  # of a batch of none nothing is computed
            self._check_sizes(extents)
            precision = {name: precision_of(values[name]) for name in arrays}
            for look in self._checks:
                look(Values(arrays, batch, precision), extents, places)
        found = self._everywhere(self._value, arrays, shape, extents)
        if self._stated is not None:
            stated = self._everywhere(self._stated, arrays, shape, extents)
            found = np.where(stated == 1, found, found.dtype.type(np.nan))
        for name in self.indices:  # those of the gradient are the last axes, so that each axis that is left keeps its place
            if name in places:
                found = np.take(found, places[name] - 1, axis=self.indices.index(name) - len(self.indices))
        return found

    def _everywhere(
        self,
        function: ArrayFunction | NumpyFunction,
        arrays: Mapping[str, NDArray[Any]],
        batch: tuple[int, ...],
        sizes: Mapping[str, int],
    ) -> NDArray[Any]:
        """The values of a function at every member of a batch."""
        import numpy as np

        if isinstance(function, ArrayFunction):
            return function(arrays, sizes)
        shapes = {name: array.shape[array.ndim - len(self._theory.ranges(name)) :] for name, array in arrays.items()}
        spread = {name: np.broadcast_to(array, batch + shapes[name]) for name, array in arrays.items()}
        found = [function({name: array[at] for name, array in spread.items()}, sizes) for at in np.ndindex(batch)]
        alone = found[0] if found else function({name: np.ones(shape) for name, shape in shapes.items()}, sizes)
        dtype = next((array.dtype for array in arrays.values()), np.dtype(float))
        return np.reshape(np.array(found, dtype=dtype), batch + alone.shape)

    @cached_property
    def _checks(self) -> tuple[Check, ...]:
        """The looks at what is supposed, prepared for the first call."""
        return tuple(checks(_supposed(self._proved, frozenset(self._value.indices)), self._theory))

    @cached_property
    def _sizes_met(self) -> set[frozenset[tuple[str, int]]]:
        """The sizes of earlier calls, which need not be looked at again."""
        return set()

    def _check_sizes(self, extents: Mapping[str, int]) -> None:
        known = frozenset(extents.items())
        if known in self._sizes_met:
            return
        help = "compute all the same: check=False"
        for name, value in extents.items():
            if value < self._theory.sizes.get(name, 1):
                least = self._theory.sizes[name]
                said = f"{self.theorem} says nothing of {name} = {value}, but of {name} >= {least}"
                raise CallError("small-size", said, help)
        if not speaks_of(self._proved, extents):
            said = ", ".join(f"{name} = {value}" for name, value in extents.items())
            raise CallError("small-size", f"{self.theorem} says nothing of {said}", help)
        self._sizes_met.add(known)

    def _usage(self) -> str:
        return f"call it with {', '.join(f'{name}=…' for name in self.arguments) or 'nothing'}"

    def _leading(self, name: str, array: NDArray[Any]) -> tuple[int, ...]:
        """The lengths of the axes before those that are declared."""
        rank = len(self._theory.ranges(name))
        if array.ndim < rank:
            raise CallError("wrong-shape", f"{name} has {rank} indices, and its value has {array.ndim} axes")
        return array.shape[: array.ndim - rank]


def _whole(name: str, value: Any) -> int:
    import operator

    try:
        return operator.index(value)
    except TypeError as error:
        raise CallError("not-a-number", f"{name} is a whole number, and not {value!r}") from error


def _supposed(theorem: TheoremResult, indices: frozenset[Index]) -> Iterator[Supposed]:
    """All that a theorem supposes of values; `indices` are those for which they may be asked one by one."""
    statement, name = theorem.statement, theorem.statement.name
    theory, where = statement.theory, statement.conditions
    for unknown in theory.unknowns.values():
        if unknown.relation is not None:
            places = tuple(local("ijlm"[n] if n < 4 else f"i{n}", extent) for n, extent in enumerate(unknown.ranges))
            claim = Comparison(Entry(unknown.name, places), unknown.relation, ZERO)
            yield Supposed(f"{unknown.name} {unknown.relation} 0 is declared", claim, frozenset(places))
    for row in theory.assumptions:
        if not row.everywhere and not is_held(row.claim):
            said = f"{name} assumes {write_term(row.claim, theory)}"
            yield Supposed(said, row.claim, theory.universal(row.claim), indices & frozenset(theory.indices.values()))
    for claim in statement.hypotheses:
        yield Supposed(f"{name} is given {write_term(claim, theory)}", claim, asked=indices, where=where)
    for condition in theorem.conditions:
        bare, every = opened_up(condition)
        said = f"{name} is proved where {write_condition(condition, theory)}"
        yield Supposed(said, bare.claim, frozenset(every), indices, (*where, *bare.guards))


def theorem_of(report: Report, name: str | None = None) -> TheoremResult:
    """What was found of the theorem of that name, or of the main one. Fails with `CallError` where there is none, or where its
    right side is left open.
    """
    if name is None:
        meant = main_theorem(report.derivation)
        if meant is None:
            raise CallError("no-theorem", "the derivation states no theorem")
        name = meant.name
    for theorem in report.theorems:
        if theorem.statement.name == name and theorem.statement.is_open:
            raise CallError("no-theorem", f"nothing was found that {name} could state", "write its right side")
        if theorem.statement.name == name:
            return theorem
    names = [theorem.statement.name for theorem in report.theorems]
    help = f"did you mean {' or '.join(near(name, names))}?" if near(name, names) else ""
    raise CallError("no-theorem", f'there is no theorem "{name}"', help or f"there is: {', '.join(names)}")


def gradient_function(theorem: TheoremResult, check: bool = True) -> GradientFunction:
    """The gradient that a proved theorem states, as a function; definitions are unfolded. With `check` it is one of what meets
    all that is supposed.

    Fails with `CallError` where the theorem is not proved, states no derivative, or its right side cannot be computed.
    """
    statement, name = theorem.statement, theorem.statement.name
    if theorem.verdict != "proved":
        raise CallError("not-proved", f"{name} is {theorem.verdict}, and only what is proved is computed with")
    gradient = stated_gradient(statement)
    if gradient is None:
        raise CallError("no-gradient", f"{name} states no derivative", "choose a theorem of the form diff(…) = …")
    theory = statement.theory
    free = free_indices(gradient.loss)
    own = (part for part in subterms(gradient.loss) if isinstance(part, Index) and part in free)
    hidden = free_indices(unfold(gradient.value, theory)) & set(theory.indices.values())
    fixed = sorted(hidden - {*gradient.indices}, key=by_name)
    indices = tuple(dict.fromkeys((*own, *fixed, *gradient.indices)))
    value = to_arrays(gradient.value, theory, indices) or to_numpy(gradient.value, theory, indices)
    stated = None
    if gradient.conditions:
        holds = mul(*(If(condition, ONE, ZERO) for condition in gradient.conditions))
        stated = to_arrays(holds, theory, indices) or to_numpy(holds, theory, indices)
    arguments = tuple(each for each in theory.unknowns if each in value.names)
    names = tuple(index.name for index in indices)
    return GradientFunction(name, arguments, names, value.source, theory, value, stated, theorem, check)


def equation(theorem: TheoremResult, numbers: Mapping[str, int]) -> Any:
    """The claim of a theorem as `sympy.Eq`, definitions unfolded, with `numbers` for its sizes and free indices by name.

    A defined name by which a derivative is taken stays a symbol. Fails with `CallError` where a number is out of range.
    """
    import sympy

    theory = theorem.statement.theory
    indices = {index.name: index for side in (theorem.left, theorem.right) for index in free_indices(side)}
    numbers = {name: _whole(name, value) for name, value in numbers.items()}
    for name, value in numbers.items():
        least = theory.sizes.get(name, 1)
        if name not in theory.sizes and name not in indices:
            known = ", ".join((*theory.sizes, *sorted(indices)))
            help = f"there is: {known}" if known else ""
            raise CallError("no-size", f"{theorem.statement.name} has no size or index {name}", help)
        if value < least:
            raise CallError("small-size", f"{name} is at least {least}, and not {value}")
    sizes = {name: value for name, value in numbers.items() if name in theory.sizes}
    place = {indices[name]: value for name, value in numbers.items() if name not in sizes}
    for index, value in place.items():
        known_extent = not isinstance(index.range, Size) or index.range.name in sizes
        if known_extent and value > length(index, sizes):
            raise CallError("no-index", f"{index.name} runs from 1 to {length(index, sizes)}, and is not {value}")
    try:
        found = instance(theorem, sizes, place)
    except ValueError as error:
        raise CallError("no-instance", f"{theorem.statement.name}: {error}") from error
    kept = frozenset(part.by.name for side in (found.left, found.right) for part in subterms(side) if isinstance(part, Diff))
    theory = found.statement.theory
    left, right = (to_sympy(unfold(side, theory, kept), theory) for side in (found.left, found.right))
    return sympy.Eq(left, right, evaluate=False)

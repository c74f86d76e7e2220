"""The gradient that a theorem states, as a NumPy function of its arrays, and the theorem itself as an equation of SymPy.

    diff(E, Z[k]) = O[k] - y[k]     gradient(Z=[…], y=[…])      an array with the shape of Z
    diff(O[i], Z[k]) = …            jacobian(Z=[…])             an array with axes i and k, in this order
    diff(f, x) = …                  slope(x=[…])                leading axes are a batch: f'(x) for every x
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from derive.bridge.arrays import ArrayFunction, as_numbers, to_arrays
from derive.bridge.extents import extents as known_extents
from derive.bridge.numeric import NumpyFunction, to_numpy
from derive.bridge.to_sympy import to_sympy
from derive.bridge.unfold import unfold
from derive.checking.instances import instance, length, speaks_of, stated_gradient
from derive.checking.verdicts import TheoremResult
from derive.errors import CallError
from derive.floor.terms import ONE, ZERO, Diff, If, Index, Size, by_name, free_indices, mul, subterms
from derive.floor.theory import Theory

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True)
class GradientFunction:
    """A gradient as a function of arrays, which are given by name: `gradient(Z=…, y=…)`.

    `arguments` are the arrays that it needs, `indices` the axes of its result: first the free indices of what is
    differentiated, and those declared by `index o: K`, then those of the entry differentiated by. An array may have axes before
    those that are declared: they are a batch, broadcast between the arrays, and stand first in the result. A size is read from
    the shapes, or given by name (`n=3`). An index given by name (`k=2`, counted from 1 as in the language) picks that entry,
    and its axis is left out.

    Numbers keep their type: of arrays of float32 the result is one, else it is of float64.

    Values are taken as they are: nothing tests that they meet what is declared and assumed of them, as that `y` sums to 1. The
    result is nan at entries of which the theorem does not speak (`for i != k`).

    Fails with `CallError` where an array is missing or unknown, or its shape does not fit.
    """

    theorem: str
    arguments: tuple[str, ...]
    indices: tuple[str, ...]
    source: str = field(repr=False)
    _theory: Theory = field(repr=False)
    _value: ArrayFunction | NumpyFunction = field(repr=False)
    _stated: ArrayFunction | NumpyFunction | None = field(repr=False)
    _proved: TheoremResult = field(repr=False)

    def __call__(self, **values: ArrayLike) -> NDArray[Any]:
        import numpy as np

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
        if not self._speaks_of(frozenset(extents.items())):
            said = ", ".join(f"{name} = {value}" for name, value in extents.items())
            raise CallError("small-size", f"{self.theorem} says nothing of {said}")
        found = self._everywhere(self._value, arrays, shape, extents)
        if self._stated is not None:
            stated = self._everywhere(self._stated, arrays, shape, extents)
            found = np.where(stated == 1, found, found.dtype.type(np.nan))
        return self._picked(found, places)

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
    def _speaks_of(self) -> Callable[[frozenset[tuple[str, int]]], bool]:
        """Whether the theorem speaks of these sizes, which is asked once."""
        return cache(lambda extents: speaks_of(self._proved, dict(extents)))

    def _usage(self) -> str:
        return f"call it with {', '.join(f'{name}=…' for name in self.arguments) or 'nothing'}"

    def _leading(self, name: str, array: NDArray[Any]) -> tuple[int, ...]:
        """The lengths of the axes before those that are declared."""
        rank = len(self._theory.ranges(name))
        if array.ndim < rank:
            raise CallError("wrong-shape", f"{name} has {rank} indices, and its value has {array.ndim} axes")
        return array.shape[: array.ndim - rank]

    def _picked(self, found: NDArray[Any], places: Mapping[str, int]) -> NDArray[Any]:
        """The entries at the indices that are given; those of the gradient are the last axes."""
        import numpy as np

        for axis, name in enumerate(self.indices, start=-len(self.indices)):
            if name in places and not 1 <= places[name] <= found.shape[axis]:
                raise CallError("no-such-entry", f"{name} runs from 1 to {found.shape[axis]}, and is not {places[name]}")
        for name in self.indices:  # the first first: those that are left keep their places from the end
            if name in places:
                found = np.take(found, places[name] - 1, axis=self.indices.index(name) - len(self.indices))
        return found


def _whole(name: str, value: Any) -> int:
    import operator

    try:
        return operator.index(value)
    except TypeError as error:
        raise CallError("not-a-number", f"{name} is a whole number, and not {value!r}") from error


def gradient_function(theorem: TheoremResult) -> GradientFunction:
    """The gradient that a proved theorem states, as a function; definitions are unfolded.

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
    return GradientFunction(name, arguments, tuple(i.name for i in indices), value.source, theory, value, stated, theorem)


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

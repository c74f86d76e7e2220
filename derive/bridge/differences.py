"""Terms with derivatives in them as NumPy functions: every derivative is taken by central differences.

    sum(diff(p[a], z[k])*R[a], a)     the array of all diff(p[a], z[k]), then the rest as in `numeric`

A derivative is the slope of what stands in it, moved by a little (Abramowitz and Stegun 25.3.6):

    (8(f(x + h) - f(x - h)) - (f(x + 2h) - f(x - 2h)))/12h          wrong by about h^4

Inside may stand another derivative, whose slopes are then taken at each of these places: a second derivative is the slope of a
slope. By a defined entry, the entry is moved alone, as the language has it: it counts as a variable that has its defined value.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from derive.bridge.numeric import NumpyFunction, to_numpy
from derive.bridge.unfold import unfold
from derive.errors import CallError
from derive.floor.terms import Diff, Entry, Index, Number, Size, Term, by_name, children, free_indices, rebuild
from derive.floor.theory import Theory, Unknown

if TYPE_CHECKING:
    from numpy.typing import NDArray

Values = Mapping[str, "NDArray[Any]"]

STEP = 1e-3
WIDER = 4  # with each derivative inside, whose rounding errors the next one divides by its step


class WithSlopes:
    """A term as a function of the arrays in it; called like a `NumpyFunction`, with one axis for each of `indices`."""

    def __init__(self, term: Term, theory: Theory, indices: tuple[Index, ...]) -> None:
        self.indices = indices
        self.slopes: dict[str, Slope] = {}
        plain = self._without_derivatives(unfold(term, theory), theory)
        arrays = {name: Unknown(name, False, tuple(i.range for i in slope.indices)) for name, slope in self.slopes.items()}
        self.function = to_numpy(plain, replace(theory, unknowns={**theory.unknowns, **arrays}), indices)

    def _without_derivatives(self, term: Term, theory: Theory) -> Term:
        """The term with an entry of an array in the place of each derivative; the array is computed first."""
        if isinstance(term, Diff):
            slope = Slope(term, theory)
            name = next((name for name, known in self.slopes.items() if known.term is term), f"diff {len(self.slopes) + 1}")
            self.slopes.setdefault(name, slope)
            return Entry(name, slope.indices)
        parts = children(term)
        return rebuild(term, tuple(self._without_derivatives(part, theory) for part in parts)) if parts else term

    def __call__(self, values: Values, sizes: Mapping[str, int], scale: float = 1) -> NDArray[Any]:
        """The value, with all steps longer by `scale`."""
        taken = {name: slope(values, sizes, scale) for name, slope in self.slopes.items()}
        return self.function({**values, **taken}, sizes)

    def cells(self, sizes: Mapping[str, int]) -> int:
        """How many entries are computed at most for one array of a call."""
        return max(self.function.cells(sizes), *(slope.cells(sizes) for slope in self.slopes.values()), 1)


class Slope:
    """The derivative of a term by an entry, for all its indices: first those of the term, then the others of the entry."""

    def __init__(self, term: Diff, theory: Theory) -> None:
        self.term = term
        self.by = term.by
        self.node: NumpyFunction | None = None
        if self.by.name in theory.definitions:
            parameters = theory.definitions[self.by.name].parameters
            self.node = to_numpy(Entry(self.by.name, parameters), theory, parameters)
        self.own = tuple(sorted(free_indices(term.body), key=by_name))
        self.moving = tuple(dict.fromkeys(index for index in self.by.indices if isinstance(index, Index)))
        self.indices = (*self.own, *(index for index in self.moving if index not in self.own))
        self.body = WithSlopes(term.body, with_moved(self.by.name, theory), self.own)
        self.step: float = max((WIDER * slope.step for slope in self.body.slopes.values()), default=STEP)

    def __call__(self, values: Values, sizes: Mapping[str, int], scale: float = 1) -> NDArray[Any]:
        import numpy as np

        if self.node is not None:
            values = {**values, self.by.name: self.node(values, sizes)}
        result = np.empty([extent(index.range, sizes) for index in self.indices])
        for place in itertools.product(*(range(extent(index.range, sizes)) for index in self.moving)):
            at = dict(zip(self.moving, place, strict=True))
            slope, _ = self.at(values, at, sizes, scale)
            result[tuple(at.get(index, slice(None)) for index in self.indices)] = slope
        return result

    def at(self, values: Values, at: Mapping[Index, int], sizes: Mapping[str, int], scale: float = 1) -> tuple[Any, Any]:
        """The slope for one entry moved, with the axes of the indices that the entry does not have; and how far it may be off
        because the values next to it are rounded.
        """
        import numpy as np

        place = tuple(at[index] if isinstance(index, Index) else whole(index) - 1 for index in self.by.indices)
        array = values[self.by.name]
        if any(not 0 <= each < length for each, length in zip(place, array.shape, strict=True)):
            raise CallError("no-such-entry", f"{self.by.name} has no entry {', '.join(str(each + 1) for each in place)}")
        step = scale * self.step * max(0.01, abs(float(array[place])))

        def moved(by: float) -> Any:
            other = array.copy()
            other[place] += by
            return self.body({**values, self.by.name: other}, sizes, scale)

        right, left, far_right, far_left = moved(step), moved(-step), moved(2 * step), moved(-2 * step)
        here = tuple(at.get(index, slice(None)) for index in self.own)
        slope = (8 * (right - left) - (far_right - far_left)) / (12 * step)
        rounded = np.finfo(float).eps * (np.abs(right) + np.abs(left)) / step
        return slope[here], rounded[here]

    def cells(self, sizes: Mapping[str, int]) -> int:
        """How many entries are computed for all slopes."""
        places = 1
        for index in self.moving:
            places *= extent(index.range, sizes)
        return 4 * places * self.body.cells(sizes)


def with_moved(name: str, theory: Theory) -> Theory:
    """The theory in which a name that is differentiated by is a variable, also where it is defined."""
    if name in theory.definitions:
        unknown = Unknown(name, True, theory.ranges(name))
        others = {other: each for other, each in theory.definitions.items() if other != name}
        return replace(theory, unknowns={**theory.unknowns, name: unknown}, definitions=others)
    if name not in theory.unknowns:
        raise CallError("not-declared", f"{name} is not declared")
    return theory


def extent(range_: Term, sizes: Mapping[str, int]) -> int:
    """The length of a range."""
    match range_:
        case Size(name):
            return sizes[name]
        case Number(value):
            return int(value)
    raise TypeError(f"not a range: {range_!r}")


def whole(index: Term) -> int:
    """The number that stands in the place of an index."""
    assert isinstance(index, Number)
    return int(index.value)

"""A term as a NumPy function of whole arrays with a batch before them, which computes as one would by hand.

    sum(P[i, j]*V[j, c], j)      a matrix product
    O[k] - y[k]                  softmax(a0, -1) - a1, for every member of a batch at once

The term, definitions unfolded and in its stable form, becomes a program (`array_program`), and that becomes code
(`array_source`). Numbers keep their type: of arrays of float32 the result is one, else it is of float64. What the program
cannot say (see there) is left to the code that SymPy writes (`numeric`), member by member of a batch.

SymPy is not loaded, and NumPy when a function is built.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from derive.bridge.array_library import array_library
from derive.bridge.array_program import NotCovered, Program
from derive.bridge.array_source import Source, written
from derive.bridge.extents import extent, extents
from derive.bridge.stable import stable
from derive.bridge.unfold import unfold
from derive.engine.measure import size
from derive.errors import CallError
from derive.floor import terms as t
from derive.floor.theory import Theory
from derive.limits import MOST_FOR_NUMPY

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

LARGE = 2**20
"""Numbers in an array that is made for a whole batch, though it is larger than what goes in and comes out."""


@dataclass(frozen=True)
class ArrayFunction:
    """A compiled term. Called with arrays by name, all of one type, it returns an array with one axis for each of `indices`.

    The axes that an array has before those that are declared are a batch, broadcast between the arrays, and stand first in the
    result.
    """

    indices: tuple[t.Index, ...]
    names: frozenset[str]
    source: str
    ranges: Mapping[str, tuple[t.Term, ...]] = field(repr=False)
    _parts: Source = field(repr=False)
    code: Callable[..., Any] = field(repr=False)

    def extents(self, arrays: Mapping[str, NDArray[Any]], sizes: Mapping[str, int]) -> dict[str, int]:
        """The sizes, with those that the shapes of the arrays tell, which have no batch."""
        return extents(((name, array.shape) for name, array in arrays.items()), self.ranges, sizes)

    def shape(self, sizes: Mapping[str, int]) -> tuple[int, ...]:
        """The lengths of the axes of the result, without a batch. Fails with `CallError` where a size is not known."""
        return tuple(extent(index.range, sizes) for index in self.indices)

    def cells(self, sizes: Mapping[str, int]) -> int:
        """How many entries the largest array has that is made on the way, without a batch."""
        return max((math.prod(extent(range, sizes) for range in ranges) for ranges in self._parts.held), default=1)

    def __call__(self, arrays: Mapping[str, NDArray[Any]], sizes: Mapping[str, int]) -> NDArray[Any]:
        """Fails with `CallError` where an array is missing, or has no such entry."""
        import numpy as np

        for name, axis, number in self._parts.numbers:
            length = extent(self.ranges[name][axis], sizes)
            if not 1 <= number <= length:
                raise CallError("no-such-entry", f"{name} has the indices 1 to {length}, and not {number}")
        own = {name: array for name, array in arrays.items() if name in self.names}
        batch = np.broadcast_shapes(*(self._batch(name, array) for name, array in arrays.items()))
        with np.errstate(all="ignore"):
            return self._within(own, batch, next((array.dtype for array in arrays.values()), np.dtype(float)), sizes)

    def _batch(self, name: str, array: NDArray[Any]) -> tuple[int, ...]:
        return array.shape[: array.ndim - len(self.ranges[name])]

    def _within(
        self, arrays: Mapping[str, NDArray[Any]], batch: tuple[int, ...], dtype: np.dtype[Any], sizes: Mapping[str, int]
    ) -> NDArray[Any]:
        """The values, computed for so much of the batch at once that nothing on the way is much larger than what is asked."""
        import numpy as np

        shape = batch + self.shape(sizes)
        one = self.cells(sizes)
        most = max(LARGE, math.prod(shape), *(array.size for array in arrays.values()), 0)
        if not batch or one * math.prod(batch) <= most:
            return self._at_once(arrays, shape, dtype, sizes)
        found = np.empty(shape, dtype=dtype)
        length = max(1, most // (one * math.prod(batch[1:])))
        for start in range(0, batch[0], length):
            part = slice(start, start + length) if length > 1 else start
            taken = {
                name: array[part if array.shape[0] > 1 else slice(None) if length > 1 else 0]
                if len(self._batch(name, array)) == len(batch)
                else array
                for name, array in arrays.items()
            }
            found[part] = self._within(taken, found[part].shape[: found[part].ndim - len(self.indices)], dtype, sizes)
        return found

    def _at_once(
        self, arrays: Mapping[str, NDArray[Any]], shape: tuple[int, ...], dtype: np.dtype[Any], sizes: Mapping[str, int]
    ) -> NDArray[Any]:
        import numpy as np

        given = [arrays[name] for name in self._parts.arrays]
        known = [extent(t.Size(name), sizes) for name in self._parts.sizes]
        found = np.asarray(self.code(*given, *known, dtype.type), dtype=dtype)
        own = found.shape == shape and not any(np.may_share_memory(found, array) for array in given)
        return found if own else np.array(np.broadcast_to(found, shape))


def as_numbers(values: Mapping[str, ArrayLike]) -> dict[str, NDArray[Any]]:
    """The values as arrays of one type: float32 where an array is of that and none of a longer one, else float64."""
    import numpy as np

    types = {value.dtype for value in values.values() if hasattr(value, "dtype") and value.dtype.kind not in "iub"}
    dtype = np.float32 if types == {np.dtype(np.float32)} else np.float64
    return {name: np.asarray(value, dtype=dtype) for name, value in values.items()}


def to_arrays(term: t.Term, theory: Theory, indices: tuple[t.Index, ...]) -> ArrayFunction | None:
    """`term` as a function of whole arrays; None where it has to be left to the code that SymPy writes."""
    try:
        plain = stable(unfold(term, theory), theory)
        if size(plain) > MOST_FOR_NUMPY:
            return None
        program = Program()
        parts = written(program, program.value(plain), indices)
    except (NotCovered, RecursionError, OverflowError):
        return None
    ranges = {name: unknown.ranges for name, unknown in theory.unknowns.items()}
    if not set(parts.arrays) <= ranges.keys():
        return None
    space = dict(array_library())
    exec(compile(parts.text, "<array program>", "exec"), space)
    return ArrayFunction(indices, frozenset(parts.arrays), parts.text, ranges, parts, space["f"])

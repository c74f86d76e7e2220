"""Whether arrays meet what a theorem supposes of them: a proof says nothing of values that do not.

    variable s > 0              every entry of s is positive
    assume sum(y[i], i) = 1     both sides are computed, for all elements of a batch at once
    given x[i] != 0             at the entries that are asked for

An equality holds up to rounding: what the numbers that were given can tell, single precision less than double. Sides that
differ by more are computed again from numbers that differ from these in their last digit, and what that changes is allowed as
well, since a small difference of large numbers has few digits. A strict relation does not hold between equal values.

What cannot be computed is passed over: what is about an array that is not given, a derivative, or a function that is only
declared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from derive.bridge.arrays import ArrayFunction, to_arrays
from derive.bridge.numeric import NumpyFunction, to_numpy
from derive.bridge.unfold import unfold
from derive.errors import CallError, LimitError
from derive.floor import terms as t
from derive.floor.theory import Theory
from derive.limits import LARGEST_ARRAY

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROUNDINGS = 32
"""Last digits by which two sides may differ, besides one for the root of the number of entries that are added up."""
NUDGES = 8
"""Times that numbers are changed in their last digit, to see what that changes."""
ALLOWED = 8
"""How much more than they change may be wrong: they are few, and what was done to the numbers before, nobody knows."""


@dataclass(frozen=True)
class Supposed:
    """What is supposed, and how it is `said`: a claim that holds where the conditions of `where` do.

    It holds for `every` value of some of its indices. Others that are `asked` about can be picked one by one; for what is left,
    it holds for one of their values.
    """

    said: str
    claim: t.Comparison
    every: frozenset[t.Index] = frozenset()
    asked: frozenset[t.Index] = frozenset()
    where: tuple[t.Comparison, ...] = ()


class Values(NamedTuple):
    """The arrays of a call, each with the lengths of its axes for a batch, and how precise its numbers are."""

    arrays: Mapping[str, NDArray[Any]]
    leading: Mapping[str, tuple[int, ...]]
    precision: Mapping[str, float]


def precision_of(value: Any) -> float:
    """The distance from 1 to the next number of the precision in which a value is given: that of doubles for whole numbers."""
    import numpy as np

    kind = np.asarray(value).dtype
    return float(np.finfo(kind if kind.kind == "f" else float).eps)


class Check:
    """The look at one supposition, compiled when it is first needed."""

    def __init__(self, supposed: Supposed, theory: Theory) -> None:
        self.supposed = supposed
        taken = {*theory.sizes, *theory.unknowns, *theory.definitions, *theory.functions}
        self.batch = t.Size(t.unused_name("batch", taken))
        claim = supposed.claim
        self.indices = tuple(sorted(t.free_indices(claim).union(*map(t.free_indices, supposed.where)), key=t.by_name))
        element = t.local("batch", self.batch)

        def compiled(term: t.Term) -> ArrayFunction | NumpyFunction:
            whole, indices = _within(unfold(term, theory), element), (element, *self.indices)
            return to_arrays(whole, batched, indices) or to_numpy(whole, batched, indices)

        batched = replace(
            theory,
            sizes={**theory.sizes, self.batch.name: 1},
            unknowns={name: replace(row, ranges=(self.batch, *row.ranges)) for name, row in theory.unknowns.items()},
            definitions={}, functions={}, assumptions=(), descriptions={},
        )  # fmt: skip
        self.left, self.right = compiled(claim.left), compiled(claim.right)
        number = t.rational(claim.right)
        self.number = None if number is None else float(number)  # most right sides are one
        self.where = compiled(t.mul(*(t.If(each, t.ONE, t.ZERO) for each in supposed.where))) if supposed.where else None
        functions = (self.left, self.right, *((self.where,) if self.where else ()))
        self.functions = functions
        self.names = frozenset[str]().union(*(function.names for function in functions))

    def __call__(self, values: Values, extents: Mapping[str, int], places: Mapping[str, int]) -> None:
        """Fails with `CallError` where what is supposed is not so; nothing is done where an array is missing."""
        import numpy as np

        if not self.names <= values.arrays.keys():
            return
        shape = np.broadcast_shapes(*(values.leading[name] for name in self.names))
        count = int(np.prod(shape, dtype=int))
        cells = max(function.cells({**extents, self.batch.name: 1}) for function in self.functions)
        step = max(1, LARGEST_ARRAY // max(cells, 1))
        for begin in range(0, count, step):
            rows = np.arange(begin, min(begin + step, count))
            self._look(rows, shape, values, dict(extents), places, cells)

    def _look(
        self,
        rows: NDArray[Any],
        shape: tuple[int, ...],
        values: Values,
        extents: dict[str, int],
        places: Mapping[str, int],
        cells: int,
    ) -> None:
        """Looks at some elements of the batch."""
        import numpy as np

        arrays = {name: _elements(values.arrays[name], values.leading[name], shape, rows) for name in self.names}
        left, right = self._sides(arrays, extents, len(rows))
        eps = max((values.precision[name] for name in self.names), default=float(np.finfo(float).eps))
        slack = (ROUNDINGS + cells**0.5) * eps * np.maximum(np.abs(left), np.abs(right))
        met = self._met(left, right, slack, arrays, extents, places)
        doubtful = np.flatnonzero(~met.reshape(len(rows), -1).all(axis=1))
        if not len(doubtful):
            return
        arrays = {name: np.asarray(array[doubtful], dtype=float) for name, array in arrays.items()}
        left, right = self._sides(arrays, extents, len(doubtful))
        slack = slack[doubtful]
        precision = {name: np.maximum(values.precision[name], _stored(array)) for name, array in arrays.items()}
        slack = slack * (max((float(np.max(each, initial=0)) for each in precision.values()), default=eps) / eps)
        slack = slack + ALLOWED * self._change(arrays, precision, left - right, extents)
        met = self._met(left, right, slack, arrays, extents, places)
        wrong = np.argwhere(~met)
        if len(wrong):
            row, *at = (int(n) for n in wrong[0])
            self._fail(left[row], right[row], at, np.unravel_index(rows[doubtful[row]], shape) if shape else (), places)

    def _sides(self, arrays: Mapping[str, NDArray[Any]], extents: Mapping[str, int], count: int) -> list[NDArray[Any]]:
        import numpy as np

        sizes = {**extents, self.batch.name: count}
        left = self.left({name: arrays[name] for name in self.left.names}, sizes)
        if self.number is not None:
            return [left, np.broadcast_to(self.number, left.shape)]
        return [left, self.right({name: arrays[name] for name in self.right.names}, sizes)]

    def _change(
        self,
        arrays: Mapping[str, NDArray[Any]],
        precision: Mapping[str, NDArray[Any]],
        difference: NDArray[Any],
        extents: Mapping[str, int],
    ) -> Any:
        """How much the difference of the sides changes with the last digit of the numbers."""
        import numpy as np

        rng, most = np.random.default_rng(0), np.zeros(difference.shape)
        for _ in range(NUDGES):
            nudged = {
                name: array * (1 + precision[name] * rng.uniform(-2.0, 2.0, array.shape)) for name, array in arrays.items()
            }
            left, right = self._sides(nudged, extents, len(difference))
            most = np.fmax(most, np.abs(left - right - difference))
        return most

    def _met(
        self,
        left: NDArray[Any],
        right: NDArray[Any],
        slack: NDArray[Any],
        arrays: Mapping[str, NDArray[Any]],
        extents: Mapping[str, int],
        places: Mapping[str, int],
    ) -> NDArray[Any]:
        """Where the relation holds: an axis for the batch, and one for each index that is not picked, or asked of one value."""
        import numpy as np

        met: Any
        with np.errstate(invalid="ignore"):
            match self.supposed.claim.relation:
                case "=":
                    met = (left == right) | (np.abs(left - right) <= slack)
                case "!=":
                    met = (left < right) | (left > right)
                case ">=":
                    met = left >= right - slack
                case _:
                    met = (left > right - slack) & (left != right)
        if self.where is not None:
            sizes = {**extents, self.batch.name: len(left)}
            met = met | (self.where({name: arrays[name] for name in self.where.names}, sizes) != 1)
        for axis, index in reversed(list(enumerate(self.indices, 1))):
            if index in self.supposed.asked and index.name in places:
                met = np.take(met, [places[index.name] - 1], axis=axis)
            elif index not in self.supposed.asked | self.supposed.every:
                met = met.any(axis=axis, keepdims=True)
        return np.asarray(met)

    def _fail(
        self, left: NDArray[Any], right: NDArray[Any], at: list[int], element: Iterable[Any], places: Mapping[str, int]
    ) -> None:
        picked = [
            places[index.name] - 1 if index in self.supposed.asked and index.name in places else n
            for index, n in zip(self.indices, at, strict=True)
        ]
        where = [f"{index.name} = {n + 1}" for index, n in zip(self.indices, picked, strict=True)]
        found = tuple(int(n) for n in element)
        of = f"the batch of {' and '.join(sorted(self.names))}"
        where += [f"element {found[0] if len(found) == 1 else found} of {of}"] if found else []
        sides = f"the left side is {_written(left[tuple(picked)])}, the right side {_written(right[tuple(picked)])}"
        said = f"{self.supposed.said}: {sides}{', at ' if where else ''}{', '.join(where)}"
        raise CallError("not-supposed", said, "pass values that meet it, or compute all the same: check=False")


def checks(supposed: Iterable[Supposed], theory: Theory) -> Iterator[Check]:
    """The looks at all that can be computed."""
    for each in supposed:
        try:
            yield Check(each, theory)
        except (CallError, LimitError):
            continue


def _within(term: t.Term, element: t.Index) -> t.Term:
    """The term with every entry that of one element of a batch."""
    if isinstance(term, t.Entry):
        return t.Entry(term.name, (element, *term.indices))
    if isinstance(term, t.Diff):
        raise CallError("not-numeric", "a derivative that is not evaluated has no value")
    return t.rebuild(term, tuple(_within(part, element) for part in t.children(term)))


def _elements(array: NDArray[Any], leading: tuple[int, ...], shape: tuple[int, ...], rows: NDArray[Any]) -> NDArray[Any]:
    """The array for some elements of a batch, which stand on its first axis."""
    import numpy as np

    own = array.shape[len(leading) :]
    if all(length == 1 for length in leading):  # it is the same for all, and not copied
        return np.broadcast_to(array.reshape(own), (len(rows), *own))
    if array.shape == shape + own and array.flags.c_contiguous:  # rows follow each other
        return array.reshape(-1, *own)[rows[0] : rows[-1] + 1]
    return np.broadcast_to(array, shape + own)[np.unravel_index(rows, shape)]


def _stored(array: NDArray[Any]) -> Any:
    """The precision of numbers that were in single precision before they came in doubles: 0 of others, and of whole ones."""
    import numpy as np

    with np.errstate(over="ignore"):
        single = array.astype(np.float32)
    return np.where(array == np.rint(array), 0.0, np.finfo(np.float32).eps) if np.array_equal(single, array) else 0.0


def _written(value: Any) -> str:
    return repr(float(value)).removesuffix(".0")

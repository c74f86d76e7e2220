"""Which near miss of a gradient a function computes instead: a factor, a sign, a term lost, a transpose, a shift, a sum.

    (O[k] - y[k])/H      the gradient times 1/H
    O[k]                 the gradient without the term -y[k]
    O[k] + y[k]          the gradient with the sign of -y[k] turned
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import permutations
from typing import TYPE_CHECKING, Any, NamedTuple

from derive.bridge.arrays import to_arrays
from derive.floor import terms as t
from derive.floor.theory import Theory
from derive.language import write_term

if TYPE_CHECKING:
    from numpy.typing import NDArray

FACTORS = {"-1": -1.0, "2": 2.0, "1/2": 0.5}
CLOSE = 1e-4  # up to which a near miss is what was found: of float32 too


class Seen(NamedTuple):
    """What the function gave at some inputs, beside the gradient there; `batch` tells how many of the axes are a batch."""

    sizes: Mapping[str, int]
    arrays: Mapping[str, NDArray[Any]]
    found: NDArray[Any]
    expected: NDArray[Any]
    batch: int


Guess = Callable[[Seen], "NDArray[Any]"]


def near_miss(seen: list[Seen], value: t.Term, theory: Theory, indices: tuple[t.Index, ...]) -> str | None:
    """What the function computes at all of them, if that is a near miss; None where it is none that is known."""
    import numpy as np

    for said, guess in _guesses(seen[0], value, theory, indices):
        told = False
        for each in seen:
            try:
                guessed = np.asarray(guess(each))
            except (ValueError, IndexError):
                break
            if not _alike(guessed, each.found):
                break
            told |= not _alike(each.expected, each.found)
        else:
            if told:
                return said
    return None


def _alike(one: NDArray[Any], other: NDArray[Any]) -> bool:
    import numpy as np

    return one.shape == other.shape and np.allclose(one, other, rtol=CLOSE, atol=CLOSE, equal_nan=True)


def _guesses(one: Seen, value: t.Term, theory: Theory, indices: tuple[t.Index, ...]) -> Iterator[tuple[str, Guess]]:
    """The near misses that there can be, the likeliest first."""
    import numpy as np

    for said, factor in FACTORS.items():
        yield f"the gradient times {said}", lambda each, by=factor: by * each.expected  # type: ignore[misc]
    for name in one.sizes:
        yield f"the gradient times 1/{name}", lambda each, by=name: each.expected / each.sizes[by]  # type: ignore[misc]
        yield f"the gradient times {name}", lambda each, by=name: each.expected * each.sizes[by]  # type: ignore[misc]
    yield from _terms(value, theory, indices)
    yield from _shifted(one, value, theory, indices)
    if one.batch:
        first = tuple(range(one.batch))
        yield "the sum of the gradients of the batch", lambda each: each.expected.sum(axis=first)
        yield "the mean of the gradients of the batch", lambda each: each.expected.mean(axis=first)
        yield "the gradient over the number of elements of the batch", lambda each: each.expected / len(each.expected)
    own = [*range(one.batch, one.expected.ndim)]
    for axis, index in zip(own, indices, strict=False):
        for by, beside in ((1, f"{index.name} - 1"), (-1, f"{index.name} + 1")):
            said = f"the gradient at {beside} in the place of {index.name}"
            yield said, lambda each, by=by, axis=axis: np.roll(each.expected, by, axis)  # type: ignore[misc]
        yield f"the sum of the gradient over {index.name}", lambda each, axis=axis: each.expected.sum(axis=axis)  # type: ignore[misc]
    for order in permutations(own):
        if list(order) != own and len(own) <= 3:
            turned = ", ".join(indices[axis - one.batch].name for axis in order)
            axes = (*range(one.batch), *order)
            yield f"the gradient with its axes as {turned}", lambda each, axes=axes: each.expected.transpose(axes)  # type: ignore[misc]


def _shifted(one: Seen, value: t.Term, theory: Theory, indices: tuple[t.Index, ...]) -> Iterator[tuple[str, Guess]]:
    """Of an array that is shifted by one place, the last entry standing before the first, or behind it."""
    import numpy as np

    function = to_arrays(value, theory, indices)
    if function is None:
        return
    for name in one.arrays:
        rank = len(theory.ranges(name))
        for axis, by in ((axis, by) for axis in range(-rank, 0) for by in (1, -1)):
            where = f" along its axis {axis + rank + 1}" if rank > 1 else ""
            said = f"the gradient with {name} shifted by one place{where}"
            yield said, lambda each, n=name, axis=axis, by=by: function(  # type: ignore[misc]
                {**each.arrays, n: np.roll(each.arrays[n], by, axis)}, each.sizes
            )


def _terms(value: t.Term, theory: Theory, indices: tuple[t.Index, ...]) -> Iterator[tuple[str, Guess]]:
    """Without one term of a sum, and with its sign turned."""
    if not isinstance(value, t.Add):
        return
    for place, term in enumerate(value.terms):
        others = value.terms[:place], value.terms[place + 1 :]
        shown = write_term(term, theory)
        for said, other in (
            (f"the gradient without the term {shown}", t.add(*others[0], *others[1])),
            (f"the gradient with the sign of {shown} turned", t.add(*others[0], t.neg(term), *others[1])),
        ):
            function = to_arrays(other, theory, indices)
            if function is not None:
                yield said, lambda each, f=function: f(each.arrays, each.sizes)  # type: ignore[misc]

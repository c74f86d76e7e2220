"""What the code of an array program calls: functions of NumPy, and the few that it lacks.

Each takes arrays with any number of axes before those that it speaks of, and keeps their type.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from derive.bridge.code import VALUED, library
from derive.bridge.contractions import contract

Linear = tuple[tuple[tuple[int, int, int], ...], int]
"""A place of an array: an offset, and for each axis that moves it a factor, the axis and its length."""


@cache
def array_library() -> dict[str, Any]:
    """The functions by name."""
    own = (
        *(contract, entries, laid, logsumexp, logsumexp_of_others, nonzero_power, positions, positive_power),
        *(same_place, sigmoid, softmax, sum_of_others),
    )
    return library() | {name: _number_by_number(name) for name in VALUED} | _numpy() | {each.__name__: each for each in own}


def _numpy() -> dict[str, Any]:
    import numpy as np

    return {name: getattr(np, name) for name in ("max", "min", "nan", "power", "prod", "square", "sum")}


def _number_by_number(name: str) -> Any:
    """A function that NumPy lacks; its values have the type of its argument."""
    import numpy as np

    slow = library()[name]
    return lambda *values: np.asarray(slow(*values), dtype=np.result_type(*values))


def softmax(body: Any, axis: int) -> Any:
    """exp(body) over its sum along an axis."""
    import numpy as np

    found = body - body.max(axis=axis, keepdims=True)
    np.exp(found, out=found)
    found /= found.sum(axis=axis, keepdims=True)
    return found


def logsumexp(body: Any, axis: int) -> Any:
    """The logarithm of the sum of exp(body) along an axis."""
    import numpy as np

    largest = body.max(axis=axis, keepdims=True)
    largest = np.where(np.isfinite(largest), largest, body.dtype.type(0))
    shifted = body - largest
    np.exp(shifted, out=shifted)
    return np.squeeze(largest, axis) + np.log(shifted.sum(axis=axis))


def logsumexp_of_others(body: Any, axis: int) -> Any:
    """At each place of an axis the logarithm of the sum of exp(body) at all others.

    The sum less one term is exact enough unless the term is the largest one: without that the sum is computed anew.
    """
    import numpy as np

    at = np.expand_dims(body.argmax(axis=axis), axis)
    largest = np.take_along_axis(body, at, axis)
    shifted = np.exp(body - largest)
    found = np.log(shifted.sum(axis=axis, keepdims=True) - shifted) + largest
    others = body.copy()
    np.put_along_axis(others, at, -np.inf, axis)
    np.put_along_axis(found, at, np.expand_dims(logsumexp(others, axis), axis), axis)
    return found


def sum_of_others(body: Any, axis: int) -> Any:
    """At each place of an axis the sum of what stands at all others: before it and after it."""
    import numpy as np

    last = np.moveaxis(body, axis, -1)
    found = np.zeros_like(last)
    found[..., 1:] = np.cumsum(last[..., :-1], axis=-1)
    found[..., :-1] += np.cumsum(last[..., :0:-1], axis=-1)[..., ::-1]
    return np.moveaxis(found, -1, axis)


def sigmoid(body: Any) -> Any:
    """1/(1 + exp(-body)): where the exponential is infinite, the value is 0, and so is what the machine has nearest to it."""
    import numpy as np

    found = np.asarray(np.negative(body))
    np.exp(found, out=found)
    found += 1
    return np.divide(1, found, out=found)


def nonzero_power(base: Any, exponent: Any) -> Any:
    """The power, which has no value where its base is 0."""
    import numpy as np

    return np.where(np.not_equal(base, 0), np.power(base, exponent), np.asarray(base).dtype.type(np.nan))


def positive_power(base: Any, exponent: Any) -> Any:
    """The power, which has a value where its base is positive."""
    import numpy as np

    return np.where(np.greater(base, 0), np.power(base, exponent), np.asarray(base).dtype.type(np.nan))


def positions(length: int, dtype: Any) -> Any:
    """The numbers that an index is."""
    import numpy as np

    return np.arange(1, length + 1, dtype=dtype)


def same_place(length: int, other: int | None = None, at: int = 0) -> Any:
    """Where two indices of these lengths are equal, or where the one is a number."""
    import numpy as np

    return np.arange(1, length + 1) == at if other is None else np.arange(length)[:, None] == np.arange(other)


def laid(array: Any, places: Sequence[int], rank: int) -> Any:
    """The array with its last axes at these places of so many, in any order; the others have length 1."""
    batch = array.ndim - len(places)
    order = sorted(range(len(places)), key=places.__getitem__)
    turned = array.transpose(*range(batch), *(batch + axis for axis in order))
    return turned[(..., *(slice(None) if place in places else None for place in range(rank)))]


def entries(array: Any, places: Sequence[Linear], rank: int) -> Any:
    """The entries of an array at computed places, as a view; 0 where a place lies beyond its range.

    A place that moves with several axes is a window that slides: its strides add up. Only what has to be filled up with zeros
    is copied, in its own size.
    """
    import numpy as np

    batch = array.ndim - len(places)
    starts, margins = [], []
    for (pairs, offset), length in zip(places, array.shape[batch:], strict=True):
        lowest = offset + sum(min(factor, factor * extent) for factor, _, extent in pairs)
        highest = offset + sum(max(factor, factor * extent) for factor, _, extent in pairs)
        margin = max(0, 1 - lowest), max(0, highest - length)
        margins.append(margin)
        starts.append(offset + sum(factor for factor, _, _ in pairs) - 1 + margin[0])
    if any(map(any, margins)):
        array = np.pad(array, [(0, 0)] * batch + margins)
    shape, strides = [1] * rank, [0] * rank
    for (pairs, _), stride in zip(places, array.strides[batch:], strict=True):
        for factor, axis, extent in pairs:
            shape[axis], strides[axis] = extent, strides[axis] + factor * stride
    first = array[(..., *(slice(start, None) for start in starts))]
    window = np.lib.stride_tricks.as_strided
    return window(first, array.shape[:batch] + tuple(shape), array.strides[:batch] + tuple(strides), writeable=False)

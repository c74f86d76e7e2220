"""Sums of products of arrays, in a good order and by matrix products.

A contraction is written as for `numpy.einsum`, a letter for an axis; axes before those that have letters are a batch, broadcast
as everywhere in NumPy:

    contract("ab,bc->ac", P, V)        the matrix product, or one for each member of the batch

Of more than two factors, two at a time are taken, in the order that `numpy.einsum_path` finds for these shapes.
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray


def contract(letters: str, *factors: Any) -> Any:
    """The sum of the product of the factors over all letters that the result has not."""
    import numpy as np

    inputs, result = letters.split("->")
    left = [(names, np.asarray(factor)) for names, factor in zip(inputs.split(","), factors, strict=True)]
    shapes = tuple(factor.shape[factor.ndim - len(names) :] for names, factor in left)
    for step in _path(letters, shapes):
        taken = [left.pop(position) for position in sorted(step, reverse=True)][::-1]
        while len(taken) > 2:
            taken[:2] = [_two(taken[0], taken[1], _names(result, left, taken[2:]))]
        left.append((_two if len(taken) == 2 else _one)(*taken, _names(result, left)))
    names, found = left[0]
    return _ordered(found, names, result)


@cache
def _path(letters: str, shapes: tuple[tuple[int, ...], ...]) -> tuple[tuple[int, ...], ...]:
    import numpy as np

    if len(shapes) < 3:
        return (tuple(range(len(shapes))),)
    stand_ins = [np.broadcast_to(0.0, shape) for shape in shapes]  # of no memory: only the shapes matter
    path, _ = np.einsum_path(letters, *stand_ins, optimize="greedy")
    return tuple(tuple(step) for step in path[1:])


Lettered = tuple[str, Any]


def _names(result: str, *factors: list[Lettered]) -> set[str]:
    return {*result}.union(*(names for some in factors for names, _ in some))


def _one(factor: Lettered, needed: set[str]) -> Lettered:
    """The sum of a factor along the axes that nothing else needs."""
    names, array = factor
    lost = tuple(position - len(names) for position, name in enumerate(names) if name not in needed)
    return "".join(name for name in names if name in needed), array.sum(axis=lost) if lost else array


def _two(left: Lettered, right: Lettered, needed: set[str]) -> Lettered:
    """The product of two factors, summed along the axes that nothing else needs."""
    import numpy as np

    left, right = _one(left, needed | {*right[0]}), _one(right, needed | {*left[0]})
    (a, one), (b, other) = left, right
    both = [name for name in a if name in b]
    summed = "".join(name for name in both if name not in needed)
    shared = "".join(name for name in both if name in needed)
    rows, columns = ("".join(name for name in names if name not in both) for names in (a, b))
    if not summed:
        names = a + columns if len(a) >= len(b) else b + rows
        return names, _spread(one, a, names) * _spread(other, b, names)
    batches = one.ndim - len(a), other.ndim - len(b)
    if not shared and not all(batches):
        return _matrices(left, right, summed) if not batches[1] else _matrices(right, left, summed)
    if not rows or not columns:
        names = shared + rows + columns
        return names, np.einsum(f"...{a},...{b}->...{names}", one, other)
    stacked = _flat(one, a, shared, rows, summed) @ _flat(other, b, shared, summed, columns)
    shape = stacked.shape[:-2] + _lengths(left, rows) + _lengths(right, columns)
    return shared + rows + columns, stacked.reshape(shape)


def _matrices(left: Lettered, right: Lettered, summed: str) -> Lettered:
    """One matrix product: the batch, of which only the left factor may have one, makes rows."""
    import numpy as np

    (a, one), (b, other) = left, right
    rows, columns = ("".join(name for name in names if name not in summed) for names in (a, b))
    one, other = _ordered(one, a, rows + summed), _ordered(other, b, summed + columns)
    if not (_is_matrix(one) and _is_matrix(other)) and not (columns and (rows or one.ndim > len(a))):
        # Windows into an array would have to be copied for the sake of a product of a matrix and a vector.
        return rows + columns, np.einsum(f"...{rows}{summed},{summed}{columns}->...{rows}{columns}", one, other)
    length = math.prod(_lengths((summed + columns, other), summed))
    product = one.reshape(-1, length) @ other.reshape(length, -1)
    return rows + columns, product.reshape(one.shape[: one.ndim - len(summed)] + other.shape[len(summed) :])


def _is_matrix(array: NDArray[Any]) -> bool:
    """Whether an array can be seen as a matrix without a copy."""
    return bool(array.flags.c_contiguous or array.flags.f_contiguous and array.ndim <= 2)


def _lengths(factor: Lettered, names: str) -> tuple[int, ...]:
    own, array = factor
    return tuple(array.shape[array.ndim - len(own) + own.index(name)] for name in names)


def _ordered(array: Any, names: str, order: str) -> Any:
    """The array with its named axes in another order."""
    if names == order:
        return array
    batch = array.ndim - len(names)
    return array.transpose(*range(batch), *(batch + names.index(name) for name in order))


def _spread(array: Any, names: str, order: str) -> Any:
    """The array laid on the axes `order`, with axes of length 1 for those that it has not."""
    array = _ordered(array, names, "".join(name for name in order if name in names))
    return array[(..., *(slice(None) if name in names else None for name in order))]


def _flat(array: Any, names: str, shared: str, first: str, second: str) -> Any:
    """The array as a stack of matrices, one for each place of the shared axes."""
    ahead = array.ndim - len(names) + len(shared)
    array = _ordered(array, names, shared + first + second)
    lengths = array.shape[ahead:]
    return array.reshape(*array.shape[:ahead], math.prod(lengths[: len(first)]), math.prod(lengths[len(first) :]))

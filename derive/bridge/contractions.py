"""Sums of products of arrays, in a good order and by matrix products.

A contraction is written as for `numpy.einsum`, a letter for an axis; axes before those that have letters are a batch, broadcast
as everywhere in NumPy:

    contract("ab,bc->ac", P, V)        the matrix product, or one for each member of the batch

Of more than two factors, two at a time are taken, in the order that `numpy.einsum_path` finds for these shapes. How two are
taken depends on their letters, and on which of them has a batch; it is planned once:

    nothing is summed                       the product, entry by entry
    no axis is shared by all three          one matrix product, a batch being more rows
    rows and columns for each shared place  a stack of matrix products
    else                                    `numpy.einsum`, which goes through the entries
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

Plan = Callable[[Any, Any], Any]
Index = tuple[Any, ...]


def contract(letters: str, *factors: Any) -> Any:
    """The sum of the product of the factors over all letters that the result has not."""
    inputs, result = _parsed(letters)
    if len(factors) == 2:
        return _ordered(*_two(inputs[0], factors[0], inputs[1], factors[1], result), result)
    left = list(zip(inputs, factors, strict=True))
    shapes = tuple(factor.shape[factor.ndim - len(names) :] for names, factor in left) if len(left) > 2 else ()
    for step in _path(letters, len(left), shapes):
        taken = [left[position] for position in step]
        left = [each for position, each in enumerate(left) if position not in step]
        while len(taken) > 2:
            taken[:2] = [_two(*taken[0], *taken[1], _needed(result, left + taken[2:]))]
        needed = _needed(result, left)
        left.append(_two(*taken[0], *taken[1], needed) if len(taken) == 2 else _one(*taken[0], needed))
    return _ordered(*left[0], result)


def _ordered(names: str, array: Any, order: str) -> Any:
    return array if names == order else array.transpose(_order(names, order, array.ndim - len(names)))


@cache
def _parsed(letters: str) -> tuple[tuple[str, ...], str]:
    inputs, result = letters.split("->")
    return tuple(inputs.split(",")), result


@cache
def _path(letters: str, count: int, shapes: tuple[tuple[int, ...], ...]) -> tuple[tuple[int, ...], ...]:
    """Which factors are taken together, by their places; the result of each step is put at the end."""
    import numpy as np

    if count < 3:
        return (tuple(range(count)),)
    stand_ins = [np.broadcast_to(0.0, shape) for shape in shapes]  # of no memory: only the shapes matter
    path, _ = np.einsum_path(letters, *stand_ins, optimize="greedy")
    return tuple(tuple(step) for step in path[1:])


def _needed(result: str, left: Sequence[tuple[str, Any]]) -> str:
    return "".join((result, *(names for names, _ in left)))


def _one(names: str, array: Any, needed: str) -> tuple[str, Any]:
    """The sum of a factor along the axes that nothing else needs."""
    kept, lost = _lost(names, needed)
    return kept, _summed(array, lost)


def _summed(array: Any, axes: tuple[int, ...]) -> Any:
    return array.sum(axis=axes) if axes else array


@cache
def _lost(names: str, needed: str) -> tuple[str, tuple[int, ...]]:
    lost = tuple(position - len(names) for position, name in enumerate(names) if name not in needed)
    return "".join(name for name in names if name in needed), lost


def _two(a: str, one: Any, b: str, other: Any, needed: str) -> tuple[str, Any]:
    """The product of two factors, summed along the axes that nothing else needs."""
    names, plan = _plan(a, b, needed, one.ndim - len(a), other.ndim - len(b))
    return names, plan(one, other)


@cache
def _plan(a: str, b: str, needed: str, batch: int, other_batch: int) -> tuple[str, Plan]:
    """How two factors with these letters and so many axes before them are multiplied, and the letters of the result."""
    (kept, lost), (other_kept, other_lost) = _lost(a, needed + b), _lost(b, needed + a)
    if lost or other_lost:
        names, inner = _plan(kept, other_kept, needed, batch, other_batch)
        return names, lambda one, other: inner(_summed(one, lost), _summed(other, other_lost))
    both = [name for name in a if name in b]
    summed = "".join(name for name in both if name not in needed)
    shared = "".join(name for name in both if name in needed)
    rows, columns = ("".join(name for name in names if name not in both) for names in (a, b))
    if not summed:
        names = a + columns if len(a) >= len(b) else b + rows
        return names, _product(_spread(a, names, batch), _spread(b, names, other_batch))
    if not shared and not (batch and other_batch):
        if not other_batch and (rows or batch):
            return rows + columns, _matrix(a, b, summed, batch)
        turned = _matrix(b, a, summed, other_batch)
        return columns + rows, lambda one, other: turned(other, one)
    names = shared + rows + columns
    if rows and columns:
        orders = _order(a, shared + rows + summed, batch), _order(b, shared + summed + columns, other_batch)
        return names, _stack(*orders, len(rows), len(summed), len(columns))
    return names, _entry_by_entry(f"...{a},...{b}->...{names}")


def _order(names: str, order: str, batch: int) -> tuple[int, ...]:
    """The axes of an array with so many before those that have names, in another order."""
    return (*range(batch), *(batch + names.index(name) for name in order))


def _spread(names: str, order: str, batch: int) -> tuple[tuple[int, ...], Index]:
    """An order of the axes, and an index that gives length 1 to those which the array has not."""
    own = "".join(name for name in order if name in names)
    return _order(names, own, batch), (..., *(slice(None) if name in names else None for name in order))


def _product(left: tuple[tuple[int, ...], Index], right: tuple[tuple[int, ...], Index]) -> Plan:
    return lambda one, other: one.transpose(left[0])[left[1]] * other.transpose(right[0])[right[1]]


def _entry_by_entry(subscripts: str) -> Plan:
    import numpy as np

    return lambda one, other: np.einsum(subscripts, one, other)


def _matrix(a: str, b: str, summed: str, batch: int) -> Plan:
    """One matrix product, in which the left factor may have a batch."""
    rows, columns = ("".join(name for name in names if name not in summed) for names in (a, b))
    left, right = _order(a, rows + summed, batch), _order(b, summed + columns, 0)
    entries = _entry_by_entry(f"...{rows}{summed},{summed}{columns}->...{rows}{columns}")
    by_vector = not columns or not (rows or batch)
    plain = len(summed) == 1 and batch + len(rows) < 2 and len(columns) < 2

    def product(one: Any, other: Any) -> Any:
        one, other = one.transpose(left), other.transpose(right)
        if by_vector and not (_is_matrix(one, len(summed)) and _is_matrix(other, len(columns))):
            return _by_parts(one, other, entries) if batch + len(rows) > 1 and not columns else entries(one, other)
        if plain:
            return one @ other
        shape = one.shape[: one.ndim - len(summed)] + other.shape[len(summed) :]
        length = math.prod(other.shape[: len(summed)])
        return (one.reshape(-1, length) @ other.reshape(length, -1)).reshape(shape)

    return product


def _is_matrix(array: Any, last: int) -> bool:
    """Whether an array, of which so many axes are columns, can be seen as a matrix without a copy."""
    return bool(array.flags.c_contiguous or (array.ndim == 2 and last == 1 and array.flags.f_contiguous))


def _by_parts(one: Any, other: Any, entries: Plan) -> Any:
    """The product of a window that slides with an array: copied whole, the window is much larger than what it looks at."""
    import numpy as np

    if one.strides[-1] == one.itemsize:
        return entries(one, other)
    found = np.empty(one.shape[: one.ndim - other.ndim], dtype=np.result_type(one, other))
    vector = other.reshape(-1)
    for place, part in enumerate(one):
        found[place] = (part.reshape(-1, len(vector)) @ vector).reshape(found.shape[1:])
    return found


def _stack(left: tuple[int, ...], right: tuple[int, ...], rows: int, summed: int, columns: int) -> Plan:
    """A matrix product for each place of the axes that all share, and of the batch."""

    def product(one: Any, other: Any) -> Any:
        one, other = one.transpose(left), other.transpose(right)
        ahead, ahead_other = one.shape[: one.ndim - rows - summed], other.shape[: other.ndim - summed - columns]
        height, width = one.shape[len(ahead) : len(ahead) + rows], other.shape[other.ndim - columns :]
        length = math.prod(one.shape[one.ndim - summed :])
        found = one.reshape(*ahead, math.prod(height), length) @ other.reshape(*ahead_other, length, math.prod(width))
        return found.reshape(found.shape[:-2] + height + width)

    return product

"""What stands between square brackets: an index, a whole number, or an index computed from others, t + a - 1.

An entry whose computed index lies outside of the range is 0, the usual convention of convolutions (zero padding):

    x[t + a - 1]  is  sum(delta(t + a - 1, i)*x[i], i)

So a computed index needs no condition. What is known of an entry at every index (its sign, its definition) is known of it at a
computed one only where that is sure to lie within the range, which is decided by the least and greatest values of its parts.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import gcd

from derive.floor.terms import ONE, Affine, Index, Size, Term, affine, number

Sizes = Mapping[str, int]  # the least value of each


def gap(left: Term, right: Term) -> Affine:
    """The difference of two indices."""
    return affine(((1, left), (-1, right)))


def ordered(index: Term) -> Term:
    """The same index with its parts in one order, however it was written: a + t and t + a."""
    if not isinstance(index, Affine):
        return index
    return affine(sorted(zip(index.factors, index.parts, strict=True), key=repr), index.offset)


def gaps(left: Term, right: Term) -> frozenset[Term]:
    """What says when two indices are equal: both of them, or their differences where one is computed."""
    if isinstance(left, Affine) or isinstance(right, Affine):
        return frozenset((ordered(gap(left, right)), ordered(gap(right, left))))
    return frozenset((left, right))


def least(value: Affine, sizes: Sizes) -> int | None:
    """The least value over all indices and sizes; None where there is none, or none is known."""
    pairs: list[tuple[int, Term]] = []
    for part, factor in zip(value.parts, value.factors, strict=True):
        # An index runs from 1 to its range.
        pairs.append((factor, (ONE if factor > 0 else part.range) if isinstance(part, Index) else part))
    lowest = affine(pairs, value.offset)
    if any(factor < 0 for factor in lowest.factors):
        return None
    sizes_in = (part.name for part in lowest.parts if isinstance(part, Size))
    return lowest.offset + sum(f * sizes.get(name, 1) for f, name in zip(lowest.factors, sizes_in, strict=True))


def _at_least(value: Affine, bound: int, sizes: Sizes) -> bool:
    lowest = least(value, sizes)
    return lowest is not None and lowest >= bound


def inside(index: Term, extent: Term, sizes: Sizes) -> bool:
    """Whether a computed index is sure to lie in the range from 1 to `extent`."""
    return _at_least(affine(((1, index),)), 1, sizes) and _at_least(gap(extent, index), 0, sizes)


def differ(left: Term, right: Term, sizes: Sizes) -> bool:
    """Whether the two indices, one of them computed, differ whatever values their parts have: i + 1 and i do."""
    difference = gap(left, right)
    if not difference.parts:
        return difference.offset != 0
    if difference.offset % gcd(*difference.factors):
        return True
    return _at_least(difference, 1, sizes) or _at_least(gap(right, left), 1, sizes)


def plain(index: Affine, extent: Term, sizes: Sizes) -> Term:
    """A computed index that is but an index of that range, or a whole number in it, as such."""
    match index:
        case Affine((Index() as only,), (1,), 0) if only.range is extent:
            return only
        case Affine((), (), offset) if inside(index, extent, sizes):
            return number(offset)
    return index


def solved(equation: Affine, index: Index) -> Affine | None:
    """The value of the index for which `equation` is 0; None where that need not be a whole number."""
    factor = dict(zip(equation.parts, equation.factors, strict=True)).get(index, 0)
    return None if factor not in (1, -1) else affine(((-factor, equation), (1, index)))

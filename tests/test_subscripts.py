"""Indices that are computed: what is said of them holds for all values of their parts, which are gone through."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest

from derive.engine.normal.indices import outside
from derive.floor.subscripts import differ, gap, inside, least, plain, solved
from derive.floor.terms import Affine, Index, Number, Size, Term, affine, number
from derive.floor.theory import Theory
from derive.language.writer import as_sum, write_term
from derive.numbers.evaluate import position

H, N = Size("H"), Size("n")
SIZES = {"H": 1, "n": 3}
IX, K, T, A = Index("i", H), Index("k", H), Index("t", N), Index("a", number(2))
Values = dict[Term, int]


def values(*indices: Term) -> Iterator[Values]:
    """Small sizes, and every value of the parts within its range."""
    parts = sorted({part for index in indices for part in parts_of(index)}, key=repr)
    for h, n in product(range(1, 5), range(3, 6)):
        extents = [_of(part.range, h, n) if isinstance(part, Index) else 0 for part in parts]
        ranges = (range(1, e + 1) if e else (_of(part, h, n),) for part, e in zip(parts, extents, strict=True))
        for chosen in product(*ranges):
            yield {H: h, N: n, **dict(zip(parts, chosen, strict=True))}


def _of(extent: Term, h: int, n: int) -> int:
    return int(extent.value) if isinstance(extent, Number) else {H: h, N: n}[extent]


def parts_of(index: Term) -> tuple[Term, ...]:
    return index.parts if isinstance(index, Affine) else () if isinstance(index, Number) else (index,)


def at(index: Term, here: Values) -> int:
    if isinstance(index, Affine):
        return position(index, here.__getitem__)
    return int(index.value) if isinstance(index, Number) else here[index]


COMPUTED = [
    affine(pairs, offset)
    for pairs in (
        [], [(1, IX)], [(-1, IX)], [(2, IX)], [(1, IX), (-1, K)], [(1, H), (-1, IX)], [(1, T), (1, A)], [(2, IX), (-2, K)],
        [(1, N)], [(-2, H)],
    )
    for offset in (-3, -1, 0, 1, 2)
]  # fmt: skip
PLAIN = [IX, K, T, A, number(1), number(2)]


@pytest.mark.sample(12)
@pytest.mark.parametrize("index", COMPUTED, ids=lambda index: write_term(as_sum(index)))
def test_what_is_said_of_a_computed_index_holds(index: Affine) -> None:
    every = [(at(index, here), here) for here in values(index)]
    lowest = least(index, SIZES)
    assert lowest is None or lowest == min(value for value, _ in every)
    for extent in (H, N, number(2)):
        among = [(1 <= value <= _of(extent, here[H], here[N])) for value, here in every]
        assert not inside(index, extent, SIZES) or all(among)
        assert not outside(index, extent, SIZES) or not any(among)
    for other in (*COMPUTED, *PLAIN):
        if differ(index, other, SIZES):
            assert all(at(index, here) != at(other, here) for here in values(index, other)), other
        for here in values(index, other):
            assert position(gap(index, other), here.__getitem__) == at(index, here) - at(other, here)
    for part in (IX, K, T):
        value = solved(index, part)
        if value is not None:
            assert part not in value.parts
            for here in values(index, part):
                assert position(index, {**here, part: at(value, here)}.__getitem__) == 0


@pytest.mark.parametrize(
    ("index", "extent", "is_inside", "is_outside"),
    [
        (affine([(1, IX)], 1), H, False, False),
        (affine([(1, IX)], -1), H, False, False),
        (affine([(1, H), (-1, IX)], 1), H, True, False),
        (affine([(1, H), (1, IX)]), H, False, True),
        (affine([(1, IX), (-1, H)]), H, False, True),
        (affine([(1, A)], 1), N, True, False),
        (affine([(1, A)], 2), N, False, False),
        (affine([], 0), H, False, True),
        (affine([], 1), H, True, False),
        (affine([], 2), H, False, False),
        (affine([], 3), N, True, False),
    ],
)
def test_where_a_computed_index_lies(index: Affine, extent: Term, is_inside: bool, is_outside: bool) -> None:
    assert (inside(index, extent, SIZES), outside(index, extent, SIZES)) == (is_inside, is_outside)


def test_indices_that_differ() -> None:
    assert differ(affine([(1, IX)], 1), IX, SIZES)
    assert differ(affine([(2, IX)], 1), affine([(2, K)]), SIZES), "one is even and the other is not"
    assert differ(affine([(1, IX), (1, H)]), K, SIZES)
    assert not differ(affine([(1, IX)], 1), K, SIZES)
    assert not differ(affine([(2, IX)]), affine([(2, K)]), SIZES)


def test_what_is_but_an_index_is_written_as_one() -> None:
    assert plain(affine([(1, IX)]), H, SIZES) is IX
    assert plain(affine([(1, T)]), H, SIZES) == affine([(1, T)]), "of another range"
    assert plain(affine([], 2), N, SIZES) is number(2)
    assert plain(affine([], 2), H, SIZES) == affine([], 2), "H may be 1"
    assert plain(affine([(-1, IX)]), H, SIZES) == affine([(-1, IX)])
    assert solved(affine([(2, IX)], 1), IX) is None
    assert solved(affine([(1, K)]), IX) is None


def test_a_computed_index_is_printed_as_a_sum() -> None:
    assert write_term(as_sum(affine([(1, T), (1, A)], -1)), Theory()) == "t + a - 1"
    assert write_term(as_sum(affine([(-1, T)], 1)), Theory()) == "1 - t"

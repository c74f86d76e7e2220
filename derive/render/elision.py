"""Sums and products over a numeric range, written out: y_1 ln O_1 + y_2 ln O_2 + ⋯ + y_1000 ln O_1000.

Up to twice `show` terms are all written; of more, the first ones, dots, and the last. Only those that are shown are ever built,
so the cost does not grow with the range. What is written out is for reading only: the dots are a term that nothing but a
notation understands.
"""

from __future__ import annotations

from fractions import Fraction

from derive.floor.subscripts import gap, outside, plain
from derive.floor.terms import (
    ONE,
    ZERO,
    Add,
    Affine,
    Comparison,
    Delta,
    Div,
    Entry,
    If,
    Index,
    Mul,
    Neg,
    Number,
    Prod,
    Sum,
    Term,
    add,
    children,
    div,
    mul,
    neg,
    rebuild,
    substitute,
    subterms,
)  # fmt: skip
from derive.floor.theory import Signature

READABLE = 12
"""The most terms that nested sums are written out to, all together."""


class Dots(Term):
    """The terms left out between two others. It has no value, and no place outside of what is printed."""


DOTS = Dots()


def written_out(term: Term, signature: Signature, show: int = 3) -> Term:
    """`term` with its sums and products over numeric ranges written out, deltas and indices computed from numbers resolved."""
    return _written_out(term, signature, show, READABLE)


def _written_out(term: Term, signature: Signature, show: int, room: int) -> Term:
    if isinstance(term, Sum | Prod):
        return _terms_of(term, signature, show, room)
    if isinstance(term, Entry):
        return _entry(term, signature)
    before = children(term)
    after = tuple(_written_out(part, signature, show, room) for part in before)
    return _resolved(term, before, after)


def _entry(term: Entry, signature: Signature) -> Term:
    """An entry with the numbers that its computed indices are, or the 0 that it is beyond its range."""
    if not any(isinstance(index, Affine) for index in term.indices):
        return term
    places = list(term.indices)
    for position, (index, extent) in enumerate(zip(places, signature.ranges(term.name), strict=True)):
        if isinstance(index, Affine):
            if outside(index, extent, signature.sizes):
                return ZERO
            places[position] = plain(index, extent, signature.sizes)
    return Entry(term.name, tuple(places))


def _terms_of(term: Sum | Prod, signature: Signature, show: int, room: int) -> Term:
    values = _values(term, show)
    if values is None or len(values) > room:
        return type(term)(term.index, term.excluded, _written_out(term.body, signature, show, room))
    left = room // max(len(values), 1)
    parts: list[Term] = []
    for value in values:
        if value is None:
            parts.append(DOTS)
        else:
            instance = substitute(term.body, {term.index: Number(Fraction(value))})
            parts.append(_written_out(instance, signature, show, left))
    if isinstance(term, Sum):
        return add(*parts)
    # Not `mul`, which would gather the signs: of those behind the dots it knows nothing.
    return ONE if not parts else parts[0] if len(parts) == 1 else Mul(tuple(parts))


def _values(term: Sum | Prod, show: int) -> list[int | None] | None:
    """The values of the index that are shown, None for the dots; None altogether where the sum cannot be written out."""
    match term.index.range:
        case Number(value):
            count = int(value)
        case _:
            return None
    out: set[int] = {int(part.value) for part in term.excluded if isinstance(part, Number) and 1 <= part.value <= count}
    if not all(isinstance(part, Number) for part in term.excluded):
        return None  # which term is left out is not known
    left = count - len(out)
    if left <= 2 * show:
        return [value for value in range(1, count + 1) if value not in out]
    if _singles_out(term):
        return None  # a term unlike its neighbours must not vanish behind the dots
    first: list[int | None] = []
    at, last = 0, count
    while len(first) < show - 1:
        at += 1
        if at not in out:
            first.append(at)
    while last in out:
        last -= 1
    return [*first, None, last]


def _singles_out(term: Sum | Prod) -> bool:
    """Whether the body treats some value of the index differently from the others."""
    for part in subterms(term.body):
        match part:
            case Delta(left, right) | Comparison(left, _, right) if term.index in (left, right):
                return True
            case Sum(_, excluded, _) | Prod(_, excluded, _) if term.index in excluded:
                return True
            case Affine(parts, _, _) if term.index in parts:
                return True
    return False


def _resolved(term: Term, before: tuple[Term, ...], after: tuple[Term, ...]) -> Term:
    match term:
        case Delta():
            left, right = after
            if left is right:
                return ONE
            if isinstance(left, Affine) or isinstance(right, Affine):
                difference = gap(left, right)
                return Delta(left, right) if difference.parts else ZERO if difference.offset else ONE
            return ZERO if isinstance(left, Number) and isinstance(right, Number) else Delta(left, right)
        case If(Comparison(_, relation, _), _, _):
            condition, then, otherwise = after
            assert isinstance(condition, Comparison)
            if _index_like(condition.left) and _index_like(condition.right) and relation in ("=", "!="):
                same = condition.left is condition.right
                if same or (isinstance(condition.left, Number) and isinstance(condition.right, Number)):
                    return then if same == (relation == "=") else otherwise
            return If(condition, then, otherwise)
    if after == before:
        return term
    if any(new is not old and new in (ZERO, ONE) for old, new in zip(before, after, strict=True)):
        # A term that a delta has removed would only be in the way.
        match term:
            case Add():
                return add(*after)
            case Mul():
                return mul(*after)
            case Neg():
                return neg(*after)
            case Div() if after[1] is ONE or after[0] is ZERO:
                return div(*after) if after[1] is ONE else ZERO
    return rebuild(term, after)


def _index_like(term: Term) -> bool:
    return isinstance(term, Index | Number)

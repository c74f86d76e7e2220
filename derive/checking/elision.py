"""What runs over a numeric range, written out: y_1 ln O_1 + y_2 ln O_2 + ⋯ + y_1000 ln O_1000.

Up to twice `show` terms are all written; of more, the first ones, dots, and the last. Only those that are shown are ever built,
so the cost does not grow with the range. What is written out is for reading only: the dots are a term that nothing but a
notation understands.
"""

from __future__ import annotations

from fractions import Fraction
from functools import reduce

from derive.engine.normal.indices import outside
from derive.floor import terms as t
from derive.floor.functions import largest, power_kind, smallest
from derive.floor.subscripts import gap, plain
from derive.floor.theory import Theory

READABLE = 12
"""The most terms that nested sums are written out to, all together."""


DOTS = t.scalar("…")
"""The terms left out between two others: a name that no text can hold, in nothing but what is printed."""


def written_out(term: t.Term, theory: Theory, show: int = 3) -> t.Term:
    """`term` with its sums and products over numeric ranges written out, deltas and indices computed from numbers resolved."""
    return _written_out(term, theory, show, READABLE)


def _written_out(term: t.Term, theory: Theory, show: int, room: int) -> t.Term:
    if isinstance(term, t.Binder):
        return _terms_of(term, theory, show, room)
    if isinstance(term, t.Entry):
        return _entry(term, theory)
    if isinstance(term, t.Call) and term.name in theory.definitions:
        return term  # in what it means an argument may be an exponent
    before = t.children(term)
    after = tuple(_written_out(part, theory, show, room) for part in before)
    if isinstance(term, t.Pow) and power_kind(after[1]) != power_kind(before[1]):
        after = (after[0], before[1])  # x^delta(1, 1) asks for x > 0, and x^1 does not
    return _resolved(term, before, after)


def _entry(term: t.Entry, theory: Theory) -> t.Term:
    """An entry with the numbers that its computed indices are, or the 0 that it is beyond its range."""
    if not any(isinstance(index, t.Affine) for index in term.indices):
        return term
    places = list(term.indices)
    for position, (index, extent) in enumerate(zip(places, theory.ranges(term.name), strict=True)):
        if isinstance(index, t.Affine):
            if outside(index, extent, theory.sizes):
                return t.ZERO
            places[position] = plain(index, extent, theory.sizes)
    return t.Entry(term.name, tuple(places))


def _terms_of(term: t.Binder, theory: Theory, show: int, room: int) -> t.Term:
    values = _values(term, show)
    if values is None or len(values) > room:
        return type(term)(term.index, term.excluded, _written_out(term.body, theory, show, room))
    left = room // max(len(values), 1)
    parts: list[t.Term] = []
    for value in values:
        if value is None:
            parts.append(DOTS)
        else:
            instance = t.substitute(term.body, {term.index: t.Number(Fraction(value))})
            parts.append(_written_out(instance, theory, show, left))
    if isinstance(term, t.Sum):
        return t.add(*parts)
    if isinstance(term, t.Max | t.Min):
        larger = largest if isinstance(term, t.Max) else smallest
        return reduce(larger, parts) if parts else term
    # Not `mul`, which would gather the signs: of those behind the dots it knows nothing.
    return t.ONE if not parts else parts[0] if len(parts) == 1 else t.Mul(tuple(parts))


def _values(term: t.Binder, show: int) -> list[int | None] | None:
    """The values of the index that are shown, None for the dots; None altogether where the sum cannot be written out."""
    match term.index.range:
        case t.Number(value):
            count = int(value)
        case _:
            return None
    out: set[int] = {int(part.value) for part in term.excluded if isinstance(part, t.Number) and 1 <= part.value <= count}
    if not all(isinstance(part, t.Number) for part in term.excluded):
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


def _singles_out(term: t.Binder) -> bool:
    """Whether the body treats some value of the index differently from the others."""
    for part in t.subterms(term.body):
        match part:
            case t.Delta(left, right) | t.Comparison(left, _, right) if term.index in (left, right):
                return True
            case t.Binder(_, excluded, _) if term.index in excluded:
                return True
            case t.Affine(parts, _, _) if term.index in parts:
                return True
    return False


def _resolved(term: t.Term, before: tuple[t.Term, ...], after: tuple[t.Term, ...]) -> t.Term:
    match term:
        case t.Delta():
            left, right = after
            if left is right:
                return t.ONE
            if isinstance(left, t.Affine) or isinstance(right, t.Affine):
                difference = gap(left, right)
                return t.Delta(left, right) if difference.parts else t.ZERO if difference.offset else t.ONE
            return t.ZERO if isinstance(left, t.Number) and isinstance(right, t.Number) else t.Delta(left, right)
        case t.If(t.Comparison(_, relation, _), _, _):
            condition, then, otherwise = after
            assert isinstance(condition, t.Comparison)
            if _index_like(condition.left) and _index_like(condition.right) and relation in ("=", "!="):
                same = condition.left is condition.right
                if same or (isinstance(condition.left, t.Number) and isinstance(condition.right, t.Number)):
                    return then if same == (relation == "=") else otherwise
            return t.If(condition, then, otherwise)
    if after == before:
        return term
    if any(new is not old and new in (t.ZERO, t.ONE) for old, new in zip(before, after, strict=True)):
        # A term that a delta has removed would only be in the way.
        match term:
            case t.Add():
                return t.add(*after)
            case t.Mul():
                return t.mul(*after)
            case t.Neg():
                return t.neg(*after)
            case t.Div() if after[1] is t.ONE or after[0] is t.ZERO:
                return t.div(*after) if after[1] is t.ONE else t.ZERO
    return t.rebuild(term, after)


def _index_like(term: t.Term) -> bool:
    return isinstance(term, t.Index | t.Number)

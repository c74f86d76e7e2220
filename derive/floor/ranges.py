"""The laws of sums and products over an index, of the greatest and least values, of deltas, and of choices.

Each function states its law, takes the left side, and returns the right one with the conditions on which they are equal,
wherever both have a value. It fails with `KernelError` where its law says nothing of the term. An index that stands in for
another has its range.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import reduce

from derive.errors import KernelError
from derive.floor import terms as t
from derive.floor.conditions import NONE, Condition, Conditions, is_about_indices, needs, negated
from derive.floor.definedness import defined
from derive.floor.frozen import Table
from derive.floor.functions import largest, smallest
from derive.floor.subscripts import differ, gap, inside, plain, solved
from derive.floor.theory import Theory

MOST_WRITTEN_OUT = 64
MOST_ENDS = 8  # places at an end of a range that are told one by one

Sided = tuple[t.Term, Conditions]
RangeLaw = Callable[[t.Term, t.Term | None, Theory], Sided]
"""From the left side, and a place where one is needed, to the right side and what must hold."""


def _binder(term: t.Term, kind: type[t.Binder] = t.Binder) -> t.Binder:
    if not isinstance(term, kind):
        raise KernelError("another sum or product is needed")
    return term


def _in_range(place: t.Term | None, extent: t.Term, theory: Theory) -> Conditions:
    """What must hold for a place to be one of those from 1 to `extent`."""
    if isinstance(place, t.Index) and place.range is extent:
        return NONE
    if isinstance(place, t.Number) and place.value.denominator == 1 and place.value >= 1:
        if isinstance(extent, t.Number) and place.value <= extent.value:
            return NONE
        if isinstance(extent, t.Size):
            known = theory.sizes.get(extent.name, 1)
            return NONE if place.value <= known else needs(extent, ">=", place)
    raise KernelError("the place is not in the range")


def _apart(place: t.Term, others: tuple[t.Term, ...]) -> Conditions:
    """That a place is none of the others."""
    found = NONE
    for other in others:
        if place is other:
            raise KernelError("the place is left out already")
        if not (isinstance(place, t.Number) and isinstance(other, t.Number) and place.value != other.value):
            found |= needs(place, "!=", other)
    return found


def split(term: t.Term, place: t.Term | None, theory: Theory) -> Sided:
    """sum(f[i], i) = sum(f[i], i != k) + f[k], where k is in the range and not left out; max(f[i], i) = max(…, f[k])."""
    binder = _binder(term)
    conditions = _in_range(place, binder.range, theory)
    assert place is not None
    conditions |= _apart(place, binder.excluded)
    rest = type(binder).over(binder.letter, binder.range, (*binder.excluded, place), binder.scope)
    return _together(binder, rest, t.instance(binder, place)), conditions


def _together(binder: t.Binder, *terms: t.Term) -> t.Term:
    """The terms of a sum, product, maximum or minimum put together."""
    if isinstance(binder, t.Sum | t.Prod):
        return (t.add if isinstance(binder, t.Sum) else t.mul)(*terms)
    if not terms:
        raise KernelError("of no values none is the greatest")
    return reduce(largest if isinstance(binder, t.Max) else smallest, terms)


def write_out(term: t.Term, place: t.Term | None, theory: Theory) -> Sided:
    """sum(f[i], i: 3) = f[1] + f[2] + f[3], max(f[i], i: 3) = max(max(f[1], f[2]), f[3])."""
    binder = _binder(term)
    if not isinstance(binder.range, t.Number) or binder.range.value > MOST_WRITTEN_OUT:
        raise KernelError("the range is no small number")
    if not all(isinstance(other, t.Number) for other in binder.excluded):
        raise KernelError("an index is left out")
    places = (t.number(n) for n in range(1, int(binder.range.value) + 1))
    terms = [t.instance(binder, place) for place in places if place not in binder.excluded]
    return _together(binder, *terms), NONE


def exchange(term: t.Term, place: t.Term | None, theory: Theory) -> Sided:
    """sum(sum(f[i, j], j), i) = sum(sum(f[i, j], i), j). One may be left out for the other: it is the same pairs either way."""
    outer = _binder(term)
    first, inside = t.opened(outer)
    if type(inside) is not type(outer):
        raise KernelError("two sums or two products are needed")
    inner = _binder(inside)
    second, body = t.opened(inner)
    kept = tuple(other for other in inner.excluded if other is not first)
    over_first = (*outer.excluded, *((second,) if len(kept) < len(inner.excluded) else ()))
    return type(outer)(second, kept, type(outer)(first, over_first, body)), NONE


def collapse(term: t.Term, place: t.Term | None, theory: Theory) -> Sided:
    """sum(delta(i, k)*f[i], i) = f[k], or 0 where k is left out; sum(delta(t + a, i)*x[t]*c, t) = x[i - a]*c."""
    binder = _binder(term, t.Sum)
    index, body = t.opened(binder)
    above, below = (body.numerator, body.denominator) if isinstance(body, t.Div) else (body, t.ONE)
    factors = above.factors if isinstance(above, t.Mul) else (above,)
    for position, factor in enumerate(factors):
        if not isinstance(factor, t.Delta) or index not in t.free_indices(factor):
            continue
        other = factor.right if factor.left is index else factor.left
        if index not in (factor.left, factor.right) or isinstance(other, t.Affine):
            if not binder.excluded:
                others = (*factors[:position], *factors[position + 1 :])
                return _at_computed(factor, index, others, below, theory), NONE
            continue
        if other is index:
            continue
        conditions = _in_range(other, binder.range, theory)
        if other in binder.excluded:
            return t.ZERO, NONE
        conditions |= _apart(other, binder.excluded)
        rest = t.div(t.mul(*factors[:position], *factors[position + 1 :]), below)
        return t.substitute(rest, {index: other}), conditions
    raise KernelError("there is no delta of the index")


def _at_computed(delta: t.Delta, index: t.Local, factors: tuple[t.Term, ...], below: t.Term, theory: Theory) -> t.Term:
    """The factors at the place where a delta of computed indices is 1.

    That place lies in the range, or one of the factors is an entry there, which is 0 beyond the range, or a power of one.
    """
    place = solved(gap(delta.left, delta.right), index)
    if place is None:
        raise KernelError("the delta does not say what the index is")
    if not inside(place, index.range, theory.sizes) and not any(_is_0_beyond(factor, index, theory) for factor in factors):
        raise KernelError("nothing is 0 where the index lies beyond its range")
    found = t.div(t.mul(*(t.substitute(factor, {index: place}) for factor in factors)), t.substitute(below, {index: place}))
    return _plainly(found, theory)


def _is_0_beyond(factor: t.Term, index: t.Index, theory: Theory) -> bool:
    """Whether a factor is 0 where the index lies beyond its range: x[i], x[i]^2."""
    match factor:
        case t.Entry(name, indices) if name in theory.unknowns or name in theory.definitions:
            return any(at is index and e is index.range for at, e in zip(indices, theory.ranges(name), strict=True))
        case t.Pow(t.Entry() as base, t.Number(exponent)):
            return exponent.denominator == 1 and exponent > 0 and _is_0_beyond(base, index, theory)
    return False


def _plainly(term: t.Term, theory: Theory) -> t.Term:
    """The term with a computed index that is but an index of the range, or a number in it, as such."""
    match term:
        case t.Entry(name, indices) if name in theory.unknowns or name in theory.definitions:
            pairs = zip(indices, theory.ranges(name), strict=True)
            return t.Entry(name, tuple(plain(i, e, theory.sizes) if isinstance(i, t.Affine) else i for i, e in pairs))
        case t.Delta(left, right):
            return t.Delta(_alone(left), _alone(right))
        case t.Binder():
            return type(term).over(term.letter, term.range, term.excluded, _plainly(term.scope, theory))  # type: ignore
        case t.Diff():
            return term
    return t.rebuild(term, tuple(_plainly(part, theory) for part in t.children(term))) if t.children(term) else term


def _alone(index: t.Term) -> t.Term:
    match index:
        case t.Affine((t.Index() as only,), (1,), 0):
            return only
    return index


def ends(term: t.Term, place: t.Term | None, theory: Theory) -> Sided:
    """sum(delta(i + 2, k), i) = 1 - delta(k, 1) - delta(k, 2), k being of the same range. So at the other end."""
    binder = _binder(term, t.Sum)
    index, body = t.opened(binder)
    if binder.excluded or not isinstance(body, t.Delta):
        raise KernelError("a sum of a delta over all places is needed")
    match solved(gap(body.left, body.right), index):
        case t.Affine((t.Index() as other,), (1,), offset) if other.range is binder.range and abs(offset) <= MOST_ENDS:
            first = (t.affine((), n) for n in range(1, 1 - offset))
            last = (t.affine(((1, binder.range),), -n) for n in range(offset))
            places = (plain(at, binder.range, theory.sizes) for at in (*first, *last))
            return t.add(t.ONE, *(t.neg(t.Delta(other, at)) for at in places)), NONE
    raise KernelError("the delta does not say how far the index is from another one")


def reverse(term: t.Term, place: t.Term | None, theory: Theory) -> Sided:
    """sum(f[i], i: n) = sum(f[n - i + 1], i: n)."""
    binder = _binder(term)
    index, body = t.opened(binder)
    if binder.excluded:
        raise KernelError("a place is left out")
    turned = t.affine(((1, binder.range), (-1, index)), 1)
    return type(binder)(index, (), _plainly(t.substitute(body, {index: turned}), theory)), NONE


def constant(term: t.Term, place: t.Term | None, theory: Theory) -> Sided:
    """sum(c, i: n) = n*c, prod(c, i: n) = c^n, max(c, i) = c."""
    binder = _binder(term)
    index, body = t.opened(binder)
    if index in t.free_indices(body):
        raise KernelError("the terms are not all the same")
    if isinstance(binder, t.Max | t.Min):
        return body, NONE
    conditions = NONE
    for position, other in enumerate(binder.excluded):
        conditions |= _in_range(other, binder.range, theory) | _apart(other, binder.excluded[:position])
    count = t.add(binder.range, t.neg(t.number(len(binder.excluded)))) if binder.excluded else binder.range
    return (t.mul(count, body) if isinstance(binder, t.Sum) else t.power(body, count)), conditions


def progression(term: t.Term, place: t.Term | None, theory: Theory) -> Sided:
    """sum(i, i: n) = n*(n + 1)/2, sum(q^i, i: n) = (q^(n + 1) - q)/(q - 1) where q is not 1 (DLMF 1.2(ii), by induction)."""
    binder = _binder(term, t.Sum)
    index, body = t.opened(binder)
    one_more = binder.range + t.ONE
    match body:
        case t.Ordinal(i) if i is index and not binder.excluded:
            return binder.range * one_more / t.TWO, NONE
        case t.Pow(q, t.Ordinal(i)) if i is index and not binder.excluded and index not in t.free_indices(q):
            return (t.power(q, one_more) - q) / (q - t.ONE), needs(q, "!=", t.ONE)
    raise KernelError("the sum of an index, or of the powers by one, is needed")


def within(term: t.Term, place: t.Term | None, theory: Theory) -> Sided:
    """c*sum(f[i], i) = sum(c*f[i], i)."""
    if not isinstance(term, t.Mul):
        raise KernelError("a product is needed")
    for position, factor in enumerate(term.factors):
        if isinstance(factor, t.Sum):
            index, body = t.opened(factor)
            return t.Sum(index, factor.excluded, t.mul(*term.factors[:position], body, *term.factors[position + 1 :])), NONE
    raise KernelError("there is no sum in the product")


def apart(term: t.Term, place: t.Term | None, theory: Theory) -> Sided:
    """prod(f[i]*g[i], i) = prod(f[i], i)*prod(g[i], i), so /, ^ and exp; ln(prod(f[i], i)) = sum(ln(f[i]), i), and exp back."""
    match term:
        case t.Prod():
            (index, body), out = t.opened(term), term.excluded
            match body:
                case t.Mul((first, *rest)):
                    return t.mul(t.Prod(index, out, first), t.Prod(index, out, t.mul(*rest))), NONE
                case t.Div(above, below):
                    return t.div(t.Prod(index, out, above), t.Prod(index, out, below)), NONE
                case t.Pow(base, exponent) if index not in t.free_indices(exponent):
                    return t.power(t.Prod(index, out, base), exponent), NONE
                case t.Apply("exp", (inner,)):
                    return t.apply("exp", t.Sum(index, out, inner)), NONE
        case t.Apply("ln", (t.Prod() as product,)):
            index, body = t.opened(product)
            return t.Sum(index, product.excluded, t.apply("ln", body)), NONE
        case t.Apply("exp", (t.Sum() as total,)):
            index, body = t.opened(total)
            return t.Prod(index, total.excluded, t.apply("exp", body)), NONE
    raise KernelError("this product does not come apart")


def outside(term: t.Term, place: t.Term | None, theory: Theory) -> Sided:
    """max(c + f[i], i) = c + max(f[i], i), max(c*f[i], i) = c*max(f[i], i) where c >= 0, max(-f[i], i) = -min(f[i], i)."""
    if not isinstance(term, t.Max | t.Min):
        raise KernelError("a maximum or minimum is needed")
    kind, excluded, (index, body) = type(term), term.excluded, t.opened(term)
    match body:
        case t.Add((first, *rest)) if index not in t.free_indices(first):
            return first + kind(index, excluded, t.add(*rest)), NONE
        case t.Mul((first, *rest)) if index not in t.free_indices(first):
            return first * kind(index, excluded, t.mul(*rest)), needs(first, ">=", t.ZERO)
        case t.Neg(inner):
            return -(t.Min if kind is t.Max else t.Max)(index, excluded, inner), NONE
    raise KernelError("nothing stands before the greatest or the least value")


def delta(term: t.Term, place: t.Term | None, theory: Theory) -> Sided:
    """delta(i, k) = 1 where i is k, 0 where they differ (place 0), if(i = k, 1, 0) (place 1), and delta(k, i) otherwise."""
    if not isinstance(term, t.Delta):
        raise KernelError("a delta is needed")
    left, right = term.left, term.right
    if left is right:
        return t.ONE, NONE
    numbers = isinstance(left, t.Number) and isinstance(right, t.Number) and left.value != right.value
    if numbers or (place is t.ZERO and differ(left, right, theory.sizes)):
        return t.ZERO, NONE
    if not isinstance(left, t.Affine) and not isinstance(right, t.Affine):
        one, other = (left, right) if isinstance(left, t.Index) else (right, left)
        if place is t.ZERO:
            return t.ZERO, needs(one, "!=", other)
        if place is t.ONE:
            return t.If(t.Comparison(one, "=", other), t.ONE, t.ZERO), NONE
    return t.Delta(right, left), NONE


def replace(term: t.Term, place: t.Term | None, theory: Theory) -> Sided:
    """delta(i, k)*f[i] = delta(i, k)*f[k] for the place i, and delta(i + 1, k)*f[i] = delta(i + 1, k)*f[k - 1]."""
    if not isinstance(term, t.Mul):
        raise KernelError("a product is needed")
    for position, factor in enumerate(term.factors):
        if not isinstance(factor, t.Delta) or not isinstance(place, t.Index) or place not in t.free_indices(factor):
            continue
        computed = isinstance(factor.left, t.Affine) or isinstance(factor.right, t.Affine)
        plainly = factor.right if factor.left is place else factor.left
        other = solved(gap(factor.left, factor.right), place) if computed else plainly
        if other is None or other is place or (not isinstance(other, t.Affine) and _in_range(other, place.range, theory)):
            continue
        rest = (*term.factors[:position], *term.factors[position + 1 :])
        return t.mul(factor, *(_plainly(t.substitute(part, {place: other}), theory) for part in rest)), NONE
    raise KernelError("there is no delta of the index")


def entry(term: t.Term, place: t.Term | None, theory: Theory) -> Sided:
    """x[t + 1] = sum(delta(t + 1, i)*x[i], i): what lies beyond the range is 0."""
    if isinstance(term, t.Entry):
        for position, index in enumerate(term.indices):
            if isinstance(index, t.Affine) and term.name in (*theory.unknowns, *theory.definitions):
                running = t.local("i", theory.ranges(term.name)[position])
                at = t.Entry(term.name, (*term.indices[:position], running, *term.indices[position + 1 :]))
                return t.Sum(running, (), t.mul(t.Delta(index, running), at)), NONE
    raise KernelError("an entry at a computed index is needed")


def choose(term: t.Term, place: t.Term | None, theory: Theory) -> Sided:
    """if(c, a, b) = a where c holds (place 1), and b where it does not (place 0)."""
    if not isinstance(term, t.If):
        raise KernelError("a choice is needed")
    if term.then is term.otherwise:
        return term.then, NONE
    claim = term.condition if place is t.ONE else negated(term.condition) if place is t.ZERO else None
    if claim is None:
        raise KernelError("a choice of the branch is needed")
    if is_about_indices(claim) and claim.left is claim.right:
        if claim.relation != "=":
            raise KernelError("that branch is never taken")
        return term.then if place is t.ONE else term.otherwise, NONE
    return (term.then if place is t.ONE else term.otherwise), frozenset((Condition(claim),)) | defined(claim)


def root(term: t.Term, place: t.Term | None, theory: Theory) -> Sided:
    """a^(3/2) = (a^(1/2))^3, (a^(1/2))^2 = a."""
    match term:
        case t.Pow(t.Pow(base, t.Number(inner)), t.Number(outer)) if inner.numerator == 1 and outer == inner.denominator > 1:
            return base, NONE
        case t.Pow(base, t.Number(exponent)) if exponent.denominator > 1 and exponent.numerator != 1:
            return t.Pow(t.Pow(base, t.number(Fraction(1, exponent.denominator))), t.number(exponent.numerator)), NONE
    raise KernelError("a power with a fraction is needed")


_ROWS: tuple[RangeLaw, ...] = (
    *(split, write_out, exchange, collapse, ends, reverse, constant, progression, within, apart),
    *(outside, delta, replace, entry, choose, root),
)
RANGE_LAWS: Mapping[str, RangeLaw] = Table({row.__name__.replace("_", " "): row for row in _ROWS})
"""Each by its name. The kernel believes these and no others."""

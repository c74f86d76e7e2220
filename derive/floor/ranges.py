"""The laws of sums and products over an index, of deltas, and of choices.

    split       sum(f[i], i) = sum(f[i], i != k) + f[k]                      k in the range, and not left out already
    write out   sum(f[i], i: 3) = f[1] + f[2] + f[3]
    exchange    sum(sum(f[i, j], j), i) = sum(sum(f[i, j], i), j)
    collapse    sum(delta(i, k)*f[i], i) = f[k]                              k in the range, and not left out
                sum(delta(t + a, i)*x[t]*c, t) = x[i - a]*c                  what lies beyond the range is 0
    ends        sum(delta(i + 2, k), i) = 1 - delta(k, 1) - delta(k, 2)      k of the same range
    reverse     sum(f[i], i: n) = sum(f[n - i + 1], i: n)
    constant    sum(c, i: n) = n*c, prod(c, i: n) = c^n
    within      c*sum(f[i], i) = sum(c*f[i], i)
    apart       prod(f[i]*g[i], i) = prod(f[i], i)*prod(g[i], i), prod(exp(f[i]), i) = exp(sum(f[i], i)), and ln likewise
    delta       delta(i, k) = delta(k, i), = 1 where i is k, = 0 where they differ, = if(i = k, 1, 0)
    replace     delta(i, k)*f[i] = delta(i, k)*f[k], delta(i + 1, k)*f[i] = delta(i + 1, k)*f[k - 1]
    entry       x[t + 1] = sum(delta(t + 1, i)*x[i], i)                      what lies beyond the range is 0
    choose      if(c, a, b) = a where c holds, and b where it does not
    root        a^(3/2) = (a^(1/2))^3, (a^(1/2))^2 = a

Each function takes the left side and returns the right one with the conditions on which they are equal, wherever both have a
value. It fails with `ValueError` where its law says nothing of the term. An index that stands in for another has its range.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Protocol

from derive.floor.conditions import NONE, Condition, Conditions, is_about_indices, needs, negated
from derive.floor.definedness import defined
from derive.floor.subscripts import differ, gap, inside, plain, solved
from derive.floor.terms import (
    ONE,
    ZERO,
    Affine,
    Apply,
    Binder,
    Comparison,
    Delta,
    Diff,
    Div,
    Entry,
    If,
    Index,
    Local,
    Mul,
    Number,
    Pow,
    Prod,
    Size,
    Sum,
    Term,
    add,
    affine,
    apply,
    children,
    div,
    free_indices,
    instance,
    local,
    mul,
    neg,
    number,
    opened,
    power,
    rebuild,
    substitute,
)
from derive.floor.theory import Signature

MOST_WRITTEN_OUT = 64
MOST_ENDS = 8
"""Places at an end of a range that are told one by one."""

Sided = tuple[Term, Conditions]


class RangeLaw(Protocol):
    """From the left side, and a place where one is needed, to the right side and what must hold."""

    def __call__(self, term: Term, place: Term | None, theory: Signature) -> Sided:
        """Fails with `ValueError` where the law does not speak of the term."""


def _binder(term: Term) -> Binder:
    if not isinstance(term, Binder):
        raise ValueError("a sum or product is needed")
    return term


def _sum(term: Term) -> Sum:
    if not isinstance(term, Sum):
        raise ValueError("a sum is needed")
    return term


def _together(binder: Binder, one: Term, other: Term) -> Term:
    return add(one, other) if isinstance(binder, Sum) else mul(one, other)


def _in_range(place: Term | None, extent: Term, theory: Signature) -> Conditions:
    """What must hold for a place to be one of those from 1 to `extent`."""
    if isinstance(place, Index) and place.range is extent:
        return NONE
    if isinstance(place, Number) and place.value.denominator == 1 and place.value >= 1:
        if isinstance(extent, Number) and place.value <= extent.value:
            return NONE
        if isinstance(extent, Size):
            known = theory.sizes.get(extent.name, 1)
            return NONE if place.value <= known else needs(extent, ">=", place)
    raise ValueError("the place is not in the range")


def _apart(place: Term, others: tuple[Term, ...]) -> Conditions:
    """That a place is none of the others."""
    found = NONE
    for other in others:
        if place is other:
            raise ValueError("the place is left out already")
        if not (isinstance(place, Number) and isinstance(other, Number)):
            found |= needs(place, "!=", other)
    return found


def split(term: Term, place: Term | None, theory: Signature) -> Sided:
    """The sum without a place, and the term there."""
    binder = _binder(term)
    conditions = _in_range(place, binder.range, theory)
    assert place is not None
    conditions |= _apart(place, binder.excluded)
    rest = type(binder).over(binder.letter, binder.range, (*binder.excluded, place), binder.scope)
    return _together(binder, rest, instance(binder, place)), conditions


def write_out(term: Term, place: Term | None, theory: Signature) -> Sided:
    """All terms of a sum over a number."""
    binder = _binder(term)
    if not isinstance(binder.range, Number) or binder.range.value > MOST_WRITTEN_OUT:
        raise ValueError("the range is no small number")
    if not all(isinstance(other, Number) for other in binder.excluded):
        raise ValueError("an index is left out")
    places = (number(n) for n in range(1, int(binder.range.value) + 1))
    terms = [instance(binder, place) for place in places if place not in binder.excluded]
    return (add(*terms) if isinstance(binder, Sum) else mul(*terms)), NONE


def exchange(term: Term, place: Term | None, theory: Signature) -> Sided:
    """Two sums in the other order. An index may be left out for the other one: it is the same pairs either way."""
    outer = _binder(term)
    first, inside = opened(outer)
    if type(inside) is not type(outer):
        raise ValueError("two sums or two products are needed")
    inner = _binder(inside)
    second, body = opened(inner)
    kept = tuple(other for other in inner.excluded if other is not first)
    if any(first in free_indices(other) for other in kept):
        raise ValueError("what is left out is computed from the other index")
    over_first = (*outer.excluded, *((second,) if len(kept) < len(inner.excluded) else ()))
    return type(outer)(second, kept, type(outer)(first, over_first, body)), NONE


def collapse(term: Term, place: Term | None, theory: Signature) -> Sided:
    """A sum with a delta of its index: the term at that place, or 0 where that is left out."""
    binder = _sum(term)
    index, body = opened(binder)
    above, below = (body.numerator, body.denominator) if isinstance(body, Div) else (body, ONE)
    factors = above.factors if isinstance(above, Mul) else (above,)
    for position, factor in enumerate(factors):
        if not isinstance(factor, Delta) or index not in free_indices(factor):
            continue
        other = factor.right if factor.left is index else factor.left
        if index not in (factor.left, factor.right) or isinstance(other, Affine):
            if not binder.excluded:
                others = (*factors[:position], *factors[position + 1 :])
                return _at_computed(factor, index, others, below, theory), NONE
            continue
        if other is index:
            continue
        conditions = _in_range(other, binder.range, theory)
        if other in binder.excluded:
            return ZERO, NONE
        conditions |= _apart(other, binder.excluded)
        rest = div(mul(*factors[:position], *factors[position + 1 :]), below)
        return substitute(rest, {index: other}), conditions
    raise ValueError("there is no delta of the index")


def _at_computed(delta: Delta, index: Local, factors: tuple[Term, ...], below: Term, theory: Signature) -> Term:
    """The factors at the place where a delta of computed indices is 1.

    That place lies in the range, or one of the factors is an entry there, which is 0 beyond the range, or a power of one.
    """
    place = solved(gap(delta.left, delta.right), index)
    if place is None or index in free_indices(place):
        raise ValueError("the delta does not say what the index is")
    if not inside(place, index.range, theory.sizes) and not any(_is_0_beyond(factor, index, theory) for factor in factors):
        raise ValueError("nothing is 0 where the index lies beyond its range")
    found = div(mul(*(substitute(factor, {index: place}) for factor in factors)), substitute(below, {index: place}))
    return _plainly(found, theory)


def _is_0_beyond(factor: Term, index: Index, theory: Signature) -> bool:
    """Whether a factor is 0 where the index lies beyond its range: x[i], x[i]^2."""
    match factor:
        case Entry(name, indices) if name in theory.unknowns or name in theory.definitions:
            return any(at is index and e is index.range for at, e in zip(indices, theory.ranges(name), strict=True))
        case Pow(Entry() as base, Number(exponent)):
            return exponent.denominator == 1 and exponent > 0 and _is_0_beyond(base, index, theory)
    return False


def _plainly(term: Term, theory: Signature) -> Term:
    """The term with a computed index that is but an index of the range, or a number in it, as such."""
    match term:
        case Entry(name, indices) if name in theory.unknowns or name in theory.definitions:
            pairs = zip(indices, theory.ranges(name), strict=True)
            return Entry(name, tuple(plain(i, e, theory.sizes) if isinstance(i, Affine) else i for i, e in pairs))
        case Delta(left, right):
            return Delta(_alone(left), _alone(right))
        case Binder():
            return type(term).over(term.letter, term.range, term.excluded, _plainly(term.scope, theory))  # type: ignore
        case Diff():
            return term
    return rebuild(term, tuple(_plainly(part, theory) for part in children(term))) if children(term) else term


def _alone(index: Term) -> Term:
    match index:
        case Affine((Index() as only,), (1,), 0):
            return only
    return index


def ends(term: Term, place: Term | None, theory: Signature) -> Sided:
    """How often i + 2 is an index k of the same range: once, but where k is one of the first two. So at the other end."""
    binder = _sum(term)
    index, body = opened(binder)
    if binder.excluded or not isinstance(body, Delta):
        raise ValueError("a sum of a delta over all places is needed")
    match solved(gap(body.left, body.right), index):
        case Affine((Index() as other,), (1,), offset) if other.range is binder.range and abs(offset) <= MOST_ENDS:
            first = (affine((), n) for n in range(1, 1 - offset))
            last = (affine(((1, binder.range),), -n) for n in range(offset))
            places = (plain(at, binder.range, theory.sizes) for at in (*first, *last))
            return add(ONE, *(neg(Delta(other, at)) for at in places)), NONE
    raise ValueError("the delta does not say how far the index is from another one")


def reverse(term: Term, place: Term | None, theory: Signature) -> Sided:
    """The same terms from the last to the first."""
    binder = _binder(term)
    index, body = opened(binder)
    if binder.excluded or not isinstance(binder.range, Size | Number):
        raise ValueError("a place is left out")
    turned = affine(((1, binder.range), (-1, index)), 1)
    return type(binder)(index, (), _plainly(substitute(body, {index: turned}), theory)), NONE


def constant(term: Term, place: Term | None, theory: Signature) -> Sided:
    """A sum of one and the same value: how often it is taken, times the value; a product: the power."""
    binder = _binder(term)
    index, body = opened(binder)
    if index in free_indices(body):
        raise ValueError("the terms are not all the same")
    conditions = NONE
    for position, other in enumerate(binder.excluded):
        conditions |= _in_range(other, binder.range, theory) | _apart(other, binder.excluded[:position])
    count = add(binder.range, neg(number(len(binder.excluded)))) if binder.excluded else binder.range
    return (mul(count, body) if isinstance(binder, Sum) else power(body, count)), conditions


def within(term: Term, place: Term | None, theory: Signature) -> Sided:
    """A product with a sum: the other factors in each of the terms."""
    if not isinstance(term, Mul):
        raise ValueError("a product is needed")
    for position, factor in enumerate(term.factors):
        if isinstance(factor, Sum):
            index, body = opened(factor)
            return Sum(index, factor.excluded, mul(*term.factors[:position], body, *term.factors[position + 1 :])), NONE
    raise ValueError("there is no sum in the product")


def apart(term: Term, place: Term | None, theory: Signature) -> Sided:
    """A product of products, quotients, powers or exponentials; the logarithm of a product, the exponential of a sum."""
    match term:
        case Prod():
            index, body = opened(term)
            match body:
                case Mul((first, *rest)):
                    return mul(_over(term, index, first), _over(term, index, mul(*rest))), NONE
                case Div(above, below):
                    return div(_over(term, index, above), _over(term, index, below)), NONE
                case Pow(base, exponent) if index not in free_indices(exponent):
                    return power(_over(term, index, base), exponent), NONE
                case Apply("exp", (inner,)):
                    return apply("exp", Sum(index, term.excluded, inner)), NONE
        case Apply("ln", (Prod() as product,)):
            index, body = opened(product)
            return Sum(index, product.excluded, apply("ln", body)), NONE
        case Apply("exp", (Sum() as total,)):
            index, body = opened(total)
            return Prod(index, total.excluded, apply("exp", body)), NONE
    raise ValueError("this product does not come apart")


def _over(product: Prod, index: Local, body: Term) -> Term:
    return Prod(index, product.excluded, body)


def delta(term: Term, place: Term | None, theory: Signature) -> Sided:
    """What a delta is: 1 of equal indices, 0 of different ones. Without a place it turns around where neither is known."""
    match term:
        case Delta(left, right) if left is right:
            return ONE, NONE
        case Delta(Number(), Number()):
            return ZERO, NONE
        case Delta(left, right) if place is ZERO and _never_alike(left, right, theory):
            return ZERO, NONE
        case Delta(left, right) if place is ZERO and isinstance(left, Index) and isinstance(right, Index | Number):
            return ZERO, needs(left, "!=", right)
        case Delta(left, right) if place is ZERO and isinstance(left, Number) and isinstance(right, Index):
            return ZERO, needs(right, "!=", left)
        case Delta(Index() as left, Index() | Number() as right) if place is ONE:
            return If(Comparison(left, "=", right), ONE, ZERO), NONE
        case Delta(left, right):
            return Delta(right, left), NONE
    raise ValueError("a delta is needed")


def _never_alike(left: Term, right: Term, theory: Signature) -> bool:
    """Whether two indices, one of them computed, differ whatever values their parts have."""
    return (isinstance(left, Affine) or isinstance(right, Affine)) and differ(left, right, theory.sizes)


def replace(term: Term, place: Term | None, theory: Signature) -> Sided:
    """A product with a delta of the index `place`: the other one in its place, in all other factors."""
    if not isinstance(term, Mul):
        raise ValueError("a product is needed")
    for position, factor in enumerate(term.factors):
        if not isinstance(factor, Delta) or not isinstance(place, Index) or place not in free_indices(factor):
            continue
        other = _equal_to(place, factor)
        if other is None or other is place or (not isinstance(other, Affine) and _in_range(other, place.range, theory)):
            continue
        rest = (*term.factors[:position], *term.factors[position + 1 :])
        return mul(factor, *(_plainly(substitute(part, {place: other}), theory) for part in rest)), NONE
    raise ValueError("there is no delta of the index")


def _equal_to(index: Index, delta: Delta) -> Term | None:
    """What an index is equal to where the delta is 1."""
    if isinstance(delta.left, Affine) or isinstance(delta.right, Affine):
        return solved(gap(delta.left, delta.right), index)
    return delta.right if delta.left is index else delta.left


def entry(term: Term, place: Term | None, theory: Signature) -> Sided:
    """An entry at a computed index, as a sum over all places."""
    if isinstance(term, Entry):
        for position, index in enumerate(term.indices):
            if isinstance(index, Affine) and term.name in (*theory.unknowns, *theory.definitions):
                running = local("i", theory.ranges(term.name)[position])
                at = Entry(term.name, (*term.indices[:position], running, *term.indices[position + 1 :]))
                return Sum(running, (), mul(Delta(index, running), at)), NONE
    raise ValueError("an entry at a computed index is needed")


def choose(term: Term, place: Term | None, theory: Signature) -> Sided:
    """The branch that is taken: the first where the condition holds (place 1), the other where it does not (place 0)."""
    if not isinstance(term, If):
        raise ValueError("a choice is needed")
    if alike := term.then if term.then is term.otherwise else None:
        return alike, NONE
    claim = term.condition if place is ONE else negated(term.condition) if place is ZERO else None
    if claim is None:
        raise ValueError("a choice of the branch is needed")
    if is_about_indices(claim) and claim.left is claim.right:
        if claim.relation != "=":
            raise ValueError("that branch is never taken")
        return term.then if place is ONE else term.otherwise, NONE
    return (term.then if place is ONE else term.otherwise), frozenset((Condition(claim),)) | defined(claim)


def root(term: Term, place: Term | None, theory: Signature) -> Sided:
    """A fraction as exponent by the root alone, and the root to its own power."""
    match term:
        case Pow(Pow(base, Number(inner)), Number(outer)) if inner.numerator == 1 and outer == inner.denominator > 1:
            return base, NONE
        case Pow(base, Number(exponent)) if exponent.denominator > 1 and exponent.numerator != 1:
            return Pow(Pow(base, number(Fraction(1, exponent.denominator))), number(exponent.numerator)), NONE
    raise ValueError("a power with a fraction is needed")


RANGE_LAWS: Mapping[str, RangeLaw] = MappingProxyType(
    {
        "split": split,
        "write out": write_out,
        "exchange": exchange,
        "collapse": collapse,
        "ends": ends,
        "reverse": reverse,
        "constant": constant,
        "within": within,
        "apart": apart,
        "delta": delta,
        "replace": replace,
        "entry": entry,
        "choose": choose,
        "root": root,
    }
)
"""Each by its name. The kernel believes these and no others."""

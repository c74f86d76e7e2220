"""Rearrangement: what a step may do without naming a rule for it.

`arranged(term)` is a key that two terms share when they differ by commutativity, associativity, signs, arithmetic of numbers,
numbers moved in and out of sums, the order of two sums, a/b written as a*b^-1, the names of bound indices, or the
symmetry of delta, and by nothing else: x*(y + z) is not x*y + x*z, and x/x is not 1. Nothing here is trusted: a step that is
accepted for its arrangement is proved by the normal form all the same.

A key is a linear combination: a frozen set of (product, coefficient), a product being a frozen set of (atom, exponent), with
positive and negative exponents of an atom kept apart. Keys are numbered as they are met, and stand in one another by their
numbers, since what is used twice would double them.
"""

from __future__ import annotations

import itertools
from fractions import Fraction
from typing import Any

from derive.engine.remembered import remembered, when_forgotten
from derive.floor import terms as t
from derive.floor.subscripts import gap
from derive.limits import spend

Product = frozenset[tuple[tuple[int, int], Fraction]]  # an atom by its number, and a sign
Linear = dict[Product, Fraction]
UNIT: Product = frozenset()
MOST_EXCHANGED = 3  # sums in a row whose order is free


_numbers: dict[Any, int] = {}
_unused = itertools.count()
when_forgotten(_numbers.clear)


@remembered
def arranged(term: t.Term) -> int:
    """The key of a term up to rearrangement."""
    return _key(_linear(t.canonical(term)))


def same(left: t.Term, right: t.Term) -> bool:
    """Whether the two terms differ by rearrangement only."""
    return left is right or arranged(left) == arranged(right)


@remembered
def gathered(term: t.Term) -> t.Term:
    """`term` with the factors of every sum inside it, the inverse of factoring: sums in a row can then be exchanged."""
    if isinstance(term, t.Diff) or not t.children(term):
        return term
    term = t.rebuild(term, tuple(part if isinstance(part, t.Subscript) else gathered(part) for part in t.children(term)))
    match term:
        case t.Mul(factors):
            for position, factor in enumerate(factors):
                if isinstance(factor, t.Sum):
                    index, body = t.opened(factor)
                    inside = t.Mul((*factors[:position], body, *factors[position + 1 :]))
                    return t.Sum(index, factor.excluded, gathered(inside))
        case t.Div(t.Sum() as total, denominator):
            index, body = t.opened(total)
            return t.Sum(index, total.excluded, gathered(t.Div(body, denominator)))
    return term


def _key(linear: Linear) -> int:
    spend(len(linear))
    return _number(frozenset(linear.items()))


def _number(key: Any) -> int:
    """The number of a key; one that was used is never given to another."""
    found = _numbers.get(key)
    return _numbers.setdefault(key, next(_unused)) if found is None else found


@remembered
def _linear(term: t.Term) -> Linear:
    """A term as a linear combination, which nobody changes."""
    match term:
        case t.Number(value):
            return {UNIT: value} if value else {}
        case t.Add(terms):
            total: Linear = {}
            for part in terms:
                spend()
                for product, coefficient in _linear(part).items():
                    value = total.get(product, Fraction(0)) + coefficient
                    if value:
                        total[product] = value
                    else:
                        del total[product]
            return total
        case t.Neg(inner):
            return _scaled(_linear(inner), Fraction(-1))
        case t.Mul(factors):
            result: Linear = {UNIT: Fraction(1)}
            for factor in factors:
                result = _times(result, _linear(factor))
            return result
        case t.Div(numerator, denominator):
            return _times(_linear(numerator), _raised(_linear(denominator), Fraction(-1)))
        case t.Pow(base, t.Number(exponent)):
            return _raised(_linear(base), exponent)
        case t.Pow(base, exponent):
            return _atom(("power", _key(_linear(base)), _key(_linear(exponent))))
        case t.Apply("sqrt", (inner,)):
            return _raised(_linear(inner), Fraction(1, 2))
        case t.Apply(name, arguments) | t.Call(name, arguments):
            return _atom((type(term).__name__, name, *(_key(_linear(a)) for a in arguments)))
        case t.Delta(left, right) if isinstance(left, t.Affine) or isinstance(right, t.Affine):
            return _atom(("delta", frozenset((_place(gap(left, right)), _place(gap(right, left))))))
        case t.Delta(left, right):
            return _atom(("delta", frozenset((left, right))))
        case t.Entry(name, indices) if any(isinstance(index, t.Affine) for index in indices):
            return _atom(("entry", name, *map(_place, indices)))
        case t.If(condition, then, otherwise):
            if condition.relation == "!=":
                condition = t.Comparison(condition.left, "=", condition.right)
                then, otherwise = otherwise, then
            pair: Any = (condition.left, condition.right)
            if condition.relation == "=":
                pair = frozenset(pair)
            return _atom(("if", condition.relation, pair, _key(_linear(then)), _key(_linear(otherwise))))
        case t.Diff(body, by):
            return _atom(("diff", _key(_linear(body)), by))
    if isinstance(term, t.Sum) and isinstance(term.index.range, t.Number) and term.index.range.value <= 8:
        # A sum over a number of terms is those terms.
        values = [t.number(v) for v in range(1, int(term.index.range.value) + 1)]
        if all(isinstance(e, t.Number) for e in term.excluded):
            return _linear(t.add(*(t.substitute(term.body, {term.index: v}) for v in values if v not in term.excluded)))
    if isinstance(term, t.Sum) and isinstance(term.body, t.Sum) and not term.excluded and not term.body.excluded:
        return _nested(term)
    if isinstance(term, t.Binder):
        inside, content = _primitive(_linear(term.body))
        bound = (type(term).__name__, term.index, frozenset(term.excluded))
        if not isinstance(term, t.Sum):
            return _atom((*bound, _key(_scaled(inside, content))))
        return _scaled(_atom((*bound, _key(inside))), content) if inside else {}
    return _atom(term)


def _place(index: t.Term) -> Any:
    """A computed index, whatever the order of its parts."""
    if isinstance(index, t.Affine):
        return "affine", frozenset(zip(index.parts, index.factors, strict=True)), index.offset
    return index


def _nested(term: t.Sum) -> Linear:
    """Sums over several indices, in whichever order they stand."""
    bound: list[t.Index] = []
    body: t.Term = term
    while isinstance(body, t.Sum) and not body.excluded and len(bound) < MOST_EXCHANGED:
        bound.append(body.index)
        body = body.body
    found = []
    for order in itertools.permutations(bound):
        names: dict[t.Term, t.Term] = {old: t.Index(new.name, old.range) for old, new in zip(order, bound, strict=True)}
        renamed = t.substitute(body, names)
        inside, content = _primitive(_linear(renamed))
        found.append((_key(inside), repr([names[i] for i in order]), order, names, inside, content))
    *_, order, names, inside, content = min(found, key=lambda each: each[:2])
    if not inside:
        return {}
    return _scaled(_atom(("Sum", tuple(names[i] for i in order), _key(inside))), content)


def _atom(key: Any) -> Linear:
    return {frozenset((((_number(key), 1), Fraction(1)),)): Fraction(1)}


def _scaled(linear: Linear, factor: Fraction) -> Linear:
    return {product: coefficient * factor for product, coefficient in linear.items()} if factor else {}


def _primitive(linear: Linear) -> tuple[Linear, Fraction]:
    """The combination divided by a number that rearrangement cannot change: the coefficient of its least product."""
    if not linear:
        return linear, Fraction(1)
    lead = min(linear, key=_rank)
    number = linear[lead]
    return _scaled(linear, 1 / number), number


def _rank(product: Product) -> tuple[int, list[tuple[tuple[int, int], Fraction]]]:
    # The order itself is of no importance, but it must be the same for equal products.
    return len(product), sorted(product)


def _times(left: Linear, right: Linear) -> Linear:
    if not left or not right:
        return {}
    if set(left) == {UNIT}:
        return _scaled(right, left[UNIT])
    if set(right) == {UNIT}:
        return _scaled(left, right[UNIT])
    (product, coefficient), (other, factor) = _one(left), _one(right)
    spend(2 * (len(product) + len(other)))
    powers = dict(product)
    for part, exponent in other:
        powers[part] = powers.get(part, Fraction(0)) + exponent
    return {frozenset(powers.items()): coefficient * factor}


def _one(linear: Linear) -> tuple[Product, Fraction]:
    """A combination as one product: in parentheses, if it has several terms."""
    if len(linear) == 1:
        return next(iter(linear.items()))
    body, number = _primitive(linear)
    ((product, _),) = _atom(_key(body)).items()
    return product, number


def _raised(linear: Linear, exponent: Fraction) -> Linear:
    if exponent == 1:
        return linear
    if exponent == 0:
        return {UNIT: Fraction(1)}
    if not linear:
        return {} if exponent > 0 else _atom("1/0")
    if exponent.denominator != 1:
        # A root is a thing of its own: that its square is what stands under it is a matter of roots, and not of order.
        whole = _number(("power", _key(linear), abs(exponent)))
        return {frozenset((((whole, 1 if exponent > 0 else -1), Fraction(1)),)): Fraction(1)}
    product, number = _one(linear)
    if abs(exponent) > 64:
        return _atom(("power", _key(linear), exponent))
    flipped = frozenset(((key, sign if exponent > 0 else -sign), power * abs(exponent)) for (key, sign), power in product)
    return {flipped: number ** int(exponent)}

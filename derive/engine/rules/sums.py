"""The rules of finite sums and products, fractions and choices. None of them is trusted: the kernel checks each use.

Each goes one way, from the compact to the spread out, as far as it goes; a step that goes the other way is checked by bringing
both of its sides there.
"""

from __future__ import annotations

from fractions import Fraction

from derive.engine.arrange import same
from derive.engine.matching import match
from derive.engine.rules.by_laws import LETTERS, RuleOfLaws, filled
from derive.engine.rules.rule import Rule, plain
from derive.engine.scope import Rewritten, Scope
from derive.floor import ranges
from derive.floor.conditions import is_about_indices
from derive.floor.errors import LimitError
from derive.floor.laws import LAWS
from derive.floor.subscripts import gap, solved
from derive.floor.terms import (
    MINUS_ONE,
    ONE,
    ZERO,
    Add,
    Affine,
    Apply,
    Binder,
    Comparison,
    Delta,
    Div,
    If,
    Index,
    Mul,
    Neg,
    Number,
    Pow,
    Prod,
    Sum,
    Term,
    add,
    div,
    free_indices,
    mul,
    neg,
    number,
    power,
    substitute,
)


def cases(term: Term, scope: Scope) -> Rewritten | None:
    """delta and if by the relation in which their indices stand, or what is known of the values; max, min and abs likewise."""
    match term:
        case Delta(left, right):
            return plain(_decided(left, right, scope, ONE, ZERO))
        case If(condition, then, otherwise) if is_about_indices(condition):
            if condition.relation == "!=":
                then, otherwise = otherwise, then
            return plain(_decided(condition.left, condition.right, scope, then, otherwise))
        case If(condition, then, otherwise):
            known = holds(condition, scope)
            return None if known is None else plain(then if known else otherwise)
        case Apply("max" | "min" | "abs"):
            return plain(_chosen(term, scope))
    return None


def _chosen(term: Term, scope: Scope) -> Term | None:
    """What the first law says of the term of which that holds which the law asks for."""
    for law in CHOICES:
        values = match(law.left, term, LETTERS)
        if values is not None and all(holds(filled(claim, values), scope) for claim in law.given):
            return filled(law.right, values)
    return None


CHOICES = tuple(law for law in LAWS if law.given)


def holds(claim: Comparison, scope: Scope) -> bool | None:
    """Whether a relation of values holds by what is known; None where that does not tell."""
    from derive.engine.normal import Normalizer, Undefined  # whoever only names rules does without it

    normalizer = Normalizer(scope.known)
    try:
        value = normalizer.normal(If(claim, ONE, ZERO)).constant()
    except (Undefined, LimitError):
        return None
    return None if value is None else bool(value)


def _decided(left: Term, right: Term, scope: Scope, then: Term, otherwise: Term) -> Term | None:
    if left is right:
        return then
    return otherwise if scope.apart(left, right) else None


def split(term: Term, scope: Scope) -> Rewritten | None:
    """At the first place that can be, of those that the author has in mind."""
    if not isinstance(term, Binder):
        return None
    for place in scope.splits:
        if place is not term.index and all(scope.apart(place, other) for other in term.excluded):
            try:
                return plain(ranges.split(term, place, scope.signature)[0])
            except ValueError:
                continue
    return None


def factor(term: Term, scope: Scope) -> Rewritten | None:
    """What does not depend on the index comes out of a sum; out of a product of n factors its power n."""
    match term:
        case Sum(index, excluded, Neg(body)):
            return plain(neg(Sum(index, excluded, body)))
        case Sum(index, excluded, body) | Prod(index, excluded, body):
            above, below = factors(body)
            outside, under = ([f for f in side if index not in free_indices(f)] for side in (above, below))
            if not outside and not under:
                return None
            inside, rest = ([f for f in side if index in free_indices(f)] for side in (above, below))
            body = div(mul(*inside), mul(*rest))
            if isinstance(term, Prod):
                count = add(index.range, *(MINUS_ONE for _ in excluded))
                outside, under = ([power(f, count) for f in side] for side in (outside, under))
            left = ONE if isinstance(term, Prod) and body is ONE else type(term)(index, excluded, body)
            return plain(div(mul(*outside, left), mul(*under)))
    return None


def factors(term: Term) -> tuple[list[Term], list[Term]]:
    """The factors above and below the fraction bar of a product, ones left out; a sign is the factor -1."""
    match term:
        case Mul(parts):
            above: list[Term] = []
            below: list[Term] = []
            for part in parts:
                a, b = factors(part)
                above += a
                below += b
            return above, below
        case Div(numerator, denominator):
            a, b = factors(numerator)
            c, d = factors(denominator)
            return a + d, b + c
        case Neg(inner):
            a, b = factors(inner)
            return [number(-1), *a], b
        case Pow(base, Number(exponent)) if exponent < 0:
            return [], [power(base, number(-exponent))]
    return ([] if term is ONE else [term]), []


def distribute(term: Term, scope: Scope) -> Rewritten | None:
    """A product of sums is multiplied out; a sum of sums is the sums of their terms, a product of products theirs."""
    match term:
        case Neg(Add(terms)):
            return plain(add(*map(neg, terms)))
        case Sum(index, excluded, Add(terms)):
            return plain(add(*(Sum(index, excluded, t) for t in terms)))
        case Sum(index, excluded, Neg(inner)):
            return plain(neg(Sum(index, excluded, inner)))
        case Prod(index, excluded, Mul(parts)):
            return plain(mul(*(Prod(index, excluded, part) for part in parts)))
        case Prod(index, excluded, Div(numerator, denominator)):
            top = ONE if numerator is ONE else Prod(index, excluded, numerator)
            return plain(div(top, Prod(index, excluded, denominator)))
        case Prod(index, excluded, Pow(base, exponent)) if index not in free_indices(exponent):
            return plain(Pow(Prod(index, excluded, base), exponent))
        case Div(Add(terms), denominator):
            return plain(add(*(neg(div(t.term, denominator)) if isinstance(t, Neg) else div(t, denominator) for t in terms)))
        case Div(Neg(Add(terms)), denominator):
            return plain(add(*(neg(div(t, denominator)) for t in terms)))
        case Div(Mul(parts), denominator) if any(isinstance(p, Add) for p in parts):
            multiplied = distribute(Mul(parts), scope)
            return None if multiplied is None else plain(div(multiplied[0], denominator))
        case Mul(parts):
            for position, part in enumerate(parts):
                if isinstance(part, Add):
                    others = (*parts[:position], *parts[position + 1 :])
                    return plain(add(*(_placed(others, position, t) for t in part.terms)))
                if isinstance(part, Div) and isinstance(part.numerator, Add | Mul):
                    spread = distribute(part, scope)
                    if spread is not None:
                        return plain(mul(*parts[:position], spread[0], *parts[position + 1 :]))
        case Pow(Add() as base, Number(exponent)) if exponent.denominator == 1 and 2 <= exponent <= 6:
            lower = base if exponent == 2 else Pow(base, number(exponent - 1))
            return plain(Mul((lower, base)))
        case Pow(Mul(parts), Number(exponent)) if exponent.denominator == 1:
            return plain(mul(*(power(p, number(exponent)) for p in parts)))
        case Pow(Div(numerator, denominator), Number(exponent)) if exponent.denominator == 1 and exponent > 0:
            return plain(div(power(numerator, number(exponent)), power(denominator, number(exponent))))
    return None


def _placed(others: tuple[Term, ...], position: int, term: Term) -> Term:
    if isinstance(term, Neg):
        return neg(mul(*others[:position], term.term, *others[position:]))
    return mul(*others[:position], term, *others[position:])


def collapse(term: Term, scope: Scope) -> Rewritten | None:
    """A delta puts a place for the index; what does not depend on the index is taken as often as there are places."""
    match term:
        case Sum(index, (), body):
            above, below = factors(body)
            for position, part in enumerate(above):
                other = _singled_out(part, index)
                if other is not None:
                    whole = div(mul(*above[:position], *above[position + 1 :]), mul(*below))
                    try:
                        return plain(substitute(whole, {index: other}))
                    except ValueError:
                        return None
            if index not in free_indices(body):
                return plain(mul(index.range, body))
        case Prod(index, (), body) if index not in free_indices(body):
            return plain(power(body, index.range))
    return None


def _singled_out(part: Term, index: Index) -> Term | None:
    """The index that a delta puts in the place of a bound one: i - t + 1 for a in delta(t + a - 1, i)."""
    if not isinstance(part, Delta) or part.left is part.right:
        return None
    if isinstance(part.left, Affine) or isinstance(part.right, Affine):
        return solved(gap(part.left, part.right), index)
    other = part.right if part.left is index else part.left if part.right is index else None
    within = isinstance(other, Number) or (isinstance(other, Index) and other.range is index.range)
    return other if within else None


def cancel(term: Term, scope: Scope) -> Rewritten | None:
    """One factor above and below a fraction bar, by the lower of its exponents; one term and its opposite."""
    if isinstance(term, Add):
        left = list(term.terms)
        for part in term.terms:
            here, there = _same(part, left), _same(neg(part), left)
            if here is not None and there is not None and here is not there:
                left.remove(here)
                left.remove(there)
        return plain(add(*left)) if len(left) < len(term.terms) else None
    if not isinstance(term, Mul | Div):
        return None
    above, below = factors(term)
    for position, part in enumerate(above):
        base, exponent = _base(part)
        match = next((f for f in below if same(_base(f)[0], base)), None)
        if match is None or isinstance(base, Number):
            continue
        difference = exponent - _base(match)[1]
        del above[position]
        below.remove(match)
        if difference > 0:
            above.insert(position, power(base, number(difference)))
        elif difference < 0:
            below.append(power(base, number(-difference)))
        return plain(div(mul(*above), mul(*below)))
    return None


def _same(term: Term, others: list[Term]) -> Term | None:
    """The first of `others` that is `term` up to rearrangement."""
    return next((other for other in others if same(term, other)), None)


def _base(term: Term) -> tuple[Term, Fraction]:
    match term:
        case Pow(base, Number(exponent)):
            return base, exponent
    return term, Fraction(1)


SOURCE = "Graham, Knuth, Patashnik, Concrete Mathematics, section 2.3"
_ARRAYS = "size H variable Z[H], y[H], a, b, c"

RULES = (
    RuleOfLaws("cases", "Cases", "delta(i, i) = 1", SOURCE, cases, declares="size H index i: H", family="sums", laws=CHOICES,
               says=("delta(i, i) = 1", "delta(i, k) = 0 where i != k", "if(u > v, f, g) = f where u > v")),
    Rule("split", "Splitting a sum or product",
         "sum(f[i], i) = sum(f[i], i != k) + f[k], prod(f[i], i) = prod(f[i], i != k)*f[k]",
         "sum(Z[i], i) = sum(Z[i], i != k) + Z[k]", SOURCE, split, declares=_ARRAYS, family="sums"),
    Rule("factor", "Factoring", "sum(c*f[i], i) = c*sum(f[i], i), prod(c*f[i], i: n) = c^n*prod(f[i], i)",
         "sum(a*Z[i], i) = a*sum(Z[i], i)", SOURCE, factor,
         given=("c does not depend on i",), fails_for="c = f[i]", declares=_ARRAYS, family="sums"),
    Rule("distribute", "Multiplying out",
         "(a + b)*c = a*c + b*c, sum(f[i] + g[i], i) = sum(f[i], i) + sum(g[i], i), "
         "prod(f[i]*g[i], i) = prod(f[i], i)*prod(g[i], i)",
         "(a + b)*c = a*c + b*c", SOURCE, distribute, declares=_ARRAYS, family="sums"),
    Rule("collapse", "Sum with a delta", "sum(f[i]*delta(i, k), i) = f[k], sum(c, i: H) = H*c, prod(c, i: H) = c^H",
         "sum(Z[i]*delta(i, k), i) = Z[k]", SOURCE, collapse, given=("k in the range of i",),
         fails_for="k excluded from the sum", declares=_ARRAYS, family="sums"),
    Rule("cancel", "Cancelling", "a*c/(b*c) = a/b, a - a = 0", "a*c/(b*c) = a/b", "a field has no zero divisors", cancel,
         given=("b != 0", "c != 0"), fails_for="c = 0", declares=_ARRAYS, family="sums"),
)  # fmt: skip
"""The rules of sums, fractions and choices; `algebra` is all of them together."""

"""A parenthesis that is missing, or takes in too much.

    a*b + a*c = a*b + c         a*(b + c)
    a - (b + c) = a - b + c     a - (b + c)
    (2*x)^2 = 2*x^2             (2*x)^2
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from derive.diagnosis.line import Line
from derive.diagnosis.places import Candidate
from derive.engine.writing import minus, unsigned
from derive.floor.terms import ZERO, Add, Apply, Diff, Div, Mul, Neg, Pow, Sum, Term, add, free_indices, mul, rational, subterms


def parenthesis(line: Line) -> Iterator[Candidate]:
    """A missing parenthesis, or one too many."""
    # a - b + c for a - (b + c) is a sign as well; it is a parenthesis where there was one.
    signs = any(_signed_whole(term) for term in subterms(line.left))
    for place in line.places:
        for change in _regrouped(place.term, signs):
            yield line.at(place, change)


def _signed_whole(term: Term) -> bool:
    """Whether a sign stands at a whole in parentheses, as in -(a + b), -sum(a + b, i) and (-a)^2."""
    if isinstance(term, Pow):
        return unsigned(term.base) is not None
    inside = term.term if isinstance(term, Neg) else ZERO
    while isinstance(inside, Sum | Diff):
        inside = inside.body
    return isinstance(inside, Add)


def _regrouped(term: Term, signs: bool) -> Iterator[Term]:
    match term:
        case Add(terms):
            yield from _grouped(terms, signs)
        case Neg(Add((first, *rest))) if signs:
            yield Add((minus(first), *rest))
        case Neg(Pow(base, exponent)) if signs:
            yield Pow(Neg(base), exponent)
        case Mul((*before, Div(numerator, denominator), last)) if rational(denominator) is None:
            yield mul(*before, Div(numerator, mul(denominator, last)))
        case Mul((*before, Add((first, *rest)))):
            yield Add((mul(*before, first), *rest))
        case Mul((Add((*rest, last)), *after)):
            yield Add((*rest, mul(last, *after)))
    match term:
        case Div(Add((*rest, last)), denominator):
            yield Add((*rest, Div(last, denominator)))
        case Div(numerator, Add((first, *rest))):
            yield Add((Div(numerator, first), *rest))
        case Div(numerator, Mul((first, *rest))):
            yield mul(Div(numerator, first), *rest)
        case Div(Div(a, b), c):
            yield Div(a, Div(b, c))
        case Mul((*before, Pow(base, exponent))) if before and not isinstance(before[0], Neg):
            yield Pow(mul(*before, base), exponent)
        case Pow(Mul((*before, last)), exponent):
            yield mul(*before, Pow(last, exponent))
        case Pow(Add((*rest, last)), exponent):
            yield Add((*rest, Pow(last, exponent)))
    match term:
        case Mul((*before, Apply() as function, last)):
            yield mul(*before, _of(function, lambda body: mul(body, last)))
        case Apply(_, (Mul((*before, last)),)):
            yield mul(_of(term, lambda _: mul(*before)), last)
    if isinstance(term, Sum | Diff | Apply):
        body = term.body if not isinstance(term, Apply) else term.arguments[0] if len(term.arguments) == 1 else ZERO
        if isinstance(body, Add):
            *most, last = body.terms
            # What depends on the bound index cannot leave its sum.
            if not isinstance(term, Sum) or term.index not in free_indices(last):
                yield Add((_of(term, lambda _: add(*most)), last))


def _grouped(terms: tuple[Term, ...], signs: bool) -> Iterator[Term]:
    """The ways in which one term of a sum can take its neighbours into a parenthesis."""
    for position, here in enumerate(terms):
        bare = unsigned(here)
        for end in range(position + 2, len(terms) + 1):
            before, following, after = terms[:position], terms[position + 1 : end], terms[end:]
            if bare is not None and signs:
                yield add(*before, Neg(Add((bare, *following))), *after)
            for wider in _widened(here, following):
                yield add(*before, wider, *after)
        for begin in range(position - 1, -1, -1):
            before, preceding, after = terms[:begin], terms[begin:position], terms[position + 1 :]
            for wider in _widened_left(here, preceding):
                yield add(*before, wider, *after)


def _widened(term: Term, more: tuple[Term, ...]) -> Iterator[Term]:
    """The term with what follows it taken into its last part: a*b + c as a*(b + c)."""
    match term:
        case Neg(inner):
            yield from (Neg(wider) for wider in _widened(inner, more))
        case Mul((*before, last)):
            yield Mul((*before, add(last, *more)))
            yield from (mul(*before, wider) for wider in _widened(last, more))
        case Div(numerator, denominator):
            yield Div(numerator, add(denominator, *more))
        case Pow(base, exponent):
            yield Pow(base, add(exponent, *more))
        case Sum() | Diff():
            yield _of(term, lambda body: add(body, *more))
        case Apply(_, (_,)):
            yield _of(term, lambda body: add(body, *more))


def _widened_left(term: Term, more: tuple[Term, ...]) -> Iterator[Term]:
    """The term with what precedes it taken into its first part: a + b*c as (a + b)*c, a - b^2 as (a - b)^2."""
    sign, bare = (Neg, term.term) if isinstance(term, Neg) else ((lambda t: t), term)
    match bare:
        case Mul((first, *after)):
            yield Mul((add(*more, sign(first)), *after))
        case Div(Mul((first, *after)), denominator):
            yield Div(add(*more, sign(bare.numerator)), denominator)
            yield Div(Mul((add(*more, sign(first)), *after)), denominator)
        case Div(numerator, denominator):
            yield Div(add(*more, sign(numerator)), denominator)
        case Pow(base, exponent):
            yield Pow(add(*more, sign(base)), exponent)


def _of(term: Term, change: Callable[[Term], Term]) -> Term:
    """A sum, derivative or function with its body changed."""
    match term:
        case Sum(running, excluded, body):
            return Sum(running, excluded, change(body))
        case Diff(body, by):
            return Diff(change(body), by)
        case Apply(name, (argument,)):
            return Apply(name, (change(argument),))
    return term

"""Terms written as a person would: signs in front, numbers first, parentheses that say nothing left out.

    minus(a*b)           -a*b
    times(3*x/2, 2)      3*x
    over(a*b, a)         b
    with_term(a, -b)     a - b
"""

from __future__ import annotations

from fractions import Fraction
from typing import TypeGuard

from derive.engine.remembered import remembered
from derive.floor import terms as t


def unsigned(term: t.Term) -> t.Term | None:
    """`term` without the minus sign in front of it; None where there is none."""
    match term:
        case t.Neg(inner):
            return inner
        case t.Number(value) if value < 0:
            return t.Number(-value)
        case t.Mul((first, *rest)):
            bare = unsigned(first)
            return None if bare is None else t.Mul((bare, *rest)) if bare is not t.ONE or not rest else t.mul(*rest)
        case t.Div(numerator, denominator):
            bare = unsigned(numerator)
            return None if bare is None else t.Div(bare, denominator)
    return None


def minus(term: t.Term) -> t.Term:
    """`term` with the other sign, which stands in front."""
    bare = unsigned(term)
    if bare is not None:
        return bare
    match term:
        case t.Mul((first, *rest)):
            return t.Mul((minus(first), *rest))
        case t.Div(numerator, denominator):
            return t.Div(minus(numerator), denominator)
    return t.Neg(term)


def times(term: t.Term, factor: t.Term) -> t.Term:
    """`term` times `factor`: a number joins the number in front, and what stands below is cancelled."""
    value = t.rational(factor)
    if value is not None:
        return scaled(term, value)
    match term:
        case t.Div(numerator, denominator):
            rest = _without(denominator, factor)
            return t.div(numerator, rest) if rest is not None else t.Div(times(numerator, factor), denominator)
        case t.Neg(inner):
            return minus(times(inner, factor))
    sign = unsigned(factor)
    return minus(times(term, sign)) if sign is not None else t.mul(term, factor)


def over(term: t.Term, factor: t.Term) -> t.Term:
    """`term` divided by `factor`, which is left out where it stands above."""
    rest = _without(term, factor)
    if rest is not None:
        return rest
    match term:
        case t.Div(numerator, denominator):
            rest = _without(numerator, factor)
            return t.Div(rest, denominator) if rest is not None else t.Div(numerator, t.mul(denominator, factor))
        case t.Neg(inner):
            return minus(over(inner, factor))
    return t.Div(term, factor)


def _without(term: t.Term, factor: t.Term) -> t.Term | None:
    """A product without one of its factors; None where it has not got it."""
    if term is factor:
        return t.ONE
    if isinstance(term, t.Mul) and factor in term.factors:
        position = term.factors.index(factor)
        return t.mul(*term.factors[:position], *term.factors[position + 1 :])
    return None


def scaled(term: t.Term, value: Fraction) -> t.Term:
    """`term` times a number, which joins the numbers that stand in it already."""
    if value < 0:
        return minus(scaled(term, -value))
    if value == 0:
        return t.ZERO
    if value == 1:
        return term
    match term:
        case t.Number(own):
            return t.number(own * value)
        case t.Neg(inner):
            return minus(scaled(inner, value))
        case t.Mul((t.Neg(first), *rest)):
            return minus(scaled(t.Mul((first, *rest)), value))
        case t.Mul((first, *rest)) if (coefficient := t.rational(first)) is not None:
            return t.mul(*(() if coefficient * value == 1 else (t.number(coefficient * value),)), *rest)
        case t.Div(numerator, denominator):
            above, below = Fraction(value.numerator), Fraction(value.denominator)
            if above > 1 and _coefficient(denominator) % above == 0:
                numerator = numerator if below == 1 else scaled(numerator, 1 / below)
                return t.div(numerator, scaled(denominator, 1 / above))
            if below > 1 and _coefficient(numerator) % below == 0:
                return t.Div(scaled(numerator, value), denominator)
            return t.Div(scaled(numerator, above), scaled(denominator, below))
    if value.denominator == 1:
        return t.mul(t.number(value), term)
    return t.Div(scaled(term, Fraction(value.numerator)), t.number(value.denominator))


def _coefficient(term: t.Term) -> int:
    match term:
        case t.Number(value) | t.Mul((t.Number(value), *_)) if value.denominator == 1:
            return int(value)
    return 1


def with_term(term: t.Term, more: t.Term) -> t.Term:
    """`term` plus one more, whose sign stands in front of it."""
    bare = unsigned(more)
    return t.add(term, more if bare is None else t.Neg(bare))


@remembered
def tidy(term: t.Term) -> t.Term:
    """`term` rearranged a little: nested sums and products flattened, 1*x as x, x*(1/y) as x/y, -(-x) as x, a sum of 0 as 0."""
    inside = t.children(term)
    if isinstance(term, (*t.Subscript, t.Comparison, t.Entry)) or not inside:
        return term
    if isinstance(term, t.Diff):
        return t.Diff(tidy(term.body), term.by)
    parts = tuple(tidy(part) for part in inside)
    match term:
        case t.Add():
            return t.add(*parts)
        case t.Neg():
            return t.add(*map(t.neg, parts[0].terms)) if _all_negative(parts[0]) else t.neg(parts[0])
        case t.Mul():
            return _product(parts)
        case t.Div():
            numerator, denominator = parts
            if isinstance(numerator, t.Neg):
                return t.neg(t.div(numerator.term, denominator))
            return t.div(numerator, denominator)
        case t.Pow(_, exponent):
            return t.power(parts[0], exponent)
        case t.Sum() if parts[-1] is t.ZERO:
            return t.ZERO
    return t.rebuild(term, parts)


def _all_negative(term: t.Term) -> TypeGuard[t.Add]:
    return isinstance(term, t.Add) and all(isinstance(part, t.Neg) for part in term.terms)


def _product(factors: tuple[t.Term, ...]) -> t.Term:
    """A product in which a factor 1/y stands below the factors before it."""
    flat = t.mul(*factors)
    if isinstance(flat, t.Neg):
        return t.neg(_product((flat.term,)))
    if not isinstance(flat, t.Mul):
        return flat
    first, *rest = flat.factors
    negative = isinstance(first, t.Neg)
    parts: list[t.Term] = [first.term if isinstance(first, t.Neg) else first]
    for factor in rest:
        if isinstance(factor, t.Div) and factor.numerator is t.ONE:
            parts = [t.div(t.mul(*parts), factor.denominator)]
        else:
            parts.append(factor)
    product = parts[0] if len(parts) == 1 else t.Mul(tuple(parts))
    return t.neg(product) if negative else product

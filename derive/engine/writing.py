"""Terms written as a person would: signs in front, numbers first, parentheses that say nothing left out.

    minus(a*b)           -a*b
    times(3*x/2, 2)      3*x
    over(a*b, a)         b
    with_term(a, -b)     a - b
"""

from __future__ import annotations

from fractions import Fraction
from typing import TypeGuard

from derive.floor.terms import (
    ONE,
    ZERO,
    Add,
    Comparison,
    Diff,
    Div,
    Entry,
    Mul,
    Neg,
    Number,
    Pow,
    Subscript,
    Sum,
    Term,
    add,
    children,
    div,
    mul,
    neg,
    number,
    power,
    rational,
    rebuild,
)


def unsigned(term: Term) -> Term | None:
    """`term` without the minus sign in front of it; None where there is none."""
    match term:
        case Neg(inner):
            return inner
        case Number(value) if value < 0:
            return Number(-value)
        case Mul((first, *rest)):
            bare = unsigned(first)
            return None if bare is None else Mul((bare, *rest)) if bare is not ONE or not rest else mul(*rest)
        case Div(numerator, denominator):
            bare = unsigned(numerator)
            return None if bare is None else Div(bare, denominator)
    return None


def minus(term: Term) -> Term:
    """`term` with the other sign, which stands in front."""
    bare = unsigned(term)
    if bare is not None:
        return bare
    match term:
        case Mul((first, *rest)):
            return Mul((minus(first), *rest))
        case Div(numerator, denominator):
            return Div(minus(numerator), denominator)
    return Neg(term)


def times(term: Term, factor: Term) -> Term:
    """`term` times `factor`: a number joins the number in front, and what stands below is cancelled."""
    value = rational(factor)
    if value is not None:
        return scaled(term, value)
    match term:
        case Div(numerator, denominator):
            rest = _without(denominator, factor)
            return div(numerator, rest) if rest is not None else Div(times(numerator, factor), denominator)
        case Neg(inner):
            return minus(times(inner, factor))
    sign = unsigned(factor)
    return minus(times(term, sign)) if sign is not None else mul(term, factor)


def over(term: Term, factor: Term) -> Term:
    """`term` divided by `factor`, which is left out where it stands above."""
    rest = _without(term, factor)
    if rest is not None:
        return rest
    match term:
        case Div(numerator, denominator):
            rest = _without(numerator, factor)
            return Div(rest, denominator) if rest is not None else Div(numerator, mul(denominator, factor))
        case Neg(inner):
            return minus(over(inner, factor))
    return Div(term, factor)


def _without(term: Term, factor: Term) -> Term | None:
    """A product without one of its factors; None where it has not got it."""
    if term is factor:
        return ONE
    if isinstance(term, Mul) and factor in term.factors:
        position = term.factors.index(factor)
        return mul(*term.factors[:position], *term.factors[position + 1 :])
    return None


def scaled(term: Term, value: Fraction) -> Term:
    """`term` times a number, which joins the numbers that stand in it already."""
    if value < 0:
        return minus(scaled(term, -value))
    if value == 0:
        return ZERO
    if value == 1:
        return term
    match term:
        case Number(own):
            return number(own * value)
        case Neg(inner):
            return minus(scaled(inner, value))
        case Mul((Neg(first), *rest)):
            return minus(scaled(Mul((first, *rest)), value))
        case Mul((first, *rest)) if (coefficient := rational(first)) is not None:
            return mul(*(() if coefficient * value == 1 else (number(coefficient * value),)), *rest)
        case Div(numerator, denominator):
            above, below = Fraction(value.numerator), Fraction(value.denominator)
            if above > 1 and _coefficient(denominator) % above == 0:
                numerator = numerator if below == 1 else scaled(numerator, 1 / below)
                return div(numerator, scaled(denominator, 1 / above))
            if below > 1 and _coefficient(numerator) % below == 0:
                return Div(scaled(numerator, value), denominator)
            return Div(scaled(numerator, above), scaled(denominator, below))
    if value.denominator == 1:
        return mul(number(value), term)
    return Div(scaled(term, Fraction(value.numerator)), number(value.denominator))


def _coefficient(term: Term) -> int:
    match term:
        case Number(value) | Mul((Number(value), *_)) if value.denominator == 1:
            return int(value)
    return 1


def with_term(term: Term, more: Term) -> Term:
    """`term` plus one more, whose sign stands in front of it."""
    bare = unsigned(more)
    return add(term, more if bare is None else Neg(bare))


def tidy(term: Term) -> Term:
    """`term` rearranged a little: nested sums and products flattened, 1*x as x, x*(1/y) as x/y, -(-x) as x, a sum of 0 as 0."""
    inside = children(term)
    if isinstance(term, (*Subscript, Comparison, Entry)) or not inside:
        return term
    if isinstance(term, Diff):
        return Diff(tidy(term.body), term.by)
    parts = tuple(tidy(part) for part in inside)
    match term:
        case Add():
            return add(*parts)
        case Neg():
            return add(*map(neg, parts[0].terms)) if _all_negative(parts[0]) else neg(parts[0])
        case Mul():
            return _product(parts)
        case Div():
            numerator, denominator = parts
            if isinstance(numerator, Neg):
                return neg(div(numerator.term, denominator))
            return div(numerator, denominator)
        case Pow(_, exponent):
            return power(parts[0], exponent)
        case Sum() if parts[-1] is ZERO:
            return ZERO
    return rebuild(term, parts)


def _all_negative(term: Term) -> TypeGuard[Add]:
    return isinstance(term, Add) and all(isinstance(t, Neg) for t in term.terms)


def _product(factors: tuple[Term, ...]) -> Term:
    """A product in which a factor 1/y stands below the factors before it."""
    flat = mul(*factors)
    if isinstance(flat, Neg):
        return neg(_product((flat.term,)))
    if not isinstance(flat, Mul):
        return flat
    first, *rest = flat.factors
    negative = isinstance(first, Neg)
    parts: list[Term] = [first.term if isinstance(first, Neg) else first]
    for factor in rest:
        if isinstance(factor, Div) and factor.numerator is ONE:
            parts = [div(mul(*parts), factor.denominator)]
        else:
            parts.append(factor)
    product = parts[0] if len(parts) == 1 else Mul(tuple(parts))
    return neg(product) if negative else product

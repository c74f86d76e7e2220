"""Terms written as a person would: signs in front, numbers first, parentheses that say nothing left out.

    minus(a*b)           -a*b
    times(3*x/2, 2)      3*x
    over(a*b, a)         b
    with_term(a, -b)     a - b
"""

from __future__ import annotations

from fractions import Fraction

from derive.floor.terms import ONE, ZERO, Div, Mul, Neg, Number, Term, add, div, mul, number, rational


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


# --- derivatives -----------------------------------------------------------------------------------------------------


def with_term(term: Term, more: Term) -> Term:
    """`term` plus one more, whose sign stands in front of it."""
    bare = unsigned(more)
    return add(term, more if bare is None else Neg(bare))

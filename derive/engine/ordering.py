"""The order in which a person writes a product or a sum, and how long a term is to read.

    ordered     a*y*c*2*x               2*a*c*x*y           numbers first, equal factors as powers, symbols by their names
    common      exp(x) + x*exp(x)       exp(x)*(1 + x)      what all terms have in common, in front
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from math import gcd

from derive.engine.remembered import remembered
from derive.engine.rules.sums import factors
from derive.floor import terms as t


@remembered
def ordered(term: t.Term) -> t.Term:
    """`term` with every product in order: its number first, equal factors as powers, symbols before functions.

    A product that is in order already stays as its author wrote it.
    """
    if isinstance(term, (*t.Subscript, t.Diff, t.Entry, t.Comparison)) or not t.children(term):
        return term
    term = t.rebuild(term, tuple(ordered(part) for part in t.children(term)))
    if isinstance(term, t.Apply) and term.function == "exp":
        return _as_power(term)
    if isinstance(term, t.Add):
        value = sum((v for part in term.terms if (v := t.rational(part)) is not None), Fraction(0))
        terms = [*(part for part in term.terms if t.rational(part) is None), *([t.number(value)] if value else [])]
        return t.add(*(sorted(terms, key=_is_negative) if terms and _is_negative(terms[0]) else terms))
    return parted(term).term() if isinstance(term, t.Mul | t.Div | t.Neg) and _is_disordered(term) else term


def _as_power(term: t.Apply) -> t.Term:
    """exp(a*ln(b)) as the power b^a that it stands for."""
    (argument,) = term.arguments
    parts = argument.factors if isinstance(argument, t.Mul) else (argument,)
    logarithms = [part for part in parts if isinstance(part, t.Apply) and part.function == "ln"]
    if len(logarithms) != 1:
        return term
    return t.Pow(logarithms[0].arguments[0], t.mul(*(part for part in parts if part is not logarithms[0])))


def _is_negative(term: t.Term) -> bool:
    return isinstance(term, t.Neg) or (t.rational(term) or 0) < 0


def is_difference(term: t.Term) -> bool:
    """Whether a term is a difference: of two ways that are as long, s*(1 - s) is better than s - s^2."""
    return isinstance(term, t.Add) and any(map(_is_negative, term.terms))


@remembered
def _is_disordered(term: t.Term) -> bool:
    """Whether a product has a number or sign that is not first, two numbers that could be one, or a factor twice.

    Or a symbol that stands behind a function, or a sign that a difference could take in: -2*(t - h) is 2*(h - t).
    """
    above, below = factors(term)
    signs = [n for n, factor in enumerate(above) if factor is t.MINUS_ONE]
    numbers = [t.rational(factor) is not None for factor in above if factor is not t.MINUS_ONE]
    under = [value for factor in below if (value := t.rational(factor)) is not None]
    over = [value for factor in above if (value := t.rational(factor)) is not None]
    bases = [factor.base if isinstance(factor, t.Pow) else factor for factor in (*above, *below) if t.rational(factor) is None]
    reducible = bool(under and over) and gcd(under[0].numerator, over[-1].numerator) != 1
    repeated = len(set(bases)) < len(bases)
    ranks = [_rank(factor)[0] for factor in above if t.rational(factor) is None]
    late = any(rank <= 1 < before for before, rank in pairwise(ranks))
    negative = any(value < 0 for value in over) and any(map(_turns, above))
    return signs not in ([], [0]) or any(numbers[1:]) or len(under) > 1 or reducible or repeated or late or negative


def _turns(term: t.Term) -> bool:
    """Whether a sum is as short with the opposite sign."""
    return isinstance(term, t.Add) and 2 * sum(map(_is_negative, term.terms)) >= len(term.terms)


@remembered
def reading_length(term: t.Term, bound: frozenset[t.Index] = frozenset()) -> int:
    """How long a term is to read: its parts, and more for what is out of order, and for a sum that waits to be collapsed."""
    if isinstance(term, t.Binder):
        bound |= {term.index}
    length = 1 + sum(reading_length(part, bound) for part in t.children(term))
    match term:
        case t.Mul() | t.Div():
            return length + 2 * _is_disordered(term)
        case t.Neg(inside):
            return length + 2 * (isinstance(inside, t.Add) or _is_disordered(term))
        case t.Add(terms) if _is_negative(terms[0]):
            return length + 1
        case t.Apply():
            return length + 1  # a name is read more easily than a function
        case t.Delta(left, right) if not bound.isdisjoint((left, right)):
            return length + 20
    return length


@dataclass(frozen=True)
class Product:
    """A product taken apart: its number, and the exponents of its factors.

    The factors `above` and `below` the bar have exponents that are not numbers, or stand on its other side as well. `decimal`
    says that its author writes numbers with a point.
    """

    value: Fraction
    powers: dict[t.Term, Fraction]
    above: tuple[t.Term, ...] = ()
    below: tuple[t.Term, ...] = ()
    decimal: bool = False

    def term(self) -> t.Term:
        """The product with its number first, equal factors as powers, and symbols, by their names, before functions."""
        if not self.value:
            return t.ZERO
        turning = next((b for b, e in self.powers.items() if e == 1 and _turns(b)), None) if self.value < 0 else None
        if isinstance(turning, t.Add):
            opposite = ordered(t.add(*map(t.neg, turning.terms)))
            powers = {opposite if base is turning else base: exponent for base, exponent in self.powers.items()}
            return replace(self, value=-self.value, powers=powers).term()
        top = sorted((t.power(b, t.number(e)) for b, e in self.powers.items() if e > 0), key=_rank)
        bottom = sorted((t.power(b, t.number(-e)) for b, e in self.powers.items() if e < 0), key=_rank)
        value = abs(self.value)
        if self.decimal and value != 1:
            top.insert(0, t.number(value))
        elif not self.decimal:
            top = [t.number(value.numerator), *top] if value.numerator != 1 else top
            bottom = [t.number(value.denominator), *bottom] if value.denominator != 1 else bottom
        whole = t.div(t.mul(*top, *self.above), t.mul(*bottom, *self.below))
        return t.neg(whole) if self.value < 0 else whole


def parted(term: t.Term) -> Product:
    """A term taken apart as a product.

    A factor above the bar is not cancelled by one below it: that is for the normal form, which knows what it needs.
    """
    above, below = factors(term)
    value, decimal = Fraction(1), False
    powers: dict[t.Term, Fraction] = {}
    others: dict[int, list[t.Term]] = {1: [], -1: []}
    for factor, sign in (*((f, 1) for f in above), *((f, -1) for f in below)):
        here = t.rational(factor)
        if here is not None and (here or sign > 0):
            value *= here**sign
            decimal = decimal or (isinstance(factor, t.Number) and here.denominator > 2)
            continue
        base, exponent = (factor.base, t.rational(factor.exponent)) if isinstance(factor, t.Pow) else (factor, Fraction(1))
        if exponent is None or powers.get(base, Fraction(sign)) * sign * exponent < 0:
            others[sign].append(factor)
        else:
            powers[base] = powers.get(base, Fraction(0)) + sign * exponent
    return Product(value, powers, tuple(others[1]), tuple(others[-1]), decimal)


def _rank(term: t.Term) -> tuple[int, str]:
    """Sizes, then scalars and entries by their names, then finite sums, sums in parentheses, and functions."""
    match term.base if isinstance(term, t.Pow) else term:
        case t.Size(name):
            return 0, name
        case t.Entry(name, indices):
            return 1, f"{name}{indices!r}"
        case t.Binder():
            return 2, ""
        case t.Add():
            return 3, ""
    return 4, ""


@remembered
def common(term: t.Term) -> t.Term:
    """`term` with the factors that all terms of a sum have in common in front of it: 2*a - 2*b is 2*(a - b)."""
    if isinstance(term, (*t.Subscript, t.Diff, t.Entry, t.Comparison, t.Apply)) or not t.children(term):
        return term  # what stands inside of a function is better left as it is known
    term = t.rebuild(term, tuple(common(part) for part in t.children(term)))
    if not isinstance(term, t.Add):
        return term
    parts = [parted(each) for each in term.terms]
    shared = dict(parts[0].powers)
    for part in parts[1:]:
        shared = {base: _nearer(e, part.powers.get(base, Fraction(0))) for base, e in shared.items()}
    shared = {base: exponent for base, exponent in shared.items() if exponent}
    value = abs(parts[0].value) if len({abs(part.value) for part in parts}) == 1 else Fraction(1)
    if not value or (value == 1 and not shared):
        return term
    left = [
        replace(part, value=part.value / value, powers={b: e - shared.get(b, 0) for b, e in part.powers.items()}).term()
        for part in parts
    ]
    decimal = any(part.decimal for part in parts)
    return Product(value, {**shared, ordered(t.add(*left)): Fraction(1)}, decimal=decimal).term()


def _nearer(one: Fraction, other: Fraction) -> Fraction:
    """The exponent that two powers of a base have in common; below the bar they must agree, lest a bar remain inside."""
    return min(one, other) if one > 0 and other > 0 else one if one == other else Fraction(0)

"""The shortest way that is known to write a term, looked for among its normal form, its order and its common factors.

    a*x + b*x - 2*b*x       x*(a - b)

What is found is a candidate only: that it is the same value is proved where it is used.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from operator import add, sub

from derive.engine.measure import size
from derive.engine.normal import Normalizer, Undefined
from derive.engine.normal.polynomial import Coefficient, Generator, Monomial, Poly, exact
from derive.engine.normal.written import to_term
from derive.engine.ordering import common, is_difference, ordered, reading_length
from derive.engine.rewriting import Context, by_definition, rewritten
from derive.engine.writing import tidy
from derive.errors import LimitError
from derive.floor import terms as t
from derive.limits import spend

LARGEST = 400
"""Parts of the largest term that is looked at: beyond it a shorter way to write it is not worth the time."""
MOST_TERMS = 40
"""Terms of a normal form that is looked at."""


@dataclass(frozen=True)
class Search:
    """What is searched under, and what was found on the way."""

    context: Context
    normal: dict[t.Term, t.Term | None] = field(default_factory=dict)
    shortest: dict[t.Term, t.Term] = field(default_factory=dict)
    solved: dict[str, tuple[tuple[t.Term, t.Term], ...]] = field(default_factory=dict)  # what a definition says of its parts


def candidates(term: t.Term, search: Search) -> list[t.Term]:
    """Ways to write a term that may be shorter, or in better order."""
    ways = [ordered(term)]
    if size(term) <= LARGEST:
        ways.append(shortest(term, search))
    normal = normal_form(term, search)
    if normal is not None:
        ways.append(ordered(normal))
    return [tidy(each) for way in ways for each in (way, common(way))]


def normal_form(term: t.Term, search: Search) -> t.Term | None:
    """The normal form written out, parentheses cancelled; None where there is none within the limits."""
    if term not in search.normal:
        normalizer = Normalizer(search.context.knowledge)
        try:
            poly = normalizer.normal(term)
            long = len(poly.terms) > MOST_TERMS
            search.normal[term] = None if long else _cancelled(poly, normalizer) or to_term(poly)
        except (Undefined, LimitError):
            search.normal[term] = None
    return search.normal[term]


def _cancelled(poly: Poly, normalizer: Normalizer) -> t.Term | None:
    """The polynomial over one fraction bar, if a parenthesis below the bar divides what is above it."""
    above, bar = normalizer.cleared(poly)
    below = dict(bar)
    for parenthesis in [g for g in below if g.kind == "power"]:
        while below[parenthesis] >= 1 and (quotient := _divided(above, parenthesis.parts[0])) is not None:
            above, below[parenthesis] = quotient, below[parenthesis] - 1
    left = tuple((g, e) for g, e in below.items() if e)
    if left == bar or len(above.terms) > MOST_TERMS:
        return None
    denominator = t.mul(*(t.power(to_term(Poly({((g, 1),): 1})), t.number(e)) for g, e in left))
    return t.div(to_term(above), denominator)


def _divided(poly: Poly, by: Poly) -> Poly | None:
    """The quotient of two polynomials where the division leaves nothing; terms are compared by exponents in a fixed order.

    The quotient ends where the last terms of both say, and a product reaches at least as far as each of its factors in every
    generator: most that does not divide is known by that.
    """
    generators = sorted(poly.generators() | by.generators(), key=lambda g: g.key)
    left, divisor = _powers(poly, generators), _powers(by, generators)
    if not left or any(_reach(left, n) < _reach(divisor, n) for n in range(len(generators))):
        return None if left else poly
    leading = max(divisor)
    last = _minus(min(left), min(divisor))
    quotient: dict[Powers, Coefficient] = {}
    for _ in range(MOST_TERMS):
        if not left:
            return Poly({_monomial(generators, powers): coefficient for powers, coefficient in quotient.items()})
        first = max(left)
        times = _minus(first, leading)
        if times < last:
            return None
        quotient[times] = factor = exact(Fraction(left[first]) / Fraction(divisor[leading]))
        spend(len(left) + len(divisor))
        for powers, coefficient in divisor.items():
            product = tuple(map(add, powers, times))
            value = left.pop(product, 0) - coefficient * factor
            if value:
                left[product] = exact(value)
    return None


Powers = tuple[Coefficient, ...]
"""The exponents of a monomial, one for each of some generators."""


def _powers(poly: Poly, generators: list[Generator]) -> dict[Powers, Coefficient]:
    """The coefficients of a polynomial by the exponents of its monomials."""
    found: dict[Powers, Coefficient] = {}
    for monomial, coefficient in poly.terms.items():
        exponents = dict(monomial)
        found[tuple(exponents.get(g, 0) for g in generators)] = coefficient
    return found


def _monomial(generators: list[Generator], powers: Powers) -> Monomial:
    return tuple((g, exact(exponent)) for g, exponent in zip(generators, powers, strict=True) if exponent)


def _minus(one: Powers, other: Powers) -> Powers:
    return tuple(map(sub, one, other))


def _reach(terms: Iterable[Powers], n: int) -> Coefficient:
    """How far the exponents of one generator lie apart."""
    exponents = [powers[n] for powers in terms]
    return max(exponents) - min(exponents)


def shortest(term: t.Term, search: Search) -> t.Term:
    """The shortest way known to write the term, looked for in its parts first."""
    if isinstance(term, (*t.Subscript, t.Comparison, t.Entry, t.Number, t.Size, t.Diff)):
        return term
    if term not in search.shortest:
        search.shortest[term] = min(_shorter(term, search), key=lambda way: (reading_length(way), is_difference(way)))
    return search.shortest[term]


def _shorter(term: t.Term, search: Search) -> list[t.Term]:
    """Ways to write the term whose parts are as short as is known."""
    if isinstance(term, t.Apply):
        shorter = (min(part, normal_form(part, search) or part, key=reading_length) for part in term.arguments)
        return [t.rebuild(term, tuple(shorter))]
    inside = t.rebuild(term, tuple(shortest(part, search) for part in t.children(term)))
    normal = normal_form(inside, search)
    ways = [ordered(inside)] if normal is None else [ordered(inside), ordered(normal)]
    return [inside, *(tidy(way) for each in ways for way in (each, common(each)))]


def unfolded_names(term: t.Term, names: frozenset[str] | None, search: Search) -> t.Term:
    """The term with the definitions of `names`, or all, unfolded."""
    return rewritten(term, [by_definition(names)], search.context, search.context.scope).right

"""Names in the place of their expressions.

A name is folded in by solving its definition for one of its factors: where O[i] = exp(Z[i])/S, exp(Z[i]) is O[i]*S, whatever
i is.

    exp(Z[k])/sum(exp(Z[j]), j) - y[k]      O[k] - y[k]
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import islice, product

from derive.engine.matching import match
from derive.engine.normal import Normalizer, Undefined
from derive.engine.normal.polynomial import Coefficient, Generator, Monomial, Poly, exact
from derive.engine.normal.written import to_term
from derive.engine.ordering import parted, reading_length
from derive.engine.rules.sums import factors
from derive.engine.shortest import Search, normal_form, shortest, unfolded_names
from derive.floor.errors import LimitError
from derive.floor.terms import (
    ONE,
    ZERO,
    Apply,
    Comparison,
    Diff,
    Entry,
    Prod,
    Subscript,
    Sum,
    Term,
    add,
    canonical,
    children,
    div,
    free_indices,
    mul,
    neg,
    number,
    power,
    rebuild,
    size,
    substitute,
    subterms,
)
from derive.floor.theory import Definition

LARGEST_TWICE = 100
"""The same where a name has been brought in once, and may be again."""
MOST_PLACES = 16
"""Values of its parameters for which a name is tried as a part of a sum."""


def with_name(term: Term, definition: Definition, search: Search) -> Iterator[Term]:
    """The term with a defined name folded in, in all ways that are tried; whether they are right is seen later."""
    parameters = frozenset[Term](definition.parameters)
    solved = dict.fromkeys(pair for pair in _solved(definition, search) if parameters <= free_indices(pair[0]))

    def replaced(term: Term, pattern: Term, meaning: Term) -> Term:
        opaque = frozenset(canonical(part) for part in subterms(meaning) if isinstance(part, Sum | Prod))
        return _replaced(term, pattern, meaning, parameters, opaque)

    plain = unfolded_names(term, None, search)
    bases = dict.fromkeys((term, normal_form(term, search) or term, normal_form(plain, search) or plain))
    once = dict.fromkeys(found for base in bases for pair in solved if (found := replaced(base, *pair)) is not base)
    shorter = [shortest(each, search) for each in (*once, *_multiples(term, definition, search))]
    yield from shorter
    if all(reading_length(each) >= reading_length(term) for each in shorter):
        # What the first leaves behind may have to be written with the name as well.
        twice = dict.fromkeys(replaced(each, *pair) for each in once for pair in solved)
        yield from (shortest(each, search) for each in twice if each not in once and size(each) <= LARGEST_TWICE)


def _multiples(term: Term, definition: Definition, search: Search) -> Iterator[Term]:
    """The term less a multiple of what a name stands for, and with that multiple of the name; the free indices are tried."""
    free = sorted(free_indices(term), key=lambda index: index.name)
    choices = [[index for index in free if index.range is parameter.range] for parameter in definition.parameters]
    for values in islice(product(*choices), MOST_PLACES):
        name = Entry(definition.name, values)
        normalizer = Normalizer(search.context.knowledge)
        try:
            body = normalizer.normal(unfolded_names(name, None, search))
            whole = normalizer.normal(term)
        except (Undefined, LimitError):
            return
        shared = next((monomial for monomial in body.terms if monomial in whole.terms), None)
        if shared is not None and len(body.terms) > 1:
            times = Fraction(whole.terms[shared]) / Fraction(body.terms[shared])
            yield add(to_term(whole - body.scale(exact(times))), mul(number(times), name))


def _solved(definition: Definition, search: Search) -> Iterator[tuple[Term, Term]]:
    """What a definition says of a part of its body: exp(Z[i]) = O[i]*S, where O[i] = exp(Z[i])/S."""
    name = Entry(definition.name, definition.parameters)
    yield definition.body, name
    for body in dict.fromkeys((definition.body, unfolded_names(definition.body, None, search))):
        yield from _solved_for(body, name, search)


def _solved_for(body: Term, name: Term, search: Search) -> Iterator[tuple[Term, Term]]:
    """The normal form of the body for the name, and each factor of one of its terms that stands nowhere else in it."""
    try:
        poly = Normalizer(search.context.knowledge).normal(body)
    except (Undefined, LimitError):
        return
    yield to_term(poly), name
    for monomial, coefficient in poly.terms.items():
        for generator, exponent in monomial:
            if sum(each is generator for other in poly.terms for each, _ in other) > 1:
                continue
            rest = to_term(Poly({m: c for m, c in poly.terms.items() if m != monomial}))
            factor = to_term(Poly({tuple(p for p in monomial if p[0] is not generator): coefficient}))
            if not any(isinstance(part, Apply) and part.function != "exp" for part in factors(factor)[0]):
                # Nobody divides by a logarithm to bring a name in.
                alone = div(add(name, neg(rest)) if rest is not ZERO else name, factor)
                yield to_term(Poly({((generator, 1),): 1})), power(alone, number(1 / Fraction(exponent)))
            if generator.kind == "power" and exponent == -1 and len(poly.terms) == 1:
                yield from _share(monomial, generator, name, coefficient)


def _share(monomial: Monomial, generator: Generator, name: Term, coefficient: Coefficient) -> Iterator[tuple[Term, Term]]:
    """Of a share s = a/(a + b), what it says of the whole and of the part: a + b is b/(1 - s), and a is s times that."""
    whole: Poly = generator.parts[0]
    part = tuple(p for p in monomial if p[0] is not generator)
    if part in whole.terms:
        rest = to_term(Poly({m: c for m, c in whole.terms.items() if m != part}))
        share = mul(number(Fraction(whole.terms[part]) / Fraction(coefficient)), name)
        yield to_term(whole), div(rest, add(ONE, neg(share)))
        yield to_term(Poly({part: 1})), div(mul(share, rest), add(ONE, neg(share)))


def _replaced(term: Term, pattern: Term, meaning: Term, parameters: frozenset[Term], opaque: frozenset[Term]) -> Term:
    """The term with `meaning` for every instance of the pattern that does not stand inside of what is `opaque`."""
    found = match(pattern, term, parameters)
    if found is not None:
        return substitute(meaning, found)
    if isinstance(term, (*Subscript, Diff, Entry, Comparison)) or not children(term) or canonical(term) in opaque:
        return term
    if isinstance(pattern, Apply) and isinstance(term, Apply) and pattern.function == term.function == "exp":
        # exp(2*a) is exp(a)^2.
        one, other = parted(pattern.arguments[0]), parted(term.arguments[0])
        bare, multiple = (replace(each, value=Fraction(1)).term() for each in (one, other))
        found = match(bare, multiple, parameters) if one.value and other.value else None
        if found is not None:
            return power(substitute(meaning, found), number(other.value / one.value))
    return rebuild(term, tuple(_replaced(part, pattern, meaning, parameters, opaque) for part in children(term)))

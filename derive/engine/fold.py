"""Names in the place of their expressions.

A name is folded in by solving its definition for one of its factors: where O[i] = exp(Z[i])/S, exp(Z[i]) is O[i]*S, whatever
i is.

    exp(Z[k])/sum(exp(Z[j]), j) - y[k]      O[k] - y[k]
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import accumulate, islice, product

from derive.engine.matching import match
from derive.engine.measure import size
from derive.engine.normal import Normalizer, Undefined
from derive.engine.normal.polynomial import Coefficient, Generator, Monomial, Poly, exact
from derive.engine.normal.written import to_term
from derive.engine.ordering import parted, reading_length
from derive.engine.remembered import remembered
from derive.engine.rules.sums import factors
from derive.engine.shortest import LARGEST, Search, normal_form, shortest, unfolded_names
from derive.engine.writing import tidy
from derive.errors import LimitError
from derive.floor import terms as t
from derive.floor.theory import Definition

LARGEST_TWICE = 100
"""The same where a name has been brought in once, and may be again."""
MOST_LOOKED_AT = 2_000
"""Parts of all terms together that are shortened for one name, the smallest first: what a name makes shorter, it seldom does by
way of what is much longer. The whole library takes no more."""
MUCH_LARGER = 3
"""Where a name makes a term shorter, what is so many times as large as the term is not looked at besides."""
MOST_PLACES = 16
"""Values of its parameters for which a name is tried as a part of a sum."""


def with_name(term: t.Term, definition: Definition, search: Search) -> Iterator[t.Term]:
    """The term with a defined name folded in, in all ways that are tried; whether they are right is seen later."""
    parameters = frozenset[t.Term](definition.parameters)
    if definition.name not in search.solved:
        pairs = dict.fromkeys(pair for pair in _solved(definition, search) if parameters <= t.free_indices(pair[0]))
        search.solved[definition.name] = tuple(pairs)
    solved = search.solved[definition.name]

    def replaced(term: t.Term, pattern: t.Term, meaning: t.Term) -> t.Term:
        opaque = frozenset(t.canonical(part) for part in t.subterms(meaning) if isinstance(part, t.Binder))
        return _replaced(term, pattern, meaning, parameters, opaque)

    plain = unfolded_names(term, None, search)
    bases = dict.fromkeys((term, normal_form(term, search) or term, normal_form(plain, search) or plain))
    once = dict.fromkeys(found for base in bases for pair in solved if (found := replaced(base, *pair)) is not base)
    first = _smallest((*once, *_multiples(term, definition, search)), MOST_LOOKED_AT)
    is_shorter = False
    for each in first:
        if is_shorter and size(each) > MUCH_LARGER * size(term):
            return
        found = shortest(each, search)
        is_shorter |= reading_length(found) < reading_length(term)
        yield found
    if not is_shorter:
        # What the first leaves behind may have to be written with the name as well.
        twice = dict.fromkeys(replaced(each, *pair) for each in once if size(each) <= LARGEST for pair in solved)
        more = (each for each in twice if each not in once and size(each) <= LARGEST_TWICE)
        yield from (shortest(each, search) for each in _smallest(more, MOST_LOOKED_AT - sum(map(size, first))))


def _smallest(terms: Iterable[t.Term], most: int) -> list[t.Term]:
    """The smallest of the terms, of so many parts together at most."""
    smallest = sorted(terms, key=size)
    together = accumulate(map(size, smallest))
    return [term for term, parts in zip(smallest, together, strict=True) if parts <= most]


def _multiples(term: t.Term, definition: Definition, search: Search) -> Iterator[t.Term]:
    """The term less a multiple of what a name stands for, and with that multiple of the name; the free indices are tried."""
    free = sorted(t.free_indices(term), key=t.by_name)
    choices = [[index for index in free if index.range is parameter.range] for parameter in definition.parameters]
    for values in islice(product(*choices), MOST_PLACES):
        name = t.Entry(definition.name, values)
        normalizer = Normalizer(search.context.knowledge)
        try:
            body = normalizer.normal(unfolded_names(name, None, search))
            whole = normalizer.normal(term)
        except (Undefined, LimitError):
            return
        shared = next((monomial for monomial in body.terms if monomial in whole.terms), None)
        if shared is not None and len(body.terms) > 1:
            times = Fraction(whole.terms[shared]) / Fraction(body.terms[shared])
            yield t.add(to_term(whole - body.scale(exact(times))), t.mul(t.number(times), name))


def _solved(definition: Definition, search: Search) -> Iterator[tuple[t.Term, t.Term]]:
    """What a definition says of a part of its body: exp(Z[i]) = O[i]*S, where O[i] = exp(Z[i])/S."""
    name = t.Entry(definition.name, definition.parameters)
    yield definition.body, name
    yield tidy(definition.body), name  # as every line on the way is
    for body in dict.fromkeys((definition.body, unfolded_names(definition.body, None, search))):
        yield from _solved_for(body, name, search)


def _solved_for(body: t.Term, name: t.Term, search: Search) -> Iterator[tuple[t.Term, t.Term]]:
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
            if not any(isinstance(part, t.Apply) and part.function != "exp" for part in factors(factor)[0]):
                # Nobody divides by a logarithm to bring a name in.
                alone = t.div(t.add(name, t.neg(rest)) if rest is not t.ZERO else name, factor)
                yield to_term(Poly({((generator, 1),): 1})), t.power(alone, t.number(1 / Fraction(exponent)))
            if generator.kind == "power" and exponent == -1 and len(poly.terms) == 1:
                yield from _share(monomial, generator, name, coefficient)


def _share(monomial: Monomial, generator: Generator, name: t.Term, coefficient: Coefficient) -> Iterator[tuple[t.Term, t.Term]]:
    """Of a share s = a/(a + b), what it says of the whole and of the part: a + b is b/(1 - s), and a is s times that."""
    whole: Poly = generator.parts[0]
    part = tuple(p for p in monomial if p[0] is not generator)
    if part in whole.terms:
        rest = to_term(Poly({m: c for m, c in whole.terms.items() if m != part}))
        share = t.mul(t.number(Fraction(whole.terms[part]) / Fraction(coefficient)), name)
        yield to_term(whole), t.div(rest, t.add(t.ONE, t.neg(share)))
        yield to_term(Poly({part: 1})), t.div(t.mul(share, rest), t.add(t.ONE, t.neg(share)))


@remembered
def _replaced(
    term: t.Term, pattern: t.Term, meaning: t.Term, parameters: frozenset[t.Term], opaque: frozenset[t.Term]
) -> t.Term:
    """The term with `meaning` for every instance of the pattern that does not stand inside of what is `opaque`."""
    found = match(pattern, term, parameters)
    if found is not None:
        return t.substitute(meaning, found)
    if isinstance(term, (*t.Subscript, t.Diff, t.Entry, t.Comparison)) or not t.children(term) or t.canonical(term) in opaque:
        return term
    if isinstance(pattern, t.Apply) and isinstance(term, t.Apply) and pattern.function == term.function == "exp":
        # exp(2*a) is exp(a)^2.
        one, other = parted(pattern.arguments[0]), parted(term.arguments[0])
        bare, multiple = (replace(each, value=Fraction(1)).term() for each in (one, other))
        found = match(bare, multiple, parameters) if one.value and other.value else None
        if found is not None:
            return t.power(t.substitute(meaning, found), t.number(other.value / one.value))
    return t.rebuild(term, tuple(_replaced(part, pattern, meaning, parameters, opaque) for part in t.children(term)))

"""Evidence: theorems that show how a term stands to 0, found by the normal form.

    1 - p[k] > 0       1 - p[k] = sum(exp(z[j]), j != k)/sum(exp(z[j]), j)
    b - 1 != 0         b - 1 = b + -(1), the difference of the sides of a fact
    x - 2 > 0          x - 2 = (x - 3) + 1, given x > 3

The floor asks for it where the sign of a term alone does not show a condition, and looks at what it gets: see `discharge`.
`remaining`, `shown` and `weighed` are those of the floor with this search.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import combinations

from derive.engine.factored import MOST_ORDERS, MOST_TOGETHER
from derive.engine.given import about_what_it_stands_for, facts_at, given_equations, unfolding
from derive.engine.matching import match
from derive.engine.normal import Normalizer, Undefined
from derive.engine.normal.form import choices_in, deltas_in
from derive.engine.normal.polynomial import Poly
from derive.engine.normal.written import to_term
from derive.engine.prove import proved
from derive.engine.remembered import of_a_theory
from derive.errors import LimitError
from derive.floor import claims, discharge, kernel
from derive.floor import terms as t
from derive.floor.claims import Weighed
from derive.floor.conditions import INTERNAL, Condition, Conditions, difference, is_about_indices
from derive.floor.functions import TABLE
from derive.floor.kernel import Theorem
from derive.floor.signs import Knowledge, holds
from derive.floor.theory import Theory

_U = t.scalar("?u")
_MEANINGS = {name: row.means(_U) for name, row in TABLE.items() if row.keeps_sign and row.means}
"""What functions mean that stand to 0 as their argument does: exp(u) - 1 is expm1(u)."""


def remaining(conditions: Conditions, knowledge: Knowledge) -> Conditions:
    """The conditions that are not shown to hold."""
    return frozenset(discharge.remaining(conditions, knowledge, evidence))


def shown(condition: Condition, knowledge: Knowledge) -> bool:
    """Whether a condition is shown to hold."""
    return discharge.shown(condition, knowledge, evidence)


def weighed(theorems: Sequence[Theorem], sides: tuple[t.Term, ...], knowledge: Knowledge) -> Weighed:
    """What theorems say of the claim that these sides are equal."""
    return claims.weighed(theorems, sides, knowledge, evidence)


def evidence(term: t.Term, relation: str, knowledge: Knowledge) -> Iterator[Theorem]:
    """Theorems about a term whose right sides show that it stands in that relation to 0."""
    if t.moved_names(term):
        return
    known = _known(knowledge.theory)
    indices = _locals(term, knowledge)
    key = _called_alike(term, relation, knowledge, indices)
    if key not in known:
        known[key] = indices, tuple(_found(term, relation, knowledge))
    before, theorems = known[key]
    if before == indices:
        yield from theorems
        return
    renamed: dict[t.Term, t.Term] = dict(zip(before, indices, strict=True))
    for theorem in theorems:
        yield kernel.instantiate(theorem, renamed, knowledge)


Key = tuple[t.Term, str, tuple[t.Term, ...], tuple[t.Term, ...]]


@of_a_theory
def _known(theory: Theory) -> dict[Key, tuple[tuple[t.Index, ...], tuple[Theorem, ...]]]:
    """What was found in a theory."""
    return {}


def _locals(term: t.Term, knowledge: Knowledge) -> tuple[t.Index, ...]:
    """The indices of opened binders in what is asked for and what is known, in the order in which they were opened."""
    told = (term, *knowledge.hypotheses, *knowledge.conditions)
    found = frozenset[t.Index]().union(*map(t.free_indices, told))
    return tuple(sorted((index for index in found if isinstance(index, t.Local)), key=lambda index: index.place.order))


def _called_alike(term: t.Term, relation: str, knowledge: Knowledge, indices: tuple[t.Index, ...]) -> Key:
    """What is asked, with such indices called by their places: every step opens the same conditions anew."""
    places: dict[t.Term, t.Term] = {index: t.Index(f"{INTERNAL[0]}{n}", index.range) for n, index in enumerate(indices)}
    hypotheses = tuple(t.substitute(claim, places) for claim in knowledge.hypotheses)
    conditions = tuple(t.substitute(claim, places) for claim in knowledge.conditions)
    return t.substitute(term, places), relation, hypotheses, conditions


def _found(term: t.Term, relation: str, knowledge: Knowledge) -> Iterator[Theorem]:
    if relation == "=":
        shapes: Iterable[t.Term] = (t.ZERO,)
        given = tuple(map(about_what_it_stands_for, given_equations(knowledge)))
    else:
        shapes, given = _shapes(term, knowledge), ()
    for shape in shapes:
        if holds(knowledge.sign(shape).relation, relation):
            theorem = _equal(term, shape, knowledge, given)
            if theorem is not None:
                yield theorem
                return
    yield from _with_values(term, relation, knowledge)


def _with_values(term: t.Term, relation: str, knowledge: Knowledge) -> Iterator[Theorem]:
    """The same where a term has the sign of what equations give for entries in it: x - 1 > 0, given x = 3."""
    equations = tuple(map(about_what_it_stands_for, given_equations(knowledge)))
    values: dict[t.Term, t.Term] = {each.left: each.right for each in equations if isinstance(each.left, t.Entry)}
    if not values:
        return
    whole = unfolding(term, knowledge.theory).right
    put_in = t.substitute(whole, values)
    if put_in is whole:
        return
    normalizer = Normalizer(knowledge)
    try:
        shape = to_term(normalizer.normal(put_in))
    except (Undefined, LimitError):
        return
    if holds(knowledge.sign(shape).relation, relation):
        theorem = _equal(term, shape, knowledge, equations)
        if theorem is not None:
            yield theorem


def _equal(term: t.Term, shape: t.Term, knowledge: Knowledge, given: tuple[Theorem, ...] = ()) -> Theorem | None:
    first, last = unfolding(term, knowledge.theory), unfolding(shape, knowledge.theory)
    middle = proved(first.right, last.right, knowledge, "", None, given)
    if middle is None:
        return None
    return kernel.transitivity(kernel.transitivity(first, middle), kernel.symmetry(last))


def _shapes(term: t.Term, knowledge: Knowledge) -> Iterator[t.Term]:
    """The ways to write a term in which its sign may be read off its parts."""
    whole = unfolding(term, knowledge.theory).right
    known = (*knowledge.facts, *facts_at(knowledge, t.free_indices(term)))
    facts = [difference(claim) for claim in known if not is_about_indices(claim)]
    told = {unfolding(fact, knowledge.theory).right: fact for fact in facts}
    folded = t.substitute(whole, told)  # a hypothesis may speak of a name, or of what it stands for
    if folded is not whole:
        yield folded
    yield from _by_meaning(whole)
    for start in dict.fromkeys((term, whole)):
        normalizer = Normalizer(knowledge)
        try:
            yield from _written(normalizer, start, told)
        except (Undefined, LimitError):
            continue


def _by_meaning(term: t.Term) -> Iterator[t.Term]:
    for name, meaning in _MEANINGS.items():
        bindings = match(meaning, term, frozenset((_U,)))
        if bindings is not None:
            yield t.apply(name, bindings[_U])


def _written(normalizer: Normalizer, term: t.Term, told: dict[t.Term, t.Term]) -> Iterator[t.Term]:
    poly = normalizer.normal(term)
    if normalizer.is_zero(poly):
        yield t.ZERO
        return
    plain = to_term(poly)
    yield plain
    yield from _by_meaning(plain)
    yield from _beside_facts(normalizer, poly, told)
    if deltas_in(poly) or choices_in(poly):
        return
    above, below = normalizer.cleared(poly)
    common = normalizer.common(above, positive=False)
    rest = normalizer.divided(above, common)
    under = to_term(Poly({below: 1}))
    before = to_term(Poly({common: 1}))
    for variant in normalizer.splits(rest):
        for bare in (to_term(variant), *_beside_facts(normalizer, variant, told), *_like_facts(normalizer, variant, told)):
            yield t.div(t.mul(before, bare), under)


def _like_facts(normalizer: Normalizer, rest: Poly, told: dict[t.Term, t.Term]) -> Iterator[t.Term]:
    """What is left of a term without its common factors, as a fact that is left with the same without its own."""
    lead = rest.leading()
    for whole, fact in told.items():
        try:
            above, below = normalizer.cleared(normalizer.normal(whole))
        except (Undefined, LimitError):
            continue
        common = normalizer.common(above, positive=False) if above else ()
        own = normalizer.divided(above, common)
        if len(own.terms) > 1 and (common or below) and lead in own.terms:
            ratio = Fraction(rest.terms[lead]) / Fraction(own.terms[lead])
            if not rest - own.scale(ratio):
                yield t.div(t.mul(t.number(ratio), to_term(Poly({below: 1})), fact), to_term(Poly({common: 1})))


def _beside_facts(normalizer: Normalizer, poly: Poly, told: dict[t.Term, t.Term]) -> Iterator[t.Term]:
    """A polynomial as what facts say of signs, and the rest: a fact times a number, or a sum of some."""
    known: list[tuple[Poly, t.Term]] = []
    for whole, fact in told.items():
        try:
            form = normalizer.normal(whole)
        except (Undefined, LimitError):
            continue
        if form:
            known.append((form, fact))
    for form, fact in known:
        lead = form.leading()
        ratio = Fraction(poly.terms.get(lead, 0)) / Fraction(form.terms[lead])
        if ratio and not poly - form.scale(ratio):
            yield t.mul(t.number(ratio), fact)
    for count in range(1, MOST_TOGETHER + 1):
        for chosen in combinations(known[:MOST_ORDERS], count):
            for factor in (Fraction(1), Fraction(-1)):
                rest = poly
                for form, _ in chosen:
                    rest -= form.scale(factor)
                yield _sum(*(fact if factor == 1 else t.neg(fact) for _, fact in chosen), *_terms(rest))


def _sum(*parts: t.Term) -> t.Term:
    """The parts as they are, so that each keeps its sign."""
    return t.Add(parts) if len(parts) > 1 else parts[0]


def _terms(poly: Poly) -> tuple[t.Term, ...]:
    return (to_term(poly),) if poly else ()

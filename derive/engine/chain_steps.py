"""The chain rule as a person uses it: of the sum over all entries, only those that count are left.

    diff(E, Z[k]) = sum(diff(E, s[m])*diff(s[m], Z[k]), m)        the kernel's rule
                  = sum(…, m != k) + diff(E, s[k])*diff(s[k], Z[k])
                  = diff(E, s[k])*diff(s[k], Z[k])                where s[m] does not depend on Z[k] for m != k

Nothing in here is trusted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction

from derive.engine.scope import Scope
from derive.floor import kernel
from derive.floor import terms as t
from derive.floor.conditions import Conditions
from derive.floor.dependence import independent
from derive.floor.inside import known_inside
from derive.floor.kernel import Theorem
from derive.floor.signs import Knowledge
from derive.floor.theory import Theory


def by_chain(term: t.Diff, scope: Scope) -> Theorem | None:
    """The chain rule through the first of the targets that f depends on x by, or else through all of them at once."""
    names = [name for name in sorted(scope.targets) if name != term.by.name]
    for name in names:
        found = through(term, (name,), scope)
        if found is not None:
            return found
    return through(term, names, scope) if len(names) > 1 else None


def through(term: t.Diff, names: Iterable[str], scope: Scope) -> Theorem | None:
    """The chain rule through the defined names, never through f itself; None where f reaches x by another way too.

    A term that is 0 is left out, unless every entry is asked for: one on which f does not depend, or that does not depend on x.
    """
    names = frozenset(names)
    f = term.body
    if isinstance(f, t.Entry) and f.name in names and not any(isinstance(index, t.Affine) for index in f.indices):
        return None
    found = kernel.by_rule("chain", term, scope.known, names)
    if found is None or scope.every_entry:
        return found
    ways = found.right.terms if isinstance(found.right, t.Add) else (found.right,)
    narrowed = {n: fewer for n, way in enumerate(ways) if (fewer := _narrowed(way, scope.known)) is not None}
    if not narrowed:
        return found
    return kernel.transitivity(found, kernel.congruence(found.right, narrowed) if len(ways) > 1 else narrowed[0])


def _narrowed(way: t.Term, known: Knowledge) -> Theorem | None:
    """A sum over the entries of a name, without what is 0; None where there is no such sum, or nothing is."""
    if not isinstance(way, t.Sum):
        return None
    for place in _candidates(way, known.theory):
        alone = _alone(way, place, known)
        if alone is not None:
            further = _narrowed(alone.right, known)
            return alone if further is None else kernel.transitivity(alone, further)
    inner = _narrowed(way.body, known_inside(way, 0, known))
    return None if inner is None else kernel.congruence(way, {0: inner})


def _alone(way: t.Sum, place: t.Term, known: Knowledge) -> Theorem | None:
    """The sum is its term at the place, because all others are 0; None where they need not be."""
    split = kernel.over_range("split", way, known.theory, place)
    assert isinstance(split.right, t.Add)
    rest, here = split.right.terms
    assert isinstance(rest, t.Sum)
    nothing = _vanishing(rest, rest.index, place, known)
    if nothing is None:
        return None
    zeros = kernel.transitivity(split, kernel.congruence(split.right, {0: nothing}))
    return kernel.transitivity(zeros, kernel.ring(zeros.right, here, known.theory, label=""))


def _vanishing(rest: t.Term, index: t.Index, place: t.Term, known: Knowledge) -> Theorem | None:
    """The product within the sums with 0 for one of its factors, as long as the index is not the place."""
    if isinstance(rest, t.Sum):
        position = len(rest.excluded)
        body = _vanishing(rest.body, index, place, known_inside(rest, position, known))
        return None if body is None else kernel.congruence(rest, {position: body})
    for position, factor in enumerate(t.children(rest)):
        assert isinstance(factor, t.Diff)
        asked = independent(factor.body, factor.by, known.theory, known.apart)
        if asked is not None:
            zero = kernel.by_rule("independence", factor, known) if _only_apart(asked, index, place) else None
            return None if zero is None else kernel.congruence(rest, {position: zero})
    return None


def _only_apart(conditions: Conditions, index: t.Index, place: t.Term) -> bool:
    """Whether all that is asked is that the index is not the place, which holds for all other terms of the sum."""
    plain = all(not condition.bound and not condition.guards for condition in conditions)
    claims = (condition.claim for condition in conditions)
    return plain and all(claim.relation == "!=" and {claim.left, claim.right} == {index, place} for claim in claims)


def _candidates(way: t.Sum, theory: Theory) -> Iterator[t.Term]:
    """The indices of the same range in the function or the variable: one of them may be the only one that counts."""
    product: t.Term = way
    while isinstance(product, t.Sum):
        product = product.body
    match product:
        case t.Mul((t.Diff(f, t.Entry(name, indices)), t.Diff(_, by))):
            pass
        case _:
            return
    position = indices.index(way.index)
    entries = (part for part in t.subterms(f) if isinstance(part, t.Entry) and part.name == name)
    free = t.free_indices(f) | t.free_indices(by)
    literals = (index for index in by.indices if isinstance(index, t.Number))
    in_order = sorted(free, key=t.by_name)
    most = _least(way.range, theory)
    for place in dict.fromkeys((*(entry.indices[position] for entry in entries), *in_order, *literals)):
        match place:
            case t.Index(_, extent) if place in free and extent is way.range:
                yield place
            case t.Number(value) if 1 <= value <= most:
                yield place


def _least(extent: t.Term, theory: Theory) -> Fraction:
    """A number that a range surely reaches."""
    match extent:
        case t.Number(value):
            return value
        case t.Size(name):
            return Fraction(theory.sizes.get(name, 0))
    return Fraction(0)

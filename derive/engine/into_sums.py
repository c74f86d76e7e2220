"""Given equations about products, used where one of the factors stands in a sum.

    y[i]*y[k] = delta(i, k)*y[i]        y[k]*sum(y[i], i) = sum(y[k]*y[i], i) = sum(delta(i, k)*y[i], i) = y[k]
"""

from __future__ import annotations

from collections.abc import Iterator

from derive.engine.matching import match, universal
from derive.engine.search import Search
from derive.floor import kernel
from derive.floor.kernel import KernelError, Theorem
from derive.floor.terms import Mul, Sum, Term


def into_sums(search: Search, given: tuple[Theorem, ...], *terms: Term) -> Iterator[Theorem]:
    """What such equations say of the products of a factor and a sum in the terms."""
    about = [theorem for theorem in given if isinstance(theorem.left, Mul) and len(theorem.left.factors) == 2]
    for term in terms if about else ():
        for monomial in search.atoms.monomials(term):
            whole = next((atom for atom, exponent in monomial if isinstance(atom, Sum) and exponent > 0), None)
            if whole is None:
                continue
            for factor in (atom for atom, exponent in monomial if exponent > 0 and atom is not whole):
                yield from _of_product(search, about, factor, whole)


def _of_product(search: Search, about: list[Theorem], factor: Term, whole: Sum) -> Iterator[Theorem]:
    try:
        within = kernel.over_range("within", Mul((factor, whole)), search.theory)
    except KernelError:
        return
    inside = within.right
    assert isinstance(inside, Sum)
    parts = [atom for monomial in search.atoms.monomials(inside.body) for atom, exponent in monomial if exponent > 0]
    for theorem in about:
        for part in parts:
            for pair in (Mul((part, factor)), Mul((factor, part))):
                mapping = match(theorem.left, pair, universal(theorem))
                if mapping is None:
                    continue
                try:
                    yield _used(search, theorem, mapping, within, inside)
                except KernelError:
                    continue


def _used(search: Search, theorem: Theorem, mapping: dict[Term, Term], within: Theorem, inside: Sum) -> Theorem:
    moved = {old: new for old, new in mapping.items() if old is not new}
    here = kernel.instantiate(theorem, moved, search.knowledge) if moved else theorem
    body = search.forms.written(inside.body, [(here.left, here.right)])
    same = kernel.ring(inside.body, body, search.theory, "", (here,))
    total = kernel.transitivity(within, kernel.congruence(inside, {len(inside.excluded): same}))
    settled = search.settled(total.right)
    return total if settled is None else kernel.transitivity(total, settled)

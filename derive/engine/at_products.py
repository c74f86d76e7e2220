"""Given equations about products of two factors, for the factors that stand in a term.

    y[i]*y[j] = delta(i, j)*y[i]        y[k]^2 = delta(k, k)*y[k]
                                        y[k]*sum(y[i], i) = sum(y[k]*y[i], i) = sum(delta(i, k)*y[i], i) = y[k]
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from derive.engine.matching import match, universal
from derive.engine.search import Search
from derive.errors import KernelError
from derive.floor import kernel
from derive.floor.kernel import Theorem
from derive.floor.terms import Mul, Sum, Term


def at_products(search: Search, given: tuple[Theorem, ...], *terms: Term) -> Iterator[Theorem]:
    """What such equations say of the products of two factors in the terms, one of which may stand in a sum."""
    about = [theorem for theorem in given if isinstance(theorem.left, Mul) and len(theorem.left.factors) == 2]
    for term in terms if about else ():
        for monomial in search.atoms.monomials(term):
            factors = [atom for atom, exponent in monomial for _ in range(min(exponent, 2))]
            for one, other in combinations(factors, 2):
                for theorem in about:
                    found = _instance(search, theorem, one, other)
                    if found is not None:
                        yield found
            whole = next((factor for factor in factors if isinstance(factor, Sum)), None)
            if whole is not None:
                for factor in dict.fromkeys(factor for factor in factors if factor is not whole):
                    yield from _of_product(search, about, factor, whole)


def _instance(search: Search, theorem: Theorem, one: Term, other: Term) -> Theorem | None:
    """The equation for these two factors; None where it is about others."""
    for pair in (Mul((one, other)), Mul((other, one))):
        mapping = match(theorem.left, pair, universal(theorem))
        if mapping is not None:
            moved = {old: new for old, new in mapping.items() if old is not new}
            try:
                return kernel.instantiate(theorem, moved, search.knowledge) if moved else theorem
            except KernelError:
                continue
    return None


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
            here = _instance(search, theorem, part, factor) if part is not factor else None
            if here is not None:
                try:
                    yield _used(search, here, within, inside)
                except KernelError:
                    continue


def _used(search: Search, here: Theorem, within: Theorem, inside: Sum) -> Theorem:
    body = search.forms.written(inside.body, [(here.left, here.right)])
    same = kernel.ring(inside.body, body, search.theory, "", (here,))
    total = kernel.transitivity(within, kernel.congruence(inside, {len(inside.excluded): same}))
    settled = search.settled(total.right)
    return total if settled is None else kernel.transitivity(total, settled)

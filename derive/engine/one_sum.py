"""Sums taken together: two sides that are sums over one range are equal if what is summed is.

    sum(abs(z[i]), i) = sum(max(z[i], 0), i) - sum(min(z[i], 0), i)      abs(z) = max(z, 0) - min(z, 0)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.engine.factored import Forms
from derive.errors import KernelError
from derive.floor import kernel
from derive.floor.inside import known_inside
from derive.floor.kernel import Theorem
from derive.floor.signs import Knowledge
from derive.floor.terms import TWO, Binder, Index, Mul, Sum, Term, add, div, free_indices, instance, mul, number, unused_name
from derive.floor.theory import Theory

if TYPE_CHECKING:
    from derive.engine.prove import Prove

Extent = tuple[Term, tuple[Term, ...]]


def by_one_sum(left: Term, right: Term, knowledge: Knowledge, forms: Forms, prove: Prove) -> Theorem | None:
    """The theorem that two terms are equal since their sums are, what is summed being equal; None where that is not so."""
    sides = [_parted(side, forms) for side in (left, right)]
    extents = {extent for sums, _ in sides for extent in sums}
    if len(extents) != 1:
        return None
    (extent,) = extents
    letter = Index("i", extent[0])
    taken = {other.name for other in (*free_indices(left), *free_indices(right), letter)}
    index = Index(unused_name(letter.name, taken), letter.range)
    bodies = [add(*(mul(factor, instance(each, index)) for factor, each in sums.get(extent, ()))) for sums, _ in sides]
    wholes = [Sum(index, extent[1], body) for body in bodies]
    theory = knowledge.theory
    try:
        first = kernel.ring(left, add(wholes[0], *sides[0][1]), theory, "")
        last = kernel.ring(add(wholes[1], *sides[0][1]), right, theory, "")
        position = len(extent[1])
        same = prove(wholes[0].body, wholes[1].body, known_inside(wholes[0], position, knowledge))
        if same is None:
            return None
        middle = kernel.congruence(wholes[0], {position: same})
        if sides[0][1]:
            middle = kernel.congruence(first.right, {0: middle})
        return kernel.transitivity(kernel.transitivity(first, middle), last)
    except (KernelError, ValueError):
        return None


def symmetric(term: Term, forms: Forms, theory: Theory) -> Theorem | None:
    """sum(f[i, j], i, j) = (sum(f[i, j], i, j) + sum(f[j, i], i, j))/2, for each double sum in a term; None without any."""
    sums, _ = _parted(term, forms)
    turned = []
    for _, whole in (each for group in sums.values() for each in group):
        try:
            turned.append(kernel.over_range("exchange", whole, theory))
        except KernelError:
            continue
    if not turned:
        return None
    other = forms.written(term, [(theorem.left, theorem.right) for theorem in turned])
    try:
        return kernel.ring(term, div(add(term, other), TWO), theory, "", tuple(kernel.symmetry(theorem) for theorem in turned))
    except KernelError:
        return None


def _parted(term: Term, forms: Forms) -> tuple[dict[Extent, list[tuple[Term, Binder]]], tuple[Term, ...]]:
    """The sums in a term by what they run over, each with the factor before it; and the other monomials."""
    sums: dict[Extent, list[tuple[Term, Binder]]] = {}
    others: list[Term] = []
    for value, monomial in forms.monomials(term):
        factors = monomial.factors if isinstance(monomial, Mul) else (monomial,)
        found = [factor for factor in factors if isinstance(factor, Sum)]
        if len(found) != 1:
            others.append(mul(number(value), monomial))
            continue
        (whole,) = found
        rest = mul(number(value), *(factor for factor in factors if factor is not whole))
        sums.setdefault((whole.range, whole.excluded), []).append((rest, whole))
    return sums, tuple(others)

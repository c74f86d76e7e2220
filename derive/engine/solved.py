"""Equations that are given, as equations about one atom each.

    h = f*h + g          h = g/(1 - f)
    a + b = 1            a = 1 - b
    k*x = c*y            as it is: the product is replaced where it stands
    1 - x*y = 0          x*y = 1, where nothing says that x or y is not 0
"""

from __future__ import annotations

from derive.engine.factored import Forms
from derive.engine.measure import size
from derive.errors import KernelError
from derive.floor import kernel
from derive.floor.kernel import Theorem
from derive.floor.signs import Knowledge
from derive.floor.terms import Add, Apply, Binder, Call, Diff, Entry, Term, add, div, mul, neg, number, subterms

LABEL = ""


def solved(
    given: tuple[Theorem, ...], forms: Forms, knowledge: Knowledge
) -> tuple[tuple[Theorem, ...], tuple[Theorem, ...]]:
    """Those about one atom, where it is known that what it is divided by is not 0; and those about products."""
    about_atoms, others = [], []
    for theorem in given:
        left = forms.monomials(theorem.left)
        if len(left) == 1 and not _is_atom(theorem.left):
            others.append(theorem)
            continue
        atoms = [theorem.left] if _is_atom(theorem.left) else [*filter(_is_atom, dict.fromkeys(subterms(theorem.left)))]
        found = next(filter(None, (_solved_for(theorem, atom, forms, knowledge) for atom in atoms)), None)
        if found is not None:
            about_atoms.append(found)
        else:
            others += filter(None, (_of_product(theorem, forms),))
    return tuple(about_atoms), tuple(others)


def _is_atom(term: Term) -> bool:
    return isinstance(term, Entry | Call | Diff | Apply | Binder)


def _solved_for(theorem: Theorem, atom: Term, forms: Forms, knowledge: Knowledge) -> Theorem | None:
    """x = -b/a, from l = r, where l - r is a*x + b."""
    if theorem.left is atom and atom not in subterms(theorem.right):
        return theorem
    difference = add(theorem.left, neg(theorem.right))
    linear, rest = [], []
    for value, monomial in forms.monomials(difference):
        _, factors = forms.factors(monomial)
        exponents = dict(factors)
        whole = mul(number(value), monomial)
        if exponents.get(atom) == 1:
            linear.append(forms.written(div(whole, atom)))
        elif atom in subterms(monomial):
            return None
        else:
            rest.append(whole)
    if not linear or any(atom in subterms(part) for part in linear):
        return None
    factor, constant = add(*linear), add(*rest)
    if knowledge.sign(factor).relation not in (">", "<", "!="):
        return None
    try:
        return _isolated(theorem, atom, factor, constant)
    except KernelError:
        return None


def _of_product(theorem: Theorem, forms: Forms) -> Theorem | None:
    """x*y = 1, from 1 - x*y = 0: the largest product by the rest."""
    monomials = forms.monomials(add(theorem.left, neg(theorem.right)))
    if not monomials:
        return None
    value, largest = max(monomials, key=lambda pair: size(pair[1]))
    rest = add(*(mul(number(other), monomial) for other, monomial in monomials if monomial is not largest))
    try:
        return _isolated(theorem, largest, number(value), rest)
    except KernelError:
        return None


def _isolated(theorem: Theorem, atom: Term, factor: Term, constant: Term) -> Theorem:
    """x = ((l - r) - b)/a = ((r - r) - b)/a = -b/a."""
    both = Add((theorem.left, neg(theorem.right)))
    whole = Add((both, neg(constant)))
    start = div(whole, factor)
    used = kernel.congruence(whole, {0: kernel.congruence(both, {0: theorem})})
    if start is not whole:
        used = kernel.congruence(start, {0: used})
    first = kernel.transitivity(kernel.ring(atom, start, theorem.theory, LABEL), used)
    last = kernel.ring(used.right, div(neg(constant), factor), theorem.theory, LABEL)
    return kernel.transitivity(first, last)

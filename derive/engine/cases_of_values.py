"""What is known in a case: equations at a border, what has no value there, and sums whose terms are equal case by case.

    x = 0                                      where x >= 0 and 0 >= x
    y^2/abs(y) = 5                             where y = 0: the left side has no value
    sum(max(x[i], 0), i)                       = sum(if(x[i] >= 0, x[i], 0), i), term by term
"""

from __future__ import annotations

from collections.abc import Callable

from derive.engine.factored import Forms, product
from derive.engine.lookup import Laws
from derive.floor import kernel
from derive.floor.conditions import is_about_indices
from derive.floor.definedness import defined
from derive.floor.inside import known_inside
from derive.floor.kernel import KernelError, Theorem
from derive.floor.signs import Knowledge
from derive.floor.terms import ZERO, Add, Apply, Comparison, Div, If, Mul, Sum, Term, add, apply, instance, mul, neg, subterms

Proved = Callable[[Term, Term, Knowledge, tuple[Theorem, ...]], Theorem | None]
"""The search for a proof of an equation inside of a case or of a sum."""


def equations_of(case: Comparison, knowledge: Knowledge) -> tuple[Theorem, ...]:
    """What a case says as an equation, together with what is known there."""
    theory = knowledge.signature
    if case.relation == "=":
        return (kernel.hypothesis(case, theory),)
    if case.relation != ">=" or Comparison(case.right, ">=", case.left) not in knowledge.hypotheses:
        return ()
    laws = Laws(theory, None)
    greater = apply("max", case.left, case.right)
    one = laws.law("cases", a=case.left, b=case.right, left=greater, right=case.left)
    other = laws.law("cases", a=case.left, b=case.right, left=greater, right=case.right)
    return () if one is None or other is None else (kernel.transitivity(kernel.symmetry(one), other),)


def without_value(
    left: Term, right: Term, knowledge: Knowledge, given: tuple[Theorem, ...], proved: Proved
) -> Theorem | None:
    """Two sides of which one is divided by what is 0 by the equations: both are a*d/d, where d is 0, and so equal to 0/d."""
    needed = defined(left) | defined(right)
    claims = {c.claim.left for c in needed if c.claim.relation == "!=" and c.claim.right is ZERO and not (c.bound or c.guards)}
    for divisor in sorted(claims, key=repr) if given else ():
        nothing = proved(divisor, ZERO, knowledge, given)
        if nothing is not None:
            return kernel.transitivity(_nothing(left, divisor, nothing), kernel.symmetry(_nothing(right, divisor, nothing)))
    return None


def _nothing(side: Term, divisor: Term, nothing: Theorem) -> Theorem:
    """a = a*d/d = a*0/d = 0/d."""
    above = Mul((side, divisor))
    whole = Div(above, divisor)
    used = kernel.congruence(whole, {0: kernel.congruence(above, {1: nothing})})
    start = kernel.transitivity(kernel.ring(side, whole, nothing.theory, ""), used)
    return kernel.transitivity(start, kernel.ring(start.right, Div(ZERO, divisor), nothing.theory, ""))


def as_one_sum(
    left: Term, right: Term, knowledge: Knowledge, forms: Forms, given: tuple[Theorem, ...], proved: Proved
) -> Theorem | None:
    """Two sides that differ by sums of choices over one index, if the terms of these are 0 together."""
    if not _chooses(left) and not _chooses(right):
        return None
    difference = Add((left, neg(right)))
    whole = _one_sum(difference, forms)
    if whole is None:
        return None
    try:
        total = kernel.ring(difference, whole, knowledge.signature, "")
        position = len(whole.excluded)
        inside = proved(whole.body, ZERO, known_inside(whole, position, knowledge), given)
        if inside is None:
            return None
        total = kernel.transitivity(total, kernel.congruence(whole, {position: inside}))
        total = kernel.transitivity(total, kernel.ring(total.right, ZERO, total.theory, ""))
        back = Add((difference, right))
        used = kernel.congruence(back, {0: total})
        start = kernel.transitivity(kernel.ring(left, back, total.theory, ""), used)
        return kernel.transitivity(start, kernel.ring(start.right, right, total.theory, "algebra"))
    except KernelError:
        return None


def _one_sum(term: Term, forms: Forms) -> Sum | None:
    """A sum of multiples of sums over one index as one sum."""
    parts, first = [], None
    for coefficient, factors in forms.products(term):
        sums = [part for part, exponent in factors if isinstance(part, Sum) and exponent == 1]
        if len(sums) != 1:
            return None
        first = first or sums[0]
        if sums[0].range is not first.range or sums[0].excluded != first.excluded:
            return None
        others = product([pair for pair in factors if pair[0] is not sums[0]], coefficient)
        parts.append(mul(others, instance(sums[0], first.index)))
    return None if first is None else Sum(first.index, first.excluded, add(*parts))


def _chooses(term: Term) -> bool:
    """Whether there is a choice of values in a sum."""
    return any(isinstance(part, Sum) and any(map(_is_choice, subterms(part.scope))) for part in subterms(term))


def _is_choice(term: Term) -> bool:
    match term:
        case If():
            return not is_about_indices(term.condition)
        case Apply():
            return term.function in ("abs", "max", "min")
    return False

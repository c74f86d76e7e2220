"""Contradictory assumptions, which would prove anything: found where signs and normal forms can show them.

Finding nothing is no proof of consistency. Each assumption is looked at under all the others: one whose two sides differ by a
number, or by something that the other assumptions give a sign, cannot hold.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

from derive.engine.agreement import as_equations
from derive.engine.given import given_equations
from derive.engine.normal import Normalizer, Undefined
from derive.errors import KernelError, LimitError
from derive.floor import kernel
from derive.floor.conditions import difference, is_about_indices
from derive.floor.signs import Knowledge
from derive.floor.terms import ONE, Affine, Comparison, affine, by_name, free_indices, substitute, subterms
from derive.floor.theory import Assumption, Theory
from derive.limits import CONSISTENCY, allowed, spend

_IMPOSSIBLE = {
    "=": (">", "<", "!="),
    "!=": ("=",),
    ">": ("<", "<=", "="),
    ">=": ("<",),
}


def contradiction(theory: Theory, seconds: float) -> Assumption | None:
    """The first assumption that cannot hold together with the declarations and the other assumptions; None if none is found.

    No more is done for it than `CONSISTENCY`, and its part of the `seconds` of a step, allow.
    """
    with suppress(LimitError, RecursionError), allowed(CONSISTENCY, seconds):
        for assumption in theory.assumptions:
            for claim in _instances(assumption.claim, theory):
                spend(8 * len(theory.assumptions))  # each is looked at under all the others
                if _fails(claim, assumption, theory):
                    return assumption
    return None


def _instances(claim: Comparison, theory: Theory) -> Iterator[Comparison]:
    """The claim for any indices; and where some are computed for the first and the last, whose neighbours are 0."""
    yield claim
    if any(isinstance(part, Affine) for part in subterms(claim)):
        for index in sorted(free_indices(claim) - set(theory.indices.values()), key=by_name):
            for end in (ONE, affine(((1, index.range),))):
                try:
                    instance = substitute(claim, {index: end})
                except ValueError:
                    continue
                assert isinstance(instance, Comparison)
                yield instance


def _fails(claim: Comparison, assumption: Assumption, theory: Theory) -> bool:
    if is_about_indices(claim):
        return False
    others = tuple(a for a in theory.assumptions if a is not assumption)
    knowledge = Knowledge(replace(theory, assumptions=others))
    term = kernel.unfolded(difference(claim), theory)
    normalizer = Normalizer(knowledge)
    try:
        found = normalizer.sign_of(term).relation
        if found in _IMPOSSIBLE.get(claim.relation, ()):
            return True
        if claim.relation not in ("=", "!="):
            return False
        poly = normalizer.normal(term)
        equations = as_equations(given_equations(Knowledge(knowledge.theory)), normalizer)
        value = normalizer.rewritten(normalizer.without_bars(poly), equations)[0].constant()
    except (Undefined, LimitError, KernelError):
        return False
    return value is not None and (value != 0 if claim.relation == "=" else value == 0)

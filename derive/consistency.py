"""Contradictory assumptions, which would prove anything: found where signs and normal forms can show them.

Finding nothing is no proof of consistency. Each assumption is looked at under all the others: one whose two sides differ by a
number, or by something that the other assumptions give a sign, cannot hold.
"""

from __future__ import annotations

from dataclasses import replace

from derive import kernel
from derive.definedness import difference
from derive.errors import LimitError
from derive.kernel import KernelError
from derive.normal import Normalizer, Undefined
from derive.signature import Assumption, Signature
from derive.signs import Knowledge
from derive.terms import Comparison, Index

_IMPOSSIBLE = {
    "=": (">", "<", "!="),
    "!=": ("=",),
    ">": ("<", "<=", "="),
    ">=": ("<",),
}


def contradiction(signature: Signature) -> Assumption | None:
    """The first assumption that cannot hold together with the declarations and the other assumptions; None if none is found."""
    for assumption in signature.assumptions:
        if _fails(assumption, signature):
            return assumption
    return None


def _fails(assumption: Assumption, signature: Signature) -> bool:
    claim = assumption.claim
    if isinstance(claim.left, Index):
        return False
    others = tuple(a for a in signature.assumptions if a is not assumption)
    knowledge = Knowledge(replace(signature, assumptions=others))
    term = kernel.unfolded(difference(claim), signature)
    normalizer = Normalizer(knowledge)
    try:
        found = normalizer.sign_of(term).relation
        if found in _IMPOSSIBLE.get(claim.relation, ()):
            return True
        if claim.relation not in ("=", "!="):
            return False
        poly = normalizer.normal(term)
        equations = kernel.as_equations(_equations(knowledge.signature), normalizer)
        value = normalizer.rewritten(normalizer.without_bars(poly), equations)[0].constant()
    except (Undefined, LimitError, KernelError):
        return False
    return value is not None and (value != 0 if claim.relation == "=" else value == 0)


def _equations(signature: Signature) -> list[kernel.Theorem]:
    found = []
    for position, assumption in enumerate(signature.assumptions, 1):
        claim: Comparison = assumption.claim
        if claim.relation == "=" and not isinstance(claim.left, Index):
            found.append(kernel.assumption(position, signature))
    return found

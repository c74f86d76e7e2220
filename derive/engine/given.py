"""The equations that are given, as theorems that hold under them."""

from __future__ import annotations

from derive.floor import kernel
from derive.floor.conditions import is_about_indices
from derive.floor.kernel import Theorem
from derive.floor.signs import Knowledge


def given_equations(knowledge: Knowledge) -> tuple[Theorem, ...]:
    """The assumptions, each for all values of its indices, and the hypotheses that are equalities of values."""
    theory = knowledge.theory
    assumed = [(assumption.claim, theory.universal(assumption.claim)) for assumption in theory.assumptions]
    stated = [*assumed, *((claim, frozenset()) for claim in knowledge.hypotheses)]
    return tuple(
        kernel.hypothesis(claim, theory, universal)
        for claim, universal in stated
        if claim.relation == "=" and not is_about_indices(claim)
    )

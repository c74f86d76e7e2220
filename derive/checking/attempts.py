"""Attempts to prove an equation, each of which ends: what takes too long, or goes round for ever, gives None.

    by_licence      by the rules that a licence allows
    proving         the same, where the theorem needs no condition that the claim does not have
    by_any_means    by whatever it takes
"""

from __future__ import annotations

from derive.engine.decide import evaluated
from derive.engine.evidence import weighed
from derive.engine.fitting import fitting
from derive.engine.justify import Licence, justified
from derive.engine.rewriting import Context
from derive.errors import LimitError
from derive.floor.conditions import merged_indices
from derive.floor.kernel import Theorem
from derive.floor.terms import Term, substitute
from derive.limits import PROOF, allowed, spend


def by_any_means(left: Term, right: Term, context: Context) -> Theorem | None:
    """A theorem `left = right` by whatever it takes."""
    merged = merged_indices(context.knowledge.conditions)
    left, right = substitute(left, merged), substitute(right, merged)
    try:
        with allowed(PROOF, context.seconds):
            return _ended(evaluated(left, right, context))
    except (LimitError, RecursionError) as problem:
        context.met(problem)
    return None


def _ended(found: Theorem | None) -> Theorem | None:
    """What was found. Fails with `LimitError` where nothing was, and all that was allowed is spent: parts of a search go on
    without those that met a limit.
    """
    if found is None:
        spend(0)
    return found


def by_licence(left: Term, right: Term, licence: Licence, context: Context) -> Theorem | None:
    """A theorem by the rules of a licence; None also where that would take too long, or goes round for ever."""
    try:
        with allowed(PROOF, context.seconds):
            return _ended(justified(left, right, licence, context))
    except (LimitError, RecursionError) as problem:
        context.met(problem)
        return None


def proving(left: Term, right: Term, licence: Licence, context: Context) -> Theorem | None:
    """A theorem by the rules of a licence that proves the step; see `by_licence` and `claims`."""
    found = by_licence(left, right, licence, context)
    if found is None or not weighed([found], (left, right), context.knowledge).proves:
        return None
    return found


def fitted(left: Term, right: Term, licence: Licence, context: Context) -> tuple[str, ...]:
    """The identities of functions that apply to two sides; none where looking for them takes too long."""
    try:
        with allowed(PROOF, context.seconds):
            return fitting(left, right, licence, context)
    except (LimitError, RecursionError):
        return ()

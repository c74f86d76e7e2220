"""Matching: whether a term is an instance of a pattern, and which.

The pattern's `variables` are indices and scalar entries that may stand for anything of their kind: an index for an index of the
same range or a whole number, a scalar for any term. Bound indices match by position.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.floor.terms import (
    ONE,
    Affine,
    Apply,
    Binder,
    Diff,
    Entry,
    Index,
    Number,
    Term,
    alpha_equal,
    apply,
    children,
    free_indices,
)

if TYPE_CHECKING:
    from derive.floor.kernel import Theorem

Bindings = dict[Term, Term]
E = apply("exp", ONE)


def match(pattern: Term, term: Term, variables: frozenset[Term]) -> Bindings | None:
    """What the variables stand for when the pattern is the term; None where it is not."""
    bindings: Bindings = {}
    return bindings if _match(pattern, term, variables, bindings, {}) else None


def _match(
    pattern: Term, term: Term, variables: frozenset[Term], bindings: Bindings, bound: dict[Index, Index]
) -> bool:
    if isinstance(pattern, Index) and pattern in bound:
        return bound[pattern] is term
    if pattern in variables:
        known = bindings.get(pattern)
        if known is not None:
            return alpha_equal(known, term)
        if free_indices(term) & set(bound.values()):
            return False
        if isinstance(pattern, Index) and not (
            (isinstance(term, Index) and term.range is pattern.range) or isinstance(term, Number)
        ):
            return False
        bindings[pattern] = term
        return True
    if type(pattern) is not type(term):
        return False
    match pattern, term:
        case Apply("log", (inside, base)), Apply("ln", (argument,)):
            # The natural logarithm is the logarithm to the base exp(1).
            return _match(inside, argument, variables, bindings, bound) and _match(base, E, variables, bindings, bound)
    if isinstance(pattern, Index):
        return pattern is term and term not in bound.values()
    if isinstance(pattern, Binder) and isinstance(term, Binder):
        if pattern.index.range is not term.index.range or len(pattern.excluded) != len(term.excluded):
            return False
        pairs = zip(pattern.excluded, term.excluded, strict=True)
        if not all(_match(p, t, variables, bindings, bound) for p, t in pairs):
            return False
        return _match(pattern.body, term.body, variables, bindings, {**bound, pattern.index: term.index})
    if isinstance(pattern, Diff) and isinstance(term, Diff) and isinstance(pattern.by, Entry) and pattern.by in variables:
        return False
    if isinstance(pattern, Affine) and isinstance(term, Affine) and pattern.factors != term.factors:
        return False
    own = [getattr(pattern, name) for name in pattern._fields if not isinstance(getattr(pattern, name), Term | tuple)]
    other = [getattr(term, name) for name in term._fields if not isinstance(getattr(term, name), Term | tuple)]
    parts, others = children(pattern), children(term)
    return (
        own == other
        and len(parts) == len(others)
        and all(_match(p, t, variables, bindings, bound) for p, t in zip(parts, others, strict=True))
    )


def universal(theorem: Theorem) -> frozenset[Index]:
    """The indices that a theorem holds for all values of: those that are free in it and not special.

    An index that an equality among the conditions mentions freely may be special, the k of a hypothesis about k. A
    declared `index o` is: definitions may mention it.
    """
    special = frozenset[Index]().union(*(c.free_indices() for c in theorem.conditions if c.claim.relation == "="))
    return (free_indices(theorem.left) | free_indices(theorem.right)) - special - set(theorem.theory.indices.values())

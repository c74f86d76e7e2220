"""Matching: whether a term is an instance of a pattern, and which.

The pattern's `variables` are indices and scalar entries that may stand for anything of their kind: an index for an index of the
same range or a whole number, a scalar for any term. Bound indices match by position.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.floor import terms as t

if TYPE_CHECKING:
    from derive.floor.kernel import Theorem

Bindings = dict[t.Term, t.Term]
E = t.apply("exp", t.ONE)


def match(pattern: t.Term, term: t.Term, variables: frozenset[t.Term]) -> Bindings | None:
    """What the variables stand for when the pattern is the term; None where it is not."""
    bindings: Bindings = {}
    return bindings if _match(pattern, term, variables, bindings, {}) else None


def _match(
    pattern: t.Term, term: t.Term, variables: frozenset[t.Term], bindings: Bindings, bound: dict[t.Index, t.Index]
) -> bool:
    if isinstance(pattern, t.Index) and pattern in bound:
        return bound[pattern] is term
    if pattern in variables:
        if t.free_indices(term) & set(bound.values()):
            return False  # whatever it is called: what a sum binds is no free index of that name
        known = bindings.get(pattern)
        if known is not None:
            return t.alpha_equal(known, term)
        if isinstance(pattern, t.Index) and not (
            (isinstance(term, t.Index) and term.range is pattern.range) or isinstance(term, t.Number)
        ):
            return False
        bindings[pattern] = term
        return True
    if type(pattern) is not type(term):
        return False
    match pattern, term:
        case t.Apply("log", (inside, base)), t.Apply("ln", (argument,)):
            # The natural logarithm is the logarithm to the base exp(1).
            return _match(inside, argument, variables, bindings, bound) and _match(base, E, variables, bindings, bound)
    if isinstance(pattern, t.Index):
        return pattern is term and term not in bound.values()
    if isinstance(pattern, t.Binder) and isinstance(term, t.Binder):
        if pattern.index.range is not term.index.range or len(pattern.excluded) != len(term.excluded):
            return False
        pairs = zip(pattern.excluded, term.excluded, strict=True)
        if not all(_match(p, q, variables, bindings, bound) for p, q in pairs):
            return False
        return _match(pattern.body, term.body, variables, bindings, {**bound, pattern.index: term.index})
    if isinstance(pattern, t.Diff) and isinstance(term, t.Diff) and isinstance(pattern.by, t.Entry) and pattern.by in variables:
        return False
    if isinstance(pattern, t.Affine) and isinstance(term, t.Affine) and pattern.factors != term.factors:
        return False
    own = [getattr(pattern, name) for name in pattern._fields if not isinstance(getattr(pattern, name), t.Term | tuple)]
    other = [getattr(term, name) for name in term._fields if not isinstance(getattr(term, name), t.Term | tuple)]
    parts, others = t.children(pattern), t.children(term)
    return (
        own == other
        and len(parts) == len(others)
        and all(_match(p, q, variables, bindings, bound) for p, q in zip(parts, others, strict=True))
    )


def universal(theorem: Theorem) -> frozenset[t.Index]:
    """The indices that a theorem holds for all values of: those that are free in it and not special.

    An index that an equality among the conditions mentions freely may be special, the k of a hypothesis about k. A
    declared `index o` is: definitions may mention it.
    """
    special = frozenset[t.Index]().union(*(c.free_indices() for c in theorem.conditions if c.claim.relation == "="))
    return (t.free_indices(theorem.left) | t.free_indices(theorem.right)) - special - set(theorem.theory.indices.values())

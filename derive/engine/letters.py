"""The letters of bound indices: those that a term has, and one that is free."""

from __future__ import annotations

from collections.abc import Iterable

from derive.floor.terms import Binder, Index, Term, children, unused_name


def bound_indices(term: Term) -> frozenset[Index]:
    """The indices that some sum or product inside `term` binds, by the letters that they have there."""
    own = frozenset((term.index,)) if isinstance(term, Binder) else frozenset[Index]()
    return own.union(*map(bound_indices, children(term)))


def fresh(index: Index, avoid: Iterable[Index]) -> Index:
    """An index with the range of `index` whose name is that of no index in `avoid`: i2, i3, …"""
    return Index(unused_name(index.name, {other.name for other in avoid}), index.range)

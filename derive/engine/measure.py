"""How large a term is."""

from __future__ import annotations

from derive.floor.terms import Term, children, kept


@kept
def size(term: Term) -> int:
    """The number of terms inside `term`, itself included; what stands there twice counts twice."""
    return 1 + sum(map(size, children(term)))

"""Places: where something stands in a term, and what may be put there.

A *place* is one occurrence of a term inside another. A *candidate* is a whole right side with something else at one place:

    the places of  a + b*c          a + b*c, a, b*c, b, c
    x put at b in  a + b*c          a + x*c
    -x put at b in a + b*c          a - x*c     a sign is written in front, as a person would
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from derive.engine.writing import minus, unsigned
from derive.floor.terms import (
    ONE,
    ZERO,
    Add,
    Binder,
    Comparison,
    Delta,
    Diff,
    Div,
    Entry,
    Index,
    Mul,
    Neg,
    Subscript,
    Term,
    add,
    children,
    rebuild,
)


@dataclass(frozen=True)
class Place:
    """One occurrence of a term: the way down to it from the whole, what stands directly above, and the indices bound above.

    `derived` tells that it stands inside a derivative.
    """

    term: Term
    path: tuple[int, ...] = ()
    parent: Term | None = None
    bound: tuple[Index, ...] = ()
    derived: bool = False


@dataclass(frozen=True)
class Candidate:
    """A right side that may have been meant: `change` instead of `part`, and the words that a message needs besides."""

    right: Term
    part: Term
    change: Term
    words: dict[str, Term | str] = field(default_factory=dict, compare=False)


def places(term: Term) -> Iterator[Place]:
    """Every value inside `term`, itself first; indices and the variables of derivatives are parts of what they stand in."""
    yield from _places(Place(term))


def _places(here: Place) -> Iterator[Place]:
    yield here
    term = here.term
    if isinstance(term, Entry | Delta):
        return
    bound = (*here.bound, term.index) if isinstance(term, Binder) else here.bound
    derived = here.derived or isinstance(term, Diff)
    for position, part in enumerate(children(term)):
        if isinstance(part, (*Subscript, Comparison)) or (isinstance(term, Diff) and position == 1):
            continue
        if not isinstance(term, Binder) or position == len(term.excluded):
            yield from _places(Place(part, (*here.path, position), term, bound, derived))


def put(whole: Term, path: tuple[int, ...], new: Term) -> Term:
    """`whole` with `new` at the end of `path`, written as a person would: signs in front, sums and products flat."""
    if not path:
        return new
    position, *rest = path
    return _with_part(whole, position, put(children(whole)[position], tuple(rest), new))


def _with_part(term: Term, position: int, new: Term) -> Term:
    old = children(term)
    before, after = old[:position], old[position + 1 :]
    bare = unsigned(new)
    match term:
        case Add():
            if isinstance(new, Add):
                return add(*before, *new.terms, *after)
            if new is ZERO:
                return add(*before, *after)
            return Add((*before, Neg(bare) if bare is not None and before else new, *after))
        case Neg():
            return new if new is ZERO else minus(new)
        case Mul():
            if bare is not None and before:
                return minus(_with_part(term, position, bare))
            if isinstance(new, Mul):
                return Mul((*before, *new.factors, *after))
            if new is ONE and len(old) > 1:
                rest = (*before, *after)
                return rest[0] if len(rest) == 1 else Mul(rest)
        case Div(numerator, _) if position == 1 and bare is not None:
            return minus(Div(numerator, bare))
        case Div(numerator, _) if position == 1 and new is ONE:
            return numerator
    return rebuild(term, (*before, new, *after))


def term_at(whole: Term, path: tuple[int, ...]) -> Term:
    """What stands at the end of `path`."""
    for position in path:
        whole = children(whole)[position]
    return whole

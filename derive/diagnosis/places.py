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
from derive.floor import terms as t


@dataclass(frozen=True)
class Place:
    """One occurrence of a term: the way down to it from the whole, what stands directly above, and the indices bound above.

    `derived` tells that it stands inside a derivative.
    """

    term: t.Term
    path: tuple[int, ...] = ()
    parent: t.Term | None = None
    bound: tuple[t.Index, ...] = ()
    derived: bool = False


@dataclass(frozen=True)
class Candidate:
    """A right side that may have been meant: `change` instead of `part`, and the words that a message needs besides."""

    right: t.Term
    part: t.Term
    change: t.Term
    words: dict[str, t.Term | str] = field(default_factory=dict, compare=False)


def places(term: t.Term) -> Iterator[Place]:
    """Every value inside `term`, itself first; indices and the variables of derivatives are parts of what they stand in."""
    yield from _places(Place(term))


def _places(here: Place) -> Iterator[Place]:
    yield here
    term = here.term
    if isinstance(term, t.Entry | t.Delta):
        return
    bound = (*here.bound, term.index) if isinstance(term, t.Binder) else here.bound
    derived = here.derived or isinstance(term, t.Diff)
    for position, part in enumerate(t.children(term)):
        if isinstance(part, (*t.Subscript, t.Comparison)) or (isinstance(term, t.Diff) and position == 1):
            continue
        if not isinstance(term, t.Binder) or position == len(term.excluded):
            yield from _places(Place(part, (*here.path, position), term, bound, derived))


def put(whole: t.Term, path: tuple[int, ...], new: t.Term) -> t.Term:
    """`whole` with `new` at the end of `path`, written as a person would: signs in front, sums and products flat."""
    if not path:
        return new
    position, *rest = path
    return _with_part(whole, position, put(t.children(whole)[position], tuple(rest), new))


def _with_part(term: t.Term, position: int, new: t.Term) -> t.Term:
    old = t.children(term)
    before, after = old[:position], old[position + 1 :]
    bare = unsigned(new)
    match term:
        case t.Add():
            if isinstance(new, t.Add):
                return t.add(*before, *new.terms, *after)
            if new is t.ZERO:
                return t.add(*before, *after)
            return t.Add((*before, t.Neg(bare) if bare is not None and before else new, *after))
        case t.Neg():
            return new if new is t.ZERO else minus(new)
        case t.Mul():
            if bare is not None and before:
                return minus(_with_part(term, position, bare))
            if isinstance(new, t.Mul):
                return t.Mul((*before, *new.factors, *after))
            if new is t.ONE and len(old) > 1:
                rest = (*before, *after)
                return rest[0] if len(rest) == 1 else t.Mul(rest)
        case t.Div(numerator, _) if position == 1 and bare is not None:
            return minus(t.Div(numerator, bare))
        case t.Div(numerator, _) if position == 1 and new is t.ONE:
            return numerator
    return t.rebuild(term, (*before, new, *after))


def exchanged(whole: t.Term, path: tuple[int, ...], new: t.Term) -> t.Term:
    """`whole` with `new` at the end of `path`, and all other places where they were."""
    if not path:
        return new
    position, *rest = path
    parts = t.children(whole)
    inside = exchanged(parts[position], tuple(rest), new)
    return t.rebuild(whole, (*parts[:position], inside, *parts[position + 1 :]))


def term_at(whole: t.Term, path: tuple[int, ...]) -> t.Term:
    """What stands at the end of `path`."""
    for position in path:
        whole = t.children(whole)[position]
    return whole

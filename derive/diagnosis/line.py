"""A false line, and what its author had in sight: its places, indices, sizes and derivatives.

    diff(sin(2*x), x) = cos(2*x)

    places          cos(2*x), 2*x, 2, x
    derivatives     diff(sin(2*x), x)
    compositions    sin of 2*x, whose slope by x is 2

A *mistake* is a function of such a line: it yields the right sides that the author may have meant.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from derive.diagnosis.places import Candidate, Place, places, put
from derive.engine.decide import differentiated
from derive.engine.letters import bound_indices, fresh
from derive.engine.measure import size
from derive.engine.normal import Undefined
from derive.engine.rewriting import Context
from derive.engine.simplest import simplest
from derive.engine.writing import tidy
from derive.errors import KernelError, LimitError
from derive.floor import terms as t
from derive.floor.dependence import reaches


@dataclass(frozen=True)
class Composition:
    """`outer`, a function or power of `inner`, met inside the derivative by `by`; `slope` is the derivative of the inner."""

    outer: t.Term
    inner: t.Term
    by: t.Entry
    slope: t.Term


class Line:
    """A refuted line, `left = right`, and what its author had in sight."""

    def __init__(self, left: t.Term, right: t.Term, context: Context) -> None:
        self.left = left
        self.right = right
        self.context = context
        self.theory = context.theory

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """Every place of the right side, from the outside in."""
        return tuple(places(self.right))

    @cached_property
    def summands(self) -> tuple[Place, ...]:
        """The places where a sign or a factor counts on its own: the whole, the terms of a sum, what a function is taken of."""
        return tuple(
            p
            for p in self.places
            if p.parent is None
            or isinstance(p.parent, t.Add | t.Apply | t.Call | t.If)
            or (isinstance(p.parent, t.Pow) and p.path[-1] == 1 and t.rational(p.term) is None)
        )

    @cached_property
    def products(self) -> tuple[Place, ...]:
        """The places where a factor can be lost: the summands, and the bodies of sums."""
        bodies = (p for p in self.places if isinstance(p.parent, t.Sum) and not isinstance(p.term, t.Add))
        return (*self.summands, *bodies)

    @cached_property
    def free(self) -> tuple[t.Index, ...]:
        """The free indices of both sides."""
        found = t.free_indices(self.left) | t.free_indices(self.right)
        return tuple(sorted(found, key=t.by_name))

    @cached_property
    def taken(self) -> frozenset[t.Index]:
        """Every index of both sides, free or bound."""
        return frozenset(self.free) | bound_indices(self.left) | bound_indices(self.right)

    @cached_property
    def names(self) -> frozenset[str]:
        """The names in both sides, and those by which they are defined."""
        found: set[str] = set()
        waiting = [*t.entry_names(self.left), *t.entry_names(self.right)]
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                if name in self.theory.definitions:
                    waiting += t.entry_names(self.theory.definitions[name].body)
        return frozenset(found)

    @cached_property
    def sizes(self) -> tuple[t.Size, ...]:
        """The sizes of both sides, and of the arrays in them."""
        found = set(t.size_names(self.left) | t.size_names(self.right))
        for name in self.names:
            if name in self.theory.unknowns:
                found |= {extent.name for extent in self.theory.unknowns[name].ranges if isinstance(extent, t.Size)}
        return tuple(t.Size(name) for name in sorted(found))

    @cached_property
    def scalars(self) -> tuple[t.Term, ...]:
        """The scalars in scope: those in sight first."""
        theory = self.theory
        unknowns = [name for name, row in theory.unknowns.items() if not row.ranges]
        defined = [name for name, row in theory.definitions.items() if not row.parameters and not row.arguments]
        every = sorted((*defined, *unknowns), key=lambda name: name not in self.names)
        return tuple(t.Entry(name, ()) for name in every[:10])

    @cached_property
    def atoms(self) -> tuple[t.Term, ...]:
        """What a product may have lost: scalars, the entries of both sides, and the factors of the left side."""
        found: dict[t.Term, None] = dict.fromkeys(self.scalars)
        inside = [body for d in self.derivatives for body in islice(self.unfolded(d.body, d.by), 40)]
        entries = [part for part in t.subterms(self.left) if isinstance(part, t.Entry)]
        inside += [body for entry in entries if (body := self.theory.unfold(entry)) is not None]
        for side in dict.fromkeys((self.left, self.right, *inside)):
            for place in places(side):
                term = place.term
                factor = isinstance(place.parent, t.Mul | t.Div) and not isinstance(term, t.Number | t.Neg | t.Mul | t.Div)
                if isinstance(term, t.Entry) or (factor and size(term) < 16):
                    found[term] = None
        return tuple(found)[:32]

    @cached_property
    def derivatives(self) -> tuple[t.Diff, ...]:
        """The derivatives in the left side."""
        return tuple(dict.fromkeys(part for part in t.subterms(self.left) if isinstance(part, t.Diff)))

    @cached_property
    def compositions(self) -> tuple[Composition, ...]:
        """The functions of functions in the derivatives of the left side, looked at through the definitions."""
        found: dict[tuple[t.Term, t.Entry], Composition] = {}
        for derivative in self.derivatives:
            by = derivative.by
            for outer in self.unfolded(derivative.body, by):
                for inner in _insides(outer):
                    known = inner is by or (inner, by) in found or not self.moves(inner, by)
                    if not known and len(found) < 8:
                        found[inner, by] = Composition(outer, inner, by, self.slope(inner, by))
        return tuple(found.values())

    def unfolded(self, body: t.Term, by: t.Entry) -> Iterator[t.Term]:
        """Every term in `body`, and in what defines its names, except that of `by`."""
        waiting, seen = [body], set[t.Term]()
        while waiting and len(seen) < 200:
            term = waiting.pop()
            if term in seen:
                continue
            seen.add(term)
            yield term
            waiting += reversed([part for part in t.children(term) if not isinstance(part, (*t.Subscript, t.Comparison))])
            if isinstance(term, t.Entry | t.Call) and term.name != by.name and term.name in self.theory.definitions:
                unfolded = self.theory.unfold(term)
                waiting += [] if unfolded is None else [unfolded]

    def moves(self, term: t.Term, by: t.Entry) -> bool:
        """Whether `term` may move with `by`."""
        return reaches(self.theory, t.entry_names(term), by.name)

    def slope(self, inner: t.Term, by: t.Entry) -> t.Term:
        """The derivative of `inner`, carried out where that leaves something short."""
        derivative = t.Diff(inner, by)
        defined = t.entry_names(inner) & self.theory.definitions.keys() - {by.name}
        if size(inner) > 16 or defined:
            return derivative
        found = self.value(derivative)
        return found if size(found) <= 12 else derivative

    def value(self, term: t.Term) -> t.Term:
        """What `term` comes to, differentiated and as short as the normal form writes it."""
        try:
            worked_out = differentiated(term, self.context).right
            return min((tidy(simplest(worked_out, self.context).right), tidy(worked_out)), key=size)
        except (LimitError, KernelError, Undefined, RecursionError, ValueError):
            return term

    def at(self, place: Place, change: t.Term, **words: t.Term | str) -> Candidate:
        """The candidate that has `change` at `place`."""
        return Candidate(put(self.right, place.path, change), place.term, change, words)


def _insides(term: t.Term) -> tuple[t.Term, ...]:
    match term:
        case t.Apply(_, arguments) | t.Call(_, arguments):
            return arguments
        case t.Pow(base, exponent):
            return (base,) if isinstance(exponent, t.Number) else (base, exponent)
        case t.Div(_, denominator):
            return (denominator,)
    return ()


Mistake = Callable[[Line], Iterator[Candidate]]


def new_index(like: t.Index, avoid: frozenset[t.Index]) -> t.Index:
    """An index with the range of `like` and a letter of its own."""
    names = {other.name for other in avoid}
    letter = next((c for c in "kjilmpqrst" if c not in names), None)
    return fresh(like, avoid) if letter is None else t.Index(letter, like.range)

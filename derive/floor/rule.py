"""What a rule is: a named equation with side conditions, stated once.

The record is all there is to a rule: its statement, side conditions and example are what `derive rules NAME` prints and
what its tests read, `rewrite` is what applies it at a term. The kernel believes the rules of `calculus`; any other is
checked by its laws each time it is used, so that a mistake in it can only make it fail.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from derive.floor.conditions import NONE, Conditions
from derive.floor.dependence import independent
from derive.floor.inside import known_inside
from derive.floor.signs import Knowledge
from derive.floor.terms import Diff, Entry, Term
from derive.floor.theory import Signature

Rewritten = tuple[Term, Conditions]


@dataclass(frozen=True)
class Scope:
    """Where a rule is applied: what is known there, and what its author had in mind.

    `targets` are the names through which a chain rule may go, `splits` the indices at which a sum may be split, `chained`
    allows the derivative of a function of anything, not only of the variable itself. With `every_entry` the chain rule sums
    over all entries of an array, those for which the product is 0 included.
    """

    known: Knowledge
    targets: frozenset[str] = frozenset()
    splits: tuple[Term, ...] = ()
    chained: bool = True
    frozen: frozenset[str] = field(default=frozenset())  # defined names by which a derivative around here is taken
    every_entry: bool = False

    @property
    def signature(self) -> Signature:
        """What is declared."""
        return self.known.signature

    def apart(self, left: Term, right: Term) -> bool:
        """Whether the two indices are known to differ."""
        return self.known.apart(left, right)

    def independent(self, term: Term, by: Entry) -> Conditions | None:
        """See `dependence.independent`."""
        return independent(term, by, self.signature, self.apart)

    def inside(self, term: Term, position: int) -> Scope:
        """The scope at the part of a term at that position among its `children`."""
        frozen = self.frozen | ({term.by.name} & self.signature.definitions.keys()) if isinstance(term, Diff) else self.frozen
        return replace(self, known=known_inside(term, position, self.known), frozen=frozen)


@dataclass(frozen=True)
class Rule:
    """A rule; see the module. `example` is an instance, in the proof language; `declares` is what the example stands on.

    `inner` says that the inside of the function is the variable itself, unless the step names `chain` as well.
    """

    name: str
    title: str
    states: str
    example: str
    source: str
    rewrite: Callable[[Term, Scope], Rewritten | None]
    given: tuple[str, ...] = ()
    fails_for: str = ""
    declares: str = "variable x, t"
    inner: bool = False
    family: str = "calculus"


def plain(term: Term | None) -> Rewritten | None:
    """A result without side conditions."""
    return None if term is None else (term, NONE)

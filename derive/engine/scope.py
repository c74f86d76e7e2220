"""Scopes: what a rule is told besides the term, and what it gives."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from derive.floor.conditions import Conditions
from derive.floor.dependence import independent
from derive.floor.inside import known_inside
from derive.floor.signs import Knowledge
from derive.floor.terms import Diff, Entry, Term
from derive.floor.theory import Theory

Rewritten = tuple[Term, Conditions]
"""What a term is equal to, and under which conditions."""


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
    def theory(self) -> Theory:
        """What is declared."""
        return self.known.theory

    def apart(self, left: Term, right: Term) -> bool:
        """Whether the two indices are known to differ."""
        return self.known.apart(left, right)

    def independent(self, term: Term, by: Entry) -> Conditions | None:
        """See `dependence.independent`."""
        return independent(term, by, self.theory, self.apart)

    def inside(self, term: Term, position: int) -> Scope:
        """The scope at the part of a term at that position among its `children`."""
        frozen = self.frozen | ({term.by.name} & self.theory.definitions.keys()) if isinstance(term, Diff) else self.frozen
        known = known_inside(term, position, self.known)
        # Most parts stand where the whole does.
        return self if known is self.known and frozen == self.frozen else replace(self, known=known, frozen=frozen)

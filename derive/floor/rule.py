"""What a rule is: a named equation with side conditions, stated once.

The record is all there is to a rule: its statement, side conditions and example are what `derive rules NAME` prints and
what its tests read, `rewrite` is what applies it at a term. The kernel believes the rules of `calculus`; any other is
checked by its laws each time it is used, so that a mistake in it can only make it fail.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from derive.floor.conditions import NONE, Conditions, is_about_indices
from derive.floor.dependence import independent
from derive.floor.terms import Comparison, Entry, Index, Number, Term
from derive.floor.theory import Signature

Rewritten = tuple[Term, Conditions]


@dataclass(frozen=True)
class Scope:
    """Where a rule is applied: what is declared and known, which indices are known to differ, and what its author had in mind.

    `targets` are the names through which a chain rule may go, `splits` the indices at which a sum may be split, `chained`
    allows the derivative of a function of anything, not only of the variable itself. With `every_entry` the chain rule sums
    over all entries of an array, those for which the product is 0 included.
    """

    signature: Signature
    relations: tuple[Comparison, ...] = ()
    targets: frozenset[str] = frozenset()
    splits: tuple[Term, ...] = ()
    chained: bool = True
    frozen: frozenset[str] = field(default=frozenset())  # defined names by which a derivative around here is taken
    hypotheses: tuple[Comparison, ...] = ()
    every_entry: bool = False

    def apart(self, left: Term, right: Term) -> bool:
        """Whether the two indices are known to differ."""
        if isinstance(left, Number) and isinstance(right, Number):
            return left is not right
        pair = {left, right}
        return any(c.relation == "!=" and {c.left, c.right} == pair for c in self.relations)

    def independent(self, term: Term, by: Entry) -> Conditions | None:
        """See `dependence.independent`."""
        return independent(term, by, self.signature, self.apart)

    def under(self, index: Index, excluded: tuple[Term, ...]) -> Scope:
        """The scope inside a sum or product."""
        kept = tuple(c for c in self.relations if index not in (c.left, c.right))
        return replace(self, relations=kept + tuple(Comparison(index, "!=", e) for e in excluded))

    def where(self, condition: Comparison) -> Scope:
        """The scope where `condition` holds."""
        if is_about_indices(condition):
            return replace(self, relations=(*self.relations, condition))
        return replace(self, hypotheses=(*self.hypotheses, condition))


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

"""What a text takes from texts that were read before it: declarations, and theorems to cite.

    block 1 of a document            block 2
      size     n                       theorem gradient: diff(E, h[k]) = 2*(h[k] - t[k])
      variable h[n]
      constant t[n]                  E is declared above, and so is what it is made of
      define   E = sum(…, i)

The texts are the blocks of a document that stand above, and the derivations that a text uses. Only a name that would mean
nothing is taken, with what it is made of and what is assumed of any of it where it is declared: a text that declares its names
itself is read as if it stood alone. The nearest declaration counts, also of what a name is made of: where some of that has been
declared anew since, here or in a block between, the name is refused, since it would not mean what a reader thinks. What a block
with mistakes would declare is not known, and hides what stands above it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from derive.floor.functions import TABLE
from derive.floor.terms import Size, Term, scalar
from derive.floor.theory import TABLES, Assumption, Theory
from derive.held import without_held
from derive.language.derivation import Derivation, Statement
from derive.language.errors import SourceError
from derive.language.relevant import Relevant, named


class Wanted(NamedTuple):
    """What a text names and does not declare or state."""

    names: frozenset[str] = frozenset()
    theorems: frozenset[str] = frozenset()

    def joined(self, other: Wanted, names: Iterable[str] = ()) -> Wanted:
        """Both, and other names."""
        return Wanted(self.names.union(other.names, names), self.theorems | other.theorems)


@dataclass(frozen=True)
class Taken:
    """What a text takes: declarations, theorems by name, and the derivations that they are of, in their order.

    What is `refused` would mean something else here.
    """

    theory: Theory = field(default_factory=Theory)
    theorems: dict[str, Statement] = field(default_factory=dict)
    of: tuple[Derivation, ...] = ()
    refused: frozenset[str] = frozenset()


NOTHING = Taken()
_HEAD = re.compile(r"\b(?:size|variable|constant|function|define|index)\b([^=\"#\n]*)")


class Earlier:
    """The derivations read before, by the names that they declare and the theorems that they state."""

    def __init__(self, derivations: Iterable[Derivation] = ()) -> None:
        self._declaring: dict[str, Derivation] = {}
        self._stating: dict[str, tuple[Derivation, Statement]] = {}
        self._near: set[str] = set()  # what blocks declare and state
        self._blocks: list[Derivation] = []
        self._derivations: dict[int, Derivation] = {}  # these, and those that they use
        self._relevant: dict[int, Relevant] = {}  # to each of them, in their order
        self._theories: dict[int, Theory] = {}
        self._origins: dict[int, dict[str, Derivation]] = {}  # of each, where what it has taken is declared
        self.lost: set[str] = set()  # what blocks with mistakes would declare
        for derivation in derivations:
            self.add(derivation)

    def add(self, derivation: Derivation) -> None:
        """The next derivation: what it declares and states counts from here on, and what it uses."""
        for used in derivation.used:
            if id(used) not in self._relevant:
                self._add(used, near=False)
        self._add(derivation)
        self.lost -= derivation.theory.descriptions.keys() - derivation.taken
        self._blocks.append(derivation)

    def lose(self, text: str, names: Iterable[str] = ()) -> None:
        """Takes note of what a text with mistakes would declare: these names, and what words show; rather more than fewer."""
        self.lost |= {*names, *(word for head in _HEAD.findall(text) for word in re.findall(r"\w+", head))}

    def _add(self, derivation: Derivation, near: bool = True) -> None:
        """Takes note of a block, or of what one uses: that stands farther away than all that the document says itself."""
        key = id(derivation)
        self._derivations[key] = derivation
        self._relevant[key] = Relevant(apart=True)
        self._theories[key] = without_held(derivation.theory)
        self._origins[key] = {name: self._declaring[name] for name in derivation.taken if name in self._declaring}
        for name in derivation.theory.descriptions.keys() - derivation.taken:
            self._origins[key][name] = derivation
            if near or name not in self._near:
                self._declaring[name] = derivation
        for statement in derivation.statements:
            if near or statement.name not in self._near:
                self._stating[statement.name] = derivation, statement
        if near:
            self._near |= {*derivation.theory.descriptions, *(statement.name for statement in derivation.statements)}

    def hidden(self, words: Iterable[str]) -> set[str]:
        """The words that are names of the language, and are declared in a block above."""
        return {word for word in {*words} if word in TABLE and word in self._near and word in self._declaring} - self.lost

    def lost_of(self, words: Iterable[str]) -> set[str]:
        """The words that are names of the language, and would be declared in a block with mistakes."""
        return {word for word in self.lost.intersection(words) if word in TABLE}

    def beside(self, used: Iterable[Derivation]) -> Earlier:
        """These with the derivations that a text uses, which stand farther away."""
        used = tuple(used)
        if not used:
            return self
        found = Earlier()
        for derivation in used:
            found._add(derivation, near=False)
        for derivation in self._blocks:
            found.add(derivation)
        return found

    def needed(self, mistakes: Iterable[SourceError]) -> Wanted:
        """What the mistakes of a text say that it wants, and that is here."""
        missing = [(mistake.code == "D170", mistake.missing) for mistake in mistakes if mistake.missing]
        names = (name for is_theorem, name in missing if not is_theorem and name in self._declaring and name not in self.lost)
        theorems = (name for is_theorem, name in missing if is_theorem and name in self._stating)
        return Wanted(frozenset(names), frozenset(theorems))

    def taken(self, wanted: Wanted, own: Collection[str]) -> Taken:
        """What is wanted, with all that belongs to it; but for what is made of the text's `own` names, or of what has been
        declared anew since.
        """
        found = self._together(wanted, own)
        if found is not None:
            return found
        kept, refused = Wanted(), set[str]()
        each = [*(Wanted(frozenset((name,))) for name in sorted(wanted.names))]
        each += (Wanted(theorems=frozenset((name,))) for name in sorted(wanted.theorems))
        for one in each:
            more = kept.joined(one)
            if self._together(more, own) is None:
                refused |= one.names | one.theorems
            else:
                kept = more
        return replace(self._together(kept, own) or NOTHING, refused=frozenset(refused))

    def _together(self, wanted: Wanted, own: Collection[str]) -> Taken | None:
        """All that is wanted; None where it cannot be had."""
        stated = {name: self._stating[name] for name in sorted(wanted.theorems)}
        terms: dict[int, list[Term]] = {}
        for name in sorted(wanted.names):
            of = self._declaring[name]
            terms.setdefault(id(of), []).append(Size(name) if name in of.theory.sizes else scalar(name))
        for of, statement in stated.values():
            terms.setdefault(id(of), []).extend((*statement.sides, *statement.conditions, *statement.hypotheses))
        order = [key for key in self._relevant if key in terms]
        parts = {key: self._relevant[key].about(terms[key], self._theories[key]) for key in order}
        for key, part in parts.items():
            if not all(self._is_nearest(name, self._origins[key].get(name)) for name in part.descriptions):
                return None  # it has been declared anew since
        joined = _joined([*parts.values()])
        if joined is None or not joined.descriptions.keys().isdisjoint({*own, *self.lost}):
            return None
        theorems = {name: statement for name, (_, statement) in stated.items()}
        return Taken(joined, theorems, tuple(self._derivations[key] for key in order))


    def _is_nearest(self, name: str, origin: Derivation | None) -> bool:
        """Whether the nearest declaration of a name is that of its origin, or says the same."""
        nearest = self._declaring.get(name)
        if nearest is origin or nearest is None or origin is None:
            return nearest is origin
        one, other = self._theories[id(nearest)], self._theories[id(origin)]
        rows = ((getattr(one, kind).get(name), getattr(other, kind).get(name)) for kind in TABLES if kind != "descriptions")
        return all(a == b for a, b in rows) and _assumed(name, one) == _assumed(name, other)


def _assumed(name: str, theory: Theory) -> frozenset[tuple[Term, frozenset[str]]]:
    """What is assumed of a name, but for a size, of whose arrays all is assumed."""
    rows = theory.assumptions if name not in theory.sizes else ()
    return frozenset((row.claim, row.everywhere) for row in rows if name in named(row.claim))


def _joined(parts: list[Theory]) -> Theory | None:
    """The declarations of several theories together; None where a name is declared differently in two of them."""
    tables: dict[str, dict[str, Any]] = {kind: {} for kind in TABLES}
    assumptions: list[Assumption] = []
    for part in parts:
        for kind in TABLES:
            for name, row in getattr(part, kind).items():
                if tables[kind].setdefault(name, row) != row:
                    return None
        assumptions += (row for row in part.assumptions if not any(_alike(row, other) for other in assumptions))
    if sum(len(table) for table in tables.values()) != 2 * len(tables["descriptions"]):
        return None  # a size here, and a variable there
    return Theory(**tables, assumptions=tuple(replace(row, number=n) for n, row in enumerate(assumptions, 1)))


def _alike(one: Assumption, other: Assumption) -> bool:
    return one.claim == other.claim and one.everywhere == other.everywhere

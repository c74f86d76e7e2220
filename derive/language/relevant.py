"""What is declared that a theorem can be about: in a text with very many declarations, each theorem knows its own.

    variable x1  theorem t1: x1 = x1  variable x2  theorem t2: x2 = x2  …

Where there are few declarations, a theorem knows all that stand above it. With thousands of both, that would be millions of
rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from derive.floor.terms import Fixed, Term, entry_names, free_indices, size_names, uses
from derive.floor.theory import TABLES, Assumption, Theory


class Relevant:
    """What is declared so far, seen from terms, while more is being read.

    What is assumed of an array is about its size as well.
    """

    def __init__(self) -> None:
        self.theory = Theory()
        self._seen = 0
        self._order: dict[str, int] = {}  # in which the names are declared
        self._assumed: dict[str, list[int]] = {}  # the numbers of the assumptions about a name or size

    def about(self, terms: Iterable[Term], theory: Theory) -> Theory:
        """The declarations of all that stands in the terms, of what that is made of, and the assumptions about any of it.

        The `theory` is the one that was asked about before, or has more in it.
        """
        self.theory = theory
        self._take_in()
        names, waiting, assumed = set[str](), set[str](), {*self._assumed.get("", ())}
        terms = [*terms, *(self.theory.assumptions[number].claim for number in assumed)]
        while terms or waiting:
            for term in terms:
                waiting |= spoken_of(term)
            waiting -= names
            names |= waiting
            terms = [term for name in waiting for term in behind(name, self.theory)]
            new = {number for name in waiting for number in self._assumed.get(name, ())} - assumed
            assumed |= new
            terms += [self.theory.assumptions[number].claim for number in new]
            waiting = {of for name in waiting if name in self.theory.functions for of in self.theory.functions[name].of}
        ordered = sorted(names & self._order.keys(), key=self._order.__getitem__)
        tables = {kind: {name: table[name] for name in ordered if name in table} for kind, table in self._tables()}
        return Theory(**tables, assumptions=tuple(self.theory.assumptions[number] for number in sorted(assumed)))

    def _tables(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        return ((kind, getattr(self.theory, kind)) for kind in TABLES)

    def _take_in(self) -> None:
        for number, assumption in enumerate(self.theory.assumptions[self._seen :], self._seen):
            for name in about(assumption, self.theory) or {""}:
                self._assumed.setdefault(name, []).append(number)
        self._seen = len(self.theory.assumptions)
        for name in islice(self.theory.descriptions, len(self._order), None):
            self._order[name] = len(self._order)


def behind(name: str, theory: Theory) -> list[Term]:
    """What a name is made of; a function of arrays is so besides."""
    if name in theory.definitions:
        row = theory.definitions[name]
        return [row.body, *(parameter.range for parameter in row.parameters)]
    if name in theory.indices:
        return [theory.indices[name].range]
    return list(theory.unknowns[name].ranges) if name in theory.unknowns else []


def spoken_of(term: Term) -> set[str]:
    """The names in a term, of sizes and fixed indices too, and those of derivatives as they are written."""
    fixed = (index.name for index in free_indices(term) if isinstance(index, Fixed))
    return {*entry_names(term), *size_names(term), *fixed, *(name for name, _ in uses(term))}


def about(assumption: Assumption, theory: Theory) -> set[str]:
    """The names that an assumption is about: also those of which the defined ones are made."""
    names, waiting = set[str](), spoken_of(assumption.claim) - assumption.everywhere
    while waiting:
        name = waiting.pop()
        names.add(name)
        if name in theory.definitions:
            waiting |= (spoken_of(theory.definitions[name].body) & theory.descriptions.keys()) - names
    return names

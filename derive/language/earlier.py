"""What a text takes from texts that were read before it: declarations, and theorems to cite.

    block 1 of a document            block 2
      size     n                       theorem gradient: diff(E, h[k]) = 2*(h[k] - t[k])
      variable h[n]
      constant t[n]                  E is declared above, and so is what it is made of
      define   E = sum(…, i)

The texts are the blocks of a document that stand above, and the derivations that a text uses. Only a name that would mean
nothing is taken, with what it is made of and what is assumed of any of it where it is declared: a text that declares its names
itself is read as if it stood alone; but what would mean something without a declaration, such as a size in the place of an
index, means what it is declared to be. The nearest declaration counts, also of what a name is made of: where some of that has
been declared anew since, here or in a block between, the name is refused, since it would not mean what a reader thinks. What
is assumed is shared by the block that declares what it is about, and by no other. What a block with mistakes would declare is
not known, and hides what stands above it.
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
from derive.language.keywords import KEYWORDS, STATEMENTS
from derive.language.lexer import normal_name
from derive.language.relevant import Relevant, spoken_of


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
_BESIDE = re.compile(r'#[^\n]*|"[^"\n]*"')
"""Comments, and texts in quotes that end."""
_STATEMENT = re.compile(rf"\b(?=(?:{'|'.join(STATEMENTS)})\b)")
_STATING = ("title", "source", "note", "assume", "option", "variant", "theorem", "proof")
_PHRASE = re.compile(rf"(?!(?:{'|'.join(KEYWORDS)})\b)\b[^\W\d]\w*[ \t]+(?!(?:{'|'.join(KEYWORDS)})\b)[^\W\d]\w*[^\n]*")
"""Two words beside each other, and the rest of their line: in what is stated stands something between, so it is `var x`."""


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
            self._add(used, near=False)
        self._add(derivation)
        self.lost -= derivation.theory.descriptions.keys() - derivation.taken
        self._blocks.append(derivation)

    def lose(self, text: str, names: Iterable[str] = ()) -> None:
        """Takes note of what a text with mistakes would declare: these names, and all words that may be.

        Rather more than fewer: a text that uses another may bring anything that is not declared in the document itself.
        """
        bare = _BESIDE.sub(" ", text)
        first, *statements = _STATEMENT.split(bare)
        found = [first, *(line[0] for line in _PHRASE.finditer(bare))] if '"' not in bare else [bare]
        for statement in statements:
            keyword, rest = statement.split(maxsplit=1) if len(statement.split(maxsplit=1)) == 2 else (statement, "")
            if keyword.strip() not in _STATING:
                found.append(rest.partition("=")[0] if keyword == "define" else rest)
            if keyword.strip() == "use":
                self.lost |= self._declaring.keys() - self._near
        self.lost |= {*names, *(normal_name(word) for part in found for word in re.findall(r"\w+", part))}

    def _add(self, derivation: Derivation, near: bool = True) -> None:
        """Takes note of a block, or of what one uses: that stands farther away than all that the document says itself."""
        self._take_note(derivation)
        own = derivation.theory.descriptions.keys() - derivation.taken
        for name in own:
            if near or name not in self._near:
                self._declaring[name] = derivation
        for statement in derivation.statements:
            if near or statement.name not in self._near:
                self._stating[statement.name] = derivation, statement
        if near:
            self._near |= {*own, *(statement.name for statement in derivation.statements)}

    def _take_note(self, derivation: Derivation) -> None:
        """Where each of the names of a derivation is declared, and what of it is shared."""
        key = id(derivation)
        if key in self._relevant:
            return
        sources = [*derivation.used, *derivation.below]
        for source in sources:
            self._take_note(source)
        self._derivations[key] = derivation
        self._relevant[key] = Relevant(apart=True)
        self._origins[key] = dict.fromkeys(derivation.theory.descriptions.keys() - derivation.taken, derivation)
        for name in derivation.taken:
            found = {id(of): of for source in sources if (of := self._origins[id(source)].get(name)) is not None}
            if len(found) == 1:  # of two, it is not known which
                (self._origins[key][name],) = found.values()
        theory = without_held(derivation.theory)
        shared = tuple(row for row in theory.assumptions if self._is_shared(row, derivation))
        self._theories[key] = replace(theory, assumptions=shared)

    def _is_shared(self, assumption: Assumption, derivation: Derivation) -> bool:
        """Whether an assumption is about what the derivation declares itself, or is made where that is declared."""
        about = _about(assumption, derivation.theory)
        if not about or not about <= derivation.taken:
            return True
        origins = [self._origins[id(derivation)].get(name) for name in about]
        known = (self._theories[id(of)] for of in origins if of is not None)
        return any(_alike(assumption, other) for theory in known for other in theory.assumptions)

    def forced(self, words: Iterable[str]) -> set[str]:
        """The words that mean something without a declaration, and are declared here: a name of the language, or what can stand
        in the place of an index.
        """
        return {word for word in {*words} & self._declaring.keys() if self._means_more(word)} - self.lost

    def _means_more(self, word: str) -> bool:
        theory = self._declaring[word].theory
        return word in TABLE or word in theory.sizes or word in theory.indices

    def lost_of(self, words: Iterable[str]) -> set[str]:
        """The words that would be declared in a block with mistakes."""
        return self.lost.intersection(words)

    def beside(self, used: Iterable[Derivation]) -> Earlier:
        """These with the derivations that a text uses, which stand farther away."""
        used = tuple(used)
        if not used:
            return self
        found = Earlier(self._blocks)
        for derivation in used:
            found._add(derivation, near=False)
        found.lost = {*self.lost}
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
        hidden: dict[str, Derivation] = {}  # by the names that nobody here declares, where they are declared
        for key, part in parts.items():
            for name in part.descriptions:
                origin, nearest = self._origins[key].get(name), self._declaring.get(name)
                if origin is None or (nearest is None and hidden.setdefault(name, origin) is not origin):
                    return None  # it may be one or another
                if nearest is None or nearest is origin:
                    continue
                if not _says_the_same(name, part, self._theories[id(nearest)]):
                    return None  # it has been declared anew since
        joined = _joined([*parts.values()])
        if joined is None or not joined.descriptions.keys().isdisjoint({*own, *self.lost}):
            return None
        theorems = {name: statement for name, (_, statement) in stated.items()}
        return Taken(joined, theorems, tuple(self._derivations[key] for key in order))


def _says_the_same(name: str, part: Theory, theory: Theory) -> bool:
    """Whether a name is declared alike in both, and the same assumed of it. What is about arrays is not about their sizes."""
    rows = ((getattr(part, kind).get(name), getattr(theory, kind).get(name)) for kind in TABLES if kind != "descriptions")
    one, other = (
        {(row.claim, row.everywhere) for row in each.assumptions if name in _about(row, each)}
        for each in (part, theory)
    )
    return all(a == b for a, b in rows) and one == other


def _about(assumption: Assumption, theory: Theory) -> set[str]:
    """The names that an assumption is about: sizes only where it is about nothing else."""
    names = spoken_of(assumption.claim)
    return names - theory.sizes.keys() or names


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

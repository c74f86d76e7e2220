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
from copy import copy
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from derive.floor.functions import TABLE
from derive.floor.terms import Term
from derive.floor.theory import TABLES, Assumption, Theory
from derive.held import without_held
from derive.language.derivation import Derivation, Statement
from derive.language.errors import SourceError
from derive.language.keywords import KEYWORDS, STATEMENTS
from derive.language.lexer import normal_name
from derive.language.relevant import about, behind, spoken_of


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
_OTHER = rf"(?!(?:{'|'.join(KEYWORDS)})\b)\b[^\W\d][\w\u0300-\u036f]*"
_PHRASE = re.compile(rf"(?:{_OTHER}(?:\[[^\]\n]*\])?[^\S\n]+{_OTHER}|^[^\S\n]*{_OTHER}[^\S\n]*:)[^\n]*", re.MULTILINE)
"""Two words beside each other, or one and a colon, and the rest of their line: what is stated is not so, but `var x` is."""
_DEFINED = re.compile(r"(?:\A|,|\n)[^=]*=")
"""What stands before what a name is defined to be; there may be several."""
_BRINGING = re.compile(rf"\buse\b|^[^\S\n]*{_OTHER}[^\S\n]+\"", re.MULTILINE)
"""What may be to bring declarations: `use`, or another word at the beginning of a line with a text behind it."""
_WORD = re.compile(r"[^\W\d][\w\u0300-\u036f]*")


class Earlier:
    """The derivations read before, by the names that they declare and the theorems that they state."""

    def __init__(self, derivations: Iterable[Derivation] = ()) -> None:
        self._declaring: dict[str, Derivation] = {}
        self._stating: dict[str, tuple[Derivation, Statement]] = {}
        self._blocks: set[int] = set()
        self._near: set[str] = set()  # what they declare
        self._near_theorems: set[str] = set()  # and state
        self._ranks: dict[int, int] = {}  # the order of these, and of those that they use
        self._theories: dict[int, Theory] = {}
        self._origins: dict[int, dict[str, Derivation]] = {}  # where each of the names there is declared
        self._assumed: dict[int, dict[str, list[Assumption]]] = {}  # what each of them assumes of the names that it declares
        self.lost: set[str] = set()  # what blocks with mistakes would declare
        for derivation in derivations:
            self.add(derivation)

    def add(self, derivation: Derivation) -> None:
        """The next derivation: what it declares and states counts from here on, and what it uses."""
        for used in derivation.used:
            self._add(used, near=False)
        self._add(derivation)
        self.lost -= derivation.theory.descriptions.keys() - derivation.taken

    def lose(self, text: str, names: Iterable[str] = (), is_prose: bool = False) -> None:
        """Takes note of what a text with mistakes would declare: these names, and all words that may be.

        Rather more than fewer: a text that uses another may bring anything that is not declared in the document itself. Of what
        may be prose, only that of statements counts.
        """
        if _BRINGING.search(text):
            self.lost |= self._declaring.keys() - self._near
        bare = _BESIDE.sub(" ", text)
        first, *statements = _STATEMENT.split(bare)
        found = [first, *(line[0] for line in _PHRASE.finditer(bare))] if '"' not in bare else [bare]
        found = [] if is_prose else found
        for statement in statements:
            keyword, *rest = statement.split(maxsplit=1)
            if rest and keyword not in _STATING:
                found += [part[0] for part in _DEFINED.finditer(rest[0])] if keyword == "define" else rest
        self.lost |= {*names, *(normal_name(word) for part in found for word in _WORD.findall(part))}

    def _add(self, derivation: Derivation, near: bool = True) -> None:
        """Takes note of a block, or of what one uses: that stands farther away than all that the document says itself."""
        self._take_note(derivation)
        own = derivation.theory.descriptions.keys() - derivation.taken
        for name in own:
            if near or name not in self._near:
                self._declaring[name] = derivation
        for statement in derivation.statements:
            if near or statement.name not in self._near_theorems:
                self._stating[statement.name] = derivation, statement
        if near:
            self._blocks.add(id(derivation))
            self._near |= own
            self._near_theorems |= {statement.name for statement in derivation.statements}

    def _take_note(self, derivation: Derivation) -> None:
        """Where each of the names of a derivation is declared, and what of it is shared."""
        key = id(derivation)
        if key in self._theories:
            return
        sources = [*derivation.used, *derivation.below]
        for source in sources:
            self._take_note(source)
        own = derivation.theory.descriptions.keys() - derivation.taken
        self._origins[key] = dict.fromkeys(own, derivation)
        for name in derivation.taken:
            found = {id(of): of for source in sources if (of := self._origins[id(source)].get(name)) is not None}
            if len(found) == 1:  # of two, it is not known which
                (self._origins[key][name],) = found.values()
        self._ranks[key] = len(self._ranks)
        self._theories[key], self._assumed[key] = without_held(derivation.theory), {}
        theory = self._theories[key]
        for row in theory.assumptions:
            names = about(row, theory)
            # What is about arrays is not about their sizes, unless it is these that are declared here.
            for name in (names - theory.sizes.keys()) & own or names & own or ({""} if not names else ()):
                self._assumed[key].setdefault(name, []).append(row)

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
        found = copy(self)  # what is known of each derivation is true of it in any case
        found._declaring, found._stating = {**self._declaring}, {**self._stating}
        for derivation in used:
            found._add(derivation, near=False)
        return found

    def needed(self, mistakes: Iterable[SourceError]) -> Wanted:
        """What the mistakes of a text say that it wants, and that is here."""
        missing = [(mistake.code == "D170", mistake.missing) for mistake in mistakes if mistake.missing]
        names = (name for is_theorem, name in missing if not is_theorem and name in self._declaring and name not in self.lost)
        theorems = (name for is_theorem, name in missing if is_theorem and name in self._stating)
        return Wanted(frozenset(names), frozenset(theorems))

    def taken(self, wanted: Wanted, own: Collection[str], words: Iterable[str]) -> Taken:
        """What is wanted, with all that belongs to it; but for what is made of the text's `own` names, or of what has been
        declared anew since. Below what declares any of the text's `words` it stands as well.
        """
        found = self._taken(wanted, own)
        if found.of:
            hiding = (self._declaring[word] for word in {*words} & self._declaring.keys())
            found = replace(found, of=tuple(self._in_order((*found.of, *hiding))))
        return found

    def _taken(self, wanted: Wanted, own: Collection[str]) -> Taken:
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
        of = [*(self._declaring[name] for name in sorted(wanted.names)), *(owner for owner, _ in stated.values())]
        waiting = [(name, self._declaring[name]) for name in wanted.names]
        for owner, statement in stated.values():
            claims = (*statement.sides, *statement.conditions, *statement.hypotheses)
            waiting += ((name, owner) for claim in claims for name in spoken_of(claim))
        found = self._closure(waiting)
        if found is None or not found.keys().isdisjoint({*own, *self.lost}):
            return None
        theorems = {name: statement for name, (_, statement) in stated.items()}
        return Taken(self._declared(found), theorems, tuple(self._in_order(of)))

    def _closure(self, waiting: list[tuple[str, Derivation]]) -> dict[str, Derivation] | None:
        """The names that a derivation speaks of, with all that they are made of and that is assumed of them, each as it is seen
        from where it is declared. None where one of them is not what it would be here.
        """
        found: dict[str, Derivation] = {}
        seen: set[tuple[str, int]] = set()
        alike: list[tuple[str, Derivation, Derivation]] = []
        while waiting:
            name, seen_from = waiting.pop()
            if name not in seen_from.theory.descriptions:
                continue  # an argument, or a name of the language
            origin = self._origins[id(seen_from)].get(name)
            if origin is None:
                return None  # it may be one or another
            if (name, id(origin)) in seen:
                continue
            seen.add((name, id(origin)))
            for other in (found.setdefault(name, origin), self._declaring.get(name, origin)):
                if other is not origin:
                    alike.append((name, origin, other))
            theory = self._theories[id(origin)]
            terms = [*behind(name, theory), *(row.claim for row in self._of(name, origin))]
            of = theory.functions[name].of if name in theory.functions else ()
            waiting += ((each, origin) for each in {*of}.union(*map(spoken_of, terms)))
        # What has been declared anew since is what it was only where all that is assumed of it is the same as well.
        supposed = [(row, origin) for name, origin in found.items() for row in self._of(name, origin)] if alike else []
        same = all(self._says_the_same(name, one, other, supposed) for name, one, other in alike)
        return found if same else None

    def _of(self, name: str, origin: Derivation) -> list[Assumption]:
        """What is assumed of a name where it is declared; with it, what is assumed there of nothing at all."""
        assumed = self._assumed[id(origin)]
        return [*assumed.get(name, ()), *assumed.get("", ())]

    def _says_the_same(
        self, name: str, one: Derivation, other: Derivation, supposed: list[tuple[Assumption, Derivation]]
    ) -> bool:
        """Whether two derivations declare a name alike, and both assume of it what is supposed, and where that is."""
        theories = self._theories[id(one)], self._theories[id(other)]
        rows = ([getattr(theory, kind).get(name) for theory in theories] for kind in TABLES if kind != "descriptions")
        here = ((row, self._theories[id(origin)]) for row, origin in supposed)
        there = (((row, theory) for row in theory.assumptions) for theory in theories)
        # What an assumption is about, its own derivation says: it may be made of the name by what is defined there alone.
        first, *others = (
            {(row.claim, row.everywhere) for row, theory in assumed if name in about(row, theory)} for assumed in (here, *there)
        )
        return all(a == b for a, b in rows) and all(each == first for each in others)

    def _declared(self, found: dict[str, Derivation]) -> Theory:
        """The declarations of names, in the order in which they were made, and what is assumed of them."""
        tables: dict[str, dict[str, Any]] = {kind: {} for kind in TABLES}
        rows: dict[tuple[Term, frozenset[str]], Assumption] = {}
        for origin in self._in_order(found.values()):
            theory = self._theories[id(origin)]
            names = [name for name in theory.descriptions if found.get(name) is origin]
            for kind in TABLES:
                table = getattr(theory, kind)
                tables[kind] |= {name: table[name] for name in names if name in table}
            assumed = {row.number: row for name in names for row in self._of(name, origin)}
            for number in sorted(assumed):
                rows.setdefault((assumed[number].claim, assumed[number].everywhere), assumed[number])
        return Theory(**tables, assumptions=tuple(replace(row, number=n) for n, row in enumerate(rows.values(), 1)))

    def _in_order(self, derivations: Iterable[Derivation]) -> list[Derivation]:
        """These, once each, as they were read, those of the document itself last: they are nearer."""
        given = {id(each): each for each in derivations}
        return sorted(given.values(), key=lambda each: (id(each) in self._blocks, self._ranks[id(each)]))

"""Reasons: what stands behind `by`, and whether there is such a thing.

    by product, definition(E), split(i = k), "collect terms", ?

A reason is a rule, a theorem above, a text in quotes, or a question mark, which asks for the rules. Those that do not exist are
gathered, and told together when the whole text is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from derive.engine.rules import NAMES as RULES
from derive.language.declarations import Declarations
from derive.language.derivation import GAP, Reason
from derive.language.earlier import NOTHING, Taken
from derive.language.elaborate import Elaborator
from derive.language.errors import SourceError
from derive.language.keywords import KEYWORDS
from derive.language.lexer import Source
from derive.language.names import nearest

MOST_SUGGESTED, MOST_REASONS = 50, 1_000  # mistakes of reasons that get a name that was probably meant, or are told at all


class _Word(NamedTuple):
    """A reason that is no rule: a theorem, if it stands above the one whose proof names it."""

    name: str
    start: int
    end: int
    theorem: str


class Reasons(Declarations):
    """Reads reasons, and keeps the mistakes in them."""

    def __init__(self, source: Source, taken: Taken = NOTHING) -> None:
        super().__init__(source, taken)
        self._theorem_lines: dict[str, int] = dict.fromkeys(taken.theorems, 0)
        self._mistakes: list[SourceError] = []  # of reasons
        self.cited: set[str] = set()  # what reasons name
        self._words: list[_Word] = []
        self._proving = ""  # the theorem whose proof is read
        self._splits: list[tuple[str, int, int]] = []  # the arguments of split in it

    def _reasons(self) -> tuple[Reason, ...]:
        reasons = [self._reason()]
        while self.accept(","):
            reasons.append(self._reason())
        if sum(reason.is_gap for reason in reasons) > 1:
            self.position -= 1
            self.fail("D112", what="one `?` for all reasons", found="another", instead="leave it out")
        if self.kind in ("string", "name"):
            self.fail("D112", what="a comma", found=self.found, instead="put a comma between reasons")
        return tuple(reasons)

    def _reason(self) -> Reason:
        start = self.start
        if self.kind == "string":
            text = self._string("", "")
            return Reason(None, (), text, self.source.place(start, self.last_end))
        if self.accept(GAP):
            return Reason(None, (), GAP, self.source.place(start, self.last_end))
        similar = {"case": "cases", "assume": "assumption", "define": "definition"}.get(self.kind)
        instead = f"write by {similar}" if similar else 'name a rule or theorem, or write a text: by "…"'
        name, _, end = self._hyphenated("D122", found=self.found, instead=instead)
        if self.kind != "(":
            self._name_reason(name, start, end)
            return Reason(name, (), None, self.source.place(start, self.last_end))
        stretches: list[tuple[int, int]] = []
        arguments = self._reason_arguments(stretches)
        if self._name_reason(name, start, end) and arguments:
            self._look_at_arguments(name, arguments, stretches, start)
        return Reason(name, arguments, None, self.source.place(start, self.last_end))

    def _reason_arguments(self, stretches: list[tuple[int, int]]) -> tuple[str, ...]:
        """What stands in the parentheses of a reason, as it is written, and where; a rule gives it its meaning."""
        opening = self.position
        starts, ends, texts = self.tokens.starts, self.tokens.ends, self.tokens.texts
        self.position += 1
        found = [""]
        stretches.append((starts[self.position], starts[self.position]))
        depth = 1
        while True:
            kind = self.kind
            self.tokens.refuse(self.position)
            if kind == "end" or kind in KEYWORDS:
                self._close(opening, ")")
            depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(kind, 0)
            if depth == 0:
                break
            if kind == "," and depth == 1:
                found.append("")
                stretches.append((ends[self.position], ends[self.position]))
            else:
                stretches[-1] = (stretches[-1][0] if found[-1] else starts[self.position], ends[self.position])
                gap = " " if found[-1] and starts[self.position] > ends[self.position - 1] else ""
                found[-1] += gap + texts[self.position]
            self.position += 1
        self.position += 1
        return tuple(found) if found != [""] else ()

    # --- what reasons name ---

    def _name_reason(self, name: str, start: int, end: int) -> bool:
        """Whether a reason is a rule, or may be a theorem; one that cannot be is refused once all theorems are known."""
        self.cited.add(name)
        if name in RULES or (name in self._theorem_lines and name != self._proving):
            return True
        self._words.append(_Word(name, start, end, self._proving))
        return False

    def _refuse_words(self) -> None:
        """The mistakes of reasons that are neither rules nor theorems above."""
        for name, start, end, theorem in self._words:
            if name in self._theorem_lines:
                where = "is the theorem itself" if name == theorem else f"stands below, in line {self._theorem_lines[name]}"
                instead = f'name the rules of the step, or leave them to the tool: by "{name}"'
                if name != theorem:
                    instead = f"move it above {theorem}, or {instead}"
                self._mistakes.append(self.source.error("D173", start, end, name=name, where=where, instead=instead))
                continue
            line = self.source.line(start)
            if len(self._mistakes) >= MOST_REASONS:
                return
            near = None
            if len(self._mistakes) < MOST_SUGGESTED:
                above = [each for each, at in self._theorem_lines.items() if at <= line and each != theorem]
                near = self._near(name, (*RULES, *above))
            instead = f'a text goes in quotes: by "{name}"'
            if name in self.theory.definitions:
                instead = f"write definition({name})"
            elif near:
                instead = f"did you mean {near}? {instead[0].upper()}{instead[1:]}"
            mistake = self.source.error("D170", start, end, name=name, instead=instead)
            mistake.missing = name
            self._mistakes.append(mistake)

    def _look_at_arguments(self, name: str, arguments: tuple[str, ...], places: list[tuple[int, int]], start: int) -> None:
        """Refuses what stands in the parentheses of a reason and says nothing there."""
        if name == "split":
            self._splits += ((a, *place) for a, place in zip(arguments, places, strict=True))
        elif name == "definition":
            for argument, (begin, end) in zip(arguments, places, strict=True):
                if argument not in self.theory.definitions:
                    self._refuse_definition(argument, begin, end)
        else:
            fields = {"found": name, "what": "takes nothing in parentheses", "instead": f"write {name}"}
            self._mistakes.append(self.source.error("D172", start, self.last_end, **fields))

    def _near(self, word: str, names: Iterable[str]) -> str | None:
        """The name that was probably meant, as long as there are few mistakes: to look for it takes time."""
        return nearest(word, names) if len(self._mistakes) < MOST_SUGGESTED else None

    def _refuse_definition(self, argument: str, begin: int, end: int) -> None:
        defined = self.theory.definitions
        plain = re.split(r"[\[(]", argument)[0].strip()
        kind = self._elaborator("").kind_of(argument)
        said = f"is {kind}, and has no definition" if kind else "is not defined above"
        near = self._near(argument, defined)
        instead = "nothing is defined above: name another reason"
        if defined:
            instead = f"write definition({near})" if near else f"what is defined above: {', '.join(list(defined)[:8])}"
        if plain in defined:
            said, instead = "is not the name alone", f"write definition({plain})"
        fields = {"name": argument or "what stands between the commas", "kind": said, "instead": instead}
        mistake = self.source.error("D171", begin, end, **fields)
        mistake.missing = "" if kind else plain
        self._mistakes.append(mistake)

    def _check_splits(self, elaborator: Elaborator) -> None:
        """Refuses to split at what is no index of the theorem."""
        for argument, begin, end in self._splits:
            point = argument.split("=")[-1].strip()
            if (point.isascii() and point.isdigit()) or point in elaborator.names or point in self.theory.indices:
                continue
            near = self._near(point, (*elaborator.names, *self.theory.indices))
            instead = f"write split(i = {near})" if near else "write split(i = k), with an index k of the theorem"
            found = argument or "what stands between the commas"
            fields = {"found": found, "what": "names no index of this theorem", "instead": instead}
            self._mistakes.append(self.source.error("D172", begin, end, **fields))
        self._splits = []

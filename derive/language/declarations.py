"""Declarations: what the names of a derivation stand for.

    size n                          an extent of arrays
    variable x[n] > 0, constant c   unknown values
    function f(u)                   an unknown function
    define g(u) = f(u)^2            a name for an expression
    assume c != 0                   a claim about them
    index o: n                      one index, fixed

Each is known from there on: a theorem knows what is declared above it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from derive.floor.terms import Comparison, Fixed, Term, entry_names
from derive.floor.theory import TABLES, Assumption, Definition, Theory, Unknown, UnknownFunction
from derive.language.build import build, build_comparison
from derive.language.derivation import Place
from derive.language.earlier import NOTHING, Taken
from derive.language.elaborate import Elaborator
from derive.language.indices import IndexName, Scope, range_text
from derive.language.keywords import KEYWORDS
from derive.language.lexer import Source
from derive.language.names import ABOVE, FORMS, argument_name, free_name
from derive.language.spelling import Printed, seen
from derive.language.syntax import RELATION_SIGNS, Syntax
from derive.language.words import Words

DECLARING = frozenset(("size", "variable", "constant", "function", "define", "index"))


@dataclass(frozen=True)
class _Growing(Theory):
    """What is declared so far, while more is being read. No theorem is about it: that needs what cannot change."""

    sizes: dict[str, int] = field(default_factory=dict)
    unknowns: dict[str, Unknown] = field(default_factory=dict)
    definitions: dict[str, Definition] = field(default_factory=dict)
    functions: dict[str, UnknownFunction] = field(default_factory=dict)
    indices: dict[str, Fixed] = field(default_factory=dict)
    descriptions: dict[str, str] = field(default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        pass

    __hash__ = object.__hash__


class Declarations(Words):
    """Reads declarations; what is declared so far is in `theory`."""

    def __init__(self, source: Source, taken: Taken = NOTHING) -> None:
        super().__init__(source)
        live = {kind: dict(getattr(taken.theory, kind)) for kind in TABLES}
        self.theory = _Growing(**live, assumptions=taken.theory.assumptions)
        self.warnings: list[tuple[Place, str]] = []
        self._lines: dict[str, int] = {}  # in which each name is declared
        self._named = 0  # the token of the name that is being declared
        self._printed = Printed()
        for name in taken.theory.descriptions:
            self._printed.add(name, self._indices(name))
        self._snapshot: Theory | None = None

    def _new_name(self, what: str, example: str) -> str:
        """A name that is about to be declared."""
        word = self._word(what, example)
        self._named = self.position - 1
        line = self._lines.get(word)
        if line is not None:
            self.position -= 1
            self.fail("D114", name=f"`{word}`", line=line, instead=f"another name: {free_name(word, self._lines)}")
        return word

    def _declare(self, name: str) -> None:
        """Takes note of what was declared by the name that was read last. Fails where it looks like another."""
        self.theory.descriptions[name] = ""
        self._lines[name] = self.source.line(self.last_end)
        self._snapshot = None
        indices = self._indices(name)
        other = self._printed.like(name, indices)
        if other is not None:
            shown = f"{name}[…]" if indices and seen(other) != seen(name) else name
            self.tokens.fail(self._named, "D177", name=shown, other=other, instead=free_name(name, self._lines))
        self._printed.add(name, indices)

    def _indices(self, name: str) -> int:
        """How many indices a name has."""
        unknown, definition = self.theory.unknowns.get(name), self.theory.definitions.get(name)
        return len(unknown.ranges if unknown is not None else definition.parameters if definition is not None else ())

    def _describe(self, names: list[str]) -> str:
        description = self._description()
        for name in names:
            self.theory.descriptions[name] = description
        return description

    def _later(self, name: str) -> int | None:
        """The line in which a name that is not declared yet is declared further below."""
        declaring = False
        kinds, texts = self.kinds, self.tokens.texts
        for position in range(self.position, len(kinds) - 1):
            kind = kinds[position]
            if kind in KEYWORDS:
                declaring = kind in DECLARING
            if declaring and kinds[position + 1] == "name" and texts[position + 1] == name:
                if kind in DECLARING:
                    return self.source.line(self.tokens.starts[position + 1])
                if kind == "," and self._commas_declare(position):
                    return self.source.line(self.tokens.starts[position + 1])
        return None

    def _commas_declare(self, position: int) -> bool:
        """Whether the comma at `position` parts two declared names: not inside brackets, nor in a definition."""
        depth = 0
        while self.kinds[position] not in KEYWORDS:
            depth += {")": 1, "]": 1, "(": -1, "[": -1}.get(self.kinds[position], 0)
            if depth < 0:
                return False
            position -= 1
        return self.kinds[position] != "define"

    def _declared(self) -> Theory:
        """What is declared so far, as it will stay: the next declaration does not change it."""
        if self._snapshot is None:
            live = self.theory
            tables = {kind: getattr(live, kind) for kind in TABLES}
            self._snapshot = Theory(**tables, assumptions=live.assumptions)
        return self._snapshot

    def _elaborator(
        self, hint: str, free: Scope | None = None, arguments: dict[str, str] | None = None, defining: str = ""
    ) -> Elaborator:
        found = Elaborator(self.source, self.theory, free, arguments, defining, self._later, hint)
        found.printed = self._printed
        return found

    def _warn(self, elaborator: Elaborator) -> None:
        for syntax, message in elaborator.warnings:
            self.warnings.append((self.source.place(syntax.start, syntax.end), message))

    # --- statements ---

    def _size(self) -> None:
        names = []
        while True:
            name = self._new_name("the name of a size", "size n")
            least = 1
            if self.kind in (">", "<", "<=", "=", "=="):
                self.tokens.refuse(self.position + 1)
                self.fail("D167", name=name, instead=self._next_number(self.kind == ">"))
            if self.accept(">="):
                if self.kind != "number" or not self.word.isdigit() or not 0 < int(self.word) <= 1_000_000:
                    self.fail("D167", name=name, instead="1")
                least = int(self.word)
                self.position += 1
            self.theory.sizes[name] = least
            self._declare(name)
            names.append(name)
            if not self.accept(","):
                break
        self._describe(names)

    def _next_number(self, strict: bool) -> str:
        word = self.tokens.texts[self.position + 1]
        return str(int(word) + strict) if word.isdigit() and len(word) < 7 else "2"

    def _variable(self) -> None:
        keyword = self.kinds[self.position - 1]
        found: list[Unknown] = []
        while True:
            name = self._new_name(f"the name of a {keyword}", f"{keyword} x")
            ranges = self._ranges(f"{keyword} {name}[n]") if self.kind == "[" else ()
            relation = self._declared_relation(name)
            unknown = Unknown(name, keyword == "variable", ranges, relation)
            self.theory.unknowns[name] = unknown
            self._declare(name)
            found.append(unknown)
            if not self.accept(","):
                break
        description = self._describe([unknown.name for unknown in found])
        if description:
            for unknown in found:
                self.theory.unknowns[unknown.name] = replace(unknown, description=description)
        if self.kind == "(":
            self.fail("D112", what="the end of the declaration", found="`(`", instead=f"write function {found[-1].name}(u)")

    _constant = _variable

    def _declared_relation(self, name: str) -> str | None:
        kind = self.kind
        if kind not in (">", ">=", "!=", "=", "<", "<=", "=="):
            return None
        position = self.position
        number = self.tokens.texts[position + 1]
        if kind not in (">", ">=", "!=") or self.kinds[position + 1] != "number" or number.strip("0") not in ("", "."):
            raise self.source.error("D115", self.start, self.tokens.ends[position + 1], instead=f"{name} {kind} {number}")
        self.position += 2
        return kind

    def _ranges(self, example: str) -> tuple[Term, ...]:
        """`[H, 3]`: the ranges of an array, from the opening bracket on."""
        opening = self.position
        self._enter()
        self.position += 1
        if self.kind == "]":
            self.fail("D112", what="a size", found="`]`", instead=f"write {example}, or no brackets for a scalar")
        elaborator = self._elaborator("")
        ranges = [elaborator.extent(self.expression())]
        while self.accept(","):
            ranges.append(elaborator.extent(self.expression()))
        self._close(opening, "]")
        return tuple(ranges)

    def _function(self) -> None:
        names = [self._one_function()]
        while self.accept(","):
            names.append(self._one_function())
        description = self._describe(names)
        for name in names if description else ():
            self.theory.functions[name] = replace(self.theory.functions[name], description=description)

    def _one_function(self) -> str:
        name = self._new_name("the name of a function", "function f(u)")
        if name in FORMS:
            self.position -= 1
            self.fail("D111", name=name, instead=f"{name}1")
        opening = self.position
        self._enter()
        self.expect("(", "its arguments in parentheses", f"write function {name}(u), or function {name}(y[n])")
        arguments: list[str] = []
        arrays = 0
        while True:
            start, start_position = self.start, self.position
            word = self._word("the name of an argument", f"function {name}(u)")
            if word in arguments:
                self.position = start_position
                self.fail("D158", name=word, instead=free_name(word, arguments))
            arguments.append(word)
            ranges = self._elaborator("").ranges(word)
            if self.kind == "[":
                arrays += 1
                given = self._ranges(f"{word}[n]")
                if ranges is None or given != ranges:
                    there = f"{word}[{', '.join(map(range_text, ranges))}]" if ranges else word
                    instead = f"write {there}" if ranges else f"{ABOVE}variable {self._since(start)}"
                    mistake = self.source.error("D166", start, self.last_end, found=self._since(start), instead=instead)
                    mistake.missing = word if ranges is None and self._elaborator("").kind_of(word) is None else ""
                    raise mistake
            elif ranges:
                there = f"{word}[{', '.join(map(range_text, ranges))}]"
                raise self.source.error(
                    "D112",
                    start,
                    self.last_end,
                    what=f"the array `{word}` with its sizes",
                    found=f"`{word}`",
                    instead=f"write {there}",
                )
            if not self.accept(","):
                break
        self._close(opening, ")")
        if arrays and arrays != len(arguments):
            raise self.source.error(
                "D112",
                self.tokens.starts[opening],
                self.last_end,
                what="arrays only, or numbers only",
                found="both",
                instead=f"write function {name}(u, v), or function {name}(y[n], w[m])",
            )
        self.theory.functions[name] = UnknownFunction(name, len(arguments), tuple(arguments) if arrays else ())
        self._declare(name)
        return name

    def _define(self) -> None:
        name = self._new_name("the name that is defined", "define f = …")
        free: Scope = {}
        arguments: dict[str, str] = {}
        if self.kind == "[":
            self._parameters(name, free)
        elif self.kind == "(":
            if name in FORMS:
                self.position -= 1
                self.fail("D111", name=name, instead=f"{name}1")
            self._arguments(name, arguments)
        if self.kind in ("[", "("):
            self.fail("D112", what="`=`", found=self.found, instead="give indices or arguments, not both, and write them once")
        self.expect("=", "`=`", f"write define {name} = …")
        parameters = tuple(free.values())
        syntax = self.expression()
        if self.kind in RELATION_SIGNS:
            self.fail("D112", what="the end of the definition", found=self.found, instead="give one expression")
        elaborator = self._elaborator("index {name}: {size} above", free, arguments, name)
        elaborator.resolve(syntax)
        for index in free.values():
            if index not in parameters:
                assert index.first is not None
                names = ", ".join(free)
                extent = index.root().range
                self._fail_at(
                    "D157",
                    index.first,
                    name=index.name,
                    defined=name,
                    instead=f"{name}[{names}]",
                    range=range_text(extent) if extent else "n",
                )
        elaborator.finish()
        self._warn(elaborator)
        body = build(syntax)
        indices = tuple(index.index() for index in parameters)
        self.theory.definitions[name] = Definition(name, indices, tuple(arguments.values()), body)
        self._declare(name)
        description = self._describe([name])
        self.theory.definitions[name] = replace(self.theory.definitions[name], description=description)

    def _parameters(self, name: str, free: Scope) -> None:
        opening = self.position
        self._enter()
        self.position += 1
        elaborator = self._elaborator("")
        while True:
            syntax = Syntax("name", self.word, (), self.start, self.tokens.ends[self.position])
            if self.kind == "number":
                self.fail("D112", what="the name of an index", found=self.found, instead=f"define all entries: {name}[i] = …")
            word = self._word("the name of an index", f"define {name}[i] = …")
            if word in free:
                self._fail_at("D158", syntax, name=word, instead=free_name(word, free))
            if word in self.theory.indices:
                self._fail_at("D168", syntax, name=word, instead=free_name("i", self._lines))
            elaborator.refuse_declared(syntax)
            extent, where = None, ""
            if self.accept(":"):
                extent = elaborator.extent(self.expression())
                where = self._since(syntax.start)
            free[word] = IndexName(word, syntax, extent, "", where)
            if not self.accept(","):
                break
        self._close(opening, "]")
        for index in free.values():
            ranged = ", ".join("{name}: {size}" if each == index.name else each for each in free)
            index.hint = f"define {name}[{ranged}] = …"

    def _arguments(self, name: str, arguments: dict[str, str]) -> None:
        """The arguments of a defined function, with the names that they have in its body.

        These are no names of the language: a defined name in the body may stand for what is declared under the same letter.
        """
        opening = self.position
        self._enter()
        self.position += 1
        while True:
            start = self.position
            word = self._word("the name of an argument", f"define {name}(u) = …")
            if word in arguments:
                self.position = start
                self.fail("D158", name=word, instead=free_name(word, arguments))
            arguments[word] = argument_name(len(arguments), word)
            if word in self._lines:
                place = self.source.place(self.tokens.starts[start], self.tokens.ends[start])
                kind = self._elaborator("").kind_of(word)
                if not self._is_scalar(word):
                    self.position = start
                    self.fail("D174", name=word, kind=kind, instead=free_name("u", {*arguments, *self._lines}))
                self.warnings.append((place, f"the argument `{word}` hides {kind} of that name"))
            if not self.accept(","):
                break
        self._close(opening, ")")

    def _is_scalar(self, word: str) -> bool:
        """Whether a declared name stands for a value alone: that of an argument hides it wherever it may stand."""
        theory = self.theory
        if word in theory.unknowns:
            return not theory.unknowns[word].ranges
        definition = theory.definitions.get(word)
        return definition is not None and not definition.parameters and not definition.arguments

    def _assume(self) -> None:
        everywhere = self._everywhere()
        syntax = self._relation("assume A = B")
        if self.kind == ",":
            self.fail("D112", what="the end of the assumption", found=self.found, instead="write another assume for it")
        elaborator = self._elaborator("index {name}: {size} above, for one fixed index")
        elaborator.comparison(syntax, guess=False)
        elaborator.finish()
        self._warn(elaborator)
        claim = build_comparison(syntax)
        if everywhere:
            self._check_everywhere(claim, everywhere, syntax)
        number = len(self.theory.assumptions) + 1
        assumption = Assumption(number, claim, self._description(), everywhere)
        self.theory = replace(self.theory, assumptions=(*self.theory.assumptions, assumption))
        self._snapshot = None
        if everywhere:
            from derive.floor.claims import without_value  # few texts have use for it

            if without_value(self._declared()) is not None:
                self._fail_at("D129", syntax, names=", ".join(sorted(everywhere)))

    def _check_everywhere(self, claim: Comparison, everywhere: frozenset[str], syntax: Syntax) -> None:
        """What holds at all values is said for all variables in it: for one of them only, it would hold on a line."""
        theory = self.theory
        named = sorted(entry_names(claim) - everywhere)
        of_arrays = {name for name, row in theory.functions.items() if row.of}
        defined = [name for name in named if name in theory.definitions or name in of_arrays]
        if defined:
            self._fail_at("D126", syntax, name=defined[0], instead=f"write out what {defined[0]} is")
        others = [name for name in named if name in theory.unknowns and theory.unknowns[name].variable]
        if others:
            if any(theory.unknowns[name].ranges for name in others):
                self._fail_at("D126", syntax, name=others[0], instead="use variables that are no arrays")
            names = ", ".join(sorted({*everywhere, *others}))
            self._fail_at("D126", syntax, name=others[0], instead=f"write assume for all {names}: {self.text(syntax)}")

    def _everywhere(self) -> frozenset[str]:
        """The variables for all values of which it is assumed: `for all x, y:`."""
        if not self.accept("for"):
            return frozenset()
        instead = "write assume for all x: A = B, for what holds at every value of a variable"
        if self.word != "all":
            self.fail("D112", what="`all`, and the names of variables,", found=self.found, instead=instead)
        self.position += 1
        names = set()
        while True:
            unknown = self.theory.unknowns.get(self.word)
            if unknown is None or not unknown.variable or unknown.ranges:
                fields = {"what": "a variable that is declared above, and no array,", "found": self.found, "instead": instead}
                mistake = self.source.error("D112", self.start, self.tokens.ends[self.position], **fields)
                mistake.missing = self.word if self.kind == "name" and self._elaborator("").kind_of(self.word) is None else ""
                raise mistake
            names.add(self.word)
            self.position += 1
            if not self.accept(","):
                break
        self.expect(":", "the end of the variables", instead)
        return frozenset(names)

    def _index(self) -> None:
        names = []
        while True:
            name = self._new_name("the name of an index", "index o: n")
            self.expect(":", "the range of the index", f"write index {name}: n")
            extent = self._elaborator("").extent(self.expression())
            self.theory.indices[name] = Fixed(name, extent)
            self._declare(name)
            names.append(name)
            if not self.accept(","):
                break
        self._describe(names)

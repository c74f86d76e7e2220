"""Statements: a whole text to a `Derivation`.

    title "…"    size H    variable Z[H]    assume A = B    define O[i] = …
    theorem NAME for i != k given x > 0: A = B expect V
    proof
      A
        = C by REASON, … expect V
    qed

A statement begins with its keyword and runs until the next one. Each statement is one scope of indices: what stands in a
theorem and in its proof under one name is one index. The first mistake ends the reading, with its place and what to type; but
reasons that do not exist are gathered, and told together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import NamedTuple, NoReturn

from derive.engine.rules import NAMES as RULES
from derive.floor.errors import DeriveError
from derive.floor.terms import Fixed, Term, argument_name
from derive.floor.theory import Assumption, Definition, Signature, Unknown, UnknownFunction
from derive.language.derivation import Chain, Derivation, Place, Reason, Statement, Step
from derive.language.errors import SourceError
from derive.language.expressions import ABOVE, FORMS, Elaborator, IndexName, Scope, free_name, nearest, range_text
from derive.language.lexer import KEYWORDS, STATEMENTS, Source, normal_name
from derive.language.syntax import RELATIONS, Parser, Syntax
from derive.language.uses import difference

VERDICTS = ("proved", "refuted", "unjustified", "unknown")
Load = Callable[[str], Derivation]

_HYPHENATED = re.compile(r"(?!\d)[\w\u0300-\u036f]+(?:-[\w\u0300-\u036f]+)*")
MOST_SUGGESTED = 50
_DECLARING = frozenset(("size", "variable", "constant", "function", "define", "index"))


class _Step(NamedTuple):
    right: Syntax | None
    reasons: tuple[Reason, ...]
    expect: str | None
    place: Place


class _Word(NamedTuple):
    """A reason that is no rule: a theorem, if it stands above the one whose proof names it."""

    name: str
    start: int
    end: int
    theorem: str


class _Chain(NamedTuple):
    conditions: list[Syntax]
    start: Syntax
    steps: list[_Step]
    place: Place


def read(
    text: str, name: str = "", file: str = "", load: Load | None = None, rule_names: frozenset[str] = frozenset()
) -> Derivation:
    """The derivation that `text` writes.

    `load` finds another derivation for `use`; `rule_names` are the names that no theorem may have. Raises `SourceError`
    at the first mistake, with its place in `file`; one about a reason has `more` of them.
    """
    return Reader(Source(text, file), name, load, rule_names).derivation()


class Reader(Parser):
    """Reads one derivation; what is declared so far is in `signature`."""

    def __init__(self, source: Source, name: str, load: Load | None, rule_names: frozenset[str]) -> None:
        super().__init__(source)
        self.name = name
        self.load = load
        self.rule_names = rule_names
        self.signature = Signature()
        self.heads: dict[str, str] = {}
        self.notes: list[str] = []
        self.statements: list[Statement] = []
        self.lemmas: dict[str, Statement] = {}
        self.uses: dict[str, tuple[int, int]] = {}
        self.used: list[Derivation] = []
        self.options: dict[str, str] = {}
        self.variants: dict[str, tuple[str, ...]] = {}
        self.warnings: list[tuple[Place, str]] = []
        self._lines: dict[str, int] = {}  # in which each name is declared
        self._theorem_lines: dict[str, int] = {}
        self._snapshot: Signature | None = None
        self._mistakes: list[SourceError] = []  # of reasons
        self._words: list[_Word] = []
        self._proving = ""  # the theorem whose proof is read
        self._splits: list[tuple[str, int, int]] = []  # the arguments of split in it

    def derivation(self) -> Derivation:
        """The whole text."""
        try:
            found = self._whole()
        except SourceError as mistake:
            self._mistakes.append(mistake)
            self._refuse_words()
            raise self._gathered(()) from mistake
        self._refuse_words()
        if self._mistakes:
            raise self._gathered((found,))
        return found

    def _gathered(self, read: tuple[Derivation, ...]) -> SourceError:
        """The first of the mistakes, with the others."""
        first, *more = sorted(self._mistakes, key=lambda mistake: mistake.place.start)
        first.more, first.read = tuple(more), read
        return first

    def _whole(self) -> Derivation:
        if self.kind == "end":
            self.fail("D100")
        while self.kind != "end":
            self._statement()
        for used, (start, end) in self.uses.items():
            self._check_use(used, start, end)
        return Derivation(
            name=self.name,
            title=self.heads.get("title", ""),
            source=self.heads.get("source", ""),
            notes=tuple(self.notes),
            signature=self._declared(),
            statements=tuple(self.statements),
            lemmas=self.lemmas,
            uses=tuple(self.uses),
            used=tuple(self.used),
            options=self.options,
            variants=self.variants,
            warnings=tuple(self.warnings),
            text=self.source.text,
            file=self.source.file,
        )

    def _statement(self) -> None:
        keyword = self.kind
        if keyword not in STATEMENTS:
            self._refuse_statement()
        self.position += 1
        getattr(self, f"_{keyword}")()

    def _refuse_statement(self) -> NoReturn:
        kind = self.kind
        if kind in ("qed", "case"):
            self.fail("D118", found=kind, instead="a proof begins with its keyword: write proof above it")
        if kind in ("by", "expect"):
            self.fail("D118", found=kind, instead="it stands at the end of a step" if kind == "by" else "put it after a claim")
        if kind in ("for", "given"):
            self.fail("D118", found=kind, instead=f"write theorem NAME {kind} …: A = B")
        if kind in (")", "]"):
            self.fail("D132", found=kind, instead="(" if kind == ")" else "[")
        if kind in RELATIONS:
            self.fail("D118", found=kind, instead="a step stands in a proof: write proof above it, or give one relation")
        if kind == "string":
            self.fail("D118", found="a text in quotes", instead='write note "…"')
        near = nearest(self.word, STATEMENTS) if kind == "name" else None
        instead = f"write {near}" if near else f"begin with a keyword: {', '.join(STATEMENTS)}"
        self.fail("D110", found=self.tokens.found(self.position), instead=instead)

    # --- words ---

    def _string(self, what: str, example: str) -> str:
        if self.kind != "string":
            self.fail("D112", what=what, found=self.tokens.found(self.position), instead=f"write {example}")
        self.position += 1
        return self.tokens.texts[self.position - 1][1:-1]

    def _description(self) -> str:
        return self._string("", "") if self.kind == "string" else ""

    def _word(self, what: str, example: str) -> str:
        """A plain name."""
        if self.kind in KEYWORDS:
            self.fail("D111", name=self.word, instead=f"{self.word}1")
        if self.kind != "name":
            self.fail("D112", what=what, found=self.tokens.found(self.position), instead=f"write {example}")
        self.position += 1
        return self.tokens.texts[self.position - 1]

    def _new_name(self, what: str, example: str) -> str:
        """A name that is about to be declared."""
        word = self._word(what, example)
        line = self._lines.get(word)
        if line is not None:
            self.position -= 1
            self.fail("D114", name=word, line=line, instead=f"another name: {free_name(word, self._lines)}")
        return word

    def _declare(self, name: str, description: str = "") -> None:
        self.signature.descriptions[name] = description
        self._lines[name] = self.source.line(self.last_end)
        self._snapshot = None

    def _describe(self, names: list[str]) -> str:
        description = self._description()
        for name in names:
            self.signature.descriptions[name] = description
        return description

    def _hyphenated(self, code: str, **fields: object) -> tuple[str, int, int]:
        """A name that may hold hyphens, as theorems and rules have them, and where it stands."""
        start = self.start
        match = _HYPHENATED.match(self.source.text, start) if self.kind == "name" or self.kind in KEYWORDS else None
        if match is None or len(match[0]) > 200:
            self.fail(code, **fields)
        position = self.position
        while self.tokens.starts[position] < match.end():
            position += 1
        name = normal_name(match[0])
        if name in KEYWORDS and not (code == "D122" and name == "variable"):  # the one rule with the name of a keyword
            self.fail(code, **fields) if code == "D122" else self.fail("D111", name=name, instead=f"{name}-1")
        self.position = position
        return name, start, match.end()

    def _later(self, name: str) -> int | None:
        """The line in which a name that is not declared yet is declared further below."""
        declaring = False
        kinds, texts = self.kinds, self.tokens.texts
        for position in range(self.position, len(kinds) - 1):
            kind = kinds[position]
            if kind in KEYWORDS:
                declaring = kind in _DECLARING
            if declaring and kinds[position + 1] == "name" and texts[position + 1] == name:
                if kind in _DECLARING:
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

    def _declared(self) -> Signature:
        """What is declared so far, as it will stay: the next declaration does not change it."""
        if self._snapshot is None:
            live = self.signature
            self._snapshot = Signature(
                dict(live.sizes),
                dict(live.unknowns),
                dict(live.definitions),
                dict(live.functions),
                dict(live.indices),
                live.assumptions,
                dict(live.descriptions),
            )
        return self._snapshot

    def _elaborator(
        self, hint: str, free: Scope | None = None, arguments: dict[str, str] | None = None, defining: str = ""
    ) -> Elaborator:
        return Elaborator(self.source, self.signature, free, arguments, defining, self._later, hint)

    def _warn(self, elaborator: Elaborator) -> None:
        for syntax, message in elaborator.warnings:
            self.warnings.append((self.source.place(syntax.start, syntax.end), message))

    # --- for readers ---

    def _title(self) -> None:
        keyword = self.kinds[self.position - 1]
        if keyword in self.heads:
            self.position -= 1
            self.fail("D114", name=f"the {keyword}", line=self._lines[f"{keyword} "], instead='note "…" for more')
        self.heads[keyword] = self._string(f"the {keyword} in quotes", f'{keyword} "…"')
        self._lines[f"{keyword} "] = self.source.line(self.last_end)  # a name never ends in a space

    _source = _title

    def _note(self) -> None:
        self.notes.append(self._string("a text in quotes", 'note "…"'))

    # --- declarations ---

    def _size(self) -> None:
        names = []
        while True:
            name = self._new_name("the name of a size", "size n")
            least = 1
            if self.kind in (">", "<", "<=", "=", "=="):
                self.fail("D167", name=name, instead=self._next_number(self.kind == ">"))
            if self.accept(">="):
                if self.kind != "number" or not self.word.isdigit() or not 0 < int(self.word) <= 1_000_000:
                    self.fail("D167", name=name, instead="1")
                least = int(self.word)
                self.position += 1
            self.signature.sizes[name] = least
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
            self.signature.unknowns[name] = unknown
            self._declare(name)
            found.append(unknown)
            if not self.accept(","):
                break
        description = self._describe([unknown.name for unknown in found])
        if description:
            for unknown in found:
                self.signature.unknowns[unknown.name] = replace(unknown, description=description)
        if self.kind == "(":
            self.fail("D112", what="the end of the declaration", found="(", instead=f"write function {found[-1].name}(u)")

    _constant = _variable

    def _declared_relation(self, name: str) -> str | None:
        kind = self.kind
        if kind not in (">", ">=", "!=", "=", "<", "<=", "=="):
            return None
        position = self.position
        number = self.tokens.texts[position + 1]
        if kind not in (">", ">=", "!=") or self.kinds[position + 1] != "number" or number.strip("0") not in ("", "."):
            instead = f"-{name} > 0" if kind == "<" and number == "0" else f"{name} {kind} {number}"
            if kind in ("<", "<=") and number != "0":
                instead = f"{number} {kind.replace('<', '>')} {name}"
            raise self.source.error("D115", self.start, self.tokens.ends[position + 1], instead=instead)
        self.position += 2
        return kind

    def _ranges(self, example: str) -> tuple[Term, ...]:
        """`[H, 3]`: the ranges of an array, from the opening bracket on."""
        opening = self.position
        self._enter()
        self.position += 1
        if self.kind == "]":
            self.fail("D112", what="a size", found="]", instead=f"write {example}, or no brackets for a scalar")
        elaborator = self._elaborator("")
        ranges = [elaborator.extent(self.expression())]
        while self.accept(","):
            ranges.append(elaborator.extent(self.expression()))
        self._close(opening, "]")
        return tuple(ranges)

    def _function(self) -> None:
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
                    raise self.source.error("D166", start, self.last_end, found=self._since(start), instead=instead)
            elif ranges:
                there = f"{word}[{', '.join(map(range_text, ranges))}]"
                raise self.source.error(
                    "D112", start, self.last_end, what=f"the array {word} with its sizes", found=word, instead=f"write {there}"
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
        self.signature.functions[name] = UnknownFunction(name, len(arguments), tuple(arguments) if arrays else ())
        self._declare(name)
        description = self._describe([name])
        self.signature.functions[name] = replace(self.signature.functions[name], description=description)

    def _since(self, start: int) -> str:
        return " ".join(self.source.text[start : self.last_end].split())

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
            self.fail("D112", what="=", found=self.word, instead="give indices or arguments, not both, and write them once")
        self.expect("=", "=", f"write define {name} = …")
        parameters = tuple(free.values())
        syntax = self.expression()
        if self.kind in RELATIONS:
            self.fail("D112", what="the end of the definition", found=self.word, instead="give one expression")
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
        body = elaborator.build(syntax)
        indices = tuple(index.index() for index in parameters)
        self._declare(name)
        description = self._describe([name])
        self.signature.definitions[name] = Definition(name, indices, tuple(arguments.values()), body, description)

    def _fail_at(self, code: str, syntax: Syntax, **fields: object) -> NoReturn:
        raise self.source.error(code, syntax.start, syntax.end, **fields)

    def _parameters(self, name: str, free: Scope) -> None:
        opening = self.position
        self._enter()
        self.position += 1
        elaborator = self._elaborator("")
        while True:
            syntax = Syntax("name", self.word, (), self.start, self.tokens.ends[self.position])
            if self.kind == "number":
                self.fail("D112", what="the name of an index", found=self.word, instead=f"define all entries: {name}[i] = …")
            word = self._word("the name of an index", f"define {name}[i] = …")
            if word in free:
                self._fail_at("D158", syntax, name=word, instead=free_name(word, free))
            if word in self.signature.indices:
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
                self.warnings.append((place, f"the argument {word} hides {kind} of that name"))
            if not self.accept(","):
                break
        self._close(opening, ")")

    def _assume(self) -> None:
        syntax = self._relation("assume A = B")
        if self.kind in (*RELATIONS, ","):
            self.fail("D112", what="the end of the assumption", found=self.word, instead="write another assume for it")
        elaborator = self._elaborator("index {name}: {size} above, for one fixed index")
        elaborator.comparison(syntax, guess=False)
        elaborator.finish()
        self._warn(elaborator)
        claim = elaborator.build_comparison(syntax)
        number = len(self.signature.assumptions) + 1
        assumption = Assumption(number, claim, self._description())
        self.signature = replace(self.signature, assumptions=(*self.signature.assumptions, assumption))
        self._snapshot = None

    def _relation(self, example: str) -> Syntax:
        left = self.expression()
        kind = self.kind
        if kind not in RELATIONS:
            found = self.tokens.found(self.position)
            self.fail("D112", what="a relation =, !=, > or >=", found=found, instead=f"write {example}")
        self.position += 1
        right = self.expression()
        return Syntax("relation", kind, (left, right), left.start, right.end)

    def _index(self) -> None:
        names = []
        while True:
            name = self._new_name("the name of an index", "index o: n")
            self.expect(":", "the range of the index", f"write index {name}: n")
            extent = self._elaborator("").extent(self.expression())
            self.signature.indices[name] = Fixed(name, extent)
            self._declare(name)
            names.append(name)
            if not self.accept(","):
                break
        self._describe(names)

    # --- other derivations ---

    def _use(self) -> None:
        while True:
            start, end = self.start, self.tokens.ends[self.position]
            name = self._string("the name of a derivation in quotes", 'use "softmax-jacobian"')
            if name not in self.uses:
                self._bring(name, start, end)
            if not self.accept(","):
                break

    def _bring(self, name: str, start: int, end: int) -> None:
        error = self.source.error
        if self.load is None:
            reason = "this text is read by itself"
            raise error("D124", start, end, name=name, reason=reason, instead="save it in a file beside the other one")
        if name == self.name:
            raise error("D124", start, end, name=name, reason="it is this one", instead="delete this line")
        try:
            other = self.load(name)
        except SourceError as mistake:
            at = f"{mistake.file or name}:{mistake.place.line}:{mistake.place.column}"
            reason = f"it has a mistake, {at}: {mistake.message}"
            raise error("D124", start, end, name=name, reason=reason, instead=mistake.help) from mistake
        except DeriveError as mistake:
            raise error("D124", start, end, name=name, reason=mistake.message, instead=mistake.help) from mistake
        except (LookupError, OSError) as mistake:
            instead = "give the name of a file in the same folder, without .derive, or of the library"
            raise error("D124", start, end, name=name, reason="there is none of that name", instead=instead) from mistake
        for statement in other.statements:
            line = self._theorem_lines.get(statement.name)
            if line is not None:
                renamed = f"another name for one of the two theorems: {statement.name}-2"
                raise error("D114", start, end, name=f"{statement.name}, a theorem of {name},", line=line, instead=renamed)
            self.lemmas[statement.name] = statement
            self._theorem_lines[statement.name] = self.source.line(start)
        self.uses[name] = (start, end)
        self.used.append(other)

    def _check_use(self, used: str, start: int, end: int) -> None:
        line = self.source.line(start)
        for statement in self.lemmas.values():
            if self._theorem_lines[statement.name] == line:
                found = difference(statement, self.signature)
                if found is not None:
                    name, said, instead = found
                    raise self.source.error(
                        "D125", start, end, theorem=statement.name, other=used, name=name, difference=said, instead=instead
                    )

    def _option(self) -> None:
        name, start, _ = self._hyphenated("D112", what="the name of an option", found="another", instead="option classes = H")
        if name in self.options:
            line = self.source.line(start)
            self.position -= 1
            self.fail("D114", name=f"the option {name}", line=line, instead=f"another name: option {name}2")
        self.expect("=", "= and a size", f"write option {name} = H")
        if self.kind != "name" or self.word not in self.signature.sizes:
            self._elaborator("").extent(self.expression())
            self.position -= 1
            self.fail("D112", what="a declared size", found=self.word, instead=f"write option {name} = H")
        self.options[name] = self.word
        self.position += 1
        self._description()

    def _variant(self) -> None:
        fields = {"what": "the name of a variant", "found": "another", "instead": 'variant binary = "…"'}
        name, start, _ = self._hyphenated("D112", **fields)
        if name in self.variants:
            self.position -= 1
            self.fail(
                "D114", name=f"the variant {name}", line=self.source.line(start), instead=f"another name: variant {name}2"
            )
        self.expect("=", "= and the names of derivations in quotes", f'write variant {name} = "…"')
        example = f'variant {name} = "…"'
        names = [self._string("the name of a derivation in quotes", example)]
        while self.accept(","):
            names.append(self._string("the name of a derivation in quotes", example))
        self.variants[name] = tuple(names)

    # --- theorems ---

    def _theorem(self) -> None:
        found = self.tokens.found(self.position)
        name, start, end = self._hyphenated(
            "D112", what="the name of the theorem", found=found, instead="write theorem name: A = B"
        )
        if name in self.rule_names:
            raise self.source.error("D123", start, end, name=name)
        if name in self._theorem_lines:
            line = self._theorem_lines[name]
            raise self.source.error("D114", start, end, name=name, line=line, instead=f"another name: theorem {name}-2")
        self._theorem_lines[name] = self.source.line(start)
        free: Scope = {}
        conditions, hypotheses = self._hypotheses(name, free)
        self.expect(":", "a colon", f"write theorem {name}: A = B")
        sides = self._sides(name)
        place = self.source.place(sides[0].start, sides[-1].end)
        expect = self._verdict()
        chains = None
        if self.kind == "proof":
            self.position += 1
            self._proving, self._splits = name, []
            chains = self._chains()
        elif self.kind == "string":
            self.fail("D112", what="the next statement", found="a text in quotes", instead='write it above: note "…"')
        elif self.kind == "by":
            self.fail("D118", found="by", instead="put it in a proof: write proof, the left side, = the right side by …, qed")
        self.statements.append(self._made_statement(name, free, conditions, hypotheses, sides, expect, chains, place))

    def _hypotheses(self, name: str, free: Scope) -> tuple[list[Syntax], list[Syntax]]:
        """`for i != k, o: H` and `given x > 0`, in either order; a range goes to `free`."""
        conditions: list[Syntax] = []
        hypotheses: list[Syntax] = []
        elaborator = self._elaborator("")
        while self.kind in ("for", "given"):
            keyword = self.kind
            self.position += 1
            while True:
                if keyword == "for" and self._range_follows():
                    syntax = Syntax("name", self.word, (), self.start, self.tokens.ends[self.position])
                    elaborator.refuse_declared(syntax)
                    if syntax.word in free:
                        self._fail_at("D158", syntax, name=syntax.word, instead=free_name(syntax.word, free))
                    self.position += 2
                    extent = elaborator.extent(self.expression())
                    free[syntax.word] = IndexName(syntax.word, syntax, extent, where=self._since(syntax.start))
                elif keyword == "for":
                    conditions.append(self._index_relation("for", f"write theorem {name} given … for a hypothesis on values"))
                else:
                    hypotheses.append(self._relation(f"theorem {name} given x != 0: A = B"))
                if not self.accept(","):
                    break
        return conditions, hypotheses

    def _range_follows(self) -> bool:
        """Whether `i: H` stands here, and not the colon before the claim."""
        following = self.kinds[self.position : self.position + 4]
        if len(following) < 4 or following[0] != "name" or following[1] != ":":
            return False
        return following[2] in ("name", "number") and following[3] in (",", ":", "given", "for")

    def _index_relation(self, keyword: str, instead: str) -> Syntax:
        syntax = self._relation(f"{keyword} i = k")
        if syntax.word not in ("=", "!=") or not all(part.kind in ("name", "number") for part in syntax.parts):
            self._fail_at("D128", syntax, found=keyword, instead=instead)
        return syntax

    def _sides(self, name: str) -> list[Syntax]:
        sides = [self.expression()]
        if self.kind in ("!=", ">", ">="):
            self.fail("D120", name=name, left=self.text(sides[0]))
        while self.accept("="):
            sides.append(self.expression())
        if self.kind in ("!=", ">", ">="):
            self.fail("D120", name=name, left=self.text(sides[0]))
        if len(sides) == 1:
            self._fail_at("D120", sides[0], name=name, left=self.text(sides[0]))
        return sides

    def _verdict(self) -> str | None:
        if not self.accept("expect"):
            return None
        word = self.word
        if self.kind != "name" or word not in VERDICTS:
            near = nearest(word, VERDICTS) or "refuted, unjustified or unknown"
            self.fail("D119", found=self.tokens.found(self.position), instead=near)
        self.position += 1
        return word

    def _proof(self) -> None:
        self.position -= 1
        self.fail("D116")

    # --- proofs ---

    def _chains(self) -> list[_Chain]:
        """The proof, from behind its keyword to qed."""
        proof = self.position - 1
        chains: list[_Chain] = []
        if self.kind == "case":
            while self.accept("case"):
                conditions = [self._case_condition()]
                while self.accept(","):
                    conditions.append(self._case_condition())
                self.expect(":", "a colon", "write case i = k:")
                chains.append(self._chain(conditions))
        else:
            chains.append(self._chain([]))
        if self.kind == "case":
            self.fail("D118", found="case", instead="begin the proof with a case, and give each its chain")
        if self.kind in STATEMENTS or self.kind == "end":
            self.tokens.fail(proof, "D117")
        if self.kind in ("by", "expect", "string"):
            found = self.tokens.found(self.position)
            instead = "write a step as = … by …, … expect …"
            self.fail("D118", found=found, instead=instead)
        self.expect("qed", "a step or qed", "begin a step with =, and end the proof with qed")
        return chains

    def _case_condition(self) -> Syntax:
        return self._index_relation("case", "a proof has cases of indices only; choose values by hypotheses, with given")

    def _chain(self, conditions: list[Syntax]) -> _Chain:
        if self.kind == "=":
            self.fail("D130", found="=", instead="begin the chain with the left side of the claim")
        if self.kind == "qed":
            self.fail("D130", found="the keyword qed", instead="write the left side of the claim, and below it = … by …")
        start = self.expression()
        steps: list[_Step] = []
        while self.accept("="):
            steps.append(self._step())
        if self.kind in ("!=", ">", ">="):
            self.fail("D112", what="=", found=self.word, instead="a chain is of equal expressions")
        if not steps:
            self._fail_at("D121", start)
        return _Chain(conditions, start, steps, self.source.place(start.start, start.end))

    def _step(self) -> _Step:
        right = None
        if self.kind == "?":
            place = self.source.place(self.start, self.start + 1)
            self.position += 1
            if self.kind in ("+", "-", "*", "/", "^", "(", "[", "name", "number", "?"):
                self.position -= 1
                self.fail("D127")
        else:
            right = self.expression()
            place = self.source.place(right.start, right.end)
        reasons = self._reasons() if self.accept("by") else ()
        return _Step(right, reasons, self._verdict(), place)

    def _reasons(self) -> tuple[Reason, ...]:
        reasons = [self._reason()]
        while self.accept(","):
            reasons.append(self._reason())
        if self.kind in ("string", "name"):
            self.fail("D112", what="a comma", found=self.tokens.found(self.position), instead="put a comma between reasons")
        return tuple(reasons)

    def _reason(self) -> Reason:
        start = self.start
        if self.kind == "string":
            text = self._string("", "")
            return Reason(None, (), text, self.source.place(start, self.last_end))
        similar = {"case": "cases", "assume": "assumption", "define": "definition"}.get(self.kind)
        instead = f"write by {similar}" if similar else 'name a rule or theorem, or write a text: by "…"'
        name, _, end = self._hyphenated("D122", found=self.tokens.found(self.position), instead=instead)
        if self.kind != "(":
            self._name_reason(name, start, end)
            return Reason(name, (), None, self.source.place(start, self.last_end))
        stretches: list[tuple[int, int]] = []
        arguments = self._reason_arguments(stretches)
        if self._name_reason(name, start, end) and arguments:
            self._look_at_arguments(name, arguments, stretches, start)
        return Reason(name, arguments, None, self.source.place(start, self.last_end))

    # --- what reasons name ---

    def _name_reason(self, name: str, start: int, end: int) -> bool:
        """Whether a reason is a rule, or may be a theorem; one that cannot be is refused once all theorems are known."""
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
            above = [each for each, at in self._theorem_lines.items() if at <= line and each != theorem]
            near = self._near(name, (*RULES, *above))
            instead = f'a text goes in quotes: by "{name}"'
            if name in self.signature.definitions:
                instead = f"write definition({name})"
            elif near:
                instead = f"did you mean {near}? {instead[0].upper()}{instead[1:]}"
            self._mistakes.append(self.source.error("D170", start, end, name=name, instead=instead))

    def _look_at_arguments(self, name: str, arguments: tuple[str, ...], places: list[tuple[int, int]], start: int) -> None:
        """Refuses what stands in the parentheses of a reason and says nothing there."""
        if name == "split":
            self._splits += ((a, *place) for a, place in zip(arguments, places, strict=True))
        elif name == "definition":
            for argument, (begin, end) in zip(arguments, places, strict=True):
                if argument not in self.signature.definitions:
                    self._refuse_definition(argument, begin, end)
        else:
            fields = {"found": name, "what": "takes nothing in parentheses", "instead": f"write {name}"}
            self._mistakes.append(self.source.error("D172", start, self.last_end, **fields))

    def _near(self, word: str, names: Iterable[str]) -> str | None:
        """The name that was probably meant, as long as there are few mistakes: to look for it takes time."""
        return nearest(word, names) if len(self._mistakes) < MOST_SUGGESTED else None

    def _refuse_definition(self, argument: str, begin: int, end: int) -> None:
        defined = self.signature.definitions
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
        self._mistakes.append(self.source.error("D171", begin, end, **fields))

    def _check_splits(self, elaborator: Elaborator) -> None:
        """Refuses to split at what is no index of the theorem."""
        for argument, begin, end in self._splits:
            point = argument.split("=")[-1].strip()
            if point.isdigit() or point in elaborator.names or point in self.signature.indices:
                continue
            near = self._near(point, (*elaborator.names, *self.signature.indices))
            instead = f"write split(i = {near})" if near else "write split(i = k), with an index k of the theorem"
            found = argument or "what stands between the commas"
            fields = {"found": found, "what": "names no index of this theorem", "instead": instead}
            self._mistakes.append(self.source.error("D172", begin, end, **fields))
        self._splits = []

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

    def _made_statement(
        self,
        name: str,
        free: Scope,
        conditions: list[Syntax],
        hypotheses: list[Syntax],
        sides: list[Syntax],
        expect: str | None,
        chains: list[_Chain] | None,
        place: Place,
    ) -> Statement:
        """The statement with its names looked up and its terms made: the whole of it is one scope of indices."""
        elaborator = self._elaborator("theorem " + name + " for {name}: {size}: …", free)
        for relation in conditions:
            self._resolve_index_relation(elaborator, relation, "for")
        for relation in hypotheses:
            elaborator.comparison(relation, guess=False)
            left, right = relation.parts
            if relation.word == ">=" and left.word in self.signature.sizes and right.word.isdigit():
                elaborator.suppose(left.word, int(right.word))
        for side in sides:
            elaborator.resolve(side)
        for chain in chains or ():
            for relation in chain.conditions:
                self._resolve_index_relation(elaborator, relation, "case")
            elaborator.resolve(chain.start)
            for step in chain.steps:
                if step.right is not None:
                    elaborator.resolve(step.right)
        elaborator.finish()
        self._check_splits(elaborator)
        self._warn(elaborator)
        build, relate = elaborator.build, elaborator.build_comparison
        proof = None
        if chains is not None:
            proof = tuple(
                Chain(
                    tuple(map(relate, chain.conditions)),
                    build(chain.start),
                    tuple(
                        Step(None if step.right is None else build(step.right), step.reasons, step.expect, step.place)
                        for step in chain.steps
                    ),
                    chain.place,
                )
                for chain in chains
            )
        return Statement(
            name,
            tuple(map(build, sides)),
            tuple(map(relate, conditions)),
            tuple(map(relate, hypotheses)),
            proof,
            expect,
            self._declared(),
            place,
        )

    def _resolve_index_relation(self, elaborator: Elaborator, relation: Syntax, keyword: str) -> None:
        if not elaborator.comparison(relation):
            instead = "name two indices, or an index and a whole number"
            self._fail_at("D128", relation, found=keyword, instead=instead)

"""A whole text to a `Derivation`, statement by statement.

    title "…"    size H    variable Z[H]    assume A = B    define O[i] = …
    use "softmax-jacobian"
    theorem NAME for i != k given x > 0: A = B expect V
    proof
      A
        = C by REASON, … expect V
    qed

A statement begins with its keyword and runs until the next one. Where it has a mistake, the reading goes on at the next one, so
that all mistakes of a text are told together, but for those that follow from another: of names that were to be declared there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import NoReturn, TypeVar

from derive.errors import DeriveError
from derive.language.declarations import DECLARING
from derive.language.derivation import Derivation
from derive.language.earlier import NOTHING, Earlier, Taken, Wanted
from derive.language.errors import SourceError
from derive.language.habits import STATEMENTS_ELSEWHERE
from derive.language.keywords import STATEMENTS
from derive.language.lexer import Source, normal_name
from derive.language.names import nearest
from derive.language.syntax import RELATION_SIGNS
from derive.language.theorems import Theorems
from derive.language.uses import difference
from derive.language.words import HYPHENATED
from derive.limits import MOST_MISTAKES, READING, allowed

Load = Callable[[str], Derivation]


def read(
    text: str,
    name: str = "",
    file: str = "",
    load: Load | None = None,
    rule_names: frozenset[str] = frozenset(),
    above: int = 0,
    earlier: Earlier | None = None,
) -> Derivation:
    """The derivation that `text` writes; in its file, so many lines stand `above` it, with what was read `earlier`.

    `load` finds another derivation for `use`; `rule_names` are the names that no theorem may have. Raises `SourceError`
    for the first mistake, with its place in `file`; it has `more` of them.
    """
    with allowed(READING):
        _, found = completed(lambda taken: Reader(Source(text, file, above), name, load, rule_names, taken), earlier)
        return found


Reading = TypeVar("Reading", bound="Reader")


def completed(reader: Callable[[Taken], Reading], earlier: Earlier | None = None) -> tuple[Reading, Derivation]:
    """A reading, and the derivation that it finds, which takes from what was read `earlier`, or is used, what it needs.

    That a name is needed shows when it means nothing: then the text is read once more, with it.
    """
    earlier = earlier or Earlier()
    wanted, taken, own = Wanted(), NOTHING, set[str]()
    while True:
        reading = reader(taken)
        found, mistakes = None, tuple[SourceError, ...]()
        try:
            found = reading.derivation()
        except SourceError as mistake:
            mistakes = (mistake, *mistake.more)
        known = earlier.beside(reading.lenders())
        more = wanted.joined(known.needed(mistakes), known.forced(reading.tokens.texts) - reading.own_names)
        if more == wanted and (more == Wanted() or reading.own_names <= own):
            break
        own |= reading.own_names
        wanted, taken = more, known.taken(more, own, reading.tokens.texts)
    if not taken.refused.isdisjoint({*wanted.names, *wanted.theorems}):
        raise reading.not_taken("D175", taken.refused)
    lost = earlier.lost_of(reading.tokens.texts) - reading.own_names
    if lost:
        raise reading.not_taken("D176", lost)
    if found is None:
        raise _first(mistakes, earlier, reading)
    return reading, found


def _first(mistakes: tuple[SourceError, ...], earlier: Earlier, reading: Reader) -> SourceError:
    """The first mistake of a text, with those that do not follow from the mistakes of a block above."""
    lost = [mistake for mistake in mistakes if mistake.missing in earlier.lost]
    own = [mistake for mistake in mistakes if mistake.missing not in earlier.lost or not mistake.missing]
    if lost and (not own or lost[0] is mistakes[0]):
        place, name = lost[0].place, lost[0].missing
        own.insert(0, reading.source.error("D176", place.start, place.end, name=name))
    if own[0] is not mistakes[0]:
        own[0].read = () if lost else mistakes[0].read
    own[0].more = tuple(own[1:])
    own[0].declares = frozenset(reading.own_names)
    return own[0]


class Reader(Theorems):
    """Reads one derivation."""

    def __init__(
        self, source: Source, name: str, load: Load | None, rule_names: frozenset[str], taken: Taken = NOTHING
    ) -> None:
        super().__init__(source, rule_names, taken)
        self.taken = taken
        self.name = name
        self.load = load
        self.heads: dict[str, str] = {}
        self.notes: list[str] = []
        self.uses: dict[str, tuple[int, int]] = {}
        self.used: list[Derivation] = []
        self.options: dict[str, str] = {}
        self.variants: dict[str, tuple[str, ...]] = {}
        self._broken = 0  # how many statements have mistakes
        self._lost: set[str] = set()  # the names in those of them that declare something

    def derivation(self) -> Derivation:
        """The whole text."""
        if self.kind == "end":
            self.fail("D100")
        while self.kind != "end" and self._broken < MOST_MISTAKES:
            self._statement_or_mistake()
        for used, (start, end) in self.uses.items():
            with self._noted():
                self._check_use(used, start, end)
        self._refuse_words()
        found = None if self._broken else self._read()
        if found is None or self._mistakes:
            first, *more = sorted(self._mistakes, key=lambda mistake: mistake.place.start)
            first.more, first.read = tuple(more), () if found is None else (found,)
            raise first
        return found

    @property
    def own_names(self) -> set[str]:
        """The names that the text declares itself, as far as it was read."""
        return self._lines.keys() | self._lost

    def lenders(self) -> list[Derivation]:
        """The derivations that the text uses, from which it may take names."""
        return self.used

    def not_taken(self, code: str, names: Collection[str]) -> SourceError:
        """The mistake of naming something that is declared above, and cannot mean here what it means there."""
        for word, start, end in zip(self.tokens.texts, self.tokens.starts, self.tokens.ends, strict=True):
            whole = HYPHENATED.match(self.source.text, start)
            if whole is not None and normal_name(whole[0]) in names:
                return self.source.error(code, start, whole.end(), name=normal_name(whole[0]))
            if word in names:
                return self.source.error(code, start, end, name=word)
        # What is cited is made of it.
        return self.source.error(code, self.tokens.starts[0], self.tokens.ends[0], name=min(names))

    @contextmanager
    def _noted(self) -> Iterator[None]:
        """Takes note of a mistake, unless it is about what was to be declared in a statement that has one."""
        try:
            yield
        except SourceError as mistake:
            self._broken += 1
            words = re.findall(r"\w+", self.source.text[mistake.place.start : mistake.place.end])
            of_names = mistake.code[:3] in ("D14", "D15", "D16", "D17")
            if not of_names or self._lost.isdisjoint(words) or not self._mistakes:
                self._mistakes.append(mistake)
                # What stands for a reason in the same line may be part of it: by the power rule.
                self._words = [word for word in self._words if self.source.line(word.start) != mistake.place.line]

    def _statement_or_mistake(self) -> None:
        first, broken = self.position, self._broken
        with self._noted():
            self._statement()
        if self._broken == broken:
            return
        keyword, self.position = self.kinds[first], max(self.position, first + 1)
        while self.kind != "end" and not self._begins(keyword):
            self.position += 1
        self._open, self._splits = 0, []
        if keyword == "use":  # what it was to bring is not known, and anything may be about that
            self.position = len(self.kinds) - 1
        self._lost |= self._declaring(first) - self._lines.keys()

    def _begins(self, keyword: str) -> bool:
        """Whether a statement begins here, after one of that keyword that has a mistake: by its word, or by that of others."""
        if self.kind in STATEMENTS:
            return keyword != "theorem" or self.kind != "proof"
        start = self.start
        first = not self.source.text[self.source.text.rfind("\n", 0, start) + 1 : start].strip()
        told = any(mistake.place.start == start for mistake in self._mistakes[-1:])
        return first and not told and self.word in STATEMENTS_ELSEWHERE and self.word not in self._lines

    def _declaring(self, first: int) -> set[str]:
        """The names that the statement from a token on was to declare."""
        keyword, found, depth, behind = self.kinds[first], set[str](), 0, False  # behind a colon stands the range of an index
        for position in range(first + 1, self.position):
            kind = self.kinds[position]
            behind = kind == ":" or (behind and kind != ",")
            depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(kind, 0)
            if kind == "=" or (keyword == "define" and position > first + 1):
                break
            if kind == "name" and not depth and not behind:
                found.add(self.tokens.texts[position])
        return found if keyword in DECLARING else set()

    def _read(self) -> Derivation:
        return Derivation(
            name=self.name,
            title=self.heads.get("title", ""),
            source=self.heads.get("source", ""),
            notes=tuple(self.notes),
            theory=self._declared(),
            statements=tuple(self.statements),
            lemmas=self.lemmas,
            uses=tuple(self.uses),
            used=tuple(self.used),
            below=tuple(each for each in self.taken.of if not any(each is used for used in self.used)),
            taken=frozenset(self.taken.theory.descriptions),
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
            self.fail("D118", found=f"`{kind}`", instead="a proof begins with its keyword: write proof above it")
        if kind in ("by", "expect"):
            instead = "it stands at the end of a step" if kind == "by" else "put it after a claim"
            self.fail("D118", found=f"`{kind}`", instead=instead)
        if kind in ("for", "given"):
            self.fail("D118", found=f"`{kind}`", instead=f"write theorem NAME {kind} …: A = B")
        if kind in (")", "]"):
            self.fail("D132", found=kind, instead="(" if kind == ")" else "[")
        if kind in RELATION_SIGNS:
            self.fail("D118", found=f"`{kind}`", instead="a step stands in a proof: write proof above it, or give one relation")
        if kind == "string":
            self.fail("D118", found="a text in quotes", instead='write note "…"')
        near = STATEMENTS_ELSEWHERE.get(self.word) or nearest(self.word, STATEMENTS) if kind == "name" else None
        instead = f"write {near}" if near else f"begin with a keyword: {', '.join(STATEMENTS)}"
        self.fail("D110", found=self.found, instead=instead)

    # --- for readers ---

    def _title(self) -> None:
        keyword = self.kinds[self.position - 1]
        if keyword in self.heads:
            self.position -= 1
            self.fail("D114", name=f"the `{keyword}`", line=self._lines[f"{keyword} "], instead='note "…" for more')
        self.heads[keyword] = self._string(f"the {keyword} in quotes", f'{keyword} "…"')
        self._lines[f"{keyword} "] = self.source.line(self.last_end)  # a name never ends in a space

    _source = _title

    def _note(self) -> None:
        self.notes.append(self._string("a text in quotes", 'note "…"'))

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
                raise error("D114", start, end, name=f"`{statement.name}`, a theorem of `{name}`,", line=line, instead=renamed)
            self.lemmas[statement.name] = statement
            self._theorem_lines[statement.name] = self.source.line(start)
        self.uses[name] = (start, end)
        self.used.append(other)

    def _check_use(self, used: str, start: int, end: int) -> None:
        line = self.source.line(start)
        for statement in self.lemmas.values():
            if self._theorem_lines[statement.name] == line:
                found = difference(statement, self.theory) if statement.name in self.cited else None
                if found is None:
                    continue
                name, said, instead = found
                fields = {"theorem": statement.name, "other": used, "name": name, "difference": said, "instead": instead}
                mistake = self.source.error("D125", start, end, **fields)
                mistake.missing = name if self._elaborator("").kind_of(name) is None else ""
                raise mistake

    def _option(self) -> None:
        name, start, _ = self._hyphenated("D112", what="the name of an option", found="another", instead="option classes = H")
        if name in self.options:
            line = self.source.line(start)
            self.position -= 1
            self.fail("D114", name=f"the option `{name}`", line=line, instead=f"another name: option {name}2")
        self.expect("=", "`=` and a size", f"write option {name} = H")
        if self.kind != "name" or self.word not in self.theory.sizes:
            self._elaborator("").extent(self.expression())
            self.position -= 1
            self.fail("D112", what="a declared size", found=self.found, instead=f"write option {name} = H")
        self.options[name] = self.word
        self.position += 1
        self._description()

    def _variant(self) -> None:
        fields = {"what": "the name of a variant", "found": "another", "instead": 'variant binary = "…"'}
        name, start, _ = self._hyphenated("D112", **fields)
        if name in self.variants:
            self.position -= 1
            self.fail(
                "D114", name=f"the variant `{name}`", line=self.source.line(start), instead=f"another name: variant {name}2"
            )
        self.expect("=", "`=` and the names of derivations in quotes", f'write variant {name} = "…"')
        example = f'variant {name} = "…"'
        names = [self._string("the name of a derivation in quotes", example)]
        while self.accept(","):
            names.append(self._string("the name of a derivation in quotes", example))
        self.variants[name] = tuple(names)

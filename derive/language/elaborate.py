"""Elaboration: what the names of an expression mean.

    sum(y[i]*ln(O[i]), i)      y, O arrays; ln a function of the table; i an index that the sum binds
    diff(E, x)                 E a defined name, x a variable

The names of a whole statement are looked up first, in the order of the text (`resolve`), then the ranges of its indices are
known (`finish`), and only then are the terms made (see `build`), because the `Index` in a term carries its range.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NoReturn

from derive.floor.frozen import Table
from derive.floor.functions import TABLE
from derive.floor.terms import Apply, Entry, Number, Size, Term, declared_name
from derive.floor.theory import Theory
from derive.language.habits import FUNCTIONS_ELSEWHERE
from derive.language.indices import Computed, IndexName, Indices, Scope, bound_names, range_text
from derive.language.lexer import Source
from derive.language.names import ABOVE, BINDERS, FORMS, arguments, counted, letters, nearest, values
from derive.language.syntax import Syntax

ALIASES: Mapping[str, str] = Table({"log": "ln"})
"""What a name means when it has one argument: log(x) is the natural logarithm."""


class Elaborator(Indices):
    """Gives the names in one statement their meaning.

    A notation with names of its own, as the schemas of the rules have, overrides `value` and `applied`.
    """

    def __init__(
        self,
        source: Source,
        theory: Theory,
        free: Scope | None = None,
        arguments: Mapping[str, str] | None = None,
        defining: str = "",
        later: Callable[[str], int | None] = lambda _: None,
        hint: str = "",
    ) -> None:
        super().__init__(source, theory, free, arguments, defining, later, hint)
        self._values: dict[str, Term] = {}
        self.whole = False  # whether this is a theorem, in which a derivative along an edge can stand
        self._stand_as_index: set[str] = set()  # somewhere, be it further on: i*x[i]

    def resolve(self, syntax: Syntax, bound: Scope | None = None) -> None:
        """Looks up the names in an expression, within the binders of the indices `bound`."""
        self.look_ahead((syntax,))
        self._resolve(syntax, bound or {})

    def look_ahead(self, expressions: Iterable[Syntax], relations: bool = False) -> None:
        """Notes which names stand as an index in them, or are related as indices: as a value further up, they mean a number."""
        for syntax in expressions:
            self._stand_as_index |= _standing_as_index(syntax, relations)

    def _resolve(self, syntax: Syntax, bound: Scope) -> None:
        kind = syntax.kind
        if kind == "number":
            return
        if kind == "name":
            self.value(syntax, bound)
        elif kind == "entry":
            self._entry(syntax, bound)
        elif kind == "call":
            self.applied(syntax, bound)
        elif kind == "primed":
            arity = self._differentiated(syntax)
            self.fail("D148", syntax, name=syntax.word, instead=f"{syntax.word}({', '.join(values(arity))})")
        elif kind == "relation" or kind == "range":
            self.fail("D136", syntax, found=self.text(syntax))
        else:
            for part in syntax.parts:
                self._resolve(part, bound)

    def value(self, syntax: Syntax, bound: Scope) -> None:
        """Looks up a name that stands for a value."""
        word = syntax.word
        if self._means_a_number(word, bound):
            self.index(syntax, bound)
            return
        found = self._values.get(word)
        if found is None or word in bound:
            found = self._value(syntax, bound)
            self._values[word] = found
        syntax.meaning = found

    def _means_a_number(self, word: str, bound: Scope) -> bool:
        """Whether a name that stands for a value is that of an index, and means the number that this is."""
        if word in bound:
            return True
        if word in (self.arguments or ()) or self.ranges(word) is not None:
            return False
        known = word in self.free or word in self.theory.indices
        return known or (word in self._stand_as_index and self.kind_of(word) is None)

    def _value(self, syntax: Syntax, bound: Scope) -> Term:
        word = syntax.word
        theory = self.theory
        if self.arguments and word in self.arguments:
            return Entry(self.arguments[word], ())
        ranges = self.ranges(word)
        if ranges is not None and word not in bound:
            if ranges:
                example = f"{word}[{', '.join(letters(len(ranges)))}]"
                self.fail("D144", syntax, name=word, count=counted(len(ranges), "index", "indices"), instead=example)
            return Entry(word, ())
        if word in theory.sizes:
            return Size(word)
        if word in theory.definitions or word in theory.functions or (word in TABLE and TABLE[word].arity):
            self.fail("D148", syntax, name=word, instead=f"{word}({', '.join(values(self.arity(word)))})")
        if word in TABLE:
            return Apply(word, ())
        if word in ALIASES or word in FORMS:
            self.fail("D148", syntax, name=word, instead=f"{word}(…)")
        self.undeclared(syntax, word)

    def _entry(self, syntax: Syntax, bound: Scope) -> None:
        word, parts = syntax.word, syntax.parts
        ranges = None if self.arguments and word in self.arguments else self.ranges(word)
        if ranges is None:
            kind = "an argument" if self.arguments and word in self.arguments else self.kind_of(word)
            if kind is None:
                size = next(iter(self.theory.sizes), "n")
                self.undeclared(syntax, word, "[" + ", ".join([size] * len(parts)) + "]", len(word))
            ranges = ()
        if not parts or len(parts) != len(ranges):
            instead = f"{word}[{', '.join(letters(len(ranges)))}]" if ranges else word
            given = str(len(parts)) if parts else "empty brackets"
            self.fail("D145", syntax, name=word, count=counted(len(ranges), "index", "indices"), given=given, instead=instead)
        for part, extent in zip(parts, ranges, strict=True):
            index = self.place(part, bound)
            if isinstance(index, IndexName):
                self._give(index, extent, syntax, part)
            elif isinstance(index, Number):
                self._check_whole(part, extent)

    # --- forms and functions ---

    def applied(self, syntax: Syntax, bound: Scope) -> None:
        """Looks up a name with arguments in parentheses: a declared function, a form like `sum`, or one of the table."""
        word, parts = syntax.word, syntax.parts
        if "'" in word:
            syntax.meaning = "declared"
            arity = self._differentiated(syntax)
        elif self.is_function(word):
            syntax.meaning = "declared"
            arity = self.arity(word)
        elif word in FORMS:
            form: Callable[[Syntax, Scope], None] = getattr(self, f"_{word}")
            form(syntax, bound)
            return
        elif word in BINDERS and self._runs(parts):
            self._sum(syntax, bound)
            return
        else:
            name = ALIASES.get(word, word) if len(parts) == 1 else word
            if name not in TABLE:
                self._no_function(syntax)
            syntax.meaning = name
            arity = TABLE[name].arity
        if len(parts) != arity:
            instead = self._as_two(syntax) if word in BINDERS else f"{word}({', '.join(values(arity))})" if arity else word
            count = counted(arity, "argument", "arguments")
            self.fail("D146", syntax, name=word, count=count, given=len(parts) or "none", instead=instead)
        for part in parts:
            self._resolve(part, bound)

    def _differentiated(self, syntax: Syntax) -> int:
        """The number of arguments of the function of which the word is a derivative: f', f'', g'1, g'1'2."""
        word = syntax.word
        name = declared_name(word)
        if not self.theory.is_differentiable(name):
            self._no_derivative(syntax, name)
        arity, given = self.arity(name), word.split("'")[1:]
        if arity == 1 and any(given):
            self.fail("D169", syntax, len(word), name=name, count="1 argument", instead=name + "'" * len(given))
        if arity > 1 and not all(part and 1 <= int(part) <= arity for part in given):
            instead = " or ".join(f"{name}'{n}" for n in range(1, arity + 1))
            self.fail("D169", syntax, len(word), name=name, count=f"{arity} arguments", instead=instead)
        return arity

    def _no_derivative(self, syntax: Syntax, name: str) -> NoReturn:
        inside = ", ".join(map(self.text, syntax.parts)) or "x"
        kind = "an argument" if self.arguments and name in self.arguments else self.kind_of(name)
        what = name
        if name in self.theory.functions:
            kind = "a function of arrays"
        elif self.is_function(name):
            kind, what = "defined", f"{name}({inside})"
        elif kind is None and (name in TABLE or name in ALIASES or name in FORMS):
            kind, what = "a function of the language", f"{name}({inside})"
        elif kind is None and syntax.kind == "call" and self.later(name) is None:
            self.fail_for(name, "D143", syntax, len(name), name=name, instead=f"{ABOVE}function {name}(u)")
        elif kind is None:
            self.undeclared(syntax, name, length=len(name))
        self.fail("D147", syntax, len(syntax.word), name=name, kind=kind, what=what)

    def _no_function(self, syntax: Syntax) -> NoReturn:
        word, parts = syntax.word, syntax.parts
        kind = "an argument" if self.arguments and word in self.arguments else self.kind_of(word)
        if word in bound_names(self._all) and kind is None:
            kind = "an index"
        if kind is not None:
            inside = ", ".join(map(self.text, parts))
            as_entry = self.ranges(word) or kind == "an index"
            self.fail("D149", syntax, name=word, kind=kind, instead=f"{word}[{inside}]" if as_entry else f"{word}*({inside})")
        if word == self.defining or self.later(word) is not None:
            self.undeclared(syntax, word, length=len(word))
        names = [*TABLE, *ALIASES, *FORMS, *filter(self.is_function, (*self.theory.definitions, *self.theory.functions))]
        near = nearest(word, names)
        declare = f"{ABOVE}define {word}({', '.join(arguments(len(parts)))}) = …"
        instead = FUNCTIONS_ELSEWHERE.get(word) or (f"write {near}(…)" if near else declare)
        self.fail_for(word, "D143", syntax, len(word), name=word, instead=instead)

    def _sum(self, syntax: Syntax, bound: Scope) -> None:
        if len(syntax.parts) < 2:
            inside = self.text(syntax.parts[0]) if syntax.parts else "…"
            self.fail("D162", syntax, name=syntax.word, instead=f"{syntax.word}({inside}, i)")
        body, *clauses = syntax.parts
        inner = dict(bound)
        binders: list[tuple[IndexName, list[Syntax]]] = []
        names = [clause.word if clause.kind == "name" else clause.parts[0].word if clause.parts else "" for clause in clauses]
        for position, clause in enumerate(clauses):
            head = clause if clause.kind == "name" else clause.parts[0] if clause.parts else clause
            if head.kind != "name" or (clause.kind == "relation" and clause.word != "!="):
                self.fail("D163", clause, found=self.text(clause), name=syntax.word)
            if clause.kind not in ("name", "range", "relation"):
                self.fail("D163", clause, found=self.text(clause), name=syntax.word)
            further = bool(binders) and binders[-1][0].name == head.word and clause.kind == "relation"
            if not further:
                if head.word in names[:position]:
                    self.fail("D158", head, name=head.word, instead=self._letter())
                index = self._bind(head, syntax, inner)
                binders.append((index, []))
            index, excluded = binders[-1]
            if clause.kind == "relation":
                other = clause.parts[1]
                if other.kind == "name" and other.word == head.word:
                    self.fail("D158", other, name=head.word, instead=f"{head.word} != {self._letter()}")
                if other.kind == "name" and other.word in names[position + 1 :]:
                    turned = f"{syntax.word}(…, {other.word}, {head.word} != {other.word})"
                    self.fail("D159", other, name=other.word, instead=turned)
                self._join(index, self.index(other, inner), clause, other)
                excluded.append(other)
            elif clause.kind == "range":
                self._give(index, self.extent(clause.parts[1]), clause, head)
            following = clauses[position + 1 : position + 2]
            # An index is in scope of its body and of the binders after it, and not of what is excluded from itself.
            if not (following and following[0].kind == "relation" and names[position + 1] == head.word):
                inner[head.word] = index
        syntax.meaning = binders
        self._resolve(body, inner)

    _prod = _sum

    def _as_two(self, syntax: Syntax) -> str:
        """A max or min of another number of values as one over an index, or of two values at a time."""
        word, written = syntax.word, list(map(self.text, syntax.parts)) or ["x"]
        if len(written) == 1:
            extents = self.ranges(written[0]) if syntax.parts and syntax.parts[0].kind == "name" else None
            indices = ", ".join(letters(len(extents or ())))
            return f"{word}({written[0]}[{indices}], {indices})" if extents else f"{word}({written[0]}, y)"
        *most, last = written
        return "".join(f"{word}({each}, " for each in most) + last + ")" * len(most)

    def _runs(self, parts: tuple[Syntax, ...]) -> bool:
        """Whether max or min is over an index, as in max(x[i], i), max(x[i], i != k), max(i^2, i: n), and not of two values."""
        if any(part.kind in ("range", "relation") for part in parts[1:]):
            return True
        standing = _standing_as_index(parts[0], False) if len(parts) > 1 else set[str]()
        names = [part.word for part in parts[1:] if part.kind == "name" and part.word in standing]
        arguments = self.arguments or ()
        values = (name for name in names if name in arguments or self.kind_of(name) is not None)
        return bool(names) and len(names) == len(parts) - 1 and not any(values)

    def _delta(self, syntax: Syntax, bound: Scope) -> None:
        if len(syntax.parts) != 2:
            given = len(syntax.parts) or "none"
            self.fail("D146", syntax, name="delta", count="2 indices", given=given, instead="delta(i, k)")
        left, right = syntax.parts
        one, other = self.place(left, bound), self.place(right, bound)
        if not (isinstance(one, Computed) or isinstance(other, Computed)):
            self._join(one, other, syntax, right)

    def _if(self, syntax: Syntax, bound: Scope) -> None:
        if len(syntax.parts) != 3:
            count, given = "a relation and 2 expressions", len(syntax.parts) or "none"
            self.fail("D146", syntax, name="if", count=count, given=given, instead="if(i = k, …, …)")
        condition, then, otherwise = syntax.parts
        if condition.kind != "relation":
            self.fail("D164", condition, found=self.text(condition))
        self.comparison(condition, bound)
        self._resolve(then, bound)
        self._resolve(otherwise, bound)

    def _partial(self, syntax: Syntax, bound: Scope) -> None:
        if not self.whole:
            self.fail("D165", syntax)
        if len(syntax.parts) != 2:
            given = len(syntax.parts) or "none"
            count = "an expression and a name"
            self.fail("D146", syntax, name="partial", count=count, given=given, instead="partial(c, a)")
        self._diff(syntax, bound)
        syntax.meaning = self.theory

    def _diff(self, syntax: Syntax, bound: Scope) -> None:
        if self.arguments:
            self.fail("D161", syntax, name=self.defining)
        if len(syntax.parts) < 2:
            inside = self.text(syntax.parts[0]) if syntax.parts else "f"
            given = len(syntax.parts) or "none"
            count = "an expression and a variable"
            self.fail("D146", syntax, name="diff", count=count, given=given, instead=f"diff({inside}, x)")
        body, *variables = syntax.parts
        whole, self.whole = self.whole, False
        self._resolve(body, bound)
        self.whole = whole
        for by in variables:
            word = by.word
            if by.kind == "primed":
                self._resolve(by, bound)
            if by.kind not in ("name", "entry"):
                found = self.text(by)
                simple = by.kind == "number"
                instead = "give a variable" if simple else f"define u = {found}, and write diff(…, u)"
                self.fail("D160", by, found=found, kind="a number" if simple else "an expression", instead=instead)
            self._resolve(by, bound)
            for part in by.parts:
                if isinstance(part.meaning, Computed):
                    kind, letter = "an entry at a computed index", self._letter()
                    self.fail("D160", part, found=self.text(by), kind=kind, instead=f"differentiate by {word}[{letter}]")
            unknown = self.theory.unknowns.get(word)
            if (unknown is not None and unknown.variable) or word in self.theory.definitions:
                continue
            instead = "give a variable"
            if unknown is not None:
                ranges = ", ".join(map(range_text, unknown.ranges))
                instead = f"declare it as one: variable {word}" + (f"[{ranges}]" if ranges else "")
            self.fail("D160", by, found=self.text(by), kind=self.kind_of(word) or "a number", instead=instead)

    def comparison(self, syntax: Syntax, bound: Scope | None = None, guess: bool = True) -> bool:
        """Looks up a relation, and says whether it is one of indices.

        One by = or != is, if both sides are an index or a whole number, and one is known to be an index; with `guess`, also if
        both could be one: undeclared names, or whole numbers. Any other is one of values, and an index in it is its number.
        """
        scope = bound or {}
        left, right = syntax.parts
        known = self._is_index(left, scope) or self._is_index(right, scope)
        indices = syntax.word in ("=", "!=") and known and all(self._is_place(part, scope) for part in syntax.parts)
        if guess and not known and syntax.word in ("=", "!="):
            indices = "name" in (left.kind, right.kind) and self._could_be_index(left) and self._could_be_index(right)
        if indices:
            self._join(self.index(left, scope), self.index(right, scope), syntax, right)
        else:
            self._resolve(left, scope)
            self._resolve(right, scope)
        syntax.meaning = indices
        return indices

    def _is_place(self, part: Syntax, bound: Scope) -> bool:
        """Whether an index or a whole number stands there by itself."""
        if part.kind == "number":
            return part.word.isdigit()
        return part.kind == "name" and (self._is_index(part, bound) or self._means_nothing(part.word))

    def _is_index(self, part: Syntax, bound: Scope) -> bool:
        if part.kind != "name" or (self.arguments and part.word in self.arguments):
            return False
        return part.word in bound or part.word in self.free or part.word in self.theory.indices

    def _could_be_index(self, part: Syntax) -> bool:
        word = part.word
        if part.kind == "number":
            return word.isdigit() and int(word) > 0
        if part.kind != "name" or (self.arguments and word in self.arguments):
            return False
        return (word in self.theory.indices or self._means_nothing(word)) and self.later(word) is None

    def _means_nothing(self, word: str) -> bool:
        """Whether a name is neither declared, nor that of a number such as pi."""
        return self.kind_of(word) is None and not (word in TABLE and not TABLE[word].arity)


def _standing_as_index(syntax: Syntax, anywhere: bool) -> set[str]:
    """The names that stand between square brackets, or anywhere."""
    found: set[str] = set()
    waiting = [(syntax, anywhere)]
    while waiting:
        part, inside = waiting.pop()
        if inside and part.kind == "name":
            found.add(part.word)
        waiting += ((each, inside or part.kind == "entry") for each in part.parts)
    return found

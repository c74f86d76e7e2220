"""Syntax to terms: what the names of an expression mean, and how far its indices run.

    sum(y[i]*ln(O[i]), i)      y, O declared with range H: i runs to H, and is bound by the sum
    delta(i, k)*O[k]           k runs to H by O, and i runs as far as k does

A name that stands as an index and is not declared is an index. Its range is that of every array position in which it
stands, anywhere in the statement; indices that are compared (`delta`, `if`, `!=`) share a range. So the names of a whole
statement are looked up first, in the order of the text (`resolve`), then the ranges are known (`finish`), and only then
are the terms made (`build`), because the `Index` in a term carries its range.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from fractions import Fraction
from functools import lru_cache
from typing import NoReturn

from derive.floor.functions import ALIASES, TABLE
from derive.floor.terms import (
    Add,
    Affine,
    Apply,
    Call,
    Comparison,
    Delta,
    Diff,
    Div,
    Entry,
    Fixed,
    If,
    Index,
    Mul,
    Neg,
    Number,
    Pow,
    Prod,
    Size,
    Sum,
    Term,
    affine,
    declared_name,
    derivative_name,
    fresh,
    rational,
)
from derive.floor.theory import Signature
from derive.language.errors import SourceError
from derive.language.lexer import Source
from derive.language.syntax import Parser, Syntax

ABOVE = "declare it above: "
"""With what a help that ends in a declaration leads to it."""
FORMS = ("sum", "prod", "delta", "if", "diff")
"""What looks like a function and is none: the argument of these is not a value alone."""


class IndexName:
    """An index as a statement uses it: one for each binder and one for each free name; its range becomes known on the way."""

    __slots__ = ("first", "fixed", "greatest", "hint", "name", "range", "same", "where")

    def __init__(
        self,
        name: str,
        first: Syntax | None,
        extent: Term | None = None,
        hint: str = "",
        where: str = "",
        fixed: bool = False,
    ) -> None:
        self.name = name
        self.fixed = fixed  # whether it is declared, and no other than itself
        self.first = first  # where it stands first
        self.range = extent
        self.where = where  # the text from which the range was read
        self.hint = hint  # what to type if no range is found; {name} and {size} are filled in
        self.same: IndexName | None = None  # an index that it was compared with: their range is one
        self.greatest: Syntax | None = None  # the greatest whole number that it was compared with

    def root(self) -> IndexName:
        """The index that holds the range for all those compared with each other."""
        found = self
        while found.same is not None:
            found = found.same
        return found

    def index(self) -> Index:
        """The index as a term, once its range is known."""
        extent = self.root().range
        assert extent is not None
        return Fixed(self.name, extent) if self.fixed else Index(self.name, extent)


Scope = dict[str, IndexName]


class Computed:
    """An index that is computed from others, t + a - 1: factors with indices or sizes, and an offset."""

    __slots__ = ("offset", "pairs")

    def __init__(self) -> None:
        self.pairs: list[tuple[int, IndexName | Size]] = []
        self.offset = 0

    def index(self) -> Affine:
        """The index as a term, once the ranges are known."""
        pairs = ((factor, part.index() if isinstance(part, IndexName) else part) for factor, part in self.pairs)
        return affine(pairs, self.offset)


@lru_cache(maxsize=1024)
def _number(word: str) -> Number:
    return Number(Fraction(int(word)) if word.isdigit() else Fraction(word))


class Elaborator:
    """Gives the names in one statement their meaning.

    `signature` says what is declared. `free` are the indices that may be free, by name: the parameters of a definition to
    begin with, and those that turn up. `arguments` are the arguments of a function under definition, with the names that
    they have in its body. A notation with names of its own, as the schemas of the rules have, overrides `value` and `applied`.
    """

    def __init__(
        self,
        source: Source,
        signature: Signature,
        free: Scope | None = None,
        arguments: Mapping[str, str] | None = None,
        defining: str = "",
        later: Callable[[str], int | None] = lambda _: None,
        hint: str = "",
    ) -> None:
        self.source = source
        self.signature = signature
        self.free: Scope = {} if free is None else free
        self.arguments = arguments
        self.defining = defining
        self.later = later  # the line in which a name is declared further below
        self.hint = hint  # what to type for a free index without a range
        self.warnings: list[tuple[Syntax, str]] = []
        self._fixed: Scope = {}
        self._all: list[IndexName] = list(self.free.values())
        self._values: dict[str, Term] = {}
        self._warned: set[str] = set()

    @property
    def names(self) -> list[str]:
        """The names of all indices of the statement, free and bound."""
        return list(dict.fromkeys((*(index.name for index in self._all), *self._fixed)))

    # --- first: names ---

    def resolve(self, syntax: Syntax, bound: Scope | None = None) -> None:
        """Looks up the names in an expression, within the binders of the indices `bound`."""
        self._resolve(syntax, bound or {})

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
            self.fail("D148", syntax, name=syntax.word, instead=f"{syntax.word}({', '.join(_values(arity))})")
        elif kind == "relation" or kind == "range":
            self.fail("D136", syntax, found=self.text(syntax))
        else:
            for part in syntax.parts:
                self._resolve(part, bound)

    def value(self, syntax: Syntax, bound: Scope) -> None:
        """Looks up a name that stands for a value."""
        word = syntax.word
        found = self._values.get(word)
        if found is None or word in bound:
            found = self._value(syntax, bound)
            self._values[word] = found
        syntax.meaning = found

    def _value(self, syntax: Syntax, bound: Scope) -> Term:
        word = syntax.word
        signature = self.signature
        if self.arguments and word in self.arguments:
            return Entry(self.arguments[word], ())
        ranges = self.ranges(word)
        if ranges is not None and word not in bound:
            if ranges:
                example = f"{word}[{', '.join(_letters(len(ranges)))}]"
                self.fail("D144", syntax, name=word, count=_count(len(ranges), "index", "indices"), instead=example)
            return Entry(word, ())
        if word in bound or word in self.free or word in signature.indices:
            index = bound.get(word) or self.free.get(word)
            extent = signature.indices[word].range if index is None else index.root().range
            self.fail("D150", syntax, name=word, range="n" if extent is None else range_text(extent))
        if word in signature.sizes:
            return Size(word)
        if word in signature.definitions or word in signature.functions or (word in TABLE and TABLE[word].arity):
            self.fail("D148", syntax, name=word, instead=f"{word}({', '.join(_values(self.arity(word)))})")
        if word in TABLE:
            return Apply(word, ())
        if word in ALIASES or word in FORMS:
            self.fail("D148", syntax, name=word, instead=f"{word}(…)")
        self.undeclared(syntax, word)

    def ranges(self, name: str) -> tuple[Term, ...] | None:
        """The ranges of the indices of a declared array or scalar; None for any other name."""
        signature = self.signature
        if name in signature.unknowns:
            return signature.unknowns[name].ranges
        definition = signature.definitions.get(name)
        if definition is not None:
            return None if definition.arguments else tuple(index.range for index in definition.parameters)
        function = signature.functions.get(name)
        return () if function is not None and function.of else None

    def arity(self, name: str) -> int:
        """The number of arguments of a declared function, or of one of the table."""
        signature = self.signature
        if name in signature.definitions:
            return len(signature.definitions[name].arguments)
        if name in signature.functions:
            return signature.functions[name].arity
        return TABLE[name].arity

    def is_function(self, name: str) -> bool:
        """Whether the name is declared as a function of numbers."""
        signature = self.signature
        if name in signature.definitions:
            return bool(signature.definitions[name].arguments)
        return name in signature.functions and not signature.functions[name].of

    def kind_of(self, name: str) -> str | None:
        """What a declared name is, as messages say it; None for one that is not declared."""
        signature = self.signature
        if name in signature.unknowns:
            return "a variable" if signature.unknowns[name].variable else "a constant"
        if name in signature.sizes:
            return "a size"
        if name in signature.indices:
            return "a fixed index"
        if name in signature.functions or self.is_function(name):
            return "a function"
        return "a defined name" if name in signature.definitions else None

    def _entry(self, syntax: Syntax, bound: Scope) -> None:
        word, parts = syntax.word, syntax.parts
        ranges = self.ranges(word)
        if ranges is None:
            kind = "an argument" if self.arguments and word in self.arguments else self.kind_of(word)
            if kind is None:
                size = next(iter(self.signature.sizes), "n")
                self.undeclared(syntax, word, "[" + ", ".join([size] * len(parts)) + "]", len(word))
            ranges = ()
        if len(parts) != len(ranges):
            instead = f"{word}[{', '.join(_letters(len(ranges)))}]" if ranges else word
            given = str(len(parts)) if parts else "none"
            self.fail("D145", syntax, name=word, count=_count(len(ranges), "index", "indices"), given=given, instead=instead)
        for part, extent in zip(parts, ranges, strict=True):
            index = self.place(part, bound)
            if isinstance(index, IndexName):
                self._give(index, extent, syntax, part)
            elif isinstance(index, Number):
                self._check_whole(part, extent)

    def index(self, part: Syntax, bound: Scope) -> IndexName | Number:
        """Looks up what stands as an index: a name, or a whole number from 1."""
        found: IndexName | Number | None = None
        if part.kind == "name":
            word = part.word
            found = bound.get(word) or self.free.get(word) or self._fixed.get(word)
            if found is None:
                fixed = self.signature.indices.get(word)
                if fixed is not None:
                    found = self._fixed[word] = IndexName(word, part, fixed.range, where="its declaration", fixed=True)
                else:
                    self.refuse_declared(part)
                    found = self.free[word] = IndexName(word, part, hint=self.hint)
                    self._all.append(found)
        elif part.kind == "number" and part.word.isdigit():
            found = _number(part.word)
            if not found.value:
                self.fail("D153", part, found=part.word, range="the size of the array")
        if found is None:
            self.fail("D152", part, found=self.text(part), instead="i, 3")
        part.meaning = found
        return found

    def place(self, part: Syntax, bound: Scope) -> IndexName | Number | Computed:
        """Looks up what stands as an index of an array or of a delta, where it may be computed: t + a - 1, n - i."""
        size = part.kind == "name" and part.word in self.signature.sizes
        if part.kind not in ("add", "neg", "mul") and not size:
            return self.index(part, bound)
        computed = part.meaning = Computed()
        self._compute(part, 1, computed, bound, part)
        return computed

    def _compute(self, part: Syntax, factor: int, computed: Computed, bound: Scope, whole: Syntax) -> None:
        """Adds `factor` times `part` to a computed index."""
        number = _whole(part)
        if number is not None:
            computed.offset += factor * number
        elif part.kind == "add":
            for term in part.parts:
                self._compute(term, factor, computed, bound, whole)
        elif part.kind == "neg":
            self._compute(part.parts[0], -factor, computed, bound, whole)
        elif part.kind == "mul" and sum(_whole(each) is None for each in part.parts) == 1:
            numbers = [_whole(each) for each in part.parts]
            factor *= math.prod(value for value in numbers if value is not None)
            self._compute(part.parts[numbers.index(None)], factor, computed, bound, whole)
        elif part.kind == "name" and part.word in self.signature.sizes:
            computed.pairs.append((factor, Size(part.word)))
        elif part.kind == "name":
            index = self.index(part, bound)
            assert isinstance(index, IndexName)
            computed.pairs.append((factor, index))
        else:
            self.fail("D152", part, found=self.text(part), instead="i, 3, i + 1, n - i, 2*t - 1")
        if abs(factor) > MAX_RANGE or abs(computed.offset) > MAX_RANGE:
            self.fail("D152", whole, found=self.text(whole), instead="i + 1, with smaller numbers")

    def refuse_declared(self, part: Syntax) -> None:
        """A declared name cannot be an index."""
        kind = self.kind_of(part.word)
        if self.arguments and part.word in self.arguments:
            kind = "an argument"
        if kind is not None:
            self.fail("D151", part, name=part.word, kind=kind, instead=self._letter())

    def _letter(self) -> str:
        """A letter for an index that means nothing yet."""
        taken = {index.name for index in self._all}
        return next((each for each in "ijklmnpqrst" if each not in taken and self.kind_of(each) is None), "i1")

    # --- ranges ---

    def _give(self, index: IndexName, extent: Term, where: Syntax, at: Syntax) -> None:
        root = index.root()
        if root.range is None:
            root.range, root.where = extent, self.text(where)
        elif root.range is not extent:
            self._two_ranges(index, extent, self.text(where), at)

    def _two_ranges(self, index: IndexName, extent: Term, where: str, at: Syntax) -> NoReturn:
        root = index.root()
        assert root.range is not None
        self.fail(
            "D154",
            at,
            name=index.name,
            first=range_text(root.range),
            where_first=root.where,
            second=range_text(extent),
            where_second=where,
        )

    def _join(self, left: IndexName | Number, right: IndexName | Number, where: Syntax, at: Syntax) -> None:
        """What is compared has one range."""
        if isinstance(left, Number) or isinstance(right, Number):
            index, whole = (left, at) if isinstance(left, IndexName) else (right, where.parts[0])
            if isinstance(index, IndexName):
                root = index.root()
                if root.greatest is None or int(root.greatest.word) < int(whole.word):
                    root.greatest = whole
            return
        one, other = left.root(), right.root()
        if one is other:
            return
        if one.range is None:
            one, other = other, one
        elif other.range is not None and other.range is not one.range:
            self._two_ranges(right, one.range, one.where, at)
        other.same = one
        if other.greatest is not None and (one.greatest is None or int(one.greatest.word) < int(other.greatest.word)):
            one.greatest = other.greatest

    def _check_whole(self, part: Syntax, extent: Term) -> None:
        value = int(part.word)
        if isinstance(extent, Number) and value > extent.value:
            self.fail("D153", part, found=part.word, range=range_text(extent))
        if isinstance(extent, Size) and value > self.signature.sizes.get(extent.name, 1):
            least = f"{extent.name} >= {value}"
            if least not in self._warned:
                self._warned.add(least)
                self.warnings.append((part, f"the index {value} supposes {least}; say so where it is declared: size {least}"))

    def suppose(self, size: str, least: int) -> None:
        """A hypothesis of the statement says that the size is at least this."""
        self._warned.update(f"{size} >= {value}" for value in range(2, min(least, 1000) + 1))

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
        else:
            name = ALIASES.get(word, word) if len(parts) == 1 else word
            if name not in TABLE:
                self._no_function(syntax)
            syntax.meaning = name
            arity = TABLE[name].arity
        if len(parts) != arity:
            instead = f"{word}({', '.join(_values(arity))})" if arity else word
            count = _count(arity, "argument", "arguments")
            self.fail("D146", syntax, name=word, count=count, given=len(parts) or "none", instead=instead)
        for part in parts:
            self._resolve(part, bound)

    def _differentiated(self, syntax: Syntax) -> int:
        """The number of arguments of the function of which the word is a derivative: f', f'', g'1, g'1'2."""
        word = syntax.word
        name = declared_name(word)
        if not self.signature.is_differentiable(name):
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
        if name in self.signature.functions:
            kind = "a function of arrays"
        elif self.is_function(name):
            kind, what = "defined", f"{name}({inside})"
        elif kind is None and (name in TABLE or name in ALIASES or name in FORMS):
            kind, what = "a function of the language", f"{name}({inside})"
        elif kind is None and syntax.kind == "call" and self.later(name) is None:
            self.fail("D143", syntax, len(name), name=name, instead=f"{ABOVE}function {name}(u)")
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
        names = [*TABLE, *ALIASES, *FORMS, *filter(self.is_function, (*self.signature.definitions, *self.signature.functions))]
        near = nearest(word, names)
        instead = f"write {near}(…)" if near else f"{ABOVE}define {word}({', '.join(_arguments(len(parts)))}) = …"
        self.fail("D143", syntax, length=len(word), name=word, instead=instead)

    def undeclared(self, syntax: Syntax, name: str, ranges: str = "", length: int | None = None) -> NoReturn:
        """Raises the mistake of a name that means nothing here: undeclared, declared below, or about to be defined."""
        if name == self.defining:
            self.fail("D142", syntax, length=length, name=name)
        line = self.later(name)
        if line is not None:
            self.fail("D141", syntax, length=length, name=name, line=line, here=self.source.line(syntax.start))
        signature = self.signature
        known = (*signature.unknowns, *signature.definitions, *signature.sizes, *signature.functions, *(self.arguments or ()))
        near = nearest(name, known)
        declare = f"{ABOVE}variable {name}{ranges}"
        if name in ("e", "E"):
            declare = f"for {name}^x write exp(x), and for {name} itself exp(1); or {declare}"
        self.fail("D140", syntax, length=length, name=name, instead=f"write {near}, or {declare}" if near else declare)

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

    def _bind(self, head: Syntax, syntax: Syntax, scope: Scope) -> IndexName:
        if head.word in self.signature.indices:
            self.fail("D168", head, name=head.word, instead=self._letter())
        self.refuse_declared(head)
        if (head.word in scope or head.word in self.free) and head.word not in self._warned:
            self._warned.add(head.word)
            self.warnings.append((head, f"the {head.word} bound by this {syntax.word} hides the {head.word} outside it"))
        index = IndexName(head.word, head, hint=f"{syntax.word}(…, {{name}}: {{size}})")
        self._all.append(index)
        return index

    def extent(self, syntax: Syntax) -> Term:
        """The range that is written: a declared size, or a whole number."""
        word = syntax.word
        if syntax.kind == "number" and word.isdigit() and 0 < int(word) <= MAX_RANGE:
            return _number(word)
        if syntax.kind == "name" and word in self.signature.sizes:
            return Size(word)
        if syntax.kind == "name" and self.kind_of(word) is None:
            line = self.later(word)
            if line is not None:
                self.fail("D141", syntax, name=word, line=line, here=self.source.line(syntax.start))
            near = nearest(word, self.signature.sizes)
            instead = f"write {near}, or {ABOVE}size {word}" if near else f"{ABOVE}size {word}"
        elif syntax.kind == "number" and word.isdigit():
            instead = f"write a whole number from 1 to {MAX_RANGE}, or a declared size"
        else:
            instead = f"write {next(iter(self.signature.sizes), 'a whole number, or a size: size n')}"
        self.fail("D156", syntax, found=self.text(syntax), instead=instead)

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

    def _diff(self, syntax: Syntax, bound: Scope) -> None:
        if self.arguments:
            self.fail("D161", syntax, name=self.defining)
        if len(syntax.parts) < 2:
            inside = self.text(syntax.parts[0]) if syntax.parts else "f"
            given = len(syntax.parts) or "none"
            count = "an expression and a variable"
            self.fail("D146", syntax, name="diff", count=count, given=given, instead=f"diff({inside}, x)")
        body, *variables = syntax.parts
        self._resolve(body, bound)
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
            unknown = self.signature.unknowns.get(word)
            if (unknown is not None and unknown.variable) or word in self.signature.definitions:
                continue
            instead = "give a variable"
            if unknown is not None:
                ranges = ", ".join(map(range_text, unknown.ranges))
                instead = f"declare it as one: variable {word}" + (f"[{ranges}]" if ranges else "")
            self.fail("D160", by, found=self.text(by), kind=self.kind_of(word) or "a number", instead=instead)

    def comparison(self, syntax: Syntax, bound: Scope | None = None, guess: bool = True) -> bool:
        """Looks up a relation, and says whether it is one of indices.

        It is if an index stands in it, or, with `guess`, if both sides could be one: undeclared names, or whole numbers.
        """
        scope = bound or {}
        left, right = syntax.parts
        indices = self._is_index(left, scope) or self._is_index(right, scope)
        if guess and not indices and syntax.word in ("=", "!="):
            indices = "name" in (left.kind, right.kind) and self._could_be_index(left) and self._could_be_index(right)
        if syntax.word in (">", ">="):
            # Not known as an index yet, but it stands as one further on.
            indices = indices or any(self._could_be_index(part) and self._indexes(part.word) for part in syntax.parts)
        if indices:
            if syntax.word not in ("=", "!="):
                self.fail("D165", syntax, instead=f"{self.text(left)} != {self.text(right)}")
            for part in syntax.parts:
                whole = part.kind == "number" and part.word.isdigit()
                if not whole and not (part.kind == "name" and self.kind_of(part.word) in (None, "a fixed index")):
                    computed = part.kind in ("add", "neg", "mul") and syntax.word == "="
                    number = f"delta({self.text(left)}, {self.text(right)}), which is 1 or 0"
                    self.fail("D165", part, instead=number if computed else "i = k, or i = 1")
            self._join(self.index(left, scope), self.index(right, scope), syntax, right)
        else:
            self._resolve(left, scope)
            self._resolve(right, scope)
        syntax.meaning = indices
        return indices

    def _is_index(self, part: Syntax, bound: Scope) -> bool:
        if part.kind != "name" or (self.arguments and part.word in self.arguments):
            return False
        return part.word in bound or part.word in self.free or part.word in self.signature.indices

    def _could_be_index(self, part: Syntax) -> bool:
        word = part.word
        if part.kind == "number":
            return word.isdigit() and int(word) > 0
        if part.kind != "name" or (word in TABLE and not TABLE[word].arity) or (self.arguments and word in self.arguments):
            return False
        return self.kind_of(word) in (None, "a fixed index") and self.later(word) is None

    def _indexes(self, word: str) -> bool:
        """Whether a name stands between square brackets somewhere in the text."""
        return not word.isdigit() and bool(re.search(rf"\[[^\[\]]*\b{re.escape(word)}\b", self.source.text))

    # --- then: ranges are known ---

    def finish(self) -> None:
        """Fails unless every index has a range, and every whole number that it is compared with lies in it."""
        for index in self._all:
            root = index.root()
            if root.range is None:
                size = next(iter(self.signature.sizes), "n")
                at = index.first
                assert at is not None
                self.fail("D155", at, name=index.name, instead=index.hint.format(name=index.name, size=size))
            if root.greatest is not None:
                self._check_whole(root.greatest, root.range)
        for fixed in self._fixed.values():
            if fixed.greatest is not None and fixed.range is not None:
                self._check_whole(fixed.greatest, fixed.range)

    # --- last: terms ---

    def build(self, syntax: Syntax) -> Term:
        """The term that the syntax stands for."""
        kind, parts = syntax.kind, syntax.parts
        match kind:
            case "name":
                return syntax.meaning  # type: ignore[return-value]
            case "number":
                return _number(syntax.word)
            case "entry":
                return Entry(syntax.word, tuple(map(self.place_index, parts)))
            case "add":
                return Add(tuple(map(self.build, parts)))
            case "mul":
                return Mul(tuple(map(self.build, parts)))
            case "neg":
                return Neg(self.build(parts[0]))
            case "div":
                return Div(self.build(parts[0]), self.build(parts[1]))
            case "pow":
                exponent = self.build(parts[1])
                value = rational(exponent)
                return Pow(self.build(parts[0]), exponent if value is None else Number(value))
            case "call":
                return self._build_call(syntax)
            case "relation":
                return self.build_comparison(syntax)
        raise TypeError(kind)

    def place_index(self, part: Syntax) -> Term:
        """What stands in an index position: an index, a whole number, or an index computed from others."""
        meaning = part.meaning
        if isinstance(meaning, IndexName | Computed):
            return meaning.index()
        assert isinstance(meaning, Number)
        return meaning

    def _build_call(self, syntax: Syntax) -> Term:
        word, parts, meaning = syntax.word, syntax.parts, syntax.meaning
        if meaning == "declared":
            name = derivative_name(word, (), len(parts)) if "'" in word else word
            return Call(name, tuple(map(self.build, parts)))
        if isinstance(meaning, str):
            return Apply(meaning, tuple(map(self.build, parts)))
        match word:
            case "sum" | "prod":
                binder = Sum if word == "sum" else Prod
                found = self.build(parts[0])
                assert isinstance(meaning, list)
                for index, excluded in reversed(meaning):
                    found = binder(index.index(), tuple(map(self.place_index, excluded)), found)
                return found
            case "delta":
                return Delta(self.place_index(parts[0]), self.place_index(parts[1]))
            case "if":
                return If(self.build_comparison(parts[0]), self.build(parts[1]), self.build(parts[2]))
            case "diff":
                found = self.build(parts[0])
                for by in parts[1:]:
                    entry = self.build(by)
                    assert isinstance(entry, Entry)
                    found = Diff(found, entry)
                return found
        raise TypeError(word)

    def build_comparison(self, syntax: Syntax) -> Comparison:
        """The relation that the syntax stands for."""
        make = self.place_index if syntax.meaning else self.build
        return Comparison(make(syntax.parts[0]), syntax.word, make(syntax.parts[1]))

    # --- mistakes ---

    def text(self, syntax: Syntax) -> str:
        """The source text of `syntax`, on one line."""
        return " ".join(self.source.text[syntax.start : syntax.end].split())

    def error(self, code: str, syntax: Syntax, length: int | None = None, **fields: object) -> SourceError:
        """The mistake `code` at `syntax`, or at its first `length` characters."""
        return self.source.error(code, syntax.start, syntax.end if length is None else syntax.start + length, **fields)

    def fail(self, code: str, syntax: Syntax, length: int | None = None, **fields: object) -> NoReturn:
        """Raises the mistake `code` at `syntax`, or at its first `length` characters."""
        raise self.error(code, syntax, length, **fields)


MAX_RANGE = 1_000_000


def _whole(syntax: Syntax) -> int | None:
    """The whole number that is written, with its sign; None for anything else."""
    if syntax.kind == "neg":
        inside = _whole(syntax.parts[0])
        return None if inside is None else -inside
    return int(syntax.word) if syntax.kind == "number" and syntax.word.isdigit() else None


def bound_names(indices: Iterable[IndexName]) -> set[str]:
    """The names of the indices."""
    return {index.name for index in indices}


def range_text(extent: Term) -> str:
    """A range as it is written."""
    return extent.name if isinstance(extent, Size) else str(extent.value) if isinstance(extent, Number) else "?"


def free_name(name: str, taken: Iterable[str]) -> str:
    """The name, or the one nearest to it that is not taken: u, u2, u3, …"""
    one = Number(Fraction(1))
    return fresh(Index(name, one), frozenset(Index(each, one) for each in taken)).name


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The one of `names` that was probably meant."""
    known = list(names)
    same = [each for each in known if each.lower() == name.lower() and each != name]
    found = same or (get_close_matches(name, known, 1, 0.7) if len(name) > 1 else [])
    return found[0] if found else None


def _count(number: int, one: str, many: str) -> str:
    return f"no {many}" if not number else f"1 {one}" if number == 1 else f"{number} {many}"


def _letters(number: int) -> list[str]:
    return [*"ijkl"[:number], *(f"i{n}" for n in range(4, number))]


def _values(number: int) -> list[str]:
    return [*"xyz"[:number], *(f"x{n}" for n in range(3, number))]


def _arguments(number: int) -> list[str]:
    return [*"uvw"[:number], *(f"u{n}" for n in range(3, number))]


# --- one expression by itself ---------------------------------------------------------------------------------------


def _alone(text: str, relation: bool) -> tuple[Source, Syntax]:
    source = Source(text)
    parser = Parser(source)
    found = _whole_argument(parser, relation)
    _end(parser)
    return source, found


def _whole_argument(parser: Parser, relation: bool) -> Syntax:
    """An expression, or with `relation` also a relation."""
    found = parser.expression()
    if relation and parser.kind in ("=", "!=", ">", ">="):
        word = parser.word
        parser.position += 1
        right = parser.expression()
        found = Syntax("relation", word, (found, right), found.start, right.end)
    return found


def _end(parser: Parser) -> None:
    if parser.kind != "end":
        parser.fail("D112", what="the end of the expression", found=parser.tokens.found(parser.position), instead="delete it")


def stretch(text: str, file: str = "", several: bool = False) -> tuple[int, int]:
    """Where the expression begins and ends that makes up `text`, comments and white space around it aside.

    With `several` it may be a list, parted by commas. Raises `SourceError` where the text is no whole expression, so that the
    stretch means the same wherever an argument may stand. A relation is left to its reader, who knows why it cannot be there.
    """
    parser = Parser(Source(text, file))
    first = last = _whole_argument(parser, relation=True)
    while several and parser.accept(","):
        last = _whole_argument(parser, relation=True)
    _end(parser)
    return first.start, last.end


def _elaborator(source: Source, signature: Signature, indices: Mapping[str, Index]) -> Elaborator:
    free = {
        name: IndexName(name, None, index.range, where="its declaration", fixed=isinstance(index, Fixed))
        for name, index in indices.items()
    }
    return Elaborator(source, signature, free, hint="index {name}: {size} among the declarations")


def read_expression(text: str, signature: Signature, indices: Mapping[str, Index] | None = None) -> Term:
    """The term that `text` writes, under the declarations of `signature`.

    `indices` are free indices whose range is known; others get theirs from the arrays in which they stand. Raises
    `SourceError`.
    """
    source, syntax = _alone(text, False)
    elaborator = _elaborator(source, signature, indices or {})
    elaborator.resolve(syntax)
    elaborator.finish()
    return elaborator.build(syntax)


def read_comparison(text: str, signature: Signature, indices: Mapping[str, Index] | None = None) -> Comparison:
    """The relation that `text` writes, of expressions (`a > 0`) or of indices (`i != k`), as `read_expression` reads terms."""
    source, syntax = _alone(text, True)
    elaborator = _elaborator(source, signature, indices or {})
    if syntax.kind != "relation":
        elaborator.fail("D164", syntax, found=elaborator.text(syntax))
    elaborator.comparison(syntax)
    elaborator.finish()
    return elaborator.build_comparison(syntax)

"""Indices: which of them stand in a statement, and how far they run.

    sum(y[i]*ln(O[i]), i)      y, O declared with range H: i runs to H, and is bound by the sum
    delta(i, k)*O[k]           k runs to H by O, and i runs as far as k does
    x[t + a - 1]               computed from t and a

A name that stands as an index and is not declared is an index. Its range is that of every array position in which it
stands, anywhere in the statement; indices that are compared (`delta`, `if`, `!=`) share a range.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from functools import lru_cache
from typing import NoReturn

from derive.floor.terms import Affine, Fixed, Index, Number, Size, Term, affine
from derive.floor.theory import Theory
from derive.language.lexer import Source
from derive.language.names import ABOVE, Names, nearest
from derive.language.spelling import Printed
from derive.language.syntax import Syntax
from derive.limits import LARGEST_RANGE


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
"""The indices that are known at a place, by name."""


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
def whole_number(word: str) -> Number:
    """The number that is written."""
    return Number(Fraction(int(word)) if word.isdigit() else Fraction(word))


class Indices(Names):
    """The indices of one statement.

    `free` are those that may be free, by name: the parameters of a definition to begin with, and those that turn up. `hint`
    says what to type for one without a range.
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
        super().__init__(source, theory, arguments, defining, later)
        self.free: Scope = {} if free is None else free
        self.hint = hint
        self._fixed: Scope = {}
        self._all: list[IndexName] = list(self.free.values())
        self._warned: set[str] = set()

    @property
    def names(self) -> list[str]:
        """The names of all indices of the statement, free and bound."""
        return list(dict.fromkeys((*(index.name for index in self._all), *self._fixed)))

    def index(self, part: Syntax, bound: Scope) -> IndexName | Number:
        """Looks up what stands as an index: a name, or a whole number from 1."""
        found: IndexName | Number | None = None
        if part.kind == "name":
            word = part.word
            found = bound.get(word) or self.free.get(word) or self._fixed.get(word)
            if found is None:
                fixed = self.theory.indices.get(word)
                if fixed is not None:
                    found = self._fixed[word] = IndexName(word, part, fixed.range, where="its declaration", fixed=True)
                else:
                    self.refuse_declared(part)
                    found = self.free[word] = IndexName(word, part, hint=self.hint)
                    self._all.append(found)
        elif part.kind == "number" and part.word.isdigit():
            found = whole_number(part.word)
            if not found.value:
                self.fail("D153", part, found=part.word, range="the size of the array")
        if found is None:
            self.fail("D152", part, found=self.text(part), instead="i, 3")
        part.meaning = found
        return found

    def place(self, part: Syntax, bound: Scope) -> IndexName | Number | Computed:
        """Looks up what stands as an index of an array or of a delta, where it may be computed: t + a - 1, n - i."""
        size = part.kind == "name" and part.word in self.theory.sizes
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
        elif part.kind == "name" and part.word in self.theory.sizes:
            computed.pairs.append((factor, Size(part.word)))
        elif part.kind == "name":
            index = self.index(part, bound)
            assert isinstance(index, IndexName)
            computed.pairs.append((factor, index))
        else:
            self.fail("D152", part, found=self.text(part), instead="i, 3, i + 1, n - i, 2*t - 1")
        if abs(factor) > LARGEST_RANGE or abs(computed.offset) > LARGEST_RANGE:
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

    def _bind(self, head: Syntax, syntax: Syntax, scope: Scope) -> IndexName:
        if head.word in self.theory.indices:
            self.fail("D168", head, name=head.word, instead=self._letter())
        self.refuse_declared(head)
        if (head.word in scope or head.word in self.free) and head.word not in self._warned:
            self._warned.add(head.word)
            self.warnings.append((head, f"the `{head.word}` bound by this `{syntax.word}` hides the `{head.word}` outside it"))
        index = IndexName(head.word, head, hint=f"{syntax.word}(…, {{name}}: {{size}})")
        self._all.append(index)
        return index

    def extent(self, syntax: Syntax) -> Term:
        """The range that is written: a declared size, or a whole number."""
        word = syntax.word
        if syntax.kind == "number" and word.isdigit() and 0 < int(word) <= LARGEST_RANGE:
            return whole_number(word)
        if syntax.kind == "name" and word in self.theory.sizes:
            return Size(word)
        if syntax.kind == "name" and self.kind_of(word) is None:
            line = self.later(word)
            if line is not None:
                self.fail("D141", syntax, name=word, line=line, here=self.source.line(syntax.start))
            near = nearest(word, self.theory.sizes)
            instead = f"write {near}, or {ABOVE}size {word}" if near else f"{ABOVE}size {word}"
            self.fail_for(word, "D156", syntax, found=word, instead=instead)
        elif syntax.kind == "number" and word.isdigit():
            instead = f"write a whole number from 1 to {LARGEST_RANGE}, or a declared size"
        else:
            instead = f"write {next(iter(self.theory.sizes), 'a whole number, or a size: size n')}"
        self.fail("D156", syntax, found=self.text(syntax), instead=instead)

    # --- ranges ---

    def _give(self, index: IndexName, extent: Term, where: Syntax, at: Syntax) -> None:
        root = index.root()
        if root.range is None:
            root.range, root.where = extent, f"`{self.text(where)}`"
        elif root.range is not extent:
            self._two_ranges(index, extent, f"`{self.text(where)}`", at)

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
        if isinstance(extent, Size) and value > self.theory.sizes.get(extent.name, 1):
            least = f"{extent.name} >= {value}"
            if least not in self._warned:
                self._warned.add(least)
                supposed = f"the index {value} supposes `{least}`; say so where it is declared: `size {least}`"
                self.warnings.append((part, supposed))

    def suppose(self, size: str, least: int) -> None:
        """A hypothesis of the statement says that the size is at least this."""
        self._warned.update(f"{size} >= {value}" for value in range(2, min(least, 1000) + 1))

    def finish(self) -> None:
        """Fails unless every index has a range, and looks like no other name, and whole numbers lie where they are compared."""
        own = Printed()
        for index in self._all:
            other = self.printed.like(index.name) or own.like(index.name)
            if other is not None and index.first is not None:
                self.fail("D177", index.first, name=index.name, other=other, instead=self._letter())
            own.add(index.name)
            root = index.root()
            if root.range is None:
                size = next(iter(self.theory.sizes), "n")
                at = index.first
                assert at is not None
                self.fail("D155", at, name=index.name, instead=index.hint.format(name=index.name, size=size))
            if root.greatest is not None:
                self._check_whole(root.greatest, root.range)
        for fixed in self._fixed.values():
            if fixed.greatest is not None and fixed.range is not None:
                self._check_whole(fixed.greatest, fixed.range)


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

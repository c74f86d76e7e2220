"""The layout of a text: every statement and every step on its own line, what belongs together in columns.

    variable x                              variable x           "input"  # of the net
    "input" # of the net            →       define   E = x^2 + 1 "error"
    define E=x ^2+1 "error"
                                            theorem t: diff(E, x) = 2*x
    theorem t:diff(E,x)=2*x                 proof
    proof diff(E,x)                           diff(E, x)
    =2*x  by power qed                          = 2*x by power
                                            qed

Tokens and comments stay as they are and in their order: only the white space between them is new. A line that its author
breaks inside an expression stays broken, a long one stays long, and a blank line stays one. The result is read again, and
has to be the same derivation, sign by sign: otherwise there is no result.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from derive.errors import DeriveError
from derive.language import markdown
from derive.language.blocks import Pieces
from derive.language.derivation import Derivation
from derive.language.documents import blocks
from derive.language.earlier import Earlier, Taken
from derive.language.keywords import STATEMENTS
from derive.language.lexer import Source
from derive.language.reader import Load, Reader, completed
from derive.language.syntax import Syntax

WIDTH = 9
"""Of a keyword with the space behind it."""
COLUMN = 100
"""Beyond it a reason or a description is not aligned with the others."""

_HANG = 4  # how far the rest of a broken line is set in
_OPERANDS = frozenset(("name", "number", "raised", ")", "]", "string", "?"))
_HEADS = frozenset(("by", "expect"))  # what follows them stays on their line
_TIGHT = frozenset(("*", "/", "^"))


def lay_out(text: str, file: str = "", above: int = 0, load: Load | None = None) -> str:
    """`text`, a derivation with so many lines `above` it, in the canonical layout. Raises `SourceError` where it is none.

    What it uses is needed only where it takes declarations from there: `load` finds it.
    """
    return _laid_out(text, file, above, load, Earlier())


def _laid_out(text: str, file: str, above: int, load: Load | None, earlier: Earlier) -> str:
    marks, before = completed(lambda taken: _Marks(text, file, above, load, taken), earlier)
    laid_out = _Page(marks).text()
    again, after = completed(lambda taken: _Marks(laid_out, file, 0, load, taken), earlier)
    if after != before or again.signs() != marks.signs():
        raise AssertionError("the layout would change what is said")
    earlier.add(before)
    return laid_out


def lay_out_document(text: str, file: str = "", load: Load | None = None, kind: Pieces = markdown.pieces) -> str:
    """A document with its derivations in the canonical layout, and everything else as it is."""
    done, parts, earlier = 0, list[str](), Earlier()
    for block in blocks(text, kind):
        newline = "\r\n" if text[max(0, block.start - 2) : block.start] == "\r\n" else "\n"
        laid_out = _laid_out(block.text, file, block.above, load, earlier)
        lines = [(block.margin + line).rstrip() for line in laid_out.splitlines()]
        parts += [text[done : block.start], *(line + newline for line in lines)]
        done = block.end
    return "".join((*parts, text[done:]))


class _Marks(Reader):
    """The reader, taking note of the tokens at which the parts of the text begin."""

    def __init__(self, text: str, file: str, above: int, load: Load | None, taken: Taken) -> None:
        super().__init__(Source(text, file, above), "", load, frozenset(), taken)
        self.named: set[int] = set()  # the tokens of names such as softmax-ce
        self.gaps: dict[int, str] = {}  # what stands before a token, where it is no choice
        self.starts: dict[int, int] = {}  # of chains, each with its indentation
        self.steps: dict[int, int] = {}  # the equals sign of each step, with the start of its chain
        self.first_steps: set[int] = set()
        self.descriptions: set[int] = set()
        self._chained: list[int] = []

    def signs(self) -> list[str]:
        """The tokens and comments, as they are written."""
        text, tokens = self.source.text, self.tokens
        found, done = [], 0
        for start, end in zip(tokens.starts, tokens.ends, strict=True):
            found += [line.strip() for line in text[done:start].split("\n") if "#" in line]
            found.append(text[start:end])
            done = end
        return found

    def _bring(self, name: str, start: int, end: int) -> None:
        self.uses[name] = start, end

    def lenders(self) -> list[Derivation]:
        found, load = list[Derivation](), self.load
        for name in self.uses:
            with suppress(DeriveError, LookupError, OSError):  # it need not be there
                found += [load(name)] if load is not None else []
        return found

    def _hyphenated(self, code: str, **fields: object) -> tuple[str, int, int]:
        first = self.position
        found = super()._hyphenated(code, **fields)
        self.named.update(range(first, self.position))
        self.gaps.update(dict.fromkeys(range(first + 1, self.position), ""))
        return found

    def _name_reason(self, name: str, start: int, end: int) -> bool:
        return False  # what the reasons name is no matter of layout, and nothing is known here of other files

    def _reason_arguments(self, stretches: list[tuple[int, int]]) -> tuple[str, ...]:
        # The text of an argument is part of the derivation, with the spaces in it; those around it are not.
        opening = self.position
        found = super()._reason_arguments(stretches)
        starts, ends, kinds = self.tokens.starts, self.tokens.ends, self.kinds
        self.gaps[opening] = ""
        depth = 1
        for position in range(opening + 1, self.position):
            kind, before = kinds[position], kinds[position - 1]
            if depth == 1 and before == ",":
                self.gaps[position] = " "
            elif position in (opening + 1, self.position - 1) or (depth == 1 and kind == ","):
                self.gaps[position] = ""
            else:
                self.gaps[position] = " " if starts[position] > ends[position - 1] else ""
            depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(kind, 0)
        return found

    def _description(self) -> str:
        if self.kind == "string":
            self.descriptions.add(self.position)
        return super()._description()

    def _chain(self, conditions: list[Syntax]) -> Any:
        start = self.position
        self.starts[start] = 4 if conditions else 2
        found = super()._chain(conditions)
        self.steps.update(dict.fromkeys(self._chained, start))
        self.first_steps.add(self._chained[0])
        self._chained.clear()
        return found

    def _step(self) -> Any:
        self._chained.append(self.position - 1)
        return super()._step()


@dataclass
class _Line:
    """A line of the result; `cell` is what stands in the column at its right."""

    indent: int
    text: str = ""
    cell: str = ""
    comment: str = ""
    blank: bool = False  # a blank line stands before it

    @property
    def length(self) -> int:
        """Up to the column."""
        return self.indent + len(self.text)

    def written(self, column: int) -> str:
        """The line, its cell at least in that column."""
        line = " " * self.indent + self.text
        if self.cell:
            line = f"{line:{column}}{' ' * (len(line) >= column)}{self.cell}" if self.text else line + self.cell
        if self.comment:
            line += ("  " if line.strip() else "") + self.comment
        return line


@dataclass
class _Row:
    """What begins a line of its own: a statement, a line of a proof, a comment that stands alone.

    It holds the tokens from `first` to before `last`; `hang` is the indentation of its lines but the first.
    """

    kind: str
    first: int
    last: int
    indent: int
    hang: int
    chain: int | None = None  # of which it holds a step
    lines: list[_Line] = field(default_factory=list)

    @property
    def blank(self) -> bool:
        """Whether a blank line stands before it."""
        return self.lines[0].blank

    @blank.setter
    def blank(self, blank: bool) -> None:
        self.lines[0].blank = blank


class _Page:
    """The tokens in rows, and the rows in lines."""

    def __init__(self, marks: _Marks) -> None:
        self.marks = marks
        self.kinds = marks.kinds
        self.source = marks.source.text
        self.pieces = [self._pieces(position) for position in range(len(self.kinds))]

    def text(self) -> str:
        """The whole text."""
        rows = self._with_comments([*self._rows()])
        _part(rows)
        lines: list[str] = []
        for row, column in zip(rows, _columns(rows), strict=True):
            for line in row.lines:
                lines += [""] * line.blank + [line.written(column)]
        newline = "\r\n" if self.source.partition("\n")[0].endswith("\r") else "\n"
        mark = "\ufeff" if self.source.startswith("\ufeff") else ""
        return mark + newline.join(lines) + newline

    # --- between the tokens ---

    def _pieces(self, position: int) -> list[str]:
        """The white space and comments before a token, by lines; the first one ends the line of the token before."""
        tokens = self.marks.tokens
        start = tokens.ends[position - 1] if position else int(self.source.startswith("\ufeff"))
        pieces = [piece.strip() for piece in self.source[start : tokens.starts[position]].split("\n")]
        return pieces if position else ["", *pieces]

    def _comments(self, position: int, indent: int) -> Iterator[_Line]:
        """The comments on lines of their own before a token."""
        blank = False
        for piece in self.pieces[position][1:]:
            if piece:
                yield _Line(indent, comment=piece, blank=blank)
            blank = not piece

    def _with_comments(self, rows: list[_Row]) -> list[_Row]:
        """The rows with their lines, and with the comments that stand between them."""
        found: list[_Row] = []
        for row in rows:
            indent = 2 if row.kind == "qed" else row.indent
            found += [_Row("comment", 0, 0, 0, 0, lines=[line]) for line in self._comments(row.first, indent)]
            row.lines = self._lines(row)
            row.blank = len(self.pieces[row.first]) > 2 and not self.pieces[row.first][-2]
            row.lines[-1].comment = self.pieces[row.last][0]
            found.append(row)
        found += [_Row("comment", 0, 0, 0, 0, lines=[line]) for line in self._comments(len(self.kinds) - 1, 0)]
        return found

    # --- rows ---

    def _rows(self) -> Iterator[_Row]:
        end = len(self.kinds) - 1
        for first, last in pairwise([*filter(self._begins, range(end)), end]):
            kind, marks = self.kinds[first], self.marks
            if first in marks.steps:
                indent = marks.starts[marks.steps[first]] + 2
                yield _Row("step", first, last, indent, indent + _HANG, marks.steps[first])
            elif first in marks.starts:
                chain = first if any(p in marks.first_steps for p in range(first, last)) else None
                yield _Row("start", first, last, marks.starts[first], marks.starts[first] + _HANG, chain)
            elif kind == "case":
                yield _Row(kind, first, last, 2, 2 + _HANG)
            elif kind in ("theorem", "proof", "qed"):
                yield _Row(kind, first, last, 0, _HANG)
            else:
                yield _Row("declaration", first, last, 0, WIDTH + 2)

    def _begins(self, position: int) -> bool:
        """Whether a row begins with this token."""
        marks = self.marks
        if position in marks.first_steps:
            # The first step may stand beside the start of its chain.
            return any(len(self.pieces[p]) > 1 for p in range(marks.steps[position] + 1, position + 1))
        if position in marks.steps or position in marks.starts:
            return True
        return self.kinds[position] in (*STATEMENTS, "case", "qed") and position not in marks.named

    def _cell(self, row: _Row) -> int:
        """The token with which the cell of a row begins: its description, or its reasons."""
        if row.kind == "declaration":
            return row.last - 1 if row.last - 1 in self.marks.descriptions else row.last
        if row.chain is None:
            return row.last
        ends = (p for p in range(row.first, row.last) if self.kinds[p] in _HEADS and p not in self.marks.named)
        return next(ends, row.last)

    # --- lines ---

    def _lines(self, row: _Row) -> list[_Line]:
        tokens = self.marks.tokens
        cell = self._cell(row)
        line = _Line(row.indent)
        lines = [line]
        for position in range(row.first, row.last):
            gap = ""
            if position > row.first:
                if self._breaks(position, row, line.length > COLUMN if position == cell else None):
                    line.comment = self.pieces[position][0]
                    lines += self._comments(position, row.hang)
                    line = _Line(row.hang)
                    lines.append(line)
                elif position != cell:
                    gap = self._gap(position)
                    if position == row.first + 1 and row.kind == "declaration":
                        gap = " " * (WIDTH - len(line.text))
            word = gap + self.source[tokens.starts[position] : tokens.ends[position]]
            if position < cell:
                line.text += word
            else:
                line.cell += word
        return lines

    def _breaks(self, position: int, row: _Row, long: bool | None) -> bool:
        """Whether a line ends before this token: after a comment, or where its author ends it; `long` is said of a cell."""
        pieces = self.pieces[position]
        if any(pieces):
            return True
        before = position - 1
        if len(pieces) == 1 or position in self.marks.gaps or (self.kinds[before] in _HEADS and before not in self.marks.named):
            return False
        if long is not None:
            return long
        return before > row.first or row.kind == "start"

    def _gap(self, position: int) -> str:
        """The space between a token and the one before."""
        if position in self.marks.gaps:
            return self.marks.gaps[position]
        before, kind = self.kinds[position - 1], self.kinds[position]
        if before in ("(", "[") or kind in (")", "]", ",", ":") or _TIGHT & {before, kind}:
            return ""
        if kind in ("primes", "raised") or before == "∂" or self.kinds[position - 2 : position] == ["∂", "raised"]:
            return ""
        if kind in ("(", "[") and before in ("name", "primes"):
            return ""
        if before == "-" and self._is_sign(position - 1):
            return ""
        return " "

    def _is_sign(self, position: int) -> bool:
        """Whether the minus there has one operand."""
        return self.kinds[position - 1] not in _OPERANDS


def _part(rows: list[_Row]) -> None:
    """Sets the blank lines: one where the author has any, and those that keep a proof apart from what surrounds it."""
    rows[0].blank = False
    lines = [row for row in rows if row.kind != "comment"]
    proved = {id(row) for row, after in pairwise(lines) if after.kind == "proof"}
    before: _Row | None = None
    group: list[_Row] = []  # comments, and the row above which they stand
    for row in rows:
        group.append(row)
        if row.kind == "comment" and row is not rows[-1]:
            continue
        if before is not None and (row.kind in ("proof", "qed") or before.kind in ("proof", "case")):
            for each in group:
                each.blank = False
        elif before is not None and not any(each.blank for each in group):
            group[0].blank = before.kind == "qed" or id(row) in proved or {before.kind, row.kind} == {"theorem", "declaration"}
        before, group = row, []


def _columns(rows: list[_Row]) -> list[int]:
    """The column of the cells in each row: one for a chain, and one for the declarations between two blank lines."""
    groups: list[list[int]] = [[]]
    key: object = None
    for row in rows:
        own = key if row.kind == "comment" else row.kind if row.chain is None else row.chain
        if own != key or (row.blank and own == "declaration"):
            groups.append([])
        key = own
        groups[-1].append(_length(row))
    widths = [max((length for length in group if length <= COLUMN), default=0) + 1 for group in groups]
    return [width for width, group in zip(widths, groups, strict=True) for _ in group]


def _length(row: _Row) -> int:
    """How far the line with the cell reaches; a declaration without a description does not count."""
    with_cell = [line.length for line in row.lines if line.cell and line.text]
    if with_cell or row.chain is None:
        return with_cell[0] if with_cell else 0
    return next(line.length for line in reversed(row.lines) if line.text or line.cell)

"""The layout of a text: every statement and every step on its own line, what belongs together in columns.

    variable x                                       variable x     "input"
    "input" # of the net          →                  define   E = x^2 + 1   # of the net
    define E=x ^2+1

    proof diff(E,x)=2*x by power  →                  proof
                                                       diff(E, x) = 2*x by power
                                                     qed

Tokens and comments stay as they are and in their order: only the white space between them is new. A line that the author
breaks inside an expression stays broken, a long one stays long, and a blank line stays one. The result is read again, and has to be
the same derivation, token by token: otherwise nothing is returned.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from derive.derivation import Derivation
from derive.language.lexer import KEYWORDS, STATEMENTS, Source
from derive.language.markdown import spans
from derive.language.reader import Reader
from derive.language.syntax import RELATIONS, Syntax

WIDTH = 9
"""Of a keyword with the space behind it."""
COLUMN = 100
"""Beyond it a reason or a description is not aligned with the others."""

_HANG = 4  # how far the rest of a broken line is set in
_OPERANDS = frozenset(("name", "number", ")", "]", "string", "?"))
_TIGHT = frozenset(("*", "/", "^"))
_SPACED = frozenset((*RELATIONS, "+", "-"))


def lay_out(text: str, file: str = "") -> str:
    """`text`, a derivation, in the canonical layout. Raises `SourceError` where it cannot be read.

    What it uses is not looked for, so nothing but the text itself is needed.
    """
    marks = _Marks(text, file)
    before = marks.derivation()
    laid_out = _Page(marks).text()
    after = _Marks(laid_out, file)
    if after.derivation() != before or after.signs() != marks.signs():
        raise AssertionError("the layout would change what is said")
    return laid_out


def lay_out_markdown(text: str, file: str = "") -> str:
    """A Markdown text with its derivations in the canonical layout, and everything else as it is."""
    done, parts = 0, []
    for start, end, margin in spans(text):
        # Above the block everything is blanked out, so that a mistake is reported where it stands.
        above = "".join("\n" if char == "\n" else " " for char in text[:start])
        laid_out = lay_out(above + text[start:end], file)
        lines = [margin + line if line else "" for line in laid_out.split("\n")[:-1]]
        newline = "\r\n" if text[start : start + 2] == "\r\n" else "\n"
        parts += [text[done:start], newline, newline.join(line.rstrip("\r") for line in lines), newline]
        done = end
    return "".join((*parts, text[done:]))


class _Marks(Reader):
    """The reader, which notes at which tokens the parts of the text begin."""

    def __init__(self, text: str, file: str) -> None:
        super().__init__(Source(text, file), "", None, frozenset())
        self.named: set[int] = set()  # tokens of names such as softmax-ce, and keywords among them
        self.gaps: dict[int, str] = {}  # what stands before a token, where it matters or is no choice
        self.starts: dict[int, int] = {}  # of chains, each with its indentation
        self.steps: dict[int, int] = {}  # the equals sign of each step, with the start of its chain
        self.descriptions: set[int] = set()

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

    def _hyphenated(self, code: str, **fields: object) -> tuple[str, int, int]:
        first = self.position
        found = super()._hyphenated(code, **fields)
        self.named.update(range(first, self.position))
        self.gaps.update(dict.fromkeys(range(first + 1, self.position), ""))
        return found

    def _reason_arguments(self) -> tuple[str, ...]:
        # The text of an argument belongs to the derivation, with the spaces in it.
        opening = self.position
        found = super()._reason_arguments()
        tokens = self.tokens
        depth = 0
        for position in range(opening, self.position):
            kind = self.kinds[position]
            depth -= kind in (")", "]")
            outer = depth == 0 or (depth == 1 and kind == ",")
            if position > opening and self.kinds[position - 1] == "," and depth == 1 and not outer:
                gap = " "
            elif outer or position == opening + 1:
                gap = ""
            else:
                gap = " " * (tokens.starts[position] > tokens.ends[position - 1])
            self.gaps[position] = gap
            depth += kind in ("(", "[")
        return found

    def _description(self) -> str:
        if self.kind == "string":
            self.descriptions.add(self.position)
        return super()._description()

    def _chain(self, conditions: list[Syntax]):  # type: ignore[no-untyped-def]  # a private record of the reader
        start = self.position
        self.starts[start] = 4 if conditions else 2
        before = set(self.steps)
        found = super()._chain(conditions)
        self.steps.update({step: start for step in self.steps if step not in before})
        return found

    def _step(self):  # type: ignore[no-untyped-def]
        self.steps[self.position - 1] = -1
        return super()._step()


@dataclass
class _Line:
    """A line of output; `cell` is what stands in the column at its right."""

    indent: int
    text: str = ""
    cell: str = ""
    comment: str = ""
    blank: bool = False  # before it

    def written(self, column: int) -> str:
        line = " " * self.indent + self.text
        if self.cell:
            line = f"{line:{column}}{' ' * (len(line) >= column)}{self.cell}" if self.text else line + self.cell
        if self.comment:
            line += ("  " if line.strip() else "") + self.comment
        return line

    @property
    def length(self) -> int:
        """Up to the column."""
        return self.indent + len(self.text)


@dataclass
class _Row:
    """A statement without its proof, a line of a proof, or comments that stand alone: what begins a line of its own."""

    kind: str
    first: int = 0
    last: int = 0  # the token behind it
    indent: int = 0
    hang: int = 0
    chain: int = -1
    lines: list[_Line] = field(default_factory=list)


class _Page:
    """The text in rows, the rows in lines."""

    def __init__(self, marks: _Marks) -> None:
        self.marks = marks
        self.source = marks.source.text
        self.kinds = marks.kinds
        self.pieces = [self._pieces(position) for position in range(len(self.kinds))]

    def text(self) -> str:
        rows = self._with_comments(list(self._rows()))
        _part(rows)
        columns = _columns(rows)
        lines = []
        for number, row in enumerate(rows):
            for line in row.lines:
                if line.blank:
                    lines.append("")
                lines.append(line.written(columns.get(number, 0)))
        newline = "\r\n" if self.source.partition("\n")[0].endswith("\r") else "\n"
        mark = "\ufeff" if self.source.startswith("\ufeff") else ""
        return mark + newline.join(lines) + newline

    # --- what stands between the tokens ---

    def _pieces(self, position: int) -> list[str]:
        """The white space and comments before a token, line by line: what comes first stands behind the token before."""
        tokens = self.marks.tokens
        start = tokens.ends[position - 1] if position else int(self.source.startswith("\ufeff"))
        return [piece.strip() for piece in self.source[start : tokens.starts[position]].split("\n")]

    def _trailing(self, position: int) -> str:
        """The comment behind the token before this one."""
        return self.pieces[position][0] if position else ""

    def _alone(self, position: int) -> Iterator[tuple[str, bool]]:
        """The comments on lines of their own before a token, each with whether a blank line stands before it."""
        blank = False
        pieces = self.pieces[position]
        for piece in pieces if not position else pieces[1:]:
            if piece:
                yield piece, blank
            blank = not piece

    def _blank(self, position: int) -> bool:
        """Whether a blank line stands directly before a token."""
        pieces = self.pieces[position]
        return len(pieces) > 2 - (not position) and not pieces[-2]

    # --- rows ---

    def _rows(self) -> Iterator[_Row]:
        begin = [position for position in range(len(self.kinds) - 1) if self._begins(position)]
        for first, last in zip(begin, [*begin[1:], len(self.kinds) - 1], strict=True):
            kind = self.kinds[first]
            marks = self.marks
            if first in marks.steps:
                indent = marks.starts[marks.steps[first]] + 2
                yield _Row("step", first, last, indent, indent + _HANG, marks.steps[first])
            elif first in marks.starts:
                indent = marks.starts[first]
                yield _Row("start", first, last, indent, indent + _HANG, first)
            elif kind == "case":
                yield _Row(kind, first, last, 2, 2 + _HANG)
            elif kind in ("theorem", "proof", "qed"):
                yield _Row(kind, first, last, 0, _HANG)
            else:
                yield _Row("declaration", first, last, 0, WIDTH + 2)

    def _begins(self, position: int) -> bool:
        """Whether a row begins with this token."""
        marks = self.marks
        if position in marks.steps:
            start = marks.steps[position]
            first = min(step for step, chain in marks.steps.items() if chain == start) == position
            return not first or any(len(self.pieces[p]) > 1 for p in range(start + 1, position + 1))
        if position in marks.named:
            return False
        return position in marks.starts or self.kinds[position] in (*STATEMENTS, "case", "qed")

    def _with_comments(self, rows: list[_Row]) -> list[_Row]:
        """The rows with their lines, and between them the comments that stand alone, as rows of their own."""
        found: list[_Row] = []
        for number, row in enumerate(rows):
            self._fill(row)
            row.lines[0].blank = self._blank(row.first)
            row.lines[-1].comment = self._trailing(row.last)
            indent = 2 if row.kind == "qed" else row.indent
            found += self._comments(row.first, indent)
            found.append(row)
            if number == len(rows) - 1:
                found += self._comments(row.last, 0)
        return found

    def _comments(self, position: int, indent: int) -> Iterator[_Row]:
        for comment, blank in self._alone(position):
            yield _Row("comment", lines=[_Line(indent, comment=comment, blank=blank)])

    # --- lines ---

    def _fill(self, row: _Row) -> None:
        """The lines of a row."""
        line = _Line(row.indent)
        row.lines.append(line)
        in_cell = False
        for position in range(row.first, row.last):
            begins_cell = self._begins_cell(position, row)
            if position > row.first and self._breaks(position, row, begins_cell, line):
                line.comment = self._trailing(position)
                row.lines += [_Line(row.hang, comment=comment) for comment, _ in self._alone(position)]
                line = _Line(row.hang)
                row.lines.append(line)
                gap = ""
            else:
                gap = self._gap(position) if position > row.first else ""
            if position == row.first + 1 and row.kind == "declaration":
                gap = " " * (WIDTH - len(line.text)) * bool(line.text)
            in_cell |= begins_cell
            word = self._word(position)
            if in_cell and row.kind != "theorem":
                line.cell += word if begins_cell else gap + word
            else:
                line.text += gap + word

    def _word(self, position: int) -> str:
        tokens = self.marks.tokens
        return self.source[tokens.starts[position] : tokens.ends[position]]

    def _begins_cell(self, position: int, row: _Row) -> bool:
        """Whether what stands in the column begins here: a description, or the reasons of a step."""
        if row.kind == "declaration":
            return position in self.marks.descriptions
        previous = self.kinds[position - 1]
        first = not (row.kind != "theorem" and previous not in _OPERANDS)
        return first and self.kinds[position] in ("by", "expect") and position not in self.marks.named

    def _breaks(self, position: int, row: _Row, begins_cell: bool, line: _Line) -> bool:
        """Whether a line ends before this token: where the author ends it, if there is a reason to."""
        pieces = self.pieces[position]
        if any(pieces):
            return True  # a comment runs to the end of its line
        if len(pieces) == 1 or position in self.marks.gaps:
            return False
        if begins_cell:
            return line.length > COLUMN
        return position > row.first + 1 or row.kind == "start"

    def _gap(self, position: int) -> str:
        """The space between a token and the one before, on one line."""
        marks, kinds = self.marks, self.kinds
        if position in marks.gaps:
            return marks.gaps[position]
        before, kind = kinds[position - 1], kinds[position]
        if before in ("(", "[") or kind in (")", "]", ",", ":") or kind in _TIGHT or before in _TIGHT:
            return ""
        if kind in ("(", "["):
            return "" if before == "name" else "" if before in ("+", "-") and self._is_sign(position - 1) else " "
        if before in ("+", "-") and self._is_sign(position - 1):
            return ""
        return " "

    def _is_sign(self, position: int) -> bool:
        """Whether a minus stands before its only operand."""
        before = position - 1
        return self.kinds[before] not in _OPERANDS and before not in self.marks.named


def _part(rows: list[_Row]) -> None:
    """Sets the blank lines: those of the author, one for many, and those between theorems with proofs and what surrounds them."""
    rows[0].lines[0].blank = False
    before: _Row | None = None
    comments: list[_Row] = []
    with_proof = {id(row) for row, after in _neighbours(rows) if row.kind == "theorem" and after.kind == "proof"}
    for row in rows:
        if row.kind == "comment":
            comments.append(row)
            continue
        group = [*comments, row]
        if row.kind in ("proof", "qed") or (before is not None and before.kind in ("proof", "case")):
            for each in group:
                each.lines[0].blank = False
        elif before is not None and _apart(before, row, id(row) in with_proof) and not any(r.lines[0].blank for r in group):
            group[0].lines[0].blank = True
        before, comments = row, []
    if comments and before is not None and before.kind == "qed" and not any(row.lines[0].blank for row in comments):
        comments[0].lines[0].blank = True


def _neighbours(rows: Iterable[_Row]) -> Iterator[tuple[_Row, _Row]]:
    lines = [row for row in rows if row.kind != "comment"]
    return zip(lines, lines[1:], strict=False)


def _apart(before: _Row, row: _Row, with_proof: bool) -> bool:
    """Whether a blank line belongs between two rows."""
    if before.kind == "qed" or (row.kind == "theorem" and with_proof):
        return True
    return {before.kind, row.kind} == {"theorem", "declaration"}


def _columns(rows: list[_Row]) -> dict[int, int]:
    """The column of each row in which its reasons or its description begin: one for a chain, and for declarations in a row."""
    columns: dict[int, int] = {}
    group: list[int] = []
    key: object = None

    def close() -> None:
        steps = [rows[number].kind != "declaration" for number in group]
        lengths = [
            line.length
            for number, step in zip(group, steps, strict=True)
            for line in rows[number].lines[-1:] if not step or rows[number].chain < 0
        ]
        del lengths
        widest = max((length for number in group for length in _lengths(rows[number])), default=0)
        columns.update(dict.fromkeys(group, widest + 1))
        group.clear()

    for number, row in enumerate(rows):
        if row.kind == "comment":
            continue
        own: object = row.chain if row.chain >= 0 else row.kind
        if own != key or (row.kind == "declaration" and _begins_block(rows, number)):
            close()
            key = own
        group.append(number)
    close()
    return columns

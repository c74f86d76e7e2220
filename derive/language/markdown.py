"""Derivations in Markdown: each fenced block marked `derive` is one.

    ```derive
    theorem t: 1 + 1 = 2
    ```

What is a block, CommonMark says (https://spec.commonmark.org): it may stand in a quotation or a list, and what is set in by
four spaces, or stands in a piece of HTML, is none. What looks like a block of derive and is none is a mistake (D180), so that
readers see no derivation that is not checked. The mark is also written `{derive}`, `{.derive}` or `Derive`. The lines and
columns in messages are those of the Markdown file.

    ```{derive} softmax-ce
    :short:
    ```

So Sphinx is asked to show a derivation of another place, which is checked there: a block of `{derive}` with a name, and with
nothing inside but options, is passed over. Options above a derivation are no part of it.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from functools import cache, cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from derive.language.blocks import CONTAINERS, MARK, Block
from derive.language.errors import SourceError
from derive.language.lexer import Source
from derive.limits import MOST_MISTAKES, READING, allowed, spend

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

ENDING = re.compile(r"\r\n?|\n")
"""The end of a line (CommonMark 2.1). A block in which a carriage return stands alone is shown, and cannot be read."""
LOOK_ALIKE = re.compile(
    rf"(?:[ \t>*+\-.)0-9]|[:~](?=[ \t]))*+"
    rf"(`{{3,}}+|~{{3,}}+|:{{3,}}+(?=[ \t]*\{{{MARK}\}}\s*\Z))[^\w\n\r]*+{MARK}(?![\w-])",
    re.IGNORECASE,
)
"""What readers take for the beginning of a block of derive; nothing is looked at twice."""
_OPTION = re.compile(r":[\w-]+:(?: |$)")
"""A line that says to Sphinx how a block is shown."""
_MYST = re.compile(r"\{([\w:+-]+)\}")
_DIRECTIVE = re.compile(rf"\{{{MARK}\}}\s*(?P<name>\S?)")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_NESTING = 50  # of quotations and lists; what is deeper has no blocks
_PIECE = 60  # units that a line or any other piece of a document costs


def pieces(text: str) -> Iterator[Block | SourceError]:
    """The blocks of a text in their order; then, as mistakes, what looks like one."""
    if MARK not in text.lower() and "&" not in text:
        return
    document = _Document(text)
    for token in document.tokens:
        if token.type == "fence" and _is_ours(token.info) and not _shows_another(token):
            yield document.unsure(token) or document.block(token)
    yield from document.hidden()


def shown_as_code(text: str) -> frozenset[int]:
    """The numbers of the lines, from 0 on, that stand in blocks of code."""
    tokens = (token for token in _Document(text).tokens if token.type in ("fence", "code_block") and token.map is not None)
    return frozenset(number for token in tokens for number in range(*(token.map or (0, 0))))


def _is_ours(info: str) -> bool:
    """Whether the words behind a fence mark a derivation."""
    from markdown_it.common.utils import unescapeAll

    words = unescapeAll(info).replace("{", " ").replace("}", " ").split()
    is_class = info.lstrip().startswith("{") and f".{MARK}" in map(str.lower, words)
    return is_class or (bool(words) and words[0].removeprefix(".").lower() == MARK)


def _options(token: Token) -> int:
    """How many lines at the beginning of a block are options of a directive, with the empty one below them."""
    if not _DIRECTIVE.match(token.info.strip()):
        return 0
    lines = token.content.split("\n")
    count = next((n for n, line in enumerate(lines) if not _OPTION.match(line)), len(lines))
    return count + bool(count and len(lines) > count + 1 and not lines[count].strip())


def _shows_another(token: Token) -> bool:
    """Whether a block is a directive that shows a derivation which stands elsewhere."""
    found = _DIRECTIVE.match(token.info.strip())
    return bool(found and found["name"]) and not "".join(token.content.split("\n")[_options(token) :]).strip()


@cache
def _parser() -> MarkdownIt:
    """A parser of blocks, and of nothing inside of them, that counts its work."""
    from markdown_it import MarkdownIt

    def counted(*_: Any) -> bool:
        spend(_PIECE)
        return False

    parser = MarkdownIt("commonmark", {"maxNesting": _NESTING})
    parser.core.ruler.enableOnly(["normalize", "block"])
    parser.block.ruler.disable(["reference"])  # a definition of a link holds no block
    parser.block.ruler.before("code", "counted", counted, {"alt": ["paragraph", "blockquote", "list"]})
    return parser


class _Document:
    """A Markdown text, with its lines and its pieces."""

    def __init__(self, text: str) -> None:
        self.text = text
        start = 1 if text.startswith("\ufeff") else 0
        self.starts = [start, *(ending.end() for ending in ENDING.finditer(text, start))]
        if self.starts[-1] < len(text):
            self.starts.append(len(text))
        with allowed(READING):
            self.tokens = _parser().parse(text[start:])

    def block(self, token: Token) -> Block:
        """The block that a fence begins."""
        assert token.map is not None
        above = token.map[0] + 1 + _options(token)
        shown = (token.content.removesuffix("\n").split("\n") if token.content else [])[_options(token) :]
        lines = [self._line(above + n, line) for n, line in enumerate(shown)]
        fence = self.text.index(token.markup, self.starts[token.map[0]])
        before = self.text[self.starts[token.map[0]] : fence]
        for number, line in enumerate(shown, above):
            whole = self.text[self.starts[number] : self.starts[number + 1]].rstrip("\r\n")
            if line.strip() and whole.endswith(line):
                before = whole.removesuffix(line)  # what stands before another line is sure to be enough for it
                break
        margin = re.sub(r"[^> \t]", " ", before)
        return Block("".join(lines), above, self.starts[above], self.starts[above + len(lines)], margin)

    @cached_property
    def source(self) -> Source:
        """The text, for the places of mistakes."""
        return Source(self.text)

    @cached_property
    def _doubtful(self) -> list[tuple[range, str]]:
        """The lines that are not shown everywhere, and what to write instead."""
        lines = [self.text[start:end].strip() for start, end in pairwise(self.starts)]
        found = []
        if lines[:1] == ["---"]:
            end = next((number for number, line in enumerate(lines) if number and line in ("---", "...")), 0)
            found.append((range(end), "move it out of the lines between --- and ---, which are no part of the text"))
        ends = [number for number, line in enumerate(lines) if "-->" in line]
        for token in self.tokens:
            if token.type == "html_block" and token.map is not None and "<!--" in _COMMENT.sub("", token.content):
                if found and token.map[1] in found[-1][0]:
                    continue
                place = bisect_left(ends, token.map[1])
                end = ends[place] if place < len(ends) else len(lines)
                found.append((range(token.map[1], end), "end the comment above it, which goes on for a browser: -->"))
        return found

    def unsure(self, token: Token) -> SourceError | None:
        """The mistake of a block of which readers of Markdown make different things: in a quotation or a list behind tabs,
        above the text, or below a comment that does not end.
        """
        assert token.map is not None
        above, below = (self.starts[number] for number in token.map)
        fence = self.text.index(token.markup, above)
        place = bisect_right(self._doubtful, token.map[0], key=lambda each: each[0].start)
        if place:
            doubtful, instead = self._doubtful[place - 1]
            if token.map[0] in doubtful:
                return self.source.error("D180", fence, self.starts[token.map[0] + 1], instead=instead)
        lines = self.text[above:below].splitlines() if "\t" in self.text[above:below] and token.level else []
        if any("\t" in line[: len(line) - len(line.lstrip(" \t>*+-.)0123456789"))] for line in lines):
            instead = "write spaces for the tabs before its lines"
            return self.source.error("D180", fence, self.starts[token.map[0] + 1], instead=instead)
        return None

    def _line(self, number: int, shown: str) -> str:
        """A line of the document of which something is `shown`: all of it, with spaces for what is before that."""
        line = self.text[self.starts[number] : self.starts[number + 1]]
        ending = ENDING.search(line)
        length = len(line) if ending is None else ending.start()
        hidden = length - len(shown.lstrip(" \t"))
        return " " * hidden + line[hidden:]

    def hidden(self) -> Iterator[SourceError]:
        """What looks like the beginning of a block of derive and is none; what is not shown at all, or in a block, does not."""
        seen: set[int] = set()
        fences = {token.map[0] for token in self.tokens if token.map is not None and token.type == "fence"}
        for token in self.tokens:
            if token.map is not None and token.type == "fence":
                named = _MYST.match(token.info.strip())
                if named is not None and named[1].lower() in CONTAINERS:
                    continue  # MyST shows what stands in it as text with blocks of its own
                inside = range(*token.map) if _is_ours(token.info) else range(token.map[0] + 1, token.map[1])
                seen.update(inside)
            elif token.map is not None and token.type == "html_block" and token.content.lstrip().startswith("<!--"):
                seen.update(range(*token.map))
        found = 0
        for number in range(len(self.starts) - 1):
            alike = None if number in seen else LOOK_ALIKE.match(self.text, self.starts[number], self.starts[number + 1])
            if alike is not None:
                found += 1
                if found > MOST_MISTAKES:
                    return
                instead = "set it in by three spaces at most, with an empty line above"
                instead = "mark it ```derive" if number in fences else instead
                instead = "mark it ```{derive}, which MyST reads as well" if alike[1].startswith(":") else instead
                yield self.source.error("D180", alike.start(1), self.starts[number + 1], instead=instead)

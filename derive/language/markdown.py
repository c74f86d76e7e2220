"""Derivations in Markdown: each fenced block marked `derive` is one.

    ```derive
    theorem t: 1 + 1 = 2
    ```

A block may stand in a quotation or a list, and its mark be written `{derive}`, `{.derive}` or `Derive`. The lines and columns
in messages are those of the Markdown file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from derive.language.derivation import Derivation
from derive.language.errors import SourceError
from derive.language.reader import Load, read

MARK = "derive"

_CONTAINER = re.compile(r"(?:[ \t]|>|[-*+](?=[ \t])|[0-9]{1,9}[.)](?=[ \t]))*")
"""What may stand before a fence: spaces, signs of quotation, and marks of lists."""
_ENDING = re.compile(r"\r\n?|\n")
"""The end of a line (CommonMark 2.1). A block in which a carriage return stands alone is shown, and cannot be read."""
_FENCE = re.compile(r"(`{3,}|~{3,})[ \t]*([^\n]*)")


class Block(NamedTuple):
    """A block: its text, in which every column keeps its place, and how many lines of the document stand `above` it.

    In the document it begins at `start` and ends at `end`. `margin` is what stands before each of its lines.
    """

    text: str
    above: int
    start: int
    end: int
    margin: str


def blocks(text: str) -> Iterator[Block]:
    """The blocks of a Markdown text, in their order; each line is looked at once."""
    at = 1 if text.startswith("\ufeff") else 0
    number, opening = 0, None
    while at < len(text):
        ending = _ENDING.search(text, at)
        end = len(text) if ending is None else ending.end()
        if opening is None:
            opening = _opening(text, at, end, number)
        elif not opening.take(text, at, end):
            if opening.is_ours:
                yield opening.block(at)
            # The end of a quotation ends its block, and the line is one like any other.
            opening = None if opening.closed else _opening(text, at, end, number)
        at, number = end, number + 1
    if opening is not None and opening.is_ours:
        yield opening.block(len(text))


def _opening(text: str, at: int, end: int, number: int) -> _Open | None:
    """The block that begins in a line, if one does."""
    container = _CONTAINER.match(text, at, end)
    assert container is not None
    fence = _FENCE.match(text, container.end(), end)
    if fence is None or (fence[1][0] == "`" and "`" in fence[2]):
        return None
    return _Open(container[0], fence[1], fence[2], end, number + 1)


class _Open:
    """A block that has begun, and does not end yet."""

    def __init__(self, container: str, fence: str, mark: str, start: int, above: int) -> None:
        words = mark.replace("{", " ").replace("}", " ").split()
        self.is_ours = bool(words) and words[0].removeprefix(".").lower() == MARK
        self.fence = re.compile(rf"[ \t]*{re.escape(fence[0])}{{{len(fence)},}}[ \t\r]*\n?$")
        self.quotations = container.count(">")
        self.margin = re.sub(r"[^> \t]", " ", container)
        self.start = start
        self.above = above
        self.lines: list[str] = []
        self.closed = False

    def take(self, text: str, at: int, end: int) -> bool:
        """Takes in a line, unless it ends the block."""
        inside = at
        for _ in range(self.quotations):
            sign = re.compile(r"[ \t]*>").match(text, inside, end)
            if sign is None:
                return False
            inside = sign.end()
        line = text[inside:end]
        if self.fence.match(line):
            self.closed = True
            return False
        if self.is_ours:
            self.lines.append(" " * (inside - at) + line)
        return True

    def block(self, end: int) -> Block:
        """All of it."""
        return Block("".join(self.lines), self.above, self.start, end, self.margin)


def read_blocks(
    text: str, name: str = "", file: str = "", load: Load | None = None, rule_names: frozenset[str] = frozenset()
) -> Iterator[Derivation | SourceError]:
    """The derivation in each fenced block of a Markdown text, or what is wrong with it."""
    for block in blocks(text):
        try:
            yield replace(read(block.text, name, file, load, rule_names, block.above), offset=block.start, above=block.above)
        except SourceError as mistake:
            yield mistake


def read_markdown(
    text: str, name: str = "", file: str = "", load: Load | None = None, rule_names: frozenset[str] = frozenset()
) -> list[Derivation]:
    """The derivations in the fenced blocks of a Markdown text, in their order.

    Raises the first mistake, with those of the other blocks.
    """
    found: list[Derivation] = []
    mistakes: list[SourceError] = []
    for each in read_blocks(text, name, file, load, rule_names):
        if isinstance(each, Derivation):
            found.append(each)
        else:
            mistakes += (each, *each.more)
            found += each.read
    if mistakes:
        first, *more = mistakes
        first.more, first.read = tuple(more), tuple(found)
        raise first
    return found

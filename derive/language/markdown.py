"""Derivations in Markdown: each fenced block marked `derive` is one.

    ```derive
    theorem t: 1 + 1 = 2
    ```

The lines and columns in messages are those of the Markdown file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from derive.language.derivation import Derivation
from derive.language.errors import SourceError
from derive.language.reader import Load, read

_FENCE = re.compile(r"^[ \t>]*(?P<fence>`{3,}|~{3,})[ \t]*(?P<word>[^\s`]*)[^`\n]*$", re.MULTILINE)


def spans(text: str) -> Iterator[tuple[int, int, str]]:
    """Where the text of each block begins and ends, and what stands before its fence."""
    opening: re.Match[str] | None = None
    for match in _FENCE.finditer(text):
        if opening is None:
            opening = match
            continue
        fence = opening["fence"]
        if match["fence"][0] != fence[0] or len(match["fence"]) < len(fence) or match["word"]:
            continue
        if opening["word"] == "derive":
            yield opening.end(), match.start(), text[opening.start() : opening.start("fence")]
        opening = None
    if opening is not None and opening["word"] == "derive":
        yield opening.end(), len(text), text[opening.start() : opening.start("fence")]


def blocks(text: str) -> Iterator[str]:
    """The text of each block, with everything around it blanked out, so that every character keeps its place."""
    for start, end, _ in spans(text):
        yield re.sub(r"[^\n]", " ", text[:start]) + text[start:end]


def read_markdown(
    text: str, name: str = "", file: str = "", load: Load | None = None, rule_names: frozenset[str] = frozenset()
) -> list[Derivation]:
    """The derivations in the fenced blocks of a Markdown text, in their order.

    Raises the first mistake, with those of the other blocks.
    """
    found: list[Derivation] = []
    mistakes: list[SourceError] = []
    for block in blocks(text):
        try:
            found.append(read(block, name, file, load, rule_names))
        except SourceError as mistake:
            mistakes += (mistake, *mistake.more)
            found += mistake.read
    if mistakes:
        first, *more = mistakes
        first.more, first.read = tuple(more), tuple(found)
        raise first
    return found

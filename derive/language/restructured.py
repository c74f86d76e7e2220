"""Derivations in reStructuredText: the content of each directive that shows code in the language `derive`.

    .. code-block:: derive

       theorem t: 1 + 1 = 2

So do `code`, `sourcecode`, and `.. derive::` without an argument. Options may stand before the content, and an empty line must:
https://docutils.sourceforge.io/docs/ref/rst/restructuredtext.html#directives.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import accumulate

from derive.language.blocks import MARK, Block
from derive.language.errors import SourceError
from derive.language.lexer import Source
from derive.language.markdown import LOOK_ALIKE
from derive.limits import READING, allowed, spend

_DIRECTIVE = re.compile(
    rf"[ \t]*\.\.[ \t]+(?:(?:code-block|code|sourcecode)::[ \t]+{MARK}|{MARK}::)[ \t]*", re.IGNORECASE
)
_OPTION = re.compile(r"[ \t]+:[\w-]+:")
_LINE = 30  # units that a line costs


def pieces(text: str) -> Iterator[Block | SourceError]:
    """The blocks of a text in their order, and as mistakes what looks like one and is none."""
    if MARK not in text.lower():
        return
    source = Source(text)
    lines = text.splitlines(keepends=True)
    starts = [0, *accumulate(map(len, lines))]
    numbers = [0, *accumulate(line.endswith("\n") for line in lines)]  # what else ends a line is not counted
    number = 0
    with allowed(READING):
        while number < len(lines):
            spend(_LINE)
            line, start = lines[number].rstrip("\r\n"), starts[number]
            number += 1
            directive, fence = _DIRECTIVE.fullmatch(line), LOOK_ALIKE.match(line)
            if directive is None:
                if fence is not None:
                    instead = f"mark it .. code-block:: {MARK}, with an empty line below"
                    yield source.error("D180", start + fence.start(1), start + len(line), instead=instead)
                continue
            first, after = _content(lines, number, _indent(line))
            body = lines[first:after]
            if body and (body[0].strip() or any("\t" in line[: len(line) - len(line.lstrip())] for line in body)):
                instead = "write an empty line above it, and spaces for tabs"
                yield source.error("D180", start, start + len(line), instead=instead)
            elif any(line.strip() for line in body):
                margin = min(_indent(line) for line in body if line.strip())
                yield Block("".join(body), numbers[first], starts[first], starts[after], " " * margin)
            number = after


def _content(lines: list[str], number: int, indent: int) -> tuple[int, int]:
    """Where the content begins of a directive that is set in so far, behind its options, and where it ends."""
    first = after = number
    for place in range(number, len(lines)):
        spend(_LINE)
        line = lines[place]
        if line.strip():
            if _indent(line) <= indent:
                break
            if first == place and _OPTION.match(line):
                first = place + 1
            after = place + 1
    return first, after


def _indent(line: str) -> int:
    """How far a line is set in; a tab leads to the next column that is a multiple of eight."""
    line = line.expandtabs()
    return len(line) - len(line.lstrip())

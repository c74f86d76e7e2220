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

from derive.language.blocks import CONTAINERS, MARK, Block
from derive.language.errors import SourceError
from derive.language.lexer import Source
from derive.language.markdown import LOOK_ALIKE
from derive.limits import READING, allowed, spend

_LIST = r"(?:[-+*•]|\(?(?:\d+|[A-Za-z#])[.)])[ \t]+"
_OURS = rf"\.\.[ \t]+(?:(?:code-block|code|sourcecode)::[ \t]+{MARK}|{MARK}::)"
_DIRECTIVE = re.compile(rf"([ \t]*(?:{_LIST})*){_OURS}[ \t]*", re.IGNORECASE)
_ALIKE = re.compile(rf"(?<![^\s|]){_OURS}[ \t]*(?:$|[|])", re.IGNORECASE)
_NAMED = re.compile(rf"[ \t]*(?:{_LIST})*\.\.[ \t]+([\w:+-]+)::(?:[ \t]|$)")
_COMMENT = re.compile(rf"[ \t]*(?:{_LIST})*\.\.(?:[ \t]+(?![\w:+-]+::|_|\[|\|)|[ \t]*$)")
_IN_LINE = re.compile(r"``.*?``")
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
            directive = _DIRECTIVE.fullmatch(line)
            if directive is None:
                alike = LOOK_ALIKE.match(line) or _ALIKE.search(_IN_LINE.sub(_blank, line))
                if alike is not None:
                    instead = f"write .. code-block:: {MARK} at the beginning of a line, with an empty line below"
                    yield source.error("D180", start + alike.start(alike.lastindex or 0), start + len(line), instead=instead)
                after = _unseen(lines, number, line)
                shown = _NAMED.match(line)
                for place in range(number, after if shown is not None else number):
                    if shown is not None and _ALIKE.search(lines[place].rstrip("\r\n")):
                        instead = f"set it outside of `{shown[1]}`, where it is not sure to be shown"
                        end = starts[place] + len(lines[place].rstrip("\r\n"))
                        yield source.error("D180", starts[place], end, instead=instead)
                number = after
                continue
            first, after = _content(lines, number, _column(directive[1]))
            body = lines[first:after]
            if body and (body[0].strip() or any("\t" in line[: len(line) - len(line.lstrip())] for line in body)):
                instead = "write an empty line above it, and spaces for tabs"
                yield source.error("D180", start, start + len(line), instead=instead)
            elif any(line.strip() for line in body):
                first += next(n for n, line in enumerate(body) if line.strip())
                body = lines[first:after]
                margin = min(_indent(line) for line in body if line.strip())
                yield Block("".join(body), numbers[first], starts[first], starts[after], " " * margin)
            number = after


def _unseen(lines: list[str], number: int, line: str) -> int:
    """Where the reading goes on: behind what is set in below a line, where that is a comment, or shown as it is typed."""
    named = _NAMED.match(line)
    literal = named is None and line.rstrip().endswith("::")
    if not (literal or _COMMENT.match(line) or (named is not None and named[1].lower() not in CONTAINERS)):
        return number
    marks = re.match(rf"[ \t]*(?:{_LIST})*", line)
    indent = _column(marks[0]) if marks is not None and not literal else _indent(line)
    return _content(lines, number, indent)[1]


def _blank(found: re.Match[str]) -> str:
    return " " * len(found[0])


def _column(before: str) -> int:
    return len(before.expandtabs())


def _content(lines: list[str], number: int, indent: int) -> tuple[int, int]:
    """Where the content begins of a directive that is set in so far, behind its options, and where it ends."""
    first = after = number
    option = -1  # how far the last option is set in, whose lines go on below it further in
    for place in range(number, len(lines)):
        spend(_LINE)
        line = lines[place]
        if line.strip():
            if _indent(line) <= indent:
                break
            if first == place and _OPTION.match(line):
                first, option = place + 1, _indent(line)
            elif first == place and 0 <= option < _indent(line):
                first = place + 1
            after = place + 1
    return first, after


def _indent(line: str) -> int:
    """How far a line is set in; a tab leads to the next column that is a multiple of eight."""
    line = line.expandtabs()
    return len(line) - len(line.lstrip())

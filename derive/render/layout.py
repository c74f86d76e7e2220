"""Lines of a given width: where a long expression breaks, and paragraphs; and how things are counted.

An expression breaks before an operator, as books do, and at the operator that stands in the fewest parentheses: a sum before
a product, an outer one before an inner one.
"""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Callable

from derive.language.lexer import UNSEEN
from derive.limits import spend

_BREAKS = re.compile(r" (?=[=≠>≥] )| (?=[+−-] )| (?=[·/] )| (?=if )|(?<=[;,]) |(?<=[^=≠>≥+−·/-]) (?![=≠>≥+−·/-] )|(?=[*/])")
_OPEN, _CLOSE = frozenset("([{"), frozenset(")]}")
_AHEAD = 4  # characters that tell what stands at a break


_CONTROL = re.compile(rf"[\t\n\r\ufeff{UNSEEN}]")
LONGEST = 4000
"""The most characters of a message: whoever quotes a text may quote a very long one."""


def visible(text: str) -> str:
    """A text without what a terminal would obey, or would not show."""
    return _CONTROL.sub(" ", text).replace("##[", "# [")  # which is a command to those who show logs


def one_line(text: str) -> str:
    """The same on one line, without its middle where it is very long."""
    text = text if len(text) <= LONGEST else f"{text[: LONGEST // 2]} … {text[-LONGEST // 2 :]}"
    line = " ".join(visible(text).split())
    return f"./{line}" if line.startswith(("::", "##")) else line  # a file may be called like a command of GitHub


def with_code(message: str, plain: Callable[[str], str], code: Callable[[str], str]) -> str:
    """A message as a format has it; what stands in backticks is code."""
    return "".join(code(part) if place % 2 else plain(part) for place, part in enumerate(message.split("`")))


def counted(number: int, what: str) -> str:
    """`3 files`, or `1 file`."""
    return f"1 {what.removesuffix('s')}" if number == 1 else f"{number} {what}"


def columns(text: str) -> int:
    """How many columns of a terminal `text` fills."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )


def broken(text: str, width: int | None, hang: int = 2) -> list[str]:
    """`text`, an expression on one line, in lines of at most `width` columns.

    What follows hangs `hang` columns in, and inside of parentheses stands under what they hold.
    """
    lines: list[str] = []
    indent = 0
    done = 0
    while width is not None:
        room = max(width - indent, 1)
        end = _fitting(text, done, room)
        if end == len(text):
            break
        spend(room)
        # A little more than fits tells what follows a break.
        at = _best_break(text[done : end + _AHEAD], room) or end - done
        line = " " * indent + text[done : done + at].rstrip()
        lines.append(line)
        done += at
        while text[done : done + 1].isspace():
            done += 1
        opened = _innermost_open(line)
        indent = opened if opened is not None and opened <= width // 3 else hang
    return [*lines, " " * indent + text[done:]]


def _innermost_open(line: str) -> int | None:
    """The column after the last bracket that `line` leaves open."""
    stack: list[int] = []
    for at, char in enumerate(line):
        if char in _OPEN:
            stack.append(columns(line[:at]) + 1)
        elif char in _CLOSE and stack:
            stack.pop()
    return stack[-1] if stack else None


def paragraph(text: str, width: int | None, first: str = "", rest: str = "") -> list[str]:
    """Prose in lines of at most `width` columns, the first one after `first` and the others after `rest`.

    An address stays whole, so that it can be followed: a terminal breaks it by itself.
    """
    if width is None or re.fullmatch(r"https?://\S+", text.strip()):
        return [first + " ".join(text.split())]
    lines = textwrap.wrap(
        text, max(width, len(rest) + 8), initial_indent=first, subsequent_indent=rest, break_on_hyphens=False
    )
    if any(columns(line) > width for line in lines):  # letters of double width
        narrow = min(len(line) * width // max(columns(line), 1) for line in lines)
        lines = textwrap.wrap(
            text, max(narrow, len(rest) + 4), initial_indent=first, subsequent_indent=rest, break_on_hyphens=False
        )
    return lines or [first.rstrip()]


def _best_break(text: str, room: int) -> int:
    """Where to break `text` so that what comes before fits; 0 where there is no good place."""
    best: tuple[int, int, int] | None = None
    depths = _depths(text)
    for found in _BREAKS.finditer(text):
        at = found.start() if text[found.start() : found.start() + 1] == " " else found.end()
        if at == 0 or columns(text[:at].rstrip()) > room:
            continue
        # A late break at a weak operator is worth less than an earlier one at a strong one, unless the line would be short.
        short = columns(text[:at]) < room // 3
        strength = 0 if text[at - 1] == ";" else _strength(text[at:].lstrip())
        key = (2 * depths[at] + strength + 4 * short, -at, at)
        if best is None or key < best:
            best = key
    return best[2] if best is not None else 0


def _strength(rest: str) -> int:
    """0 before a relation, 1 before a plus or minus, 2 before anything else."""
    return 0 if rest[:1] in "=≠>≥" else 1 if re.match(r"[+−-] ", rest) else 2


def _depths(text: str) -> list[int]:
    depths, depth = [], 0
    for char in text:
        depth -= char in _CLOSE
        depths.append(depth)
        depth += char in _OPEN
    return [*depths, depth]


def _fitting(text: str, start: int, room: int) -> int:
    """Where the part of `text` ends that begins at `start` and fits; it holds one character at least."""
    if text.isascii():
        return min(start + room, len(text))
    at = start
    while at < len(text) and (room := room - columns(text[at])) >= 0:
        at += 1
    return max(at, min(start + 1, len(text)))

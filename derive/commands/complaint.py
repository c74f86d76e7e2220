"""How a mistake is reported: one line that says what is wrong, the place in the text, and what to type instead.

    error[D130]: softmax.derive:3:13: there is a parenthesis too few
      3 | define E = ln(x
        |              ^
      help: write ln(x)
"""

from __future__ import annotations

import re
import sys

from derive.floor.errors import DeriveError
from derive.language.errors import SourceError
from derive.render.layout import columns

_CODE = re.compile(r"D\d+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
SHOWN = 100
"""The most columns of a source line that are shown."""


def complain(message: str, help: str = "", code: str = "") -> None:
    """Writes `error: message` and the help to standard error."""
    head = f"error[{code}]" if _CODE.fullmatch(code) else "error"
    _write([f"{head}: {one_line(message)}", *_help(help)])


def complain_of(error: DeriveError) -> None:
    """Writes what `error` says to standard error, with its place where it has one, and the mistakes found with it."""
    if not isinstance(error, SourceError):
        complain(error.message, error.help, error.code)
        return
    for each in (error, *error.more):
        _complain_at(each)


def _complain_at(error: SourceError) -> None:
    place = error.place
    where = f"{error.file or 'the text'}:{place.line}:{place.column}"
    _write([f"error[{error.code}]: {one_line(where)}: {one_line(error.message)}", *_excerpt(error), *_help(error.help)])


def _help(text: str) -> list[str]:
    return [f"  help: {one_line(text)}"] if text else []


def _excerpt(error: SourceError) -> list[str]:
    """The line of the source with the mistake underlined."""
    place = error.place
    lines = error.text.split("\n")
    if not 0 < place.line <= len(lines):
        return []
    line = _CONTROL.sub(" ", lines[place.line - 1]).rstrip()
    start = min(place.column - 1, len(line))
    end = min(start + max(place.end - place.start, 1), max(len(line), start + 1))
    cut = max(0, start - SHOWN // 2) if len(line) > SHOWN else 0
    shown = line[cut : cut + SHOWN]
    end = min(end, cut + SHOWN)
    before, marked = columns(line[cut:start]), max(columns(line[start:end]), 1)
    number = str(place.line)
    margin = " " * len(number)
    return [f"  {number} | {shown}", f"  {margin} | {' ' * before}{'^' * marked}"]


def one_line(text: str) -> str:
    """A text without what would move the cursor or break the line."""
    return " ".join(_CONTROL.sub(" ", text).split())


def _write(lines: list[str]) -> None:
    if sys.stderr is None:
        return
    encoding = sys.stderr.encoding or "utf-8"
    text = "\n".join(lines) + "\n"
    try:
        sys.stderr.write(text.encode(encoding, "backslashreplace").decode(encoding))
        sys.stderr.flush()
    except OSError:  # nobody is listening
        pass

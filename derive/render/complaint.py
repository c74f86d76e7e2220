"""How a mistake is reported where there is nothing else to say: what is wrong, the place in the text, what to type instead.

    error[D130]: softmax.derive:3:13: there is a parenthesis too few
      3 | define E = ln(x
        |              ^
      help: write ln(x)
"""

from __future__ import annotations

import re

from derive.errors import DeriveError
from derive.language.errors import SourceError
from derive.render.layout import columns, one_line, visible

_CODE = re.compile(r"D\d+")
SHOWN = 100
"""The most columns of a source line that are shown."""


def complaint_of(error: DeriveError) -> str:
    """What an error says, in lines."""
    head = f"error[{error.code}]" if _CODE.fullmatch(error.code) else "error"
    excerpt = []
    if isinstance(error, SourceError):
        where = f"{error.file or 'the text'}:{error.place.line}:{error.place.column}"
        head += f": {one_line(where)}"
        excerpt = _excerpt(error)
    help = [f"  help: {one_line(error.help)}"] if error.help else []
    return "".join(f"{line}\n" for line in (f"{head}: {one_line(error.message)}", *excerpt, *help))


def _excerpt(error: SourceError) -> list[str]:
    """The line of the source with the mistake underlined."""
    place = error.place
    begin = place.start - (place.column - 1)
    line = error.text[begin:].split("\n", 1)[0] if 0 <= begin <= len(error.text) else ""
    if not place.line or not error.text:
        return []
    line = visible(line).rstrip()
    start = min(place.column - 1, len(line))
    end = min(start + max(place.end - place.start, 1), max(len(line), start + 1))
    cut = max(0, start - SHOWN // 2) if len(line) > SHOWN else 0
    shown = line[cut : cut + SHOWN]
    end = min(end, cut + SHOWN)
    before, marked = columns(line[cut:start]), max(columns(line[start:end]), 1)
    number = str(place.line)
    margin = " " * len(number)
    return [f"  {number} | {shown}", f"  {margin} | {' ' * before}{'^' * marked}"]

"""What a page is written to: a terminal of some width, a file that takes only ASCII.

    Target(80, ascii=False, color=True)      a terminal of 80 columns
    Target(None, ascii=True, color=False)    a file, with lines as long as need be
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """What is written to: its width (None for as wide as need be), whether it takes only ASCII, and if it shows colours."""

    width: int | None
    ascii: bool
    color: bool


def encodable(text: str, encoding: str) -> bool:
    """Whether all letters of a text are there in an encoding."""
    try:
        text.encode(encoding)
    except UnicodeError:
        return False
    return True

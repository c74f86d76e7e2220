"""A block: the part of a document that is a derivation, with what is needed to say where in the document it stands.

What the blocks of a text are, its kind says: see `markdown`, `restructured` and `notebooks`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from derive.language.errors import SourceError

MARK = "derive"


class Block(NamedTuple):
    """A block: its text, in which every column keeps its place, and how many lines of the document stand `above` it.

    In the document it begins at `start` and ends at `end`. `margin` is what stands before each of its lines. In a notebook all
    of these are of one `cell`, counted from 1.
    """

    text: str
    above: int
    start: int
    end: int
    margin: str = ""
    cell: int = 0


Pieces = Callable[[str], Iterator[Block | SourceError]]
"""From a document to its blocks, in their order, and to what looks like one and is none, as mistakes."""
CONTAINERS = frozenset((
    "note", "warning", "tip", "hint", "important", "attention", "caution", "danger", "error", "admonition", "seealso", "topic",
    "sidebar", "container", "compound", "only", "tab-set", "tab-item", "tabs", "tab", "dropdown", "card", "grid", "grid-item",
    "epigraph", "highlights", "pull-quote", "todo", "versionadded", "versionchanged", "deprecated", "theorem", "proof", "lemma",
    "definition", "example", "exercise", "solution", "prf:theorem", "prf:proof", "prf:lemma", "prf:definition", "prf:example",
    "details", "collapse", "margin",
))  # fmt: skip
"""Directives of Sphinx whose content is text with blocks of its own; that of others may be shown as it is typed, or not."""

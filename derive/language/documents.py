"""Documents: texts of which some blocks are derivations, by the kind of file.

    notes.md    notes.qmd    paper.rst    lecture.ipynb

The blocks of a document share what is declared in them: see `earlier`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import PurePath

from derive.errors import DeriveError, InternalError, LimitError
from derive.floor.frozen import Table
from derive.language import markdown, notebooks, restructured
from derive.language.blocks import Block, Pieces
from derive.language.derivation import Derivation
from derive.language.earlier import Earlier
from derive.language.errors import SourceError
from derive.language.lexer import Source
from derive.language.reader import Load, read
from derive.limits import MOST_BLOCKS, spend

KINDS: Mapping[str, Pieces] = Table({
    **dict.fromkeys((".md", ".markdown", ".mdown", ".mkd", ".qmd", ".rmd", ".myst"), markdown.pieces),
    **dict.fromkeys((".rst", ".rest"), restructured.pieces),
    ".ipynb": notebooks.pieces,
})
"""By the ending of a file's name, what its blocks are."""
_FENCE = re.compile("```|~~~")
MOST_OF_IT = 2_000
"""Characters of what looks like a block, and is not seen by all, that may declare something."""
_CELL = re.compile(r"(.*\.ipynb):cell ([0-9]{1,9})", re.DOTALL | re.IGNORECASE)


def kind_of(path: PurePath | str) -> Pieces | None:
    """What the blocks of a file are; None where it is a derivation itself, or anything else."""
    return KINDS.get(PurePath(path).suffix.lower())


def is_rewritten(path: PurePath | str) -> bool:
    """Whether the blocks of such a document can be changed in its text: those of a notebook are JSON."""
    return kind_of(path) is not notebooks.pieces


def labelled(file: str, cell: int) -> str:
    """What a file is called in messages, or a cell of it."""
    return f"{file}:cell {cell}" if cell else file


def parted(label: str) -> tuple[str, int]:
    """The file of a label, and its cell, or 0."""
    found = _CELL.fullmatch(label)
    return (found[1], int(found[2])) if found else (label, 0)


def is_marked(text: str, kind: Pieces = markdown.pieces) -> bool:
    """Whether a text has a block that holds a derivation, or looks as if it did."""
    return next(kind(text), None) is not None


def blocks(text: str, kind: Pieces = markdown.pieces) -> Iterator[Block]:
    """The blocks of a text, in their order. Fails with `LimitError` where there are too many."""
    return (each for each in _counted(text, kind) if isinstance(each, Block))


def _counted(text: str, kind: Pieces) -> Iterator[Block | SourceError]:
    found = 0
    for piece in kind(text):
        found += isinstance(piece, Block)
        if found > MOST_BLOCKS:
            raise LimitError("D406", f"a document of more than {MOST_BLOCKS} derivations", "write several documents")
        yield piece


def read_blocks(
    text: str,
    name: str = "",
    file: str = "",
    load: Load | None = None,
    rule_names: frozenset[str] = frozenset(),
    kind: Pieces = markdown.pieces,
) -> Iterator[Derivation | SourceError]:
    """The derivation in each block of a document, or what is wrong with it."""
    earlier = Earlier()
    for block in _counted(text, kind):
        place = labelled(file, block.cell)
        if isinstance(block, SourceError):
            block.file = place
            shown = text[block.place.end :][:MOST_OF_IT]
            earlier.lose(shown[: end.start()] if (end := _FENCE.search(shown)) else shown, is_prose=True)
            yield block
            continue
        try:
            found = read(block.text, name, place, load, rule_names, block.above, earlier)
        except SourceError as mistake:
            earlier.lose(block.text, mistake.declares)
            yield mistake
            continue
        except LimitError as limit:
            earlier.lose(block.text)
            spend(0)  # where the document has nothing left, it ends here; else the limit is one of this block
            yield _at(block, place, limit)
            continue
        except Exception as error:
            if os.environ.get("DERIVE_TRACEBACK"):
                raise
            earlier.lose(block.text)
            yield _at(block, place, InternalError("D900", f"derive itself is at fault: {type(error).__name__}: {error}"))
            continue
        placed = replace(found, offset=block.start, above=block.above)
        earlier.add(placed)
        yield placed


def _at(block: Block, file: str, error: DeriveError) -> SourceError:
    """What befell a block when it was read, with the place where that begins."""
    found = Source(block.text, file, block.above).place(0, 0)
    mistake = SourceError(error.code, error.message, found, error.help)
    mistake.file, mistake.text = file, block.text
    return mistake


def read_document(
    text: str,
    name: str = "",
    file: str = "",
    load: Load | None = None,
    rule_names: frozenset[str] = frozenset(),
    kind: Pieces = markdown.pieces,
) -> list[Derivation]:
    """The derivations in the blocks of a document, in their order.

    Raises the first mistake, with those of the other blocks.
    """
    found: list[Derivation] = []
    mistakes: list[SourceError] = []
    for each in read_blocks(text, name, file, load, rule_names, kind):
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

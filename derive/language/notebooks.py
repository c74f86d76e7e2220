"""Derivations in notebooks: cells that begin with `%%derive`, and the blocks in cells of Markdown.

    {"cells": [{"cell_type": "code", "source": ["%%derive\\n", "theorem t: 1 + 1 = 2"], …}, …], …}

A notebook is JSON: https://nbformat.readthedocs.io/en/latest/format_description.html. Lines are counted within their cell.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from derive.errors import CallError
from derive.language import markdown
from derive.language.blocks import MARK, Block
from derive.language.errors import SourceError

_MAGIC = re.compile(rf"\s*^%%{MARK}(?:[ \t][^\n]*)?\n", re.MULTILINE)
"""The line of the magic, with its options; IPython passes over empty lines above it."""


def pieces(text: str) -> Iterator[Block | SourceError]:
    """The blocks of a notebook in their order, and as mistakes what looks like one and is none.

    Fails with `CallError` where the text is no notebook.
    """
    for number, cell in enumerate(_cells(text), 1):
        source = _source(cell)
        magic = _MAGIC.match(source)
        if cell.get("cell_type") == "code" and magic is not None and source[magic.end() :].strip():
            yield Block(source[magic.end() :], source.count("\n", 0, magic.end()), magic.end(), len(source), cell=number)
        elif cell.get("cell_type") == "markdown":
            for piece in markdown.pieces(source):
                if isinstance(piece, Block):
                    yield piece._replace(cell=number)
                else:
                    piece.cell = number
                    yield piece


def _cells(text: str) -> list[dict[str, Any]]:
    help = "open it in Jupyter, and save it again"
    try:
        notebook = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise CallError("no-notebook", f"it is no notebook: {error}", help) from error
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list):
        raise CallError("no-notebook", "it is no notebook of version 4: it has no cells", help)
    return [cell for cell in cells if isinstance(cell, dict)]


def _source(cell: dict[str, Any]) -> str:
    """The text of a cell, which is written in one piece or line by line."""
    source = cell.get("source", "")
    lines = source if isinstance(source, list) else [source]
    return "".join(line for line in lines if isinstance(line, str))

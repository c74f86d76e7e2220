"""Files of other kinds, which are no derivations: what each is, and what to do with it.

They are told by their names. A text, `notes.txt`, is one only if nothing in it looks like a statement of a derivation.
"""

from __future__ import annotations

import os
import re
from pathlib import PurePath
from typing import NamedTuple

from derive.errors import CallError
from derive.shelf import SUFFIX

WRITE = f"write the derivation in the language of derive, in a file NAME{SUFFIX}"


class Kind(NamedTuple):
    """What a file is, and what to do: `{path}` is its name, and `{stem}` that without its ending."""

    what: str
    do: str


NOTEBOOK, TEXT = ".ipynb", ".txt"
KINDS = {
    ".tex": Kind("LaTeX", f"{WRITE}; derive writes LaTeX of it: derive NAME{SUFFIX} --format latex"),
    ".pdf": Kind("a PDF", WRITE),
    ".py": Kind("a program in Python", f'{WRITE}, which the program can load: derive.load("NAME{SUFFIX}")'),
    ".json": Kind("JSON", "go through the proofs that derive check --format json wrote: derive replay {path}"),
    ".jsonl": Kind("JSON by lines", "check what stands in its lines: derive check --format jsonl - < {path}"),
    TEXT: Kind("a plain text", f"{WRITE}; if this is one, rename it: {{stem}}{SUFFIX}"),
    NOTEBOOK: Kind("a notebook", "check the derivations in its cells: derive check {path}"),
}
_STATEMENT = re.compile(r"^\s*(?:size|variable|constant|function|define|assume|index|use|theorem)\s", re.MULTILINE)


def told(path: str) -> CallError | None:
    """What to say where a file that is there is taken for a derivation; None of one that may be a derivation."""
    kind = KINDS.get(PurePath(path).suffix.lower())
    if kind is None or not os.path.isfile(path):
        return None
    help = kind.do.format(path=path, stem=PurePath(path).with_suffix(""))
    return CallError("no-derivation", f"{path} is {kind.what}, and no file NAME{SUFFIX}", help)


def refuse(path: str) -> None:
    """Fails with `CallError` for a file of another kind, before it is read; notebooks and texts are."""
    found = told(path)
    if found is not None and PurePath(path).suffix.lower() not in (NOTEBOOK, TEXT):
        raise found


def refuse_text(path: str, text: str) -> None:
    """Fails with `CallError` for a text that is no derivation."""
    found = told(path)
    if found is not None and PurePath(path).suffix.lower() == TEXT and not _STATEMENT.search(text):
        raise found

"""Files that a command reads, or rewrites: each is read whole, and replaced whole or not at all.

The path `-` is standard input, and standard output.
"""

from __future__ import annotations

import difflib
import os
import sys
from contextlib import suppress
from pathlib import Path

from derive.commands.foreign import refuse, refuse_text
from derive.commands.output import write_output
from derive.errors import CallError
from derive.language.documents import is_rewritten
from derive.library import bytes_of, decoded, limited
from derive.limits import LARGEST_FILE
from derive.render.target import Target

STANDARD = "-"


def source(path: str) -> str:
    """The text of a file, or of standard input. Fails with `DeriveError` where it cannot be read, or is not text."""
    return decoded(data_of(path), called(path))


def derivation_source(path: str) -> str:
    """The same of what is to be a derivation, or to hold some. Fails with `CallError` for a file of another kind, too."""
    refuse(path)
    text = source(path)
    refuse_text(path, text)
    return text


def data_of(path: str, most: int = LARGEST_FILE) -> bytes:
    """What a file holds, or standard input. Fails with `DeriveError` where it cannot be read, or has more than `most` bytes."""
    if path != STANDARD:
        return bytes_of(Path(path), path, most)
    if sys.stdin is None:
        raise CallError("no-input", "there is no standard input to read")
    try:
        with suppress(ValueError, AttributeError):
            os.set_blocking(sys.stdin.fileno(), True)  # else what is there already would be taken for all of it
        return limited(sys.stdin.buffer, called(path), most)
    except OSError as error:
        raise CallError("no-input", f"standard input cannot be read: {error.strerror or error}") from error


def called(path: str) -> str:
    """What a file is called in a message."""
    return "standard input" if path == STANDARD else path


def refuse_notebook(path: str) -> None:
    """Fails with `CallError` for what is JSON around its derivations: it is not rewritten."""
    if not is_rewritten(path):
        raise CallError("no-rewriting", f"{path} is a notebook, which is not rewritten", "change its cells in Jupyter")


def replace(path: str, text: str) -> None:
    """Writes what a file is to hold; for standard input, to standard output."""
    write_output(lambda _: text, path)


def show_difference(path: str, before: str, after: str) -> None:
    """Prints how a file would change."""
    # Line ends are part of what may change, but not of what a terminal should obey.
    old, new = (text.replace("\r\n", "\n").splitlines() for text in (before, after))
    lines = list(difflib.unified_diff(old, new, path, path, lineterm=""))

    def render(target: Target) -> str:
        return "".join(f"{_painted(line) if target.color else line}\n" for line in lines)

    write_output(render)


def _painted(line: str) -> str:
    style = {"+": "32", "-": "31", "@": "36"}.get(line[:1])
    if line.startswith(("+++", "---")):
        style = "1"
    return f"\x1b[{style}m{line}\x1b[0m" if style else line

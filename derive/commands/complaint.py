"""Mistakes, written to standard error."""

from __future__ import annotations

import sys

from derive.errors import DeriveError
from derive.language.errors import SourceError
from derive.render.complaint import complaint_of


def complain(message: str, help: str = "", code: str = "") -> None:
    """Writes `error: message` and the help."""
    write_complaint(complaint_of(DeriveError(code, message, help)))


def complain_of(error: DeriveError) -> None:
    """Writes what `error` says, with its place where it has one, and the mistakes found with it."""
    for each in (error, *(error.more if isinstance(error, SourceError) else ())):
        write_complaint(complaint_of(each))


def write_complaint(text: str) -> None:
    """Writes a text, in the letters that standard error takes."""
    if sys.stderr is None:
        return
    encoding = sys.stderr.encoding or "utf-8"
    try:
        sys.stderr.write(text.encode(encoding, "backslashreplace").decode(encoding))
        sys.stderr.flush()
    except OSError:  # nobody is listening
        pass

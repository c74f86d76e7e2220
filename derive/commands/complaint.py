"""Mistakes, the user's and derive's own, and how they are written to standard error."""

from __future__ import annotations

import os
import sys

from derive.errors import DeriveError, InternalError, LimitError
from derive.render.complaint import complaint_of, complaints_of


def complain(message: str, help: str = "", code: str = "") -> None:
    """Writes `error: message` and the help."""
    write_complaint(complaint_of(DeriveError(code, message, help)))


def complain_of(error: DeriveError) -> None:
    """Writes what `error` says, with its place where it has one, and the mistakes found with it."""
    write_complaint(complaints_of(error))


def fault(error: Exception, where: str) -> DeriveError:
    """A mistake of derive's own, or a want of memory, as what is wrong with what it was met in."""
    if os.environ.get("DERIVE_TRACEBACK"):
        raise error
    if isinstance(error, DeriveError):
        return error
    where = f"{where}, {step}" if (step := getattr(error, "step", "")) else where
    if isinstance(error, MemoryError):
        return LimitError("D409", f"{where}: it needs more memory than there is", "write it in smaller parts")
    if isinstance(error, RecursionError):
        return LimitError("D408", f"{where}: it is nested too deeply", "write it in smaller parts")
    said = f"{where}: derive itself is at fault: {type(error).__name__}: {error}"
    return InternalError("D900", said, "please report it, with this text: DERIVE_TRACEBACK=1 in the environment shows where")


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

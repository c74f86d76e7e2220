"""`derive fill FILE…`: every ? replaced by what the rules give."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from derive.checking.fill import fill as filled
from derive.checking.steps import TIMEOUT
from derive.commands.complaint import complain_of, fault
from derive.commands.files import STANDARD, called, replace, source
from derive.commands.output import say
from derive.diagnosis.codes import CODES
from derive.errors import InternalError
from derive.library import read_path


def fill(paths: Iterable[str], stdout: bool = False, timeout: float = TIMEOUT) -> int:
    """Fills in files, and returns the exit status: a file of which one ? cannot be computed stays as it is.

    With `stdout` nothing is written to files.
    """
    status = 0
    for path in paths:
        try:
            before = source(path)
            after = filled(before, partial(read_path, path), timeout=timeout)
        except Exception as error:
            found = fault(error, called(path))
            complain_of(found)
            # A mistake in the text is one thing, a rule that does not apply another.
            status = max(status, 1 if found.code in CODES and not isinstance(found, InternalError) else 2)
            continue
        if stdout or path == STANDARD:
            say(after)
        elif after != before:
            replace(path, after)
    return status

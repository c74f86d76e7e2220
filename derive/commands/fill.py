"""`derive fill PATH…`: every ? replaced by what the rules give."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from derive.checking.fill import fill as filled
from derive.checking.steps import TIMEOUT
from derive.commands.complaint import complain_of, fault
from derive.commands.files import STANDARD, called, derivation_source, refuse_notebook, replace
from derive.commands.found import found
from derive.commands.output import say
from derive.diagnosis.codes import CODES
from derive.errors import DeriveError, InternalError
from derive.language.derivation import Derivation
from derive.language.documents import kind_of
from derive.language.errors import SourceError
from derive.library import readable
from derive.limits import FILE, allowed


def fill(paths: Iterable[str], stdout: bool = False, timeout: float = TIMEOUT) -> int:
    """Fills in files, those in folders too, and returns the exit status; a ? that cannot be computed stays, and is told.

    With `stdout` nothing is written to files.
    """
    status = 0
    for path in found(paths):
        try:
            if isinstance(path, DeriveError):
                raise path
            refuse_notebook(path)
            before, mistakes = derivation_source(path), list[SourceError]()
            with allowed(FILE):
                after, errors = filled(before, partial(_read, path, mistakes), timeout=timeout)
        except Exception as error:
            problem = fault(error, path if isinstance(path, str) and path != STANDARD else called(STANDARD))
            complain_of(problem)
            # A mistake in the text is one thing, a rule that does not apply another.
            status = max(status, 1 if problem.code in CODES and not isinstance(problem, InternalError) else 2)
            continue
        for each in (*mistakes[:1], *errors):  # it is read again when it is filled in
            complain_of(each)
            status = max(status, 1)
        if stdout or path == STANDARD:
            say(after)
        elif after != before:
            replace(path, after)
    return status


def _read(path: str, mistakes: list[SourceError], text: str) -> list[Derivation]:
    """The derivations in a text; of a document with mistakes, the blocks without one."""
    derivations, mistake = readable(path, text)
    if mistake is not None:
        if not derivations or kind_of(path) is None:
            raise mistake
        mistakes.append(mistake)
    return derivations

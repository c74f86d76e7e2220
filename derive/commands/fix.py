"""`derive check --fix PATH…`: what the help lines know, written into the files before they are checked.

    --fix        ? in claims and steps, and reasons that do not suffice
    --fix=all    also the right side of what is false, where it is known
"""

from __future__ import annotations

from collections.abc import Iterable

from derive.checking.checker import check
from derive.checking.expectations import expecting
from derive.checking.fixes import KINDS, Kind, applied, in_file
from derive.commands.complaint import complain_of, fault, write_complaint
from derive.commands.config import Expected
from derive.commands.files import STANDARD, derivation_source, replace
from derive.commands.found import found
from derive.errors import CallError
from derive.language.documents import is_rewritten
from derive.library import readable
from derive.limits import FILE, allowed
from derive.render.layout import counted

KNOWN: tuple[Kind, ...] = ("gap", "reasons")
MOST_ROUNDS = 20  # what is put right may show what else is wrong: the next line that followed from it


def fix(paths: Iterable[str], everything: bool, timeout: float, expected: Expected) -> bool:
    """Rewrites the files, as far as anything is known to put right, and says whether all of them could be written.

    What cannot be read is left to whoever checks it, and what fails as `expected` is left as it is.
    """
    written = True
    for path in found(paths):
        if path == STANDARD:
            raise CallError("no-file", "--fix rewrites files, and standard input is none", "derive fill - fills it in")
        if not isinstance(path, str) or not is_rewritten(path):
            continue
        try:
            text, count = _put_right(path, KINDS if everything else KNOWN, timeout, expected)
        except Exception:  # it will be told by the check of the file
            continue
        if count:
            try:
                replace(path, text)
                write_complaint(f"{path}: {counted(count, 'places')} put right\n")
            except Exception as error:
                complain_of(fault(error, path))
                written = False
    return written


def _put_right(path: str, kinds: tuple[Kind, ...], timeout: float, expected: Expected) -> tuple[str, int]:
    """The text of a file with what is known, and at how many places it changed."""
    text, count = derivation_source(path), 0
    for _ in range(MOST_ROUNDS):
        changes = []
        with allowed(FILE):
            for derivation in readable(path, text)[0]:
                report = check(derivation, timeout=timeout, diagnose="value" in kinds)
                report = expecting(report, expected.verdicts(path))
                changes += [change for change in in_file(report) if change.kind in kinds]
        after = applied(text, changes)
        if after == text:
            break
        text, count = after, count + len(changes)
    return text, count

"""`derive check --fix PATH…`: what the help lines know, written into the files before they are checked.

    --fix        ? in claims and steps, and reasons that do not suffice
    --fix=all    also the right side of what is false, where it is known
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from contextlib import suppress

from derive.checking.checker import check
from derive.checking.fixes import KINDS, Kind, applied, in_file
from derive.commands.files import STANDARD, replace, source
from derive.commands.found import found
from derive.errors import CallError, DeriveError
from derive.library import read_path
from derive.limits import FILE, allowed

KNOWN: tuple[Kind, ...] = ("gap", "reasons")
MOST_ROUNDS = 4  # what is put right may show what else is wrong


def fix(paths: Iterable[str], everything: bool, timeout: float) -> None:
    """Rewrites the files, as far as anything is known to put right; one that cannot be read is left to whoever checks it."""
    for path in found(paths):
        if path == STANDARD:
            raise CallError("no-file", "--fix rewrites files, and standard input is none", "derive fill - fills it in")
        if isinstance(path, str):
            with suppress(DeriveError):
                _fix(path, KINDS if everything else KNOWN, timeout)


def _fix(path: str, kinds: tuple[Kind, ...], timeout: float) -> None:
    text, count = source(path), 0
    before = text
    for _ in range(MOST_ROUNDS):
        changes = []
        with allowed(FILE):
            for derivation in read_path(path, text):
                report = check(derivation, timeout=timeout, diagnose="value" in kinds)
                changes += [change for change in in_file(report) if change.kind in kinds]
        after = applied(text, changes)
        if after == text:
            break
        text, count = after, count + len(changes)
    if text != before:
        replace(path, text)
        sys.stderr.write(f"{path}: {count} {'place' if count == 1 else 'places'} put right\n")

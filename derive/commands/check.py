"""`derive check PATH …`: the verdicts on derivations in files, folders, Markdown and standard input.

A file that cannot be read, or is not a derivation, is reported beside the others and does not stop them. Several files are
checked in as many processes as there is work for, and what is printed of one is let go before the next.
"""

from __future__ import annotations

import gc
import os
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from derive.checking.steps import TIMEOUT
from derive.commands.complaint import write_complaint
from derive.commands.config import NOTHING, Expected
from derive.commands.files import STANDARD
from derive.commands.found import found
from derive.commands.one_file import Asked, found_in
from derive.commands.output import target_of, write_parts
from derive.errors import CallError, DeriveError, InternalError
from derive.render.streamed import PROSE, Piece, Style, Totals, document
from derive.workers import Lost, Workers

FEW = 8
"""Up to so many files one process is quicker than several."""
MANY_OBJECTS = 5_000
"""So many that are made, and not let go, start a look for garbage where there are many files."""
AWAITED = 100
"""Milliseconds for which a change is waited for at a time."""
PATIENCE = 1.0
"""Seconds after which a terminal is shown how far the work has come."""


@dataclass(frozen=True)
class Options:
    """What a call asks for."""

    format: str = "full"
    output: str | None = None
    strict: bool = False
    quiet: bool = False
    verbose: bool = False
    jobs: int | None = None
    timeout: float = TIMEOUT
    ascii: bool = False
    width: int | None = None
    lint: bool = False
    expected: Expected = NOTHING
    skip_empty: bool = False


def check(paths: Iterable[str], options: Options) -> int:
    """Prints what is found in the files, and returns the exit status."""
    target, encoding = target_of(options.output, options.width, options.ascii)
    style = Style(options.format, target, encoding, options.strict, options.quiet, options.verbose)
    totals = Totals()
    files = list(found(paths, options.skip_empty))
    pieces = _pieces(files, Asked(style, options.timeout, options.lint, options.expected), options.jobs)
    if options.format in PROSE and files:
        first = _with_a_report(pieces)
        if first is None:
            return 2
        pieces = first
    write_parts(document(pieces, style, totals), options.output, encoding)
    if totals.broken:
        return 2
    return 0 if totals.fine else 1


def watch(paths: list[str], options: Options) -> int:
    """Checks the files now and after every change to one of them, until it is interrupted."""
    from watchfiles import watch as changes

    there = [path for path in paths if path != STANDARD]
    if not there:
        raise CallError("no-file", "--watch needs a file or folder to look at")
    status: int | None = None
    seen: list[Stamp] | None = None
    while True:
        watched = _stamps(there)
        # Only from its first answer on is it sure to see what changes: what is checked before could change unseen.
        for changed in changes(*there, raise_interrupt=True, yield_on_timeout=True, rust_timeout=AWAITED):
            now = _stamps(there)
            if changed or now != seen:
                if status is not None:
                    sys.stdout.write(f"\n{time.strftime('%H:%M:%S')} checked again\n")
                seen, status = now, check(there, options)
            if [stamp[:2] for stamp in now] != [stamp[:2] for stamp in watched]:
                break  # of what is deleted and made again, as by an editor that saves, nothing more would be heard
        else:
            return status or 0
        while not all(map(os.path.exists, there)):
            time.sleep(AWAITED / 1000)


Stamp = tuple[int, int, int, int]
"""What tells a file or folder from others of its name, and when it changed."""


def _stamps(paths: list[str]) -> list[Stamp]:
    found = (os.stat(path) for path in paths if os.path.exists(path))
    return [(each.st_dev, each.st_ino, each.st_mtime_ns, each.st_size) for each in found]


def _with_a_report(pieces: Iterator[Piece]) -> Iterator[Piece] | None:
    """The pieces, if there is a report in any; if not, nothing was checked, and that is told on standard error."""
    held: list[Piece] = []
    for piece in pieces:
        held.append(piece)
        if piece.counts["files", ""]:
            return (each for several in (held, pieces) for each in several)
    write_complaint("\n".join(complaint for piece in held for complaint in piece.errors))
    return None


# --- checking -------------------------------------------------------------------------------------------------------------


def _pieces(files: list[str | DeriveError], asked: Asked, jobs: int | None) -> Iterator[Piece]:
    """What there is to print of each file."""
    work = partial(found_in, asked)
    count = min(jobs or (1 if len(files) <= FEW else os.cpu_count() or 1), len(files))
    if count <= 1 or STANDARD in files:
        if len(files) > FEW:
            gc.set_threshold(MANY_OBJECTS)  # what is left of one file is not to wait for the end of all
        yield from _shown(map(work, files), len(files))
        return
    with Workers(work, count) as workers:
        results = zip(files, workers.results(files), strict=True)
        told = (work(_lost(file, each)) if isinstance(each, Lost) else each for file, each in results)
        yield from _shown(told, len(files))


def _lost(file: str | DeriveError, result: Lost) -> DeriveError:
    """What is said of a file that was not checked to its end."""
    error = InternalError("D901", f"{file} was not checked to its end: {result.why}", "check it alone, or with more memory")
    error.file = str(file)
    return error


def _shown(results: Iterator[Piece], count: int) -> Iterator[Piece]:
    """The results, with a bar on the terminal once it takes long."""
    begun = time.monotonic()
    if count < 2 or sys.stderr is None or not sys.stderr.isatty():
        yield from results
        return
    for done, result in enumerate(results, 1):
        yield result
        if time.monotonic() - begun > PATIENCE:
            from rich.console import Console
            from rich.progress import Progress

            with Progress(console=Console(stderr=True), transient=True) as progress:
                task = progress.add_task("checking", total=count, completed=done)
                for late in results:
                    progress.advance(task)
                    yield late

"""`derive check PATH …`: the verdicts on derivations in files, folders, Markdown and standard input.

A file that cannot be read, or is not a derivation, is reported beside the others and does not stop them. Several files are
checked in as many processes as there is work for.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from derive.checking.checker import check as verdicts
from derive.checking.steps import TIMEOUT
from derive.checking.verdicts import Report
from derive.commands.complaint import complain_of
from derive.commands.output import write_output
from derive.errors import CallError
from derive.floor.errors import DeriveError
from derive.language.errors import SourceError
from derive.library import MARKDOWN, SUFFIX, parse_all, read_path
from derive.render.findings import Checked
from derive.render.target import Target

STANDARD_INPUT = "-"
PROSE = ("full", "concise")
FEW = 8
"""Up to so many files one process is quicker than several."""
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


def check(paths: Iterable[str], options: Options) -> int:
    """Prints what is found in the files, and returns the exit status."""
    files = list(dict.fromkeys(found(paths)))
    checked = [each for several in _checked(files, options) for each in several]
    if options.format in PROSE and not any(isinstance(each, Report) for each in checked):
        for error in checked:
            assert isinstance(error, DeriveError)
            complain_of(error)
        return 2
    checked = [each for error in checked for each in (error, *getattr(error, "more", ()))]
    write_output(partial(_rendered, checked, options), options.output, options.width, options.ascii)
    if any(isinstance(each, DeriveError) or each.is_astray for each in checked):
        return 2
    return 0 if all(_is_fine(each, options) for each in checked) else 1


def watch(paths: list[str], options: Options) -> int:
    """Checks the files now and after every change to one of them, until it is interrupted."""
    from watchfiles import watch as changes

    there = [path for path in paths if path != STANDARD_INPUT]
    if not there:
        raise CallError("no-file", "--watch needs a file or folder to look at")
    status = check(there, options)
    for _ in changes(*there, raise_interrupt=True):
        sys.stdout.write(f"\n{time.strftime('%H:%M:%S')} checked again\n")
        status = check(there, options)
    return status


def found(paths: Iterable[str]) -> Iterator[str]:
    """The files that the paths name, those in folders in order. Fails with `CallError` where there is none."""
    for path in paths:
        if path == STANDARD_INPUT or not Path(path).is_dir():
            yield path
            continue
        inside = sorted(_inside(path))
        if not inside:
            raise CallError("no-file", f"there is no derivation in the folder {path}", f"a derivation is a file NAME{SUFFIX}")
        yield from inside


def _inside(folder: str) -> Iterator[str]:
    def refuse(error: OSError) -> None:
        raise CallError("no-file", f"the folder {error.filename} cannot be read: {error.strerror}") from error

    for here, folders, files in os.walk(folder, onerror=refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            path = Path(here, name)
            if path.suffix == SUFFIX or (path.suffix.lower() in MARKDOWN and _has_block(path)):
                yield str(path)


def _has_block(path: Path) -> bool:
    """Whether a Markdown file in a folder holds a derivation at all: most do not, and are none of our business."""
    try:
        return "```derive" in path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False


# --- checking -------------------------------------------------------------------------------------------------------------


def _checked(files: list[str], options: Options) -> Iterator[list[Checked]]:
    work = partial(_check_file, timeout=options.timeout, record=options.format == "json")
    jobs = options.jobs or (1 if len(files) <= FEW else os.cpu_count() or 1)
    if jobs == 1 or len(files) == 1 or STANDARD_INPUT in files:
        yield from _shown(map(work, files), len(files))
        return
    from concurrent.futures import ProcessPoolExecutor  # a single file does not need it

    with ProcessPoolExecutor(min(jobs, len(files))) as pool:
        yield from _shown(pool.map(work, files, chunksize=max(1, len(files) // (4 * jobs))), len(files))


def _check_file(file: str, timeout: float, record: bool = False) -> list[Checked]:
    """The reports on the derivations of one file, or why there are none."""
    try:
        derivations = parse_all(_standard_input(), file) if file == STANDARD_INPUT else read_path(file)
    except SourceError as error:
        return [error, *_also(error, timeout)]
    except DeriveError as error:
        return [error]
    return [verdicts(derivation, timeout=timeout, diagnose=True, record=record) for derivation in derivations]


def _also(error: SourceError, timeout: float) -> Iterator[SourceError]:
    """The proofs that do not lead to their claims in a text in which some reasons are wrong: all errors are told at once."""
    for derivation in error.read:
        for theorem in verdicts(derivation, timeout=timeout).theorems:
            if theorem.is_astray:
                found = SourceError("D210", theorem.message or "", theorem.place, theorem.suggestion or "")
                found.file, found.text = derivation.file, derivation.text
                yield found


def _standard_input() -> str:
    try:
        return sys.stdin.buffer.read().decode() if sys.stdin is not None else ""
    except UnicodeDecodeError as error:
        raise CallError("not-text", "standard input is not text in UTF-8") from error


def _shown(results: Iterator[list[Checked]], count: int) -> Iterator[list[Checked]]:
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


def _is_fine(checked: Checked, options: Options) -> bool:
    if not isinstance(checked, Report):
        return False
    conditional = options.strict and any(t.verdict == "proved" and t.conditions for t in checked.theorems)
    return checked.expected and not conditional


# --- presenting -----------------------------------------------------------------------------------------------------------


def _rendered(checked: list[Checked], options: Options, target: Target) -> str:
    from derive.render import diagnostics
    from derive.render.json import printed, reports_json, summary

    if options.quiet:
        checked = [_without_warnings(each) for each in checked]
    reports = [each for each in checked if isinstance(each, Report)]
    unread = len({getattr(each, "file", "") or id(each) for each in checked if isinstance(each, DeriveError)})
    how = {"verbose": options.verbose, "strict": options.strict}
    match options.format:
        case "json":
            errors = [{"code": e.code, "message": e.message, "help": e.help} for e in checked if isinstance(e, DeriveError)]
            document = reports_json(reports) | ({"errors": errors} if errors else {})
            return printed(document, target.ascii)
        case "sarif":
            from derive.render.sarif import sarif

            return json.dumps(sarif(checked, **how), ensure_ascii=target.ascii, indent=2) + "\n"
        case "junit":
            from derive.render.junit import junit

            return junit(checked, strict=options.strict)
        case "github":
            from derive.render.github import github

            text = "".join(github(each, **how) for each in checked)
        case "concise":
            text = "".join(diagnostics.concise(each, **how) for each in checked)
        case _:
            pages = (
                diagnostics.full(each, color=target.color, width=target.width, ascii=target.ascii, **how) for each in checked
            )
            text = "\n".join(page for page in pages if page)
            text += "\n" if text else ""
    counts = summary(reports)
    counts["as_expected"] = all(_is_fine(each, options) for each in reports)
    if options.quiet:
        return text
    if options.format in PROSE and not (options.strict or options.verbose):
        remaining = "".join(line for report in reports for line in diagnostics.conditional(report))
        text += remaining + ("\n" if remaining and options.format == "full" else "")
    return f"{text}{diagnostics.summary_line(counts, unread)}\n"


def _without_warnings(checked: Checked) -> Checked:
    if not isinstance(checked, Report):
        return checked
    return replace(checked, derivation=replace(checked.derivation, warnings=()))

"""Filling in: each `?` replaced by what the rules of its step give, in a claim, for an expression or for reasons.

    = ?            by split(i = k)        = sum(y[i], i != k) + y[k]   by split(i = k)
    = 2*x          by ?                   = 2*x                        by power, variable

The result is read and checked again: what was filled in is proved as it stands there, or nothing is changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from derive.checking.checker import check
from derive.checking.fixes import applied, in_file
from derive.checking.steps import TIMEOUT
from derive.checking.verdicts import Report, StepResult, TheoremResult
from derive.language.derivation import Derivation, Place
from derive.language.errors import SourceError

Read = Callable[[str], list[Derivation]]


def fill(text: str, read: Read, *, timeout: float = TIMEOUT) -> tuple[str, tuple[SourceError, ...]]:
    """`text` with every `?` replaced that can be, and an error for each that cannot; `read` reads the derivations in it."""
    reports = [check(derivation, timeout=timeout) for derivation in read(text)]
    found = [fix for report in reports for fix in in_file(report) if fix.kind == "gap"]
    errors = [error for report in reports for error in _left_open(report)]
    filled = applied(text, found)
    if found:
        again = [check(derivation, timeout=timeout) for derivation in read(filled)]
        proved = [_verdicts(report) for report in again]
        for before, report, after in zip(map(_verdicts, reports), reports, proved, strict=True):
            lost = next((place for (place, was), now in zip(before, after, strict=True) if was and not now), None)
            if lost is not None:
                message = "what was found could not be checked again as it would stand here"
                return text, (*errors, _error(report, "D203", message, lost))
    return filled, tuple(errors)


def _results(report: Report) -> Iterator[tuple[Place, bool, StepResult | TheoremResult]]:
    """Every claim and step that is written, with its place, and whether something is asked for in it."""
    for theorem in report.theorems:
        statement = theorem.statement
        yield statement.asked or statement.place, statement.asked is not None, theorem
        for step, result in theorem.written_steps:
            yield step.gap.place if step.gap else step.place, step.right is None or step.gap is not None, result


def _verdicts(report: Report) -> list[tuple[Place, bool]]:
    return [(place, result.verdict == "proved") for place, _, result in _results(report)]


def _left_open(report: Report) -> Iterator[SourceError]:
    for place, asks, result in _results(report):
        if asks and result.verdict != "proved":
            yield _error(report, result.code or "D203", result.message or "this could not be computed", place)


def _error(report: Report, code: str, message: str, place: Place) -> SourceError:
    error = SourceError(code, message, place, "name other or fewer rules, or write the expression")
    error.file, error.text = report.derivation.file, report.derivation.text
    return error

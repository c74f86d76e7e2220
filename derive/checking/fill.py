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
    while found:
        filled = applied(text, found)
        lost = _lost(reports, [check(derivation, timeout=timeout) for derivation in read(filled)])
        kept = [fix for fix in found if not any(starts <= fix.start < ends for starts, ends, _ in lost)]
        if not lost:
            return filled, tuple(errors)
        if len(kept) == len(found):
            return text, (*errors, *(error for _, _, error in lost))
        errors += [error for _, _, error in lost]
        found = kept
    return text, tuple(errors)


def _lost(reports: list[Report], again: list[Report]) -> list[tuple[int, int, SourceError]]:
    """Where a ? was answered, from where to where in the file, and what stands there now is not proved."""
    found = []
    for report, after in zip(reports, again, strict=True):
        offset = report.derivation.offset
        for (place, asks, was), (_, _, now) in zip(_results(report), _results(after), strict=True):
            if asks and was.verdict == "proved" != now.verdict:
                error = _error(report, "D203", "what was found could not be checked again as it would stand here", place)
                found.append((place.start + offset, place.end + offset, error))
    return found


def _results(report: Report) -> Iterator[tuple[Place, bool, StepResult | TheoremResult]]:
    """Every claim and step that is written, with its place, and whether something is asked for in it."""
    for theorem in report.theorems:
        statement = theorem.statement
        yield statement.asked or statement.place, statement.asked is not None, theorem
        for step, result in theorem.written_steps:
            yield step.gap.place if step.gap else step.place, step.right is None or step.gap is not None, result


def _left_open(report: Report) -> Iterator[SourceError]:
    for place, asks, result in _results(report):
        if asks and result.verdict != "proved":
            yield _error(report, result.code or "D203", result.message or "this could not be computed", place)


def _error(report: Report, code: str, message: str, place: Place) -> SourceError:
    error = SourceError(code, message, place, "name other or fewer rules, or write the expression")
    error.file, error.text = report.derivation.file, report.derivation.text
    return error

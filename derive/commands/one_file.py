"""What there is to say about one file, as it is printed: whatever happens in it is told of it, and of no other.

    found_in(asked, "a.derive")     its verdicts, or why there are none; an error of derive's own too
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

from derive.checking.checker import Cited
from derive.checking.checker import check as verdicts
from derive.checking.expectations import expecting
from derive.checking.verdicts import Report
from derive.commands.complaint import fault
from derive.commands.config import NOTHING, Expected
from derive.commands.files import STANDARD, called, derivation_source
from derive.errors import DeriveError
from derive.language.derivation import Derivation
from derive.language.errors import SourceError
from derive.library import parse_each, read_each
from derive.limits import FILE, PRINTING, READING, allowed, of_length
from derive.render.findings import Checked
from derive.render.streamed import Piece, Style, piece_of


@dataclass(frozen=True)
class Asked:
    """What is asked about a file: how long a step may take, how the answer is written, whether hints are wanted, and which
    verdicts somebody else than the author expects.
    """

    style: Style
    timeout: float
    lint: bool = False
    expected: Expected = NOTHING


def found_in(asked: Asked, path: str | DeriveError) -> Piece:
    """What there is to say about the file of that name, or of standard input for `-`; or about an error in its place."""
    if isinstance(path, DeriveError):
        return piece_of([path], asked.style)
    checked = [_placed(each, path) for each in _checked(path, asked)]
    try:
        with allowed(PRINTING, asked.timeout):
            return piece_of(checked, asked.style)
    except Exception as error:
        if len(checked) < 2:
            return piece_of([_placed(fault(error, called(path)), path)], asked.style)
    # What cannot be written down does not take the others of its file.
    return piece_of([_writable(each, path, asked) for each in checked], asked.style)


def _writable(checked: Checked, path: str, asked: Asked) -> Checked:
    """The report, if it can be written down; else why not."""
    try:
        with allowed(PRINTING, asked.timeout):
            piece_of([checked], asked.style)
    except Exception as error:
        return _placed(fault(error, called(path)), path)
    return checked


def _placed(checked: Checked, path: str) -> Checked:
    if isinstance(checked, DeriveError) and not checked.file:
        checked.file = "" if path == STANDARD else path
    return checked


def _checked(path: str, asked: Asked) -> list[Checked]:
    """The reports on what a file holds, one for each derivation, or why there are none."""
    found: list[Checked] = []
    try:
        text = derivation_source(path)
        with allowed(FILE), allowed(of_length(text)):
            for each in _judged(path, text, asked):
                found.append(each)
    except DeriveError as error:
        found.append(error)
    except Exception as error:
        found.append(fault(error, called(path)))
    return [*map(partial(_without_hints, _taken(found)), found), *_missing(found, path, asked)]


def _taken(found: list[Checked]) -> frozenset[str]:
    """The names that a block of a document takes from those above it."""
    return frozenset[str]().union(*(each.derivation.taken for each in found if isinstance(each, Report)))


def _without_hints(taken: frozenset[str], checked: Checked) -> Checked:
    """What was found, without the hint that a name is not used where it is used below."""
    if not isinstance(checked, Report) or not checked.hints or not taken:
        return checked
    text = checked.derivation.text
    hints = (hint for hint in checked.hints if hint.code != "D251" or text[hint.place.start : hint.place.end] not in taken)
    return replace(checked, hints=tuple(hints))


def _missing(found: list[Checked], path: str, asked: Asked) -> Iterator[DeriveError]:
    """The mistakes where a verdict is expected of a theorem that is not in the file, if all of that could be read."""
    if path != STANDARD and all(isinstance(each, Report) for each in found):
        statements = (each.derivation.statements for each in found if isinstance(each, Report))
        yield from asked.expected.missing(path, (statement.name for several in statements for statement in several))


def _judged(path: str, text: str, asked: Asked) -> Iterator[Checked]:
    """What is found in the text of a file, one derivation after another."""
    cited = Cited()
    for read in texts_of(path, text, asked.timeout):
        if isinstance(read, Derivation):
            yield report_on(read, path, asked, cited)
        else:
            yield from (read, *read.more, *_astray(read, path, asked, cited))


def texts_of(path: str, text: str, timeout: float) -> Iterator[Derivation | SourceError]:
    """The derivations in the text of a file, one after another, or what is wrong with each. Fails with `DeriveError`."""
    texts = parse_each(text, path) if path == STANDARD else read_each(path, text)
    try:
        while True:
            with allowed(READING, timeout):
                read = next(texts, None)
            if read is None:
                return
            yield read
    except SourceError as error:
        yield error


def report_on(derivation: Derivation, path: str, asked: Asked, cited: Cited) -> Checked:
    """The report on one derivation."""
    try:
        record = asked.style.format == "json"
        found = verdicts(derivation, timeout=asked.timeout, diagnose=True, record=record, lint=asked.lint, cited=cited)
    except DeriveError as error:
        return error
    except Exception as error:
        return fault(error, called(path))
    if path != STANDARD:
        found = expecting(found, asked.expected.verdicts(path))
    return replace(found, derivation=replace(derivation, warnings=())) if asked.style.quiet else found


def _astray(error: SourceError, path: str, asked: Asked, cited: Cited) -> Iterator[SourceError]:
    """The proofs that do not lead to their claims in a text in which some reasons are wrong: all errors are told at once."""
    for derivation in error.read:
        report = report_on(derivation, path, asked, cited)
        for theorem in report.theorems if isinstance(report, Report) else ():
            if theorem.is_astray:
                found = SourceError("D210", theorem.message or "", theorem.place, theorem.suggestion or "")
                found.file, found.text = derivation.file, derivation.text
                yield found

"""Documents on many files, written piece by piece: what is printed of one file is let go before the next.

    piece_of(checked, style)      what there is to print of one file, and what is counted: made where it was checked
    document(pieces, style)       the document in parts: a head, the pieces with what stands between them, a tail
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from derive.checking.verdicts import Report
from derive.errors import DeriveError
from derive.render import diagnostics, json
from derive.render.complaint import complaint_of
from derive.render.findings import Checked, findings
from derive.render.github import github
from derive.render.target import Target, encodable

PROSE = ("full", "concise")
COUNTED = ("theorems", "steps")


@dataclass(frozen=True)
class Style:
    """How a document is written: its format, where it goes and in which letters, and which findings are told."""

    format: str
    target: Target
    encoding: str = "utf-8"
    strict: bool = False
    quiet: bool = False
    verbose: bool = False

    @property
    def told(self) -> dict[str, bool]:
        """Which findings are told."""
        return {"verbose": self.verbose, "strict": self.strict}


class Piece(NamedTuple):
    """What is to be printed of one file, and what is counted. No term and no proof is left in it.

    `codes` are those of its findings, where rules are listed; `errors` are what could not be read, as objects of JSON or as
    complaints; `left_open` says of what is proved wherever its sides have a value.
    """

    text: str
    errors: tuple[str, ...]
    left_open: str
    counts: dict[tuple[str, str], int]
    codes: frozenset[str]
    fine: bool
    broken: bool


class Totals:
    """What the pieces of a document come to."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()
        self.codes: set[str] = set()
        self.unread = 0
        self.fine = True
        self.broken = False
        self.left_open: list[str] = []
        self.errors: list[str] = []

    def add(self, piece: Piece) -> None:
        """Counts one more."""
        self.counts.update(piece.counts)
        self.codes |= piece.codes
        self.unread += bool(piece.errors)
        self.errors += piece.errors
        self.fine &= piece.fine
        self.broken |= piece.broken
        if piece.left_open:
            self.left_open.append(piece.left_open)

    @property
    def summary(self) -> dict[str, Any]:
        """The counts, as `json.summary` has them."""
        theorems, steps = ({name: self.counts[what, name] for name in ("total", *json.VERDICTS)} for what in COUNTED)
        files = {"files": self.counts["files", ""], "unread": self.unread}
        return {**files, "theorems": theorems, "steps": steps, "as_expected": self.fine and not self.broken}


def is_fine(checked: Checked, strict: bool) -> bool:
    """Whether all came out as its author expects."""
    if not isinstance(checked, Report):
        return False
    conditional = strict and any(t.verdict == "proved" and t.conditions for t in checked.theorems)
    return checked.expected and not conditional


def piece_of(checked: list[Checked], style: Style) -> Piece:
    """What there is to print of what one file holds."""
    text = _format(style.format).piece(checked, style)
    if not encodable(text, style.encoding) and not style.target.ascii:
        style = replace(style, target=replace(style.target, ascii=True))
        text = _format(style.format).piece(checked, style)
    reports = [each for each in checked if isinstance(each, Report)]
    errors = tuple(each for each in checked if isinstance(each, DeriveError))
    counts = json.summary(reports)
    says_what_is_open = style.format in PROSE and not (style.strict or style.verbose or style.quiet)
    return Piece(
        text,
        tuple(_error(each, style) for each in errors),
        "".join(line for report in reports for line in diagnostics.conditional(report)) if says_what_is_open else "",
        {("files", ""): counts["files"]} | {(what, name): n for what in COUNTED for name, n in counts[what].items()},
        frozenset(finding.code for each in checked for finding in findings(each, **style.told))
        if style.format == "sarif"
        else frozenset(),
        all(is_fine(report, style.strict) for report in reports),
        bool(errors) or any(report.is_astray for report in reports),
    )


def document(pieces: Iterable[Piece], style: Style, totals: Totals) -> Iterator[str]:
    """The document on all of them, in parts; `totals` is what they come to when it is done."""
    form = _format(style.format)
    yield form.head
    before = form.first
    for piece in pieces:
        totals.add(piece)
        if piece.text:
            yield before + piece.text
            before = form.between
    yield form.tail(totals, style, before is not form.first)


# --- the formats ----------------------------------------------------------------------------------------------------------


class _Format(NamedTuple):
    """How a document begins, what stands before its first piece and between two, and how it ends: after pieces, or none."""

    piece: Callable[[list[Checked], Style], str]
    tail: Callable[[Totals, Style, bool], str]
    head: str = ""
    first: str = ""
    between: str = ""


def _full(checked: list[Checked], style: Style) -> str:
    to = style.target
    pages = (diagnostics.full(each, color=to.color, width=to.width, ascii=to.ascii, **style.told) for each in checked)
    return "\n".join(page for page in pages if page)


def _concise(checked: list[Checked], style: Style) -> str:
    return "".join(diagnostics.concise(each, **style.told) for each in checked)


def _github(checked: list[Checked], style: Style) -> str:
    return "".join(github(each, **style.told) for each in checked)


def _counted(totals: Totals, style: Style, after: bool) -> str:
    if style.quiet:
        return ""
    apart = "\n" if style.format == "full" else ""
    left_open = "".join(totals.left_open)
    before = (apart if after else "") + left_open + (apart if left_open else "")
    return f"{before}{diagnostics.summary_line(totals.summary, totals.unread)}\n"


def _json(checked: list[Checked], style: Style) -> str:
    found = [json.report_json(each) for each in checked if isinstance(each, Report)]
    found += [json.unread_json(file) for file in dict.fromkeys(each.file for each in checked if isinstance(each, DeriveError))]
    return ",\n    ".join(json.printed_within(each, 2, style.target.ascii) for each in found)


def _json_tail(totals: Totals, style: Style, after: bool) -> str:
    found = "\n  ]" if after else "]"
    errors = ",\n    ".join(totals.errors)
    told = f',\n  "errors": [\n    {errors}\n  ]' if errors else ""
    return f'{found},\n  "summary": {json.printed_within(totals.summary, 1, style.target.ascii)}{told}\n}}\n'


def _error(error: DeriveError, style: Style) -> str:
    if style.format != "json":
        return complaint_of(error)
    return json.printed_within(json.error_json(error), 2, style.target.ascii)


def _format(name: str) -> _Format:
    match name:
        case "full":
            return _Format(_full, _counted, between="\n")
        case "concise":
            return _Format(_concise, _counted)
        case "github":
            return _Format(_github, _counted)
        case "json":
            head = f'{{\n  "version": {json.VERSION},\n  "derivations": ['
            return _Format(_json, _json_tail, head, "\n    ", ",\n    ")
        case "sarif":
            return _sarif_format()
        case "junit":
            from derive.render import junit

            return _Format(
                lambda checked, style: junit.suites(checked, strict=style.strict), lambda *_: junit.TAIL, junit.HEAD
            )
    raise ValueError(f"there is no format {name}")


def _sarif_format() -> _Format:
    from derive.render import sarif

    def piece(checked: list[Checked], style: Style) -> str:
        found = [result for each in checked for result in sarif.results(each, **style.told)]
        return ",\n        ".join(json.printed_within(result, 4, style.target.ascii) for result in found)

    def tail(totals: Totals, style: Style, after: bool) -> str:
        tool = json.printed_within(sarif.tool(totals.codes), 3, style.target.ascii)
        end = "\n      ]" if after else "]"
        return f'{end},\n      "tool": {tool}\n    }}\n  ]\n}}\n'

    head = f'{{\n  "$schema": "{sarif.SCHEMA}",\n  "version": "2.1.0",\n  "runs": [\n    {{\n'
    head += '      "columnKind": "unicodeCodePoints",\n      "results": ['
    return _Format(piece, tail, head, "\n        ", ",\n        ")

"""Findings as workflow commands of GitHub Actions, which shows them beside the lines of a pull request.

    ::error file=a.derive,line=3,endLine=3,col=7,endColumn=20,title=error[D202]::the two sides differ%0Ahelp: …
"""

from __future__ import annotations

from collections.abc import Iterator

from derive.render.findings import Checked, Finding, findings, parts
from derive.render.layout import visible

_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def github(checked: Checked, *, verbose: bool = False, strict: bool = False) -> str:
    """One line for each finding."""
    return "".join(map(_command, findings(checked, verbose=verbose, strict=strict)))


def _command(finding: Finding) -> str:
    properties = ",".join(f"{name}={_escaped(value, ':,')}" for name, value in _properties(finding))
    message = "\n".join([finding.told, *(f"{label}: {text}" for label, text in parts(finding))])
    return f"::{_COMMANDS[finding.severity]} {properties}::{_escaped(message)}\n"


def _properties(finding: Finding) -> Iterator[tuple[str, str]]:
    if finding.file:
        yield "file", visible(finding.path)
    if finding.region.line:
        first, last = finding.place, finding.end
        yield "line", str(first.line)
        yield "endLine", str(last.line)
        # Columns mean something on one line only.
        if first.line == last.line:
            yield "col", str(first.column)
            yield "endColumn", str(max(last.column, first.column + 1))
    yield "title", finding.kind


def _escaped(text: str, more: str = "") -> str:
    for char in "%\r\n" + more:
        text = text.replace(char, f"%{ord(char):02X}")
    return text

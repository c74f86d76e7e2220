"""Findings in SARIF 2.1.0, the format in which code scanners exchange results.

Each code is a rule with its page as its help; each finding is a result with its place and the name of its rule.
The document is that of the standard:
https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import PurePath
from typing import Any
from urllib.parse import quote_from_bytes

from derive import __version__
from derive.checking.fixes import Fix
from derive.checking.verdicts import Report
from derive.language.derivation import Place
from derive.render.findings import Checked, Finding, filled, findings, part_of, parts
from derive.render.pages import Page, page

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def results(checked: Checked, *, verbose: bool = False, strict: bool = False) -> list[dict[str, Any]]:
    """A result for each finding, and for each ? what it is."""
    asked = filled(checked) if isinstance(checked, Report) else ()
    return [_result(finding) for finding in (*findings(checked, verbose=verbose, strict=strict), *asked)]


def tool(codes: Iterable[str]) -> dict[str, Any]:
    """The tool, with a rule for each of the codes."""
    pages = [known for code in sorted(codes) if (known := page(code)) is not None]
    driver = {
        "name": "derive",
        "version": __version__,
        "semanticVersion": __version__,
        "rules": [_rule(known) for known in pages],
    }
    return {"driver": driver}


def _rule(known: Page) -> dict[str, Any]:
    text, markdown = known.explanation, known.explanation
    for label, example in known.examples:
        text += f"\n\n{label}:\n{example}"
        markdown += f"\n\n{label}:\n\n```derive\n{example}\n```"
    return {
        "id": known.code,
        "shortDescription": {"text": known.title},
        "fullDescription": {"text": known.explanation},
        "help": {"text": text, "markdown": markdown},
        "defaultConfiguration": {"level": "error"},
    }


def _result(finding: Finding) -> dict[str, Any]:
    message = "\n".join([finding.told, *(f"{label}: {text}" for label, text in parts(finding))])
    result: dict[str, Any] = {"level": finding.severity, "message": {"text": message}}
    if page(finding.code) is not None:
        result = {"ruleId": finding.code, **result}
    if finding.file:
        result["locations"] = [{"physicalLocation": _location(finding)}]
        if finding.fix is not None and finding.region.line:
            result["fixes"] = [_fix(finding, finding.fix)]
    return result


def _fix(finding: Finding, fix: Fix) -> dict[str, Any]:
    place = part_of(finding.place, finding.text, fix.start, fix.end)
    change = {"deletedRegion": _region(place, finding.text), "insertedContent": {"text": fix.text}}
    return {
        "description": {"text": finding.help or f"write {fix.text}"},
        "artifactChanges": [{"artifactLocation": _file(finding), "replacements": [change]}],
    }


def _file(finding: Finding) -> dict[str, Any]:
    path = PurePath(finding.path)
    # A name need not be text: its bytes are what is written.
    return {"uri": path.as_uri() if path.is_absolute() else quote_from_bytes(os.fsencode(path.as_posix()))}


def _region(place: Place, text: str) -> dict[str, Any]:
    last = part_of(place, text, place.end, place.end)
    return {"startLine": place.line, "startColumn": place.column, "endLine": last.line, "endColumn": last.column}


def _location(finding: Finding) -> dict[str, Any]:
    location: dict[str, Any] = {"artifactLocation": _file(finding)}
    if finding.region.line:
        location["region"] = _region(finding.region, finding.text)
    return location

"""`derive check PATH …`: the verdicts on derivations in files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from derive.checker import check as verdicts
from derive.commands.output import Paper, deliver
from derive.derivation import Derivation
from derive.library import read_path
from derive.render.json import reports_json, summary
from derive.render.text import report_text
from derive.verdicts import Report


def check(paths: Iterable[str], format: str, output: str | None, ascii: bool, width: int | None) -> int:
    """Prints the verdicts on all derivations in the files, and returns the exit status."""
    reports = [verdicts(derivation) for derivation in list(derivations(paths))]

    def render(paper: Paper) -> str:
        if format == "json":
            return json.dumps(reports_json(reports), ensure_ascii=paper.ascii, indent=2) + "\n"
        pages = [report_text(report, paper.width, paper.ascii, paper.color) for report in reports]
        return "\n\n".join([*pages, f"{totals(reports)}\n"])

    deliver(render, output, width, ascii)
    return 0 if all(report.expected for report in reports) else 1


def derivations(paths: Iterable[str]) -> Iterator[Derivation]:
    """The derivations in the files, in their order."""
    for path in paths:
        yield from read_path(path)


def totals(reports: list[Report]) -> str:
    """The last line: how much was checked, and with what result."""
    found = summary(reports)
    parts = [_count(found[what], what) for what in ("files", "theorems", "steps")]
    verdicts = [f"{found[verdict]} {verdict}" for verdict in ("proved", "refuted", "unjustified", "unknown") if found[verdict]]
    end = "all as expected" if found["as_expected"] else "not as expected"
    return f"{', '.join(parts)}: {', '.join(verdicts)}; {end}" if verdicts else f"{', '.join(parts)}; {end}"


def _count(number: int, what: str) -> str:
    return f"1 {what.removesuffix('s')}" if number == 1 else f"{number} {what}"

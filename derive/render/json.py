"""Reports as data for JSON. Terms are in the proof language, so they can be read back; the keys are a promise to programs,
which `check.schema.json` writes down.

Under `proof` stands what `derive replay` goes through: see `proofs.record`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from derive.checking.verdicts import Report, StepResult, TheoremResult, Verdict
from derive.engine.measure import size
from derive.errors import DeriveError
from derive.floor.theory import Theory
from derive.language import write_term
from derive.language.conditions import write_condition
from derive.language.documents import parted
from derive.language.errors import SourceError
from derive.limits import LARGEST_TRACED
from derive.numbers.counterexample import Counterexample
from derive.proofs.record import Rows
from derive.render.findings import part_of
from derive.render.latex import report_latex

VERSION = 2
VERDICTS: tuple[Verdict, ...] = ("proved", "refuted", "unjustified", "unknown")
_UNSEEN = re.compile(r"[\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""What a terminal would obey, or no encoding has: it can stand in strings only, where it can be written by its number."""


def schema() -> str:
    """The schema of what is written here: https://json-schema.org/draft/2020-12."""
    return (Path(__file__).parent / "check.schema.json").read_text(encoding="utf-8")


def report_json(report: Report, numeric: object = None, latex: bool = False, trace: bool = True) -> dict[str, Any]:
    """One derivation; `numeric` is added as it is given, `latex` asks for LaTeX as well, `trace` for what each rule did."""
    found: dict[str, Any] = {
        "file": report.derivation.file,
        "title": report.derivation.title,
        "verdict": report.verdict,
        "expected": report.expected,
        "theorems": [_theorem(theorem, trace) for theorem in report.theorems],
    }
    if report.proof is not None:
        found["proof"] = report.proof
    if numeric is not None:
        found["numeric"] = numeric
    if latex:
        found["latex"] = report_latex(report)
    return found


def printed(document: Mapping[str, Any], ascii: bool = False) -> str:
    """A document as text: indented, but for the tables of a proof, which have a line for each row."""
    return f"{printed_within(document, 0, ascii)}\n"


def printed_within(value: Any, depth: int, ascii: bool = False) -> str:
    """The same for a part of a document, without the end of its line: `depth` is how many others stand around it."""
    encode = json.JSONEncoder(ensure_ascii=ascii).encode
    text = "".join(_printed(value, encode, "\n" + "  " * depth))
    return text if ascii else _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _printed(value: Any, encode: Callable[[Any], str], newline: str) -> Iterator[str]:
    inside = newline + "  "
    if isinstance(value, Mapping) and value:
        for number, (key, item) in enumerate(value.items()):
            yield f"{',' if number else '{'}{inside}{encode(key)}: "
            yield from _printed(item, encode, inside)
        yield newline + "}"
    elif isinstance(value, Rows) and value:
        yield f"[{inside}{f',{inside}'.join(map(encode, value))}{newline}]"
    elif isinstance(value, list) and value:
        for number, item in enumerate(value):
            yield f"{',' if number else '['}{inside}"
            yield from _printed(item, encode, inside)
        yield newline + "]"
    else:
        yield encode(value)


def reports_json(reports: Iterable[Report], latex: bool = False) -> dict[str, Any]:
    """The whole document: every derivation, and the counts; `latex` asks for each in LaTeX as well."""
    reports = list(reports)
    found = [report_json(report, latex=latex) for report in reports]
    return {"version": VERSION, "derivations": found, "summary": summary(reports)}


def summary(reports: Iterable[Report]) -> dict[str, Any]:
    """How many files, theorems and steps there are, and how many theorems and steps got each verdict."""
    reports = list(reports)
    theorems = [theorem for report in reports for theorem in report.theorems]
    return {
        "files": len({parted(report.derivation.file)[0] or id(report) for report in reports}),
        "theorems": _counts([theorem.verdict for theorem in theorems]),
        "steps": _counts([step.verdict for theorem in theorems for step in theorem.steps]),
        "as_expected": all(report.expected for report in reports),
    }


def _counts(verdicts: list[Verdict]) -> dict[str, int]:
    return {"total": len(verdicts), **{verdict: verdicts.count(verdict) for verdict in VERDICTS}}


def unread_json(file: str) -> dict[str, Any]:
    """The entry of a file, or of a block of one, that could not be read: why, stands among the errors."""
    return {"file": file, "title": "", "verdict": "error", "expected": False, "theorems": []}


def _theorem(theorem: TheoremResult, trace: bool) -> dict[str, Any]:
    theory = theorem.statement.theory
    found: dict[str, Any] = {
        "name": theorem.statement.name,
        "line": theorem.statement.place.line,
        "left": write_term(theorem.left, theory),
        "right": write_term(theorem.right, theory),
        "verdict": theorem.verdict,
        "expected": theorem.expected,
        "conditions": [write_condition(condition, theory) for condition in theorem.conditions],
        "steps": [_step(step, theory, trace) for step in theorem.steps],
    }
    if theorem.code is not None or theorem.message is not None or theorem.counterexample is not None:
        found |= {
            "code": theorem.code,
            "message": theorem.message,
            "suggestion": theorem.suggestion,
            "remarks": list(theorem.remarks),
            "counterexample": _counterexample(theorem.counterexample),
        }
    return found


def _step(step: StepResult, theory: Theory, trace: bool) -> dict[str, Any]:
    found = {
        "line": step.place.line,
        "column": step.place.column,
        "left": write_term(step.left, theory),
        "right": write_term(step.right, theory),
        "by": list(step.by),
        "rules": list(step.rules),
        "verdict": step.verdict,
        "expected": step.expected,
        "conditions": [write_condition(condition, theory) for condition in step.conditions],
        "code": step.code,
        "message": step.message,
        "suggestion": step.suggestion,
        "remarks": list(step.remarks),
        "counterexample": _counterexample(step.counterexample),
    }
    if trace:
        found["trace"] = [
            {"rule": applied.rule, "left": write_term(applied.left, theory), "right": write_term(applied.right, theory)}
            for applied in step.trace
            if size(applied.left) + size(applied.right) <= LARGEST_TRACED
        ]
    return found


def error_json(error: DeriveError) -> dict[str, Any]:
    """What is wrong with a text or a call, with its place where it has one."""
    told: dict[str, Any] = {"code": error.code, "message": error.message, "help": error.help, "file": error.file}
    if isinstance(error, SourceError):
        last = part_of(error.place, error.text, error.place.end, error.place.end)
        told |= {"line": error.place.line, "column": error.place.column, "end_line": last.line, "end_column": last.column}
    return told


def _counterexample(example: Counterexample | None) -> dict[str, Any] | None:
    if example is None:
        return None
    return {
        "sizes": example.sizes,
        "indices": example.indices,
        "values": example.values,
        "left": example.left,
        "right": example.right,
    }

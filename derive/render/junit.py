"""Findings as JUnit XML, which most continuous integration shows: a suite for each file, a case for each theorem and step.

It has nothing that the schema of Jenkins does not have, such as a line for a case: where that stands, its class and its
failure say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import groupby
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from derive.render.findings import Case, Checked, cases, parts
from derive.render.layout import one_line

# What XML cannot hold, however it is written, and what a terminal would obey.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="derive">\n'
TAIL = "</testsuites>\n"


def suites(checked: Iterable[Checked], *, strict: bool = False) -> str:
    """The suite of each file, as it stands between `HEAD` and `TAIL`."""
    found = [case for each in checked for case in cases(each, strict=strict)]
    written = []
    for file, group in groupby(found, key=lambda case: case.file):
        suite = Element("testsuite", name=_text(file or "derive"))
        for case in group:
            _case(suite, case)
        _count(suite)
        indent(suite, level=1)
        written.append(f"  {tostring(suite, encoding='unicode').rstrip()}\n")
    return "".join(written)


def _case(suite: Element, case: Case) -> None:
    errors = [finding for finding in case.findings if finding.severity == "error"]
    if case.kind == "derivation" and not errors:
        return
    name = {"theorem": case.theorem, "step": f"{case.theorem}, line {case.line}", "derivation": "the whole"}[case.kind]
    element = SubElement(suite, "testcase", name=_text(name), classname=_text(case.file or "derive"))
    for finding in errors:
        # What could not be read was not judged: that is an error and not a failure.
        failure = SubElement(element, "failure" if case.kind != "derivation" else "error")
        failure.set("type", finding.code)
        failure.set("message", _text(finding.message))
        lines = [one_line(finding.where), finding.message, *(f"{label}: {text}" for label, text in parts(finding))]
        failure.text = _text("\n".join(filter(None, lines)))


def _count(element: Element) -> None:
    """Writes how many cases, failures and errors there are inside."""
    every = list(element.iter("testcase"))
    failed = sum(case.find("failure") is not None for case in every)
    broken = sum(case.find("error") is not None for case in every)
    element.set("tests", str(len(every)))
    element.set("failures", str(failed))
    element.set("errors", str(broken))


def _text(text: str) -> str:
    return _FORBIDDEN.sub("�", text)

"""How findings are written down: golden files for every format, of one report that has all kinds of them."""

from __future__ import annotations

import json
import os
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from derive.checking.checker import check
from derive.checking.verdicts import ChainResult, Problem, Report, StepResult, TheoremResult
from derive.errors import CallError
from derive.floor.conditions import Condition
from derive.floor.terms import Comparison
from derive.language import read, read_comparison
from derive.language.derivation import Derivation, Place
from derive.language.errors import SourceError
from derive.language.lexer import Source
from derive.numbers.counterexample import Counterexample
from derive.render.diagnostics import concise, full, summary_line
from derive.render.findings import Checked, findings, located
from derive.render.github import github
from derive.render.json import summary
from derive.render.pages import every_page, page
from derive.render.streamed import Style, Totals, document, piece_of
from derive.render.target import Target
from supposing import shown_as, supposed

CASES = Path(__file__).parent / "cases" / "diagnostics"
TEXT = (CASES / "net.derive").read_text(encoding="utf-8")
EXAMPLE = Counterexample({"n": 3}, {"i": 1}, {"s[1]": "0", "s[2]": "0", "s[3]": "0", "c[2]": "1"}, "1/2", "1/3")


def condition(text: str, derivation: Derivation) -> Condition:
    claim = read_comparison(text, derivation.theory)
    assert isinstance(claim, Comparison)
    return Condition(claim)


def report(text: str, steps: dict[int, dict[str, Any]], claims: dict[str, dict[str, Any]], *problems: Problem) -> Report:
    """A report on `text` in which all is proved, but for the steps in the lines given, and the theorems of the names given."""
    derivation = read(text, "net", "papers/net.derive")
    theorems = []
    for statement in derivation.statements:
        chains = []
        for chain in statement.proof or ():
            left, results = chain.start, []
            for step in chain.steps:
                by = tuple(reason.name or f'"{reason.text}"' for reason in step.reasons)
                right = step.right or left
                proof = supposed(left, right, statement.theory)
                shown = shown_as(proof, statement, chain.conditions)
                result = StepResult(left, right, by, by, "proved", step.expect, place=step.place, proof=proof, general=shown)
                results.append(replace(result, **steps.get(step.place.line, {})))
                left = results[-1].right
            chains.append(ChainResult(chain.conditions, chain.start, tuple(results)))
        left, right = statement.sides[0], statement.sides[-1]
        proof = supposed(left, right, statement.theory)
        said = claims.get(statement.name, {})
        conditions = said.get("conditions", ())
        shown = shown_as(proof, statement, conditions=conditions)
        theorem = TheoremResult(statement, left, right, "proved", tuple(chains), conditions, proof=proof, general=shown)
        theorems.append(replace(theorem, **said))
    return Report(derivation, tuple(theorems), problems)


def checked() -> list[Checked]:
    derivation = read(TEXT)
    refuted = {"verdict": "refuted", "code": "D202", "message": "the two sides differ", "counterexample": EXAMPLE}
    only_one = "the chain rule goes through p[i] only, but E depends on every p[k]: the terms with k != i are missing"
    steps = {
        12: refuted | {"code": "D216", "message": only_one, "suggestion": "sum(diff(E, p[k])*diff(p[k], s[i]), k)"},
        13: refuted,
        19: {
            "verdict": "unjustified",
            "code": "D201",
            "message": "true, but not by cancel, sum",
            "suggestion": "distribute, cancel",
            "rules": ("distribute", "cancel"),
            "conditions": (condition("x != 0", derivation),),
        },
        21: {"verdict": "refuted", "code": "D211", "message": "the sign of 2*x*变量 is wrong", "part": "2*x*变量"},
        22: {"verdict": "unknown", "code": "D205", "message": "the rules named change nothing here"},
        23: {
            "verdict": "unknown",
            "code": "D206",
            "message": "the step cites through-one, which is not proved",
            "part": "through-one",
        },
    }
    claims = {
        "through-one": refuted | {"message": "the claim is false"},
        "square": {"verdict": "unknown", "code": "D203", "message": "neither proved nor refuted"},
        "as-expected": refuted,
        "false-claim": refuted | {"message": "the claim is false", "part": "2*σ", "suggestion": "x + σ"},
        "conditional": {"conditions": (condition("x != 0", derivation),)},
    }
    problem = Problem("D207", "no values meet these assumptions: c[i] > 0, c[i] = -1")
    found = report(TEXT, steps, claims, problem)
    bound = Source(TEXT).place(TEXT.index(", j)") + 2, TEXT.index(", j)") + 3)
    warning = (bound, "the j bound by this sum hides nothing, really")
    found = replace(found, derivation=replace(found.derivation, warnings=(warning,)))
    try:
        read("variable x\n  theorem t:\tx +", "b", "b,1:2%.derive")
    except SourceError as mistake:
        unread = mistake
    return [found, unread, CallError("no-file", "there is no file c.derive", "name another")]


def written(format: str, found: Iterable[Checked], **how: bool) -> str:
    """The document on what was found, each in a piece of its own."""
    style = Style(format, Target(None, False, False), **how)
    return "".join(document((piece_of([each], style) for each in found), style, Totals()))


def every(render: Callable[[Checked], str]) -> Callable[[], str]:
    return lambda: "\n".join(filter(None, map(render, checked())))


FORMATS: dict[str, Callable[[], str]] = {
    "full.txt": every(full),
    "verbose.txt": every(lambda each: full(each, width=72, ascii=True, verbose=True, strict=True)),
    "narrow.txt": every(lambda each: full(each, width=40)),
    "color.txt": every(lambda each: full(each, color=True)),
    "concise.txt": lambda: "".join(map(concise, checked())),
    "github.txt": lambda: "".join(map(github, checked())),
    "sarif.json": lambda: written("sarif", checked()),
    "junit.xml": lambda: written("junit", checked()),
}


@pytest.mark.parametrize("name", FORMATS)
def test_formats(name: str) -> None:
    path, found = CASES / name, FORMATS[name]()
    if os.environ.get("DERIVE_UPDATE_CASES"):
        path.write_text(found, encoding="utf-8", newline="\n")
    with path.open(encoding="utf-8", newline="") as stream:
        assert found == stream.read()


def test_narrow_lines_are_narrow() -> None:
    for line in FORMATS["narrow.txt"]().splitlines():
        assert len(line) <= 40 or "-->" in line


def test_carets_stand_under_what_they_mark() -> None:
    lines = full(checked()[0]).splitlines()
    for finding in findings(checked()[0]):
        marked = TEXT[finding.place.start : finding.place.end]
        if "\n" in marked or not finding.place.line or not TEXT.splitlines()[finding.place.line - 1].isascii():
            continue
        at = next(n for n, line in enumerate(lines) if line.endswith(f":{finding.place.line}:{finding.place.column}"))
        source, carets = lines[at + 2], lines[at + 3]
        assert source[carets.index("^") : carets.rindex("^") + 1] == marked


FUNCTIONS = "variable x\nfunction f(u)\nfunction g(u)\n"
UNJUSTIFIED = [
    ("diff(f(g(x)), x) = f'(g(x))*diff(g(x), x)", "prime", "missing: `chain`", "prime, chain"),
    ("diff((x^2 + 1)^2, x) = 2*(x^2 + 1)*diff(x^2 + 1, x)", "power", "missing: `chain`", "power, chain"),
    ("diff(ln(1 + x^2), x) = 1/(1 + x^2)*diff(1 + x^2, x)", "log", "missing: `chain`", "log, chain"),
    ("x^2/x + x*(1 + x) = x^2 + 2*x", "cancel", "missing: `distribute`", "cancel, distribute"),
    ("(x + 1)^2 = x^2 + 2*x + 1", "quotient, cancel", "it follows by `distribute`", "distribute"),
    ("sum(c[i], i) = sum(c[i], i != k) + c[k] + x*(x + 1) - x - x^2", "split(i = k)", "missing: `distribute`",
     "split(i = k), distribute"),
    ("E + x*(x + 1) = exp(x)^2 + x^2 + x", "definition(E)", "missing: `distribute`", "definition(E), distribute"),
]  # fmt: skip


@pytest.mark.parametrize(("claim", "by", "note", "route"), UNJUSTIFIED)
def test_a_weak_reason_has_one_way_out(claim: str, by: str, note: str, route: str) -> None:
    """The note and the help line name the same rules, and with these the step is proved, under the same conditions."""
    left, right = claim.split(" = ", 1) if "split" not in by else claim.rsplit(" = ", 1)

    def checked_by(reasons: str) -> Report:
        declared = f"{FUNCTIONS}size n\nconstant c[n]\ndefine E = exp(x)^2\n"
        return check(read(f"{declared}theorem t: {claim}\nproof\n  {left} = {right} by {reasons}\nqed"))

    weak = checked_by(by)
    [found] = findings(weak)
    assert (found.code, found.notes[0], found.help) == ("D201", note, f"write by {route}")
    [step], [mended] = weak.theorems[0].steps, checked_by(route).theorems[0].steps
    assert mended.verdict == "proved"
    assert step.rules == tuple(route.split(", "))
    assert step.conditions == mended.conditions


CONDITIONAL = [
    "x/x = 1",
    "c[k]/c[k] = 1",
    "sum(c[i]/c[i], i) = n",
    "sum(c[i]/c[i], i != k) = n - 1",
    "sum(sum(w[i, j]/w[i, j], j != i), i) = n*(n - 1)",
    "c[k]/c[k]*sum(c[i]/c[i], i) = n",
    "sum(ln(c[i]^2*exp(x)), i) = sum(ln(c[i]^2), i) + n*x",
    "if(x > 0, y/y, 1) = 1",
    "if(i = k, c[k]/c[k], 1) = 1",
    "diff(max(x, y), x) = if(x > y, 1, 0)",
    "f'(x)/f'(x) = 1",
]


@pytest.mark.parametrize("claim", CONDITIONAL)
def test_the_help_on_a_condition_can_be_typed(claim: str) -> None:
    """With what it says to write, before the theorem or after its name, nothing is left to ask for."""
    declared = f"{FUNCTIONS}size n\nvariable y\nconstant c[n], w[n, n]\n"
    found = findings(check(read(f"{declared}theorem t: {claim}")), strict=True)
    assert {each.code for each in found} == {"D208"}
    typed = [each.help.removeprefix("write ").removesuffix(" after the theorem's name").split(", or ") for each in found]
    assumed = "\n".join(ways[0] for ways in typed)
    assert not findings(check(read(f"{declared}{assumed}\ntheorem t: {claim}")), strict=True)
    if all(len(ways) == 2 for ways in typed):
        given = ", ".join(ways[1].removeprefix("given ") for ways in typed)
        assert not findings(check(read(f"{declared}theorem t given {given}: {claim}")), strict=True)


def test_nothing_to_say() -> None:
    fine = report("variable x\ntheorem t: x = x\nproof\n  x\n    = x\nqed", {}, {})
    assert full(fine) == concise(fine) == github(fine) == ""
    assert json.loads(written("sarif", [fine]))["runs"][0]["results"] == []
    (suite,) = ElementTree.fromstring(written("junit", [fine]))
    assert suite.attrib == {"name": "papers/net.derive", "tests": "2", "failures": "0", "errors": "0"}


def test_sarif_says_what_is_asked_for() -> None:
    text = "variable x theorem t: diff(x^2, x) = ?\ntheorem u: diff(x^2, x) = 2*x proof diff(x^2, x)\n= 2*x by ? qed\n"
    report = check(read(text, file="a.derive"))
    results = json.loads(written("sarif", [report]))["runs"][0]["results"]
    assert [result["message"]["text"] for result in results] == ["`?` is `2*x`", "`?` is `power`"]
    changes = [result["fixes"][0]["artifactChanges"][0]["replacements"][0] for result in results]
    assert [change["insertedContent"]["text"] for change in changes] == ["2*x", "power"]
    assert [change["deletedRegion"]["startLine"] for change in changes] == [1, 3]


def test_sarif_is_complete() -> None:
    run = json.loads(written("sarif", checked(), verbose=True, strict=True))["runs"][0]
    rules = {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    for result in run["results"]:
        assert result["level"] in ("error", "warning", "note")
        if "ruleId" in result:
            assert result["ruleId"] in rules
        for location in result.get("locations", ()):
            region = location["physicalLocation"].get("region")
            if region is not None:
                assert (1, 1) <= (region["startLine"], region["startColumn"]) <= (region["endLine"], region["endColumn"])
            assert re.fullmatch(r"[\w/.%-]+", location["physicalLocation"]["artifactLocation"]["uri"])
    assert {result.get("ruleId") for result in run["results"]} >= {"D130", "D201", "D202", "D206", "D207", "D208", "D209"}


def test_junit_counts() -> None:
    suites = ElementTree.fromstring(written("junit", checked()))
    assert len(suites) == 3
    for suite in suites:
        assert len(suite) == int(suite.get("tests", ""))
        assert len(suite.findall(".//failure")) == int(suite.get("failures", ""))
    control = CallError("no-file", "a\x00b\x1b[31m")
    assert ElementTree.fromstring(written("junit", [control])) is not None


COUNTS = {"tests", "failures", "errors"}
JUNIT = {
    "testsuites": (["testsuite"], {"name", "time", "disabled", *COUNTS}),
    "testsuite": (["properties", "testcase", "system-out", "system-err"], {"name", "time", "skipped", "timestamp", *COUNTS}),
    "testcase": (["skipped", "error", "failure", "system-out", "system-err"], {"name", "classname", "time"}),
    "failure": ([], {"type", "message"}),
    "error": ([], {"type", "message"}),
}
"""What the schema of Jenkins for JUnit (junit-4.xsd) allows in each element: the others in their order, and attributes."""


def test_junit_meets_the_schema_of_jenkins() -> None:
    waiting = [ElementTree.fromstring(written("junit", checked(), strict=True))]
    seen = set()
    while waiting:
        element = waiting.pop()
        inside, attributes = JUNIT[element.tag]
        order = [inside.index(child.tag) for child in element]
        assert order == sorted(order)
        assert {*element.keys()} <= attributes
        assert element.tag not in ("testsuite", "testcase") or element.get("name")
        seen.add(element.tag)
        waiting += element
    assert seen == JUNIT.keys()


@pytest.mark.parametrize("format", ["full", "concise", "json", "sarif", "junit", "github"])
def test_a_document_on_nothing_is_whole(format: str) -> None:
    text = written(format, [])
    if format in ("json", "sarif"):
        assert json.loads(text)
    elif format == "junit":
        assert len(ElementTree.fromstring(text)) == 0
    else:
        assert text == "0 files, 0 theorems, 0 steps; all as expected\n"


def test_what_a_terminal_obeys_is_not_shown() -> None:
    evil = SourceError("D101", "bad \x1b]0;x\x07", Place(1, 1, 0, 3), "say\r\nso")
    evil.file, evil.text = "a\nb\x1b[2J", "\x1b[2J\x9b1m"
    for page_ in (full(evil, width=60), concise(evil)):
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", page_)
    assert github(evil).count("\n") == 1


def test_a_long_line_is_cut_around_its_mistake() -> None:
    text = "theorem t: " + "x + " * 5000 + "y = 1"
    at = text.index("y")
    mistake = SourceError("D140", "y is not declared", Place(1, at + 1, at, at + 1))
    mistake.text, mistake.file = text, "long.derive"
    lines = full(mistake, width=60).splitlines()
    assert all(len(line) <= 60 for line in lines)
    assert lines[3][lines[4].index("^")] == "y"


@pytest.mark.parametrize(
    ("expression", "part", "found"),
    [
        ("a*b + c", "a*b", "a*b"),
        ("a * b+c", "a*b", "a * b"),
        ("exp(x) + x", "x", None),
        ("exp(x) + y", "x", "x"),
        ("2*(a + b)", "a + b", "(a + b)"),
        ("-(y[j]) - 1", "-y[j]", None),
        ("x - y[i,j]", "y[i, j]", "y[i,j]"),
        ("x - y", "-y", "- y"),
        ("x^2", "x^3", None),
        ("x^2", "(", None),
        ("(a)*(b)", "a*b", None),
        ("(a)*(b)", "(a)*(b)", "(a)*(b)"),
    ],
)
def test_the_part_that_is_wrong(expression: str, part: str, found: str | None) -> None:
    place = located(expression, part)
    assert (place and expression[slice(*place)]) == found


def test_summary_line() -> None:
    found = checked()[0]
    assert isinstance(found, Report)
    assert summary_line(summary([found])) == (
        "1 file, 6 theorems (2 proved, 3 refuted, 1 unknown), 6 steps (3 refuted, 1 unjustified, 2 unknown); not as expected"
    )
    assert summary_line(summary([found]), 2).endswith("; 2 files not read; not as expected")
    assert summary_line(summary([])) == "0 files, 0 theorems, 0 steps; all as expected"


def test_every_code_has_a_page() -> None:
    for each in every_page():
        assert each.title
        assert each.explanation.endswith((".", "?"))
        assert page(each.code) == each
    assert page("D999") is None

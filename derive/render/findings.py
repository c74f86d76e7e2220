"""Findings: what there is to say about a derivation that is not as it should be, before anybody has said how.

    Checked     a report, or a text that could not be read
    Case        one claim that was checked: a theorem, a step, or the derivation as a whole
    Finding     what is wrong with it: a code, a message, the place in the text, what is known, what to type

Every format of diagnostics is a way to write down the same findings.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Literal

from derive.checking.fixes import Fix, fixes, of_claim, of_step
from derive.checking.verdicts import Report, StepResult, TheoremResult
from derive.diagnosis.codes import CODES, Code
from derive.errors import DeriveError
from derive.floor.conditions import Condition
from derive.floor.theory import Theory
from derive.language import write_claim, write_term
from derive.language.conditions import first_few, named, write_condition
from derive.language.derivation import NOWHERE, Derivation, Place, Reason, Statement, Step
from derive.language.documents import parted
from derive.language.errors import SourceError
from derive.language.expressions import last_side
from derive.language.lexer import Source, Tokens
from derive.language.syntax import Syntax
from derive.numbers.counterexample import Counterexample

Checked = Report | DeriveError
Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True)
class Finding:
    """Something to be said: `place` is what it is about in `text`, `asked` the claim, `notes` what is known besides."""

    severity: Severity
    code: str
    message: str
    file: str = ""
    text: str = ""
    place: Place = NOWHERE
    asked: str = ""
    notes: tuple[str, ...] = ()
    counterexample: str = ""
    help: str = ""
    fix: Fix | None = None

    @property
    def end(self) -> Place:
        """Where its place ends, as a place without length."""
        return part_of(self.place, self.text, self.place.end, self.place.end)

    @property
    def where(self) -> str:
        """`file:line:column`, as far as it is known."""
        if not self.place.line:
            return self.file
        return f"{self.file or 'the text'}:{self.place.line}:{self.place.column}"

    @property
    def path(self) -> str:
        """The file, for programs: without the cell of a notebook."""
        return parted(self.file)[0]

    @property
    def region(self) -> Place:
        """Its place in the file, for programs; nowhere in a notebook, whose lines are those of a cell."""
        return NOWHERE if parted(self.file)[1] else self.place

    @property
    def told(self) -> str:
        """The message, for programs: with its place, where they cannot show it."""
        place, cell = self.place, parted(self.file)[1]
        return f"cell {cell}, line {place.line}, column {place.column}: {self.message}" if cell else self.message

    @property
    def kind(self) -> str:
        """`error[D202]`, or `error` alone where there is no page about it."""
        return f"{self.severity}[{self.code}]" if _CODE.fullmatch(self.code) else self.severity


_CODE = re.compile(r"D\d+")


def parts(finding: Finding) -> Iterator[tuple[str, str]]:
    """What is said of a finding besides its message, each with its label."""
    if finding.asked:
        yield "asked", finding.asked
    for note in finding.notes:
        yield "note", note
    if finding.counterexample:
        yield "counterexample", finding.counterexample
    if finding.help:
        yield "help", finding.help


@dataclass(frozen=True)
class Case:
    """One claim that was checked, in the theorem of that name, and what there is to say about it."""

    file: str
    theorem: str
    line: int
    kind: Literal["theorem", "step", "derivation"]
    findings: tuple[Finding, ...] = ()


def findings(checked: Checked, *, verbose: bool = False, strict: bool = False) -> tuple[Finding, ...]:
    """All findings, in the order of the text.

    With `verbose`, also the verdicts that the author expects, where they are not "proved"; with `strict`, also the
    conditions that nothing declared or assumed says.
    """
    found = [finding for case in cases(checked, verbose=verbose, strict=strict) for finding in case.findings]
    return tuple(sorted(found, key=lambda finding: finding.place.start))


def cases(checked: Checked, *, verbose: bool = False, strict: bool = False) -> Iterator[Case]:
    """Everything that was checked, what concerns the whole first."""
    if isinstance(checked, DeriveError):
        finding = of_error(checked)
        yield Case(finding.file, "", finding.place.line, "derivation", (finding,))
        return
    yield from _Cases(checked, verbose, strict).cases()


def of_error(error: DeriveError) -> Finding:
    """What a mistake in a text, or in a call, says."""
    place, text = (error.place, error.text) if isinstance(error, SourceError) else (NOWHERE, "")
    return Finding("error", error.code, error.message, error.file, text, place, help=error.help)


def filled(report: Report) -> Iterator[Finding]:
    """For each ? what it is, with the change that writes it there."""
    written = report.derivation
    source = Source(written.text, written.file, written.above)
    for fix in fixes(report):
        if fix.kind == "gap":
            place = source.place(fix.start, fix.end)
            yield Finding("note", "", f"`?` is `{fix.text}`", written.file, written.text, place, fix=fix)


class _Cases:
    """The cases of one report."""

    def __init__(self, report: Report, verbose: bool, strict: bool) -> None:
        self.report = report
        self.derivation: Derivation = report.derivation
        self.verbose = verbose
        self.strict = strict

    def cases(self) -> Iterator[Case]:
        whole = [self.finding("error", p.code, p.message, p.place, help=_help(p.code)) for p in self.report.problems]
        whole += [self.finding("note", p.code, p.message, p.place, help=_help(p.code)) for p in self.report.hints]
        whole += [self.finding("warning", "", message, place) for place, message in self.derivation.warnings]
        yield Case(self.derivation.file, "", 0, "derivation", tuple(whole))
        for theorem in self.report.theorems:
            yield from self.theorem(theorem)

    def finding(self, severity: Severity, code: str, message: str, place: Place, help: str = "") -> Finding:
        return Finding(severity, code, message, self.derivation.file, self.derivation.text, place, help=help)

    def theorem(self, theorem: TheoremResult) -> Iterator[Case]:
        """A theorem, and the steps of its written proof: those of a proof that the tool found are its own affair."""
        statement = theorem.statement
        steps = [
            Case(self.derivation.file, statement.name, step.place.line, "step", tuple(self.step(step, written, theorem)))
            for written, step in theorem.written_steps
        ]
        blamed = any(finding.severity == "error" for case in steps for finding in case.findings)
        claim = tuple(self.claim(theorem, blamed))
        yield Case(self.derivation.file, statement.name, statement.place.line, "theorem", claim)
        yield from steps

    def claim(self, theorem: TheoremResult, blamed: bool) -> Iterator[Finding]:
        """What there is to say of a claim, beyond what is said of its steps."""
        statement = theorem.statement
        expect = statement.expect or "proved"
        as_expected = theorem.verdict == expect
        if theorem.is_astray:
            found = self.finding("error", "D210", theorem.message or "", theorem.place, theorem.suggestion or "")
            yield replace(found, asked=write_claim(statement), counterexample=_counterexample(theorem.counterexample))
        elif as_expected and theorem.verdict == "proved":
            of_steps = {condition for step in theorem.steps for condition in step.conditions}
            yield from self.conditional([c for c in theorem.conditions if c not in of_steps or not statement.proof], statement)
        elif not as_expected and ((theorem.verdict == "unknown" and blamed) or _repeated(theorem)):
            return
        elif not as_expected or self.verbose:
            provided = _provided(theorem.conditions, statement.theory)
            notes = [*_expectation(theorem.verdict, statement.expect), *theorem.remarks, *provided]
            found = self.judged(theorem, as_expected, expect, statement.place, write_claim(statement), notes)
            yield replace(self.under(found, theorem.part), fix=of_claim(theorem, self.derivation.text))

    def step(self, step: StepResult, written: Step, theorem: TheoremResult) -> Iterator[Finding]:
        """What there is to say of a step."""
        statement, theory = theorem.statement, theorem.statement.theory
        if step.expected and step.verdict == "proved":
            yield from self.conditional(list(step.conditions), statement, step.place)
        elif not step.expected or self.verbose:
            by = f" by {', '.join(step.by)}" if step.by else ""
            right = "?" if written.right is None and step.verdict != "proved" else write_term(step.right, theory)
            asked = f"{write_term(step.left, theory)} = {right}{by}"
            notes = [*_expectation(step.verdict, step.expect), *step.remarks]
            if step.verdict == "unjustified" and step.rules:
                missing = [rule for rule in step.rules if rule not in step.by]
                only = len(missing) + len(step.by) == len(step.rules)
                notes.append(f"missing: {_quoted(missing)}" if only else f"it follows by {_quoted(step.rules)}")
            notes += _provided(step.conditions, theory)
            if theorem.verdict == "proved" and not step.expected:
                notes.append(f"the claim of `{statement.name}` is proved all the same, without this step")
            found = self.judged(step, step.expected, step.expect or "proved", step.place, asked, notes)
            found = replace(found, fix=next(iter(of_step(step, written, theory)), None))
            blamed = _blamed(step, written.reasons)
            yield replace(found, place=self.spanned(blamed)) if blamed else self.under(found, step.part)

    def judged(
        self, result: StepResult | TheoremResult, as_expected: bool, expect: str, place: Place, asked: str, notes: list[str]
    ) -> Finding:
        """A verdict as a finding."""
        code, message, help = result.code or "", result.message or result.verdict, _typed(result)
        if result.verdict == "proved":  # where something else was expected
            code, page = "D209", CODES["D209"]
            message = page.message.format(verdict="proved", expected=expect)
            help = "leave expect out"
        found = self.finding("note" if as_expected else "error", code, message, place, help)
        return replace(found, asked=asked, notes=tuple(notes), counterexample=_counterexample(result.counterexample))

    def conditional(self, conditions: list[Condition], statement: Statement, place: Place | None = None) -> Iterator[Finding]:
        """What a proved line rests on that nothing says: `strict` minds it, and `verbose` tells."""
        if self.strict or self.verbose:
            page = CODES["D208"]
            for condition in conditions:
                text = write_condition(condition, statement.theory)
                message, help = page.message.format(condition=text), page.help.format(typed=_stated(condition, statement))
                yield self.finding("error" if self.strict else "note", "D208", message, place or statement.place, help)

    def under(self, finding: Finding, part: str | None) -> Finding:
        """The finding at the part of its expression that is wrong, where that stands there once."""
        place = finding.place
        found = located(self.derivation.text[place.start : place.end], part) if part else None
        if found is None:
            return finding
        start, end = found
        return replace(finding, place=part_of(place, self.derivation.text, place.start + start, place.start + end))

    def spanned(self, reasons: list[Reason]) -> Place:
        return replace(reasons[0].place, end=reasons[-1].place.end)


def part_of(place: Place, text: str, start: int, end: int) -> Place:
    """The place in a text from `start` to `end`, found from another one."""
    line = place.line + text.count("\n", place.start, start) - text.count("\n", start, place.start)
    column = place.column + start - place.start if line == place.line else start - text.rfind("\n", 0, start)
    return Place(line, column, start, end)


def _repeated(theorem: TheoremResult) -> bool:
    """Whether a step that is reported says the same as the claim, or makes the mistake that is in it."""
    reported = [step for step in theorem.steps if not step.expected and step.verdict == theorem.verdict]
    same = any((step.left, step.right) == (theorem.left, theorem.right) for step in reported)
    said = (theorem.code, theorem.message, theorem.suggestion)
    mistaken = theorem.suggestion and any((step.code, step.message, step.suggestion) == said for step in reported)
    return same or bool(mistaken)


def _blamed(step: StepResult, reasons: tuple[Reason, ...]) -> list[Reason]:
    """The reasons that are at fault, where it is not the expression."""
    if step.code == "D206":
        return [reason for reason in reasons if reason.name == step.part][:1]
    return list(reasons) if step.code == "D201" else []


def _expectation(verdict: str, expect: str | None) -> Iterator[str]:
    if verdict == (expect or "proved"):
        yield "as the author expects"
    elif expect is not None and verdict != "proved":
        yield f"the author expects {expect}"


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _provided(conditions: tuple[Condition, ...], theory: Theory) -> list[str]:
    shown = [f"`{write_condition(condition, theory)}`" for condition in conditions]
    return [f"provided that {', and '.join(first_few(shown))}"] if shown else []


def _stated(condition: Condition, statement: Statement) -> str:
    """The statements that say a condition, as text to type.

    An assumption holds for all values of its indices, which includes those that the condition is about. After `given` an index
    is the one of the theorem: that is no place for a condition on all entries of a sum.
    """
    claim = write_term(named(condition)[0], statement.theory)
    return f"assume {claim}" if condition.bound else f"assume {claim}, or given {claim} after the theorem's name"


def _typed(result: StepResult | TheoremResult) -> str:
    """The help line: the text to type."""
    suggestion = result.suggestion
    if not suggestion:
        return _help(result.code or "")
    if result.verdict == "unjustified":
        return f"write by {suggestion}"
    if suggestion.startswith("assume "):
        return f"state it above the theorem: {', '.join(suggestion.splitlines())}"
    if result.verdict == "refuted":
        return f"write = {suggestion}"
    return suggestion


def _help(code: str) -> str:
    """What the page of a code says to do, where that needs nothing filled in."""
    page: Code | None = CODES.get(code)
    return page.help if page is not None and "{" not in page.help else ""


def _counterexample(example: Counterexample | None) -> str:
    if example is None:
        return ""
    at = ", ".join((*(f"{name} = {value}" for name, value in example.told.items()), *example.untold))
    sides = f"the left side is {example.left}, the right side {example.right}"
    return f"at {at}, {sides}" if at else sides


def located(expression: str, part: str) -> tuple[int, int] | None:
    """Where `part` stands in an expression as it was written, if it is one of its parts, and only once.

    Of a claim, A = B, the right side is looked at, which is what its author found.
    """
    try:
        wanted = _bare(_words(part))
        places = set(_places(*last_side(expression), wanted))
    except DeriveError:
        return None
    # Of a part in its parentheses and the same without them, the outer is meant.
    outer = [p for p in places if not any(q[0] <= p[0] and p[1] <= q[1] for q in places - {p})]
    return outer[0] if len(outer) == 1 else None


def _places(syntax: Syntax, tokens: Tokens, wanted: list[str]) -> Iterator[tuple[int, int]]:
    words = [
        text
        for text, start in zip(tokens.texts, tokens.starts, strict=True)
        if syntax.start <= start < syntax.end
    ]
    if _bare(words) == wanted:
        yield syntax.start, syntax.end
    if len(words) > len(wanted):
        for part in syntax.parts:
            yield from _places(part, tokens, wanted)


def _words(text: str) -> list[str]:
    return Tokens(Source(text)).texts[:-1]


def _bare(words: list[str]) -> list[str]:
    """The words without the parentheses around all of them."""
    while len(words) > 2 and words[0] == "(" and words[-1] == ")":
        depths = accumulate((word == "(") - (word == ")") for word in words[:-1])
        if not all(depths):  # it closes before the end
            break
        words = words[1:-1]
    return words

"""A report as a page of text for the terminal: what is given, every theorem with its chain, and what is wrong, if anything.

    softmax-ce:  ∂E/∂Z_k = O_k − y_k

      ∂E/∂Z_k
        = −Σ_i ∂(y_i ln O_i)/∂Z_k                           by sum
        …
      ✓ proved for every H

Reasons stand in a column at the right, and under a line that leaves no room for them. Where the width is None, as for
output into a file, nothing is ever broken.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction

from derive.checking.verdicts import ChainResult, Report, StepResult, TheoremResult, Verdict
from derive.floor.terms import Call, Entry, Number, Term, scalar
from derive.floor.theory import Definition, Theory, Unknown, UnknownFunction
from derive.held import without_held
from derive.language import write_declaration
from derive.language.conditions import condition_in_words
from derive.language.derivation import Derivation, Statement
from derive.numbers.counterexample import Counterexample
from derive.render.layout import broken, columns, paragraph, visible
from derive.render.order import MISTAKES, order, supposed
from derive.render.reasons import reason, sizes_of
from derive.render.symbols import RELATIONS, unicode_name
from derive.render.unicode import entry_text, write_unicode

MARKS: dict[Verdict, str] = {"proved": "✓", "refuted": "✗", "unjustified": "!", "unknown": "?"}
_ASCII_MARKS: dict[Verdict, str] = {"proved": "*", "refuted": "x", "unjustified": "!", "unknown": "?"}
_COLORS = {
    "proved": "32", "refuted": "1;31", "unjustified": "33", "unknown": "33", "title": "1", "name": "1;36", "quiet": "2",
}  # fmt: skip
REASONS = 34
"""The widest column that is kept free for reasons."""


def report_text(report: Report, width: int | None = 80, ascii: bool = False, color: bool = False) -> str:
    """The whole report, in lines of at most `width` columns."""
    return "\n".join(_Page(report, width, ascii, color).lines()) + "\n"


class _Page:
    def __init__(self, report: Report, width: int | None, ascii: bool, color: bool) -> None:
        self.report = report
        self.width = width if width is None else max(width, 20)
        self.ascii = ascii
        self.color = color

    def lines(self) -> Iterator[str]:
        derivation = self.report.derivation
        title = derivation.title or derivation.name
        if title:
            yield from self.painted("title", paragraph(_plain(title), self.width))
        if derivation.source:
            yield from self.painted("quiet", paragraph(_plain(derivation.source), self.width))
        parts = order(self.report)
        if parts.result is not None:
            yield ""
            yield from self.result(parts.result)
        declared = list(self.declarations(derivation))
        if declared:
            yield ""
            yield from declared
        for theorem in parts.claims:
            yield ""
            yield from self.theorem(theorem)
        if parts.mistakes:
            yield ""
            yield from self.painted("title", paragraph(MISTAKES, self.width))
        for theorem in parts.mistakes:
            yield ""
            yield from self.theorem(theorem)
        notes = [*derivation.notes, *(f"line {place.line}: {text}" for place, text in derivation.warnings)]
        for note in notes:
            yield ""
            yield from self.painted("quiet", paragraph(_plain(note), self.width, "Note: ", "      "))

    # Declarations.

    def declarations(self, derivation: Derivation) -> Iterator[str]:
        theory = without_held(derivation.theory)
        rows: list[tuple[str, str, str]] = []
        for name, least in theory.sizes.items():
            rows.append(("size", self.size(name, least), theory.descriptions.get(name, "")))
        for unknown in theory.unknowns.values():
            rows.append(("variable" if unknown.variable else "constant", self.unknown(unknown, theory), unknown.description))
        for function in theory.functions.values():
            rows.append(("function", self.function(function, theory), function.description))
        for name, index in theory.indices.items():
            shown = self.declared(name, theory) or f"{self.term(index)} = 1, …, {self.term(index.range)}"
            rows.append(("index", shown, theory.descriptions.get(name, "")))
        for assumption in theory.assumptions:
            names = ", ".join(self.term(scalar(name)) for name in sorted(assumption.everywhere))
            every = f"for all {names}: " if names else ""
            rows.append(("assume", every + self.term(assumption.claim, theory), assumption.description))
        for definition in theory.definitions.values():
            rows.append(("define", self.definition(definition, theory), definition.description))
        rows = list(_gathered(rows))
        room = None if self.width is None else self.width - 12
        written = [(kind, broken(text, room), _plain(description)) for kind, text, description in rows]
        fitting = [
            columns(lines[-1])
            for _, lines, description in written
            if description and (self.width is None or 15 + columns(lines[-1]) + columns(description) <= self.width)
        ]
        column = max((length for length in fitting if length <= 40), default=0)
        before = ""
        for kind, lines, description in written:
            shown = kind if kind != before else ""
            before = kind
            head = [f"  {shown:<8}  {lines[0]}", *(" " * 12 + line for line in lines[1:])]
            if description:
                end = 12 + max(column, columns(lines[-1])) + 3
                if self.width is None or end + columns(description) <= self.width:
                    head[-1] += " " * (end - columns(head[-1])) + self.paint("quiet", description)
                else:
                    head += self.painted("quiet", paragraph(description, self.width, " " * 14, " " * 14))
            yield from head

    def size(self, name: str, least: int) -> str:
        return self.name(name) + (f" {'>=' if self.ascii else '≥'} {least}" if least > 1 else "")

    def declared(self, name: str, theory: Theory) -> str:
        """A declaration in the proof language without its keyword, where that is what is asked for."""
        return write_declaration(name, theory).partition(" ")[2] if self.ascii else ""

    def unknown(self, unknown: Unknown, theory: Theory) -> str:
        if self.ascii:
            return self.declared(unknown.name, theory)
        relation = f" {RELATIONS[unknown.relation]} 0" if unknown.relation else ""
        match unknown.ranges:
            case ():
                return self.name(unknown.name) + relation
            case (Number(value),) if value <= 3:
                entries = (Entry(unknown.name, (Number(Fraction(at)),)) for at in range(1, int(value) + 1))
                return ", ".join(map(self.term, entries)) + relation
            case (extent,):
                name = self.name(unknown.name)
                return f"{name}_1, …, {name}_{self.term(extent)}{relation}"
        return f"{self.name(unknown.name)}  ({' × '.join(map(self.term, unknown.ranges))}){relation}"

    def function(self, row: UnknownFunction, theory: Theory) -> str:
        if self.ascii:
            return self.declared(row.name, theory)
        names = row.of or tuple("uvwxyz"[: row.arity])
        return f"{self.name(row.name)}({', '.join(map(self.name, names))})"

    def name(self, name: str) -> str:
        return name if self.ascii else unicode_name(name)

    def definition(self, row: Definition, theory: Theory) -> str:
        if self.ascii:
            return self.declared(row.name, theory)
        left: Term = Entry(row.name, row.parameters)
        if row.arguments:
            left = Call(row.name, tuple(Entry(name, ()) for name in row.arguments))
        return f"{self.term(left, theory)} = {self.term(row.body, theory)}"

    # Theorems.

    def result(self, theorem: TheoremResult) -> Iterator[str]:
        """What a derivation is about, and its verdict in a line."""
        yield from self.indented(broken(self.claim(theorem.statement, ()), None if self.width is None else self.width - 2), 2)
        said = self.in_short(theorem)
        if theorem.verdict == "proved" and theorem.conditions:
            said += f", provided that {'; '.join(self.conditions(theorem))}"
        given = [self.term(claim, theorem.statement.theory) for claim in supposed(theorem)]
        yield from self.judged(theorem, said + (f", given {', '.join(given)}" if given else ""))

    def claim(self, statement: Statement, hypotheses: Iterable[Term]) -> str:
        theory = statement.theory
        circumstances = [
            *(f"for {self.term(condition, theory)}" for condition in statement.conditions),
            *(f"given {self.term(condition, theory)}" for condition in hypotheses),
        ]
        claim = " = ".join(self.term(side, theory) for side in statement.sides)
        return claim + (f"  ({', '.join(circumstances)})" if circumstances else "")

    def theorem(self, theorem: TheoremResult) -> Iterator[str]:
        statement = theorem.statement
        theory = statement.theory
        claim = self.claim(statement, statement.hypotheses)
        name = _plain(statement.name)
        head = f"{name}:  {claim}"
        if self.width is None or columns(head) <= self.width:
            yield f"{self.paint('name', name)}:  {claim}"
        else:
            yield f"{self.paint('name', name)}:"
            yield from self.indented(broken(claim, self.width - 2), 2)
        column = self.reason_column(theorem)
        for chain in theorem.chains:
            yield ""
            yield from self.chain(chain, theory, column)
        if theorem.chains:
            yield ""
        yield from self.verdict(theorem)

    def reason_column(self, theorem: TheoremResult) -> int:
        """The column of the reasons: right of as many lines as leave the reasons enough room."""
        ends, lengths = [], []
        for chain in theorem.chains:
            for step in chain.steps:
                text = self.term(step.right, theorem.statement.theory)
                ends.append(_indent(chain) + 4 + columns(text) + 3)
                lengths.append(columns(self.reason(step)))
        if self.width is None:
            return max((end for end in ends if end <= 90), default=0)
        reach = max((length for length in lengths if length <= min(REASONS, self.width // 2)), default=0)
        return max((end for end in ends if end <= self.width - reach), default=self.width - reach)

    def chain(self, chain: ChainResult, theory: Theory, column: int) -> Iterator[str]:
        indent = _indent(chain)
        if chain.conditions:
            yield f"  case {', '.join(self.term(condition) for condition in chain.conditions)}:"
        width = None if self.width is None else self.width - indent
        yield from self.indented(broken(self.term(chain.start, theory), width), indent)
        for step in chain.steps:
            yield from self.indented(self.step(step, theory, column - indent, width), indent)
            yield from self.finding(step, indent + 4)

    def step(self, step: StepResult, theory: Theory, column: int, width: int | None) -> Iterator[str]:
        """The lines of one link: the expression after a mark and `=`, and the reason in its column or below."""
        by = self.reason(step)
        mark = " " if step.verdict == "proved" else self.paint(step.verdict, self.mark(step.verdict))
        first, *others = broken(self.term(step.right, theory), None if width is None else width - 4)
        *above, last = [f"= {first}", *(f"  {line}" for line in others)]
        end = 2 + columns(last)
        beside = bool(by) and (width is None or (end + 2 <= column and column + columns(by) <= width))
        if beside:
            last += " " * max(column - end, 2) + self.paint("quiet", by)
        for n, line in enumerate((*above, last)):
            yield f"{' ' if n else mark} {line}"
        if by and not beside:
            assert width is not None
            if column + columns(by) <= width:
                yield " " * column + self.paint("quiet", by)
            else:
                yield from self.painted("quiet", paragraph(by, width, " " * 8, " " * 11))

    def reason(self, step: StepResult) -> str:
        found = _plain(reason(step))
        return f"by {found}" if found else ""

    def finding(self, step: StepResult, indent: int) -> Iterator[str]:
        """What is to be said of a step that is not simply proved."""
        if step.verdict == "proved":
            return
        expected = ", as the author expects" if step.expected else ""
        said = f"{step.verdict}{expected}" + (f": {_plain(step.message)}" if step.message else "")
        yield from self.painted(step.verdict, self.prose(said, indent))
        yield from self.details(step.counterexample, step.suggestion, indent)

    def details(self, example: Counterexample | None, suggestion: str | None, indent: int) -> Iterator[str]:
        if example is not None:
            yield from self.prose(f"counterexample: {self.counterexample(example)}", indent)
        if suggestion:
            yield from self.prose(f"help: {_plain(suggestion)}", indent)

    def counterexample(self, example: Counterexample) -> str:
        shown = ((name if self.ascii else entry_text(name), value) for name, value in example.told.items())
        at = ", ".join((*(f"{name} = {self.minus(value)}" for name, value in shown), *example.untold))
        sides = f"the left side is {self.minus(example.left)}, the right side {self.minus(example.right)}"
        return f"at {at}, {sides}" if at else sides

    def minus(self, value: str) -> str:
        return value if self.ascii else value.replace("-", "−")

    def in_short(self, theorem: TheoremResult) -> str:
        """The verdict on a theorem, and what it is for."""
        sizes = ", ".join(self.size(name, least) for name, least in sizes_of(theorem))
        if theorem.verdict == "proved":
            return "proved" + (f" for every {sizes}" if sizes else "")
        return theorem.verdict + (", as the author expects" if theorem.expected else "")

    def conditions(self, theorem: TheoremResult) -> list[str]:
        theory = theorem.statement.theory
        return [condition_in_words(condition, lambda term: self.term(term, theory)) for condition in theorem.conditions]

    def judged(self, theorem: TheoremResult, said: str) -> Iterator[str]:
        yield from self.painted(theorem.verdict, paragraph(said, self.width, f"  {self.mark(theorem.verdict)} ", "    "))

    def verdict(self, theorem: TheoremResult) -> Iterator[str]:
        said = self.in_short(theorem)
        conditions = self.conditions(theorem)
        if theorem.verdict == "proved" and conditions:
            said += ", provided that" + (f" {conditions[0]}" if len(conditions) == 1 else "")
        if theorem.message and theorem.verdict != "proved":
            said += f": {_plain(theorem.message)}"
        yield from self.judged(theorem, said)
        if theorem.verdict == "proved" and len(conditions) > 1:
            for condition in conditions:
                yield from self.indented(broken(condition, None if self.width is None else self.width - 6), 6)
        if theorem.verdict != "proved":
            yield from self.details(theorem.counterexample, theorem.suggestion, 4)

    # Ink.

    def term(self, term: Term, theory: Theory | None = None) -> str:
        return write_unicode(term, theory, self.ascii)

    def mark(self, verdict: Verdict) -> str:
        return (_ASCII_MARKS if self.ascii else MARKS)[verdict]

    def paint(self, style: str, text: str) -> str:
        return f"\x1b[{_COLORS[style]}m{text}\x1b[0m" if self.color and text else text

    def painted(self, style: str, lines: Iterable[str]) -> Iterator[str]:
        for line in lines:
            inside = line.lstrip()
            yield line[: len(line) - len(inside)] + self.paint(style, inside)

    def indented(self, lines: Iterable[str], indent: int) -> Iterator[str]:
        return (" " * indent + line if line else line for line in lines)

    def prose(self, text: str, indent: int) -> list[str]:
        return paragraph(text, self.width, " " * indent, " " * (indent + 2))


def _gathered(rows: Iterable[tuple[str, str, str]]) -> Iterator[tuple[str, str, str]]:
    """The declarations, neighbours of a kind that have no description of their own on one line."""
    waiting: tuple[str, str, str] | None = None
    for kind, text, description in rows:
        if waiting is not None and kind == waiting[0] and kind not in ("assume", "define") and not description + waiting[2]:
            waiting = kind, f"{waiting[1]}; {text}", ""
            continue
        if waiting is not None:
            yield waiting
        waiting = kind, text, description
    if waiting is not None:
        yield waiting


def _indent(chain: ChainResult) -> int:
    return 4 if chain.conditions else 2


def _plain(text: str) -> str:
    """`text` from a file without what a terminal would obey, or GitHub, in whose logs a line may be a command."""
    return visible(text).replace("::", ": :")

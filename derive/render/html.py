r"""A report as a page of HTML: every formula in MathML, which browsers and Jupyter typeset by themselves.

    ∂E/∂Z_k = O_k − y_k  given  Σ y_i = 1          the result, and the verdict on it
    size H, variable Z_1, …, Z_H, …                 what is declared
    ∂E/∂Z_k  = −Σ y_i ∂(ln O_i)/∂Z_k   by sum       each theorem, a step a row

An equals sign is part of the formula that it leads, so that the two never part. A long formula goes on in the next line before
a plus or minus; on a narrow page a reason stands below its formula, and what is still too wide scrolls by itself.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction

from derive.checking.verdicts import ChainResult, Report, StepResult, TheoremResult
from derive.floor.terms import ONE, Call, Comparison, Entry, Number, Size, Term, affine, scalar
from derive.floor.theory import Definition, Theory, Unknown, UnknownFunction
from derive.held import without_held
from derive.language.conditions import condition_in_words
from derive.language.derivation import Derivation, Statement
from derive.numbers.counterexample import Counterexample
from derive.render.document import code, document, escaped, linked
from derive.render.latex import definiendum
from derive.render.layout import with_code
from derive.render.mathml import Mathml, Part, formula
from derive.render.order import MISTAKES, order, supposed
from derive.render.reasons import reason, sizes_of
from derive.render.style import FRAGMENT
from derive.render.symbols import mathml_name
from derive.render.text import MARKS
from derive.render.typeset import span

BESIDE = 14
"""The widest beginning of a chain that stands to the left of its first equals sign."""
WHOLE = 24
"""The widest equation that is a single formula, and stays on its line."""
ALL_SHOWN = 3
"""Of an array of no more entries than that all are shown."""


def report_html(report: Report, ascii: bool = False) -> str:
    """The whole report, as a page of its own."""
    derivation = report.derivation
    return document(derivation.title or derivation.name, [*report_section(report), *remarks(derivation)], ascii)


def fragment_html(report: Report) -> str:
    """The whole report to stand in another page, such as a notebook: no anchors, which it may have already."""
    body = [*report_section(report, rank=2, within=None), *remarks(report.derivation)]
    return "\n".join([f'<div class="derive"><style>{FRAGMENT}</style>', *body, "</div>"])


# --- formulas -------------------------------------------------------------------------------------------------------------


class Formulas:
    """The writer of formulas in which the names of a theory stand."""

    def __init__(self, theory: Theory | None = None) -> None:
        self.to = Mathml(theory)

    def term(self, term: Term) -> str:
        """A term within a sentence, as low as its line."""
        return formula([Part(self.to.write(term), self.to.said(term))])

    def shown(self, term: Term) -> str:
        """A term that has a line of its own."""
        return formula(self.to.broken(term), shown=True)

    def equation(self, sides: Iterable[Term], shown: bool = True) -> str:
        """Terms with equals signs between them."""
        first, *others = sides
        parts = list(itertools.chain(self.to.broken(first), *map(self.led, others)))
        if sum(map(span, (first, *others))) <= WHOLE:
            parts = [Part("".join(part.markup for part in parts), " ".join(part.said for part in parts))]
        return formula(parts, shown)

    def side(self, term: Term) -> str:
        """A term after an equals sign."""
        return formula(self.led(term), shown=True)

    def led(self, term: Term) -> Iterator[Part]:
        """The parts of a term, the first led by an equals sign."""
        first, *others = self.to.broken(term)
        yield Part(f'<mo form="infix">=</mo>{first.markup}', f"= {first.said}")
        yield from others

    def definition(self, row: Definition) -> str:
        return self.equation((definiendum(row), row.body))


def claim(statement: Statement, hypotheses: Iterable[Comparison]) -> str:
    """What a theorem says, and when, with those of its hypotheses."""
    formulas = Formulas(statement.theory)
    said = f'<span class="sides">{formulas.equation(statement.sides)}</span>'
    told = [
        f"{word} {', '.join(map(formulas.term, conditions))}"
        for word, conditions in (("for", statement.conditions), ("given", tuple(hypotheses)))
        if conditions
    ]
    return said + (f'<span class="when">{" ".join(told)}</span>' if told else "")


# --- reports --------------------------------------------------------------------------------------------------------------


def report_section(report: Report, rank: int = 1, within: str | None = "") -> Iterator[str]:
    """What a report says but for the remarks, under a heading of that rank, in the order of `order`.

    The anchor of a theorem is its name after `within`; there is none where that is None.
    """
    derivation = report.derivation
    yield f"<h{rank}>{escaped(derivation.title or derivation.name or 'Derivation')}</h{rank}>"
    if derivation.source:
        yield f'<p class="quiet">{linked(derivation.source)}</p>'
    for problem in report.problems:
        yield f'<p class="unknown">{escaped(problem.message)}</p>'
    parts = order(report)
    links = _links(report, within)
    if parts.result is not None:
        yield from _result(parts.result)
    yield from _declared(derivation.theory)
    for theorem in parts.claims:
        yield from _theorem(theorem, rank + 1, links)
    if parts.mistakes:
        yield from mistakes_section(report, rank + 1, within)


def mistakes_section(report: Report, rank: int = 2, within: str | None = "") -> Iterator[str]:
    """What fails on purpose, under a heading that says so."""
    yield f"<h{rank}>{MISTAKES}</h{rank}>"
    for theorem in order(report).mistakes:
        yield from _theorem(theorem, rank + 1, _links(report, within))


def remarks(derivation: Derivation) -> Iterator[str]:
    """The notes of the author, and those of the reader of the file."""
    for note in (*derivation.notes, *(f"line {place.line}: {text}" for place, text in derivation.warnings)):
        yield f'<p class="note">{linked(note)}</p>'


def _links(report: Report, within: str | None) -> dict[str, str]:
    """The anchor of each theorem that has one, by its name."""
    return {} if within is None else {each.statement.name: within + each.statement.name for each in report.theorems}


def _result(theorem: TheoremResult) -> Iterator[str]:
    """What a derivation is about, and its verdict in a line."""
    formulas = Formulas(theorem.statement.theory)
    said = _verdict(theorem, formulas)
    given = list(map(formulas.term, supposed(theorem)))
    said += f", given {', '.join(given)}" if given else ""
    yield f'<div class="result {theorem.verdict}">'
    yield f'<p class="claim">{claim(theorem.statement, ())}</p>'
    yield f'<p class="{theorem.verdict}">{MARKS[theorem.verdict]} {said}</p>'
    yield "</div>"


def _verdict(theorem: TheoremResult, formulas: Formulas) -> str:
    """The verdict in a line, without what is wrong."""
    said = theorem.verdict.capitalize()
    if theorem.verdict != "proved":
        return said + (", as the author expects" if theorem.expected else "")
    sizes = [_size(formulas, name, least) for name, least in sizes_of(theorem)]
    said += f" for every {', '.join(sizes)}" if sizes else ""
    conditions = [condition_in_words(condition, formulas.term) for condition in theorem.conditions]
    return said + (f", provided that {'; '.join(conditions)}" if conditions else "")


def _theorem(theorem: TheoremResult, rank: int, links: Mapping[str, str]) -> Iterator[str]:
    """A theorem with its chains, and the verdict on it."""
    name = theorem.statement.name
    anchor = f' id="{escaped(links[name])}"' if name in links else ""
    yield f"<h{rank}{anchor}>{escaped(name)}</h{rank}>"
    yield f'<p class="claim">{claim(theorem.statement, theorem.statement.hypotheses)}</p>'
    formulas = Formulas(theorem.statement.theory)
    for chain in theorem.chains:
        if chain.conditions:
            yield f'<p class="case">Case {", ".join(map(formulas.term, chain.conditions))}:</p>'
        yield from _chain(chain, formulas, links)
    details = "" if theorem.verdict == "proved" else _details(theorem, formulas)
    yield f'<p class="{theorem.verdict}">{MARKS[theorem.verdict]} {_verdict(theorem, formulas)}{details}</p>'


def _chain(chain: ChainResult, formulas: Formulas, links: Mapping[str, str]) -> Iterator[str]:
    """A step a row: where the chain begins, if that is short, the side that the step leads to, and the reason."""
    yield '<div class="wide"><table class="chain">'
    start = formulas.shown(chain.start)
    if span(chain.start) > BESIDE or not chain.steps:
        yield f'<tr><td colspan="3">{start}</td></tr>'
        start = ""
    for step in chain.steps:
        by = _reason(step, links)
        yield f'<tr class="{step.verdict}"><td class="start">{start}</td><td class="side">{formulas.side(step.right)}</td>'
        yield f'<td class="by">{f"by {by}" if by else ""}</td></tr>'
        start = ""
        if step.verdict != "proved":
            expected = ", as the author expects" if step.expected else ""
            found = f"{MARKS[step.verdict]} {step.verdict}{expected}{_details(step, formulas)}"
            yield f'<tr class="{step.verdict}"><td></td><td class="finding" colspan="2">{found}</td></tr>'
    yield "</table></div>"


def _reason(step: StepResult, links: Mapping[str, str]) -> str:
    """The reasons of a step, with links to the theorems among them."""
    written = reason(step)
    if not any(name in links for name in written.split(", ")):
        return escaped(written)
    return ", ".join(
        f'<a href="#{escaped(links[name])}">{escaped(name)}</a>' if name in links else escaped(name)
        for name in written.split(", ")
    )


# --- what is declared -----------------------------------------------------------------------------------------------------


def _declared(theory: Theory) -> Iterator[str]:
    rows = list(_declarations(without_held(theory)))
    if not rows:
        return
    yield '<table class="declared">'
    before = ""
    for kind, shown, said in rows:
        label = kind if kind != before else ""
        before = kind
        yield f"<tr><th>{label}</th><td>{shown}</td><td>{escaped(said)}</td></tr>"
    yield "</table>"


def _declarations(theory: Theory) -> Iterator[tuple[str, str, str]]:
    """What is declared: its kind, itself, and what its author says of it."""
    formulas = Formulas(theory)
    said = theory.descriptions
    for name, least in theory.sizes.items():
        yield "size", _size(formulas, name, least), said.get(name, "")
    for unknown in theory.unknowns.values():
        yield "variable" if unknown.variable else "constant", _unknown(formulas, unknown), unknown.description
    for function in theory.functions.values():
        yield "function", formulas.term(_call(function)), function.description
    for name, index in theory.indices.items():
        shown = f"{formulas.term(index)} = 1, …, {formulas.term(index.range)}"
        yield "index", shown, said.get(name, "")
    for assumption in theory.assumptions:
        names = ", ".join(formulas.term(scalar(name)) for name in sorted(assumption.everywhere))
        every = f"for all {names}: " if names else ""
        yield "assume", every + formulas.shown(assumption.claim), assumption.description
    for definition in theory.definitions.values():
        yield "define", formulas.definition(definition), definition.description


def _size(formulas: Formulas, name: str, least: int) -> str:
    return formulas.term(Comparison(Size(name), ">=", Number(Fraction(least))) if least > 1 else Size(name))


def _unknown(formulas: Formulas, unknown: Unknown) -> str:
    """An array by its first and last entry, or by its name and its extents."""
    to = formulas.to
    whole: list[Term] = [scalar(unknown.name)]
    between = ("<mo>,</mo>", ", ")
    match unknown.ranges:
        case (Number(last),) if last <= ALL_SHOWN:
            whole = [Entry(unknown.name, (Number(Fraction(at)),)) for at in range(1, int(last) + 1)]
        case (extent,):
            whole = [Entry(unknown.name, (end,)) for end in (ONE, affine([(1, extent)]))]
            between = ("<mo>,</mo><mi>…</mi><mo>,</mo>", ", ..., ")
    markup, said = between[0].join(map(to.write, whole)), between[1].join(map(to.said, whole))
    if unknown.relation:
        markup, said = f"{markup}{to.relation(unknown.relation)}<mn>0</mn>", f"{said} {unknown.relation} 0"
    extents = " × ".join(map(formulas.term, unknown.ranges)) if len(unknown.ranges) > 1 else ""
    return formula([Part(markup, said)]) + (f" ({extents})" if extents else "")


def _call(function: UnknownFunction) -> Term:
    return Call(function.name, tuple(map(scalar, function.of or tuple("uvwxyz"[: function.arity]))))


# --- what is wrong --------------------------------------------------------------------------------------------------------


def _details(result: TheoremResult | StepResult, formulas: Formulas) -> str:
    """What follows a verdict other than proved: the message, the counterexample and what helps."""
    said = f": {with_code(result.message, escaped, code)}" if result.message else ""
    if result.counterexample is not None:
        said += f"<br>Counterexample: {_counterexample(result.counterexample, formulas)}"
    return said + (f"<br>Help: {code(result.suggestion)}" if result.suggestion else "")


def _counterexample(example: Counterexample, formulas: Formulas) -> str:
    at = ", ".join((*(_value(name, written, formulas) for name, written in example.told.items()), *example.untold))
    sides = f"the left side is {_minus(example.left)}, the right side {_minus(example.right)}"
    return f"at {at}, {sides}" if at else sides


def _value(name: str, written: str, formulas: Formulas) -> str:
    """A name or an entry, as the proof language writes it, and its value."""
    found = re.fullmatch(r"(\w+)\[([\d, ]+)\]", name)
    term: Term = scalar(name) if name.isidentifier() else Number(Fraction(0))
    if found is not None:
        term = Entry(found[1], tuple(Number(Fraction(at)) for at in found[2].split(",")))
    elif not name.isidentifier():
        return f"{escaped(name)} = {_minus(written)}"
    value = f"<mo>=</mo><mtext>{_minus(written)}</mtext>"
    return formula([Part(formulas.to.write(term) + value, f"{name} = {written}")])


def _minus(written: str) -> str:
    return escaped(written).replace("-", "−")


def name_html(name: str) -> str:
    """A name standing by itself in a sentence."""
    return formula([Part(mathml_name(name), name)])

r"""A report as one page of HTML that needs nothing besides itself: no script, no font, no network.

    <span class="math">
      <span>∂E/∂Z<sub>k</sub></span>
      <span hidden>\(\displaystyle \frac{\partial E}{\partial Z_{k}}\)</span>
    </span>

A formula is seen as a line of Unicode mathematics, and carries its LaTeX along unseen. Where a page is put on a site
that runs the auto-render of KaTeX, the LaTeX is typeset and takes the place of the line: the style sheet sees to that.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from html import escape

from derive.checking.verdicts import ChainResult, Report, StepResult, TheoremResult
from derive.floor.terms import ONE, Call, Comparison, Entry, Number, Size, Term, affine, scalar
from derive.floor.theory import Definition, Theory, Unknown, UnknownFunction
from derive.held import without_held
from derive.language.conditions import condition_in_words
from derive.language.derivation import Derivation, Statement
from derive.numbers.counterexample import Counterexample
from derive.render.latex import Latex, definiendum
from derive.render.layout import with_code
from derive.render.notation import Notation
from derive.render.reasons import reason, sizes_of
from derive.render.symbols import unicode_name
from derive.render.text import MARKS
from derive.render.unicode import Unicode, entry_text

# Subscripts and exponents are marked by characters that no name may hold, and become tags when all else is escaped.
_BELOW, _ABOVE = ("\ue000", "\ue001"), ("\ue002", "\ue003")
_TAGS = str.maketrans(dict(zip((*_BELOW, *_ABOVE), ("<sub>", "</sub>", "<sup>", "</sup>"), strict=True)))
_INVISIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ue000-\ue003\ufffe\uffff\ud800-\udfff]")
_ADDRESS = re.compile(r"https?://[^\s<>\"']*[^\s<>\"'.,;:!?)\]]")


def report_html(report: Report, ascii: bool = False) -> str:
    """The whole report, as a page of its own."""
    derivation = report.derivation
    return document(derivation.title or derivation.name, [*report_section(report), *remarks(derivation)], ascii)


def document(title: str, body: Iterable[str], ascii: bool = False) -> str:
    """A page; with `ascii`, its other characters are written as their numbers, and look the same."""
    lines = [
        "<!DOCTYPE html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escaped(title or 'Derivation')}</title>",
        f"<style>\n{STYLE}</style>",
        "</head>",
        "<body>",
        *body,
        "</body>",
        "</html>",
    ]
    page = "\n".join(lines) + "\n"
    return page.encode("ascii", "xmlcharrefreplace").decode() if ascii else page


def escaped(text: str) -> str:
    """`text` from a file as text of a page, and of a value in quotes."""
    return escape(_INVISIBLE.sub(" ", text))


def linked(text: str) -> str:
    """`text` in which addresses can be followed."""
    parts, end = [], 0
    for found in _ADDRESS.finditer(text):
        address = escaped(found[0])
        parts += [escaped(text[end : found.start()]), f'<a href="{address}" rel="noreferrer">{address}</a>']
        end = found.end()
    return "".join([*parts, escaped(text[end:])])


# --- formulas -------------------------------------------------------------------------------------------------------------


class _Line(Unicode):
    """Mathematics in a line of text that has subscripts and exponents."""

    def name(self, name: str) -> str:
        head, *marks = [part for part in super().name(name).split("_") if part] or [name]
        return head + "".join(self.below(mark, bare=True) for mark in marks)

    def below(self, text: str, bare: bool) -> str:
        return text.join(_BELOW)

    def above(self, text: str, bare: bool) -> str:
        return text.join(_ABOVE)


class Formulas:
    """The writer of formulas in which the names of a theory stand."""

    def __init__(self, theory: Theory | None = None) -> None:
        self._line, self._latex = _Line(theory), Latex(theory)

    def term(self, term: Term) -> str:
        return self.written(lambda to: to.write(term))

    def written(self, write: Callable[[Notation], str]) -> str:
        """What `write` writes in any notation."""
        line = escape(write(self._line)).translate(_TAGS)
        latex = escape(write(self._latex))
        return f'<span class="math"><span>{line}</span><span hidden>\\(\\displaystyle {latex}\\)</span></span>'

    def equation(self, sides: Iterable[Term]) -> str:
        sides = tuple(sides)
        return self.written(lambda to: " = ".join(map(to.write, sides)))

    def definition(self, row: Definition) -> str:
        return self.equation((definiendum(row), row.body))


def claim(statement: Statement) -> str:
    """What a theorem says, and when."""
    formulas = Formulas(statement.theory)
    said = formulas.equation(statement.sides)
    for word, conditions in (("for", statement.conditions), ("given", statement.hypotheses)):
        if conditions:
            said += f" {word} " + ", ".join(map(formulas.term, conditions))
    return said


# --- reports --------------------------------------------------------------------------------------------------------------


def report_section(report: Report, rank: int = 1, within: str | None = "") -> Iterator[str]:
    """What a report says but for the remarks, under a heading of that rank.

    The anchor of a theorem is its name after `within`; there is none where that is None.
    """
    derivation = report.derivation
    yield f"<h{rank}>{escaped(derivation.title or derivation.name or 'Derivation')}</h{rank}>"
    if derivation.source:
        yield f'<p class="quiet">{linked(derivation.source)}</p>'
    for problem in report.problems:
        yield f'<p class="unknown">{escaped(problem.message)}</p>'
    declared = [
        f"<tr><th>{kind}</th><td>{shown}</td><td>{escaped(said)}</td></tr>"
        for kind, shown, said in _declarations(derivation.theory)
    ]
    if declared:
        yield from ('<div class="wide"><table class="declared">', *declared, "</table></div>")
    for theorem in report.theorems:
        name = escaped(theorem.statement.name)
        anchor = f' id="{escaped(within)}{name}"' if within is not None else ""
        yield f"<h{rank + 1}{anchor}>{name}</h{rank + 1}>"
        yield f'<p class="claim">{claim(theorem.statement)}</p>'
        yield from _theorem(theorem)


def remarks(derivation: Derivation) -> Iterator[str]:
    """The notes of the author, and those of the reader of the file."""
    for note in (*derivation.notes, *(f"line {place.line}: {text}" for place, text in derivation.warnings)):
        yield f'<p class="note">{linked(note)}</p>'


def _declarations(theory: Theory) -> Iterator[tuple[str, str, str]]:
    """What is declared: its kind, itself, and what its author says of it."""
    theory = without_held(theory)
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
        yield "assume", every + formulas.term(assumption.claim), assumption.description
    for definition in theory.definitions.values():
        yield "define", formulas.definition(definition), definition.description


def _size(formulas: Formulas, name: str, least: int) -> str:
    return formulas.term(Comparison(Size(name), ">=", Number(Fraction(least))) if least > 1 else Size(name))


def _unknown(formulas: Formulas, unknown: Unknown) -> str:
    def shown(to: Notation) -> str:
        relation = f" {to.relation(unknown.relation)} 0" if unknown.relation else ""
        if len(unknown.ranges) == 1:
            ends = ONE, affine([(1, unknown.ranges[0])])
            first, last = (to.write(Entry(unknown.name, (end,))) for end in ends)
            return f"{first}, …, {last}{relation}"
        return to.name(unknown.name) + relation

    extents = " × ".join(map(formulas.term, unknown.ranges)) if len(unknown.ranges) > 1 else ""
    return formulas.written(shown) + (f" ({extents})" if extents else "")


def _call(function: UnknownFunction) -> Term:
    return Call(function.name, tuple(map(scalar, function.of or tuple("uvwxyz"[: function.arity]))))


def _theorem(theorem: TheoremResult) -> Iterator[str]:
    """The chains of a theorem, and the verdict on it."""
    formulas = Formulas(theorem.statement.theory)
    for chain in theorem.chains:
        if chain.conditions:
            yield f"<p>Case {', '.join(map(formulas.term, chain.conditions))}:</p>"
        yield from _chain(chain, formulas)
    said = theorem.verdict.capitalize()
    if theorem.verdict == "proved":
        sizes = [_size(formulas, name, least) for name, least in sizes_of(theorem)]
        said += f" for every {', '.join(sizes)}" if sizes else ""
        conditions = [condition_in_words(condition, formulas.term) for condition in theorem.conditions]
        said += f", provided that {'; '.join(conditions)}" if conditions else ""
    else:
        said += ", as the author expects" if theorem.expected else ""
        said += _details(theorem)
    yield f'<p class="{theorem.verdict}">{MARKS[theorem.verdict]} {said}</p>'


def _chain(chain: ChainResult, formulas: Formulas) -> Iterator[str]:
    yield '<div class="wide"><table class="chain">'
    yield f'<tr><td colspan="3">{formulas.term(chain.start)}</td></tr>'
    for step in chain.steps:
        by = escaped(reason(step))
        said = f"by {by}" if by else ""
        yield f'<tr class="{step.verdict}"><td>=</td><td>{formulas.term(step.right)}</td><td class="by">{said}</td></tr>'
        if step.verdict != "proved":
            expected = ", as the author expects" if step.expected else ""
            found = f"{MARKS[step.verdict]} {step.verdict}{expected}{_details(step)}"
            yield f'<tr class="{step.verdict}"><td></td><td colspan="2">{found}</td></tr>'
    yield "</table></div>"


def _details(result: TheoremResult | StepResult) -> str:
    """What follows a verdict other than proved: the message, the counterexample and what helps."""
    said = f": {with_code(result.message, escaped, _code)}" if result.message else ""
    if result.counterexample is not None:
        said += f"<br>Counterexample: {_counterexample(result.counterexample)}"
    return said + (f"<br>Help: {escaped(result.suggestion)}" if result.suggestion else "")


def _code(text: str) -> str:
    return f"<code>{escaped(text)}</code>"


def _counterexample(example: Counterexample) -> str:
    def value(written: str) -> str:
        return escaped(written).replace("-", "−")

    at = ", ".join((*(f"{_entry(name)} = {value(written)}" for name, written in example.told.items()), *example.untold))
    sides = f"the left side is {value(example.left)}, the right side {value(example.right)}"
    return f"at {at}, {sides}" if at else sides


def _entry(written: str) -> str:
    return re.sub(r"_(?:\{([\w,]+)\}|(\w+))", r"<sub>\1\2</sub>", escaped(entry_text(written)))


def name_html(name: str) -> str:
    """A name standing by itself in a sentence."""
    return escaped(unicode_name(name))


# --- style ----------------------------------------------------------------------------------------------------------------

STYLE = """\
:root { color-scheme: light dark; --text: #1c1e21; --page: #fdfdfc; --quiet: #62676d; --line: #d9dbde; --link: #0b5cad;
  --proved: #1a7037; --refuted: #b3261e; --open: #8a5a00; }
@media (prefers-color-scheme: dark) { :root { --text: #e4e6e8; --page: #17191c; --quiet: #9aa1a9; --line: #3a3f45;
  --link: #7db7f5; --proved: #6fcf8b; --refuted: #ff8a80; --open: #f0bf66; } }
body { max-width: 62rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; background: var(--page); color: var(--text);
  font: 1rem/1.55 system-ui, sans-serif; overflow-wrap: break-word; }
h1, h2, h3 { line-height: 1.25; margin: 2.2em 0 .5em; }
h1 { margin-top: 0; }
h1 + p { margin-top: 0; }
a { color: var(--link); }
.math { font-size: 1.07em; font-family: "STIX Two Math", "Cambria Math", "Latin Modern Math", Cambria, "DejaVu Serif", serif; }
.math:has(.katex) > :first-child { display: none; }
.math:has(.katex) > [hidden] { display: inline; }
:is(p, li, td):has(.katex) { padding-top: .3rem; padding-bottom: .3rem; }
sub, sup { font-size: .72em; line-height: 0; }
.claim { font-size: 1.15rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; margin: .8rem 0; }
td, th { padding: .22rem .9rem .22rem 0; vertical-align: baseline; text-align: left; font-weight: normal; }
th, .quiet, .by, .declared td:last-child { color: var(--quiet); }
.chain td:first-child { padding-right: .5rem; }
.by { font-size: .9rem; min-width: 8rem; }
p.proved { color: var(--proved); }
.refuted { color: var(--refuted); }
.unjustified, .unknown { color: var(--open); }
.note { border-left: .2rem solid var(--line); padding-left: .9rem; color: var(--quiet); }
nav a { margin-right: 1rem; white-space: nowrap; }
article { border-top: 1px solid var(--line); padding: .9rem 0; }
article h3 { margin: 0; font-size: 1rem; }
article h3 a { color: inherit; text-decoration: none; }
article p, article ul { margin: .3rem 0; }
article ul, .bare { padding: 0; list-style: none; }
article ul, p.quiet { font-size: .9rem; }
article li .quiet { margin-left: .7rem; }
article:target { border-left: .2rem solid var(--link); padding-left: .9rem; }
code { font-size: .95em; }
@media print { body { max-width: none; } .wide { overflow: visible; } }
"""

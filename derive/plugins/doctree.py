r"""A report as nodes of a document of Sphinx, its formulas as mathematics, which every builder writes in its own way.

    paragraph          softmax-ce, given Σ_i y_i = 1:          the result comes first, as in every format
    math_block         the claim, which may have a number
    paragraph          Proved for every H.
    paragraph          Symbols: …
    math_block         what is defined and assumed
    paragraph          Proof of softmax-ce:
    math_block         the chain: an `align*` of its own, since reasons need a column besides those of Sphinx
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from docutils import nodes

from derive.checking.verdicts import Report, TheoremResult
from derive.floor.terms import Comparison
from derive.render.latex import circumstances, definitions, equation, findings, latex_term, rows, symbols
from derive.render.order import MISTAKES, order, supposed

Labels = Callable[[str], str | None]
"""The label of the claim of a theorem, by its name."""

_DOLLAR = "\0"
"""A dollar of a message, which begins no formula."""


def nodes_of(report: Report, label: Labels) -> Iterator[nodes.Node]:
    """What is shown of a report."""
    derivation, parts = report.derivation, order(report)
    if derivation.title:
        yield nodes.paragraph("", "", nodes.strong(text=derivation.title))
    if derivation.source:
        yield _paragraph(f"Source: {_plain(derivation.source)}")
    yield nodes.raw("", r"\begingroup\allowdisplaybreaks", format="latex")  # a long chain may run over a page
    if parts.result is not None:
        yield from _claim(parts.result, label, supposed(parts.result))
        yield _paragraph(_sentences(parts.result)[0])
    declared = [*symbols(derivation.theory, _plain)]
    if declared:
        yield _paragraph(f"Symbols: {'; '.join(declared)}.")
    defined = definitions(derivation.theory)
    if defined:
        yield _aligned(defined)
    for theorem in parts.claims:
        yield from _proof_of_result(theorem) if theorem is parts.result else _theorem(theorem, label)
    if parts.mistakes:
        yield nodes.paragraph("", "", nodes.strong(text=f"{MISTAKES}:"))
    for theorem in parts.mistakes:
        yield from _theorem(theorem, label)
    yield nodes.raw("", r"\endgroup", format="latex")
    for note in derivation.notes:
        yield _paragraph(_plain(note))


def _theorem(theorem: TheoremResult, label: Labels) -> Iterator[nodes.Node]:
    """A theorem with its proof and its verdict."""
    yield from _claim(theorem, label)
    yield from _chains(theorem)
    for sentence in _sentences(theorem):
        yield _paragraph(sentence)


def _proof_of_result(theorem: TheoremResult) -> Iterator[nodes.Node]:
    """The proof of what is stated further up, with what there is to say of its steps."""
    if theorem.chains:
        yield nodes.paragraph("", "", nodes.Text("Proof of "), nodes.strong(text=theorem.statement.name), nodes.Text(":"))
    yield from _chains(theorem)
    for sentence in _sentences(theorem)[1:]:
        yield _paragraph(sentence)


def _claim(theorem: TheoremResult, label: Labels, given: Sequence[Comparison] | None = None) -> Iterator[nodes.Node]:
    said = circumstances(theorem, given)
    name = theorem.statement.name
    yield nodes.paragraph("", "", nodes.strong(text=name), *_inline(f", {said}:" if said else ":"))
    yield _formula(equation(theorem), label(name))


def _chains(theorem: TheoremResult) -> Iterator[nodes.Node]:
    for chain in theorem.chains:
        if chain.conditions:
            cases = ", ".join(f"${latex_term(condition)}$" for condition in chain.conditions)
            yield _paragraph(f"Case {cases}:")
        yield _aligned(rows(chain, theorem.statement.theory))


def _sentences(theorem: TheoremResult) -> list[str]:
    """The verdict, and what is wrong with the steps."""
    return list(findings(theorem, _plain))


def _aligned(lines: list[str]) -> nodes.math_block:
    inside = "\n".join(f"  {line}" for line in lines)
    return _formula(f"\\begin{{align*}}\n{inside}\n\\end{{align*}}", None, whole=True)


def _formula(latex: str, label: str | None, whole: bool = False) -> nodes.math_block:
    """A formula; `whole` where it brings its own environment."""
    formula = nodes.math_block(latex, latex, label=label, number=None, classes=[])
    formula["nowrap"] = formula["no-wrap"] = whole  # by its old name and its new one
    return formula


def _paragraph(text: str) -> nodes.paragraph:
    return nodes.paragraph("", "", *_inline(text))


def _inline(text: str) -> Iterator[nodes.Node]:
    """A text with mathematics in dollars and code in backticks."""
    for part in re.split(r"(\$[^$]*\$|`[^`]*`)", text):
        if part.startswith("$"):
            yield nodes.math("", part[1:-1])
        elif part.startswith("`"):
            yield nodes.literal(text=part[1:-1].replace(_DOLLAR, "$"))
        elif part:
            yield nodes.Text(part.replace(_DOLLAR, "$"))


def _plain(text: str) -> str:
    """A text as its author wrote it, without mathematics."""
    return " ".join(text.split()).replace("$", _DOLLAR)

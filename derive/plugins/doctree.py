r"""A report as nodes of a document of Sphinx, its formulas as mathematics, which every builder writes in its own way.

    container
      math_block                 what is defined and assumed
      paragraph                  softmax-ce, for i ≠ k:
      math_block                 the claim, which may have a number
      math_block                 the chain: an `align*` of its own, since reasons need a column besides those of Sphinx
      paragraph                  Proved for every H.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from docutils import nodes

from derive.checking.verdicts import Report, TheoremResult
from derive.floor.terms import Comparison
from derive.render.latex import definitions, findings, latex_term, rows

Labels = Callable[[str], str | None]
"""The label of the claim of a theorem, by its name."""

_DOLLAR = "\0"
"""A dollar of a message, which begins no formula."""


def nodes_of(report: Report, label: Labels) -> Iterator[nodes.Node]:
    """What is shown of a report."""
    derivation = report.derivation
    if derivation.title:
        yield nodes.paragraph("", "", nodes.strong(text=derivation.title))
    if derivation.source:
        yield _paragraph(f"Source: {_plain(derivation.source)}")
    yield nodes.raw("", r"\begingroup\allowdisplaybreaks", format="latex")  # a long chain may run over a page
    declared = definitions(derivation.theory)
    if declared:
        yield _aligned(declared)
    for theorem in report.theorems:
        yield from _theorem(theorem, label(theorem.statement.name))
    yield nodes.raw("", r"\endgroup", format="latex")
    for note in derivation.notes:
        yield _paragraph(_plain(note))


def _theorem(theorem: TheoremResult, label: str | None) -> Iterator[nodes.Node]:
    statement = theorem.statement
    said = "".join(
        f", {word} {_conditions(conditions)}"
        for word, conditions in (("for", statement.conditions), ("given", statement.hypotheses))
        if conditions
    )
    yield nodes.paragraph("", "", nodes.strong(text=statement.name), *_inline(f"{said}:"))
    yield _formula(" = ".join(latex_term(side, statement.theory) for side in statement.sides), label)
    for chain in theorem.chains:
        if chain.conditions:
            yield _paragraph(f"Case {_conditions(chain.conditions)}:")
        yield _aligned(rows(chain, statement.theory))
    for sentence in findings(theorem, _plain):
        yield _paragraph(sentence)


def _conditions(conditions: Iterable[Comparison]) -> str:
    return ", ".join(f"${latex_term(condition)}$" for condition in conditions)


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

r"""A report as Markdown, its mathematics between dollars as GitHub, Jupyter and most viewers read it.

    ## softmax-ce

    $$
    \begin{aligned}
      \frac{\partial E}{\partial Z_{k}} &= … && \text{by sum} \\
      …
    \end{aligned}
    $$

    ✓ **Proved** for every $H$.
"""

from __future__ import annotations

import re

from derive.checking.verdicts import Report, TheoremResult
from derive.render.latex import claim, definitions, findings, latex_term, rows
from derive.render.layout import with_code
from derive.render.text import MARKS


def report_markdown(report: Report) -> str:
    """The whole report."""
    derivation = report.derivation
    blocks = [f"# {escaped(derivation.title or derivation.name or 'Derivation')}"]
    if derivation.source:
        address = re.fullmatch(r"https?://[^\s<>]+", derivation.source)
        blocks.append(f"Source: <{derivation.source}>" if address else f"Source: {escaped(derivation.source)}")
    declared = definitions(derivation.theory)
    if declared:
        blocks.append(_aligned(declared))
    for theorem in report.theorems:
        blocks += _theorem(theorem)
    blocks += (f"> {escaped(note)}" for note in derivation.notes)
    return "\n\n".join(blocks) + "\n"


def _theorem(theorem: TheoremResult) -> list[str]:
    blocks = [f"## {escaped(theorem.statement.name)}", _inline(claim(theorem))]
    for chain in theorem.chains:
        if chain.conditions:
            blocks.append(f"Case {', '.join(f'${latex_term(condition)}$' for condition in chain.conditions)}:")
        blocks.append(_aligned(rows(chain, theorem.statement.theory)))
    verdict, *others = findings(theorem, _sentence)
    word = theorem.verdict.capitalize()
    blocks.append(f"{MARKS[theorem.verdict]} **{word}**{_inline(verdict.removeprefix(word))}")
    if others:
        blocks.append("\n".join(f"- {_inline(sentence)}" for sentence in others))
    return blocks


def _aligned(lines: list[str]) -> str:
    inside = "\n".join(f"  {line}" for line in lines)
    return "$$\n\\begin{aligned}\n" + inside.replace(r"\operatorname", r"\mathrm") + "\n\\end{aligned}\n$$"


def _inline(text: str) -> str:
    return text.replace(r"\operatorname", r"\mathrm")  # which GitHub refuses


def _sentence(text: str) -> str:
    """A message; in code nothing is escaped."""
    return with_code(text, escaped, lambda part: f"`{' '.join(part.split())}`")


def escaped(text: str) -> str:
    """`text` without anything that Markdown or HTML would read as more than text."""
    return re.sub(r"([\\`*_{}\[\]<>#|$~!&])", r"\\\1", " ".join(text.split()))

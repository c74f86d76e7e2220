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
from collections.abc import Sequence

from derive.checking.verdicts import Report, TheoremResult
from derive.render.latex import claim, definitions, findings, latex_term, rows, symbols
from derive.render.layout import with_code
from derive.render.order import MISTAKES, order, supposed
from derive.render.text import MARKS


def report_markdown(report: Report) -> str:
    """The whole report."""
    derivation = report.derivation
    blocks = [f"# {escaped(derivation.title or derivation.name or 'Derivation')}"]
    if derivation.source:
        address = re.fullmatch(r"https?://[^\s<>]+", derivation.source)
        blocks.append(f"Source: <{derivation.source}>" if address else f"Source: {escaped(derivation.source)}")
    parts = order(report)
    if parts.result is not None:
        blocks += _result(parts.result)
    declared = [f"- {_inline(symbol)}" for symbol in symbols(derivation.theory, escaped)]
    if declared:
        blocks.append("\n".join(declared))
    defined = definitions(derivation.theory)
    if defined:
        blocks.append(_aligned(defined))
    for theorem in parts.claims:
        blocks += _theorem(theorem)
    blocks += on_purpose(parts.mistakes)
    blocks += (f"> {escaped(note)}" for note in derivation.notes)
    return "\n\n".join(blocks) + "\n"


def on_purpose(mistakes: Sequence[TheoremResult]) -> list[str]:
    """What fails on purpose, if there is any, under a heading that says so."""
    heading = [f"## {MISTAKES}"] if mistakes else []
    return [*heading, *(block for theorem in mistakes for block in _theorem(theorem, rank=3))]


def _result(theorem: TheoremResult) -> list[str]:
    """What a derivation is about, and its verdict."""
    verdict, *_ = findings(theorem, _sentence)
    return [f"**{_inline(claim(theorem, supposed(theorem)))}**", _judged(theorem, verdict)]


def _theorem(theorem: TheoremResult, rank: int = 2) -> list[str]:
    blocks = [f"{'#' * rank} {escaped(theorem.statement.name)}", _inline(claim(theorem))]
    for chain in theorem.chains:
        if chain.conditions:
            blocks.append(f"Case {', '.join(f'${latex_term(condition)}$' for condition in chain.conditions)}:")
        blocks.append(_aligned(rows(chain, theorem.statement.theory)))
    verdict, *others = findings(theorem, _sentence)
    blocks.append(_judged(theorem, verdict))
    if others:
        blocks.append("\n".join(f"- {_inline(sentence)}" for sentence in others))
    return blocks


def _judged(theorem: TheoremResult, verdict: str) -> str:
    word = theorem.verdict.capitalize()
    return f"{MARKS[theorem.verdict]} **{word}**{_inline(verdict.removeprefix(word))}"


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

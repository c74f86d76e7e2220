"""The lines of a theorem in numbers, the value before each:

    softmax-ce at y = [0, 1, 0], Z = [1, 2, 3], H = 3, k = 1

         0.0900306  ∂E/∂Z_k
      =  0.0900306  ∂(−Σ_i y_i ln O_i)/∂Z_k      by definition(E)

What has no value there is told so, and a line whose value differs is marked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from derive.checking.valued import Given, Valued
from derive.checking.verdicts import StepResult
from derive.language import write_term
from derive.render.layout import broken, columns, paragraph
from derive.render.reasons import reason
from derive.render.unicode import write_unicode

_WIDTH = 13
"""Of a value with its sign."""


def valued_text(chains: Sequence[Valued], values: Given, width: int | None, ascii: bool) -> str:
    """The chains of a theorem with their values, as text."""
    return "".join(f"{line.rstrip()}\n" for each in chains for line in _lines(each, values, width, ascii))


def _lines(found: Valued, values: Given, width: int | None, ascii: bool) -> Iterator[str]:
    theory = found.theorem.statement.theory
    shown = [f"{name} = {_given(value)}" for name, value in values.items()]
    shown += [f"{name} = {n}" for name, n in sorted({**found.point.sizes, **found.point.indices}.items()) if name not in values]
    yield from paragraph(f"{found.theorem.statement.name} at {', '.join(shown)}", width, "", "  ")
    for claim in found.unmet:
        yield from paragraph(f"not met here: {write_unicode(claim, theory, ascii)}", width, "  ", "    ")
    yield ""
    steps: Sequence[StepResult | None] = found.chain.steps or (None,)
    rights = [found.theorem.right if step is None else step.right for step in steps]
    yield from _line(" ", found.first, write_unicode(found.chain.start, theory, ascii), "", width)
    for step, right, value in zip(steps, rights, found.values, strict=True):
        by = f"by {reason(step)}" if step is not None and reason(step) else ""
        same = "=" if value is None or found.first is None or _is_close(value, found.first) else "!=" if ascii else "≠"
        yield from _line(same, value, write_unicode(right, theory, ascii), by, width)


def _line(sign: str, value: float | None, text: str, by: str, width: int | None) -> Iterator[str]:
    said = "no value" if value is None else f"{value:.7g}"
    head = f"  {sign:<2}{said:>{_WIDTH}}  "
    first, *others = broken(text, None if width is None else max(width - len(head), 10))
    beside = by and not others and (width is None or len(head) + columns(first) + 3 + columns(by) <= width)
    yield head + first + (f"   {by}" if beside else "")
    yield from (" " * len(head) + line for line in others)
    if by and not beside:
        yield from paragraph(by, width, " " * (len(head) + 4), " " * (len(head) + 6))


def _is_close(one: float, other: float) -> bool:
    return abs(one - other) <= 1e-9 * (1 + abs(one) + abs(other))


def _given(value: Any) -> str:
    if isinstance(value, Fraction):
        return f"{float(value):.7g}"
    return f"[{', '.join(map(_given, value))}]"


def valued_json(chains: Sequence[Valued]) -> dict[str, Any]:
    """The same as data: a row for each line, with its value or null."""
    rows = []
    for found in chains:
        theory = found.theorem.statement.theory
        rights = [step.right for step in found.chain.steps] or [found.theorem.right]
        lines = [(found.chain.start, found.first), *zip(rights, found.values, strict=True)]
        rows.append(
            {
                "theorem": found.theorem.statement.name,
                "sizes": dict(found.point.sizes),
                "indices": dict(found.point.indices),
                "unmet": [write_term(claim, theory) for claim in found.unmet],
                "agrees": found.agrees,
                "lines": [{"term": write_term(term, theory), "value": value} for term, value in lines],
            }
        )
    return {"values": rows}

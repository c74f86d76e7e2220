"""Filling in: each `?` replaced by what the rules of its step give.

    = ?            by split(i = k)        = sum(y[i], i != k) + y[k]   by split(i = k)

Only the question marks change, and the space behind them, so that columns stay where they can; comments and layout are the
author's. The result is read and checked again: what was filled in is proved as it stands there, or nothing is changed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from derive.checking.checker import check
from derive.checking.steps import TIMEOUT
from derive.checking.verdicts import StepResult
from derive.language import write_term
from derive.language.derivation import Derivation, Statement, Step
from derive.language.errors import SourceError

Read = Callable[[str], list[Derivation]]


@dataclass(frozen=True)
class _Checked:
    """A step, and what checking it found; `number` counts all steps of the text."""

    number: int
    step: Step
    result: StepResult
    statement: Statement
    derivation: Derivation


def fill(text: str, read: Read, *, timeout: float = TIMEOUT) -> str:
    """`text` with every `?` replaced; `read` reads the derivations in it.

    Raises `SourceError` at the first one that cannot be computed.
    """
    gaps = [gap for gap in _steps(read(text), timeout) if gap.step.right is None]
    filled, done = "", 0
    for gap in gaps:
        if gap.result.verdict != "proved":
            raise _error(gap, gap.result.message or "this could not be computed")
        start, end = (at + gap.derivation.offset for at in (gap.step.place.start, gap.step.place.end))
        written = write_term(gap.result.right, gap.statement.theory)
        filled += text[done:start] + written
        # The reasons stay in their column as long as there is room.
        behind = re.compile(" *").match(text, end)
        assert behind is not None
        room = len(behind[0]) - (len(written) - 1)
        filled += " " * max(room, min(len(behind[0]), 1))
        done = behind.end()
    filled += text[done:]
    if gaps:
        results = {step.number: step.result for step in _steps(read(filled), timeout)}
        for gap in gaps:
            if results[gap.number].verdict != "proved":
                given = write_term(gap.result.right, gap.statement.theory)
                raise _error(gap, f"the rules give {given}, but not in one step that could be checked again")
    return filled


def _steps(derivations: list[Derivation], timeout: float) -> Iterator[_Checked]:
    """All steps of all written proofs, checked."""
    number = 0
    for derivation in derivations:
        for theorem in check(derivation, timeout=timeout).theorems:
            for chain, checked in zip(theorem.statement.proof or (), theorem.chains, strict=False):
                for step, result in zip(chain.steps, checked.steps, strict=True):
                    yield _Checked(number, step, result, theorem.statement, derivation)
                    number += 1


def _error(gap: _Checked, message: str) -> SourceError:
    help = "name other or fewer rules, or write the expression"
    error = SourceError(gap.result.code or "D203", message, gap.step.place, help)
    error.file, error.text = gap.derivation.file, gap.derivation.text
    return error

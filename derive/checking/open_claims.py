"""Claims that ask for their right side: `theorem t: diff(x^2, x) = ?`.

What stands there is found before anything else is done with the theorem, and then it is one like any other: it is proved, cited
and printed as if its author had written it.
"""

from __future__ import annotations

from dataclasses import replace

from derive.engine.measure import size
from derive.engine.proofs import worked_out
from derive.engine.rewriting import Context
from derive.errors import LimitError
from derive.floor.signs import Knowledge
from derive.floor.terms import alpha_equal
from derive.language.derivation import Derivation, Statement
from derive.limits import LARGEST_TERM, STEP, allowed, spend


def closed(derivation: Derivation, timeout: float) -> Derivation:
    """The derivation with the right sides that its theorems ask for, as far as they are found, or why one is not."""
    if not any(statement.is_open for statement in derivation.statements):
        return derivation
    return replace(derivation, statements=tuple(_closed(statement, timeout) for statement in derivation.statements))


def _closed(statement: Statement, timeout: float) -> Statement:
    if not statement.is_open or statement.given_up is not None:
        return statement
    (left,) = statement.sides
    context = Context(Knowledge(statement.theory, statement.hypotheses, statement.conditions), {}, timeout)
    try:
        with allowed(STEP, timeout):
            found = worked_out(left, context)
            if found is not None and not alpha_equal(found.right, left) and size(found.right) <= LARGEST_TERM:
                return replace(statement, sides=(left, found.right))
            spend(0)  # what met a limit may have been left out
    except (LimitError, RecursionError) as problem:
        context.met(problem)
    nothing = "D203", "nothing simpler was found that it is equal to"
    return replace(statement, given_up=context.limits[-1] if context.limits else nothing)

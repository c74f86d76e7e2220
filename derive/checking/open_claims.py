"""Claims that ask for their right side: `theorem t: diff(x^2, x) = ?`.

What stands there is found before anything else is done with the theorem, and then it is one like any other: it is proved, cited
and printed as if its author had written it.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from derive.engine.measure import size
from derive.engine.proofs import worked_out
from derive.engine.rewriting import Context
from derive.errors import LimitError
from derive.floor.signs import Knowledge
from derive.floor.terms import alpha_equal
from derive.language.derivation import Derivation, Statement
from derive.limits import LARGEST_TERM, STEP, allowed


def closed(derivation: Derivation, timeout: float) -> Derivation:
    """The derivation with the right sides that its theorems ask for, as far as they are found."""
    if not any(statement.is_open for statement in derivation.statements):
        return derivation
    return replace(derivation, statements=tuple(_closed(statement, timeout) for statement in derivation.statements))


def _closed(statement: Statement, timeout: float) -> Statement:
    if statement.is_open:
        (left,) = statement.sides
        knowledge = Knowledge(statement.theory, statement.hypotheses, statement.conditions)
        with suppress(LimitError, RecursionError), allowed(STEP, timeout):
            found = worked_out(left, Context(knowledge, {}, timeout))
            if found is not None and not alpha_equal(found.right, left) and size(found.right) <= LARGEST_TERM:
                return replace(statement, sides=(left, found.right))
    return statement

"""What the floor says of an equation that is given: for tests that need a verdict of proved, and no proof."""

from __future__ import annotations

from derive.checking.verdicts import General, _seal
from derive.floor import kernel
from derive.floor.claims import Weighed, weighed
from derive.floor.conditions import Condition
from derive.floor.discharge import no_search
from derive.floor.signs import Knowledge
from derive.floor.terms import Comparison, Term
from derive.floor.theory import Theory
from derive.language.derivation import Statement


def supposed(left: Term, right: Term, theory: Theory) -> Weighed:
    """What is proved of two sides where it is given that they are equal."""
    claim = Comparison(left, "=", right)
    known = Knowledge(theory, (claim,))
    return weighed([kernel.hypothesis(claim, theory)], (left, right), known, no_search)


def shown_as(
    proof: Weighed, statement: Statement, case: tuple[Comparison, ...] = (), conditions: tuple[Condition, ...] = ()
) -> General:
    """What is proved as an instance of itself in a statement, of which what is given is no hypothesis."""
    left, right = proof.sides
    return General(_seal, (left, right), proof, (left, right), conditions, statement, case)

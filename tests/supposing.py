"""What the floor says of an equation that is given: for tests that need a verdict of proved, and no proof."""

from __future__ import annotations

from derive.floor import kernel
from derive.floor.claims import Weighed, weighed
from derive.floor.discharge import no_search
from derive.floor.signs import Knowledge
from derive.floor.terms import Comparison, Term
from derive.floor.theory import Signature


def supposed(left: Term, right: Term, signature: Signature) -> Weighed:
    """What is proved of two sides where it is given that they are equal."""
    claim = Comparison(left, "=", right)
    known = Knowledge(signature, (claim,))
    return weighed([kernel.hypothesis(claim, signature)], (left, right), known, no_search)

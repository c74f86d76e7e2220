"""What has no value in a case is equal to anything that has none there.

    y^2/abs(y) = 5*y/abs(y)      where y = 0: both sides are 0/abs(y)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.floor import kernel
from derive.floor.definedness import defined
from derive.floor.kernel import Theorem
from derive.floor.signs import Knowledge
from derive.floor.terms import ZERO, Div, Mul, Term

if TYPE_CHECKING:
    from derive.engine.prove import Prove


def without_value(
    left: Term, right: Term, knowledge: Knowledge, given: tuple[Theorem, ...], prove: Prove
) -> Theorem | None:
    """Two sides of which one is divided by what is 0 by the equations: both are a*d/d, where d is 0, and so equal to 0/d."""
    needed = defined(left) | defined(right)
    claims = {c.claim.left for c in needed if c.claim.relation == "!=" and c.claim.right is ZERO and not (c.bound or c.guards)}
    for divisor in sorted(claims, key=repr) if given else ():
        nothing = prove(divisor, ZERO, knowledge, given)
        if nothing is not None:
            return kernel.transitivity(_nothing(left, divisor, nothing), kernel.symmetry(_nothing(right, divisor, nothing)))
    return None


def _nothing(side: Term, divisor: Term, nothing: Theorem) -> Theorem:
    """a = a*d/d = a*0/d = 0/d."""
    above = Mul((side, divisor))
    whole = Div(above, divisor)
    used = kernel.congruence(whole, {0: kernel.congruence(above, {1: nothing})})
    start = kernel.transitivity(kernel.ring(side, whole, nothing.theory, ""), used)
    return kernel.transitivity(start, kernel.ring(start.right, Div(ZERO, divisor), nothing.theory, ""))

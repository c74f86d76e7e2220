"""Whether two terms have one normal form, and by which equations: the quick look before laws are sought that prove it.

    x*sum(p[i], i) = x       the forms are one once sum(p[i], i) = 1 is used

The normal form is not trusted: what it says of two terms is where to search, and no theorem.
"""

from __future__ import annotations

from collections.abc import Iterable

from derive.engine.matching import universal
from derive.engine.normal import Normalizer, Undefined
from derive.engine.normal.polynomial import Poly
from derive.floor.kernel import Theorem
from derive.floor.signs import Knowledge
from derive.floor.terms import Index, Term


def agreeing(
    left: Term, right: Term, knowledge: Knowledge, using: tuple[Theorem, ...] = (), functions: bool = True
) -> tuple[Theorem, ...] | None:
    """Those of the equations by which two terms have one normal form; None where they have two, or one has none.

    Fails with `LimitError` where a form is too large.
    """
    normalizer = Normalizer(knowledge, functions)
    try:
        difference = normalizer.normal(left) - normalizer.normal(right)
        used: set[int] = set()
        if difference and using:
            difference, used = normalizer.rewritten(normalizer.without_bars(difference), as_equations(using, normalizer))
        equal = normalizer.is_zero(difference)
    except Undefined:
        return None
    return tuple(theorem for number, theorem in enumerate(using) if number in used) if equal else None


def as_equations(theorems: Iterable[Theorem], normalizer: Normalizer) -> list[tuple[Poly, Poly, frozenset[Index]]]:
    """The two sides of each theorem in normal form, and the indices that it holds for all values of."""
    return [(normalizer.normal(t.left), normalizer.normal(t.right), universal(t)) for t in theorems]

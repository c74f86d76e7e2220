"""A term as its normal form is written out: 2*x for x + x."""

from __future__ import annotations

from derive.engine.agreement import as_equations
from derive.engine.normal import Normalizer, Undefined
from derive.engine.normal.written import to_term
from derive.engine.rewriting import Context, by_algebra
from derive.errors import LimitError
from derive.floor import kernel
from derive.floor.kernel import Theorem
from derive.floor.terms import Term


def simplest(term: Term, context: Context, using: tuple[Theorem, ...] = (), functions: bool = True) -> Theorem:
    """`term` as its normal form is written out; without `functions` by no identity of one."""
    normalizer = Normalizer(context.knowledge, functions)
    try:
        poly = normalizer.normal(term)
        if using:
            poly, _ = normalizer.rewritten(poly, as_equations(using, normalizer))
        found = by_algebra(term, to_term(poly), context.knowledge, using, functions)
    except (Undefined, LimitError):
        found = None
    return kernel.reflexivity(term, context.theory) if found is None else found

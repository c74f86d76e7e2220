"""The way into a term: what is known at one of its parts, and what a condition that is found there asks of the whole.

    part                         known there                             a condition c found there
    the body of sum(…, i != k)   what does not mention i, and i != k     c for all i != k
    a branch of if(p, …, …)      p, or its opposite, as well             c where p holds, or where it does not
    the body of diff(…, x)       what holds all around the point         what makes c hold all around it
    any other                    the same                                c

Whoever works inside of a term asks here: the kernel when it carries conditions out, and every search when it goes in.
"""

from __future__ import annotations

from derive.errors import KernelError
from derive.floor.conditions import NONE, Condition, Conditions, guarded, is_about_indices, negated, under_binder
from derive.floor.definedness import around
from derive.floor.dependence import independent
from derive.floor.signs import Knowledge
from derive.floor.terms import Binder, Comparison, Delta, Diff, Entry, If, Index, Subscript, Term, children, free_indices
from derive.floor.theory import Theory


def known_inside(term: Term, position: int, known: Knowledge) -> Knowledge:
    """What is known at the part of `term` at a position among its `children`."""
    match term:
        case If(condition, _, _) if position > 0:
            return known.where(condition if position == 1 else negated(condition))
        case Diff(_, by):  # what does not depend on the variable, and an order or difference of what has no jump
            kept = tuple(claim for claim in known.hypotheses if holds_around(claim, by, known.theory))
            return known if kept == known.hypotheses else Knowledge(known.theory, kept, known.conditions)
    return _under(known, term.index, term.excluded) if isinstance(term, Binder) and position == len(term.excluded) else known


def carried_out(term: Term, position: int, conditions: Conditions, theory: Theory) -> Conditions:
    """Conditions at a part of `term` as conditions of the whole.

    Fails with `ValueError` for a part that nothing can be put in the place of (an index, a relation, the variable of a
    derivative), and where a condition at a point need not hold around it.
    """
    part = children(term)[position]
    is_place = isinstance(term, (*Subscript, Comparison, Entry, Delta)) or isinstance(part, (*Subscript, Comparison))
    if is_place or (isinstance(term, Binder) and position < len(term.excluded)):
        raise KernelError("an index or a relation cannot be rewritten")
    match term:
        case If(condition, _, _):
            return guarded(conditions, condition if position == 1 else negated(condition))
        case Diff(_, by):
            if position != 0:
                raise KernelError("the variable of a derivative cannot be rewritten")
            found = [around(condition, by, theory) for condition in conditions]
            if None in found:
                raise KernelError("an equality that holds at a point need not hold around it")
            return NONE.union(*(each for each in found if each is not None))
    return under_binder(conditions, term.index, term.excluded) if isinstance(term, Binder) else conditions


def _under(known: Knowledge, index: Index, excluded: tuple[Term, ...]) -> Knowledge:
    hypotheses = tuple(claim for claim in known.hypotheses if index not in free_indices(claim))
    relations = tuple(claim for claim in known.conditions if index not in free_indices(claim))
    apart = tuple(Comparison(index, "!=", other) for other in excluded)
    return Knowledge(known.theory, hypotheses, (*relations, *apart))


def holds_around(claim: Comparison, by: Entry, theory: Theory) -> bool:
    """Whether what holds at a point holds all around it as the variable is moved."""
    if is_about_indices(claim) or independent(claim, by, theory) is not None:
        return True
    found = around(Condition(claim), by, theory)
    return found is not None and found <= frozenset((Condition(claim),))

"""Whether two terms are equal, by whatever it takes: everything unfolded, differentiated, brought into normal form.

    sin(x)^2 + cos(x)^2 = 1     a theorem, or None where that does not decide it

Where the normal form alone does not decide, two free indices are taken as equal and as different, and an index with a small
range is given each of its values.
"""

from __future__ import annotations

from dataclasses import replace

from derive.engine import rules
from derive.engine.branches import branches_taken, has_branches
from derive.engine.evidence import weighed
from derive.engine.given import everywhere, given_equations, given_unfolded, held_fixed, restated, with_unfolded
from derive.engine.rewriting import Context, Rewriter, by_algebra, by_definition, by_equation, calculus, rewritten
from derive.engine.simplest import simplest
from derive.engine.solving import solutions
from derive.errors import LimitError
from derive.floor import kernel
from derive.floor import terms as t
from derive.floor.definedness import defined
from derive.floor.kernel import Theorem
from derive.floor.terms import Comparison, Delta, If, Index, Number, Term, free_indices, number, substitute, subterms


def joined(first: Theorem, middle: Theorem, second: Theorem) -> Theorem:
    """The equation of two left sides, whose right sides the middle one joins."""
    return kernel.transitivity(kernel.transitivity(first, middle), kernel.symmetry(second))


def differentiated(term: Term, context: Context) -> Theorem:
    """`term` with everything defined unfolded and every derivative carried out, by what holds everywhere where that is said."""
    arrays = {name for f in context.theory.functions.values() for name in f.of if name in context.theory.definitions}
    scope = replace(context.scope, chained=True, targets=frozenset(arrays))
    fixed = [by_equation(theorem, context) for theorem in held_fixed(context.knowledge)]
    plain = [*fixed, by_definition(None), *calculus(context, rules.ALL)]
    held: list[Rewriter] = []
    for theorem in everywhere(context.knowledge):
        sides = (rewritten(side, plain, context, scope) for side in (theorem.left, theorem.right))
        held += [by_equation(theorem, context), by_equation(restated(theorem, *sides), context)]
    first = rewritten(term, held, context, scope)  # before a rule takes apart what it is about
    return kernel.transitivity(first, rewritten(first.right, [*held, *plain], context, scope))


def evaluated(left: Term, right: Term, context: Context) -> Theorem | None:
    """The theorem `left = right` by whatever it takes; None where that does not decide it."""
    found = _by_normal_form(left, right, context) or _by_common_names(left, right, context)
    if found is not None:
        return found
    context = replace(context, knowledge=with_unfolded(context.knowledge))
    branching = has_branches(left, right, context.theory)
    first, second = differentiated(left, context), differentiated(right, context)
    middle = _by_normal_form(first.right, second.right, where_defined(first.right, second.right, context))
    if middle is not None:
        found = joined(first, middle, second)
        if not branching or weighed([found], (left, right), context.knowledge).proves:
            return found
    return (
        (_by_branches(left, right, context) if branching else None)
        or found
        or _by_cases(left, right, context)
        or _by_values(left, right, context)
        or _by_solving(first, second, context)
    )


def _by_branches(left: Term, right: Term, context: Context) -> Theorem | None:
    taken = branches_taken(left, right, where_defined(left, right, context))
    middle = None if taken is None else evaluated(taken[0].right, taken[1].right, context)
    return None if taken is None or middle is None else joined(taken[0], middle, taken[1])


def _by_solving(first: Theorem, second: Theorem, context: Context) -> Theorem | None:
    """By what is given, solved for what stands in the right sides of the two, which are the sides as far as they go."""
    given = tuple(_carried_out(theorem, context) for theorem in given_equations(context.knowledge))

    def settle(term: Term, using: tuple[Theorem, ...]) -> Theorem:
        return simplest(term, context, using)

    for using in solutions(given, (first.right, second.right), context.knowledge, settle):
        middle = by_algebra(first.right, second.right, context.knowledge, using)
        if middle is not None:
            return joined(first, middle, second)
    return None


def _carried_out(theorem: Theorem, context: Context) -> Theorem:
    """An equation with everything unfolded and differentiated in it."""
    return restated(theorem, differentiated(theorem.left, context), differentiated(theorem.right, context))


def _by_common_names(left: Term, right: Term, context: Context) -> Theorem | None:
    """With no more unfolded than what one side alone is made of: what both are made of may be too large to be looked into."""
    theory = context.theory
    one, other = (theory.definitions.keys() & theory.behind(t.entry_names(side)) for side in (left, right))
    if not one & other or one == other:
        return None
    first, second = (rewritten(side, [by_definition(frozenset(one ^ other))], context, context.scope) for side in (left, right))
    middle = _by_normal_form(first.right, second.right, where_defined(first.right, second.right, context))
    return None if middle is None else joined(first, middle, second)


def where_defined(left: Term, right: Term, context: Context) -> Context:
    """The context with what the two sides need to have a value, and what is given: a claim speaks of such values only."""
    valued = defined(left).union(defined(right), *map(defined, context.knowledge.hypotheses))
    conditions = map(context.knowledge.without_idle, valued)
    claims = (c.claim for c in conditions if not c.bound and not c.guards)
    needed = tuple(sorted(claims, key=repr))
    if not needed:
        return context
    return replace(context, knowledge=context.knowledge.where(*needed))


def _by_normal_form(left: Term, right: Term, context: Context) -> Theorem | None:
    try:
        using = (*given_equations(context.knowledge), *given_unfolded(context.knowledge))
        return by_algebra(left, right, context.knowledge, using)
    except (LimitError, RecursionError) as problem:
        context.met(problem)
    return None


def _by_cases(left: Term, right: Term, context: Context) -> Theorem | None:
    """By the two ways in which two free indices can stand to each other, where delta or a choice asks for it."""
    for part in (*subterms(left), *subterms(right)):
        match part:
            case If(Comparison(Index() as i, _, Index() as k), _, _) | Delta(Index() as i, Index() as k):
                pair = (i, k)
            case _:
                continue
        free = free_indices(left) | free_indices(right)
        if not {*pair} <= free or pair[0] is pair[1] or context.knowledge.apart(*pair):
            continue
        merged: dict[Term, Term] = {pair[0]: pair[1]}
        equal = evaluated(substitute(left, merged), substitute(right, merged), context)
        if equal is None:
            return None
        relation = Comparison(pair[0], "!=", pair[1])
        different = evaluated(left, right, replace(context, knowledge=context.knowledge.where(relation)))
        return None if different is None else kernel.cases(left, right, Comparison(pair[0], "=", pair[1]), equal, different)
    return None


def _by_values(left: Term, right: Term, context: Context) -> Theorem | None:
    """One by one, for a free index with a small range that is a number."""
    for index in sorted(free_indices(left) | free_indices(right), key=t.by_name):
        if isinstance(index.range, Number) and index.range.value <= 6 and index not in context.theory.indices.values():
            values = [number(v) for v in range(1, int(index.range.value) + 1)]
            found = []
            for value in values:
                theorem = evaluated(substitute(left, {index: value}), substitute(right, {index: value}), context)
                if theorem is None:
                    return None
                found.append(theorem)
            return kernel.every_value(left, right, index, tuple(found), context.theory)
    return None

"""Choices inside of derivatives: the branch that is taken all around in the place of each, where it is known which.

    diff(min(r*A, clip(r)*A), r)         diff(r*A, r)                 inside the range, where the two branches are one
    diff(sum(abs(x[i]), i), x[k])        0 + diff(x[k], x[k])         where x[k] > 0, wherever the others are
    diff(max(x[i], i), x[k])             diff(x[k], x[k])             where x[k] > max(x[i], i != k)

Where two branches are one, and at the kinks of what the variable does not move, a derivative has no kink.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from derive.engine.evidence import remaining
from derive.engine.prove import proved
from derive.engine.remembered import remembered
from derive.engine.rewriting import Context, Rewriter, by_definition, rewritten
from derive.engine.rules.sums import places
from derive.engine.scope import Scope
from derive.engine.simplest import simplest
from derive.errors import KernelError
from derive.floor import kernel
from derive.floor import terms as t
from derive.floor.definedness import defined
from derive.floor.dependence import independent
from derive.floor.inside import known_inside
from derive.floor.kernel import Theorem
from derive.floor.signs import Knowledge
from derive.floor.theory import Theory


def has_branches(left: t.Term, right: t.Term, theory: Theory) -> bool:
    """Whether there are derivatives and choices in the two sides, or in what their names stand for."""
    behind = theory.behind(t.entry_names(left) | t.entry_names(right))
    looked_at = (left, right, *(theory.definitions[name].body for name in behind if name in theory.definitions))
    return any(map(t.moved_names, looked_at)) and any(_is_branching(part) for each in looked_at for part in t.subterms(each))


def branches_taken(left: t.Term, right: t.Term, context: Context) -> tuple[Theorem, Theorem] | None:
    """The two sides with the branches that are taken inside of their derivatives; None where nothing is found."""
    first, second = (rewritten(side, [by_definition(None)], context, context.scope) for side in (left, right))
    derivatives = [part for side in (first.right, second.right) for part in t.subterms(side) if isinstance(part, t.Diff)]
    if not any(_is_branching(part) for derivative in derivatives for part in t.subterms(derivative.body)):
        return None
    ways: list[Rewriter] = [partial(_without_extremes, context), _split_at_its_place, _idle, _taken]
    one, other = (rewritten(theorem.right, ways, context, context.scope) for theorem in (first, second))
    if one.right is one.left and other.right is other.left:
        return None
    return kernel.transitivity(first, one), kernel.transitivity(second, other)


def _without_extremes(context: Context, term: t.Term, scope: Scope) -> Theorem | None:
    """A derivative of that in which no greatest value moves any more: it cancels in a softmax of x[k] - max(x[i], i)."""
    if not isinstance(term, t.Diff) or not _has_moving_extremes(term.body, term.by, scope.theory):
        return None
    plain = simplest(term.body, replace(context, knowledge=known_inside(term, 0, scope.known)))
    if _has_moving_extremes(plain.right, term.by, scope.theory):
        return None
    try:
        return kernel.congruence(term, {0: plain})
    except KernelError:
        return None


def _has_moving_extremes(term: t.Term, by: t.Entry, theory: Theory) -> bool:
    extremes = (part for part in t.subterms(term) if isinstance(part, t.Max | t.Min))
    return any(independent(part, by, theory) is None for part in extremes)


def _split_at_its_place(term: t.Term, scope: Scope) -> Theorem | None:
    """A derivative of a sum of choices with the term at the place of the variable by itself: the others stay as they are."""
    if not isinstance(term, t.Diff):
        return None
    places = tuple(zip(term.by.indices, scope.theory.ranges(term.by.name), strict=True))
    try:
        inside = _split(term.body, places, scope.theory)
        return None if inside is None else kernel.congruence(term, {0: inside})
    except KernelError:
        return None


@remembered
def _split(part: t.Term, places: tuple[tuple[t.Term, t.Term], ...], theory: Theory) -> Theorem | None:
    """The term with its sums of choices split at the places, each of a range."""
    if isinstance(part, t.Sum) and any(map(_is_branching, t.subterms(part.scope))):
        for place, extent in places:
            if extent is part.range and place not in part.excluded:
                return kernel.over_range("split", part, theory, place)
    if isinstance(part, t.Binder):
        return None
    parts = {n: found for n, each in enumerate(t.children(part)) if (found := _split(each, places, theory)) is not None}
    return kernel.congruence(part, parts) if parts else None


def _idle(term: t.Term, scope: Scope) -> Theorem | None:
    """The derivative of a sum term by term, and 0 for that of what the variable does not move, whatever kinks it has."""
    if not isinstance(term, t.Diff):
        return None
    found = kernel.by_rule("sum" if isinstance(term.body, t.Add) else "independence", term, scope.known)
    return found if found is not None and (isinstance(term.body, t.Add) or found.right is t.ZERO) else None


def _taken(term: t.Term, scope: Scope) -> Theorem | None:
    for branch in (*_branches(term), *_attained(term, scope.known)):
        theorem = proved(term, branch, scope.known, "cases", splits=0)
        if theorem is not None and not remaining(theorem.conditions - defined(term), scope.known):
            return theorem
    return None


def _is_branching(term: t.Term) -> bool:
    return isinstance(term, t.Max | t.Min) or bool(_branches(term))


def _attained(term: t.Term, known: Knowledge) -> list[t.Term]:
    """The values that may be the greatest, or the least: that at a place, and that of the others."""
    if not isinstance(term, t.Max | t.Min):
        return []
    found = places(known, term)
    others = (type(term).over(term.letter, term.range, (*term.excluded, place), term.scope) for place in found)
    return [*(t.instance(term, place) for place in found), *others]


def _branches(term: t.Term) -> tuple[t.Term, ...]:
    match term:
        case t.Apply("max" | "min", branches):
            return branches
        case t.Apply("abs", (inside,)):
            return inside, t.neg(inside)
        case t.If(_, then, otherwise):
            return then, otherwise
    return ()

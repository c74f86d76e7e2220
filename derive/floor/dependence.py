"""Dependence: what moves when an entry is moved, seen through the definitions.

By a *variable*, everything defined is unfolded: O[i] depends on Z[k] because exp(Z[i])/sum(exp(Z[j]), j) does. By a
*defined* entry, its own name is not unfolded, and the entries of that name are independent of each other: O[i] depends on
O[k] only where i = k.

`independent(term, by, …)` answers with the index relations (`i != k`) under which the term does not depend on the entry,
or with None where it may depend. None is always a sound answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from derive.floor import terms as t
from derive.floor.conditions import NONE, Condition, Conditions, under_binder
from derive.floor.subscripts import differ
from derive.floor.theory import Theory

Apart = Callable[[t.Term, t.Term], bool]


def reaches(theory: Theory, names: Iterable[str], target: str, frozen: frozenset[str] = frozenset()) -> bool:
    """Whether some of `names`, or what they are defined by, is `target`; `frozen` names are not looked into."""
    return any(name == target for name in theory.behind(names, frozen))


def independent(
    term: t.Term, by: t.Entry, theory: Theory, apart: Apart = lambda *_: False, frozen: frozenset[str] = frozenset()
) -> Conditions | None:
    """The index relations under which `term` does not depend on the entry `by`; None where it may.

    The entries of `frozen` names count as constants, but for a derivative inside the term that moves them: diff(r, s) is no
    function of r and of the variables on which r does not depend.
    """
    names = t.entry_names(term)
    if not reaches(theory, names, by.name, frozenset((by.name,))):
        return NONE
    if not reaches(theory, names, by.name, frozen | {by.name}) and not any(derivatives(term, theory, frozen)):
        return NONE

    def of_all(terms: tuple[t.Term, ...]) -> Conditions | None:
        total = NONE
        for part in terms:
            found = independent(part, by, theory, apart, frozen)
            if found is None:
                return None
            total |= found
        return total

    match term:
        case t.Entry(name, indices):
            if name == by.name:
                return _other_entry(indices, by.indices, theory, apart)
            body = theory.unfold(term)
            return None if body is None or name in frozen else of_all((body,))
        case t.Call(_, arguments):
            body = theory.unfold(term)
            return of_all(arguments if body is None else (body,))
        case t.Binder():
            index, body = t.opened(term)

            def apart_here(left: t.Term, right: t.Term) -> bool:
                return any({left, right} == {index, other} for other in term.excluded) or apart(left, right)

            found = independent(body, by, theory, apart_here, frozen)
            return None if found is None else under_binder(found, index, term.excluded)
        case t.Diff(body, inner):
            # A derivative by what a frozen name is made of moves that.
            moved = (name for name in frozen if name != inner.name and reaches(theory, (name,), inner.name))
            if any(reaches(theory, t.entry_names(body), name) for name in moved):
                return None
    return of_all(t.children(term))


def derivatives(term: t.Term, theory: Theory, frozen: frozenset[str]) -> Iterator[t.Diff]:
    """The derivatives in `term`, and in what its names are made of; `frozen` names are not looked into."""
    seen = (name for name in theory.behind(t.entry_names(term), frozen) if name not in frozen)
    for whole in (term, *(theory.definitions[name].body for name in seen if name in theory.definitions)):
        yield from (part for part in t.subterms(whole) if isinstance(part, t.Diff)) if t.moved_names(whole) else ()


def moves_behind(term: t.Term, by: t.Entry, theory: Theory) -> bool:
    """Whether a derivative in `term` moves what the name `by` is made of, so that its own by that name has two readings."""
    return by.name in theory.definitions and any(
        reaches(theory, (by.name,), inner.by.name) and reaches(theory, t.entry_names(inner.body), by.name)
        for inner in derivatives(term, theory, frozenset((by.name,)))
        if inner.by.name != by.name
    )


def _other_entry(left: tuple[t.Term, ...], right: tuple[t.Term, ...], theory: Theory, apart: Apart) -> Conditions | None:
    for i, k in zip(left, right, strict=True):
        if differ(i, k, theory.sizes):
            return NONE
        if apart(i, k):
            return frozenset((Condition(t.Comparison(i, "!=", k)),))
    return None

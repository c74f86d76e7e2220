"""Unfolding: a term in the words of the declarations alone.

SymPy and NumPy know nothing of definitions: to SymPy, `O[i]` is a symbol like any other, and its derivative by `Z[k]` is 0.
So before a term crosses the bridge, every defined name in it becomes its expression.

    O[k] - y[k]   ->   exp(Z[k])/sum(exp(Z[j]), j) - y[k]
"""

from __future__ import annotations

from derive.floor.terms import Call, Diff, Entry, Term, children, entry_names, rebuild
from derive.floor.theory import Theory


def unfold(term: Term, theory: Theory, keep: frozenset[str] = frozenset()) -> Term:
    """`term` with every defined name replaced by its expression, all the way down; the names in `keep` stay."""
    return _unfold(term, theory, keep, {})


def _unfold(term: Term, theory: Theory, keep: frozenset[str], done: dict[Term, Term]) -> Term:
    if entry_names(term).isdisjoint(theory.definitions.keys() - keep):
        return term
    found = done.get(term)
    if found is not None:
        return found
    match term:
        case Entry(name, _) | Call(name, _) if name in theory.definitions and name not in keep:
            body = theory.unfold(term)
            assert body is not None
            result = _unfold(body, theory, keep, done)
        case Diff(body, by):
            # The variable of a derivative stays what it is, and so it must inside.
            result = Diff(unfold(body, theory, keep | {by.name}), by)
        case _:
            result = rebuild(term, tuple(_unfold(part, theory, keep, done) for part in children(term)))
    done[term] = result
    return result

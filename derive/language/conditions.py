"""Conditions as text: `x != 0`, `x[i] > 0 for all i != k`."""

from __future__ import annotations

from collections.abc import Callable

from derive.floor.conditions import Condition, named_apart
from derive.floor.terms import Comparison, Index, Term, free_indices
from derive.floor.theory import Signature
from derive.language.writer import write_term

Writer = Callable[[Term], str]


def write_condition(condition: Condition, signature: Signature | None = None) -> str:
    """`condition` in the proof language, with its quantifier in words."""
    return condition_in_words(condition, lambda term: write_term(term, signature))


def condition_in_words(condition: Condition, write: Writer) -> str:
    """`condition` with its terms and relations written by `write` and the rest in words."""
    condition = named_apart(condition)
    bound = sorted(condition.bound & _free(condition), key=lambda index: index.name)
    guards = sorted((_turned(guard, condition.bound) for guard in condition.guards), key=write)
    of_bound = [guard for guard in guards if free_indices(guard) & condition.bound]
    of_others = [guard for guard in guards if guard not in of_bound]
    text = write(condition.claim)
    if of_others:
        text += f" where {' and '.join(map(write, of_others))}"
    if len(bound) == 1 and of_bound:
        text += f" for all {', '.join(map(write, of_bound))}"
    elif bound:
        text += f" for all {', '.join(map(write, bound))}"
        if of_bound:
            text += f" with {', '.join(map(write, of_bound))}"
    return text


def _free(condition: Condition) -> frozenset[Index]:
    return free_indices(condition.claim).union(*map(free_indices, condition.guards))


def _turned(guard: Comparison, bound: frozenset[Index]) -> Comparison:
    """`guard` with its bound index on the left."""
    turns = guard.relation in ("=", "!=") and guard.right in bound and guard.left not in bound
    return Comparison(guard.right, guard.relation, guard.left) if turns else guard



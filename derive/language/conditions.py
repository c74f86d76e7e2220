"""Conditions as text: `x != 0`, `x[i] > 0 for all i != k`."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain, count

from derive.floor.conditions import INTERNAL, Condition, at
from derive.floor.terms import Comparison, Index, Term, by_name, free_indices
from derive.floor.theory import Theory
from derive.language.writer import write_term

Writer = Callable[[Term], str]

MOST_TOLD = 4


def write_condition(condition: Condition, theory: Theory | None = None) -> str:
    """`condition` in the proof language, with its quantifier in words."""
    return condition_in_words(condition, lambda term: write_term(term, theory))


def condition_in_words(condition: Condition, write: Writer) -> str:
    """`condition` with its terms and relations written by `write` and the rest in words."""
    claim, bound, guards = named(condition)
    guards = sorted((_turned(guard, frozenset(bound)) for guard in guards), key=write)
    of_bound = [guard for guard in guards if not free_indices(guard).isdisjoint(bound)]
    of_others = [guard for guard in guards if guard not in of_bound]
    text = write(claim)
    if of_others:
        text += f" where {' and '.join(map(write, of_others))}"
    if len(bound) == 1 and of_bound:
        text += f" for all {', '.join(map(write, of_bound))}"
    elif bound:
        text += f" for all {', '.join(map(write, bound))}"
        if of_bound:
            text += f" with {', '.join(map(write, of_bound))}"
    return text


def named(condition: Condition) -> tuple[Comparison, list[Index], list[Comparison]]:
    """Claim, bound indices and guards of a condition, each bound index called by its letter, or by one that is not taken."""
    taken = {index.name for index in condition.free_indices()}
    called = dict(condition.letters)
    names: dict[Term, Term] = {}
    for index in sorted(condition.bound, key=by_name):
        if index not in free_indices(condition.claim).union(*map(free_indices, condition.guards)):
            continue
        letter = called[index]
        if not letter or letter[0] in INTERNAL:
            letter = next((other for other in "ijlmabcdefgh" if other not in taken), "i")
        candidates = chain((letter,), (f"{letter}{n}" for n in count(2)))
        name = next(candidate for candidate in candidates if candidate not in taken)
        taken.add(name)
        names[index] = Index(name, index.range)
    named = at(condition, names)
    indices = (index for index in names.values() if isinstance(index, Index))
    return named.claim, sorted(indices, key=by_name), list(named.guards)


def _turned(guard: Comparison, bound: frozenset[Index]) -> Comparison:
    """`guard` with its bound index on the left."""
    turns = guard.relation in ("=", "!=") and guard.right in bound and guard.left not in bound
    return Comparison(guard.right, guard.relation, guard.left) if turns else guard


def first_few(conditions: list[str]) -> list[str]:
    """As many conditions as a person reads, and how many there are besides."""
    others = len(conditions) - MOST_TOLD
    return [*conditions[:MOST_TOLD], f"{others} more conditions"] if others > 1 else conditions

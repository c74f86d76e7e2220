"""Conditions: what an equation still needs to hold.

A condition is a relation such as `x != 0`, for all values of its bound indices that meet its guards:

    p[i] > 0 for all i != k        claim p[i] > 0, bound {i}, guards {i != k}

Assumptions that a proof used are conditions too, so that a theorem says all it rests on. Conditions are compared up to the
names of their bound indices.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass

from derive.floor.terms import Comparison, Index, Term, free_indices, fresh, substitute

INTERNAL = "$%^&~"
"""What the names of indices begin with that no author can write: a hypothesis about k never speaks of them."""


@dataclass(frozen=True)
class Condition:
    """`claim` for all values of the `bound` indices that meet the `guards`."""

    claim: Comparison
    bound: frozenset[Index] = frozenset()
    guards: frozenset[Comparison] = frozenset()

    @property
    def is_about_indices(self) -> bool:
        """Whether the claim relates two indices, as `i != k` does, and not two values."""
        return is_about_indices(self.claim)

    def free_indices(self) -> frozenset[Index]:
        """The indices that are not bound."""
        return free_indices(self.claim).union(*map(free_indices, self.guards)) - self.bound


Conditions = frozenset[Condition]
NONE: Conditions = frozenset()


def is_about_indices(claim: Comparison) -> bool:
    """Whether `claim` relates two indices."""
    return isinstance(claim.left, Index) or isinstance(claim.right, Index)


def needs(left: Term, relation: str, right: Term) -> Conditions:
    """The one condition `left relation right`."""
    return frozenset((Condition(Comparison(left, relation, right)),))


def substituted(condition: Condition, mapping: dict[Term, Term]) -> Condition:
    """`condition` with its free indices, sizes and entries replaced; its bound indices are renamed where they would capture."""
    arriving = frozenset[Index]().union(*(free_indices(value) for value in mapping.values()))
    names = {index.name for index in arriving}
    renaming: dict[Term, Term] = {}
    bound = set[Index]()
    taken = arriving | condition.bound | condition.free_indices()
    for index in condition.bound:
        moved = Index(index.name, substitute(index.range, mapping))
        if index.name in names:
            moved = fresh(moved, taken)
            taken |= {moved}
        bound.add(moved)
        if moved is not index:
            renaming[index] = moved
    complete = {key: value for key, value in mapping.items() if key not in condition.bound} | renaming
    claim = substitute(condition.claim, complete)
    guards = frozenset(substitute(guard, complete) for guard in condition.guards)
    return Condition(_comparison(claim), frozenset(bound), frozenset(map(_comparison, guards)))


def _comparison(term: Term) -> Comparison:
    assert isinstance(term, Comparison)
    return term


def _apart_from(condition: Condition, outside: frozenset[Index]) -> Condition:
    """The condition with other names for the bound indices that `outside` has: a guard about them would be captured."""
    clash = sorted(condition.bound & outside, key=lambda index: index.name)
    if not clash:
        return condition
    taken = outside | condition.bound | condition.free_indices()
    mapping: dict[Term, Term] = {}
    bound = condition.bound - set(clash)
    for index in clash:
        other = fresh(index, taken)
        taken |= {other}
        bound |= {other}
        mapping[index] = other
    guards = frozenset(_comparison(substitute(guard, mapping)) for guard in condition.guards)
    return Condition(_comparison(substitute(condition.claim, mapping)), bound, guards)


def named_apart(condition: Condition) -> Condition:
    """The condition with bound indices that no free one shares its name with, as a declared one may: for text."""
    names = {index.name for index in condition.free_indices()}
    clash = frozenset(index for index in condition.bound if index.name in names)
    return _apart_from(condition, condition.free_indices() | clash) if clash else condition


def under_binder(conditions: Iterable[Condition], index: Index, excluded: tuple[Term, ...]) -> Conditions:
    """The conditions of the body of a sum over `index` other than `excluded`, as conditions of the sum."""
    apart = {Comparison(*pair) for e in excluded for pair in ((index, "!=", e), (e, "!=", index))}
    found = set[Condition]()
    outside = frozenset[Index]().union(*map(free_indices, excluded))
    for condition in conditions:
        if index not in condition.free_indices() and not excluded:
            found.add(condition)  # there is such an index; without those left out there need be none
        elif condition.claim not in apart or condition.bound:
            condition = _apart_from(condition, outside)
            guards = condition.guards.union(Comparison(index, "!=", e) for e in excluded)
            found.add(Condition(condition.claim, condition.bound | {index}, guards))
    return frozenset(found)


def guarded(conditions: Iterable[Condition], guard: Comparison) -> Conditions:
    """The conditions, needed only where `guard` holds."""
    # A condition for all i says more than the guard, which is about one i.
    apart = (_apart_from(c, free_indices(guard)) for c in conditions if c.claim is not guard or c.bound)
    return frozenset(Condition(c.claim, c.bound, c.guards | {guard}) for c in apart)


def opened(conditions: Iterable[Condition]) -> Conditions:
    """The conditions strengthened to open ones, as a derivative needs them: >= becomes >."""
    return frozenset(
        Condition(Comparison(c.claim.left, ">", c.claim.right), c.bound, c.guards) if c.claim.relation == ">=" else c
        for c in conditions
    )


def readable(condition: Condition, name: str) -> Condition:
    """The condition with bound indices that have names for internal use called by letters again, `name` first."""
    mapping: dict[Term, Term] = {}
    taken = {i.name for i in condition.free_indices()} | {i.name for i in condition.bound}
    for index in sorted(condition.bound, key=lambda i: i.name):
        if index.name[0] in INTERNAL:
            candidates = itertools.chain([name], "ijlmabcdefgh", (f"i{n}" for n in itertools.count(2)))
            letter = next(c for c in candidates if c not in taken and c[0] not in INTERNAL)
            taken.add(letter)
            mapping[index] = Index(letter, index.range)
    if not mapping:
        return condition
    free = Condition(condition.claim, condition.bound - set(mapping), condition.guards)
    renamed = substituted(free, mapping)
    letters = (index for index in mapping.values() if isinstance(index, Index))
    return Condition(renamed.claim, renamed.bound.union(letters), renamed.guards)

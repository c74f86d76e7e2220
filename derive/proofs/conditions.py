"""Which of the conditions that a proof leaves open are told to the reader."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

from derive.errors import LimitError
from derive.floor import discharge
from derive.floor.conditions import Condition, difference, is_about_indices
from derive.floor.ring import Atoms
from derive.floor.signs import Knowledge
from derive.floor.terms import neg

if TYPE_CHECKING:
    from derive.floor.claims import Weighed


@lru_cache(maxsize=8)  # it is asked for as often as a verdict is made anew
def told(weight: Weighed) -> tuple[Condition, ...]:
    """What a claim is proved under, as it is told."""
    return listed(weight.conditions, weight.knowledge)


def listed(conditions: Iterable[Condition], knowledge: Knowledge) -> tuple[Condition, ...]:
    """Conditions in the order in which they are told, without those that others show: x > 0 says x != 0."""
    left = sorted(conditions, key=lambda c: (-len(repr(c)), repr(c)))
    kept = list(left)
    atoms = Atoms()
    for condition in left:
        rest = [other for other in kept if other is not condition]
        others = tuple(c.claim for c in rest if not c.bound and not c.guards)
        shown = others and discharge.shown(condition, knowledge.where(*others), discharge.no_search)
        if shown or any(_is_part(condition, other) or _is_same(condition, other, atoms) for other in rest):
            kept = rest
    return tuple(sorted(kept, key=lambda c: (len(repr(c)), repr(c))))


def _is_part(condition: Condition, other: Condition) -> bool:
    """Whether another condition says the same under fewer guards: z[i] != 0 for all i, and not for all i != k."""
    fewer = condition.bound >= other.bound and condition.guards >= other.guards
    return fewer and condition.claim is other.claim and condition != other


def _is_same(condition: Condition, other: Condition, atoms: Atoms) -> bool:
    """Whether two conditions are about the same value, written in two ways: n - 1 != 0 and -1 + n != 0."""
    if (condition.claim.relation, condition.bound, condition.guards) != (other.claim.relation, other.bound, other.guards):
        return False
    if is_about_indices(condition.claim) or is_about_indices(other.claim):
        return False
    one, two = difference(condition.claim), difference(other.claim)
    try:
        return atoms.equal(one, two) or (condition.claim.relation == "!=" and atoms.equal(one, neg(two)))
    except (LimitError, ZeroDivisionError, RecursionError):
        return False

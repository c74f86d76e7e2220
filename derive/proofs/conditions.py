"""Which of the conditions that a proof leaves open are told to the reader."""

from __future__ import annotations

from collections.abc import Iterable

from derive.floor import discharge
from derive.floor.conditions import Condition
from derive.floor.signs import Knowledge


def listed(conditions: Iterable[Condition], knowledge: Knowledge) -> tuple[Condition, ...]:
    """Conditions in the order in which they are told, without those that others show: x > 0 says x != 0."""
    left = sorted(conditions, key=lambda c: (-len(repr(c)), repr(c)))
    kept = list(left)
    for condition in left:
        others = tuple(c.claim for c in kept if c is not condition and not c.bound and not c.guards)
        shown = others and discharge.shown(condition, knowledge.where(*others), discharge.no_search)
        if shown or any(_is_part(condition, other) for other in kept):
            kept.remove(condition)
    return tuple(reversed(kept))


def _is_part(condition: Condition, other: Condition) -> bool:
    """Whether another condition says the same under fewer guards: z[i] != 0 for all i, and not for all i != k."""
    fewer = condition.bound >= other.bound and condition.guards >= other.guards
    return fewer and condition.claim is other.claim and condition != other

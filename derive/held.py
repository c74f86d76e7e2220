"""Names that are held fixed: each is a constant that is equal to a defined name at the point, and does not move with it.

    partial(a*b, a)      diff(a*b', a), where b' = b at the point, and b' is a constant

See `language.edges`, which makes them. In numbers such a constant has the value of its name where nothing is moved.
"""

from __future__ import annotations

from dataclasses import replace

from derive.floor.terms import Comparison, Entry
from derive.floor.theory import Theory

HELD = "?=:"
"""What the name of such a constant begins with; what follows is the name for which it stands."""


def is_held(claim: Comparison) -> bool:
    """Whether a relation says of such a constant what it is equal to."""
    return isinstance(claim.left, Entry) and claim.left.name.startswith(HELD)


def without_held(theory: Theory) -> Theory:
    """The declarations without such constants."""
    if not any(name.startswith(HELD) for name in theory.unknowns):
        return theory
    unknowns = {name: row for name, row in theory.unknowns.items() if not name.startswith(HELD)}
    return replace(theory, unknowns=unknowns, assumptions=tuple(row for row in theory.assumptions if not is_held(row.claim)))

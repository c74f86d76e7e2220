"""What a rule is: a named equation with side conditions, stated once.

The record is all there is to a rule: its statement, side conditions and example are what `derive rules NAME` prints and
what its tests read, `rewrite` is what applies it at a term. The kernel has the rules of calculus of its own, by their names; a
use of any other is proved by its laws each time, so that a mistake in it can only make it fail.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from derive.engine.scope import Rewritten, Scope
from derive.floor.conditions import NONE
from derive.floor.terms import Term


@dataclass(frozen=True)
class Rule:
    """A rule; see the module. `example` is an instance, in the proof language; `declares` is what the example stands on.

    `inner` says that the inside of the function is the variable itself, unless the step names `chain` as well.
    """

    name: str
    title: str
    states: str
    example: str
    source: str
    rewrite: Callable[[Term, Scope], Rewritten | None]
    given: tuple[str, ...] = ()
    fails_for: str = ""
    declares: str = "variable x, t"
    inner: bool = False
    family: str = "calculus"


def plain(term: Term | None) -> Rewritten | None:
    """A result without side conditions."""
    return None if term is None else (term, NONE)

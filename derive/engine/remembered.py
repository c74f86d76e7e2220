"""What is computed of a term is computed once, for one derivation: the next one takes the work that it takes alone.

A term may stand in itself so often that going through all of it would double with each name it is made of; once for each part
that it has is enough.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from functools import lru_cache
from typing import ParamSpec, TypeVar

from derive.floor import definedness, kernel
from derive.floor.theory import MOST_THEORIES, Theory

P = ParamSpec("P")
K = TypeVar("K")

MOST = 20_000  # values of one function
MANY_MADE = 300_000  # objects since Python looked for what nobody has any more, about a second's
_forgetting: list[Callable[[], None]] = []


def remembered(compute: Callable[P, K]) -> Callable[P, K]:
    """The same function, which does not compute a value again; what it is asked about can be hashed."""
    found = lru_cache(MOST)(compute)
    when_forgotten(found.cache_clear)
    return found  # type: ignore[return-value]


def of_a_theory(compute: Callable[[Theory], K]) -> Callable[[Theory], K]:
    """The same function of a theory, of which what was found is kept: whatever is about a theory can be large, so for few."""
    found = lru_cache(MOST_THEORIES)(compute)
    when_forgotten(found.cache_clear)
    return found


def when_forgotten(clear: Callable[[], None]) -> None:
    """Has this done as well where all is forgotten."""
    _forgetting.append(clear)


def forget() -> None:
    """Forgets what other derivations left behind."""
    definedness.forget()
    kernel.forget()
    for clear in _forgetting:
        clear()
    first, second, _ = gc.get_threshold()
    _, looks, long_looks = gc.get_count()
    if first * (looks + second * long_looks) > MANY_MADE:
        gc.collect()  # much of it holds itself, and Python looks for that the more seldom the more there is

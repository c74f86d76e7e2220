"""What is computed of a term is computed once, for one derivation: the next one takes the work that it takes alone.

A term may stand in itself so often that going through all of it would double with each name it is made of; once for each part
that it has is enough.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
K = TypeVar("K")

MOST = 20_000  # values of one function
_forgetting: list[Callable[[], None]] = []


def remembered(compute: Callable[P, K]) -> Callable[P, K]:
    """The same function, which does not compute a value again; what it is asked about can be hashed."""
    found = lru_cache(MOST)(compute)
    when_forgotten(found.cache_clear)
    return found  # type: ignore[return-value]


def when_forgotten(clear: Callable[[], None]) -> None:
    """Has this done as well where all is forgotten."""
    _forgetting.append(clear)


def forget() -> None:
    """Forgets what other derivations left behind."""
    for clear in _forgetting:
        clear()

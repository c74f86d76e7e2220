"""Classes of data that nobody changes: made once, by their constructor."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import Any, TypeVar, dataclass_transform

K = TypeVar("K")
_filling = Lock()


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(kind: type[K]) -> type[K]:
    """A frozen dataclass that is complete once anybody can see into it: its constructor makes nothing twice, nor by halves."""
    made: Any = dataclass(frozen=True)(kind)
    construct = made.__init__

    def once(self: K, *values: Any, **named: Any) -> None:
        whole = object.__new__(type(self))
        construct(whole, *values, **named)
        with _filling:
            if vars(self):
                raise TypeError(f"a {kind.__name__} cannot be changed")
            vars(self).update(vars(whole))

    made.__init__ = once
    return made  # type: ignore[no-any-return]

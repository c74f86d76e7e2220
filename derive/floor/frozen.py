"""Classes of data that nobody changes: made once, by their constructor."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeVar, dataclass_transform

K = TypeVar("K")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(kind: type[K]) -> type[K]:
    """A frozen dataclass, whose constructor makes nothing twice, and leaves nothing half made."""
    made: Any = dataclass(frozen=True)(kind)
    construct = made.__init__

    def once(self: K, *values: Any, **named: Any) -> None:
        if vars(self):
            raise TypeError(f"a {kind.__name__} cannot be changed")
        try:
            construct(self, *values, **named)
        except BaseException:
            vars(self).clear()
            raise

    made.__init__ = once
    return made  # type: ignore[no-any-return]

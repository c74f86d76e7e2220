"""Data that nobody changes: classes whose objects are made once, by their constructor, and tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from threading import Lock
from typing import Any, TypeVar, dataclass_transform

K = TypeVar("K")
N = TypeVar("N")
_filling = Lock()


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(kind: type[K]) -> type[K]:
    """A frozen dataclass with nothing but its fields, whose constructor makes nothing twice, nor by halves."""
    made: Any = dataclass(frozen=True, slots=True, weakref_slot=True)(kind)
    construct, names = made.__init__, [each.name for each in fields(made)]
    del made.__getstate__, made.__setstate__  # by which it could be changed

    def once(self: K, *values: Any, **named: Any) -> None:
        whole = object.__new__(type(self))
        construct(whole, *values, **named)
        with _filling:
            if hasattr(self, names[0]):
                raise TypeError(f"a {kind.__name__} cannot be changed")
            for name in names:
                object.__setattr__(self, name, getattr(whole, name))

    made.__init__ = once
    made.__reduce__ = lambda self: (made, tuple(getattr(self, each.name) for each in fields(made) if each.init))
    return made  # type: ignore[no-any-return]


class Table(Mapping[N, K]):
    """A table whose rows stay as they are. (A `MappingProxyType` hands its own dict to whatever it is compared with.)"""

    __slots__ = ("_rows",)
    _rows: dict[N, K]

    def __new__(cls, rows: Mapping[N, K]) -> Table[N, K]:
        made = super().__new__(cls)
        object.__setattr__(made, "_rows", dict(rows))
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return Table, (dict(self._rows),)  # whoever copies it keeps that

    def __getitem__(self, name: N) -> K:
        return self._rows[name]

    def __iter__(self) -> Iterator[N]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

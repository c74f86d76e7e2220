"""Data that nobody changes: classes whose objects are made once, by their constructor, and tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar, dataclass_transform

K = TypeVar("K")
N = TypeVar("N")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(kind: type[K]) -> type[K]:
    """A frozen dataclass with nothing but its fields, whose constructor makes nothing twice, nor by halves."""
    made: Any = dataclass(frozen=True, slots=True, weakref_slot=True)(kind)
    construct = made.__init__
    del made.__getstate__, made.__setstate__  # by which it could be changed

    def whole(cls: type[K], *values: Any, **named: Any) -> K:
        found = object.__new__(cls)
        construct(found, *values, **named)
        return found

    made.__new__, made.__init__ = whole, lambda self, *_, **__: None  # whoever is handed an object is handed all of it
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

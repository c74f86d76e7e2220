"""How long the axes of arrays are: what their shapes tell of the sizes, and what of it does not fit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from derive.errors import CallError
from derive.floor import terms as t


def extents(
    shapes: Iterable[tuple[str, tuple[int, ...]]], ranges: Mapping[str, tuple[t.Term, ...]], sizes: Mapping[str, int]
) -> dict[str, int]:
    """The sizes, with those that the shapes of arrays tell. Fails with `CallError` where a shape is not the declared one."""
    found = dict(sizes)
    for name, shape in shapes:
        declared = ranges[name]
        if len(shape) != len(declared):
            raise CallError("wrong-shape", f"{name} has {len(declared)} indices, and its value has {len(shape)} axes")
        for range, length in zip(declared, shape, strict=True):
            known = found.setdefault(range.name, length) if isinstance(range, t.Size) else extent(range, found)
            if known != length:
                raise CallError("wrong-shape", f"an axis of {name} has the length {length}, where {known} is expected")
    return found


def extent(range: t.Term, known: Mapping[str, int]) -> int:
    """How many values an index of that range has."""
    match range:
        case t.Number(value):
            return int(value)
        case t.Size(name) if name in known:
            return known[name]
        case t.Size(name):
            raise CallError("missing-size", f"the size {name} cannot be read from the arrays", f"pass it: {{{name!r}: 3}}")
    raise TypeError(f"not a range: {range!r}")

"""What the symbols of a compiled function stand for: views of arrays, sizes, and where two indices are equal.

    sum(W[k, j]*x[j], j)       W[axis 0, axis 1], x[axis 1]
    delta(i, k)                axis 0 equals axis 1

Every index, free or bound, is laid on an axis; one that is computed from others is placed by the axes of those.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from derive.errors import CallError
from derive.floor.terms import Affine, Index, Number, Size, Term


class Axis(NamedTuple):
    """The axis that an index is laid on, and the range of the index."""

    number: int
    range: Term


class Computed(NamedTuple):
    """An index computed from others: factors with axes or sizes, and an offset."""

    pairs: tuple[tuple[int, Axis | Term], ...]
    offset: int

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The axes that the index varies along."""
        return tuple(part for _, part in self.pairs if isinstance(part, Axis))


Place = Axis | int | Computed  # where an index is a whole number, that number


class View(NamedTuple):
    """The entries of an array, laid on axes."""

    name: str
    places: tuple[Place, ...]


class Extent(NamedTuple):
    """A size, as a number."""

    size: Term


class Position(NamedTuple):
    """The numbers that an index is."""

    place: Place


class Equality(NamedTuple):
    """Where two indices are equal: as a mask, or as the numbers 1 and 0."""

    left: Place
    right: Place
    mask: bool


Leaf = View | Extent | Position | Equality


def places_of(leaf: Leaf) -> tuple[Place, ...]:
    """Where the indices of a symbol are found."""
    match leaf:
        case View(_, places):
            return places
        case Position(place):
            return (place,)
        case Equality(left, right, _):
            return left, right
    return ()


def placed_index(index: Term, axes: Mapping[Index, Axis]) -> Place:
    """Where an index is found: on its axis, at a number, or computed from axes."""
    match index:
        case Index() if index in axes:
            return axes[index]
        case Affine(parts, factors, offset):
            placed = (axes.get(part) if isinstance(part, Index) else part for part in parts)
            pairs = tuple((factor, part) for factor, part in zip(factors, placed, strict=True) if part is not None)
            if len(pairs) == len(parts):
                return Computed(pairs, offset)
        case Index(name, _):
            raise CallError("free-index", f"the index {name} is free, and not among those of the function")
        case Number(value) if value.denominator == 1:
            return int(value)
    raise CallError("not-numeric", f"{index!r} is not an index")


def described(leaf: Leaf, indices: tuple[Index, ...]) -> str:
    """What a symbol of the generated code stands for, on one line, with a name of the user's only where it is a word."""

    def where(place: Place) -> str:
        if isinstance(place, Computed):
            parts = (f"{f}*{where(p) if isinstance(p, Axis) else 'a size'}" for f, p in place.pairs)
            return " + ".join([*parts, str(place.offset)])
        return str(place) if isinstance(place, int) else f"axis {place.number}"

    def word(name: str) -> str:
        return name if name.isidentifier() else "…"

    match leaf:
        case View(name, places):
            return word(name) + (f"[{', '.join(map(where, places))}]" if places else "")
        case Extent(Size(name)):
            return f"{word(name)}, a size"
        case Position(place):
            return f"1, 2, … along {where(place)}"
        case Equality(left, right, _):
            return f"{where(left)} equals {where(right)}"
    return "a number"

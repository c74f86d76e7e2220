"""Terms as data: a table, in which each term stands once, below those that it is made of.

    x[i]^2 + x[i]       0  ["Size", "n"]
                        1  ["Index", "i", 0]
                        2  ["Entry", "x", [1]]
                        3  ["Number", "2"]
                        4  ["Pow", 2, 3]
                        5  ["Add", [4, 2]]

A row is the class of a term and its fields; a number in the place of a term is that of a row above. So nothing can lead back to
itself, and a table is written and read in one pass without recursion. A binder is written as it is kept: letter, range, what is
left out, and the scope with `Bound` indices. What tells a `Local` index from all others is a number of its own.

Reading builds terms by their constructors only, which refuse what cannot stand where it does: an index as a value, a sum over
what is no range, a function of too many arguments.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, NamedTuple

from derive.floor import terms as t
from derive.floor.frozen import Table
from derive.floor.terms import Place, Term
from derive.proofs.malformed import number, refuse, row, rows, text, whole

LARGEST = 50_000
"""The most parts of a term, all of them counted wherever they stand: a short table can hold a term of 2^1000 parts."""
DEEPEST = 400
"""How deeply a term is nested at most: what works on terms is recursive."""
MOST_DIGITS = 2_000
_FRACTION = re.compile(r"-?[0-9]+(/[0-9]+)?")


# --- the classes ---------------------------------------------------------------------------------------------------------


class Field(NamedTuple):
    """A field of a term: its name, and how what it holds is written."""

    name: str
    kind: str


_BINDER = (Field("letter", "text"), Field("range", "term"), Field("excluded", "terms"), Field("scope", "term"))
_INDEX = (Field("name", "text"), Field("range", "term"))

SHAPES: Mapping[type[Term], tuple[Field, ...]] = Table(
    {
        t.Number: (Field("value", "fraction"),),
        t.Size: (Field("name", "text"),),
        t.Index: _INDEX,
        t.Fixed: _INDEX,
        t.Quantified: _INDEX,
        t.Local: (*_INDEX, Field("place", "place")),
        t.Bound: (Field("level", "whole"),),
        t.Ordinal: (Field("place", "term"),),
        t.Affine: (Field("parts", "terms"), Field("factors", "wholes"), Field("offset", "whole")),
        t.Entry: (Field("name", "text"), Field("indices", "terms")),
        t.Call: (Field("name", "text"), Field("arguments", "terms")),
        t.Apply: (Field("function", "text"), Field("arguments", "terms")),
        t.Add: (Field("terms", "terms"),),
        t.Neg: (Field("term", "term"),),
        t.Mul: (Field("factors", "terms"),),
        t.Div: (Field("numerator", "term"), Field("denominator", "term")),
        t.Pow: (Field("base", "term"), Field("exponent", "term")),
        t.Sum: _BINDER,
        t.Prod: _BINDER,
        t.Max: _BINDER,
        t.Min: _BINDER,
        t.Delta: (Field("left", "term"), Field("right", "term")),
        t.Comparison: (Field("left", "term"), Field("relation", "text"), Field("right", "term")),
        t.If: (Field("condition", "term"), Field("then", "term"), Field("otherwise", "term")),
        t.Diff: (Field("body", "term"), Field("by", "term")),
    }
)
"""Every class of terms, and what is kept of one."""

_CLASSES: Mapping[str, type[Term]] = Table({cls.__name__: cls for cls in SHAPES})


# --- writing -------------------------------------------------------------------------------------------------------------


class Written:
    """A table that terms are written to."""

    def __init__(self) -> None:
        self.rows: list[list[Any]] = []
        self._numbers: dict[Term, int] = {}
        self._places: dict[Place, int] = {}

    def number(self, term: Term) -> int:
        """The number of a term, which is written with all its parts where it does not stand there yet."""
        known = self._numbers
        waiting = [term]
        while waiting:
            here = waiting[-1]
            missing = [part for part in _kept(here) if part not in known] if here not in known else []
            if missing:
                waiting += missing
                continue
            waiting.pop()
            if here not in known:
                self.rows.append(self._row(here))
                known[here] = len(self.rows) - 1
        return known[term]

    def _row(self, term: Term) -> list[Any]:
        written: list[Any] = [type(term).__name__]
        for field in SHAPES[type(term)]:
            value = getattr(term, field.name)
            match field.kind:
                case "term":
                    written.append(self._numbers[value])
                case "terms":
                    written.append([self._numbers[part] for part in value])
                case "fraction":
                    written.append(str(value))
                case "place":
                    written.append(self._places.setdefault(value, len(self._places)))
                case "wholes":
                    written.append(list(value))
                case _:
                    written.append(value)
        return written


def _kept(term: Term) -> list[Term]:
    """The terms that stand in the row of a term."""
    found: list[Term] = []
    for field in SHAPES[type(term)]:
        if field.kind == "term":
            found.append(getattr(term, field.name))
        elif field.kind == "terms":
            found += getattr(term, field.name)
    return found


# --- reading -------------------------------------------------------------------------------------------------------------


class Terms:
    """The terms of a table, by number. Fails with `Malformed` where the data is no such table."""

    def __init__(self, data: Any) -> None:
        self._known: list[Term] = []
        self._sizes: list[int] = []
        self._depths: list[int] = []
        self._places: dict[int, Place] = {}
        for written in rows(data, "terms"):
            self._add(written)

    def __len__(self) -> int:
        return len(self._known)

    def term(self, data: Any) -> Term:
        """The value or the index of that number: what a proof speaks of."""
        found = self._part(data)
        if not (t.is_a("Value", found) or t.is_a("Index", found)):
            refuse(f"term {data} is neither a value nor an index")
        return found

    def relation(self, data: Any) -> t.Comparison:
        """The relation of that number."""
        found = self._part(data)
        if not isinstance(found, t.Comparison):
            refuse(f"term {data} is no relation")
        return found

    def relations(self, data: Any) -> tuple[t.Comparison, ...]:
        """The relations of those numbers."""
        return tuple(self.relation(each) for each in rows(data, "relations"))

    def index(self, data: Any) -> t.Index:
        """The index of that number."""
        found = self._part(data)
        if not isinstance(found, t.Index):
            refuse(f"term {data} is no index")
        return found

    def _part(self, data: Any) -> Term:
        return self._known[number(data, len(self._known), "a term")]

    def _add(self, written: Any) -> None:
        what = f"term {len(self._known)}"
        cls = _CLASSES.get(text(rows(written, what)[0], what)) if written else None
        if cls is None:
            refuse(f"{what}: there is no such kind of term")
        shape = SHAPES[cls]
        given = row(written, what, len(shape) + 1)[1:]
        values = [self._value(field, value, what) for field, value in zip(shape, given, strict=True)]
        inside = self._numbers(shape, given)
        size = 1 + sum(self._sizes[part] for part in inside)
        depth = 1 + max((self._depths[part] for part in inside), default=0)
        if size > LARGEST or depth > DEEPEST:
            refuse(f"{what} is too large, or nested too deeply")
        make = cls.over if issubclass(cls, t.Binder) else cls
        try:
            self._known.append(make(*values))
        except ValueError as error:
            refuse(f"{what} is no term: {error}")
        self._sizes.append(size)
        self._depths.append(depth)

    def _numbers(self, shape: tuple[Field, ...], given: list[Any]) -> list[int]:
        """The rows that a row of that shape mentions."""
        found: list[int] = []
        for field, value in zip(shape, given, strict=True):
            found += [value] if field.kind == "term" else value if field.kind == "terms" else []
        return found

    def _value(self, field: Field, data: Any, what: str) -> Any:
        match field.kind:
            case "term":
                return self._part(data)
            case "terms":
                return tuple(map(self._part, rows(data, "terms")))
            case "fraction":
                return _fraction(text(data, what), what)
            case "place":
                return self._places.setdefault(whole(data, what), Place())
            case "wholes":
                return tuple(whole(each, what) for each in rows(data, what))
            case "whole":
                return whole(data, what)
        return text(data, what)


def _fraction(written: str, what: str) -> Fraction:
    if len(written) > MOST_DIGITS or not _FRACTION.fullmatch(written):
        refuse(f"{what}: a fraction such as -1/2 is needed")
    above, _, below = written.partition("/")
    if below and int(below) == 0:
        refuse(f"{what}: nothing is divided by 0")
    return Fraction(int(above), int(below or 1))

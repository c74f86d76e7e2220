"""The lines of a theorem in numbers: what each side of every step is at a point that somebody names.

    Z = [1, 2, 3], y = [0, 1, 0], k = 1        ∂E/∂Z_k is 0.09003, and so is every line below it

The sizes follow from the arrays. A free index that is not named is 1.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import inf
from typing import Any

from derive.checking.verdicts import ChainResult, TheoremResult
from derive.errors import CallError
from derive.floor.terms import Comparison, Number, Size, Term, free_indices
from derive.language.lexer import normal_name
from derive.numbers.arithmetic import FLOATS, Enclosures
from derive.numbers.evaluate import Evaluation, Key, Point
from derive.numbers.intervals import Undefined
from derive.numbers.model import Model, Unsupported

Given = Mapping[str, Any]
"""What is given by name: numbers, and lists of them for arrays."""
EXAMPLE = "--at 'Z=[1, 2, 3], y=[0, 1, 0], k=2'"
_NAME = re.compile(r"\s*,?\s*(\w+)\s*=\s*")
LONGEST_NUMBER = 40  # characters of a number that is given
_CLOSE = 1e-9
"""How far two values may be apart, beside their size, that are one up to rounding."""


@dataclass(frozen=True)
class Valued:
    """A chain in numbers: the value of its first expression and of each right side; None where there is none.

    `unmet` are the hypotheses of the theorem that do not hold at the point.
    """

    theorem: TheoremResult
    chain: ChainResult
    point: Point
    first: float | None
    values: tuple[float | None, ...]
    unmet: tuple[Comparison, ...]

    @property
    def agrees(self) -> bool:
        """Whether all lines that have a value have the same one."""
        found = [value for value in (self.first, *self.values) if value is not None]
        return all(abs(value - found[0]) <= _CLOSE * (1 + abs(value) + abs(found[0])) for value in found)


def given(text: str) -> Given:
    """What a text gives: `Z=[1, 2.5], k=2`. Fails with `CallError` where it is none."""
    found: dict[str, Any] = {}
    decoder = json.JSONDecoder(parse_float=_exact, parse_int=_exact, parse_constant=_exact)
    place = 0
    while place < len(text.rstrip()):
        name = _NAME.match(text, place)
        if name is None:
            raise CallError("no-point", f"--at {text}: a name and = were expected at character {place + 1}", EXAMPLE)
        try:
            value, place = decoder.raw_decode(text, name.end())
        except (ValueError, RecursionError) as error:
            raise CallError("no-point", f"--at {text}: {name[1]} takes a number, or a list of numbers", EXAMPLE) from error
        if normal_name(name[1]) in found:
            raise CallError("no-point", f"--at gives {name[1]} twice", "leave out one of them")
        found[normal_name(name[1])] = value
    if not found:
        raise CallError("no-point", "--at names no values", EXAMPLE)
    return found


def _exact(word: str) -> Fraction:
    """A number as it is written, if floats hold it."""
    near = float(word)
    is_zero = near == 0 and not re.search("[1-9]", re.split("[eE]", word)[0])
    if len(word) > LONGEST_NUMBER or not (is_zero or 1e-300 < abs(near) < inf):
        raise ValueError(word)
    return Fraction(0) if is_zero else Fraction(word)


def valued(theorem: TheoremResult, values: Given) -> Iterator[Valued]:
    """The chains of a theorem in numbers, those of the cases that the indices meet. Fails with `CallError`."""
    theory = theorem.statement.theory
    point = point_of(theorem, values)
    model = Model(theory)
    evaluation = Evaluation(model, point, FLOATS)
    unmet = tuple(claim for claim in _supposed(theorem) if not _holds(claim, Evaluation(model, point, Enclosures(100))))
    for chain in theorem.chains or (ChainResult((), theorem.left, ()),):
        if all(_holds(condition, evaluation) for condition in chain.conditions):
            ends = [step.right for step in chain.steps] or [theorem.right]
            found = tuple(_value(term, evaluation) for term in ends)
            yield Valued(theorem, chain, point, _value(chain.start, evaluation), found, unmet)


def _supposed(theorem: TheoremResult) -> Iterator[Comparison]:
    """What a theorem supposes of the point: what is said for all values of an index or a variable is left out."""
    theory = theorem.statement.theory
    for row in theory.assumptions:
        if not row.everywhere and not theory.universal(row.claim):
            yield row.claim
    yield from theorem.statement.hypotheses


def _value(term: Term, evaluation: Evaluation) -> float | None:
    try:
        return float(evaluation.value(term))
    except (Undefined, OverflowError):
        return None
    except Unsupported as error:
        raise CallError("no-point", f"it cannot be worked out in numbers: {error}", "define what is only declared") from error


def _holds(claim: Comparison, evaluation: Evaluation) -> bool:
    try:
        return evaluation.holds(claim)
    except Undefined:
        return True  # it cannot be told
    except Unsupported as error:
        raise CallError("no-point", f"it cannot be worked out in numbers: {error}", "define what is only declared") from error


# --- the point --------------------------------------------------------------------------------------------------------------


def point_of(theorem: TheoremResult, values: Given) -> Point:
    """The point at which a theorem is looked at. Fails with `CallError` for a value that is missing, or does not fit."""
    theory = theorem.statement.theory
    lines = (term for chain in theorem.chains for term in (chain.start, *(step.right for step in chain.steps)))
    terms = [*theorem.statement.sides, *theorem.statement.hypotheses, *(row.claim for row in theory.assumptions), *lines]
    model = Model(theory)
    needed = sorted(frozenset[str]().union(*map(model.reach_of, terms)) & theory.unknowns.keys())
    indices = {index.name for term in terms for index in free_indices(term)} | {*theory.indices}
    known = {*needed, *theory.sizes, *indices}
    for name in values:
        if name not in known:
            raise CallError("no-point", f"--at gives {name}, which {theorem.statement.name} does not speak of", _has(known))
    missing = [name for name in needed if name not in values]
    if missing:
        raise CallError("no-point", f"--at gives no value of {', '.join(missing)}", EXAMPLE)
    sizes: dict[str, int] = {name: _whole(name, values[name], least) for name, least in theory.sizes.items() if name in values}
    found: dict[Key, Fraction] = {}
    for name in needed:
        for place, value in _entries(name, values[name], theory.unknowns[name].ranges, sizes):
            found[name, place] = value
    for name, least in theory.sizes.items():
        if sizes.setdefault(name, least) < least:
            raise CallError("no-point", f"{name} is at least {least}, and not {sizes[name]}")
    at = {name: _whole(name, values.get(name, Fraction(1)), 1) for name in indices}
    for index in (*theory.indices.values(), *(index for term in terms for index in free_indices(term))):
        last = sizes[index.range.name] if isinstance(index.range, Size) else int(_number(index.range))
        if at[index.name] > last:
            raise CallError("no-point", f"--at: {index.name} runs from 1 to {last}", EXAMPLE)
    return Point(sizes, at, found)


def _has(known: set[str]) -> str:
    return f"it speaks of {', '.join(sorted(known))}"


def _whole(name: str, value: Any, least: int) -> int:
    if not isinstance(value, Fraction) or value.denominator != 1 or value < least:
        raise CallError("no-point", f"--at: {name} is a whole number from {least} on", EXAMPLE)
    return int(value)


def _entries(
    name: str, value: Any, ranges: tuple[Term, ...], sizes: dict[str, int]
) -> Iterator[tuple[tuple[int, ...], Fraction]]:
    """The entries of an array, each at its place; the sizes that it shows are taken in."""
    if not ranges:
        if not isinstance(value, Fraction):  # a list, a text, or an object
            raise CallError("no-point", f"--at: {name} is one number", EXAMPLE)
        yield (), value
        return
    extent, *others = ranges
    if not isinstance(value, list) or not value:
        raise CallError("no-point", f"--at: {name} is a list" + (" of lists" if others else ""), EXAMPLE)
    length = sizes.setdefault(extent.name, len(value)) if isinstance(extent, Size) else int(_number(extent))
    if length != len(value):
        raise CallError("no-point", f"--at: {name} has {len(value)} entries, and not {length}", EXAMPLE)
    for number, inner in enumerate(value, 1):
        for place, entry in _entries(name, inner, tuple(others), sizes):
            yield (number, *place), entry


def _number(extent: Term) -> Fraction:
    assert isinstance(extent, Number)
    return extent.value

"""An independent judge: what terms, conditions and theorems are worth at points, by evaluation in intervals.

Nothing here uses the normal form, the signs or the kernel. A judgement is a proof: two values differ only if the intervals that
contain them have nothing in common; where that cannot be told, the judge abstains.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from itertools import islice, product

from derive.floor.conditions import Condition, is_about_indices
from derive.floor.terms import Add, Comparison, Index, Neg, Number, Size, Term
from derive.floor.theory import Theory
from derive.numbers.evaluate import Point, value_at
from derive.numbers.intervals import Interval, Undefined
from derive.numbers.model import Unsupported
from derive.numbers.points import sample_points


def ends(value: Fraction | Interval) -> tuple[Fraction, Fraction]:
    """The least and the greatest number that the value may be."""
    return (value, value) if isinstance(value, Fraction) else (value.low, value.high)


def value(term: Term, theory: Theory, point: Point) -> tuple[Fraction, Fraction] | None:
    """The ends of the value of a term; None where it has none, or none that can be told."""
    try:
        return ends(value_at(term, theory, point))
    except (Undefined, Unsupported):
        return None


def differ(left: Term, right: Term, theory: Theory, point: Point) -> bool:
    """Whether both terms have a value at the point, and the values are certainly not the same."""
    a, b = value(left, theory, point), value(right, theory, point)
    return a is not None and b is not None and (a[0] > b[1] or b[0] > a[1])


def relation_holds(claim: Comparison, theory: Theory, point: Point) -> bool | None:
    """Whether a relation holds at the point; None where it cannot be told."""
    if is_about_indices(claim):
        same = _position(claim.left, point) == _position(claim.right, point)
        return same if claim.relation == "=" else not same
    found = value(Add((claim.left, Neg(claim.right))), theory, point)
    if found is None:
        return None
    low, high = found
    sure = {">": low > 0, ">=": low >= 0, "!=": low > 0 or high < 0, "=": low == high == 0}
    refuted = {">": high <= 0, ">=": high < 0, "!=": low == high == 0, "=": low > 0 or high < 0}
    return True if sure[claim.relation] else False if refuted[claim.relation] else None


def _position(index: Term, point: Point) -> int:
    return int(index.value) if isinstance(index, Number) else point.indices[index.name] if isinstance(index, Index) else 0


def _extent(extent: Term, point: Point) -> int:
    return point.sizes[extent.name] if isinstance(extent, Size) else int(extent.value) if isinstance(extent, Number) else 0


def condition_holds(condition: Condition, theory: Theory, point: Point) -> bool | None:
    """Whether a condition holds at the point, for all values of its bound indices; None where it cannot be told."""
    bound = sorted(condition.bound, key=lambda index: index.name)
    told = True
    for places in product(*(range(1, _extent(index.range, point) + 1) for index in bound)):
        named = {index.name: place for index, place in zip(bound, places, strict=True)}
        here = replace(point, indices={**point.indices, **named})
        guards = [relation_holds(guard, theory, here) for guard in condition.guards]
        if False in guards:
            continue
        found = relation_holds(condition.claim, theory, here)
        if found is False and None not in guards:
            return False
        told = told and found is True
    return True if told else None


def points(
    theory: Theory,
    terms: Iterable[Term],
    hypotheses: tuple[Comparison, ...] = (),
    relations: tuple[Comparison, ...] = (),
    count: int = 20,
    seed: int = 0,
) -> Iterator[Point]:
    """Points that meet the declarations, assumptions, hypotheses and relations of indices, as far as any are known."""
    with suppress(Unsupported):
        yield from islice(sample_points(theory, tuple(terms), hypotheses, relations, seed), count)


def false_at(
    left: Term,
    right: Term,
    theory: Theory,
    hypotheses: tuple[Comparison, ...] = (),
    relations: tuple[Comparison, ...] = (),
    conditions: Iterable[Condition] = (),
    count: int = 20,
    seed: int = 0,
) -> Point | None:
    """A point that meets everything that is asked, at which the two terms certainly differ; None where none is found."""
    asked = tuple(conditions)
    mentioned = [term for c in asked for term in (c.claim.left, c.claim.right) if not is_about_indices(c.claim)]
    for point in points(theory, (left, right, *mentioned), hypotheses, relations, count, seed):
        met = all(condition_holds(condition, theory, point) for condition in asked)
        if met and differ(left, right, theory, point):
            return point
    return None

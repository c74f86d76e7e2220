"""Cases of indices: whether they take in every way in which the indices can stand to each other.

    i = k; i != k                          all
    i = k; i != k, i = j; i != k, i != j   all
    i = k; i = j                           not i != k, i != j

Indices stand to each other as they fall into groups of equal ones, a group holding at most one whole number. So every way of
grouping them is looked at: for the few indices of a proof these are few.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from derive.floor.terms import Comparison, Index, Number, Term

MOST_INDICES = 6
"""Six indices can be grouped in 203 ways, and seven in 877: no proof goes through so many cases."""

Grouping = dict[Term, int]


def uncovered(cases: Sequence[tuple[Comparison, ...]], given: Iterable[Comparison] = ()) -> tuple[Comparison, ...] | None:
    """The relations of a way that none of the `cases` takes in, as their conditions put it; None where there is none.

    Where there are too many indices to tell, the answer is the first case the other way round.
    """
    supposed = tuple(given)
    atoms = list(dict.fromkeys(condition for case in cases for condition in case))
    terms = list(dict.fromkeys(side for c in (*atoms, *supposed) for side in (c.left, c.right)))
    if len([term for term in terms if isinstance(term, Index)]) > MOST_INDICES:
        return tuple(_turned(condition) for condition in cases[0])
    for grouping in _groupings(terms):
        if not all(_holds(condition, grouping) for condition in supposed):
            continue
        if not any(all(_holds(condition, grouping) for condition in case) for case in cases):
            said = (c if _holds(c, grouping) else _turned(c) for c in atoms)
            return tuple(dict.fromkeys(said))
    return None


def _groupings(terms: list[Term]) -> Iterator[Grouping]:
    """The ways in which the indices can be equal to each other and to the whole numbers."""
    numbers = [term for term in terms if isinstance(term, Number)]
    grouping: Grouping = {term: place for place, term in enumerate(numbers)}
    yield from _grouped([term for term in terms if isinstance(term, Index)], grouping, len(numbers), numbers)


def _grouped(indices: list[Index], grouping: Grouping, groups: int, numbers: list[Number]) -> Iterator[Grouping]:
    if not indices:
        yield dict(grouping)
        return
    first, *rest = indices
    for group in range(groups + 1):
        if group < len(numbers) and not _may_be(first, numbers[group]):
            continue
        if group >= len(numbers) and _is_listed(first, numbers):
            continue
        grouping[first] = group
        yield from _grouped(rest, grouping, max(groups, group + 1), numbers)
    grouping.pop(first, None)


def _may_be(index: Index, number: Number) -> bool:
    return not isinstance(index.range, Number) or number.value <= index.range.value


def _is_listed(index: Index, numbers: list[Number]) -> bool:
    """Whether the numbers are all that the index can be."""
    extent = index.range
    return isinstance(extent, Number) and {int(n.value) for n in numbers} >= set(range(1, int(extent.value) + 1))


def _holds(condition: Comparison, grouping: Grouping) -> bool:
    return (grouping[condition.left] == grouping[condition.right]) == (condition.relation == "=")


def _turned(condition: Comparison) -> Comparison:
    return Comparison(condition.left, "!=" if condition.relation == "=" else "=", condition.right)

"""Indices out of place: another index, one caught by a sum, one left out of a sum or not.

    diff(sum(w[i]*x[j, i], i), w[i]) = x[i, j]          x[j, i]
    h[j] = sum(w[j]*x[j, j], j)                         sum(w[k]*x[j, k], k)
    sum(a[i], i) = sum(a[i], i) + a[k]                  sum(a[i], i != k) + a[k]
    sum(w[j]*x[j], j) = w[i]*sum(x[j], j)               sum(w[j]*x[j], j)
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from derive.diagnosis.line import Line, new_index
from derive.diagnosis.places import Candidate, Place, exchanged, places, put, term_at
from derive.engine.letters import bound_indices
from derive.floor import terms as t


def _others(line: Line, index: t.Term, extent: t.Term, bound: tuple[t.Index, ...]) -> Iterator[t.Term]:
    """The indices that could stand in the place of `index`, which runs to `extent`."""
    for other in dict.fromkeys((*bound, *line.free)):
        if other is not index and other.range is extent:
            yield other
    if isinstance(extent, t.Number) and extent.value <= 4:
        yield from (n for n in map(t.number, range(1, int(extent.value) + 1)) if n is not index)


def _indexed(line: Line) -> Iterator[tuple[Place, t.Term]]:
    """The places where indices stand, with the entry or delta that holds them: a derivative's variable is one."""
    for place in line.places:
        if isinstance(place.term, t.Entry | t.Delta) and t.children(place.term):
            yield place, place.term
        elif isinstance(place.term, t.Diff) and place.term.by.indices:
            yield place, place.term.by


def _extents(line: Line, holder: t.Term) -> tuple[t.Term, ...]:
    if isinstance(holder, t.Entry):
        return line.theory.ranges(holder.name)
    return tuple(part.range if isinstance(part, t.Index) else t.ZERO for part in t.children(holder))


def _shifted(index: t.Term) -> Iterator[t.Affine]:
    """A computed index off by one, or turned around: t + a for t + a - 1, t - i + 1 for i - t + 1."""
    if isinstance(index, t.Affine):
        yield t.affine(((1, index),), -1)
        yield t.affine(((1, index),), 1)
        for position, part in enumerate(index.parts):
            yield t.affine(((1, index), (-2 * index.factors[position], part)))
        # The offset keeps its place: only what is counted from is exchanged.
        yield t.affine(((-1, index),), 2 * index.offset)


def _held(place: Place, new: t.Term) -> t.Term:
    """What stands at the place when its entry is replaced."""
    if isinstance(place.term, t.Diff) and isinstance(new, t.Entry):
        return t.Diff(place.term.body, new)
    return new


def index(line: Line) -> Iterator[Candidate]:
    """Another index; the two indices of an entry swapped; one index for another throughout a part."""
    for place, holder in _indexed(line):
        own, extents = t.children(holder), _extents(line, holder)
        for position, extent in enumerate(extents):
            for other in _others(line, own[position], extent, place.bound):
                new = t.rebuild(holder, (*own[:position], other, *own[position + 1 :]))
                yield line.at(place, _held(place, new), wrong=holder, meant=new)
            for other in _shifted(own[position]):
                new = t.rebuild(holder, (*own[:position], other, *own[position + 1 :]))
                yield line.at(place, _held(place, new), wrong=holder, meant=new)
        for a, b in combinations(range(len(own)), 2):
            if extents[a] is extents[b] and own[a] is not own[b] and isinstance(holder, t.Entry):
                swapped = list(own)
                swapped[a], swapped[b] = own[b], own[a]
                new = t.rebuild(holder, tuple(swapped))
                yield line.at(place, _held(place, new), wrong=holder, meant=new)
    for place in line.places:
        if isinstance(place.term, t.Entry | t.Delta):
            continue
        for old in sorted(t.free_indices(place.term), key=t.by_name):
            # One that a sum inside binds would be caught there: see `captured`.
            for other in (o for o in _others(line, old, old.range, place.bound) if o not in bound_indices(place.term)):
                change = t.substitute(place.term, {old: other})
                yield line.at(place, change, wrong=old, meant=other)


def captured(line: Line) -> Iterator[Candidate]:
    """A free index caught by a sum over the same name; or an index that a sum should have bound, and does not."""
    for place in line.places:
        if isinstance(place.term, t.Binder) and place.term.index in t.free_indices(line.left):
            yield from _released(line, place, place.term)
    for place in line.places:
        loose = t.free_indices(place.term) - t.free_indices(line.left) - set(place.bound)
        if place.parent is None or isinstance(place.parent, t.Add | t.Mul | t.Neg | t.Div):
            for each in sorted(loose, key=t.by_name):
                yield line.at(place, t.Sum(each, (), place.term), wrong=each, how="is free here, and should be bound by a sum")
    for place in line.places:
        if isinstance(place.term, t.Sum) and not place.term.excluded:
            for other in _others(line, place.term.index, place.term.index.range, place.bound):
                change = t.substitute(place.term.body, {place.term.index: other})
                yield line.at(place, change, wrong=place.term.index, how="is bound by a sum, and should be free")


def _released(line: Line, place: Place, binder: t.Binder) -> Iterator[Candidate]:
    """The sum with another bound index, and one of its indices the free one that it had caught."""
    caught = binder.index
    other = new_index(caught, line.taken)
    opened = t.substitute(binder.body, {caught: other})
    held = [
        (inside, holder, position)
        for inside in places(opened)
        if isinstance(holder := inside.term.by if isinstance(inside.term, t.Diff) else inside.term, t.Entry | t.Delta)
        for position, extent in enumerate(_extents(line, holder))
        if extent is caught.range and t.children(holder)[position] is not caught
    ]
    excluded = tuple(e for e in binder.excluded if e is not other)
    for chosen in (*combinations(held, 1), *combinations(held, 2)):
        body = opened
        for inside, _, position in chosen:
            # Two of the indices may stand in one entry: what is there now is looked up again.
            here = term_at(body, inside.path)
            holder = here.by if isinstance(here, t.Diff) else here
            own = t.children(holder)
            new = t.rebuild(holder, (*own[:position], caught, *own[position + 1 :]))
            new = t.Diff(here.body, new) if isinstance(here, t.Diff) and isinstance(new, t.Entry) else new
            body = _with(body, inside.path, new)
        yield line.at(place, type(binder)(other, excluded, body), wrong=caught, how="is caught by the sum over the same name")


def _with(term: t.Term, path: tuple[int, ...], new: t.Term) -> t.Term:
    """The term with another one at a place, and nothing flattened: all other places stay where they are."""
    if not path:
        return new
    parts = t.children(term)
    return t.rebuild(term, (*parts[: path[0]], _with(parts[path[0]], path[1:], new), *parts[path[0] + 1 :]))


def exclusion(line: Line) -> Iterator[Candidate]:
    """A sum that should leave an index out, or should not, or another one."""
    for place in line.places:
        term = place.term
        if not isinstance(term, t.Binder):
            continue
        others = [o for o in _others(line, term.index, term.index.range, place.bound) if o not in term.excluded]
        if term.excluded:
            yield line.at(place, type(term)(term.index, (), term.body))
            for other in others:
                yield line.at(place, type(term)(term.index, (other,), term.body))
        for other in others:
            yield line.at(place, type(term)(term.index, (*term.excluded, other), term.body))


def taken_out(line: Line) -> Iterator[Candidate]:
    """A factor taken out of a sum although it depends on the index: w[i]*sum(x[j], j) for sum(w[j]*x[j], j)."""
    sums = [p for p in line.places if isinstance(p.term, t.Sum)]
    for total in sums:
        assert isinstance(total.term, t.Sum)
        running, body = total.term.index, total.term.body
        for place in line.places:
            if not isinstance(place.term, t.Entry) or not _in_one_product(line.right, place, total):
                continue
            for own in (i for i in place.term.indices if isinstance(i, t.Index) and i.range is running.range):
                moved = t.substitute(place.term, {own: running})
                change = t.Sum(running, total.term.excluded, t.mul(moved, body))
                right = put(exchanged(line.right, total.path, change), place.path, t.ONE)
                yield Candidate(right, total.term, change, {"wrong": place.term, "meant": moved, "index": running})


def _in_one_product(whole: t.Term, factor: Place, total: Place) -> bool:
    """Whether the two places are factors of one product, the first outside of the second."""
    shared = 0
    while shared < min(len(factor.path), len(total.path)) and factor.path[shared] == total.path[shared]:
        shared += 1
    if shared == len(total.path) or shared == len(factor.path):
        return False
    here = term_at(whole, factor.path[:shared])
    for path in (factor.path[shared:], total.path[shared:]):
        term = here
        for position in path:
            if not isinstance(term, t.Mul | t.Neg) and not (isinstance(term, t.Div) and position == 0):
                return False
            term = t.children(term)[position]
    return True

"""The chain rule with something lost: the derivative of the inside, that of the outside, or most of the ways between them.

    diff(sin(2*x), x) = cos(2*x)                        2*cos(2*x)
    diff(exp(x^2), x) = 2*x                             2*x*exp(x^2)
    diff(E, s[i]) = diff(E, p[i])*diff(p[i], s[i])      sum(diff(E, p[k])*diff(p[k], s[i]), k)
    diff(g(x, x*y), x) = g'1(x, x*y)                    g'1(x, x*y) + y*g'2(x, x*y)
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from derive.diagnosis.line import Line, new_index
from derive.diagnosis.places import Candidate, Place, places, put
from derive.engine.chain_steps import through
from derive.engine.remembered import remembered
from derive.engine.writing import minus, times, unsigned, with_term
from derive.floor import terms as t
from derive.floor.functions import TABLE


def dropped_terms(line: Line) -> Iterator[Candidate]:
    """A chain rule through one entry of an array: the sum over all entries instead."""
    for place in line.places:
        if isinstance(place.term, t.Mul):
            yield from _summed(line, place, place.term)
    for place in line.places:
        if isinstance(place.term, t.Mul | t.Div | t.Diff) and not isinstance(place.parent, t.Mul | t.Div):
            yield from _one_way(line, place)
    nodes = {
        place.term.by.name
        for place in line.places
        if isinstance(place.term, t.Diff) and place.term.by.indices and not t.free_indices(place.term.by) & {*place.bound}
    }
    # Only a product can be one way out of many; a sum has other ones already.
    for outer in places(line.left):
        if not isinstance(outer.term, t.Diff) or not isinstance(unsigned(line.right) or line.right, t.Mul | t.Div):
            continue
        for name in sorted(nodes - {outer.term.by.name}):
            found = through(outer.term, (name,), line.context.scope)
            if found is not None and isinstance(found.right, t.Sum) and isinstance(found.right.body, t.Mul):
                full = put(line.left, outer.path, found.right)
                node = next(p.by for p in t.subterms(found.right) if isinstance(p, t.Diff) and p.by.name == name)
                other = next((p.by for p in t.subterms(line.right) if isinstance(p, t.Diff) and p.by.name == name), node)
                yield Candidate(full, line.right, full, _dropped(outer.term.body, other, node))


def _one_way(line: Line, place: Place) -> Iterator[Candidate]:
    """A product that has the index of the variable everywhere, y[k]*diff(p[k], x[k]): the sum of y[i]*diff(p[i], x[k])."""
    for derivative in line.derivatives:
        if not any(isinstance(part, t.Diff) and part.by is derivative.by for part in t.subterms(place.term)):
            continue
        for own in derivative.by.indices:
            if not isinstance(own, t.Index):
                continue
            new = new_index(own, line.taken)
            moved = _moved(place.term, own, new, derivative.by)
            bare = unsigned(moved)
            change: t.Term = t.Sum(new, (), moved) if bare is None else t.Neg(t.Sum(new, (), bare))
            entries = [p for p in t.subterms(moved) if isinstance(p, t.Entry) and new in p.indices]
            if entries:
                every = next((p.by for p in t.subterms(moved) if isinstance(p, t.Diff) and p.by in entries), entries[0])
                one = t.substitute(every, {new: own})
                words = {"function": line.left if len(line.derivatives) > 1 else derivative.body, "one": one, "every": every}
                yield line.at(place, change, **words, missing=t.Comparison(new, "!=", own))


def _moved(term: t.Term, old: t.Index, new: t.Index, kept: t.Entry) -> t.Term:
    """`term` with another index, except where it is derived by `kept`."""
    if term is old:
        return new
    if isinstance(term, t.Diff) and term.by is kept:
        return t.Diff(_moved(term.body, old, new, kept), kept)
    if isinstance(term, t.Binder) and term.index in (old, new):
        return term
    parts = t.children(term)
    if not parts or isinstance(term, t.Index):
        return term
    return t.rebuild(term, tuple(_moved(part, old, new, kept) for part in parts))


def _dropped(function: t.Term, one: t.Entry, every: t.Entry) -> dict[str, t.Term | str]:
    new = next((k for i, k in zip(one.indices, every.indices, strict=True) if i is not k), every.indices[0])
    old = next((i for i, k in zip(one.indices, every.indices, strict=True) if i is not k), one.indices[0])
    return {"function": function, "one": one, "every": every, "missing": t.Comparison(new, "!=", old)}


def _summed(line: Line, place: Place, product: t.Mul) -> Iterator[Candidate]:
    """The product with its pairs diff(f, u[i])*diff(u[i], x) summed over the entries of u: one pair first, then all."""
    pairs = []
    for a, f in enumerate(product.factors):
        for b, g in enumerate(product.factors):
            outer, inner = unsigned(f) or f, g
            if isinstance(outer, t.Diff) and isinstance(inner, t.Diff) and outer.by is inner.body and outer.by.indices:
                pairs.append((a, b))
    for count in (1, *range(2, len(pairs) + 1)):
        for chosen in combinations(pairs, count):
            factors = list(product.factors)
            avoid = line.taken
            running: list[t.Index] = []
            words: dict[str, t.Term | str] = {}
            for a, b in chosen:
                outer, inner = factors[a], factors[b]
                signed = unsigned(outer)
                outer = signed or outer
                assert isinstance(outer, t.Diff)
                assert isinstance(inner, t.Diff)
                one = outer.by
                moved = []
                for own in one.indices:
                    if not isinstance(own, t.Index):
                        moved.append(own)
                        continue
                    new = new_index(own, avoid)
                    avoid |= {new}
                    running.append(new)
                    moved.append(new)
                every = t.Entry(one.name, tuple(moved))
                words = words or _dropped(outer.body, one, every)
                factors[a] = t.Diff(outer.body, every) if signed is None else t.Neg(t.Diff(outer.body, every))
                factors[b] = t.Diff(every, inner.by)
            if not running:
                continue
            inside = {position for pair in chosen for position in pair}
            total: t.Term = t.mul(*(factors[p] for p in sorted(inside)))
            sign = unsigned(total)
            total = sign or total
            for new in reversed(running):
                total = t.Sum(new, (), total)
            rest = [f for p, f in enumerate(factors) if p not in inside]
            first = min(inside)
            change = t.mul(*rest[:first], total, *rest[first:])
            yield line.at(place, minus(change) if sign is not None else change, **words)


def inner_derivative(line: Line) -> Iterator[Candidate]:
    """The chain rule without the derivative of the inside."""
    for composition in line.compositions:
        for place in line.places:
            # diff(f, m) for diff(y - f, m): the author went one step too far inside.
            term = place.term
            if not isinstance(term, t.Diff) or term.by is not composition.by or term.body is composition.inner:
                continue
            if term.body in t.subterms(composition.inner):
                slope = t.Diff(composition.inner, composition.by)
                yield line.at(place, _slope_of_linear(composition.inner, term), slope=slope)
        if composition.slope in (t.ZERO, t.ONE):
            continue
        for place in line.places:
            counts = place.parent is None or isinstance(place.parent, t.Add | t.Sum | t.Neg | t.Div)
            if counts and not place.derived and _stands_in(place.term, composition.inner):
                slope = t.Diff(composition.inner, composition.by)
                yield line.at(place, times(place.term, composition.slope), slope=slope)


def inner_node(line: Line) -> Iterator[Candidate]:
    """diff(f, u[j]) alone, for diff(f, u[j])*diff(u[j], x)."""
    for place in line.places:
        for derivative in line.derivatives:
            by = derivative.by
            if isinstance(place.term, t.Diff) and place.term.by is not by and line.moves(place.term.by, by):
                slope = t.Diff(place.term.by, by)
                yield line.at(place, t.mul(place.term, slope), slope=slope)


def _slope_of_linear(inner: t.Term, inside: t.Diff) -> t.Term:
    """The derivative of the inner y - f, written -diff(f, x) where only a sign tells it from that of f."""
    terms = inner.terms if isinstance(inner, t.Add) else (inner,)
    return t.Neg(inside) if t.Neg(inside.body) in terms else t.Diff(inner, inside.by)


@remembered
def _stands_in(term: t.Term, inner: t.Term) -> bool:
    """Whether `inner` stands in a term outside of its derivatives, or one is by it: inside of them, nothing is lost yet."""
    if isinstance(term, t.Diff):
        return term.by is inner
    return term is inner or any(_stands_in(part, inner) for part in t.children(term))


def outer_derivative(line: Line) -> Iterator[Candidate]:
    """The chain rule without the derivative of the outside."""
    for composition in line.compositions:
        outer, inner = composition.outer, composition.inner
        match outer:
            case t.Apply(name, (argument,)) if argument is inner and (derivatives := TABLE[name].derivatives) is not None:
                slopes = derivatives(inner)[:1]
            case t.Pow(base, t.Number(exponent)) if base is inner and exponent != 1:
                slopes = (t.mul(t.number(exponent), t.power(base, t.number(exponent - 1))),)
            case t.Div(_, denominator) if denominator is inner:
                slopes = (t.Neg(t.div(t.ONE, t.power(denominator, t.TWO))),)
            case t.Call(name, (argument,)) if argument is inner and line.theory.is_differentiable(name):
                slopes = (t.Call(t.derivative_name(name, (1,), 1), outer.arguments),)
            case _:
                continue
        for place in line.products:
            yield line.at(place, times(place.term, slopes[0]), slope=slopes[0])
    # diff(u[j], x) alone, for diff(f, u[j])*diff(u[j], x).
    for place in line.places:
        match place.term:
            case t.Diff(t.Entry() as node, by) if node.name in line.theory.definitions:
                for derivative in line.derivatives:
                    if derivative.by is by and derivative is not place.term:
                        first = t.Diff(derivative.body, node)
                        yield line.at(place, t.mul(first, place.term), slope=first)


def held_fixed(line: Line) -> Iterator[Candidate]:
    """diff(c, a) as of a graph, with b held fixed, where c is of a and b, and b moves with a; or the other way round."""
    for place in line.places:
        if isinstance(place.term, t.Diff):
            ways = _other_ways(line, place.term)
            for words, others in ways:
                yield line.at(place, t.add(place.term, t.neg(others)), **words)
    for derivative in line.derivatives:
        if derivative is line.left:
            for words, others in _other_ways(line, derivative):
                right = with_term(line.right, others)
                yield Candidate(right, line.right, right, words)


def _other_ways(line: Line, derivative: t.Diff) -> Iterator[tuple[dict[str, t.Term | str], t.Term]]:
    """The ways from a name to what it is differentiated by, through scalars that stand beside that in its definition."""
    body, by = derivative.body, derivative.by
    unfolded = line.theory.unfold(body) if isinstance(body, t.Entry) else None
    if unfolded is None or by not in t.subterms(unfolded):
        return
    beside = [part for part in t.subterms(unfolded) if isinstance(part, t.Entry) and not part.indices and part is not by]
    moved = [node for node in beside if node.name in line.theory.definitions and line.moves(node, by)]
    if moved:
        through: dict[str, t.Term | str] = {"whole": derivative, "through": moved[0], "by": by}
        yield through, t.add(*(t.mul(t.Diff(body, node), t.Diff(node, by)) for node in moved))


def total_derivative(line: Line) -> Iterator[Candidate]:
    """The derivative of a function of several arguments with one of them forgotten."""
    for derivative in line.derivatives:
        by = derivative.by
        for term in line.unfolded(derivative.body, by):
            if not isinstance(term, t.Call) or len(term.arguments) < 2 or not line.theory.is_differentiable(term.name):
                continue
            for position, argument in enumerate(term.arguments, start=1):
                if line.moves(argument, by) and t.free_indices(term) <= t.free_indices(line.left):
                    slope = t.ONE if argument is by else line.slope(argument, by)
                    name = t.derivative_name(term.name, (position,), len(term.arguments))
                    missing = t.mul(slope, t.Call(name, term.arguments))
                    right = with_term(line.right, missing)
                    yield Candidate(right, line.right, right, {"argument": argument, "missing": missing})

"""Mistakes: how a right line turns into a wrong one, undone occurrence by occurrence.

A *place* is one occurrence of a term in the right side of a step. A *mistake* is something that people do at a place, and
knows how to undo it: it yields *candidates*, right sides that the author may have meant.

    at the place -y[j] of  diff(-y[j]*ln(p[j]), p[j])     a sign      diff(y[j]*ln(p[j]), p[j])
    at the whole of        cos(2*x)                       the inside  2*cos(2*x)

Nothing here says that a candidate is right: `diagnose` evaluates it and then proves it. So a mistake may be generous, as
long as the candidates are few, and come in the order in which a person would look for them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from itertools import combinations, islice
from math import e, log, pi, sqrt

from derive.engine.tactics import Context, differentiated, simplest, tidy
from derive.floor.calculus import through
from derive.floor.dependence import reaches
from derive.floor.errors import LimitError
from derive.floor.functions import TABLE
from derive.floor.kernel import KernelError
from derive.floor.normal import Undefined
from derive.floor.terms import (
    ONE,
    TWO,
    ZERO,
    Add,
    Affine,
    Apply,
    Binder,
    Call,
    Comparison,
    Delta,
    Diff,
    Div,
    Entry,
    If,
    Index,
    Mul,
    Neg,
    Number,
    Pow,
    Prod,
    Size,
    Subscript,
    Sum,
    Term,
    add,
    affine,
    apply,
    bound_indices,
    children,
    declared_name,
    derivative_name,
    div,
    entry_names,
    free_indices,
    fresh,
    mul,
    number,
    partials,
    power,
    rational,
    rebuild,
    size,
    size_names,
    substitute,
    subterms,
)


@dataclass(frozen=True)
class Place:
    """One occurrence of a term: the way down to it from the whole, what stands directly above, and the indices bound above.

    `derived` tells that it stands inside a derivative.
    """

    term: Term
    path: tuple[int, ...] = ()
    parent: Term | None = None
    bound: tuple[Index, ...] = ()
    derived: bool = False


@dataclass(frozen=True)
class Candidate:
    """A right side that may have been meant: `change` instead of `part`, and the words that a message needs besides."""

    right: Term
    part: Term
    change: Term
    words: dict[str, Term | str] = field(default_factory=dict, compare=False)


def places(term: Term) -> Iterator[Place]:
    """Every value inside `term`, itself first; indices and the variables of derivatives are parts of what they stand in."""
    yield from _places(Place(term))


def _places(here: Place) -> Iterator[Place]:
    yield here
    term = here.term
    if isinstance(term, Entry | Delta):
        return
    bound = (*here.bound, term.index) if isinstance(term, Binder) else here.bound
    derived = here.derived or isinstance(term, Diff)
    for position, part in enumerate(children(term)):
        if isinstance(part, (*Subscript, Comparison)) or (isinstance(term, Diff) and position == 1):
            continue
        if not isinstance(term, Binder) or position == len(term.excluded):
            yield from _places(Place(part, (*here.path, position), term, bound, derived))


def put(whole: Term, path: tuple[int, ...], new: Term) -> Term:
    """`whole` with `new` at the end of `path`, written as a person would: signs in front, sums and products flat."""
    if not path:
        return new
    position, *rest = path
    return _with_part(whole, position, put(children(whole)[position], tuple(rest), new))


def _with_part(term: Term, position: int, new: Term) -> Term:
    old = children(term)
    before, after = old[:position], old[position + 1 :]
    bare = unsigned(new)
    match term:
        case Add():
            if isinstance(new, Add):
                return add(*before, *new.terms, *after)
            if new is ZERO:
                return add(*before, *after)
            return Add((*before, Neg(bare) if bare is not None and before else new, *after))
        case Neg():
            return new if new is ZERO else minus(new)
        case Mul():
            if bare is not None and before:
                return minus(_with_part(term, position, bare))
            if isinstance(new, Mul):
                return Mul((*before, *new.factors, *after))
            if new is ONE and len(old) > 1:
                rest = (*before, *after)
                return rest[0] if len(rest) == 1 else Mul(rest)
        case Div(numerator, _) if position == 1 and bare is not None:
            return minus(Div(numerator, bare))
        case Div(numerator, _) if position == 1 and new is ONE:
            return numerator
    return rebuild(term, (*before, new, *after))


def unsigned(term: Term) -> Term | None:
    """`term` without the minus sign in front of it; None where there is none."""
    match term:
        case Neg(inner):
            return inner
        case Number(value) if value < 0:
            return Number(-value)
        case Mul((first, *rest)):
            bare = unsigned(first)
            return None if bare is None else Mul((bare, *rest)) if bare is not ONE or not rest else mul(*rest)
        case Div(numerator, denominator):
            bare = unsigned(numerator)
            return None if bare is None else Div(bare, denominator)
    return None


def minus(term: Term) -> Term:
    """`term` with the other sign, which stands in front."""
    bare = unsigned(term)
    if bare is not None:
        return bare
    match term:
        case Mul((first, *rest)):
            return Mul((minus(first), *rest))
        case Div(numerator, denominator):
            return Div(minus(numerator), denominator)
    return Neg(term)


def times(term: Term, factor: Term) -> Term:
    """`term` times `factor`: a number joins the number in front, and what stands below is cancelled."""
    value = rational(factor)
    if value is not None:
        return scaled(term, value)
    match term:
        case Div(numerator, denominator):
            rest = _without(denominator, factor)
            return div(numerator, rest) if rest is not None else Div(times(numerator, factor), denominator)
        case Neg(inner):
            return minus(times(inner, factor))
    sign = unsigned(factor)
    return minus(times(term, sign)) if sign is not None else mul(term, factor)


def over(term: Term, factor: Term) -> Term:
    """`term` divided by `factor`, which is left out where it stands above."""
    rest = _without(term, factor)
    if rest is not None:
        return rest
    match term:
        case Div(numerator, denominator):
            rest = _without(numerator, factor)
            return Div(rest, denominator) if rest is not None else Div(numerator, mul(denominator, factor))
        case Neg(inner):
            return minus(over(inner, factor))
    return Div(term, factor)


def _without(term: Term, factor: Term) -> Term | None:
    """A product without one of its factors; None where it has not got it."""
    if term is factor:
        return ONE
    if isinstance(term, Mul) and factor in term.factors:
        position = term.factors.index(factor)
        return mul(*term.factors[:position], *term.factors[position + 1 :])
    return None


def scaled(term: Term, value: Fraction) -> Term:
    """`term` times a number, which joins the numbers that stand in it already."""
    if value < 0:
        return minus(scaled(term, -value))
    if value == 0:
        return ZERO
    if value == 1:
        return term
    match term:
        case Number(own):
            return number(own * value)
        case Neg(inner):
            return minus(scaled(inner, value))
        case Mul((Neg(first), *rest)):
            return minus(scaled(Mul((first, *rest)), value))
        case Mul((first, *rest)) if (coefficient := rational(first)) is not None:
            return mul(*(() if coefficient * value == 1 else (number(coefficient * value),)), *rest)
        case Div(numerator, denominator):
            above, below = Fraction(value.numerator), Fraction(value.denominator)
            if above > 1 and _coefficient(denominator) % above == 0:
                numerator = numerator if below == 1 else scaled(numerator, 1 / below)
                return div(numerator, scaled(denominator, 1 / above))
            if below > 1 and _coefficient(numerator) % below == 0:
                return Div(scaled(numerator, value), denominator)
            return Div(scaled(numerator, above), scaled(denominator, below))
    if value.denominator == 1:
        return mul(number(value), term)
    return Div(scaled(term, Fraction(value.numerator)), number(value.denominator))


def _coefficient(term: Term) -> int:
    match term:
        case Number(value) | Mul((Number(value), *_)) if value.denominator == 1:
            return int(value)
    return 1


# --- what is in sight ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Composition:
    """`outer`, a function or power of `inner`, met inside the derivative by `by`; `slope` is the derivative of the inner."""

    outer: Term
    inner: Term
    by: Entry
    slope: Term


class Line:
    """A refuted line, `left = right`, and what its author had in sight."""

    def __init__(self, left: Term, right: Term, context: Context) -> None:
        self.left = left
        self.right = right
        self.context = context
        self.signature = context.signature

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """Every place of the right side, from the outside in."""
        return tuple(places(self.right))

    @cached_property
    def summands(self) -> tuple[Place, ...]:
        """The places where a sign or a factor counts on its own: the whole, the terms of a sum, what a function is taken of."""
        return tuple(
            p
            for p in self.places
            if p.parent is None
            or isinstance(p.parent, Add | Apply | Call | If)
            or (isinstance(p.parent, Pow) and p.path[-1] == 1 and rational(p.term) is None)
        )

    @cached_property
    def products(self) -> tuple[Place, ...]:
        """The places where a factor can be lost: the summands, and the bodies of sums."""
        bodies = (p for p in self.places if isinstance(p.parent, Sum) and not isinstance(p.term, Add))
        return (*self.summands, *bodies)

    @cached_property
    def free(self) -> tuple[Index, ...]:
        """The free indices of both sides."""
        found = free_indices(self.left) | free_indices(self.right)
        return tuple(sorted(found, key=lambda index: index.name))

    @cached_property
    def taken(self) -> frozenset[Index]:
        """Every index of both sides, free or bound."""
        return frozenset(self.free) | bound_indices(self.left) | bound_indices(self.right)

    @cached_property
    def names(self) -> frozenset[str]:
        """The names in both sides, and those by which they are defined."""
        found: set[str] = set()
        waiting = [*entry_names(self.left), *entry_names(self.right)]
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                if name in self.signature.definitions:
                    waiting += entry_names(self.signature.definitions[name].body)
        return frozenset(found)

    @cached_property
    def sizes(self) -> tuple[Size, ...]:
        """The sizes of both sides, and of the arrays in them."""
        found = set(size_names(self.left) | size_names(self.right))
        for name in self.names:
            if name in self.signature.unknowns:
                found |= {extent.name for extent in self.signature.unknowns[name].ranges if isinstance(extent, Size)}
        return tuple(Size(name) for name in sorted(found))

    @cached_property
    def scalars(self) -> tuple[Term, ...]:
        """The scalars in scope: those in sight first."""
        signature = self.signature
        unknowns = [name for name, row in signature.unknowns.items() if not row.ranges]
        defined = [name for name, row in signature.definitions.items() if not row.parameters and not row.arguments]
        every = sorted((*defined, *unknowns), key=lambda name: name not in self.names)
        return tuple(Entry(name, ()) for name in every[:10])

    @cached_property
    def atoms(self) -> tuple[Term, ...]:
        """What a product may have lost: scalars, the entries of both sides, and the factors of the left side."""
        found: dict[Term, None] = dict.fromkeys(self.scalars)
        inside = [body for d in self.derivatives for body in islice(self.unfolded(d.body, d.by), 40)]
        entries = [part for part in subterms(self.left) if isinstance(part, Entry) and part.name in self.signature.definitions]
        inside += [body for entry in entries if (body := self.signature.unfold(entry)) is not None]
        for side in dict.fromkeys((self.left, self.right, *inside)):
            for place in places(side):
                term = place.term
                factor = isinstance(place.parent, Mul | Div) and not isinstance(term, Number | Neg | Mul | Div)
                if isinstance(term, Entry) or (factor and size(term) < 16):
                    found[term] = None
        return tuple(found)[:32]

    @cached_property
    def derivatives(self) -> tuple[Diff, ...]:
        """The derivatives in the left side."""
        return tuple(dict.fromkeys(part for part in subterms(self.left) if isinstance(part, Diff)))

    @cached_property
    def compositions(self) -> tuple[Composition, ...]:
        """The functions of functions in the derivatives of the left side, looked at through the definitions."""
        found: dict[tuple[Term, Entry], Composition] = {}
        for derivative in self.derivatives:
            by = derivative.by
            for outer in self.unfolded(derivative.body, by):
                for inner in _insides(outer):
                    known = inner is by or (inner, by) in found or not self.moves(inner, by)
                    if not known and len(found) < 8:
                        found[inner, by] = Composition(outer, inner, by, self.slope(inner, by))
        return tuple(found.values())

    def unfolded(self, body: Term, by: Entry) -> Iterator[Term]:
        """Every term in `body`, and in what defines its names, except that of `by`."""
        waiting, seen = [body], set[Term]()
        while waiting and len(seen) < 200:
            term = waiting.pop()
            if term in seen:
                continue
            seen.add(term)
            yield term
            waiting += reversed([part for part in children(term) if not isinstance(part, (*Subscript, Comparison))])
            if isinstance(term, Entry | Call) and term.name != by.name and term.name in self.signature.definitions:
                unfolded = self.signature.unfold(term)
                waiting += [] if unfolded is None else [unfolded]

    def moves(self, term: Term, by: Entry) -> bool:
        """Whether `term` may move with `by`."""
        return reaches(self.signature, entry_names(term), by.name)

    def slope(self, inner: Term, by: Entry) -> Term:
        """The derivative of `inner`, carried out where that leaves something short."""
        derivative = Diff(inner, by)
        defined = entry_names(inner) & self.signature.definitions.keys() - {by.name}
        if size(inner) > 16 or defined:
            return derivative
        found = self.value(derivative)
        return found if size(found) <= 12 else derivative

    def value(self, term: Term) -> Term:
        """What `term` comes to, differentiated and as short as the normal form writes it."""
        try:
            worked_out = differentiated(term, self.context).right
            return min((tidy(simplest(worked_out, self.context).right), tidy(worked_out)), key=size)
        except (LimitError, KernelError, Undefined, RecursionError, ValueError):
            return term

    def at(self, place: Place, change: Term, **words: Term | str) -> Candidate:
        """The candidate that has `change` at `place`."""
        return Candidate(put(self.right, place.path, change), place.term, change, words)


def _insides(term: Term) -> tuple[Term, ...]:
    match term:
        case Apply(_, arguments) | Call(_, arguments):
            return arguments
        case Pow(base, exponent):
            return (base,) if isinstance(exponent, Number) else (base, exponent)
        case Div(_, denominator):
            return (denominator,)
    return ()


Mistake = Callable[[Line], Iterator[Candidate]]


# --- signs and factors -----------------------------------------------------------------------------------------------


def sign(line: Line) -> Iterator[Candidate]:
    """A minus sign too many; or one missing, before a term, a whole side, or what a function is taken of."""
    for place in line.places:
        if isinstance(place.term, Neg) and not isinstance(place.parent, Add):
            yield line.at(place, place.term.term)
    for place in line.summands:
        # sigmoid(-x) is 1 - sigmoid(x), and is mistaken for it: see `function`.
        if place.term is not ZERO and not (isinstance(place.parent, Apply) and place.parent.function == "sigmoid"):
            yield line.at(place, minus(place.term))


def factor(line: Line) -> Iterator[Candidate]:
    """A factor 2 or 1/2, n or 1/n lost; or one too many."""
    for place in line.summands:
        for value in (Fraction(2), Fraction(1, 2)):
            yield line.at(place, scaled(place.term, value), factor=str(value))
        for extent in line.sizes:
            yield line.at(place, times(place.term, extent), factor=extent)
            yield line.at(place, over(place.term, extent), factor=Div(ONE, extent))
    for place in line.summands:
        for value in (Fraction(4), Fraction(1, 4), Fraction(3), Fraction(1, 3)):
            yield line.at(place, scaled(place.term, value), factor=str(value))


def sign_and_factor(line: Line) -> Iterator[Candidate]:
    """A sign and a factor at the same place."""
    for place in line.summands:
        for value in (Fraction(-2), Fraction(-1, 2)):
            yield line.at(place, scaled(place.term, value), factor=str(value))
        for extent in line.sizes:
            yield line.at(place, minus(times(place.term, extent)), factor=Neg(extent))
            yield line.at(place, minus(over(place.term, extent)), factor=Div(Neg(ONE), extent))


def missing_product(line: Line) -> Iterator[Candidate]:
    """A factor that is in scope is missing, above or below; or stands there too much."""
    for place in line.products:
        for atom in line.atoms:
            if free_indices(atom) <= {*line.free, *place.bound}:
                yield line.at(place, times(place.term, atom), factor=atom)
    for place in line.products:
        for atom in line.atoms:
            if free_indices(atom) <= {*line.free, *place.bound}:
                yield line.at(place, over(place.term, atom), factor=Div(ONE, atom))


# --- indices ---------------------------------------------------------------------------------------------------------


def _others(line: Line, index: Term, extent: Term, bound: tuple[Index, ...]) -> Iterator[Term]:
    """The indices that could stand in the place of `index`, which runs to `extent`."""
    for other in dict.fromkeys((*bound, *line.free)):
        if other is not index and other.range is extent:
            yield other
    if isinstance(extent, Number) and extent.value <= 4:
        yield from (n for n in map(number, range(1, int(extent.value) + 1)) if n is not index)


def _indexed(line: Line) -> Iterator[tuple[Place, Term]]:
    """The places where indices stand, with the entry or delta that holds them: a derivative's variable is one."""
    for place in line.places:
        if isinstance(place.term, Entry | Delta) and children(place.term):
            yield place, place.term
        elif isinstance(place.term, Diff) and place.term.by.indices:
            yield place, place.term.by


def _extents(line: Line, holder: Term) -> tuple[Term, ...]:
    if isinstance(holder, Entry):
        return line.signature.ranges(holder.name)
    return tuple(part.range if isinstance(part, Index) else ZERO for part in children(holder))


def _shifted(index: Term) -> Iterator[Affine]:
    """A computed index off by one, or turned around: t + a for t + a - 1, t - i + 1 for i - t + 1."""
    if isinstance(index, Affine):
        yield affine(((1, index),), -1)
        yield affine(((1, index),), 1)
        for position, part in enumerate(index.parts):
            yield affine(((1, index), (-2 * index.factors[position], part)))
        # The offset keeps its place: only what is counted from is exchanged.
        yield affine(((-1, index),), 2 * index.offset)


def _held(place: Place, new: Term) -> Term:
    """What stands at the place when its entry is replaced."""
    if isinstance(place.term, Diff) and isinstance(new, Entry):
        return Diff(place.term.body, new)
    return new


def index(line: Line) -> Iterator[Candidate]:
    """Another index; the two indices of an entry swapped; one index for another throughout a part."""
    for place, holder in _indexed(line):
        own, extents = children(holder), _extents(line, holder)
        for position, extent in enumerate(extents):
            for other in _others(line, own[position], extent, place.bound):
                new = rebuild(holder, (*own[:position], other, *own[position + 1 :]))
                yield line.at(place, _held(place, new), wrong=holder, meant=new)
            for other in _shifted(own[position]):
                new = rebuild(holder, (*own[:position], other, *own[position + 1 :]))
                yield line.at(place, _held(place, new), wrong=holder, meant=new)
        for a, b in combinations(range(len(own)), 2):
            if extents[a] is extents[b] and own[a] is not own[b] and isinstance(holder, Entry):
                swapped = list(own)
                swapped[a], swapped[b] = own[b], own[a]
                new = rebuild(holder, tuple(swapped))
                yield line.at(place, _held(place, new), wrong=holder, meant=new)
    for place in line.places:
        if isinstance(place.term, Entry | Delta):
            continue
        for old in sorted(free_indices(place.term), key=lambda i: i.name):
            # One that a sum inside binds would be caught there: see `captured`.
            for other in (o for o in _others(line, old, old.range, place.bound) if o not in bound_indices(place.term)):
                change = substitute(place.term, {old: other})
                yield line.at(place, change, wrong=old, meant=other)


def captured(line: Line) -> Iterator[Candidate]:
    """A free index caught by a sum over the same name; or an index that a sum should have bound, and does not."""
    for place in line.places:
        if isinstance(place.term, Binder) and place.term.index in free_indices(line.left):
            yield from _released(line, place, place.term)
    for place in line.places:
        loose = free_indices(place.term) - free_indices(line.left) - set(place.bound)
        if place.parent is None or isinstance(place.parent, Add | Mul | Neg | Div):
            for each in sorted(loose, key=lambda i: i.name):
                yield line.at(place, Sum(each, (), place.term), wrong=each, how="is free here, and should be bound by a sum")
    for place in line.places:
        if isinstance(place.term, Sum) and not place.term.excluded:
            for other in _others(line, place.term.index, place.term.index.range, place.bound):
                change = substitute(place.term.body, {place.term.index: other})
                yield line.at(place, change, wrong=place.term.index, how="is bound by a sum, and should be free")


def _released(line: Line, place: Place, binder: Sum | Prod) -> Iterator[Candidate]:
    """The sum with another bound index, and one of its indices the free one that it had caught."""
    caught = binder.index
    other = _new_index(caught, line.taken)
    opened = substitute(binder.body, {caught: other})
    held = [
        (inside, holder, position)
        for inside in places(opened)
        if isinstance(holder := inside.term.by if isinstance(inside.term, Diff) else inside.term, Entry | Delta)
        for position, extent in enumerate(_extents(line, holder))
        if extent is caught.range and children(holder)[position] is not caught
    ]
    excluded = tuple(e for e in binder.excluded if e is not other)
    for chosen in (*combinations(held, 1), *combinations(held, 2)):
        body = opened
        for inside, _, position in chosen:
            # Two of the indices may stand in one entry: what is there now is looked up again.
            here = _at(body, inside.path)
            holder = here.by if isinstance(here, Diff) else here
            own = children(holder)
            new = rebuild(holder, (*own[:position], caught, *own[position + 1 :]))
            body = put(body, inside.path, Diff(here.body, new) if isinstance(here, Diff) and isinstance(new, Entry) else new)
        yield line.at(place, type(binder)(other, excluded, body), wrong=caught, how="is caught by the sum over the same name")


def _at(whole: Term, path: tuple[int, ...]) -> Term:
    for position in path:
        whole = children(whole)[position]
    return whole


def exclusion(line: Line) -> Iterator[Candidate]:
    """A sum that should leave an index out, or should not, or another one."""
    for place in line.places:
        term = place.term
        if not isinstance(term, Binder):
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
    sums = [p for p in line.places if isinstance(p.term, Sum)]
    for total in sums:
        assert isinstance(total.term, Sum)
        running, body = total.term.index, total.term.body
        for place in line.places:
            if not isinstance(place.term, Entry) or not _in_one_product(line.right, place, total):
                continue
            for own in (i for i in place.term.indices if isinstance(i, Index) and i.range is running.range):
                moved = substitute(place.term, {own: running})
                change = Sum(running, total.term.excluded, mul(moved, body))
                right = put(put(line.right, total.path, change), place.path, ONE)
                yield Candidate(right, total.term, change, {"wrong": place.term, "meant": moved, "index": running})


def _in_one_product(whole: Term, factor: Place, total: Place) -> bool:
    """Whether the two places are factors of one product, the first outside of the second."""
    shared = 0
    while shared < min(len(factor.path), len(total.path)) and factor.path[shared] == total.path[shared]:
        shared += 1
    if shared == len(total.path) or shared == len(factor.path):
        return False
    here = _at(whole, factor.path[:shared])
    for path in (factor.path[shared:], total.path[shared:]):
        term = here
        for position in path:
            if not isinstance(term, Mul | Neg) and not (isinstance(term, Div) and position == 0):
                return False
            term = children(term)[position]
    return True


# --- derivatives -----------------------------------------------------------------------------------------------------


def dropped_terms(line: Line) -> Iterator[Candidate]:
    """A chain rule through one entry of an array: the sum over all entries instead."""
    for place in line.places:
        if isinstance(place.term, Mul):
            yield from _summed(line, place, place.term)
    for place in line.places:
        if isinstance(place.term, Mul | Div | Diff) and not isinstance(place.parent, Mul | Div):
            yield from _one_way(line, place)
    nodes = {
        place.term.by.name
        for place in line.places
        if isinstance(place.term, Diff) and place.term.by.indices and not free_indices(place.term.by) & {*place.bound}
    }
    # Only a product can be one way out of many; a sum has other ones already.
    for outer in places(line.left):
        if not isinstance(outer.term, Diff) or not isinstance(unsigned(line.right) or line.right, Mul | Div):
            continue
        for name in sorted(nodes - {outer.term.by.name}):
            found = through(outer.term, (name,), line.context.scope)
            if found is not None and isinstance(found[0], Sum) and isinstance(found[0].body, Mul):
                full = put(line.left, outer.path, found[0])
                node = next(p.by for p in subterms(found[0]) if isinstance(p, Diff) and p.by.name == name)
                other = next((p.by for p in subterms(line.right) if isinstance(p, Diff) and p.by.name == name), node)
                yield Candidate(full, line.right, full, _dropped(outer.term.body, other, node))


def _one_way(line: Line, place: Place) -> Iterator[Candidate]:
    """A product that has the index of the variable everywhere, y[k]*diff(p[k], x[k]): the sum of y[i]*diff(p[i], x[k])."""
    for derivative in line.derivatives:
        if not any(isinstance(part, Diff) and part.by is derivative.by for part in subterms(place.term)):
            continue
        for own in derivative.by.indices:
            if not isinstance(own, Index):
                continue
            new = _new_index(own, line.taken)
            moved = _moved(place.term, own, new, derivative.by)
            bare = unsigned(moved)
            change: Term = Sum(new, (), moved) if bare is None else Neg(Sum(new, (), bare))
            entries = [p for p in subterms(moved) if isinstance(p, Entry) and new in p.indices]
            if entries:
                every = next((p.by for p in subterms(moved) if isinstance(p, Diff) and p.by in entries), entries[0])
                one = substitute(every, {new: own})
                words = {"function": line.left if len(line.derivatives) > 1 else derivative.body, "one": one, "every": every}
                yield line.at(place, change, **words, missing=Comparison(new, "!=", own))


def _moved(term: Term, old: Index, new: Index, kept: Entry) -> Term:
    """`term` with another index, except where it is derived by `kept`."""
    if term is old:
        return new
    if isinstance(term, Diff) and term.by is kept:
        return Diff(_moved(term.body, old, new, kept), kept)
    if isinstance(term, Binder) and term.index in (old, new):
        return term
    parts = children(term)
    if not parts or isinstance(term, Index):
        return term
    return rebuild(term, tuple(_moved(part, old, new, kept) for part in parts))


def _dropped(function: Term, one: Entry, every: Entry) -> dict[str, Term | str]:
    new = next((k for i, k in zip(one.indices, every.indices, strict=True) if i is not k), every.indices[0])
    old = next((i for i, k in zip(one.indices, every.indices, strict=True) if i is not k), one.indices[0])
    return {"function": function, "one": one, "every": every, "missing": Comparison(new, "!=", old)}


def _summed(line: Line, place: Place, product: Mul) -> Iterator[Candidate]:
    """The product with its pairs diff(f, u[i])*diff(u[i], x) summed over the entries of u: one pair first, then all."""
    pairs = []
    for a, f in enumerate(product.factors):
        for b, g in enumerate(product.factors):
            outer, inner = unsigned(f) or f, g
            if isinstance(outer, Diff) and isinstance(inner, Diff) and outer.by is inner.body and outer.by.indices:
                pairs.append((a, b))
    for count in (1, *range(2, len(pairs) + 1)):
        for chosen in combinations(pairs, count):
            factors = list(product.factors)
            avoid = line.taken
            running: list[Index] = []
            words: dict[str, Term | str] = {}
            for a, b in chosen:
                outer, inner = factors[a], factors[b]
                signed = unsigned(outer)
                outer = signed or outer
                assert isinstance(outer, Diff)
                assert isinstance(inner, Diff)
                one = outer.by
                moved = []
                for own in one.indices:
                    if not isinstance(own, Index):
                        moved.append(own)
                        continue
                    new = _new_index(own, avoid)
                    avoid |= {new}
                    running.append(new)
                    moved.append(new)
                every = Entry(one.name, tuple(moved))
                words = words or _dropped(outer.body, one, every)
                factors[a] = Diff(outer.body, every) if signed is None else Neg(Diff(outer.body, every))
                factors[b] = Diff(every, inner.by)
            if not running:
                continue
            inside = {position for pair in chosen for position in pair}
            total: Term = mul(*(factors[p] for p in sorted(inside)))
            sign = unsigned(total)
            total = sign or total
            for new in reversed(running):
                total = Sum(new, (), total)
            rest = [f for p, f in enumerate(factors) if p not in inside]
            first = min(inside)
            change = mul(*rest[:first], total, *rest[first:])
            yield line.at(place, minus(change) if sign is not None else change, **words)


def _new_index(like: Index, avoid: frozenset[Index]) -> Index:
    """An index with the range of `like` and a letter of its own."""
    names = {other.name for other in avoid}
    letter = next((c for c in "kjilmpqrst" if c not in names), None)
    return fresh(like, avoid) if letter is None else Index(letter, like.range)


def inner_derivative(line: Line) -> Iterator[Candidate]:
    """The chain rule without the derivative of the inside."""
    for composition in line.compositions:
        for place in line.places:
            # diff(f, m) for diff(y - f, m): the author went one step too far inside.
            term = place.term
            if not isinstance(term, Diff) or term.by is not composition.by or term.body is composition.inner:
                continue
            if term.body in subterms(composition.inner):
                yield line.at(place, _slope_of_linear(composition.inner, term), inner=composition.inner, by=composition.by)
        if composition.slope in (ZERO, ONE):
            continue
        for place in line.places:
            counts = place.parent is None or isinstance(place.parent, Add | Sum | Neg | Div)
            if counts and not place.derived and _stands_in(place.term, composition.inner):
                yield line.at(place, times(place.term, composition.slope), inner=composition.inner, by=composition.by)


def inner_node(line: Line) -> Iterator[Candidate]:
    """diff(f, u[j]) alone, for diff(f, u[j])*diff(u[j], x)."""
    for place in line.places:
        for derivative in line.derivatives:
            by = derivative.by
            if isinstance(place.term, Diff) and place.term.by is not by and line.moves(place.term.by, by):
                change = mul(place.term, Diff(place.term.by, by))
                yield line.at(place, change, inner=place.term.by, by=by)


def _slope_of_linear(inner: Term, inside: Diff) -> Term:
    """The derivative of the inner y - f, written -diff(f, x) where only a sign tells it from that of f."""
    terms = inner.terms if isinstance(inner, Add) else (inner,)
    return Neg(inside) if Neg(inside.body) in terms else Diff(inner, inside.by)


def _stands_in(term: Term, inner: Term) -> bool:
    """Whether `inner` stands in a term outside of its derivatives, or one is by it: inside of them, nothing is lost yet."""
    if isinstance(term, Diff):
        return term.by is inner
    return term is inner or any(_stands_in(part, inner) for part in children(term))


def outer_derivative(line: Line) -> Iterator[Candidate]:
    """The chain rule without the derivative of the outside."""
    for composition in line.compositions:
        outer, inner = composition.outer, composition.inner
        match outer:
            case Apply(name, (argument,)) if argument is inner and (derivatives := TABLE[name].derivatives) is not None:
                slopes = derivatives((inner,))[:1]
            case Pow(base, Number(exponent)) if base is inner and exponent != 1:
                slopes = (mul(number(exponent), power(base, number(exponent - 1))),)
            case Div(_, denominator) if denominator is inner:
                slopes = (Neg(div(ONE, power(denominator, TWO))),)
            case Call(name, (argument,)) if argument is inner and line.signature.is_differentiable(name):
                slopes = (Call(derivative_name(name, (1,), 1), outer.arguments),)
            case _:
                continue
        for place in line.products:
            yield line.at(place, times(place.term, slopes[0]), slope=slopes[0])
    # diff(u[j], x) alone, for diff(f, u[j])*diff(u[j], x).
    for place in line.places:
        match place.term:
            case Diff(Entry() as node, by) if node.name in line.signature.definitions:
                for derivative in line.derivatives:
                    if derivative.by is by and derivative is not place.term:
                        first = Diff(derivative.body, node)
                        yield line.at(place, mul(first, place.term), slope=first)


def quotient_rule(line: Line) -> Iterator[Candidate]:
    """The numerator of the quotient rule reversed or with a wrong sign, or its denominator not squared."""
    if not any(_is_quotient(line, derivative) for derivative in line.derivatives):
        return
    for place in line.places:
        match place.term:
            case Div(Add((first, second)) as above, below):
                bare = unsigned(second)
                if bare is not None:
                    yield line.at(place, Div(Add((bare, Neg(first))), below), how="the numerator is reversed")
                    yield line.at(place, Div(Add((first, bare)), below), how="the sign in the numerator is wrong")
                else:
                    yield line.at(place, Div(Add((first, Neg(second))), below), how="the sign in the numerator is wrong")
                if not isinstance(below, Pow):
                    yield line.at(place, Div(above, power(below, TWO)), how="the denominator is not squared")
            case Div(above, below) if not isinstance(below, Pow):
                yield line.at(place, Div(above, power(below, TWO)), how="the denominator is not squared")


def _is_quotient(line: Line, derivative: Diff) -> bool:
    """Whether what is differentiated is a quotient by something that moves, perhaps behind a name."""
    body: Term | None = derivative.body
    while isinstance(body, Entry) and body.name != derivative.by.name:
        body = line.signature.unfold(body)
    return isinstance(body, Div) and line.moves(body.denominator, derivative.by)


def quotient_rule_whole(line: Line) -> Iterator[Candidate]:
    """The quotient rule with a part of its numerator lost: the whole of it."""
    for derivative in line.derivatives:
        for term in line.unfolded(derivative.body, derivative.by):
            if isinstance(term, Div) and isinstance(line.right, Div) and free_indices(term) <= free_indices(line.left):
                slopes = [line.slope(part, derivative.by) for part in (term.numerator, term.denominator)]
                above = add(times(slopes[0], term.denominator), Neg(mul(term.numerator, slopes[1])))
                full = Div(above, power(term.denominator, TWO))
                yield Candidate(full, line.right, full, {"how": "a part of the numerator is lost"})


def product_rule(line: Line) -> Iterator[Candidate]:
    """The product rule with a term missing."""
    for derivative in line.derivatives:
        for term in line.unfolded(derivative.body, derivative.by):
            if not isinstance(term, Mul) or not free_indices(term) <= free_indices(line.left):
                continue
            missing: list[Term] = []
            for position, part in enumerate(term.factors):
                if line.moves(part, derivative.by):
                    slope = ONE if part is derivative.by else line.slope(part, derivative.by)
                    missing.append(mul(*term.factors[:position], slope, *term.factors[position + 1 :]))
            for each in missing:
                for sign in (each, minus(each)):
                    right = _with_term(line.right, sign)
                    yield Candidate(right, line.right, right, {"how": "is missing", "missing": sign})
            for place in line.places:
                if isinstance(place.parent, Add):
                    for each in missing:
                        yield line.at(place, each, how="does not stand there", missing=each)


def total_derivative(line: Line) -> Iterator[Candidate]:
    """The derivative of a function of several arguments with one of them forgotten."""
    for derivative in line.derivatives:
        by = derivative.by
        for term in line.unfolded(derivative.body, by):
            if not isinstance(term, Call) or len(term.arguments) < 2 or not line.signature.is_differentiable(term.name):
                continue
            for position, argument in enumerate(term.arguments, start=1):
                if line.moves(argument, by) and free_indices(term) <= free_indices(line.left):
                    slope = ONE if argument is by else line.slope(argument, by)
                    missing = mul(slope, Call(derivative_name(term.name, (position,), len(term.arguments)), term.arguments))
                    right = _with_term(line.right, missing)
                    yield Candidate(right, line.right, right, {"argument": argument, "missing": missing})


def _with_term(term: Term, more: Term) -> Term:
    bare = unsigned(more)
    return add(term, more if bare is None else Neg(bare))


def lost_term(line: Line) -> Iterator[Candidate]:
    """A term of the line before that got lost; or one term too many."""
    for place in line.places:
        if isinstance(place.parent, Add):
            yield line.at(place, ZERO, how="is one too many", where="in its place")
    for place in places(line.left):
        if isinstance(place.parent, Add) and free_indices(place.term) <= free_indices(line.left):
            for term in (place.term, minus(place.term)):
                right = _with_term(line.right, term)
                yield Candidate(right, term, right, {"how": "is lost", "where": "as the right side"})


# --- how an expression is written ------------------------------------------------------------------------------------


def parenthesis(line: Line) -> Iterator[Candidate]:
    """A missing parenthesis, or one too many."""
    # a - b + c for a - (b + c) is a sign as well; it is a parenthesis where there was one.
    signs = any(_signed_whole(term) for term in subterms(line.left))
    for place in line.places:
        for change in _regrouped(place.term, signs):
            yield line.at(place, change)


def _signed_whole(term: Term) -> bool:
    """Whether a sign stands at a whole in parentheses, as in -(a + b), -sum(a + b, i) and (-a)^2."""
    if isinstance(term, Pow):
        return unsigned(term.base) is not None
    inside = term.term if isinstance(term, Neg) else ZERO
    while isinstance(inside, Sum | Diff):
        inside = inside.body
    return isinstance(inside, Add)


def _regrouped(term: Term, signs: bool) -> Iterator[Term]:
    match term:
        case Add(terms):
            yield from _grouped(terms, signs)
        case Neg(Add((first, *rest))) if signs:
            yield Add((minus(first), *rest))
        case Neg(Pow(base, exponent)) if signs:
            yield Pow(Neg(base), exponent)
        case Mul((*before, Div(numerator, denominator), last)) if rational(denominator) is None:
            yield mul(*before, Div(numerator, mul(denominator, last)))
        case Mul((*before, Add((first, *rest)))):
            yield Add((mul(*before, first), *rest))
        case Mul((Add((*rest, last)), *after)):
            yield Add((*rest, mul(last, *after)))
    match term:
        case Div(Add((*rest, last)), denominator):
            yield Add((*rest, Div(last, denominator)))
        case Div(numerator, Add((first, *rest))):
            yield Add((Div(numerator, first), *rest))
        case Div(numerator, Mul((first, *rest))):
            yield mul(Div(numerator, first), *rest)
        case Div(Div(a, b), c):
            yield Div(a, Div(b, c))
        case Mul((*before, Pow(base, exponent))) if before and not isinstance(before[0], Neg):
            yield Pow(mul(*before, base), exponent)
        case Pow(Mul((*before, last)), exponent):
            yield mul(*before, Pow(last, exponent))
        case Pow(Add((*rest, last)), exponent):
            yield Add((*rest, Pow(last, exponent)))
    match term:
        case Mul((*before, Apply() as function, last)):
            yield mul(*before, _of(function, lambda body: mul(body, last)))
        case Apply(_, (Mul((*before, last)),)):
            yield mul(_of(term, lambda _: mul(*before)), last)
    if isinstance(term, Sum | Diff | Apply):
        body = term.body if not isinstance(term, Apply) else term.arguments[0] if len(term.arguments) == 1 else ZERO
        if isinstance(body, Add):
            *most, last = body.terms
            # What depends on the bound index cannot leave its sum.
            if not isinstance(term, Sum) or term.index not in free_indices(last):
                yield Add((_of(term, lambda _: add(*most)), last))


def _grouped(terms: tuple[Term, ...], signs: bool) -> Iterator[Term]:
    """The ways in which one term of a sum can take its neighbours into a parenthesis."""
    for position, here in enumerate(terms):
        bare = unsigned(here)
        for end in range(position + 2, len(terms) + 1):
            before, following, after = terms[:position], terms[position + 1 : end], terms[end:]
            if bare is not None and signs:
                yield add(*before, Neg(Add((bare, *following))), *after)
            for wider in _widened(here, following):
                yield add(*before, wider, *after)
        for begin in range(position - 1, -1, -1):
            before, preceding, after = terms[:begin], terms[begin:position], terms[position + 1 :]
            for wider in _widened_left(here, preceding):
                yield add(*before, wider, *after)


def _widened(term: Term, more: tuple[Term, ...]) -> Iterator[Term]:
    """The term with what follows it taken into its last part: a*b + c as a*(b + c)."""
    match term:
        case Neg(inner):
            yield from (Neg(wider) for wider in _widened(inner, more))
        case Mul((*before, last)):
            yield Mul((*before, add(last, *more)))
            yield from (mul(*before, wider) for wider in _widened(last, more))
        case Div(numerator, denominator):
            yield Div(numerator, add(denominator, *more))
        case Pow(base, exponent):
            yield Pow(base, add(exponent, *more))
        case Sum() | Diff():
            yield _of(term, lambda body: add(body, *more))
        case Apply(_, (_,)):
            yield _of(term, lambda body: add(body, *more))


def _widened_left(term: Term, more: tuple[Term, ...]) -> Iterator[Term]:
    """The term with what precedes it taken into its first part: a + b*c as (a + b)*c, a - b^2 as (a - b)^2."""
    sign, bare = (Neg, term.term) if isinstance(term, Neg) else ((lambda t: t), term)
    match bare:
        case Mul((first, *after)):
            yield Mul((add(*more, sign(first)), *after))
        case Div(Mul((first, *after)), denominator):
            yield Div(add(*more, sign(bare.numerator)), denominator)
            yield Div(Mul((add(*more, sign(first)), *after)), denominator)
        case Div(numerator, denominator):
            yield Div(add(*more, sign(numerator)), denominator)
        case Pow(base, exponent):
            yield Pow(add(*more, sign(base)), exponent)


def _of(term: Term, change: Callable[[Term], Term]) -> Term:
    """A sum, derivative or function with its body changed."""
    match term:
        case Sum(running, excluded, body):
            return Sum(running, excluded, change(body))
        case Diff(body, by):
            return Diff(change(body), by)
        case Apply(name, (argument,)):
            return Apply(name, (change(argument),))
    return term


def log_base(line: Line) -> Iterator[Candidate]:
    """The base of a logarithm, or the factor 1/ln(b) that it brings."""
    both = (*subterms(line.left), *subterms(line.right))
    known = [t.arguments[1] for t in both if isinstance(t, Apply) and t.function == "log" and len(t.arguments) == 2]
    bases = tuple(dict.fromkeys((*known, TWO, number(10))))
    for place in line.places:
        match place.term:
            case Apply("ln", (argument,)):
                for base in bases:
                    yield line.at(place, apply("log", argument, base), base=base)
            case Apply("log", (argument, own)):
                yield line.at(place, apply("ln", argument), base=own)
                for base in bases:
                    if base is not own:
                        yield line.at(place, apply("log", argument, base), base=base)
    for place in line.summands:
        for base in bases:
            yield line.at(place, over(place.term, apply("ln", base)), base=base)
            yield line.at(place, times(place.term, apply("ln", base)), base=base)


def exponent(line: Line) -> Iterator[Candidate]:
    """An exponent one too high or low, halved, doubled or negated; a square or a root lost, or one too many."""
    for place in line.places:
        match place.term:
            case Pow(base, own):
                for other in _exponents(own):
                    yield line.at(place, power(base, other))
            case Apply("sqrt", (base,)):
                yield line.at(place, base)
                yield line.at(place, power(base, number("3/2")))
    for place in line.places:
        if isinstance(place.term, Number | Pow | Neg | Add | Mul | Div) and not (isinstance(place.term, Add) and place.path):
            continue
        if isinstance(place.term, Size | Entry | Apply | Call | Sum | Add | Diff):
            yield line.at(place, power(place.term, TWO))
            if not isinstance(place.parent, Apply):
                yield line.at(place, apply("sqrt", place.term))
            if isinstance(place.parent, Div) and place.path[-1] == 1:
                yield line.at(place, power(place.term, number(3)))


def _exponents(own: Term) -> Iterator[Term]:
    value = rational(own)
    if value is not None:
        for other in (value - 1, value + 1, -value, value * 2, value / 2):
            if other:
                yield number(other)
        return
    yield from (add(own, Neg(ONE)), add(own, ONE), minus(own), scaled(own, Fraction(2)), scaled(own, Fraction(1, 2)))


def function(line: Line) -> Iterator[Candidate]:
    """One function for another: sin and cos, tanh and its square, sigmoid(x) and 1 - sigmoid(x), p and 1 - p, f' and f''."""
    for place in line.places:
        match place.term:
            case Call(name, arguments) if line.signature.is_differentiable(name):
                yield from (line.at(place, Call(kin, arguments)) for kin in _derivatives_beside(name, len(arguments)))
                # The derivative of f(g(x)) has f' at g(x), and not at x.
                meant = (c.outer for c in line.compositions if isinstance(c.outer, Call))
                same = (outer for outer in meant if declared_name(outer.name) == declared_name(name))
                yield from (line.at(place, Call(name, outer.arguments)) for outer in same if outer.arguments != arguments)
            case Apply(name, arguments):
                yield from (line.at(place, Apply(kin, arguments)) for kin in TABLE[name].kin)
                if name in ("sigmoid", "tanh"):
                    yield line.at(place, add(ONE, Neg(place.term)))
                    yield line.at(place, power(place.term, TWO))
                if name in ("exp", "sigmoid"):
                    yield line.at(place, Apply(name, tuple(map(minus, arguments))))
    for place in line.places:
        match place.term:
            case Entry() if place.term.name not in line.signature.sizes:
                yield line.at(place, add(ONE, Neg(place.term)))
            case Add((Number(value), Neg(inner))) if value == 1:
                yield line.at(place, inner)


def _derivatives_beside(name: str, arity: int) -> Iterator[str]:
    """What a derivative of a declared function is mistaken for: f for f', f'' for f', g'2 for g'1."""
    by = partials(name)
    others = [(*by[:n], argument, *by[n + 1 :]) for n in range(len(by)) for argument in range(1, arity + 1)]
    others += [by[:-1], *((*by, argument) for argument in range(1, arity + 1))]
    found = dict.fromkeys(derivative_name(declared_name(name), other, arity) for other in others)
    return (other for other in found if other != name)


# --- numbers ---------------------------------------------------------------------------------------------------------

_CONSTANTS: tuple[tuple[float, Term], ...] = (
    (pi, apply("pi")),
    (e, apply("exp", ONE)),
    (log(2), apply("ln", TWO)),
    (log(10), apply("ln", number(10))),
    (sqrt(2), apply("sqrt", TWO)),
    (sqrt(3), apply("sqrt", number(3))),
    (sqrt(pi), apply("sqrt", apply("pi"))),
    (sqrt(2 * pi), apply("sqrt", mul(TWO, apply("pi")))),
)


def rounded(line: Line) -> Iterator[Candidate]:
    """A decimal number that stands for something exact."""
    for place in line.places:
        value = rational(place.term)
        digits = None if value is None else _decimals(value)
        if value is None or digits is None or digits < 2:
            continue
        unit = Fraction(1, 10**digits)
        if place.parent is None and not line.names:
            yield line.at(place, line.left, unit=str(unit))
        for below in range(1, 60):
            near = Fraction(round(value * below), below)
            if near != value and abs(near - value) < unit:
                yield line.at(place, number(near), unit=str(unit))
        for constant, term in _CONSTANTS:
            for scale in (Fraction(1), Fraction(1, 2), Fraction(2)):
                exact = scaled(term, scale)
                if abs(constant * float(scale) - float(value)) < float(unit):
                    yield line.at(place, exact, unit=str(unit))
                if abs(1 / (constant * float(scale)) - float(value)) < float(unit):
                    yield line.at(place, Div(ONE, exact), unit=str(unit))


def _decimals(value: Fraction) -> int | None:
    """How many decimals a number is written with; None for what has no last decimal."""
    return next((n for n in range(1, 20) if 10**n % value.denominator == 0), None) if value.denominator > 1 else None


MISTAKES: tuple[tuple[str, Mistake], ...] = (
    ("D227", rounded),
    ("D229", taken_out),
    ("D216", dropped_terms),
    ("D224", quotient_rule),
    ("D217", inner_derivative),
    ("D219", parenthesis),
    ("D211", sign),
    ("D212", factor),
    ("D214", index),
    ("D222", exclusion),
    ("D215", captured),
    ("D221", exponent),
    ("D220", log_base),
    ("D223", function),
    ("D225", product_rule),
    ("D233", total_derivative),
    ("D218", outer_derivative),
    ("D217", inner_node),
    ("D213", missing_product),
    ("D228", sign_and_factor),
    ("D224", quotient_rule_whole),
    ("D232", lost_term),
)
"""The mistakes with their codes, in the order in which they are tried: the most telling first."""

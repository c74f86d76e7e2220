"""A term as a program over arrays: what is computed from what, each thing once.

A value of the program has an axis for each index that it depends on, and no others: the mean of x[s, i] over i has the axis s.
What is computed is a node, which knows its axes by position only, so that a definition used under two letters is one node:

    h[k] - g[i]*h[i]       one node for h, laid on the axis k in one place and on i in the other

A sum of products becomes one contraction, in which no product is written out (`contractions` runs it):

    sum(P[i, j]*V[j, c], j)                      "ab,bc->ac" of P and V
    sum(G[i, c]*(V[j, c] - O[i, c]), c)          two contractions: the difference has more axes than either of its terms
    sum((x[i] - mu)^2, i)                        "a,a->" of x - mu, twice: the difference is no larger than x
    sum(w[i]*(delta(i, k) - p[k]), i)            w[k] less p[k] times the sum of w
    sum(sum(X[s, a]*X[s, b], s)*w[b], b)         "ab,ac,c->b" of X, X and w

The logarithm of a sum of exponentials is a node, and so is what `stable` makes of a softmax, exp(z[k] - ln(sum(exp(z[i]), i))).

A division by a number 0 and what has no value at all raise `NotCovered`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from functools import reduce
from typing import Any, NamedTuple

from derive.bridge.code import VALUED
from derive.floor import terms as t
from derive.floor.functions import TABLE, Power, power_kind
from derive.floor.signs import INTRINSIC

_NUMPY = {"exp": "exp", "ln": "log", "sin": "sin", "cos": "cos", "abs": "abs"}
"""Functions of the table that are called by NumPy's name, but are computed otherwise by the code that SymPy writes."""
_COMPARED = {"=": "equal", "!=": "not_equal", ">": "greater", ">=": "greater_equal"}
_REDUCED = {t.Prod: ("prod", 1.0), t.Max: ("max", -math.inf), t.Min: ("min", math.inf)}
"""The reduction of a binder, and what changes no value of it."""


class NotCovered(Exception):
    """The program has no words for a term; it never leaves the bridge."""


class Node(NamedTuple):
    """What is computed: an operation, its inputs, and how many axes the result has.

    Of each input `inputs` tells on which axis of the result each of its own lies; of a contraction, its letters.
    """

    operation: str
    inputs: tuple[tuple[int, tuple[int, ...]], ...]
    rank: int
    detail: Any = None


class Laid(NamedTuple):
    """A node whose axes are these indices, in this order."""

    node: int
    axes: tuple[t.Index, ...]


LinearPlace = tuple[tuple[tuple[int, int, t.Term], ...], tuple[tuple[int, t.Term], ...], int]
"""A place of an array: factors with axes and their ranges, factors with sizes, and an offset."""
Signed = tuple[int, Laid]
"""A value and the sign before it, so that a sum subtracts what is written with a minus."""


class Program:
    """Nodes by number, each after its inputs; equal nodes are one."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.ranges: list[tuple[t.Term, ...]] = []  # of the axes of each
        self.numbers: set[tuple[str, int, int]] = set()  # arrays, and at which place of an axis an entry is taken
        self._numbers: dict[Node, int] = {}
        self._done: dict[t.Term, Signed] = {}

    # --- nodes ---

    def node(self, operation: str, axes: Iterable[t.Index], inputs: Sequence[Laid] = (), detail: Any = None) -> Laid:
        axes = tuple(axes)
        places = tuple((each.node, tuple(axes.index(axis) for axis in each.axes)) for each in inputs)
        return self._laid(Node(operation, places, len(axes), detail), axes)

    def _laid(self, node: Node, axes: tuple[t.Index, ...]) -> Laid:
        if node not in self._numbers:
            self._numbers[node] = len(self.nodes)
            self.nodes.append(node)
            self.ranges.append(tuple(axis.range for axis in axes))
        return Laid(self._numbers[node], axes)

    def call(self, function: str, *inputs: Laid) -> Laid:
        """A function entry by entry; the axes are in the order of the input that has most of them."""
        largest_first = sorted(inputs, key=lambda each: -len(each.axes))
        return self.node("call", dict.fromkeys(axis for each in largest_first for axis in each.axes), inputs, function)

    def constant(self, value: Fraction | float) -> Laid:
        return self.node("number", (), detail=float(value))

    def extent(self, range: t.Term) -> Laid:
        return self.constant(range.value) if isinstance(range, t.Number) else self.node("size", (), detail=range)

    def reduce(self, operation: str, body: Laid, index: t.Index) -> Laid:
        """The values along one axis as one value."""
        return self._along(operation, body, index, tuple(axis for axis in body.axes if axis is not index))

    def _along(self, operation: str, body: Laid, index: t.Index, axes: tuple[t.Index, ...] | None = None) -> Laid:
        """What is computed of the values along one axis; where `axes` are not given, it has those of the values."""
        axes = body.axes if axes is None else axes
        places = ((body.node, tuple(range(len(body.axes)))),)
        return self._laid(Node(operation, places, len(axes), body.axes.index(index)), axes)

    # --- terms ---

    def value(self, term: t.Term) -> Laid:
        sign, laid = self.signed(term)
        return laid if sign > 0 else self._negative(laid)

    def _negative(self, laid: Laid) -> Laid:
        node = self.nodes[laid.node]
        return self.constant(-node.detail) if node.operation == "number" else self.call("negative", laid)

    def signed(self, term: t.Term) -> Signed:
        if term not in self._done:
            self._done[term] = self._signed(term)
        return self._done[term]

    def _signed(self, term: t.Term) -> Signed:
        match term:
            case t.Number(value):
                return (-1 if value < 0 else 1), self.constant(abs(value))
            case t.Neg() | t.Mul() | t.Div():
                coefficient, above, below = _factors(term)
                return self._product(coefficient, map(self.signed, above), map(self.signed, below))
            case t.Add(terms):
                return self._sum(map(self.signed, terms))
            case t.Sum(_, (), _):
                return self._contracted(*_opened(term))
        return 1, self._unsigned(term)

    def _unsigned(self, term: t.Term) -> Laid:
        match term:
            case t.Size():
                return self.extent(term)
            case t.Ordinal(place):
                return self._ordinal(place)
            case t.Entry(name, indices):
                return self._entry(name, indices)
            case t.Pow(base, exponent):
                return self._power(base, exponent)
            case t.Apply("exp", (argument,)):
                return self._exponential(argument)
            case t.Apply("ln", (argument,)):
                return self._logarithm(argument)
            case t.Apply(function, arguments):
                return self._apply(function, arguments)
            case t.Sum():
                others = self._others("sum_of_others", term)
                if others is not None:
                    return others
                index, body = self._masked(term, 0.0)
                return self.reduce("sum", body, index)
            case t.Prod() | t.Max() | t.Min():
                return self._reduction(term)
            case t.Delta(left, right):
                return self._equality(left, right, "delta")
            case t.If(condition, then, otherwise):
                return self._choice(condition, self.value(then), self.value(otherwise))
        raise NotCovered(type(term).__name__)

    def _entry(self, name: str, indices: tuple[t.Term, ...]) -> Laid:
        axes = tuple(dict.fromkeys(part for index in indices for part in _varying(index)))

        def place(index: t.Term) -> LinearPlace:
            match index:
                case t.Index():
                    return ((1, axes.index(index), index.range),), (), 0
                case t.Affine(parts, factors, offset):
                    pairs = tuple(zip(factors, parts, strict=True))
                    along = tuple((factor, axes.index(part), part.range) for factor, part in pairs if part in axes)
                    return along, tuple((factor, part) for factor, part in pairs if part not in axes), offset
                case t.Number(value) if value.denominator == 1:
                    return (), (), int(value)
            raise NotCovered("a place of an array")

        self.numbers.update((name, at, int(index.value)) for at, index in enumerate(indices) if isinstance(index, t.Number))
        places = None if axes == indices else tuple(map(place, indices))
        return self.node("entry", axes, detail=(name, places))

    def _apply(self, function: str, arguments: tuple[t.Term, ...]) -> Laid:
        row = TABLE[function]
        if function == "pi":
            return self.constant(math.pi)
        if row.means is not None and not row.numpy:
            return self.value(row.means(*arguments))
        name = row.numpy or _NUMPY.get(function) or (function if function in VALUED else "")
        if not name:
            raise NotCovered(function)
        return self.call(name, *map(self.value, arguments))

    def _power(self, base: t.Term, exponent: t.Term) -> Laid:
        below, value = self.value(base), t.rational(exponent)
        match value:
            case None:
                guard = {Power.WHOLE: "nonzero_power", Power.REAL: "positive_power"}.get(power_kind(exponent))
                needed = guard is not None and INTRINSIC.sign(base).relation != ">"
                return self.call(guard if guard and needed else "power", below, self.value(exponent))
            case Fraction(numerator=1, denominator=2):
                return self.call("sqrt", below)
            case Fraction(numerator=2 | 3 | 4, denominator=1):
                square = self.call("square", below)
                return {2: square, 3: self.call("multiply", square, below), 4: self.call("square", square)}[int(value)]
        return self.call("power", below, self.constant(value))

    # --- arithmetic ---

    def _sum(self, parts: Iterable[Signed]) -> Signed:
        """The parts from left to right, a positive one first if there is one."""
        (sign, found), *rest = parts
        for at, (other, laid) in enumerate(rest):
            if sign < 0 < other:
                rest[at] = (sign, found)
                sign, found = other, laid
                break
        for other, laid in rest:
            found = self.call("add" if other == sign else "subtract", found, laid)
        return sign, found

    def _product(self, coefficient: Fraction, above: Iterable[Signed], below: Iterable[Signed]) -> Signed:
        """The product over the product, from the smallest factor on: what varies along one axis is not computed along two."""
        sign = -1 if coefficient < 0 else 1
        factors: list[list[Laid]] = [[], []]
        for side, parts in zip(factors, (above, below), strict=True):
            for other, laid in parts:
                sign *= other
                side.append(laid)
            side.sort(key=lambda laid: len(laid.axes))
        numerators, denominators = factors
        size = abs(coefficient)
        if not numerators or size.numerator != 1:
            numerators.insert(0, self.constant(size))
        elif size != 1:
            denominators.insert(0, self.constant(size.denominator))
        found = numerators.pop(0)
        while numerators or denominators:
            for divisor in [each for each in denominators if not numerators or set(each.axes) <= set(found.axes)]:
                found = self.call("divide", found, divisor)
                denominators.remove(divisor)
            if numerators:
                found = self.call("multiply", found, numerators.pop(0))
        return sign, found

    # --- sums ---

    def _contracted(self, bound: tuple[t.Index, ...], body: t.Term) -> Signed:
        """The sum of `body` over the indices `bound`."""
        coefficient, above, below = _factors(body)
        for position, factor in enumerate(above):
            others = (*above[:position], *above[position + 1 :])
            collapsed = _collapsed(factor, bound)
            if collapsed is not None:
                index, place = collapsed
                rest = t.substitute(_quotient(coefficient, others, below), {index: place})
                return self._contracted(tuple(other for other in bound if other is not index), rest)
            if isinstance(factor, t.Add) and _outgrows(factor, bound):
                parts = (_quotient(coefficient, (*others, each), below) for each in factor.terms)
                return self._sum([self._contracted(bound, part) for part in parts])
            if isinstance(factor, t.Sum) and _joins(factor, bound):
                more, inside = _opened(factor)
                return self._contracted((*bound, *more), _quotient(coefficient, (*others, inside), below))
        outer, inner = _split(above, bound)
        outer_below, inner_below = _split(below, bound)
        signs, factors = self._inner(inner, inner_below)
        missing = [index for index in bound if not any(index in each.axes for each in factors)]
        outside: list[Signed] = [*map(self.signed, outer), *((1, self.extent(index.range)) for index in missing)]
        if factors:
            outside.append((signs, self._contraction(factors, bound)))
        return self._product(coefficient, outside, map(self.signed, outer_below))

    def _inner(self, above: list[t.Term], below: list[t.Term]) -> tuple[int, list[Laid]]:
        """The factors of a contraction: a square is two, and a divisor is divided by before anything is multiplied."""
        sign, factors = 1, []
        for factor in above:
            match factor:
                case t.Pow(base, t.Number(value)) if value == 2:
                    factors += [self.value(base)] * 2
                case _:
                    other, laid = self.signed(factor)
                    sign *= other
                    factors.append(laid)
        for divisor in map(self.value, below):
            for position, factor_laid in enumerate(factors):
                if set(divisor.axes) <= set(factor_laid.axes):
                    factors[position] = self.call("divide", factor_laid, divisor)
                    break
            else:
                factors.append(self.call("divide", self.constant(1), divisor))
        return sign, factors

    def _contraction(self, factors: list[Laid], bound: tuple[t.Index, ...]) -> Laid:
        letters = tuple(dict.fromkeys(axis for each in factors for axis in each.axes))
        axes = tuple(axis for axis in letters if axis not in bound)
        places = tuple((each.node, tuple(letters.index(axis) for axis in each.axes)) for each in factors)
        return self._laid(Node("contract", places, len(axes), tuple(letters.index(axis) for axis in axes)), axes)

    def _masked(self, binder: t.Binder, fill: float) -> tuple[t.Index, Laid]:
        """The body of a binder along its index, with `fill` at the places that are left out."""
        index, scope = t.opened(binder)
        body = self.value(scope)
        if index not in body.axes:
            nothing = self.call("multiply", self.constant(0), self.node("position", (index,), detail=index.range))
            body = self.call("add", body, nothing)
        for other in binder.excluded:
            body = self.call("where", self._equality(index, other, "same place"), self.constant(fill), body)
        return index, body

    def _others(self, operation: str, binder: t.Sum) -> Laid | None:
        """A sum that leaves out the one place that its result is at, which is made of sums before and after it."""
        index, scope = t.opened(binder)
        match binder.excluded:
            case (t.Index() as left_out,) if left_out.range is index.range:
                pass
            case _:
                return None
        body = self.value(scope)
        if index not in body.axes or left_out in body.axes:
            return None
        found = self._along(operation, body, index)
        return Laid(found.node, tuple(left_out if axis is index else axis for axis in body.axes))

    def _reduction(self, binder: t.Prod | t.Max | t.Min) -> Laid:
        operation, neutral = _REDUCED[type(binder)]
        index, body = self._masked(binder, neutral)
        found = self.reduce(operation, body, index)
        if not binder.excluded or isinstance(binder, t.Prod):
            return found
        # Where all are left out, none is the greatest.
        return self.call("where", self.call("equal", found, self.constant(neutral)), self.constant(math.nan), found)

    # --- exponentials ---

    def _exponential(self, argument: t.Term) -> Laid:
        """exp(z[k] - ln(sum(exp(z[j]), j))) is a softmax; a product of such, since each is at most 1, may be multiplied out."""
        rest, softmaxes = _terms(argument), []
        for term in tuple(rest):
            found = _normalised(term, rest)
            if found is not None:
                used, make = found
                for each in used:
                    rest.remove(each)
                softmaxes.append(make)
        if not softmaxes or rest:
            return self.call("exp", self.value(argument))
        return self._product(Fraction(1), ((1, self._softmax(*make)) for make in softmaxes), ())[1]

    def _softmax(self, numerator: t.Term, other: t.Term, place: t.Term | None) -> Laid:
        if place is None or not isinstance(other, t.Sum):
            return self.call("sigmoid", self.value(t.add(numerator, t.neg(other))))
        index, scope = t.opened(other)
        assert isinstance(scope, t.Apply)
        assert isinstance(place, t.Index)
        body = self.value(scope.arguments[0])
        found = self._along("softmax", body, index)
        return Laid(found.node, tuple(place if axis is index else axis for axis in body.axes))

    def _logarithm(self, argument: t.Term) -> Laid:
        match argument:
            case t.Sum(index, excluded, t.Apply("exp", (inside,))):
                exponents = t.Sum(index, excluded, inside)
                others = self._others("logsumexp_of_others", exponents)
                if others is not None:
                    return others
                return self.reduce("logsumexp", *self._masked(exponents, -math.inf)[::-1])
            case t.Add(terms):
                exponents_of = [each.arguments[0] for each in terms if isinstance(each, t.Apply) and each.function == "exp"]
                if len(exponents_of) == len(terms):
                    return reduce(lambda one, other: self.call("logaddexp", one, other), map(self.value, exponents_of))
        return self.call("log", self.value(argument))

    # --- choices ---

    def _equality(self, left: t.Term, right: t.Term, operation: str) -> Laid:
        """Where two indices are equal, as numbers ("delta") or as truth values ("same place")."""
        if isinstance(left, t.Affine) or isinstance(right, t.Affine):
            same = self.call("equal", self._ordinal(left), self._ordinal(right))
            return same if operation == "same place" else self.call("where", same, self.constant(1), self.constant(0))
        if isinstance(left, t.Number):
            left, right = right, left
        if isinstance(left, t.Number) or left is right:
            return self.constant(1 if left is right else 0)
        assert isinstance(left, t.Index)
        if isinstance(right, t.Index):
            return self.node(operation, (left, right), detail=(left.range, right.range))
        return self.node(operation, (left,), detail=(left.range, right))

    def _ordinal(self, place: t.Term) -> Laid:
        """The number that an index is."""
        match place:
            case t.Index(_, range):
                return self.node("position", (place,), detail=range)
            case t.Affine(parts, factors, offset):
                found = self.constant(offset)
                for factor, part in zip(factors, parts, strict=True):
                    term = self.extent(part) if isinstance(part, t.Size) else self._ordinal(part)
                    found = self.call("add", found, self.call("multiply", self.constant(factor), term))
                return found
            case t.Number(value):
                return self.constant(value)
        raise NotCovered("an index")

    def _choice(self, condition: t.Comparison, then: Laid, otherwise: Laid) -> Laid:
        left, relation, right = condition.left, condition.relation, condition.right
        if isinstance(left, t.Subscript) or isinstance(right, t.Subscript):
            if relation == "!=":
                then, otherwise = otherwise, then
            return self.call("where", self._equality(left, right, "same place"), then, otherwise)
        return self.call("where", self.call(_COMPARED[relation], self.value(left), self.value(right)), then, otherwise)


def _varying(index: t.Term) -> Iterator[t.Index]:
    if isinstance(index, t.Index):
        yield index
    elif isinstance(index, t.Affine):
        yield from (part for part in index.parts if isinstance(part, t.Index))


def _terms(term: t.Term) -> list[t.Term]:
    """The terms of a sum, of a sum within it, and of one that is taken away."""
    match term:
        case t.Add(terms):
            return [part for each in terms for part in _terms(each)]
        case t.Neg(t.Add() as inner):
            return [t.neg(part) for part in _terms(inner)]
    return [term]


def _opened(term: t.Term) -> tuple[tuple[t.Index, ...], t.Term]:
    """The indices of sums that stand directly inside each other, and what is summed."""
    bound: list[t.Index] = []
    while isinstance(term, t.Sum) and not term.excluded:
        index, term = t.opened(term)
        bound.append(index)
    return tuple(bound), term


def _factors(term: t.Term) -> tuple[Fraction, list[t.Term], list[t.Term]]:
    """A product as a number, factors above the line and factors below it."""
    match term:
        case t.Number(value):
            return value, [], []
        case t.Neg(inner):
            coefficient, above, below = _factors(inner)
            return -coefficient, above, below
        case t.Mul(factors):
            coefficient, above, below = Fraction(1), [], []
            for factor in factors:
                number, more_above, more_below = _factors(factor)
                coefficient, above, below = coefficient * number, above + more_above, below + more_below
            return coefficient, above, below
        case t.Div(numerator, denominator):
            number, above, below = _factors(numerator)
            divisor, more_below, more_above = _factors(denominator)
            if divisor == 0:
                raise NotCovered("a division by 0")
            return number / divisor, above + more_above, below + more_below
    return Fraction(1), [term], []


def _quotient(coefficient: Fraction, above: Iterable[t.Term], below: Iterable[t.Term]) -> t.Term:
    return t.div(t.mul(t.Number(coefficient), *above), t.mul(*below))


def _split(factors: list[t.Term], bound: tuple[t.Index, ...]) -> tuple[list[t.Term], list[t.Term]]:
    """The factors that stand before the sum, and those inside."""
    parts: tuple[list[t.Term], list[t.Term]] = [], []
    for factor in factors:
        parts[not t.free_indices(factor).isdisjoint(bound)].append(factor)
    return parts


def _collapsed(factor: t.Term, bound: tuple[t.Index, ...]) -> tuple[t.Index, t.Index] | None:
    """The bound index that a delta makes equal to another of the same range, and that one."""
    if isinstance(factor, t.Delta):
        for index, place in ((factor.left, factor.right), (factor.right, factor.left)):
            if not (isinstance(index, t.Index) and isinstance(place, t.Index)):
                return None
            if index in bound and place is not index and place.range is index.range:
                return index, place
    return None


def _outgrows(total: t.Add, bound: tuple[t.Index, ...]) -> bool:
    """Whether a sum has more axes than anything that it adds up, so that it is better summed term by term."""
    axes = t.free_indices(total)
    if axes.isdisjoint(bound):
        return False
    for term in total.terms:
        _, above, below = _factors(term)
        if any(axes <= t.free_indices(factor) for factor in (*above, *below) if _collapsed(factor, bound) is None):
            return False
    return True


def _joins(factor: t.Sum, bound: tuple[t.Index, ...]) -> bool:
    """Whether a sum inside of another is better one contraction with it: X'(X w), and not (X'X) w.

    Its factors are entries and vectors: of anything larger, what is shared would be lost.
    """
    indices, body = _opened(factor)
    if not indices or t.free_indices(factor).isdisjoint(bound):
        return False
    _, above, below = _factors(body)
    return not below and all(isinstance(each, t.Entry) or len(t.free_indices(each)) <= 1 for each in above)


def _normalised(term: t.Term, among: list[t.Term]) -> tuple[list[t.Term], tuple[t.Term, t.Term, t.Term | None]] | None:
    """Where `term` is the logarithm of a sum of exponentials, taken away from one of the exponents: the terms of both."""
    match term:
        case t.Neg(t.Apply("ln", (t.Sum(index, (), t.Apply("exp", (inside,))) as total,))):
            for part in sorted(_indices(among), key=t.by_name):
                if part.range is index.range:
                    exponent = t.substitute(inside, {index: part})
                    used = _found(exponent, among)
                    if used is not None and index in t.free_indices(inside) and part not in t.free_indices(total):
                        return [*used, term], (exponent, total, part)
        case t.Neg(t.Apply("ln", (t.Add((t.Apply("exp", (one,)), t.Apply("exp", (two,)))),))):
            # Nothing is needed for 0, so it is found in any case: the other one comes first.
            for exponent, other in sorted(((one, two), (two, one)), key=lambda pair: pair[0] is t.ZERO):
                used = _found(exponent, among)
                if used is not None:
                    return [*used, term], (exponent, other, None)
    return None


def _indices(terms: Iterable[t.Term]) -> frozenset[t.Index]:
    return frozenset().union(*map(t.free_indices, terms))


def _found(exponent: t.Term, among: list[t.Term]) -> list[t.Term] | None:
    """The terms of an exponent among others; none is needed for 0."""
    left, used = list(among), []
    for term in _terms(exponent) if exponent is not t.ZERO else ():
        same = next((each for each in left if t.alpha_equal(each, term)), None)
        if same is None:
            return None
        left.remove(same)
        used.append(same)
    return used

"""Spot checks: is an equation right at a few points, by two witnesses that know nothing of the proof?

A spot check proves nothing, and is not meant to: it would notice if the proof were about something else than what the
reader reads.

    central differences     the NumPy function of the loss, moved by a little (see `differences`)
    SymPy                   the left side written out at a small size, entry by entry, its derivatives by `sympy.diff`

A gradient is compared at some of its entries, any other equation at all of them, a derivative in it being an array of slopes.

Every error in a report is |found - expected| divided by the larger of 1 and |expected|, the largest over all points and
entries looked at. Points are generic, no two entries being equal, meet the declarations and assumptions, and are not near a
kink of what is differentiated; where they cannot be made to, the check is not done, and the report says why. In the place of a
function of which nothing is known stands an example: what holds for every function holds for it.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from derive.bridge.differences import Slope, Values, WithSlopes, extent, whole, with_moved
from derive.bridge.numeric import NumpyFunction, compiled, number_to_sympy, power_to_sympy, to_numpy
from derive.bridge.sympy import function_to_sympy
from derive.bridge.unfold import unfold
from derive.floor.conditions import Condition
from derive.floor.definedness import smooth
from derive.floor.errors import CallError, DeriveError, LimitError
from derive.floor.subscripts import valued
from derive.floor.terms import (
    ONE,
    TWO,
    ZERO,
    Add,
    Affine,
    Apply,
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
    Sum,
    Term,
    add,
    apply,
    declared_name,
    div,
    entry_names,
    free_indices,
    mul,
    neg,
    number,
    partials,
    power,
    substitute,
    subterms,
)
from derive.floor.theory import Assumption, Definition, Signature

if TYPE_CHECKING:
    from numpy.typing import NDArray

LARGEST_SIZE = 2000
REDUCED_SIZE = 1000
LARGEST_ARRAY = 4_000_000  # entries computed for one array of a call
WORK = 20_000_000  # entries computed for all central differences together
ENTRIES = 32  # entries of the gradient that are looked at, at each point
SYMPY_SIZE = 3
SYMPY_ENTRIES = 4
SYMPY_TERMS = 2000  # of the loss written out
TOLERANCE = 1e-6
DEFAULT_SIZE = 3
KINK = 0.02  # a point is at least this far from a kink


@dataclass(frozen=True)
class NumericReport:
    """What a spot check found.

    `sizes_used` are those of the central differences, and `reduced` tells that they are smaller than asked for;
    `sympy_sizes` are those of SymPy's opinion. An error is None where that witness was not heard: `skipped` says why.
    `sides` tells that the two sides of an equation were compared, and not a gradient with the slopes of a loss; `examples` are
    the functions of which nothing is known, in whose place stood an example.
    """

    points: int
    largest_error_fd: float | None
    largest_error_sympy: float | None
    sizes_used: dict[str, int]
    sympy_sizes: dict[str, int] = field(default_factory=dict)
    reduced: bool = False
    seed: int = 0
    entries: int = 0
    skipped: str | None = None
    sides: bool = False
    examples: tuple[str, ...] = ()

    @property
    def agrees(self) -> bool:
        """Whether a witness was heard, and none disagrees by more than the tolerance."""
        errors = [error for error in (self.largest_error_fd, self.largest_error_sympy) if error is not None]
        return bool(errors) and all(error <= TOLERANCE for error in errors)


class _CannotSample(Exception):
    """No point was found that meets what is declared and assumed; the message says of what."""


def spot_check(
    loss: Term,
    gradient: Term,
    by: Entry,
    signature: Signature,
    sizes: Mapping[str, int] | None = None,
    points: int = 5,
    seed: int = 0,
    conditions: tuple[Comparison, ...] = (),
) -> NumericReport:
    """Compares `gradient` with the derivative of `loss` by the entry `by` at random points, for all its indices.

    `sizes` are whole numbers by name; one that is missing is 3, or the least declared. Only entries that meet `conditions`
    (i != k) are compared. Where `by` is a defined entry, it is moved alone, as the language has it. Fails with `CallError`
    for sizes below the declared ones.
    """
    return _reported(_Gradient(loss, gradient, by), signature, sizes, points, seed, conditions)


def spot_check_sides(
    left: Term,
    right: Term,
    signature: Signature,
    sizes: Mapping[str, int] | None = None,
    points: int = 5,
    seed: int = 0,
    conditions: tuple[Comparison, ...] = (),
) -> NumericReport:
    """Compares the two sides of an equation at random points, for all its indices; see `spot_check`.

    Derivatives may stand anywhere in them, one in another too.
    """
    return _reported(_Sides(left, right), signature, sizes, points, seed, conditions)


@dataclass(frozen=True)
class _Gradient:
    """What is asked: whether `value` is the derivative of `loss` by the entry `by`."""

    loss: Term
    value: Term
    by: Entry

    @property
    def terms(self) -> tuple[Term, ...]:
        """All that is asked about."""
        return self.loss, self.value, self.by


@dataclass(frozen=True)
class _Sides:
    """What is asked: whether the two terms are equal."""

    left: Term
    right: Term

    @property
    def terms(self) -> tuple[Term, ...]:
        """All that is asked about."""
        return self.left, self.right


def _reported(
    asked: _Gradient | _Sides,
    signature: Signature,
    sizes: Mapping[str, int] | None,
    points: int,
    seed: int,
    conditions: tuple[Comparison, ...],
) -> NumericReport:
    sizes = {name: (sizes or {}).get(name, max(least, DEFAULT_SIZE)) for name, least in signature.sizes.items()}
    for name, value in sizes.items():
        if value < signature.sizes[name]:
            raise CallError("size-too-small", f"{name} is at least {signature.sizes[name]}, and not {value}")
    chance = random.Random(seed)
    small = {name: max(signature.sizes[name], min(value, SYMPY_SIZE)) for name, value in sizes.items()}
    examples = tuple(signature.functions)
    report = NumericReport(0, None, None, sizes, {}, False, seed, sides=isinstance(asked, _Sides), examples=examples)
    try:
        check = _Check(asked, signature, conditions, small, chance)
        used = check.affordable(sizes)
        report = replace(report, sizes_used=used, reduced=used != sizes)
        entries, error = check.differences(used, points)
        report = replace(report, points=points, largest_error_fd=error, entries=entries)
        error = check.opinion(small, points)
        return replace(report, largest_error_sympy=error, sympy_sizes=small)
    except (_CannotSample, DeriveError) as why:
        return replace(report, skipped=str(why))
    except (RecursionError, OverflowError):
        return replace(report, skipped="the expression is too large to be computed with")


class _Check:
    """The two sides of what is asked, compiled, with definitions unfolded and fixed indices at a value.

    The left side of a gradient is a `Slope`, which is taken at some entries only.
    """

    def __init__(
        self,
        asked: _Gradient | _Sides,
        signature: Signature,
        conditions: tuple[Comparison, ...],
        small: Mapping[str, int],
        chance: random.Random,
    ) -> None:
        self.chance = chance
        fixed: dict[Term, Term] = {
            index: number(chance.randint(1, extent(index.range, small))) for index in signature.indices.values()
        }
        signature = _placed(_exemplified(signature, *asked.terms, *conditions), fixed)
        self.signature = signature
        self.slope: Slope | None = None
        self.left: WithSlopes | None = None
        if isinstance(asked, _Gradient):
            by = substitute(asked.by, fixed)
            assert isinstance(by, Entry)
            # A defined entry that is differentiated by is moved alone: it counts as a variable, with its defined value.
            self.signature = with_moved(by.name, signature)
            loss, right = (unfold(substitute(term, fixed), self.signature) for term in (asked.loss, asked.value))
            self.stated: Term = Diff(loss, by)
            self.slope = Slope(self.stated, signature)
            self.indices = self.slope.indices
            self.moving = self.slope.moving
        else:
            self.stated, right = (unfold(substitute(term, fixed), signature) for term in (asked.left, asked.right))
            self.moving = self.indices = _indices(self.stated, right)
            self.left = WithSlopes(self.stated, signature, self.indices)
        missing = free_indices(right) - set(self.indices)
        if missing:
            name = min(index.name for index in missing)
            raise CallError("free-index", f"the gradient has the index {name}, which the loss does not have")
        self.right = WithSlopes(right, self.signature, self.indices)
        counted = mul(*(If(_at(condition, fixed), ONE, ZERO) for condition in conditions))
        self.counted = to_numpy(counted, self.signature, self.indices) if conditions else None
        names = entry_names(self.stated) | entry_names(right)
        self.points = _Points(names, signature, chance)
        self.kinks = list(_kinks(self.stated, self.signature))

    @property
    def functions(self) -> list[WithSlopes]:
        """What must have values at a point."""
        return [self.right, *([self.slope.body] if self.slope else []), *([self.left] if self.left else [])]

    def affordable(self, sizes: Mapping[str, int]) -> dict[str, int]:
        """The sizes, made smaller where they are too large for a check of a second or so."""
        used = {name: min(value, REDUCED_SIZE) if value > LARGEST_SIZE else value for name, value in sizes.items()}
        while max(function.cells(used) for function in self.functions) > LARGEST_ARRAY:
            least = self.signature.sizes
            smaller = {name: max(least[name], DEFAULT_SIZE, value // 2) if value > DEFAULT_SIZE else value
                       for name, value in used.items()}  # fmt: skip
            if smaller == used:
                raise LimitError("too-large", "the arrays are too large for a numeric check")
            used = smaller
        return used

    def point(self, sizes: Mapping[str, int]) -> Values:
        """A point at which everything has a value, and which is not near a kink."""
        import numpy as np

        for attempt in range(20):
            values = self.points.draw(sizes, positive=attempt >= 10)
            smooth = all(kink.is_far(values, sizes) for kink in self.kinks)
            if smooth and all(np.all(np.isfinite(function(values, sizes))) for function in self.functions):
                return values
        raise _CannotSample("no point was found at which the loss and its gradient are both defined")

    def weights(self, values: Values, sizes: Mapping[str, int]) -> Any:
        import numpy as np

        if self.counted is None:
            return np.ones([extent(index.range, sizes) for index in self.indices])
        return self.counted(values, sizes)

    def differences(self, sizes: Mapping[str, int], points: int) -> tuple[int, float | None]:
        """The largest error with derivatives by central differences, and of how many entries."""
        lengths = [extent(index.range, sizes) for index in self.moving]
        places = list(_sample(self.chance, lengths, self._bound(sizes, points)))
        largest = 0.0
        for _ in range(points):
            values = self.point(sizes)
            right, counted = self.right(values, sizes), self.weights(values, sizes)
            if self.left is not None:
                largest = max(largest, _error(self.left(values, sizes), right, counted))
                continue
            assert self.slope is not None
            for place in places:
                at = dict(zip(self.moving, place, strict=True))
                here = tuple(at.get(index, slice(None)) for index in self.indices)
                largest = max(largest, _error(self.slope.at(values, at, sizes), right[here], counted[here]))
        return len(places) if self.slope else math.prod(lengths), largest

    def _bound(self, sizes: Mapping[str, int], points: int) -> int:
        cells = max(function.cells(sizes) for function in self.functions)
        return max(4, min(ENTRIES, WORK // (4 * max(points, 1) * cells)))

    def opinion(self, sizes: Mapping[str, int], points: int) -> float:
        """The largest error against SymPy's value of the left side, written out."""
        import numpy as np

        lengths = [extent(index.range, sizes) for index in self.indices]
        places = list(_sample(self.chance, lengths, SYMPY_ENTRIES))
        written = _WrittenOut(self.signature, sizes)
        stated = []
        for place in places:
            at = {index: each + 1 for index, each in zip(self.indices, place, strict=True)}
            stated.append(written.value(self.stated, at))
        code = compiled(list(written.symbols.values()), stated)
        drawn = [self.point(sizes) for _ in range(points)]
        entries = [np.array([values[name][place] for values in drawn]) for name, place in written.symbols]
        with np.errstate(all="ignore"):
            found = [np.broadcast_to(value, (points,)) for value in code(*entries)]
        largest = 0.0
        for at_point, values in enumerate(drawn):
            right, counted = self.right(values, sizes), self.weights(values, sizes)
            for value, place in zip(found, places, strict=True):
                largest = max(largest, _error(right[place], value[at_point], counted[place]))
        return largest


def _indices(*terms: Term) -> tuple[Index, ...]:
    return tuple(sorted(frozenset[Index]().union(*map(free_indices, terms)), key=lambda index: index.name))


def _placed(signature: Signature, fixed: dict[Term, Term]) -> Signature:
    """The signature with its fixed indices at a value."""

    def inside(term: Term, own: frozenset[Index]) -> Term:
        return substitute(term, {index: value for index, value in fixed.items() if index not in own})

    return replace(
        signature,
        indices={},
        definitions={
            name: replace(row, body=inside(row.body, frozenset(row.parameters))) for name, row in signature.definitions.items()
        },
        assumptions=tuple(Assumption(each.number, _at(each.claim, fixed)) for each in signature.assumptions),
    )


def _exemplified(signature: Signature, *terms: Term) -> Signature:
    """The signature with an example for every function of which nothing is known, and for its derivatives in `terms`.

    f(u, v) is 2 + sin(u/2 + 2*v/3), and a function of all entries of arrays the product of their (2 + sum(sin(y[i]), i))^2.
    """
    definitions = dict(signature.definitions)
    bodies = (row.body for row in signature.definitions.values())
    claims = (assumption.claim for assumption in signature.assumptions)
    called = {part.name for term in (*terms, *bodies, *claims) for part in subterms(term) if isinstance(part, Call)}
    for position, function in enumerate(signature.functions.values(), 2):
        if function.of:
            body = mul(*(power(add(TWO, _total(name, signature)), TWO) for name in function.of))
            definitions[function.name] = Definition(function.name, (), (), body)
            continue
        arguments = tuple(f"argument {n}" for n in range(1, function.arity + 1))
        weights = [number(Fraction(n, position)) for n in range(1, function.arity + 1)]
        inside = add(*(mul(weight, Entry(name, ())) for weight, name in zip(weights, arguments, strict=True)))
        for name in {function.name, *(each for each in called if declared_name(each) == function.name)}:
            by = partials(name)
            wave = apply("cos" if len(by) % 2 else "sin", inside)
            slope = mul(*(weights[argument - 1] for argument in by), wave)
            body = add(TWO, slope) if not by else neg(slope) if len(by) % 4 in (2, 3) else slope
            definitions[name] = Definition(name, (), arguments, body)
    return replace(signature, definitions=definitions, functions={})


def _total(name: str, signature: Signature) -> Term:
    """The sum of the sines of all entries of an array."""
    indices = tuple(Index(f"i{n}", range_) for n, range_ in enumerate(signature.ranges(name)))
    total: Term = apply("sin", Entry(name, indices))
    for index in indices:
        total = Sum(index, (), total)
    return total


class _Kink:
    """A value that must not be near 0, where its guards hold: |x| has a kink at 0, max(a, b) at a = b."""

    def __init__(self, condition: Condition, signature: Signature) -> None:
        claim = condition.claim
        difference = add(claim.left, neg(claim.right))
        guard = mul(*(If(each, ONE, ZERO) for each in condition.guards))
        indices = _indices(difference, guard)
        self.difference = WithSlopes(difference, signature, indices)
        self.counted = to_numpy(guard, signature, indices)

    def is_far(self, values: Values, sizes: Mapping[str, int]) -> bool:
        import numpy as np

        near = np.abs(self.difference(values, sizes)) < KINK
        return not np.any(near & (self.counted(values, sizes) != 0))


def _kinks(term: Term, signature: Signature) -> Iterator[_Kink]:
    for part in subterms(term):
        if isinstance(part, Diff):
            for condition in smooth(part.body):
                yield _Kink(condition, with_moved(part.by.name, signature))


def _error(found: Any, expected: Any, counted: Any) -> float:
    import numpy as np

    errors = np.where(counted != 0, np.abs(found - expected) / np.maximum(1.0, np.abs(expected)), 0.0)
    largest = float(np.max(errors, initial=0.0))
    return largest if math.isfinite(largest) else math.inf


def _sample(chance: random.Random, lengths: list[int], most: int) -> Iterator[tuple[int, ...]]:
    """All places of an array with these lengths, or `most` of them at random."""
    count = math.prod(lengths)
    if count <= most:
        yield from itertools.product(*map(range, lengths))
        return
    for chosen in sorted(chance.sample(range(count), most)):
        place = []
        for length in reversed(lengths):
            chosen, each = divmod(chosen, length)
            place.append(each)
        yield tuple(reversed(place))


def _at(condition: Comparison, fixed: dict[Term, Term]) -> Comparison:
    substituted = substitute(condition, fixed)
    assert isinstance(substituted, Comparison)
    return substituted


# --- points ----------------------------------------------------------------------------------------------------------


class _Points:
    """Random values for the unknowns among `names`, such that declarations and assumptions hold."""

    def __init__(self, names: frozenset[str], signature: Signature, chance: random.Random) -> None:
        self.signature = signature
        self.chance = chance
        self.derived: list[tuple[str, NumpyFunction]] = []  # arrays that others determine, in order
        self.totals: dict[str, tuple[int, float]] = {}  # arrays that are scaled along an axis to add up to a number
        self.one_hot: set[str] = set()
        self.checks: list[tuple[int, str, NumpyFunction]] = []
        nodes = []  # defined entries that count as variables
        for name in sorted(names & signature.definitions.keys()):
            parameters = signature.definitions[name].parameters
            node = unfold(Entry(name, parameters), signature)
            nodes.append((name, to_numpy(node, signature, parameters)))
            names |= entry_names(node)
        claims = {each.number: self._claim(each.claim) for each in signature.assumptions}
        # What is assumed of a name that is needed may bring in further names.
        while True:
            touching = {each: claim for each, claim in claims.items() if entry_names(claim) & names}
            grown = names.union(*map(entry_names, touching.values()))
            if grown == names:
                break
            names = grown
        self.names = sorted(names & signature.unknowns.keys())
        for each, claim in sorted(touching.items()):
            self._plan(each, claim)
        self.derived.extend(nodes)

    def _claim(self, claim: Comparison) -> Comparison:
        left, right = (unfold(side, self.signature) for side in (claim.left, claim.right))
        return Comparison(left, claim.relation, right)

    def _plan(self, assumption: int, claim: Comparison) -> None:
        """How the assumption will be met, and in any case how to see whether it is."""
        left, right = claim.left, claim.right
        self.checks.append((assumption, claim.relation, to_numpy(add(left, neg(right)), self.signature)))
        if claim.relation != "=":
            return
        for side, other in ((left, right), (right, left)):
            match side, other:
                case Sum(index, (), Entry(name, indices)), Number(value) if indices.count(index) == 1:
                    self.totals[name] = indices.index(index), float(value)
                    return
                case Entry(name, indices), _ if (
                    name not in entry_names(other)
                    and all(isinstance(index, Index) for index in indices)
                    and len(set(indices)) == len(indices)
                    and free_indices(other) <= set(indices)
                ):
                    self.derived.append((name, to_numpy(other, self.signature, indices)))  # type: ignore[arg-type]
                    return
                case Mul(factors), _ if (solved := _solved(factors, other)) is not None:
                    self.derived.append((solved[0], to_numpy(solved[1], self.signature, ())))
                    return
        # y[i]*y[j] = delta(i, j)*y[i], or y[i]^2 = y[i]: the entries are 0 and 1.
        arrays = entry_names(claim)
        if len(arrays) == 1 and all(len(self.signature.ranges(name)) for name in arrays):
            self.one_hot |= arrays

    def draw(self, sizes: Mapping[str, int], *, positive: bool = False) -> Values:
        """One point. Fails where an assumption does not hold at it after a few attempts."""
        broken = 0
        for _ in range(20):
            values = {name: self._array(name, sizes, positive) for name in self.names}
            for name, value in self.derived:
                values[name] = value(values, sizes)
            broken = self._broken(values, sizes)
            if not broken:
                return values
        what = f"assumption {broken}" if broken > 0 else "what is declared of their signs"
        raise _CannotSample(f"no random values were found that meet {what}")

    def _broken(self, values: Values, sizes: Mapping[str, int]) -> int:
        """The number of an assumption that does not hold, -1 for a declared sign, 0 if all is well."""
        for assumption, relation, difference in self.checks:
            if not _holds(difference(values, sizes), relation):
                return assumption
        for name, _ in self.derived:
            unknown = self.signature.unknowns.get(name)
            if unknown is not None and unknown.relation is not None and not _holds(values[name], unknown.relation):
                return -1
        return 0

    def _array(self, name: str, sizes: Mapping[str, int], positive: bool) -> NDArray[Any]:
        import numpy as np

        unknown = self.signature.unknowns[name]
        shape = [extent(each, sizes) for each in unknown.ranges]
        if name in self.one_hot:
            axis, total = self.totals.get(name, (len(shape) - 1, 1.0))
            rest = [length for position, length in enumerate(shape) if position != axis]
            hot = np.array([self.chance.randrange(shape[axis]) for _ in range(math.prod(rest))]).reshape(rest)
            chosen: NDArray[Any] = total * np.moveaxis(np.eye(shape[axis])[hot], -1, axis)
            return chosen
        scaled = name in self.totals
        draw = self._positive if positive or scaled or unknown.relation in (">", ">=") else self._nonzero
        drawn = np.array([draw() for _ in range(math.prod(shape))], dtype=float).reshape(shape)
        if scaled:
            axis, total = self.totals[name]
            drawn *= total / np.sum(drawn, axis=axis, keepdims=True)
        return drawn

    def _positive(self) -> float:
        return self.chance.uniform(0.4, 2.0)

    def _nonzero(self) -> float:
        return self.chance.uniform(0.05, 1.7) * self.chance.choice((-1.0, 1.0))


def _solved(factors: tuple[Term, ...], other: Term) -> tuple[str, Term] | None:
    """A scalar among the factors and its value where their product is `other`: v = S/n for n*v = S."""
    for position, factor in enumerate(factors):
        rest = mul(*factors[:position], *factors[position + 1 :])
        if isinstance(factor, Entry) and not factor.indices and factor.name not in entry_names(add(rest, other)):
            return None if free_indices(add(rest, other)) else (factor.name, div(other, rest))
    return None


def _holds(difference: NDArray[Any], relation: str) -> bool:
    import numpy as np

    match relation:
        case "=":
            return bool(np.all(np.abs(difference) <= 1e-9))
        case "!=":
            return bool(np.all(np.abs(difference) > 1e-9))
        case ">":
            return bool(np.all(difference > 0))
        case ">=":
            return bool(np.all(difference >= 0))
    raise TypeError(f"not a relation: {relation}")


# --- written out -----------------------------------------------------------------------------------------------------


class _WrittenOut:
    """A term at given sizes as a SymPy expression in plain symbols, one for each entry: `symbols`, by name and place."""

    def __init__(self, signature: Signature, sizes: Mapping[str, int]) -> None:
        self.signature = signature
        self.sizes = sizes
        self.symbols: dict[tuple[str, tuple[int, ...]], Any] = {}
        self.counter = itertools.count()
        self.terms = 0

    def value(self, term: Term, at: Mapping[Index, int]) -> Any:
        import sympy

        self.terms += 1
        if self.terms > SYMPY_TERMS:
            raise LimitError("too-large", "written out, the loss is too large for a second opinion by SymPy")
        match term:
            case Number(value):
                return number_to_sympy(value)
            case Size(name):
                return sympy.Integer(self.sizes[name])
            case Entry(name, indices):
                return self.entry(name, tuple(self.place(index, at) for index in indices))
            case Add(terms):
                return sympy.Add(*(self.value(each, at) for each in terms))
            case Mul(factors):
                return sympy.Mul(*(self.value(each, at) for each in factors))
            case Neg(inner):
                return sympy.Mul(sympy.S.NegativeOne, self.value(inner, at))
            case Div(a, b):
                return sympy.Mul(self.value(a, at), power_to_sympy(self.value(b, at), sympy.S.NegativeOne))
            case Pow(a, b):
                return power_to_sympy(self.value(a, at), self.value(b, at))
            case Apply(function, arguments):
                return function_to_sympy(function, arguments, lambda each: self.value(each, at))
            case Sum(index, excluded, body):
                return sympy.Add(*self.values(index, excluded, body, at))
            case Prod(index, excluded, body):
                return sympy.Mul(*self.values(index, excluded, body, at))
            case Delta(left, right):
                return sympy.Integer(int(self.place(left, at) == self.place(right, at)))
            case If(Comparison(left, relation, right), then, otherwise) if isinstance(left, Index) or isinstance(right, Index):
                equal = self.place(left, at) == self.place(right, at)
                return self.value(then if equal == (relation == "=") else otherwise, at)
            case If(Comparison(left, relation, right), then, otherwise):
                compare = {"=": sympy.Eq, "!=": sympy.Ne, ">": sympy.Gt, ">=": sympy.Ge}[relation]
                condition = compare(self.value(left, at), self.value(right, at))
                return sympy.Piecewise((self.value(then, at), condition), (self.value(otherwise, at), True))
            case Diff(body, by) if by.name in self.signature.unknowns:
                return sympy.diff(self.value(body, at), self.value(by, at))
            case Diff(body, by):
                return self.by_node(body, by, at)
        raise CallError("not-numeric", f"a {type(term).__name__.lower()} has no value")

    def by_node(self, body: Term, by: Entry, at: Mapping[Index, int]) -> Any:
        """The derivative by a defined entry: its entries are symbols as long as it is taken, and their values after that."""
        import sympy

        inner = _WrittenOut(with_moved(by.name, self.signature), self.sizes)
        inner.symbols, inner.counter = self.symbols, self.counter
        slope = sympy.diff(inner.value(body, at), inner.value(by, at))
        self.terms += inner.terms
        nodes = {place: symbol for (name, place), symbol in self.symbols.items() if name == by.name}
        for place in nodes:
            del self.symbols[by.name, place]
        values = {}
        for place, symbol in nodes.items():
            node = unfold(Entry(by.name, tuple(number(each + 1) for each in place)), self.signature)
            values[symbol] = self.value(node, {})
        return slope.subs(values)

    def values(self, index: Index, excluded: tuple[Term, ...], body: Term, at: Mapping[Index, int]) -> list[Any]:
        without = {self.place(other, at) for other in excluded}
        places = (place for place in range(1, extent(index.range, self.sizes) + 1) if place not in without)
        return [self.value(body, {**at, index: place}) for place in places]

    def place(self, index: Term, at: Mapping[Index, int]) -> int:
        match index:
            case Index():
                return at[index]
            case Size(name):
                return self.sizes[name]
            case Affine():
                return valued(index, lambda part: self.place(part, at))
        return whole(index)

    def entry(self, name: str, place: tuple[int, ...]) -> Any:
        """An entry, which is 0 where a computed index lies beyond its range."""
        import sympy

        extents = (extent(each, self.sizes) for each in self.signature.ranges(name))
        if any(not 1 <= at <= length for at, length in zip(place, extents, strict=True)):
            return sympy.S.Zero
        return self.symbol(name, tuple(at - 1 for at in place))

    def symbol(self, name: str, place: tuple[int, ...]) -> Any:
        import sympy

        if (name, place) not in self.symbols:
            positive = True if self.signature.unknowns[name].relation == ">" else None
            self.symbols[name, place] = sympy.Symbol(f"x{next(self.counter)}", real=True, positive=positive)
        return self.symbols[name, place]

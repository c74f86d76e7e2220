"""Spot checks: is a gradient right at a few points, by two witnesses that know nothing of the proof?

A spot check proves nothing, and is not meant to: it would notice if the proof were about something else than what the
reader reads.

    central differences     the NumPy function of the loss, moved by a little (Abramowitz and Stegun 25.3.6):
                            (8(f(x + h) - f(x - h)) - (f(x + 2h) - f(x - 2h)))/12h, wrong by about h^4
    SymPy                   the loss written out at a small size, entry by entry, and differentiated by `sympy.diff`

Every error in a report is |found - expected| divided by the larger of 1 and |expected|, the largest over all points and
entries looked at. Points are generic, no two entries being equal, and meet the declarations and assumptions; where they
cannot be made to, the check is not done, and the report says why.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from derive.bridge.numeric import NumpyFunction, compiled, number_to_sympy, power_to_sympy, to_numpy
from derive.bridge.unfold import unfold
from derive.errors import CallError, DeriveError, LimitError
from derive.functions import TABLE
from derive.signature import Signature, Unknown
from derive.subscripts import valued
from derive.terms import (
    ONE,
    ZERO,
    Add,
    Affine,
    Apply,
    Comparison,
    Delta,
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
    entry_names,
    free_indices,
    mul,
    neg,
    number,
    substitute,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

Values = dict[str, "NDArray[Any]"]

LARGEST_SIZE = 2000
REDUCED_SIZE = 1000
LARGEST_ARRAY = 4_000_000  # entries of one array in a call
WORK = 20_000_000  # entries computed for all central differences together
ENTRIES = 32  # entries of the gradient that are looked at, at each point
SYMPY_SIZE = 3
SYMPY_ENTRIES = 4
SYMPY_TERMS = 2000  # of the loss written out
TOLERANCE = 1e-6
STEP = 1e-3
DEFAULT_SIZE = 3


@dataclass(frozen=True)
class NumericReport:
    """What a spot check found.

    `sizes_used` are those of the central differences, and `reduced` tells that they are smaller than asked for;
    `sympy_sizes` are those of SymPy's opinion. An error is None where that witness was not heard: `skipped` says why.
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
    sizes = {name: (sizes or {}).get(name, max(least, DEFAULT_SIZE)) for name, least in signature.sizes.items()}
    for name, value in sizes.items():
        if value < signature.sizes[name]:
            raise CallError("size-too-small", f"{name} is at least {signature.sizes[name]}, and not {value}")
    chance = random.Random(seed)
    small = {name: max(signature.sizes[name], min(value, SYMPY_SIZE)) for name, value in sizes.items()}
    report = NumericReport(0, None, None, sizes, {}, False, seed)
    try:
        check = _Check(loss, gradient, by, signature, conditions, small, chance)
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
    """A loss and its supposed gradient, compiled, with definitions unfolded and fixed indices at a value."""

    def __init__(
        self,
        loss: Term,
        gradient: Term,
        by: Entry,
        signature: Signature,
        conditions: tuple[Comparison, ...],
        small: Mapping[str, int],
        chance: random.Random,
    ) -> None:
        self.chance = chance
        fixed: dict[Term, Term] = {
            index: number(chance.randint(1, _extent(index.range, small))) for index in signature.indices.values()
        }
        # A defined entry that is differentiated by is moved alone: it counts as a variable, with its defined value.
        moved = signature
        if by.name in signature.definitions:
            unknown = Unknown(by.name, True, signature.ranges(by.name))
            others = {name: each for name, each in signature.definitions.items() if name != by.name}
            moved = replace(signature, unknowns={**signature.unknowns, by.name: unknown}, definitions=others)
        elif by.name not in signature.unknowns:
            raise CallError("not-declared", f"{by.name} is not declared")
        self.signature = moved
        self.loss, gradient = (substitute(unfold(term, moved), fixed) for term in (loss, gradient))
        target = substitute(by, fixed)
        assert isinstance(target, Entry)
        self.by = target
        own = sorted(free_indices(self.loss), key=lambda index: index.name)
        self.own = tuple(own)
        self.moving = tuple(dict.fromkeys(index for index in target.indices if isinstance(index, Index)))
        self.indices = (*own, *(index for index in self.moving if index not in own))
        missing = free_indices(gradient) - set(self.indices)
        if missing:
            name = min(index.name for index in missing)
            raise CallError("free-index", f"the gradient has the index {name}, which the loss does not have")
        self.value = to_numpy(self.loss, moved, self.own)
        self.gradient = to_numpy(gradient, moved, self.indices)
        counted = mul(*(If(_at(condition, fixed), ONE, ZERO) for condition in conditions))
        self.counted = to_numpy(counted, moved, self.indices) if conditions else None
        names = entry_names(self.loss) | entry_names(gradient) | {by.name}
        self.points = _Points(names, signature, fixed, chance)

    def affordable(self, sizes: Mapping[str, int]) -> dict[str, int]:
        """The sizes, made smaller where they are too large for a check of a second or so."""
        used = {name: min(value, REDUCED_SIZE) if value > LARGEST_SIZE else value for name, value in sizes.items()}
        while max(self.value.cells(used), self.gradient.cells(used)) > LARGEST_ARRAY:
            least = self.signature.sizes
            smaller = {name: max(least[name], value // 2) if value > 8 else value for name, value in used.items()}
            if smaller == used:
                raise LimitError("too-large", "the arrays are too large for a numeric check")
            used = smaller
        return used

    def point(self, sizes: Mapping[str, int]) -> Values:
        """A point at which the loss and its gradient are finite."""
        import numpy as np

        for attempt in range(20):
            values = self.points.draw(sizes, positive=attempt >= 10)
            if np.all(np.isfinite(self.value(values, sizes))) and np.all(np.isfinite(self.gradient(values, sizes))):
                return values
        raise _CannotSample("no point was found at which the loss and its gradient are both defined")

    def weights(self, values: Values, sizes: Mapping[str, int]) -> Any:
        import numpy as np

        if self.counted is None:
            return np.ones([_extent(index.range, sizes) for index in self.indices])
        return self.counted(values, sizes)

    def differences(self, sizes: Mapping[str, int], points: int) -> tuple[int, float | None]:
        """The largest error against central differences, and at how many entries of the array moved."""
        places = list(_sample(self.chance, [_extent(index.range, sizes) for index in self.moving], self._bound(sizes, points)))
        largest = 0.0
        for _ in range(points):
            values = self.point(sizes)
            gradient, counted = self.gradient(values, sizes), self.weights(values, sizes)
            for place in places:
                at = dict(zip(self.moving, place, strict=True))
                slope = self._slope(values, at, sizes)[tuple(at.get(index, slice(None)) for index in self.own)]
                here = tuple(at.get(index, slice(None)) for index in self.indices)
                largest = max(largest, _error(slope, gradient[here], counted[here]))
        return len(places), largest

    def _bound(self, sizes: Mapping[str, int], points: int) -> int:
        return max(4, min(ENTRIES, WORK // (4 * max(points, 1) * self.value.cells(sizes))))

    def _slope(self, values: Values, at: Mapping[Index, int], sizes: Mapping[str, int]) -> Any:
        place = tuple(at[index] if isinstance(index, Index) else _whole(index) - 1 for index in self.by.indices)
        array = values[self.by.name]
        if any(not 0 <= each < length for each, length in zip(place, array.shape, strict=True)):
            raise CallError("no-such-entry", f"{self.by.name} has no entry {', '.join(str(each + 1) for each in place)}")
        step = STEP * max(0.01, abs(float(array[place])))

        def moved(by: float) -> Any:
            other = array.copy()
            other[place] += by
            return self.value({**values, self.by.name: other}, sizes)

        return (8 * (moved(step) - moved(-step)) - (moved(2 * step) - moved(-2 * step))) / (12 * step)

    def opinion(self, sizes: Mapping[str, int], points: int) -> float:
        """The largest error against SymPy's derivative of the loss written out."""
        import numpy as np
        import sympy

        lengths = [_extent(index.range, sizes) for index in self.indices]
        places = list(_sample(self.chance, lengths, SYMPY_ENTRIES))
        written = _WrittenOut(self.signature, sizes)
        slopes = []
        for place in places:
            at = {index: each + 1 for index, each in zip(self.indices, place, strict=True)}
            slopes.append(sympy.diff(written.value(self.loss, at), written.value(self.by, at)))
        code = compiled(list(written.symbols.values()), slopes)
        drawn = [self.point(sizes) for _ in range(points)]
        entries = [np.array([values[name][place] for values in drawn]) for name, place in written.symbols]
        with np.errstate(all="ignore"):
            found = [np.broadcast_to(slope, (points,)) for slope in code(*entries)]
        largest = 0.0
        for at_point, values in enumerate(drawn):
            gradient, counted = self.gradient(values, sizes), self.weights(values, sizes)
            for slope, place in zip(found, places, strict=True):
                largest = max(largest, _error(gradient[place], slope[at_point], counted[place]))
        return largest


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


def _extent(extent: Term, sizes: Mapping[str, int]) -> int:
    match extent:
        case Size(name):
            return sizes[name]
        case Number(value):
            return int(value)
    raise TypeError(f"not a range: {extent!r}")


def _whole(index: Term) -> int:
    assert isinstance(index, Number)
    return int(index.value)


def _at(condition: Comparison, fixed: dict[Term, Term]) -> Comparison:
    substituted = substitute(condition, fixed)
    assert isinstance(substituted, Comparison)
    return substituted


# --- points ----------------------------------------------------------------------------------------------------------


class _Points:
    """Random values for the unknowns among `names`, such that declarations and assumptions hold."""

    def __init__(self, names: frozenset[str], signature: Signature, fixed: dict[Term, Term], chance: random.Random) -> None:
        self.signature = signature
        self.chance = chance
        self.derived: list[tuple[str, NumpyFunction]] = []  # arrays that others determine, in order
        self.totals: dict[str, tuple[int, float]] = {}  # arrays that are scaled along an axis to add up to a number
        self.one_hot: set[str] = set()
        self.checks: list[tuple[int, str, NumpyFunction]] = []
        nodes = []  # defined entries that count as variables
        for name in sorted(names & signature.definitions.keys()):
            parameters = signature.definitions[name].parameters
            node = substitute(unfold(Entry(name, parameters), signature), fixed)
            nodes.append((name, to_numpy(node, signature, parameters)))
            names |= entry_names(node)
        claims = {each.number: self._claim(each.claim, fixed) for each in signature.assumptions}
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

    def _claim(self, claim: Comparison, fixed: dict[Term, Term]) -> Comparison:
        left, right = (substitute(unfold(side, self.signature), fixed) for side in (claim.left, claim.right))
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
        shape = [_extent(extent, sizes) for extent in unknown.ranges]
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
                row = TABLE[function]
                constructor = getattr(sympy, row.sympy, None)
                if constructor is None:
                    assert row.means is not None
                    return self.value(row.means(arguments), at)
                return constructor(*(self.value(each, at) for each in arguments)) if row.arity else constructor
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
        raise CallError("not-numeric", f"a {type(term).__name__.lower()} has no value")

    def values(self, index: Index, excluded: tuple[Term, ...], body: Term, at: Mapping[Index, int]) -> list[Any]:
        without = {self.place(other, at) for other in excluded}
        places = (place for place in range(1, _extent(index.range, self.sizes) + 1) if place not in without)
        return [self.value(body, {**at, index: place}) for place in places]

    def place(self, index: Term, at: Mapping[Index, int]) -> int:
        match index:
            case Index():
                return at[index]
            case Size(name):
                return self.sizes[name]
            case Affine():
                return valued(index, lambda part: self.place(part, at))
        return _whole(index)

    def entry(self, name: str, place: tuple[int, ...]) -> Any:
        """An entry, which is 0 where a computed index lies beyond its range."""
        import sympy

        extents = (_extent(extent, self.sizes) for extent in self.signature.ranges(name))
        if any(not 1 <= at <= extent for at, extent in zip(place, extents, strict=True)):
            return sympy.S.Zero
        return self.symbol(name, tuple(at - 1 for at in place))

    def symbol(self, name: str, place: tuple[int, ...]) -> Any:
        import sympy

        if (name, place) not in self.symbols:
            positive = True if self.signature.unknowns[name].relation == ">" else None
            self.symbols[name, place] = sympy.Symbol(f"x{len(self.symbols)}", real=True, positive=positive)
        return self.symbols[name, place]

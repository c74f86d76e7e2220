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
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, partial
from typing import Any

from derive.bridge.code import compiled
from derive.bridge.differences import Slope, Values, WithSlopes, extent, with_moved
from derive.bridge.numeric import to_numpy
from derive.bridge.samples import CannotSample, Points, comparison_at, exemplified, kinks_of, ordered_indices, placed
from derive.bridge.unfold import unfold
from derive.bridge.written_out import WrittenOut
from derive.errors import CallError, DeriveError, LimitError
from derive.floor import terms as t
from derive.floor.terms import ONE, ZERO, Comparison, Diff, Entry, If, Index, Term, entry_names, free_indices, mul, number
from derive.floor.theory import Theory
from derive.limits import COMPARED_FOR, COMPARISON, LARGEST_ARRAY, allowed

LARGEST_SIZE = 2000
REDUCED_SIZE = 1000
WORK = 20_000_000  # entries computed for all central differences together
ENTRIES = 32  # entries of the gradient that are looked at, at each point
SYMPY_SIZE = 3
SYMPY_ENTRIES = 4
TOLERANCE = 1e-6
SURE = TOLERANCE / 10  # by which a slope changes with its step at most, if it is to contradict anything
SCALES = tuple(4.0**power for power in range(-6, 6))
DEFAULT_SIZE = 3


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


def spot_check(
    loss: Term,
    gradient: Term,
    by: Entry,
    theory: Theory,
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
    return _reported(Gradient(loss, gradient, by), theory, sizes, points, seed, conditions)


def spot_check_sides(
    left: Term,
    right: Term,
    theory: Theory,
    sizes: Mapping[str, int] | None = None,
    points: int = 5,
    seed: int = 0,
    conditions: tuple[Comparison, ...] = (),
) -> NumericReport:
    """Compares the two sides of an equation at random points, for all its indices; see `spot_check`.

    Derivatives may stand anywhere in them, one in another too.
    """
    return _reported(_Sides(left, right), theory, sizes, points, seed, conditions)


@dataclass(frozen=True)
class Gradient:
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
    asked: Gradient | _Sides,
    theory: Theory,
    sizes: Mapping[str, int] | None,
    points: int,
    seed: int,
    conditions: tuple[Comparison, ...],
) -> NumericReport:
    sizes = {name: (sizes or {}).get(name, max(least, DEFAULT_SIZE)) for name, least in theory.sizes.items()}
    for name, value in sizes.items():
        if value < theory.sizes[name]:
            raise CallError("size-too-small", f"{name} is at least {theory.sizes[name]}, and not {value}")
    chance = random.Random(seed)
    small = {name: max(theory.sizes[name], min(value, SYMPY_SIZE)) for name, value in sizes.items()}
    examples = tuple(theory.functions)
    report = NumericReport(0, None, None, sizes, {}, False, seed, sides=isinstance(asked, _Sides), examples=examples)
    try:
        # SymPy may take any time; what there is without it is kept.
        with allowed(COMPARISON, COMPARED_FOR):
            check = Compared(asked, theory, conditions, small, chance)
            used = check.affordable(sizes)
            report = replace(report, sizes_used=used, reduced=used != sizes)
            entries, error = check.differences(used, points)
            report = replace(report, points=points, largest_error_fd=error, entries=entries)
            error = check.opinion(small, points)
            return replace(report, largest_error_sympy=error, sympy_sizes=small)
    except (CannotSample, DeriveError) as why:
        return replace(report, skipped=str(why))
    except ZeroDivisionError:  # of sizes alone: 1/(m - n)
        tried = ", ".join(f"{name} = {value}" for name, value in report.sizes_used.items())
        return replace(report, skipped=f"it has no value at {tried}")
    except (RecursionError, OverflowError):
        return replace(report, skipped="the expression is too large to be computed with")


Sides = Callable[[float], tuple[Any, Any, Any]]
"""With differences of a scale that is given: what they find, what is expected, and how far they may be off by rounding."""


class Compared:
    """The two sides of what is asked, compiled, with definitions unfolded and fixed indices at a value.

    The left side of a gradient is a `Slope`, which is taken at some entries only.
    """

    def __init__(
        self,
        asked: Gradient | _Sides,
        theory: Theory,
        conditions: tuple[Comparison, ...],
        small: Mapping[str, int],
        chance: random.Random,
    ) -> None:
        self.chance = chance
        fixed: dict[Term, Term] = {
            index: number(chance.randint(1, extent(index.range, small))) for index in theory.indices.values()
        }
        theory = placed(exemplified(theory, *asked.terms, *conditions), fixed)
        self.theory = theory
        self.slope: Slope | None = None
        self.left: WithSlopes | None = None
        if isinstance(asked, Gradient):
            by = t.substitute(asked.by, fixed)
            assert isinstance(by, Entry)
            # A defined entry that is differentiated by is moved alone: it counts as a variable, with its defined value.
            self.theory = with_moved(by.name, theory)
            loss, right = (unfold(t.substitute(term, fixed), self.theory) for term in (asked.loss, asked.value))
            self.stated: Term = Diff(loss, by)
            self.slope = Slope(self.stated, theory)
            self.indices = self.slope.indices
            self.moving = self.slope.moving
        else:
            self.stated, right = (unfold(t.substitute(term, fixed), theory) for term in (asked.left, asked.right))
            self.moving = self.indices = ordered_indices(self.stated, right)
            self.left = WithSlopes(self.stated, theory, self.indices)
        missing = free_indices(right) - set(self.indices)
        if missing:
            name = min(index.name for index in missing)
            raise CallError("free-index", f"the gradient has the index {name}, which the loss does not have")
        self.right = WithSlopes(right, self.theory, self.indices)
        counted = mul(*(If(comparison_at(condition, fixed), ONE, ZERO) for condition in conditions))
        self.counted = to_numpy(counted, self.theory, self.indices) if conditions else None
        names = entry_names(self.stated) | entry_names(right)
        self.points = Points(names, theory, chance)
        self.kinks = list(kinks_of(self.stated, self.theory))

    @property
    def functions(self) -> list[WithSlopes]:
        """What must have values at a point."""
        return [self.right, *([self.slope.body] if self.slope else []), *([self.left] if self.left else [])]

    def affordable(self, sizes: Mapping[str, int]) -> dict[str, int]:
        """The sizes, made smaller where they are too large for a check of a second or so."""
        used = {name: min(value, REDUCED_SIZE) if value > LARGEST_SIZE else value for name, value in sizes.items()}
        while max(function.cells(used) for function in self.functions) > LARGEST_ARRAY:
            least = self.theory.sizes
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
        raise CannotSample("no point was found at which the loss and its gradient are both defined")

    def weights(self, values: Values, sizes: Mapping[str, int]) -> Any:
        import numpy as np

        if self.counted is None:
            return np.ones([extent(index.range, sizes) for index in self.indices])
        return self.counted(values, sizes)

    def differences(self, sizes: Mapping[str, int], points: int) -> tuple[int, float | None]:
        """The largest error with derivatives by central differences, None where these say nothing, and of how many entries."""
        lengths = [extent(index.range, sizes) for index in self.moving]
        places = list(_sample(self.chance, lengths, self._bound(sizes, points)))
        found: list[float] = []
        for _ in range(points):
            values = self.point(sizes)
            errors = [_settled(*each) for each in self._compared(values, sizes, places)]
            found += [error for error in errors if error is not None]
        return len(places) if self.slope else math.prod(lengths), max(found, default=None)

    def _compared(
        self, values: Values, sizes: Mapping[str, int], places: list[tuple[int, ...]]
    ) -> Iterator[tuple[Sides, Any]]:
        """The two sides at a point, and which of their entries count."""
        counted = self.weights(values, sizes)
        left, slope = self.left, self.slope
        if left is not None:
            yield lambda scale: (left(values, sizes, scale), self.right(values, sizes, scale), 0.0), counted
            return
        assert slope is not None
        right = cache(partial(self.right, values, sizes))
        for place in places:
            at = dict(zip(self.moving, place, strict=True))
            here = tuple(at.get(index, slice(None)) for index in self.indices)

            def both(scale: float, at: Mapping[Index, int] = at, here: tuple[Any, ...] = here) -> tuple[Any, Any, Any]:
                found, rounded = slope.at(values, at, sizes, scale)
                return found, right(scale)[here], rounded

            yield both, counted[here]

    def _bound(self, sizes: Mapping[str, int], points: int) -> int:
        cells = max(function.cells(sizes) for function in self.functions)
        return max(4, min(ENTRIES, WORK // (4 * max(points, 1) * cells)))

    def opinion(self, sizes: Mapping[str, int], points: int) -> float:
        """The largest error against SymPy's value of the left side, written out."""
        import numpy as np

        lengths = [extent(index.range, sizes) for index in self.indices]
        places = list(_sample(self.chance, lengths, SYMPY_ENTRIES))
        written = WrittenOut(self.theory, sizes)
        stated = []
        try:
            for place in places:
                at = {index: each + 1 for index, each in zip(self.indices, place, strict=True)}
                stated.append(written.value(self.stated, at))
            code = compiled(list(written.symbols.values()), stated)
        except (DeriveError, RecursionError, OverflowError, MemoryError):
            raise
        except Exception as error:  # it is SymPy's opinion, and SymPy's mistake
            raise CannotSample(f"SymPy fails at it: {type(error).__name__}: {error}") from error
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


def _settled(sides: Sides, counted: Any) -> float | None:
    """The largest error among the entries of which the differences can be sure; None where there is none.

    Where they seem to be wrong, longer and shorter steps are tried. A slope counts that is sure to some digits, and that the
    next step hardly changes; only where all of these speak against what is expected, they contradict it.
    """
    import numpy as np

    with np.errstate(all="ignore"):
        found, expected, _ = sides(1)
        error = _error(found, expected, counted)
        if error <= TOLERANCE:
            return error
        errors = np.array([_known(*sides(scale)) for scale in SCALES])
        settled = np.abs(np.diff(errors, axis=0)) <= SURE
    least = np.min(np.abs(errors[:-1]), axis=0, initial=math.inf, where=settled)
    sure = np.isfinite(least) & (counted != 0)
    return float(np.max(least[sure])) if np.any(sure) else None


def _known(found: Any, expected: Any, rounded: Any) -> Any:
    """The errors, as parts of what is expected; no numbers where they come from rounding."""
    import numpy as np

    size = np.maximum(1.0, np.abs(expected))
    return np.where(rounded <= SURE * size, (found - expected) / size, math.nan)


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

"""Counterexamples on curved surfaces: where an equation that is given can only be solved nearly.

    given exp(y) + y = 3: y = 1        false: y = 0.79206…, where exp(y) + y passes 3

The value is not known, and need not be: between two numbers the difference of the two sides of the equation has no jump and
changes its sign, so that it is 0 in between (Bolzano; Spivak, *Calculus*, theorem 7-1). Wherever that is, all else that is
demanded holds, and the two sides of the claim differ. All of this is decided in intervals that hold both numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import ROUND_DOWN, Context, Decimal
from fractions import Fraction
from itertools import islice, pairwise, product
from typing import Any

from derive.numbers.arithmetic import FLOATS, Enclosures, sign_of
from derive.numbers.digits import differ, ends_of
from derive.numbers.evaluate import Evaluation, Key, Point
from derive.numbers.intervals import Interval, Undefined
from derive.numbers.model import Unsupported
from derive.numbers.points import Demand, Problem, drawn, fits

PRECISION = 200
HALVINGS = 60
DIGITS = 6
TURNS, SIZES, PATTERNS, UNKNOWNS = 3, 3, 2, 4  # that are tried
SOLVED = 40  # equations solved for one unknown
_STARTS = [Fraction(n, 4) for n in (*range(-40, 41, 2), -1, 1, 3, -3)]
_FAR = [Fraction(n) for n in (-1000, -100, -30, 30, 100, 1000)]
GRID = sorted({*_STARTS, *_FAR})


@dataclass(frozen=True)
class Enclosed:
    """A point with one value that is only known to lie between two numbers."""

    point: Point
    key: Key
    low: Fraction
    high: Fraction

    @property
    def written(self) -> str:
        """The digits that both numbers begin with, six at most, and dots behind them."""
        for digits in range(DIGITS, 0, -1):
            cut = Context(prec=digits, rounding=ROUND_DOWN)
            low, high = (cut.divide(Decimal(end.numerator), Decimal(end.denominator)) for end in (self.low, self.high))
            if low == high and low:
                return f"{low:f}…" if -6 < low.adjusted() < 12 else f"{low:e} nearly"
        return f"{float(self.low):.2g} nearly"


def enclosed(problem: Problem) -> Iterator[tuple[Enclosed, Any, Any]]:
    """Points on the surface of an equation at which the sides of the claim are defined and provably differ, and these."""
    for start, equation, others, key, relation in islice(_unsolved(problem), SOLVED):
        for found in _solved(problem, start, equation, key, relation):
            sides = _certified(problem, found, equation, others)
            if sides is not None:
                yield found, *sides


def _unsolved(problem: Problem) -> Iterator[tuple[Point, Demand, list[Demand], Key, str | None]]:
    """Points that meet all demands but one equation, and an unknown in that, with the relation that is declared of it."""
    for sizes in islice(problem.all_sizes(), SIZES):
        keys, demands = problem.keys(sizes) or {}, problem.demands(sizes) or []
        equations = [demand for demand in demands if demand.claim.relation == "="]
        patterns = islice(problem.all_indices(sizes, 0, drawn(0)), PATTERNS)
        for indices, equation, turn in product(patterns, equations, range(TURNS)):
            others = [demand for demand in demands if demand is not equation]
            start = problem.meeting(others, sizes, indices, turn)
            if start is not None:
                _, touched = problem.gap(start, equation)
                yield from ((start, equation, others, key, keys[key]) for key in touched[:UNKNOWNS])


def _solved(problem: Problem, point: Point, equation: Demand, key: Key, relation: str | None) -> Iterator[Enclosed]:
    """Two numbers near to each other between which the equation is met, as floats see it, for each such place."""

    def gap(value: Fraction) -> int | None:
        try:
            here = Evaluation(problem.model(point), replace(point, values={**point.values, key: value}), FLOATS)
            claim = equation.claim
            return sign_of(here.value(claim.left, equation.indices) - here.value(claim.right, equation.indices))
        except Undefined:
            return None

    signs = [(value, gap(value)) for value in GRID if fits(value, relation)]
    for (low, below), (high, above) in pairwise(signs):
        if below is None or above is None or below * above >= 0:
            continue
        for _ in range(HALVINGS):
            middle = Fraction(float((low + high) / 2))
            sign = gap(middle) if low < middle < high else None
            if sign is None or sign == 0:
                break
            low, high = (middle, high) if sign == below else (low, middle)
        # A little wider, since floats do not see the last digits.
        margin = (high - low) + (abs(low) + abs(high)) / 2**40
        yield Enclosed(point, key, low - margin, high + margin)


def _certified(problem: Problem, found: Enclosed, equation: Demand, others: list[Demand]) -> tuple[Any, Any] | None:
    """The enclosures of both sides of the claim, if all that is said above is sure."""

    def at(value: Any) -> Evaluation:
        return Evaluation(model, replace(found.point, values={**found.point.values, found.key: value}), Enclosures(PRECISION))

    def difference(evaluation: Evaluation) -> tuple[Fraction, Fraction]:
        claim = equation.claim
        return ends_of(evaluation.value(claim.left, equation.indices) - evaluation.value(claim.right, equation.indices))

    model, relation = problem.model(found.point), (problem.keys(dict(found.point.sizes)) or {})[found.key]
    first, last = (Interval.around(value, PRECISION) for value in (found.low, found.high))
    between = at(Interval((first.ends[0], last.ends[1]), PRECISION))
    try:
        if not (fits(found.low, relation) and fits(found.high, relation) and found.low * found.high >= 0):
            return None
        difference(between)  # it has a value everywhere in between, by the same operations: it has no jump
        (low, low_end), (high, high_end) = difference(at(found.low)), difference(at(found.high))
        if not ((low_end < 0 < high) or (high_end < 0 < low)):
            return None
        if not all(between.holds(claim) for claim in problem.conditions):
            return None
        if not all(between.holds(demand.claim, demand.indices) for demand in others):
            return None
        left, right = (between.value(term) for term in problem.terms)
    except (Undefined, Unsupported):
        return None
    return (left, right) if differ(left, right) else None


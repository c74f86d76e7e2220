"""Counterexamples: sizes, indices and values at which two terms provably differ.

    sum(y[i], i) = 1, of any y          false: H = 3, y[1] = 0, y[2] = 0, y[3] = 0; the sides are 0 and 1

A counterexample is a proof, and is made in two steps. Points are tried with floats, generic ones first (see `points`). Where
the sides seem to differ, the point is certified: every declaration and assumption holds there exactly, both sides are
defined, and their values, exact or enclosed in intervals, have nothing in common. Rounding never refutes. Before that the
values are made simpler.

What is not found says nothing: `None` means that no counterexample was found, not that there is none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import islice, product

from derive.floor.terms import Comparison, Number, Term, subterms
from derive.floor.theory import Theory
from derive.numbers.arithmetic import FLOATS, Enclosures
from derive.numbers.counterexample import Counterexample
from derive.numbers.digits import differ, written_entry, written_sides
from derive.numbers.evaluate import Evaluation, Key, Point
from derive.numbers.intervals import Interval, Undefined
from derive.numbers.model import Unsupported
from derive.numbers.points import REPAIRS, Problem, drawn, fits
from derive.numbers.surfaces import Enclosed, enclosed

POINTS = 48  # tried for one claim
SIMPLER = 60  # evaluations spent on simpler values
REPAIRED = 40  # evaluations of assumptions at one point of smaller sizes
FAILURES = 12  # points that looked like counterexamples to floats and were none
PRECISIONS = (53, 200, 1000)

Sides = tuple[Fraction | Interval, Fraction | Interval]


def refute(
    left: Term,
    right: Term,
    theory: Theory,
    hypotheses: tuple[Comparison, ...] = (),
    conditions: tuple[Comparison, ...] = (),
) -> Counterexample | None:
    """A point at which `left` and `right` are defined and provably differ; None where none is found.

    `hypotheses` are relations that must hold besides the assumptions, `conditions` relations between the free indices.
    """
    try:
        problem = Refutation(theory, (left, right), hypotheses, conditions)
        failures = 0
        for tried, point in enumerate(islice(problem.points(0), POINTS)):
            # Long decimals may differ from the truth by less than floats can tell: ln(5) = 1.60943791243410037
            if not problem.seem_to_differ(point) and not (tried < 3 and problem.is_fine):
                continue
            for candidate in (problem.simplified(point), point):
                sides = problem.certify(candidate)
                if sides is not None:
                    return problem.counterexample(*problem.smallest(candidate, sides))
                failures += 1
            if failures > FAILURES:
                return None
        problem.repairs = REPAIRS
        for nearly, left_value, right_value in enclosed(problem):
            return problem.counterexample(nearly.point, (left_value, right_value), nearly)
    except (Unsupported, RecursionError):
        pass
    return None


def certified(
    left: Term,
    right: Term,
    theory: Theory,
    hypotheses: tuple[Comparison, ...],
    conditions: tuple[Comparison, ...],
    point: Point,
) -> Counterexample | None:
    """The counterexample at a given point, which may say more than is asked; None where it is none, or is not proved."""
    try:
        problem = Refutation(theory, (left, right), hypotheses, conditions)
        indices = {index.name: point.indices[index.name] for index in problem.indices}
        names = {function.name for function in problem.functions}
        functions = {name: definition for name, definition in point.functions.items() if name in names}
        here = Point({name: point.sizes[name] for name in problem.sizes}, indices, dict(point.values), functions)
        for candidate in (problem.simplified(here), here):
            sides = problem.certify(candidate)
            if sides is not None:
                return problem.counterexample(*problem.smallest(candidate, sides))
    except (Unsupported, RecursionError, KeyError):
        pass
    return None


def _complexity(value: Fraction) -> Fraction:
    """How hard a number is to read: 0, 1, -1, 2, -2, 3, … and fractions above the whole numbers about them."""
    return 2 * abs(value.numerator) + 4 * (value.denominator - 1) + Fraction(value < 0)


def _total(point: Point) -> Fraction:
    return sum(map(_complexity, point.values.values()), Fraction(0))


class Refutation(Problem):
    """The claim that two terms are equal, and what it takes to show at a point that it is not."""

    @property
    def is_fine(self) -> bool:
        """Whether a number with many digits stands in the claim."""
        numbers = (part.value for term in self.terms for part in subterms(term) if isinstance(part, Number))
        return any(max(abs(value.numerator), value.denominator) > 10**6 for value in numbers)

    def seem_to_differ(self, point: Point) -> bool:
        """Whether the sides are far apart in floats; False where one of them is undefined."""
        evaluation = Evaluation(self.model(point), point, FLOATS)
        try:
            left, right = (float(evaluation.value(term)) for term in self.terms)
        except Undefined:
            return False
        return abs(left - right) > 1e-9 * (1 + abs(left) + abs(right))

    def certify(self, point: Point) -> Sides | None:
        """The values of both sides, if everything demanded holds and they differ, both provably."""
        keys, demands = self.keys(dict(point.sizes)), self.demands(dict(point.sizes))
        if keys is None or demands is None or not all(fits(point.values[key], relation) for key, relation in keys.items()):
            return None
        for precision in PRECISIONS:
            evaluation = Evaluation(self.model(point), point, Enclosures(precision))
            try:
                if not all(evaluation.holds(claim) for claim in self.conditions):
                    return None
                if not all(evaluation.holds(demand.claim, demand.indices) for demand in demands):
                    return None
                left, right = (evaluation.value(term) for term in self.terms)
            except Undefined:
                continue
            if isinstance(left, Fraction) and isinstance(right, Fraction):
                return (left, right) if left != right else None
            if differ(left, right):
                return left, right
        return None

    def simplified(self, point: Point) -> Point:
        """`point` with simpler values, where the sides still seem to differ and every demand is met."""
        keys, demands = self.keys(dict(point.sizes)) or {}, self.demands(dict(point.sizes)) or []
        attempts, settled = SIMPLER, frozenset[Key]()
        for key, relation in keys.items():
            settled |= {key}
            for value in map(Fraction, (0, 1, -1, 2)):
                if _complexity(value) >= _complexity(point.values[key]):
                    break
                if not fits(value, relation):
                    continue
                attempts -= 1
                if attempts < 0:
                    return point
                self.repairs = 8
                changed = replace(point, values={**point.values, key: value})
                simpler = self.repaired(changed, demands, keys, settled, 0) if demands else changed
                if simpler is not None and _total(simpler) < _total(point) and self.seem_to_differ(simpler):
                    point = simpler
                    break
        return point

    def smallest(self, point: Point, sides: Sides) -> tuple[Point, Sides]:
        """A counterexample of smaller sizes, where one is found at once; else the one that is known."""
        for sizes in self._smaller(dict(point.sizes)):
            for turn, indices in product((0, 1), islice(self.all_indices(sizes, 0, drawn(0)), 3)):
                self.repairs = REPAIRED
                tried = self._point(sizes, indices, turn, drawn(turn))
                if tried is None or not self.seem_to_differ(tried):
                    continue
                for candidate in (self.simplified(tried), tried):
                    found = self.certify(candidate)
                    if found is not None:
                        return self.smallest(candidate, found)
        return point, sides

    def _smaller(self, known: dict[str, int]) -> Iterator[dict[str, int]]:
        """Smaller sizes: all of them at once, and then one alone."""
        least = {name: self.theory.sizes.get(name, 1) for name in known}
        together = [{name: max(least[name], min(size, most)) for name, size in known.items()} for most in range(1, 4)]
        alone = [{**known, name: size} for name, most in known.items() for size in range(least[name], min(most, 4))]
        seen = [known]
        for sizes in (*together, *alone):
            if sizes not in seen and self._sizes_are_right(sizes):
                yield sizes
            seen.append(sizes)

    def counterexample(self, point: Point, sides: Sides, nearly: Enclosed | None = None) -> Counterexample:
        """The point as it is reported, without the unknowns that neither the sides nor what is assumed with them depend on."""
        evaluation = self.evaluation(point)
        try:
            for term in self.terms:
                evaluation.value(term)
        except Undefined:  # too large for floats
            evaluation.touched.update(dict.fromkeys(point.values))
        shown = set(evaluation.touched)
        groups = [set(self.gap(point, demand)[1]) for demand in self.demands(dict(point.sizes)) or []]
        grown = True
        while grown:
            grown = False
            for group in groups:
                if group & shown and not group <= shown:
                    shown |= group
                    grown = True
        values = {written_entry(name, at): str(value) for (name, at), value in point.values.items() if (name, at) in shown}
        for name, definition in point.functions.items():
            values[f"{name}({', '.join(definition.arguments)})" if definition.arguments else name] = definition.description
        if nearly is not None:
            name, at = nearly.key
            values[written_entry(name, at)] = nearly.written
        left, right = written_sides(*sides) or ("", "")
        return Counterexample(dict(point.sizes), dict(point.indices), values, left, right)

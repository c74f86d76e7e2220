"""The attack: what is about to be called proved is evaluated first, where false claims give themselves away.

It shares no code with the proof, and trusts nothing of it. Both sides are evaluated at the degenerate points of the claim (see
`points`), derivatives by difference quotients from both sides (see `values`). Where the sides seem to differ in floats they are
evaluated again with many digits; what differs still is a *disagreement* between the proof and the numbers. Finding none proves
nothing. Where a point meets the hypotheses, but both sides have a value at none, the claim says nothing, and is `empty`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Any

from derive.floor.terms import Call, Comparison, Index, Number, Pow, Term, declared_name, free_indices, partials, subterms
from derive.floor.theory import Definition, Theory
from derive.numbers.attack.fields import FLOATS, Digits
from derive.numbers.attack.names import Names
from derive.numbers.attack.points import Ground, Search
from derive.numbers.attack.values import Environment, Key, Lanes, Values
from derive.numbers.evaluate import Point
from derive.numbers.examples import instance_of
from derive.numbers.model import Unsupported

TOLERANCE = (1e-9, 1e-5, 5e-3, 5e-3)  # of floats, by the derivatives inside each other
CERTAIN = (1e-14, 1e-9)  # of many digits, without and with derivatives
NEARLY = 1e-5  # of many digits at a point that meets an equation as nearly as floats solve it
MOST_CONFIRMED = 24  # lanes of one claim that are looked at with many digits
MOST_DEEP = 2  # of a claim with as many derivatives inside each other as there may be, which takes seconds for each
MOST_NESTED = 4  # derivatives inside each other, with many digits
MORE_DIGITS = 8  # times as many, before a difference is told
FINE = 10**6  # numbers with so many digits are not told apart by floats


@dataclass(frozen=True)
class Disagreement:
    """A point at which the numbers say that the two sides differ."""

    point: Point
    left: str
    right: str

    @property
    def told(self) -> str:
        """The point and the two values, in words."""
        point = self.point
        places = {**point.sizes, **point.indices}
        values = {f"{name}[{', '.join(map(str, at))}]" if at else name: value for (name, at), value in point.values.items()}
        at = ", ".join(f"{name} = {value}" for name, value in (places | values).items())
        return f"at {at}, the left side is {self.left}, the right side {self.right}" if at else f"{self.left} and {self.right}"


@dataclass
class Outcome:
    """What an attack found: a disagreement, and at how many points both sides had a value of all that were tried."""

    disagreement: Disagreement | None = None
    compared: int = 0
    tried: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether there were points, but none at which both sides have a value."""
        return self.tried > 0 and self.compared == 0


@dataclass
class Attack:
    """The attack on the equations of one theorem; `terms` are all that it may be asked about.

    `examples` stand for some of the unknown functions; where it is None, there are none that will do, and nothing is tried.
    """

    theory: Theory
    hypotheses: tuple[Comparison, ...]
    relations: tuple[Comparison, ...]
    terms: Sequence[Term]
    cases: tuple[Comparison, ...] = ()  # relations of indices under which some of it is asked
    examples: Mapping[str, Definition] | None = field(default_factory=dict)
    _cases: dict[tuple[Comparison, ...], list[tuple[Ground, Values]]] = field(default_factory=dict)
    _known: dict[tuple[int, Term, tuple[int, ...]], Lanes | None] = field(default_factory=dict)

    @cached_property
    def names(self) -> Names:
        """The declarations, with an instance of each function that is only declared."""
        orders: dict[str, int] = {}
        bodies = [definition.body for definition in self.theory.definitions.values()]
        for term in (*self.terms, *bodies):
            for part in subterms(term):
                if isinstance(part, Call) and partials(part.name):
                    name = declared_name(part.name)
                    orders[name] = max(orders.get(name, 0), len(partials(part.name)))
        return Names(self.theory, self._instances(orders))

    def _instances(self, orders: dict[str, int]) -> dict[str, Definition]:
        functions = self.theory.functions.values()
        plain = {f.name: instance_of(f, n, 0, orders.get(f.name, 0), self.theory) for n, f in enumerate(functions)}
        return {**plain, **(self.examples or {})}

    @cached_property
    def _search(self) -> Search:
        return Search(self.theory, self.names, self.terms, self.hypotheses, self.relations, self.cases)

    @cached_property
    def _grounds(self) -> list[tuple[Ground, Values]]:
        return self._valued(self._search.grounds())

    def _in_case(self, relations: tuple[Comparison, ...]) -> list[tuple[Ground, Values]]:
        """The grounds with those patterns of indices only that a case asks for."""
        if relations not in self._cases:
            both = (*self.relations, *relations)
            search = Search(self.theory, self.names, self.terms, self.hypotheses, both, self.cases)
            self._cases[relations] = self._valued(search.grounds())
        return self._cases[relations]

    @cached_property
    def _wide(self) -> list[tuple[Ground, Values]]:
        return self._valued(self._search.wide())

    def _valued(self, grounds: Iterator[Ground]) -> list[tuple[Ground, Values]]:
        if self.examples is None:
            return []
        try:
            return [(ground, Values(self.names, ground.sizes, ground.values, ground.width)) for ground in grounds]
        except (Unsupported, RecursionError, KeyError):
            return []

    def on(self, left: Term, right: Term, relations: tuple[Comparison, ...] = (), *, step: bool = False) -> Outcome:
        """Whether numbers speak against `left = right`; `relations` of indices hold besides those of the theorem.

        A `step` is tried at fewer sizes than a claim.
        """
        outcome = Outcome()
        grounds = [pair for pair in self._grounds if not (step and pair[0].is_large)] or self._grounds
        self._try(left, right, grounds, relations, outcome)
        if step and not outcome.tried:
            self._try(left, right, self._grounds, relations, outcome)
        if relations and not outcome.tried:
            self._try(left, right, self._in_case(relations), relations, outcome)
        if outcome.is_empty and outcome.disagreement is None:
            self._try(left, right, self._wide, relations, outcome)
        return outcome

    def _try(
        self,
        left: Term,
        right: Term,
        grounds: list[tuple[Ground, Values]],
        relations: tuple[Comparison, ...],
        outcome: Outcome,
    ) -> None:
        nesting = max(self.names.nesting(left), self.names.nesting(right))
        tolerance = TOLERANCE[min(nesting, len(TOLERANCE) - 1)]
        is_fine = any(_is_fine(part) for side in (left, right) for part in subterms(side))
        left_to_confirm = MOST_CONFIRMED if nesting < MOST_NESTED else MOST_DEEP
        for ground, values, pattern in _places(grounds, relations):
            values.unsure = False
            one, other = self._lanes(left, values, pattern), self._lanes(right, values, pattern)
            deep = len(FLOATS.steps) < nesting <= MOST_NESTED
            if deep:
                one = other = [math.nan] * ground.width
            if one is None or other is None:
                continue
            outcome.tried += len(one)
            for lane, (a, b) in enumerate(zip(one, other, strict=True)):
                gap = abs(a - b)
                agrees = gap <= tolerance * (1 + abs(a) + abs(b))
                outcome.compared += agrees
                # What floats cannot tell is told with many digits: a gap, one that is too small, what is too large or too deep.
                told = (agrees and not is_fine) or (gap != gap and not (values.unsure or deep))
                if told or not left_to_confirm:
                    continue
                left_to_confirm -= 1
                point = self._point(ground, pattern, lane)
                sides = self._with_digits(left, right, point, pattern, nesting)
                if sides is None:
                    continue
                outcome.compared += 1
                if self._differ(*sides, nesting):
                    settled = self._settled(left, right, point, pattern, nesting)
                    if settled is not None:
                        outcome.disagreement = Disagreement(point, *map(_written, settled))
                        return

    def _lanes(self, term: Term, values: Values, pattern: dict[Index, int]) -> Lanes | None:
        told = free_indices(term) | self._declared
        key = id(values), term, tuple(at for index, at in pattern.items() if index in told)
        if key not in self._known:
            values.fixed = {index: at for index, at in pattern.items() if index in self._declared}
            if self._declared:
                values.forget()
            try:
                self._known[key] = values.value(term, dict(pattern))
            except (Unsupported, OverflowError, KeyError):
                self._known[key] = None
        return self._known[key]

    @cached_property
    def _declared(self) -> frozenset[Index]:
        return frozenset(self.theory.indices.values())

    def _point(self, ground: Ground, pattern: dict[Index, int], lane: int) -> Point:
        indices = {index.name: at for index, at in pattern.items()}
        exact: dict[Key, Fraction] = {key: _meant(lanes[lane]) for key, lanes in ground.values.items()}
        return Point(ground.sizes, indices, exact, self._shown_instances())

    def _shown_instances(self) -> dict[str, Definition]:
        return {name: self.names.definitions[name] for name in self.theory.functions}

    def _settled(
        self, left: Term, right: Term, point: Point, pattern: dict[Index, int], nesting: int
    ) -> tuple[Any, Any] | None:
        """Two sides that differ, with more digits, beside nothing that is so large that they are lost: as 1 beside exp(15000).

        None where they do not differ then, or where something is so large.
        """
        sides = self._with_digits(left, right, point, pattern, nesting, MORE_DIGITS)
        return sides if sides is not None and self._differ(*sides, nesting) else None

    def _with_digits(
        self, left: Term, right: Term, point: Point, pattern: dict[Index, int], nesting: int, times: int = 1
    ) -> tuple[Any, Any] | None:
        """Both sides at a point with many digits, or `times` as many; None where one has no value then."""
        numbers = Digits(nesting, times)
        lanes = {key: [numbers.number(value)] for key, value in point.values.items()}
        values = Values(self.names, point.sizes, lanes, 1, numbers)
        values.fixed = {index: at for index, at in pattern.items() if index in self._declared}
        try:
            (a,), (b,) = values.value(left, dict(pattern)), values.value(right, dict(pattern))
        except (Unsupported, OverflowError, KeyError, ValueError):
            return None
        return (a, b) if abs(a - b) >= 0 else None

    def _differ(self, a: Any, b: Any, nesting: int) -> bool:
        nearly = any(c.relation == "=" for c in self._search.claims)
        tolerance = NEARLY if nearly else CERTAIN[min(nesting, 1)]
        return bool(abs(a - b) > tolerance * (1 + abs(a) + abs(b)))


def _is_fine(part: Term) -> bool:
    match part:
        case Number(value):
            return max(abs(value.numerator), value.denominator) > FINE
        case Pow(Number(base), Number(exponent)):
            return exponent > 5 and base.denominator == 1 and abs(base) ** min(exponent.__floor__(), 30) > FINE
    return False


def _places(
    grounds: list[tuple[Ground, Values]], relations: tuple[Comparison, ...]
) -> Iterator[tuple[Ground, Values, dict[Index, int]]]:
    for ground, values in grounds:
        for pattern in ground.patterns:
            env: Environment = dict(pattern)
            if all(_holds(values, claim, env) for claim in relations):
                yield ground, values, pattern


def _holds(values: Values, claim: Comparison, env: Environment) -> bool:
    try:
        return values.holds(claim, env)[0] is True
    except Unsupported:
        return False


def _meant(value: float) -> Fraction:
    """The rational number that a float stands for: 1/3 is none, and 0.333… is meant for it."""
    near = Fraction(value).limit_denominator(1000)
    return near if abs(float(near) - value) <= 1e-12 * (1 + abs(value)) else Fraction(value)


class _Nothing(Attack):
    """An attack that finds nothing."""

    def on(self, left: Term, right: Term, relations: tuple[Comparison, ...] = (), *, step: bool = False) -> Outcome:
        """Nothing."""
        return Outcome(compared=1, tried=1)


NO_ATTACK = _Nothing(Theory(), (), (), ())


def _written(value: Any) -> str:
    return f"{float(value):.6g}"


__all__ = ["NO_ATTACK", "Attack", "Disagreement", "Outcome"]

"""Counterexamples: sizes, indices and values at which two terms provably differ.

    sum(y[i], i) = 1, of any y          false: H = 3, y[1] = 0, y[2] = 0, y[3] = 0; the sides are 0 and 1

A counterexample is a proof, and is made in two steps. Points are tried with floats, generic ones first: distinct values,
distinct indices, sizes that differ, since equal logits, unit weights and zero means hide mistakes. Where the sides seem to
differ, the point is certified: every declaration and assumption holds there exactly, both sides are defined, and their values,
exact or enclosed in intervals, have nothing in common. Rounding never refutes. Before that the values are made simpler.

Points that meet the assumptions are found by repair: where an assumption fails, one entry that occurs in it is changed, to
the value that solves the equation if it is linear, or to 0, 1 and other small numbers, until all assumptions hold. That
finds one-hot vectors as well as vectors of sum 1. What is not found says nothing: `None` means that no counterexample was
found, not that there is none.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import count, islice, product
from math import floor, log10

from derive.floor.intervals import Interval, Undefined
from derive.floor.terms import (
    Affine,
    Call,
    Comparison,
    Entry,
    Index,
    Number,
    Size,
    Sum,
    Term,
    add,
    declared_name,
    free_indices,
    mul,
    neg,
    number,
    partials,
    power,
    scalar,
    size_names,
    subterms,
)
from derive.floor.theory import Definition, Signature, UnknownFunction
from derive.numbers.arithmetic import FLOATS, MIXED, Enclosures
from derive.numbers.counterexample import Counterexample
from derive.numbers.evaluate import (
    Environment,
    Evaluation,
    Key,
    Model,
    Point,
    Unsupported,
)

POINTS = 48  # tried for one claim
REPAIRS = 600  # evaluations of assumptions without finding a point
ENTRIES = 400  # entries of unknowns, and instances of assumptions, at one point
SIMPLER = 60  # evaluations spent on simpler values
ONLY_PLAIN = 3  # points of the plainest functions, after which no others are tried
FAILURES = 12  # points that looked like counterexamples to floats and were none
PRECISIONS = (53, 200, 1000)

Sides = tuple[Fraction | Interval, Fraction | Interval]


def refute(
    left: Term,
    right: Term,
    signature: Signature,
    hypotheses: tuple[Comparison, ...] = (),
    conditions: tuple[Comparison, ...] = (),
    deadline: float | None = None,
) -> Counterexample | None:
    """A point at which `left` and `right` are defined and provably differ; None where none is found.

    `hypotheses` are relations that must hold besides the assumptions, `conditions` relations between the free indices;
    `deadline` is a time of `time.monotonic()`.
    """
    try:
        problem = _Problem(signature, (left, right), hypotheses, conditions, deadline)
        failures = 0
        for tried, point in enumerate(islice(problem.points(0), POINTS)):
            # Long decimals may differ from the truth by less than floats can tell: ln(5) = 1.60943791243410037
            if not problem.seem_to_differ(point) and not (tried < 3 and problem.is_fine):
                continue
            for candidate in (problem.simplified(point), point):
                sides = problem.certify(candidate)
                if sides is not None:
                    return problem.counterexample(candidate, sides)
                failures += 1
            if failures > FAILURES:
                return None
    except (Unsupported, RecursionError):
        pass
    return None


def certified(
    left: Term,
    right: Term,
    signature: Signature,
    hypotheses: tuple[Comparison, ...],
    conditions: tuple[Comparison, ...],
    point: Point,
) -> Counterexample | None:
    """The counterexample at a given point, which may say more than is asked; None where it is none, or is not proved."""
    try:
        problem = _Problem(signature, (left, right), hypotheses, conditions, None)
        indices = {index.name: point.indices[index.name] for index in problem.indices}
        names = {function.name for function in problem.functions}
        functions = {name: definition for name, definition in point.functions.items() if name in names}
        here = Point({name: point.sizes[name] for name in problem.sizes}, indices, dict(point.values), functions)
        for candidate in (problem.simplified(here), here):
            sides = problem.certify(candidate)
            if sides is not None:
                return problem.counterexample(candidate, sides)
    except (Unsupported, RecursionError, KeyError):
        pass
    return None


def sample_points(
    signature: Signature,
    terms: Sequence[Term],
    hypotheses: tuple[Comparison, ...] = (),
    conditions: tuple[Comparison, ...] = (),
    seed: int = 0,
) -> Iterator[Point]:
    """Points that give a value to every unknown and free index of `terms`, and meet all that is declared, assumed and given.

    An inequality between irrational numbers holds by a margin that floats can tell. At such a point a term may be undefined.
    The points do not end unless none can be found; the same seed gives the same points.
    """
    return _Problem(signature, tuple(terms), hypotheses, conditions, None).points(seed)


# --- values ----------------------------------------------------------------------------------------------------------


def _fractions(text: str) -> list[Fraction]:
    return [Fraction(word) for word in text.split()]


_GENERIC = _fractions("2 3 -1 1/2 5 -2 1/3 4 -3 3/2 7 -1/2 2/3 6 -4 5/2")
_PROPER = _fractions("1/2 1/3 1/5 2/3 1/4 3/4 2/5 1/6 3/5 1/7 5/6 4/5")
_MORE = [*_GENERIC, *_PROPER, *_fractions("0 1 0 -1 -2/3 10 -10 -1/3 100 -5/2")]
_REPAIRS = _fractions("0 1 1/2 2 -1 1/3 4 3 1/4 -2")


def _drawn(seed: int) -> Iterator[int]:
    """Numbers without a pattern (Knuth, *The Art of Computer Programming*, volume 2, section 3.3.4, line 26)."""
    state = seed * 2654435761 + 12345
    while True:
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        yield state >> 33


def _fitting(value: Fraction, relation: str | None) -> Fraction:
    """`value`, or one near it that stands in the relation to 0."""
    if relation in (">", ">="):
        value = abs(value)
    return Fraction(1) if value == 0 and relation in (">", "!=") else value


def _fits(value: Fraction, relation: str | None) -> bool:
    return relation is None or (value != 0 if relation == "!=" else value > 0 if relation == ">" else value >= 0)


def _complexity(value: Fraction) -> Fraction:
    """How hard a number is to read: 0, 1, -1, 2, -2, 3, … and fractions above the whole numbers about them."""
    return 2 * abs(value.numerator) + 4 * (value.denominator - 1) + Fraction(value < 0)


def _total(point: Point) -> Fraction:
    return sum(map(_complexity, point.values.values()), Fraction(0))


# --- instances of unknown functions ----------------------------------------------------------------------------------


def instance_of(function: UnknownFunction, position: int, variant: int, order: int, signature: Signature) -> Definition:
    """A smooth function in place of an unknown one, f(u) = u^2 + 3*u for example; its text is in the description.

    `order` is that of the highest derivative written of it, which is not to vanish.
    """
    degree, factor = 2 + max(order - 1, 0) + (variant + position) % 2, 3 + position
    if function.of:
        parts: list[Term] = []
        texts = []
        total: list[Term] = []
        for weight, name in enumerate(function.of, start=1):
            indices = tuple(Index(f"i{n}", extent) for n, extent in enumerate(signature.ranges(name), start=1))
            entry: Term = Entry(name, indices)
            power_of, plain = power(entry, number(degree + 1)), entry
            written = _written(name, [index.name for index in indices])
            for index in reversed(indices):
                power_of, plain = Sum(index, (), power_of), Sum(index, (), plain)
            run = ", ".join(index.name for index in indices)
            texts.append(f"sum({written}^{degree + 1}, {run})" if run else f"{written}^{degree + 1}")
            texts.append(f"{factor * weight}*" + (f"sum({written}, {run})^2" if run else f"{written}^2"))
            parts.append(power_of)
            parts.append(mul(number(factor * weight), power(plain, number(2))))
            total.append(plain)
        if len(total) > 1:
            parts.append(mul(*total))
            texts.append("*".join(text.split("*", 1)[1].removesuffix("^2") for text in texts[1::2]))
        return Definition(function.name, (), (), add(*parts), " + ".join(texts))
    names = _argument_names(function.arity)
    terms = [power(scalar(name), number(degree + n)) for n, name in enumerate(names)]
    texts = [f"{name}^{degree + n}" for n, name in enumerate(names)]
    if len(names) > 1:
        # With derivatives about, one that tells the arguments apart: of u*v the second mixed derivative is 1.
        first = max(order, 1)
        terms.append(mul(power(scalar(names[0]), number(first)), *map(scalar, names[1:])))
        texts.append("*".join((f"{names[0]}^{first}" if first > 1 else names[0], *names[1:])))
    body = add(*terms, mul(number(factor), scalar(names[0])))
    return Definition(function.name, (), names, body, " + ".join([*texts, f"{factor}*{names[0]}"]))


def _plain(function: UnknownFunction) -> Definition:
    """The plainest function in place of an unknown one, u or u - v, which meets what others do not: g(f(x)) = x."""
    names = _argument_names(function.arity)
    first, *others = map(scalar, names)
    return Definition(function.name, (), names, add(first, *map(neg, others)), " - ".join(names))


def _argument_names(arity: int) -> tuple[str, ...]:
    return ("u", "v", "w")[:arity] if arity <= 3 else tuple(f"u{n + 1}" for n in range(arity))


# --- the search ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Demand:
    """A relation that must hold at a point, with the values of those of its indices that the point does not fix."""

    claim: Comparison
    indices: Environment


class _Problem:
    """What a point must give values to, and what must hold there."""

    def __init__(
        self,
        signature: Signature,
        terms: tuple[Term, ...],
        hypotheses: tuple[Comparison, ...],
        conditions: tuple[Comparison, ...],
        deadline: float | None,
    ) -> None:
        self.signature = signature
        self.terms = terms
        self.hypotheses = hypotheses
        self.conditions = conditions
        self.deadline = deadline
        self.repairs = REPAIRS
        self.only_plain = 0  # points that were found with the plainest functions only
        self.assumptions = tuple(assumption.claim for assumption in signature.assumptions)
        self.models: dict[tuple[Term, ...], Model] = {}
        model = Model(signature)
        stated = (*terms, *hypotheses, *conditions, *self.assumptions)
        names = _closed(frozenset[str]().union(*map(model.reach_of, stated)), model)
        self.functions = [function for name, function in signature.functions.items() if name in names]
        self.definitions = [definition for name, definition in signature.definitions.items() if name in names]
        self.unknowns = [unknown for name, unknown in signature.unknowns.items() if name in names]
        bodies = [definition.body for definition in self.definitions]
        self.orders = _orders((*stated, *bodies))
        ranges = [
            *(extent for unknown in self.unknowns for extent in unknown.ranges),
            *(index.range for definition in self.definitions for index in definition.parameters),
        ]
        self.whole = (*stated, *bodies)
        self.sizes = sorted(frozenset[str]().union(*map(size_names, (*self.whole, *ranges))))
        free = frozenset[Index]().union(*map(free_indices, self.whole))
        self.chosen = sorted((index for index in signature.indices.values() if index in free), key=lambda index: index.name)
        claimed = frozenset[Index]().union(*map(free_indices, (*terms, *conditions))) - set(self.chosen)
        self.indices = [*sorted(claimed, key=lambda index: index.name), *self.chosen]
        self.is_computed = any(isinstance(part, Affine) for term in self.whole for part in subterms(term))
        # Where what is demanded speaks of the chosen indices, the values depend on them.
        self.is_indexed = any(
            free_indices(claim) & set(given)
            for claims, given in ((self.assumptions, self.chosen), (hypotheses, self.indices))
            for claim in claims
        )

    @property
    def is_fine(self) -> bool:
        """Whether a number with many digits stands in the claim."""
        numbers = (part.value for term in self.terms for part in subterms(term) if isinstance(part, Number))
        return any(max(abs(value.numerator), value.denominator) > 10**6 for value in numbers)

    def points(self, seed: int) -> Iterator[Point]:
        """Points that meet every demand, the telling ones first."""
        all_sizes = list(self._all_sizes())
        failures: dict[int, int] = {}
        for turn in count():
            draw = _drawn(seed * 1000 + turn)
            yielded = False
            for rank, sizes in enumerate(all_sizes if turn == 0 else all_sizes[: 2 + turn % 3]):
                if failures.get(rank, 0) > 1:
                    continue
                found, point = False, None
                for indices in self._all_indices(sizes, turn, draw):
                    if self._is_late():
                        return
                    if point is not None and not self.is_indexed:
                        point = replace(point, indices=indices)
                    else:
                        point = self._point(sizes, indices, turn + seed, draw)
                    if point is not None:
                        found = yielded = True
                        self.repairs = REPAIRS
                        yield point
                if not found:
                    failures[rank] = failures.get(rank, 0) + 1
            if (turn > 8 and not yielded) or (turn > 2 and not self.unknowns and not self.functions):
                return

    def _is_late(self) -> bool:
        return self.repairs < 0 or (self.deadline is not None and time.monotonic() > self.deadline)

    # Sizes: three before two before one, and different ones for different names, where index mistakes show.

    def _all_sizes(self) -> Iterator[dict[str, int]]:
        hints = sorted(self._numbers_beside_sizes())
        least = {name: self.signature.sizes.get(name, 1) for name in self.sizes}
        high = max((value for value in hints if value <= 12), default=3)
        orders: list[list[int]] = []
        if len(self.sizes) > 1:
            orders += [[3, 2, 4], [2, 3, 4]]
        orders += [[value] for value in (max(3, high), 3, 2, 1, 4, *(hint + by for hint in hints for by in (0, 1, -1)))]
        seen = set()
        for order in orders:
            sizes = {name: max(least[name], order[n % len(order)]) for n, name in enumerate(self.sizes)}
            key = tuple(sizes.values())
            if key not in seen and max(key, default=1) <= 24 and self._sizes_are_right(sizes):
                yield sizes
            seen.add(key)
            if not self.sizes:
                return

    def _numbers_beside_sizes(self) -> set[int]:
        """The whole numbers that sizes are compared with, and those that stand as an index."""
        found: set[Term] = set()
        for claim in (*self.hypotheses, *self.conditions, *self.assumptions):
            if isinstance(claim.left, Size) or isinstance(claim.right, Size):
                found |= {claim.left, claim.right}
        for term in self.whole:
            for part in subterms(term):
                if isinstance(part, Entry):
                    found |= set(part.indices)
        return {int(part.value) for part in found if isinstance(part, Number)}

    def _sizes_are_right(self, sizes: dict[str, int]) -> bool:
        evaluation = Evaluation(Model(self.signature), Point(sizes), MIXED)
        for claim in (*self.hypotheses, *self.conditions, *self.assumptions):
            parts = set(subterms(claim))
            if not any(isinstance(part, Entry | Call | Index) for part in parts) and not _holds(evaluation, claim):
                return False
        return True

    # Indices: only which of them are equal matters at first, and distinct ones come first.

    def _all_indices(self, sizes: dict[str, int], turn: int, draw: Iterator[int]) -> Iterator[dict[str, int]]:
        runs = [range(1, _extent(index.range, sizes) + 1) for index in self.indices]
        if not all(runs):
            return
        patterns: dict[tuple[int, ...], dict[str, int]] = {}
        choices: Iterable[tuple[int, ...]] = islice(product(*runs), 2000)
        if turn > 0 and self.indices:
            choices = [tuple(run[next(draw) % len(run)] for run in runs) for _ in range(6)]
        for choice in choices:
            # With an index that is computed it matters which they are, not only which are equal.
            pattern = choice if self.is_computed else tuple(choice.index(position) for position in choice)
            if pattern not in patterns and self._are_met(sizes, choice):
                patterns[pattern] = {index.name: position for index, position in zip(self.indices, choice, strict=True)}
        ordered = sorted(patterns, key=lambda pattern: -len(set(pattern)))
        for pattern in ordered[: 5 if turn == 0 else 2]:
            yield patterns[pattern]

    def _are_met(self, sizes: dict[str, int], choice: tuple[int, ...]) -> bool:
        if not self.conditions:
            return True
        env: Environment = dict(zip(self.indices, choice, strict=True))
        evaluation = Evaluation(Model(self.signature), Point(sizes), MIXED)
        return all(_holds(evaluation, condition, env) for condition in self.conditions)

    # Values, and their repair.

    def _point(self, sizes: dict[str, int], indices: dict[str, int], turn: int, draw: Iterator[int]) -> Point | None:
        keys = self._keys(sizes)
        demands = self._demands(sizes)
        if keys is None or demands is None:
            return None
        functions = {
            function.name: instance_of(function, position, turn, self.orders.get(function.name, 0), self.signature)
            for position, function in enumerate(self.functions)
        }
        values = dict(self._first_values(keys, turn, draw))
        point = Point(sizes, indices, values, functions)
        if not demands:
            return point
        found = self._repaired(point, demands, keys, frozenset(), turn) if self.only_plain < ONLY_PLAIN else None
        plain = {function.name: _plain(function) for function in self.functions if not function.of}
        if found is None and plain:
            point = replace(point, functions={**functions, **plain})
            found = self._repaired(point, demands, keys, frozenset(), turn)
            self.only_plain += found is not None
        return found

    def _keys(self, sizes: dict[str, int]) -> dict[Key, str | None] | None:
        """Every entry of every unknown, with the relation to 0 that is declared; None where they are too many."""
        keys: dict[Key, str | None] = {}
        for unknown in self.unknowns:
            runs = [range(1, _extent(extent, sizes) + 1) for extent in unknown.ranges]
            for at in product(*runs):
                keys[unknown.name, at] = unknown.relation
                if len(keys) > ENTRIES:
                    return None
        return keys

    def _demands(self, sizes: dict[str, int]) -> list[_Demand] | None:
        """The assumptions at every value of their indices, and the hypotheses; None where they are too many."""
        demands: list[_Demand] = []
        for claims, given in ((self.assumptions, self.chosen), (self.hypotheses, self.indices)):
            for claim in claims:
                universal = sorted(free_indices(claim) - set(given), key=lambda index: index.name)
                runs = [range(1, _extent(index.range, sizes) + 1) for index in universal]
                for at in product(*runs):
                    demands.append(_Demand(claim, dict(zip(universal, at, strict=True))))
                    if len(demands) > ENTRIES:
                        return None
        # Equations first: they say most about the values.
        return sorted(demands, key=lambda demand: demand.claim.relation != "=")

    def _first_values(self, keys: dict[Key, str | None], turn: int, draw: Iterator[int]) -> Iterator[tuple[Key, Fraction]]:
        for position, (key, relation) in enumerate(keys.items()):
            if turn in (0, 3, 5) and position < len(_GENERIC):
                value = _GENERIC[(position + turn) % len(_GENERIC)]
            elif turn == 1 and position < len(_GENERIC):
                value = abs(_GENERIC[(position + 1) % len(_GENERIC)])
            elif turn in (2, 4):
                value = _PROPER[(position + turn) % len(_PROPER)]
            else:
                value = _MORE[next(draw) % len(_MORE)]
            yield key, _fitting(value, relation)

    def _repaired(
        self,
        point: Point,
        demands: list[_Demand],
        keys: dict[Key, str | None],
        settled: frozenset[Key],
        turn: int,
    ) -> Point | None:
        """`point` with some entries changed so that every demand is met; those in `settled` are not changed any more."""
        self.repairs -= 1
        if self._is_late():
            return None
        broken = self._broken(point, demands)
        if broken is None:
            return point
        gap, touched = self._gap(point, broken)
        for key in reversed(touched):
            if key in settled:
                continue
            for value in self._candidates(point, broken, key, gap, turn + sum(key[1])):
                if value != point.values[key] and _fits(value, keys[key]):
                    changed = replace(point, values={**point.values, key: value})
                    found = self._repaired(changed, demands, keys, settled | {key}, turn)
                    if found is not None:
                        return found
        return None

    def _broken(self, point: Point, demands: list[_Demand]) -> _Demand | None:
        evaluation = self._evaluation(point)
        return next((demand for demand in demands if not _holds(evaluation, demand.claim, demand.indices)), None)

    def _gap(self, point: Point, demand: _Demand) -> tuple[Fraction | None, list[Key]]:
        """By how much the sides of a demand differ, if that is rational, and the entries on which they depend."""
        evaluation = self._evaluation(point)
        gap = None
        try:
            left = evaluation.value(demand.claim.left, demand.indices)
            gap = left - evaluation.value(demand.claim.right, demand.indices)
        except Undefined:
            pass
        return (gap if isinstance(gap, Fraction) else None), list(evaluation.touched)

    def _candidates(self, point: Point, demand: _Demand, key: Key, gap: Fraction | None, turn: int) -> Iterator[Fraction]:
        if demand.claim.relation == "=" and gap is not None:
            # The equation may be linear in this entry.
            here = point.values[key]
            there, _ = self._gap(replace(point, values={**point.values, key: here + 1}), demand)
            if there is not None and there != gap:
                yield here - gap / (there - gap)
        first, second, *rest = _REPAIRS
        yield from (first, second) if turn % 2 else (second, first)
        yield from rest

    def _evaluation(self, point: Point) -> Evaluation:
        return Evaluation(self._model(point), point, MIXED)

    def _model(self, point: Point) -> Model:
        # The instances of unknown functions differ from point to point; nothing else of a model does.
        key = tuple(definition.body for definition in point.functions.values())
        if key not in self.models:
            self.models[key] = Model(self.signature, point.functions)
        return self.models[key]

    # Deciding.

    def seem_to_differ(self, point: Point) -> bool:
        """Whether the sides are far apart in floats; False where one of them is undefined."""
        evaluation = Evaluation(self._model(point), point, FLOATS)
        try:
            left, right = (float(evaluation.value(term)) for term in self.terms)
        except Undefined:
            return False
        return abs(left - right) > 1e-9 * (1 + abs(left) + abs(right))

    def certify(self, point: Point) -> Sides | None:
        """The values of both sides, if everything demanded holds and they differ, both provably."""
        keys, demands = self._keys(dict(point.sizes)), self._demands(dict(point.sizes))
        if keys is None or demands is None or not all(_fits(point.values[key], relation) for key, relation in keys.items()):
            return None
        for precision in PRECISIONS:
            evaluation = Evaluation(self._model(point), point, Enclosures(precision))
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
            (low, high), (other_low, other_high) = _ends(left), _ends(right)
            if (high < other_low or other_high < low) and _written_sides(left, right) is not None:
                return left, right
        return None

    def simplified(self, point: Point) -> Point:
        """`point` with simpler values, where the sides still seem to differ and every demand is met."""
        keys, demands = self._keys(dict(point.sizes)) or {}, self._demands(dict(point.sizes)) or []
        attempts, settled = SIMPLER, frozenset[Key]()
        for key, relation in keys.items():
            settled |= {key}
            for value in map(Fraction, (0, 1, -1, 2)):
                if _complexity(value) >= _complexity(point.values[key]):
                    break
                if not _fits(value, relation):
                    continue
                attempts -= 1
                if attempts < 0:
                    return point
                self.repairs = 8
                changed = replace(point, values={**point.values, key: value})
                simpler = self._repaired(changed, demands, keys, settled, 0) if demands else changed
                if simpler is not None and _total(simpler) < _total(point) and self.seem_to_differ(simpler):
                    point = simpler
                    break
        return point

    def counterexample(self, point: Point, sides: Sides) -> Counterexample:
        """The point as it is reported, without the unknowns that neither the sides nor what is assumed with them depend on."""
        evaluation = self._evaluation(point)
        try:
            for term in self.terms:
                evaluation.value(term)
        except Undefined:  # too large for floats
            evaluation.touched.update(dict.fromkeys(point.values))
        shown = set(evaluation.touched)
        groups = [set(self._gap(point, demand)[1]) for demand in self._demands(dict(point.sizes)) or []]
        grown = True
        while grown:
            grown = False
            for group in groups:
                if group & shown and not group <= shown:
                    shown |= group
                    grown = True
        values = {_written(name, at): str(value) for (name, at), value in point.values.items() if (name, at) in shown}
        for name, definition in point.functions.items():
            values[f"{name}({', '.join(definition.arguments)})" if definition.arguments else name] = definition.description
        left, right = _written_sides(*sides) or ("", "")
        return Counterexample(dict(point.sizes), dict(point.indices), values, left, right)


def _closed(names: frozenset[str], model: Model) -> frozenset[str]:
    """The names, with those that a function among them is of, which may be defined by other functions."""
    functions = [function for name, function in model.signature.functions.items() if name in names]
    more = names.union(*(model.reach(name) for function in functions for name in function.of))
    return names if more == names else _closed(more, model)


def _orders(terms: Iterable[Term]) -> dict[str, int]:
    """The order of the highest derivative of each function that is written with primes."""
    found: dict[str, int] = {}
    for term in terms:
        for part in subterms(term):
            if isinstance(part, Call) and "'" in part.name:
                name = declared_name(part.name)
                found[name] = max(found.get(name, 0), len(partials(part.name)))
    return found


def _holds(evaluation: Evaluation, claim: Comparison, indices: Environment | None = None) -> bool:
    try:
        return evaluation.holds(claim, indices)
    except Undefined:
        return False


def _extent(extent: Term, sizes: dict[str, int]) -> int:
    match extent:
        case Size(name):
            return sizes[name]
        case Number(value):
            return int(value)
    raise Unsupported(f"{extent!r} is not the range of an index")


# --- writing numbers -------------------------------------------------------------------------------------------------


def _written(name: str, at: Sequence[object]) -> str:
    return f"{name}[{', '.join(map(str, at))}]" if at else name


def _ends(value: Fraction | Interval) -> tuple[Fraction, Fraction]:
    return (value, value) if isinstance(value, Fraction) else (value.low, value.high)


def _written_sides(left: Fraction | Interval, right: Fraction | Interval) -> tuple[str, str] | None:
    """Both sides with as many digits as show that they differ, every digit certain; None where the intervals are too wide."""
    ends = _ends(left), _ends(right)
    largest = max(abs(end) for pair in ends for end in pair)
    magnitude = _magnitude(largest)
    for digits in range(5, 300):
        places = digits - 1 - magnitude
        rounded = [(_rounded(low, places), _rounded(high, places)) for low, high in ends]
        (left_low, left_high), (right_low, right_high) = rounded
        if left_low == left_high and right_low == right_high and left_low != right_low:
            together = isinstance(left, Interval) or isinstance(right, Interval)
            texts = [
                (_exact(side, together) if isinstance(side, Fraction) else None) or _decimal(low, places)
                for side, (low, _) in zip((left, right), rounded, strict=True)
            ]
            return texts[0], texts[1]
    return None


def _exact(value: Fraction, as_decimal: bool) -> str | None:
    """All of a rational number: beside a decimal number as one if it has an end, else as a quotient; None if that is long."""
    text = str(value)
    if as_decimal:
        ending = next((places for places in range(100) if 10**places % value.denominator == 0), None)
        text = text if ending is None else _decimal(int(value * 10**ending), ending)
    return text if len(text) <= 100 else None


def _magnitude(value: Fraction) -> int:
    """The exponent of ten of the first digit, or thereabouts."""
    if value == 0:
        return 0
    bits = value.numerator.bit_length() - value.denominator.bit_length()
    return floor(log10(value)) if abs(bits) < 900 else int(bits * log10(2))


def _rounded(value: Fraction, places: int) -> int:
    return round(value * Fraction(10) ** places)


def _decimal(value: int, places: int) -> str:
    """The decimal number value/10**places."""
    digits = str(abs(value))
    sign = "-" if value < 0 else ""
    if places <= 0 or places > 20 + len(digits):
        return f"{sign}{digits}e{-places}" if places else sign + digits
    digits = digits.rjust(places + 1, "0")
    return f"{sign}{digits[:-places]}.{digits[-places:]}"

"""Points that meet what is declared, assumed and given: sizes, indices, and values of everything unknown.

    sum(y[i], i) = 1, y >= 0        H = 3, y[1] = 2, y[2] = 3, y[3] = -4 is repaired until it meets both

Generic points come first: distinct values, distinct indices, sizes that differ, since equal logits, unit weights and zero means
hide mistakes. Points are found by repair: where an assumption fails, one entry that occurs in it is changed, to the value that
solves the equation if it is linear, or to 0, 1 and other small numbers, until all assumptions hold. That finds one-hot vectors
as well as vectors of sum 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import count, islice, product

from derive.floor import terms as t
from derive.floor.theory import Theory
from derive.held import without_held
from derive.limits import spend
from derive.numbers.arithmetic import MIXED
from derive.numbers.evaluate import Environment, Evaluation, Key, Point
from derive.numbers.everywhere import met
from derive.numbers.examples import instance_of, plain_instance_of
from derive.numbers.intervals import Undefined
from derive.numbers.model import Model, Unsupported

REPAIRS = 600  # evaluations of assumptions without finding a point
ENTRIES = 400  # entries of unknowns, and instances of assumptions, at one point
ONLY_PLAIN = 3  # points of the plainest functions, after which no others are tried


def sample_points(
    theory: Theory,
    terms: Sequence[t.Term],
    hypotheses: tuple[t.Comparison, ...] = (),
    conditions: tuple[t.Comparison, ...] = (),
    seed: int = 0,
) -> Iterator[Point]:
    """Points that give a value to every unknown and free index of `terms`, and meet all that is declared, assumed and given.

    An inequality between irrational numbers holds by a margin that floats can tell. At such a point a term may be undefined.
    The points do not end unless none can be found; the same seed gives the same points.
    """
    return Problem(theory, tuple(terms), hypotheses, conditions).points(seed)


def _fractions(text: str) -> list[Fraction]:
    return [Fraction(word) for word in text.split()]


_GENERIC = _fractions("2 3 -1 1/2 5 -2 1/3 4 -3 3/2 7 -1/2 2/3 6 -4 5/2")
_PROPER = _fractions("1/2 1/3 1/5 2/3 1/4 3/4 2/5 1/6 3/5 1/7 5/6 4/5")
_MORE = [*_GENERIC, *_PROPER, *_fractions("0 1 0 -1 -2/3 10 -10 -1/3 100 -5/2")]
_REPAIRS = _fractions("0 1 1/2 2 -1 1/3 4 3 1/4 -2")


def drawn(seed: int) -> Iterator[int]:
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


def fits(value: Fraction, relation: str | None) -> bool:
    """Whether a value stands in the relation to 0 that is declared."""
    return relation is None or (value != 0 if relation == "!=" else value > 0 if relation == ">" else value >= 0)


@dataclass(frozen=True)
class Demand:
    """A relation that must hold at a point, with the values of those of its indices that the point does not fix."""

    claim: t.Comparison
    indices: Environment


class Problem:
    """What a point must give values to, and what must hold there.

    Raises `Unsupported` where no functions are known that meet what is assumed everywhere.
    """

    def __init__(
        self,
        theory: Theory,
        terms: tuple[t.Term, ...],
        hypotheses: tuple[t.Comparison, ...],
        conditions: tuple[t.Comparison, ...],
    ) -> None:
        theory, self.examples = met(without_held(theory), (*terms, *hypotheses))
        self.theory = theory
        self.terms = terms
        self.hypotheses = hypotheses
        self.conditions = conditions
        self.repairs = REPAIRS
        self.only_plain = 0  # points that were found with the plainest functions only
        self.assumptions = tuple(assumption.claim for assumption in theory.assumptions)
        self.models: dict[tuple[t.Term, ...], Model] = {}
        model = Model(theory)
        stated = (*terms, *hypotheses, *conditions, *self.assumptions, *(each.body for each in self.examples.values()))
        names = _closed(frozenset[str]().union(*map(model.reach_of, stated)), model)
        self.functions = [function for name, function in theory.functions.items() if name in names]
        self.definitions = [definition for name, definition in theory.definitions.items() if name in names]
        self.unknowns = [unknown for name, unknown in theory.unknowns.items() if name in names]
        bodies = [definition.body for definition in self.definitions]
        self.orders = _orders((*stated, *bodies))
        ranges = [
            *(extent for unknown in self.unknowns for extent in unknown.ranges),
            *(index.range for definition in self.definitions for index in definition.parameters),
        ]
        self.whole = (*stated, *bodies)
        self.sizes = sorted(frozenset[str]().union(*map(t.size_names, (*self.whole, *ranges))))
        free = frozenset[t.Index]().union(*map(t.free_indices, self.whole))
        self.chosen = sorted((index for index in theory.indices.values() if index in free), key=t.by_name)
        claimed = frozenset[t.Index]().union(*map(t.free_indices, (*terms, *conditions, *hypotheses))) - set(self.chosen)
        self.indices = [*sorted(claimed, key=t.by_name), *self.chosen]
        self.is_computed = any(isinstance(part, t.Affine | t.Ordinal) for term in self.whole for part in t.subterms(term))
        # Where what is demanded speaks of the chosen indices, the values depend on them.
        self.is_indexed = any(
            t.free_indices(claim) & set(given)
            for claims, given in ((self.assumptions, self.chosen), (hypotheses, self.indices))
            for claim in claims
        )

    def points(self, seed: int) -> Iterator[Point]:
        """Points that meet every demand, the telling ones first."""
        all_sizes = list(self.all_sizes())
        failures: dict[int, int] = {}
        for turn in count():
            draw = drawn(seed * 1000 + turn)
            yielded = False
            for rank, sizes in enumerate(all_sizes if turn == 0 else all_sizes[: 2 + turn % 3]):
                if failures.get(rank, 0) > 1:
                    continue
                found, point = False, None
                for indices in self.all_indices(sizes, turn, draw):
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
        return self.repairs < 0

    # Sizes: three before two before one, and different ones for different names, where index mistakes show.

    def all_sizes(self) -> Iterator[dict[str, int]]:
        """The sizes that are tried, the telling ones first."""
        hints = sorted(self._numbers_beside_sizes())
        least = {name: self.theory.sizes.get(name, 1) for name in self.sizes}
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
        found: set[t.Term] = set()
        for claim in (*self.hypotheses, *self.conditions, *self.assumptions):
            if isinstance(claim.left, t.Size) or isinstance(claim.right, t.Size):
                found |= {claim.left, claim.right}
        for term in self.whole:
            for part in t.subterms(term):
                if isinstance(part, t.Entry):
                    found |= set(part.indices)
        return {int(part.value) for part in found if isinstance(part, t.Number)}

    def _sizes_are_right(self, sizes: dict[str, int]) -> bool:
        evaluation = Evaluation(Model(self.theory), Point(sizes), MIXED)
        for claim in (*self.hypotheses, *self.conditions, *self.assumptions):
            parts = set(t.subterms(claim))
            if not any(isinstance(part, t.Entry | t.Call | t.Index) for part in parts) and not _holds(evaluation, claim):
                return False
        return True

    # Indices: only which of them are equal matters at first, and distinct ones come first.

    def all_indices(self, sizes: dict[str, int], turn: int, draw: Iterator[int]) -> Iterator[dict[str, int]]:
        """Patterns of the free indices."""
        runs = [range(1, _extent(index.range, sizes) + 1) for index in self.indices]
        if not all(runs):
            return
        patterns: dict[tuple[int, ...], dict[str, int]] = {}
        choices: Iterable[tuple[int, ...]] = islice(product(*runs), 2000)
        if turn > 0 and self.indices:
            choices = [tuple(run[next(draw) % len(run)] for run in runs) for _ in range(6)]
        for choice in choices:
            spend(1 + len(choice) // 4)
            # Of an index that is computed, or a number, it matters which it is, and not only which are equal.
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
        evaluation = Evaluation(Model(self.theory), Point(sizes), MIXED)
        return all(_holds(evaluation, condition, env) for condition in self.conditions)

    # Values, and their repair.

    def _point(self, sizes: dict[str, int], indices: dict[str, int], turn: int, draw: Iterator[int]) -> Point | None:
        keys = self.keys(sizes)
        demands = self.demands(sizes)
        if keys is None or demands is None:
            return None
        point = self._first(sizes, indices, keys, turn, draw)
        if not demands:
            return point
        found = self.repaired(point, demands, keys, frozenset(), turn) if self.only_plain < ONLY_PLAIN else None
        free = (function for function in self.functions if not function.of and function.name not in self.examples)
        plain = {function.name: plain_instance_of(function) for function in free}
        if found is None and plain:
            point = replace(point, functions={**point.functions, **plain})
            found = self.repaired(point, demands, keys, frozenset(), turn)
            self.only_plain += found is not None
        return found

    def meeting(self, demands: list[Demand], sizes: dict[str, int], indices: dict[str, int], turn: int) -> Point | None:
        """A point of one of the first turns that meets some of the demands, for whoever sees to the others."""
        keys = self.keys(sizes)
        if keys is None:
            return None
        self.repairs = REPAIRS
        return self.repaired(self._first(sizes, indices, keys, turn, drawn(turn)), demands, keys, frozenset(), turn)

    def _first(
        self, sizes: dict[str, int], indices: dict[str, int], keys: dict[Key, str | None], turn: int, draw: Iterator[int]
    ) -> Point:
        """The point that a turn begins with."""
        functions = {
            function.name: instance_of(function, position, turn, self.orders.get(function.name, 0), self.theory)
            for position, function in enumerate(self.functions)
        }
        chosen = {name: self.examples.get(name, instance) for name, instance in functions.items()}
        return Point(sizes, indices, dict(self._first_values(keys, turn, draw)), chosen)

    def keys(self, sizes: dict[str, int]) -> dict[Key, str | None] | None:
        """Every entry of every unknown, with the relation to 0 that is declared; None where they are too many."""
        keys: dict[Key, str | None] = {}
        for unknown in self.unknowns:
            runs = [range(1, _extent(extent, sizes) + 1) for extent in unknown.ranges]
            for at in product(*runs):
                keys[unknown.name, at] = unknown.relation
                if len(keys) > ENTRIES:
                    return None
        return keys

    def demands(self, sizes: dict[str, int]) -> list[Demand] | None:
        """The assumptions at every value of their indices, and the hypotheses; None where they are too many."""
        demands: list[Demand] = []
        for claims, given in ((self.assumptions, self.chosen), (self.hypotheses, self.indices)):
            for claim in claims:
                universal = sorted(t.free_indices(claim) - set(given), key=t.by_name)
                runs = [range(1, _extent(index.range, sizes) + 1) for index in universal]
                for at in product(*runs):
                    demands.append(Demand(claim, dict(zip(universal, at, strict=True))))
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

    def repaired(
        self,
        point: Point,
        demands: list[Demand],
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
        gap, touched = self.gap(point, broken)
        for key in reversed(touched):
            if key in settled:
                continue
            for value in self._candidates(point, broken, key, gap, turn + sum(key[1])):
                if value != point.values[key] and fits(value, keys[key]):
                    changed = replace(point, values={**point.values, key: value})
                    found = self.repaired(changed, demands, keys, settled | {key}, turn)
                    if found is not None:
                        return found
        return None

    def _broken(self, point: Point, demands: list[Demand]) -> Demand | None:
        evaluation = self.evaluation(point)
        return next((demand for demand in demands if not _holds(evaluation, demand.claim, demand.indices)), None)

    def gap(self, point: Point, demand: Demand) -> tuple[Fraction | None, list[Key]]:
        """By how much the sides of a demand differ, if that is rational, and the entries on which they depend."""
        evaluation = self.evaluation(point)
        gap = None
        try:
            left = evaluation.value(demand.claim.left, demand.indices)
            gap = left - evaluation.value(demand.claim.right, demand.indices)
        except Undefined:
            pass
        return (gap if isinstance(gap, Fraction) else None), list(evaluation.touched)

    def _candidates(self, point: Point, demand: Demand, key: Key, gap: Fraction | None, turn: int) -> Iterator[Fraction]:
        if demand.claim.relation == "=" and gap is not None:
            # The equation may be linear in this entry.
            here = point.values[key]
            there, _ = self.gap(replace(point, values={**point.values, key: here + 1}), demand)
            if there is not None and there != gap:
                yield here - gap / (there - gap)
        first, second, *rest = _REPAIRS
        yield from (first, second) if turn % 2 else (second, first)
        yield from rest

    def evaluation(self, point: Point) -> Evaluation:
        """The values of terms at a point, exact where they are rational."""
        return Evaluation(self.model(point), point, MIXED)

    def model(self, point: Point) -> Model:
        """What the names mean at a point."""
        # The instances of unknown functions differ from point to point; nothing else of a model does.
        key = tuple(definition.body for definition in point.functions.values())
        if key not in self.models:
            self.models[key] = Model(self.theory, point.functions)
        return self.models[key]


def _closed(names: frozenset[str], model: Model) -> frozenset[str]:
    """The names, with those that a function among them is of, which may be defined by other functions."""
    functions = [function for name, function in model.theory.functions.items() if name in names]
    more = names.union(*(model.reach(name) for function in functions for name in function.of))
    return names if more == names else _closed(more, model)


def _orders(terms: Iterable[t.Term]) -> dict[str, int]:
    """The order of the highest derivative of each function that is written with primes."""
    found: dict[str, int] = {}
    for term in terms:
        for part in t.subterms(term):
            if isinstance(part, t.Call) and "'" in part.name:
                name = t.declared_name(part.name)
                found[name] = max(found.get(name, 0), len(t.partials(part.name)))
    return found


def _holds(evaluation: Evaluation, claim: t.Comparison, indices: Environment | None = None) -> bool:
    try:
        return evaluation.holds(claim, indices)
    except Undefined:
        return False


def _extent(extent: t.Term, sizes: dict[str, int]) -> int:
    match extent:
        case t.Size(name):
            return sizes[name]
        case t.Number(value):
            return int(value)
    raise Unsupported(f"{extent!r} is not the range of an index")

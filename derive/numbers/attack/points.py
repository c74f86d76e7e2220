"""The points at which a claim is tried: the degenerate ones first, since that is where false claims live.

A *ground* fixes sizes, and in lanes the values of all entries:

    sizes      the smallest that are declared, the next ones, different ones for each name, those near a literal index
    values     all 0, all 1, all -1, all equal, equal and opposite, one hot, fractions, small numbers without a pattern
    borders    where a choice turns, a divisor, the base of a root or what stands in abs() is 0: found from a slope
    indices    equal and different in every pattern, the first and the last

What is assumed and given holds in every lane: an equation is solved for one entry after the other, and a lane in which
something does not hold is left out. The values are sums of few powers of 2, so that floats hold them exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import islice, product

from derive.floor import terms as t
from derive.floor.theory import Theory
from derive.limits import spend
from derive.numbers.attack.fields import FLOATS
from derive.numbers.attack.names import Names
from derive.numbers.attack.values import Environment, Key, Lanes, Values
from derive.numbers.model import Unsupported
from derive.numbers.points import sample_points

MOST_GROUNDS = 3  # sizes, besides those near a literal index
MOST_NEAR = 2
MOST_CHOICES = 4000
MOST_PATTERNS = 4  # of indices, for each ground
MOST_ENTRIES = 1500  # of all unknowns together
MOST_BORDERS = 14  # lanes at borders, for each ground
MOST_MOVED = 12  # entries by whose slope a border is looked for
LARGEST_SIZE = 7
WIDE = 48  # lanes with values of all magnitudes
ROUNDS = 20  # of solving an equation that is not linear
PATIENCE = 3  # rounds without getting nearer
EXACT = 1e-11

_GENERIC = (2.0, 3.0, -1.0, 0.5, 5.0, -2.0, 0.75, 4.0, -3.0, 1.5, 7.0, -0.5, 0.25, 6.0, -4.0, 2.5)
_PROPER = (0.5, 0.25, 0.125, 0.625, 0.375, 0.75, 0.1875, 0.3125, 0.875, 0.0625)
_OTHERS = (-1.25, 0.375, 1.75, -0.625, 2.25, 1.125, -2.5, 0.875, -0.375, 3.25)


@dataclass
class Ground:
    """Sizes, values of entries in `width` lanes, and the values of the free indices to be tried with them."""

    sizes: dict[str, int]
    values: dict[Key, Lanes]
    width: int
    patterns: list[dict[t.Index, int]] = field(default_factory=list)
    is_large: bool = False  # dear, and not the first of its kind


class Search:
    """The grounds for all terms of one theorem, under its hypotheses and the relations of its indices."""

    def __init__(
        self,
        theory: Theory,
        names: Names,
        terms: Sequence[t.Term],
        hypotheses: tuple[t.Comparison, ...],
        relations: tuple[t.Comparison, ...],
        cases: tuple[t.Comparison, ...] = (),
    ) -> None:
        self.theory = theory
        self.names = names
        self.terms = tuple(dict.fromkeys(terms))
        self.hypotheses = hypotheses
        self.relations = relations
        self.claims = (*(a.claim for a in theory.assumptions), *hypotheses)
        reach = names.reach_of(*self.terms, *self.claims)
        self.unknowns = [unknown for name, unknown in theory.unknowns.items() if name in reach]
        bodies = [definition.body for name, definition in names.definitions.items() if name in reach]
        self.parameters = [i for name, d in names.definitions.items() if name in reach for i in d.parameters]
        self.whole = (*self.terms, *self.claims, *bodies)
        ranges = [*(extent for unknown in self.unknowns for extent in unknown.ranges), *(i.range for i in self.parameters)]
        self.size_names = sorted(frozenset[str]().union(*map(t.size_names, (*self.whole, *ranges))))
        free = frozenset[t.Index]().union(*map(t.free_indices, (*self.whole, *relations)))
        self.declared = sorted((i for i in theory.indices.values() if i in free), key=t.by_name)
        stated = frozenset[t.Index]().union(*map(t.free_indices, (*self.terms, *relations, *cases, *hypotheses)))
        stated -= set(self.declared)
        self.indices = [*sorted(stated, key=t.by_name), *self.declared]
        self.has_borders = any(self._has_border(part) for term in self.whole for part in t.subterms(term))
        # Where what must hold speaks of one index, the values depend on which it is.
        self.is_indexed = any(t.free_indices(claim) & set(self.indices) for claim in hypotheses) or any(
            t.free_indices(a.claim) & set(self.declared) for a in theory.assumptions
        )

    def grounds(self) -> Iterator[Ground]:
        """The grounds, the smallest sizes first."""
        most = MOST_GROUNDS + min(len(self._literals()), MOST_NEAR)
        turn = -1
        for sizes in self._sizes():
            patterns = list(islice(self._patterns(sizes), MOST_PATTERNS))
            turn += bool(patterns)
            if turn == most:
                return
            for together in [[p] for p in patterns] if self.is_indexed else [patterns] * bool(patterns):
                ground = self._ground(sizes, together, turn)
                if ground is not None:
                    ground.is_large = turn == 2
                    yield ground

    def wide(self) -> Iterator[Ground]:
        """Grounds with values of all magnitudes, for claims whose sides have a value far out only: ln(x - 100)."""
        for sizes in islice(self._sizes(), 2):
            patterns = list(islice(self._patterns(sizes), 1))
            keys = self._keys(sizes)
            if not patterns or not keys or len(keys) > MOST_ENTRIES:
                continue
            drawn = _drawn()
            rows = [{key: next(drawn) for key in keys} for _ in range(WIDE)]
            columns = [_fitting(list(row.values()), keys) for row in rows]
            env: Environment = dict(patterns[0]) if self.is_indexed else {}
            ground = self._met(_ground_of(columns, keys, sizes, patterns), keys, env)
            if ground.width:
                yield ground

    def _has_border(self, part: t.Term) -> bool:
        match part:
            case t.Apply(name, arguments):
                return name in FLOATS.borders and (len(arguments) > 1 or not self.names.is_positive(arguments[0]))
            case t.If(condition, _, _):
                return not isinstance(condition.left, t.Index) and not isinstance(condition.right, t.Index)
            case t.Div(_, divisor):
                return not self.names.is_positive(divisor)
            case t.Pow(base, t.Number(exponent)):
                return (exponent.denominator != 1 or exponent < 0) and not self.names.is_positive(base)
            case t.Pow(base, _):
                return not self.names.is_positive(base)
        return False

    # Sizes and indices.

    def _sizes(self) -> Iterator[dict[str, int]]:
        least = {name: self.theory.sizes.get(name, 1) for name in self.size_names}
        literals = sorted(self._literals())
        orders: list[tuple[int, ...]] = [(0,), (1, 2), (2, 1, 3), (1,)]
        orders += [(value - min(least.values(), default=1),) for n in literals for value in (n, n - 1, n + 1)]
        # Indices that differ from each other, and from what is left out, need as many values.
        orders += [(count,) for count in (2, 3, len(self.indices) - 1, len(self.indices)) if count > 1]
        seen = set()
        for order in orders:
            sizes = {name: low + order[n % len(order)] for n, (name, low) in enumerate(least.items())}
            key = tuple(sizes.values())
            fine = all(low <= sizes[name] <= LARGEST_SIZE + low for name, low in least.items())
            if key not in seen and fine and self._sizes_are_right(sizes):
                yield sizes
            seen.add(key)

    def _literals(self) -> set[int]:
        """The whole numbers that stand as an index, are left out of a sum, or beside a size."""
        found: set[t.Term] = set()
        for term in (*self.whole, *self.relations):
            for part in t.subterms(term):
                if isinstance(part, t.Entry):
                    found.update(part.indices)
                elif isinstance(part, t.Comparison) and isinstance(part.left, t.Size | t.Index):
                    found.add(part.right)
                elif hasattr(part, "excluded"):
                    found.update(part.excluded)
        return {int(part.value) for part in found if isinstance(part, t.Number) and 1 < part.value <= LARGEST_SIZE}

    def _sizes_are_right(self, sizes: dict[str, int]) -> bool:
        values = Values(self.names, sizes, {}, 1)
        for claim in self.claims:
            if not any(isinstance(part, t.Entry | t.Index) for part in t.subterms(claim)):
                try:
                    if values.holds(claim, {}) != [True]:
                        return False
                except (Unsupported, KeyError):
                    continue
        return True

    def _patterns(self, sizes: dict[str, int]) -> Iterator[dict[t.Index, int]]:
        """Values of the free indices: equal and different in each way, and the last entries."""
        runs = [range(1, self._extent(index.range, sizes) + 1) for index in self.indices]
        computed = any(isinstance(part, t.Affine | t.Ordinal) for term in self.whole for part in t.subterms(term))
        seen = set()
        found = []
        for choice in islice(product(*runs), MOST_CHOICES):
            spend(1 + len(choice) // 4)
            pattern = choice if computed else tuple(choice.index(position) for position in choice)
            if pattern not in seen and self._related(choice, sizes):
                seen.add(pattern)
                found.append(choice)
        if found:
            last = tuple(run[-1] for run in runs)
            if last not in found and self._related(last, sizes):
                found.insert(2, last)
        for choice in found:
            yield dict(zip(self.indices, choice, strict=True))

    def _related(self, choice: tuple[int, ...], sizes: dict[str, int]) -> bool:
        env = dict(zip(self.indices, choice, strict=True))
        values = Values(self.names, sizes, {}, 1)
        return all(values.holds(claim, env) == [True] for claim in self.relations)

    @staticmethod
    def _extent(extent: t.Term, sizes: dict[str, int]) -> int:
        return sizes[extent.name] if isinstance(extent, t.Size) else int(extent.value) if isinstance(extent, t.Number) else 0

    # Values.

    def _ground(self, sizes: dict[str, int], patterns: list[dict[t.Index, int]], turn: int) -> Ground | None:
        keys = self._keys(sizes)
        if len(keys) > MOST_ENTRIES:
            return None
        columns = [_fitting(lane, keys) for lane in _seeds(keys, turn)] if keys else [{}]
        env: Environment = dict(patterns[0]) if self.is_indexed else {}
        ground = self._met(_ground_of(columns, keys, sizes, patterns), keys, env)
        if keys and self.has_borders and turn < 2:
            for pattern in patterns[: 2 - turn]:
                borders = self._borders(ground, keys, dict(pattern))
                if borders:
                    more = self._met(_ground_of(borders, keys, sizes, patterns), keys, env)
                    ground = _joined(ground, more)
        if not ground.width and self.claims and keys:
            sampled = self._sampled(sizes, patterns, keys, turn)
            ground = ground if sampled is None else _joined(ground, sampled)
        return ground if ground.width else None

    def _keys(self, sizes: dict[str, int]) -> dict[Key, str | None]:
        """Every entry of every unknown, with the relation to 0 that is declared of it."""
        keys: dict[Key, str | None] = {}
        for unknown in self.unknowns:
            for at in product(*(range(1, self._extent(extent, sizes) + 1) for extent in unknown.ranges)):
                keys[unknown.name, at] = unknown.relation
                if len(keys) > MOST_ENTRIES:
                    return keys
        return keys

    def _demands(self, sizes: dict[str, int], env: Environment) -> list[tuple[t.Comparison, Environment]]:
        found: list[tuple[t.Comparison, Environment]] = []
        # An assumption is about all indices, also where a free one of the same letter stands for one.
        assumed = [(each.claim, self.theory.universal(each.claim)) for each in self.theory.assumptions]
        for claim, named in (*assumed, *((claim, t.free_indices(claim) - set(env)) for claim in self.hypotheses)):
            universal = sorted(named, key=t.by_name)
            runs = [range(1, self._extent(index.range, sizes) + 1) for index in universal]
            found += [(claim, {**env, **dict(zip(universal, at, strict=True))}) for at in islice(product(*runs), 40)]
        return sorted(found, key=lambda demand: demand[0].relation != "=")

    def _met(self, ground: Ground, keys: dict[Key, str | None], env: Environment) -> Ground:
        """The lanes in which all that is demanded holds, equations having been solved for one entry after the other."""
        demands = self._demands(ground.sizes, env)
        if not demands or not ground.width:
            return ground
        settled: set[Key] = set()
        for claim, here in demands:
            if not isinstance(claim.left, t.Index):
                self._solve(ground, claim, here, keys, settled)
        kept = [True] * ground.width
        values = Values(self.names, ground.sizes, ground.values, ground.width)
        for claim, here in demands:
            try:
                held = self._held(values, claim, here)
            except Unsupported:
                held = [False] * ground.width
            kept = [a and b for a, b in zip(kept, held, strict=True)]
        for key, relation in keys.items():
            kept = [k and _fits(v, relation) for k, v in zip(kept, ground.values[key], strict=True)]
        return _selected(ground, kept)

    @staticmethod
    def _held(values: Values, claim: t.Comparison, env: Environment) -> list[bool]:
        if claim.relation != "=" or isinstance(claim.left, t.Index):
            return [held is True for held in values.holds(claim, env)]
        left, right = values.value(claim.left, env), values.value(claim.right, env)
        return [abs(a - b) <= EXACT * (1 + abs(a)) for a, b in zip(left, right, strict=True)]

    def _solve(
        self, ground: Ground, claim: t.Comparison, env: Environment, keys: dict[Key, str | None], settled: set[Key]
    ) -> None:
        """Change one entry in each lane in which `claim` does not hold, so that it does, if one is found by which it moves.

        An inequality is met by a margin of 1.
        """
        equation = claim.relation == "="
        margin = 0.0 if equation else 1.0

        def gaps(values: dict[Key, Lanes]) -> Lanes:
            here = Values(self.names, ground.sizes, values, ground.width)
            left, right = here.value(claim.left, env), here.value(claim.right, env)
            return [a - b - margin for a, b in zip(left, right, strict=True)]

        def wrong(gap: Lanes) -> list[bool]:
            if claim.relation == "=":
                return [abs(g) > EXACT or g != g for g in gap]
            strict = claim.relation == ">"
            return [g == -1 if claim.relation == "!=" else not (g > -1 if strict else g >= -1) for g in gap]

        try:
            gap = gaps(ground.values)
            reach = self.names.reach_of(claim)
            for key in [key for key in reversed(keys) if key[0] in reach and key not in settled]:
                asked = wrong(gap)
                if not any(asked):
                    return
                start = ground.values[key]
                if not _moves(gap, gaps({**ground.values, key: [x + 1 for x in start]})):
                    continue

                def at(lanes: Lanes, key: Key = key) -> Lanes:
                    return gaps({**ground.values, key: lanes})

                found = _zeros(at, start)
                chosen = [a and z for a, z in zip(asked, _are_zeros(at, found), strict=True)] if equation else asked
                if equation and any(chosen):
                    settled.add(key)
                ground.values[key] = [new if c else old for new, old, c in zip(found, start, chosen, strict=True)]
                gap = gaps(ground.values)
        except Unsupported:
            return

    def _borders(self, ground: Ground, keys: dict[Key, str | None], env: Environment) -> list[dict[Key, float]]:
        """Lanes in which something is 0 that decides a choice, stands below a bar or in a root, or has a kink."""
        bases = [lane for lane in (1, 3, 0) if lane < ground.width][:2]
        moved = list(keys)[:MOST_MOVED]
        if not bases:
            return []
        rows = []
        for lane in bases:
            base = {key: ground.values[key][lane] for key in keys}
            rows += [base, *({**base, key: base[key] + 1} for key in moved)]
        wanted: list[tuple[object, dict[Key, float], Key]] = []
        span = len(moved) + 1
        told: dict[object, t.Term] = {}  # the term in which each place stands
        probed: dict[object, Lanes] = {}
        for term in (*self.terms, *self.claims):
            for place, critical in self._probed((term,), rows, keys, ground.sizes, env).items():
                told.setdefault(place, term)
                probed.setdefault(place, critical)
        for place, critical in probed.items():
            for n in range(len(bases)):
                start = critical[n * span]
                if start == 0:
                    continue
                by = [m for m in reversed(range(len(moved))) if critical[n * span + 1 + m] != start]
                wanted += [(place, rows[n * span], moved[m]) for m in by[:2]]
        wanted = wanted[:MOST_BORDERS]
        if not wanted:
            return []

        def rows_at(lanes: Lanes) -> list[dict[Key, float]]:
            return [{**row, key: value} for (_, row, key), value in zip(wanted, lanes, strict=True)]

        asked = tuple(dict.fromkeys(told[place] for place, _, _ in wanted))

        def at(lanes: Lanes) -> Lanes:
            probe = self._probed(asked, rows_at(lanes), keys, ground.sizes, env)
            nan = float("nan")
            return [probe[place][n] if place in probe else nan for n, (place, _, _) in enumerate(wanted)]

        found = _zeros(at, [row[key] for _, row, key in wanted])
        fine = [x == x and abs(x) < 1e9 and _fits(x, keys[key]) for (_, _, key), x in zip(wanted, found, strict=True)]
        return [row for row, f in zip(rows_at(found), fine, strict=True) if f]

    def _probed(
        self,
        terms: tuple[t.Term, ...],
        rows: list[dict[Key, float]],
        keys: dict[Key, str | None],
        sizes: dict[str, int],
        env: Environment,
    ) -> dict[object, Lanes]:
        """The values of what decides something in the terms, by the place where it stands."""
        probe: dict[object, Lanes] = {}
        lanes = _ground_of(rows, keys, sizes, [])
        values = Values(self.names, sizes, lanes.values, lanes.width, log=probe)
        for term in terms:
            try:
                values.value(term, env) if not isinstance(term, t.Comparison) else values.holds(term, env)
            except Unsupported:
                continue
        return probe

    def _sampled(
        self, sizes: dict[str, int], patterns: list[dict[t.Index, int]], keys: dict[Key, str | None], turn: int
    ) -> Ground | None:
        """Points that meet hypotheses which are not solved entry by entry, by the search for counterexamples."""
        rows = []
        try:
            for point in islice(sample_points(self.theory, self.terms, self.hypotheses, self.relations, turn), 6):
                here = all(point.indices.get(index.name) == at for index, at in patterns[0].items())
                if not here and self.is_indexed:
                    continue
                if dict(point.sizes) == sizes and not point.functions and set(point.values) >= set(keys):
                    rows.append({key: float(point.values[key]) for key in keys})
        except (Unsupported, OverflowError):  # a value may be too large for floats
            return None
        return _ground_of(rows, keys, sizes, patterns) if rows else None


def _seeds(keys: dict[Key, str | None], turn: int) -> Iterator[list[float]]:
    """The values of all entries in one lane after the other."""
    count = len(keys)
    yield [0.0] * count
    yield [_GENERIC[(n + turn) % len(_GENERIC)] for n in range(count)]
    yield [1.0 if sum(at) % 2 else -1.0 for _, at in keys]
    yield [_PROPER[(n + turn) % len(_PROPER)] for n in range(count)]
    if turn > 1:
        return
    yield [1.0] * count
    yield [-1.0] * count
    yield [1.0 if all(place == 1 for place in at) else 0.0 for _, at in keys]
    if turn:
        return
    yield [_OTHERS[(n + turn) % len(_OTHERS)] for n in range(count)]
    names = list(dict.fromkeys(name for name, _ in keys))
    yield [_OTHERS[(names.index(name) + turn) % len(_OTHERS)] for name, _ in keys]


def _moves(before: Lanes, after: Lanes) -> bool:
    return any(abs(a - b) > 1e-9 or (a == a) != (b == b) for a, b in zip(before, after, strict=True))


def _zeros(function: Callable[[Lanes], Lanes], start: Lanes) -> Lanes:
    """Where `function` is 0 in each lane, by secants from `start`; the nearest that was found, a simple number if it is one."""
    here, at = list(start), function(start)
    beyond = [x + 1 for x in start]
    at_beyond = function(beyond)
    best, least, stalled = list(start), list(at), 0
    for _ in range(ROUNDS):
        there = []
        for x, y, a, b in zip(here, beyond, at, at_beyond, strict=True):
            slope = (b - a) / (y - x) if y != x else 0
            there.append(x - a / slope if slope and slope == slope and a == a else x)
        beyond, at_beyond = here, at
        here, at = there, function(there)
        better = [abs(new) < 0.9 * abs(old) or old != old for new, old in zip(at, least, strict=True)]
        best = [x if b else o for x, o, b in zip(here, best, better, strict=True)]
        least = [a if b else o for a, o, b in zip(at, least, better, strict=True)]
        stalled = 0 if any(better) else stalled + 1
        if stalled == PATIENCE or all(abs(a) <= EXACT or a != a for a in least):
            break
    simple = [float(Fraction(x).limit_denominator(64)) if abs(x) < 1e9 else x for x in best]
    exact = function(simple)
    close = [abs(s - x) <= 1e-2 * (1 + abs(x)) for s, x in zip(simple, best, strict=True)]
    return [
        s if c and (e == 0 or abs(e) <= abs(o)) else x
        for s, x, e, o, c in zip(simple, best, exact, least, close, strict=True)
    ]


def _are_zeros(function: Callable[[Lanes], Lanes], places: Lanes) -> list[bool]:
    """Whether the function is 0 there in each lane, and not only small, as 1/x is far out: then it is larger nearby."""
    beside = function([x + 1e-3 * (1 + abs(x)) for x in places])
    return [here == 0 or not abs(here) >= 1e-2 * abs(there) for here, there in zip(function(places), beside, strict=True)]


def _drawn() -> Iterator[float]:
    """Values of all magnitudes without a pattern (Knuth, *The Art of Computer Programming*, volume 2, section 3.3.4)."""
    state = 12345
    while True:
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        magnitude = 2.0 ** ((state >> 40) % 19 - 7)
        yield (1 + (state >> 33) % 64 / 64) * magnitude * (1 if (state >> 50) % 3 else -1)


def _fitting(lane: list[float], keys: dict[Key, str | None]) -> dict[Key, float]:
    found = {}
    for value, (key, relation) in zip(lane, keys.items(), strict=True):
        if relation in (">", ">="):
            value = abs(value)
        found[key] = 2.0 if value == 0 and relation in (">", "!=") else value
    return found


def _fits(value: float, relation: str | None) -> bool:
    return relation is None or (value != 0 if relation == "!=" else value > 0 if relation == ">" else value >= 0)


def _ground_of(
    rows: list[dict[Key, float]], keys: dict[Key, str | None], sizes: dict[str, int], patterns: list[dict[t.Index, int]]
) -> Ground:
    return Ground(sizes, {key: [row[key] for row in rows] for key in keys}, len(rows), patterns)


def _selected(ground: Ground, kept: list[bool]) -> Ground:
    values = {key: [v for v, k in zip(lanes, kept, strict=True) if k] for key, lanes in ground.values.items()}
    return Ground(ground.sizes, values, sum(kept), ground.patterns)


def _joined(one: Ground, other: Ground) -> Ground:
    values = {key: lanes + other.values[key] for key, lanes in one.values.items()}
    return Ground(one.sizes, values, one.width + other.width, one.patterns)

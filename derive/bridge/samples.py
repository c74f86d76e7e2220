"""Where a spot check is made: random points that meet the declarations and assumptions, and are not near a kink.

    x[n] > 0, assume sum(y[i], i) = 1      x drawn above 0, the last y solved for

Points are generic, no two entries being equal; where they cannot be made to meet what is assumed, none is drawn. In the place
of a function of which nothing is known stands an example, and in that of a fixed index one of its values.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from derive.bridge.differences import Values, WithSlopes, extent, with_moved
from derive.bridge.numeric import NumpyFunction, to_numpy
from derive.bridge.unfold import unfold
from derive.floor import terms as t
from derive.floor.conditions import Condition, opened_up
from derive.floor.definedness import smooth_in
from derive.floor.theory import Assumption, Definition, Theory
from derive.held import is_held
from derive.numbers.everywhere import met
from derive.numbers.examples import slope
from derive.numbers.model import Unsupported

if TYPE_CHECKING:
    from numpy.typing import NDArray


KINK = 0.02  # a point is at least this far from a kink


class CannotSample(Exception):
    """No point was found that meets what is declared and assumed; the message says of what."""


def ordered_indices(*terms: t.Term) -> tuple[t.Index, ...]:
    """The free indices of the terms, by their names."""
    return tuple(sorted(frozenset[t.Index]().union(*map(t.free_indices, terms)), key=t.by_name))


def placed(theory: Theory, fixed: dict[t.Term, t.Term]) -> Theory:
    """The theory with its fixed indices at a value."""

    def inside(term: t.Term, own: frozenset[t.Index]) -> t.Term:
        return t.substitute(term, {index: value for index, value in fixed.items() if index not in own})

    return replace(
        theory,
        indices={},
        definitions={
            name: replace(row, body=inside(row.body, frozenset(row.parameters))) for name, row in theory.definitions.items()
        },
        assumptions=tuple(Assumption(each.number, comparison_at(each.claim, fixed)) for each in theory.assumptions),
    )


def exemplified(theory: Theory, *terms: t.Term) -> Theory:
    """The theory with an example for every function of which nothing is known, and for its derivatives in `terms`.

    f(u, v) is 2 + sin(u/2 + 2*v/3), and a function of all entries of arrays the product of their (2 + sum(sin(y[i]), i))^2;
    where something is assumed everywhere, they are functions that meet it, if such are known.
    """
    examples: dict[str, Definition] = {}
    with suppress(Unsupported):
        theory, examples = met(theory, terms)
    definitions = dict(theory.definitions)
    bodies = (row.body for row in theory.definitions.values())
    claims = (assumption.claim for assumption in theory.assumptions)
    called = {part.name for term in (*terms, *bodies, *claims) for part in t.subterms(term) if isinstance(part, t.Call)}
    for position, function in enumerate(theory.functions.values(), 2):
        if function.of:
            body = t.mul(*(t.power(t.add(t.TWO, _total(name, theory)), t.TWO) for name in function.of))
            definitions[function.name] = Definition(function.name, (), (), body)
            continue
        arguments = tuple(f"argument {n}" for n in range(1, function.arity + 1))
        weights = [t.number(Fraction(n, position)) for n in range(1, function.arity + 1)]
        inside = t.add(*(t.mul(weight, t.Entry(name, ())) for weight, name in zip(weights, arguments, strict=True)))
        for name in {function.name, *(each for each in called if t.declared_name(each) == function.name)}:
            by = t.partials(name)
            if function.name in examples:
                example = examples[function.name]
                body = t.substitute(example.body, {t.scalar(example.arguments[0]): t.scalar(arguments[0])})
                for _ in by:
                    body = slope(body, arguments[0])
                definitions[name] = Definition(name, (), arguments, body)
                continue
            wave = t.apply("cos" if len(by) % 2 else "sin", inside)
            waved = t.mul(*(weights[argument - 1] for argument in by), wave)
            body = t.add(t.TWO, waved) if not by else t.neg(waved) if len(by) % 4 in (2, 3) else waved
            definitions[name] = Definition(name, (), arguments, body)
    return replace(theory, definitions=definitions, functions={})


def _total(name: str, theory: Theory) -> t.Term:
    """The sum of the sines of all entries of an array."""
    indices = tuple(t.Index(f"i{n}", range_) for n, range_ in enumerate(theory.ranges(name)))
    total: t.Term = t.apply("sin", t.Entry(name, indices))
    for index in indices:
        total = t.Sum(index, (), total)
    return total


class Kink:
    """A value that must not be near 0, where its guards hold: |x| has a kink at 0, max(a, b) at a = b."""

    def __init__(self, condition: Condition, theory: Theory) -> None:
        here, _ = opened_up(condition)
        claim = here.claim
        difference = t.add(claim.left, t.neg(claim.right))
        guard = t.mul(*(t.If(each, t.ONE, t.ZERO) for each in here.guards))
        indices = ordered_indices(difference, guard)
        self.difference = WithSlopes(difference, theory, indices)
        self.counted = to_numpy(guard, theory, indices)

    def is_far(self, values: Values, sizes: Mapping[str, int]) -> bool:
        import numpy as np

        near = np.abs(self.difference(values, sizes)) < KINK
        return not np.any(near & (self.counted(values, sizes) != 0))


def kinks_of(term: t.Term, theory: Theory) -> Iterator[Kink]:
    """The kinks of what is differentiated in a term."""
    for part in t.subterms(term):
        if isinstance(part, t.Diff):
            for condition in smooth_in(part.body, Theory()):
                yield Kink(condition, with_moved(part.by.name, theory))


def comparison_at(condition: t.Comparison, fixed: dict[t.Term, t.Term]) -> t.Comparison:
    """A relation with its fixed indices at a value."""
    substituted = t.substitute(condition, fixed)
    assert isinstance(substituted, t.Comparison)
    return substituted


class Points:
    """Random values for the unknowns among `names`, such that declarations and assumptions hold."""

    def __init__(self, names: frozenset[str], theory: Theory, chance: random.Random) -> None:
        self.theory = theory
        self.chance = chance
        self.derived: list[tuple[str, NumpyFunction]] = []  # arrays that others determine, in order
        self.totals: dict[str, tuple[int, float]] = {}  # arrays that are scaled along an axis to add up to a number
        self.one_hot: set[str] = set()
        self.checks: list[tuple[int, str, NumpyFunction]] = []
        nodes = []  # defined entries that count as variables
        for name in sorted(names & theory.definitions.keys()):
            parameters = theory.definitions[name].parameters
            node = unfold(t.Entry(name, parameters), theory)
            nodes.append((name, to_numpy(node, theory, parameters)))
            names |= t.entry_names(node)
        claims = {each.number: self._claim(each.claim) for each in theory.assumptions}
        # What is assumed of a name that is needed may bring in further names.
        while True:
            touching = {each: claim for each, claim in claims.items() if t.entry_names(claim) & names}
            grown = names.union(*map(t.entry_names, touching.values()))
            if grown == names:
                break
            names = grown
        self.names = sorted(names & theory.unknowns.keys())
        for each, claim in sorted(touching.items(), key=lambda row: (is_held(row[1]), row[0])):  # by what the others determine
            self._plan(each, claim)
        self.derived.extend(nodes)

    def _claim(self, claim: t.Comparison) -> t.Comparison:
        left, right = (unfold(side, self.theory) for side in (claim.left, claim.right))
        return t.Comparison(left, claim.relation, right)

    def _plan(self, assumption: int, claim: t.Comparison) -> None:
        """How the assumption will be met, and in any case how to see whether it is."""
        left, right = claim.left, claim.right
        self.checks.append((assumption, claim.relation, to_numpy(t.add(left, t.neg(right)), self.theory)))
        if claim.relation != "=":
            return
        for side, other in ((left, right), (right, left)):
            match side, other:
                case t.Sum(index, (), t.Entry(name, indices)), t.Number(value) if indices.count(index) == 1:
                    self.totals[name] = indices.index(index), float(value)
                    return
                case t.Entry(name, indices), _ if (
                    name not in t.entry_names(other)
                    and all(isinstance(index, t.Index) for index in indices)
                    and len(set(indices)) == len(indices)
                    and t.free_indices(other) <= set(indices)
                ):
                    self.derived.append((name, to_numpy(other, self.theory, indices)))  # type: ignore[arg-type]
                    return
                case t.Mul(factors), _ if (solved := _solved(factors, other)) is not None:
                    self.derived.append((solved[0], to_numpy(solved[1], self.theory, ())))
                    return
        # y[i]*y[j] = delta(i, j)*y[i], or y[i]^2 = y[i]: the entries are 0 and 1.
        arrays = t.entry_names(claim)
        if len(arrays) == 1 and all(len(self.theory.ranges(name)) for name in arrays):
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
        raise CannotSample(f"no random values were found that meet {what}")

    def _broken(self, values: Values, sizes: Mapping[str, int]) -> int:
        """The number of an assumption that does not hold, -1 for a declared sign, 0 if all is well."""
        for assumption, relation, difference in self.checks:
            if not _holds(difference(values, sizes), relation):
                return assumption
        for name, _ in self.derived:
            unknown = self.theory.unknowns.get(name)
            if unknown is not None and unknown.relation is not None and not _holds(values[name], unknown.relation):
                return -1
        return 0

    def _array(self, name: str, sizes: Mapping[str, int], positive: bool) -> NDArray[Any]:
        import numpy as np

        unknown = self.theory.unknowns[name]
        shape = [extent(each, sizes) for each in unknown.ranges]
        if name in self.one_hot:
            return self._hot(name, shape)
        scaled = name in self.totals
        draw = self._positive if positive or scaled or unknown.relation in (">", ">=") else self._nonzero
        drawn = np.array([draw() for _ in range(math.prod(shape))], dtype=float).reshape(shape)
        if scaled:
            axis, total = self.totals[name]
            drawn *= total / np.sum(drawn, axis=axis, keepdims=True)
        return drawn

    def _hot(self, name: str, shape: Sequence[int]) -> NDArray[Any]:
        """An array of zeros, but for one entry along an axis: the last one, or that along which it adds up."""
        import numpy as np

        axis, total = self.totals.get(name, (len(shape) - 1, 1.0))
        rest = [length for position, length in enumerate(shape) if position != axis]
        places = np.array([self.chance.randrange(shape[axis]) for _ in range(math.prod(rest))]).reshape(rest)
        chosen: NDArray[Any] = total * np.moveaxis(np.eye(shape[axis])[places], -1, axis)
        return chosen

    def _positive(self) -> float:
        return self.chance.uniform(0.4, 2.0)

    def _nonzero(self) -> float:
        return self.chance.uniform(0.05, 1.7) * self.chance.choice((-1.0, 1.0))


def _solved(factors: tuple[t.Term, ...], other: t.Term) -> tuple[str, t.Term] | None:
    """A scalar among the factors and its value where their product is `other`: v = S/n for n*v = S."""
    for position, factor in enumerate(factors):
        rest = t.mul(*factors[:position], *factors[position + 1 :])
        if isinstance(factor, t.Entry) and not factor.indices and factor.name not in t.entry_names(t.add(rest, other)):
            return None if t.free_indices(t.add(rest, other)) else (factor.name, t.div(other, rest))
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

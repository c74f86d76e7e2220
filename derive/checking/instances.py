"""Instances: what a theorem says for given sizes and indices, and the gradients that theorems state.

A theorem about H classes holds for every H, so for three it is had by substitution, in the claim and in every step:

    diff(E, Z[k]) = O[k] - y[k]        at H = 3, k = 1:    diff(E, Z[1]) = O[1] - y[1]

Nothing is proved again, and a sum keeps its sign: the cost is that of the terms as they are written, whatever the sizes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import islice, product
from math import prod
from typing import TypeVar

from derive.checking.elision import written_out
from derive.checking.verdicts import ChainResult, General, StepResult, TheoremResult, _seal
from derive.floor.conditions import substituted
from derive.floor.terms import Comparison, Diff, Entry, Index, Number, Size, Term, free_indices, rebuild, substitute
from derive.floor.theory import Theory
from derive.language.derivation import Derivation, Statement

T = TypeVar("T", bound=Index)
Change = Callable[[Term], Term]


@dataclass(frozen=True)
class Gradient:
    """What a theorem `diff(E, Z[k]) = G` states: the derivative of the `loss` E `by` Z[k] is the `value` G.

    It does so for the indices that meet the `conditions` (i != k).
    """

    loss: Term
    by: Entry
    value: Term
    conditions: tuple[Comparison, ...] = ()

    @property
    def indices(self) -> tuple[Index, ...]:
        """The indices of the entry differentiated by, each once."""
        return tuple(dict.fromkeys(index for index in self.by.indices if isinstance(index, Index)))

    def admits(self, place: Mapping[Index, int]) -> bool:
        """Whether anything is stated for these values of the indices."""
        return all(_holds(substitute(condition, _numbers(place))) is not False for condition in self.conditions)

    def first(self, sizes: Mapping[str, int]) -> dict[Index, int] | None:
        """The first values of the indices for which anything is stated: for i != k they differ."""
        # Conditions only tell values apart, so as many values as there are indices are enough to meet them.
        return next(self._places(sizes, len(self.indices)), None)

    def every(self, sizes: Mapping[str, int], show: int) -> Iterator[Gradient | None]:
        """The gradient for all values of its indices; of more than `2*show` the first, None for the others, and the last.

        Only what is shown is computed, so the cost does not grow with the sizes.
        """
        extents = numbered(sizes)
        lengths = [length(index, sizes) for index in self.indices]
        first = list(islice(self._places(sizes, 2 * show + 1), 2 * show + 1))
        if len(first) <= 2 * show and prod(lengths) <= (2 * show + 1) ** len(lengths):
            yield from (self.at({**extents, **_numbers(place)}) for place in first)
            return
        yield from (self.at({**extents, **_numbers(place)}) for place in first[: show - 1])
        yield None
        last = dict(zip(self.indices, lengths, strict=True))
        if self.admits(last):
            yield self.at({**extents, **_numbers(last)})

    def _places(self, sizes: Mapping[str, int], most: int) -> Iterator[dict[Index, int]]:
        """The values of the indices for which anything is stated, each index up to `most`."""
        ranges = (range(1, min(most, length(index, sizes)) + 1) for index in self.indices)
        places = (dict(zip(self.indices, values, strict=True)) for values in product(*ranges))
        return (place for place in places if self.admits(place))

    def at(self, mapping: Mapping[Term, Term]) -> Gradient:
        """The same with sizes and indices replaced."""
        by = substitute(self.by, mapping)
        assert isinstance(by, Entry)
        return Gradient(substitute(self.loss, mapping), by, substitute(self.value, mapping))


def main_theorem(derivation: Derivation) -> Statement | None:
    """What a derivation is about: the theorem of its name, else the last one; if there is any, one expected to be proved."""
    meant = [each for each in derivation.statements if each.expect in (None, "proved")] or list(derivation.statements)
    named = [statement for statement in meant if statement.name == derivation.name]
    return (named or meant)[-1] if meant else None


def stated_gradient(statement: Statement) -> Gradient | None:
    """The gradient that a theorem states; None where its left side is no derivative."""
    first, *_, last = statement.sides
    return Gradient(first.body, first.by, last, statement.conditions) if isinstance(first, Diff) else None


def length(index: Index, sizes: Mapping[str, int]) -> int:
    """The number of values of an index, whose size is a number or has one in `sizes`."""
    match index.range:
        case Number(value):
            return int(value)
        case Size(name):
            return sizes[name]
    raise TypeError(f"not a range: {index.range!r}")


def numbered(sizes: Mapping[str, int]) -> dict[Term, Term]:
    """The replacement of sizes by numbers."""
    return {Size(name): Number(Fraction(value)) for name, value in sizes.items()}


def _numbers(place: Mapping[Index, int]) -> dict[Term, Term]:
    return {index: Number(Fraction(value)) for index, value in place.items()}


def met(statement: Statement, sizes: Mapping[str, int]) -> bool:
    """Whether these sizes are among those of which the theorem speaks, as far as its hypotheses name sizes alone."""
    return all(_holds(substitute(claim, numbered(sizes))) is not False for claim in statement.hypotheses)


def _holds(claim: Term) -> bool | None:
    """Whether a relation holds; None where it is not between numbers."""
    match claim:
        case Comparison(Number(left), relation, Number(right)):
            return {"=": left == right, "!=": left != right, ">": left > right, ">=": left >= right}[relation]
    return None


def instance(theorem: TheoremResult, sizes: Mapping[str, int], place: Mapping[Index, int]) -> TheoremResult:
    """`theorem` with numbers for `sizes`, and for the free indices in `place`; cases that do not occur are left out.

    Fails with `ValueError` where the theorem says nothing of them.
    """
    extents = numbered(sizes)
    mapping = {**extents, **_numbers(place)}
    stated = theorem.statement
    least = stated.theory.sizes
    free = frozenset[Index]().union(*map(free_indices, (*stated.sides, *stated.conditions, *stated.hypotheses)))
    if not sizes.keys() <= least.keys() or not all(type(number) is int for number in (*sizes.values(), *place.values())):
        raise ValueError("sizes and indices are whole numbers, for those that are declared")
    for index, number in place.items():
        extent = substitute(index.range, extents) if type(index) is Index and index in free else None
        if extent is None or number < 1 or (isinstance(extent, Number) and number > extent.value):
            raise ValueError("the theorem has no such index")
    if any(number < least.get(name, 1) for name, number in sizes.items()) or any(
        _holds(substitute(claim, mapping)) is False for claim in (*stated.conditions, *stated.hypotheses)
    ):
        raise ValueError("the theorem is about other sizes and indices")
    found = _changed(theorem, lambda term: substitute(term, mapping))
    chains = []
    for chain in found.chains:
        held = [_holds(condition) for condition in chain.conditions]
        if False not in held:
            left = tuple(c for c, known in zip(chain.conditions, held, strict=True) if known is None)
            chains.append(replace(chain, conditions=left))
    statement = replace(
        found.statement,
        conditions=tuple(condition for condition in found.statement.conditions if _holds(condition) is None),
        hypotheses=tuple(claim for claim in found.statement.hypotheses if _holds(claim) is None),
        theory=_theory(found.statement.theory, extents),
        proof=None,
    )
    conditions = tuple(substituted(condition, mapping) for condition in theorem.conditions)
    if any(_holds(condition.claim) is False for condition in conditions if not condition.guards):
        raise ValueError("nothing is proved of these sizes and indices")
    return replace(found, statement=statement, chains=tuple(chains), conditions=conditions)


def written(theorem: TheoremResult) -> TheoremResult:
    """`theorem` with the sums over numbers written out, as it is shown."""
    theory = theorem.statement.theory
    return _changed(theorem, lambda term: written_out(term, theory))


def _changed(theorem: TheoremResult, change: Change) -> TheoremResult:
    """`theorem` with `change` made to every term of its claim and of its chains; their traces are left behind."""

    def step(result: StepResult) -> StepResult:
        shown = change(result.left), change(result.right)
        sides = result.general.sides if result.general else (result.left, result.right)
        general = General(_seal, sides, shown)
        return replace(result, left=shown[0], right=shown[1], trace=(), general=general)

    def chain(result: ChainResult) -> ChainResult:
        conditions = _comparisons(result.conditions, change)
        return ChainResult(conditions, change(result.start), tuple(map(step, result.steps)))

    statement = replace(
        theorem.statement,
        sides=tuple(map(change, theorem.statement.sides)),
        conditions=_comparisons(theorem.statement.conditions, change),
        hypotheses=_comparisons(theorem.statement.hypotheses, change),
    )
    left, right = change(theorem.left), change(theorem.right)
    general = General(_seal, theorem.general.sides if theorem.general else theorem.statement.sides, (left, right))
    chains = tuple(map(chain, theorem.chains))
    return replace(theorem, statement=statement, left=left, right=right, chains=chains, general=general)


def _comparisons(claims: tuple[Comparison, ...], change: Change) -> tuple[Comparison, ...]:
    found = map(change, claims)
    return tuple(claim for claim in found if isinstance(claim, Comparison))


def _theory(theory: Theory, extents: dict[Term, Term]) -> Theory:
    """The declarations with numbers for sizes."""

    def index(old: T) -> T:
        return rebuild(old, (substitute(old.range, extents),))

    return replace(
        theory,
        sizes={name: least for name, least in theory.sizes.items() if Size(name) not in extents},
        unknowns={
            name: replace(unknown, ranges=tuple(substitute(extent, extents) for extent in unknown.ranges))
            for name, unknown in theory.unknowns.items()
        },
        definitions={
            name: replace(row, parameters=tuple(map(index, row.parameters)), body=substitute(row.body, extents))
            for name, row in theory.definitions.items()
        },
        indices={name: index(each) for name, each in theory.indices.items()},
        assumptions=tuple(replace(each, claim=rebuild(each.claim, tuple(
            substitute(side, extents) for side in (each.claim.left, each.claim.right)
        ))) for each in theory.assumptions),
    )

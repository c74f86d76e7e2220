"""Instances: what a theorem says for given sizes and indices, and the gradients that theorems state.

A theorem about H classes holds for every H, so for three it is had by substitution, in the claim and in every step:

    diff(E, Z[k]) = O[k] - y[k]        at H = 3, k = 1:    diff(E, Z[1]) = O[1] - y[1]

Nothing is proved again, and a sum keeps its sign: the cost is that of the terms as they are written, whatever the sizes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import islice, product
from math import prod
from typing import TypeVar

from derive.checking.elision import written_out
from derive.checking.verdicts import ChainResult, General, StepResult, TheoremResult, _seal
from derive.errors import LimitError
from derive.floor import discharge
from derive.floor.claims import Weighed
from derive.floor.conditions import Condition, substituted
from derive.floor.definedness import defined, defined_in
from derive.floor.ring import Atoms
from derive.floor.signs import INTRINSIC, excludes, holds
from derive.floor.terms import (
    ZERO,
    Comparison,
    Diff,
    Entry,
    Index,
    Number,
    Size,
    Term,
    free_indices,
    rational,
    rebuild,
    size_names,
    substitute,
    uses,
)
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
    stated = [statement for statement in derivation.statements if not statement.is_open]
    meant = [each for each in stated if each.expect in (None, "proved")] or stated
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


def met(statement: Statement, sizes: Mapping[str, int], place: Mapping[Index, int] | None = None) -> bool:
    """Whether a theorem speaks of these sizes and indices, as far as what it supposes is about those alone."""
    least = statement.theory.sizes
    mapping = numbered(sizes) | _numbers(place or {})
    assumed = (assumption.claim for assumption in statement.theory.assumptions)
    supposed = (*statement.conditions, *statement.hypotheses, *assumed)
    return all(number >= least.get(name, 1) for name, number in sizes.items()) and all(
        _holds(substitute(claim, mapping)) is not False for claim in supposed
    )


def speaks_of(theorem: TheoremResult, sizes: Mapping[str, int], place: Mapping[Index, int] | None = None) -> bool:
    """Whether anything is proved of these sizes and indices: what is supposed holds, and what the proof leaves open may."""
    mapping = numbered(sizes) | _numbers(place or {})
    left = (substituted(condition, mapping) for condition in theorem.conditions)
    return met(theorem.statement, sizes, place) and all(
        condition.guards or _holds(condition.claim) is not False for condition in left
    )


def _holds(claim: Term) -> bool | None:
    """Whether a relation holds; None where it is not between numbers."""
    match claim:
        case Comparison(Index() | Number(), relation, Index() | Number()):
            left, right = rational(claim.left), rational(claim.right)
            if left is None or right is None:
                return None
            return {"=": left == right, "!=": left != right, ">": left > right, ">=": left >= right}[relation]
        case Comparison(left, relation, right) if not uses(claim) and not size_names(claim):
            try:
                written = Atoms().written(left - right)
            except (LimitError, ZeroDivisionError):
                return None
            needed = defined(claim) | defined(written)
            if not all(discharge.shown(condition, INTRINSIC, discharge.no_search) for condition in needed):
                return None  # a sign is one wherever there is a value
            known = INTRINSIC.sign(written).relation
            return True if holds(known, relation) else False if excludes(known, relation) else None
    return None


def instance(theorem: TheoremResult, sizes: Mapping[str, int], place: Mapping[Index, int]) -> TheoremResult:
    """`theorem` with numbers for `sizes`, and for the free indices in `place`; cases that do not occur are left out.

    Fails with `ValueError` where the theorem says nothing of them.
    """
    extents = numbered(sizes)
    mapping = {**extents, **_numbers(place)}
    stated = theorem.statement
    least = stated.theory.sizes
    if theorem.general is not None:
        raise ValueError("it is an instance already")
    free = frozenset[Index]().union(*map(free_indices, (*stated.sides, *stated.conditions, *stated.hypotheses)))
    if not sizes.keys() <= least.keys() or not all(type(number) is int for number in (*sizes.values(), *place.values())):
        raise ValueError("sizes and indices are whole numbers, for those that are declared")
    for index, number in place.items():
        extent = substitute(index.range, extents) if type(index) is Index and index in free else ZERO
        most = least[extent.name] if isinstance(extent, Size) else rational(extent)
        if most is None or not 1 <= number <= most:
            raise ValueError("the theorem has no such index, or is not said for so many")
    if not speaks_of(theorem, sizes, place):
        raise ValueError("the theorem is about other sizes and indices")
    statement = _said(stated, lambda term: substitute(term, mapping))
    statement = replace(
        statement,
        conditions=tuple(claim for claim in statement.conditions if _holds(claim) is None),
        hypotheses=tuple(claim for claim in statement.hypotheses if _holds(claim) is None),
        theory=_theory(stated.theory, extents),
        proof=None,
    )
    return _shown(theorem, statement, lambda term: substitute(term, mapping), mapping)


def written(theorem: TheoremResult) -> TheoremResult:
    """`theorem` with the sums over numbers written out, as it is shown."""
    theory = theorem.statement.theory

    def change(term: Term) -> Term:
        return written_out(term, theory)

    return _shown(theorem, _said(theorem.statement, change), change, {})


def _said(statement: Statement, change: Change) -> Statement:
    """A statement with `change` made to every term of its claim."""
    return replace(
        statement,
        sides=tuple(map(change, statement.sides)),
        conditions=_comparisons(statement.conditions, change),
        hypotheses=_comparisons(statement.hypotheses, change),
    )


def _shown(theorem: TheoremResult, statement: Statement, change: Change, mapping: dict[Term, Term]) -> TheoremResult:
    """`theorem` as what the statement says, with `change` made to every term of its chains; their traces are left behind."""

    before, after = theorem.statement, statement
    supposed = (*before.hypotheses, *(each.claim for each in before.theory.assumptions))
    given = _asked(supposed, before.theory, after.theory, mapping)

    def left_open(result: TheoremResult | StepResult) -> tuple[Condition, ...]:
        asked = given | _asked((result.left, result.right), before.theory, after.theory, mapping)
        told = dict.fromkeys(substituted(condition, mapping) for condition in result.conditions)
        return (*told, *sorted(asked - told.keys(), key=repr))

    def step(result: StepResult, case: tuple[Comparison, ...]) -> StepResult:
        left, right, conditions = change(result.left), change(result.right), left_open(result)
        sides = result.general.sides if result.general else (result.left, result.right)
        general = General(_seal, sides, _proof_of(result), (left, right), conditions, statement, case)
        return replace(result, left=left, right=right, conditions=conditions, trace=(), general=general)

    def chain(result: ChainResult) -> Iterator[ChainResult]:
        """The chain, in a case that occurs."""
        conditions = _comparisons(result.conditions, change)
        held = [_holds(condition) for condition in conditions]
        if False not in held:
            case = tuple(condition for condition, known in zip(conditions, held, strict=True) if known is None)
            yield ChainResult(case, change(result.start), tuple(step(each, case) for each in result.steps))

    ends = statement.sides[0], statement.sides[-1]
    sides = theorem.general.sides if theorem.general else theorem.statement.sides
    conditions = left_open(theorem)
    general = General(_seal, sides, _proof_of(theorem), ends, conditions, statement)
    return replace(
        theorem,
        statement=statement,
        left=ends[0],
        right=ends[1],
        chains=tuple(found for each in theorem.chains for found in chain(each)),
        conditions=conditions,
        general=general,
    )


def _asked(terms: Iterable[Term], before: Theory, after: Theory, mapping: dict[Term, Term]) -> frozenset[Condition]:
    """What some terms asked to have a value, and ask no more with numbers for sizes: x^(1/n) asks for x > 0, x^(1/1) does not.

    Where they had none, nothing was proved.
    """
    if not mapping:
        return frozenset()
    asked: set[Condition] = set()
    for term in terms:
        here = defined_in(substitute(term, mapping), after)
        asked |= {each for c in defined_in(term, before) if (each := substituted(c, mapping)) not in here}
    return frozenset(c for c in asked if _holds(c.claim) is not True)


def _proof_of(result: TheoremResult | StepResult) -> Weighed | None:
    """What a verdict of proved rests on: nobody has looked at what comes along with another."""
    return result.proof if result.verdict == "proved" else None


def _comparisons(claims: tuple[Comparison, ...], change: Change) -> tuple[Comparison, ...]:
    found = map(change, claims)
    return tuple(claim for claim in found if isinstance(claim, Comparison))


def _theory(theory: Theory, extents: dict[Term, Term]) -> Theory:
    """The declarations with numbers for sizes."""

    def index(old: T) -> T:
        return rebuild(old, (substitute(old.range, extents),))

    told = [row.parameters for row in theory.definitions.values()]
    told += [tuple(free_indices(each.claim)) for each in theory.assumptions]
    if any(len({*map(index, indices)}) < len(indices) for indices in told):
        raise ValueError("two indices of one letter, over two sizes, would become one")
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
        assumptions=tuple(
            replace(each, claim=claim)
            for each in theory.assumptions
            for claim in _comparisons((each.claim,), lambda term: substitute(term, extents))
            if _holds(claim) is not True
        ),
    )

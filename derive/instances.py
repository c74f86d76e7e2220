"""Instances: what a theorem says for given sizes and indices, and the gradients that theorems state.

A theorem about H classes holds for every H, so for three it is had by substitution, in the claim and in every step:

    diff(E, Z[k]) = O[k] - y[k]        at H = 3, k = 1:    diff(E, Z[1]) = O[1] - y[1]

Nothing is proved again, and a sum keeps its sign: the cost is that of the terms as they are written, whatever the sizes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product
from math import prod

from derive.conditions import substituted
from derive.derivation import Statement
from derive.errors import CallError
from derive.signature import Signature
from derive.terms import Comparison, Diff, Entry, Index, Number, Size, Term, substitute
from derive.verdicts import ChainResult, Report, StepResult, TheoremResult

Change = Callable[[Term], Term]


@dataclass(frozen=True)
class Gradient:
    """What a theorem `diff(E, Z[k]) = G` states: the derivative of the `loss` E `by` Z[k] is the `value` G."""

    loss: Term
    by: Entry
    value: Term

    @property
    def indices(self) -> tuple[Index, ...]:
        """The indices of the entry differentiated by, each once."""
        return tuple(dict.fromkeys(index for index in self.by.indices if isinstance(index, Index)))

    def at(self, place: Mapping[Term, Term]) -> Gradient:
        """The same with sizes and indices replaced."""
        by = substitute(self.by, place)
        assert isinstance(by, Entry)
        return Gradient(substitute(self.loss, place), by, substitute(self.value, place))


def main_theorem(report: Report) -> TheoremResult | None:
    """What a derivation is about: the theorem of its name, else the last one; one that its author expects to be proved."""
    meant = [theorem for theorem in report.theorems if theorem.statement.expect in (None, "proved")]
    named = [theorem for theorem in meant if theorem.statement.name == report.derivation.name]
    return (named or meant or [None])[-1]


def gradient(statement: Statement) -> Gradient | None:
    """The gradient that a statement is about; None where its left side is no derivative."""
    first, *_, last = statement.sides
    return Gradient(first.body, first.by, last) if isinstance(first, Diff) else None


def numbered(values: Mapping[str, int]) -> dict[Term, Term]:
    """The replacement of sizes by numbers."""
    return {Size(name): Number(Fraction(value)) for name, value in values.items()}


def first_place(statement: Statement, indices: tuple[Index, ...], sizes: Mapping[str, int]) -> tuple[int, ...] | None:
    """The first values of `indices` of which the claim speaks: for i != k they differ; None where there are none."""
    lengths = [length(index, sizes) for index in indices]
    candidates = product(*(range(1, min(most, len(indices)) + 1) for most in lengths))
    return next((place for place in candidates if admits(statement, dict(zip(indices, place, strict=True)))), None)


def length(index: Index, sizes: Mapping[str, int]) -> int:
    """The number of values of an index. Fails where its size has no number."""
    match index.range:
        case Number(value):
            return int(value)
        case Size(name) if name in sizes:
            return sizes[name]
        case Size(name):
            raise CallError("no-size", f"the index {index.name} has no number of values", f"add --size {name}=3")
    raise TypeError(f"not a range: {index.range!r}")


def admits(statement: Statement, place: Mapping[Index, int]) -> bool:
    """Whether the claim speaks of the values that `place` gives to indices."""
    mapping: dict[Term, Term] = {index: Number(Fraction(value)) for index, value in place.items()}
    return all(_holds(substitute(condition, mapping)) is not False for condition in statement.conditions)


def _holds(condition: Term) -> bool | None:
    """Whether a relation of two indices holds; None where they are no numbers."""
    match condition:
        case Comparison(Number() as left, "=" | "!=" as relation, Number() as right):
            return (left is right) == (relation == "=")
    return None


def instance(theorem: TheoremResult, sizes: Mapping[str, int], place: Mapping[Index, int]) -> TheoremResult:
    """`theorem` with numbers for `sizes`, and for the free indices in `place`; cases that do not occur are left out."""
    extents = numbered(sizes)
    mapping: dict[Term, Term] = {**extents, **{index: Number(Fraction(value)) for index, value in place.items()}}
    # An index that is not replaced runs to a number now, and one that is may stand in a term with its old range only.
    found = changed(theorem, lambda term: substitute(term, mapping))
    chains = []
    for chain in found.chains:
        held = [_holds(condition) for condition in chain.conditions]
        if False not in held:
            left = tuple(c for c, known in zip(chain.conditions, held, strict=True) if known is None)
            chains.append(replace(chain, conditions=left))
    statement = replace(
        found.statement,
        conditions=tuple(condition for condition in found.statement.conditions if _holds(condition) is None),
        signature=_signature(found.statement.signature, extents),
        proof=None,
    )
    conditions = tuple(substituted(condition, mapping) for condition in theorem.conditions)
    return replace(found, statement=statement, chains=tuple(chains), conditions=conditions)


def changed(theorem: TheoremResult, change: Change) -> TheoremResult:
    """`theorem` with `change` made to every term of its claim and of its chains; their traces are left behind."""

    def step(result: StepResult) -> StepResult:
        return replace(result, left=change(result.left), right=change(result.right), trace=())

    def chain(result: ChainResult) -> ChainResult:
        conditions = _comparisons(result.conditions, change)
        return ChainResult(conditions, change(result.start), tuple(map(step, result.steps)))

    statement = replace(
        theorem.statement,
        sides=tuple(map(change, theorem.statement.sides)),
        conditions=_comparisons(theorem.statement.conditions, change),
        hypotheses=_comparisons(theorem.statement.hypotheses, change),
    )
    return replace(
        theorem,
        statement=statement,
        left=change(theorem.left),
        right=change(theorem.right),
        chains=tuple(map(chain, theorem.chains)),
    )


def _comparisons(claims: tuple[Comparison, ...], change: Change) -> tuple[Comparison, ...]:
    found = map(change, claims)
    return tuple(claim for claim in found if isinstance(claim, Comparison))


def _signature(signature: Signature, extents: dict[Term, Term]) -> Signature:
    """The declarations with numbers for sizes."""

    def index(old: Index) -> Index:
        return Index(old.name, substitute(old.range, extents))

    return replace(
        signature,
        sizes={name: least for name, least in signature.sizes.items() if Size(name) not in extents},
        unknowns={
            name: replace(unknown, ranges=tuple(substitute(extent, extents) for extent in unknown.ranges))
            for name, unknown in signature.unknowns.items()
        },
        definitions={
            name: replace(row, parameters=tuple(map(index, row.parameters)), body=substitute(row.body, extents))
            for name, row in signature.definitions.items()
        },
        indices={name: index(each) for name, each in signature.indices.items()},
    )


def every_gradient(stated: Gradient, statement: Statement, sizes: Mapping[str, int], show: int) -> Iterator[Gradient | None]:
    """The gradient at every value of its indices; of more than `2*show` the first, None for those left out, and the last.

    `stated` and `statement` are for every size. Only what is shown is computed.
    """
    indices = stated.indices
    lengths = [length(index, sizes) for index in indices]
    extents = numbered(sizes)

    def at(place: tuple[int, ...]) -> Gradient | None:
        values = dict(zip(indices, place, strict=True))
        if not admits(statement, values):
            return None
        return stated.at({**extents, **{index: Number(Fraction(value)) for index, value in values.items()}})

    if prod(lengths) <= 2 * show:
        yield from (found for place in product(*(range(1, n + 1) for n in lengths)) if (found := at(place)) is not None)
        return
    shown = 0
    for place in product(*(range(1, min(n, 2 * show) + 1) for n in lengths)):
        found = at(place)
        if found is not None:
            yield found
            shown += 1
        if shown == show - 1:
            break
    yield None
    last = at(tuple(lengths))
    if last is not None:
        yield last

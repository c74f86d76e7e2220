"""One change to a line of a derivation, and an independent judge of whether it makes the line false.

Every sign, index, array, number, exclusion, function and choice is changed by itself, mechanically, in every step and claim:

    = -sum(y[i]*diff(ln(O[i]), Z[k]), i)    becomes    sum(y[i]*…, i),  -sum(y[k]*…, i),  -sum(2*y[i]*…, i),  …

Whether a changed line is false is judged apart from the checker: by its two sides at points that meet what is assumed, in
intervals, so that the judgement is a proof.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import islice

from derive.checking.verdicts import Report, StepResult, TheoremResult
from derive.floor.conditions import Condition
from derive.floor.functions import TABLE
from derive.floor.terms import (
    TWO,
    Add,
    Affine,
    Apply,
    Binder,
    Comparison,
    Diff,
    Entry,
    If,
    Index,
    Mul,
    Neg,
    Number,
    Size,
    Sum,
    Term,
    add,
    affine,
    children,
    free_indices,
    mul,
    neg,
    number,
    rebuild,
)
from derive.floor.theory import Theory
from derive.language.derivation import Derivation, Statement, Step
from derive.numbers.counterexample import Counterexample
from derive.numbers.evaluate import Point, value_at
from derive.numbers.intervals import Interval, Undefined
from derive.numbers.model import Unsupported
from derive.numbers.points import sample_points
from judge import condition_holds

POINTS = 10

OTHER_FUNCTIONS = {
    "exp": ("ln", "sinh"),
    "ln": ("exp", "sqrt"),
    "sqrt": ("ln",),
    "sin": ("cos",),
    "cos": ("sin",),
    "sinh": ("cosh",),
    "cosh": ("sinh",),
    "tanh": ("sigmoid",),
    "sigmoid": ("softplus", "tanh"),
    "softplus": ("sigmoid",),
    "erf": ("tanh",),
    "max": ("min",),
    "min": ("max",),
}


@dataclass(frozen=True)
class Mutant:
    """A line of the derivation with one change of a kind: step `step` of chain `chain`, or the claim itself."""

    kind: str
    statement: int
    chain: int | None
    step: int
    right: Term


# --- one change at a time --------------------------------------------------------------------------------------------


def changes(term: Term, scope: tuple[Index, ...], theory: Theory) -> Iterator[tuple[str, Term]]:
    """`term` with one change, in every way; `scope` are the indices that could stand in it."""
    match term:
        case Index(_, extent):
            yield from (("index", other) for other in scope if other is not term and other.range is extent)
            return
        case Affine(parts, _, _):
            yield from (("index", affine(((1, term),), by)) for by in (1, -1))
            yield from (("index", affine(((1, term), (-2 * f, part)))) for part, f in zip(parts, term.factors, strict=True))
            return
        case Size():
            return
        case Number(value):
            yield from (("factor", number(value + by)) for by in (1, -1))
        case Neg(inner):
            yield "sign", inner
        case Entry(name, indices):
            yield from (("array", Entry(other, indices)) for other in _others(name, theory))
        case Apply(name, arguments):
            yield from (("function", Apply(other, arguments)) for other in OTHER_FUNCTIONS.get(name, TABLE[name].kin))
        case Sum(index, excluded, body):
            yield from (("exclusion", Sum(index, tuple(e for e in excluded if e is not dropped), body)) for dropped in excluded)
            for other in scope:
                if other is not index and other not in excluded and other.range is index.range:
                    yield "exclusion", Sum(index, (*excluded, other), body)
        case If(condition, then, otherwise):
            yield "branch", If(condition, otherwise, then)
    if not isinstance(term, Neg | Number | Comparison):
        yield "sign", neg(term)
    if not isinstance(term, Neg | Number | Add | Comparison):
        yield "factor", mul(TWO, term)
    for position, part in enumerate(children(term)):
        inside = scope
        if isinstance(term, Binder) and position == len(term.excluded):
            inside = (*(i for i in scope if i.name != term.index.name), term.index)
        for kind, other in changes(part, inside, theory):
            if isinstance(term, Diff) and position == 1 and not _is_movable(other, theory):
                continue
            if isinstance(term, Mul) and other in (neg(part), mul(TWO, part)):
                continue  # the same as of the whole product
            if not (isinstance(term, Binder) and other is term.index):
                parts = children(term)
                yield kind, rebuild(term, (*parts[:position], other, *parts[position + 1 :]))


def _others(name: str, theory: Theory) -> Iterator[str]:
    """The other names, two at most, that have as many indices of the same ranges."""
    try:
        ranges = theory.ranges(name)
    except KeyError:
        return  # the argument of a function
    defined = (each.name for each in theory.definitions.values() if not each.arguments)
    fitting = (other for other in (*theory.unknowns, *defined) if other != name and theory.ranges(other) == ranges)
    yield from islice(fitting, 2)


def _is_movable(by: Term, theory: Theory) -> bool:
    """Whether one can differentiate by it: a variable, or what is defined."""
    if not isinstance(by, Entry):
        return False
    unknown = theory.unknowns.get(by.name)
    return unknown.variable if unknown is not None else by.name in theory.definitions


def scope_of(statement: Statement) -> tuple[Index, ...]:
    """The free indices of a claim, and one that does not occur in it."""
    named = sorted(frozenset[Index]().union(*map(free_indices, statement.sides)), key=lambda index: index.name)
    return (*named, Index("m", named[0].range)) if named else ()


def lines(derivation: Derivation) -> Iterator[tuple[int, int | None, int, Term, Term]]:
    """Every step, and every claim that is said to be proved: where it stands, and its two sides."""
    for s, statement in enumerate(derivation.statements):
        if statement.expect is None:
            yield s, None, 0, statement.sides[0], statement.sides[-1]
        for c, chain in enumerate(statement.proof or ()):
            here = chain.start
            for n, step in enumerate(chain.steps):
                assert step.right is not None
                yield s, c, n, here, step.right
                here = step.right


def mutants(derivation: Derivation) -> tuple[tuple[Mutant, Term], ...]:
    """Every change to every line, each once, with the left side of the line."""
    found: dict[Mutant, Term] = {}
    for s, c, n, left, right in lines(derivation):
        statement = derivation.statements[s]
        for kind, other in changes(right, scope_of(statement), statement.theory):
            if other is not right and statement.theory.declares((other,)):  # no text can hold an index of another range
                found[Mutant(kind, s, c, n, other)] = left
    return tuple(found.items())


# --- the judgement ---------------------------------------------------------------------------------------------------


def is_false(derivation: Derivation, mutant: Mutant, left: Term) -> bool | None:
    """Whether the two sides provably differ at some point; None where they have a value at none."""
    statement = derivation.statements[mutant.statement]
    chain = None if mutant.chain is None or statement.proof is None else statement.proof[mutant.chain]
    conditions = statement.conditions + (chain.conditions if chain else ())
    points = sample_points(statement.theory, (left, mutant.right), statement.hypotheses, conditions, seed=3)
    judged = None
    for point in islice(points, POINTS):
        found = differ_at(point, left, mutant.right, statement.theory)
        if found:
            return True
        if found is not None:
            judged = False
    return judged


def differ_at(point: Point, left: Term, right: Term, theory: Theory) -> bool | None:
    """Whether the two sides provably differ at the point; None where they have no value there."""
    try:
        value = value_at(add(left, neg(right)), theory, point, 120)
    except (Undefined, Unsupported):
        return None
    return (value.low > 0 or value.high < 0) if isinstance(value, Interval) else value != 0


def is_shown_false(derivation: Derivation, mutant: Mutant, left: Term, shown: Counterexample) -> bool:
    """Whether a counterexample is one: it meets what is assumed and given, and the two sides provably differ at it.

    Such points may be rare, and `is_false` have seen none. Unknown functions are not read: there this says no.
    """
    statement = derivation.statements[mutant.statement]
    if statement.theory.functions:
        return False
    values = {}
    for entry, value in shown.values.items():
        name, _, places = entry.removesuffix("]").partition("[")
        values[name, tuple(int(place) for place in places.split(",") if place)] = Fraction(value)
    point = Point(shown.sizes, shown.indices, values)
    asked = (*(each.claim for each in statement.theory.assumptions), *statement.hypotheses)
    met = (condition_holds(Condition(claim, free_indices(claim)), statement.theory, point) for claim in asked)
    return False not in met and bool(differ_at(point, left, mutant.right, statement.theory))


# --- the changed derivation ------------------------------------------------------------------------------------------


def mutated(derivation: Derivation, mutant: Mutant) -> Derivation:
    """The whole derivation with that change."""
    statement = derivation.statements[mutant.statement]
    if mutant.chain is None:
        other = replace(statement, sides=(*statement.sides[:-1], mutant.right))
    else:
        assert statement.proof is not None
        chain = statement.proof[mutant.chain]
        steps = list(chain.steps)
        steps[mutant.step] = replace(steps[mutant.step], right=mutant.right)
        proof = list(statement.proof)
        proof[mutant.chain] = replace(chain, steps=tuple(steps))
        other = replace(statement, proof=tuple(proof))
    statements = list(derivation.statements)
    statements[mutant.statement] = other
    return replace(derivation, statements=tuple(statements))


def part_of(derivation: Derivation, mutant: Mutant, left: Term) -> Derivation:
    """As much of the changed derivation as that line needs: what it cites, and the line."""
    changed = mutated(derivation, mutant)
    statement = changed.statements[mutant.statement]
    if mutant.chain is not None:
        assert statement.proof is not None
        chain = statement.proof[mutant.chain]
        line = replace(chain, start=left, steps=chain.steps[mutant.step : mutant.step + 1])
        statement = replace(statement, sides=(left, left), proof=(line,))  # of the claim, nothing is asked here
    above = {each.name: each for each in changed.statements[: mutant.statement]}
    needed = cited(statement, {**changed.lemmas, **above})
    return replace(
        changed,
        statements=(*(each for name, each in above.items() if name in needed), statement),
        lemmas={name: each for name, each in changed.lemmas.items() if name in needed},
    )


def cited(statement: Statement, known: dict[str, Statement]) -> set[str]:
    """The theorems on which the proof of a theorem rests."""
    names = {r.name for chain in statement.proof or () for step in chain.steps for r in step.reasons if r.name in known}
    return {name for name in names if name}.union(*(cited(known[name], known) for name in names if name))


def step_of(derivation: Derivation, mutant: Mutant) -> Step:
    """The step that is changed."""
    proof = derivation.statements[mutant.statement].proof
    assert proof is not None
    assert mutant.chain is not None
    return proof[mutant.chain].steps[mutant.step]


def result_on(derivation: Derivation, mutant: Mutant, report: Report) -> StepResult | TheoremResult:
    """What the report on its part says of the changed line."""
    theorem = report.theorems[-1]
    if mutant.chain is None:
        return theorem
    (step,) = theorem.steps
    assert step.place == step_of(derivation, mutant).place, "the line is named"
    return step

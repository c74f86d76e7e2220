"""One change to a line of the main derivation: whatever makes it false is never called proved, and the line is named.

Every sign, index, array, number, exclusion and function of every step is changed by itself, mechanically, and of every claim:

    = -sum(y[i]*diff(ln(O[i]), Z[k]), i)    becomes    sum(y[i]*…, i),  -sum(y[k]*…, i),  -sum(2*y[i]*…, i),  …

Whether a changed line is false is judged apart from the checker: by its two sides at points that meet what is assumed, in
intervals, so that the judgement is a proof.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice
from pathlib import Path

import pytest

from derive.checker import check
from derive.derivation import Chain, Derivation, Statement, Step
from derive.evaluate import Point, Unsupported, value_at
from derive.intervals import Interval, Undefined
from derive.language import read, write, write_term
from derive.library import load
from derive.refute import sample_points
from derive.rules import NAMES
from derive.terms import (
    TWO,
    Add,
    Apply,
    Binder,
    Diff,
    Entry,
    Index,
    Mul,
    Neg,
    Number,
    Size,
    Sum,
    Term,
    add,
    children,
    free_indices,
    mul,
    neg,
    number,
    rebuild,
)
from derive.verdicts import Report

NAME = "softmax-ce"
ROOT = Path(__file__).parent.parent
POINTS = 10

OTHER_FUNCTIONS = {"exp": ("ln", "sinh"), "ln": ("exp", "sqrt")}
OTHER_ARRAYS = {"Z": ("O", "y"), "O": ("Z", "y"), "y": ("O", "Z")}


@cache
def original() -> Derivation:
    return load(NAME)


# --- one change at a time --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Mutant:
    """A line of the derivation with one change of a kind: step `step` of chain `chain`, or the claim itself."""

    kind: str
    statement: int
    chain: int | None
    step: int
    right: Term


def changes(term: Term, scope: tuple[Index, ...]) -> Iterator[tuple[str, Term]]:
    """`term` with one change, in every way; `scope` are the indices that could stand in it."""
    match term:
        case Index(_, extent):
            yield from (("index", other) for other in scope if other is not term and other.range is extent)
            return
        case Size():
            return
        case Number(value):
            yield from (("factor", number(value + by)) for by in (1, -1))
        case Neg(inner):
            yield "sign", inner
        case Entry(name, indices):
            yield from (("array", Entry(other, indices)) for other in OTHER_ARRAYS.get(name, ()))
        case Apply(name, arguments):
            yield from (("function", Apply(other, arguments)) for other in OTHER_FUNCTIONS.get(name, ()))
        case Sum(index, excluded, body):
            yield from (("exclusion", Sum(index, tuple(e for e in excluded if e is not dropped), body)) for dropped in excluded)
            for other in scope:
                if other is not index and other not in excluded and other.range is index.range:
                    yield "exclusion", Sum(index, (*excluded, other), body)
    if not isinstance(term, Neg | Number):
        yield "sign", neg(term)
    if not isinstance(term, Neg | Number | Add):
        yield "factor", mul(TWO, term)
    for position, part in enumerate(children(term)):
        inside = scope
        if isinstance(term, Binder) and position == len(term.excluded):
            inside = (*(i for i in scope if i.name != term.index.name), term.index)
        for kind, other in changes(part, inside):
            if isinstance(term, Diff) and position == 1 and not _is_movable(other):
                continue
            if isinstance(term, Mul) and other in (neg(part), mul(TWO, part)):
                continue  # the same as of the whole product
            if not (isinstance(term, Binder) and other is term.index):
                parts = children(term)
                yield kind, rebuild(term, (*parts[:position], other, *parts[position + 1 :]))


def _is_movable(by: Term) -> bool:
    """Whether one can differentiate by it: a variable, or what is defined."""
    return isinstance(by, Entry) and by.name != "y"


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


@cache
def mutants() -> tuple[tuple[Mutant, Term], ...]:
    """Every change to every line, each once, with the left side of the line."""
    found: dict[Mutant, Term] = {}
    for s, c, n, left, right in lines(original()):
        for kind, other in changes(right, scope_of(original().statements[s])):
            if other is not right:
                found[Mutant(kind, s, c, n, other)] = left
    return tuple(found.items())


# --- the judgement ---------------------------------------------------------------------------------------------------


def points(statement: Statement, chain: Chain | None, terms: tuple[Term, ...]) -> Iterator[Point]:
    conditions = statement.conditions + (chain.conditions if chain else ())
    return islice(sample_points(statement.signature, terms, statement.hypotheses, conditions, seed=3), POINTS)


def is_false(mutant: Mutant, left: Term) -> bool | None:
    """Whether the two sides provably differ at some point; None where they have a value at none."""
    statement = original().statements[mutant.statement]
    chain = None if mutant.chain is None or statement.proof is None else statement.proof[mutant.chain]
    judged = None
    for point in points(statement, chain, (left, mutant.right)):
        try:
            value = value_at(add(left, neg(mutant.right)), statement.signature, point, 120)
        except (Undefined, Unsupported):
            continue
        if (value.low > 0 or value.high < 0) if isinstance(value, Interval) else value != 0:
            return True
        judged = False
    return judged


# --- the checker -----------------------------------------------------------------------------------------------------


def mutated(mutant: Mutant) -> Derivation:
    """The whole derivation with that change."""
    derivation = original()
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


def cited(statement: Statement, known: dict[str, Statement]) -> set[str]:
    """The theorems on which the proof of a theorem rests."""
    names = {r.name for chain in statement.proof or () for step in chain.steps for r in step.reasons if r.name in known}
    return {name for name in names if name}.union(*(cited(known[name], known) for name in names if name))


def part_of(mutant: Mutant, left: Term) -> Derivation:
    """As much of the changed derivation as that line needs: what it cites, and the line."""
    derivation = mutated(mutant)
    statement = derivation.statements[mutant.statement]
    if mutant.chain is not None:
        assert statement.proof is not None
        chain = statement.proof[mutant.chain]
        line = replace(chain, start=left, steps=chain.steps[mutant.step : mutant.step + 1])
        statement = replace(statement, sides=(left, left), proof=(line,))  # of the claim, nothing is asked here
    known = {each.name: each for each in derivation.statements[: mutant.statement]}
    needed = cited(statement, known)
    return replace(derivation, statements=(*(s for name, s in known.items() if name in needed), statement))


def verdict_on(mutant: Mutant, report: Report) -> str:
    """The verdict on the changed line."""
    theorem = report.theorems[-1]
    if mutant.chain is None:
        return theorem.verdict
    (step,) = theorem.steps
    assert step.place == step_of(original(), mutant).place, "the line is named"
    return step.verdict


def test_no_false_line_is_called_proved(capsys: pytest.CaptureFixture[str]) -> None:
    tally: Counter[tuple[str, str]] = Counter()
    kinds: Counter[str] = Counter()
    for mutant, left in mutants():
        report = check(part_of(mutant, left))
        verdict = verdict_on(mutant, report)
        truth = {True: "false", False: "true", None: "without a value"}[is_false(mutant, left)]
        shown = (mutant.kind, write_term(left), write_term(mutant.right), verdict, truth)
        if truth == "false":
            assert verdict in ("refuted", "unknown"), shown
            assert not report.expected, shown
        else:
            assert verdict != "refuted", shown
        if truth == "without a value":
            assert verdict != "proved", shown
        tally[truth, verdict] += 1
        kinds[mutant.kind] += 1
    with capsys.disabled():
        print(f"\n{sum(kinds.values())} mutants of {NAME}: {dict(kinds)}")
        print("; ".join(f"{truth}, {verdict}: {count}" for (truth, verdict), count in sorted(tally.items())))
    assert set(kinds) == {"sign", "index", "factor", "exclusion", "function", "array"}
    # Never proved is not enough: nearly all that is false gets its counterexample.
    assert tally["false", "unknown"] <= tally["false", "refuted"] // 50
    assert tally["false", "refuted"] > 500


# --- from the outside ------------------------------------------------------------------------------------------------


def sample() -> list[tuple[Mutant, Term]]:
    """A dozen false steps, of every kind and from everywhere."""
    false = [(mutant, left) for mutant, left in mutants()[::7] if mutant.chain is not None and is_false(mutant, left)]
    return false[:: len(false) // 11]


def test_a_false_line_ends_the_run_with_its_number(tmp_path: Path) -> None:
    for number_, (mutant, _) in enumerate(sample()):
        derivation = mutated(mutant)
        path = tmp_path / f"changed-{number_}.derive"
        path.write_text(write(derivation), encoding="utf-8")
        place = step_of(read(path.read_text(encoding="utf-8"), NAME, rule_names=NAMES), mutant).place
        run = subprocess.run(
            [sys.executable, "-m", "derive", "check", str(path), "--format", "json"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
        )
        assert run.returncode == 1, (path.read_text(encoding="utf-8"), run.stderr)
        (found,) = json.loads(run.stdout)["derivations"]
        named = [step for theorem in found["theorems"] for step in theorem["steps"] if step["line"] == place.line]
        assert [(step["verdict"] != "proved", step["expected"]) for step in named] == [(True, False)]


def step_of(derivation: Derivation, mutant: Mutant) -> Step:
    proof = derivation.statements[mutant.statement].proof
    assert proof is not None
    assert mutant.chain is not None
    return proof[mutant.chain].steps[mutant.step]


def test_the_changes_are_those_of_every_place() -> None:
    derivation = read(
        "size H variable Z[H], O[H] constant y[H] theorem t: sum(y[i]*exp(Z[i]), i != k) = 3*sum(y[i]*exp(Z[i]), i != k)",
        rule_names=NAMES,
    )
    (statement,) = derivation.statements
    found = {(kind, write_term(other, statement.signature)) for kind, other in changes(statement.sides[0], scope_of(statement))}
    assert found == {
        ("sign", "-sum(y[i]*exp(Z[i]), i != k)"),
        ("sign", "sum(-(y[i]*exp(Z[i])), i != k)"),
        ("sign", "sum(y[i]*exp(-Z[i]), i != k)"),
        ("factor", "2*sum(y[i]*exp(Z[i]), i != k)"),
        ("factor", "sum(2*y[i]*exp(Z[i]), i != k)"),
        ("factor", "sum(y[i]*exp(2*Z[i]), i != k)"),
        ("index", "sum(y[k]*exp(Z[i]), i != k)"),
        ("index", "sum(y[m]*exp(Z[i]), i != k)"),
        ("index", "sum(y[i]*exp(Z[k]), i != k)"),
        ("index", "sum(y[i]*exp(Z[m]), i != k)"),
        ("index", "sum(y[i]*exp(Z[i]), i != m)"),
        ("exclusion", "sum(y[i]*exp(Z[i]), i)"),
        ("exclusion", "sum(y[i]*exp(Z[i]), i != k, i != m)"),
        ("array", "sum(O[i]*exp(Z[i]), i != k)"),
        ("array", "sum(Z[i]*exp(Z[i]), i != k)"),
        ("array", "sum(y[i]*exp(O[i]), i != k)"),
        ("array", "sum(y[i]*exp(y[i]), i != k)"),
        ("function", "sum(y[i]*ln(Z[i]), i != k)"),
        ("function", "sum(y[i]*sinh(Z[i]), i != k)"),
    }

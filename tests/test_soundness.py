"""An attack on the whole: nothing false is ever proved, whatever is written.

Derivatives, conditions and whole derivations are made at random, most of them false, and whatever is proved is compared with
its values at points that meet the conditions listed. A failure prints a seed, by which it can be repeated. The traps that were
set by hand are under cases/traps.
"""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from threading import Barrier, Thread

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derive.checking.checker import check
from derive.engine import decide, evidence
from derive.engine.measure import size
from derive.engine.normal import Normalizer, Undefined
from derive.engine.rewriting import Context
from derive.engine.rules import NAMES
from derive.errors import KernelError, LimitError
from derive.floor.conditions import Condition, Conditions
from derive.floor.signs import Knowledge
from derive.floor.terms import (
    ZERO,
    Add,
    Apply,
    Comparison,
    Diff,
    Entry,
    Index,
    Mul,
    Neg,
    Pow,
    Prod,
    Sum,
    Term,
    free_indices,
    number,
    substitute,
)
from derive.floor.theory import Assumption, Theory
from derive.language import read, write_term
from derive.language.derivation import Chain, Derivation, Reason, Statement, Step
from derive.numbers.evaluate import Point
from judge import condition_holds, differ, relation_holds
from lane import examples
from random_terms import FREE, THEORY, H, Terms
from test_normal import changed

TRAPS = Path(__file__).parent / "cases" / "traps"
IX, K = FREE[0], FREE[1]
APART = Comparison(IX, "!=", K)


def meets(point: Point, relations: tuple[Comparison, ...], theory: Theory) -> bool:
    """Whether the point certainly meets these relations, and the assumptions for all values of their free indices."""
    universal = (Condition(a.claim, free_indices(a.claim)) for a in theory.assumptions)
    stated = (relation_holds(claim, theory, point) for claim in relations)
    return all(stated) and all(condition_holds(condition, theory, point) for condition in universal)


def holds(conditions: Conditions | tuple[Condition, ...], theory: Theory, point: Point) -> bool:
    return all(condition_holds(condition, theory, point) for condition in conditions)


# --- the kernel through its tactics ----------------------------------------------------------------------------------


@given(st.integers(0, 10**9))
@settings(max_examples=examples(500), deadline=None)
def test_derivatives_are_those_of_dual_numbers(seed: int) -> None:
    source = Terms(seed)
    source.define("u", "O", "E")
    theory = source.theory
    name = source.random.choice(["Z", "Z", "x", "x", "p", "s", *source.defined])
    by = Entry(name, tuple(source.index(extent, list(FREE)) for extent in theory.ranges(name)))
    term: Term = Diff(source.term(3, most=25), by)
    if source.random.random() < 0.15:
        term = Diff(Mul((term, source.term(1))), Entry("x", ()))
    relations = (APART,) if source.random.random() < 0.25 else ()
    context = Context(Knowledge(theory, (), relations), {}, time.monotonic() + 2)
    try:
        theorem = decide.differentiated(term, context)
    except (LimitError, KernelError, Undefined, RecursionError):
        return
    for _ in range(3):
        point = source.point()
        if meets(point, relations, theory) and differ(term, theorem.right, theory, point):
            assert not holds(theorem.conditions, theory, point), f"{write_term(term)} is not {write_term(theorem.right)}"


@given(st.integers(0, 10**9))
@settings(max_examples=examples(700), deadline=None)
def test_what_is_shown_holds(seed: int) -> None:
    """Conditions made of the hypotheses, with binders and guards of the same names: only what follows is shown."""
    source = Terms(seed)
    random = source.random
    given_ = tuple(
        Comparison(source.term(random.randint(1, 2), most=8), random.choice([">", ">=", "!="]), ZERO)
        for _ in range(random.randint(1, 2))
    )
    known = random.choice(given_).left
    bound = Index(random.choice(["i", "k", "j"]), H)
    other = source.term(2, most=10)
    term = random.choice(
        [
            known,
            Sum(bound, (), known),
            Prod(bound, (), known),
            Sum(bound, (), Add((known, Pow(other, number(2))))),
            Sum(bound, (), Mul((known, other))),
            Add((Sum(bound, (), known), Apply("exp", (other,)))),
            Mul((known, other)),
            Mul((known, known, known)),
            Pow(known, number(3)),
            Apply("sqrt", (known,)),
            Add((known, other)),
            other,
        ]
    )
    free = sorted(free_indices(term), key=lambda index: index.name)
    over = frozenset(random.sample(free, random.randint(0, len(free)))) if random.random() < 0.5 else frozenset()
    guards: frozenset[Comparison] = frozenset()
    if over and random.random() < 0.5:
        one = min(over, key=lambda index: index.name)
        others = [index for index in FREE if index.range is one.range and index is not one]
        if others:
            guards = frozenset((Comparison(one, random.choice(["=", "!="]), random.choice(others)),))
    condition = Condition(Comparison(term, random.choice([">", ">=", "!="]), ZERO), over, guards)
    relations = (APART,) if random.random() < 0.3 else ()
    if not evidence.shown(condition, Knowledge(THEORY, given_, relations)):
        return
    for _ in range(12):
        point = source.point()
        if meets(point, (*given_, *relations), THEORY):
            assert condition_holds(condition, THEORY, point) is not False, f"{condition} from {given_} at {point}"


# --- whole derivations -----------------------------------------------------------------------------------------------

REASONS = sorted(NAMES)


def derivation(seed: int) -> tuple[Derivation, Terms]:
    """A derivation of two theorems, the second of which may cite the first; hardly any of it is true."""
    source = Terms(seed)
    random = source.random
    if random.random() < 0.4:
        source.define("u", "O")
    theory = source.theory
    if random.random() < 0.3:
        relation = random.choice([">", ">=", "!=", "="])
        claim = Comparison(source.entry([IX]), relation, random.choice([ZERO, number(1), source.entry([IX])]))
        if free_indices(claim) <= {IX}:
            theory = replace(theory, assumptions=(Assumption(1, claim),))
            source.theory = theory
    first = statement(source, "first", theory, None)
    second = statement(source, "second", theory, first)
    return Derivation("random", theory=theory, statements=(first, second)), source


def statement(source: Terms, name: str, theory: Theory, above: Statement | None) -> Statement:
    random = source.random
    if above is not None and random.random() < 0.7:
        # The theorem above at other indices, or inside something.
        left, right = above.sides
        others = (*FREE, *theory.indices.values(), number(1), number(2))
        mapping: dict[Term, Term] = {
            old: random.choice([new for new in others if not isinstance(new, Index) or new.range is old.range])
            for old in (free_indices(left) | free_indices(right))
            if isinstance(old, Index) and random.random() < 0.6
        }
        with suppress(ValueError):
            left, right = substitute(left, mapping), substitute(right, mapping)
        wrap = random.choice([_same, _under_sum, _under_sum, _under_choice, _under_derivative, _in_product])
        bound = Index(random.choice(["i", "k", "j"]), H)
        other = source.term(1)
        left, right = wrap(left, bound, other), wrap(right, bound, other)
        reasons = (Reason("first"), *((Reason(random.choice(REASONS)),) if random.random() < 0.3 else ()))
    else:
        left = source.term(3, most=20)
        if random.random() < 0.3:
            by = random.choice(["Z", "x", "p", *source.defined])
            left = Diff(left, Entry(by, tuple(source.index(extent, list(FREE)) for extent in theory.ranges(by))))
        right = changed(left, source)
        if random.random() < 0.4:
            right = changed(right, source)
        chosen = tuple(Reason(random.choice(REASONS)) for _ in range(random.randint(1, 3)))
        reasons = random.choice([chosen, (Reason(None, (), "clearly"),), (Reason("algebra"), Reason("assumption"))])
    conditions = (APART,) if random.random() < 0.25 else ()
    hypotheses: tuple[Comparison, ...] = ()
    if random.random() < 0.4:
        relation = random.choice([">", ">=", "!=", "="])
        hypotheses = (Comparison(random.choice([source.entry(list(FREE)), source.term(1, most=6)]), relation, ZERO),)
    chain = Chain((), left, (Step(right, reasons),))
    proof = None if random.random() < 0.3 else (chain,)
    return Statement(name, (left, right), conditions, hypotheses, proof, theory=theory)


def _same(term: Term, bound: Index, other: Term) -> Term:
    return term


def _under_sum(term: Term, bound: Index, other: Term) -> Term:
    return Sum(bound, (), term)


def _under_choice(term: Term, bound: Index, other: Term) -> Term:
    from derive.floor.terms import If

    return If(APART, term, other)


def _under_derivative(term: Term, bound: Index, other: Term) -> Term:
    return Diff(term, Entry("Z", (K,)))


def _in_product(term: Term, bound: Index, other: Term) -> Term:
    return Add((Mul((other, term)), Neg(other)))


def assert_sound(seed: int, evaluations: int = 8) -> int:
    """Check a random derivation, and what is proved of it at points; the number of theorems that were proved."""
    made, source = derivation(seed)
    if not all(s.theory.declares((*s.sides, *s.hypotheses)) for s in made.statements):
        return 0  # an entry at an index of another range, which no text can hold
    proved = 0
    for theorem in check(made, timeout=1.0).theorems:
        if theorem.verdict != "proved":
            continue
        proved += 1
        claim = theorem.statement
        left, right = claim.sides
        if size(left) + size(right) > 200:
            continue
        for _ in range(evaluations):
            point = source.point()
            if not meets(point, (*claim.hypotheses, *claim.conditions), claim.theory):
                continue
            if differ(left, right, claim.theory, point) and holds(theorem.conditions, claim.theory, point):
                shown = f"{write_term(left)} is not {write_term(right)}"
                raise AssertionError(f"seed {seed}, {claim.name}: {shown} at {point}; {claim.hypotheses}, {claim.conditions}")
    return proved


@given(st.integers(0, 10**9))
@settings(max_examples=examples(250), deadline=None)
def test_no_random_derivation_proves_what_is_false(seed: int) -> None:
    assert_sound(seed)


@pytest.mark.slow
def test_the_attack_reaches_something() -> None:
    """Random derivations are not all rejected: enough of them are proved for the test above to say something."""
    assert sum(assert_sound(seed, 2) for seed in range(60)) >= 15


# --- derivations beside each other -----------------------------------------------------------------------------------


def test_a_name_means_what_its_own_derivation_says() -> None:
    """A size n of one derivation, whose normal forms are still in use, gives no sign to the variable n of another."""
    size_n = read("size n variable x[n] theorem t: n = n").statements[0]
    kept = Normalizer(Knowledge(size_n.theory)).normal(size_n.sides[0])
    (theorem,) = check(read("variable n theorem t: sqrt(n^2) = n")).theorems
    assert kept
    assert theorem.verdict == "refuted"


def test_terms_made_in_several_threads_are_one_object() -> None:
    count, threads = 4000, 2
    made: list[list[Term]] = [[] for _ in range(threads)]
    barrier = Barrier(threads)

    def work(position: int) -> None:
        barrier.wait()
        made[position].extend(Index(f"thread{number}", H) for number in range(count))

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        workers = [Thread(target=work, args=(position,)) for position in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    finally:
        sys.setswitchinterval(interval)
    assert all(one is other for one, other in zip(*made, strict=True))


# --- the traps -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted(TRAPS.glob("*.derive")), ids=lambda path: path.stem)
def test_a_trap_says_what_it_expects(path: Path) -> None:
    """It has theorems that must be proved and others that must not: to refuse everything is no good either."""
    expected = {statement.expect or "proved" for statement in read(path.read_text()).statements}
    assert "proved" in expected
    assert expected & {"refuted", "unknown", "unjustified"}

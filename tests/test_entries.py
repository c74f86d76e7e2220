"""The entries of the library one by one: proved in full, right in numbers, and wrong as soon as one thing in a line is changed.

That each file is as its author expects, with no condition left open, is for `test_library` to say.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import groupby, pairwise

import pytest

from derive.bridge.spot import spot_check, spot_check_sides
from derive.checking.checker import check
from derive.commands.present import one_place
from derive.engine import rules
from derive.floor.terms import Apply, Call, Comparison, Diff, Entry, If, Term, subterms
from derive.floor.theory import Theory
from derive.language import write_term
from derive.language.derivation import Statement, Step
from derive.library import load
from derive.shelf import names
from mutation import Mutant, is_false, is_shown_false, mutants, part_of, result_on

ARTICLES = ("mldawn-cross-entropy", "sefiks-cross-entropy", "sefiks-cross-entropy-corrected")
"""Published articles, line by line as they stand: what they leave out is not filled in."""

ENTRIES = [name for name in names() if name not in ARTICLES]

MUTANTS_OF_A_LINE = 1
LINES = 2  # of which one is changed
PARTS = 12  # of the files, so that they can be gone through at the same time


def steps(statement: Statement) -> list[Step]:
    return [step for chain in statement.proof or () for step in chain.steps]


# --- the proofs ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ENTRIES)
def test_everything_proved_has_a_proof_that_is_written(name: str) -> None:
    assert [each.name for each in load(name).statements if each.proof is None and each.expect is None] == []


@pytest.mark.parametrize("name", ENTRIES)
def test_algebra_is_not_a_proof(name: str) -> None:
    """`algebra` and `functions` stand for many rules: two lines of a file at most, not in a row, beside identities only."""
    found = []
    for statement in load(name).statements:
        tidied = [any(r.name in ("algebra", "functions") for r in step.reasons) for step in steps(statement)]
        assert not any(a and b for a, b in pairwise(tidied)), statement.name
        found += [step for step, tidy in zip(steps(statement), tidied, strict=True) if tidy]
    assert len(found) <= 2
    identities = {rule.name for rule in rules.ALL.values() if rule.family == "functions"}
    assert all(sum(reason.name not in identities for reason in step.reasons) == 1 for step in found)


@pytest.mark.parametrize("name", ENTRIES)
def test_a_kink_is_excluded_by_the_theorem(name: str) -> None:
    """Where a derivative by a variable goes through max, min, abs or a choice by value, the theorem says where it holds."""
    for statement in load(name).statements:
        if any(isinstance(side, Diff) and has_kink(side.body, statement.theory) for side in statement.sides):
            assert statement.hypotheses, statement.name


def has_kink(term: Term, theory: Theory) -> bool:
    for part in subterms(term):
        match part:
            case Apply("max" | "min" | "abs", _):
                return True
            case If(Comparison(_, ">" | ">=", _), _, _):
                return True
            case Entry() | Call():
                body = theory.unfold(part)
                if body is not None and has_kink(body, theory):
                    return True
    return False


# --- in numbers ------------------------------------------------------------------------------------------------------


NOT_MET = {"implicit-function", "inverse-function", "at-a-root"}
"""Theorems whose hypotheses are equations between unknown functions, which the examples do not meet."""

@pytest.mark.sample(20)
@pytest.mark.parametrize("name", names())
def test_what_is_stated_agrees_in_numbers(name: str) -> None:
    """Every equation of the library: gradients, second derivatives, sums of derivatives, and what is about no derivative.

    What is expected to be refuted must not agree.
    """
    for statement in load(name).statements:
        agrees_in_numbers(statement)


def agrees_in_numbers(statement: Statement) -> None:
    for sides in pairwise(statement.sides):
        theory, left, right, conditions = one_place(replace(statement, sides=sides))
        if isinstance(left, Diff):
            report = spot_check(left.body, right, left.by, theory, points=2, seed=1, conditions=conditions)
        else:
            report = spot_check_sides(left, right, theory, points=2, seed=1, conditions=conditions)
        if statement.name in NOT_MET:
            assert report.skipped, report
            continue
        assert report.largest_error_fd is not None, report
        assert report.entries, report
        assert report.agrees == (statement.expect != "refuted"), report
        assert report.skipped is None or "second opinion" in report.skipped, report


# --- one change to a line --------------------------------------------------------------------------------------------


@cache
def sample(name: str) -> tuple[tuple[Mutant, Term], ...]:
    """Of every line of a file, and of every claim, some of its mutants."""
    return tuple(_drawn(name))


def _drawn(name: str) -> Iterator[tuple[Mutant, Term]]:
    chance = random.Random(name)
    lines = groupby(mutants(load(name)), key=lambda pair: (pair[0].statement, pair[0].chain, pair[0].step))
    for number, (_, group) in enumerate(lines):
        line = list(group)
        if number % LINES:
            continue
        yield from chance.sample(line, min(MUTANTS_OF_A_LINE, len(line)))


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_no_false_line_is_called_proved(part: int, capsys: pytest.CaptureFixture[str]) -> None:
    tally: Counter[tuple[str, str]] = Counter()
    kinds: Counter[str] = Counter()
    for name in names()[part::PARTS]:
        derivation = load(name)
        for mutant, left in sample(name):
            result = result_on(derivation, mutant, check(part_of(derivation, mutant, left)))
            verdict, counterexample = result.verdict, result.counterexample
            false = is_false(derivation, mutant, left)
            if not false and counterexample is not None:
                false = is_shown_false(derivation, mutant, left, counterexample)
            truth = {True: "false", False: "true", None: "without a value"}[false]
            shown = (name, mutant.kind, write_term(left), write_term(mutant.right), verdict, truth)
            if truth == "false":
                assert verdict in ("refuted", "unknown"), shown
            elif not derivation.theory.functions:
                assert verdict != "refuted", shown
            if truth == "without a value":
                assert verdict != "proved", shown
            tally[truth, verdict] += 1
            kinds[mutant.kind] += 1
    with capsys.disabled():
        print(f"\n{sum(kinds.values())} mutants of {len(names())} files: {dict(kinds)}")
        print("; ".join(f"{truth}, {verdict}: {count}" for (truth, verdict), count in sorted(tally.items())))
    assert tally["false", "unknown"] <= 1 + tally["false", "refuted"] // 50
    assert tally["false", "refuted"] > 250 // PARTS

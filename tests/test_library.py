"""The library of derivations: every file is what its author says of it, each line by itself, in words and in numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import islice
from pathlib import Path

import pytest

from derive.checking.checker import check
from derive.checking.verdicts import Report, StepResult
from derive.engine.arrange import same
from derive.engine.rules import NAMES
from derive.floor.terms import Comparison, Term, add, neg, substitute
from derive.floor.theory import Theory
from derive.language import read, write, write_term
from derive.language.derivation import Chain, Derivation, Statement, Step
from derive.library import load, read_path
from derive.numbers.evaluate import value_at
from derive.numbers.intervals import Interval, Undefined
from derive.numbers.points import sample_points
from derive.shelf import names

SOFTMAX = ("softmax-ce", "softmax-bce", "softmax-bce-two-classes", "sigmoid-bce")

FOLDED = {
    # The lines that go from the spread out to the compact: rules are told the other way.
    "softmax-jacobian": ["O[i] - O[i]*O[k]", "O[i]*(1 - O[k])", "-O[i]*O[k]"],
    "all-but-one": ["sum(y[i], i) - y[k]"],
}


@cache
def checked(name: str) -> Report:
    return check(load(name))


@pytest.mark.sample(12)
@pytest.mark.parametrize("name", names())
def test_a_file_is_as_its_author_expects(name: str) -> None:
    report = checked(name)
    assert report.expected, [
        (theorem.statement.name, theorem.verdict, step.place.line, step.verdict, step.message, step.suggestion)
        for theorem in report.theorems
        for step in theorem.steps or (None,)
        if step is not None and not (theorem.expected and step.expected)
    ]


@pytest.mark.sample(24)
@pytest.mark.parametrize("name", names())
def test_nothing_is_proved_under_a_condition(name: str) -> None:
    for theorem in checked(name).theorems:
        assert theorem.conditions == (), theorem.statement.name
        assert [step.place.line for step in theorem.steps if step.conditions] == []


@pytest.mark.parametrize("name", names())
def test_every_step_names_its_rules(name: str) -> None:
    derivation = load(name)
    assert [step.place.line for step in steps(derivation) if not step.reasons or any(r.text for r in step.reasons)] == []
    assert [step.place.line for step in steps(derivation) if step.right is None] == []


@pytest.mark.parametrize("name", names())
def test_a_file_says_what_it_is(name: str) -> None:
    derivation = load(name)
    assert derivation.title
    assert derivation.source
    assert name in {statement.name for statement in derivation.statements}, "the main theorem has the name of its file"


@pytest.mark.sample(3)
@pytest.mark.parametrize("name", names())
def test_a_file_can_be_written_and_read_again(name: str) -> None:
    derivation = load(name)
    text = write(derivation)
    again = read(text, name, load=load, rule_names=NAMES)
    assert again == derivation
    assert write(again) == text


@pytest.mark.parametrize("name", SOFTMAX)
def test_no_index_hides_another(name: str) -> None:
    assert not load(name).warnings


@pytest.mark.parametrize("name", SOFTMAX)
def test_no_step_jumps_by_algebra(name: str) -> None:
    named = {reason.name for step in steps(load(name)) for reason in step.reasons}
    assert not named & {"algebra", "functions"}


def test_the_variant_of_another_name_is_in_the_library() -> None:
    variants = load("softmax-ce").variants
    assert variants == {"binary": SOFTMAX[1:]}
    assert load("softmax-ce").options == {"classes": "H"}


@pytest.mark.slow
def test_what_is_false_is_shown_by_a_counterexample() -> None:
    refuted = {
        (name, theorem.statement.name): theorem.counterexample
        for name in SOFTMAX
        for theorem in checked(name).theorems
        if theorem.verdict == "refuted"
    }
    assert set(refuted) == {
        ("softmax-ce", "not-the-binary-sum"),
        ("softmax-ce", "not-for-any-targets"),
        ("softmax-bce", "through-one-output"),
        ("softmax-bce", "article-result"),
        ("softmax-bce-two-classes", "article-result"),
    }
    assert all(refuted.values())
    found = refuted["softmax-bce", "article-result"]
    assert found is not None
    assert found.sizes == {"n": 3}


def test_the_assumption_comes_after_what_does_without_it() -> None:
    by_name = {statement.name: statement for statement in load("softmax-ce").statements}
    assert not by_name["any-targets"].theory.assumptions
    assert not by_name["softmax-jacobian"].theory.assumptions
    assert len(by_name["softmax-ce"].theory.assumptions) == 1


# --- in numbers ------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("name", names())
def test_the_two_sides_of_what_is_proved_agree_at_random_points(name: str) -> None:
    for theorem in checked(name).theorems:
        statement = theorem.statement
        for left, right, conditions in equations(theorem.verdict, statement):
            agree(left, right, statement.theory, statement.hypotheses, conditions)
        for chain in theorem.chains:
            conditions = (*statement.conditions, *chain.conditions)
            for step in chain.steps:
                if step.verdict == "proved":
                    agree(step.left, step.right, statement.theory, statement.hypotheses, conditions)


def equations(verdict: str, statement: Statement) -> Iterator[tuple[Term, Term, tuple[Comparison, ...]]]:
    if verdict == "proved":
        for left, right in zip(statement.sides, statement.sides[1:], strict=False):
            yield left, right, statement.conditions


def agree(
    left: Term, right: Term, theory: Theory, hypotheses: tuple[Comparison, ...], conditions: tuple[Comparison, ...]
) -> None:
    difference = add(left, neg(right))
    compared = 0
    for point in islice(sample_points(theory, [left, right], hypotheses, conditions, seed=7), 60):
        try:
            value = value_at(difference, theory, point, 600)
        except Undefined:
            continue
        if isinstance(value, Interval):
            assert value.low <= 0 <= value.high, (left, right, point)
            if value.high - value.low > 1e-20:
                continue  # exp(100) beside 1: too coarse to tell
        else:
            assert value == 0, (left, right, point)
        compared += 1
        if compared == 3:
            return
    # Without unknowns and sizes there is but one point.
    assert compared == 1, (left, right)
    assert not point.values
    assert not point.sizes


# --- line by line ----------------------------------------------------------------------------------------------------


def steps(derivation: Derivation) -> list[Step]:
    return [step for statement in derivation.statements for chain in statement.proof or () for step in chain.steps]


def next_line(derivation: Derivation, statement: Statement, chain: Chain, start: Term, step: Step) -> StepResult:
    """What the reasons of `step` make of `start`: the line that `= ?` stands for."""
    asked = replace(chain, start=start, steps=(replace(step, right=None, expect=None),))
    above = derivation.statements[: derivation.statements.index(statement)]
    report = check(replace(derivation, statements=(*above, replace(statement, proof=(asked,)))))
    return report.theorems[-1].steps[-1]


@pytest.mark.slow
def test_every_line_is_what_its_rules_compute() -> None:
    derivation = load("softmax-ce")
    folded: dict[str, list[str]] = {}
    for statement in derivation.statements:
        for chain in statement.proof or ():
            merged: dict[Term, Term] = {c.left: c.right for c in chain.conditions if c.relation == "="}
            here = chain.start
            for step in chain.steps:
                assert step.right is not None
                found = next_line(derivation, statement, chain, here, step)
                if found.verdict == "proved":
                    assert found.computed
                    assert same(found.right, substitute(step.right, merged)), step.place.line
                else:
                    back = next_line(derivation, statement, chain, step.right, step)
                    assert back.verdict == "proved"
                    assert same(back.right, substitute(here, merged)), step.place.line
                    folded.setdefault(statement.name, []).append(write_term(step.right, statement.theory))
                here = step.right
    assert folded == FOLDED


@pytest.mark.parametrize(
    ("there", "here"), [("variable y", "variable y > 0"), ("size n\nvariable y", "size n >= 2\nvariable y")]
)
def test_what_is_declared_otherwise_is_not_cited(tmp_path: Path, there: str, here: str) -> None:
    """What another file says of less is not what is said here, and ends in no error of the tool."""
    (tmp_path / "there.derive").write_text(f"{there}\ntheorem lem: abs(y)^2 = y^2\n", encoding="utf-8")
    path = tmp_path / "here.derive"
    proof = "proof\n  abs(y)^2 + 1 = y^2 + 1 by lem\nqed\n"
    path.write_text(f'use "there"\n{here}\ntheorem t: abs(y)^2 + 1 = y^2 + 1\n{proof}', encoding="utf-8")
    (derivation,) = read_path(path)
    (theorem,) = check(derivation).theorems
    assert theorem.steps[0].verdict in ("proved", "unjustified")

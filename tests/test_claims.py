"""Claims: what a condition says besides, and what does not follow from it."""

from __future__ import annotations

import copy
import pickle
from dataclasses import replace

import pytest

from derive.checking.verdicts import StepResult, TheoremResult
from derive.engine.evidence import evidence, weighed
from derive.floor import kernel
from derive.floor.claims import Weighed, follows, left_open
from derive.floor.conditions import Condition, difference
from derive.floor.kernel import KernelError
from derive.floor.signs import Knowledge
from derive.floor.terms import ZERO, Comparison, If, Term
from derive.language import read

DECLARED = "size H variable x, y, z, Z[H], p > 0 define u = x*y index o: H"


def condition(text: str) -> tuple[Condition, Knowledge]:
    """A relation as a condition; it stands in the text as the condition of a choice."""
    statement = read(f"{DECLARED} theorem t: if({text}, 1, 2) = 1").statements[0]
    term = statement.sides[0]
    assert isinstance(term, If)
    return Condition(term.condition), Knowledge(statement.signature)


@pytest.mark.parametrize(
    ("asked", "known", "answer"),
    [
        ("x != 0", "x != 0", True),
        ("x != 0", "x > 0", True),
        ("x > 0", "x != 0", False),
        ("x >= 0", "x > 0", True),
        ("x > 0", "x >= 0", False),
        # What stands as a factor, or below a bar, is not 0 where the whole is not.
        ("x != 0", "x*y != 0", True),
        ("x != 0", "x*y > 0", True),
        ("x != 0", "-(x/y) != 0", True),
        ("y != 0", "x/y > 0", True),
        ("x != 0", "x^2*y != 0", True),
        ("x != 0", "u != 0", True),
        ("x != 0", "x*y >= 0", False),
        ("x != 0", "x*y > -1", False),
        ("x != 0", "x*y != 1", False),
        ("x > 0", "x*y > 0", False),
        ("x != 0", "x + y != 0", False),
        ("z != 0", "x*y != 0", False),
        ("x + p > 0", "x >= 0", True),
        ("x + y > 0", "x >= 0", False),
    ],
)
def test_what_follows(asked: str, known: str, answer: bool) -> None:
    (here, knowledge), (value, _) = condition(asked), condition(known)
    assert follows(here, frozenset((value,)), knowledge, evidence) is answer


@pytest.mark.parametrize(
    ("found", "sides", "proves", "impossible"),
    [
        ("x != 0", "1/x = 2", True, False),
        ("x != 0", "x = 2", False, False),
        ("x != 0", "1/(x*y) = 2", True, False),
        ("x != 0", "sqrt(x*y) = 2", False, False),
        ("x > 0", "ln(x) = y", True, False),
        ("x > 0", "sqrt(x) = y", False, False),
        ("p != 0", "p = 1", True, False),
        ("0 > p", "1 = 1", False, True),
        ("-p > 0", "1 = 1", False, True),
        ("x - x != 0", "1 = 1", False, True),
        ("x - x > 0", "1 = 1", False, True),
        ("x != 0", "diff(abs(x), x) = 1", True, False),
        ("x != 0", "x*diff(abs(x), x) = if(x = 0, 5, abs(x))", False, False),
    ],
)
def test_what_a_theorem_under_a_condition_proves(found: str, sides: str, proves: bool, impossible: bool) -> None:
    (here, _), statement = condition(found), read(f"{DECLARED} theorem t: {sides}").statements[0]
    about_zero = Condition(Comparison(difference(here.claim), here.claim.relation, ZERO))
    _, less, nowhere = left_open(frozenset((about_zero,)), statement.sides, Knowledge(statement.signature), evidence)
    assert (not less and not nowhere, nowhere) == (proves, impossible), less


STATEMENT = read(f"{DECLARED} theorem t: x = x = x").statements[0]
KNOWN = Knowledge(STATEMENT.signature)
X_IS_X = kernel.reflexivity(STATEMENT.sides[0], STATEMENT.signature)


def test_without_conditions_everything_is_proved() -> None:
    weight = weighed([X_IS_X, X_IS_X], STATEMENT.sides, KNOWN)
    assert weight.proves
    assert weight.covers(*STATEMENT.sides[:2])


def test_a_claim_is_proved_by_theorems_about_its_sides() -> None:
    sides = STATEMENT.sides
    y, z = _terms("y = z")
    elsewhere = read(f"{DECLARED} theorem t: x = x").statements[0].signature
    hypothesis = kernel.hypothesis(Comparison(y, "=", z), KNOWN.signature)
    for theorems, claim, known in (
        ([X_IS_X], sides, KNOWN),
        ([], sides[:1], KNOWN),
        ([], (), KNOWN),
        ([X_IS_X], (y, y), KNOWN),
        ([X_IS_X], (sides[0], y), KNOWN),
        ([X_IS_X, X_IS_X], (sides[0], y, sides[0]), KNOWN),
        ([X_IS_X], sides[:2], Knowledge(elsewhere)),
        ([(sides[0], sides[1])], sides[:2], KNOWN),
    ):
        with pytest.raises(KernelError):
            weighed(theorems, claim, known)  # type: ignore[arg-type]
    assert not weighed([hypothesis], (y, z), KNOWN).proves


def test_nobody_else_says_what_is_proved() -> None:
    y, x = _terms("y = x")
    weight = weighed([kernel.hypothesis(Comparison(y, "=", x), KNOWN.signature)], (y, x), KNOWN)
    assert not weight.proves
    with pytest.raises(KernelError):
        Weighed(object(), STATEMENT.sides, (), (), (), (), False)
    with pytest.raises(KernelError):
        weight.less = ()  # type: ignore[misc]
    with pytest.raises(KernelError):
        del weight.less
    assert copy.copy(weight) is None
    assert pickle.loads(pickle.dumps(weight)) is None


@pytest.mark.parametrize("proof", [None, weighed([X_IS_X], STATEMENT.sides[:2], KNOWN), object()])
def test_no_result_says_proved_without_the_floor(proof: object) -> None:
    y = _terms("y = x")[0]
    with pytest.raises(ValueError, match="the floor says"):
        StepResult(y, y, (), (), "proved", proof=proof)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="the floor says"):
        TheoremResult(STATEMENT, y, y, "proved", proof=proof)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="the floor says"):
        replace(StepResult(y, y, (), (), "unknown"), verdict="proved")


def _terms(text: str) -> tuple[Term, ...]:
    return read(f"{DECLARED} theorem t: {text}").statements[0].sides

"""Claims: what a condition says besides, and what does not follow from it."""

from __future__ import annotations

import pytest

from derive.floor.claims import follows, weighed
from derive.floor.conditions import NONE, Condition, Conditions
from derive.floor.definedness import difference
from derive.floor.signs import Knowledge
from derive.floor.terms import ZERO, Comparison, If
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
    assert follows(here, frozenset((value,)), knowledge) is answer


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
    weight = weighed(frozenset((about_zero,)), statement.sides, Knowledge(statement.signature))
    assert (weight.proves, weight.impossible) == (proves, impossible), weight


def test_without_conditions_everything_is_proved() -> None:
    statement = read(f"{DECLARED} theorem t: x = x").statements[0]
    nothing: Conditions = NONE
    assert weighed(nothing, statement.sides, Knowledge(statement.signature)).proves

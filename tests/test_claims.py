"""Claims: what a condition says besides, and what does not follow from it."""

from __future__ import annotations

import copy
import pickle
from dataclasses import replace

import pytest

from derive.checking.attempts import by_any_means
from derive.checking.checker import check
from derive.checking.instances import instance
from derive.checking.messages import short_of
from derive.checking.verdicts import ChainResult, General, StepResult, TheoremResult
from derive.engine.evidence import evidence, weighed
from derive.engine.rewriting import Context, by_algebra
from derive.errors import KernelError
from derive.floor import claims, kernel
from derive.floor.claims import Weighed, follows, left_open
from derive.floor.conditions import Condition, difference, negated
from derive.floor.definedness import defined_in
from derive.floor.discharge import Search, no_search
from derive.floor.kernel import Theorem
from derive.floor.signs import Knowledge
from derive.floor.terms import (
    ONE,
    ZERO,
    Add,
    Comparison,
    Div,
    Entry,
    If,
    Mul,
    Term,
    free_indices,
    mul,
    scalar,
)
from derive.language import read

DECLARED = "size H variable x, y, z, Z[H], p > 0 define u = x*y index o: H"


def condition(text: str) -> tuple[Condition, Knowledge]:
    """A relation as a condition; it stands in the text as the condition of a choice."""
    statement = read(f"{DECLARED} theorem t: if({text}, 1, 2) = 1").statements[0]
    term = statement.sides[0]
    assert isinstance(term, If)
    return Condition(term.condition), Knowledge(statement.theory)


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
    _, less, nowhere = left_open(frozenset((about_zero,)), statement.sides, Knowledge(statement.theory), evidence)
    assert (not less and not nowhere, nowhere) == (proves, impossible), less


STATEMENT = read(f"{DECLARED} theorem t: x = x = x").statements[0]
KNOWN = Knowledge(STATEMENT.theory)
X_IS_X = kernel.reflexivity(STATEMENT.sides[0], STATEMENT.theory)


def test_without_conditions_everything_is_proved() -> None:
    weight = weighed([X_IS_X, X_IS_X], STATEMENT.sides, KNOWN)
    assert weight.proves
    assert weight.sides == STATEMENT.sides


def test_a_claim_is_proved_by_theorems_about_its_sides() -> None:
    sides = STATEMENT.sides
    y, z = _terms("y = z")
    elsewhere = read(f"{DECLARED} theorem t: x = x").statements[0].theory
    hypothesis = kernel.hypothesis(Comparison(y, "=", z), KNOWN.theory)
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
    weight = weighed([kernel.hypothesis(Comparison(y, "=", x), KNOWN.theory)], (y, x), KNOWN)
    assert not weight.proves
    with pytest.raises(KernelError):
        Weighed(object(), STATEMENT.sides, KNOWN, (), (), (), (), False)
    with pytest.raises(KernelError):
        weight.less = ()  # type: ignore[misc]
    with pytest.raises(KernelError):
        del weight.less
    assert copy.copy(weight) is None
    assert pickle.loads(pickle.dumps(weight)) is None


@pytest.mark.parametrize("proof", [None, weighed([X_IS_X], STATEMENT.sides[:2], KNOWN), object()])
def test_no_result_says_proved_without_the_floor(proof: object) -> None:
    other = read(f"{DECLARED} theorem t: y = x").statements[0]
    y = other.sides[0]
    with pytest.raises(ValueError, match="the floor says"):
        StepResult(y, y, (), (), "proved", proof=proof)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="the floor says"):
        TheoremResult(other, *other.sides, "proved", proof=proof)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="the floor says"):
        replace(StepResult(y, y, (), (), "unknown"), verdict="proved")


def _terms(text: str) -> tuple[Term, ...]:
    return read(f"{DECLARED} theorem t: {text}").statements[0].sides


# --- kinks that are no single points ---------------------------------------------------------------------------------


def _anything(left: Term, right: Term, zero: Theorem) -> Theorem:
    """From |- d = 0:   d != 0 |- left = right, since left is left*d/d."""
    one = Div(zero.left, zero.left)
    first, last = Mul((left, one)), Mul((right, one))
    at_zero = [kernel.congruence(side, {1: kernel.congruence(one, {0: zero})}) for side in (first, last)]
    total = kernel.transitivity(kernel.ring(left, first, zero.theory), at_zero[0])
    total = kernel.transitivity(total, kernel.ring(at_zero[0].right, at_zero[1].right, zero.theory))
    total = kernel.transitivity(total, kernel.symmetry(at_zero[1]))
    return kernel.transitivity(total, kernel.ring(last, right, zero.theory))


def test_an_instance_is_shown_of_what_was_proved_and_of_nothing_else() -> None:
    x, y = STATEMENT.sides[0], scalar("y")
    proof = weighed([X_IS_X, X_IS_X], STATEMENT.sides, KNOWN)
    proved = TheoremResult(STATEMENT, x, x, "proved", proof=proof)
    found = instance(proved, {}, {})
    assert found.general is not None
    with pytest.raises(ValueError, match="states"):
        replace(found, left=y, right=x)
    with pytest.raises(ValueError, match="under what"):
        TheoremResult(STATEMENT, x, x, "proved", proof=proof, general=found.general)
    other = read(f"{DECLARED} theorem t: x = y").statements[0]
    with pytest.raises(ValueError, match="another instance"):
        TheoremResult(other, x, y, "proved", proof=proof, general=found.general)
    step = StepResult(x, x, (), (), "proved", proof=proof, general=found.general)
    with pytest.raises(ValueError, match="under what"):
        replace(proved, chains=(ChainResult((), x, (step,)),))
    for seal in (None, object()):
        with pytest.raises(ValueError, match="what was proved"):
            General(seal, (x, x), proof, (x, y), (), STATEMENT)

    class Yes(General):
        __slots__ = ()

        def __init__(self) -> None:
            pass

    with pytest.raises((ValueError, AttributeError)):
        StepResult(x, y, (), (), "proved", proof=proof, general=Yes())
    sized = read("size n >= 2 variable v[n] theorem t for i != k: v[i] + v[k] = v[k] + v[i]")
    (theorem,) = check(sized).theorems
    i, k = sorted(free_indices(theorem.left), key=lambda index: index.name)
    assert instance(theorem, {"n": 2}, {i: 1, k: 2}).verdict == "proved"
    for sizes, place in (({"n": 1}, {i: 1}), ({"n": 2}, {i: 1, k: 1})):
        with pytest.raises(ValueError, match="other sizes"):
            instance(theorem, sizes, place)


@pytest.mark.parametrize("search", [no_search, evidence])
def test_a_kink_that_is_everywhere_is_not_granted(search: Search) -> None:
    """max(sin(x)^2 + cos(x)^2, 1) is 1, and its derivative 0; its two arguments differ nowhere."""
    statement = read("variable x theorem t: diff(max(sin(x)^2 + cos(x)^2, 1), x) = 5").statements[0]
    left, right = statement.sides
    known = Knowledge(statement.theory)
    (kink,) = (c.claim.left for c in defined_in(left, statement.theory))
    zero = by_algebra(kink, ZERO, known)
    assert zero is not None
    assert not claims.weighed([_anything(left, right, zero)], statement.sides, known, search).proves


@pytest.mark.parametrize("search", [no_search, evidence])
def test_a_kink_on_half_of_all_points_is_not_granted(search: Search) -> None:
    """max(abs(x), x) is abs(x): where x > 0 its derivative is 1, and its two arguments are one."""
    statement = read("variable x theorem t: diff(max(abs(x), x), x) = -1").statements[0]
    left, right = statement.sides
    known = Knowledge(statement.theory)
    above = Comparison(Entry("x", ()), ">=", ZERO)
    (kink,) = (c.claim.left for c in defined_in(left, statement.theory) if isinstance(c.claim.left, Add))
    zero = by_algebra(kink, ZERO, known.where(above))
    assert zero is not None
    below = by_any_means(left, right, Context(known.where(negated(above))))
    assert below is not None
    theorem = kernel.cases(left, right, above, _anything(left, right, zero), below)
    assert not claims.weighed([theorem], statement.sides, known, search).proves


def test_what_a_third_side_asks_for_is_not_granted_to_the_first_two() -> None:
    """A = B = C claims that A is B also where C has no value."""
    there, here = _terms("x/x*y = y")
    back = by_algebra(here, there, KNOWN)
    assert back is not None
    detour = kernel.transitivity(back, kernel.symmetry(back))
    assert weighed([back], (here, there), KNOWN).proves
    assert not weighed([detour, back], (here, here, there), KNOWN).proves


# --- what is told of it ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("letters", "where", "suggestion"),
    [
        ("a", "`a != 0`", "write after the name of the theorem: given a != 0"),
        ("abcde", "`a != 0` and `b != 0` and `c != 0` and `d != 0` and `e != 0`", None),
        ("abcdef", "`a != 0` and `b != 0` and `c != 0` and `d != 0` and 2 more conditions", None),
    ],
)
def test_no_more_is_told_than_a_person_reads(letters: str, where: str, suggestion: str | None) -> None:
    theory = read("variable a, b, c, d, e, f theorem t: 1 = 1").statements[0].theory
    detour = mul(*(Div(scalar(letter), scalar(letter)) for letter in letters))
    there = kernel.ring(ONE, detour, theory)
    found = short_of(weighed([kernel.transitivity(there, kernel.symmetry(there))], (ONE, ONE), Knowledge(theory)), theory)
    message = f"proved only where {where}; the claim is not only about that"
    assert found == {"code": "D240", "message": message, "suggestion": suggestion}

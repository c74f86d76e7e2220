"""`ring`: what it calls equal is equal at every point, and what follows from the arithmetic of fractions is called equal."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derive.errors import BeyondLimits, KernelError
from derive.floor import kernel
from derive.floor.ring import Atoms
from derive.floor.terms import ONE, Entry, Index, Pow, Size, Sum, Term, add, div, mul, neg, number
from derive.floor.theory import Theory
from derive.language import read
from derive.numbers.evaluate import Point
from judge import differ
from lane import examples

DECLARED = """
size H
size n
variable x, y, s
variable a[H], b[H], W[H, n]
constant c
define v = x^2
function f(u)
"""


def sides(text: str, declared: str = DECLARED) -> tuple[Term, Term]:
    statement = read(f"{declared}\ntheorem t: {text}").statements[0]
    return statement.sides[0], statement.sides[1]


def is_equal(text: str) -> bool:
    return Atoms().equal(*sides(text))


@pytest.mark.parametrize(
    "text",
    [
        "(x^2 - y^2)/(x - y) = x + y",
        "x/(x*y) = 1/y",
        "1/(1/x) = x",
        "1/(x + 1) - 1/(x - 1) = -2/(x^2 - 1)",
        "x^(-2)*x^3 = x",
        "(x + y)^3 = x^3 + 3*x^2*y + 3*x*y^2 + y^3",
        "exp(x + y)*c = c*exp(y + x)",
        "exp(2*(x + y)/2) = exp(x + y)",
        "sum(2*c*a[i], i) = 2*c*sum(a[i], i)",
        "sum(a[i] + b[i], i) = sum(b[i], i) + sum(a[i], i)",
        "sum(a[i]/c, i) = sum(a[i], i)/c",
        "sum(c*a[i], i != k) = c*sum(a[j], j != k)",
        "sum(sum(a[i]*b[j], j), i) = sum(a[i], i)*sum(b[j], j)",
        "sum(a[i]*sum(W[i, j]*x, j), i) = x*sum(a[i]*sum(W[i, j], j), i)",
        "sum(-(a[i] - b[i])^2, i) = -sum(a[i]^2 - 2*a[i]*b[i] + b[i]^2, i)",
        "prod(a[i]*b[i], i) = prod(b[j]*a[j], j)",
        "diff(x*(x + y), x) = diff(x*x + x*y, x)",
        "if(x > 0, x + y, 0) = if(x > 0, y + x, 0)",
        "f(x + y) = f(y + x)",
        "max(x*2, y) = max(2*x, y)",
        "c*if(x > 0, 1/(y - y), x + y) = if(x > 0, 1/(y - y), y + x)*c",
        "(x - x)/(y - y + 1) = 0",
        "sum(sum(a[i + j]*a[i], j: H), i) = sum(sum(a[j + i]*a[i], j: H), i)",
        "sum(a[k]*delta(i + 2, k)*a[i], i) = sum(a[k]*delta(k - 2, i)*a[i], i)",
    ],
)
def test_what_is_equal(text: str) -> None:
    assert is_equal(text.replace("!= k", "!= 1"))


@pytest.mark.parametrize(
    "text",
    [
        "x*y = x + y",
        "exp(x + y) = exp(x)*exp(y)",
        "sum(a[i]*b[i], i) = sum(a[i], i)*sum(b[j], j)",
        "sum(a[i], i != 1) = sum(a[i], i)",
        "sum(a[i]*W[i, j], i, j) = sum(a[i], i)*sum(W[i, j], i, j)",
        "sum(1, i: H) = 1",
        "sum(W[i, j], i, j) = sum(W[1, j], j)",
        "v = x^2",
        "diff(x^2, x) = diff(x^2, y)",
        "sqrt(x^2) = x",
        "x^0.5*x^0.5 = x^2",
        "if(x > 0, x, y) = if(y > 0, x, y)",
        "if(x > 0, 1/(y - y), x) = if(x > 0, 2/(y - y), x)",
        "prod(c*a[i], i) = c*prod(a[i], i)",
        "sum(a[i]/c, i != 1)*c - sum(a[i], i != 1) = 0",
        "x/(x - x) = x/(x - x)",
        "delta(1, 2) = 0",
        "sum(a[i]*delta(i + 1, 2), i) = sum(a[i]*delta(i - 1, 2), i)",
        "sum(a[i]*a[2*i], i) = sum(a[i]*a[i + 2], i)",
    ],
)
def test_what_is_not(text: str) -> None:
    try:
        assert not is_equal(text)
    except ZeroDivisionError:
        assert "x - x" in text


def test_a_divisor_stays_in_a_sum_that_may_be_empty() -> None:
    """At n = 1 the left side is 0: there 1/(n - 1) is never computed."""
    atoms = Atoms()
    left, right = sides("sum(a[1]/((H - 1)*a[1]), i: H, i != 1)*(H - 1) = sum(1, i: H, i != 1)")
    assert not atoms.equal(left, right)


def test_equations_are_used_everywhere_but_inside_derivatives() -> None:
    statement = read(f"{DECLARED} theorem t given x = s: 1 = 1").statements[0]
    theory = statement.theory
    theorem = kernel.hypothesis(statement.hypotheses[0], theory)
    left, right = sides("exp(x)*sum(x*a[i], i) + if(y > 0, x, 1) = exp(s)*s*sum(a[i], i) + if(y > 0, s, 1)")
    found = kernel.ring(left, right, theory, using=(theorem,))
    assert found.conditions >= theorem.conditions
    with pytest.raises(KernelError):
        kernel.ring(left, right, theory)
    for text in ("diff(x^2, x) = diff(s^2, x)", "diff(x*y, y) = diff(s*y, y)", "x = y"):
        with pytest.raises(KernelError):
            kernel.ring(*sides(text), theory, using=(theorem,))


def test_an_equation_that_leads_back_to_itself_ends() -> None:
    statement = read(f"{DECLARED} theorem t given x = x + y: 1 = 1").statements[0]
    theorem = kernel.hypothesis(statement.hypotheses[0], statement.theory)
    left, right = sides("x = x + 1")
    with pytest.raises(KernelError):
        kernel.ring(left, right, statement.theory, using=(theorem,))


def test_what_is_too_large_is_refused() -> None:
    names = [f"q{n}" for n in range(40)]
    declared = f"variable {', '.join(names)}"
    theory = read(declared).theory
    left, right = sides(f"({' + '.join(names)})^20 = 1", declared)
    with pytest.raises(BeyondLimits):
        kernel.ring(left, right, theory)


def test_a_long_sum_over_one_divisor_is_divided_to_its_end() -> None:
    """Each power once, and not again for every one above it: its form does not hang on the order of the terms."""
    powers = [f"{n + 1}*x^{n}" for n in range(1, 41)]
    one, other = (sides(f"({' + '.join(row)})/(x + 1) = 1", "variable x")[0] for row in (powers, powers[::-1]))
    atoms = Atoms()
    form = atoms.plain.form(one)
    assert form == atoms.plain.form(other)
    assert sum(any(exponent < 0 for _, exponent in monomial) for monomial in form) == 1


SIZED = read(DECLARED).theory
TEXTS = ("x", "y", "1", "2", "a[1]", "H - 1", "sum(a[i], i: H, i != 1)", "sum(1, i: H, i != 1)")
LEAVES = [sides(f"{text} = 0")[0] for text in TEXTS]


@st.composite
def fractions(draw: st.DrawFn, depth: int = 3) -> Term:
    """A small expression of few things, so that two of them are often equal, and zeros are met."""
    if depth == 0:
        return draw(st.sampled_from(LEAVES))
    inner = fractions(depth - 1)
    match draw(st.integers(0, 6)):
        case 0 | 1:
            return add(draw(inner), draw(inner))
        case 2 | 3:
            return mul(draw(inner), draw(inner))
        case 4:
            return div(draw(inner), draw(inner))
        case 5:
            return neg(draw(inner))
    index = Index("i", Size("H"))
    return Sum(index, draw(st.sampled_from([(), (ONE,)])), mul(draw(inner), draw(st.sampled_from([ONE, Entry("a", (index,))]))))


POINTS = [
    Point({"H": size, "n": 1}, {}, {("x", ()): x, ("y", ()): y, ("a", (1,)): a, ("a", (2,)): Fraction(1)})
    for size in (1, 2)
    for x, y, a in (map(Fraction, row) for row in ((0, 0, 0), (1, -1, 0), (2, 3, -1), (0, 2, 5), (-1, 0, 1)))
]


@given(st.lists(fractions(), min_size=6, max_size=6))
@settings(max_examples=examples(200), deadline=None)
def test_what_is_called_equal_has_one_value(several: list[Term]) -> None:
    atoms = Atoms()
    for left, right in combinations([*several, ONE, LEAVES[0], LEAVES[-1]], 2):
        for other in (right, mul(left, div(right, right))):
            try:
                equal = atoms.equal(left, other)
            except (ZeroDivisionError, kernel.LimitError):
                continue
            if equal:
                assert not any(differ(left, other, SIZED, point) for point in POINTS)


PUT_IN = ("exp({})", "sum({}*a[i], i)", "prod({} + a[i], i)", "if({} > 0, {}, 1)", "f({})", "max({}, y)", "sum(f({}*a[i]), i)")


@pytest.mark.parametrize("text", PUT_IN)
def test_what_an_atom_is_with_an_equation_is_not_what_it_is_without(text: str) -> None:
    """exp(x) is exp(s) where x = s, and nowhere else: what is remembered of the one is not used for the other."""
    statement = read(f"{DECLARED} theorem t given x = s: 1 = 1").statements[0]
    theory = statement.theory
    theorem = kernel.hypothesis(statement.hypotheses[0], theory)
    with_x, with_s = text.format("x", "x"), text.format("s", "s")
    left, right = sides(f"{with_x} = {with_s}")
    assert kernel.ring(left, left, theory, using=(theorem,)).conditions >= theorem.conditions
    assert kernel.ring(left, right, theory, using=(theorem,)).conditions >= theorem.conditions
    for claim in (f"{with_x} = {with_s}", f"sum({with_s}*a[l], l) = {with_x}*sum(a[l], l)"):
        with pytest.raises(KernelError):
            kernel.ring(*sides(claim), theory)
    atoms = Atoms()
    assert not any(differ(side, atoms.written(side), theory, POINT_OF_BOTH) for side in (left, right))


SCALARS = {("x", ()): Fraction(2), ("s", ()): Fraction(-3), ("y", ()): Fraction(1)}
POINT_OF_BOTH = Point({"H": 2, "n": 1}, {}, {**SCALARS, ("a", (1,)): Fraction(1), ("a", (2,)): Fraction(-2)})


QUOTIENTS = ["x/(x - y)", "y/(x - y)", "1/(1 - x/s)", "sum(a[i]*s/(s - a[i]), i)", "1/(x/(x + y) + y)", "x*y/(x^2 - c*y)"]


@pytest.mark.sample(10)
@pytest.mark.parametrize("text", QUOTIENTS)
def test_a_term_has_one_form_whatever_was_met_before(text: str) -> None:
    term = sides(f"{text} = 1")[0]
    forms = set()
    for before in permutations(("x", "y", "s", "c", "a[i]")):
        atoms = Atoms()
        for name in before:
            atoms.monomials(sides(f"{name} = 1")[0])
        form = atoms.monomials(term)
        forms.add(frozenset(frozenset((repr(atom) if isinstance(atom, Entry) else "", e) for atom, e in m) for m in form))
    assert len(forms) == 1


@pytest.mark.parametrize("base", [number(3), number("1/3"), number("-7/5")])
def test_numbers_that_grow_without_end_are_refused(base: Term) -> None:
    tower = base
    for _ in range(30):
        tower = Pow(tower, number(64))
    with pytest.raises(KernelError):
        kernel.ring(tower, tower, Theory())

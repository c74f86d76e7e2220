"""Functions that are declared and not given: f', f'', g'1, g'1'2, from the text to the proof and back.

What is false about them stands in tests/cases/traps/declared-functions.derive.
"""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import pytest

from derive.bridge.from_sympy import from_sympy
from derive.bridge.numeric import to_numpy
from derive.bridge.to_sympy import to_sympy
from derive.checking.checker import check
from derive.engine import evidence
from derive.engine.calculus_steps import USES
from derive.engine.decide import differentiated
from derive.engine.normal import Normalizer
from derive.engine.rewriting import Context
from derive.engine.scope import Scope
from derive.errors import CallError
from derive.floor.conditions import Condition
from derive.floor.signs import Knowledge
from derive.floor.terms import (
    Add,
    Call,
    Comparison,
    Diff,
    Entry,
    Index,
    Mul,
    Number,
    Pow,
    Size,
    Term,
    declared_name,
    derivative_name,
    entry_names,
    mul,
    number,
    partials,
    power,
    scalar,
    subterms,
)
from derive.floor.theory import Definition
from derive.language import read, write_term
from derive.language.errors import SourceError
from derive.language.expressions import read_expression
from derive.language.layout import lay_out
from derive.numbers.evaluate import Point, value_at
from derive.numbers.model import Unsupported
from derive.numbers.refute import refute
from judge import differ, points

DECLARED = """
    size     n
    variable x, y, Z[n]
    constant c
    function f(u)
    function g(u, v)
    function h(p, q, r)
    function L(Z[n])
    define   s = x^2 + y
"""
THEORY = read(DECLARED).theory
X, Y, C = scalar("x"), scalar("y"), scalar("c")


def term(text: str) -> Term:
    return read_expression(text, THEORY)


# --- names -----------------------------------------------------------------------------------------------------------


def test_the_name_of_a_derivative_says_what_it_is_of_and_by_what() -> None:
    assert [declared_name(name) for name in ("f", "f'", "f''", "g'1'2")] == ["f", "f", "f", "g"]
    assert [partials(name) for name in ("f", "f'", "f''", "g'2", "g'1'12")] == [(), (1,), (1, 1), (2,), (1, 12)]
    assert derivative_name("f", (1,), 1) == "f'"
    assert derivative_name("f''", (1,), 1) == "f'''"
    assert derivative_name("g", (2,), 2) == "g'2"
    assert derivative_name("g'2", (1,), 2) == "g'1'2"
    assert derivative_name("h'2'10", (3,), 12) == "h'2'3'10"


def test_what_is_declared_is_the_function() -> None:
    assert entry_names(term("f''(x) + g'1'2(x, y)")) == {"f", "g", "x", "y"}


@pytest.mark.parametrize("text", ["f'(x)", "f''(x^2)", "g'1(x, y)", "g'2'2(f'(x), x)", "h'1'3(x, x*y, c)", "sum(f'(Z[i]), i)"])
def test_reading_writing_and_sympy_give_the_term_back(text: str) -> None:
    found = term(text)
    assert write_term(found, THEORY) == text
    assert from_sympy(to_sympy(found, THEORY), THEORY) == found


def test_the_order_of_derivatives_is_no_matter() -> None:
    assert term("g'2'1(x, y)") is term("g'1'2(x, y)")
    assert write_term(term("h'3'1'3(x, y, c)"), THEORY) == "h'1'3'3(x, y, c)"


def test_a_long_row_of_primes_ends() -> None:
    with pytest.raises(SourceError) as mistake:
        term(f"f{chr(39) * 2000}(x)")
    assert mistake.value.code == "D108"


def test_layout_keeps_primes_where_they_are() -> None:
    text = "variable x\nfunction f( u )\nfunction g(u,v)\ntheorem t: f ( x )*f' ( x )+g'1'2 (x,x) =f''(-f'(x))\n"
    laid_out = "variable x\nfunction f(u)\nfunction g(u, v)\ntheorem t: f(x)*f'(x) + g'1'2(x, x) = f''(-f'(x))\n"
    assert lay_out(text) == lay_out(laid_out)
    assert "f(x)*f'(x) + g'1'2(x, x) = f''(-f'(x))" in lay_out(text)


# --- values ----------------------------------------------------------------------------------------------------------

U, V, W = scalar("u"), scalar("v"), scalar("w")
CUBE = Definition("f", (), ("u",), power(U, number(3)))
PRODUCT = Definition("g", (), ("u", "v"), mul(power(U, number(2)), power(V, number(3))))
AT = Point({"n": 2}, {}, {("x", ()): Fraction(2), ("y", ()): Fraction(3), ("c", ()): Fraction(5)}, {"f": CUBE, "g": PRODUCT})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("f'(x)", 12), ("f''(x)", 12), ("f'''(x)", 6), ("f''''(x)", 0), ("f'(x^2)", 48), ("f'(f(x))", 192),
        ("f'(f'(x))", 432), ("g'1(x, y)", 108), ("g'2(x, y)", 108), ("g'1'2(x, y)", 108), ("g'2'2(x, y)", 72),
        ("g'1(y, x)", 48), ("g'1(x, x)", 32), ("diff(g(x, x), x)", 80), ("diff(f'(x), x)", 12), ("diff(f'(x^2), x)", 96),
        ("diff(f'(x)*f(x), x)", 240), ("diff(x*f'(y), x)", 27), ("diff(f'(x*f'(x)), x)", 6*24*36),
        ("diff(diff(f'(x*y), x), y)", 6*6 + 6*6), ("f'(c)", 75), ("diff(f(s), s)", 147), ("diff(f'(s)*x, s)", 84),
    ],
)  # fmt: skip
def test_a_prime_is_the_derivative_of_the_instance(text: str, expected: int) -> None:
    assert value_at(term(text), THEORY, AT) == expected


def test_an_instance_may_be_made_of_others() -> None:
    """The value of a function inside another one is not remembered from one argument to the next."""
    of_g = Definition("f", (), ("u",), Mul((Call("g", (U, number(2))), U)))
    at = Point(AT.sizes, AT.indices, AT.values, {"f": of_g, "g": PRODUCT})
    assert value_at(term("f(x)"), THEORY, at) == 64
    assert value_at(term("f'(x) + 1000*f'(y)"), THEORY, at) == 8 * 12 + 1000 * 8 * 27
    assert value_at(term("diff(f'(x), x)"), THEORY, at) == 8 * 12


def test_without_an_instance_it_has_no_value() -> None:
    with pytest.raises(Unsupported, match="no instance of f"):
        value_at(term("f'(x)"), THEORY, Point({"n": 1}, {}, AT.values, {}))
    with pytest.raises(CallError, match="nothing is known of the function f"):
        to_numpy(term("f'(x)"), THEORY)


def test_a_counterexample_shows_the_function() -> None:
    found = refute(term("diff(f(x^2), x)"), term("f'(x^2)"), THEORY)
    assert found is not None
    assert found.values["f(u)"] == "u^2 + 3*u"
    found = refute(term("f'''''(x)"), number(0), THEORY)
    assert found is not None
    assert found.values["f(u)"].startswith("u^6") or found.values["f(u)"].startswith("u^7")


# --- the rule --------------------------------------------------------------------------------------------------------

PRIME = "prime"


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("diff(f(x), x)", "f'(x)"),
        ("diff(f'(x), x)", "f''(x)"),
        ("diff(f(x^2), x)", "f'(x^2)*diff(x^2, x)"),
        ("diff(f(c), x)", "0"),
        ("diff(g(x, y), x)", "g'1(x, y)"),
        ("diff(g(c, x), x)", "g'2(c, x)"),
        ("diff(g(x, x), x)", "g'1(x, x) + g'2(x, x)"),
        ("diff(g'2(x, y), x)", "g'1'2(x, y)"),
        ("diff(g(s, x), s)", "g'1(s, x)"),
        ("diff(h(x*y, c, y), y)", "h'1(x*y, c, y)*diff(x*y, y) + h'3(x*y, c, y)"),
    ],
)
def test_the_rule(text: str, right: str) -> None:
    theorem = USES[PRIME](term(text), Scope(Knowledge(THEORY)))
    assert theorem is not None
    assert theorem.right is term(right)
    assert not theorem.conditions


def test_the_rule_is_about_declared_functions_of_numbers() -> None:
    scope = Scope(Knowledge(read(f"{DECLARED} define k(u) = u*x").theory))
    for body in (Call("k", (X,)), Call("unheard", (X,)), Call("L", (X,)), scalar("L"), Call("k'", (X,))):
        assert USES[PRIME](Diff(body, Entry("x", ())), scope) is None


def test_without_the_chain_rule_the_inside_is_the_variable() -> None:
    scope = Scope(Knowledge(THEORY), chained=False)
    assert USES[PRIME](term("diff(f(x^2), x)"), scope) is None
    assert USES[PRIME](term("diff(f(x), x)"), scope) is not None


def test_the_relations_of_indices_that_it_used_are_conditions() -> None:
    i, k = (Index(name, Size("n")) for name in "ik")
    apart = Comparison(i, "!=", k)
    first, second = Entry("Z", (i,)), Entry("Z", (k,))
    theorem = USES[PRIME](Diff(Call("g", (first, second)), second), Scope(Knowledge(THEORY, (), (apart,))))
    assert theorem is not None
    assert theorem.right is Call("g'2", (first, second))
    assert theorem.conditions == {Condition(apart)}
    without = USES[PRIME](Diff(Call("g", (first, second)), second), Scope(Knowledge(THEORY)))
    assert without is not None
    assert Diff(first, second) in subterms(without.right)


def test_conditions_of_the_argument_remain() -> None:
    theorem = USES[PRIME](term("diff(f(1/x), x)"), Scope(Knowledge(THEORY)))
    assert theorem is not None
    assert evidence.remaining(theorem.conditions, Knowledge(THEORY))


@pytest.mark.parametrize(
    ("left", "right"), [("f'(x)", "f(x)"), ("f'(x)", "f''(x)"), ("g'1(x, y)", "g'2(x, y)"), ("f'(x)", "f'(y)"), ("f'(x)", "0")]
)
def test_derivatives_are_told_apart(left: str, right: str) -> None:
    normalizer = Normalizer(Knowledge(THEORY))
    assert not normalizer.equal(term(left), term(right))
    assert normalizer.equal(term(left), term(left.replace("x", "(x*1)")))


# --- beside SymPy ----------------------------------------------------------------------------------------------------


def expression(random: Random, depth: int) -> Term:
    """A random expression of f, g, h and their derivatives."""
    if depth <= 0:
        return random.choice((X, X, X, Y, C, number(2), scalar("s")))

    def inner() -> Term:
        return expression(random, depth - 1)

    name, arity = random.choice((("f", 1), ("g", 2), ("h", 3)))
    by = tuple(random.randint(1, arity) for _ in range(random.choice((0, 0, 1, 2))))
    kinds = (
        lambda: Add((inner(), inner())),
        lambda: Mul((inner(), inner())),
        lambda: Pow(inner(), number(2)),
        lambda: Call(derivative_name(name, by, arity), tuple(inner() for _ in range(arity))),
        lambda: Call(derivative_name(name, by, arity), tuple(inner() for _ in range(arity))),
    )
    return random.choice(kinds)()


def concrete(it: Term) -> Any:
    """The expression in SymPy with functions that are given, by SymPy's derivatives of them."""
    import sympy

    u, v, w = sympy.symbols("u v w")
    given = {
        "f": (sympy.sin(u) + u**2, (u,)),
        "g": (sympy.cos(u - 2 * v) + u * v**2, (u, v)),
        "h": (sympy.sin(u + 2 * v - w) + u * v * w, (u, v, w)),
    }
    match it:
        case Entry("s", ()):
            return concrete(THEORY.definitions["s"].body)
        case Entry(name, ()):
            return sympy.Symbol(name)
        case Number(value):
            return sympy.Rational(value.numerator, value.denominator)
        case Add(terms):
            return sympy.Add(*map(concrete, terms))
        case Mul(terms):
            return sympy.Mul(*map(concrete, terms))
        case Pow(base, exponent):
            return concrete(base) ** concrete(exponent)
        case Call(name, arguments):
            body, formal = given[declared_name(name)]
            for argument in partials(name):
                body = body.diff(formal[argument - 1])
            return body.subs(dict(zip(formal, map(concrete, arguments), strict=True)), simultaneous=True)
    raise AssertionError(it)


@pytest.mark.sample(4)
@pytest.mark.parametrize("seed", range(30))
def test_random_derivatives_agree_with_sympy_and_the_judge(seed: int) -> None:
    import sympy

    body = expression(Random(seed), 3)
    found = differentiated(Diff(body, Entry("x", ())), Context(Knowledge(THEORY)))
    for at in points(THEORY, (found.left, found.right), count=4, seed=seed):
        assert not differ(found.left, found.right, THEORY, at)
    values = {sympy.Symbol(name): value for name, value in (("x", 0.3), ("y", 0.7), ("c", 0.4))}
    own, theirs = concrete(found.right), concrete(body).diff(sympy.Symbol("x"))
    assert float(own.subs(values)) == pytest.approx(float(theirs.subs(values)), rel=1e-9, abs=1e-9)


def test_what_sympy_differentiates_is_read() -> None:
    import sympy

    x = sympy.Symbol("x", real=True)
    f, g = (sympy.Function(name, real=True) for name in "fg")
    assert from_sympy(f(x**2).diff(x), THEORY) == term("2*x*f'(x^2)")
    assert from_sympy(f(f(x)).diff(x), THEORY) == term("diff(f(x), x)*f'(f(x))")
    mixed = from_sympy(g(x, x).diff(x), THEORY)
    assert write_term(mixed, THEORY) == "g'1(x, x) + g'2(x, x)"
    with pytest.raises(CallError, match="no value"):
        from_sympy(sympy.Subs(f(x), x, sympy.Symbol("y", real=True)), THEORY)


# --- the command line ------------------------------------------------------------------------------------------------


def derive(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "derive", *arguments], capture_output=True, text=True)


def test_derive_diff_names_the_rule(tmp_path: Path) -> None:
    file = tmp_path / "f.derive"
    file.write_text("variable x\nfunction f(u)\n")
    answer = derive("diff", "f(x^2)", "--wrt", "x", "--file", str(file))
    assert answer.returncode == 0, answer.stderr
    assert "f′(x²)" in answer.stdout
    assert "by prime, chain" in answer.stdout
    assert "✓ proved" in answer.stdout


def test_a_theorem_without_a_proof_is_proved() -> None:
    report = check(read("variable x function f(u) theorem t: diff(f(x^2), x) = 2*x*f'(x^2)"))
    assert report.verdict == "proved"
    assert "prime" in report.theorems[0].steps[0].rules


def test_a_function_of_an_array_has_no_indices() -> None:
    text = "size n variable x[n], w define q[i] = x[i]^2 function L(q[n]) function f(u) theorem t: w = w"
    theory = read(text).statements[0].theory
    assert theory.ranges("L") == theory.ranges("w") == ()
    assert theory.ranges("q") == theory.ranges("x") != ()
    for name in ("f", "nothing"):
        with pytest.raises(KeyError):
            theory.ranges(name)

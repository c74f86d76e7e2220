"""What is called in Python: derivations that are asked for verdicts, presentations, equations of SymPy and functions of NumPy.

A gradient as a function is compared with central differences of the loss, computed here in NumPy by hand, and an equation with
the derivative that SymPy finds of its left side.
"""

from __future__ import annotations

import math
import os
import pickle
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy

import derive
from derive.errors import CallError, DeriveError
from derive.language.errors import SourceError

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(derive.__file__).parent.parent), "PYTHONUTF8": "1"}
RNG = np.random.default_rng(3)
SQUARE = """
size n
variable h[n]
constant t[n]
define E = sum((t[i] - h[i])^2, i)
theorem gradient: diff(E, h[k]) = 2*(h[k] - t[k])
proof
  diff(E, h[k])
    = sum(diff((t[i] - h[i])^2, h[k]), i)               by definition(E), sum
    = sum(2*(t[i] - h[i])*diff(t[i] - h[i], h[k]), i)   by power, chain
    = -sum(2*(t[i] - h[i])*delta(i, k), i)              by sum, independence, variable
    = 2*(h[k] - t[k])                                   by algebra
qed
"""
WRONG = SQUARE.replace("= 2*(h[k] - t[k])", "= 2*(t[k] - h[k])")


def differences(loss: Callable[[Any], Any], at: Any) -> Any:
    """Central differences of a loss by every entry of `at`; the axes of the loss come first."""
    at = np.asarray(at, dtype=float)
    found = np.empty(np.shape(loss(at)) + at.shape)
    for place in np.ndindex(at.shape):
        move = np.zeros(at.shape)
        move[place] = 1e-5
        found[(..., *place)] = (np.asarray(loss(at + move)) - loss(at - move)) / 2e-5
    return found


def softmax(z: Any) -> Any:
    return np.exp(z) / np.exp(z).sum()


# --- what is found ---------------------------------------------------------------------------------------------------


def test_a_derivation_has_verdicts_and_steps() -> None:
    derivation = derive.parse(SQUARE)
    assert isinstance(derivation, derive.Derivation)
    assert derivation.verdict == "proved"
    assert derivation.expected
    assert derivation.verdicts == {"gradient": "proved"}
    first, *_, last = derivation.steps
    assert (first.theorem, first.left, first.verdict) == ("gradient", "diff(E, h[k])", "proved")
    assert (first.by, first.line) == (("definition(E)", "sum"), 9)
    assert last.right == "2*(h[k] - t[k])"
    assert str(last) == "-sum(2*(t[i] - h[i])*delta(i, k), i) = 2*(h[k] - t[k]) by algebra: proved"


def test_what_is_false_is_said_and_not_raised() -> None:
    derivation = derive.parse(WRONG)
    assert derivation.verdict == "refuted"
    assert not derivation.expected
    wrong = derivation.steps[-1]
    assert wrong.verdict == "refuted"
    assert not wrong.expected
    assert wrong.message
    report = derive.check(derivation)
    assert report.verdict == "refuted"
    assert report.theorems[0].steps[-1].suggestion == wrong.suggestion


def test_the_library_and_files_are_loaded(tmp_path: Path) -> None:
    softmax_ce = derive.load("softmax-ce")
    assert softmax_ce.verdicts["softmax-ce"] == "proved"
    assert softmax_ce.verdict == "proved"  # although it shows a mistake on purpose
    assert "refuted" in softmax_ce.verdicts.values()
    assert softmax_ce.expected
    assert derive.parse("variable x theorem t: x = 2*x expect refuted").verdict == "refuted"
    path = tmp_path / "square.derive"
    path.write_text(SQUARE, encoding="utf-8")
    assert derive.load(path).verdict == derive.load(str(path)).verdict == "proved"
    two = tmp_path / "two.md"
    two.write_text(f"```derive\n{SQUARE}```\n\n```derive\n{SQUARE}```\n", encoding="utf-8")
    with pytest.raises(CallError, match="2 derivations"):
        derive.load(two)


def test_a_derivation_is_checked_once_and_not_before_it_is_asked() -> None:
    derivation = derive.load("softmax-ce")
    assert repr(derivation) == "<derivation 'softmax-ce': 8 theorems, not checked yet>"
    assert derivation.report is derivation.report
    assert repr(derivation) == "<derivation 'softmax-ce': 8 theorems, 6 proved, 2 refuted, as expected>"
    assert repr(derive.parse("size n")) == "<derivation 'without a name': 0 theorems, not checked yet>"
    assert repr(derive.diff("2*x", "x", declare="variable x")) == "<derivation 'derivative': 1 theorem, not checked yet>"
    assert pickle.loads(pickle.dumps(derive.parse(SQUARE))).verdict == "proved"


def test_presentations() -> None:
    derivation = derive.load("softmax-ce")
    assert "O_k − y_k" in str(derivation)
    assert r"\begin{align*}" in derivation.latex()
    assert derivation.markdown().startswith("# Softmax with cross-entropy\n")
    assert derivation.html().startswith("<!DOCTYPE html>")


def test_jupyter_shows_formulas() -> None:
    derivation = derive.diff("x*exp(x)", "x", declare="variable x")
    shown = derivation._repr_markdown_()
    assert r"\begin{aligned}" in shown
    assert "**Proved**" in shown
    assert '<math displaystyle="true" alttext="diff(x*exp(x), x)">' in derivation._repr_html_()
    # LaTeX it takes for a single formula.
    assert not hasattr(derivation, "_repr_latex_")


# --- derivatives -----------------------------------------------------------------------------------------------------


def test_a_derivative_with_its_proof() -> None:
    derivation = derive.diff("x*exp(x)", "x", declare="variable x")
    assert derivation.verdict == "proved"
    assert derivation.steps[0].left == "diff(x*exp(x), x)"
    assert derivation.steps[-1].right == "(x + 1)*exp(x)"
    assert all(step.by for step in derivation.steps)
    assert derive.parse(derivation.text).verdict == "proved"


def test_declarations_are_text_or_those_of_a_derivation() -> None:
    softmax_ce = derive.load("softmax-ce")
    assert derive.diff("E", "Z[k]", declare=softmax_ce).steps[-1].right == "O[k] - y[k]"
    both = derive.diff("c*E", "Z[k]", declare=[softmax_ce, "constant c"])
    assert both.verdict == "proved"
    assert both.steps[-1].right == "c*(O[k] - y[k])"
    assert derive.diff("x^3", "x, x", declare="variable x").steps[-1].right == "6*x"


# --- errors ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: derive.parse("variable x\ntheorem t: diff(x, y) = 1"), "the text:2:20: `y` is not declared"),
        (lambda: derive.diff("a*x", "x", declare="variable x"), "the expression:1:1: `a` is not declared"),
        (lambda: derive.diff("x*\n ln(x", "x", declare="variable x"), "the expression:2:"),
        (lambda: derive.diff("x*y", "x"), "the expression:1:1: `x` is not declared"),
        (lambda: derive.diff("sum(x[i]*a, i)", "x[k]"), "the expression:1:5: `x` is not declared"),
        (lambda: derive.diff("x[1]", "x"), "the expression:1:1: `x` is not declared"),
        (lambda: derive.diff("x", "y", declare="variable x"), "the variable:1:1: `y` is not declared"),
        (lambda: derive.diff("x", "x + 1", declare="variable x"), "the variable:1:1: `x \\+ 1` is an expression"),
        (lambda: derive.diff("x", "x", declare="variable x\nconstant"), "the declarations:2:9: "),
    ],
)
def test_a_mistake_in_a_text_is_raised_with_its_place(call: Callable[[], object], said: str) -> None:
    with pytest.raises(SourceError, match=said) as raised:
        call()
    assert raised.value.help
    assert raised.value.__notes__ == [f"help: {raised.value.help}"]


def test_a_file_is_named_in_the_error(tmp_path: Path) -> None:
    path = tmp_path / "bad.derive"
    path.write_text("variable x\ntheorem t: x = = 1\n", encoding="utf-8")
    with pytest.raises(SourceError, match=r"bad\.derive:2:16: "):
        derive.load(path)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: derive.load("softmx-ce"), "there is no derivation"),
        (lambda: derive.load("no/such.derive"), "there is no file"),
        (lambda: derive.parse(SQUARE).to_sympy("gradiet"), "there is no theorem"),
        (lambda: derive.parse(SQUARE).to_sympy(n=0), "n is at least 1"),
        (lambda: derive.parse(SQUARE).to_sympy(m=3), "no size or index m"),
        (lambda: derive.parse(SQUARE).to_sympy(n=3, k=4), "k runs from 1 to 3"),
        (lambda: derive.parse(SQUARE).to_sympy(n=2.5), "n is a whole number"),  # type: ignore[arg-type]
        (lambda: derive.parse("variable x").to_sympy(), "states no theorem"),
        (lambda: derive.parse(WRONG).lambdify(), "gradient is refuted"),
        (lambda: derive.load("softmax-ce").lambdify("all-but-one"), "states no derivative"),
        (lambda: derive.parse(SQUARE).lambdify()(h=[1.0, 2.0]), "there is no value for t"),
        (lambda: derive.parse(SQUARE).lambdify()(h=[1.0, 2.0], t=[1.0, 2.0, 3.0]), "the length 3, where 2 is expected"),
        (lambda: derive.parse(SQUARE).lambdify()(h=1.0, t=[1.0]), "h has 1 indices"),
        (lambda: derive.parse(SQUARE).lambdify()(h=[1.0], t=[1.0], x=1), "x is no array, size or index"),
        (lambda: derive.parse(SQUARE).lambdify()(h=[1.0], t=[1.0], k=2), "k runs from 1 to 1"),
        (lambda: derive.parse(SQUARE).lambdify()(h=np.ones((2, 4)), t=np.ones((3, 4))), "do not fit together"),
    ],
)
def test_a_mistake_in_a_call_is_raised(call: Callable[[], object], said: str) -> None:
    with pytest.raises(CallError, match=said):
        call()


def test_errors_travel_between_processes() -> None:
    with pytest.raises(DeriveError) as raised:
        derive.parse("variable")
    found = pickle.loads(pickle.dumps(raised.value))
    assert type(found) is SourceError
    assert (str(found), found.help, found.place) == (str(raised.value), raised.value.help, raised.value.place)


# --- NumPy -----------------------------------------------------------------------------------------------------------


def test_the_gradient_is_a_function_of_arrays() -> None:
    gradient = derive.load("softmax-ce").lambdify()
    assert (gradient.theorem, gradient.arguments, gradient.indices) == ("softmax-ce", ("Z", "y"), ("k",))
    for count in (1, 3, 7):
        z, y = RNG.normal(size=count), RNG.dirichlet(np.ones(count))
        expected = differences(lambda z, y=y: -np.sum(y * np.log(softmax(z))), z)
        assert gradient(Z=z, y=y) == pytest.approx(expected, abs=1e-8)
        assert gradient(Z=list(z), y=list(y), k=1) == pytest.approx(expected[0], abs=1e-8)
    assert gradient(Z=[1000.0, 0.0], y=[0.0, 1.0]) == pytest.approx([1.0, -1.0])


def test_a_jacobian_has_the_axes_of_the_value_first() -> None:
    declared = "size m, n\nvariable x[n]\nconstant W[m, n]\ndefine f[j] = sum(W[j, i]*x[i]^2, i)"
    jacobian = derive.diff("f[j]", "x[i]", declare=declared).lambdify()
    assert jacobian.indices == ("j", "i")
    w, x = RNG.normal(size=(2, 3)), RNG.normal(size=3)
    assert jacobian(W=w, x=x) == pytest.approx(differences(lambda x: w @ x**2, x), abs=1e-8)


def test_a_fixed_index_is_an_axis_that_can_be_picked() -> None:
    declared = "size K\nvariable z[K]\nindex o: K\ndefine p[i] = exp(z[i])/sum(exp(z[j]), j)\ndefine L = -ln(p[o])"
    gradient = derive.diff("L", "z[k]", declare=declared).lambdify()
    assert gradient.indices == ("o", "k")
    z = RNG.normal(size=4)
    assert gradient(z=z) == pytest.approx(softmax(z) - np.eye(4))
    assert gradient(z=z, o=2) == pytest.approx(softmax(z) - np.eye(4)[1])


@pytest.mark.slow
def test_leading_axes_are_a_batch() -> None:
    slope = derive.diff("x^2*sin(a*x)", "x", declare="variable x  constant a").lambdify()
    x = np.linspace(-1, 2, 12).reshape(3, 4)
    found = slope(x=x, a=1.5)
    assert found == pytest.approx(2 * x * np.sin(1.5 * x) + 1.5 * x**2 * np.cos(1.5 * x))
    assert slope(x=2.0, a=1.5).shape == ()
    gradient = derive.load("softmax-ce").lambdify()
    z, y = RNG.normal(size=(5, 1, 3)), RNG.dirichlet(np.ones(3), size=2)
    found = gradient(Z=z, y=y)
    assert found.shape == (5, 2, 3)
    assert found[4, 1] == pytest.approx(gradient(Z=z[4, 0], y=y[1]))
    assert gradient(Z=np.ones((0, 3)), y=np.ones(3)).shape == (0, 3)


def test_sizes_that_no_array_tells_are_given_by_name() -> None:
    gradient = derive.diff("n*sum(Z[i], i)", "Z[k]", declare="size n\nvariable Z[n]").lambdify()
    assert gradient(n=3) == pytest.approx([3.0, 3.0, 3.0])
    assert gradient(Z=[0.1, 0.2]) == pytest.approx([2.0, 2.0])


def test_nothing_is_said_of_entries_of_which_the_theorem_does_not_speak() -> None:
    text = "size n\nvariable x[n]\ndefine q[i] = x[i]/sum(x[j], j)\n"
    derivation = derive.parse(f"{text}theorem t for i != k: diff(q[i], x[k]) = -x[i]/sum(x[j], j)^2")
    found = derivation.lambdify()(x=[1.0, 2.0])
    assert found == pytest.approx(np.array([[np.nan, -1 / 9], [-2 / 9, np.nan]]), nan_ok=True)


SUPPOSING = """
size n >= 2
variable x[n], s > 0, w
constant c != 0
assume sum(x[i], i) = 0
function f(u)
assume for all w: f(w) = f(-w)
theorem t given x[k] > c: diff(s*c*x[k]^2, x[k]) = 2*s*c*x[k]
theorem u: diff(s*ln(c*x[k]), x[k]) = s/x[k]
theorem v for i != k given x[i] != 0: diff(x[i]*x[k], x[k]) = x[i]
"""


@pytest.fixture(scope="module")
def supposing() -> derive.Derivation:
    return derive.parse(SUPPOSING)


@pytest.mark.parametrize(
    ("theorem", "values", "said"),
    [
        ("t", {"x": [1, -1], "s": 1, "c": 0.5, "k": 1}, None),
        ("t", {"x": [1, -1], "s": 1, "c": 0.5}, "t is given x[k] > c: the left side is -1, the right side 0.5, at k = 2"),
        ("t", {"x": [1, -1], "s": 1, "c": 0.5, "k": 2}, "the left side is -1, the right side 0.5, at k = 2"),
        ("t", {"x": [0.5, -0.5], "s": 1, "c": 0.5, "k": 1}, "the left side is 0.5, the right side 0.5"),  # a strict relation
        ("t", {"x": [1, -1], "s": 0, "c": 0.5, "k": 1}, "s > 0 is declared: the left side is 0, the right side 0"),
        ("t", {"x": [1, -1], "s": [1, 1, -2], "c": 0.5, "k": 1}, "the left side is -2, the right side 0, at element 2 of the"),
        ("t", {"x": [1, -1], "s": 1, "c": 0, "k": 1}, "c != 0 is declared: the left side is 0"),
        ("t", {"x": [0], "s": 1, "c": -1}, "t says nothing of n = 1, but of n >= 2"),
        ("t", {"x": [1, 1], "s": 1, "c": 0.5}, "t assumes sum(x[i], i) = 0: the left side is 2, the right side 0"),
        ("t", {"x": [math.nan, 1], "s": 1, "c": 0.5}, "t assumes sum(x[i], i) = 0: the left side is nan"),
        ("t", {"x": [[1, -1], [0.3, 0.3]], "s": 1, "c": -9}, "the left side is 0.6, the right side 0, at element 1 of"),
        ("t", {"x": [1e9, 0.1, -1e9 - 0.1], "s": 1, "c": -1e10}, None),  # a small difference of large numbers has few digits
        ("t", {"x": [1e9, 1, -1e9], "s": 1, "c": -1e10}, "the left side is 1, the right side 0"),
        ("u", {"x": [1, -1], "s": 1, "c": 1}, "u is proved where c*x[k] > 0: the left side is -1, the right side 0, at k = 2"),
        ("u", {"x": [1, -1], "s": 1, "c": 1, "k": 1}, None),
        ("v", {"x": [1, -1]}, None),
        ("v", {"x": [0, 0]}, "v is given x[i] != 0: the left side is 0, the right side 0, at i = 1, k = 2"),
    ],
)  # fmt: skip
def test_what_a_theorem_supposes_is_checked(
    supposing: derive.Derivation, theorem: str, values: dict[str, Any], said: str | None
) -> None:
    gradient = supposing.lambdify(theorem)
    computed = gradient(**values, check=False)
    assert np.array_equal(supposing.lambdify(theorem, check=False)(**values), computed, equal_nan=True)
    if said is None:
        assert np.array_equal(gradient(**values), computed, equal_nan=True)
    else:
        with pytest.raises(derive.CallError, match=re.escape(said)):
            gradient(**values)


def test_an_equality_holds_up_to_the_rounding_of_what_is_given() -> None:
    gradient = derive.load("softmax-ce").lambdify()
    z = np.zeros(1000)
    for _ in range(5):
        y = RNG.dirichlet(np.ones(1000))
        for exact in (y, y.astype(np.float32), y.astype(np.float32).tolist()):
            assert gradient(Z=z, y=exact).shape == (1000,)
        wrong = y + np.eye(1000)[0] * 1e-6
        with pytest.raises(derive.CallError, match=re.escape("softmax-ce assumes sum(y[i], i) = 1")):
            gradient(Z=z, y=wrong)
        with pytest.raises(derive.CallError):
            gradient(Z=z, y=(y * 1.001).astype(np.float32))


def test_a_batch_is_checked_all_at_once() -> None:
    gradient = derive.load("softmax-ce").lambdify()
    z, y = RNG.normal(size=(400, 1, 3)), RNG.dirichlet(np.ones(3), size=(400, 5))
    looks = gradient._checks
    assert [look.supposed.said for look in looks] == ["softmax-ce assumes sum(y[i], i) = 1"]
    calls: list[int] = []
    code = looks[0].left.code
    object.__setattr__(looks[0].left, "code", lambda *leaves: calls.append(1) or code(*leaves))
    assert gradient(Z=z, y=y).shape == (400, 5, 3)
    assert len(calls) == 1
    y[7, 3] = [2, 1, 0]
    with pytest.raises(derive.CallError, match=re.escape("side is 3, the right side 1, at element (7, 3) of the batch of y")):
        gradient(Z=z, y=y)


def test_an_array_that_is_called_check_is_one() -> None:
    slope = derive.diff("check^2", "check").lambdify()
    assert slope(check=3.0) == pytest.approx(6.0)


@pytest.mark.sample(6)
@pytest.mark.parametrize("name", ["mse", "bce-with-logit", "layer-norm", "temperature-softmax", "l2-normalize", "poisson-nll"])
def test_gradients_of_the_library_agree_with_the_derivative_found_anew(name: str) -> None:
    """The stated gradient and that of `derive.diff`, two theorems with two proofs, at the same point."""
    derivation = derive.load(name)
    stated = derivation.lambdify()
    theorem = next(each for each in derivation.report.theorems if each.statement.name == stated.theorem)
    from derive.language import write_term

    theory = theorem.statement.theory
    anew = derive.diff(
        write_term(theorem.left.body, theory), write_term(theorem.left.by, theory), declare=derivation
    )
    assert anew.verdict == "proved"
    values: dict[str, Any] = {
        unknown.name: RNG.uniform(0.2, 2, size=(4,) * len(unknown.ranges)) for unknown in theory.unknowns.values()
    }
    assert anew.lambdify()(**values) == pytest.approx(stated(**values), rel=1e-9)


# --- SymPy -----------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_an_equation_for_every_size() -> None:
    equation = derive.load("softmax-ce").to_sympy()
    assert isinstance(equation, sympy.Eq)
    assert isinstance(equation.lhs, sympy.Derivative)
    assert {symbol.name for symbol in equation.free_symbols if symbol.is_integer} >= {"H", "k"}
    other = derive.load("softmax-ce").to_sympy("outputs-sum-to-one")
    assert other.rhs == 1


@pytest.mark.parametrize(("name", "numbers"), [("softmax-ce", {"H": 3, "k": 2}), ("mse", {"n": 3, "k": 1})])
def test_sympy_finds_the_same_derivative(name: str, numbers: dict[str, int]) -> None:
    equation = derive.load(name).to_sympy(**numbers)
    left, right = equation.lhs.doit().doit(), equation.rhs.doit()
    values = {entry: sympy.Rational(RNG.integers(1, 40), 17) for entry in (left - right).atoms(sympy.Indexed)}
    targets = sorted((entry for entry in values if str(entry.base) == "y"), key=str)
    if name == "softmax-ce":  # what is assumed: the targets add up to 1
        values[targets[0]] = 1 - sum(values[target] for target in targets[1:])
    assert abs(sympy.N((left - right).subs(values), 20)) < 1e-15


def test_a_derivative_by_a_defined_name_leaves_the_name() -> None:
    text = "variable x\ndefine u = x^2\ndefine f = sin(u)\ntheorem t: diff(f, u) = cos(u)"
    equation = derive.parse(text).to_sympy()
    u = sympy.Symbol("u", real=True)
    assert equation.rhs == sympy.cos(u)
    assert equation.doit() == sympy.true


# --- weight ----------------------------------------------------------------------------------------------------------


def modules_after(program: str) -> set[str]:
    """The heavy modules that are loaded when the program has run."""
    program += '\nimport sys; print(*({"sympy", "numpy", "typer", "rich", "derive.api"} & set(sys.modules)))'
    found = subprocess.run([sys.executable, "-c", program], env=ENVIRONMENT, capture_output=True, text=True, check=True)
    return set(found.stdout.split())


def test_importing_and_checking_load_nothing_heavy() -> None:
    assert modules_after("import derive") == set()
    checked = 'import derive\nd = derive.load("softmax-ce")\nd.verdict, d.steps, d.latex(), d.markdown(), d.html(), str(d)'
    assert modules_after(checked) == {"derive.api"}
    assert modules_after('import derive\nderive.diff("2*x", "x", declare="variable x").verdict') == {"derive.api"}

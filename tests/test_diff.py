"""`derive diff`: the command as a process, and the derivatives that it finds against those of SymPy.

The expressions are random, over every function of the table, and differentiated by a scalar, by an entry at a free index, and
by an entry at a whole number. SymPy differentiates the same expression written out entry by entry for H = 3, so that it never
meets a finite sum; both results are then numbers at the same generic points.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import pytest

import derive
from derive.bridge.sympy import to_sympy
from derive.commands.diff import Wishes, derived
from derive.derivation import Statement
from derive.errors import CallError
from derive.evaluate import Point, Undefined, float_at
from derive.functions import TABLE
from derive.language import read
from derive.rules import NAMES
from derive.terms import Apply, Diff, Entry, Index, Prod, Sum, Term, subterms
from derive.verdicts import Report

# --- the command -----------------------------------------------------------------------------------------------------

ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR", "PYTHONIOENCODING")},
    "PYTHONPATH": str(Path(derive.__file__).parent.parent),
    "PYTHONUTF8": "1",
}
USAGE = 2
SOFTMAX = """title "Softmax with cross-entropy"
size H
variable Z[H]
constant y[H]
assume sum(y[i], i) = 1
define O[i] = exp(Z[i]) / sum(exp(Z[j]), j)
define E = -sum(y[i]*ln(O[i]), i)
theorem wrong: diff(E, Z[k]) = y[k] expect refuted
"""


def diff(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs `derive diff` with its output in pipes."""
    return subprocess.run(
        [sys.executable, "-m", "derive", "diff", *arguments],
        env=ENVIRONMENT, capture_output=True, text=True, encoding="utf-8", timeout=60, check=False,
    )  # fmt: skip


def test_prints_the_derivative_with_its_rules() -> None:
    done = diff("x^2*ln(x)", "--wrt", "x", "--declare", "variable x > 0")
    assert (done.returncode, done.stderr) == (0, "")
    for said in ("by product", "by power", "by log", "✓ proved"):
        assert said in done.stdout
    assert "\x1b" not in done.stdout


def test_what_is_not_declared_is_an_error_that_says_what_to_type() -> None:
    done = diff("a*x^2", "--wrt", "x", "--declare", "variable x")
    assert (done.returncode, done.stdout) == (USAGE, "")
    first, second = done.stderr.splitlines()
    assert first == "error[D140]: a is not declared"
    assert second.startswith("  help: ")
    typed = re.search(r'"(constant a)"', second)
    assert typed is not None
    assert diff("a*x^2", "--wrt", "x", "--declare", "variable x", "--declare", typed[1]).returncode == 0


def test_the_variable_has_to_be_declared_too() -> None:
    done = diff("x^2", "--wrt", "t", "--declare", "variable x")
    assert (done.returncode, done.stdout) == (USAGE, "")
    assert "t is not declared" in done.stderr
    assert '--declare "variable' in done.stderr


@pytest.mark.parametrize("wrt", ["a", "x^2", "2", "x +", "", "Z", "Z[k, k]", "x, x) + diff(x"])
def test_no_derivative_by_what_is_not_a_variable(wrt: str) -> None:
    with pytest.raises(derive.errors.DeriveError) as raised:
        derived("x^2*a", Wishes(wrt, ("size H variable x, Z[H] constant a",)))
    assert raised.value.message


def test_a_wrong_variable_is_reported_in_a_line() -> None:
    done = diff("x^2*a", "--wrt", "x^2", "--declare", "variable x constant a")
    assert (done.returncode, done.stdout) == (USAGE, "")
    assert done.stderr.startswith("error")
    assert "Traceback" not in done.stderr


def test_a_syntax_error_is_shown_where_it_is() -> None:
    done = diff("x^2*ln(x", "--wrt", "x", "--declare", "variable x > 0")
    assert (done.returncode, done.stdout) == (USAGE, "")
    assert done.stderr.startswith("error[D")
    assert "ln(x" in done.stderr
    assert "^" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_gives_the_declarations_and_none_of_its_theorems(tmp_path: Path) -> None:
    path = tmp_path / "softmax.derive"
    path.write_text(SOFTMAX, encoding="utf-8")
    done = diff("E", "--wrt", "Z[k]", "--file", str(path), "--format", "json")
    assert done.returncode == 0, done.stderr
    (derivation,) = json.loads(done.stdout)["derivations"]
    (theorem,) = derivation["theorems"]
    assert theorem["name"] == "derivative"
    assert theorem["left"] == "diff(E, Z[k])"
    assert theorem["verdict"] == "proved"
    both = diff("c*E", "--wrt", "Z[k]", "--file", str(path), "--declare", "constant c")
    assert both.returncode == 0, both.stderr
    missing = diff("E", "--wrt", "Z[k]", "--file", str(tmp_path / "none.derive"))
    assert missing.returncode == USAGE
    assert "none.derive" in missing.stderr


@pytest.mark.parametrize(
    ("format", "said"),
    [
        ("text", "Derivative\n"),
        ("latex", r"\frac{\partial"),
        ("markdown", "# Derivative"),
        ("json", '"version": 1'),
    ],
)
def test_formats(format: str, said: str, tmp_path: Path) -> None:
    target = tmp_path / "out"
    call = ("x^3*sin(x)", "--wrt", "x", "--declare", "variable x", "--format", format)
    done = diff(*call)
    assert (done.returncode, done.stderr) == (0, "")
    assert said in done.stdout
    assert done.stdout.endswith("\n")
    if format == "json":
        report = json.loads(done.stdout)
        assert report["summary"]["as_expected"]
        assert all(step["by"] for step in report["derivations"][0]["theorems"][0]["steps"])
        return
    written = diff(*call, "-o", str(target))
    assert (written.returncode, written.stdout) == (0, "")
    assert target.read_text(encoding="utf-8") == done.stdout


# --- random expressions ----------------------------------------------------------------------------------------------

SIZE = 3
DECLARED = """
size H >= 2
variable x, s > 0, Z[H], p[H] > 0
constant a, b > 0, y[H]
define r = x^2 + s
define q[i] = exp(Z[i])/sum(exp(Z[j]), j)
"""
SEED = 20_240
BATCHES, EACH = 16, 20


class Expressions:
    """Random text in the language: `real` is any expression, `positive` one whose value is positive wherever it has one."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.bound = 0

    def one_of(self, *makers: Callable[[], str]) -> str:
        return self.random.choice(makers)()

    def index(self, scope: tuple[str, ...]) -> str:
        return self.random.choice((*scope, *scope, "k", "1", "2"))

    def real(self, depth: int, scope: tuple[str, ...] = ()) -> str:
        if depth == 0:
            at = self.index(scope)
            return self.random.choice(["x", "x", "s", f"Z[{at}]", f"Z[{at}]", f"y[{at}]", f"p[{at}]", "a", "r", f"q[{at}]", "3"])

        def inner() -> str:
            return self.real(depth - 1, scope)

        def positive() -> str:
            return self.positive(depth - 1, scope)

        return self.one_of(
            lambda: f"({inner()} + {inner()})",
            lambda: f"({inner()} - {inner()})",
            lambda: f"(-{inner()})",
            lambda: f"{inner()}*{inner()}",
            lambda: f"({inner()})*({inner()})",
            lambda: f"({inner()})/({positive()})",
            lambda: f"({inner()})/({inner()})",
            lambda: f"({inner()})^{self.random.choice(['2', '3', '4', '(-1)', '(-2)'])}",
            lambda: f"({positive()})^{self.random.choice(['0.5', '(1/3)', '(-3/2)', 'a', 'b', 'H', '(a - 1)', 'x', 's'])}",
            lambda: f"2^({inner()})",
            lambda: self.function(self.random.choice([name for name in TABLE if TABLE[name].arity]), depth, scope),
            lambda: self.function(self.random.choice([name for name in TABLE if TABLE[name].arity]), depth, scope),
            lambda: self.function(self.random.choice([name for name in TABLE if TABLE[name].arity]), depth, scope),
            lambda: self.binder("sum", depth, scope),
            lambda: self.binder("prod", depth, scope),
        )

    def positive(self, depth: int, scope: tuple[str, ...] = ()) -> str:
        if depth <= 0:
            return self.random.choice(["s", "s", f"p[{self.index(scope)}]", "b", "exp(x)", "2", f"q[{self.index(scope)}]"])

        def inner() -> str:
            return self.positive(depth - 1, scope)

        return self.one_of(
            lambda: f"({inner()} + {inner()})",
            lambda: f"{inner()}*{inner()}",
            lambda: f"({inner()})/({inner()})",
            lambda: f"(1 + ({self.real(depth - 1, scope)})^2)",
            lambda: f"exp({self.real(depth - 1, scope)})",
            lambda: f"sigmoid({self.real(depth - 1, scope)})",
            lambda: self.binder("sum", depth, scope, self.positive),
        )

    def function(self, name: str, depth: int, scope: tuple[str, ...] = ()) -> str:
        """A function of the table applied to what lies in its domain, or, where the domain is the line but for points, likely does."""
        if name == "log":
            return f"log({self.positive(depth - 1, scope)}, {self.random.choice(['2', '10', 'b', '(1 + s)'])})"
        x = (Entry("x", ()),) * TABLE[name].arity
        half_line = any(claim.relation in (">", ">=") for claim in TABLE[name].domain(x))
        make = self.positive if half_line else self.real
        return f"{name}({', '.join(make(depth - 1, scope) for _ in x)})"

    def variable(self, text: str) -> str:
        """A variable on which the expression is likely to depend: most derivatives by any other are 0."""
        unfolded = re.sub(r"\br\b", "(x + s)", text).replace("q[", "Z[")
        entries = re.findall(r"\b(?:x|s|[Zp]\[\w+\])(?!\w)", unfolded)
        return self.random.choice([re.sub(r"\[i\d+\]", "[k]", entry) for entry in entries] or ["x"])

    def binder(self, name: str, depth: int, scope: tuple[str, ...], make: Callable[..., str] | None = None) -> str:
        self.bound += 1
        index = f"i{self.bound}"
        body = (make or self.real)(depth - 1, (*scope, index))
        inferred = f"[{index}]" in body and self.random.random() < 0.5
        excluded = self.random.random() < 0.15
        return f"{name}({body}, {index} != k)" if inferred and excluded else f"{name}({body}, {index}{'' if inferred else ': H'})"


def expressions(count: int) -> list[tuple[str, str]]:
    """Expressions with the variable to differentiate by: first each function of the table by itself, then whatever comes."""
    source = Expressions(SEED)
    single = [source.function(name, 2) for name in TABLE if TABLE[name].arity for _ in range(3)]
    mixed = [source.real(source.random.choice((2, 2, 3))) for _ in range(count - len(single))]
    return [(text, source.variable(text)) for text in (*single, *mixed)]


def point(seed: int) -> Point:
    """A generic point of size H = 3: no two values are equal, and none is 0 or 1."""
    random = Random(seed)

    def some(low: int, high: int) -> Fraction:
        return Fraction(random.randrange(low, high) * 2 + 1, 512)

    scalars = {"x": some(-250, 250), "s": some(40, 400), "a": some(-300, 300), "b": some(40, 400)}
    arrays = {(name, (i,)): some(40 if name == "p" else -250, 300) for name in ("Z", "p", "y") for i in range(1, SIZE + 1)}
    values = {**{(name, ()): value for name, value in scalars.items()}, **arrays}
    return Point({"H": SIZE}, {"k": random.randint(1, SIZE)}, values)


def slope_by_sympy(body: Term, by: Term, statement: Statement, at: Point) -> complex:
    """The derivative as SymPy finds it for the expression written out for H = 3, as a number."""
    import sympy

    fixed = {**at.sizes, **at.indices}

    def written_out(term: Term) -> Any:
        whole = to_sympy(term, statement.signature, unfolded=True)
        return whole.subs({each: fixed[each.name] for each in whole.free_symbols if each.name in fixed}).doit()

    whole, variable = written_out(body), written_out(by)
    values = {each: at.values[each.name, ()] for each in whole.free_symbols if (each.name, ()) in at.values}
    entries = {}
    for each in whole.atoms(sympy.Indexed) | variable.atoms(sympy.Indexed):
        # Entries become symbols, lest SymPy ask of each pair whether their indices agree.
        name, place = each.base.label.name, int(each.indices[0])
        entries[each] = sympy.Symbol(f"{name}_{place}", **({"positive": True} if name == "p" else {"real": True}))
        values[entries[each]] = at.values[name, (place,)]
    slope = sympy.diff(whole.xreplace(entries), variable.xreplace(entries))
    return complex(slope.evalf(20, subs={each: sympy.Rational(v.numerator, v.denominator) for each, v in values.items()}))

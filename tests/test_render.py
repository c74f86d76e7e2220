"""What is printed: terms in text and LaTeX, sums written out, and whole reports at any width."""

from __future__ import annotations

import json
import random
import re
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from derive.checking.checker import check
from derive.checking.elision import DOTS, written_out
from derive.checking.verdicts import Applied, ChainResult, Report, StepResult, TheoremResult
from derive.floor.conditions import Condition
from derive.floor.terms import (
    ONE,
    ZERO,
    Add,
    Apply,
    Comparison,
    Div,
    Entry,
    Fixed,
    Index,
    Mul,
    Neg,
    Number,
    Pow,
    Size,
    Sum,
    Term,
    number,
    substitute,
    subterms,
)  # fmt: skip
from derive.floor.theory import Theory
from derive.language import read, read_expression, write_reason, write_term
from derive.language.conditions import write_condition
from derive.numbers.counterexample import Counterexample
from derive.render.json import report_json, reports_json, summary
from derive.render.latex import latex_term, report_latex, standalone
from derive.render.layout import broken, columns
from derive.render.markdown import report_markdown
from derive.render.order import MISTAKES, order
from derive.render.symbols import latex_name, unicode_name
from derive.render.text import report_text
from derive.render.unicode import entry_text, write_unicode
from supposing import shown_as, supposed

DECLARED = """
    size     H, n
    variable x, a, b, c, s, x1, score, theta, Z[H], y[H], W[H, H], omega[H], scores[H]
    function f(u)
    function g(u, v)
    function w2(u, v)
    define   O[i] = exp(Z[i])/sum(exp(Z[j]), j)
    define   E = -sum(y[i]*ln(O[i]), i)
"""
THEORY = read(DECLARED).theory
H = Size("H")
AT_I, AT_J, AT_K = (Index(name, H) for name in "ijk")


def term(text: str, theory: Theory = THEORY) -> Term:
    return read_expression(text, theory, {"i": AT_I, "j": AT_J, "k": AT_K})


def test_a_bound_index_is_told_from_a_declared_one_of_its_name() -> None:
    bound, declared = Index("i", H), Fixed("i", H)
    both = Sum(bound, (), Mul((Entry("Z", (bound,)), Entry("y", (declared,)))))
    assert write_term(both) == "sum(Z[i2]*y[i], i2: H)"
    assert write_unicode(both) == "Σ_{i₂} Z_{i₂} y_i"
    assert latex_term(both) == r"\sum_{i_{2}=1}^{H} Z_{i_{2}} y_{i}"
    theory = replace(THEORY, indices={"i": declared})
    assert read_expression(write_term(both, theory), theory) is Sum(
        Index("i2", H), (), Mul((Entry("Z", (Index("i2", H),)), Entry("y", (declared,))))
    )
    condition = Condition(Comparison(Entry("Z", (bound,)), ">", Entry("Z", (declared,))), frozenset((bound,)))
    assert write_condition(condition) == "Z[i2] > Z[i] for all i2"


TABLE = (Path(__file__).parent / "render-terms.txt").read_text(encoding="utf-8")
ROWS = [tuple(row.split(" ~ ")) for row in TABLE.splitlines() if not row.startswith("#")]


@pytest.mark.parametrize(("written", "unicode", "latex"), ROWS, ids=[row[0] for row in ROWS])
def test_terms(written: str, unicode: str, latex: str) -> None:
    assert write_unicode(term(written), THEORY) == unicode
    assert latex_term(term(written), THEORY) == latex


@pytest.mark.parametrize("written", [row[0] for row in ROWS])
def test_the_ascii_form_is_the_proof_language(written: str) -> None:
    text = write_unicode(term(written), THEORY, ascii=True)
    assert text == write_term(term(written), THEORY)
    assert term(text) is term(written)


@pytest.mark.parametrize(
    ("name", "unicode", "latex"),
    [
        ("theta", "θ", r"\theta"), ("θ", "θ", r"\theta"), ("x1", "x₁", "x_{1}"), ("x_1", "x₁", "x_{1}"),
        ("score", "score", r"\mathrm{score}"), ("score12", "score₁₂", r"\mathrm{score}_{12}"), ("eps", "ε", r"\varepsilon"),
        ("d_model", "d_model", r"d_{\mathrm{model}}"), ("W2_in", "W₂_in", r"W_{2,\mathrm{in}}"),
        ("sigma2", "σ₂", r"\sigma_{2}"),
        ("ŷ", "ŷ", r"\hat{y}"), ("Δx", "Δx", r"\mathrm{\Delta x}"), ("_", "_", r"\_"), ("é", "é", r"\acute{e}"),
        ("Sigma", "Sigma", r"\Sigma"), ("лж", "лж", r"\text{лж}"), ("Omega", "Ω", r"\Omega"), ("x_", "x", "x"),
        ("µ", "µ", r"\mu"),
    ],
)  # fmt: skip
def test_names(name: str, unicode: str, latex: str) -> None:
    assert unicode_name(name) == unicode
    assert latex_name(name) == latex


def test_a_name_keeps_its_one_meaning() -> None:
    declared = read("size H variable delta[H, H], e, x[H] constant d[H]").theory
    kronecker = read_expression("delta(i, j)", declared, {"i": AT_I, "j": AT_J})
    assert write_unicode(kronecker) == "δ_ij"
    assert write_unicode(kronecker, declared) == "[i = j]"
    assert latex_term(kronecker, declared) == "[i = j]"
    assert latex_term(Apply("exp", (Entry("x", (AT_I,)),)), declared) == r"\exp(x_{i})"


# --- parentheses -----------------------------------------------------------------------------------------------------
#
# What is printed is read back by a few lines that know only the conventions of mathematics, and must have the value of the
# term. The functions are stand-ins with rational values, so that nothing is rounded.

FUNCTIONS = {"ln": lambda v: v + 7, "exp": lambda v: 2 * v + 3, "√": lambda v: 3 * v + 1, "abs": lambda v: v * v + 2}
VALUES = {"a": Fraction(2, 3), "b": Fraction(-5), "c": Fraction(7, 2)}
ENTRIES = {"y": (Fraction(3), Fraction(-2, 5)), "p": (Fraction(1, 7), Fraction(4))}
TOKEN = re.compile(r"Σ_[ij]|[a-z]_[ij]|ln|exp|√|\d+|[a-c]|[²³]| [·/+−] |[-+*/·−()|^]| ")


class Reading:
    """Reads a line of mathematics as its value."""

    def __init__(self, text: str) -> None:
        self.tokens = TOKEN.findall(text)
        assert "".join(self.tokens) == text, text
        self.at = 0
        self.bound: dict[str, int] = {}

    def next(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, *tokens: str) -> str:
        found = self.next()
        if found not in tokens:
            return ""
        self.at += 1
        return found

    def sum(self) -> Fraction:
        value = -self.product() if self.take("−") else self.product()
        while sign := self.take(" + ", " − "):
            value += self.product() if sign == " + " else -self.product()
        return value

    def product(self) -> Fraction:
        value = self.factor()
        while sign := self.take(" · ", " / ", "/", " "):
            value = value / self.factor() if "/" in sign else value * self.factor()
        return value

    def factor(self) -> Fraction:
        value = self.atom()
        while raised := self.take("²", "³"):
            value **= "²³".index(raised) + 2
        return value

    def atom(self) -> Fraction:
        token = self.next()
        self.at += 1
        if token == "(":
            value = self.sum()
            assert self.take(")")
        elif token == "|":
            value = FUNCTIONS["abs"](self.sum())
            assert self.take("|")
        elif token in FUNCTIONS:
            self.take(" ")
            value = FUNCTIONS[token](self.atom())
        elif token.startswith("Σ"):
            assert self.take(" ")
            start, index, value = self.at, token[-1], Fraction(0)
            for at in (0, 1):
                self.at, outer = start, self.bound
                self.bound = {**outer, index: at}
                value += self.product()
                self.bound = outer
        elif "_" in token:
            value = ENTRIES[token[0]][self.bound.get(token[-1], 0)]
        else:
            value = VALUES[token] if token in VALUES else Fraction(token)
        return value


def value_of(found: Term, bound: dict[str, int]) -> Fraction:
    match found:
        case Number(value):
            return value
        case Entry(name, ()):
            return VALUES[name]
        case Entry(name, (Index(index, _),)):
            return ENTRIES[name][bound.get(index, 0)]
        case Add(terms):
            return sum((value_of(part, bound) for part in terms), Fraction(0))
        case Mul(factors):
            product = Fraction(1)
            for part in factors:
                product *= value_of(part, bound)
            return product
        case Neg(inner):
            return -value_of(inner, bound)
        case Div(above, below):
            return value_of(above, bound) / value_of(below, bound)
        case Pow(base, Number(exponent)):
            return value_of(base, bound) ** int(exponent)
        case Apply(name, (inner,)):
            return FUNCTIONS["√" if name == "sqrt" else name](value_of(inner, bound))
        case Sum(index, _, body):
            return sum((value_of(body, {**bound, index.name: at}) for at in (0, 1)), Fraction(0))
    raise AssertionError(found)


def random_term(chance: random.Random, depth: int) -> Term:
    if depth == 0 or chance.random() < 0.15:
        leaf = chance.choice("abcypn")
        if leaf == "n":
            return number(chance.choice([1, 2, 10, -3, Fraction(1, 2), Fraction(-2, 3)]))
        return Entry(leaf, (chance.choice((AT_I, AT_J)),)) if leaf in ENTRIES else Entry(leaf, ())

    def inner() -> Term:
        return random_term(chance, depth - 1)

    match chance.choice(["add", "mul", "mul", "neg", "div", "div", "pow", "apply", "sum"]):
        case "add":
            return Add(tuple(inner() for _ in range(chance.choice((2, 2, 3)))))
        case "mul":
            return Mul(tuple(inner() for _ in range(chance.choice((2, 2, 3)))))
        case "neg":
            return Neg(inner())
        case "div":
            return Div(inner(), inner())
        case "pow":
            return Pow(inner(), number(chance.choice((2, 3))))
        case "apply":
            return Apply(chance.choice(("ln", "exp", "sqrt", "abs")), (inner(),))
    return Sum(chance.choice((AT_I, AT_J)), (), inner())


def plain(latex: str) -> str:
    """LaTeX as a line of text: fractions, roots and powers of e get the parentheses that their shape makes superfluous."""
    for old, new in {
        r"\left|": "|", r"\right|": "|", r"\left": "", r"\right": "", r"\exp": "exp", r"\ln": "ln", r" \cdot ": " · ", "-": "−",
        r"\sum_{i=1}^{H}": "Σ_i", r"\sum_{j=1}^{H}": "Σ_j", "_{i}": "_i", "_{j}": "_j",
    }.items():  # fmt: skip
        latex = latex.replace(old, new)
    while found := re.search(r"\\frac|\\sqrt|e\^", latex):
        start, parts = found.end(), []
        for _ in range(2 if "frac" in found[0] else 1):
            depth, end = 0, start
            while True:
                depth += (latex[end] == "{") - (latex[end] == "}")
                end += 1
                if depth == 0:
                    break
            parts.append(f"({latex[start + 1 : end - 1]})")
            start = end
        inside = f"({'/'.join(parts)})" if len(parts) == 2 else f"({'√' if 'sqrt' in found[0] else 'exp'}{parts[0]})"
        latex = latex[: found.start()] + inside + latex[start:]
    return latex.replace("^{2}", "²").replace("^{3}", "³")


def test_no_parenthesis_is_lost() -> None:
    chance = random.Random(20240229)
    read_back = 0
    for _ in range(4000):
        found = random_term(chance, chance.choice((2, 3, 4)))
        unicode, latex = write_unicode(found), latex_term(found)
        try:
            expected = value_of(found, {})
        except ZeroDivisionError:
            continue
        assert Reading(re.sub(r"_{([ij])=1..H}", r"_\1", unicode)).sum() == expected, (unicode, found)
        assert Reading(plain(latex)).sum() == expected, (latex, found)
        read_back += 1
    assert read_back > 3500


# --- sums written out ------------------------------------------------------------------------------------------------


def at_size(text: str, size: int, **indices: int) -> Term:
    """The term with H = `size` and free indices replaced by numbers."""
    found = substitute(term(text), {H: number(size)})
    return substitute(found, {Index(name, number(size)): number(value) for name, value in indices.items()})


@pytest.mark.parametrize(
    ("written", "size", "indices", "expected"),
    [
        ("-sum(y[i]*ln(O[i]), i)", 3, {}, "−(y_1 ln O_1 + y_2 ln O_2 + y_3 ln O_3)"),
        ("sum(y[i]*ln(O[i]), i)", 1000, {}, "y_1 ln O_1 + y_2 ln O_2 + ⋯ + y_1000 ln O_1000"),
        ("sum(y[i], i)", 6, {}, "y_1 + y_2 + y_3 + y_4 + y_5 + y_6"),
        ("sum(y[i], i)", 7, {}, "y_1 + y_2 + ⋯ + y_7"),
        ("sum(y[i], i)", 1, {}, "y_1"),
        ("sum(y[i], i != k)", 1, {"k": 1}, "0"),
        ("prod(y[i], i != k)", 1, {"k": 1}, "1"),
        ("sum(y[i], i != k)", 3, {"k": 2}, "y_1 + y_3"),
        ("sum(y[i], i != k)", 1000, {"k": 1}, "y_2 + y_3 + ⋯ + y_1000"),
        ("sum(y[i], i != k)", 1000, {"k": 1000}, "y_1 + y_2 + ⋯ + y_999"),
        ("sum(y[i], i != k)", 3, {}, "Σ_{i=1..3, i≠k} y_i"),
        ("sum(y[i], i != k)", 1000, {}, "Σ_{i=1..1000, i≠k} y_i"),
        ("prod(1 - y[i], i)", 3, {}, "(1 − y_1) (1 − y_2) (1 − y_3)"),
        ("prod(-y[i], i)", 100, {}, "−y_1 (−y_2) ⋯ (−y_100)"),
        ("sum(y[i]*delta(i, k), i)", 3, {"k": 2}, "y_2"),
        ("sum(y[i]*delta(i, k), i)", 1000, {"k": 500}, "Σ_{i=1..1000} y_i δ_{i,500}"),
        ("sum(if(i = k, a, b), i)", 3, {"k": 2}, "b + a + b"),
        ("delta(i, k)*x", 3, {"i": 1, "k": 2}, "0"),
        ("if(i != k, a, b)", 3, {"i": 2, "k": 2}, "b"),
        ("O[i]*(delta(i, k) - O[k])", 3, {"i": 1, "k": 2}, "O_1 (−O_2)"),
        ("exp(Z[i])/sum(exp(Z[j]), j)", 3, {"i": 1}, "exp(Z_1)/(exp(Z_1) + exp(Z_2) + exp(Z_3))"),
        ("sum(sum(W[i, j], j), i)", 2, {}, "W_{1,1} + W_{1,2} + W_{2,1} + W_{2,2}"),
        ("sum(y[i]*sum(Z[j], j), i)", 8, {}, "y_1 Σ_{j=1..8} Z_j + y_2 Σ_{j=1..8} Z_j + ⋯ + y_8 Σ_{j=1..8} Z_j"),
        ("sum(diff(E, O[j])*diff(O[j], Z[k]), j)", 2, {"k": 1}, "∂E/∂O_1 · ∂O_1/∂Z_1 + ∂E/∂O_2 · ∂O_2/∂Z_1"),
    ],
)
def test_written_out(written: str, size: int, indices: dict[str, int], expected: str) -> None:
    found = write_unicode(written_out(at_size(written, size, **indices), Theory()))
    assert re.sub(r"(?<=[^ ]) / (?=\()", "/", found) == expected


def test_symbolic_sums_stay() -> None:
    found = term("sum(y[i]*ln(O[i]), i)")
    assert written_out(found, Theory()) is found


def test_writing_out_costs_the_same_at_every_size() -> None:
    start = time.process_time()
    found = written_out(at_size("sum(y[i]*ln(exp(Z[i])/sum(exp(Z[j]), j)), i)", 10**12), Theory())
    assert time.process_time() - start < 2  # 10 ms on a quiet machine
    assert sum(part is DOTS for part in subterms(found)) == 1
    assert r"+ \cdots + y_{1000000000000}" in latex_term(found)
    assert "+ ... + y[1000000000000]" in write_unicode(found, ascii=True)


# --- conditions ------------------------------------------------------------------------------------------------------


def test_conditions() -> None:
    x, x_i = Entry("x", ()), Entry("Z", (AT_I,))
    differ, turned, both = Comparison(AT_I, "!=", AT_K), Comparison(AT_K, "!=", AT_I), Comparison(AT_I, "!=", AT_J)
    for condition, expected in [
        (Condition(Comparison(x, "!=", ZERO)), "x != 0"),
        (Condition(Comparison(x_i, ">", ZERO)), "Z[i] > 0"),
        (Condition(Comparison(x_i, ">", ZERO), frozenset((AT_I,))), "Z[i] > 0 for all i"),
        (Condition(Comparison(x_i, ">", ZERO), frozenset((AT_I,)), frozenset((differ,))), "Z[i] > 0 for all i != k"),
        (Condition(Comparison(x_i, ">", ZERO), frozenset((AT_I,)), frozenset((turned,))), "Z[i] > 0 for all i != k"),
        (Condition(Comparison(x, "!=", ZERO), frozenset(), frozenset((differ,))), "x != 0 where i != k"),
        (
            Condition(Comparison(Entry("W", (AT_I, AT_J)), "!=", ZERO), frozenset((AT_J, AT_I)), frozenset((both,))),
            "W[i, j] != 0 for all i, j with i != j",
        ),
    ]:
        assert write_condition(condition, THEORY) == expected


# --- reports ---------------------------------------------------------------------------------------------------------

SOFTMAX = """
title    "Softmax with cross-entropy"
source   "MLDawn, Back-propagation with Cross-Entropy and Softmax"
note     "The page writes the sum without its range; it runs over all classes. A_b & 100% <b>of it</b> $1$."
size     H                                    "number of classes"
variable Z[H]                                 "inputs of the softmax"
constant y[H]                                 "ground truth"
assume   sum(y[i], i) = 1
define   O[i] = exp(Z[i])/sum(exp(Z[j]), j)   "softmax"
define   E = -sum(y[i]*ln(O[i]), i)           "cross-entropy"

theorem softmax-jacobian: diff(O[i], Z[k]) = O[i]*(delta(i, k) - O[k])
proof
  case i = k:
    diff(O[i], Z[k])
      = diff(exp(Z[i])/sum(exp(Z[j]), j), Z[k]) by definition(O)
      = (diff(exp(Z[i]), Z[k])*sum(exp(Z[j]), j) - exp(Z[i])*diff(sum(exp(Z[j]), j), Z[k]))/sum(exp(Z[j]), j)^2 by quotient
      = O[k]*(1 - O[k])                       by "the exponential is its own derivative, and both are exp(Z_k) here"
  case i != k:
    diff(O[i], Z[k])
      = -O[i]*O[k]                            by quotient
qed

theorem softmax-ce: diff(E, Z[k]) = O[k] - y[k]
proof
  diff(E, Z[k])
    = diff(-sum(y[i]*ln(O[i]), i), Z[k])      by definition(E)
    = -sum(diff(y[i]*ln(O[i]), Z[k]), i)      by sum
    = -sum(y[i]*diff(ln(O[i]), Z[k]), i)      by independence
    = -sum(y[i]*diff(ln(O[i]), O[i])*diff(O[i], Z[k]), i)   by chain
    = -sum(y[i]/O[i]*diff(O[i], Z[k]), i)     by log
    = -(y[k]/O[k]*diff(O[k], Z[k]) + sum(y[i]/O[i]*diff(O[i], Z[k]), i != k))   by split(i = k)
    = -y[k]*(1 - O[k]) + sum(y[i]*O[k], i != k)   by softmax-jacobian, cancel, cases
    = O[k] - y[k]                             by algebra expect refuted
qed
"""
EXAMPLE = Counterexample({"H": 2}, {"k": 1}, {"Z[1]": "0", "y[2]": "-1/2"}, "-0.25", "1.5")


def report_of(text: str) -> Report:
    """The report in which every step has the verdict that its author expects."""
    derivation = read(text, file="softmax-ce.derive")
    theorems = []
    for statement in derivation.statements:
        chains = []
        for chain in statement.proof or ():
            left, steps = chain.start, []
            for step in chain.steps:
                assert step.right is not None
                by = tuple(write_reason(reason) for reason in step.reasons)
                rules = ("exp", "cases") if by[0].startswith('"') else by
                proof = supposed(left, step.right, statement.theory)
                shown = {"proof": proof, "general": shown_as(proof, statement, chain.conditions)}
                found = StepResult(left, step.right, by, rules, "proved", step.expect, place=step.place, **shown)  # type: ignore[arg-type]
                if step.expect == "refuted":
                    trace = (Applied("algebra", left, step.right),)
                    said = {"code": "P1", "message": "it is false", "suggestion": "assume it", "counterexample": EXAMPLE}
                    found = StepResult(left, step.right, by, rules, "refuted", "refuted", (), **said, trace=trace)  # type: ignore[arg-type]
                left = step.right
                steps.append(found)
            chains.append(ChainResult(chain.conditions, chain.start, tuple(steps)))
        conditions = (Condition(Comparison(Entry("y", (AT_I,)), "!=", ZERO), frozenset((AT_I,))),)
        sides = statement.sides
        proof = supposed(sides[0], sides[-1], statement.theory)
        ends = (sides[0], sides[-1])
        general = shown_as(proof, statement, conditions=conditions)
        theorems.append(TheoremResult(statement, *ends, "proved", tuple(chains), conditions, proof=proof, general=general))
    return Report(derivation, tuple(theorems))


REPORT = report_of(SOFTMAX)

PAGE = """\
Softmax with cross-entropy
MLDawn, Back-propagation with Cross-Entropy and Softmax

  ∂E/∂Z_k = O_k − y_k
  ✓ proved for every H, provided that y_i ≠ 0 for all i, given Σ_i y_i = 1

  size      H                               number of classes
  variable  Z_1, …, Z_H                     inputs of the softmax
  constant  y_1, …, y_H                     ground truth
  assume    Σ_i y_i = 1
  define    O_i = exp(Z_i) / Σ_j exp(Z_j)   softmax
            E = −Σ_i y_i ln O_i             cross-entropy

softmax-jacobian:  ∂O_i/∂Z_k = O_i (δ_ik − O_k)

  case i = k:
    ∂O_i/∂Z_k
      = ∂/∂Z_k (exp(Z_i) / Σ_j exp(Z_j))   by definition(O)
      = (∂exp(Z_i)/∂Z_k · Σ_j exp(Z_j) − exp(Z_i) · ∂(Σ_j exp(Z_j))/∂Z_k)
          / (Σ_j exp(Z_j))²                by quotient
      = O_k (1 − O_k)
            by "the exponential is its own derivative, and both are exp(Z_k)
               here" (exp, cases)

  case i ≠ k:
    ∂O_i/∂Z_k
      = −O_i O_k                           by quotient

  ✓ proved for every H, provided that y_i ≠ 0 for all i
"""


def test_a_page_for_the_terminal() -> None:
    assert report_text(REPORT, 80).startswith(PAGE)


@pytest.mark.parametrize("width", [20, 33, 50, 66, 80, 100, 132])
@pytest.mark.parametrize("ascii", [False, True])
def test_no_line_is_wider_than_the_terminal(width: int, ascii: bool) -> None:
    page = report_text(REPORT, width, ascii)
    assert max(map(columns, page.splitlines())) <= width
    squeezed = re.sub(r"\s+", "", page)
    for step in (step for theorem in REPORT.theorems for step in theorem.steps):
        assert re.sub(r"\s+", "", "= " + write_unicode(step.right, THEORY, ascii)) in squeezed
    if ascii:
        assert page.isascii()


def test_what_goes_into_a_file_is_not_broken() -> None:
    page = report_text(REPORT, None)
    for step in (step for theorem in REPORT.theorems for step in theorem.steps):
        assert f"= {write_unicode(step.right)}  " in page


def test_color_adds_nothing_but_color() -> None:
    colored = report_text(REPORT, 80, color=True)
    assert "\x1b[" in colored
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == report_text(REPORT, 80)


def test_what_is_wrong_is_told_under_its_step() -> None:
    page = report_text(REPORT, 80)
    assert (
        "  ✗ = O_k − y_k                               by algebra\n"
        "      refuted, as the author expects: it is false\n"
        "      counterexample: at H = 2, k = 1, Z_1 = 0, y_2 = −1/2, the left side is\n"
        "        −0.25, the right side 1.5\n"
        "      help: assume it\n"
    ) in page


def test_expressions_break_where_a_reader_expects_it() -> None:
    assert broken("a + b c − (d + e)", 11) == ["a + b c", "  − (d + e)"]
    assert broken("aaa bbb + ccc ddd", 12) == ["aaa bbb", "  + ccc ddd"]
    assert broken("(aaa + bbb) / (ccc + ddd)", 16) == ["(aaa + bbb)", "  / (ccc + ddd)"]
    assert broken("(aaa + bbb + ccc)", 12) == ["(aaa + bbb", " + ccc)"]
    assert broken("abcdefghijkl", 5) == ["abcde", "  fgh", "  ijk", "  l"]


def test_a_file_cannot_steer_the_terminal() -> None:
    report = Report(REPORT.derivation.__class__("x", title="\x1b[31mred\x07", notes=("a\x9bb",)), ())
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", report_text(report))


def test_entries_of_counterexamples() -> None:
    assert entry_text("Z[1]") == "Z_1"
    assert entry_text("W[1, 2]") == "W_{1,2}"
    assert entry_text("theta") == "θ"


def test_json() -> None:
    found = json.loads(json.dumps(reports_json([REPORT])))
    assert list(found) == ["version", "derivations", "summary"]
    (derivation,) = found["derivations"]
    assert list(derivation) == ["file", "title", "verdict", "expected", "theorems"]
    theorem = derivation["theorems"][1]
    assert list(theorem) == ["name", "line", "left", "right", "verdict", "expected", "conditions", "steps"]
    assert (theorem["name"], theorem["left"], theorem["right"]) == ("softmax-ce", "diff(E, Z[k])", "O[k] - y[k]")
    assert theorem["conditions"] == ["y[i] != 0 for all i"]
    step = theorem["steps"][-1]
    assert list(step) == [
        "line", "column", "left", "right", "by", "rules", "verdict", "expected", "conditions", "code", "message",
        "suggestion", "remarks", "counterexample", "trace",
    ]  # fmt: skip
    assert step["counterexample"] == {
        "sizes": {"H": 2}, "indices": {"k": 1}, "values": {"Z[1]": "0", "y[2]": "-1/2"}, "left": "-0.25", "right": "1.5",
    }  # fmt: skip
    assert [list(row) for row in step["trace"]] == [["rule", "left", "right"]]
    for written in (part[side] for part in theorem["steps"] for side in ("left", "right")):
        read_expression(written, REPORT.derivation.theory, {"k": AT_K})


def test_summary() -> None:
    assert summary([REPORT]) == {
        "files": 1,
        "theorems": {"total": 2, "proved": 2, "refuted": 0, "unjustified": 0, "unknown": 0},
        "steps": {"total": 12, "proved": 11, "refuted": 1, "unjustified": 0, "unknown": 0},
        "as_expected": True,
    }
    assert list(report_json(REPORT, numeric={"p": 1}, latex=True))[-2:] == ["numeric", "latex"]


def test_markdown() -> None:
    page = report_markdown(REPORT)
    assert page.startswith("# Softmax with cross-entropy\n")
    assert page.count("$$\n\\begin{aligned}\n") == page.count("\n\\end{aligned}\n$$") == 4
    assert "## softmax-ce\n" in page
    assert "✓ **Proved** for every $H$, provided that $y_{i} \\ne 0$ for all $i$." in page
    assert r"\<b\>" in page


def test_latex_balances() -> None:
    page = report_latex(REPORT)
    assert page.count(r"\begin{align*}") == page.count(r"\end{align*}") == 4
    assert page.count("{") == page.count("}")
    assert page.count(r"\left") == page.count(r"\right")
    assert r"&= -\sum_{i=1}^{H} \frac{\partial}{\partial Z_{k}}\left(y_{i} \ln O_{i}\right) && \text{by sum} \\" in page


THEOREMS = r"\usepackage{amsthm}\newtheorem{theorem}{Theorem}\newtheorem{lemma}[theorem]{Lemma}"


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs a LaTeX")
@pytest.mark.parametrize("theorems", ["", THEOREMS, None], ids=["no environments", "amsthm", "standalone"])
def test_latex_compiles(theorems: str | None, tmp_path: Path) -> None:
    formulas = "\n".join(f"\\[ {latex} \\]" for _, _, latex in ROWS)
    body = f"{report_latex(REPORT)}\n{formulas}\n"
    preamble = rf"\documentclass{{article}}\usepackage{{amsmath}}{theorems}\begin{{document}}"
    whole = standalone("A_b", "5%", body) if theorems is None else f"{preamble}\n{body}\\end{{document}}\n"
    (tmp_path / "page.tex").write_text(whole, encoding="utf-8")
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "page.tex"], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-2000:]
    assert "Overfull \\hbox" not in done.stdout


def test_no_label_stands_twice_in_latex() -> None:
    found = re.findall(r"\\label\{(.*?)\}", report_latex(REPORT))
    assert found == ["thm:softmax-ce", "thm:softmax-jacobian"]
    named = replace(REPORT, derivation=replace(REPORT.derivation, name="softmax-ce"))
    assert re.findall(r"\\label\{(.*?)\}", report_latex(named)) == ["thm:softmax-ce", "thm:softmax-ce/softmax-jacobian"]


# --- the order of a page ----------------------------------------------------------------------------------------------------

ORDERED = """
variable x
theorem aside: x + x = 2*x
theorem last-lemma: x - x = 0
theorem no-lemma: x = x + 1 expect refuted
theorem first-lemma: 2*x - x = x + 0 proof 2*x - x = x by algebra = x + (x - x) by last-lemma = x + 0 by algebra qed
theorem main: 3*x = x + x + x
proof 3*x = 2*x + x by algebra = x + x + x by aside qed
theorem other: x*1 = x
"""


@pytest.mark.parametrize(
    ("cited", "lemmas", "others"),
    [
        ("aside", ["aside"], ["last-lemma", "first-lemma", "other"]),
        ("first-lemma, aside", ["last-lemma", "first-lemma", "aside"], ["other"]),
        ("aside, first-lemma", ["aside", "last-lemma", "first-lemma"], ["other"]),
    ],
)
def test_lemmas_come_in_the_order_in_which_they_are_used(cited: str, lemmas: list[str], others: list[str]) -> None:
    text = ORDERED.replace("x + x + x by aside", f"x + x + x by {cited}")
    parts = order(check(read(text, "main")))
    assert parts.result is not None
    assert parts.result.statement.name == "main"
    assert [each.statement.name for each in parts.lemmas] == lemmas
    assert [each.statement.name for each in parts.others] == others
    assert [each.statement.name for each in parts.mistakes] == ["no-lemma"]


def test_lemmas_that_use_each_other_again_and_again_are_gone_through_once() -> None:
    step = "theorem t{n}: x + {n} = {n} + x proof x + {n} = {n} + x by t{before}, t{before} qed\n"
    steps = "".join(step.format(n=n, before=n - 1) for n in range(1, 60))
    report = check(read(f"variable x theorem t0: x = x\n{steps}"))
    assert [each.statement.name for each in order(report).lemmas] == [f"t{n}" for n in range(59)]


@pytest.mark.parametrize("write", [report_text, report_latex, report_markdown])
def test_every_format_begins_with_the_result_and_ends_with_the_mistakes(write: Callable[[Report], str]) -> None:
    page = re.sub(r"<annotation.*?</annotation>|<[^>]*>|%.*", "", write(check(read(ORDERED, "main"))))
    place = [page.find(word) for word in ("roved", "aside", "other", MISTAKES, "no-lemma")]
    assert -1 not in place
    assert place == sorted(place)


def test_an_empty_report() -> None:
    report = Report(REPORT.derivation.__class__("empty"), ())
    assert report_text(report) == "empty\n"
    assert report_latex(report).startswith("% empty\n")
    assert report_markdown(report) == "# empty\n"
    assert ONE is number(1)


def test_letters_that_plain_latex_has_not_are_told() -> None:
    odd = check(read("variable ж, 量, é\ntheorem t: ж + 量 + é = é + ж + 量"))
    assert "% needs lualatex or xelatex, and a font that has ж 量\n" in report_latex(odd)
    assert "lualatex" not in report_latex(check(read("variable theta, é\ntheorem t: theta + é = é + theta")))

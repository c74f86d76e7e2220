"""What is printed: terms in text and LaTeX, sums written out, and whole reports at any width."""

from __future__ import annotations

import json
import random
import re
import shutil
import subprocess
import time
from fractions import Fraction
from pathlib import Path

import pytest

from derive.conditions import Condition
from derive.language import read, read_expression, write_reason, write_term
from derive.render.conditions import write_condition
from derive.render.elision import Dots, written_out
from derive.render.json import report_json, reports_json, summary
from derive.render.latex import latex_term, report_latex
from derive.render.layout import broken, columns
from derive.render.markdown import report_markdown
from derive.render.symbols import latex_name, unicode_name
from derive.render.text import report_text
from derive.render.unicode import entry_text, write_unicode
from derive.signature import Signature
from derive.terms import (
    ONE, ZERO, Add, Apply, Comparison, Div, Entry, Index, Mul, Neg, Number, Pow, Size, Sum, Term, number, substitute, subterms,
)  # fmt: skip
from derive.verdicts import Applied, ChainResult, Counterexample, Report, StepResult, TheoremResult

DECLARED = """
    size     H, n
    variable x, a, b, c, s, x1, score, theta, Z[H], y[H], W[H, H], omega[H], scores[H]
    function f(u)
    define   O[i] = exp(Z[i])/sum(exp(Z[j]), j)
    define   E = -sum(y[i]*ln(O[i]), i)
"""
SIGNATURE = read(DECLARED).signature
H = Size("H")
I, J, K = (Index(name, H) for name in "ijk")


def term(text: str, signature: Signature = SIGNATURE) -> Term:
    return read_expression(text, signature, {"i": I, "j": J, "k": K})


TABLE = r"""
diff(E, Z[k]) ~ ∂E/∂Z_k ~ \frac{\partial E}{\partial Z_{k}}
-sum(y[i]*ln(O[i]), i) ~ −Σ_i y_i ln O_i ~ -\sum_{i=1}^{H} y_{i} \ln O_{i}
sum(y[i], i != k) ~ Σ_{i≠k} y_i ~ \sum_{\substack{i=1\\ i\ne k}}^{H} y_{i}
diff(y[i]*ln(O[i]), Z[k]) ~ ∂(y_i ln O_i)/∂Z_k ~ \frac{\partial}{\partial Z_{k}}\left(y_{i} \ln O_{i}\right)
O[k]*(1 - O[k]) ~ O_k (1 − O_k) ~ O_{k} (1 - O_{k})
W[i, j]*W[i, 3]*W[2, 2] ~ W_ij W_{i,3} W_{2,2} ~ W_{ij} W_{i,3} W_{2,2}
x^2 ~ x² ~ x^{2}
s^(-n) ~ s⁻ⁿ ~ s^{-n}
s^n ~ sⁿ ~ s^{n}
x^(a + b) ~ x^(a + b) ~ x^{a + b}
x^a ~ x^a ~ x^{a}
x^(1/2) ~ x^(1/2) ~ x^{1/2}
x^(-3/2) ~ x^(−3/2) ~ x^{-3/2}
(x^2)^3 ~ (x²)³ ~ (x^{2})^{3}
x^2^3 ~ x^(2³) ~ x^{2^{3}}
(-x)^2 ~ (−x)² ~ (-x)^{2}
-x^2 ~ −x² ~ -x^{2}
(a + b)^2 ~ (a + b)² ~ (a + b)^{2}
(a*b)^2 ~ (a b)² ~ (a b)^{2}
(a/b)^2 ~ (a/b)² ~ \left(\frac{a}{b}\right)^{2}
ln(x)^2 ~ (ln x)² ~ (\ln x)^{2}
exp(x)^2 ~ exp(x)² ~ (e^{x})^{2}
sqrt(x)^2 ~ (√x)² ~ \sqrt{x}^{2}
sqrt(a + b) ~ √(a + b) ~ \sqrt{a + b}
sqrt(exp(x)) ~ √(exp(x)) ~ \sqrt{e^{x}}
abs(a - b) ~ |a − b| ~ \left|a - b\right|
abs(x)^2 ~ |x|² ~ \left|x\right|^{2}
a - b ~ a − b ~ a - b
a - (b - c) ~ a − (b − c) ~ a - (b - c)
a - (b + c) ~ a − (b + c) ~ a - (b + c)
a + (b + c) ~ a + (b + c) ~ a + (b + c)
(a - b) - c ~ (a − b) − c ~ (a - b) - c
a + -b ~ a − b ~ a - b
a - -b ~ a − (−b) ~ a - (-b)
-(-a) ~ −(−a) ~ -(-a)
-(a + b) ~ −(a + b) ~ -(a + b)
-(a*b) ~ −a b ~ -a b
-a*b ~ −a b ~ -a b
c + (-a)*b ~ c − a b ~ c - a b
c - a*b ~ c − a b ~ c - a b
a*(-b) ~ a (−b) ~ a (-b)
(-a)*(-b) ~ −a (−b) ~ -a (-b)
a*b*c ~ a b c ~ a b c
a*(b*c) ~ a (b c) ~ a (b c)
(a + b)*c ~ (a + b) c ~ (a + b) c
c*(a + b) ~ c (a + b) ~ c (a + b)
a*b/c ~ a b / c ~ \frac{a b}{c}
a*(b/c) ~ a · b/c ~ a \frac{b}{c}
a/b*c ~ a/b · c ~ \frac{a}{b} c
a/(b*c) ~ a/(b c) ~ \frac{a}{b c}
a/(b/c) ~ a/(b/c) ~ \frac{a}{\frac{b}{c}}
(a/b)/c ~ (a/b)/c ~ \frac{\frac{a}{b}}{c}
a/b/c ~ (a/b)/c ~ \frac{\frac{a}{b}}{c}
-a/b ~ −a/b ~ -\frac{a}{b}
-(a/b) ~ −a/b ~ -\frac{a}{b}
a/(-b) ~ a/(−b) ~ \frac{a}{-b}
(a + b)/c ~ (a + b)/c ~ \frac{a + b}{c}
a/(b + c) ~ a/(b + c) ~ \frac{a}{b + c}
(a + b)/(c - x) ~ (a + b)/(c − x) ~ \frac{a + b}{c - x}
1/2*x ~ 1/2 · x ~ \frac{1}{2} x
x*2 ~ x · 2 ~ x \cdot 2
2*x ~ 2 x ~ 2 x
2*3*x ~ 2 · 3 x ~ 2 \cdot 3 x
2*(1/2)*x ~ 2 · 1/2 · x ~ 2 \cdot \frac{1}{2} x
0.5*x ~ 1/2 · x ~ \frac{1}{2} x
0.1*x ~ 0.1 x ~ 0.1 x
1e-5 ~ 10⁻⁵ ~ 10^{-5}
25000000*x ~ 25000000 x ~ 25000000 x
x*3^n ~ x · 3ⁿ ~ x \cdot 3^{n}
(-2)*x ~ −2 x ~ -2 x
x*(-2) ~ x (−2) ~ x (-2)
a + (-2) ~ a − 2 ~ a - 2
ln(x)*y[i] ~ ln(x) y_i ~ \ln(x) y_{i}
y[i]*ln(x) ~ y_i ln x ~ y_{i} \ln x
a*ln(x)*b ~ a ln(x) b ~ a \ln(x) b
ln(x)/a ~ ln(x)/a ~ \frac{\ln x}{a}
a/ln(x) ~ a/ln x ~ \frac{a}{\ln x}
ln(a*b) ~ ln(a b) ~ \ln(a b)
ln(a/b) ~ ln(a/b) ~ \ln \frac{a}{b}
ln(x^2) ~ ln(x²) ~ \ln(x^{2})
ln(-x) ~ ln(−x) ~ \ln(-x)
sin(x)*cos(x) ~ sin(x) cos x ~ \sin(x) \cos x
exp(-x) ~ exp(−x) ~ e^{-x}
exp(Z[i]) ~ exp(Z_i) ~ e^{Z_{i}}
exp(-x^2/2) ~ exp(−x²/2) ~ e^{-x^{2}/2}
exp(sum(Z[j], j)) ~ exp(Σ_j Z_j) ~ \exp\left(\sum_{j=1}^{H} Z_{j}\right)
log(x, 2) ~ log_2(x) ~ \log_{2}(x)
log(x, a) ~ log_a(x) ~ \log_{a}(x)
log(x, a + b) ~ log(x, a + b) ~ \log_{a + b}(x)
max(a, b)*x ~ max(a, b) x ~ \max(a, b) x
sigmoid(x)*(1 - sigmoid(x)) ~ sigmoid(x) (1 − sigmoid(x)) ~ \operatorname{sigmoid}(x) (1 - \operatorname{sigmoid}(x))
pi*x ~ π x ~ \pi x
erf(x/sqrt(2)) ~ erf(x/√2) ~ \operatorname{erf}\left(\frac{x}{\sqrt{2}}\right)
sum(y[i], i)*x ~ (Σ_i y_i) x ~ \left(\sum_{i=1}^{H} y_{i}\right) x
x*sum(y[i], i) ~ x Σ_i y_i ~ x \sum_{i=1}^{H} y_{i}
x*sum(y[i], i)*a ~ x (Σ_i y_i) a ~ x \left(\sum_{i=1}^{H} y_{i}\right) a
sum(y[i], i)/H ~ (Σ_i y_i)/H ~ \frac{\sum_{i=1}^{H} y_{i}}{H}
a/sum(y[i], i) ~ a / Σ_i y_i ~ \frac{a}{\sum_{i=1}^{H} y_{i}}
exp(Z[i])/sum(exp(Z[j]), j) ~ exp(Z_i) / Σ_j exp(Z_j) ~ \frac{e^{Z_{i}}}{\sum_{j=1}^{H} e^{Z_{j}}}
sum(y[i], i) + a ~ Σ_i y_i + a ~ \sum_{i=1}^{H} y_{i} + a
a + sum(y[i], i) + b ~ a + Σ_i y_i + b ~ a + \sum_{i=1}^{H} y_{i} + b
sum(y[i] + a, i) ~ Σ_i (y_i + a) ~ \sum_{i=1}^{H} (y_{i} + a)
sum(-y[i], i) ~ Σ_i (−y_i) ~ \sum_{i=1}^{H} (-y_{i})
sum(y[i]/O[i], i) ~ Σ_i y_i/O_i ~ \sum_{i=1}^{H} \frac{y_{i}}{O_{i}}
sum(a*y[i]/O[i], i) ~ Σ_i (a y_i)/O_i ~ \sum_{i=1}^{H} \frac{a y_{i}}{O_{i}}
sum(a*b/(c*y[i]), i) ~ Σ_i (a b)/(c y_i) ~ \sum_{i=1}^{H} \frac{a b}{c y_{i}}
sum(y[i], i)^2 ~ (Σ_i y_i)² ~ \left(\sum_{i=1}^{H} y_{i}\right)^{2}
(sum(y[i], i))*(sum(O[i], i)) ~ (Σ_i y_i) Σ_i O_i ~ \left(\sum_{i=1}^{H} y_{i}\right) \sum_{i=1}^{H} O_{i}
sum(sum(W[i, j], j), i) ~ Σ_i Σ_j W_ij ~ \sum_{i=1}^{H} \sum_{j=1}^{H} W_{ij}
sum(W[i, j], i, j) ~ Σ_i Σ_j W_ij ~ \sum_{i=1}^{H} \sum_{j=1}^{H} W_{ij}
sum(1, i: H) ~ Σ_{i=1..H} 1 ~ \sum_{i=1}^{H} 1
sum(y[i], i: H, i != k) ~ Σ_{i≠k} y_i ~ \sum_{\substack{i=1\\ i\ne k}}^{H} y_{i}
prod(y[i], i) ~ Π_i y_i ~ \prod_{i=1}^{H} y_{i}
prod(1 - y[i], i != k) ~ Π_{i≠k} (1 − y_i) ~ \prod_{\substack{i=1\\ i\ne k}}^{H} (1 - y_{i})
sum(y[i]*(delta(i, k) - O[k]), i) ~ Σ_i y_i (δ_ik − O_k) ~ \sum_{i=1}^{H} y_{i} (\delta_{ik} - O_{k})
delta(i, k)*O[i] ~ δ_ik O_i ~ \delta_{ik} O_{i}
delta(i, 3) ~ δ_{i,3} ~ \delta_{i,3}
if(i = k, a, b) ~ {a if i = k; b if i ≠ k} ~ \begin{cases} a & \text{if } i = k \\ b & \text{if } i \ne k \end{cases}
if(i != k, -a, b) ~ {−a if i ≠ k; b if i = k} ~ \begin{cases} -a & \text{if } i \ne k \\ b & \text{if } i = k \end{cases}
2*if(i = k, a, b) ~ 2 {a if i = k; b if i ≠ k} ~ 2 \left(\begin{cases} a & \text{if } i = k \\ b & \text{if } i \ne k \end{cases}\right)
if(i = k, a, b) + c ~ {a if i = k; b if i ≠ k} + c ~ \left(\begin{cases} a & \text{if } i = k \\ b & \text{if } i \ne k \end{cases}\right) + c
-if(i = k, a, b) ~ −{a if i = k; b if i ≠ k} ~ -\left(\begin{cases} a & \text{if } i = k \\ b & \text{if } i \ne k \end{cases}\right)
diff(x^2, x) ~ ∂(x²)/∂x ~ \frac{\partial}{\partial x}\left(x^{2}\right)
diff(ln(x), x) ~ ∂(ln x)/∂x ~ \frac{\partial \ln x}{\partial x}
diff(exp(x), x) ~ ∂exp(x)/∂x ~ \frac{\partial e^{x}}{\partial x}
diff(E, x, x) ~ ∂²E/∂x² ~ \frac{\partial^{2} E}{\partial x^{2}}
diff(E, x, a) ~ ∂²E/(∂a ∂x) ~ \frac{\partial^{2} E}{\partial a \, \partial x}
diff(E, x)*diff(E, a) ~ ∂E/∂x · ∂E/∂a ~ \frac{\partial E}{\partial x} \frac{\partial E}{\partial a}
diff(E, x)^2 ~ (∂E/∂x)² ~ \left(\frac{\partial E}{\partial x}\right)^{2}
diff(E, x)/a ~ (∂E/∂x)/a ~ \frac{\frac{\partial E}{\partial x}}{a}
a/diff(E, x) ~ a/(∂E/∂x) ~ \frac{a}{\frac{\partial E}{\partial x}}
a*diff(a*b + c, x) ~ a · ∂(a b + c)/∂x ~ a \frac{\partial}{\partial x}\left(a b + c\right)
diff(a*b + c, x)*a ~ ∂(a b + c)/∂x · a ~ \frac{\partial (a b + c)}{\partial x} a
diff(-sum(y[i]*ln(O[i]), i), Z[k]) ~ ∂(−Σ_i y_i ln O_i)/∂Z_k ~ \frac{\partial}{\partial Z_{k}}\left(-\sum_{i=1}^{H} y_{i} \ln O_{i}\right)
-sum(diff(y[i]*ln(O[i]), Z[k]), i) ~ −Σ_i ∂(y_i ln O_i)/∂Z_k ~ -\sum_{i=1}^{H} \frac{\partial}{\partial Z_{k}}\left(y_{i} \ln O_{i}\right)
sum(diff(E, O[j])*diff(O[j], Z[k]), j) ~ Σ_j ∂E/∂O_j · ∂O_j/∂Z_k ~ \sum_{j=1}^{H} \frac{\partial E}{\partial O_{j}} \frac{\partial O_{j}}{\partial Z_{k}}
diff(f(x^2), x) ~ ∂f(x²)/∂x ~ \frac{\partial f(x^{2})}{\partial x}
f(x)*(a + b) ~ f(x) (a + b) ~ f(x) (a + b)
f(x + 1)^2 ~ f(x + 1)² ~ f(x + 1)^{2}
theta*x1*score ~ θ x₁ score ~ \theta x_{1} \, \mathrm{score}
omega[i] ~ ω_i ~ \omega_{i}
scores[i] ~ scores_i ~ \mathrm{scores}_{i}
x1^2 ~ x₁² ~ x_{1}^{2}
H*x ~ H x ~ H x
1/H ~ 1/H ~ \frac{1}{H}
"""
ROWS = [tuple(row.split(" ~ ")) for row in TABLE.strip().splitlines()]


@pytest.mark.parametrize(("written", "unicode", "latex"), ROWS, ids=[row[0] for row in ROWS])
def test_terms(written: str, unicode: str, latex: str) -> None:
    assert write_unicode(term(written), SIGNATURE) == unicode
    assert latex_term(term(written), SIGNATURE) == latex


@pytest.mark.parametrize("written", [row[0] for row in ROWS])
def test_the_ascii_form_is_the_proof_language(written: str) -> None:
    text = write_unicode(term(written), SIGNATURE, ascii=True)
    assert text == write_term(term(written), SIGNATURE)
    assert term(text) is term(written)


@pytest.mark.parametrize(
    ("name", "unicode", "latex"),
    [
        ("theta", "θ", r"\theta"), ("θ", "θ", r"\theta"), ("x1", "x₁", "x_{1}"), ("x_1", "x₁", "x_{1}"),
        ("score", "score", r"\mathrm{score}"), ("score12", "score₁₂", r"\mathrm{score}_{12}"), ("eps", "ε", r"\varepsilon"),
        ("d_model", "d_model", r"d_{\mathrm{model}}"), ("W2_in", "W₂_in", r"W_{2,\mathrm{in}}"), ("sigma2", "σ₂", r"\sigma_{2}"),
        ("ŷ", "ŷ", r"\hat{y}"), ("Δx", "Δx", r"\mathrm{\Delta x}"), ("_", "_", r"\_"), ("é", "é", r"\acute{e}"),
        ("Sigma", "Sigma", r"\Sigma"), ("лж", "лж", r"\text{лж}"), ("Omega", "Ω", r"\Omega"), ("x_", "x", "x"), ("µ", "µ", r"\mu"),
    ],
)  # fmt: skip
def test_names(name: str, unicode: str, latex: str) -> None:
    assert unicode_name(name) == unicode
    assert latex_name(name) == latex


def test_a_name_keeps_its_one_meaning() -> None:
    declared = read("size H variable delta[H, H], e, x[H] constant d[H]").signature
    kronecker = read_expression("delta(i, j)", declared, {"i": I, "j": J})
    assert write_unicode(kronecker) == "δ_ij"
    assert write_unicode(kronecker, declared) == "[i = j]"
    assert latex_term(kronecker, declared) == "[i = j]"
    assert latex_term(Apply("exp", (Entry("x", (I,)),)), declared) == r"\exp(x_{i})"


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
        return Entry(leaf, (chance.choice((I, J)),)) if leaf in ENTRIES else Entry(leaf, ())

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
    return Sum(chance.choice((I, J)), (), inner())


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

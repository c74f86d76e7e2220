"""Powers, absolute values, products and angles by the rules that are named: what they give, and the mistakes that they refuse.

A line is a claim, the reason for it, and after the bar what remains of its conditions, or the verdict of what is not proved.
"""

from __future__ import annotations

import pytest

from derive.checking.checker import check
from derive.checking.verdicts import TheoremResult
from derive.language import read
from derive.language.conditions import write_condition
from judge import false_at

DECLARATIONS = """
size     n, m
variable a > 0, b > 0, x, y, r >= 0, f[n] > 0, g[n], h[n]
constant p, q, c > 0, d
index    k: n
index    j: n
"""

PROVED = """
a^p*a^q = a^(p + q)                                      by power-sum      |
a^(p - q) = a^p/a^q                                      by power-sum      |
x^n*x^m = x^(n + m)                                      by power-sum      |
x^n*x = x^(n + 1)                                        by power-sum      |
x^n/x = x^(n - 1)                                        by power-sum      | x != 0
x^p*x^q = x^(p + q)                                      by power-sum      | x > 0
a^(-p) = 1/a^p                                           by power-sum      |
(a^p)^q = a^(p*q)                                        by power-power    |
(x^n)^m = x^(n*m)                                        by power-power    |
(x^2)^n = x^(2*n)                                        by power-power    |
(x^n)^2 = x^(2*n)                                        by power-power    |
(x^p)^q = x^(p*q)                                        by power-power    | x > 0
(x^(1/2))^2 = x                                          by power-power    | x >= 0
(a*b)^p = a^p*b^p                                        by power-product  |
(x*y)^n = x^n*y^n                                        by power-product  |
(-x)^n = (-1)^n*x^n                                      by power-product  |
(2*x)^n = 2^n*x^n                                        by power-product  |
(x*y)^p = x^p*y^p                                        by power-product  | x > 0; y > 0
abs(x)^2 = x^2                                           by abs-square     |
abs(x)*abs(x)*y = x^2*y                                  by abs-square     |
abs(x)^4 = x^4                                           by abs-square     |
sqrt(x^2) = abs(x)                                       by root-square    |
sqrt((x - y)^2) = abs(x - y)                             by root-square    |
sqrt(x*x) = abs(x)                                       by root-square    |
(x^2)^(3/2) = abs(x)^3                                   by root-square    |
sqrt(x^4) = x^2                                          by root-square, abs-square |
abs(x*y) = abs(x)*abs(y)                                 by abs-product    |
abs(-2*x/y) = 2*abs(x)/abs(y)                            by abs-product    | y != 0
abs(x^n) = abs(x)^n                                      by abs-product    |
abs(-x) = abs(x)                                         by parity         |
ln(prod(g[i], i)) = sum(ln(g[i]), i)                     by log-product    | g[i] > 0 for all i
prod(g[i], i) = prod(g[i], i != k)*g[k]                  by split          |
prod(c*f[i], i) = c^n*prod(f[i], i)                      by factor         |
prod(d*g[i], i) = d^n*prod(g[i], i)                      by factor         |
prod(-g[i], i) = (-1)^n*prod(g[i], i)                    by factor         |
prod(g[i]/c, i) = prod(g[i], i)/c^n                      by factor         |
prod(c*g[i], i != k) = c^(n - 1)*prod(g[i], i != k)      by factor         |
prod(g[i]*h[i], i) = prod(g[i], i)*prod(h[i], i)         by distribute     |
prod(g[i]*h[i], i != k) = prod(g[i], i != k)*prod(h[i], i != k) by distribute |
prod(f[i]/a, i) = prod(f[i], i)/prod(a, i: n)            by distribute     |
prod(g[i]^2, i) = prod(g[i], i)^2                        by distribute     |
prod(f[i]^d, i) = prod(f[i], i)^d                        by distribute     |
prod(d, i: n) = d^n                                      by collapse       |
ln(prod(f[i], i)) = sum(ln(f[i]), i)                     by log-product    |
sin(2*x) = 2*sin(x)*cos(x)                               by double-angle   |
cos(2*x) = cos(x)^2 - sin(x)^2                           by double-angle   |
sin(4*x) = 2*sin(2*x)*cos(2*x)                           by double-angle   |
sin(2*n*x) = 2*sin(n*x)*cos(n*x)                         by double-angle   |
sinh(2*x) = 2*sinh(x)*cosh(x)                            by double-angle   |
cosh(2*x) = cosh(x)^2 + sinh(x)^2                        by double-angle   |
tanh(2*x) = 2*tanh(x)/(1 + tanh(x)^2)                    by double-angle   |
tan(2*x) = 2*tan(x)/(1 - tan(x)^2)                       by double-angle   | cos(x) != 0; cos(2*x) != 0; 1 - tan(x)^2 != 0
tanh(x + y) = (tanh(x) + tanh(y))/(1 + tanh(x)*tanh(y))  by angle-sum      |
sin(x + y) = sin(x)*cos(y) + cos(x)*sin(y)               by angle-sum      |
cos(x + y) = cos(x)*cos(y) - sin(x)*sin(y)               by angle-sum      |
cos(x - y) = cos(x)*cos(y) + sin(x)*sin(y)               by angle-sum      |
sin(-x + y) = sin(y)*cos(x) - cos(y)*sin(x)              by angle-sum      |
cosh(x - y) = cosh(x)*cosh(y) - sinh(x)*sinh(y)          by angle-sum      |
tan(x - y) = (tan(x) - tan(y))/(1 + tan(x)*tan(y))       by angle-sum      | cos(x) != 0; cos(y) != 0; cos(x - y) != 0; 1 + tan(x)*tan(y) != 0
"""  # noqa: E501

REFUSED = """
x^n*x^m = x^(n*m)                                        by power-sum      | refuted
a^p + a^q = a^(p + q)                                    by power-sum      | refuted
a^p*b^q = (a*b)^(p + q)                                  by power-sum      | refuted
a^p/a^q = a^(p/q)                                        by power-sum      | refuted
a^(-p) = -a^p                                            by power-sum      | refuted
x^n*x^m = x^(n + m)                                      by power-power    | unjustified
(a^p)^q = a^(p + q)                                      by power-power    | refuted
(a^p)^q = a^(p^q)                                        by power-power    | refuted
(x^2)^(1/2) = x                                          by power-power    | refuted
(a^2)^(1/2) = -a                                         by power-power    | refuted
(x^n)^(1/n) = x                                          by power-power    | refuted
(x^4)^(1/4) = x                                          by power-power    | refuted
(a*b)^p = a^p*b                                          by power-product  | refuted
a^p*b^p = (a*b)^(2*p)                                    by power-product  | refuted
(a + b)^p = a^p + b^p                                    by power-product  | refuted
(x + y)^n = x^n + y^n                                    by power-product  | refuted
(2*x)^n = 2*x^n                                          by power-product  | refuted
(-x)^n = -x^n                                            by power-product  | refuted
(-x)^n = x^n                                             by power-product  | refuted
abs(x)^3 = x^3                                           by abs-square     | refuted
abs(x)^2 = x                                             by abs-square     | refuted
abs(x)*abs(y) = x*y                                      by abs-square     | refuted
sqrt(x^2) = x                                            by root-square    | refuted
sqrt(x^2) = -x                                           by root-square    | refuted
sqrt(x^6) = x^3                                          by root-square    | refuted
sqrt(x^2 + y^2) = x + y                                  by root-square    | refuted
sqrt(x^2 + y^2) = abs(x) + abs(y)                        by root-square    | refuted
sqrt((x - y)^2) = x - y                                  by root-square    | refuted
(x^2)^(1/3) = x^(2/3)                                    by root-square    | unknown
sqrt(x^2) = abs(x)                                       by root-product   | unjustified
abs(x*y) = x*abs(y)                                      by abs-product    | refuted
abs(x + y) = abs(x) + abs(y)                             by abs-product    | refuted
abs(-2*x) = -2*abs(x)                                    by abs-product    | refuted
abs(x^n) = x^n                                           by abs-product    | refuted
abs(-x) = -abs(x)                                        by parity         | refuted
abs(-x) = x                                              by parity         | refuted
prod(g[i], i) = prod(g[i], i != k) + g[k]                by split          | refuted
prod(g[i], i) = prod(g[i], i != k)*g[j]                  by split          | refuted
prod(g[i], i != j) = prod(g[i], i != j, i != k)*g[k]     by split          | refuted
prod(g[i], i) = prod(g[i], i != k)                       by split          | refuted
prod(d*g[i], i) = d*prod(g[i], i)                        by factor         | refuted
prod(d*g[i], i) = n*d*prod(g[i], i)                      by factor         | refuted
prod(-g[i], i) = -prod(g[i], i)                          by factor         | refuted
prod(d*g[i], i != k) = d^n*prod(g[i], i != k)            by factor         | refuted
prod(c*g[i], i != k, i != j) = c^(n - 2)*prod(g[i], i != k, i != j) by factor | refuted
prod(g[i]*f[k], i) = prod(g[i], i)*f[k]                  by factor         | refuted
prod(g[i] + h[i], i) = prod(g[i], i) + prod(h[i], i)     by distribute     | refuted
prod(f[i]^g[i], i) = prod(f[i], i)^g[k]                  by distribute     | refuted
prod(g[i]*h[i], i) = prod(g[i], i)                       by distribute     | refuted
prod(d, i: n) = n*d                                      by collapse       | refuted
prod(d, i: n) = d^m                                      by collapse       | refuted
ln(prod(f[i], i)) = prod(ln(f[i]), i)                    by log-product    | refuted
exp(sum(g[i], i)) = sum(exp(g[i]), i)                    by exp-sum        | refuted
sin(2*x) = 2*sin(x)                                      by double-angle   | refuted
sin(2*x) = sin(x)*cos(x)                                 by double-angle   | refuted
cos(2*x) = cos(x)^2 + sin(x)^2                           by double-angle   | refuted
cos(2*x) = 2*cos(x)^2                                    by double-angle   | refuted
cosh(2*x) = cosh(x)^2 - sinh(x)^2                        by double-angle   | refuted
tan(2*x) = 2*tan(x)                                      by double-angle   | refuted
sin(2*x) = 2*sin(x)*cos(x)                               by pythagoras     | unjustified
sin(x + y) = sin(x) + sin(y)                             by angle-sum      | refuted
sin(x + y) = sin(x)*cos(y) - cos(x)*sin(y)               by angle-sum      | refuted
cos(x + y) = cos(x)*cos(y) + sin(x)*sin(y)               by angle-sum      | refuted
sin(x*y) = sin(x)*cos(y) + cos(x)*sin(y)                 by angle-sum      | refuted
tanh(x + y) = tanh(x) + tanh(y)                          by angle-sum      | refuted
tanh(x + y) = (tanh(x) + tanh(y))/(1 - tanh(x)*tanh(y))  by angle-sum      | refuted
tan(x + y) = (tan(x) + tan(y))/(1 + tan(x)*tan(y))       by angle-sum      | refuted
tan(2*x) = 2*tan(x)/(1 + tan(x)^2)                       by double-angle   | refuted
"""


def lines(table: str) -> list[tuple[str, str, str]]:
    """The claim, the reason and what is expected of each line."""
    found = []
    for line in table.strip().splitlines():
        claim, _, rest = line.partition(" by ")
        reason, _, expected = rest.partition("|")
        found.append((claim.strip(), reason.strip(), expected.strip()))
    return found


def checked(claim: str, reason: str) -> TheoremResult:
    (theorem,) = check(read(f"{DECLARATIONS} theorem t: {claim} proof {claim} by {reason} qed")).theorems
    return theorem


@pytest.mark.sample(4)
@pytest.mark.parametrize(("claim", "reason", "conditions"), lines(PROVED))
def test_the_rule_gives_it(claim: str, reason: str, conditions: str) -> None:
    theorem = checked(claim, reason)
    (step,) = theorem.steps
    assert step.verdict == theorem.verdict == "proved", step.message
    theory = theorem.statement.theory
    listed = {write_condition(condition, theory) for condition in step.conditions}
    redundant = {text for text in listed if text.startswith(("x^", "y^", "prod"))}  # a power of what is not 0
    assert listed - redundant == set(filter(None, conditions.split("; ")))
    assert false_at(*theorem.statement.sides, theory, conditions=step.conditions) is None


@pytest.mark.sample(4)
@pytest.mark.parametrize(("claim", "reason", "verdict"), lines(REFUSED))
def test_the_mistake_is_refused(claim: str, reason: str, verdict: str) -> None:
    (step,) = checked(claim, reason).steps
    assert step.verdict == verdict, step.message


def test_there_are_more_mistakes_than_identities() -> None:
    assert len(lines(REFUSED)) > len(lines(PROVED))

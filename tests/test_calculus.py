"""Each rule of calculus by itself, in all of its forms: what it gives has the value of the derivative; none goes too far.

First those that the kernel believes, then the uses that an author names, which are made of them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from derive.engine.applications import applications
from derive.engine.calculus_steps import USES
from derive.engine.scope import Scope
from derive.floor import calculus, kernel
from derive.floor.conditions import Condition
from derive.floor.dependence import independent
from derive.floor.signs import Knowledge
from derive.floor.terms import Comparison, Diff, Index, Pow, Size, Term
from derive.floor.theory import Theory
from derive.language import read
from derive.language.conditions import write_condition
from derive.language.writer import write_term
from judge import condition_holds, differ, points, value

DECLARED = """
size     H, n
variable x, w, p > 0, r > 0, Z[H], P[H] > 0, M[H, n]
constant a, b > 0, c[H], m != 0
function f(t)
function g(t, v)
index    o: H
define   u = x^2 + w
define   v = x*w
define   t = u + x
define   q[i] = Z[i]^2 + x
define   s[i] = exp(Z[i])
define   E = sum(c[i]*s[i]^2, i)
define   y(z) = z^2*x
"""

RULES = """
sum             diff(x - w - x^2, x)
sum             diff(-(x^2*w), x)
sum             diff(sum(c[i]*Z[i]*x, i), x)
sum             diff(sum(Z[i]*Z[j]^2, j != k), Z[k])
sum             diff(-x*w*x, x)
sum             diff(x*-w*-(x^2), x)
sum             diff((-x)/(-(w*x)*-3), x)
sum             diff(-x/(w^2 + 1), x)
independence    diff(a + w, x)
independence    diff(a*x^2*w, x)
independence    diff(x^2/(a*m), x)
independence    diff(m/(x^2 + 1)/b, x)
independence    diff(a*(x^2*m)/((x^2 + 1)*b), x)
independence    diff(-(a*x), x)
independence    diff(a*-x^3*w, x)
independence    diff(sum(c[i]*Z[i], i != k), Z[k])
variable        diff(x, x)
variable        diff(Z[i], Z[k])
variable        diff(Z[2], Z[1])
variable        diff(Z[1], Z[1])
variable        diff(M[i, j: n], M[k, l: n])
variable        diff(M[i, 1], M[k, 2])
variable        diff(M[i, 2], M[k, 2])
product         diff(x^2*w*exp(x), x)
product         diff(x*x, x)
product         diff(prod(P[i], i), P[k])
product         diff(prod(P[i] + x, i != o), x)
product         diff(prod(P[i]*x, i), x)
quotient        diff(x^3/(x^2 + 1), x)
quotient        diff(exp(x)/p, p)
quotient        diff((w + p)/(p*x), p)
power           diff(x^3, x)
power           diff((x^2 + w)^2, x)
power           diff(x^(-2), x)
power           diff(p^(1/2), p)
power           diff(p^a, p)
power           diff((p^2 + r)^a, p)
power           diff(x^n, x)
power           diff(b^x, x)
power           diff(b^(x^2*w), x)
power           diff(r^(x^2), x)
power           diff(p^p, p)
power           diff((p^2 + 1)^(3*p), p)
power           diff(p^sin(p), p)
power           diff(a/x, x)
power           diff(a/(x^2 + 1), x)
power           diff(a*w/(x^2 + 1)^3, x)
power           diff(m/p^b, p)
power           diff(m/(p^2 + r)^(a*b), p)
chain           diff(u^3, x)
chain           diff(exp(u*v), x)
chain           diff(u*v, w)
chain           diff(sum(q[i]^3, i), Z[k])
chain           diff(sum(q[i]^3, i), x)
chain           diff(q[o]*q[1], Z[k])
chain           diff(sum(q[i]*q[j], i, j != i), Z[k])
chain           diff(E, Z[k])
chain           diff(E + s[o], Z[1])
chain           diff(sum(s[i]*q[i], i), Z[k])
choice          diff(if(i = k, x^2*Z[i], x^3*Z[k]), x)
choice          diff(if(w > 0, x^2, x^3), x)
exp             diff(exp(x^2*w), x)
log             diff(ln(p^2 + r), p)
log             diff(log(p^2, r + 1), p)
log             diff(log(r, p^2 + 1), p)
log             diff(log(p*r, p + 2), p)
sqrt            diff(sqrt(p^2 + r), p)
sin             diff(sin(x*w), x)
cos             diff(cos(x^2), x)
tan             diff(tan(x^2), x)
sinh            diff(sinh(x^2), x)
cosh            diff(cosh(x^2), x)
tanh            diff(tanh(x^2), x)
sigmoid         diff(sigmoid(x^2*w), x)
softplus        diff(softplus(x^2*w), x)
erf             diff(erf(x^2), x)
abs             diff(abs(x^3), x)
max             diff(max(x^2, x*w), x)
max             diff(max(w, x^2), x)
min             diff(min(x^2, x*w), x)
min             diff(min(w, x^2), x)
"""


WAYS = ((), ("u",), ("v",), ("q",), ("s",), ("u", "v"), ("q", "s"))
"""Names that a chain rule may go through."""


def rows(text: str) -> list[list[str]]:
    return [line.split(maxsplit=1) for line in text.strip().splitlines()]


def derivative(text: str) -> tuple[Diff, Theory]:
    free = " for j: n, l: n, i: H, k: H" if ": n" in text else ""
    statement = read(f"{DECLARED} theorem t{free}: {text.replace(': n', '')} = 0").statements[0]
    assert isinstance(statement.sides[0], Diff)
    return statement.sides[0], statement.theory


def scope(theory: Theory, *targets: str, chained: bool = True) -> Scope:
    return Scope(Knowledge(theory), targets=frozenset(targets or theory.definitions), chained=chained)


@pytest.mark.sample(6)
@pytest.mark.parametrize("text", dict.fromkeys(text for _, text in rows(RULES)))
def test_a_rule_of_the_kernel_gives_the_derivative(text: str) -> None:
    """Every rule that is about the derivative, with every name to go through: not only the one that is meant."""
    term, theory = derivative(text)
    made = 0
    for rule in calculus.RULES:
        for targets in WAYS if rule == "chain" else ((),):
            found = kernel.by_rule(rule, term, Knowledge(theory), targets)
            if found is not None:
                made += 1
                agree(term, found.right, found.conditions, theory)
    assert made or isinstance(term.body, Pow), "b^x is exp(x*ln(b)), and no rule of the kernel"


@pytest.mark.sample(6)
@pytest.mark.parametrize(("rule", "text"), rows(RULES))
def test_a_rule_gives_the_derivative(rule: str, text: str) -> None:
    term, theory = derivative(text)
    found = None
    for targets in WAYS if rule == "chain" else ((),):
        here = scope(theory, *targets)
        made = USES[rule](term, here)
        if made is not None:
            found = made
            agree(term, made.right, made.conditions, theory)
    assert found is not None, "the rule does not apply"


def agree(left: Term, right: Term, conditions: frozenset[Condition], theory: Theory) -> None:
    compared = 0
    mentioned = [side for c in conditions for side in (c.claim.left, c.claim.right)]
    for point in points(theory, (left, right, *mentioned), count=40):
        if all(condition_holds(condition, theory, point) for condition in conditions):
            compared += value(left, theory, point) is not None and value(right, theory, point) is not None
            assert not differ(left, right, theory, point), (write_term(right, theory), point)
    assert compared >= 3, "hardly ever a value"


@pytest.mark.parametrize(
    ("rule", "text", "expected"),
    [
        ("prime", "diff(f(x^2), x)", "f'(x^2)*diff(x^2, x)"),
        ("prime", "diff(f'(x), x)", "f''(x)"),
        ("prime", "diff(g(x, w), x)", "g'1(x, w)"),
        ("prime", "diff(g(w, x), x)", "g'2(w, x)"),
        ("prime", "diff(g(x, x^2), x)", "g'1(x, x^2) + g'2(x, x^2)*diff(x^2, x)"),
        ("prime", "diff(g'1(x^2, w), w)", "g'1'2(x^2, w)"),
    ],
)
def test_the_derivative_of_a_declared_function(rule: str, text: str, expected: str) -> None:
    term, theory = derivative(text)
    found = USES[rule](term, scope(theory))
    assert found is not None
    assert write_term(found.right, theory) == expected


@pytest.mark.parametrize(
    ("rule", "text", "asked"),
    [
        ("independence", "diff(Z[i]*x, Z[k])", {"i != k"}),
        ("independence", "diff(q[i], Z[k])", {"i != k"}),
        ("independence", "diff(Z[i]*Z[k], Z[k])", {"i != k"}),
        ("independence", "diff(x/(Z[i]*Z[k]), Z[k])", {"i != k", "Z[i]*Z[k] != 0", "Z[i] != 0", "Z[k] != 0"}),
        ("independence", "diff(sum(c[j]*Z[j], j != k), Z[k])", set()),
        ("independence", "diff(x/(abs(w)*(x + 1)), x)", {"abs(w)*(x + 1) != 0", "abs(w) != 0", "x + 1 != 0"}),  # not w != 0
        ("exp", "diff(exp(x*w), x)", set()),
        ("log", "diff(log(p, 2*Z[i]), Z[k])", {"i != k", "p > 0", "2*Z[i] > 0", "2*Z[i] - 1 != 0"}),
        ("quotient", "diff(x/w, x)", {"w != 0", "w^2 != 0"}),
        ("power", "diff(x^(-1), x)", {"x != 0"}),
        ("power", "diff(x^a, x)", {"x > 0"}),
        ("power", "diff(a/w^2, w)", {"w != 0", "w^2 != 0", "w^3 != 0"}),
        ("sqrt", "diff(sqrt(x), x)", {"x > 0", "x >= 0", "2*sqrt(x) != 0"}),
        ("log", "diff(ln(x), x)", {"x > 0", "x != 0"}),
        ("abs", "diff(abs(x), x)", {"x != 0", "abs(x) != 0"}),
        ("max", "diff(max(x, w), x)", {"x - w != 0"}),
    ],
)
def test_what_a_rule_asks(rule: str, text: str, asked: set[str]) -> None:
    term, theory = derivative(text)
    here = scope(theory)
    if "[i]" in text:
        here = replace(here, known=here.known.where(Comparison(Index("i", Size("H")), "!=", Index("k", Size("H")))))
    found = USES[rule](term, here)
    assert found is not None
    assert {write_condition(condition, theory) for condition in found.conditions} == asked


@pytest.mark.parametrize(
    ("rule", "text", "targets"),
    [
        ("chain", "diff(u + x, x)", ("u",)),  # x is reached beside u
        ("chain", "diff(t, x)", ("t",)),  # t is the function itself
        ("chain", "diff(u*t, x)", ("u", "t")),  # what goes by u to t would count twice
        ("chain", "diff(u*v, x)", ("u",)),
        ("chain", "diff(x^2, x)", ("u",)),
        ("chain", "diff(y(x), x)", ("y",)),
        ("chain", "diff(sum(s[i]*q[i], i), Z[k])", ("s",)),
        ("variable", "diff(w, x)", ()),
        ("prime", "diff(y(x), x)", ()),
        ("product", "diff(x + w, x)", ()),
        ("independence", "diff(x^2 + w, x)", ()),
        ("independence", "diff(u, x)", ()),
        ("independence", "diff(E, Z[k])", ()),
        ("independence", "diff(y(w), x)", ()),
    ],
)
def test_a_rule_does_not_go_too_far(rule: str, text: str, targets: tuple[str, ...]) -> None:
    term, theory = derivative(text)
    assert USES[rule](term, scope(theory, *targets)) is None


@pytest.mark.parametrize(
    ("rule", "text", "right"),
    [
        ("sum", "diff(x - w*x - (-x), x)", "diff(x, x) - diff(w*x, x) - diff(-x, x)"),
        ("sum", "diff(x*-w*-(x^2), x)", "diff(x*w*x^2, x)"),
        ("sum", "diff((-x)/(-(w*x)*-m), x)", "-diff(x/(w*x*m), x)"),
        ("independence", "diff(a*(x^2*m)/((x^2 + 1)*b), x)", "a*m*diff(x^2/(x^2 + 1), x)/b"),
        ("independence", "diff(m/(x^2 + 1)/b, x)", "m*diff(1/(x^2 + 1), x)/b"),
        ("variable", "diff(Z[1], Z[1])", "1"),
        ("variable", "diff(M[i, 1], M[k, 2])", "0"),
        ("power", "diff(x^3, x)", "3*x^2"),
        ("power", "diff(b^x, x)", "b^x*ln(b)"),
        ("power", "diff(p^p, p)", "p^p*(ln(p) + p/p)"),
        ("power", "diff(m/x^2, x)", "-(m*2/x^3)"),
        ("power", "diff(m/p^b, p)", "-m*b*p^(-b - 1)"),
        ("log", "diff(log(p^2, b), p)", "1/(ln(b)*p^2)*diff(p^2, p)"),
        ("max", "diff(max(w, x), x)", "if(w > x, 0, 1)"),
        ("chain", "diff(E, Z[k])", "diff(E, s[k])*diff(s[k], Z[k])"),
        ("chain", "diff(E, x)", "sum(diff(E, s[i])*diff(s[i], x), i)"),
        ("chain", "diff(sum(q[i]^3, i), x)", "sum(diff(sum(q[i]^3, i), q[i])*diff(q[i], x), i)"),
        ("chain", "diff(q[o]^2, x)", "diff(q[o]^2, q[o])*diff(q[o], x)"),
        ("chain", "diff(sum(q[i]^3, i) + E, Z[k])", None),
    ],
)
def test_what_a_use_makes_of_a_derivative(rule: str, text: str, right: str | None) -> None:
    """As a person would write it, and told as one use of the rule."""
    term, theory = derivative(text)
    found = USES[rule](term, scope(theory, *(() if rule != "chain" else ("s",) if "E" in text else ("q",))))
    assert (None if found is None else write_term(found.right, theory)) == right
    if found is not None:
        assert [(use.inference.label, use.left, use.right) for use in applications(found)] == [(rule, term, found.right)]


def test_every_entry_of_an_array_where_it_is_asked_for() -> None:
    term, theory = derivative("diff(E, Z[k])")
    found = USES["chain"](term, replace(scope(theory, "s"), every_entry=True))
    assert found is not None
    assert write_term(found.right, theory) == "sum(diff(E, s[i])*diff(s[i], Z[k]), i)"


@pytest.mark.parametrize("text", ["diff((x*w)^2, x)", "diff(b^(x*w), x)", "diff((p*w)^p, p)", "diff(a/(x + w)^2, x)"])
def test_the_inside_of_a_power_needs_the_chain_rule(text: str) -> None:
    term, theory = derivative(text)
    assert USES["power"](term, scope(theory, chained=False)) is None
    assert USES["power"](term, scope(theory)) is not None


@pytest.mark.parametrize(
    ("text", "relations"),
    [
        ("diff(w, x)", set()),
        ("diff(a*w^2, x)", set()),
        ("diff(u, x)", None),
        ("diff(u, u)", None),
        ("diff(w, u)", set()),
        ("diff(t, u)", None),
        ("diff(v, u)", set()),
        ("diff(f(w), x)", set()),
        ("diff(f(x*w), x)", None),
        ("diff(y(w), w)", None),
        ("diff(Z[i], Z[k])", None),
        ("diff(Z[1], Z[2])", set()),
        ("diff(Z[i + 1], Z[i])", set()),
        ("diff(Z[o + 1], Z[k])", None),
        ("diff(q[i], Z[k])", None),
        ("diff(sum(Z[i], i), Z[k])", None),
        ("diff(sum(Z[i], i != k), Z[k])", set()),
        ("diff(prod(Z[i], i != o), Z[k])", None),
        ("diff(diff(x*w, w), x)", None),
        ("diff(if(x > 0, a, b), x)", None),
    ],
)
def test_what_is_independent(text: str, relations: set[str] | None) -> None:
    """Without a word about the indices: None says that the term may depend on the entry."""
    term, theory = derivative(text)
    found = independent(term.body, term.by, theory)
    assert (found if found is None else {write_condition(condition, theory) for condition in found}) == relations


def test_indices_that_are_known_to_differ_are_a_condition() -> None:
    term, theory = derivative("diff(Z[i]*q[i], Z[k])")
    apart = Scope(Knowledge(theory, (), (Comparison(Index("k", Size("H")), "!=", Index("i", Size("H"))),)))
    found = apart.independent(term.body, term.by)
    assert found is not None
    assert {write_condition(condition, theory) for condition in found} == {"i != k"}

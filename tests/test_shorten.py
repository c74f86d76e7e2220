"""How `derive diff` writes its result: as a person would, every line of the way there proved."""

from __future__ import annotations

import pytest

import derive
from derive.engine import proofs
from derive.engine.normal import Normalizer
from derive.engine.ordering import common, ordered
from derive.engine.shortest import _divided
from derive.floor.signs import Knowledge
from derive.floor.theory import Theory, Unknown
from derive.language import read_expression, write_term
from derive.limits import Limit, allowed

DECLARED = "size H  variable x, s > 0, Z[H]  constant a, b > 0, c, y"


@pytest.mark.parametrize(
    ("text", "wrt", "result"),
    [
        ("a*y*c*x^2 + b*b*x", "x", "2*a*c*x*y + b^2"),
        ("sin(x^2)", "x", "2*x*cos(x^2)"),
        ("x*exp(x)", "x", "(x + 1)*exp(x)"),
        ("x*exp(-x)", "x", "(1 - x)*exp(-x)"),
        ("(x + 1)^5", "x", "5*(x + 1)^4"),
        ("(a - s)^2", "s", "2*(s - a)"),
        ("s^a*a", "s", "a^2*s^(a - 1)"),
        ("x*x*x", "x", "3*x^2"),
        ("0.3*x^2", "x", "0.6*x"),
        ("x^2/6", "x", "x/3"),
        ("tanh(a*x + b)^2", "x", "2*a*(1 - tanh(a*x + b)^2)*tanh(a*x + b)"),
        ("sum((Z[i] - a)^2, i)", "Z[k]", "2*(Z[k] - a)"),
        ("a*x", "x", "a"),
        ("y*x*c", "x", "y*c"),  # in the order of the author
    ],
)
def test_results_are_in_order(text: str, wrt: str, result: str) -> None:
    found = derive.diff(text, wrt, declare=DECLARED)
    assert found.verdict == "proved"
    assert found.steps[-1].right == result


@pytest.mark.sample(24)
@pytest.mark.parametrize(
    ("name", "text", "wrt", "result"),
    [
        ("softmax-ce", "E", "Z[k]", "O[k] - y[k]"),
        ("softmax-ce", "O[i]", "Z[k]", "O[i]*(delta(i, k) - O[k])"),
        ("softmax-ce", "ln(O[i])", "Z[k]", "delta(i, k) - O[k]"),
        ("softmax-ce", "E", "Z[1]", "O[1] - y[1]"),
        ("sigmoid-bce", "E", "score[k]", "p[k] - c[k]"),
        ("bce-with-logit", "L", "x", "s - y"),
        ("sigmoid-derivative", "s", "x", "s*(1 - s)"),
        ("label-smoothing", "E", "z[k]", "p[k] - q[k]"),
        ("temperature-softmax", "p[i]", "T", "p[i]*(sum(p[j]*z[j], j) - z[i])/T^2"),
        ("log-sum-exp", "L", "z[k], z[l]", "p[k]*(delta(k, l) - p[l])"),
        ("infonce", "L", "K[j, b]", "q[b]*(p[j] - delta(j, o))/tau"),
        ("l2-normalize", "L", "x[k]", "(G[k] - L*u[k])/r"),
        ("cosine-similarity", "c", "x[k]", "y[k]/(q*r) - c*x[k]/r^2"),
        ("rms-norm", "L", "x[k]", "(G[k]*g[k] - h[k]*sum(G[j]*g[j]*h[j], j)/n)/r"),
        ("layer-norm", "L", "x[k]", "(G[k]*g[k] - h[k]*sum(G[j]*g[j]*h[j], j)/n - sum(G[j]*g[j], j)/n)/s"),
    ],
)
def test_names_are_folded_back_and_assumptions_used(name: str, text: str, wrt: str, result: str) -> None:
    found = derive.diff(text, wrt, declare=derive.load(name))
    assert found.verdict == "proved"
    assert found.steps[-1].right == result
    assert all(step.verdict == "proved" and not step.conditions for step in found.steps)


def test_what_is_used_is_said() -> None:
    steps = derive.diff("E", "Z[k]", declare=derive.load("softmax-ce")).steps
    assert [step.by for step in steps[-2:]] == [("definition(O)", "algebra"), ("assumption",)]
    assert steps[-2].right == "O[k]*sum(y[j], j) - y[k]"


def test_without_the_assumption_the_sum_stays() -> None:
    declared = "size H\nvariable Z[H]\nconstant y[H]\ndefine O[i] = exp(Z[i])/sum(exp(Z[j]), j)\n"
    found = derive.diff("-sum(y[i]*ln(O[i]), i)", "Z[k]", declare=declared)
    assert found.verdict == "proved"
    assert found.steps[-1].right == "O[k]*sum(y[j], j) - y[k]"


def test_a_factor_that_may_be_zero_is_not_cancelled_in_silence() -> None:
    found = derive.diff("x^2/x", "x", declare="variable x")
    assert found.verdict == "proved"
    assert found.report.theorems[0].conditions


@pytest.mark.parametrize(
    ("text", "in_order"),
    [
        ("x*2*x*3", "6*x^2"),
        ("c*b*a", "c*b*a"),
        ("c*2*b*a", "2*a*b*c"),
        ("exp(x)*a", "a*exp(x)"),
        ("-a + x", "x - a"),
        ("1 + x + 2", "x + 3"),
        ("-2*(a - x)", "2*(x - a)"),
        ("a*(-x)", "-(a*x)"),
        ("x*2/4", "x/2"),
        ("x*0*a", "0"),
        ("exp(a*ln(x))", "x^a"),
        ("x/x", "x/x"),
    ],
)
def test_order(text: str, in_order: str) -> None:
    theory = Theory(unknowns={name: Unknown(name, True) for name in "abcx"})
    assert write_term(ordered(read_expression(text, theory)), theory) == in_order


@pytest.mark.parametrize(
    ("text", "factored"),
    [
        ("2*a - 2*b", "2*(a - b)"),
        ("a*x + x", "x*(a + 1)"),
        ("a*x^2 - x^3*b", "x^2*(a - b*x)"),
        ("a/x - b/x", "(a - b)/x"),
        ("a/x - b/x^2", "a/x - b/x^2"),
        ("a + b", "a + b"),
        ("-a*x - b*x", "x*(-a - b)"),
    ],
)
def test_common_factors(text: str, factored: str) -> None:
    theory = Theory(unknowns={name: Unknown(name, True) for name in "abcx"})
    assert write_term(common(read_expression(text, theory)), theory) == factored


GRU = """
variable h, x
constant wz, uz, bz, wr, ur, br, w, u, b
define z = sigmoid(wz*x + uz*h + bz)
define r = sigmoid(wr*x + ur*h + br)
define c = tanh(w*x + u*(r*h) + b)
define H = (1 - z)*h + z*c
"""


def test_the_cell_of_a_network_is_written_in_its_names_with_little_work() -> None:
    with allowed(Limit("the test", 250_000)):  # twice what it takes, and an eighth of what a step may take
        found = derive.diff("H", "h", declare=GRU)
    assert found.verdict == "proved"
    assert found.steps[-1].right == "h*uz*z*(z - 1) - z + c*uz*z*(1 - z) + u*z*(1 - c^2)*(h*r*ur*(1 - r) + r) + 1"


def test_a_result_that_takes_too_long_to_shorten_is_told_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proofs, "SHORTENING", Limit("the test", 2_000, 0.5))
    found = derive.diff("H", "h", declare=GRU)
    assert found.verdict == "proved"
    assert "sigmoid(" in found.steps[-1].right
    assert "diff(" not in found.steps[-1].right


@pytest.mark.parametrize(
    ("poly", "by", "quotient"),
    [
        ("x^2 - 1", "x - 1", "x + 1"),
        ("x^2*y - y", "x - 1", "x*y + y"),
        ("(x + y)^5", "(x + y)^3", "(x + y)^2"),
        ("x - x^(-1)", "1 + x^(-1)", "x - 1"),
        ("x^2 + 1", "x - 1", None),
        ("x^2 - y", "x - y", None),
        ("x", "x + y", None),
        ("x^30 - 1", "x^7 - 1", None),
    ],
)
def test_division_leaves_nothing_or_is_none(poly: str, by: str, quotient: str | None) -> None:
    theory = Theory(unknowns={name: Unknown(name, True) for name in "xy"})
    one, other, expected = (
        Normalizer(Knowledge(theory)).normal(read_expression(text, theory)) if text else None for text in (poly, by, quotient)
    )
    assert one is not None
    assert other is not None
    found = _divided(one, other)
    assert (found.key if found else None) == (expected.key if expected else None)

"""What is proved is audited by a procedure of its own, and that procedure by claims that are known to be true or false."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path
from random import Random

import pytest

from audit import Answer, Claim, audit, claims, contradicted
from border_claims import FAMILIES, border, disagreements
from derive.checking.checker import check
from derive.checking.verdicts import Report
from derive.language import read
from derive.library import load
from derive.shelf import names

CASES = Path(__file__).parent / "cases"
PUBLISHED = sorted((CASES / "published").glob("*.derive"))
TRAPS = sorted((CASES / "traps").glob("*.derive"))
NEAR = sorted((CASES / "near-misses").glob("*.derive"))
EVERY = [*names(), *PUBLISHED, *TRAPS, *NEAR]
BORDER_TEXTS, BORDER_SEED = 600, 1_000_000
WORK = 1_500  # nodes evaluated at points for one claim of a file


def reports(source: str | Path) -> list[Report]:
    """The reports on what a file, or a name of the library, holds."""
    if isinstance(source, str):
        return [check(load(source))]
    if source in NEAR:
        return [check(read(part)) for part in source.read_text().split("#---")]
    return [check(read(source.read_text()))]


@cache
def audited(source: str | Path) -> tuple[tuple[str, str, Answer], ...]:
    """Every theorem and step: its name, the verdict of the check and the answer of the audit."""
    found = []
    for report in reports(source):
        found += [(name, verdict, audit(claim, work=WORK)) for name, verdict, claim in claims(report)]
    return tuple(found)


@pytest.mark.sample(100)
@pytest.mark.parametrize("source", EVERY, ids=lambda s: s if isinstance(s, str) else s.stem)
def test_the_check_and_the_audit_agree(source: str | Path) -> None:
    """No theorem or step is proved that is false somewhere, whatever conditions are listed, and none refuted that is true."""
    wrong = [f"{name}: {verdict}, {a.verdict} {a.instance}" for name, verdict, a in audited(source) if contradicted(verdict, a)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.slow
def test_the_audit_decides() -> None:
    """Nearly all that is proved or refuted is decided; else the tests above would say little."""
    count = Counter((verdict, a.verdict) for source in EVERY for _, verdict, a in audited(source))
    print(dict(count))
    proved = sum(n for (verdict, _), n in count.items() if verdict == "proved")
    refuted = sum(n for (verdict, _), n in count.items() if verdict == "refuted")
    assert proved >= 2500
    assert refuted >= 350
    assert count["proved", "equal"] >= 0.98 * proved
    assert count["refuted", "different"] >= 0.98 * refuted


@pytest.mark.slow
@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_no_claim_at_a_border_is_proved_and_different(family: str) -> None:
    """Random claims that are nearly true; `python tests/border_claims.py` makes more of them, and shrinks what it finds."""
    wrong, count = [], Counter[str]()
    for n in range(BORDER_TEXTS // len(FAMILIES)):
        made = border(Random(BORDER_SEED + n), family)
        found, counted = disagreements(made)
        count += counted
        wrong += [f"{d.name}: {d.verdict}, {d.answer.verdict} {d.answer.instance}\n{made.text}\n" for d in found]
    assert not wrong, "\n".join(wrong)
    assert count["unread"] <= 3
    assert count["proved, equal"] + count["refuted, different"] >= 10, dict(count)


def answers(text: str) -> dict[str, Answer]:
    """The answers of the audit on the theorems of a text, of which no verdict is asked."""
    found = {}
    for s in read(text).statements:
        found[s.name] = audit(Claim(s.sides[0], s.sides[-1], s.theory, s.hypotheses, s.conditions))
    return found


HEAD = """size n, m
variable x, y, z[n], w[n] > 0, M[n, m], p >= 0
constant a, b > 0
function f(u)
function g(u, v)
define q[i] = if(z[i] > 0, 1, z[i])
function L(q[n])
define r = if(x = 2, 0, 1/(x - 2))
define s(u) = if(u >= 1, u, 1)
define e = exp(x)
define h[i] = exp(z[i])/sum(exp(z[j]), j)
"""

FALSE = (
    # poles under guards, and what hides them
    "if(y = 3, 0, (y - 3)/(y - 3)) = 1",
    "if(y != x, (y - x)^2/(x - y)^2, 5) = 1",
    "sum(if(z[i] = 0, 0, abs(z[i])/sum(abs(z[j]), j)), i) = 1",
    "x*r - 2*r = 1",
    "if(x = 0, 3, 4) = 4",
    # sizes and indices
    "sum(w[i]/((n - 1)*w[i]), i: n, i != 1) = 1",
    "sum(a, i: n, i != 2) = (n - 1)*a",
    "prod(w[i], i: n, i != 1)*w[2] = prod(w[i], i)",
    "sum(delta(i, 3), i: n) = 1",
    "sum(z[i + 1], i: n) = sum(z[i], i)",
    "sum(sum(delta(i, 1)*M[i, j], i), j) = M[1, 1]",
    "diff(sum(z[i]*z[i + 1], i), z[k]) = 2*z[k + 1]",
    "z[i]*z[k] = z[k]^2",
    # derivatives at a kink, a jump, a pole that cancels
    "given x = 2: diff((x - 2)^2*r, x) = 0",
    "diff(s(x)^2, x) = if(x > 1, 2*x, 1)",
    "diff(max(y, y), y) = 0",
    "given y = 0: diff(abs(y)*y + y, y) = 0",
    "given x = 0: diff(if(x = 0, 0, x), x) = 0",
    "given x = 0, y = 0: diff(sqrt((x - y)^2) - sqrt(y^2), y) = 1",
    "given z[k] = 1: diff(L*(z[k] - 1), z[k]) = 0",
    "diff(h[i], z[k]) = h[i]*(1 - h[k])",
    "diff(ln(sum(exp(z[j]), j)), z[k]) = h[k]^2",
    # hypotheses
    "given a = 0: abs(sum(z[i]/(a*z[i] + 1), i)) = sum(z[i]/(a*z[i] + 1), i)",
    "given x^2 = y^2: x = y",
    "given x*y = 0: x = 0",
    "given sum(z[i], i) = 0: prod(z[i], i) = 0",
    "given z[k] > 0: sum(abs(z[i]), i) = sum(z[i], i)",
    # powers, roots, logarithms, angles
    "sqrt((x - 1)^2) = x - 1",
    "((x + abs(x))^2)^(1/4)^2 = 2*x",
    "p^0*0^n = p",
    "(-1)^(n + 1) = 1",
    "sin(4*pi/3) = sqrt(3)/2",
    "sin(x + 2*pi/3) = cos(x)",
    "cos(5*pi/12)^2 = 1/2",
    "exp(x + y) = exp(x) + exp(y)",
    "ln(1 + exp(x)) = x",
    "erf(x) = x",
    # declared functions
    "diff(f(x^2), x) = f'(x^2)",
    "diff(g(x, x), x) = 2*g'1(x, x)",
    "f(x + y) = f(x) + f(y)",
    # signs
    "abs(x + y) = abs(x) + abs(y)",
    "max(x, y) + min(x, y) = 2*x",
    "if(x > y, a, b) = if(x >= y, a, b)",
)  # fmt: skip

TRUE = (
    "if(y = 3, 1, (y - 3)/(y - 3)) = 1",
    "given y != 3: if(y = 3, 0, (y - 3)/(y - 3)) = 1",
    "(x - 2)^2*r = x - 2",
    "given x = 2: diff((x - 2)^2*r, x) = 1",
    "diff(abs(y)*y, y) = 2*abs(y)",
    "diff(max(y, y), y) = 1",
    "diff(abs(y), y) = y/abs(y)",
    "given x = 0: diff(if(x = 0, 0, x), x) = 1",
    "given n >= 2: sum(w[i]/((n - 1)*w[i]), i: n, i != 1) = 1",
    "sum(delta(i, k)*z[i], i) = z[k]",
    "sum(z[i + 1] - z[i], i) = -z[1]",
    "diff(h[i], z[k]) = h[i]*(delta(i, k) - h[k])",
    "diff(ln(sum(exp(z[j]), j)), z[k]) = h[k]",
    "diff(-sum(w[i]*ln(h[i]), i), z[k]) = h[k]*sum(w[i], i) - w[k]",
    "ln(h[k]) = z[k] - ln(sum(exp(z[j]), j))",
    "ln(sum(exp(z[j] - a), j)) = ln(sum(exp(z[j]), j)) - a",
    "given sum(w[i], i) = 1: diff(-sum(w[i]*ln(h[i]), i), z[k]) = h[k] - w[k]",
    "given x = y: x^2 - y^2 = 0",
    "given x*y = 0: (x + y)^2 = x^2 + y^2",
    "given a = 0: sum(z[i]/(a*z[i] + 1), i) = sum(z[i], i)",
    "sqrt((x - 1)^2) = abs(x - 1)",
    "sqrt(sum(z[i]^2, i))^2 = sum(z[i]^2, i)",
    "sqrt(b)*sqrt(b*p) = b*sqrt(p)",
    "diff(sqrt(sum(z[i]^2, i) + b), z[k]) = z[k]/sqrt(sum(z[i]^2, i) + b)",
    "p^0 = 1",
    "b^(x + y) = b^x*b^y",
    "diff(b^x, x) = b^x*ln(b)",
    "sin(2*pi/3) = sin(pi/3)",
    "sin(x + 2*pi/3) + sin(x) + sin(x - 2*pi/3) = 0",
    "tanh(x) = 2*sigmoid(2*x) - 1",
    "diff(softplus(x), x) = sigmoid(x)",
    "diff(erf(x), x) = 2/sqrt(pi)*exp(-x^2)",
    "erf(-x) = -erf(x)",
    "diff(f(x^2), x) = 2*x*f'(x^2)",
    "diff(g(x, x^2), x) = g'1(x, x^2) + 2*x*g'2(x, x^2)",
    "diff(diff(g(x, y), x), y) = g'1'2(x, y)",
    "max(x, y) + min(x, y) = x + y",
    "abs(x*y) = abs(x)*abs(y)",
    "if(x > y, a, b) + if(y >= x, a, b) = a + b",
    "sum(sum(M[i, j]*z[i], i), j) = sum(z[i]*sum(M[i, j], j), i)",
    "diff(f(e), e) = f'(e)",
    "diff(L, z[k]) = sum(diff(L, q[i])*diff(q[i], z[k]), i)",
)  # fmt: skip


def one_claim(claim: str) -> Answer:
    given, claim = claim.split(": ", 1) if claim.startswith("given") else ("", claim)
    return answers(f"{HEAD}theorem t {given}: {claim}")["t"]


@pytest.mark.parametrize("claim", FALSE)
def test_what_is_false_is_different(claim: str) -> None:
    assert one_claim(claim).verdict == "different"


@pytest.mark.parametrize("claim", TRUE)
def test_what_is_true_is_equal(claim: str) -> None:
    assert one_claim(claim).verdict == "equal"


EMPTY = ("given b = 0: 1/b = 2", "ln(-exp(x)) = 1", "1/0 = 1/0", "given x = 0: diff(abs(x), x) = 0")


@pytest.mark.parametrize("claim", EMPTY)
def test_what_has_no_value_anywhere_is_not_decided(claim: str) -> None:
    assert one_claim(claim).verdict == "unknown"

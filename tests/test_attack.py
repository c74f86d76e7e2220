"""The attack: false claims fall to it whatever the proof says, true ones do not, and it shares no code with the proof."""

from __future__ import annotations

import ast
import math
import time
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derive import library, shelf
from derive.checking.attacks import attack_on
from derive.checking.checker import check
from derive.engine.normal import Normalizer
from derive.floor import functions, kernel
from derive.floor.functions import TABLE
from derive.floor.kernel import Theorem
from derive.floor.ring import Atoms
from derive.floor.terms import Apply, Diff, Term, mul, number, power, scalar
from derive.floor.theory import Theory, Unknown
from derive.language import read
from derive.language.derivation import Derivation, Statement
from derive.numbers import attack
from derive.numbers.attack.fields import FLOATS, Digits
from derive.numbers.attack.names import Names
from derive.numbers.attack.values import Values
from lane import examples

X = scalar("x")
ONE_VARIABLE = Theory(unknowns={"x": Unknown("x", True)})

FALSE = {
    "a pole in the branch that is not taken": "variable x theorem t: if(x = 2, 0, (x-2)/(x-2)) = 1",
    "a pole at a fraction": "variable x theorem t: if(3*x = 1, 0, (3*x-1)/(3*x-1)) = 1",
    "a product that is 0 in a branch": "variable x, y theorem t: if(x = y, 0, (x-y)/(x-y)) = 1",
    "squares over their sum": "size n variable x[n] theorem t: sum(if(x[i] = 0, 0, x[i]^2/sum(x[j]^2, j)), i) = 1",
    "an empty sum": "size n variable x[n] > 0 theorem t: sum(x[i]/((n - 1)*x[i]), i != k) = 1",
    "an empty product": "size n variable x[n] theorem t: prod(x[i]^0*2, i != k) = 2^n",
    "a literal index beyond the smallest size": "size n variable x[n] theorem t: sum(1 + 0*x[i], i != 2) = n - 1",
    "equal indices": "size n variable x[n] theorem t: diff(x[i]^2, x[k]) = 0",
    "different indices": "size n variable x[n] theorem t: diff(x[i]^2, x[k]) = 2*x[i]",
    "opposite entries": "size n variable x[n] theorem t: abs(sum(x[i], i)) = sum(abs(x[i]), i)",
    "the sign of a root": "variable x theorem t: sqrt(x^2) = x",
    "the sign under a hypothesis": "variable x, t theorem t1 given t = 0: abs(x/(t*x + 1)) = x/(t*x + 1)",
    "an angle": "theorem t: sin(2*pi/3) = 1",
    "an angle beside a variable": "variable t theorem u: sin(t + 2*pi/5) = cos(t)",
    "four indices that differ": "size n variable x[n], y theorem t for a != b, a != c, a != d, b != c, b != d, c != d: "
    "sum(x[i]^2, i != a, i != b, i != c, i != d)*y + abs(y) = sum(x[i]^2, i != a, i != b, i != c, i != d)*y + y",
    "a hypothesis far out": "variable x, c theorem t given c > 1000: diff(x*abs(x), x) = if(x = 0, c, 2*abs(x))",
    "a hypothesis that is a square": "variable x theorem t given x^2 = 121, x > 0: x = 10",
    "many entries": "constant W[8, 8] variable y theorem t: sum(W[i, j], i, j) + abs(y) = sum(W[i, j], i, j) + y",
    "a small gap": "variable y theorem t: if(y > 0, 1, 1 + 1/10^10) = 1",
    "a border that is a square": "variable x theorem t: diff((x^2 - 121)*abs(x^2 - 121), x) "
    "= if(x^2 - 121 = 0, 5, 4*x*abs(x^2 - 121))",
    "a border that touches": "variable x theorem t: if(x^2 - 2/3*x + 1/9 = 0, 3, 1) = 1",
    "rounding everywhere": "variable x theorem t: diff((x - 3/8)*abs(x - 3/8), x) + ((10^20 + x) - 10^20) "
    "= if(x - 3/8 = 0, 5, 2*abs(x - 3/8)) + x",
    "a value too large for floats": "variable x theorem t: exp(700*x)*if(x - 1 = 0, 5, 2) = exp(700*x)*2",
    "the seventh entry": "variable a, b, c, d, e, f, x "
    "theorem t: (a + b + c + d + e + f)*if(x - 17 = 0, 5, 2) = 2*(a + b + c + d + e + f)",
    "a fourth derivative": "variable x theorem t: diff(x^5*abs(x), x, x, x, x) = if(x = 0, 7, 360*x*abs(x))",
    "a kink that is none": "variable x define v = if(x = 0, 0, 1/x) theorem t given x = 0: diff(x^2*v, x) = 0",
    "two kinks that cancel": "variable x, y theorem t given x = 0, y = 0: diff(sqrt((x + y)^2) - sqrt(x^2), x) = 2",
    "the least of one thing": "variable x theorem t: diff(min(x, x), x) = 0",
    "a jump in a condition": "variable x define s(u) = if(u = 0, 0, 1) "
    "theorem t: diff(if(s(x) > 1/2, x, 0), x) = if(s(x) > 1/2, 1, 0)",
    "a derivative at one point": "variable x theorem t: diff(x*abs(x), x) = if(x = 0, 5, 2*abs(x))",
    "a second derivative at one point": "variable x theorem t: diff(x^4, x, x) = 12*x^2 + if(x = 0, 1, 0)",
    "a third derivative": "variable x theorem t: diff(x^4, x, x, x) = 24*x + if(x = 1, 1, 0)",
    "a constant in the place of a variable": "constant a variable x theorem t: diff(a*x^2, x) = 2*x",
    "a derivative by a node": "variable x define u = x^2 define E = u*x theorem t: diff(E, u) = x + u*diff(x, u) + 1",
    "a declared function": "variable x function f(u) theorem t: diff(f(x^2), x) = f'(x^2)",
    "arguments exchanged": "variable x function g(u, v) theorem t: g'1(x, 2*x) = g'2(x, 2*x)",
    "an array of a function": "size n variable y[n] function L(y[n]) theorem t: diff(L, y[k]) = diff(L, y[i])",
    "a power of a negative": "variable x theorem t: (x^2)^(1/2) = x",
    "a hypothesis about a name": "variable x define v = 2*x theorem t given v = 1: x = 1",
    "an assumption about a sum": "size n variable y[n] assume sum(y[i], i) = 1 theorem t: sum(y[i]^2, i) = 1",
    "zero to zero": "variable x theorem t: x^0 = if(x = 0, 0, 1)",
    "an index that is computed": "size n variable x[n] theorem t: sum(x[i + 1], i: n) = sum(x[i], i)",
}

TRUE = {
    "far out": "variable x theorem t: ln(x - 100) + 1 = 1 + ln(x - 100)",
    "at a kink": "variable x theorem t: diff(x*abs(x), x) = 2*abs(x)",
    "a softmax": "size n variable z[n] define o[i] = exp(z[i])/sum(exp(z[j]), j) "
    "theorem t: diff(o[i], z[k]) = o[i]*(delta(i, k) - o[k])",
    "a step": "variable x theorem t: diff(max(x, 0), x) = if(x > 0, 1, 0)",
    "rounding that looks like a difference": "variable x theorem t: (x + 1/3)^2 - x^2 - 2*x/3 = 1/9",
    "a divisor that is rounding": "variable x theorem t: 1/(sin(x)^2 + cos(x)^2 - 1) = 2/(2*sin(x)^2 + 2*cos(x)^2 - 2)",
    "a hypothesis that is not linear": "variable x, y theorem t given x^2 = y^2 + 1: x^4 = (y^2 + 1)^2",
    "large numbers": "variable x theorem t: exp(20*x)/exp(20*x) = 1",
    "a fourth power": "variable x theorem t: diff(x^4, x, x, x) = 24*x",
    "fixed and moved": "variable x define u = x^2 define E = u*x theorem t: diff(E, x) = diff(E, u)*diff(u, x) + u",
}


def statement(text: str) -> Statement:
    return read(text).statements[-1]


@pytest.mark.parametrize("name", [pytest.param(name, marks=pytest.mark.slow) if "fourth" in name else name for name in FALSE])
def test_a_false_claim_falls(name: str) -> None:
    claim = statement(FALSE[name])
    assert attack_on(claim).on(*claim.sides).disagreement is not None


@pytest.mark.parametrize("name", TRUE)
def test_a_true_claim_stands(name: str) -> None:
    claim = statement(TRUE[name])
    outcome = attack_on(claim).on(*claim.sides)
    assert outcome.disagreement is None
    assert outcome.compared or name == "a divisor that is rounding"


@pytest.mark.parametrize(
    "text",
    [
        "constant b >= 0 theorem t given b = 0: b/b = 1",
        "variable x theorem t: ln(-1 - x^2) = ln(-1 - x^2)",
        "variable x define v = if(x = 0, 0, 1/x) theorem t given x = 0: diff(v, x) = 0",
        "variable x theorem t given x = 1: diff(abs(x - 1), x) = diff(abs(x - 1), x)",
        "variable x theorem t given x = 0: 0*diff((x^4)^(1/4), x) = 0",
        "variable x theorem t given x^2 = 121, x > 0: (x - 11)/(x - 11) = 1",
        "size n variable x[n] assume x[i]^2 = x[i] theorem t: (x[k]^3 - x[k])/(x[k]^3 - x[k]) = 1",
        "variable x, y constant c theorem t given x >= y, y >= x, c > 1000: (x - y)/(x - y)*c = c",
    ],
)
def test_a_claim_without_a_point_is_empty(text: str) -> None:
    claim = statement(text)
    assert attack_on(claim).on(*claim.sides).is_empty


# --- in the checker --------------------------------------------------------------------------------------------------


@pytest.fixture
def anything_is_equal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A floor to which everything is equal that a step asks for, and a search that is glad of it."""
    ring = kernel.ring

    def lying(left: Term, right: Term, theory: Theory, label: str = "algebra", using: tuple[Theorem, ...] = ()) -> Theorem:
        with pytest.MonkeyPatch.context() as patch:
            if label:
                patch.setattr(Atoms, "equal", lambda *_: True)
            return ring(left, right, theory, label, using)

    monkeypatch.setattr(kernel, "ring", lying)
    monkeypatch.setattr(Normalizer, "is_zero", lambda self, poly: True)


@pytest.mark.usefixtures("anything_is_equal")
@pytest.mark.sample(8)
@pytest.mark.parametrize("name", FALSE)
def test_a_wrong_proof_is_found_out(name: str) -> None:
    """A floor to which everything is equal proves anything; nothing false is called proved."""
    (result,) = check(read(FALSE[name])).theorems
    assert result.verdict in ("refuted", "unknown")
    assert result.verdict == "unknown" or result.counterexample is not None


@pytest.mark.usefixtures("anything_is_equal")
def test_a_disagreement_that_is_not_rigorous_is_told() -> None:
    (result,) = check(read(FALSE["a kink that is none"])).theorems
    assert (result.verdict, result.code) == ("unknown", "D241")
    assert result.message is not None
    assert "at x = 0, the left side is 1, the right side 0" in result.message


@pytest.mark.usefixtures("anything_is_equal")
def test_a_wrong_step_is_found_out() -> None:
    text = "variable x theorem t: x + x = 2*x proof x + x = 3*x by algebra = 2*x by algebra qed"
    (result,) = check(read(text)).theorems
    assert [step.verdict for step in result.steps] == ["refuted", "refuted"]


@pytest.mark.usefixtures("anything_is_equal")
def test_what_is_cited_was_attacked() -> None:
    text = "variable x theorem s: x = x + 1 theorem t: 0 = 1 proof 0 = x + 1 - x by s = 1 by algebra qed"
    assert [theorem.verdict for theorem in check(read(text)).theorems] == ["refuted", "refuted"]


# --- over the library ------------------------------------------------------------------------------------------------


def equations(derivation: Derivation) -> list[tuple[Statement, Term, Term, tuple[object, ...], str | None]]:
    found: list[tuple[Statement, Term, Term, tuple[object, ...], str | None]] = []
    for claim in derivation.statements:
        expect = claim.expect if len(claim.sides) == 2 else None
        found += [(claim, a, b, (), expect) for a, b in zip(claim.sides, claim.sides[1:], strict=False)]
        for chain in claim.proof or ():
            here = chain.start
            for step in chain.steps:
                if step.right is None:
                    break
                found.append((claim, here, step.right, chain.conditions, step.expect))
                here = step.right
    return found


@pytest.mark.slow
def test_the_library_stands_and_what_it_refutes_falls() -> None:
    seen = compared = 0
    for name in shelf.names():
        attacks: dict[str, attack.Attack] = {}
        for claim, left, right, relations, expect in equations(library.load(name)):
            here = attacks.setdefault(claim.name, attack_on(claim))
            outcome = here.on(left, right, relations)  # type: ignore[arg-type]
            told = outcome.disagreement and outcome.disagreement.told
            assert (outcome.disagreement is not None) == (expect == "refuted"), f"{name}, {claim.name}: {told}"
            seen += 1
            compared += outcome.compared > 0 or expect == "refuted"
    assert compared >= 0.98 * seen > 2000


# --- values ----------------------------------------------------------------------------------------------------------


def value(term: Term, x: float, digits: bool = False) -> float:
    names = Names(ONE_VARIABLE, {})
    field = Digits(names.nesting(term)) if digits else FLOATS
    (found,) = Values(names, {}, {("x", ()): [field.number(Fraction(x))]}, 1, field).value(term, {})
    return float(found)


@pytest.mark.parametrize("digits", [False, True])
@pytest.mark.parametrize(
    ("body", "at", "slope"),
    [
        ("abs(x)", 0, None), ("abs(x)", 1, 1.0), ("x*abs(x)", 0, 0.0), ("max(x, 0)", 0, None), ("sqrt(x)", 0, None),
        ("sqrt(x)", 4, 0.25), ("if(x > 0, 1, 0)", 0, None), ("if(x = 0, 1, 0)", 0, None), ("if(x = 0, 0, 1/x)", 0, None),
        ("if(x = 0, 0, x^2/x)", 0, 1.0), ("min(x, x)", 0, 1.0), ("(x^2)^(3/4)", 0, 0.0), ("(x^2)^(1/4)", 0, None),
        ("if(x > 0, 2*x, x)", 0, None), ("if(x > 0, sin(x), x)", 0, 1.0), ("exp(5*x)", 1, 5 * math.exp(5)), ("1/x", 0, None),
        ("if(x = 0, 1/2, if(x > 0, 1, 0))", 0, None), ("if(x > 0, sqrt(x), -sqrt(-x))", 0, None), ("x^5", 3, 405.0),
    ],
)  # fmt: skip
def test_a_derivative_is_what_both_sides_come_to(body: str, at: int, slope: float | None, digits: bool) -> None:
    (claim,) = read(f"variable x theorem t: diff({body}, x) = 0").statements
    found = value(claim.sides[0], at, digits)
    assert math.isnan(found) if slope is None else found == pytest.approx(slope, rel=1e-6, abs=1e-3)


SMOOTH = st.recursive(
    st.sampled_from([X, number(2), number(-1), number("1/2")]),
    lambda inside: st.one_of(
        st.builds(lambda a, b: mul(a, b), inside, inside),
        st.builds(lambda a: Apply("sin", (a,)), inside),
        st.builds(lambda a: Apply("exp", (Apply("cos", (a,)),)), inside),
        st.builds(lambda a: power(a, number(2)), inside),
    ),
    max_leaves=6,
)


@settings(max_examples=examples(40), deadline=None)
@given(SMOOTH, st.sampled_from([-1.5, -0.25, 0.0, 0.5, 1.25]))
def test_differences_agree_with_sympy(body: Term, at: float) -> None:
    import sympy

    from derive.bridge.to_sympy import to_sympy

    symbol = sympy.Symbol("x", real=True)
    expression = to_sympy(body, ONE_VARIABLE)
    (own,) = expression.free_symbols or {symbol}
    exact = float(sympy.diff(expression, own).subs(own, at).evalf(30))
    second = float(sympy.diff(expression, own, own).subs(own, at).evalf(30))
    assert value(Diff(body, X), at) == pytest.approx(exact, rel=1e-5, abs=1e-5)
    assert value(Diff(Diff(body, X), X), at, digits=True) == pytest.approx(second, rel=1e-8, abs=1e-8)


def test_every_function_of_the_table_can_be_evaluated() -> None:
    assert set(functions.TABLE) <= set(FLOATS.functions)


# --- what it is made of ----------------------------------------------------------------------------------------------

PROOF = (
    *("kernel", "laws", "ranges", "ring", "normal", "signs", "definedness", "dependence", "rule", "calculus"),
    *("claims", "conditions", "intervals"),
)


def test_it_shares_no_code_with_the_proof() -> None:
    """Of the table of functions it reads the names and the values in numbers, and nothing that a proof rests on."""
    for path in Path(attack.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                assert not node.module.startswith("derive.engine"), (path.name, node.module)
                assert not node.module.startswith(tuple(f"derive.floor.{name}" for name in PROOF)), (path.name, node.module)
                names = {alias.name for alias in node.names}
                if node.module == "derive.floor.terms":
                    assert not names & {"substitute", "fresh", "canonical", "alpha_equal"}, (path.name, names)
                if node.module == "derive.floor.functions":
                    assert names == {"TABLE"}, (path.name, names)
            if isinstance(node, ast.Attribute):
                row = {"derivatives", "means", "domain", "smooth", "interval", "exact", "sign", "keeps_sign", "odd", "even"}
                assert node.attr not in row, (path.name, node.lineno, node.attr)


@pytest.mark.parametrize("name", sorted(TABLE))
@pytest.mark.parametrize("exponent", [10**6, -(10**6)])
@pytest.mark.parametrize("sign", [1, -1])
def test_no_function_takes_long_for_what_is_very_large_or_small(name: str, exponent: int, sign: int) -> None:
    digits = Digits(1)
    argument = sign * digits.context.ldexp(1, exponent)
    begun = time.process_time()
    with suppress(OverflowError):
        digits.functions[name](*[argument] * TABLE[name].arity)
    assert time.process_time() - begun < 1


def test_an_exponent_without_a_value_at_some_sizes_is_none_there() -> None:
    """At H = 1 the exponent is 0^(-2)."""
    claims = ("x^((H - 1)^(-2)) = x^((1 - H)^(-2))", "diff(x^((H - 1)^(-2)), x) = (H - 1)^(-2)*x^((H - 1)^(-2) - 1)")
    text = "".join(f"theorem t{number}: {claim}\n" for number, claim in enumerate(claims))
    assert [theorem.verdict for theorem in check(read(f"size H\nvariable x > 0\n{text}")).theorems] == ["proved", "proved"]

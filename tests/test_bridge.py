"""The bridge: terms as SymPy expressions and back, as NumPy functions, and spot checks of gradients."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from derive.bridge.differences import WithSlopes
from derive.bridge.from_sympy import from_sympy
from derive.bridge.numeric import to_numpy
from derive.bridge.spot import spot_check, spot_check_sides
from derive.bridge.stable import stable
from derive.bridge.to_sympy import to_sympy
from derive.bridge.unfold import unfold
from derive.errors import CallError, LimitError
from derive.floor.terms import (
    ONE,
    TWO,
    ZERO,
    Add,
    Call,
    Comparison,
    Delta,
    Diff,
    Div,
    Entry,
    Fixed,
    If,
    Index,
    Max,
    Min,
    Mul,
    Neg,
    Number,
    Ordinal,
    Pow,
    Prod,
    Size,
    Sum,
    Term,
    add,
    alpha_equal,
    apply,
    mul,
    neg,
    number,
    scalar,
    substitute,
)
from derive.floor.theory import Assumption, Definition, Theory, Unknown, UnknownFunction
from derive.library import parse

H, M = Size("H"), Size("M")
I_, J, K = (Index(name, H) for name in "ijk")
A, B = (Index(name, M) for name in "ab")


def entry(name: str, *indices: Term) -> Entry:
    return Entry(name, indices)


def exp(term: Term) -> Term:
    return apply("exp", term)


def ln(term: Term) -> Term:
    return apply("ln", term)


def total(body: Term, index: Index, *excluded: Term) -> Term:
    return Sum(index, excluded, body)


def minus(left: Term, right: Term) -> Term:
    return add(left, neg(right))


def z(index: Term) -> Term:
    return entry("Z", index)


def y(index: Term) -> Term:
    return entry("y", index)


def p(index: Term) -> Term:
    return entry("p", index)


THEORY = Theory(
    sizes={"H": 1, "M": 1},
    unknowns={
        "Z": Unknown("Z", True, (H,)),
        "y": Unknown("y", False, (H,)),
        "W": Unknown("W", True, (M, H)),
        "b": Unknown("b", True, (M,)),
        "Q": Unknown("Q", True, (H, M)),
        "V": Unknown("V", True, (H, M)),
        "x": Unknown("x", True),
        "t": Unknown("t", True, relation=">"),
        "eps": Unknown("eps", False, relation=">"),
    },
    definitions={
        "p": Definition("p", (I_,), (), Div(exp(z(I_)), total(exp(z(J)), J))),
        "E": Definition("E", (), (), Neg(total(Mul((y(I_), ln(p(I_)))), I_))),
        "mu": Definition("mu", (), (), Div(total(z(I_), I_), H)),
        "var": Definition("var", (), (), Div(total(Pow(minus(z(I_), scalar("mu")), TWO), I_), H)),
        "n": Definition("n", (I_,), (), Div(minus(z(I_), scalar("mu")), apply("sqrt", add(scalar("var"), scalar("eps"))))),
        "sigma": Definition("sigma", (), ("u",), Div(ONE, add(ONE, exp(Neg(scalar("u")))))),
    },
    functions={"f": UnknownFunction("f", 1)},
    assumptions=(Assumption(1, Comparison(total(y(I_), I_), "=", ONE)),),
)
RNG = np.random.default_rng(7)
Z, Y, X, T, EPS = RNG.normal(size=5), RNG.dirichlet(np.ones(5)), 0.73, 1.9, 1e-2
VALUES = {"Z": Z, "y": Y, "W": RNG.normal(size=(4, 5)), "b": RNG.normal(size=4), "Q": RNG.normal(size=(5, 4))}
VALUES |= {"V": RNG.normal(size=(5, 4)), "x": X, "t": T, "eps": EPS}
P = np.exp(Z) / np.exp(Z).sum()
W, BIAS, Q, V = VALUES["W"], VALUES["b"], VALUES["Q"], VALUES["V"]


def attention(i: Index, j: Index, jj: Index, a: Index, b: Index) -> Term:
    """sum over j of softmax_j(sum(Q[i, b]*V[j, b], b)) * V[j, a]."""
    score = exp(total(Mul((entry("Q", i, b), entry("V", j, b))), b))
    scores = total(exp(total(Mul((entry("Q", i, b), entry("V", jj, b))), b)), jj)
    return total(Mul((Div(score, scores), entry("V", j, a))), j)


SCORES = np.exp(Q @ V.T) / np.exp(Q @ V.T).sum(axis=1, keepdims=True)
OFF = ~np.eye(5, dtype=bool)

CASES = [
    ("softmax", p(K), P),
    ("gradient", minus(p(K), y(K)), P - Y),
    ("cross-entropy", scalar("E"), -(Y * np.log(P)).sum()),
    ("log-sum-exp", ln(total(exp(z(I_)), I_)), np.log(np.exp(Z).sum())),
    ("layer norm", entry("n", K), (Z - Z.mean()) / np.sqrt(Z.var() + EPS)),
    ("linear", add(total(Mul((entry("W", A, I_), z(I_))), I_), entry("b", A)), W @ Z + BIAS),
    ("transposed", entry("W", B, I_), W),
    ("quadratic", total(total(Mul((entry("W", A, I_), entry("W", A, J), z(I_), z(J))), J), I_), (W @ Z) ** 2),
    ("attention", attention(I_, J, K, A, B), SCORES @ V),
    ("excluded", total(Div(ONE, minus(z(I_), z(K))), I_, K), [np.sum(1 / np.delete(Z - z_k, k)) for k, z_k in enumerate(Z)]),
    ("excluded literal", total(z(I_), I_, number(2)), Z.sum() - Z[1]),
    ("excluded count", total(ONE, I_, K), np.full(5, 4.0)),
    ("a size", total(scalar("x"), I_), 5 * X),
    ("cancelled body", total(minus(z(I_), z(I_)), I_), 0.0),
    ("constant body", total(Div(z(I_), z(I_)), I_), 5.0),
    ("product", Prod(I_, (), z(I_)), Z.prod()),
    ("product of a constant", Prod(I_, (), scalar("x")), X**5),
    ("product excluded", Prod(I_, (K,), z(I_)), [np.delete(Z, k).prod() for k in range(5)]),
    ("jacobian", Mul((p(I_), minus(Delta(I_, K), p(K)))), np.diag(P) - np.outer(P, P)),
    ("delta sum", total(Mul((Delta(I_, K), z(I_))), I_), Z),
    ("delta literal", Delta(K, number(3)), np.arange(5) == 2),
    ("if equal", If(Comparison(I_, "=", K), z(I_), neg(p(K))), np.where(OFF, -P[None, :], Z[:, None])),
    ("if different", If(Comparison(I_, "!=", K), z(I_), ZERO), np.where(OFF, Z[:, None], 0)),
    ("if literal", If(Comparison(K, "=", number(1)), ONE, z(K)), np.where(np.arange(5) == 0, 1, Z)),
    ("if value", If(Comparison(z(K), ">", ZERO), z(K), ZERO), np.maximum(Z, 0)),
    ("maximum", apply("max", z(K), scalar("x")), np.maximum(Z, X)),
    ("literal", add(z(number(1)), entry("W", number(2), K)), Z[0] + W[1]),
    ("diagonal", total(Mul((entry("Q", I_, A), entry("W", A, I_))), A), np.diag(Q @ W)),
    ("call", Call("sigma", (z(K),)), 1 / (1 + np.exp(-Z))),
    ("table", add(apply("sigmoid", scalar("x")), apply("softplus", scalar("x"))), 1 / (1 + np.exp(-X)) + np.log1p(np.exp(X))),
    ("logarithm", apply("log", scalar("t"), number(2)), np.log2(T)),
    ("constants", mul(apply("pi"), Pow(scalar("t"), Number(ONE.value / 3))), np.pi * T ** (1 / 3)),
    ("size to a power", Pow(H, neg(scalar("t"))), 5**-T),
    ("tanh by exponentials", Div(minus(exp(z(K)), exp(Neg(z(K)))), add(exp(z(K)), exp(Neg(z(K))))), np.tanh(Z)),
]  # fmt: skip


EXTREMES = [
    ("greatest", Max(I_, (), minus(z(I_), z(K))), Z.max() - Z),
    ("least of another", Min(I_, (K,), z(I_)), [np.delete(Z, k).min() for k in range(5)]),
    ("greatest constant", Max(I_, (K,), scalar("x")), np.full(5, X)),
    ("greatest without two", Max(I_, (number(2), number(9)), z(I_)), np.delete(Z, 1).max()),
    ("softmax less the greatest", Div(exp(minus(z(K), Max(I_, (), z(I_)))), total(exp(minus(z(J), Max(I_, (), z(I_)))), J)), P),
]  # fmt: skip


@pytest.mark.parametrize(
    ("term", "expected"), [pytest.param(term, expected, id=name) for name, term, expected in (*CASES, *EXTREMES)]
)
def test_numpy_agrees_with_the_formula_by_hand(term: Term, expected: object) -> None:
    np.testing.assert_allclose(to_numpy(term, THEORY)(VALUES), np.asarray(expected, dtype=float), rtol=1e-12, atol=1e-13)


def test_of_no_values_none_is_the_greatest() -> None:
    one = {"Z": np.array([2.0])}
    assert np.isnan(to_numpy(Max(I_, (K,), z(I_)), THEORY)(one)).all()
    assert to_numpy(Max(I_, (number(2),), z(I_)), THEORY)(one) == 2


def test_sympy_knows_the_greatest_of_a_few_values_only() -> None:
    with pytest.raises(CallError, match="no max over an index"):
        to_sympy(Max(I_, (), z(I_)), THEORY)
    three = Index("i", number(3))
    assert str(to_sympy(Max(three, (number(2),), Mul((number(2), scalar("x")))), THEORY)) == "2*x"
    assert str(to_sympy(Min(three, (), Pow(scalar("x"), Ordinal(three))), THEORY)) == "Min(x, x**2, x**3)"


@pytest.mark.sample(4)
@pytest.mark.parametrize(("term", "expected"), [pytest.param(term, expected, id=name) for name, term, expected in CASES])
def test_sympy_agrees_with_the_formula_by_hand(term: Term, expected: object) -> None:
    # Evaluated by SymPy's own doit and substitution, at one assignment of the free indices.
    import sympy

    indices = to_numpy(term, THEORY).indices
    chosen = dict(zip(indices, (2, 1, 3), strict=False))
    expression = to_sympy(term, THEORY, unfolded=True)
    symbols = {index: sympy.Symbol(index.name, integer=True, positive=True) for index in chosen}
    expression = expression.subs({symbols[index]: place for index, place in chosen.items()})
    sizes = {sympy.Symbol(name, integer=True, positive=True): length for name, length in (("H", 5), ("M", 4))}
    expression = expression.subs(sizes).doit()
    atoms = {
        entry: sympy.Float(VALUES[entry.base.name][tuple(int(index) - 1 for index in entry.indices)])
        for entry in expression.atoms(sympy.Indexed)
    }
    atoms |= {symbol: sympy.Float(VALUES[symbol.name]) for symbol in expression.atoms(sympy.Symbol) if symbol.name in "x t eps"}
    value = float(expression.xreplace(atoms))
    here = tuple(place - 1 for place in chosen.values())
    assert value == pytest.approx(float(np.asarray(expected, dtype=float)[here]), rel=1e-9, abs=1e-12)


# --- shapes, sizes, safety -------------------------------------------------------------------------------------------


def test_the_order_of_the_axes_can_be_chosen() -> None:
    np.testing.assert_array_equal(to_numpy(entry("W", A, I_), THEORY, (I_, A))(VALUES), W.T)
    np.testing.assert_array_equal(to_numpy(scalar("x"), THEORY, (I_,))({"x": 2.0}, {"H": 3}), [2, 2, 2])


def test_sizes_are_read_from_shapes() -> None:
    function = to_numpy(total(ONE, I_), THEORY)
    assert function({"Z": np.zeros(7)}) == 7
    assert function({}, {"H": 3}) == 3
    with pytest.raises(CallError, match="size H"):
        function({})
    with pytest.raises(CallError, match="no value for Z"):
        to_numpy(z(K), THEORY)({"y": Y})
    with pytest.raises(CallError, match="length 4, where 5"):
        to_numpy(minus(z(K), y(K)), THEORY)({"Z": Z, "y": np.zeros(4)})
    with pytest.raises(CallError, match="1 indices"):
        to_numpy(z(K), THEORY)({"Z": np.zeros((2, 2))})
    with pytest.raises(CallError, match="not 9"):
        to_numpy(z(number(9)), THEORY)(VALUES)


@pytest.mark.parametrize("classes", [1, 2, 1000])
def test_any_number_of_classes(classes: int) -> None:
    values = {"Z": RNG.normal(size=classes), "y": RNG.dirichlet(np.ones(classes))}
    softmax = np.exp(values["Z"]) / np.exp(values["Z"]).sum()
    np.testing.assert_allclose(to_numpy(minus(p(K), y(K)), THEORY)(values), softmax - values["y"], rtol=1e-12, atol=1e-15)


def test_what_has_no_value_is_refused() -> None:
    for term in (Diff(scalar("E"), z(K)), Call("f", (scalar("x"),)), z(Index("q", M)), scalar("nowhere")):
        with pytest.raises(CallError):
            to_numpy(term, THEORY, (K,))


def test_what_is_too_large_is_refused() -> None:
    doubled = scalar("x")
    definitions = {}
    for depth in range(60):
        definitions[f"d{depth}"] = Definition(f"d{depth}", (), (), Mul((doubled, add(doubled, ONE))))
        doubled = scalar(f"d{depth}")
    theory = replace(THEORY, definitions=definitions)
    for refused in (to_numpy, lambda term, theory: to_sympy(term, theory, unfolded=True)):
        with pytest.raises(LimitError):
            refused(doubled, theory)
    powers: Term = add(exp(scalar("x")), scalar("x"))
    for _ in range(40):
        powers = Pow(powers, number(4))
    stable(powers, THEORY)
    nested: Term = scalar("x")
    for _ in range(3000):
        nested = Neg(nested)
    with pytest.raises(LimitError):
        to_numpy(nested, THEORY)
    assert to_numpy(Pow(number(10), Pow(number(10), number(10))), THEORY)({}) == np.inf
    assert to_sympy(Pow(number(10), Pow(number(10), number(10))), THEORY).is_Pow


HOSTILE = ["lambda", "__import__", "os", "E", "I", "S", "pi", "exp", "total", "x0", "None", "__class__", "a\nimport os", "λ"]


def test_names_are_never_run() -> None:
    theory = Theory({"H": 1}, {name: Unknown(name, True, (H,)) for name in HOSTILE})
    term = add(*(mul(number(at + 1), exp(entry(name, K))) for at, name in enumerate(HOSTILE)))
    values = {name: RNG.normal(size=3) for name in HOSTILE}
    expected = sum((at + 1) * np.exp(values[name]) for at, name in enumerate(HOSTILE))
    function = to_numpy(term, theory)
    np.testing.assert_allclose(function(values), expected)
    assert "import os\n" not in function.source
    assert all(line.startswith(("#", "def f(", "    return", "")) for line in function.source.splitlines())
    back = from_sympy(to_sympy(term, theory), theory)
    np.testing.assert_allclose(to_numpy(back, theory)(values), expected)
    assert spot_check(term, exp(entry("lambda", K)), entry("lambda", K), theory).agrees


def test_nothing_heavy_is_imported_with_the_bridge() -> None:
    code = (
        "import sys, derive.bridge.spot, derive.bridge.to_sympy, derive.bridge.from_sympy; "
        "assert not {'sympy', 'numpy', 'mpmath'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# --- large logits ----------------------------------------------------------------------------------------------------

LOGITS = np.array([1000.0, -1000.0, 3.0, 999.0])
EXACT_P = np.array([1 / (1 + np.exp(-1.0)), 0.0, 0.0, 1 / (1 + np.exp(1.0))])
S = total(exp(z(J)), J)


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        (p(K), EXACT_P),
        (ln(p(K)), LOGITS - 1000 - np.log1p(np.exp(-1.0))),
        (ln(minus(ONE, p(K))), [-1 - np.log1p(np.exp(-1.0)), 0, 0, -np.log1p(np.exp(-1.0))]),
        (mul(p(K), minus(ONE, p(K))), EXACT_P * (1 - EXACT_P)),
        (Div(Mul((exp(z(K)), minus(S, exp(z(K))))), Pow(S, TWO)), EXACT_P * (1 - EXACT_P)),
        (Div(minus(Mul((exp(z(K)), S)), Mul((exp(z(K)), exp(z(K))))), Pow(S, TWO)), EXACT_P * (1 - EXACT_P)),
        (Div(total(Mul((y(J), exp(z(J)))), J), S), EXACT_P @ [0.4, 0.3, 0.2, 0.1]),
        (minus(p(K), y(K)), EXACT_P - [0.4, 0.3, 0.2, 0.1]),
        (Neg(total(mul(Div(y(I_), p(I_)), p(I_), minus(Delta(I_, K), p(K))), I_)), EXACT_P - [0.4, 0.3, 0.2, 0.1]),
        (ln(S), 1000 + np.log1p(np.exp(-1.0))),
        (Call("sigma", (z(K),)), [1, 0, 1 / (1 + np.exp(-3.0)), 1]),
        (ln(Call("sigma", (z(K),))), [0, -1000, -np.log1p(np.exp(-3.0)), 0]),
        (ln(minus(ONE, Call("sigma", (z(K),)))), [-1000, 0, -3 - np.log1p(np.exp(-3.0)), -999]),
        (ln(minus(ONE, apply("sigmoid", z(K)))), [-1000, 0, -3 - np.log1p(np.exp(-3.0)), -999]),
        (ln(add(ONE, exp(z(K)))), [1000, 0, 3 + np.log1p(np.exp(-3.0)), 999]),
        (apply("softplus", z(K)), [1000, 0, 3 + np.log1p(np.exp(-3.0)), 999]),
        (Div(exp(z(K)), add(exp(z(K)), ONE)), [1, 0, 1 / (1 + np.exp(-3.0)), 1]),
        (Div(minus(exp(z(K)), exp(Neg(z(K)))), add(exp(z(K)), exp(Neg(z(K))))), [1, -1, np.tanh(3), 1]),
        (Div(total(exp(z(J)), J, K), S), 1 - EXACT_P),
        (Pow(minus(ONE, p(K)), scalar("x")), [(1 - EXACT_P[0]) ** 2.5, 1, 1, (1 - EXACT_P[3]) ** 2.5]),
    ],
)  # fmt: skip
def test_large_logits_give_finite_and_right_values(term: Term, expected: object) -> None:
    found = to_numpy(term, THEORY)({"Z": LOGITS, "y": [0.4, 0.3, 0.2, 0.1], "x": 2.5})
    np.testing.assert_allclose(found, np.asarray(expected, dtype=float), rtol=1e-11, atol=1e-15)


def test_the_loss_at_large_logits() -> None:
    loss = to_numpy(scalar("E"), THEORY)({"Z": [1000.0, -1000.0, 0.0], "y": [0.0, 1.0, 0.0]})
    assert loss == pytest.approx(2000, rel=1e-15)


def test_the_stable_form_has_the_same_value() -> None:
    for _, term, expected in CASES:
        function = to_numpy(stable(unfold(term, THEORY), THEORY), THEORY, to_numpy(term, THEORY).indices)
        np.testing.assert_allclose(function(VALUES), np.asarray(expected, dtype=float), rtol=1e-11, atol=1e-12)


# --- SymPy -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("term", [pytest.param(term, id=name) for name, term, _ in CASES if name != "delta literal"])
def test_from_sympy_is_the_way_back(term: Term) -> None:
    # SymPy rearranges, so the value is what must come back.
    term = unfold(term, THEORY)
    back = from_sympy(to_sympy(term, THEORY), THEORY)
    indices = to_numpy(term, THEORY).indices
    np.testing.assert_allclose(to_numpy(back, THEORY, indices)(VALUES), to_numpy(term, THEORY)(VALUES), rtol=1e-10)


def test_from_sympy_without_a_theory() -> None:
    import sympy

    n, i = sympy.Symbol("n", integer=True), sympy.Idx("i", (1, 3))
    a = sympy.IndexedBase("a", shape=(n,))
    k = sympy.Symbol("k", integer=True)
    x = sympy.Symbol("x")
    size, index = Size("n"), Index("k", Size("n"))
    assert alpha_equal(from_sympy(sympy.Sum(a[k] ** 2, (k, 1, n))), total(Pow(Entry("a", (index,)), TWO), index))
    assert from_sympy(sympy.IndexedBase("b")[i]) == Entry("b", (Index("i", number(3)),))
    assert from_sympy(n * a[k]) in (Mul((size, Entry("a", (index,)))), Mul((Entry("a", (index,)), size)))
    assert from_sympy(sympy.exp(-x)) == exp(Neg(scalar("x")))
    assert from_sympy(sympy.Derivative(sympy.sin(x), x)) == Diff(apply("sin", scalar("x")), scalar("x"))
    assert from_sympy(sympy.Rational(-1, 2)) == number("-1/2")
    assert from_sympy(1 / sympy.sqrt(x)) == Div(ONE, apply("sqrt", scalar("x")))


def test_what_the_language_has_no_word_for_is_refused() -> None:
    import sympy

    n, i, j, x = sympy.symbols("n i j x", integer=True)
    a = sympy.IndexedBase("a", shape=(n,))
    refused = [
        "x + 1",
        sympy.I,
        sympy.oo,
        sympy.gamma(x),
        a[i + 1],
        sympy.IndexedBase("c")[i],
        sympy.Sum(a[i], (i, 0, n)),
        sympy.Sum(a[i], (i, 1, j), (j, 1, n)),
        sympy.Sum(i, (i, 1, n)),
        sympy.Symbol("x") + sympy.Symbol("x", positive=True),
        sympy.Dummy("x") + sympy.Dummy("x"),
        sympy.Piecewise((1, x > 0)),
        sympy.Integral(x, x),
        sympy.Matrix([[1, 2]]),
        None,
    ]
    for expression in refused:
        with pytest.raises(CallError):
            from_sympy(expression)


def test_definitions_are_unfolded_where_sympy_would_find_no_dependence() -> None:
    import sympy

    opaque = to_sympy(p(I_), THEORY)
    assert isinstance(opaque, sympy.Indexed)
    derivative = to_sympy(Diff(scalar("E"), z(K)), THEORY)
    assert isinstance(derivative, sympy.Derivative)
    assert derivative.expr.has(sympy.Sum)
    back = from_sympy(to_sympy(Diff(Pow(z(I_), TWO), z(K)), THEORY), THEORY)
    assert back == Diff(Pow(z(I_), TWO), z(K))


def test_a_function_of_whole_arrays_keeps_its_derivative() -> None:
    functions = {"L": UnknownFunction("L", 1, ("Z",)), "G": UnknownFunction("G", 1, ("p",))}
    theory = replace(THEORY, functions=functions)
    term = Diff(scalar("L"), z(K))
    assert from_sympy(to_sympy(term, theory), theory) == term
    with pytest.raises(CallError, match="depends on Z by p"):
        to_sympy(Diff(scalar("G"), z(K)), theory)
    with pytest.raises(CallError, match="function L"):
        to_numpy(scalar("L"), theory)


def test_a_bound_index_is_not_confused_with_a_free_one() -> None:
    import sympy

    # ln(sum(exp(Z[k]), k))*Z[k]: SymPy alone, with both called k, would differentiate the bound one as well.
    term = Mul((ln(total(exp(z(K)), K)), z(K)))
    expression = to_sympy(term, THEORY)
    (bound,) = (limit[0] for each in expression.atoms(sympy.Sum) for limit in each.limits)
    assert bound.name != "k"
    k, h = (sympy.Symbol(name, integer=True, positive=True) for name in "kH")
    by = sympy.IndexedBase("Z", shape=(h,), real=True)[k]
    slope = from_sympy(sympy.diff(expression, by).doit(), THEORY)
    np.testing.assert_allclose(to_numpy(slope, THEORY, (K,))(VALUES), np.log(np.exp(Z).sum()) + Z * P, rtol=1e-10)


def test_symbols_carry_what_is_declared() -> None:
    assert to_sympy(scalar("t"), THEORY).is_positive
    assert to_sympy(scalar("x"), THEORY).is_real
    assert to_sympy(z(K), THEORY).is_real
    assert to_sympy(H, THEORY).is_positive


# --- spot checks -----------------------------------------------------------------------------------------------------

XHAT = entry("n", I_)
LAYER_NORM_LOSS = total(Mul((y(I_), XHAT)), I_)
INVERSE_DEVIATION = Div(ONE, apply("sqrt", add(scalar("var"), scalar("eps"))))
LAYER_NORM_GRADIENT = mul(
    INVERSE_DEVIATION,
    add(
        y(K),
        neg(Div(total(y(J), J), H)),
        neg(Div(mul(entry("n", K), total(Mul((y(J), entry("n", J))), J)), H)),
    ),
)
LINEAR_LOSS = total(Pow(add(total(Mul((entry("W", A, I_), z(I_))), I_), entry("b", A)), TWO), A)
LINEAR_GRADIENT = mul(TWO, add(total(Mul((entry("W", A, J), z(J))), J), entry("b", A)), z(K))
SIGMA_X = Call("sigma", (scalar("x"),))
BCE = Neg(add(Mul((scalar("q"), ln(SIGMA_X))), Mul((minus(ONE, scalar("q")), ln(minus(ONE, SIGMA_X))))))
WITH_Q = replace(THEORY, unknowns={**THEORY.unknowns, "q": Unknown("q", False)})


@pytest.mark.parametrize(
    ("loss", "gradient", "by"),
    [
        (scalar("E"), minus(p(K), y(K)), z(K)),
        (scalar("E"), minus(p(number(1)), y(number(1))), z(number(1))),
        (scalar("E"), Neg(Div(y(K), p(K))), p(K)),
        (p(I_), Mul((p(I_), minus(Delta(I_, K), p(K)))), z(K)),
        (p(I_), Mul((p(I_), minus(ONE, p(I_)))), z(I_)),
        (LAYER_NORM_LOSS, LAYER_NORM_GRADIENT, z(K)),
        (LINEAR_LOSS, LINEAR_GRADIENT, entry("W", A, K)),
        (BCE, minus(SIGMA_X, scalar("q")), scalar("x")),
        (ln(scalar("t")), Div(ONE, scalar("t")), scalar("t")),
        (apply("abs", scalar("x")), Div(scalar("x"), apply("abs", scalar("x"))), scalar("x")),
        (total(total(mul(z(I_), z(J)), I_, J), J), mul(TWO, total(z(I_), I_, K)), z(K)),
    ],
)  # fmt: skip
def test_right_gradients_agree(loss: Term, gradient: Term, by: Entry) -> None:
    report = spot_check(loss, gradient, by, WITH_Q)
    assert report.skipped is None
    assert report.points == 5
    assert report.largest_error_fd is not None
    assert report.largest_error_fd < 1e-8
    assert report.largest_error_sympy is not None
    assert report.largest_error_sympy < 1e-11
    assert report.agrees


@pytest.mark.parametrize(
    ("loss", "gradient", "by"),
    [
        (scalar("E"), minus(y(K), p(K)), z(K)),
        (scalar("E"), p(K), z(K)),
        (p(I_), mul(p(I_), minus(ONE, p(K))), z(K)),
        (LAYER_NORM_LOSS, mul(INVERSE_DEVIATION, y(K)), z(K)),
        (LINEAR_LOSS, mul(number("1/2"), LINEAR_GRADIENT), entry("W", A, K)),
        (scalar("E"), minus(Div(ONE, H), y(K)), z(K)),
    ],
)
def test_wrong_gradients_do_not(loss: Term, gradient: Term, by: Entry) -> None:
    report = spot_check(loss, gradient, by, THEORY)
    assert report.skipped is None
    assert not report.agrees
    assert report.largest_error_fd is not None
    assert report.largest_error_fd > 1e-3
    assert report.largest_error_sympy is not None
    assert report.largest_error_sympy > 1e-3


def test_only_entries_that_meet_the_conditions_are_compared() -> None:
    off_diagonal = neg(mul(p(I_), p(K)))
    assert spot_check(p(I_), off_diagonal, z(K), THEORY, conditions=(Comparison(I_, "!=", K),)).agrees
    assert not spot_check(p(I_), off_diagonal, z(K), THEORY).agrees


def test_many_classes_are_checked_at_fewer_and_say_so() -> None:
    report = spot_check(scalar("E"), minus(p(K), y(K)), z(K), THEORY, {"H": 1000})
    assert (report.sizes_used["H"], report.reduced, report.entries, report.sympy_sizes["H"]) == (1000, False, 32, 3)
    assert report.agrees
    report = spot_check(scalar("E"), minus(p(K), y(K)), z(K), THEORY, {"H": 10**9})
    assert report.reduced
    assert report.sizes_used["H"] == 1000
    assert report.agrees
    with pytest.raises(CallError, match="at least 1"):
        spot_check(scalar("E"), p(K), z(K), THEORY, {"H": 0})


def with_assumptions(*claims: Comparison) -> Theory:
    return replace(THEORY, assumptions=tuple(Assumption(at, claim) for at, claim in enumerate(claims, 1)))


def test_assumptions_hold_at_the_points() -> None:
    one_hot = Comparison(Mul((y(I_), y(J))), "=", Mul((Delta(I_, J), y(I_))))
    adds_up = Comparison(total(y(I_), I_), "=", ONE)
    # Right only where y is one-hot: sum(y[i]^2, i) is 1.
    gradient = minus(p(K), mul(y(K), total(Pow(y(I_), TWO), I_)))
    assert spot_check(scalar("E"), gradient, z(K), with_assumptions(one_hot, adds_up)).agrees
    assert not spot_check(scalar("E"), gradient, z(K), with_assumptions(adds_up)).agrees
    assert not spot_check(scalar("E"), minus(p(K), y(K)), z(K), with_assumptions()).agrees
    # One that determines a name, one that is met by chance, and one that is met by none.
    solved = Comparison(scalar("t"), "=", Pow(scalar("x"), TWO))
    loss = mul(scalar("t"), total(z(I_), I_))
    assert spot_check(loss, Pow(scalar("x"), TWO), z(K), with_assumptions(solved)).agrees
    assert spot_check(loss, scalar("t"), z(K), with_assumptions(Comparison(scalar("t"), ">", ONE))).agrees
    report = spot_check(loss, scalar("t"), z(K), with_assumptions(Comparison(Pow(scalar("t"), TWO), "=", scalar("t"))))
    assert report.skipped is not None
    assert "assumption 1" in report.skipped
    assert not report.agrees
    assert report.points == 0


def test_a_fixed_index_has_one_value() -> None:
    o = Fixed("o", H)
    theory = replace(THEORY, indices={"o": o}, assumptions=(Assumption(1, Comparison(y(I_), "=", Delta(I_, o))),))
    assert spot_check(Neg(ln(p(o))), minus(p(K), Delta(K, o)), z(K), theory).agrees
    assert spot_check(Neg(ln(p(o))), minus(p(K), y(K)), z(K), theory).agrees
    assert spot_check(Neg(ln(p(o))), minus(p(o), ONE), z(o), theory).agrees


def test_what_cannot_be_computed_is_said() -> None:
    report = spot_check(ln(neg(scalar("t"))), Div(ONE, scalar("t")), scalar("t"), THEORY)
    assert report.skipped is not None
    assert "defined" in report.skipped


def test_what_sympy_has_no_numbers_for_is_said() -> None:
    """It takes the root of a square for a modulus, whose second derivative it writes with a function that NumPy lacks."""
    x = scalar("x")
    root = Pow(Pow(x, TWO), number("3/2"))
    report = spot_check(Diff(root, x), mul(number(6), Pow(Pow(x, TWO), number("1/2"))), x, THEORY)
    assert "DiracDelta" in (report.skipped or "")
    assert report.largest_error_fd is not None
    assert report.largest_error_fd < 1e-6


SCORE = Diff(ln(p(I_)), z(K))
CURVATURE = mul(p(K), minus(Delta(K, J), p(J)))


@pytest.mark.sample(3)
@pytest.mark.parametrize(
    ("loss", "gradient", "by"),
    [
        (Diff(scalar("E"), z(K)), CURVATURE, z(J)),
        (Diff(p(I_), z(K)), Diff(Diff(p(I_), z(J)), z(K)), z(J)),
        (Pow(Diff(scalar("E"), z(K)), TWO), mul(TWO, minus(p(K), y(K)), CURVATURE), z(J)),
        (Diff(scalar("E"), p(I_)), Div(mul(y(I_), Delta(I_, K)), Pow(p(I_), TWO)), p(K)),
        (Diff(Pow(scalar("x"), number(4)), scalar("x")), mul(number(12), Pow(scalar("x"), TWO)), scalar("x")),
    ],
)
def test_second_derivatives(loss: Term, gradient: Term, by: Entry) -> None:
    report = spot_check(loss, gradient, by, THEORY)
    assert report.skipped is None
    assert report.agrees, report
    wrong = spot_check(loss, add(gradient, number("1/1000")), by, THEORY)
    assert wrong.largest_error_fd is not None
    assert wrong.largest_error_fd > 1e-4
    assert wrong.largest_error_sympy is not None
    assert wrong.largest_error_sympy > 1e-4


@pytest.mark.sample(4)
@pytest.mark.parametrize(
    ("left", "right"),
    [
        (total(mul(p(I_), SCORE), I_), ZERO),
        (total(mul(p(I_), Pow(SCORE, TWO)), I_), mul(p(K), minus(ONE, p(K)))),
        (total(mul(Diff(scalar("E"), p(I_)), Diff(p(I_), z(K))), I_), Diff(scalar("E"), z(K))),
        (mul(Diff(scalar("E"), p(I_)), p(I_)), Neg(y(I_))),
        (total(p(I_), I_), ONE),
        (total(Diff(scalar("E"), z(K)), K), ZERO),
        (Diff(apply("exp", Call("f", (scalar("x"),))), scalar("x")),
         mul(apply("exp", Call("f", (scalar("x"),))), Diff(Call("f", (scalar("x"),)), scalar("x")))),
    ],
)  # fmt: skip
def test_both_sides_of_an_equation(left: Term, right: Term) -> None:
    report = spot_check_sides(left, right, THEORY)
    assert report.skipped is None
    assert report.sides
    assert report.agrees, report
    wrong = spot_check_sides(left, add(right, mul(number("1/1000"), z(number(1)))), THEORY)
    assert not wrong.agrees
    assert wrong.largest_error_fd is not None
    assert wrong.largest_error_fd > 1e-6
    assert wrong.largest_error_sympy is not None
    assert wrong.largest_error_sympy > 1e-6


def test_the_diagonal_alone_is_not_the_derivative() -> None:
    """By one output the others are held fixed, so this is not the chain rule through the softmax."""
    assert not spot_check_sides(mul(Diff(scalar("E"), p(K)), Diff(p(K), z(K))), minus(p(K), y(K)), THEORY).agrees


def test_slopes_are_the_derivatives() -> None:
    term = total(mul(Diff(Diff(scalar("E"), z(K)), z(J)), z(J)), J)
    values = {"Z": np.array([0.3, -1.1, 0.7]), "y": np.array([0.2, 0.5, 0.3])}
    soft = np.exp(values["Z"]) / np.exp(values["Z"]).sum()
    found = WithSlopes(term, THEORY, (K,))(values, {"H": 3, "M": 1})
    assert found == pytest.approx((np.diag(soft) - np.outer(soft, soft)) @ values["Z"], rel=1e-7)


def test_a_function_of_which_nothing_is_known_has_an_example() -> None:
    f = Call("f", (scalar("x"),))
    report = spot_check(f, ONE, scalar("x"), THEORY)
    assert report.examples == ("f",)
    assert report.skipped is None
    assert not report.agrees
    assert spot_check(Pow(f, TWO), mul(TWO, f, Diff(f, scalar("x"))), scalar("x"), THEORY).agrees
    of_arrays = replace(THEORY, functions={"L": UnknownFunction("L", 0, ("p", "W"))})
    chain = total(mul(Diff(scalar("L"), p(I_)), Diff(p(I_), z(K))), I_)
    assert spot_check(scalar("L"), chain, z(K), of_arrays).agrees
    assert not spot_check(scalar("L"), mul(Diff(scalar("L"), p(K)), Diff(p(K), z(K))), z(K), of_arrays).agrees


def test_points_keep_away_from_kinks() -> None:
    """At x = 1/1000 the slope of |x| by differences is not that of either side: the check is not done."""
    near = with_assumptions(Comparison(scalar("x"), "=", number("1/1000")))
    slope = Div(scalar("x"), apply("abs", scalar("x")))
    report = spot_check(apply("abs", scalar("x")), slope, scalar("x"), near)
    assert report.skipped is not None
    assert report.largest_error_fd is None
    # A kink that the sum leaves out is none: |z[i] - z[k]| at i = k.
    spread = total(apply("abs", minus(z(I_), z(K))), I_, K)
    signs = total(Div(minus(z(K), z(I_)), apply("abs", minus(z(K), z(I_)))), I_, K)
    assert spot_check(spread, ZERO, scalar("x"), THEORY).agrees
    k = Fixed("k", H)
    of_k = {K: k}
    theory = replace(THEORY, indices={"k": k})
    assert spot_check(substitute(spread, of_k), substitute(signs, of_k), z(k), theory).agrees


def test_an_assumption_about_a_product_is_solved() -> None:
    claim = Comparison(total(Pow(z(I_), TWO), I_), "=", mul(H, scalar("t")))
    assert spot_check_sides(total(Pow(z(I_), TWO), I_), mul(H, scalar("t")), with_assumptions(claim)).agrees


def test_a_report_is_repeatable() -> None:
    reports = {spot_check(scalar("E"), minus(p(K), y(K)), z(K), THEORY, seed=seed).largest_error_fd for seed in (3, 3, 4)}
    assert len(reports) == 2


def test_terms_written_in_a_chain_of_sums_keep_their_axes() -> None:
    # A sum beside another of a different range shares its axis; a third stands inside both.
    term = add(total(z(I_), I_), total(entry("b", A), A), total(total(entry("W", A, I_), A), I_))
    assert to_numpy(term, THEORY)(VALUES) == pytest.approx(Z.sum() + BIAS.sum() + W.sum(), rel=1e-12)
    assert isinstance(term, Add)


STEEP = {
    "sin(50*x)": "50*cos(50*x)",
    "sin(1000*x)": "1000*cos(1000*x)",
    "diff(sin(200*x), x)": "-40000*sin(200*x)",
    "x^100": "100*x^99",
    "tan(20*x)": "20/cos(20*x)^2",
    "exp(exp(3*x))": "3*exp(3*x)*exp(exp(3*x))",
    "exp(1000*x)": "1000*exp(1000*x)",
    "10^9 + x": "1",
    "10^15 + x": "1",
}
"""Where differences of one step are wrong, or say nothing."""


@pytest.mark.parametrize("loss", STEEP)
def test_what_is_steep_or_large_contradicts_no_true_gradient(loss: str) -> None:
    derivation = parse(f"variable x\ntheorem true: diff({loss}, x) = {STEEP[loss]}")
    left, right = derivation.statements[0].sides
    assert isinstance(left, Diff)
    report = spot_check(left.body, right, left.by, derivation.theory)
    assert report.agrees, report
    assert (report.largest_error_fd is None) == loss.startswith("10^")
    wrong = spot_check(left.body, mul(right, number("1001/1000")), left.by, derivation.theory)
    assert not wrong.agrees
    assert wrong.largest_error_fd is None or wrong.largest_error_fd > 1e-4
    assert spot_check_sides(left, mul(right, number("1001/1000")), derivation.theory).agrees is False

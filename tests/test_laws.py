"""The laws that the kernel believes: each is tried wherever both of its sides have a value, at borders above all."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derive.errors import KernelError
from derive.floor import kernel, laws
from derive.floor.conditions import Condition
from derive.floor.kernel import Theorem
from derive.floor.laws import LAWS, Law
from derive.floor.ranges import RANGE_LAWS
from derive.floor.terms import (
    ONE,
    ZERO,
    Bound,
    Comparison,
    Delta,
    Entry,
    If,
    Index,
    Max,
    Min,
    Mul,
    Neg,
    Ordinal,
    Pow,
    Prod,
    Size,
    Sum,
    Term,
    add,
    affine,
    apply,
    div,
    mul,
    neg,
    number,
    power,
    scalar,
)
from derive.floor.theory import Theory
from derive.language import read
from derive.numbers.evaluate import Point
from judge import condition_holds, differ, false_at, value
from lane import examples
from strategies import FREE, terms
from strategies import THEORY as RICH

pytestmark = pytest.mark.sample(40)  # the rest of the rows in the whole run

THEORY = read("size k  size n  variable u, v, p, q").theory
NUMBERS = [Fraction(text) for text in ("-2", "-1", "-1/2", "0", "1/2", "1", "2", "3")]
WHOLE: list[Term] = [*map(number, (-2, -1, 0, 1, 2, 3)), Size("n"), Neg(Size("k")), mul(Size("n"), Size("k"))]
EXPONENTS: list[Term] = [*WHOLE, *map(number, ("1/2", "-1/2", "1/3", "3/2")), scalar("p"), scalar("q")]
NAMES = {"a": "u", "b": "v"}


def instances(law: Law) -> list[dict[str, Term]]:
    """Terms for the letters: entries for a and b, exponents of all forms for m and n."""
    above = [letter for letter in sorted(law.letters) if letter in "mn"]
    base = {letter: scalar(NAMES[letter]) for letter in law.letters & NAMES.keys()}
    return [{**base, **dict(zip(above, chosen, strict=True))} for chosen in product(EXPONENTS, repeat=len(above))]


POINTS = [
    Point({"k": size, "n": 3 - size}, {}, {(name, ()): x for name, x in zip("uvpq", (u, v, p, q), strict=True)})
    for size in (1, 2)
    for u, v in product(NUMBERS, NUMBERS)
    for p, q in ((Fraction(2), Fraction(-1)), (Fraction(1, 2), Fraction(0)))
]


def tried(theorem: Theorem, theory: Theory, points: list[Point]) -> int:
    """At how many points both sides have a value and the conditions hold; fails where the values differ."""
    count = 0
    for point in points:
        if value(theorem.left, theory, point) is None or value(theorem.right, theory, point) is None:
            continue
        if all(condition_holds(condition, theory, point) is not False for condition in theorem.conditions):
            assert not differ(theorem.left, theorem.right, theory, point), point
            count += 1
    return count


def named(law: Law) -> str:
    return f"{law.rule}-{LAWS.index(law)}"


@pytest.mark.parametrize("law", LAWS, ids=named)
def test_a_law_holds_wherever_both_sides_have_a_value(law: Law) -> None:
    theorems = [kernel.by_law(law, values, THEORY) for values in instances(law)]
    few = POINTS[:: 1 if len(theorems) < 20 else 7]
    met = [tried(theorem, THEORY, few) for theorem in theorems]
    assert any(met), "there is a point at which it says something"


@pytest.mark.parametrize("law", [law for law in LAWS if law.given], ids=named)
def test_what_is_given_is_needed(law: Law) -> None:
    """Without it there are values for which the two sides differ."""
    anything = [dict(values) for values in instances(Law(law.rule, law.left, law.right))]
    sides = (laws.instance(Law(law.rule, law.left, law.right), values) for values in anything)
    assert any(differ(left, right, THEORY, point) for left, right, _ in sides for point in POINTS)


def test_the_kernel_believes_these_rows_only() -> None:
    a = scalar("a")
    with pytest.raises(KernelError):
        kernel.by_law(Law("forged", a, ONE), {"a": scalar("u")}, THEORY)
    copy = Law(LAWS[0].rule, LAWS[0].left, LAWS[0].right)
    with pytest.raises(KernelError):
        kernel.by_law(copy, {"a": scalar("u"), "b": scalar("v")}, THEORY)
    with pytest.raises(TypeError):
        RANGE_LAWS["forged"] = RANGE_LAWS["delta"]  # type: ignore[index]
    with pytest.raises(KernelError):
        kernel.over_range("forged", scalar("u"), THEORY)


def test_a_law_needs_a_term_for_each_letter() -> None:
    law = next(law for law in LAWS if law.rule == "exp-sum")
    for values in ({"a": scalar("u")}, {"a": scalar("u"), "b": scalar("v"), "m": ONE}):
        with pytest.raises(KernelError):
            kernel.by_law(law, values, THEORY)


# --- over ranges -----------------------------------------------------------------------------------------------------

SIZED = read(
    "size n  size m  variable x[n], y[n], W[n, m], z, t  index o: n  define d[i] = if(i = o, 1/z, x[i])"
).theory
N, M = Size("n"), Size("m")
I, J, K, A = Index("i", N), Index("j", N), Index("k", N), Index("a", M)  # noqa: E741
Z = scalar("z")


def X(i: Term) -> Entry:
    return Entry("x", (i,))


def Y(i: Term) -> Entry:
    return Entry("y", (i,))


def W(i: Term, a: Term) -> Entry:
    return Entry("W", (i, a))


LAST = affine(((1, N),))
BODIES: list[Term] = [
    X(I),
    Z,
    div(ONE, Z),
    div(X(I), Z),
    div(Z, X(I)),
    mul(Delta(I, K), X(I)),
    mul(Delta(K, I), div(Y(I), X(I))),
    mul(Delta(I, ONE), X(I), Z),
    mul(Delta(I, J), Delta(I, K)),
    mul(Delta(affine(((1, I), (1, ONE))), K), X(I), Y(I)),
    mul(Delta(affine(((1, I), (1, J)), -1), K), X(I)),
    mul(Delta(affine(((1, I), (1, ONE))), K), Z),
    mul(Delta(affine(((2, I),)), K), X(I)),
    mul(Delta(affine(((1, I), (1, ONE))), K), Y(I), power(X(I), number(2))),
    mul(Delta(affine(((1, I), (1, ONE))), K), power(X(I), number(-1))),
    mul(Delta(I, LAST), power(X(I), number(2))),
    mul(Delta(I, affine(((1, N), (-1, K)), 1)), apply("exp", X(I))),
    mul(Delta(I, affine(((1, N), (-1, K)), 1)), div(Z, X(I))),
    mul(Delta(affine(((1, I), (1, K))), affine((), 3)), apply("exp", X(I))),
    *(Delta(affine(((1, I),), offset), K) for offset in (-9, -3, -2, -1, 0, 1, 2, 3)),
    Delta(affine(((-1, I), (1, N)), 1), K),
    Delta(affine(((1, I),), 1), A),
    mul(Delta(affine(((1, I),), 1), K), X(affine(((1, I),), 1)), Y(I)),
    X(affine(((1, N), (-1, I)), 1)),
    div(X(affine(((1, N), (-1, I)), 2)), Y(I)),
    mul(X(I), X(affine(((1, I), (1, K))))),
    Sum(J, (), X(affine(((1, I), (1, J))))),
    X(affine(((1, I), (1, N)))),
    Entry("d", (affine(((1, N), (-1, I)), 1),)),
    mul(X(I), Y(I), Z),
    power(X(I), number(2)),
    power(X(I), number("1/2")),
    power(X(I), Z),
    apply("exp", X(I)),
    Entry("d", (I,)),
    If(Comparison(I, "=", K), X(I), div(ONE, Z)),
    Sum(J, (), mul(X(I), Y(J))),
    Sum(J, (I,), mul(X(I), Y(J))),
    Sum(J, (K,), div(X(I), Y(J))),
    Sum(A, (), W(I, A)),
    Prod(J, (I,), mul(X(I), Y(J))),
    add(Z, X(I), Y(I)),
    add(X(K), neg(X(I))),
    neg(X(I)),
    Mul((Z, X(I))),
    Mul((number(-2), X(I))),
    Max(J, (), mul(X(I), Y(J))),
    Max(J, (I,), add(X(I), Y(J))),
    Min(J, (I, K), add(X(I), Y(J))),
]
EXCLUDED: list[tuple[Term, ...]] = [(), (K,), (ONE,), (K, J), (number(2),)]
PLACES: list[Term | None] = [None, K, J, I, ONE, number(2), number(5), A, ZERO]


def at_all(theory: Theory) -> list[Point]:
    """Points for every size and pattern of indices, with zeros among the entries."""
    found = []
    for n, (k, j), seed in product((1, 2, 3), ((1, 1), (1, 2), (2, 1), (3, 2)), range(3)):
        if max(k, j) > n:
            continue
        entries = {
            ("z", ()): Fraction((2, 0, -1)[seed]),
            ("t", ()): Fraction(1),
            **{("x", (i,)): Fraction((i, 0 if i == 1 else -i, 1)[seed]) for i in range(1, n + 1)},
            **{("y", (i,)): Fraction((3 - i, i, i - 1)[seed]) for i in range(1, n + 1)},
            **{("W", (i, a)): Fraction(i - 2 * a + seed) for i in range(1, n + 1) for a in (1, 2)},
        }
        found.append(Point({"n": n, "m": 2}, {"i": 1, "k": k, "j": j, "a": 1, "o": 1}, entries))
    return found


AT_ALL = at_all(SIZED)


def theorems_about(term: Term, theory: Theory) -> list[Theorem]:
    """What all the laws say of a term, at all places."""
    found = []
    for name, place in product(RANGE_LAWS, PLACES):
        try:
            found.append(kernel.over_range(name, term, theory, place))
        except KernelError:
            continue
    return found


@pytest.mark.parametrize("kind", [Sum, Prod, Max, Min])
@pytest.mark.parametrize("body", BODIES, ids=repr)
def test_laws_of_sums_hold_for_all_sizes_and_indices(kind: type[Sum], body: Term) -> None:
    for excluded in EXCLUDED:
        term = kind(I, excluded, body)
        for about in (term, apply("ln", term), apply("exp", term)):
            for theorem in theorems_about(about, SIZED):
                tried(theorem, SIZED, AT_ALL)


ALONE: list[Term] = [
    Delta(I, K),
    Delta(K, K),
    Delta(ONE, number(2)),
    Delta(ONE, K),
    Delta(affine(((1, I), (1, ONE))), K),
    mul(Delta(I, K), X(I)),
    mul(div(ONE, Z), Sum(J, (), div(X(J), X(I)))),
    mul(div(ONE, Z), Sum(J, (I,), X(J)), X(I)),
    mul(X(I), Sum(J, (I, K), X(J)), Sum(I, (), X(I))),
    mul(Delta(I, K), div(X(I), Y(K))),
    mul(Delta(I, K), Sum(J, (I,), X(J))),
    mul(Delta(I, K), Delta(I, K)),
    mul(Delta(ONE, K), X(K)),
    *(Delta(affine(((1, I),), offset), affine(((1, N),))) for offset in (0, 1, -1)),
    Delta(affine(((1, I), (-1, N))), K),
    Delta(affine(((2, I), (-2, J))), ONE),
    Delta(affine(((2, I), (-2, J))), number(2)),
    Delta(affine((), 1), K),
    mul(Delta(affine(((1, I),), 1), K), X(I), div(ONE, Y(affine(((1, I),), 1)))),
    mul(Delta(affine(((1, I), (-1, J))), K), X(I), X(J), X(K)),
    mul(Delta(affine(((2, I),)), K), X(I), X(K)),
    Entry("x", (affine(((1, I), (1, N))),)),
    Entry("x", (affine(((1, I), (1, ONE))),)),
    Entry("d", (affine(((1, K), (-1, ONE))),)),
    Entry("W", (affine(((1, I), (1, J)), -1), A)),
    If(Comparison(I, "=", K), X(I), div(ONE, Z)),
    If(Comparison(K, "!=", K), X(I), Z),
    If(Comparison(Z, ">", ZERO), div(ONE, Z), Z),
    If(Comparison(div(ONE, Z), ">", ZERO), Z, Z),
    Pow(Z, number("3/2")),
    Pow(Z, number("-3/2")),
    Pow(Pow(Z, number("1/2")), number(2)),
    Pow(Pow(Z, number("1/3")), number(3)),
]


@pytest.mark.parametrize("term", ALONE, ids=repr)
def test_laws_of_deltas_and_choices_hold(term: Term) -> None:
    met = [tried(theorem, SIZED, AT_ALL) for theorem in theorems_about(term, SIZED)]
    assert any(met), "some law says something of it"


@pytest.mark.parametrize(("kind", "opposite", "function"), [(Max, Min, "max"), (Min, Max, "min")])
def test_laws_of_the_greatest_value(kind: type[Max], opposite: type[Max], function: str) -> None:
    whole, three = kind(I, (), X(I)), Index("i", number(3))
    assert kernel.over_range("split", whole, SIZED, K).right is apply(function, kind(I, (K,), X(I)), X(K))
    assert kernel.over_range("constant", kind(I, (), Z), SIZED).right is Z
    outside = kernel.over_range("outside", kind(I, (), Mul((Z, X(I)))), SIZED)
    assert outside.right is mul(Z, whole)
    assert outside.conditions == {Condition(Comparison(Z, ">=", ZERO))}
    assert kernel.over_range("outside", kind(I, (), neg(X(I))), SIZED).right is neg(opposite(I, (), X(I)))
    written = kernel.over_range("write out", kind(three, (number(2),), Ordinal(three)), SIZED).right
    assert written is apply(function, number(1), number(3))


@pytest.mark.parametrize("kind", [Max, Min])
def test_what_no_law_says_of_the_greatest_value(kind: type[Max]) -> None:
    few = Index("i", number(1))
    for name, term in (
        ("collapse", kind(I, (), mul(Delta(I, K), X(I)))),
        ("ends", kind(I, (), Delta(affine(((1, I),), 1), K))),
        ("progression", kind(I, (), Ordinal(I))),
        ("apart", kind(I, (), mul(X(I), Y(I)))),
        ("apart", apply("ln", kind(I, (), X(I)))),
        ("within", mul(Z, kind(I, (), X(I)))),
        ("constant", kind(I, (), X(I))),
        ("outside", kind(I, (), mul(X(I), Z))),
        ("outside", Sum(I, (), add(Z, X(I)))),
        ("exchange", kind(I, (), Sum(J, (), mul(X(I), Y(J))))),
        ("write out", kind(few, (ONE,), Z)),
    ):
        with pytest.raises(KernelError):
            kernel.over_range(name, term, SIZED)


def test_a_place_must_be_in_the_range() -> None:
    total = Sum(I, (), X(I))
    for place in (A, number(0), number("1/2"), Z, affine(((1, K), (1, ONE)))):
        with pytest.raises(KernelError):
            kernel.over_range("split", total, SIZED, place)
    split = kernel.over_range("split", total, SIZED, number(2))
    assert any(condition.claim.left is N for condition in split.conditions), "n >= 2"
    with pytest.raises(KernelError):
        kernel.over_range("split", Sum(I, (K,), X(I)), SIZED, K)
    with pytest.raises(KernelError):
        kernel.over_range("collapse", Sum(I, (), mul(Delta(I, A), X(I))), SIZED)


KINDS, LAW_NAMES = st.sampled_from([Sum, Prod, Max, Min]), st.sampled_from(sorted(RANGE_LAWS))
ANYWHERE = [None, *FREE, ONE, ZERO]


@given(terms(depth=2), KINDS, LAW_NAMES, st.sampled_from(ANYWHERE))
@settings(max_examples=examples(400), deadline=None)
def test_laws_hold_of_random_terms(body: Term, kind: type[Sum], name: str, place: Term | None) -> None:
    index = FREE[0]
    for term in (kind(index, (), body), kind(index, (FREE[1],), body), body):
        try:
            theorem = kernel.over_range(name, term, RICH, place)
        except KernelError:
            continue
        assert false_at(theorem.left, theorem.right, RICH, conditions=theorem.conditions, count=6) is None


def test_sums_are_not_exchanged_where_one_leaves_out_what_the_other_makes() -> None:
    with pytest.raises(ValueError, match="no tuple"):
        Sum.over("j", N, (affine(((1, Bound(0)), (1, ONE))),), X(Bound(0)))

"""Signs: what is claimed of a sign holds at every point, rests on the facts it lists, and is about the right index."""

from __future__ import annotations

import gc
import weakref
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derive.checking.checker import check
from derive.engine.normal import Normalizer, Undefined
from derive.errors import LimitError
from derive.floor.conditions import Condition
from derive.floor.signs import INTRINSIC, UNKNOWN, Knowledge, Sign, both, either, mirror, plus, raised, times
from derive.floor.terms import ZERO, Apply, Comparison, Entry, Index, Size, Sum, Term, add, apply, neg, number, power, scalar
from derive.floor.theory import MOST_THEORIES, Theory
from derive.language import read
from derive.library import parse
from derive.numbers.evaluate import Point
from judge import condition_holds, points, value
from lane import examples
from random_terms import THEORY as RICH
from random_terms import Terms

DECLARATIONS = """
size     H
size     n >= 2
variable x, w, Z[H], V[n], p > 0, q >= 0, m != 0, P[H] > 0, N[H] != 0, Q[n] >= 0
constant a, c > 0
define   u = x^2 + 1
define   O[i] = exp(Z[i])/sum(exp(Z[j]), j)
define   low = -exp(x)
assume   a > 1
assume   Z[i] + 5 > 0
index    o: H
"""

SIGNS = """
1                                >
0                                =
-2                               <
H                                >
p                                >
q                                >=
m                                !=
x                                ?
-p                               <
-q                               <=
p + q                            >
q + q                            >=
p - q                            ?
p + m                            ?
-p - q                           <
p*m                              !=
p*q                              >=
-p*p                             <
m*m                              >
x*x                              >=
x*x*x                            ?
n - 1                            >
n - 2                            >=
n - 3                            ?
n + H - 3                        >=
n - H                            ?
x^w                              >
x^a                              >
m^n                              !=
m^(1 - n)                        !=
q^n                              >=
x^n                              ?
x^(-n)                           ?
q*q*q                            >=
m*m*m                            !=
p/m                              !=
q/p                              >=
1/q                              >
x^2                              >=
x^3                              ?
x^4 + 1                          >
x^(-2)                           >
x^(-1)                           !=
m^2                              >
m^3                              !=
(-p)^3                           <
(-p)^2                           >
sqrt(x)                          >=
sqrt(p)                          >
sqrt(m)                          >
x^(-1/2)                         >
p^x                              >
exp(x)                           >
-exp(x)                          <
ln(x)                            ?
ln(a)                            >
ln(2)                            >
ln(0.5)                          <
ln(1)                            =
abs(x)                           >=
abs(0*x)                         =
sqrt(0*x)                        =
(0*x)^2                          =
(0*x)^(-1)                       ?
(0*x)^(-2)                       ?
p/(0*x)                          ?
abs(m)                           >
sin(x)                           ?
cos(x)^2                         >=
tanh(x)                          ?
tanh(p)                          >
tanh(-p)                         <
cosh(x)                          >
sigmoid(x)                       >
softplus(x)                      >
max(x, p)                        >
max(x, q)                        >=
max(x, w)                        ?
min(p, c)                        ?
erf(q)                           >=
pi                               >
u                                >
low                              <
O[i]                             >
O[i]*x                           ?
sum(P[i], i)                     >
sum(Z[i]^2, i)                   >=
sum(Z[i], i)                     ?
sum(N[i], i)                     ?
sum(N[i]^2, i)                   >
sum(exp(Z[i]), i)                >
sum(P[i], i != k)                >=
sum(exp(V[i]), i != k)           >
sum(exp(V[i]), i != 1, i != 2)   >=
sum(-P[i], i)                    <
sum(Q[i], i)                     >=
sum(0*Z[i], i)                   =
prod(P[i], i)                    >
prod(N[i], i)                    !=
prod(-P[i], i)                   ?
prod(Q[i], i)                    >=
prod(Z[i], i)                    ?
delta(i, k)*P[i]*P[k]            >=
if(i = k, P[i], P[k])            >
if(x > 0, p, q)                  >=
if(x > 0, p, m)                  !=
if(x > 0, p, x)                  ?
if(x > 0, p, 0)                  >=
if(i = k, N[i], N[k])            !=
Z[k] + 5                         >
Z[k] + 4                         ?
"""


def expression(text: str) -> Term:
    """The term, its indices running to H, where nothing else tells how far they run."""
    right = "0*P[i]*P[k]" if "i = k" in text or "delta" in text else "0"
    return read(f"{DECLARATIONS} theorem t: {text} = {right}").statements[0].sides[0]


ROWS = [line.rsplit(None, 1) for line in SIGNS.strip().splitlines()]
TERMS = [expression(row[0]) for row in ROWS]
THEORY = read(DECLARATIONS).theory


@pytest.mark.parametrize(("text", "wanted", "term"), [(*row, term) for row, term in zip(ROWS, TERMS, strict=True)])
def test_table(text: str, wanted: str, term: Term) -> None:
    found = Knowledge(THEORY).sign(term).relation
    assert (found or "?") == wanted, text


RELATIONS: dict[str | None, set[int]] = {
    ">": {1}, "<": {-1}, ">=": {0, 1}, "<=": {-1, 0}, "=": {0}, "!=": {-1, 1}, None: {-1, 0, 1},
}  # fmt: skip


@pytest.mark.parametrize("left", RELATIONS)
@pytest.mark.parametrize("right", RELATIONS)
def test_arithmetic_of_signs(left: str | None, right: str | None) -> None:
    """What is said of a sum, a product, a negation holds for all numbers with these signs."""
    lefts = [a for a in (-3, -1, 0, 1, 3) if (a > 0) - (a < 0) in RELATIONS[left]]
    rights = [b for b in (-2, -1, 0, 1, 2) if (b > 0) - (b < 0) in RELATIONS[right]]
    values = [(a, b) for a in lefts for b in rights]
    for operation, combined in ((plus, lambda a, b: a + b), (times, lambda a, b: a * b)):
        said = operation(Sign(left), Sign(right)).relation
        assert {(c > 0) - (c < 0) for c in (combined(a, b) for a, b in values)} <= RELATIONS[said]
    assert {-((a > 0) - (a < 0)) for a, _ in values} <= RELATIONS[mirror(Sign(left)).relation]


@pytest.mark.parametrize("left", RELATIONS)
@pytest.mark.parametrize("right", RELATIONS)
def test_two_signs_of_one_value_are_known_together(left: str | None, right: str | None) -> None:
    said = RELATIONS[both(Sign(left), Sign(right)).relation]
    together = RELATIONS[left] & RELATIONS[right]
    assert said == together if together else said in (RELATIONS[left], RELATIONS[right])


@pytest.mark.parametrize("left", RELATIONS)
@pytest.mark.parametrize("right", RELATIONS)
def test_a_value_has_one_of_two_signs(left: str | None, right: str | None) -> None:
    said = RELATIONS[either(Sign(left), Sign(right)).relation]
    possible = RELATIONS[left] | RELATIONS[right]
    assert said == possible, "every set of signs has a relation"


def test_the_facts_of_both_signs_are_kept() -> None:
    one, other = (frozenset((Condition(Comparison(scalar(name), ">", ZERO)),)) for name in ("a", "b"))
    for joined in (plus, times, either):
        assert joined(Sign(">", one), Sign(">", other)).uses == one | other
    assert both(Sign(">=", one), Sign("!=", other)).uses == one | other
    assert both(Sign(">", one), Sign(">=", other)).uses == one, "the other says nothing more"
    assert times(Sign("=", one), Sign(">", other)).uses == one


def test_an_index_that_is_not_mentioned_is_left_out_where_there_is_one() -> None:
    """x > 0 for all i != k says x > 0 only if there is an i other than k."""
    h, n, three = Size("H"), Size("n"), number(3)
    x, known = scalar("x"), Knowledge(THEORY)

    def kept(extent: Term, *others: Term, about: Index | None = None) -> Condition:
        i = Index("i", extent)
        guards = frozenset(Comparison(about or i, "!=", other) for other in others)
        return known.without_idle(Condition(Comparison(x, ">", ZERO), frozenset((i,)), guards))

    alone = Condition(Comparison(x, ">", ZERO))
    assert kept(h) == alone, "a size is at least 1"
    assert kept(h, Index("k", h)) != alone
    assert kept(n, Index("k", n)) == alone, "n is at least 2"
    assert kept(n, Index("k", n), Index("j", n)) != alone
    assert kept(three, Index("k", three), number(1)) == alone
    assert kept(three, Index("k", three), number(1), number(2)) != alone
    guard = Comparison(Index("j", h), "!=", Index("k", h))
    assert kept(h, guard.right, about=Index("j", h)) == Condition(alone.claim, guards=frozenset((guard,)))
    i = Index("i", h)
    by_value = Condition(alone.claim, frozenset((i,)), frozenset((Comparison(Entry("Z", (i,)), ">", ZERO),)))
    assert known.without_idle(by_value) == by_value
    about = Condition(Comparison(Entry("Z", (i,)), ">", ZERO), frozenset((i,)))
    assert known.without_idle(about) == about, "the index is mentioned"


def test_a_hypothesis_says_more_than_a_declaration() -> None:
    known = Knowledge(THEORY, (Comparison(scalar("q"), "=", ZERO),))
    assert known.sign(scalar("q")).relation == "="
    assert known.sign(power(scalar("q"), number(-1))).relation is None, "it has no value"
    known = Knowledge(THEORY, (Comparison(scalar("q"), "!=", ZERO), Comparison(ZERO, ">=", scalar("x"))))
    assert known.sign(scalar("q")).relation == ">"


@pytest.mark.parametrize("relation", RELATIONS)
@pytest.mark.parametrize("exponent", ["-3", "-2", "-1", "0", "1", "2", "3", "4", "1/2", "3/2", "-1/2", "1/3"])
def test_powers_of_signs(relation: str | None, exponent: str) -> None:
    power_of = Fraction(exponent)
    said = raised(Sign(relation), power_of).relation
    for base in (-2.0, -1.0, 0.0, 1.0, 2.0):
        if (base > 0) - (base < 0) not in RELATIONS[relation] or (base == 0 and power_of < 0):
            continue
        if base < 0 and power_of.denominator != 1:
            continue
        result = base ** (int(power_of) if power_of.denominator == 1 else float(power_of))
        assert (result > 0) - (result < 0) in RELATIONS[said]


def test_a_sign_lists_the_facts_that_it_rests_on() -> None:
    known = Knowledge(THEORY)
    p, q = scalar("p"), scalar("q")
    assert known.sign(p).uses == {Condition(Comparison(p, ">", ZERO))}
    assert known.sign(add(p, q)).uses == {Condition(Comparison(p, ">", ZERO)), Condition(Comparison(q, ">=", ZERO))}
    assert known.sign(apply("exp", p)).uses == frozenset(), "an exponential is positive anyway"
    i = Index("i", Size("H"))
    (condition,) = known.sign(Sum(i, (), Entry("P", (i,)))).uses
    assert condition.bound == {i} or len(condition.bound) == 1


def test_a_hypothesis_about_one_index_is_not_about_a_bound_one() -> None:
    h = Size("H")
    i, k = Index("i", h), Index("k", h)
    z = Entry("Z", (k,))
    known = Knowledge(THEORY, (Comparison(z, ">", ZERO),))
    assert known.sign(z).relation == ">"
    assert known.sign(Entry("Z", (i,))).relation is None
    found = known.sign(Sum(k, (), z))
    assert found.relation is None or any(c.bound for c in found.uses), "or it says that it needs it for all k"


def test_what_is_known_of_a_fixed_index_is_not_known_of_any() -> None:
    text = "size H variable Z[H] index o: H assume Z[o] > 0 theorem t: Z[o] + Z[k] = 0"
    statement = read(text).statements[0]
    fixed, other = statement.sides[0].terms  # type: ignore[attr-defined]
    known = Knowledge(statement.theory)
    assert known.sign(fixed).relation == ">"
    assert known.sign(other).relation is None


def test_least_sizes() -> None:
    known = Knowledge(THEORY)
    assert known.least(Size("H")) == 1
    assert known.least(Size("n")) == 2


def test_indices_that_are_apart() -> None:
    h = Size("H")
    i, j, k = Index("i", h), Index("j", h), Index("k", h)
    known = Knowledge(THEORY, (), (Comparison(i, "!=", k),))
    assert known.apart(i, k)
    assert known.apart(k, i)
    assert not known.apart(i, j)
    assert not known.apart(i, i)
    assert known.apart(number(1), number(2))
    assert not known.apart(number(1), number(1))
    assert not known.apart(number(1), i)


def _signs_at(term: Term, theory: Theory, point: Point) -> set[int]:
    found = value(term, theory, point)
    if found is None:
        return set()
    low, high = found
    return {1} if low > 0 else {-1} if high < 0 else {0} if low == high == 0 else set()


@pytest.mark.parametrize(("text", "term"), [(row[0], term) for row, term in zip(ROWS, TERMS, strict=True)])
def test_the_table_holds_at_points(text: str, term: Term) -> None:
    said = Knowledge(THEORY).sign(term).relation
    for point in points(THEORY, (term,), count=6):
        assert _signs_at(term, THEORY, point) <= RELATIONS[said], f"{text} at {point}"


@given(st.integers(0, 10**9))
@settings(max_examples=examples(400), deadline=None)
def test_signs_hold_at_points(seed: int) -> None:
    """For random terms: by their structure, and by their normal form, under the facts that are listed."""
    source = Terms(seed)
    term = source.term(3)
    known = Knowledge(RICH)
    found = [known.sign(term)]
    normalizer = Normalizer(known)
    try:
        by_form = normalizer.sign_of(term)
        found.append(Sign(by_form.relation, by_form.uses | frozenset(normalizer.conditions)))
    except (Undefined, LimitError):
        pass
    for _ in range(3):
        point = source.point()
        for sign in found:
            signs = _signs_at(term, RICH, point)
            if signs and not signs <= RELATIONS[sign.relation]:
                assert not all(condition_holds(c, RICH, point) for c in sign.uses), f"{sign} at {point}"


def test_nothing_is_known_without_declarations() -> None:
    assert INTRINSIC.sign(scalar("x")) == UNKNOWN
    assert INTRINSIC.sign(power(scalar("x"), number(2))).relation == ">="
    assert INTRINSIC.sign(neg(apply("exp", scalar("x")))).relation == "<"


def test_what_is_known_without_declarations_does_not_keep_terms_alive() -> None:
    """It outlives every derivation, so that a process that checks thousands would grow without end."""
    term = Apply("exp", (Entry("a name that is nowhere else", ()),))
    assert INTRINSIC.sign(term).relation == ">"
    alive = weakref.ref(term)
    del term
    gc.collect()
    assert alive() is None


@pytest.mark.slow
def test_what_is_known_of_theories_keeps_only_the_last_ones_alive() -> None:
    """A process that checks thousands of derivations would grow without end."""
    text = "variable x\nassume x > 1\ntheorem t: sqrt(x^2)*ln(x)/(x + 1) = x*ln(x)/(x + 1)\n"
    alive = []
    for _ in range(3 * MOST_THEORIES):
        derivation = parse(text)
        assert check(derivation).verdict == "proved"
        alive.append(weakref.ref(derivation.theory))
        del derivation
    gc.collect()
    assert sum(each() is not None for each in alive) <= MOST_THEORIES


def test_cases_that_lead_back_to_themselves_end() -> None:
    """x is more than a choice that asks how x stands to it."""
    text = "size n variable x, z[n] theorem t given x > sum(if(z[i] > 0, x, if(x > z[i], x, 1)), i): x = if(x > 0, x, 1)"
    statement = read(text).statements[0]
    known = Knowledge(statement.theory, statement.hypotheses)
    assert known.sign(statement.sides[1]).relation == ">"

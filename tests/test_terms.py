"""Terms: interning, free and bound indices, substitution that captures nothing, equality up to bound names."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from judge import differ, value
from strategies import FREE, SIGNATURE, terms

from derive.evaluate import Point
from derive.refute import sample_points
from derive.terms import (
    MINUS_ONE,
    ONE,
    TWO,
    ZERO,
    Add,
    Apply,
    Comparison,
    Delta,
    Diff,
    Entry,
    If,
    Index,
    Mul,
    Neg,
    Number,
    Pow,
    Prod,
    Size,
    Sum,
    Term,
    add,
    alpha_equal,
    apply,
    bound_indices,
    canonical,
    children,
    div,
    entry_names,
    free_indices,
    fresh,
    mul,
    neg,
    number,
    occurs,
    power,
    rational,
    rebuild,
    scalar,
    size,
    size_names,
    substitute,
    subterms,
)

H, M = Size("H"), Size("M")
I, J, K = Index("i", H), Index("j", H), Index("k", H)
X, Y = scalar("x"), scalar("y")


def z(index: Term) -> Entry:
    return Entry("Z", (index,))


# --- the data type ---------------------------------------------------------------------------------------------------


def test_equal_terms_are_one_object() -> None:
    assert Add((X, number("1/2"))) is Add((scalar("x"), number("2/4")))
    assert Sum(I, (), z(I)) is Sum(Index("i", Size("H")), (), Entry("Z", (I,)))


def test_terms_that_differ_are_two() -> None:
    assert Index("i", H) is not Index("i", M)
    assert Sum(I, (), z(I)) is not Prod(I, (), z(I))
    assert Sum(I, (), z(I)) is not Sum(I, (K,), z(I))
    assert scalar("H") is not H  # type: ignore[comparison-overlap]
    assert Add((X, Y)) is not Add((Y, X)), "nothing here simplifies"


@pytest.mark.parametrize("term", [X, Sum(I, (K,), z(I)), If(Comparison(I, "=", K), ONE, ZERO), Diff(Pow(X, TWO), X)])
def test_copies_are_the_same_object(term: Term) -> None:
    assert pickle.loads(pickle.dumps(term)) is term
    assert copy.deepcopy(term) is term


def test_a_term_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        X.name = "y"  # type: ignore[misc]
    with pytest.raises(AttributeError):
        del X.name


def test_a_term_has_all_its_fields() -> None:
    with pytest.raises(TypeError):
        Sum(I, ())  # type: ignore[call-arg]


def test_an_index_cannot_be_left_out_of_its_own_range() -> None:
    with pytest.raises(ValueError, match="own range"):
        Sum(I, (I,), z(I))


# --- walking ---------------------------------------------------------------------------------------------------------


def test_children_and_rebuild() -> None:
    total = Sum(I, (K,), mul(z(I), z(J)))
    assert children(total) == (K, mul(z(I), z(J)))
    assert rebuild(total, (J, z(I))) is Sum(I, (J,), z(I))
    assert rebuild(X, ()) is X


@given(terms())
@settings(max_examples=60, deadline=None)
def test_rebuilding_from_its_children_gives_the_term(term: Term) -> None:
    assert all(rebuild(part, children(part)) is part for part in subterms(term))
    assert size(term) == len(list(subterms(term)))


def test_free_and_bound() -> None:
    total = Sum(I, (K,), mul(z(I), z(J)))
    assert free_indices(total) == {K, J}
    assert bound_indices(total) == {I}
    assert free_indices(add(z(I), Sum(I, (), z(I)))) == {I}
    assert free_indices(Delta(I, number(2))) == {I}
    assert entry_names(add(X, total)) == {"x", "Z"}
    assert size_names(Sum(Index("a", M), (), ONE)) == {"M"}
    assert occurs(z(I), total)
    assert not occurs(z(K), total)


def test_the_bound_index_of_one_range_does_not_bind_that_of_another() -> None:
    other = Index("i", M)
    assert free_indices(Sum(I, (), Entry("y", (other,)))) == {other}


# --- substitution ----------------------------------------------------------------------------------------------------


def test_free_occurrences_only() -> None:
    assert substitute(add(z(I), Sum(I, (), z(I))), {I: K}) is add(z(K), Sum(I, (), z(I)))


def test_a_bound_index_makes_way() -> None:
    moved = substitute(Sum(I, (), mul(z(I), z(K))), {K: I})
    assert isinstance(moved, Sum)
    assert moved.index is not I
    assert alpha_equal(moved, Sum(J, (), mul(z(J), z(I))))
    assert not alpha_equal(moved, Sum(I, (), mul(z(I), z(I))))


def test_a_bound_index_makes_way_for_a_term_that_mentions_it() -> None:
    moved = substitute(Sum(K, (), mul(X, z(K))), {X: z(K)})
    assert alpha_equal(moved, Sum(J, (), mul(z(K), z(J))))


def test_the_new_name_is_taken_by_nothing() -> None:
    i2 = Index("i2", H)
    moved = substitute(Sum(I, (), mul(z(I), z(K), z(i2))), {K: I})
    assert isinstance(moved, Sum)
    assert moved.index not in (I, i2)
    inner = Sum(i2, (), mul(z(I), z(i2), z(K)))
    assert free_indices(substitute(Sum(I, (), inner), {K: I})) == {I}


def test_a_bound_index_makes_way_for_an_excluded_one() -> None:
    moved = substitute(Sum(I, (K,), z(I)), {K: I})
    assert isinstance(moved, Sum)
    assert moved.excluded == (I,)
    assert moved.index is not I
    assert moved.body is z(moved.index)


def test_an_index_of_the_same_name_and_another_range_makes_way_too() -> None:
    other = Index("i", M)
    moved = substitute(Sum(I, (), mul(z(I), X)), {X: Entry("y", (other,))})
    assert isinstance(moved, Sum)
    assert moved.index.name != "i"


def test_all_at_once() -> None:
    assert substitute(Delta(I, K), {I: K, K: I}) is Delta(K, I)
    assert substitute(add(X, Y), {X: Y, Y: X}) is add(Y, X)


def test_sizes_are_replaced_in_ranges() -> None:
    three = number(3)
    here = Index("i", three)
    assert substitute(Sum(I, (), z(I)), {H: three}) is Sum(here, (), Entry("Z", (here,)))
    assert substitute(z(K), {H: three}) is Entry("Z", (Index("k", three),))


def test_the_variable_of_a_derivative_is_not_replaced_by_a_number() -> None:
    with pytest.raises(ValueError, match="derivative"):
        substitute(Diff(Pow(X, TWO), X), {X: number(3)})
    assert substitute(Diff(Pow(z(K), TWO), z(K)), {K: I}) is Diff(Pow(z(I), TWO), z(I))


def test_nothing_else_is_touched() -> None:
    total = Sum(I, (), mul(z(I), Y))
    assert substitute(total, {X: Y}) is total
    assert substitute(total, {}) is total


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_substitution_and_evaluation_commute(data: st.DataObject) -> None:
    """The value of t with k for i is that of t where i has the value of k: capture would show."""
    term = data.draw(terms(FREE, 3))
    old, new = FREE[0], FREE[1]
    moved = substitute(term, {old: new})
    assert old not in free_indices(moved)
    for point in _points(term):
        at = Point(point.sizes, {**point.indices, old.name: point.indices[new.name]}, point.values, point.functions)
        one, other = value(moved, SIGNATURE, point), value(term, SIGNATURE, at)
        if one is not None and other is not None:
            assert one[0] <= other[1]
            assert other[0] <= one[1]


def _points(term: Term) -> list[Point]:
    everything = Add((term, *(Delta(FREE[0], FREE[1]),)))
    return [p for p, _ in zip(sample_points(SIGNATURE, (everything,)), range(3), strict=False)]


# --- equality up to bound names --------------------------------------------------------------------------------------


def test_bound_names_do_not_matter() -> None:
    assert alpha_equal(Sum(I, (), z(I)), Sum(J, (), z(J)))
    assert alpha_equal(Sum(I, (), Sum(J, (), mul(z(I), z(J), z(K)))), Sum(J, (), Sum(I, (), mul(z(J), z(I), z(K)))))
    assert alpha_equal(Sum(I, (J, K), z(I)), Sum(I, (K, J), z(I)))


def test_everything_else_does() -> None:
    assert not alpha_equal(Sum(I, (), z(I)), Sum(I, (), z(K)))
    assert not alpha_equal(Sum(I, (), Sum(J, (), Entry("W", (I, J)))), Sum(I, (), Sum(J, (), Entry("W", (J, I)))))
    assert not alpha_equal(z(I), z(K)), "free names matter"
    assert not alpha_equal(Sum(I, (), ONE), Prod(I, (), ONE))
    assert not alpha_equal(Sum(I, (K,), z(I)), Sum(I, (), z(I)))


def test_ranges_matter() -> None:
    assert not alpha_equal(Sum(I, (), ONE), Sum(Index("i", M), (), ONE))
    assert not alpha_equal(Sum(I, (), ONE), Sum(Index("i", number(3)), (), ONE))


def test_shadowing() -> None:
    inner = Sum(I, (), mul(z(I), Sum(I, (), z(I))))
    assert alpha_equal(inner, Sum(I, (), mul(z(I), Sum(K, (), z(K)))))
    assert not alpha_equal(inner, Sum(I, (), mul(z(I), Sum(K, (), z(I)))))


@given(terms())
@settings(max_examples=60, deadline=None)
def test_the_canonical_term_is_equal_and_canonical(term: Term) -> None:
    assert alpha_equal(canonical(term), term)
    assert canonical(canonical(term)) is canonical(term)
    assert free_indices(canonical(term)) == free_indices(term)


def test_fresh() -> None:
    assert fresh(I, frozenset({K})) is I
    assert fresh(I, frozenset({I, Index("i2", H)})) is Index("i3", H)
    assert fresh(Index("i2", H), frozenset({Index("i2", M)})).name not in ("i2",)


# --- writing terms in Python -----------------------------------------------------------------------------------------


def test_terms_as_a_person_writes_them() -> None:
    assert add() is ZERO
    assert add(X, ZERO, add(Y, X)) is Add((X, Y, X))
    assert mul() is ONE
    assert mul(X, ONE) is X
    assert mul(X, ZERO) is ZERO
    assert mul(neg(X), Y) is Mul((Neg(X), Y))
    assert mul(neg(X), neg(Y)) is Mul((X, Y))
    assert mul(number(-1), X) is Neg(X)
    assert neg(neg(X)) is X
    assert neg(number(2)) is number(-2)
    assert div(X, ONE) is X
    assert power(X, ONE) is X
    assert apply("exp", X) is Apply("exp", (X,))
    assert rational(neg(div(ONE, TWO))) == -(rational(number("1/2")) or 0)
    assert rational(X) is None
    assert number("1e-5") is Number(number("0.00001").value)


@given(st.lists(st.sampled_from([X, neg(X), Y, ONE, MINUS_ONE, ZERO, number(3), number(-2), neg(mul(X, Y)), add(X, Y)]), max_size=4))
def test_they_have_the_value_that_is_written(parts: list[Term]) -> None:
    from derive.signature import Signature, Unknown

    signature = Signature(unknowns={"x": Unknown("x", True), "y": Unknown("y", True)})
    point = Point(values={("x", ()): number(3).value, ("y", ()): number("-2/7").value})
    plain_sum, plain_product = Add((ZERO, *parts)), Mul((ONE, *parts))
    assert not differ(add(*parts), plain_sum, signature, point)
    assert not differ(mul(*parts), plain_product, signature, point)
    assert not differ(neg(mul(*parts)), Neg(plain_product), signature, point)

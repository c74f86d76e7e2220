"""Terms: interning, free and bound indices, substitution that captures nothing, equality up to bound names."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derive.engine.letters import bound_indices, fresh
from derive.engine.measure import size
from derive.floor import terms as t
from derive.floor.terms import (
    MINUS_ONE,
    ONE,
    TWO,
    ZERO,
    Add,
    Affine,
    Apply,
    Bound,
    Call,
    Comparison,
    Delta,
    Diff,
    Div,
    Entry,
    Fixed,
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
    affine,
    alpha_equal,
    apply,
    canonical,
    children,
    div,
    entry_names,
    free_indices,
    instance,
    mul,
    neg,
    number,
    opened,
    power,
    rational,
    rebuild,
    scalar,
    size_names,
    substitute,
    subterms,
)
from derive.numbers.evaluate import Point
from derive.numbers.points import sample_points
from judge import differ, value
from lane import examples
from strategies import FREE, THEORY, terms

H, M = Size("H"), Size("M")
IX, J, K = Index("i", H), Index("j", H), Index("k", H)
X, Y = scalar("x"), scalar("y")


def z(index: Term) -> Entry:
    return Entry("Z", (index,))


# --- the data type ---------------------------------------------------------------------------------------------------


def test_equal_terms_are_one_object() -> None:
    assert Add((X, number("1/2"))) is Add((scalar("x"), number("2/4")))
    assert Sum(IX, (), z(IX)) is Sum(Index("i", Size("H")), (), Entry("Z", (IX,)))


def test_terms_that_differ_are_two() -> None:
    assert Index("i", H) is not Index("i", M)
    assert Sum(IX, (), z(IX)) is not Prod(IX, (), z(IX))
    assert Sum(IX, (), z(IX)) is not Sum(IX, (K,), z(IX))
    assert scalar("H") is not H  # type: ignore[comparison-overlap]
    assert Add((X, Y)) is not Add((Y, X)), "nothing here simplifies"


@pytest.mark.parametrize("term", [X, Sum(IX, (K,), z(IX)), If(Comparison(IX, "=", K), ONE, ZERO), Diff(Pow(X, TWO), X)])
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
        Sum(IX, ())  # type: ignore[call-arg]


@pytest.mark.parametrize("part", [IX, Fixed("o", H), Bound(0), affine([(1, IX)], 1), Comparison(X, ">", Y), H.name, None])
def test_what_is_no_value_stands_for_none(part: Any) -> None:
    """`x^i` would be another kind of power at each place. (`i/n` as a number has no notation yet.)"""
    makers: list[Callable[[], Term]] = [
        *(lambda make=make, values=values: make(*values) for make in (Div, Pow) for values in ((part, X), (X, part))),
        *(lambda make=make: make((X, part)) for make in (Add, Mul)),
        lambda: Neg(part),
        lambda: Apply("exp", (part,)),
        lambda: Call("f", (part,)),
        lambda: Diff(part, X),
        lambda: Diff(X, part),
        lambda: If(part if isinstance(part, Index) else X, X, Y),
        lambda: If(Comparison(X, ">", Y), part, Y),
        lambda: If(Comparison(X, ">", Y), X, part),
        lambda: Sum(J, (), part),
        lambda: Prod.over("j", H, (), part),
        lambda: Comparison(part, "=", X),
        lambda: Comparison(X, ">", part),
    ]
    for make in makers:
        with pytest.raises(ValueError, match=r"is no |do not make one Comparison"):
            make()


@pytest.mark.parametrize("part", [X, H, number("1/2"), Comparison(IX, "=", K), Sum(J, (), X), "i", 1])
def test_what_is_no_index_stands_for_none(part: Any) -> None:
    makers: list[Callable[[], Term]] = [
        lambda: Entry("Z", (part,)),
        lambda: Delta(part, IX),
        lambda: Delta(IX, part),
        lambda: Sum(IX, (part,), X),
        lambda: Sum(part, (), X),
        lambda: Comparison(IX, "=", part),
        lambda: Comparison(part, "!=", IX),
        lambda: Affine((part if part is not H else X,), (1,), 0),
    ]
    for make in makers:
        with pytest.raises(ValueError, match=r"is no |do not make one Comparison"):
            make()


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        *((kind, (parts,)) for kind in (Add, Mul) for parts in ((), (X,))),
        (Call, ("f", ())),
        *((Apply, (name, (X,) * count)) for name, count in (("exp", 0), ("exp", 2), ("pi", 1), ("max", 1), ("no such", 1))),
        (Affine, ((IX,), (), 1)),
        (Affine, ((IX, IX), (1, 2), 1)),
        (Affine, ((IX, K), (1,), 1)),
        (Affine, ((IX,), (0,), 1)),
        (Affine, ((), (1,), 1)),
    ],
)
def test_what_a_term_is_made_of_fits_together(kind: Any, fields: tuple[Any, ...]) -> None:
    with pytest.raises(ValueError, match=r"is no |do not make one"):
        kind(*fields)


@pytest.mark.parametrize("parts", [(), (X,), (X, Y, X)])
def test_a_term_is_rebuilt_of_as_many_parts(parts: tuple[Term, ...]) -> None:
    for term in (Pow(X, TWO), Sum(IX, (K,), z(IX)), Affine((IX, K), (1, 1), 0)):
        with pytest.raises((TypeError, ValueError)):
            rebuild(term, parts)


def test_a_term_with_many_parts_is_told_from_others_by_a_short_text() -> None:
    one: Term = X
    other: Term = Y
    for _ in range(100):
        one, other = Add((one, one)), Add((other, one))  # 2^100 parts
    assert repr(one) != repr(other)
    assert len(repr(one)) < 3_000
    assert len(list(subterms(one))) == 101
    assert repr(add(X, Y)) == "Add((Entry('x', ()), Entry('y', ())))"


def test_an_index_cannot_be_left_out_of_its_own_range() -> None:
    with pytest.raises(ValueError, match="own range"):
        Sum(IX, (IX,), z(IX))


def test_a_declared_index_cannot_be_bound() -> None:
    fixed = Fixed("o", H)
    with pytest.raises(ValueError, match="declaration"):
        Sum(fixed, (), z(fixed))


def test_a_bound_index_has_no_name() -> None:
    """Whatever letters authors use, the body of a binder is opened with an index that stands nowhere else."""
    total = Sum(IX, (K,), mul(z(IX), z(J)))
    index, body = opened(total)
    assert body is mul(z(index), z(J))
    assert opened(total)[0] is not index
    widened = Sum(index, (K,), add(body, z(IX)))
    assert widened.body is not add(total.body, z(IX)), "the free i stays free"
    assert free_indices(widened) == {IX, J, K}
    assert instance(total, number(2)) is mul(z(number(2)), z(J))


def test_a_free_index_in_the_body_gives_the_bound_one_another_letter() -> None:
    total = Sum.over("k", H, (), z(K))
    assert total.index.name == "k2"
    assert total.body is z(K)


# --- walking ---------------------------------------------------------------------------------------------------------


def test_children_and_rebuild() -> None:
    total = Sum(IX, (K,), mul(z(IX), z(J)))
    assert children(total) == (K, mul(z(IX), z(J)))
    assert rebuild(total, (J, z(IX))) is Sum(IX, (J,), z(IX))
    assert rebuild(X, ()) is X


@given(terms())
@settings(max_examples=examples(60), deadline=None)
def test_rebuilding_from_its_children_gives_the_term(term: Term) -> None:
    assert all(rebuild(part, children(part)) is part for part in subterms(term))
    assert size(term) >= len(list(subterms(term))) == len(set(subterms(term)))


def test_free_and_bound() -> None:
    total = Sum(IX, (K,), mul(z(IX), z(J)))
    assert free_indices(total) == {K, J}
    assert bound_indices(total) == {IX}
    assert free_indices(add(z(IX), Sum(IX, (), z(IX)))) == {IX}
    assert free_indices(Delta(IX, number(2))) == {IX}
    assert entry_names(add(X, total)) == {"x", "Z"}
    assert size_names(Sum(Index("a", M), (), ONE)) == {"M"}


def test_the_bound_index_of_one_range_does_not_bind_that_of_another() -> None:
    other = Index("i", M)
    assert free_indices(Sum(IX, (), Entry("y", (other,)))) == {other}


# --- substitution ----------------------------------------------------------------------------------------------------


def test_free_occurrences_only() -> None:
    assert substitute(add(z(IX), Sum(IX, (), z(IX))), {IX: K}) is add(z(K), Sum(IX, (), z(IX)))


def test_a_bound_index_makes_way() -> None:
    moved = substitute(Sum(IX, (), mul(z(IX), z(K))), {K: IX})
    assert isinstance(moved, Sum)
    assert moved.index is not IX
    assert alpha_equal(moved, Sum(J, (), mul(z(J), z(IX))))
    assert not alpha_equal(moved, Sum(IX, (), mul(z(IX), z(IX))))


def test_a_bound_index_makes_way_for_a_term_that_mentions_it() -> None:
    moved = substitute(Sum(K, (), mul(X, z(K))), {X: z(K)})
    assert alpha_equal(moved, Sum(J, (), mul(z(K), z(J))))


def test_the_new_name_is_taken_by_nothing() -> None:
    i2 = Index("i2", H)
    moved = substitute(Sum(IX, (), mul(z(IX), z(K), z(i2))), {K: IX})
    assert isinstance(moved, Sum)
    assert moved.index not in (IX, i2)
    inner = Sum(i2, (), mul(z(IX), z(i2), z(K)))
    assert free_indices(substitute(Sum(IX, (), inner), {K: IX})) == {IX}


def test_a_bound_index_makes_way_for_an_excluded_one() -> None:
    moved = substitute(Sum(IX, (K,), z(IX)), {K: IX})
    assert isinstance(moved, Sum)
    assert moved.excluded == (IX,)
    assert moved.index is not IX
    assert moved.body is z(moved.index)


def test_an_index_of_the_same_name_and_another_range_makes_way_too() -> None:
    other = Index("i", M)
    moved = substitute(Sum(IX, (), mul(z(IX), X)), {X: Entry("y", (other,))})
    assert isinstance(moved, Sum)
    assert moved.index.name != "i"


def test_all_at_once() -> None:
    assert substitute(Delta(IX, K), {IX: K, K: IX}) is Delta(K, IX)
    assert substitute(add(X, Y), {X: Y, Y: X}) is add(Y, X)


def test_sizes_are_replaced_in_ranges() -> None:
    three = number(3)
    here = Index("i", three)
    assert substitute(Sum(IX, (), z(IX)), {H: three}) is Sum(here, (), Entry("Z", (here,)))
    assert substitute(z(K), {H: three}) is Entry("Z", (Index("k", three),))


def test_the_variable_of_a_derivative_is_not_replaced_by_a_number() -> None:
    with pytest.raises(ValueError, match="no Variable"):
        substitute(Diff(Pow(X, TWO), X), {X: number(3)})
    assert substitute(Diff(Pow(z(K), TWO), z(K)), {K: IX}) is Diff(Pow(z(IX), TWO), z(IX))


def test_nothing_else_is_touched() -> None:
    total = Sum(IX, (), mul(z(IX), Y))
    assert substitute(total, {X: Y}) is total
    assert substitute(total, {}) is total


@given(st.data())
@settings(max_examples=examples(100), deadline=None)
def test_substitution_and_evaluation_commute(data: st.DataObject) -> None:
    """The value of t with k for i is that of t where i has the value of k: capture would show."""
    term = data.draw(terms(FREE, 3))
    old, new = FREE[0], FREE[1]
    moved = substitute(term, {old: new})
    assert old not in free_indices(moved)
    for point in _points(term):
        at = Point(point.sizes, {**point.indices, old.name: point.indices[new.name]}, point.values, point.functions)
        one, other = value(moved, THEORY, point), value(term, THEORY, at)
        if one is not None and other is not None:
            assert one[0] <= other[1]
            assert other[0] <= one[1]


def _points(term: Term) -> list[Point]:
    everything = Add((term, *(Delta(FREE[0], FREE[1]),)))
    return [p for p, _ in zip(sample_points(THEORY, (everything,)), range(3), strict=False)]


# --- equality up to bound names --------------------------------------------------------------------------------------


def test_bound_names_do_not_matter() -> None:
    assert alpha_equal(Sum(IX, (), z(IX)), Sum(J, (), z(J)))
    assert alpha_equal(Sum(IX, (), Sum(J, (), mul(z(IX), z(J), z(K)))), Sum(J, (), Sum(IX, (), mul(z(J), z(IX), z(K)))))
    assert alpha_equal(Sum(IX, (J, K), z(IX)), Sum(IX, (K, J), z(IX)))


def test_everything_else_does() -> None:
    assert not alpha_equal(Sum(IX, (), z(IX)), Sum(IX, (), z(K)))
    assert not alpha_equal(Sum(IX, (), Sum(J, (), Entry("W", (IX, J)))), Sum(IX, (), Sum(J, (), Entry("W", (J, IX)))))
    assert not alpha_equal(z(IX), z(K)), "free names matter"
    assert not alpha_equal(Sum(IX, (), ONE), Prod(IX, (), ONE))
    assert not alpha_equal(Sum(IX, (K,), z(IX)), Sum(IX, (), z(IX)))


def test_ranges_matter() -> None:
    assert not alpha_equal(Sum(IX, (), ONE), Sum(Index("i", M), (), ONE))
    assert not alpha_equal(Sum(IX, (), ONE), Sum(Index("i", number(3)), (), ONE))


def test_shadowing() -> None:
    inner = Sum(IX, (), mul(z(IX), Sum(IX, (), z(IX))))
    assert alpha_equal(inner, Sum(IX, (), mul(z(IX), Sum(K, (), z(K)))))
    assert not alpha_equal(inner, Sum(IX, (), mul(z(IX), Sum(K, (), z(IX)))))


@given(terms())
@settings(max_examples=examples(60), deadline=None)
def test_the_canonical_term_is_equal_and_canonical(term: Term) -> None:
    assert alpha_equal(canonical(term), term)
    assert canonical(canonical(term)) is canonical(term)
    assert free_indices(canonical(term)) == free_indices(term)


def test_fresh() -> None:
    assert fresh(IX, frozenset({K})) is IX
    assert fresh(IX, frozenset({IX, Index("i2", H)})) is Index("i3", H)
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


@given(
    st.lists(
        st.sampled_from([X, neg(X), Y, ONE, MINUS_ONE, ZERO, number(3), number(-2), neg(mul(X, Y)), add(X, Y)]), max_size=4
    )
)
def test_they_have_the_value_that_is_written(parts: list[Term]) -> None:
    from derive.floor.theory import Theory, Unknown

    theory = Theory(unknowns={"x": Unknown("x", True), "y": Unknown("y", True)})
    point = Point(values={("x", ()): number(3).value, ("y", ()): number("-2/7").value})
    plain_sum, plain_product = Add((ZERO, ZERO, *parts)), Mul((ONE, ONE, *parts))
    assert not differ(add(*parts), plain_sum, theory, point)
    assert not differ(mul(*parts), plain_product, theory, point)
    assert not differ(neg(mul(*parts)), Neg(plain_product), theory, point)


def test_every_field_that_holds_terms_is_among_the_children() -> None:
    """What is not is seen by nobody: an index in it would stay where its binder is opened."""
    plain = {"str", "int", "Level", "Fraction", "Place", "Relation", "tuple[int, ...]"}
    for kind in (kind for kind in t._Kind.every if not issubclass(kind, t.Binder)):
        for sort, (name, held) in zip(kind._sorts, kind._parts, strict=True):
            assert held or sort in plain, (kind, name)


def test_the_number_of_an_index_goes_where_the_index_goes() -> None:
    i, k = (t.Index(name, t.Size("n")) for name in "ik")
    total = t.Sum(i, (), t.Ordinal(i))
    assert t.free_indices(total) == frozenset()
    assert t.instance(total, k) is t.Ordinal(k)
    assert t.instance(total, t.number(3)) is t.number(3)
    assert t.alpha_equal(total, t.Sum(k, (), t.Ordinal(k)))
    for wrong in (t.affine(((1, i),), 1), t.scalar("x"), t.Size("n"), t.Comparison(i, "=", k)):
        with pytest.raises(ValueError, match="is no Apart"):
            t.Ordinal(wrong)

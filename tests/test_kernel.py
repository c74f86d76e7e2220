"""The kernel: one test for each inference figure, and one for each way in which it must fail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest

from derive.engine import evidence, rewriting
from derive.engine.factored import Forms
from derive.errors import KernelError
from derive.floor import calculus, kernel
from derive.floor.claims import weighed
from derive.floor.conditions import NONE, Condition, guarded, is_about_indices, merged_indices, opened_up, substituted
from derive.floor.definedness import around, defined_in
from derive.floor.discharge import no_search
from derive.floor.functions import TABLE
from derive.floor.kernel import Inference, Theorem
from derive.floor.laws import LAWS
from derive.floor.signs import Knowledge
from derive.floor.terms import (
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
    Local,
    Mul,
    Number,
    Place,
    Pow,
    Quantified,
    Size,
    Sum,
    Term,
    add,
    affine,
    alpha_equal,
    apply,
    children,
    div,
    local,
    mul,
    neg,
    number,
    opened,
    power,
    scalar,
)
from derive.floor.theory import Assumption, Definition, Theory, Unknown, UnknownFunction
from derive.language import read
from derive.language.conditions import write_condition

H, THREE = Size("H"), number(3)
IX, J, K, L3 = Index("i", H), Index("j", H), Index("k", H), Index("l", THREE)
O_FIXED = Fixed("o", H)
X, W, C, D, S, U = (scalar(name) for name in ("x", "w", "c", "d", "s", "u"))
POSITIVE = Comparison(X, ">", ZERO)


def z(index: Term) -> Entry:
    return Entry("Z", (index,))


def out(index: Term) -> Entry:
    return Entry("O", (index,))


THEORY = Theory(
    sizes={"H": 1},
    unknowns={
        "Z": Unknown("Z", True, (H,)),
        "A": Unknown("A", True, (H, H)),
        "v": Unknown("v", True, (THREE,)),
        "x": Unknown("x", True),
        "w": Unknown("w", True),
        "s": Unknown("s", True, (), ">"),
        "c": Unknown("c", False),
        "d": Unknown("d", False),
        "y": Unknown("y", False, (H,)),
    },
    definitions={
        "u": Definition("u", (), (), mul(X, W)),
        "O": Definition("O", (IX,), (), apply("exp", z(IX))),
        "E": Definition("E", (), (), mul(C, X)),
        "first": Definition("first", (), (), z(O_FIXED)),
    },
    indices={"o": O_FIXED},
    assumptions=(
        Assumption(1, Comparison(Sum(IX, (), Entry("y", (IX,))), "=", ONE)),
        Assumption(2, Comparison(z(IX), "=", Entry("y", (IX,)))),
        Assumption(3, Comparison(W, "!=", ZERO)),
    ),
)
NOTHING = replace(THEORY, assumptions=())
KNOWN = Knowledge(THEORY)
PLAIN = Knowledge(NOTHING)
APART = Knowledge(NOTHING, (), (Comparison(IX, "!=", K),))


def by_algebra(left: Term, right: Term, knowledge: Knowledge, using: tuple[Theorem, ...] = ()) -> Theorem:
    """The theorem by all laws."""
    found = rewriting.by_algebra(left, right, knowledge, using)
    if found is None:
        raise KernelError("no laws say so")
    return found


def positive(term: Term) -> Condition:
    return Condition(Comparison(term, ">", ZERO))


def nonzero(term: Term) -> Condition:
    return Condition(Comparison(term, "!=", ZERO))


def hypothesis(left: Term, relation: str, right: Term) -> Knowledge:
    return Knowledge(NOTHING, (Comparison(left, relation, right),))


def root(term: Term) -> Theorem:
    """term > 0 |- sqrt(term^2) = term"""
    found = by_algebra(apply("sqrt", power(term, TWO)), term, hypothesis(term, ">", ZERO))
    assert positive(term) in found.conditions
    return found


def cancelled() -> Theorem:
    """x != 0 |- x/x = 1"""
    return by_algebra(div(X, X), ONE, PLAIN)


# --- theorems --------------------------------------------------------------------------------------------------------


def test_only_the_kernel_makes_theorems() -> None:
    with pytest.raises(KernelError):
        Theorem(object(), ZERO, ONE, frozenset(), frozenset(), Inference("claim"), (), THEORY)


def test_a_theorem_cannot_be_changed() -> None:
    theorem = kernel.reflexivity(X, NOTHING)
    with pytest.raises(KernelError):
        theorem.right = ONE
    with pytest.raises(KernelError):
        del theorem.conditions


def test_a_theorem_is_about_what_is_declared() -> None:
    nowhere = Theory()
    for left in (X, Sum(IX, (), ONE), Call("f", (ONE,))):
        with pytest.raises(KernelError):
            kernel.reflexivity(left, nowhere)
    with pytest.raises(KernelError):
        kernel.by_rule("independence", Diff(W, X), Knowledge(nowhere))


def test_theorems_of_two_theories_are_not_joined() -> None:
    """u is x*w in one, and 1 in the other."""
    other = replace(NOTHING, definitions={"u": Definition("u", (), (), ONE)})
    here, there = kernel.definition(U, NOTHING), kernel.definition(U, other)
    with pytest.raises(KernelError):
        kernel.transitivity(kernel.symmetry(here), there)
    with pytest.raises(KernelError):
        kernel.congruence(add(U, X), {0: here, 1: kernel.reflexivity(X, other)})
    with pytest.raises(KernelError):
        kernel.ring(mul(X, W), ONE, NOTHING, using=(kernel.symmetry(here), there))
    with pytest.raises(KernelError):
        by_algebra(mul(X, W), ONE, PLAIN, (here, there))
    with pytest.raises(KernelError):
        kernel.cite(there, "t", NOTHING)
    with pytest.raises(KernelError):
        kernel.cases(U, ONE, POSITIVE, there, kernel.transitivity(here, kernel.symmetry(here)))


def test_a_theorem_is_cited_where_its_names_mean_the_same() -> None:
    more = replace(NOTHING, unknowns={**NOTHING.unknowns, "q": Unknown("q", True)}, assumptions=())
    theorem = kernel.cite(kernel.definition(U, NOTHING), "t", more)
    assert theorem.theory is more
    assert theorem.conditions == kernel.definition(U, NOTHING).conditions
    for changed in (
        replace(NOTHING, unknowns={**NOTHING.unknowns, "w": Unknown("w", False)}),
        replace(NOTHING, unknowns={**NOTHING.unknowns, "x": Unknown("x", True, (), ">")}),
        replace(NOTHING, definitions={"u": Definition("u", (), (), mul(W, X))}),
        Theory(),
    ):
        with pytest.raises(KernelError):
            kernel.cite(kernel.definition(U, NOTHING), "t", changed)
    other_letters = Definition("O", (K,), (), apply("exp", z(K)))
    renamed = replace(NOTHING, definitions={**NOTHING.definitions, "O": other_letters})
    assert kernel.cite(kernel.definition(out(J), NOTHING), "t", renamed).theory is renamed
    with pytest.raises(ValueError, match="not declared"):
        replace(NOTHING, definitions={"O": Definition("O", (K,), (), apply("exp", z(IX)))})
    deep = replace(NOTHING, definitions={**NOTHING.definitions, "E": Definition("E", (), (), U)})
    deeper = replace(deep, definitions={**deep.definitions, "u": Definition("u", (), (), ONE)})
    with pytest.raises(KernelError):
        kernel.cite(kernel.reflexivity(scalar("E"), deep), "t", deeper)
    sized = replace(NOTHING, sizes={"H": 2})
    with pytest.raises(KernelError):
        kernel.cite(kernel.reflexivity(z(K), NOTHING), "t", sized)


def test_what_is_declared_cannot_be_changed() -> None:
    for table in (THEORY.sizes, THEORY.unknowns, THEORY.definitions, THEORY.functions, THEORY.indices):
        with pytest.raises(TypeError):
            table["x"] = None  # type: ignore[index]
    declared = {"u": Definition("u", (), (), ONE)}
    theory = Theory(definitions=declared)
    declared["u"] = Definition("u", (), (), TWO)
    assert kernel.definition(U, theory).right is ONE
    with pytest.raises(AttributeError):
        theory.definitions = {}  # type: ignore[misc]


def test_nothing_can_be_hung_on_a_term() -> None:
    """What a term is remembered to be is out of reach: 1/y has no value at y = 0, whatever is written on it."""
    quotient = div(ONE, X)
    assert not hasattr(quotient, "__dict__")
    with pytest.raises(AttributeError):
        quotient._defined = frozenset()  # type: ignore[attr-defined]


def test_what_is_known_has_no_place_for_what_others_decide() -> None:
    known = Knowledge(NOTHING)
    assert not hasattr(known, "__dict__")
    with pytest.raises(AttributeError):
        known.hypotheses = (POSITIVE,)
    public = [name for name in Knowledge.__slots__ if not name.startswith("_")]
    assert not any(isinstance(getattr(known, name), dict | set | list) for name in public)


# --- what does not come through ---------------------------------------------------------------------------------------


def test_an_instance_is_made_where_the_theorem_belongs() -> None:
    """Elsewhere a variable may be called a constant."""
    other = replace(NOTHING, unknowns={**NOTHING.unknowns, "x": Unknown("x", False)}, definitions={})
    with pytest.raises(KernelError):
        kernel.instantiate(kernel.definition(U, NOTHING), {X: ZERO}, Knowledge(other))


def test_nothing_is_differentiated_by_a_constant() -> None:
    for by in (C, Entry("y", (K,)), scalar("q")):
        with pytest.raises(KernelError):
            kernel.reflexivity(Diff(mul(D, C), by), NOTHING)
    with pytest.raises(KernelError):
        kernel.instantiate(kernel.reflexivity(mul(C, D), NOTHING), {C: Diff(D, D)}, PLAIN)


def test_a_part_of_a_term_has_a_position() -> None:
    law = kernel.reflexivity(C, NOTHING)
    for position in (-2, -1, 3, 7):
        with pytest.raises(KernelError):
            kernel.congruence(If(POSITIVE, C, ZERO), {position: law})


def test_functions_of_arguments_have_no_derivative_in_their_bodies() -> None:
    with pytest.raises(ValueError, match="derivative"):
        Theory(definitions={"g": Definition("g", (), ("u",), Diff(mul(scalar("u"), X), X))})


def test_equations_are_read_once() -> None:
    """A generator has nothing left when the conditions are asked for."""
    zero = kernel.hypothesis(Comparison(X, "=", ZERO), NOTHING)
    assert kernel.ring(X, ZERO, NOTHING, using=(each for each in (zero,))).conditions >= zero.conditions  # type: ignore[arg-type]


class Changing(Mapping[Any, Any]):
    """A mapping with another answer each time that it is read."""

    def __init__(self, *answers: dict[Any, Any]) -> None:
        self._answers = answers
        self._read = 0

    def _next(self) -> dict[Any, Any]:
        answer = self._answers[min(self._read, len(self._answers) - 1)]
        self._read += 1
        return answer

    def __getitem__(self, key: Any) -> Any:
        return self._answers[min(self._read - 1, len(self._answers) - 1)][key]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._next())

    def __len__(self) -> int:
        return len(self._answers[0])


def test_parts_are_read_once() -> None:
    """The second time, when the conditions are asked for, another theorem about the part would answer."""
    zero = kernel.hypothesis(Comparison(X, "=", ZERO), NOTHING)
    parts = Changing({0: zero}, {0: kernel.reflexivity(X, NOTHING)})
    assert kernel.congruence(mul(X, D), parts).conditions >= zero.conditions


def test_what_is_instantiated_is_read_once() -> None:
    """The first time, when it is looked at, a constant is replaced by a constant."""
    law = kernel.reflexivity(mul(C, D), NOTHING)
    assert kernel.instantiate(law, Changing({C: D}, {C: X}), PLAIN).right is mul(D, D)


def test_what_the_search_remembers_is_not_what_the_kernel_believes() -> None:
    """What is known of x holds of w too, once x has been numbered under the key of w."""
    theory = Theory(unknowns={"x": Unknown("x", True), "w": Unknown("w", True)})
    zero = kernel.hypothesis(Comparison(X, "=", ZERO), theory)
    atoms = Forms().atoms
    assert atoms.written(X) is X
    atoms.number(atoms.plain.key(W), X)
    assert atoms.equal(W, ZERO, [(X, ZERO)])
    with pytest.raises(KernelError):
        kernel.ring(W, ZERO, theory, using=(zero,))


def test_a_bound_index_has_its_binder() -> None:
    loose = Sum.over("j", H, (), Entry("A", (Bound(0), Bound(1))))
    for term in (loose, z(Bound(0)), z(Quantified("∀0", H))):
        with pytest.raises(KernelError):
            kernel.reflexivity(term, NOTHING)
    with pytest.raises(KernelError):
        kernel.instantiate(kernel.reflexivity(z(IX), NOTHING), {IX: Quantified("∀0", H)}, PLAIN)


def test_an_opened_index_cannot_be_guessed() -> None:
    known, _ = opened(Sum(IX, (), z(IX)))
    forged = Local("i", H, Place())
    following, _ = opened(Sum(IX, (), z(IX)))
    assert len({known, forged, following}) == 3
    assert known.place.order < forged.place.order < following.place.order


def test_an_array_is_not_called() -> None:
    arrays = Theory(unknowns={}, definitions={"O": Definition("O", (Index("i", TWO),), (), Delta(Index("i", TWO), ONE))})
    with pytest.raises(KernelError):
        kernel.definition(Call("O", (ONE,)), arrays)


def test_an_index_runs_from_1_to_a_whole_number() -> None:
    for extent in (ZERO, number(-1), number("1/2"), X):
        with pytest.raises(ValueError, match="no Range"):
            Index("i", extent)
        with pytest.raises(ValueError, match="no Range"):
            Sum.over("i", extent, (), ONE)


def test_a_relation_is_one_of_four() -> None:
    for relation in ("<", "<=", "", "=="):
        with pytest.raises(ValueError, match="no Relation"):
            Comparison(X, relation, ZERO)


def test_what_looks_like_a_theorem_is_none() -> None:
    like = SimpleNamespace(left=ONE, right=ZERO, conditions=NONE, definitions=frozenset(), theory=NOTHING, oracles=frozenset())
    with pytest.raises(KernelError):
        kernel.symmetry(like)  # type: ignore[arg-type]

    class Lax(Knowledge):
        def apart(self, left: Term, right: Term) -> bool:
            return True

    with pytest.raises(KernelError):
        kernel.by_rule("independence", Diff(z(K), z(K)), Lax(NOTHING))


def test_a_definition_is_cited_where_its_sizes_mean_the_same() -> None:
    ranged = {"O": Definition("O", (IX,), (), ONE)}
    least, larger = Theory(sizes={"H": 1}, definitions=ranged), Theory(sizes={"H": 2}, definitions=ranged)
    with pytest.raises(KernelError):
        kernel.cite(kernel.reflexivity(Entry("O", (TWO,)), larger), "t", least)


# --- equality --------------------------------------------------------------------------------------------------------


def test_reflexivity() -> None:
    theorem = kernel.reflexivity(div(ONE, X), NOTHING)
    assert theorem.left is theorem.right is div(ONE, X)
    assert theorem.conditions == {nonzero(X)}, "both sides have a value"
    assert theorem.definitions == frozenset()


def test_symmetry() -> None:
    theorem = kernel.symmetry(root(X))
    assert theorem.left is X
    assert theorem.right is apply("sqrt", power(X, TWO))
    assert positive(X) in theorem.conditions


def test_symmetry_keeps_the_definitions() -> None:
    assert kernel.symmetry(kernel.definition(U, NOTHING)).definitions == {"u"}


def test_transitivity() -> None:
    first = by_algebra(mul(W, div(X, X)), W, PLAIN)
    second = by_algebra(W, mul(W, div(S, S)), PLAIN)
    theorem = kernel.transitivity(first, second)
    assert theorem.left is first.left
    assert theorem.right is second.right
    assert theorem.conditions == {nonzero(X), nonzero(S)}


def test_transitivity_keeps_what_only_the_middle_needs() -> None:
    one = cancelled()
    assert kernel.transitivity(kernel.symmetry(one), one).conditions == {nonzero(X)}, "|- 1 = 1, but only where x/x has a value"
    assert positive(X) in kernel.transitivity(root(X), kernel.reflexivity(X, NOTHING)).conditions, "of the first"
    same = kernel.reflexivity(X, NOTHING)
    assert positive(X) in kernel.transitivity(same, kernel.symmetry(root(X))).conditions, "of the second"
    outer = kernel.transitivity(kernel.definition(U, NOTHING), kernel.reflexivity(mul(X, W), NOTHING))
    assert outer.definitions == {"u"}
    assert kernel.transitivity(kernel.reflexivity(U, NOTHING), kernel.definition(U, NOTHING)).definitions == {"u"}


def test_transitivity_up_to_bound_names() -> None:
    first = kernel.reflexivity(Sum(IX, (), z(IX)), NOTHING)
    second = kernel.reflexivity(Sum(J, (), z(J)), NOTHING)
    assert kernel.transitivity(first, second).right is Sum(J, (), z(J))


def test_transitivity_fails_unless_the_middle_terms_agree() -> None:
    with pytest.raises(KernelError):
        kernel.transitivity(kernel.reflexivity(X, NOTHING), kernel.reflexivity(W, NOTHING))
    with pytest.raises(KernelError):
        kernel.transitivity(kernel.reflexivity(Sum(IX, (), ONE), NOTHING), kernel.reflexivity(Sum(L3, (), ONE), NOTHING))


def test_congruence() -> None:
    theorem = kernel.congruence(
        add(apply("sqrt", power(X, TWO)), div(W, W)), {0: root(X), 1: by_algebra(div(W, W), ONE, PLAIN)})
    assert theorem.right is Add((X, ONE))
    assert {positive(X), nonzero(W)} <= theorem.conditions


def test_congruence_keeps_the_definitions() -> None:
    assert kernel.congruence(add(U, ONE), {0: kernel.definition(U, NOTHING)}).definitions == {"u"}


def test_congruence_under_a_binder() -> None:
    term = Sum(K, (), apply("sqrt", power(z(K), TWO)))
    theorem = kernel.congruence(term, {0: root(z(K))})
    assert theorem.right is Sum(K, (), z(K))
    assert Condition(Comparison(z(K), ">", ZERO), frozenset({K})) in theorem.conditions, "for all k"


def test_congruence_under_a_binder_with_an_excluded_index() -> None:
    term = Sum(K, (IX,), apply("sqrt", power(z(K), TWO)))
    theorem = kernel.congruence(term, {1: root(z(K))})
    (condition,) = (c for c in theorem.conditions if c.claim.relation == ">")
    assert condition == Condition(Comparison(z(K), ">", ZERO), frozenset({K}), frozenset({Comparison(K, "!=", IX)}))


def test_congruence_in_a_choice() -> None:
    for position, relation in ((1, "="), (2, "!=")):
        parts: list[Term] = [ZERO, ZERO]
        parts[position - 1] = apply("sqrt", power(X, TWO))
        term = If(Comparison(IX, "=", K), *parts)
        theorem = kernel.congruence(term, {position: root(X)})
        (condition,) = (c for c in theorem.conditions if c.claim.relation == ">")
        assert condition.guards == {Comparison(IX, relation, K)}


def test_a_guard_is_about_a_free_index_only() -> None:
    """if(i = k, sum(f[i], i), 0): the i of the sum is not the one of the choice."""
    inside = kernel.congruence(Sum(IX, (), apply("sqrt", power(z(IX), TWO))), {0: root(z(IX))})
    theorem = kernel.congruence(If(Comparison(IX, "=", K), inside.left, ZERO), {1: inside})
    (condition,) = (c for c in theorem.conditions if c.claim.relation == ">")
    (bound,) = condition.bound
    (guard,) = condition.guards
    assert guard is Comparison(IX, "=", K)
    assert bound is not IX, "the bound index makes way"
    assert condition.claim is Comparison(z(bound), ">", ZERO)


def test_an_exclusion_is_about_a_free_index_only() -> None:
    """sum(sum(f[i, e], e), i != e): the e of the inner sum is not the one that is left out."""
    entry = Entry("A", (IX, J))
    inner = kernel.congruence(Sum(J, (), apply("sqrt", power(entry, TWO))), {0: root(entry)})
    theorem = kernel.congruence(Sum(IX, (J,), inner.left), {1: inner})
    (condition,) = (c for c in theorem.conditions if c.claim.relation == ">")
    inside = Index("e", H)
    claim = Comparison(Entry("A", (IX, inside)), ">", ZERO)
    assert condition == Condition(claim, frozenset({IX, inside}), frozenset({Comparison(IX, "!=", J)}))
    assert len(condition.bound) == 2


def test_substitution_reaches_the_guards_of_a_condition() -> None:
    condition = Condition(Comparison(z(IX), ">", ZERO), frozenset({IX}), frozenset({Comparison(IX, "!=", K)}))
    expected = Condition(Comparison(z(J), ">", ZERO), frozenset({J}), frozenset({Comparison(J, "!=", IX)}))
    assert substituted(condition, {K: IX}) == expected


def test_the_claim_of_a_condition_is_not_used_outside_of_it() -> None:
    condition = Condition(Comparison(z(IX), ">", ZERO), frozenset({IX}))
    with pytest.raises(ValueError, match="open it first"):
        Condition(condition.claim)
    here, (index,) = opened_up(condition)
    assert here.claim is Comparison(z(index), ">", ZERO)


def test_a_condition_for_all_is_not_dropped_by_a_guard() -> None:
    apart = kernel.by_rule("independence", Diff(z(IX), z(K)), APART)
    assert apart is not None
    everywhere = kernel.congruence(Sum(IX, (), Diff(z(IX), z(K))), {0: apart})
    assert Condition(Comparison(IX, "!=", K), frozenset({IX})) in everywhere.conditions
    chosen = kernel.congruence(If(Comparison(IX, "=", K), ZERO, everywhere.left), {2: everywhere})
    assert any(c.claim is Comparison(IX, "!=", K) or c.bound for c in chosen.conditions if is_about_indices(c.claim))


def test_congruence_inside_a_derivative() -> None:
    theorem = kernel.congruence(Diff(apply("sqrt", power(X, TWO)), X), {0: root(X)})
    assert theorem.right is Diff(X, X)
    assert positive(X) in theorem.conditions


def test_inside_a_derivative_conditions_are_open() -> None:
    inside = by_algebra(power(apply("sqrt", X), TWO), X, PLAIN)
    assert Condition(Comparison(X, ">=", ZERO)) in inside.conditions
    theorem = kernel.congruence(Diff(power(apply("sqrt", X), TWO), X), {0: inside})
    assert positive(X) in theorem.conditions
    assert not any(c.claim.relation == ">=" for c in theorem.conditions)


def test_congruence_fails_unless_the_theorem_is_about_the_part() -> None:
    with pytest.raises(KernelError):
        kernel.congruence(add(X, W), {0: kernel.reflexivity(W, NOTHING)})


def test_congruence_fails_for_an_equality_inside_a_derivative() -> None:
    three = kernel.hypothesis(Comparison(X, "=", number(3)), NOTHING)
    with pytest.raises(KernelError):
        kernel.congruence(Diff(X, X), {0: three})
    square = kernel.congruence(Pow(X, TWO), {0: three})
    with pytest.raises(KernelError):
        kernel.congruence(Diff(Pow(X, TWO), X), {0: square})
    other = kernel.congruence(Diff(X, W), {0: three})
    assert other.right is Diff(number(3), W), "it does not depend on w"


def test_congruence_fails_for_an_equality_that_depends_on_the_variable_through_a_definition() -> None:
    with pytest.raises(KernelError):
        kernel.congruence(Diff(U, X), {0: kernel.hypothesis(Comparison(U, "=", number(3)), NOTHING)})


def test_congruence_fails_for_the_definition_of_the_variable() -> None:
    with pytest.raises(KernelError):
        kernel.congruence(Diff(U, U), {0: kernel.definition(U, NOTHING)})
    with pytest.raises(KernelError):
        kernel.congruence(Diff(out(IX), out(K)), {0: kernel.definition(out(IX), NOTHING)})
    assert kernel.congruence(Diff(U, X), {0: kernel.definition(U, NOTHING)}).right is Diff(mul(X, W), X)


def test_congruence_fails_for_indices_relations_and_variables() -> None:
    with pytest.raises(KernelError):
        kernel.congruence(z(IX), {0: kernel.reflexivity(IX, NOTHING)})
    with pytest.raises(KernelError):
        kernel.congruence(Sum(IX, (K,), z(IX)), {0: kernel.reflexivity(K, NOTHING)})
    with pytest.raises(KernelError):
        kernel.congruence(Diff(X, X), {1: kernel.reflexivity(X, NOTHING)})
    choice = If(Comparison(X, ">", ZERO), X, ZERO)
    with pytest.raises(KernelError):
        kernel.congruence(choice, {0: kernel.reflexivity(choice.condition, NOTHING)})


# --- declarations ----------------------------------------------------------------------------------------------------


def test_definition() -> None:
    theorem = kernel.definition(out(K), NOTHING)
    assert theorem.right is apply("exp", z(K))
    assert theorem.definitions == {"O"}


def test_definition_fails_unless_the_name_is_defined() -> None:
    with pytest.raises(KernelError):
        kernel.definition(X, NOTHING)


def assumption(number: int) -> Theorem:
    """The assumption of that number, for all values of its indices."""
    claim = THEORY.assumptions[number - 1].claim
    return kernel.hypothesis(claim, THEORY, THEORY.universal(claim))


def test_assumption() -> None:
    theorem = assumption(1)
    assert theorem.right is ONE
    assert any(c.claim is THEORY.assumptions[0].claim for c in theorem.conditions), "it rests on itself"
    each = assumption(2)
    assert Condition(THEORY.assumptions[1].claim, frozenset({IX})) in each.conditions, "for all i"


def test_assumption_fails_for_an_inequality() -> None:
    with pytest.raises(KernelError):
        assumption(3)


def test_hypothesis() -> None:
    claim = Comparison(z(K), "=", ONE)
    theorem = kernel.hypothesis(claim, NOTHING)
    assert (theorem.left, theorem.right) == (z(K), ONE)
    assert Condition(claim) in theorem.conditions
    with pytest.raises(KernelError):
        kernel.hypothesis(Comparison(z(K), ">", ZERO), NOTHING)
    with pytest.raises(KernelError):
        kernel.hypothesis(Comparison(IX, "=", K), NOTHING)


# --- rules and the normal form ---------------------------------------------------------------------------------------


def test_by_rule() -> None:
    theorem = kernel.by_rule("function", Diff(apply("ln", X), X), PLAIN)
    assert theorem is not None
    assert theorem.right is mul(div(ONE, X), Diff(X, X))
    assert positive(X) in theorem.conditions
    assert theorem.inference == ("by_rule", ("function", theorem.left, PLAIN, frozenset()), "")


def test_told() -> None:
    theorem = cancelled()
    told = kernel.told(theorem, "cancel")
    assert (told.left, told.right, told.conditions) == (theorem.left, ONE, theorem.conditions)
    assert told.inference == ("told", (), "cancel")
    assert told.premises == (theorem,)
    unfolded = kernel.told(kernel.definition(U, NOTHING), "definition(u)")
    assert unfolded.definitions == {"u"}
    with pytest.raises(KernelError):
        kernel.congruence(Diff(U, U), {0: unfolded})


def test_the_chain_rule_counts_each_way_once() -> None:
    """u is x*w. Named twice it is one way; what does not go by it is none."""
    theorem = kernel.by_rule("chain", Diff(power(U, TWO), X), PLAIN, ("u", "u"))
    assert theorem is not None
    assert theorem.right is mul(Diff(power(U, TWO), U), Diff(U, X))
    assert theorem.inference.data[3] == {"u"}
    assert kernel.by_rule("chain", Diff(mul(U, X), X), PLAIN, ("u",)) is None
    assert kernel.by_rule("chain", Diff(power(U, TWO), X), PLAIN, ("x",)) is None
    assert kernel.by_rule("chain", Diff(power(U, TWO), X), PLAIN) is None


def test_by_rule_keeps_the_relations_that_it_used() -> None:
    theorem = kernel.by_rule("independence", Diff(z(IX), z(K)), APART)
    assert theorem is not None
    assert theorem.right is ZERO
    assert Condition(Comparison(IX, "!=", K)) in theorem.conditions


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("independence", mul(z(IX), z(K))),
        ("power", power(z(K), z(IX))),
    ],
)
def test_what_is_fixed_only_where_indices_differ_says_so(name: str, body: Term) -> None:
    apart = Comparison(IX, "!=", K)
    theorem = kernel.by_rule(name, Diff(body, z(K)), APART)
    assert theorem is not None
    assert Condition(apart) in theorem.conditions
    anywhere = kernel.by_rule(name, Diff(body, z(K)), PLAIN)
    assert anywhere is None or anywhere.right is not theorem.right


def test_by_rule_is_none_where_the_rule_does_not_apply() -> None:
    assert kernel.by_rule("function", Diff(X, X), PLAIN) is None


def test_by_rule_fails_unless_the_rule_is_one_of_calculus() -> None:
    with pytest.raises(KernelError):
        kernel.by_rule("cancel", Diff(X, X), PLAIN)
    with pytest.raises(KernelError):
        kernel.by_rule("sum", add(X, W), PLAIN)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        calculus.RULES["forged"] = lambda term, scope: (ONE, frozenset())  # type: ignore[index]


def test_by_algebra() -> None:
    theorem = by_algebra(Pow(add(X, W), TWO), add(power(X, TWO), mul(TWO, X, W), power(W, TWO)), PLAIN)
    assert theorem.conditions == frozenset()
    assert cancelled().conditions == {nonzero(X)}


def test_by_algebra_keeps_the_signs_that_it_used() -> None:
    assert positive(S) in by_algebra(apply("sqrt", power(S, TWO)), S, PLAIN).conditions
    inside = add(mul(power(S, TWO), power(X, TWO)), power(S, TWO))
    outside = mul(S, apply("sqrt", add(power(X, TWO), ONE)))
    assert positive(S) in by_algebra(apply("sqrt", inside), outside, PLAIN).conditions
    with pytest.raises(KernelError):
        by_algebra(apply("sqrt", power(X, TWO)), X, PLAIN)


def test_by_algebra_with_equations() -> None:
    one = assumption(1)
    total = Sum(J, (), Entry("y", (J,)))
    theorem = by_algebra(mul(X, total), X, KNOWN, (one,))
    assert one.conditions <= theorem.conditions or any(c.claim.relation == "=" for c in theorem.conditions)
    unused = by_algebra(add(X, X), mul(TWO, X), KNOWN, (one,))
    assert unused.conditions == frozenset(), "what is not used is not listed"


def test_by_algebra_uses_an_equation_at_other_indices_for_all_of_them() -> None:
    """A theorem for i != k, used at j: its condition is then asked for all indices, which nobody can show."""
    apart = kernel.by_rule("independence", Diff(z(IX), z(K)), APART)
    assert apart is not None
    try:
        theorem = by_algebra(Diff(z(K), z(K)), ZERO, PLAIN, (apart,))
    except KernelError:
        return
    assert not all(evidence.shown(c, PLAIN) for c in theorem.conditions)


def test_by_algebra_does_not_use_a_hypothesis_about_one_index_for_another() -> None:
    one = kernel.hypothesis(Comparison(z(K), "=", ONE), NOTHING)
    assert by_algebra(add(z(K), X), add(ONE, X), PLAIN, (one,)).conditions
    with pytest.raises(KernelError):
        by_algebra(add(z(IX), X), add(ONE, X), PLAIN, (one,))
    under = by_algebra(Sum(K, (), z(K)), H, PLAIN, (one,)).conditions
    assert [condition.bound for condition in under] != [frozenset()], "it must hold of all of them"
    assert evidence.remaining(under, hypothesis(z(K), "=", ONE))


def test_by_algebra_uses_no_equation_inside_a_derivative() -> None:
    three = kernel.hypothesis(Comparison(X, "=", number(3)), NOTHING)
    with pytest.raises(KernelError):
        by_algebra(Diff(Pow(X, TWO), X), Diff(number(9), X), PLAIN, (three,))


def test_by_algebra_fails_where_the_forms_differ_or_are_undefined() -> None:
    with pytest.raises(KernelError):
        by_algebra(X, W, PLAIN)
    with pytest.raises(KernelError):
        by_algebra(div(X, ZERO), div(X, ZERO), PLAIN)
    nowhere = by_algebra(Mul((ZERO, apply("ln", ZERO))), ZERO, PLAIN)
    assert evidence.remaining(nowhere.conditions, PLAIN), "where 0 > 0"


# --- instances -------------------------------------------------------------------------------------------------------


def jacobian() -> Theorem:
    found = kernel.by_rule("variable", Diff(z(IX), z(K)), PLAIN)
    assert found is not None
    return found


def test_instantiate() -> None:
    theorem = kernel.instantiate(jacobian(), {IX: J}, PLAIN)
    assert theorem.left is Diff(z(J), z(K))
    assert theorem.right is Delta(J, K)
    assert kernel.instantiate(jacobian(), {IX: ONE}, PLAIN).right is Delta(ONE, K)


def test_instantiate_moves_the_conditions_along() -> None:
    theorem = kernel.instantiate(root(z(IX)), {IX: K}, PLAIN)
    assert positive(z(K)) in theorem.conditions
    assert positive(z(IX)) not in theorem.conditions
    apart = kernel.by_rule("independence", Diff(z(IX), z(K)), APART)
    assert apart is not None
    merged = kernel.instantiate(apart, {IX: K}, PLAIN)
    assert Condition(Comparison(K, "!=", K)) in merged.conditions
    assert not evidence.shown(Condition(Comparison(K, "!=", K)), PLAIN)


def test_indices_that_guards_make_one_are_one() -> None:
    """However the guards come, and however many there are: they are a set."""
    first, second, third = (local(letter, H) for letter in "abc")
    equal = frozenset((Comparison(first, "=", second), Comparison(second, "=", third)))
    claim = Comparison(z(first), ">", ZERO)
    apart = Condition(claim, guards=equal | {Comparison(first, "!=", third)})
    assert evidence.shown(apart, PLAIN)
    assert not evidence.shown(Condition(claim, guards=equal), PLAIN)
    assert merged_indices(equal) == merged_indices([*equal][::-1]) == {first: third, second: third}


def test_instantiate_constants() -> None:
    theorem = kernel.instantiate(root(C), {C: D}, PLAIN)
    assert theorem.right is D
    assert positive(D) in theorem.conditions
    assert kernel.instantiate(root(C), {C: number(2)}, PLAIN).right is TWO


def test_instantiate_fails_for_a_number_that_may_be_out_of_range() -> None:
    for wrong in (ZERO, TWO, number("1/2"), number(-1)):
        with pytest.raises(KernelError):
            kernel.instantiate(jacobian(), {IX: wrong}, PLAIN)
    small = Entry("v", (L3,))
    assert kernel.instantiate(kernel.reflexivity(small, NOTHING), {L3: THREE}, PLAIN).left is Entry("v", (THREE,))
    with pytest.raises(KernelError):
        kernel.instantiate(kernel.reflexivity(small, NOTHING), {L3: number(4)}, PLAIN)


def test_instantiate_does_not_take_a_least_size_from_a_hypothesis_for_nothing() -> None:
    given = Knowledge(NOTHING, (Comparison(H, ">=", TWO),))
    try:
        theorem = kernel.instantiate(jacobian(), {IX: TWO}, given)
    except KernelError:
        return
    assert any(c.claim.left is H for c in theorem.conditions), "that H is at least 2 must be recorded"


def test_instantiate_fails_for_another_range() -> None:
    with pytest.raises(KernelError):
        kernel.instantiate(jacobian(), {IX: L3}, PLAIN)
    with pytest.raises(KernelError):
        kernel.instantiate(jacobian(), {IX: X}, PLAIN)


def test_instantiate_fails_for_variables() -> None:
    with pytest.raises(KernelError):
        kernel.instantiate(kernel.reflexivity(add(X, ONE), NOTHING), {X: number(3)}, PLAIN)


def test_instantiate_fails_for_a_constant_that_would_vary() -> None:
    for varying in (X, U, z(IX), out(K), Apply("exp", (W,))):
        with pytest.raises(KernelError):
            kernel.instantiate(root(C), {C: varying}, PLAIN)


def test_instantiate_fails_where_a_definition_used_mentions_the_constant() -> None:
    with pytest.raises(KernelError):
        kernel.instantiate(kernel.definition(scalar("E"), NOTHING), {C: TWO}, PLAIN)


def test_instantiate_fails_for_a_fixed_index() -> None:
    theorem = kernel.symmetry(kernel.definition(scalar("first"), NOTHING))
    assert theorem.left is z(O_FIXED)
    with pytest.raises(KernelError):
        kernel.instantiate(theorem, {O_FIXED: K}, PLAIN)


def test_by_algebra_does_not_take_a_fixed_index_for_any() -> None:
    theorem = kernel.symmetry(kernel.definition(scalar("first"), NOTHING))
    with pytest.raises(KernelError):
        by_algebra(Sum(IX, (), z(IX)), mul(H, scalar("first")), PLAIN, (theorem,))
    with pytest.raises(KernelError):
        by_algebra(z(K), scalar("first"), PLAIN, (theorem,))


# --- cases -----------------------------------------------------------------------------------------------------------


def case_theorems() -> tuple[Term, Term, Theorem, Theorem]:
    """diff(Z[i], Z[k]) = if(i = k, 1, 0), by its two cases."""
    left, right = Diff(z(IX), z(K)), If(Comparison(IX, "=", K), ONE, ZERO)
    same = If(Comparison(K, "=", K), ONE, ZERO)
    same_index = kernel.by_rule("variable", Diff(z(K), z(K)), PLAIN)
    assert same_index is not None
    here = kernel.transitivity(same_index, kernel.over_range("delta", Delta(K, K), NOTHING))
    equal = kernel.transitivity(here, by_algebra(ONE, same, PLAIN))
    there = kernel.by_rule("independence", left, APART)
    assert there is not None
    apart = Knowledge(NOTHING, (), (Comparison(IX, "!=", K),))
    different = kernel.transitivity(there, by_algebra(ZERO, right, apart))
    return left, right, equal, different


def test_cases() -> None:
    left, right, equal, different = case_theorems()
    theorem = kernel.cases(left, right, Comparison(IX, "=", K), equal, different)
    assert (theorem.left, theorem.right) == (left, right)
    assert theorem.conditions == frozenset()


def test_cases_keeps_conditions_where_they_are_needed() -> None:
    term, one = mul(Delta(IX, K), div(X, X)), Delta(IX, K)
    equal = by_algebra(mul(Delta(K, K), div(X, X)), Delta(K, K), PLAIN)
    different = by_algebra(term, one, PLAIN)
    theorem = kernel.cases(term, one, Comparison(IX, "=", K), equal, different)
    assert any(c.claim is Comparison(X, "!=", ZERO) for c in theorem.conditions)


def test_cases_does_not_bind_the_index_of_the_case() -> None:
    """In the case i = k a condition for all i stays one for all i."""
    inside = kernel.congruence(Sum(IX, (), apply("sqrt", power(z(IX), TWO))), {0: root(z(IX))})
    theorem = kernel.cases(inside.left, inside.right, Comparison(IX, "=", K), inside, inside)
    for condition in theorem.conditions:
        if condition.claim.relation == ">":
            assert not any(set(condition.bound) & {g.left, g.right} for g in condition.guards)
    known = Knowledge(NOTHING, (Comparison(z(K), ">", ZERO),))
    assert not all(evidence.shown(c, known) for c in theorem.conditions)


def test_cases_keeps_a_condition_that_all_indices_differ_from_one() -> None:
    """`k != i for all i` is more than the case says, and never holds."""
    i, k = IX, K
    apart = Knowledge(NOTHING, (), (Comparison(k, "!=", i),))
    body = by_algebra(Delta(k, i), ZERO, apart)
    term = Sum(i, (), Delta(k, i))
    wrong = kernel.congruence(term, {0: body})
    assert any(c.bound for c in wrong.conditions)
    theorem = kernel.cases(wrong.left, wrong.right, Comparison(i, "=", k), wrong, wrong)
    assert any(c.bound and Comparison(i, "!=", k) in c.guards for c in theorem.conditions)
    here = Knowledge(NOTHING, (), (Comparison(i, "!=", k),))
    assert not all(evidence.shown(condition, here) for condition in theorem.conditions)


def test_what_shows_a_condition_is_shown_itself() -> None:
    """The sum without k is taken for the whole less the term at k, and each of them must have a value."""
    inverse = [div(ONE, z(i)) for i in (IX, K)]
    claim = Comparison(add(Sum(IX, (K,), inverse[0]), inverse[1], neg(Sum(IX, (), inverse[0])), ONE), ">", ZERO)
    at_k = Knowledge(NOTHING, (Comparison(z(K), "!=", ZERO),))
    assert not evidence.shown(Condition(claim), PLAIN)
    assert not evidence.shown(Condition(claim), at_k), "there are others"
    nonzero = Theory(NOTHING.sizes, {**NOTHING.unknowns, "Z": replace(NOTHING.unknowns["Z"], relation="!=")})
    assert evidence.shown(Condition(claim), Knowledge(nonzero))


def test_cases_needs_both() -> None:
    left, right, equal, different = case_theorems()
    other = kernel.reflexivity(X, NOTHING)
    with pytest.raises(KernelError):
        kernel.cases(left, right, Comparison(IX, "=", K), other, different)
    with pytest.raises(KernelError):
        kernel.cases(left, right, Comparison(IX, "=", K), equal, other)
    with pytest.raises(KernelError):
        kernel.cases(left, ZERO, Comparison(IX, "=", K), equal, different)
    half = kernel.by_rule("independence", left, APART)
    assert half is not None
    with pytest.raises(KernelError):
        kernel.cases(left, ZERO, Comparison(IX, "=", K), half, half)


def test_cases_fails_for_different_ranges() -> None:
    left, right, equal, different = case_theorems()
    with pytest.raises(KernelError):
        kernel.cases(left, right, Comparison(IX, "=", L3), equal, different)
    with pytest.raises(KernelError):
        kernel.cases(left, right, Comparison(IX, "=", ONE), equal, different)
    same = kernel.reflexivity(ONE, NOTHING)
    with pytest.raises(KernelError):
        kernel.cases(ONE, ONE, Comparison(IX, "=", L3), same, same)


def value_theorems() -> tuple[Term, Term, tuple[Theorem, ...]]:
    """sum(delta(l, m)*l-th entry …): v[l] = v[1]*delta(l, 1) + v[2]*delta(l, 2) + v[3]*delta(l, 3), value by value."""
    left: Term = Entry("v", (L3,))
    right = add(*(mul(Entry("v", (number(n),)), Delta(L3, number(n))) for n in (1, 2, 3)))
    found = []
    for n in (1, 2, 3):
        here = by_algebra(
            Entry("v", (number(n),)),
            add(*(Mul((Entry("v", (number(m),)), Delta(number(n), number(m)))) for m in (1, 2, 3))),
            PLAIN,
        )
        found.append(here)
    return left, right, tuple(found)


def test_either_way() -> None:
    """max(x, 0)/x by the sign of x: each theorem is needed, and its conditions, on its own side only."""
    left, right = div(apply("max", X, ZERO), X), If(POSITIVE, ONE, ZERO)
    where = by_algebra(left, right, PLAIN.where(POSITIVE))
    elsewhere = by_algebra(left, right, PLAIN.where(Comparison(ZERO, ">=", X)))
    theorem = kernel.cases(left, right, POSITIVE, where, elsewhere)
    assert (theorem.left, theorem.right) == (left, right)
    assert {c.claim for c in evidence.remaining(theorem.conditions, PLAIN)} == {Comparison(X, "!=", ZERO)}


def test_either_way_keeps_the_conditions_and_definitions_of_both() -> None:
    by_definition = kernel.definition(U, NOTHING)
    claim = Comparison(U, "=", by_definition.right)
    by_hypothesis = kernel.hypothesis(claim, NOTHING)
    sides = by_definition.left, by_definition.right
    theorem = kernel.cases(*sides, POSITIVE, by_definition, by_hypothesis)
    assert Condition(claim, frozenset(), frozenset((Comparison(ZERO, ">=", X),))) in theorem.conditions
    assert theorem.definitions == {"u"}
    theorem = kernel.cases(*sides, POSITIVE, by_hypothesis, by_definition)
    assert Condition(claim, frozenset(), frozenset((POSITIVE,))) in theorem.conditions
    assert theorem.definitions == {"u"}


def test_either_way_needs_the_relation_to_have_a_value() -> None:
    claim = Comparison(div(ONE, X), ">", ZERO)
    theorem = kernel.cases(C, C, claim, kernel.reflexivity(C, NOTHING), kernel.reflexivity(C, NOTHING))
    assert Condition(Comparison(X, "!=", ZERO)) in theorem.conditions


def test_either_way_fails_unless_both_are_about_the_sides() -> None:
    same, other = kernel.reflexivity(C, NOTHING), kernel.reflexivity(D, NOTHING)
    for where, elsewhere in ((same, other), (other, same)):
        with pytest.raises(KernelError):
            kernel.cases(C, C, POSITIVE, where, elsewhere)
    with pytest.raises(KernelError):
        kernel.cases(C, D, POSITIVE, same, same)
    with pytest.raises(KernelError):
        kernel.cases(C, C, Comparison(IX, "!=", K), same, same)


def test_a_case_is_about_what_is_declared() -> None:
    same = kernel.reflexivity(C, NOTHING)
    nowhere = Comparison(scalar("nowhere"), ">", ZERO)
    elsewhere = Comparison(Index("i", Size("nowhere")), "=", Index("k", Size("nowhere")))
    for claim in (nowhere, elsewhere):
        with pytest.raises(KernelError):
            kernel.cases(C, C, claim, same, same)
        with pytest.raises(KernelError):
            kernel.hypothesis(claim, NOTHING)


def test_every_value() -> None:
    left, right, theorems = value_theorems()
    theorem = kernel.every_value(left, right, L3, theorems, NOTHING)
    assert (theorem.left, theorem.right) == (left, right)
    assert theorem.conditions == frozenset()


def test_every_value_fails_where_one_is_missing_or_wrong() -> None:
    left, right, theorems = value_theorems()
    with pytest.raises(KernelError):
        kernel.every_value(left, right, L3, theorems[:2], NOTHING)
    with pytest.raises(KernelError):
        kernel.every_value(left, right, L3, (*theorems, theorems[0]), NOTHING)
    with pytest.raises(KernelError):
        kernel.every_value(left, right, L3, (theorems[0], theorems[0], theorems[2]), NOTHING)
    with pytest.raises(KernelError):
        kernel.every_value(left, ZERO, L3, theorems, NOTHING)
    with pytest.raises(KernelError):
        kernel.every_value(z(IX), z(IX), IX, (kernel.reflexivity(z(ONE), NOTHING),), NOTHING)


# --- conditions ------------------------------------------------------------------------------------------------------


def test_what_the_declarations_show_is_not_left() -> None:
    conditions = frozenset((positive(S), nonzero(S), positive(X), nonzero(apply("exp", X))))
    assert evidence.remaining(conditions, PLAIN) == {positive(X)}


def test_what_is_given_is_not_left() -> None:
    known = Knowledge(NOTHING, (Comparison(X, ">", ZERO),), (Comparison(IX, "!=", K),))
    conditions = frozenset((positive(X), positive(W), Condition(Comparison(IX, "!=", K)), Condition(Comparison(IX, "!=", J))))
    assert evidence.remaining(conditions, known) == {positive(W), Condition(Comparison(IX, "!=", J))}


def test_assumptions_show_themselves() -> None:
    for theorem in (assumption(1), assumption(2)):
        assert evidence.remaining(theorem.conditions, KNOWN) == frozenset()
        assert evidence.remaining(theorem.conditions, PLAIN) == theorem.conditions


def test_a_hypothesis_about_one_index_shows_nothing_of_all() -> None:
    known = hypothesis(z(K), ">", ZERO)
    assert evidence.shown(positive(z(K)), known)
    assert not evidence.shown(positive(z(IX)), known)
    assert not evidence.shown(Condition(Comparison(z(K), ">", ZERO), frozenset({K})), known)
    assert not evidence.shown(Condition(Comparison(z(IX), ">", ZERO), frozenset({IX})), known)
    assert not evidence.shown(positive(Sum(K, (), z(K))), known), "the k of the sum is another"
    assert not evidence.shown(positive(add(Sum(K, (), z(K)), power(X, TWO))), known)
    one = hypothesis(z(K), "=", ONE)
    assert evidence.shown(Condition(Comparison(z(K), "=", ONE)), one)
    assert not evidence.shown(Condition(Comparison(z(K), "=", ONE), frozenset({K})), one)


def test_relations_of_indices_are_about_these_indices() -> None:
    apart = Knowledge(NOTHING, (), (Comparison(IX, "!=", K),))
    claim = Comparison(IX, "!=", K)
    assert evidence.shown(Condition(claim), apart)
    assert not evidence.shown(Condition(claim, frozenset({IX})), apart)
    assert not evidence.shown(Condition(claim, frozenset({IX, K})), apart)
    assert evidence.shown(Condition(claim, frozenset({IX}), frozenset({claim})), apart), "for all i != k, i != k"


def test_a_guard_helps() -> None:
    guarded = Condition(Comparison(X, ">", ZERO), frozenset(), frozenset({Comparison(X, ">", ZERO)}))
    assert evidence.shown(guarded, PLAIN)
    merged = Condition(Comparison(z(IX), ">", ZERO), frozenset(), frozenset({Comparison(IX, "=", K)}))
    assert evidence.shown(merged, hypothesis(z(K), ">", ZERO))
    assert not evidence.shown(replace(merged, guards=frozenset({Comparison(IX, "!=", K)})), hypothesis(z(K), ">", ZERO))


def test_unfolding_leaves_derivatives_alone() -> None:
    assert kernel.unfolded(add(U, ONE), NOTHING) is Add((mul(X, W), ONE))
    assert kernel.unfolded(Diff(U, U), NOTHING) is Diff(U, U)
    inside = kernel.unfolded(Sum(K, (), out(K)), NOTHING)
    assert alpha_equal(inside, Sum(J, (), apply("exp", z(J))))
    assert kernel.unfolded(neg(Div(U, X)), NOTHING) is neg(Div(mul(X, W), X))


def test_an_equation_about_a_declared_index_is_not_used_under_a_binder_of_its_name() -> None:
    n = Size("n")
    s, bound = Fixed("s", n), Index("s", n)
    theory = Theory(sizes={"n": 1}, unknowns={"x": Unknown("x", True, (n,))}, indices={"s": s})
    about_s = kernel.reflexivity(Entry("x", (s,)), theory)
    with pytest.raises(KernelError):
        kernel.congruence(Sum(bound, (), Entry("x", (bound,))), {0: about_s})
    with pytest.raises(ValueError, match="cannot be bound"):
        Sum(s, (), Entry("x", (s,)))
    with pytest.raises(TypeError, match="no Fixed of that name"):
        Theory(indices={"s": bound})  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("theorem t: diff((x^2)^(1/4), x) = 0", "x^2 > 0"),
        ("define v = (x^2)^(1/4) theorem t: diff(v, x) = 0", "x^2 > 0"),
        ("define v = x^(3/2) theorem t: diff(x*v, x) = 0", "x > 0"),
        ("define v = if(x = 0, 0, 1/x) theorem t: diff(x^2*v, x) = 0", "x != 0"),
        ("define v = abs(y) theorem t: diff(x*v, x) = 0", None),
    ],
)
def test_where_a_derivative_exists(text: str, asked: str | None) -> None:
    """Seen through names; what does not move may be at a kink or at the end of where it has a value."""
    claim = read(f"variable x, y {text}").statements[0]
    found = {write_condition(condition) for condition in defined_in(claim.sides[0], claim.theory)}
    assert found == set() if asked is None else asked in found


JUMPS = read(
    "size n variable x, y, z[n] constant c define s = if(x = 0, 1, 0) define j[i: n] = if(z[i] = 0, 1, 0) theorem t: x = x"
).statements[0].theory
N = Size("n")
PLACE, FIRST = Index("i", N), Entry("z", (number(1),))


@pytest.mark.parametrize(
    ("condition", "by", "asked"),
    [
        (Condition(Comparison(X, ">", C)), X, {"x > c"}),
        (Condition(Comparison(X, ">=", C)), X, {"x > c"}),
        (Condition(Comparison(C, "=", ONE)), X, {"c = 1"}),
        (Condition(Comparison(X, "=", ZERO)), X, None),
        (Condition(Comparison(S, ">", ZERO)), X, {"s > 0", "x != 0"}),
        # At 0 it has a value, and on one side of it none.
        (Condition(Comparison(power(X, Number(Fraction(3, 2))), "!=", ONE)), X, {"x^1.5 != 1", "x > 0"}),
        (Condition(Comparison(apply("ln", X), "!=", ONE)), X, {"ln(x) != 1"}),
        (Condition(Comparison(Entry("j", (PLACE,)), ">", ZERO), frozenset((PLACE,))), FIRST,
         {"j[i] > 0 for all i", "z[i] != 0 for all i"}),
        # A guard that moves is left out, and what does not move with it: then more is asked. One about indices stays.
        (Condition(Comparison(X, "!=", ONE), guards=frozenset((Comparison(X, "!=", ZERO), Comparison(C, "!=", ZERO)))), X,
         {"x != 1"}),
        (Condition(Comparison(X, "!=", ONE), guards=frozenset((Comparison(C, "!=", ZERO),))), X, {"x != 1 where c != 0"}),
        (Condition(Comparison(Entry("z", (PLACE,)), "!=", ONE), frozenset((PLACE,)),
                   frozenset((Comparison(PLACE, "!=", number(1)), Comparison(FIRST, "!=", ZERO)))), FIRST,
         {"z[i] != 1 for all i != 1"}),
    ],
)  # fmt: skip
def test_what_makes_a_condition_hold_around_a_point(condition: Condition, by: Entry, asked: set[str] | None) -> None:
    found = around(condition, by, JUMPS)
    assert asked == (None if found is None else {write_condition(one) for one in found})
    assert not any(one.free_indices() for one in found or ())


# --- what a caller hands in ------------------------------------------------------------------------------------------


def test_no_figure_rewrites_an_index() -> None:
    """The range of an index is no part of a value: i: 2 and i: 1 + 1 are two indices."""
    index = Index("i", TWO)
    sum_of_ones = kernel.ring(TWO, Add((ONE, ONE)), NOTHING)
    for term in (index, z(number(2)), Delta(number(2), K), Comparison(TWO, ">", ZERO)):
        position = list(children(term)).index(TWO)
        with pytest.raises(KernelError):
            kernel.congruence(term, {position: sum_of_ones})
    for term in (K, Comparison(X, ">", ZERO)):
        with pytest.raises(KernelError):
            kernel.reflexivity(term, NOTHING)


QUANTIFIED = next(iter(Condition(Comparison(z(IX), ">", ZERO), frozenset({IX})).bound))
CAPTURED = (Entry("Z", (Bound(0),)), z(QUANTIFIED))


@pytest.mark.parametrize("term", CAPTURED)
def test_no_figure_takes_what_a_binder_would_capture(term: Term) -> None:
    claim = Comparison(term, ">", ZERO)
    same = kernel.reflexivity(C, NOTHING)
    with pytest.raises(KernelError):
        kernel.instantiate(same, {C: term}, PLAIN)
    with pytest.raises(KernelError):
        kernel.reflexivity(term, NOTHING)
    with pytest.raises(KernelError):
        kernel.hypothesis(Comparison(term, "=", ZERO), NOTHING)
    with pytest.raises(KernelError):
        kernel.cases(C, C, claim, same, same)
    with pytest.raises(KernelError):
        kernel.over_range("constant", Sum.over("i", H, (), term), NOTHING, place=term)
    law = next(law for law in LAWS if law.letters == {"a"})
    with pytest.raises(KernelError):
        kernel.by_law(law, {"a": term}, NOTHING)


def test_no_condition_captures_a_guard_or_a_value() -> None:
    every = frozenset((Condition(Comparison(z(IX), "!=", ZERO), frozenset({IX})),))
    with pytest.raises(ValueError, match="open it first"):
        guarded(every, Comparison(z(QUANTIFIED), ">", ZERO))
    with pytest.raises(ValueError, match="open it first"):
        substituted(Condition(Comparison(X, ">", ZERO)), {X: z(QUANTIFIED)})


def test_instantiate_sees_constants_behind_names() -> None:
    theory = read("variable x constant c, e define v = if(x = c, 1, -1) theorem t: v + c = v + c").theory
    c, e = Entry("c", ()), Entry("e", ())
    theorem = kernel.reflexivity(add(Entry("v", ()), c), theory)
    with pytest.raises(KernelError):
        kernel.instantiate(theorem, {c: ONE}, Knowledge(theory))
    kernel.instantiate(theorem, {e: ONE}, Knowledge(theory))


def test_a_hypothesis_is_about_indices_that_run() -> None:
    with pytest.raises(KernelError):
        kernel.hypothesis(Comparison(X, "=", ONE), NOTHING, frozenset({Index("q", Size("nowhere"))}))


def test_a_number_is_a_fraction() -> None:
    """What is equal to one is taken for it, or refused: no other number is in a term."""
    for value in (1e16, 10**16, True, 12345.5):
        try:
            made = Number(value)  # type: ignore[arg-type]
        except ValueError:
            continue
        assert type(made.value) is Fraction


def test_a_name_without_a_value_has_no_sign() -> None:
    """v is 1/x: where x >= 0 it is positive, where it has a value."""
    statement = read("variable x define v = 1/x theorem t: v = v").statements[0]
    x, v = Entry("x", ()), Entry("v", ())
    condition = Condition(Comparison(v, ">", ZERO))
    assert not evidence.shown(condition, Knowledge(statement.theory, (Comparison(x, ">=", ZERO),)))
    assert evidence.shown(condition, Knowledge(statement.theory, (Comparison(x, ">", ZERO),)))


# --- what is handed in cannot change afterwards -------------------------------------------------------------------------


def test_every_value_takes_theorems_only() -> None:
    """What answers a loop twice in two ways is not looked at twice."""

    class Twice(tuple):  # type: ignore[type-arg]
        asked = 0

        def __iter__(self) -> Iterator[Any]:
            type(self).asked += 1
            fake = SimpleNamespace(left=ZERO, right=ONE, conditions=frozenset(), definitions=frozenset(), theory=NOTHING)
            return iter([fake] if type(self).asked == 1 else [])

    with pytest.raises(KernelError):
        kernel.every_value(ZERO, ONE, Index("l", ONE), Twice([kernel.reflexivity(ZERO, NOTHING)]), NOTHING)


def test_knowledge_is_a_value() -> None:
    hypotheses = [Comparison(X, "=", ZERO)]
    known = Knowledge(NOTHING, hypotheses)  # type: ignore[arg-type]
    hypotheses.clear()
    assert known.hypotheses == (Comparison(X, "=", ZERO),)


def test_the_sides_of_a_claim_are_a_value() -> None:
    sides = [X, X]
    found = weighed([kernel.reflexivity(X, NOTHING)], sides, Knowledge(NOTHING), no_search)  # type: ignore[arg-type]
    sides[:] = [ZERO, ONE]
    assert found.proves
    assert found.sides == (X, X)


def test_a_theory_is_a_value() -> None:
    of, assumed = ["x"], [Assumption(1, Comparison(X, "=", ZERO))]
    theory = Theory(
        unknowns={"x": Unknown("x", True)},
        functions={"L": UnknownFunction("L", 0, of)},  # type: ignore[arg-type]
        assumptions=assumed,  # type: ignore[arg-type]
    )
    of.clear()
    assumed.clear()
    assert theory.functions["L"].of == ("x",)
    assert len(theory.assumptions) == 1


class Lookalike:
    name, parameters, arguments, body = "z", (), (), ONE


@pytest.mark.parametrize(
    "declared",
    [
        {"definitions": {"z": Definition("z", (), (), add(scalar("z"), ONE))}},
        {"definitions": {"z": Definition("z", (), (), scalar("q")), "q": Definition("q", (), (), scalar("z"))}},
        {"definitions": {"z": Definition("z", (), (), scalar("nowhere"))}},
        {"definitions": {"z": Definition("z", (), (), Entry("y", (IX,)))}},
        {"definitions": {"z": Definition("z", (), (), Size("nowhere"))}},
        {"definitions": {"z": Definition("other", (), (), ONE)}},
        {"definitions": {"z": Lookalike()}},
        {"definitions": {"x": Definition("x", (), (), ONE)}},
        {"functions": {"L": UnknownFunction("L", 0, ("y", "nowhere"))}},
        {"functions": {"L": UnknownFunction("L", 0, ("L",))}},
        {"sizes": {"H": 0}},
        {"sizes": {"H": 1.5}},
        {"unknowns": {"x": Unknown("y", True)}},
    ],
    ids=lambda declared: next(iter(declared)),
)
def test_a_theory_says_what_each_name_is(declared: dict[str, Any]) -> None:
    with pytest.raises((TypeError, ValueError)):
        replace(NOTHING, **{kind: {**getattr(NOTHING, kind), **rows} for kind, rows in declared.items()})


def test_a_relation_is_between_indices_or_between_values() -> None:
    """As a choice by an index, if(i = x, …) would have no border at which x must not be."""
    for left, right in ((IX, X), (X, IX), (IX, Size("H")), (ONE, affine([(1, IX)], 1))):
        with pytest.raises(ValueError, match="do not make one Comparison"):
            Comparison(left, "=", right)


def test_no_term_is_made_of_what_changes() -> None:
    class Turning(tuple):  # type: ignore[type-arg]
        def __iter__(self) -> Iterator[Any]:
            return iter((X, X))

    class Name(str):
        pass

    for kind, field in ((Add, Turning((scalar("new-x"), W))), (Add, [X, W]), (scalar, Name("new-y"))):
        with pytest.raises((TypeError, ValueError)):
            kind(field)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        type("Sub", (Add,), {"__module__": "elsewhere"})


def test_the_table_of_functions_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        TABLE["exp"] = TABLE["ln"]  # type: ignore[index]


def test_no_bound_index_of_a_condition_is_instantiated() -> None:
    """`z[i] != 0 for all i` would say no more than z[1] != 0."""
    theorem = kernel.congruence(Sum(IX, (), div(ONE, z(IX))), {0: kernel.reflexivity(div(ONE, z(IX)), NOTHING)})
    bound = next(index for c in theorem.conditions for index in c.bound)
    for old in (bound, Bound(0)):
        with pytest.raises(KernelError):
            kernel.instantiate(theorem, {old: ONE}, PLAIN)


@pytest.mark.parametrize(
    "term",
    [
        Entry("v", (Index("i", number(5)),)),
        Entry("v", (number(4),)),
        Entry("v", (ZERO,)),
        Entry("v", (THREE, ONE)),
        Entry("v", ()),
        Entry("Z", (L3,)),
        Entry("x", (IX,)),
        Entry("E", (IX,)),
        Call("x", (ONE,)),
        Call("O", (ONE,)),
        Sum(Index("i", number(5)), (), Entry("v", (Index("i", number(5)),))),
    ],
    ids=repr,
)
def test_names_are_used_as_they_are_declared(term: Term) -> None:
    with pytest.raises((KernelError, ValueError)):
        kernel.reflexivity(term, NOTHING)


def test_an_index_is_made_of_whole_numbers() -> None:
    for factors, offset in (((Fraction(1, 2),), 0), ((1,), Fraction(1, 2)), ((1,), 0.5)):
        with pytest.raises(ValueError, match="int"):
            Affine((IX,), factors, offset)  # type: ignore[arg-type]


def test_what_is_declared_of_a_name_stays() -> None:
    flag = [1]
    unknown = Unknown("w", flag)  # type: ignore[arg-type]
    flag.clear()
    assert unknown.variable is True
    for assumed in (SimpleNamespace(claim=POSITIVE), Assumption(1, ONE)):  # type: ignore[arg-type]
        with pytest.raises(TypeError):
            replace(NOTHING, assumptions=(assumed,))  # type: ignore[arg-type]
    for argument in ("x", "u", "v"):
        with pytest.raises(ValueError, match="of its own"):
            replace(NOTHING, definitions={**NOTHING.definitions, "f": Definition("f", (), (argument,), mul(C, U))})
    with pytest.raises(ValueError, match="of its own"):
        replace(NOTHING, definitions={**NOTHING.definitions, "f": Definition("f", (O_FIXED,), (), z(O_FIXED))})


def test_a_place_is_a_number() -> None:
    class Zero:
        asked = 0

        def __index__(self) -> int:
            self.asked += 1
            return 0 if self.asked < 4 else 1

        def __le__(self, other: int) -> bool:
            return self.__index__() <= other

        __ge__ = __lt__ = __le__

    with pytest.raises(KernelError):
        kernel.congruence(add(X, W), {Zero(): kernel.reflexivity(X, NOTHING)})  # type: ignore[dict-item]


def test_the_places_of_terms_hold_what_they_are_for() -> None:
    computed = Entry("v", (affine([], 2),))
    for make in (
        lambda: Diff(computed, computed),
        lambda: Delta(X, ZERO),
        lambda: Entry("v", (X,)),
        lambda: Entry("v", (number("1/2"),)),
        lambda: Affine((X,), (1,), 0),
        lambda: Bound(-1),
        lambda: Sum(IX, (X,), ONE),
        lambda: If(X, ONE, ONE),  # type: ignore[arg-type]
    ):
        with pytest.raises(ValueError, match="is no"):
            make()


def test_every_value_is_one_of_an_index() -> None:
    total = Sum(Index("j", ONE), (), Entry("v", (Index("j", ONE),)))
    with pytest.raises(KernelError):
        kernel.every_value(total, ONE, total, (kernel.reflexivity(ONE, NOTHING),), NOTHING)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "declared",
    [
        {"unknowns": {"x'": Unknown("x'", True)}},
        {"definitions": {"x'": Definition("x'", (), (), ONE)}},
        {"definitions": {"f'": Definition("f'", (), ("?0:u",), ONE)}},
        {"functions": {"f": UnknownFunction("f", 1)}, "definitions": {"f'": Definition("f'", (), ("?0:u",), ONE)}},
        {
            "definitions": {
                "f": Definition("f", (), ("?0:u",), ZERO),
                "f'": Definition("f'", (), ("?0:u",), mul(X, scalar("?0:u"))),
            }
        },
    ],
    ids=lambda declared: "-".join(declared),
)
def test_no_name_is_like_that_of_a_derivative(declared: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="derivative"):
        replace(NOTHING, **{kind: {**getattr(NOTHING, kind), **rows} for kind, rows in declared.items()})


def test_no_definition_is_of_indices_and_arguments() -> None:
    with pytest.raises(ValueError, match="of arguments"):
        Definition("f", (IX,), ("?0:u",), z(IX))


def test_what_is_known_is_a_relation() -> None:
    like = SimpleNamespace(left=X, relation="=", right=ONE)
    with pytest.raises(TypeError):
        Knowledge(NOTHING, (like,))  # type: ignore[arg-type]
    with pytest.raises(KernelError):
        kernel.hypothesis(like, NOTHING)  # type: ignore[arg-type]


def test_an_entry_at_a_number_supposes_that_the_array_is_so_long() -> None:
    """With O[5] = x, sum(delta(5, m), m: H) = 1 could be had by the chain rule, also where H is 4."""
    theorem = kernel.definition(Entry("first-of", (number(5),)), replace(
        NOTHING, definitions={**NOTHING.definitions, "first-of": Definition("first-of", (IX,), (), X)}
    ))  # fmt: skip
    assert Condition(Comparison(H, ">=", number(5))) in theorem.conditions
    assert not kernel.reflexivity(z(ONE), NOTHING).conditions


def test_every_value_keeps_what_is_asked_for_each() -> None:
    """Under the hypothesis v[n] = w for each n: a condition that neither side asks for."""
    left: Term = Entry("v", (L3,))
    claims = [Comparison(Entry("v", (number(n),)), "=", W) for n in (1, 2, 3)]
    theorem = kernel.every_value(left, W, L3, tuple(kernel.hypothesis(claim, NOTHING) for claim in claims), NOTHING)
    for n, claim in enumerate(claims, 1):
        assert Condition(claim, frozenset(), frozenset((Comparison(L3, "=", number(n)),))) in theorem.conditions


# --- what holds everywhere ------------------------------------------------------------------------------------------------

INVERSE = "variable x\nconstant c\nfunction f(u), g(u), h(u, v)\n"


def _declared(text: str) -> Theory:
    return read(f"{INVERSE}{text}\ntheorem t: x = x\n").theory


def _slope(theory: Theory) -> Theorem:
    """diff(f(g(x)), x) = diff(x, x), under the equation that is assumed."""
    (row,) = theory.assumptions
    equation = kernel.hypothesis(row.claim, theory)
    return kernel.congruence(Diff(equation.left, X), {0: equation})


def test_an_equation_that_holds_everywhere_holds_inside_of_a_derivative() -> None:
    theory = _declared("assume for all x: f(g(x)) = x")
    found = _slope(theory)
    weight = weighed([found], (found.left, found.right), Knowledge(theory), no_search)
    assert weight.proves


def test_one_that_holds_at_a_point_does_not() -> None:
    with pytest.raises(KernelError, match="need not hold around"):
        _slope(_declared("assume f(g(x)) = x"))


@pytest.mark.parametrize("assumed", ["assume f(g(x)) = x", "assume for all x: g(f(x)) = x", ""])
def test_a_theorem_is_not_cited_where_what_it_rests_on_holds_at_a_point_only(assumed: str) -> None:
    found = _slope(_declared("assume for all x: f(g(x)) = x"))
    again = _declared("assume for all x: f(g(x)) = x")
    assert kernel.cite(found, "slope", again).left is found.left
    with pytest.raises(KernelError, match="declared otherwise"):
        kernel.cite(found, "slope", _declared(assumed))


def test_what_holds_everywhere_of_one_constant_is_not_taken_to_another() -> None:
    theory = _declared("assume for all x: h(x, c) = x")
    found = _slope(theory)
    with pytest.raises(KernelError, match="mentions the constant"):
        kernel.instantiate(found, {C: TWO}, Knowledge(theory))


def test_what_holds_everywhere_is_said_for_all_variables_in_it() -> None:
    """h(x, y) = 0 for all x, and the same for all y, are met by h(x, y) = x*y where both are 0: its slope by both is 1."""
    unknowns = {name: Unknown(name, True, (H,) if name == "z" else ()) for name in "xyz"}
    theory = replace(_declared(""), unknowns=unknowns, sizes={"H": 1})
    both = Comparison(Call("h", (X, scalar("y"))), "=", ZERO)
    for claim, names in (
        (Comparison(X, "=", X), "c"),
        (Comparison(X, "=", X), "xf"),
        (Comparison(X, "=", X), "y"),
        (both, "x"),
        (both, "y"),
        (Comparison(Entry("z", (IX,)), "=", ZERO), "z"),
    ):
        with pytest.raises(ValueError, match="for all variables in it"):
            replace(theory, assumptions=(Assumption(1, claim, "", frozenset(names)),))
    assert replace(theory, assumptions=(Assumption(1, both, "", frozenset("xy")),)).assumptions


def test_nothing_defined_holds_everywhere() -> None:
    theory = replace(_declared(""), definitions={"w": Definition("w", (), (), mul(X, X))})
    with pytest.raises(ValueError, match="nothing that is defined"):
        replace(theory, assumptions=(Assumption(1, Comparison(scalar("w"), ">=", ZERO), "", frozenset("x")),))


def test_what_holds_everywhere_holds_where_values_can_be() -> None:
    assumed = "assume for all s: f(s) = s\nassume for all s: s >= 0\n"
    theory = read(f"variable s >= 0\nfunction f(u)\n{assumed}theorem t: s = s\n").theory
    for row in theory.assumptions:
        assert around(Condition(row.claim), S, theory) == frozenset((Condition(Comparison(S, ">", ZERO)),))


@pytest.mark.parametrize(
    "claim",
    [
        Comparison(X, "=", Div(mul(X, X), X)),
        Comparison(Diff(apply("abs", X), X), "=", If(Comparison(X, ">", ZERO), ONE, neg(ONE))),
        Comparison(Div(ONE, X), ">", ZERO),
    ],
)
def test_nothing_is_proved_where_what_holds_everywhere_has_no_value(claim: Comparison) -> None:
    theory = replace(_declared(""), assumptions=(Assumption(1, claim, "", frozenset("x")),))
    with pytest.raises(KernelError, match="has no value somewhere"):
        weighed([kernel.reflexivity(X, theory)], (X, X), Knowledge(theory), no_search)

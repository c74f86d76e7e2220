"""What a program could hand to the floor that is not what it seems, or ask it again and again: no theorem comes of it, and no
answer to an honest question changes."""

from __future__ import annotations

import copy
import itertools
import operator
import pickle
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import fields, replace
from enum import Enum
from fractions import Fraction
from functools import partial
from itertools import permutations
from threading import Thread
from typing import Any

import pytest

import derive
from derive.checking.checker import check
from derive.checking.instances import instance, written
from derive.checking.verdicts import ChainResult, Report, StepResult, TheoremResult
from derive.errors import KernelError
from derive.floor import conditions, functions, kernel, laws
from derive.floor import terms as t
from derive.floor.calculus import RULES
from derive.floor.claims import Weighed, weighed
from derive.floor.conditions import Condition
from derive.floor.definedness import defined_in
from derive.floor.discharge import no_search
from derive.floor.functions import power_kind
from derive.floor.kernel import Theorem
from derive.floor.laws import LAWS
from derive.floor.ranges import RANGE_LAWS
from derive.floor.ring import Atoms
from derive.floor.signs import Knowledge
from derive.floor.theory import TABLES, Assumption, Definition, Theory, Unknown, UnknownFunction
from derive.language import read
from derive.language.derivation import Statement
from derive.proofs.replay import Goal, Replayed

N = t.Size("n")
X, Y, V = (t.scalar(name) for name in "xyv")
I_N = t.Index("i", N)
UNKNOWNS = {"x": Unknown("x", True), "y": Unknown("y", True), "z": Unknown("z", True, (N,))}
REFUSED = (KernelError, TypeError, ValueError)
IS_ONE = t.Comparison(X, "=", t.ONE)


def theory(**more: Any) -> Theory:
    """A new one each time: nothing is known of it yet."""
    return Theory(sizes={"n": 1}, unknowns=UNKNOWNS, **more)


def z(index: t.Term) -> t.Entry:
    return t.Entry("z", (index,))


# --- what seems to be a term, a text or a theory --------------------------------------------------------------------------


class Like:
    """What is equal to something else, and is no term."""

    _children = ()
    _canonical = t.canonical(t.ONE)

    def __init__(self, what: object) -> None:
        self.what = what

    def __hash__(self) -> int:
        return hash(self.what)

    def __eq__(self, other: object) -> bool:
        return other is self.what


class Calling(Like):
    """What says besides that it is a number."""

    __class__ = property(lambda self: t.Number)  # type: ignore[assignment]
    value = Fraction(1)
    _loose, _is_closed = 0, True
    _uses = _size_names = _moved_names = _free_indices = _entry_names = frozenset[Any]()


class Text(str):
    """A text that is equal to another one."""

    def __hash__(self) -> int:
        return hash(">")

    def __eq__(self, other: object) -> bool:
        return other == ">" if type(other) is str else self is other


def test_what_is_a_term_is_said_in_one_place() -> None:
    with pytest.raises(TypeError, match="one place"):
        type(t.Number)("Liar", (t.Number,), {"__module__": t.__name__})
    with pytest.raises(TypeError, match="one place"):

        class Liar(t.Number):
            __module__ = t.__name__


class Equal(type):
    """A class of classes that are equal to that of entries."""

    def __eq__(cls, other: object) -> bool:
        return other is t.Entry or cls is other

    def __hash__(cls) -> int:
        return hash(t.Entry)


class Entering(Like, metaclass=Equal):
    pass


@pytest.mark.parametrize("kind", [Like, Calling, Entering])
def test_what_is_no_term_is_refused_and_forgotten(kind: Callable[[object], Any]) -> None:
    declared = theory()
    known = Knowledge(declared)
    square = t.Apply("relu", (X,)) - t.Apply("relu", (-X,))
    for ask in (
        lambda: kernel.reflexivity(kind(X), declared),
        lambda: kernel.ring(kind(X), Y, declared),
        lambda: kernel.ring(X, Y, declared, using=(kind(X),)),
        lambda: known.sign(kind(X)),
        lambda: defined_in(kind(t.Diff(square, X)), declared),
        lambda: kernel.over_range("constant", kind(t.Sum(I_N, (), X)), declared),
        lambda: kernel.by_law(LAWS[0], {"a": kind(X), "b": Y}, declared),
        lambda: kernel.hypothesis(kind(IS_ONE), declared),
        lambda: Knowledge(declared, (kind(IS_ONE),)),
        lambda: Theory(assumptions=(Assumption(1, kind(IS_ONE)),)),
        lambda: Unknown("x", True, (kind(N),)),
    ):
        with pytest.raises((*REFUSED, AttributeError)):
            ask()
    # What was made before is found, as it was; nothing else is.
    for make in (
        lambda: t.Sum(kind(I_N), (), z(I_N)),
        lambda: t.Sum(I_N, (), kind(z(I_N))),
        lambda: t.Add((kind(X), Y)),
        lambda: t.Comparison(kind(X), ">", Y),
    ):
        with suppress(*REFUSED):
            assert all(t.is_a("Term", part) for part in t.subterms(make()))
    with pytest.raises(KernelError):
        kernel.ring(X, Y, declared)
    assert known.sign(X).relation is None
    assert {str(condition.claim.relation) for condition in defined_in(t.Diff(square, X), declared)} == {"!="}
    assert t.Sum(I_N, (), z(I_N)).scope is z(t.Bound(0))


def test_what_is_like_a_theory_is_none() -> None:
    jump = theory(definitions={"v": Definition("v", (), (), t.If(IS_ONE, X, t.ZERO))})
    for ask in (lambda: defined_in(V, Like(jump)), lambda: Knowledge(Like(jump)), lambda: kernel.reflexivity(X, Like(jump))):  # type: ignore[arg-type]
        with pytest.raises((*REFUSED, AttributeError)):
            ask()
    assert defined_in(t.Diff(V, X), jump)


def test_a_text_is_a_text() -> None:
    with pytest.raises(ValueError, match="declared to be"):
        Unknown("x", True, (), Text("!="))
    with pytest.raises(TypeError, match="text"):
        Theory(unknowns={Text("x"): Unknown("x", True)})
    with pytest.raises(KernelError):
        kernel.by_rule("chain", t.Diff(X, X), Knowledge(theory()), [Text("u")])
    with suppress(ValueError):
        assert type(t.Comparison(X, Text("!="), t.ZERO).relation) is str


# --- what is declared -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "declare",
    [
        # an assumption about more than the array has, about nothing, and with an array in the place of a value
        lambda: theory(assumptions=(Assumption(1, t.Comparison(z(t.Index("i", t.number(3))), ">", t.ZERO)),)),
        lambda: theory(assumptions=(Assumption(1, t.Comparison(t.scalar("w"), ">", t.ZERO)),)),
        lambda: theory(assumptions=(Assumption(1, t.Comparison(t.scalar("z"), ">", t.ZERO)),)),
        # a body with an entry at an index of another range, an array for a value, a derivative by a constant
        lambda: theory(definitions={"v": Definition("v", (t.Index("k", t.number(3)),), (), z(t.Index("k", t.number(3))))}),
        lambda: theory(definitions={"v": Definition("v", (), (), t.scalar("z"))}),
        lambda: theory(definitions={"v": Definition("v", (), ("u",), t.Entry("u", (I_N,)))}),
        lambda: Theory(
            unknowns={"x": Unknown("x", False)}, definitions={"v": Definition("v", (), (), t.Diff(X, X))}
        ),
        # names of derivatives that are no functions
        lambda: Theory(definitions={name: Definition(name, (), (), t.ONE) for name in ("f", "f'")}),
        # ranges of nothing, functions of nothing
        lambda: Unknown("x", True, ("n",)),  # type: ignore[arg-type]
        lambda: Unknown("x", True, (t.ZERO,)),
        lambda: Theory(unknowns={"x": Unknown("x", True, (N,))}),
        lambda: UnknownFunction("k", 0),
        lambda: theory(functions={"L": UnknownFunction("L", 0, ("k",)), "k": UnknownFunction("k", 1)}),
    ],
)
def test_what_is_declared_is_about_what_is_declared(declare: Callable[[], object]) -> None:
    with pytest.raises((TypeError, ValueError)):
        declare()


def test_theories_agree_only_where_all_names_do() -> None:
    def derivatives(slope: t.Term) -> Theory:
        rows = (Definition("f", (), ("u",), t.scalar("u")), Definition("f'", (), ("u",), slope))
        return Theory(unknowns=UNKNOWNS | {"z": Unknown("z", True)}, definitions={row.name: row for row in rows})

    def double(other: t.Term) -> Theory:
        body = t.Add((t.scalar("u"), other))
        return Theory(
            unknowns={"x": Unknown("x", True), "?0": Unknown("?0", True)},
            definitions={"f": Definition("f", (), ("u",), body)},
        )

    def first(*arguments: str) -> Theory:
        names = ("x", "y", "w")
        unknowns = {name: Unknown(name, True) for name in names}
        return Theory(unknowns=unknowns, definitions={"f": Definition("f", (), arguments, t.scalar(arguments[-1]))})

    def sized(least: int) -> Theory:
        rows = (
            Definition("f", (), ("u",), t.scalar("u")),
            Definition("f'", (), ("u",), t.mul(t.Size("n"), t.scalar("u"))),
        )
        return Theory(sizes={"n": least}, unknowns={"x": UNKNOWNS["x"]}, definitions={row.name: row for row in rows})

    of_three = t.Call("f", (X, Y, t.scalar("w")))
    turned = Theory(
        unknowns=first("a").unknowns, definitions={"f": Definition("f", (), ("?0", "a", "b"), t.scalar("?0"))}
    )
    with pytest.raises(KernelError):
        kernel.cite(kernel.definition(of_three, turned), "a", first("a", "b", "c"))
    with pytest.raises(KernelError):
        kernel.cite(kernel.definition(t.Call("f'", (X,)), sized(2)), "a", sized(1))
    prime, call = t.Call("f'", (X,)), t.Call("f", (X,))
    with pytest.raises(KernelError):
        kernel.cite(kernel.definition(prime, derivatives(t.ONE)), "a", derivatives(t.TWO))
    with pytest.raises(KernelError):
        kernel.cite(kernel.definition(call, double(t.scalar("?0"))), "a", double(t.scalar("u")))
    assert kernel.cite(kernel.definition(prime, derivatives(t.ONE)), "a", derivatives(t.ONE)).right is t.ONE


@pytest.mark.parametrize("make", [theory, lambda: Condition(IS_ONE), lambda: LAWS[0], lambda: functions.TABLE["exp"],
                                  lambda: UNKNOWNS["x"], lambda: Knowledge(theory())])  # fmt: skip
def test_a_constructor_that_is_called_again_changes_nothing(make: Callable[[], Any]) -> None:
    made = make()
    slots = [name for kind in type(made).__mro__ for name in getattr(kind, "__slots__", ()) if name != "__weakref__"]
    before = [getattr(made, name, None) for name in slots]
    for values in ((), (t.Comparison(t.ONE, ">", t.ZERO),), (theory(),), ("exp-sum", X, t.ONE), ({"n": 5},), ("y", False)):
        with suppress(TypeError, ValueError, AttributeError):
            made.__init__(*values)
    assert [getattr(made, name, None) for name in slots] == before


class Asking(dict[str, int]):
    """Sizes that ask the kernel while they are looked at."""

    def __init__(self, ask: Callable[[], object]) -> None:
        super().__init__({"n": 1})
        self.ask = ask

    def keys(self) -> Any:
        self.ask()
        return super().keys()


def test_what_asks_for_something_else_is_another_atom() -> None:
    (claim,) = read("variable x define p(u) = x^u theorem t: x = x").statements
    half, declared = t.number("1/2"), claim.theory
    ones = t.ONE, t.Add((half, half)), t.Mul((t.ONE, t.ONE)), t.Neg(t.Neg(t.ONE))
    for one, other in permutations(ones, 2):
        asks = power_kind(one) is not power_kind(other)
        for left, right in ((t.Call("p", (one,)), t.Call("p", (other,))), (t.Pow(X, one), t.Pow(X, other))):
            if asks:
                with pytest.raises(KernelError):
                    kernel.ring(left, right, declared)
    assert kernel.ring(t.Call("p", ones[:1]), t.Call("p", ones[2:3]), declared)


class Looking:
    """What keeps whatever it is compared or joined with."""

    def __init__(self) -> None:
        self.seen: list[object] = []

    def _look(self, other: object) -> Any:
        self.seen.append(other)
        return NotImplemented

    __eq__ = __or__ = __ror__ = __lt__ = __gt__ = __and__ = __rand__ = __sub__ = __rsub__ = __add__ = __radd__ = _look
    __hash__ = object.__hash__


def test_nothing_that_can_be_changed_is_handed_out() -> None:
    """A `MappingProxyType` hands its dict to what it is compared with, and what has a `__dict__` to `vars`."""
    definition, assumed = Definition("v", (), (), t.ONE), Assumption(1, IS_ONE)
    declared = theory(definitions={"v": definition}, assumptions=(assumed,), descriptions={"v": "one"})
    (condition,) = conditions.needs(X, "!=", t.ZERO)
    tables = [getattr(declared, kind) for kind in TABLES]
    for table in (*tables, functions.TABLE, RULES, RANGE_LAWS):
        look = Looking()
        for ask in (operator.eq, operator.ne, operator.or_, operator.lt, operator.and_, operator.sub, operator.add):
            for pair in ((table, look), (look, table), (table.keys(), look), (table.items(), look), (table.values(), look)):
                with suppress(TypeError):
                    ask(*pair)
        assert not any(isinstance(held, dict | list | set) and held == dict(table) for held in look.seen)
        with pytest.raises((TypeError, AttributeError)):
            table["v"] = definition
        with pytest.raises(AttributeError):
            table.rows = {}
    for each in (declared, definition, assumed, condition, UNKNOWNS["x"], LAWS[0], functions.TABLE["exp"]):
        with pytest.raises(TypeError):
            vars(each)
        assert not any(isinstance(getattr(each, name.name), dict | list | set) for name in fields(each) if name.init)


def test_whoever_copies_it_gets_nothing_that_is_used() -> None:
    """`copy.deepcopy` keeps in its memo whatever it meets, and so does who pickles."""
    x = Unknown("x", True)
    declared = Theory(unknowns={"x": x})
    knowledge = Knowledge(declared)
    knowledge.sign(X)
    held: list[object] = []
    for each in (declared, knowledge, RULES, functions.TABLE, RANGE_LAWS, read("variable x theorem t: x = x")):
        memo: dict[int, Any] = {}
        with suppress(TypeError, AttributeError):
            copy.deepcopy(each, memo)
        held += memo.get(id(memo), [])
    for each in held:
        if isinstance(each, dict | set):
            each.clear()
    assert dict(declared.unknowns) == {"x": x}
    assert {"variable", "sum"} <= set(RULES)
    assert {"exp", "ln"} <= set(functions.TABLE)
    assert RANGE_LAWS
    assert knowledge.sign(X).relation is None
    assert copy.deepcopy(knowledge).sign(X).relation is None
    assert copy.deepcopy(declared) == pickle.loads(pickle.dumps(declared)) == declared


def test_what_a_condition_is_made_of_is_its_own() -> None:
    guards: set[t.Comparison] = set()
    bound: set[t.Index] = set()
    condition = Condition(t.Comparison(X, "!=", t.ZERO), bound, guards, [])  # type: ignore[arg-type]
    guards.add(IS_ONE)
    bound.add(I_N)
    assert (condition.guards, condition.bound, condition.letters) == (frozenset(), frozenset(), ())


def test_what_was_found_right_about_names_is_not_handed_out() -> None:
    declared = theory()
    for name in fields(declared):
        held = getattr(declared, name.name)
        if isinstance(held, set):
            held.add(("hack", ()))
    assert not declared.declares((t.scalar("hack"),))


def test_what_an_inference_was_made_of_cannot_be_changed() -> None:
    (stated,) = read("constant x theorem t: abs(x) = x").statements
    theorem = kernel.by_law(LAWS[0], dict.fromkeys(LAWS[0].letters, X), stated.theory)
    moved = kernel.instantiate(theorem, {X: t.ONE}, Knowledge(stated.theory))
    for each in (theorem, moved):
        assert not any(isinstance(held, dict | list | set) for held in each.inference.data)


def _for_any_c(claim: t.Comparison, declared: Theory) -> Theorem:
    """`y = 0` in both cases of a claim that its sides do not mention, under conditions that only speak where it is decided."""
    is_zero = kernel.hypothesis(t.Comparison(Y, "=", t.ZERO), declared)
    return kernel.cases(Y, t.ZERO, claim, is_zero, is_zero)


def test_what_is_decided_by_cases_has_a_value() -> None:
    """Where neither a claim nor its opposite says anything, both cases hold of whatever is false."""
    c, d = t.scalar("c"), t.scalar("d")
    constants = {name: Unknown(name, False) for name in "cd"} | {"b": Unknown("b", False, (N,))}
    declared = Theory(sizes={"n": 1}, unknowns={**UNKNOWNS, **constants})
    fifth, long = t.Entry("b", (t.number(5),)), Condition(t.Comparison(N, ">=", t.number(5)))
    assert long in _for_any_c(t.Comparison(fifth, ">", t.ZERO), declared).conditions
    assert long in _for_any_c(t.Comparison(z(t.number(5)), ">", t.ZERO), declared).conditions
    assert Condition(t.Comparison(d, "!=", t.ZERO)) in _for_any_c(t.Comparison(t.Div(c, d), ">=", t.ZERO), declared).conditions
    general = _for_any_c(t.Comparison(c, ">=", t.ZERO), declared)
    knowledge = Knowledge(declared)
    for value, asked in (
        (t.Div(t.ONE, d), t.Comparison(d, "!=", t.ZERO)),
        (t.Div(t.ONE, t.ZERO), t.Comparison(t.ZERO, "!=", t.ZERO)),
        (t.apply("sqrt", d), t.Comparison(d, ">=", t.ZERO)),
        (fifth, long.claim),
    ):
        assert Condition(asked) in kernel.instantiate(general, {c: value}, knowledge).conditions
    for no_value in (I_N, t.affine([(1, I_N)]), t.Comparison(c, ">", t.ZERO)):
        with pytest.raises(KernelError):
            kernel.instantiate(general, {c: no_value}, knowledge)


def test_nothing_is_used_while_it_is_made() -> None:
    made: list[Theorem] = []
    bad = Theory.__new__(Theory)
    definitions = {"v": Definition("v", (), (), t.ONE)}

    def ask() -> None:
        with suppress(*REFUSED, AttributeError):
            made.append(kernel.definition(V, bad))

    with suppress(*REFUSED):
        bad.__init__(sizes=Asking(ask), definitions=definitions | {"w": Definition("w", (), (), t.scalar("no"))})  # type: ignore[misc]
    ask()
    assert not made
    assert not bad.definitions


def test_what_is_known_is_declared_and_closed() -> None:
    declared = theory()
    zero = kernel.reflexivity(t.ZERO, declared)
    for known in (t.Comparison(I_N, "=", t.Bound(0)), t.Comparison(t.scalar("q"), "=", X)):
        knowledge = Knowledge(declared, (known,)) if known.right is X else Knowledge(declared, (), (known,))
        with pytest.raises(KernelError):
            weighed([zero], (t.ZERO, t.ZERO), knowledge, no_search)


# --- at the same time, and interrupted ------------------------------------------------------------------------------------


def test_threads_number_atoms_one_after_the_other() -> None:
    names = [f"v{n}" for n in range(4000)]
    terms = [t.scalar(name) for name in names]
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for _ in range(3):
            atoms = Atoms()
            found: dict[t.Term, int] = {}

            def numbered(
                part: list[t.Entry], atoms: Atoms = atoms, found: dict[t.Term, int] = found
            ) -> None:
                for term in part:
                    found[term] = atoms.number(term, term)

            threads = [Thread(target=numbered, args=(terms[n::4],)) for n in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert len(set(found.values())) == len(terms)
            assert all(atoms.term(number) is term for term, number in found.items())
    finally:
        sys.setswitchinterval(before)


class Interrupted(dict[Any, Any]):
    """A table in whose first change somebody presses Ctrl-C, before it or after."""

    def __init__(self, before: bool) -> None:
        super().__init__()
        self.before = before
        self.left = 1

    def _change(self, change: Callable[[], Any]) -> Any:
        self.left -= 1
        if self.before and self.left == 0:
            raise KeyboardInterrupt
        found = change()
        if self.left == 0:
            raise KeyboardInterrupt
        return found

    def __setitem__(self, key: Any, value: Any) -> None:
        self._change(lambda: super(Interrupted, self).__setitem__(key, value))

    def setdefault(self, key: Any, value: Any = None) -> Any:
        return self._change(lambda: super(Interrupted, self).setdefault(key, value))


@pytest.mark.parametrize("table", ["_numbers", "_terms", "_keys", "_named"])
@pytest.mark.parametrize("before", [True, False])
def test_who_is_interrupted_gives_no_number_twice(table: str, before: bool) -> None:
    atoms = Atoms()
    setattr(atoms, table, Interrupted(before))
    with pytest.raises(KeyboardInterrupt):
        atoms.equal(X, X)
    assert not atoms.equal(X, Y)
    assert not atoms.equal(X, Y, [(X, t.ONE)])
    assert not atoms.equal(t.ONE, Y, [(X, t.ONE)])
    assert len({atoms.number(key, key) for key in (X, Y, V)}) == 3


# --- what is called proved ------------------------------------------------------------------------------------------------


def proof_of(theorem: Theorem, known: Knowledge) -> Weighed:
    found = weighed([theorem], (theorem.left, theorem.right), known, no_search)
    assert found.proves
    return found


def test_a_verdict_on_a_theorem_is_one_on_what_it_states() -> None:
    (false,) = read("variable x, y theorem wrong: x = x + 1").statements
    proof = proof_of(kernel.reflexivity(X, false.theory), Knowledge(false.theory))
    with pytest.raises(ValueError, match="states"):
        TheoremResult(false, X, X, "proved", proof=proof)
    given = Knowledge(false.theory, (IS_ONE,))
    (one,) = read("variable x, y theorem one: x = 1").statements
    supposed = weighed([kernel.hypothesis(t.Comparison(X, "=", t.ONE), false.theory)], (X, t.ONE), given, no_search)
    step = StepResult(X, t.ONE, (), (), "proved", proof=supposed)
    with pytest.raises(ValueError, match="under what"):
        TheoremResult(one, X, t.ONE, "unknown", chains=(ChainResult((), X, (step,)),))


def test_a_report_is_on_all_theorems() -> None:
    derivation = read("variable x theorem t: x + x = 2*x theorem wrong: x = x + 1")
    report = check(derivation)
    assert Report(derivation, report.theorems[:1]).verdict == "unknown"
    assert not Report(derivation, report.theorems[:1]).expected
    assert Report(derivation, ()).verdict == "unknown"
    other = check(read("variable x theorem t: x + x = 2*x theorem wrong: x = x"))
    assert Report(derivation, other.theorems).verdict == "unknown"


@pytest.mark.parametrize(
    ("claim", "sizes", "place"),
    [
        ("x + x = 2*x", {}, {t.TWO: 3}),
        ("x + x = 2*x", {}, {X: 5}),
        ("x + x = 2*x", {"n": 2}, {t.Index("q", N): 1}),
        ("sum(delta(i, k)*z[k], k) = z[i]", {"n": 3}, {I_N: 7}),
        ("sum(delta(i, k)*z[k], k) = z[i]", {"n": 3}, {I_N: 0}),
        ("sum(delta(i, k)*z[k], k) = z[i]", {"n": 3}, {I_N: 1.0}),
        ("sum(delta(i, k)*z[k], k) = z[i]", {"n": 0}, {I_N: 1}),
        ("sum(delta(i, k)*z[k], k) = z[i]", {"q": 3}, {I_N: 1}),
        ("diff(z[5]^2, z[i]) = 2*z[5]*delta(5, i)", {"n": 3}, {I_N: 1}),
        # beyond a size that has no number, and where what is supposed does not hold
        ("sum(delta(i, k), k: n) = 1", {}, {I_N: 7}),
        ("sum(delta(2, i), i: n) = 1", {"n": 1}, {}),
        ("abs(n - m) = n - m", {"n": 1, "m": 3}, {}),
        ("abs(n - p) = n - p", {"n": 1, "p": 3}, {}),
    ],
)
def test_an_instance_is_one_of_what_is_stated(claim: str, sizes: dict[str, int], place: dict[Any, Any]) -> None:
    supposed = "assume n > m " * ("m" in claim) + "assume n >= 2 " * ("(2, i)" in claim)
    given = " given n - p > 0" * ("p" in claim)
    (theorem,) = check(read(f"size n, m, p variable x, z[n] {supposed} theorem t{given}: {claim}")).theorems
    assert theorem.verdict == "proved"
    with pytest.raises(ValueError, match=r"theorem|whole numbers"):
        instance(theorem, sizes, place)


def test_an_instance_keeps_its_proof_and_its_case() -> None:
    (false,) = check(read("variable x theorem t: x = 1")).theorems
    shown = instance(false, {}, {})
    declared = false.statement.theory
    supposed = weighed([kernel.hypothesis(IS_ONE, declared)], (X, t.ONE), Knowledge(declared, (IS_ONE,)), no_search)
    with pytest.raises(ValueError, match="under what"):
        replace(shown, verdict="proved", proof=supposed)
    text = "size n variable z[n] theorem t: delta(i, k)*z[i] = delta(i, k)*z[k] proof"
    text += " case i = k: delta(i, k)*z[i] = z[k] by cases = delta(i, k)*z[k] by cases"
    text += " case i != k: delta(i, k)*z[i] = 0 by cases = delta(i, k)*z[k] by cases qed"
    (theorem,) = check(read(text)).theorems
    shown = instance(theorem, {}, {})
    assert shown.verdict == "proved"
    with pytest.raises(ValueError, match="under what"):
        replace(shown, chains=tuple(ChainResult((), chain.start, chain.steps) for chain in shown.chains))


def test_all_is_told_under_which_something_is_proved() -> None:
    (theorem,) = check(read("size n variable x, z[n] theorem t: sum(x*z[i]/z[i], i) = n*x")).theorems
    assert theorem.verdict == "proved"
    assert theorem.conditions
    shown = instance(theorem, {"n": 3}, {})
    assert shown.conditions
    assert written(shown).conditions
    for result in (theorem, theorem.steps[0], shown, shown.steps[0], written(shown)):
        with pytest.raises(ValueError, match="all is told"):
            replace(result, conditions=())


def test_evidence_has_a_value_where_it_is_used() -> None:
    """p(1) is x^1, and p(1/2 + 1/2) is x^(1/2 + 1/2), which is positive wherever it has a value: for x > 0 alone."""
    (claim,) = read("variable x define p(u) = x^u theorem t: abs(x) = x").statements
    declared, half = claim.theory, t.number("1/2")
    plain, halves = t.Call("p", (t.ONE,)), t.Call("p", (t.Add((half, half)),))
    meant = kernel.definition(plain, declared)
    same = kernel.transitivity(kernel.ring(X, meant.right, declared), kernel.symmetry(meant))
    evidence = kernel.transitivity(same, kernel.congruence(plain, {0: kernel.ring(t.ONE, t.Add((half, half)), declared)}))
    assert evidence.right is halves
    assert evidence.left is X
    assert not evidence.conditions
    law = next(each for each in LAWS if each.rule == "abs-product" and each.given and each.given[0].left is t.scalar("a"))
    positive = kernel.by_law(law, {"a": X}, declared)
    found = weighed([positive], claim.sides, Knowledge(declared), lambda term, relation, known: [evidence] * (term is X))
    assert not found.proves


def test_a_factor_that_is_equal_to_a_positive_one_need_not_be_positive() -> None:
    """y^(1/2 + 1/2), which asks for y > 0, stands in a branch that is not taken; y^(1*1) is equal to it, and is 0 at y = 0."""
    inside = "if(0 > 1, y^(1/2 + 1/2), 1)*x*y^(1*1)"
    claim = f"diff(abs({inside}), x) + if(y^(1*1) = 0, 1, 0) = diff(abs({inside}), x)"
    (stated,) = read(f"variable x, y theorem t: {claim}").statements
    left, right = stated.sides
    chosen = kernel.over_range("choose", t.children(left)[1], stated.theory, t.ZERO)
    theorem = kernel.congruence(left, {1: chosen})
    theorem = kernel.transitivity(theorem, kernel.ring(theorem.right, right, stated.theory))
    assert not weighed([theorem], stated.sides, Knowledge(stated.theory), no_search).proves


FALSE = "if(0 > 1, (2 - n)^(1/2 + 1/2), 0) + (2 - n)^(1*1)"


@pytest.mark.parametrize(("given", "number"), [("1/sqrt(n - 1)", 1), ("(n - 1)^(-1/2)", 1), (FALSE, 3)])
@pytest.mark.parametrize("how", ["assume {} > 0 theorem t:", "theorem t given {} > 0:"])
def test_what_does_not_hold_is_not_left_out_as_met(given: str, number: int, how: str) -> None:
    """Where it has no value, or is equal to what is positive where that has one, an instance still says what it supposes."""
    (theorem,) = check(read(f"size n variable x {how.format(given)} if({given} > 0, 0, 1) = 0")).theorems
    assert theorem.verdict == "proved"
    try:
        shown = instance(theorem, {"n": number}, {})
    except ValueError:
        return
    assert shown.statement.hypotheses or shown.statement.theory.assumptions


def test_two_indices_of_one_letter_do_not_become_one() -> None:
    n, m = t.Size("n"), t.Size("m")
    i, j, p, q = t.Index("i", n), t.Index("i", m), t.Index("p", n), t.Index("q", m)
    x, y = (lambda place: t.Entry("x", (place,))), (lambda place: t.Entry("y", (place,)))
    declared = Theory(
        sizes={"n": 1, "m": 1},
        unknowns={"x": Unknown("x", True, (n,)), "y": Unknown("y", True, (m,))},
        definitions={"O": Definition("O", (i, j), (), x(i) * y(j))},
    )
    meant = kernel.definition(t.Entry("O", (p, q)), declared)
    stated = Statement("t", (meant.left, meant.right), theory=declared)
    proof = proof_of(meant, Knowledge(declared))
    theorem = TheoremResult(stated, meant.left, meant.right, "proved", proof=proof)
    assert instance(theorem, {"n": 3, "m": 4}, {}).verdict == "proved"
    with pytest.raises(ValueError, match="two indices"):
        instance(theorem, {"n": 3, "m": 3}, {})


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("theorem p given x >= x^(1/n): abs(x) = x", 1),
        ("theorem p given x >= x^(1/n): abs(x) = x", 3),
        ("define v = x^(1/n) theorem p given x >= v: abs(x) = x", 1),
        ("define v(u) = x^(u/n) theorem p given x >= v(1): abs(x) = x", 1),
        ("assume x >= x^(2/n) theorem p: if(x > 0, 1, 2) = 1", 2),
        ("theorem p: if(x > 0, x^(n/2), 7) = x^(n/2)", 4),
        ("theorem p: if(x > 0, 1, 2) + 0*sum(x^(1/n), i: n) = 1", 1),
    ],
)
def test_an_instance_says_where_its_powers_had_a_value(text: str, number: int) -> None:
    """x^(1/n) asks for x > 0, and x^(1/1) does not: nothing was proved of other x."""
    (theorem,) = check(read(f"size n variable x {text}")).theorems
    assert theorem.verdict == "proved"
    for shown in (instance(theorem, {"n": number}, {}), written(instance(theorem, {"n": number}, {}))):
        claims = [condition.claim for condition in shown.conditions]
        assert t.Comparison(X, ">", t.ZERO) in claims


def test_nothing_comes_of_a_proof_that_nobody_looked_at() -> None:
    text = "variable x theorem a given x > 0: abs(x) = x theorem b: abs(x) = x"
    a, b = check(read(text)).theorems
    assert (a.verdict, b.verdict) == ("proved", "refuted")
    hidden = written(TheoremResult(b.statement, b.left, b.right, "unknown", proof=a.proof))
    with pytest.raises(ValueError, match="called proved but"):
        TheoremResult(hidden.statement, hidden.left, hidden.right, "proved", proof=hidden.proof, general=hidden.general)
    with pytest.raises(ValueError, match="called proved but"):
        replace(hidden, verdict="proved")


def test_a_condition_cannot_be_changed() -> None:
    (condition,) = conditions.under_binder(conditions.needs(t.Entry("z", (I_N,)), ">", t.ZERO), I_N, ())
    (index,) = condition.bound
    assert condition.letters == ((index, "i"),)
    assert not any(isinstance(getattr(condition, each.name), dict | list | set) for each in fields(condition))


def test_the_steps_of_a_chain_hang_together() -> None:
    report = check(read("variable x theorem t: x + x = 2*x theorem u: 7 + 0 = 7"))
    double, seven = report.theorems
    steps = (*double.steps, *seven.steps)
    with pytest.raises(ValueError, match="the one before"):
        replace(double, chains=(ChainResult((), double.left, steps),))


def test_what_is_supposed_of_an_instance_is_kept_where_it_is_open() -> None:
    (theorem,) = check(read("size n, m variable x assume n > m theorem t: abs(n - m) = n - m")).theorems
    found = instance(theorem, {"n": 3, "m": 1}, {})
    assert (found.verdict, found.statement.theory.assumptions) == ("proved", ())
    (left,) = instance(theorem, {"n": 3}, {}).statement.theory.assumptions
    assert left.claim == t.Comparison(t.number(3), ">", t.Size("m"))


def test_nothing_is_computed_at_sizes_of_which_nothing_is_proved() -> None:
    for declared, given, more in (
        ("size n >= 2", "", ""), ("size n assume n >= 2", "", ""), ("size n", " given n >= 2", ""), ("size n", "", " + 0*z[2]"),
    ):  # fmt: skip
        derivation = derive.parse(f"{declared} variable x, z[n] theorem g{given}: diff(x*sum(delta(2, i), i: n){more}, x) = 1")
        gradient = derivation.lambdify()
        assert gradient(x=1.0, n=2) == 1
        for n in (1, 0, -1):
            with pytest.raises(derive.CallError, match="says nothing of n"):
                gradient(x=1.0, n=n)
        with pytest.raises(derive.CallError, match=r"n is at least 2|about other sizes"):
            derivation.to_sympy(n=1)


def test_what_is_replayed_is_known_where_the_goal_is() -> None:
    declared = theory()
    given = Knowledge(declared, (IS_ONE,))
    found = weighed([kernel.hypothesis(IS_ONE, declared)], (X, t.ONE), given, no_search)
    assert found.proves
    assert not Replayed(Goal((X, t.ONE), Knowledge(declared)), found).proved


def test_no_callable_of_the_floor_can_be_given_another_function() -> None:
    """A `functools.partial` takes one by `__setstate__`."""
    held = [getattr(row, each.name) for row in functions.TABLE.values() for each in fields(row)]
    for each in (*held, *vars(functions).values(), *RULES.values(), *RANGE_LAWS.values(), *vars(laws).values()):
        assert not isinstance(each, partial)


def test_what_tells_an_opened_index_from_others_cannot_be_changed() -> None:
    place = t.local("i", N).place
    for change in (lambda: setattr(place, "order", 0), lambda: delattr(place, "order")):
        with pytest.raises(AttributeError):
            change()


def test_nothing_that_is_trusted_can_be_given_more() -> None:
    """What is put into the `__dict__` of an object, or of a member of an enum, comes before what its class says; and a table of
    the reader says what is read.
    """
    trusted = [name for name in sorted(sys.modules) if name.startswith(("derive.floor.", "derive.language."))]
    assert len(trusted) > 30
    for name in trusted:
        for public, value in vars(sys.modules[name]).items():
            if not public.startswith("_"):
                of_the_floor = type(value).__module__.startswith("derive.floor.") and not isinstance(value, type)
                assert not (of_the_floor and hasattr(value, "__dict__")), f"{name}.{public}"
                assert not isinstance(value, dict | list | set), f"{name}.{public}"
                assert not (isinstance(value, type) and issubclass(value, Enum)), f"{name}.{public}"


def test_a_claim_of_many_sides_is_about_any_two_of_them() -> None:
    one, gone = t.ONE, t.If(IS_ONE, t.ZERO, t.ONE)
    same = t.Div(X - t.ONE, X - t.ONE)
    here = theory()
    first, branch = kernel.ring(one, same, here), kernel.over_range("choose", gone, here, t.ZERO)
    second = kernel.transitivity(kernel.symmetry(first), kernel.symmetry(branch))
    proof = weighed([first, second], (one, same, gone), Knowledge(here), no_search)
    assert not proof.proves
    assert weighed([first], (one, same), Knowledge(here), no_search).proves


class Garbage:
    """What Python collects while something else is being made, and makes terms then."""

    def __init__(self, value: Fraction, made: list[t.Term]) -> None:
        self.itself, self.value, self.made = self, value, made

    def __del__(self) -> None:
        with suppress(RuntimeError):
            self.made.append(t.Number(self.value))


def test_no_term_is_made_twice_by_what_runs_in_its_midst() -> None:
    """Two objects for one number would be two numbers to a delta."""
    for n in range(1_000, 12_000):
        made: list[t.Term] = []
        Garbage(Fraction(n), made)
        one = t.Number(Fraction(n))
        assert all(other is one for other in made)


def test_no_term_is_made_twice_by_what_looks_on() -> None:
    for event in range(1, 60):
        made: list[t.Term] = []
        count = itertools.count(1)

        def look(*_: object, event: int = event, count: Any = count, made: list[t.Term] = made) -> None:
            if next(count) == event:
                with suppress(RuntimeError):
                    made.extend((t.Number(Fraction(10_000_019)), t.Sum(I_N, (), z(I_N) ** t.number(10_000_019))))

        sys.setprofile(look)
        try:
            with suppress(RuntimeError):
                made += (t.Number(Fraction(10_000_019)), t.Sum(I_N, (), z(I_N) ** t.number(10_000_019)))
        finally:
            sys.setprofile(None)
        assert len(set(made)) <= 2, event

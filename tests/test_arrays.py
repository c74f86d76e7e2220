"""Gradients over whole arrays: the same numbers as the code that SymPy writes, in the type and of the size of what goes in."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import derive
from derive.bridge import array_library, arrays, differences
from derive.bridge.arrays import ArrayFunction, as_numbers, to_arrays
from derive.bridge.contractions import contract
from derive.bridge.numeric import NumpyFunction, to_numpy
from derive.bridge.unfold import unfold
from derive.checking.instances import stated_gradient
from derive.errors import CallError
from derive.floor.terms import Index, Number, Term, by_name, free_indices, subterms
from derive.floor.theory import Theory
from derive.language import read, read_expression, write_term
from derive.language.derivation import Statement
from derive.library import load
from derive.shelf import names
from lane import examples
from random_terms import Terms
from test_entries import agrees_in_numbers

BATCH = (2, 3)
POINTS = ("random", "large", "equal", "zero")
INEXACT = {
    "attention-queries", "attention-values", "mixture-responsibilities", "policy-gradient-baseline",
    "sefiks-cross-entropy-corrected", "softmax-bce", "temperature-softmax",
}  # fmt: skip
"""Entries whose formulas take large numbers from each other that are nearly equal: what is left is rounding, in either code."""


def indices_of(statement: Statement) -> tuple[Index, ...]:
    """The axes of a gradient, as `gradient_function` orders them."""
    gradient = stated_gradient(statement)
    assert gradient is not None
    free = free_indices(gradient.loss)
    own = (part for part in subterms(gradient.loss) if isinstance(part, Index) and part in free)
    declared = set(statement.theory.indices.values())
    hidden = sorted((free_indices(unfold(gradient.value, statement.theory)) & declared) - {*gradient.indices}, key=by_name)
    return tuple(dict.fromkeys((*own, *hidden, *gradient.indices)))


def gradients(name: str) -> Iterator[tuple[Statement, NumpyFunction, ArrayFunction | None]]:
    """The gradients of an entry that have values, by both kinds of code."""
    for statement in load(name).statements:
        gradient = stated_gradient(statement)
        if statement.expect is None and gradient is not None:
            try:
                old = to_numpy(gradient.value, statement.theory, indices_of(statement))
            except CallError:  # of functions that are only declared
                continue
            yield statement, old, to_arrays(gradient.value, statement.theory, indices_of(statement))


def drawn(
    theory: Theory, wanted: frozenset[str], sizes: dict[str, int], point: str, batch: tuple[int, ...] = ()
) -> dict[str, Any]:
    chance, found = np.random.default_rng(3), {}
    for name in sorted(wanted):
        unknown = theory.unknowns[name]
        shape = batch + tuple(int(r.value) if isinstance(r, Number) else sizes[r.name] for r in unknown.ranges)
        values = {
            "random": lambda shape: chance.normal(size=shape),
            "large": lambda shape: 1000 * chance.choice([-1.0, 1.0, 0.001], size=shape),
            "equal": np.ones,
            "zero": np.zeros,
        }[point](shape)
        found[name] = abs(values) + 0.1 if unknown.relation in (">", ">=") else values
    return found


# --- the library -----------------------------------------------------------------------------------------------------


@pytest.mark.sample(4)
@pytest.mark.parametrize("name", names())
def test_every_gradient_of_the_library_has_the_values_that_it_had(name: str) -> None:
    for statement, old, new in gradients(name):
        assert new is not None, f"{statement.name} is left to SymPy"
        sizes = {size: 3 + place for place, size in enumerate(statement.theory.sizes)}
        for point in POINTS:
            values = drawn(statement.theory, old.names, sizes, point)
            expected = old(values, sizes)
            found = new(as_numbers(values), sizes)
            if point == "random" or name not in INEXACT:
                scale = np.max(np.abs(expected[np.isfinite(expected)]), initial=1)
                np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12 * scale, err_msg=f"{statement.name}, {point}")
        values = drawn(statement.theory, old.names, sizes, "random", BATCH)
        if len(values) > 1:
            values[min(values)] = values[min(values)][0, 0]  # one for the whole batch
        for dtype, tolerance in ((np.float64, 1e-9), (np.float32, 2e-3)):
            typed = {each: np.asarray(value, dtype) for each, value in values.items()}
            found = new(typed, sizes)
            assert found.dtype == dtype or not values
            for at in np.ndindex(BATCH if values else ()):
                one = {each: value[at] if each != min(values) or len(values) == 1 else value for each, value in typed.items()}
                np.testing.assert_allclose(found[at], old(one, sizes), rtol=tolerance, atol=tolerance / 10)


class Whole:
    """The code of arrays in the place of SymPy's."""

    def __init__(self, old: NumpyFunction, new: ArrayFunction) -> None:
        self.old, self.new = old, new
        self.names, self.indices, self.cells = old.names, old.indices, old.cells

    def __call__(self, values: dict[str, Any], sizes: dict[str, int]) -> Any:
        given = as_numbers({name: value for name, value in values.items() if name in self.new.ranges})
        return self.new(given, self.new.extents(given, sizes))


@pytest.mark.sample(8)
@pytest.mark.parametrize("name", names())
def test_every_equation_of_the_library_agrees_with_central_differences(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As `test_entries` compares them, at points that meet what is assumed, with all values by the code of arrays."""

    def whole(term: Term, theory: Theory, indices: tuple[Index, ...] | None = None) -> Whole:
        old = to_numpy(term, theory, indices)
        new = to_arrays(term, theory, old.indices)
        assert new is not None
        return Whole(old, new)

    monkeypatch.setattr(differences, "to_numpy", whole)
    for statement in load(name).statements:
        agrees_in_numbers(statement)


def test_no_line_widens_what_is_short() -> None:
    """What the code returns is of the type that goes in, before it is cast."""
    for name in ("softmax-ce", "layer-norm", "attention-queries", "hinge", "gelu", "gelu-tanh", "huber", "conv1d"):
        for statement, old, new in gradients(name):
            assert new is not None
            if not new.names:
                continue
            sizes = {size: 3 + place for place, size in enumerate(statement.theory.sizes)}
            values = drawn(statement.theory, old.names, sizes, "random")
            short = [np.asarray(values[each], np.float32) for each in new._parts.arrays]
            found = new.code(*short, *(sizes[each] for each in new._parts.sizes), np.float32)
            assert np.asarray(found).dtype == np.float32, (name, statement.name)


def test_the_type_of_the_result() -> None:
    gradient = derive.load("softmax-ce").lambdify(check=False)
    short, long = np.ones(3, np.float32), np.ones(3)
    types = {
        np.float32: [(short, short), (short, [0, 0, 1]), (short, np.array([0, 0, 1])), (short, [0.5, 0.5, 0.0])],
        np.float64: [(long, long), (short, long), ([1.0, 2.0, 3.0], [0, 0, 1]), (np.array([1, 2, 3]), np.array([0, 0, 1]))],
    }
    for expected, pairs in types.items():
        assert [gradient(Z=Z, y=y).dtype for Z, y in pairs] == [expected] * len(pairs)


@pytest.mark.parametrize("name", ["softmax-ce", "layer-norm", "attention-scores", "attention-queries", "conv2d-stride"])
def test_nothing_is_allocated_that_is_larger_than_what_goes_in_and_comes_out(name: str) -> None:
    statement, _, new = list(gradients(name))[-1]
    assert new is not None
    sizes = {size: {"k": 3, "h": 20, "v": 20}.get(size, 40) for size in statement.theory.sizes}
    values = drawn(statement.theory, new.names, sizes, "random")
    new(values, sizes)  # plans are made in the first call
    tracemalloc.start()
    try:
        new(values, sizes)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    cells = {"attention-scores": 40 * 40, "attention-queries": 40 * 40}.get(name, 0)  # the scores
    largest = max(cells, *(value.size for value in values.values()))
    assert peak < 8 * 4 * largest + 2**14


def test_sympy_is_not_loaded() -> None:
    code = "import sys, derive; derive.load('softmax-ce').lambdify()(Z=[1, 2], y=[0, 1]); print('sympy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "False"


# --- what becomes of a term ------------------------------------------------------------------------------------------

THEORY = read("""
    size     n
    size     m
    variable Z[n], x[n], A[n, m], B[m, n], C[n, m], s
    constant e
""").theory


def code_of(text: str) -> str:
    """The line that computes a term."""
    term = read_expression(text, THEORY)
    free = free_indices(term)
    found = to_arrays(term, THEORY, tuple(dict.fromkeys(p for p in subterms(term) if isinstance(p, Index) and p in free)))
    assert found is not None
    return found.source.split("return ")[1].strip()


CODE = {
    "exp(Z[k])/sum(exp(Z[j]), j)": "softmax(a0, -1)",
    "exp(Z[k] + s)/sum(exp(Z[j] + s), j)": "softmax((a0 + a1[..., None]), -1)",
    "ln(exp(Z[k])/sum(exp(Z[j]), j))": "(a0 - logsumexp(a0, -1)[..., None])",
    "1 - exp(Z[k])/sum(exp(Z[j]), j)": "exp((logsumexp_of_others(a0, -1) - logsumexp(a0, -1)[..., None]))",
    "1/(1 + exp(-s))": "sigmoid(a0)",
    "1 - 1/(1 + exp(-s))": "sigmoid((-a0))",
    "sum(A[i, j]*B[j, k], j)": 'contract("ab,bc->ac", a0, a1)',
    "sum(2*s*A[i, j]*B[j, k]/n, j)": '(((2.0 / dtype(n0)) * a2)[..., None, None] * contract("ab,bc->ac", a0, a1))',
    "sum(A[i, j]*(B[j, k] - Z[i]), j)": '(contract("ab,bc->ac", a0, a1) - (a2 * contract("ab->a", a0))[..., :, None])',
    "sum(Z[i]*(delta(i, k) - x[k]), i)": '(a0 - (contract("a->", a0)[..., None] * a1))',
    "sum((Z[i] - s)^2, i)": 'contract("a,a->", x2, x2)',
    "sum(sum(A[i, j]*C[i, k], i)*B[j, l], j)": 'laid(contract("ab,ca,cd->bd", a0, a1, a2), (1, 0), 2)',
    "sum(s, i: n)": "(a0 * dtype(n0))",
    "sum(Z[i], i != k)": "sum_of_others(a0, -1)",
    "Z[k]*s/(e*n)": "(((a1 / a2) / dtype(n0))[..., None] * a0)",
    "-(-Z[k] - s)": "(a0 + a1[..., None])",
    "if(Z[k] > 0, 1, 0)": "where(greater(a0, 0.0), 1.0, dtype(0.0))",
    "Z[2]": "entries(a0, (((), 2),), 0)",
}
"""What a term is computed by: sums as contractions, small factors first, each thing once."""


@pytest.mark.parametrize("text", CODE)
def test_the_code_of_a_term(text: str) -> None:
    assert code_of(text) == CODE[text]


def test_one_definition_under_two_letters_is_computed_once() -> None:
    source = derive.load("attention-queries").lambdify().source
    assert source.count("softmax(") == 1


@pytest.mark.filterwarnings("ignore:Casting complex values")
@pytest.mark.parametrize("seed", range(examples(1000)))
def test_random_terms_have_the_values_that_they_had(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Alone and in a batch, which is taken in parts. Where either code finds no value there is nothing to compare."""
    monkeypatch.setattr(arrays, "LARGE", 50)
    source = Terms(seed)
    term = source.term(5)
    indices = tuple(sorted(free_indices(term), key=by_name))
    old, new = to_numpy(term, source.theory, indices), to_arrays(term, source.theory, indices)
    if new is None:
        assert "0" in write_term(term), "only a division by 0 is left to SymPy"
        return
    sizes = {"H": 2, "M": 3}
    for batch in ((), (3, 2)):
        values = drawn(source.theory, old.names | new.names, sizes, "random", batch)
        try:
            found = new(values, sizes)
        except CallError:  # of an entry beyond its range, which SymPy may have found not to be needed
            assert any(isinstance(part, Number) for part in subterms(term))
            return
        for at in np.ndindex(batch if values else ()):
            try:
                expected = old({name: value[at] for name, value in values.items()}, sizes)
            except TypeError:  # SymPy goes on with the root of a negative number
                return
            both = np.isfinite(expected) & np.isfinite(found[at])
            scale = np.max(np.abs(expected[both]), initial=1)
            np.testing.assert_allclose(found[at][both], expected[both], rtol=1e-7, atol=1e-10 * scale)


@pytest.mark.parametrize("text", ["s/0", "f(Z[k])", "diff(s^2, s)", "L"])
def test_what_is_left_to_the_code_of_sympy(text: str) -> None:
    theory = read("size n\nvariable Z[n], s\nfunction f(u), L(Z[n])").theory
    term = read_expression(text, theory)
    assert to_arrays(term, theory, tuple(free_indices(term))) is None


def test_a_free_index_is_left_to_what_refuses_it() -> None:
    assert to_arrays(read_expression("Z[k]", THEORY), THEORY, ()) is None


# --- contractions ----------------------------------------------------------------------------------------------------

LETTERS = ("a->", "ab->b", "ba->b", "a,a->", "ab,b->a", "b,ab->a", "ab,bc->ac", "ba,bc->ca", "ab,ab->a", "ab,ab->ab", "a,b->ab")
LETTERS += ("abc,abd->acd", "abc,ad->abd", "ab,ac,ad->bcd", "ab,bc,cd->ad", "ab,bc,cd,da->", "abc,c,b->a", "a,ab,b,->")


@pytest.mark.parametrize("letters", LETTERS)
def test_contractions_are_those_of_einsum(letters: str) -> None:
    chance, lengths = np.random.default_rng(1), {"a": 2, "b": 3, "c": 4, "d": 5}
    inputs, result = letters.split("->")
    spread = ",".join(f"...{each}" for each in inputs.split(",")) + f"->...{result}"
    for batches in ((), (6,), (2, 6), (1, 6)), ((6,), (), (), ()), ((), (6,), (6,), ()), ((6,),) * 4, ((),) * 4:
        factors = [
            chance.normal(size=(*batch, *(lengths[name] for name in each)))
            for batch, each in zip(batches, inputs.split(","), strict=False)
        ]
        np.testing.assert_allclose(contract(letters, *factors), np.einsum(spread, *factors), rtol=1e-10, atol=1e-12)


def test_a_sliding_window_is_not_copied() -> None:
    window = np.lib.stride_tricks.as_strided(np.arange(5000.0), (200, 2000), (8, 16))
    tracemalloc.start()
    try:
        found = contract("ab,b->a", window, np.ones(2000))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    np.testing.assert_allclose(found, window.sum(axis=1))
    assert peak < window.size * 8 / 10


# --- functions that NumPy lacks --------------------------------------------------------------------------------------

ROWS = np.array([[1000.0, -1000.0, 3.0], [0.0, 0.0, 0.0], [-800.0, -800.0, -801.0], [1.0, 700.0, 700.0]])


@pytest.mark.filterwarnings("ignore:divide by zero")
@pytest.mark.parametrize("axis", [-1, -2])
def test_exponentials_of_large_numbers(axis: int) -> None:
    shifted = np.exp(ROWS - ROWS.max(axis=axis, keepdims=True))
    softmax = shifted / shifted.sum(axis=axis, keepdims=True)
    np.testing.assert_allclose(array_library.softmax(ROWS, axis), softmax, rtol=1e-15)
    np.testing.assert_allclose(
        array_library.logsumexp(ROWS, axis), ROWS.max(axis=axis) + np.log(shifted.sum(axis=axis)), rtol=1e-15
    )
    expected = np.stack([array_library.logsumexp(np.delete(ROWS, k, axis), axis) for k in range(ROWS.shape[axis])], axis=axis)
    np.testing.assert_allclose(array_library.logsumexp_of_others(ROWS, axis), expected, rtol=1e-14)
    others = np.stack([np.delete(ROWS, k, axis).sum(axis=axis) for k in range(ROWS.shape[axis])], axis=axis)
    np.testing.assert_allclose(array_library.sum_of_others(ROWS, axis), others, rtol=1e-14)


def test_a_sigmoid_keeps_its_digits() -> None:
    with np.errstate(all="ignore"):
        found = array_library.sigmoid(np.array([-700.0, -40.0, 0.0, 800.0, -800.0]))
    np.testing.assert_allclose(found, [np.exp(-700.0), np.exp(-40.0), 0.5, 1, 0], rtol=1e-14)
    assert array_library.sigmoid(np.float32(0)).dtype == np.float32


def test_entries_at_computed_places() -> None:
    """x[2*a - b + 1, c], 0 where the place lies beyond the array."""
    x = np.random.default_rng(0).normal(size=(3, 4, 2))
    places = (((2, 0, 3), (-1, 2, 4)), 1), (((1, 1, 2),), 0)
    found = array_library.entries(x, places, 3)
    assert found.shape == (3, 3, 2, 4)
    for s, a, c, b in np.ndindex(found.shape):
        place = 2 * (a + 1) - (b + 1) + 1
        assert found[s, a, c, b] == (x[s, place - 1, c] if 1 <= place <= 4 else 0)

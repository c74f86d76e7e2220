"""Functions against proved gradients: faults as they are published are found and named, and right functions pass."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import derive
from derive import shelf
from derive.errors import CallError, DeriveError
from derive.testing import WrongGradient, check_gradient

Array = NDArray[Any]
Function = Callable[..., Any]


def softmax(z: Array, axis: int = -1) -> Array:
    exps = np.exp(z - z.max(axis, keepdims=True))
    return exps / exps.sum(axis, keepdims=True)


def sigmoid(x: Array) -> Array:
    return np.exp(-np.logaddexp(0, -x))


def layer_norm(x: Array, g: Array, eps: Array, G: Array) -> Array:
    s = np.sqrt(x.var(-1, keepdims=True) + eps[..., None])
    h, a = (x - x.mean(-1, keepdims=True)) / s, G * g
    return (a - a.mean(-1, keepdims=True) - h * (a * h).mean(-1, keepdims=True)) / s


def with_changes(Z: Array, y: Array) -> Array:
    Z -= Z.max(-1, keepdims=True)
    return softmax(Z) - y


RIGHT: dict[str, tuple[str, Function]] = {
    "softmax-ce": ("softmax-ce", lambda Z, y: softmax(Z) - y),
    "in the order of the arrays": ("softmax-ce", lambda logits, targets: softmax(logits) - targets),
    "log-sum-exp": ("log-sum-exp", softmax),
    "mse": ("mse", lambda f, y: 2 * (f - y) / f.shape[-1]),
    "with a size": ("mse", lambda f, y, n: 2 * (f - y) / n),
    "poisson": ("poisson-nll", lambda x, y: np.exp(x) - y),
    "sigmoid": ("sigmoid-derivative", lambda x: sigmoid(x) * (1 - sigmoid(x))),
    "tanh": ("tanh-derivative", lambda x: 1 - np.tanh(x) ** 2),
    "kl": ("kl-categorical", lambda Z, q: softmax(Z) - q),
    "layer-norm": ("layer-norm", layer_norm),
    "linear weights": ("linear-weights", lambda X, G: np.swapaxes(G, -1, -2) @ X),
    "policy": ("policy-gradient", lambda h, R: softmax(h) * (R - (softmax(h) * R).sum(-1, keepdims=True))),
    "relu": ("relu", lambda x: (x > 0) * np.ones_like(x)),
    "stable-softmax": ("stable-softmax", lambda z: (p := softmax(z))[..., :, None] * (np.eye(z.shape[-1]) - p[..., None, :])),
}  # fmt: skip

WRONG: dict[str, tuple[str, Function, str | None]] = {
    "1/n lost": ("mse", lambda f, y: 2 * (f - y), "the gradient times n"),
    "1/n too much": ("softmax-ce", lambda Z, y: (softmax(Z) - y) / Z.shape[-1], "the gradient times 1/H"),
    "2 lost": ("mse", lambda f, y: (f - y) / f.shape[-1], "the gradient times 1/2"),
    "a sign": ("softmax-ce", lambda Z, y: y - softmax(Z), "the gradient times -1"),
    "a sign of one term": ("poisson-nll", lambda x, y: np.exp(x) + y, "the gradient with the sign of -y[k] turned"),
    "a term lost": ("softmax-ce", lambda Z, y: softmax(Z), "the gradient without the term -y[k]"),
    "labels off by one": ("softmax-ce", lambda Z, y: softmax(Z) - np.roll(y, 1), "the gradient with y shifted by one place"),
    "no largest taken off": ("softmax-ce", lambda Z, y: np.exp(Z) / np.exp(Z).sum(-1, keepdims=True) - y, None),
    "the wrong axis": ("softmax-regression", lambda X, t, W: (softmax(X @ W.T, 0) - t).T @ X, None),
    "a transpose": ("linear-weights", lambda X, G: X.T @ G, "the gradient with its axes as i, j"),
    "in place": ("softmax-ce", with_changes, None),
    "float32 overflows": ("sigmoid-derivative", lambda x: np.exp(-x) / (1 + np.exp(-x)) ** 2, None),
    "broadcast to a table": ("mse", lambda f, y: 2 * (f[:, None] - y) / len(f), None),
    "relu at all": ("relu", lambda x: np.ones_like(x), None),
    "a mean that is forgotten": ("layer-norm", lambda x, g, eps, G: G * g / np.sqrt(x.var() + eps), None),
    "it fails": ("softmax-ce", lambda Z, y: (softmax(Z) - y)[7], None),
    "it is no array": ("softmax-ce", lambda Z, y: "O - y", None),
}  # fmt: skip


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_right_passes(name: str) -> None:
    derivation, function = RIGHT[name]
    found = check_gradient(function, derivation)
    assert found.examples >= 90
    assert found.largest_error["float64"] < 1e-13
    assert found.largest_error["float32"] < 1e-5
    check_gradient(function, derivation, batch=True, examples=30)


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_found_and_named(name: str) -> None:
    derivation, function, near = WRONG[name]
    with pytest.raises(WrongGradient) as found:
        check_gradient(function, derivation)
    assert found.value.near_miss == near, str(found.value)
    assert all(f"{array} = " in str(found.value) for array in found.value.arrays)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_whatever_the_inputs_are(seed: int) -> None:
    for derivation, function in RIGHT.values():
        check_gradient(function, derivation, seed=seed, examples=30)
    for derivation, function, _ in WRONG.values():
        with pytest.raises(WrongGradient):
            check_gradient(function, derivation, seed=seed)


BATCHED: dict[str, tuple[Function, str]] = {
    "summed": (lambda Z, y: (softmax(Z) - y).sum(0), "the sum of the gradients of the batch"),
    "mean": (lambda Z, y: (softmax(Z) - y).mean(0), "the mean of the gradients of the batch"),
    "over the number": (lambda Z, y: (softmax(Z) - y) / len(Z), "the gradient over the number of elements of the batch"),
}


@pytest.mark.parametrize("name", BATCHED)
def test_another_reduction_of_a_batch_is_named(name: str) -> None:
    function, near = BATCHED[name]
    with pytest.raises(WrongGradient) as found:
        check_gradient(function, "softmax-ce", batch=True)
    assert found.value.near_miss == near, str(found.value)


def test_a_failure_is_shown_like_a_counterexample() -> None:
    with pytest.raises(WrongGradient) as found:
        check_gradient(lambda Z, y: (softmax(Z) - y) / len(Z), "softmax-ce", dtypes=["float64"])
    assert str(found.value).splitlines() == [
        "this is not the gradient that softmax-ce states: diff(E, Z[k]) = O[k] - y[k]",
        "  at H = 2, Z = [0., 0.], y = [1., 0.]",
        "  at k = 2 the function gives 0.25, and the gradient is 0.5",
        "  what it computes is the gradient times 1/H",
    ]
    assert found.value.entry == (2,)
    assert not hasattr(found.value, "__notes__")


def test_what_is_supposed_is_met() -> None:
    """Signs, sums, sizes, one-hot where it is asked for; degenerate inputs are among them."""
    seen: list[tuple[Array, Array]] = []

    def gradient(Z: Array, y: Array) -> Array:
        seen.append((Z.copy(), y.copy()))
        return softmax(Z) - y

    check_gradient(gradient, "softmax-ce")
    assert all(abs(y.sum() - 1) < 1e-6 for _, y in seen)
    assert any(np.isin(y, (0, 1)).all() for _, y in seen)
    assert not all(np.isin(y, (0, 1)).all() for _, y in seen)
    assert {len(Z) for Z, _ in seen} == {1, 2, 3, 4}
    assert any(len(Z) > 1 and np.ptp(Z) == 0 for Z, _ in seen)
    assert any(np.abs(Z).max() == 1000 for Z, _ in seen)
    assert any(np.all(Z == 0) for Z, _ in seen)
    seen.clear()
    check_gradient(gradient, "softmax-ce", one_hot=["y"], sizes={"H": 3}, dtypes=["float64"])
    assert all(len(y) == 3 and np.isin(y, (0, 1)).all() and y.sum() == 1 for _, y in seen)


def test_other_orders_names_and_theorems() -> None:
    derivation = derive.load("softmax-ce")
    check_gradient(lambda targets, logits: softmax(logits) - targets, derivation, arguments=["y", "Z"])
    check_gradient(lambda *, y, Z: softmax(Z) - y, derivation)
    check_gradient(lambda z: np.diag(p := softmax(z)) - np.outer(p, p), derivation, theorem="softmax-jacobian")
    given = "constant a\nvariable x\ntheorem t given a > 1: diff(ln(a*x^2 + a - 1), x) = 2*a*x/(a*x^2 + a - 1)\n"
    found = check_gradient(lambda a, x: 2 * a * x / (a * x**2 + (a - 1)), derive.parse(given))
    assert found.examples > 30


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"derivation": "chain-rule"}, "nothing is known of the function"),
        ({"derivation": "no-such"}, "no derivation"),
        ({"theorem": "no-such"}, "no theorem"),
        ({"theorem": "not-for-any-targets"}, "only what is proved"),
        ({"one_hot": ["q"]}, "no array q"),
        ({"arguments": ["q"]}, "no array q"),
        ({"sizes": {"N": 3}}, "no size N"),
        ({"dtypes": ["float16"]}, "not tried"),
        ({"to": "pandas"}, "no arrays of pandas"),
    ],
)
def test_what_cannot_be_tried_is_an_error_of_the_call(asked: dict[str, Any], said: str) -> None:
    asked = {"derivation": "softmax-ce", **asked}
    with pytest.raises(CallError, match=said):
        check_gradient(lambda Z, y: softmax(Z) - y, asked.pop("derivation"), **asked)


@pytest.mark.slow
@pytest.mark.parametrize("name", shelf.names())
def test_the_gradients_of_the_library_pass_and_not_their_double(name: str) -> None:
    derivation = derive.load(name)
    try:
        gradient = derivation.lambdify(check=False)
    except DeriveError as error:
        pytest.skip(str(error))
    if not gradient.arguments:
        pytest.skip("it is of nothing")

    sizes = {size: max(least, 3) for size, least in gradient._theory.sizes.items()}  # not all can be read from arrays

    def own(*arrays: Array) -> Array:
        return gradient(**dict(zip(gradient.arguments, arrays, strict=True)), **sizes)

    check_gradient(own, derivation, sizes=sizes, dtypes=["float64"], examples=30)
    with pytest.raises(WrongGradient) as found:
        check_gradient(lambda *arrays: 2 * own(*arrays), derivation, sizes=sizes, dtypes=["float64"])
    assert found.value.near_miss == "the gradient times 2"


def test_a_function_of_torch() -> None:
    torch = pytest.importorskip("torch")
    check_gradient(lambda Z, y: torch.softmax(Z, -1) - y, "softmax-ce", to="torch", batch=True)

    def by_itself(Z: Any, y: Any) -> Any:
        Z = Z.clone().requires_grad_()
        loss = -(y * torch.log_softmax(Z, -1)).sum()
        return torch.autograd.grad(loss, Z)[0]

    check_gradient(by_itself, "softmax-ce", to="torch")
    with pytest.raises(WrongGradient):
        check_gradient(lambda Z, y: torch.softmax(Z, -1), "softmax-ce", to="torch")


def test_a_function_of_jax() -> None:
    jax = pytest.importorskip("jax")

    def gradient(Z: Any, y: Any) -> Any:
        return jax.grad(lambda z: -(y * jax.nn.log_softmax(z)).sum())(Z)

    found = check_gradient(gradient, "softmax-ce", to="jax", examples=24)
    assert set(found.largest_error) == ({"float64", "float32"} if jax.config.jax_enable_x64 else {"float32"})
    with pytest.raises(WrongGradient) as wrong:
        check_gradient(lambda Z, y: jax.nn.softmax(Z), "softmax-ce", to="jax")
    assert wrong.value.near_miss == "the gradient without the term -y[k]"


# --- the command line -------------------------------------------------------------------------------------------------------

MODEL = """import numpy as np
def gradient(Z, y):
    e = np.exp(Z - Z.max(-1, keepdims=True))
    return e/e.sum(-1, keepdims=True) - y
def wrong(Z, y):
    return gradient(Z, y)/len(Z)
"""


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        ("model.py:gradient --against softmax-ce", 0, "model.py:gradient agrees with softmax-ce at 102 inputs"),
        ("model:gradient --against softmax-ce --batch --dtype float64 --examples 12", 0, "at 12 inputs"),
        ("model:gradient --against softmax-ce --arguments Z,y --size H=3 --one-hot y --seed 1", 0, "agrees"),
        ("model.py:wrong --against softmax-ce", 1, "what it computes is the gradient times 1/H"),
        ("model.py:wrong --against mine.derive", 1, "this is not the gradient that t states"),
        ("model.py:no --against softmax-ce", 2, "there is no function no in model.py"),
        ("no.py:wrong --against softmax-ce", 2, "there is no file no.py"),
        ("no:wrong --against softmax-ce", 2, "ModuleNotFoundError"),
        ("broken.py:wrong --against softmax-ce", 2, "broken.py cannot be loaded: ZeroDivisionError"),
        ("model.py --against softmax-ce", 2, "names no function"),
        ("model.py:wrong --against softmax-c", 2, "did you mean softmax-ce?"),
        ("model.py:wrong", 2, "--against"),
    ],
)
def test_a_function_is_tried_from_the_shell(tmp_path: Path, arguments: str, status: int, said: str) -> None:
    (tmp_path / "model.py").write_text(MODEL)
    (tmp_path / "broken.py").write_text("1/0\n")
    (tmp_path / "mine.derive").write_text("size n\nvariable Z[n], y[n]\ntheorem t: diff(sum(Z[i]*y[i], i), Z[k]) = y[k]\n")
    command = [sys.executable, "-m", "derive", "try", *arguments.split()]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, "Traceback" in done.stderr) == (status, False), done.stderr
    assert said in done.stdout + done.stderr

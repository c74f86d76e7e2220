"""Gradients of the library beside NumPy as it is written by hand: the ratios of time and of peak memory.

    python tests/benchmarks/by_hand.py [--old]

A ratio of 1 is as good as by hand. Each pair is computed in turn, many times in one run, and the least time of each is taken,
so that what else the machine does matters little. Memory is what `tracemalloc` sees allocated at most in one call, the result
included. With --old the code that SymPy writes is measured instead, which is what is left for terms that `derive.bridge.arrays`
has no words for.
"""

from __future__ import annotations

import os
import sys
import time
import tracemalloc
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before NumPy is loaded: threads that wait for a core hide what is measured

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

import derive

LEAST_MEMORY = 2**16
"""Bytes below which memory is not compared: so much Python needs by itself."""

Arrays = dict[str, Any]


class Case(NamedTuple):
    name: str
    entry: str
    theorem: str | None
    shapes: dict[str, tuple[int, ...]]
    by_hand: Callable[..., Any]
    sizes: Mapping[str, int] = MappingProxyType({})


def softmax(z: Any) -> Any:
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def softmax_ce(Z: Any, y: Any) -> Any:
    return softmax(Z) - y


def layer_norm(x: Any, g: Any, G: Any, eps: Any) -> Any:
    centred = x - x.mean(axis=-1, keepdims=True)
    s = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + eps)
    h = centred / s
    scaled = G * g
    return (scaled - scaled.mean(axis=-1, keepdims=True) - h * (scaled * h).mean(axis=-1, keepdims=True)) / s


def batch_norm(x: Any, g: Any, G: Any, eps: Any) -> Any:
    centred = x - x.mean(axis=0)
    d = np.sqrt((centred**2).mean(axis=0) + eps)
    h = centred / d
    return g / d * (G - G.mean(axis=0) - h * (G * h).mean(axis=0))


def scores(Q: Any, K: Any, V: Any, G: Any) -> Any:
    P = softmax(Q @ K.T / np.sqrt(Q.shape[1], dtype=Q.dtype))
    weighted = G @ V.T
    return P * (weighted - (P * weighted).sum(axis=1, keepdims=True))


def queries(Q: Any, K: Any, V: Any, G: Any) -> Any:
    return scores(Q, K, V, G) @ K / np.sqrt(Q.shape[1], dtype=Q.dtype)


def keys(Q: Any, K: Any, V: Any, G: Any) -> Any:
    return scores(Q, K, V, G).T @ Q / np.sqrt(Q.shape[1], dtype=Q.dtype)


def values(Q: Any, K: Any, G: Any) -> Any:
    return softmax(Q @ K.T / np.sqrt(Q.shape[1], dtype=Q.dtype)).T @ G


def conv1d(x: Any, G: Any) -> Any:
    return sliding_window_view(x, G.shape[0]) @ G


def conv1d_batch(x: Any, G: Any) -> Any:
    return np.einsum("nkm,nm->nk", sliding_window_view(x, G.shape[1], axis=1), G)


def conv2d(x: Any, G: Any) -> Any:
    k = 3
    result = np.empty((x.shape[0], k, k), dtype=x.dtype)
    padded = np.pad(x, ((0, 0), (0, 1), (0, 1)))
    for a in range(k):
        for b in range(k):
            result[:, a, b] = np.tensordot(padded[:, a : a + 2 * G.shape[0] : 2, b : b + 2 * G.shape[1] : 2], G, 2)
    return result


def network(x: Any, W: Any, b: Any, V: Any, c: Any, t: Any) -> Any:
    h = np.tanh(x @ W.T + b)
    error = (softmax(h @ V.T + c) - t) @ V * (1 - h**2)
    return error[..., :, None] * x[..., None, :]


def hidden(x: Any, W: Any, b: Any, V: Any, c: Any, t: Any) -> Any:
    h = np.tanh(x @ W.T + b)
    return (softmax(h @ V.T + c) - t) @ V * (1 - h**2)


def regression(X: Any, W: Any, t: Any) -> Any:
    return (softmax(X @ W.T) - t).T @ X


def activation(X: Any, W: Any, b: Any, G: Any) -> Any:
    a = 1 / (1 + np.exp(-(X @ W.T + b)))
    return (G * a * (1 - a)).T @ X


ATTENTION = {"Q": (512, 64), "K": (512, 64), "V": (512, 64), "G": (512, 64)}
ATTENTION_BY_VALUES = {name: ATTENTION[name] for name in "QKG"}
NETWORK = {"W": (256, 128), "b": (256,), "V": (64, 256), "c": (64,)}
CASES = (
    Case("softmax with cross-entropy, 256 x 1000", "softmax-ce", None,
         {"Z": (256, 1000), "y": (256, 1000)}, softmax_ce),
    Case("layer norm, 256 x 1000", "layer-norm", None,
         {"x": (256, 1000), "g": (1000,), "G": (256, 1000), "eps": ()}, layer_norm),
    Case("batch norm, 256 x 1000", "batch-norm", None,
         {"x": (256, 1000), "g": (1000,), "G": (256, 1000), "eps": ()}, batch_norm),
    Case("attention by scores, n = 512", "attention-scores", None, ATTENTION, scores),
    Case("attention by queries, n = 512", "attention-queries", None, ATTENTION, queries),
    Case("attention by keys, n = 512", "attention-keys", None, ATTENTION, keys),
    Case("attention by values, n = 512", "attention-values", None, ATTENTION_BY_VALUES, values),
    Case("convolution, 100000 by a kernel of 31", "conv1d", None,
         {"x": (100030,), "G": (100000,)}, conv1d, {"k": 31}),
    Case("convolution, 64 times 4096 by 31", "conv1d", None,
         {"x": (64, 4126), "G": (64, 4096)}, conv1d_batch, {"k": 31}),
    Case("convolution, 16 x 128 x 128, stride 2", "conv2d-stride", None,
         {"x": (16, 128, 128), "G": (64, 64)}, conv2d, {"k": 3}),
    Case("two-layer network, one example", "two-layer-network", None,
         {**NETWORK, "x": (128,), "t": (64,)}, network),
    Case("two-layer network, 256 examples", "two-layer-network", None,
         {**NETWORK, "x": (256, 128), "t": (256, 64)}, network),
    Case("its hidden layer, 256 examples", "two-layer-network", "hidden-error",
         {**NETWORK, "x": (256, 128), "t": (256, 64)}, hidden),
    Case("softmax regression, 1024 x 128 to 32", "softmax-regression", None,
         {"X": (1024, 128), "W": (32, 128), "t": (1024, 32)}, regression),
    Case("layer of sigmoids, 1024 x 256", "linear-activation", None,
         {"X": (1024, 128), "W": (256, 128), "b": (256,), "G": (1024, 256)}, activation),
)  # fmt: skip


def drawn(shapes: dict[str, tuple[int, ...]], dtype: Any) -> Arrays:
    chance = np.random.default_rng(0)
    arrays = {name: chance.normal(size=shape) for name, shape in shapes.items()}
    return {name: np.asarray(abs(array) if name == "eps" else array, dtype=dtype) for name, array in arrays.items()}


def seconds(*functions: Callable[[], Any]) -> list[float]:
    """The least time of each, called in turn."""
    least = [float("inf")] * len(functions)
    begun, rounds = time.perf_counter(), 0
    while rounds < 3 or (time.perf_counter() - begun < 1.5 and rounds < 2000):
        for position, function in enumerate(functions):
            start = time.perf_counter()
            function()
            least[position] = min(least[position], time.perf_counter() - start)
        rounds += 1
    return least


def peak(function: Callable[[], Any]) -> int:
    tracemalloc.start()
    try:
        function()
        return max(tracemalloc.get_traced_memory()[1], LEAST_MEMORY)
    finally:
        tracemalloc.stop()


def old(case: Case, gradient: Any) -> Any:
    """The gradient by the code that SymPy writes."""
    from dataclasses import replace

    from derive.bridge.numeric import to_numpy
    from derive.checking.instances import stated_gradient

    stated = stated_gradient(gradient._proved.statement)
    return replace(gradient, _value=to_numpy(stated.value, gradient._theory, gradient._value.indices))


def main() -> None:
    print(f"{'':42}{'float64':>16}{'':14}{'float32':>16}")
    for case in CASES:
        gradient = derive.load(case.entry).lambdify(case.theorem, check=False)
        if "--old" in sys.argv:
            gradient = old(case, gradient)
        shown = f"{case.name:42}"
        for dtype in (np.float64, np.float32):
            arrays = drawn(case.shapes, dtype)
            ours, hand = partial(gradient, **arrays, **case.sizes), partial(case.by_hand, **arrays)
            tolerance = {"rtol": 1e-7, "atol": 1e-9} if dtype is np.float64 else {"rtol": 2e-2, "atol": 2e-3}
            np.testing.assert_allclose(ours(), hand(), **tolerance)
            one, other = seconds(ours, hand)
            memory, own = peak(ours), peak(hand)
            shown += f"{one * 1e3:8.2f} ms {one / other:6.2f} x, {memory / own:5.2f} x "
        print(shown, flush=True)


if __name__ == "__main__":
    main()

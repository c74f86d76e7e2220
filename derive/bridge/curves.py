"""What a picture of a gradient shows: a loss and its gradient along one entry, and how far differences are off at each step.

    diff(E, Z[k]) = O[k] - y[k]     E and O[1] - y[1] where Z[1] runs from -4 to 4, all else staying where it is

    (E(Z[1] + h) - E(Z[1] - h))/2h  against the gradient, for h from 1 to 1e-12
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from derive.bridge.samples import CannotSample
from derive.bridge.spot import DEFAULT_SIZE, Compared, Gradient
from derive.errors import CallError
from derive.floor.terms import Comparison, Diff, Entry, Term, subterms
from derive.floor.theory import Theory

COUNT = 241  # places at which a curve is computed
STEPS = tuple(10 ** (-exponent / 4) for exponent in range(49))


@dataclass(frozen=True)
class Curves:
    """`loss` and `gradient` at each of `places`, `error` for each of `steps` at the place `at`; None where there is none."""

    places: list[float]
    loss: list[float | None]
    gradient: list[float | None]
    at: float
    steps: tuple[float, ...]
    error: list[float | None]
    entry: tuple[int, ...]
    sizes: dict[str, int]


def curves(
    loss: Term,
    gradient: Term,
    by: Entry,
    theory: Theory,
    sizes: dict[str, int],
    entry: tuple[int, ...],
    ends: tuple[float, float],
    seed: int = 0,
    conditions: tuple[Comparison, ...] = (),
) -> Curves:
    """The curves along an entry of `by` (from 1 on; the first one, if it is empty), at a random point that meets what is
    supposed. Where the loss has indices of its own, they are 1 as well.

    Fails with `CallError` where no such point is found, or there is no such entry.
    """
    import numpy as np

    if any(isinstance(part, Diff) for part in subterms(gradient)):
        raise CallError("no-values", "nothing can be drawn: the gradient has derivatives in it that are not evaluated")
    sizes = {name: sizes.get(name, max(least, DEFAULT_SIZE)) for name, least in theory.sizes.items()}
    try:
        compared = Compared(Gradient(loss, gradient, by), theory, conditions, sizes, random.Random(seed))
        values = compared.point(sizes)
    except CannotSample as problem:
        raise CallError("no-point", f"nothing can be drawn: {problem}") from problem
    slope = compared.slope
    assert slope is not None
    if slope.node is not None:
        values = {**values, slope.by.name: slope.node(values, sizes)}
    array = values[slope.by.name]
    entry = entry or (1,) * array.ndim
    if len(entry) != array.ndim or any(not 1 <= each <= most for each, most in zip(entry, array.shape, strict=True)):
        raise CallError("no-entry", f"{slope.by.name} has no entry {', '.join(map(str, entry))}")
    moving = dict(zip(slope.by.indices, (each - 1 for each in entry), strict=True))
    here = tuple(moving.get(index, 0) for index in compared.indices)
    own = tuple(moving.get(index, 0) for index in slope.own)

    def at(place: float) -> tuple[float | None, float | None]:
        moved = array.copy()
        moved[tuple(each - 1 for each in entry)] = place
        there = {**values, slope.by.name: moved}
        found = slope.body(there, sizes)[own], compared.right(there, sizes)[here]
        return _finite(found[0]), _finite(found[1])

    places = [float(each) for each in np.linspace(*ends, COUNT)]
    found = [at(place) for place in places]
    middle = float(array[tuple(each - 1 for each in entry)])
    _, exact = at(middle)
    errors: list[float | None] = []
    for step in STEPS:
        left, right = at(middle - step)[0], at(middle + step)[0]
        known = exact is not None and left is not None and right is not None
        errors.append(abs((right - left) / (2 * step) - exact) if known else None)  # type: ignore[operator]
    losses, gradients = ([each[side] for each in found] for side in (0, 1))
    return Curves(places, losses, gradients, middle, STEPS, errors, entry, sizes)


def _finite(value: Any) -> float | None:
    return float(value) if abs(float(value)) < float("inf") else None

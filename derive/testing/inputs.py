"""Inputs at which a function is tried: what is declared and supposed is met, and degenerate ones are among them.

    size H              1, 2, 3, 4
    variable Z[H]       generic, all equal, with ties, zero, large (up to 1000)
    sum(y[i], i) = 1    the entries positive and scaled, or one of them 1 and the others 0

Each is made of choices that Hypothesis takes, and can make simpler: the first of each kind are the simplest.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from derive.bridge.differences import Values, extent
from derive.bridge.samples import Points
from derive.floor.theory import Theory

if TYPE_CHECKING:
    from numpy.typing import NDArray

Choice = TypeVar("Choice")

LARGEST_SIZE = 4
STEPS = 64  # between the ends of what is drawn evenly
PLAIN, GENERIC, EQUAL, TIED, ZERO, LARGE = KINDS = range(6)
"""Quarters; numbers without any pattern; all of an array equal; of two numbers; zeros; up to 1000."""
LARGE_BY = 250


class Choices(random.Random):
    """Choices as `Points` makes them, each taken by Hypothesis; the first is the simplest."""

    def __init__(self, data: DataObject) -> None:
        super().__init__(0)
        self.data = data

    def below(self, count: int) -> int:
        """A whole number from 0 on."""
        return self.data.draw(st.integers(0, count - 1))

    def choice(self, seq: Sequence[Choice]) -> Choice:  # type: ignore[override]
        """One of them."""
        return seq[self.below(len(seq))]

    def randrange(self, start: int, stop: int | None = None, step: int = 1) -> int:
        """As `random.Random` has it."""
        numbers = range(start) if stop is None else range(start, stop, step)
        return numbers[self.below(len(numbers))]

    def uniform(self, a: float, b: float) -> float:
        """A number between the two."""
        return a + (b - a) * self.below(STEPS + 1) / STEPS


class Inputs(Points):
    """Values for the unknowns that are named; those of `hot` have one entry that is 1, and else zeros. Where nothing else is
    supposed of an array, it is most often of that `kind`, and else plain.
    """

    def __init__(self, names: frozenset[str], theory: Theory, choices: Choices, hot: frozenset[str], kind: int) -> None:
        super().__init__(names, theory, choices)
        self.choices = choices
        self.kind = kind
        self.one_hot |= hot
        self.bound = frozenset(self.totals) | {name for name, _ in self.derived}

    def sizes(self, given: Mapping[str, int]) -> dict[str, int]:
        """The sizes that are given, and others for the rest."""
        return {
            name: given[name] if name in given else least + self.choices.below(max(1, LARGEST_SIZE + 1 - least))
            for name, least in self.theory.sizes.items()
        }

    def _array(self, name: str, sizes: Mapping[str, int], positive: bool) -> NDArray[Any]:
        import numpy as np

        relation = self.theory.unknowns[name].relation
        shape = tuple(extent(each, sizes) for each in self.theory.ranges(name))
        if name in self.one_hot or (name in self.totals and not self.choices.below(2)):
            return self._hot(name, shape)
        if name in self.totals:
            return super()._array(name, sizes, positive)
        kind = GENERIC if name in self.bound else PLAIN if self.choices.below(4) == 3 else self.kind
        count = int(np.prod(shape, dtype=int))
        if kind == EQUAL:
            drawn = [self._quarter(relation)] * count
        elif kind == TIED:
            two = self._quarter(relation), self._quarter(relation)
            drawn = [self.choices.choice(two) for _ in range(count)]
        elif kind == ZERO and relation not in (">", "!="):
            drawn = [0.0] * count
        elif kind == LARGE:
            drawn = [LARGE_BY * self._whole(relation) for _ in range(count)]
        elif kind == GENERIC:
            draw = self._positive if relation in (">", ">=") else self._nonzero
            drawn = [draw() for _ in range(count)]
        else:
            drawn = [self._quarter(relation) for _ in range(count)]
        return np.array(drawn, dtype=float).reshape(shape)

    def _quarter(self, relation: str | None) -> float:
        """A number of quarters, up to 4: 0 first, or 1/4 where it is not to be 0."""
        if relation in (">", ">="):
            return (self.choices.below(16) + (relation == ">")) / 4
        place = self.choices.below(33) + (relation == "!=")
        return (place + 1) // 2 * (1 if place % 2 else -1) / 4 + 0.0

    def _whole(self, relation: str | None) -> float:
        """A whole number from 1 to 4, with any sign that it may have."""
        return float((1 + self.choices.below(4)) * (1 if relation in (">", ">=") else self.choices.choice((1, -1))))


def drawn(inputs: Inputs, given: Mapping[str, int], members: int | None) -> tuple[dict[str, int], dict[str, NDArray[Any]]]:
    """Sizes, and an array for each name; with `members`, each has a batch of so many before its own axes.

    Fails with `CannotSample` where what is supposed cannot be met.
    """
    import numpy as np

    sizes = inputs.sizes(given)
    if members is None:
        return sizes, dict(inputs.draw(sizes))
    each: list[Values] = [inputs.draw(sizes) for _ in range(members)]
    return sizes, {name: np.stack([values[name] for values in each]) for name in each[0]}

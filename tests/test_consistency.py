"""Contradictory assumptions are found where signs and normal forms show them; none that can hold is called contradictory."""

from __future__ import annotations

import pytest

from derive.checking.consistency import contradiction
from derive.language import read

DECLARED = "size n size m >= 2 variable x[n], y[n], s, t > 0, p[n] > 0\n"

CONTRADICTORY = (
    "assume t = 0",
    "assume -t > 0",
    "assume s^2 = -1",
    "assume exp(s) = 0",
    "assume s = s + 1",
    "assume p[i] = -1",
    "assume sum(p[i], i) = 0",
    "assume s = 1 assume s = 2",
    "assume sum(x[i], i) = 1 assume sum(x[i], i) = 0",
    "define u = exp(s) assume u = -1",
    "assume x[i]*x[i + 1] > 0",
    "assume x[i]*x[i - 1] != 0",
    "assume x[i]*x[i + 1] = 1",
    "assume x[i]*x[n - i + 1 + n] = 2",
)

CONSISTENT = (
    "assume s = 0",
    "assume t = 1",
    "assume s^2 = 1",
    "assume sum(x[i], i) = 1",
    "assume sum(p[i], i) = 1",
    "assume s = 1 assume x[1] = 2",
    "assume x[i] = y[i]",
    "assume x[i]*x[i + 1] >= 0",
    "assume x[i]*x[i - 1] = 0",
    "assume x[i] + x[i + 1] > 0",
    "assume x[i]*x[n - i + 1] > 0",
    "assume x[i + 1] = x[i] + 1",
)


@pytest.mark.parametrize("text", CONTRADICTORY)
def test_contradictory(text: str) -> None:
    assert contradiction(read(f"{DECLARED}{text}").theory, 10) is not None


@pytest.mark.parametrize("text", CONSISTENT)
def test_consistent(text: str) -> None:
    assert contradiction(read(f"{DECLARED}{text}").theory, 10) is None
